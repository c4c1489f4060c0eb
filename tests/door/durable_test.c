/* Nothing leaves before it is durable: a reply, of a read too, waits until the journal is durable up to what was applied when
 * it was computed. The node and the sockets are stubs here, so that each moment can be looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/door.h"

#define REQUESTS 8

struct request { bool replied, released; unsigned status; };

static uint64_t applied, durable;

/* --- what stands in for the node and for HTTP --- */
uint64_t node_applied(const struct node *n) { return (void)n, applied; }
uint64_t node_durable(const struct node *n) { return (void)n, durable; }
const struct state *node_state(const struct node *n) { return (void)n, NULL; }
const struct hash *node_log_hash(const struct node *n) { return (void)n, NULL; }
struct text request_method(const struct request *r) { return (void)r, TEXT("GET"); }
struct text request_path(const struct request *r) { return (void)r, TEXT("/read"); }
struct text request_body(const struct request *r) { return (void)r, TEXT(""); }
struct text request_id(const struct request *r) { return (void)r, TEXT("0123456789abcdef"); }
bool request_header(const struct request *r, const char *name, struct text *value) { return (void)r, (void)name, (void)value, false; }
void request_query(const struct request *r, bool (*each)(void *, struct text, struct text), void *context) { (void)r, (void)each, (void)context; }
bool request_from_loopback(const struct request *r) { return (void)r, true; }
void request_address(const struct request *r, uint8_t out[16]) { (void)r, memset(out, 0, 16); }
struct append *request_members(struct request *r) {
    static char room[512];
    static struct append members;
    (void)r;
    members = append_fixed(room, sizeof room);
    return &members;
}
void request_add_header(struct request *r, const char *name, const char *value) { (void)r, (void)name, (void)value; }
void request_reply(struct request *r, unsigned status, const char *type, struct append *body) {
    (void)type;
    r->replied = true;
    r->status = status;
    if (body != NULL) append_free(body);
}
void request_reply_problem(struct request *r, const struct problem *p) { request_reply(r, p->status, PROBLEM_TYPE, NULL); }
void request_release(struct request *r) {
    assert_true(r->replied && !r->released);
    r->released = true;
}
void request_release_late(struct request *r) { request_release(r); }
void request_trust(struct request *r, uint32_t who) { (void)r, (void)who; }
void request_mark(struct request *r, uint16_t mark) { (void)r, (void)mark; }
uint16_t request_marked(const struct request *r) { return (void)r, 0; }
struct text request_raw_query(const struct request *r) { return (void)r, TEXT(""); }
void access_refused(struct request *r, const struct problem *p) { (void)r, (void)p; }
void request_keep(struct request *r, void *owned) { (void)r, (void)owned; }
void dss_find(const struct dss_table *t, struct text method, struct text path, struct route_found *out) { (void)t, (void)method, (void)path, (void)out; }
uint16_t dss_mark(const struct dss_table *t, const struct route *r) { return (void)t, (void)r, 0; }
bool fair_refusal(struct door *door, int64_t us) { return (void)door, (void)us, true; }
void fair_handle(struct door *d, struct request *r, const struct match *m) { m->route->run(d, r, m); }
void tickets_answer(struct door *d, const struct node_event *e) { (void)d, (void)e; }
void events_appended(struct events *e, uint16_t party, uint64_t place) { (void)e, (void)party, (void)place; }

static void read_handler(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(64);
    (void)m;
    append_str(&body, "{}");
    door_reply_json(d, r, &body);
}
const struct route door_routes[] = {{"GET", "/read", read_handler, ACCESS_OPEN, {NULL}, 0, 0}};
const size_t door_route_count = 1;

/* --- the tests --- */
static struct door d;
static struct request requests[REQUESTS];

static int setup(void **state) {
    (void)state;
    d = (struct door){.waiting_room = REQUESTS, .limiter = limiter_new(1, 1000, 1000)};
    d.waiting = calloc(REQUESTS, sizeof *d.waiting);
    memset(requests, 0, sizeof requests);
    applied = durable = 0;
    return d.waiting == NULL;
}

static int teardown(void **state) {
    (void)state;
    limiter_free(d.limiter);
    free(d.waiting);
    return 0;
}

static void ask(int i) { door_handle(&d, &requests[i]); }

static unsigned released(void) {
    unsigned bits = 0;
    for (int i = 0; i < REQUESTS; i++) bits |= (unsigned)requests[i].released << i;
    return bits;
}

static void at_once_when_all_is_durable(void **state) {
    (void)state;
    applied = durable = 7;
    ask(0);
    assert_int_equal(released(), 1);
    assert_int_equal(requests[0].status, 200);
}

static void waits_for_its_own_moment(void **state) {
    (void)state;
    applied = 5, durable = 3;
    ask(0);
    applied = 6;
    ask(1);
    applied = 9;
    ask(2);
    assert_int_equal(released(), 0);
    door_release(&d);
    assert_int_equal(released(), 0);
    durable = 4;
    door_release(&d);
    assert_int_equal(released(), 0);
    durable = 5;
    door_release(&d);
    assert_int_equal(released(), 1);
    durable = 8;
    door_release(&d);
    assert_int_equal(released(), 3);
    durable = 9;
    door_release(&d);
    assert_int_equal(released(), 7);
}

static void a_refusal_waits_too(void **state) {
    (void)state;
    struct problem p = problem_unknown(); /* "there is none" was read from the state as well */
    applied = 2, durable = 1;
    door_reply_problem(&d, &requests[0], &p);
    assert_int_equal(released(), 0);
    durable = 2;
    door_release(&d);
    assert_int_equal(released(), 1);
}

static void round_and_round(void **state) {
    (void)state;
    unsigned seed = 1, open = 0;
    for (int step = 0; step < 100000; step++) {
        seed = seed * 1103515245u + 12345u;
        int i = (int)(seed >> 16) % REQUESTS;
        static uint64_t computed[REQUESTS];
        if ((seed >> 24) % 3 == 0) applied++;
        if ((seed >> 24) % 5 == 0 && durable < applied) durable++;
        door_release(&d);
        for (int k = 0; k < REQUESTS; k++) {
            if (!requests[k].replied) continue;
            assert_int_equal(requests[k].released, computed[k] <= durable);
            if (!requests[k].released) continue;
            memset(&requests[k], 0, sizeof requests[k]);
            open--;
        }
        d.now_ms += 10;
        if (requests[i].replied) continue;
        computed[i] = applied;
        ask(i);
        open++;
    }
    assert_true(open == d.waiting_count + (unsigned)__builtin_popcount(released()));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_once_when_all_is_durable, setup, teardown),
        cmocka_unit_test_setup_teardown(waits_for_its_own_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_waits_too, setup, teardown),
        cmocka_unit_test_setup_teardown(round_and_round, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("durable", tests, NULL, NULL);
}
