#include "core/random_day.h"
#include "verdict.h"

#define STATEMENTS 200

struct day_verdict verdict_random_day(uint64_t seed) {
    struct day_verdict v;
    struct sha256 running;
    sha256_init(&running);
    said_step_work = seed % 2 ? 1 + (int64_t)seed % 50 : INT64_MIN;
    begin(seed);
    w.quick = true;
    for (int i = 0; i < STATEMENTS; i++) {
        bool hidden, again;
        struct said *x = random_next(&hidden, &again);
        if (!x) continue;
        world_say(&w, x);
        verdict_add(&running, w.st, &x->s, &w.out, w.fx);
        if (w.out.verdict == VERDICT_ACCEPTED) random_taken(x);
        if (state_backlog(w.st) == 0 || below(4) == 0) continue;
        x = say_continue(&w);
        world_say(&w, x);
        verdict_add(&running, w.st, &x->s, &w.out, w.fx);
    }
    verdict_add_views(&running, w.st);
    v.state = state_digest(w.st);
    v.told = sha256_final(&running);
    world_close(&w);
    return v;
}
