#include "log/scrub_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log/crc32c.h"
#include "log/directory.h"
#include "log/journal_private.h"
#include "log/scrub_state.h"

enum { CHUNK = 64 * 1024, LOOK_AGAIN_MS = 20, MENDS = 2 };

bool scrub_repairs(const struct scrub *s) { return s->o->backup_count + s->o->mirror_count > 0; }

void scrub_found(struct scrub *s, struct scrub_found *found) {
    s->report->found++;
    s->report->repaired += found->repaired;
    s->o->found(s->o->context, found);
}

void scrub_segment_name(uint32_t segment, const char *family, char name[SCRUB_NAME]) { snprintf(name, SCRUB_NAME, "journal/%s-%08u.seg", family, segment); }

/* *more: look again. */
result scrub_patience(const struct scrub *s, unsigned *waited, bool *more, struct fault *f) {
    (void)f;
    *more = *waited < s->o->patience_ms;
    if (*more) nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 1000000L}, NULL);
    *waited += LOOK_AGAIN_MS;
    return OK;
}

/* --- payloads --- */

result scrub_payload_fits(struct scrub *s, const struct journal_entry *e, struct text payload, bool *fits, const char **why, struct fault *f) {
    struct part *parts = NULL;
    uint32_t count = 0;
    *fits = false;
    *why = "its checksum does not fit";
    if (crc32c_of(payload.at, payload.size) != e->crc) return OK;
    arena_reset(&s->scratch);
    struct hash *hashes = arena_alloc(&s->scratch, e->hash_count, sizeof *hashes);
    if (hashes == NULL) return fail(f, RESULT_FULL, "scrub", "no memory for %u hashes", e->hash_count);
    memcpy(hashes, e->hashes, (size_t)e->hash_count * sizeof *hashes);
    *why = "it has not the form of a record";
    result r = record_parse(payload, &s->scratch, &parts, &count, f);
    if (result_is_ok(r)) r = node_record_fits(s->n, parts, count, hashes, e->hash_count, &e->root, &s->scratch, why, f);
    *fits = result_is_ok(r);
    return r.code == RESULT_ROT ? OK : r;
}

static result payload_found(struct scrub *s, const struct journal_batch *b, const struct journal_entry *e, const char *why, struct fault *f) {
    struct scrub_found found = {.kind = SCRUB_PAYLOAD, .at = b->pay.offset + e->payload_at, .size = e->payload_size, .any_record = true, .party = e->party, .place = e->place, .order = e->order};
    scrub_segment_name(b->pay.segment, "pay", found.path);
    snprintf(found.why, sizeof found.why, "the record's bytes have changed since they were written: %s", why);
    if (scrub_repairs(s)) TRY(scrub_repair_payload(s, b, e, &found.repaired, found.from, f));
    scrub_found(s, &found);
    return OK;
}

/* `skipped`: the payload's file is not what it should be at all: every record of the batch is looked at by itself. */
static result check_entries(struct scrub *s, struct journal_batch *b, bool skipped, struct fault *f) {
    for (bool end = false;;) {
        struct journal_entry e;
        const char *why = "its checksum does not fit";
        bool fits = true;
        result r = journal_entry(s->j, b, &e, &end, f);
        if (result_is_ok(r) && end) return OK;
        if (!result_is_ok(r) && !e.payload_rotten) { /* hashed as it is: who wrote it wrote no entry */
            struct scrub_found found = {.kind = SCRUB_HASHES, .at = b->log.offset};
            if (r.code != RESULT_ROT) return r;
            scrub_segment_name(b->log.segment, "log", found.path);
            snprintf(found.why, sizeof found.why, "batch %llu: an entry has no known form", (unsigned long long)b->number);
            scrub_found(s, &found);
            return OK;
        }
        if (e.tick) s->tick = e.number;
        if (e.tick) continue;
        if (skipped || !result_is_ok(r)) fits = false;
        else TRY(scrub_payload_fits(s, &e, (struct text){b->payload.at + e.payload_at, (size_t)e.payload_size}, &fits, &why, f));
        if (fits) s->report->records++;
        else TRY(payload_found(s, b, &e, why, f));
    }
}

