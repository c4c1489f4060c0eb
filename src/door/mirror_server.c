#include "door/mirror_server.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "door/exposition.h"
#include "door/gzip.h"
#include "door/http.h"
#include "door/report.h"
#include "log/mirror_store.h"
#include "log/stream.h"

struct server {
    const struct mirror_server_options *o;
    struct witness_log log;
    char own[LIMIT_PATH];              /* DIR/serve */
    struct tile_mirror *mirror;
    struct append offer, sealed;       /* as they were read last; of offer: nothing where it is to be tried again */
    bool told_late;                    /* that the clock has run back */
    bool more;                         /* of the offer, to be taken at once */
    struct disk_file *ticks;
    struct mirror_lines lines;         /* of them: the next one is tick lines.number + 1 */
    struct json_reader *json;
    char leaf[STREAM_LEAF_BYTES];
    struct tile_store *leaves;         /* of the stream; NULL: not there yet */
    uint64_t stream_size;              /* of the checkpoint that is shown */
    struct append stream_note;
    struct note parsed;
    struct small_server_lines said;
    struct { uint64_t seconds; bool fork, stopped; } pulled; /* what the process that pulls has said last */
};

static uint64_t seconds_now(void) {
    time_t now = time(NULL);
    return now > 0 ? (uint64_t)now : 0;
}

/* --- the log --- */
static void tell(struct server *s, enum report_level level, const char *what, unsigned status, const struct fault *f) {
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    if (level != REPORT_DEBUG && !small_server_line(&s->said, strcmp(what, "fork") == 0)) return;
    report_number(&m, "status", status);
    report_number(&m, "size", (int64_t)tile_mirror_size(s->mirror));
    report_number(&m, "next", (int64_t)tile_mirror_next(s->mirror));
    if (f != NULL) report_fault_members(&m, f);
    if (s->said.unsaid > 0) report_number(&m, "left_out", (int64_t)s->said.unsaid);
    s->said.unsaid = 0;
    report(level, what, &m);
}

/* --- what was pulled --- */

static result read_file(struct server *s, const char *name, struct append *out, struct fault *f) {
    char path[LIMIT_PATH], chunk[16 * 1024];
    struct disk_file *file = NULL;
    size_t got = 1;
    append_reset(out);
    if (snprintf(path, sizeof path, "%s/%s", s->own, name) >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, s->own, "is too long a path");
    if (!disk_exists(disk_real(), path)) return OK;
    TRY(disk_open(disk_real(), path, DISK_READ, false, &file, f));
    result r = OK;
    while (result_is_ok(r) && got > 0 && !out->full) {
        r = disk_read(file, out->size, chunk, sizeof chunk, &got, f);
        if (result_is_ok(r)) append_bytes(out, chunk, got);
    }
    disk_close(file);
    return result_is_ok(r) && out->full ? fail(f, RESULT_TOO_LARGE, path, "is longer than a checkpoint") : r;
}

static result next_tick(void *context, uint64_t index, struct text *entry, struct fault *f) {
    struct server *s = context;
    struct text line;
    bool any = true;
    if (s->lines.number > index) { /* what was read last was not kept */
        append_free(&s->lines.room);
        s->lines = (struct mirror_lines){.file = s->ticks};
    }
    while (any && s->lines.number <= index) TRY(mirror_line(&s->lines, &line, &any, f));
    if (!any) return fail(f, RESULT_ROT, "ticks", "tick %llu is missing", (unsigned long long)index + 1);
    const struct json *top;
    struct mirror_tick t;
    struct append leaf = append_fixed(s->leaf, sizeof s->leaf);
    TRY(json_parse(s->json, line, JSON_OPEN, &top, f));
    TRY(mirror_read_tick(top, &t, f));
    stream_log_leaf(&(struct stream_tick){.tick = t.tick, .time = t.time, .root = t.root}, &leaf);
    *entry = append_view(&leaf);
    return OK;
}

