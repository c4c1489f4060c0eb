/* Timers: one binary heap over all kinds, one timer per (kind, row), so that its room is known at the start. Those that were due and did not fit into
 * their step wait in queues of their party and kind. */
#include "core/timer.h"

static bool timer_before(const struct timer *a, const struct timer *b) {
    if (a->at != b->at) return a->at < b->at;
    if (a->kind != b->kind) return a->kind < b->kind;
    assert(a->serial != b->serial || (a->r == b->r)); /* else the order would hang on row numbers */
    return a->serial < b->serial;
}
static void place(struct state *st, uint32_t at, struct timer t) {
    st->heap[at] = t;
    st->heap_at[t.kind][t.r] = at + 1;
}
static void up(struct state *st, uint32_t at, struct timer t) {
    while (at > 0 && timer_before(&t, &st->heap[(at - 1) / 2])) {
        place(st, at, st->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(st, at, t);
}
static void down(struct state *st, uint32_t at, struct timer t) {
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= st->heap_count) break;
        if (child + 1 < st->heap_count && timer_before(&st->heap[child + 1], &st->heap[child])) child++;
        if (!timer_before(&st->heap[child], &t)) break;
        place(st, at, st->heap[child]);
        at = child;
    }
    place(st, at, t);
}
static void take_out(struct state *st, uint32_t at) {
    struct timer gone = st->heap[at];
    st->heap_at[gone.kind][gone.r] = 0;
    struct timer last = st->heap[--st->heap_count];
    if (at == st->heap_count) return;
    if (at > 0 && timer_before(&last, &st->heap[(at - 1) / 2])) up(st, at, last);
    else down(st, at, last);
}

/* ---- those that wait ---- */
static uint32_t mark_of(uint32_t node) { return UINT32_MAX - node; }
static bool is_mark(uint32_t at) { return at > UINT32_MAX - LIMIT_TICK_TIMERS; }
bool timer_waits(const struct state *st, enum timer_kind kind, row r) { return is_mark(st->heap_at[kind][r]); }

static uint16_t timer_party(const struct state *st, enum timer_kind kind, row r) {
    switch (kind) {
    case TIMER_AGREEMENT: return agreement_at(st, r)->party;
    case TIMER_RECOVERY: case TIMER_SEALED: return (uint16_t)r;
    case TIMER_PENDING: return pending_at(st, r)->party;
    case TIMER_NOTICE: return notice_at(st, r)->party;
    case TIMER_FLIGHT: return flight_at(st, r)->party;
    case TIMER_TRACK: return track_at(st, r)->party;
    case TIMER_FEED: return feed_at(st, r)->party;
    case TIMER_ALERT: return alert_at(st, r)->owner;
    case TIMER_HOLD: return hold_at(st, r)->party;
    case TIMER_DUE: return due_at(st, r)->party;
    case TIMER_KINDS: break;
    }
    assert(!"no such timer");
    return 0;
}
bool timer_wait(struct state *st, const struct timer *t) {
    struct due_timers *d = &st->due;
    assert(st->heap_at[t->kind][t->r] == 0);
    uint32_t i = d->free != TIMER_NONE ? d->free : d->fresh;
    if (i == LIMIT_TICK_TIMERS) return false;
    if (i == d->fresh) d->fresh++;
    else d->free = d->at[i].next;
    size_t q = timer_queue(st, (enum timer_kind)t->kind, t->party);
    d->at[i] = (struct due_timer){.t = *t, .next = TIMER_NONE, .previous = d->last[q]};
    if (d->last[q] == TIMER_NONE) d->first[q] = i;
    else d->at[d->last[q]].next = i;
    d->last[q] = i;
    d->count++;
    st->heap_at[t->kind][t->r] = mark_of(i);
    return true;
}
static void wait_leave(struct state *st, uint32_t i) {
    struct due_timers *d = &st->due;
    struct due_timer *x = &d->at[i];
    size_t q = timer_queue(st, (enum timer_kind)x->t.kind, x->t.party);
    if (x->previous == TIMER_NONE) d->first[q] = x->next;
    else d->at[x->previous].next = x->next;
    if (x->next == TIMER_NONE) d->last[q] = x->previous;
    else d->at[x->next].previous = x->previous;
    st->heap_at[x->t.kind][x->t.r] = 0;
    x->next = d->free;
    d->free = i;
    assert(d->count > 0);
    d->count--;
}
bool timer_wait_end(struct state *st, enum timer_kind kind, uint16_t party, struct timer *out) {
    uint32_t i = st->due.first[timer_queue(st, kind, party)];
    if (i == TIMER_NONE) return false;
    *out = st->due.at[i].t;
    wait_leave(st, i);
    return true;
}

