#include "log/backup_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/merkle.h"
#include "log/node_inspect.h"
#include "log/snapshot.h"
#include "log/stream.h"

enum { CHUNK = 1024 * 1024, BESIDE_BYTES = 64 * 1024 };

static result segment_name(const char *dir, const char *family, uint32_t segment, const char *suffix, char path[LIMIT_PATH], struct fault *f) {
    char name[64];
    snprintf(name, sizeof name, "journal/%s-%08u.seg%s", family, segment, suffix);
    return backup_path(dir, name, path, f);
}

static result sync_journal_dir(const struct backup *b, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(backup_path(b->o->to, "journal", path, f));
    return disk_sync_dir(b->disk, path, f);
}

/* --- going through --- */

/* What the entries say of the moment; their payloads are checked unless they are skipped. */
static result note_entries(struct journal *j, struct journal_batch *batch, struct backup_report *out, struct fault *f) {
    for (bool end = false;;) {
        struct journal_entry e;
        TRY(journal_entry(j, batch, &e, &end, f));
        if (end) return OK;
        if (e.tick) out->tick = e.number;
        out->order = e.order;
        out->any_time = true;
        out->time = e.time;
    }
}

/* The next batch of the log, checked with its payload. What does not fit may be half written at this very moment. */
static result next_of_source(struct backup *b, struct journal_batch *batch, bool *end, struct fault *f) {
    struct journal_place here;
    unsigned waited = 0;
    journal_here(b->source, &here);
    for (;;) {
        result r = journal_next(b->source, batch, end, f);
        if (result_is_ok(r) && !*end) r = note_entries(b->source, batch, b->report, f);
        if (r.code != RESULT_ROT || !backup_patient(b, &waited)) return r;
        journal_follow(b->source, &here);
    }
}

/* Where the backup ends: its last segment of hashes is gone through. */
static result go_to_end(struct backup *b, struct fault *f) {
    uint32_t last = journal_segments(b->held);
    struct journal_batch batch;
    bool end = false;
    journal_skip_payloads(b->held, true);
    result r = journal_begin_at(b->held, last, f);
    /* An empty last segment, and one before it: a server that was killed there left that. */
    while (r.code == RESULT_NOT_FOUND && last > 0) r = journal_begin_at(b->held, --last, f);
    TRY(r);
    for (;;) {
        TRY(journal_next(b->held, &batch, &end, f));
        if (end) break;
        TRY(note_entries(b->held, &batch, b->report, f));
    }
    journal_here(b->held, &b->end);
    b->pay_end = journal_payload_end(b->held);
    if (journal_number(b->held) == 0) b->end.at = (struct segment_place){0, 0};
    return OK;
}

/* The log, behind the last batch that the backup has; it must be the same one. */
static result go_behind(struct backup *b, struct fault *f) {
    struct journal_batch batch;
    bool end = false;
    result r = journal_begin_at(b->source, b->end.at.segment, f);
    if (r.code == RESULT_NOT_FOUND) end = true;
    else TRY(r);
    journal_skip_payloads(b->source, true);
    while (!end && journal_number(b->source) < b->end.number) TRY(next_of_source(b, &batch, &end, f));
    journal_skip_payloads(b->source, false);
    struct journal_place here;
    journal_here(b->source, &here);
    if (end)
        return fail(f, RESULT_LOST_TAIL, b->o->to, "holds batch %llu, and %s ends before it: the log has lost its end, what is in %s has gone on by itself, or the two are the wrong way round", (unsigned long long)b->end.number, b->o->from, b->o->to);
    if (here.number != b->end.number || !hash_equal(&here.hash, &b->end.hash) || (b->end.number > 0 && (here.at.segment != b->end.at.segment || here.at.offset != b->end.at.offset)))
        return fail(f, RESULT_CONFLICT, b->o->to, "holds another batch %llu than %s: the two have gone on apart from each other", (unsigned long long)b->end.number, b->o->from);
    return OK;
}

/* --- room --- */

