/* Against a naive recursive reading of RFC 6962 and its published tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "log/merkle.h"

#include <cmocka.h>

enum { MOST = 130 };
static struct hash leaves[MOST], stored[2 * MOST];
static uint64_t stored_count;

static struct hash naive(const struct hash *at, size_t n) {
    if (n == 0) return sha256_of("", 0);
    if (n == 1) return at[0];
    size_t k = 1;
    while (2 * k < n) k *= 2;
    struct hash l = naive(at, k), r = naive(at + k, n - k);
    return merkle_node(&l, &r);
}

/* RFC 6962, 2.1.1 PATH and 2.1.2 PROOF as they stand there, giving the path from the bottom up. */
static unsigned naive_path(size_t m, const struct hash *at, size_t n, struct hash *out) {
    if (n == 1) return 0;
    size_t k = 1;
    while (2 * k < n) k *= 2;
    unsigned c = m < k ? naive_path(m, at, k, out) : naive_path(m - k, at + k, n - k, out);
    out[c] = m < k ? naive(at + k, n - k) : naive(at, k);
    return c + 1;
}

static unsigned naive_subproof(size_t m, const struct hash *at, size_t n, bool known, struct hash *out) {
    if (m == n) {
        if (known) return 0;
        out[0] = naive(at, n);
        return 1;
    }
    size_t k = 1;
    while (2 * k < n) k *= 2;
    unsigned c = m <= k ? naive_subproof(m, at, k, known, out) : naive_subproof(m - k, at + k, n - k, false, out);
    out[c] = m <= k ? naive(at + k, n - k) : naive(at, k);
    return c + 1;
}

static result read_stored(void *context, uint64_t index, struct hash *out, struct fault *f) {
    (void)context, (void)f;
    assert_true(index < stored_count);
    *out = stored[index];
    return OK;
}
static const struct merkle_store store = {read_stored, NULL};

static int setup(void **state) {
    (void)state;
    for (uint32_t i = 0; i < MOST; i++) leaves[i] = merkle_leaf(&i, sizeof i);
    return 0;
}

static void rfc_tree(void **state) { /* the eight-leaf tree of the certificate-transparency tests */
    (void)state;
    static const uint8_t expected[32] = {0x5d, 0xc9, 0xda, 0x79, 0xa7, 0x06, 0x59, 0xa9, 0xad, 0x55, 0x9c,
                                         0xb7, 0x01, 0xde, 0xd9, 0xa2, 0xab, 0x9d, 0x82, 0x3a, 0xad, 0x2f,
                                         0x49, 0x60, 0xcf, 0xe3, 0x70, 0xef, 0xf4, 0x60, 0x43, 0x28};
    static const struct { const char *at; size_t size; } data[8] = {
        {"", 0}, {"\x00", 1}, {"\x10", 1}, {"\x20\x21", 2}, {"\x30\x31", 2}, {"\x40\x41\x42\x43", 4},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8}, {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};
    struct merkle m;
    merkle_init(&m);
    for (int i = 0; i < 8; i++) {
        struct hash h = merkle_leaf(data[i].at, data[i].size);
        merkle_append(&m, &h, NULL);
    }
    struct hash root = merkle_root(&m);
    assert_memory_equal(root.bytes, expected, 32);
}

static void roots(void **state) {
    (void)state;
    struct merkle m;
    merkle_init(&m);
    stored_count = 0;
    for (size_t n = 0; n <= MOST; n++) {
        struct hash want = naive(leaves, n), got = merkle_root(&m);
        assert_true(hash_equal(&want, &got));
        got = merkle_root_of(leaves, n);
        assert_true(hash_equal(&want, &got));
        assert_int_equal(merkle_stored_count(n), stored_count);
        for (size_t k = 0; k <= n; k++) {
            assert_true(result_is_ok(merkle_root_at(&store, k, &got, NULL)));
            want = naive(leaves, k);
            assert_true(hash_equal(&want, &got));
        }
        if (n == MOST) break;
        struct hash made[MERKLE_DEPTH];
        unsigned c = merkle_append(&m, &leaves[n], made);
        for (unsigned i = 0; i < c; i++) stored[stored_count++] = made[i];
    }
}

