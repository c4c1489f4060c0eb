#include <assert.h>

#include "core/decode_inner.h"

/* --- positions and altitudes --- */

result decode_lat_lng(const struct json *object, struct position *out, struct fault *f) {
    int64_t lat = 0, lng = 0;
    TRY(json_get_scaled(object, "lat", true, 7, -900000000, 900000000, &lat, f));
    TRY(json_get_scaled(object, "lng", true, 7, -1800000000, 1800000000, &lng, f));
    *out = (struct position){.lat = (int32_t)lat, .lon = (int32_t)lng};
    return OK;
}
result decode_position(const struct json *object, struct position *out, struct fault *f) {
    DECODE_ONLY(object, f, "lat", "lng");
    return decode_lat_lng(object, out, f);
}

enum units { UNITS_M, UNITS_FT, UNITS_FL };
static const char *const unit_words[] = {"M", "FT", "FL"};
static const char *const reference_words[] = {
    [ALTITUDE_W84] = "W84", [ALTITUDE_AMSL] = "AMSL", [ALTITUDE_FL] = "FL", [ALTITUDE_SFC] = "SFC"};
_Static_assert(sizeof reference_words / sizeof *reference_words == ALTITUDE_REFERENCES, "a word for each");

/* Half away from zero; |v| * per stays far below 2^63 for every v that json_scaled lets through. */
static int64_t to_cm(int64_t v, int64_t per, int64_t divisor) {
    int64_t product = v * per;
    return (product + (product < 0 ? -divisor / 2 : divisor / 2)) / divisor;
}

static result read_altitude(const struct json *object, struct altitude *out, struct fault *f) {
    DECODE_ONLY(object, f, "value", "reference", "units");
    uint8_t reference = 0, units = 0;
    TRY(decode_word(object, "reference", reference_words, ALTITUDE_REFERENCES, &reference, f));
    TRY(decode_word(object, "units", unit_words, 3, &units, f));
    if ((reference == ALTITUDE_FL) != (units == UNITS_FL))
        return fail(f, RESULT_MALFORMED, "/units", "reference FL has units FL, every other one M or FT");
    int64_t value = 0; /* 1e-4 of the unit: fine enough that a centimetre is not lost in it */
    TRY(json_get_scaled(object, "value", true, 4, -INT64_C(1000000000000), INT64_C(1000000000000), &value, f));
    int64_t cm = units == UNITS_M    ? to_cm(value, 1, 100)
                 : units == UNITS_FT ? to_cm(value, 3048, 1000000)
                                     : to_cm(value, 3048, 10000);
    int64_t low = reference == ALTITUDE_FL || reference == ALTITUDE_SFC ? 0 : DECODE_ALTITUDE_LOW_CM;
    if (cm < low || cm > DECODE_ALTITUDE_HIGH_CM)
        return fail(f, RESULT_RANGE, "/value", "must be from %d m to 1,000,000 m%s", low == 0 ? 0 : -2000,
                    low == 0 ? " with this reference" : "");
    *out = (struct altitude){.cm = (int32_t)cm, .reference = reference};
    return OK;
}

result decode_altitude(const struct json *object, const char *name, struct altitude *out, struct fault *f) {
    const struct json *m = NULL;
    TRY(json_get_object(object, name, true, &m, f));
    return decode_at(f, read_altitude(m, out, f), name);
}

result decode_band(const struct json *object, struct altitude *lower, struct altitude *upper, struct fault *f) {
    TRY(decode_altitude(object, "lower", lower, f));
    const struct json *m = json_member(object, "upper");
    if (m != NULL && m->kind == JSON_STRING && text_is(m->string, "UNL")) {
        *upper = (struct altitude){.cm = ALTITUDE_UNLIMITED, .reference = lower->reference};
        return OK;
    }
    if (m != NULL && m->kind == JSON_STRING)
        return fail(f, RESULT_MALFORMED, "/upper", "must be an altitude or \"UNL\"");
    TRY(decode_altitude(object, "upper", upper, f));
    if (lower->reference == upper->reference && lower->cm > upper->cm)
        return fail(f, RESULT_RANGE, "/upper", "must not be below lower");
    if (!altitude_band_ordered(lower, upper))
        return fail(f, RESULT_RANGE, "/upper", "%.2f m %s must not be below lower, %.2f m %s: no weather and no ground makes it higher", upper->cm / 100.0, reference_words[upper->reference],
                    lower->cm / 100.0, reference_words[lower->reference]);
    return OK;
}

/* --- shapes --- */

