#include "base/rand.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SALTS = 20000, SALT = 32 };

static int compare(const void *a, const void *b) { return memcmp(a, b, SALT); }

static void assert_all_different(uint8_t *salts, size_t count) {
    qsort(salts, count, SALT, compare);
    for (size_t i = 1; i < count; i++) assert_memory_not_equal(salts + (i - 1) * SALT, salts + i * SALT, SALT);
}

static void *take(void *to) {
    for (size_t i = 0; i < SALTS; i++) random_bytes((uint8_t *)to + i * SALT, SALT);
    return NULL;
}

/* Across many refills and threads; a pool handed out twice would show at once. */
static void no_salt_comes_twice(void **state) {
    (void)state;
    uint8_t *salts = malloc((size_t)3 * SALTS * SALT);
    assert_non_null(salts);
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take, salts + i * SALTS * SALT), 0);
    take(salts + (size_t)2 * SALTS * SALT);
    for (size_t i = 0; i < 2; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_all_different(salts, (size_t)3 * SALTS);
    free(salts);
}

/* Each bit of many bytes is set about half of the time: 2^17 bytes, so 65536 of 131072 with a deviation of 181; at ten
 * deviations it does not fail by chance. */
static void bits_are_even(void **state) {
    (void)state;
    unsigned set[8] = {0};
    for (int i = 0; i < 131072 / 64; i++) {
        uint8_t bytes[64];
        random_bytes(bytes, sizeof bytes);
        for (size_t k = 0; k < sizeof bytes; k++)
            for (unsigned b = 0; b < 8; b++) set[b] += bytes[k] >> b & 1;
    }
    for (unsigned b = 0; b < 8; b++) assert_in_range(set[b], 65536 - 1810, 65536 + 1810);
}

/* All sizes around the pool's edges are filled to the last byte and not beyond. */
static void every_size_is_filled(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 31, 32, 33, 16383, 16384, 16385, 65535, 65536, 65537, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *bytes = malloc(sizes[i] + 1), *ever = calloc(sizes[i] + 1, 1);
        for (int round = 0; round < 8; round++) { /* a byte that is 0 eight times by chance: 2^-64 */
            bytes[sizes[i]] = 0x5A;
            random_bytes(bytes, sizes[i]);
            for (size_t k = 0; k < sizes[i]; k++) ever[k] |= bytes[k];
            assert_int_equal(bytes[sizes[i]], 0x5A);
        }
        for (size_t k = 0; k < sizes[i]; k++) assert_int_not_equal(ever[k], 0);
        free(bytes);
        free(ever);
    }
}

static void a_child_does_not_repeat_its_parent(void **state) {
    (void)state;
    uint8_t salts[2 * SALT];
    random_bytes(salts, SALT); /* the pool is filled and partly unused */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        random_bytes(salts, SALT);
        _exit(write(ends[1], salts, SALT) == SALT ? 0 : 1);
    }
    random_bytes(salts, SALT);
    assert_int_equal(read(ends[0], salts + SALT, SALT), SALT);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_not_equal(salts, salts + SALT, SALT);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_salt_comes_twice),
        cmocka_unit_test(bits_are_even),
        cmocka_unit_test(every_size_is_filled),
        cmocka_unit_test(a_child_does_not_repeat_its_parent),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("rand", tests, NULL, NULL);
}
