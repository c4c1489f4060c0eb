#include "log/tile_mirror_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MOST = LIMIT_MIRROR_NOTE_BYTES + 256, LINE_REST = 6 /* of a signature line, beside name and base64 */, OWN_LINE = NOTE_NAME_BYTES + 128 };

static result path_of(const struct tile_mirror *m, const char *name, char path[LIMIT_PATH], struct fault *f) {
    int size = snprintf(path, LIMIT_PATH, "%s/%s", m->o.dir, name);
    return size > 0 && size < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, "data", "the path is longer than %d bytes", LIMIT_PATH - 1);
}

result tile_mirror_stopped(const struct tile_mirror *m, struct fault *f) {
    if (m->fork[0] != '\0') return fail(f, RESULT_DIVERGED, "mirror", "a fork was seen, and nothing more is taken or signed: look at %s, move it away, and start the mirror again", m->fork);
    return m->failed ? fail(f, RESULT_IO, "mirror", "a write failed: nothing more is taken") : OK;
}

/* --- DIR/mirror --- */

static result replace(const struct tile_mirror *m, const char *name, struct text bytes, struct fault *f) { return disk_replace(m->o.disk, m->o.dir, name, bytes, f); }

/* `time`: of its own signature on what follows; 0: it has none. */
static void head_render(uint64_t held, uint64_t seconds, const struct hash *root, struct append *out) {
    append_format(out, "held %" PRIu64 "\ntime %" PRIu64 "\n", held, seconds);
    append_base64(out, root->bytes, SHA256_SIZE);
    append_str(out, "\n\n");
}

static result rotten(struct fault *f, const char *path, const char *why) {
    return fail(f, RESULT_ROT, path, "%s: bring the directory back, or begin a new one with a new key", why);
}

/* Read by rendering them again, for they have one form. */
static bool read_head(struct text *rest, uint64_t *held, uint64_t *seconds, struct hash *root) {
    char room[160];
    struct append again = append_fixed(room, sizeof room);
    unsigned long long n = 0, at = 0;
    char base64[48] = "";
    size_t size = 0;
    if (rest->size > sizeof room - 1) snprintf(room, sizeof room, "%.*s", (int)sizeof room - 1, rest->at);
    else snprintf(room, sizeof room, "%.*s", (int)rest->size, rest->at);
    if (sscanf(room, "held %19llu\ntime %19llu\n%44s\n\n", &n, &at, base64) != 3 || !base64_read(text_of(base64), root->bytes, SHA256_SIZE, &size) || size != SHA256_SIZE) return false;
    head_render(n, at, root, &again);
    if (rest->size < again.size || memcmp(rest->at, again.at, again.size) != 0) return false;
    *held = n;
    *seconds = at;
    *rest = (struct text){rest->at + again.size, rest->size - again.size};
    return true;
}

/* Its own signature says that it has written this; where it signs nothing, the log's does. */
static result judge(struct tile_mirror *m, const char *path, struct text note, struct fault *f) {
    struct checkpoint c;
    bool mine = false, named = false;
    uint64_t seconds = 0;
    if (!result_is_ok(note_parse(note, &m->parsed, NULL)) || !result_is_ok(checkpoint_read(m->parsed.text, &c, NULL)) || !text_equal(c.origin, m->log.origin) ||
        !note_verify(&m->parsed, m->log.name, m->log.public_key))
        return rotten(f, path, "holds no checkpoint that the log signed");
    for (uint32_t i = 0; i < m->parsed.count && !mine && m->o.secret != NULL; i++) {
        named = named || text_equal(m->parsed.lines[i].name, m->o.name);
        mine = cosignature_verify(m->parsed.text, &m->parsed.lines[i], m->o.name, m->public_key, &seconds);
    }
    if (m->o.secret != NULL && m->seconds > 0 && !mine && !named) return fail(f, RESULT_CONFLICT, path, "was signed by another mirror: each key has a directory of its own");
    if (m->o.secret != NULL && (named || mine) && (!mine || seconds != m->seconds)) return rotten(f, path, "is not what this mirror signed");
    m->size = c.size;
    m->root = c.root;
    append_text(&m->note, note);
    return m->note.full ? fail(f, RESULT_FULL, "memory", "no memory for a checkpoint") : OK;
}

