#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/clock.h"

struct fake { int64_t real, boot; };

static void fake_read(void *context, int64_t *real, int64_t *boot) {
    struct fake *f = context;
    *real = f->real;
    *boot = f->boot;
}

static int64_t fake_error(void *context) {
    (void)context;
    return 42;
}

static const int64_t start = INT64_C(1795413600) * INSTANT_SECOND;

static void pass(struct fake *f, int64_t ns) {
    f->real += ns;
    f->boot += ns;
}

static void follows_slewing(void **state) {
    struct fake f = {start, 5};
    struct clock_source s = {fake_read, fake_error, &f};
    struct clock c;
    (void)state;
    clock_begin(&c, &s, INSTANT_NONE);
    assert_int_equal(clock_now(&c), start);
    for (int i = 0; i < 10000; i++) {
        f.real += INSTANT_SECOND + 500000; /* the kernel slews by at most 500 ppm */
        f.boot += INSTANT_SECOND;
        assert_int_equal(clock_now(&c), f.real);
    }
    assert_false(clock_unsure(&c));
    assert_int_equal(clock_error_ns(&c), 42);
}

static void jumps(bool forward) {
    struct fake f = {start, 0};
    struct clock_source s = {fake_read, fake_error, &f};
    struct clock c;
    int64_t jump = (forward ? 1 : -1) * (2 * INSTANT_SECOND + 1);
    clock_begin(&c, &s, INSTANT_NONE);
    pass(&f, INSTANT_SECOND);
    f.real += jump;
    assert_int_equal(clock_now(&c), start + INSTANT_SECOND);
    assert_true(clock_unsure(&c));
    pass(&f, INSTANT_SECOND);
    assert_int_equal(clock_now(&c), start + 2 * INSTANT_SECOND);
    /* Back in step by itself: still unsure, until somebody says what the time is. */
    f.real -= jump;
    assert_int_equal(clock_now(&c), start + 2 * INSTANT_SECOND);
    assert_true(clock_unsure(&c));
    f.real += jump;
    clock_settle(&c, f.real, INSTANT_SECOND);
    assert_false(clock_unsure(&c));
    /* Backward: the clock stands until the time that was given out is reached. */
    assert_int_equal(clock_now(&c), forward ? f.real : start + 2 * INSTANT_SECOND);
    pass(&f, 10 * INSTANT_SECOND);
    assert_int_equal(clock_now(&c), f.real);
}

static void does_not_follow_a_jump(void **state) {
    (void)state;
    jumps(true);
    jumps(false);
}

static void two_seconds_are_followed(void **state) {
    struct fake f = {start, 0};
    struct clock_source s = {fake_read, fake_error, &f};
    struct clock c;
    (void)state;
    clock_begin(&c, &s, INSTANT_NONE);
    f.real += 2 * INSTANT_SECOND;
    assert_int_equal(clock_now(&c), f.real);
    assert_false(clock_unsure(&c));
    f.real -= 2 * INSTANT_SECOND;
    assert_int_equal(clock_now(&c), start + 2 * INSTANT_SECOND); /* never back */
    assert_false(clock_unsure(&c));
}

static void settles_on_what_is_stated(void **state) {
    struct fake f = {start, 0};
    struct clock_source s = {fake_read, fake_error, &f};
    struct clock c;
    (void)state;
    clock_begin(&c, &s, INSTANT_NONE);
    f.real += INSTANT_HOUR;
    (void)clock_now(&c);
    assert_true(clock_unsure(&c));
    /* The system's clock is wrong by an hour: the operator's word stands against it, and it is watched from there. */
    clock_settle(&c, start + INSTANT_MINUTE, 0);
    assert_int_equal(clock_now(&c), start + INSTANT_MINUTE);
    assert_true(clock_unsure(&c));
}

static void a_log_from_the_future(void **state) {
    struct fake f = {start, 0};
    struct clock_source s = {fake_read, fake_error, &f};
    struct clock c;
    (void)state;
    clock_begin(&c, &s, start + INSTANT_HOUR);
    assert_true(clock_unsure(&c));
    assert_int_equal(clock_now(&c), start + INSTANT_HOUR);
    clock_begin(&c, &s, start + INSTANT_SECOND);
    assert_int_equal(clock_now(&c), start + INSTANT_SECOND);
    assert_false(clock_unsure(&c));
}

static void simulated(void **state) {
    struct fake f = {start, 100};
    struct clock_source s = {fake_read, fake_error, &f};
    struct clock c;
    (void)state;
    clock_begin_simulated(&c, &s, 1000, 60, INSTANT_NONE);
    assert_int_equal(clock_now(&c), 1000);
    pass(&f, INSTANT_SECOND);
    f.real += INSTANT_HOUR;
    assert_int_equal(clock_now(&c), 1000 + INSTANT_MINUTE);
    assert_false(clock_unsure(&c));
    assert_int_equal(clock_error_ns(&c), 0);
    assert_int_equal(clock_until(&c, 1000 + 2 * INSTANT_MINUTE), INSTANT_SECOND);
    assert_int_equal(clock_until(&c, 0), 0);
    clock_begin_simulated(&c, &s, 1000, 60, start);
    assert_int_equal(clock_now(&c), start);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_slewing),           cmocka_unit_test(does_not_follow_a_jump), cmocka_unit_test(two_seconds_are_followed),
        cmocka_unit_test(settles_on_what_is_stated), cmocka_unit_test(a_log_from_the_future),  cmocka_unit_test(simulated),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
