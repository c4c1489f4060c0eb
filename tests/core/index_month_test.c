/* Does the index stay tight? A month of a country's traffic in steps of five minutes: flights filed hours ahead, three to eight volumes each, that
 * expire as they end; notices of an hour to thirty days; tubes of aircraft that are replaced at every step. Each noon the same kind of questions
 * is put to it and to an index made afresh of the same boxes. PARLEY_MONTH_FLIGHTS: a day's (the default is a share of a country's 20,000);
 * PARLEY_MONTH_DAYS: more than 30. */
#include "index_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { DAYS = 30, A_DAY = 288, LONGEST = 32 /* days that something filed lasts at the most */, QUERIES = 1000, WIDE_M = 1000000, HIGH_M = 800000 };
#define STEP (5 * CASE_MINUTE)
#define NOBODY UINT32_MAX

struct month {
    struct index *x;
    struct source s;
    uint32_t capacity, spare, *spares;
    uint32_t steps, *due, *next; /* items that expire at a step */
    struct box *box;
    uint32_t inserted, erased;
};

static void put(struct month *m, const struct box *b) {
    int64_t step = (b->to - CASE_START) / STEP + 1;
    assert_true(m->spare > 0 && step < m->steps);
    uint32_t item = m->spares[--m->spare];
    m->box[item] = *b;
    m->next[item] = m->due[step];
    m->due[step] = item;
    m->inserted++;
    index_insert(m->x, item, b);
}

static void expire(struct month *m, uint32_t step) {
    for (uint32_t i = m->due[step]; i != NOBODY; i = m->next[i]) {
        index_erase(m->x, i);
        m->spares[m->spare++] = i;
        m->erased++;
    }
    m->due[step] = NOBODY;
}

/* A leg of the way, as a box: from a place on, so far east and north. */
static struct box leg(struct month *m, int64_t *east, int64_t *north, int64_t dx, int64_t dy, int32_t low, int32_t thick, int64_t from, int64_t to) {
    struct box b;
    int64_t wide = from_to(&m->s, 8000, 20000);
    case_patch(&b, (dx < 0 ? *east + dx : *east) - wide / 2, (dy < 0 ? *north + dy : *north) - wide / 2, llabs(dx) + wide, llabs(dy) + wide);
    b.low[3] = low;
    b.high[3] = low + thick;
    b.from = from;
    b.to = to;
    *east += dx;
    *north += dy;
    return b;
}

static void file_flight(struct month *m, int64_t now) {
    int64_t east = from_to(&m->s, 0, WIDE_M), north = from_to(&m->s, 0, HIGH_M), at = now + from_to(&m->s, 120, 1440) * CASE_MINUTE;
    int64_t dx = from_to(&m->s, -90000, 90000), dy = from_to(&m->s, -90000, 90000);
    int32_t low = (int32_t)from_to(&m->s, 0, 1100000);
    for (int64_t n = from_to(&m->s, 3, 8); n > 0; n--) {
        int64_t end = at + from_to(&m->s, 12, 25) * CASE_MINUTE;
        struct box b = leg(m, &east, &north, dx, dy, low, (int32_t)from_to(&m->s, 30000, 90000), at - 5 * CASE_MINUTE, end + 5 * CASE_MINUTE);
        put(m, &b);
        at = end;
    }
}

static void file_notice(struct month *m, int64_t now) {
    struct box b;
    int64_t size = from_to(&m->s, 1000, 10000) * from_to(&m->s, 1, 6), hours = INT64_C(1) << from_to(&m->s, 0, 9);
    case_patch(&b, from_to(&m->s, 0, WIDE_M), from_to(&m->s, 0, HIGH_M), size, size);
    b.low[3] = 0;
    b.high[3] = (int32_t)from_to(&m->s, 30000, 1500000);
    b.from = now + from_to(&m->s, 0, 7) * CASE_DAY;
    b.to = b.from + hours * 60 * CASE_MINUTE;
    put(m, &b);
}

static struct box tube(struct month *m, int64_t now) {
    int64_t east = from_to(&m->s, 0, WIDE_M), north = from_to(&m->s, 0, HIGH_M);
    return leg(m, &east, &north, from_to(&m->s, -60000, 60000), from_to(&m->s, -60000, 60000), (int32_t)from_to(&m->s, 0, 1100000), 30000, now, now + 5 * CASE_MINUTE - 1000);
}

static double asked(const struct index *x, struct month *m, int64_t now) {
    uint64_t tests = 0, found = 0;
    struct source keep = m->s;
    m->s.bits = 5;
    for (int i = 0; i < QUERIES; i++) {
        struct box b = tube(m, now);
        index_query(x, &b, case_count, &found, &tests);
    }
    m->s = keep;
    return (double)tests / QUERIES;
}

