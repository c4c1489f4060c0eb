#include "log/slow_steps.h"

#include <assert.h>

void slow_steps_add(struct slow_steps *s, enum statement_kind kind, uint64_t order, instant time, int64_t ns) {
    assert((unsigned)kind < STATEMENT_KINDS);
    struct slow_step one = {order, time, ns}, *worst = s->of[kind].worst;
    bool over = ns > LIMIT_STEP_NS;
    s->steps++;
    s->over += over;
    s->of[kind].steps++;
    s->of[kind].over += over;
    uint32_t i = s->of[kind].count;
    if (i == LIMIT_SLOW_STEPS) {
        if (worst[--i].ns >= ns) return; /* of equals the first stays */
    } else {
        s->of[kind].count++;
    }
    for (; i > 0 && worst[i - 1].ns < ns; i--) worst[i] = worst[i - 1];
    worst[i] = one;
}

unsigned slow_steps_sorted(const struct slow_steps *s, enum statement_kind *out) {
    unsigned n = 0;
    for (int k = 0; k < STATEMENT_KINDS; k++) {
        if (s->of[k].count == 0) continue;
        unsigned i = n++;
        for (; i > 0 && s->of[out[i - 1]].worst[0].ns < s->of[k].worst[0].ns; i--) out[i] = out[i - 1];
        out[i] = (enum statement_kind)k;
    }
    return n;
}
