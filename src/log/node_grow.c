/* Larger tables (core/capacity.c). Memory is taken at a start: when the journal is through, the state moves into memory for the capacities that wait, and
 * the first statement that is proposed says so. In replay the state moves when that statement comes. It moves as its own bytes, as for a snapshot:
 * the old memory is given back before the new is taken, so that both need not fit. */
#include <assert.h>
#include <string.h>

#include "core/capacity.h"
#include "log/node_private.h"

struct bytes { struct arena at; size_t size, read; };
static bool put(void *context, const void *bytes, size_t size) {
    struct bytes *b = context;
    memcpy(b->at.at + b->size, bytes, size);
    b->size += size;
    return true;
}
static size_t get(void *context, void *bytes, size_t room) {
    struct bytes *b = context;
    size_t run = b->size - b->read < room ? b->size - b->read : room;
    if (run > 0) memcpy(bytes, b->at.at + b->read, run);
    b->read += run;
    return run;
}
static result save_bytes(const struct state *st, struct arena *work, struct bytes *b, struct fault *f) {
    uint64_t size = 0;
    TRY(node_state_bytes(st, work, &size, f));
    if (!arena_take(&b->at, (size_t)size)) return fail(f, RESULT_FULL, "capacity", "no memory for %llu bytes of the state while it moves", (unsigned long long)size);
    arena_reset(work);
    return state_save(st, work, put, b, f);
}
static result move(struct node *n, struct bytes *b, struct fault *f) {
    struct arena work = {0};
    struct hash before = state_digest(n->state);
    if (!arena_take(&work, state_save_memory(n->state))) return fail(f, RESULT_FULL, "capacity", "no memory for the order of the rows");
    result r = save_bytes(n->state, &work, b, f);
    arena_free(&work);
    TRY(r);
    state_free(n->state);
    arena_free(&n->memory);
    n->state = NULL;
    TRY(state_load_larger(&n->memory, &n->genesis_said, get, b, &n->state, f));
    n->effects = state_effects(n->state);
    struct hash after = state_digest(n->state);
    return hash_equal(&before, &after) ? OK : fail(f, RESULT_DIVERGED, "capacity", "the state is another one in larger memory");
}

/* Said before anything is given back: the log is as it was, and can be started otherwise. */
static result machine_has(const struct node *n, struct fault *f) {
    size_t now, then;
    TRY(state_memory(state_capacity(n->state), &now, f));
    TRY(state_memory(state_wanted(n->state), &then, f));
    if (n->options.memory_most == 0 || then <= n->options.memory_most) return OK;
    return fail(f, RESULT_FULL, "capacity",
                "the capacities stated with order %llu need %zu bytes of memory, those in force %zu; the machine has %llu. Nothing is lost: start on a larger one, or with --hold-capacity and state less",
                (unsigned long long)state_wanted_order(n->state), then, now, (unsigned long long)n->options.memory_most);
}
result node_grow_memory(struct node *n, struct fault *f) {
    struct bytes b = {0};
    if (capacity_within(state_wanted(n->state), state_room(n->state))) return OK;
    TRY(machine_has(n, f));
    result r = move(n, &b, f);
    arena_free(&b.at);
    return r;
}
result node_grow_start(struct node *n, struct fault *f) {
    if (n->options.read_only || n->options.hold_capacity || state_wanted_order(n->state) == 0) return OK;
    TRY(node_grow_memory(n, f));
    n->grow_order = state_wanted_order(n->state);
    return OK;
}
/* One that is refused or lost is proposed again; where other capacities were stated meanwhile, those wait for the next start. No time passes with it. */
void node_grow(struct node *n) {
    if (n->failed || n->ending || n->grow_waits || n->grow_order == 0) return;
    if (n->grow_order != state_wanted_order(n->state)) {
        n->grow_order = 0;
        return;
    }
    struct body_grow b = {.order = n->grow_order};
    char room[64];
    struct append bytes = append_fixed(room, sizeof room);
    struct fault f;
    decode_grow_render(&b, &bytes);
    assert(!bytes.full);
    struct part p = {.bytes = append_view(&bytes)};
    node_salt(n, p.salt);
    n->grow_waits = result_is_ok(node_propose_own(n, &p, state_time(n->state), NODE_TICKET_GROW, &f));
}
