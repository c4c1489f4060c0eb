#include "log/witness.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "log/directory.h"

enum { FILE_MOST = CHECKPOINT_TEXT_BYTES + 2048, HEX_BYTES = 2 * SHA256_SIZE };

/* What was signed last for one origin. */
struct seen {
    struct text origin;
    char hex[HEX_BYTES + 1];
    uint64_t size, seconds; /* size 0 and seconds 0: nothing yet */
    struct hash root;
    struct append note;     /* as it stands in its file; empty: nothing yet. Its last line is the witness's */
    bool fork_kept, forked; /* forked without being kept: the disk did not take it */
};
struct witness {
    struct witness_options o;
    uint8_t public_key[NOTE_KEY_BYTES];
    struct disk_file *lock;
    struct seen *seen;
    uint32_t count;
    struct note parsed;
};

/* --- files --- */

static result path_of(const struct witness *w, const char *name, const char *suffix, char path[LIMIT_PATH], struct fault *f) {
    int size = snprintf(path, LIMIT_PATH, "%s/%s%s", w->o.dir, name, suffix);
    return size > 0 && size < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, "data", "the path is longer than %d bytes", LIMIT_PATH - 1);
}

static result read_whole(struct disk *d, const char *path, char *room, size_t *got, struct fault *f) {
    struct disk_file *file = NULL;
    uint64_t size = 0;
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = disk_size(file, &size, f);
    if (result_is_ok(r) && size > FILE_MOST) r = fail(f, RESULT_ROT, path, "has %" PRIu64 " bytes; what a witness writes has at most %d", size, FILE_MOST);
    if (result_is_ok(r)) r = disk_read(file, 0, room, (size_t)size, got, f);
    disk_close(file);
    return r;
}

static bool by_log(const struct witness *w, struct text origin) {
    for (uint32_t k = 0; k < w->o.log_count; k++)
        if (text_equal(w->o.logs[k].origin, origin) && note_verify(&w->parsed, w->o.logs[k].name, w->o.logs[k].public_key)) return true;
    return false;
}

/* Its own signature on it says that it has written this file: without that nobody knows what it has signed. */
static result judge(struct witness *w, struct seen *s, const char *path, struct text bytes, struct fault *f) {
    struct checkpoint c;
    struct fault inner = {0};
    bool mine = false, named = false;
    if (!result_is_ok(note_parse(bytes, &w->parsed, &inner)) || !result_is_ok(checkpoint_read(w->parsed.text, &c, &inner)))
        return fail(f, RESULT_ROT, path, "is no signed checkpoint (%s): bring the directory back, or begin a new one with a new key", inner.message);
    for (uint32_t i = 0; i < w->parsed.count && !mine && w->o.secret != NULL; i++) {
        named = named || text_equal(w->parsed.lines[i].name, w->o.name);
        mine = cosignature_verify(w->parsed.text, &w->parsed.lines[i], w->o.name, w->public_key, &s->seconds);
    }
    if (!mine && !named && w->o.pending) mine = by_log(w, c.origin);
    if (!mine && !named && !w->o.pending) return fail(f, RESULT_CONFLICT, path, "was signed by another witness: each key has a directory of its own");
    if (!mine || !text_equal(c.origin, s->origin)) return fail(f, RESULT_ROT, path, "is not what this witness signed: bring the directory back, or begin a new one with a new key");
    s->size = c.size;
    s->root = c.root;
    append_text(&s->note, bytes);
    return s->note.full ? fail(f, RESULT_FULL, "memory", "no memory for a checkpoint") : OK;
}

static result load(struct witness *w, struct seen *s, struct fault *f) {
    char path[LIMIT_PATH], room[FILE_MOST];
    size_t got = 0;
    TRY(path_of(w, s->hex, ".fork", path, f));
    s->forked = s->fork_kept = disk_exists(w->o.disk, path);
    TRY(path_of(w, s->hex, "", path, f));
    if (!disk_exists(w->o.disk, path)) return OK;
    TRY(read_whole(w->o.disk, path, room, &got, f));
    return judge(w, s, path, (struct text){room, got}, f);
}

