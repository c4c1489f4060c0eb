/* A shape made ready for measuring: its core (the point, path or ring without its reach) as great circle edges on the sphere of
 * units, in at most OUTLINE_CHUNKS runs of neighbouring edges, each with a box. Private to src/geo.
 *
 * The runs are a tree of edges of two levels: 1,000 edges against 1,000 are 63 x 63 boxes and then only the pairs of runs that can
 * hold the nearest pair. Edges are made anew from the borrowed vertices whenever a run is opened, except in outlines of at most
 * OUTLINE_BLOCK vertices, which most are: these keep theirs. So the whole thing is 9 KB on the caller's stack and needs no scratch memory. */
#ifndef PARLEY_GEO_OUTLINE_H
#define PARLEY_GEO_OUTLINE_H

#include "geo/earth.h"

#define OUTLINE_CHUNKS 64
#define OUTLINE_BLOCK 16 /* edges made at a time */

struct edge {
    struct vec a, b;
    struct vec e, n;       /* e: direction of the edge at a; n = a x e. Zero when a = b */
    double cos, sin;       /* of the edge's angle; sin = 0 exactly when a = b */
    double low[3], high[3];
};
void edge_make(struct vec a, struct vec b, struct edge *out);
struct vec edge_nearest(const struct edge *g, struct vec p);
/* Crossing inside both edges, every end at least `depth` (radians) off the other's great circle. */
bool edge_crosses(const struct edge *g, const struct edge *h, double depth);
/* How far the true geodesic may lie from the great circle of an edge of that length; metres. */
double edge_slack(double metres);

struct chunk {
    uint32_t first, count; /* edges */
    double low[3], high[3];
};
struct outline {
    const struct shape *shape; /* NULL for a single edge made of units */
    struct vec ends[2];
    uint32_t vertices, edges, chunks;
    bool ring;
    double reach;   /* metres around the core */
    double slack;   /* metres: how far any point of a true edge may lie from ours */
    struct vec unit[OUTLINE_BLOCK];   /* when `kept`: of the vertices */
    struct edge edge[OUTLINE_BLOCK];
    bool kept;
    struct chunk chunk[OUTLINE_CHUNKS];
    /* Rings only: two places whose side is known; when the ring fits a hemisphere around `centre`, what is inside has
     * dot(centre, x) >= nearest > 0. */
    bool hemisphere;
    struct vec centre, known[2];
    double nearest;
    bool known_inside[2];
    double area; /* of the smaller side, unit sphere; rings that fit no hemisphere only */
};
void outline_make(struct outline *o, const struct shape *s);
void outline_make_edge(struct outline *o, struct vec a, struct vec b);
struct vec outline_vertex(const struct outline *o, uint32_t i); /* i <= edges: a ring's last vertex is its first */
/* Edges first ... first + count, count <= OUTLINE_BLOCK. */
void outline_edges(const struct outline *o, uint32_t first, uint32_t count, struct edge *out);
/* Rings only: is x on the smaller side? Sure only for x off the edges by more than roundoff. */
bool outline_contains(const struct outline *o, struct vec x);
/* Signed area, unit sphere, of the ring's left side seen from `apex`: negative, short by 4 pi, when -apex lies in it. */
double outline_area_from(const struct outline *o, struct vec apex);

/* Squared distance between two boxes. */
double outline_gap2(const double *low, const double *high, const double *other_low, const double *other_high);
/* Does an edge of a cross one of b, each end of both at least `depth` radians beyond the other? */
bool outline_crosses(const struct outline *a, const struct outline *b, double depth);

struct nearest {
    double metres; /* between the cores; 0 when they cross or one holds the other */
    struct vec a, b; /* a nearest pair; equal when 0 and edges cross */
    uint64_t pairs; /* edges against edges that were looked at: a gate for tests */
    uint64_t work;  /* and, beside them, runs whose edges were made: what it cost, each some 0.4 us */
    double least;   /* metres, at most as many as are true: less than `metres` only where outline_apart had no more work to do */
};
#define OUTLINE_WORK 4096 /* of one pair: under 2 ms. Round rings beside each other take half of it; shapes that are wound into each other on purpose, more */
/* Between the edges alone: a ring's inside is not looked at. */
void outline_edge_distance(const struct outline *a, const struct outline *b, struct nearest *out);
/* Between the cores with their insides, as far as OUTLINE_WORK goes: nearest is what was found by then. Which pair is nearest does not matter here. */
void outline_apart(const struct outline *a, const struct outline *b, struct nearest *out);
/* Between the cores with their insides. */
void outline_distance(const struct outline *a, const struct outline *b, struct nearest *out);

#endif
