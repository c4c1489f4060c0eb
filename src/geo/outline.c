#include "geo/outline.h"

#include "geo/angle.h"

#include <assert.h>
#include <string.h>

struct vec outline_vertex(const struct outline *o, uint32_t i) {
    if (o->shape == NULL) return o->ends[i];
    if (o->kept) return o->unit[i < o->vertices ? i : 0];
    return earth_unit(&o->shape->at[i < o->vertices ? i : 0]);
}

static void make_edges(const struct outline *o, uint32_t first, uint32_t count, struct edge *out) {
    struct vec a = outline_vertex(o, first);
    for (uint32_t i = 0; i < count; i++) {
        struct vec b = outline_vertex(o, o->vertices == 1 ? 0 : first + i + 1);
        edge_make(a, b, &out[i]);
        a = b;
    }
}

void outline_edges(const struct outline *o, uint32_t first, uint32_t count, struct edge *out) {
    assert(count <= OUTLINE_BLOCK && first + count <= o->edges);
    if (o->kept) memcpy(out, o->edge + first, count * sizeof *out);
    else make_edges(o, first, count, out);
}

/* Cosines are the dearest part of a small outline, and every question about it asks for all of its vertices. */
static void outline_keep(struct outline *o) {
    o->kept = o->vertices <= OUTLINE_BLOCK;
    if (!o->kept) return;
    for (uint32_t i = 0; i < o->vertices; i++) o->unit[i] = earth_unit(&o->shape->at[i]);
    make_edges(o, 0, o->edges, o->edge);
}

static void chunk_grow(struct chunk *c, const struct edge *g) {
    for (int i = 0; i < 3; i++) {
        if (g->low[i] < c->low[i]) c->low[i] = g->low[i];
        if (g->high[i] > c->high[i]) c->high[i] = g->high[i];
    }
}

/* Cuts the edges into runs, and finds the longest edge and the sum of where the edges begin. */
static void outline_chunks(struct outline *o) {
    uint32_t per = (o->edges + OUTLINE_CHUNKS - 1) / OUTLINE_CHUNKS;
    if (per < OUTLINE_BLOCK) per = OUTLINE_BLOCK;
    double longest = 0.0;
    struct edge g[OUTLINE_BLOCK];
    o->chunks = 0;
    o->centre = (struct vec){0.0, 0.0, 0.0};
    for (uint32_t first = 0; first < o->edges; first += per) {
        uint32_t count = o->edges - first < per ? o->edges - first : per;
        struct chunk *c = &o->chunk[o->chunks++];
        *c = (struct chunk){first, count, {2.0, 2.0, 2.0}, {-2.0, -2.0, -2.0}};
        for (uint32_t i = 0; i < count; i += OUTLINE_BLOCK) {
            uint32_t n = count - i < OUTLINE_BLOCK ? count - i : OUTLINE_BLOCK;
            outline_edges(o, first + i, n, g);
            for (uint32_t k = 0; k < n; k++) {
                chunk_grow(c, &g[k]);
                o->centre = vec_add(o->centre, g[k].a);
                struct vec d = vec_sub(g[k].b, g[k].a);
                double dd = vec_dot(d, d);
                if (dd > longest) longest = dd;
            }
        }
    }
    o->slack = edge_slack(EARTH_CURVE_GREATEST * 2.0 * angle_asin(angle_sqrt(longest) / 2.0));
}

/* --- a ring's inside --- */

double outline_area_from(const struct outline *o, struct vec apex) {
    double sum = 0.0;
    struct vec a = outline_vertex(o, 0);
    for (uint32_t i = 0; i < o->edges; i++) {
        struct vec b = outline_vertex(o, i + 1);
        /* The triple product from differences: triangles of a few centimetres keep their area. */
        double triple = vec_dot(apex, vec_cross(vec_sub(a, apex), vec_sub(b, apex)));
        double rest = 1.0 + vec_dot(apex, a) + vec_dot(a, b) + vec_dot(b, apex);
        sum += 2.0 * angle_atan2(triple, rest);
        a = b;
    }
    return sum;
}

