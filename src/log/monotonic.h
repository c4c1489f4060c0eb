/* Time that passes and is never set: for figures, turns and deadlines, never for what goes into the record. Since some moment before the start. */
#ifndef PARLEY_LOG_MONOTONIC_H
#define PARLEY_LOG_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static inline int64_t monotonic_us(void) { return monotonic_ns() / 1000; }
static inline int64_t monotonic_ms(void) { return monotonic_ns() / 1000000; }

#endif