static void inclusion(void **state) {
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        struct hash root = naive(leaves, n);
        for (size_t i = 0; i < n; i++) {
            struct hash want[MERKLE_DEPTH], got[MERKLE_DEPTH], other[MERKLE_DEPTH];
            unsigned c = naive_path(i, leaves, n, want), g;
            assert_true(result_is_ok(merkle_inclusion(&store, i, n, got, &g, NULL)));
            assert_int_equal(c, g);
            assert_int_equal(c, merkle_path_of(leaves, n, i, other));
            if (c > 0) assert_memory_equal(want, got, c * sizeof *want);
            if (c > 0) assert_memory_equal(want, other, c * sizeof *want);
            assert_true(merkle_check_inclusion(&leaves[i], i, n, got, g, &root));
            assert_false(merkle_check_inclusion(&leaves[(i + 1) % MOST], i, n, got, g, &root));
            if (n > 1) assert_false(merkle_check_inclusion(&leaves[i], (i + 1) % n, n, got, g, &root));
            assert_false(merkle_check_inclusion(&leaves[i], i, n, got, g + 1, &root));
            if (g > 0) assert_false(merkle_check_inclusion(&leaves[i], i, n, got, g - 1, &root));
        }
        assert_false(merkle_check_inclusion(&leaves[0], n, n, NULL, 0, &root));
    }
}

static void consistency(void **state) {
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        struct hash new_root = naive(leaves, n);
        for (size_t m = 1; m <= n; m++) {
            struct hash old_root = naive(leaves, m), want[MERKLE_DEPTH], got[MERKLE_DEPTH];
            unsigned c = naive_subproof(m, leaves, n, true, want), g;
            assert_true(result_is_ok(merkle_consistency(&store, m, n, got, &g, NULL)));
            assert_int_equal(c, g);
            if (c > 0) assert_memory_equal(want, got, c * sizeof *want);
            assert_true(merkle_check_consistency(m, &old_root, n, &new_root, got, g));
            if (m == n) continue;
            assert_false(merkle_check_consistency(m, &new_root, n, &new_root, got, g));
            if (g > 0) got[g - 1].bytes[7] ^= 1;
            if (g > 0) assert_false(merkle_check_consistency(m, &old_root, n, &new_root, got, g));
        }
    }
    assert_false(merkle_check_consistency(0, &leaves[0], 1, &leaves[0], NULL, 0));
    assert_false(merkle_check_consistency(2, &leaves[0], 1, &leaves[0], NULL, 0));
}

/* From the first m leaves and what proves them a prefix, the path of each of them in the tree of n. */
static void paths_ahead(void **state) {
    (void)state;
    for (size_t n = 1; n <= 70; n++)
        for (size_t m = 1; m <= n; m++) {
            struct hash proof[MERKLE_DEPTH], want[MERKLE_DEPTH], got[MERKLE_DEPTH], *own = malloc(m * sizeof *own); /* no leaf more is looked at */
            assert_non_null(own);
            for (size_t i = 0; i < m; i++) own[i] = leaves[i];
            unsigned length = naive_subproof(m, leaves, n, true, proof);
            for (size_t i = 0; i < m; i++) {
                unsigned c = naive_path(i, leaves, n, want);
                assert_int_equal(merkle_path_ahead(own, m, n, i, proof, length, got), c);
                if (c > 0) assert_memory_equal(want, got, c * sizeof *want);
            }
            free(own);
        }
}

static void perfect(void **state) {
    (void)state;
    for (unsigned k = 0; k <= 6; k++) {
        struct hash room[64], want = naive(leaves, (size_t)1 << k);
        for (size_t i = 0; i < (size_t)1 << k; i++) room[i] = leaves[i];
        struct hash got = merkle_perfect(room, k);
        assert_true(hash_equal(&want, &got));
    }
}

/* A leaf is the hash of a zero and its bytes, whether they are hashed in one run (short ones) or in pieces. */
static void leaves_of_every_size(void **state) {
    (void)state;
    uint8_t bytes[601] = {0};
    for (size_t i = 1; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37);
    for (size_t size = 0; size < sizeof bytes; size++) {
        struct hash want = sha256_of(bytes, size + 1), got = merkle_leaf(bytes + 1, size);
        assert_true(hash_equal(&want, &got));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_tree), cmocka_unit_test(roots), cmocka_unit_test(inclusion), cmocka_unit_test(consistency), cmocka_unit_test(paths_ahead),
        cmocka_unit_test(perfect), cmocka_unit_test(leaves_of_every_size)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("merkle", tests, setup, NULL);
}
