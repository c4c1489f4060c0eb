/* Sunrise and sunset for item D (SR, SS): the moment at which the sun's centre stands 50 minutes of arc below the horizon.
 * The low-precision solar position of the Astronomical Almanac (0.01 degree, 1950 to 2050, slowly worse later) gives the moment to
 * well under a minute below 60 degrees of latitude, to some minutes near the polar circles; users widen by NOTAM_SUN_MARGIN. */
#ifndef PARLEY_NOTAM_SUN_H
#define PARLEY_NOTAM_SUN_H

#include "geo/shape.h"

#define NOTAM_SUN_MARGIN (10 * INSTANT_MINUTE)

/* The first (rise) or last (set) such event within the UTC day that begins at `midnight`; false when there is none (polar day
 * or night, or a day at whose ends the event slips past midnight). */
bool notam_sun_event(instant midnight, const struct position *at, bool rise, instant *out);

#endif
