#include "cli/volume_json.h"

static void position_json(const struct position *p, struct append *out) {
    append_str(out, "{\"lat\":");
    append_fixed_point(out, p->lat, 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, p->lon, 7);
    append_char(out, '}');
}

static void positions_json(const struct shape *s, struct append *out) {
    append_char(out, '[');
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0) append_char(out, ',');
        position_json(&s->at[i], out);
    }
    append_char(out, ']');
}

static void altitude_json(const struct altitude *a, struct append *out) {
    static const char *const names[ALTITUDE_REFERENCES] = {"W84", "AMSL", "FL", "SFC"};
    if (a->cm == ALTITUDE_UNLIMITED) {
        append_str(out, "\"UNL\"");
        return;
    }
    bool level = a->reference == ALTITUDE_FL;
    append_str(out, "{\"value\":");
    /* One flight level is 3,048 cm: with five places the same centimetre is read back. */
    if (level) append_fixed_point(out, ((int64_t)a->cm * 100000 + (a->cm >= 0 ? 1524 : -1524)) / 3048, 5);
    else append_fixed_point(out, a->cm, 2);
    append_format(out, ",\"reference\":\"%s\",\"units\":\"%s\"}", names[a->reference], level ? "FL" : "M");
}

void volume_json(const struct volume *v, struct append *out) {
    switch (v->shape.kind) {
    case SHAPE_CIRCLE:
        append_str(out, "{\"circle\":{\"center\":");
        position_json(&v->shape.at[0], out);
        append_str(out, ",\"radius_m\":");
        append_fixed_point(out, v->shape.reach_cm, 2);
        append_char(out, '}');
        break;
    case SHAPE_POLYGON:
        append_str(out, "{\"polygon\":");
        positions_json(&v->shape, out);
        break;
    default:
        append_str(out, "{\"corridor\":{\"path\":");
        positions_json(&v->shape, out);
        append_str(out, ",\"width_m\":");
        append_fixed_point(out, v->shape.reach_cm * 2, 2);
        append_char(out, '}');
        break;
    }
    append_str(out, ",\"lower\":");
    altitude_json(&v->lower, out);
    append_str(out, ",\"upper\":");
    altitude_json(&v->upper, out);
    append_str(out, ",\"start\":\"");
    append_instant(out, v->start);
    append_str(out, "\",\"end\":\"");
    append_instant(out, v->end);
    append_str(out, "\"}");
}
