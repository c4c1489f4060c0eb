#include <stdio.h>

#include "core/decode_value.h"

result decode_at(struct fault *f, result r, const char *member) {
    if (result_is_ok(r)) return r;
    char path[96];
    snprintf(path, sizeof path, "/%s", member);
    fault_prefix(f, path);
    return r;
}

result decode_at_index(struct fault *f, result r, const char *member, uint32_t index) {
    if (result_is_ok(r)) return r;
    char path[96];
    snprintf(path, sizeof path, "/%s/%u", member, index);
    fault_prefix(f, path);
    return r;
}

result decode_json(const struct decoder *d, struct text in, enum json_dialect dialect, const struct json **top,
                   struct fault *f) {
    result r = json_parse(d->json, in, dialect, top, f);
    if (!result_is_ok(r) && f != NULL && f->field[0] == '/' && f->field[1] == '\0') f->field[0] = '\0';
    return r;
}

result decode_room(const struct decoder *d, size_t count, size_t each, void **out, struct fault *f) {
    *out = arena_alloc(d->arena, count, each);
    return *out != NULL ? OK : fail(f, RESULT_FULL, "", "no memory left to decode this statement");
}

result decode_keep(const struct decoder *d, struct text in, struct text *out, struct fault *f) {
    void *room;
    TRY(decode_room(d, in.size, 1, &room, f));
    if (in.size > 0) memcpy(room, in.at, in.size);
    *out = (struct text){room, in.size};
    return OK;
}

bool decode_has(const struct json *object, const char *name) {
    struct text wanted = text_of(name);
    for (const struct json *m = json_first(object); m != NULL; m = json_next(object, m))
        if (text_equal(m->name, wanted)) return true;
    return false;
}

/* --- texts and names --- */

result decode_text(const struct decoder *d, const struct json *object, const char *name, bool required, size_t least,
                   size_t longest, struct text *out, struct fault *f) {
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, required, longest, &t, f));
    if (t.at == NULL && json_member(object, name) == NULL) return OK;
    if (t.size < least) return decode_at(f, fail(f, RESULT_RANGE, "", "must not be empty"), name);
    return decode_at(f, decode_keep(d, t, out, f), name);
}

bool decode_is_mark(struct text t) {
    for (size_t i = 0; i < t.size; i++)
        if (t.at[i] <= 0x20 || t.at[i] >= 0x7F) return false;
    return t.size >= 1 && t.size <= 16;
}

bool decode_is_identity(struct text t) {
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    }
    return t.size >= 1 && t.size <= 16;
}

result decode_mark(const struct decoder *d, const struct json *object, const char *name, struct text *out,
                   struct fault *f) {
    if (json_member(object, name) == NULL) return OK;
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, true, LIMIT_TEXT_FIELD, &t, f));
    if (!decode_is_mark(t))
        return decode_at(f, fail(f, RESULT_MALFORMED, "", "'%.*s' must be 1 to 16 printable ASCII characters without space",
                                 t.size < 40 ? (int)t.size : 40, t.at), name);
    return decode_at(f, decode_keep(d, t, out, f), name);
}

result decode_name(const struct json *object, const char *name, bool required, struct name *out, struct fault *f) {
    if (!required && json_member(object, name) == NULL) return OK;
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, true, LIMIT_TEXT_FIELD, &t, f));
    return decode_at(f, name_read(t, out, f), name);
}

result decode_party_name(const struct json *object, const char *name, struct name *out, struct fault *f) {
    TRY(decode_name(object, name, true, out, f));
    struct text t = name_text(out);
    if (text_is(t, "world") || text_is(t, "log"))
        return decode_at(f, fail(f, RESULT_MALFORMED, "", "'%.*s' is a reader's word, no party's name", TEXT_ARG(t)),
                         name);
    return OK;
}

result decode_element_name(const struct json *element, struct name *out, struct fault *f) {
    if (element->kind != JSON_STRING) return fail(f, RESULT_MALFORMED, "", "must be a string");
    return name_read(element->string, out, f);
}

result decode_id(const struct json *object, const char *name, bool required, struct id *out, struct fault *f) {
    return json_get_hex(object, name, required, out->bytes, sizeof out->bytes, f);
}

