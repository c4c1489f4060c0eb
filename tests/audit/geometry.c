/* Footprints, by brute force: every edge against every other, on the sphere first (its error is known), by PROJ's geodesics where that
 * does not decide. Three answers: within the margins that facts/geometry.md states either decision of the server is right. */
#include <math.h>
#include <stdlib.h>

#include "inner.h"

#define MEAN 6371008.8
#define SHORTEST 0.9940 /* radii of curvature of the ellipsoid over MEAN: 6,335 to 6,400 km */
#define LONGEST 1.0047
struct v3 { double x, y, z; };
static double dot(struct v3 a, struct v3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static struct v3 cross(struct v3 a, struct v3 b) { return (struct v3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
static double length(struct v3 a) { return sqrt(dot(a, a)); }
static struct v3 scaled(struct v3 a, double s) { return (struct v3){a.x * s, a.y * s, a.z * s}; }
static struct v3 unit_of(struct point p) {
    double lat = p.lat * 1e-7 * M_PI / 180, lon = p.lon * 1e-7 * M_PI / 180;
    return (struct v3){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}
static double angle(struct v3 a, struct v3 b) { return atan2(length(cross(a, b)), dot(a, b)); }

void volume_cap(struct volume *v) {
    struct v3 sum = {0, 0, 0};
    for (uint32_t i = 0; i < v->count; i++) {
        struct v3 u = unit_of(v->at[i]);
        sum = (struct v3){sum.x + u.x, sum.y + u.y, sum.z + u.z};
    }
    double l = length(sum), widest = 0;
    struct v3 middle = l > 1e-6 ? scaled(sum, 1 / l) : (struct v3){0, 0, 1};
    for (uint32_t i = 0; i < v->count; i++) widest = fmax(widest, angle(middle, unit_of(v->at[i])));
    v->x = middle.x;
    v->y = middle.y;
    v->z = middle.z;
    v->round = l > 1e-6 && widest < 1.5 ? widest * MEAN * LONGEST + (double)v->reach_cm / 100 : 3e7;
}

/* ---- one edge ---- */
struct edge { struct v3 a, b, n; struct point p, q; double metres; };
static uint32_t edges_of(const struct volume *v) { return v->shape == POLYGON ? v->count : v->count > 1 ? v->count - 1 : 1; }
static struct edge edge_of(const struct volume *v, uint32_t i) {
    struct edge e = {.p = v->at[i], .q = v->at[v->count == 1 ? i : (i + 1) % v->count]};
    e.a = unit_of(e.p);
    e.b = unit_of(e.q);
    e.n = cross(e.a, e.b);
    double l = length(e.n);
    if (l > 0) e.n = scaled(e.n, 1 / l);
    e.metres = angle(e.a, e.b) * MEAN;
    return e;
}
/* How far the true geodesic may lie from the great circle. */
static double slack_of(const struct volume *v) {
    double longest = 0;
    for (uint32_t i = 0; v->count > 1 && i < edges_of(v); i++) longest = fmax(longest, edge_of(v, i).metres);
    return 7e-11 * longest * longest * (longest > 5e6 ? 3 : 1);
}
static double point_edge(struct v3 p, const struct edge *e) { /* radians */
    double best = fmin(angle(p, e->a), angle(p, e->b));
    if (e->metres < 1e-4) return best;
    struct v3 foot = cross(e->n, cross(p, e->n));
    if (dot(cross(e->a, foot), e->n) > 0 && dot(cross(foot, e->b), e->n) > 0) best = fmin(best, fabs(asin(fmax(-1, fmin(1, dot(p, e->n))))));
    return best;
}
static bool edges_cross(const struct edge *e, const struct edge *f, double depth) {
    if (e->metres < 1e-4 || f->metres < 1e-4) return false;
    double s1 = dot(e->n, f->a), s2 = dot(e->n, f->b), s3 = dot(f->n, e->a), s4 = dot(f->n, e->b);
    if (!((s1 > depth && s2 < -depth) || (s1 < -depth && s2 > depth))) return false;
    if (!((s3 > depth && s4 < -depth) || (s3 < -depth && s4 > depth))) return false;
    return (s1 > 0) == (s4 > 0);
}
static double edge_edge(const struct edge *e, const struct edge *f) {
    if (edges_cross(e, f, 0)) return 0;
    return fmin(fmin(point_edge(e->a, f), point_edge(e->b, f)), fmin(point_edge(f->a, e), point_edge(f->b, e)));
}

/* ---- rings ---- */
static bool ring_holds(const struct volume *v, struct v3 p) {
    double turns = 0;
    struct v3 middle = {v->x, v->y, v->z};
    if (v->shape != POLYGON || dot(p, middle) <= 0) return false;
    for (uint32_t i = 0; i < v->count; i++) {
        struct v3 a = unit_of(v->at[i]), b = unit_of(v->at[(i + 1) % v->count]);
        struct v3 ta = {a.x - p.x * dot(a, p), a.y - p.y * dot(a, p), a.z - p.z * dot(a, p)}, tb = {b.x - p.x * dot(b, p), b.y - p.y * dot(b, p), b.z - p.z * dot(b, p)};
        turns += atan2(dot(cross(ta, tb), p), dot(ta, tb));
    }
    return fabs(turns) > M_PI;
}
static double point_core(const struct volume *v, struct v3 p) {
    double best = 10;
    for (uint32_t i = 0; i < edges_of(v); i++) {
        struct edge e = edge_of(v, i);
        best = fmin(best, point_edge(p, &e));
    }
    return best;
}

/* ---- distance of the cores ---- */
static double exact_point_edge(struct point p, const struct edge *e) {
    /* The distance along an edge of at most some hundred km has one minimum: thirds. */
    double from = 0, to = 1;
    double best = fmin(metres_between(p, e->p), metres_between(p, e->q));
    double azimuth_metres = metres_between(e->p, e->q);
    if (azimuth_metres < 0.01) return best;
    for (int i = 0; i < 60; i++) {
        double x = from + (to - from) / 3, y = to - (to - from) / 3;
        struct v3 u, w;
        /* Points of the great circle between the ends: within slack of the geodesic, which the caller adds. */
        double whole = angle(e->a, e->b), sx = sin((1 - x) * whole), tx = sin(x * whole), sy = sin((1 - y) * whole), ty = sin(y * whole);
        u = (struct v3){e->a.x * sx + e->b.x * tx, e->a.y * sx + e->b.y * tx, e->a.z * sx + e->b.z * tx};
        w = (struct v3){e->a.x * sy + e->b.x * ty, e->a.y * sy + e->b.y * ty, e->a.z * sy + e->b.z * ty};
        struct point pu = {(int32_t)lround(atan2(u.z, hypot(u.x, u.y)) * 180 / M_PI * 1e7), (int32_t)lround(atan2(u.y, u.x) * 180 / M_PI * 1e7)};
        struct point pw = {(int32_t)lround(atan2(w.z, hypot(w.x, w.y)) * 180 / M_PI * 1e7), (int32_t)lround(atan2(w.y, w.x) * 180 / M_PI * 1e7)};
        double du = metres_between(p, pu), dw = metres_between(p, pw);
        best = fmin(best, fmin(du, dw));
        if (du < dw) to = y;
        else from = x;
        if ((to - from) * azimuth_metres < 0.05) break;
    }
    return best;
}
static double sphere_distance(const struct volume *a, const struct volume *b) {
    double best = 10;
    if (ring_holds(a, unit_of(b->at[0])) || ring_holds(b, unit_of(a->at[0]))) return 0;
    for (uint32_t i = 0; i < edges_of(a) && best > 0; i++) {
        struct edge e = edge_of(a, i);
        for (uint32_t k = 0; k < edges_of(b) && best > 0; k++) {
            struct edge f = edge_of(b, k);
            best = fmin(best, edge_edge(&e, &f));
        }
    }
    return best;
}
static double exact_distance(const struct volume *a, const struct volume *b, double near) {
    double best = 1e9;
    for (uint32_t i = 0; i < edges_of(a); i++) {
        struct edge e = edge_of(a, i);
        for (uint32_t k = 0; k < edges_of(b); k++) {
            struct edge f = edge_of(b, k);
            if (edge_edge(&e, &f) > near) continue;
            best = fmin(best, fmin(exact_point_edge(e.p, &f), exact_point_edge(e.q, &f)));
            best = fmin(best, fmin(exact_point_edge(f.p, &e), exact_point_edge(f.q, &e)));
        }
    }
    return best;
}
/* Deeper than the slack of both: the shapes overlap on every reading. */
static bool overlap_deep(const struct volume *a, const struct volume *b, double slack) {
    double depth = (slack + 1) / MEAN;
    for (int way = 0; way < 2; way++) {
        const struct volume *in = way ? a : b, *ring = way ? b : a;
        for (uint32_t i = 0; ring->shape == POLYGON && i < in->count; i++)
            if (ring_holds(ring, unit_of(in->at[i])) && point_core(ring, unit_of(in->at[i])) > depth) return true;
    }
    for (uint32_t i = 0; i < edges_of(a); i++) {
        struct edge e = edge_of(a, i);
        for (uint32_t k = 0; k < edges_of(b); k++) {
            struct edge f = edge_of(b, k);
            if (edges_cross(&e, &f, depth)) return true;
        }
    }
    return false;
}
static double margin_stated(double slack, double metres) {
    return 2 * (0.25 + slack + (metres <= 1e6 ? 1e-5 : metres <= 2e6 ? 3e-5 : 3e-3) * metres);
}

double margin_of(const struct volume *a, const struct volume *b, double metres) { return margin_stated(slack_of(a) + slack_of(b), metres); }

static bool caps_apart(const struct volume *a, const struct volume *b, double reach) {
    if (a->round > 1.5e7 || b->round > 1.5e7) return false;
    double apart = angle((struct v3){a->x, a->y, a->z}, (struct v3){b->x, b->y, b->z}) * MEAN * SHORTEST;
    return apart > a->round + b->round + reach * 1.01 + 1000;
}
enum answer near_enough(const struct volume *a, const struct volume *b, double reach) {
    if (caps_apart(a, b, reach)) return NO;
    double own = (double)(a->reach_cm + b->reach_cm) / 100, total = own + reach, slack = slack_of(a) + slack_of(b);
    if (a->round > 8e6 || b->round > 8e6) return EITHER; /* half a world: not judged here */
    double near = sphere_distance(a, b), metres = near * MEAN;
    if (near == 0) {
        if (slack + 0.01 <= total) return YES;
        return overlap_deep(a, b, slack) ? YES : EITHER;
    }
    if (metres * LONGEST + slack <= total) return YES;
    if (metres * SHORTEST - slack > total + margin_stated(slack, total)) return NO;
    double exact = exact_distance(a, b, near * 1.02 + (slack + 1) / MEAN);
    if (exact + slack + 0.1 <= total) return YES;
    return exact - slack - 0.1 > total + margin_stated(slack, total) ? NO : EITHER;
}
void footprint_distance(const struct volume *a, const struct volume *b, bool exactly, double *least, double *most) {
    double own = (double)(a->reach_cm + b->reach_cm) / 100, slack = slack_of(a) + slack_of(b), near = sphere_distance(a, b), metres = near * MEAN;
    *least = metres * SHORTEST - slack - own;
    *most = metres * LONGEST + slack - own;
    if (near == 0 || metres > 1e6 || !exactly) return;
    double exact = exact_distance(a, b, near * 1.02 + (slack + 1) / MEAN);
    *least = exact - slack - 0.1 - own;
    *most = exact + slack + 0.1 - own;
}

/* ---- does one hold the other? ---- */
static double farthest(const struct volume *circle, const struct volume *in) {
    double most = 0;
    for (uint32_t i = 0; i < in->count; i++) most = fmax(most, metres_between(circle->at[0], in->at[i]));
    return most;
}
static enum answer within_ring(const struct volume *ring, const struct volume *in, double slack) {
    double reach = (double)in->reach_cm / 100, room = 1e9;
    for (uint32_t i = 0; i < in->count; i++) {
        struct v3 p = unit_of(in->at[i]);
        double far = point_core(ring, p) * MEAN;
        if (!ring_holds(ring, p)) {
            if (far * SHORTEST > slack + 1) return NO;
            return EITHER;
        }
        room = fmin(room, far);
    }
    for (uint32_t i = 0; i < edges_of(ring); i++) {
        struct edge e = edge_of(ring, i);
        for (uint32_t k = 0; k < edges_of(in); k++) {
            struct edge f = edge_of(in, k);
            if (edges_cross(&e, &f, (slack + 1) / MEAN)) return NO;
            room = fmin(room, edge_edge(&e, &f) * MEAN);
        }
        if (in->shape == POLYGON && ring_holds(in, e.a) && point_core(in, e.a) * MEAN > slack + 1) return NO;
    }
    if (room * LONGEST + slack + 1 < reach) return NO;
    return room * SHORTEST - slack - 1 > reach ? YES : EITHER;
}
enum answer footprint_within(const struct volume *outer, const struct volume *inner) {
    double slack = slack_of(outer) + slack_of(inner), room = (double)outer->reach_cm / 100, reach = (double)inner->reach_cm / 100;
    if (same_footprint(outer, inner)) return YES;
    if (outer->round > 5e6 || inner->round > 5e6) return EITHER;
    if (outer->shape == POLYGON) return within_ring(outer, inner, slack);
    if (outer->shape == CIRCLE || outer->count == 1) {
        double far = farthest(outer, inner) + reach, margin = slack + 1 + 2e-5 * room;
        return far > room + margin ? NO : far < room - margin ? YES : EITHER;
    }
    for (uint32_t i = 0; i < inner->count; i++) /* a corridor of legs: its way of deciding errs to false, so never surely yes */
        if (point_core(outer, unit_of(inner->at[i])) * MEAN * SHORTEST + reach > room + slack + 1 + 2e-5 * room) return NO;
    return EITHER;
}
enum answer volume_within(const struct audit *a, const struct volume *outer, const struct volume *inner) {
    if (outer->start > inner->start || outer->end < inner->end || !band_within(a, outer, inner)) return NO;
    return footprint_within(outer, inner);
}
