/* The writer: a batch becomes hashes, leaves, a journal entry, and with it durable. */
#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#include "log/node_private.h"

uint32_t node_leaves(struct node *n, const struct part *parts, uint32_t count, const struct hash *commit) {
    n->leaves = node_room(n->leaves, &n->leaf_room, (size_t)count + LIMIT_SECTIONS, sizeof *n->leaves);
    return record_leaves(parts, count, commit, &n->log, n->leaves);
}

struct hash node_tick_root(struct node *n, const struct hash *slots) {
    memcpy(n->perfect, slots, streams_width(n->streams) * sizeof *slots);
    return merkle_perfect(n->perfect, n->capacity.slots_log2);
}

static result put_made(struct node *n, struct batch *b, struct made *m, struct fault *f) {
    struct part *parts = NULL;
    uint32_t count = 0;
    arena_reset(&n->write_scratch);
    struct text payload = {b->payload.at + m->at, m->size};
    TRY(record_parse(payload, &n->write_scratch, &parts, &count, f));
    m->hash_count = node_leaves(n, parts, count, m->has_commit ? m->commit : NULL);
    m->root = merkle_root_of(n->leaves, m->hash_count);
    assert(streams_size(n->streams, m->party) == m->place);
    TRY(streams_leaf(n->streams, m->party, m->time, m->hash_count, &m->root, f));
    struct journal_entry e = {.told = m->told, .party = m->party, .place = m->place, .order = m->order, .time = m->time,
                              .root = m->root, .payload_at = m->at, .payload_size = m->size, .hash_count = m->hash_count};
    m->content_at = journal_put_record(n->journal, &e, n->leaves, payload);
    return OK;
}

/* Every stream as it is now goes into one leaf of the log. */
static result put_mark(struct node *n, struct batch *b, const struct mark *m, struct fault *f) {
    struct sealed *s = &b->sealed;
    streams_slots(n->streams, m->tick, m->parties, s->slots, s->sizes);
    struct stream_tick leaf = {m->tick, m->time, node_tick_root(n, s->slots), m->order};
    TRY(streams_tick(n->streams, &leaf, f));
    struct journal_entry e = {.tick = true, .number = m->tick, .order = m->order, .time = m->time, .root = leaf.root};
    journal_put_tick(n->journal, &e);
    s->any = true;
    s->tick = m->tick;
    s->order = m->order;
    s->parties = m->parties;
    s->time = m->time;
    return OK;
}

static result put_places(struct node *n, const struct batch *b, uint64_t number, struct fault *f) {
    for (size_t i = 0; i < b->made_count; i++) {
        const struct made *m = &b->made[i];
        struct stream_row row = {.order = m->order, .batch = number, .time = m->time, .root = m->root, .log = b->log,
                                 .pay = b->pay, .payload_at = m->at, .payload_size = m->size,
                                 .content_at = m->content_at, .hash_count = m->hash_count};
        TRY(streams_place(n->streams, m->party, &row, f));
    }
    return OK;
}

/* A crash
 *   before journal_commit, or in its first write: the batch never was; nobody heard of it;
 *   in its second write: a torn tail, cut at the next start; nobody heard of it;
 *   after it: the batch is there, answered or not;
 *   in node_checkpoint_store: the log is there, the checkpoint was given to nobody. It is stored before it leaves, so that a log
 *   that is shorter than what was given out is known for what it is: a lost tail. */
static result write_all(struct node *n, struct batch *b, struct fault *f) {
    size_t mark = 0;
    journal_begin(n->journal);
    for (size_t i = 0; i < b->made_count; i++) {
        for (; mark < b->mark_count && b->marks[mark].after == i; mark++) TRY(put_mark(n, b, &b->marks[mark], f));
        TRY(put_made(n, b, &b->made[i], f));
    }
    for (; mark < b->mark_count; mark++) TRY(put_mark(n, b, &b->marks[mark], f));
    uint64_t before = journal_bytes(n->journal);
    TRY(journal_commit(n->journal, b->sequencer, append_view(&b->payload), &b->log, &b->pay, f));
    b->bytes = journal_bytes(n->journal) - before;
    b->number = journal_number(n->journal);
    TRY(put_places(n, b, b->number, f));
    if (b->snapshot > 0) {
        struct fault why; /* the batch is durable whatever becomes of it; a start that does not find it reads the whole log */
        (void)node_index_keep(n, &why).code;
    }
    if (b->mark_count == 0) return OK;
    b->sealed.log_size = streams_log(n->streams)->size;
    b->sealed.log_root = merkle_root(streams_log(n->streams));
    node_checkpoint_sign(n, &b->sealed);
    return node_checkpoint_store(n, &b->sealed, f);
}

result node_write_batch(struct node *n, struct batch *b, struct fault *f) {
    if (b->made_count == 0) return OK; /* repeats and refusals of the sequencer: answered once what came before is durable */
    int64_t start_ns = monotonic_ns();
    TRY(write_all(n, b, f));
    b->write_ns = (uint64_t)(monotonic_ns() - start_ns);
    b->disk_unknown = !result_is_ok(disk_free_space(n->disk, n->dir, &b->disk_free, &b->disk_why));
    return OK;
}

void *node_writer(void *context) {
    struct node *n = context;
    struct pollfd wait = {.fd = ring_fd(n->to_writer), .events = POLLIN};
    for (;;) {
        void *items[LIMIT_BATCHES + 1];
        size_t count = ring_pop_all(n->to_writer, items, LIMIT_BATCHES + 1);
        for (size_t i = 0; i < count; i++) {
            if (items[i] == n) return NULL; /* node_close */
            struct batch *b = items[i];
            b->result = node_write_batch(n, b, &b->fault);
            if (!ring_push(n->from_writer, b)) abort();
        }
        if (count == 0) (void)poll(&wait, 1, -1);
    }
}
