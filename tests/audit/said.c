/* Statements as they stand in their parts (FORMAT.md, 2, 4 and 13): read anew, and what must have failed at the door is complained of. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

const char *const kind_names[KINDS] = {
    "settings", "party", "key", "key/revoke", "key/recover", "key/object", "agreement", "agreement/suspend", "agreement/resume", "agreement/leave", "area",
    "area/end", "feed", "notice", "notice/activate", "notice/over", "notice/cancel", "open", "flight", "flight/activate", "flight/end", "flight/cancel",
    "flight/release", "join", "join/undo", "ack", "hold", "hold/answer", "message", "clock", "capacity", "frame", "dss", "tick", "continue", "snapshot", "snapshot/digest", "grow", "bridge", "cosigned"};

static int kind_of(const char *word) {
    for (int k = 0; k < KINDS; k++)
        if (strcmp(word, kind_names[k]) == 0) return k;
    return -1;
}
static bool hash_member(const json_t *j, const char *member, struct hash *out) {
    return hex_read(text_of(j, member), strlen(text_of(j, member)), out->at, 32);
}

void readers_read(const json_t *list, struct readers *out) {
    const json_t *e;
    size_t i;
    out->count = 0;
    json_array_foreach(list, i, e) {
        const char *t = json_string_value(e);
        if (!t || out->count == READERS_MOST) continue;
        struct reader *r = &out->at[out->count++];
        bool agreement = strncmp(t, "agreement:", 10) == 0;
        *r = (struct reader){.kind = strcmp(t, "world") == 0 ? WORLD : strcmp(t, "log") == 0 ? LOG : agreement ? OF_AGREEMENT : OF_PARTY, .ref = -1};
        snprintf(r->name, sizeof r->name, "%.60s", agreement ? t + 10 : t);
    }
}

static int by_bytes(const void *a, const void *b) { return memcmp(a, b, 32); }
void section_context(const struct audit *a, const char *id, const struct hash *keys, int count, struct hash *out) {
    struct hash sorted[SIGNERS_MOST];
    uint8_t raw[16] = {0};
    if (count) memcpy(sorted, keys, (size_t)count * sizeof *keys);
    if (count) qsort(sorted, (size_t)count, sizeof *sorted, by_bytes);
    hex_read(id, strlen(id), raw, 16);
    struct digest *d = digest_new();
    digest_add(d, "parley/ctx/1\n", 13);
    digest_add(d, a->log.at, 32);
    digest_add(d, raw, 16);
    for (int i = 0; i < count; i++) digest_add(d, sorted[i].at, 32);
    digest_end(d, out);
}

/* ---- head ---- */
static bool head_read(struct audit *a, const json_t *j, struct said *s) {
    int kind = kind_of(text_of(j, "kind"));
    if (kind < 0 || kind == FRAMES || kind == DSS || kind >= TICK || strlen(text_of(j, "id")) != 32) return wrong(a, "statement", "kind or id"), false;
    s->kind = (enum kind)kind;
    strcpy(s->id, text_of(j, "id"));
    const json_t *on = json_object_get(j, "on"), *prev = json_object_get(j, "prev");
    s->has_on = json_is_string(on);
    if (s->has_on && !entity_read(json_string_value(on), s->on_party, s->on_id)) return wrong(a, "statement", "on"), false;
    s->has_prev = json_is_string(prev);
    if (s->has_prev && !hash_member(j, "prev", &s->prev)) return wrong(a, "statement", "prev"), false;
    return true;
}
static void new_entity(struct said *s, const char *party) {
    if (s->has_on || (s->kind != AGREEMENT && s->kind != AREA && s->kind != NOTICE && s->kind != FLIGHT && s->kind != HOLD)) return;
    s->has_on = true;
    snprintf(s->on_party, sizeof s->on_party, "%s", party);
    strcpy(s->on_id, s->id);
}

