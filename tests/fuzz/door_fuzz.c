/* libFuzzer target: requests at the native door and those of F3548 and F3411, with the real state, sessions and decoders behind it; the node only says that it
 * took what it was given, and the sockets are stubs. Input: method and route number, whether a token comes, then "path?query" up
 * to a line feed when the route number is none, then the body. */
#include "fixture.h"

#include <unistd.h>

#include "fuzz.h"
#include "issuer.h"

#include "base/rand.h"
#include "door/bearers.h"
#include "door/door.h"
#include "door/dss_door.h"
#include "door/managers.h"
#include "log/slow_steps.h"
#include "door/limits.h"
#include "door/shed.h"

struct request {
    struct text method, path, query, body, authorization;
    unsigned replies, releases, status;
    void *kept;
};
static struct fixture fixture;
static struct arena memory;
static struct state *st;
static struct door d;
static char token[SESSION_TOKEN_DIGITS + 1], bearer[2048];
static uint64_t submitted[DOOR_FRAMES + 1];
static unsigned submitted_count;

/* --- the node: takes everything that decodes --- */
const struct state *node_state(const struct node *n) { return (void)n, st; }
uint64_t node_applied(const struct node *n) { return (void)n, 0; }
uint64_t node_durable(const struct node *n) { return (void)n, 0; }
const struct hash *node_log_hash(const struct node *n) { return (void)n, state_log(st); }
struct text node_genesis(const struct node *n) { return (void)n, fixture.note; }
bool node_starved(const struct node *n) { return (void)n, false; }
void scrubber_attention(struct attention *a, const struct scrubber *s) { (void)a, (void)s; } /* its process reads files */
void scrubber_render(const struct scrubber *s, struct append *out) { (void)s, (void)out; }
void scrubber_figures(const struct scrubber *s, struct append *out) { (void)s, (void)out; }
const struct slow_steps *node_slow_steps(const struct node *n) {
    static struct slow_steps none;
    return (void)n, &none;
}
instant node_next_tick(const struct node *n) { return (void)n, INT64_MAX; }
result node_tick(struct node *n, instant now, int64_t error_ns, bool unsure, struct fault *f) { return (void)n, (void)now, (void)error_ns, (void)unsure, (void)f, OK; }
uint64_t node_log_size(const struct node *n) { return (void)n, 0; }
void node_blind(const struct node *n, uint16_t party, uint8_t out[32]) { (void)n, (void)party, memset(out, 0, 32); }
void node_numbers(const struct node *n, struct node_numbers *out) { (void)n, memset(out, 0, sizeof *out); }
result node_checkpoint(struct node *n, struct append *out, struct fault *f) { return (void)n, (void)out, fail(f, RESULT_NOT_FOUND, "", "none"); }
result node_log_leaf(struct node *n, uint64_t i, struct append *out, struct fault *f) { return (void)n, (void)i, (void)out, fail(f, RESULT_NOT_FOUND, "", "none"); }
result node_record(struct node *n, uint16_t party, uint64_t place, struct arena *a, struct node_record *out, struct fault *f) {
    return (void)n, (void)party, (void)place, (void)a, (void)out, fail(f, RESULT_NOT_FOUND, "", "none");
}
void node_record_render(const struct node_record *r, bool operator_, struct append *out) { (void)r, (void)operator_, (void)out; }
result node_proof(struct node *n, uint16_t party, uint64_t place, uint32_t part, struct append *out, struct fault *f) {
    return (void)n, (void)party, (void)place, (void)part, (void)out, fail(f, RESULT_NOT_FOUND, "", "none");
}
result node_sealed(struct node *n, uint16_t party, uint64_t place, struct append *out, struct fault *f) {
    return (void)n, (void)party, (void)place, (void)out, fail(f, RESULT_NOT_FOUND, "", "none");
}
result node_receipt(struct node *n, uint16_t party, uint64_t place, const struct hash *statement, struct append *out, struct fault *f) {
    return (void)n, (void)party, (void)place, (void)statement, (void)out, fail(f, RESULT_NOT_FOUND, "", "none");
}
result node_slots(struct node *n, uint16_t party, uint64_t from, uint64_t most, struct append *out, struct fault *f) {
    return (void)n, (void)party, (void)from, (void)most, (void)out, fail(f, RESULT_NOT_FOUND, "", "none");
}
result node_submit(struct node *n, const struct part *parts, uint32_t count, instant now, uint64_t ticket, struct fault *f) {
    struct statement s;
    struct arena a;
    struct decoder decoder = d.decoder;
    (void)n, (void)now;
    arena_growing(&a, 64 << 20);
    decoder.arena = &a;
    result r = decode_parts(&decoder, parts, count, true, &s, f);
    /* A frame's parts are the door's own work: the node decodes them only once they are ordered, and then they must decode. */
    assert(result_is_ok(r) || parts[0].part_class != PART_FRAME);
    arena_free(&a);
    assert(submitted_count <= DOOR_FRAMES);
    if (result_is_ok(r)) submitted[submitted_count++] = ticket;
    return r;
}

