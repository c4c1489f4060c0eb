/* What the benchmarks share: clocks, medians, the printed line, a log to work on, and its parties' statements.
 * A benchmark measures its baseline in the same run, alternating with the figure, so that a busy machine touches both alike. Nothing
 * here passes or fails on time; a program ends with another status than 0 only when something did not work. */
#ifndef PARLEY_BENCHMARKS_BENCH_H
#define PARLEY_BENCHMARKS_BENCH_H

#include "base/arena.h"
#include "core/compose.h"
#include "log/node.h"

enum { BENCH_PATH = 1024, BENCH_RUNS = 5, BENCH_PARTIES = 3 };
#define BENCH_ORIGIN "bench.example/exercise"
#define BENCH_START INT64_C(1795000000000000000)

double bench_now(void);                           /* seconds, monotonic */
double bench_cpu(void);                           /* seconds of CPU of this process: what a busy machine changes less */
double bench_median(double *values, unsigned count); /* sorts them */
/* name, value, unit, baseline's name and value (unit the same), ratio value/baseline. */
void bench_print(const char *name, double value, const char *unit, const char *baseline, double baseline_value);
/* What limits it: of three prices of what was counted, each measured here and now, the highest. Prints the time of one call beside it; the ratio is how far above the
 * limit that is (below 1: what stands in line in the model overlapped). */
struct bench_cost {
    double steps;     /* to places that only the last one names, each a miss if it is not in a cache */
    double lines;     /* of 64 bytes read, in all */
    size_t footprint; /* bytes that these lie scattered over */
    double compares;  /* of a box with a box, or what takes as long */
};
void bench_limit(const char *name, double seconds, const struct bench_cost *c);
double bench_latency(size_t footprint);   /* seconds a step of a chase through so many bytes, in no order */
double bench_bandwidth(size_t footprint); /* bytes a second, read one after the other */
double bench_compare(void);               /* seconds a comparison of five-axis boxes in the nearest cache */
void bench_skip(const char *name, const char *why);
void bench_must(result r, const struct fault *f, const char *where); /* ends the program with the fault */
void bench_die(const char *where);                /* ends the program with errno's message */
/* The number of an environment variable, `otherwise` without it; another than between the two ends the program with status 64. */
uint32_t bench_size(const char *variable, uint32_t least, uint32_t most, uint32_t otherwise);
void *bench_room(size_t bytes);                   /* zeroed; never NULL */
uint64_t bench_draw(uint64_t *seed);              /* splitmix64: the same statements in every run */

/* A fresh directory under PARLEY_BENCH_DIR (default: the working directory, which should lie on the disk to be measured). */
void bench_dir(const char *name, char path[BENCH_PATH]);
void bench_remove(const char *path);              /* with all that is in it */
uint64_t bench_drop_cache(const char *dir);       /* of the files in it, so that reading means the disk; their bytes */

/* Founders: 0 operator, 1 aramoor, 2 velland; each with its root key. */
struct bench_log {
    char dir[BENCH_PATH];
    struct arena arena;
    struct text genesis;
    struct hash log;
    struct body_genesis body; struct founder founders[BENCH_PARTIES];
    uint8_t log_secret[64], receipt_secret[64], secret[BENCH_PARTIES][64];
    struct hash public_key[BENCH_PARTIES];
};
extern const char *const bench_parties[BENCH_PARTIES];
extern const struct capacity bench_capacity;
/* node_create included unless `dir` is NULL. */
void bench_log_make(struct bench_log *x, const char *dir, const struct capacity *c);
/* A signed statement with one section, in x->arena. */
void bench_say(struct bench_log *x, int party, enum statement_kind kind, const char *section, const char *to, struct text body,
               instant at, struct composed *out);
/* The body of a notice or flight over a square of `size` degrees; `what`: its members but for volumes, with the comma behind. */
void bench_square(struct append *out, const char *what, double lat, double lng, double size, instant from, instant to);

#endif