static result load(struct tile_mirror *m, struct hash *root, struct fault *f) {
    char path[LIMIT_PATH], *room;
    struct disk_file *file = NULL;
    uint64_t size = 0;
    size_t got = 0;
    *root = sha256_of("", 0);
    TRY(path_of(m, "mirror", path, f));
    if (!disk_exists(m->o.disk, path)) return OK;
    if ((room = malloc(FILE_MOST)) == NULL) return fail(f, RESULT_FULL, "memory", "no memory for a checkpoint");
    result r = disk_open(m->o.disk, path, DISK_READ, false, &file, f);
    if (result_is_ok(r)) r = disk_size(file, &size, f);
    if (result_is_ok(r) && size > FILE_MOST) r = rotten(f, path, "is longer than what a mirror writes");
    if (result_is_ok(r)) r = disk_read(file, 0, room, (size_t)size, &got, f);
    disk_close(file);
    struct text rest = {room, got};
    if (result_is_ok(r) && !read_head(&rest, &m->held, &m->seconds, root)) r = rotten(f, path, "does not begin as a mirror's file");
    if (result_is_ok(r) && rest.size > 0) r = judge(m, path, rest, f);
    free(room);
    return r;
}

/* --- the pending checkpoint --- */

/* What the witness's file has now becomes recent[0]. */
static result learn(struct tile_mirror *m, struct fault *f) {
    struct text note;
    struct checkpoint c;
    struct tile_pending fresh = {.note = append_growing(LIMIT_MIRROR_NOTE_BYTES)};
    if (!witness_checkpoint(m->pending, text_of(m->hash), &note)) return OK;
    TRY(note_parse(note, &m->parsed, f));
    TRY(checkpoint_read(m->parsed.text, &c, f));
    fresh.size = c.size;
    fresh.root = c.root;
    append_text(&fresh.note, note);
    if (fresh.note.full) {
        append_free(&fresh.note);
        return fail(f, RESULT_FULL, "memory", "no memory for a checkpoint");
    }
    if (m->recent[0].note.size == 0 || m->recent[0].size < c.size) {
        append_free(&m->recent[LIMIT_MIRROR_PENDING - 1].note);
        memmove(&m->recent[1], &m->recent[0], (LIMIT_MIRROR_PENDING - 1) * sizeof m->recent[0]);
    } else {
        append_free(&m->recent[0].note);
    }
    m->recent[0] = fresh;
    return OK;
}

/* Whether or not the file could be written: it is named all the same. */
static void stop(struct tile_mirror *m, const char *path) {
    m->failed = true;
    snprintf(m->fork, sizeof m->fork, "%s", path);
}

struct witness_told tile_mirror_checkpoint(struct tile_mirror *m, struct text body, uint64_t seconds, struct append *out, struct fault *f) {
    if (!result_is_ok(tile_mirror_stopped(m, f))) return (struct witness_told){.status = 503};
    struct witness_told t = witness_add(m->pending, body, seconds, out, f);
    if (t.fork) stop(m, m->fork_shown);
    if (t.status == 200 && !result_is_ok(learn(m, f))) t.status = 503;
    return t;
}

/* --- life --- */

static result judge_all(struct tile_mirror *m, const struct hash *root, struct fault *f) {
    char path[LIMIT_PATH];
    struct hash is;
    const struct tile_pending *now = &m->recent[0];
    TRY(path_of(m, "entries", path, f));
    if (tile_store_size(m->entries) < m->held) return rotten(f, path, "has fewer entries than were held");
    is = merkle_root(tile_store_tree(m->entries));
    if (!hash_equal(&is, root)) return rotten(f, path, "is not what was held");
    if (m->size > m->held) return rotten(f, path, "has fewer entries than were signed");
    TRY(tile_store_root(m->entries, m->size, &is, f));
    if (m->note.size > 0 && !hash_equal(&is, &m->root)) return rotten(f, path, "is not what was signed");
    if (m->held > now->size) return rotten(f, m->pending_dir, "is of fewer entries than are held");
    if (m->held == now->size && now->note.size > 0 && !hash_equal(root, &now->root)) return rotten(f, m->pending_dir, "is of other entries than are held");
    return OK;
}

static result look_for_fork(struct tile_mirror *m, struct fault *f) {
    char name[sizeof m->hash + 16];
    snprintf(name, sizeof name, "pending/%s.fork", m->hash);
    TRY(path_of(m, name, m->fork_shown, f));
    TRY(path_of(m, "fork", m->fork_pulled, f));
    if (disk_exists(m->o.disk, m->fork_shown)) stop(m, m->fork_shown);
    if (disk_exists(m->o.disk, m->fork_pulled)) stop(m, m->fork_pulled);
    return OK;
}