/* What the door hands on must verify: the node trusts it. The statement is the door's to look at until then. */
static struct { struct arena arena; struct part parts[LIMIT_SECTIONS + 2]; uint32_t count; struct statement statement; } prepared;
result node_prepare(struct node *n, const struct part *parts, uint32_t count, struct statement **out, struct fault *f) {
    struct decoder decoder = d.decoder;
    (void)n;
    assert(count <= sizeof prepared.parts / sizeof prepared.parts[0]);
    arena_free(&prepared.arena);
    arena_growing(&prepared.arena, 64 << 20);
    decoder.arena = &prepared.arena;
    memcpy(prepared.parts, parts, count * sizeof *parts);
    prepared.count = count;
    *out = &prepared.statement;
    return decode_parts(&decoder, prepared.parts, count, false, &prepared.statement, f);
}
/* The loop reads bodies of any length here: there is no reader's thread. */
struct node_reading *node_reading_new(struct json_reader *json) { return (void)json, NULL; }
void node_reading_free(struct node_reading *g) { assert(g == NULL); }
result node_read(const struct node *n, struct node_reading *g, const struct part *parts, uint32_t count, struct fault *f) {
    return (void)n, (void)g, (void)parts, (void)count, fail(f, RESULT_IO, "", "no reader");
}
result node_adopt(struct node *n, struct node_reading *g, struct statement **out, struct fault *f) {
    return (void)n, (void)g, (void)out, fail(f, RESULT_IO, "", "no reader");
}
result node_witness_request(struct node *n, uint64_t old, struct append *out, uint64_t *size, struct fault *f) { return (void)n, (void)old, (void)out, (void)size, fail(f, RESULT_NOT_FOUND, "", "no tick"); }
result node_cosigned_take(struct node *n, struct text name, const uint8_t public_key[32], uint64_t size, struct text reply, uint64_t now, uint64_t skew, uint64_t *seconds, struct fault *f) {
    return (void)n, (void)name, (void)public_key, (void)size, (void)reply, (void)now, (void)skew, (void)seconds, fail(f, RESULT_UNAUTHENTIC, "", "no witness");
}
result node_checkpoint_cosigned(struct node *n, struct append *out, struct fault *f) { return (void)n, (void)out, fail(f, RESULT_NOT_FOUND, "", "no witness"); }
int64_t node_tick_ns(const struct node *n) { return (void)n, INSTANT_SECOND; }
uint64_t node_cosigned_size(const struct node *n) { return (void)n, 0; }
result node_checkpoint_at(struct node *n, uint64_t size, struct append *out, struct fault *f) { return (void)n, (void)size, (void)out, fail(f, RESULT_NOT_FOUND, "", "none"); }
result node_tile(struct node *n, uint16_t party, const struct tile *t, struct append *out, struct fault *f) { return (void)n, (void)party, (void)t, (void)out, fail(f, RESULT_NOT_FOUND, "", "none"); }
result node_tile_rows(struct node *n, uint16_t party, const struct tile *t, uint32_t from, uint32_t count, struct append *out, struct fault *f) { return (void)from, (void)count, node_tile(n, party, t, out, f); }
result node_stream_checkpoint(struct node *n, uint16_t party, struct append *out, struct fault *f) { return (void)n, (void)party, (void)out, fail(f, RESULT_NOT_FOUND, "", "none"); }
result node_stream_origin(const struct node *n, uint16_t party, struct append *out, struct fault *f) { return (void)n, (void)party, (void)f, append_str(out, "fuzz/stream/x"), OK; }
result node_submit_prepared(struct node *n, instant now, uint64_t ticket, struct fault *f) {
    result r = node_submit(n, prepared.parts, prepared.count, now, ticket, f);
    assert(result_is_ok(r) && (prepared.statement.origin != ORIGIN_SIGNED || prepared.statement.proven));
    return r;
}

