/* Timers: a heap over all kinds for each party that pays for them, one timer per (kind, row), so that its room is known at the start. Those that were due and did not fit into
 * their step wait in queues of their party and kind. */
#include "core/timer.h"

#include "core/quota.h"

static bool timer_before(const struct timer *a, const struct timer *b) {
    if (a->at != b->at) return a->at < b->at;
    if (a->kind != b->kind) return a->kind < b->kind;
    assert(a->serial != b->serial || (a->r == b->r)); /* else the order would hang on row numbers */
    return a->serial < b->serial;
}
static uint16_t payer(const struct state *st, enum timer_kind kind, row r);
static struct timer *heap_of(const struct state *st, uint16_t party) { return st->heap + (size_t)party * st->heaps.each; }
/* Four children each: half as many levels as of two, and what a level costs is memory that is far away (its place in heap_at), not the comparisons within a line or two. */
enum { CHILDREN = 4 };
static uint32_t parent_of(uint32_t at) { return (at - 1) / CHILDREN; }
static void place(struct state *st, uint16_t party, uint32_t at, struct timer t) {
    heap_of(st, party)[at] = t;
    st->heap_at[t.kind][t.r] = party * st->heaps.each + at + 1;
}
static uint32_t up(struct state *st, uint16_t party, uint32_t at, struct timer t) {
    const struct timer *heap = heap_of(st, party);
    while (at > 0 && timer_before(&t, &heap[parent_of(at)])) {
        place(st, party, at, heap[parent_of(at)]);
        at = parent_of(at);
    }
    place(st, party, at, t);
    return at;
}
static void down(struct state *st, uint16_t party, uint32_t at, struct timer t) {
    const struct timer *heap = heap_of(st, party);
    uint32_t count = st->heaps.used[party];
    for (;;) {
        uint32_t child = CHILDREN * at + 1;
        if (child >= count) break;
        uint32_t end = count - child < CHILDREN ? count : child + CHILDREN;
        for (uint32_t i = child + 1; i < end; i++)
            if (timer_before(&heap[i], &heap[child])) child = i;
        if (!timer_before(&heap[child], &t)) break;
        place(st, party, at, heap[child]);
        at = child;
    }
    place(st, party, at, t);
}
/* The first of this party's is another one: who is first of all? */
static void compete(struct state *st, uint16_t party) {
    struct timer_heaps *h = &st->heaps;
    uint32_t i = h->leaves + party;
    h->first[i] = h->used[party] > 0 && !h->held[party] ? party : PARTY_NONE;
    for (i /= 2; i > 0; i /= 2) {
        uint16_t a = h->first[2 * i], b = h->first[2 * i + 1];
        h->first[i] = a == PARTY_NONE || (b != PARTY_NONE && timer_before(heap_of(st, b), heap_of(st, a))) ? b : a;
    }
}
static void take_out(struct state *st, uint32_t where) {
    uint16_t party = (uint16_t)(where / st->heaps.each);
    uint32_t at = where % st->heaps.each, *used = &st->heaps.used[party];
    struct timer *heap = heap_of(st, party), gone = heap[at];
    st->heap_at[gone.kind][gone.r] = 0;
    struct timer last = heap[--*used];
    st->heap_count--;
    if (at < *used && at > 0 && timer_before(&last, &heap[parent_of(at)])) (void)up(st, party, at, last);
    else if (at < *used) down(st, party, at, last);
    if (at == 0) compete(st, party);
}
void timer_hold(struct state *st, uint16_t party, bool held) {
    if (st->heaps.held[party] == held) return;
    st->heaps.held[party] = held;
    compete(st, party);
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
/* Who has it in his share of a table. */
static uint16_t payer(const struct state *st, enum timer_kind kind, row r) { return kind == TIMER_DUE ? due_at(st, r)->payer : timer_party(st, kind, r); }
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
    d->waiting[payer(st, (enum timer_kind)t->kind, t->r)]++;
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
    uint32_t *waiting = &d->waiting[payer(st, (enum timer_kind)x->t.kind, x->t.r)];
    assert(d->count > 0 && *waiting > 0);
    d->count--;
    --*waiting;
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
    uint16_t party = payer(st, kind, r);
    assert(st->heaps.used[party] < st->heaps.each);
    st->heap_count++;
    struct timer t = {.at = at, .serial = serial & ((UINT64_C(1) << TIMER_SERIAL_BITS) - 1), .party = timer_party(st, kind, r) & (LIMIT_PARTIES - 1), .kind = kind & 15, .r = r};
    if (up(st, party, st->heaps.used[party]++, t) == 0) compete(st, party);
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
bool timer_first_at(const struct state *st, instant *at) {
    uint16_t p = st->heaps.first[1];
    if (p == PARTY_NONE) return false;
    *at = heap_of(st, p)->at;
    return true;
}
uint16_t timer_first(const struct state *st, instant now) {
    instant at;
    return timer_first_at(st, &at) && at <= now ? st->heaps.first[1] : PARTY_NONE;
}
bool timer_due(const struct state *st, instant now) { return timer_first(st, now) != PARTY_NONE; }
bool timer_pop(struct state *st, instant now, struct timer *out) {
    uint16_t p = timer_first(st, now);
    if (p == PARTY_NONE) return false;
    *out = *heap_of(st, p);
    take_out(st, p * st->heaps.each);
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
/* What a party may have, and one more: a snapshot's row that is one too many is refused behind its timer. */
static uint32_t most_of_party(const struct state *st) {
    static const enum quota of[] = {QUOTA_AGREEMENTS, QUOTA_PENDING, QUOTA_NOTICES, QUOTA_FLIGHTS, QUOTA_TRACKS, QUOTA_FEEDS, QUOTA_ALERTS, QUOTA_HOLDS, QUOTA_DUES};
    uint32_t n = 2 + 1; /* recovery, sealed */
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) n += quota_share_of(&st->room, of[i]);
    return n;
}
void timer_layout(struct state *st, struct memory *m) {
    struct timer_heaps *h = &st->heaps;
    uint32_t parties = st->room.parties;
    for (int k = 0; k < TIMER_KINDS; k++) st->heap_at[k] = memory_take(m, rows_of(st, (enum timer_kind)k), sizeof *st->heap_at[k]);
    h->each = most_of_party(st);
    st->heap_room = h->each * parties;
    st->heap = memory_take(m, st->heap_room, sizeof *st->heap);
    for (h->leaves = 1; h->leaves < parties;) h->leaves *= 2;
    h->used = memory_take(m, parties, sizeof *h->used);
    h->held = memory_take(m, parties, sizeof *h->held);
    h->first = memory_take(m, (size_t)2 * h->leaves, sizeof *h->first);
    for (uint32_t i = 0; h->first && i < 2 * h->leaves; i++) h->first[i] = PARTY_NONE;
    struct due_timers *d = &st->due;
    size_t queues = (size_t)TIMER_KINDS * st->room.parties;
    d->at = memory_take(m, LIMIT_TICK_TIMERS, sizeof *d->at);
    d->first = memory_take(m, queues, sizeof *d->first);
    d->last = memory_take(m, queues, sizeof *d->last);
    d->fired = memory_take(m, queues, sizeof *d->fired);
    d->waiting = memory_take(m, parties, sizeof *d->waiting);
    d->looked = memory_take(m, parties, sizeof *d->looked);
    d->free = TIMER_NONE;
    for (size_t q = 0; d->first && q < queues; q++) d->first[q] = d->last[q] = TIMER_NONE;
}
static uint32_t waiting_check(const struct state *st) {
    const struct due_timers *d = &st->due;
    uint32_t n = 0, counted = 0;
    for (uint32_t p = 0; p < st->room.parties; p++) counted += d->waiting[p];
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
    assert(n == d->count && counted == n);
    return n;
}
static uint32_t heap_check(const struct state *st, uint16_t party) {
    const struct timer *heap = heap_of(st, party);
    uint32_t count = st->heaps.used[party];
    assert(count <= st->heaps.each && !st->heaps.held[party] && st->heaps.first[st->heaps.leaves + party] == (count > 0 ? party : PARTY_NONE));
    for (uint32_t i = 0; i < count; i++) {
        const struct timer *t = &heap[i];
        assert(t->kind < TIMER_KINDS && t->r < rows_of(st, (enum timer_kind)t->kind));
        assert(st->heap_at[t->kind][t->r] == party * st->heaps.each + i + 1 && t->party == timer_party(st, (enum timer_kind)t->kind, t->r) && payer(st, (enum timer_kind)t->kind, t->r) == party);
        assert(i == 0 || !timer_before(t, &heap[parent_of(i)]));
    }
    return count;
}
void timer_check(const struct state *st) {
    uint32_t counted = 0;
    for (uint32_t p = 0; p < st->room.parties; p++) counted += heap_check(st, (uint16_t)p);
    assert(counted == st->heap_count);
    for (uint32_t p = 0; p < st->room.parties; p++) assert(st->heaps.used[p] == 0 || !timer_before(heap_of(st, (uint16_t)p), heap_of(st, st->heaps.first[1])));
    uint32_t set = 0;
    for (int k = 0; k < TIMER_KINDS; k++)
        for (uint32_t r = 0; r < rows_of(st, (enum timer_kind)k); r++) set += st->heap_at[k][r] != 0;
    assert(set == st->heap_count + waiting_check(st));
}
