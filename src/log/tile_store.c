#include "log/tile_store.h"

#include <assert.h>
#include <stdlib.h>

enum { CHUNK = 256 * 1024, LEVELS = MERKLE_DEPTH - TILE_HEIGHT };

struct nodes { struct hash *at; uint64_t count, room; };
struct tile_store {
    struct disk_file *file;
    struct merkle tree;
    uint64_t end;                 /* of the last entry, in the file */
    uint64_t *begins, begin_room; /* where the bundles begin: of (size + 255) / 256 */
    struct nodes high[LEVELS];    /* of height 8 and more */
    struct append room;           /* what is written */
    uint8_t *bundle; uint64_t bundle_room; /* what was read */
    uint64_t cached;              /* the bundle whose leaves are at hand; UINT64_MAX: none */
    unsigned cached_count;
    struct merkle kept;           /* up to where tile_store_back goes, … */
    uint64_t kept_end;
    struct hash leaves[TILE_WIDTH];
    bool failed;
};

/* --- memory --- */

static bool grow(void **at, uint64_t *room, uint64_t need, size_t each) {
    if (need <= *room) return true;
    uint64_t more = need < 64 ? 64 : 2 * need;
    void *fresh = realloc(*at, more * each);
    if (fresh == NULL) return false;
    *at = fresh;
    *room = more;
    return true;
}

static result enter(struct tile_store *s, struct text entry, struct fault *f) {
    struct hash made[MERKLE_DEPTH], leaf = merkle_leaf(entry.at, entry.size);
    uint64_t bundle = s->tree.size / TILE_WIDTH;
    void *at = s->begins;
    if (!grow(&at, &s->begin_room, bundle + 1, sizeof *s->begins)) return fail(f, RESULT_FULL, "memory", "no memory for the places of %llu entries", (unsigned long long)s->tree.size);
    s->begins = at;
    if (s->tree.size % TILE_WIDTH == 0) s->begins[bundle] = s->end;
    unsigned count = merkle_append(&s->tree, &leaf, made);
    for (unsigned level = TILE_HEIGHT; level < count; level++) {
        struct nodes *n = &s->high[level - TILE_HEIGHT];
        at = n->at;
        if (!grow(&at, &n->room, n->count + 1, sizeof *n->at)) return fail(f, RESULT_FULL, "memory", "no memory for the tree of %llu entries", (unsigned long long)s->tree.size);
        n->at = at;
        n->at[n->count++] = made[level];
    }
    s->end += 2 + entry.size;
    return OK;
}

/* --- life --- */

/* The next entry in `in`; false: it is not whole. */
static bool next_entry(struct cursor *in, struct text *entry) {
    struct cursor c = *in;
    uint16_t size = cursor_u16(&c);
    const uint8_t *at = cursor_bytes(&c, size);
    if (c.failed) return false;
    *entry = (struct text){(const char *)at, size};
    *in = c;
    return true;
}

result tile_store_more(struct tile_store *s, uint64_t most, struct fault *f) {
    bool any = true;
    while (any && s->tree.size < most) {
        char *chunk = malloc(CHUNK);
        size_t got = 0;
        if (chunk == NULL) return fail(f, RESULT_FULL, "memory", "no memory to read entries");
        result r = disk_read(s->file, s->end, chunk, CHUNK, &got, f);
        struct cursor in = cursor_of(chunk, got);
        struct text entry;
        any = false;
        while (result_is_ok(r) && s->tree.size < most && next_entry(&in, &entry)) {
            r = enter(s, entry, f);
            any = true;
            s->cached = UINT64_MAX;
        }
        free(chunk);
        TRY(r);
    }
    return OK;
}

