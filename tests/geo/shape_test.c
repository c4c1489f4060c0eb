/* Every result code of shape_check, cutting, areas and hulls. */
#include "oracle.h"
#include "base/limits.h"
#include "geo/ring.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define D 10000000

static struct position many[LIMIT_VERTICES + 1];

static const struct position square[] = {{47 * D, 8 * D}, {47 * D, 9 * D}, {48 * D, 9 * D}, {48 * D, 8 * D}};
static const struct position bow[] = {{47 * D, 8 * D}, {48 * D, 9 * D}, {47 * D, 9 * D}, {48 * D, 8 * D}};
static const struct position repeats[] = {{0, 0}, {0, D}, {0, D}, {D, 0}};
static const struct position closed[] = {{0, 0}, {0, D}, {D, D}, {0, 0}};
static const struct position touches[] = {{0, 0}, {0, D}, {D, D}, {D / 2, D / 2}, {D, 0}, {D / 4, D / 4}, {D / 2, D / 2}};
static const struct position keyhole[] = {{0, 0}, {0, 4 * D}, {4 * D, 4 * D}, {4 * D, 0}, {0, 0}, {D, D}, {D, 2 * D}, {2 * D, 2 * D}, {D, D}};
static const struct position line[] = {{0, 0}, {0, D}, {0, 2 * D}};
static const struct position halves[] = {{0, 0}, {0, 120 * D}, {0, -120 * D}};
static const struct position far_edge[] = {{0, 0}, {0, 171 * D}, {D, 80 * D}};
static const struct position north[] = {{90 * D + 1, 0}}, east[] = {{0, 180 * D + 1}};
static const struct position poles[] = {{90 * D, 0}, {90 * D, 10 * D}, {80 * D, 0}};
static const struct position dateline[] = {{0, 180 * D}, {0, -180 * D}, {D, 179 * D}};
static const struct position cap[] = {{80 * D, 0}, {80 * D, 90 * D}, {80 * D, 180 * D}, {80 * D, -90 * D}};
static const struct position path[] = {{0, 0}, {D, D}, {0, 2 * D}, {D, 0}};

static const struct {
    const char *what;
    struct shape shape;
    enum result_code code;
    const char *field;
} cases[] = {
    {"square", {SHAPE_POLYGON, 4, 0, square}, RESULT_OK, ""},
    {"polar cap", {SHAPE_POLYGON, 4, 0, cap}, RESULT_OK, ""},
    {"circle", {SHAPE_CIRCLE, 1, 1, square}, RESULT_OK, ""},
    {"largest circle", {SHAPE_CIRCLE, 1, 2000000000, square}, RESULT_OK, ""},
    {"corridor that crosses itself", {SHAPE_CORRIDOR, 4, 500, path}, RESULT_OK, ""},
    {"corridor of one point", {SHAPE_CORRIDOR, 1, 500, path}, RESULT_OK, ""},
    {"no such kind", {3, 1, 1, square}, RESULT_UNSUPPORTED, ""},
    {"circle of two", {SHAPE_CIRCLE, 2, 1, square}, RESULT_MALFORMED, "/circle"},
    {"two vertices", {SHAPE_POLYGON, 2, 0, square}, RESULT_MALFORMED, "/polygon"},
    {"1,001 vertices", {SHAPE_POLYGON, LIMIT_VERTICES + 1, 0, many}, RESULT_TOO_LARGE, "/polygon"},
    {"1,001 points", {SHAPE_CORRIDOR, LIMIT_VERTICES + 1, 1, many}, RESULT_TOO_LARGE, "/corridor/path"},
    {"empty path", {SHAPE_CORRIDOR, 0, 1, many}, RESULT_MALFORMED, "/corridor/path"},
    {"polygon with reach", {SHAPE_POLYGON, 4, 1, square}, RESULT_MALFORMED, "/polygon"},
    {"no radius", {SHAPE_CIRCLE, 1, 0, square}, RESULT_RANGE, "/circle/radius_m"},
    {"radius over 20,000 km", {SHAPE_CIRCLE, 1, 2000000001, square}, RESULT_RANGE, "/circle/radius_m"},
    {"negative width", {SHAPE_CORRIDOR, 2, -1, square}, RESULT_RANGE, "/corridor/width_m"},
    {"latitude", {SHAPE_CIRCLE, 1, 1, north}, RESULT_RANGE, "/circle/center"},
    {"longitude", {SHAPE_CORRIDOR, 1, 1, east}, RESULT_RANGE, "/corridor/path/0"},
    {"repeated vertex", {SHAPE_POLYGON, 4, 0, repeats}, RESULT_MALFORMED, "/polygon/2"},
    {"closed", {SHAPE_POLYGON, 4, 0, closed}, RESULT_MALFORMED, "/polygon/3"},
    {"touches itself", {SHAPE_POLYGON, 7, 0, touches}, RESULT_MALFORMED, "/polygon/6"},
    {"pole twice", {SHAPE_POLYGON, 3, 0, poles}, RESULT_MALFORMED, "/polygon/1"},
    {"antimeridian twice", {SHAPE_POLYGON, 3, 0, dateline}, RESULT_MALFORMED, "/polygon/1"},
    {"hole by a bridge", {SHAPE_POLYGON, 9, 0, keyhole}, RESULT_UNSUPPORTED, "/polygon/4"},
    {"171 degrees", {SHAPE_POLYGON, 3, 0, far_edge}, RESULT_RANGE, "/polygon/0"},
    {"171 degrees of path", {SHAPE_CORRIDOR, 2, 1, far_edge}, RESULT_RANGE, "/corridor/path/0"},
    {"crosses itself", {SHAPE_POLYGON, 4, 0, bow}, RESULT_MALFORMED, "/polygon/0"},
    {"no area", {SHAPE_POLYGON, 3, 0, line}, RESULT_MALFORMED, "/polygon"},
    {"half the earth", {SHAPE_POLYGON, 3, 0, halves}, RESULT_MALFORMED, "/polygon"},
};

