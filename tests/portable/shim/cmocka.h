/* What the headers in tests/core take from cmocka, for machines that have none (32 bits, WebAssembly): a failed check ends the program. */
#ifndef PARLEY_TEST_PORTABLE_CMOCKA_H
#define PARLEY_TEST_PORTABLE_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define fail_msg(...)                                                                                                  \
    do {                                                                                                               \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                                \
        fprintf(stderr, __VA_ARGS__);                                                                                  \
        fputc('\n', stderr);                                                                                           \
        abort();                                                                                                       \
    } while (0)
#define assert_true(c)                                                                                                 \
    do {                                                                                                               \
        if (!(c)) fail_msg("not so: %s", #c);                                                                          \
    } while (0)
#define assert_false(c) assert_true(!(c))
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_int_equal(a, b) assert_true((uint64_t)(a) == (uint64_t)(b))
#define assert_memory_equal(a, b, size) assert_true(memcmp((a), (b), (size)) == 0)
#define print_message(...) fprintf(stderr, __VA_ARGS__)

#endif
