#include "log/stream.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/secret.h"
#include "log/stream_private.h"

enum { MANY = 256 }; /* rows read at once: a tile */

static result make(struct streams *s, struct disk *d, const char *dir, struct fault *f) {
    char path[LIMIT_PATH];
    assert(strlen(dir) + sizeof "/places" <= sizeof path); /* LIMIT_DATA_PATH */
    snprintf(path, sizeof path, "%s/places", dir);
    TRY(shelf_new(d, path, sizeof(struct stream_row), 64, s->width, &s->places, f));
    snprintf(path, sizeof path, "%s/ticks", dir);
    TRY(shelf_new(d, path, sizeof(struct stream_tick), 256, 1, &s->ticks, f));
    snprintf(path, sizeof path, "%s/nodes", dir);
    return shelf_new(d, path, SHA256_SIZE, 128, s->width + 1, &s->nodes, f);
}

result streams_new(struct disk *d, const char *dir, unsigned log2, const uint8_t *blinds, struct streams **out, struct fault *f) {
    assert(log2 <= 16);
    struct streams *s = calloc(1, sizeof *s);
    if (s == NULL) return fail(f, RESULT_FULL, "index", "out of memory");
    s->log2 = log2;
    s->width = (uint32_t)1 << log2;
    s->blinds = secret_alloc((s->width + 1) * sizeof *s->blinds);
    s->trees = calloc(s->width, sizeof(struct merkle *));
    s->last_sizes = calloc(s->width, sizeof *s->last_sizes);
    merkle_init(&s->log);
    result r = s->blinds == NULL || s->trees == NULL || s->last_sizes == NULL ? fail(f, RESULT_FULL, "index", "out of memory") : make(s, d, dir, f);
    if (!result_is_ok(r)) {
        streams_free(s);
        return r;
    }
    for (uint32_t i = 0; i <= s->width; i++) hmac_key_init(&s->blinds[i], blinds + 32 * (size_t)i, 32);
    *out = s;
    return OK;
}

void streams_free(struct streams *s) {
    if (s == NULL) return;
    for (uint32_t i = 0; s->trees != NULL && i < s->width; i++) free(s->trees[i]);
    free(s->trees);
    free(s->last_sizes);
    secret_free(s->blinds);
    shelf_free(s->places);
    shelf_free(s->ticks);
    shelf_free(s->nodes);
    free(s);
}

/* Into `count` places that have zeros. */
static void put_digits(char *to, uint64_t v, size_t count) {
    for (size_t i = count; v > 0 && i > 0; v /= 10) to[--i] = (char)('0' + v % 10);
}

/* Every field of a leaf has its place: it is filled in, not put together. One for every record that anybody says or is told. */
void stream_leaf(uint64_t place, instant time, uint32_t parts, const struct hash *root, struct append *out) {
    static const char form[] = "{\"parley\":1,\"seq\":\"00000000000000000000\",\"time\":\"0000-00-00T00:00:00.000Z\",\"parts\":\"00000\",\"root\":\""
                               "0000000000000000000000000000000000000000000000000000000000000000\"}";
    enum { SEQ = 19, TIME = SEQ + 20 + 10, PARTS = TIME + 24 + 11, ROOT = PARTS + 5 + 10, SIZE = ROOT + 64 + 2 };
    _Static_assert(SIZE == sizeof form - 1, "the fields stand where the form has them");
    assert(parts <= 99999);
    char leaf[SIZE];
    memcpy(leaf, form, SIZE);
    struct append at = append_fixed(leaf + TIME, 24), hex = append_fixed(leaf + ROOT, 64);
    put_digits(leaf + SEQ, place, 20);
    append_instant(&at, time);
    put_digits(leaf + PARTS, parts, 5);
    append_hex(&hex, root->bytes, SHA256_SIZE);
    assert(!at.full && at.size == 24);
    append_bytes(out, leaf, SIZE);
}

void stream_log_leaf(const struct stream_tick *t, struct append *out) {
    append_format(out, "{\"parley\":1,\"tick\":\"%020llu\",\"time\":\"", (unsigned long long)t->tick);
    append_instant(out, t->time);
    append_str(out, "\",\"root\":\"");
    append_hex(out, t->root.bytes, SHA256_SIZE);
    append_str(out, "\"}");
}

