#include "notam/notam_outline.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/limits.h"

#define RADIANS_PER_UNIT (3.14159265358979323846 / 180 * 1e-7)
#define RADIUS_LEAST 6335439.0 /* smallest radius of curvature of WGS 84: an angle is at least so many metres */
#define RHUMB_LEAST 100.0      /* metres */
#define RHUMB_STEP 25.0
#define RHUMB_PARTS_MOST 32
#define TINY 1e-12

struct vec {
    double x, y, z;
};

static struct vec vec_of(const struct position *p) {
    double lat = p->lat * RADIANS_PER_UNIT, lon = p->lon * RADIANS_PER_UNIT;
    return (struct vec){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

static struct position position_of(struct vec v) {
    double lat = atan2(v.z, sqrt(v.x * v.x + v.y * v.y)), lon = atan2(v.y, v.x);
    return (struct position){(int32_t)lround(lat / RADIANS_PER_UNIT), (int32_t)lround(lon / RADIANS_PER_UNIT)};
}

static double dot(struct vec a, struct vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static struct vec cross(struct vec a, struct vec b) {
    return (struct vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static struct vec plus(struct vec a, struct vec b, double times) {
    return (struct vec){a.x + b.x * times, a.y + b.y * times, a.z + b.z * times};
}
static struct vec unit(struct vec a) {
    double n = sqrt(dot(a, a));
    return n > 0 ? (struct vec){a.x / n, a.y / n, a.z / n} : a;
}

double notam_outline_metres(const struct position *a, const struct position *b) {
    struct vec u = vec_of(a), v = vec_of(b), w = cross(u, v);
    return RADIUS_LEAST * atan2(sqrt(dot(w, w)), dot(u, v));
}

static bool same(const struct position *a, const struct position *b) { return a->lat == b->lat && a->lon == b->lon; }

void notam_outline_tidy(struct notam_outline *o) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < o->count; i++)
        if (kept == 0 || !same(&o->at[kept - 1], &o->at[i])) o->at[kept++] = o->at[i];
    while (kept > 1 && same(&o->at[0], &o->at[kept - 1])) kept--;
    o->count = kept;
}

/* Do the arcs ab and cd meet? Touching counts. */
static bool arcs_meet(struct vec a, struct vec b, struct vec c, struct vec d) {
    struct vec n = unit(cross(a, b)), m = unit(cross(c, d));
    double c_side = dot(n, c), d_side = dot(n, d), a_side = dot(m, a), b_side = dot(m, b);
    if ((c_side > TINY && d_side > TINY) || (c_side < -TINY && d_side < -TINY)) return false;
    if ((a_side > TINY && b_side > TINY) || (a_side < -TINY && b_side < -TINY)) return false;
    struct vec at = cross(n, m);
    if (dot(at, at) < TINY) { /* on one great circle: do they overlap along it? */
        struct vec along = cross(n, a);
        double reach = dot(a, b), pc = dot(a, c), pd = dot(a, d);
        return (dot(along, c) >= 0 && pc >= reach) || (dot(along, d) >= 0 && pd >= reach);
    }
    struct vec middle = plus(plus(a, b, 1), plus(c, d, 1), 1);
    struct vec near = unit(dot(at, middle) < 0 ? (struct vec){-at.x, -at.y, -at.z} : at);
    return dot(near, unit(plus(a, b, 1))) > 0 && dot(near, unit(plus(c, d, 1))) > 0;
}

bool notam_outline_crosses(const struct notam_outline *o) {
    struct vec at[LIMIT_VERTICES];
    uint32_t n = o->count;
    assert(n <= LIMIT_VERTICES);
    for (uint32_t i = 0; i < n; i++) at[i] = vec_of(&o->at[i]);
    for (uint32_t i = 0; i < n; i++) {
        struct vec a = at[i], b = at[(i + 1) % n], c = at[(i + 2) % n];
        struct vec back = plus(a, b, -1), on = plus(c, b, -1), turn = cross(unit(back), unit(on));
        if (dot(turn, turn) < 1e-16 && dot(back, on) > 0) return true; /* folds back */
        for (uint32_t j = i + 2; j < n; j++) {
            if (i == 0 && j == n - 1) continue;
            if (arcs_meet(a, b, at[j], at[(j + 1) % n])) return true;
        }
    }
    return false;
}

/* +1 when the smaller side lies left of the edges in order, else -1. */
static double winding(const struct notam_outline *o) {
    struct vec area = {0, 0, 0}, middle = {0, 0, 0}, first = vec_of(&o->at[0]);
    for (uint32_t i = 0; i < o->count; i++) {
        struct vec a = vec_of(&o->at[i]), b = vec_of(&o->at[(i + 1) % o->count]);
        area = plus(area, cross(plus(a, first, -1), plus(b, first, -1)), 1);
        middle = plus(middle, a, 1);
    }
    return dot(area, middle) >= 0 ? 1 : -1;
}

/* --- rhumb lines --------------------------------------------------------------------------------------------------- */

struct rhumb {
    double lat1, lat2, lon1, turn, psi1, psi2; /* radians; psi is the latitude on Mercator's chart */
};

static bool rhumb_make(const struct position *a, const struct position *b, struct rhumb *r) {
    if (labs((long)a->lat) > 899000000L || labs((long)b->lat) > 899000000L) return false; /* no chart shows the poles */
    int64_t turn = (int64_t)b->lon - a->lon;
    if (turn > 1800000000) turn -= 3600000000;
    if (turn < -1800000000) turn += 3600000000;
    *r = (struct rhumb){a->lat * RADIANS_PER_UNIT, b->lat * RADIANS_PER_UNIT, a->lon * RADIANS_PER_UNIT,
                        (double)turn * RADIANS_PER_UNIT, 0, 0};
    r->psi1 = asinh(tan(r->lat1));
    r->psi2 = asinh(tan(r->lat2));
    return true;
}

static struct vec rhumb_at(const struct rhumb *r, double t) {
    double lat = r->lat1 + t * (r->lat2 - r->lat1), lon = r->lon1 + t * r->turn;
    if (fabs(r->psi2 - r->psi1) > 1e-7) lon = r->lon1 + r->turn * (asinh(tan(lat)) - r->psi1) / (r->psi2 - r->psi1);
    return (struct vec){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

bool notam_outline_hold_rhumb(struct notam_outline *o, bool *changed) {
    struct position made[LIMIT_VERTICES];
    uint32_t count = 0;
    double left = winding(o);
    for (uint32_t i = 0; i < o->count; i++) {
        const struct position *from = &o->at[i], *to = &o->at[(i + 1) % o->count];
        struct vec out = unit(cross(vec_of(from), vec_of(to)));
        struct rhumb r;
        double most = 0;
        out = (struct vec){-left * out.x, -left * out.y, -left * out.z};
        if (count == LIMIT_VERTICES) return false;
        made[count++] = *from;
        if (!rhumb_make(from, to, &r)) continue;
        for (int k = 1; k < 32; k++) most = fmax(most, dot(rhumb_at(&r, k / 32.0), out) * RADIUS_LEAST);
        if (most < RHUMB_LEAST) continue;
        double parts = fmin(ceil(sqrt(most / RHUMB_STEP)), RHUMB_PARTS_MOST);
        /* Between two points of the line the chord cuts off most / parts^2; four times that put outside holds the line also
         * beside the ends, which stay where they are. */
        double lift = 4 * most / (parts * parts) / RADIUS_LEAST;
        for (int k = 1; k < (int)parts; k++) {
            struct vec p = rhumb_at(&r, k / parts);
            if (dot(p, out) <= 0) continue;
            if (count == LIMIT_VERTICES) return false;
            made[count++] = position_of(plus(p, out, lift));
            *changed = true;
        }
    }
    if (count > o->room) return false;
    for (uint32_t i = 0; i < count; i++) o->at[i] = made[i];
    o->count = count;
    return true;
}

/* --- growing ------------------------------------------------------------------------------------------------------- */

/* The point near v whose angle to both great circles (unit normals n, m, outward) is `angle`. */
static struct vec mitre(struct vec v, struct vec n, struct vec m, double angle) {
    double b = sin(angle) / (1 + dot(n, m));
    struct vec side = plus(n, m, 1);
    double a = sqrt(fmax(0, 1 - b * b * dot(side, side)));
    return (struct vec){a * v.x + b * side.x, a * v.y + b * side.y, a * v.z + b * side.z};
}

/* Equidistant lines bulge outside the great circle through two points of equal distance: the new edges keep theirs. */
bool notam_outline_grow(struct notam_outline *o, double metres) {
    struct position made[LIMIT_VERTICES];
    double angle = (metres + 1) / RADIUS_LEAST, left = winding(o);
    uint32_t n = o->count, count = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct vec before = vec_of(&o->at[(i + n - 1) % n]), v = vec_of(&o->at[i]), after = vec_of(&o->at[(i + 1) % n]);
        struct vec in = unit(cross(v, before)), out = unit(cross(after, v)); /* outward when the inside is left */
        in = (struct vec){left * in.x, left * in.y, left * in.z};
        out = (struct vec){left * out.x, left * out.y, left * out.z};
        bool sharp = dot(in, out) < 0, spike = dot(in, out) < -1 + 1e-9;
        bool convex = left * dot(cross(before, v), after) > 0;
        if (spike || count + 2 > LIMIT_VERTICES) return false;
        if (sharp && convex) { /* cut the tip off, not nearer than `angle` */
            struct vec tip = unit(plus(in, out, 1));
            made[count++] = position_of(mitre(v, in, tip, angle));
            made[count++] = position_of(mitre(v, tip, out, angle));
        } else {
            made[count++] = position_of(mitre(v, in, out, angle));
        }
    }
    struct notam_outline grown = {made, count, LIMIT_VERTICES};
    notam_outline_tidy(&grown);
    if (grown.count < 3 || grown.count > o->room || notam_outline_crosses(&grown)) return false;
    for (uint32_t i = 0; i < grown.count; i++) o->at[i] = made[i];
    o->count = grown.count;
    return true;
}
