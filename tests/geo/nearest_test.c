/* The cost of hostile shapes: edge pairs looked at for 1,000 vertices against 1,000, counted, and the answer against the plain double
 * loop over all pairs. */
#include "geo/meet.h"
#include "geo/outline.h"
#include "base/limits.h"
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { V = LIMIT_VERTICES };
static struct position one[V], two[V];

enum hostile { ROUND, STARS, COMBS, SLANTED_COMBS, SPIRALS, DUST, HOSTILES };
static const char *const names[] = {"round", "stars", "combs", "slanted combs", "spirals", "far apart"};

static struct position polar(struct position c, double azimuth, double metres) {
    return oracle_ahead(c, azimuth, metres);
}

/* In metres east and north of the place. */
static struct position plane(struct position c, double x, double y) {
    return polar(c, atan2(x, y) * 180 / M_PI, hypot(x, y));
}

static void hostile_pair(enum hostile kind, struct position c, double size, struct shape *a, struct shape *b) {
    *a = (struct shape){SHAPE_POLYGON, V, 0, one};
    *b = (struct shape){SHAPE_POLYGON, V, 0, two};
    for (int i = 0; i < V; i++) {
        double turn = i * 360.0 / V, tooth = i % 4 == 1 || i % 4 == 2 ? 1 : 0, x = (i / 4 + (i % 4 >= 2) * 0.5) / 250.0;
        switch (kind) {
        case ROUND: /* one ring just inside the other */
            one[i] = polar(c, turn, size);
            two[i] = polar(c, turn + 0.1, size * 0.999);
            break;
        case STARS: /* spikes within spikes */
            one[i] = polar(c, turn, i % 2 ? size : size * 0.5);
            two[i] = polar(c, turn, i % 2 ? size * 0.97 : size * 0.47);
            break;
        case COMBS: /* tooth between teeth */
        case SLANTED_COMBS: {
            double slant = kind == COMBS ? 0 : 1, v = x, u = i < V - 4 ? tooth : 0, w = x + 0.55 / 250 - (i % 4 >= 2) * 0.1 / 250;
            if (i >= V - 2) { /* their backs */
                v = w = i == V - 2 ? 1.1 : -0.1;
                u = -1;
            }
            one[i] = plane(c, size * (v + slant * u), size * u);
            u = i < V - 2 ? 1.1 - u : 3;
            two[i] = plane(c, size * (w + slant * u), size * u);
            break;
        }
        case SPIRALS: { /* two paths wound into each other */
            double r = size * (0.1 + 0.9 * i / V);
            a->kind = b->kind = SHAPE_CORRIDOR;
            a->reach_cm = b->reach_cm = 1;
            one[i] = polar(c, i * 7.2, r);
            two[i] = polar(c, i * 7.2 + 180, r);
            break;
        }
        default:
            one[i] = polar(c, turn, size);
            two[i] = polar(polar(c, 90, size * 3), turn, size);
        }
    }
}

static double by_all_pairs(const struct outline *a, const struct outline *b) {
    double best = 1e9;
    for (uint32_t i = 0; i < a->edges; i++)
        for (uint32_t k = 0; k < b->edges; k++) {
            struct edge g, h;
            outline_edges(a, i, 1, &g);
            outline_edges(b, k, 1, &h);
            if (edge_crosses(&g, &h, 0)) return 0;
            best = fmin(best, fmin(earth_metres(g.a, edge_nearest(&h, g.a)), earth_metres(g.b, edge_nearest(&h, g.b))));
            best = fmin(best, fmin(earth_metres(h.a, edge_nearest(&g, h.a)), earth_metres(h.b, edge_nearest(&g, h.b))));
        }
    return best;
}