static result family_bytes(const struct backup *b, const char *family, uint32_t from, uint64_t *bytes, struct fault *f) {
    char dir[LIMIT_PATH];
    struct segments *s = NULL;
    TRY(backup_path(b->o->from, "journal", dir, f));
    TRY(segments_open(b->disk, dir, family, LIMIT_SEGMENT_BYTES, &s, f));
    result r = OK;
    for (uint32_t i = from == 0 ? 1 : from; i <= segments_last(s) && result_is_ok(r); i++) {
        uint64_t length = 0;
        r = segments_length(s, i, &length, f);
        *bytes += length;
    }
    segments_close(s);
    return r;
}

/* Before anything is written. Zeros that were written ahead are not copied. */
static result look_for_room(const struct backup *b, struct fault *f) {
    uint64_t need = BESIDE_BYTES, had = b->pay_end.offset + 2 * LIMIT_ZEROS_AHEAD, room = 0, orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    char dir[LIMIT_PATH];
    struct snapshot_head head;
    TRY(family_bytes(b, "log", b->end.at.segment, &need, f));
    TRY(family_bytes(b, "pay", b->pay_end.segment, &need, f));
    need -= had < need ? had : need;
    TRY(backup_path(b->o->from, "snapshots", dir, f));
    if (result_is_ok(snapshot_list(b->disk, dir, orders, &count, NULL)) && count > 0 && result_is_ok(snapshot_head_read(b->disk, dir, orders[0], &head, NULL))) need += head.bytes;
    TRY(disk_free_space(b->disk, b->o->to, &room, f));
    return need <= room ? OK : fail(f, RESULT_FULL, b->o->to, "needs room for some %llu bytes more, and %llu are free there: nothing was written", (unsigned long long)need, (unsigned long long)room);
}

/* --- writing --- */

static result finish_payload(struct backup *b, struct fault *f) {
    uint64_t size = 0;
    if (b->pay.file == NULL) return OK;
    result r = disk_size(b->pay.file, &size, f);
    if (result_is_ok(r) && size > b->pay.end) r = disk_truncate(b->pay.file, b->pay.end, f); /* what a run that was killed left behind */
    return result_is_ok(r) ? disk_sync(b->pay.file, f) : r;
}

static void close_target(struct backup_target *t) {
    disk_close(t->file);
    *t = (struct backup_target){0};
}

static result put(struct backup_target *t, uint64_t at, struct text bytes, uint64_t extent, struct fault *f) {
    static const char zeros[SEGMENT_SECTOR];
    TRY(disk_write(t->file, at, bytes.at, bytes.size, f));
    if (extent > bytes.size) TRY(disk_write(t->file, at + bytes.size, zeros, (size_t)(extent - bytes.size), f));
    t->end = at + extent;
    return OK;
}

