/* Places as the doors of F3548 and F3411 write them (FORMAT.md, "dss"): what cannot be kept exactly grows, by its decimal text. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

/* Whole seconds and nine digits of a fraction; what is finer goes down, or up. */
bool place_instant(const char *text, bool up, int64_t *out) {
    char room[80];
    const char *point = strchr(text, '.');
    size_t digits = point ? strspn(point + 1, "0123456789") : 0;
    if (strlen(text) >= sizeof room) return false;
    if (digits <= 9) return time_read(text, out);
    snprintf(room, sizeof room, "%.*s%s", (int)(point - text) + 10, text, point + 1 + digits);
    if (!time_read(room, out)) return false;
    if (up && strspn(point + 10, "0") < digits - 9) ++*out;
    return true;
}
/* The shortest text that reads as this number is what was written, but for more than 17 digits. */
bool place_outward(const json_t *j, int places, bool up, int64_t *out) {
    char text[64];
    double value = json_number_value(j);
    if (!json_is_number(j)) return false;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    __int128 whole = 0, rest = 0;
    int exponent = 0, after = 0, point = 0;
    const char *at = text + (text[0] == '-');
    for (; *at && *at != 'e'; at++) {
        if (*at == '.') point = 1;
        else whole = whole * 10 + (*at - '0'), after += point;
    }
    if (*at == 'e') exponent = atoi(at + 1);
    int shift = places - after + exponent;
    for (; shift > 0 && shift < 20; shift--) whole *= 10;
    for (; shift < 0; shift++) {
        rest = rest != 0 || whole % 10 != 0;
        whole /= 10;
    }
    if (text[0] == '-') whole = -whole;
    if (rest && up && text[0] != '-') whole++;
    if (rest && !up && text[0] == '-') whole--;
    *out = (int64_t)whole;
    return true;
}

static bool point_read(const json_t *j, struct point *out) {
    int64_t lat, lon;
    if (!number_scaled(json_object_get(j, "lat"), 7, &lat) || !number_scaled(json_object_get(j, "lng"), 7, &lon)) return false;
    *out = (struct point){(int32_t)lat, (int32_t)lon};
    return true;
}
static double east_of(struct point p, struct point from) {
    double d = ((double)p.lon - from.lon) * 1e-7;
    return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}
/* Of a polygon thinner than a millimetre for each metre of it no side is inside: it is the path through its vertices. An edge of over 400 km is cut, and so not judged. */
static void ring_settle(struct volume *v, bool *unsure) {
    double area = 0, length = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        struct point q = v->at[i], n = v->at[(i + 1) % v->count], o = v->at[0];
        double x = east_of(q, o), y = (q.lat - o.lat) * 1e-7, w = east_of(n, o), z = (n.lat - o.lat) * 1e-7, metres = metres_between(q, n);
        bool polar = q.lat > 800000000 || q.lat < -800000000; /* there degrees show no area, and lie far apart */
        area += (x * z - w * y) / 2;
        if (polar) area += 1;
        length += metres;
        if (metres > 4e5 || (!polar && (w > 90 || w < -90))) *unsure = true;
    }
    double most = (area < 0 ? -area : area) * 1.24e10;
    if (most < 1e-5 * length) *v = (struct volume){.shape = CORRIDOR, .count = v->count, .at = v->at, .reach_cm = 1};
    else if (most < 1e4 * length * 1e-3) *unsure = true;
}
static bool ring_read(const json_t *ring, struct volume *v, bool *unsure) {
    const json_t *list = json_object_get(ring, "vertices");
    *v = (struct volume){.shape = POLYGON, .count = (uint32_t)json_array_size(list), .at = calloc(json_array_size(list) + 1, sizeof *v->at)};
    if (!v->at) abort();
    for (uint32_t i = 0; i < v->count; i++)
        if (!point_read(json_array_get(list, i), &v->at[i])) return false;
    if (v->count < 3) return false;
    ring_settle(v, unsure);
    return true;
}
bool place_outline(const json_t *volume, const char *polygon, struct volume *v, bool *unsure) {
    const json_t *ring = json_object_get(volume, polygon), *circle = json_object_get(volume, "outline_circle"), *radius = json_object_get(circle, "radius");
    bool good;
    if (json_is_object(ring)) {
        good = ring_read(ring, v, unsure);
    } else {
        *v = (struct volume){.shape = CIRCLE, .count = 1, .at = calloc(1, sizeof *v->at)};
        if (!v->at) abort();
        good = point_read(json_object_get(circle, "center"), v->at) && place_outward(json_object_get(radius, "value"), 2, true, &v->reach_cm) && v->reach_cm > 0;
        *unsure = *unsure || v->reach_cm > 100000000;
    }
    if (good) volume_cap(v);
    return good;
}
