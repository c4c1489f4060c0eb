#include "door/door.h"
#include "door/exposition.h"
#include "door/limits.h"
#include "door/shed.h"

#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

static void figure(struct append *out, const char *name, const char *type, const char *help, uint64_t value) { exposition_number(out, name, type, help, value); }

static void heading(struct append *out, const char *name, const char *help) {
    exposition_head(out, name, "counter", help);
}

static void http_figures(struct door *d, struct append *out) {
    struct http_numbers h;
    http_numbers(d->http, &h);
    figure(out, "http_connections_total", "counter", "Connections accepted.", h.accepted);
    heading(out, "http_turned_away_total", "Connections closed as they came, by what was exceeded.");
    for (unsigned i = 0; i < TURNEDS; i++) append_format(out, "parley_http_turned_away_total{why=\"%s\"} %llu\n", turned_name((enum turned)i), (unsigned long long)h.turned[i]);
    figure(out, "http_evicted_total", "counter", "Connections closed to make room for others.", h.evicted);
    figure(out, "http_silent_total", "counter", "Connections that ended and had asked nothing.", h.silent);
    figure(out, "http_unanswered_total", "counter", "Requests whose connection ended before a reply was begun.", h.unanswered);
    figure(out, "http_broken_off_total", "counter", "Replies whose connection ended before their last byte.", h.broken_off);
    figure(out, "http_bodies_refused_total", "counter", "Requests refused because too many bytes of bodies were under way.", h.bodies_refused);
    figure(out, "http_replies_refused_total", "counter", "Replies refused because too many bytes of replies were under way.", h.replies_refused);
    figure(out, "http_replies_queued_total", "counter", "Replies that waited a turn because others of the same party, manager or address left, while several asked.", h.replies_queued);
    figure(out, "http_replies_turn_most", "gauge", "Most replies of one party, manager or address that left in one turn while several asked.", h.replies_turn_most);
    figure(out, "http_replies_held_bytes", "gauge", "Bytes of long replies under way.", h.replies_held);
    figure(out, "http_late", "gauge", "Refusals that are told late, waiting.", h.late);
    figure(out, "http_late_total", "counter", "Refusals that were told late.", h.late_total);
    figure(out, "http_throttled", "gauge", "Bodies that wait to be read on.", h.throttled);
    figure(out, "http_throttled_total", "counter", "Times that a body had to wait to be read on.", h.throttled_total);
    figure(out, "http_connections", "gauge", "Connections open.", h.open);
    figure(out, "http_requests_total", "counter", "Requests begun.", h.requests);
    figure(out, "http_swept_total", "counter", "Connections closed for being too slow.", h.swept);
    heading(out, "http_slow_total", "The same, by what they were at.");
    for (unsigned i = 0; i < LINK_PHASES; i++) append_format(out, "parley_http_slow_total{at=\"%s\"} %llu\n", phase_name((enum link_phase)i), (unsigned long long)h.slow[i]);
    figure(out, "http_refused_total", "counter", "Requests refused for their form, before any handler.", h.refused);
    figure(out, "http_reply_bytes_total", "counter", "Bytes of replies that are over.", h.reply_bytes);
    exposition_histogram(out, "http_answer_seconds", "From the request line until the reply began.", &h.answer_ns);
    figure(out, "http_body_bytes", "gauge", "Bytes of bodies under way.", h.bodies_bytes);
    heading(out, "http_replies_total", "Replies by class of status.");
    for (unsigned i = 1; i < 6; i++) append_format(out, "parley_http_replies_total{class=\"%uxx\"} %llu\n", i, (unsigned long long)h.by_class[i]);
}

static void fair_figures(struct door *d, struct append *out) {
    struct fair_numbers q;
    fair_numbers(d->fair, &q);
    figure(out, "requests_queued", "gauge", "Requests that wait for their caller's turn.", q.waiting);
    figure(out, "requests_queued_total", "counter", "Requests that had to wait for it.", q.queued);
    figure(out, "requests_paced_total", "counter", "Requests after which their caller had to wait: they took long and others were there.", q.paced);
    figure(out, "requests_before_most", "gauge", "Most requests of other parties and managers that ran while one waited that was its caller's only one of its kind and could have run.", q.before_most);
    figure(out, "requests_gone_total", "counter", "Requests not served because their sender had closed his side while they queued.", q.gone);
    figure(out, "requests_aside_total", "counter", "Requests whose body was read by the reader's thread because it is long.", q.aside);
    exposition_seconds(out, "request_aside_longest_seconds", "gauge", "Longest time of the reader's thread that one body took.", q.aside_longest_us * 1000);
    exposition_seconds(out, "request_longest_seconds", "gauge", "Longest time of the loop that one request took.", q.longest_us * 1000);
}

