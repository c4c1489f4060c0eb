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
    for (int i = 0; i < oracle_rounds(3000); i++) {
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

/* --- pieces --- */

static bool holds_any(const struct box *b, uint32_t n, struct position p) {
    for (uint32_t i = 0; i < n; i++)
        if (holds(&b[i], p)) return true;
    return false;
}

static struct position between(struct position p, struct position q, double share) {
    struct geod_geodesicline l;
    double lat, lon;
    geod_inverseline(&l, oracle_earth(), p.lat / 1e7, p.lon / 1e7, q.lat / 1e7, q.lon / 1e7, 0);
    geod_position(&l, oracle_metres(p, q) * share, &lat, &lon, NULL);
    return (struct position){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
}

/* So far along a geodesic and back beside it: a corridor's path, or a ring around it that is so wide. */
static uint32_t strip(struct position from, double azimuth, double metres, double wide, enum shape_kind kind, struct position *at) {
    uint32_t n = (uint32_t)(metres / 450e3) + 2;
    for (uint32_t i = 0; i < n; i++) at[i] = oracle_ahead(from, azimuth, metres * i / (n - 1));
    if (kind == SHAPE_CORRIDOR) return n;
    for (uint32_t i = 0; i < n; i++) at[n + i] = oracle_ahead(at[n - 1 - i], azimuth + 90, wide);
    return 2 * n;
}

/* What was made without a reach and grown holds what is made with it, and is hardly larger. */
static void widened(const struct volume *v, double reach) {
    struct box made[BOX_PIECES], with[BOX_PIECES], grown;
    uint32_t n = box_pieces(v, &altitude_offsets_default, 0, 0, 0, 0, made);
    assert_int_equal(box_pieces(v, &altitude_offsets_default, reach, 700, 3000000, 9000000, with), n);
    for (uint32_t i = 0; i < n; i++) {
        box_widen(v, &made[i], &altitude_offsets_default, reach, 700, 3000000, 9000000, &grown);
        for (int k = 0; k < 3; k++) {
            assert_true(grown.low[k] <= with[i].low[k] && grown.high[k] >= with[i].high[k]);
            double more = ((double)with[i].low[k] - grown.low[k] + grown.high[k] - with[i].high[k]) / 1073741824.0 * 6.4e6, total = (double)v->shape.reach_cm / 100.0 + reach;
            assert_true(more <= (total > 1.8e6 ? 2.0 * total + 2e6 : 20.0 + total * 0.05));
        }
        assert_true(grown.low[3] == with[i].low[3] && grown.high[3] == with[i].high[3] && grown.from == with[i].from && grown.to == with[i].to);
    }
}
static void in_the_pieces(struct oracle_rng *r, const struct volume *v, const struct position *inside, int *many) {
    struct box b[BOX_PIECES], whole;
    double reach = oracle_bits(r) % 2 ? 0 : oracle_real(r, 0, 1e5), around = v->shape.reach_cm / 100.0 + reach;
    uint32_t n = box_pieces(v, &altitude_offsets_default, reach, 0, 0, 0, b), edges = v->shape.count - (v->shape.kind == SHAPE_CORRIDOR && v->shape.count > 1);
    widened(v, reach);
    assert_true(n >= 1 && n <= BOX_PIECES && n == box_pieces(v, &altitude_offsets_default, 5e5, 7, 1, 1, NULL));
    *many += n > 1;
    box_of_volume(v, &altitude_offsets_default, reach, 0, 0, 0, &whole);
    for (uint32_t i = 0; i < n; i++) {
        struct box both = whole;
        for (int k = 0; k < 4; k++) { /* none reaches beyond the whole by more than a slab's roundoff */
            assert_true(b[i].low[k] <= b[i].high[k] && b[i].low[k] >= whole.low[k] - 2 && b[i].high[k] <= whole.high[k] + 2);
            both.low[k] = b[i].low[k];
            both.high[k] = b[i].high[k];
        }
        assert_true(box_meets(&both, &whole) && b[i].from == whole.from && b[i].to == whole.to);
    }
    for (int k = 0; k < 20; k++) {
        uint32_t i = (uint32_t)oracle_int(r, 0, edges - 1);
        struct position p = v->shape.count == 1 ? v->shape.at[0] : between(v->shape.at[i], v->shape.at[(i + 1) % v->shape.count], oracle_real(r, 0, 1));
        assert_true(holds_any(b, n, oracle_ahead(p, oracle_real(r, 0, 360), around * (k % 2 ? 1 : oracle_real(r, 0, 1)))));
    }
    if (inside != NULL && oracle_inside(*inside, &v->shape)) assert_true(holds_any(b, n, *inside));
}

static void sampled_points_of_pieces(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(77);
    static struct position at[200];
    static struct oracle_shape s;
    int many = 0, rings = 0, over = 0;
    for (int i = 0; i < oracle_rounds(500); i++) { /* strips, of which most are worth cutting */
        enum shape_kind kind = i % 2 ? SHAPE_POLYGON : SHAPE_CORRIDOR;
        struct position from = oracle_place(&r);
        double azimuth = oracle_real(&r, 0, 360), metres = exp(oracle_real(&r, log(3e5), log(1.6e7))), wide = exp(oracle_real(&r, log(1e3), log(8e5)));
        uint32_t n = strip(from, azimuth, metres, wide, kind, at);
        struct volume v = {{(uint8_t)kind, n, kind == SHAPE_CORRIDOR ? (int64_t)(wide * 100) : 0, at}, {0, ALTITUDE_AMSL}, {1000, ALTITUDE_AMSL}, 0, 1};
        struct fault f;
        if (!result_is_ok(shape_check(&v.shape, &f))) continue;
        struct position inside = oracle_ahead(at[oracle_int(&r, 0, n / 2)], azimuth + 90, wide * oracle_real(&r, 0, 1));
        in_the_pieces(&r, &v, &inside, kind == SHAPE_POLYGON ? &rings : &many);
    }
    assert_true(many > oracle_rounds(150) && rings > oracle_rounds(40));
    for (int i = 0; i < 60; i++) { /* strips over where an axis leaves the sphere, far from their edges */
        struct position axis = i % 6 < 2 ? (struct position){i % 2 ? 900000000 : -900000000, 0} : (struct position){0, (i % 6 - 2) * 900000000 - 900000000};
        double azimuth = oracle_real(&r, 0, 360), wide = oracle_real(&r, 4e5, 9e5);
        struct position from = oracle_ahead(oracle_ahead(axis, azimuth + 90, wide / 2), azimuth + 180, oracle_real(&r, 2e6, 3e6));
        uint32_t n = strip(from, azimuth, 5.5e6, -wide, SHAPE_POLYGON, at);
        struct volume v = {{SHAPE_POLYGON, n, 0, at}, {0, ALTITUDE_AMSL}, {1000, ALTITUDE_AMSL}, 0, 1};
        struct fault f;
        if (result_is_ok(shape_check(&v.shape, &f)) && oracle_inside(axis, &v.shape)) over += box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, NULL) > 1;
        else continue;
        in_the_pieces(&r, &v, &axis, &rings);
    }
    assert_true(over > oracle_rounds(20));
    for (int i = 0; i < oracle_rounds(300); i++) { /* and anything else, around the poles and over half of the earth */
        struct position middle = oracle_place(&r), inside;
        struct fault f;
        double size = exp(oracle_real(&r, log(2e5), log(9e6)));
        oracle_shape_random(&r, i % 2 ? SHAPE_POLYGON : SHAPE_CORRIDOR, middle, size, 40, &s);
        struct volume v = {s.shape, {0, ALTITUDE_AMSL}, {1000, ALTITUDE_AMSL}, 0, 1};
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        for (int k = 0; k < 4; k++) {
            inside = oracle_ahead(middle, oracle_real(&r, 0, 360), size * oracle_real(&r, 0, 1));
            in_the_pieces(&r, &v, s.shape.kind == SHAPE_POLYGON ? &inside : NULL, &many);
        }
    }
}

static double ground(const struct box *b, uint32_t n) { /* square kilometres of the largest faces */
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double e[3], most = 0;
        for (int k = 0; k < 3; k++) e[k] = ((double)b[i].high[k] - b[i].low[k]) * 0.00593 / 1000;
        for (int k = 0; k < 3; k++) most = fmax(most, e[k] * e[(k + 1) % 3]);
        sum += most;
    }
    return sum;
}

