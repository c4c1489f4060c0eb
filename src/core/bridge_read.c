/* The managing USS's side of what shows: the details of a constraint or an operational intent, with the true OVN, for whoever plans around it. */
#include "core/bridge.h"

#include "core/render.h"
#include "core/watch.h"

static void position_append(struct append *a, const struct position *p) {
    append_str(a, "{\"lat\":");
    append_fixed_point(a, p->lat, 7);
    append_str(a, ",\"lng\":");
    append_fixed_point(a, p->lon, 7);
    append_char(a, '}');
}
static void outline_append(struct append *a, const struct shape *s) {
    if (s->kind == SHAPE_CIRCLE) {
        append_str(a, "\"outline_circle\":{\"center\":");
        position_append(a, &s->at[0]);
        append_str(a, ",\"radius\":{\"value\":");
        append_fixed_point(a, s->reach_cm, 2);
        append_str(a, ",\"units\":\"M\"}}");
        return;
    }
    append_str(a, "\"outline_polygon\":{\"vertices\":[");
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0) append_char(a, ',');
        position_append(a, &s->at[i]);
    }
    append_str(a, "]}");
}
static void altitude_append(struct append *a, const char *name, int32_t cm) {
    append_format(a, ",\"%s\":{\"value\":", name);
    append_fixed_point(a, cm, 2);
    append_str(a, ",\"reference\":\"W84\",\"units\":\"M\"}");
}
static void time_append(struct append *a, const char *name, instant t) {
    append_format(a, ",\"%s\":{\"value\":\"", name);
    append_instant_exact(a, t);
    append_str(a, "\",\"format\":\"RFC3339\"}");
}
static void volumes_append(const struct state *st, const struct dss_place *p, struct append *a) {
    append_str(a, "\"volumes\":[");
    for (row f = p->footprint; f != ROW_NONE; f = dss_footprint_at(st, f)->next) {
        struct shape s;
        dss_footprint_view(st, f, st->dss->found, &s);
        append_str(a, f == p->footprint ? "{\"volume\":{" : ",{\"volume\":{");
        outline_append(a, &s);
        altitude_append(a, "altitude_lower", p->lower_cm);
        altitude_append(a, "altitude_upper", p->upper_cm);
        append_char(a, '}');
        time_append(a, "time_start", p->start);
        time_append(a, "time_end", p->end);
        append_char(a, '}');
    }
    append_char(a, ']');
}
/* Of the narrowest section that the world may read, and of none else, though their volumes may be shown, too. Between two steps it may have gone, while its references still stand. */
static uint8_t about_rank(const struct state *st, uint8_t shows, row r) {
    uint8_t ranks = shows == BRIDGE_NOTICE ? notice_readable(st, notice_at(st, r), PARTY_NONE) : flight_readable(st, flight_at(st, r), PARTY_NONE);
    return ranks ? rank_narrowest(ranks) : RANKS;
}
uint64_t bridge_about(const struct state *st, uint8_t shows, row r) {
    uint8_t rank = about_rank(st, shows, r);
    uint64_t about = 0;
    if (rank == RANKS) return 0;
    if (shows == BRIDGE_FLIGHT) return flight_at(st, r)->section[rank].priority;
    struct text category = name_text(&notice_at(st, r)->section[rank].category);
    struct hash h = sha256_of(category.at, category.size);
    for (int i = 0; i < 8; i++) about = about << 8 | h.bytes[i];
    return about;
}
static void about_append(const struct state *st, const struct dss_reference *x, struct append *a) {
    uint8_t rank = about_rank(st, x->shows, x->of);
    if (x->shows == BRIDGE_NOTICE) {
        append_str(a, ",\"type\":");
        append_json_string(a, rank < RANKS ? name_text(&notice_at(st, x->of)->section[rank].category) : (struct text){"", 0});
        return;
    }
    append_format(a, ",\"off_nominal_volumes\":[],\"priority\":%u", rank < RANKS ? flight_at(st, x->of)->section[rank].priority : 0u);
}
uint16_t bridge_details(const struct state *st, const struct dss_request *q, struct append *body) {
    bool intent = q->route->kind == DSS_INTENT;
    row r = dss_reference_find(st, q->route->kind, &q->id);
    if (r == ROW_NONE || dss_reference_at(st, r)->shows == BRIDGE_NOT)
        return dss_read_refuse(q, body, 404, "id", intent ? "there is no operational intent of this id that this server manages" : "there is no constraint of this id that this server manages");
    const struct dss_reference *x = dss_reference_at(st, r);
    if (q->route->manages == DSS_TELEMETRY) return dss_read_refuse(q, body, 409, "id", "is as planned: positions are shared of what is Nonconforming or Contingent, and what parties release never is");
    append_str(body, intent ? "{\"operational_intent\":{\"reference\":" : "{\"constraint\":{\"reference\":");
    dss_reference_append(st, r, x->manager, body);
    append_str(body, ",\"details\":{");
    volumes_append(st, &x->place, body);
    about_append(st, x, body);
    append_str(body, "}}}");
    return 200;
}
