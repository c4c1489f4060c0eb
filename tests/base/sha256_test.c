/* Compiled twice: as it is, and by sha256_plain_test.c for the implementation of builds without OpenSSL. */
#include "base/bytes.h"
#include "base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "seeded.h"

static void assert_hash(const struct hash *h, const char *hex) {
    uint8_t expected[32];
    assert_true(hex_read(text_of(hex), expected, sizeof expected));
    assert_memory_equal(h->bytes, expected, sizeof expected);
}

/* FIPS 180-4 examples (NIST CAVP, SHA256ShortMsg). */
static void nist_vectors(void **state) {
    (void)state;
    static const struct {
        const char *in, *hash;
    } table[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"}};
    for (size_t i = 0; i < 4; i++) {
        struct hash h = sha256_of(table[i].in, strlen(table[i].in));
        assert_hash(&h, table[i].hash);
    }
    struct sha256 s;
    sha256_init(&s);
    char block[1000];
    memset(block, 'a', sizeof block);
    for (int i = 0; i < 1000; i++) sha256_update(&s, block, sizeof block);
    struct hash h = sha256_final(&s);
    assert_hash(&h, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    sha256_init(&s); /* reuse after final */
    sha256_update(&s, NULL, 0);
    sha256_update(&s, "abc", 3);
    h = sha256_final(&s);
    assert_hash(&h, table[1].hash);
}

/* RFC 4231, cases 1 to 4, 6 and 7 (5 is truncated). */
static void hmac_vectors(void **state) {
    (void)state;
    static const struct {
        const char *key, *in, *hash;
    } table[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"0102030405060708090a0b0c0d0e0f10111213141516171819",
         "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t key[64], in[64];
        size_t key_size = strlen(table[i].key) / 2, size = strlen(table[i].in) / 2;
        assert_true(hex_read(text_of(table[i].key), key, key_size));
        assert_true(hex_read(text_of(table[i].in), in, size));
        struct hmac_key k;
        hmac_key_init(&k, key, key_size);
        for (int again = 0; again < 2; again++) { /* the keyed state is not used up */
            struct hash h = hmac_of(&k, in, size);
            assert_hash(&h, table[i].hash);
        }
    }
    uint8_t key[131];
    memset(key, 0xaa, sizeof key);
    struct hmac_key k;
    hmac_key_init(&k, key, sizeof key);
    static const char six[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    static const char seven[] = "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
                                "hashed before being used by the HMAC algorithm.";
    struct hash h = hmac_of(&k, six, strlen(six));
    assert_hash(&h, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    h = hmac_of(&k, seven, strlen(seven));
    assert_hash(&h, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* Every length to 1100 in one go and in random pieces, against EVP; HMAC with random keys against HMAC(). */
static void as_openssl_has_it(void **state) {
    (void)state;
    struct seeded s = seeded_start(7);
    for (size_t size = 0; size <= 1100; size++) {
        uint8_t *bytes = malloc(size + 1), expected[EVP_MAX_MD_SIZE];
        for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)seeded_next(&s);
        unsigned length = 0;
        assert_int_equal(EVP_Digest(bytes, size, expected, &length, EVP_sha256(), NULL), 1);
        struct hash h = sha256_of(bytes, size);
        assert_memory_equal(h.bytes, expected, 32);
        struct sha256 pieces;
        sha256_init(&pieces);
        for (size_t at = 0; at < size;) {
            size_t run = seeded_below(&s, size - at < 150 ? size - at + 1 : 150);
            sha256_update(&pieces, bytes + at, run);
            at += run;
        }
        h = sha256_final(&pieces);
        assert_memory_equal(h.bytes, expected, 32);
        size_t key_size = seeded_below(&s, size < 150 ? size + 1 : 150);
        assert_non_null(HMAC(EVP_sha256(), bytes, (int)key_size, bytes, size, expected, &length));
        struct hmac_key k;
        hmac_key_init(&k, bytes, key_size);
        h = hmac_of(&k, bytes, size);
        assert_memory_equal(h.bytes, expected, 32);
        free(bytes);
    }
}

static void hashes_compare_as_a_whole(void **state) {
    (void)state;
    struct hash a = sha256_of("a", 1), b = a;
    assert_true(hash_equal(&a, &b));
    for (unsigned bit = 0; bit < 256; bit++) {
        b = a;
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(hash_equal(&a, &b));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nist_vectors),
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(as_openssl_has_it),
        cmocka_unit_test(hashes_compare_as_a_whole),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
