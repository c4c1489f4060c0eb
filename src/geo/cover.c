#include "geo/cover.h"

#include <assert.h>

#include "base/limits.h"
#include "geo/outline.h"

#define SIDES 16                /* of the polygon around a circle */
#define SIDE_SHARE 1.0196       /* 1 / cos(pi / SIDES): it touches the circle from outside */
#define BEND 1.0013             /* of 500 km, a line that runs beside a great circle lies so much farther off in its middle */
#define SPARE 2.0               /* metres: rounding of vertices, and pieces that touch overlap */
#define CORRIDOR_MOST 20000.0   /* metres: half the width from which on circles take less than what has corners */
#define CIRCLE_MOST 9.0e6       /* metres: a circle so wide still holds the edges between what it holds */
#define PLANES COVER_PLANES
#define HULL_COST 24 /* vertices: what a point of a hull costs, the squares around it and their sorting with it; a leg's rings so many more */
#define RINGS_COST 640
#define LEG_COST 16

/* ---- writing ---- */
static struct position *points_take(struct cover *c, uint32_t n) {
    if (c->count == c->room || n > c->at_room - c->used) return NULL;
    struct position *at = c->at + c->used;
    c->used += n;
    return at;
}
static bool circle_add(struct cover *c, struct vec centre, double metres) {
    struct position *at = points_take(c, 1);
    if (at == NULL) return false;
    *at = earth_position(centre);
    int64_t cm = angle_ceil(metres * 100.0) + 10;
    c->shapes[c->count++] = (struct shape){.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = cm < 2000000000 ? cm : 2000000000, .at = at};
    return true;
}
static bool copy_add(struct cover *c, const struct shape *s) {
    struct position *at = points_take(c, s->count);
    if (at == NULL) return false;
    for (uint32_t i = 0; i < s->count; i++) at[i] = s->at[i];
    c->shapes[c->count] = *s;
    c->shapes[c->count++].at = at;
    return true;
}

/* ---- circles around what there is ---- */
/* A bound of the distance over the ellipsoid, whatever way is gone. */
static double at_most(struct vec a, struct vec b) {
    double m = earth_metres(a, b);
    return m * (m < 1.0e7 ? 1.0001 : 1.003) + 0.1;
}
static double longest(const struct shape *s, bool closed) {
    double most = 0.0;
    for (uint32_t i = 0; i + 1 < s->count + closed; i++) {
        double m = earth_metres(earth_unit(&s->at[i]), earth_unit(&s->at[(i + 1) % s->count]));
        if (m > most) most = m;
    }
    return most;
}
static double slack_of(const struct shape *s) { return s->kind == SHAPE_CIRCLE ? 0.0 : 2.0 * edge_slack(longest(s, s->kind == SHAPE_POLYGON)); }
static struct vec middle_of(const struct shape *s, uint32_t count) {
    double low[3] = {2.0, 2.0, 2.0}, high[3] = {-2.0, -2.0, -2.0};
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < s[i].count; k++) {
            struct vec p = earth_unit(&s[i].at[k]);
            for (int axis = 0; axis < 3; axis++) {
                double x = vec_axis(&p, axis);
                if (x < low[axis]) low[axis] = x;
                if (x > high[axis]) high[axis] = x;
            }
        }
    struct vec sum = {low[0] + high[0], low[1] + high[1], low[2] + high[2]};
    return vec_length(sum) > 1e-6 ? vec_unit(sum) : earth_unit(&s[0].at[0]);
}
bool cover_circle(struct cover *c, const struct shape *s, uint32_t count) {
    assert(count > 0);
    struct position rounded = earth_position(middle_of(s, count));
    struct vec middle = earth_unit(&rounded); /* of the circle as it will stand */
    double most = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        double around = (double)s[i].reach_cm / 100.0 + slack_of(&s[i]) + SPARE;
        for (uint32_t k = 0; k < s[i].count; k++) {
            double m = at_most(middle, earth_unit(&s[i].at[k])) + around;
            if (m > most) most = m;
        }
        c->vertices += 10 * (uint64_t)s[i].count;
    }
    if (count == 1 && s->kind == SHAPE_CIRCLE) return copy_add(c, s);
    if (most <= CIRCLE_MOST) return circle_add(c, middle, most);
    return circle_add(c, middle, 1.01e7) && circle_add(c, vec_scale(middle, -1.0), 1.01e7); /* 20,004 km from pole to pole: the two hold everything */
}

