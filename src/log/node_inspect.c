#include "log/node_inspect.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/note.h"
#include "log/node_private.h"
#include "log/secret.h"

static result read_whole(struct disk *d, const char *path, struct append *out, struct fault *f) {
    struct disk_file *file = NULL;
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    uint64_t size = 0;
    size_t got = 0;
    result r = disk_size(file, &size, f);
    if (result_is_ok(r) && size > out->room) r = fail(f, RESULT_TOO_LARGE, path, "%s has %llu bytes", path, (unsigned long long)size);
    if (result_is_ok(r)) r = disk_read(file, 0, out->at, (size_t)size, &got, f);
    out->size = result_is_ok(r) ? got : 0;
    disk_close(file);
    return r;
}

result node_inspect_genesis(struct disk *d, const char *dir, void (*take)(void *, const struct statement *), void *context, struct fault *f) {
    char path[LIMIT_PATH];
    if (snprintf(path, sizeof path, "%s/genesis", dir) >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
    char *room = malloc(LIMIT_GENESIS_BYTES);
    struct json_reader *json = json_reader_new(LIMIT_GENESIS_BYTES);
    struct arena arena;
    arena_growing(&arena, LIMIT_GENESIS_SCRATCH);
    result r = room == NULL || json == NULL ? fail(f, RESULT_FULL, "genesis", "out of memory") : OK;
    struct append text = append_fixed(room, room == NULL ? 0 : LIMIT_GENESIS_BYTES);
    if (result_is_ok(r)) r = read_whole(d, path, &text, f);
    struct statement s;
    struct decoder decoder = {.json = json, .arena = &arena};
    struct fault inner = {0};
    if (result_is_ok(r) && !result_is_ok(decode_genesis(&decoder, append_view(&text), true, &s, &inner)))
        r = fail(f, RESULT_ROT, "genesis", "%s: %s", inner.field, inner.message);
    if (result_is_ok(r)) take(context, &s);
    if (json != NULL) json_reader_free(json);
    arena_free(&arena);
    free(room);
    return r;
}

static void take_inspection(void *context, const struct statement *s) {
    struct node_inspection *out = context;
    const struct body_genesis *g = &s->sections[0].body.genesis;
    *out = (struct node_inspection){.live = g->live, .log = s->hash, .capacity = g->capacity, .tick_ns = g->tick_ns};
    snprintf(out->origin, sizeof out->origin, "%.*s", TEXT_ARG(g->origin));
    out->reserve = (uint64_t)(LIMIT_RESERVE_NS / g->tick_ns) * LIMIT_TICK_BYTES;
}

result node_inspect(struct disk *d, const char *dir, struct node_inspection *out, struct fault *f) {
    return node_inspect_genesis(d == NULL ? disk_real() : d, dir, take_inspection, out, f);
}

struct keys { struct hash log_key, receipt_key; char origin[256]; };

static void take_keys(void *context, const struct statement *s) {
    struct keys *out = context;
    const struct body_genesis *g = &s->sections[0].body.genesis;
    out->log_key = g->log_key;
    out->receipt_key = g->receipt_key;
    snprintf(out->origin, sizeof out->origin, "%.*s", TEXT_ARG(g->origin));
}

static result check_checkpoint(struct node *n, const struct keys *k, struct node_ending *out, struct fault *f) {
    struct hash root;
    uint8_t signature[64];
    char room[1024];
    TRY(node_checkpoint_load(n, &out->checkpoint, &root, signature, &out->any_checkpoint, f));
    if (!out->any_checkpoint) return OK;
    struct append text = append_fixed(room, sizeof room);
    node_checkpoint_text(text_of(k->origin), out->checkpoint, &root, &text);
    if (crypto_sign_verify_detached(signature, (const uint8_t *)room, text.size, k->log_key.bytes) == 0) return OK;
    return fail(f, RESULT_ROT, "checkpoint", "the signature of the stored checkpoint is not good");
}

result node_inspect_ending(struct disk *d, const char *dir, struct node_ending *out, struct fault *f) {
    struct keys keys;
    char path[LIMIT_PATH];
    struct journal_tail tail;
    *out = (struct node_ending){0};
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system's generator does not work");
    if (d == NULL) d = disk_real();
    TRY(node_inspect_genesis(d, dir, take_keys, &keys, f));
    struct node *n = calloc(1, sizeof *n); /* node_checkpoint_load looks at these two alone */
    if (n == NULL) return fail(f, RESULT_FULL, "memory", "out of memory");
    n->disk = d;
    snprintf(n->dir, sizeof n->dir, "%s", dir);
    result r = check_checkpoint(n, &keys, out, f);
    free(n);
    TRY(r);
    if (snprintf(path, sizeof path, "%s/journal", dir) >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
    TRY(journal_tail(d, path, &tail, f));
    out->torn = tail.torn;
    out->tick = tail.tick;
    out->batch = tail.batch;
    out->any_time = tail.any_time;
    out->time = tail.time;
    if (!out->any_checkpoint || out->checkpoint <= out->tick) return OK;
    return fail(f, RESULT_LOST_TAIL, "checkpoint", "a checkpoint of %llu ticks was given out; the journal ends with tick %llu: its end is lost",
                (unsigned long long)out->checkpoint, (unsigned long long)out->tick);
}

result node_inspect_key(struct disk *d, const char *dir, const char *name, struct fault *f) {
    struct keys keys;
    char path[LIMIT_PATH], room[4096];
    uint8_t secret[64];
    struct text called;
    if (d == NULL) d = disk_real();
    TRY(node_inspect_genesis(d, dir, take_keys, &keys, f));
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
    struct append text = append_fixed(room, sizeof room);
    result r = read_whole(d, path, &text, f);
    while (text.size > 0 && room[text.size - 1] == '\n') text.size--;
    if (result_is_ok(r)) r = note_skey_read(append_view(&text), &called, secret, f);
    const struct hash *right = strcmp(name, "receipt.key") == 0 ? &keys.receipt_key : &keys.log_key;
    if (result_is_ok(r) && memcmp(secret + 32, right->bytes, 32) != 0) r = fail(f, RESULT_CONFLICT, name, "is not the key that the genesis names");
    sodium_memzero(room, sizeof room);
    sodium_memzero(secret, sizeof secret);
    return r;
}
