#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

#include <cmocka.h>

static void values_fall_into_their_buckets(void **state) {
    (void)state;
    struct histogram h = histogram_of(&histogram_counts);
    assert_int_equal(histogram_count(&h), 0);
    static const int64_t values[] = {-5, 0, 1, 2, 4, 5, 65536, 65537, 1000000};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) histogram_add(&h, values[i]);
    assert_int_equal(h.counts[0], 3); /* at most 1; what is below 0 counts as 0 */
    assert_int_equal(h.counts[1], 2); /* 2 to 4 */
    assert_int_equal(h.counts[2], 1);
    assert_int_equal(h.counts[h.bounds->count - 1], 1);
    assert_int_equal(h.counts[h.bounds->count], 2); /* beyond the last bound */
    assert_int_equal(histogram_count(&h), sizeof values / sizeof *values);
    assert_int_equal(h.most, 1000000);
    assert_int_equal(h.sum, 0 + 0 + 1 + 2 + 4 + 5 + 65536 + 65537 + 1000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_fall_into_their_buckets)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
