/* Internal to src/core: the passing of time. */
#ifndef PARLEY_CORE_CLOCK_H
#define PARLEY_CORE_CLOCK_H

#include "core/handlers.h"

HANDLER(tick);
void timers_continue(struct state *st, struct effects *fx); /* goes on with what was due at the last tick and waits */

#endif