static void every_code(void **state) {
    (void)state;
    for (uint32_t i = 0; i <= LIMIT_VERTICES; i++) many[i] = (struct position){(int32_t)i * 1000, (int32_t)(i % 2)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault f = {0};
        result r = shape_check(&cases[i].shape, &f);
        if (r.code != cases[i].code || strcmp(f.field, cases[i].field) != 0)
            fail_msg("%s: code %d for %d, field '%s' for '%s': %s", cases[i].what, r.code, cases[i].code, f.field,
                     cases[i].field, f.message);
        assert_int_equal(shape_check(&cases[i].shape, NULL).code, cases[i].code);
    }
}

/* A ring of 1,000 vertices with one pair of edges that cross, anywhere: found; without: accepted. */
static void crossings_among_many(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(1);
    static struct position at[LIMIT_VERTICES];
    for (int i = 0; i < 40; i++) {
        struct position middle = oracle_place(&r);
        uint32_t n = (uint32_t)oracle_int(&r, 100, LIMIT_VERTICES);
        for (uint32_t k = 0; k < n; k++) at[k] = oracle_ahead(middle, k * 360.0 / n, 5e4 * (k % 2 ? 1 : 0.8));
        struct shape s = {SHAPE_POLYGON, n, 0, at};
        struct fault f;
        if (n % 2) s.count--;
        assert_int_equal(shape_check(&s, &f).code, RESULT_OK);
        uint32_t k = (uint32_t)oracle_int(&r, 0, s.count - 3);
        struct position keep = at[k];
        at[k] = at[k + 2];
        at[k + 2] = keep;
        assert_int_equal(shape_check(&s, &f).code, RESULT_MALFORMED);
    }
}

