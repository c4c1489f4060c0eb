/* Bump memory. Two uses: the state's memory, taken once at the start (size known before), and scratch for decoding, reset
 * per statement. Never grows unless made by arena_growing (decoding of large bodies, tests). */
#ifndef PARLEY_BASE_ARENA_H
#define PARLEY_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
    unsigned char *at;
    size_t used, room;
    size_t dirty; /* bytes from `at` that were handed out before: only these need zeroing again */
    struct arena_block *more; /* growing arenas only */
    size_t limit;
    bool failed;
};
bool arena_take(struct arena *a, size_t size);   /* one fixed block by mmap, zeroed */
/* Blocks as needed; all blocks together never exceed `limit` bytes (the ends of blocks that a request did not fit into
 * count too). */
void arena_growing(struct arena *a, size_t limit);
/* 16-byte aligned, zeroed; NULL and a->failed when there is no room. */
void *arena_alloc(struct arena *a, size_t count, size_t each);
/* Has the system give the pages of so many bytes of a fixed block of 256 MiB or more, from an offset on, whatever they hold: it clears a page of 2 MiB when that is first
 * written to, some hundred microseconds to many milliseconds, for which a step would wait. Any thread may do it while another uses the block. How many bytes: 0 at its end, of another
 * block, or where the system cannot (Linux before 5.14). */
size_t arena_warm(const struct arena *a, size_t from, size_t bytes);
void arena_reset(struct arena *a); /* everything allocated is void; a growing arena keeps one block: the largest of up to 8 MiB, else its first, however large */
void arena_free(struct arena *a);

#endif