/* Least dot(c, vertex), and that vertex. */
static double outline_least(const struct outline *o, struct vec c, struct vec *worst) {
    double least = 2.0;
    for (uint32_t i = 0; i < o->vertices; i++) {
        struct vec v = outline_vertex(o, i);
        double d = vec_dot(c, v);
        if (d < least) {
            least = d;
            *worst = v;
        }
    }
    return least;
}

/* No vertex has a smaller dot(c, vertex). */
static double outline_least_of_runs(const struct outline *o, struct vec c) {
    double least = 2.0;
    for (uint32_t i = 0; i < o->chunks; i++) {
        const struct chunk *r = &o->chunk[i];
        double d = c.x * (c.x > 0.0 ? r->low[0] : r->high[0]) + c.y * (c.y > 0.0 ? r->low[1] : r->high[1]) + c.z * (c.z > 0.0 ? r->low[2] : r->high[2]);
        if (d < least) least = d;
    }
    return least;
}

/* A hemisphere that holds the ring well inside, if one is found: the mean direction, then up to 32 steps of the perceptron. Rings of many vertices, whose every
 * look at them is a thousand cosines, mostly lie so close together that the runs' boxes tell. */
static bool outline_hemisphere(struct outline *o) {
    struct vec sum = o->centre, worst = {0.0, 0.0, 0.0};
    if (!o->kept && vec_length(sum) > 1e-6) {
        o->centre = vec_unit(sum);
        o->nearest = outline_least_of_runs(o, o->centre);
        if (o->nearest > 1e-3) return true;
    }
    for (int i = 0; i < 33; i++) {
        if (vec_length(sum) > 1e-6) {
            o->centre = vec_unit(sum);
            o->nearest = outline_least(o, o->centre, &worst);
            if (o->nearest > 1e-3) return true;
            sum = o->centre;
        } else {
            worst = outline_vertex(o, 0);
        }
        sum = vec_add(sum, worst);
    }
    return false;
}

/* Least distance of +c or -c to an edge, as a squared chord. */
static double outline_clearance(const struct outline *o, struct vec c) {
    double least = 4.0;
    for (uint32_t i = 0; i < o->edges; i++) {
        struct edge g;
        outline_edges(o, i, 1, &g);
        for (int side = 0; side < 2; side++) {
            struct vec p = vec_scale(c, side ? -1.0 : 1.0), d = vec_sub(p, edge_nearest(&g, p));
            double dd = vec_dot(d, d);
            if (dd < least) least = dd;
        }
    }
    return least;
}

/* Rings that fit no hemisphere. The triangles from an apex to each edge never hold the apex' antipode, so their signed sum tells the
 * left side's area and, by its sign, on which side the antipode lies; from both ends of an axis it tells both. Of thirteen axes
 * the two that stay farthest off the edges are taken. */
static void outline_anywhere(struct outline *o) {
    static const signed char axes[13][3] = {{1, 0, 0},  {0, 1, 0},  {0, 0, 1},  {1, 1, 0}, {1, -1, 0}, {1, 0, 1},  {1, 0, -1},
                                            {0, 1, 1}, {0, 1, -1}, {1, 1, 1}, {1, 1, -1}, {1, -1, 1}, {-1, 1, 1}};
    double best[2] = {-1.0, -1.0};
    for (int i = 0; i < 13; i++) {
        struct vec c = vec_unit((struct vec){axes[i][0], axes[i][1], axes[i][2]});
        double d = outline_clearance(o, c);
        int at = d > best[0] ? 0 : d > best[1] ? 1 : 2;
        if (at == 2) continue;
        if (at == 0) {
            best[1] = best[0];
            o->known[1] = o->known[0];
        }
        best[at] = d;
        o->known[at] = c;
    }
    for (int i = 0; i < 2; i++) {
        double from_it = outline_area_from(o, o->known[i]);
        double from_other = outline_area_from(o, vec_scale(o->known[i], -1.0));
        double left = from_it < 0.0 ? from_it + 4.0 * ANGLE_PI : from_it;
        bool left_is_smaller = left <= 2.0 * ANGLE_PI;
        o->known_inside[i] = (from_other < 0.0) == left_is_smaller;
        o->area = left_is_smaller ? left : 4.0 * ANGLE_PI - left;
    }
}

