/* What a machine can do at the most: the limits that figures are set beside. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "geo/box.h"

enum { STEPS = 200000, PASSES = 3, NEAR = 64 };

static volatile uint64_t kept; /* so that what is read is read */

/* The way that a shuffle of the lines gives, a loop through all of them. */
double bench_latency(size_t footprint) {
    uint32_t lines = footprint < 8192 ? 128 : (uint32_t)(footprint / 64), now = 0, *order = bench_room(lines * sizeof *order), *at = bench_room((size_t)lines * 64);
    uint64_t random = 3;
    double best = 1.0;
    for (uint32_t i = 0; i < lines; i++) order[i] = i;
    for (uint32_t i = lines; i-- > 1;) {
        uint32_t k = (uint32_t)(bench_draw(&random) % (i + 1)), t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
    for (uint32_t i = 0; i < lines; i++) at[(size_t)order[i] * 16] = order[(i + 1) % lines];
    for (int pass = 0; pass < PASSES; pass++) {
        double start = bench_cpu();
        for (int i = 0; i < STEPS; i++) now = at[(size_t)now * 16];
        double each = (bench_cpu() - start) / STEPS;
        if (each < best) best = each;
    }
    kept = now;
    free(order);
    free(at);
    return best;
}

double bench_bandwidth(size_t footprint) {
    size_t words = (footprint < 4096 ? 4096 : footprint) / 8, passes = ((size_t)1 << 25) / words + 1;
    uint64_t *at = bench_room(words * 8), sum = 0;
    double best = 0.0;
    for (int pass = 0; pass < PASSES; pass++) {
        double start = bench_cpu();
        for (size_t k = 0; k < passes; k++) {
            for (size_t i = 0; i < words; i++) sum += at[i];
            kept = sum;
        }
        double rate = (double)(words * 8 * passes) / (bench_cpu() - start);
        if (rate > best) best = rate;
    }
    free(at);
    return best;
}

double bench_compare(void) {
    static struct box b[NEAR];
    double best = 1.0;
    uint64_t random = 5, met = 0;
    for (int i = 0; i < NEAR; i++)
        for (int k = 0; k < 4; k++) {
            b[i].low[k] = (int32_t)bench_draw(&random);
            b[i].high[k] = INT32_MAX;
        }
    for (int pass = 0; pass < PASSES; pass++) {
        double start = bench_cpu();
        for (int k = 0; k < 2000; k++)
            for (int i = 0; i < NEAR; i++) met += box_meets(&b[i], &b[k % NEAR]);
        double each = (bench_cpu() - start) / (2000.0 * NEAR);
        if (each < best) best = each;
    }
    kept = met;
    return best;
}

void bench_limit(const char *name, double seconds, const struct bench_cost *c) {
    static size_t footprint;
    static double latency, bandwidth, compare;
    char what[64];
    if (compare == 0.0) compare = bench_compare();
    if (footprint != c->footprint) {
        footprint = c->footprint;
        latency = bench_latency(footprint);
        bandwidth = bench_bandwidth(footprint);
    }
    double wait = c->steps * latency, read = c->lines * 64.0 / bandwidth, count = c->compares * compare, limit = wait;
    snprintf(what, sizeof what, "memory latency, %.1f misses", c->steps);
    if (read > limit) {
        limit = read;
        snprintf(what, sizeof what, "bandwidth, %.0f lines", c->lines);
    }
    if (count > limit) {
        limit = count;
        snprintf(what, sizeof what, "arithmetic, %.0f comparisons", c->compares);
    }
    bench_print(name, seconds * 1e9, "ns", what, limit * 1e9);
}
