#include "core/render.h"

enum { LEVEL_CM = 3048 }; /* one flight level: 100 ft */

void render_time(instant t, struct append *out) {
    if (t == INSTANT_NONE) {
        append_str(out, "null");
        return;
    }
    append_char(out, '"');
    append_instant(out, t);
    append_char(out, '"');
}

/* Whole milliseconds not above, not below: times before 1970 included. */
static int64_t ms_down(int64_t ns) { return ns / 1000000 - (ns % 1000000 < 0); }
static int64_t ms_up(int64_t ns) { return ns / 1000000 + (ns % 1000000 > 0); }
/* What starts with the very statement has none, not a millisecond less than none. */
static int64_t lead_ms(instant start, instant at) { return start == at ? 0 : ms_down(start) - ms_up(at); }
void render_lead(instant start, instant at, struct append *out) { append_fixed_point(out, lead_ms(start, at), 3); }
void render_short(instant start, instant at, int64_t agreed_ns, struct append *out) {
    append_fixed_point(out, start - at >= agreed_ns ? 0 : ms_up(agreed_ns) - lead_ms(start, at), 3);
}

void render_position(const struct position *p, struct append *out) {
    append_str(out, "{\"lat\":");
    append_fixed_point(out, p->lat, 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, p->lon, 7);
    append_char(out, '}');
}

void render_altitude(const struct altitude *a, struct append *out) {
    static const char *const names[ALTITUDE_REFERENCES] = {[ALTITUDE_W84] = "W84", [ALTITUDE_AMSL] = "AMSL", [ALTITUDE_FL] = "FL", [ALTITUDE_SFC] = "SFC"};
    if (a->cm == ALTITUDE_UNLIMITED) {
        append_str(out, "\"UNL\"");
        return;
    }
    append_str(out, "{\"value\":");
    if (a->reference == ALTITUDE_FL) { /* with five places the same centimetre is read back */
        int64_t scaled = (int64_t)a->cm * 100000, half = scaled < 0 ? -LEVEL_CM / 2 : LEVEL_CM / 2;
        append_fixed_point(out, (scaled + half) / LEVEL_CM, 5);
    } else {
        append_fixed_point(out, a->cm, 2);
    }
    append_format(out, ",\"reference\":\"%s\",\"units\":\"%s\"}", names[a->reference], a->reference == ALTITUDE_FL ? "FL" : "M");
}

void render_band(const struct altitude *lower, const struct altitude *upper, struct append *out) {
    append_str(out, "\"lower\":");
    render_altitude(lower, out);
    append_str(out, ",\"upper\":");
    render_altitude(upper, out);
}

static void render_positions(const struct shape *s, struct append *out) {
    append_char(out, '[');
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0) append_char(out, ',');
        render_position(&s->at[i], out);
    }
    append_char(out, ']');
}

void render_shape(const struct shape *s, struct append *out) {
    switch (s->kind) {
    case SHAPE_CIRCLE:
        append_str(out, "\"circle\":{\"center\":");
        render_position(&s->at[0], out);
        append_str(out, ",\"radius_m\":");
        append_fixed_point(out, s->reach_cm, 2);
        append_char(out, '}');
        break;
    case SHAPE_POLYGON:
        append_str(out, "\"polygon\":");
        render_positions(s, out);
        break;
    case SHAPE_CORRIDOR:
        append_str(out, "\"corridor\":{\"path\":");
        render_positions(s, out);
        append_str(out, ",\"width_m\":");
        append_fixed_point(out, 2 * (int64_t)s->reach_cm, 2);
        append_char(out, '}');
        break;
    }
}

void render_volume(const struct volume *v, struct append *out) {
    append_char(out, '{');
    render_shape(&v->shape, out);
    append_char(out, ',');
    render_band(&v->lower, &v->upper, out);
    append_str(out, ",\"start\":");
    render_time(v->start, out);
    append_str(out, ",\"end\":");
    render_time(v->end, out);
    append_char(out, '}');
}
