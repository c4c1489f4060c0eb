/* Who is served when (door/fair.c), counted in requests and not in seconds, so that it holds on any machine: how many of another's requests run while one
 * waits; that a token which was never seen is verified in a turn of its address, and what is behind it has its manager's turn. What stands in for the node
 * and for HTTP does nothing but count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "../fuzz/issuer.h"
#include "door/door.h"
#include "door/dss_door.h"
#include "door/reader.h"
#include "log/monotonic.h"

enum { FLOODS = 12, BACKLOG = 64 };
struct request { uint8_t address; uint32_t who; struct text authorization; bool runs, replied; unsigned status; void *kept; struct append members; char room[512]; uint8_t bytes[64 * 1024]; size_t size; };

static struct door d;

/* --- what stands in --- */
static uint64_t applied;
uint64_t node_applied(const struct node *n) { return (void)n, applied; }
uint64_t node_durable(const struct node *n) { return (void)n, 0; }
const struct state *node_state(const struct node *n) { return (void)n, NULL; }
const struct hash *node_log_hash(const struct node *n) { return (void)n, NULL; }
bool node_starved(const struct node *n) { return (void)n, false; }
result node_take(struct node *n, struct fault *f) { return (void)n, (void)f, OK; }
struct text request_method(const struct request *r) { return (void)r, TEXT("GET"); }
struct text request_path(const struct request *r) { return (void)r, TEXT("/theirs"); }
struct text request_body(const struct request *r) { return (void)r, TEXT(""); }
struct text request_id(const struct request *r) { return (void)r, TEXT("0123456789abcdef"); }
bool request_header(const struct request *r, const char *name, struct text *value) {
    *value = r->authorization;
    return strcmp(name, "Authorization") == 0 && r->authorization.size > 0;
}
void request_query(const struct request *r, bool (*each)(void *, struct text, struct text), void *context) { (void)r, (void)each, (void)context; }
bool request_from_loopback(const struct request *r) { return (void)r, true; }
void request_address(const struct request *r, uint8_t out[16]) { memset(out, 0, 16), out[15] = r->address; }
struct append *request_members(struct request *r) {
    r->members = append_fixed(r->room, sizeof r->room);
    return &r->members;
}
void request_add_header(struct request *r, const char *name, const char *value) { (void)r, (void)name, (void)value; }
void request_reply(struct request *r, unsigned status, const char *type, struct append *body) {
    (void)type;
    r->replied = true;
    r->status = status;
    r->runs = false;
    if (body == NULL) return;
    assert_true(body->size <= sizeof r->bytes);
    memcpy(r->bytes, body->at, r->size = body->size);
    append_free(body);
}
void request_reply_problem(struct request *r, const struct problem *p) { request_reply(r, p->status, PROBLEM_TYPE, NULL); }
void request_release(struct request *r) { r->runs = false; }
void request_release_late(struct request *r) { request_release(r); }
bool request_gone(const struct request *r) { return (void)r, false; }
void request_trust(struct request *r, uint32_t who) { (void)r, (void)who; }
void request_mark(struct request *r, uint16_t mark) { (void)r, (void)mark; }
uint16_t request_marked(const struct request *r) { return (void)r, 0; }
struct text request_raw_query(const struct request *r) { return (void)r, TEXT(""); }
void access_refused(struct request *r, const struct problem *p) { (void)r, (void)p; }
void request_keep(struct request *r, void *owned) { r->kept = owned; }
void *request_kept(const struct request *r) { return r->kept; }
void request_cache(struct request *r, const char *directives) { (void)r, (void)directives; }
result witnesses_checkpoint(struct witnesses *w, struct node *n, struct append *out, struct fault *f) { return (void)w, (void)n, (void)out, (void)f, OK; }
result node_stream_checkpoint(struct node *n, uint16_t party, struct append *out, struct fault *f) { return (void)n, (void)party, (void)out, (void)f, OK; }
/* Row n of any tile is 32 times n; how many were made in one call, and in all. */
static uint32_t rows_most, rows_all, rows_rot = UINT32_MAX;
result node_tile_rows(struct node *n, uint16_t party, const struct tile *t, uint32_t from, uint32_t count, struct append *out, struct fault *f) {
    (void)n, (void)party, (void)t;
    if (count > rows_most) rows_most = count;
    rows_all += count;
    for (uint32_t i = from; i < from + count; i++)
        for (int k = 0; k < SHA256_SIZE; k++) append_char(out, (char)i);
    return from + count > rows_rot ? fail(f, RESULT_ROT, "tile", "rotten") : OK;
}
result node_tile(struct node *n, uint16_t party, const struct tile *t, struct append *out, struct fault *f) { return node_tile_rows(n, party, t, 0, t->width, out, f); }
void tickets_answer(struct door *door, const struct node_event *e) { (void)door, (void)e; }
void events_appended(struct events *e, uint16_t party, uint64_t place) { (void)e, (void)party, (void)place; }
void key_courier_poke(struct key_courier *c, int64_t now_ms) { (void)c, (void)now_ms; }
void frames_post(struct door *door, struct request *r, const struct match *m) { (void)door, (void)r, (void)m; }
void dss_reads(struct door *door, struct request *r, const struct match *m) { (void)door, (void)r, (void)m; }
bool reader_wants(const struct body_reader *w, const struct request *r, const struct match *m) { return (void)w, (void)r, (void)m, false; }
bool reader_busy(const struct body_reader *w) { return (void)w, false; }
void reader_send(struct body_reader *w, const struct door *door, struct request *r, const struct match *m) { (void)w, (void)door, (void)r, (void)m; }
struct reading *reader_done(struct body_reader *w) { return (void)w, NULL; }
struct reading *reader_wait(struct body_reader *w) { return (void)w, NULL; }
void reader_tell(struct door *door, struct reading *g) { (void)door, (void)g; }
const struct route door_routes[] = {{"GET", "/none", frames_post, ACCESS_OPEN, {NULL}, 0, 0}};
const size_t door_route_count = 1;

