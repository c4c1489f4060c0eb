/* Bodies and query strings of ASTM F3411: version 1 (F3411-19, "canonical.yaml") and version 2 (F3411-22a, "updated.yaml"). Altitudes are checked and then
 * forgotten: nothing compares or returns them. */
#include <stdio.h>

#include "core/dss_decode.h"
#include "core/dss_rid.h"

/* --- bodies --- */

static const struct dss_rules written = {.too_large = RESULT_RANGE, .flat = true}, searched = {.too_large = RESULT_TOO_LARGE, .flat = true};

static result check_number(const struct json *object, const char *name, struct fault *f) {
    const struct json *m = json_member(object, name);
    return m == NULL || m->kind == JSON_NUMBER ? OK : decode_at(f, fail(f, RESULT_MALFORMED, "", "must be a number: metres above the WGS 84 ellipsoid"), name);
}

static result read_volume_v1(const struct decoder *d, const struct json *volume, struct shape *out, struct fault *f) {
    const struct json *footprint = NULL;
    TRY(json_get_object(volume, "footprint", true, &footprint, f));
    TRY(decode_at(f, dss_get_ring(d, footprint, "vertices", &written, out, f), "footprint"));
    TRY(check_number(volume, "altitude_lo", f));
    return check_number(volume, "altitude_hi", f);
}

static result read_time_v1(const struct json *object, const char *name, bool up, bool *has, instant *out, struct fault *f) {
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, false, SIZE_MAX, &t, f));
    *has = json_member(object, name) != NULL;
    return *has ? decode_at(f, dss_time(t, up, out, f), name) : OK;
}

static result read_extents_v1(const struct decoder *d, const struct json *extents, struct dss_extent *out, struct fault *f) {
    const struct json *volume = NULL;
    void *shape;
    TRY(json_get_object(extents, "spatial_volume", true, &volume, f));
    TRY(decode_room(d, 1, sizeof(struct shape), &shape, f));
    *out = (struct dss_extent){.shapes = shape, .count = 1};
    TRY(decode_at(f, read_volume_v1(d, volume, shape, f), "spatial_volume"));
    TRY(read_time_v1(extents, "time_start", false, &out->has_start, &out->start, f));
    TRY(read_time_v1(extents, "time_end", true, &out->has_end, &out->end, f));
    if (!out->has_start || !out->has_end || out->start <= out->end) return OK;
    return fail(f, RESULT_RANGE, "/time_end", "'%.*s' is before time_start, '%.*s'", DSS_SHOWN(json_member(extents, "time_end")->string), DSS_SHOWN(json_member(extents, "time_start")->string));
}

static result read_extents(const struct decoder *d, const struct json *extents, bool v1, struct dss_extent *out, struct fault *f) {
    result r = v1 ? read_extents_v1(d, extents, out, f) : dss_volume(d, extents, &written, out, f);
    return r.code == RESULT_TOO_LARGE ? result_of(RESULT_RANGE) : r; /* more vertices than we take: 413 is for searches and whole bodies */
}

static result read_body(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f) {
    const struct json *top = NULL, *extents = NULL, *callbacks = NULL;
    bool v1 = out->route->door == DSS_RID_V1, area = out->route->kind == DSS_AREA;
    TRY(dss_body(d, c, &top, f));
    TRY(json_get_object(top, "extents", true, &extents, f));
    TRY(decode_at(f, read_extents(d, extents, v1, &out->extent, f), "extents"));
    if (area && !out->has_version && !out->extent.has_end) return fail(f, RESULT_MALFORMED, "/extents/time_end", "is missing: an identification service area ends");
    if (!v1 || area) return dss_get_url(d, top, v1 ? "flights_url" : "uss_base_url", out->plain_http, &out->base_url, f);
    TRY(json_get_object(top, "callbacks", true, &callbacks, f));
    return decode_at(f, dss_get_url(d, callbacks, "identification_service_area_url", out->plain_http, &out->base_url, f), "callbacks");
}

/* --- query strings --- */

static result named(struct fault *f, result r, const char *name) {
    if (!result_is_ok(r) && f != NULL) snprintf(f->field, sizeof f->field, "%s", name);
    return r;
}

/* The parameter of that name with its escapes undone; `out->at` NULL: there is none. Of two it would not be sure which is meant. */
static result parameter(const struct decoder *d, struct text query, const char *name, struct text *out, struct fault *f) {
    size_t size = strlen(name);
    *out = (struct text){NULL, 0};
    for (size_t at = 0, end; at < query.size; at = end + 1) {
        const char *next = memchr(query.at + at, '&', query.size - at);
        end = next == NULL ? query.size : (size_t)(next - query.at);
        struct text p = {query.at + at, end - at};
        if (p.size <= size || memcmp(p.at, name, size) != 0 || p.at[size] != '=') continue;
        if (out->at != NULL) return fail(f, RESULT_MALFORMED, "", "is there twice");
        TRY(dss_unescape(d, (struct text){p.at + size + 1, p.size - size - 1}, out, f));
    }
    return OK;
}

