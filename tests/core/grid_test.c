/* The grid against looking at everything: the same boxes, whatever their size and wherever they are. */
#include "core/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "geo/angle.h"
#include "geo/earth.h"

enum { BOXES = 3000 };
static uint64_t bits;
static double share(void) {
    bits ^= bits << 13;
    bits ^= bits >> 7;
    bits ^= bits << 17;
    return (double)(bits >> 11) * 0x1p-53;
}
static int32_t unit_cm(double v) { return (int32_t)(v * 1073741824.0); }

/* Around a place; `spread`: how far apart places are, in radians; sizes from a metre to the whole earth. */
static struct box box_near(const struct position *centre, double spread) {
    struct position p = {(int32_t)(centre->lat + (share() - 0.5) * spread / ANGLE_DEGREE_E7), (int32_t)(centre->lon + (share() - 0.5) * spread / ANGLE_DEGREE_E7)};
    if (p.lat > 900000000) p.lat = 900000000;
    if (p.lat < -900000000) p.lat = -900000000;
    struct vec at = earth_unit(&p);
    double size = 2e-7, height = share() * 1e6;
    for (int i = (int)(share() * 24); i > 0; i--) size *= 2.0;
    struct box b = {.from = 0, .to = 0};
    for (int k = 0; k < 3; k++) {
        double low = vec_axis(&at, k) - size * share(), high = vec_axis(&at, k) + size * share();
        b.low[k] = unit_cm(low < -1.0 ? -1.0 : low);
        b.high[k] = unit_cm(high > 1.0 ? 1.0 : high);
    }
    b.low[3] = (int32_t)height;
    b.high[3] = (int32_t)(height + share() * 300000.0);
    return b;
}

struct found { uint32_t count; uint8_t at[BOXES]; };
static bool take(void *context, uint32_t item) {
    struct found *f = context;
    assert_int_equal(f->at[item], 0); /* each once */
    f->at[item] = 1;
    f->count++;
    return true;
}
static bool in_place(const struct box *a, const struct box *b) {
    for (int k = 0; k < 4; k++)
        if (a->low[k] > b->high[k] || a->high[k] < b->low[k]) return false;
    return true;
}
static void asked(const struct grid *g, const struct box *box, const bool *in, const struct box *q) {
    static struct found f;
    uint32_t expected = 0;
    uint64_t tests = 0;
    f = (struct found){0};
    grid_query(g, q, NULL, take, &f, &tests);
    for (uint32_t i = 0; i < BOXES; i++) {
        bool meets = in[i] && in_place(&box[i], q);
        if (f.at[i] != meets) fail_msg("box %u: %d, by looking at all %d", i, f.at[i], meets);
        expected += meets;
    }
    assert_int_equal(f.count, expected);
    assert_true(tests >= f.count);
}

static void what_meets(void **unused) {
    (void)unused;
    static const struct { struct position at; double spread; } places[] = {
        {{470000000, 80000000}, 0.2}, {{0, 1799999999}, 0.01}, {{899000000, 0}, 0.05}, {{-900000000, 0}, 3.0}, {{0, 0}, 6.2}, {{-338600000, 1512000000}, 0.001}};
    static struct box box[BOXES];
    static bool in[BOXES];
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct arena a;
            bits = seed * UINT64_C(0x9E3779B97F4A7C15) + p;
            assert_true(arena_take(&a, grid_memory(BOXES)));
            struct grid *g = grid_new(&a, BOXES);
            assert_non_null(g);
            for (uint32_t i = 0; i < BOXES; i++) in[i] = false;
            for (int round = 0; round < 6; round++) {
                for (uint32_t i = 0; i < BOXES; i++) { /* most come, most go */
                    if (in[i] && share() < 0.7) grid_erase(g, i), in[i] = false;
                    else if (!in[i] && share() < (round == 5 ? 0.0 : 0.8)) {
                        box[i] = box_near(&places[p].at, places[p].spread);
                        grid_insert(g, i, &box[i]);
                        in[i] = true;
                    }
                    assert_int_equal(grid_has(g, i), in[i]);
                }
                grid_check(g);
                for (int q = 0; q < 60; q++) {
                    struct box at = box_near(&places[p].at, places[p].spread);
                    asked(g, box, in, &at);
                }
            }
            for (uint32_t i = 0; i < BOXES; i++)
                if (in[i]) grid_erase(g, i);
            grid_check(g);
            assert_int_equal(grid_count(g), 0);
            arena_free(&a);
        }
}

/* A thousand tubes of one place, one size: full buckets, and none is lost when they go in another order. */
static void one_cell(void **unused) {
    (void)unused;
    static struct box box[BOXES];
    static bool in[BOXES];
    struct arena a;
    bits = 7;
    assert_true(arena_take(&a, grid_memory(BOXES)));
    struct grid *g = grid_new(&a, BOXES);
    for (uint32_t i = 0; i < BOXES; i++) {
        box[i] = (struct box){.low = {700000000, 700000000, 400000000, (int32_t)i * 1000}, .high = {712000000, 712000000, 412000000, (int32_t)i * 1000 + 500}};
        grid_insert(g, i, &box[i]);
        in[i] = true;
    }
    for (uint32_t n = 0; n < BOXES; n++) {
        uint32_t i = (uint32_t)((uint64_t)n * 1009 % BOXES);
        if (n % 250 == 0) asked(g, box, in, &box[(i + 1) % BOXES]), grid_check(g);
        grid_erase(g, i);
        in[i] = false;
    }
    assert_int_equal(grid_count(g), 0);
    arena_free(&a);
}

struct stopping { uint32_t left; };
static bool stop(void *context, uint32_t item) {
    struct stopping *s = context;
    (void)item;
    assert_true(s->left > 0);
    return --s->left > 0;
}
static void stops(void **unused) {
    (void)unused;
    struct arena a;
    assert_true(arena_take(&a, grid_memory(1000)));
    struct grid *g = grid_new(&a, 1000);
    struct box b = {.low = {700000000, 700000000, 400000000, 0}, .high = {712000000, 712000000, 412000000, 500}};
    for (uint32_t i = 0; i < 1000; i++) grid_insert(g, i, &b);
    for (uint32_t n = 1; n < 600; n += 37) {
        struct stopping s = {n};
        grid_query(g, &b, NULL, stop, &s, NULL);
        assert_int_equal(s.left, 0);
    }
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_meets), cmocka_unit_test(one_cell), cmocka_unit_test(stops)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
