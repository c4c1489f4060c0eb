/* Internal to src/core: what an entity may meet is looked for up to the work of a step; what is left waits. search.c looks, backlog.c keeps the queues (backlog.h). */
#ifndef PARLEY_CORE_SEARCH_H
#define PARLEY_CORE_SEARCH_H

#include "core/watch.h"

/* Per part the pairs of this entity whose keys lie cyclically behind the cursor `at`, up to and with `from` (0: all behind `at`), as far as the
 * part's work goes; `at` follows. A part that is NULL is not looked at. Each that is through becomes NULL; true: all are. */
bool search_pairs(struct state *st, enum owner_kind kind, row r, struct waiting *part[SEARCH_PARTS], struct effects *fx);
/* The same over all keys in one part and with work of its own, of what a folded alert may stand for: this entity of its filer as what is met. */
bool search_counted(struct state *st, row folded, enum owner_kind kind, row r, struct waiting *x, int64_t *work, struct effects *fx);
/* What is left of this step's work for the party, of this kind and part; 0 or less (the last pair may cost more than there was): none. The caller
 * takes off what it uses. */
int64_t *search_work(struct state *st, uint16_t party, enum waiting_kind kind);
uint64_t search_serial(const struct state *st, enum owner_kind kind, row r);
uint16_t search_party(const struct state *st, enum owner_kind kind, row r);
bool search_counts(const struct state *st, enum owner_kind kind, row r); /* hazardous, or stands */

#endif
