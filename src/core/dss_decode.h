/* Internal to dss_decode*.c: what the doors of F3548 and F3411 read alike. As everywhere in decoding, a fault's path is relative and its caller prefixes it;
 * texts that are kept are copied into the arena. Here unknown members are passed over and null is absent. */
#ifndef PARLEY_CORE_DSS_DECODE_H
#define PARLEY_CORE_DSS_DECODE_H

#include "core/decode_value.h"
#include "core/dss.h"

/* ---- dss_decode.c, dss_decode_rid.c: by door. `out` has everything of the call and the route; id and version are set ---- */
typedef result dss_decode_door(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f);
dss_decode_door dss_decode_rid;
/* The body as one JSON object; MALFORMED when it is missing, TOO_LARGE over LIMIT_BODY_BYTES. */
result dss_body(const struct decoder *d, const struct dss_call *c, const struct json **top, struct fault *f);

/* ---- dss_decode_value.c: values ---- */
/* %XX undone; the result is UTF-8. */
result dss_unescape(const struct decoder *d, struct text in, struct text *out, struct fault *f);
/* A UUID of that version (4 or 7), any case. */
result dss_uuid(struct text in, int version, struct id *out, struct fault *f);
result dss_get_uuid(const struct json *object, const char *name, bool required, int version, bool *has, struct id *out, struct fault *f);
/* An https URL, or any http(s) one when `plain_http`. Kept as it came. */
result dss_get_url(const struct decoder *d, const struct json *object, const char *name, bool plain_http, struct text *out, struct fault *f);
/* RFC 3339 with any offset and fraction; what is finer than a nanosecond goes down (a start) or up (an end). */
result dss_time(struct text in, bool up, instant *out, struct fault *f);
/* {"value":"…","format":"RFC3339"}; *has false when it is absent. */
result dss_get_time(const struct json *object, const char *name, bool required, bool up, bool *has, instant *out, struct fault *f);
/* Must be one of the words; `any_case`: letters of any case. */
result dss_get_word(const struct json *object, const char *name, const char *const *words, uint32_t count, bool any_case, uint8_t *out, struct fault *f);
/* The text is UTF-8 of 1 to `longest` bytes. */
result dss_plain_text(struct text in, size_t longest, const char *field, struct fault *f);
/* How much of a text a message shows, for "%.*s". */
#define DSS_SHOWN(t) (int)((t).size < 60 ? (t).size : 60), (t).at

/* ---- dss_decode_volume.c: where and when ---- */
#define DSS_AREA_ROUNDOFF 2e-6 /* of an area at the limit: coordinates are on a grid of a centimetre */
struct dss_rules {
    enum result_code too_large; /* of a polygon over LIMIT_DSS_AREA_M2, a circle of over 20,000 km */
    bool flat;                  /* vertices on a line are taken as that line (F3411); else refused */
    bool heights, times;        /* must be there */
    bool ordered;               /* an upper height below the lower one is refused (F3548) */
};
/* A polygon of positions in the arena: judged by the rules, its long edges cut. A fault's path is "" or "/<index of a vertex>". */
result dss_ring(const struct decoder *d, const struct position *at, uint32_t count, const struct dss_rules *rules, struct shape *out, struct fault *f);
/* The array of positions that is the member `name`, as a polygon. */
result dss_get_ring(const struct decoder *d, const struct json *object, const char *name, const struct dss_rules *rules, struct shape *out, struct fault *f);
/* Of a volume in space ("outline_polygon", "outline_circle", "altitude_lower", "altitude_upper": F3548, F3411-22a) into the shape and the heights of `out`. */
result dss_space(const struct decoder *d, const struct json *volume, const struct dss_rules *rules, struct shape *shape, struct dss_extent *out, struct fault *f);
/* With "time_start" and "time_end": one volume of one shape. */
result dss_volume(const struct decoder *d, const struct json *object, const struct dss_rules *rules, struct dss_extent *out, struct fault *f);
/* The member `name`, an array of volumes, merged. */
result dss_get_volumes(const struct decoder *d, const struct json *object, const char *name, const struct dss_rules *rules, struct dss_extent *out, struct fault *f);

#endif
