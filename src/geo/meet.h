/* Do two volumes meet? The exact decision behind the index.
 * Contract: `meets` is true IF the true WGS 84 shapes come within reach_m of each other (and bands within height_cm, times
 * overlap), and ONLY IF they come within reach_m + margin_m. Every answer states its margin (facts: geometry). One pair is not looked at for ever: of shapes
 * wound into each other so that thousands of edges may be the nearest, what is left is taken as near as its boxes are, and the margin grows by that. */
#ifndef PARLEY_GEO_MEET_H
#define PARLEY_GEO_MEET_H

#include "geo/altitude.h"

struct meeting {
    bool meets;          /* in space and height and time */
    int64_t distance_cm; /* horizontal, 0 when they overlap; rounded down, from the point where the shapes are nearest */
    int64_t margin_cm;   /* of that distance: `meets` may stand for shapes that are truly this much farther than asked */
    int64_t height_gap_cm;
    instant from, to;    /* common time; from > to when none */
    uint32_t work;       /* edge pairs that were looked at: each some 0.4 us */
};
/* reach_cm >= 0: horizontal buffer added between the two; height_cm >= 0: vertical one; before/after >= 0 ns: `b`'s time is taken as
 * [b.start - before, b.end + after]. Bounds inclusive. Pure; no libm. */
void meet_volumes(const struct volume *a, const struct volume *b, const struct altitude_offsets *o, int64_t reach_cm,
                  int64_t height_cm, int64_t before_ns, int64_t after_ns, struct meeting *out);

/* So far around p, in centimetres, meet_volumes says the same of a circle of `point_cm` as at p: whether the footprints meet with no reach. Its own doubt is
 * taken off; 0 where nothing is sure, at most `most_cm` (up to 1,000 km). `meets`: what it says. */
int64_t meet_clearance(const struct position *p, int64_t point_cm, const struct shape *s, int64_t most_cm, bool *meets);

enum within { WITHIN_INSIDE, WITHIN_OUTSIDE, WITHIN_CANNOT_TELL };
/* margin_cm: bound of the error of distance_cm. distance_cm: from the footprint, 0 inside.
 * Is the position, known to uncertainty_cm, inside the shape's footprint? */
enum within meet_position(const struct position *p, int64_t uncertainty_cm, const struct shape *s, int64_t *distance_cm,
                          int64_t *margin_cm);
/* Bounds that touch or coincide count as inside (25 cm). A corridor holds a polygon only along one leg or two that join.
 * Does every point of `inner`'s footprint, band and time lie in `outer` (within margin)? Errs to false. */
bool meet_contains(const struct volume *outer, const struct volume *inner, const struct altitude_offsets *o);

/* Heights of ALTITUDE_UNLIMITED mean: not known, any height. At most 300,000 km of path are looked at (100,000 for a pair).
 * A moving point: position at `time`, going along the great circle of `track` at constant speed and climb for `span` ns. */
struct motion {
    struct position at;
    struct altitude altitude;
    instant time;
    int64_t span;             /* ns, > 0: how far ahead to look */
    int32_t speed_cms;        /* ground speed cm/s, >= 0 */
    int32_t track_mdeg;       /* 0..359999, true */
    int32_t climb_cms;        /* up positive */
    int64_t uncertainty_cm;   /* horizontal, at `time` */
};
/* The tube of facts/geometry.md: corridor volume (path for `span`, widened for 2 degrees, 5 %, 250 m and the uncertainty; band from
 * lowest to highest height; start = time, end = time + span + hold). `room` holds the path's positions (>= 4). */
void motion_tube(const struct motion *m, int64_t hold_ns, struct position room[4], struct volume *out);
void motion_band(const struct motion *m, struct altitude *lower, struct altitude *upper); /* of the tube */
struct approach {
    bool meets;          /* within reach and height at some instant of the span, b's time included */
    instant entry;       /* first such instant (conservative: never later than the true one by more than 1 s) */
    instant closest;     /* first time of the least distance_cm, while b is active; of the whole span when it never is */
    int64_t distance_cm; /* at `closest`, less the uncertainty: between the places where they may be; 0 when they overlap */
    int64_t height_gap_cm; /* at `closest` */
    int64_t margin_cm;
};
/* Moving point against a volume (its reaction area: reach_cm, height_cm, before, after as above). */
void meet_motion_volume(const struct motion *m, const struct volume *b, const struct altitude_offsets *o, int64_t reach_cm,
                        int64_t height_cm, int64_t before_ns, int64_t after_ns, struct approach *out);
/* Two moving points: closest approach, closed form on steps of at most 5 km; entry = first time both separations are lost. Without a
 * common time: meets false, closest INSTANT_NONE, distances INT64_MAX. entry is INSTANT_NONE unless they meet. */
void meet_motion_motion(const struct motion *a, const struct motion *b, const struct altitude_offsets *o, int64_t reach_cm,
                        int64_t height_cm, struct approach *out);
/* Metres along the WGS 84 ellipsoid by the ECEF chord (facts: geometry); for answers, cm, rounded down. */
int64_t meet_distance_cm(const struct position *a, const struct position *b);
/* From where one is who has gone so far (cm) from `from` on this course (0..359999), likewise. */
int64_t meet_course_distance_cm(const struct position *from, int32_t track_mdeg, int64_t gone_cm, const struct position *to);

#endif
