/* Containment: errs to false, never to true. Where the answer is true, points of the inner shape are sampled and must lie in the
 * outer one; alike shapes contain each other. */
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct altitude_offsets *const offsets = &altitude_offsets_default;

static struct volume volume_of(const struct shape *s) {
    return (struct volume){*s, {0, ALTITUDE_W84}, {1000000, ALTITUDE_W84}, 0, INSTANT_HOUR};
}

static bool holds(const struct shape *outer, const struct shape *inner) {
    struct volume p = volume_of(outer), q = volume_of(inner);
    return meet_contains(&p, &q, offsets);
}

/* A point of the shape: on an edge or (polygons) between two such, moved by up to the reach. */
static struct position point_of(struct oracle_rng *r, const struct shape *s) {
    uint32_t at = (uint32_t)oracle_int(r, 0, s->count - 1);
    struct position p = s->at[at];
    if (s->count > 1 && (s->kind == SHAPE_POLYGON || at + 1 < s->count)) {
        struct geod_geodesicline l;
        struct position q = s->at[(at + 1) % s->count];
        double lat, lon;
        geod_inverseline(&l, oracle_earth(), p.lat / 1e7, p.lon / 1e7, q.lat / 1e7, q.lon / 1e7, 0);
        geod_position(&l, oracle_metres(p, q) * oracle_real(r, 0, 1), &lat, &lon, NULL);
        p = (struct position){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
    }
    return oracle_ahead(p, oracle_real(r, 0, 360), s->reach_cm / 100.0 * (oracle_bits(r) % 2 ? 1 : oracle_real(r, 0, 1)));
}

static double slack_of(const struct shape *s) {
    double longest = 0;
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t k = i + 1; k < s->count; k++) longest = fmax(longest, oracle_metres(s->at[i], s->at[k]));
    return 7e-11 * longest * longest;
}

static void never_true_in_error(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(61);
    static struct oracle_shape outer, inner;
    int yes = 0, easy = 0, easy_yes = 0;
    for (int i = 0; i < oracle_rounds(1200); i++) {
        struct position middle = oracle_place(&r);
        double size = exp(oracle_real(&r, log(200), log(4e5)));
        struct fault f;
        oracle_shape_random(&r, (enum shape_kind)(i % 3), middle, size, 10, &outer);
        if (outer.shape.kind == SHAPE_CORRIDOR) outer.shape.reach_cm = (int64_t)(size * oracle_real(&r, 10, 60));
        struct position there = point_of(&r, &outer.shape);
        if (i % 4 == 0) there = middle;
        double small = size * exp(oracle_real(&r, log(0.003), 0));
        oracle_shape_random(&r, (enum shape_kind)(i / 3 % 3), there, small, 6, &inner);
        if (!result_is_ok(shape_check(&outer.shape, &f)) || !result_is_ok(shape_check(&inner.shape, &f))) continue;
        bool held = holds(&outer.shape, &inner.shape);
        double margin = 0.3 + slack_of(&outer.shape) + slack_of(&inner.shape), truly = 0;
        for (int k = 0; k < (held ? 40 : 6); k++) {
            struct position p = point_of(&r, &inner.shape);
            struct shape point = {SHAPE_CORRIDOR, 1, 0, &p};
            truly = fmax(truly, oracle_distance(&outer.shape, &point));
            if (held) assert_true(truly <= margin);
        }
        yes += held;
        /* a circle well inside a circle or a polygon is found */
        if (inner.shape.kind != SHAPE_CIRCLE || outer.shape.kind == SHAPE_CORRIDOR) continue;
        struct shape grown = inner.shape;
        grown.reach_cm += (int64_t)(margin * 200) + grown.reach_cm / 1000;
        bool inside = true;
        for (int k = 0; k < 36 && inside; k++) {
            struct position p = oracle_ahead(inner.at[0], k * 10, grown.reach_cm / 100.0 * 1.01);
            struct shape point = {SHAPE_CORRIDOR, 1, 0, &p};
            inside = oracle_distance(&outer.shape, &point) == 0;
        }
        for (uint32_t k = 0; k < outer.shape.count && outer.shape.kind == SHAPE_POLYGON; k++)
            inside &= oracle_metres(inner.at[0], outer.at[k]) > grown.reach_cm / 100.0 * 1.01;
        easy += inside;
        easy_yes += inside && held;
    }
    assert_true(yes > oracle_rounds(80));
    assert_true(easy > oracle_rounds(30) && easy_yes == easy);
}