/* `ticks N`, how many there are, and the note. */
static result read_offer(struct text file, struct tile_source *from, struct text *note, struct fault *f) {
    const char *end = memchr(file.at, '\n', file.size);
    char line[32] = "";
    unsigned long long size = 0;
    if (end != NULL && (size_t)(end - file.at) < sizeof line) memcpy(line, file.at, (size_t)(end - file.at));
    if (sscanf(line, "ticks %19llu", &size) != 1) return fail(f, RESULT_MALFORMED, "offer", "does not begin with the number of ticks");
    from->size = size;
    *note = (struct text){end + 1, file.size - (size_t)(end + 1 - file.at)};
    return OK;
}

/* True: a piece of it was taken, and there is more. */
static bool take_offer(struct server *s, struct append *room) {
    struct fault f = {0};
    struct tile_source from = {.next = next_tick, .context = s};
    struct text note;
    bool taken = false;
    result r = read_file(s, "offer", room, &f);
    if (result_is_ok(r) && (room->size == 0 || text_equal(append_view(room), append_view(&s->offer)))) return false;
    if (result_is_ok(r)) r = read_offer(append_view(room), &from, &note, &f);
    if (result_is_ok(r)) r = tile_mirror_offer(s->mirror, note, &from, seconds_now(), &taken, &f);
    bool later = r.code == RESULT_RANGE || (result_is_ok(r) && !taken); /* a clock comes back, and what cannot be proven to be of the pending tree may be, once somebody brings more entries */
    bool told = r.code == RESULT_RANGE && s->told_late;
    s->told_late = r.code == RESULT_RANGE;
    append_reset(&s->offer); /* what fails otherwise is not tried again every second */
    if (!later) append_text(&s->offer, append_view(room));
    if (told) return false;
    if (!result_is_ok(r)) tell(s, REPORT_ERROR, r.code == RESULT_DIVERGED ? "fork" : "not_taken", 0, &f);
    else if (taken) tell(s, REPORT_DEBUG, s->o->mirror.secret != NULL ? "signed" : "taken", 200, NULL);
    return result_is_ok(r) && tile_mirror_pulls(s->mirror);
}

/* Signed by the receipts' key, of this stream, and the root of the leaves that are here? */
static result judge_sealed(struct server *s, struct text note, uint64_t *size, struct fault *f) {
    char origin_room[NOTE_NAME_BYTES + 64], path[LIMIT_PATH + 8];
    struct append origin = append_fixed(origin_room, sizeof origin_room);
    struct checkpoint c;
    struct hash root;
    append_format(&origin, "%.*s/stream/%.*s", TEXT_ARG(s->o->origin), TEXT_ARG(s->o->party));
    TRY(note_parse(note, &s->parsed, f));
    TRY(checkpoint_read(s->parsed.text, &c, f));
    if (origin.full || !text_equal(c.origin, append_view(&origin)) || !note_verify(&s->parsed, c.origin, s->o->receipt_key))
        return fail(f, RESULT_UNAUTHENTIC, "sealed", "is not signed by the log's key for receipts");
    snprintf(path, sizeof path, "%s/leaves", s->own);
    if (s->leaves == NULL) TRY(tile_store_open(disk_real(), path, false, c.size, &s->leaves, f));
    TRY(tile_store_more(s->leaves, c.size, f));
    if (tile_store_size(s->leaves) < c.size) return fail(f, RESULT_ROT, "leaves", "has %llu of %llu", (unsigned long long)tile_store_size(s->leaves), (unsigned long long)c.size);
    TRY(tile_store_root(s->leaves, c.size, &root, f));
    *size = c.size;
    return hash_equal(&root, &c.root) ? OK : fail(f, RESULT_ROT, "leaves", "are not those of the checkpoint of %llu", (unsigned long long)c.size);
}

