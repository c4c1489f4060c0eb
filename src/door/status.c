/* GET /v1/status: what the state says of itself (core/view_status.c), what of it wants attention, and for the operator what the server alone knows. */
#include <assert.h>
#include <time.h>

#include "door/attention.h"
#include "door/door.h"
#include "door/limits.h"

static void own_quotas(struct attention *a, const struct state *st, uint16_t party) {
    struct text whose = name_text(state_party_name(st, party));
    for (unsigned q = 0; q < FIGURES_QUOTAS; q++) attention_fill(a, whose, figures_quota_name(q), figures_used(st, party, q), figures_share(st, q));
}

static void judge_own(struct attention *a, struct door *d, uint16_t party) {
    const struct state *st = node_state(d->node);
    struct figures_readbacks late;
    figures_readbacks(st, party, &late);
    struct figures_own own;
    figures_own(st, party, &own);
    attention_readbacks(a, &late);
    attention_own(a, &own);
    own_quotas(a, st, party);
    attention_fills_done(a);
}

static void judge_all(struct attention *a, struct door *d, const struct figures *g, const struct node_numbers *n) {
    const struct state *st = node_state(d->node);
    struct figures_readbacks late;
    instant from, until;
    figures_readbacks(st, PARTY_NONE, &late);
    attention_readbacks(a, &late);
    attention_watch(a, g);
    for (int i = 0; i < FIGURES_TABLES; i++) attention_fill(a, (struct text){0}, g->tables[i].name, g->tables[i].used, g->tables[i].capacity);
    for (uint16_t p = 0; p < state_party_count(st); p++) own_quotas(a, st, p);
    attention_fills_done(a);
    attention_disk(a, n, disk_watch_seconds(d), disk_watch_over(d));
    attention_snapshots(a, n, state_time(st));
    attention_log(a, n, g->timer_late_ns, g->tick_ns);
    scrubber_attention(a, &d->scrubber);
    witnesses_attention(a, d->witnesses, d->node);
    attention_steps(a, node_slow_steps(d->node), state_time(st));
    if (http_certificate_validity(d->http, &from, &until)) attention_certificate(a, until, clock_now(&d->clock));
}

static void put_ms(struct append *out, int64_t ns) {
    append_str(out, ",\"ms\":");
    append_fixed_point(out, ns / 1000, 3);
}

/* Of each kind the slowest ones, the kind with the slowest first. */
static void put_steps(const struct slow_steps *s, struct append *out) {
    enum statement_kind kinds[STATEMENT_KINDS];
    unsigned count = slow_steps_sorted(s, kinds);
    append_format(out, ",\"steps\":{\"count\":%llu,\"over\":%llu,\"over_ms\":", (unsigned long long)s->steps, (unsigned long long)s->over);
    append_fixed_point(out, LIMIT_STEP_NS / 1000, 3);
    append_str(out, ",\"kinds\":[");
    for (unsigned i = 0; i < count; i++) {
        append_format(out, "%s{\"kind\":\"%s\",\"count\":%llu,\"over\":%llu,\"slowest\":[", i ? "," : "", statement_kind_name(kinds[i]),
                      (unsigned long long)s->of[kinds[i]].steps, (unsigned long long)s->of[kinds[i]].over);
        for (uint32_t k = 0; k < s->of[kinds[i]].count; k++) {
            const struct slow_step *x = &s->of[kinds[i]].worst[k];
            append_format(out, "%s{\"order\":", k ? "," : "");
            if (x->order > 0) append_decimal(out, (int64_t)x->order);
            else append_str(out, "null");
            append_str(out, ",\"time\":\"");
            append_instant(out, x->time);
            append_char(out, '"');
            put_ms(out, x->ns);
            append_char(out, '}');
        }
        append_str(out, "]}");
    }
    append_str(out, "]}");
}