static size_t digits_end(struct text t, size_t at) {
    while (at < t.size && t.at[at] >= '0' && t.at[at] <= '9') at++;
    return at;
}

/* A decimal number, with an exponent or without. */
static bool is_number(struct text t) {
    size_t at = t.size > 0 && t.at[0] == '-', whole = digits_end(t, at), end = whole;
    if (end < t.size && t.at[end] == '.') end = digits_end(t, end + 1);
    if (end - at == (size_t)(end > whole)) return false; /* no digit, or a point alone */
    if (end == t.size) return true;
    if (t.at[end] != 'e' && t.at[end] != 'E') return false;
    size_t first = end + 1;
    if (first < t.size && (t.at[first] == '-' || t.at[first] == '+')) first++;
    return digits_end(t, first) == t.size && first < t.size;
}

/* In forms a plus is a space. */
static bool is_space(char c) { return c == ' ' || c == '+'; }
static struct text trimmed(struct text t) {
    while (t.size > 0 && is_space(t.at[0])) t = (struct text){t.at + 1, t.size - 1};
    while (t.size > 0 && is_space(t.at[t.size - 1])) t.size--;
    return t;
}

static result read_degrees(struct text t, int64_t most, int32_t *out, struct fault *f) {
    int64_t e7 = 0;
    t = trimmed(t);
    if (!is_number(t)) return fail(f, RESULT_MALFORMED, "", "'%.*s' is not a number", DSS_SHOWN(t));
    struct json number = {.kind = JSON_NUMBER, .string = t};
    TRY(json_scaled(&number, 7, -most * 10000000, most * 10000000, &e7, f));
    *out = (int32_t)e7;
    return OK;
}

/* "lat,lng,lat,lng,…" */
static result read_vertices(const struct decoder *d, struct text in, struct position **out, uint32_t *count, struct fault *f) {
    void *room;
    uint32_t numbers = 0;
    TRY(decode_room(d, LIMIT_VERTICES, sizeof **out, &room, f));
    *out = room;
    for (size_t at = 0, end; at <= in.size; at = end + 1, numbers++) {
        const char *comma = memchr(in.at + at, ',', in.size - at);
        end = comma == NULL ? in.size : (size_t)(comma - in.at);
        if (numbers == 2 * LIMIT_VERTICES) return fail(f, RESULT_RANGE, "", "has more than %d vertices", LIMIT_VERTICES);
        struct position *p = &(*out)[numbers / 2];
        bool lon = numbers % 2 == 1;
        TRY(read_degrees((struct text){in.at + at, end - at}, lon ? 180 : 90, lon ? &p->lon : &p->lat, f));
    }
    *count = numbers / 2;
    return numbers % 2 == 0 ? OK : fail(f, RESULT_MALFORMED, "", "has %u numbers; every vertex has a latitude and a longitude", numbers);
}

static result read_area(const struct decoder *d, struct text query, struct dss_extent *out, struct fault *f) {
    struct text t;
    struct position *at;
    uint32_t count = 0;
    void *shape;
    TRY(parameter(d, query, "area", &t, f));
    if (trimmed(t).size == 0) return fail(f, RESULT_MALFORMED, "", "is missing: lat,lng,lat,lng,… of at least 3 vertices, in degrees");
    TRY(decode_room(d, 1, sizeof(struct shape), &shape, f));
    TRY(read_vertices(d, t, &at, &count, f));
    *out = (struct dss_extent){.shapes = shape, .count = 1};
    return dss_ring(d, at, count, &searched, shape, f);
}

static result read_time(const struct decoder *d, struct text query, const char *name, bool up, bool *has, instant *out, struct fault *f) {
    struct text t;
    TRY(parameter(d, query, name, &t, f));
    *has = t.at != NULL;
    return *has ? dss_time(t, up, out, f) : OK;
}

static result read_query(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f) {
    TRY(named(f, read_area(d, c->query, &out->extent, f), "area"));
    if (out->route->kind != DSS_AREA) return OK;
    TRY(named(f, read_time(d, c->query, "earliest_time", false, &out->has_earliest, &out->earliest, f), "earliest_time"));
    return named(f, read_time(d, c->query, "latest_time", true, &out->has_latest, &out->latest, f), "latest_time");
}

/* --- by route --- */

result dss_decode_rid(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f) {
    uint64_t version;
    if (out->has_version && !dss_version_read(out->version, &version))
        return fail(f, RESULT_MALFORMED, "version", "'%.*s' is no number of base 32 (digits 0-9, a-v) below 2^63", DSS_SHOWN(out->version));
    out->has_extent = out->route->action == DSS_PUT || out->route->action == DSS_QUERY;
    if (out->route->action == DSS_PUT) return read_body(d, c, out, f);
    return out->route->action == DSS_QUERY ? read_query(d, c, out, f) : OK;
}
