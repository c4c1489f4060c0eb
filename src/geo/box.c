#include "geo/box.h"

#include "geo/angle.h"
#include "geo/outline.h"

#define BOX_ONE 1073741824.0 /* 2^30 */
#define BOX_SLACK 2.0        /* units of 6 mm: above every roundoff of the axes */

/* The angle, on the sphere of units, that holds every point which meet.h may take for one within `metres`. A metre is at most
 * 1 / EARTH_CURVE_LEAST radians; meet.h's margins add at most 0.6 % and half a metre a side, and beyond 350 km its measure may be
 * short by up to 0.13 %. Nearly-antipodal places are rare enough to be given more. */
static double reach_angle(double metres) {
    double grown = metres > 2e6 ? metres * 1.05 : metres * 1.008;
    return (grown + 1.0) / EARTH_CURVE_LEAST;
}

/* Highest value of the axis within `angle` of points whose values go up to `high`. */
static double axis_grow(double high, double angle) {
    if (high >= 1.0 || angle >= ANGLE_PI) return 1.0;
    if (high < -1.0) high = -1.0;
    struct turn t = angle_turn(angle);
    double across = angle_sqrt((1.0 - high) * (1.0 + high));
    /* asin(high) + angle >= 90 degrees <=> the cosine of the sum is not positive */
    if (across * t.cos - high * t.sin <= 0.0) return 1.0;
    return high * t.cos + across * t.sin;
}

/* What holds a shape or a piece of it, without its reach, along the axes of the sphere of units. */
struct core { double low[3], high[3]; };
static const struct core nothing = {{2.0, 2.0, 2.0}, {-2.0, -2.0, -2.0}};

static void core_grow(struct core *c, const double low[3], const double high[3]) {
    for (int k = 0; k < 3; k++) {
        if (low[k] < c->low[k]) c->low[k] = low[k];
        if (high[k] > c->high[k]) c->high[k] = high[k];
    }
}

static struct core core_of(const struct outline *o) {
    struct core c = nothing;
    for (uint32_t i = 0; i < o->chunks; i++) core_grow(&c, o->chunk[i].low, o->chunk[i].high);
    for (int k = 0; k < 3 && o->ring; k++) {
        struct vec up = {k == 0 ? 1.0 : 0.0, k == 1 ? 1.0 : 0.0, k == 2 ? 1.0 : 0.0};
        if (outline_contains(o, up)) c.high[k] = 1.0;
        if (outline_contains(o, vec_scale(up, -1.0))) c.low[k] = -1.0;
    }
    return c;
}

static int64_t whole_ms(instant t, int64_t shift_ns, bool up) {
    int64_t ns;
    if (__builtin_add_overflow(t, shift_ns, &ns)) ns = shift_ns < 0 ? INT64_MIN : INT64_MAX;
    int64_t ms = ns / 1000000, rest = ns % 1000000;
    return up ? ms + (rest > 0) : ms - (rest < 0);
}

