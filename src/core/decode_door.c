/* From the body of a request to parts: what the doors call before decode_parts. */
#include "core/decode_inner.h"

void decode_claims_render(const struct name *party, const struct name *key, struct text idempotency,
                          struct append *out) {
    append_str(out, "{\"party\":");
    append_json_string(out, name_text(party));
    append_str(out, ",\"key\":");
    append_json_string(out, name_text(key));
    append_str(out, ",\"idempotency\":");
    if (idempotency.at == NULL)
        append_str(out, "null");
    else
        append_json_string(out, idempotency);
    append_char(out, '}');
}

/* The section's name out of its own bytes, so that the part can be named; decode_parts reads them properly. */
static result section_name(struct text bytes, struct text *out, struct fault *f) {
    struct text raw;
    if (!decode_raw_member(bytes, "section", &raw) || raw.size < 3 || raw.at[0] != '"')
        return fail(f, RESULT_MALFORMED, "/section", "a section is {\"section\":\"<name>\",\"to\":[...],\"body\":{...}}");
    *out = (struct text){raw.at + 1, raw.size - 2};
    for (size_t i = 0; i < out->size; i++)
        if (out->at[i] == '\\' || out->at[i] == '"' || out->size > 32)
            return fail(f, RESULT_MALFORMED, "/section", "must be 1 to 32 of a-z, 0-9, '.', '_', '-'");
    return OK;
}

static result signed_section(const struct decoder *d, const struct json *element, struct part *out, struct fault *f) {
    if (element->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, "", "must be an object");
    DECODE_ONLY(element, f, "salt", "bytes");
    *out = (struct part){.part_class = PART_SECTION};
    TRY(json_get_hex(element, "salt", true, out->salt, sizeof out->salt, f));
    TRY(decode_text(d, element, "bytes", true, 1, LIMIT_SECTION_BYTES, &out->bytes, f));
    return decode_at(f, section_name(out->bytes, &out->name, f), "bytes");
}

static result signed_body(const struct decoder *d, const struct json *top, struct part *parts, uint32_t *count,
                          struct fault *f) {
    DECODE_ONLY(top, f, "note", "sections");
    parts[0] = (struct part){.part_class = PART_NOTE, .name = TEXT("note")};
    TRY(decode_text(d, top, "note", true, 1, LIMIT_BODY_BYTES, &parts[0].bytes, f));
    const struct json *list = NULL;
    TRY(json_get_array(top, "sections", false, LIMIT_SECTIONS, &list, f));
    *count = 1;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), ++*count)
        TRY(decode_at_index(f, signed_section(d, e, &parts[*count], f), "sections", *count - 1));
    return OK;
}

static result plain_body(const struct json *top, struct text body, struct part *parts, uint32_t *count,
                         void (*salt)(void *bytes, size_t size), struct fault *f) {
    DECODE_ONLY(top, f, "statement", "sections");
    struct text statement, list, element[LIMIT_SECTIONS];
    uint32_t n = 0;
    if (!decode_raw_member(body, "statement", &statement))
        return fail(f, RESULT_MALFORMED, "/statement", "must be an object, its name spelled without escapes");
    if (json_member(top, "sections") != NULL) {
        if (!decode_raw_member(body, "sections", &list))
            return fail(f, RESULT_MALFORMED, "/sections", "its name must be spelled without escapes");
        n = decode_raw_elements(list, element, LIMIT_SECTIONS);
        if (n == UINT32_MAX) return fail(f, RESULT_MALFORMED, "/sections", "must be an array of at most %d", LIMIT_SECTIONS);
    }
    parts[0] = (struct part){.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = statement};
    for (uint32_t i = 0; i < n; i++) {
        struct part *p = &parts[i + 1];
        *p = (struct part){.part_class = PART_SECTION, .slot = (uint8_t)i, .bytes = element[i]};
        TRY(decode_at_index(f, section_name(p->bytes, &p->name, f), "sections", i));
        salt(p->salt, sizeof p->salt);
    }
    *count = n + 1;
    return OK;
}

result decode_body(const struct decoder *d, struct text body, void (*salt)(void *bytes, size_t size),
                   struct part *parts, uint32_t *count, bool *plain, struct fault *f) {
    if (body.size > LIMIT_BODY_BYTES)
        return fail(f, RESULT_TOO_LARGE, "", "the body has %zu bytes; at most %d", body.size, LIMIT_BODY_BYTES);
    const struct json *top = NULL;
    TRY(decode_json(d, body, JSON_OPEN, &top, f));
    bool note = top->kind == JSON_OBJECT && json_member(top, "note") != NULL;
    *plain = top->kind == JSON_OBJECT && json_member(top, "statement") != NULL;
    if (note == *plain)
        return fail(f, RESULT_MALFORMED, "",
                    "the body is {\"note\":\"...\",\"sections\":[...]} or {\"statement\":{...},\"sections\":[...]}");
    TRY(note ? signed_body(d, top, parts, count, f) : plain_body(top, body, parts, count, salt, f));
    salt(parts[0].salt, sizeof parts[0].salt);
    return OK;
}
