/* Where requests wait for the handler in turns (http_options.turns): a crowd of one address does not come before one request of another, every request is answered once, and none is lost when the server
 * ends, or when its sender goes away meanwhile. A handler takes longer than a slice, so what a turn of the loop does is the same on any machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/http.h"
#include "door/limits.h"
#include "log/monotonic.h"

#include <cmocka.h>

enum { CROWD = 40, MOST = 200 };
static struct http *server;
static uint8_t order[MOST]; /* the last byte of each address that was handled */
static unsigned handled;

static void handle(void *context, struct request *r) {
    uint8_t address[16];
    struct append body = append_growing(16);
    (void)context;
    request_address(r, address);
    assert_true(handled < MOST);
    order[handled++] = address[15];
    for (int64_t until = monotonic_us() + 2 * DOOR_SLICE_US; monotonic_us() < until;) continue;
    append_str(&body, "well");
    request_reply(r, 200, "text/plain", &body);
    append_free(&body);
    request_release(r);
}
static void noise(void *context, const char *kind) { (void)context, (void)kind; }

static void begin(bool turns) {
    struct fault f = {0};
    struct http_options o = {.listen = "127.0.0.1:0", .connections_per_address = MOST, .rate_address = 10000, .turns = turns};
    handled = 0;
    assert_true(result_is_ok(http_open(&o, &(struct http_methods){handle, NULL, noise, NULL, NULL}, &server, &f)));
}

static int ask(unsigned host, const char *text) {
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u + host)}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server)), .sin_addr.s_addr = htonl(0x7f000001u)};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s >= 0 && bind(s, (struct sockaddr *)&from, sizeof from) == 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0);
    assert_true(send(s, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
    return s;
}
#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

static int turn(void) {
    http_now(server, monotonic_ms());
    (void)http_accept(server, true);
    return http_run(server);
}
/* All that have come are in, and nothing was handled yet but what came first. */
static void take_in(unsigned count) {
    struct http_numbers n;
    do {
        http_now(server, monotonic_ms());
        (void)http_accept(server, true);
        http_numbers(server, &n);
    } while (n.accepted < count);
}
static bool answered(int s) {
    char room[1024] = "";
    struct pollfd p = {.fd = s, .events = POLLIN};
    return poll(&p, 1, 0) == 1 && recv(s, room, sizeof room - 1, 0) > 0 && strncmp(room, "HTTP/1.1 200 ", 13) == 0;
}
static void all_are_answered(const int *s, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        while (!answered(s[i])) (void)turn();
        close(s[i]);
    }
}
static unsigned place_of(uint8_t host) {
    unsigned at = 0;
    while (at < handled && order[at] != host) at++;
    return at;
}

static void a_crowd_waits_for_one_of_another_address(void **unused) {
    (void)unused;
    int s[CROWD + 2];
    begin(true);
    for (unsigned i = 0; i < CROWD; i++) s[i] = ask(1, GET);
    s[CROWD] = ask(2, GET);
    s[CROWD + 1] = ask(3, GET);
    take_in(CROWD + 2);
    for (unsigned before = 0; handled < CROWD + 2; before = handled) {
        int wish = turn();
        assert_true(handled <= before + 1); /* one takes the whole slice */
        assert_true(handled == 0 || handled == CROWD + 2 || wish == 0);
    }
    assert_true(place_of(2) <= 4 && place_of(3) <= 4);
    all_are_answered(s, CROWD + 2);
    assert_int_equal(handled, CROWD + 2);
    http_close(server);
}

/* The order that there is without: as they come. */
static void without_turns_they_are_handled_as_they_come(void **unused) {
    (void)unused;
    int s[CROWD + 1];
    begin(false);
    for (unsigned i = 0; i < CROWD; i++) s[i] = ask(1, GET);
    s[CROWD] = ask(2, GET);
    take_in(CROWD + 1);
    all_are_answered(s, CROWD + 1);
    assert_int_equal(handled, CROWD + 1);
    http_close(server);
}

static void who_goes_away_is_passed(void **unused) {
    (void)unused;
    int s[CROWD];
    struct http_numbers n;
    begin(true);
    for (unsigned i = 0; i < CROWD; i++) s[i] = ask(1 + i % 4, GET);
    take_in(CROWD);
    while (handled < 3) (void)turn();
    for (unsigned i = 0; i < CROWD; i++) close(s[i]);
    do {
        (void)turn();
        http_numbers(server, &n);
    } while (n.open > 0);
    assert_true(handled <= CROWD);
    s[0] = ask(9, GET);
    all_are_answered(s, 1);
    http_close(server);
}

/* A connection that waits may be closed to make room for another's, and its row is left behind in the line. */
static void room_is_made_by_those_who_wait(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct http_options o = {.listen = "127.0.0.1:0", .connections = 4, .connections_per_address = 4, .rate_address = 10000, .turns = true};
    int s[5];
    handled = 0;
    assert_true(result_is_ok(http_open(&o, &(struct http_methods){handle, NULL, noise, NULL, NULL}, &server, &f)));
    for (unsigned i = 0; i < 4; i++) s[i] = ask(1 + i, GET);
    take_in(4);
    (void)turn();
    s[4] = ask(9, GET);
    all_are_answered(s + 4, 1);
    for (unsigned i = 0; i < 4; i++) close(s[i]);
    struct http_numbers n;
    http_numbers(server, &n);
    assert_true(n.evicted >= 1);
    http_close(server);
}

/* What waits at the end is answered, and nothing waits any more. */
static void the_end_answers_those_who_wait(void **unused) {
    (void)unused;
    int s[CROWD];
    begin(true);
    for (unsigned i = 0; i < CROWD; i++) s[i] = ask(1 + i % 3, GET);
    take_in(CROWD);
    while (handled == 0) (void)turn();
    assert_true(handled < CROWD);
    http_quiesce(server);
    for (unsigned i = 0; i < CROWD; i++) {
        while (!answered(s[i])) (void)http_run(server);
        close(s[i]);
    }
    assert_int_equal(handled, CROWD);
    http_close(server);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_waits_for_one_of_another_address),
        cmocka_unit_test(without_turns_they_are_handled_as_they_come),
        cmocka_unit_test(who_goes_away_is_passed),
        cmocka_unit_test(room_is_made_by_those_who_wait),
        cmocka_unit_test(the_end_answers_those_who_wait),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
