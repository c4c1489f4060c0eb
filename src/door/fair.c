/* Who is served when. One loop serves all, so whatever one caller asks for is time that the others wait. Callers with a session are three flows
 * by party, for what it says, what it reads and its position frames: an answer to a call never waits behind the same party's long lists; callers with an access
 * token are so by manager. Others are one by address. A flow that has had its slice in this turn of the loop queues; queued requests are run in rounds, one of
 * each flow, those of parties and managers first, as long as the turn's share lasts; then sockets are looked at again. So a caller who asks little
 * is never behind more than three requests of each other flow (may_pass), however many those have sent. A token that was never seen is verified in a turn of
 * its address; what it opens queues as its manager's. An address from which noise came within the last seconds (a token that is none, say) queues behind
 * those from which none did, so that a new manager's first token does not wait for a round of bad ones.
 *
 * What one request costs cannot be cut, but for the reading of a long body, which another thread does (reader.h), one flow's after the other's. Requests
 * longer than a slice, that reading counted, are paid from a purse that fills slowly, and while it is empty and others are there, their flow waits. Nothing is dropped here: who queues has a connection each, and those are bounded. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "door/bucket.h"
#include "door/dss_door.h"
#include "door/limits.h"
#include "door/reader.h"
#include "door/source.h"
#include "door/work.h"
#include "log/monotonic.h"

struct job {
    struct request *request;
    struct match match;
    struct job *next;
    int64_t since_us;
    uint64_t ran;           /* requests of those with a session that had run when it came */
    bool counts;            /* its flow's only one, and it could have run ever since */
};
struct flow {
    struct job *first, *last;
    struct flow *next;      /* in its list; it is in one while it has jobs */
    uint64_t turn;          /* of used_us */
    uint64_t listed;        /* the turn in which it took its place in the list */
    int64_t used_us, not_before_us;
    int64_t noisy_us;       /* an address: so long it counts as noisy */
    struct bucket purse;    /* microseconds beyond a slice */
};
enum way { WAY_SAYS, WAY_READS, WAY_FRAMES, WAYS };
struct list { struct flow *first, *last; int64_t used_us; uint64_t ran; }; /* used in this turn; requests that ran, ever */
struct fair {
    struct flow *parties;   /* [(party_count + DOOR_MANAGERS) * WAYS]: behind those of parties those of managers */
    uint32_t party_count, salt;
    struct list known, strangers, noisy;
    const struct flow *latest; /* whose ran that counts, and since when it was another's */
    int64_t changed_us, known_us; /* known_us: when one with a session ran */
    uint64_t ran, strange_ran; /* requests, ever; how many that were when one without a session ran last */
    uint64_t urgent;        /* what was applied then */
    struct bucket strangers_purse;
    uint64_t turn;
    bool shared;            /* several flows' requests ran within the last second */
    bool running;           /* a handler runs: what it hands on (a token that has been verified, the next piece of a tile) queues */
    const struct flow *served; /* whose round it is: it is in no list until that is over */
    struct fair_numbers numbers;
    struct flow addresses[DOOR_FLOW_ADDRESSES];
};

struct fair *fair_new(uint32_t parties) {
    struct fair *q = calloc(1, sizeof *q);
    if (q == NULL) return NULL;
    q->party_count = parties;
    q->parties = calloc(((size_t)parties + DOOR_MANAGERS) * WAYS, sizeof *q->parties);
    random_bytes(&q->salt, sizeof q->salt);
    q->changed_us = q->known_us = INT64_MIN / 2;
    if (q->parties != NULL) return q;
    free(q);
    return NULL;
}

void fair_free(struct fair *q) {
    if (q == NULL) return;
    assert(q->numbers.waiting == 0);
    free(q->parties);
    free(q);
}

void fair_numbers(const struct fair *q, struct fair_numbers *out) { *out = q->numbers; }

static bool is_frames(const struct match *m) { return m->route->run == frames_post; }

static bool is_somebody(const struct match *m) { return m->caller.known || m->caller.bearer; }

