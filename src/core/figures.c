#include "core/figures.h"

#include "core/bridge.h"
#include "core/quota.h"
#include "core/timer.h"
#include "core/watch.h"

#define EACH_LIVE(t, r) (row r = table_next(t, 0); r != ROW_NONE; r = table_next(t, r + 1))

static void take_tables(const struct state *st, struct figures *out) {
    struct quota_table tables[QUOTA_TABLES];
    _Static_assert(QUOTA_TABLES == FIGURES_TABLES && QUOTAS == FIGURES_QUOTAS, "figures.h counts them");
    quota_tables(st, tables);
    for (int i = 0; i < FIGURES_TABLES; i++) {
        out->tables[i].name = tables[i].name;
        out->tables[i].used = tables[i].t->used;
        out->tables[i].capacity = tables[i].rows;
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

static void take_world(const struct state *st, struct figures *out) {
    out->world.url = bridge_url(st);
    out->world.waits = bridge_waiting(st);
    for EACH_LIVE(&st->dss->references, r) {
        const struct dss_reference *x = dss_reference_at(st, r);
        if (x->shows == BRIDGE_NOTICE) out->world.constraints++;
        if (x->shows == BRIDGE_FLIGHT) out->world.intents++;
        out->world.coarse += x->shows != BRIDGE_NOT && x->coarse;
    }
}

static bool awaited(const struct due_row *d) { return d->deadline != INSTANT_NONE && d->read_back == INSTANT_NONE; }
static bool late(const struct state *st, row due) { return awaited(due_at(st, due)) && due_at(st, due)->deadline < st->ticked; }
instant figures_until(const struct state *st, uint32_t due) {
    const struct due_row *d = due_at(st, due);
    if (d->kind == DUE_ALERT) return alert_at(st, d->ref)->kind == ALERT_FOLDED ? INSTANT_NONE : alert_at(st, d->ref)->until;
    assert(d->kind == DUE_NOTICE);
    const struct notice_row *n = notice_at(st, d->ref);
    uint8_t ranks = notice_readable(st, n, d->party);
    instant last = INSTANT_NONE;
    for (row r = ranks ? n->section[rank_narrowest(ranks)].volume : ROW_NONE; r != ROW_NONE; r = volume_at(st, r)->next)
        if (last == INSTANT_NONE || volume_at(st, r)->stated_end > last) last = volume_at(st, r)->stated_end;
    return last;
}
enum figures_hazard figures_hazard(const struct state *st, uint32_t due) {
    const struct due_row *d = due_at(st, due);
    if (d->kind != DUE_NOTICE) return HAZARD_STANDS;
    const struct notice_row *n = notice_at(st, d->ref);
    if (n->state == NOTICE_CANCELLED) return HAZARD_CANCELLED;
    if (notice_stands(n)) return HAZARD_STANDS; /* past its end too, until its sender says OVER */
    instant until = figures_until(st, due);
    if (until != INSTANT_NONE && until <= d->made) return HAZARD_WAS_OVER;
    return notice_hazardous(n) ? HAZARD_STANDS : HAZARD_OVER;
}
bool figures_overdue(const struct state *st, uint32_t due) { return late(st, due) && figures_hazard(st, due) == HAZARD_STANDS; }

void figures_readbacks(const struct state *st, uint16_t party, struct figures_readbacks *out) {
    *out = (struct figures_readbacks){0};
    for EACH_LIVE(&st->dues, r) {
        const struct due_row *d = due_at(st, r);
        if ((party != PARTY_NONE && d->party != party) || !awaited(d)) continue;
        out->waiting++;
        out->escalations += d->escalations;
        if (!late(st, r)) continue;
        enum figures_hazard hazard = figures_hazard(st, r); /* of what was cancelled there never was anything to read back */
        out->past += hazard == HAZARD_OVER;
        out->told_over += hazard == HAZARD_WAS_OVER;
        if (hazard != HAZARD_STANDS) continue;
        out->overdue++;
        if (st->ticked - d->deadline > out->longest_ns) out->longest_ns = st->ticked - d->deadline;
    }
}

static void earlier(instant *of, instant t) {
    if (t != INSTANT_NONE && (*of == INSTANT_NONE || t < *of)) *of = t;
}
/* Of which count it is, its entry having come. */
static uint32_t *come(const struct state *st, const struct alert_row *a, struct figures_own *out) {
    if (a->kind == ALERT_NOTICE_TRACK) return &out->inside;
    if (a->kind == ALERT_TRACK_TRACK) return &out->close;
    return flight_at(st, a->b)->state == FLIGHT_ACTIVE ? &out->under_way : &out->planned;
}
static void own_alerts(const struct state *st, uint16_t party, struct figures_own *out) {
    for EACH_LIVE(&st->alerts, r) {
        const struct alert_row *a = alert_at(st, r);
        if (a->owner != party || a->withheld || a->told_level != LEVEL_IMMEDIATE) continue;
        out->immediate++;
        out->unread += a->due != ROW_NONE && awaited(due_at(st, a->due));
        if (a->kind == ALERT_FOLDED) continue;
        if (a->entry > st->ticked) earlier(&out->entry, a->entry);
        else ++*come(st, a, out);
    }
}
static void own_holds(const struct state *st, uint16_t party, struct figures_own *out) {
    for EACH_LIVE(&st->holds, r) {
        const struct hold_row *x = hold_at(st, r);
        if (x->state != HOLD_ASKED && x->state != HOLD_STANDING_BY) continue;
        int64_t since = st->ticked - x->made;
        if (x->asked == party) {
            out->asked_of++;
            if (since > out->of_oldest_ns) out->of_oldest_ns = since;
        }
        if (x->party == party) {
            out->asked_by++;
            if (since > out->by_oldest_ns) out->by_oldest_ns = since;
        }
    }
}
void figures_own(const struct state *st, uint16_t party, struct figures_own *out) {
    *out = (struct figures_own){.now = st->ticked, .entry = INSTANT_NONE, .open_by = INSTANT_NONE};
    own_alerts(st, party, out);
    own_holds(st, party, out);
    for EACH_LIVE(&st->feeds, r) {
        const struct feed_row *f = feed_at(st, r);
        if (!f->silent || !feed_readable(st, r, party)) continue;
        if (out->silent < FIGURES_SILENT) {
            out->feed[out->silent].party = &st->parties[f->party].name;
            out->feed[out->silent].name = &f->name;
        }
        out->silent++;
    }
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) {
        const struct sealed_row *x = &st->parties[party].sealed[i];
        if (!x->used) continue;
        out->sealed++;
        if (x->open_by < st->ticked) out->sealed_late++;
        else earlier(&out->open_by, x->open_by);
    }
}

static void take_ladder(const struct state *st, struct figures *out) {
    struct figures_readbacks all;
    figures_readbacks(st, PARTY_NONE, &all);
    out->readbacks = all.waiting;
    out->readbacks_overdue = all.overdue;
    out->readbacks_past = all.past;
    out->readback_oldest_ns = all.longest_ns;
    out->escalations = all.escalations;
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
    *out = (struct figures){.parties = st->party_count, .parties_room = st->capacity.parties, .index_boxes = index_count(st->index) + grid_count(st->tubes),
                            .index_room = quota_rows(st, &st->volumes) + quota_rows(st, &st->tracks),
                            .timers = st->heap_count, .timers_room = st->heap_room, .pending = st->pending.used, .unsure = st->unsure, .clock_error_ns = st->clock_error_ns, .tick_ns = st->tick_ns};
    instant first;
    if (timer_first_at(st, &first) && first < st->ticked) out->timer_late_ns = st->ticked - first;
    take_tables(st, out);
    take_entities(st, out);
    take_world(st, out);
    take_ladder(st, out);
    take_parties(st, out);
}

uint32_t figures_used(const struct state *st, uint16_t party, unsigned q) {
    assert(party < st->party_count && q < QUOTAS);
    return st->parties[party].used[q];
}

const char *figures_quota_name(unsigned q) { return quota_name((enum quota)q); }
uint32_t figures_share(const struct state *st, unsigned q) { return quota_share(st, (enum quota)q); }

/* Each call is told to the party and to the operator. */
static uint64_t calls_of(const struct state *st, const struct due_row *d, int64_t first_ns, int64_t span_ns) {
    uint64_t calls = 0;
    uint32_t made = d->escalations;
    for (int64_t at = first_ns; at <= span_ns; calls += 2) {
        int64_t each = due_interval(d, ++made);
        if (each < st->tick_ns) each = st->tick_ns;
        if (made > 10) return calls + 2 * (1 + (uint64_t)((span_ns - at) / each)); /* it grows no more */
        at += each;
    }
    return calls;
}

bool figures_feed(const struct state *st, uint32_t *at, struct figures_feed *out) {
    row r = table_next(&st->feeds, *at);
    if (r == ROW_NONE) return false;
    const struct feed_row *f = feed_at(st, r);
    *at = r + 1;
    *out = (struct figures_feed){.party = &st->parties[f->party].name, .name = &f->name, .shed = f->shed, .tracks = f->track_count};
    return true;
}

/* By the timers, which are those that wait and no others. Queries and calls come a handful of times, then ever more slowly. */
uint64_t figures_calls(const struct state *st, int64_t span_ns) {
    enum { QUERIES_A_DAY = 12 };
    int64_t hold_ns = st->settings.hold_repeat_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.hold_repeat_ns;
    uint64_t calls = 0;
    for (uint32_t i = 0; i < st->heap_room; i++) {
        const struct timer *t = &st->heap[i];
        if (i % st->heaps.each >= st->heaps.used[i / st->heaps.each]) {
            i += st->heaps.each - 1 - i % st->heaps.each; /* no more of this party's */
            continue;
        }
        if (t->at - st->time > span_ns) continue;
        if (t->kind == TIMER_DUE && due_at(st, t->r)->deadline != INSTANT_NONE && due_at(st, t->r)->read_back == INSTANT_NONE)
            calls += calls_of(st, due_at(st, t->r), t->at > st->time ? t->at - st->time : 0, span_ns);
        else if (t->kind == TIMER_HOLD && hold_at(st, t->r)->repeat_at != INSTANT_NONE) calls += 1 + (uint64_t)(span_ns / (hold_ns < st->tick_ns ? st->tick_ns : hold_ns));
        else if (t->kind == TIMER_NOTICE) calls += QUERIES_A_DAY;
    }
    return calls;
}
