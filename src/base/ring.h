/* A bounded ring of pointers from one producing thread to one consuming thread, without locks, with a file descriptor to
 * wait on. However much is pushed before the consumer looks, it is woken once. */
#ifndef PARLEY_BASE_RING_H
#define PARLEY_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;
/* NULL when memory or descriptors are exhausted. */
struct ring *ring_new(size_t capacity);
/* Both threads are done with it. What is still inside is the caller's to free: pop it first. */
void ring_free(struct ring *r);

/* --- producer --- */
/* Hands `item` (not NULL) over and wakes the consumer unless a wake-up is under way. False when full: nothing changed. */
bool ring_push(struct ring *r, void *item);
/* The same for a batch: ring_put each (the consumer is not woken but may see it already), then ring_wake once. */
bool ring_put(struct ring *r, void *item);
void ring_wake(struct ring *r);

/* --- consumer --- */
/* Up to `room` items in the order of pushing; how many. Takes the wake-up back first; when items remain, ring_fd stays
 * readable. Never blocks. */
size_t ring_pop_all(struct ring *r, void **out, size_t room);
/* Readable (poll, epoll; level triggered) when there may be something to pop. Owned by the ring. */
int ring_fd(const struct ring *r);

#endif
