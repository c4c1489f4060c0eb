/* What a change has looked at anew, a party at a time, from a cursor (sweep.h). How many go in a step is counted in rows of the party alone, never in what
 * others have: a hidden crowd shows in nobody's order. */
#include "core/sweep.h"

#include "core/bridge.h"
#include "core/digest.h"
#include "core/search.h"
#include "core/track.h"

#define WHOLE 8 /* one that is looked at counts so much; one that is only passed over, 1 */

void sweeps_layout(struct state *st, struct memory *m) {
    struct sweeps none = {0};
    struct sweeps *w = m->a ? &st->watch->sweep : &none;
    w->at = memory_take(m, (size_t)st->room.parties * SWEEPS, sizeof *w->at);
}
static struct table *table_of(struct state *st, enum sweep_kind kind) { return kind == SWEEP_NOTICES ? &st->notices : kind == SWEEP_FLIGHTS ? &st->flights : &st->tracks; }
static enum owner_kind owner_of(enum sweep_kind kind) { return kind == SWEEP_NOTICES ? OWNER_NOTICE : kind == SWEEP_FLIGHTS ? OWNER_FLIGHT : OWNER_TRACK; }
static uint64_t serial_of(const struct state *st, enum sweep_kind kind, row r) { return search_serial(st, owner_of(kind), r); }
static row oldest_of(struct state *st, enum sweep_kind kind, uint16_t party) { return table_oldest_of(table_of(st, kind), party); }

void sweeps_join(struct state *st, enum owner_kind kind, row r) {
    uint16_t party = search_party(st, kind, r);
    for (int k = 0; k < SWEEPS; k++) {
        struct sweep *x = sweep_at(&st->watch->sweep, (enum sweep_kind)k, party);
        if (owner_of((enum sweep_kind)k) == kind && x->runs && x->next == ROW_NONE) x->next = r;
    }
    table_join(table_of(st, kind == OWNER_NOTICE ? SWEEP_NOTICES : kind == OWNER_FLIGHT ? SWEEP_FLIGHTS : SWEEP_TRACKS), r, party);
}
void sweeps_leave(struct state *st, enum owner_kind kind, row r) {
    uint16_t party = search_party(st, kind, r);
    struct table *t = table_of(st, kind == OWNER_NOTICE ? SWEEP_NOTICES : kind == OWNER_FLIGHT ? SWEEP_FLIGHTS : SWEEP_TRACKS);
    for (int k = 0; k < SWEEPS; k++) {
        struct sweep *x = sweep_at(&st->watch->sweep, (enum sweep_kind)k, party);
        if (owner_of((enum sweep_kind)k) == kind && x->runs && x->next == r) x->next = table_newer(t, r);
    }
    bridge_leave(st, kind, r);
    table_leave(t, r, party);
}

bool sweep_begin(struct state *st, enum sweep_kind kind, uint16_t party) {
    struct sweeps *w = &st->watch->sweep;
    struct sweep *x = sweep_at(w, kind, party);
    row oldest = oldest_of(st, kind, party);
    if (oldest == ROW_NONE) return false;
    if (!x->runs) {
        *x = (struct sweep){.runs = true, .since = st->order, .next = oldest};
        w->running[kind]++;
    }
    x->from = x->at;
    x->around = false;
    x->until = st->serial;
    x->begun = st->order;
    return true;
}

/* ---- going on ---- */
static row next_of(struct state *st, enum sweep_kind kind, uint16_t party) {
    struct sweep *x = sweep_at(&st->watch->sweep, kind, party);
    row r = x->next;
    if (!x->around && (r == ROW_NONE || serial_of(st, kind, r) > x->until)) {
        x->around = true;
        x->at = 0;
        r = x->next = oldest_of(st, kind, party);
    }
    if (x->around && (r == ROW_NONE || serial_of(st, kind, r) > x->from)) return ROW_NONE;
    x->at = serial_of(st, kind, r);
    x->next = table_newer(table_of(st, kind), r);
    return r;
}
static void end(struct state *st, enum sweep_kind kind, uint16_t party) {
    struct sweeps *w = &st->watch->sweep;
    *sweep_at(w, kind, party) = (struct sweep){0};
    assert(w->running[kind] > 0);
    w->running[kind]--;
    for (row f = kind == SWEEP_TRACKS ? table_next(&st->feeds, 0) : ROW_NONE; f != ROW_NONE; f = table_next(&st->feeds, f + 1))
        if (feed_at(st, f)->party == party) feed_at(st, f)->sweep = 0;
}
static uint32_t track_look(struct state *st, row r, struct effects *fx) {
    const struct track_row *t = track_at(st, r);
    uint8_t what = feed_at(st, t->feed)->sweep;
    if (!what) return 1;
    conflict_refresh(st, OWNER_TRACK, r, fx);
    if (!(what & SWEEP_READERS) || t->flight == ROW_NONE) return WHOLE;
    int64_t before = st->watch->spent;
    conflict_shared(st, t->flight, fx);
    int64_t more = WHOLE * (st->watch->spent - before) / LIMIT_SWEEP_WORK;
    return WHOLE + (uint32_t)(more < WHOLE * LIMIT_SWEEP_MOST ? more : WHOLE * LIMIT_SWEEP_MOST);
}
/* A refresh takes and drops no row of these tables: alerts alone come and go. */
static uint32_t look(struct state *st, enum sweep_kind kind, row r, struct effects *fx) {
    if (kind == SWEEP_TRACKS) return track_look(st, r, fx);
    if (kind != SWEEP_PATHS && !search_counts(st, owner_of(kind), r)) return 1;
    if (kind == SWEEP_PATHS) track_anchor(st, r, fx);
    else conflict_refresh(st, owner_of(kind), r, fx);
    return WHOLE;
}
/* As many as count for `most`; what that came to. */
static uint32_t run(struct state *st, enum sweep_kind kind, uint16_t party, uint32_t most, struct effects *fx) {
    const struct sweep *x = sweep_at(&st->watch->sweep, kind, party);
    uint32_t n = 0;
    while (x->runs && n < most) {
        row r = next_of(st, kind, party);
        if (r == ROW_NONE) end(st, kind, party);
        else n += look(st, kind, r, fx);
    }
    return n;
}
static uint32_t most_of(const struct state *st) {
    int64_t n = st->settings.step_work / LIMIT_SWEEP_WORK;
    return n < 1 ? 1 : n < LIMIT_SWEEP_MOST ? (uint32_t)n : LIMIT_SWEEP_MOST;
}
void sweeps_first(struct state *st, struct effects *fx) {
    struct sweeps *w = &st->watch->sweep;
    uint32_t each = most_of(st) / st->party_count;
    st->watch->sweeps = true;
    for (int k = 0; k < SWEEPS; k++)
        for (uint16_t p = 0; w->running[k] > 0 && p < st->party_count; p++) {
            struct sweep *x = sweep_at(w, (enum sweep_kind)k, p);
            if (!x->runs || x->begun != st->order) continue;
            x->begun = 0; /* of several changes in a step, the dates of a tick, the first alone */
            run(st, (enum sweep_kind)k, p, WHOLE * (each < 1 ? 1 : each), fx);
        }
    st->watch->sweeps = false;
}
/* The parties in turn, each as many whatever the others had left. What is found waits in the backlog, for there the parties' turns are fair by work. */
void sweeps_continue(struct state *st, struct effects *fx) {
    struct sweeps *w = &st->watch->sweep;
    uint32_t most = WHOLE * most_of(st);
    st->watch->sweeps = st->watch->enters = true;
    for (int k = 0; k < SWEEPS; k++)
        for (uint32_t i = 0, n = 0; w->running[k] > 0 && i < st->party_count && n < most; i++) {
            uint16_t party = w->turn[k] < st->party_count ? w->turn[k] : 0;
            n += run(st, (enum sweep_kind)k, party, most, fx);
            w->turn[k] = (uint16_t)(party + 1);
        }
    st->watch->sweeps = st->watch->enters = false;
}

