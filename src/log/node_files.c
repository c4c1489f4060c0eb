/* What stands in the directory besides the journal: genesis, keys, blinds, the last checkpoint. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/note.h"
#include "base/rand.h"
#include "log/checkpoint_file.h"
#include "log/node_private.h"
#include "log/secret.h"

static result join(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f) {
    int n = snprintf(path, LIMIT_PATH, "%s/%s", dir, name);
    return n > 0 && n < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
}

result node_path(const struct node *n, const char *name, char path[LIMIT_PATH], struct fault *f) {
    return join(n->dir, name, path, f);
}

static result write_file(struct disk *d, const char *dir, const char *name, const void *bytes, size_t size, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    TRY(join(dir, name, path, f));
    TRY(disk_open(d, path, DISK_WRITE, true, &file, f));
    result r = disk_truncate(file, 0, f); /* left by a node_create that did not come to its end */
    if (result_is_ok(r)) r = disk_write(file, 0, bytes, size, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    return r;
}

static result read_file(struct disk *d, const char *dir, const char *name, size_t most, struct append *out, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    TRY(join(dir, name, path, f));
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    uint64_t size = 0;
    size_t got = 0;
    result r = disk_size(file, &size, f);
    if (result_is_ok(r) && size > most) r = fail(f, RESULT_TOO_LARGE, path, "%s has %llu bytes", path, (unsigned long long)size);
    if (result_is_ok(r)) {
        append_reset(out);
        for (uint64_t i = 0; i < size; i++) append_char(out, 0);
        r = out->full ? fail(f, RESULT_FULL, path, "out of memory") : disk_read(file, 0, out->at, (size_t)size, &got, f);
    }
    if (result_is_ok(r) && got != size) r = fail(f, RESULT_IO, path, "%s is shorter than its size", path);
    disk_close(file);
    return r;
}

static result write_key(struct disk *d, const char *dir, const char *file, struct text origin, const char *suffix,
                        const uint8_t secret[64], struct fault *f) {
    char name_room[NOTE_NAME_BYTES + 1], room[1024];
    struct append name = append_fixed(name_room, sizeof name_room), key = append_fixed(room, sizeof room);
    append_text(&name, origin);
    append_str(&name, suffix);
    if (!name.full) note_skey(&key, append_view(&name), secret);
    append_char(&key, '\n');
    result r = name.full || key.full ? fail(f, RESULT_TOO_LARGE, "origin", "is too long") : write_file(d, dir, file, key.at, key.size, f);
    sodium_memzero(room, sizeof room);
    return r;
}

static result write_blinds(struct disk *d, const char *dir, unsigned log2, struct fault *f) {
    size_t size = 32 * (((size_t)1 << log2) + 1);
    uint8_t *blinds = malloc(size);
    if (blinds == NULL) return fail(f, RESULT_FULL, "blinds", "out of memory");
    random_bytes(blinds, size);
    result r = write_file(d, dir, "blinds", blinds, size, f);
    sodium_memzero(blinds, size);
    free(blinds);
    return r;
}

static result check_genesis(struct text note, const uint8_t log_secret[64], const uint8_t receipt_secret[64],
                            struct arena *arena, struct body_genesis *out, struct fault *f) {
    struct json_reader *json = json_reader_new(LIMIT_GENESIS_BYTES);
    if (json == NULL) return fail(f, RESULT_FULL, "genesis", "out of memory");
    struct decoder d = {.json = json, .arena = arena};
    struct statement s;
    result r = decode_genesis(&d, note, true, &s, f);
    if (result_is_ok(r)) {
        *out = s.sections[0].body.genesis;
        if (memcmp(log_secret + 32, out->log_key.bytes, 32) != 0)
            r = fail(f, RESULT_CONFLICT, "/log_key", "is not the public half of the log key given");
        else if (memcmp(receipt_secret + 32, out->receipt_key.bytes, 32) != 0)
            r = fail(f, RESULT_CONFLICT, "/receipt_key", "is not the public half of the receipt key given");
    }
    json_reader_free(json);
    return r;
}

/* The genesis comes last, by its name: without it there is no log. Under another one it comes first, and says that what lies beside it was begun here and never ended. */
#define UNFINISHED "genesis.init"

static bool any_name(void *context, const char *name) {
    bool *any = context;
    if (strcmp(name, "lost+found") != 0) *any = true; /* of a disk of its own */
    return !*any;
}

result node_remains(struct disk *disk, const char *dir, const char **what, struct fault *f) {
    static const char *const names[] = {"journal", "snapshots", "log.key", "receipt.key", "blinds"};
    struct disk *d = disk == NULL ? disk_real() : disk;
    char path[LIMIT_PATH];
    *what = NULL;
    TRY(join(dir, UNFINISHED, path, f));
    bool unfinished = disk_exists(d, path);
    for (size_t i = 0; i < (unfinished ? 2 : sizeof names / sizeof names[0]); i++) {
        TRY(join(dir, names[i], path, f));
        bool any = i >= 2 && disk_exists(d, path);
        result r = i < 2 ? disk_list(d, path, any_name, &any, f) : OK;
        if (!result_is_ok(r) && r.code != RESULT_NOT_FOUND) return r;
        if (!any) continue;
        *what = names[i];
        return OK;
    }
    return OK;
}

