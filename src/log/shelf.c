#include "log/shelf.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "log/crc32c.h"

enum { HEAD = 16 /* crc u32 (CRC-32C of the rest), run u32, its chunk's number u64 */, CHUNK_MOST = 16 * 1024 };

struct run {
    uint64_t count;
    uint8_t *tail;     /* the last chunk; NULL before the first row */
    uint32_t *chunks;  /* which of the file's each full chunk is */
    size_t room;
};
struct shelf {
    struct disk_file *file;
    pthread_mutex_t lock;
    uint32_t row_size, chunk_rows, runs, next_chunk;
    size_t bytes;      /* of a chunk, its head included */
    char path[LIMIT_PATH];
    bool rotten; struct fault why; /* under the lock */
    struct run run[];
};

result shelf_new(struct disk *d, const char *path, uint32_t row_size, uint32_t chunk_rows, uint32_t runs, struct shelf **out,
                 struct fault *f) {
    struct disk_file *file = NULL;
    if (!result_is_ok(disk_open(d, path, DISK_WRITE, true, &file, f))) { /* whatever stands there is nothing that anybody needs */
        if (disk_exists(d, path)) TRY(disk_remove(d, path, f));
        TRY(disk_open(d, path, DISK_WRITE, true, &file, f));
    }
    struct shelf *s = calloc(1, sizeof *s + runs * sizeof s->run[0]);
    if (s == NULL) {
        disk_close(file);
        return fail(f, RESULT_FULL, path, "out of memory");
    }
    s->file = file;
    s->row_size = row_size;
    s->chunk_rows = chunk_rows;
    s->runs = runs;
    s->bytes = HEAD + (size_t)chunk_rows * row_size;
    assert(s->bytes <= CHUNK_MOST);
    snprintf(s->path, sizeof s->path, "%s", path);
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return OK;
}

void shelf_free(struct shelf *s) {
    if (s == NULL) return;
    for (uint32_t i = 0; i < s->runs; i++) {
        free(s->run[i].tail);
        free(s->run[i].chunks);
    }
    disk_close(s->file);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void put_head(const struct shelf *s, uint8_t *bytes, uint32_t run, uint64_t chunk) {
    struct append a = append_fixed(bytes, HEAD);
    a.size = 4;
    append_u32(&a, run);
    append_u64(&a, chunk);
    a.size = 0;
    append_u32(&a, crc32c_of(bytes + 4, s->bytes - 4));
}

static bool chunks_room(struct run *r, uint64_t count) {
    if (count <= r->room) return true;
    size_t room = r->room == 0 ? 4 : 2 * r->room;
    if (room < count) room = (size_t)count;
    uint32_t *bigger = realloc(r->chunks, room * sizeof *bigger);
    if (bigger == NULL) return false;
    r->chunks = bigger;
    r->room = room;
    return true;
}

/* A full chunk goes to the file. Under the lock: rows never stand nowhere. */
static result put_away(struct shelf *s, struct run *r, struct fault *f) {
    uint64_t chunk = r->count / s->chunk_rows - 1;
    if (s->next_chunk == UINT32_MAX || !chunks_room(r, chunk + 1)) return fail(f, RESULT_FULL, "index", "out of memory");
    put_head(s, r->tail, (uint32_t)(r - s->run), chunk);
    TRY(disk_write(s->file, s->next_chunk * (uint64_t)s->bytes, r->tail, s->bytes, f));
    r->chunks[chunk] = s->next_chunk++;
    return OK;
}

static bool tail_room(const struct shelf *s, struct run *r) {
    if (r->tail == NULL) r->tail = calloc(1, s->bytes);
    return r->tail != NULL;
}
static uint8_t *row_in(const struct shelf *s, uint8_t *chunk, uint64_t index) { return chunk + HEAD + (size_t)(index % s->chunk_rows) * s->row_size; }

static result append_locked(struct shelf *s, struct run *r, const void *row, struct fault *f) {
    if (!tail_room(s, r)) return fail(f, RESULT_FULL, "index", "out of memory");
    memcpy(row_in(s, r->tail, r->count), row, s->row_size);
    r->count++;
    return r->count % s->chunk_rows == 0 ? put_away(s, r, f) : OK;
}

result shelf_clear(struct shelf *s, struct fault *f) {
    for (uint32_t i = 0; i < s->runs; i++) s->run[i].count = 0;
    s->next_chunk = 0;
    s->rotten = false; /* what is there from now on is made anew */
    return disk_truncate(s->file, 0, f);
}

result shelf_append(struct shelf *s, uint32_t run, const void *row, struct fault *f) {
    assert(run < s->runs);
    pthread_mutex_lock(&s->lock);
    result r = append_locked(s, &s->run[run], row, f);
    pthread_mutex_unlock(&s->lock);
    return r;
}

result shelf_append_all(struct shelf *s, uint32_t run, const void *rows, uint32_t count, struct fault *f) {
    assert(run < s->runs);
    result r = OK;
    pthread_mutex_lock(&s->lock);
    for (uint32_t i = 0; i < count && result_is_ok(r); i++) r = append_locked(s, &s->run[run], (const uint8_t *)rows + (size_t)i * s->row_size, f);
    pthread_mutex_unlock(&s->lock);
    return r;
}

static result rotten(struct shelf *s, uint64_t at, const char *what, struct fault *f) {
    struct fault why = {0};
    result r = fail(&why, RESULT_ROT, s->path, "%s, byte %llu: %s; it is derived: the next start makes it anew from the journal", s->path, (unsigned long long)at, what);
    pthread_mutex_lock(&s->lock);
    if (!s->rotten) s->why = why;
    s->rotten = true;
    pthread_mutex_unlock(&s->lock);
    if (f != NULL) *f = why;
    return r;
}
bool shelf_rotten(struct shelf *s, struct fault *why) {
    pthread_mutex_lock(&s->lock);
    bool yes = s->rotten;
    if (yes) *why = s->why;
    pthread_mutex_unlock(&s->lock);
    return yes;
}

/* Chunk number `chunk` of the run, which stands in the file at `at`. */
static result read_chunk(struct shelf *s, uint32_t run, uint64_t chunk, uint64_t at, uint8_t room[CHUNK_MOST], struct fault *f) {
    uint8_t head[HEAD];
    size_t got = 0;
    TRY(disk_read(s->file, at, room, s->bytes, &got, f));
    if (got < s->bytes) return rotten(s, at, "the file is shorter than what was written to it", f);
    memcpy(head, room, HEAD);
    put_head(s, room, run, chunk);
    return memcmp(head, room, HEAD) == 0 ? OK : rotten(s, at, "a chunk is not what was written", f);
}

result shelf_read_all(struct shelf *s, uint32_t run, const uint64_t *index, uint32_t count, void *rows, struct fault *f) {
    assert(run < s->runs);
    const struct run *r = &s->run[run];
    uint8_t room[CHUNK_MOST], *row = rows;
    uint64_t held = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++, row += s->row_size) {
        uint64_t chunk = index[i] / s->chunk_rows, at = 0;
        pthread_mutex_lock(&s->lock);
        assert(index[i] < r->count);
        bool in_tail = chunk == r->count / s->chunk_rows;
        if (in_tail) memcpy(row, row_in(s, r->tail, index[i]), s->row_size);
        else at = r->chunks[chunk] * (uint64_t)s->bytes;
        pthread_mutex_unlock(&s->lock);
        if (in_tail) continue;
        if (chunk != held) TRY(read_chunk(s, run, chunk, at, room, f));
        held = chunk;
        memcpy(row, row_in(s, room, index[i]), s->row_size);
    }
    return OK;
}

