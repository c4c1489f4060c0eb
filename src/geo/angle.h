/* Our own sine, cosine, arc tangent and arc sine: from + - * / and sqrt alone, so that every build gives the same bits
 * (ARCHITECTURE.md, "Determinism"). Absolute error below 4e-16 for sine and cosine, below 1e-15 for the inverses. */
#ifndef PARLEY_GEO_ANGLE_H
#define PARLEY_GEO_ANGLE_H

#include <stdint.h>

#define ANGLE_PI 3.14159265358979323846
#define ANGLE_DEGREE_E7 (ANGLE_PI / 1800000000.0) /* radians in 1e-7 degree */

struct turn { /* sine and cosine of one angle */
    double sin, cos;
};
/* The one function that IEEE 754 demands to be rounded exactly, so every machine and library agrees; of negative numbers: not a
 * number. (The header of libm is not included anywhere in geo or core, so that nothing else of it can slip in.) */
static inline double angle_sqrt(double x) { return __builtin_sqrt(x); }
/* Of an angle in 1e-7 degree: any value; reduced exactly, in integers, before the first rounding. */
struct turn angle_turn_e7(int64_t e7);
/* Of an angle in radians, |radians| < 1e5. */
struct turn angle_turn(double radians);
/* In [-pi, pi]; angle_atan2(0, 0) = 0. */
double angle_atan2(double y, double x);
/* In [-pi/2, pi/2]; arguments beyond +-1 count as +-1. */
double angle_asin(double x);
/* The integer at or below x; |x| < 9e18. */
int64_t angle_floor(double x);
int64_t angle_ceil(double x);

#endif