static result create_files(struct disk *d, const char *dir, struct text genesis, const struct body_genesis *body,
                           const uint8_t log_secret[64], const uint8_t receipt_secret[64], struct fault *f) {
    static const uint8_t zeros[2 * CHECKPOINT_BLOCK];
    char path[LIMIT_PATH], new_path[LIMIT_PATH];
    TRY(write_file(d, dir, UNFINISHED, genesis.at, genesis.size, f));
    TRY(disk_sync_dir(d, dir, f));
    TRY(join(dir, "journal", path, f));
    TRY(disk_make_dir(d, path, f));
    TRY(join(dir, "index", path, f));
    TRY(disk_make_dir(d, path, f));
    TRY(write_key(d, dir, "log.key", body->origin, "", log_secret, f));
    TRY(write_key(d, dir, "receipt.key", body->origin, "/receipt", receipt_secret, f));
    TRY(write_blinds(d, dir, body->capacity.slots_log2, f));
    TRY(write_file(d, dir, "checkpoint", zeros, sizeof zeros, f));
    TRY(disk_sync_dir(d, dir, f));
    TRY(join(dir, UNFINISHED, new_path, f));
    TRY(join(dir, "genesis", path, f));
    TRY(disk_rename(d, new_path, path, f));
    return disk_sync_dir(d, dir, f);
}

result node_create(struct disk *disk, const char *dir, struct text genesis_note, const uint8_t log_secret[64],
                   const uint8_t receipt_secret[64], struct fault *f) {
    struct disk *d = disk == NULL ? disk_real() : disk;
    char path[LIMIT_PATH];
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system's generator does not work");
    if (strlen(dir) >= LIMIT_DATA_PATH) return fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_DATA_PATH - 1);
    TRY(join(dir, "genesis", path, f));
    if (disk_exists(d, path)) return fail(f, RESULT_CONFLICT, dir, "holds a log already");
    const char *remains;
    TRY(node_remains(d, dir, &remains, f));
    if (remains != NULL)
        return fail(f, RESULT_CONFLICT, dir, "holds %s of a log, and no genesis: a log that was damaged, or not wholly restored. No other is made over it: bring it back from a backup, or name another directory", remains);
    struct arena arena;
    struct body_genesis body;
    arena_growing(&arena, LIMIT_GENESIS_SCRATCH);
    result r = check_genesis(genesis_note, log_secret, receipt_secret, &arena, &body, f);
    if (result_is_ok(r)) r = disk_make_dir(d, dir, f);
    if (result_is_ok(r)) r = create_files(d, dir, genesis_note, &body, log_secret, receipt_secret, f);
    arena_free(&arena);
    return r;
}

/* Payloads hold what a party has told nobody: the journal is as secret as the keys. A copy that is only checked may lie anywhere. */
result node_files_private(struct node *n, struct fault *f) {
    static const char *const names[] = {"log.key", "receipt.key", "blinds", "journal", "index", "snapshots"};
    char path[LIMIT_PATH];
    TRY(disk_own(n->disk, n->dir, true, f));
    TRY(node_path(n, "snapshots", path, f));
    if (disk_exists(n->disk, path)) TRY(disk_own(n->disk, path, false, f));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        TRY(node_path(n, names[i], path, f));
        if (disk_exists(n->disk, path)) TRY(disk_private(n->disk, path, f));
    }
    return OK;
}

static result load_secret(struct node *n, const char *file, const struct hash *named, const char *whose, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    struct append text = append_growing(4096);
    struct text name;
    struct fault inner = {0};
    result r = read_file(n->disk, n->dir, file, 4096, &text, &inner);
    if (result_is_ok(r)) {
        while (text.size > 0 && text.at[text.size - 1] == '\n') text.size--;
        r = note_skey_read(append_view(&text), &name, secret, &inner);
        if (result_is_ok(r) && memcmp(secret + 32, named->bytes, 32) != 0)
            r = fail(&inner, RESULT_CONFLICT, file, "is not the %s key that the genesis names", whose);
    }
    if (text.at != NULL) sodium_memzero(text.at, text.room);
    append_free(&text);
    return result_is_ok(r) ? OK : fail(f, r.code, file, "%s", inner.message);
}

static result load_secrets(struct node *n, struct fault *f) {
    result r = load_secret(n, "log.key", &n->log_key, "log", n->secret, f);
    if (result_is_ok(r)) r = load_secret(n, "receipt.key", &n->receipt_key, "receipts'", n->secret + NOTE_SECRET_BYTES, f);
    n->has_secret = result_is_ok(r);
    return n->options.read_only ? OK : r; /* a copy without its keys can be checked */
}

