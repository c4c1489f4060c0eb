/* What memory holds of the streams, as bytes: a start that takes them reads of the log only what came later. */
#include <assert.h>
#include <string.h>

#include "log/stream_private.h"

static void keep_tree(const struct merkle *m, struct append *out) {
    append_u64(out, m->size);
    for (uint32_t i = 0; i < m->count; i++) append_bytes(out, m->at[i].bytes, SHA256_SIZE);
}
static bool take_tree(struct merkle *m, struct cursor *c) {
    m->size = cursor_u64(c);
    m->count = (uint32_t)__builtin_popcountll(m->size);
    for (uint32_t i = 0; i < m->count; i++) cursor_copy(c, m->at[i].bytes, SHA256_SIZE);
    return !c->failed && m->size <= (uint64_t)1 << 40;
}

/* Numbers of rows stand as memory has them: what another machine wrote is not taken. */
#define NATIVE UINT32_C(0x01020304)

void streams_keep(const struct streams *s, struct append *out) {
    uint32_t native = NATIVE;
    append_bytes(out, &native, sizeof native);
    append_u32(out, s->log2);
    append_u32(out, s->parties);
    append_u64(out, s->records);
    append_u64(out, (uint64_t)s->first);
    append_u64(out, (uint64_t)s->latest);
    append_u64(out, s->last.tick);
    append_u64(out, (uint64_t)s->last.time);
    append_bytes(out, s->last.root.bytes, SHA256_SIZE);
    shelf_keep(s->places, out);
    shelf_keep(s->ticks, out);
    shelf_keep(s->nodes, out);
    keep_tree(&s->log, out);
    shelf_keep_run(s->ticks, 0, out);
    shelf_keep_run(s->nodes, s->width, out);
    for (uint32_t i = 0; i < s->parties; i++) {
        static const struct merkle none;
        append_u64(out, s->last_sizes[i]);
        keep_tree(s->trees[i] == NULL ? &none : s->trees[i], out);
        shelf_keep_run(s->places, i, out);
        shelf_keep_run(s->nodes, i, out);
    }
}

static result bad(struct fault *f, const char *what) { return fail(f, RESULT_ROT, "index", "what was kept of the streams: %s", what); }

static result take_party(struct streams *s, uint16_t party, struct cursor *c, uint64_t *records, struct fault *f) {
    struct merkle *tree = streams_tree(s, party);
    if (tree == NULL) return fail(f, RESULT_FULL, "index", "out of memory");
    s->last_sizes[party] = cursor_u64(c);
    if (!take_tree(tree, c) || s->last_sizes[party] > tree->size) return bad(f, "a stream of no possible size");
    *records += tree->size;
    TRY(shelf_take_run(s->places, party, tree->size, c, f));
    return shelf_take_run(s->nodes, party, merkle_stored_count(tree->size), c, f);
}

/* The stored nodes give the same root as the tree in memory. */
static result same_root(struct streams *s, uint32_t run, const struct merkle *tree, struct fault *f) {
    struct streams_store room;
    struct merkle_store store = run == s->width ? streams_log_store(s, &room) : streams_store(s, (uint16_t)run, &room);
    struct hash root, own = merkle_root(tree);
    TRY(merkle_root_at(&store, tree->size, &root, f));
    return hash_equal(&root, &own) ? OK : bad(f, "the nodes of a tree do not give its root");
}

static result prove(struct streams *s, struct fault *f) {
    struct stream_tick row = {0};
    TRY(same_root(s, s->width, &s->log, f));
    for (uint32_t i = 0; i < s->parties; i++) TRY(same_root(s, i, s->trees[i], f));
    if (s->log.size == 0) return OK;
    char room[STREAM_LEAF_BYTES];
    struct append text = append_fixed(room, sizeof room);
    struct streams_store of;
    struct merkle_store store = streams_log_store(s, &of);
    struct hash leaf;
    stream_log_leaf(&s->last, &text);
    struct hash own = merkle_leaf(text.at, text.size);
    TRY(streams_log_row(s, s->log.size - 1, &row, f));
    TRY(store.read(store.context, merkle_stored_index(0, s->log.size - 1), &leaf, f));
    bool same = hash_equal(&leaf, &own) && row.tick == s->last.tick && row.time == s->last.time && hash_equal(&row.root, &s->last.root);
    return same ? OK : bad(f, "the last tick is not the log's");
}

result streams_take(struct streams *s, struct cursor *c, struct fault *f) {
    uint32_t native = 0;
    uint64_t records = 0;
    assert(s->records == 0 && s->log.size == 0);
    cursor_copy(c, &native, sizeof native);
    uint32_t log2 = cursor_u32(c);
    s->parties = cursor_u32(c);
    s->records = cursor_u64(c);
    s->first = cursor_i64(c);
    s->latest = cursor_i64(c);
    s->last.tick = cursor_u64(c);
    s->last.time = cursor_i64(c);
    cursor_copy(c, s->last.root.bytes, SHA256_SIZE);
    if (c->failed || native != NATIVE || log2 != s->log2 || s->parties > s->width) return bad(f, "is of another log or machine");
    TRY(shelf_take(s->places, c, f));
    TRY(shelf_take(s->ticks, c, f));
    TRY(shelf_take(s->nodes, c, f));
    if (!take_tree(&s->log, c)) return bad(f, "a log of no possible size");
    TRY(shelf_take_run(s->ticks, 0, s->log.size, c, f));
    TRY(shelf_take_run(s->nodes, s->width, merkle_stored_count(s->log.size), c, f));
    for (uint32_t i = 0; i < s->parties; i++) TRY(take_party(s, (uint16_t)i, c, &records, f));
    if (!cursor_done(c) || records != s->records) return bad(f, "its end is not where it must be");
    return prove(s, f);
}

result streams_clear(struct streams *s, struct fault *f) {
    TRY(shelf_clear(s->places, f));
    TRY(shelf_clear(s->ticks, f));
    TRY(shelf_clear(s->nodes, f));
    for (uint32_t i = 0; i < s->width; i++)
        if (s->trees[i] != NULL) merkle_init(s->trees[i]);
    merkle_init(&s->log);
    memset(s->last_sizes, 0, s->width * sizeof *s->last_sizes);
    s->parties = 0;
    s->records = 0;
    return OK;
}

void streams_summary(const struct streams *s, struct streams_summary *out) {
    *out = (struct streams_summary){s->records, s->log.size, s->first, s->latest, s->last, s->last_sizes};
}