void timer_set(struct state *st, enum timer_kind kind, row r, uint64_t serial, instant at) {
    assert(kind < TIMER_KINDS && at != INSTANT_NONE && serial >> TIMER_SERIAL_BITS == 0);
    timer_cancel(st, kind, r);
    assert(st->heap_count < st->heap_room);
    up(st, st->heap_count++, (struct timer){.at = at, .serial = serial & ((UINT64_C(1) << TIMER_SERIAL_BITS) - 1), .party = timer_party(st, kind, r) & (LIMIT_PARTIES - 1), .kind = kind & 15, .r = r});
}
void timer_cancel(struct state *st, enum timer_kind kind, row r) {
    uint32_t at = st->heap_at[kind][r];
    if (is_mark(at)) wait_leave(st, UINT32_MAX - at);
    else if (at) take_out(st, at - 1);
}
struct timer timer_take(struct state *st, enum timer_kind kind, row r) {
    uint32_t at = st->heap_at[kind][r];
    assert(at && !is_mark(at));
    struct timer t = st->heap[at - 1];
    take_out(st, at - 1);
    return t;
}
bool timer_get(const struct state *st, enum timer_kind kind, row r, instant *at) {
    uint32_t i = st->heap_at[kind][r];
    if (!i) return false;
    *at = is_mark(i) ? st->due.at[UINT32_MAX - i].t.at : st->heap[i - 1].at;
    return true;
}
bool timer_due(const struct state *st, instant now) { return st->heap_count > 0 && st->heap[0].at <= now; }
bool timer_pop(struct state *st, instant now, struct timer *out) {
    if (!timer_due(st, now)) return false;
    *out = st->heap[0];
    take_out(st, 0);
    return true;
}

static uint32_t rows_of(const struct state *st, enum timer_kind kind) {
    switch (kind) {
    case TIMER_AGREEMENT: return st->agreements.capacity;
    case TIMER_RECOVERY: case TIMER_SEALED: return st->room.parties;
    case TIMER_PENDING: return st->pending.capacity;
    case TIMER_NOTICE: return st->notices.capacity;
    case TIMER_FLIGHT: return st->flights.capacity;
    case TIMER_TRACK: return st->tracks.capacity;
    case TIMER_FEED: return st->feeds.capacity;
    case TIMER_ALERT: return st->alerts.capacity;
    case TIMER_HOLD: return st->holds.capacity;
    case TIMER_DUE: return st->dues.capacity;
    case TIMER_KINDS: break;
    }
    assert(!"no such timer");
    return 0;
}
void timer_layout(struct state *st, struct memory *m) {
    st->heap_room = 0;
    for (int k = 0; k < TIMER_KINDS; k++) {
        uint32_t rows = rows_of(st, (enum timer_kind)k);
        st->heap_at[k] = memory_take(m, rows, sizeof *st->heap_at[k]);
        st->heap_room += rows;
    }
    st->heap = memory_take(m, st->heap_room, sizeof *st->heap);
    struct due_timers *d = &st->due;
    size_t queues = (size_t)TIMER_KINDS * st->room.parties;
    d->at = memory_take(m, LIMIT_TICK_TIMERS, sizeof *d->at);
    d->first = memory_take(m, queues, sizeof *d->first);
    d->last = memory_take(m, queues, sizeof *d->last);
    d->fired = memory_take(m, queues, sizeof *d->fired);
    d->free = TIMER_NONE;
    for (size_t q = 0; d->first && q < queues; q++) d->first[q] = d->last[q] = TIMER_NONE;
}
static uint32_t waiting_check(const struct state *st) {
    const struct due_timers *d = &st->due;
    uint32_t n = 0;
    for (int k = 0; k < TIMER_KINDS; k++)
        for (uint32_t p = 0; p < st->room.parties; p++) {
            size_t q = timer_queue(st, (enum timer_kind)k, (uint16_t)p);
            uint32_t previous = TIMER_NONE;
            for (uint32_t i = d->first[q]; i != TIMER_NONE; previous = i, i = d->at[i].next, n++) {
                const struct due_timer *x = &d->at[i];
                assert(x->t.kind == k && x->t.party == p && timer_party(st, (enum timer_kind)k, x->t.r) == p && x->previous == previous && st->heap_at[k][x->t.r] == mark_of(i) && x->t.at <= st->ticked);
            }
            assert(d->last[q] == previous);
        }
    assert(n == d->count);
    return n;
}
void timer_check(const struct state *st) {
    for (uint32_t i = 0; i < st->heap_count; i++) {
        const struct timer *t = &st->heap[i];
        assert(t->kind < TIMER_KINDS && t->r < rows_of(st, (enum timer_kind)t->kind));
        assert(st->heap_at[t->kind][t->r] == i + 1 && t->party == timer_party(st, (enum timer_kind)t->kind, t->r));
        assert(i == 0 || !timer_before(t, &st->heap[(i - 1) / 2]));
    }
    uint32_t set = 0;
    for (int k = 0; k < TIMER_KINDS; k++)
        for (uint32_t r = 0; r < rows_of(st, (enum timer_kind)k); r++) set += st->heap_at[k][r] != 0;
    assert(set == st->heap_count + waiting_check(st));
}
