/* What stands beside the journal: who may write there, keys, snapshots, checkpoint, genesis. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log/backup_private.h"
#include "log/directory.h"
#include "log/node_inspect.h"
#include "log/snapshot.h"

enum { SMALL_MOST = 4 * 1024 * 1024, LOOK_AGAIN_MS = 20, ATTEMPTS = 3 };

result backup_path(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f) {
    int n = snprintf(path, LIMIT_PATH, "%s/%s", dir, name);
    return n > 0 && n < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, dir, "a path of over %d bytes", LIMIT_PATH - 1);
}

bool backup_patient(const struct backup *b, unsigned *waited) {
    if (*waited >= b->o->patience_ms) return false;
    nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 1000000L}, NULL);
    *waited += LOOK_AGAIN_MS;
    return true;
}

/* --- files of some bytes --- */

static result read_small(struct disk *d, const char *dir, const char *name, struct append *out, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    uint64_t size = 0;
    size_t got = 0;
    TRY(backup_path(dir, name, path, f));
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = disk_size(file, &size, f);
    if (result_is_ok(r) && size > SMALL_MOST) r = fail(f, RESULT_TOO_LARGE, path, "%s has %llu bytes", path, (unsigned long long)size);
    *out = append_growing(SMALL_MOST + 1);
    for (uint64_t i = 0; i < size && result_is_ok(r); i++) append_char(out, 0);
    if (result_is_ok(r) && out->full) r = fail(f, RESULT_FULL, path, "out of memory");
    if (result_is_ok(r) && size > 0) r = disk_read(file, 0, out->at, (size_t)size, &got, f);
    if (result_is_ok(r) && got != size) r = fail(f, RESULT_IO, path, "%s is shorter than its size", path);
    disk_close(file);
    return r;
}

static void wipe(struct append *a) {
    if (a->at != NULL) sodium_memzero(a->at, a->room);
    append_free(a);
}

/* Beside, synced, renamed: a crash leaves the one before or this. */
static result write_small(struct disk *d, const char *dir, const char *name, struct text bytes, struct fault *f) {
    char path[LIMIT_PATH], beside[LIMIT_PATH], name_new[64];
    struct disk_file *file = NULL;
    snprintf(name_new, sizeof name_new, "%s.new", name);
    TRY(backup_path(dir, name, path, f));
    TRY(backup_path(dir, name_new, beside, f));
    if (disk_exists(d, beside)) TRY(disk_remove(d, beside, f));
    TRY(disk_open(d, beside, DISK_NEW, true, &file, f));
    result r = disk_write(file, 0, bytes.at, bytes.size, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    if (result_is_ok(r)) r = disk_rename(d, beside, path, f);
    return result_is_ok(r) ? disk_sync_dir(d, dir, f) : r;
}

/* Never written over: what stands there must be the same. */
static result copy_small(const struct backup *b, const char *name, struct fault *f) {
    char path[LIMIT_PATH];
    struct append bytes = {0}, there = {0};
    TRY(backup_path(b->o->to, name, path, f));
    result r = read_small(b->disk, b->o->from, name, &bytes, f);
    if (result_is_ok(r) && disk_exists(b->disk, path)) {
        r = read_small(b->disk, b->o->to, name, &there, f);
        if (result_is_ok(r) && !text_equal(append_view(&bytes), append_view(&there)))
            r = fail(f, RESULT_CONFLICT, path, "is not the log's: %s belongs to another log, or has changed", path);
    } else if (result_is_ok(r)) {
        r = write_small(b->disk, b->o->to, name, append_view(&bytes), f);
    }
    wipe(&bytes);
    wipe(&there);
    return r;
}

result backup_keys(const struct backup *b, struct fault *f) {
    static const char *const names[] = {"log.key", "receipt.key", "blinds"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) TRY(copy_small(b, names[i], f));
    return OK;
}

/* --- the place --- */

struct looking { const struct backup *b; char other[64]; };
static bool look(void *context, const char *name) {
    static const char *const ours[] = {"genesis.new", "log.key", "log.key.new", "receipt.key", "receipt.key.new", "blinds", "blinds.new", "checkpoint", "checkpoint.new", "journal", "index", "snapshots", "lock"};
    struct looking *l = context;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(name, ours[i]) == 0) return true;
    snprintf(l->other, sizeof l->other, "%s", name);
    return false;
}

/* What is written below `to` stands there, and nowhere else: behind a link it would come upon what somebody keeps there, the log's own journal perhaps. */
static result no_links(const struct backup *b, struct fault *f) {
    static const char *const names[] = {"journal", "snapshots"};
    char path[LIMIT_PATH];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        TRY(backup_path(b->o->to, names[i], path, f));
        if (disk_exists(b->disk, path)) TRY(disk_own(b->disk, path, false, f));
    }
    return OK;
}

