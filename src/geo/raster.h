/* Which cells of a square window does a shape touch? For counting how many shapes are at one place, cheaply and roughly: a cell is a place of the size of the window's
 * cells. The window lies on the plane that touches the sphere of units in its middle, where shortest paths are straight lines; up to some 500 km across, cells are of
 * one size to a quarter of a per cent. Pure; no libm. */
#ifndef PARLEY_GEO_RASTER_H
#define PARLEY_GEO_RASTER_H

#include "geo/earth.h"

#define RASTER_SIDE 128 /* cells */
struct raster {
    struct vec middle, east, north;
    double cell, pad; /* as parts of the earth's radius; pad: so far beyond a shape's edges cells are touched, too */
};
struct raster_cells { uint64_t row[RASTER_SIDE][2]; }; /* rows from the south, bits from the west */
static inline bool raster_has(const struct raster_cells *c, uint32_t line, uint32_t column) { return c->row[line][column / 64] >> (column % 64) & 1; }
void raster_make(struct raster *r, const struct position *middle, double cell_m);
/* Every cell that holds a place of the shape, and none whose middle is farther from it than 0.8 of a cell's side and a hundredth of a circle's radius, or half of a
 * path's reach. The shape must have passed shape_check, with long edges cut. */
void raster_shape(const struct raster *r, const struct shape *s, struct raster_cells *out);

#endif
