/* Bytes from elsewhere into their places: only such as the log commits to. Whose they are is of no matter then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/disk_through.h"
#include "log/journal_private.h"
#include "log/node_inspect.h"
#include "log/scrub_private.h"

/* --- copies --- */

result scrub_copies(struct scrub *s, struct fault *f) {
    if (s->o->backup_count > LIMIT_SCRUB_COPIES || s->o->mirror_count > LIMIT_SCRUB_COPIES) return fail(f, RESULT_TOO_LARGE, "scrub", "more than %d copies", LIMIT_SCRUB_COPIES);
    for (unsigned i = 0; i < s->o->backup_count; i++) {
        struct node_inspection there;
        TRY(node_inspect(s->disk, s->o->backups[i], &there, f));
        if (!hash_equal(&there.log, &s->n->log)) return fail(f, RESULT_CONFLICT, s->o->backups[i], "is of another log: %s", there.origin);
    }
    if (s->o->mirror_count == 0) return OK;
    s->mirrors = calloc(s->o->mirror_count, sizeof *s->mirrors);
    s->lines = calloc(s->o->mirror_count, sizeof *s->lines);
    if (s->mirrors == NULL || s->lines == NULL) return fail(f, RESULT_FULL, "scrub", "out of memory");
    for (unsigned i = 0; i < s->o->mirror_count; i++) {
        struct mirror_report report;
        TRY(mirror_store_open(s->disk, s->o->mirrors[i], false, &s->mirrors[i], &report, f));
        if (!hash_equal(&s->mirrors[i].mirror.log, &s->n->log)) return fail(f, RESULT_CONFLICT, s->o->mirrors[i], "is a mirror of another log: %s", s->mirrors[i].mirror.origin);
    }
    return OK;
}

void scrub_copies_close(struct scrub *s) {
    for (unsigned i = 0; s->mirrors != NULL && i < s->o->mirror_count; i++)
        if (s->mirrors[i].disk != NULL) mirror_store_close(&s->mirrors[i]);
    for (unsigned i = 0; s->lines != NULL && i < s->o->mirror_count; i++) append_free(&s->lines[i].room);
    free(s->mirrors);
    free(s->lines);
}

static result copy_path(const char *dir, const char *family, uint32_t segment, char path[LIMIT_PATH], struct fault *f) {
    char name[SCRUB_NAME];
    scrub_segment_name(segment, family, name);
    int n = snprintf(path, LIMIT_PATH, "%s/%s", dir, name);
    return n > 0 && n < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, dir, "a path of over %d bytes", LIMIT_PATH - 1);
}

/* False: the copy has not so many bytes there, or they cannot be read. */
static bool copy_read(struct scrub *s, const char *dir, const char *family, struct segment_place at, void *bytes, size_t size) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    size_t got = 0;
    if (!result_is_ok(copy_path(dir, family, at.segment, path, NULL)) || !result_is_ok(disk_open(s->disk, path, DISK_READ, false, &file, NULL))) return false;
    result r = disk_read(file, at.offset, bytes, size, &got, NULL);
    disk_close(file);
    return result_is_ok(r) && got == size;
}

/* How many bytes of hashes the copy has from there to the end of the segment, as far as one may go. */
static uint64_t copy_behind(struct scrub *s, const char *dir, struct segment_place at) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    uint64_t size = 0, most = LIMIT_BATCH_MOST; /* a large batch has a segment alone */
    if (!result_is_ok(copy_path(dir, "log", at.segment, path, NULL)) || !result_is_ok(disk_open(s->disk, path, DISK_READ, false, &file, NULL))) return 0;
    result r = disk_size(file, &size, NULL);
    disk_close(file);
    if (!result_is_ok(r) || size <= at.offset) return 0;
    size = (size - at.offset) / SEGMENT_SECTOR * SEGMENT_SECTOR;
    return size < most ? size : most;
}

static result put(struct scrub *s, const char *family, struct segment_place at, const void *bytes, size_t size, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    TRY(copy_path(s->o->dir, family, at.segment, path, f));
    TRY(disk_open(s->disk, path, DISK_WRITE, true, &file, f));
    result r = disk_write(file, at.offset, bytes, size, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    return result_is_ok(r) ? disk_sync_dir(s->disk, s->journal_dir, f) : r;
}

/* --- hashes: as they would be --- */

struct overlay {
    struct scrub *s;
    const struct scrub_hole *hole;
    uint64_t *before;             /* of each range: how many bytes those before it have; one more: all of them */
    uint8_t *bytes;               /* the copy's, of the ranges one behind the other */
    bool *named;                  /* of each sector of them: a batch that was taken has it */
    struct segment_place end;     /* behind the last batch that the log commits to; segment 0: there is none */
};
static uint64_t size_of(const struct overlay *o, uint32_t range) { return o->before[range + 1] - o->before[range]; }
static bool is_before(struct segment_place a, struct segment_place b) { return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset); }