/* --- handlers that count --- */
static unsigned ran[FLOODS + 1], all;
static int64_t takes_us;

static void spin(int64_t us) {
    for (int64_t end = monotonic_us() + us; monotonic_us() < end;) continue;
}
static void says(struct door *door, struct request *r, const struct match *m) {
    (void)door, (void)m;
    spin(takes_us);
    ran[r->who]++;
    all++;
    r->runs = false;
    r->replied = true;
}
static const struct route route_says = {"POST", "/says", says, ACCESS_PARTY, {NULL}, 0, 0};
static const struct route theirs = {"GET", "/theirs", says, ACCESS_BEARER, {NULL}, LIMIT_BODY_BYTES, (int)SCOPE(STRATEGIC_COORDINATION)};
void dss_find(const struct dss_table *t, struct text method, struct text path, struct route_found *out) { (void)t, (void)method, (void)path, out->route = &theirs; }
uint16_t dss_mark(const struct dss_table *t, const struct route *r) { return (void)t, (void)r, 0; }

static void ask(struct request *r) {
    const struct match m = {.route = &route_says, .caller = {.known = true, .party = (uint16_t)r->who}};
    r->runs = true;
    fair_handle(&d, r, &m);
}
static void turn(void) {
    fair_turn(&d);
    fair_turn(&d);
}

static int setup(void **state) {
    (void)state;
    memset(ran, 0, sizeof ran);
    all = 0;
    takes_us = 300;
    d = (struct door){.fair = fair_new(FLOODS + 1), .limiter = limiter_new(1, 100000, 100000), .now_ms = monotonic_ms()};
    return d.fair == NULL || d.limiter == NULL;
}
static int teardown(void **state) {
    (void)state;
    fair_end(&d);
    fair_free(d.fair);
    limiter_free(d.limiter);
    return 0;
}

/* One asks now and then, each of twelve others has `each` requests under way and sends the next at once: of none of them do more than three run while his
 * one waits, and he has his turn whatever comes. */
static void flooded(unsigned each) {
    static struct request flood[FLOODS][BACKLOG], quiet;
    unsigned served = 0, at[FLOODS], since = 0;
    memset(flood, 0, sizeof flood);
    quiet = (struct request){.who = FLOODS};
    for (unsigned i = 0; i < 400; i++) {
        fair_begin(&d);
        for (unsigned f = 0; f < FLOODS; f++)
            for (unsigned k = 0; k < each; k++) {
                flood[f][k].who = f;
                if (!flood[f][k].runs) ask(&flood[f][k]);
            }
        if (!quiet.runs && i % 3 == 0) {
            memcpy(at, ran, sizeof at);
            since = i;
            quiet.replied = false;
            ask(&quiet);
        }
        turn();
        if (!quiet.replied) continue;
        quiet.replied = false;
        served++;
        for (unsigned f = 0; f < FLOODS; f++) assert_in_range(ran[f] - at[f], 0, 3);
    }
    assert_true(served >= 3);
    assert_true(!quiet.runs || 400 - since <= 3 * FLOODS);
    struct fair_numbers n;
    fair_numbers(d.fair, &n);
    assert_in_range(n.before_most, 1, 3 * FLOODS);
}
static void one_of_each_at_a_time(void **state) {
    (void)state;
    flooded(1);
}
static void sixty_four_of_each(void **state) {
    (void)state;
    flooded(BACKLOG);
}

