/* What the two ways of replaying share. */
#ifndef PARLEY_CLI_REPLAY_H
#define PARLEY_CLI_REPLAY_H

#include "cli/client.h"
#include "cli/track_file.h"

enum { REPLAY_DESKS = 4096 };
struct replay_desk { char party[NAME_ROOM + 1], desk[NAME_ROOM + 1]; uint64_t alerts; };
struct replay {
    const struct cli *cli;
    struct client client;
    struct track_file file;
    uint32_t aircraft;      /* of the points that are sent */
    uint32_t begin, end;    /* points */
    struct name feed;
    uint32_t rate; bool unpaced;
    int64_t shift;          /* recorded time -> the log's time */
    int64_t started;        /* monotonic_ns when the server's clock was client.now */
    uint64_t number;        /* of the last frame */
    struct frame_position *positions_room;
    struct json_reader *told_json;
    uint64_t positions, frames, refused, shed;
    instant first, last;
    struct replay_desk desks[REPLAY_DESKS]; unsigned desk_count;
};
/* The next frame from *at on; false at the end. Positions stand in r->positions_room. */
bool replay_frame(struct replay *r, uint32_t *at, struct body_frame *out);
/* Counts it when it is an alert that began. */
void replay_told(struct replay *r, const char *party, struct text told);
/* Counts it, and says of the first why. */
void replay_refused(struct replay *r, struct text reason, struct text detail);
/* Prints it; the desks by party and name. */
void replay_report(struct replay *r);
result replay_offline(struct replay *r, struct fault *f);

#endif
