/* The ellipsoid against PROJ: geodesics, distances, and the margins that facts claim for edges. */
#include "geo/angle.h"
#include "geo/outline.h"
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct vec unit_of(double lat, double lon) {
    lat *= M_PI / 180;
    lon *= M_PI / 180;
    return (struct vec){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

static void places(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(41);
    for (int i = 0; i < 200000; i++) {
        struct position p = oracle_place(&r), q = earth_position(earth_unit(&p));
        struct vec u = earth_unit(&p), v = unit_of(p.lat / 1e7, p.lon / 1e7);
        assert_true(vec_length(vec_sub(u, v)) < 1e-15 && fabs(vec_length(u) - 1) < 4e-16);
        assert_int_equal(p.lat, q.lat);
        if (abs(p.lat) < 900000000 && abs(p.lon) < 1800000000) assert_int_equal(p.lon, q.lon);
    }
}

static void geodesics(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(42);
    for (int i = 0; i < 100000; i++) {
        struct position a = oracle_place(&r), b = oracle_place(&r);
        if (i % 2) b = oracle_ahead(a, oracle_real(&r, 0, 360), exp(oracle_real(&r, 0, log(1e6))));
        if (vec_dot(earth_unit(&a), earth_unit(&b)) < cos(170 * M_PI / 180)) continue;
        struct turn azimuth;
        double length = earth_inverse(&a, &b, &azimuth);
        assert_true(fabs(length - oracle_metres(a, b)) < 0.001);
        struct vec end = earth_direct(&a, &azimuth, length), d = vec_sub(end, earth_unit(&b));
        assert_true(vec_length(d) * EARTH_A < 0.001);
        double az = oracle_real(&r, 0, 360), s = exp(oracle_real(&r, 0, log(1.9e7))), lat, lon;
        struct turn t = angle_turn(az * (M_PI / 180));
        geod_direct(oracle_earth(), a.lat / 1e7, a.lon / 1e7, az, s, &lat, &lon, NULL);
        assert_true(vec_length(vec_sub(earth_direct(&a, &t, s), unit_of(lat, lon))) * EARTH_A < 0.001);
    }
}

/* The true geodesic never leaves the great circle by more than edge_slack. */
static void edges(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(43);
    double worst = 0;
    for (int i = 0; i < 30000; i++) {
        struct position a = oracle_place(&r);
        double length = exp(oracle_real(&r, log(1e4), log(1.89e7))), az = oracle_real(&r, 0, 360), lat, lon;
        if (i % 5 == 0) az = 90 * (double)oracle_int(&r, 0, 3) + oracle_real(&r, -1, 1);
        geod_direct(oracle_earth(), a.lat / 1e7, a.lon / 1e7, az, length, &lat, &lon, NULL);
        struct edge g;
        struct vec u = earth_unit(&a), v = unit_of(lat, lon);
        if (vec_dot(u, v) <= cos(170 * M_PI / 180)) continue;
        edge_make(u, v, &g);
        for (int k = 1; k < 12; k++) {
            double la, lo;
            geod_direct(oracle_earth(), a.lat / 1e7, a.lon / 1e7, az, length * k / 12, &la, &lo, NULL);
            struct vec x = unit_of(la, lo);
            double off = earth_metres(x, edge_nearest(&g, x));
            assert_true(off <= edge_slack(length) + 1e-3);
            if (edge_slack(length) > 1 && off / edge_slack(length) > worst) worst = off / edge_slack(length);
        }
    }
    assert_true(worst > 0.8); /* the margin is not idle either */
}

/* The foot on an edge is nearer, on the ellipsoid, than any other point of the edge. */
static void feet(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(44);
    for (int i = 0; i < 30000; i++) {
        struct position a = oracle_place(&r), b = oracle_ahead(a, oracle_real(&r, 0, 360), exp(oracle_real(&r, log(0.1), log(1e6))));
        struct position p = oracle_ahead(a, oracle_real(&r, 0, 360), exp(oracle_real(&r, log(0.1), log(2e6))));
        struct edge g;
        edge_make(earth_unit(&a), earth_unit(&b), &g);
        struct vec u = earth_unit(&p), foot = edge_nearest(&g, u);
        double least = earth_metres(u, foot), angle = angle_atan2(g.sin, g.cos);
        if (least > 3.4e5 && least < 3.6e5) continue; /* the measure changes from one formula to the other here */
        for (int k = 0; k <= 40; k++) {
            struct turn t = angle_turn(angle * k / 40);
            struct vec x = vec_unit(vec_add(vec_scale(g.a, t.cos), vec_scale(g.e, t.sin)));
            assert_true(earth_metres(u, x) >= least * (1 - 3e-6) - 0.025);
        }
    }
}

static void chords(void **state) {
    (void)state;
    for (double m = 1; m < 2e7; m *= 1.5) assert_true(fabs(earth_metres_of_chord(earth_chord_of_metres(m)) / m - 1) < 1e-9);
    assert_true(earth_chord_of_metres(3e7) == 2 * EARTH_MEAN);
    struct oracle_rng r = oracle_rng_new(45);
    for (int i = 0; i < 100000; i++) { /* the bound by which searches are cut */
        struct position a = oracle_place(&r), b = oracle_place(&r);
        if (i % 2) b = oracle_ahead(a, oracle_real(&r, 0, 360), exp(oracle_real(&r, 0, log(1e6))));
        struct vec u = earth_unit(&a), v = earth_unit(&b);
        double d = vec_length(vec_sub(u, v)), chord = vec_length(vec_sub(earth_ecef(u), earth_ecef(v)));
        assert_true(earth_metres(u, v) >= 0.998 * EARTH_CURVE_LEAST * d);
        assert_true(chord >= EARTH_CURVE_LEAST * d * (1 - 1e-9) - 1e-6 && chord <= EARTH_CURVE_GREATEST * d * (1 + 1e-9) + 1e-6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(geodesics), cmocka_unit_test(edges),
                                       cmocka_unit_test(feet), cmocka_unit_test(chords)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("earth", tests, NULL, NULL);
}
