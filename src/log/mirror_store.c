#include "log/mirror_private.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/directory.h"

enum { CHUNK = 256 * 1024, PARTY_BYTES = 1024 };
const char *const mirror_file_names[MIRROR_FILES] = {"stream", "ticks", "checkpoints"};

result mirror_path(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f) {
    return snprintf(path, LIMIT_PATH, "%s/%s", dir, name) < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, dir, "a path of over %d bytes", LIMIT_PATH - 1);
}

/* --- lines --- */

result mirror_line(struct mirror_lines *l, struct text *line, bool *any, struct fault *f) {
    size_t looked = l->used;
    if (l->room.limit == 0) l->room = append_growing(LIMIT_MIRROR_LINE_BYTES);
    for (;;) {
        const char *end = l->room.size > looked ? memchr(l->room.at + looked, '\n', l->room.size - looked) : NULL;
        *any = end != NULL;
        if (end != NULL) {
            *line = (struct text){l->room.at + l->used, (size_t)(end - l->room.at) - l->used};
            l->begin = l->read - (l->room.size - l->used);
            l->used += line->size + 1;
            l->number++;
            return OK;
        }
        if (l->used > 0) memmove(l->room.at, l->room.at + l->used, l->room.size - l->used);
        l->room.size -= l->used;
        l->used = 0;
        looked = l->room.size;
        char chunk[CHUNK];
        size_t got = 0;
        TRY(disk_read(l->file, l->read, chunk, sizeof chunk, &got, f));
        if (got == 0) return OK;
        append_bytes(&l->room, chunk, got);
        if (l->room.full) return fail(f, RESULT_TOO_LARGE, "line", "line %llu is longer than %d bytes", (unsigned long long)l->number + 1, LIMIT_MIRROR_LINE_BYTES);
        l->read += got;
    }
}

static uint64_t lines_end(const struct mirror_lines *l) { return l->read - (l->room.size - l->used); }

/* A reader takes its memory for the largest document at once: it is made for the line at hand and kept while it suffices. */
static result parse(struct mirror_store *s, struct text line, const struct json **top, struct fault *f) {
    if (s->json == NULL || line.size > s->json_room) {
        json_reader_free(s->json);
        s->json_room = line.size * 2 > 65536 ? line.size * 2 : 65536;
        s->json = json_reader_new(s->json_room);
        if (s->json == NULL) return fail(f, RESULT_FULL, "memory", "no memory for a line of %zu bytes", line.size);
    }
    return json_parse(s->json, line, JSON_OPEN, top, f);
}

static result one_form(const struct mirror_store *s, struct text line, struct fault *f) {
    if (s->again.full) return fail(f, RESULT_FULL, "memory", "no memory for a line of %zu bytes", line.size);
    return text_equal(append_view(&s->again), line) ? OK : fail(f, RESULT_ROT, "", "is not written as a mirror writes it: it was changed");
}

static result in_line(const struct mirror_lines *l, enum mirror_file file, result r, struct fault *f) {
    char where[96];
    if (result_is_ok(r) || r.code == RESULT_FULL || r.code == RESULT_IO) return r;
    if (r.code == RESULT_MALFORMED || r.code == RESULT_RANGE || r.code == RESULT_CONFLICT /* another log's */) r.code = f->code = RESULT_ROT;
    snprintf(where, sizeof where, "%s, line %llu, byte %llu%s", mirror_file_names[file], (unsigned long long)l->number, (unsigned long long)l->begin, f->field[0] != '\0' ? ": " : "");
    fault_prefix(f, where);
    return r;
}

/* --- reading all of it --- */

struct opening {
    struct mirror_store *s;
    struct mirror_report *report;
    const struct mirror_watch *watch; /* NULL: nobody */
    struct mirror_lines lines[MIRROR_FILES];
};

