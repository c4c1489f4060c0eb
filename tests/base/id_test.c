#include "base/id.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void ids_are_32_lower_case_hex_digits(void **state) {
    (void)state;
    struct id a, b;
    assert_true(id_read(TEXT("00112233445566778899aabbccddeeff"), &a));
    assert_true(id_read(TEXT("00112233445566778899aabbccddef00"), &b));
    assert_true(id_equal(&a, &a));
    assert_false(id_equal(&a, &b));
    assert_int_equal(id_compare(&a, &b), -1);
    assert_int_equal(id_compare(&b, &a), 1);
    assert_int_equal(id_compare(&a, &a), 0);
    char room[32];
    struct append out = append_fixed(room, sizeof room);
    append_id(&out, &a);
    assert_int_equal(out.size, 32);
    assert_memory_equal(room, "00112233445566778899aabbccddeeff", 32);
    static const char *const refused[] = {"", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeeff0",
                                          "00112233445566778899AABBCCDDEEFF", "00112233-4455-6677-8899-aabbccddeeff",
                                          "g0112233445566778899aabbccddeeff"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) assert_false(id_read(text_of(refused[i]), &a));
}

static void names(void **state) {
    (void)state;
    static const struct {
        const char *in;
        enum result_code code;
    } table[] = {{"a", RESULT_OK},
                 {"0", RESULT_OK},
                 {"halcyon-control", RESULT_OK},
                 {"a--b-", RESULT_OK},
                 {"abcdefghijklmnopqrstuvwxyz01234", RESULT_OK},
                 {"abcdefghijklmnopqrstuvwxyz012345", RESULT_TOO_LARGE},
                 {"", RESULT_MALFORMED},
                 {"-a", RESULT_MALFORMED},
                 {"A", RESULT_MALFORMED},
                 {"a_b", RESULT_MALFORMED},
                 {"a b", RESULT_MALFORMED},
                 {"a/b", RESULT_MALFORMED},
                 {"\xC3\xA9", RESULT_MALFORMED}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct name n = {"untouched"};
        struct fault f = {0};
        assert_int_equal(name_read(text_of(table[i].in), &n, &f).code, table[i].code);
        if (table[i].code == RESULT_OK) {
            assert_true(text_is(name_text(&n), table[i].in));
            struct name same;
            assert_int_equal(name_read(text_of(table[i].in), &same, NULL).code, RESULT_OK);
            assert_true(name_equal(&n, &same));
            for (size_t k = strlen(table[i].in); k < NAME_ROOM; k++) assert_int_equal(n.at[k], 0);
        } else {
            assert_string_equal(n.at, "untouched");
            assert_int_equal(f.code, table[i].code);
        }
    }
    struct name a, b, nul;
    assert_int_equal(name_read(TEXT("a"), &a, NULL).code, RESULT_OK);
    assert_int_equal(name_read(TEXT("ab"), &b, NULL).code, RESULT_OK);
    assert_false(name_equal(&a, &b));
    assert_int_equal(name_read((struct text){"a\0b", 3}, &nul, NULL).code, RESULT_MALFORMED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_32_lower_case_hex_digits),
        cmocka_unit_test(names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
