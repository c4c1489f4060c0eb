/* The positions of item E, and what they form.
 *
 * A run is a sequence of positions with nothing but separators between them ("-", ",", "/", ".", line ends, TO, THEN, THENCE,
 * AND, POINT B, a point's name in brackets). A run of three or more is a polygon. It ends where words stand between two
 * positions, or where its first position comes again (the next position then begins another area). One position with a radius is
 * a circle, two or more with "x NM EITHER SIDE" a corridor; other runs of one or two positions (points of a route, the centre of
 * an impact area) are no area and are reported as such. Positions read:
 *   N170231E0934207  S1319E08751  S 09 52 E 088 44  S34 08 E106 04  N1326 E08823      hemisphere before
 *   170231N0934207E  1200S 11647E  12 39 14N 119 41 06E  30 03 S 131 00 W  1215.5N08913.2E    hemisphere behind
 * with degrees alone, minutes or seconds, decimals of the last unit, and a line end in the middle where a line is full. */
#ifndef PARLEY_NOTAM_COORDS_H
#define PARLEY_NOTAM_COORDS_H

#include "base/arena.h"
#include "geo/shape.h"

/* What the last digit of a position is worth, 1e-7 degree. */
#define COORDS_DEGREE 10000000
#define COORDS_MINUTE 166667
#define COORDS_SECOND 2778

struct coords_point {
    struct position at;
    int32_t grain;       /* worth of the last digit of the coarser coordinate, 1e-7 degree, rounded up */
    size_t offset, size; /* in the text */
};

enum coords_form {
    COORDS_POLYGON,  /* 3 or more points, not closed */
    COORDS_CIRCLE,   /* 1 point, reach_cm */
    COORDS_CORRIDOR, /* 2 or more points, reach_cm is half of the width */
    COORDS_LOOSE     /* 1 or 2 points that form no area */
};

enum coords_flag {
    COORDS_CLOSED = 1,    /* the text repeats the first position at the end */
    COORDS_BOUNDARY = 2,  /* part of the outline follows a boundary that is not given */
    COORDS_ARC = 4,       /* part of the outline is an arc */
    COORDS_HOLE = 8,      /* the text excludes this area from the one before */
    COORDS_DOUBTFUL = 16, /* a polygon near a radius or a width that is not understood: reach_cm holds the distance */
    COORDS_ROUTE = 32     /* loose points beside DCT: a route around, no area */
};

struct coords_area {
    enum coords_form form;
    unsigned flags; /* enum coords_flag */
    const struct coords_point *at;
    uint32_t count;
    int64_t reach_cm;
    struct text name;    /* "AREA PY", "AREA 1", "A": may be empty */
    size_t offset, size; /* from the first position to the last, in the text */
};

struct coords_unread { /* looks like a position and is none */
    size_t offset, size;
};

struct coords {
    const struct coords_area *areas; /* in order of the text */
    uint32_t area_count;
    const struct coords_point *points;
    uint32_t point_count;
    const struct coords_unread *unread;
    uint32_t unread_count;
};

/* Error: FULL (arena). */
result notam_coords_read(struct text e, struct arena *arena, struct coords *out, struct fault *f);
/* One position at `at`; false when there is none. Exposed for tests and for reading another tool's columns. */
bool notam_coords_point(struct text t, size_t at, struct coords_point *out);

#endif
