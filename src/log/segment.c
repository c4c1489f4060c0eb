#include "log/segment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    uint32_t segment;
    uint64_t used;
    struct disk_file *file;
};
struct segments {
    struct disk *disk;
    char *dir, *prefix;
    uint64_t bytes, uses;
    uint32_t last;
    struct reader readers[LIMIT_SEGMENTS_OPEN];
    struct disk_file *file;   /* being written */
    struct segment_place end;
    uint64_t zeroed;          /* of the file being written: from `end` up to here are zeros */
    uint8_t *stage;           /* aligned; its first block is the block that `end` lies in */
};

static bool number_of(const struct segments *s, const char *name, uint32_t *number) {
    size_t n = strlen(s->prefix);
    if (strncmp(name, s->prefix, n) != 0 || name[n] != '-' || strlen(name) != n + 13) return false;
    *number = 0;
    for (int i = 0; i < 8; i++) {
        char c = name[n + 1 + (size_t)i];
        if (c < '0' || c > '9') return false;
        *number = *number * 10 + (uint32_t)(c - '0');
    }
    return strcmp(name + n + 9, ".seg") == 0;
}

static bool see(void *context, const char *name) {
    struct segments *s = context;
    uint32_t number;
    if (number_of(s, name, &number) && number > s->last) s->last = number;
    return true;
}

result segments_open(struct disk *d, const char *dir, const char *prefix, uint64_t bytes, struct segments **out,
                     struct fault *f) {
    if (strlen(dir) + strlen(prefix) + sizeof "/-00000001.seg" > LIMIT_PATH)
        return fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
    struct segments *s = calloc(1, sizeof *s);
    if (s == NULL) return fail(f, RESULT_FULL, dir, "out of memory");
    *s = (struct segments){.disk = d, .dir = strdup(dir), .prefix = strdup(prefix), .bytes = bytes};
    if (s->dir == NULL || s->prefix == NULL) {
        segments_close(s);
        return fail(f, RESULT_FULL, dir, "out of memory");
    }
    result r = disk_list(d, dir, see, s, f);
    if (!result_is_ok(r)) {
        segments_close(s);
        return r;
    }
    *out = s;
    return OK;
}

void segments_close(struct segments *s) {
    if (s == NULL) return;
    for (int i = 0; i < LIMIT_SEGMENTS_OPEN; i++) disk_close(s->readers[i].file);
    disk_close(s->file);
    free(s->dir);
    free(s->prefix);
    free(s->stage);
    free(s);
}

uint32_t segments_last(const struct segments *s) { return s->last; }
result segments_look(struct segments *s, struct fault *f) { return disk_list(s->disk, s->dir, see, s, f); }

void segments_path(const struct segments *s, uint32_t segment, char path[LIMIT_PATH]) {
    int n = snprintf(path, LIMIT_PATH, "%s/%s-%08u.seg", s->dir, s->prefix, segment);
    assert(n > 0 && n < LIMIT_PATH); /* segments_open saw to it */
}

/* Few files are open at a time, the one unused for longest goes. */
static result reader_of(struct segments *s, uint32_t segment, struct disk_file **out, struct fault *f) {
    struct reader *oldest = &s->readers[0];
    for (int i = 0; i < LIMIT_SEGMENTS_OPEN; i++) {
        struct reader *r = &s->readers[i];
        if (r->file != NULL && r->segment == segment) {
            r->used = ++s->uses;
            *out = r->file;
            return OK;
        }
        if (r->file == NULL || (oldest->file != NULL && r->used < oldest->used)) oldest = r;
    }
    char path[LIMIT_PATH];
    segments_path(s, segment, path);
    struct disk_file *file = NULL;
    TRY(disk_open(s->disk, path, DISK_READ, false, &file, f));
    disk_close(oldest->file);
    *oldest = (struct reader){segment, ++s->uses, file};
    *out = file;
    return OK;
}

result segments_read(struct segments *s, struct segment_place at, void *bytes, size_t size, struct fault *f) {
    struct disk_file *file = NULL;
    size_t got = 0;
    TRY(reader_of(s, at.segment, &file, f));
    TRY(disk_read(file, at.offset, bytes, size, &got, f));
    memset((char *)bytes + got, 0, size - got);
    return OK;
}

result segments_length(struct segments *s, uint32_t segment, uint64_t *bytes, struct fault *f) {
    struct disk_file *file = NULL;
    TRY(reader_of(s, segment, &file, f));
    return disk_size(file, bytes, f);
}

static uint64_t block_of(uint64_t offset) { return offset / SEGMENT_BLOCK * SEGMENT_BLOCK; }

