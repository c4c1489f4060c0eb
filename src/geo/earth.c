#include "geo/earth.h"

#include "geo/angle.h"

double vec_length(struct vec a) {
    return angle_sqrt(vec_dot(a, a));
}

struct vec vec_unit(struct vec a) {
    double l = vec_length(a);
    return l > 0.0 ? vec_scale(a, 1.0 / l) : a;
}

struct vec earth_unit(const struct position *p) {
    struct turn lat = angle_turn_e7(p->lat), lon = angle_turn_e7(p->lon);
    return (struct vec){lat.cos * lon.cos, lat.cos * lon.sin, lat.sin};
}

struct position earth_position(struct vec u) {
    double lat = angle_atan2(u.z, angle_sqrt(u.x * u.x + u.y * u.y)), lon = angle_atan2(u.y, u.x);
    return (struct position){(int32_t)angle_floor(lat / ANGLE_DEGREE_E7 + 0.5),
                             (int32_t)angle_floor(lon / ANGLE_DEGREE_E7 + 0.5)};
}

struct vec earth_ecef(struct vec u) {
    double n = EARTH_A / angle_sqrt(1.0 - EARTH_E2 * (u.z * u.z));
    return (struct vec){n * u.x, n * u.y, n * (1.0 - EARTH_E2) * u.z};
}

double earth_metres_of_chord(double chord) {
    return 2.0 * EARTH_MEAN * angle_asin(chord / (2.0 * EARTH_MEAN));
}

double earth_chord_of_metres(double metres) {
    double half = metres / (2.0 * EARTH_MEAN);
    return half >= ANGLE_PI / 2.0 ? 2.0 * EARTH_MEAN : 2.0 * EARTH_MEAN * angle_turn(half).sin;
}

/* Andoyer and Lambert: the angle between the reduced directions, corrected to first order in the flattening. */
static double metres_far(struct vec a, struct vec b) {
    struct vec p = vec_unit((struct vec){a.x, a.y, (1.0 - EARTH_F) * a.z});
    struct vec q = vec_unit((struct vec){b.x, b.y, (1.0 - EARTH_F) * b.z});
    struct vec d = vec_sub(p, q), s = vec_add(p, q);
    double dd = vec_dot(d, d), ss = vec_dot(s, s);
    double half = angle_sqrt(dd) / 2.0, other = angle_sqrt(ss) / 2.0; /* sine and cosine of half the angle */
    double angle = 2.0 * angle_atan2(half, other), sine = 2.0 * half * other;
    /* Both quotients are at most 1; at the antipode the first one has no limit and any value within is as good. */
    double x = ss > 1e-24 ? (angle - sine) * (s.z * s.z / ss) : 0.0;
    double y = dd > 1e-24 ? (angle + sine) * (d.z * d.z / dd) : 0.0;
    return EARTH_A * (angle - EARTH_F / 2.0 * (x + y));
}

double earth_metres(struct vec a, struct vec b) {
    double chord = vec_length(vec_sub(earth_ecef(a), earth_ecef(b)));
    return chord <= 350000.0 ? earth_metres_of_chord(chord) : metres_far(a, b);
}

/* --- geodesics: T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid", Survey Review 23 (1975) --- */

static struct earth_series series_of(double sin_alpha) {
    struct earth_series s = {.sin_alpha = sin_alpha, .cos2_alpha = 1.0 - sin_alpha * sin_alpha};
    double u = s.cos2_alpha * (EARTH_A * EARTH_A - EARTH_B * EARTH_B) / (EARTH_B * EARTH_B);
    s.a = 1.0 + u / 16384.0 * (4096.0 + u * (-768.0 + u * (320.0 - 175.0 * u)));
    s.b = u / 1024.0 * (256.0 + u * (-128.0 + u * (74.0 - 47.0 * u)));
    s.c = EARTH_F / 16.0 * s.cos2_alpha * (4.0 + EARTH_F * (4.0 - 3.0 * s.cos2_alpha));
    return s;
}

/* Difference between the arc on the auxiliary sphere and the distance over b*A. `mid` is cos(2 sigma_m). */
static double series_arc(const struct earth_series *s, struct turn sigma, double mid) {
    double m2 = mid * mid;
    double inner = sigma.cos * (-1.0 + 2.0 * m2) -
                   s->b / 6.0 * mid * (-3.0 + 4.0 * sigma.sin * sigma.sin) * (-3.0 + 4.0 * m2);
    return s->b * sigma.sin * (mid + s->b / 4.0 * inner);
}

