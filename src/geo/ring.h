/* A polygon's outline against itself, in n log n steps for outlines as they are drawn: a body at a door may hold hundreds, each of LIMIT_VERTICES. Private to src/geo. */
#ifndef PARLEY_GEO_RING_H
#define PARLEY_GEO_RING_H

#include "geo/outline.h"

/* Is a place among them twice? One place has several coordinates at the poles and on the antimeridian. At most LIMIT_VERTICES. */
bool ring_same_place(const struct position *a, const struct position *b);
bool ring_repeats(const struct position *at, uint32_t count);
/* Do two of its edges cross (edge_crosses)? `which`: a pair that does, the earlier edge first. Which of several is not said, but is always the same. */
bool ring_crosses(const struct outline *o, double depth, uint32_t which[2]);

#endif
