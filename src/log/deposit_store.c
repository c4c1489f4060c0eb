/* The depositor's log. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cosignature.h"
#include "log/deposit.h"
#include "log/directory.h"
#include "log/witness.h"

enum { SECTOR = 512, LINE = 64 + 1 + 64 + 1 };

struct deposits {
    struct disk *disk;
    struct disk_file *lock, *file;
    struct { struct hash text; uint8_t salt[32]; } *of;
    struct hash *leaves, *nodes; /* nodes: as merkle_append completes them */
    size_t count, room, node_count;
    struct merkle tree;
    bool failed;
};

static result path_of(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f) {
    return snprintf(path, LIMIT_PATH, "%s/%s", dir, name) < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, dir, "a path of over %d bytes", LIMIT_PATH - 1);
}

static result grow(struct deposits *s, struct fault *f) {
    if (s->count < s->room) return OK;
    size_t room = s->room == 0 ? 1024 : s->room * 2;
    void *of = realloc(s->of, room * sizeof *s->of);
    if (of != NULL) s->of = of;
    void *leaves = of != NULL ? realloc(s->leaves, room * sizeof *s->leaves) : NULL;
    if (leaves != NULL) s->leaves = leaves;
    void *nodes = leaves != NULL ? realloc(s->nodes, 2 * room * sizeof *s->nodes) : NULL;
    if (nodes == NULL) return fail(f, RESULT_FULL, "memory", "no memory for %zu deposits", room);
    s->nodes = nodes;
    s->room = room;
    return OK;
}

static result take(struct deposits *s, const struct hash *text, const uint8_t salt[32], struct fault *f) {
    struct hash completed[MERKLE_DEPTH];
    TRY(grow(s, f));
    s->of[s->count].text = *text;
    memcpy(s->of[s->count].salt, salt, 32);
    s->leaves[s->count] = deposit_leaf(text, salt);
    unsigned made = merkle_append(&s->tree, &s->leaves[s->count], completed);
    memcpy(s->nodes + s->node_count, completed, made * sizeof completed[0]);
    s->node_count += made;
    s->count++;
    return OK;
}

static bool zeros(const char *at, size_t size) {
    while (size > 0 && *at == '\0') at++, size--;
    return size == 0;
}

/* A line whose write a power cut ended: a sector that it stands in was not written, and is zeros there, even when one behind it was. A bit that has changed in it is another thing: rot. */
static bool is_torn(const char line[LINE], uint64_t at) {
    size_t first = SECTOR - at % SECTOR;
    return first >= LINE ? zeros(line, LINE) : zeros(line, first) || zeros(line + first, LINE - first);
}

static result read_lines(struct deposits *s, const char *path, uint64_t size, struct fault *f) {
    char line[LINE];
    for (uint64_t at = 0; at + LINE <= size; at += LINE) {
        struct hash text;
        uint8_t salt[32];
        size_t got = 0;
        TRY(disk_read(s->file, at, line, LINE, &got, f));
        if (got == LINE && at + LINE + LINE > size && is_torn(line, at)) return OK; /* no text is behind it: it was never shown to anybody */
        if (got != LINE || line[64] != ' ' || line[LINE - 1] != '\n' || !hex_read((struct text){line, 64}, text.bytes, SHA256_SIZE) || !hex_read((struct text){line + 65, 64}, salt, sizeof salt))
            return fail(f, RESULT_ROT, path, "byte %llu: is no line of it", (unsigned long long)at);
        TRY(take(s, &text, salt, f));
    }
    return OK;
}