result decode_entity_text(struct text in, struct entity_ref *out, struct fault *f) {
    const char *slash = in.size == 0 ? NULL : memchr(in.at, '/', in.size);
    int shown = in.size < 80 ? (int)in.size : 80;
    if (slash == NULL) return fail(f, RESULT_MALFORMED, "", "'%.*s' must be '<party>/<32 hex digits>'", shown, in.at);
    size_t size = (size_t)(slash - in.at);
    TRY(name_read((struct text){in.at, size}, &out->party, f));
    if (!id_read((struct text){slash + 1, in.size - size - 1}, &out->id))
        return fail(f, RESULT_MALFORMED, "", "'%.*s' must be '<party>/<32 lower-case hex digits>'", shown, in.at);
    return OK;
}

result decode_entity(const struct json *object, const char *name, struct entity_ref *out, struct fault *f) {
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, true, LIMIT_TEXT_FIELD, &t, f));
    return decode_at(f, decode_entity_text(t, out, f), name);
}

result decode_word(const struct json *object, const char *name, const char *const *words, size_t count, uint8_t *out,
                   struct fault *f) {
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, true, LIMIT_TEXT_FIELD, &t, f));
    char all[128];
    struct append list = append_fixed(all, sizeof all - 1);
    for (size_t i = 0; i < count; i++) {
        if (text_is(t, words[i])) {
            *out = (uint8_t)i;
            return OK;
        }
        append_format(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    all[list.size] = '\0';
    int shown = (int)(t.size < 40 ? t.size : 40);
    return decode_at(f, fail(f, RESULT_MALFORMED, "", "'%.*s' must be %s", shown, t.at, all), name);
}

/* --- numbers --- */

result decode_count(const struct json *object, const char *name, bool required, int64_t low, int64_t high,
                    int64_t *out, struct fault *f) {
    const struct json *m = json_member(object, name);
    if (m != NULL && m->kind == JSON_NUMBER && memchr(m->string.at, '.', m->string.size) != NULL)
        return decode_at(f, fail(f, RESULT_MALFORMED, "", "must be a whole number"), name);
    return json_get_scaled(object, name, required, 0, low, high, out, f);
}

result decode_seconds(const struct json *object, const char *name, bool required, int64_t low_ns, int64_t high_ns,
                      int64_t *out, struct fault *f) {
    return json_get_scaled(object, name, required, 9, low_ns, high_ns, out, f);
}

result decode_metres(const struct json *object, const char *name, bool required, int64_t low_m, int64_t high_m,
                     int64_t *cm, struct fault *f) {
    return json_get_scaled(object, name, required, 2, low_m * 100, high_m * 100, cm, f);
}

result decode_time(const struct json *object, const char *name, bool required, instant *out, struct fault *f) {
    instant t = INSTANT_NONE;
    TRY(json_get_instant(object, name, required, &t, f));
    if (t == INSTANT_NONE) return OK;
    if (t < DECODE_TIME_FIRST || t > DECODE_TIME_LAST)
        return decode_at(f, fail(f, RESULT_RANGE, "", "must lie in the years 1970 to 2199"), name);
    *out = t;
    return OK;
}

/* --- readers --- */

static result read_reader(const struct json *element, struct reader *out, struct fault *f) {
    if (element->kind != JSON_STRING) return fail(f, RESULT_MALFORMED, "", "must be a string");
    struct text t = element->string;
    static const struct text agreement = {"agreement:", 10};
    *out = (struct reader){.kind = READER_PARTY};
    if (text_is(t, "world")) {
        out->kind = READER_WORLD;
    } else if (text_is(t, "log")) {
        out->kind = READER_LOG;
    } else if (t.size >= agreement.size && memcmp(t.at, agreement.at, agreement.size) == 0) {
        out->kind = READER_AGREEMENT;
        return name_read((struct text){t.at + agreement.size, t.size - agreement.size}, &out->name, f);
    } else {
        return name_read(t, &out->name, f);
    }
    return OK;
}

result decode_readers(const struct json *object, const char *name, struct reader *out, uint32_t *count,
                      struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(object, name, true, LIMIT_READERS, &list, f));
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        TRY(decode_at_index(f, read_reader(e, &out[n], f), name, n));
        for (uint32_t i = 0; i < n; i++)
            if (out[i].kind == out[n].kind && name_equal(&out[i].name, &out[n].name))
                return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "'%.*s' stands twice", TEXT_ARG(e->string)),
                                       name, n);
    }
    *count = n;
    return OK;
}
