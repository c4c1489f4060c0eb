/* A volume's box holds what the volume holds: points on geodesic edges, within its reach, inside; heights; times. That boxes of
 * volumes that meet do meet is checked in meet_test.c for every pair. */
#include "geo/box.h"
#include "geo/earth.h"
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static bool holds(const struct box *b, struct position p) {
    double lat = p.lat / 1e7 * M_PI / 180, lon = p.lon / 1e7 * M_PI / 180;
    double v[3] = {cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
    for (int i = 0; i < 3; i++)
        if (v[i] * 1073741824.0 < b->low[i] || v[i] * 1073741824.0 > b->high[i]) return false;
    return true;
}

static void sampled_points(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(51);
    static struct oracle_shape s;
    for (int i = 0; i < 3000; i++) {
        double size = exp(oracle_real(&r, log(10), log(4e6))), reach = oracle_bits(&r) % 2 ? 0 : size * oracle_real(&r, 0, 2);
        struct position middle = oracle_place(&r);
        struct fault f;
        oracle_shape_random(&r, (enum shape_kind)(i % 3), middle, size, 12, &s);
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        struct volume v = {s.shape, {0, ALTITUDE_AMSL}, {1000, ALTITUDE_AMSL}, 0, 1};
        struct box b;
        box_of_volume(&v, &altitude_offsets_default, reach, 0, 0, 0, &b);
        double around = s.shape.reach_cm / 100.0 + reach;
        for (int k = 0; k < 40; k++) {
            uint32_t n = s.shape.count, at = (uint32_t)oracle_int(&r, 0, n - 1);
            struct position p = s.at[at];
            if (n > 1 && (s.shape.kind == SHAPE_POLYGON || at + 1 < n)) { /* on the true edge */
                struct geod_geodesicline l;
                struct position q = s.at[(at + 1) % n];
                double lat, lon;
                geod_inverseline(&l, oracle_earth(), p.lat / 1e7, p.lon / 1e7, q.lat / 1e7, q.lon / 1e7, 0);
                geod_position(&l, oracle_metres(p, q) * oracle_real(&r, 0, 1), &lat, &lon, NULL);
                p = (struct position){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
            }
            p = oracle_ahead(p, oracle_real(&r, 0, 360), around * (k % 2 ? 1 : oracle_real(&r, 0, 1)));
            assert_true(holds(&b, p));
        }
        if (s.shape.kind == SHAPE_POLYGON && oracle_inside(middle, &s.shape)) assert_true(holds(&b, middle));
    }
}

/* Tight enough to be of use: for shapes of some kilometres within a few metres. */
static void not_too_large(void **state) {
    (void)state;
    struct position c = {900000000, 0};
    struct volume v = {{SHAPE_CIRCLE, 1, 100000000, &c}, {0, ALTITUDE_W84}, {100, ALTITUDE_W84}, 0, 0};
    struct box b;
    box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, &b); /* 1,000 km around the pole */
    assert_true(b.high[2] >= 1073741824 && b.high[2] < 1073741830);
    assert_true(b.low[2] > 0.98 * 1073741824 && b.low[2] < 0.9885 * 1073741824);
    assert_true(b.high[0] > 0.156 * 1073741824 && b.high[0] < 0.16 * 1073741824 && b.low[0] < -0.156 * 1073741824);
    v.shape.reach_cm = 100000;
    c.lat = 0;
    box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, &b);
    assert_true((b.high[1] - b.low[1]) * 0.00593 > 2000 && (b.high[1] - b.low[1]) * 0.00593 < 2030);
    assert_true(b.high[0] - b.low[0] < 40);
}

static void heights_and_times(void **state) {
    (void)state;
    struct position c = {0, 0};
    struct volume v = {{SHAPE_CIRCLE, 1, 100, &c}, {100, ALTITUDE_W84}, {200, ALTITUDE_W84}, 1500000, 2500001};
    struct box b;
    box_of_volume(&v, &altitude_offsets_default, 0, 30, 1, 0, &b);
    assert_true(b.low[3] == 70 && b.high[3] == 230 && b.from == 1 && b.to == 3);
    v.start = -1500000;
    v.end = -1500000;
    box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, &b);
    assert_true(b.from == -2 && b.to == -1);
    v.start = INT64_MIN;
    v.end = INT64_MAX;
    v.lower.cm = INT32_MIN;
    v.upper.cm = ALTITUDE_UNLIMITED;
    box_of_volume(&v, &altitude_offsets_default, 0, INT32_MAX, INT64_MAX, INT64_MAX, &b);
    assert_true(b.from == INT64_MIN / 1000000 - 1 && b.to == INT64_MAX / 1000000 + 1);
    assert_true(b.low[3] == INT32_MIN && b.high[3] == INT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sampled_points), cmocka_unit_test(not_too_large),
                                       cmocka_unit_test(heights_and_times)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("box", tests, NULL, NULL);
}