static result open_all(struct tile_mirror *m, struct fault *f) {
    char path[LIMIT_PATH];
    struct hash root, hash = sha256_of(m->log.origin.at, m->log.origin.size);
    struct append hex = append_fixed(m->hash, sizeof m->hash - 1);
    const struct tile_mirror_options *o = &m->o;
    append_hex(&hex, hash.bytes, sizeof hash.bytes);
    if (o->secret != NULL) memcpy(m->public_key, o->secret + NOTE_KEY_BYTES, NOTE_KEY_BYTES);
    if (o->secret != NULL && o->witness_secret != NULL && (text_equal(o->name, o->witness_name) || memcmp(m->public_key, o->witness_secret + NOTE_KEY_BYTES, NOTE_KEY_BYTES) == 0))
        return fail(f, RESULT_CONFLICT, "witness", "the witness beside a mirror has another name and another key than the mirror");
    if (o->secret != NULL && memcmp(m->public_key, m->log.public_key, NOTE_KEY_BYTES) == 0) return fail(f, RESULT_CONFLICT, "log", "the log's key is the mirror's own");
    TRY(disk_make_dir(o->disk, o->dir, f));
    TRY(path_of(m, "pending", m->pending_dir, f));
    TRY(look_for_fork(m, f));
    struct witness_options w = {.dir = m->pending_dir, .disk = o->disk, .name = o->witness_name, .secret = o->witness_secret, .pending = true, .logs = &m->log, .log_count = 1};
    TRY(witness_open(&w, &m->pending, f));
    TRY(learn(m, f));
    TRY(load(m, &root, f));
    TRY(path_of(m, "entries", path, f));
    TRY(tile_store_open(o->disk, path, true, m->held, &m->entries, f));
    TRY(disk_sync_dir(o->disk, o->dir, f)); /* a new file's name must not be lost where that of DIR/mirror is kept */
    return judge_all(m, &root, f);
}

