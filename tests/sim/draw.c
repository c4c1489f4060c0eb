/* splitmix64, one generator per purpose, so that what one party does shifts nothing of another's. No expression draws twice: compilers
 * differ in the order of arguments. */
#include "sim.h"

#include "base/rand.h"

struct sim_draw *draw_source;

uint64_t draw_next(struct sim_draw *d) {
    uint64_t z = d->at += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}
struct sim_draw draw_of(uint64_t seed, const char *purpose, uint64_t a, uint64_t b) {
    struct sim_draw d = {seed};
    for (const char *c = purpose; *c != '\0'; c++) d.at = draw_next(&d) ^ (uint8_t)*c;
    d.at = draw_next(&d) ^ a;
    d.at = draw_next(&d) ^ b;
    return d;
}
uint32_t draw_below(struct sim_draw *d, uint32_t n) {
    assert(n > 0);
    return (uint32_t)((draw_next(d) >> 32) * n >> 32);
}
bool draw_chance(struct sim_draw *d, uint32_t per_mille) { return draw_below(d, 1000) < per_mille; }
int64_t draw_between(struct sim_draw *d, int64_t low, int64_t high) {
    assert(low <= high);
    return low + (int64_t)(draw_next(d) % ((uint64_t)(high - low) + 1));
}
void draw_bytes(void *to, size_t size) {
    assert(draw_source != NULL);
    uint8_t *at = to;
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++, word >>= 8) {
        if (i % 8 == 0) word = draw_next(draw_source);
        at[i] = (uint8_t)word;
    }
}

/* Instead of base/rand.c: what the server draws comes from the seed too. */
void random_bytes(void *to, size_t size) { draw_bytes(to, size); }
