/* The state's memory is taken at the start, but the system gives its pages only when they are first written to, and clears each of 2 MiB then: a step that comes to
 * several of them waits for milliseconds, on some machines tens of them. So a thread asks for them, little by little, ahead of use. What stands in them it neither reads nor writes. */
#include <time.h>

#include "log/node_private.h"

void *node_warmer(void *context) {
    struct node *n = context;
    size_t at = 0, got;
    while (!atomic_load(&n->warm.end)) {
        int64_t began_ns = monotonic_ns();
        if ((got = arena_warm(&n->memory, at, LIMIT_WARM_BYTES)) == 0) break;
        at += got;
        atomic_store_explicit(&n->warm.bytes, at, memory_order_relaxed);
        int64_t rest_ns = (monotonic_ns() - began_ns) * LIMIT_WARM_REST;
        struct timespec rest = {.tv_sec = rest_ns / INSTANT_SECOND, .tv_nsec = rest_ns % INSTANT_SECOND};
        nanosleep(&rest, NULL);
    }
    return NULL;
}

void node_warmer_end(struct node *n) {
    if (!n->warm.started) return;
    atomic_store(&n->warm.end, true);
    pthread_join(n->warm.thread, NULL);
    n->warm.started = false;
}
