#include "base/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* has a macro fail() without arguments: ours is called as (fail)(...) */

static void every_code_has_a_name_of_its_own(void **state) {
    (void)state;
    for (unsigned a = 0; a < RESULT_CODES; a++) {
        const char *name = result_name((enum result_code)a);
        assert_non_null(name);
        assert_true(strlen(name) > 0);
        for (const char *c = name; *c != '\0'; c++) assert_true((*c >= 'a' && *c <= 'z') || *c == '-');
        for (unsigned b = 0; b < a; b++) assert_string_not_equal(name, result_name((enum result_code)b));
    }
    /* Part of the API: these never change. */
    assert_string_equal(result_name(RESULT_OK), "ok");
    assert_string_equal(result_name(RESULT_MALFORMED), "malformed");
    assert_string_equal(result_name(RESULT_TOO_LARGE), "too-large");
    assert_string_equal(result_name(RESULT_LOST_TAIL), "lost-tail");
}

static void fail_fills_the_fault(void **state) {
    (void)state;
    for (unsigned code = 1; code < RESULT_CODES; code++) {
        struct fault f = {0};
        result r = (fail)(&f, (enum result_code)code, "/volumes", "%d volumes; at most %s", 7, "6");
        assert_int_equal(r.code, code);
        assert_int_equal(f.code, code);
        assert_string_equal(f.field, "/volumes");
        assert_string_equal(f.message, "7 volumes; at most 6");
        assert_int_equal((fail)(NULL, (enum result_code)code, "x", "y").code, code);
    }
}

static void texts_are_cut_at_the_end_and_stay_utf8(void **state) {
    (void)state;
    char text[1000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct fault f;
    assert_int_equal((fail)(&f, RESULT_RANGE, text, "%s", text).code, RESULT_RANGE);
    assert_int_equal(strlen(f.field), sizeof f.field - 1);
    assert_int_equal(strlen(f.message), sizeof f.message - 1);
    /* A character of 2, 3 and 4 bytes at every place around the cut: all of it or nothing of it stays. */
    static const char *const characters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x9B\xA9"};
    for (size_t c = 0; c < 3; c++)
        for (size_t before = 370; before < 384; before++) {
            size_t size = strlen(characters[c]);
            memset(text, 'a', before);
            strcpy(text + before, characters[c]);
            assert_int_equal((fail)(&f, RESULT_RANGE, "", "%s", text).code, RESULT_RANGE);
            size_t kept = strlen(f.message);
            assert_int_equal(kept, before + size < sizeof f.message ? before + size : before);
        }
}

static void arguments_may_lie_in_the_fault(void **state) {
    (void)state;
    struct fault f;
    assert_int_equal((fail)(&f, RESULT_RANGE, "/lower", "above upper").code, RESULT_RANGE);
    assert_int_equal((fail)(&f, RESULT_CONFLICT, f.field, "volume 3: %s", f.message).code, RESULT_CONFLICT);
    assert_string_equal(f.field, "/lower");
    assert_string_equal(f.message, "volume 3: above upper");
}

static void prefixes_pile_up_and_are_cut(void **state) {
    (void)state;
    struct fault f;
    assert_int_equal((fail)(&f, RESULT_RANGE, "/lower", "x").code, RESULT_RANGE);
    fault_prefix(&f, "/2");
    fault_prefix(&f, "/volumes");
    assert_string_equal(f.field, "/volumes/2/lower");
    for (int i = 0; i < 100; i++) fault_prefix(&f, "/0123456789");
    assert_int_equal(strlen(f.field), sizeof f.field - 1);
    assert_memory_equal(f.field, "/0123456789/0123456789", 22);
    char longer[300];
    memset(longer, 'p', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    fault_prefix(&f, longer);
    assert_int_equal(strlen(f.field), sizeof f.field - 1);
    fault_prefix(NULL, "/x");
    assert_int_equal(f.code, RESULT_RANGE);
}

static result tried(int *reached, enum result_code code) {
    TRY(result_of(code));
    *reached += 1;
    return OK;
}

static void try_passes_errors_on(void **state) {
    (void)state;
    int reached = 0;
    for (unsigned code = 0; code < RESULT_CODES; code++)
        assert_int_equal(tried(&reached, (enum result_code)code).code, code);
    assert_int_equal(reached, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_of_its_own),
        cmocka_unit_test(fail_fills_the_fault),
        cmocka_unit_test(texts_are_cut_at_the_end_and_stay_utf8),
        cmocka_unit_test(arguments_may_lie_in_the_fault),
        cmocka_unit_test(prefixes_pile_up_and_are_cut),
        cmocka_unit_test(try_passes_errors_on),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