/* --- life --- */

static struct seen *seen_of(const struct witness *w, struct text origin) {
    for (uint32_t i = 0; i < w->count; i++)
        if (text_equal(w->seen[i].origin, origin)) return &w->seen[i];
    return NULL;
}

static result add_log(struct witness *w, const struct witness_log *l, struct fault *f) {
    for (const struct witness_log *k = w->o.logs; k < l; k++)
        if (memcmp(k->public_key, l->public_key, NOTE_KEY_BYTES) == 0) return fail(f, RESULT_CONFLICT, "log", "the key of '%.*s' is given twice", TEXT_ARG(l->name));
    if (memcmp(l->public_key, w->public_key, NOTE_KEY_BYTES) == 0) return fail(f, RESULT_CONFLICT, "log", "the key of '%.*s' is the witness's own", TEXT_ARG(l->name));
    if (seen_of(w, l->origin) != NULL) return OK;
    struct seen *s = &w->seen[w->count++];
    struct hash h = sha256_of(l->origin.at, l->origin.size);
    struct append hex = append_fixed(s->hex, sizeof s->hex - 1);
    append_hex(&hex, h.bytes, sizeof h.bytes);
    s->origin = l->origin;
    s->note = append_growing(FILE_MOST);
    return load(w, s, f);
}

static result open_dir(struct witness *w, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(directory_of(w->o.disk, w->o.dir, DIRECTORY_WITNESS, f));
    TRY(disk_make_dir(w->o.disk, w->o.dir, f));
    TRY(disk_own(w->o.disk, w->o.dir, true, f));
    TRY(path_of(w, "lock", "", path, f));
    result r = disk_lock(w->o.disk, path, &w->lock, f);
    if (r.code == RESULT_BUSY) return fail(f, RESULT_BUSY, w->o.dir, "another witness has this directory: two would sign what neither has proof of");
    return r;
}

result witness_open(const struct witness_options *o, struct witness **out, struct fault *f) {
    assert(o->log_count > 0 && o->log_count <= LIMIT_WITNESS_LOGS);
    struct witness *w = calloc(1, sizeof *w);
    if (w != NULL) w->seen = calloc(o->log_count, sizeof *w->seen);
    if (w == NULL || w->seen == NULL) {
        free(w);
        return fail(f, RESULT_FULL, "memory", "no memory for the witness");
    }
    w->o = *o;
    assert(o->secret != NULL || o->pending);
    if (o->secret != NULL) memcpy(w->public_key, o->secret + NOTE_KEY_BYTES, NOTE_KEY_BYTES);
    result r = open_dir(w, f);
    for (uint32_t i = 0; i < o->log_count && result_is_ok(r); i++) r = add_log(w, &o->logs[i], f);
    if (!result_is_ok(r)) {
        witness_close(w);
        return r;
    }
    *out = w;
    return OK;
}

void witness_close(struct witness *w) {
    if (w == NULL) return;
    for (uint32_t i = 0; i < w->count; i++) append_free(&w->seen[i].note);
    if (w->lock != NULL) disk_close(w->lock);
    free(w->seen);
    free(w);
}

uint32_t witness_signed(const struct witness *w) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->count; i++) n += w->seen[i].note.size > 0;
    return n;
}

uint32_t witness_origins(const struct witness *w) { return w->count; }

struct witness_figures_of witness_origin(const struct witness *w, uint32_t i) {
    const struct seen *s = &w->seen[i];
    return (struct witness_figures_of){.origin = s->origin, .size = s->size, .seconds = s->seconds, .forked = s->forked};
}

bool witness_checkpoint(const struct witness *w, struct text origin_hash, struct text *out) {
    for (uint32_t i = 0; i < w->count; i++)
        if (text_is(origin_hash, w->seen[i].hex) && w->seen[i].note.size > 0) {
            *out = append_view(&w->seen[i].note);
            return true;
        }
    return false;
}

