#include "core/day.h"
#include "verdict.h"

#define STATEMENTS 160

struct day_verdict verdict_watched_day(uint64_t seed) {
    static struct day d;
    struct day_verdict v;
    struct sha256 running;
    sha256_init(&running);
    static const int64_t work[] = {INT64_MIN, 1, 7, 200}; /* steps that are cut at every place */
    said_step_work = work[seed % 4];
    day_begin(&d, seed, false);
    for (uint64_t n = 0; n < STATEMENTS; n++) {
        day_step(&d, n);
        if (d.said) verdict_add(&running, d.w.st, &d.last->s, &d.w.out, d.w.fx);
        while (day_onward(&d)) verdict_add(&running, d.w.st, &d.last->s, &d.w.out, d.w.fx);
    }
    verdict_add_views(&running, d.w.st);
    v.state = state_digest(d.w.st);
    v.told = sha256_final(&running);
    world_close(&d.w);
    return v;
}