static void edges_are_cut_on_the_geodesic(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(2);
    static struct position out[200], again[200];
    for (int i = 0; i < oracle_rounds(2000); i++) {
        struct position ends[2] = {oracle_place(&r), {0, 0}};
        double length = oracle_real(&r, 1e4, 1.85e7);
        ends[1] = oracle_ahead(ends[0], oracle_real(&r, 0, 360), length);
        struct shape s = {SHAPE_CORRIDOR, 2, 100, ends};
        struct fault f;
        uint32_t n, m;
        if (!result_is_ok(shape_check(&s, &f))) continue;
        assert_true(result_is_ok(shape_cut(&s, out, 200, &n, &f)));
        assert_int_equal(n - 1, (int)ceil((oracle_metres(ends[0], ends[1]) - 0.1) / 5e5));
        struct geod_geodesicline l;
        geod_inverseline(&l, oracle_earth(), ends[0].lat / 1e7, ends[0].lon / 1e7, ends[1].lat / 1e7, ends[1].lon / 1e7, 0);
        for (uint32_t k = 0; k < n; k++) {
            double lat, lon, d, total = oracle_metres(ends[0], ends[1]);
            geod_position(&l, total * k / (n - 1), &lat, &lon, NULL);
            geod_inverse(oracle_earth(), lat, lon, out[k].lat / 1e7, out[k].lon / 1e7, &d, NULL, NULL);
            assert_true(d < 0.01);
        }
        struct shape t = {SHAPE_CORRIDOR, n, 100, out};
        assert_true(result_is_ok(shape_check(&t, &f)));
        assert_true(result_is_ok(shape_cut(&t, again, 200, &m, &f)));
        assert_true(m == n && memcmp(out, again, n * sizeof *out) == 0);
        if (n > 2) assert_int_equal(shape_cut(&s, out, n - 1, &m, &f).code, RESULT_TOO_LARGE);
    }
    struct shape ring = {SHAPE_POLYGON, 3, 0, (struct position[]){{0, 0}, {0, 10 * D}, {10 * D, 0}}};
    uint32_t n;
    assert_true(result_is_ok(shape_cut(&ring, out, 200, &n, NULL)));
    assert_int_equal(n, 3 + 3 + 2 + 2); /* 1,113 km along the equator, 1,563 across, 1,105 down the meridian */
    struct shape circle = {SHAPE_CIRCLE, 1, 5, square};
    assert_true(result_is_ok(shape_cut(&circle, out, 200, &n, NULL)));
    assert_true(n == 1 && out[0].lat == square[0].lat);
    assert_int_equal(shape_cut(&circle, out, 0, &n, NULL).code, RESULT_TOO_LARGE);
}

/* PROJ on a sphere is an independent program for the same figure. */
static void areas(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(3);
    static struct oracle_shape s;
    struct geod_geodesic sphere;
    geod_init(&sphere, 6371010, 0);
    for (int i = 0; i < oracle_rounds(3000); i++) {
        oracle_shape_random(&r, SHAPE_POLYGON, oracle_place(&r), exp(oracle_real(&r, log(10), log(8e6))), 30, &s);
        struct geod_polygon p;
        struct fault f;
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        geod_polygon_init(&p, 0);
        for (uint32_t k = 0; k < s.shape.count; k++)
            geod_polygon_addpoint(&sphere, &p, s.at[k].lat / 1e7, s.at[k].lon / 1e7);
        double area, whole = 4 * M_PI * 6371010.0 * 6371010.0;
        geod_polygon_compute(&sphere, &p, 0, 1, &area, NULL);
        area = fabs(area);
        if (area > whole / 2) area = whole - area;
        double grain = abs(s.at[0].lat) > 890000000 ? 2 : 0.05; /* around a pole PROJ subtracts hemispheres */
        assert_true(fabs(shape_area(&s.shape) - area) <= grain + 1e-7 * area);
    }
    struct shape c = {SHAPE_CIRCLE, 1, 2820947918, square}; /* 28,209 km: pi r^2 = 2,500 Mm2; over the antipode: the earth */
    assert_true(fabs(shape_area(&c) / (4 * M_PI * 6371010.0 * 6371010.0) - 1) < 1e-12);
    c.reach_cm = 2820948; /* 28.2 km: 2,500 km2 */
    assert_true(fabs(shape_area(&c) - 2.5e9) < 1e4);
    struct position leg[2] = {{0, 0}, {0, D}};
    struct shape corridor = {SHAPE_CORRIDOR, 2, 100000, leg};
    double expected = 2 * 1000.0 * (6371010 * M_PI / 180) + M_PI * 1e6;
    assert_true(fabs(shape_area(&corridor) / expected - 1) < 1e-6);
}

