#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>
#include <stdio.h>

#include "base/note.h"

#include <cmocka.h> /* last: it has a macro called fail */

/* The example of golang.org/x/mod/sumdb/note, the format's first implementation: made outside of this tree. */
static const char example_secret[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
static const char example_public[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char example_text[] = "If you think cryptography is the answer to your problem,\n"
                                   "then you don't know what your problem is.\n";
static const char example_line[] = "\xE2\x80\x94 PeterNeumann "
                                   "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static void the_example_is_made_and_verified(void **state) {
    (void)state;
    struct text name;
    uint8_t secret[64], key[32];
    struct fault f = {0};
    assert_true(result_is_ok(note_vkey_read(text_of(example_public), &name, key, &f)));
    assert_true(text_is(name, "PeterNeumann"));
    assert_true(result_is_ok(note_skey_read(text_of(example_secret), &name, secret, &f)));
    assert_memory_equal(secret + 32, key, 32);
    char room[1024], wanted[1024];
    struct append a = append_fixed(room, sizeof room);
    note_begin(&a, text_of(example_text));
    note_sign(&a, text_of(example_text), name, secret);
    snprintf(wanted, sizeof wanted, "%s\n%s", example_text, example_line);
    assert_true(text_is(append_view(&a), wanted));
    struct note n;
    assert_true(result_is_ok(note_parse(append_view(&a), &n, &f)));
    assert_int_equal(n.count, 1);
    assert_true(text_is(n.text, example_text));
    assert_true(note_verify(&n, name, key));
    assert_false(note_verify(&n, TEXT("PeterNeumanN"), key));
    append_reset(&a);
    note_vkey(&a, name, key);
    assert_true(text_is(append_view(&a), example_public));
    append_reset(&a);
    note_skey(&a, name, secret);
    assert_true(text_is(append_view(&a), example_secret));
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    char room[1024];
    struct text name;
    uint8_t key[32];
    assert_true(result_is_ok(note_vkey_read(text_of(example_public), &name, key, NULL)));
    struct append a = append_fixed(room, sizeof room);
    append_format(&a, "%s\n%s", example_text, example_line);
    for (size_t i = 0; i < a.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            room[i] ^= (char)(1 << bit);
            struct note n;
            if (result_is_ok(note_parse(append_view(&a), &n, NULL))) assert_false(note_verify(&n, name, key));
            room[i] ^= (char)(1 << bit);
        }
}

#define D "\xE2\x80\x94 "
#define S64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void junk_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *in;
        enum result_code code;
        const char *says;
    } rows[] = {
        {"", RESULT_MALFORMED, "a note is"},
        {"a\n", RESULT_MALFORMED, "a note is"},
        {"\n\n", RESULT_MALFORMED, "no signature line"},
        {"a\n\n", RESULT_MALFORMED, "no signature line"},
        {"a\n\n" D "k " S64, RESULT_MALFORMED, "end in a line feed"},
        {"a\n\n" D "k " S64 "\n", RESULT_OK, ""},
        {"a\n\n" D "k " S64 "\n" D "l " S64 "\n", RESULT_OK, ""},
        {"a\n\nb\n\n" D "k " S64 "\n", RESULT_OK, ""},
        {"a\n\n" D "k " S64 "\n" D "k " S64 "\n", RESULT_MALFORMED, "two signature lines of 'k'"},
        {"a\n\n" D "k " S64 "\njunk\n", RESULT_MALFORMED, "begins with U+2014"},
        {"a\n\n" D "k " S64 "\n\n", RESULT_MALFORMED, "no signature line"},
        {"a\n\n- k " S64 "\n", RESULT_MALFORMED, "begins with U+2014"},
        {"a\n\n" D "k" S64 "\n", RESULT_MALFORMED, "<key name>"},
        {"a\n\n" D " " S64 "\n", RESULT_MALFORMED, "key name"},
        {"a\n\n" D "k+l " S64 "\n", RESULT_MALFORMED, "key name"},
        {"a\n\n" D "k\xC2\xA0l " S64 "\n", RESULT_MALFORMED, "key name"},
        {"a\n\n" D "k  " S64 "\n", RESULT_MALFORMED, "no base64"},
        {"a\n\n" D "k " S64 " \n", RESULT_MALFORMED, "no base64"},
        {"a\n\n" D "k AAAA\n", RESULT_MALFORMED, "cut short"},
        {"a\n\n" D "k AAAAAA==\n", RESULT_MALFORMED, "cut short"},
        {"a\n\n" D "k AAAAAAA=\n", RESULT_OK, ""},
        {"a\n\n" D "k AAAAAAB=\n", RESULT_MALFORMED, "no base64"}, /* bits set behind the last byte */
        {"a\n\n" D "k AAAAAAA\n", RESULT_MALFORMED, "no base64"},
        {"a\n\n" D "k AAAAA\xE2\x80\x94" "BAAAAAAA=\n", RESULT_MALFORMED, "no base64"}, /* libsodium would take it */
        {"a\tb\n\n" D "k " S64 "\n", RESULT_MALFORMED, "control character"},
        {"a\r\n\r\n" D "k " S64 "\n", RESULT_MALFORMED, "control character"},
        {"\xFF\n\n" D "k " S64 "\n", RESULT_MALFORMED, "no UTF-8"},
        {"\xED\xA0\x80\n\n" D "k " S64 "\n", RESULT_MALFORMED, "no UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct note n;
        struct fault f = {0};
        result r = note_parse(text_of(rows[i].in), &n, &f);
        if (r.code != rows[i].code || strstr(f.message, rows[i].says) == NULL)
            fail_msg("row %zu: %s: %s", i, result_name(r.code), f.message);
    }
}

