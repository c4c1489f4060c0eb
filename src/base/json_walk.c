#include <assert.h>
#include <stdio.h>

#include "base/instant.h"
#include "base/json.h"

/* --- walking --- */

const struct json *json_first(const struct json *container) {
    return container == NULL || container->count == 0 ? NULL : container + 1;
}

const struct json *json_next(const struct json *container, const struct json *child) {
    if (container == NULL || child == NULL) return NULL;
    const struct json *next = child + child->next;
    return next < container + container->next ? next : NULL;
}

static const struct json *member_or_null(const struct json *object, const char *name) {
    if (object == NULL || object->kind != JSON_OBJECT) return NULL;
    struct text wanted = text_of(name);
    const struct json *m = json_first(object);
    while (m != NULL && !text_equal(m->name, wanted)) m = json_next(object, m);
    return m;
}

const struct json *json_member(const struct json *object, const char *name) {
    const struct json *m = member_or_null(object, name);
    return m == NULL || m->kind == JSON_NULL ? NULL : m;
}

/* --- faults --- */

/* "/name" as a JSON pointer (RFC 6901); always terminated. */
static void path_of(struct text name, char *room, size_t size) {
    struct append a = append_fixed(room, size - 1);
    append_char(&a, '/');
    for (size_t i = 0; i < name.size && !a.full; i++) {
        char one[2] = {name.at[i], '\0'};
        append_str(&a, one[0] == '~' ? "~0" : one[0] == '/' ? "~1" : one);
    }
    room[a.size] = '\0';
}

static result member_fault(struct fault *f, enum result_code code, const char *name, const char *rule) {
    char path[128];
    path_of(text_of(name), path, sizeof path);
    return fail(f, code, path, "%s", rule);
}

/* Puts the path before a fault that a reader of the value made with an empty field. */
static result under(const char *name, struct fault *f, result r) {
    if (result_is_ok(r)) return r;
    char path[128];
    path_of(text_of(name), path, sizeof path);
    fault_prefix(f, path);
    return r;
}

/* The member with its kind checked; *out NULL when it is absent or null and need not be there. */
static result get(const struct json *object, const char *name, bool required, enum json_kind kind,
                  const struct json **out, struct fault *f) {
    static const char *const rules[] = {
        [JSON_NULL] = "must be null",         [JSON_BOOL] = "must be true or false", [JSON_NUMBER] = "must be a number",
        [JSON_STRING] = "must be a string", [JSON_ARRAY] = "must be an array",     [JSON_OBJECT] = "must be an object"};
    *out = NULL;
    if (object != NULL && object->kind != JSON_OBJECT)
        return fail(f, RESULT_MALFORMED, "", "must be an object with a member \"%s\"", name);
    const struct json *m = member_or_null(object, name);
    if (m == NULL) return required ? member_fault(f, RESULT_MALFORMED, name, "is missing") : OK;
    if (m->kind == JSON_NULL) return required ? member_fault(f, RESULT_MALFORMED, name, "must not be null") : OK;
    if (m->kind != kind) return member_fault(f, RESULT_MALFORMED, name, rules[kind]);
    *out = m;
    return OK;
}

/* --- members --- */

result json_only(const struct json *object, const char *const *names, size_t count, struct fault *f) {
    if (object != NULL && object->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, "", "must be an object");
    for (const struct json *m = json_first(object); m != NULL; m = json_next(object, m)) {
        size_t i = 0;
        while (i < count && !text_is(m->name, names[i])) i++;
        if (i < count) continue;
        char path[128];
        path_of(m->name, path, sizeof path);
        return fail(f, RESULT_MALFORMED, path, "unknown member");
    }
    return OK;
}

result json_get_text(const struct json *object, const char *name, bool required, size_t longest, struct text *out,
                     struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_STRING, &m, f));
    if (m == NULL) return OK;
    if (m->string.size > longest)
        return under(name, f, fail(f, RESULT_TOO_LARGE, "", "%zu bytes of text; at most %zu", m->string.size, longest));
    *out = m->string;
    return OK;
}

result json_get_bool(const struct json *object, const char *name, bool required, bool *out, struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_BOOL, &m, f));
    if (m != NULL) *out = m->boolean;
    return OK;
}

result json_get_instant(const struct json *object, const char *name, bool required, int64_t *out, struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_STRING, &m, f));
    return m == NULL ? OK : under(name, f, instant_parse(m->string, out, f));
}

result json_get_hex(const struct json *object, const char *name, bool required, void *to, size_t size,
                    struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_STRING, &m, f));
    if (m == NULL || hex_read(m->string, to, size)) return OK;
    int shown = m->string.size < 80 ? (int)m->string.size : 80;
    return under(name, f, fail(f, RESULT_MALFORMED, "", "'%.*s' must be %zu lower-case hex digits", shown, m->string.at, 2 * size));
}