static result load_blinds(struct node *n, struct fault *f) {
    size_t size = 32 * (((size_t)1 << n->capacity.slots_log2) + 1);
    struct append bytes = append_growing(size + 1);
    result r = read_file(n->disk, n->dir, "blinds", size, &bytes, f);
    if (result_is_ok(r) && bytes.size != size)
        r = fail(f, RESULT_ROT, "blinds", "%zu bytes; this log has %zu", bytes.size, size);
    if (result_is_ok(r)) {
        n->blinds = secret_alloc(size);
        if (n->blinds == NULL) r = fail(f, RESULT_FULL, "blinds", "out of memory");
        else memcpy(n->blinds, bytes.at, size);
    }
    if (bytes.at != NULL) sodium_memzero(bytes.at, bytes.room);
    append_free(&bytes);
    return r;
}

result node_state_new(struct node *n, const struct snapshot_head *from, const char *dir, struct fault *f) {
    size_t bytes;
    state_free(n->state);
    arena_free(&n->memory);
    n->state = NULL;
    if (from != NULL) { /* its bytes say how much memory is needed */
        TRY(snapshot_load(n->disk, dir, from, &n->memory, &n->genesis_said, &n->state, f));
    } else {
        TRY(state_memory(&n->capacity, &bytes, f));
        if (!arena_take(&n->memory, bytes)) return fail(f, RESULT_FULL, "capacity", "no memory for %zu bytes of state", bytes);
        TRY(state_new(&n->memory, &n->genesis_said, &n->state, f));
    }
    n->effects = state_effects(n->state);
    return OK;
}

result node_genesis_load(struct node *n, struct fault *f) {
    n->genesis = append_growing(LIMIT_GENESIS_BYTES + 1);
    n->origin = append_growing(NOTE_NAME_BYTES + 1);
    TRY(read_file(n->disk, n->dir, "genesis", LIMIT_GENESIS_BYTES, &n->genesis, f));
    n->json = json_reader_new(LIMIT_SECTION_BYTES > LIMIT_GENESIS_BYTES ? LIMIT_SECTION_BYTES : LIMIT_GENESIS_BYTES);
    if (n->json == NULL) return fail(f, RESULT_FULL, "json", "out of memory");
    arena_growing(&n->genesis_arena, LIMIT_GENESIS_SCRATCH);
    struct decoder d = {.json = n->json, .arena = &n->genesis_arena};
    struct fault inner = {0};
    if (!result_is_ok(decode_genesis(&d, append_view(&n->genesis), true, &n->genesis_said, &inner))) /* it was checked when it was written */
        return fail(f, RESULT_ROT, "genesis", "%s: %s", inner.field, inner.message);
    const struct body_genesis *g = &n->genesis_said.sections[0].body.genesis;
    /* Not the simulation's random bytes either: nothing that is lived may depend on them, and where it did, this is how it shows. */
    random_bytes(n->hash_key, sizeof n->hash_key);
    n->genesis_said.hash_key = n->hash_key;
    n->log = n->genesis_said.hash;
    n->capacity = g->capacity;
    n->log_key = g->log_key;
    n->receipt_key = g->receipt_key;
    n->tick_ns = g->tick_ns;
    append_text(&n->origin, g->origin);
    n->decoder = (struct decoder){.json = n->json, .arena = &n->decoded, .log = n->log, .origin = append_view(&n->origin)};
    return OK;
}

result node_files_load(struct node *n, struct fault *f) {
    TRY(node_genesis_load(n, f));
    TRY(node_state_new(n, NULL, NULL, f));
    TRY(load_secrets(n, f));
    return load_blinds(n, f);
}

/* --- checkpoints --- */

void node_checkpoint_text(struct text origin, uint64_t size, const struct hash *root, struct append *out) {
    append_text(out, origin);
    append_format(out, "\n%llu\n", (unsigned long long)size);
    append_base64(out, root->bytes, SHA256_SIZE);
    append_char(out, '\n');
}

void node_checkpoint_sign(const struct node *n, struct sealed *s) {
    char room[1024];
    struct append text = append_fixed(room, sizeof room);
    node_checkpoint_text(append_view(&n->origin), s->log_size, &s->log_root, &text);
    assert(!text.full && n->has_secret);
    crypto_sign_detached(s->signature, NULL, (const uint8_t *)room, text.size, n->secret);
}

/* Two blocks in turn, so that the one before stays whole while this one is written. */
result node_checkpoint_store(struct node *n, const struct sealed *s, struct fault *f) {
    static _Thread_local _Alignas(SEGMENT_BLOCK) uint8_t block[CHECKPOINT_BLOCK];
    struct checkpoint_file c = {.any = true, .size = s->log_size, .root = s->log_root};
    memcpy(c.signature, s->signature, sizeof c.signature);
    return disk_write(n->checkpoint_file, checkpoint_file_render(&c, block), block, sizeof block, f);
}

result node_checkpoint_load(struct node *n, uint64_t *size, struct hash *root, uint8_t signature[64], bool *any, struct fault *f) {
    char path[LIMIT_PATH];
    struct checkpoint_file c;
    TRY(node_path(n, "checkpoint", path, f));
    TRY(checkpoint_file_read(n->disk, path, &c, f));
    *any = c.any;
    if (!c.any) return OK;
    *size = c.size;
    *root = c.root;
    memcpy(signature, c.signature, sizeof c.signature);
    return OK;
}