/* ---- signed ---- */
static bool signer_read(struct audit *a, const char *name, const json_t *key, struct signer *out) {
    char mode[16], party[NAME], third[NAME];
    if (strlen(name) >= sizeof out->name || sscanf(name, "%15[^/]/%63[^/]/%63[^/]", mode, party, third) != 3) return false;
    *out = (struct signer){0};
    strcpy(out->name, name);
    strcpy(out->party, party);
    strcpy(out->key, third);
    if (strcmp(mode, a->mode) != 0) wrong(a, "key name", "%s is not of this log's mode", name);
    const char *hex = json_string_value(key);
    return hex && hex_read(hex, strlen(hex), out->public_key.at, 32);
}
static bool signers_read(struct audit *a, const json_t *j, struct said *s) {
    const char *name, *last = "";
    json_t *key;
    json_object_foreach(json_object_get(j, "by"), name, key) {
        if (s->signers == SIGNERS_MOST || !signer_read(a, name, key, &s->signer[s->signers++])) return false;
        if (strcmp(last, name) >= 0) wrong(a, "by", "'%s' does not ascend", name);
        for (int i = 0; i + 1 < s->signers; i++)
            if (same(&s->signer[i].public_key, &s->signer[s->signers - 1].public_key)) wrong(a, "by", "'%s' has a key that stands twice", name);
        last = name;
    }
    return s->signers > 0;
}
static void lines_judge(struct audit *a, const struct part *note, size_t text, const struct note_line *line, int lines, struct said *s) {
    int next = 0;
    if (lines == 0) wrong(a, "signature", "a note without a line");
    for (int i = 0; i < lines; i++) {
        int k = next;
        while (k < s->signers && !note_line_of(&line[i], s->signer[k].name, &s->signer[k].public_key)) k++;
        if (k == s->signers) {
            wrong(a, "signature", "a line of '%s', which `by` does not name there", line[i].name);
            return;
        }
        a->figure[G_SIGNATURES]++;
        s->signer[k].verified = signature_good(&s->signer[k].public_key, note->bytes.at, text, line[i].signature);
        if (!s->signer[k].verified) wrong(a, "signature", "that of '%s' is bad", line[i].name);
        next = k + 1;
    }
}
static bool rest_read(struct audit *a, const json_t *j, struct said *s) {
    const json_t *seen = json_object_get(j, "seen"), *commit = json_object_get(j, "commit"), *open_by = json_object_get(j, "open_by");
    struct hash log;
    if (!hash_member(j, "log", &log) || !same(&log, &a->log)) wrong(a, "log", "a statement of another log");
    s->has_seen = json_is_object(seen);
    if (s->has_seen) {
        s->seen_size = (uint64_t)json_integer_value(json_object_get(seen, "size"));
        hash_member(seen, "root", &s->seen_root);
    }
    s->open_by = json_is_string(open_by) ? time_of(j, "open_by", NEVER) : NEVER;
    for (int i = 0; i < SLOTS; i++) {
        const char *hex = json_string_value(json_array_get(commit, (size_t)i));
        if (!hex || !hex_read(hex, strlen(hex), s->commit[i].at, 32)) return false;
    }
    return json_array_size(commit) == SLOTS && json_object_size(j) == 10;
}
static bool note_read(struct audit *a, const struct part *note, struct said *s) {
    static struct note_line line[100];
    size_t text = 0;
    int lines = note_lines(note->bytes.at, note->bytes.size, &text, line, 100);
    char head[320];
    int size = snprintf(head, sizeof head, "parley/1 statement %s\n", a->origin);
    if (lines < 0 || text < (size_t)size || memcmp(note->bytes.at, head, (size_t)size) != 0) return wrong(a, "note", "no statement of this origin"), false;
    hash_of(note->bytes.at, text, &s->hash);
    s->text = parse(note->bytes.at + size, text - (size_t)size - 1, false);
    if (memchr(note->bytes.at + size, '\n', text - (size_t)size - 1)) wrong(a, "note", "more than two lines");
    if (!s->text || !head_read(a, s->text, s) || !rest_read(a, s->text, s) || !signers_read(a, s->text, s)) return wrong(a, "note", "members"), false;
    lines_judge(a, note, text, line, lines, s);
    new_entity(s, s->signer[0].party);
    return true;
}

