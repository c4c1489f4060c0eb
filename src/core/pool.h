/* Internal to src/core: what only the start, the settings and the check need of the pool; the rest is in tables.h. */
#ifndef PARLEY_CORE_POOL_H
#define PARLEY_CORE_POOL_H

#include "core/tables.h"

void pool_layout(struct state *st, struct memory *m);
/* After the altitude offsets changed: every box anew, LIMIT_REINDEX_ROWS rows now and as many with each tick (pool_reindex_on). */
void pool_reindex(struct state *st, const struct altitude_offsets *before);
void pool_reindex_on(struct state *st);
/* What both the pool and the tubes need: how far heights have moved, in addition to what is under way; and a box that meets all that it met, or meets now. */
void reindexing_begin(const struct state *st, struct reindexing *x, const struct altitude_offsets *before);
struct box reindexing_wide(const struct reindexing *x, const struct box *b);
void pool_index(struct state *st);   /* none is in the index: every box goes in */
/* How many rows a stored volume takes: one, and one for each further piece of a long one (geo/box.h); and takes those for the pieces. */
uint32_t pool_pieces(const struct state *st, row r);
void pool_pieces_take(struct state *st, row r);
void pool_index_first(struct state *st, row r, const struct volume *v); /* [apply] v has been stored in row r: its pieces' rows, and all into the index */
void pool_check(const struct state *st);

#endif
