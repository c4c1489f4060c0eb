/* Internal to src/core: where a track may be within the next minutes. It stands in the track's row, and its box in st->tubes. */
#ifndef PARLEY_CORE_TUBE_H
#define PARLEY_CORE_TUBE_H

#include "core/tables.h"

void tubes_layout(struct state *st, struct memory *m);
void tube_store(struct state *st, row track); /* [apply] from its anchor, instead of the one there was */
void tube_drop(struct state *st, row track);  /* [apply] none there: nothing */
static inline bool tube_is(const struct track_row *t) { return t->anchor.count > 0; }
/* As geo wants it; `room` holds the positions. */
void tube_view(const struct track_row *t, struct position room[4], struct volume *out);
struct volume tube_span(const struct track_row *t); /* its times and heights alone */
/* Of the tracks whose tube meets the box. */
void tubes_query(const struct state *st, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void tubes_index(struct state *st); /* after a start: every box */
/* After the altitude offsets changed: every box anew, LIMIT_REINDEX_ROWS rows now and as many with each tick (tubes_reindex_on). What is found does not
 * depend on how far it has come (pool_index.c has why). */
void tubes_reindex(struct state *st, const struct altitude_offsets *before);
void tubes_reindex_on(struct state *st);
void tubes_check(const struct state *st);

#endif
