/* Internal to src/core: what only the tick, the start and the check need of timers; the rest is in tables.h. */
#ifndef PARLEY_CORE_TIMER_H
#define PARLEY_CORE_TIMER_H

#include "core/tables.h"

void timer_layout(struct state *st, struct memory *m); /* after the tables */
/* Takes the first timer that is due at `now`; false when there is none. Order: instant, kind, serial. */
bool timer_pop(struct state *st, instant now, struct timer *out);
struct timer timer_take(struct state *st, enum timer_kind kind, row r); /* one that is set and does not wait */
bool timer_due(const struct state *st, instant now); /* is there one? */
uint16_t timer_first(const struct state *st, instant now); /* whose the first is that is due; PARTY_NONE: there is none */
bool timer_first_at(const struct state *st, instant *at);  /* of all, due or not */
void timer_hold(struct state *st, uint16_t party, bool held); /* this party's are passed over, until it is let go */
/* The queues of what is due and waits: what waits of one party and kind delays nothing else. It must be in no queue and not set; false: there is no room. */
bool timer_wait(struct state *st, const struct timer *t);
bool timer_wait_end(struct state *st, enum timer_kind kind, uint16_t party, struct timer *out); /* the first; false: none */
static inline size_t timer_queue(const struct state *st, enum timer_kind kind, uint16_t party) { return (size_t)kind * st->room.parties + party; }
#define TIMER_NONE UINT32_MAX
void timer_check(const struct state *st);

#endif
