/* The index' gates: boxes looked at, counted, never timed. What is asked for is measured and then rounded up by about a quarter; the form of
 * each bound is the reason: a path down one tree of 5 to 6 entries a node costs about 3 log2(n), every tree that is not empty costs its
 * own, an answer costs at most 2, and no structure of linear size does better against a rival than the power 1 - 1/5 of n (five axes). */
#include "index_cases.h"

#include "geo/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
enum { MOST = 10000 };
#else
enum { MOST = 100000 };
#endif

static struct index *fresh(struct arena *a, uint32_t capacity) {
    assert_true(arena_take(a, index_memory(capacity)));
    struct index *x = index_new(a, capacity);
    assert_non_null(x);
    return x;
}

static uint32_t log2_up(uint32_t n) {
    uint32_t l = 0;
    while ((UINT64_C(1) << l) < n) l++;
    return l;
}

/* Per log2(n) of boxes, for a query on average; for the worst of those that answer at most 8. */
static const struct gate { uint32_t mean, worst; } gates[INDEX_CASES] = {
    [SPREAD] = {21, 38},     [BY_TIME] = {3, 4},  [BY_HEIGHT] = {3, 4},   [BY_PLACE] = {3, 5},      [TALL_AND_FLAT] = {3, 4},
    [CONTINENTS] = {11, 18}, [YEARS] = {11, 19},  [CORRIDORS] = {7, 16}, [ALL_TOGETHER] = {30, 60},
};

static void ask(const struct index *x, enum index_case c, uint32_t n, const char *when) {
    struct source s = {11};
    uint64_t sum = 0, answers = 0, worst = 0;
    uint32_t unit = log2_up(n);
    enum { QUERIES = 2000 };
    for (int q = 0; q < QUERIES; q++) {
        struct box b = case_query(c, &s, n);
        uint64_t tests = 0, found = 0;
        index_query(x, &b, case_count, &found, &tests);
        sum += tests;
        answers += found;
        if (found <= 8 && tests > worst) worst = tests;
    }
    print_message("# %s, %u boxes, %s: %.1f tests and %.2f answers a query, at most %llu\n", case_names[c], n, when, (double)sum / QUERIES,
                  (double)answers / QUERIES, (unsigned long long)worst);
    assert_true(sum <= (uint64_t)gates[c].mean * unit * QUERIES + 2 * answers);
    assert_true(worst <= (uint64_t)gates[c].worst * unit + 16);
}

/* Filled one by one in no order, half of it replaced, then all at once; and all of it expiring at once. */
static void cases(void **state) {
    (void)state;
    for (int c = 0; c < INDEX_CASES; c++)
        for (uint32_t n = 1000; n <= MOST; n *= 10) {
            struct arena a;
            struct index *x = fresh(&a, n);
            struct source s = {(uint64_t)c + 1};
            struct index_shape before, after;
            uint32_t *order = malloc(n * sizeof *order);
            struct index_entry *e = malloc(n * sizeof *e);
            assert_true(order != NULL && e != NULL);
            for (uint32_t i = 0; i < n; i++) e[i] = (struct index_entry){case_box((enum index_case)c, &s, i, n), i};
            case_shuffle(&s, order, n);
            for (uint32_t i = 0; i < n; i++) index_insert(x, order[i], &e[order[i]].box);
            ask(x, (enum index_case)c, n, "one by one");
            for (uint32_t i = 0; i < n; i += 2) {
                index_erase(x, order[i]);
                index_insert(x, order[i], &e[order[i]].box);
            }
            ask(x, (enum index_case)c, n, "half replaced");
            index_shape(x, &before);
            for (uint32_t i = 0; i < n; i++) index_erase(x, order[i]);
            index_shape(x, &after);
            index_check(x);
            print_message("#   all expire: %.1f boxes looked at each\n", (double)(after.work - before.work) / n);
            assert_true(after.nodes == 0 && after.work - before.work <= (uint64_t)12 * log2_up(n) * n);
            index_build(x, e, n);
            index_check(x);
            ask(x, (enum index_case)c, n, "all at once");
            free(order);
            free(e);
            arena_free(&a);
        }
}

/* --- a rival --- */

static uint64_t harm(struct arena *a, const struct rival *r, uint32_t n) {
    static struct box boxes[MOST];
    struct box path = rival_path();
    uint64_t tests = 0, found = 0;
    arena_reset(a);
    struct index *x = index_new(a, n);
    assert_non_null(x);
    rival_boxes(r, boxes, n);
    for (uint32_t i = 0; i < n; i++) index_insert(x, i, &boxes[i]);
    index_query(x, &path, case_count, &found, &tests);
    return found > 8 ? 0 : tests;
}

/* 5 n^(4/5): n^4 * 5^5 against tests^5. */
static bool within_rival_gate(uint64_t tests, uint32_t n) {
    double t = (double)tests, m = n;
    return t * t * t * t * t <= 3125.0 * m * m * m * m;
}

