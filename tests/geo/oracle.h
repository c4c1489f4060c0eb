/* What the tests of src/geo measure against: PROJ's geodesics (Karney) and GEOS, neither of which src/ uses. */
#ifndef PARLEY_TEST_GEO_ORACLE_H
#define PARLEY_TEST_GEO_ORACLE_H

#include "geo/meet.h"

#include <geodesic.h>

/* xorshift64*: the same cases on every machine; PARLEY_SEED changes them. */
struct oracle_rng {
    uint64_t state;
};
/* How many random cases: PARLEY_PART=4 makes a quarter of the usual number, for builds that are slow. */
int oracle_rounds(int usual);
struct oracle_rng oracle_rng_new(uint64_t stream);
uint64_t oracle_bits(struct oracle_rng *r);
double oracle_real(struct oracle_rng *r, double low, double high);
int64_t oracle_int(struct oracle_rng *r, int64_t low, int64_t high); /* inclusive */

const struct geod_geodesic *oracle_earth(void);
double oracle_metres(struct position a, struct position b);
struct position oracle_ahead(struct position from, double azimuth, double metres); /* degrees */
struct position oracle_place(struct oracle_rng *r); /* anywhere; poles, equator and antimeridian often */

#define ORACLE_ROOM 1100
struct oracle_shape {
    struct shape shape;
    struct position at[ORACLE_ROOM];
};
/* A shape of about `size` metres around `middle`: polygons are star-shaped, so they never cross themselves. */
void oracle_shape_random(struct oracle_rng *r, enum shape_kind kind, struct position middle, double size, uint32_t most,
                         struct oracle_shape *out);
/* Least distance from a point to a geodesic edge, by search along it. */
double oracle_point_edge(struct position p, struct position a, struct position b);
/* Of the true shapes, edges as WGS 84 geodesics; 0 when they overlap. Both must fit a hemisphere around their common middle. */
double oracle_distance(const struct shape *a, const struct shape *b);
/* Is p on the polygon's inside, by the turning of azimuths seen from p? */
bool oracle_inside(struct position p, const struct shape *polygon);

#endif