/* ---- plain, frame, tick ---- */
static bool claims_read(const struct record *r, struct said *s) {
    const struct part *p = record_part(r, CLAIMS);
    s->claims = p ? parse(p->bytes.at, p->bytes.size, false) : NULL;
    snprintf(s->attested, sizeof s->attested, "%.60s", text_of(s->claims, "party"));
    snprintf(s->session_key, sizeof s->session_key, "%.60s", text_of(s->claims, "key"));
    return s->claims != NULL;
}
static void identity(const struct audit *a, const char *label, const char *one, const char *two, struct hash *out) {
    struct digest *d = digest_new();
    digest_add(d, label, strlen(label));
    digest_add(d, a->log.at, 32);
    digest_add(d, one, strlen(one));
    digest_add(d, "\n", 1);
    digest_add(d, two, strlen(two));
    digest_end(d, out);
}
static bool plain_read(struct audit *a, const struct record *r, const struct part *request, struct said *s) {
    s->form = PLAIN;
    s->text = parse(request->bytes.at, request->bytes.size, false);
    if (!s->text || !head_read(a, s->text, s) || !claims_read(r, s)) return wrong(a, "plain", "request or claims"), false;
    new_entity(s, s->attested);
    const char *key = json_string_value(json_object_get(s->claims, "idempotency"));
    identity(a, "parley/idempotency/1\n", s->attested, key ? key : s->id, &s->hash);
    if (s->kind == OPEN) wrong(a, "plain", "an opening that is not signed");
    return true;
}
static bool frame_read(struct audit *a, const struct record *r, const struct part *frame, struct said *s) {
    const uint8_t *b = (const uint8_t *)frame->bytes.at;
    s->form = PLAIN;
    s->kind = FRAMES;
    bool shed = frame->bytes.size > 0 && b[0] == 2;
    if (!claims_read(r, s) || frame->bytes.size < 21 || frame->bytes.size != 20u + b[19] + (shed ? 2u : 0u) || (b[0] != 1 && !shed)) return wrong(a, "frame", "layout"), false;
    char feed[NAME];
    snprintf(feed, sizeof feed, "%.*s", b[19], frame->bytes.at + 20);
    struct digest *d = digest_new();
    digest_add(d, "parley/frame/1\n", 15);
    digest_add(d, a->log.at, 32);
    digest_add(d, s->attested, strlen(s->attested));
    digest_add(d, "\n", 1);
    digest_add(d, feed, strlen(feed));
    digest_add(d, "\n", 1);
    digest_add(d, b + 1, 8);
    digest_end(d, &s->hash);
    size_t aircraft = 0;
    for (size_t i = 0; i < r->parts.count; i++) aircraft += r->parts.at[i].class_ == AIRCRAFT;
    if (aircraft != (size_t)b[17] * 256 + b[18]) wrong(a, "frame", "%zu aircraft; it says %d", aircraft, b[17] * 256 + b[18]);
    size_t gone = shed ? (size_t)b[20 + b[19]] * 256 + b[21 + b[19]] : 0;
    if (shed && (gone == 0 || gone + aircraft > 65535)) wrong(a, "frame", "%zu aircraft shed beside %zu", gone, aircraft);
    return true;
}
/* A call of the doors of F3548 and F3411: who called, and what. Its own rules are not judged here; its form is. */
static bool dss_read(struct audit *a, const struct record *r, const struct part *request, struct said *s) {
    static const char head[] = "{\"door\":\"", body[] = ",\"body\":";
    uint8_t entropy[32];
    s->form = PLAIN;
    s->kind = DSS;
    if (!claims_read(r, s) || json_object_size(s->claims) != 6) return wrong(a, "dss", "claims"), false;
    const char *drawn = text_of(s->claims, "entropy");
    bool good = *text_of(s->claims, "sub") && *text_of(s->claims, "iss") && json_is_array(json_object_get(s->claims, "scopes")) && json_is_boolean(json_object_get(s->claims, "plain_http")) &&
                json_is_string(json_object_get(s->claims, "request")) && hex_read(drawn, strlen(drawn), entropy, 32);
    if (!good) return wrong(a, "dss", "a member of its claims"), false;
    if (request->bytes.size < sizeof head + sizeof body || memcmp(request->bytes.at, head, sizeof head - 1) != 0 || !memmem(request->bytes.at, request->bytes.size, body, sizeof body - 1))
        return wrong(a, "dss", "its request"), false;
    struct digest *d = digest_new();
    digest_add(d, "parley/dss/1\n", 13);
    digest_add(d, a->log.at, 32);
    digest_add(d, entropy, 32);
    digest_end(d, &s->hash);
    return true;
}
static bool tick_read(struct audit *a, const struct part *request, struct said *s) {
    s->form = BY_SERVER;
    s->kind = TICK;
    s->text = parse(request->bytes.at, request->bytes.size, false);
    int kind = kind_of(text_of(s->text, "kind"));
    bool own = kind >= TICK, digest = kind == SNAPSHOT_DIGEST;
    if (!own || json_object_size(s->text) != (kind == TICK ? 4 : kind == COSIGNED ? 7 : digest || kind == BRIDGE ? 3 : 2)) return wrong(a, "tick", "its request"), false;
    s->kind = (enum kind)kind;
    s->tick = (uint64_t)json_integer_value(json_object_get(s->text, kind == TICK ? "tick" : digest || kind == GROW ? "order" : "number"));
    if (digest && !hash_member(s->text, "digest", &(struct hash){{0}})) return wrong(a, "snapshot", "its digest"), false;
    s->error_ns = scaled_of(s->text, "error_s", 9, 0);
    s->unsure = json_is_true(json_object_get(s->text, "unsure"));
    struct digest *d = digest_new();
    digest_add(d, "parley/", 7);
    digest_add(d, kind_names[kind], strlen(kind_names[kind]));
    digest_add(d, "/1\n", 3);
    digest_add(d, a->log.at, 32);
    hash_u64(d, s->tick);
    digest_end(d, &s->hash);
    return true;
}

