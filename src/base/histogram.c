#include "base/histogram.h"

#include <assert.h>
#include <stddef.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
const struct histogram_bounds histogram_times = {
    18, {10 * US, 25 * US, 50 * US, 100 * US, 250 * US, 500 * US, MS, 2 * MS, 5 * MS, 10 * MS, 20 * MS, 50 * MS, 100 * MS, 250 * MS, S, 5 * S, 15 * S, 60 * S}};
const struct histogram_bounds histogram_counts = {9, {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536}};

const struct histogram_bounds histogram_sizes = {10, {1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28}};

struct histogram histogram_of(const struct histogram_bounds *bounds) {
    assert(bounds->count <= HISTOGRAM_MOST);
    return (struct histogram){.bounds = bounds};
}

void histogram_add(struct histogram *h, int64_t value) {
    unsigned i = 0;
    if (value < 0) value = 0;
    while (i < h->bounds->count && value > h->bounds->at[i]) i++;
    h->counts[i]++;
    h->sum += (uint64_t)value;
    if ((uint64_t)value > h->most) h->most = (uint64_t)value;
}

uint64_t histogram_count(const struct histogram *h) {
    uint64_t n = 0;
    for (unsigned i = 0; i <= h->bounds->count; i++) n += h->counts[i];
    return n;
}
