/* The JSON door. Reading is simdjson behind this header (json.cpp is the only C++ of the tree); the rules of FORMAT.md,
 * "JSON", are checked by our own scan of the bytes before (numbers, escapes, forbidden characters, depth), so that a fault
 * can name place and rule, and two readers must agree on every document. Two dialects:
 *   JSON_PARLEY  FORMAT.md: statements, sections. Between tokens only spaces and line feeds.
 *   JSON_OPEN    RFC 8259 as other doors need it: exponents and all escapes allowed.
 * Refused in both: what is no JSON (NaN, comments, trailing commas, a second value), a byte order mark, bytes that are no
 * UTF-8, lone surrogates, duplicate names (compared unescaped), depth over 8 / 32, numbers beyond a double's range, and
 * integers (no point, no exponent) beyond -2^63 .. 2^64-1.
 * A document owns its nodes and texts; they are valid until the next json_parse of the same reader. */
#ifndef PARLEY_BASE_JSON_H
#define PARLEY_BASE_JSON_H

#include "base/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

enum json_dialect { JSON_PARLEY, JSON_OPEN };
enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_reader; /* reusable parser memory */
/* Takes all its memory now (address space; pages are used as documents need them): at most 50 bytes per byte of the largest
 * document, which is under 2 GiB. NULL without memory. For one thread at a time. */
struct json_reader *json_reader_new(size_t largest_document);
void json_reader_free(struct json_reader *r);

struct json {             /* a flat array in document order; children follow their parent */
    enum json_kind kind;
    bool boolean;
    struct text name;     /* of a member, unescaped; empty in arrays and at the top */
    struct text string;   /* JSON_STRING: unescaped. JSON_NUMBER: the digits as they stand in the document */
    double number;        /* JSON_NUMBER: correctly rounded */
    uint32_t count;       /* children */
    uint32_t next;        /* nodes to skip to the next sibling: node + node->next */
};
/* `*top` is the first node; for JSON_PARLEY it is an object. Depth limit 8 / 32. Errors: too-large
 * beyond the largest document; malformed with byte offset and rule, the field being the path to it ("/" at the top). */
result json_parse(struct json_reader *r, struct text in, enum json_dialect dialect, const struct json **top,
                  struct fault *f);

/* --- walking; all total: NULL in, NULL out --- */
const struct json *json_first(const struct json *container);             /* NULL when empty */
const struct json *json_next(const struct json *container, const struct json *child);
const struct json *json_member(const struct json *object, const char *name); /* NULL when absent or null */

/* --- members with a schema. A reader that consumed all members it knows calls json_only: an unknown member is an
 * error that names it. Field paths in faults are "/name". `required` false: absent or null leaves *out as it was.
 * Errors: malformed (missing, wrong kind, wrong form), range, too-large (`longest` in bytes, `most` in elements). --- */
result json_only(const struct json *object, const char *const *names, size_t count, struct fault *f);
result json_get_text(const struct json *object, const char *name, bool required, size_t longest, struct text *out,
                     struct fault *f);
result json_get_bool(const struct json *object, const char *name, bool required, bool *out, struct fault *f);
/* The number times 10^places, which must be within [low, high]; more digits than `places` are rounded half away from zero
 * on the decimal text, never through a double. */
result json_get_scaled(const struct json *object, const char *name, bool required, unsigned places, int64_t low,
                       int64_t high, int64_t *out, struct fault *f);
result json_scaled(const struct json *number, unsigned places, int64_t low, int64_t high, int64_t *out,
                   struct fault *f);
/* Rounded to one side, for bounds that must not shrink: JSON_DOWN to minus infinity, JSON_UP to plus infinity. */
enum json_rounding { JSON_NEAREST, JSON_DOWN, JSON_UP };
result json_rounded(const struct json *number, enum json_rounding rounding, unsigned places, int64_t low, int64_t high,
                    int64_t *out, struct fault *f);
result json_get_rounded(const struct json *object, const char *name, bool required, enum json_rounding rounding,
                        unsigned places, int64_t low, int64_t high, int64_t *out, struct fault *f);
result json_get_instant(const struct json *object, const char *name, bool required, int64_t *out, struct fault *f);
result json_get_hex(const struct json *object, const char *name, bool required, void *to, size_t size, struct fault *f);
result json_get_array(const struct json *object, const char *name, bool required, size_t most,
                      const struct json **out, struct fault *f);
result json_get_object(const struct json *object, const char *name, bool required, const struct json **out,
                       struct fault *f);

#ifdef __cplusplus
}
#endif
#endif
