#include "base/bytes.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "seeded.h"

#define assert_text(t, expected)                                     \
    do {                                                             \
        assert_int_equal((t).size, strlen(expected));                \
        assert_memory_equal((t).at, (expected), strlen(expected));   \
    } while (0)

/* --- text --- */

static void texts_compare_by_bytes_then_size(void **state) {
    (void)state;
    static const char *const ascending[] = {"", "a", "aa", "ab", "b", "\x7F", "\x80", "\xFF"};
    for (size_t a = 0; a < 8; a++)
        for (size_t b = 0; b < 8; b++) {
            int expected = a < b ? -1 : a > b;
            assert_int_equal(text_compare(text_of(ascending[a]), text_of(ascending[b])), expected);
            assert_int_equal(text_equal(text_of(ascending[a]), text_of(ascending[b])), a == b);
            assert_int_equal(text_is(text_of(ascending[a]), ascending[b]), a == b);
        }
    assert_int_equal(text_compare((struct text){NULL, 0}, TEXT("")), 0);
    assert_true(text_equal((struct text){NULL, 0}, TEXT("")));
}

/* --- cursor --- */

static void integers_are_big_endian_and_come_back(void **state) {
    (void)state;
    uint8_t room[27];
    struct append a = append_fixed(room, sizeof room);
    append_u8(&a, 0xFE);
    append_u16(&a, 0x0102);
    append_u32(&a, 0x03040506);
    append_u64(&a, UINT64_C(0x0708090A0B0C0D0E));
    append_u32(&a, (uint32_t)INT32_MIN);
    append_u64(&a, (uint64_t)INT64_MIN);
    assert_int_equal(a.size, 27);
    assert_false(a.full);
    static const uint8_t head[] = {0xFE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x80, 0};
    assert_memory_equal(room, head, sizeof head);
    struct cursor c = cursor_of(room, sizeof room);
    assert_int_equal(cursor_u8(&c), 0xFE);
    assert_int_equal(cursor_u16(&c), 0x0102);
    assert_int_equal(cursor_u32(&c), 0x03040506);
    assert_true(cursor_u64(&c) == UINT64_C(0x0708090A0B0C0D0E));
    assert_int_equal(cursor_i32(&c), INT32_MIN);
    assert_false(cursor_done(&c));
    assert_true(cursor_i64(&c) == INT64_MIN);
    assert_true(cursor_done(&c));
}

static void a_cursor_that_ran_out_stays_failed(void **state) {
    (void)state;
    static const uint8_t bytes[3] = {1, 2, 3};
    for (int kind = 0; kind < 7; kind++) {
        struct cursor c = cursor_of(bytes, kind == 0 ? 0 : kind == 1 ? 1 : 3);
        uint8_t copy[4] = {9, 9, 9, 9};
        switch (kind) {
            case 0: assert_int_equal(cursor_u8(&c), 0); break;
            case 1: assert_int_equal(cursor_u16(&c), 0); break;
            case 2: assert_int_equal(cursor_u32(&c), 0); break;
            case 3: assert_true(cursor_u64(&c) == 0); break;
            case 4: assert_null(cursor_bytes(&c, 4)); break;
            case 5: assert_false(cursor_copy(&c, copy, 4)); break;
            default: assert_null(cursor_bytes(&c, SIZE_MAX)); break;
        }
        if (kind == 5) assert_int_equal(copy[0] | copy[1] | copy[2] | copy[3], 0);
        assert_true(c.failed);
        assert_false(cursor_done(&c));
        assert_int_equal(cursor_u8(&c), 0);
        assert_null(cursor_bytes(&c, 1));
        assert_null(cursor_bytes(&c, 0));
        assert_false(cursor_copy(&c, copy, 0));
    }
    struct cursor c = cursor_of(bytes, 3);
    assert_ptr_equal(cursor_bytes(&c, 2), bytes);
    assert_non_null(cursor_bytes(&c, 0));
    uint8_t last;
    assert_true(cursor_copy(&c, &last, 1));
    assert_int_equal(last, 3);
    assert_true(cursor_done(&c));
    struct cursor nothing = cursor_of(NULL, 0);
    assert_non_null(cursor_bytes(&nothing, 0));
    assert_true(cursor_done(&nothing));
}

