/* Internal to src/core: sealed statements, for step.c; `open` finds the rest in handlers.h. */
#ifndef PARLEY_CORE_SEAL_H
#define PARLEY_CORE_SEAL_H

#include "core/tables.h"

bool seal_check(struct state *st, const struct statement *s, struct step *c);
void seal_store(struct state *st, const struct statement *s, const struct step *c); /* [apply] */

#endif
