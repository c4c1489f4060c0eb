/* The shapes of the airspace: what a volume is. Plain data; the vertices are borrowed.
 * Frames: geodetic latitude and longitude WGS 84 in 1e-7 degree; heights in centimetres against the stated reference;
 * time in nanoseconds UTC. All bounds are inclusive. */
#ifndef PARLEY_GEO_SHAPE_H
#define PARLEY_GEO_SHAPE_H

#include "base/instant.h"
#include "base/result.h"

struct position {
    int32_t lat, lon; /* 1e-7 degree; lat in [-90e7, 90e7], lon in [-180e7, 180e7] */
};

enum altitude_reference { ALTITUDE_W84, ALTITUDE_AMSL, ALTITUDE_FL, ALTITUDE_SFC, ALTITUDE_REFERENCES };
struct altitude {
    int32_t cm; /* FL: pressure altitude in cm (FL 245 = 24,500 ft = 746760 cm). SFC: above the surface */
    uint8_t reference; /* enum altitude_reference */
};
#define ALTITUDE_UNLIMITED INT32_MAX /* UNL: no upper bound, in any reference */

enum shape_kind { SHAPE_CIRCLE, SHAPE_POLYGON, SHAPE_CORRIDOR };
struct shape {
    uint8_t kind;     /* enum shape_kind */
    uint32_t count;   /* circle 1; polygon 3..LIMIT_VERTICES, not closed; corridor 1..LIMIT_VERTICES points of the path */
    int64_t reach_cm; /* circle: radius > 0; corridor: half of the width > 0; polygon: 0 */
    const struct position *at;
};

struct volume {
    struct shape shape;
    struct altitude lower, upper;
    instant start, end;
};

/* Codes: UNSUPPORTED (kind; an outline that runs back along itself around a hole), MALFORMED (counts, repeats, crossings, no area,
 * exactly half the earth), TOO_LARGE (vertices), RANGE (coordinates, reach, long edges). Fields as in the schema: /polygon/3,
 * /corridor/path/3, /corridor/width_m, /circle/center, /circle/radius_m.
 * Checks everything that makes a shape meaningless and names the rule: ranges, counts, repeated vertices, crossing edges, an
 * edge of 170 degrees or more, a radius over 20,000 km, holes (unsupported). Winding does not matter: the side with the
 * smaller area counts. Cost: O(n log n) or O(n^2) with n <= LIMIT_VERTICES. */
result shape_check(const struct shape *s, struct fault *f);
/* The same in one go with shape_area, for who judges areas. A polygon whose vertices lie on a line is no error here: its area is 0. */
result shape_measure(const struct shape *s, double *area, struct fault *f);
/* Edges over 500 km cut along the WGS 84 geodesic on entry (facts: geometry). Writes at most `room` positions, else TOO_LARGE;
 * `out` must not overlap s->at. The shape must have passed shape_check. A circle comes back as it is. */
result shape_cut(const struct shape *s, struct position *out, uint32_t room, uint32_t *count, struct fault *f);
/* Square metres on the sphere of radius 6,371,010 m, the smaller side; circles and corridors by their outline (a
 * corridor's bends count twice on the inner side: never too little). */
double shape_area(const struct shape *s);
/* Hull (on the sphere, of a set that fits a hemisphere) of `count` positions, for NOTAM polygons that cross themselves.
 * Counter-clockwise seen from outside; the hull's vertices are some of `at`. MALFORMED when they lie on one line, RANGE when they
 * fit no hemisphere, TOO_LARGE when the hull has more than `room` vertices. `out` must not overlap `at`. O(count * hull). */
result shape_hull(const struct position *at, uint32_t count, struct position *out, uint32_t room, uint32_t *hull_count,
                  struct fault *f);

#endif
