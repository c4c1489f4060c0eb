/* Replies of the drone world's doors: their beginning, errors, and where they stand. */
#include "core/dss_store.h"

#include "core/bridge.h"
#include "core/sort.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- errors ---- */
static void append_member(struct append *body, const char *name, struct text value) {
    if (value.size == 0) return;
    append_format(body, ",\"%s\":", name);
    append_json_string(body, value);
}
void dss_error_open(struct append *body, const struct dss_error *e) {
    char room[512];
    int shown = e->field.size < 200 ? (int)e->field.size : 200;
    int n = shown > 0 ? snprintf(room, sizeof room, "%.*s: %s", shown, e->field.at, e->why) : snprintf(room, sizeof room, "%s", e->why);
    append_str(body, "{\"message\":");
    append_json_string(body, (struct text){room, n < (int)sizeof room ? (size_t)n : sizeof room - 1});
    append_member(body, "code", text_of(e->code));
    append_member(body, "field", e->field);
    append_member(body, "request", e->request);
}
void dss_error_close(struct append *body) { append_char(body, '}'); }
uint16_t dss_read_refuse(const struct dss_request *q, struct append *body, uint16_t status, const char *field, const char *why) {
    enum reason reason = status == 404 ? REASON_UNKNOWN_ENTITY : status == 403 ? REASON_NOT_OWNER : REASON_FULL;
    dss_error_open(body, &(struct dss_error){reason_name(reason), text_of(field), q->request, why});
    dss_error_close(body);
    return status;
}

static struct append *refuse_open(struct state *st, struct step *c, enum reason why, uint16_t status, struct text field, const char *what) {
    (void)(field.size > 0 ? refuse(c, why, "%.*s: %s", TEXT_ARG(field), what) : refuse(c, why, "%s", what));
    c->out->status = status;
    struct append *to = &st->dss->reply;
    append_reset(to);
    dss_error_open(to, &(struct dss_error){reason_name(why), field, st->dss->request, what});
    return to;
}
#define FORMATTED(room, format)                                                                                        \
    char room[256];                                                                                                    \
    va_list list;                                                                                                      \
    va_start(list, format);                                                                                            \
    vsnprintf(room, sizeof room, format, list);                                                                        \
    va_end(list)
struct append *dss_refuse_open(struct state *st, struct step *c, enum reason why, uint16_t status, struct text field, const char *format, ...) {
    FORMATTED(what, format);
    return refuse_open(st, c, why, status, field, what);
}
bool dss_refuse_close(struct state *st, struct step *c) {
    dss_error_close(&st->dss->reply);
    assert(!st->dss->reply.full);
    c->out->reply = append_view(&st->dss->reply);
    return false;
}
bool dss_refuse(struct state *st, struct step *c, enum reason why, uint16_t status, struct text field, const char *format, ...) {
    FORMATTED(what, format);
    (void)refuse_open(st, c, why, status, field, what);
    return dss_refuse_close(st, c);
}

struct append *dss_reply_open(struct state *st, struct step *c, uint16_t status) {
    c->out->status = status;
    append_reset(&st->dss->reply);
    append_char(&st->dss->reply, '{');
    return &st->dss->reply;
}
void dss_reply_close(struct state *st, struct step *c) {
    append_char(&st->dss->reply, '}');
    assert(!st->dss->reply.full); /* its length was bounded in the check; without memory nothing can go on */
    c->out->reply = append_view(&st->dss->reply);
}

/* ---- members ---- */
void dss_append_uuid_named(struct append *a, const char *member, const struct id *id) {
    append_char(a, '"');
    append_str(a, member);
    append_str(a, "\":\"");
    dss_id_append(a, id);
    append_char(a, '"');
}
static void append_time(struct append *a, const char *member, bool has, instant t) {
    if (!has) return;
    append_str(a, ",\"");
    append_str(a, member);
    append_str(a, "\":{\"value\":\"");
    append_instant_exact(a, t);
    append_str(a, "\",\"format\":\"RFC3339\"}");
}
static void append_text_of(const struct state *st, struct append *a, struct text_ref t) {
    char room[LIMIT_DSS_URL];
    append_json_string(a, dss_text_view(st, t, room));
}
static const char *const availabilities[DSS_AVAILABILITIES] = {"Unknown", "Normal", "Down"};
const char *dss_availability_name(uint8_t availability) {
    assert(availability < DSS_AVAILABILITIES);
    return availabilities[availability];
}
static struct text name_of(const struct dss_manager *m) { return (struct text){m->name, m->name_size}; }
uint8_t dss_availability_of(const struct state *st, row manager) {
    const struct dss_manager *m = dss_manager_at(st, manager);
    row stated = m->bridge ? dss_stated_find(st, name_of(m)) : ROW_NONE;
    return stated != ROW_NONE ? dss_stated_at(st, stated)->availability : m->availability;
}
struct text dss_reference_url(const struct state *st, const struct dss_reference *x, char room[LIMIT_DSS_URL]) {
    return x->shows ? bridge_url(st) : dss_text_view(st, x->url, room);
}

