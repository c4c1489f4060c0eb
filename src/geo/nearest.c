/* Nearest pairs and crossings of two outlines, by runs of edges. */
#include "geo/angle.h"
#include "geo/outline.h"

double outline_gap2(const double *low, const double *high, const double *other_low, const double *other_high) {
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        double g = low[i] > other_high[i] ? low[i] - other_high[i] : other_low[i] > high[i] ? other_low[i] - high[i] : 0.0;
        sum += g * g;
    }
    return sum;
}

struct search {
    const struct outline *a, *b;
    struct nearest *out;
    double bound2; /* a squared chord between units at which a pair cannot be nearer than what is found */
    uint64_t most; /* work after which no more is looked at */
    double left2;  /* a squared chord: none of the pairs that were not looked at is nearer */
};
enum { OPEN_COST = 6 }; /* to make the edges of two runs costs as much as so many pairs */

static void search_found(struct search *s, double metres, struct vec a, struct vec b) {
    s->out->metres = metres;
    s->out->a = a;
    s->out->b = b;
    double u = metres / (0.998 * EARTH_CURVE_LEAST); /* see earth_metres */
    s->bound2 = u * u;
}

/* Measured on the ellipsoid whenever it may be nearer: on the sphere two directions differ by up to 0.7 %. */
static void search_offer(struct search *s, struct vec a, struct vec b) {
    struct vec d = vec_sub(a, b);
    if (vec_dot(d, d) >= s->bound2) return;
    double metres = earth_metres(a, b);
    if (metres < s->out->metres) search_found(s, metres, a, b);
}

/* Does h lie wholly on one side of g's great circle, `bound2` (a squared chord) or more away from it? Spikes beside spikes and slanted
 * teeth have boxes that overlap; this tells them apart. */
static bool beside(const struct edge *g, const struct edge *h, double bound2) {
    double s = vec_dot(g->n, h->a), t = vec_dot(g->n, h->b);
    return (s > 0.0) == (t > 0.0) && s * s >= bound2 && t * t >= bound2;
}

/* Where the straight line between an edge's ends meets the other's plane, given how far the ends are off it. */
static struct vec on_plane(const struct edge *g, double a, double b) {
    return vec_unit(vec_add(vec_scale(g->a, b / (b - a)), vec_scale(g->b, a / (a - b))));
}
/* The signs of ends that lie on the other's great circle are roundoff: arcs of one meridian, far from each other, were taken to cross.
 * Each edge says where the crossing is; both mean one place, or there is none. Where that is not sure to 6 mm, the arcs are so nearly
 * parallel that an end is as near. */
static bool crosses(const struct edge *g, const struct edge *h) {
    if (!edge_crosses(g, h, 0.0)) return false;
    struct vec x = on_plane(g, vec_dot(h->n, g->a), vec_dot(h->n, g->b)), y = on_plane(h, vec_dot(g->n, h->a), vec_dot(g->n, h->b));
    struct vec d = vec_sub(x, y);
    return vec_dot(d, d) < 1e-18;
}

/* Two arcs that do not cross are nearest at an end of one: between two great circles a common perpendicular is a saddle. */
static void search_pair(struct search *s, const struct edge *g, const struct edge *h) {
    if (outline_gap2(g->low, g->high, h->low, h->high) >= s->bound2) return;
    if (beside(g, h, s->bound2) || beside(h, g, s->bound2)) return;
    s->out->pairs++;
    s->out->work++;
    if (crosses(g, h)) {
        struct vec x = vec_unit(vec_cross(g->n, h->n));
        if (vec_dot(x, vec_add(g->a, g->b)) < 0.0) x = vec_scale(x, -1.0);
        search_found(s, 0.0, x, x);
        return;
    }
    search_offer(s, g->a, edge_nearest(h, g->a));
    search_offer(s, g->b, edge_nearest(h, g->b));
    search_offer(s, edge_nearest(g, h->a), h->a);
    search_offer(s, edge_nearest(g, h->b), h->b);
}

static void search_blocks(struct search *s, const struct edge *g, uint32_t n, const struct edge *h, uint32_t m, const struct chunk *d) {
    for (uint32_t k = 0; k < n && s->bound2 > 0.0; k++) {
        if (outline_gap2(g[k].low, g[k].high, d->low, d->high) >= s->bound2) continue;
        for (uint32_t l = 0; l < m && s->bound2 > 0.0; l++) search_pair(s, &g[k], &h[l]);
    }
}
/* What there is no work for any more is bounded by its boxes. */
static void search_chunks(struct search *s, const struct chunk *c, const struct chunk *d) {
    struct edge g[OUTLINE_BLOCK], h[OUTLINE_BLOCK];
    for (uint32_t i = 0; i < c->count; i += OUTLINE_BLOCK) {
        uint32_t n = c->count - i < OUTLINE_BLOCK ? c->count - i : OUTLINE_BLOCK;
        for (uint32_t j = 0; j < d->count; j += OUTLINE_BLOCK) {
            uint32_t m = d->count - j < OUTLINE_BLOCK ? d->count - j : OUTLINE_BLOCK;
            double gap = s->out->work < s->most ? 4.0 : outline_gap2(c->low, c->high, d->low, d->high);
            if (gap < s->left2) s->left2 = gap;
            if (s->out->work >= s->most) return;
            s->out->work += OPEN_COST;
            if (j == 0) outline_edges(s->a, c->first + i, n, g);
            outline_edges(s->b, d->first + j, m, h);
            search_blocks(s, g, n, h, m, d);
        }
    }
}

