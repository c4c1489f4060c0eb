/* Where and when, as F3548-21 and F3411-22a write it (Volume4D). What cannot be kept exactly grows: heights are rounded outward to the centimetre, radii up,
 * times outward to the nanosecond. */
#include "core/dss_decode.h"

/* --- outlines --- */

/* geo/shape.h calls a vertex "/polygon/3": the caller knows the name that it came under. */
static result bare(struct fault *f, result r) {
    static const char *const own[] = {"/polygon", "/corridor/path"};
    for (size_t i = 0; !result_is_ok(r) && f != NULL && i < 2; i++) {
        size_t n = strlen(own[i]);
        if (strncmp(f->field, own[i], n) == 0) memmove(f->field, f->field + n, strlen(f->field + n) + 1);
    }
    return r;
}

/* Long edges become points of the geodesic, as in every shape of the tables. */
static result cut(const struct decoder *d, struct shape *s, struct fault *f) {
    struct position scratch[LIMIT_VERTICES];
    uint32_t count = 0;
    TRY(bare(f, shape_cut(s, scratch, LIMIT_VERTICES, &count, f)));
    if (count == s->count) return OK;
    void *room;
    TRY(decode_room(d, count, sizeof *scratch, &room, f));
    memcpy(room, scratch, count * sizeof *scratch);
    s->at = room;
    s->count = count;
    return OK;
}

result dss_ring(const struct decoder *d, const struct position *at, uint32_t count, const struct dss_rules *rules, struct shape *out, struct fault *f) {
    double area = 0.0;
    *out = (struct shape){.kind = SHAPE_POLYGON, .count = count, .at = at};
    TRY(bare(f, shape_measure(out, &area, f)));
    if (area > (double)LIMIT_DSS_AREA_M2 * (1.0 + DSS_AREA_ROUNDOFF))
        return fail(f, rules->too_large, "", "%lld km2; at most %d km2", (long long)(area / 1e6), (int)(LIMIT_DSS_AREA_M2 / 1000000));
    if (area == 0.0 && !rules->flat) return fail(f, RESULT_MALFORMED, "", "the outline of %u vertices encloses no area", count);
    if (area == 0.0) *out = (struct shape){.kind = SHAPE_CORRIDOR, .count = count, .reach_cm = 1, .at = at};
    return cut(d, out, f);
}

result dss_get_ring(const struct decoder *d, const struct json *object, const char *name, const struct dss_rules *rules, struct shape *out, struct fault *f) {
    const struct json *list = NULL;
    void *room;
    TRY(json_get_array(object, name, true, LIMIT_VERTICES, &list, f));
    TRY(decode_at(f, decode_room(d, list->count, sizeof(struct position), &room, f), name));
    struct position *at = room;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++)
        TRY(decode_at_index(f, decode_lat_lng(e, &at[n], f), name, n));
    return decode_at(f, dss_ring(d, at, n, rules, out, f), name);
}

/* --- circles --- */

static const char *const metres[] = {"M"};

#define RADIUS_MOST_CM INT64_C(2000000000) /* nearly the whole earth: what our geometry computes with */
static result read_radius(const struct json *object, const struct dss_rules *rules, int64_t *cm, struct fault *f) {
    uint8_t units;
    TRY(dss_get_word(object, "units", metres, 1, false, &units, f));
    /* Rounded up, so that 0 is what is not more than 0. */
    result r = json_get_rounded(object, "value", true, JSON_UP, 2, 1, RADIUS_MOST_CM, cm, f);
    if (r.code != RESULT_RANGE || json_member(object, "value")->number <= 1.0) return r;
    f->code = rules->too_large; /* as any outline that is too large */
    return result_of(rules->too_large);
}

static result read_circle(const struct decoder *d, const struct json *circle, const struct dss_rules *rules, struct shape *out, struct fault *f) {
    const struct json *center = NULL, *radius = NULL;
    void *room;
    TRY(json_get_object(circle, "center", true, &center, f));
    TRY(json_get_object(circle, "radius", true, &radius, f));
    TRY(decode_room(d, 1, sizeof(struct position), &room, f));
    *out = (struct shape){.kind = SHAPE_CIRCLE, .count = 1, .at = room};
    TRY(decode_at(f, decode_lat_lng(center, room, f), "center"));
    return decode_at(f, read_radius(radius, rules, &out->reach_cm, f), "radius");
}

/* --- volumes --- */

static result read_outline(const struct decoder *d, const struct json *volume, const struct dss_rules *rules, struct shape *out, struct fault *f) {
    const struct json *polygon = NULL, *circle = NULL;
    TRY(json_get_object(volume, "outline_polygon", false, &polygon, f));
    TRY(json_get_object(volume, "outline_circle", false, &circle, f));
    if ((polygon != NULL) == (circle != NULL))
        return fail(f, RESULT_MALFORMED, "", "has %s outline_polygon and outline_circle; exactly one of them is the outline", polygon != NULL ? "both" : "neither of");
    if (polygon != NULL) return decode_at(f, dss_get_ring(d, polygon, "vertices", rules, out, f), "outline_polygon");
    return decode_at(f, read_circle(d, circle, rules, out, f), "outline_circle");
}