static void hostile(void **state) {
    (void)state;
    static const double sizes[] = {2000, 300000};
    struct position c = {470000000, 1795000000};
    for (int kind = 0; kind < HOSTILES; kind++)
        for (int s = 0; s < 2; s++) {
            struct shape a, b;
            struct outline p, q;
            struct nearest near;
            hostile_pair((enum hostile)kind, c, sizes[s], &a, &b);
            outline_make(&p, &a);
            outline_make(&q, &b);
            outline_edge_distance(&p, &q, &near);
            print_message("# %s of %.0f m: %.3f m, %llu of 1,000,000 pairs\n", names[kind], sizes[s], near.metres,
                          (unsigned long long)near.pairs);
            assert_true(near.pairs <= 10000);
            if (s == 0) assert_true(fabs(by_all_pairs(&p, &q) - near.metres) < 1e-6);
        }
}

/* A small ring in the middle of a bow: every edge is as far from every other, so none can be left out. Then no more is looked at than OUTLINE_WORK says, and what
 * is not known is on the safe side; of other shapes it is the same as of all. */
static void bounded(void **state) {
    (void)state;
    static const double sizes[] = {2000, 300000};
    struct position c = {470000000, 1795000000};
    for (int kind = 0; kind <= HOSTILES; kind++)
        for (int s = 0; s < 2; s++) {
            struct shape a = {SHAPE_POLYGON, V, 0, one}, b = {SHAPE_CORRIDOR, V, 100, two};
            struct outline p, q;
            struct nearest all, some;
            if (kind < HOSTILES) hostile_pair((enum hostile)kind, c, sizes[s], &a, &b);
            for (int i = 0; kind == HOSTILES && i < V; i++) {
                one[i] = polar(c, i * 360.0 / V, sizes[s] * 5e-6);
                two[i] = polar(c, i * 300.0 / V, sizes[s]);
            }
            outline_make(&p, &a);
            outline_make(&q, &b);
            outline_distance(&p, &q, &all);
            outline_apart(&p, &q, &some);
            assert_true(some.work <= OUTLINE_WORK + 16 * 16 + 8 && some.least <= all.metres && some.metres >= all.metres - 1e-6);
            if (some.work < OUTLINE_WORK) assert_true(fabs(some.metres - all.metres) < 1e-6 && some.least == some.metres);
            else assert_true(kind == SLANTED_COMBS || kind == SPIRALS || kind == HOSTILES);
            if (kind == HOSTILES) assert_true(some.work >= OUTLINE_WORK && some.least > all.metres * 0.5 && all.pairs == 999000);
            struct volume x = {.shape = a, .upper = {100000, ALTITUDE_W84}, .end = 1}, y = {.shape = b, .upper = {100000, ALTITUDE_W84}, .end = 1};
            struct meeting m;
            meet_volumes(&x, &y, &altitude_offsets_default, (int64_t)(all.metres * 100.0), 0, 0, 0, &m);
            assert_true(m.meets && m.work == some.work && (double)(m.distance_cm + m.margin_cm) / 100.0 >= all.metres - p.reach - q.reach && (double)m.distance_cm / 100.0 <= all.metres + 0.01);
        }
}

/* Two squares above each other, with a side of both on one meridian: which side of the other's great circle the corners lie on is a
 * matter of roundoff, and for one meridian in thirty the sides were taken to cross. */
static void in_line(void **state) {
    (void)state;
    for (int32_t lon = -1800000000; lon < 1780000000; lon += 1234567) {
        int32_t east = lon + 6000000;
        struct position low[4] = {{-463100000, lon}, {-463100000, east}, {-457600000, east}, {-457600000, lon}};
        struct position high[4] = {{-455100000, lon}, {-455100000, east}, {-451100000, east}, {-451100000, lon}};
        struct shape a = {SHAPE_POLYGON, 4, 0, low}, b = {SHAPE_POLYGON, 4, 0, high};
        struct outline p, q;
        struct nearest near;
        outline_make(&p, &a);
        outline_make(&q, &b);
        outline_distance(&p, &q, &near);
        double gap = earth_metres(earth_unit(&low[3]), earth_unit(&high[0]));
        /* The lower one's upper side bulges towards the pole by some tens of metres between its corners. */
        if (fabs(near.metres - gap) > 200) fail_msg("at %d: %.3f m; must be about %.3f", lon, near.metres, gap);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile), cmocka_unit_test(bounded), cmocka_unit_test(in_line)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