/* ---- what is left ---- */
uint32_t sweeps_running(const struct state *st) {
    uint32_t n = 0;
    for (int k = 0; k < SWEEPS; k++) n += st->watch->sweep.running[k];
    return n;
}
uint64_t sweeps_oldest(const struct state *st) {
    uint64_t oldest = UINT64_MAX;
    for (size_t i = 0; sweeps_running(st) > 0 && i < (size_t)st->party_count * SWEEPS; i++) {
        const struct sweep *x = &st->watch->sweep.at[i];
        if (x->runs && x->since < oldest) oldest = x->since;
    }
    return oldest;
}
static row behind(struct state *st, enum sweep_kind kind, uint16_t party, uint64_t serial) {
    row r = oldest_of(st, kind, party);
    while (r != ROW_NONE && serial_of(st, kind, r) <= serial) r = table_newer(table_of(st, kind), r);
    return r;
}
bool sweep_resume(struct state *st, enum sweep_kind kind, uint16_t party) {
    struct sweep *x = sweep_at(&st->watch->sweep, kind, party);
    assert(x->runs);
    if (x->until > st->serial || x->from > x->until || x->at > x->until || x->since > st->order || (x->around && x->at > x->from)) return false;
    x->next = behind(st, kind, party, x->at);
    st->watch->sweep.running[kind]++;
    return true;
}
void sweeps_digest(const struct state *st, struct sha256 *to) {
    const struct sweeps *w = &st->watch->sweep;
    for (int k = 0; k < SWEEPS; k++) {
        digest_u64(to, w->turn[k]);
        digest_u64(to, w->running[k]);
        for (uint16_t p = 0; w->running[k] > 0 && p < st->party_count; p++) {
            const struct sweep *x = sweep_at(w, (enum sweep_kind)k, p);
            if (x->runs) DIGEST_ALL(to, p, x->at, x->from, x->until, x->around, x->since);
        }
    }
}
void sweeps_check(const struct state *st) {
    struct state *s = (struct state *)(uintptr_t)st; /* nothing is changed */
    uint32_t listed[SWEEPS] = {0}, running[SWEEPS] = {0};
    for (int k = 0; k < SWEEPS; k++)
        for (uint16_t p = 0; p < st->room.parties; p++) {
            const struct sweep *x = sweep_at(&st->watch->sweep, (enum sweep_kind)k, p);
            uint64_t last = 0;
            for (row r = oldest_of(s, (enum sweep_kind)k, p); r != ROW_NONE; r = table_newer(table_of(s, (enum sweep_kind)k), r), listed[k]++) {
                assert(search_party(st, owner_of((enum sweep_kind)k), r) == p && serial_of(st, (enum sweep_kind)k, r) > last);
                last = serial_of(st, (enum sweep_kind)k, r);
            }
            running[k] += x->runs;
            assert(!x->runs || (x->next == behind(s, (enum sweep_kind)k, p, x->at) && x->from <= x->until && x->until <= st->serial));
        }
    for (int k = 0; k < SWEEPS; k++) assert(listed[k] == table_of(s, (enum sweep_kind)k)->used && running[k] == st->watch->sweep.running[k] && st->watch->sweep.turn[k] <= st->capacity.parties);
    for (row f = table_next(&st->feeds, 0); f != ROW_NONE; f = table_next(&st->feeds, f + 1))
        assert(!feed_at(st, f)->sweep || sweep_at(&st->watch->sweep, SWEEP_TRACKS, feed_at(st, f)->party)->runs);
}