/* The first range that ends behind this place. */
static uint32_t range_behind(const struct overlay *o, struct segment_place at) {
    uint32_t low = 0, high = o->hole->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct scrub_range *r = &o->hole->ranges[middle];
        if (is_before(at, (struct segment_place){r->at.segment, r->at.offset + size_of(o, middle)})) high = middle;
        else low = middle + 1;
    }
    return low;
}

static uint32_t segment_of(const char *path) {
    const char *name = strrchr(path, '/');
    return name != NULL && strncmp(name, "/log-", 5) == 0 ? (uint32_t)strtoul(name + 5, NULL, 10) : 0;
}

static result as_it_would_be(void *context, const char *path, uint64_t offset, uint8_t *bytes, size_t got, struct fault *f) {
    const struct overlay *o = context;
    uint32_t segment = segment_of(path);
    (void)f;
    for (uint32_t i = segment == 0 ? o->hole->count : range_behind(o, (struct segment_place){segment, offset}); i < o->hole->count; i++) {
        const struct scrub_range *r = &o->hole->ranges[i];
        if (r->at.segment != segment || r->at.offset >= offset + got) break;
        uint64_t from = r->at.offset > offset ? r->at.offset : offset, end = r->at.offset + size_of(o, i);
        if (end > offset + got) end = offset + got;
        if (from < end) memcpy(bytes + (from - offset), o->bytes + o->before[i] + (from - r->at.offset), (size_t)(end - from));
    }
    return OK;
}

static uint64_t length_it_would_have(void *context, const char *path) {
    const struct overlay *o = context;
    uint32_t segment = segment_of(path), behind = segment == 0 ? 0 : range_behind(o, (struct segment_place){segment, UINT64_MAX});
    while (behind > 0 && size_of(o, behind - 1) == 0) behind--;
    return behind > 0 && o->hole->ranges[behind - 1].at.segment == segment ? o->hole->ranges[behind - 1].at.offset + size_of(o, behind - 1) : 0;
}

/* Are some of these sectors the copy's? They are marked as a batch's. */
static bool copys_own(const struct overlay *o, struct segment_place at, uint64_t size, bool mark) {
    uint64_t end = at.offset + size;
    bool any = false;
    for (uint32_t i = range_behind(o, at); i < o->hole->count; i++) {
        const struct scrub_range *r = &o->hole->ranges[i];
        if (r->at.segment != at.segment || r->at.offset >= end) break;
        uint64_t k = at.offset > r->at.offset ? at.offset - r->at.offset : 0;
        for (; k < size_of(o, i) && r->at.offset + k < end; k += SEGMENT_SECTOR) {
            any = true;
            if (mark) o->named[(o->before[i] + k) / SEGMENT_SECTOR] = true;
        }
    }
    return any;
}

/* A batch fits its own hash whoever made both. The log commits to it when the good batch behind names that hash, or when all sectors are left in which the hash itself stands. */
static bool committed(const struct overlay *o, const struct journal *j, const struct journal_batch *b) {
    const struct scrub_hole *h = o->hole;
    if (h->next.segment > 0 && b->number == h->next_number - 1) return hash_equal(journal_last_hash(j), &h->next_previous);
    uint64_t first = (b->content_size - SHA256_SIZE) / JOURNAL_BODY, last = (b->content_size - 1) / JOURNAL_BODY;
    return !copys_own(o, (struct segment_place){b->log.segment, b->log.offset + first * SEGMENT_SECTOR}, (last - first + 1) * SEGMENT_SECTOR, false);
}

