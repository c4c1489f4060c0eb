/* Meetings against PROJ and GEOS, on shapes of all scales, at poles, equator and antimeridian. Both directions of the contract:
 * what truly comes within the reach meets; what meets truly comes within the reach and the stated margin. */
#include "oracle.h"
#include "geo/box.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct altitude_offsets *const offsets = &altitude_offsets_default;

static struct volume volume_of(const struct shape *s) {
    return (struct volume){*s, {0, ALTITUDE_W84}, {1000000, ALTITUDE_W84}, 0, INSTANT_HOUR};
}

static int rounds(int normal) {
    const char *factor = getenv("PARLEY_ROUNDS");
    return factor != NULL ? normal * atoi(factor) : normal;
}

/* One pair: the distance within half the margin, the decision at reaches around the true distance, the boxes. */
static void check_pair(const struct shape *a, const struct shape *b) {
    struct volume p = volume_of(a), q = volume_of(b);
    struct meeting m, n;
    double truth = oracle_distance(a, b);
    meet_volumes(&p, &q, offsets, 0, 0, 0, 0, &m);
    double margin = m.margin_cm / 100.0, error = fabs(m.distance_cm / 100.0 - truth);
    if (error > margin / 2 + 0.02) {
        print_message("kinds %d %d counts %u %u first %d %d and %d %d: measured %.3f truth %.3f margin %.3f\n", a->kind, b->kind,
                      a->count, b->count, a->at[0].lat, a->at[0].lon, b->at[0].lat, b->at[0].lon, m.distance_cm / 100.0,
                      truth, margin);
        fail();
    }
    static const double around[] = {-3, -1.02, -0.5, 0, 0.5, 1.02, 3};
    for (int i = 0; i < 7; i++) {
        double reach = truth + around[i] * margin;
        if (reach < 0) continue;
        int64_t reach_cm = (int64_t)(reach * 100);
        meet_volumes(&p, &q, offsets, reach_cm, 0, 0, 0, &m);
        meet_volumes(&q, &p, offsets, reach_cm, 0, 0, 0, &n);
        if (truth <= reach_cm / 100.0) assert_true(m.meets && n.meets);
        if (m.meets) assert_true(truth <= (reach_cm + m.margin_cm) / 100.0 + 0.02);
        if (n.meets) assert_true(truth <= (reach_cm + n.margin_cm) / 100.0 + 0.02);
        struct box x, y;
        box_of_volume(&p, offsets, reach_cm / 100.0, 0, 0, 0, &x);
        box_of_volume(&q, offsets, 0, 0, 0, 0, &y);
        if (m.meets) assert_true(box_meets(&x, &y));
        box_of_volume(&p, offsets, 0, 0, 0, 0, &x);
        box_of_volume(&q, offsets, reach_cm / 100.0, 0, 0, 0, &y);
        if (n.meets) assert_true(box_meets(&x, &y));
    }
}

static void check_kinds(enum shape_kind a, enum shape_kind b) {
    static const double sizes[] = {30, 500, 8e3, 1e5, 6e5, 2e6};
    struct oracle_rng r = oracle_rng_new((uint64_t)(a * 3 + b));
    static struct oracle_shape p, q;
    struct fault f;
    int checked = 0;
    for (int i = 0; i < rounds(60); i++) {
        double s = sizes[oracle_bits(&r) % 6], t = sizes[oracle_bits(&r) % 6];
        struct position middle = oracle_place(&r);
        oracle_shape_random(&r, a, middle, s, 7, &p);
        struct position other = oracle_ahead(middle, oracle_real(&r, 0, 360), fmin(5e6, (s + t) * oracle_real(&r, 0, 3)));
        oracle_shape_random(&r, b, other, t, 7, &q);
        if (!result_is_ok(shape_check(&p.shape, &f)) || !result_is_ok(shape_check(&q.shape, &f))) continue;
        check_pair(&p.shape, &q.shape);
        checked++;
    }
    assert_true(checked > rounds(60) / 2);
}

static void pair_of_kinds(void **state) {
    const int *kinds = *state;
    check_kinds((enum shape_kind)kinds[0], (enum shape_kind)kinds[1]);
}

static void circle_of_999_miles(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(20);
    for (int i = 0; i < rounds(2000); i++) {
        struct position c = oracle_place(&r);
        double radius = 999 * 1852.0, step = radius + oracle_real(&r, -500, 500);
        struct position x = oracle_ahead(c, oracle_real(&r, 0, 360), step);
        struct shape circle = {SHAPE_CIRCLE, 1, (int64_t)(radius * 100), &c}, point = {SHAPE_CIRCLE, 1, 1, &x};
        check_pair(&circle, &point);
    }
}

