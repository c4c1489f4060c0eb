/* The index against a linear scan, and its flatness: box tests are counted, not timed. */
#include "core/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <geos_c.h>

static uint64_t state_bits = UINT64_C(0x9E3779B97F4A7C15);

static int64_t pick(int64_t low, int64_t high) {
    state_bits ^= state_bits << 13;
    state_bits ^= state_bits >> 7;
    state_bits ^= state_bits << 17;
    return low + (int64_t)(state_bits % (uint64_t)(high - low + 1));
}

enum mix { TIME_ALONE, TIME_RANDOM, HEIGHT_ALONE, CROWD, TALL_AND_FLAT, WORLD, SAME, WILD, MIXES };
static const char *const mix_names[] = {"time alone", "time at random", "height alone", "crowd", "tall and flat", "world", "same", "wild"};

/* Box i of n; all but the last three mixes lie over one square kilometre. */
static struct box box_of_mix(enum mix mix, uint32_t i, uint32_t n) {
    struct box b = {{500000000, 500000000, 500000000, 100000}, {500170000, 500170000, 500170000, 110000}, 1700000000000, 1700000600000};
    switch (mix) {
    case TIME_ALONE:
        b.from += (int64_t)i * 60000;
        b.to = b.from + 59000;
        break;
    case TIME_RANDOM:
        b.from += pick(0, n) * 60000;
        b.to = b.from + 59000;
        break;
    case HEIGHT_ALONE:
        b.low[3] = (int32_t)i * 2000 - 1000000000;
        b.high[3] = b.low[3] + 1900;
        break;
    case CROWD: /* as many at any moment however many there are */
        for (int k = 0; k < 3; k++) b.high[k] = (b.low[k] += (int32_t)pick(0, 150000)) + 20000;
        b.from += pick(0, n) * 3000;
        b.to = b.from + pick(1000, 600000);
        b.high[3] = (b.low[3] = (int32_t)pick(0, 1500000)) + (int32_t)pick(100, 15000);
        break;
    case TALL_AND_FLAT: /* brief pillars through long thin sheets */
        if (i % 2) {
            b.from += (int64_t)i * 60000;
            b.to = b.from + 20000;
            b.low[3] = 0;
            b.high[3] = 20000;
        } else {
            b.to = b.from + (int64_t)n * 60000;
            b.low[3] = (int32_t)i * 2000 - 900000000;
            b.high[3] = b.low[3] + 500;
        }
        break;
    case WORLD:
        for (int k = 0; k < 3; k++) b.high[k] = (b.low[k] = (int32_t)pick(-1000000000, 1000000000)) + (int32_t)pick(1000, 3000000);
        b.from += pick(0, 86400000);
        b.to = b.from + pick(60000, 7200000);
        b.high[3] = (b.low[3] = (int32_t)pick(0, 1000000)) + (int32_t)pick(100, 300000);
        break;
    case SAME: break;
    default: /* every class, extremes included */
        for (int k = 0; k < 4; k++) {
            int64_t low = pick(INT32_MIN, INT32_MAX), high = pick(0, 3) ? low + (pick(0, 1 << 30) >> pick(0, 30)) : pick(low, INT32_MAX);
            b.low[k] = (int32_t)low;
            b.high[k] = (int32_t)(high > INT32_MAX ? INT32_MAX : high);
        }
        b.from = pick(-(INT64_C(1) << 43), INT64_C(1) << 43);
        b.to = b.from + (pick(0, INT64_C(1) << 40) >> pick(0, 40));
    }
    return b;
}

struct found {
    uint32_t count, stop_after;
    uint8_t *seen;
};

static bool found_one(void *context, uint32_t item) {
    struct found *f = context;
    f->count++;
    if (f->seen != NULL) f->seen[item]++;
    return f->count != f->stop_after;
}

static struct index *fresh(struct arena *a, uint32_t capacity) {
    size_t size = index_memory(capacity);
    assert_true(size > (size_t)capacity * 216 && size <= (size_t)capacity * 216 + 34 * 1024); /* as index.h says */
    assert_true(arena_take(a, size));
    struct index *x = index_new(a, capacity);
    assert_non_null(x);
    assert_true(a->used <= size);
    return x;
}

static void compare(const struct index *x, const struct box *boxes, uint32_t n, const struct box *query, uint8_t *seen) {
    uint64_t tests = 0;
    memset(seen, 0, n);
    struct found f = {.seen = seen};
    index_query(x, query, found_one, &f, &tests);
    for (uint32_t i = 0; i < n; i++) assert_int_equal(seen[i], index_has(x, i) && box_meets(&boxes[i], query));
}

