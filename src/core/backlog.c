/* The backlog: entities whose search did not fit into a step, and folded alerts whose count did not, in queues of their parties. A `continue` gives
 * one party's queues one step's work, the parties in turn: nobody waits for another's crowd longer than for one step of each.
 *
 * Each entity waits once in a queue. It leaves when its search is through, or when it is over itself; one that had a turn of its own and is not
 * through goes behind those that wait with it. Had it stayed first, what changes faster than it is looked at would have kept all behind it waiting. */
#include "core/bridge.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/search.h"
#include "core/sort.h"
#include "core/timer.h"

void backlog_layout(struct state *st, struct memory *m) {
    struct watch none = {0};
    struct backlog *b = m->a ? &st->watch->backlog : &none.backlog;
    const uint32_t rows[WAITING_OF_PART] = {st->notices.capacity, st->flights.capacity, st->tracks.capacity};
    b->base[0] = 0;
    for (int k = 0; k < WAITING_KINDS; k++) b->base[k + 1] = b->base[k] + (k == WAITING_FOLDED ? st->alerts.capacity : rows[k % WAITING_OF_PART]);
    b->at = memory_take(m, b->base[WAITING_KINDS], sizeof *b->at);
    b->counting = memory_take(m, st->alerts.capacity, sizeof *b->counting);
    size_t queues = (size_t)st->room.parties * SEARCH_PARTS;
    b->first = memory_take(m, queues, sizeof *b->first);
    b->last = memory_take(m, queues, sizeof *b->last);
    b->run = memory_take(m, queues, sizeof *b->run);
    for (size_t q = 0; b->first && q < queues; q++) b->first[q] = b->last[q] = WAITING_NONE;
}

enum waiting_kind backlog_kind(enum owner_kind kind, int part) {
    int k = kind == OWNER_NOTICE ? WAITING_NOTICE : kind == OWNER_FLIGHT ? WAITING_FLIGHT : WAITING_TRACK;
    return (enum waiting_kind)(k + part * WAITING_OF_PART);
}
static int part_of(enum waiting_kind kind) { return kind == WAITING_FOLDED ? PART_OWN : (int)kind / WAITING_OF_PART; }
static enum owner_kind owner_kind(enum waiting_kind kind) {
    static const enum owner_kind kinds[WAITING_OF_PART] = {OWNER_NOTICE, OWNER_FLIGHT, OWNER_TRACK};
    assert(kind != WAITING_FOLDED);
    return kinds[(int)kind % WAITING_OF_PART];
}
struct waiting *backlog_at(const struct state *st, enum waiting_kind kind, row r) { return &st->watch->backlog.at[st->watch->backlog.base[kind] + r]; }
static enum waiting_kind place_kind(const struct backlog *b, uint32_t i) {
    int k = 0;
    while (i >= b->base[k + 1]) k++;
    return (enum waiting_kind)k;
}
/* Whose it is; a folded alert's filer, whose things are looked through. */
static uint16_t party_of(const struct state *st, enum waiting_kind kind, row r) {
    return kind == WAITING_FOLDED ? alert_at(st, r)->filer : search_party(st, owner_kind(kind), r);
}
static size_t queue_of(uint16_t party, int part) { return (size_t)party * SEARCH_PARTS + (size_t)part; }

static void queue_add(struct backlog *b, size_t q, uint32_t i) {
    struct waiting *x = &b->at[i];
    x->next = WAITING_NONE;
    x->previous = b->last[q];
    if (x->previous == WAITING_NONE) b->first[q] = i;
    else b->at[x->previous].next = i;
    b->last[q] = i;
}
static void run_drop(struct backlog *b, size_t q) {
    b->running -= b->run[q].runs;
    b->run[q] = (struct pair_run){.runs = false};
}
static void queue_take(struct backlog *b, size_t q, uint32_t i) {
    const struct waiting *x = &b->at[i];
    if (b->first[q] == i) run_drop(b, q);
    if (x->previous == WAITING_NONE) b->first[q] = x->next;
    else b->at[x->previous].next = x->next;
    if (x->next == WAITING_NONE) b->last[q] = x->previous;
    else b->at[x->next].previous = x->previous;
}

void backlog_enter(struct state *st, enum waiting_kind kind, row r) {
    struct backlog *b = &st->watch->backlog;
    struct waiting *x = backlog_at(st, kind, r);
    assert(!x->waits && st->order >> 46 == 0);
    x->waits = true;
    x->since = st->order;
    queue_add(b, queue_of(party_of(st, kind, r), part_of(kind)), b->base[kind] + r);
    b->count++;
}

