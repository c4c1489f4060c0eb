#include "door/door.h"

#include <assert.h>
#include <sodium.h>
#include <strings.h>
#include <time.h>

#include "door/limits.h"
#include "door/report.h"

const char *noise_name(enum noise n) {
    static const char *const names[NOISES] = {"http", "path", "token", "syntax", "signature", "rate"};
    return names[n];
}

void door_noise(struct door *d, enum noise what) { d->numbers.noise[what]++; }

/* --- replies wait for the journal --- */

void door_hold_until_durable(struct door *d, struct request *r) {
    uint64_t applied = node_applied(d->node);
    if (d->waiting_count == 0 && node_durable(d->node) >= applied) {
        door_send(d, r);
        return;
    }
    /* One a connection at the most, so the ring always has room. */
    assert(d->waiting_count < d->waiting_room);
    d->waiting[(d->waiting_first + d->waiting_count++) % d->waiting_room] = (struct waiting){r, applied};
}

void door_release(struct door *d) {
    uint64_t durable = node_durable(d->node);
    while (d->waiting_count > 0 && d->waiting[d->waiting_first].order <= durable) {
        struct request *r = d->waiting[d->waiting_first].request;
        d->waiting_first = (d->waiting_first + 1) % d->waiting_room;
        d->waiting_count--;
        door_send(d, r);
    }
}

/* --- the grid: how long a reply took would tell what else there was to look through, another's flights as well --- */

static int64_t grid_step(const struct door *d) { return d->settings.reply_grid_ms; }

static int64_t monotonic_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void door_send(struct door *d, struct request *r) {
    int64_t step = grid_step(d);
    if (step == 0 || d->ended) {
        request_release(r);
        return;
    }
    assert(d->grid_count < d->waiting_room); /* one a connection */
    d->grid[(d->grid_first + d->grid_count++) % d->waiting_room] = (struct waiting){r, (uint64_t)(monotonic_ms() / step) + 1};
}

static void grid_send_first(struct door *d) {
    struct request *r = d->grid[d->grid_first].request;
    d->grid_first = (d->grid_first + 1) % d->waiting_room;
    d->grid_count--;
    request_release(r);
}

/* A turn that comes late sends nothing: that, too, would show how long something took. */
void door_grid(struct door *d, int64_t now_ms) {
    int64_t step = grid_step(d);
    if (d->grid_count == 0) return;
    uint64_t now = (uint64_t)(now_ms / step);
    bool early = now_ms % step <= step / DOOR_GRID_WINDOW;
    while (d->grid_count > 0) {
        uint64_t due = d->grid[d->grid_first].order;
        if (due > now || (!early && now - due < DOOR_GRID_MISSES)) return;
        grid_send_first(d);
    }
}

int64_t door_grid_wait(const struct door *d) { return d->grid_count == 0 ? -1 : grid_step(d) - monotonic_ms() % grid_step(d); }

void door_grid_end(struct door *d) {
    while (d->grid_count > 0) grid_send_first(d);
}

void door_reply(struct door *d, struct request *r, unsigned status, const char *type, struct append *body) {
    request_reply(r, status, type, body);
    door_hold_until_durable(d, r);
}

void door_reply_problem(struct door *d, struct request *r, const struct problem *p) {
    request_reply_problem(r, p);
    door_hold_until_durable(d, r);
}

void door_reply_fault(struct door *d, struct request *r, const struct fault *f) {
    struct problem p = problem_of(f);
    bool form = f->code == RESULT_MALFORMED || f->code == RESULT_RANGE || f->code == RESULT_TOO_LARGE || f->code == RESULT_UNSUPPORTED;
    if (form && p.field.size == 0) p.field = TEXT("body"); /* the whole of it */
    if (p.status >= 500 && p.status != 503 && p.status != 507) {
        char room[2048];
        struct append m = append_fixed(room, sizeof room);
        report_text(&m, "request", request_id(r));
        report_fault_members(&m, f);
        report(REPORT_ERROR, "request_failed", &m);
        p.field = TEXT("");
        p.rule = TEXT("the server could not do this; its log says why");
    }
    if (form) door_noise(d, NOISE_SYNTAX);
    if (f->code == RESULT_UNAUTHENTIC) door_noise(d, NOISE_SIGNATURE);
    door_reply_problem(d, r, &p);
}