static void take_sealed(struct server *s, struct append *room) {
    struct fault f = {0};
    uint64_t size = 0;
    result r = read_file(s, "sealed", room, &f);
    if (result_is_ok(r) && (room->size == 0 || text_equal(append_view(room), append_view(&s->sealed)))) return;
    if (result_is_ok(r)) r = judge_sealed(s, append_view(room), &size, &f);
    append_reset(&s->sealed);
    append_text(&s->sealed, append_view(room));
    if (result_is_ok(r) && size < s->stream_size) return;
    if (!result_is_ok(r)) { /* read anew from the beginning, with the next one */
        tell(s, REPORT_ERROR, "stream_not_taken", 0, &f);
        tile_store_close(s->leaves);
        s->leaves = NULL;
        s->stream_size = 0;
        append_reset(&s->stream_note);
        return;
    }
    s->stream_size = size;
    append_reset(&s->stream_note);
    append_text(&s->stream_note, append_view(room));
}

/* As cli/mirror_share.h says it. What is not there, or not readable, leaves what was known. */
static void take_pulled(struct server *s, struct append *room) {
    char line[96] = "";
    unsigned long long seconds = 0;
    int fork = 0, stopped = 0;
    struct fault f = {0};
    if (result_is_ok(read_file(s, "pulled", room, &f)) && room->size > 0 && room->size < sizeof line) memcpy(line, room->at, room->size);
    if (sscanf(line, "seconds %19llu\nfork %1d\nstopped %1d\n", &seconds, &fork, &stopped) != 3) return;
    s->pulled.seconds = seconds;
    s->pulled.fork = fork != 0;
    s->pulled.stopped = stopped != 0;
}

static void second(void *context) {
    struct server *s = context;
    struct append room = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    s->more = take_offer(s, &room);
    take_sealed(s, &room);
    take_pulled(s, &room);
    append_free(&room);
}

/* A long log is taken piece by piece. */
static bool between(void *context) {
    struct server *s = context;
    if (!s->more) return false;
    struct append room = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    s->more = take_offer(s, &room);
    append_free(&room);
    return s->more;
}

/* --- replies --- */
static void refuse(struct request *r, unsigned status, const struct fault *f) {
    struct problem p = problem_of(f);
    p.status = status;
    request_reply_problem(r, &p);
}

static void not_found(struct request *r, const char *why) {
    struct fault f = {0};
    (void)fail(&f, RESULT_NOT_FOUND, "path", "%s", why);
    refuse(r, 404, &f);
}

static void reply_note(struct request *r, struct text note) {
    struct append out = append_growing(note.size + 1);
    append_text(&out, note);
    request_reply(r, out.full ? 503 : 200, "text/plain; charset=utf-8", &out);
    append_free(&out);
}

static void add_checkpoint(struct server *s, struct request *r) {
    struct fault f = {0};
    struct append out = append_growing(4096);
    struct witness_told t = tile_mirror_checkpoint(s->mirror, request_body(r), seconds_now(), &out, &f);
    tell(s, t.fork ? REPORT_ERROR : t.status == 200 || t.status == 409 ? REPORT_DEBUG : REPORT_WARNING, t.fork ? "fork" : "add_checkpoint", t.status, t.status == 200 ? NULL : &f);
    if (t.status == 200) request_reply(r, 200, "text/plain; charset=utf-8", &out);
    else if (t.status == 409) request_reply(r, 409, "text/x.tlog.size", &out);
    else refuse(r, t.status, &f);
    append_free(&out);
}

/* What was sent in one piece, or what is unpacked of it so far. What a gzip holds up to where it breaks is a body that breaks there, and so is what it holds up to the longest that is taken. */
struct sent { struct text plain; struct gzip_reader *packed; struct append room; bool more; };

static struct text sent_upto(void *context, size_t bytes) {
    struct sent *b = context;
    if (b->packed == NULL) return b->plain;
    b->more = gzip_more(b->packed, bytes);
    return append_view(&b->room);
}

