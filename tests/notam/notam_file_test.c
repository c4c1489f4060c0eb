/* Files of NOTAMs, and our reading beside another tool's. All vectors are fictional. */
#include "notam/notam_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "notam/notam_compare.h"

static struct arena arena;
static struct json_reader *reader;

static int up(void **state) {
    (void)state;
    arena_growing(&arena, 1 << 24);
    reader = json_reader_new(1 << 16);
    return reader == NULL;
}
static int down(void **state) {
    (void)state;
    arena_free(&arena);
    json_reader_free(reader);
    return 0;
}

static struct notam_file read_fine(const char *bytes) {
    struct notam_file file;
    struct fault f = {0};
    if (!result_is_ok(notam_file_read(text_of(bytes), reader, &arena, &file, &f))) fail_msg("%s: %s", f.field, f.message);
    return file;
}

static void plain(void **state) {
    (void)state;
    static const struct { const char *bytes; uint32_t count, unclaimed; const char *first, *rest; } rows[] = {
        {"A0001/26 NOTAMN\nE) X", 1, 0, "A0001/26 NOTAMN\nE) X", NULL},
        {"\n  A0001/26 NOTAMN\nE) X\n\n\n", 1, 0, "A0001/26 NOTAMN\nE) X", NULL},
        {"A0001/26 NOTAMN\nE) X\n\nMORE X\n\nA0002/26 NOTAMR A0001/26\nE) Y", 2, 0, "A0001/26 NOTAMN\nE) X\n\nMORE X", NULL},
        {"A0001/26 NOTAMN\r\nE) X\r\nA0002/26 NOTAMC A0001/26", 2, 0, "A0001/26 NOTAMN\r\nE) X", NULL},
        {"GG XXAAYNYX\n010000 XXBBYNYX\n(A0001/26 NOTAMN\nE) X)\nGG XXAAYNYX\n(A0002/26 NOTAMN\nE) (Y) \nZ )\n", 2, 2,
         "(A0001/26 NOTAMN\nE) X)", "GG XXAAYNYX\n010000 XXBBYNYX"},
        {"(A0001/26 NOTAMN\nE) NEVER CLOSED\n", 1, 0, "(A0001/26 NOTAMN\nE) NEVER CLOSED", NULL},
        {"(A0001/26\nNOTAMN\nE) SEE A0003/26 NOTAMN", 1, 0, "(A0001/26\nNOTAMN\nE) SEE A0003/26 NOTAMN", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam_file file = read_fine(rows[i].bytes);
        if (file.count != rows[i].count || file.unclaimed_count != rows[i].unclaimed)
            fail_msg("row %zu: %u messages, %u unclaimed", i, file.count, file.unclaimed_count);
        assert_false(file.json);
        if (!text_is(file.entries[0].raw, rows[i].first)) fail_msg("row %zu: %.*s", i, TEXT_ARG(file.entries[0].raw));
        assert_true(file.entries[0].raw.at == rows[i].bytes + file.entries[0].offset);
        if (rows[i].rest != NULL) assert_true(text_is(file.unclaimed[0], rows[i].rest));
    }
}

static void json(void **state) {
    (void)state;
    struct notam_file file = read_fine(" {\"NUM\":2,\"CODE\":[\"A0001/26\",\"A0002/26\"],\"COORDINATES\":[\"N01E001\"],\"TIME\":[1,\"T\"],"
                                       "\"RAWMESSAGE\":[\"A0001/26 NOTAMN\\r\\nE) X\\rY\",\"\"]}");
    assert_true(file.json);
    assert_int_equal(file.count, 2);
    assert_true(text_is(file.entries[0].raw, "A0001/26 NOTAMN\nE) X\nY"));
    assert_true(text_is(file.entries[0].code, "A0001/26"));
    assert_true(text_is(file.entries[0].coordinates, "N01E001"));
    assert_int_equal(file.entries[0].time.size, 0); /* no text */
    assert_true(text_is(file.entries[1].time, "T"));
    assert_int_equal(file.entries[1].coordinates.size, 0); /* a short column */
    assert_int_equal(file.entries[1].raw.size, 0);
    assert_int_equal(file.entries[1].offset, 1);
    assert_int_equal(read_fine("{\"RAWMESSAGE\":[]}").count, 0);
}

static void refused(void **state) {
    (void)state;
    static const struct { const char *bytes; enum result_code code; } rows[] = {
        {"", RESULT_MALFORMED}, {"no message", RESULT_MALFORMED}, {"{", RESULT_MALFORMED}, {"{}", RESULT_MALFORMED},
        {"{\"RAWMESSAGE\":1}", RESULT_MALFORMED}, {"{\"RAWMESSAGE\":[1]}", RESULT_MALFORMED}};
    struct notam_file file;
    struct fault f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(notam_file_read(text_of(rows[i].bytes), reader, &arena, &file, &f).code, rows[i].code);
    assert_int_equal(notam_file_read(TEXT("{}"), NULL, &arena, &file, &f).code, RESULT_UNSUPPORTED);
    static char large[(1 << 16) + 2];
    memset(large, ' ', sizeof large);
    large[0] = '{';
    large[sizeof large - 1] = '}';
    assert_int_equal(notam_file_read((struct text){large, sizeof large}, reader, &arena, &file, &f).code, RESULT_TOO_LARGE);
    struct arena none;
    arena_growing(&none, 0);
    assert_int_equal(notam_file_read(TEXT("A0001/26 NOTAMN"), reader, &none, &file, &f).code, RESULT_FULL);
    assert_int_equal(notam_file_read(TEXT("{\"RAWMESSAGE\":[\"X\"]}"), reader, &none, &file, &f).code, RESULT_FULL);
    arena_free(&none);
}

/* --- comparison --- */

static struct notam_areas areas_of(const char *e, const char *d) {
    char *raw = arena_alloc(&arena, 2000, 1);
    struct append a = append_fixed(raw, 1999);
    struct notam n;
    struct notam_areas out;
    struct fault f;
    append_format(&a, "A0001/26 NOTAMN\nA) XXAA B) 2602010100 C) 2602020200\n%s%s\nE) %s", d[0] ? "D) " : "", d, e);
    assert_true(result_is_ok(notam_read(append_view(&a), &arena, &n, &f)));
    assert_true(result_is_ok(notam_area_read(&n, 0, &arena, &out, &f)));
    return out;
}

static void outlines(void **state) {
    (void)state;
#define THREE "4700S12600W 4700S12500W 4800S12500W"
    static const struct { const char *e, *theirs; enum compare_outline class; } rows[] = {
        {THREE, "S4700W12600-S4700W12500-S4800W12500", COMPARE_SAME},
        {THREE, "S4800W12500-S4700W12500-S4700W12600", COMPARE_SAME},
        {THREE " 4700S12600W", "S4700W12600-S4700W12500-S4800W12500-S4700W12600", COMPARE_CLOSED},
        {THREE " AND ALSO 4900S12600W 4900S12500W 5000S12500W", "S4900W12600-S4900W12500-S5000W12500", COMPARE_ONE_OF},
        {THREE " 4800S12600W", "S4700W12600-S4700W12500-S4800W12500", COMPARE_LOST},
        {THREE " 4800S12600W", "S4700W12600-S4800W12500-S4700W12500-S4800W12600", COMPARE_ORDER},
        {THREE, "S4700W12600-S4700W12500-S4801W12500", COMPARE_OTHER},
        {THREE, "", COMPARE_NO_OUTLINE},
        {"NOTHING", "S4700W12600-S4700W12500-S4800W12500", COMPARE_NO_OUTLINE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam_areas a = areas_of(rows[i].e, "");
        enum compare_outline class;
        struct fault f;
        assert_true(result_is_ok(notam_compare_outline(&a, text_of(rows[i].theirs), &arena, &class, &f)));
        if (class != rows[i].class) fail_msg("row %zu: %d", i, (int)class);
    }
    struct arena none;
    struct notam_areas a = areas_of(THREE, "");
    enum compare_outline class;
    struct fault f;
    arena_growing(&none, 0);
    assert_int_equal(notam_compare_outline(&a, TEXT("X"), &none, &class, &f).code, RESULT_FULL);
    arena_free(&none);
}

static void times(void **state) {
    (void)state;
    static const struct { const char *d, *theirs; enum compare_time class; } rows[] = {
        {"", "01 FEB 01:00 2026 UNTIL 02 FEB 02:00 2026", COMPARE_TIME_SAME},
        {"0100-0200", "01 FEB 01:00 2026 UNTIL 02 FEB 02:00 2026", COMPARE_TIME_SCHEDULE},
        {"", "01 FEB 01:00 2026 UNTIL 02 FEB 03:00 2026", COMPARE_TIME_OTHER},
        {"", "", COMPARE_TIME_UNREAD},
        {"", "01 FEB 01:00 2026", COMPARE_TIME_UNREAD},
        {"", "01 FEB 01:00 2026 UNTIL", COMPARE_TIME_UNREAD},
        {"", "01 FEB 01:00 2026 UNTIL 02 FEB 02:00 2026 X", COMPARE_TIME_UNREAD},
        {"", "30 FEB 01:00 2026 UNTIL 02 FEB 02:00 2026", COMPARE_TIME_UNREAD},
        {"", "01 XXX 01:00 2026 UNTIL 02 FEB 02:00 2026", COMPARE_TIME_UNREAD}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam_areas a = areas_of(THREE, rows[i].d);
        if (notam_compare_time(&a, text_of(rows[i].theirs)) != rows[i].class) fail_msg("row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(json), cmocka_unit_test(refused),
                                       cmocka_unit_test(outlines), cmocka_unit_test(times)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notam_file", tests, up, down);
}
