/* Recordings of tracks: a JSON array of positions (timestamp in ms, altitude in ft, groundspeed in kt, vertical_rate in ft/min,
 * track in degrees, icao24, callsign, latitude, longitude), or one aircraft's trace as readsb writes it; both also gzipped. */
#ifndef PARLEY_CLI_TRACK_FILE_H
#define PARLEY_CLI_TRACK_FILE_H

#include "base/arena.h"
#include "core/statement.h"

struct track_point {
    instant time;
    char identity[17], callsign[17];
    struct position at;
    struct altitude altitude; bool has_altitude;
    int32_t speed_cms, track_mdeg, climb_cms; /* unknown as in struct frame_position */
};
struct track_file {
    struct track_point *points; /* ascending by time, then identity; in the arena */
    uint32_t count;
    uint32_t skipped;           /* entries without a usable position or time, counted by the caller's report */
};
result track_file_read(const char *path, struct arena *arena, struct track_file *out, struct fault *f);
/* How many identities its first `count` points have; 0 where the arena has no room to count them. */
uint32_t track_file_aircraft(const struct track_file *t, struct arena *arena);
/* Takes the points of one frame from `from` on: those of one second (of `time`), each identity once; ascending by identity.
 * Returns how many points were taken; those left of the same second begin the next frame. */
uint32_t track_file_frame(const struct track_file *t, uint32_t from, struct frame_position *out, uint32_t room, uint32_t *taken);

#endif
