/* The margins of every answer, in one place. Private to src/geo.
 *
 * Two figures. `decide` bounds the error of a measured distance: edges by their slack (edge_slack), the nearest point (edge.c)
 * and the measure itself (earth_metres), both generously, most so where a distance hardly changes along an edge; something meets when it measures at most its reach plus this. What is then called a meeting may
 * truly lie that much farther once more: `stated`, twice it, is what answers carry. */
#ifndef PARLEY_GEO_MARGIN_H
#define PARLEY_GEO_MARGIN_H

#include "geo/outline.h"

double margin_decide(const struct outline *a, const struct outline *b, double metres);
double margin_stated(const struct outline *a, const struct outline *b, double metres);
/* Metres to whole centimetres; negative distances are 0. */
int64_t margin_cm_down(double metres);
int64_t margin_cm_up(double metres);
instant margin_shift(instant t, int64_t by); /* saturating */

#endif
