/* Our SipHash-2-4 against libsodium's, for every length up to some blocks, and against the vector of its authors. */
#include "base/siphash.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void the_authors_vector(void **unused) {
    (void)unused;
    uint8_t key[16], bytes[15];
    for (uint8_t i = 0; i < 16; i++) key[i] = i;
    for (uint8_t i = 0; i < 15; i++) bytes[i] = i;
    assert_true(siphash(key, bytes, sizeof bytes) == UINT64_C(0xa129ca6149be45e5));
}
static void as_libsodium(void **unused) {
    (void)unused;
    uint8_t key[SIPHASH_KEY], bytes[100], expected[8];
    _Static_assert(SIPHASH_KEY == crypto_shorthash_KEYBYTES && sizeof expected == crypto_shorthash_BYTES, "the same function");
    for (size_t size = 0; size <= sizeof bytes; size++) {
        randombytes_buf(key, sizeof key);
        randombytes_buf(bytes, sizeof bytes);
        crypto_shorthash(expected, bytes, size, key);
        uint64_t got = siphash(key, bytes, size);
        for (int i = 0; i < 8; i++) assert_int_equal((uint8_t)(got >> 8 * i), expected[i]);
        key[size % SIPHASH_KEY] ^= 1;
        assert_true(siphash(key, bytes, size) != got);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_authors_vector), cmocka_unit_test(as_libsodium)};
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
