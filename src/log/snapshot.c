#include "log/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "core/rules.h"
#include "log/crc32c.h"

#define SNAPSHOT_MAGIC "parley/snap/2\n\0" /* with its terminating zero: 16 bytes */
enum { HEAD = 4096, BLOCK = 64 * 1024, BLOCK_HEAD = 8, BODY = BLOCK - BLOCK_HEAD, HEAD_FIELDS = 184 };
#define SNAPSHOT_NEW "new"

static result path_of(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f) {
    int n = snprintf(path, LIMIT_PATH, "%s/%s", dir, name);
    return n > 0 && n < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
}
static result path_of_order(const char *dir, uint64_t order, char path[LIMIT_PATH], struct fault *f) {
    char name[32];
    snprintf(name, sizeof name, "%020" PRIu64, order);
    return path_of(dir, name, path, f);
}

/* ---- writing ---- */
struct writing { struct disk_file *file; uint8_t *block; size_t used; uint32_t index; uint64_t bytes; struct sha256 content; result result; struct fault *f; };
static bool write_block(struct writing *w) {
    struct append head = append_fixed(w->block, BLOCK_HEAD);
    memset(w->block + BLOCK_HEAD + w->used, 0, BODY - w->used);
    head.size = 4;
    append_u32(&head, w->index);
    head.size = 0;
    append_u32(&head, crc32c_of(w->block + 4, BLOCK - 4));
    w->result = disk_write(w->file, HEAD + (uint64_t)w->index * BLOCK, w->block, BLOCK, w->f);
    w->index++;
    w->used = 0;
    /* Little by little: one sync of all of a large state at its end would make the journal's own writes wait for it. */
    if (result_is_ok(w->result) && w->index % (LIMIT_SNAPSHOT_SYNC / BLOCK) == 0) w->result = disk_sync(w->file, w->f);
    return result_is_ok(w->result);
}
static bool put(void *context, const void *bytes, size_t size) {
    struct writing *w = context;
    const uint8_t *from = bytes;
    sha256_update(&w->content, bytes, size);
    w->bytes += size;
    while (size > 0) {
        size_t run = BODY - w->used < size ? BODY - w->used : size;
        memcpy(w->block + BLOCK_HEAD + w->used, from, run);
        w->used += run;
        from += run;
        size -= run;
        if (w->used == BODY && !write_block(w)) return false;
    }
    return true;
}
static void head_render(const struct snapshot_head *h, uint8_t room[HEAD]) {
    struct append a = append_fixed(room, HEAD);
    memset(room, 0, HEAD);
    append_bytes(&a, SNAPSHOT_MAGIC, 16);
    append_bytes(&a, h->log.bytes, SHA256_SIZE);
    append_u64(&a, h->order);
    append_bytes(&a, h->digest.bytes, SHA256_SIZE);
    append_u64(&a, h->batch);
    append_bytes(&a, h->batch_hash.bytes, SHA256_SIZE);
    append_u64(&a, h->tick_bytes);
    append_u32(&a, h->tick_parties);
    append_u64(&a, h->bytes);
    append_bytes(&a, h->content.bytes, SHA256_SIZE);
    append_u32(&a, h->rules);
    a.size = HEAD - 4;
    append_u32(&a, crc32c_of(room, HEAD - 4));
}
static result write_all(struct writing *w, struct snapshot_head *head, const struct state *st, struct arena *work, struct fault *f) {
    uint8_t room[HEAD];
    sha256_init(&w->content);
    result r = state_save(st, work, put, w, f);
    if (!result_is_ok(w->result)) return w->result; /* the disk's own word */
    TRY(r);
    if (w->used > 0 && !write_block(w)) return w->result;
    head->bytes = w->bytes;
    head->content = sha256_final(&w->content);
    head_render(head, room);
    TRY(disk_write(w->file, 0, room, sizeof room, f));
    return disk_sync(w->file, f);
}

/* Of what is in the directory stay the one just written and the newest before it that is whole and of this log: what no start could use must not stand
 * in the place of one that it could. What cannot be read for another reason stays. */
