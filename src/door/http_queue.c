/* Requests that wait although they could go on: refusals that are told late, long bodies, which are read in turns, and replies, of which each party, manager
 * or address has so many in a turn: what they cost is some of the loop's time again and again, never much of it at once. */
#include <assert.h>

#include "door/http_inner.h"
#include "log/monotonic.h"

void queue_put(struct queue *q, struct request *r) {
    assert(r->queue == NULL);
    r->queue = q;
    r->later = NULL;
    if (q->last == NULL) q->first = r;
    else q->last->later = r;
    q->last = r;
    q->count++;
}

void queue_drop(struct request *r) {
    struct queue *q = r->queue;
    if (q == NULL) return;
    struct request *before = NULL;
    for (struct request *at = q->first; at != r; at = at->later) before = at;
    if (before == NULL) q->first = r->later;
    else before->later = r->later;
    if (q->last == r) q->last = before;
    q->count--;
    r->queue = NULL;
}

void queue_late(struct request *r) {
    struct http *h = r->http;
    r->due_ms = h->now_ms + DOOR_LATE_MS;
    h->numbers.late_total++;
    queue_put(&h->late, r);
}

void request_release_late(struct request *r) {
    assert(!r->released);
    r->released = true;
    queue_late(r);
}

/* --- long bodies --- */

/* What all may read together is for those who read much: an address that has read little of late goes on. */
static bool within_rate(const struct request *r) {
    const struct http *h = r->http;
    const struct source *s = r->source;
    if (bucket_has(&s->few_bytes, DOOR_BODY_RATE_MODEST, DOOR_BODY_BURST, DOOR_CONNECTION_MEMORY, h->now_ms)) return true;
    return bucket_has(&s->bytes, DOOR_BODY_RATE_EACH, DOOR_BODY_BURST, DOOR_CONNECTION_MEMORY, h->now_ms) &&
           bucket_has(&h->bytes, DOOR_BODY_RATE, DOOR_BODY_BURST, DOOR_CONNECTION_MEMORY, h->now_ms);
}

/* What is refused is read for the sender's sake only, and last. */
static bool may_read_on(const struct request *r) {
    const struct http *h = r->http;
    if (r->refusal.status == 0) return within_rate(r);
    return bucket_has(&h->refused_bytes, DOOR_BODY_RATE_REFUSED, DOOR_BODY_RATE_REFUSED / 16, DOOR_CONNECTION_MEMORY, h->now_ms) && within_rate(r);
}

void queue_charge(struct request *r, size_t bytes) {
    struct http *h = r->http;
    int64_t now = h->now_ms, came = (int64_t)bytes;
    bucket_charge(&r->source->bytes, DOOR_BODY_RATE_EACH, came, now);
    bucket_charge(&r->source->few_bytes, DOOR_BODY_RATE_MODEST, came, now);
    bucket_charge(&h->bytes, DOOR_BODY_RATE, came, now);
    if (r->refusal.status != 0) bucket_charge(&h->refused_bytes, DOOR_BODY_RATE_REFUSED, came, now);
}

void queue_body(struct request *r) {
    struct http *h = r->http;
    if (!may_read_on(r)) h->numbers.throttled_total++;
    queue_put(&h->bodies, r);
}

/* A connection that goes on reads a buffer full: so few a turn, those first that have waited longest, and of one address or party not all. Two
 * passes: those who are to be refused come behind the others. */
static void go_on(struct http *h) {
    unsigned left = DOOR_TURN_BODIES, refused = DOOR_TURN_BODIES / 4;
    for (int pass = 0; pass < 2; pass++)
        for (struct request *r = h->bodies.first, *next; r != NULL && left > 0; r = next) {
            next = r->later;
            struct source *s = r->source;
            if ((r->refusal.status != 0) != (pass == 1) || (pass == 1 && refused == 0) || !may_read_on(r)) continue;
            if (s->turn != h->turn) s->turn = h->turn, s->turn_bodies = 0;
            if (s->turn_bodies == DOOR_TURN_BODIES / 2) continue;
            s->turn_bodies++;
            refused -= pass == 1;
            left--;
            queue_drop(r);
            request_resume(r);
        }
}

/* --- requests, where doors have no order of their own --- */

static void line_add(struct http *h, struct source *s) {
    s->next_asking = NULL;
    if (h->asking_last == NULL) h->asking_first = s;
    else h->asking_last->next_asking = s;
    h->asking_last = s;
    s->in_line = true;
    s->uses++; /* the row stays its own */
}