/* False: it was answered. */
static bool sent_open(struct request *r, struct sent *b) {
    struct text coding;
    struct fault f = {0};
    *b = (struct sent){.plain = request_body(r), .room = append_growing(LIMIT_MIRROR_BODY_BYTES)};
    if (!request_header(r, "Content-Encoding", &coding) || text_is(coding, "identity")) return true;
    if (coding.size != 4 || strncasecmp(coding.at, "gzip", 4) != 0) {
        request_add_header(r, "Accept-Encoding", "gzip");
        (void)fail(&f, RESULT_UNSUPPORTED, "Content-Encoding", "here only gzip is read");
        refuse(r, 415, &f);
        return false;
    }
    b->packed = gzip_open(b->plain, &b->room);
    if (b->packed != NULL) return true;
    (void)fail(&f, RESULT_FULL, "memory", "no memory to unpack it");
    refuse(r, 503, &f);
    return false;
}

static unsigned take_entries(struct server *s, struct sent *b, struct append *out, struct fault *f) {
    unsigned status = tile_mirror_entries_of(s->mirror, &(struct tile_body){sent_upto, b}, seconds_now(), out, f);
    if (status != 400 || !b->more || strcmp(f->field, "/") != 0) return status; /* it is not whole, as far as it was unpacked */
    (void)fail(f, RESULT_TOO_LARGE, "/", "its first package has more than %d bytes: send it without gzip", LIMIT_MIRROR_UNPROVEN);
    return 413;
}

static void add_entries(struct server *s, struct request *r) {
    struct fault f = {0};
    struct append out = append_growing(4096);
    struct sent b;
    if (sent_open(r, &b)) {
        unsigned status = take_entries(s, &b, &out, &f);
        bool good = status == 200 || status == 202;
        tell(s, good || status == 409 ? REPORT_DEBUG : status == 503 ? REPORT_ERROR : REPORT_WARNING, "add_entries", status, good ? NULL : &f);
        request_add_header(r, "Accept-Encoding", "gzip");
        if (status == 200) request_reply(r, 200, "text/plain; charset=utf-8", &out);
        else if (status == 202 || status == 409) request_reply(r, status, "text/x.tlog.mirror-info", &out);
        else refuse(r, status, &f);
    }
    gzip_close(b.packed);
    append_free(&b.room);
    append_free(&out);
}

/* --- reading --- */
static bool has_token(const struct server *s, const struct request *r) {
    struct text value;
    if (!s->o->has_token || !request_header(r, "Authorization", &value) || value.size < 8 || strncasecmp(value.at, "Bearer ", 7) != 0) return false;
    struct hash is = sha256_of(value.at + 7, value.size - 7);
    return sodium_memcmp(is.bytes, s->o->token.bytes, SHA256_SIZE) == 0;
}

static bool allowed(const struct server *s, struct request *r, bool open) {
    struct fault f = {0};
    if (open || has_token(s, r)) return true;
    request_add_header(r, "WWW-Authenticate", "Bearer");
    (void)fail(&f, RESULT_UNAUTHENTIC, "Authorization", "the mirror's token is needed: \"Bearer \" and what its keeper gave you");
    refuse(r, 401, &f);
    return false;
}

static void say_cache(struct request *r, bool open, bool entries) {
    request_cache(r, open ? "public, max-age=31536000, immutable" : "private, max-age=31536000, immutable");
    if (!open || entries) request_add_header(r, "Vary", open ? "Accept-Encoding" : entries ? "Authorization, Accept-Encoding" : "Authorization");
}

static void reply_tile(struct server *s, struct request *r, bool of_log, bool open, struct text path) {
    struct fault f = {0};
    struct tile tile;
    struct text accept;
    struct append body = append_growing((size_t)TILE_WIDTH * (2 + TILE_ENTRY_BYTES));
    result read = tile_read(path, &tile, &f);
    if (result_is_ok(read) && !of_log && s->leaves == NULL) read = fail(&f, RESULT_NOT_FOUND, "tile", "nothing of the stream is here yet");
    if (result_is_ok(read)) read = of_log ? tile_mirror_tile(s->mirror, &tile, &body, &f) : tile_store_tile(s->leaves, &tile, s->stream_size, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        if (read.code == RESULT_ROT) tell(s, REPORT_ERROR, "rot", 500, &f);
        refuse(r, read.code == RESULT_NOT_FOUND ? 404 : read.code == RESULT_MALFORMED ? 400 : 500, &f);
        return;
    }
    say_cache(r, open, tile.entries);
    if (tile.entries && request_header(r, "Accept-Encoding", &accept) && gzip_asked(accept) && gzip_pack(&body)) request_add_header(r, "Content-Encoding", "gzip");
    request_reply(r, 200, "application/octet-stream", &body);
    append_free(&body);
}