static result open_files(struct deposits *s, const char *dir, uint64_t *cut, struct fault *f) {
    char path[LIMIT_PATH];
    uint64_t size = 0;
    TRY(directory_of(s->disk, dir, DIRECTORY_DEPOSITS, f));
    TRY(disk_make_dir(s->disk, dir, f));
    TRY(disk_own(s->disk, dir, true, f));
    TRY(path_of(dir, "lock", path, f));
    TRY(disk_lock(s->disk, path, &s->lock, f));
    TRY(path_of(dir, "leaves", path, f));
    TRY(disk_open(s->disk, path, DISK_WRITE, true, &s->file, f));
    TRY(disk_sync_dir(s->disk, dir, f));
    TRY(disk_size(s->file, &size, f));
    if (size / LINE >= LIMIT_DEPOSITS) return fail(f, RESULT_FULL, dir, "holds %d deposits: begin another one, with another key", LIMIT_DEPOSITS);
    TRY(read_lines(s, path, size, f));
    *cut = size - s->count * LINE;
    if (*cut == 0) return OK;
    TRY(disk_truncate(s->file, size - *cut, f));
    return disk_sync(s->file, f);
}

result deposits_open(struct disk *d, const char *dir, struct deposits **out, uint64_t *cut, struct fault *f) {
    struct deposits *s = calloc(1, sizeof *s);
    if (s == NULL) return fail(f, RESULT_FULL, "memory", "out of memory");
    s->disk = d;
    merkle_init(&s->tree);
    result r = open_files(s, dir, cut, f);
    if (!result_is_ok(r)) deposits_close(s);
    else *out = s;
    return r;
}

void deposits_close(struct deposits *s) {
    if (s == NULL) return;
    if (s->file != NULL) disk_close(s->file);
    if (s->lock != NULL) disk_close(s->lock);
    free(s->of);
    free(s->leaves);
    free(s->nodes);
    free(s);
}

uint64_t deposits_count(const struct deposits *s) { return s->count; }

result deposits_add(struct deposits *s, const struct hash *text, const uint8_t salt[32], uint64_t *index, struct fault *f) {
    char room[LINE];
    struct append line = append_fixed(room, sizeof room);
    for (*index = 0; *index < s->count; ++*index)
        if (hash_equal(&s->of[*index].text, text)) return OK;
    if (s->failed) return fail(f, RESULT_IO, "leaves", "a write failed before: what stands there is not known");
    TRY(grow(s, f));
    append_hex(&line, text->bytes, SHA256_SIZE);
    append_char(&line, ' ');
    append_hex(&line, salt, 32);
    append_char(&line, '\n');
    s->failed = true;
    TRY(disk_write(s->file, (uint64_t)s->count * LINE, line.at, line.size, f));
    TRY(disk_sync(s->file, f));
    s->failed = false;
    return take(s, text, salt, f);
}

void deposits_checkpoint(const struct deposits *s, struct text origin, const uint8_t secret[NOTE_SECRET_BYTES], struct append *out) {
    char room[NOTE_NAME_BYTES + 128];
    struct append text = append_fixed(room, sizeof room);
    struct hash root = merkle_root(&s->tree);
    checkpoint_text(origin, s->count, &root, &text);
    note_begin(out, append_view(&text));
    note_sign(out, append_view(&text), origin, secret);
}

static result read_node(void *context, uint64_t index, struct hash *out, struct fault *f) {
    const struct deposits *s = context;
    (void)f;
    *out = s->nodes[index];
    return OK;
}

result deposits_request(const struct deposits *s, uint64_t old, struct text note, struct append *out, struct fault *f) {
    struct merkle_store store = {read_node, (void *)(uintptr_t)s};
    struct hash proof[MERKLE_DEPTH];
    unsigned length = 0;
    if (old > s->count) return fail(f, RESULT_RANGE, "size", "has signed %llu deposits, and there are %zu: an older copy of the directory was brought back, or another one has this key", (unsigned long long)old, s->count);
    if (old > 0) TRY(merkle_consistency(&store, old, s->count, proof, &length, f));
    witness_request_write(old, proof, length, note, out);
    return out->full ? fail(f, RESULT_FULL, "memory", "no room for a request") : OK;
}

result deposits_proof(const struct deposits *s, uint64_t index, struct deposit_proof *out, struct fault *f) {
    if (index >= s->count) return fail(f, RESULT_NOT_FOUND, "index", "there are %zu deposits", s->count);
    *out = (struct deposit_proof){.index = index};
    memcpy(out->salt, s->of[index].salt, sizeof out->salt);
    out->length = merkle_path_of(s->leaves, s->count, (size_t)index, out->path);
    return OK;
}