/* --- append --- */

/* Every writer into every room smaller than what it writes: nothing is written, the content before stays. */
static void write_one(struct append *a, unsigned which) {
    switch (which) {
        case 0: append_bytes(a, "0123456789", 10); break;
        case 1: append_text(a, TEXT("text")); break;
        case 2: append_str(a, "str"); break;
        case 3: append_char(a, 'c'); break;
        case 4: append_format(a, "%s-%04d", "format", 42); break;
        case 5: append_u8(a, 1); break;
        case 6: append_u16(a, 1); break;
        case 7: append_u32(a, 1); break;
        case 8: append_u64(a, 1); break;
        case 9: append_hex(a, "\x01\xFF", 2); break;
        case 10: append_decimal(a, -12345); break;
        case 11: append_fixed_point(a, -12345, 3); break;
        case 12: append_json_string(a, TEXT("a\"b\nc\x01")); break;
        case 13: append_base64(a, "abcde", 5); break;
        default: append_format(a, "%600d", 1); break;
    }
}
enum { WRITERS = 15 };

static void a_write_fits_as_a_whole_or_is_not_made(void **state) {
    (void)state;
    for (unsigned which = 0; which < WRITERS; which++) {
        struct append whole = append_growing(10000);
        write_one(&whole, which);
        assert_false(whole.full);
        size_t size = whole.size;
        assert_true(size > 0);
        for (size_t room = 0; room <= size + 2; room++) {
            char *bytes = malloc(room + 3); /* exact, so that the sanitizer sees a byte too many */
            struct append a = append_fixed(bytes, room + 3);
            append_str(&a, "xyz");
            write_one(&a, which);
            assert_int_equal(a.full, room < size);
            assert_int_equal(a.size, room < size ? 3 : 3 + size);
            assert_memory_equal(a.at, "xyz", 3);
            if (room >= size) assert_memory_equal(a.at + 3, whole.at, size);
            if (a.full) {
                append_char(&a, '!'); /* a text with a hole must not come about */
                assert_int_equal(a.size, 3);
                append_reset(&a);
                append_char(&a, '!');
                assert_int_equal(a.size, 1);
                assert_false(a.full);
            }
            free(bytes);
        }
        append_free(&whole);
    }
}

static void a_growing_buffer_grows_to_its_limit(void **state) {
    (void)state;
    for (size_t limit = 0; limit < 2000; limit += 97) {
        struct append a = append_growing(limit);
        for (size_t i = 0; i < limit; i++) append_char(&a, (char)i);
        assert_false(a.full);
        assert_int_equal(a.size, limit);
        for (size_t i = 0; i < limit; i++) assert_int_equal(a.at[i], (char)i);
        append_char(&a, 'x');
        assert_true(a.full);
        assert_int_equal(a.size, limit);
        assert_int_equal(append_view(&a).size, limit);
        append_free(&a);
        assert_null(a.at);
    }
    char all[1000] = {0};
    struct append whole = append_growing(sizeof all);
    append_bytes(&whole, all, sizeof all);
    assert_int_equal(whole.size, sizeof all);
    append_free(&whole);
    whole = append_growing(sizeof all - 1);
    append_bytes(&whole, all, sizeof all);
    assert_true(whole.full && whole.size == 0);
    append_free(&whole);
    struct append a = append_growing(SIZE_MAX);
    append_bytes(&a, "abc", 3);
    append_bytes(&a, NULL, 0);
    append_hex(&a, "", SIZE_MAX / 2 + 1);
    assert_true(a.full);
    assert_int_equal(a.size, 3);
    append_free(&a);
}

