/* One node: what is proposed is ordered, first come, first. */
#include <assert.h>
#include <stdlib.h>

#include "log/sequencer.h"

struct item {
    struct item *next;
    uint64_t ticket;
    instant time;
    size_t size;
    char bytes[];
};
struct local {
    struct sequencer sequencer;
    struct item *first, *last, *given; /* given: whose bytes the caller holds */
    size_t bytes, most;
    uint64_t number;
    instant time;
};

static result local_propose(struct sequencer *s, const struct proposal *p, struct fault *f) {
    struct local *l = (struct local *)s;
    /* An empty queue takes one proposal of any size: a frame larger than the queue must not be refused for ever. */
    if (l->first != NULL && p->bytes.size > l->most - l->bytes)
        return fail(f, RESULT_BUSY, "queue", "%zu bytes wait to be ordered; at most %zu", l->bytes, l->most);
    struct item *i = malloc(sizeof *i + p->bytes.size);
    if (i == NULL) return fail(f, RESULT_BUSY, "queue", "no memory for %zu bytes", p->bytes.size);
    i->next = NULL;
    i->ticket = p->ticket;
    i->time = p->time;
    i->size = p->bytes.size;
    memcpy(i->bytes, p->bytes.at, p->bytes.size);
    if (l->last == NULL) l->first = i;
    else l->last->next = i;
    l->last = i;
    l->bytes += i->size < l->most - l->bytes ? i->size : l->most - l->bytes;
    return OK;
}

static bool local_next(struct sequencer *s, struct sequenced_event *out) {
    struct local *l = (struct local *)s;
    free(l->given);
    l->given = l->first;
    if (l->first == NULL) return false;
    struct item *i = l->first;
    l->first = i->next;
    if (l->first == NULL) l->last = NULL;
    l->bytes = l->first == NULL || i->size > l->bytes ? 0 : l->bytes - i->size;
    if (i->time > l->time) l->time = i->time;
    *out = (struct sequenced_event){SEQUENCED_ORDERED, i->ticket, ++l->number, l->time, {i->bytes, i->size}};
    return true;
}

static uint64_t local_durable(const struct sequencer *s) {
    (void)s;
    return UINT64_MAX;
}

static void local_free(struct sequencer *s) {
    struct local *l = (struct local *)s;
    free(l->given);
    while (l->first != NULL) {
        struct item *i = l->first;
        l->first = i->next;
        free(i);
    }
    free(l);
}

struct sequencer *sequencer_local_new(uint64_t last_number, instant last_time, size_t queue_bytes) {
    static const struct sequencer_methods methods = {local_propose, local_next, local_durable, local_free};
    struct local *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL;
    *l = (struct local){.sequencer = {&methods}, .most = queue_bytes, .number = last_number, .time = last_time};
    return &l->sequencer;
}