static result prune(struct disk *d, const char *dir, const struct snapshot_head *head, struct fault *f) {
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count, removed;
    do {
        uint32_t kept = 0;
        removed = 0;
        TRY(snapshot_list(d, dir, orders, &count, f));
        for (uint32_t i = 0; i < count; i++) {
            struct snapshot_head found;
            char path[LIMIT_PATH];
            result r = OK;
            if (orders[i] != head->order && kept < LIMIT_SNAPSHOTS) {
                r = snapshot_head_read(d, dir, orders[i], &found, f);
                if (result_is_ok(r) && !hash_equal(&found.log, &head->log)) r = fail(f, RESULT_CONFLICT, dir, "a snapshot of another log");
                if (result_is_ok(r) && orders[i] < head->order && found.rules != head->rules) r = fail(f, RESULT_UNSUPPORTED, dir, "a snapshot of other rules");
                if (result_is_ok(r) && orders[i] > head->order) continue; /* it proves a journal that went on further */
                if (result_is_ok(r)) r = snapshot_file_check(d, dir, &found, f);
                bool unfit = r.code == RESULT_ROT || r.code == RESULT_UNSUPPORTED || r.code == RESULT_CONFLICT;
                if (!unfit) TRY(r);
            }
            if (result_is_ok(r) && kept++ < LIMIT_SNAPSHOTS) continue;
            TRY(path_of_order(dir, orders[i], path, f));
            TRY(disk_remove(d, path, f));
            removed++;
        }
    } while (count == LIMIT_SNAPSHOTS_LISTED && removed > 0); /* there may be more of them */
    return OK;
}

/* A crash before the rename leaves `new`, which nobody reads; after it the file is whole, whether its name lasts or not. */
result snapshot_write(struct disk *d, const char *dir, struct snapshot_head *head, const struct state *st, struct fault *f) {
    char path[LIMIT_PATH], name[LIMIT_PATH];
    struct arena work = {0};
    TRY(path_of(dir, SNAPSHOT_NEW, path, f));
    TRY(path_of_order(dir, head->order, name, f));
    TRY(disk_make_dir(d, dir, f));
    head->digest = state_digest(st);
    head->rules = CORE_RULES;
    struct writing w = {.block = malloc(BLOCK), .f = f};
    /* One that did not come to its end left it: it goes, and ours is made where nothing is. Whatever else stands under that name, nobody writes into it. */
    result r = disk_exists(d, path) ? disk_remove(d, path, f) : OK;
    bool memory = w.block != NULL && arena_take(&work, state_save_memory(st));
    if (result_is_ok(r)) r = memory ? disk_open(d, path, DISK_NEW, true, &w.file, f) : fail(f, RESULT_FULL, "snapshot", "no memory for the order of the rows");
    if (result_is_ok(r)) r = write_all(&w, head, st, &work, f);
    disk_close(w.file);
    free(w.block);
    arena_free(&work);
    if (result_is_ok(r)) r = disk_rename(d, path, name, f);
    if (result_is_ok(r)) r = disk_sync_dir(d, dir, f);
    TRY(r);
    return prune(d, dir, head, f);
}

/* ---- what there is ---- */
struct listing { uint64_t *orders; uint32_t count; };
static bool see(void *context, const char *name) {
    struct listing *l = context;
    uint64_t order = 0;
    if (!disk_numbered(name, &order)) return true;
    uint32_t at = 0;
    while (at < l->count && l->orders[at] > order) at++;
    if (at == LIMIT_SNAPSHOTS_LISTED) return true; /* of too many the oldest are passed over */
    if (l->count < LIMIT_SNAPSHOTS_LISTED) l->count++;
    for (uint32_t i = l->count - 1; i > at; i--) l->orders[i] = l->orders[i - 1];
    l->orders[at] = order;
    return true;
}
result snapshot_list(struct disk *d, const char *dir, uint64_t orders[LIMIT_SNAPSHOTS_LISTED], uint32_t *count, struct fault *f) {
    struct listing l = {orders, 0};
    result r = disk_list(d, dir, see, &l, f);
    *count = result_is_ok(r) ? l.count : 0;
    return r.code == RESULT_NOT_FOUND ? OK : r;
}