uint64_t witness_dated(const struct witness *w, struct text origin_hash) {
    uint64_t seconds = 0;
    for (uint32_t i = 0; i < w->count; i++)
        if (text_is(origin_hash, w->seen[i].hex)) seconds = w->seen[i].seconds;
    return seconds;
}

/* --- add-checkpoint --- */

static struct witness_told told(unsigned status, const struct witness_log *log, uint64_t size) { return (struct witness_told){status, log, size, false}; }

/* The log's line with a signature that is good; NULL, and why: none of its keys, or one whose signature is not good, which spoils the note. */
static const struct note_line *log_line(const struct witness *w, struct text origin, const struct witness_log **log, struct fault *f) {
    const struct note_line *good = NULL;
    *log = NULL;
    for (uint32_t k = 0; k < w->o.log_count; k++) {
        const struct witness_log *l = &w->o.logs[k];
        for (uint32_t i = 0; i < w->parsed.count && text_equal(l->origin, origin); i++) {
            const struct note_line *line = &w->parsed.lines[i];
            if (!note_line_of(line, l->name, l->public_key)) continue;
            *log = l;
            if (!note_line_verify(&w->parsed, line, l->name, l->public_key)) {
                (void)fail(f, RESULT_UNAUTHENTIC, "/checkpoint", "the signature of '%.*s' is not good", TEXT_ARG(l->name));
                return NULL;
            }
            good = line;
        }
    }
    if (good == NULL) (void)fail(f, RESULT_UNAUTHENTIC, "/checkpoint", "no signature by a key that this witness knows for this log");
    return good;
}

/* Is the tree one that contains what was signed before? */
static unsigned consistent(const struct seen *s, const struct witness_request *q, const struct checkpoint *c, struct fault *f) {
    struct hash empty = sha256_of("", 0);
    result r = OK;
    if (c->size == 0 && !hash_equal(&c->root, &empty)) r = fail(f, RESULT_MALFORMED, "/checkpoint", "a tree of size 0 has the root SHA-256(\"\")");
    else if (q->old == 0 && q->length > 0) r = fail(f, RESULT_MALFORMED, "/proof", "from size 0 there is nothing to prove");
    else if (q->old == c->size && q->length > 0) r = fail(f, RESULT_MALFORMED, "/proof", "between equal sizes there is nothing to prove");
    else if (q->old == c->size && q->old > 0 && !hash_equal(&c->root, &s->root)) r = fail(f, RESULT_CONFLICT, "/checkpoint", "another tree of the same size has been signed: the log has forked");
    else if (q->old > 0 && q->old < c->size && !merkle_check_consistency(q->old, &s->root, c->size, &c->root, q->proof, q->length))
        r = fail(f, RESULT_CONFLICT, "/proof", "does not show that the tree of size %" PRIu64 " contains the one of size %" PRIu64 " that was signed", c->size, q->old);
    return result_is_ok(r) ? 200 : 422;
}

/* Both checkpoints of the first fork, for whoever will judge it: kept as well as can be, for what was asked is refused in any case. */
static void keep_fork(struct witness *w, struct seen *s, struct text note) {
    char name[HEX_BYTES + 8];
    struct fault f = {0};
    struct append both = append_growing(2 * FILE_MOST + LIMIT_WITNESS_BODY_BYTES);
    if (s->fork_kept) return;
    snprintf(name, sizeof name, "%s.fork", s->hex);
    append_text(&both, append_view(&s->note));
    append_char(&both, '\n');
    append_text(&both, note);
    s->fork_kept = !both.full && result_is_ok(disk_replace(w->o.disk, w->o.dir, name, append_view(&both), &f));
    append_free(&both);
}

/* Signed in this very second already: what it would sign is that, byte for byte, so it is neither signed nor written again, however often somebody asks. */
static bool signed_now(const struct witness *w, const struct seen *s, struct text checkpoint, uint64_t seconds, struct append *out) {
    bool dated = w->o.secret != NULL;
    if (s->note.size <= checkpoint.size || (dated && s->seconds != seconds) || memcmp(s->note.at, checkpoint.at, checkpoint.size) != 0 || s->note.at[checkpoint.size] != '\n') return false;
    if (!dated) return true;
    size_t at = s->note.size - 1;
    while (s->note.at[at - 1] != '\n') at--;
    append_bytes(out, s->note.at + at, s->note.size - at);
    return true;
}

