/* The index in the cases of tests/core/index_cases.h and against a rival: insertions, queries and deletions a second beside libspatialindex (an R*-tree of five axes)
 * and GEOS (an STR-tree of two, made once), rounds alternating where there are several; box tests for each query and each answer, counted; and what limits a query.
 * Deletion is that of everything, as when all expires at once. PARLEY_INDEX_MOST: boxes (default 100,000; 10,000,000 is the most, at 3 GB); PARLEY_INDEX_CASE: one case
 * only. What a library would take too long for is left out by what it took for a tenth of as many, and said so: at 100,000 boxes libspatialindex inserts some
 * thousand a second and less, at a million GEOS' tree of two axes gives every query all that lies over its square. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "index_cases.h"
#include "index_others.h"
#include "index_polygons.h"

enum { ROUNDS = 3, SEVERAL = 10000 /* boxes, up to which there are so many rounds */, QUERIES = 1000, THEIR_QUERIES = 100, THEIR_ERASURES = 100, RIVAL = INDEX_CASES };
enum { NODE_BYTES = 424, NODE_LINES = 7 };
#define PATIENCE 20.0 /* seconds that a library may take for one thing */

static const char *name_of(int c) { return c == RIVAL ? "rival" : case_names[c]; }

static double rate(double from, double count) { return count / (bench_cpu() - from); }

static void print(const char *what, int c, uint32_t n, double value, const char *unit, const char *baseline, double other) {
    char line[96];
    snprintf(line, sizeof line, "index.%s.%s.%u", what, name_of(c), n);
    bench_print(line, value, unit, baseline, other);
}

struct run {
    int c;
    uint32_t n, *order;
    struct box *boxes, *asked;
    double insert[ROUNDS], query[ROUNDS], erase[ROUNDS], build[ROUNDS];
    double their_insert[ROUNDS], their_query[ROUNDS], their_erase[ROUNDS], geos_make[ROUNDS], geos_query[ROUNDS];
    uint64_t tests, found, found_first; /* found_first: by the first THEIR_QUERIES */
    struct index_shape shape;
    bool beside_tree, beside_geos;
};

static void ours(struct run *r, struct arena *a, int round) {
    arena_reset(a);
    struct index *x = index_new(a, r->n);
    double start = bench_cpu();
    for (uint32_t i = 0; i < r->n; i++) index_insert(x, r->order[i], &r->boxes[r->order[i]]);
    r->insert[round] = rate(start, r->n);
    r->tests = r->found = 0;
    start = bench_cpu();
    for (int i = 0; i < QUERIES; i++) {
        index_query(x, &r->asked[i], case_count, &r->found, &r->tests);
        if (i == THEIR_QUERIES - 1) r->found_first = r->found;
    }
    r->query[round] = rate(start, QUERIES);
    index_shape(x, &r->shape);
    start = bench_cpu();
    for (uint32_t i = 0; i < r->n; i++) index_erase(x, r->order[i]);
    r->erase[round] = rate(start, r->n);
    struct index_entry *e = bench_room(r->n * sizeof *e);
    for (uint32_t i = 0; i < r->n; i++) e[i] = (struct index_entry){r->boxes[r->order[i]], r->order[i]};
    start = bench_cpu();
    index_build(x, e, r->n);
    r->build[round] = rate(start, r->n);
    free(e);
}

static void same(const struct run *r, const char *who, uint64_t found) {
    if (found == r->found_first) return;
    fprintf(stderr, "index: %s: %llu, %s %llu\n", name_of(r->c), (unsigned long long)r->found_first, who, (unsigned long long)found);
    exit(1);
}

static void spatialindex(struct run *r, int round) {
    uint64_t found = 0;
    void *x = spatialindex_new();
    double start = bench_cpu();
    for (uint32_t i = 0; i < r->n; i++) spatialindex_insert(x, r->order[i], &r->boxes[r->order[i]]);
    r->their_insert[round] = rate(start, r->n);
    start = bench_cpu();
    for (int i = 0; i < THEIR_QUERIES; i++) found += spatialindex_count(x, &r->asked[i]);
    r->their_query[round] = rate(start, THEIR_QUERIES);
    start = bench_cpu();
    for (uint32_t i = 0; i < THEIR_ERASURES; i++) spatialindex_erase(x, r->order[i], &r->boxes[r->order[i]]);
    r->their_erase[round] = rate(start, THEIR_ERASURES);
    spatialindex_free(x);
    same(r, "libspatialindex", found);
}

static void geos(struct run *r, int round) {
    uint64_t found = 0;
    double start = bench_cpu();
    void *x = geos_tree_new(r->boxes, r->n);
    r->geos_make[round] = rate(start, r->n);
    start = bench_cpu();
    for (int i = 0; i < THEIR_QUERIES; i++) found += geos_tree_count(x, &r->asked[i]);
    r->geos_query[round] = rate(start, THEIR_QUERIES);
    geos_tree_free(x);
    same(r, "GEOS", found);
}

static void fill(struct run *r) {
    struct source s = {(uint64_t)r->c + 1};
    if (r->c == RIVAL) rival_boxes(&rivals[0], r->boxes, r->n);
    else
        for (uint32_t i = 0; i < r->n; i++) r->boxes[i] = case_box((enum index_case)r->c, &s, i, r->n);
    for (int i = 0; i < QUERIES; i++) r->asked[i] = r->c == RIVAL ? rival_path() : case_query((enum index_case)r->c, &s, r->n);
    case_shuffle(&s, r->order, r->n);
}

