/* Lengths of time and sizes for people: the unit changes where a reader would change it, and nothing is rounded up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "base/instant.h"
#include "base/span.h"

static void spans(void **state) {
    (void)state;
    const struct { int64_t ns; const char *is; } cases[] = {
        {INT64_MIN, "0 s"}, {-1, "0 s"}, {0, "0 s"}, {999, "0 s"}, {1000, "1 us"}, {999999, "999 us"}, {1000000, "1.0 ms"}, {9990000, "9.9 ms"},
        {10000000, "10 ms"}, {999999999, "999 ms"}, {INSTANT_SECOND, "1.0 s"}, {9 * INSTANT_SECOND + 990000000, "9.9 s"}, {10 * INSTANT_SECOND, "10 s"},
        {2 * INSTANT_MINUTE - 1, "119 s"}, {2 * INSTANT_MINUTE, "2 min"}, {2 * INSTANT_HOUR - 1, "119 min"}, {2 * INSTANT_HOUR, "2 h"},
        {48 * INSTANT_HOUR - 1, "47 h"}, {48 * INSTANT_HOUR, "2 days"}, {365 * INSTANT_DAY, "365 days"}, {365 * INSTANT_DAY + 1, "more than a year"},
        {INT64_MAX, "more than a year"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[32];
        struct append a = append_fixed(room, sizeof room);
        append_span(&a, cases[i].ns);
        append_char(&a, '\0');
        assert_string_equal(room, cases[i].is);
    }
}

static void sizes(void **state) {
    (void)state;
    const struct { uint64_t bytes; const char *is; } cases[] = {
        {0, "0 B"}, {999, "999 B"}, {1000, "1.0 kB"}, {9999, "9.9 kB"}, {10000, "10 kB"}, {999999, "999 kB"}, {1000000, "1.0 MB"},
        {41000000000, "41 GB"}, {999999999999, "999 GB"}, {1000000000000, "1.0 TB"}, {UINT64_C(5000000000000000), "5.0 PB"}, {UINT64_MAX, "18 EB"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[32];
        struct append a = append_fixed(room, sizeof room);
        append_size(&a, cases[i].bytes);
        append_char(&a, '\0');
        assert_string_equal(room, cases[i].is);
    }
}

static void thousands(void **state) {
    (void)state;
    static const struct { int64_t number; const char *is; } cases[] = {
        {0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"}, {1048576, "1,048,576"}, {100000, "100,000"}, {-1, "-1"}, {-1234, "-1,234"}, {1000001, "1,000,001"},
        {INT64_MAX, "9,223,372,036,854,775,807"}, {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[32];
        struct append a = append_fixed(room, sizeof room);
        append_thousands(&a, cases[i].number);
        append_char(&a, '\0');
        assert_string_equal(room, cases[i].is);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(spans), cmocka_unit_test(sizes), cmocka_unit_test(thousands)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