/* --- hashes --- */

static result push(struct scrub_hole *h, struct scrub_range range, struct fault *f) {
    if (h->count == h->room) {
        uint32_t room = h->room == 0 ? 16 : 2 * h->room;
        struct scrub_range *bigger = realloc(h->ranges, room * sizeof *bigger);
        if (bigger == NULL) return fail(f, RESULT_FULL, "scrub", "out of memory");
        h->ranges = bigger;
        h->room = room;
    }
    h->ranges[h->count++] = range;
    h->bad += !range.open;
    return OK;
}

result scrub_add_range(struct scrub_hole *h, struct segment_place at, struct fault *f) {
    struct scrub_range *last = h->count == 0 ? NULL : &h->ranges[h->count - 1];
    if (last == NULL || last->at.segment != at.segment || last->at.offset + last->size != at.offset) return push(h, (struct scrub_range){.at = at, .size = SEGMENT_SECTOR}, f);
    last->size += SEGMENT_SECTOR;
    return OK;
}

/* One sector of the hole. Zeros count only when something stands behind them in the segment. */
struct walk { struct scrub_hole *hole; struct segment_place zeros; uint64_t number; uint32_t index; };
static result take_sector(struct walk *w, struct segment_place at, const uint8_t *sector, bool *over, struct fault *f) {
    struct scrub_hole *h = w->hole;
    uint64_t number = 0;
    uint32_t index = 0;
    enum journal_sector kind = journal_sector_of(sector, &number, &index);
    if (kind == SECTOR_ZERO) {
        if (w->zeros.segment == 0) w->zeros = at;
        return OK;
    }
    for (; w->zeros.segment == at.segment && w->zeros.offset < at.offset; w->zeros.offset += SEGMENT_SECTOR) TRY(scrub_add_range(h, w->zeros, f));
    w->zeros.segment = 0;
    bool first = kind == SECTOR_WHOLE && index == 0 && number > h->from.number;
    bool goes_on = kind == SECTOR_WHOLE && number == w->number && index == w->index + 1;
    if (kind == SECTOR_WHOLE && number > h->highest) h->highest = number;
    bool left = at.segment > h->from.at.segment && at.offset == 0 && h->bad > 0; /* the batch behind begins a segment: what is not good is the unused end of the one before */
    if (first && (number > h->from.number + 1 || left)) {
        h->next = at;
        h->next_number = number;
        memcpy(h->next_previous.bytes, sector + JOURNAL_SECTOR_HEAD + 24, SHA256_SIZE);
        *over = true;
        return OK;
    }
    if (kind == SECTOR_BAD || (kind == SECTOR_WHOLE && number <= h->from.number)) {
        w->index++;
        return scrub_add_range(h, at, f);
    }
    if (!first && !goes_on) w->number = number; /* its beginning is what is rotten */
    if (first) w->number = number;
    w->index = index;
    return OK;
}

