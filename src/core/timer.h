/* Internal to src/core: what only the tick, the start and the check need of timers; the rest is in tables.h. */
#ifndef PARLEY_CORE_TIMER_H
#define PARLEY_CORE_TIMER_H

#include "core/tables.h"

void timer_layout(struct state *st, struct memory *m); /* after the tables */
/* Takes the first timer that is due at `now`; false when there is none. Order: instant, kind, serial. */
bool timer_pop(struct state *st, instant now, struct timer *out);
void timer_check(const struct state *st);

#endif