/* Up to where does the chain hold through them, so that the log commits to it? */
static result chain_holds(struct overlay *o, struct fault *f) {
    struct disk_through through = {.under = o->s->disk, .read = as_it_would_be, .least = length_it_would_have, .context = o};
    struct journal *j = NULL;
    struct journal_batch b;
    const struct scrub_hole *h = o->hole;
    uint64_t wanted = h->next.segment > 0 ? h->next_number - 1 : h->highest;
    bool end = false;
    TRY(journal_open(disk_through(&through), o->s->journal_dir, &o->s->n->log, LIMIT_SEGMENT_BYTES, &j, f));
    journal_skip_payloads(j, true);
    journal_follow(j, &h->from);
    result r = OK;
    while (journal_number(j) < wanted) {
        r = journal_next(j, &b, &end, f);
        if (!result_is_ok(r) || end) break;
        uint64_t size = journal_extent(j).size;
        (void)copys_own(o, b.log, size, true);
        if (!committed(o, j, &b)) continue;
        o->end = h->next.segment > 0 && b.number == wanted ? h->next : (struct segment_place){b.log.segment, b.log.offset + size};
    }
    journal_close(j);
    return r.code == RESULT_ROT || r.code == RESULT_NOT_FOUND ? OK : r;
}

/* What the copy has of the ranges, zeros for what it has not. */
static result overlay_read(struct overlay *o, const char *dir, struct fault *f) {
    const struct scrub_hole *h = o->hole;
    o->before = calloc((size_t)h->count + 1, sizeof *o->before);
    if (o->before == NULL) return fail(f, RESULT_FULL, "scrub", "out of memory");
    for (uint32_t i = 0; i < h->count; i++) o->before[i + 1] = o->before[i] + (h->ranges[i].open ? copy_behind(o->s, dir, h->ranges[i].at) : h->ranges[i].size);
    uint64_t all = o->before[h->count];
    o->bytes = calloc(1, (size_t)all + 1);
    o->named = calloc((size_t)(all / SEGMENT_SECTOR) + 1, sizeof *o->named);
    if (o->bytes == NULL || o->named == NULL) return fail(f, RESULT_FULL, "scrub", "no memory for %llu bytes of hashes", (unsigned long long)all);
    for (uint32_t i = 0; i < h->count; i++) (void)copy_read(o->s, dir, "log", h->ranges[i].at, o->bytes + o->before[i], (size_t)size_of(o, i));
    return OK;
}

/* Puts those sectors back that the log commits to. What no batch has before its end is what nothing was written to: zeros, whatever the copy says. */
static result overlay_put(struct overlay *o, struct scrub_hole *done, struct fault *f) {
    const struct scrub_hole *h = o->hole;
    for (uint32_t i = 0; i < h->count; i++) {
        const struct scrub_range *r = &h->ranges[i];
        uint64_t run = 0, sectors = size_of(o, i) / SEGMENT_SECTOR;
        for (uint64_t k = 0; k <= sectors; k++) {
            struct segment_place at = {r->at.segment, r->at.offset + k * SEGMENT_SECTOR};
            uint8_t *bytes = o->bytes + o->before[i] + k * SEGMENT_SECTOR;
            bool named = k < sectors && o->named[o->before[i] / SEGMENT_SECTOR + k];
            if (k < sectors && is_before(at, o->end) && (named || !r->open)) {
                if (!named) memset(bytes, 0, SEGMENT_SECTOR);
                TRY(scrub_add_range(done, at, f));
                run += SEGMENT_SECTOR;
                continue;
            }
            if (run > 0) TRY(put(o->s, "log", (struct segment_place){at.segment, at.offset - run}, bytes - run, (size_t)run, f));
            run = 0;
        }
    }
    return OK;
}

static result one_backup(struct scrub *s, struct scrub_hole *h, const char *dir, bool *done, struct fault *f) {
    struct overlay o = {.s = s, .hole = h};
    struct scrub_hole put_back = {0};
    result r = overlay_read(&o, dir, f);
    if (result_is_ok(r)) r = chain_holds(&o, f);
    if (result_is_ok(r) && o.end.segment > 0) r = overlay_put(&o, &put_back, f);
    *done = result_is_ok(r) && put_back.count > 0;
    free(o.before);
    free(o.bytes);
    free(o.named);
    if (!*done) {
        free(put_back.ranges);
        return r;
    }
    free(h->ranges);
    h->ranges = put_back.ranges;
    h->count = put_back.count;
    h->room = put_back.room;
    h->bad = put_back.bad;
    return OK;
}

/* Behind the last batch of a segment there are zeros, whoever has a copy of them; that it is the last one the first of the next segment says. */
static result repair_end(struct scrub *s, const struct scrub_hole *h, bool *done, char from[128], struct fault *f) {
    static const uint8_t zeros[SEGMENT_SECTOR];
    if (!hash_equal(&h->next_previous, &h->from.hash)) return OK;
    for (uint32_t i = 0; i < h->count; i++)
        for (uint64_t k = 0; !h->ranges[i].open && k < h->ranges[i].size; k += sizeof zeros) TRY(put(s, "log", (struct segment_place){h->ranges[i].at.segment, h->ranges[i].at.offset + k}, zeros, sizeof zeros, f));
    *done = true;
    snprintf(from, 128, "the form: the end of a segment that nothing was written to is zeros");
    return OK;
}

