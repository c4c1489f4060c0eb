/* Internal to src/core: capacities of tables and the parties' shares of them. */
#ifndef PARLEY_CORE_QUOTA_H
#define PARLEY_CORE_QUOTA_H

#include "core/tables.h"

/* Rows of that table, from genesis; dues have no figure of their own: 16 per notice, 1 per alert and hold, 64 per party. */
uint32_t quota_capacity(const struct capacity *c, enum quota q);
uint32_t quota_share_of(const struct capacity *c, enum quota q);
uint32_t quota_pair_of(const struct capacity *c); /* alerts of one owner on one filer's account */
/* Every table, by name, and its rows that are in force; memory may be taken for more. */
#define QUOTA_TABLES 21
struct quota_table { const char *name; const struct table *t; uint32_t rows; };
void quota_tables(const struct state *st, struct quota_table out[QUOTA_TABLES]);
uint32_t quota_rows(const struct state *st, const struct table *t);

#endif