static bool skip(struct text *path, const char *what) {
    size_t size = strlen(what);
    if (path->size < size || memcmp(path->at, what, size) != 0) return false;
    *path = (struct text){path->at + size, path->size - size};
    return true;
}

static bool skip_hash(const struct server *s, struct text *path) {
    struct text rest = *path;
    if (!skip(&rest, "/") || !skip(&rest, tile_mirror_hash(s->mirror)) || !skip(&rest, "/")) return false;
    *path = rest;
    return true;
}

static void show_tree(struct server *s, struct request *r, bool of_log, struct text path) {
    bool open = of_log ? s->o->log_open : s->o->stream_open;
    struct text note;
    if (!allowed(s, r, open)) return;
    if (skip(&path, "tile/")) {
        reply_tile(s, r, of_log, open, path);
    } else if (!text_is(path, "checkpoint")) {
        not_found(r, "a tree has checkpoint, tile/<L>/<N> and tile/entries/<N>");
    } else if (of_log ? tile_mirror_note(s->mirror, &note) : s->stream_note.size > 0) {
        reply_note(r, of_log ? note : append_view(&s->stream_note));
    } else {
        not_found(r, "nothing is mirrored yet");
    }
}

/* --- for whoever watches it --- */
static bool has_forked(const struct server *s) {
    struct text path;
    return s->pulled.fork || tile_mirror_forked(s->mirror, &path);
}

static void healthy(const struct server *s, struct request *r) { small_server_health(r, has_forked(s) ? "fork" : s->pulled.stopped ? "stopped" : NULL); }

static void metrics(struct server *s, struct request *r) {
    if (!allowed(s, r, s->o->log_open)) return;
    struct append out = append_growing(16 * 1024);
    exposition_number(&out, "mirror_fork", "gauge", "1: two logs bear the signature of one key: look at DIR/fork-..., DIR/serve/fork or DIR/serve/pending/....fork, move it away, start again.", has_forked(s));
    exposition_number(&out, "mirror_stopped", "gauge", "1: nothing more is pulled, for what the server shows is not so: its log says why.", s->pulled.stopped);
    exposition_number(&out, "mirror_pulled_seconds", "gauge", "When all was held that the server had, seconds since 1970; 0: not yet.", s->pulled.seconds);
    exposition_number(&out, "mirror_ticks", "gauge", "Ticks in the checkpoint of the log that is shown, and signed where it signs.", tile_mirror_size(s->mirror));
    exposition_number(&out, "mirror_records", "gauge", "Records in the checkpoint of the stream that is shown.", s->stream_size);
    request_reply(r, out.full ? 503 : 200, SMALL_SERVER_PROMETHEUS, &out);
    append_free(&out);
}

static void show(struct server *s, struct request *r, struct text path) {
    struct text rest = path, note;
    if (text_is(path, "/healthy")) {
        healthy(s, r);
    } else if (text_is(path, "/metrics")) {
        metrics(s, r);
    } else if (skip(&rest, "/log/") || skip_hash(s, &rest)) {
        show_tree(s, r, true, rest);
    } else if (skip(&rest, "/stream/")) {
        show_tree(s, r, false, rest);
    } else if (skip(&rest, "/witness") && skip_hash(s, &rest) && text_is(rest, "checkpoint") && tile_mirror_witnessed(s->mirror, &note)) {
        reply_note(r, note);
    } else {
        not_found(r, "a mirror answers GET /healthy, /metrics and below /log/, /<origin hash>/ and /stream/, and where it signs POST /add-checkpoint and /add-entries");
    }
}

