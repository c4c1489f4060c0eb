/* ASTM F3411: reads, and what both versions show. URLs pass as they came: by their endings clients tell which version wrote them. */
#include "core/dss_rid.h"

/* ---- finding ---- */
uint32_t dss_rid_find(const struct state *st, enum dss_kind kind, instant since, const struct dss_extent *e, struct dss_work *work, row *out) {
    const struct dss_extent bounds = {.has_start = true, .start = since};
    struct dss_search s = {.except = ROW_NONE, .work = work};
    uint32_t n = dss_search(st, &s, kind, &bounds, e, NULL, out);
    return s.beyond ? UINT32_MAX : n;
}
uint32_t dss_rid_told(const struct state *st, instant since, const struct dss_extent *e, const struct dss_place *was, struct dss_work *work, row *out) {
    const struct dss_extent bounds = {.has_start = true, .start = since};
    struct dss_search s = {.except = ROW_NONE, .all = true, .work = work};
    return dss_search(st, &s, DSS_AREA_SUBSCRIPTION, &bounds, e, was, out);
}
static bool is_own(const struct dss_search *s, row r) { return dss_subscription_at(s->st, r)->manager == s->manager; }
uint32_t dss_rid_find_own(const struct state *st, row manager, instant since, const struct dss_extent *e, bool all, struct dss_work *work, row *out) {
    const struct dss_extent bounds = {.has_start = true, .start = since};
    struct dss_search s = {.wanted = is_own, .manager = manager, .except = ROW_NONE, .all = all, .work = work};
    if (manager == ROW_NONE) return 0;
    uint32_t n = dss_search(st, &s, DSS_AREA_SUBSCRIPTION, &bounds, e, NULL, out);
    return s.beyond ? UINT32_MAX : n;
}

/* ---- showing ---- */
static struct text name_of(const struct state *st, row manager) { return (struct text){dss_manager_at(st, manager)->name, dss_manager_at(st, manager)->name_size}; }

static void append_named(struct append *a, const char *name, struct text value) {
    append_format(a, ",\"%s\":", name);
    append_json_string(a, value);
}
static void append_time(struct append *a, enum dss_door door, const char *name, instant t) {
    append_format(a, door == DSS_RID_V1 ? ",\"%s\":\"" : ",\"%s\":{\"value\":\"", name);
    append_instant_exact(a, t);
    append_str(a, door == DSS_RID_V1 ? "\"" : "\",\"format\":\"RFC3339\"}");
}
static void append_common(const struct state *st, enum dss_door door, const struct id *id, row manager, const struct dss_place *place, const struct dss_ovn *version, struct append *a) {
    append_str(a, "{\"id\":\"");
    dss_id_append(a, id);
    append_str(a, "\",\"version\":\"");
    dss_version_append(a, dss_version_number(version->bytes));
    append_char(a, '"');
    append_named(a, "owner", name_of(st, manager));
    append_time(a, door, "time_start", place->start);
    append_time(a, door, "time_end", place->end);
}
void dss_rid_area_append(const struct state *st, enum dss_door door, row area, struct append *a) {
    const struct dss_reference *x = dss_reference_at(st, area);
    char room[LIMIT_DSS_URL];
    append_common(st, door, &x->id, x->manager, &x->place, &x->ovn, a);
    append_named(a, door == DSS_RID_V1 ? "flights_url" : "uss_base_url", dss_text_view(st, x->url, room));
    append_char(a, '}');
}
void dss_rid_subscription_append(const struct state *st, enum dss_door door, row subscription, struct append *a) {
    const struct dss_subscription *x = dss_subscription_at(st, subscription);
    char room[LIMIT_DSS_URL];
    append_common(st, door, &x->id, x->manager, &x->place, &x->version, a);
    append_format(a, ",\"notification_index\":%u", x->notifications);
    if (door == DSS_RID_V1) append_str(a, ",\"callbacks\":{\"identification_service_area_url\":");
    else append_str(a, ",\"uss_base_url\":");
    append_json_string(a, dss_text_view(st, x->url, room));
    append_str(a, door == DSS_RID_V1 ? "}}" : "}");
}
static void append_list(const struct state *st, enum dss_door door, const row *rows, uint32_t count, void (*one)(const struct state *, enum dss_door, row, struct append *), struct append *a) {
    append_char(a, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) append_char(a, ',');
        one(st, door, rows[i], a);
    }
    append_char(a, ']');
}
void dss_rid_areas_append(const struct state *st, enum dss_door door, const row *rows, uint32_t count, struct append *a) {
    append_str(a, "\"service_areas\":");
    append_list(st, door, rows, count, dss_rid_area_append, a);
}

/* ---- reads ---- */
static uint16_t get(const struct state *st, const struct dss_request *q, struct append *body) {
    enum dss_door door = q->route->door;
    bool area = q->route->kind == DSS_AREA;
    row r = area ? dss_reference_find(st, DSS_AREA, &q->id) : dss_subscription_find(st, DSS_AREA_SUBSCRIPTION, &q->id);
    if (r == ROW_NONE) return dss_read_refuse(q, body, 404, "id", area ? "there is no identification service area of this id" : "there is no subscription of this id");
    append_str(body, area ? "{\"service_area\":" : "{\"subscription\":");
    (area ? dss_rid_area_append : dss_rid_subscription_append)(st, door, r, body);
    append_char(body, '}');
    return 200;
}
static const char too_much[] = "holds too much for one reply: ask for a smaller one";
static uint16_t search_areas(const struct state *st, const struct dss_request *q, instant now, struct append *body) {
    row *rows = st->dss->rows[0];
    instant since = q->has_earliest && q->earliest > now ? q->earliest : now;
    struct dss_work work = {0};
    uint32_t count = dss_rid_find(st, DSS_AREA, since, &q->extent, &work, rows), kept = 0;
    if (count == UINT32_MAX) return dss_read_refuse(q, body, 413, "area", too_much);
    for (uint32_t i = 0; i < count; i++)
        if (!q->has_latest || dss_reference_at(st, rows[i])->place.start <= q->latest) rows[kept++] = rows[i];
    if (dss_references_size(st, rows, kept) > LIMIT_DSS_REPLY / 2) return dss_read_refuse(q, body, 413, "area", too_much);
    append_char(body, '{');
    dss_rid_areas_append(st, q->route->door, rows, kept, body);
    append_char(body, '}');
    return 200;
}
/* The caller's own alone: whose they are and where tells what others look at. */
static uint16_t search_subscriptions(const struct state *st, const struct dss_request *q, instant now, struct append *body) {
    row *rows = st->dss->rows[0];
    struct dss_work work = {0};
    uint32_t count = dss_rid_find_own(st, dss_manager_find(st, q->manager), now, &q->extent, false, &work, rows);
    if (count == UINT32_MAX) return dss_read_refuse(q, body, 413, "area", too_much);
    append_str(body, "{\"subscriptions\":");
    append_list(st, q->route->door, rows, count, dss_rid_subscription_append, body);
    append_char(body, '}');
    return 200;
}
uint16_t dss_rid_read(const struct state *st, const struct dss_request *q, instant now, struct append *body) {
    if (q->route->action == DSS_GET) return get(st, q, body);
    return q->route->kind == DSS_AREA ? search_areas(st, q, now, body) : search_subscriptions(st, q, now, body);
}