static result read_positions(const struct decoder *d, const struct json *object, const char *name, uint32_t least,
                             struct shape *out, struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(object, name, true, LIMIT_VERTICES, &list, f));
    if (list->count < least)
        return decode_at(f, fail(f, RESULT_RANGE, "", "%u positions; at least %u", list->count, least), name);
    void *room;
    TRY(decode_room(d, list->count, sizeof(struct position), &room, f));
    struct position *at = room;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++)
        TRY(decode_at_index(f, decode_position(e, &at[n], f), name, n));
    out->at = at;
    out->count = n;
    return OK;
}

static result read_circle(const struct decoder *d, const struct json *circle, struct shape *out, struct fault *f) {
    DECODE_ONLY(circle, f, "center", "radius_m");
    const struct json *center = NULL;
    TRY(json_get_object(circle, "center", true, &center, f));
    void *room;
    TRY(decode_room(d, 1, sizeof(struct position), &room, f));
    TRY(decode_at(f, decode_position(center, room, f), "center"));
    TRY(json_get_scaled(circle, "radius_m", true, 2, 1, INT64_C(2000000000), &out->reach_cm, f));
    *out = (struct shape){.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = out->reach_cm, .at = room};
    return OK;
}

/* Half of the width, rounded up: the safe side of a centimetre. */
static result read_width(const struct json *object, int64_t *half_cm, struct fault *f) {
    int64_t width = 0;
    TRY(json_get_scaled(object, "width_m", true, 2, 1, INT64_C(4000000000), &width, f));
    *half_cm = (width + 1) / 2;
    return OK;
}

static result read_corridor(const struct decoder *d, const struct json *corridor, struct shape *out, struct fault *f) {
    DECODE_ONLY(corridor, f, "path", "width_m");
    TRY(read_positions(d, corridor, "path", 1, out, f));
    out->kind = SHAPE_CORRIDOR;
    return read_width(corridor, &out->reach_cm, f);
}

static result read_shape(const struct decoder *d, const struct json *volume, struct shape *out, struct fault *f) {
    bool polygon = json_member(volume, "polygon") != NULL, circle = json_member(volume, "circle") != NULL;
    bool corridor = json_member(volume, "corridor") != NULL;
    if (polygon + circle + corridor != 1)
        return fail(f, RESULT_MALFORMED, "", "must have exactly one of polygon, circle and corridor");
    if (polygon) {
        out->kind = SHAPE_POLYGON;
        return read_positions(d, volume, "polygon", 3, out, f);
    }
    const struct json *inner = NULL;
    const char *name = circle ? "circle" : "corridor";
    TRY(json_get_object(volume, name, true, &inner, f));
    return decode_at(f, circle ? read_circle(d, inner, out, f) : read_corridor(d, inner, out, f), name);
}

/* Refuses what means nothing, and cuts long edges. `scratch`: LIMIT_VERTICES positions, used again for each volume. */
static result settle_shape(const struct decoder *d, struct shape *s, struct position *scratch, struct fault *f) {
    TRY(shape_check(s, f));
    uint32_t count = 0;
    TRY(shape_cut(s, scratch, LIMIT_VERTICES, &count, f));
    if (count == s->count) return OK; /* nothing was cut */
    void *room;
    TRY(decode_room(d, count, sizeof *scratch, &room, f));
    memcpy(room, scratch, count * sizeof *scratch);
    s->at = room;
    s->count = count;
    return OK;
}

/* --- volumes --- */

static result read_volume(const struct decoder *d, const struct json *object, bool timeless, struct position *scratch,
                          struct volume *out, struct fault *f) {
    if (object->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, "", "must be an object");
    if (decode_has(object, "holes"))
        return fail(f, RESULT_UNSUPPORTED, "/holes",
                    "holes are not supported: leave them out, the whole outline is the safe side");
    DECODE_ONLY(object, f, "polygon", "circle", "corridor", "lower", "upper", "start", "end");
    *out = (struct volume){.start = DECODE_TIME_FIRST, .end = DECODE_TIME_LAST};
    TRY(read_shape(d, object, &out->shape, f));
    TRY(decode_band(object, &out->lower, &out->upper, f));
    TRY(decode_time(object, "start", !timeless, &out->start, f));
    TRY(decode_time(object, "end", !timeless, &out->end, f));
    if (out->start > out->end) return fail(f, RESULT_RANGE, "/end", "must not be before start");
    return settle_shape(d, &out->shape, scratch, f);
}

