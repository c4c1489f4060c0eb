#include "geo/angle.h"
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const long double pi = 3.14159265358979323846264338327950288L;

static void degrees(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(31);
    for (int i = 0; i < 1000000; i++) {
        int64_t e7 = oracle_int(&r, -3600000000, 3600000000);
        if (i % 4 == 0) e7 = e7 / 450000000 * 450000000 + oracle_int(&r, -2, 2);
        struct turn t = angle_turn_e7(e7);
        long double x = (long double)e7 * pi / 1800000000.0L;
        assert_true(fabsl(t.sin - sinl(x)) < 4e-16L && fabsl(t.cos - cosl(x)) < 4e-16L);
    }
    /* exact where it matters: no special case at the poles and on the axes */
    for (int64_t q = -8; q <= 8; q++) {
        struct turn t = angle_turn_e7(q * 900000000);
        assert_true(q % 2 ? t.cos == 0 : t.sin == 0);
        assert_true(fabs(q % 2 ? t.sin : t.cos) == 1);
    }
    struct turn far = angle_turn_e7(INT64_MIN), near = angle_turn_e7(INT64_MIN % 3600000000);
    assert_true(far.sin == near.sin && far.cos == near.cos);
}

static void radians(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(32);
    for (int i = 0; i < 1000000; i++) {
        double x = oracle_real(&r, -10, 10);
        if (i % 3 == 0) x *= 1e-7;
        struct turn t = angle_turn(x);
        assert_true(fabsl(t.sin - sinl(x)) < 4e-16L && fabsl(t.cos - cosl(x)) < 4e-16L);
    }
    for (double x = -99999; x < 99999; x += 3.7) assert_true(fabsl(angle_turn(x).sin - sinl(x)) < 1e-14L);
}

static void inverses(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(33);
    for (int i = 0; i < 1000000; i++) {
        double y = oracle_real(&r, -1, 1), x = oracle_real(&r, -1, 1);
        if (i % 3 == 1) y *= 1e-12;
        if (i % 3 == 2) x *= 1e-12;
        long double truth = atan2l(y, x);
        assert_true(fabsl(angle_atan2(y, x) - truth) < 1e-15L);
        if (fabsl(truth) < 1e-3L) assert_true(fabsl(angle_atan2(y, x) / truth - 1) < 1e-15L); /* relative, where small */
        double s = oracle_real(&r, -1, 1);
        assert_true(fabsl(angle_asin(s) - asinl(s)) < 1e-15L);
        s = 1 - s * s * 1e-9;
        assert_true(fabsl(angle_asin(s) - asinl(s)) < 1e-15L);
    }
    assert_true(angle_atan2(0, 0) == 0 && angle_atan2(0, 1) == 0 && angle_atan2(0, -1) == (double)pi);
    assert_true(angle_atan2(1, 0) == (double)(pi / 2) && angle_atan2(-1, 0) == (double)(-pi / 2));
    assert_true(angle_asin(1.5) == (double)(pi / 2) && angle_asin(-1.5) == (double)(-pi / 2));
}

static void whole_numbers(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(34);
    for (int i = 0; i < 100000; i++) {
        double x = oracle_real(&r, -1e6, 1e6);
        if (i % 2) x = floor(x);
        assert_true((double)angle_floor(x) == floor(x) && (double)angle_ceil(x) == ceil(x));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(degrees), cmocka_unit_test(radians), cmocka_unit_test(inverses),
                                       cmocka_unit_test(whole_numbers)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("angle", tests, NULL, NULL);
}
