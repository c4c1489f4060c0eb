#include "geo/shape.h"

#include "base/limits.h"
#include "geo/angle.h"
#include "geo/ring.h"

#include <string.h>

#define SHAPE_AREA_RADIUS 6371010.0 /* F3548 deployments judge areas on this sphere */
#define SHAPE_REACH_MOST 2000000000 /* 20,000 km in cm */
#define SHAPE_CUT 500000.0          /* metres */
#define SHAPE_CROSSING 1e-12        /* radians, 6 micrometres: edges that only touch do not cross */
#define SHAPE_EDGE_CHORD2 3.9696    /* (2 sin 85 degrees)^2 */

static void field_of(const struct shape *s, uint32_t i, char field[64]) {
    static const char *const starts[] = {"/circle/center", "/polygon/", "/corridor/path/"};
    const char *start = starts[s->kind == SHAPE_CIRCLE ? 0 : s->kind == SHAPE_POLYGON ? 1 : 2];
    size_t n = strlen(start), digits = 1;
    memcpy(field, start, n + 1);
    if (s->kind == SHAPE_CIRCLE) return;
    for (uint32_t v = i; v >= 10; v /= 10) digits++;
    field[n + digits] = '\0';
    for (; digits > 0; digits--, i /= 10) field[n + digits - 1] = (char)('0' + i % 10);
}

/* Degrees as text without a double: printf's decimal point depends on the locale. */
static result fail_degrees(struct fault *f, const char *field, const char *what, int32_t e7, int most) {
    int64_t size = e7 < 0 ? -(int64_t)e7 : e7;
    return fail(f, RESULT_RANGE, field, "%s %s%d.%07d; from -%d to %d", what, e7 < 0 ? "-" : "", (int)(size / 10000000),
                (int)(size % 10000000), most, most);
}

static result check_count(const struct shape *s, struct fault *f) {
    switch (s->kind) {
    case SHAPE_CIRCLE:
        if (s->count != 1) return fail(f, RESULT_MALFORMED, "/circle", "a circle has one center, not %u", s->count);
        return OK;
    case SHAPE_POLYGON:
        if (s->count < 3)
            return fail(f, RESULT_MALFORMED, "/polygon", "%u vertices; a polygon has at least 3", s->count);
        if (s->count > LIMIT_VERTICES)
            return fail(f, RESULT_TOO_LARGE, "/polygon", "%u vertices; at most %u", s->count, LIMIT_VERTICES);
        return OK;
    case SHAPE_CORRIDOR:
        if (s->count < 1) return fail(f, RESULT_MALFORMED, "/corridor/path", "a path has at least 1 point");
        if (s->count > LIMIT_VERTICES)
            return fail(f, RESULT_TOO_LARGE, "/corridor/path", "%u points; at most %u", s->count, LIMIT_VERTICES);
        return OK;
    default: return fail(f, RESULT_UNSUPPORTED, "", "shape kind %u is not one of circle, polygon, corridor", s->kind);
    }
}

static result check_reach(const struct shape *s, struct fault *f) {
    bool circle = s->kind == SHAPE_CIRCLE;
    const char *field = circle ? "/circle/radius_m" : "/corridor/width_m";
    if (s->kind == SHAPE_POLYGON) {
        if (s->reach_cm != 0) return fail(f, RESULT_MALFORMED, "/polygon", "a polygon has no reach of its own");
        return OK;
    }
    if (s->reach_cm <= 0 || s->reach_cm > SHAPE_REACH_MOST)
        return fail(f, RESULT_RANGE, field, "%s of %lld cm; more than 0 and at most 20,000 km",
                    circle ? "radius" : "half width", (long long)s->reach_cm);
    return OK;
}

static result check_positions(const struct shape *s, struct fault *f) {
    for (uint32_t i = 0; i < s->count; i++) {
        const struct position *p = &s->at[i];
        if (p->lat >= -900000000 && p->lat <= 900000000 && p->lon >= -1800000000 && p->lon <= 1800000000) continue;
        char field[64];
        field_of(s, i, field);
        if (p->lat < -900000000 || p->lat > 900000000)
            return fail_degrees(f, field, "latitude", p->lat, 90);
        return fail_degrees(f, field, "longitude", p->lon, 180);
    }
    return OK;
}

