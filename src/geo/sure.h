/* Cheap answers that are sure. Each is a sufficient test in front of an exact one of meet.h: `true` is always what the exact one would say,
 * `false` means: ask it. So nothing that is decided depends on them. Pure; + - * / sqrt only. */
#ifndef PARLEY_GEO_SURE_H
#define PARLEY_GEO_SURE_H

#include "geo/meet.h"

/* What makes sure_inside cheap, made once per tube; all zero: nothing is sure. */
struct __attribute__((packed, aligned(2))) sure_tube { /* there is one for each track */
    int32_t lat_rate, lon_rate; /* 1e-7 degree a second */
    int32_t room_cm;            /* so far from where it is expected it is inside for certain */
    uint16_t narrow;            /* of a degree of longitude there, upper bound, in 1/65535 */
};
/* `tube`: made by motion_tube from m, or (`still`) a circle around m->at. */
void sure_tube_make(const struct motion *m, const struct shape *tube, bool still, struct sure_tube *out);
/* meet_position of p at t and the tube is not WITHIN_OUTSIDE, whatever the uncertainty. */
bool sure_inside(const struct motion *m, const struct sure_tube *q, instant t, const struct position *p);

/* meet_distance_cm(a, b) is at most that. */
int64_t sure_most_cm(const struct position *a, const struct position *b);
/* meet_distance_cm(a, b) <= cm. */
bool sure_close(const struct position *a, const struct position *b, int64_t cm);
/* meet_volumes with this reach would not let the two footprints meet. */
bool sure_far(const struct shape *a, const struct shape *b, int64_t reach_cm);
/* meet_motion_motion with these would say no. */
bool sure_apart(const struct motion *a, const struct motion *b, const struct altitude_offsets *o, int64_t reach_cm, int64_t height_cm);

/* For one that many others are compared with: made of it and of its tube's sure_tube. sure_passes: sure_apart of the two would be true in either order; at a tenth of
 * its cost, by latitudes and longitudes that change evenly. */
struct sure_pass { struct motion m; struct sure_tube rate; bool good; double sine, cosine; };
void sure_pass_make(const struct motion *m, const struct sure_tube *tube, struct sure_pass *out);
bool sure_passes(const struct sure_pass *p, const struct motion *m, const struct sure_tube *tube, const struct altitude_offsets *o, int64_t reach_cm, int64_t height_cm);

#endif