result tile_mirror_open(const struct tile_mirror_options *o, struct tile_mirror **out, struct fault *f) {
    struct tile_mirror *m = calloc(1, sizeof *m);
    if (m == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the mirror");
    m->o = *o;
    m->log = *o->log;
    m->note = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    result r = open_all(m, f);
    if (result_is_ok(r)) *out = m;
    else tile_mirror_close(m);
    return r;
}

void tile_mirror_close(struct tile_mirror *m) {
    if (m == NULL) return;
    for (int i = 0; i < LIMIT_MIRROR_PENDING; i++) append_free(&m->recent[i].note);
    append_free(&m->waiting.note);
    append_free(&m->note);
    tile_store_close(m->entries);
    witness_close(m->pending);
    free(m);
}

/* --- signing --- */

static bool own(const struct tile_mirror *m, const struct note_line *line) { return m->o.secret != NULL && cosignature_line_of(line, m->o.name, m->public_key); }

static void line_add(struct append *note, const struct note_line *line) { append_format(note, "\xE2\x80\x94 %.*s %.*s\n", TEXT_ARG(line->name), TEXT_ARG(line->base64)); }

/* The note with all that signed it, but its own line. */
static result note_without(struct tile_mirror *m, struct text note, struct append *out, struct fault *f) {
    TRY(note_parse(note, &m->parsed, f));
    note_begin(out, m->parsed.text);
    for (uint32_t i = 0; i < m->parsed.count; i++)
        if (!own(m, &m->parsed.lines[i])) line_add(out, &m->parsed.lines[i]);
    return out->full ? fail(f, RESULT_TOO_LARGE, "/checkpoint", "the note has more than %d bytes", LIMIT_MIRROR_NOTE_BYTES) : OK;
}

result tile_mirror_clock(const struct tile_mirror *m, uint64_t seconds, struct fault *f) {
    bool back = m->o.secret != NULL && (seconds == 0 || seconds > INT64_MAX || seconds < m->seconds);
    return back ? fail(f, RESULT_RANGE, "clock", "the mirror's clock has run back behind what it has signed") : OK;
}

static const struct note_line *line_like(const struct note *n, const struct note_line *line) {
    for (uint32_t i = 0; i < n->count; i++)
        if (text_equal(n->lines[i].name, line->name) && memcmp(n->lines[i].key_id, line->key_id, sizeof line->key_id) == 0) return &n->lines[i];
    return NULL;
}

/* What others have signed of this very tree stays beside it, whoever brings the tree again: who signed it anew is in m->parsed. What has no room is left out. */
static result keep_lines(struct tile_mirror *m, const struct tile_pending *c, struct append *note, struct fault *f) {
    if (m->note.size == 0 || c->size != m->size || !hash_equal(&c->root, &m->root)) return OK;
    TRY(note_parse(append_view(&m->note), &m->shown, f));
    uint32_t count = m->parsed.count + 1;
    for (uint32_t i = 0; i < m->shown.count && count < NOTE_LINES; i++) {
        const struct note_line *line = &m->shown.lines[i];
        if (own(m, line) || line_like(&m->parsed, line) != NULL || note->size + line->name.size + line->base64.size + LINE_REST + OWN_LINE > LIMIT_MIRROR_NOTE_BYTES) continue;
        line_add(note, line);
        count++;
    }
    return OK;
}

/* The note that will be shown, in a room of its own; *at: where its own line begins. */
static result signed_note(struct tile_mirror *m, const struct tile_pending *c, uint64_t seconds, struct append *note, size_t *at, struct fault *f) {
    TRY(note_without(m, append_view(&c->note), note, f));
    TRY(keep_lines(m, c, note, f));
    *at = note->size;
    TRY(tile_mirror_clock(m, seconds, f));
    if (m->o.secret != NULL) cosignature_sign(note, m->parsed.text, m->o.name, m->o.secret, seconds);
    return note->full ? fail(f, RESULT_TOO_LARGE, "/checkpoint", "the note has more than %d bytes", LIMIT_MIRROR_NOTE_BYTES) : OK;
}

static result write_state(const struct tile_mirror *m, struct text note, uint64_t seconds, struct fault *f) {
    struct append file = append_growing(FILE_MOST);
    struct hash root = merkle_root(tile_store_tree(m->entries));
    head_render(tile_store_size(m->entries), seconds, &root, &file);
    append_text(&file, note);
    result r = file.full ? fail(f, RESULT_FULL, "memory", "no memory for a checkpoint") : replace(m, "mirror", append_view(&file), f);
    append_free(&file);
    return r;
}

unsigned tile_mirror_keep(struct tile_mirror *m, const struct tile_pending *c, uint64_t seconds, struct append *out, struct fault *f) {
    struct append note = append_growing(LIMIT_MIRROR_NOTE_BYTES);
    size_t at = 0;
    result r = OK;
    if (c != NULL) r = signed_note(m, c, seconds, &note, &at, f);
    bool same = c != NULL && text_equal(append_view(&note), append_view(&m->note)); /* signed in this second already */
    if (result_is_ok(r) && !(same && m->held == tile_store_size(m->entries))) {
        m->failed = true;
        r = write_state(m, c != NULL ? append_view(&note) : append_view(&m->note), c == NULL ? m->seconds : m->o.secret != NULL ? seconds : 0, f);
        m->failed = !result_is_ok(r);
    }
    if (!result_is_ok(r)) {
        append_free(&note);
        return 503;
    }
    m->held = tile_store_size(m->entries);
    tile_store_keep(m->entries);
    if (c == NULL) return 200;
    append_free(&m->note);
    m->note = note;
    m->size = c->size;
    m->root = c->root;
    m->seconds = m->o.secret != NULL ? seconds : 0;
    if (out != NULL) append_bytes(out, note.at + at, note.size - at);
    return 200;
}

/* --- what its owner pulled --- */

/* Both notes of the first one are kept, as well as can be: what is refused is refused in any case. */
static result forked(struct tile_mirror *m, const struct tile_pending *shown, struct fault *f, uint64_t size) {
    struct fault why;
    struct append both = append_growing(2 * LIMIT_MIRROR_NOTE_BYTES + 1);
    append_text(&both, append_view(m->recent[0].note.size > 0 ? &m->recent[0].note : &m->note));
    append_char(&both, '\n');
    append_text(&both, append_view(&shown->note));
    if (!both.full && !disk_exists(m->o.disk, m->fork_pulled)) (void)!result_is_ok(replace(m, "fork", append_view(&both), &why));
    append_free(&both);
    stop(m, m->fork_pulled);
    return fail(f, RESULT_DIVERGED, "checkpoint", "a fork: the log's key has signed another log of %" PRIu64 " ticks than the one that is held: nothing more is taken or signed", size);
}

static result take_entries(struct tile_mirror *m, uint64_t reach, const struct tile_source *from, struct fault *f) {
    uint64_t most = tile_store_size(m->entries) + LIMIT_MIRROR_TURN;
    while (tile_store_size(m->entries) < reach && tile_store_size(m->entries) < most) {
        struct text entry;
        TRY(from->next(from->context, tile_store_size(m->entries), &entry, f));
        m->failed = true;
        TRY(tile_store_add(m->entries, &entry, 1, f));
        m->failed = false;
    }
    if (tile_store_size(m->entries) < reach) return OK; /* they are synced with the last ones */
    m->failed = true;
    TRY(tile_store_sync(m->entries, f));
    m->failed = false;
    return OK;
}

/* The pending checkpoint becomes this one, by the way that any other takes: with a proof. */
static result advance(struct tile_mirror *m, const struct tile_pending *c, uint64_t seconds, struct fault *f) {
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    uint64_t old = m->recent[0].size;
    struct append body = append_growing(LIMIT_MIRROR_NOTE_BYTES + 8192), out = append_growing(8192);
    if (old > 0 && old < c->size) TRY(tile_store_consistency(m->entries, old, c->size, path, &length, f));
    witness_request_write(old, path, length, append_view(&c->note), &body);
    struct witness_told t = tile_mirror_checkpoint(m, append_view(&body), seconds, &out, f);
    append_free(&body);
    append_free(&out);
    m->failed = m->failed || t.status != 200;
    return t.status == 200 ? OK : t.status == 503 ? result_of(f->code) : fail(f, RESULT_DIVERGED, "checkpoint", "is not one that continues the pending one (status %u)", t.status);
}

/* Is the tree the one of the entries that are here? `shown`: what the other side of a fork is. */
static result compare(struct tile_mirror *m, const struct tile_pending *c, const struct tile_pending *shown, struct fault *f) {
    struct hash root;
    TRY(tile_store_root(m->entries, c->size, &root, f));
    return hash_equal(&root, &c->root) ? OK : forked(m, shown, f, c->size);
}

/* The largest of those that have been pending which has so many entries or fewer; NULL: none. */
static const struct tile_pending *pending_within(const struct tile_mirror *m, uint64_t size) {
    for (int i = 0; i < LIMIT_MIRROR_PENDING && m->recent[i].note.size > 0; i++)
        if (m->recent[i].size <= size) return &m->recent[i];
    return NULL;
}

/* The entries that make what was pulled, and what is pending, one tree. Who posts the newest checkpoint again and again keeps the pending one ahead of whatever was pulled: then, those up to one that was pending a moment
 * ago. */
static uint64_t reach_of(const struct tile_mirror *m, const struct tile_pending *c, const struct tile_source *from) {
    uint64_t all = c->size > m->recent[0].size ? c->size : m->recent[0].size;
    if (c->size <= m->held) return m->held;
    if (all <= from->size) return all;
    const struct tile_pending *to = pending_within(m, from->size);
    return to != NULL && to->size > m->held ? to->size : m->held;
}

/* What was pulled goes before what was pending: it bears the witnesses' signatures. NULL: nothing that is larger than what was signed. */
static const struct tile_pending *choose(const struct tile_mirror *m, const struct tile_pending *c, uint64_t reach) {
    if (c->size <= reach) return c;
    if (m->waiting.note.size > 0 && m->waiting.size > m->size && m->waiting.size <= reach) return &m->waiting;
    const struct tile_pending *to = pending_within(m, reach);
    return to != NULL && to->size > m->size ? to : NULL;
}

/* It may be of the tree that will be pending. */
static result wait_with(struct tile_mirror *m, const struct tile_pending *c, struct fault *f) {
    struct tile_pending fresh = {.size = c->size, .root = c->root, .note = append_growing(LIMIT_MIRROR_NOTE_BYTES)};
    append_text(&fresh.note, append_view(&c->note));
    append_free(&m->waiting.note);
    m->waiting = fresh;
    return fresh.note.full ? fail(f, RESULT_FULL, "memory", "no memory for a checkpoint") : OK;
}

static result judge_clocks(const struct tile_mirror *m, uint64_t seconds, struct fault *f) {
    TRY(tile_mirror_clock(m, seconds, f));
    return m->o.witness_secret == NULL || seconds >= witness_dated(m->pending, text_of(m->hash)) ? OK : fail(f, RESULT_RANGE, "clock", "has run back behind what the witness beside the mirror has signed");
}

static result offer(struct tile_mirror *m, const struct tile_pending *c, const struct tile_source *from, uint64_t seconds, bool *taken, struct fault *f) {
    if (c->size == 0 || c->size < m->size) return OK;
    TRY(judge_clocks(m, seconds, f)); /* first: what is taken and not signed would stand there unproven */
    uint64_t reach = reach_of(m, c, from);
    const struct tile_pending *proves = pending_within(m, reach), *to = choose(m, c, reach);
    m->stuck = reach == m->held && to == NULL;
    if (!m->stuck && tile_store_size(m->entries) > reach) tile_store_back(m->entries);
    if (reach > m->held) TRY(take_entries(m, reach, from, f));
    if (tile_store_size(m->entries) < reach) return OK;
    if (proves != NULL && reach > m->held) TRY(compare(m, proves, c, f));
    if (to != NULL) TRY(compare(m, to, to, f));
    if (to == c && c->size > m->recent[0].size) TRY(advance(m, c, seconds, f));
    if (to != NULL) *taken = tile_mirror_keep(m, to, seconds, NULL, f) == 200;
    if (to != NULL && !*taken) return result_of(f->code);
    return to == c ? OK : wait_with(m, c, f);
}

/* Of the tree that was signed already it is of use only if others have signed meanwhile. */
static bool adds_nothing(struct tile_mirror *m, const struct tile_pending *c) {
    if (c->size != m->size || m->note.size == 0 || !hash_equal(&c->root, &m->root)) return false;
    if (!result_is_ok(note_parse(append_view(&c->note), &m->parsed, NULL)) || !result_is_ok(note_parse(append_view(&m->note), &m->shown, NULL))) return false;
    for (uint32_t i = 0; i < m->parsed.count; i++) {
        const struct note_line *line = &m->parsed.lines[i], *there = line_like(&m->shown, line);
        if (there == NULL || !text_equal(there->base64, line->base64)) return false;
    }
    return true;
}

result tile_mirror_offer(struct tile_mirror *m, struct text note, const struct tile_source *from, uint64_t seconds, bool *taken, struct fault *f) {
    struct checkpoint c;
    *taken = false;
    TRY(tile_mirror_stopped(m, f));
    TRY(note_parse(note, &m->parsed, f));
    TRY(checkpoint_read(m->parsed.text, &c, f));
    if (!text_equal(c.origin, m->log.origin) || !note_verify(&m->parsed, m->log.name, m->log.public_key)) return fail(f, RESULT_UNAUTHENTIC, "checkpoint", "is not signed by the log's key");
    struct tile_pending offered = {.size = c.size, .root = c.root, .note = append_growing(LIMIT_MIRROR_NOTE_BYTES)};
    result r = note_without(m, note, &offered.note, f);
    if (result_is_ok(r) && !adds_nothing(m, &offered)) r = offer(m, &offered, from, seconds, taken, f);
    if (!result_is_ok(r) && !m->failed) tile_store_back(m->entries); /* nothing has shown that they are the log's */
    append_free(&offered.note);
    return r;
}

bool tile_mirror_forked(const struct tile_mirror *m, struct text *path) {
    *path = text_of(m->fork);
    return path->size > 0;
}

bool tile_mirror_pulls(const struct tile_mirror *m) { return !m->failed && !m->stuck && tile_store_size(m->entries) > m->held; }

/* --- what is shown --- */

bool tile_mirror_note(const struct tile_mirror *m, struct text *out) {
    *out = append_view(&m->note);
    return m->note.size > 0;
}
bool tile_mirror_witnessed(const struct tile_mirror *m, struct text *out) { return m->o.witness_secret != NULL && witness_checkpoint(m->pending, text_of(m->hash), out); }
uint64_t tile_mirror_size(const struct tile_mirror *m) { return m->size; }
uint64_t tile_mirror_next(const struct tile_mirror *m) { return m->held; }
result tile_mirror_tile(struct tile_mirror *m, const struct tile *t, struct append *out, struct fault *f) { return tile_store_tile(m->entries, t, m->size, out, f); }
const char *tile_mirror_hash(const struct tile_mirror *m) { return m->hash; }