/* A ring that comes back to a vertex along the same edge is how some write a hole: outline, bridge, hole, bridge. */
static bool bridge_between(const struct shape *s, uint32_t i, uint32_t j) {
    uint32_t n = s->count;
    const struct position *at = s->at;
    return ring_same_place(&at[(i + 1) % n], &at[(j + n - 1) % n]) || ring_same_place(&at[(i + n - 1) % n], &at[(j + 1) % n]);
}

static result check_repeats(const struct shape *s, struct fault *f) {
    bool ring = s->kind == SHAPE_POLYGON;
    char field[64];
    for (uint32_t i = 1; i < s->count; i++) {
        if (!ring_same_place(&s->at[i - 1], &s->at[i])) continue;
        field_of(s, i, field);
        return fail(f, RESULT_MALFORMED, field, "repeats point %u", i - 1);
    }
    if (!ring || !ring_repeats(s->at, s->count)) return OK;
    for (uint32_t i = 0; i + 1 < s->count; i++) /* which ones, and how */
        for (uint32_t j = i + 2; j < s->count; j++) {
            if (!ring_same_place(&s->at[i], &s->at[j])) continue;
            field_of(s, j, field);
            bool neighbours = i == 0 && j == s->count - 1;
            if (!neighbours && j - i >= 3 && s->count - (j - i) >= 3 && bridge_between(s, i, j))
                return fail(f, RESULT_UNSUPPORTED, field,
                            "the outline comes back along its own edge to point %u, as around a hole; holes are not "
                            "supported: file the outline without them", i);
            return fail(f, RESULT_MALFORMED, field, "repeats point %u", i);
        }
    return OK;
}

static result check_edges(const struct shape *s, struct fault *f) {
    uint32_t edges = s->kind == SHAPE_POLYGON ? s->count : s->count - 1;
    if (s->count < 2) return OK;
    struct vec a = earth_unit(&s->at[0]);
    for (uint32_t i = 0; i < edges; i++) {
        struct vec b = earth_unit(&s->at[(i + 1) % s->count]), d = vec_sub(b, a);
        a = b;
        if (vec_dot(d, d) < SHAPE_EDGE_CHORD2) continue;
        char field[64];
        field_of(s, i, field);
        return fail(f, RESULT_RANGE, field, "the edge from here is 170 degrees or more: which way round is not sure");
    }
    return OK;
}

static double ring_area(const struct outline *o) {
    if (!o->hemisphere) return o->area;
    /* Seen from one of its own vertices nothing lies opposite, and small triangles keep their digits. */
    double area = outline_area_from(o, outline_vertex(o, 0));
    return area < 0.0 ? -area : area;
}

/* `area` in square metres; 0 when the outline is thinner than the grid of coordinates. */
static result check_ring(const struct shape *s, double *area, struct fault *f) {
    struct outline o;
    uint32_t which[2];
    outline_make(&o, s);
    if (ring_crosses(&o, SHAPE_CROSSING, which)) {
        char field[64];
        field_of(s, which[0], field);
        return fail(f, RESULT_MALFORMED, field, "the edge from here crosses the edge from point %u", which[1]);
    }
    double sphere = 4.0 * ANGLE_PI * SHAPE_AREA_RADIUS * SHAPE_AREA_RADIUS, length = 0.0;
    *area = ring_area(&o) * (SHAPE_AREA_RADIUS * SHAPE_AREA_RADIUS);
    for (uint32_t i = 0; i < o.edges; i++)
        length += SHAPE_AREA_RADIUS * vec_length(vec_sub(outline_vertex(&o, i + 1), outline_vertex(&o, i)));
    if (*area <= 0.001 * length) *area = 0.0;
    if (*area > sphere * (0.5 - 1e-7))
        return fail(f, RESULT_MALFORMED, "/polygon", "the outline halves the earth: which half is meant is not sure");
    return OK;
}

