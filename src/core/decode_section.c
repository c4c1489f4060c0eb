#include <assert.h>
#include <stdio.h>

#include "core/decode_inner.h"

/* --- what a kind's sections are --- */

static decode_schema *const schemas[STATEMENT_KINDS] = {
    [KIND_SETTINGS] = decode_body_settings,
    [KIND_PARTY] = decode_body_party,
    [KIND_KEY] = decode_body_key,
    [KIND_KEY_REVOKE] = decode_body_key_revoke,
    [KIND_KEY_RECOVER] = decode_body_key_recover,
    [KIND_KEY_OBJECT] = decode_body_text,
    [KIND_AGREEMENT] = decode_body_agreement,
    [KIND_AGREEMENT_SUSPEND] = decode_body_suspend,
    [KIND_AGREEMENT_RESUME] = decode_body_text,
    [KIND_AGREEMENT_LEAVE] = decode_body_leave,
    [KIND_AREA] = decode_body_area,
    [KIND_AREA_END] = decode_body_text,
    [KIND_FEED] = decode_body_feed,
    [KIND_NOTICE] = decode_body_notice,
    [KIND_NOTICE_ACTIVATE] = decode_body_text,
    [KIND_NOTICE_OVER] = decode_body_text,
    [KIND_NOTICE_CANCEL] = decode_body_text,
    [KIND_OPEN] = decode_body_open,
    [KIND_FLIGHT] = decode_body_flight,
    [KIND_FLIGHT_ACTIVATE] = decode_body_text,
    [KIND_FLIGHT_END] = decode_body_text,
    [KIND_FLIGHT_CANCEL] = decode_body_text,
    [KIND_FLIGHT_RELEASE] = decode_body_flight,
    [KIND_JOIN] = decode_body_join,
    [KIND_JOIN_UNDO] = decode_body_join,
    [KIND_ACK] = decode_body_ack,
    [KIND_HOLD] = decode_body_hold,
    [KIND_HOLD_ANSWER] = decode_body_hold_answer,
    [KIND_MESSAGE] = decode_body_message,
    [KIND_CLOCK] = decode_body_clock,
    [KIND_CAPACITY] = decode_body_capacity,
};

bool decode_kind_is_air(enum statement_kind k) {
    return k == KIND_NOTICE || k == KIND_FLIGHT || k == KIND_FLIGHT_RELEASE;
}

bool decode_kind_is_sealable(enum statement_kind k) { return k == KIND_NOTICE || k == KIND_FLIGHT; }

static bool is_air_name(struct text t) { return text_is(t, "public") || text_is(t, "parties") || text_is(t, "own"); }

/* --- one section --- */

static result read_section(const struct decoder *d, enum statement_kind kind, const struct part *p, struct section *out,
                           struct fault *f) {
    const struct json *top = NULL, *body = NULL;
    TRY(decode_json(d, p->bytes, JSON_PARLEY, &top, f));
    DECODE_ONLY(top, f, "section", "to", "body");
    struct text name = {NULL, 0};
    TRY(json_get_text(top, "section", true, 32, &name, f));
    if (!text_equal(name, p->name))
        return fail(f, RESULT_MALFORMED, "/section", "'%.*s' came as a part named '%.*s'", TEXT_ARG(name),
                    TEXT_ARG(p->name));
    bool air = decode_kind_is_air(kind);
    if (air ? !is_air_name(name) : !text_is(name, "body"))
        return fail(f, RESULT_MALFORMED, "/section", "'%.*s': sections of %s are called %s", TEXT_ARG(name),
                    statement_kind_name(kind), air ? "public, parties or own" : "body");
    TRY(decode_keep(d, name, &out->name, f));
    TRY(decode_readers(top, "to", out->readers, &out->reader_count, f));
    TRY(json_get_object(top, "body", true, &body, f));
    out->bytes = p->bytes;
    memcpy(out->salt, p->salt, sizeof out->salt);
    return decode_at(f, schemas[kind](d, body, out, f), "body");
}

/* --- which section is which --- */

struct came {
    const struct part *part[LIMIT_SECTIONS]; /* in the order they came */
    uint32_t index[LIMIT_SECTIONS];          /* among all parts */
    int slot[LIMIT_SECTIONS];                /* -1: not matched yet */
    bool earlier[LIMIT_SECTIONS];            /* matched under the context of the statement that is opened */
    uint32_t count;
};

static bool part_name_valid(struct text t) {
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) return false;
    }
    return t.size >= 1 && t.size <= 32;
}

static result collect(const struct part *parts, uint32_t count, struct came *c, struct fault *f) {
    *c = (struct came){.count = 0};
    for (uint32_t i = 0; i < count; i++) {
        const struct part *p = &parts[i];
        if (p->part_class != PART_SECTION || (p->bytes.at == NULL && p->bytes.size > 0)) continue; /* erased: not there */
        uint32_t n = c->count;
        if (n == LIMIT_SECTIONS)
            return fail(f, RESULT_TOO_LARGE, "/sections", "more than the %d sections that a text commits to",
                        LIMIT_SECTIONS);
        if (p->bytes.size > LIMIT_SECTION_BYTES)
            return decode_at_index(f, fail(f, RESULT_TOO_LARGE, "", "%zu bytes; at most %d", p->bytes.size,
                                           LIMIT_SECTION_BYTES), "sections", n);
        if (!part_name_valid(p->name))
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "/section", "must be 1 to 32 of a-z, 0-9, '.', '_', '-'"),
                                   "sections", n);
        for (uint32_t k = 0; k < n; k++) {
            if (memcmp(c->part[k]->salt, p->salt, sizeof p->salt) == 0)
                return decode_at_index(f, fail(f, RESULT_MALFORMED, "/salt", "is that of section %u", k), "sections", n);
        }
        c->part[n] = p;
        c->index[n] = i;
        c->slot[n] = -1;
        c->count++;
    }
    return OK;
}