/* What is said behind another's is written without gathering more; what one says behind his own waits for more of it. */
static void who_asks_behind_another_is_urgent(void **state) {
    struct request one = {.who = 1}, two = {.who = 2};
    (void)state;
    takes_us = 0;
    fair_begin(&d);
    assert_false(fair_shared(d.fair));
    applied = 5;
    ask(&one);
    assert_int_equal(fair_urgent(d.fair), 5);
    applied = 6;
    ask(&one);
    assert_int_equal(fair_urgent(d.fair), 5);
    applied = 7;
    ask(&two);
    assert_int_equal(fair_urgent(d.fair), 7);
    applied = 8;
    ask(&one);
    assert_int_equal(fair_urgent(d.fair), 8);
    fair_begin(&d);
    assert_true(fair_shared(d.fair));
    applied = 0;
}

/* A crowd is alone, though a stranger polls: he does not count while he has less than a 64th of what is asked; he does with more, and so does a party's first request. Whether or not, no more than
 * three of the crowd's run while his waits. Sharing ends a second after the last one who counted; a machine that stands still for a second in between makes him one of two, so it is tried again. */
static void stranger(struct request *r) {
    const struct match m = {.route = &route_says};
    *r = (struct request){.who = FLOODS, .address = 7, .runs = true};
    fair_handle(&d, r, &m);
}
static void crowded(struct request *crowd, unsigned of, unsigned least) { /* so many of its requests run, at the least */
    for (unsigned begun = ran[0]; ran[0] - begun < least;) {
        fair_begin(&d);
        for (unsigned k = 0; k < of; k++)
            if (!crowd[k].runs) ask(&crowd[k]);
        turn();
    }
}
static bool shared_behind(struct request *crowd, unsigned of, unsigned between, bool known) {
    struct request other = {0};
    do {
        crowded(crowd, of, 1);
        fair_begin(&d);
    } while (fair_shared(d.fair));
    for (int i = 0; i < 4; i++) { /* the first is rare in any case */
        unsigned at = ran[0];
        if (known) other = (struct request){.who = 1}, ask(&other);
        else stranger(&other);
        for (int n = 0; n < 100000 && other.runs; n++) crowded(crowd, of, 1);
        assert_false(other.runs);
        assert_in_range(ran[0] - at, 0, 3);
        crowded(crowd, of, between);
    }
    fair_begin(&d);
    return fair_shared(d.fair);
}
static void a_poll_leaves_a_crowd_alone(void **state) {
    static struct request crowd[BACKLOG];
    bool alone = false;
    (void)state;
    memset(crowd, 0, sizeof crowd);
    takes_us = 0;
    for (int i = 0; i < 20 && !alone; i++) alone = !shared_behind(crowd, BACKLOG, 2 * DOOR_ALONE_SHARE, false);
    assert_true(alone);
    assert_true(shared_behind(crowd, 8, DOOR_ALONE_SHARE / 4, false));
    assert_true(shared_behind(crowd, BACKLOG, 2 * DOOR_ALONE_SHARE, true));
}

