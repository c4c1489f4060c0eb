/* Who waits for which answer of the node. A ticket is a slot's number and the slot's generation, so that a late answer never
 * reaches a later request. */
#include <assert.h>
#include <stdlib.h>

#include "door/door.h"
#include "door/limits.h"

struct ticket {
    struct request *request;
    void (*answer)(struct door *, struct request *, uint32_t, const struct node_event *);
    uint32_t index, generation, next_free;
};
struct tickets {
    struct ticket *at;
    uint32_t room, used, free, out;
};
#define NONE UINT32_MAX

struct tickets *tickets_new(void) {
    struct tickets *t = calloc(1, sizeof *t);
    if (t != NULL) t->free = NONE;
    return t;
}

void tickets_free(struct tickets *t) {
    if (t == NULL) return;
    free(t->at);
    free(t);
}

uint32_t tickets_out(const struct tickets *t) { return t->out; }

static bool grow(struct tickets *t) {
    if (t->used < t->room) return true;
    uint32_t room = t->room == 0 ? 1024 : t->room * 2;
    if (room > DOOR_ANSWERS) return false;
    struct ticket *at = realloc(t->at, room * sizeof *at);
    if (at == NULL) return false;
    memset(at + t->room, 0, (room - t->room) * sizeof *at);
    t->at = at;
    t->room = room;
    return true;
}

uint64_t tickets_take(struct tickets *t, struct request *r, void (*answer)(struct door *, struct request *, uint32_t, const struct node_event *), uint32_t index) {
    uint32_t i = t->free;
    if (i != NONE) t->free = t->at[i].next_free;
    else if (grow(t)) i = t->used++;
    else return 0;
    struct ticket *k = &t->at[i];
    *k = (struct ticket){r, answer, index, k->generation + 1, NONE};
    t->out++;
    return (uint64_t)k->generation << 32 | (i + 1);
}

static struct ticket *find(struct tickets *t, uint64_t ticket) {
    uint32_t i = (uint32_t)ticket - 1;
    if ((uint32_t)ticket == 0 || i >= t->used) return NULL;
    struct ticket *k = &t->at[i];
    return k->request != NULL && k->generation == (uint32_t)(ticket >> 32) ? k : NULL;
}

static void give_back(struct tickets *t, struct ticket *k) {
    k->request = NULL;
    k->next_free = t->free;
    t->free = (uint32_t)(k - t->at);
    t->out--;
}

void tickets_drop(struct tickets *t, uint64_t ticket) {
    struct ticket *k = find(t, ticket);
    assert(k != NULL);
    give_back(t, k);
}

void tickets_answer(struct door *d, const struct node_event *e) {
    struct ticket *k = find(d->tickets, e->ticket);
    if (k == NULL) return; /* 0, or nobody waits any more */
    struct ticket copy = *k;
    give_back(d->tickets, k);
    copy.answer(d, copy.request, copy.index, e);
}

void tickets_abandon(struct door *d) {
    for (uint32_t i = 0; i < d->tickets->used; i++) {
        struct ticket copy = d->tickets->at[i];
        if (copy.request == NULL) continue;
        give_back(d->tickets, &d->tickets->at[i]);
        copy.answer(d, copy.request, copy.index, &(struct node_event){.kind = NODE_ANSWERED, .sequenced = SEQUENCED_UNKNOWN});
    }
}
