/* What memory holds of places and trees, kept beside a snapshot under the number of its batch (FORMAT.md, "The directory"), so that a start need not go
 * through the whole log again. Derived: without it, or where anything in it does not fit, the log's extents are read from the beginning. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/node_private.h"

#define INDEX_MAGIC "parley/index/2\n" /* with its terminating zero: 16 bytes */
#define INDEX_MOST ((size_t)1 << 31)

static result path_of(const struct node *n, uint64_t batch, char path[LIMIT_PATH], struct fault *f) {
    char name[8 + DISK_DIGITS];
    snprintf(name, sizeof name, "index/%020" PRIu64, batch);
    return node_path(n, name, path, f);
}

/* ---- those of other batches ---- */
struct kept_list { uint64_t at[LIMIT_INDEXES_LISTED]; uint32_t count; };
static bool see(void *context, const char *name) {
    struct kept_list *l = context;
    uint64_t batch = 0;
    if (disk_numbered(name, &batch) && l->count < LIMIT_INDEXES_LISTED) l->at[l->count++] = batch;
    return true;
}
static result list(const struct node *n, struct kept_list *l, struct fault *f) {
    char dir[LIMIT_PATH];
    l->count = 0;
    TRY(node_path(n, "index", dir, f));
    result r = disk_list(n->index_disk, dir, see, l, f);
    return r.code == RESULT_NOT_FOUND ? OK : r;
}
static result remove_one(const struct node *n, uint64_t batch, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(path_of(n, batch, path, f));
    return disk_remove(n->index_disk, path, f);
}
/* What no snapshot can be started with goes; that of a snapshot which is yet to be written stands in `batch`. */
static result prune(const struct node *n, uint64_t batch, struct fault *f) {
    struct kept_list l;
    char dir[LIMIT_PATH];
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    TRY(list(n, &l, f));
    TRY(node_path(n, "snapshots", dir, f));
    TRY(snapshot_list(n->disk, dir, orders, &count, f));
    for (uint32_t i = 0; i < l.count; i++) {
        bool needed = l.at[i] == batch;
        for (uint32_t k = 0; k < count && !needed; k++) {
            struct snapshot_head h;
            needed = result_is_ok(snapshot_head_read(n->disk, dir, orders[k], &h, f)) && h.batch == l.at[i];
        }
        if (!needed) TRY(remove_one(n, l.at[i], f));
    }
    return OK;
}
/* No later start takes anything of the files. */
static result drop(const struct node *n, struct fault *f) {
    struct kept_list l;
    char dir[LIMIT_PATH];
    bool any = false;
    TRY(node_path(n, "index", dir, f));
    do {
        TRY(list(n, &l, f));
        for (uint32_t i = 0; i < l.count; i++) TRY(remove_one(n, l.at[i], f));
        any = any || l.count > 0;
    } while (l.count == LIMIT_INDEXES_LISTED);
    return any ? disk_sync_dir(n->index_disk, dir, f) : OK; /* none may come back that names what is no longer there */
}
result node_index_clear(struct node *n, struct fault *f) {
    TRY(drop(n, f));
    return streams_clear(n->streams, f);
}

/* What is derived and has rotted under us is made anew by the next start, by itself: what names it goes now. Until then what it says is not given out. */
void node_index_mind(struct node *n) {
    struct fault why;
    if (n->numbers.index_rotten || n->options.read_only || !streams_rotten(n->streams, &n->numbers.index_why)) return;
    n->numbers.index_rotten = true;
    (void)drop(n, &why).code; /* node_index_keep and the end try it again */
}
void node_index_end(const struct node *n) {
    struct fault why;
    if (n->streams != NULL && !n->options.read_only && streams_rotten(n->streams, &why)) (void)drop(n, &why).code;
}

