/* Bodies of calls at the doors of F3548 and F3411: around three places, one of them where the notices are, from minutes ago to a day ahead. Texts are made of integers alone. */
#include "sim.h"

void call_uuid(char out[40], struct sim_draw *d) {
    uint64_t a = draw_next(d), b = draw_next(d);
    snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
             (unsigned long long)(b & 0xffffffffffff));
}
struct spot { int32_t lat, lng; }; /* 1e-5 degree */
static struct spot spot_of(struct sim_draw *d) {
    static const struct spot all[] = {{-4700000, 17990000}, {-4690000, -12585000}, {8990000, 3000000}};
    struct spot s = all[draw_below(d, 3)];
    s.lat += (int32_t)draw_below(d, 4000) - 2000;
    s.lng += (int32_t)draw_below(d, 4000) - 2000;
    return s;
}
static void degrees(struct append *out, const char *name, int32_t v, const char *end) {
    int32_t size = v < 0 ? -v : v;
    append_format(out, "\"%s\":%s%d.%05d%s", name, v < 0 ? "-" : "", (int)(size / 100000), (int)(size % 100000), end);
}
static void point(struct append *out, struct spot s, int32_t north, int32_t east) {
    append_char(out, '{');
    degrees(out, "lat", s.lat + north, ",");
    degrees(out, "lng", s.lng + east, "}");
}
static void polygon(struct append *out, const char *name, struct spot s, int32_t half) {
    static const int8_t corners[4][2] = {{-1, -1}, {-1, 1}, {1, 1}, {1, -1}};
    append_format(out, "\"%s\":{\"vertices\":[", name);
    for (int i = 0; i < 4; i++) {
        if (i > 0) append_char(out, ',');
        point(out, s, corners[i][0] * half, corners[i][1] * half);
    }
    append_str(out, "]}");
}
static void outline(struct append *out, struct sim_draw *d, bool wide, bool circles, const char *polygon_name) {
    struct spot s = spot_of(d);
    int32_t half = wide ? 6000 : 200 + (int32_t)draw_below(d, 1200);
    if (!circles || draw_chance(d, 500)) {
        polygon(out, polygon_name, s, half);
        return;
    }
    append_str(out, "\"outline_circle\":{\"center\":");
    point(out, s, 0, 0);
    append_format(out, ",\"radius\":{\"value\":%d.5,\"units\":\"M\"}}", (int)half);
}
static void height(struct append *out, const char *name, uint32_t metres) { append_format(out, ",\"%s\":{\"value\":%u,\"reference\":\"W84\",\"units\":\"M\"}", name, metres); }
static void moment(struct append *out, const char *name, instant t, bool object) {
    append_format(out, ",\"%s\":%s\"", name, object ? "{\"value\":" : "");
    append_instant(out, t);
    append_str(out, object ? "\",\"format\":\"RFC3339\"}" : "\"");
}
static void extent(struct client *c, struct append *out, struct sim_draw *d, bool wide, uint32_t heights, bool timed) {
    append_str(out, "{\"volume\":{");
    outline(out, d, wide, true, "outline_polygon");
    if (draw_chance(d, heights)) {
        uint32_t low = draw_below(d, 6) * 50;
        height(out, "altitude_lower", low);
        height(out, "altitude_upper", low + 50 * draw_below(d, 4));
    }
    append_char(out, '}');
    instant from = sim_time(c->sim) + (draw_between(d, -20, 600)) * INSTANT_MINUTE;
    int64_t lasts = draw_between(d, 0, draw_chance(d, 900) ? 800 : 1600) * INSTANT_MINUTE;
    if (timed || draw_chance(d, 600)) moment(out, "time_start", from, true);
    if (timed || draw_chance(d, 600)) moment(out, "time_end", from + lasts, true);
    append_char(out, '}');
}
static void url(struct append *out, const char *name, struct sim_draw *d) {
    uint32_t host = draw_below(d, 3);
    append_format(out, "\"%s\":\"https://uss%u.example/%s\"", name, host, draw_chance(d, 500) ? "utm" : "a/b");
}

