/* Internal to src/core: statements that wait for signatures. */
#ifndef PARLEY_CORE_PENDING_H
#define PARLEY_CORE_PENDING_H

#include "core/tables.h"

row pending_find(const struct state *st, const struct hash *statement);
/* Signatures that came now (`have` NULL: alone; else with the earlier ones) as bits; true when all of `by` are there. */
bool pending_merge(const struct state *st, const struct statement *s, row earlier, uint32_t have[LIMIT_SIGNERS / 32], bool *news);
/* [apply] Keeps or renews the row. */
void pending_store(struct state *st, const struct statement *s, const struct step *c, row earlier, const uint32_t have[LIMIT_SIGNERS / 32]);
void pending_drop(struct state *st, row r);

#endif