static void handle(void *context, struct request *r) {
    struct server *s = context;
    struct text path = request_path(r), method = request_method(r);
    bool signs = s->o->mirror.secret != NULL, checkpoint = signs && text_is(path, "/add-checkpoint"), entries = signs && text_is(path, "/add-entries");
    bool reads = text_is(method, "GET") || text_is(method, "HEAD"), posts = text_is(method, "POST");
    if (posts && checkpoint) {
        add_checkpoint(s, r);
    } else if (posts && entries) {
        add_entries(s, r);
    } else if (reads && !checkpoint && !entries) {
        show(s, r, path);
    } else {
        struct fault f = {0};
        request_add_header(r, "Allow", checkpoint || entries ? "POST" : "GET, HEAD");
        (void)fail(&f, RESULT_UNSUPPORTED, "method", "here only %s is answered", checkpoint || entries ? "POST" : "GET");
        refuse(r, 405, &f);
    }
    request_release(r);
}

/* --- life --- */
static result open_mirror(void *context, struct fault *f) {
    struct server *s = context;
    char path[LIMIT_PATH];
    if (snprintf(path, sizeof path, "%s/ticks", s->o->dir) >= (int)sizeof path || snprintf(s->own, sizeof s->own, "%s/serve", s->o->dir) + sizeof "/pending.new" > sizeof s->own)
        return fail(f, RESULT_TOO_LARGE, s->o->dir, "is too long a path");
    if ((s->json = json_reader_new(65536)) == NULL) return fail(f, RESULT_FULL, "memory", "no memory for JSON");
    TRY(disk_open(disk_real(), path, DISK_READ, false, &s->ticks, f));
    s->lines.file = s->ticks;
    s->log = (struct witness_log){.origin = s->o->origin, .name = s->o->origin};
    memcpy(s->log.public_key, s->o->log_key, sizeof s->log.public_key);
    struct tile_mirror_options o = s->o->mirror;
    o.dir = s->own;
    o.disk = disk_real();
    o.log = &s->log;
    return tile_mirror_open(&o, &s->mirror, f);
}

/* One that was seen before this start: what is held is shown, and nothing else is done. */
static void tell_fork(struct server *s) {
    struct text path;
    struct fault f = {0};
    if (!tile_mirror_forked(s->mirror, &path)) return;
    (void)fail(&f, RESULT_DIVERGED, "mirror", "a fork was seen, and nothing is taken or signed: look at %.*s, move it away, and start the mirror again", TEXT_ARG(path));
    tell(s, REPORT_ERROR, "fork", 0, &f);
}

static void announce(void *context, const struct http *h) {
    struct server *s = context;
    char room[512], url[512];
    struct append m = append_fixed(room, sizeof room);
    struct text name = s->o->mirror.secret != NULL ? s->o->mirror.name : s->o->party;
    small_server_url(&s->o->server, h, url, sizeof url);
    printf("parley: mirror %.*s listening on %s\n", TEXT_ARG(name), url);
    fflush(stdout);
    report_text(&m, "name", name);
    report_number(&m, "port", http_port(h));
    report_number(&m, "size", (int64_t)tile_mirror_size(s->mirror));
    report_number(&m, "next", (int64_t)tile_mirror_next(s->mirror));
    report(REPORT_INFO, "listening", &m);
    tell_fork(s);
    second(s);
}

result mirror_server_run(const struct mirror_server_options *o, struct fault *f) {
    struct server *s = calloc(1, sizeof *s);
    struct small_server_options server = o->server;
    if (s == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the mirror");
    server.largest_body = LIMIT_MIRROR_BODY_BYTES;
    server.dir = s->own; /* made before it listens; the ticks are open then */
    s->o = o;
    s->offer = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    s->sealed = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    s->stream_note = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    result r = small_server_run(&server, &(struct small_server_methods){open_mirror, announce, handle, second, between, s}, f);
    tile_mirror_close(s->mirror);
    tile_store_close(s->leaves);
    if (s->ticks != NULL) disk_close(s->ticks);
    if (s->json != NULL) json_reader_free(s->json);
    append_free(&s->lines.room);
    append_free(&s->offer);
    append_free(&s->sealed);
    append_free(&s->stream_note);
    free(s);
    return r;
}