/* --- HTTP --- */
struct text request_method(const struct request *r) { return r->method; }
struct text request_path(const struct request *r) { return r->path; }
struct text request_body(const struct request *r) { return r->body; }
struct text request_id(const struct request *r) { return (void)r, TEXT("0123456789abcdef"); }
bool request_header(const struct request *r, const char *name, struct text *value) {
    *value = strcmp(name, "Authorization") == 0 ? r->authorization : strcmp(name, "Idempotency-Key") == 0 ? TEXT("fuzz") : TEXT("");
    return value->size > 0;
}
void request_query(const struct request *r, bool (*each)(void *, struct text, struct text), void *context) {
    const char *equals = r->query.size == 0 ? NULL : memchr(r->query.at, '=', r->query.size);
    if (equals == NULL) return;
    size_t name = (size_t)(equals - r->query.at);
    (void)each(context, (struct text){r->query.at, name}, (struct text){equals + 1, r->query.size - name - 1});
}
bool request_from_loopback(const struct request *r) { return (void)r, false; }
void request_address(const struct request *r, uint8_t out[16]) { (void)r, memset(out, 0, 16); }
void request_add_header(struct request *r, const char *name, const char *value) { (void)r, (void)name, (void)value; }
void request_cache(struct request *r, const char *directives) { (void)r, (void)directives; }
bool request_gone(const struct request *r) { return (void)r, false; }
void request_keep(struct request *r, void *owned) { r->kept = owned; }
void *request_kept(const struct request *r) { return r->kept; }
void request_reply(struct request *r, unsigned status, const char *type, struct append *body) {
    (void)type;
    r->replies++;
    r->status = status;
    if (body != NULL) append_free(body);
}
void request_reply_problem(struct request *r, const struct problem *p) {
    static char room[8192];
    struct append out = append_fixed(room, sizeof room);
    const struct json *top;
    problem_render(p, request_id(r), &out);
    assert(!out.full && result_is_ok(json_parse(d.json, append_view(&out), JSON_PARLEY, &top, NULL)));
    request_reply(r, p->status, PROBLEM_TYPE, NULL);
}
void request_release(struct request *r) { r->releases++; }
void request_release_late(struct request *r) { r->releases++; }
void request_trust(struct request *r, uint32_t who) { (void)r, (void)who; }
void request_mark(struct request *r, uint16_t mark) { (void)r, (void)mark; }
uint16_t request_marked(const struct request *r) { return (void)r, 0; }
struct text request_raw_query(const struct request *r) { return r->query; }
bool fair_refusal(struct door *door, int64_t us) { return (void)door, (void)us, true; }
void fair_handle(struct door *door, struct request *r, const struct match *m) { m->route->run(door, r, m); }
void fair_numbers(const struct fair *q, struct fair_numbers *out) { (void)q, memset(out, 0, sizeof *out); }
const char *turned_name(enum turned t) { return (void)t, ""; }
const char *phase_name(enum link_phase p) { return (void)p, ""; }
void request_stream(struct request *r, const char *type, const struct http_stream *s) {
    r->status = 200;
    (void)type;
    r->replies++;
    s->close(s->context);
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
bool http_certificate_validity(const struct http *h, instant *from, instant *until) { return (void)h, (void)from, (void)until, false; }

/* --- --- */
static void log_in(void) {
    char nonce[65], room[1024], note_room[2048];
    struct name party = {"aramoor"}, key = {"root"};
    struct session s;
    struct fault f;
    instant now = clock_now(&d.clock);
    sessions_challenge(d.sessions, &party, &key, now, nonce);
    struct append text = append_fixed(room, sizeof room), note = append_fixed(note_room, sizeof note_room);
    append_str(&text, "parley/1 session " FIXTURE_ORIGIN_EXERCISE "\n{\"log\":\"");
    append_hex(&text, state_log(st)->bytes, SHA256_SIZE);
    append_format(&text, "\",\"party\":\"aramoor\",\"key\":\"root\",\"nonce\":\"%s\",\"expires\":\"", nonce);
    append_instant(&text, sessions_latest(d.sessions, now));
    append_str(&text, "\"}\n");
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), TEXT("exercise/aramoor/root"), fixture.secret[0]);
    result r = sessions_open(d.sessions, st, d.json, append_view(&note), now, token, &s, &f);
    assert(result_is_ok(r));
}

