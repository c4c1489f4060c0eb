/* The slowest steps by kind: the worst of each are kept, in order, and all are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "log/slow_steps.h"

static void the_worst_stay(void **state) {
    (void)state;
    static struct slow_steps s;
    enum statement_kind kinds[STATEMENT_KINDS];
    s = (struct slow_steps){0};
    assert_int_equal(slow_steps_sorted(&s, kinds), 0);
    for (uint64_t i = 1; i <= 1000; i++) slow_steps_add(&s, KIND_NOTICE, i, (instant)i * INSTANT_SECOND, (int64_t)(i * 7919 % 1000) * 10000); /* 0 to 9.99 ms, each once */
    slow_steps_add(&s, KIND_TICK, 1001, 0, LIMIT_STEP_NS);
    slow_steps_add(&s, KIND_FRAME, 1002, 0, LIMIT_STEP_NS + 1);
    slow_steps_add(&s, KIND_FRAME, 1003, 0, LIMIT_STEP_NS + 1); /* alike: the first stands first */
    assert_int_equal(s.of[KIND_NOTICE].count, LIMIT_SLOW_STEPS);
    for (uint32_t i = 0; i < LIMIT_SLOW_STEPS; i++) {
        const struct slow_step *x = &s.of[KIND_NOTICE].worst[i];
        assert_true(x->ns == (999 - (int64_t)i) * 10000 && (int64_t)(x->order * 7919 % 1000) * 10000 == x->ns && x->time == (instant)x->order * INSTANT_SECOND);
    }
    assert_true(s.of[KIND_NOTICE].steps == 1000 && s.of[KIND_NOTICE].over == 499);
    assert_true(s.of[KIND_TICK].over == 0 && s.of[KIND_FRAME].over == 2 && s.of[KIND_FRAME].worst[0].order == 1002 && s.of[KIND_FRAME].worst[1].order == 1003);
    assert_true(s.steps == 1003 && s.over == 501);
    assert_int_equal(slow_steps_sorted(&s, kinds), 3);
    assert_true(kinds[0] == KIND_NOTICE && kinds[1] == KIND_FRAME && kinds[2] == KIND_TICK);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_worst_stay)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("slow_steps", tests, NULL, NULL);
}
