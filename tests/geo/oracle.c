#include "oracle.h"

#include <geos_c.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle_rng oracle_rng_new(uint64_t stream) {
    const char *seed = getenv("PARLEY_SEED");
    struct oracle_rng r = {(seed != NULL ? strtoull(seed, NULL, 10) : 1) * UINT64_C(0x9E3779B97F4A7C15) + stream * 7919 + 1};
    for (int i = 0; i < 8; i++) oracle_bits(&r);
    return r;
}

int oracle_rounds(int usual) {
    const char *part = getenv("PARLEY_PART");
    int one_in = part != NULL ? atoi(part) : 1;
    return one_in > 1 && usual / one_in > 0 ? usual / one_in : usual;
}

uint64_t oracle_bits(struct oracle_rng *r) {
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(2685821657736338717);
}

double oracle_real(struct oracle_rng *r, double low, double high) {
    return low + (high - low) * ((double)(oracle_bits(r) >> 11) / 9007199254740992.0);
}

int64_t oracle_int(struct oracle_rng *r, int64_t low, int64_t high) {
    return low + (int64_t)(oracle_bits(r) % (uint64_t)(high - low + 1));
}

const struct geod_geodesic *oracle_earth(void) {
    static struct geod_geodesic g;
    if (g.a == 0.0) geod_init(&g, 6378137.0, 1.0 / 298.257223563);
    return &g;
}

double oracle_metres(struct position a, struct position b) {
    double s;
    geod_inverse(oracle_earth(), a.lat / 1e7, a.lon / 1e7, b.lat / 1e7, b.lon / 1e7, &s, NULL, NULL);
    return s;
}

