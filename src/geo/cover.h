/* Shapes that together hold another shape: for doors that know circles and small polygons only, no corridors and no countries.
 * Contract: every point of the true WGS 84 shape lies in one of those that are written, as meet.h sees both; never the other way round. A polygon of at most
 * `area` comes back as it is, and so does a circle. Pure; + - * / sqrt only. */
#ifndef PARLEY_GEO_COVER_H
#define PARLEY_GEO_COVER_H

#include "base/limits.h"
#include "geo/earth.h"

#define COVER_LEAVES 64     /* pieces of one polygon, at most; what is then still too large becomes circles */
#define COVER_PLANES 16     /* that bound one piece */
#define COVER_POINTS 8192   /* of work memory */
struct cover_work { struct vec unit[LIMIT_VERTICES], a[COVER_POINTS], b[COVER_POINTS]; double u[COVER_POINTS], v[COVER_POINTS], hull_u[COVER_POINTS + 2], hull_v[COVER_POINTS + 2]; };
/* How far one shape is: a corridor's leg and the part of it; of a polygon its pieces, how many of them are written. */
struct cover_leaf { struct vec plane[COVER_PLANES], middle, across; uint32_t planes; double area; bool split; };
struct cover_run { bool begun, as_it_is, halving, through; uint32_t leg, part, leaves; double slack; struct cover_leaf leaf[COVER_LEAVES + 1]; };
struct cover {
    struct shape *shapes; uint32_t count, room;    /* circles and polygons; their vertices stand in `at` */
    struct position *at; uint32_t used, at_room;
    struct cover_work *work;
    uint64_t vertices;                             /* that were looked at so far: what it cost, each some 20 ns */
    struct cover_run run;
};
/* Appends what holds `s`, polygons of at most `area` square metres and circles. False: no room for all of it; what was appended before is there still. */
bool cover_shape(struct cover *c, const struct shape *s, double area);
/* The same of one shape in steps, each at most some thousand vertices: cover_begin, then cover_go with the same shape and area until it is through. */
void cover_begin(struct cover *c);
bool cover_go(struct cover *c, const struct shape *s, double area, bool *through);
/* Appends a circle around all of `count` shapes; two where one would be half of the earth. */
bool cover_circle(struct cover *c, const struct shape *s, uint32_t count);

#endif
