/* Volumes as statements write them (FORMAT.md, "Values"): to integers, routes to corridors, long edges cut by PROJ's geodesics. */
#include <geodesic.h>
#include <math.h>
#include <stdlib.h>

#include "inner.h"

static bool point_read(const json_t *j, struct point *out) {
    int64_t lat = scaled_of(j, "lat", 7, INT64_MAX), lon = scaled_of(j, "lng", 7, INT64_MAX);
    *out = (struct point){(int32_t)lat, (int32_t)lon};
    return llabs(lat) <= 900000000 && llabs(lon) <= 1800000000;
}

bool altitude_read(const json_t *j, struct altitude *out) {
    static const char *const references[] = {"W84", "AMSL", "FL", "SFC"};
    int64_t v; /* 1e-4 of the unit */
    if (!number_scaled(json_object_get(j, "value"), 4, &v)) return false;
    const char *units = text_of(j, "units");
    int64_t times = strcmp(units, "M") == 0 ? 1 : 3048, by = strcmp(units, "M") == 0 ? 100 : strcmp(units, "FT") == 0 ? 1000000 : 10000;
    int64_t product = v * times;
    out->cm = (int32_t)((product + (product < 0 ? -by / 2 : by / 2)) / by);
    for (out->reference = 0; out->reference < 4; out->reference++)
        if (strcmp(text_of(j, "reference"), references[out->reference]) == 0) return true;
    return false;
}
bool band_read(const json_t *body, struct altitude *lower, struct altitude *upper) {
    const json_t *u = json_object_get(body, "upper");
    if (!altitude_read(json_object_get(body, "lower"), lower)) return false;
    *upper = (struct altitude){UNLIMITED, lower->reference};
    return json_is_string(u) ? strcmp(json_string_value(u), "UNL") == 0 : altitude_read(u, upper);
}