result tile_store_open(struct disk *d, const char *path, bool write, uint64_t most, struct tile_store **out, struct fault *f) {
    struct tile_store *s = calloc(1, sizeof *s);
    if (s == NULL) return fail(f, RESULT_FULL, "memory", "no memory for entries");
    merkle_init(&s->tree);
    s->cached = UINT64_MAX;
    s->room = append_growing((size_t)TILE_WIDTH * (2 + TILE_ENTRY_BYTES));
    result r = disk_open(d, path, write ? DISK_WRITE : DISK_READ, write, &s->file, f);
    if (result_is_ok(r)) r = tile_store_more(s, most, f);
    tile_store_keep(s);
    if (result_is_ok(r)) *out = s;
    else tile_store_close(s);
    return r;
}

void tile_store_close(struct tile_store *s) {
    if (s == NULL) return;
    disk_close(s->file);
    for (int i = 0; i < LEVELS; i++) free(s->high[i].at);
    free(s->begins);
    free(s->bundle);
    append_free(&s->room);
    free(s);
}

uint64_t tile_store_size(const struct tile_store *s) { return s->tree.size; }
const struct merkle *tile_store_tree(const struct tile_store *s) { return &s->tree; }

/* --- writing --- */

result tile_store_add(struct tile_store *s, const struct text *entries, unsigned count, struct fault *f) {
    assert(count <= TILE_WIDTH && !s->failed);
    append_reset(&s->room);
    for (unsigned i = 0; i < count; i++) {
        assert(entries[i].size <= TILE_ENTRY_BYTES);
        append_u16(&s->room, (uint16_t)entries[i].size);
        append_text(&s->room, entries[i]);
    }
    s->failed = true;
    if (s->room.full) return fail(f, RESULT_FULL, "memory", "no memory for %u entries", count);
    TRY(disk_write(s->file, s->end, s->room.at, s->room.size, f));
    for (unsigned i = 0; i < count; i++) TRY(enter(s, entries[i], f));
    s->cached = UINT64_MAX;
    s->failed = false;
    return OK;
}

result tile_store_sync(struct tile_store *s, struct fault *f) {
    result r = disk_sync(s->file, f);
    s->failed = s->failed || !result_is_ok(r);
    return r;
}

void tile_store_keep(struct tile_store *s) {
    s->kept = s->tree;
    s->kept_end = s->end;
}

void tile_store_back(struct tile_store *s) {
    s->tree = s->kept;
    s->end = s->kept_end;
    s->cached = UINT64_MAX;
    for (unsigned level = 0; level < LEVELS; level++) s->high[level].count = s->tree.size >> (TILE_HEIGHT + level);
}

/* --- reading --- */

static uint64_t bundle_end(const struct tile_store *s, uint64_t bundle) { return (bundle + 1) * TILE_WIDTH < s->tree.size ? s->begins[bundle + 1] : s->end; }

/* *in: over its bytes. */
static result read_bundle(struct tile_store *s, uint64_t bundle, struct cursor *in, struct fault *f) {
    uint64_t begin = s->begins[bundle], size = bundle_end(s, bundle) - begin;
    size_t got = 0;
    void *at = s->bundle;
    if (!grow(&at, &s->bundle_room, size, 1)) return fail(f, RESULT_FULL, "memory", "no memory for %llu bytes", (unsigned long long)size);
    s->bundle = at;
    TRY(disk_read(s->file, begin, at, (size_t)size, &got, f));
    if (got != size) return fail(f, RESULT_ROT, "entries", "the file ends within bundle %llu", (unsigned long long)bundle);
    *in = cursor_of(at, got);
    return OK;
}

/* Of the whole bundle, as far as it goes; held against the tree where that has its root. */
static result cache(struct tile_store *s, uint64_t bundle, struct fault *f) {
    struct cursor in;
    struct text entry;
    if (s->cached == bundle && (s->cached_count == TILE_WIDTH || (bundle + 1) * TILE_WIDTH > s->tree.size)) return OK;
    TRY(read_bundle(s, bundle, &in, f));
    unsigned count = 0;
    while (count < TILE_WIDTH && next_entry(&in, &entry)) s->leaves[count++] = merkle_leaf(entry.at, entry.size);
    struct hash root = merkle_root_of(s->leaves, count);
    s->cached = UINT64_MAX;
    if (bundle < s->high[0].count && !hash_equal(&root, &s->high[0].at[bundle])) return fail(f, RESULT_ROT, "entries", "bundle %llu is not what was written", (unsigned long long)bundle);
    s->cached = bundle;
    s->cached_count = count;
    return OK;
}

