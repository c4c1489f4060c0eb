#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "seeded.h"

/* The address sanitizer ends the process at a malloc of any absurd size, which here must come back as NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

static bool is_zero(const unsigned char *at, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (at[i] != 0) return false;
    return true;
}

/* Random requests until the arena is full, thrice with a reset between: aligned, zeroed, apart from one another. */
static void fill_and_reset(struct arena *a, size_t limit, struct seeded *s) {
    for (int round = 0; round < 3; round++) {
        unsigned char *before[4096];
        size_t sizes[4096], n = 0, sum = 0;
        while (n < 4096) {
            size_t each = 1 + seeded_below(s, 40), count = seeded_below(s, 60);
            unsigned char *at = arena_alloc(a, count, each);
            if (at == NULL) break;
            assert_int_equal((uintptr_t)at % 16, 0);
            assert_true(is_zero(at, count * each));
            memset(at, (int)(n & 0xFF) | 1, count * each);
            before[n] = at;
            sizes[n++] = count * each;
            sum += count * each;
        }
        assert_true(sum <= limit);
        if (limit >= 65536) assert_true(sum > limit / 4);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(before[i][k], (int)(i & 0xFF) | 1);
        assert_true(a->failed);
        assert_null(arena_alloc(a, 1, 1)); /* failed stays until a reset: half a structure must not come about */
        arena_reset(a);
        assert_false(a->failed);
    }
}

static void a_fixed_arena_is_one_block(void **state) {
    (void)state;
    struct arena a;
    struct seeded s = seeded_start(5);
    assert_true(arena_take(&a, 100000));
    fill_and_reset(&a, 100000, &s);
    assert_non_null(arena_alloc(&a, 100000, 1));
    assert_null(arena_alloc(&a, 1, 1));
    arena_free(&a);
    assert_null(a.at);
    assert_true(arena_take(&a, 0));
    assert_null(arena_alloc(&a, 1, 1));
    arena_free(&a);
    assert_false(arena_take(&a, SIZE_MAX / 2));
    assert_true(a.failed);
    assert_null(arena_alloc(&a, 1, 1));
    arena_reset(&a);
    assert_null(arena_alloc(&a, 1, 1));
    arena_free(&a);
}

static void a_growing_arena_stays_within_its_limit(void **state) {
    (void)state;
    struct seeded s = seeded_start(6);
    static const size_t limits[] = {1000, 65536, 65537, 300000, 1000000};
    for (size_t i = 0; i < 5; i++) {
        struct arena a;
        arena_growing(&a, limits[i]);
        fill_and_reset(&a, limits[i], &s);
        arena_free(&a);
    }
    struct arena a;
    arena_growing(&a, 1 << 20);
    assert_non_null(arena_alloc(&a, 1 << 20, 1)); /* larger than any block it would have made */
    assert_null(arena_alloc(&a, 1, 1));
    arena_free(&a);
    arena_growing(&a, 0);
    assert_null(arena_alloc(&a, 1, 1));
    arena_free(&a);
    arena_growing(&a, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX / 4, 1));
    assert_true(a.failed);
    arena_free(&a);
}

static void a_giant_block_is_given_back(void **state) { /* and what comes instead is zero like any other */
    (void)state;
    struct arena a;
    arena_growing(&a, SIZE_MAX);
    unsigned char *small = arena_alloc(&a, 1000, 1);
    memset(small, 0xFF, 1000);
    size_t room = a.room;
    assert_non_null(arena_alloc(&a, 256 << 20, 1));
    arena_reset(&a);
    assert_int_equal(a.room, room);
    assert_ptr_equal(arena_alloc(&a, 1000, 1), small);
    assert_true(is_zero(small, 1000));
    arena_free(&a);
}

static size_t present(const struct arena *a) { /* pages of it that the system has given */
    size_t pages = (a->room + 4095) / 4096, count = 0;
    unsigned char *each = malloc(pages);
    assert_int_equal(mincore(a->at, a->room, each), 0);
    for (size_t i = 0; i < pages; i++) count += each[i] & 1;
    free(each);
    return count;
}

static void a_large_block_is_warmed(void **state) { /* bit by bit, to its end, and what stands in it stays */
    (void)state;
    struct arena a;
    const size_t size = ((size_t)256 << 20) + 100;
    assert_true(arena_take(&a, size));
    unsigned char *at = arena_alloc(&a, 3, 4096);
    memset(at, 0xA5, 3 * 4096);
    assert_int_equal(arena_warm(&a, 0, 5000), 5000);
    assert_int_equal(arena_warm(&a, 5000, 4096), 4096);
    size_t before = present(&a), pages = (size + 4095) / 4096;
    assert_true(before >= 3 && before < pages);
    assert_int_equal(arena_warm(&a, 9096, SIZE_MAX), size - 9096);
    assert_int_equal(present(&a), pages);
    assert_int_equal(arena_warm(&a, size, 1), 0);
    for (size_t i = 0; i < 3 * 4096; i++) assert_int_equal(at[i], 0xA5);
    arena_free(&a);
    assert_true(arena_take(&a, 4096)); /* of a small one nothing is asked for, nor of one that grows, nor of none */
    assert_int_equal(arena_warm(&a, 0, SIZE_MAX), 0);
    arena_free(&a);
    arena_growing(&a, SIZE_MAX);
    assert_non_null(arena_alloc(&a, (size_t)300 << 20, 1));
    assert_int_equal(arena_warm(&a, 0, SIZE_MAX), 0);
    arena_free(&a);
    assert_int_equal(arena_warm(&a, 0, SIZE_MAX), 0);
}

static void products_that_overflow_are_refused(void **state) {
    (void)state;
    struct arena a;
    arena_growing(&a, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX / 2, 3));
    assert_true(a.failed);
    arena_reset(&a);
    assert_null(arena_alloc(&a, SIZE_MAX, 1));
    arena_reset(&a);
    unsigned char *first = arena_alloc(&a, 0, 8), *second = arena_alloc(&a, 8, 0);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_arena_is_one_block),
        cmocka_unit_test(a_growing_arena_stays_within_its_limit),
        cmocka_unit_test(a_giant_block_is_given_back),
        cmocka_unit_test(a_large_block_is_warmed),
        cmocka_unit_test(products_that_overflow_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