static struct flow *flow_of(struct fair *q, const struct request *r, const struct match *m) {
    if (m->caller.bearer || (m->caller.known && m->caller.party < q->party_count)) {
        size_t row = m->caller.bearer ? (size_t)q->party_count + m->caller.manager : m->caller.party;
        enum way way = is_frames(m) ? WAY_FRAMES : m->route->run == dss_reads || strcmp(m->route->method, "GET") == 0 ? WAY_READS : WAY_SAYS;
        return &q->parties[row * WAYS + way];
    }
    uint8_t address[16];
    request_address(r, address);
    return &q->addresses[source_mix(q->salt, address) % DOOR_FLOW_ADDRESSES];
}

/* The first of a party's flows stands for it: its own do not make it wait for each other. */
static const struct flow *whose(const struct fair *q, const struct flow *f) {
    if (f < q->parties || f >= q->parties + ((size_t)q->party_count + DOOR_MANAGERS) * WAYS) return f;
    return &q->parties[(size_t)(f - q->parties) / WAYS * WAYS];
}

/* --- queues --- */

static void list_add(const struct fair *q, struct list *l, struct flow *f) {
    f->next = NULL;
    f->listed = q->turn;
    if (l->last == NULL) l->first = f;
    else l->last->next = f;
    l->last = f;
}

static struct flow *list_take(struct list *l) {
    struct flow *f = l->first;
    l->first = f->next;
    if (l->first == NULL) l->last = NULL;
    return f;
}

static struct list *list_of(struct fair *q, const struct flow *f, const struct match *m) {
    if (is_somebody(m)) return &q->known;
    return f->noisy_us > monotonic_us() ? &q->noisy : &q->strangers;
}

static bool enqueue(struct fair *q, struct flow *f, struct request *r, const struct match *m) {
    struct job *j = malloc(sizeof *j);
    if (j == NULL) return false;
    *j = (struct job){r, *m, NULL, monotonic_us(), q->known.ran, f->first == NULL};
    j->match.came_us = j->since_us;
    if (f->first == NULL) f->first = j;
    else f->last->next = j;
    if (f->first == j && f != q->served) list_add(q, list_of(q, f, m), f);
    f->last = j;
    q->numbers.waiting++;
    q->numbers.queued++;
    return true;
}

static struct job *dequeue(struct fair *q, struct flow *f) {
    struct job *j = f->first;
    f->first = j->next;
    if (f->first == NULL) f->last = NULL;
    q->numbers.waiting--;
    return j;
}

/* --- running --- */

/* Those without a session have the whole loop when nobody else wants it, else a tenth. */
static bool strangers_may(const struct fair *q, int64_t now) {
    return now - q->known_us > 1000000 || bucket_has(&q->strangers_purse, DOOR_STRANGERS_US, DOOR_TURN_US, 1, now / 1000);
}

static bool may_run(const struct fair *q, const struct list *l, int64_t now) {
    return l->used_us < (q->shared ? DOOR_TURN_SHARED_US : DOOR_TURN_US) && (l == &q->known || strangers_may(q, now));
}

bool fair_refusal(struct door *d, int64_t us) {
    struct fair *q = d->fair;
    int64_t now = monotonic_us();
    bool may = strangers_may(q, now);
    if (may) bucket_charge(&q->strangers_purse, DOOR_STRANGERS_US, us, now / 1000);
    return may;
}

/* Does whoever ran now count as another than the one before? A session's or a manager's always does: the crowd's price is what he does not wait. Who asks without one, together, only with a
 * share of what is asked: else a stranger who polls a clock once a second would halve what a crowd is given. What he waits behind is bounded in requests whether he counts or not. */
static bool weighs(struct fair *q, const struct match *m, int64_t after) {
    bool rare = q->ran - q->strange_ran >= DOOR_ALONE_SHARE && after - q->known_us < 1000000;
    q->ran++;
    if (is_somebody(m)) return true;
    q->strange_ran = q->ran;
    return !rare;
}

