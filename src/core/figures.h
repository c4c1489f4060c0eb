/* What an operator watches of the state: how full it is, what waits, what is overdue. Of all parties together, so for nobody else's eyes.
 * Reads live rows once and changes nothing. */
#ifndef PARLEY_CORE_FIGURES_H
#define PARLEY_CORE_FIGURES_H

#include "core/state.h"

#define FIGURES_TABLES 14
#define FIGURES_QUOTAS 14
#define FIGURES_STATES 6
#define FIGURES_LEVELS 4
struct figures {
    struct { const char *name; uint32_t used, capacity; } tables[FIGURES_TABLES];
    /* share: a party's; fullest: what the party with most of it has. */
    struct { const char *name; uint32_t share, fullest; } quotas[FIGURES_QUOTAS];
    uint32_t parties, parties_room, index_boxes, index_room, timers, timers_room;
    int64_t timer_late_ns;        /* since when the first timer is due that has not fired; 0: none */
    struct { const char *state; uint32_t count; } notices[FIGURES_STATES], flights[FIGURES_STATES]; /* state NULL: no further one */
    struct { const char *level; uint32_t count; } alerts[FIGURES_LEVELS];
    uint32_t readbacks, readbacks_overdue; int64_t readback_oldest_ns;   /* oldest: how long the longest overdue one is so */
    uint32_t escalations;         /* of those that wait: desks called after the first */
    uint32_t holds_unanswered; int64_t hold_oldest_ns; /* since it was asked */
    uint32_t pending, sealed, sealed_late, recoveries, feeds_silent, tracks_silent;
    uint64_t forks;
    bool unsure; int64_t clock_error_ns;
};
/* As of the last tick. */
void figures_take(const struct state *st, struct figures *out);
/* Rows or units of quota `q` (as in figures.quotas) that a party has. */
uint32_t figures_used(const struct state *st, uint16_t party, unsigned q);
/* At most so many records will the calls of read-backs, holds and ends that wait be told as within `span_ns`, if nobody ever answers. */
uint64_t figures_calls(const struct state *st, int64_t span_ns);

#endif
