/* One edge: a great circle arc of less than 180 degrees on the sphere of units. */
#include "geo/angle.h"
#include "geo/outline.h"

/* Is the direction with the components `along_a`, `along_e` in the edge's plane between its ends? */
static bool edge_spans(const struct edge *g, double along_a, double along_e) {
    return along_e >= 0.0 && along_e * g->cos - along_a * g->sin <= 0.0;
}

void edge_make(struct vec a, struct vec b, struct edge *out) {
    struct vec d = vec_sub(b, a);
    double dd = vec_dot(d, d);
    *out = (struct edge){.a = a, .b = b, .cos = 1.0};
    if (dd > 0.0) {
        /* From the difference, not from a x b, so that an edge of a centimetre keeps its direction. */
        out->e = vec_unit(vec_sub(d, vec_scale(a, vec_dot(d, a))));
        out->n = vec_cross(a, out->e);
        out->cos = 1.0 - dd / 2.0;
        out->sin = angle_sqrt(dd * (1.0 - dd / 4.0));
    }
    for (int i = 0; i < 3; i++) {
        double p = vec_axis(&a, i), q = vec_axis(&b, i), e = vec_axis(&out->e, i);
        double low = p < q ? p : q, high = p < q ? q : p;
        if (out->sin > 0.0) { /* the arc bulges past its ends where it runs parallel to the axis' equator */
            double top = angle_sqrt(p * p + e * e);
            if (edge_spans(out, p, e) && top > high) high = top;
            if (edge_spans(out, -p, -e) && -top < low) low = -top;
        }
        out->low[i] = low - 4e-15;
        out->high[i] = high + 4e-15;
    }
}

/* One Newton step from the foot x of p on the sphere's great circle to that on the ellipsoid. North-south and east-west radii differ
 * by up to 0.67 %, so the sphere's foot is off by as much of the distance, which is then too long by 2.2e-5 of itself; after the step by
 * less than 1e-8. Not for p more than 70 degrees away, where distances hardly change along an edge. */
static struct vec foot_on_ellipsoid(const struct edge *g, struct vec p, struct vec x, double cos_far) {
    struct vec t = vec_cross(g->n, x), from = vec_sub(earth_ecef(x), earth_ecef(p));
    double w = 1.0 - EARTH_E2 * x.z * x.z, n = EARTH_A / angle_sqrt(w), change = n * EARTH_E2 * x.z * t.z / w;
    struct vec along = vec_add(vec_scale(x, change), vec_scale(t, n));
    along.z *= 1.0 - EARTH_E2;
    double step = -vec_dot(from, along) / (vec_dot(along, along) * cos_far);
    return vec_unit(vec_add(x, vec_scale(t, step)));
}

struct vec edge_nearest(const struct edge *g, struct vec p) {
    if (!(g->sin > 0.0)) return g->a;
    double along_a = vec_dot(p, g->a), along_e = vec_dot(p, g->e);
    double radius = along_a * along_a + along_e * along_e; /* squared cosine of the distance to the great circle */
    if (radius > 1e-24) {
        double cos_far = angle_sqrt(radius);
        struct vec x = vec_scale(vec_add(vec_scale(g->a, along_a), vec_scale(g->e, along_e)), 1.0 / cos_far);
        if (cos_far > 0.34 && cos_far < 1.0 - 1e-8) {
            x = foot_on_ellipsoid(g, p, x, cos_far);
            along_a = vec_dot(x, g->a);
            along_e = vec_dot(x, g->e);
        }
        if (edge_spans(g, along_a, along_e)) return x;
    }
    struct vec da = vec_sub(p, g->a), db = vec_sub(p, g->b);
    double a = vec_dot(da, da), b = vec_dot(db, db);
    /* Beyond 80 degrees both ends may be the nearer one on the ellipsoid. */
    if (a > 1.65 && b > 1.65) return earth_metres(p, g->a) <= earth_metres(p, g->b) ? g->a : g->b;
    return a <= b ? g->a : g->b;
}

bool edge_crosses(const struct edge *g, const struct edge *h, double depth) {
    double s1 = vec_dot(g->n, h->a), s2 = vec_dot(g->n, h->b);
    if (!((s1 > depth && s2 < -depth) || (s1 < -depth && s2 > depth))) return false;
    double s3 = vec_dot(h->n, g->a), s4 = vec_dot(h->n, g->b);
    if (!((s3 > depth && s4 < -depth) || (s3 < -depth && s4 > depth))) return false;
    return (s1 > 0.0) == (s4 > 0.0); /* else they cross each other's antipodes */
}

/* Measured against geodesics in all directions at all latitudes (facts of the geometry, tests/geo/earth_test.c): 6.58e-11 L^2 up to
 * 1,000 km, 6.94e-11 at 5,000, 8.4e-11 at 10,000, 1.18e-10 at 14,000, 2.05e-10 at 17,000, 5.04e-10 at 170 degrees. */
double edge_slack(double metres) {
    double per = metres <= 5e6 ? 7e-11 : metres <= 1e7 ? 8.5e-11 : metres <= 1.4e7 ? 1.2e-10 : metres <= 1.7e7 ? 2.1e-10 : 6e-10;
    return per * metres * metres;
}