result backup_place(struct backup *b, struct fault *f) {
    char path[LIMIT_PATH];
    struct node_inspection from, to;
    struct looking l = {.b = b};
    TRY(directory_of(b->disk, b->o->from, DIRECTORY_LOG, f));
    TRY(directory_of(b->disk, b->o->to, DIRECTORY_LOG, f));
    TRY(node_inspect(b->disk, b->o->from, &from, f));
    snprintf(b->report->origin, sizeof b->report->origin, "%s", from.origin);
    b->report->log = from.log;
    TRY(disk_make_dir(b->disk, b->o->to, f));
    TRY(disk_own(b->disk, b->o->to, true, f));
    TRY(no_links(b, f));
    TRY(backup_path(b->o->to, "genesis", path, f));
    b->fresh = !disk_exists(b->disk, path);
    if (!b->fresh && b->o->anew) return fail(f, RESULT_CONFLICT, b->o->to, "holds a log: nothing is restored over it");
    if (!b->fresh) {
        TRY(node_inspect(b->disk, b->o->to, &to, f));
        if (!hash_equal(&from.log, &to.log)) return fail(f, RESULT_CONFLICT, b->o->to, "holds another log: %s, and not %s as %s does", to.origin, from.origin, b->o->from);
    } else {
        TRY(disk_list(b->disk, b->o->to, look, &l, f));
        if (l.other[0] != '\0') return fail(f, RESULT_CONFLICT, b->o->to, "holds something else than a log: '%s'", l.other);
    }
    TRY(backup_path(b->o->to, "lock", path, f));
    if (disk_lock(b->disk, path, &b->lock, f).code == RESULT_BUSY)
        return fail(f, RESULT_BUSY, b->o->to, "another process writes there: a backup, or a server that runs on it");
    if (b->lock == NULL) return result_of(f->code);
    TRY(backup_path(b->o->to, "journal", path, f));
    TRY(disk_make_dir(b->disk, path, f));
    return disk_private(b->disk, path, f);
}

/* What a start makes, and a backup does not have. Swapped words would put what a backup has behind the end of an older copy of the log. */
result backup_served(const struct backup *b, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(backup_path(b->o->to, "index", path, f));
    if (b->fresh || !disk_exists(b->disk, path)) return OK;
    return fail(f, RESULT_CONFLICT, b->o->to, "is a log on which a server has run, and no backup: are the two the wrong way round? It is 'parley backup LOG BACKUP'; else back up to another directory");
}

/* --- what is derived, and what was given out --- */

result backup_checkpoint_read(struct backup *b, struct fault *f) {
    char path[LIMIT_PATH];
    unsigned waited = 0;
    TRY(backup_path(b->o->from, "checkpoint", path, f));
    for (;;) {
        result r = checkpoint_file_read(b->disk, path, &b->given, f);
        if (r.code != RESULT_ROT || !backup_patient(b, &waited)) return r;
    }
}

static void passed_over(struct backup *b, const struct fault *why) {
    b->report->snapshots_passed++;
    b->report->passed = *why;
}

/* The newest that is whole and not ahead of what was copied. NOT_FOUND: it was removed meanwhile, for a newer one is there. */
static result newest(struct backup *b, const char *from, const char *to, struct fault *f) {
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    TRY(snapshot_list(b->disk, from, orders, &count, f));
    for (uint32_t i = 0; i < count && b->report->snapshot == 0; i++) {
        struct snapshot_head head, there;
        struct fault why = {0};
        result r = snapshot_head_read(b->disk, from, orders[i], &head, &why);
        if (result_is_ok(r) && !hash_equal(&head.log, &b->report->log)) r = fail(&why, RESULT_CONFLICT, from, "the snapshot of order %llu is of another log", (unsigned long long)orders[i]);
        if (result_is_ok(r) && head.batch > b->report->batch) continue;
        bool has = result_is_ok(r) && result_is_ok(snapshot_head_read(b->disk, to, orders[i], &there, NULL)) && hash_equal(&head.content, &there.content) &&
                   result_is_ok(snapshot_file_check(b->disk, to, &there, NULL));
        if (result_is_ok(r) && !has) r = snapshot_copy(b->disk, from, &head, to, &why);
        if (result_is_ok(r)) b->report->snapshot = head.order;
        else if (r.code == RESULT_NOT_FOUND || r.code == RESULT_FULL) return fail(f, r.code, why.field, "%s", why.message);
        else if (r.code == RESULT_IO) return fail(f, r.code, why.field, "%s", why.message);
        else passed_over(b, &why);
    }
    return OK;
}

result backup_snapshot(struct backup *b, struct fault *f) {
    char from[LIMIT_PATH], to[LIMIT_PATH];
    result r = OK;
    TRY(backup_path(b->o->from, "snapshots", from, f));
    TRY(backup_path(b->o->to, "snapshots", to, f));
    for (int i = 0; i < ATTEMPTS; i++) {
        r = newest(b, from, to, f);
        if (r.code != RESULT_NOT_FOUND) return r;
    }
    passed_over(b, f); /* without any the journal gives the same state */
    return OK;
}

result backup_end(const struct backup *b, struct fault *f) {
    static uint8_t room[CHECKPOINT_FILE_BYTES];
    memset(room, 0, sizeof room);
    if (b->given.any) {
        uint8_t block[CHECKPOINT_BLOCK];
        uint64_t at = checkpoint_file_render(&b->given, block);
        memcpy(room + at, block, sizeof block);
    }
    TRY(write_small(b->disk, b->o->to, "checkpoint", (struct text){(const char *)room, sizeof room}, f));
    return b->fresh ? copy_small(b, "genesis", f) : OK;
}