/* A tile above level 0 is as many reads of the disk as it has rows: it is made in pieces, each in a turn of whoever asks. Another stranger waits for pieces, not for tiles; one below is made whole. */
static const struct route tiles = {"GET", "/log/tile/{*}", tiles_get, ACCESS_LOG, {NULL}, 0, TILES_LOG};
static void ask_tile(struct request *r, uint8_t address, const char *name) {
    const struct match m = {.route = &tiles, .segments = {text_of(name)}};
    *r = (struct request){.who = FLOODS, .address = address, .runs = true};
    fair_handle(&d, r, &m);
}
static bool tile_whole(const struct request *r, uint32_t width) {
    bool same = r->status == 200 && r->size == (size_t)width * SHA256_SIZE;
    for (size_t i = 0; same && i < r->size; i++) same = r->bytes[i] == (uint8_t)(i / SHA256_SIZE);
    return same;
}
static void until_replied(struct request *r) {
    for (int i = 0; i < 100000 && !r->replied; i++) {
        fair_begin(&d);
        turn();
    }
    assert_true(r->replied);
}
static void a_cold_tile_is_made_in_pieces(void **state) {
    static const struct { const char *name; uint32_t width, most; } table[] = {{"1/000", 256, DOOR_TILE_ROWS}, {"3/000.p/17", 17, DOOR_TILE_ROWS}, {"2/000.p/16", 16, 16}, {"0/000", 256, 256}, {"entries/000.p/200", 200, 200}};
    static struct request one, crowd[8], other;
    (void)state;
    takes_us = 0;
    fair_begin(&d);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        rows_most = rows_all = 0;
        ask_tile(&one, 9, table[i].name);
        assert_true(one.replied == (table[i].width <= table[i].most));
        until_replied(&one);
        assert_true(tile_whole(&one, table[i].width) && rows_most == table[i].most && rows_all == table[i].width);
        free(one.kept);
    }
    for (size_t i = 0; i < 8; i++) ask_tile(&crowd[i], 9, "1/000");
    rows_all = 0;
    fair_begin(&d);
    stranger(&other);
    until_replied(&other);
    assert_in_range(rows_all, 0, 3 * DOOR_TILE_ROWS);
    for (size_t i = 0; i < 8; i++) {
        until_replied(&crowd[i]);
        assert_true(tile_whole(&crowd[i], 256));
        free(crowd[i].kept);
    }
    rows_rot = 100; /* found on the way */
    ask_tile(&one, 9, "1/000");
    until_replied(&one);
    assert_int_equal(one.status, 500);
    free(one.kept);
    rows_rot = UINT32_MAX;
}

/* --- tokens --- */
static char token[2048], bad[BACKLOG][2048];

static void give_token(char *room, const uint8_t secret[64], uint64_t later) {
    struct append out = append_fixed(room + 7, 2040);
    memcpy(room, "Bearer ", 7);
    issuer_token(secret, clock_now(&d.clock) - (instant)later * INSTANT_SECOND, &out); /* signs all that is in it */
    room[7 + out.size] = '\0';
}
static int setup_tokens(void **state) {
    char path[] = "/tmp/parley-fair-XXXXXX";
    struct server_options o = {.token_keys = {path}, .token_key_count = 1, .audiences = {"localhost"}, .audience_count = 1};
    uint8_t secret[64], other[64], seed[32] = {9}, public_key[32];
    struct fault f;
    int file = mkstemp(path);
    if (setup(state) != 0 || sodium_init() < 0 || file < 0) return 1;
    clock_begin(&d.clock, &clock_system, INSTANT_NONE);
    issuer_key(path, secret);
    bool good = result_is_ok(bearers_new(&o, false, &d.bearers, &f));
    close(file);
    unlink(path);
    d.managers = managers_new();
    d.dss = (struct dss_table *)&d; /* it is only asked whether there is one */
    crypto_sign_seed_keypair(public_key, other, seed);
    give_token(token, secret, 0);
    for (unsigned i = 0; i < BACKLOG; i++) give_token(bad[i], other, i);
    takes_us = 0;
    return !good || d.managers == NULL;
}
static int teardown_tokens(void **state) {
    int r = teardown(state);
    bearers_free(d.bearers);
    managers_free(d.managers);
    return r;
}
static uint64_t verified(void) {
    struct bearer_numbers n;
    bearers_numbers(d.bearers, &n);
    return n.verified;
}
static void send(struct request *r, const char *authorization, uint8_t address) {
    *r = (struct request){.address = address, .who = FLOODS, .authorization = text_of(authorization), .runs = true};
    door_handle(&d, r);
}
static bool served(struct request *r) {
    for (int i = 0; i < 10000 && !r->replied; i++) {
        fair_begin(&d);
        turn();
        usleep(100);
    }
    return r->replied;
}

/* A flood of bad ones has what those without a session have, and whoever is known already does not wait for it. */
static void bad_tokens_have_a_strangers_turn(void **state) {
    static struct request flood[BACKLOG], quiet;
    (void)state;
    fair_begin(&d);
    send(&quiet, token, 1);
    assert_true(served(&quiet));
    assert_int_equal(ran[FLOODS], 1);
    fair_begin(&d);
    uint64_t before = verified();
    for (unsigned i = 0; i < BACKLOG; i++) send(&flood[i], bad[i], 2);
    assert_in_range(verified() - before, 0, BACKLOG / 2); /* none is judged as it comes; a slice of them ran */
    uint64_t judged = verified();
    send(&quiet, token, 1);
    assert_true(quiet.replied);
    assert_int_equal(ran[FLOODS], 2);
    assert_int_equal(verified(), judged);
    for (unsigned i = 0; i < BACKLOG; i++) {
        assert_true(served(&flood[i]));
        assert_int_equal(flood[i].status, 401);
    }
    assert_int_equal(verified(), before + BACKLOG);
}

