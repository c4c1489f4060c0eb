#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "base/bytes.h"
#include "door/router.h"

static const struct route routes[] = {
    {"GET", "/", NULL, ACCESS_OPEN, {NULL}, 0, 1},
    {"GET", "/v1/notices", NULL, ACCESS_WORLD, {NULL}, 0, 2},
    {"GET", "/v1/notices/{}/{}", NULL, ACCESS_WORLD, {NULL}, 0, 3},
    {"POST", "/v1/session", NULL, ACCESS_OPEN, {NULL}, 0, 4},
    {"DELETE", "/v1/session", NULL, ACCESS_PARTY, {NULL}, 0, 5},
    {"GET", "/v1/session", NULL, ACCESS_PARTY, {NULL}, 0, 6},
    {"POST", "/v1/feeds/{}/frames", NULL, ACCESS_PARTY, {NULL}, 0, 7},
    {"GET", "/log/tile/{*}", NULL, ACCESS_LOG, {NULL}, 0, 8},
};

static int found(const char *method, const char *path, struct route_found *out) {
    router_find(routes, sizeof routes / sizeof routes[0], text_of(method), text_of(path), out);
    return out->route == NULL ? 0 : out->route->argument;
}

static void finds(void **state) {
    struct route_found f;
    (void)state;
    assert_int_equal(found("GET", "/", &f), 1);
    assert_int_equal(found("HEAD", "/v1/notices", &f), 2);
    assert_int_equal(found("GET", "/v1/notices/aramoor/00ff", &f), 3);
    assert_true(text_is(f.segments[0], "aramoor") && text_is(f.segments[1], "00ff"));
    assert_int_equal(found("POST", "/v1/feeds/radar-1/frames", &f), 7);
    assert_true(text_is(f.segments[0], "radar-1"));
    assert_int_equal(found("DELETE", "/v1/session", &f), 5);
    assert_int_equal(found("GET", "/log/tile/0/x001/234.p/7", &f), 8);
    assert_true(text_is(f.segments[0], "0/x001/234.p/7"));
}

static void finds_nothing(void **state) {
    static const char *const paths[] = {"", "//", "/v1", "/v1/", "/v1/notices/", "/v1/notices/a", "/v1/notices/a/", "/v1/notices//b", "/v1/notices/a/b/c",
                                        "/v1/notices/a%2fb/c", "/v1/notices/../b", "/V1/notices", "/v1/noticesx", "/v1/feeds//frames", "/v1/feeds/a/framesx", "/log/tile", "/log/tile/", "/log/tile/0/%30", "/log/tile/0 0"};
    struct route_found f;
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        bool dots = i == 10; /* a segment of dots is a segment: nothing here is a file */
        assert_int_equal(found("GET", paths[i], &f), dots ? 3 : 0);
        if (!dots) assert_string_equal(f.allow, "");
    }
}

static void names_methods(void **state) {
    struct route_found f;
    (void)state;
    assert_int_equal(found("PUT", "/v1/session", &f), 0);
    assert_string_equal(f.allow, "POST, DELETE, GET, HEAD");
    assert_int_equal(found("POST", "/", &f), 0);
    assert_string_equal(f.allow, "GET, HEAD");
    assert_int_equal(found("get", "/", &f), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(finds_nothing), cmocka_unit_test(names_methods)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
