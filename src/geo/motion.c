/* Moving points. The path is cut into pieces along the geodesic, each taken as a great circle arc travelled at constant speed, so a
 * question about a stretch of time is one about an arc, answered exactly by nearest.c: nothing is sampled, nothing is missed
 * between two samples. */
#include "geo/motion.h"

#include "geo/angle.h"

#include <assert.h>

static const double PIECE = 100000.0, LONGEST_PIECE = 5e6; /* metres */

double motion_metres(const struct motion *m) {
    return (double)m->speed_cms / 100.0 * ((double)m->span / 1e9);
}

struct vec motion_ahead(const struct motion *m, double metres) {
    struct turn azimuth = angle_turn_e7((int64_t)m->track_mdeg * 10000);
    return earth_direct(&m->at, &azimuth, metres);
}

void motion_path_make(const struct motion *m, struct motion_path *p) {
    assert(m->span > 0 && m->speed_cms >= 0 && m->uncertainty_cm >= 0);
    double metres = motion_metres(m), most = LONGEST_PIECE * MOTION_PIECES;
    p->seconds = (double)m->span / 1e9;
    if (metres > most) {
        p->seconds *= most / metres;
        metres = most;
    }
    double pieces = metres / PIECE + 1.0;
    p->pieces = pieces < MOTION_PIECES ? (uint32_t)pieces : MOTION_PIECES;
    p->slack = edge_slack(metres / p->pieces);
    for (uint32_t i = 0; i <= p->pieces; i++) p->node[i] = motion_ahead(m, metres * ((double)i / (double)p->pieces));
}

double motion_path_start(const struct motion_path *p, uint32_t piece) {
    return p->seconds * ((double)piece / (double)p->pieces);
}

static double edge_angle(const struct edge *g) {
    return angle_atan2(g->sin, g->cos);
}

struct vec motion_path_at(const struct motion_path *p, uint32_t piece, double t) {
    struct edge g;
    double from = motion_path_start(p, piece), to = motion_path_start(p, piece + 1);
    if (t <= from) return p->node[piece];
    if (t >= to) return p->node[piece + 1];
    edge_make(p->node[piece], p->node[piece + 1], &g);
    struct turn way = angle_turn(edge_angle(&g) * ((t - from) / (to - from)));
    return vec_unit(vec_add(vec_scale(g.a, way.cos), vec_scale(g.e, way.sin)));
}

double motion_path_time(const struct motion_path *p, uint32_t piece, struct vec x) {
    struct edge g;
    double from = motion_path_start(p, piece), to = motion_path_start(p, piece + 1);
    edge_make(p->node[piece], p->node[piece + 1], &g);
    if (!(g.sin > 0.0)) return from;
    double share = angle_atan2(vec_dot(x, g.e), vec_dot(x, g.a)) / edge_angle(&g);
    return share <= 0.0 ? from : share >= 1.0 ? to : from + (to - from) * share;
}

void motion_path_arc(const struct motion_path *p, uint32_t piece, double from, double to, struct outline *out) {
    outline_make_edge(out, motion_path_at(p, piece, from), motion_path_at(p, piece, to));
    out->slack = p->slack; /* that of the whole piece, of which this is a part */
}

double motion_seconds(const struct motion *m, instant t) {
    int64_t d;
    if (__builtin_sub_overflow(t, m->time, &d)) return t > m->time ? 1e10 : -1e10;
    return (double)d / 1e9;
}

instant motion_instant(const struct motion *m, double seconds) {
    return margin_shift(m->time, angle_floor(seconds * 1e9));
}

struct altitude motion_altitude(const struct motion *m, double seconds) {
    if (m->altitude.cm == ALTITUDE_UNLIMITED) return m->altitude;
    double cm = (double)m->altitude.cm + (double)m->climb_cms * seconds;
    if (cm > 2147483646.0) cm = 2147483646.0;
    if (cm < -2147483647.0) cm = -2147483647.0;
    return (struct altitude){(int32_t)angle_floor(cm + 0.5), m->altitude.reference};
}

bool motion_window_below(struct motion_window *w, double value, double rate, double limit) {
    if (rate == 0.0) return value <= limit && w->from <= w->to;
    double t = (limit - value) / rate, slack = 1e-6; /* a microsecond outward for the roundoff */
    if (rate > 0.0) {
        if (t + slack < w->to) w->to = t + slack;
    } else if (t - slack > w->from) {
        w->from = t - slack;
    }
    return w->from <= w->to;
}

static int32_t clamp_cm(double cm) {
    return cm > 2147483646.0 ? INT32_MAX - 1 : cm < -2147483647.0 ? -INT32_MAX : (int32_t)cm;
}

void motion_tube(const struct motion *m, int64_t hold_ns, struct position room[4], struct volume *out) {
    const double heading = 0.0349 /* sine of 2 degrees */, faster = 1.05, around = 250.0;
    double metres = motion_metres(m) * faster;
    assert(m->span > 0 && hold_ns >= 0 && m->speed_cms >= 0);
    if (metres > 3.0 * LONGEST_PIECE) metres = 3.0 * LONGEST_PIECE;
    uint32_t pieces = metres < 1.0 ? 0 : metres <= 2.0 * PIECE ? 1 : 3;
    room[0] = m->at;
    for (uint32_t i = 1; i <= pieces; i++)
        room[i] = earth_position(motion_ahead(m, metres * ((double)i / (double)pieces)));
    double half = (double)m->uncertainty_cm / 100.0 + around + metres * heading + 1.0;
    if (pieces > 0) half += edge_slack(metres / pieces);
    if (half > 2e7) half = 2e7; /* the whole earth */
    out->shape = (struct shape){SHAPE_CORRIDOR, pieces + 1, angle_ceil(half * 100.0), room};
    out->start = m->time;
    out->end = margin_shift(margin_shift(m->time, m->span), hold_ns);
    motion_band(m, &out->lower, &out->upper);
}

void motion_band(const struct motion *m, struct altitude *lower, struct altitude *upper) {
    if (m->altitude.cm == ALTITUDE_UNLIMITED) { /* height not known: any */
        *lower = (struct altitude){0, ALTITUDE_SFC};
        *upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_W84};
        return;
    }
    double change = (double)m->climb_cms * ((double)m->span / 1e9), height = (double)m->altitude.cm;
    *lower = *upper = m->altitude;
    if (change < 0.0) lower->cm = clamp_cm(height + change - 0.99);
    else upper->cm = clamp_cm(height + change + 0.99);
}
