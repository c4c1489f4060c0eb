#include "geo/raster.h"

#include "base/limits.h"
#include "geo/angle.h"
#include "geo/outline.h"

#include <string.h>

#define FRONT 0.05   /* what is nearer to the plane's horizon, 87 degrees off, is cut: no edge that reaches a window has both ends there */
#define BLOCK 8      /* cells of a circle that are decided together */

struct flat { double x, y; bool behind; };

void raster_make(struct raster *r, const struct position *middle, double cell_m) {
    r->middle = earth_unit(middle);
    struct turn lon = angle_turn_e7(middle->lon);
    r->east = (struct vec){-lon.sin, lon.cos, 0.0};
    r->north = vec_cross(r->middle, r->east);
    r->cell = cell_m / EARTH_MEAN;
    r->pad = r->cell / 20.0;
}

static struct flat flat_of(const struct raster *r, struct vec u) {
    double depth = vec_dot(u, r->middle);
    if (depth < FRONT) return (struct flat){.behind = true};
    return (struct flat){vec_dot(u, r->east) / depth, vec_dot(u, r->north) / depth, false};
}
static struct vec cell_unit(const struct raster *r, double row, double column) {
    double x = (column + 0.5 - RASTER_SIDE / 2) * r->cell, y = (row + 0.5 - RASTER_SIDE / 2) * r->cell;
    return vec_unit(vec_add(r->middle, vec_add(vec_scale(r->east, x), vec_scale(r->north, y))));
}
/* The cell that a coordinate lies in, cut at the window's ends: -1 and RASTER_SIDE are outside. */
static int32_t cell_of(const struct raster *r, double at) {
    double c = at / r->cell + RASTER_SIDE / 2;
    return c < 0.0 ? -1 : c >= RASTER_SIDE ? RASTER_SIDE : (int32_t)c;
}
static void set_span(struct raster_cells *out, int32_t row, int32_t from, int32_t to) {
    if (from < 0) from = 0;
    if (to >= RASTER_SIDE) to = RASTER_SIDE - 1;
    for (int32_t word = 0; word < 2 && from <= to; word++) {
        int32_t low = from - 64 * word, high = to - 64 * word;
        if (low > 63 || high < 0) continue;
        uint64_t bits = UINT64_MAX << (low > 0 ? low : 0);
        out->row[row][word] |= high >= 63 ? bits : bits & ((UINT64_C(1) << (high + 1)) - 1);
    }
}

/* ---- edges ---- */
static double least(double a, double b) { return a < b ? a : b; }
static double most(double a, double b) { return a > b ? a : b; }
/* All cells within `pad` of a straight line, row by row. */
static void draw_edge(const struct raster *r, struct flat a, struct flat b, double pad, struct raster_cells *out) {
    int32_t first = cell_of(r, least(a.y, b.y) - pad), last = cell_of(r, most(a.y, b.y) + pad);
    if (last < 0 || first >= RASTER_SIDE || cell_of(r, most(a.x, b.x) + pad) < 0 || cell_of(r, least(a.x, b.x) - pad) >= RASTER_SIDE) return;
    if (first < 0) first = 0;
    if (last >= RASTER_SIDE) last = RASTER_SIDE - 1;
    double rise = b.y - a.y;
    for (int32_t row = first; row <= last; row++) {
        /* The part of the line in this row, the row grown by the pad. */
        double south = (row - RASTER_SIDE / 2) * r->cell - pad, north = south + r->cell + 2.0 * pad, from = 0.0, to = 1.0;
        if (rise != 0.0) {
            double s = (south - a.y) / rise, t = (north - a.y) / rise;
            from = most(0.0, least(s, t));
            to = least(1.0, most(s, t));
        }
        if (from > to) continue;
        double x = a.x + (b.x - a.x) * from, z = a.x + (b.x - a.x) * to;
        set_span(out, row, cell_of(r, least(x, z) - pad), cell_of(r, most(x, z) + pad));
    }
}
/* One end is behind: the line is cut where it passes FRONT. */
static struct flat cut_edge(const struct raster *r, struct vec front, struct vec behind) {
    double df = vec_dot(front, r->middle), db = vec_dot(behind, r->middle), share = (df - FRONT) / (df - db) * (1.0 - 1e-9);
    return flat_of(r, vec_add(vec_scale(front, 1.0 - share), vec_scale(behind, share)));
}
static void draw_edges(const struct raster *r, const struct shape *s, double pad, struct raster_cells *out, struct flat flats[LIMIT_VERTICES], bool *front) {
    struct vec last = earth_unit(&s->at[s->count - 1]), u = last;
    struct flat before = flat_of(r, last);
    *front = true;
    for (uint32_t i = 0; i < s->count; i++, last = u, before = flats[i - 1]) {
        u = earth_unit(&s->at[i]);
        flats[i] = flat_of(r, u);
        *front = *front && !flats[i].behind;
        if (i == 0 && s->kind != SHAPE_POLYGON && s->count > 1) continue; /* a path does not close */
        if (before.behind && flats[i].behind) continue;
        draw_edge(r, before.behind ? cut_edge(r, u, last) : before, flats[i].behind ? cut_edge(r, last, u) : flats[i], pad, out);
    }
}

