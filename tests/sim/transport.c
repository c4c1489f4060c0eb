/* door/http.h over structs in memory: a request is a function call, a reply what is left when it was released. What comes of a lost request, of a
 * lost reply, of a server that goes away meanwhile, the client learns as it would from a socket: nothing. */
#include <stdlib.h>

#include "sim.h"

static const char *const purpose_names[] = {"challenge", "session", "events", "post", "read", "due", "holds", "checkpoint", "confirm", "clock", "call"};

struct request *transport_new(struct client *c, enum purpose purpose, const char *method) {
    struct sim *s = c->sim;
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL) abort();
    *r = (struct request){.sim = s, .client = c, .purpose = purpose, .method = text_of(method), .number = ++c->requests, .query = "", .path = ""};
    r->body = append_growing(LIMIT_BODY_BYTES + 1024);
    r->reply = append_growing((size_t)64 << 20);
    r->draw = draw_of(s->plan.seed, "request", c->index, r->number);
    uint64_t id = draw_next(&r->draw);
    snprintf(r->id, sizeof r->id, "%016llx", (unsigned long long)id);
    if (c->in_session) snprintf(r->authorization, sizeof r->authorization, "Bearer %s", c->token);
    if (s->last_request != NULL) s->last_request->next = r;
    else s->requests = r;
    s->last_request = r;
    return r;
}

static void request_free(struct request *r) {
    append_free(&r->body);
    append_free(&r->reply);
    free(r->call.body);
    free(r->kept);
    free(r);
}

static uint64_t noise_sum(const struct door *d) {
    uint64_t sum = 0;
    for (int i = 0; i < NOISES; i++) sum += d->numbers.noise[i];
    return sum;
}

/* What a door turns away is counted, exactly once, and never silently. */
static void check_noise(struct sim *s, const struct request *r, uint64_t before) {
    static const unsigned noisy[] = {400, 401, 403, 413, 415, 429};
    uint64_t counted = noise_sum(&s->door) - before;
    bool expected = false;
    for (size_t i = 0; i < sizeof noisy / sizeof *noisy; i++) expected = expected || r->status == noisy[i];
    if (!r->replied || r->purpose != FOR_POST) return;
    /* What was said with a value that may not be, or of what is not known, is turned away too; a refusal is on record. */
    if (r->status == 422 && memmem(r->reply.at, r->reply.size, "\"verdict\":", 10) == NULL) expected = true;
    if (counted != expected) sim_fail(s, "a reply of status %u counted %llu as noise", r->status, (unsigned long long)counted);
    s->figures.noise += counted;
}

void transport_send(struct request *r) {
    struct sim *s = r->sim;
    if (!s->up || r->lost_request) {
        s->figures.lost += r->lost_request;
        r->cut = true;
        return;
    }
    uint64_t before = noise_sum(&s->door);
    draw_source = &r->draw;
    door_handle(&s->door, r);
    draw_source = &s->server_draw;
    check_noise(s, r, before);
}

/* --- what the door calls --- */
struct text request_method(const struct request *r) { return r->method; }
struct text request_path(const struct request *r) { return text_of(r->path); }
struct text request_body(const struct request *r) { return append_view(&r->body); }
struct text request_id(const struct request *r) { return text_of(r->id); }
bool request_header(const struct request *r, const char *name, struct text *value) {
    *value = strcmp(name, "Authorization") == 0 ? text_of(r->authorization) : strcmp(name, "Idempotency-Key") == 0 ? text_of(r->idempotency)
             : strcmp(name, "Last-Event-ID") == 0 ? text_of(r->last_event) : TEXT("");
    return value->size > 0;
}
void request_query(const struct request *r, bool (*each)(void *, struct text, struct text), void *context) {
    const char *at = r->query;
    while (*at != '\0') {
        const char *end = strchrnul(at, '&'), *equals = memchr(at, '=', (size_t)(end - at));
        if (equals == NULL) equals = end;
        struct text value = equals == end ? TEXT("") : (struct text){equals + 1, (size_t)(end - equals - 1)};
        if (!each(context, (struct text){at, (size_t)(equals - at)}, value)) return;
        at = *end == '\0' ? end : end + 1;
    }
}
bool request_from_loopback(const struct request *r) { return (void)r, false; }
void request_address(const struct request *r, uint8_t out[16]) {
    memset(out, 0, 16);
    out[15] = (uint8_t)r->client->index;
}
void request_add_header(struct request *r, const char *name, const char *value) { (void)r, (void)name, (void)value; }
void request_keep(struct request *r, void *owned) { r->kept = owned; }
void *request_kept(const struct request *r) { return r->kept; }

