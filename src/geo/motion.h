/* Inside of the moving points of meet.h. Private to src/geo. Times are seconds from the motion's own time. */
#ifndef PARLEY_GEO_MOTION_H
#define PARLEY_GEO_MOTION_H

#include "geo/margin.h"
#include "geo/meet.h"

#define MOTION_PIECES 64 /* of at most 100 km until there are 64, then longer; 320,000 km are looked at */

struct motion_path {
    struct vec node[MOTION_PIECES + 1];
    uint32_t pieces;
    double seconds; /* all pieces take equally long */
    double slack;   /* metres between a piece and the true geodesic */
};
void motion_path_make(const struct motion *m, struct motion_path *p);
double motion_path_start(const struct motion_path *p, uint32_t piece);
struct vec motion_path_at(const struct motion_path *p, uint32_t piece, double t);
double motion_path_time(const struct motion_path *p, uint32_t piece, struct vec x); /* when x, on the piece, is passed */
void motion_path_arc(const struct motion_path *p, uint32_t piece, double from, double to, struct outline *out);

double motion_metres(const struct motion *m);
struct vec motion_ahead(const struct motion *m, double metres);
double motion_seconds(const struct motion *m, instant t); /* +-1e10 beyond what fits */
instant motion_instant(const struct motion *m, double seconds); /* rounded down */
struct altitude motion_altitude(const struct motion *m, double seconds);

struct motion_window {
    double from, to;
};
/* Cuts the window to where value + rate * t <= limit; false when nothing is left. */
bool motion_window_below(struct motion_window *w, double value, double rate, double limit);

#endif