static void show_beside(struct run *r, unsigned rounds, double insert, double query, double erase, double build) {
    const char *why = "the library would take longer than there is patience for";
    if (r->beside_tree) {
        print("insert", r->c, r->n, insert, "inserts/s", "libspatialindex", bench_median(r->their_insert, rounds));
        print("query", r->c, r->n, query, "queries/s", "libspatialindex", bench_median(r->their_query, rounds));
        print("erase", r->c, r->n, erase, "erasures/s", "libspatialindex", bench_median(r->their_erase, rounds));
    } else {
        print("insert", r->c, r->n, insert, "inserts/s", "build, all at once", build);
        print("query", r->c, r->n, query, "queries/s", "insert, one by one", insert);
        print("erase", r->c, r->n, erase, "erasures/s", "insert, one by one", insert);
        bench_skip("index.beside-libspatialindex", why);
    }
    if (r->beside_geos) {
        print("build-str", r->c, r->n, build, "boxes/s", "GEOS STR-tree, x and y", bench_median(r->geos_make, rounds));
        print("query-str", r->c, r->n, query, "queries/s", "GEOS STR-tree, x and y", bench_median(r->geos_query, rounds));
    } else {
        bench_skip("index.beside-geos", why);
    }
}

/* Would ten times as many be borne? An insertion into libspatialindex becomes slower with their number, a query of GEOS has as many more to compare. */
static void patience(const struct run *r, bool *tree, bool *geos_too) {
    double n = r->n * 10.0;
    *tree = r->beside_tree && n / r->their_insert[0] * 3.0 + THEIR_QUERIES / r->their_query[0] * 10.0 + THEIR_ERASURES / r->their_erase[0] * 10.0 < PATIENCE;
    *geos_too = r->beside_geos && n / r->geos_make[0] * 1.5 + THEIR_QUERIES / r->geos_query[0] * 10.0 < PATIENCE;
}

static void measure(int c, uint32_t n, bool *tree, bool *geos_too) {
    struct arena a;
    struct run r = {.c = c, .n = n, .order = bench_room(n * sizeof *r.order), .boxes = bench_room(n * sizeof *r.boxes), .asked = bench_room(QUERIES * sizeof *r.asked),
                    .beside_tree = *tree, .beside_geos = *geos_too};
    unsigned rounds = n <= SEVERAL ? ROUNDS : 1;
    if (!arena_take(&a, index_memory(n))) bench_die("memory");
    fill(&r);
    for (unsigned i = 0; i < rounds; i++) {
        ours(&r, &a, (int)i);
        if (r.beside_tree) spatialindex(&r, (int)i);
        if (r.beside_geos) geos(&r, (int)i);
    }
    double insert = bench_median(r.insert, rounds), query = bench_median(r.query, rounds), erase = bench_median(r.erase, rounds), build = bench_median(r.build, rounds);
    double tests = (double)r.tests / QUERIES, found = (double)r.found / QUERIES, nodes = tests / ((double)r.shape.boxes / (double)r.shape.slots * 8);
    char name[96];
    print("tests", c, n, tests, "tests/query", "scan of all", n);
    print("tests-per-answer", c, n, tests / (found > 1.0 ? found : 1.0), "tests/answer", "answers a query", found);
    show_beside(&r, rounds, insert, query, erase, build);
    print("build", c, n, build, "boxes/s", "insert, one by one", insert);
    print("bytes", c, n, (double)index_memory(n) / n, "bytes/box", "of nodes in use", (double)r.shape.nodes * NODE_BYTES / n);
    snprintf(name, sizeof name, "index.limit.%s.%u", name_of(c), n);
    struct bench_cost cost = {.steps = nodes, .lines = nodes * NODE_LINES, .footprint = (size_t)r.shape.nodes * NODE_BYTES, .compares = tests};
    bench_limit(name, 1.0 / query, &cost);
    patience(&r, tree, geos_too);
    arena_free(&a);
    free(r.order);
    free(r.boxes);
    free(r.asked);
}

int main(void) {
    uint32_t most = bench_size("PARLEY_INDEX_MOST", 1000, 10000000, 100000);
    const char *only = getenv("PARLEY_INDEX_CASE");
    bool known = only == NULL || strcmp(only, "polygons") == 0;
    for (int c = 0; c <= RIVAL && !known; c++) known = strcmp(only, name_of(c)) == 0;
    if (!known) {
        fprintf(stderr, "PARLEY_INDEX_CASE: there is no case '%s'; there are:", only);
        for (int c = 0; c <= RIVAL; c++) fprintf(stderr, " %s", name_of(c));
        fprintf(stderr, " polygons\n");
        return 64;
    }
    for (int c = 0; c <= RIVAL; c++) {
        bool tree = true, geos_too = true;
        for (uint32_t n = 1000; n <= most && (only == NULL || strcmp(only, name_of(c)) == 0); n *= 10)
            if (c != BY_PLACE || n <= 1000000) measure(c, n, &tree, &geos_too); /* or a query has 25,000 answers */
    }
    if (only == NULL || strcmp(only, "polygons") == 0) polygons_measure();
    return 0;
}
