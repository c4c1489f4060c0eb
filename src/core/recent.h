/* Internal to src/core: statements of the last 7 days by hash, so that each is applied once. */
#ifndef PARLEY_CORE_RECENT_H
#define PARLEY_CORE_RECENT_H

#include "core/tables.h"

row recent_find(const struct state *st, const struct hash *statement); /* one that is older than 7 days is not found */
void recent_add(struct state *st, const struct statement *s, uint16_t party, uint64_t place); /* [apply] takes the quota */
void recent_enter(struct state *st, row r); /* [apply] a row that is the newest: into chain, hash index and quota */
void recent_expire(struct state *st); /* by the tick: all that are older than 7 days */
void recent_check(const struct state *st);

#endif
