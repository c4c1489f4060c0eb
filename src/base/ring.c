#include "base/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* head and tail count up for ever; their difference is what is inside. Each is written by one side, on a
 * cache line of its own. All orderings are the sequentially consistent default: a wake-up costs a system call, a fence
 * does not show. */
struct ring {
    alignas(64) atomic_size_t head; /* producer */
    alignas(64) atomic_size_t tail; /* consumer */
    alignas(64) atomic_bool signalled;
    int fd;
    size_t capacity;
    void *items[];
};

struct ring *ring_new(size_t capacity) {
    assert(capacity > 0);
    if (capacity > (SIZE_MAX / 2) / sizeof(void *)) return NULL;
    size_t size = sizeof(struct ring) + capacity * sizeof(void *);
    struct ring *r = aligned_alloc(64, (size + 63) / 64 * 64);
    if (r == NULL) return NULL;
    atomic_init(&r->head, 0);
    atomic_init(&r->tail, 0);
    atomic_init(&r->signalled, false);
    r->capacity = capacity;
    r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (r->fd >= 0) return r;
    free(r);
    return NULL;
}

void ring_free(struct ring *r) {
    if (r == NULL) return;
    close(r->fd);
    free(r);
}

bool ring_put(struct ring *r, void *item) {
    assert(item != NULL);
    size_t head = atomic_load(&r->head);
    if (head - atomic_load(&r->tail) == r->capacity) return false;
    r->items[head % r->capacity] = item;
    atomic_store(&r->head, head + 1);
    return true;
}

/* Where the flag was set already, the consumer has not yet cleared it, and it looks at `head` only after clearing: what was
 * put before this call will be seen. */
void ring_wake(struct ring *r) {
    if (atomic_exchange(&r->signalled, true)) return;
    uint64_t one = 1;
    ssize_t written;
    do written = write(r->fd, &one, sizeof one);
    while (written < 0 && errno == EINTR);
    assert(written == (ssize_t)sizeof one);
}

bool ring_push(struct ring *r, void *item) {
    if (!ring_put(r, item)) return false;
    ring_wake(r);
    return true;
}

size_t ring_pop_all(struct ring *r, void **out, size_t room) {
    /* The descriptor before the flag: the other way round a wake-up that falls between the two would be read away with
     * the flag left set, and no later push would wake again. */
    uint64_t count;
    ssize_t taken;
    do taken = read(r->fd, &count, sizeof count);
    while (taken < 0 && errno == EINTR);
    assert(taken == (ssize_t)sizeof count || errno == EAGAIN);
    atomic_store(&r->signalled, false);
    size_t tail = atomic_load(&r->tail), inside = atomic_load(&r->head) - tail;
    size_t n = inside < room ? inside : room;
    for (size_t i = 0; i < n; i++) out[i] = r->items[(tail + i) % r->capacity];
    atomic_store(&r->tail, tail + n);
    if (n < inside) ring_wake(r);
    return n;
}

int ring_fd(const struct ring *r) { return r->fd; }