static void mutate(struct rival *r, struct source *s) {
    for (int64_t times = from_to(s, 1, 4); times > 0; times--) {
        struct rival_kind *g = &r->kind[from_to(s, 0, RIVAL_KINDS - 1)];
        int k = (int)from_to(s, 0, 4);
        switch (from_to(s, 0, 6)) {
        case 0:
        case 1: g->extent[k] = (uint8_t)from_to(s, 6, rival_most[k]); break;
        case 2:
        case 3: g->range[k] = (uint8_t)from_to(s, 6, rival_most[k]); break;
        case 4: g->dodge = (uint8_t)from_to(s, 0, 9); break;
        case 5: g->share = (uint8_t)from_to(s, 0, 8); break;
        default: g->pattern = (uint8_t)from_to(s, 0, 3);
        }
    }
    if (from_to(s, 0, 9) == 0) r->in_turn ^= 1;
}

static void show(const struct rival *r, uint64_t tests) {
    print_message("# %llu tests, in turn %d\n", (unsigned long long)tests, r->in_turn);
    for (int i = 0; i < RIVAL_KINDS; i++) {
        const struct rival_kind *g = &r->kind[i];
        print_message("#   {{%d, %d, %d, %d, %d}, {%d, %d, %d, %d, %d}, %d, %d, %d}\n", g->extent[0], g->extent[1], g->extent[2], g->extent[3], g->extent[4],
                      g->range[0], g->range[1], g->range[2], g->range[3], g->range[4], g->dodge, g->share, g->pattern);
    }
}

/* Nobody's boxes make another's query cost more than what is the least for any index of this size; the worst found, and a search from each. */
static void a_rival(void **state) {
    (void)state;
    const char *more = getenv("PARLEY_RIVAL_STEPS");
    int steps = more != NULL ? atoi(more) : 60;
    enum { N = 1000 };
    struct arena a;
    assert_true(arena_take(&a, index_memory(MOST)));
    for (unsigned i = 0; i < RIVALS; i++) {
        struct rival best = rivals[i];
        struct source s = {i + 1};
        for (uint32_t n = 1000; n <= MOST; n *= 10) {
            uint64_t tests = harm(&a, &rivals[i], n);
            print_message("# rival %u, %u boxes: %llu tests\n", i, n, (unsigned long long)tests);
            assert_true(tests > 0 && within_rival_gate(tests, n));
        }
        uint64_t most = harm(&a, &best, N);
        for (int k = 0; k < steps; k++) {
            struct rival r = best;
            mutate(&r, &s);
            uint64_t tests = harm(&a, &r, N);
            if (tests < most) continue;
            most = tests;
            best = r;
        }
        show(&best, most);
        assert_true(within_rival_gate(most, N));
    }
    arena_free(&a);
}

/* --- what the exact test bears: corridors, whose boxes in one piece would cover a continent each --- */

static void corridors_exact(void **state) {
    (void)state;
    enum { N = 2000, QUERIES = 50 };
    static struct position points[N][CORRIDOR_POINTS];
    static struct volume v[N];
    struct source s = {3};
    uint64_t candidates = 0, in_one = 0, true_ones = 0, pairs = 0;
    for (int i = 0; i < N; i++) v[i] = case_corridor(&s, points[i]);
    for (int q = 0; q < QUERIES; q++) {
        struct position at[2] = {{(int32_t)from_to(&s, -600000000, 600000000), (int32_t)from_to(&s, -1700000000, 1700000000)}};
        at[1] = (struct position){at[0].lat + 2000000, at[0].lon + 1000000};
        struct volume path = {{SHAPE_CORRIDOR, 2, 50000, at}, {0, ALTITUDE_W84}, {ALTITUDE_UNLIMITED, ALTITUDE_W84}, 0, INT64_MAX};
        struct box b, c;
        struct outline p, o;
        outline_make(&p, &path.shape);
        box_of_volume(&path, &altitude_offsets_default, 0, 0, 0, 0, &b);
        for (int i = 0; i < N; i++) {
            struct nearest near;
            struct box piece[BOX_PIECES];
            bool met = false;
            box_of_volume(&v[i], &altitude_offsets_default, 0, 0, 0, 0, &c);
            if (!box_meets(&b, &c)) continue;
            in_one++;
            for (uint32_t k = box_pieces(&v[i], &altitude_offsets_default, 0, 0, 0, 0, piece); k > 0; k--) met = met || box_meets(&b, &piece[k - 1]);
            if (!met) continue;
            candidates++;
            outline_make(&o, &v[i].shape);
            outline_distance(&p, &o, &near);
            pairs += near.pairs;
            true_ones += near.metres <= p.reach + o.reach;
        }
    }
    print_message("# corridors of 10,000 km: of %d, %.1f have a piece over a bystander's path (in one box each %.1f), %.2f meet it; %.2f edge pairs a candidate\n", N,
                  (double)candidates / QUERIES, (double)in_one / QUERIES, (double)true_ones / QUERIES, (double)pairs / (double)candidates);
    /* For each that meets, at most five are looked at exactly, and each for at most 12 of its 20 edges. */
    assert_true(candidates <= 5 * true_ones && 10 * candidates <= in_one && pairs <= 12 * candidates);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases), cmocka_unit_test(a_rival), cmocka_unit_test(corridors_exact)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("index counts", tests, NULL, NULL);
}
