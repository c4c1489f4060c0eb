/* Moving points against a simulation that goes along PROJ's geodesics in small steps. Entries are never late by more than a second,
 * encounters never missed, false ones only inside the margin. */
#include "oracle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct altitude_offsets *const offsets = &altitude_offsets_default;

static struct position at_time(const struct motion *m, double t) {
    return oracle_ahead(m->at, m->track_mdeg / 1e3, m->speed_cms / 100.0 * t);
}

static struct motion motion_random(struct oracle_rng *r) {
    return (struct motion){.at = oracle_place(r),
                           .altitude = {(int32_t)oracle_int(r, 0, 1000000), ALTITUDE_AMSL},
                           .time = oracle_int(r, -1000, 1000) * INSTANT_SECOND,
                           .span = oracle_int(r, 1, 600) * INSTANT_SECOND,
                           .speed_cms = (int32_t)(oracle_bits(r) % 8 ? oracle_int(r, 0, 100000) : 0),
                           .track_mdeg = (int32_t)oracle_int(r, 0, 359999),
                           .climb_cms = (int32_t)(oracle_bits(r) % 2 ? oracle_int(r, -3000, 3000) : 0),
                           .uncertainty_cm = oracle_int(r, 0, 50000)};
}

struct truth {
    bool meets;       /* at a sampled instant, without any margin */
    bool may_meet;    /* with the margin and what happens between samples */
    double first, first_may, least;
};

/* `core`: metres from the moving point to the volume's core at each sample. */
static void sample(struct truth *t, double seconds, double distance, double gap, double reach, double height, double slack,
                   double gap_slack) {
    t->least = fmin(t->least, distance);
    if (distance <= reach && gap <= height && !t->meets) {
        t->meets = true;
        t->first = seconds;
    }
    if (distance <= reach + slack && gap <= height + gap_slack && !t->may_meet) {
        t->may_meet = true;
        t->first_may = seconds;
    }
}

static double height_gap(const struct motion *m, double t, const struct volume *v) {
    double h = m->altitude.cm + m->climb_cms * t;
    if (v->upper.cm != ALTITUDE_UNLIMITED && h > v->upper.cm) return h - v->upper.cm;
    return h < v->lower.cm ? v->lower.cm - h : 0;
}

static void check_truth(const struct motion *m, const struct approach *a, const struct truth *t, double step) {
    if (t->meets) assert_true(a->meets);
    if (a->meets) {
        assert_true(t->may_meet);
        double entry = (a->entry - m->time) / 1e9;
        if (t->meets) assert_true(entry <= t->first + 1e-6);
        assert_true(entry >= t->first_may - 1 - step);
    } else {
        assert_true(a->entry == INSTANT_NONE);
    }
}

/* A volume somewhere along or beside the way, so that most are near misses or grazes. */
static void volume_random(struct oracle_rng *r, const struct motion *m, enum shape_kind kind, struct oracle_shape *s, struct volume *v) {
    double span = m->span / 1e9, when = oracle_real(r, -0.1, 1.1) * span, size = exp(oracle_real(r, log(200), log(50000)));
    struct position way = when < 0 ? m->at : at_time(m, when);
    struct position middle = oracle_ahead(way, m->track_mdeg / 1e3 + (oracle_bits(r) % 2 ? 90 : -90), size * oracle_real(r, 0, 2));
    oracle_shape_random(r, kind, middle, size, 6, s);
    int32_t floor = m->altitude.cm + (int32_t)oracle_int(r, -60000, 60000);
    *v = (struct volume){s->shape, {floor, ALTITUDE_AMSL}, {floor + (int32_t)oracle_int(r, 100, 100000), ALTITUDE_AMSL}, 0, 0};
    if (oracle_bits(r) % 4 == 0) v->upper.cm = ALTITUDE_UNLIMITED;
    v->start = m->time + oracle_int(r, -100, m->span / INSTANT_SECOND) * INSTANT_SECOND;
    v->end = v->start + oracle_int(r, 0, 600) * INSTANT_SECOND;
}

static double core_distance(const struct shape *s, struct position p) {
    struct shape core = *s, point = {SHAPE_CORRIDOR, 1, 0, &p};
    core.reach_cm = 0;
    if (s->count == 1) return oracle_metres(p, s->at[0]);
    return oracle_distance(&core, &point);
}