static uint32_t build(struct index *x, enum mix mix, struct box *boxes, uint32_t n) {
    struct index_entry *e = malloc(n * sizeof *e);
    uint32_t count = 0;
    assert_non_null(e);
    for (uint32_t i = 0; i < n; i += (uint32_t)pick(1, 3)) {
        boxes[i] = box_of_mix(pick(0, 9) ? mix : WILD, i, n);
        e[count++] = (struct index_entry){boxes[i], i};
    }
    index_build(x, e, count);
    free(e);
    index_check(x);
    assert_int_equal(index_count(x), count);
    return count;
}

/* Any order of insertions, deletions and queries gives what a scan gives; the structure holds after each. Begun empty, and built. */
static void against_a_scan(void **state) {
    (void)state;
    enum { N = 600 };
    static struct box boxes[N];
    static uint8_t seen[N];
    for (int run = 0; run < 2 * MIXES; run++) {
        struct arena a;
        struct index *x = fresh(&a, N);
        int mix = run / 2;
        uint32_t in = run % 2 ? build(x, (enum mix)mix, boxes, N) : 0;
        for (int step = 0; step < 12000; step++) {
            uint32_t i = (uint32_t)pick(0, N - 1);
            /* fills, empties, fills again */
            bool filling = step / 3000 % 2 == 0;
            if (!index_has(x, i) && (filling || pick(0, 3) == 0)) {
                boxes[i] = box_of_mix((enum mix)(pick(0, 9) ? mix : WILD), i, N);
                index_insert(x, i, &boxes[i]);
                in++;
            } else if (index_has(x, i) && (!filling || pick(0, 3) == 0)) {
                index_erase(x, i);
                in--;
            }
            assert_int_equal(index_count(x), in);
            if (step % 16 == 0) {
                struct box q = box_of_mix((enum mix)(pick(0, 3) ? mix : WILD), i, N);
                index_check(x);
                compare(x, boxes, N, &q, seen);
            }
        }
        for (uint32_t i = 0; i < N; i++)
            if (index_has(x, i)) index_erase(x, i);
        index_check(x);
        assert_int_equal(index_count(x), 0);
        arena_free(&a);
    }
}

/* Every count of boxes makes a tree whose nodes are full enough. */
static void builds_any_count(void **state) {
    (void)state;
    for (uint32_t n = 0; n < 2000; n += n < 300 ? 1 : 53) {
        struct arena a;
        struct index_entry *e = malloc((n + 1) * sizeof *e);
        struct index *x = fresh(&a, n + 1);
        assert_non_null(e);
        for (uint32_t i = 0; i < n; i++) e[i] = (struct index_entry){box_of_mix(n % 2 ? TIME_RANDOM : WILD, i, n), i};
        index_build(x, e, n);
        index_check(x);
        assert_int_equal(index_count(x), n);
        struct index_shape shape;
        index_shape(x, &shape);
        assert_true(shape.boxes == n && shape.slots >= n && shape.nodes >= shape.leaves && shape.leaves >= shape.trees && (n == 0) == (shape.trees == 0));
        assert_true(shape.meeting <= shape.pairs && (shape.height > 1) == (shape.pairs > 0));
        for (uint32_t i = 0; i < n; i++) index_erase(x, i);
        index_check(x);
        free(e);
        arena_free(&a);
    }
}

static GEOSGeometry *diagonal(const struct box *b) {
    GEOSCoordSequence *at = GEOSCoordSeq_create(2, 2);
    GEOSCoordSeq_setXY(at, 0, b->low[0], b->low[1]);
    GEOSCoordSeq_setXY(at, 1, b->high[0], b->high[1]);
    return GEOSGeom_createLineString(at);
}
static void geos_found(void *item, void *seen) { ((uint8_t *)seen)[*(const uint32_t *)item]++; }

/* On two axes GEOS' own tree is asked the same. */
static void against_geos(void **state) {
    (void)state;
    enum { N = 4000, QUERIES = 300 };
    static struct box boxes[N];
    static uint32_t items[N];
    static uint8_t seen[N], theirs[N];
    static GEOSGeometry *shapes[N];
    initGEOS(NULL, NULL);
    for (int mix = CROWD; mix < MIXES; mix++) {
        struct arena a;
        struct index *x = fresh(&a, N);
        GEOSSTRtree *tree = GEOSSTRtree_create(10);
        for (uint32_t i = 0; i < N; i++) {
            boxes[i] = box_of_mix((enum mix)mix, i, N);
            boxes[i].low[2] = boxes[i].low[3] = INT32_MIN;
            boxes[i].high[2] = boxes[i].high[3] = INT32_MAX;
            boxes[i].from = 0;
            boxes[i].to = 1;
            index_insert(x, i, &boxes[i]);
            items[i] = i;
            GEOSSTRtree_insert(tree, shapes[i] = diagonal(&boxes[i]), &items[i]);
        }
        for (int q = 0; q < QUERIES; q++) {
            struct box b = boxes[pick(0, N - 1)];
            GEOSGeometry *asked = diagonal(&b);
            memset(theirs, 0, sizeof theirs);
            GEOSSTRtree_query(tree, asked, geos_found, theirs);
            compare(x, boxes, N, &b, seen);
            assert_memory_equal(seen, theirs, N);
            GEOSGeom_destroy(asked);
        }
        GEOSSTRtree_destroy(tree);
        for (int i = 0; i < N; i++) GEOSGeom_destroy(shapes[i]);
        arena_free(&a);
    }
    finishGEOS();
}