/* Rings larger than a hemisphere on one side: the smaller side counts, whichever way they wind. */
static void the_smaller_side(void **state) {
    (void)state;
    struct position band[36], back[36];
    for (int i = 0; i < 36; i++) { /* a belt that meanders over the equator: fits no hemisphere */
        band[i] = (struct position){(i % 2 ? 30 : -10) * D, (i * 10 - 180) * D};
        back[35 - i] = band[i];
    }
    struct shape s = {SHAPE_POLYGON, 36, 0, band}, t = {SHAPE_POLYGON, 36, 0, back};
    assert_true(result_is_ok(shape_check(&s, NULL)) && result_is_ok(shape_check(&t, NULL)));
    assert_true(fabs(shape_area(&s) / shape_area(&t) - 1) < 1e-12);
    assert_true(shape_area(&s) < 2 * M_PI * 6371010.0 * 6371010.0);
    const struct shape *both[] = {&s, &t};
    for (int i = 0; i < 2; i++) {
        struct outline o;
        outline_make(&o, both[i]);
        assert_false(o.hemisphere);
        struct oracle_rng r = oracle_rng_new(9);
        for (int k = 0; k < 2000; k++) { /* the smaller side is the northern one */
            struct position p = oracle_place(&r);
            bool inside = outline_contains(&o, earth_unit(&p));
            if (p.lat > 32 * D) assert_true(inside);
            if (p.lat < -12 * D) assert_false(inside);
        }
    }
}

static void sides_by_turning(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(4);
    static struct oracle_shape s;
    for (int i = 0; i < oracle_rounds(1500); i++) {
        double size = exp(oracle_real(&r, log(100), log(4e6)));
        struct position middle = oracle_place(&r);
        struct outline o;
        struct fault f;
        oracle_shape_random(&r, SHAPE_POLYGON, middle, size, 12, &s);
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        outline_make(&o, &s.shape);
        for (int k = 0; k < 4; k++) {
            struct position x = oracle_ahead(middle, oracle_real(&r, 0, 360), size * oracle_real(&r, 0, 1.2));
            if (k == 3) x = middle;
            struct outline point;
            struct nearest near;
            outline_make_edge(&point, earth_unit(&x), earth_unit(&x));
            outline_edge_distance(&o, &point, &near);
            if (near.metres < o.slack + 0.1) continue;
            assert_int_equal(outline_contains(&o, earth_unit(&x)), oracle_inside(x, &s.shape));
        }
    }
}

static void hulls(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(5);
    static struct position in[200], hull[200];
    for (int i = 0; i < oracle_rounds(400); i++) {
        uint32_t n = (uint32_t)oracle_int(&r, 3, 200), m;
        double size = exp(oracle_real(&r, log(50), log(4e6)));
        struct position middle = oracle_place(&r);
        struct fault f;
        for (uint32_t k = 0; k < n; k++) {
            in[k] = oracle_ahead(middle, oracle_real(&r, 0, 360), size * oracle_real(&r, 0, 1));
            if (k > 0 && k % 7 == 0) in[k] = in[k - 1]; /* repeats do no harm */
        }
        result e = shape_hull(in, n, hull, 200, &m, &f);
        assert_true(result_is_ok(e));
        struct shape s = {SHAPE_POLYGON, m, 0, hull};
        assert_true(m >= 3 && result_is_ok(shape_check(&s, &f)));
        struct outline o;
        outline_make(&o, &s);
        for (uint32_t k = 0; k < n; k++) {
            int64_t distance, margin;
            meet_position(&in[k], 0, &s, &distance, &margin);
            assert_int_equal(distance, 0);
        }
        for (uint32_t k = 0; k < m; k++) { /* counter-clockwise and convex */
            struct vec a = earth_unit(&hull[k]), b = earth_unit(&hull[(k + 1) % m]), c = earth_unit(&hull[(k + 2) % m]);
            assert_true(vec_dot(vec_cross(a, b), c) > -1e-15);
        }
        if (m > 3) assert_int_equal(shape_hull(in, n, hull, m - 1, &m, &f).code, RESULT_TOO_LARGE);
    }
    uint32_t m;
    assert_int_equal(shape_hull(line, 2, hull, 200, &m, NULL).code, RESULT_MALFORMED);
    assert_int_equal(shape_hull(line, 3, hull, 200, &m, NULL).code, RESULT_MALFORMED);
    assert_int_equal(shape_hull((struct position[]){{D, D}, {D, D}, {D, D}}, 3, hull, 200, &m, NULL).code, RESULT_MALFORMED);
    assert_int_equal(shape_hull((struct position[]){{0, 0}, {0, 120 * D}, {0, -120 * D}, {90 * D, 0}, {-90 * D, 0}}, 5, hull, 200, &m, NULL).code,
                     RESULT_RANGE);
    assert_true(result_is_ok(shape_hull(bow, 4, hull, 200, &m, NULL)) && m == 4);
}

