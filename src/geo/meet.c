#include "geo/meet.h"

#include "geo/angle.h"
#include "geo/margin.h"

double margin_decide(const struct outline *a, const struct outline *b, double metres) {
    double share = metres <= 1e6 ? 1e-5 : metres <= 2e6 ? 3e-5 : 3e-3;
    return 0.12 + a->slack + b->slack + share * metres;
}

double margin_stated(const struct outline *a, const struct outline *b, double metres) {
    return 2.0 * margin_decide(a, b, metres);
}

int64_t margin_cm_down(double metres) {
    return metres > 0.0 ? angle_floor(metres * 100.0) : 0;
}

int64_t margin_cm_up(double metres) {
    return angle_ceil(metres * 100.0);
}

instant margin_shift(instant t, int64_t by) {
    instant out;
    return __builtin_add_overflow(t, by, &out) ? (by < 0 ? INT64_MIN : INT64_MAX) : out;
}

void meet_volumes(const struct volume *a, const struct volume *b, const struct altitude_offsets *o, int64_t reach_cm,
                  int64_t height_cm, int64_t before_ns, int64_t after_ns, struct meeting *out) {
    struct outline p, q;
    struct nearest near;
    outline_make(&p, &a->shape);
    outline_make(&q, &b->shape);
    outline_apart(&p, &q, &near);
    double own = p.reach + q.reach, total = own + (double)reach_cm / 100.0;
    instant from = margin_shift(b->start, -before_ns), to = margin_shift(b->end, after_ns);
    out->from = a->start > from ? a->start : from;
    out->to = a->end < to ? a->end : to;
    out->height_gap_cm = altitude_gap(a, b, o);
    out->distance_cm = margin_cm_down(near.least - own);
    /* The margin belongs to what was measured; where the shapes overlap deeply it is that of their outlines. */
    double measured = near.metres > total * 0.9 ? near.metres : total;
    out->margin_cm = margin_cm_up(margin_stated(&p, &q, measured) + (near.metres - near.least));
    out->work = (uint32_t)near.work;
    out->meets = near.least <= total + margin_decide(&p, &q, total) && out->height_gap_cm <= height_cm &&
                 out->from <= out->to;
}

enum within meet_position(const struct position *p, int64_t uncertainty_cm, const struct shape *s, int64_t *distance_cm,
                          int64_t *margin_cm) {
    struct vec at = earth_unit(p);
    struct outline shape, point;
    struct nearest near;
    outline_make(&shape, s);
    outline_make_edge(&point, at, at);
    outline_edge_distance(&shape, &point, &near);
    /* Distance beyond the footprint's outline, negative inside. A path's distance changes no faster than one moves, so a place
     * at d from a corridor's path is at least reach - d inside. */
    double beyond = near.metres - shape.reach;
    if (shape.ring && outline_contains(&shape, at)) beyond = -near.metres;
    double margin = margin_decide(&shape, &point, near.metres > shape.reach ? near.metres : shape.reach);
    double doubt = margin + (double)uncertainty_cm / 100.0;
    *distance_cm = margin_cm_down(beyond);
    *margin_cm = margin_cm_up(margin);
    return beyond < -doubt ? WITHIN_INSIDE : beyond > doubt ? WITHIN_OUTSIDE : WITHIN_CANNOT_TELL;
}

int64_t meet_clearance(const struct position *p, int64_t point_cm, const struct shape *s, int64_t most_cm, bool *meets) {
    struct vec at = earth_unit(p);
    struct outline shape, point;
    struct nearest near;
    outline_make(&shape, s);
    outline_make_edge(&point, at, at);
    outline_edge_distance(&shape, &point, &near);
    double total = shape.reach + (double)point_cm / 100.0, limit = total + margin_decide(&point, &shape, total), most = (double)most_cm / 100.0;
    bool inside = shape.ring && outline_contains(&shape, at);
    double clear = inside ? near.metres : near.metres > limit ? near.metres - limit : shape.ring ? 0.0 : limit - near.metres;
    *meets = inside || near.metres <= limit;
    if (clear > most) clear = most;
    double doubt = 4.0 * margin_decide(&point, &shape, near.metres < 2e6 ? near.metres : 2e6) + 0.002 * clear + 1.0;
    return near.metres > 2e6 && clear < most ? 0 : margin_cm_down(clear - doubt);
}

int64_t meet_distance_cm(const struct position *a, const struct position *b) {
    return margin_cm_down(earth_metres(earth_unit(a), earth_unit(b)));
}
int64_t meet_course_distance_cm(const struct position *from, int32_t track_mdeg, int64_t gone_cm, const struct position *to) {
    struct turn azimuth = angle_turn_e7((int64_t)track_mdeg * 10000);
    return margin_cm_down(earth_metres(earth_direct(from, &azimuth, (double)gone_cm / 100.0), earth_unit(to)));
}