result tile_store_leaves(struct tile_store *s, uint64_t from, unsigned count, struct hash *out, struct fault *f) {
    assert(count > 0 && count <= TILE_WIDTH && from + count <= s->tree.size && from / TILE_WIDTH == (from + count - 1) / TILE_WIDTH);
    TRY(cache(s, from / TILE_WIDTH, f));
    unsigned first = (unsigned)(from % TILE_WIDTH);
    if (first + count > s->cached_count) return fail(f, RESULT_ROT, "entries", "bundle %llu is not what was written", (unsigned long long)(from / TILE_WIDTH));
    memcpy(out, s->leaves + first, count * sizeof *out);
    return OK;
}

static result node_at(struct tile_store *s, unsigned level, uint64_t n, struct hash *out, struct fault *f) {
    if (level >= TILE_HEIGHT) {
        *out = s->high[level - TILE_HEIGHT].at[n];
        return OK;
    }
    struct hash leaves[TILE_WIDTH];
    unsigned width = 1U << level;
    TRY(tile_store_leaves(s, n << level, width, leaves, f));
    *out = merkle_root_of(leaves, width);
    return OK;
}

/* merkle_stored_index, the other way: the leaf that completes the node stands last before what comes behind it. */
static result read_stored(void *context, uint64_t index, struct hash *out, struct fault *f) {
    struct tile_store *s = context;
    uint64_t low = 0, high = s->tree.size;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (merkle_stored_count(middle) <= index) low = middle;
        else high = middle;
    }
    unsigned level = (unsigned)(index - merkle_stored_count(low));
    return node_at(s, level, ((low + 1) >> level) - 1, out, f);
}

result tile_store_root(struct tile_store *s, uint64_t size, struct hash *out, struct fault *f) {
    assert(size <= s->tree.size);
    return merkle_root_at(&(struct merkle_store){read_stored, s}, size, out, f);
}

result tile_store_consistency(struct tile_store *s, uint64_t from, uint64_t to, struct hash path[MERKLE_DEPTH], unsigned *length, struct fault *f) {
    assert(to <= s->tree.size);
    return merkle_consistency(&(struct merkle_store){read_stored, s}, from, to, path, length, f);
}

static result entries_of(struct tile_store *s, const struct tile *t, struct append *out, struct fault *f) {
    struct cursor in;
    struct text entry;
    TRY(cache(s, t->index, f)); /* what is shown is what the tree holds */
    TRY(read_bundle(s, t->index, &in, f));
    for (unsigned i = 0; i < t->width; i++) {
        if (!next_entry(&in, &entry)) return fail(f, RESULT_ROT, "entries", "bundle %llu is not what was written", (unsigned long long)t->index);
        append_u16(out, (uint16_t)entry.size);
        append_text(out, entry);
    }
    return out->full ? fail(f, RESULT_FULL, "tile", "no room") : OK;
}

result tile_store_tile(struct tile_store *s, const struct tile *t, uint64_t size, struct append *out, struct fault *f) {
    assert(size <= s->tree.size);
    if (!tile_within(t, size)) return fail(f, RESULT_NOT_FOUND, "tile", "the tree has %llu leaves so far, and no such tile", (unsigned long long)size);
    if (t->entries) return entries_of(s, t, out, f);
    struct hash hashes[TILE_WIDTH];
    if (t->level == 0) TRY(tile_store_leaves(s, t->index * TILE_WIDTH, t->width, hashes, f));
    for (unsigned i = 0; t->level > 0 && i < t->width; i++) TRY(node_at(s, TILE_HEIGHT * t->level, t->index * TILE_WIDTH + i, &hashes[i], f));
    append_bytes(out, hashes, t->width * sizeof hashes[0]);
    return out->full ? fail(f, RESULT_FULL, "tile", "no room") : OK;
}
