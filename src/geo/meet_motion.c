#include "geo/angle.h"
#include "geo/motion.h"
#include "geo/sure.h"

#include <assert.h>

static const double ENTRY_STEP = 0.5; /* seconds: entries are told at most this much too early */

/* --- against a volume --- */

struct flyby {
    const struct motion *m;
    struct motion_path path;
    struct outline area;
};

static void flyby_distance(const struct flyby *f, uint32_t piece, double from, double to, struct nearest *near) {
    struct outline arc;
    motion_path_arc(&f->path, piece, from, to, &arc);
    outline_distance(&arc, &f->area, near);
}

/* First time in [from, to] of one piece at which the core is within `metres`, given that it is at some; by halving. */
static double flyby_enter(const struct flyby *f, uint32_t piece, double from, double to, double metres) {
    while (to - from > ENTRY_STEP) {
        double mid = from + (to - from) / 2.0;
        struct nearest near;
        if (mid <= from || mid >= to) break;
        flyby_distance(f, piece, from, mid, &near);
        if (near.metres <= metres) to = mid;
        else from = mid;
    }
    return from;
}

/* The first time in the window at which the core is within `metres`; false when there is none. Stretches of time are looked at as
 * whole arcs, so a graze of a millisecond is found like any other. */
static bool flyby_first(const struct flyby *f, struct motion_window w, double metres, double *first) {
    for (uint32_t i = 0; i < f->path.pieces; i++) {
        double from = motion_path_start(&f->path, i), to = motion_path_start(&f->path, i + 1);
        struct nearest near;
        if (w.from > from) from = w.from;
        if (w.to < to) to = w.to;
        if (from > to) continue;
        flyby_distance(f, i, from, to, &near);
        if (near.metres > metres) continue;
        *first = flyby_enter(f, i, from, to, metres);
        return true;
    }
    return false;
}

/* Time and core distance of the closest approach in the window: the earliest of equals. */
static double flyby_closest(const struct flyby *f, struct motion_window w, double *metres) {
    double best = w.from;
    *metres = 3e7;
    for (uint32_t i = 0; i < f->path.pieces; i++) {
        double from = motion_path_start(&f->path, i), to = motion_path_start(&f->path, i + 1);
        struct nearest near;
        if (w.from > from) from = w.from;
        if (w.to < to) to = w.to;
        if (from > to) continue;
        flyby_distance(f, i, from, to, &near);
        if (near.metres >= *metres) continue;
        *metres = near.metres;
        best = motion_path_time(&f->path, i, near.a);
        best = best < from ? from : best > to ? to : best;
    }
    return best;
}

static int64_t flyby_gap(const struct motion *m, double t, const struct volume *b, const struct altitude_offsets *o) {
    if (m->altitude.cm == ALTITUDE_UNLIMITED) return 0;
    struct volume here = {.lower = motion_altitude(m, t), .upper = motion_altitude(m, t)};
    return altitude_gap(&here, b, o);
}

/* Cuts the window to when the heights come within `height_cm`. */
static bool flyby_heights(const struct motion *m, const struct volume *b, const struct altitude_offsets *o, int64_t height_cm,
                          struct motion_window *w) {
    int64_t low, high;
    double height = (double)m->altitude.cm, climb = (double)m->climb_cms, room = (double)height_cm;
    if (m->altitude.cm == ALTITUDE_UNLIMITED) return w->from <= w->to;
    if (b->lower.cm == ALTITUDE_UNLIMITED) return false;
    altitude_offset(&b->lower, &m->altitude, o, &low, &high);
    if (!motion_window_below(w, (double)(b->lower.cm + low) - height, -climb, room)) return false;
    if (b->upper.cm == ALTITUDE_UNLIMITED) return true;
    altitude_offset(&m->altitude, &b->upper, o, &low, &high);
    return motion_window_below(w, height - (double)b->upper.cm + (double)low, climb, room);
}

