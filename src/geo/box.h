/* Five-axis integer boxes, rounded outward: x, y, z on the unit sphere of geodetic normals (2^30 = 1), W84 height in cm,
 * time in milliseconds. Two volumes that meet have boxes that meet; no special case for antimeridian or poles. */
#ifndef PARLEY_GEO_BOX_H
#define PARLEY_GEO_BOX_H

#include "base/limits.h"
#include "geo/altitude.h"

struct box {
    int32_t low[4], high[4]; /* x, y, z, height */
    int64_t from, to;        /* ms since 1970, inclusive */
};
/* The box of v grown by reach_m metres horizontally, height_cm vertically, and before/after ns in time. Includes the bulge of
 * arcs and contained axis points, and every margin of meet.h. */
void box_of_volume(const struct volume *v, const struct altitude_offsets *o, double reach_m, int32_t height_cm,
                   int64_t before_ns, int64_t after_ns, struct box *out);
/* The same in pieces: two volumes that meet have a piece each that meet. A path is cut into runs of neighbouring edges of some 500 km, a polygon into slabs of as
 * much where that leaves out half of its box at least; everything shorter is one piece, the box of above. How many there are depends on the shape
 * alone. Returns how many, 1 to BOX_PIECES; `out` NULL: only that. Longer shapes have longer pieces, not more. */
#define BOX_PIECES LIMIT_PIECES
uint32_t box_pieces(const struct volume *v, const struct altitude_offsets *o, double reach_m, int32_t height_cm, int64_t before_ns,
                    int64_t after_ns, struct box out[BOX_PIECES]);
/* The same from one that was made of v without any reach, height or time: no vertex is looked at. It holds the one that box_pieces would give, and little more. */
void box_widen(const struct volume *v, const struct box *made, const struct altitude_offsets *o, double reach_m, int32_t height_cm, int64_t before_ns, int64_t after_ns, struct box *out);
static inline bool box_meets(const struct box *a, const struct box *b) {
    for (int i = 0; i < 4; i++)
        if (a->low[i] > b->high[i] || b->low[i] > a->high[i]) return false;
    return a->from <= b->to && b->from <= a->to;
}

#endif
