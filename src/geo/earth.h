/* The earth as geometry sees it: directions, the WGS 84 ellipsoid, distances.
 * Frame: a *unit* is the geodetic normal of a place (x to 0N 0E, y to 0N 90E, z to the north pole), length 1. Edges are great circles
 * on the sphere of units. ECEF and distances are metres on the WGS 84 ellipsoid at height 0. Pure; + - * / sqrt only. */
#ifndef PARLEY_GEO_EARTH_H
#define PARLEY_GEO_EARTH_H

#include "geo/angle.h"
#include "geo/shape.h"

struct vec {
    double x, y, z;
};
#define EARTH_A 6378137.0
#define EARTH_F (1.0 / 298.257223563)
#define EARTH_B (EARTH_A * (1.0 - EARTH_F))
#define EARTH_E2 (EARTH_F * (2.0 - EARTH_F))
#define EARTH_MEAN 6371008.8
/* Least and greatest radius of curvature of the ellipsoid: |ECEF(m) - ECEF(n)| lies in [least, greatest] * |m - n|, because a
 * convex body whose curvature radii are all at least r is a ball of radius r plus another convex body. */
#define EARTH_CURVE_LEAST (EARTH_B * EARTH_B / EARTH_A)
#define EARTH_CURVE_GREATEST (EARTH_A * EARTH_A / EARTH_B)

static inline struct vec vec_add(struct vec a, struct vec b) { return (struct vec){a.x + b.x, a.y + b.y, a.z + b.z}; }
static inline struct vec vec_sub(struct vec a, struct vec b) { return (struct vec){a.x - b.x, a.y - b.y, a.z - b.z}; }
static inline struct vec vec_scale(struct vec a, double s) { return (struct vec){a.x * s, a.y * s, a.z * s}; }
static inline double vec_dot(struct vec a, struct vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline struct vec vec_cross(struct vec a, struct vec b) {
    return (struct vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
double vec_length(struct vec a);
struct vec vec_unit(struct vec a); /* the zero vector stays */
static inline double vec_axis(const struct vec *a, int axis) { return axis == 0 ? a->x : axis == 1 ? a->y : a->z; }

struct vec earth_unit(const struct position *p);
/* Rounded to the nearest 1e-7 degree. */
struct position earth_position(struct vec unit);
struct vec earth_ecef(struct vec unit);
/* Shortest distance over the ellipsoid between two units, metres. Up to 350 km by the ECEF chord, 2R asin(c / 2R): relative error
 * 1.5e-6. Beyond by the first-order formula of Andoyer and Lambert: 1.5e-6 to 11,000 km, 8e-6 to 17,000, 1.7e-3 at the antipode (the
 * chord alone would be off by 4e-2 there). Never below EARTH_CURVE_LEAST * 0.998 * |a - b|. */
double earth_metres(struct vec a, struct vec b);
double earth_metres_of_chord(double chord); /* 2R asin(c / 2R) */
double earth_chord_of_metres(double metres);

/* WGS 84 geodesics (Vincenty's series, millimetres), for places less than 170 degrees apart.
 * Direct: `azimuth` as sine and cosine, clockwise from north. */
struct vec earth_direct(const struct position *from, const struct turn *azimuth, double metres);
/* The same where many places are asked of one course: what they have in common is reckoned once, and the answers are the same to the last bit. */
struct earth_series { double sin_alpha, cos2_alpha, a, b, c; }; /* of one geodesic: its equatorial azimuth and the coefficients that follow */
struct earth_course {
    struct turn azimuth, u; /* u: reduced latitude of the start */
    struct earth_series series;
    double first, lon;      /* arc from the equator's crossing; radians */
};
void earth_course_make(const struct position *from, const struct turn *azimuth, struct earth_course *out);
struct vec earth_course_ahead(const struct earth_course *course, double metres);
/* Length in metres, and the azimuth at a. */
double earth_inverse(const struct position *a, const struct position *b, struct turn *azimuth);

#endif