/* ---- insides ---- */
/* Wholly in front, a ring's smaller side is the one that ends. */
static bool flat_contains(const struct flat *at, uint32_t count, double x, double y) {
    bool inside = false;
    for (uint32_t i = 0, j = count - 1; i < count; j = i++)
        if ((at[i].y > y) != (at[j].y > y) && x < at[i].x + (at[j].x - at[i].x) * ((y - at[i].y) / (at[j].y - at[i].y))) inside = !inside;
    return inside;
}
static bool cell_inside(const struct raster *r, const struct shape *s, const struct flat *flats, bool front, int32_t row, int32_t column) {
    if (front) return flat_contains(flats, s->count, (column + 0.5 - RASTER_SIDE / 2) * r->cell, (row + 0.5 - RASTER_SIDE / 2) * r->cell);
    struct outline o;
    outline_make(&o, s);
    return outline_contains(&o, cell_unit(r, row, column));
}
static int32_t first_open(const uint64_t row[2]) { return ~row[0] != 0 ? __builtin_ctzll(~row[0]) : ~row[1] != 0 ? 64 + __builtin_ctzll(~row[1]) : -1; }

/* No edge goes through the cells that are not drawn: those of one run of a row lie on one side, and so do runs that touch in neighbouring rows. */
static void fill(const struct raster *r, const struct shape *s, const struct flat *flats, bool front, struct raster_cells *out) {
    const struct raster_cells edges = *out;
    for (int32_t row = 0; row < RASTER_SIDE; row++) {
        bool empty = (edges.row[row][0] | edges.row[row][1]) == 0;
        for (int32_t from = 0; from < RASTER_SIDE; from++) {
            if (raster_has(&edges, (uint32_t)row, (uint32_t)from)) continue;
            int32_t to = from, known = -1;
            if (empty) {
                int32_t below = row > 0 ? first_open(edges.row[row - 1]) : -1;
                if (below >= 0) known = raster_has(out, (uint32_t)row - 1, (uint32_t)below);
                to = RASTER_SIDE;
            }
            for (; to < RASTER_SIDE && !raster_has(&edges, (uint32_t)row, (uint32_t)to); to++)
                if (known < 0 && row > 0 && !raster_has(&edges, (uint32_t)row - 1, (uint32_t)to)) known = raster_has(out, (uint32_t)row - 1, (uint32_t)to);
            if (known < 0) known = cell_inside(r, s, flats, front, row, from);
            if (known) set_span(out, row, from, to - 1);
            from = to;
        }
    }
}

/* ---- circles ---- */
static void draw_circle(const struct raster *r, const struct shape *s, struct raster_cells *out) {
    struct vec middle = earth_unit(&s->at[0]);
    double reach = (double)s->reach_cm / 100.0 / EARTH_CURVE_LEAST + r->pad;
    if (reach > ANGLE_PI) reach = ANGLE_PI;
    for (int32_t row = 0; row < RASTER_SIDE; row += BLOCK)
        for (int32_t column = 0; column < RASTER_SIDE; column += BLOCK) {
            const double half = 0.7072 * r->cell, wide = BLOCK * half, between = (BLOCK - 1) / 2.0;
            struct vec d = vec_sub(cell_unit(r, row + between, column + between), middle);
            double angle = 2.0 * angle_asin(vec_length(d) / 2.0);
            if (angle > reach + wide) continue;
            for (int32_t i = 0; i < BLOCK; i++) {
                if (angle <= reach - wide) {
                    set_span(out, row + i, column, column + BLOCK - 1);
                    continue;
                }
                for (int32_t k = 0; k < BLOCK; k++) {
                    d = vec_sub(cell_unit(r, row + i, column + k), middle);
                    if (2.0 * angle_asin(vec_length(d) / 2.0) <= reach + half) set_span(out, row + i, column + k, column + k);
                }
            }
        }
}

void raster_shape(const struct raster *r, const struct shape *s, struct raster_cells *out) {
    struct flat flats[LIMIT_VERTICES];
    bool front;
    memset(out, 0, sizeof *out);
    if (s->kind == SHAPE_CIRCLE) {
        draw_circle(r, s, out);
        return;
    }
    draw_edges(r, s, r->pad + (double)s->reach_cm / 100.0 / EARTH_CURVE_LEAST, out, flats, &front);
    if (s->kind == SHAPE_POLYGON) fill(r, s, flats, front, out);
}
