/* A server without sockets and without a wall clock: real handlers, sessions and decoders over a real node on a simulated disk. What a caller gets, he
 * gets as bytes. Random bytes are drawn per caller, so that what one party draws moves nothing of another's; the node's salts are constant. */
#ifndef PARLEY_TEST_SIDE_TWIN_H
#define PARLEY_TEST_SIDE_TWIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#undef fail /* cmocka's macros; `fail` is a function of ours */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "base/rand.h"
#include "door/door.h"
#include "door/limits.h"
#include "door/shed.h"
#include "door/fixture.h" /* of tests/ */

enum { VICTIM, OPERATOR, PROBER, NOBODY, CALLERS }; /* as the fixture's founders; nobody: without a token */
static const char *const caller_names[] = {"aramoor", "operator", "velland"};
#define DAY_START (INT64_C(1795413600) * INSTANT_SECOND)

struct request {
    struct text method, path, query, body, authorization, idempotency;
    char headers[2048];
    unsigned status;
    const char *type;
    struct append reply;
    bool replied, released, streaming;
    struct http_stream stream;
    void *kept;
};
static uint64_t drawn[CALLERS];
static int drawing; /* whose random bytes are asked for */
static instant twin_now;

void random_bytes(void *to, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint64_t z = drawn[drawing] += UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(drawing + 1);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        ((uint8_t *)to)[i] = (uint8_t)(z >> 40);
    }
}
static void same_salt(void *to, size_t size) { memset(to, 0x5a, size); }

/* --- HTTP --- */
struct text request_method(const struct request *r) { return r->method; }
struct text request_path(const struct request *r) { return r->path; }
struct text request_body(const struct request *r) { return r->body; }
struct text request_id(const struct request *r) { return (void)r, TEXT("0123456789abcdef"); } /* random, and of no meaning */
bool request_header(const struct request *r, const char *name, struct text *value) {
    *value = strcmp(name, "Authorization") == 0 ? r->authorization : strcmp(name, "Idempotency-Key") == 0 ? r->idempotency : TEXT("");
    return value->size > 0;
}
void request_query(const struct request *r, bool (*each)(void *, struct text, struct text), void *context) {
    const char *at = r->query.at, *end = at + r->query.size;
    while (r->query.size > 0 && at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at)), *stop = next == NULL ? end : next, *equals = memchr(at, '=', (size_t)(stop - at));
        if (equals != NULL && !each(context, (struct text){at, (size_t)(equals - at)}, (struct text){equals + 1, (size_t)(stop - equals - 1)})) return;
        at = stop + 1;
    }
}
bool request_from_loopback(const struct request *r) { return (void)r, true; }
void request_address(const struct request *r, uint8_t out[16]) { (void)r, memset(out, 0, 16); }
void request_add_header(struct request *r, const char *name, const char *value) {
    size_t used = strlen(r->headers);
    snprintf(r->headers + used, sizeof r->headers - used, "%s: %s\n", name, value);
}
void request_cache(struct request *r, const char *directives) { request_add_header(r, "Cache-Control", directives); }
bool request_gone(const struct request *r) { return (void)r, false; }
void request_keep(struct request *r, void *owned) { r->kept = owned; }
void *request_kept(const struct request *r) { return r->kept; }
void request_reply(struct request *r, unsigned status, const char *type, struct append *body) {
    assert_false(r->replied);
    r->replied = true;
    r->status = status;
    r->type = type;
    if (body == NULL) return;
    append_bytes(&r->reply, body->at, body->size);
    append_free(body);
}
void request_reply_problem(struct request *r, const struct problem *p) {
    char room[8192];
    struct append out = append_fixed(room, sizeof room);
    problem_render(p, request_id(r), &out);
    assert_false(out.full);
    request_reply(r, p->status, PROBLEM_TYPE, &out);
}
void request_release(struct request *r) { r->released = true; }
void request_release_late(struct request *r) { r->released = true; }
void request_trust(struct request *r, uint32_t who) { (void)r, (void)who; }
void request_mark(struct request *r, uint16_t mark) { (void)r, (void)mark; }
uint16_t request_marked(const struct request *r) { return (void)r, 0; }
struct text request_raw_query(const struct request *r) { return r->query; }
void request_cut(struct request *r) { r->released = true; }
void request_stream(struct request *r, const char *type, const struct http_stream *s) {
    r->replied = r->streaming = true;
    r->status = 200;
    r->type = type;
    r->stream = *s;
}
void request_wake(struct request *r) { (void)r; }
struct append *request_members(struct request *r) {
    static char room[512];
    static struct append members;
    (void)r;
    members = append_fixed(room, sizeof room);
    return &members;
}
void http_numbers(const struct http *h, struct http_numbers *out) { (void)h, memset(out, 0, sizeof *out); }
void fair_handle(struct door *door, struct request *r, const struct match *m) { m->route->run(door, r, m); }
bool fair_refusal(struct door *door, int64_t us) { return (void)door, (void)us, true; }
void fair_numbers(const struct fair *q, struct fair_numbers *out) { (void)q, memset(out, 0, sizeof *out); }
const char *turned_name(enum turned t) { return (void)t, ""; }
const char *phase_name(enum link_phase p) { return (void)p, ""; }
bool http_certificate_validity(const struct http *h, instant *from, instant *until) { return (void)h, (void)from, (void)until, false; }