/* As many as are worth it: some 20 for 10,000 km, of a twelfth of the ground; none for what is short or round; never more than there is room for. */
static void pieces_as_needed(void **state) {
    (void)state;
    static struct position at[LIMIT_VERTICES];
    struct box b[BOX_PIECES], whole;
    struct volume v = {{SHAPE_CORRIDOR, 0, 1852000, at}, {0, ALTITUDE_W84}, {100, ALTITUDE_W84}, 0, 0};
    v.shape.count = strip((struct position){300000000, 0}, 40, 1e7, 0, SHAPE_CORRIDOR, at);
    uint32_t n = box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, b);
    box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, &whole);
    print_message("# 10,000 km: %u pieces, %.0f km2, in one %.0f\n", n, ground(b, n), ground(&whole, 1));
    assert_true(n >= 20 && n <= 24 && ground(b, n) * 12 < ground(&whole, 1));
    v.shape.kind = SHAPE_POLYGON;
    v.shape.count = strip((struct position){300000000, 0}, 40, 5e6, 30e3, SHAPE_POLYGON, at);
    n = box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, b);
    box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, &whole);
    print_message("# a strip of 5,000 km: %u pieces, %.0f km2, in one %.0f\n", n, ground(b, n), ground(&whole, 1));
    assert_true(n >= 7 && n <= 12 && ground(b, n) * 4 < ground(&whole, 1));
    v.shape.count = strip((struct position){300000000, 0}, 40, 3e6, 2.5e6, SHAPE_POLYGON, at);
    assert_int_equal(box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, NULL), 1); /* a continent */
    v.shape.kind = SHAPE_CORRIDOR;
    v.shape.reach_cm = 1000000;
    v.shape.count = strip((struct position){300000000, 0}, 40, 4e5, 0, SHAPE_CORRIDOR, at);
    assert_int_equal(box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, NULL), 1);
    for (uint32_t i = 0; i < LIMIT_VERTICES; i++) at[i] = (struct position){i / 2 % 2 ? 30000000 : -30000000, (int32_t)(i / 2) * 2000000};
    v.shape.count = LIMIT_VERTICES; /* up and down along a quarter of the equator */
    n = box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, NULL);
    assert_true(n > 8 && n <= BOX_PIECES);
    v.shape.kind = SHAPE_CIRCLE;
    v.shape.count = 1;
    v.shape.reach_cm = 500000000;
    assert_int_equal(box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, NULL), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sampled_points), cmocka_unit_test(sampled_points_of_pieces), cmocka_unit_test(pieces_as_needed), cmocka_unit_test(not_too_large),
                                       cmocka_unit_test(heights_and_times)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("box", tests, NULL, NULL);
}
