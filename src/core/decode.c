#include "core/decode.h"

#include <assert.h>
#include <stdio.h>

#include "base/cosignature.h"
#include "core/decode_inner.h"

struct came {
    const struct part *note, *request, *claims, *frame;
    uint32_t sections, aircraft;
};

static result take(const struct part **where, const struct part *p, const char *name, struct fault *f) {
    if (*where != NULL) return fail(f, RESULT_MALFORMED, name, "two parts of this class");
    if (p->bytes.at == NULL && p->bytes.size > 0)
        return fail(f, RESULT_NOT_FOUND, name, "was erased: only its hash is known");
    *where = p;
    return OK;
}

static result sort_out(const struct part *parts, uint32_t count, struct came *c, struct fault *f) {
    *c = (struct came){0};
    for (uint32_t i = 0; i < count; i++) {
        const struct part *p = &parts[i];
        switch (p->part_class) {
        case PART_NOTE: TRY(take(&c->note, p, "/note", f)); break;
        case PART_REQUEST: TRY(take(&c->request, p, "/statement", f)); break;
        case PART_CLAIMS: TRY(take(&c->claims, p, "/claims", f)); break;
        case PART_FRAME: TRY(take(&c->frame, p, "/frame", f)); break;
        case PART_SECTION: c->sections++; break;
        case PART_AIRCRAFT: c->aircraft++; break;
        case PART_CREDENTIAL:
        case PART_OUTCOME:
        case PART_ORDER:
        case PART_TOLD: break; /* the server's, made later */
        default: return fail(f, RESULT_MALFORMED, "/parts", "part %u is of the unknown class %u", i, p->part_class);
        }
    }
    return OK;
}

/* --- identities of what is no text --- */

static void identity_begin(struct sha256 *s, const char *label, const struct hash *log) {
    sha256_init(s);
    sha256_update(s, label, strlen(label));
    sha256_update(s, log->bytes, sizeof log->bytes);
}

static void identity_text(struct sha256 *s, struct text t, bool last) {
    static const uint8_t end = 0x0A; /* in no name, so that two names never run into each other */
    sha256_update(s, t.at, t.size);
    if (!last) sha256_update(s, &end, 1);
}

static void identity_u64(struct sha256 *s, uint64_t v) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(v >> (56 - 8 * i));
    sha256_update(s, bytes, sizeof bytes);
}

/* --- plain --- */

static bool idempotency_valid(struct text t) {
    for (size_t i = 0; i < t.size; i++)
        if (t.at[i] < 0x20 || t.at[i] >= 0x7F) return false;
    return t.size >= 1 && t.size <= 128;
}

static result read_claims(const struct decoder *d, const struct part *claims, struct statement *out,
                          struct text *idempotency, struct fault *f) {
    const struct json *top = NULL;
    TRY(decode_json(d, claims->bytes, JSON_PARLEY, &top, f));
    DECODE_ONLY(top, f, "party", "key", "idempotency");
    TRY(decode_name(top, "party", true, &out->attested, f));
    TRY(decode_name(top, "key", true, &out->session_key, f));
    *idempotency = (struct text){NULL, 0};
    if (json_member(top, "idempotency") == NULL) return OK;
    TRY(decode_text(d, top, "idempotency", true, 0, LIMIT_TEXT_FIELD, idempotency, f));
    if (!idempotency_valid(*idempotency))
        return fail(f, RESULT_MALFORMED, "/idempotency", "must be 1 to 128 printable ASCII characters");
    return OK;
}

