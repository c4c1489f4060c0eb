/* The same bits from every compiler, optimisation and machine: a digest over many results, pinned. Nothing here uses libm. A change
 * of the geometry changes the digest, and with it what journals fold to: then it is a new version of the core's rules
 * and the constant is renewed knowingly. */
#include "random_shapes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint64_t pinned = UINT64_C(0xd25a265ce68e9ec4);

static void same_bits(void **state) {
    (void)state;
    uint64_t found = geometry_digest(1, 20000, 3000);
    print_message("# digest %016llx\n", (unsigned long long)found);
    assert_true(found == pinned);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