static void alike(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(62);
    static struct oracle_shape s, t;
    for (int i = 0; i < oracle_rounds(3000); i++) {
        double size = exp(oracle_real(&r, log(100), log(1e6)));
        struct fault f;
        oracle_shape_random(&r, (enum shape_kind)(i % 3), oracle_place(&r), size, 20, &s);
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        assert_true(holds(&s.shape, &s.shape));
        if (s.shape.kind != SHAPE_POLYGON) { /* wider holds it; it does not hold the wider */
            t = s;
            t.shape.at = t.at;
            t.shape.reach_cm += 100;
            assert_true(holds(&t.shape, &s.shape));
            assert_false(holds(&s.shape, &t.shape));
            continue;
        }
        t.shape = s.shape; /* the same ring from another vertex and the other way round */
        t.shape.at = t.at;
        for (uint32_t k = 0; k < s.shape.count; k++) t.at[(s.shape.count + 3 - k) % s.shape.count] = s.at[k];
        assert_true(holds(&s.shape, &t.shape) && holds(&t.shape, &s.shape));
    }
}

/* A polygon grown at one vertex holds the old one, and is not held by it. */
static void grown_rings(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(63);
    static struct position a[40], b[41];
    for (int i = 0; i < oracle_rounds(1000); i++) {
        struct position middle = oracle_place(&r);
        double size = exp(oracle_real(&r, log(200), log(2e5)));
        uint32_t n = (uint32_t)oracle_int(&r, 4, 40), k = (uint32_t)oracle_int(&r, 0, n - 1);
        for (uint32_t j = 0; j < n; j++) a[j] = oracle_ahead(middle, j * 360.0 / n, size);
        memcpy(b, a, sizeof a);
        b[k] = oracle_ahead(middle, k * 360.0 / n, size * 1.1 + 10);
        struct shape p = {SHAPE_POLYGON, n, 0, a}, q = {SHAPE_POLYGON, n, 0, b};
        assert_true(holds(&q, &p));
        assert_false(holds(&p, &q));
        b[k] = oracle_ahead(middle, k * 360.0 / n, size * 0.9 - 10); /* a notch */
        assert_true(holds(&p, &q));
        assert_false(holds(&q, &p));
    }
    /* a slot from outside to the middle: no vertex of the inner ring lies in it */
    struct position slotted[] = {{0, 0}, {0, 4990000}, {5000000, 5000000}, {0, 5010000}, {0, 10000000}, {10000000, 10000000}, {10000000, 0}};
    struct position inner[] = {{1000000, 1000000}, {1000000, 9000000}, {9000000, 9000000}, {9000000, 1000000}};
    struct shape p = {SHAPE_POLYGON, 7, 0, slotted}, q = {SHAPE_POLYGON, 4, 0, inner};
    assert_true(result_is_ok(shape_check(&p, NULL)));
    assert_false(holds(&p, &q));
}

/* A notch through the whole inner ring, between ends and middles of its edges: only that the edges cross tells. */
static void a_notch_is_crossed(void **state) {
    (void)state;
    static const struct position u[] = {{0, 0}, {0, 300000}, {300000, 300000}, {300000, 240000}, {100000, 240000}, {100000, 200000}, {300000, 200000}, {300000, 0}};
    static const struct position across[] = {{200000, 20000}, {200000, 280000}, {150000, 280000}, {150000, 20000}},
                                 below[] = {{90000, 20000}, {90000, 280000}, {40000, 280000}, {40000, 20000}};
    struct shape outer = {SHAPE_POLYGON, 8, 0, u};
    assert_false(holds(&outer, &(struct shape){SHAPE_POLYGON, 4, 0, across}));
    assert_true(holds(&outer, &(struct shape){SHAPE_POLYGON, 4, 0, below}));
}

