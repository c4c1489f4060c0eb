/* Internal to src/core: what only step.c and state.c need of effects; handlers find theirs in tables.h. */
#ifndef PARLEY_CORE_TELL_H
#define PARLEY_CORE_TELL_H

#include "core/tables.h"

void tell_layout(struct state *st, struct memory *m);
void tell_resize(struct state *st);                    /* other capacities are in force */
void tell_reset(struct state *st, struct effects *fx); /* a new step begins */
void tell_sort(struct effects *fx);                    /* ascending by party, within a party as told */
uint8_t sections_all(const struct statement *s);       /* bit per slot of the sections that came */

#endif
