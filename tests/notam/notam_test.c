/* Messages taken apart. Every vector is fictional: places begin with XX. */
#include "notam/notam.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;

static int arena_up(void **state) {
    (void)state;
    arena_growing(&arena, 1 << 24);
    return 0;
}
static int arena_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct notam read_fine(const char *raw) {
    struct notam n;
    struct fault f = {0};
    if (!result_is_ok(notam_read(text_of(raw), &arena, &n, &f))) fail_msg("%s: %s", f.field, f.message);
    return n;
}

static void assert_text(struct text t, const char *expected) {
    if (!text_is(t, expected)) fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARG(t), expected);
}

static bool remarked(const struct notam *n, const char *field, const char *text) {
    for (const struct notam_remark *r = n->remarks; r != NULL; r = r->next)
        if (strcmp(r->field, field) == 0 && text_is(r->text, text)) {
            assert_true(r->text.size == 0 || r->text.at == n->raw.at + r->offset);
            return true;
        }
    return false;
}

static instant at(int year, int month, int day, int hour, int minute) {
    struct civil c = {.year = year, .month = month, .day = day, .hour = hour, .minute = minute};
    instant t;
    assert_true(instant_from_civil(&c, &t));
    return t;
}

#define PLAIN                                                                                                          \
    "A0123/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4700S12600W030\nA) XXAA B) 2602012310 C) 2602020832 \n"               \
    "D) 2310-2344 01\nE) DANGER AREA\n1) NOT F) FIRST\nF) SFC G) UNL"

static void whole(void **state) {
    (void)state;
    struct notam n = read_fine(PLAIN);
    assert_int_equal(n.number.series, 'A');
    assert_int_equal(n.number.number, 123);
    assert_int_equal(n.number.year, 2026);
    assert_int_equal(n.type, NOTAM_NEW);
    assert_false(n.has_reference);
    assert_text(n.q.fir, "XXAA");
    assert_text(n.q.code, "QRDCA");
    assert_text(n.q.traffic, "IV");
    assert_text(n.q.purpose, "BO");
    assert_text(n.q.scope, "W");
    assert_true(n.q.has_lower && n.q.has_upper && n.q.has_circle);
    assert_int_equal(n.q.lower.reference, ALTITUDE_SFC);
    assert_int_equal(n.q.upper.cm, ALTITUDE_UNLIMITED);
    assert_int_equal(n.q.centre.lat, -470000000);
    assert_int_equal(n.q.centre.lon, -1260000000);
    assert_int_equal(n.q.radius_nm, 30);
    assert_text(n.location, "XXAA");
    assert_true(n.has_begin && n.has_end && !n.permanent && !n.estimated);
    assert_int_equal(n.begin, at(2026, 2, 1, 23, 10));
    assert_int_equal(n.end, at(2026, 2, 2, 8, 32));
    assert_text(n.item[NOTAM_D], "2310-2344 01");
    assert_text(n.item[NOTAM_E], "DANGER AREA\n1) NOT F) FIRST");
    assert_true(n.has_lower && n.has_upper);
    assert_int_equal(n.remark_count, 0);
}

