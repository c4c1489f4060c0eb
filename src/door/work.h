/* What something cost this thread: the time that passed, less what other programs took of its processor meanwhile. On a machine with other work a request of
 * a third of a millisecond may take twenty, and whoever asked is not to pay for them. Where the thread waited by itself (it read what is not in memory),
 * all that passed counts: the others waited as long. */
#ifndef PARLEY_DOOR_WORK_H
#define PARLEY_DOOR_WORK_H

#include <sys/resource.h>

#include "log/monotonic.h"

struct work { int64_t began_us, processor_us; long waits; };

static inline struct work work_now(void) {
    struct rusage u;
    getrusage(RUSAGE_THREAD, &u);
    return (struct work){
        .began_us = monotonic_us(),
        .processor_us = (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec + u.ru_stime.tv_usec,
        .waits = u.ru_nvcsw,
    };
}
/* Microseconds of work since `begin`, of `passed_us` that passed. */
static inline int64_t work_us(const struct work *begin, int64_t passed_us) {
    struct work end = work_now();
    int64_t processor_us = end.processor_us - begin->processor_us;
    return end.waits != begin->waits || processor_us > passed_us ? passed_us : processor_us;
}

#endif
