/* The node's state for the next start: written where nothing is under way, so that state, streams and journal say the same. */
#include <assert.h>

#include "log/node_private.h"

static bool count(void *context, const void *bytes, size_t size) {
    (void)bytes;
    *(uint64_t *)context += size;
    return true;
}
result node_state_bytes(const struct state *st, struct arena *work, uint64_t *bytes, struct fault *f) {
    *bytes = 0;
    return state_save(st, work, count, bytes, f);
}
/* The disk is looked at first: what warns people goes before a quick start. */
static result room_for(struct node *n, struct fault *f) {
    struct arena work = {0};
    uint64_t bytes = 0, free_bytes = 0;
    if (!arena_take(&work, state_save_memory(n->state))) return fail(f, RESULT_FULL, "snapshot", "no memory for the order of the rows");
    result r = node_state_bytes(n->state, &work, &bytes, f);
    arena_free(&work);
    TRY(r);
    bytes += bytes / 16 + 2 * LIMIT_SNAPSHOT_BESIDE;
    TRY(disk_free_space(n->disk, n->dir, &free_bytes, f));
    if (free_bytes >= n->numbers.disk_reserve && free_bytes - n->numbers.disk_reserve >= bytes) return OK;
    return fail(f, RESULT_FULL, "disk", "no room for %llu bytes of a snapshot beside what warns people", (unsigned long long)bytes);
}
result node_snapshot_write(struct node *n, struct hash *digest, struct fault *f) {
    char dir[LIMIT_PATH];
    TRY(node_path(n, "snapshots", dir, f));
    TRY(room_for(n, f));
    struct snapshot_head head = {.log = n->log, .order = state_order(n->state), .batch = journal_number(n->journal), .batch_hash = *journal_last_hash(n->journal),
                                 .tick_bytes = n->tick_bytes, .tick_parties = n->sealed.any ? n->sealed.parties : 0};
    TRY(node_index_sync(n, head.batch, f));
    TRY(snapshot_write(n->disk, dir, &head, n->state, f));
    *digest = head.digest;
    n->numbers.snapshot_order = head.order;
    n->numbers.snapshot_time = state_time(n->state);
    n->numbers.snapshot_bytes = head.bytes;
    n->numbers.snapshots++;
    n->numbers.snapshot_ticks = state_tick(n->state);
    return OK;
}
void node_end(struct node *n) { n->ending = true; }
static bool written(const struct node *n) {
    bool out = n->in_flight || n->ended != NULL || n->handed != NULL || n->written != NULL || (n->current != NULL && n->current->made_count > 0);
    return !out && state_order(n->state) == n->durable;
}
bool node_quiet(const struct node *n) { return n->failed || (!node_owes(n) && !n->tick_waits && !n->continue_waits && !n->keep.waits && !n->keep.digest_waits && written(n)); }
result node_snapshot(struct node *n, struct fault *f) {
    if (n->failed) return node_broken(n, f);
    if (n->options.read_only) return fail(f, RESULT_FORBIDDEN, "snapshot", "the log is only looked at");
    if (!written(n)) return fail(f, RESULT_BUSY, "snapshot", "a batch is under way");
    if (state_order(n->state) == 0 || state_order(n->state) == n->numbers.snapshot_order) return OK; /* it is there */
    struct hash digest;
    struct fault why;
    (void)node_index_keep(n, &why).code; /* without, the next start reads the whole log, and comes to the same */
    result r = node_snapshot_write(n, &digest, f);
    if (!result_is_ok(r)) n->numbers.snapshots_failed++;
    if (!result_is_ok(r)) return r;
    n->keep.from.snapshot = state_order(n->state);
    journal_here(n->journal, &n->keep.from.place);
    return OK;
}
bool node_snapshot_due(const struct node *n) {
    return !n->failed && !n->options.read_only && state_order(n->state) - n->numbers.snapshot_order >= LIMIT_SNAPSHOT_ORDERS;
}

/* --- with a keeper: this node marks a state and says its digest, another process writes it --- */

void node_from(const struct node *n, struct node_from *out) { *out = n->keep.from; }
uint64_t node_batch(const struct node *n) { return n->batch; }
uint64_t node_wanted(const struct node *n) { return n->keep.wanted; }

/* Both have the time of the statement before, as `continue` has: how long a keeper took shows to nobody. */
static bool propose(struct node *n, const struct append *bytes, uint64_t number, uint64_t ticket) {
    struct part p = {.bytes = append_view(bytes)};
    struct fault f;
    assert(!bytes->full);
    if (n->options.salt != NULL) n->options.salt(PARTY_OPERATOR, ticket - number, PART_REQUEST, p.salt); /* twins differ in the orders; no place is so high */
    else node_salt(n, p.salt);
    return result_is_ok(node_propose_own(n, &p, state_time(n->state), ticket, &f));
}
static void say_digest(struct node *n) {
    char room[160];
    struct append bytes = append_fixed(room, sizeof room);
    if (n->keep.said.order != state_snapshot_order(n->state)) n->keep.said.order = 0; /* another was marked meanwhile, or it has been said */
    if (n->keep.said.order == 0 || n->keep.digest_waits || n->failed || n->ending) return;
    decode_snapshot_digest_render(&n->keep.said, &bytes);
    n->keep.digest_waits = propose(n, &bytes, n->keep.said.order, NODE_TICKET_DIGEST); /* else with the next tick */
}
/* By ticks, which come whether anybody speaks or not. One at a time: while one is being kept, or its digest said, no other is marked. */
void node_keep(struct node *n, uint64_t tick) {
    char room[64];
    struct append bytes = append_fixed(room, sizeof room);
    struct body_snapshot b = {.number = state_snapshots(n->state) + 1};
    say_digest(n);
    bool under_way = n->keep.waits || state_snapshot_order(n->state) > n->durable;
    if (!n->keep.on || n->failed || n->ending || under_way || n->keep.wanted > 0 || n->keep.said.order > 0 || tick - n->keep.tick < n->options.snapshot_ticks) return;
    decode_snapshot_render(&b, &bytes);
    n->keep.waits = propose(n, &bytes, b.number, NODE_TICKET_SNAPSHOT);
    if (n->keep.waits) n->keep.tick = tick;
}
/* One that is lost or refused: a mark comes again with its time, a digest with the next tick. */
void node_keep_ordered(struct node *n, uint64_t ticket, bool ordered) {
    if (ticket == NODE_TICKET_SNAPSHOT) n->keep.waits = false;
    else n->keep.digest_waits = false;
    if (ordered && ticket == NODE_TICKET_DIGEST) n->keep.said.order = 0;
}
void node_snapshot_kept(struct node *n, const struct node_snapshot_kept *k) {
    if (n->keep.wanted == 0 || k->order != n->keep.wanted) return;
    n->keep.wanted = 0;
    n->keep.said = (struct body_snapshot_digest){k->order, k->digest};
    n->numbers.snapshots++;
    n->numbers.snapshot_order = k->order;
    n->numbers.snapshot_bytes = k->bytes;
    n->numbers.snapshot_time = k->time;
    n->numbers.snapshot_ticks = n->keep.marked;
    say_digest(n);
}
void node_snapshot_missed(struct node *n) {
    n->numbers.snapshots_failed += n->keep.wanted > 0;
    n->keep.wanted = 0;
}
void node_keeper_gone(struct node *n) {
    node_snapshot_missed(n);
    n->numbers.keeper_lost = n->numbers.keeper_lost || n->keep.on;
    n->keep.on = false;
}