static void headers(void **state) {
    (void)state;
    static const struct { const char *raw; enum notam_type type; bool reference; uint16_t number; } rows[] = {
        {"A0001/26 NOTAMN\nQ) X", NOTAM_NEW, false, 0},
        {"(A0001/26 NOTAMR A0009/25\nQ) X", NOTAM_REPLACE, true, 9},
        {" A0001/26 NOTAMC  B1234/25 \nQ) X", NOTAM_CANCEL, true, 1234},
        {"a0001/26 notamr a0002/26\nq) x", NOTAM_REPLACE, true, 2},
        {"A0001/26\nNOTAMN", NOTAM_NEW, false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam n = read_fine(rows[i].raw);
        assert_int_equal(n.type, rows[i].type);
        assert_int_equal(n.has_reference, rows[i].reference);
        if (n.has_reference) assert_int_equal(n.reference.number, rows[i].number);
    }
    static const char *const none[] = {"", "(", "A0001/26", "A0001/26 NOTAM", "A0001/26 NOTAMX", "A001/26 NOTAMN", "XA0001/26 NOTAMN",
                                       "A0001/2 NOTAMN", "A0001/263 NOTAMN", "A0001-26 NOTAMN", "A0001/26 NOTAMNX", "\xff\xfe"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct notam n;
        struct fault f = {0};
        assert_int_equal(notam_read(text_of(none[i]), &arena, &n, &f).code, RESULT_MALFORMED);
        assert_string_equal(f.field, "header");
    }
}

static void kept_when_not_understood(void **state) {
    (void)state;
    static const struct { const char *raw, *field, *text; } rows[] = {
        {"HELLO A0001/26 NOTAMN Q) X", "header", "HELLO"},
        {"A0001/26 NOTAMR\nQ) X", "header", ""},
        {"A0001/26 NOTAMN A0002/26\nQ) X", "header", "A0002/26"},
        {"A0001/26 NOTAMR A0002/26 SOON\nQ) X", "header", "SOON"},
        {"A0001/26 NOTAMN\nA) XXAA", "q", ""},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV\nA) XXAA", "q", "XXAA/QRDCA/IV"},
        {"A0001/26 NOTAMN\nQ) XXAAA/QRDCA/IV/BO/W/000/999/\nA) XXAA", "q", "XXAAA"},
        {"A0001/26 NOTAMN\nQ) XXAA/RDCA/IV/BO/W/000/999/\nA) XXAA", "q", "RDCA"},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/0/999/\nA) XXAA", "q", "0"},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/UNL/\nA) XXAA", "q", "UNL"},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4760S12600W030\nA) XXAA", "q", "4760S12600W030"},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4700S12600W000\nA) XXAA", "q", "4700S12600W000"},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/9001S12600W010\nA) XXAA", "q", "9001S12600W010"},
        {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4700S12600W010/9\nA) XXAA", "q", "4700S12600W010/9"},
        {"A0001/26 NOTAMN\nA) XXAA SOMEWHERE", "a", "SOMEWHERE"},
        {"A0001/26 NOTAMN\nA) XXAA PART 3 OF 2", "a", "3"},
        {"A0001/26 NOTAMN\nA) XXAA B) WIE C) PERM", "b", "WIE"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602300000 C) PERM", "b", "2602300000"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 LATER C) PERM", "b", "LATER"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) UFN", "c", "UFN"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) 2602012311 ABOUT", "c", "ABOUT"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) 2602012309", "c", "2602012309"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) PERM", "e", ""},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) PERM\nE) X\nF) LOW G) UNL", "f", "LOW"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) PERM\nE) X\nF) SFC\nG) HIGH", "g", "HIGH"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) PERM\nE) X\nF) UNL\nG) UNL", "f", "UNL"},
        {"A0001/26 NOTAMN\nA) XXAA B) 2602012310 C) PERM\nE) X\nF) SFC G) FL410\n\nFOOTER", "g", "FOOTER"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam n = read_fine(rows[i].raw);
        if (!remarked(&n, rows[i].field, rows[i].text)) fail_msg("row %zu: no remark %s \"%s\"", i, rows[i].field, rows[i].text);
    }
}

static void ends(void **state) {
    (void)state;
    struct notam n = read_fine("A0001/26 NOTAMN\nQ) X\nA) XXAA B) 2602012310 C) PERM\nE) X");
    assert_true(n.permanent && !n.has_end);
    n = read_fine("A0001/26 NOTAMN\nQ) X\nA) XXAA B) 2602012310 C) 2603012310 EST\nE) X");
    assert_true(n.estimated && n.has_end);
    n = read_fine("A0001/26 NOTAMN\nQ) X\nA) XXAA B) 2602012310 C) 2603012310EST\nE) X");
    assert_true(n.estimated && n.has_end);
    n = read_fine("A0001/26 NOTAMN\nQ) X\nA) XXAA B) 2602012310 C) 2602282400\nE) X");
    assert_int_equal(n.end, at(2026, 3, 1, 0, 0));
    n = read_fine("A0001/26 NOTAMC A0009/25\nQ) XXAA/QRDCA/IV/BO/W/000/999/\nA) XXAA B) 2602012310\nE) CANCELLED");
    assert_int_equal(n.remark_count, 0);
}

