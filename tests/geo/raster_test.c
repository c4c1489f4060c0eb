/* Cells of a window against the exact distances of their middles. */
#include "geo/raster.h"

#include "geo/angle.h"
#include "geo/meet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint64_t bits = 3;
static int64_t pick(int64_t low, int64_t high) {
    bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int64_t)((bits >> 11) % (uint64_t)(high - low + 1));
}

static struct position at[1000];
static int32_t wrapped(int64_t lon) { return (int32_t)(lon >= 1800000000 ? lon - INT64_C(3600000000) : lon < -1800000000 ? lon + INT64_C(3600000000) : lon); }
static struct position near_to(struct position p, int64_t size) {
    int64_t lat = p.lat + pick(-size, size);
    return (struct position){(int32_t)(lat > 900000000 ? 900000000 : lat < -900000000 ? -900000000 : lat), wrapped(p.lon + pick(-2 * size, 2 * size))};
}
static bool draw_shape(struct position where, int64_t size, struct shape *s) {
    struct fault f;
    *s = (struct shape){.kind = (uint8_t)pick(SHAPE_CIRCLE, SHAPE_CORRIDOR), .count = 1, .at = at};
    if (s->kind != SHAPE_CIRCLE) s->count = (uint32_t)pick(s->kind == SHAPE_POLYGON ? 3 : 1, 9);
    if (s->kind != SHAPE_POLYGON) s->reach_cm = s->kind == SHAPE_CIRCLE ? pick(1, size * 2) : pick(1, 20000);
    for (uint32_t i = 0; i < s->count; i++) at[i] = near_to(where, size);
    if (!result_is_ok(shape_check(s, &f))) return false;
    struct position cut[1000];
    if (!result_is_ok(shape_cut(s, cut, 1000, &s->count, &f))) return false;
    memcpy(at, cut, s->count * sizeof *cut);
    return true;
}
static bool within(const struct position *p, double metres, const struct shape *s) {
    struct volume a = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = (int64_t)(metres * 100.0), .at = p}}, b = {.shape = *s};
    struct meeting m;
    meet_volumes(&a, &b, &(struct altitude_offsets){0}, 0, 0, 0, 0, &m);
    return m.meets;
}
static struct position middle_of(const struct raster *r, int row, int column) {
    double x = (column + 0.5 - RASTER_SIDE / 2) * r->cell, y = (row + 0.5 - RASTER_SIDE / 2) * r->cell;
    return earth_position(vec_unit(vec_add(r->middle, vec_add(vec_scale(r->east, x), vec_scale(r->north, y)))));
}

static void cells_are_touched(void **unused) {
    (void)unused;
    uint64_t touched = 0, looked = 0, shapes = 0;
    for (int round = 0; round < 3000; round++) {
        static const int64_t sizes[] = {10000, 100000, 1000000, 5000000, 50000000, 500000000};
        int64_t size = sizes[pick(0, 5)];
        struct position where = {(int32_t)pick(-900000000, 900000000), (int32_t)pick(-1800000000, 1799999999)};
        if (pick(0, 3) == 0) where.lat = pick(0, 1) ? (int32_t)pick(890000000, 900000000) : (int32_t)pick(-900000000, -890000000);
        struct shape s;
        struct raster r;
        struct raster_cells cells;
        if (!draw_shape(where, size, &s)) continue;
        shapes++;
        struct position middle = pick(0, 2) ? s.at[pick(0, s.count - 1)] : near_to(where, size);
        raster_make(&r, &middle, 1000.0);
        raster_shape(&r, &s, &cells);
        for (int i = 0; i < 60; i++) {
            int row = (int)pick(0, RASTER_SIDE - 1), column = (int)pick(0, RASTER_SIDE - 1);
            struct position p = middle_of(&r, row, column);
            bool has = raster_has(&cells, (uint32_t)row, (uint32_t)column);
            looked++;
            touched += has;
            if (has && !within(&p, 800.0 + (double)s.reach_cm / 100.0 * (s.kind == SHAPE_CIRCLE ? 0.01 : 0.5), &s)) fail_msg("round %d: cell %d %d is too far", round, row, column);
            /* A circle of a metre less than the grid of the margin: what lies deep inside is there for certain. */
            if (!has && s.kind != SHAPE_CIRCLE && within(&p, 300.0, &s) && size < 50000000) fail_msg("round %d: cell %d %d is touched", round, row, column);
            if (!has && s.kind == SHAPE_CIRCLE && size < 50000000 && within(&p, 300.0, &s)) fail_msg("round %d: cell %d %d is in the circle", round, row, column);
        }
    }
    assert_true(shapes > 1500 && touched > looked / 50 && touched < looked);
}

/* A ring of a thousand teeth; one that is a third of the earth; a window at a vertex. */
static void rows(void **unused) {
    (void)unused;
    struct raster r;
    struct raster_cells cells;
    struct position middle = {470000000, 80000000};
    for (int i = 0; i < 1000; i++) {
        struct turn t = angle_turn_e7((int64_t)i * 3600000); /* 1000 of 360 degrees */
        double reach = i % 2 ? 2000000.0 : 3500000.0;
        at[i] = (struct position){middle.lat + (int32_t)(reach * t.sin), middle.lon + (int32_t)(reach * t.cos)};
    }
    struct shape s = {.kind = SHAPE_POLYGON, .count = 1000, .at = at};
    raster_make(&r, &middle, 1000.0);
    raster_shape(&r, &s, &cells);
    assert_true(raster_has(&cells, 64, 64) && raster_has(&cells, 80, 64) && !raster_has(&cells, 110, 64) && !raster_has(&cells, 0, 0));
    static const struct position third[] = {{0, 0}, {0, 800000000}, {0, 1600000000}, {800000000, 800000000}, {890000000, 0}};
    s = (struct shape){.kind = SHAPE_POLYGON, .count = 5, .at = third};
    struct fault f;
    assert_true(result_is_ok(shape_check(&s, &f)));
    static const struct { struct position at; bool inside; } places[] = {{{400000000, 200000000}, true}, {{-400000000, 200000000}, false}, {{400000000, -1000000000}, false}, {{200000000, 1200000000}, true}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        raster_make(&r, &places[i].at, 1000.0);
        raster_shape(&r, &s, &cells);
        assert_int_equal(raster_has(&cells, 64, 64), places[i].inside);
        assert_int_equal(raster_has(&cells, 0, 127), places[i].inside);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells_are_touched), cmocka_unit_test(rows)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("raster", tests, NULL, NULL);
}