/* A corridor that goes round leaves a hole: a polygon over the hole is not held. Pieces of a path are. */
static void corridors(void **state) {
    (void)state;
    static struct position ring[41], leg[2], over[12];
    struct position middle = {470000000, 80000000};
    for (int i = 0; i <= 40; i++) ring[i] = oracle_ahead(middle, i * 9.0, 20000);
    for (int i = 0; i < 12; i++) over[i] = oracle_ahead(middle, i * 30.0, 20000);
    struct shape loop = {SHAPE_CORRIDOR, 41, 500000, ring}, lid = {SHAPE_POLYGON, 12, 0, over};
    assert_false(holds(&loop, &lid));
    leg[0] = ring[3];
    leg[1] = ring[7];
    struct shape part = {SHAPE_CORRIDOR, 2, 400000, leg};
    assert_true(holds(&loop, &part));
    leg[1] = ring[23];
    assert_false(holds(&loop, &part));
    struct position quad[4] = {oracle_ahead(ring[5], 10, 100), oracle_ahead(ring[5], 100, 100), oracle_ahead(ring[5], 190, 100), oracle_ahead(ring[5], 280, 100)};
    struct shape small = {SHAPE_POLYGON, 4, 0, quad};
    assert_true(holds(&loop, &small));
}

static void bands_and_times(void **state) {
    (void)state;
    struct position c = {0, 0};
    struct shape s = {SHAPE_CIRCLE, 1, 100, &c};
    enum { W84 = ALTITUDE_W84, AMSL = ALTITUDE_AMSL, FL = ALTITUDE_FL, SFC = ALTITUDE_SFC };
    static const struct {
        struct altitude out_low, out_high, in_low, in_high;
        bool held;
    } t[] = {
        {{0, FL}, {100, FL}, {0, FL}, {100, FL}, true},
        {{0, FL}, {100, FL}, {0, FL}, {101, FL}, false},
        {{1, FL}, {100, FL}, {0, FL}, {100, FL}, false},
        {{0, FL}, {ALTITUDE_UNLIMITED, FL}, {0, FL}, {ALTITUDE_UNLIMITED, AMSL}, true},
        {{0, FL}, {100, FL}, {0, FL}, {ALTITUDE_UNLIMITED, FL}, false},
        {{0, SFC}, {100000, AMSL}, {-500, AMSL}, {100000, AMSL}, true}, /* nothing flies below the surface */
        {{1, SFC}, {100000, AMSL}, {500, AMSL}, {100000, AMSL}, false},
        {{0, AMSL}, {100000, AMSL}, {60000, FL}, {40000, FL}, true},
        {{0, AMSL}, {100000, AMSL}, {59999, FL}, {40000, FL}, false},
        {{0, AMSL}, {100000, AMSL}, {60000, FL}, {40001, FL}, false},
        {{0, SFC}, {1000, SFC}, {0, SFC}, {1000, SFC}, true},
        {{0, SFC}, {1000, SFC}, {0, AMSL}, {1000, AMSL}, true}, /* 10 m above the surface is never below 10 m AMSL */
        {{0, SFC}, {1000, AMSL}, {0, SFC}, {1000, SFC}, false},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct volume p = {s, t[i].out_low, t[i].out_high, 0, 10}, q = {s, t[i].in_low, t[i].in_high, 0, 10};
        if (meet_contains(&p, &q, offsets) != t[i].held) fail_msg("band %zu", i);
        q.start = -1;
        assert_false(meet_contains(&p, &q, offsets));
        q.start = 0;
        q.end = 11;
        assert_false(meet_contains(&p, &q, offsets));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(never_true_in_error), cmocka_unit_test(alike), cmocka_unit_test(grown_rings), cmocka_unit_test(a_notch_is_crossed),
                                       cmocka_unit_test(corridors), cmocka_unit_test(bands_and_times)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("contain", tests, NULL, NULL);
}