void backlog_drop(struct state *st, enum waiting_kind kind, row r) {
    struct backlog *b = &st->watch->backlog;
    struct waiting *x = backlog_at(st, kind, r);
    if (!x->waits) return;
    queue_take(b, queue_of(party_of(st, kind, r), part_of(kind)), b->base[kind] + r);
    x->waits = false;
    assert(b->count > 0);
    b->count--;
}
void backlog_forget(struct state *st, enum owner_kind kind, row r) {
    for (int i = 0; i < SEARCH_PARTS; i++) backlog_drop(st, backlog_kind(kind, i), r);
}

void backlog_moved(struct state *st, enum owner_kind kind, row r) {
    struct backlog *b = &st->watch->backlog;
    if (b->running == 0 || kind == OWNER_TRACK) return;
    uint64_t key = key_make(kind == OWNER_NOTICE ? 0 : 1, search_serial(st, kind, r));
    for (size_t q = 0; q < (size_t)st->party_count * SEARCH_PARTS; q++) {
        const uint32_t itself = b->base[backlog_kind(kind, (int)(q % SEARCH_PARTS))] + r;
        if (b->run[q].runs && (b->run[q].key == key || b->first[q] == itself)) run_drop(b, q);
    }
}

/* ---- a folded alert, counted anew ---- */
#define ENTITY_DONE KEY_MOST
struct of_kind { const struct state *st; enum owner_kind kind; };
static bool serial_before(const void *context, row a, row b) {
    const struct of_kind *of = context;
    return search_serial(of->st, of->kind, a) < search_serial(of->st, of->kind, b);
}
static uint64_t entity_key(const struct state *st, enum owner_kind kind, row r) { return key_make((int)backlog_kind(kind, 0), search_serial(st, kind, r)); }
static void sift_last(const struct of_kind *of, row *at, uint32_t from, uint32_t count) { /* a heap whose first is the last in order */
    for (uint32_t i = from;;) {
        uint32_t child = 2 * i + 1;
        if (child >= count) return;
        if (child + 1 < count && serial_before(of, at[child], at[child + 1])) child++;
        if (!serial_before(of, at[i], at[child])) return;
        row swap = at[i];
        at[i] = at[child];
        at[child] = swap;
        i = child;
    }
}
/* The next of the filer's entities of this kind that are not through yet, LIMIT_RECOUNT at most, in order of serial, into work_rows. */
static uint32_t entities_next(struct state *st, enum owner_kind kind, uint16_t filer, const struct waiting *x) {
    const struct table *t = kind == OWNER_NOTICE ? &st->notices : kind == OWNER_FLIGHT ? &st->flights : &st->tracks;
    struct of_kind of = {st, kind};
    row *at = st->work_rows;
    uint32_t n = 0;
    for (row r = table_next(t, 0); r != ROW_NONE; r = table_next(t, r + 1)) {
        if (search_party(st, kind, r) != filer || !search_counts(st, kind, r)) continue;
        uint64_t key = entity_key(st, kind, r);
        if (key < x->from || (key == x->from && x->at == ENTITY_DONE)) continue;
        if (n == LIMIT_RECOUNT && !serial_before(&of, r, at[0])) continue;
        if (n < LIMIT_RECOUNT) {
            at[n++] = r;
            for (uint32_t i = n == LIMIT_RECOUNT ? n / 2 : 0; i > 0; i--) sift_last(&of, at, i - 1, n);
        } else {
            at[0] = r;
            sift_last(&of, at, 0, n);
        }
    }
    sort_rows(at, n, serial_before, &of);
    return n;
}

