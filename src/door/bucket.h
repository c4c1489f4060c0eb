/* A token bucket: `rate` a second, `most` at once. Amounts are what the owner counts: requests, bytes, verifications. */
#ifndef PARLEY_DOOR_BUCKET_H
#define PARLEY_DOOR_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket { int64_t at_ms, spent; }; /* spent: in thousandths; 0: full. Zeroed: full */

static inline int64_t bucket_spent(const struct bucket *b, int64_t rate, int64_t now_ms) {
    int64_t back = (now_ms - b->at_ms) * rate;
    return back >= b->spent ? 0 : b->spent - back;
}
/* Takes the amount whether it is there or not: the bucket may owe. */
static inline void bucket_charge(struct bucket *b, int64_t rate, int64_t amount, int64_t now_ms) {
    b->spent = bucket_spent(b, rate, now_ms) + amount * 1000;
    b->at_ms = now_ms;
}
static inline bool bucket_has(const struct bucket *b, int64_t rate, int64_t most, int64_t amount, int64_t now_ms) {
    return bucket_spent(b, rate, now_ms) + amount * 1000 <= most * 1000;
}
static inline bool bucket_take(struct bucket *b, int64_t rate, int64_t most, int64_t amount, int64_t now_ms) {
    bool has = bucket_has(b, rate, most, amount, now_ms);
    if (has) bucket_charge(b, rate, amount, now_ms);
    return has;
}

#endif