/* ---- sections ---- */
static bool air(enum kind k) { return k == NOTICE || k == FLIGHT || k == FLIGHT_RELEASE; }
static bool section_read(struct audit *a, const struct said *s, struct section *x, const struct hash *context) {
    json_t *j = parse(x->part->bytes.at, x->part->bytes.size, false);
    enum kind kind = x->opened ? s->opened_kind : s->kind;
    snprintf(x->name, sizeof x->name, "%s", x->part->name);
    x->rank = strcmp(x->name, "public") == 0 ? 0 : strcmp(x->name, "parties") == 0 ? 1 : strcmp(x->name, "own") == 0 ? 2 : -1;
    bool good = json_object_size(j) == 3 && strcmp(text_of(j, "section"), x->name) == 0 && json_is_object(json_object_get(j, "body"));
    readers_read(json_object_get(j, "to"), &x->to);
    x->body = json_incref(json_object_get(j, "body"));
    json_decref(j);
    part_hash(x->part, context, &x->commitment);
    if (!good || (air(kind) ? x->rank < 0 : strcmp(x->name, "body") != 0)) return wrong(a, "section", "'%s' is no section of %s", x->name, kind_names[kind]), false;
    if (!air(kind) && kind != AREA) return true;
    return volumes_read(x->body, kind == AREA, &x->volumes) || (wrong(a, "section", "volumes of '%s'", x->name), false);
}
static bool sealed_context(const struct audit *a, const struct section *body, struct said *s, struct hash *out) {
    struct hash keys[SIGNERS_MOST];
    const json_t *list = json_object_get(body->body, "keys"), *e;
    size_t i;
    int n = 0;
    json_array_foreach(list, i, e) if (json_is_string(e) && n < SIGNERS_MOST) hex_read(json_string_value(e), json_string_length(e), keys[n++].at, 32);
    s->opened_kind = strcmp(text_of(body->body, "kind"), "notice") == 0 ? NOTICE : FLIGHT;
    section_context(a, text_of(body->body, "id"), keys, n, out);
    return hash_member(body->body, "statement", &s->opened);
}
static bool sections_read(struct audit *a, const struct record *r, struct said *s) {
    struct hash context, earlier, keys[SIGNERS_MOST];
    for (int i = 0; i < s->signers; i++) keys[i] = s->signer[i].public_key;
    section_context(a, s->id, keys, s->signers, &context);
    bool good = true;
    for (int slot = 0; slot < SLOTS; slot++) /* ascending by slot, as they are told */
        for (size_t i = 0; i < r->parts.count; i++) {
            if (r->parts.at[i].class_ != SECTION || r->parts.at[i].slot != slot) continue;
            if (s->sections == SLOTS) return wrong(a, "section", "more than four, or two on a slot"), false;
            struct section *x = &s->section[s->sections++];
            *x = (struct section){.slot = slot, .part = &r->parts.at[i], .opened = s->kind == OPEN && strcmp(r->parts.at[i].name, "body") != 0};
            if (s->sections > 1 && x[-1].slot == slot) wrong(a, "section", "two on slot %d", slot);
            if (!x->opened) good = section_read(a, s, x, &context) && good;
        }
    const struct section *body = s->kind == OPEN ? said_body(s) : NULL;
    if (s->kind == OPEN && (!body || !sealed_context(a, body, s, &earlier))) return wrong(a, "section", "an opening without its body"), false;
    for (int i = 0; i < s->sections; i++)
        if (s->section[i].opened) good = section_read(a, s, &s->section[i], &earlier) && good;
    bool alone = !air(s->kind) && s->kind != OPEN;
    if (alone && s->sections != 1) wrong(a, "section", "%d sections of %s", s->sections, kind_names[s->kind]);
    if (air(s->kind) && s->sections == 0 && s->open_by == NEVER) wrong(a, "section", "none");
    for (int i = 1; i < s->sections; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(s->section[i].name, s->section[k].name) == 0) wrong(a, "section", "two called '%s'", s->section[i].name);
    return good;
}

