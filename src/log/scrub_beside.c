/* What stands beside the journal: snapshots and index, which are derived, and the checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/checkpoint_file.h"
#include "log/crc32c.h"
#include "log/scrub_private.h"

enum { CHUNK_MOST = 16 * 1024, CHUNK_HEAD = 4, KEPT_HEAD = 16 + 32 + 8 + 32 + 4 + 8 + 32 + 8 /* of index/<batch> */, KEPT_STREAMS = 4 + 4 + 4 + 8 + 8 + 8 + 8 + 8 + 32 };

static void say(struct scrub *s, enum scrub_kind kind, const char *path, uint64_t at, uint64_t size, const char *why, const char *what_then) {
    struct scrub_found found = {.kind = kind, .at = at, .size = size};
    snprintf(found.path, sizeof found.path, "%s", path);
    snprintf(found.why, sizeof found.why, "%.158s", why);
    snprintf(found.from, sizeof found.from, "%s", what_then);
    scrub_found(s, &found);
}

/* --- snapshots --- */

static result check_snapshots(struct scrub *s, struct fault *f) {
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    char dir[LIMIT_PATH], path[64];
    TRY(node_path(s->n, "snapshots", dir, f));
    TRY(snapshot_list(s->disk, dir, orders, &count, f));
    for (uint32_t i = 0; i < count; i++) {
        struct snapshot_head head;
        struct fault why = {0};
        result r = snapshot_head_read(s->disk, dir, orders[i], &head, &why);
        if (result_is_ok(r)) r = snapshot_file_check(s->disk, dir, &head, &why);
        if (r.code == RESULT_NOT_FOUND) continue; /* a newer one has come */
        if (r.code == RESULT_IO || r.code == RESULT_FULL) return fail(f, r.code, why.field, "%s", why.message);
        s->report->snapshots += result_is_ok(r);
        if (r.code != RESULT_ROT) continue; /* of another version, or of another log: no start takes it, and a start says so */
        const char *at = strstr(why.message, ", byte ");
        snprintf(path, sizeof path, "snapshots/%020" PRIu64, orders[i]);
        say(s, SCRUB_SNAPSHOT, path, at == NULL ? 0 : strtoull(at + 7, NULL, 10), 0, why.message, "the journal gives it too: remove it");
    }
    return OK;
}

/* --- index --- */

struct newest { uint64_t batch; };
static bool see_newest(void *context, const char *name) {
    struct newest *k = context;
    uint64_t batch = 0;
    if (disk_numbered(name, &batch) && batch > k->batch) k->batch = batch;
    return true;
}

static result read_kept(struct scrub *s, const char *path, uint8_t **out, size_t *size, struct fault *f) {
    struct disk_file *file = NULL;
    uint64_t bytes = 0;
    TRY(disk_open(s->disk, path, DISK_READ, false, &file, f));
    result r = disk_size(file, &bytes, f);
    if (result_is_ok(r) && bytes > LIMIT_SCRUB_INDEX_BYTES) r = fail(f, RESULT_TOO_LARGE, path, "%s has %llu bytes", path, (unsigned long long)bytes);
    if (result_is_ok(r) && (*out = malloc((size_t)bytes + 1)) == NULL) r = fail(f, RESULT_FULL, path, "out of memory");
    if (result_is_ok(r)) r = disk_read(file, 0, *out, (size_t)bytes, size, f);
    disk_close(file);
    return r;
}

static result check_shelf(struct scrub *s, const char *name, struct cursor *c, struct fault *f) {
    uint64_t row = cursor_u32(c), rows = cursor_u32(c), chunks = cursor_u32(c), bytes = 16 + row * rows;
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    uint8_t room[CHUNK_MOST];
    if (c->failed || bytes > sizeof room) return fail(f, RESULT_UNSUPPORTED, name, "no index that this version reads");
    TRY(node_path(s->n, name, path, f));
    TRY(disk_open(s->disk, path, DISK_READ, false, &file, f));
    result r = OK;
    for (uint64_t i = 0; i < chunks && result_is_ok(r); i++) {
        size_t got = 0;
        r = disk_read(file, i * bytes, room, (size_t)bytes, &got, f);
        struct cursor head = cursor_of(room, CHUNK_HEAD);
        if (!result_is_ok(r) || (got == bytes && cursor_u32(&head) == crc32c_of(room + CHUNK_HEAD, (size_t)bytes - CHUNK_HEAD))) continue;
        say(s, SCRUB_INDEX, name, i * bytes, bytes, "a chunk is not what was written", "derived: remove the directory index with the server stopped, the next start makes it anew");
    }
    disk_close(file);
    return r;
}