static result need_line(struct opening *o, enum mirror_file file, const char *what, uint64_t number, struct text *line, struct fault *f) {
    bool any = false;
    TRY(mirror_line(&o->lines[file], line, &any, f));
    if (any) return OK;
    return fail(f, RESULT_ROT, mirror_file_names[file], "%s %llu is missing: the file ends after line %llu", what, (unsigned long long)number, (unsigned long long)o->lines[file].number);
}

static result check_record(struct opening *o, struct text line, uint32_t *parts, struct fault *f) {
    struct mirror_store *s = o->s;
    const struct json *top;
    struct mirror_shown shown;
    arena_reset(&s->scratch);
    TRY(parse(s, line, &top, f));
    TRY(mirror_read_record(top, &s->scratch, &shown, f));
    TRY(mirror_record(&s->mirror, &shown, &s->scratch, f));
    append_reset(&s->again);
    node_record_render(&shown.record, true, &s->again);
    *parts = shown.record.part_count;
    TRY(one_form(s, line, f));
    if (s->sink != NULL) TRY(s->sink->leaf(s->sink->context, shown.record.leaf, f));
    return o->watch == NULL || o->watch->record == NULL ? OK : o->watch->record(o->watch->context, &s->mirror, &shown.record, f);
}

static result take_record(struct opening *o, struct fault *f) {
    struct text line;
    uint32_t parts = 0;
    TRY(need_line(o, MIRROR_STREAM, "seq", o->s->mirror.stream.size, &line, f));
    TRY(in_line(&o->lines[MIRROR_STREAM], MIRROR_STREAM, check_record(o, line, &parts, f), f));
    o->report->records++;
    o->report->parts += parts;
    return OK;
}

result mirror_store_tick(struct mirror_store *s, struct text line, struct mirror_tick *out, struct fault *f) {
    const struct json *top;
    TRY(parse(s, line, &top, f));
    TRY(mirror_read_tick(top, out, f));
    append_reset(&s->again);
    mirror_tick_render(out, &s->again);
    return one_form(s, line, f);
}

static result take_tick(struct opening *o, struct fault *f) {
    struct text line;
    struct mirror_tick t;
    struct mirror *m = &o->s->mirror;
    TRY(need_line(o, MIRROR_TICKS, "tick", m->ticks.size + 1, &line, f));
    TRY(in_line(&o->lines[MIRROR_TICKS], MIRROR_TICKS, mirror_store_tick(o->s, line, &t, f), f));
    while (t.has_slot && m->stream.size < t.size) TRY(take_record(o, f));
    TRY(in_line(&o->lines[MIRROR_TICKS], MIRROR_TICKS, mirror_tick(m, &t, f), f));
    o->report->ticks++;
    return o->watch == NULL || o->watch->tick == NULL ? OK : o->watch->tick(o->watch->context, &t, f);
}

struct ending { uint64_t size; struct text note; struct hash path[MERKLE_DEPTH]; unsigned length; };

static result read_ending(struct mirror_store *s, struct text line, struct ending *e, struct fault *f) {
    static const char *const known[] = {"size", "checkpoint", "consistency"};
    const struct json *top;
    int64_t size = 0;
    TRY(parse(s, line, &top, f));
    TRY(json_only(top, known, sizeof known / sizeof known[0], f));
    TRY(json_get_scaled(top, "size", true, 0, 1, INT64_MAX, &size, f));
    e->size = (uint64_t)size;
    TRY(json_get_text(top, "checkpoint", true, SIZE_MAX, &e->note, f));
    TRY(mirror_read_path(top, "consistency", MERKLE_DEPTH, e->path, &e->length, f));
    append_reset(&s->again);
    mirror_ending_render(e->size, e->note, e->path, e->length, &s->again);
    TRY(one_form(s, line, f));
    append_reset(&s->note); /* the next document takes its place */
    append_text(&s->note, e->note);
    e->note = append_view(&s->note);
    return OK;
}