void meet_motion_volume(const struct motion *m, const struct volume *b, const struct altitude_offsets *o, int64_t reach_cm,
                        int64_t height_cm, int64_t before_ns, int64_t after_ns, struct approach *out) {
    struct flyby f = {.m = m};
    motion_path_make(m, &f.path);
    outline_make(&f.area, &b->shape);
    struct motion_window whole = {0.0, f.path.seconds}, w = whole;
    double start = motion_seconds(m, margin_shift(b->start, -before_ns));
    double end = motion_seconds(m, margin_shift(b->end, after_ns));
    if (start > w.from) w.from = start;
    if (end < w.to) w.to = end;
    bool timely = w.from <= w.to;
    struct motion_window looked = timely ? w : whole;

    struct outline point = {.slack = f.path.slack};
    double own = f.area.reach + (double)m->uncertainty_cm / 100.0, total = own + (double)reach_cm / 100.0, metres, at, first;
    double closest = flyby_closest(&f, looked, &metres);
    if (metres <= own && flyby_first(&f, looked, own, &at)) closest = at;
    out->closest = motion_instant(m, closest);
    out->distance_cm = margin_cm_down(metres - own);
    out->height_gap_cm = flyby_gap(m, closest, b, o);
    out->margin_cm = margin_cm_up(margin_stated(&point, &f.area, metres > total * 0.9 ? metres : total));
    out->meets = timely && flyby_heights(m, b, o, height_cm, &w) &&
                 flyby_first(&f, w, total + margin_decide(&point, &f.area, total), &first);
    out->entry = out->meets ? motion_instant(m, first) : INSTANT_NONE;
}

/* --- against each other --- */

struct pair { /* both points over their common time, in steps so short that the chord between them changes linearly */
    const struct motion *a, *b;
    double shift;  /* b's own time = a's time + shift */
    double from, to, step;
    uint32_t steps;
    double error;  /* metres by which that is wrong */
    double bend;   /* metres by which what the chord changes by in a step differs from one to another at the most */
};

static bool pair_make(const struct motion *a, const struct motion *b, struct pair *p) {
    assert(a->span > 0 && b->span > 0 && a->speed_cms >= 0 && b->speed_cms >= 0);
    *p = (struct pair){.a = a, .b = b, .shift = -motion_seconds(a, b->time)};
    double a_end = (double)a->span / 1e9, b_end = (double)b->span / 1e9 - p->shift;
    p->from = p->shift < 0.0 ? -p->shift : 0.0;
    p->to = a_end < b_end ? a_end : b_end;
    double va = (double)a->speed_cms / 100.0, vb = (double)b->speed_cms / 100.0, faster = va > vb ? va : vb;
    if (p->from > p->to || (p->from + (p->shift > 0.0 ? p->shift : 0.0)) * faster > 1e8) return false;
    double most = 1e8 / (faster + 1.0); /* seconds: beyond 100,000 km of path nothing is looked at */
    if (p->to - p->from > most) p->to = p->from + most;
    double steps = (p->to - p->from) * faster / 5000.0 + 1.0;
    p->steps = steps < 2048.0 ? (uint32_t)steps : 2048;
    p->step = (p->to - p->from) / p->steps;
    double la = va * p->step, lb = vb * p->step;
    p->error = (la * la + lb * lb) / (8.0 * EARTH_CURVE_LEAST); /* both arcs' rise above their chords */
    p->bend = (la * va + lb * vb) * (p->to - p->from) / EARTH_CURVE_LEAST * 1.01 + 0.1; /* a geodesic's direction turns as sharply as the surface bends */
    return true;
}

/* The chords at the ends of steps. Those that were looked at to see where the closest approach will be are kept. */
enum { SEEN = 4 };
struct chords { const struct pair *p; struct earth_course a, b; uint32_t seen, at[SEEN]; struct vec r[SEEN]; };
static struct vec chord_at(struct chords *c, uint32_t i) {
    const struct pair *p = c->p;
    for (uint32_t k = 0; k < c->seen; k++)
        if (c->at[k] == i) return c->r[k];
    double t = i == 0 ? p->from : p->from + p->step * i;
    struct vec a = earth_course_ahead(&c->a, (double)p->a->speed_cms / 100.0 * t);
    struct vec b = earth_course_ahead(&c->b, (double)p->b->speed_cms / 100.0 * (t + p->shift));
    struct vec r = vec_sub(earth_ecef(a), earth_ecef(b));
    if (c->seen == SEEN) return r;
    c->at[c->seen] = i;
    c->r[c->seen++] = r;
    return r;
}
static void chords_make(const struct pair *p, struct chords *c) {
    struct turn a = angle_turn_e7((int64_t)p->a->track_mdeg * 10000), b = angle_turn_e7((int64_t)p->b->track_mdeg * 10000);
    c->p = p;
    c->seen = 0;
    earth_course_make(&p->a->at, &a, &c->a);
    earth_course_make(&p->b->at, &b, &c->b);
}
/* A chord that is reached for certain: near the closest approach, if both go on as in the first step. */
static double chord_reached(struct chords *c) {
    uint32_t last = c->p->steps, near;
    struct vec r = chord_at(c, 0), d = vec_sub(chord_at(c, 1), r);
    double dd = vec_dot(d, d), s = dd > 1e-9 ? -vec_dot(r, d) / dd : 0.0;
    near = s <= 0.0 ? 0 : s >= (double)last ? last : (uint32_t)s;
    double here = vec_length(chord_at(c, near)), there = near < last ? vec_length(chord_at(c, near + 1)) : here;
    return here < there ? here : there;
}

