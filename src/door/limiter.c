#include "door/limiter.h"

#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "door/limits.h"
#include "door/source.h"

struct caller_buckets { struct bucket requests, failed; };
struct address_buckets {
    uint8_t address[16];
    struct bucket requests, failed, modest;
    bool used;
};
struct limiter {
    uint32_t parties, party_rate, manager_rate, address_rate, salt;
    struct bucket strangers; /* all requests without a session */
    struct caller_buckets *by_party;
    struct bucket by_manager[DOOR_MANAGERS];
    struct address_buckets by_address[DOOR_RATE_ADDRESSES];
};

struct limiter *limiter_new(uint32_t parties, uint32_t party_rate, uint32_t address_rate) {
    struct limiter *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL;
    l->parties = parties;
    random_bytes(&l->salt, sizeof l->salt);
    l->party_rate = party_rate;
    l->manager_rate = DOOR_RATE_MANAGER;
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

void limiter_manager_rate(struct limiter *l, uint32_t rate) { l->manager_rate = rate; }

/* What is still to be remembered of an address: the more, the less it may be forgotten. */
static int64_t weight(const struct limiter *l, const struct address_buckets *b, int64_t now_ms) {
    return bucket_spent(&b->requests, l->address_rate, now_ms) + bucket_spent(&b->failed, DOOR_RATE_FAILED, now_ms);
}

static struct address_buckets *of_address(struct limiter *l, const uint8_t address[16], int64_t now_ms) {
    uint32_t first = source_mix(l->salt, address) % DOOR_RATE_ADDRESSES;
    struct address_buckets *best = NULL;
    for (uint32_t i = 0; i < DOOR_PROBES; i++) {
        struct address_buckets *b = &l->by_address[(first + i) % DOOR_RATE_ADDRESSES];
        if (b->used && memcmp(b->address, address, 16) == 0) return b;
        if (best == NULL || (best->used && (!b->used || weight(l, b, now_ms) < weight(l, best, now_ms)))) best = b;
    }
    *best = (struct address_buckets){.used = true};
    memcpy(best->address, address, 16);
    return best;
}

bool limiter_party(struct limiter *l, uint16_t party, int64_t now_ms) {
    return party >= l->parties || bucket_take(&l->by_party[party].requests, l->party_rate, 2 * (int64_t)l->party_rate, 1, now_ms);
}

bool limiter_manager(struct limiter *l, uint32_t row, int64_t now_ms) {
    return bucket_take(&l->by_manager[row], l->manager_rate, 2 * (int64_t)l->manager_rate, 1, now_ms);
}

bool limiter_address(struct limiter *l, const uint8_t address[16], int64_t now_ms) {
    struct address_buckets *b = of_address(l, address, now_ms);
    if (!bucket_take(&b->requests, l->address_rate, 2 * (int64_t)l->address_rate, 1, now_ms)) return false;
    bool modest = bucket_take(&b->modest, DOOR_RATE_MODEST, 2 * DOOR_RATE_MODEST, 1, now_ms);
    int64_t all = 4 * (int64_t)l->address_rate > DOOR_RATE_STRANGERS ? 4 * (int64_t)l->address_rate : DOOR_RATE_STRANGERS;
    return bucket_take(&l->strangers, all, 2 * all, 1, now_ms) || modest;
}

static struct bucket *failures_of(struct limiter *l, uint16_t party, const uint8_t address[16], int64_t now_ms) {
    return party < l->parties ? &l->by_party[party].failed : &of_address(l, address, now_ms)->failed;
}

bool limiter_may_verify(struct limiter *l, uint16_t party, const uint8_t address[16], int64_t now_ms) {
    return bucket_has(failures_of(l, party, address, now_ms), DOOR_RATE_FAILED, 2 * DOOR_RATE_FAILED, 1, now_ms);
}

void limiter_failed(struct limiter *l, uint16_t party, const uint8_t address[16], int64_t now_ms) {
    bucket_charge(failures_of(l, party, address, now_ms), DOOR_RATE_FAILED, 1, now_ms);
}