static void put_disk(const struct door *d, const struct node_numbers *n, struct append *out) {
    int64_t left = disk_watch_seconds(d);
    append_format(out, "\"disk\":{\"free_bytes\":%llu,\"reserve_bytes\":%llu,\"known\":%s,\"grows\":%s,\"left_s\":", (unsigned long long)n->disk_free,
                  (unsigned long long)n->disk_reserve, n->disk_unknown ? "false" : "true", left == INT64_MAX ? "false" : "true");
    if (left < 0 || left == INT64_MAX) append_str(out, "null");
    else append_decimal(out, left);
    append_format(out, ",\"over_s\":%lld}", (long long)disk_watch_over(d));
}

static void put_snapshot(const struct node_numbers *n, instant now, struct append *out) {
    append_str(out, ",\"snapshot\":{\"order\":");
    if (n->snapshot_order == 0) {
        append_str(out, "null,\"time\":null,\"age_s\":null");
    } else {
        append_format(out, "%llu,\"time\":\"", (unsigned long long)n->snapshot_order);
        append_instant(out, n->snapshot_time);
        append_format(out, "\",\"age_s\":%lld", (long long)((now - n->snapshot_time) / INSTANT_SECOND));
    }
    append_format(out, ",\"bytes\":%llu,\"behind\":%llu,\"written\":%llu,\"failed\":%llu,\"unusable\":%llu}", (unsigned long long)n->snapshot_bytes,
                  (unsigned long long)(n->applied - n->snapshot_order), (unsigned long long)n->snapshots, (unsigned long long)n->snapshots_failed,
                  (unsigned long long)n->snapshots_passed);
}

static void put_server(struct door *d, const struct figures *g, const struct node_numbers *n, struct append *out) {
    append_format(out, ",\"server\":{\"version\":\"%s\",\"up_s\":%lld,", PARLEY_VERSION, (long long)(time(NULL) - d->started_s));
    put_disk(d, n, out);
    put_snapshot(n, state_time(node_state(d->node)), out);
    scrubber_render(&d->scrubber, out);
    put_steps(node_slow_steps(d->node), out);
    witnesses_render(d->witnesses, d->node, out);
    append_format(out, ",\"searches\":{\"waiting\":%llu,\"oldest_statements\":%llu}", (unsigned long long)n->backlog, (unsigned long long)n->backlog_age);
    append_str(out, ",\"world\":{\"url\":");
    append_json_string(out, g->world.url);
    append_format(out, ",\"constraints\":%u,\"intents\":%u,\"coarse\":%u,\"waiting\":%u}", g->world.constraints, g->world.intents, g->world.coarse, g->world.waits);
    append_format(out, ",\"queued\":%llu,\"timers\":{\"used\":%u,\"capacity\":%u,\"late_s\":", (unsigned long long)n->queued, g->timers, g->timers_room);
    append_fixed_point(out, g->timer_late_ns / 1000000, 3);
    append_format(out, "},\"holds_unanswered\":%u,\"feeds_silent\":%u,\"tracks_silent\":%u}", g->holds_unanswered, g->feeds_silent, g->tracks_silent);
}

void status_get(struct door *d, struct request *r, const struct match *m) {
    const struct state *st = node_state(d->node);
    struct attention a = {.count = 0};
    struct append body = append_growing(DOOR_REPLY_BYTES);
    struct fault f;
    bool operator_ = m->caller.party == PARTY_OPERATOR;
    result read = view_render(st, m->caller.party, VIEW_STATUS, NULL, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    assert(body.at[body.size - 1] == '}');
    body.size--; /* one object: the server's members stand behind the state's */
    attention_clock(&a, clock_unsure(&d->clock), clock_error_ns(&d->clock));
    if (operator_) {
        struct figures g;
        struct node_numbers n;
        figures_take(st, &g);
        node_numbers(d->node, &n);
        judge_all(&a, d, &g, &n);
        put_server(d, &g, &n, &body);
    } else {
        judge_own(&a, d, m->caller.party);
    }
    append_str(&body, ",\"attention\":");
    attention_render(&a, &body);
    append_str(&body, "}\n");
    door_reply_json(d, r, &body);
}
