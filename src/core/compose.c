#include "core/compose.h"

#include <assert.h>

#include "base/note.h"

/* --- keys --- */

struct order {
    const struct compose_key *at[LIMIT_SIGNERS]; /* ascending by name */
    uint32_t count;
};

static result sort_keys(const struct compose *c, struct order *o, struct fault *f) {
    if (c->by_count == 0 || c->by_count > LIMIT_SIGNERS)
        return fail(f, RESULT_RANGE, "/by", "%u keys; 1 to %d", c->by_count, LIMIT_SIGNERS);
    for (uint32_t i = 0; i < c->by_count; i++) {
        const struct compose_key *key = &c->by[i];
        if (!note_name_valid(key->name)) return fail(f, RESULT_MALFORMED, "/by", "a key name has no space and is not empty");
        uint32_t to = i;
        for (; to > 0 && text_compare(o->at[to - 1]->name, key->name) > 0; to--) o->at[to] = o->at[to - 1];
        o->at[to] = key;
    }
    for (uint32_t i = 0; i < c->by_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (text_equal(o->at[i]->name, o->at[k]->name) || hash_equal(&o->at[i]->public_key, &o->at[k]->public_key))
                return fail(f, RESULT_MALFORMED, "/by", "'%.*s' stands twice", TEXT_ARG(o->at[i]->name));
    o->count = c->by_count;
    return OK;
}

static struct hash own_context(const struct compose *c, const struct id *id, const struct order *o) {
    struct hash keys[LIMIT_SIGNERS];
    for (uint32_t i = 0; i < o->count; i++) keys[i] = o->at[i]->public_key;
    return part_section_context(&c->log, id, keys, o->count);
}

/* --- sections --- */

static void append_readers(struct text to, struct append *a) {
    append_char(a, '[');
    for (size_t i = 0; i < to.size;) {
        const char *comma = memchr(to.at + i, ',', to.size - i);
        size_t size = comma == NULL ? to.size - i : (size_t)(comma - to.at) - i;
        if (i > 0) append_char(a, ',');
        append_json_string(a, (struct text){to.at + i, size});
        i += size + 1;
    }
    append_char(a, ']');
}

static void append_section(struct text name, struct text to, struct text body, struct append *a) {
    append_str(a, "{\"section\":");
    append_json_string(a, name);
    append_str(a, ",\"to\":");
    append_readers(to, a);
    append_str(a, ",\"body\":");
    append_text(a, body);
    append_char(a, '}');
}

/* A copy in the arena; frees the append. */
static result settle(struct append *a, struct arena *arena, struct text *out, struct fault *f) {
    char *room = a->full ? NULL : arena_alloc(arena, a->size, 1);
    if (room != NULL) memcpy(room, a->at, a->size);
    *out = (struct text){room, room == NULL ? 0 : a->size};
    append_free(a);
    return room != NULL ? OK : fail(f, RESULT_TOO_LARGE, "", "what was composed is too large");
}

/* public, parties and own have a slot each, so that a slot tells nothing that its section's name does not. */
static uint8_t usual_slot(struct text name, uint32_t i) {
    if (text_is(name, "parties")) return 1;
    if (text_is(name, "own")) return 2;
    return text_is(name, "public") || text_is(name, "body") ? 0 : (uint8_t)i;
}

static result make_section(const struct compose_section *in, uint32_t i, void (*random)(void *, size_t), struct arena *a,
                           struct composed *out, struct fault *f) {
    struct part *p = &out->section[i];
    struct append bytes = append_growing(LIMIT_SECTION_BYTES);
    append_section(in->name, in->to, in->body, &bytes);
    *p = (struct part){.part_class = PART_SECTION, .slot = usual_slot(in->name, i)};
    TRY(settle(&bytes, a, &p->bytes, f));
    struct append name = append_growing(64);
    append_text(&name, in->name);
    TRY(settle(&name, a, &p->name, f));
    random(p->salt, sizeof p->salt);
    out->sealed[i] = in->sealed;
    out->section_count = i + 1;
    return OK;
}

static result make_sections(const struct compose *c, void (*random)(void *, size_t), struct arena *a,
                            struct composed *out, struct fault *f) {
    if (c->section_count > LIMIT_SECTIONS)
        return fail(f, RESULT_TOO_LARGE, "/sections", "%u sections; at most %d", c->section_count, LIMIT_SECTIONS);
    for (uint32_t i = 0; i < c->section_count; i++) {
        TRY(make_section(&c->sections[i], i, random, a, out, f));
        for (uint32_t k = 0; k < i; k++)
            if (out->section[k].slot == out->section[i].slot)
                return fail(f, RESULT_MALFORMED, "/sections", "two sections called '%.*s'", TEXT_ARG(out->section[i].name));
    }
    return OK;
}

/* The body of an open statement, and the sections that it opens on the slots behind it. */
static result make_open(const struct compose *c, void (*random)(void *, size_t), struct arena *a, struct composed *out,
                        struct fault *f) {
    const struct compose_earlier *e = c->earlier;
    if (e->section_count == 0 || e->section_count >= LIMIT_SECTIONS)
        return fail(f, RESULT_RANGE, "/sections", "an open statement opens 1 to %d sections", LIMIT_SECTIONS - 1);
    if (e->key_count == 0 || e->key_count > LIMIT_SIGNERS)
        return fail(f, RESULT_RANGE, "/keys", "%u keys; 1 to %d", e->key_count, LIMIT_SIGNERS);
    const struct hash *sorted[LIMIT_SIGNERS];
    for (uint32_t i = 0; i < e->key_count; i++) {
        uint32_t to = i;
        for (; to > 0 && memcmp(sorted[to - 1]->bytes, e->keys[i].bytes, SHA256_SIZE) > 0; to--) sorted[to] = sorted[to - 1];
        sorted[to] = &e->keys[i];
    }
    char room[512 + LIMIT_SIGNERS * (2 * SHA256_SIZE + 3)];
    struct append body = append_fixed(room, sizeof room);
    append_str(&body, "{\"statement\":\"");
    append_hex(&body, e->statement.bytes, SHA256_SIZE);
    append_format(&body, "\",\"kind\":\"%s\",\"id\":\"", statement_kind_name(e->kind));
    append_id(&body, &e->id);
    append_str(&body, "\",\"keys\":[");
    for (uint32_t i = 0; i < e->key_count; i++) {
        append_str(&body, i == 0 ? "\"" : ",\"");
        append_hex(&body, sorted[i]->bytes, SHA256_SIZE);
        append_char(&body, '"');
    }
    append_str(&body, "]}");
    assert(!body.full);
    struct text to = c->section_count > 0 ? c->sections[0].to : (struct text){NULL, 0};
    struct compose_section own = {.name = TEXT("body"), .to = to, .body = append_view(&body)};
    TRY(make_section(&own, 0, random, a, out, f));
    for (uint32_t i = 0; i < e->section_count; i++) {
        out->section[i + 1] = e->sections[i];
        out->section[i + 1].slot = (uint8_t)(i + 1);
    }
    out->section_count = e->section_count + 1;
    return OK;
}

static void make_commit(const struct compose *c, const struct hash *own, void (*random)(void *, size_t),
                        const struct composed *s, struct hash *commit) {
    for (uint32_t i = 0; i < LIMIT_SECTIONS; i++) random(commit[i].bytes, SHA256_SIZE); /* unused ones stay random */
    struct hash earlier = {{0}};
    if (c->earlier != NULL)
        earlier = part_section_context(&c->log, &c->earlier->id, c->earlier->keys, c->earlier->key_count);
    for (uint32_t i = 0; i < s->section_count; i++)
        commit[s->section[i].slot] = part_hash(&s->section[i], c->earlier != NULL && i > 0 ? &earlier : own);
}

/* --- the text --- */

static void append_hash_or_null(const char *member, bool has, const struct hash *h, struct append *a) {
    append_format(a, ",\"%s\":", member);
    if (!has) {
        append_str(a, "null");
        return;
    }
    append_char(a, '"');
    append_hex(a, h->bytes, SHA256_SIZE);
    append_char(a, '"');
}

static void append_time_or_null(const char *member, instant t, struct append *a) {
    append_format(a, ",\"%s\":", member);
    if (t == INSTANT_NONE) {
        append_str(a, "null");
        return;
    }
    append_char(a, '"');
    append_instant(a, t);
    append_char(a, '"');
}

static void append_by(const struct order *o, struct append *a) {
    append_str(a, ",\"by\":{");
    for (uint32_t i = 0; i < o->count; i++) {
        if (i > 0) append_char(a, ',');
        append_json_string(a, o->at[i]->name);
        append_str(a, ":\"");
        append_hex(a, o->at[i]->public_key.bytes, SHA256_SIZE);
        append_char(a, '"');
    }
    append_char(a, '}');
}

static void append_statement(const struct compose *c, const struct id *id, const struct order *o,
                             const struct hash *commit, struct append *a) {
    append_str(a, "parley/1 statement ");
    append_text(a, c->origin);
    append_str(a, "\n{\"log\":\"");
    append_hex(a, c->log.bytes, SHA256_SIZE);
    append_format(a, "\",\"kind\":\"%s\",\"id\":\"", statement_kind_name(c->kind));
    append_id(a, id);
    append_str(a, "\",\"on\":");
    if (c->has_on) {
        append_char(a, '"');
        append_text(a, name_text(&c->on.party));
        append_char(a, '/');
        append_id(a, &c->on.id);
        append_char(a, '"');
    } else {
        append_str(a, "null");
    }
    append_hash_or_null("prev", c->has_prev, &c->prev, a);
    append_by(o, a);
    append_time_or_null("at", c->at, a);
    append_str(a, ",\"seen\":");
    if (c->has_seen) {
        append_format(a, "{\"size\":%llu", (unsigned long long)c->seen_size);
        append_hash_or_null("root", true, &c->seen_root, a);
        append_char(a, '}');
    } else {
        append_str(a, "null");
    }
    append_time_or_null("open_by", c->open_by, a);
    append_str(a, ",\"commit\":[\"");
    for (uint32_t i = 0; i < LIMIT_SECTIONS; i++) {
        append_hex(a, commit[i].bytes, SHA256_SIZE);
        append_str(a, i + 1 < LIMIT_SECTIONS ? "\",\"" : "\"]}\n");
    }
}

static result sign_all(const struct order *o, struct text text, struct arena *a, struct text *note, struct fault *f) {
    struct append lines = append_growing(LIMIT_BODY_BYTES);
    note_begin(&lines, text);
    uint32_t signatures = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        if (o->at[i]->secret == NULL) continue;
        note_sign(&lines, text, o->at[i]->name, o->at[i]->secret);
        signatures++;
    }
    if (signatures == 0) {
        append_free(&lines);
        return fail(f, RESULT_MALFORMED, "/by", "no key that can sign: a note has at least one signature");
    }
    return settle(&lines, a, note, f);
}

