/* Cheap answers against the exact ones in front of which they stand: what is sure must be so, and enough must be. */
#include "geo/sure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed = 5;
static int64_t draw(int64_t low, int64_t high) {
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return low + (int64_t)((z ^ z >> 31) % (uint64_t)(high - low + 1));
}
static const int64_t tries = 20000;

static struct position place(int64_t lat_most) { return (struct position){(int32_t)draw(-lat_most, lat_most), (int32_t)draw(-1800000000, 1799999999)}; }
static struct position near_to(struct position p, int64_t off) {
    int64_t lat = p.lat + draw(-off, off), lon = p.lon + draw(-off, off);
    lat = lat > 899999999 ? 899999999 : lat < -899999999 ? -899999999 : lat;
    if (lon >= 1800000000) lon -= INT64_C(3600000000);
    if (lon < -1800000000) lon += INT64_C(3600000000);
    return (struct position){(int32_t)lat, (int32_t)lon};
}
static struct motion motion(struct position at) {
    static const int64_t fastest[] = {0, 3000, 9000, 26000, 60000, 250000};
    return (struct motion){.at = at, .altitude = {(int32_t)draw(0, 1200000), ALTITUDE_FL}, .time = draw(-50, 50) * INSTANT_SECOND,
                           .span = draw(60, 900) * INSTANT_SECOND, .speed_cms = (int32_t)draw(0, fastest[draw(0, 5)]), .track_mdeg = (int32_t)draw(0, 359999),
                           .climb_cms = draw(0, 1) ? 0 : (int32_t)draw(-1500, 1500), .uncertainty_cm = draw(0, 20000)};
}

/* Within the clearance of a place a point is met or not as there; and most places far from a border have one. */
static void clear_is_clear(void **unused) {
    (void)unused;
    int64_t clear = 0, asked = 0;
    for (int64_t i = 0; i < tries; i++) {
        struct position at = place(draw(0, 3) ? 700000000 : 880000000), corner[4], from = near_to(at, 40000000);
        int64_t size = draw(100000, 30000000);
        struct shape s = {.kind = (uint8_t)draw(SHAPE_CIRCLE, SHAPE_CORRIDOR), .at = corner};
        s.count = s.kind == SHAPE_CIRCLE ? 1 : s.kind == SHAPE_POLYGON ? 4 : 2;
        s.reach_cm = s.kind == SHAPE_POLYGON ? 0 : draw(1000, 20000000);
        for (int k = 0; k < 4; k++) {
            int64_t lat = at.lat + (k >= 2 ? size : 0), lon = at.lon + (k == 1 || k == 2 ? size : 0);
            corner[k] = (struct position){(int32_t)(lat > 899999999 ? 899999999 : lat), (int32_t)(lon >= 1800000000 ? lon - INT64_C(3600000000) : lon)};
        }
        bool meets;
        int64_t cm = meet_clearance(&from, 1, &s, 10000000, &meets);
        assert_in_range(cm, 0, 10000000);
        struct volume a = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 1, .at = &from}}, b = {.shape = s};
        struct meeting m;
        meet_volumes(&a, &b, &(struct altitude_offsets){0}, 0, 0, 0, 0, &m);
        assert_int_equal(meets, m.meets);
        asked += cm > 10000;
        for (int k = 0; k < 4 && cm > 0; k++) {
            struct position p = near_to(from, cm / 2);
            if (meet_distance_cm(&from, &p) >= cm) continue;
            a.shape.at = &p;
            meet_volumes(&a, &b, &(struct altitude_offsets){0}, 0, 0, 0, 0, &m);
            if (m.meets != meets) fail_msg("%lld cm are clear, and %lld cm away it is %d", (long long)cm, (long long)meet_distance_cm(&from, &p), m.meets);
            assert_true(meet_distance_cm(&from, &p) <= sure_most_cm(&from, &p));
            clear++;
        }
    }
    print_message("# %lld of %lld places clear for 100 m; %lld looked at\n", (long long)asked, (long long)tries, (long long)clear);
    assert_true(asked > tries / 2 && clear > tries);
}

