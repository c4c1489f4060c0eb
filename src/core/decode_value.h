/* Reading single values of the schemas of FORMAT.md ("Statements", "Values"): for decode*.c, and for doors that take JSON of their own.
 * Every function names in its fault the member, by a path that its caller prefixes, and the rule. Texts that are kept are copied into
 * the decoder's arena, for the JSON reader is used again. */
#ifndef PARLEY_CORE_DECODE_VALUE_H
#define PARLEY_CORE_DECODE_VALUE_H

#include "core/decode.h"

#define DECODE_ONLY(object, f, ...)                                                                                \
    do {                                                                                                           \
        static const char *const only_[] = {__VA_ARGS__};                                                          \
        TRY(json_only((object), only_, sizeof only_ / sizeof *only_, (f)));                                        \
    } while (0)

#define DECODE_YEAR_S INT64_C(31536000)
#define DECODE_FAR_M INT64_C(10000000)
#define DECODE_TIME_FIRST INT64_C(0)                                     /* 1970-01-01T00:00:00Z */
#define DECODE_TIME_LAST (INT64_C(7258118399) * INT64_C(1000000000))     /* 2199-12-31T23:59:59Z */
#define DECODE_ALTITUDE_LOW_CM (-200000)
#define DECODE_ALTITUDE_HIGH_CM 100000000

/* Puts "/<member>" or "/<member>/<index>" before the fault's field when r failed; returns r. */
result decode_at(struct fault *f, result r, const char *member);
result decode_at_index(struct fault *f, result r, const char *member, uint32_t index);

/* --- decode_value.c --- */
/* json_parse; a fault about the whole document has an empty path, to be prefixed like all others. */
result decode_json(const struct decoder *d, struct text in, enum json_dialect dialect, const struct json **top,
                   struct fault *f);
result decode_room(const struct decoder *d, size_t count, size_t each, void **out, struct fault *f);
result decode_keep(const struct decoder *d, struct text in, struct text *out, struct fault *f);
/* Is the member there at all (null counts)? */
bool decode_has(const struct json *object, const char *name);
result decode_text(const struct decoder *d, const struct json *object, const char *name, bool required, size_t least,
                   size_t longest, struct text *out, struct fault *f);
/* Printable ASCII without space, 1 to 16 characters: callsigns and the like. */
result decode_mark(const struct decoder *d, const struct json *object, const char *name, struct text *out,
                   struct fault *f);
bool decode_is_mark(struct text t);
bool decode_is_identity(struct text t); /* [a-z0-9-]{1,16} */
result decode_name(const struct json *object, const char *name, bool required, struct name *out, struct fault *f);
result decode_party_name(const struct json *object, const char *name, struct name *out, struct fault *f);
result decode_element_name(const struct json *element, struct name *out, struct fault *f);
result decode_id(const struct json *object, const char *name, bool required, struct id *out, struct fault *f);
result decode_entity_text(struct text in, struct entity_ref *out, struct fault *f);
result decode_entity(const struct json *object, const char *name, struct entity_ref *out, struct fault *f);
result decode_word(const struct json *object, const char *name, const char *const *words, size_t count, uint8_t *out,
                   struct fault *f);
result decode_count(const struct json *object, const char *name, bool required, int64_t low, int64_t high,
                    int64_t *out, struct fault *f);
result decode_seconds(const struct json *object, const char *name, bool required, int64_t low_ns, int64_t high_ns,
                      int64_t *out, struct fault *f);
result decode_metres(const struct json *object, const char *name, bool required, int64_t low_m, int64_t high_m,
                     int64_t *cm, struct fault *f);
/* RFC 3339 within 1970 ... 2199. */
result decode_time(const struct json *object, const char *name, bool required, instant *out, struct fault *f);
result decode_readers(const struct json *object, const char *name, struct reader *out, uint32_t *count,
                      struct fault *f);

/* --- decode_volume.c --- */
/* lat and lng, to 1e-7 degree: of an object that has nothing else, and of one whose other members are the caller's. */
result decode_position(const struct json *object, struct position *out, struct fault *f);
result decode_lat_lng(const struct json *object, struct position *out, struct fault *f);
result decode_altitude(const struct json *object, const char *name, struct altitude *out, struct fault *f);
/* `upper`: may be "UNL", which then has the reference of `lower`. */
result decode_band(const struct json *object, struct altitude *lower, struct altitude *upper, struct fault *f);

#endif
