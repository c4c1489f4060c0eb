/* The doors of other systems. Here: what every DSS shows beside its standard (F3548-21 and F3411 clients ask it at the start). */
#include "door/door.h"
#include "door/report.h"

#define RID (SCOPE(RID_READ) | SCOPE(RID_WRITE))
#define SCOPE_ANY ((1 << SCOPES) - 1)

static void version_get(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(256);
    (void)m;
    append_str(&body, "{\"version\":\"parley/" PARLEY_VERSION "\"}");
    door_reply_json(d, r, &body);
}
/* Is this token what its bearer takes it for? */
static void validate_oauth(struct door *d, struct request *r, const struct match *m) {
    const struct token *t = &m->caller.token;
    struct append body = append_growing(64);
    if (m->given[0] && !text_is((struct text){t->subject, t->subject_size}, m->parameters[0])) {
        append_free(&body);
        door_reply_problem(d, r, &(struct problem){.status = 403, .code = "forbidden", .field = TEXT("owner"), .rule = TEXT("is not the token's \"sub\""),
                                                   .value = text_of(m->parameters[0]), .has_value = true});
        return;
    }
    append_str(&body, "{}");
    door_reply_json(d, r, &body);
}
/* One airspace representation: this log. Its hash is what no other server has. */
static void pool_get(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(256);
    (void)m;
    append_str(&body, "{\"dar_id\":\"");
    append_hex(&body, node_log_hash(d->node)->bytes, SHA256_SIZE);
    append_str(&body, "\"}");
    door_reply_json(d, r, &body);
}
static void system_version_get(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(1024);
    append_str(&body, "{\"system_identity\":");
    append_json_string(&body, m->segments[0]);
    append_str(&body, ",\"system_version\":\"parley/" PARLEY_VERSION "\"}");
    door_reply_json(d, r, &body);
}

const struct route aux_routes[] = {
    {"GET", "/aux/v1/version", version_get, ACCESS_VERSION, {NULL}, 0, 0},
    {"GET", "/aux/v1/validate_oauth", validate_oauth, ACCESS_BEARER, {"owner", NULL}, 0, RID},
    {"GET", "/aux/v1/pool", pool_get, ACCESS_BEARER, {NULL}, 0, SCOPE(POOL_STATUS)},
    {"GET", "/aux/v1/why/{}", why_own, ACCESS_BEARER, {NULL}, 0, SCOPE_ANY},
    {"GET", "/versions/{}", system_version_get, ACCESS_BEARER, {NULL}, 0, SCOPE(SYSTEM_VERSIONS)},
};
const size_t aux_route_count = sizeof aux_routes / sizeof aux_routes[0];

/* ---- the issuers' keys ---- */
static void tell_fetch(const struct door *d, enum report_level level, const char *event, uint32_t source, const char *why) {
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    report_text(&m, "url", text_of(bearers_source(d->bearers, source)));
    if (why != NULL) report_text(&m, "why", text_of(why));
    report(level, event, &m);
}
void aux_take_keys(struct door *d) {
    struct key_fetch x;
    struct fault f = {.code = RESULT_OK};
    while (key_courier_next(d->courier, &x)) {
        if (x.source >= d->settings.token_key_count) continue;
        bool ready = bearers_ready(d->bearers);
        if (x.failed) bearers_fetch_failed(d->bearers);
        else if (!result_is_ok(bearers_fetched(d->bearers, x.source, x.set, d->now_ms, &f))) snprintf(x.why, sizeof x.why, "%s", f.message);
        if (x.why[0] != '\0') tell_fetch(d, REPORT_WARNING, "token_keys_failed", x.source, x.why);
        else if (!ready && bearers_ready(d->bearers)) tell_fetch(d, REPORT_INFO, "token_keys", x.source, NULL);
    }
    if (!key_courier_died(d->courier)) return;
    key_courier_end(d->courier);
    d->courier = NULL;
    report(REPORT_ERROR, "key_courier_died", NULL); /* keys by URL go stale within the hour: the server wants a restart */
}
void aux_tick(struct door *d) {
    if (d->bearers == NULL) return;
    uint32_t gone = bearers_age(d->bearers, d->now_ms);
    char room[64];
    struct append m = append_fixed(room, sizeof room);
    report_number(&m, "sources", gone);
    if (gone > 0) report(REPORT_ERROR, "token_keys_stale", &m);
}
