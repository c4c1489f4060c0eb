/* Internal to src/core: a change that concerns very many (settings, an agreement, areas, the readers of a feed) has them looked at anew by and by. Of each party so
 * many go in the step of the change; the rest is gone through in the order of serials, from a cursor in the state, with each `continue`. */
#ifndef PARLEY_CORE_SWEEP_H
#define PARLEY_CORE_SWEEP_H

#include "core/handlers.h"

/* PATHS: of every track the path is taken anew, too. What is looked at waits in the backlog, if there is not the work for it at once. */
enum sweep_kind { SWEEP_NOTICES, SWEEP_FLIGHTS, SWEEP_TRACKS, SWEEP_PATHS, SWEEPS };
enum sweep_what { SWEEP_CONFLICTS = 1, SWEEP_READERS = 2 /* what was withheld may be told now */ };
/* The cursor is cyclic: a change while one runs wants one more round from where it is, and what changes all the time is gone through from end to end all the same. */
struct sweep {
    uint64_t at, from, until; /* serials: of the last that was looked at; where the round ends; the newest that it is about */
    uint64_t since;           /* order of the statement that began it */
    row next;                 /* the first behind `at`, ROW_NONE: none; follows from the rest */
    bool runs, around;        /* around: it is past the newest, and goes on from the oldest up to `from` */
    uint64_t begun;           /* order of the last change: a memo of that step */
};
struct sweeps { struct sweep *at; /* [parties * SWEEPS] */ uint16_t turn[SWEEPS]; uint32_t running[SWEEPS]; };

void sweeps_layout(struct state *st, struct memory *m);
static inline struct sweep *sweep_at(const struct sweeps *w, enum sweep_kind kind, uint16_t party) { return &w->at[(size_t)party * SWEEPS + (size_t)kind]; }
/* [apply] All of this kind of the party is looked at anew, of tracks those of feeds that are marked. False: it has none. */
bool sweep_begin(struct state *st, enum sweep_kind kind, uint16_t party);
/* [apply] Behind all that a change has begun: so much of each as the step takes. */
void sweeps_first(struct state *st, struct effects *fx);
void sweeps_continue(struct state *st, struct effects *fx);
/* Into and out of the list of its party's. */
void sweeps_join(struct state *st, enum owner_kind kind, row r);
void sweeps_leave(struct state *st, enum owner_kind kind, row r);
uint32_t sweeps_running(const struct state *st);
uint64_t sweeps_oldest(const struct state *st); /* `since` of the oldest that runs; UINT64_MAX: none */
bool sweep_resume(struct state *st, enum sweep_kind kind, uint16_t party); /* after a start, one that runs, by its serials; false: no such state can be */
void sweeps_digest(const struct state *st, struct sha256 *to);
void sweeps_check(const struct state *st);

#endif