/* ---- writing ---- */
static void render(const struct node *n, struct append *out) {
    struct journal_before before;
    journal_before(n->journal, &before);
    append_bytes(out, INDEX_MAGIC, 16);
    append_bytes(out, n->log.bytes, SHA256_SIZE);
    append_u64(out, before.place.number + 1);
    append_bytes(out, journal_last_hash(n->journal)->bytes, SHA256_SIZE);
    append_u32(out, before.place.at.segment);
    append_u64(out, before.place.at.offset);
    append_bytes(out, before.place.hash.bytes, SHA256_SIZE);
    append_u64(out, before.bytes);
    streams_keep(n->streams, out);
    struct hash own = sha256_of(out->at, out->size);
    append_bytes(out, own.bytes, SHA256_SIZE);
}
/* Not synced: node_index_sync does so, before a snapshot counts on it. */
result node_index_keep(struct node *n, struct fault *f) {
    uint64_t batch = journal_number(n->journal);
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    struct fault rotten;
    if (n->options.read_only || batch == 0) return OK;
    if (streams_rotten(n->streams, &rotten)) return drop(n, f);
    TRY(path_of(n, batch, path, f));
    struct append out = append_growing(INDEX_MOST);
    render(n, &out);
    result r = out.full ? fail(f, RESULT_FULL, "index", "no memory for what is to be kept of it") : disk_open(n->disk, path, DISK_WRITE, true, &file, f);
    if (result_is_ok(r)) r = disk_truncate(file, 0, f);
    if (result_is_ok(r)) r = disk_write(file, 0, out.at, out.size, f);
    disk_close(file);
    append_free(&out);
    TRY(r);
    return prune(n, batch, f);
}
static result sync_one(struct disk *d, const char *path, struct fault *f) {
    struct disk_file *file = NULL;
    if (!disk_exists(d, path)) return OK; /* then a start goes without */
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = disk_sync(file, f);
    disk_close(file);
    return r;
}
/* By whoever writes the snapshot behind that batch, be it another process: what it names must stand on the medium as long as the snapshot does. */
result node_index_sync(const struct node *n, uint64_t batch, struct fault *f) {
    static const char *const names[] = {"index/places", "index/ticks", "index/nodes"};
    char path[LIMIT_PATH], dir[LIMIT_PATH];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        TRY(node_path(n, names[i], path, f));
        TRY(sync_one(n->disk, path, f));
    }
    TRY(path_of(n, batch, path, f));
    TRY(sync_one(n->disk, path, f));
    TRY(node_path(n, "index", dir, f));
    return disk_exists(n->disk, path) ? disk_sync_dir(n->disk, dir, f) : OK;
}

/* ---- reading ---- */
bool node_index_kept(const struct node *n, const struct snapshot_head *head) {
    char path[LIMIT_PATH];
    struct fault f;
    return !n->options.read_only && result_is_ok(path_of(n, head->batch, path, &f)) && disk_exists(n->disk, path);
}
static result read_all(const struct node *n, const char *path, uint8_t **out, size_t *size, struct fault *f) {
    struct disk_file *file = NULL;
    uint64_t bytes = 0;
    TRY(disk_open(n->disk, path, DISK_READ, false, &file, f));
    result r = disk_size(file, &bytes, f);
    if (result_is_ok(r) && (bytes < 16 + SHA256_SIZE || bytes > INDEX_MOST)) r = fail(f, RESULT_ROT, path, "%s: no kept index has %llu bytes", path, (unsigned long long)bytes);
    if (result_is_ok(r) && (*out = malloc((size_t)bytes)) == NULL) r = fail(f, RESULT_FULL, path, "out of memory");
    if (result_is_ok(r)) r = disk_read(file, 0, *out, (size_t)bytes, size, f);
    disk_close(file);
    return r;
}
static result take(struct node *n, const struct snapshot_head *head, const char *path, const uint8_t *bytes, size_t size, struct fault *f) {
    struct cursor c = cursor_of(bytes, size < SHA256_SIZE ? 0 : size - SHA256_SIZE);
    struct hash own = sha256_of(bytes, c.left), log, hash;
    struct journal_before before = {0};
    if (c.left == 0 || memcmp(own.bytes, bytes + c.left, SHA256_SIZE) != 0) return fail(f, RESULT_ROT, path, "%s does not match its hash", path);
    const uint8_t *magic = cursor_bytes(&c, 16);
    if (magic == NULL || memcmp(magic, INDEX_MAGIC, 16) != 0) return fail(f, RESULT_UNSUPPORTED, path, "%s: is no index that this version reads", path);
    cursor_copy(&c, log.bytes, SHA256_SIZE);
    uint64_t batch = cursor_u64(&c);
    cursor_copy(&c, hash.bytes, SHA256_SIZE);
    before.place.at.segment = cursor_u32(&c);
    before.place.at.offset = cursor_u64(&c);
    cursor_copy(&c, before.place.hash.bytes, SHA256_SIZE);
    before.bytes = cursor_u64(&c);
    bool same = !c.failed && hash_equal(&log, &n->log) && batch == head->batch && batch > 0 && hash_equal(&hash, &head->batch_hash);
    if (!same || before.place.at.segment == 0 || before.place.at.offset % SEGMENT_SECTOR != 0) return fail(f, RESULT_CONFLICT, path, "%s is not of the snapshot's batch", path);
    TRY(streams_take(n->streams, &c, f));
    before.place.number = batch - 1;
    journal_resume(n->journal, &before);
    return OK;
}
result node_index_take(struct node *n, const struct snapshot_head *head, struct fault *f) {
    char path[LIMIT_PATH];
    uint8_t *bytes = NULL;
    size_t size = 0;
    TRY(path_of(n, head->batch, path, f));
    result r = read_all(n, path, &bytes, &size, f);
    if (result_is_ok(r)) r = take(n, head, path, bytes, size, f);
    free(bytes);
    return r;
}