/* --- the server --- */
struct twin {
    struct door d;
    struct disk *disk;
    struct fixture x;
    char token[CALLERS][SESSION_TOKEN_DIGITS + 8]; /* with "Bearer " */
    uint64_t keys;                                 /* Idempotency-Keys given so far, of each statement its own */
    struct request events[CALLERS];                /* open since the beginning; NOBODY has none */
};

static void twin_clock(void *context, int64_t *realtime, int64_t *boottime) {
    (void)context;
    *realtime = *boottime = twin_now;
}
static int64_t twin_error(void *context) { return (void)context, 1000000; }

static inline void twin_must(result r, const struct fault *f) {
    if (!result_is_ok(r)) fail_msg("%s: %s: %s", result_name(r.code), f->field, f->message);
}

/* Everything that can happen now does. */
static inline void twin_turn(struct twin *t) {
    struct node_event e;
    struct fault f = {0};
    t->d.now_ms = (twin_now - DAY_START) / 1000000;
    twin_must(node_poll(t->d.node, &f), &f);
    while (node_next(t->d.node, &e)) door_node_event(&t->d, &e);
    door_release(&t->d);
}

/* The reply's bytes stay in `r`, whose memory is freed by twin_free. */
static inline void twin_ask(struct twin *t, int caller, const char *method, const char *target, const char *body, struct request *r) {
    static char key[CALLERS][32];
    const char *mark = strchr(target, '?');
    *r = (struct request){.method = text_of(method), .path = text_of(target), .body = text_of(body == NULL ? "" : body), .reply = append_growing(64 << 20)};
    if (mark != NULL) {
        r->path.size = (size_t)(mark - target);
        r->query = text_of(mark + 1);
    }
    if (caller != NOBODY) r->authorization = text_of(t->token[caller]);
    snprintf(key[caller], sizeof key[caller], "k%llu", (unsigned long long)t->keys);
    r->idempotency = text_of(key[caller]);
    drawing = caller;
    door_handle(&t->d, r);
    for (int i = 0; i < 4 && !r->released; i++) twin_turn(t);
    assert_true(r->replied && r->released);
}
static inline void twin_free(struct request *r) {
    append_free(&r->reply);
    free(r->kept);
    r->kept = NULL;
}
static inline void twin_tick(struct twin *t) {
    (void)door_tick_first(&t->d);
    twin_turn(t);
    events_tick(t->d.events);
}