static const struct geod_geodesic *earth(void) {
    static struct geod_geodesic g;
    static bool made;
    if (!made) geod_init(&g, 6378137.0, 1 / 298.257223563);
    made = true;
    return &g;
}
double metres_between(struct point a, struct point b) {
    double s;
    geod_inverse(earth(), a.lat / 1e7, a.lon / 1e7, b.lat / 1e7, b.lon / 1e7, &s, NULL, NULL);
    return s;
}
static struct point rounded(double lat, double lon) {
    if (lon > 180) lon -= 360;
    if (lon < -180) lon += 360;
    return (struct point){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
}
struct point point_ahead(struct point from, double degrees, double metres) {
    double lat, lon;
    geod_direct(earth(), from.lat / 1e7, from.lon / 1e7, degrees, metres, &lat, &lon, NULL);
    return rounded(lat, lon);
}

struct points { struct point *at; size_t count, room; };
static void edge_cut(struct points *out, struct point a, struct point b) {
    double length, azimuth, lat, lon;
    geod_inverse(earth(), a.lat / 1e7, a.lon / 1e7, b.lat / 1e7, b.lon / 1e7, &length, &azimuth, NULL);
    *ADD(*out) = a;
    int pieces = (int)ceil((length - 0.1) / 500000.0);
    for (int i = 1; i < pieces; i++) {
        geod_direct(earth(), a.lat / 1e7, a.lon / 1e7, azimuth, length * i / pieces, &lat, &lon, NULL);
        *ADD(*out) = rounded(lat, lon);
    }
}
static void shape_finish(struct volume *v, const struct points *in) {
    struct points out = {0};
    size_t edges = v->shape == POLYGON ? in->count : in->count - 1;
    for (size_t i = 0; i < edges; i++) edge_cut(&out, in->at[i], in->at[(i + 1) % in->count]);
    if (v->shape != POLYGON) *ADD(out) = in->at[in->count - 1];
    v->at = out.at;
    v->count = (uint32_t)out.count;
    volume_cap(v);
}
static bool points_read(const json_t *list, struct points *out) {
    const json_t *e;
    size_t i;
    json_array_foreach(list, i, e) {
        struct point *p = ADD(*out);
        if (!point_read(e, p)) return false;
    }
    return out->count > 0;
}
static bool shape_read(const json_t *j, struct volume *v) {
    struct points p = {0};
    const json_t *circle = json_object_get(j, "circle"), *corridor = json_object_get(j, "corridor");
    bool good;
    if (circle) {
        v->shape = CIRCLE;
        v->reach_cm = scaled_of(circle, "radius_m", 2, 0);
        good = point_read(json_object_get(circle, "center"), ADD(p));
    } else if (corridor) {
        v->shape = CORRIDOR;
        v->reach_cm = (scaled_of(corridor, "width_m", 2, 0) + 1) / 2;
        good = points_read(json_object_get(corridor, "path"), &p);
    } else {
        v->shape = POLYGON;
        good = points_read(json_object_get(j, "polygon"), &p);
    }
    if (good) shape_finish(v, &p);
    free(p.at);
    return good;
}

#define FIRST INT64_C(0)
#define LAST (INT64_C(7258118400) * SECOND - SECOND) /* 2199-12-31T23:59:59Z */
static bool volume_read(const json_t *j, bool timeless, struct volume *v) {
    v->start = time_of(j, "start", timeless ? FIRST : NEVER);
    v->end = time_of(j, "end", timeless ? LAST : NEVER);
    v->stated_start = v->start;
    v->stated_end = v->end;
    return shape_read(j, v) && band_read(j, &v->lower, &v->upper) && v->start != NEVER && v->end != NEVER && v->start <= v->end;
}

/* ---- routes: a corridor a leg ---- */
static int32_t height_clamped(int64_t cm, int reference) {
    int64_t low = reference >= 2 ? 0 : -200000;
    return (int32_t)(cm < low ? low : cm > 100000000 ? 100000000 : cm);
}
static int64_t time_clamped(int64_t t) { return t < FIRST ? FIRST : t > LAST ? LAST : t; }
struct turn { struct point at; struct altitude altitude; int64_t time; };
static bool turn_read(const json_t *j, struct turn *out) {
    out->time = time_of(j, "time", NEVER);
    return point_read(j, &out->at) && altitude_read(json_object_get(j, "altitude"), &out->altitude) && out->time != NEVER;
}
static bool route_read(const json_t *route, struct volumes *out) {
    int64_t half = (scaled_of(route, "width_m", 2, 0) + 1) / 2, height = scaled_of(route, "height_m", 2, 0), slack = scaled_of(route, "time_s", 9, 0);
    const json_t *points = json_object_get(route, "points"), *e;
    struct turn from = {.time = NEVER}, to;
    size_t i;
    json_array_foreach(points, i, e) {
        if (!turn_read(e, &to)) return false;
        if (i > 0) {
            struct volume *v = ADD(*out);
            struct point ends[2] = {from.at, to.at};
            bool moves = from.at.lat != to.at.lat || from.at.lon != to.at.lon;
            struct points p = {.at = ends, .count = moves ? 2 : 1};
            int64_t low = from.altitude.cm < to.altitude.cm ? from.altitude.cm : to.altitude.cm, high = from.altitude.cm + to.altitude.cm - low;
            int reference = from.altitude.reference;
            *v = (struct volume){.shape = CORRIDOR, .reach_cm = half, .lower = {height_clamped(low - height, reference), reference},
                                 .upper = {height_clamped(high + height, reference), reference}, .start = time_clamped(from.time - slack),
                                 .end = time_clamped(to.time + slack)};
            v->stated_start = v->start;
            v->stated_end = v->end;
            shape_finish(v, &p);
        }
        from = to;
    }
    return out->count > 0;
}

bool volumes_read(const json_t *body, bool timeless, struct volumes *out) {
    const json_t *route = json_object_get(body, "route"), *e;
    size_t i;
    if (json_is_object(route)) return route_read(route, out);
    json_array_foreach(json_object_get(body, "volumes"), i, e) {
        struct volume *v = ADD(*out);
        if (!volume_read(e, timeless, v)) return false;
    }
    return true;
}
void volumes_free(struct volumes *v) {
    for (size_t i = 0; i < v->count; i++) free(v->at[i].at);
    free(v->at);
    *v = (struct volumes){0};
}
void volumes_copy(const struct volumes *from, struct volumes *to) {
    for (size_t i = 0; i < from->count; i++) {
        struct volume *v = ADD(*to);
        *v = from->at[i];
        v->at = malloc(v->count * sizeof *v->at);
        if (!v->at) abort();
        memcpy(v->at, from->at[i].at, v->count * sizeof *v->at);
    }
}
bool same_footprint(const struct volume *a, const struct volume *b) {
    return a->shape == b->shape && a->count == b->count && a->reach_cm == b->reach_cm && memcmp(a->at, b->at, a->count * sizeof *a->at) == 0;
}
