/* F3411: how many subscriptions are at one place, against a plain count over places; and versions. */
#include "core/dss_rid.h"
#include "geo/meet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed = 11;
static int64_t draw(int64_t low, int64_t high) {
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return low + (int64_t)((z ^ z >> 31) % (uint64_t)(high - low + 1));
}

#define OTHERS 40
static uint32_t list[OTHERS];
static void view(void *context, uint32_t i, struct shape *out) { *out = ((const struct shape *)context)[i]; }
static bool is_crowded(const struct shape *request, struct shape *others, uint32_t count, uint32_t most) {
    return dss_cells_crowded(request, &(struct dss_others){view, others}, count, most, list);
}
static struct position room[OTHERS + 1][4];

static int32_t wrapped(int64_t lon) {
    return (int32_t)(lon >= 1800000000 ? lon - INT64_C(3600000000) : lon < -1800000000 ? lon + INT64_C(3600000000) : lon);
}
static struct shape circle(struct position *at, int64_t lat, int64_t lon, int64_t cm) {
    at[0] = (struct position){(int32_t)lat, wrapped(lon)};
    return (struct shape){.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = cm, .at = at};
}
static struct shape quadrangle(struct position *at, int64_t lat, int64_t lon, int64_t high, int64_t wide) {
    at[0] = (struct position){(int32_t)lat, wrapped(lon)};
    at[1] = (struct position){(int32_t)lat, wrapped(lon + wide)};
    at[2] = (struct position){(int32_t)(lat + high), wrapped(lon + wide)};
    at[3] = (struct position){(int32_t)(lat + high), wrapped(lon)};
    return (struct shape){.kind = SHAPE_POLYGON, .count = 4, .at = at};
}
static struct shape line(struct position *at, int64_t lat, int64_t lon, int64_t high, int64_t wide) {
    at[0] = (struct position){(int32_t)lat, wrapped(lon)};
    at[1] = (struct position){(int32_t)(lat + high), wrapped(lon + wide)};
    return (struct shape){.kind = SHAPE_CORRIDOR, .count = 2, .reach_cm = 1, .at = at};
}
static struct shape any(struct position *at, int64_t lat, int64_t lon, int64_t size) {
    lat += draw(-size, size), lon += draw(-size, size);
    switch (draw(0, 2)) {
    case 0: return circle(at, lat, lon, draw(1, size + 100));
    case 1: return quadrangle(at, lat, lon, draw(1000, size + 1000), draw(1000, size + 1000));
    default: return line(at, lat, lon, draw(100, size + 100), draw(-size, size));
    }
}

/* Within so much of a place? */
static bool reaches(const struct position *p, int64_t cm, const struct shape *s) {
    struct volume a = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = cm, .at = p}}, b = {.shape = *s};
    struct meeting m;
    meet_volumes(&a, &b, &(struct altitude_offsets){0}, 0, 0, 0, 0, &m);
    return m.meets;
}
static uint32_t most_at(const struct position *p, int64_t cm, const struct shape *request, const struct shape *others, uint32_t count) {
    uint32_t n = 0;
    if (!reaches(p, cm, request)) return 0;
    for (uint32_t i = 0; i < count; i++) n += reaches(p, cm, &others[i]);
    return n;
}

/* What shares a place is found; what is called crowded is so near to some place. */
static void crowded_is_crowded(void **unused) {
    (void)unused;
    uint32_t yes = 0, no = 0;
    for (int round = 0; round < 300; round++) {
        static const int64_t sizes[] = {2000, 30000, 200000, 1500000};
        int64_t size = sizes[draw(0, 3)], lat = draw(0, 5) ? draw(-800000000, 800000000) : draw(894000000, 896000000), lon = draw(0, 3) ? draw(-1790000000, 1790000000) : 1799990000;
        struct shape others[OTHERS], request = any(room[OTHERS], lat, lon, size);
        uint32_t count = (uint32_t)draw(3, OTHERS), most = (uint32_t)draw(1, 12);
        for (uint32_t i = 0; i < count; i++) others[i] = any(room[i], lat, lon, size);
        bool crowded = is_crowded(&request, others, count, most);
        bool exact = false, near = false; /* at places drawn, and a place may be missed: so only one way each */
        for (int i = 0; i < 400 && !exact; i++) {
            struct position p = {(int32_t)(lat + draw(-2 * size, 2 * size)), wrapped(lon + draw(-2 * size, 2 * size))};
            exact = most_at(&p, 1, &request, others, count) >= most;
            near = near || exact || most_at(&p, 200000 + size / 3, &request, others, count) >= most;
        }
        if (exact && !crowded) fail_msg("round %d: %u at one place are not found", round, most);
        if (crowded && !near) fail_msg("round %d: no %u are near each other", round, most);
        crowded ? yes++ : no++;
    }
    assert_true(yes > 60 && no > 60);
}