static result grow_tree(struct streams *s, struct merkle *tree, uint32_t run, const struct append *leaf, struct fault *f) {
    assert(!leaf->full);
    struct hash h = merkle_leaf(leaf->at, leaf->size), made[MERKLE_DEPTH];
    unsigned count = merkle_append(tree, &h, made);
    return shelf_append_all(s->nodes, run, made, count, f);
}

struct merkle *streams_tree(struct streams *s, uint16_t party) {
    if (s->trees[party] == NULL) s->trees[party] = calloc(1, sizeof(struct merkle));
    return s->trees[party];
}

result streams_leaf(struct streams *s, uint16_t party, instant time, uint32_t parts, const struct hash *root, struct fault *f) {
    assert(party < s->width);
    struct merkle *tree = streams_tree(s, party);
    if (tree == NULL) return fail(f, RESULT_FULL, "index", "out of memory");
    if (s->records++ == 0) s->first = time;
    if (party >= s->parties) s->parties = (uint32_t)party + 1;
    s->latest = time;
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    stream_leaf(tree->size, time, parts, root, &leaf);
    return grow_tree(s, tree, party, &leaf, f);
}

/* The bytes between fields too: a chunk that is written again must have the same ones. */
result streams_place(struct streams *s, uint16_t party, const struct stream_row *row, struct fault *f) {
    struct stream_row clean;
    memset(&clean, 0, sizeof clean);
    clean.order = row->order;
    clean.batch = row->batch;
    clean.time = row->time;
    clean.root = row->root;
    clean.log.segment = row->log.segment;
    clean.log.offset = row->log.offset;
    clean.pay.segment = row->pay.segment;
    clean.pay.offset = row->pay.offset;
    clean.payload_at = row->payload_at;
    clean.payload_size = row->payload_size;
    clean.content_at = row->content_at;
    clean.hash_count = row->hash_count;
    return shelf_append(s->places, party, &clean, f);
}

uint64_t streams_size(const struct streams *s, uint16_t party) {
    return s->trees[party] == NULL ? 0 : s->trees[party]->size;
}

result streams_tick(struct streams *s, const struct stream_tick *t, struct fault *f) {
    s->last = *t;
    for (uint32_t i = 0; i < s->parties; i++) s->last_sizes[i] = streams_size(s, (uint16_t)i);
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    stream_log_leaf(t, &leaf);
    TRY(grow_tree(s, &s->log, s->width, &leaf, f));
    return shelf_append(s->ticks, 0, t, f);
}

const struct merkle *streams_log(const struct streams *s) { return &s->log; }

static void put_u64(uint8_t *to, uint64_t v) {
    for (int i = 0; i < 8; i++) to[i] = (uint8_t)(v >> (56 - 8 * i));
}

struct hash streams_blind(const struct streams *s, uint16_t party, uint64_t tick) {
    uint8_t message[8];
    put_u64(message, tick);
    return hmac_of(&s->blinds[1 + party], message, sizeof message);
}

struct hash stream_slot(const struct hash *blind, uint64_t size, const struct hash *root) {
    static const char prefix[] = "parley/slot/1\n";
    enum { PREFIX = sizeof prefix - 1 };
    uint8_t bytes[1 + PREFIX + 32 + 8 + 32];
    bytes[0] = 0;
    memcpy(bytes + 1, prefix, PREFIX);
    memcpy(bytes + 1 + PREFIX, blind->bytes, 32);
    put_u64(bytes + 1 + PREFIX + 32, size);
    memcpy(bytes + 1 + PREFIX + 40, root->bytes, 32);
    return sha256_of(bytes, sizeof bytes);
}

static struct hash slot_of(const struct streams *s, uint16_t party, uint64_t tick, uint64_t size, const struct hash *root) {
    struct hash blind = streams_blind(s, party, tick);
    return stream_slot(&blind, size, root);
}

static struct hash unused_slot(const struct streams *s, uint16_t slot, uint64_t tick) {
    uint8_t message[10];
    put_u64(message, tick);
    message[8] = (uint8_t)(slot >> 8);
    message[9] = (uint8_t)slot;
    return hmac_of(&s->blinds[0], message, sizeof message);
}