/* ---- keys: what the USSs have from each other. Late ones have old ones, and one may be left out. ---- */
static void key(struct client *c, struct append *out, struct sim_draw *d) {
    struct sim *s = c->sim;
    bool late = c->role == ROLE_LATE && draw_chance(d, 300), some = draw_chance(d, 250), first = true;
    append_str(out, ",\"key\":[");
    for (uint32_t i = 0; i < s->plan.parties; i++)
        for (int k = 0; k < CALL_SLOTS; k++) {
            const struct called *e = &s->client[i].uss.own[k];
            const char *ovn = late ? e->old : e->version;
            if (!e->used || e->kind > CALL_CONSTRAINT || *ovn == '\0' || (some && draw_chance(d, 150))) continue;
            append_format(out, "%s\"%s\"", first ? "" : ",", ovn);
            first = false;
        }
    for (int i = 0; i < CALL_RELEASED; i++) {
        const struct released *e = &c->uss.released[i];
        if (e->ovn[0] == '\0' || (some && draw_chance(d, 150))) continue;
        append_format(out, "%s\"%s\"", first ? "" : ",", e->ovn);
        first = false;
    }
    append_char(out, ']');
}
static void attachment(struct client *c, struct append *out, struct sim_draw *d, bool needed) {
    uint32_t how = draw_below(d, needed ? 700 : 1000);
    if (how < 400) {
        append_str(out, ",\"new_subscription\":{");
        url(out, "uss_base_url", d);
        append_format(out, ",\"notify_for_constraints\":%s}", draw_chance(d, 500) ? "true" : "false");
    }
    for (int k = 0; how >= 400 && how < 700 && k < CALL_SLOTS; k++) {
        const struct called *e = &c->uss.own[k];
        if (!e->used || e->kind != CALL_SUBSCRIPTION) continue;
        append_format(out, ",\"subscription_id\":\"%s\"", e->id);
        return;
    }
}
static void intent(struct client *c, uint8_t state, struct sim_draw *d, struct append *out) {
    static const char *const states[] = {"Accepted", "Activated", "Nonconforming", "Contingent"};
    uint32_t volumes = 1 + (draw_chance(d, 200) ? draw_below(d, 3) : 0);
    append_str(out, "{\"extents\":[");
    for (uint32_t i = 0; i < volumes; i++) {
        if (i > 0) append_char(out, ',');
        extent(c, out, d, false, 1000, true);
    }
    append_format(out, "],\"state\":\"%s\",", states[state]);
    url(out, "uss_base_url", d);
    key(c, out, d);
    attachment(c, out, d, state != 0);
    if (draw_chance(d, 100)) {
        uint64_t ms = (uint64_t)(sim_time(c->sim) / 1000000), low = draw_next(d);
        append_format(out, ",\"requested_ovn_suffix\":\"%08x-%04x-7%03x-8%03x-%012llx\"", (unsigned)(ms >> 16), (unsigned)(ms & 0xffff), (unsigned)(low & 0xfff), (unsigned)(low >> 12 & 0xfff),
                      (unsigned long long)(low >> 16 & 0xffffffffffff));
    }
    append_char(out, '}');
}
static void remote(struct client *c, const struct calling *x, bool area, struct sim_draw *d, struct append *out) {
    instant from = sim_time(c->sim) + draw_between(d, -6, 300) * INSTANT_MINUTE;
    append_format(out, "{\"extents\":{\"%s\":{", x->v2 ? "volume" : "spatial_volume");
    outline(out, d, draw_chance(d, 300), x->v2, x->v2 ? "outline_polygon" : "footprint");
    append_char(out, '}');
    if (draw_chance(d, 700)) moment(out, "time_start", from, x->v2);
    if (area || draw_chance(d, 700)) moment(out, "time_end", from + draw_between(d, 0, 1440) * INSTANT_MINUTE, x->v2);
    append_str(out, "},");
    if (x->v2) url(out, "uss_base_url", d);
    else if (area) url(out, "flights_url", d);
    else append_str(out, "\"callbacks\":{"), url(out, "identification_service_area_url", d), append_char(out, '}');
    append_char(out, '}');
}

void call_body(struct client *c, struct calling *x, enum call_kind kind, uint8_t state, struct sim_draw *d, struct append *out) {
    switch (kind) {
    case CALL_INTENT: intent(c, state, d, out); return;
    case CALL_CONSTRAINT:
        append_str(out, "{\"extents\":[");
        extent(c, out, d, false, 600, true);
        append_str(out, "],");
        url(out, "uss_base_url", d);
        append_char(out, '}');
        return;
    case CALL_SUBSCRIPTION:
        append_str(out, "{\"extents\":");
        extent(c, out, d, draw_chance(d, 600), 200, false);
        append_char(out, ',');
        url(out, "uss_base_url", d);
        append_format(out, ",\"notify_for_operational_intents\":%s", draw_chance(d, 850) ? "true" : "false");
        append_format(out, ",\"notify_for_constraints\":%s}", draw_chance(d, 500) ? "true" : "false");
        return;
    case CALL_AREA: remote(c, x, true, d, out); return;
    case CALL_AREA_SUBSCRIPTION: remote(c, x, false, d, out); return;
    case CALL_REPORT:
        append_str(out, "{\"exchange\":{\"url\":\"https://uss.example\",\"method\":\"POST\",\"recorder_role\":\"Client\"");
        moment(out, "request_time", sim_time(c->sim), true);
        append_str(out, "}}");
        return;
    case CALL_AVAILABILITY: case CALL_DETAILS: case CALL_KINDS: break;
    }
}
