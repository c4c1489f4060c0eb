/* How often a value fell into which range: what /metrics shows of times and sizes. Not shared between threads. */
#ifndef PARLEY_BASE_HISTOGRAM_H
#define PARLEY_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_MOST 20
struct histogram_bounds { unsigned count; int64_t at[HISTOGRAM_MOST]; }; /* ascending; a value belongs to the first bound >= it */
extern const struct histogram_bounds histogram_times;  /* ns: 10 us to 60 s */
extern const struct histogram_bounds histogram_counts; /* 1 to 65,536, powers of 4 */
extern const struct histogram_bounds histogram_sizes;  /* bytes: 1 KiB to 256 MiB, powers of 4 */
struct histogram {
    const struct histogram_bounds *bounds;
    uint64_t counts[HISTOGRAM_MOST + 1]; /* the last: beyond every bound */
    uint64_t sum, most;
};
struct histogram histogram_of(const struct histogram_bounds *bounds);
void histogram_add(struct histogram *h, int64_t value); /* below 0 counts as 0 */
uint64_t histogram_count(const struct histogram *h);

#endif
