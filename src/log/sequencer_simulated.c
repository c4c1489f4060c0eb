/* What a cluster may do to proposals, all from a seed: each waits some calls of `next`, may be overtaken, refused, or lost to its
 * proposer, who then hears UNKNOWN while the statement is ordered in half of the cases, before or after that word. */
#include <assert.h>
#include <stdlib.h>

#include "log/sequencer.h"

enum { MOST_WAITING = 4096 };

struct item {
    struct item *next;
    enum sequenced what;
    uint64_t ticket, due;
    instant time;
    size_t size;
    char bytes[];
};
struct simulated {
    struct sequencer sequencer;
    struct sequencer_faults faults;
    struct item *first, *given;
    uint32_t waiting;
    uint64_t random, calls, number;
    instant time;
};

static uint64_t draw(struct simulated *s) { /* splitmix64 */
    uint64_t z = s->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static bool chance(struct simulated *s, uint32_t percent) { return draw(s) % 100 < percent; }

static bool put(struct simulated *s, enum sequenced what, uint64_t ticket, const struct proposal *p) {
    struct item *i = malloc(sizeof *i + p->bytes.size);
    if (i == NULL) return false;
    i->what = what;
    i->ticket = ticket;
    i->time = p->time;
    i->due = s->calls + (s->faults.delay_most == 0 ? 0 : draw(s) % (s->faults.delay_most + 1));
    i->size = p->bytes.size;
    memcpy(i->bytes, p->bytes.at, p->bytes.size);
    bool overtakes = chance(s, s->faults.reorder_percent);
    struct item **at = &s->first;
    while (*at != NULL && !(overtakes && (*at)->next == NULL)) at = &(*at)->next;
    i->next = *at;
    *at = i;
    s->waiting++;
    return true;
}

static result simulated_propose(struct sequencer *sequencer, const struct proposal *p, struct fault *f) {
    struct simulated *s = (struct simulated *)sequencer;
    if (s->waiting + 2 > MOST_WAITING) return fail(f, RESULT_BUSY, "queue", "%u proposals wait", s->waiting);
    bool good = true;
    if (chance(s, s->faults.refuse_percent)) {
        good = put(s, SEQUENCED_REFUSED, p->ticket, p);
    } else if (!chance(s, s->faults.lose_percent)) {
        good = put(s, SEQUENCED_ORDERED, p->ticket, p);
    } else {
        uint64_t how = draw(s) % 4; /* 0, 1: lost; 2: ordered, then unknown; 3: unknown, then ordered */
        if (how == 2) good = put(s, SEQUENCED_ORDERED, 0, p);
        good = put(s, SEQUENCED_UNKNOWN, p->ticket, p) && good;
        if (how == 3) good = put(s, SEQUENCED_ORDERED, 0, p) && good;
    }
    return good ? OK : fail(f, RESULT_BUSY, "queue", "no memory");
}

static bool simulated_next(struct sequencer *sequencer, struct sequenced_event *out) {
    struct simulated *s = (struct simulated *)sequencer;
    free(s->given);
    s->given = NULL;
    s->calls++;
    struct item *i = s->first;
    if (i == NULL || i->due > s->calls) return false;
    s->first = i->next;
    s->given = i;
    s->waiting--;
    *out = (struct sequenced_event){.what = i->what, .ticket = i->ticket};
    if (i->what != SEQUENCED_ORDERED) return true;
    if (i->time > s->time) s->time = i->time;
    out->number = ++s->number;
    out->time = s->time;
    out->bytes = (struct text){i->bytes, i->size};
    return true;
}

static uint64_t simulated_durable(const struct sequencer *sequencer) { return ((const struct simulated *)sequencer)->number; }

static void simulated_free(struct sequencer *sequencer) {
    struct simulated *s = (struct simulated *)sequencer;
    free(s->given);
    while (s->first != NULL) {
        struct item *i = s->first;
        s->first = i->next;
        free(i);
    }
    free(s);
}

struct sequencer *sequencer_simulated_new(uint64_t seed, const struct sequencer_faults *faults, uint64_t last_number,
                                          instant last_time) {
    static const struct sequencer_methods methods = {simulated_propose, simulated_next, simulated_durable, simulated_free};
    struct simulated *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    *s = (struct simulated){
        .sequencer = {&methods}, .faults = *faults, .random = seed, .number = last_number, .time = last_time};
    return &s->sequencer;
}
