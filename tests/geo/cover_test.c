/* Pieces and covering circles: every point of a shape, drawn with PROJ's geodesics, lies in one of what is written for it; each is a circle or a polygon that the
 * doors of F3548 would take. */
#include "geo/cover.h"
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AREA 2.5e9
#define ROOM 4096
static struct shape shapes[ROOM];
static struct position at[ROOM * 16];
static struct cover_work work;
static struct cover begin(void) { return (struct cover){.shapes = shapes, .room = ROOM, .at = at, .at_room = ROOM * 16, .work = &work}; }

/* Points on the edges, between two of them, and of circles and corridors as far out as they reach. */
static struct position between(struct oracle_rng *r, struct position p, struct position q) {
    struct geod_geodesicline l;
    double lat, lon;
    geod_inverseline(&l, oracle_earth(), p.lat / 1e7, p.lon / 1e7, q.lat / 1e7, q.lon / 1e7, 0);
    geod_position(&l, oracle_metres(p, q) * oracle_real(r, 0, 1), &lat, &lon, NULL);
    return (struct position){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
}
static struct position on_edge(struct oracle_rng *r, const struct shape *s) {
    uint32_t i = (uint32_t)oracle_int(r, 0, s->count - 1), next = (i + 1) % s->count;
    return s->count == 1 || (s->kind == SHAPE_CORRIDOR && next == 0) ? s->at[i] : between(r, s->at[i], s->at[next]);
}
static bool draw(struct oracle_rng *r, const struct shape *s, struct position *out) {
    *out = on_edge(r, s); /* one draw a statement: arguments are evaluated in no order that the language names */
    if (s->kind != SHAPE_POLYGON) {
        double azimuth = oracle_real(r, 0, 360), part = oracle_bits(r) % 2 ? 0.99999 : oracle_real(r, 0, 1);
        *out = oracle_ahead(*out, azimuth, (double)s->reach_cm / 100.0 * part);
        return true;
    }
    if (oracle_bits(r) % 4 == 0) return true;
    struct position other = on_edge(r, s);
    *out = between(r, *out, other);
    return oracle_inside(*out, s);
}
static double far_from(struct position p, const struct shape *s) {
    if (s->kind == SHAPE_CIRCLE) return fmax(0.0, oracle_metres(p, s->at[0]) - (double)s->reach_cm / 100.0);
    double least = 1e9, widest = 0.0;
    for (uint32_t i = 0; i < s->count; i++) widest = fmax(widest, oracle_metres(s->at[0], s->at[i]));
    if (oracle_metres(p, s->at[0]) > 2.0 * widest + 1000.0) return least; /* wherever in it one is */
    if (oracle_inside(p, s)) return 0.0;
    for (uint32_t i = 0; i < s->count; i++) least = fmin(least, oracle_point_edge(p, s->at[i], s->at[(i + 1) % s->count]));
    return least;
}
static void each_is_good(const struct cover *c, double most) {
    for (uint32_t i = 0; i < c->count; i++) {
        struct fault f = {0};
        double area;
        assert_true(c->shapes[i].kind == SHAPE_CIRCLE || c->shapes[i].kind == SHAPE_POLYGON);
        if (!result_is_ok(shape_measure(&c->shapes[i], &area, &f))) fail_msg("piece %u: %s %s", i, f.field, f.message);
        if (c->shapes[i].kind == SHAPE_POLYGON) assert_true(area <= most);
    }
}
/* Within what is said of an edge against the true geodesic: what is as it was is no wider than that. */
static void holds(struct oracle_rng *r, const struct shape *s, const struct cover *c, uint32_t points, double allowed) {
    for (uint32_t n = 0; n < points; n++) {
        struct position p;
        double least = 1e9;
        if (!draw(r, s, &p)) continue;
        for (uint32_t i = 0; i < c->count && least > 0.0; i++) least = fmin(least, far_from(p, &c->shapes[i]));
        if (least > allowed) fail_msg("%d, %d lies %.3f m outside of all %u pieces of a shape of kind %u", p.lat, p.lon, least, c->count, s->kind);
    }
}

static void random_shapes(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(97);
    static struct oracle_shape s;
    uint32_t split = 0;
    for (int i = 0; i < 60; i++) {
        double size = exp(oracle_real(&r, log(300), log(6e5)));
        if (i % 6 == SHAPE_POLYGON) size = oracle_real(&r, 6e4, 2e5); /* every other polygon is too large for one, and not for 64 */
        oracle_shape_random(&r, (enum shape_kind)(i % 3), oracle_place(&r), size, 12, &s);
        if (i % 3 == SHAPE_CORRIDOR) s.shape.reach_cm = (int64_t)exp(oracle_real(&r, log(1e4), log(6e6)));
        struct fault f = {0};
        static struct position cut[ORACLE_ROOM];
        struct shape as_kept = s.shape;
        if (!result_is_ok(shape_check(&s.shape, &f)) || !result_is_ok(shape_cut(&s.shape, cut, ORACLE_ROOM, &as_kept.count, &f))) continue;
        if (s.shape.kind != SHAPE_CIRCLE) as_kept.at = cut;
        struct cover c = begin();
        assert_true(cover_shape(&c, &as_kept, AREA));
        each_is_good(&c, AREA);
        bool as_it_was = c.count == 1 && c.shapes[0].kind == as_kept.kind && c.shapes[0].count == as_kept.count;
        if (c.count > 1 && as_kept.kind == SHAPE_POLYGON) split++;
        holds(&r, &s.shape, &c, 40, as_it_was ? 0.25 + 7e-11 * 25e10 : 0.02);
        c = begin();
        assert_true(cover_circle(&c, &as_kept, 1));
        assert_true(c.count <= 2);
        holds(&r, &s.shape, &c, 20, 0.02);
    }
    if (split < 6) fail_msg("only %u polygons of 20 were split", split);
}
/* Named places: a ring over the antimeridian, one around each pole, a bay, a comb, a country. */
static void named(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(98);
    static const struct position meridian[] = {{100000000, 1790000000}, {100000000, -1785000000}, {120000000, -1785000000}, {120000000, 1790000000}};
    static const struct position pole[] = {{880000000, 0}, {880000000, 900000000}, {880000000, 1800000000}, {880000000, -900000000}};
    static const struct position south[] = {{-850000000, -1790000000}, {-860000000, -600000000}, {-850000000, 700000000}};
    static const struct position bay[] = {{0, 0}, {0, 40000000}, {30000000, 40000000}, {30000000, 38000000}, {2000000, 38000000}, {2000000, 2000000}, {30000000, 2000000}, {30000000, 0}};
    static const struct position country[] = {{450000000, 0}, {450000000, 40000000}, {450000000, 80000000}, {500000000, 80000000}, {500000000, 40000000}, {500000000, 0}};
    static const struct { const struct position *at; uint32_t count, most; } all[] = {{meridian, 4, 64}, {pole, 4, 64}, {south, 3, 64}, {bay, 8, 64}, {country, 6, 64}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct shape s = {.kind = SHAPE_POLYGON, .count = all[i].count, .at = all[i].at};
        struct cover c = begin();
        assert_true(cover_shape(&c, &s, AREA));
        assert_true(c.count > 1 && c.count <= all[i].most);
        each_is_good(&c, AREA);
        holds(&r, &s, &c, 10, 0.02);
    }
}
/* A bay of a large ring stays open: pieces follow its banks. */
static void a_bay_stays_open(void **state) {
    (void)state;
    static const struct position bay[] = {{0, 0}, {0, 16000000}, {12000000, 16000000}, {12000000, 13000000}, {3000000, 13000000}, {3000000, 3000000}, {12000000, 3000000}, {12000000, 0}};
    struct shape s = {.kind = SHAPE_POLYGON, .count = 8, .at = bay};
    struct cover c = begin();
    assert_true(cover_shape(&c, &s, AREA));
    double sum = 0.0;
    for (uint32_t i = 0; i < c.count; i++) {
        assert_true(c.shapes[i].kind == SHAPE_POLYGON);
        sum += shape_area(&c.shapes[i]);
    }
    assert_true(sum < 1.35 * shape_area(&s));
}
/* What is small enough comes back vertex for vertex; a corridor's pieces are not much wider than it. */
static void small_ones(void **state) {
    (void)state;
    static const struct position ring[] = {{100000000, 100000000}, {100000000, 101000000}, {101000000, 100500000}}, path[] = {{100000000, 100000000}, {100000000, 104000000}, {103000000, 104000000}};
    struct shape polygon = {.kind = SHAPE_POLYGON, .count = 3, .at = ring}, circle = {.kind = SHAPE_CIRCLE, .count = 1, .at = ring, .reach_cm = 5000000},
                 corridor = {.kind = SHAPE_CORRIDOR, .count = 3, .at = path, .reach_cm = 100000};
    struct cover c = begin();
    assert_true(cover_shape(&c, &polygon, AREA) && cover_shape(&c, &circle, AREA));
    assert_int_equal(c.count, 2);
    assert_true(c.shapes[0].kind == SHAPE_POLYGON && memcmp(c.shapes[0].at, ring, sizeof ring) == 0);
    assert_true(c.shapes[1].kind == SHAPE_CIRCLE && c.shapes[1].reach_cm == 5000000);
    c = begin();
    assert_true(cover_shape(&c, &corridor, AREA));
    assert_int_equal(c.count, 2);
    for (int i = 0; i < 2; i++) assert_true(c.shapes[i].kind == SHAPE_POLYGON && shape_area(&c.shapes[i]) < 1.1 * (44.0e3 + 2.0e3) * 2.0e3);
}
/* A wide leg is a circle, and its ends are round. */
static void round_ends(void **state) {
    (void)state;
    static const struct position path[] = {{100000000, 100000000}, {100000000, 100900000}};
    struct shape wide = {.kind = SHAPE_CORRIDOR, .count = 2, .at = path, .reach_cm = 3000000};
    struct cover c = begin();
    assert_true(cover_shape(&c, &wide, AREA));
    for (int k = 0; k < 2; k++)
        for (int azimuth = 0; azimuth < 360; azimuth += 15) {
            struct position p = oracle_ahead(path[k], azimuth, 29999.0);
            double least = 1e9;
            for (uint32_t i = 0; i < c.count; i++) least = fmin(least, far_from(p, &c.shapes[i]));
            assert_true(least <= 0.0);
        }
}
static void around_everything(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(99);
    static const struct position a = {0, 0}, b = {0, 1700000000}, p = {-890000000, 0};
    struct shape far[] = {{.kind = SHAPE_CIRCLE, .count = 1, .at = &a, .reach_cm = 100000}, {.kind = SHAPE_CIRCLE, .count = 1, .at = &b, .reach_cm = 100000}, {.kind = SHAPE_CIRCLE, .count = 1, .at = &p, .reach_cm = 100000}};
    struct cover c = begin();
    assert_true(cover_circle(&c, far, 3));
    assert_int_equal(c.count, 2);
    for (int i = 0; i < 3; i++) holds(&r, &far[i], &c, 40, 0.0);
    for (int i = 0; i < 400; i++) {
        struct position any = oracle_place(&r);
        assert_true(far_from(any, &c.shapes[0]) <= 0.0 || far_from(any, &c.shapes[1]) <= 0.0);
    }
}
/* Where there is no room, it says so; nothing is written past it. */
static void no_room(void **state) {
    (void)state;
    static const struct position country[] = {{450000000, 0}, {450000000, 40000000}, {450000000, 80000000}, {500000000, 80000000}, {500000000, 40000000}, {500000000, 0}};
    static const struct position path[] = {{0, 0}, {0, 40000000}, {0, 80000000}};
    struct shape s = {.kind = SHAPE_POLYGON, .count = 6, .at = country}, corridor = {.kind = SHAPE_CORRIDOR, .count = 3, .at = path, .reach_cm = 1000000}, tiny = {.kind = SHAPE_POLYGON, .count = 3, .at = country};
    for (uint32_t room = 0; room < 4; room++) {
        struct cover c = begin();
        c.room = room;
        assert_false(cover_shape(&c, &s, AREA));
        assert_true(c.count <= room);
        c = begin();
        c.room = room;
        assert_false(cover_shape(&c, &corridor, AREA));
        assert_true(c.count <= room);
    }
    struct cover c = begin();
    c.at_room = 2;
    assert_false(cover_shape(&c, &tiny, 1e15));
    assert_false(cover_shape(&c, &s, AREA));
    c = begin();
    c.at_room = 0;
    assert_false(cover_circle(&c, &s, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_shapes), cmocka_unit_test(named), cmocka_unit_test(a_bay_stays_open), cmocka_unit_test(small_ones), cmocka_unit_test(round_ends), cmocka_unit_test(around_everything),
                                       cmocka_unit_test(no_room)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("cover", tests, NULL, NULL);
}
