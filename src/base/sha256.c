/* OpenSSL's low-level SHA256_* rather than EVP: an EVP digest costs some 100 ns of dispatch per hash, as much as hashing a
 * tree node of 65 bytes itself, and an EVP context cannot be copied as plain bytes, which is how a keyed state made once
 * serves every HMAC. The calls are deprecated in 3.0 (they bypass providers), not gone, and confined to this file. */
#include "base/sha256.h"

#include <assert.h>

#ifndef PARLEY_NO_OPENSSL

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

typedef SHA256_CTX engine; /* only libcrypto looks inside, so the opaque bytes are no aliasing matter */

static void engine_init(engine *e) { SHA256_Init(e); }
static void engine_update(engine *e, const void *bytes, size_t size) { SHA256_Update(e, bytes, size); }
static void engine_final(engine *e, uint8_t out[SHA256_SIZE]) { SHA256_Final(out, e); }

#else

/* May alias: it lives in the opaque bytes of struct sha256. */
typedef struct __attribute__((may_alias)) {
    uint32_t state[8];
    uint64_t size; /* bytes taken so far */
    uint8_t block[64];
} engine;

static uint32_t rotate(uint32_t v, unsigned by) { return v >> by | v << (32 - by); }

/* FIPS 180-4, 6.2.2. */
static void compress(uint32_t state[8], const uint8_t block[64]) {
    static const uint32_t k[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t w[64];
    for (unsigned i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (unsigned i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void engine_init(engine *e) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(e->state, start, sizeof start);
    e->size = 0;
}

static void engine_update(engine *e, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    size_t fill = e->size % 64;
    e->size += size;
    if (fill > 0) {
        size_t run = size < 64 - fill ? size : 64 - fill;
        memcpy(e->block + fill, from, run);
        from += run;
        size -= run;
        if (fill + run < 64) return;
        compress(e->state, e->block);
    }
    for (; size >= 64; from += 64, size -= 64) compress(e->state, from);
    if (size > 0) memcpy(e->block, from, size);
}

static void engine_final(engine *e, uint8_t out[SHA256_SIZE]) {
    uint64_t bits = e->size * 8;
    size_t fill = e->size % 64;
    e->block[fill++] = 0x80;
    if (fill > 56) {
        memset(e->block + fill, 0, 64 - fill);
        compress(e->state, e->block);
        fill = 0;
    }
    memset(e->block + fill, 0, 56 - fill);
    for (unsigned i = 0; i < 8; i++) e->block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
    compress(e->state, e->block);
    for (unsigned i = 0; i < 32; i++) out[i] = (uint8_t)(e->state[i / 4] >> (24 - 8 * (i % 4)));
}

#endif

_Static_assert(sizeof(engine) <= sizeof(struct sha256), "the opaque room holds the engine's state");

static engine *engine_in(struct sha256 *s) { return (engine *)(void *)s->opaque; }

/* memset that stays although nothing reads the bytes afterwards: they are secret. */
static void wipe(void *at, size_t size) {
    memset(at, 0, size);
    __asm__ volatile("" : : "r"(at) : "memory");
}

void sha256_init(struct sha256 *s) { engine_init(engine_in(s)); }

void sha256_update(struct sha256 *s, const void *bytes, size_t size) {
    if (size > 0) engine_update(engine_in(s), bytes, size);
}

struct hash sha256_final(struct sha256 *s) {
    struct hash h;
    engine_final(engine_in(s), h.bytes);
    return h;
}

struct hash sha256_of(const void *bytes, size_t size) {
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, bytes, size);
    return sha256_final(&s);
}

void hmac_key_init(struct hmac_key *k, const void *key, size_t size) {
    uint8_t block[64] = {0};
    if (size > sizeof block) {
        struct hash h = sha256_of(key, size);
        memcpy(block, h.bytes, sizeof h.bytes);
        wipe(&h, sizeof h);
    } else if (size > 0) {
        memcpy(block, key, size);
    }
    for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36;
    sha256_init(&k->inner);
    sha256_update(&k->inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36 ^ 0x5c;
    sha256_init(&k->outer);
    sha256_update(&k->outer, block, sizeof block);
    wipe(block, sizeof block);
}

struct hash hmac_of(const struct hmac_key *k, const void *bytes, size_t size) {
    struct sha256 s = k->inner;
    sha256_update(&s, bytes, size);
    struct hash inner = sha256_final(&s);
    s = k->outer;
    sha256_update(&s, inner.bytes, sizeof inner.bytes);
    struct hash h = sha256_final(&s);
    wipe(&s, sizeof s);
    return h;
}

bool hash_equal(const struct hash *a, const struct hash *b) {
    uint8_t difference = 0;
    for (size_t i = 0; i < sizeof a->bytes; i++) difference |= a->bytes[i] ^ b->bytes[i];
    return difference == 0;
}
