/* What an operator watches of the state: how full it is, what waits, what is overdue. Of all parties together, so for nobody else's eyes.
 * Reads live rows once and changes nothing. */
#ifndef PARLEY_CORE_FIGURES_H
#define PARLEY_CORE_FIGURES_H

#include "core/state.h"

#define FIGURES_TABLES 21
#define FIGURES_QUOTAS 14
#define FIGURES_STATES 6
#define FIGURES_LEVELS 4
struct figures {
    struct { const char *name; uint32_t used, capacity; } tables[FIGURES_TABLES];
    /* share: a party's; fullest: what the party with most of it has. */
    struct { const char *name; uint32_t share, fullest; } quotas[FIGURES_QUOTAS];
    uint32_t parties, parties_room, index_boxes, index_room, timers, timers_room;
    int64_t tick_ns;
    int64_t timer_late_ns;        /* since when the first timer is due that has not fired; 0: none */
    struct { const char *state; uint32_t count; } notices[FIGURES_STATES], flights[FIGURES_STATES]; /* state NULL: no further one */
    struct { const char *level; uint32_t count; } alerts[FIGURES_LEVELS];
    uint32_t readbacks, readbacks_overdue, readbacks_past; int64_t readback_oldest_ns;   /* oldest: how long the longest overdue one is so */
    uint32_t escalations;         /* of those that wait: desks called after the first */
    uint32_t holds_unanswered; int64_t hold_oldest_ns; /* since it was asked */
    uint32_t pending, sealed, sealed_late, recoveries, feeds_silent, tracks_silent;
    /* What is released to the world, at the drone world's doors. `references`: those that stand; `coarse`: of these, where circles stand for a volume of too many
     * pieces; `waits`: notices and flights whose change is not shown yet, for it exceeded its step. */
    struct { struct text url /* empty: nothing shows */; uint32_t constraints, intents, coarse, waits; } world;
    uint64_t forks;
    bool unsure; int64_t clock_error_ns;
};
/* As of the last tick. */
void figures_take(const struct state *st, struct figures *out);
/* What a due is of: OVER, its tail has ended too. WAS_OVER: its sender has said OVER, and its end was past when it was told (notices that are brought in late);
 * its tail warns nobody of anything. All but a notice's stands. */
enum figures_hazard { HAZARD_STANDS, HAZARD_OVER, HAZARD_WAS_OVER, HAZARD_CANCELLED };
enum figures_hazard figures_hazard(const struct state *st, uint32_t due); /* a live row of the dues */
/* Until when it is hazardous, by the section whose start was told to be read back; INSTANT_NONE: unknown. Of notices and alerts. */
instant figures_until(const struct state *st, uint32_t due);
/* Read-backs that are awaited of `party`, or of all (PARTY_NONE); what of them is overdue, as of the last tick, and the longest for how long. `past`: late ones of
 * hazards that are over, `told_over`: that were over when told. Nobody flies into these any more; `overdue` does not count them, nor what was cancelled. */
struct figures_readbacks { uint32_t waiting, overdue, escalations, past, told_over; int64_t longest_ns; };
void figures_readbacks(const struct state *st, uint16_t party, struct figures_readbacks *out);
bool figures_overdue(const struct state *st, uint32_t due); /* a live row of the dues */
/* What a party's desk has to look at: alerts of the highest level, and what they are of; holds without an answer, asked of it and by it, and the oldest of
 * each; feeds that it reads and that are silent, some of them by name; what it sealed and has not opened. As of the last tick. */
#define FIGURES_SILENT 4
struct figures_own {
    instant now;                  /* of the last tick */
    uint32_t immediate, unread;   /* unread: of these, not read back */
    instant entry;                /* the first that is yet to come; INSTANT_NONE: none */
    /* Of those whose entry has come. A track was seen; a flight is a plan: it may be late, or elsewhere. */
    uint32_t inside, close;       /* a track in a notice's hazardous area; two tracks */
    uint32_t under_way, planned;  /* a flight that was activated, and one that is merely filed: by their volumes */
    uint32_t asked_of, asked_by; int64_t of_oldest_ns, by_oldest_ns;
    uint32_t silent; struct { const struct name *party, *name; } feed[FIGURES_SILENT];
    uint32_t sealed, sealed_late; instant open_by; /* the first deadline of those that are not late; INSTANT_NONE: none */
};
void figures_own(const struct state *st, uint16_t party, struct figures_own *out);
/* Rows or units of quota `q` (as in figures.quotas) that a party has. */
uint32_t figures_used(const struct state *st, uint16_t party, unsigned q);
const char *figures_quota_name(unsigned q);
uint32_t figures_share(const struct state *st, unsigned q); /* a party's */
/* The next feed from *at on, in no order; false: no further one. *at begins with 0. */
struct figures_feed { const struct name *party, *name; uint64_t shed; uint32_t tracks; };
bool figures_feed(const struct state *st, uint32_t *at, struct figures_feed *out);
/* At most so many records will the calls of read-backs, holds and ends that wait be told as within `span_ns`, if nobody ever answers. */
uint64_t figures_calls(const struct state *st, int64_t span_ns);

#endif
