/* The libraries that ./bench index is set beside. */
#ifndef PARLEY_BENCHMARKS_INDEX_OTHERS_H
#define PARLEY_BENCHMARKS_INDEX_OTHERS_H

#include "geo/box.h"

/* libspatialindex: an R*-tree in memory, five axes, nodes of 100 (its defaults), doubles. */
void *spatialindex_new(void);
void spatialindex_insert(void *x, uint32_t item, const struct box *b);
void spatialindex_erase(void *x, uint32_t item, const struct box *b);
uint64_t spatialindex_count(void *x, const struct box *b);
void spatialindex_free(void *x);
/* GEOS: an STR-tree of two axes (x, y), made once; it cannot be inserted into after the first query. */
void *geos_tree_new(const struct box *boxes, uint32_t count);
uint64_t geos_tree_count(void *x, const struct box *b); /* of those that meet on all axes: the rest is compared behind it */
void geos_tree_free(void *x);

#endif