/* ---- reading ---- */
static result rot(const char *path, uint64_t at, struct fault *f, const char *what) {
    return fail(f, RESULT_ROT, path, "%s, byte %llu: %s", path, (unsigned long long)at, what);
}
static result head_parse(const char *path, const uint8_t room[HEAD], size_t got, uint64_t order, struct snapshot_head *h, struct fault *f) {
    struct cursor c = cursor_of(room, HEAD), end = cursor_of(room + HEAD - 4, 4);
    if (got < HEAD || cursor_u32(&end) != crc32c_of(room, HEAD - 4)) return rot(path, 0, f, "the checksum of a snapshot's head does not fit");
    if (memcmp(cursor_bytes(&c, 16), SNAPSHOT_MAGIC, 16) != 0) return fail(f, RESULT_UNSUPPORTED, path, "%s: is no snapshot that this version reads", path);
    cursor_copy(&c, h->log.bytes, SHA256_SIZE);
    h->order = cursor_u64(&c);
    cursor_copy(&c, h->digest.bytes, SHA256_SIZE);
    h->batch = cursor_u64(&c);
    cursor_copy(&c, h->batch_hash.bytes, SHA256_SIZE);
    h->tick_bytes = cursor_u64(&c);
    h->tick_parties = cursor_u32(&c);
    h->bytes = cursor_u64(&c);
    cursor_copy(&c, h->content.bytes, SHA256_SIZE);
    h->rules = cursor_u32(&c);
    if (h->order != order || order == 0) return rot(path, 48, f, "a snapshot of another order under this name");
    /* A batch holds a statement at least. What else is checked against the state and the journal is so where they are there. */
    if (h->batch == 0 || h->batch > h->order) return rot(path, 88, f, "a snapshot's batch is not possible");
    if (h->tick_bytes > LIMIT_TICK_MOST) return rot(path, 128, f, "a tick's mean of bytes is not possible");
    if (h->tick_parties > LIMIT_PARTIES) return rot(path, 136, f, "the last tick's number of parties is not possible");
    if (h->bytes == 0) return rot(path, 140, f, "a snapshot without a state");
    for (size_t left = HEAD - 4 - HEAD_FIELDS; left > 0; left--)
        if (*cursor_bytes(&c, 1) != 0) return rot(path, HEAD - 4 - left, f, "the rest of a snapshot's head is not zero");
    return OK;
}
result snapshot_head_read(struct disk *d, const char *dir, uint64_t order, struct snapshot_head *out, struct fault *f) {
    char path[LIMIT_PATH];
    uint8_t room[HEAD] = {0};
    struct disk_file *file = NULL;
    size_t got = 0;
    *out = (struct snapshot_head){0};
    TRY(path_of_order(dir, order, path, f));
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = disk_read(file, 0, room, sizeof room, &got, f);
    if (result_is_ok(r)) r = head_parse(path, room, got, order, out, f);
    disk_close(file);
    return r;
}

struct reading { struct disk_file *file; const char *path; uint8_t *block; uint64_t left; size_t at, end; uint32_t index; struct sha256 content; result result; struct fault *f; };
static bool read_block(struct reading *x) {
    uint64_t from = HEAD + (uint64_t)x->index * BLOCK;
    size_t got = 0;
    x->result = disk_read(x->file, from, x->block, BLOCK, &got, x->f);
    if (!result_is_ok(x->result)) return false;
    struct cursor c = cursor_of(x->block, BLOCK_HEAD);
    uint32_t crc = cursor_u32(&c), index = cursor_u32(&c);
    if (got != BLOCK || index != x->index || crc != crc32c_of(x->block + 4, BLOCK - 4)) {
        x->result = rot(x->path, from, x->f, "the checksum of a snapshot's block does not fit");
        return false;
    }
    x->index++;
    x->at = BLOCK_HEAD;
    x->end = BLOCK_HEAD + (x->left < BODY ? (size_t)x->left : BODY);
    return true;
}
static size_t get(void *context, void *bytes, size_t room) {
    struct reading *x = context;
    if (x->left == 0 || (x->at == x->end && !read_block(x))) return 0;
    size_t run = x->end - x->at < room ? x->end - x->at : room;
    memcpy(bytes, x->block + x->at, run);
    sha256_update(&x->content, bytes, run);
    x->at += run;
    x->left -= run;
    return run;
}
static result load_all(struct reading *x, const struct snapshot_head *head, struct arena *a, const struct statement *genesis, struct state **out, struct fault *f) {
    struct fault inner = {0};
    sha256_init(&x->content);
    result r = state_load(a, genesis, get, x, out, &inner);
    if (!result_is_ok(x->result)) return x->result;
    if (!result_is_ok(r)) return fail(f, r.code, x->path, "%s: %s", x->path, inner.message);
    struct hash content = sha256_final(&x->content);
    if (!hash_equal(&content, &head->content)) return rot(x->path, HEAD, f, "the state's bytes do not match their hash");
    if (head->tick_parties > state_party_count(*out)) return rot(x->path, 136, f, "the last tick was sealed over more parties than there are");
    struct hash digest = state_digest(*out);
    return hash_equal(&digest, &head->digest) && state_order(*out) == head->order ? OK : rot(x->path, HEAD, f, "the state does not have the digest that it had");
}
result snapshot_load(struct disk *d, const char *dir, const struct snapshot_head *head, struct arena *a, const struct statement *genesis,
                     struct state **out, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(path_of_order(dir, head->order, path, f));
    struct reading x = {.path = path, .block = malloc(BLOCK), .left = head->bytes, .f = f};
    result r = x.block == NULL ? fail(f, RESULT_FULL, path, "out of memory") : disk_open(d, path, DISK_READ, false, &x.file, f);
    if (result_is_ok(r)) r = load_all(&x, head, a, genesis, out, f);
    disk_close(x.file);
    free(x.block);
    return r;
}

