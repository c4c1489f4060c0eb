/* A party's slot in past ticks: what it needs to show itself that its stream, as it has it, is what each tick sealed, idle ticks too (FORMAT.md, 7 and 9).
 * The slots of all others are in the path as hashes, blinded for that very tick: whether a stream grew does not show in them.
 *
 * A tick's tree is computed when somebody asks for it, from the streams' sizes at its order: those of the tick before, if its tree is still there, and what came
 * since; else each is looked for among the stream's places. All parties that follow ask for the same last ticks, so some trees are kept. */
#include <assert.h>
#include <stdlib.h>

#include "log/node_private.h"

void node_slots_free(struct node *n) {
    for (unsigned i = 0; i < LIMIT_SLOT_TREES; i++) {
        free(n->slot_trees[i].sizes);
        free(n->slot_trees[i].roots);
        free(n->slot_trees[i].nodes);
    }
}

static bool tree_room(struct slot_tree *t, uint32_t width) {
    if (t->sizes == NULL) t->sizes = calloc(width, sizeof *t->sizes);
    if (t->roots == NULL) t->roots = calloc(width, sizeof *t->roots);
    if (t->nodes == NULL) t->nodes = calloc((size_t)width * 2, sizeof *t->nodes);
    return t->sizes != NULL && t->roots != NULL && t->nodes != NULL;
}

/* How many places of a stream have an order of at most that; not fewer than `from`. In steps that double, then by halves: between two ticks little comes. */
static result size_at(struct node *n, uint16_t party, uint64_t order, uint64_t from, uint64_t *out, struct fault *f) {
    uint64_t low = from, high = n->durable_size[party], step = 1;
    struct stream_row row;
    while (low < high) {
        uint64_t look = step < high - low ? low + step - 1 : low + (high - low) / 2;
        TRY(streams_row(n->streams, party, look, &row, f));
        if (row.order <= order) {
            low = look + 1;
            if (step < high - low) step *= 2;
        } else {
            high = look;
            step = UINT64_MAX;
        }
    }
    *out = low;
    return OK;
}

/* Sizes and roots of the streams when `order` was sealed. Parties are the founders, and who had something in its stream: whoever enters is told of it. */
static result streams_then(struct node *n, uint64_t order, const struct slot_tree *before, struct slot_tree *t, struct fault *f) {
    uint32_t width = streams_width(n->streams);
    t->parties = n->genesis_said.sections[0].body.genesis.founder_count;
    for (uint32_t i = 0; i < width; i++) {
        uint64_t from = before == NULL ? 0 : before->sizes[i], size = 0;
        TRY(size_at(n, (uint16_t)i, order, from, &size, f));
        if (before != NULL && size == from) {
            t->roots[i] = before->roots[i];
        } else {
            struct streams_store room;
            struct merkle_store store = streams_store(n->streams, (uint16_t)i, &room);
            TRY(merkle_root_at(&store, size, &t->roots[i], f));
        }
        t->sizes[i] = size;
        if (size > 0 && i >= t->parties) t->parties = i + 1;
    }
    return OK;
}

static result compute(struct node *n, const struct stream_tick *row, struct slot_tree *t, struct fault *f) {
    uint32_t width = streams_width(n->streams);
    const struct slot_tree *before = &n->slot_trees[(row->tick - 1) % LIMIT_SLOT_TREES];
    if (!tree_room(t, width)) return fail(f, RESULT_FULL, "slots", "no memory for a tick's tree");
    t->tick = 0;
    TRY(streams_then(n, row->order, row->tick > 1 && before->tick == row->tick - 1 ? before : NULL, t, f));
    if (row->tick == n->sealed.tick) memcpy(t->nodes + width, n->sealed.slots, width * sizeof *t->nodes);
    else streams_slots_of(n->streams, row->tick, t->parties, t->sizes, t->roots, t->nodes + width);
    for (uint32_t i = width - 1; i > 0; i--) t->nodes[i] = merkle_node(&t->nodes[2 * i], &t->nodes[2 * i + 1]);
    if (!hash_equal(&t->nodes[1], &row->root)) return fail(f, RESULT_ROT, "slots", "the streams do not give the root of tick %llu", (unsigned long long)row->tick);
    t->tick = row->tick;
    return OK;
}

result node_slot_tree(struct node *n, uint64_t tick, struct stream_tick *row, const struct slot_tree **out, struct fault *f) {
    struct slot_tree *t = &n->slot_trees[tick % LIMIT_SLOT_TREES];
    TRY(streams_log_row(n->streams, tick - 1, row, f));
    *out = t;
    return t->tick == tick ? OK : compute(n, row, t, f);
}

static void put_hash(struct append *out, const char *before, const struct hash *h) {
    append_str(out, before);
    append_hex(out, h->bytes, SHA256_SIZE);
    append_char(out, '"');
}

static void put_tick(const struct stream_tick *row, const struct slot_tree *t, uint32_t width, uint16_t party, struct append *out) {
    append_format(out, "{\"tick\":%llu,\"time\":\"", (unsigned long long)row->tick);
    append_instant(out, row->time);
    put_hash(out, "\",\"root\":\"", &row->root);
    if (party < t->parties) {
        append_format(out, ",\"size\":%llu,\"path\":[", (unsigned long long)t->sizes[party]);
        for (uint32_t at = width + party; at > 1; at /= 2) put_hash(out, at == width + party ? "\"" : ",\"", &t->nodes[at ^ 1]);
        append_char(out, ']');
    }
    append_char(out, '}');
}

/* That the log up to `size` is a prefix of what the checkpoint signs. */
static result put_ending(struct node *n, uint64_t size, struct append *out, struct fault *f) {
    struct streams_store room;
    struct merkle_store store = streams_log_store(n->streams, &room);
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    if (size > 0) TRY(merkle_consistency(&store, size, n->sealed.log_size, path, &length, f));
    append_reset(&n->text);
    TRY(node_checkpoint(n, &n->text, f));
    append_format(out, "],\"next\":%llu,\"checkpoint\":", (unsigned long long)size + 1);
    append_json_string(out, append_view(&n->text));
    append_str(out, ",\"consistency\":[");
    for (unsigned i = 0; i < length; i++) put_hash(out, i == 0 ? "\"" : ",\"", &path[i]);
    append_str(out, "]}");
    return out->full ? fail(f, RESULT_FULL, "slots", "no room") : OK;
}

result node_slots(struct node *n, uint16_t party, uint64_t from, uint64_t most, struct append *out, struct fault *f) {
    uint32_t width = streams_width(n->streams);
    uint64_t at = from, work = 0;
    if (!n->sealed.any || from == 0 || from > n->sealed.log_size + 1)
        return fail(f, RESULT_NOT_FOUND, "from", "the log has %llu ticks; they count from 1", (unsigned long long)n->sealed.log_size);
    append_format(out, "{\"slot\":%u,\"ticks\":[", party);
    for (; at - from < most && at <= n->sealed.log_size; at++) {
        struct slot_tree *t = &n->slot_trees[at % LIMIT_SLOT_TREES];
        struct stream_tick row;
        if (t->tick != at && work >= LIMIT_SLOTS_WORK) break;
        TRY(streams_log_row(n->streams, at - 1, &row, f));
        if (t->tick != at) {
            work += width;
            TRY(compute(n, &row, t, f));
        }
        append_str(out, at > from ? ",\n" : "\n");
        put_tick(&row, t, width, party, out);
    }
    append_char(out, '\n');
    return put_ending(n, at - 1, out, f);
}