static result take_ending(struct opening *o, const struct ending *e, struct fault *f) {
    struct mirror_checkpoint c;
    struct mirror *m = &o->s->mirror;
    if (e->size < m->ticks.size) return in_line(&o->lines[MIRROR_CHECKPOINTS], MIRROR_CHECKPOINTS, fail(f, RESULT_ROT, "size", "goes back"), f);
    while (m->ticks.size < e->size) TRY(take_tick(o, f));
    result r = mirror_note(m, e->note, &c, f);
    if (result_is_ok(r)) r = mirror_prefix(m, &c, e->path, e->length, f);
    TRY(in_line(&o->lines[MIRROR_CHECKPOINTS], MIRROR_CHECKPOINTS, r, f));
    o->report->checkpoints++;
    for (int i = 0; i < MIRROR_FILES; i++) o->s->ends[i] = lines_end(&o->lines[i]);
    return o->watch == NULL || o->watch->checkpoint == NULL ? OK : o->watch->checkpoint(o->watch->context, e->size, &c, e->note, e->path, e->length, f);
}

/* The last line may be torn, with the sector that ends it written and one before it not: then it is no line of that form, and was never taken. */
static result take_all(struct opening *o, struct fault *f) {
    struct mirror_lines *l = &o->lines[MIRROR_CHECKPOINTS];
    for (;;) {
        struct text line, behind;
        struct ending e;
        bool any = false, more = false;
        TRY(mirror_line(l, &line, &any, f));
        if (!any) return OK;
        result r = read_ending(o->s, line, &e, f);
        if (!result_is_ok(r)) {
            struct fault inner;
            uint64_t begin = l->begin, number = l->number;
            TRY(mirror_line(l, &behind, &more, &inner));
            l->begin = begin, l->number = number;
            if (!more && r.code != RESULT_FULL && r.code != RESULT_IO) return OK;
            return in_line(l, MIRROR_CHECKPOINTS, r, f);
        }
        TRY(take_ending(o, &e, f));
    }
}

/* --- life --- */

static result read_small(struct disk *d, const char *dir, const char *name, struct append *out, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    uint64_t size = 0;
    size_t got = 0;
    TRY(mirror_path(dir, name, path, f));
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = disk_size(file, &size, f);
    if (result_is_ok(r) && size > out->room) r = fail(f, RESULT_TOO_LARGE, path, "has %llu bytes", (unsigned long long)size);
    if (result_is_ok(r)) r = disk_read(file, 0, out->at, (size_t)size, &got, f);
    disk_close(file);
    out->size = got;
    return r;
}

static void party_render(struct text party, uint64_t slot, const uint8_t blind[32], struct append *out) {
    append_str(out, "{\"party\":");
    append_json_string(out, party);
    append_str(out, ",\"blind\":\"");
    append_hex(out, blind, 32);
    append_format(out, "\",\"slot\":%llu,\"sum\":\"", (unsigned long long)slot);
    struct hash sum = sha256_of(out->at, out->size); /* nothing else speaks against a changed name */
    append_hex(out, sum.bytes, SHA256_SIZE);
    append_str(out, "\"}\n");
}

static result read_party(struct mirror_store *s, struct fault *f) {
    static const char *const known[] = {"party", "blind", "slot", "sum"};
    char room[PARTY_BYTES], again_room[PARTY_BYTES];
    struct append text = append_fixed(room, sizeof room), again = append_fixed(again_room, sizeof again_room);
    const struct json *top;
    struct text party;
    uint8_t blind[32];
    int64_t slot = 0;
    TRY(read_small(s->disk, s->dir, "party", &text, f));
    result r = parse(s, append_view(&text), &top, f);
    if (result_is_ok(r)) r = json_only(top, known, sizeof known / sizeof known[0], f);
    if (result_is_ok(r)) r = json_get_text(top, "party", true, 32, &party, f);
    if (result_is_ok(r)) r = json_get_hex(top, "blind", true, blind, sizeof blind, f);
    if (result_is_ok(r)) r = json_get_scaled(top, "slot", true, 0, 0, UINT16_MAX, &slot, f);
    if (result_is_ok(r)) r = mirror_of(&s->mirror, party, (uint64_t)slot, blind, f);
    if (result_is_ok(r)) {
        party_render(party, (uint64_t)slot, blind, &again);
        if (!text_equal(append_view(&again), append_view(&text))) r = fail(f, RESULT_ROT, "sum", "does not fit: the file was changed");
    }
    sodium_memzero(room, sizeof room);
    sodium_memzero(again_room, sizeof again_room);
    sodium_memzero(blind, sizeof blind);
    if (result_is_ok(r) || r.code == RESULT_FULL) return r;
    fault_prefix(f, "party: ");
    f->code = RESULT_ROT;
    return result_of(RESULT_ROT);
}

