#include "geo/altitude.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define UNL ALTITUDE_UNLIMITED
enum { W84 = ALTITUDE_W84, AMSL = ALTITUDE_AMSL, FL = ALTITUDE_FL, SFC = ALTITUDE_SFC };

static const struct {
    const char *what;
    struct altitude a_low, a_high, b_low, b_high;
    int64_t gap;
} gaps[] = {
    {"overlap", {0, AMSL}, {100, AMSL}, {50, AMSL}, {150, AMSL}, 0},
    {"touch", {0, AMSL}, {100, AMSL}, {100, AMSL}, {150, AMSL}, 0},
    {"apart", {0, AMSL}, {100, AMSL}, {101, AMSL}, {150, AMSL}, 1},
    {"levels compare as they are", {0, FL}, {100, FL}, {300, FL}, {400, FL}, 200},
    {"unlimited holds all above", {0, FL}, {UNL, FL}, {90000000, AMSL}, {90000001, AMSL}, 0},
    {"unlimited in another reference", {500, W84}, {UNL, AMSL}, {0, W84}, {100, W84}, 400},
    {"both unlimited", {500, W84}, {UNL, AMSL}, {900, W84}, {UNL, W84}, 0},
    /* W84 = AMSL + [-107, 86] m */
    {"W84 above AMSL, may meet", {0, AMSL}, {100000, AMSL}, {108600, W84}, {200000, W84}, 0},
    {"W84 above AMSL, cannot", {0, AMSL}, {100000, AMSL}, {108601, W84}, {200000, W84}, 1},
    {"AMSL above W84, may meet", {0, W84}, {100000, W84}, {110700, AMSL}, {200000, AMSL}, 0},
    {"AMSL above W84, cannot", {0, W84}, {100000, W84}, {110701, AMSL}, {200000, AMSL}, 1},
    /* AMSL = level + [-600, 600] m: the geoid plays no part */
    {"level above AMSL, may meet", {0, AMSL}, {100000, AMSL}, {160000, FL}, {200000, FL}, 0},
    {"level above AMSL, cannot", {0, AMSL}, {100000, AMSL}, {160001, FL}, {200000, FL}, 1},
    {"level above W84, cannot", {0, W84}, {100000, W84}, {170701, FL}, {200000, FL}, 1},
    {"level above W84, may meet", {0, W84}, {100000, W84}, {170700, FL}, {200000, FL}, 0},
    /* surface: AMSL 0 to 8,850 m */
    {"surface to 100 m on the highest mountain", {0, SFC}, {10000, SFC}, {895000, AMSL}, {900000, AMSL}, 0},
    {"above it", {0, SFC}, {10000, SFC}, {895001, AMSL}, {900000, AMSL}, 1},
    {"under the sea", {0, SFC}, {10000, SFC}, {-500, AMSL}, {-1, AMSL}, 1},
    /* written the wrong way round: FL250 to 4,500 ft is all between, and 600 m beyond the level */
    {"between the limits of an inverted band", {762000, FL}, {137160, AMSL}, {300000, AMSL}, {310000, AMSL}, 0},
    {"under an inverted band", {762000, FL}, {137160, AMSL}, {0, AMSL}, {100000, AMSL}, 37160},
    {"over an inverted band", {762000, FL}, {137160, AMSL}, {900000, AMSL}, {910000, AMSL}, 78000},
    {"two inverted ones", {762000, FL}, {137160, AMSL}, {400000, AMSL}, {300000, W84}, 0},
    {"two inverted ones apart", {762000, FL}, {500000, AMSL}, {400000, AMSL}, {300000, W84}, 100000},
    {"surface against surface", {0, SFC}, {100, SFC}, {200, SFC}, {300, SFC}, 100},
};

static void gap_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        struct volume a = {.lower = gaps[i].a_low, .upper = gaps[i].a_high}, b = {.lower = gaps[i].b_low, .upper = gaps[i].b_high};
        int64_t gap = altitude_gap(&a, &b, &altitude_offsets_default);
        if (gap != gaps[i].gap) fail_msg("%s: %lld for %lld", gaps[i].what, (long long)gap, (long long)gaps[i].gap);
        assert_true(altitude_gap(&b, &a, &altitude_offsets_default) == gap);
    }
}

