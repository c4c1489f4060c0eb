/* A call at the doors of a DSS, as a request: path, and the bodies of F3548-21 (utm.yaml). The order of what is judged is that of the rules: the id, then the
 * body member by member; what needs the state (whose it is, versions, the key, times against now) is the step's. */
#include "core/dss_decode.h"

#include "core/decode_inner.h"
#include "core/dss_store.h"

#define DAY_NS INSTANT_DAY

result dss_body(const struct decoder *d, const struct dss_call *c, const struct json **top, struct fault *f) {
    if (c->body.size > LIMIT_BODY_BYTES) return fail(f, RESULT_TOO_LARGE, "", "has %zu bytes; at most %d", c->body.size, LIMIT_BODY_BYTES);
    if (c->body.size == 0) return fail(f, RESULT_MALFORMED, "", "is missing: it must be a JSON object");
    TRY(decode_json(d, c->body, JSON_OPEN, top, f));
    return (*top)->kind == JSON_OBJECT ? OK : fail(f, RESULT_MALFORMED, "", "must be a JSON object");
}

/* --- operational intents --- */

static const char *const states[] = {[DSS_ACCEPTED] = "Accepted", [DSS_ACTIVATED] = "Activated", [DSS_NONCONFORMING] = "Nonconforming", [DSS_CONTINGENT] = "Contingent"};

static result get_key(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    const struct json *list = NULL;
    void *room;
    size_t size = 0;
    uint32_t n = 0;
    TRY(json_get_array(top, "key", false, UINT32_MAX, &list, f));
    if (list == NULL) return OK;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        if (e->kind != JSON_STRING) return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "must be a string: an OVN"), "key", n);
        size += e->string.size;
    }
    TRY(decode_at(f, decode_room(d, n, sizeof(struct text), &room, f), "key"));
    struct text *key = room;
    TRY(decode_at(f, decode_room(d, size, 1, &room, f), "key"));
    char *at = room;
    n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), at += key[n++].size) {
        if (e->string.size > 0) memcpy(at, e->string.at, e->string.size);
        key[n] = (struct text){at, e->string.size};
    }
    out->key = key;
    out->key_count = n;
    return OK;
}

static result get_attachment(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    const struct json *fresh = NULL;
    TRY(dss_get_uuid(top, "subscription_id", false, 4, &out->has_subscription, &out->subscription, f));
    TRY(json_get_object(top, "new_subscription", false, &fresh, f));
    out->new_subscription = fresh != NULL;
    if (fresh != NULL && out->has_subscription) return fail(f, RESULT_MALFORMED, "/new_subscription", "and subscription_id are both there; at most one of them may be");
    if (fresh != NULL) {
        TRY(decode_at(f, dss_get_url(d, fresh, "uss_base_url", out->plain_http, &out->new_base_url, f), "new_subscription"));
        TRY(decode_at(f, json_get_bool(fresh, "notify_for_constraints", false, &out->new_for_constraints, f), "new_subscription"));
    }
    if (out->state != DSS_ACCEPTED && fresh == NULL && !out->has_subscription)
        return fail(f, RESULT_MALFORMED, "/subscription_id", "is missing, and so is new_subscription: the state '%s' needs one of them", states[out->state]);
    return OK;
}

static result put_intent(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    static const struct dss_rules rules = {.too_large = RESULT_RANGE, .heights = true, .times = true, .ordered = true};
    TRY(dss_get_url(d, top, "uss_base_url", out->plain_http, &out->base_url, f));
    TRY(dss_get_word(top, "state", states, DSS_INTENT_STATES, false, &out->state, f));
    if (!out->has_version && out->state != DSS_ACCEPTED)
        return fail(f, RESULT_MALFORMED, "/state", "'%s': an operational intent is created as 'Accepted'", states[out->state]);
    TRY(dss_get_volumes(d, top, "extents", &rules, &out->extent, f));
    TRY(get_key(d, top, out, f));
    TRY(dss_get_uuid(top, "requested_ovn_suffix", false, 7, &out->has_suffix, &out->suffix, f));
    return get_attachment(d, top, out, f);
}

/* --- constraints, subscriptions, queries --- */

static result put_constraint(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    static const struct dss_rules rules = {.too_large = RESULT_RANGE, .times = true, .ordered = true};
    TRY(dss_get_url(d, top, "uss_base_url", out->plain_http, &out->base_url, f));
    return dss_get_volumes(d, top, "extents", &rules, &out->extent, f);
}

