#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "seeded.h"

struct row {
    const char *in;
    enum result_code code;
    const char *out; /* exact form in UTC */
};

static const struct row open_form[] = {
    {"1970-01-01T00:00:00Z", RESULT_OK, "1970-01-01T00:00:00Z"},
    {"1970-01-01T00:00:00z", RESULT_OK, "1970-01-01T00:00:00Z"},
    {"1970-01-01t00:00:00Z", RESULT_OK, "1970-01-01T00:00:00Z"},
    {"1969-12-31T23:59:59.999999999Z", RESULT_OK, "1969-12-31T23:59:59.999999999Z"},
    {"2026-11-23T06:30:00.5Z", RESULT_OK, "2026-11-23T06:30:00.5Z"},
    {"2026-11-23T06:30:00.000000001Z", RESULT_OK, "2026-11-23T06:30:00.000000001Z"},
    {"2026-11-23T06:30:00.120Z", RESULT_OK, "2026-11-23T06:30:00.12Z"},
    {"2026-11-23T06:30:00+02:00", RESULT_OK, "2026-11-23T04:30:00Z"},
    {"2026-11-23T06:30:00-09:30", RESULT_OK, "2026-11-23T16:00:00Z"},
    {"2026-12-31T23:00:00-02:00", RESULT_OK, "2027-01-01T01:00:00Z"},
    {"2027-01-01T00:30:00+00:31", RESULT_OK, "2026-12-31T23:59:00Z"},
    {"2026-11-23T06:30:00+23:59", RESULT_OK, "2026-11-22T06:31:00Z"},
    {"2026-11-23T06:30:00-00:00", RESULT_OK, "2026-11-23T06:30:00Z"},
    /* leap years: by 4, not by 100, but by 400 */
    {"2024-02-29T12:00:00Z", RESULT_OK, "2024-02-29T12:00:00Z"},
    {"2000-02-29T12:00:00Z", RESULT_OK, "2000-02-29T12:00:00Z"},
    {"2023-02-29T12:00:00Z", RESULT_RANGE, NULL},
    {"1900-02-29T12:00:00Z", RESULT_RANGE, NULL},
    {"2100-02-29T12:00:00Z", RESULT_RANGE, NULL},
    {"2024-02-30T12:00:00Z", RESULT_RANGE, NULL},
    /* members out of range */
    {"2026-00-01T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-13-01T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-01-00T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-01-32T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-04-31T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-06-31T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-09-31T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-11-31T00:00:00Z", RESULT_RANGE, NULL},
    {"2026-01-01T24:00:00Z", RESULT_RANGE, NULL},
    {"2026-01-01T00:60:00Z", RESULT_RANGE, NULL},
    {"2016-12-31T23:59:60Z", RESULT_RANGE, NULL}, /* a real leap second */
    {"2026-01-01T00:00:61Z", RESULT_RANGE, NULL},
    {"2026-01-01T00:00:00+24:00", RESULT_RANGE, NULL},
    {"2026-01-01T00:00:00+00:60", RESULT_RANGE, NULL},
    /* the ends of the range; the first instant is taken for "not given" */
    {"2262-04-11T23:47:16.854775807Z", RESULT_OK, "2262-04-11T23:47:16.854775807Z"},
    {"2262-04-11T23:47:16.854775808Z", RESULT_RANGE, NULL},
    {"1677-09-21T00:12:43.145224193Z", RESULT_OK, "1677-09-21T00:12:43.145224193Z"},
    {"1677-09-21T00:12:43.145224192Z", RESULT_RANGE, NULL},
    {"1677-09-21T00:12:43.145224191Z", RESULT_RANGE, NULL},
    {"2262-04-12T01:47:16.8Z", RESULT_RANGE, NULL},
    {"2262-04-12T01:47:16.8+02:00", RESULT_OK, "2262-04-11T23:47:16.8Z"}, /* local time outside, UTC inside */
    {"1677-09-20T23:12:44-01:00", RESULT_OK, "1677-09-21T00:12:44Z"},
    {"0000-01-01T00:00:00Z", RESULT_RANGE, NULL},
    {"9999-12-31T23:59:59Z", RESULT_RANGE, NULL},
    /* forms */
    {"", RESULT_MALFORMED, NULL},
    {"Z", RESULT_MALFORMED, NULL},
    {"2026-11-23", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00", RESULT_MALFORMED, NULL},
    {"2026-11-23 06:30:00Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00 Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00ZZ", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00Z ", RESULT_MALFORMED, NULL},
    {" 2026-11-23T06:30:00Z", RESULT_MALFORMED, NULL},
    {"2026/11/23T06:30:00Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06.30.00Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00.Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00,5Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00.1234567890Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00.1", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00+0200", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00+02", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00+02:0", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00+2a:00", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:00+02:000", RESULT_MALFORMED, NULL},
    {"+026-11-23T06:30:00Z", RESULT_MALFORMED, NULL},
    {"-2026-11-23T06:30:00Z", RESULT_MALFORMED, NULL},
    {"2026-1-023T06:30:00Z", RESULT_MALFORMED, NULL},
    {"2026-11-23T06:30:0 Z", RESULT_MALFORMED, NULL},
};

static void rfc_3339(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof open_form / sizeof *open_form; i++) {
        instant t = 42;
        struct fault f = {0};
        enum result_code code = instant_parse(text_of(open_form[i].in), &t, &f).code;
        if (code != open_form[i].code) fail_msg("%s: %s (%s)", open_form[i].in, result_name(code), f.message);
        if (code != RESULT_OK) {
            assert_int_equal(f.code, code);
            assert_true(strlen(f.message) > 0);
            continue;
        }
        char room[64];
        struct append a = append_fixed(room, sizeof room - 1);
        append_instant_exact(&a, t);
        room[a.size] = '\0';
        assert_string_equal(room, open_form[i].out);
    }
    struct fault f;
    assert_int_equal(instant_parse(TEXT("2016-12-31T23:59:60Z"), &(instant){0}, &f).code, RESULT_RANGE);
    assert_non_null(strstr(f.message, "leap second"));
}

static void the_strict_form(void **state) {
    (void)state;
    static const struct {
        const char *in;
        enum result_code code;
    } table[] = {{"2026-11-23T06:30:00.000Z", RESULT_OK},         {"1969-12-31T23:59:59.999Z", RESULT_OK},
                 {"2026-11-23T06:30:00Z", RESULT_MALFORMED},      {"2026-11-23T06:30:00.00Z", RESULT_MALFORMED},
                 {"2026-11-23T06:30:00.0000Z", RESULT_MALFORMED}, {"2026-11-23T06:30:00.000z", RESULT_MALFORMED},
                 {"2026-11-23t06:30:00.000Z", RESULT_MALFORMED},  {"2026-11-23T06:30:00.0a0Z", RESULT_MALFORMED},
                 {"2026-11-23T06:30:00,000Z", RESULT_MALFORMED},  {"2026-11-23T06:30:0a.000Z", RESULT_MALFORMED},
                 {"2026-11-23T06:30:00+00:0", RESULT_MALFORMED},  {"2026-11-23T06:30:60.000Z", RESULT_RANGE},
                 {"2026-02-29T06:30:00.000Z", RESULT_RANGE},      {"1600-02-29T06:30:00.000Z", RESULT_RANGE}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        instant t = 42;
        struct fault f = {0};
        enum result_code code = instant_parse_millis(text_of(table[i].in), &t, &f).code;
        if (code != table[i].code) fail_msg("%s: %s (%s)", table[i].in, result_name(code), f.message);
        if (code != RESULT_OK) continue;
        char room[64];
        struct append a = append_fixed(room, sizeof room - 1);
        append_instant(&a, t);
        room[a.size] = '\0';
        assert_string_equal(room, table[i].in);
    }
}

/* Against libc's calendar: random instants of the whole range, both ways. */
static void as_timegm_has_it(void **state) {
    (void)state;
    struct seeded s = seeded_start(3);
    for (int i = 0; i < 300000; i++) {
        instant t = (int64_t)seeded_next(&s) >> seeded_below(&s, 20);
        if (t == INSTANT_NONE) continue;
        int64_t seconds = t / INSTANT_SECOND - (t % INSTANT_SECOND < 0);
        time_t wide = (time_t)seconds;
        struct tm tm;
        assert_non_null(gmtime_r(&wide, &tm));
        struct civil c = instant_to_civil(t);
        assert_int_equal(c.year, tm.tm_year + 1900);
        assert_int_equal(c.month, tm.tm_mon + 1);
        assert_int_equal(c.day, tm.tm_mday);
        assert_int_equal(c.hour, tm.tm_hour);
        assert_int_equal(c.minute, tm.tm_min);
        assert_int_equal(c.second, tm.tm_sec);
        assert_true(t < INT64_MIN + INSTANT_SECOND || c.nanosecond == t - seconds * INSTANT_SECOND);
        assert_true(timegm(&tm) == wide);
        instant back;
        assert_true(instant_from_civil(&c, &back));
        assert_true(back == t);
    }
}

/* Texts with random offsets, and the cut forms, come back as the same instant. */
static void texts_come_back(void **state) {
    (void)state;
    struct seeded s = seeded_start(4);
    for (int i = 0; i < 100000; i++) {
        instant t = ((int64_t)seeded_next(&s) >> seeded_below(&s, 8)) / 2;
        char room[64], local[80];
        struct append a = append_fixed(room, sizeof room);
        instant back;
        append_instant_exact(&a, t);
        assert_int_equal(instant_parse(append_view(&a), &back, NULL).code, RESULT_OK);
        assert_true(back == t);
        append_reset(&a);
        append_instant(&a, t);
        assert_int_equal(instant_parse_millis(append_view(&a), &back, NULL).code, RESULT_OK);
        assert_true(back <= t && t - back < 1000000);
        int offset = (int)seeded_below(&s, 2 * 1439 + 1) - 1439;
        struct civil c = instant_to_civil(t + offset * INSTANT_MINUTE);
        snprintf(local, sizeof local, "%04d-%02d-%02dT%02d:%02d:%02d.%09d%c%02d:%02d", c.year, c.month, c.day, c.hour,
                 c.minute, c.second, c.nanosecond, offset < 0 ? '-' : '+', abs(offset) / 60, abs(offset) % 60);
        assert_int_equal(instant_parse(text_of(local), &back, NULL).code, RESULT_OK);
        assert_true(back == t);
    }
}

static void civil_members_out_of_range_are_refused(void **state) {
    (void)state;
    static const struct civil refused[] = {
        {2026, 0, 1, 0, 0, 0, 0},   {2026, 13, 1, 0, 0, 0, 0},  {2026, 1, 0, 0, 0, 0, 0},   {2026, 2, 29, 0, 0, 0, 0},
        {2026, 1, 1, -1, 0, 0, 0},  {2026, 1, 1, 24, 0, 0, 0},  {2026, 1, 1, 0, -1, 0, 0},  {2026, 1, 1, 0, 60, 0, 0},
        {2026, 1, 1, 0, 0, -1, 0},  {2026, 1, 1, 0, 0, 60, 0},  {2026, 1, 1, 0, 0, 0, -1},  {2026, 1, 1, 0, 0, 0, 1000000000},
        {1676, 1, 1, 0, 0, 0, 0},   {2263, 1, 1, 0, 0, 0, 0},   {INT32_MAX, 12, 31, 23, 59, 59, 999999999},
        {INT32_MIN, 1, 1, 0, 0, 0, 0}, {2026, INT32_MAX, 1, 0, 0, 0, 0}, {2026, 1, INT32_MIN, 0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        instant t = 42;
        assert_false(instant_from_civil(&refused[i], &t));
        assert_true(t == 42);
    }
}

static void finer_than_a_nanosecond(void **state) {
    (void)state;
    static const struct {
        const char *in;
        instant down, up;
    } rows[] = {
        {"1970-01-01T00:00:00.0000000001Z", 0, 1}, {"1970-01-01T00:00:00.1234567890Z", 123456789, 123456789}, {"1969-12-31T23:59:59.9999999999Z", -1, 0},
        {"1970-01-01T00:00:00.000000000999999999999999999999999Z", 0, 1}, {"1970-01-01T01:00:00.00000000000000000000+01:00", 0, 0}, {"2262-04-11T23:47:16.854775807000Z", INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        instant t = 42;
        assert_int_equal(instant_parse_rounded(text_of(rows[i].in), false, &t, NULL).code, RESULT_OK);
        assert_true(t == rows[i].down);
        assert_int_equal(instant_parse_rounded(text_of(rows[i].in), true, &t, NULL).code, RESULT_OK);
        assert_true(t == rows[i].up);
        assert_int_equal(instant_parse(text_of(rows[i].in), &t, NULL).code, RESULT_MALFORMED);
    }
    struct fault f;
    assert_int_equal(instant_parse_rounded(TEXT("2262-04-11T23:47:16.8547758071Z"), true, &(instant){0}, &f).code, RESULT_RANGE);
    assert_non_null(strstr(f.message, "times run from"));
    assert_int_equal(instant_parse_rounded(TEXT("yesterday"), true, &(instant){0}, &f).code, RESULT_MALFORMED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_3339),
        cmocka_unit_test(the_strict_form),
        cmocka_unit_test(as_timegm_has_it),
        cmocka_unit_test(texts_come_back),
        cmocka_unit_test(finer_than_a_nanosecond),
        cmocka_unit_test(civil_members_out_of_range_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
