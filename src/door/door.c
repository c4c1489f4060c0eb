#include "door/door.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

#include "door/limits.h"
#include "door/report.h"
#include "log/monotonic.h"

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
    access_refused(r, p);
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
    request_reply_problem(r, &(struct problem){.status = 429, .code = "rate", .rule = TEXT("more requests a second than one party, manager or address may make")});
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
    if (!fair_refusal(d, DOOR_REQUEST_US) && node_durable(d->node) >= node_applied(d->node)) {
        request_reply_problem(r, &p);
        request_release_late(r);
        return false;
    }
    door_reply_problem(d, r, &p);
    return false;
}

struct query { struct match *m; const char *bad; bool secret, others; char name[PARAMETER_ROOM]; };

static bool take_parameter(void *context, struct text name, struct text value) {
    struct query *q = context;
    static const char *const secrets[] = {"token", "access_token", "authorization", "bearer", "session"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (text_is(name, secrets[i])) q->secret = true;
    struct append shown = append_fixed(q->name, sizeof q->name - 1);
    append_bytes(&shown, name.at, name.size < sizeof q->name - 1 ? name.size : sizeof q->name - 1);
    q->name[shown.size] = '\0';
    for (unsigned i = 0; i < DOOR_ROUTE_PARAMETERS && q->m->route->parameters[i] != NULL; i++) {
        if (!text_is(name, q->m->route->parameters[i])) continue;
        if (q->m->given[i]) q->bad = "is given twice";
        else if (value.size >= PARAMETER_ROOM) q->bad = "is too long";
        if (q->bad != NULL) return false;
        q->m->given[i] = true;
        memcpy(q->m->parameters[i], value.at, value.size);
        q->m->parameters[i][value.size] = '\0';
        return true;
    }
    if (q->others) return true; /* another system's clients may say more than we know */
    q->bad = "is no parameter of this resource";
    return false;
}

static bool read_query(struct door *d, struct request *r, struct match *m) {
    struct query q = {.m = m, .others = m->route->access >= ACCESS_VERSION};
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
    bool needed = m->route->access == ACCESS_PARTY || (m->route->access == ACCESS_LOG && !d->settings.log_open) || m->route->access == ACCESS_FEED ||
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

static result bearer_text(const struct request *r, struct text *jwt, struct fault *f) {
    struct text value;
    if (!request_header(r, "Authorization", &value)) return fail(f, RESULT_UNAUTHENTIC, "Authorization", "an access token is needed: \"Bearer \" and the token");
    if (value.size < 7 || strncasecmp(value.at, "Bearer ", 7) != 0) return fail(f, RESULT_UNAUTHENTIC, "Authorization", "the scheme is not Bearer");
    *jwt = (struct text){value.at + 7, value.size - 7};
    return OK;
}

/* Judging it would verify a signature: a hundred microseconds or more, for whoever likes to send one. */
static bool unseen_token(const struct door *d, const struct request *r) {
    struct text jwt;
    struct fault f;
    return result_is_ok(bearer_text(r, &jwt, &f)) && bearers_ready(d->bearers) && !bearers_seen(d->bearers, jwt);
}

/* An access token (token.h), before anything else of the request is judged: F3548-21 and F3411 want 401 and 403 first. */
static result bearer_of(struct door *d, const struct request *r, struct token *out, struct fault *f) {
    const struct token *token;
    struct text jwt;
    TRY(bearer_text(r, &jwt, f));
    TRY(bearers_check(d->bearers, jwt, clock_now(&d->clock), &token, f));
    *out = *token;
    return OK;
}

/* Why it may not call; the problem's texts lie in it. */
struct judged { struct problem problem; struct fault fault; char rule[896]; };

static void scope_names(struct append *out, uint32_t scopes, const char *between) {
    for (int s = 0, n = 0; s < SCOPES; s++)
        if (scopes >> s & 1) append_format(out, "%s %s", n++ > 0 ? between : "", token_scope_name((enum token_scope)s));
}
static void judge_scope(const struct route *route, const struct token *t, struct judged *out) {
    uint32_t scopes = (uint32_t)route->argument;
    if ((t->scopes & scopes) != 0) return;
    struct append rule = append_fixed(out->rule, sizeof out->rule);
    append_str(&rule, "this needs");
    scope_names(&rule, scopes, " or");
    append_str(&rule, t->scopes == 0 ? "; of the scopes that are known here the token has none" : "; of the scopes that are known here the token has");
    scope_names(&rule, t->scopes, " and");
    out->problem = (struct problem){.status = 403, .code = "forbidden", .field = TEXT("scope"), .rule = append_view(&rule)};
}
static void judge_bearer(struct door *d, const struct request *r, const struct route *route, struct token *t, struct judged *out) {
    struct fault *f = &out->fault;
    out->problem = (struct problem){.status = 0};
    if (!bearers_ready(d->bearers)) {
        out->problem = (struct problem){.status = 503, .code = "busy", .rule = TEXT("the keys of those who issue tokens have not come yet")};
    } else if (!result_is_ok(bearer_of(d, r, t, f))) {
        /* The issuer's keys may be new. */
        if (strcmp(f->field, "kid") == 0 || strcmp(f->field, "signature") == 0) key_courier_poke(d->courier, d->now_ms);
        out->problem = (struct problem){.status = 401, .code = "unauthentic", .field = text_of(f->field), .rule = text_of(f->message)};
    } else {
        judge_scope(route, t, out);
    }
}

static bool read_bearer(struct door *d, struct request *r, struct match *m) {
    struct judged j;
    m->caller.party = PARTY_NONE;
    if (m->route->access == ACCESS_VERSION) return true;
    judge_bearer(d, r, m->route, &m->caller.token, &j);
    if (j.problem.status == 503) {
        door_reply_problem(d, r, &j.problem);
        return false;
    }
    struct text subject = {m->caller.token.subject, m->caller.token.subject_size};
    if (j.problem.status != 401) report_text(request_members(r), "subject", subject);
    if (j.problem.status != 0) return refuse(d, r, NOISE_TOKEN, j.problem);
    m->caller.bearer = true;
    m->caller.manager = managers_row(d->managers, subject, d->now_ms);
    return true;
}

static bool within_rate(struct door *d, struct request *r, const struct caller *c) {
    uint8_t address[16];
    request_address(r, address);
    if (c->bearer ? limiter_manager(d->limiter, c->manager, d->now_ms)
                  : c->known ? limiter_party(d->limiter, c->party, d->now_ms) : limiter_address(d->limiter, address, d->now_ms))
        return true;
    door_reply_too_fast(d, r);
    return false;
}

static bool fits_body(struct door *d, struct request *r, const struct route *route) {
    size_t size = request_body(r).size;
    if (size > route->body_most)
        return refuse(d, r, NOISE_SYNTAX, (struct problem){.status = route->body_most == 0 ? 400 : 413, .code = route->body_most == 0 ? "malformed" : "too-large",
            .field = TEXT("body"), .rule = route->body_most == 0 ? TEXT("this takes none") : TEXT("is longer than this resource takes")});
    /* Clients of other doors do not all say what they send; what is no JSON is told so when it is read. */
    if (route->body_most > 0 && route->access < ACCESS_VERSION && !door_is_json(r))
        return refuse(d, r, NOISE_SYNTAX, (struct problem){.status = 415, .code = "unsupported", .field = TEXT("Content-Type"), .rule = TEXT("is not application/json")});
    return true;
}

static void find_route(const struct door *d, const struct request *r, struct route_found *out) {
    router_find(door_routes, door_route_count, request_method(r), request_path(r), out);
    bool theirs = out->allow[0] == '\0' || problem_is_message(request_path(r));
    if (out->route == NULL && theirs && d->dss != NULL) dss_find(d->dss, request_method(r), request_path(r), out);
}

/* No such path. That these doors are there, and closed, is the operator's choice and no secret (README.md); who comes to them is told what opens them. */
static struct problem no_route(const struct door *d, const struct request *r) {
    struct problem p = problem_unknown();
    if (d->dss == NULL && problem_is_message(request_path(r))) p.rule = TEXT("the doors of other systems are closed here: 'parley serve --token-key' opens them");
    return p;
}

/* From the caller on; F3548-21 and F3411 judge the token before anything else. */
static void judge_and_handle(struct door *d, struct request *r, struct match *m) {
    bool bearer = m->route->access >= ACCESS_VERSION;
    if ((bearer && !read_bearer(d, r, m)) || !read_query(d, r, m)) return;
    if (!fits_body(d, r, m->route) || (!bearer && !read_caller(d, r, m))) return;
    if (!within_rate(d, r, &m->caller)) return;
    if (m->caller.known || m->caller.bearer) request_trust(r, m->caller.bearer ? REQUEST_MANAGER + m->caller.manager : m->caller.party);
    fair_handle(d, r, m);
}

/* Whoever sends a token that was never seen is nobody until it is verified: that is a turn of his address, among those without a session. The request
 * itself has its manager's turn after it. */
static void verify_first(struct door *d, struct request *r, const struct match *m) {
    struct match own = *m;
    own.route = m->behind;
    own.behind = NULL;
    own.came_us = 0;
    judge_and_handle(d, r, &own);
}
static const struct route verifies = {.method = "", .pattern = "", .run = verify_first, .access = ACCESS_OPEN};

void door_handle(void *context, struct request *r) {
    struct door *d = context;
    struct route_found found;
    if (d->ended) {
        request_reply_problem(r, &(struct problem){.status = 503, .code = "busy", .rule = TEXT("the server is going away")});
        request_release(r);
        return;
    }
    find_route(d, r, &found);
    if (found.route == NULL) {
        struct problem p = no_route(d, r);
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
    if (found.route->access >= ACCESS_VERSION) request_mark(r, dss_mark(d->dss, found.route));
    if (found.route->access != ACCESS_BEARER || !unseen_token(d, r)) {
        judge_and_handle(d, r, &m);
        return;
    }
    m.behind = m.route;
    m.route = &verifies;
    m.caller.party = PARTY_NONE;
    fair_handle(d, r, &m);
}

/* The token of a long body's sender. What is wrong with it is kept with the request until it is told. One that was never seen is verified when the body is
 * there and its turn has come, as long as anybody may send so much; else here, of what those without a session may use. */
static struct problem admit_bearer(struct door *d, struct request *r, const struct route *route, uint64_t length) {
    static const struct problem busy = {.status = 503, .code = "busy", .rule = {"no memory left for this request", 31}};
    struct judged *j = calloc(1, sizeof *j);
    struct token t;
    uint8_t address[16];
    bool unseen = unseen_token(d, r);
    if (unseen && length <= DOOR_STRANGER_BODY && length <= route->body_most) {
        free(j);
        return (struct problem){.status = 0};
    }
    if (j == NULL) return busy;
    if (unseen && !fair_refusal(d, DOOR_VERIFY_US)) {
        free(j);
        return (struct problem){.status = 503, .code = "busy", .field = TEXT("Authorization"), .rule = TEXT("too many tokens that were never seen here wait to be verified: send again")};
    }
    judge_bearer(d, r, route, &t, j);
    if (j->problem.status == 0) {
        request_trust(r, REQUEST_MANAGER + managers_row(d->managers, (struct text){t.subject, t.subject_size}, d->now_ms));
        free(j);
        return (struct problem){.status = 0};
    }
    request_keep(r, j);
    request_address(r, address);
    if (limiter_address(d->limiter, address, d->now_ms)) return j->problem;
    return (struct problem){.status = 429, .code = "rate", .rule = TEXT("more requests a second than one address may make")};
}

static struct problem admit(void *context, struct request *r, uint64_t length) {
    struct door *d = context;
    struct route_found found;
    struct text token;
    struct session session;
    find_route(d, r, &found);
    if (found.route == NULL && found.allow[0] == '\0') return no_route(d, r);
    if (found.route == NULL) return (struct problem){.status = 405, .code = "method", .field = TEXT("method"), .rule = TEXT("is none of this resource's")};
    bool bearer = found.route->access == ACCESS_BEARER;
    if (bearer) {
        request_mark(r, dss_mark(d->dss, found.route));
        struct problem p = admit_bearer(d, r, found.route, length);
        if (p.status != 0) return p;
    }
    if (found.route->body_most == 0) return (struct problem){.status = 400, .code = "malformed", .field = TEXT("body"), .rule = TEXT("this takes none")};
    if (length > found.route->body_most)
        return (struct problem){.status = 413, .code = "too-large", .field = TEXT("body"), .rule = TEXT("is longer than this resource takes")};
    if (bearer) return (struct problem){.status = 0};
    if (length <= DOOR_STRANGER_BODY && found.route->access == ACCESS_EITHER) return (struct problem){.status = 0};
    bool known = door_token(r, &token) == NULL && token.size > 0 &&
                 sessions_find(d->sessions, node_state(d->node), token, clock_now(&d->clock), &session);
    if (known) {
        request_trust(r, session.party);
        return (struct problem){.status = 0};
    }
    return (struct problem){.status = 401, .code = "unauthentic", .field = TEXT("Authorization"),
                            .rule = TEXT("a body this long needs a session: " DOOR_SAID(DOOR_STRANGER_BODY) " bytes without one")};
}

/* A long body: what can be said before it comes is said before it is kept. */
struct problem door_admit(void *context, struct request *r, uint64_t length) {
    struct problem p = admit(context, r, length);
    if (p.status != 0) access_refused(r, &p);
    return p;
}