static void open_other_doors(void) {
    static char path[] = "/tmp/parley-fuzz-key-XXXXXX";
    static struct server_options o = {.token_keys = {path}, .token_key_count = 1, .audiences = {"localhost"}, .audience_count = 1};
    uint8_t secret[64];
    struct fault f;
    struct append jwt = append_fixed(bearer, sizeof bearer - 1);
    int file = mkstemp(path);
    if (file < 0) abort();
    issuer_key(path, secret);
    issuer_token(secret, clock_now(&d.clock), &jwt);
    if (!result_is_ok(bearers_new(&o, false, &d.bearers, &f))) abort();
    close(file);
    unlink(path);
    d.managers = managers_new();
    d.dss = dss_new();
    if (d.managers == NULL || d.dss == NULL) abort();
}

static void start(void) {
    struct fault f;
    struct statement genesis;
    if (d.json != NULL) return;
    d.json = json_reader_new(8 << 20);
    arena_growing(&memory, SIZE_MAX / 2);
    result r = fixture_make(&fixture, false, &f);
    struct decoder first = {d.json, &fixture.arena, {{0}}, text_of(FIXTURE_ORIGIN_EXERCISE)};
    if (result_is_ok(r)) r = decode_genesis(&first, fixture.note, true, &genesis, &f);
    if (result_is_ok(r)) r = state_new(&memory, &genesis, &st, &f);
    if (!result_is_ok(r)) abort();
    d.sessions = sessions_new(8, INT64_MAX / 8, INT64_MAX / 8, random_bytes);
    d.limiter = limiter_new(8, 100000000, 100000000);
    limiter_manager_rate(d.limiter, 100000000);
    d.events = events_new(&d);
    d.tickets = tickets_new();
    d.shed = shed_new(8, 64);
    d.part_room = LIMIT_FRAME_AIRCRAFT + 8;
    d.parts = calloc(d.part_room, sizeof *d.parts);
    d.waiting_room = 4;
    d.waiting = calloc(4, sizeof *d.waiting);
    arena_growing(&d.scratch, 64 << 20);
    d.decoder = (struct decoder){d.json, &d.scratch, *state_log(st), state_origin(st)};
    clock_begin_simulated(&d.clock, &clock_system, INT64_C(1795413600) * INSTANT_SECOND, 1, INSTANT_NONE);
    page_begin(&d);
    open_other_doors();
    log_in();
}