static result check_kept(struct scrub *s, const char *name, const uint8_t *bytes, size_t size, struct fault *f) {
    static const char *const shelves[] = {"index/places", "index/ticks", "index/nodes"};
    struct hash own = sha256_of(bytes, size < SHA256_SIZE ? 0 : size - SHA256_SIZE);
    if (size < SHA256_SIZE || memcmp(own.bytes, bytes + size - SHA256_SIZE, SHA256_SIZE) != 0) {
        say(s, SCRUB_INDEX, name, 0, size, "what was kept of the index does not match its hash", "derived: remove it, the next start does without");
        return OK;
    }
    struct cursor c = cursor_of(bytes, size - SHA256_SIZE);
    (void)cursor_bytes(&c, KEPT_HEAD + KEPT_STREAMS);
    for (size_t i = 0; i < sizeof shelves / sizeof shelves[0]; i++) TRY(check_shelf(s, shelves[i], &c, f));
    return OK;
}

/* So far as the newest that was kept names it: what stands behind that may be written this moment, and is made anew by whoever starts from there. */
static result check_index(struct scrub *s, struct fault *f) {
    char dir[LIMIT_PATH], path[LIMIT_PATH], name[64];
    struct newest k = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    TRY(node_path(s->n, "index", dir, f));
    result r = disk_list(s->disk, dir, see_newest, &k, f);
    if (r.code == RESULT_NOT_FOUND || (result_is_ok(r) && k.batch == 0)) return OK;
    TRY(r);
    snprintf(name, sizeof name, "index/%020" PRIu64, k.batch);
    TRY(node_path(s->n, name, path, f));
    unsigned waited = 0;
    bool again = true;
    r = read_kept(s, path, &bytes, &size, f);
    while (result_is_ok(r) && again) { /* it is written in place */
        struct hash own = sha256_of(bytes, size < SHA256_SIZE ? 0 : size - SHA256_SIZE);
        again = size < SHA256_SIZE || memcmp(own.bytes, bytes + size - SHA256_SIZE, SHA256_SIZE) != 0;
        if (again) TRY(scrub_patience(s, &waited, &again, f));
        if (!again) break;
        free(bytes);
        bytes = NULL;
        r = read_kept(s, path, &bytes, &size, f);
    }
    if (result_is_ok(r)) r = check_kept(s, name, bytes, size, f);
    free(bytes);
    return r.code == RESULT_NOT_FOUND || r.code == RESULT_UNSUPPORTED ? OK : r; /* removed meanwhile, or another version's: nobody uses it */
}

/* --- the checkpoint --- */

static result check_checkpoint(struct scrub *s, struct fault *f) {
    char path[LIMIT_PATH];
    struct checkpoint_file c;
    unsigned waited = 0;
    bool again = true;
    result r = OK;
    TRY(node_path(s->n, "checkpoint", path, f));
    while (again) {
        r = checkpoint_file_read(s->disk, path, &c, f);
        if (r.code != RESULT_ROT) break;
        TRY(scrub_patience(s, &waited, &again, f));
    }
    if (result_is_ok(r) && s->given.any && s->o->batch == UINT64_MAX && s->given.size > s->tick && s->report->lost == 0) {
        char why[160];
        snprintf(why, sizeof why, "a checkpoint of %llu ticks was given out; the journal holds %llu: its end is lost", (unsigned long long)s->given.size, (unsigned long long)s->tick);
        say(s, SCRUB_CHECKPOINT, "checkpoint", 0, 0, why, "take the journal from a backup or do not start it: README.md, \"Backups\"");
    }
    if (r.code != RESULT_ROT && r.code != RESULT_NOT_FOUND) return r;
    const char *at = strstr(f->message, ", byte ");
    say(s, SCRUB_CHECKPOINT, "checkpoint", at == NULL ? 0 : strtoull(at + 7, NULL, 10), 0, f->message, "take it from a backup: the next start needs it");
    return OK;
}

result scrub_beside(struct scrub *s, struct fault *f) {
    TRY(check_snapshots(s, f));
    TRY(check_index(s, f));
    return check_checkpoint(s, f);
}