/* Behind its last sector that is not zeros a segment may have had more: it was cut, or is gone. */
static struct scrub_range open_end(const struct walk *w, uint32_t segment, uint64_t begin, uint64_t length, bool missing) {
    uint64_t end = (length + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR * SEGMENT_SECTOR;
    if (end < begin) end = begin;
    if (w->zeros.segment == segment) end = w->zeros.offset;
    return (struct scrub_range){.at = {segment, end}, .open = true, .missing = missing};
}

static result look_into(struct scrub *s, struct scrub_hole *h, struct fault *f) {
    struct segment_place at = h->from.at.segment == 0 ? (struct segment_place){1, 0} : h->from.at;
    struct walk w = {.hole = h};
    uint8_t *room = malloc(CHUNK);
    if (room == NULL) return fail(f, RESULT_FULL, "scrub", "out of memory");
    result r = OK;
    bool over = false;
    h->highest = h->from.number;
    for (; at.segment <= segments_last(s->j->log) && result_is_ok(r) && !over; at = (struct segment_place){at.segment + 1, 0}) {
        uint64_t length = 0, begin = at.offset;
        r = segments_length(s->j->log, at.segment, &length, f);
        bool missing = r.code == RESULT_NOT_FOUND;
        if (missing) r = OK; /* the whole file is gone */
        w.zeros.segment = 0;
        for (; result_is_ok(r) && at.offset < length && !over; at.offset += CHUNK) {
            size_t run = length - at.offset < CHUNK ? (size_t)(length - at.offset) : CHUNK;
            memset(room, 0, CHUNK);
            r = segments_read(s->j->log, at, room, run, f);
            for (size_t i = 0; i < run && result_is_ok(r) && !over; i += SEGMENT_SECTOR) r = take_sector(&w, (struct segment_place){at.segment, at.offset + i}, room + i, &over, f);
        }
        if (result_is_ok(r) && !over) r = push(h, open_end(&w, at.segment, begin, length, missing), f);
    }
    free(room);
    return r;
}

static result hole_found(struct scrub *s, struct scrub_hole *h, const struct fault *why, struct fault *f) {
    struct scrub_found found = {.kind = SCRUB_HASHES};
    bool repaired = false;
    if (s->mended != h->from.number) s->mends = 0;
    s->mended = h->from.number;
    /* The end of a segment, and the batch that begins the next one. A disk that forgets what was put there is not asked for ever. */
    if (scrub_repairs(s) && s->mends++ < MENDS) TRY(scrub_repair_hashes(s, h, &repaired, found.from, f));
    found.repaired = repaired;
    uint32_t missing = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        if (h->ranges[i].missing && missing == 0) missing = h->ranges[i].at.segment;
        if (h->ranges[i].open) continue;
        scrub_segment_name(h->ranges[i].at.segment, "log", found.path);
        found.at = h->ranges[i].at.offset;
        found.size = h->ranges[i].size;
        snprintf(found.why, sizeof found.why, "sectors behind batch %llu are not what was written", (unsigned long long)h->from.number);
        scrub_found(s, &found);
    }
    if (h->bad == 0) { /* every sector that is there has its checksum */
        scrub_segment_name(missing > 0 ? missing : h->from.at.segment == 0 ? 1 : h->from.at.segment, "log", found.path);
        found.at = missing > 0 ? 0 : h->from.at.offset;
        found.size = 0;
        snprintf(found.why, sizeof found.why, "batch %llu: %.120s", (unsigned long long)h->from.number + 1, why->message);
        scrub_found(s, &found);
    }
    if (repaired) {
        journal_follow(s->j, &h->from);
        return OK;
    }
    if (h->next.segment == 0) {
        s->report->lost += h->highest > h->from.number ? h->highest - h->from.number : 1;
        s->j->at = (struct segment_place){0, 0}; /* nothing more can be read */
        return OK;
    }
    s->report->lost += h->next_number - 1 - h->from.number;
    journal_follow(s->j, &(struct journal_place){h->next, h->next_number - 1, h->next_previous});
    return OK;
}

/* The batch behind `here` is not good. Its payload's file, perhaps, and no more: then its hashes can be gone through. */
static result not_good(struct scrub *s, const struct journal_place *here, const struct fault *why, struct fault *f) {
    struct journal_batch b;
    bool end = false;
    struct scrub_hole hole = {.from = *here};
    journal_follow(s->j, here);
    journal_skip_payloads(s->j, true);
    result r = journal_next(s->j, &b, &end, f);
    if (result_is_ok(r) && !end) {
        r = check_entries(s, &b, true, f);
        journal_skip_payloads(s->j, false);
        return r;
    }
    journal_skip_payloads(s->j, false);
    if (r.code != RESULT_ROT && r.code != RESULT_NOT_FOUND) return r;
    journal_follow(s->j, here);
    r = look_into(s, &hole, f);
    if (result_is_ok(r)) r = hole_found(s, &hole, why, f);
    free(hole.ranges);
    return r;
}

