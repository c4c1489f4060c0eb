/* Timers: one binary heap over all kinds, one timer per (kind, row), so that its room is known at the start. */
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

void timer_set(struct state *st, enum timer_kind kind, row r, uint64_t serial, instant at) {
    assert(kind < TIMER_KINDS && at != INSTANT_NONE);
    timer_cancel(st, kind, r);
    assert(st->heap_count < st->heap_room);
    up(st, st->heap_count++, (struct timer){at, (uint8_t)kind, r, serial});
}
void timer_cancel(struct state *st, enum timer_kind kind, row r) {
    uint32_t at = st->heap_at[kind][r];
    if (at) take_out(st, at - 1);
}
bool timer_get(const struct state *st, enum timer_kind kind, row r, instant *at) {
    uint32_t i = st->heap_at[kind][r];
    if (!i) return false;
    *at = st->heap[i - 1].at;
    return true;
}
bool timer_pop(struct state *st, instant now, struct timer *out) {
    if (st->heap_count == 0 || st->heap[0].at > now) return false;
    *out = st->heap[0];
    take_out(st, 0);
    return true;
}

static uint32_t rows_of(const struct state *st, enum timer_kind kind) {
    switch (kind) {
    case TIMER_AGREEMENT: return st->agreements.capacity;
    case TIMER_RECOVERY: case TIMER_SEALED: return st->capacity.parties;
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
}
void timer_check(const struct state *st) {
    for (uint32_t i = 0; i < st->heap_count; i++) {
        const struct timer *t = &st->heap[i];
        assert(t->kind < TIMER_KINDS && t->r < rows_of(st, (enum timer_kind)t->kind));
        assert(st->heap_at[t->kind][t->r] == i + 1);
        assert(i == 0 || !timer_before(t, &st->heap[(i - 1) / 2]));
    }
    uint32_t set = 0;
    for (int k = 0; k < TIMER_KINDS; k++)
        for (uint32_t r = 0; r < rows_of(st, (enum timer_kind)k); r++) set += st->heap_at[k][r] != 0;
    assert(set == st->heap_count);
}