static result read_genesis(struct mirror_store *s, struct fault *f) {
    char *room = malloc(LIMIT_GENESIS_BYTES);
    if (room == NULL) return fail(f, RESULT_FULL, "genesis", "out of memory");
    struct append text = append_fixed(room, LIMIT_GENESIS_BYTES);
    result r = read_small(s->disk, s->dir, "genesis", &text, f);
    if (result_is_ok(r)) r = mirror_new(append_view(&text), &s->mirror, f);
    free(room);
    return r;
}

bool mirror_store_exists(struct disk *d, const char *dir) {
    char path[LIMIT_PATH];
    struct fault f;
    return result_is_ok(mirror_path(dir, "genesis", path, &f)) && disk_exists(d, path);
}

static result open_files(struct mirror_store *s, bool write, struct fault *f) {
    char path[LIMIT_PATH];
    if (!mirror_store_exists(s->disk, s->dir)) return fail(f, RESULT_NOT_FOUND, s->dir, "holds no mirror");
    TRY(mirror_path(s->dir, "party", path, f));
    if (!disk_exists(s->disk, path)) return fail(f, RESULT_NOT_FOUND, s->dir, "holds no mirror: it looks like a log's own directory ('parley log check')");
    if (write) TRY(disk_private(s->disk, path, f));
    TRY(mirror_path(s->dir, "lock", path, f));
    result r = write ? disk_lock(s->disk, path, &s->lock, f) : OK;
    if (r.code == RESULT_BUSY) return fail(f, RESULT_BUSY, s->dir, "another 'parley mirror' runs on this directory: end it first, or name another one");
    TRY(r);
    for (int i = 0; i < MIRROR_FILES; i++) {
        TRY(mirror_path(s->dir, mirror_file_names[i], path, f));
        TRY(disk_open(s->disk, path, write ? DISK_WRITE : DISK_READ, false, &s->files[i], f));
    }
    return OK;
}

static bool count_fork(void *context, const char *name) {
    struct mirror_report *report = context;
    report->forks += strncmp(name, "fork-", 5) == 0;
    return true;
}

static result cut(struct mirror_store *s, bool write, struct mirror_report *report, struct fault *f) {
    for (int i = 0; i < MIRROR_FILES; i++) {
        uint64_t size = 0;
        TRY(disk_size(s->files[i], &size, f));
        report->cut[i] = size > s->ends[i] ? size - s->ends[i] : 0;
        if (!write || report->cut[i] == 0) continue;
        TRY(disk_truncate(s->files[i], s->ends[i], f));
        TRY(disk_sync(s->files[i], f));
    }
    return OK;
}

static result open_store(struct disk *d, const char *dir, bool write, const struct mirror_watch *watch, const struct mirror_sink *sink, struct mirror_store *out, struct mirror_report *report, struct fault *f) {
    *out = (struct mirror_store){.disk = d, .sink = sink, .note = append_growing(1 << 20), .again = append_growing(LIMIT_MIRROR_LINE_BYTES)};
    *report = (struct mirror_report){0};
    arena_growing(&out->scratch, LIMIT_SCRATCH_BYTES);
    if (strlen(dir) + sizeof "/checkpoints" > LIMIT_PATH) return fail(f, RESULT_TOO_LARGE, dir, "a path of over %d bytes", LIMIT_PATH - 1);
    snprintf(out->dir, sizeof out->dir, "%s", dir);
    TRY(open_files(out, write, f));
    TRY(read_genesis(out, f));
    TRY(read_party(out, f));
    struct opening o = {.s = out, .report = report, .watch = watch};
    for (int i = 0; i < MIRROR_FILES; i++) o.lines[i].file = out->files[i];
    result r = take_all(&o, f);
    for (int i = 0; i < MIRROR_FILES; i++) append_free(&o.lines[i].room);
    if (result_is_ok(r)) r = disk_list(d, dir, count_fork, report, f);
    return result_is_ok(r) ? cut(out, write, report, f) : r;
}