static size_t sectors_up(size_t size) { return (size + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR * SEGMENT_SECTOR; }

static uint64_t blocks_up(uint64_t size) { return block_of(size + SEGMENT_BLOCK - 1); }

static result open_writer(struct segments *s, uint32_t segment, struct fault *f) {
    char path[LIMIT_PATH];
    segments_path(s, segment, path);
    disk_close(s->file);
    s->file = NULL;
    TRY(disk_open(s->disk, path, DISK_DIRECT, true, &s->file, f));
    /* The name must be as durable as what will be written under it; a crash before leaves no file or an empty one. */
    TRY(disk_sync_dir(s->disk, s->dir, f));
    if (segment > s->last) s->last = segment;
    return OK;
}

static result take_stage(struct segments *s, struct fault *f) { /* only by who writes */
    if (s->stage == NULL) s->stage = aligned_alloc(SEGMENT_BLOCK, LIMIT_STAGE_BYTES);
    return s->stage != NULL ? OK : fail(f, RESULT_FULL, s->dir, "out of memory");
}

result segments_continue(struct segments *s, struct segment_place at, struct fault *f) {
    assert(at.offset % SEGMENT_SECTOR == 0);
    TRY(take_stage(s, f));
    s->end = at;
    if (at.segment == 0) return OK;
    uint64_t size;
    TRY(open_writer(s, at.segment, f));
    TRY(disk_size(s->file, &size, f));
    s->zeroed = block_of(size);
    if (s->zeroed < block_of(at.offset)) s->zeroed = block_of(at.offset);
    memset(s->stage, 0, SEGMENT_BLOCK);
    struct segment_place block = {at.segment, block_of(at.offset)};
    if (at.offset > block.offset) TRY(segments_read(s, block, s->stage, (size_t)(at.offset - block.offset), f));
    return OK;
}

struct segment_place segments_next(const struct segments *s, uint64_t size) {
    bool leave = s->end.segment == 0 || (s->end.offset > 0 && s->end.offset + size > s->bytes);
    return leave ? (struct segment_place){s->end.segment + 1, 0} : s->end;
}

static result write_zeros(struct disk_file *file, uint64_t from, uint64_t to, struct fault *f) {
    static _Alignas(SEGMENT_BLOCK) const uint8_t zeros[LIMIT_ZEROS_AHEAD]; /* one write: each into new room costs a commit of the file system */
    while (from < to) {
        size_t run = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
        TRY(disk_write(file, from, zeros, run, f));
        from += run;
    }
    return OK;
}

/* A crash in here leaves more or fewer zeros at the end of the file. */
static result make_room(struct segments *s, uint64_t end, size_t size, struct fault *f) {
    if (blocks_up(end) <= s->zeroed) return OK;
    uint64_t to = blocks_up(end);
    if (size < LIMIT_LARGE_EXTENT) {
        to += LIMIT_ZEROS_AHEAD;
        if (to > blocks_up(s->bytes) && blocks_up(end) <= blocks_up(s->bytes)) to = blocks_up(s->bytes);
        result r = write_zeros(s->file, s->zeroed, to, f);
        if (r.code == RESULT_FULL) { /* the last room of the disk is for what must be written, not for zeros ahead of it */
            to = blocks_up(end);
            r = write_zeros(s->file, s->zeroed, to, f);
        }
        if (!result_is_ok(r)) return r;
    }
    s->zeroed = to;
    return OK;
}

result segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f) {
    assert(size > 0);
    size_t extent = sectors_up(size);
    struct segment_place next = segments_next(s, extent);
    if (next.segment != s->end.segment) {
        TRY(open_writer(s, next.segment, f));
        s->end = next;
        TRY(disk_size(s->file, &s->zeroed, f)); /* a crash may have left zeros here */
        s->zeroed = block_of(s->zeroed);
        memset(s->stage, 0, SEGMENT_BLOCK);
    }
    TRY(make_room(s, s->end.offset + extent, extent, f));
    *at = s->end;
    const uint8_t *from = bytes;
    while (size > 0) {
        uint64_t block = block_of(s->end.offset);
        size_t before = (size_t)(s->end.offset - block), run = size < LIMIT_STAGE_BYTES - before ? size : LIMIT_STAGE_BYTES - before;
        size_t filled = before + run, whole = (size_t)blocks_up(filled);
        memcpy(s->stage + before, from, run);
        memset(s->stage + filled, 0, whole - filled);
        TRY(disk_write(s->file, block, s->stage, whole, f));
        filled = sectors_up(filled);
        s->end.offset = block + filled;
        from += run;
        size -= run;
        size_t kept = filled % SEGMENT_BLOCK; /* of the block that the next extent begins in */
        if (kept > 0) memmove(s->stage, s->stage + block_of(filled), kept);
        memset(s->stage + kept, 0, SEGMENT_BLOCK - kept);
    }
    return OK;
}

result segments_clear(struct segments *s, struct segment_place at, uint64_t size, struct fault *f) {
    assert(at.offset % SEGMENT_SECTOR == 0);
    struct segment_place block = {at.segment, block_of(at.offset)};
    size_t before = (size_t)(at.offset - block.offset);
    TRY(take_stage(s, f));
    TRY(segments_read(s, block, s->stage, SEGMENT_BLOCK, f));
    TRY(open_writer(s, at.segment, f));
    memset(s->stage + before, 0, SEGMENT_BLOCK - before);
    TRY(disk_write(s->file, block.offset, s->stage, SEGMENT_BLOCK, f));
    return write_zeros(s->file, block.offset + SEGMENT_BLOCK, blocks_up(at.offset + size), f);
}
