#include "core/figures.h"

#include "core/quota.h"
#include "core/watch.h"

#define EACH_LIVE(t, r) (row r = table_next(t, 0); r != ROW_NONE; r = table_next(t, r + 1))

static void take_tables(const struct state *st, struct figures *out) {
    const struct { const char *name; const struct table *t; } tables[] = {
        {"keys", &st->keys}, {"agreements", &st->agreements}, {"areas", &st->areas}, {"feeds", &st->feeds}, {"notices", &st->notices},
        {"flights", &st->flights}, {"volumes", &st->volumes}, {"chunks", &st->chunks}, {"tracks", &st->tracks}, {"alerts", &st->alerts},
        {"pending", &st->pending}, {"recent", &st->recent}, {"holds", &st->holds}, {"dues", &st->dues}};
    _Static_assert(sizeof tables / sizeof tables[0] == FIGURES_TABLES && QUOTAS == FIGURES_QUOTAS, "figures.h counts them");
    for (int i = 0; i < FIGURES_TABLES; i++) {
        out->tables[i].name = tables[i].name;
        out->tables[i].used = tables[i].t->used;
        out->tables[i].capacity = tables[i].t->capacity;
    }
    for (int q = 0; q < QUOTAS; q++) {
        out->quotas[q].name = quota_name((enum quota)q);
        out->quotas[q].share = quota_share(st, (enum quota)q);
        for (uint16_t p = 0; p < st->party_count; p++)
            if (st->parties[p].used[q] > out->quotas[q].fullest) out->quotas[q].fullest = st->parties[p].used[q];
    }
}

static void take_entities(const struct state *st, struct figures *out) {
    static const char *const notices[NOTICE_STATES] = {"filed", "active", "unconfirmed", "over", "closed", "cancelled"};
    static const char *const flights[FLIGHT_STATES] = {"filed", "active", "ended", "cancelled"};
    static const char *const levels[FIGURES_LEVELS] = {"advisory", "caution", "warning", "immediate"};
    _Static_assert(NOTICE_STATES <= FIGURES_STATES && FLIGHT_STATES <= FIGURES_STATES && LEVEL_IMMEDIATE == FIGURES_LEVELS, "figures.h has room for them");
    for (int i = 0; i < NOTICE_STATES; i++) out->notices[i].state = notices[i];
    for (int i = 0; i < FLIGHT_STATES; i++) out->flights[i].state = flights[i];
    for (int i = 0; i < FIGURES_LEVELS; i++) out->alerts[i].level = levels[i];
    for EACH_LIVE(&st->notices, r) out->notices[notice_at(st, r)->state].count++;
    for EACH_LIVE(&st->flights, r) out->flights[flight_at(st, r)->state].count++;
    for EACH_LIVE(&st->alerts, r)
        if (alert_at(st, r)->level > LEVEL_NONE) out->alerts[alert_at(st, r)->level - 1].count++;
    for EACH_LIVE(&st->feeds, r) out->feeds_silent += feed_at(st, r)->silent;
    for EACH_LIVE(&st->tracks, r) out->tracks_silent += track_at(st, r)->silent;
}

static void take_ladder(const struct state *st, struct figures *out) {
    for EACH_LIVE(&st->dues, r) {
        const struct due_row *d = due_at(st, r);
        if (d->deadline == INSTANT_NONE || d->read_back != INSTANT_NONE) continue;
        out->readbacks++;
        out->escalations += d->escalations;
        if (d->deadline >= st->ticked) continue;
        out->readbacks_overdue++;
        if (st->ticked - d->deadline > out->readback_oldest_ns) out->readback_oldest_ns = st->ticked - d->deadline;
    }
    for EACH_LIVE(&st->holds, r) {
        const struct hold_row *x = hold_at(st, r);
        if (x->state != HOLD_ASKED && x->state != HOLD_STANDING_BY) continue;
        out->holds_unanswered++;
        if (st->ticked - x->made > out->hold_oldest_ns) out->hold_oldest_ns = st->ticked - x->made;
    }
}

static void take_parties(const struct state *st, struct figures *out) {
    for (uint16_t p = 0; p < st->party_count; p++) {
        const struct party_row *x = &st->parties[p];
        out->recoveries += x->recovering;
        out->forks += x->forks;
        for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) {
            out->sealed += x->sealed[i].used;
            out->sealed_late += x->sealed[i].used && x->sealed[i].open_by < st->ticked;
        }
    }
}

void figures_take(const struct state *st, struct figures *out) {
    *out = (struct figures){.parties = st->party_count, .parties_room = st->capacity.parties, .index_boxes = index_count(st->index), .index_room = st->volumes.capacity,
                            .timers = st->heap_count, .timers_room = st->heap_room, .pending = st->pending.used, .unsure = st->unsure, .clock_error_ns = st->clock_error_ns};
    if (st->heap_count > 0 && st->heap[0].at < st->ticked) out->timer_late_ns = st->ticked - st->heap[0].at;
    take_tables(st, out);
    take_entities(st, out);
    take_ladder(st, out);
    take_parties(st, out);
}

uint32_t figures_used(const struct state *st, uint16_t party, unsigned q) {
    assert(party < st->party_count && q < QUOTAS);
    return st->parties[party].used[q];
}

/* By the timers, which are those that wait and no others. A query for an end comes a handful of times, then ever more slowly. */
uint64_t figures_calls(const struct state *st, int64_t span_ns) {
    enum { QUERIES_A_DAY = 12 };
    int64_t hold_ns = st->settings.hold_repeat_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.hold_repeat_ns;
    uint64_t calls = 0;
    for (uint32_t i = 0; i < st->heap_count; i++) {
        const struct timer *t = &st->heap[i];
        if (t->at - st->time > span_ns) continue;
        if (t->kind == TIMER_DUE && due_at(st, t->r)->deadline != INSTANT_NONE && due_at(st, t->r)->read_back == INSTANT_NONE)
            calls += 2 * (1 + (uint64_t)(span_ns / (due_at(st, t->r)->repeat_ns < st->tick_ns ? st->tick_ns : due_at(st, t->r)->repeat_ns)));
        else if (t->kind == TIMER_HOLD && hold_at(st, t->r)->repeat_at != INSTANT_NONE) calls += 1 + (uint64_t)(span_ns / (hold_ns < st->tick_ns ? st->tick_ns : hold_ns));
        else if (t->kind == TIMER_NOTICE) calls += QUERIES_A_DAY;
    }
    return calls;
}
