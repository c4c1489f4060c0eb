/* A state alone, without log or disk, under traffic: notices and areas on file, feeds declared, frames and ticks stepped. Shared by the
 * benchmarks of tracks. */
#ifndef PARLEY_BENCHMARKS_SKY_H
#define PARLEY_BENCHMARKS_SKY_H

#include "bench.h"
#include "core/watch.h"
#include "traffic.h"

struct sky {
    struct bench_log log;
    struct json_reader *json;
    struct arena memory, decoded;
    struct state *st;
    struct effects *fx;
    struct part *parts;
    struct statement notice;
    uint64_t seed, told, reports, continues;
    instant now;
    double spent, ticks;  /* CPU seconds in frames, in ticks */
    uint32_t untracked;
};
void sky_open(struct sky *k, const struct capacity *c);
void sky_close(struct sky *k);
/* Feeds f0, f1, ... of aramoor and velland in turn; who said 0 is read by both. */
void sky_feeds(struct sky *k, uint32_t count);
void sky_areas(struct sky *k);                     /* nine, of both, over most of the world between 66 S and 66 N */
void sky_notices(struct sky *k, uint32_t count);   /* squares of 0.1 to 0.4 degrees all over, from an hour ago to 20 hours ahead */
void sky_separation(struct sky *k, int64_t cm, int64_t height_cm);
/* All feeds say one second of traffic, then the tick, then the backlog is worked off: only the steps are timed. */
void sky_second(struct sky *k, struct traffic *t);

#endif