/* Matches sections that have no slot yet to commitments that have no section yet. */
static void match(const struct hash *context, bool earlier, const struct hash *commit, struct came *c) {
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->slot[i] >= 0) continue;
        struct hash h = part_hash(c->part[i], context);
        for (int slot = 0; slot < LIMIT_SECTIONS && c->slot[i] < 0; slot++)
            if (hash_equal(&h, &commit[slot])) {
                c->slot[i] = slot;
                c->earlier[i] = earlier;
            }
    }
}

/* Plain: the order in which they came is the order of the slots, and unused ones are of the request's salt. */
static void commit_plain(const struct hash *context, const struct part *request, struct came *c, struct hash *commit) {
    for (uint32_t i = 0; i < LIMIT_SECTIONS; i++) {
        if (i < c->count) {
            commit[i] = part_hash(c->part[i], context);
            c->slot[i] = (int)i;
            continue;
        }
        static const char label[] = "parley/unused/1\n";
        uint8_t slot = (uint8_t)i;
        struct sha256 s;
        sha256_init(&s);
        sha256_update(&s, label, sizeof label - 1);
        sha256_update(&s, request->salt, sizeof request->salt);
        sha256_update(&s, &slot, 1);
        commit[i] = sha256_final(&s);
    }
}

/* The opened sections of an `open`: their context is known once its body has been read. */
static result match_opened(const struct decoder *d, struct statement *s, struct came *c, struct fault *f) {
    uint32_t own = 0, at = 0;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->slot[i] >= 0) own++, at = i;
    if (own != 1) return fail(f, RESULT_MALFORMED, "/sections", "an open statement has one section 'body' of its own");
    void *room;
    TRY(decode_room(d, 1, sizeof(struct section), &room, f));
    struct section *body = room;
    TRY(decode_at_index(f, read_section(d, KIND_OPEN, c->part[at], body, f), "sections", at));
    match(&body->body.open.context, true, s->commit, c);
    if (c->count < 2) return fail(f, RESULT_MALFORMED, "/sections", "an open statement opens at least one section");
    return OK;
}

static result check_complete(const struct statement *s, const struct came *c, struct fault *f) {
    bool sealed = s->open_by != INSTANT_NONE;
    if (sealed && c->count == LIMIT_SECTIONS)
        return fail(f, RESULT_MALFORMED, "/note/open_by", "is set though every commitment came with its section");
    if (decode_kind_is_air(s->kind)) {
        if (c->count == 0 && !sealed)
            return fail(f, RESULT_MALFORMED, "/sections", "at least one of public, parties and own must be there");
    } else if (s->kind != KIND_OPEN && c->count != 1) {
        return fail(f, RESULT_MALFORMED, "/sections", "%u sections; %s carries exactly one, called 'body'", c->count,
                    statement_kind_name(s->kind));
    }
    return OK;
}

static result refuse_unmatched(const struct came *c, struct fault *f) {
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->slot[i] < 0)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "",
                                           "no commitment names it: bytes, salt, id, keys or log differ from those "
                                           "that were committed to"), "sections", i);
        /* One hash means equal salts, and those were refused. */
        for (uint32_t k = 0; k < i; k++) assert(c->slot[k] != c->slot[i]);
    }
    return OK;
}

static result read_all(const struct decoder *d, const struct came *c, struct statement *s, struct fault *f) {
    void *room;
    TRY(decode_room(d, c->count, sizeof(struct section), &room, f));
    s->sections = room;
    enum statement_kind opened = KIND_OPEN;
    for (int pass = 0; pass < 2; pass++) /* the body of an open says by which schema the others are read */
        for (uint32_t i = 0; i < c->count; i++) {
            if (c->earlier[i] != (pass == 1)) continue;
            uint32_t rank = 0;
            for (uint32_t k = 0; k < c->count; k++) rank += c->slot[k] < c->slot[i];
            struct section *out = &s->sections[rank];
            TRY(decode_at_index(f, read_section(d, pass == 1 ? opened : s->kind, c->part[i], out, f), "sections", i));
            out->slot = (uint8_t)c->slot[i];
            out->part = c->index[i];
            out->commitment = s->commit[out->slot];
            if (s->kind == KIND_OPEN && pass == 0) opened = out->body.open.kind;
        }
    s->section_count = c->count;
    for (uint32_t i = 0; i < c->count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (text_equal(s->sections[i].name, s->sections[k].name))
                return fail(f, RESULT_MALFORMED, "/sections", "two sections called '%.*s'", TEXT_ARG(s->sections[i].name));
    return OK;
}

result decode_sections(const struct decoder *d, const struct part *parts, uint32_t count, const struct part *request,
                       struct statement *out, struct fault *f) {
    assert(schemas[out->kind] != NULL);
    struct came c;
    TRY(collect(parts, count, &c, f));
    struct hash keys[LIMIT_SIGNERS];
    for (uint32_t i = 0; i < out->signer_count; i++) keys[i] = out->signers[i].public_key;
    struct hash context = part_section_context(&d->log, &out->id, keys, out->signer_count);
    TRY(check_complete(out, &c, f));
    if (request != NULL)
        commit_plain(&context, request, &c, out->commit);
    else
        match(&context, false, out->commit, &c);
    if (out->kind == KIND_OPEN) TRY(match_opened(d, out, &c, f));
    TRY(refuse_unmatched(&c, f));
    return read_all(d, &c, out, f);
}