struct afresh {
    double one_by_one, built;
    struct index_shape shape;
};
static struct afresh compare(struct month *m, int64_t now) {
    struct arena a;
    struct afresh f;
    struct source s = {1};
    uint32_t n = 0, *order = malloc(m->capacity * sizeof *order);
    struct index_entry *e = malloc(m->capacity * sizeof *e);
    assert_true(order != NULL && e != NULL && arena_take(&a, index_memory(m->capacity)));
    struct index *x = index_new(&a, m->capacity);
    case_shuffle(&s, order, m->capacity);
    for (uint32_t i = 0; i < m->capacity; i++) {
        if (!index_has(m->x, order[i])) continue;
        e[n++] = (struct index_entry){m->box[order[i]], order[i]};
        index_insert(x, order[i], &m->box[order[i]]);
    }
    f.one_by_one = asked(x, m, now);
    index_shape(x, &f.shape);
    for (uint32_t i = 0; i < n; i++) index_erase(x, e[i].item);
    index_build(x, e, n);
    f.built = asked(x, m, now);
    arena_free(&a);
    free(order);
    free(e);
    return f;
}

static void noon(struct month *m, uint32_t day, int64_t now) {
    struct index_shape s;
    index_check(m->x);
    index_shape(m->x, &s);
    struct afresh f = compare(m, now);
    double is = asked(m->x, m, now), fill = (double)s.boxes / (double)s.slots, meet = (double)s.meeting / (double)s.pairs;
    double fresh_meet = (double)f.shape.meeting / (double)f.shape.pairs;
    print_message("# day %2u: %u boxes, %u in and %u out so far; %.1f tests a query (%.1f afresh, %.1f built at once); leaves %.0f %% full, of neighbours "
                  "%.1f %% meet (%.1f %% afresh), height %u\n", day, s.boxes, m->inserted, m->erased, is, f.one_by_one, f.built, 100 * fill, 100 * meet,
                  100 * fresh_meet, s.height);
    /* Every day, so the thirtieth too. */
    assert_true(is <= 1.6 * f.one_by_one && is <= 2.5 * f.built);
    assert_true(fill >= 0.6 && meet <= 1.2 * fresh_meet && s.height <= f.shape.height + 1);
}

static void a_month(void **state) {
    (void)state;
    const char *wanted = getenv("PARLEY_MONTH_FLIGHTS");
#ifdef __SANITIZE_ADDRESS__
    uint32_t flights = 300;
#else
    uint32_t flights = 2000;
#endif
    if (wanted != NULL) flights = (uint32_t)strtoul(wanted, NULL, 10);
    const char *longer = getenv("PARLEY_MONTH_DAYS");
    uint32_t days = longer != NULL ? (uint32_t)strtoul(longer, NULL, 10) : DAYS, shown = days > 2 * DAYS ? DAYS : 5; /* how often */
    static struct month m;
    struct arena a;
    m = (struct month){.s = {42}, .capacity = flights * 12 + 1000};
    m.spare = m.capacity;
    m.steps = (days + LONGEST) * A_DAY;
    m.due = malloc(m.steps * sizeof *m.due);
    m.spares = malloc(m.capacity * sizeof *m.spares);
    m.next = malloc(m.capacity * sizeof *m.next);
    m.box = malloc(m.capacity * sizeof *m.box);
    assert_true(m.due != NULL && m.spares != NULL && m.next != NULL && m.box != NULL && arena_take(&a, index_memory(m.capacity)));
    m.x = index_new(&a, m.capacity);
    for (uint32_t i = 0; i < m.capacity; i++) m.spares[i] = i;
    for (uint32_t i = 0; i < m.steps; i++) m.due[i] = NOBODY;
    uint32_t filed = 0, noticed = 0;
    for (uint32_t step = 0; step < days * A_DAY; step++) {
        int64_t now = CASE_START + (int64_t)step * STEP;
        expire(&m, step);
        for (; filed < (uint64_t)flights * (step + 1) / A_DAY; filed++) file_flight(&m, now);
        for (; noticed < (uint64_t)flights * (step + 1) / A_DAY / 50; noticed++) file_notice(&m, now);
        for (uint32_t i = 0; i < flights / 60; i++) {
            struct box b = tube(&m, now);
            put(&m, &b);
        }
        if (step % A_DAY == A_DAY / 2 && (step / A_DAY % shown == shown - 1 || step < 2 * A_DAY)) noon(&m, step / A_DAY + 1, now);
    }
    for (uint32_t step = days * A_DAY; step < m.steps; step++) expire(&m, step); /* and when no more is filed, nothing is left */
    index_check(m.x);
    assert_int_equal(index_count(m.x), 0);
    free(m.due);
    free(m.spares);
    free(m.next);
    free(m.box);
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_month)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("index month", tests, NULL, NULL);
}