static int32_t height_shift(int32_t cm, int64_t by) {
    int64_t v = cm + by;
    if (cm == ALTITUDE_UNLIMITED || v > INT32_MAX) return INT32_MAX;
    return v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

static void box_ground(const struct core *c, double angle, struct box *out) {
    for (int i = 0; i < 3; i++) {
        out->low[i] = (int32_t)angle_floor(-axis_grow(-c->low[i], angle) * BOX_ONE - BOX_SLACK);
        out->high[i] = (int32_t)angle_ceil(axis_grow(c->high[i], angle) * BOX_ONE + BOX_SLACK);
    }
}

static void box_spans(const struct volume *v, const struct altitude_offsets *o, int32_t height_cm, int64_t before_ns, int64_t after_ns, struct box *out) {
    int32_t least, most, other_least, other_most;
    bool inverted = altitude_band_inverted(&v->lower, &v->upper); /* then it is all between the two */
    altitude_w84(&v->lower, o, &least, &other_most);
    altitude_w84(&v->upper, o, &other_least, &most);
    if (inverted && other_least < least) least = other_least;
    if (inverted && other_most > most) most = other_most;
    out->low[3] = height_shift(least == ALTITUDE_UNLIMITED ? ALTITUDE_UNLIMITED - 1 : least, -(int64_t)height_cm);
    out->high[3] = height_shift(most, height_cm);
    out->from = whole_ms(v->start, -before_ns, false);
    out->to = whole_ms(v->end, after_ns, true);
}

void box_of_volume(const struct volume *v, const struct altitude_offsets *o, double reach_m, int32_t height_cm,
                   int64_t before_ns, int64_t after_ns, struct box *out) {
    struct outline shape;
    outline_make(&shape, &v->shape);
    struct core c = core_of(&shape);
    box_ground(&c, reach_angle(shape.reach + reach_m + shape.slack), out);
    box_spans(v, o, height_cm, before_ns, after_ns, out);
}

/* --- pieces --- */

#define PIECE 0.08      /* of the sphere of units: 510 km; edges are cut at 500 on entry */
#define PIECE_WIDTHS 4.0 /* a path's pieces are so many times as long as half of its width: shorter ones would lie over each other */
#define EDGE_PARTS 8    /* of an edge, so that slabs hold little of what lies beside them */

/* Most shapes: no vertex lies farther from the first than half a piece, so none of it is worth a second look. */
static bool in_one_piece(const struct shape *s) {
    const int64_t turn = INT64_C(3600000000), most = 22500000; /* 1e-7 degree: 250 km of a meridian */
    for (uint32_t i = 1; i < s->count; i++) {
        int64_t lat = (int64_t)s->at[i].lat - s->at[0].lat, lon = (int64_t)s->at[i].lon - s->at[0].lon;
        if (lat < 0) lat = -lat;
        if (lon < 0) lon = -lon;
        if (lon > turn - lon) lon = turn - lon;
        if (lat + lon > most) return false;
    }
    return true;
}

/* Runs of edges, each as long as goes into a box of that diagonal; what is beyond the room is only counted. */
static uint32_t path_runs(const struct outline *o, double diagonal, struct core out[BOX_PIECES]) {
    struct edge g[OUTLINE_BLOCK];
    struct core run = nothing;
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->edges; i++) {
        if (i % OUTLINE_BLOCK == 0) outline_edges(o, i, o->edges - i < OUTLINE_BLOCK ? o->edges - i : OUTLINE_BLOCK, g);
        const struct edge *e = &g[i % OUTLINE_BLOCK];
        struct core longer = run;
        core_grow(&longer, e->low, e->high);
        double x = longer.high[0] - longer.low[0], y = longer.high[1] - longer.low[1], z = longer.high[2] - longer.low[2];
        if (i > 0 && x * x + y * y + z * z > diagonal * diagonal) {
            if (n < BOX_PIECES) out[n] = run;
            n++;
            longer = nothing;
            core_grow(&longer, e->low, e->high);
        }
        run = longer;
    }
    if (n < BOX_PIECES) out[n] = run;
    return n + 1;
}

static uint32_t path_pieces(const struct outline *o, struct core out[BOX_PIECES]) {
    double wide = PIECE_WIDTHS * o->reach / EARTH_CURVE_LEAST;
    for (double diagonal = wide > PIECE ? wide : PIECE;; diagonal *= 2.0) {
        uint32_t n = path_runs(o, diagonal, out); /* ends: no box has a diagonal of 4 */
        if (n <= BOX_PIECES) return n;
    }
}

struct slabs { /* across the axis along which the whole is widest */
    int axis;
    uint32_t count;
    double from, each;
    struct core at[BOX_PIECES];
};

static uint32_t slab_of(const struct slabs *s, double v) {
    double i = (v - s->from) / s->each;
    return i <= 0.0 ? 0 : i >= (double)s->count ? s->count - 1 : (uint32_t)i; /* wrong by roundoff, which the box' growth of a metre holds */
}

static void slabs_grow(struct slabs *s, const double low[3], const double high[3]) {
    for (uint32_t i = slab_of(s, low[s->axis]), last = slab_of(s, high[s->axis]); i <= last; i++) {
        double from = s->from + s->each * (double)i, to = from + s->each, l[3] = {low[0], low[1], low[2]}, h[3] = {high[0], high[1], high[2]};
        if (l[s->axis] < from) l[s->axis] = from;
        if (h[s->axis] > to) h[s->axis] = to;
        core_grow(&s->at[i], l, h);
    }
}

static void slabs_edge(struct slabs *s, const struct edge *g) {
    struct edge part;
    if (g->sin <= PIECE / EDGE_PARTS && g->cos >= 0.0) {
        slabs_grow(s, g->low, g->high);
        return;
    }
    struct vec p = g->a, d = vec_sub(g->b, g->a);
    for (int k = 1; k <= EDGE_PARTS; k++) {
        struct vec q = k == EDGE_PARTS ? g->b : vec_unit(vec_add(g->a, vec_scale(d, (double)k / EDGE_PARTS)));
        edge_make(p, q, &part);
        slabs_grow(s, part.low, part.high);
        p = q;
    }
}
static void slabs_edges(struct slabs *s, const struct outline *o) {
    struct edge g[OUTLINE_BLOCK];
    for (uint32_t i = 0; i < o->edges; i += OUTLINE_BLOCK) {
        uint32_t n = o->edges - i < OUTLINE_BLOCK ? o->edges - i : OUTLINE_BLOCK;
        outline_edges(o, i, n, g);
        for (uint32_t k = 0; k < n; k++) slabs_edge(s, &g[k]);
    }
}

