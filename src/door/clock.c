#include "door/clock.h"

#include <assert.h>
#include <sys/timex.h>
#include <time.h>

#include "door/limits.h"

static void system_read(void *context, int64_t *realtime, int64_t *boottime) {
    (void)context;
    struct timespec real, boot;
    int failed = clock_gettime(CLOCK_REALTIME, &real) | clock_gettime(CLOCK_BOOTTIME, &boot);
    assert(failed == 0);
    (void)failed;
    *realtime = (int64_t)real.tv_sec * INSTANT_SECOND + real.tv_nsec;
    *boottime = (int64_t)boot.tv_sec * INSTANT_SECOND + boot.tv_nsec;
}

static int64_t system_error(void *context) {
    (void)context;
    struct timex t = {.modes = 0};
    /* The call's state (unsynchronised) is in maxerror too, which the kernel then lets grow to 16 s. */
    if (adjtimex(&t) < 0) return DOOR_CLOCK_UNSYNC_NS;
    return (int64_t)t.maxerror * 1000;
}

const struct clock_source clock_system = {system_read, system_error, NULL};

static int64_t magnitude(int64_t v) { return v < 0 ? -v : v; }

void clock_begin(struct clock *c, const struct clock_source *source, instant floor) {
    int64_t real, boot;
    *c = (struct clock){.source = *source, .last = floor};
    source->read(source->context, &real, &boot);
    c->offset = real - boot;
    if (floor != INSTANT_NONE && real < floor - DOOR_CLOCK_JUMP_NS) {
        c->offset = floor - boot;
        c->unsure = true;
    }
}

void clock_begin_simulated(struct clock *c, const struct clock_source *source, instant start, uint32_t rate, instant floor) {
    assert(rate >= 1);
    int64_t real, boot;
    source->read(source->context, &real, &boot);
    *c = (struct clock){.source = *source, .rate = rate, .start_boot = boot, .last = floor};
    c->start = floor != INSTANT_NONE && floor > start ? floor : start;
}

instant clock_now(struct clock *c) {
    int64_t real, boot;
    c->source.read(c->source.context, &real, &boot);
    instant now;
    if (c->rate > 0) {
        now = c->start + (boot - c->start_boot) * (int64_t)c->rate;
    } else {
        /* Slewing moves the offset by less than a millisecond a second and is followed; a step is not. */
        if (!c->unsure && magnitude(real - boot - c->offset) <= DOOR_CLOCK_JUMP_NS) c->offset = real - boot;
        else c->unsure = true;
        now = boot + c->offset;
    }
    if (c->last != INSTANT_NONE && now < c->last) now = c->last;
    c->last = now;
    return now;
}

bool clock_unsure(const struct clock *c) { return c->unsure; }

int64_t clock_error_ns(const struct clock *c) { return c->rate > 0 ? 0 : c->source.error(c->source.context); }

void clock_settle(struct clock *c, instant stated, int64_t error_ns) {
    if (c->rate > 0) return;
    int64_t real, boot;
    c->source.read(c->source.context, &real, &boot);
    bool agrees = magnitude(real - stated) <= error_ns + DOOR_CLOCK_JUMP_NS;
    c->offset = (agrees ? real : stated) - boot;
    c->unsure = false;
}

int64_t clock_until(struct clock *c, instant t) {
    instant now = clock_now(c);
    if (t <= now) return 0;
    int64_t left = t - now;
    return c->rate > 0 ? (left + c->rate - 1) / (int64_t)c->rate : left;
}