static result check_form(const struct shape *s, struct fault *f) {
    TRY(check_count(s, f));
    TRY(check_reach(s, f));
    TRY(check_positions(s, f));
    TRY(check_repeats(s, f));
    return check_edges(s, f);
}

result shape_measure(const struct shape *s, double *area, struct fault *f) {
    TRY(check_form(s, f));
    if (s->kind == SHAPE_POLYGON) return check_ring(s, area, f);
    *area = shape_area(s);
    return OK;
}

result shape_check(const struct shape *s, struct fault *f) {
    double area;
    TRY(check_form(s, f));
    if (s->kind != SHAPE_POLYGON) return OK;
    TRY(check_ring(s, &area, f));
    return area > 0.0 ? OK : fail(f, RESULT_MALFORMED, "/polygon", "the outline encloses no area");
}

/* --- cutting long edges --- */

struct cut {
    struct position *out;
    uint32_t room, count;
};

static bool cut_put(struct cut *c, struct position p) {
    if (c->count == c->room) return false;
    c->out[c->count++] = p;
    return true;
}

/* a, then the points between a and b; b belongs to the next edge. */
static bool cut_edge(struct cut *c, const struct position *a, const struct position *b) {
    struct turn azimuth;
    if (!cut_put(c, *a)) return false;
    /* On the sphere first: what is well below the limit is so on the ellipsoid, and costs no geodesic. */
    struct vec d = vec_sub(earth_unit(a), earth_unit(b));
    if (vec_dot(d, d) * EARTH_CURVE_GREATEST * EARTH_CURVE_GREATEST < 0.98 * SHAPE_CUT * SHAPE_CUT) return true;
    double length = earth_inverse(a, b, &azimuth);
    int64_t pieces = angle_ceil((length - 0.1) / SHAPE_CUT); /* 0.1 m: what was cut once is not cut again */
    for (int64_t i = 1; i < pieces; i++) {
        struct vec at = earth_direct(a, &azimuth, length * ((double)i / (double)pieces));
        if (!cut_put(c, earth_position(at))) return false;
    }
    return true;
}

result shape_cut(const struct shape *s, struct position *out, uint32_t room, uint32_t *count, struct fault *f) {
    struct cut c = {out, room, 0};
    bool fits = true;
    uint32_t edges = s->kind == SHAPE_POLYGON ? s->count : s->count - 1;
    for (uint32_t i = 0; fits && i < edges; i++) fits = cut_edge(&c, &s->at[i], &s->at[(i + 1) % s->count]);
    if (fits && s->kind != SHAPE_POLYGON) fits = cut_put(&c, s->at[s->count - 1]);
    if (!fits)
        return fail(f, RESULT_TOO_LARGE, s->kind == SHAPE_POLYGON ? "/polygon" : "/corridor/path",
                    "edges over 500 km are cut along the geodesic; that makes more than %u points", room);
    *count = c.count;
    return OK;
}

/* --- area --- */

double shape_area(const struct shape *s) {
    struct outline o;
    outline_make(&o, s);
    double r2 = SHAPE_AREA_RADIUS * SHAPE_AREA_RADIUS, sphere = 4.0 * ANGLE_PI * r2;
    if (o.ring) return ring_area(&o) * r2;
    double angle = o.reach / SHAPE_AREA_RADIUS;
    if (angle >= ANGLE_PI) return sphere;
    double half = angle_turn(angle / 2.0).sin, area = 4.0 * ANGLE_PI * half * half; /* the cap: 2 pi (1 - cos) */
    double wide = angle >= ANGLE_PI / 2.0 ? 1.0 : angle_turn(angle).sin;
    for (uint32_t i = 0; s->count > 1 && i < o.edges; i++) {
        double chord = vec_length(vec_sub(outline_vertex(&o, i + 1), outline_vertex(&o, i)));
        area += 2.0 * wide * 2.0 * angle_asin(chord / 2.0); /* the zone beside the leg; bends count twice, so never too little */
    }
    return area * r2 < sphere ? area * r2 : sphere;
}