/* Time of the loop counts in its turn; against the purse counts what was worked (work.h), by the reader's thread too, which may be the same core's. */
static void account(struct door *d, struct flow *f, const struct match *m, const struct work *begin, int64_t aside) {
    struct fair *q = d->fair;
    int64_t after = monotonic_us(), spent = after - begin->began_us;
    int64_t most_ms = is_frames(m) ? DOOR_PACE_FRAMES_MS : DOOR_PACE_MS, rate = is_frames(m) ? DOOR_LONG_FRAMES_US : DOOR_LONG_US;
    struct list *l = list_of(q, f, m);
    l->used_us += spent;
    l->ran++;
    bool counts = weighs(q, m, after);
    if (is_somebody(m)) q->known_us = after;
    else bucket_charge(&q->strangers_purse, DOOR_STRANGERS_US, spent + aside + DOOR_REQUEST_US, after / 1000);
    if (whose(q, f) != q->latest) q->urgent = node_applied(d->node);
    if (counts && whose(q, f) != q->latest) q->changed_us = after;
    if (counts) q->latest = whose(q, f);
    f->used_us = (f->turn == q->turn ? f->used_us : 0) + spent;
    f->turn = q->turn;
    if (spent > q->numbers.longest_us) q->numbers.longest_us = spent;
    if (aside > q->numbers.aside_longest_us) q->numbers.aside_longest_us = aside;
    int64_t work = spent + aside <= DOOR_SLICE_US ? 0 : work_us(begin, spent) + aside;
    if (work <= DOOR_SLICE_US) return;
    bucket_charge(&f->purse, rate, work, after / 1000);
    bool others = after - q->changed_us < 1000000;
    int64_t owed_ms = (bucket_spent(&f->purse, rate, after / 1000) - INT64_C(1000) * DOOR_LONG_MOST_US) / rate;
    if (!others || owed_ms <= 0) return;
    q->numbers.paced++;
    f->not_before_us = after + 1000 * (owed_ms < most_ms ? owed_ms : most_ms);
}

static uint64_t noise_of(const struct door *d) {
    uint64_t all = 0;
    for (int i = 0; i < NOISES; i++) all += d->numbers.noise[i];
    return all;
}

static void run(struct door *d, struct flow *f, struct request *r, const struct match *m) {
    struct fault fault;
    if (reader_wants(d->reader, r, m)) {
        d->fair->numbers.aside++;
        reader_send(d->reader, d, r, m);
        return;
    }
    (void)node_take(d->node, &fault); /* a tick or a continue that waits is nobody's: else whoever speaks next is paced for it */
    struct work begin = work_now();
    uint64_t noise = noise_of(d);
    d->fair->running = true;
    m->route->run(d, r, m);
    d->fair->running = false;
    if (!is_somebody(m) && noise_of(d) > noise) f->noisy_us = monotonic_us() + DOOR_NOISY_US;
    /* What it said is applied at once, so that its time is counted as its own; a failure stays the node's and ends the loop. */
    (void)node_take(d->node, &fault);
    account(d, f, m, &begin, 0);
}

/* What has been read aside goes on. */
static void go_on(struct door *d, struct reading *g) {
    struct fault fault;
    struct match m = g->match; /* the reading is the next one's when this one has been told */
    (void)node_take(d->node, &fault);
    struct work begin = work_now();
    int64_t aside = g->spent_us;
    struct flow *f = flow_of(d->fair, g->request, &m);
    reader_tell(d, g);
    (void)node_take(d->node, &fault);
    account(d, f, &m, &begin, aside);
}

static bool must_wait(const struct door *d, const struct request *r, const struct match *m) {
    return reader_wants(d->reader, r, m) && reader_busy(d->reader);
}

static void reply_busy(struct request *r, const char *why) {
    request_reply_problem(r, &(struct problem){.status = 503, .code = "busy", .rule = text_of(why)});
    request_release(r);
}

bool fair_shared(const struct fair *q) { return q->shared; }
uint64_t fair_urgent(const struct fair *q) { return q->urgent; }

/* At once: as long as its slice lasts while nobody queues; past those who do once in a turn, and not when one of them has been passed in two: many who come
 * together would leave him nothing of any turn. So of each flow at most three requests run while another's only one waits: two that pass, one of its round. */
static bool may_pass(const struct fair *q, const struct list *l, const struct flow *f) {
    if (l->first == NULL) return f->turn != q->turn || f->used_us < DOOR_SLICE_US;
    return f->turn != q->turn && l->first->listed + 1 >= q->turn;
}

