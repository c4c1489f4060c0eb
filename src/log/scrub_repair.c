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
    if (s->o->backup_count > SCRUB_COPIES || s->o->mirror_count > SCRUB_COPIES) return fail(f, RESULT_TOO_LARGE, "scrub", "more than %d copies", SCRUB_COPIES);
    for (unsigned i = 0; i < s->o->backup_count; i++) {
        struct node_inspection there;
        TRY(node_inspect(s->disk, s->o->backups[i], &there, f));
        if (!hash_equal(&there.log, &s->n->log)) return fail(f, RESULT_CONFLICT, s->o->backups[i], "is of another log: %s", there.origin);
    }
    if (s->o->mirror_count == 0) return OK;
    s->mirrors = calloc(s->o->mirror_count, sizeof *s->mirrors);
    if (s->mirrors == NULL) return fail(f, RESULT_FULL, "scrub", "out of memory");
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
    free(s->mirrors);
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

struct overlay { struct scrub *s; const struct scrub_hole *hole; uint8_t *bytes; };
static result as_it_would_be(void *context, const char *path, uint64_t offset, uint8_t *bytes, size_t got, struct fault *f) {
    const struct overlay *o = context;
    const uint8_t *from = o->bytes;
    for (uint32_t i = 0; i < o->hole->count; i++) {
        const struct scrub_range *r = &o->hole->ranges[i];
        char own[LIMIT_PATH];
        TRY(copy_path(o->s->o->dir, "log", r->at.segment, own, f));
        for (uint64_t k = 0; strcmp(own, path) == 0 && k < r->size; k++) {
            uint64_t at = r->at.offset + k;
            if (at >= offset && at - offset < got) bytes[at - offset] = from[k];
        }
        from += r->size;
    }
    return OK;
}

/* Does the chain hold through them: from the last good batch before to the first good one behind, or to a batch of which a sector is left? */
static result chain_holds(struct overlay *o, bool *holds, struct fault *f) {
    struct disk_through through = {.under = o->s->disk, .read = as_it_would_be, .context = o};
    struct journal *j = NULL;
    struct journal_batch b;
    const struct scrub_hole *h = o->hole;
    uint64_t wanted = h->next.segment > 0 ? h->next_number - 1 : h->highest;
    bool end = false;
    *holds = false;
    TRY(journal_open(disk_through(&through), o->s->journal_dir, &o->s->n->log, LIMIT_SEGMENT_BYTES, &j, f));
    journal_skip_payloads(j, true);
    journal_follow(j, &h->from);
    result r = OK;
    while (result_is_ok(r) && !end && journal_number(j) < wanted) r = journal_next(j, &b, &end, f);
    if (result_is_ok(r) && !end && journal_number(j) > h->from.number)
        *holds = h->next.segment == 0 || hash_equal(journal_last_hash(j), &h->next_previous);
    journal_close(j);
    return r.code == RESULT_ROT ? OK : r;
}

static result one_backup(struct scrub *s, const struct scrub_hole *h, const char *dir, uint8_t *bytes, bool *done, struct fault *f) {
    struct overlay o = {s, h, bytes};
    uint8_t *to = bytes;
    for (uint32_t i = 0; i < h->count; to += h->ranges[i++].size)
        if (!copy_read(s, dir, "log", h->ranges[i].at, to, (size_t)h->ranges[i].size)) return OK;
    TRY(chain_holds(&o, done, f));
    to = bytes;
    for (uint32_t i = 0; *done && i < h->count; to += h->ranges[i++].size) TRY(put(s, "log", h->ranges[i].at, to, (size_t)h->ranges[i].size, f));
    return OK;
}

/* Behind the last batch of a segment there are zeros, whoever has a copy of them; that it is the last one the first of the next segment says. */
static result repair_end(struct scrub *s, const struct scrub_hole *h, bool *done, char from[128], struct fault *f) {
    static const uint8_t zeros[SEGMENT_SECTOR];
    if (!hash_equal(&h->next_previous, &h->from.hash)) return OK;
    for (uint32_t i = 0; i < h->count; i++)
        for (uint64_t k = 0; k < h->ranges[i].size; k += sizeof zeros) TRY(put(s, "log", (struct segment_place){h->ranges[i].at.segment, h->ranges[i].at.offset + k}, zeros, sizeof zeros, f));
    *done = true;
    snprintf(from, 128, "the form: the end of a segment that nothing was written to is zeros");
    return OK;
}

result scrub_repair_hashes(struct scrub *s, const struct scrub_hole *hole, bool *done, char from[128], struct fault *f) {
    uint64_t size = 0;
    *done = false;
    snprintf(from, 128, s->o->backup_count == 0 ? "a backup may have these, no mirror has" : hole->count == 0 ? "no sector of it shows where it has changed" : "no backup has sectors that the log commits to");
    for (uint32_t i = 0; i < hole->count; i++) size += hole->ranges[i].size;
    if (hole->next.segment > 0 && hole->next_number == hole->from.number + 1) return repair_end(s, hole, done, from, f);
    if (size == 0 || s->o->backup_count == 0) return OK;
    uint8_t *bytes = malloc((size_t)size);
    if (bytes == NULL) return fail(f, RESULT_FULL, "scrub", "no memory for %llu bytes of hashes", (unsigned long long)size);
    result r = OK;
    for (unsigned i = 0; i < s->o->backup_count && !*done && result_is_ok(r); i++) {
        r = one_backup(s, hole, s->o->backups[i], bytes, done, f);
        if (*done) snprintf(from, 128, "%.127s", s->o->backups[i]);
    }
    free(bytes);
    return r;
}

/* --- payloads --- */

static result shown_by(struct scrub *s, unsigned mirror, const struct journal_entry *e, struct text tail, bool *built, struct fault *f) {
    struct mirror_store *m = &s->mirrors[mirror];
    struct mirror_lines lines = {.file = m->files[MIRROR_STREAM]};
    struct text line = {"", 0};
    const struct json *top;
    struct mirror_shown shown;
    bool any = m->mirror.slot == e->party && e->place < m->mirror.stream.size;
    result r = OK;
    for (uint64_t i = 0; any && i <= e->place && result_is_ok(r); i++) r = mirror_line(&lines, &line, &any, f);
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
    append_free(&lines.room);
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