result shelf_read(struct shelf *s, uint32_t run, uint64_t index, void *row, struct fault *f) { return shelf_read_all(s, run, &index, 1, row, f); }

void shelf_keep(const struct shelf *s, struct append *out) {
    append_u32(out, s->row_size);
    append_u32(out, s->chunk_rows);
    append_u32(out, s->next_chunk);
}

void shelf_keep_run(const struct shelf *s, uint32_t run, struct append *out) {
    const struct run *r = &s->run[run];
    for (uint64_t i = 0; i < r->count / s->chunk_rows; i++) append_u32(out, r->chunks[i]);
    if (r->count % s->chunk_rows > 0) append_bytes(out, r->tail + HEAD, (size_t)(r->count % s->chunk_rows) * s->row_size);
}

static result not_good(const struct shelf *s, struct fault *f) { return fail(f, RESULT_ROT, s->path, "what was kept of %s is not possible", s->path); }

result shelf_take(struct shelf *s, struct cursor *c, struct fault *f) {
    uint64_t size = 0;
    bool same = cursor_u32(c) == s->row_size;
    same = cursor_u32(c) == s->chunk_rows && same;
    s->next_chunk = cursor_u32(c);
    if (!same || c->failed) return not_good(s, f);
    TRY(disk_size(s->file, &size, f));
    return size >= s->next_chunk * (uint64_t)s->bytes ? OK : fail(f, RESULT_ROT, s->path, "%s is shorter than what was kept of it", s->path);
}

result shelf_take_run(struct shelf *s, uint32_t run, uint64_t rows, struct cursor *c, struct fault *f) {
    struct run *r = &s->run[run];
    uint64_t chunks = rows / s->chunk_rows;
    size_t rest = (size_t)(rows % s->chunk_rows) * s->row_size;
    if (chunks > s->next_chunk || chunks * 4 > c->left) return not_good(s, f);
    if (!chunks_room(r, chunks) || !tail_room(s, r)) return fail(f, RESULT_FULL, "index", "out of memory");
    for (uint64_t i = 0; i < chunks; i++) {
        r->chunks[i] = cursor_u32(c);
        if (r->chunks[i] >= s->next_chunk) return not_good(s, f);
    }
    if (rest > 0 && !cursor_copy(c, r->tail + HEAD, rest)) return not_good(s, f);
    r->count = rows;
    return OK;
}
