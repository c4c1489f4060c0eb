#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/limiter.h"
#include "door/limits.h"
#include "door/managers.h"

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

/* Those without a session share a rate; beyond it each address has its modest one, and so have those who come only now. */
static void leaves_each_its_modest_share(void **state) {
    struct limiter *l = limiter_new(1, 5, DOOR_RATE_STRANGERS / 4);
    uint8_t greedy[16] = {1}, quiet[16] = {2};
    uint32_t got = 0;
    (void)state;
    for (int a = 0; a < 8; a++) {
        greedy[1] = (uint8_t)a;
        for (int i = 0; i < 2000; i++) got += limiter_address(l, greedy, 0);
    }
    assert_int_equal(got, 2 * DOOR_RATE_STRANGERS + 4 * 2 * DOOR_RATE_MODEST);
    assert_false(limiter_address(l, greedy, 0));
    for (int i = 0; i < 2 * DOOR_RATE_MODEST; i++) assert_true(limiter_address(l, quiet, 0));
    assert_false(limiter_address(l, quiet, 0));
    limiter_free(l);
}

/* A manager's flood costs no other manager anything, nor the party whose number his row has. */
static void a_manager_has_his_own(void **state) {
    struct limiter *l = limiter_new(2, 5, 3);
    (void)state;
    for (int i = 0; i < 2 * DOOR_RATE_MANAGER; i++) assert_true(limiter_manager(l, 1, 1000));
    assert_false(limiter_manager(l, 1, 1000));
    assert_true(limiter_manager(l, 0, 1000) && limiter_party(l, 1, 1000));
    limiter_manager_rate(l, 1);
    assert_true(limiter_manager(l, DOOR_MANAGERS - 1, 1000) && limiter_manager(l, DOOR_MANAGERS - 1, 1000));
    assert_false(limiter_manager(l, DOOR_MANAGERS - 1, 1000));
    assert_true(limiter_manager(l, DOOR_MANAGERS - 1, 2000));
    limiter_free(l);
}

static void rows_of_managers(void **state) {
    struct managers *m = managers_new();
    char name[16];
    (void)state;
    uint32_t first = managers_row(m, TEXT("uss1"), 1);
    assert_true(first < DOOR_MANAGERS && managers_row(m, TEXT("uss2"), 2) != first && managers_row(m, TEXT("uss1"), 3) == first);
    /* Many come once; who asks again and again keeps his row. */
    for (int i = 0; i < 20 * DOOR_MANAGERS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_true(managers_row(m, text_of(name), 4 + i) < DOOR_MANAGERS);
        assert_int_equal(managers_row(m, TEXT("uss1"), 4 + i), first);
    }
    managers_free(m);
}

static void counts_failures_apart(void **state) {
    struct limiter *l = limiter_new(2, 5, 1000);
    uint8_t forger[16] = {1}, other[16] = {2};
    (void)state;
    for (int i = 0; i < 2 * DOOR_RATE_FAILED; i++) {
        assert_true(limiter_may_verify(l, UINT16_MAX, forger, 0));
        limiter_failed(l, UINT16_MAX, forger, 0);
    }
    assert_false(limiter_may_verify(l, UINT16_MAX, forger, 0));
    assert_true(limiter_may_verify(l, UINT16_MAX, other, 0));
    assert_true(limiter_may_verify(l, 0, forger, 0)); /* a session is judged by its party */
    assert_true(limiter_may_verify(l, UINT16_MAX, forger, 1000));
    assert_true(limiter_address(l, forger, 0));
    limiter_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(refills), cmocka_unit_test(forgets_the_quietest),
                                       cmocka_unit_test(leaves_each_its_modest_share), cmocka_unit_test(counts_failures_apart), cmocka_unit_test(a_manager_has_his_own),
                                       cmocka_unit_test(rows_of_managers)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