result snapshot_capacities(struct disk *d, const char *dir, const struct snapshot_head *head, const struct statement *genesis, struct capacity *now,
                           struct capacity *wanted, uint64_t *waits, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(path_of_order(dir, head->order, path, f));
    struct reading x = {.path = path, .block = malloc(BLOCK), .left = head->bytes, .f = f};
    result r = x.block == NULL ? fail(f, RESULT_FULL, path, "out of memory") : disk_open(d, path, DISK_READ, false, &x.file, f);
    sha256_init(&x.content);
    if (result_is_ok(r)) {
        struct fault inner = {0};
        r = state_load_capacities(genesis, get, &x, now, wanted, waits, &inner);
        if (!result_is_ok(x.result)) r = x.result; /* the disk's own word */
        else if (!result_is_ok(r)) r = fail(f, r.code, path, "%s: %s", path, inner.message);
    }
    disk_close(x.file);
    free(x.block);
    return r;
}

result snapshot_file_check(struct disk *d, const char *dir, const struct snapshot_head *head, struct fault *f) {
    char path[LIMIT_PATH];
    uint8_t some[1024];
    uint64_t size = 0;
    TRY(path_of_order(dir, head->order, path, f));
    struct reading x = {.path = path, .block = malloc(BLOCK), .left = head->bytes, .f = f};
    result r = x.block == NULL ? fail(f, RESULT_FULL, path, "out of memory") : disk_open(d, path, DISK_READ, false, &x.file, f);
    if (result_is_ok(r)) r = disk_size(x.file, &size, f);
    if (result_is_ok(r)) {
        sha256_init(&x.content);
        while (get(&x, some, sizeof some) > 0) continue;
        r = x.result;
        struct hash content = sha256_final(&x.content);
        if (result_is_ok(r) && !hash_equal(&content, &head->content)) r = rot(path, HEAD, f, "the state's bytes do not match their hash");
        if (result_is_ok(r) && size != HEAD + (uint64_t)x.index * BLOCK) r = rot(path, HEAD + (uint64_t)x.index * BLOCK, f, "bytes behind the state");
    }
    disk_close(x.file);
    free(x.block);
    return r;
}

struct hashing { struct sha256 content; uint64_t bytes; };
static bool hash_more(void *context, const void *bytes, size_t size) {
    struct hashing *h = context;
    sha256_update(&h->content, bytes, size);
    h->bytes += size;
    return true;
}
result snapshot_state_check(const struct snapshot_head *head, const struct state *st, bool *same, struct fault *f) {
    struct arena work = {0};
    struct hashing h = {.bytes = 0};
    struct hash digest = state_digest(st);
    if (!arena_take(&work, state_save_memory(st))) return fail(f, RESULT_FULL, "snapshot", "no memory for the order of the rows");
    sha256_init(&h.content);
    result r = state_save(st, &work, hash_more, &h, f);
    arena_free(&work);
    struct hash content = sha256_final(&h.content);
    *same = hash_equal(&digest, &head->digest) && hash_equal(&content, &head->content) && h.bytes == head->bytes && state_order(st) == head->order;
    return r;
}

/* ---- into a backup ---- */
static result copy_bytes(struct disk_file *from, struct disk_file *to, uint64_t size, uint8_t *room, struct fault *f) {
    for (uint64_t at = 0; at < size;) {
        size_t run = size - at < BLOCK ? (size_t)(size - at) : BLOCK, got = 0;
        TRY(disk_read(from, at, room, run, &got, f));
        if (got != run) return fail(f, RESULT_IO, "snapshots", "a snapshot is shorter than it was a moment ago");
        TRY(disk_write(to, at, room, run, f));
        at += run;
    }
    return disk_sync(to, f);
}
result snapshot_copy(struct disk *d, const char *from, const struct snapshot_head *head, const char *to, struct fault *f) {
    char source[LIMIT_PATH], path[LIMIT_PATH], name[LIMIT_PATH];
    struct disk_file *in = NULL, *out = NULL;
    uint64_t size = 0;
    TRY(path_of_order(from, head->order, source, f));
    TRY(path_of(to, SNAPSHOT_NEW, path, f));
    TRY(path_of_order(to, head->order, name, f));
    TRY(snapshot_file_check(d, from, head, f));
    TRY(disk_make_dir(d, to, f));
    uint8_t *room = malloc(BLOCK);
    result r = room == NULL ? fail(f, RESULT_FULL, path, "out of memory") : disk_open(d, source, DISK_READ, false, &in, f);
    if (result_is_ok(r)) r = disk_size(in, &size, f);
    if (result_is_ok(r) && disk_exists(d, path)) r = disk_remove(d, path, f);
    if (result_is_ok(r)) r = disk_open(d, path, DISK_NEW, true, &out, f);
    if (result_is_ok(r)) r = copy_bytes(in, out, size, room, f);
    disk_close(in);
    disk_close(out);
    free(room);
    if (result_is_ok(r)) r = disk_rename(d, path, name, f);
    if (result_is_ok(r)) r = disk_sync_dir(d, to, f);
    TRY(r);
    return prune(d, to, head, f);
}