static result put_payload(struct backup *b, const struct journal_batch *batch, struct fault *f) {
    uint64_t extent = (batch->payload.size + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR * SEGMENT_SECTOR;
    char path[LIMIT_PATH];
    if (extent == 0) return OK;
    if (b->pay.segment != batch->pay.segment) {
        TRY(finish_payload(b, f));
        close_target(&b->pay);
        TRY(segment_name(b->o->to, "pay", batch->pay.segment, "", path, f));
        TRY(disk_open(b->disk, path, DISK_WRITE, true, &b->pay.file, f));
        b->pay.segment = batch->pay.segment;
        if (b->pay.segment == b->pay_end.segment) TRY(disk_size(b->pay.file, &b->pay_size, f));
    }
    b->report->bytes += extent;
    return put(&b->pay, batch->pay.offset, batch->payload, extent, f);
}

/* What the segment holds up to the backup's end: gone through a moment ago, and the same in both. */
static result put_beginning(struct backup *b, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    char *room = malloc(CHUNK);
    if (room == NULL) return fail(f, RESULT_FULL, "backup", "out of memory");
    result r = segment_name(b->o->to, "log", b->end.at.segment, "", path, f);
    if (result_is_ok(r)) r = disk_open(b->disk, path, DISK_READ, false, &file, f);
    for (uint64_t at = 0; at < b->end.at.offset && result_is_ok(r);) {
        size_t run = b->end.at.offset - at < CHUNK ? (size_t)(b->end.at.offset - at) : CHUNK, got = 0;
        r = disk_read(file, at, room, run, &got, f);
        if (result_is_ok(r) && got != run) r = fail(f, RESULT_IO, path, "%s is shorter than it was a moment ago", path);
        if (result_is_ok(r)) r = put(&b->log, at, (struct text){room, run}, run, f);
        at += run;
    }
    disk_close(file);
    free(room);
    return r;
}

/* All that the log's own disk has been given is there: the log cannot lose any more what the backup is about to hold. */
static result source_durable(const struct backup *b, struct fault *f) {
    const char *const family[] = {"pay", "log"};
    const uint32_t segment[] = {b->pay.segment, b->log.segment};
    for (int i = 0; i < 2 && !b->o->anew; i++) {
        char path[LIMIT_PATH];
        struct disk_file *file = NULL;
        if (segment[i] == 0) continue;
        TRY(segment_name(b->o->from, family[i], segment[i], "", path, f));
        TRY(disk_open(b->disk, path, DISK_READ, false, &file, f));
        result r = disk_sync(file, f);
        disk_close(file);
        TRY(r);
    }
    return OK;
}

static result finish_log(struct backup *b, struct fault *f) {
    return b->log.file == NULL ? OK : disk_sync(b->log.file, f);
}

/* Everything that was written beside gets its name, one segment after the other. */
static result rename_all(struct backup *b, struct fault *f) {
    char from[LIMIT_PATH], to[LIMIT_PATH];
    if (b->pending == 0) return OK;
    TRY(finish_log(b, f));
    TRY(finish_payload(b, f));
    TRY(source_durable(b, f));
    TRY(sync_journal_dir(b, f));
    for (; b->pending <= b->log.segment; b->pending++) {
        TRY(segment_name(b->o->to, "log", b->pending, ".new", from, f));
        TRY(segment_name(b->o->to, "log", b->pending, "", to, f));
        b->renamed = true;
        TRY(disk_rename(b->disk, from, to, f));
        TRY(sync_journal_dir(b, f));
    }
    b->pending = 0;
    return OK;
}

static result put_hashes(struct backup *b, const struct journal_batch *batch, struct fault *f) {
    struct text extent = journal_extent(b->source);
    char path[LIMIT_PATH];
    if (b->log.segment != batch->log.segment) {
        if (b->fresh) TRY(rename_all(b, f)); /* what is whole is not done twice */
        TRY(finish_log(b, f));
        close_target(&b->log);
        TRY(segment_name(b->o->to, "log", batch->log.segment, ".new", path, f));
        if (disk_exists(b->disk, path)) TRY(disk_remove(b->disk, path, f));
        TRY(disk_open(b->disk, path, DISK_NEW, true, &b->log.file, f));
        b->log.segment = batch->log.segment;
        if (b->pending == 0) b->pending = batch->log.segment;
        if (batch->log.segment == b->end.at.segment && b->end.at.offset > 0) TRY(put_beginning(b, f));
    }
    b->report->bytes += extent.size;
    return put(&b->log, batch->log.offset, extent, extent.size, f);
}

/* The journal was read after the checkpoint. */
static result check_given(const struct backup *b, struct fault *f) {
    if (!b->given.any || b->report->tick == 0 || b->given.size <= b->report->tick) return OK; /* no tick in the last segment: the run before looked */
    return fail(f, RESULT_LOST_TAIL, b->o->from, "a checkpoint of %llu ticks was given out; the journal in %s holds %llu: its end is lost", (unsigned long long)b->given.size, b->o->from, (unsigned long long)b->report->tick);
}

static result copy_batches(struct backup *b, struct fault *f) {
    for (bool end = false;;) {
        struct journal_batch batch;
        TRY(next_of_source(b, &batch, &end, f));
        if (end) TRY(check_given(b, f));
        if (end) return rename_all(b, f);
        TRY(put_payload(b, &batch, f));
        TRY(put_hashes(b, &batch, f));
        b->report->batches++;
    }
}

/* The backup is as it was, in its bytes too: nothing names what was written. Of what fails here nothing more is said. */
static void take_back(struct backup *b) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    for (uint32_t s = b->pending; b->pending > 0 && s <= b->log.segment; s++)
        if (result_is_ok(segment_name(b->o->to, "log", s, ".new", path, NULL)) && disk_exists(b->disk, path)) (void)disk_remove(b->disk, path, NULL).code;
    bool known = b->end.number == 0 || b->pay_end.segment > 0;
    for (uint32_t s = b->pay_end.segment + 1; known && s <= b->pay.segment; s++)
        if (result_is_ok(segment_name(b->o->to, "pay", s, "", path, NULL)) && disk_exists(b->disk, path)) (void)disk_remove(b->disk, path, NULL).code;
    if (b->pay_size == 0 || !result_is_ok(segment_name(b->o->to, "pay", b->pay_end.segment, "", path, NULL))) return;
    if (!result_is_ok(disk_open(b->disk, path, DISK_WRITE, false, &file, NULL))) return;
    (void)disk_truncate(file, b->pay_size, NULL).code;
    disk_close(file);
}

