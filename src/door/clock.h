/* The server's time. Follows CLOCK_REALTIME as long as it keeps step with CLOCK_BOOTTIME; a jump of more than 2 s between the
 * two is not followed: time goes on by CLOCK_BOOTTIME and is marked UNSURE until a `clock` statement (FORMAT.md, "clock"). Never
 * runs back. In an EXERCISE it may instead run from a given start at a given rate (replays). */
#ifndef PARLEY_DOOR_CLOCK_H
#define PARLEY_DOOR_CLOCK_H

#include "base/instant.h"

struct clock_source { /* the two clocks in ns and the system's own estimate of its error; replaceable in tests */
    void (*read)(void *context, int64_t *realtime, int64_t *boottime);
    int64_t (*error)(void *context);
    void *context;
};
extern const struct clock_source clock_system;

struct clock {
    struct clock_source source;
    int64_t offset;      /* realtime - boottime as last believed */
    instant last;        /* given out */
    bool unsure;
    uint32_t rate;       /* 0: real; else simulated seconds per second */
    instant start;       /* simulated */
    int64_t start_boot;
};
/* `floor`: the last time in the log; time never comes out before it, and a system clock that is more than 2 s behind it
 * starts UNSURE. */
void clock_begin(struct clock *c, const struct clock_source *source, instant floor);
/* EXERCISE only: from max(start, floor) at `rate` (>= 1) seconds a second. */
void clock_begin_simulated(struct clock *c, const struct clock_source *source, instant start, uint32_t rate, instant floor);
instant clock_now(struct clock *c);
bool clock_unsure(const struct clock *c);
int64_t clock_error_ns(const struct clock *c);
/* A `clock` statement was accepted: the operator says that it is `stated`, give or take error_ns. The system's clock is
 * believed again when it agrees within error_ns + 2 s, and all is sure; else time goes on from `stated` and stays UNSURE as
 * long as the system says otherwise. */
void clock_settle(struct clock *c, instant stated, int64_t error_ns);
/* How many real ns until the clock shows `t` (0 when it does). */
int64_t clock_until(struct clock *c, instant t);

#endif
