/* Newly claimed space-time against a model that looks at every cell of a small grid. */
#include "core/lead.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIDE = 12 };
static uint64_t seed;
static uint32_t roll(uint32_t below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

/* Footprints: squares 0..3, each inside the next; 4 lies across them; 5 is far away. */
static struct position corner[6][4];
static void make_squares(void) {
    const int32_t centre_lat[6] = {0, 0, 0, 0, 4000000, 300000000}, half[6] = {1000000, 2000000, 3000000, 4000000, 4000000, 1000000};
    for (int s = 0; s < 6; s++) {
        int32_t y = centre_lat[s] - 470000000, x = -1260000000, h = half[s];
        corner[s][0] = (struct position){y - h, x - h};
        corner[s][1] = (struct position){y - h, x + h};
        corner[s][2] = (struct position){y + h, x + h};
        corner[s][3] = (struct position){y + h, x - h};
    }
}
static bool square_contains(int outer, int inner) { return outer == inner || (outer < 4 && inner < 4 && outer > inner); }

struct plan { int square; int from, to, low, high; };
static struct volume volume_of(const struct plan *p, uint8_t reference) {
    return (struct volume){.shape = {.kind = SHAPE_POLYGON, .count = 4, .at = corner[p->square]},
                           .lower = {p->low * 30480, reference}, .upper = {p->high * 30480, reference},
                           .start = p->from * INSTANT_MINUTE, .end = p->to * INSTANT_MINUTE};
}
static struct plan random_plan(int squares) {
    struct plan p = {.square = (int)roll((uint32_t)squares)};
    p.from = (int)roll(SIDE); p.to = p.from + 1 + (int)roll((uint32_t)(SIDE - p.from));
    p.low = (int)roll(SIDE); p.high = p.low + 1 + (int)roll((uint32_t)(SIDE - p.low));
    return p;
}

/* The model: unit cells. */
static int model_start(const struct plan *old, int olds, const struct plan *fresh, int count) {
    int start = INT_MAX;
    for (int n = 0; n < count; n++)
        for (int t = fresh[n].from; t < fresh[n].to; t++)
            for (int h = fresh[n].low; h < fresh[n].high; h++) {
                bool known = false;
                for (int i = 0; i < olds && !known; i++)
                    known = square_contains(old[i].square, fresh[n].square) && old[i].from <= t && t < old[i].to &&
                            old[i].low <= h && h < old[i].high;
                if (!known && t < start) start = t;
            }
    if (start == INT_MAX) return start;
    /* A piece begins at its cut, and a cut may stand before the first unit cell only by being that cell's own bound. */
    return start;
}

static void test_against_model(void **unused) {
    (void)unused;
    int nothing = 0, some = 0;
    for (int round = 0; round < 4000; round++) {
        seed = (uint64_t)round + 1;
        struct plan old[6], fresh[4];
        struct volume a[6], b[4];
        int olds = (int)roll(7), count = 1 + (int)roll(4);
        for (int i = 0; i < olds; i++) { old[i] = random_plan(6); a[i] = volume_of(&old[i], ALTITUDE_AMSL); }
        for (int i = 0; i < count; i++) {
            if (olds > 0 && roll(2) == 0) { /* a change of an old one */
                fresh[i] = old[roll((uint32_t)olds)];
                if (roll(2) == 0 && fresh[i].square > 0 && fresh[i].square < 4) fresh[i].square--;
                if (roll(3) == 0 && fresh[i].to < SIDE) fresh[i].to++;
                if (roll(3) == 0 && fresh[i].low + 1 < fresh[i].high) fresh[i].low++;
            } else fresh[i] = random_plan(6);
            b[i] = volume_of(&fresh[i], ALTITUDE_AMSL);
        }
        struct lead_claim c;
        lead_compare(a, (uint32_t)olds, b, (uint32_t)count, &altitude_offsets_default, &c);
        int start = model_start(old, olds, fresh, count);
        if (start == INT_MAX) { assert_int_equal(c.pieces, 0); assert_true(c.start == INSTANT_NONE); nothing++; continue; }
        some++;
        assert_true(c.pieces > 0);
        /* The cell's cut bound is at or before the first unit cell, and no unit cell between is new; as cuts are the only places
         * where old and new change, both are the same instant. */
        assert_true(c.start == start * INSTANT_MINUTE);
    }
    assert_true(nothing > 100 && some > 1000);
}

static void compare_one(struct plan o, struct plan n, uint32_t pieces, int start) {
    struct volume a = volume_of(&o, ALTITUDE_FL), b = volume_of(&n, ALTITUDE_FL);
    struct lead_claim c;
    lead_compare(&a, 1, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, pieces);
    assert_true(c.start == (pieces == 0 ? INSTANT_NONE : start * INSTANT_MINUTE));
}
static void test_table(void **unused) {
    (void)unused;
    struct plan base = {2, 4, 8, 2, 6};
    compare_one(base, base, 0, 0);
    compare_one(base, (struct plan){1, 4, 8, 2, 6}, 0, 0);  /* smaller */
    compare_one(base, (struct plan){3, 4, 8, 2, 6}, 1, 4);  /* grown area: all of it is new */
    compare_one(base, (struct plan){2, 3, 8, 2, 6}, 1, 3);  /* earlier start */
    compare_one(base, (struct plan){2, 4, 9, 2, 6}, 1, 8);  /* later end: new from the old end on */
    compare_one(base, (struct plan){2, 4, 8, 2, 7}, 1, 4);  /* wider band */
    compare_one(base, (struct plan){2, 3, 9, 1, 7}, 8, 3);  /* everything: nine cells, one old */
    compare_one(base, (struct plan){4, 4, 8, 2, 6}, 1, 4);  /* beside it */
}

static void test_two_halves_do_not_contain(void **unused) {
    (void)unused;
    /* Two old footprints overlap the new one and contain it only together. */
    struct plan old[2] = {{3, 0, 5, 0, 5}, {4, 0, 5, 0, 5}}, fresh = {5, 0, 5, 0, 5};
    struct volume a[2] = {volume_of(&old[0], ALTITUDE_AMSL), volume_of(&old[1], ALTITUDE_AMSL)}, b = volume_of(&fresh, ALTITUDE_AMSL);
    struct position both[4] = {{-474000000, -1264000000}, {-474000000, -1256000000}, {-462000000, -1256000000}, {-462000000, -1264000000}};
    b.shape.at = both;
    struct lead_claim c;
    lead_compare(a, 2, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, 1);
    /* Two old windows, one after the other, do. */
    old[1] = (struct plan){3, 5, 9, 0, 5};
    a[1] = volume_of(&old[1], ALTITUDE_AMSL);
    fresh = (struct plan){2, 0, 9, 0, 5};
    b = volume_of(&fresh, ALTITUDE_AMSL);
    lead_compare(a, 2, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, 0);
}

static void test_unlike_references(void **unused) {
    (void)unused;
    struct plan p = {1, 0, 5, 0, 10}, inner = {1, 0, 5, 3, 4};
    struct volume a = volume_of(&p, ALTITUDE_AMSL), b = volume_of(&inner, ALTITUDE_W84);
    struct lead_claim c;
    lead_compare(&a, 1, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, 0); /* 3,000 ft W84 to 4,000 ft is inside 0 to 10,000 ft AMSL for certain */
    b = volume_of(&p, ALTITUDE_W84);
    lead_compare(&a, 1, &b, 1, &altitude_offsets_default, &c);
    assert_true(c.pieces > 0); /* 0 to 10,000 ft W84 is not */
    a.upper.cm = ALTITUDE_UNLIMITED; a.lower = (struct altitude){0, ALTITUDE_SFC};
    b = a;
    lead_compare(&a, 1, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, 0);
    a.upper = (struct altitude){746760, ALTITUDE_FL};
    lead_compare(&a, 1, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, 1);
    assert_true(c.start == 0);
}

static void test_flood_is_new(void **unused) {
    (void)unused;
    static struct volume old[1024];
    struct plan p = {3, 0, 1, 0, 1};
    for (int i = 0; i < 1024; i++) {
        old[i] = volume_of(&p, ALTITUDE_AMSL);
        old[i].start = i * INSTANT_SECOND; old[i].end = (i + 3) * INSTANT_SECOND;
        old[i].lower.cm = i * 100; old[i].upper.cm = i * 100 + 300;
    }
    struct volume b = old[0];
    b.end = 1000 * INSTANT_SECOND; b.upper.cm = 200000;
    struct lead_claim c;
    lead_compare(old, 1024, &b, 1, &altitude_offsets_default, &c);
    assert_int_equal(c.pieces, 1);
    assert_true(c.start == 0);
}

static void test_short(void **unused) {
    (void)unused;
    assert_true(lead_short(10, 10) == 0);
    assert_true(lead_short(11, 10) == 0);
    assert_true(lead_short(3, 10) == 7);
    assert_true(lead_short(-5, 10) == 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model), cmocka_unit_test(test_table), cmocka_unit_test(test_two_halves_do_not_contain),
        cmocka_unit_test(test_unlike_references), cmocka_unit_test(test_flood_is_new), cmocka_unit_test(test_short),
    };
    make_squares();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