/* Ten at one place are crowded, nine are not; two kilometres apart they are not together, whatever the size. */
static void rows(void **unused) {
    (void)unused;
    struct shape others[OTHERS], request;
    for (int far = 0; far < 2; far++) {
        int64_t lat = far ? 891230000 : 470000000, lon = 75000000;
        for (uint32_t i = 0; i < 10; i++) others[i] = circle(room[i], lat, lon, 1000);
        request = circle(room[OTHERS], lat, lon, 1000);
        assert_true(is_crowded(&request, others, 10, 10));
        assert_false(is_crowded(&request, others, 9, 10));
        request = circle(room[OTHERS], lat + 300000, lon, 1000); /* 3.3 km north */
        assert_false(is_crowded(&request, others, 10, 10));
        request = circle(room[OTHERS], lat + 300000, lon, 320000); /* reaches there */
        assert_true(is_crowded(&request, others, 10, 10));
        for (uint32_t i = 0; i < 10; i++) others[i] = circle(room[i], lat + i * INT64_C(300000), lon, 1000); /* none with another */
        request = quadrangle(room[OTHERS], lat - 100000, lon - 100000, 3000000, 200000);
        assert_false(is_crowded(&request, others, 10, 2));
        assert_true(is_crowded(&request, others, 10, 1));
    }
    /* Across the antimeridian and around a pole. */
    for (uint32_t i = 0; i < 10; i++) others[i] = quadrangle(room[i], 100000 + i, 1799000000, 2000000, 2000000);
    request = quadrangle(room[OTHERS], 100000, -1799500000, 1000000, 200000);
    assert_true(is_crowded(&request, others, 10, 10));
    for (uint32_t i = 0; i < 10; i++) others[i] = circle(room[i], 899990000, i * INT64_C(360000000) - 1800000000, 200000);
    request = circle(room[OTHERS], 900000000, 0, 100);
    assert_true(is_crowded(&request, others, 10, 10));
}

/* The whole earth ten times over, and lines around half of it that run beside each other: bounded. */
static void large(void **unused) {
    (void)unused;
    struct shape others[OTHERS], request = circle(room[OTHERS], 0, 0, 2000000000);
    for (uint32_t i = 0; i < 12; i++) others[i] = circle(room[i], 100000000, i * INT64_C(100000000), 1900000000);
    assert_true(is_crowded(&request, others, 12, 10));
    for (uint32_t i = 0; i < 12; i++) others[i] = circle(room[i], i * INT64_C(70000000), 0, 20000000); /* each of 200 km, 780 km apart */
    assert_false(is_crowded(&request, others, 12, 2));
    for (uint32_t i = 0; i < 12; i++) others[i] = line(room[i], i * INT64_C(300000), 0, 0, 1500000000);
    request = line(room[OTHERS], 12 * INT64_C(300000), 0, 0, 1500000000);
    (void)is_crowded(&request, others, 12, 2); /* either answer */
}

static void versions(void **unused) {
    (void)unused;
    static const struct { const char *text; bool good; uint64_t value; } table[] = {
        {"0", true, 0}, {"v", true, 31}, {"10", true, 32}, {"7vvvvvvvvvvvv", true, INT64_MAX}, {"8000000000000", false, 0}, {"00000000000000", false, 0},
        {"", false, 0}, {"w", false, 0}, {"V", false, 0}, {"1-", false, 0}, {"vvvvvvvvvvvv", true, (UINT64_C(1) << 60) - 1}, {"aninvalidversionxx", false, 0}, {"0000000000001", true, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint64_t v = 0;
        bool good = dss_version_read(text_of(table[i].text), &v);
        if (good != table[i].good || (good && v != table[i].value)) fail_msg("row %zu: %s", i, table[i].text);
    }
    for (int i = 0; i < 1000; i++) {
        uint8_t entropy[32];
        for (int k = 0; k < 32; k++) entropy[k] = (uint8_t)(i == 0 ? 0 : i == 1 ? 255 : draw(0, 255));
        uint64_t v = dss_version_number(entropy), back;
        char text[16];
        struct append a = append_fixed(text, sizeof text);
        dss_version_append(&a, v);
        assert_int_equal(a.size, 13);
        assert_true(dss_version_read(append_view(&a), &back) && back == v);
        assert_true(dss_version_read((struct text){text + 1, 11}, &back) && back != v);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crowded_is_crowded), cmocka_unit_test(rows), cmocka_unit_test(large), cmocka_unit_test(versions),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_rid_cell", tests, NULL, NULL);
}