static void volumes(enum shape_kind kind, int cases, double step, uint64_t stream) {
    struct oracle_rng r = oracle_rng_new(stream);
    static struct oracle_shape s;
    int meets = 0;
    for (int i = 0; i < cases; i++) {
        struct motion m = motion_random(&r);
        struct volume v;
        struct approach a;
        struct fault f;
        volume_random(&r, &m, kind, &s, &v);
        if (!result_is_ok(shape_check(&s.shape, &f))) continue;
        int64_t reach_cm = oracle_int(&r, 0, 200000), height_cm = oracle_int(&r, 0, 30000);
        int64_t before = oracle_int(&r, 0, 60) * INSTANT_SECOND, after = oracle_int(&r, 0, 60) * INSTANT_SECOND;
        meet_motion_volume(&m, &v, offsets, reach_cm, height_cm, before, after, &a);
        double total = (s.shape.reach_cm + reach_cm + m.uncertainty_cm) / 100.0, own = (s.shape.reach_cm + m.uncertainty_cm) / 100.0;
        double from = fmax(0, (v.start - before - m.time) / 1e9), to = fmin(m.span / 1e9, (v.end + after - m.time) / 1e9);
        struct truth t = {.least = 1e9};
        double speed = m.speed_cms / 100.0;
        for (double k = from; k <= to; k += step)
            sample(&t, k, core_distance(&s.shape, at_time(&m, k)), height_gap(&m, k, &v), total, (double)height_cm,
                   a.margin_cm / 100.0 + speed * step, abs(m.climb_cms) * step + 1);
        check_truth(&m, &a, &t, step);
        if (from <= to) {
            double least = fmax(0, t.least - own);
            assert_true(a.distance_cm / 100.0 <= least + a.margin_cm / 100.0 + 0.02);
            assert_true(a.distance_cm / 100.0 >= least - a.margin_cm / 100.0 - speed * step - 0.02);
            double c = (a.closest - m.time) / 1e9, there = core_distance(&s.shape, at_time(&m, c)) - own;
            assert_true(c >= from - 1e-6 && c <= to + 1e-6);
            /* up to half a second early where it enters */
            assert_true(there <= fmax(0, least) + a.margin_cm / 100.0 + speed * 0.6 + 0.02);
        }
        meets += a.meets;
    }
    assert_true(meets > cases / 20);
}

static void circles(void **state) { (void)state; volumes(SHAPE_CIRCLE, 1500, 0.25, 71); }
static void corridors(void **state) { (void)state; volumes(SHAPE_CORRIDOR, 60, 4, 72); }
static void polygons(void **state) { (void)state; volumes(SHAPE_POLYGON, 60, 4, 73); }

static void pairs(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(74);
    const double step = 0.25;
    int meets = 0;
    for (int i = 0; i < oracle_rounds(1500); i++) {
        struct motion m = motion_random(&r), n = motion_random(&r);
        double when = oracle_real(&r, 0, m.span / 1e9);
        n.time = m.time + oracle_int(&r, -60, 60) * INSTANT_SECOND;
        n.at = oracle_ahead(at_time(&m, when), n.track_mdeg / 1e3 + 180 + oracle_real(&r, -10, 10), n.speed_cms / 100.0 * when);
        n.altitude.cm = m.altitude.cm + (int32_t)oracle_int(&r, -60000, 60000);
        int64_t reach_cm = oracle_int(&r, 0, 900000), height_cm = oracle_int(&r, 0, 30000);
        struct approach a;
        meet_motion_motion(&m, &n, offsets, reach_cm, height_cm, &a);
        double shift = (m.time - n.time) / 1e9, from = fmax(0, -shift), to = fmin(m.span / 1e9, n.span / 1e9 - shift);
        if (from > to) {
            assert_true(!a.meets && a.entry == INSTANT_NONE && a.closest == INSTANT_NONE);
            continue;
        }
        double own = (m.uncertainty_cm + n.uncertainty_cm) / 100.0, speed = (m.speed_cms + n.speed_cms) / 100.0;
        struct truth t = {.least = 1e9};
        for (double k = from; k <= to; k += step) {
            double d = oracle_metres(at_time(&m, k), at_time(&n, k + shift));
            double gap = fabs(m.altitude.cm + m.climb_cms * k - n.altitude.cm - n.climb_cms * (k + shift));
            sample(&t, k, d, gap, own + reach_cm / 100.0, (double)height_cm, a.margin_cm / 100.0 + speed * step,
                   abs(m.climb_cms - n.climb_cms) * step + 1);
        }
        check_truth(&m, &a, &t, step);
        double least = fmax(0, t.least - own);
        assert_true(a.distance_cm / 100.0 <= least + a.margin_cm / 100.0 + 0.02);
        assert_true(a.distance_cm / 100.0 >= least - a.margin_cm / 100.0 - speed * step - 0.02);
        meets += a.meets;
        struct approach b; /* the other way round */
        meet_motion_motion(&n, &m, offsets, reach_cm, height_cm, &b);
        assert_true(llabs(a.distance_cm - b.distance_cm) <= 2 + a.margin_cm / 10);
    }
    assert_true(meets > oracle_rounds(75));
}

