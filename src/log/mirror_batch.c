/* What is taken: a batch from check to disk; the proof of a fork. */
#include "log/mirror_private.h"

#include <assert.h>
#include <stdio.h>

#include "log/stream.h"

void mirror_ending_render(uint64_t size, struct text note, const struct hash *path, unsigned length, struct append *out) {
    append_format(out, "{\"size\":%llu,\"checkpoint\":", (unsigned long long)size);
    append_json_string(out, note);
    append_str(out, ",\"consistency\":[");
    for (unsigned i = 0; i < length; i++) {
        append_str(out, i == 0 ? "\"" : ",\"");
        append_hex(out, path[i].bytes, SHA256_SIZE);
        append_char(out, '"');
    }
    append_str(out, "]}");
}

/* --- a batch --- */

void mirror_batch_begin(struct mirror_store *s, struct mirror_batch *b) {
    *b = (struct mirror_batch){.store = s, .now = s->mirror, .stream = append_growing(LIMIT_MIRROR_BATCH_BYTES), .ticks = append_growing(LIMIT_MIRROR_LINE_BYTES), .line = append_growing(LIMIT_MIRROR_LINE_BYTES),
                               .note = append_growing(1 << 20), .leaves = append_growing(LIMIT_MIRROR_LINE_BYTES)};
}

void mirror_batch_free(struct mirror_batch *b) {
    append_free(&b->stream);
    append_free(&b->ticks);
    append_free(&b->line);
    append_free(&b->note);
    append_free(&b->leaves);
}

static result room_for(const struct append *a, const char *what, struct fault *f) {
    return a->full ? fail(f, RESULT_TOO_LARGE, what, "one batch of more than %zu bytes", a->limit) : OK;
}

result mirror_batch_record(struct mirror_batch *b, const struct json *record, struct fault *f) {
    struct mirror_shown shown;
    arena_reset(&b->store->scratch);
    TRY(mirror_read_record(record, &b->store->scratch, &shown, f));
    TRY(mirror_record(&b->now, &shown, &b->store->scratch, f));
    node_record_render(&shown.record, true, &b->stream);
    append_char(&b->stream, '\n');
    if (b->store->sink != NULL) append_u16(&b->leaves, (uint16_t)shown.record.leaf.size), append_text(&b->leaves, shown.record.leaf);
    TRY(room_for(&b->leaves, "records", f));
    return room_for(&b->stream, "records", f);
}

result mirror_batch_tick(struct mirror_batch *b, const struct mirror_tick *t, struct fault *f) {
    TRY(mirror_tick(&b->now, t, f));
    mirror_tick_render(t, &b->ticks);
    append_char(&b->ticks, '\n');
    return room_for(&b->ticks, "ticks", f);
}

result mirror_batch_end(struct mirror_batch *b, struct text note, const struct hash *path, unsigned length, struct fault *f) {
    struct mirror_checkpoint c;
    TRY(mirror_note(&b->now, note, &c, f));
    TRY(mirror_prefix(&b->now, &c, path, length, f));
    if (b->now.stream.size != b->now.sealed) return fail(f, RESULT_ROT, "records", "%llu were shown that no tick seals", (unsigned long long)(b->now.stream.size - b->now.sealed));
    append_text(&b->note, note);
    mirror_ending_render(b->now.ticks.size, note, path, length, &b->line);
    append_char(&b->line, '\n');
    return room_for(&b->line, "checkpoint", f);
}

static result put(struct mirror_store *s, enum mirror_file file, const struct append *bytes, struct fault *f) {
    if (bytes->size == 0) return OK;
    TRY(disk_write(s->files[file], s->ends[file], bytes->at, bytes->size, f));
    return disk_sync(s->files[file], f);
}

static result hand_on(const struct mirror_store *s, const struct mirror_batch *b, struct fault *f) {
    struct cursor c = cursor_of(b->leaves.at, b->leaves.size);
    while (c.left > 0) {
        uint16_t size = cursor_u16(&c);
        TRY(s->sink->leaf(s->sink->context, (struct text){(const char *)cursor_bytes(&c, size), size}, f));
    }
    return OK;
}

