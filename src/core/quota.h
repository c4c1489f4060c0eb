/* Internal to src/core: capacities of tables and the parties' shares of them. */
#ifndef PARLEY_CORE_QUOTA_H
#define PARLEY_CORE_QUOTA_H

#include "core/tables.h"

/* Rows of that table, from genesis; dues have no figure of their own: 16 per notice, 1 per alert and hold, 64 per party. */
uint32_t quota_capacity(const struct capacity *c, enum quota q);

#endif