result mirror_store_open(struct disk *d, const char *dir, bool write, struct mirror_store *out, struct mirror_report *report, struct fault *f) {
    return open_store(d, dir, write, NULL, NULL, out, report, f);
}

result mirror_store_open_to(struct disk *d, const char *dir, bool write, const struct mirror_sink *sink, struct mirror_store *out, struct mirror_report *report, struct fault *f) {
    return open_store(d, dir, write, NULL, sink, out, report, f);
}

result mirror_store_watch(struct disk *d, const char *dir, const struct mirror_watch *watch, struct mirror_store *out, struct mirror_report *report, struct fault *f) {
    return open_store(d, dir, false, watch, NULL, out, report, f);
}

void mirror_store_close(struct mirror_store *s) {
    for (int i = 0; i < MIRROR_FILES; i++) disk_close(s->files[i]);
    disk_close(s->lock);
    mirror_free(&s->mirror);
    if (s->json != NULL) json_reader_free(s->json);
    append_free(&s->note);
    append_free(&s->again);
    arena_free(&s->scratch);
}

static result write_new(struct disk *d, const char *dir, const char *name, struct text bytes, struct fault *f) {
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    TRY(mirror_path(dir, name, path, f));
    TRY(disk_open(d, path, DISK_WRITE, true, &file, f));
    result r = disk_truncate(file, 0, f);
    if (result_is_ok(r) && bytes.size > 0) r = disk_write(file, 0, bytes.at, bytes.size, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    return r;
}

static result nothing_there(struct disk *d, const char *dir, struct fault *f) {
    for (int i = 0; i < MIRROR_FILES; i++) {
        char path[LIMIT_PATH];
        struct disk_file *file = NULL;
        uint64_t size = 0;
        TRY(mirror_path(dir, mirror_file_names[i], path, f));
        if (!disk_exists(d, path)) continue;
        TRY(disk_open(d, path, DISK_READ, false, &file, f));
        result r = disk_size(file, &size, f);
        disk_close(file);
        TRY(r);
        if (size > 0) return fail(f, RESULT_CONFLICT, path, "is there, and no genesis: this is no mirror, name a directory of its own");
    }
    return OK;
}

/* The genesis comes last, by its name: what has none is not a mirror yet. */
result mirror_store_make(struct disk *d, const char *dir, struct text genesis, struct text party, uint64_t slot, const uint8_t blind[32], struct fault *f) {
    char room[PARTY_BYTES], from[LIMIT_PATH], to[LIMIT_PATH];
    struct append text = append_fixed(room, sizeof room);
    TRY(directory_of(d, dir, DIRECTORY_MIRROR, f));
    TRY(disk_make_dir(d, dir, f));
    TRY(nothing_there(d, dir, f));
    party_render(party, slot, blind, &text);
    result r = write_new(d, dir, "party", append_view(&text), f);
    sodium_memzero(room, sizeof room);
    TRY(r);
    for (int i = 0; i < MIRROR_FILES; i++) TRY(write_new(d, dir, mirror_file_names[i], TEXT(""), f));
    TRY(write_new(d, dir, "genesis.new", genesis, f));
    TRY(mirror_path(dir, "genesis.new", from, f));
    TRY(mirror_path(dir, "genesis", to, f));
    TRY(disk_sync_dir(d, dir, f));
    TRY(disk_rename(d, from, to, f));
    return disk_sync_dir(d, dir, f);
}