static result check_next(struct scrub *s, bool *end, struct fault *f) {
    struct journal_place here;
    struct journal_batch b;
    unsigned waited = 0;
    bool again = true;
    result r = OK;
    journal_here(s->j, &here);
    while (again) {
        r = journal_next(s->j, &b, end, f);
        if (r.code != RESULT_ROT) break;
        TRY(scrub_patience(s, &waited, &again, f));
        if (again) journal_follow(s->j, &here);
    }
    if (r.code == RESULT_ROT || r.code == RESULT_NOT_FOUND) { /* not found: a file is gone */
        struct fault why = *f;
        *end = false;
        return not_good(s, &here, &why, f);
    }
    TRY(r);
    if (*end) return OK;
    s->report->batches++;
    return check_entries(s, &b, false, f);
}

static result check_journal(struct scrub *s, struct fault *f) {
    uint32_t segment = 0;
    TRY(journal_open(s->disk, s->journal_dir, &s->n->log, LIMIT_SEGMENT_BYTES, &s->j, f));
    result r = journal_begin_at(s->j, s->o->segment <= 1 ? 0 : s->o->segment, f);
    if (r.code == RESULT_ROT || r.code == RESULT_NOT_FOUND) r = journal_begin_at(s->j, 0, f);
    for (bool end = false; !end && result_is_ok(r) && journal_number(s->j) < s->o->batch;) {
        struct journal_place here;
        journal_here(s->j, &here);
        if (here.at.segment > segment && s->o->at != NULL) s->o->at(s->o->context, here.at.segment);
        segment = here.at.segment;
        r = check_next(s, &end, f);
        s->report->last = journal_number(s->j);
        if (s->j->at.segment == 0) end = true;
    }
    return r;
}

static result begin(struct scrub *s, struct fault *f) {
    TRY(node_blank(&(struct node_options){.dir = s->o->dir, .disk = s->disk, .read_only = true}, &s->n, f));
    TRY(directory_of(s->disk, s->o->dir, DIRECTORY_LOG, f));
    TRY(node_genesis_load(s->n, f));
    snprintf(s->report->origin, sizeof s->report->origin, "%.*s", TEXT_ARG(append_view(&s->n->origin)));
    s->report->log = s->n->log;
    char path[LIMIT_PATH];
    TRY(node_path(s->n, "journal", s->journal_dir, f));
    TRY(node_path(s->n, "checkpoint", path, f));
    if (!result_is_ok(checkpoint_file_read(s->disk, path, &s->given, NULL))) s->given.any = false; /* scrub_beside says it */
    if (!scrub_repairs(s)) return OK;
    TRY(node_path(s->n, "lock", path, f));
    TRY(disk_lock(s->disk, path, &s->lock, f));
    return scrub_copies(s, f);
}

result scrub_run(const struct scrub_options *o, struct scrub_report *report, struct fault *f) {
    struct scrub s = {.o = o, .disk = o->disk == NULL ? disk_real() : o->disk, .report = report, .built = append_growing(LIMIT_BATCH_MOST)};
    *report = (struct scrub_report){0};
    arena_growing(&s.scratch, LIMIT_BATCH_MOST);
    result r = begin(&s, f);
    if (result_is_ok(r)) r = check_journal(&s, f);
    if (result_is_ok(r)) r = scrub_beside(&s, f);
    if (result_is_ok(r) && scrub_repairs(&s) && report->found == report->repaired) r = scrub_state_mended(s.disk, o->dir, &report->log, f); /* or the server would call what is mended rotten for a round */
    scrub_copies_close(&s);
    journal_close(s.j);
    node_close(s.n);
    disk_close(s.lock);
    arena_free(&s.scratch);
    append_free(&s.built);
    return r;
}