/* Durable first: only then has this tree been signed, and may the signature be seen. */
static unsigned sign(struct witness *w, struct seen *s, const struct note_line *line, const struct checkpoint *c, uint64_t seconds, struct append *out, struct fault *f) {
    char room[FILE_MOST];
    struct append note = append_fixed(room, sizeof room);
    bool dated = w->o.secret != NULL;
    if (dated && (seconds == 0 || seconds > INT64_MAX || seconds < s->seconds)) {
        (void)fail(f, RESULT_RANGE, "clock", "the witness's clock has run back behind what it has signed");
        return 503;
    }
    note_begin(&note, w->parsed.text);
    append_format(&note, "\xE2\x80\x94 %.*s %.*s\n", TEXT_ARG(line->name), TEXT_ARG(line->base64));
    size_t signature_at = note.size;
    if (dated) cosignature_sign(&note, w->parsed.text, w->o.name, w->o.secret, seconds);
    assert(!note.full); /* a text of CHECKPOINT_TEXT_BYTES and two lines by Ed25519 keys fit */
    if (!result_is_ok(disk_replace(w->o.disk, w->o.dir, s->hex, append_view(&note), f))) return 503; /* no signature has left meanwhile, so either file is true */
    struct append before = s->note;
    s->note = append_growing(FILE_MOST);
    append_text(&s->note, append_view(&note));
    if (s->note.full) { /* no memory: it is durable, but nothing is told, and the next one begins from what is known here */
        append_free(&s->note);
        s->note = before;
        (void)fail(f, RESULT_FULL, "memory", "no memory for a checkpoint");
        return 503;
    }
    append_free(&before);
    s->size = c->size;
    s->root = c->root;
    s->seconds = dated ? seconds : s->seconds;
    append_bytes(out, note.at + signature_at, note.size - signature_at);
    return 200;
}

struct witness_told witness_add(struct witness *w, struct text body, uint64_t seconds, struct append *out, struct fault *f) {
    struct witness_request q;
    struct checkpoint c;
    const struct witness_log *log;
    if (!result_is_ok(witness_request_read(body, &q, f)) || !result_is_ok(note_parse(q.note, &w->parsed, f)) || !result_is_ok(checkpoint_read(w->parsed.text, &c, f))) return told(400, NULL, 0);
    struct seen *s = seen_of(w, c.origin);
    if (s == NULL) {
        (void)fail(f, RESULT_NOT_FOUND, "/checkpoint", "this witness does not know the log '%.*s'", TEXT_ARG(c.origin));
        return told(404, NULL, 0);
    }
    const struct note_line *line = log_line(w, c.origin, &log, f);
    if (line == NULL) return told(403, log, c.size);
    if (q.old > c.size) {
        (void)fail(f, RESULT_MALFORMED, "/old", "is larger than the tree: %" PRIu64 ", %" PRIu64, q.old, c.size);
        return told(400, log, c.size);
    }
    bool fork = s->note.size > 0 && c.size == s->size && c.size > 0 && !hash_equal(&c.root, &s->root);
    s->forked = s->forked || fork;
    if (fork) keep_fork(w, s, q.note);
    struct witness_told t = told(200, log, c.size);
    t.fork = fork;
    if (q.old != s->size) {
        (void)fail(f, RESULT_CONFLICT, "/old", "what was signed last has size %" PRIu64, s->size);
        append_format(out, "%" PRIu64 "\n", s->size);
        t.status = 409;
        return t;
    }
    t.status = consistent(s, &q, &c, f);
    if (t.status == 200 && signed_now(w, s, w->parsed.text, seconds, out)) return t;
    if (t.status == 200) t.status = sign(w, s, line, &c, seconds, out, f);
    return t;
}