static void heights_in_w84(void **state) {
    (void)state;
    static const struct {
        struct altitude a;
        int32_t low, high;
    } t[] = {{{500, W84}, 500, 500},     {{500, AMSL}, 500 - 10700, 500 + 8600},     {{500, FL}, 500 - 70700, 500 + 68600},
             {{0, SFC}, -10700, 893600}, {{UNL, FL}, UNL, UNL},                      {{UNL - 1, AMSL}, UNL - 10701, UNL - 1},
             {{INT32_MIN, FL}, INT32_MIN, INT32_MIN + 68600}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        int32_t low, high;
        altitude_w84(&t[i].a, &altitude_offsets_default, &low, &high);
        assert_int_equal(low, t[i].low);
        assert_int_equal(high, t[i].high);
    }
    struct altitude_offsets swapped = {8600, -10700, 0, 0, 0, 0};
    int32_t low, high;
    altitude_w84(&(struct altitude){0, AMSL}, &swapped, &low, &high);
    assert_true(low == -10700 && high == 8600);
}

/* What meets in any frame has W84 intervals that meet: boxes rely on it. */
static void gaps_and_w84_agree(void **state) {
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 1000000; i++) {
        int32_t v[4];
        uint8_t ref[4];
        for (int k = 0; k < 4; k++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            v[k] = (int32_t)(x % 2000000) - 100000;
            ref[k] = (uint8_t)(x >> 40) % 4;
            if (k % 2 && (x >> 50) % 16 == 0) v[k] = UNL;
        }
        struct volume a = {.lower = {v[0], ref[0]}, .upper = {v[1], ref[1]}}, b = {.lower = {v[2], ref[2]}, .upper = {v[3], ref[3]}};
        int64_t gap = altitude_gap(&a, &b, &altitude_offsets_default);
        int32_t al, bl, ah, bh, low, high;
        altitude_w84(&a.lower, &altitude_offsets_default, &al, &high);
        altitude_w84(&a.upper, &altitude_offsets_default, &low, &ah);
        if (altitude_band_inverted(&a.lower, &a.upper)) al = low < al ? low : al, ah = high > ah ? high : ah;
        altitude_w84(&b.lower, &altitude_offsets_default, &bl, &high);
        altitude_w84(&b.upper, &altitude_offsets_default, &low, &bh);
        if (altitude_band_inverted(&b.lower, &b.upper)) bl = low < bl ? low : bl, bh = high > bh ? high : bh;
        assert_true((int64_t)al - bh <= gap && (int64_t)bl - ah <= gap);
    }
}

static void ordered(void **state) {
    (void)state;
    assert_true(altitude_band_ordered(&(struct altitude){5, FL}, &(struct altitude){5, FL}));
    assert_false(altitude_band_ordered(&(struct altitude){6, FL}, &(struct altitude){5, FL}));
    assert_true(altitude_band_ordered(&(struct altitude){6, FL}, &(struct altitude){5, AMSL}));
    static const struct { struct altitude lower, upper; bool may; } unlike[] = {
        {{200000, FL}, {0, AMSL}, true},     {{200001, FL}, {0, AMSL}, false},    {{0, AMSL}, {-200001, FL}, false}, {{20000, W84}, {0, AMSL}, true},
        {{20001, W84}, {0, AMSL}, false},    {{900000, AMSL}, {0, SFC}, true},    {{900001, AMSL}, {0, SFC}, false}, {{1100000, FL}, {0, SFC}, true},
        {{1100001, FL}, {0, SFC}, false},    {{50000, SFC}, {0, AMSL}, true},     {{50001, SFC}, {0, AMSL}, false},  {{762000, FL}, {137160, AMSL}, false},
        {{762000, FL}, {0, SFC}, true},      {{0, SFC}, {762000, FL}, true}};
    for (size_t i = 0; i < sizeof unlike / sizeof *unlike; i++)
        if (altitude_band_ordered(&unlike[i].lower, &unlike[i].upper) != unlike[i].may) fail_msg("row %zu", i);
    assert_true(altitude_band_ordered(&(struct altitude){UNL, FL}, &(struct altitude){UNL, AMSL}));
    assert_false(altitude_band_ordered(&(struct altitude){UNL, FL}, &(struct altitude){5, AMSL}));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gap_table), cmocka_unit_test(heights_in_w84),
                                       cmocka_unit_test(gaps_and_w84_agree), cmocka_unit_test(ordered)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("altitude", tests, NULL, NULL);
}
