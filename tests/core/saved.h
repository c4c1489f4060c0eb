/* For tests: a state's bytes in memory, and a second state made from them. */
#ifndef PARLEY_TEST_CORE_SAVED_H
#define PARLEY_TEST_CORE_SAVED_H

#include "core/tables.h"

struct kept_bytes { struct append to; size_t from, most; };

static inline bool kept_put(void *context, const void *bytes, size_t size) {
    struct append *to = context;
    append_bytes(to, bytes, size);
    return !to->full;
}
/* In uneven slices, so that numbers fall across their ends. */
static inline size_t kept_get(void *context, void *bytes, size_t room) {
    struct kept_bytes *k = context;
    size_t left = k->to.size - k->from, run = left < room ? left : room;
    if (k->most && run > k->most) run = k->most;
    memcpy(bytes, k->to.at + k->from, run);
    k->from += run;
    return run;
}
static inline result kept_save(const struct state *st, struct append *to, struct fault *f) {
    struct arena work;
    append_reset(to);
    if (!arena_take(&work, state_save_memory(st))) return (result){RESULT_FULL};
    result r = state_save(st, &work, kept_put, to, f);
    arena_free(&work);
    return r;
}
/* The memory is the caller's to free, whatever comes out. */
static inline result kept_load(const struct append *from, size_t slice, const struct statement *genesis, struct arena *a, struct state **out, struct fault *f) {
    struct kept_bytes k = {*from, 0, slice};
    size_t bytes;
    TRY(state_memory(&genesis->sections[0].body.genesis.capacity, &bytes, f));
    if (!arena_take(a, bytes)) return (result){RESULT_FULL};
    return state_load(a, genesis, kept_get, &k, out, f);
}

#endif