/* Cuts the window to where the height of a above b, an interval that changes linearly, comes within `height_cm` of 0. */
static bool pair_heights(const struct pair *p, const struct altitude_offsets *o, int64_t height_cm, struct motion_window *w) {
    int64_t low, high;
    if (p->a->altitude.cm == ALTITUDE_UNLIMITED || p->b->altitude.cm == ALTITUDE_UNLIMITED) return true;
    altitude_offset(&p->a->altitude, &p->b->altitude, o, &low, &high);
    double rate = (double)p->a->climb_cms - (double)p->b->climb_cms, room = (double)height_cm;
    double above = (double)p->a->altitude.cm - (double)p->b->altitude.cm - (double)p->b->climb_cms * p->shift;
    return motion_window_below(w, above + (double)low, rate, room) && motion_window_below(w, -above - (double)high, -rate, room);
}

static int64_t pair_gap(const struct pair *p, double t, const struct altitude_offsets *o) {
    if (p->a->altitude.cm == ALTITUDE_UNLIMITED || p->b->altitude.cm == ALTITUDE_UNLIMITED) return 0;
    struct altitude x = motion_altitude(p->a, t), y = motion_altitude(p->b, t + p->shift);
    struct volume a = {.lower = x, .upper = x}, b = {.lower = y, .upper = y};
    return altitude_gap(&a, &b, o);
}

/* The times in [0, 1] at which |r + s d| <= limit; false when none. */
static bool chord_within(struct vec r, struct vec d, double limit, double *from, double *to) {
    double dd = vec_dot(d, d), rd = vec_dot(r, d), rest = vec_dot(r, r) - limit * limit;
    *from = 0.0;
    *to = 1.0;
    if (dd <= 1e-12) return rest <= 0.0 || vec_length(r) <= limit;
    double disc = rd * rd - dd * rest;
    if (disc < 0.0) return false;
    double root = angle_sqrt(disc), low = (-rd - root) / dd, high = (-rd + root) / dd;
    if (low > *from) *from = low;
    if (high < *to) *to = high;
    return *from <= *to;
}

struct encounter {
    double closest, chord; /* time and chord of the closest approach */
    double entry;
    bool meets;
};

static void pair_step(const struct pair *p, uint32_t i, struct vec r, struct vec d, double limit,
                      const struct motion_window *heights, struct encounter *e) {
    double start = p->from + p->step * i, dd = vec_dot(d, d), s = dd > 0.0 ? -vec_dot(r, d) / dd : 0.0, from, to;
    s = s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
    double chord = vec_length(vec_add(r, vec_scale(d, s)));
    if (chord < e->chord) {
        e->chord = chord;
        e->closest = start + p->step * s;
    }
    if (e->meets || !chord_within(r, d, limit, &from, &to)) return;
    from = start + p->step * from;
    to = start + p->step * to;
    if (heights->from > from) from = heights->from;
    if (heights->to < to) to = heights->to;
    if (from > to + 1e-9) return;
    e->meets = true;
    e->entry = from;
}

/* The error of a measured distance, as margin.h has it of shapes: of the measure, and of the two paths. */
static double pair_decide(double error, double metres) { return 0.12 + error + (metres <= 1e6 ? 2e-5 : 3e-3) * metres; }

