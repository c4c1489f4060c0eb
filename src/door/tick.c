#include "door/door.h"

/* What is taken at or after the time of a tick is ordered behind it. So a tick bears its own time, to the millisecond, however much there was to
 * do about it: the log's leaves, which everybody reads, look the same busy or idle. */
instant door_tick_first(struct door *d) {
    instant now = clock_now(&d->clock);
    struct fault f;
    /* One that cannot be proposed comes with the loop's next turn, which says why. */
    if (now >= node_next_tick(d->node)) (void)node_tick(d->node, now, clock_error_ns(&d->clock), clock_unsure(&d->clock), &f);
    return now;
}