/* A crash
 *   before the line of checkpoints is whole: the next start cuts what was written;
 *   behind it: the batch is there. */
result mirror_store_commit(struct mirror_store *s, const struct mirror_batch *b, struct fault *f) {
    assert(s->lock != NULL && !s->failed && b->line.size > 0);
    if (b->ticks.size == 0 && (b->now.ticks.size == 0 || text_equal(append_view(&b->note), append_view(&s->note)))) return OK;
    s->failed = true;
    TRY(put(s, MIRROR_STREAM, &b->stream, f));
    TRY(put(s, MIRROR_TICKS, &b->ticks, f));
    TRY(put(s, MIRROR_CHECKPOINTS, &b->line, f));
    s->failed = false;
    s->ends[MIRROR_STREAM] += b->stream.size;
    s->ends[MIRROR_TICKS] += b->ticks.size;
    s->ends[MIRROR_CHECKPOINTS] += b->line.size;
    s->mirror = b->now;
    append_reset(&s->note);
    append_text(&s->note, append_view(&b->note));
    return hand_on(s, b, f);
}

/* --- forks --- */

result mirror_store_fork(struct mirror_store *s, struct text shown, char name[80], struct fault *f) {
    struct mirror_checkpoint c, held;
    char full[LIMIT_PATH];
    struct append lines = append_growing(1 << 22);
    TRY(mirror_note(&s->mirror, shown, &c, f));
    snprintf(name, 80, "fork-%llu-%02x%02x%02x%02x%02x%02x%02x%02x", (unsigned long long)c.size, c.root.bytes[0], c.root.bytes[1], c.root.bytes[2], c.root.bytes[3], c.root.bytes[4],
             c.root.bytes[5], c.root.bytes[6], c.root.bytes[7]);
    if (s->note.size > 0) {
        TRY(mirror_note(&s->mirror, append_view(&s->note), &held, f));
        mirror_ending_render(held.size, append_view(&s->note), NULL, 0, &lines);
        append_char(&lines, '\n');
    }
    mirror_ending_render(c.size, shown, NULL, 0, &lines);
    append_char(&lines, '\n');
    struct disk_file *file = NULL;
    result r = lines.full ? fail(f, RESULT_FULL, name, "no memory") : mirror_path(s->dir, name, full, f);
    if (result_is_ok(r)) r = disk_open(s->disk, full, DISK_NEW, true, &file, f);
    if (r.code == RESULT_CONFLICT) { /* of the same root: it is kept */
        append_free(&lines);
        return OK;
    }
    if (result_is_ok(r)) r = disk_write(file, 0, lines.at, lines.size, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    append_free(&lines);
    return result_is_ok(r) ? disk_sync_dir(s->disk, s->dir, f) : r;
}

result mirror_store_root_at(struct mirror_store *s, uint64_t size, struct hash *out, struct fault *f) {
    struct mirror_lines l = {.file = s->files[MIRROR_TICKS]};
    struct merkle tree;
    merkle_init(&tree);
    result r = size > s->mirror.ticks.size ? fail(f, RESULT_NOT_FOUND, "ticks", "%llu are held", (unsigned long long)s->mirror.ticks.size) : OK;
    while (result_is_ok(r) && tree.size < size) {
        struct text line;
        struct mirror_tick t;
        char room[STREAM_LEAF_BYTES];
        struct append leaf = append_fixed(room, sizeof room);
        bool any = false;
        r = mirror_line(&l, &line, &any, f);
        if (result_is_ok(r) && !any) r = fail(f, RESULT_ROT, "ticks", "tick %llu is missing", (unsigned long long)tree.size + 1);
        if (result_is_ok(r)) r = mirror_store_tick(s, line, &t, f);
        if (!result_is_ok(r)) break;
        stream_log_leaf(&(struct stream_tick){.tick = t.tick, .time = t.time, .root = t.root}, &leaf);
        struct hash h = merkle_leaf(leaf.at, leaf.size);
        (void)merkle_append(&tree, &h, NULL);
    }
    append_free(&l.room);
    *out = merkle_root(&tree);
    return r;
}
