/* What only reads, at the drone world's doors: answered from the state. */
#include "core/bridge.h"
#include "core/dss_rid.h"

static uint16_t reference_get(const struct state *st, const struct dss_request *q, row viewer, struct append *body) {
    bool intent = q->route->kind == DSS_INTENT;
    row r = dss_reference_find(st, q->route->kind, &q->id);
    if (r == ROW_NONE) return dss_read_refuse(q, body, 404, "id", intent ? "there is no operational intent of this id" : "there is no constraint of this id");
    append_str(body, intent ? "{\"operational_intent_reference\":" : "{\"constraint_reference\":");
    dss_reference_append(st, r, viewer, body);
    append_char(body, '}');
    return 200;
}
static uint16_t references_query(const struct state *st, const struct dss_request *q, row viewer, struct append *body) {
    row *rows = st->dss->rows[0];
    struct dss_work work = {0};
    struct dss_search s = {.heights = q->route->kind == DSS_INTENT, .except = ROW_NONE, .work = &work};
    uint32_t n = dss_search(st, &s, q->route->kind, &q->extent, &q->extent, NULL, rows);
    if (s.beyond || dss_references_size(st, rows, n) > LIMIT_DSS_REPLY / 2) return dss_read_refuse(q, body, 413, "area_of_interest", "holds too much for one reply: ask for a smaller one");
    append_str(body, q->route->kind == DSS_INTENT ? "{\"operational_intent_references\":" : "{\"constraint_references\":");
    dss_references_append(st, rows, n, viewer, body);
    append_char(body, '}');
    return 200;
}

static uint16_t subscription_get(const struct state *st, const struct dss_request *q, row viewer, struct append *body) {
    row r = dss_subscription_find(st, DSS_SUBSCRIPTION, &q->id);
    if (r == ROW_NONE) return dss_read_refuse(q, body, 404, "id", "there is no subscription of this id");
    if (dss_subscription_at(st, r)->manager != viewer) return dss_read_refuse(q, body, 403, "id", "this subscription is another manager's");
    append_str(body, "{\"subscription\":");
    dss_subscription_append(st, r, body);
    append_char(body, '}');
    return 200;
}
static bool own_and_alive(const struct dss_search *s, row r) {
    const struct dss_subscription *x = dss_subscription_at(s->st, r);
    return x->manager == s->manager && (!x->place.has_end || x->place.end >= s->now);
}
static uint16_t subscriptions_query(const struct state *st, const struct dss_request *q, row viewer, instant now, struct append *body) {
    struct dss_work work = {0};
    struct dss_search s = {.wanted = own_and_alive, .manager = viewer, .now = now, .except = ROW_NONE, .work = &work};
    uint32_t n = dss_search(st, &s, DSS_SUBSCRIPTION, &q->extent, &q->extent, NULL, st->dss->rows[0]);
    if (s.beyond) return dss_read_refuse(q, body, 413, "area_of_interest", "holds too much for one reply: ask for a smaller one");
    append_str(body, "{\"subscriptions\":[");
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) append_char(body, ',');
        dss_subscription_append(st, st->dss->rows[0][i], body);
    }
    append_str(body, "]}");
    return 200;
}
static uint16_t availability_get(const struct state *st, const struct dss_request *q, struct append *body) {
    append_char(body, '{');
    dss_availability_append(st, q->uss, body);
    append_char(body, '}');
    return 200;
}

uint16_t dss_read(const struct state *st, const struct dss_request *q, instant now, struct append *body) {
    bool get = q->route->action == DSS_GET;
    if (!dss_on(st)) return dss_read_refuse(q, body, 503, "managers", "these doors are shut: of this log's capacities none is for them ('parley capacity')");
    row viewer = dss_manager_find(st, q->manager);
    if (st->time > now) now = st->time;
    assert(!dss_route_writes(q->route));
    if (q->route->manages) return bridge_details(st, q, body);
    switch (q->route->kind) {
    case DSS_INTENT:
    case DSS_CONSTRAINT: return get ? reference_get(st, q, viewer, body) : references_query(st, q, viewer, body);
    case DSS_SUBSCRIPTION: return get ? subscription_get(st, q, viewer, body) : subscriptions_query(st, q, viewer, now, body);
    case DSS_AVAILABILITY: return availability_get(st, q, body);
    case DSS_AREA:
    case DSS_AREA_SUBSCRIPTION: return dss_rid_read(st, q, now, body);
    case DSS_REPORT:
    case DSS_KINDS: break;
    }
    return dss_read_refuse(q, body, 404, "path", "names nothing that is served here");
}
