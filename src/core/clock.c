/* tick and clock. A tick is how time passes: due timers fire, old rows go. A jump of the server's clock is not followed but
 * marked unsure until the operator says `clock`; meanwhile every outcome carries the mark. */
#include "core/clock.h"

#include "core/recent.h"
#include "core/timer.h"

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
    case TIMER_TRACK: track_on_timer(st, t->r, fx); return;
    case TIMER_FEED: feed_on_timer(st, t->r, fx); return;
    case TIMER_ALERT: alert_on_timer(st, t->r, fx); return;
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
/* Timers that do not fit into this step's effects stay in the heap, which is the cursor: they are the first of the next tick. */
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
    struct timer t;
    for (uint32_t n = 0; n < LIMIT_TICK_TIMERS && tell_left(st, fx) >= fx->room / 2 && timer_pop(st, s->time, &t); n++) timer_fire(st, &t, fx);
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