/* Full to the last box, in every class, and again after everything was taken out. */
static void full_capacity(void **state) {
    (void)state;
    for (uint32_t n = 1; n < 3000; n = n * 3 + 1) {
        struct arena a;
        struct index *x = fresh(&a, n);
        for (int round = 0; round < 3; round++) {
            for (uint32_t i = 0; i < n; i++) {
                struct box b = box_of_mix((enum mix)pick(0, MIXES - 1), i, n);
                index_insert(x, i, &b);
            }
            index_check(x);
            for (uint32_t i = 0; i < n; i++) index_erase(x, round % 2 ? i : n - 1 - i);
            index_check(x);
        }
        arena_free(&a);
    }
}

static void stops_when_told(void **state) {
    (void)state;
    struct arena a;
    struct index *x = fresh(&a, 100);
    struct box b = box_of_mix(SAME, 0, 100);
    for (uint32_t i = 0; i < 100; i++) index_insert(x, i, &b);
    struct found f = {.stop_after = 7};
    index_query(x, &b, found_one, &f, NULL);
    assert_int_equal(f.count, 7);
    f = (struct found){0};
    index_query(x, &b, found_one, &f, NULL);
    assert_int_equal(f.count, 100);
    arena_free(&a);
}

/* Same calls, same order of answers. */
static void deterministic(void **state) {
    (void)state;
    enum { N = 5000 };
    uint64_t tests[2] = {0, 0}, keep = state_bits;
    for (int round = 0; round < 2; round++) {
        struct arena a;
        struct index *x = fresh(&a, N);
        state_bits = keep;
        for (uint32_t i = 0; i < N; i++) {
            struct box b = box_of_mix(CROWD, i, N);
            index_insert(x, i, &b);
            if (i % 3 == 0) index_erase(x, i);
        }
        for (int q = 0; q < 500; q++) {
            struct box b = box_of_mix(CROWD, 0, N);
            struct found f = {0};
            index_query(x, &b, found_one, &f, &tests[round]);
            tests[round] = tests[round] * 31 + f.count;
        }
        arena_free(&a);
    }
    assert_true(tests[0] == tests[1]);
}

/* The gate: a query that answers few compares at most 200 boxes, from a thousand volumes to a million over one square kilometre,
 * freshly filled and after half of them were replaced. */
static void flat(void **state) {
    (void)state;
    const char *most = getenv("PARLEY_INDEX_MOST"); /* of all mixes; by default a million only where it hurts others most */
#ifdef __SANITIZE_ADDRESS__
    const uint32_t million = 100000;
#else
    const uint32_t million = 1000000;
#endif
    for (int mix = TIME_ALONE; mix <= TALL_AND_FLAT; mix++) {
        uint32_t limit = mix == TIME_RANDOM || mix == HEIGHT_ALONE ? million : 100000;
        if (most != NULL) limit = (uint32_t)strtoul(most, NULL, 10);
        for (uint32_t n = 1000; n <= limit; n *= 10) {
            struct arena a;
            struct index *x = fresh(&a, n);
            for (uint32_t i = 0; i < n; i++) {
                struct box b = box_of_mix((enum mix)mix, i, n);
                index_insert(x, i, &b);
            }
            for (uint32_t i = 0; i < n; i += 2) index_erase(x, i);
            for (uint32_t i = 0; i < n; i += 2) {
                struct box b = box_of_mix((enum mix)mix, i, n);
                index_insert(x, i, &b);
            }
            uint64_t worst = 0, sum = 0;
            for (int q = 0; q < 2000; q++) {
                struct box b = box_of_mix((enum mix)mix, (uint32_t)pick(0, n - 1), n);
                struct found f = {0};
                uint64_t tests = 0;
                index_query(x, &b, found_one, &f, &tests);
                sum += tests;
                if (f.count <= 8 && tests > worst) worst = tests;
                /* of answers there may be many: then a bounded number of tests for each */
                assert_true(tests <= 200 + 12 * (uint64_t)f.count);
            }
            print_message("# %s, %u boxes: %llu tests a query, at most %llu\n", mix_names[mix], n, (unsigned long long)(sum / 2000),
                          (unsigned long long)worst);
            assert_true(worst <= 200);
            arena_free(&a);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_a_scan), cmocka_unit_test(against_geos), cmocka_unit_test(builds_any_count), cmocka_unit_test(full_capacity), cmocka_unit_test(stops_when_told),
                                       cmocka_unit_test(deterministic), cmocka_unit_test(flat)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
