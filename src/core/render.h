/* Values as the JSON of FORMAT.md ("Values"): what is read again is the same value (times: to the millisecond, for readers get none
 * finer). For views, told records, and clients that compose statements. Nothing fails: see append.full. */
#ifndef PARLEY_CORE_RENDER_H
#define PARLEY_CORE_RENDER_H

#include "base/bytes.h"
#include "base/instant.h"
#include "geo/shape.h"

void render_time(instant t, struct append *out);                       /* "…T…mmmZ"; null for INSTANT_NONE */
/* Seconds from `at` to `start`, and by how much that is short of `agreed_ns`: with the start rounded down and the moment rounded up to the
 * millisecond, for readers get none finer (a sender too: with others it could find the order of the log). Never better than the truth. */
void render_lead(instant start, instant at, struct append *out);
void render_short(instant start, instant at, int64_t agreed_ns, struct append *out);
void render_position(const struct position *p, struct append *out);    /* {"lat":…,"lng":…}, degrees */
void render_altitude(const struct altitude *a, struct append *out);    /* {"value":…,"reference":…,"units":…} or "UNL" */
void render_band(const struct altitude *lower, const struct altitude *upper, struct append *out); /* "lower":…,"upper":… */
void render_shape(const struct shape *s, struct append *out);          /* "circle":{…}, "polygon":[…] or "corridor":{…}; metres */
void render_volume(const struct volume *v, struct append *out);        /* one element of "volumes" */

#endif
