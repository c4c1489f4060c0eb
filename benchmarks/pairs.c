/* One frame of 10,000 aircraft that nobody reported before: each is anchored and looked for among those before it. Beside it a plain
 * state-based sweep over all pairs (straight lines through space, closest approach in closed form), which is also the judge: pairs that it
 * finds well inside must have alerts, and alerts must be among those it finds with our slack added. BlueSky's own detection over the
 * same aircraft, where benchmarks/pairs_bluesky.py can run. */
#include "pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "geo/earth.h"
#include "sky.h"

enum { CRAFTS = 10000, MOST = 1 << 20 };
#define NEAR 9260.0
#define HIGH 304.8
#define AHEAD 300.0
struct plain { double at[CRAFTS][3], way[CRAFTS][3], height[CRAFTS]; };
struct list { uint32_t count, (*at)[2]; };

static void list_add(struct list *l, uint32_t a, uint32_t b) {
    if (l->count == MOST) fprintf(stderr, "more than %d pairs\n", MOST), exit(1);
    l->at[l->count][0] = a < b ? a : b;
    l->at[l->count++][1] = a < b ? b : a;
}
static int pair_order(const void *x, const void *y) {
    const uint32_t *a = x, *b = y;
    if (a[0] != b[0]) return a[0] < b[0] ? -1 : 1;
    return a[1] < b[1] ? -1 : a[1] > b[1];
}
/* How many of `some` are not in `all`; both sorted. */
static uint32_t missing(const struct list *some, const struct list *all) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < some->count; i++) n += bsearch(some->at[i], all->at, all->count, sizeof *all->at, pair_order) == NULL;
    return n;
}

static void plain_make(const struct body_frame *f, struct plain *p) {
    for (uint32_t i = 0; i < f->count; i++) {
        const struct frame_position *x = &f->positions[i];
        double lat = x->at.lat * 1e-7 * M_PI / 180, lon = x->at.lon * 1e-7 * M_PI / 180, track = x->track_mdeg * 1e-3 * M_PI / 180;
        double speed = x->speed_cms / 100.0, n = speed * cos(track), e = speed * sin(track);
        struct vec at = earth_ecef((struct vec){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)});
        memcpy(p->at[i], &(double[3]){at.x, at.y, at.z}, sizeof p->at[i]);
        memcpy(p->way[i], &(double[3]){-n * sin(lat) * cos(lon) - e * sin(lon), -n * sin(lat) * sin(lon) + e * cos(lon), n * cos(lat)}, sizeof p->way[i]);
        p->height[i] = x->altitude.cm / 100.0;
    }
}

/* All are level. */
static void sweep(const struct plain *p, double near, double high, double ahead, struct list *out) {
    out->count = 0;
    for (uint32_t i = 0; i < CRAFTS; i++)
        for (uint32_t j = i + 1; j < CRAFTS; j++) {
            if (fabs(p->height[i] - p->height[j]) > high) continue;
            double rr = -near * near, rv = 0, vv = 1e-12;
            for (int k = 0; k < 3; k++) {
                double r = p->at[j][k] - p->at[i][k], v = p->way[j][k] - p->way[i][k];
                rr += r * r;
                rv += r * v;
                vv += v * v;
            }
            double root = rv * rv - vv * rr;
            if (root < 0) continue;
            root = sqrt(root);
            if ((-rv - root) / vv <= ahead && (-rv + root) / vv >= 0) list_add(out, i, j);
        }
}

static uint32_t number_of(const struct state *st, row track) {
    char digits[7] = {0};
    memcpy(digits, track_at(st, track)->identity, 6);
    return (uint32_t)strtoul(digits, NULL, 16) - 0x100000;
}
static void ours(const struct sky *k, struct list *out) {
    out->count = 0;
    for (row r = table_next(&k->st->alerts, 0); r != ROW_NONE; r = table_next(&k->st->alerts, r + 1)) {
        const struct alert_row *a = alert_at(k->st, r);
        if (a->kind != ALERT_TRACK_TRACK) fprintf(stderr, "alerts were folded\n"), exit(1);
        if (a->entry <= k->now + (instant)(AHEAD * 1e9)) list_add(out, number_of(k->st, a->a), number_of(k->st, a->b));
    }
    qsort(out->at, out->count, sizeof *out->at, pair_order);
}