static inline void twin_log_in(struct twin *t, int caller) {
    char nonce[65], room[1024], note_room[2048], name[64], token[SESSION_TOKEN_DIGITS + 1];
    struct name party = {{0}}, key = {"root"};
    struct session s;
    struct fault f = {0};
    drawing = caller;
    memcpy(party.at, caller_names[caller], strlen(caller_names[caller]));
    sessions_challenge(t->d.sessions, &party, &key, clock_now(&t->d.clock), nonce);
    struct append text = append_fixed(room, sizeof room), note = append_fixed(note_room, sizeof note_room);
    append_str(&text, "parley/1 session " FIXTURE_ORIGIN_EXERCISE "\n{\"log\":\"");
    append_hex(&text, node_log_hash(t->d.node)->bytes, SHA256_SIZE);
    append_format(&text, "\",\"party\":\"%s\",\"key\":\"root\",\"nonce\":\"%s\",\"expires\":\"", caller_names[caller], nonce);
    append_instant(&text, sessions_latest(t->d.sessions, clock_now(&t->d.clock)));
    append_str(&text, "\"}\n");
    snprintf(name, sizeof name, "exercise/%s/root", caller_names[caller]);
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), text_of(name), t->x.secret[caller]);
    twin_must(sessions_open(t->d.sessions, node_state(t->d.node), t->d.json, append_view(&note), clock_now(&t->d.clock), token, &s, &f), &f);
    snprintf(t->token[caller], sizeof t->token[caller], "Bearer %s", token);
}

static inline void twin_begin(struct twin *t, uint64_t seed) {
    static const struct clock_source source = {twin_clock, twin_error, NULL};
    struct fault f = {0};
    struct node_report report;
    memset(t, 0, sizeof *t);
    for (int i = 0; i < CALLERS; i++) drawn[i] = seed * 1000 + (uint64_t)i;
    drawing = OPERATOR;
    twin_now = DAY_START;
    t->disk = disk_simulated(seed);
    fixture_step_work = 65536; /* its days are crowds; what a crowd beyond a step's work shows is said in SECURITY.md */
    twin_must(fixture_make(&t->x, false, &f), &f);
    twin_must(node_create(t->disk, "/log", t->x.note, t->x.log_secret, t->x.receipt_secret, &f), &f);
    twin_must(node_open(&(struct node_options){.dir = "/log", .disk = t->disk, .random = same_salt, .inline_writer = true}, &t->d.node, &report, &f), &f);
    struct door *d = &t->d;
    d->settings = (struct server_options){.dir = "/log", .listen = "localhost:0"};
    d->sessions = sessions_new(8, INT64_MAX / 8, INT64_MAX / 8, random_bytes);
    d->limiter = limiter_new(8, 1000000, 1000000);
    d->shed = shed_new(8, DOOR_POSITIONS_AHEAD);
    d->events = events_new(d);
    d->tickets = tickets_new();
    d->json = json_reader_new(8 << 20);
    d->part_room = LIMIT_FRAME_AIRCRAFT + 8;
    d->parts = calloc(d->part_room, sizeof *d->parts);
    d->waiting_room = 8;
    d->waiting = calloc(8, sizeof *d->waiting);
    d->grid = calloc(8, sizeof *d->grid);
    arena_growing(&d->scratch, 64 << 20);
    d->decoder = (struct decoder){d->json, &d->scratch, *node_log_hash(d->node), state_origin(node_state(d->node))};
    clock_begin(&d->clock, &source, INSTANT_NONE);
    page_begin(d);
    for (int i = VICTIM; i <= PROBER; i++) {
        twin_log_in(t, i);
        twin_ask(t, i, "GET", "/v1/events?from=0", NULL, &t->events[i]);
        assert_int_equal(t->events[i].status, 200);
    }
}

/* What the stream of events of this caller has for him now. */
static inline void twin_pull(struct twin *t, int caller, struct append *out) {
    char room[16 * 1024];
    struct request *r = &t->events[caller];
    long got;
    do { /* a turn of the loop gives so much; the rest comes in the next */
        events_begin(t->d.events);
        while ((got = r->stream.pull(r->stream.context, room, sizeof room)) > 0) append_bytes(out, room, (size_t)got);
    } while (events_hungry(t->d.events));
}

static inline void twin_end(struct twin *t) {
    struct door *d = &t->d;
    for (int i = VICTIM; i <= PROBER; i++) {
        t->events[i].stream.close(t->events[i].stream.context);
        twin_free(&t->events[i]);
    }
    events_free(d->events);
    tickets_free(d->tickets);
    sessions_free(d->sessions);
    shed_free(d->shed);
    limiter_free(d->limiter);
    json_reader_free(d->json);
    free(d->parts);
    free(d->waiting);
    free(d->grid);
    arena_free(&d->scratch);
    node_close(d->node);
    disk_simulated_free(t->disk);
    arena_free(&t->x.arena);
}

#endif