result json_get_array(const struct json *object, const char *name, bool required, size_t most,
                      const struct json **out, struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_ARRAY, &m, f));
    if (m == NULL) return OK;
    if (m->count > most)
        return under(name, f, fail(f, RESULT_TOO_LARGE, "", "%u elements; at most %zu", m->count, most));
    *out = m;
    return OK;
}

result json_get_object(const struct json *object, const char *name, bool required, const struct json **out,
                       struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_OBJECT, &m, f));
    if (m != NULL) *out = m;
    return OK;
}

/* --- decimals --- */

/* A decimal text as 0.d1d2d3... * 10^magnitude, d1 not zero. `at` runs over the digits, the point skipped. */
struct decimal {
    const char *at, *end;
    int64_t magnitude;
    bool negative, zero;
};

static int64_t exponent_of(const char *at, const char *end) {
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    int64_t v = 0;
    for (; at < end; at++)
        if (v < INT32_MAX) v = v * 10 + (*at - '0'); /* a document's digits cannot make up for more */
    return negative ? -v : v;
}

/* The text has passed json_parse, so only its shape matters. */
static struct decimal decimal_of(struct text t) {
    const char *at = t.at, *end = t.at + t.size, *e = at;
    struct decimal d = {.negative = t.size > 0 && *at == '-'};
    if (d.negative) at++;
    while (e < end && *e != 'e' && *e != 'E') e++;
    if (e < end) d.magnitude = exponent_of(e + 1, end);
    const char *point = at;
    while (point < e && *point != '.') point++;
    while (at < e && (*at == '0' || *at == '.')) at++;
    d.at = at;
    d.end = e;
    d.zero = at == e;
    d.magnitude += at < point ? point - at : point - at + 1;
    return d;
}

static unsigned take_digit(struct decimal *d) {
    if (d->at < d->end && *d->at == '.') d->at++;
    return d->at < d->end ? (unsigned)(*d->at++ - '0') : 0;
}

static bool has_digits_left(struct decimal d) {
    while (d.at < d.end)
        if (take_digit(&d) != 0) return true;
    return false;
}

/* |d| * 10^places, rounded (the sign comes later, so half goes away from zero). False when it does not fit 64 bits. */
static bool scale(struct decimal d, enum json_rounding rounding, unsigned places, uint64_t *out) {
    int64_t count = d.magnitude + places; /* digits before the point of the product */
    bool up = rounding != JSON_NEAREST && (rounding == JSON_DOWN) == d.negative;
    *out = 0;
    if (d.zero) return true;
    if (count > 20) return false;
    for (; count > 0; count--)
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, take_digit(&d), out)) return false;
    up = rounding == JSON_NEAREST ? count == 0 && take_digit(&d) >= 5 : up && has_digits_left(d);
    return !__builtin_add_overflow(*out, up ? 1 : 0, out);
}

result json_rounded(const struct json *number, enum json_rounding rounding, unsigned places, int64_t low, int64_t high,
                    int64_t *out, struct fault *f) {
    assert(low <= high && places <= 18);
    if (number == NULL || number->kind != JSON_NUMBER) return fail(f, RESULT_MALFORMED, "", "must be a number");
    struct decimal d = decimal_of(number->string);
    uint64_t m, edge = (uint64_t)INT64_MAX + (d.negative ? 1 : 0);
    if (scale(d, rounding, places, &m) && m <= edge) {
        int64_t v = d.negative ? (int64_t)(0 - m) : (int64_t)m;
        if (v >= low && v <= high) {
            *out = v;
            return OK;
        }
    }
    char bounds[96];
    struct append a = append_fixed(bounds, sizeof bounds);
    append_fixed_point(&a, low, places);
    append_str(&a, " to ");
    append_fixed_point(&a, high, places);
    int shown = (int)(number->string.size < 40 ? number->string.size : 40);
    return fail(f, RESULT_RANGE, "", "%.*s: must be %.*s", shown, number->string.at, TEXT_ARG(append_view(&a)));
}

result json_get_scaled(const struct json *object, const char *name, bool required, unsigned places, int64_t low,
                       int64_t high, int64_t *out, struct fault *f) {
    return json_get_rounded(object, name, required, JSON_NEAREST, places, low, high, out, f);
}

result json_get_rounded(const struct json *object, const char *name, bool required, enum json_rounding rounding,
                        unsigned places, int64_t low, int64_t high, int64_t *out, struct fault *f) {
    const struct json *m;
    TRY(get(object, name, required, JSON_NUMBER, &m, f));
    return m == NULL ? OK : under(name, f, json_rounded(m, rounding, places, low, high, out, f));
}

result json_scaled(const struct json *number, unsigned places, int64_t low, int64_t high, int64_t *out,
                   struct fault *f) {
    return json_rounded(number, JSON_NEAREST, places, low, high, out, f);
}