result decode_volumes(const struct decoder *d, const struct json *object, uint32_t least, bool timeless,
                      const struct volume **out, uint32_t *count, struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(object, "volumes", true, LIMIT_VOLUMES, &list, f));
    if (list->count < least) return fail(f, RESULT_RANGE, "/volumes", "at least %u volume", least);
    void *room;
    struct position scratch[LIMIT_VERTICES];
    TRY(decode_at(f, decode_room(d, list->count, sizeof(struct volume), &room, f), "volumes"));
    struct volume *at = room;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++)
        TRY(decode_at_index(f, read_volume(d, e, timeless, scratch, &at[n], f), "volumes", n));
    *out = at;
    *count = n;
    return OK;
}

/* --- routes --- */

struct route {
    int64_t half_cm, height_cm, time_ns;
};
struct point {
    struct position at;
    instant time;
    struct altitude altitude;
};

static result read_point(const struct json *object, struct point *out, struct fault *f) {
    DECODE_ONLY(object, f, "lat", "lng", "time", "altitude");
    int64_t lat = 0, lng = 0;
    TRY(json_get_scaled(object, "lat", true, 7, -900000000, 900000000, &lat, f));
    TRY(json_get_scaled(object, "lng", true, 7, -1800000000, 1800000000, &lng, f));
    out->at = (struct position){.lat = (int32_t)lat, .lon = (int32_t)lng};
    TRY(decode_time(object, "time", true, &out->time, f));
    return decode_altitude(object, "altitude", &out->altitude, f);
}

static int32_t clamp_altitude(int64_t cm, uint8_t reference) {
    int64_t low = reference == ALTITUDE_FL || reference == ALTITUDE_SFC ? 0 : DECODE_ALTITUDE_LOW_CM;
    if (cm < low) return (int32_t)low;
    return cm > DECODE_ALTITUDE_HIGH_CM ? DECODE_ALTITUDE_HIGH_CM : (int32_t)cm;
}

static instant clamp_time(instant t) {
    return t < DECODE_TIME_FIRST ? DECODE_TIME_FIRST : t > DECODE_TIME_LAST ? DECODE_TIME_LAST : t;
}

static result leg_volume(const struct decoder *d, const struct route *r, const struct point *from,
                         const struct point *to, struct position *scratch, struct volume *out, struct fault *f) {
    if (from->altitude.reference != to->altitude.reference)
        return fail(f, RESULT_MALFORMED, "/altitude/reference", "must be that of the point before");
    if (to->time <= from->time) return fail(f, RESULT_RANGE, "/time", "must be after that of the point before");
    void *room;
    bool turns = from->at.lat != to->at.lat || from->at.lon != to->at.lon; /* else it holds where it is */
    TRY(decode_room(d, 2, sizeof(struct position), &room, f));
    struct position *ends = room;
    ends[0] = from->at;
    ends[1] = to->at;
    uint8_t reference = from->altitude.reference;
    int64_t low = from->altitude.cm, high = to->altitude.cm;
    if (low > high) low = to->altitude.cm, high = from->altitude.cm;
    *out = (struct volume){
        .shape = {.kind = SHAPE_CORRIDOR, .count = turns ? 2 : 1, .reach_cm = r->half_cm, .at = ends},
        .lower = {.cm = clamp_altitude(low - r->height_cm, reference), .reference = reference},
        .upper = {.cm = clamp_altitude(high + r->height_cm, reference), .reference = reference},
        .start = clamp_time(from->time - r->time_ns),
        .end = clamp_time(to->time + r->time_ns),
    };
    return settle_shape(d, &out->shape, scratch, f);
}

result decode_route(const struct decoder *d, const struct json *object, const struct volume **out, uint32_t *count,
                    struct fault *f) {
    DECODE_ONLY(object, f, "width_m", "height_m", "time_s", "points");
    struct route r = {0};
    TRY(read_width(object, &r.half_cm, f));
    TRY(decode_metres(object, "height_m", false, 0, 1000000, &r.height_cm, f));
    TRY(decode_seconds(object, "time_s", false, 0, DECODE_YEAR_S * INSTANT_SECOND, &r.time_ns, f));
    const struct json *list = NULL;
    TRY(json_get_array(object, "points", true, LIMIT_ROUTE_POINTS, &list, f));
    if (list->count < 2) return fail(f, RESULT_RANGE, "/points", "at least 2 points");
    void *room;
    struct position scratch[LIMIT_VERTICES];
    TRY(decode_room(d, list->count - 1, sizeof(struct volume), &room, f));
    struct volume *at = room;
    struct point last = {{0}, 0, {0}}, point = last;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        TRY(decode_at_index(f, read_point(e, &point, f), "points", n));
        if (n > 0) TRY(decode_at_index(f, leg_volume(d, &r, &last, &point, scratch, &at[n - 1], f), "points", n));
        last = point;
    }
    assert(n == list->count);
    *out = at;
    *count = n - 1;
    return OK;
}