static void replied(struct request *r, unsigned status) {
    if (r->replied) sim_fail(r->sim, "a request of %s was replied to twice", r->client->name.at);
    r->replied = true;
    r->status = status;
    r->applied = node_applied(r->sim->node);
}
void request_reply(struct request *r, unsigned status, const char *type, struct append *body) {
    (void)type;
    replied(r, status);
    if (body == NULL) return;
    append_text(&r->reply, append_view(body));
    if (body->owned) append_free(body);
}
void request_reply_problem(struct request *r, const struct problem *p) {
    replied(r, p->status);
    problem_render(p, request_id(r), &r->reply);
}
/* What was computed from a state may leave once that state is durable. (The answer to a statement is computed from its own outcome, which the
 * node gives out when it is durable; what has been applied since does not matter to it.) */
void request_release(struct request *r) {
    struct sim *s = r->sim;
    if (!r->replied || r->released) sim_fail(s, "a request of %s was released %s", r->client->name.at, r->released ? "twice" : "without a reply");
    r->released = true;
    /* A call that writes is answered when it is durable, which the ledger shows. */
    bool answered = (r->purpose == FOR_POST && r->kept != NULL) || (r->purpose == FOR_CALL && !text_is(r->method, "GET"));
    if (!answered && node_durable(s->node) < r->applied)
        sim_fail(s, "a reply to %s %s left at %llu durable, but was made at %llu", purpose_names[r->purpose], r->path,
                 (unsigned long long)node_durable(s->node), (unsigned long long)r->applied);
}
void request_release_late(struct request *r) { request_release(r); }
void request_cache(struct request *r, const char *directives) { (void)r, (void)directives; }
bool request_gone(const struct request *r) { return (void)r, false; }
void request_trust(struct request *r, uint32_t who) { (void)r, (void)who; }
void request_mark(struct request *r, uint16_t mark) { (void)r, (void)mark; }
uint16_t request_marked(const struct request *r) { return (void)r, 0; }
struct text request_raw_query(const struct request *r) { return text_of(r->query); }
void request_cut(struct request *r) { r->cut = true; }
void request_stream(struct request *r, const char *type, const struct http_stream *stream) {
    (void)type;
    replied(r, 200);
    r->streaming = r->woken = true;
    r->stream = *stream;
}
void request_wake(struct request *r) { r->woken = true; }
void http_numbers(const struct http *h, struct http_numbers *out) { (void)h, memset(out, 0, sizeof *out); }

bool http_certificate_validity(const struct http *h, instant *from, instant *until) { return (void)h, (void)from, (void)until, false; }
const char *turned_name(enum turned t) { return (void)t, ""; }
const char *phase_name(enum link_phase p) { return (void)p, ""; }
struct append *request_members(struct request *r) {
    static char room[512];
    static struct append members;
    (void)r;
    members = append_fixed(room, sizeof room);
    return &members;
}
/* Turns by the time that requests take are the one thing here that would not be the same twice: each runs at once. */
bool fair_refusal(struct door *door, int64_t us) { return (void)door, (void)us, true; }
void fair_handle(struct door *door, struct request *r, const struct match *m) { m->route->run(door, r, m); }
void fair_numbers(const struct fair *q, struct fair_numbers *out) { (void)q, memset(out, 0, sizeof *out); }

/* --- to the clients --- */

static void end_stream(struct request *r) {
    if (r->closed) return;
    r->closed = true;
    r->stream.close(r->stream.context);
}

