#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 16, FIRST_BLOCK = 64 * 1024, KEPT_BLOCK = 8 * 1024 * 1024, LARGE = 256 * 1024 * 1024 };

/* A growing arena's blocks, newest first; the bytes follow the header. */
struct arena_block {
    struct arena_block *older;
    size_t room;  /* bytes behind this header */
    size_t taken; /* room of this block and all older ones */
    size_t padding;
};
_Static_assert(sizeof(struct arena_block) % ALIGNMENT == 0, "what follows the header is aligned");

/* `limit` is 0 in an arena with one fixed block. */
bool arena_take(struct arena *a, size_t size) {
    *a = (struct arena){0};
    if (size == 0) return true;
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        a->failed = true;
        return false;
    }
    /* Gigabytes that are touched all over: of pages of 4 KB, clearing and finding them were half of a start. What cannot have larger ones goes on without. */
#if defined(MADV_HUGEPAGE) && !defined(__wasi__)
    if (size >= LARGE) (void)madvise(at, size, MADV_HUGEPAGE);
#endif
    a->at = at;
    a->room = size;
    return true;
}

size_t arena_warm(const struct arena *a, size_t from, size_t bytes) {
#if defined(MADV_POPULATE_WRITE) && !defined(__wasi__)
    enum { PAGE = 4096 };
    if (a->at == NULL || a->limit != 0 || a->room < LARGE || from >= a->room) return 0; /* pages of a small one take microseconds each */
    size_t back = from % PAGE, left = a->room - from, size = bytes < left ? bytes : left;
    return madvise(a->at + from - back, size + back, MADV_POPULATE_WRITE) == 0 ? size : 0;
#else
    (void)a, (void)from, (void)bytes;
    return 0;
#endif
}

void arena_growing(struct arena *a, size_t limit) { *a = (struct arena){.limit = limit, .failed = limit == 0}; }

static void use_block(struct arena *a, struct arena_block *block) {
    a->more = block;
    a->at = (unsigned char *)(block + 1);
    a->room = block->room;
    a->used = 0;
}

static bool add_block(struct arena *a, size_t size) {
    size_t taken = a->more == NULL ? 0 : a->more->taken;
    size_t left = a->limit - taken;
    size_t room = a->more == NULL ? FIRST_BLOCK : 2 * a->more->room;
    if (room < size) room = size;
    if (room > left) room = left;
    if (room < size || room > SIZE_MAX - sizeof(struct arena_block)) return false;
    struct arena_block *block = malloc(sizeof *block + room);
    if (block == NULL) return false;
    *block = (struct arena_block){.older = a->more, .room = room, .taken = taken + room};
    use_block(a, block);
    a->dirty = room; /* malloc's memory is not zero */
    return true;
}

void *arena_alloc(struct arena *a, size_t count, size_t each) {
    size_t size;
    if (a->failed || __builtin_mul_overflow(count, each, &size) || size > SIZE_MAX - ALIGNMENT) {
        a->failed = true;
        return NULL;
    }
    if (size == 0) size = 1; /* distinct addresses, as callers compare them */
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size > a->room - a->used && (a->limit == 0 || !add_block(a, size))) {
        a->failed = true;
        return NULL;
    }
    unsigned char *at = a->at + a->used;
    if (a->used < a->dirty) memset(at, 0, a->dirty - a->used < size ? a->dirty - a->used : size);
    a->used += size;
    return at;
}

/* The newest block is the largest: it stays, so that what needs as much again finds it; only one out of the ordinary is given back. Else each
 * request of more than the first block would have its pages cleared anew by the kernel. */
void arena_reset(struct arena *a) {
    while (a->more != NULL && a->more->older != NULL && a->more->room > KEPT_BLOCK) {
        struct arena_block *older = a->more->older;
        free(a->more);
        use_block(a, older);
        a->dirty = older->room;
    }
    while (a->more != NULL && a->more->older != NULL) {
        struct arena_block *gone = a->more->older;
        a->more->older = gone->older;
        free(gone);
    }
    if (a->more != NULL) a->more->taken = a->more->room;
    if (a->used > a->dirty) a->dirty = a->used;
    a->used = 0;
    a->failed = a->more == NULL && a->at == NULL && a->limit == 0 && a->failed; /* a block that was never had */
}

void arena_free(struct arena *a) {
    if (a->limit == 0 && a->at != NULL) {
        int refused = munmap(a->at, a->room);
        assert(refused == 0);
        (void)refused;
    }
    while (a->more != NULL) {
        struct arena_block *older = a->more->older;
        free(a->more);
        a->more = older;
    }
    *a = (struct arena){0};
}