const struct section *said_body(const struct said *s) {
    for (int i = 0; i < s->sections; i++)
        if (strcmp(s->section[i].name, "body") == 0) return &s->section[i];
    return NULL;
}
static bool is_call(const struct record *r) {
    const struct part *p = record_part(r, CLAIMS);
    json_t *claims = p ? parse(p->bytes.at, p->bytes.size, false) : NULL;
    bool call = json_object_get(claims, "sub") != NULL;
    json_decref(claims);
    return call;
}
bool said_read(struct audit *a, const struct record *r, struct said *s) {
    *s = (struct said){.open_by = NEVER, .order = r->order, .time = r->exact, .fork = r->seen == 0};
    const struct part *first = r->parts.count ? &r->parts.at[0] : NULL;
    if (!first) return false;
    if (first->class_ == NOTE) return note_read(a, first, s) && sections_read(a, r, s);
    if (first->class_ == FRAME) return frame_read(a, r, first, s);
    if (first->class_ != REQUEST) return wrong(a, "parts", "a record that begins with no statement"), false;
    if (is_call(r)) return dss_read(a, r, first, s);
    if (record_part(r, CLAIMS)) return plain_read(a, r, first, s) && sections_read(a, r, s);
    return tick_read(a, first, s);
}
void said_free(struct said *s) {
    for (int i = 0; i < s->sections; i++) {
        json_decref(s->section[i].body);
        volumes_free(&s->section[i].volumes);
    }
    json_decref(s->text);
    json_decref(s->claims);
}