void fair_handle(struct door *d, struct request *r, const struct match *m) {
    struct fair *q = d->fair;
    struct flow *f = flow_of(q, r, m);
    int64_t now = monotonic_us();
    const struct list *l = list_of(q, f, m);
    bool turn = f->first == NULL && !q->running && may_run(q, l, now) && may_pass(q, l, f) && (l != &q->noisy || q->strangers.first == NULL);
    bool ready = turn && !node_starved(d->node) && f->not_before_us <= now && !must_wait(d, r, m);
    if (!ready && enqueue(q, f, r, m)) return;
    if (must_wait(d, r, m)) reply_busy(r, "no memory is left to wait");
    else run(d, f, r, m);
}

static void serve(struct door *d, struct flow *f, int64_t now) {
    struct job *j = dequeue(d->fair, f);
    uint64_t before = d->fair->known.ran - j->ran;
    if (j->counts && is_somebody(&j->match) && before > d->fair->numbers.before_most) d->fair->numbers.before_most = before;
    if (now - j->since_us > 1000 * DOOR_QUEUE_GONE_MS && request_gone(j->request)) {
        d->fair->numbers.gone++;
        reply_busy(j->request, "you had closed your side");
    } else {
        run(d, f, j->request, &j->match);
    }
    free(j);
}

/* One job of each flow that may run now; false: none could. */
static bool round_of(struct door *d, struct list *l) {
    struct flow *last = l->last;
    bool any = false;
    for (bool more = l->first != NULL; more;) {
        int64_t now = monotonic_us();
        if (!may_run(d->fair, l, now) || node_starved(d->node)) return false;
        struct flow *f = list_take(l);
        more = f != last;
        if (f->not_before_us <= now && !must_wait(d, f->first->request, &f->first->match)) {
            d->fair->served = f;
            serve(d, f, now);
            d->fair->served = NULL;
            any = true;
        } else {
            f->first->counts = false;
        }
        if (f->first != NULL) list_add(d->fair, list_of(d->fair, f, &f->first->match), f);
    }
    return any;
}

void fair_begin(struct door *d) {
    struct fair *q = d->fair;
    q->turn++;
    q->shared = monotonic_us() - q->changed_us < 1000000;
    q->known.used_us = q->strangers.used_us = q->noisy.used_us = 0;
}

void fair_turn(struct door *d) {
    struct fair *q = d->fair;
    struct reading *g = reader_done(d->reader);
    if (g != NULL) go_on(d, g);
    while (round_of(d, &q->known)) continue;
    if (q->turn % DOOR_NOISY_TURNS == 0) (void)round_of(d, &q->noisy); /* who mistyped is served, however many others ask */
    while (round_of(d, &q->strangers)) continue;
    while (round_of(d, &q->noisy)) continue;
}

/* Who waits for the reader is woken by it. */
static int64_t soonest(const struct door *d, const struct list *l, int64_t best) {
    for (const struct flow *f = l->first; f != NULL; f = f->next)
        if (f->not_before_us < best && !must_wait(d, f->first->request, &f->first->match)) best = f->not_before_us;
    return best;
}

int fair_wish(const struct door *d) {
    const struct fair *q = d->fair;
    if (q->numbers.waiting == 0) return -1;
    if (node_starved(d->node)) return 10; /* the writer wakes the loop before */
    int64_t now = monotonic_us(), known = soonest(d, &q->known, INT64_MAX / 2), others = soonest(d, &q->noisy, soonest(d, &q->strangers, INT64_MAX / 2));
    if (!strangers_may(q, now) && others < now + 1000) others = now + 1000;
    int64_t wait = ((known < others ? known : others) - now + 999) / 1000;
    return wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait;
}

static const char going_away[] = "the server is going away";

static void end_list(struct door *d, struct list *l) {
    while (l->first != NULL) {
        struct flow *f = list_take(l);
        while (f->first != NULL) {
            struct job *j = dequeue(d->fair, f);
            reply_busy(j->request, going_away);
            free(j);
        }
    }
}

void fair_end(struct door *d) {
    struct reading *g = reader_wait(d->reader);
    if (g != NULL) reply_busy(g->request, going_away);
    end_list(d, &d->fair->known);
    end_list(d, &d->fair->strangers);
    end_list(d, &d->fair->noisy);
}
