/* Does one volume hold another? Errs to false.
 *
 * Alike shapes must contain each other, so bounds that touch or coincide count as inside: within CONTAIN_TOLERANCE, which is far
 * above the rounding of coordinates and far below anything that matters. Where the answer would need the union of many strips or
 * caps (a polygon in a corridor of many legs), it is looked for leg by leg and given up after a bounded amount of work. */
#include "geo/meet.h"

#include "geo/angle.h"
#include "geo/margin.h"

#define CONTAIN_TOLERANCE 0.25 /* metres */
#define CONTAIN_STEPS 4096

static bool band_contains(const struct volume *outer, const struct volume *inner, const struct altitude_offsets *o) {
    int64_t low, high;
    /* Nothing flies below the surface. */
    bool from_surface = outer->lower.reference == ALTITUDE_SFC && outer->lower.cm <= 0;
    if (!from_surface) {
        if (outer->lower.cm == ALTITUDE_UNLIMITED || inner->lower.cm == ALTITUDE_UNLIMITED) return false;
        altitude_offset(&inner->lower, &outer->lower, o, &low, &high);
        if ((int64_t)inner->lower.cm - outer->lower.cm + low < 0) return false;
    }
    if (outer->upper.cm == ALTITUDE_UNLIMITED) return true;
    if (inner->upper.cm == ALTITUDE_UNLIMITED) return false;
    altitude_offset(&outer->upper, &inner->upper, o, &low, &high);
    return (int64_t)outer->upper.cm - inner->upper.cm + low >= 0;
}

/* --- in a circle: no point of the core is farther from the centre than the rest of the radius --- */

static double at_most(double metres) { /* of a measured distance, by the measure's own error */
    double share = metres <= 1e6 ? 1e-5 : metres <= 2e6 ? 3e-5 : 3e-3;
    return metres * (1.0 + share);
}

static bool circle_contains(const struct outline *outer, const struct outline *inner) {
    struct vec c = outline_vertex(outer, 0), far = vec_scale(c, -1.0);
    if (inner->ring && outline_contains(inner, far)) return false;
    double room = outer->reach - inner->reach + CONTAIN_TOLERANCE;
    for (uint32_t i = 0; i < inner->edges; i++) {
        struct edge g;
        outline_edges(inner, i, 1, &g);
        /* The farthest point of an edge is the one nearest to the antipode; the ends for the ellipsoid's sake. */
        if (at_most(earth_metres(c, edge_nearest(&g, far))) > room) return false;
        if (at_most(earth_metres(c, g.a)) > room || at_most(earth_metres(c, g.b)) > room) return false;
    }
    return true;
}

/* --- in a corridor: every point of every edge near the path --- */

struct legs { /* of a corridor's path: those that may be used, how near one must be, and the work that is left */
    const struct outline *path;
    uint32_t first, last;
    double room;
    uint32_t steps;
};
enum held { HELD, HELD_IN_PARTS, NOT_HELD };

/* Both ends within the room of one leg: so is what lies between, but for the bulge of a great circle beside another,
 * length^2 / 8R * tan(room / R). Holds for what is short against the earth. Ends near different legs: perhaps in parts. */
static enum held legs_hold_whole(struct legs *l, const struct edge *g) {
    double length = earth_metres(g->a, g->b), near = (l->room + 1.0) / (0.998 * EARTH_CURVE_LEAST);
    bool small = length == 0.0 || (length <= 1e6 && l->room <= 1e6);
    double bulge = 1.2 * length * length / (8.0 * EARTH_MEAN) * (l->room / EARTH_MEAN);
    bool a_held = false, b_held = false;
    for (uint32_t c = 0; c < l->path->chunks; c++) {
        const struct chunk *k = &l->path->chunk[c];
        uint32_t first = k->first > l->first ? k->first : l->first;
        uint32_t last = k->first + k->count < l->last ? k->first + k->count : l->last;
        if (outline_gap2(k->low, k->high, g->low, g->high) > near * near) continue;
        for (uint32_t i = first; i < last && l->steps > 0; i++, l->steps--) {
            struct edge leg;
            outline_edges(l->path, i, 1, &leg);
            double a = earth_metres(g->a, edge_nearest(&leg, g->a)), b = earth_metres(g->b, edge_nearest(&leg, g->b));
            a_held |= a <= l->room;
            b_held |= b <= l->room;
            if (small && a + bulge <= l->room && b + bulge <= l->room) return HELD;
        }
    }
    return a_held && b_held && l->steps > 0 ? HELD_IN_PARTS : NOT_HELD;
}

