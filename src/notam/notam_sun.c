#include "notam/notam_sun.h"

#include <math.h>

#define RADIANS (3.14159265358979323846 / 180)

static double wrap(double degrees) { /* to [-180, 180) */
    return degrees - 360 * floor((degrees + 180) / 360);
}

/* Declination, and how far the sun's hour angle at Greenwich is, in degrees. */
static void sun_at(double days_2000, double *declination, double *hour_angle) {
    double longitude = 280.460 + 0.9856474 * days_2000, g = (357.528 + 0.9856003 * days_2000) * RADIANS;
    double lambda = (longitude + 1.915 * sin(g) + 0.020 * sin(2 * g)) * RADIANS;
    double tilt = (23.439 - 0.0000004 * days_2000) * RADIANS;
    double ascension = atan2(cos(tilt) * sin(lambda), cos(lambda)) / RADIANS;
    double sidereal = 280.46061837 + 360.98564736629 * days_2000;
    *declination = asin(sin(tilt) * sin(lambda));
    *hour_angle = wrap(sidereal - ascension);
}

/* The event next to `guess` (days since 2000-01-01T12:00Z); false when the sun does not cross the horizon that day. */
static bool refine(double guess, const struct position *at, bool rise, double *out) {
    double latitude = at->lat * 1e-7 * RADIANS;
    for (int i = 0; i < 5; i++) {
        double declination, hour_angle;
        sun_at(guess, &declination, &hour_angle);
        double c = (sin(-50.0 / 60 * RADIANS) - sin(latitude) * sin(declination)) / (cos(latitude) * cos(declination));
        if (!(c >= -1 && c <= 1)) return false;
        double wanted = (rise ? -acos(c) : acos(c)) / RADIANS;
        guess += wrap(wanted - (hour_angle + at->lon * 1e-7)) / 360;
    }
    *out = guess;
    return true;
}

bool notam_sun_event(instant midnight, const struct position *at, bool rise, instant *out) {
    struct civil noon = {.year = 2000, .month = 1, .day = 1, .hour = 12};
    instant epoch;
    bool found = false;
    if (!instant_from_civil(&noon, &epoch)) return false;
    for (int quarter = -1; quarter <= 5; quarter++) { /* starting points 6 h apart reach every event of the day */
        double start = (double)((midnight - epoch) / INSTANT_SECOND) / 86400 + quarter * 0.25, day;
        if (!refine(start, at, rise, &day)) continue;
        instant t = epoch + (instant)llround(day * 86400) * INSTANT_SECOND;
        if (t < midnight || t >= midnight + INSTANT_DAY) continue;
        if (!found || (rise ? t < *out : t > *out)) *out = t;
        found = true;
    }
    return found;
}