result decode_plain_head(const struct decoder *d, const struct part *request, const struct part *claims, struct statement *out, struct fault *f) {
    struct text key;
    out->origin = ORIGIN_ATTESTED;
    TRY(decode_at(f, read_claims(d, claims, out, &key, f), "claims"));
    const struct json *top = NULL;
    static const char *const names[] = {"kind", "id", "on", "prev"};
    if (request->bytes.size > LIMIT_TEXT_BYTES)
        return fail(f, RESULT_TOO_LARGE, "/statement", "%zu bytes; at most %d", request->bytes.size, LIMIT_TEXT_BYTES);
    TRY(decode_at(f, decode_json(d, request->bytes, JSON_PARLEY, &top, f), "statement"));
    TRY(decode_at(f, json_only(top, names, sizeof names / sizeof *names, f), "statement"));
    TRY(decode_at(f, decode_head(top, out, f), "statement"));
    if (out->kind == KIND_OPEN)
        return fail(f, RESULT_UNSUPPORTED, "/statement/kind", "what was sealed by signature is opened by signature");
    TRY(decode_at(f, decode_on(&out->attested, out, f), "statement"));
    char hex[2 * sizeof out->id.bytes];
    if (key.at == NULL) {
        struct append a = append_fixed(hex, sizeof hex);
        append_id(&a, &out->id);
        key = append_view(&a);
    }
    struct sha256 s;
    identity_begin(&s, "parley/idempotency/1\n", &d->log);
    identity_text(&s, name_text(&out->attested), false);
    identity_text(&s, key, true);
    out->hash = sha256_final(&s);
    return OK;
}

static result decode_plain(const struct decoder *d, const struct part *parts, uint32_t count, const struct came *c,
                           struct statement *out, struct fault *f) {
    TRY(decode_plain_head(d, c->request, c->claims, out, f));
    return decode_sections(d, parts, count, c->request, out, f);
}

/* --- frame --- */

static result decode_feed_frame(const struct decoder *d, const struct part *parts, uint32_t count, const struct came *c,
                                struct statement *out, struct fault *f) {
    struct text key;
    out->kind = KIND_FRAME;
    out->origin = ORIGIN_ATTESTED;
    TRY(decode_at(f, read_claims(d, c->claims, out, &key, f), "claims"));
    TRY(decode_frame(d, parts, count, out, f));
    struct sha256 s;
    identity_begin(&s, "parley/frame/1\n", &d->log);
    identity_text(&s, name_text(&out->attested), false);
    identity_text(&s, name_text(&out->frame.feed), false);
    identity_u64(&s, out->frame.number);
    out->hash = sha256_final(&s);
    return OK;
}

/* --- tick --- */

#define TICK_ERROR_MOST (1000000 * INSTANT_SECOND - 1) /* 15 digits; beyond them the error is as good as unknown */

void decode_tick_render(const struct body_tick *t, struct append *out) {
    int64_t error = t->error_ns < 0 ? 0 : t->error_ns > TICK_ERROR_MOST ? TICK_ERROR_MOST : t->error_ns;
    append_format(out, "{\"kind\":\"tick\",\"tick\":%llu,\"error_s\":", (unsigned long long)t->tick);
    append_fixed_point(out, error, 9);
    append_format(out, ",\"unsure\":%s}", t->unsure ? "true" : "false");
}

void decode_continue_render(const struct body_continue *b, struct append *out) {
    append_format(out, "{\"kind\":\"continue\",\"number\":%llu}", (unsigned long long)b->number);
}

void decode_snapshot_render(const struct body_snapshot *b, struct append *out) {
    append_format(out, "{\"kind\":\"snapshot\",\"number\":%llu}", (unsigned long long)b->number);
}

void decode_snapshot_digest_render(const struct body_snapshot_digest *b, struct append *out) {
    append_format(out, "{\"kind\":\"snapshot/digest\",\"order\":%llu,\"digest\":\"", (unsigned long long)b->order);
    append_hex(out, b->digest.bytes, SHA256_SIZE);
    append_str(out, "\"}");
}

void decode_grow_render(const struct body_grow *b, struct append *out) {
    append_format(out, "{\"kind\":\"grow\",\"order\":%llu}", (unsigned long long)b->order);
}