static struct source *line_take(struct http *h) {
    struct source *s = h->asking_first;
    h->asking_first = s->next_asking;
    if (h->asking_first == NULL) h->asking_last = NULL;
    s->in_line = false;
    s->uses--;
    return s;
}

void queue_ask(struct request *r) {
    queue_put(&r->source->asks, r);
    if (!r->source->in_line) line_add(r->http, r->source);
}

/* One of each address, then sockets are looked at again once the slice is over: whatever a request costs, who asks little waits for few of those who ask much. */
static void ask_in_turns(struct http *h) {
    int64_t end_us = monotonic_us() + DOOR_SLICE_US;
    bool more = true;
    while (more && h->asking_first != NULL) {
        struct source *s = line_take(h);
        struct request *r = s->asks.first;
        if (r == NULL) continue; /* its connection has ended */
        queue_drop(r);
        if (s->asks.count > 0) line_add(h, s);
        r->handled = true;
        h->methods.handle(h->methods.context, r);
        more = monotonic_us() < end_us;
    }
}

/* --- replies --- */

/* Who is answered asks again at once, and either costs what sending, reading and parsing cost: were a crowd of one sender's answered in one turn, whoever
 * else asks then would wait for all of it. */
static bool may_leave(const struct http *h, struct source *s) {
    if (s->ready_turn != h->turn) s->ready_turn = h->turn, s->turn_replies = 0;
    return !h->shared || s->turn_replies < DOOR_TURN_REPLIES;
}

static void leave(struct request *r) {
    struct http_numbers *n = &r->http->numbers;
    unsigned so_many = ++r->source->turn_replies;
    if (r->http->shared && so_many > n->replies_turn_most) n->replies_turn_most = so_many;
    request_resume(r);
}

static void ring_add(struct http *h, struct source *s) {
    s->next_ready = NULL;
    if (h->ready_last == NULL) h->ready_first = s;
    else h->ready_last->next_ready = s;
    h->ready_last = s;
    s->rings = true;
    s->uses++; /* the row stays its own */
}

static struct source *ring_take(struct http *h) {
    struct source *s = h->ready_first;
    h->ready_first = s->next_ready;
    if (h->ready_first == NULL) h->ready_last = NULL;
    s->rings = false;
    s->uses--;
    return s;
}

void queue_reply(struct request *r) {
    struct http *h = r->http;
    struct source *s = r->source;
    if (!r->suspended || h->quiescing) {
        request_resume(r);
        return;
    }
    if (may_leave(h, s) && s->ready.count == 0) {
        leave(r);
        return;
    }
    h->numbers.replies_queued++;
    queue_put(&s->ready, r);
    if (!s->rings) ring_add(h, s);
}

bool queue_sends(const struct request *r) { return r->queue != NULL && r->queue == &r->source->ready; }

/* The order of the ring does not matter: each has a share of the turn for itself. */
static void send_ready(struct http *h) {
    struct source *last = h->ready_last;
    for (bool more = last != NULL; more;) {
        struct source *s = ring_take(h);
        more = s != last;
        while (s->ready.count > 0 && may_leave(h, s)) {
            struct request *r = s->ready.first;
            queue_drop(r);
            leave(r);
        }
        if (s->ready.count > 0) ring_add(h, s);
    }
}

static bool somebody_may_read_on(const struct http *h) {
    for (const struct request *r = h->bodies.first; r != NULL; r = r->later)
        if (may_read_on(r)) return true;
    return false;
}

void queue_turn(struct http *h) {
    h->turn++;
    h->shared = h->shared_next;
    for (int i = 0; i < DOOR_LATE_AT_ONCE && h->late.first != NULL && h->late.first->due_ms <= h->now_ms; i++) {
        struct request *r = h->late.first;
        queue_drop(r);
        request_resume(r);
    }
    go_on(h);
    ask_in_turns(h);
    send_ready(h);
}

int queue_wish(struct http *h) {
    h->numbers.late = h->late.count;
    h->numbers.throttled = h->bodies.count;
    if (h->ready_first != NULL || h->asking_first != NULL) return 0;
    if (h->bodies.count > 0) return somebody_may_read_on(h) ? 0 : 2;
    if (h->late.count == 0) return -1;
    int64_t wait = h->late.first->due_ms - h->now_ms;
    return wait < 1 ? 1 : (int)wait;
}

static void end(struct queue *q) {
    while (q->first != NULL) {
        struct request *r = q->first;
        queue_drop(r);
        request_resume(r);
    }
}

void queue_end(struct http *h) {
    end(&h->late);
    end(&h->bodies);
    while (h->asking_first != NULL) end(&line_take(h)->asks);
    while (h->ready_first != NULL) end(&ring_take(h)->ready);
}