/* What was folded is counted by looking at everything of its filer again; what has room now gets an alert of its own. True: through. */
static bool recount(struct state *st, row r, int64_t *work, struct effects *fx) {
    struct watch *w = st->watch;
    struct waiting *x = backlog_at(st, WAITING_FOLDED, r);
    uint16_t filer = alert_at(st, r)->filer, only = w->only;
    bool through = true;
    w->only = alert_at(st, r)->owner;
    w->recount = r;
    w->counts = true;
    for (int k = 0; through && k < WAITING_OF_PART;) {
        enum owner_kind kind = owner_kind((enum waiting_kind)k);
        uint32_t count = entities_next(st, kind, filer, x);
        if (count < LIMIT_RECOUNT) k++; /* else there may be more of it */
        for (uint32_t i = 0; through && i < count; i++) {
            uint64_t key = entity_key(st, kind, st->work_rows[i]);
            struct waiting one = {.at = key == x->from ? x->at : 0};
            through = search_counted(st, r, kind, st->work_rows[i], &one, work, fx);
            x->from = key;
            x->at = through ? ENTITY_DONE : one.at;
        }
    }
    w->recount = ROW_NONE;
    w->only = only;
    if (!through) return false;
    struct counting *n = &w->backlog.counting[r];
    n->slow = x->waits;
    backlog_drop(st, WAITING_FOLDED, r);
    uint32_t count = n->counted == 0 && n->missed ? 1 : n->counted; /* it does not end while one may stand behind it that nobody is told of */
    alert_counted(st, r, count, n->level, fx);
    return true;
}
void backlog_recount(struct state *st, row folded, struct effects *fx) {
    struct waiting *x = backlog_at(st, WAITING_FOLDED, folded);
    if (x->waits) return;
    *x = (struct waiting){.at = ENTITY_DONE};
    st->watch->backlog.counting[folded] = (struct counting){.level = LEVEL_ADVISORY};
    int64_t work = st->settings.step_work; /* its own: whoever else is busy, it is counted when it is due */
    if (!recount(st, folded, &work, fx)) backlog_enter(st, WAITING_FOLDED, folded);
}
bool backlog_recounts(const struct state *st, row folded) {
    const struct waiting *x = backlog_at(st, WAITING_FOLDED, folded);
    return x->waits || st->watch->backlog.counting[folded].slow;
}

/* ---- continue ---- */
/* The first of a queue; false: its work is done, or there is none. */
static bool go_on(struct state *st, uint16_t party, int part, int64_t *work, struct effects *fx) {
    struct watch *w = st->watch;
    uint32_t i = w->backlog.first[queue_of(party, part)];
    if (i == WAITING_NONE) return false;
    enum waiting_kind kind = place_kind(&w->backlog, i);
    row r = i - w->backlog.base[kind];
    struct waiting *x = &w->backlog.at[i], *of[SEARCH_PARTS] = {NULL};
    if (kind == WAITING_FOLDED) return recount(st, r, work, fx);
    if (*work <= 0) return false;
    w->only = x->own_only ? party : PARTY_NONE;
    w->counts = true;
    of[part] = x;
    int64_t *left = search_work(st, party, kind), before = *left < *work ? *left : *work;
    *left = before; /* of all kinds in this queue there is one step's work */
    w->slot = &w->backlog.run[queue_of(party, part)];
    w->backlog.running -= w->slot->runs;
    bool through = search_pairs(st, owner_kind(kind), r, of, fx);
    w->backlog.running += w->slot->runs;
    w->slot = NULL;
    if (through) backlog_drop(st, kind, r);
    *work -= before - *left;
    w->only = PARTY_NONE;
    return through;
}
/* One step's work for a queue, as far as what it tells has room. Who got only what others left of it stays first, so that each has a turn of its own before
 * it stands last again. */
static void queue_turn(struct state *st, uint16_t party, int part, struct effects *fx) {
    struct backlog *b = &st->watch->backlog;
    size_t q = queue_of(party, part);
    int64_t work = st->settings.step_work, had;
    uint32_t first;
    do {
        had = work;
        first = b->first[q];
    } while (go_on(st, party, part, &work, fx));
    if (first == WAITING_NONE || had < st->settings.step_work || b->run[q].runs) return;
    queue_take(b, q, first);
    queue_add(b, q, first);
}
bool continue_check(struct state *st, const struct statement *s, struct step *c) {
    uint64_t next = st->watch->backlog.continues + 1;
    if (s->onward.number != next)
        return refuse(c, REASON_STALE, "continue %llu; the next is %llu", (unsigned long long)s->onward.number, (unsigned long long)next);
    return true;
}
/* A turn goes on until its party has nothing left or the work is done; where little was done, the next party has its turn too. */
void continue_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct watch *w = st->watch;
    struct backlog *b = &w->backlog;
    (void)c;
    b->continues = s->onward.number;
    timers_continue(st, fx);
    sweeps_continue(st, fx);
    int64_t began = w->spent;
    w->still = true;
    w->kept_count = 0;
    for (uint32_t n = 0; n < st->party_count && w->spent - began < st->settings.step_work; n++) {
        uint16_t party = w->speaker = b->turn < st->party_count ? b->turn : 0;
        for (int part = 0; part < SEARCH_PARTS; part++) queue_turn(st, party, part, fx);
        b->turn = (uint16_t)(party + 1);
    }
    w->still = false;
}
uint64_t state_continues(const struct state *st) { return st->watch->backlog.continues; }
uint32_t state_backlog(const struct state *st) { return st->watch->backlog.count + st->due.count + st->due.more + sweeps_running(st) + bridge_waiting(st); }
uint64_t state_backlog_age(const struct state *st) {
    const struct backlog *b = &st->watch->backlog;
    uint64_t oldest = sweeps_oldest(st) < st->order ? sweeps_oldest(st) : st->order;
    for (size_t q = 0; q < (size_t)st->party_count * SEARCH_PARTS; q++)
        for (uint32_t i = b->first[q]; i != WAITING_NONE; i = b->at[i].next)
            if (b->at[i].since < oldest) oldest = b->at[i].since;
    return st->order - oldest;
}