/* ---- references ---- */
static void append_ovn(struct append *a, const struct dss_reference *x, row viewer) {
    append_str(a, ",\"ovn\":\"");
    if (x->manager == viewer) dss_ovn_append(a, &x->ovn);
    else append_str(a, "Available from USS");
    append_char(a, '"');
}
void dss_reference_append(const struct state *st, row r, row viewer, struct append *a) {
    static const char *const states[DSS_INTENT_STATES] = {"Accepted", "Activated", "Nonconforming", "Contingent"};
    const struct dss_reference *x = dss_reference_at(st, r);
    const struct dss_manager *m = dss_manager_at(st, x->manager);
    append_char(a, '{');
    dss_append_uuid_named(a, "id", &x->id);
    append_str(a, ",\"manager\":");
    append_json_string(a, name_of(m));
    append_str(a, ",\"uss_availability\":\"");
    append_str(a, x->kind == DSS_INTENT ? dss_availability_name(dss_availability_of(st, x->manager)) : "Unknown");
    append_str(a, "\",\"version\":");
    append_decimal(a, x->version);
    if (x->kind == DSS_INTENT) {
        append_str(a, ",\"state\":\"");
        append_str(a, states[x->state]);
        append_char(a, '"');
    }
    append_ovn(a, x, viewer);
    append_time(a, "time_start", x->place.has_start, x->place.start);
    append_time(a, "time_end", x->place.has_end, x->place.end);
    append_str(a, ",\"uss_base_url\":");
    char room[LIMIT_DSS_URL];
    append_json_string(a, dss_reference_url(st, x, room));
    if (x->kind == DSS_INTENT) {
        append_char(a, ',');
        dss_append_uuid_named(a, "subscription_id", x->subscription == ROW_NONE ? &dss_id_none : &dss_subscription_at(st, x->subscription)->id);
    }
    append_char(a, '}');
}
void dss_references_append(const struct state *st, const row *rows, uint32_t count, row viewer, struct append *a) {
    append_char(a, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) append_char(a, ',');
        dss_reference_append(st, rows[i], viewer, a);
    }
    append_char(a, ']');
}
/* A byte of a text takes three at most as JSON: what FORMAT.md bars becomes U+FFFD. */
size_t dss_references_size(const struct state *st, const row *rows, uint32_t count) {
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct dss_reference *x = dss_reference_at(st, rows[i]);
        size_t url = x->shows ? bridge_url(st).size : x->url.size;
        size += 640 + 3 * (url + dss_manager_at(st, x->manager)->name_size);
    }
    return size;
}

/* Of a reference in a list: its members, a name, a URL; in a 409 also its conflict. */
enum { SHOWN_BYTES = 640 + 3 * LIMIT_DSS_NAME, CONFLICT_BYTES = 768 + 3 * LIMIT_DSS_NAME, BESIDE_BYTES = 16 * 1024 };
uint64_t dss_reply_most(const struct state *st, const struct dss_request *q) {
    const struct dss *d = st->dss;
    uint64_t there = d->references.used, missing = there < 2 * LIMIT_DSS_MISSING ? there : 2 * LIMIT_DSS_MISSING;
    uint64_t urls = 3 * (uint64_t)sizeof(((struct dss_chunk *)0)->u.text) * d->chunks.used /* at most: chunks hold vertices, too */ + 3 * there * bridge_url(st).size /* what is released has one that stands once */;
    uint64_t most = BESIDE_BYTES + 3 * (uint64_t)(q->base_url.size + q->new_base_url.size) + q->report.size + d->told + DSS_TOLD_MOST;
    if (q->route->kind == DSS_INTENT) {
        uint64_t shown = missing * 3 * LIMIT_DSS_URL;
        most += missing * (SHOWN_BYTES + CONFLICT_BYTES) + (shown < urls ? shown : urls);
    }
    if (q->route->kind == DSS_SUBSCRIPTION || q->route->kind == DSS_AREA_SUBSCRIPTION) {
        uint64_t listed = there * (SHOWN_BYTES + 40 /* its id among the dependents */) + urls;
        most += listed < LIMIT_DSS_REPLY ? listed : LIMIT_DSS_REPLY;
    }
    return most < LIMIT_DSS_REPLY ? most : LIMIT_DSS_REPLY;
}