void door_reply_json(struct door *d, struct request *r, struct append *body) {
    if (!body->full) {
        door_reply(d, r, 200, "application/json", body);
        return;
    }
    append_free(body);
    struct problem p = {.status = 422, .code = "too-large", .rule = TEXT("the whole answer is longer than a reply may be; it is never cut short: ask for single items")};
    door_reply_problem(d, r, &p);
}

void door_node_event(struct door *d, const struct node_event *e) {
    if (e->kind == NODE_ANSWERED) tickets_answer(d, e);
    else if (e->kind == NODE_APPENDED) events_appended(d->events, e->party, e->place);
}

/* --- what a request carries --- */

result door_number(struct text in, const char *field, uint64_t most, uint64_t *out, struct fault *f) {
    uint64_t v = 0;
    bool good = in.size > 0 && in.size <= 19 && (in.size == 1 || in.at[0] != '0');
    for (size_t i = 0; good && i < in.size; i++) {
        good = in.at[i] >= '0' && in.at[i] <= '9';
        v = v * 10 + (uint64_t)(in.at[i] - '0');
    }
    if (!good) return fail(f, RESULT_MALFORMED, field, "\"%.*s\" is not a plain decimal", TEXT_ARG(in));
    if (v > most) return fail(f, RESULT_RANGE, field, "%.*s is more than %llu", TEXT_ARG(in), (unsigned long long)most);
    *out = v;
    return OK;
}

bool door_is_json(const struct request *r) {
    struct text type;
    if (!request_header(r, "Content-Type", &type)) return true;
    size_t size = 0;
    while (size < type.size && type.at[size] != ';' && type.at[size] != ' ') size++;
    return size == 16 && strncasecmp(type.at, "application/json", 16) == 0;
}

const char *door_token(const struct request *r, struct text *token) {
    struct text value;
    *token = (struct text){"", 0};
    if (!request_header(r, "Authorization", &value)) return NULL;
    if (value.size < 7 || strncasecmp(value.at, "Bearer ", 7) != 0) return "the scheme is not Bearer";
    *token = (struct text){value.at + 7, value.size - 7};
    return token->size == SESSION_TOKEN_DIGITS ? NULL : "is not a token of this server";
}

/* Told late: a connection that asks too often asks again only when it has been answered, so a flood is as slow as its refusals. The
 * text is fixed and computed from nothing: it waits for no journal. */
void door_reply_too_fast(struct door *d, struct request *r) {
    door_noise(d, NOISE_RATE);
    request_reply_problem(r, &(struct problem){.status = 429, .code = "rate", .rule = TEXT("more requests a second than one party or address may make")});
    request_release_late(r);
}

bool door_may_verify(struct door *d, const struct request *r, const struct caller *c) {
    uint8_t address[16];
    request_address(r, address);
    return limiter_may_verify(d->limiter, c->known ? c->party : PARTY_NONE, address, d->now_ms);
}

void door_failed_signature(struct door *d, const struct request *r, const struct caller *c) {
    uint8_t address[16];
    request_address(r, address);
    limiter_failed(d->limiter, c->known ? c->party : PARTY_NONE, address, d->now_ms);
}

/* --- the steps before a handler; each replies and returns false when the request ends there --- */

/* Noise costs its address too: guessing tokens and paths is no faster than asking properly. */
static bool refuse(struct door *d, struct request *r, enum noise what, struct problem p) {
    uint8_t address[16];
    request_address(r, address);
    if (!limiter_address(d->limiter, address, d->now_ms)) {
        door_reply_too_fast(d, r);
        return false;
    }
    door_noise(d, what);
    /* Nothing but what is durable has been looked at: it may leave when it likes. */
    if (!fair_refusal(d) && node_durable(d->node) >= node_applied(d->node)) {
        request_reply_problem(r, &p);
        request_release_late(r);
        return false;
    }
    door_reply_problem(d, r, &p);
    return false;
}

