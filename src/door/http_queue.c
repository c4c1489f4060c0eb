/* Requests that wait although they could go on: refusals that are told late, and bodies that come faster than they may. */
#include <assert.h>

#include "door/http_inner.h"

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

void request_release_late(struct request *r) {
    struct http *h = r->http;
    assert(!r->released);
    r->released = true;
    r->due_ms = h->now_ms + DOOR_LATE_MS;
    h->numbers.late_total++;
    queue_put(&h->late, r);
}

/* What all may read together is for those who read much: an address that has read little of late goes on. */
static bool may_read_on(struct request *r) {
    struct http *h = r->http;
    struct bucket *own = &r->source->bytes;
    if (bucket_has(own, DOOR_BODY_RATE_EACH, DOOR_BODY_BURST / 8, DOOR_CONNECTION_MEMORY, h->now_ms)) return true;
    return bucket_has(own, DOOR_BODY_RATE_EACH, DOOR_BODY_BURST, DOOR_CONNECTION_MEMORY, h->now_ms) &&
           bucket_has(&h->bytes, DOOR_BODY_RATE, DOOR_BODY_BURST, DOOR_CONNECTION_MEMORY, h->now_ms);
}

bool queue_throttles(struct request *r, size_t bytes) {
    struct http *h = r->http;
    bucket_charge(&r->source->bytes, DOOR_BODY_RATE_EACH, (int64_t)bytes, h->now_ms);
    bucket_charge(&h->bytes, DOOR_BODY_RATE, (int64_t)bytes, h->now_ms);
    if (may_read_on(r)) return false;
    h->numbers.throttled_total++;
    queue_put(&h->throttled, r);
    return true;
}

/* A connection that goes on reads a buffer full before the bucket sees it: so few a turn. */
static void go_on(struct http *h) {
    unsigned left = 8;
    for (struct request *r = h->throttled.first, *next; r != NULL && left > 0; r = next) {
        next = r->later;
        if (!may_read_on(r)) continue;
        queue_drop(r);
        request_resume(r);
        left--;
    }
}

int queue_turn(struct http *h) {
    for (int i = 0; i < DOOR_LATE_AT_ONCE && h->late.first != NULL && h->late.first->due_ms <= h->now_ms; i++) {
        struct request *r = h->late.first;
        queue_drop(r);
        request_resume(r);
    }
    go_on(h);
    h->numbers.late = h->late.count;
    h->numbers.throttled = h->throttled.count;
    if (h->throttled.count > 0) return 2;
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
    end(&h->throttled);
}