void decode_bridge_render(const struct body_bridge *b, struct append *out) {
    append_format(out, "{\"kind\":\"bridge\",\"number\":%llu,\"url\":", (unsigned long long)b->number);
    append_json_string(out, b->url);
    append_char(out, '}');
}

void decode_cosigned_render(const struct body_cosigned *b, struct append *out) {
    append_format(out, "{\"kind\":\"cosigned\",\"number\":%llu,\"witness\":", (unsigned long long)b->number);
    append_json_string(out, b->witness);
    append_format(out, ",\"size\":%llu,\"root\":\"", (unsigned long long)b->size);
    append_hex(out, b->root.bytes, SHA256_SIZE);
    append_format(out, "\",\"seconds\":%llu,\"signature\":\"", (unsigned long long)b->seconds);
    append_hex(out, b->signature, sizeof b->signature);
    append_str(out, "\"}");
}

static result read_number(const struct json *top, const char *member, uint64_t *out, struct fault *f) {
    int64_t number = 0;
    TRY(decode_count(top, member, true, 1, INT64_C(999999999999999), &number, f));
    *out = (uint64_t)number;
    return OK;
}

static result read_tick(const struct json *top, struct body_tick *out, struct fault *f) {
    DECODE_ONLY(top, f, "kind", "tick", "error_s", "unsure");
    TRY(read_number(top, "tick", &out->tick, f));
    TRY(decode_seconds(top, "error_s", true, 0, TICK_ERROR_MOST, &out->error_ns, f));
    return json_get_bool(top, "unsure", true, &out->unsure, f);
}

static result read_snapshot_digest(const struct json *top, struct body_snapshot_digest *out, struct fault *f) {
    DECODE_ONLY(top, f, "kind", "order", "digest");
    TRY(read_number(top, "order", &out->order, f));
    return json_get_hex(top, "digest", true, out->digest.bytes, SHA256_SIZE, f);
}

static result read_grow(const struct json *top, struct body_grow *out, struct fault *f) {
    DECODE_ONLY(top, f, "kind", "order");
    return read_number(top, "order", &out->order, f);
}

static result read_bridge(const struct json *top, struct body_bridge *out, struct fault *f) {
    DECODE_ONLY(top, f, "kind", "number", "url");
    TRY(read_number(top, "number", &out->number, f));
    return json_get_text(top, "url", true, LIMIT_DSS_URL, &out->url, f);
}

static result read_cosigned(const struct decoder *d, const struct json *top, bool verify, struct body_cosigned *out, struct fault *f) {
    char room[512];
    struct append text = append_fixed(room, sizeof room);
    DECODE_ONLY(top, f, "kind", "number", "witness", "size", "root", "seconds", "signature");
    TRY(read_number(top, "number", &out->number, f));
    TRY(json_get_text(top, "witness", true, LIMIT_WITNESS_NAME + 64, &out->witness, f));
    TRY(decode_at(f, note_vkey_read_of(NOTE_COSIGNATURE, out->witness, &out->name, out->key.bytes, f), "witness"));
    if (out->name.size > LIMIT_WITNESS_NAME) return fail(f, RESULT_TOO_LARGE, "/witness", "its name has %zu bytes; at most %d", out->name.size, LIMIT_WITNESS_NAME);
    TRY(read_number(top, "size", &out->size, f));
    TRY(json_get_hex(top, "root", true, out->root.bytes, SHA256_SIZE, f));
    TRY(read_number(top, "seconds", &out->seconds, f));
    TRY(json_get_hex(top, "signature", true, out->signature, sizeof out->signature, f));
    checkpoint_text(d->origin, out->size, &out->root, &text);
    assert(!text.full); /* an origin has at most 200 characters */
    if (!verify || cosignature_good(append_view(&text), out->seconds, out->signature, out->key.bytes)) return OK;
    return fail(f, RESULT_UNAUTHENTIC, "/signature", "is not the witness's over this checkpoint and time");
}