static void token_figures(struct door *d, struct append *out) {
    struct bearer_numbers n;
    if (d->bearers == NULL) return;
    bearers_numbers(d->bearers, &n);
    figure(out, "token_keys", "gauge", "Keys of issuers of access tokens in force.", n.keys);
    figure(out, "token_keys_passed_over", "gauge", "Keys of their sets that are of no use here.", n.passed);
    heading(out, "tokens_total", "Access tokens, by how they were judged: remembered, verified; those of both that were refused.");
    append_format(out, "parley_tokens_total{how=\"seen\"} %llu\nparley_tokens_total{how=\"verified\"} %llu\nparley_tokens_total{how=\"refused\"} %llu\n",
                  (unsigned long long)n.seen, (unsigned long long)n.verified, (unsigned long long)n.refused);
    figure(out, "token_key_fetches_total", "counter", "Key sets that came by URL.", n.fetched);
    figure(out, "token_key_fetches_failed_total", "counter", "Fetches that failed, or brought what cannot be used.", n.fetches_failed);
}

static void dss_figures(struct door *d, struct append *out) {
    if (d->dss == NULL) return;
    heading(out, "dss_requests_total", "Requests of F3548-21 and F3411, by route and status.");
    dss_metrics(d->dss, out);
}

void metrics_get(struct door *d, struct request *r, const struct match *m) {
    static const char *const verdicts[] = {"accepted", "pending", "repeated", "refused"};
    struct append body = append_growing(DOOR_REPLY_BYTES);
    (void)m;
    metrics_node(d, &body);
    http_figures(d, &body);
    heading(&body, "statements_total", "Statements answered, by verdict.");
    for (unsigned i = 0; i < 4; i++) append_format(&body, "parley_statements_total{verdict=\"%s\"} %llu\n", verdicts[i], (unsigned long long)d->numbers.statements[i]);
    heading(&body, "noise_total", "Requests refused as noise, by kind; they are counted and not recorded.");
    for (unsigned i = 0; i < NOISES; i++) append_format(&body, "parley_noise_total{kind=\"%s\"} %llu\n", noise_name((enum noise)i), (unsigned long long)d->numbers.noise[i]);
    figure(&body, "frames_total", "counter", "Position frames sent on.", d->numbers.frames);
    figure(&body, "positions_total", "counter", "Positions in them.", d->numbers.positions);
    figure(&body, "positions_shed_total", "counter", "Positions of frames that were taken without them: there were too many, or they had waited too long.", d->numbers.shed);
    figure(&body, "positions_refused_total", "counter", "Positions of frames that were not taken for want of room in a queue or on the disk; their senders were told to send them again.", d->numbers.positions_refused);
    figure(&body, "positions_ahead", "gauge", "Positions taken in and not durable yet.", shed_ahead(d->shed));
    figure(&body, "unknown_outcomes_total", "counter", "Statements whose order was refused or is unknown.", d->numbers.unknown);
    figure(&body, "refused_queue_total", "counter", "Statements and frames not taken for want of room in a queue.", d->numbers.refused_queue);
    figure(&body, "slow_replies_total", "counter", "Replies that began later than --slow-ms.", d->access.slow);
    figure(&body, "sessions", "gauge", "Sessions in the table.", sessions_count(d->sessions));
    figure(&body, "event_readers", "gauge", "Readers of events.", events_readers(d->events));
    figure(&body, "event_bytes", "gauge", "Bytes held for readers of events.", events_bytes(d->events));
    fair_figures(d, &body);
    token_figures(d, &body);
    dss_figures(d, &body);
    witnesses_metrics(d->witnesses, d->node, &body);
    figure(&body, "replies_waiting", "gauge", "Replies that wait for the journal.", d->waiting_count);
    figure(&body, "answers_outstanding", "gauge", "Statements whose answer is awaited.", tickets_out(d->tickets));
    door_reply(d, r, 200, PROMETHEUS, &body);
}

void metrics_healthy(struct door *d, struct request *r, const struct match *m) {
    (void)m;
    struct append body = append_growing(64);
    append_str(&body, d->draining ? "draining\n" : "ok\n");
    door_reply(d, r, d->draining ? 503 : 200, "text/plain; charset=utf-8", &body);
}

void metrics_openapi(struct door *d, struct request *r, const struct match *m) {
    bool dss = m->route->argument != 0;
    struct append body = append_growing((dss ? openapi_dss_json_size : openapi_json_size) + 1);
    append_bytes(&body, dss ? openapi_dss_json : openapi_json, dss ? openapi_dss_json_size : openapi_json_size);
    door_reply_json(d, r, &body);
}