/* ---- subscriptions ---- */
static bool dependent_before(const void *context, row a, row b) {
    const struct state *st = context;
    return id_compare(&dss_reference_at(st, a)->id, &dss_reference_at(st, b)->id) < 0;
}
static void append_dependents(const struct state *st, const struct dss_subscription *s, struct append *a) {
    row *at = st->dss->rows[1];
    uint32_t n = 0;
    for (row r = s->dependent; r != ROW_NONE; r = dss_reference_at(st, r)->older) at[n++] = r;
    sort_rows(at, n, dependent_before, st);
    append_str(a, ",\"dependent_operational_intents\":[");
    for (uint32_t i = 0; i < n; i++) {
        append_str(a, i > 0 ? ",\"" : "\"");
        dss_id_append(a, &dss_reference_at(st, at[i])->id);
        append_char(a, '"');
    }
    append_char(a, ']');
}
void dss_subscription_append(const struct state *st, row r, struct append *a) {
    const struct dss_subscription *s = dss_subscription_at(st, r);
    append_char(a, '{');
    dss_append_uuid_named(a, "id", &s->id);
    append_str(a, ",\"version\":\"");
    dss_ovn_append(a, &s->version);
    append_format(a, "\",\"notification_index\":%u", s->notifications);
    append_time(a, "time_start", s->place.has_start, s->place.start);
    append_time(a, "time_end", s->place.has_end, s->place.end);
    append_str(a, ",\"uss_base_url\":");
    append_text_of(st, a, s->url);
    append_format(a, ",\"notify_for_operational_intents\":%s,\"notify_for_constraints\":%s,\"implicit_subscription\":%s", s->for_intents ? "true" : "false",
                  s->for_constraints ? "true" : "false", s->implicit ? "true" : "false");
    append_dependents(st, s, a);
    append_char(a, '}');
}
/* One entry for each base URL: brought together by it, then by id. */
static int url_compare(const struct state *st, struct text_ref a, struct text_ref b) {
    char x[LIMIT_DSS_URL], y[LIMIT_DSS_URL];
    return text_compare(dss_text_view(st, a, x), dss_text_view(st, b, y));
}
static bool subscriber_before(const void *context, row a, row b) {
    const struct state *st = context;
    const struct dss_subscription *x = dss_subscription_at(st, a), *y = dss_subscription_at(st, b);
    int by_url = url_compare(st, x->url, y->url);
    return by_url != 0 ? by_url < 0 : id_compare(&x->id, &y->id) < 0;
}
void dss_subscribers_append(struct state *st, row *rows, uint32_t count, const char *url, struct append *a) {
    sort_rows(rows, count, subscriber_before, st);
    append_str(a, "\"subscribers\":[");
    for (uint32_t i = 0; i < count; i++) {
        const struct dss_subscription *s = dss_subscription_at(st, rows[i]);
        bool first = i == 0 || url_compare(st, dss_subscription_at(st, rows[i - 1])->url, s->url) != 0;
        if (first) {
            append_format(a, "%s{\"%s\":", i > 0 ? "]}," : "", url);
            append_text_of(st, a, s->url);
            append_str(a, ",\"subscriptions\":[{");
        } else {
            append_str(a, ",{");
        }
        dss_append_uuid_named(a, "subscription_id", &s->id);
        append_format(a, ",\"notification_index\":%u}", s->notifications);
    }
    append_str(a, count > 0 ? "]}]" : "]");
}