static void bluesky(const struct body_frame *f, double seconds, const struct list *swept) {
    char path[BENCH_PATH], command[3 * BENCH_PATH], line[256];
    const char *python = getenv("PARLEY_BLUESKY"), *script = getenv("PARLEY_BLUESKY_SCRIPT"), *why = getenv("PARLEY_BLUESKY_WHY");
    double spent;
    unsigned pairs, crafts;
    bool detected = false;
    if (python == NULL || script == NULL) {
        bench_skip("pairs.10000.bluesky", why != NULL ? why : "PARLEY_BLUESKY names no python that has bluesky-simulator");
        return;
    }
    bench_dir("pairs", path);
    char file[BENCH_PATH + 16];
    snprintf(file, sizeof file, "%s/aircraft", path);
    FILE *out = fopen(file, "w");
    if (out == NULL) bench_die(file);
    for (uint32_t i = 0; i < f->count; i++) {
        const struct frame_position *p = &f->positions[i];
        fprintf(out, "%.6s %.7f %.7f %.3f %.2f %.2f 0\n", p->identity.at, p->at.lat * 1e-7, p->at.lon * 1e-7, p->track_mdeg * 1e-3, p->speed_cms / 100.0,
                p->altitude.cm / 100.0);
    }
    fclose(out);
    snprintf(command, sizeof command, "'%s' '%s' '%s'", python, script, file);
    FILE *in = popen(command, "r");
    if (in == NULL) bench_die(command);
    while (!detected && fgets(line, sizeof line, in) != NULL) detected = sscanf(line, "detected %*s %lf %u %u", &spent, &pairs, &crafts) == 3;
    if (detected) {
        bench_print("pairs.10000.ours", CRAFTS / seconds, "aircraft/s", "BlueSky, its compiled detection", crafts / spent);
        bench_print("pairs.10000.bluesky-finds", pairs, "pairs", "plain sweep", swept->count);
    } else {
        bench_skip("pairs.10000.bluesky", "it gave no result");
    }
    pclose(in);
    bench_remove(path);
}

/* A server's memory was used before; what the system takes to clear pages that are used for the first time (two fifths of all, measured) is none of the search. */
static void used_before(struct arena *a) {
    for (size_t i = 0; i < a->room; i += 4096) {
        volatile unsigned char *page = a->at + i;
        *page = *page;
    }
}

void pairs_measure(void) {
    struct sky *k = bench_room(sizeof *k);
    struct plain *p = bench_room(sizeof *p);
    struct capacity c = bench_capacity;
    struct list swept = {0, bench_room(MOST * sizeof *swept.at)}, inner = {0, bench_room(MOST * sizeof *inner.at)};
    struct list outer = {0, bench_room(MOST * sizeof *outer.at)}, mine = {0, bench_room(MOST * sizeof *mine.at)};
    struct traffic *t = traffic_new(CRAFTS, 7, true);
    struct body_frame f;
    c.parties = 3;
    c.tracks = 3 * CRAFTS + 3;
    c.alerts = 9 * 32768;
    sky_open(k, &c);
    used_before(&k->memory);
    sky_feeds(k, 1);
    sky_separation(k, (int64_t)(NEAR * 100), (int64_t)(HIGH * 100));
    sky_second(k, t);
    double seconds = k->spent;
    uint64_t tests = k->st->box_tests;
    ours(k, &mine);
    traffic_frame(t, 0, k->now, &f); /* it says the same again: nothing of a crowd is drawn */
    plain_make(&f, p);
    double start = bench_cpu();
    sweep(p, NEAR, HIGH, AHEAD, &swept);
    double sweeping = bench_cpu() - start;
    sweep(p, NEAR - 100, HIGH - 1, AHEAD - 1, &inner);
    sweep(p, NEAR + 700, HIGH + 101, AHEAD + 3, &outer);
    bench_print("pairs.10000", CRAFTS / seconds, "aircraft/s", "plain sweep of all pairs", CRAFTS / sweeping);
    bench_print("pairs.10000.found", mine.count, "pairs", "plain sweep", swept.count);
    bench_print("pairs.10000.box-tests", (double)tests / CRAFTS, "tests/aircraft", "pairs of a sweep", (CRAFTS - 1) / 2.0);
    uint32_t lost = missing(&inner, &mine), wrong = missing(&mine, &outer);
    printf("# pairs: %u well inside, %u of them without an alert; %u alerts, %u of them beyond our slack\n", inner.count, lost, mine.count, wrong);
    bluesky(&f, seconds, &swept);
    if (lost + wrong > 0) exit(1);
    traffic_free(t);
    sky_close(k);
    free(swept.at), free(inner.at), free(outer.at), free(mine.at), free(p), free(k);
}
