/* The state as bytes: timers that are due and wait, in their order (when each was due stands with its row); what a change has looked at anew, and how far it is. */
#include "core/saved.h"

#include "core/timer.h"
#include "core/watch.h"

static enum saved_table timer_table(enum timer_kind kind) {
    static const enum saved_table of[TIMER_KINDS] = {
        [TIMER_AGREEMENT] = SAVED_AGREEMENTS, [TIMER_PENDING] = SAVED_PENDING, [TIMER_NOTICE] = SAVED_NOTICES, [TIMER_FLIGHT] = SAVED_FLIGHTS, [TIMER_TRACK] = SAVED_TRACKS,
        [TIMER_FEED] = SAVED_FEEDS, [TIMER_ALERT] = SAVED_ALERTS, [TIMER_HOLD] = SAVED_HOLDS, [TIMER_DUE] = SAVED_DUES};
    return of[kind];
}
static void saved_timer_waiting(struct saved *c, enum timer_kind kind, uint16_t party, struct timer *t) {
    struct state *st = c->st;
    bool of_party = kind == TIMER_RECOVERY || kind == TIMER_SEALED; /* its one timer */
    if (of_party) t->r = party;
    else saved_ref(c, &t->r, timer_table(kind), false);
    if (!c->loading || c->failed) return;
    instant at;
    if (!timer_get(st, kind, t->r, &at) || at > st->ticked) saved_bad(c, "a timer waits that is not due");
    else if (timer_waits(st, kind, t->r)) saved_bad(c, "a timer waits twice");
    if (c->failed) return;
    *t = timer_take(st, kind, t->r);
    if (t->party != party) saved_bad(c, "a timer waits in another party's queue");
    else if (!timer_wait(st, t)) saved_bad(c, "more timers wait than there is room for");
}
void saved_timers(struct saved *c) {
    struct due_timers *d = &c->st->due;
    saved_flag(c, &d->more);
    for (int k = 0; k < TIMER_KINDS; k++)
        for (uint16_t p = 0; p < c->st->party_count && !c->failed; p++) {
            uint32_t n = 0, at = d->first[timer_queue(c->st, (enum timer_kind)k, p)];
            for (uint32_t i = at; i != TIMER_NONE; i = d->at[i].next) n++; /* loading: none yet */
            saved_u32(c, &n);
            for (uint32_t i = 0; i < n && !c->failed; i++) {
                struct timer t = {.r = 0};
                if (!c->loading) t = d->at[at].t, at = d->at[at].next;
                saved_timer_waiting(c, (enum timer_kind)k, p, &t);
            }
        }
}
void saved_sweeps(struct saved *c) {
    struct sweeps *w = &c->st->watch->sweep;
    for (int k = 0; k < SWEEPS; k++) {
        saved_u16(c, &w->turn[k]);
        if (c->loading && w->turn[k] > c->st->capacity.parties) saved_bad(c, "a sweep is at party %u", w->turn[k]);
        for (uint16_t p = 0; p < c->st->party_count && !c->failed; p++) {
            struct sweep *x = sweep_at(w, (enum sweep_kind)k, p);
            saved_flag(c, &x->runs);
            if (!x->runs) continue;
            saved_u64(c, &x->at);
            saved_u64(c, &x->from);
            saved_u64(c, &x->until);
            saved_flag(c, &x->around);
            saved_u64(c, &x->since);
            if (c->loading && !c->failed && !sweep_resume(c->st, (enum sweep_kind)k, p)) saved_bad(c, "a sweep of party %u stands where none can", p);
        }
    }
    for (row f = c->loading ? table_next(&c->st->feeds, 0) : ROW_NONE; f != ROW_NONE && !c->failed; f = table_next(&c->st->feeds, f + 1))
        if (feed_at(c->st, f)->sweep && !sweep_at(w, SWEEP_TRACKS, feed_at(c->st, f)->party)->runs) saved_bad(c, "a feed's tracks are to be looked at anew, and nothing does");
}