static void inside_is_inside(void **unused) {
    (void)unused;
    int64_t sure = 0, inside = 0, still_sure = 0;
    for (int64_t i = 0; i < tries; i++) {
        struct position room[4];
        struct volume tube;
        struct motion m = motion(place(draw(0, 3) ? 600000000 : 880000000)), ahead = m;
        struct sure_tube q;
        int64_t distance, margin, ms = draw(-2000, 130000);
        motion_tube(&m, 60 * INSTANT_SECOND, room, &tube);
        sure_tube_make(&m, &tube.shape, false, &q);
        /* Where it may be then: ahead on its path, and off it by up to a degree. */
        ahead.span = (ms < 1 ? 1 : ms) * 1000000;
        struct volume then;
        struct position path[4];
        motion_tube(&ahead, 0, path, &then);
        struct position p = near_to(path[then.shape.count - 1], (int64_t[]){100, 10000, 200000, 10000000}[draw(0, 3)]);
        bool is = sure_inside(&m, &q, m.time + ms * 1000000, &p);
        bool really = meet_position(&p, 0, &tube.shape, &distance, &margin) != WITHIN_OUTSIDE;
        assert_true(!is || really);
        sure += is;
        inside += really;
        struct shape circle = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = draw(1, 20000000), .at = &m.at};
        sure_tube_make(&m, &circle, true, &q);
        p = near_to(m.at, 20000000);
        is = sure_inside(&m, &q, m.time + ms * 1000000, &p);
        assert_true(!is || meet_position(&p, 0, &circle, &distance, &margin) != WITHIN_OUTSIDE);
        still_sure += is;
    }
    print_message("# %lld of %lld inside are sure; %lld within circles\n", (long long)sure, (long long)inside, (long long)still_sure);
    assert_true(sure > inside / 2 && still_sure > tries / 50);
    struct sure_tube none = {0};
    struct motion m = motion(place(600000000));
    assert_false(sure_inside(&m, &none, m.time, &m.at)); /* as after a start: nothing is sure */
}

static void close_is_close(void **unused) {
    (void)unused;
    int64_t sure = 0;
    for (int64_t i = 0; i < tries; i++) {
        struct position a = place(900000000), b = near_to(a, (int64_t[]){100, 20000, 60000, 1000000}[draw(0, 3)]);
        int64_t cm = draw(0, 100000);
        bool is = sure_close(&a, &b, cm);
        assert_true(!is || meet_distance_cm(&a, &b) <= cm);
        sure += is;
    }
    assert_true(sure > tries / 10);
}

static uint32_t shape_random(struct position around, struct shape *s, struct position room[8]) {
    int64_t size = (int64_t[]){10000, 1000000, 10000000, 40000000}[draw(0, 3)];
    uint32_t kind = (uint32_t)draw(0, 2);
    *s = (struct shape){.at = room, .reach_cm = 0, .count = 1, .kind = SHAPE_CIRCLE};
    room[0] = near_to(around, size);
    if (kind != 2) s->reach_cm = draw(1, 5000000);
    if (kind == 1) {
        s->kind = SHAPE_CORRIDOR;
        s->count = (uint32_t)draw(2, 4);
        for (uint32_t i = 1; i < s->count; i++) room[i] = near_to(room[i - 1], size / 2);
    } else if (kind == 2) { /* counter-clockwise around its middle */
        s->kind = SHAPE_POLYGON;
        s->count = 4;
        int32_t half = (int32_t)draw(100, size / 2 + 100);
        room[0] = around;
        for (int i = 3; i >= 0; i--) room[i] = (struct position){around.lat + (i >= 2 ? half : -half), around.lon + (i == 1 || i == 2 ? half : -half)};
    }
    return kind;
}
static void far_is_far(void **unused) {
    (void)unused;
    int64_t sure = 0, apart = 0;
    for (int64_t i = 0; i < tries; i++) {
        struct position around = place(draw(0, 3) ? 650000000 : 800000000), a_room[8], b_room[8];
        if (draw(0, 9) == 0) around.lon = (int32_t)draw(1740000000, 1750000000);
        struct shape a, b;
        shape_random(around, &a, a_room);
        struct position other = near_to(around, (int64_t[]){1000000, 10000000, 30000000, 48000000}[draw(0, 3)]);
        if (other.lon > 1750000000 || other.lon < -1750000000) continue;
        shape_random(other, &b, b_room);
        int64_t reach = draw(0, 2) ? draw(0, 2000000) : 0;
        struct volume x = {.shape = a, .start = 0, .end = 1}, y = {.shape = b, .start = 0, .end = 1};
        struct meeting m;
        meet_volumes(&x, &y, &altitude_offsets_default, reach, INT64_C(1) << 40, 0, 0, &m);
        bool is = sure_far(&a, &b, reach);
        assert_true(!is || !m.meets);
        sure += is;
        apart += !m.meets;
    }
    print_message("# %lld of %lld apart are sure\n", (long long)sure, (long long)apart);
    assert_true(sure > apart / 4);
}