/* Areas with the check are those without; what lies on a line has none. */
static void measures(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(12);
    static struct oracle_shape s;
    struct fault f;
    double area = -1;
    for (int i = 0; i < oracle_rounds(500); i++) {
        oracle_shape_random(&r, SHAPE_POLYGON, oracle_place(&r), exp(oracle_real(&r, log(10), log(8e6))), 30, &s);
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        assert_int_equal(shape_measure(&s.shape, &area, &f).code, RESULT_OK);
        assert_true(area == shape_area(&s.shape));
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool flat = cases[i].shape.at == line && cases[i].shape.kind == SHAPE_POLYGON;
        area = -1;
        assert_int_equal(shape_measure(&cases[i].shape, &area, NULL).code, flat ? RESULT_OK : cases[i].code);
        assert_true(!flat || area == 0.0);
    }
}

static bool planar_cross(const struct position *a, const struct position *b, const struct position *c, const struct position *d) {
    #define TURN(p, q, r) (((int64_t)(q)->lon - (p)->lon) * ((int64_t)(r)->lat - (p)->lat) - ((int64_t)(q)->lat - (p)->lat) * ((int64_t)(r)->lon - (p)->lon))
    int64_t s1 = TURN(a, b, c), s2 = TURN(a, b, d), s3 = TURN(c, d, a), s4 = TURN(c, d, b);
    return ((s1 > 0 && s2 < 0) || (s1 < 0 && s2 > 0)) && ((s3 > 0 && s4 < 0) || (s3 < 0 && s4 > 0));
}

/* On a field of 100 m at the equator arcs are straight lines, and whether those cross is integer arithmetic: each edge against each. Places a centimetre apart. */
static void crossings_are_those_of_a_plane(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(13);
    static struct position at[60];
    uint32_t crossed = 0, plain = 0;
    for (int i = 0; i < oracle_rounds(4000); i++) {
        uint32_t n = (uint32_t)oracle_int(&r, 3, i % 4 ? 7 : 60);
        double phase = oracle_real(&r, 0, 7);
        for (uint32_t k = 0; k < n; k++) {
            if (i % 3 == 0) at[k] = (struct position){(int32_t)oracle_int(&r, 0, 10000), (int32_t)oracle_int(&r, 0, 10000)};
            else { /* around a middle: mostly plain */
                double a = phase + k * 2 * M_PI / n + oracle_real(&r, -1.5, 1.5) * M_PI / n, size = oracle_real(&r, 200, 5000);
                at[k] = (struct position){(int32_t)(size * sin(a)), (int32_t)(size * cos(a))};
            }
        }
        bool expected = false, twice = false;
        for (uint32_t k = 0; k < n; k++)
            for (uint32_t l = k + 1; l < n; l++) {
                expected = expected || planar_cross(&at[k], &at[(k + 1) % n], &at[l], &at[(l + 1) % n]);
                twice = twice || (at[k].lat == at[l].lat && at[k].lon == at[l].lon);
            }
        assert_int_equal(ring_repeats(at, n), twice);
        if (twice) continue;
        struct shape s = {SHAPE_POLYGON, n, 0, at};
        struct outline o;
        uint32_t which[2];
        outline_make(&o, &s);
        assert_int_equal(ring_crosses(&o, 1e-14, which), expected);
        if (expected) assert_true(which[0] < which[1] && planar_cross(&at[which[0]], &at[(which[0] + 1) % n], &at[which[1]], &at[(which[1] + 1) % n]));
        *(expected ? &crossed : &plain) += 1;
    }
    assert_true(crossed > (uint32_t)oracle_rounds(500) && plain > (uint32_t)oracle_rounds(500));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code), cmocka_unit_test(crossings_among_many), cmocka_unit_test(edges_are_cut_on_the_geodesic),
        cmocka_unit_test(areas),      cmocka_unit_test(the_smaller_side),     cmocka_unit_test(sides_by_turning),
        cmocka_unit_test(hulls),      cmocka_unit_test(measures),             cmocka_unit_test(crossings_are_those_of_a_plane),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
