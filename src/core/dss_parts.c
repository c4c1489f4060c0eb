/* A call as parts of a record (FORMAT.md, "dss"): what was asked, with the body's own bytes in it, and who asked. Decoded again to the same request. */
#include "core/decode_inner.h"
#include "core/dss_decode.h"

#include <assert.h>

static const char *const doors[] = {[DSS_F3548] = "f3548", [DSS_RID_V1] = "f3411-19", [DSS_RID_V2] = "f3411-22a"};

/* A JSON string that reads as these very bytes: append_json_string would change what FORMAT.md bars, and two subjects could become one. `in` is UTF-8. */
static void append_exact(struct append *out, struct text in) {
    size_t from = 0;
    append_char(out, '"');
    for (size_t i = 0; i < in.size; i++) {
        uint8_t c = (uint8_t)in.at[i];
        if (c != '"' && c != '\\' && c >= 0x20 && c != 0x7F) continue;
        append_bytes(out, in.at + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\') append_format(out, "\\%c", c);
        else append_format(out, "\\u%04x", c);
    }
    append_bytes(out, in.at + from, in.size - from);
    append_char(out, '"');
}

static bool has_body(const struct dss_route *r) { return r->action != DSS_DELETE; }

result dss_parts(struct arena *arena, const struct dss_call *c, struct part out[2], struct fault *f) {
    struct text segments[2];
    const struct dss_route *route = dss_route_find(c->method, c->path, segments);
    if (route == NULL || !dss_route_writes(route)) return fail(f, RESULT_NOT_FOUND, "path", "'%.*s %.*s' is no write of these doors", DSS_SHOWN(c->method), DSS_SHOWN(c->path));
    struct text body = has_body(route) ? c->body : TEXT("null");
    size_t sizes[2] = {128 + 6 * c->path.size + body.size, 512 + 6 * (c->subject.size + c->issuer.size + c->request.size)};
    char *room[2] = {arena_alloc(arena, sizes[0], 1), arena_alloc(arena, sizes[1], 1)};
    if (room[0] == NULL || room[1] == NULL) return fail(f, RESULT_FULL, "", "no memory left to record this call");
    struct append request = append_fixed(room[0], sizes[0]), claims = append_fixed(room[1], sizes[1]);
    append_str(&request, "{\"door\":\"");
    append_str(&request, doors[route->door]);
    append_str(&request, "\",\"method\":\"");
    append_str(&request, route->method);
    append_str(&request, "\",\"path\":");
    append_exact(&request, c->path);
    append_str(&request, ",\"body\":");
    append_text(&request, body);
    append_char(&request, '}');
    append_str(&claims, "{\"sub\":");
    append_exact(&claims, c->subject);
    append_str(&claims, ",\"iss\":");
    append_exact(&claims, c->issuer);
    append_str(&claims, ",\"scopes\":");
    dss_scopes_render(c->scopes, &claims);
    append_str(&claims, c->plain_http ? ",\"plain_http\":true,\"request\":" : ",\"plain_http\":false,\"request\":");
    append_exact(&claims, c->request);
    append_str(&claims, ",\"entropy\":\"");
    append_hex(&claims, c->entropy, sizeof c->entropy);
    append_str(&claims, "\"}");
    assert(!request.full && !claims.full);
    out[0] = (struct part){.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = append_view(&request)};
    out[1] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
    return OK;
}

/* --- and back --- */

bool dss_claims_are(struct text claims) {
    struct text sub;
    return decode_raw_member(claims, "sub", &sub);
}

static result read_scopes(const struct json *claims, uint32_t *out, struct fault *f) {
    const struct json *list = NULL;
    uint32_t n = 0;
    TRY(json_get_array(claims, "scopes", true, 32, &list, f));
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        uint32_t bit = e->kind == JSON_STRING ? dss_scope_read(e->string) : 0;
        if (bit == 0) return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "is no scope of these doors"), "scopes", n);
        *out |= bit;
    }
    return OK;
}