void transport_hang_up(struct client *c) {
    for (struct request *r = c->sim->requests; r != NULL; r = r->next)
        if (r->client == c && r->purpose == FOR_EVENTS) r->hung_up = true;
}

static void pull_one(struct sim *s, struct request *r) {
    char room[4096];
    if (r->hung_up) end_stream(r);
    while (r->woken && !r->closed && s->up) {
        size_t most = 1 + draw_below(&r->draw, sizeof room);
        long got = r->stream.pull(r->stream.context, room, most);
        if (got < 0) {
            end_stream(r);
            r->client->listening = false;
        } else if (got == 0) {
            r->woken = false;
        } else {
            client_heard(r->client, room, (size_t)got);
        }
    }
}

void transport_pull(struct sim *s) {
    for (struct request *r = s->requests; r != NULL && s->up && !s->cut_now; r = r->next)
        if (r->streaming && r->released && !r->closed && !r->cut) pull_one(s, r);
}

static void zero_behind(char *at, char *end, const char *member) {
    while ((at = memmem(at, (size_t)(end - at), member, strlen(member))) != NULL) {
        at += strlen(member);
        if (end - at > 64) memset(at, '0', 64);
    }
}

/* A record's root hides what only the operator may see of it, its number in the log, behind a salt, and `withheld` is that part's own hash; but the number
 * differs between twins, and so do they. Roots within what parties said stand escaped and stay. */
void transport_remember(struct client *c, struct text t) {
    size_t from = c->transcript.size;
    append_text(&c->transcript, t);
    append_char(&c->transcript, '\n');
    zero_behind(c->transcript.at + from, c->transcript.at + c->transcript.size, ",\"root\":\"");
    zero_behind(c->transcript.at + from, c->transcript.at + c->transcript.size, ",\"withheld\":[\"");
}

static void left(struct sim *s, struct request *r) {
    struct client *c = r->client;
    char head[384];
    int n = snprintf(head, sizeof head, "%llu %s %s?%s %u ", (unsigned long long)r->number, purpose_names[r->purpose], r->path, r->query, r->status);
    sha256_update(&s->digest, head, (size_t)n);
    /* How long the slowest steps took, and since when the server runs, is the machine's own. */
    if (strcmp(r->path, "/v1/status") != 0) sha256_update(&s->digest, r->reply.at, r->reply.size);
    if (!s->plan.twin || strncmp(r->path, "/v1/log/", 8) == 0 || strcmp(r->path, "/v1/checkpoint") == 0 || strncmp(r->path, "/v1/proof/", 10) == 0)
        return; /* roots differ between twins */
    append_bytes(&c->transcript, head, (size_t)n);
    transport_remember(c, append_view(&r->reply));
}

bool transport_deliver(struct sim *s) {
    bool any = false;
    struct request **at = &s->requests, *before = NULL;
    s->last_request = NULL;
    for (struct request *r; (r = *at) != NULL;) {
        bool ended = r->cut || (r->streaming ? r->closed : r->released);
        if (!ended || r->left) {
            before = r;
            s->last_request = r;
            at = &r->next;
            continue;
        }
        r->left = any = true; /* its client may begin others, which are put behind the last */
        struct request *last = r;
        while (last->next != NULL) last = last->next;
        s->last_request = last;
        if (r->hung_up) {
            /* it does not matter any more */
        } else if (r->cut || r->lost_reply) {
            s->figures.lost += r->lost_reply && !r->cut;
            client_cut(r->client, r);
        } else if (!r->streaming) {
            left(s, r);
            client_answer(r->client, r);
        }
        *at = r->next;
        if (s->last_request == r) s->last_request = before;
        request_free(r);
        if (s->cut_now) break;
    }
    struct request *last = s->requests;
    while (last != NULL && last->next != NULL) last = last->next;
    s->last_request = last;
    return any;
}

void transport_cut(struct sim *s) {
    for (struct request *r = s->requests; r != NULL; r = r->next) {
        if (r->streaming) end_stream(r);
        if (!r->released || r->streaming) r->cut = true;
    }
}
