/* tick and clock. A tick is how time passes: due timers fire, old rows go. A jump of the server's clock is not followed but
 * marked unsure until the operator says `clock`; meanwhile every outcome carries the mark. */
#include "core/clock.h"

#include "core/dss_store.h"
#include "core/heed.h"
#include "core/pool.h"
#include "core/recent.h"
#include "core/timer.h"
#include "core/tube.h"

static void clock_tell(struct state *st, struct effects *fx) {
    for (uint16_t p = 0; p < st->party_count; p++) {
        struct append *out = tell_begin(st, fx, TOLD_CLOCK, p, NULL);
        append_str(out, st->unsure ? "\"unsure\":true,\"error_s\":" : "\"unsure\":false,\"error_s\":");
        append_fixed_point(out, st->clock_error_ns, 9);
        tell_end(st, fx);
    }
}
static void timer_fire(struct state *st, const struct timer *t, struct effects *fx) {
    switch ((enum timer_kind)t->kind) {
    case TIMER_AGREEMENT: agreement_on_timer(st, t->r, fx); return;
    case TIMER_RECOVERY: key_on_timer(st, t->r, fx); return;
    case TIMER_PENDING: pending_on_timer(st, t->r, fx); return;
    case TIMER_SEALED: seal_on_timer(st, t->r, fx); return;
    case TIMER_NOTICE: notice_on_timer(st, t->r, fx); return;
    case TIMER_FLIGHT: flight_on_timer(st, t->r, fx); return;
    case TIMER_TRACK: track_on_timer(st, t->r, t->at, fx); return;
    case TIMER_FEED: feed_on_timer(st, t->r, fx); return;
    case TIMER_ALERT: alert_on_timer(st, t, fx); return;
    case TIMER_HOLD: hold_on_timer(st, t->r, fx); return;
    case TIMER_DUE: due_on_timer(st, t->r, fx); return;
    case TIMER_KINDS: break;
    }
    assert(!"no such timer");
}
bool tick_check(struct state *st, const struct statement *s, struct step *c) {
    if (s->tick.tick != st->tick + 1)
        return refuse(c, REASON_CLOCK, "tick %llu; the next is %llu", (unsigned long long)s->tick.tick, (unsigned long long)st->tick + 1);
    return true;
}
/* ---- what falls due ---- */
/* Of each party and kind so many in a step, whatever falls due of others: nobody's crowd delays what another is told of its own things. */
static uint32_t timers_most(const struct state *st) {
    int64_t n = st->settings.step_work / LIMIT_TIMER_WORK;
    return n < 1 ? 1 : n < LIMIT_TICK_TIMERS ? (uint32_t)n : LIMIT_TICK_TIMERS;
}
static bool room(const struct state *st, const struct effects *fx) { return tell_left(st, fx) >= fx->room / 2; }
/* Those that waited when the step began, kind by kind as those of one instant go; one that has to wait for another goes to the end of its queue. */
static void timers_on(struct state *st, struct effects *fx) {
    const struct due_timers *d = &st->due;
    uint32_t most = timers_most(st);
    for (int k = 0; k < TIMER_KINDS && d->count > 0; k++)
        for (uint16_t p = 0; p < st->party_count; p++) {
            size_t q = timer_queue(st, (enum timer_kind)k, p);
            uint32_t n = 0;
            struct timer t;
            for (uint32_t i = d->first[q]; i != TIMER_NONE && (n < most || k == TIMER_TRACK); i = d->at[i].next) n++;
            for (; n > 0 && room(st, fx) && timer_wait_end(st, (enum timer_kind)k, p, &t); n--) {
                d->fired[q]++;
                timer_fire(st, &t, fx);
            }
        }
}
/* A track that was heard since its timer was set: it only is set on. Of a million tracks that are tens of thousands a second. */
static bool passing(const struct state *st, const struct timer *t) { return t->kind == TIMER_TRACK && track_due(st, track_at(st, t->r)) > t->at; }
/* Those that are due at the tick. Of each party so many are looked at, and so many may wait, whatever the others have: none hides what is due behind it. Looking is quick; of tracks there is
 * little to do: they are not counted among what is fired. */
static bool looked(const struct state *st, uint16_t party) {
    const struct due_timers *d = &st->due;
    uint32_t share = LIMIT_TICK_LOOK / st->party_count, waiting = LIMIT_TICK_TIMERS / st->party_count;
    /* Shares shrink when a party comes, and what waited before it waits still: without a bound of the sum there would be no room for its own. */
    return d->looked[party] >= share || d->waiting[party] >= waiting || d->count >= LIMIT_TICK_TIMERS;
}
static void timers_look(struct state *st, struct effects *fx) {
    struct due_timers *d = &st->due;
    uint32_t most = timers_most(st);
    memset(d->looked, 0, st->room.parties * sizeof *d->looked);
    for (uint16_t p = timer_first(st, st->ticked); p != PARTY_NONE; p = timer_first(st, st->ticked)) {
        struct timer t;
        if (looked(st, p)) {
            timer_hold(st, p, true);
            continue;
        }
        (void)timer_pop(st, st->ticked, &t);
        uint32_t *fired = &d->fired[timer_queue(st, (enum timer_kind)t.kind, t.party)];
        d->looked[p] += passing(st, &t) ? 1 : LIMIT_TICK_LOOK_EACH;
        if ((*fired < most || t.kind == TIMER_TRACK) && room(st, fx)) {
            ++*fired;
            timer_fire(st, &t, fx);
        } else {
            bool waits = timer_wait(st, &t);
            assert(waits);
            (void)waits;
        }
    }
    for (uint16_t p = 0; p < st->party_count; p++) timer_hold(st, p, false);
    d->more = timer_due(st, st->ticked);
}
static void timers_begin(struct state *st) {
    memset(st->due.fired, 0, (size_t)TIMER_KINDS * st->room.parties * sizeof *st->due.fired);
}
void timers_continue(struct state *st, struct effects *fx) {
    if (st->due.count == 0 && !st->due.more) return;
    timers_begin(st);
    timers_on(st, fx);
    if (st->due.more) timers_look(st, fx);
}
void tick_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)c;
    st->tick = s->tick.tick;
    st->ticked = s->time;
    st->clock_error_ns = s->tick.error_ns;
    if (s->tick.unsure && !st->unsure) {
        st->unsure = true;
        st->unsure_since = s->time;
        clock_tell(st, fx);
    }
    recent_expire(st);
    dss_suffixes_expire(st);
    pool_reindex_on(st);
    tubes_reindex_on(st);
    timers_begin(st);
    timers_on(st, fx);
    timers_look(st, fx);
}

bool clock_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *one = section_one(s);
    if (!one) return refuse(c, REASON_SECTION, "clock: one section is needed");
    const struct body_clock *b = &one->body.clock;
    if (!st->unsure) return refuse(c, REASON_CLOCK, "the clock is not unsure");
    if (b->error_ns < 0) return refuse(c, REASON_BODY, "/error_s: may not be negative");
    if (b->now < s->time - b->error_ns) return refuse(c, REASON_CLOCK, "/now: lies before the last statement; time never runs back");
    return true;
}
void clock_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)c;
    st->unsure = false;
    st->unsure_since = INSTANT_NONE;
    st->clock_error_ns = section_one(s)->body.clock.error_ns;
    clock_tell(st, fx);
}