/* Difference between the longitude on the auxiliary sphere and on the ellipsoid. */
static double series_longitude(const struct earth_series *s, double arc, struct turn sigma, double mid) {
    double inner = mid + s->c * sigma.cos * (-1.0 + 2.0 * mid * mid);
    return (1.0 - s->c) * EARTH_F * s->sin_alpha * (arc + s->c * sigma.sin * inner);
}

static struct turn reduced_latitude(const struct position *p) {
    struct turn lat = angle_turn_e7(p->lat);
    double s = (1.0 - EARTH_F) * lat.sin, l = angle_sqrt(s * s + lat.cos * lat.cos);
    return (struct turn){s / l, lat.cos / l};
}

void earth_course_make(const struct position *from, const struct turn *azimuth, struct earth_course *out) {
    struct turn u = reduced_latitude(from);
    *out = (struct earth_course){*azimuth, u, series_of(u.cos * azimuth->sin), angle_atan2(u.sin, u.cos * azimuth->cos), (double)from->lon * ANGLE_DEGREE_E7};
}
struct vec earth_course_ahead(const struct earth_course *course, double metres) {
    const struct turn *azimuth = &course->azimuth, u = course->u;
    const struct earth_series s = course->series;
    double first = course->first, base = metres / (EARTH_B * s.a), arc = base, mid = 0.0;
    struct turn sigma = angle_turn(arc);
    for (int i = 0; i < 20; i++) { /* each round gains about three digits */
        mid = angle_turn(2.0 * first + arc).cos;
        double next = base + series_arc(&s, sigma, mid), change = next - arc;
        arc = next;
        sigma = angle_turn(arc);
        if (change < 1e-15 && change > -1e-15) break;
    }
    mid = angle_turn(2.0 * first + arc).cos;
    double north = u.sin * sigma.cos + u.cos * sigma.sin * azimuth->cos;
    double across = u.sin * sigma.sin - u.cos * sigma.cos * azimuth->cos;
    double east = sigma.sin * azimuth->sin, forth = u.cos * sigma.cos - u.sin * sigma.sin * azimuth->cos;
    double longitude = angle_atan2(east, forth) - series_longitude(&s, arc, sigma, mid);
    double level = (1.0 - EARTH_F) * angle_sqrt(s.sin_alpha * s.sin_alpha + across * across);
    /* As a sum of angles, not of turns: gcc 12 makes fused operations of the latter where a machine has them, even under
     * -ffp-contract=off (tests/geo/digest_test.c finds it with -march=native). */
    struct turn lon = angle_turn(course->lon + longitude);
    return vec_unit((struct vec){level * lon.cos, level * lon.sin, north});
}
struct vec earth_direct(const struct position *from, const struct turn *azimuth, double metres) {
    struct earth_course course;
    earth_course_make(from, azimuth, &course);
    return earth_course_ahead(&course, metres);
}

double earth_inverse(const struct position *a, const struct position *b, struct turn *azimuth) {
    struct turn u = reduced_latitude(a), v = reduced_latitude(b);
    int64_t apart = (int64_t)b->lon - a->lon;
    if (apart > 1800000000) apart -= INT64_C(3600000000);
    if (apart < -1800000000) apart += INT64_C(3600000000);
    double longitude = (double)apart * ANGLE_DEGREE_E7, lambda = longitude, arc = 0.0, mid = 0.0;
    struct earth_series s = series_of(0.0);
    struct turn sigma = {0.0, 1.0}, l = angle_turn(lambda);
    for (int i = 0; i < 100; i++) { /* under 170 degrees apart it settles within 20 */
        l = angle_turn(lambda);
        double p = v.cos * l.sin, q = u.cos * v.sin - u.sin * v.cos * l.cos;
        sigma = (struct turn){angle_sqrt(p * p + q * q), u.sin * v.sin + u.cos * v.cos * l.cos};
        if (sigma.sin == 0.0) {
            *azimuth = (struct turn){0.0, 1.0};
            return 0.0;
        }
        arc = angle_atan2(sigma.sin, sigma.cos);
        s = series_of(u.cos * v.cos * l.sin / sigma.sin);
        mid = s.cos2_alpha > 1e-14 ? sigma.cos - 2.0 * u.sin * v.sin / s.cos2_alpha : 0.0;
        double next = longitude + series_longitude(&s, arc, sigma, mid), change = next - lambda;
        lambda = next;
        if (change < 1e-15 && change > -1e-15) break;
    }
    double p = v.cos * l.sin, q = u.cos * v.sin - u.sin * v.cos * l.cos;
    *azimuth = (struct turn){p / sigma.sin, q / sigma.sin};
    return EARTH_B * s.a * (arc - series_arc(&s, sigma, mid));
}