static result read_claims(const struct decoder *d, struct text bytes, struct dss_call *out, struct fault *f) {
    const struct json *top = NULL;
    TRY(decode_json(d, bytes, JSON_OPEN, &top, f));
    DECODE_ONLY(top, f, "sub", "iss", "scopes", "plain_http", "request", "entropy");
    TRY(decode_text(d, top, "sub", true, 1, LIMIT_DSS_NAME, &out->subject, f));
    TRY(decode_text(d, top, "iss", true, 1, LIMIT_DSS_URL, &out->issuer, f));
    TRY(read_scopes(top, &out->scopes, f));
    TRY(json_get_bool(top, "plain_http", true, &out->plain_http, f));
    TRY(decode_text(d, top, "request", true, 0, LIMIT_DSS_NAME, &out->request, f));
    return json_get_hex(top, "entropy", true, out->entropy, sizeof out->entropy, f);
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The head is JSON of ours; the body, which may be deeper than that allows and have space around it, is cut out: what stands behind the head up to the last
 * brace. `head`: what stands before ",\"body\":". */
static result split_request(struct text bytes, struct text *head, struct text *body, struct fault *f) {
    static const char label[] = ",\"body\":";
    const size_t n = sizeof label - 1;
    struct text value;
    if (!decode_raw_member(bytes, "body", &value)) return fail(f, RESULT_MALFORMED, "/body", "is missing");
    const char *begin = value.at, *end = value.at + value.size, *last = bytes.at + bytes.size - 1;
    while (begin > bytes.at && is_space(begin[-1])) begin--;
    while (end < last && is_space(*end)) end++;
    if ((size_t)(begin - bytes.at) <= n || memcmp(begin - n, label, n) != 0 || end != last || *last != '}')
        return fail(f, RESULT_MALFORMED, "/body", "must be the last member, behind ',\"body\":' as it stands here");
    *head = (struct text){bytes.at, (size_t)(begin - bytes.at) - n};
    *body = (struct text){begin, (size_t)(last - begin)};
    return OK;
}

static result read_request(const struct decoder *d, struct text bytes, struct dss_call *out, const char **door, struct fault *f) {
    const struct json *top = NULL;
    uint8_t which = 0;
    struct text head = {NULL, 0};
    void *room = NULL;
    TRY(split_request(bytes, &head, &out->body, f));
    TRY(decode_room(d, head.size + 1, 1, &room, f));
    memcpy(room, head.at, head.size);
    ((char *)room)[head.size] = '}';
    TRY(decode_json(d, (struct text){room, head.size + 1}, JSON_OPEN, &top, f));
    DECODE_ONLY(top, f, "door", "method", "path");
    TRY(decode_word(top, "door", doors, sizeof doors / sizeof *doors, &which, f));
    TRY(decode_text(d, top, "method", true, 1, 16, &out->method, f));
    TRY(decode_text(d, top, "path", true, 1, SIZE_MAX, &out->path, f));
    *door = doors[which];
    return OK;
}

result dss_decode_parts(const struct decoder *d, const struct part *request, const struct part *claims, struct statement *out, struct fault *f) {
    struct dss_call call = {0};
    const char *door = NULL;
    void *room = NULL;
    static const char label[] = "parley/dss/1\n";
    TRY(decode_at(f, read_claims(d, claims->bytes, &call, f), "claims"));
    TRY(decode_at(f, read_request(d, request->bytes, &call, &door, f), "request"));
    TRY(decode_room(d, 1, sizeof(struct dss_request), &room, f));
    struct dss_request *q = room;
    TRY(dss_decode(d, &call, q, f)); /* refused as at the door: its fields are the call's */
    if (!dss_route_writes(q->route) || strcmp(door, doors[q->route->door]) != 0)
        return fail(f, RESULT_MALFORMED, "/request", "the path is no write at the door '%s'", door);
    out->kind = KIND_DSS;
    out->origin = ORIGIN_ATTESTED;
    out->dss = q;
    struct sha256 s; /* no call is another's repeat: the server draws for each */
    sha256_init(&s);
    sha256_update(&s, label, sizeof label - 1);
    sha256_update(&s, d->log.bytes, sizeof d->log.bytes);
    sha256_update(&s, call.entropy, sizeof call.entropy);
    out->hash = sha256_final(&s);
    return OK;
}
