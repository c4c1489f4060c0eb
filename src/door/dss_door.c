/* A request of F3548-21 or F3411, once its token was taken: what only reads is answered from the state, what writes becomes a statement that the server
 * attests, and its answer is the reply that the step made. Either leaves when what it was computed from is durable. */
#include "door/dss_door.h"

#include <assert.h>

#include "base/rand.h"
#include "door/limits.h"
#include "door/reader.h"
#include "door/report.h"

struct dss_table *dss_new(void) { return dss_table_new(dss_reads, dss_writes); }
void dss_free(struct dss_table *t) { dss_table_free(t); }

/* ---- the call ---- */
/* All of it lives as long as the request or, what is the token's, as `m`; nothing is copied but the entropy. */
void dss_call_of(const struct door *d, const struct request *r, const struct match *m, struct dss_call *out) {
    const struct token *t = &m->caller.token;
    bool bodied = m->route->body_most > DOOR_SMALL_BODY;
    *out = (struct dss_call){.method = text_of(m->route->method), .path = request_path(r), .query = request_raw_query(r), .body = bodied ? request_body(r) : (struct text){"", 0},
                             .subject = {t->subject, t->subject_size}, .issuer = {t->issuer, t->issuer_size}, .scopes = dss_core_scopes(t->scopes),
                             .plain_http = d->settings.plain_http_urls, .request = request_id(r)};
    if (m->route->run == dss_writes) random_bytes(out->entropy, sizeof out->entropy);
}

/* These interfaces know 400 and 413 for what is wrong with a request by itself. */
static void reply_bad(struct door *d, struct request *r, const struct fault *f) {
    if (f->code != RESULT_MALFORMED && f->code != RESULT_RANGE && f->code != RESULT_UNSUPPORTED && f->code != RESULT_TOO_LARGE) {
        door_reply_fault(d, r, f);
        return;
    }
    struct problem p = problem_of(f);
    p.status = f->code == RESULT_TOO_LARGE ? 413 : 400;
    if (p.field.size == 0) p.field = TEXT("body");
    door_noise(d, NOISE_SYNTAX);
    door_reply_problem(d, r, &p);
}

/* ---- reading ---- */
static void reads_read(struct reading *g) {
    arena_reset(g->decoder.arena);
    g->taken = dss_decode(&g->decoder, &g->call, &g->query, &g->fault);
}
void dss_reads_read(const struct node *n, struct reading *g) {
    (void)n;
    reads_read(g);
}
void dss_reads_taken(struct door *d, struct request *r, const struct match *m, struct reading *g) {
    (void)m;
    if (!result_is_ok(g->taken)) {
        reply_bad(d, r, &g->fault);
        return;
    }
    struct append body = append_growing(DOOR_REPLY_BYTES);
    unsigned status = dss_read(node_state(d->node), &g->query, clock_now(&d->clock), &body);
    if (!body.full) {
        door_reply(d, r, status, "application/json", &body);
        return;
    }
    append_free(&body);
    door_reply_problem(d, r, &(struct problem){.status = 413, .code = "too-large", .rule = TEXT("the whole answer is longer than a reply may be; it is never cut short: ask for a smaller area")});
}
void dss_reads(struct door *d, struct request *r, const struct match *m) {
    struct reading g;
    reader_begin(d, r, m, &g);
    reads_read(&g);
    dss_reads_taken(d, r, m, &g);
}

/* ---- writing ---- */
static void answered(struct door *d, struct request *r, uint32_t index, const struct node_event *e) {
    (void)index;
    if (e->sequenced != SEQUENCED_ORDERED) {
        statements_reply_unordered(d, r, e->sequenced);
        return;
    }
    d->numbers.statements[e->outcome->verdict]++;
    report_number(request_members(r), "place", (int64_t)e->place);
    dss_asked(d->dss, request_id(r), e->place);
    struct append body = append_growing(e->reply.size);
    append_text(&body, e->reply);
    request_reply(r, e->outcome->status, "application/json", &body);
    door_send(d, r); /* the node tells an answer only when it is durable */
}

static result writes_parts(struct reading *g) {
    arena_reset(g->decoder.arena);
    return dss_parts(g->decoder.arena, &g->call, g->parts, &g->fault);
}
/* A body that breaks the record that it was put into is told by itself: its sender knows nothing of the record. It is read a second time only then. */
static void judge_bare(struct reading *g) {
    struct fault f;
    if (result_is_ok(g->taken) || strncmp(g->fault.field, "/request", 8) != 0) return;
    arena_reset(g->decoder.arena);
    if (!result_is_ok(dss_decode(&g->decoder, &g->call, &g->query, &f))) g->fault = f;
}
void dss_writes_read(const struct node *n, struct reading *g) {
    g->taken = writes_parts(g);
    if (result_is_ok(g->taken)) g->taken = node_read(n, g->aside, g->parts, 2, &g->fault);
    judge_bare(g);
}
void dss_writes_taken(struct door *d, struct request *r, const struct match *m, struct reading *g) {
    struct fault f = g->fault;
    result taken = g->taken;
    (void)m;
    if (result_is_ok(taken) && g->aside != NULL) taken = node_adopt(d->node, g->aside, &g->statement, &f);
    if (result_is_ok(taken)) {
        uint64_t ticket = tickets_take(d->tickets, r, answered, 0);
        taken = ticket == 0 ? fail(&f, RESULT_BUSY, "queue", "too many answers are outstanding") : node_submit_prepared(d->node, door_tick_first(d), ticket, &f);
        if (result_is_ok(taken)) return;
        if (ticket != 0) tickets_drop(d->tickets, ticket);
    }
    if (f.code == RESULT_BUSY) d->numbers.refused_queue++;
    reply_bad(d, r, &f);
}
void dss_writes(struct door *d, struct request *r, const struct match *m) {
    struct reading g;
    reader_begin(d, r, m, &g);
    g.taken = writes_parts(&g);
    if (result_is_ok(g.taken)) g.taken = node_prepare(d->node, g.parts, 2, &g.statement, &g.fault);
    judge_bare(&g);
    dss_writes_taken(d, r, m, &g);
}