static void outline_sides(struct outline *o) {
    o->hemisphere = outline_hemisphere(o);
    if (!o->hemisphere) {
        outline_anywhere(o);
        return;
    }
    struct vec c = o->centre, across = c.z * c.z < 0.5 ? (struct vec){0.0, 0.0, 1.0} : (struct vec){1.0, 0.0, 0.0};
    struct vec e1 = vec_unit(vec_cross(c, across)), e2 = vec_cross(c, e1);
    o->known[0] = vec_unit(vec_sub(e1, c));
    o->known[1] = vec_unit(vec_sub(e2, c));
    o->known_inside[0] = o->known_inside[1] = false;
}

void outline_make(struct outline *o, const struct shape *s) {
    assert(s->count > 0);
    o->shape = s;
    o->vertices = s->count;
    o->ring = s->kind == SHAPE_POLYGON;
    o->edges = o->ring ? s->count : s->count > 1 ? s->count - 1 : 1;
    o->reach = (double)s->reach_cm / 100.0;
    outline_keep(o);
    outline_chunks(o);
    if (o->ring) outline_sides(o);
}

void outline_make_edge(struct outline *o, struct vec a, struct vec b) {
    o->shape = NULL;
    o->kept = false;
    o->ends[0] = a;
    o->ends[1] = b;
    o->vertices = 2;
    o->edges = 1;
    o->ring = false;
    o->reach = 0.0;
    outline_chunks(o);
}

struct ray { /* the great circle arc from a place to another whose side is known */
    struct vec normal, from_side, to_side;
};

/* Can the box hold a point of the half plane n.x = 0 that lies on the arc? */
static bool ray_may_cut(const struct ray *r, const struct chunk *c) {
    struct vec mid = {(c->low[0] + c->high[0]) / 2.0, (c->low[1] + c->high[1]) / 2.0, (c->low[2] + c->high[2]) / 2.0};
    struct vec half = {c->high[0] - mid.x, c->high[1] - mid.y, c->high[2] - mid.z};
    const struct vec *planes[3] = {&r->normal, &r->from_side, &r->to_side};
    for (int i = 0; i < 3; i++) {
        const struct vec *p = planes[i];
        double d = vec_dot(*p, mid), room = 1e-13;
        room += (p->x < 0.0 ? -p->x : p->x) * half.x + (p->y < 0.0 ? -p->y : p->y) * half.y;
        room += (p->z < 0.0 ? -p->z : p->z) * half.z;
        if (d < -room || (i == 0 && d > room)) return false;
    }
    return true;
}

/* Crossings of one run, half-open: a vertex on the ray's plane belongs to its left, for both of its edges alike. */
static uint32_t ray_crossings(const struct ray *r, const struct outline *o, const struct chunk *c) {
    uint32_t crossings = 0;
    struct vec a = outline_vertex(o, c->first);
    double da = vec_dot(r->normal, a);
    for (uint32_t i = 0; i < c->count; i++) {
        struct vec b = outline_vertex(o, c->first + i + 1);
        double db = vec_dot(r->normal, b);
        if ((da >= 0.0) != (db >= 0.0)) {
            double wa = db < 0.0 ? -db : db, wb = da < 0.0 ? -da : da;
            struct vec x = vec_add(vec_scale(a, wa), vec_scale(b, wb));
            if (vec_dot(r->from_side, x) > 0.0 && vec_dot(r->to_side, x) > 0.0) crossings++;
        }
        a = b;
        da = db;
    }
    return crossings;
}

bool outline_contains(const struct outline *o, struct vec x) {
    assert(o->ring);
    if (o->hemisphere && vec_dot(o->centre, x) < o->nearest - 1e-12) return false;
    struct vec n0 = vec_cross(x, o->known[0]), n1 = vec_cross(x, o->known[1]);
    int which = vec_dot(n0, n0) >= vec_dot(n1, n1) ? 0 : 1; /* the arc to a place near x or opposite would have no direction */
    struct ray r = {.normal = vec_unit(which ? n1 : n0)};
    r.from_side = vec_cross(r.normal, x);
    r.to_side = vec_cross(o->known[which], r.normal);
    uint32_t crossings = 0;
    for (uint32_t i = 0; i < o->chunks; i++)
        if (ray_may_cut(&r, &o->chunk[i])) crossings += ray_crossings(&r, o, &o->chunk[i]);
    return o->known_inside[which] != ((crossings & 1) != 0);
}
