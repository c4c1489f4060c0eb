#include "log/shelf.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct run {
    uint64_t count;
    uint8_t *tail;     /* rows of the last chunk; NULL before the first row */
    uint64_t *chunks;  /* where in the file each full chunk stands */
    uint32_t room;
};
struct shelf {
    struct disk_file *file;
    pthread_mutex_t lock;
    uint32_t row_size, chunk_rows, runs;
    uint64_t next_chunk;
    struct run run[];
};

result shelf_new(struct disk *d, const char *path, uint32_t row_size, uint32_t chunk_rows, uint32_t runs, struct shelf **out,
                 struct fault *f) {
    if (disk_exists(d, path)) TRY(disk_remove(d, path, f));
    struct disk_file *file = NULL;
    TRY(disk_open(d, path, DISK_WRITE, true, &file, f));
    struct shelf *s = calloc(1, sizeof *s + runs * sizeof s->run[0]);
    if (s == NULL) {
        disk_close(file);
        return fail(f, RESULT_FULL, path, "out of memory");
    }
    s->file = file;
    s->row_size = row_size;
    s->chunk_rows = chunk_rows;
    s->runs = runs;
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

/* A full chunk goes to the file. Under the lock: rows never stand nowhere. */
static result put_away(struct shelf *s, struct run *r, struct fault *f) {
    uint64_t chunk = r->count / s->chunk_rows - 1;
    if (chunk >= r->room) {
        uint32_t room = r->room == 0 ? 4 : 2 * r->room;
        uint64_t *bigger = realloc(r->chunks, room * sizeof *bigger);
        if (bigger == NULL) return fail(f, RESULT_FULL, "index", "out of memory");
        r->chunks = bigger;
        r->room = room;
    }
    uint64_t bytes = (uint64_t)s->chunk_rows * s->row_size, at = s->next_chunk * bytes;
    TRY(disk_write(s->file, at, r->tail, (size_t)bytes, f));
    r->chunks[chunk] = at;
    s->next_chunk++;
    return OK;
}

static result append_locked(struct shelf *s, struct run *r, const void *row, struct fault *f) {
    if (r->tail == NULL) r->tail = malloc((size_t)s->chunk_rows * s->row_size);
    if (r->tail == NULL) return fail(f, RESULT_FULL, "index", "out of memory");
    memcpy(r->tail + (size_t)(r->count % s->chunk_rows) * s->row_size, row, s->row_size);
    r->count++;
    return r->count % s->chunk_rows == 0 ? put_away(s, r, f) : OK;
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

result shelf_read(struct shelf *s, uint32_t run, uint64_t index, void *row, struct fault *f) {
    assert(run < s->runs);
    const struct run *r = &s->run[run];
    uint64_t chunk = index / s->chunk_rows, within = index % s->chunk_rows * s->row_size, at = 0;
    pthread_mutex_lock(&s->lock);
    assert(index < r->count);
    bool in_tail = chunk == r->count / s->chunk_rows;
    if (in_tail) memcpy(row, r->tail + within, s->row_size);
    else at = r->chunks[chunk] + within;
    pthread_mutex_unlock(&s->lock);
    if (in_tail) return OK;
    size_t got = 0;
    TRY(disk_read(s->file, at, row, s->row_size, &got, f));
    return got == s->row_size ? OK : fail(f, RESULT_IO, "index", "the index file is shorter than what was written to it");
}