void streams_slots(const struct streams *s, uint64_t tick, uint32_t parties, struct hash *slots, uint64_t *sizes) {
    assert(parties <= s->width);
    static const struct merkle empty;
    for (uint32_t i = 0; i < s->width; i++) {
        if (i >= parties) {
            slots[i] = unused_slot(s, (uint16_t)i, tick);
            continue;
        }
        const struct merkle *tree = s->trees[i] == NULL ? &empty : s->trees[i];
        struct hash root = merkle_root(tree);
        sizes[i] = tree->size;
        slots[i] = slot_of(s, (uint16_t)i, tick, tree->size, &root);
    }
}

result streams_slots_at(struct streams *s, uint64_t tick, uint32_t parties, const uint64_t *sizes, struct hash *slots,
                        struct fault *f) {
    for (uint32_t i = 0; i < s->width; i++) {
        if (i >= parties) {
            slots[i] = unused_slot(s, (uint16_t)i, tick);
            continue;
        }
        struct streams_store room;
        struct merkle_store store = streams_store(s, (uint16_t)i, &room);
        struct hash root;
        TRY(merkle_root_at(&store, sizes[i], &root, f));
        slots[i] = slot_of(s, (uint16_t)i, tick, sizes[i], &root);
    }
    return OK;
}

void streams_slots_of(const struct streams *s, uint64_t tick, uint32_t parties, const uint64_t *sizes, const struct hash *roots, struct hash *slots) {
    assert(parties <= s->width);
    for (uint32_t i = 0; i < s->width; i++)
        slots[i] = i >= parties ? unused_slot(s, (uint16_t)i, tick) : slot_of(s, (uint16_t)i, tick, sizes[i], &roots[i]);
}

bool streams_rotten(const struct streams *s, struct fault *why) { return shelf_rotten(s->places, why) || shelf_rotten(s->ticks, why) || shelf_rotten(s->nodes, why); }

result streams_row(struct streams *s, uint16_t party, uint64_t place, struct stream_row *out, struct fault *f) {
    return shelf_read(s->places, party, place, out, f);
}

result streams_log_row(struct streams *s, uint64_t index, struct stream_tick *out, struct fault *f) {
    return shelf_read(s->ticks, 0, index, out, f);
}

result streams_nodes(struct streams *s, uint32_t run, unsigned level, uint64_t from, uint32_t count, struct hash *out, struct fault *f) {
    uint64_t index[MANY];
    assert(count <= MANY);
    for (uint32_t i = 0; i < count; i++) index[i] = merkle_stored_index(level, from + i);
    return shelf_read_all(s->nodes, run, index, count, out, f);
}

static result put_entries(struct streams *s, uint32_t run, const uint64_t *index, uint32_t count, struct append *out, struct fault *f) {
    struct stream_row rows[MANY];
    struct stream_tick ticks[MANY];
    bool of_log = run == s->width;
    TRY(of_log ? shelf_read_all(s->ticks, 0, index, count, ticks, f) : shelf_read_all(s->places, run, index, count, rows, f));
    for (uint32_t i = 0; i < count; i++) {
        char room[STREAM_LEAF_BYTES];
        struct append leaf = append_fixed(room, sizeof room);
        if (of_log) stream_log_leaf(&ticks[i], &leaf);
        else stream_leaf(index[i], rows[i].time, rows[i].hash_count, &rows[i].root, &leaf);
        append_u16(out, (uint16_t)leaf.size);
        append_text(out, append_view(&leaf));
    }
    return out->full ? fail(f, RESULT_FULL, "tile", "no room") : OK;
}

result streams_entries(struct streams *s, uint32_t run, uint64_t from, uint32_t count, struct append *out, struct fault *f) {
    uint64_t index[MANY];
    assert(count <= MANY);
    for (uint32_t i = 0; i < count; i++) index[i] = from + i;
    return put_entries(s, run, index, count, out, f);
}

static result read_node(void *context, uint64_t index, struct hash *out, struct fault *f) {
    const struct streams_store *store = context;
    return shelf_read(store->streams->nodes, store->run, index, out, f);
}

struct merkle_store streams_store(struct streams *s, uint16_t party, struct streams_store *room) {
    *room = (struct streams_store){s, party};
    return (struct merkle_store){read_node, room};
}

struct merkle_store streams_log_store(struct streams *s, struct streams_store *room) {
    *room = (struct streams_store){s, s->width};
    return (struct merkle_store){read_node, room};
}

uint32_t streams_width(const struct streams *s) { return s->width; }
