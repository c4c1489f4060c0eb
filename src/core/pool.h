/* Internal to src/core: what only the start, the settings and the check need of the pool; the rest is in tables.h. */
#ifndef PARLEY_CORE_POOL_H
#define PARLEY_CORE_POOL_H

#include "core/tables.h"

void pool_layout(struct state *st, struct memory *m);
void pool_reindex(struct state *st); /* after the altitude offsets changed: every box anew */
void pool_check(const struct state *st);

#endif