static result get_volume(const struct decoder *d, const struct json *top, const char *name, enum result_code too_large, struct dss_request *out, struct fault *f) {
    const struct dss_rules rules = {.too_large = too_large, .ordered = true};
    const struct json *volume = NULL;
    TRY(json_get_object(top, name, true, &volume, f));
    return decode_at(f, dss_volume(d, volume, &rules, &out->extent, f), name);
}

static result put_subscription(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    TRY(dss_get_url(d, top, "uss_base_url", out->plain_http, &out->base_url, f));
    TRY(json_get_bool(top, "notify_for_operational_intents", false, &out->for_intents, f));
    TRY(json_get_bool(top, "notify_for_constraints", false, &out->for_constraints, f));
    if (!out->for_intents && !out->for_constraints)
        return fail(f, RESULT_MALFORMED, "/notify_for_operational_intents", "and notify_for_constraints are both false; at least one of them must be true");
    TRY(get_volume(d, top, "extents", RESULT_RANGE, out, f));
    int64_t length;
    if (out->extent.has_start && out->extent.has_end && (__builtin_sub_overflow(out->extent.end, out->extent.start, &length) || length > DAY_NS))
        return fail(f, RESULT_RANGE, "/extents/time_end/value", "'%.*s' is more than 24 hours after time_start",
                    DSS_SHOWN(json_member(json_member(json_member(top, "extents"), "time_end"), "value")->string));
    return OK;
}

static result query(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    enum result_code too_large = out->route->kind == DSS_INTENT ? RESULT_RANGE : RESULT_TOO_LARGE;
    return get_volume(d, top, "area_of_interest", too_large, out, f);
}

/* --- availability --- */

static result put_availability(const struct decoder *d, const struct json *top, struct dss_request *out, struct fault *f) {
    static const char *const words[] = {[DSS_UNKNOWN] = "Unknown", [DSS_NORMAL] = "Normal", [DSS_DOWN] = "Down"};
    TRY(dss_get_word(top, "availability", words, DSS_AVAILABILITIES, true, &out->availability, f));
    struct text version = {NULL, 0};
    TRY(json_get_text(top, "old_version", false, SIZE_MAX, &version, f));
    return decode_at(f, decode_keep(d, version, &out->old_version, f), "old_version");
}

/* --- reports: told back as they came, so every member that utm.yaml knows must be of its type --- */

static result check_exchange(const struct json *exchange, struct fault *f) {
    static const char *const roles[] = {"Client", "Server"}, *const texts[] = {"request_body", "response_body", "problem", "request_source"};
    const struct json *headers = NULL, *code = json_member(exchange, "response_code");
    struct text t;
    instant at;
    int64_t number, up;
    uint8_t role;
    bool has;
    uint32_t n = 0;
    TRY(json_get_text(exchange, "url", true, SIZE_MAX, &t, f));
    TRY(json_get_text(exchange, "method", true, SIZE_MAX, &t, f));
    TRY(dss_get_word(exchange, "recorder_role", roles, 2, false, &role, f));
    TRY(dss_get_time(exchange, "request_time", true, false, &has, &at, f));
    TRY(dss_get_time(exchange, "response_time", false, false, &has, &at, f));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) TRY(json_get_text(exchange, texts[i], false, SIZE_MAX, &t, f));
    TRY(json_get_array(exchange, "headers", false, UINT32_MAX, &headers, f));
    for (const struct json *e = json_first(headers); e != NULL; e = json_next(headers, e), n++)
        if (e->kind != JSON_STRING) return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "must be a string"), "headers", n);
    if (code == NULL) return OK;
    TRY(decode_at(f, json_rounded(code, JSON_DOWN, 0, INT32_MIN, INT32_MAX, &number, f), "response_code"));
    TRY(decode_at(f, json_rounded(code, JSON_UP, 0, INT32_MIN, INT32_MAX, &up, f), "response_code"));
    return number == up ? OK : fail(f, RESULT_MALFORMED, "/response_code", "%.*s must be a whole number", DSS_SHOWN(code->string));
}

/* The body without its own report_id: the server gives one. */
static result keep_report(const struct decoder *d, const struct json *top, struct text body, struct dss_request *out, struct fault *f) {
    void *room;
    struct text member;
    size_t at = 0;
    TRY(decode_room(d, body.size, 1, &room, f));
    struct append a = append_fixed(room, body.size);
    for (const struct json *m = json_first(top); decode_raw_walk(body, &at, &member); m = json_next(top, m)) {
        if (text_is(m->name, "report_id")) continue;
        append_char(&a, a.size == 0 ? '{' : ',');
        append_text(&a, member);
    }
    append_char(&a, '}');
    out->report = append_view(&a);
    return OK;
}