/* ---- digest, check ---- */
/* When each of them was due stands with its row. */
static void timers_digest(const struct state *st, struct sha256 *to) {
    const struct due_timers *d = &st->due;
    digest_u64(to, d->more);
    for (uint64_t k = 0; k < TIMER_KINDS; k++)
        for (uint16_t p = 0; p < st->party_count; p++)
            for (uint32_t i = d->first[timer_queue(st, (enum timer_kind)k, p)]; i != TIMER_NONE; i = d->at[i].next) {
                digest_u64(to, k + 1);
                digest_u64(to, d->at[i].t.serial);
            }
    digest_u64(to, 0);
}
void backlog_digest(const struct state *st, struct sha256 *to) {
    const struct backlog *b = &st->watch->backlog;
    digest_u64(to, b->continues);
    digest_u64(to, b->turn);
    timers_digest(st, to);
    sweeps_digest(st, to);
    for (size_t q = 0; q < (size_t)st->party_count * SEARCH_PARTS; q++) {
        for (uint32_t i = b->first[q]; i != WAITING_NONE; i = b->at[i].next) {
            const struct waiting *x = &b->at[i];
            enum waiting_kind kind = place_kind(b, i);
            row r = i - b->base[kind];
            uint64_t serial = kind == WAITING_FOLDED ? alert_at(st, r)->serial : search_serial(st, owner_kind(kind), r);
            struct counting n = kind == WAITING_FOLDED ? b->counting[r] : (struct counting){0};
            const uint64_t all[] = {1, kind, serial, key_shown(x->at), key_shown(x->from), x->since, x->own_only, n.counted, n.level, n.missed};
            for (size_t k = 0; k < sizeof all / sizeof *all; k++) digest_u64(to, all[k]);
        }
        digest_u64(to, 0);
        const struct pair_run *x = &b->run[q];
        if (x->runs) DIGEST_ALL(to, x->key, x->finding, x->lists, x->a, x->b, x->ranks, (uint64_t)x->work, x->found.meets, (uint64_t)x->found.entry, (uint64_t)x->found.until, (uint64_t)x->found.again, (uint64_t)x->found.distance_cm,
                               (uint64_t)x->found.margin_cm, (uint64_t)x->found.height_gap_cm, (uint64_t)x->found.closest);
    }
}
void backlog_check(const struct state *st) {
    const struct backlog *b = &st->watch->backlog;
    uint32_t queued = 0, waits = 0, running = 0;
    for (uint32_t i = 0; i < b->base[WAITING_KINDS]; i++) waits += b->at[i].waits;
    for (size_t q = 0; q < (size_t)st->room.parties * SEARCH_PARTS; q++) {
        uint32_t previous = WAITING_NONE;
        assert((b->first[q] == WAITING_NONE) == (b->last[q] == WAITING_NONE) && (q < (size_t)st->party_count * SEARCH_PARTS || b->first[q] == WAITING_NONE));
        for (uint32_t i = b->first[q]; i != WAITING_NONE; i = b->at[i].next, queued++) {
            const struct waiting *x = &b->at[i];
            enum waiting_kind kind = place_kind(b, i);
            row r = i - b->base[kind];
            assert(x->waits && x->previous == previous && queue_of(party_of(st, kind, r), part_of(kind)) == q && x->since <= st->order);
            assert(kind == WAITING_FOLDED ? alert_at(st, r)->kind == ALERT_FOLDED : search_counts(st, owner_kind(kind), r));
            assert(!x->own_only || (kind != WAITING_FOLDED && owner_kind(kind) == OWNER_TRACK));
            previous = i;
        }
        assert(b->last[q] == previous);
        assert(!b->run[q].runs || (b->first[q] != WAITING_NONE && place_kind(b, b->first[q]) != WAITING_FOLDED));
        running += b->run[q].runs;
    }
    sweeps_check(st);
    assert(running == b->running && queued == b->count && waits == b->count && b->turn <= st->capacity.parties);
}
