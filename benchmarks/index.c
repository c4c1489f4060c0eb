/* The index: box tests for each answer (counted) and queries a second, at 10^3 to 10^5 boxes over a region of 800 km, and with 10^5 boxes over one
 * place that differ only in time or height, tall-and-brief mixed with flat-and-long. Baseline: a scan of all boxes. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/index.h"

enum { QUERIES = 2000, SCANS = 50 };
static uint64_t seed;
static int32_t between(int64_t low, int64_t high) { return (int32_t)(low + (int64_t)(bench_draw(&seed) % (uint64_t)(high - low + 1))); }

static struct box region_box(void) {
    struct box b;
    int64_t from = between(0, 86400000);
    for (int i = 0; i < 3; i++) {
        b.low[i] = i < 2 ? between(-(1 << 26), 1 << 26) : 0;
        b.high[i] = b.low[i] + between(1000000, 10000000); /* 6 to 60 km */
    }
    b.low[3] = between(0, 1000000);
    b.high[3] = b.low[3] + between(30000, 600000);
    b.from = from;
    b.to = from + between(600000, 14400000);
    return b;
}

static struct box place_box(void) {
    struct box b = {.low = {0, 0, 0, 0}, .high = {170000, 170000, 170000, 0}};
    bool tall = bench_draw(&seed) % 2 == 0;
    int64_t from = between(0, 2000000000);
    b.low[3] = tall ? 0 : between(0, 3000000);
    b.high[3] = tall ? 3000000 : b.low[3] + 100;
    b.from = from;
    b.to = from + (tall ? 1000 : 2000000000);
    return b;
}

/* A query as brief and as thin as one aircraft's path of a minute. */
static struct box place_query(void) {
    struct box b = place_box();
    b.low[3] = between(0, 3000000);
    b.high[3] = b.low[3] + 100;
    b.to = b.from + 60000;
    return b;
}

static bool count_one(void *context, uint32_t item) {
    (void)item;
    ++*(uint64_t *)context;
    return true;
}

static void measure(const char *name, uint32_t count, struct box (*make)(void), struct box (*ask)(void)) {
    struct arena a;
    struct box *boxes = bench_room(count * sizeof *boxes), *queries = bench_room(QUERIES * sizeof *queries);
    uint64_t tests = 0, answers = 0, met = 0;
    char line[64];
    seed = count;
    if (!arena_take(&a, index_memory(count))) bench_die("memory");
    struct index *x = index_new(&a, count);
    for (uint32_t i = 0; i < count; i++) boxes[i] = make();
    for (uint32_t i = 0; i < QUERIES; i++) queries[i] = ask();
    double start = bench_now();
    for (uint32_t i = 0; i < count; i++) index_insert(x, i, &boxes[i]);
    double inserting = bench_now() - start;
    start = bench_now();
    for (uint32_t i = 0; i < QUERIES; i++) index_query(x, &queries[i], count_one, &answers, &tests);
    double asking = (bench_now() - start) / QUERIES;
    start = bench_now();
    for (uint32_t i = 0; i < SCANS; i++)
        for (uint32_t k = 0; k < count; k++) met += box_meets(&boxes[k], &queries[i]);
    double scanning = (bench_now() - start) / SCANS;
    if (answers < met) exit(1);
    snprintf(line, sizeof line, "index.tests.%s.%u", name, count);
    bench_print(line, (double)tests / QUERIES, "tests/query", "scan of all", count);
    snprintf(line, sizeof line, "index.tests-per-answer.%s.%u", name, count);
    bench_print(line, (double)tests / (double)(answers > 0 ? answers : 1), "tests/answer", "scan of all", (double)count * QUERIES / (double)(answers > 0 ? answers : 1));
    snprintf(line, sizeof line, "index.query.%s.%u", name, count);
    bench_print(line, 1 / asking, "queries/s", "scan of all", 1 / scanning);
    snprintf(line, sizeof line, "index.insert.%s.%u", name, count);
    bench_print(line, count / inserting, "inserts/s", "scan of all", 1 / scanning);
    arena_free(&a);
    free(boxes);
    free(queries);
}

int main(void) {
    measure("region", 1000, region_box, region_box);
    measure("region", 10000, region_box, region_box);
    measure("region", 100000, region_box, region_box);
    measure("place", 100000, place_box, place_query);
    return 0;
}