static result read_altitude(const struct json *object, bool up, int32_t *out, struct fault *f) {
    static const char *const references[] = {"W84"};
    uint8_t word;
    int64_t cm = 0;
    TRY(dss_get_word(object, "reference", references, 1, false, &word, f));
    TRY(dss_get_word(object, "units", metres, 1, false, &word, f));
    TRY(json_get_rounded(object, "value", true, up ? JSON_UP : JSON_DOWN, 2, -800000, 10000000, &cm, f)); /* utm.yaml: -8000 to 100000 m */
    *out = (int32_t)cm;
    return OK;
}

static result get_altitude(const struct json *volume, const char *name, bool required, bool up, bool *has, int32_t *out, double *exact, struct fault *f) {
    const struct json *m = NULL;
    TRY(json_get_object(volume, name, required, &m, f));
    *has = m != NULL;
    if (m == NULL) return OK;
    TRY(decode_at(f, read_altitude(m, up, out, f), name));
    *exact = json_member(m, "value")->number;
    return OK;
}

result dss_space(const struct decoder *d, const struct json *volume, const struct dss_rules *rules, struct shape *shape, struct dss_extent *out, struct fault *f) {
    double lower = 0.0, upper = 0.0; /* as they came: rounding outward would hide that one is a little above the other */
    TRY(read_outline(d, volume, rules, shape, f));
    TRY(get_altitude(volume, "altitude_lower", rules->heights, false, &out->has_lower, &out->lower_cm, &lower, f));
    TRY(get_altitude(volume, "altitude_upper", rules->heights, true, &out->has_upper, &out->upper_cm, &upper, f));
    if (rules->ordered && out->has_lower && out->has_upper && lower > upper)
        return fail(f, RESULT_RANGE, "/altitude_upper/value", "%.*s m is below altitude_lower, %.*s m", DSS_SHOWN(json_member(json_member(volume, "altitude_upper"), "value")->string),
                    DSS_SHOWN(json_member(json_member(volume, "altitude_lower"), "value")->string));
    out->shapes = shape;
    out->count = 1;
    return OK;
}

static result read_volume(const struct decoder *d, const struct json *object, const struct dss_rules *rules, struct shape *shape, struct dss_extent *out, struct fault *f) {
    const struct json *volume = NULL;
    *out = (struct dss_extent){0};
    TRY(json_get_object(object, "volume", true, &volume, f));
    TRY(decode_at(f, dss_space(d, volume, rules, shape, out, f), "volume"));
    TRY(dss_get_time(object, "time_start", rules->times, false, &out->has_start, &out->start, f));
    TRY(dss_get_time(object, "time_end", rules->times, true, &out->has_end, &out->end, f));
    if (out->has_start && out->has_end && out->start > out->end)
        return fail(f, RESULT_RANGE, "/time_end/value", "'%.*s' is before time_start, '%.*s'", DSS_SHOWN(json_member(json_member(object, "time_end"), "value")->string),
                    DSS_SHOWN(json_member(json_member(object, "time_start"), "value")->string));
    return OK;
}

result dss_volume(const struct decoder *d, const struct json *object, const struct dss_rules *rules, struct dss_extent *out, struct fault *f) {
    void *shape;
    TRY(decode_room(d, 1, sizeof(struct shape), &shape, f));
    return read_volume(d, object, rules, shape, out, f);
}

/* What one of them leaves open is open. */
static void merge(struct dss_extent *all, const struct dss_extent *one) {
    all->has_lower = all->has_lower && one->has_lower;
    all->has_upper = all->has_upper && one->has_upper;
    all->has_start = all->has_start && one->has_start;
    all->has_end = all->has_end && one->has_end;
    if (one->lower_cm < all->lower_cm) all->lower_cm = one->lower_cm;
    if (one->upper_cm > all->upper_cm) all->upper_cm = one->upper_cm;
    if (one->start < all->start) all->start = one->start;
    if (one->end > all->end) all->end = one->end;
}

static void forget_what_is_open(struct dss_extent *e) {
    if (!e->has_lower) e->lower_cm = 0;
    if (!e->has_upper) e->upper_cm = 0;
    if (!e->has_start) e->start = 0;
    if (!e->has_end) e->end = 0;
}

result dss_get_volumes(const struct decoder *d, const struct json *object, const char *name, const struct dss_rules *rules, struct dss_extent *out, struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(object, name, true, LIMIT_VOLUMES, &list, f));
    if (list->count == 0) return decode_at(f, fail(f, RESULT_MALFORMED, "", "is empty; at least 1 volume"), name);
    void *room;
    TRY(decode_at(f, decode_room(d, list->count, sizeof(struct shape), &room, f), name));
    struct shape *shapes = room;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        struct dss_extent one;
        TRY(decode_at_index(f, read_volume(d, e, rules, &shapes[n], &one, f), name, n));
        if (n == 0) *out = one;
        else merge(out, &one);
    }
    out->shapes = shapes;
    out->count = n;
    forget_what_is_open(out);
    return OK;
}
