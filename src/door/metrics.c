#include "door/door.h"
#include "door/report.h"

#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

static void figure(struct append *out, const char *name, const char *type, const char *help, uint64_t value) {
    append_format(out, "# HELP parley_%s %s\n# TYPE parley_%s %s\nparley_%s %llu\n", name, help, name, type, name, (unsigned long long)value);
}

static void heading(struct append *out, const char *name, const char *help) {
    append_format(out, "# HELP parley_%s %s\n# TYPE parley_%s counter\n", name, help, name);
}

static void node_figures(struct door *d, struct append *out) {
    struct node_numbers n;
    node_numbers(d->node, &n);
    figure(out, "applied", "gauge", "Order number applied to the state.", n.applied);
    figure(out, "durable", "gauge", "Order number up to which the journal is durable.", n.durable);
    figure(out, "log_size", "gauge", "Ticks in the log.", node_log_size(d->node));
    figure(out, "batches_total", "counter", "Batches written.", n.batches);
    figure(out, "journal_written_bytes_total", "counter", "Bytes written to the journal.", n.bytes_written);
    figure(out, "queued", "gauge", "Statements between proposal and order.", n.queued);
    figure(out, "refused_busy_total", "counter", "Statements not taken: queue full.", n.refused_busy);
    figure(out, "refused_full_total", "counter", "Statements not taken: disk full.", n.refused_full);
    figure(out, "syncs_total", "counter", "Synced writes.", n.syncs);
    figure(out, "disk_free_bytes", "gauge", "Free space of the file system.", n.disk_free);
    figure(out, "disk_reserve_bytes", "gauge", "Space kept for ticks, acknowledgements and notices.", n.disk_reserve);
    figure(out, "journal_bytes", "gauge", "Size of the journal.", n.journal_bytes);
    append_format(out, "# HELP parley_write_seconds_total Time spent in writes.\n# TYPE parley_write_seconds_total counter\nparley_write_seconds_total %llu.%09llu\n",
                  (unsigned long long)(n.write_ns_sum / 1000000000), (unsigned long long)(n.write_ns_sum % 1000000000));
    append_format(out, "# HELP parley_write_longest_seconds Longest write since the start.\n# TYPE parley_write_longest_seconds gauge\nparley_write_longest_seconds %llu.%09llu\n",
                  (unsigned long long)(n.write_ns_max / 1000000000), (unsigned long long)(n.write_ns_max % 1000000000));
}

static void http_figures(struct door *d, struct append *out) {
    struct http_numbers h;
    http_numbers(d->http, &h);
    figure(out, "http_connections_total", "counter", "Connections accepted.", h.accepted);
    figure(out, "http_connections", "gauge", "Connections open.", h.open);
    figure(out, "http_requests_total", "counter", "Requests begun.", h.requests);
    figure(out, "http_swept_total", "counter", "Connections closed for being too slow.", h.swept);
    figure(out, "http_body_bytes", "gauge", "Bytes of bodies under way.", h.bodies_bytes);
    heading(out, "http_replies_total", "Replies by class of status.");
    for (unsigned i = 1; i < 6; i++) append_format(out, "parley_http_replies_total{class=\"%uxx\"} %llu\n", i, (unsigned long long)h.by_class[i]);
}

void metrics_get(struct door *d, struct request *r, const struct match *m) {
    static const char *const verdicts[] = {"accepted", "pending", "repeated", "refused"};
    struct append body = append_growing(256 * 1024);
    (void)m;
    node_figures(d, &body);
    http_figures(d, &body);
    heading(&body, "statements_total", "Statements answered, by verdict.");
    for (unsigned i = 0; i < 4; i++) append_format(&body, "parley_statements_total{verdict=\"%s\"} %llu\n", verdicts[i], (unsigned long long)d->numbers.statements[i]);
    heading(&body, "noise_total", "Requests refused as noise, by kind; they are counted and not recorded.");
    for (unsigned i = 0; i < NOISES; i++) append_format(&body, "parley_noise_total{kind=\"%s\"} %llu\n", noise_name((enum noise)i), (unsigned long long)d->numbers.noise[i]);
    figure(&body, "frames_total", "counter", "Position frames sent on.", d->numbers.frames);
    figure(&body, "positions_total", "counter", "Positions in them.", d->numbers.positions);
    figure(&body, "unknown_outcomes_total", "counter", "Statements whose order was refused or is unknown.", d->numbers.unknown);
    figure(&body, "sessions", "gauge", "Sessions in the table.", sessions_count(d->sessions));
    figure(&body, "event_readers", "gauge", "Readers of events.", events_readers(d->events));
    figure(&body, "event_bytes", "gauge", "Bytes held for readers of events.", events_bytes(d->events));
    figure(&body, "replies_waiting", "gauge", "Replies that wait for the journal.", d->waiting_count);
    figure(&body, "answers_outstanding", "gauge", "Statements whose answer is awaited.", tickets_out(d->tickets));
    figure(&body, "log_lines_total", "counter", "Lines of the server's log.", report_lines());
    figure(&body, "log_lines_lost_total", "counter", "Lines left out of the log because nobody read them.", report_lost());
    figure(&body, "clock_unsure", "gauge", "1: the clock jumped and awaits a clock statement.", clock_unsure(&d->clock));
    figure(&body, "clock_error_ns", "gauge", "What the system says of its clock's error.", (uint64_t)clock_error_ns(&d->clock));
    door_reply(d, r, 200, PROMETHEUS, &body);
}

void metrics_healthy(struct door *d, struct request *r, const struct match *m) {
    (void)m;
    struct append body = append_growing(64);
    append_str(&body, d->draining ? "draining\n" : "ok\n");
    door_reply(d, r, d->draining ? 503 : 200, "text/plain; charset=utf-8", &body);
}

void metrics_openapi(struct door *d, struct request *r, const struct match *m) {
    (void)m;
    struct append body = append_growing(openapi_json_size + 1);
    append_bytes(&body, openapi_json, openapi_json_size);
    door_reply_json(d, r, &body);
}