static void sizes_are_bounded(void **state) {
    (void)state;
    struct append a = append_growing(1 << 20);
    struct note n;
    append_str(&a, "a\n\n");
    for (int i = 0; i < NOTE_LINES; i++) append_format(&a, D "k%d " S64 "\n", i);
    assert_true(result_is_ok(note_parse(append_view(&a), &n, NULL)));
    assert_int_equal(n.count, NOTE_LINES);
    append_str(&a, D "more " S64 "\n");
    assert_int_equal(note_parse(append_view(&a), &n, NULL).code, RESULT_TOO_LARGE);
    append_reset(&a);
    append_str(&a, "a\n\n" D "k ");
    for (int i = 0; i < NOTE_LINE_BYTES / 4; i++) append_str(&a, "AAAA");
    append_str(&a, "\n");
    assert_true(result_is_ok(note_parse(append_view(&a), &n, NULL)));
    uint8_t bytes[64];
    assert_false(note_line_signature(&n.lines[0], bytes, sizeof bytes));
    a.size--;
    append_str(&a, "AAAA\n");
    assert_int_equal(note_parse(append_view(&a), &n, NULL).code, RESULT_TOO_LARGE);
    append_free(&a);
}

static void bad_keys_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *in;
        enum result_code code;
    } rows[] = {
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", RESULT_OK},
        {"", RESULT_MALFORMED},
        {"PeterNeumann", RESULT_MALFORMED},
        {"PeterNeumann+c74f20a3", RESULT_MALFORMED},
        {"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", RESULT_MALFORMED},
        {"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", RESULT_MALFORMED},
        {"PeterNeumann+c74f20a3+AhpcZQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", RESULT_UNSUPPORTED},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=", RESULT_MALFORMED},
        {"PeterNeumann+c74f20a3+", RESULT_MALFORMED},
        {"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", RESULT_MALFORMED},
        {"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", RESULT_MALFORMED},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", RESULT_MALFORMED},
    };
    struct text name;
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(note_vkey_read(text_of(rows[i].in), &name, bytes, NULL).code, rows[i].code);
    assert_int_equal(note_skey_read(text_of(example_public), &name, bytes, NULL).code, RESULT_MALFORMED);
    assert_int_equal(note_skey_read(TEXT("PRIVATE+KEY+PeterNeumanN+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"),
                                    &name, bytes, NULL).code, RESULT_MALFORMED);
}

/* Witnesses may sign with something larger than Ed25519: such a line is read whole, and is nobody's Ed25519 line. */
static void larger_signatures_are_read(void **state) {
    (void)state;
    char room[1024];
    struct append a = append_fixed(room, sizeof room);
    uint8_t bytes[104], got[100];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
    append_str(&a, "a\n\n" D "k ");
    append_base64(&a, bytes, sizeof bytes);
    append_char(&a, '\n');
    struct note n;
    assert_true(result_is_ok(note_parse(append_view(&a), &n, NULL)));
    assert_int_equal(n.lines[0].size, 100);
    assert_true(note_line_signature(&n.lines[0], got, sizeof got));
    assert_memory_equal(got, bytes + 4, sizeof got);
    assert_false(note_line_signature(&n.lines[0], got, 64));
}

/* A key of small order "signs" everything; S + L is a second form of the same signature. */
static void malleable_signatures_do_not_verify(void **state) {
    (void)state;
    static const uint8_t small[32] = {1}; /* the neutral element */
    char room[1024];
    struct append a = append_fixed(room, sizeof room);
    uint8_t bytes[68] = {0};
    note_key_id(TEXT("k"), small, bytes);
    bytes[4] = 1; /* R neutral, S = 0 */
    append_str(&a, "a\n\n" D "k ");
    append_base64(&a, bytes, sizeof bytes);
    append_char(&a, '\n');
    struct note n;
    assert_true(result_is_ok(note_parse(append_view(&a), &n, NULL)));
    assert_true(note_line_of(&n.lines[0], TEXT("k"), small));
    assert_false(note_verify(&n, TEXT("k"), small));

    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                      0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    uint8_t seed[32] = {7}, secret[64], key[32], signature[68];
    note_key_from_seed(seed, secret, key);
    append_reset(&a);
    note_begin(&a, TEXT("a\n"));
    note_sign(&a, TEXT("a\n"), TEXT("k"), secret);
    assert_true(result_is_ok(note_parse(append_view(&a), &n, NULL)));
    assert_true(note_verify(&n, TEXT("k"), key));
    note_key_id(TEXT("k"), key, signature);
    assert_true(note_line_signature(&n.lines[0], signature + 4, 64));
    unsigned carry = 0;
    for (int i = 0; i < 32; i++) {
        carry += signature[36 + i] + order[i];
        signature[36 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    append_reset(&a);
    append_str(&a, "a\n\n" D "k ");
    append_base64(&a, signature, sizeof signature);
    append_char(&a, '\n');
    assert_true(result_is_ok(note_parse(append_view(&a), &n, NULL)));
    assert_false(note_verify(&n, TEXT("k"), key));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_is_made_and_verified), cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(junk_is_refused),                  cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(bad_keys_are_refused),             cmocka_unit_test(malleable_signatures_do_not_verify),
        cmocka_unit_test(larger_signatures_are_read),
    };
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