static void apart_is_apart(void **unused) {
    (void)unused;
    int64_t sure = 0, no = 0;
    for (int64_t i = 0; i < tries / 4; i++) {
        struct motion a = motion(place(890000000)), b = motion(near_to(a.at, (int64_t[]){10000, 1000000, 4000000, 20000000}[draw(0, 3)]));
        struct approach ap;
        int64_t reach = draw(0, 2000000), height = draw(0, 100000);
        if (draw(0, 7) == 0) a.altitude.cm = ALTITUDE_UNLIMITED;
        if (draw(0, 3)) b.altitude.cm = a.altitude.cm == ALTITUDE_UNLIMITED ? 500000 : a.altitude.cm + (int32_t)draw(-50000, 50000);
        meet_motion_motion(&a, &b, &altitude_offsets_default, reach, height, &ap);
        bool is = sure_apart(&a, &b, &altitude_offsets_default, reach, height);
        assert_true(!is || !ap.meets);
        sure += is;
        no += !ap.meets;
    }
    print_message("# %lld of %lld that do not meet are sure\n", (long long)sure, (long long)no);
    assert_true(sure > no / 2);
}

static struct sure_tube rate_of(const struct motion *m) {
    struct position room[4];
    struct volume v;
    struct sure_tube out;
    motion_tube(m, 60 * INSTANT_SECOND, room, &v);
    sure_tube_make(m, &v.shape, false, &out);
    return out;
}
/* One that many are compared with: whom it passes for sure, it meets neither way round; and that is found of most who do not meet. */
static void who_passes_is_apart(void **unused) {
    (void)unused;
    int64_t sure = 0, no = 0, near = 0;
    for (int64_t i = 0; i < tries / 40; i++) {
        struct motion a = motion(place(i % 4 ? 690000000 : 890000000));
        if (i % 3) a.span = 360 * INSTANT_SECOND, a.speed_cms = (int32_t)draw(3000, 28000);
        struct sure_tube rate = rate_of(&a);
        struct sure_pass pass;
        sure_pass_make(&a, &rate, &pass);
        for (int k = 0; k < 10; k++) {
            struct motion b = motion(near_to(a.at, (int64_t[]){10000, 1000000, 4000000, 20000000}[draw(0, 3)]));
            struct approach ab, ba;
            int64_t reach = draw(0, 2000000), height = draw(0, 100000);
            if (i % 3) b.span = 360 * INSTANT_SECOND, b.speed_cms = (int32_t)draw(0, 28000), b.time = a.time + draw(-60, 60) * INSTANT_SECOND, b.uncertainty_cm = draw(0, 10000);
            if (draw(0, 3)) b.altitude = a.altitude;
            rate = rate_of(&b);
            meet_motion_motion(&a, &b, &altitude_offsets_default, reach, height, &ab);
            meet_motion_motion(&b, &a, &altitude_offsets_default, reach, height, &ba);
            bool is = sure_passes(&pass, &b, &rate, &altitude_offsets_default, reach, height);
            assert_true(!is || (!ab.meets && !ba.meets));
            if (i % 3 && i % 4) sure += is, no += !ab.meets && !ba.meets;
            near += ab.meets;
        }
    }
    print_message("# of %lld that do not meet %lld pass for sure; %lld meet\n", (long long)no, (long long)sure, (long long)near);
    assert_true(sure > no / 2 && near > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(clear_is_clear), cmocka_unit_test(inside_is_inside), cmocka_unit_test(close_is_close), cmocka_unit_test(far_is_far),
                                       cmocka_unit_test(apart_is_apart), cmocka_unit_test(who_passes_is_apart)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sure", tests, NULL, NULL);
}