static result take(struct backup *b, struct fault *f) {
    char dir[LIMIT_PATH];
    TRY(backup_place(b, f));
    TRY(backup_checkpoint_read(b, f));
    TRY(backup_path(b->o->to, "journal", dir, f));
    TRY(journal_open(b->disk, dir, &b->report->log, LIMIT_SEGMENT_BYTES, &b->held, f));
    TRY(backup_path(b->o->from, "journal", dir, f));
    TRY(journal_open(b->disk, dir, &b->report->log, LIMIT_SEGMENT_BYTES, &b->source, f));
    TRY(go_to_end(b, f));
    TRY(go_behind(b, f));
    TRY(backup_served(b, f));
    TRY(look_for_room(b, f));
    TRY(backup_keys(b, f));
    result r = copy_batches(b, f);
    disk_close(b->log.file);
    disk_close(b->pay.file);
    b->log.file = b->pay.file = NULL;
    if (!result_is_ok(r) && !b->renamed && !b->fresh) take_back(b);
    TRY(r);
    b->report->batch = journal_number(b->source);
    TRY(backup_snapshot(b, f));
    return backup_end(b, f);
}

result backup_take(const struct backup_options *o, struct backup_report *report, struct fault *f) {
    struct backup b = {.o = o, .disk = o->disk == NULL ? disk_real() : o->disk, .report = report};
    *report = (struct backup_report){0};
    if (strlen(o->from) >= LIMIT_DATA_PATH || strlen(o->to) >= LIMIT_DATA_PATH) return fail(f, RESULT_TOO_LARGE, "backup", "a path of over %d bytes", LIMIT_DATA_PATH - 1);
    result r = take(&b, f);
    journal_close(b.held);
    journal_close(b.source);
    disk_close(b.lock);
    return r;
}

/* --- what others were shown of it --- */

result backup_root(struct disk *d, const char *dir, uint64_t size, uint64_t *ticks, struct hash *root, struct fault *f) {
    struct node_inspection log;
    struct journal *j = NULL;
    struct merkle tree;
    char path[LIMIT_PATH];
    TRY(node_inspect(d, dir, &log, f));
    TRY(backup_path(dir, "journal", path, f));
    TRY(journal_open(d, path, &log.log, LIMIT_SEGMENT_BYTES, &j, f));
    struct append leaf = append_growing(STREAM_LEAF_BYTES);
    journal_skip_payloads(j, true);
    merkle_init(&tree);
    result r = OK;
    if (size == 0) *root = merkle_root(&tree);
    for (bool end = false; !end && result_is_ok(r);) {
        struct journal_batch batch;
        r = journal_next(j, &batch, &end, f);
        for (bool last = end; !last && result_is_ok(r);) {
            struct journal_entry e;
            r = journal_entry(j, &batch, &e, &last, f);
            if (!result_is_ok(r) || last || !e.tick) continue;
            append_reset(&leaf);
            stream_log_leaf(&(struct stream_tick){.tick = e.number, .time = e.time, .root = e.root}, &leaf);
            struct hash h = merkle_leaf(leaf.at, leaf.size);
            (void)merkle_append(&tree, &h, NULL);
            if (tree.size == size) *root = merkle_root(&tree);
        }
    }
    *ticks = tree.size;
    append_free(&leaf);
    journal_close(j);
    return r;
}