/* Between two samples of any simulation: a graze that lasts milliseconds, horizontally and in height. */
static void grazes(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(75);
    for (int i = 0; i < oracle_rounds(3000); i++) {
        struct motion m = motion_random(&r);
        m.speed_cms = (int32_t)oracle_int(&r, 20000, 100000);
        double when = oracle_real(&r, 0, m.span / 1e9);
        struct position c = at_time(&m, when);
        struct volume v = {{SHAPE_CIRCLE, 1, 10, &c}, {0, ALTITUDE_AMSL}, {ALTITUDE_UNLIMITED, ALTITUDE_AMSL}, m.time, m.time + m.span};
        struct approach a;
        m.uncertainty_cm = 0;
        m.altitude.cm = 20000000;
        meet_motion_volume(&m, &v, offsets, 0, 0, 0, 0, &a);
        assert_true(a.meets);
        assert_true(fabs((a.entry - m.time) / 1e9 - when) < 1);
        /* thin in height, crossed in the moment of the passage */
        if (m.climb_cms == 0) continue;
        v.shape.reach_cm = 500;
        v.lower.cm = v.upper.cm = m.altitude.cm + (int32_t)lround(m.climb_cms * when);
        meet_motion_volume(&m, &v, offsets, 0, 1, 0, 0, &a);
        assert_true(a.meets);
        v.lower.cm = v.upper.cm += (m.climb_cms > 0 ? 1 : -1) * (50 + 2 * abs(m.climb_cms));
        meet_motion_volume(&m, &v, offsets, 0, 1, 0, 0, &a);
        assert_false(a.meets);
    }
}

/* Whoever keeps within 2 degrees, 5 % and 250 m stays in the tube. */
static void tubes(void **state) {
    (void)state;
    struct oracle_rng r = oracle_rng_new(76);
    for (int i = 0; i < oracle_rounds(3000); i++) {
        struct motion m = motion_random(&r);
        struct position room[4];
        struct volume v;
        struct fault f;
        motion_tube(&m, INSTANT_MINUTE, room, &v);
        assert_true(result_is_ok(shape_check(&v.shape, &f)));
        assert_true(v.start == m.time && v.end == m.time + m.span + INSTANT_MINUTE && v.shape.at == room);
        for (int k = 0; k < 10; k++) {
            struct motion n = m;
            double off = (m.uncertainty_cm / 100.0 + 250) * oracle_real(&r, 0, 1);
            n.at = oracle_ahead(m.at, oracle_real(&r, 0, 360), off);
            n.track_mdeg = (m.track_mdeg + 360000 + (int32_t)oracle_int(&r, -2000, 2000)) % 360000;
            n.speed_cms = (int32_t)(m.speed_cms * oracle_real(&r, 0.95, 1.05));
            double when = oracle_real(&r, 0, m.span / 1e9), height = m.altitude.cm + m.climb_cms * when;
            struct position p = at_time(&n, when);
            int64_t distance, margin;
            meet_position(&p, 0, &v.shape, &distance, &margin);
            /* meridians converge: near a pole a heading is no course to keep for a path that starts 250 m aside */
            if (abs(m.at.lat) > 880000000) continue;
            assert_int_equal(distance, 0);
            assert_true(height >= v.lower.cm && height <= v.upper.cm);
        }
    }
    struct motion unknown = {.at = {0, 0}, .altitude = {ALTITUDE_UNLIMITED, ALTITUDE_FL}, .span = INSTANT_SECOND};
    struct position room[4];
    struct volume v;
    motion_tube(&unknown, 0, room, &v);
    assert_true(v.upper.cm == ALTITUDE_UNLIMITED && v.lower.reference == ALTITUDE_SFC && v.shape.count == 1);
}

/* Values at the ends of their types: answers, no traps (run under the sanitizers). */
static void extremes(void **state) {
    (void)state;
    struct position c = {0, 0}, room[4];
    struct motion m = {{900000000, 1800000000}, {INT32_MAX - 1, ALTITUDE_FL}, INT64_MAX - 5, INT64_MAX, INT32_MAX, 359999, INT32_MAX, INT64_C(1) << 40};
    struct motion n = {{-900000000, 0}, {INT32_MIN, ALTITUDE_SFC}, INT64_MIN + 5, INT64_MAX, INT32_MAX, 0, INT32_MIN, 0};
    struct volume v = {{SHAPE_CIRCLE, 1, 2000000000, &c}, {INT32_MIN, ALTITUDE_SFC}, {ALTITUDE_UNLIMITED, ALTITUDE_W84}, INT64_MIN, INT64_MAX}, t;
    struct approach a;
    const struct motion *each[] = {&m, &n};
    for (int i = 0; i < 2; i++) {
        meet_motion_volume(each[i], &v, offsets, 0, 0, INT64_MAX, INT64_MAX, &a);
        assert_true(a.meets && a.entry == each[i]->time);
        motion_tube(each[i], INT64_MAX, room, &t);
        assert_true(result_is_ok(shape_check(&t.shape, NULL)));
        meet_motion_motion(each[i], each[1 - i], offsets, 0, 0, &a);
        meet_motion_motion(each[i], each[i], offsets, 0, 0, &a);
        assert_true(a.meets);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(circles), cmocka_unit_test(corridors), cmocka_unit_test(polygons),
                                       cmocka_unit_test(pairs),   cmocka_unit_test(grazes),    cmocka_unit_test(tubes),
                                       cmocka_unit_test(extremes)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("motion", tests, NULL, NULL);
}