/* `number`: what tells it from others of its kind. */
static result read_own(const struct decoder *d, const struct json *top, bool verify, struct statement *out, uint64_t *number, struct fault *f) {
    struct text kind = {NULL, 0};
    result r = OK;
    TRY(json_get_text(top, "kind", true, 64, &kind, f));
    if (!statement_kind_read(kind, &out->kind) || !statement_kind_own(out->kind))
        return fail(f, RESULT_MALFORMED, "/kind", "without claims a request is a tick, continue, snapshot, snapshot/digest, grow, bridge or cosigned of the server");
    if (out->kind == KIND_TICK) r = read_tick(top, &out->tick, f), *number = out->tick.tick;
    else if (out->kind == KIND_GROW) r = read_grow(top, &out->grow, f), *number = out->grow.order;
    else if (out->kind == KIND_BRIDGE) r = read_bridge(top, &out->bridge, f), *number = out->bridge.number;
    else if (out->kind == KIND_COSIGNED) r = read_cosigned(d, top, verify, &out->cosigned, f), *number = out->cosigned.number;
    else if (out->kind == KIND_SNAPSHOT_DIGEST) r = read_snapshot_digest(top, &out->snapshot_digest, f), *number = out->snapshot_digest.order;
    else {
        DECODE_ONLY(top, f, "kind", "number");
        TRY(read_number(top, "number", number, f));
        if (out->kind == KIND_CONTINUE) out->onward.number = *number;
        else out->snapshot.number = *number;
    }
    return r;
}

/* What the server says itself. */
static result decode_own(const struct decoder *d, const struct part *request, bool verify, struct statement *out, struct fault *f) {
    const struct json *top = NULL;
    uint64_t number = 0;
    out->kind = KIND_TICK;
    out->origin = ORIGIN_SERVER;
    TRY(decode_at(f, decode_json(d, request->bytes, JSON_PARLEY, &top, f), "statement"));
    TRY(decode_at(f, read_own(d, top, verify, out, &number, f), "statement"));
    char context[64];
    struct sha256 s;
    snprintf(context, sizeof context, "parley/%s/1\n", statement_kind_name(out->kind));
    identity_begin(&s, context, &d->log);
    identity_u64(&s, number);
    out->hash = sha256_final(&s);
    return OK;
}

/* --- the one entry --- */

static result mixed(struct fault *f) {
    return fail(f, RESULT_MALFORMED, "/parts",
                "parts must be: a note with sections; a request and claims with sections; a frame, claims and aircraft; "
                "a call and its token's claims; or a request alone");
}

result decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify,
                    struct statement *out, struct fault *f) {
    assert(d->json != NULL && d->arena != NULL);
    *out = (struct statement){.at = INSTANT_NONE, .open_by = INSTANT_NONE};
    struct came c;
    TRY(sort_out(parts, count, &c, f));
    const struct part *head = c.note != NULL ? c.note : c.frame != NULL ? c.frame : c.request;
    if (head != NULL) memcpy(out->drawn, head->salt, sizeof out->drawn);
    if (c.note != NULL) {
        if (c.request != NULL || c.claims != NULL || c.frame != NULL || c.aircraft > 0) return mixed(f);
        TRY(decode_note(d, c.note->bytes, verify, out, f));
        TRY(decode_sections(d, parts, count, NULL, out, f));
        return decode_introduced(out, f);
    }
    if (c.frame != NULL) {
        if (c.request != NULL || c.claims == NULL || c.sections > 0) return mixed(f);
        return decode_feed_frame(d, parts, count, &c, out, f);
    }
    if (c.request == NULL || c.aircraft > 0) return mixed(f);
    if (c.claims != NULL && !dss_claims_are(c.claims->bytes)) return decode_plain(d, parts, count, &c, out, f);
    if (c.sections > 0) return mixed(f);
    if (c.claims != NULL) return dss_decode_parts(d, c.request, c.claims, out, f);
    return decode_own(d, c.request, verify, out, f);
}
