/* Random numbers for tests, the same for the same seed everywhere (splitmix64). PARLEY_SEED sets another seed. */
#ifndef PARLEY_TEST_BASE_SEEDED_H
#define PARLEY_TEST_BASE_SEEDED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct seeded {
    uint64_t at;
};

static inline struct seeded seeded_start(uint64_t otherwise) {
    const char *given = getenv("PARLEY_SEED");
    struct seeded s = {given != NULL ? strtoull(given, NULL, 0) : otherwise};
    fprintf(stderr, "# seed %llu\n", (unsigned long long)s.at);
    return s;
}

static inline uint64_t seeded_next(struct seeded *s) {
    uint64_t z = s->at += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* 0 to n - 1. */
static inline uint64_t seeded_below(struct seeded *s, uint64_t n) { return seeded_next(s) % n; }

#endif