/* ---- hulls in the plane that touches the earth at `middle`, where great circles are straight ---- */
struct frame { struct vec middle, e, n; };
static struct frame frame_at(struct vec middle) {
    struct vec axis = middle.x * middle.x < 0.5 ? (struct vec){1.0, 0.0, 0.0} : (struct vec){0.0, 1.0, 0.0};
    struct vec e = vec_unit(vec_cross(middle, axis));
    return (struct frame){middle, e, vec_cross(middle, e)};
}
static struct vec frame_back(const struct frame *f, double u, double v) { return vec_unit(vec_add(f->middle, vec_add(vec_scale(f->e, u), vec_scale(f->n, v)))); }
static bool project(struct cover_work *w, const struct frame *f, const struct vec *at, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        double up = vec_dot(at[i], f->middle);
        if (up < 0.2) return false;
        w->u[i] = vec_dot(at[i], f->e) / up;
        w->v[i] = vec_dot(at[i], f->n) / up;
    }
    return true;
}
static bool is_before(const struct cover_work *w, double u, double v, uint32_t i) { return u < w->u[i] || (u == w->u[i] && v < w->v[i]); }
static void sort_points(struct cover_work *w, uint32_t n) {
    for (uint32_t gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (uint32_t i = gap; i < n; i++) {
            double u = w->u[i], v = w->v[i];
            uint32_t k = i;
            for (; k >= gap && is_before(w, u, v, k - gap); k -= gap) w->u[k] = w->u[k - gap], w->v[k] = w->v[k - gap];
            w->u[k] = u;
            w->v[k] = v;
        }
}
static bool is_left(const struct cover_work *w, const double *hu, const double *hv, uint32_t h, uint32_t i) {
    double au = hu[h - 1] - hu[h - 2], av = hv[h - 1] - hv[h - 2], bu = w->u[i] - hu[h - 1], bv = w->v[i] - hv[h - 1];
    return au * bv - av * bu > 0.0;
}
/* Hull of the points in u, v, counter-clockwise, as directions into w->b; how many. */
static uint32_t hull(struct cover_work *w, const struct frame *f, uint32_t n) {
    double *hu = w->hull_u, *hv = w->hull_v;
    uint32_t h = 0, lower;
    sort_points(w, n);
    for (uint32_t i = 0; i < n; i++) {
        while (h >= 2 && !is_left(w, hu, hv, h, i)) h--;
        hu[h] = w->u[i], hv[h++] = w->v[i];
    }
    lower = h;
    for (uint32_t i = n - 1; i-- > 0;) {
        while (h > lower && !is_left(w, hu, hv, h, i)) h--;
        hu[h] = w->u[i], hv[h++] = w->v[i];
    }
    h--; /* the first, again */
    if (h > COVER_POINTS) return 0;
    for (uint32_t i = 0; i < h; i++) w->b[i] = frame_back(f, hu[i], hv[i]);
    return h;
}
/* So many points of w->a, and all within `metres` of any of their hull's: a polygon. 0: none can be made. Directions stand in w->b. */
static uint32_t hull_around(struct cover_work *w, struct vec middle, uint32_t n, double metres) {
    struct frame f = frame_at(middle);
    double share = metres * 1.02 / EARTH_CURVE_LEAST;
    if (n == 0 || !project(w, &f, w->a, n)) return 0;
    uint32_t h = n < 3 ? 0 : hull(w, &f, n);
    if (h < 3) return 0;
    if (4 * h > COVER_POINTS) return 0;
    for (uint32_t i = 0; i < h; i++) { /* a square around each holds the circle around it */
        struct vec p = w->b[i], e = vec_unit(vec_cross(p, f.n)), k = vec_cross(p, e);
        for (int s = 0; s < 4; s++)
            w->a[4 * i + (uint32_t)s] = vec_unit(vec_add(p, vec_add(vec_scale(e, s & 1 ? share : -share), vec_scale(k, s & 2 ? share : -share))));
    }
    return project(w, &f, w->a, 4 * h) ? hull(w, &f, 4 * h) : 0;
}
/* As it stands in w->b; *area: of what would be written. False: it cannot be one polygon. */
static bool polygon_add(struct cover *c, uint32_t n, double *area) {
    uint32_t kept = 0;
    if (n < 3 || n > LIMIT_VERTICES) return false;
    struct position *at = points_take(c, n);
    if (at == NULL) return false;
    for (uint32_t i = 0; i < n; i++) {
        struct position p = earth_position(c->work->b[i]);
        if (kept > 0 && ((p.lat == at[kept - 1].lat && p.lon == at[kept - 1].lon) || (p.lat == at[0].lat && p.lon == at[0].lon))) continue;
        at[kept++] = p;
    }
    c->used -= n - kept;
    c->shapes[c->count] = (struct shape){.kind = SHAPE_POLYGON, .count = kept, .at = at};
    c->vertices += HULL_COST * (uint64_t)n;
    if (kept < 3) {
        c->used -= kept;
        return false;
    }
    *area = shape_area(&c->shapes[c->count++]);
    return true;
}
static void polygon_drop(struct cover *c) { c->used -= c->shapes[--c->count].count; }

/* ---- corridors: each leg the hull of the circles at its ends ---- */
static uint32_t ring_around(struct cover_work *w, uint32_t n, struct vec p, double metres) {
    struct position at = earth_position(p);
    for (int i = 0; i < SIDES; i++) {
        struct turn t = angle_turn(ANGLE_PI * 2.0 * i / SIDES);
        w->a[n++] = earth_direct(&at, &t, metres);
    }
    return n;
}
static bool leg_add(struct cover *c, struct vec a, struct vec b, double reach, double slack, double most) {
    struct vec middle = vec_unit(vec_add(a, b));
    double area, half = at_most(a, b) / 2.0, wide = reach * 1.003 + slack + SPARE;
    c->vertices += reach <= CORRIDOR_MOST ? RINGS_COST : LEG_COST;
    if (reach <= CORRIDOR_MOST) {
        double side = (reach * BEND + slack + SPARE) * SIDE_SHARE;
        uint32_t n = ring_around(c->work, ring_around(c->work, 0, a, side), b, side);
        if (polygon_add(c, hull_around(c->work, middle, n, 1.0), &area)) {
            if (area <= most) return true;
            polygon_drop(c);
        }
    }
    return circle_add(c, middle, half + wide + SPARE); /* its ends are round, and as wide as it is */
}
static struct vec along(struct vec a, struct vec b, uint32_t k, uint32_t of) {
    double t = (double)k / (double)of;
    return vec_unit(vec_add(vec_scale(a, 1.0 - t), vec_scale(b, t)));
}
/* One leg's next part, of so many that each is small enough. */
static bool corridor_go(struct cover *c, const struct shape *s, double most) {
    struct cover_run *run = &c->run;
    double reach = (double)s->reach_cm / 100.0;
    if (s->count == 1) {
        run->through = true;
        return circle_add(c, earth_unit(&s->at[0]), reach);
    }
    /* A leg's area is (length + 2 r) * 2 r, and some for its corners. */
    double longest_leg = reach <= CORRIDOR_MOST ? most / (2.3 * (reach + 20.0)) - 2.2 * reach - 100.0 : 0.0;
    if (longest_leg < reach / 2.0) longest_leg = reach / 2.0;
    struct vec a = earth_unit(&s->at[run->leg]), b = earth_unit(&s->at[run->leg + 1]);
    double metres = at_most(a, b), slack = edge_slack(metres);
    uint32_t legs = metres / longest_leg > (double)c->room ? c->room + 1 : (uint32_t)angle_ceil(metres / longest_leg);
    struct vec from = run->part == 0 ? a : along(a, b, run->part, legs);
    uint32_t k = ++run->part;
    struct vec to = k >= legs ? b : along(a, b, k, legs);
    if (k >= legs) {
        run->part = 0;
        run->leg++;
        run->through = run->leg + 1 >= s->count;
    }
    return leg_add(c, from, to, reach, slack, most);
}

/* ---- large polygons: halved until each half is small enough ---- */
/* What lies on the positive side of a plane through the earth's middle. Parts that a plane cuts off a shape with bays hang together by edges along it, which do no
 * harm to a hull. 0: nothing, or (`beyond`) more than there is room for. */
static uint32_t clip(const struct vec *in, uint32_t n, struct vec plane, struct vec *out, bool *beyond) {
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct vec a = in[i], b = in[i + 1 < n ? i + 1 : 0];
        double da = vec_dot(plane, a), db = vec_dot(plane, b);
        if (m + 2 > COVER_POINTS) {
            *beyond = true;
            return 0;
        }
        if (da >= 0.0) out[m++] = a;
        if ((da >= 0.0) != (db >= 0.0)) out[m++] = vec_unit(vec_add(vec_scale(a, db / (db - da)), vec_scale(b, da / (da - db))));
    }
    return m;
}
/* The shape's part within the leaf into w->a. */
static uint32_t leaf_points(struct cover *c, const struct shape *s, const struct cover_leaf *l, bool *beyond) {
    struct cover_work *w = c->work;
    struct vec *from = w->a, *to = w->b;
    uint32_t n = s->count;
    for (uint32_t i = 0; i < n; i++) from[i] = w->unit[i];
    c->vertices += n / 4;
    for (uint32_t k = 0; k < l->planes && n > 0; k++) {
        c->vertices += n;
        n = clip(from, n, l->plane[k], to, beyond);
        struct vec *swap = from;
        from = to;
        to = swap;
    }
    for (uint32_t i = 0; i < n && from != w->a; i++) w->a[i] = from[i];
    return n;
}
/* Middle, and the way across which it is widest. */
static void leaf_measure(const struct vec *at, uint32_t n, struct cover_leaf *l) {
    double low[3] = {2.0, 2.0, 2.0}, high[3] = {-2.0, -2.0, -2.0};
    int widest = 0;
    for (uint32_t i = 0; i < n; i++)
        for (int axis = 0; axis < 3; axis++) {
            double x = vec_axis(&at[i], axis);
            if (x < low[axis]) low[axis] = x;
            if (x > high[axis]) high[axis] = x;
        }
    for (int axis = 1; axis < 3; axis++)
        if (high[axis] - low[axis] > high[widest] - low[widest]) widest = axis;
    struct vec sum = {low[0] + high[0], low[1] + high[1], low[2] + high[2]}, to = {widest == 0, widest == 1, widest == 2};
    l->middle = vec_length(sum) > 1e-9 ? vec_unit(sum) : at[0];
    to = vec_sub(to, vec_scale(l->middle, vec_dot(to, l->middle))); /* a plane through the middle, square to that axis as far as may be */
    l->across = vec_length(to) > 1e-9 ? vec_unit(to) : frame_at(l->middle).e;
}
/* Its area as a polygon; 1e18: it is none yet. False: nothing of the shape lies in it. */
static bool leaf_judge(struct cover *c, const struct shape *s, double slack, struct cover_leaf *l) {
    bool beyond = false;
    uint32_t n = leaf_points(c, s, l, &beyond);
    l->split = !beyond && l->planes < PLANES;
    l->area = 1e18;
    if (n < 3) return beyond; /* it touches: the other half holds that */
    c->vertices += 4 * (uint64_t)n;
    leaf_measure(c->work->a, n, l);
    if (polygon_add(c, hull_around(c->work, l->middle, n, slack), &l->area)) polygon_drop(c);
    return true;
}
/* Its part of the shape as a circle, by points that are no positions yet. */
static bool leaf_circle(struct cover *c, const struct shape *s, const struct cover_leaf *l, double slack) {
    bool beyond = false;
    uint32_t n = leaf_points(c, s, l, &beyond);
    if (beyond) return cover_circle(c, s, 1);
    double most = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        double m = at_most(l->middle, c->work->a[i]) + slack + SPARE;
        if (m > most) most = m;
    }
    return most <= CIRCLE_MOST ? circle_add(c, l->middle, most) : cover_circle(c, s, 1);
}
static bool leaf_add(struct cover *c, const struct shape *s, const struct cover_leaf *l, double slack, double most) {
    bool beyond = false;
    double area;
    if (l->area > most) return leaf_circle(c, s, l, slack);
    uint32_t n = leaf_points(c, s, l, &beyond);
    return polygon_add(c, hull_around(c->work, l->middle, n, slack), &area);
}
/* The largest that is too large yet is halved; COVER_LEAVES: none is. */
static uint32_t leaf_largest(const struct cover_run *run, double most) {
    uint32_t largest = COVER_LEAVES;
    for (uint32_t i = 0; i < run->leaves; i++)
        if (run->leaf[i].split && run->leaf[i].area > most && (largest == COVER_LEAVES || run->leaf[i].area > run->leaf[largest].area)) largest = i;
    return run->leaves == COVER_LEAVES ? COVER_LEAVES : largest;
}
static bool halve_begin(struct cover *c, const struct shape *s) {
    struct cover_run *run = &c->run;
    if (!c->room || c->count == c->room) return false;
    for (uint32_t i = 0; i < s->count; i++) c->work->unit[i] = earth_unit(&s->at[i]);
    run->slack = slack_of(s) + SPARE + 2.0 * edge_slack(600000.0);
    run->leaf[0] = (struct cover_leaf){.planes = 0};
    run->leaves = 1;
    run->halving = true;
    return leaf_judge(c, s, run->slack, &run->leaf[0]);
}
static void leaf_halve(struct cover *c, const struct shape *s, uint32_t at) {
    struct cover_run *run = &c->run;
    struct cover_leaf one = run->leaf[at], other = one;
    one.plane[one.planes++] = one.across;
    other.plane[other.planes++] = vec_scale(other.across, -1.0);
    bool has_one = leaf_judge(c, s, run->slack, &one), has_other = leaf_judge(c, s, run->slack, &other);
    if (has_one) run->leaf[at] = one;
    if (has_other) run->leaf[has_one ? run->leaves++ : at] = other;
    if (!has_one && !has_other) run->leaf[at] = run->leaf[--run->leaves]; /* not of a shape that has an inside */
}
static bool polygon_go(struct cover *c, const struct shape *s, double most) {
    struct cover_run *run = &c->run;
    if (!run->halving) return halve_begin(c, s);
    uint32_t largest = run->part == 0 ? leaf_largest(run, most) : COVER_LEAVES;
    if (largest < COVER_LEAVES) {
        leaf_halve(c, s, largest);
        return true;
    }
    if (run->part < run->leaves && !leaf_add(c, s, &run->leaf[run->part], run->slack, most)) return false;
    run->part++;
    run->through = run->part >= run->leaves;
    return true;
}

void cover_begin(struct cover *c) { c->run.begun = c->run.halving = c->run.through = false, c->run.leg = c->run.part = c->run.leaves = 0; }
bool cover_go(struct cover *c, const struct shape *s, double area, bool *through) {
    struct cover_run *run = &c->run;
    bool good = true;
    if (!run->begun) {
        run->begun = true;
        c->vertices += s->kind == SHAPE_POLYGON ? 4 * (uint64_t)s->count : 1;
        run->as_it_is = s->kind == SHAPE_CIRCLE || (s->kind == SHAPE_POLYGON && shape_area(s) <= area);
    }
    if (run->as_it_is) good = run->through = copy_add(c, s);
    else good = s->kind == SHAPE_CORRIDOR ? corridor_go(c, s, area) : polygon_go(c, s, area);
    *through = run->through;
    return good;
}
bool cover_shape(struct cover *c, const struct shape *s, double area) {
    bool good = true;
    cover_begin(c);
    for (bool through = false; good && !through;) good = cover_go(c, s, area, &through);
    return good;
}