struct query { struct match *m; const char *bad; bool secret; char name[PARAMETER_ROOM]; };

static bool take_parameter(void *context, struct text name, struct text value) {
    struct query *q = context;
    static const char *const secrets[] = {"token", "access_token", "authorization", "bearer", "session"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (text_is(name, secrets[i])) q->secret = true;
    struct append shown = append_fixed(q->name, sizeof q->name - 1);
    append_bytes(&shown, name.at, name.size < sizeof q->name - 1 ? name.size : sizeof q->name - 1);
    q->name[shown.size] = '\0';
    for (unsigned i = 0; i < ROUTE_PARAMETERS && q->m->route->parameters[i] != NULL; i++) {
        if (!text_is(name, q->m->route->parameters[i])) continue;
        if (q->m->given[i]) q->bad = "is given twice";
        else if (value.size >= PARAMETER_ROOM) q->bad = "is too long";
        if (q->bad != NULL) return false;
        q->m->given[i] = true;
        memcpy(q->m->parameters[i], value.at, value.size);
        q->m->parameters[i][value.size] = '\0';
        return true;
    }
    q->bad = "is no parameter of this resource";
    return false;
}

static bool read_query(struct door *d, struct request *r, struct match *m) {
    struct query q = {.m = m};
    request_query(r, take_parameter, &q);
    if (q.secret)
        return refuse(d, r, NOISE_TOKEN, (struct problem){.status = 400, .code = "malformed", .field = TEXT("query"),
            .rule = TEXT("a token never goes into a URL, where logs and histories keep it; it belongs in the header Authorization")});
    if (q.bad == NULL) return true;
    return refuse(d, r, NOISE_SYNTAX, (struct problem){.status = 400, .code = "malformed", .field = TEXT("query"), .rule = text_of(q.bad),
                                                       .value = text_of(q.name), .has_value = true});
}

/* The token of whoever collects figures: it opens nothing else. */
static bool is_metrics_token(const struct door *d, const struct request *r) {
    struct text value;
    if (!d->has_metrics_token || !request_header(r, "Authorization", &value)) return false;
    if (value.size < 7 || strncasecmp(value.at, "Bearer ", 7) != 0) return false;
    struct hash h = sha256_of(value.at + 7, value.size - 7);
    return sodium_memcmp(h.bytes, d->metrics_token.bytes, sizeof h.bytes) == 0;
}

static bool read_caller(struct door *d, struct request *r, struct match *m) {
    struct text token;
    m->caller.party = PARTY_NONE;
    if (m->route->access == ACCESS_OPEN) return true;
    if (m->route->access == ACCESS_OPERATOR && is_metrics_token(d, r)) return true;
    const char *bad = door_token(r, &token);
    if (bad == NULL && token.size > 0) {
        m->caller.known = sessions_find(d->sessions, node_state(d->node), token, clock_now(&d->clock), &m->caller.session);
        if (m->caller.known) {
            m->caller.party = m->caller.session.party;
            report_text(request_members(r), "party", name_text(&m->caller.session.party_name));
        } else bad = "is unknown, expired, or its key is no longer valid";
        if (m->caller.known && m->caller.session.feeds_only && m->route->access != ACCESS_FEED && m->route->access != ACCESS_EITHER)
            bad = "is of a key that feeds only: it sends frames and reads nothing";
    }
    bool needed = m->route->access == ACCESS_PARTY || m->route->access == ACCESS_FEED ||
                  (m->route->access == ACCESS_OPERATOR && !(d->settings.metrics_local && request_from_loopback(r)));
    if (bad == NULL && !m->caller.known && needed) bad = "is needed: open a session first";
    if (bad != NULL)
        return refuse(d, r, NOISE_TOKEN, (struct problem){.status = 401, .code = "unauthentic", .field = TEXT("Authorization"), .rule = text_of(bad)});
    if (m->route->access == ACCESS_OPERATOR && m->caller.known && m->caller.party != PARTY_OPERATOR) {
        struct problem p = problem_unknown();
        door_reply_problem(d, r, &p);
        return false;
    }
    return true;
}

static bool within_rate(struct door *d, struct request *r, const struct caller *c) {
    uint8_t address[16];
    request_address(r, address);
    if (c->known ? limiter_party(d->limiter, c->party, d->now_ms) : limiter_address(d->limiter, address, d->now_ms)) return true;
    door_reply_too_fast(d, r);
    return false;
}

static bool fits_body(struct door *d, struct request *r, const struct route *route) {
    size_t size = request_body(r).size;
    if (size > route->body_most)
        return refuse(d, r, NOISE_SYNTAX, (struct problem){.status = route->body_most == 0 ? 400 : 413, .code = route->body_most == 0 ? "malformed" : "too-large",
            .field = TEXT("body"), .rule = route->body_most == 0 ? TEXT("this takes none") : TEXT("is longer than this resource takes")});
    if (route->body_most > 0 && !door_is_json(r))
        return refuse(d, r, NOISE_SYNTAX, (struct problem){.status = 415, .code = "unsupported", .field = TEXT("Content-Type"), .rule = TEXT("is not application/json")});
    return true;
}

void door_handle(void *context, struct request *r) {
    struct door *d = context;
    struct route_found found;
    if (d->ended) {
        request_reply_problem(r, &(struct problem){.status = 503, .code = "busy", .rule = TEXT("the server is going away")});
        request_release(r);
        return;
    }
    router_find(door_routes, door_route_count, request_method(r), request_path(r), &found);
    if (found.route == NULL) {
        struct problem p = problem_unknown();
        if (found.allow[0] != '\0') {
            p = (struct problem){.status = 405, .code = "method", .field = TEXT("method"), .rule = TEXT("the header Allow names those that are")};
            request_add_header(r, "Allow", found.allow);
        }
        (void)refuse(d, r, NOISE_PATH, p);
        return;
    }
    /* The route, not the path: what somebody pastes into a path may be a token. */
    report_text(request_members(r), "route", text_of(found.route->pattern));
    struct match m = {.route = found.route};
    memcpy(m.segments, found.segments, sizeof m.segments);
    if (!read_query(d, r, &m) || !fits_body(d, r, found.route)) return;
    if (!read_caller(d, r, &m)) return;
    if (!within_rate(d, r, &m.caller)) return;
    if (m.caller.known) request_trust(r, m.caller.party);
    fair_handle(d, r, &m);
}

/* A long body: what can be said before it comes is said before it is kept. */
struct problem door_admit(void *context, struct request *r, uint64_t length) {
    struct door *d = context;
    struct route_found found;
    struct text token;
    struct session session;
    router_find(door_routes, door_route_count, request_method(r), request_path(r), &found);
    if (found.route == NULL && found.allow[0] == '\0') return problem_unknown();
    if (found.route == NULL) return (struct problem){.status = 405, .code = "method", .field = TEXT("method"), .rule = TEXT("is none of this resource's")};
    if (found.route->body_most == 0) return (struct problem){.status = 400, .code = "malformed", .field = TEXT("body"), .rule = TEXT("this takes none")};
    if (length > found.route->body_most)
        return (struct problem){.status = 413, .code = "too-large", .field = TEXT("body"), .rule = TEXT("is longer than this resource takes")};
    if (length <= DOOR_STRANGER_BODY && found.route->access == ACCESS_EITHER) return (struct problem){.status = 0};
    bool known = door_token(r, &token) == NULL && token.size > 0 &&
                 sessions_find(d->sessions, node_state(d->node), token, clock_now(&d->clock), &session);
    if (known) {
        request_trust(r, session.party);
        return (struct problem){.status = 0};
    }
    return (struct problem){.status = 401, .code = "unauthentic", .field = TEXT("Authorization"),
                            .rule = TEXT("a body this long needs a session: 256 KiB without one")};
}