static result put_report(const struct decoder *d, const struct json *top, struct text body, struct dss_request *out, struct fault *f) {
    const struct json *exchange = NULL;
    TRY(json_get_object(top, "exchange", true, &exchange, f));
    TRY(decode_at(f, check_exchange(exchange, f), "exchange"));
    return keep_report(d, top, body, out, f);
}

/* --- by route --- */

static result decode_f3548(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f) {
    const struct dss_route *r = out->route;
    const struct json *top = NULL;
    if (r->action == DSS_GET || r->action == DSS_DELETE) return OK; /* a body has no meaning there */
    TRY(dss_body(d, c, &top, f));
    out->has_extent = r->kind <= DSS_SUBSCRIPTION;
    if (r->action == DSS_QUERY) return query(d, top, out, f);
    switch (r->kind) {
    case DSS_INTENT: return put_intent(d, top, out, f);
    case DSS_CONSTRAINT: return put_constraint(d, top, out, f);
    case DSS_SUBSCRIPTION: return put_subscription(d, top, out, f);
    case DSS_AVAILABILITY: return put_availability(d, top, out, f);
    default: return put_report(d, top, c->body, out, f);
    }
}

/* Who calls; and what the door has made of it. */
static result decode_caller(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f) {
    TRY(dss_plain_text(c->subject, LIMIT_DSS_NAME, "sub", f));
    TRY(dss_plain_text(c->issuer, LIMIT_DSS_URL, "iss", f));
    if (c->request.size > 0) TRY(dss_plain_text(c->request, LIMIT_DSS_NAME, "request", f));
    TRY(decode_keep(d, c->subject, &out->manager, f));
    TRY(decode_keep(d, c->issuer, &out->issuer, f));
    TRY(decode_keep(d, c->request, &out->request, f));
    out->scopes = c->scopes;
    out->plain_http = c->plain_http;
    memcpy(out->entropy, c->entropy, sizeof out->entropy);
    return OK;
}

static result named(struct fault *f, result r, const char *field) {
    if (!result_is_ok(r)) fault_prefix(f, field);
    return r;
}

static result decode_path(const struct decoder *d, const struct text segments[2], struct dss_request *out, struct fault *f) {
    struct text text = {NULL, 0};
    const char *field = out->route->kind == DSS_AVAILABILITY ? "uss_id" : "id";
    if (segments[0].at == NULL) return OK; /* a query, a report */
    TRY(named(f, dss_unescape(d, segments[0], &text, f), field));
    if (out->route->kind == DSS_AVAILABILITY) {
        out->uss = text;
        return dss_plain_text(text, LIMIT_DSS_NAME, field, f);
    }
    TRY(named(f, dss_uuid(text, 4, &out->id, f), field));
    if (out->route->kind == DSS_SUBSCRIPTION && out->route->action == DSS_PUT && id_equal(&out->id, &dss_id_none))
        return fail(f, RESULT_MALFORMED, "id", "stands for 'no subscription' in replies, so none may have it");
    out->has_version = out->route->versioned;
    if (!out->has_version) return OK;
    TRY(named(f, dss_unescape(d, segments[1], &out->version, f), "version"));
    if (out->version.size == 0 && out->route->action == DSS_DELETE) return fail(f, RESULT_MALFORMED, "version", "is missing at the path's end");
    return OK;
}

/* By whoever decodes, which for a long body is not the loop. */
static result reckon_grounds(const struct decoder *d, struct dss_extent *e, struct fault *f) {
    void *room;
    if (e->count == 0) return OK;
    TRY(decode_room(d, e->count, sizeof(struct box), &room, f));
    struct box *b = room;
    for (uint32_t i = 0; i < e->count; i++) dss_ground(&e->shapes[i], &b[i]);
    e->grounds = b;
    return OK;
}

result dss_decode(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f) {
    struct text segments[2];
    *out = (struct dss_request){.route = dss_route_find(c->method, c->path, segments)};
    if (out->route == NULL) return fail(f, RESULT_NOT_FOUND, "path", "'%.*s %.*s' is none of this server's routes", DSS_SHOWN(c->method), DSS_SHOWN(c->path));
    TRY(decode_caller(d, c, out, f));
    TRY(decode_path(d, segments, out, f));
    TRY(out->route->door == DSS_F3548 ? decode_f3548(d, c, out, f) : dss_decode_rid(d, c, out, f));
    return reckon_grounds(d, &out->extent, f);
}