void meet_motion_motion(const struct motion *a, const struct motion *b, const struct altitude_offsets *o, int64_t reach_cm,
                        int64_t height_cm, struct approach *out) {
    struct pair p;
    *out = (struct approach){.entry = INSTANT_NONE, .closest = INSTANT_NONE, .distance_cm = INT64_MAX, .height_gap_cm = INT64_MAX};
    if (!pair_make(a, b, &p)) return;
    double own = (double)(a->uncertainty_cm + b->uncertainty_cm) / 100.0, total = own + (double)reach_cm / 100.0;
    double decide = pair_decide(p.error, total);
    double limit = earth_chord_of_metres(total + decide);
    struct motion_window heights = {p.from, p.to};
    bool level = pair_heights(&p, o, height_cm, &heights);
    struct encounter e = {p.from, 3e7, 0.0, false};
    struct chords c;
    chords_make(&p, &c);
    double reached = chord_reached(&c), far = (reached > limit ? reached : limit) * (1.0 + 1e-9) + 1e-3;
    struct vec r = chord_at(&c, 0);
    double leap = vec_length(vec_sub(chord_at(&c, 1), r)) * 1.001 + p.bend; /* no step changes it by more */
    for (uint32_t i = 0; i < p.steps; i++) {
        double over = vec_length(r) - far; /* so long as it stays above that, it is neither the closest nor within the limit for the first time */
        uint32_t skip = over > leap ? over / leap < (double)(p.steps - i) ? (uint32_t)(over / leap) : p.steps - i : 0;
        if (skip > 0) {
            i += skip;
            if (i >= p.steps) break;
            r = chord_at(&c, i);
        }
        struct vec next = chord_at(&c, i + 1);
        pair_step(&p, i, r, vec_sub(next, r), limit, &heights, &e);
        if (e.meets && far > reached) far = reached * (1.0 + 1e-9) + 1e-3;
        r = next;
    }
    out->closest = motion_instant(a, e.closest);
    out->distance_cm = margin_cm_down(earth_metres_of_chord(e.chord) - own);
    out->height_gap_cm = pair_gap(&p, e.closest, o);
    double measured = earth_metres_of_chord(e.chord);
    if (measured < total) measured = total;
    out->margin_cm = margin_cm_up(2.0 * pair_decide(p.error, measured));
    out->meets = level && e.meets;
    if (out->meets) out->entry = motion_instant(a, e.entry);
}

/* --- surely not --- */

struct straight { struct vec at, way; }; /* ECEF: the tangent of the path at its start */

static struct straight straight_of(const struct motion *m) {
    struct turn lat = angle_turn_e7(m->at.lat), lon = angle_turn_e7(m->at.lon), track = angle_turn_e7((int64_t)m->track_mdeg * 10000);
    double speed = (double)m->speed_cms / 100.0, north = speed * track.cos, east = speed * track.sin;
    return (struct straight){earth_ecef((struct vec){lat.cos * lon.cos, lat.cos * lon.sin, lat.sin}),
                             {-north * lat.sin * lon.cos - east * lon.sin, -north * lat.sin * lon.sin + east * lon.cos, north * lat.cos}};
}

/* A geodesic bends as the surface does, at most 1 / 6,335 km: after s metres it is at most s^2 / 2R off its tangent. The pair's own error
 * counts twice: within it a chord may be taken for a nearer one, and one that is allowed may be longer. */
bool sure_apart(const struct motion *a, const struct motion *b, const struct altitude_offsets *o, int64_t reach_cm, int64_t height_cm) {
    struct pair p;
    if (!pair_make(a, b, &p)) return true;
    struct motion_window w = {p.from, p.to};
    if (!pair_heights(&p, o, height_cm, &w)) return true;
    double total = (double)(a->uncertainty_cm + b->uncertainty_cm) / 100.0 + (double)reach_cm / 100.0;
    double decide = pair_decide(2.0 * p.error, total);
    double sa = (double)a->speed_cms / 100.0 * (w.to + 1.0), sb = (double)b->speed_cms / 100.0 * (w.to + p.shift + 1.0);
    double limit = total + decide + (sa * sa + sb * sb) / (2.0 * EARTH_CURVE_LEAST) + 1.0; /* a chord is never longer than its arc */
    struct straight x = straight_of(a), y = straight_of(b);
    struct vec v = vec_sub(x.way, y.way), r = vec_sub(vec_sub(x.at, y.at), vec_scale(y.way, p.shift));
    double vv = vec_dot(v, v), t = vv > 1e-9 ? -vec_dot(r, v) / vv : w.from;
    t = t < w.from ? w.from : t > w.to ? w.to : t;
    struct vec near = vec_add(r, vec_scale(v, t));
    return vec_dot(near, near) > limit * limit;
}