/* Addresses that sent bad ones have more under way. Another's first does not wait for a round of them: of theirs two run before it, at most. Nor do they starve. Two
 * addresses may share a row: tried three times. */
static void a_first_token_goes_before_addresses_that_sent_noise(void **state) {
    static struct request flood[BACKLOG], first, known;
    enum { FROM = 10, ADDRESSES = 12, TRIES = 3 };
    char other[2048];
    uint64_t least = UINT64_MAX;
    (void)state;
    fair_begin(&d);
    send(&known, token, 1); /* somebody is there: strangers have a tenth */
    assert_true(served(&known));
    for (unsigned i = 0; i < ADDRESSES; i++) send(&flood[i], bad[i], (uint8_t)(FROM + i));
    for (unsigned i = 0; i < ADDRESSES; i++) assert_true(served(&flood[i]));
    for (unsigned try = 0; try < TRIES; try++) {
        for (unsigned i = 0; i < ADDRESSES; i++) send(&flood[i], bad[ADDRESSES + i], (uint8_t)(FROM + i));
        uint64_t judged = verified();
        memcpy(other, token, sizeof other);
        other[60 + try] ^= 1; /* never seen, and from an address that sent nothing yet */
        send(&first, other, (uint8_t)(2 + try));
        assert_true(served(&first));
        assert_int_equal(first.status, 401);
        if (verified() - judged < least) least = verified() - judged;
        for (unsigned i = 0; i < ADDRESSES; i++) assert_true(served(&flood[i]));
    }
    assert_in_range(least, 1, 3);
}

/* What a good one opens runs in its manager's turn, once it is known, and not in the stranger's. */
static void a_new_token_goes_on_as_its_manager(void **state) {
    static struct request first, second;
    (void)state;
    fair_begin(&d);
    send(&first, token, 1);
    assert_int_equal(verified(), 1);
    assert_false(first.replied); /* a handler does not run within another's */
    turn();
    assert_true(first.replied);
    fair_begin(&d);
    send(&second, token, 3);
    assert_true(second.replied);
    assert_int_equal(verified(), 1);
}

static unsigned admit(const char *authorization, uint64_t length) {
    struct request r = {.address = 2, .authorization = text_of(authorization)};
    struct problem p = door_admit(&d, &r, length);
    free(r.kept); /* the problem's texts */
    return p.status;
}

/* Before a long body comes: who may send as much without a token is judged when it is there, in turn; who may not, now, of what strangers have. */
static void a_long_body_of_an_unseen_token(void **state) {
    static struct request quiet;
    (void)state;
    fair_begin(&d);
    assert_int_equal(admit(bad[0], DOOR_STRANGER_BODY), 0);
    assert_int_equal(verified(), 0);
    assert_int_equal(admit(bad[0], DOOR_STRANGER_BODY + 1), 401);
    assert_int_equal(verified(), 1);
    send(&quiet, token, 1);
    assert_true(served(&quiet));
    uint64_t before = verified();
    unsigned i = 0;
    while (i < 1000 && admit(bad[i % BACKLOG], DOOR_STRANGER_BODY + 1) == 401) i++;
    assert_in_range(i, 0, 999);
    assert_int_equal(verified(), before + i);
    assert_int_equal(admit(token, DOOR_STRANGER_BODY + 1), 0); /* it was seen */
    assert_int_equal(admit("", 17000), 401); /* none came: there is nothing to verify */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_of_each_at_a_time, setup, teardown), cmocka_unit_test_setup_teardown(sixty_four_of_each, setup, teardown),
        cmocka_unit_test_setup_teardown(who_asks_behind_another_is_urgent, setup, teardown), cmocka_unit_test_setup_teardown(a_poll_leaves_a_crowd_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cold_tile_is_made_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_tokens_have_a_strangers_turn, setup_tokens, teardown_tokens), cmocka_unit_test_setup_teardown(a_new_token_goes_on_as_its_manager, setup_tokens, teardown_tokens),
        cmocka_unit_test_setup_teardown(a_first_token_goes_before_addresses_that_sent_noise, setup_tokens, teardown_tokens),
        cmocka_unit_test_setup_teardown(a_long_body_of_an_unseen_token, setup_tokens, teardown_tokens)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