/* Halves an edge until each piece lies along one leg; in order, with a stack as deep as the halving. */
static bool legs_hold_edge(struct legs *l, const struct edge *g) {
    struct edge stack[32];
    uint32_t depth = 1;
    stack[0] = *g;
    while (depth > 0) {
        struct edge piece = stack[--depth];
        enum held held = legs_hold_whole(l, &piece);
        if (held == HELD) continue;
        if (held == NOT_HELD || earth_metres(piece.a, piece.b) < 0.1 || depth + 2 > 32) return false;
        struct vec mid = vec_unit(vec_add(piece.a, piece.b));
        edge_make(mid, piece.b, &stack[depth++]);
        edge_make(piece.a, mid, &stack[depth++]);
    }
    return true;
}

static bool legs_hold(struct legs *l, const struct outline *inner) {
    for (uint32_t i = 0; i < inner->edges; i++) {
        struct edge g;
        outline_edges(inner, i, 1, &g);
        if (!legs_hold_edge(l, &g)) return false;
    }
    return true;
}

static bool corridor_contains(const struct outline *outer, const struct outline *inner) {
    struct legs l = {outer, 0, outer->edges, outer->reach - inner->reach + CONTAIN_TOLERANCE, 0};
    if (l.room < 0.0) return false;
    l.steps = CONTAIN_STEPS + 64 * (outer->edges + inner->edges);
    if (!inner->ring) return legs_hold(&l, inner);
    /* A path that comes back near itself may leave a hole, so a ring must lie along one leg or two that join: those have none. */
    for (uint32_t i = 0; i < outer->edges; i++) {
        l.first = i;
        l.last = i + 2 < outer->edges ? i + 2 : outer->edges;
        if (legs_hold(&l, inner)) return true;
    }
    return false;
}

/* --- in a polygon --- */

static bool near_edges(const struct outline *ring, struct vec x, double metres) {
    struct outline point;
    struct nearest near;
    outline_make_edge(&point, x, x);
    outline_edge_distance(ring, &point, &near);
    return near.metres <= metres;
}

static bool ring_holds_place(const struct outline *ring, struct vec x) {
    return outline_contains(ring, x) || near_edges(ring, x, CONTAIN_TOLERANCE);
}

/* Touching allowed: every corner and middle of the inner edges inside or on the outline, no edges cross, and no corner of the outer
 * one stands inside the inner ring. */
static bool ring_contains(const struct outline *outer, const struct outline *inner) {
    if (inner->reach > CONTAIN_TOLERANCE) {
        struct nearest near;
        outline_edge_distance(outer, inner, &near);
        double error = at_most(near.metres) - near.metres + outer->slack + inner->slack;
        return near.metres - error >= inner->reach - CONTAIN_TOLERANCE &&
               outline_contains(outer, outline_vertex(inner, 0));
    }
    for (uint32_t i = 0; i < inner->edges; i++) {
        struct edge g;
        outline_edges(inner, i, 1, &g);
        if (!ring_holds_place(outer, g.a) || !ring_holds_place(outer, g.b)) return false;
        if (g.sin > 0.0 && !ring_holds_place(outer, vec_unit(vec_add(g.a, g.b)))) return false;
    }
    if (outline_crosses(outer, inner, CONTAIN_TOLERANCE / EARTH_MEAN)) return false;
    for (uint32_t i = 0; inner->ring && i < outer->edges; i++) {
        struct vec v = outline_vertex(outer, i);
        if (outline_contains(inner, v) && !near_edges(inner, v, CONTAIN_TOLERANCE)) return false;
    }
    return true;
}

bool meet_contains(const struct volume *outer, const struct volume *inner, const struct altitude_offsets *o) {
    if (inner->start < outer->start || inner->end > outer->end || !band_contains(outer, inner, o)) return false;
    struct outline p, q;
    outline_make(&p, &outer->shape);
    outline_make(&q, &inner->shape);
    if (p.ring) return ring_contains(&p, &q);
    return p.vertices == 1 ? circle_contains(&p, &q) : corridor_contains(&p, &q);
}