static void seed_call(unsigned i, int how) {
    char room[4096];
    int n = snprintf(room, sizeof room, "%c%c%s\n%s", (char)255, how, issuer_calls[i].path, issuer_calls[i].body);
    seed("dss", i, room, (size_t)n);
}
static void seeds(void) {
    static const char *const bodies[] = {"{\"statement\":{\"kind\":\"message\",\"id\":\"00112233445566778899aabbccddeeff\"},\"sections\":[{\"section\":\"body\",\"to\":[\"log\"],\"body\":{\"text\":\"x\"}}]}",
        "{\"frames\":[{\"number\":1,\"time\":\"2026-11-23T06:00:00Z\",\"aircraft\":[{\"identity\":\"4b1617\",\"lat\":-47,\"lng\":-126,\"callsign\":\"ARA1\"}]}]}",
        "{\"party\":\"aramoor\",\"key\":\"root\"}", "{\"note\":\"x\",\"sections\":[]}"};
    char room[1024];
    for (unsigned i = 0; i < door_route_count; i++) {
        int n = snprintf(room, sizeof room, "%c%c%s", (char)i, 1, bodies[i % 4]);
        seed("route", i, room, (size_t)n);
        for (unsigned k = 0; strcmp(door_routes[i].method, "POST") == 0 && k < 4; k++) {
            n = snprintf(room, sizeof room, "%c%c%s", (char)i, 1, bodies[k]);
            seed("post", i * 4 + k, room, (size_t)n);
        }
        n = snprintf(room, sizeof room, "%c%c%s?limit=3\n", (char)255, 1, door_routes[i].pattern);
        seed("path", i, room, (size_t)n);
    }
    for (unsigned i = 0; i < ISSUER_CALLS; i++) {
        static const char *const methods[] = {"GET", "POST", "DELETE", "HEAD"};
        int which = 0;
        while (which < 4 && strcmp(methods[which], issuer_calls[i].method) != 0) which++;
        seed_call(i, which < 4 ? 8 | which << 1 : 8 | 16);
    }
}

static void answer_all(void) {
    static struct outcome outcome = {.verdict = VERDICT_ACCEPTED, .status = 200};
    for (unsigned i = 0; i < submitted_count; i++)
        tickets_answer(&d, &(struct node_event){.kind = NODE_ANSWERED, .ticket = submitted[i], .sequenced = SEQUENCED_ORDERED, .outcome = &outcome, .reply = TEXT("{}")});
    submitted_count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char authorization[sizeof bearer + 8], path[256];
    struct request r = {.authorization = {NULL, 0}};
    if (size < 2) return 0;
    start();
    struct text rest = {(const char *)bytes + 2, size - 2};
    static const char *const methods[] = {"GET", "POST", "DELETE", "HEAD"};
    r.method = text_of(bytes[1] & 16 ? "PUT" : methods[bytes[1] >> 1 & 3]);
    if (bytes[0] < door_route_count) {
        struct append p = append_fixed(path, sizeof path);
        r.method = text_of(door_routes[bytes[0]].method);
        for (const char *c = door_routes[bytes[0]].pattern; *c != '\0'; c++) {
            if (c[0] == '{') append_str(&p, "aramoor");
            if (c[0] != '{' && c[0] != '}') append_char(&p, *c);
        }
        r.path = append_view(&p);
    } else {
        size_t line = 0;
        while (line < rest.size && rest.at[line] != '\n') line++;
        r.path = (struct text){rest.at, line};
        const char *mark = line == 0 ? NULL : memchr(rest.at, '?', line);
        if (mark != NULL) {
            r.path.size = (size_t)(mark - rest.at);
            r.query = (struct text){mark + 1, line - r.path.size - 1};
        }
        rest = (struct text){rest.at + line, rest.size - line};
    }
    r.body = rest;
    struct append a = append_fixed(authorization, sizeof authorization);
    append_str(&a, "Bearer ");
    append_str(&a, bytes[1] & 8 ? bearer : token);
    if (bytes[1] & 8) r.authorization = append_view(&a);
    /* But not to close it: a party may open only so many sessions a minute. */
    if (bytes[1] & 1 && !text_is(r.method, "DELETE")) r.authorization = append_view(&a);
    door_handle(&d, &r);
    answer_all();
    assert(r.replies == 1 && r.releases == 1 && d.waiting_count == 0 && tickets_out(d.tickets) == 0);
    assert(r.status >= 200 && r.status < 600);
    free(r.kept);
    return 0;
}
