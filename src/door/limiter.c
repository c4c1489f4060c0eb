#include "door/limiter.h"

#include <stdlib.h>
#include <string.h>

#include "door/limits.h"

#define PROBES 8
struct bucket {
    uint8_t address[16];
    int64_t at_ms;
    int64_t spent; /* thousandths of a request; 0: full */
    bool used;
};
struct limiter {
    uint32_t parties, party_rate, address_rate;
    struct bucket *by_party, by_address[DOOR_RATE_ADDRESSES];
};

struct limiter *limiter_new(uint32_t parties, uint32_t party_rate, uint32_t address_rate) {
    struct limiter *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL;
    l->parties = parties;
    l->party_rate = party_rate;
    l->address_rate = address_rate;
    l->by_party = calloc(parties, sizeof *l->by_party);
    if (l->by_party != NULL) return l;
    free(l);
    return NULL;
}

void limiter_free(struct limiter *l) {
    if (l == NULL) return;
    free(l->by_party);
    free(l);
}

void limiter_rates(struct limiter *l, uint32_t party_rate, uint32_t address_rate) {
    l->party_rate = party_rate;
    l->address_rate = address_rate;
}

static int64_t spent_at(const struct bucket *b, uint32_t rate, int64_t now_ms) {
    int64_t back = (now_ms - b->at_ms) * rate;
    return back >= b->spent ? 0 : b->spent - back;
}

static bool take(struct bucket *b, uint32_t rate, int64_t now_ms) {
    b->spent = spent_at(b, rate, now_ms);
    b->at_ms = now_ms;
    if (b->spent + 1000 > 2000 * (int64_t)rate) return false;
    b->spent += 1000;
    return true;
}

bool limiter_party(struct limiter *l, uint16_t party, int64_t now_ms) {
    return party >= l->parties || take(&l->by_party[party], l->party_rate, now_ms);
}

static uint32_t mix(const uint8_t address[16]) {
    uint32_t h = 2166136261u;
    for (int i = 0; i < 16; i++) h = (h ^ address[i]) * 16777619u;
    return h ^ h >> 15;
}

bool limiter_address(struct limiter *l, const uint8_t address[16], int64_t now_ms) {
    uint32_t first = mix(address) % DOOR_RATE_ADDRESSES;
    struct bucket *best = NULL;
    for (uint32_t i = 0; i < PROBES; i++) {
        struct bucket *b = &l->by_address[(first + i) % DOOR_RATE_ADDRESSES];
        if (b->used && memcmp(b->address, address, 16) == 0) return take(b, l->address_rate, now_ms);
        if (best == NULL || (best->used && (!b->used || spent_at(b, l->address_rate, now_ms) < spent_at(best, l->address_rate, now_ms))))
            best = b;
    }
    *best = (struct bucket){.at_ms = now_ms, .used = true};
    memcpy(best->address, address, 16);
    return take(best, l->address_rate, now_ms);
}
