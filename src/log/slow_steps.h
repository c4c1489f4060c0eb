/* The slowest steps since the start, by kind of statement: where the time went when a server was late. Measured beside the core and for showing
 * alone; what a step does is bounded by counts (core/backlog.c) and never by this. */
#ifndef PARLEY_LOG_SLOW_STEPS_H
#define PARLEY_LOG_SLOW_STEPS_H

#include "base/limits.h"
#include "core/statement.h"

struct slow_step { uint64_t order /* 0: a repeat, or nobody's: without one */; instant time; int64_t ns; };
struct slow_steps {
    struct { uint64_t steps, over /* those that took longer than LIMIT_STEP_NS */; struct slow_step worst[LIMIT_SLOW_STEPS]; uint32_t count; } of[STATEMENT_KINDS];
    uint64_t steps, over;
};
void slow_steps_add(struct slow_steps *s, enum statement_kind kind, uint64_t order, instant time, int64_t ns);
/* Kinds that were stepped, by their slowest step, that first, into `out` (STATEMENT_KINDS of room); returns how many. */
unsigned slow_steps_sorted(const struct slow_steps *s, enum statement_kind *out);

#endif
