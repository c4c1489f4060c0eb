#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/limits.h"
#include "door/shed.h"

enum { MOST = 12000, PARTIES = 8 };

/* Each takes one position after the other, by turns, until nobody finds room. */
static void flood(struct shed *s, uint16_t from, uint16_t to, uint64_t *of) {
    for (int round = 0; round < MOST; round++)
        for (uint16_t p = from; p < to; p++) {
            uint32_t more = shed_room(s, p, 0) > 0;
            shed_took(s, p, more);
            of[p] += more;
        }
    for (uint16_t p = from; p < to; p++) assert_int_equal(shed_room(s, p, 0), 0);
}

static void one_alone_gets_half(void **state) {
    (void)state;
    struct shed *s = shed_new(PARTIES, MOST);
    assert_int_equal(shed_room(s, 3, 0), MOST / 2);
    shed_took(s, 3, MOST / 2);
    assert_int_equal(shed_room(s, 3, 0), 0);
    assert_int_equal(shed_room(s, 4, 0), MOST / 4); /* whoever comes new finds room */
    assert_int_equal(shed_ahead(s), MOST / 2);
    shed_durable(s, 3, MOST / 2);
    assert_int_equal(shed_room(s, 3, 0), MOST / 2);
    assert_int_equal(shed_ahead(s), 0);
    shed_free(s);
}

static void those_who_flood_get_the_same(void **state) {
    (void)state;
    for (uint16_t n = 1; n < PARTIES; n++) {
        uint64_t of[PARTIES] = {0};
        struct shed *s = shed_new(PARTIES, MOST);
        flood(s, 0, n, of);
        for (uint16_t p = 0; p < n; p++) assert_in_range(of[p], MOST / (n + 1u) - MOST / 50, MOST / (n + 1u) + MOST / 50);
        assert_true(shed_room(s, n, 0) >= MOST / (n + 1u) / 2 - MOST / 50u); /* for whoever sends little all that is left, by halves */
        shed_free(s);
    }
}

static void what_queued_for_long_is_old(void **state) {
    (void)state;
    struct shed *s = shed_new(PARTIES, MOST);
    assert_int_equal(shed_room(s, 3, INT64_C(1000) * DOOR_SHED_MS), MOST / 2);
    assert_int_equal(shed_room(s, 3, INT64_C(1000) * DOOR_SHED_MS + 1), 0);
    shed_free(s);
}

static void less_room_from_now_on(void **state) {
    (void)state;
    struct shed *s = shed_new(PARTIES, MOST);
    shed_took(s, 0, MOST / 2);
    shed_most(s, MOST / 4);
    assert_int_equal(shed_room(s, 1, 0), 0);
    shed_durable(s, 0, MOST / 2);
    assert_int_equal(shed_room(s, 1, 0), MOST / 8);
    shed_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_alone_gets_half), cmocka_unit_test(those_who_flood_get_the_same), cmocka_unit_test(what_queued_for_long_is_old),
                                       cmocka_unit_test(less_room_from_now_on)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("shed", tests, NULL, NULL);
}
