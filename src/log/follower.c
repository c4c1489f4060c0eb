#include "log/follower.h"

#include <stdlib.h>

#include "log/node_private.h"

/* Of a node it has the state, the decoder and the journal's reading end; neither streams nor trees, neither sequencer nor writer. */
struct follower {
    struct node *n;
    struct node_replay replay;
    struct journal_batch batch;
    struct node_report report;
};

result follower_open(const char *dir, struct disk *disk, struct follower **out, struct fault *f) {
    struct follower *w = calloc(1, sizeof *w);
    if (w == NULL) return fail(f, RESULT_FULL, "follower", "out of memory");
    result r = node_blank(&(struct node_options){.dir = dir, .disk = disk, .read_only = true}, &w->n, f);
    if (result_is_ok(r)) r = node_genesis_load(w->n, f);
    if (!result_is_ok(r)) {
        follower_close(w);
        return r;
    }
    w->replay = (struct node_replay){.n = w->n, .report = &w->report, .batch = &w->batch};
    *out = w;
    return OK;
}

void follower_close(struct follower *w) {
    if (w == NULL) return;
    node_close(w->n);
    free(w);
}

static result load(struct node *n, const struct node_from *from, struct fault *f) {
    struct snapshot_head head;
    char dir[LIMIT_PATH];
    if (from->snapshot == 0) return node_state_new(n, NULL, NULL, f);
    TRY(node_path(n, "snapshots", dir, f));
    TRY(snapshot_head_read(n->disk, dir, from->snapshot, &head, f));
    if (head.batch != from->place.number || !hash_equal(&head.batch_hash, &from->place.hash))
        return fail(f, RESULT_CONFLICT, "snapshots", "the snapshot of order %llu is no longer the one that the server began from", (unsigned long long)from->snapshot);
    TRY(node_state_new(n, &head, dir, f));
    n->tick_bytes = head.tick_bytes;
    n->sealed.any = head.tick_parties > 0;
    n->sealed.parties = head.tick_parties;
    return OK;
}

result follower_begin(struct follower *w, const struct node_from *from, struct fault *f) {
    struct node *n = w->n;
    char path[LIMIT_PATH];
    TRY(load(n, from, f));
    node_reserve(n);
    TRY(node_path(n, "journal", path, f));
    TRY(journal_open(n->disk, path, &n->log, LIMIT_SEGMENT_BYTES, &n->journal, f));
    journal_follow(n->journal, &from->place);
    return OK;
}

static result take(struct follower *w, const struct journal_entry *e, struct fault *f) {
    struct node *n = w->n;
    if (e->tick) {
        TRY(node_replay_tick(&w->replay, e, f));
        n->sealed.any = true;
        n->sealed.parties = state_party_count(n->state);
        return OK;
    }
    struct text payload = {w->batch.payload.at + e->payload_at, (size_t)e->payload_size};
    if (e->told) return node_replay_told(&w->replay, e, payload, f);
    TRY(node_replay_finish(&w->replay, f));
    return node_replay_statement(&w->replay, e, payload, f);
}

result follower_step(struct follower *w, uint64_t batch, bool *there, struct fault *f) {
    struct journal *j = w->n->journal;
    bool end = false;
    *there = journal_number(j) >= batch;
    if (*there) return OK;
    TRY(journal_next(j, &w->batch, &end, f));
    if (end)
        return fail(f, RESULT_ROT, "journal", "ends behind batch %llu; the server has written %llu", (unsigned long long)journal_number(j), (unsigned long long)batch);
    for (bool last = false; !last;) {
        struct journal_entry e;
        TRY(journal_entry(j, &w->batch, &e, &last, f));
        if (!last) TRY(take(w, &e, f));
    }
    return node_replay_finish(&w->replay, f);
}

uint64_t follower_order(const struct follower *w) { return state_order(w->n->state); }
uint64_t follower_batch(const struct follower *w) { return journal_number(w->n->journal); }
const struct state *follower_state(const struct follower *w) { return w->n->state; }

result follower_snapshot(struct follower *w, struct node_snapshot_kept *out, struct fault *f) {
    struct node *n = w->n;
    struct hash digest;
    TRY(node_snapshot_write(n, &digest, f));
    *out = (struct node_snapshot_kept){state_order(n->state), n->numbers.snapshot_bytes, state_time(n->state), digest};
    return OK;
}