static void integers_and_decimals_in_text(void **state) {
    (void)state;
    static const struct {
        int64_t v;
        unsigned places;
        const char *text;
    } table[] = {{0, 0, "0"},
                 {0, 7, "0"},
                 {475, 1, "47.5"},
                 {-1, 7, "-0.0000001"},
                 {3, 0, "3"},
                 {30, 1, "3"},
                 {300000000, 8, "3"},
                 {-1, 0, "-1"},
                 {-10, 1, "-1"},
                 {105, 2, "1.05"},
                 {100, 3, "0.1"},
                 {INT64_MAX, 0, "9223372036854775807"},
                 {INT64_MIN, 0, "-9223372036854775808"},
                 {INT64_MAX, 18, "9.223372036854775807"},
                 {INT64_MIN, 18, "-9.223372036854775808"},
                 {INT64_MIN, 7, "-922337203685.4775808"},
                 {1, 18, "0.000000000000000001"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char room[64];
        struct append a = append_fixed(room, sizeof room);
        append_fixed_point(&a, table[i].v, table[i].places);
        assert_text(append_view(&a), table[i].text);
    }
    struct seeded s = seeded_start(1);
    for (int i = 0; i < 20000; i++) {
        int64_t v = (int64_t)seeded_next(&s) >> seeded_below(&s, 64);
        char expected[32], room[32];
        snprintf(expected, sizeof expected, "%" PRId64, v);
        struct append a = append_fixed(room, sizeof room);
        append_decimal(&a, v);
        assert_text(append_view(&a), expected);
        /* Read back by exact integer arithmetic: sign, digits before and behind the point. */
        unsigned places = (unsigned)seeded_below(&s, 19);
        append_reset(&a);
        append_fixed_point(&a, v, places);
        struct text t = append_view(&a);
        __int128 read = 0;
        unsigned behind = 0;
        bool point = false;
        for (size_t k = 0; k < t.size; k++) {
            if (t.at[k] == '-') continue;
            if (t.at[k] == '.') {
                point = true;
                continue;
            }
            read = read * 10 + (t.at[k] - '0');
            behind += point;
        }
        assert_true(!point || t.at[t.size - 1] != '0');
        for (; behind < places; behind++) read *= 10;
        assert_true((t.at[0] == '-' ? -read : read) == v);
    }
}

static void json_strings_are_escaped(void **state) {
    (void)state;
    static const struct {
        struct text in;
        const char *out;
    } table[] = {{{"", 0}, "\"\""},
                 {{"plain / text", 12}, "\"plain / text\""},
                 {{"a\"b\\c\nd", 7}, "\"a\\\"b\\\\c\\nd\""},
                 {{"a\0b\tc\x7F", 6}, "\"a\xEF\xBF\xBD" "b\xEF\xBF\xBD" "c\xEF\xBF\xBD\""},
                 {{"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9B\xA9", 9}, "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9B\xA9\""},
                 {{"\xC2\x85", 2}, "\"\xEF\xBF\xBD\""},                 /* C1 */
                 {{"\xE2\x80\xA8\xE2\x80\xAE", 6}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""}, /* U+2028, U+202E */
                 {{"\xEF\xBF\xBF", 3}, "\"\xEF\xBF\xBD\""},             /* noncharacter */
                 {{"\xFF\xC3", 2}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
                 {{"\xED\xA0\x80", 3}, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}}; /* a surrogate: three bytes of nothing */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct append a = append_growing(1000);
        append_json_string(&a, table[i].in);
        assert_text(append_view(&a), table[i].out);
        append_free(&a);
    }
}

/* --- UTF-8 --- */

static void every_scalar_value_comes_back_and_nothing_else(void **state) {
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c == 0xD800) c = 0xE000;
        char bytes[4];
        uint32_t read = 0;
        size_t size = utf8_put(c, bytes);
        assert_int_equal(utf8_next(bytes, size, &read), size);
        assert_int_equal(read, c);
        if (size > 1) assert_int_equal(utf8_next(bytes, size - 1, &read), 0);
    }
    static const char *const broken[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                         "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                         "\xF5\x80\x80\x80", "\xFF", "\xC3(", "\xE2\x82(", "\xE2(\xAC", "\xF0\x9F\x9B(",
                                         "\xF0\x9F(\xA9", "\xF0(\x9B\xA9"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        uint32_t c;
        assert_int_equal(utf8_next(broken[i], strlen(broken[i]), &c), 0);
    }
    uint32_t c;
    assert_int_equal(utf8_next("a", 0, &c), 0);
}

/* Against one byte at a time: every byte at every place of runs of every length up to three words, what stands behind the end included. */
static void runs_of_plain_characters_end_where_they_should(void **state) {
    (void)state;
    char text[32];
    for (unsigned byte = 0; byte < 256; byte++)
        for (size_t size = 0; size <= 24; size++)
            for (size_t at = 0; at < sizeof text; at++) {
                bool plain = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
                memset(text, at % 2 == 0 ? '!' : '~', sizeof text);
                text[at] = (char)byte;
                if (at + 1 < sizeof text) text[at + 1] = '#'; /* what a borrow could mark */
                assert_int_equal(utf8_plain(text, size), !plain && at < size ? at : size);
            }
}

static void barred_characters_are_those_of_format_md(void **state) {
    (void)state;
    static const struct {
        uint32_t first, last;
    } barred[] = {{0, 9}, {11, 31}, {0x7F, 0x9F}, {0x2028, 0x2029}, {0x202A, 0x202E}, {0x2066, 0x2069}, {0xFDD0, 0xFDEF}};
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        bool expected = (c & 0xFFFF) == 0xFFFE || (c & 0xFFFF) == 0xFFFF;
        for (size_t i = 0; i < sizeof barred / sizeof *barred; i++)
            expected = expected || (c >= barred[i].first && c <= barred[i].last);
        assert_int_equal(utf8_barred(c), expected);
    }
}

/* --- hex, base64 --- */

static void hex_is_lower_case_and_exact(void **state) {
    (void)state;
    uint8_t bytes[3] = {7, 7, 7};
    assert_true(hex_read(TEXT("0a9Fff"), bytes, 3) == false);
    assert_int_equal(bytes[0], 7); /* nothing is written on failure */
    assert_true(hex_read(TEXT("0a9fff"), bytes, 3));
    assert_memory_equal(bytes, "\x0a\x9f\xff", 3);
    static const char *const refused[] = {"", "0a9ff", "0a9ff", "0a9fff0", "0a9fff00", "0a9ffg", "0x9fff", " a9fff", "0a9ff/", "0a9ff:", "0a9ff`"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(hex_read(text_of(refused[i]), bytes, 3));
    assert_true(hex_read(TEXT(""), bytes, 0));
}

static void base64_vectors_of_rfc_4648_and_what_is_refused(void **state) {
    (void)state;
    static const char *const vectors[][2] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    char room[64];
    size_t size;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct append a = append_fixed(room, sizeof room);
        append_base64(&a, vectors[i][0], strlen(vectors[i][0]));
        assert_text(append_view(&a), vectors[i][1]);
        char out[8];
        assert_true(base64_read(text_of(vectors[i][1]), out, sizeof out, &size));
        assert_int_equal(size, strlen(vectors[i][0]));
        assert_memory_equal(out, vectors[i][0], size);
    }
    static const char *const refused[] = {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "====", "Zm9v\n", " Zm9v", "Zm9v=", "Zm-_", "Zm9vZg==Zm9v"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(base64_read(text_of(refused[i]), room, sizeof room, &size));
    assert_false(base64_read(TEXT("Zm9vYmFy"), room, 5, &size));
    assert_true(base64_read(TEXT("Zm9vYmFy"), room, 6, &size));
    struct seeded s = seeded_start(2);
    for (size_t length = 0; length < 1500; length += 1 + length / 40) {
        uint8_t bytes[1500], back[1500];
        for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)seeded_next(&s);
        struct append a = append_growing(4000);
        append_base64(&a, bytes, length);
        assert_int_equal(a.size, (length + 2) / 3 * 4);
        assert_true(base64_read(append_view(&a), back, sizeof back, &size));
        assert_int_equal(size, length);
        assert_memory_equal(back, bytes, length);
        append_free(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_by_bytes_then_size),
        cmocka_unit_test(integers_are_big_endian_and_come_back),
        cmocka_unit_test(a_cursor_that_ran_out_stays_failed),
        cmocka_unit_test(a_write_fits_as_a_whole_or_is_not_made),
        cmocka_unit_test(a_growing_buffer_grows_to_its_limit),
        cmocka_unit_test(integers_and_decimals_in_text),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(every_scalar_value_comes_back_and_nothing_else),
        cmocka_unit_test(runs_of_plain_characters_end_where_they_should),
        cmocka_unit_test(barred_characters_are_those_of_format_md),
        cmocka_unit_test(hex_is_lower_case_and_exact),
        cmocka_unit_test(base64_vectors_of_rfc_4648_and_what_is_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
