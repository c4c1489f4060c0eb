/* meet_volumes of jagged rings of 1,000 vertices, beside GEOS on the same pairs in the plane: prepared once and asked many times (which a stored volume is not: its
 * outline is made for each pair), and as it comes. Of pairs that are near each other, as behind the index. */
#include "index_polygons.h"

#include <geos_c.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "geo/angle.h"
#include "geo/meet.h"
#include "geo/outline.h"

enum { RINGS = 60, VERTICES = 1000, ROUNDS = 3 };

struct rings {
    struct position at[RINGS][VERTICES];
    struct volume v[RINGS];
    GEOSGeometry *shape[RINGS];
    const GEOSPreparedGeometry *prepared[RINGS];
};

/* Spikes in and out around a middle near the equator, where the plane of degrees is nearly that of metres. */
static void ring_make(struct rings *x, int i, uint64_t *random) {
    double lat = (double)(bench_draw(random) % 1000) / 500.0 - 1.0, lon = (double)(bench_draw(random) % 1000) / 500.0;
    GEOSCoordSequence *seq = GEOSCoordSeq_create(VERTICES + 1, 2);
    for (int k = 0; k <= VERTICES; k++) {
        double out = 0.4 + 0.2 * (double)(bench_draw(random) % 1000) / 1000.0;
        struct turn t = angle_turn(2.0 * ANGLE_PI * k / VERTICES);
        if (k < VERTICES) x->at[i][k] = (struct position){(int32_t)((lat + out * t.sin) * 1e7), (int32_t)((lon + out * t.cos) * 1e7)};
        const struct position *p = &x->at[i][k % VERTICES];
        GEOSCoordSeq_setXY(seq, (unsigned)k, p->lon / 1e7, p->lat / 1e7);
    }
    x->v[i] = (struct volume){.shape = {.kind = SHAPE_POLYGON, .count = VERTICES, .at = x->at[i]}, .upper = {100000, ALTITUDE_W84}, .end = 1};
    x->shape[i] = GEOSGeom_createPolygon(GEOSGeom_createLinearRing(seq), NULL, 0);
    x->prepared[i] = GEOSPrepare(x->shape[i]);
}

static double ours(const struct rings *x, unsigned *met) {
    double start = bench_cpu();
    *met = 0;
    for (int i = 0; i < RINGS; i++)
        for (int k = 0; k < i; k++) {
            struct meeting m;
            meet_volumes(&x->v[i], &x->v[k], &altitude_offsets_default, 0, 0, 0, 0, &m);
            *met += m.meets;
        }
    return RINGS * (RINGS - 1) / 2 / (bench_cpu() - start);
}

static double theirs(const struct rings *x, bool prepared, unsigned *met) {
    double start = bench_cpu();
    *met = 0;
    for (int i = 0; i < RINGS; i++)
        for (int k = 0; k < i; k++) *met += (prepared ? GEOSPreparedIntersects(x->prepared[i], x->shape[k]) : GEOSIntersects(x->shape[i], x->shape[k])) == 1;
    return RINGS * (RINGS - 1) / 2 / (bench_cpu() - start);
}

static double edge_pairs(const struct rings *x) {
    double sum = 0.0;
    for (int i = 1; i < RINGS; i++) {
        struct outline a, b;
        struct nearest near;
        outline_make(&a, &x->v[i].shape);
        outline_make(&b, &x->v[i - 1].shape);
        outline_distance(&a, &b, &near);
        sum += (double)near.pairs;
    }
    return sum / (RINGS - 1);
}

void polygons_measure(void) {
    struct rings *x = bench_room(sizeof *x);
    uint64_t random = 17;
    double own[ROUNDS], ready[ROUNDS], plain[ROUNDS];
    unsigned met = 0, met_ready = 0, met_plain = 0;
    initGEOS(NULL, NULL);
    for (int i = 0; i < RINGS; i++) ring_make(x, i, &random);
    for (int r = 0; r < ROUNDS; r++) {
        own[r] = ours(x, &met);
        ready[r] = theirs(x, true, &met_ready);
        plain[r] = theirs(x, false, &met_plain);
    }
    if (met < met_plain || met_ready != met_plain) bench_die("polygons: GEOS finds other pairs"); /* ours adds its margin */
    printf("# polygons of 1,000 vertices: %u of %d pairs meet, %u in the plane\n", met, RINGS * (RINGS - 1) / 2, met_plain);
    double pairs = bench_median(own, ROUNDS);
    bench_print("index.polygons.1000", pairs, "pairs/s", "GEOS, prepared before", bench_median(ready, ROUNDS));
    bench_print("index.polygons-fresh.1000", pairs, "pairs/s", "GEOS, as it comes", bench_median(plain, ROUNDS));
    bench_print("index.polygons-edges.1000", edge_pairs(x), "edge pairs", "of all", (double)VERTICES * VERTICES);
    for (int i = 0; i < RINGS; i++) {
        GEOSPreparedGeom_destroy(x->prepared[i]);
        GEOSGeom_destroy(x->shape[i]);
    }
    finishGEOS();
    free(x);
}
