/* Outlines of polygons on the sphere of geodetic normals: what notam_area.c does to them before they become shapes. */
#ifndef PARLEY_NOTAM_OUTLINE_H
#define PARLEY_NOTAM_OUTLINE_H

#include "geo/shape.h"

struct notam_outline {     /* at most LIMIT_VERTICES */
    struct position *at; /* borrowed room */
    uint32_t count, room;
};

/* Drops positions equal to their neighbour, the last against the first too. */
void notam_outline_tidy(struct notam_outline *o);
/* True when edges cross or touch, fold back, or a position comes twice. */
bool notam_outline_crosses(const struct notam_outline *o);
/* Adds positions so that the outline also holds the rhumb lines between its positions, where they run more than 100 m
 * outside. *changed is set then. False when there is no room. */
bool notam_outline_hold_rhumb(struct notam_outline *o, bool *changed);
/* Grows the outline so that it holds everything within `metres` (<= 500 km) of it on the WGS 84 ellipsoid. False when the
 * result would cross itself or has no room (`o` is unchanged then); an outline that is convex never crosses. */
bool notam_outline_grow(struct notam_outline *o, double metres);
/* Metres between two positions on a sphere that is nowhere larger than the ellipsoid. */
double notam_outline_metres(const struct position *a, const struct position *b);

#endif