static void levels(void **state) {
    (void)state;
    static const struct { const char *t; bool upper, fine; int32_t cm; uint8_t reference; size_t after; } rows[] = {
        {"SFC", false, true, 0, ALTITUDE_SFC, 3},
        {"GND G)", false, true, 0, ALTITUDE_SFC, 3},
        {"SURFACE", true, true, 0, ALTITUDE_SFC, 7},
        {"UNL", true, true, ALTITUDE_UNLIMITED, ALTITUDE_AMSL, 3},
        {"UNLTD", true, true, ALTITUDE_UNLIMITED, ALTITUDE_AMSL, 5},
        {"UNL", false, false, 0, 0, 0},
        {"FL410", true, true, 410 * 3048, ALTITUDE_FL, 5},
        {"FL 95", true, true, 95 * 3048, ALTITUDE_FL, 5},
        {"FL4100", true, false, 0, 0, 0},
        {"5000FT AMSL", true, true, 152400, ALTITUDE_AMSL, 11},
        {"5001FT", true, true, 152431, ALTITUDE_AMSL, 6},
        {"5001FT", false, true, 152430, ALTITUDE_AMSL, 6},
        {"1500 FT AGL", true, true, 45720, ALTITUDE_SFC, 11},
        {"300M AGL", true, true, 30000, ALTITUDE_SFC, 8},
        {"300 M MSL", true, true, 30000, ALTITUDE_AMSL, 9},
        {"300 FEET", true, false, 0, 0, 0},
        {"300MB", true, false, 0, 0, 0},
        {"1234567FT", true, false, 0, 0, 0},
        {"", true, false, 0, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct altitude a = {0};
        size_t after = 0;
        bool fine = notam_level_read(text_of(rows[i].t), 0, rows[i].upper, &a, &after);
        if (fine != rows[i].fine || a.cm != rows[i].cm || (fine && (a.reference != rows[i].reference || after != rows[i].after)))
            fail_msg("row %zu (%s): %d %d %d %zu", i, rows[i].t, fine, a.cm, a.reference, after);
    }
}

static void names(void **state) {
    (void)state;
    static const struct { const char *raw, *name, *reference; } rows[] = {
        {"A0001/26 NOTAMN\nQ) XXZZ/QRDCA/IV/BO/W/000/999/\nA) XXAA XXBB", "A0001/26 XXAA", ""},
        {"A0001/26 NOTAMR A0009/25\nQ) XXZZ/QRDCA/IV/BO/W/000/999/\nB) 1", "A0001/26 XXZZ", "A0009/25 XXZZ"},
        {"A0001/26 NOTAMN\nA) XXAA PART 1 OF 2", "A0001/26 XXAA 1/2", ""},
        {"a0001/26 NOTAMC b0002/26\nA) xxaa PART 2 OF 2", "A0001/26 XXAA 2/2", "B0002/26 XXAA"},
        {"A0001/26 NOTAMN\nQ) XX A/QRDCA/IV/BO/W/000/999/\nA) X1AA", "A0001/26", ""}, /* no place: nothing odd gets into the name */
        {"A0001/26 NOTAMN\nQ) XXAAA/QRDCA/IV/BO/W/000/999/\nA) XXAAA", "A0001/26", ""},
        {"A0001/26 NOTAMN", "A0001/26", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[NOTAM_IDENTITY_ROOM], reference[NOTAM_IDENTITY_ROOM];
        struct notam n = read_fine(rows[i].raw);
        assert_int_equal(notam_identity(&n, name), strlen(rows[i].name));
        assert_string_equal(name, rows[i].name);
        assert_int_equal(notam_reference_identity(&n, reference), strlen(rows[i].reference));
        assert_string_equal(reference, rows[i].reference);
    }
}

static void in_brackets(void **state) {
    (void)state;
    struct notam n = read_fine("(A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/\nA) XXAA B) 2602012310 C) PERM\nE) X\nF) SFC G) UNL)");
    assert_int_equal(n.remark_count, 0);
    assert_true(n.has_upper);
}

static void limits(void **state) {
    (void)state;
    static char large[NOTAM_RAW_MOST + 1];
    struct notam n;
    struct fault f = {0};
    memset(large, 'X', sizeof large);
    assert_int_equal(notam_read((struct text){large, sizeof large}, &arena, &n, &f).code, RESULT_TOO_LARGE);
    struct arena none;
    arena_growing(&none, 0);
    assert_int_equal(notam_read(TEXT("HELLO A0001/26 NOTAMN"), &none, &n, &f).code, RESULT_FULL);
    arena_free(&none);
}

/* Every prefix of a message is read without going past it (the sanitizer looks on), and never as something it is not. */
static void prefixes(void **state) {
    (void)state;
    for (size_t size = 0; size <= sizeof PLAIN - 1; size++) {
        char *cut = test_malloc(size + 1);
        memcpy(cut, PLAIN, size);
        struct notam n;
        struct fault f;
        result r = notam_read((struct text){cut, size}, &arena, &n, &f);
        assert_int_equal(r.code, size < sizeof "A0123/26 NOTAMN" - 1 ? RESULT_MALFORMED : RESULT_OK);
        test_free(cut);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),  cmocka_unit_test(headers), cmocka_unit_test(kept_when_not_understood),
        cmocka_unit_test(ends),   cmocka_unit_test(levels),  cmocka_unit_test(names),
        cmocka_unit_test(in_brackets), cmocka_unit_test(limits), cmocka_unit_test(prefixes)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notam", tests, arena_up, arena_down);
}
