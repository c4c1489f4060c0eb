#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/limiter.h"
#include "door/limits.h"

static void refills(void **state) {
    struct limiter *l = limiter_new(2, 5, 3);
    (void)state;
    for (int i = 0; i < 10; i++) assert_true(limiter_party(l, 0, 1000));
    assert_false(limiter_party(l, 0, 1000));
    assert_true(limiter_party(l, 1, 1000)); /* a rival's flood costs this party nothing */
    assert_false(limiter_party(l, 0, 1199));
    assert_true(limiter_party(l, 0, 1200));
    assert_false(limiter_party(l, 0, 1200));
    for (int i = 0; i < 10; i++) assert_true(limiter_party(l, 0, 100000));
    assert_false(limiter_party(l, 0, 100000));
    limiter_free(l);
}

static void forgets_the_quietest(void **state) {
    struct limiter *l = limiter_new(1, 5, 3);
    uint8_t loud[16] = {1}, other[16] = {2};
    (void)state;
    for (int i = 0; i < 6; i++) assert_true(limiter_address(l, loud, 0));
    assert_false(limiter_address(l, loud, 0));
    /* Many addresses that ask once push each other out, not the one that is over its rate. */
    for (uint32_t i = 0; i < 20 * DOOR_RATE_ADDRESSES; i++) {
        for (int k = 0; k < 4; k++) other[4 + k] = (uint8_t)(i >> (8 * k));
        assert_true(limiter_address(l, other, 0));
    }
    assert_false(limiter_address(l, loud, 0));
    limiter_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(refills), cmocka_unit_test(forgets_the_quietest)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