result scrub_repair_hashes(struct scrub *s, struct scrub_hole *hole, bool *done, char from[128], struct fault *f) {
    *done = false;
    snprintf(from, 128, s->o->backup_count == 0 ? "a backup may have these, no mirror has" : "no backup has sectors that the log commits to");
    if (hole->next.segment > 0 && hole->next_number == hole->from.number + 1) return repair_end(s, hole, done, from, f);
    result r = OK;
    for (unsigned i = 0; i < s->o->backup_count && !*done && result_is_ok(r); i++) {
        r = one_backup(s, hole, s->o->backups[i], done, f);
        if (*done) snprintf(from, 128, "%.127s", s->o->backups[i]);
    }
    return r;
}

/* --- payloads --- */

static result shown_by(struct scrub *s, unsigned mirror, const struct journal_entry *e, struct text tail, bool *built, struct fault *f) {
    struct mirror_store *m = &s->mirrors[mirror];
    struct mirror_lines *lines = &s->lines[mirror];
    struct text line = {"", 0};
    const struct json *top;
    struct mirror_shown shown;
    bool any = m->mirror.slot == e->party && e->place < m->mirror.stream.size;
    result r = OK;
    if (any && (lines->file == NULL || lines->number > e->place)) {
        append_free(&lines->room);
        *lines = (struct mirror_lines){.file = m->files[MIRROR_STREAM]};
    }
    while (any && lines->number <= e->place && result_is_ok(r)) r = mirror_line(lines, &line, &any, f);
    arena_reset(&s->scratch);
    if (result_is_ok(r) && any) r = json_parse(m->json, line, JSON_OPEN, &top, f);
    if (result_is_ok(r) && any) r = mirror_read_record(top, &s->scratch, &shown, f);
    if (result_is_ok(r) && any) {
        append_reset(&s->built);
        record_put_count(&s->built, shown.record.part_count + shown.record.withheld);
        for (uint32_t i = 0; i < shown.record.part_count; i++) record_put_part(&s->built, &shown.record.parts[i]);
        *built = !s->built.full && s->built.size <= tail.size;
        /* What is withheld from the party stands last, and is here or nowhere. */
        if (*built) append_bytes(&s->built, tail.at + s->built.size, tail.size - s->built.size);
    }
    return r;
}

static result take(struct scrub *s, const struct journal_batch *b, const struct journal_entry *e, struct text bytes, const char *whose, bool *done, char from[128], struct fault *f) {
    const char *why;
    TRY(scrub_payload_fits(s, e, bytes, done, &why, f));
    if (!*done) return OK;
    snprintf(from, 128, "%.127s", whose);
    return put(s, "pay", (struct segment_place){b->pay.segment, b->pay.offset + e->payload_at}, bytes.at, bytes.size, f);
}

result scrub_repair_payload(struct scrub *s, const struct journal_batch *b, const struct journal_entry *e, bool *done, char from[128], struct fault *f) {
    struct segment_place at = {b->pay.segment, b->pay.offset + e->payload_at};
    size_t size = (size_t)e->payload_size;
    char *room = calloc(1, size + 1);
    *done = false;
    snprintf(from, 128, "no copy here has bytes of this record that the log commits to");
    if (room == NULL) return fail(f, RESULT_FULL, "scrub", "no memory for %zu bytes of a record", size);
    result r = OK;
    for (unsigned i = 0; i < s->o->backup_count && !*done && result_is_ok(r); i++)
        if (copy_read(s, s->o->backups[i], "pay", at, room, size)) r = take(s, b, e, (struct text){room, size}, s->o->backups[i], done, from, f);
    memset(room, 0, size);
    (void)copy_read(s, s->o->dir, "pay", at, room, size);
    for (unsigned i = 0; i < s->o->mirror_count && !*done && result_is_ok(r); i++) {
        bool built = false;
        r = shown_by(s, i, e, (struct text){room, size}, &built, f);
        if (result_is_ok(r) && built) r = take(s, b, e, append_view(&s->built), s->o->mirrors[i], done, from, f);
    }
    free(room);
    return r;
}