static void slabs_point(struct slabs *s, const struct outline *o, const double at[3], uint32_t first, uint32_t last) {
    if (!outline_contains(o, (struct vec){at[0], at[1], at[2]})) return;
    for (uint32_t i = first; i <= last; i++) core_grow(&s->at[i], at, at);
}

/* An axis' extremes within a slab lie on an edge, or where the axis leaves the sphere, or on one of the circles that bound the slab, where the other axis
 * is 0: of the latter two those count that lie in the ring. */
static void slabs_insides(struct slabs *s, const struct outline *o) {
    for (int k = 0; k < 3; k++)
        for (int side = -1; side <= 1; side += 2) {
            double at[3] = {0.0, 0.0, 0.0};
            at[k] = (double)side;
            uint32_t i = slab_of(s, at[s->axis]);
            slabs_point(s, o, at, i > 0 ? i - 1 : 0, i + 1 < s->count ? i + 1 : i);
        }
    for (uint32_t i = 1; i < s->count; i++)
        for (int k = 1; k < 3; k++)
            for (int side = -1; side <= 1; side += 2) {
                double at[3] = {0.0, 0.0, 0.0}, c = s->from + s->each * (double)i;
                at[s->axis] = c;
                at[(s->axis + k) % 3] = c * c < 1.0 ? side * angle_sqrt(1.0 - c * c) : 0.0;
                slabs_point(s, o, at, i - 1, i);
            }
}

static double core_face(const struct core *c) { /* the largest */
    double x = c->high[0] - c->low[0], y = c->high[1] - c->low[1], z = c->high[2] - c->low[2], xy = x * y, yz = y * z, zx = z * x;
    return xy > yz ? (xy > zx ? xy : zx) : yz > zx ? yz : zx;
}

static uint32_t ring_pieces(const struct outline *o, struct core out[BOX_PIECES]) {
    struct slabs s = {.axis = 0};
    double widest = 0.0, faces = 0.0;
    uint32_t n = 0;
    out[0] = core_of(o);
    for (int k = 0; k < 3; k++) {
        double wide = out[0].high[k] - out[0].low[k];
        if (wide <= widest) continue;
        widest = wide;
        s.axis = k;
    }
    double wanted = widest / PIECE;
    s.count = wanted >= BOX_PIECES ? BOX_PIECES : (uint32_t)wanted + 1;
    s.from = out[0].low[s.axis];
    s.each = widest / (double)s.count;
    for (uint32_t i = 0; i < s.count; i++) s.at[i] = nothing;
    if (s.count == 1) return 1;
    slabs_edges(&s, o);
    slabs_insides(&s, o);
    for (uint32_t i = 0; i < s.count; i++)
        if (s.at[i].low[0] <= s.at[i].high[0]) faces += core_face(&s.at[i]);
    if (faces > core_face(&out[0]) / 2.0) return 1;
    for (uint32_t i = 0; i < s.count; i++)
        if (s.at[i].low[0] <= s.at[i].high[0]) out[n++] = s.at[i];
    return n;
}

uint32_t box_pieces(const struct volume *v, const struct altitude_offsets *o, double reach_m, int32_t height_cm, int64_t before_ns,
                    int64_t after_ns, struct box out[BOX_PIECES]) {
    struct outline shape;
    struct core piece[BOX_PIECES];
    if (in_one_piece(&v->shape)) {
        if (out != NULL) box_of_volume(v, o, reach_m, height_cm, before_ns, after_ns, &out[0]);
        return 1;
    }
    outline_make(&shape, &v->shape);
    uint32_t n = shape.ring ? ring_pieces(&shape, piece) : path_pieces(&shape, piece);
    double angle = reach_angle(shape.reach + reach_m + shape.slack);
    for (uint32_t i = 0; out != NULL && i < n; i++) {
        box_ground(&piece[i], angle, &out[i]);
        box_spans(v, o, height_cm, before_ns, after_ns, &out[i]);
    }
    return n;
}

void box_widen(const struct volume *v, const struct box *made, const struct altitude_offsets *o, double reach_m, int32_t height_cm, int64_t before_ns, int64_t after_ns, struct box *out) {
    double own = (double)v->shape.reach_cm / 100.0;
    /* Beyond 2,000 km a metre counts for more (reach_angle): then what it has grown by already does not count. */
    double angle = reach_angle(own + reach_m > 1.8e6 ? own + reach_m + 2e5 : reach_m);
    for (int i = 0; i < 3; i++) {
        out->low[i] = (int32_t)angle_floor(-axis_grow(-(double)made->low[i] / BOX_ONE, angle) * BOX_ONE - BOX_SLACK);
        out->high[i] = (int32_t)angle_ceil(axis_grow((double)made->high[i] / BOX_ONE, angle) * BOX_ONE + BOX_SLACK);
    }
    box_spans(v, o, height_cm, before_ns, after_ns, out);
}
