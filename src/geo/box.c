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

static void box_core(const struct outline *o, double *low, double *high) {
    for (int k = 0; k < 3; k++) {
        low[k] = 2.0;
        high[k] = -2.0;
        for (uint32_t i = 0; i < o->chunks; i++) {
            if (o->chunk[i].low[k] < low[k]) low[k] = o->chunk[i].low[k];
            if (o->chunk[i].high[k] > high[k]) high[k] = o->chunk[i].high[k];
        }
        if (!o->ring) continue;
        struct vec up = {k == 0 ? 1.0 : 0.0, k == 1 ? 1.0 : 0.0, k == 2 ? 1.0 : 0.0};
        if (outline_contains(o, up)) high[k] = 1.0;
        if (outline_contains(o, vec_scale(up, -1.0))) low[k] = -1.0;
    }
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

void box_of_volume(const struct volume *v, const struct altitude_offsets *o, double reach_m, int32_t height_cm,
                   int64_t before_ns, int64_t after_ns, struct box *out) {
    struct outline shape;
    outline_make(&shape, &v->shape);
    double angle = reach_angle(shape.reach + reach_m + shape.slack), low[3], high[3];
    box_core(&shape, low, high);
    for (int i = 0; i < 3; i++) {
        out->low[i] = (int32_t)angle_floor(-axis_grow(-low[i], angle) * BOX_ONE - BOX_SLACK);
        out->high[i] = (int32_t)angle_ceil(axis_grow(high[i], angle) * BOX_ONE + BOX_SLACK);
    }
    int32_t least, most;
    altitude_w84(&v->lower, o, &least, &most);
    out->low[3] = height_shift(least == ALTITUDE_UNLIMITED ? ALTITUDE_UNLIMITED - 1 : least, -(int64_t)height_cm);
    altitude_w84(&v->upper, o, &least, &most);
    out->high[3] = height_shift(most, height_cm);
    out->from = whole_ms(v->start, -before_ns, false);
    out->to = whole_ms(v->end, after_ns, true);
}
