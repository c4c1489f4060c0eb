#include "geo/angle.h"

#include <assert.h>
#include <float.h>

/* Extended evaluation would give other bits on other machines. */
_Static_assert(FLT_EVAL_METHOD == 0, "doubles are evaluated as doubles");

/* Taylor series on [-pi/4, pi/4]: the first term left out is below 1e-19. A minimax polynomial would save three
 * multiplications and cost the reader the proof. */
static struct turn turn_of_octant(double x) {
    double z = x * x;
    double s = 1.0 / 355687428096000.0;
    s = s * z - 1.0 / 1307674368000.0;
    s = s * z + 1.0 / 6227020800.0;
    s = s * z - 1.0 / 39916800.0;
    s = s * z + 1.0 / 362880.0;
    s = s * z - 1.0 / 5040.0;
    s = s * z + 1.0 / 120.0;
    s = s * z - 1.0 / 6.0;
    double c = -1.0 / 6402373705728000.0;
    c = c * z + 1.0 / 20922789888000.0;
    c = c * z - 1.0 / 87178291200.0;
    c = c * z + 1.0 / 479001600.0;
    c = c * z - 1.0 / 3628800.0;
    c = c * z + 1.0 / 40320.0;
    c = c * z - 1.0 / 720.0;
    c = c * z + 1.0 / 24.0;
    c = c * z - 0.5;
    return (struct turn){x + x * (z * s), 1.0 + z * c};
}

static struct turn turn_of_quadrant(int64_t quadrant, struct turn t) {
    switch (quadrant & 3) {
    case 0: return t;
    case 1: return (struct turn){t.cos, -t.sin};
    case 2: return (struct turn){-t.sin, -t.cos};
    default: return (struct turn){-t.cos, t.sin};
    }
}

struct turn angle_turn_e7(int64_t e7) {
    int64_t r = e7 % INT64_C(3600000000);
    if (r < 0) r += INT64_C(3600000000);
    int64_t quadrant = (r + 450000000) / 900000000;
    int64_t rest = r - quadrant * 900000000;
    return turn_of_quadrant(quadrant, turn_of_octant((double)rest * ANGLE_DEGREE_E7));
}

int64_t angle_floor(double x) {
    assert(x > -9.0e18 && x < 9.0e18);
    int64_t i = (int64_t)x;
    return (double)i > x ? i - 1 : i;
}

int64_t angle_ceil(double x) {
    return -angle_floor(-x);
}

struct turn angle_turn(double radians) {
    assert(radians > -1e5 && radians < 1e5);
    /* pi/2 in two parts, the first of 33 bits, so that quadrant * first is exact. */
    const double first = 0x1.921fb544p+0, second = 6.07710050650619224932e-11;
    int64_t quadrant = angle_floor(radians * (2.0 / ANGLE_PI) + 0.5);
    double q = (double)quadrant;
    return turn_of_quadrant(quadrant, turn_of_octant((radians - q * first) - q * second));
}

/* atan on [0, 1]: nearest eighth from the table, the rest (at most 1/16) by its series. */
static double atan_unit(double x) {
    static const double of_eighth[9] = {
        0.0,
        0.124354994546761435031354849164,
        0.244978663126864154172082481211,
        0.358770670270572220395920063926,
        0.463647609000806116214256231461,
        0.558599315343562435971508216402,
        0.643501108793284386802809228717,
        0.718829999621624505417014151526,
        0.785398163397448309615660845820,
    };
    int k = (int)(x * 8.0 + 0.5);
    double c = (double)k / 8.0;
    double t = (x - c) / (1.0 + x * c);
    double z = t * t;
    double s = 1.0 / 13.0;
    s = s * z - 1.0 / 11.0;
    s = s * z + 1.0 / 9.0;
    s = s * z - 1.0 / 7.0;
    s = s * z + 1.0 / 5.0;
    s = s * z - 1.0 / 3.0;
    return of_eighth[k] + (t + t * (z * s));
}

double angle_atan2(double y, double x) {
    double ax = x < 0.0 ? -x : x, ay = y < 0.0 ? -y : y;
    if (ax == 0.0 && ay == 0.0) return 0.0;
    double angle = ay <= ax ? atan_unit(ay / ax) : ANGLE_PI / 2.0 - atan_unit(ax / ay);
    if (x < 0.0) angle = ANGLE_PI - angle;
    return y < 0.0 ? -angle : angle;
}

double angle_asin(double x) {
    if (x >= 1.0) return ANGLE_PI / 2.0;
    if (x <= -1.0) return -ANGLE_PI / 2.0;
    return angle_atan2(x, angle_sqrt((1.0 - x) * (1.0 + x)));
}
