/* Where keys come from, as text: what of it is shown, and which lines are open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/key_url.h"

static const struct { const char *source, *shown, *secret; bool url, open; } rows[] = {
    {"keys.pem", "keys.pem", "", false, false},
    {"/etc/keys@home?.pem", "/etc/keys@home?.pem", "", false, false},
    {"ftp://user:pw@a/", "ftp://user:pw@a/", "", false, false}, /* a file's name, strange as it is */
    {"https://issuer.example/keys", "https://issuer.example/keys", "", true, false},
    {"https://user:pw@issuer.example:8443/keys", "https://issuer.example:8443/keys", "user:pw", true, false},
    {"https://user@issuer.example", "https://issuer.example", "user", true, false},
    {"https://u:p@ss@issuer.example/keys?a=1#b", "https://issuer.example/keys?...", "u:p@ss", true, false},
    {"https://issuer.example/keys@2", "https://issuer.example/keys@2", "", true, false},
    {"https://issuer.example?token=secret@x", "https://issuer.example?...", "", true, false},
    {"https://issuer.example/#u:p@x", "https://issuer.example/", "", true, false},
    {"http://issuer.example/keys", "http://issuer.example/keys", "", true, true},
    {"http://localhost/keys", "http://localhost/keys", "", true, false},
    {"http://LocalHost:80", "http://LocalHost:80", "", true, false},
    {"http://u:p@127.0.0.1:9/keys", "http://127.0.0.1:9/keys", "u:p", true, false},
    {"http://127.255.0.9", "http://127.255.0.9", "", true, false},
    {"http://[::1]/keys", "http://[::1]/keys", "", true, false},
    {"http://[::1]:9/keys", "http://[::1]:9/keys", "", true, false},
    {"http://[::2]/keys", "http://[::2]/keys", "", true, true},
    {"http://[::1]x/keys", "http://[::1]x/keys", "", true, true},
    {"http://128.0.0.1/", "http://128.0.0.1/", "", true, true},
    {"http://127.0.0.1.evil.example/", "http://127.0.0.1.evil.example/", "", true, true},
    {"http://127.0.0/", "http://127.0.0/", "", true, true},
    {"http://127.0.0.0001/", "http://127.0.0.0001/", "", true, true},
    {"http://localhost.evil.example/", "http://localhost.evil.example/", "", true, true},
    {"http://localhost@evil.example/", "http://evil.example/", "localhost", true, true},
    {"http://evil.example\\@localhost/", "http://evil.example\\@localhost/", "", true, true},
    {"http://", "http://", "", true, true},
};
static void each(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[128];
        struct append a = append_fixed(room, sizeof room - 1);
        key_url_show(rows[i].source, &a);
        room[a.size] = '\0';
        assert_string_equal(room, rows[i].shown);
        assert_true(text_is(key_url_secret(rows[i].source), rows[i].secret));
        assert_int_equal(key_url_is(rows[i].source), rows[i].url);
        if (key_url_open_line(rows[i].source) != rows[i].open) print_message("# %s\n", rows[i].source);
        assert_int_equal(key_url_open_line(rows[i].source), rows[i].open);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("key url", tests, NULL, NULL);
}