static void circles_to_the_antipode(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(21);
    for (int i = 0; i < rounds(3000); i++) {
        struct position c = oracle_place(&r), x = oracle_ahead(c, oracle_real(&r, 0, 360), oracle_real(&r, 1e6, 1.999e7));
        double truth = oracle_metres(c, x), radius = fmin(2e7, truth * oracle_real(&r, 0.98, 1.02));
        struct shape circle = {SHAPE_CIRCLE, 1, (int64_t)(radius * 100), &c}, point = {SHAPE_CIRCLE, 1, 1, &x};
        struct volume p = volume_of(&circle), q = volume_of(&point);
        struct meeting m;
        struct box b, d;
        meet_volumes(&p, &q, offsets, 0, 0, 0, 0, &m);
        double reach = (circle.reach_cm + 1) / 100.0;
        if (truth <= reach) assert_true(m.meets);
        if (m.meets) assert_true(truth <= reach + m.margin_cm / 100.0);
        box_of_volume(&p, offsets, 0, 0, 0, 0, &b);
        box_of_volume(&q, offsets, 0, 0, 0, 0, &d);
        if (m.meets) assert_true(box_meets(&b, &d));
    }
}

/* Corridors of 10,000 km, cut on entry, against points at a known distance from their true course. */
static void long_corridors(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(22);
    static struct position cut[ORACLE_ROOM];
    for (int i = 0; i < rounds(60); i++) {
        struct position ends[2] = {oracle_place(&r), {0, 0}};
        double length = oracle_real(&r, 8e6, 1.2e7), azimuth = oracle_real(&r, 0, 360);
        ends[1] = oracle_ahead(ends[0], azimuth, length);
        struct shape whole = {SHAPE_CORRIDOR, 2, 925000, ends}, s = whole;
        struct fault f;
        assert_true(result_is_ok(shape_check(&whole, &f)));
        assert_true(result_is_ok(shape_cut(&whole, cut, ORACLE_ROOM, &s.count, &f)));
        s.at = cut;
        assert_true(s.count >= 17);
        for (int k = 0; k < 20; k++) {
            double along = oracle_real(&r, 0, 1);
            struct geod_geodesicline l;
            double lat, lon, az;
            geod_inverseline(&l, oracle_earth(), ends[0].lat / 1e7, ends[0].lon / 1e7, ends[1].lat / 1e7, ends[1].lon / 1e7, 0);
            geod_position(&l, length * along, &lat, &lon, &az);
            struct position on = {(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
            struct position x = oracle_ahead(on, az + (k % 2 ? 90 : -90), oracle_real(&r, 0, 30000));
            double truth = fmax(0, oracle_point_edge(x, ends[0], ends[1]) - 9250);
            struct shape point = {SHAPE_CIRCLE, 1, 1, &x};
            struct volume p = volume_of(&s), q = volume_of(&point);
            struct meeting m;
            meet_volumes(&p, &q, offsets, 0, 0, 0, 0, &m);
            assert_true(fabs(m.distance_cm / 100.0 - truth) <= m.margin_cm / 100.0);
            assert_true(m.margin_cm < 5000);
            if (truth <= 0) assert_true(m.meets);
        }
    }
}

static void one_inside_the_other(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(23);
    static struct oracle_shape outer, inner;
    for (int i = 0; i < rounds(300); i++) {
        struct position middle = oracle_place(&r);
        double size = exp(oracle_real(&r, log(1e3), log(3e6)));
        oracle_shape_random(&r, SHAPE_POLYGON, middle, size, 40, &outer);
        oracle_shape_random(&r, (enum shape_kind)(i % 3), oracle_ahead(middle, oracle_real(&r, 0, 360), size * 0.01), size * 0.02, 9,
                            &inner);
        if (inner.shape.kind != SHAPE_POLYGON) inner.shape.reach_cm = 1;
        if (outer.shape.count < 6 || !oracle_inside(inner.at[0], &outer.shape)) continue;
        struct volume p = volume_of(&outer.shape), q = volume_of(&inner.shape);
        struct meeting m;
        meet_volumes(&p, &q, offsets, 0, 0, 0, 0, &m);
        assert_true(m.meets && m.distance_cm == 0);
        meet_volumes(&q, &p, offsets, 0, 0, 0, 0, &m);
        assert_true(m.meets && m.distance_cm == 0);
    }
}

static void positions(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(24);
    static struct oracle_shape s;
    int told = 0, asked = 0;
    for (int i = 0; i < rounds(3000); i++) {
        struct position middle = oracle_place(&r);
        double size = exp(oracle_real(&r, log(100), log(2e6)));
        struct fault f;
        oracle_shape_random(&r, (enum shape_kind)(i % 3), middle, size, 8, &s);
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        struct position x = oracle_ahead(middle, oracle_real(&r, 0, 360), size * oracle_real(&r, 0, 1.5));
        struct shape point = {SHAPE_CORRIDOR, 1, 0, &x};
        bool inside = oracle_distance(&s.shape, &point) == 0;
        int64_t distance, margin, unsure = oracle_int(&r, 0, 2000);
        enum within w = meet_position(&x, unsure, &s.shape, &distance, &margin);
        if (inside) assert_int_not_equal(w, WITHIN_OUTSIDE);
        else assert_int_not_equal(w, WITHIN_INSIDE);
        if (!inside && w == WITHIN_OUTSIDE) assert_true(fabs(distance / 100.0 - oracle_distance(&s.shape, &point)) <= margin / 100.0 + 0.02);
        asked++;
        told += w != WITHIN_CANNOT_TELL;
        assert_int_equal(meet_position(&x, 3000000000, &s.shape, &distance, &margin), WITHIN_CANNOT_TELL);
    }
    assert_true(told > asked * 9 / 10);
}

static void distance_between_places(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(25);
    for (int i = 0; i < rounds(100000); i++) {
        struct position a = oracle_place(&r), b = oracle_place(&r);
        if (i % 2) b = oracle_ahead(a, oracle_real(&r, 0, 360), exp(oracle_real(&r, 0, log(1e6))));
        double truth = oracle_metres(a, b);
        double share = truth < 1.1e7 ? 1.6e-6 : truth < 1.7e7 ? 8e-6 : 1.8e-3;
        assert_true(fabs(meet_distance_cm(&a, &b) / 100.0 - truth) <= 0.011 + share * truth);
    }
}

/* What truly lies at the reach to the centimetre is met: the measure is off by millimetres either way, and the margin takes its side. */
static void at_the_limit(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(27);
    for (int i = 0; i < rounds(20000); i++) {
        struct position a = oracle_place(&r), b = oracle_ahead(a, oracle_real(&r, 0, 360), exp(oracle_real(&r, log(100), log(1e6))));
        double truth = oracle_metres(a, b);
        int64_t own = oracle_int(&r, 1, (int64_t)(truth * 40));
        struct shape one = {SHAPE_CIRCLE, 1, own, &a}, two = {SHAPE_CIRCLE, 1, own, &b};
        struct volume v = volume_of(&one), w = volume_of(&two);
        struct meeting m;
        meet_volumes(&v, &w, offsets, (int64_t)ceil(truth * 100) - 2 * own, 0, 0, 0, &m);
        assert_true(m.meets);
    }
}

static void heights_and_times(void **state) {
    (void)state;
    struct position c = {470000000, 80000000};
    struct shape s = {SHAPE_CIRCLE, 1, 10000, &c};
    struct volume a = volume_of(&s), b = volume_of(&s);
    struct meeting m;
    b.lower.cm = 1000000; /* touching bounds meet: inclusive */
    b.upper.cm = 2000000;
    b.start = INSTANT_HOUR;
    b.end = 2 * INSTANT_HOUR;
    meet_volumes(&a, &b, offsets, 0, 0, 0, 0, &m);
    assert_true(m.meets && m.height_gap_cm == 0 && m.from == INSTANT_HOUR && m.to == INSTANT_HOUR);
    b.lower.cm++;
    meet_volumes(&a, &b, offsets, 0, 0, 0, 0, &m);
    assert_true(!m.meets && m.height_gap_cm == 1);
    meet_volumes(&a, &b, offsets, 0, 1, 0, 0, &m);
    assert_true(m.meets);
    b.start++;
    meet_volumes(&a, &b, offsets, 0, 1, 0, 0, &m);
    assert_true(!m.meets && m.from > m.to);
    meet_volumes(&a, &b, offsets, 0, 1, 1, 0, &m);
    assert_true(m.meets && m.from == INSTANT_HOUR);
    a.start = 3 * INSTANT_HOUR;
    a.end = 4 * INSTANT_HOUR;
    meet_volumes(&a, &b, offsets, 0, 1, 0, INSTANT_HOUR - 1, &m);
    assert_false(m.meets);
    meet_volumes(&a, &b, offsets, 0, 1, 0, INSTANT_HOUR, &m);
    assert_true(m.meets);
    b.end = INT64_MAX;
    b.start = INT64_MIN;
    meet_volumes(&a, &b, offsets, 0, 1, INT64_MAX, INT64_MAX, &m);
    assert_true(m.meets && m.from == a.start && m.to == a.end);
}

int main(void) {
    static int kinds[9][2];
    static char names[9][32];
    static const char *const words[] = {"circle", "polygon", "corridor"};
    struct CMUnitTest tests[17];
    int n = 0;
    for (int i = 0; i < 9; i++) {
        kinds[i][0] = i / 3;
        kinds[i][1] = i % 3;
        snprintf(names[i], sizeof names[i], "%s_against_%s", words[i / 3], words[i % 3]);
        tests[n++] = (struct CMUnitTest){names[i], pair_of_kinds, NULL, NULL, kinds[i]};
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(circle_of_999_miles);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(circles_to_the_antipode);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(long_corridors);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(one_inside_the_other);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(positions);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(distance_between_places);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(at_the_limit);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(heights_and_times);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("meet", tests, (size_t)n, NULL, NULL);
}