/* --- surely not, and cheaply --- */

static const double LAT_MOST = 700000000.0, LON_MOST = 200000000.0, WAY_MOST = 240000.0, FLATTEST = 6.3e6 /* no curve of the surface bends less sharply */;
static double unsigned_of(double v) { return v < 0.0 ? -v : v; }

void sure_pass_make(const struct motion *m, const struct sure_tube *tube, struct sure_pass *out) {
    struct turn lat = angle_turn_e7(m->at.lat);
    *out = (struct sure_pass){.m = *m, .rate = *tube, .good = tube->narrow > 0, .sine = unsigned_of(lat.sin), .cosine = lat.cos};
}

/* Both are taken to change evenly in latitude and longitude, for which they are off by what sure_tube_make says of the way that they fly. A curve on the ellipsoid is no shorter
 * than on a sphere of its sharpest bend with the same latitudes and longitudes, and a way there no shorter than the root of the squares of the differences, with
 * the cosine of the highest latitude; less a hundredth, up to 20 degrees. */
bool sure_passes(const struct sure_pass *q, const struct motion *m, const struct sure_tube *tube, const struct altitude_offsets *o, int64_t reach_cm, int64_t height_cm) {
    struct pair p;
    if (!q->good || tube->narrow == 0) return false;
    if (!pair_make(&q->m, m, &p)) return true;
    struct motion_window w = {p.from, p.to};
    if (!pair_heights(&p, o, height_cm, &w)) return true;
    double lat = (double)m->at.lat - (double)q->m.at.lat, lon = (double)m->at.lon - (double)q->m.at.lon; /* 1e-7 degree, at the times of both */
    double lat_rate = (double)tube->lat_rate - (double)q->rate.lat_rate, lon_rate = (double)tube->lon_rate - (double)q->rate.lon_rate;
    double ta = w.to + 1.0, tb = w.to + p.shift + 1.0, sa = (double)p.a->speed_cms / 100.0 * ta, sb = (double)p.b->speed_cms / 100.0 * tb;
    double high_a = unsigned_of((double)q->m.at.lat), high_b = unsigned_of((double)m->at.lat);
    if (high_a > LAT_MOST || high_b > LAT_MOST || sa > WAY_MOST || sb > WAY_MOST || tb < 0.0) return false;
    lat += (double)tube->lat_rate * p.shift;
    lon += (double)tube->lon_rate * p.shift;
    if (unsigned_of(lat) + unsigned_of(lat_rate) * ta > LON_MOST || unsigned_of(lon) + unsigned_of(lon_rate) * ta > LON_MOST) return false; /* across the antimeridian, too */
    double highest = high_a + unsigned_of((double)q->rate.lat_rate) * ta, other = high_b + unsigned_of((double)tube->lat_rate) * tb;
    double up = ((highest > other ? highest : other) - high_a) * ANGLE_DEGREE_E7; /* >= 0 */
    double narrow = q->cosine * (1.0 - up * up / 2.0) - q->sine * up;
    if (narrow < 0.2) return false;
    double steep = angle_sqrt(1.0 - narrow * narrow) / narrow, unit = EARTH_CURVE_LEAST * ANGLE_DEGREE_E7 * 0.99;
    double wrong = (sa * sa + sb * sb) / (2.0 * FLATTEST) * steep * 1.5 + 40.0;
    double total = (double)(p.a->uncertainty_cm + p.b->uncertainty_cm) / 100.0 + (double)reach_cm / 100.0;
    double limit = total + pair_decide(2.0 * p.error, total) + wrong + 1.0;
    double x = lon * unit * narrow, y = lat * unit, vx = lon_rate * unit * narrow, vy = lat_rate * unit;
    double vv = vx * vx + vy * vy, t = vv > 1e-9 ? -(x * vx + y * vy) / vv : w.from;
    t = t < w.from ? w.from : t > w.to ? w.to : t;
    x += vx * t;
    y += vy * t;
    return x * x + y * y > limit * limit;
}