result compose_statement(const struct compose *c, void (*random)(void *bytes, size_t size), struct arena *a,
                         struct composed *out, struct fault *f) {
    static const struct id none;
    struct order o = {0};
    *out = (struct composed){.id = c->id};
    if (c->at == INSTANT_NONE) return fail(f, RESULT_MALFORMED, "/at", "must be given");
    if ((c->kind == KIND_OPEN) != (c->earlier != NULL))
        return fail(f, RESULT_MALFORMED, "/kind", "'open', and no other kind, opens an earlier statement");
    TRY(sort_keys(c, &o, f));
    if (id_equal(&out->id, &none)) random(out->id.bytes, sizeof out->id.bytes);
    TRY(c->earlier != NULL ? make_open(c, random, a, out, f) : make_sections(c, random, a, out, f));
    struct hash context = own_context(c, &out->id, &o), commit[LIMIT_SECTIONS];
    make_commit(c, &context, random, out, commit);
    struct append text = append_growing(LIMIT_TEXT_BYTES);
    append_statement(c, &out->id, &o, commit, &text);
    struct text kept;
    TRY(settle(&text, a, &kept, f));
    out->hash = sha256_of(kept.at, kept.size);
    return sign_all(&o, kept, a, &out->note, f);
}

void compose_body(const struct composed *c, struct append *out) {
    append_str(out, "{\"note\":");
    append_json_string(out, c->note);
    append_str(out, ",\"sections\":[");
    bool first = true;
    for (uint32_t i = 0; i < c->section_count; i++) {
        if (c->sealed[i]) continue;
        append_str(out, first ? "{\"salt\":\"" : ",{\"salt\":\"");
        append_hex(out, c->section[i].salt, sizeof c->section[i].salt);
        append_str(out, "\",\"bytes\":");
        append_json_string(out, c->section[i].bytes);
        append_char(out, '}');
        first = false;
    }
    append_str(out, "]}");
}

uint32_t compose_parts(const struct composed *c, void (*random)(void *bytes, size_t size), struct part *parts) {
    uint32_t count = 1;
    parts[0] = (struct part){.part_class = PART_NOTE, .name = TEXT("note"), .bytes = c->note};
    random(parts[0].salt, sizeof parts[0].salt);
    for (uint32_t i = 0; i < c->section_count; i++)
        if (!c->sealed[i]) parts[count++] = c->section[i];
    return count;
}
