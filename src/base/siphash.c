#include "base/siphash.h"

struct lanes { uint64_t a, b, c, d; };

static uint64_t turned(uint64_t x, int by) { return x << by | x >> (64 - by); }
static uint64_t little(const uint8_t *at, size_t size) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) word |= (uint64_t)at[i] << 8 * i;
    return word;
}
static void rounds(struct lanes *v, int count) {
    for (; count > 0; count--) {
        v->a += v->b, v->c += v->d;
        v->b = turned(v->b, 13) ^ v->a, v->d = turned(v->d, 16) ^ v->c;
        v->a = turned(v->a, 32);
        v->c += v->b, v->a += v->d;
        v->b = turned(v->b, 17) ^ v->c, v->d = turned(v->d, 21) ^ v->a;
        v->c = turned(v->c, 32);
    }
}
static void take(struct lanes *v, uint64_t word) {
    v->d ^= word;
    rounds(v, 2);
    v->a ^= word;
}
uint64_t siphash(const uint8_t key[SIPHASH_KEY], const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    uint64_t low = little(key, 8), high = little(key + 8, 8);
    /* "somepseudorandomlygeneratedbytes" */
    struct lanes v = {low ^ UINT64_C(0x736f6d6570736575), high ^ UINT64_C(0x646f72616e646f6d), low ^ UINT64_C(0x6c7967656e657261), high ^ UINT64_C(0x7465646279746573)};
    size_t left = size;
    for (; left >= 8; left -= 8, at += 8) take(&v, little(at, 8));
    take(&v, little(at, left) | (uint64_t)size << 56);
    v.c ^= 0xff;
    rounds(&v, 4);
    return v.a ^ v.b ^ v.c ^ v.d;
}