static struct position rounded(double lat, double lon) {
    return (struct position){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
}

struct position oracle_ahead(struct position from, double azimuth, double metres) {
    double lat, lon;
    geod_direct(oracle_earth(), from.lat / 1e7, from.lon / 1e7, azimuth, metres, &lat, &lon, NULL);
    return rounded(lat, lon);
}

struct position oracle_place(struct oracle_rng *r) {
    double lat = asin(oracle_real(r, -1, 1)) * 180 / M_PI, lon = oracle_real(r, -180, 180);
    switch (oracle_bits(r) % 8) {
    case 0: lat = oracle_bits(r) % 2 ? 90 : -90; break;
    case 1: lat = 90 - oracle_real(r, 0, 1); break;
    case 2: lat = 0; break;
    case 3: lon = 180 - oracle_real(r, 0, 0.1); break;
    case 4: lon = oracle_bits(r) % 2 ? 180 : -180; break;
    default: break;
    }
    return rounded(lat, lon);
}

void oracle_shape_random(struct oracle_rng *r, enum shape_kind kind, struct position middle, double size, uint32_t most,
                         struct oracle_shape *out) {
    out->shape = (struct shape){(uint8_t)kind, 1, 0, out->at};
    if (kind == SHAPE_CIRCLE) {
        out->at[0] = middle;
        out->shape.reach_cm = (int64_t)(size * 100 * oracle_real(r, 0.05, 1)) + 1;
    } else if (kind == SHAPE_CORRIDOR) {
        out->shape.count = (uint32_t)oracle_int(r, 1, most);
        double azimuth = oracle_real(r, 0, 360);
        out->at[0] = middle;
        for (uint32_t i = 1; i < out->shape.count; i++) {
            azimuth += oracle_real(r, -90, 90);
            out->at[i] = oracle_ahead(out->at[i - 1], azimuth, 2 * size / out->shape.count * oracle_real(r, 0.5, 1) + 1);
        }
        out->shape.reach_cm = (int64_t)(size * oracle_real(r, 0.1, 20)) + 1;
    } else {
        out->shape.count = (uint32_t)oracle_int(r, 3, most);
        double turn = oracle_real(r, 0, 360);
        bool clockwise = oracle_bits(r) % 2;
        for (uint32_t i = 0; i < out->shape.count; i++) {
            double step = (i + oracle_real(r, 0, 0.7)) * 360.0 / out->shape.count;
            out->at[i] = oracle_ahead(middle, turn + (clockwise ? step : -step), size * oracle_real(r, 0.4, 1) + 1);
        }
    }
}

static double line_distance(const struct geod_geodesicline *l, double s, struct position p) {
    double lat, lon, d;
    geod_position(l, s, &lat, &lon, NULL);
    geod_inverse(oracle_earth(), lat, lon, p.lat / 1e7, p.lon / 1e7, &d, NULL, NULL);
    return d;
}

double oracle_point_edge(struct position p, struct position a, struct position b) {
    struct geod_geodesicline l;
    geod_inverseline(&l, oracle_earth(), a.lat / 1e7, a.lon / 1e7, b.lat / 1e7, b.lon / 1e7, 0);
    double length = oracle_metres(a, b), best = 1e9, at = 0;
    const int coarse = 8;
    for (int i = 0; i <= coarse; i++) {
        double d = line_distance(&l, length * i / coarse, p);
        if (d < best) {
            best = d;
            at = length * i / coarse;
        }
    }
    double low = fmax(0, at - length / coarse), high = fmin(length, at + length / coarse);
    const double golden = 0.6180339887498949;
    double x = high - golden * (high - low), y = low + golden * (high - low), dx = line_distance(&l, x, p),
           dy = line_distance(&l, y, p);
    while (high - low > 1e-3 + 1e-7 * length) {
        if (dx < dy) {
            high = y;
            y = x;
            dy = dx;
            x = high - golden * (high - low);
            dx = line_distance(&l, x, p);
        } else {
            low = x;
            x = y;
            dx = dy;
            y = low + golden * (high - low);
            dy = line_distance(&l, y, p);
        }
    }
    return fmin(best, fmin(dx, dy));
}

/* --- overlap by GEOS: geodesic edges as many short ones, projected from the centre of a sphere on a tangent plane --- */

__attribute__((format(printf, 1, 2))) static void geos_note(const char *format, ...) {
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

static void unit_of(double lat, double lon, double u[3]) {
    lat *= M_PI / 180;
    lon *= M_PI / 180;
    u[0] = cos(lat) * cos(lon);
    u[1] = cos(lat) * sin(lon);
    u[2] = sin(lat);
}

static double dot(const double *a, const double *b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

struct plane {
    double c[3], e[3], n[3];
};

static struct plane plane_of(const struct shape *a, const struct shape *b) {
    struct plane p = {{0}, {0}, {0}};
    double u[3];
    for (uint32_t i = 0; i < a->count + b->count; i++) {
        struct position v = i < a->count ? a->at[i] : b->at[i - a->count];
        unit_of(v.lat / 1e7, v.lon / 1e7, u);
        for (int k = 0; k < 3; k++) p.c[k] += u[k] / (i < a->count ? a->count : b->count);
    }
    double l = sqrt(dot(p.c, p.c));
    for (int k = 0; k < 3; k++) p.c[k] /= l;
    int least = fabs(p.c[0]) < fabs(p.c[1]) ? 0 : 1;
    if (fabs(p.c[2]) < fabs(p.c[least])) least = 2;
    for (int k = 0; k < 3; k++) p.e[k] = (k == least) - p.c[k] * p.c[least];
    l = sqrt(dot(p.e, p.e));
    for (int k = 0; k < 3; k++) p.e[k] /= l;
    for (int k = 0; k < 3; k++) p.n[k] = p.c[(k + 1) % 3] * p.e[(k + 2) % 3] - p.c[(k + 2) % 3] * p.e[(k + 1) % 3];
    return p;
}

static GEOSGeometry *geos_of(const struct shape *s, const struct plane *p) {
    uint32_t edges = s->kind == SHAPE_POLYGON ? s->count : s->count - 1;
    const unsigned pieces = 48;
    GEOSCoordSequence *q = GEOSCoordSeq_create(s->count == 1 ? 1 : edges * pieces + 1, 2);
    double u[3];
    for (uint32_t i = 0; i <= edges * pieces; i++) {
        double lat = s->at[0].lat / 1e7, lon = s->at[0].lon / 1e7;
        uint32_t k = i / pieces;
        if (i < edges * pieces) {
            struct position a = s->at[k], b = s->at[(k + 1) % s->count];
            struct geod_geodesicline l;
            geod_inverseline(&l, oracle_earth(), a.lat / 1e7, a.lon / 1e7, b.lat / 1e7, b.lon / 1e7, 0);
            geod_position(&l, oracle_metres(a, b) * (i % pieces) / pieces, &lat, &lon, NULL);
        } else if (s->kind != SHAPE_POLYGON) {
            lat = s->at[edges].lat / 1e7;
            lon = s->at[edges].lon / 1e7;
        }
        unit_of(lat, lon, u);
        double w = dot(u, p->c);
        GEOSCoordSeq_setX(q, i, dot(u, p->e) / w);
        GEOSCoordSeq_setY(q, i, dot(u, p->n) / w);
        if (i == edges * pieces && s->kind == SHAPE_POLYGON) { /* closed to the bit */
            double x, y;
            GEOSCoordSeq_getX(q, 0, &x);
            GEOSCoordSeq_getY(q, 0, &y);
            GEOSCoordSeq_setX(q, i, x);
            GEOSCoordSeq_setY(q, i, y);
        }
    }
    if (s->count == 1) return GEOSGeom_createPoint(q);
    if (s->kind == SHAPE_POLYGON) return GEOSGeom_createPolygon(GEOSGeom_createLinearRing(q), NULL, 0);
    return GEOSGeom_createLineString(q);
}

static bool cores_overlap(const struct shape *a, const struct shape *b) {
    static bool started;
    if (!started) initGEOS(geos_note, geos_note);
    started = true;
    struct plane p = plane_of(a, b);
    GEOSGeometry *g = geos_of(a, &p), *h = geos_of(b, &p);
    bool overlap = GEOSIntersects(g, h) == 1;
    GEOSGeom_destroy(g);
    GEOSGeom_destroy(h);
    return overlap;
}

static double points_to_edges(const struct shape *points, const struct shape *edges, double best) {
    uint32_t n = edges->kind == SHAPE_POLYGON ? edges->count : edges->count - 1;
    for (uint32_t i = 0; i < points->count; i++) {
        if (edges->count == 1) best = fmin(best, oracle_metres(points->at[i], edges->at[0]));
        for (uint32_t k = 0; k < n; k++) {
            struct position a = edges->at[k], b = edges->at[(k + 1) % edges->count], p = points->at[i];
            double to_a = oracle_metres(p, a); /* what is farther than the edge is long cannot be nearer than so */
            if (to_a - oracle_metres(a, b) > best) continue;
            best = fmin(best, oracle_point_edge(p, a, b));
        }
    }
    return best;
}

double oracle_distance(const struct shape *a, const struct shape *b) {
    double best = cores_overlap(a, b) ? 0 : points_to_edges(b, a, points_to_edges(a, b, 1e9));
    best -= (double)(a->reach_cm + b->reach_cm) / 100;
    return best > 0 ? best : 0;
}

bool oracle_inside(struct position p, const struct shape *s) {
    double sum = 0, last = 0;
    const int pieces = 64;
    for (uint32_t i = 0; i <= s->count * pieces; i++) {
        uint32_t k = i / pieces % s->count;
        struct position a = s->at[k], b = s->at[(k + 1) % s->count];
        struct geod_geodesicline l;
        double lat, lon, azimuth;
        geod_inverseline(&l, oracle_earth(), a.lat / 1e7, a.lon / 1e7, b.lat / 1e7, b.lon / 1e7, 0);
        geod_position(&l, oracle_metres(a, b) * (i % pieces) / pieces, &lat, &lon, NULL);
        geod_inverse(oracle_earth(), p.lat / 1e7, p.lon / 1e7, lat, lon, NULL, &azimuth, NULL);
        if (i > 0) sum += remainder(azimuth - last, 360);
        last = azimuth;
    }
    return fabs(sum) > 180;
}