static void search_all(struct search *s) {
    const struct outline *a = s->a, *b = s->b;
    double best = 1e9;
    uint32_t first_a = 0, first_b = 0;
    for (uint32_t i = 0; i < a->chunks; i++)
        for (uint32_t j = 0; j < b->chunks; j++) {
            double g = outline_gap2(a->chunk[i].low, a->chunk[i].high, b->chunk[j].low, b->chunk[j].high);
            if (g >= best) continue;
            best = g;
            first_a = i;
            first_b = j;
        }
    search_chunks(s, &a->chunk[first_a], &b->chunk[first_b]); /* the likely pair first, so that the rest is cut early */
    for (uint32_t i = 0; i < a->chunks; i++)
        for (uint32_t j = 0; j < b->chunks && s->bound2 > 0.0; j++) {
            const struct chunk *c = &a->chunk[i], *d = &b->chunk[j];
            if (i == first_a && j == first_b) continue;
            if (outline_gap2(c->low, c->high, d->low, d->high) < s->bound2) search_chunks(s, c, d);
        }
}
void outline_edge_distance(const struct outline *a, const struct outline *b, struct nearest *out) {
    struct search s = {a, b, out, 17.0, UINT64_MAX, 17.0};
    *out = (struct nearest){.metres = 3e7};
    search_all(&s);
    out->least = out->metres;
}
void outline_apart(const struct outline *a, const struct outline *b, struct nearest *out) {
    struct search s = {a, b, out, 17.0, OUTLINE_WORK, 17.0};
    struct vec x = outline_vertex(b, 0), y = outline_vertex(a, 0);
    *out = (struct nearest){.metres = 3e7};
    /* First what costs little: of rings that hold one another every edge may be as far from every other. */
    if (a->ring && outline_contains(a, x)) *out = (struct nearest){.a = x, .b = x};
    else if (b->ring && outline_contains(b, y)) *out = (struct nearest){.a = y, .b = y};
    else search_all(&s);
    double left = 0.998 * EARTH_CURVE_LEAST * angle_sqrt(s.left2); /* as in search_found */
    out->least = left < out->metres ? left : out->metres;
}

void outline_distance(const struct outline *a, const struct outline *b, struct nearest *out) {
    outline_edge_distance(a, b, out);
    if (out->metres == 0.0) return;
    /* No edges cross: one core lies wholly inside the other ring or wholly outside, so one vertex tells. */
    struct vec x = outline_vertex(b, 0), y = outline_vertex(a, 0);
    if (a->ring && outline_contains(a, x)) *out = (struct nearest){.a = x, .b = x, .pairs = out->pairs, .work = out->work};
    else if (b->ring && outline_contains(b, y)) *out = (struct nearest){.a = y, .b = y, .pairs = out->pairs, .work = out->work};
}

static bool block_crosses(const struct edge *g, uint32_t n, const struct edge *h, uint32_t m, double depth) {
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t l = 0; l < m; l++)
            if (outline_gap2(g[k].low, g[k].high, h[l].low, h[l].high) <= 0.0 && edge_crosses(&g[k], &h[l], depth)) return true;
    return false;
}

static bool chunks_cross(const struct outline *a, const struct outline *b, const struct chunk *c, const struct chunk *d, double depth) {
    struct edge g[OUTLINE_BLOCK], h[OUTLINE_BLOCK];
    for (uint32_t i = 0; i < c->count; i += OUTLINE_BLOCK) {
        uint32_t n = c->count - i < OUTLINE_BLOCK ? c->count - i : OUTLINE_BLOCK;
        outline_edges(a, c->first + i, n, g);
        for (uint32_t j = 0; j < d->count; j += OUTLINE_BLOCK) {
            uint32_t m = d->count - j < OUTLINE_BLOCK ? d->count - j : OUTLINE_BLOCK;
            outline_edges(b, d->first + j, m, h);
            if (block_crosses(g, n, h, m, depth)) return true;
        }
    }
    return false;
}

bool outline_crosses(const struct outline *a, const struct outline *b, double depth) {
    for (uint32_t i = 0; i < a->chunks; i++)
        for (uint32_t j = 0; j < b->chunks; j++) {
            const struct chunk *c = &a->chunk[i], *d = &b->chunk[j];
            if (outline_gap2(c->low, c->high, d->low, d->high) > 0.0) continue;
            if (chunks_cross(a, b, c, d, depth)) return true;
        }
    return false;
}
