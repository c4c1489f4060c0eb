/* A grid of cells on the sphere of units: finds the boxes, out of many of which most change every minute, that meet a box. For tubes of tracks:
 * all of them are about now, most are of one size, and each is put in and taken out again more often than it is asked for. A tree spends more on keeping
 * itself than a grid on looking at some cells too many (ARCHITECTURE.md, "The index"). Time is no axis: whoever asks looks at it.
 * Memory is taken at the start; insert, erase and query never fail within the capacity. Matches come in no order: callers sort. */
#ifndef PARLEY_CORE_GRID_H
#define PARLEY_CORE_GRID_H

#include "core/index.h"

struct grid;
size_t grid_memory(uint32_t capacity); /* bytes that grid_new will take: 70 to 72 for each box */
struct grid *grid_new(struct arena *a, uint32_t capacity);
void grid_insert(struct grid *g, uint32_t item, const struct box *b); /* item < capacity, not in it yet; the box's times are not looked at */
void grid_erase(struct grid *g, uint32_t item);
bool grid_has(const struct grid *g, uint32_t item);
uint32_t grid_count(const struct grid *g);
/* Calls visit for every box that meets b on the four axes of place and height, until it returns false. Adds the boxes compared to `tests`. They are found
 * in batches: `fetch` (may be NULL) is called for each of one before it is visited, to send for the memory that the visit will look at. */
typedef void (*grid_fetch)(void *context, uint32_t item);
void grid_query(const struct grid *g, const struct box *b, grid_fetch fetch, index_visit visit, void *context, uint64_t *tests);
void grid_check(const struct grid *g); /* walks everything and asserts its invariants (tests) */

#endif
