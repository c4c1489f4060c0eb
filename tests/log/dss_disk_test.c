/* A call of the drone world's doors whose reply is far longer than the call: a disk that has no room for the reply refuses the call, cleanly, and goes on with what is shorter; with
 * room it is taken, and takes no more than was reckoned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include "core/dss.h"

#include <cmocka.h>

static struct fixture script;
static struct node *n;
static struct disk *d;
static instant now;
static char url[1600];

static const char *when(int s) {
    static char room[2][128];
    static int turn;
    struct append a = append_fixed(room[turn ^= 1], sizeof room[0]);
    append_str(&a, "{\"format\":\"RFC3339\",\"value\":\"");
    append_instant_exact(&a, FIXTURE_START + s * INSTANT_SECOND);
    append_str(&a, "\"}");
    append_char(&a, '\0');
    return room[turn];
}
static result submit(const char *base, int number, const char *body, struct node_event *answer) {
    struct arena a;
    struct part parts[2];
    struct fault f = {0};
    struct statement *s;
    char path[128];
    arena_growing(&a, 1 << 20);
    snprintf(path, sizeof path, "%s/%08x-0000-4000-8000-000000000001", base, (unsigned)number);
    struct dss_call c = {.method = TEXT("PUT"), .path = text_of(path), .body = text_of(body), .subject = TEXT("uss1"), .issuer = TEXT("https://tokens.example"), .request = TEXT("r"),
                         .scopes = DSS_SCOPE_STRATEGIC | DSS_SCOPE_CONSTRAINT_MANAGEMENT};
    memset(c.entropy, number, sizeof c.entropy);
    fixture_must(dss_parts(&a, &c, parts, &f), &f, "parts");
    fixture_must(node_prepare(n, parts, 2, &s, &f), &f, "prepare");
    result r = node_submit_prepared(n, now, (uint64_t)number + 1, &f);
    arena_free(&a);
    if (!result_is_ok(r)) assert_string_equal(f.field, "disk");
    fixture_must(node_poll(n, &f), &f, "poll");
    for (struct node_event e; node_next(n, &e);)
        if (e.kind == NODE_ANSWERED) *answer = e;
    return r;
}
static const char *subscription(void) {
    static char room[4096];
    snprintf(room, sizeof room, "{\"extents\":{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":46,\"lng\":7},\"radius\":{\"value\":100,\"units\":\"M\"}}},\"time_start\":%s,\"time_end\":%s},"
             "\"uss_base_url\":\"%s\",\"notify_for_constraints\":true}", when(60), when(7200), url);
    return room;
}
static const char *constraint(double lat) {
    static char room[4096];
    snprintf(room, sizeof room, "{\"extents\":[{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":%.3f,\"lng\":7},\"radius\":{\"value\":100,\"units\":\"M\"}}},\"time_start\":%s,\"time_end\":%s}],"
             "\"uss_base_url\":\"https://a.example\"}", lat, when(60), when(7200));
    return room;
}
/* So that so many bytes are above what is kept for what warns people. */
static void leave(int64_t bytes) {
    struct node_numbers k;
    struct fault f = {0};
    struct node_event e;
    for (int i = 0; i < 2; i++) {
        node_numbers(n, &k);
        disk_simulated_room(d, (uint64_t)((int64_t)(k.snapshot_bytes + 3 * k.disk_reserve) + bytes));
        now += INSTANT_SECOND;
        fixture_must(node_tick(n, now, 1000000, false, &f), &f, "tick"); /* free space is looked at after a batch */
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
    }
}
static void a_reply_counts(void **unused) {
    (void)unused;
    enum { WATCHERS = 300 };
    struct node_report report;
    struct node_options o = {.dir = "/log", .random = fixture_random, .inline_writer = true};
    struct node_event answer = {0};
    struct node_numbers before, after;
    struct fault f = {0};
    fixture_managers = 2;
    fixture_make(&script);
    o.disk = d = disk_simulated(7);
    disk_simulated_room(d, UINT64_C(1) << 40);
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    fixture_must(node_open(&o, &n, &report, &f), &f, "open");
    now = FIXTURE_START + INSTANT_SECOND;
    memset(url, 'x', sizeof url - 1);
    for (int i = 0; i < WATCHERS; i++) {
        memcpy(url, "https://0000.example/", 21);
        url[8] = (char)('0' + i / 100), url[9] = (char)('0' + i / 10 % 10), url[10] = (char)('0' + i % 10);
        assert_true(result_is_ok(submit("/dss/v1/subscriptions", i, subscription(), &answer)) && answer.outcome->status == 200);
    }
    leave(600 * 1024);
    uint64_t order = node_applied(n);
    assert_int_equal(submit("/dss/v1/constraint_references", 1000, constraint(46), &answer).code, RESULT_FULL);
    assert_int_equal(node_applied(n), order);
    node_numbers(n, &before);
    assert_int_equal(before.refused_full, 1);
    leave(6 * 1024 * 1024);
    node_numbers(n, &before);
    assert_true(result_is_ok(submit("/dss/v1/constraint_references", 1000, constraint(46), &answer)) && answer.outcome->status == 201);
    assert_true(answer.reply.size > WATCHERS * 1600); /* each has a URL of its own */
    node_numbers(n, &after);
    assert_true(after.bytes_written - before.bytes_written > answer.reply.size && after.bytes_written - before.bytes_written < 6 * 1024 * 1024);
    node_close(n);
    disk_simulated_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_reply_counts)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_disk", tests, NULL, NULL);
}
