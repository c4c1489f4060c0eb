/* Random shapes, motions and angles from a seed, and an FNV-1a digest over everything that the geometry says of them. Nothing here
 * uses libm. */
#ifndef PARLEY_TEST_GEO_RANDOM_SHAPES_H
#define PARLEY_TEST_GEO_RANDOM_SHAPES_H

#include "geo/angle.h"
#include "geo/box.h"
#include "geo/earth.h"
#include "geo/meet.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint64_t bits, digest;

static int64_t pick(int64_t low, int64_t high) {
    bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int64_t)((bits >> 11) % (uint64_t)(high - low + 1));
}

static void add(uint64_t v) {
    for (int i = 0; i < 8; i++) digest = (digest ^ (v >> (8 * i) & 255)) * UINT64_C(0x100000001b3);
}

static void add_double(double d) {
    uint64_t v;
    memcpy(&v, &d, sizeof v);
    add(v);
}

static void add_angles(int count) {
    for (int i = 0; i < count; i++) {
        struct turn t = angle_turn_e7(pick(-7200000000, 7200000000)), u = angle_turn((double)pick(-1000000000, 1000000000) / 1e8);
        double x = (double)pick(-1000000, 1000000) / 1e6, y = (double)pick(-1000000, 1000000) / 1e9;
        const double all[] = {t.sin, t.cos, u.sin, u.cos, angle_atan2(x, y), angle_atan2(y, x), angle_asin(x), angle_asin(y)};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) add_double(all[k]);
    }
}

static struct position place(struct position c, int32_t size) {
    int64_t lat = c.lat + pick(-size, size), lon = c.lon + pick(-size, size);
    if (lat > 900000000) lat = 1800000000 - lat;
    if (lat < -900000000) lat = -1800000000 - lat;
    if (lon > 1800000000) lon -= 3600000000;
    if (lon < -1800000000) lon += 3600000000;
    return (struct position){(int32_t)lat, (int32_t)lon};
}

/* One after the other, here and below: compilers may draw the members of one initialiser in any order. */
static struct altitude some_altitude(int32_t low, int32_t high) {
    int32_t cm = (int32_t)pick(low, high);
    return (struct altitude){cm, (uint8_t)pick(0, 3)};
}
static struct motion some_motion(struct position at) {
    struct motion m = {.at = at, .altitude = {(int32_t)pick(0, 1000000), ALTITUDE_FL}};
    m.time = pick(0, 500) * INSTANT_SECOND;
    m.span = pick(1, 600) * INSTANT_SECOND;
    m.speed_cms = (int32_t)pick(0, 100000);
    m.track_mdeg = (int32_t)pick(0, 359999);
    m.climb_cms = (int32_t)pick(-2000, 2000);
    m.uncertainty_cm = pick(0, 100000);
    return m;
}

static struct volume volume_of(struct position c, int32_t size, struct position *at) {
    struct shape s = {.kind = (uint8_t)pick(0, 2), .count = 1, .at = at};
    s.reach_cm = pick(1, 5000000);
    if (s.kind == SHAPE_POLYGON) s.reach_cm = 0;
    if (s.kind != SHAPE_CIRCLE) s.count = (uint32_t)pick(3, 40);
    for (uint32_t i = 0; i < s.count; i++) at[i] = place(c, size);
    struct volume v = {.shape = s, .lower = some_altitude(0, 100000)};
    v.upper = some_altitude(100000, 2000000);
    v.start = pick(0, 1000) * INSTANT_SECOND;
    v.end = v.start + pick(0, 1000) * INSTANT_SECOND;
    return v;
}

static void add_shapes(const struct volume *v) {
    static struct position out[4000];
    uint32_t n = 0;
    add((uint64_t)shape_check(&v->shape, NULL).code);
    add_double(shape_area(&v->shape));
    if (result_is_ok(shape_cut(&v->shape, out, 4000, &n, NULL)))
        for (uint32_t i = 0; i < n; i++) add((uint64_t)out[i].lat << 32 ^ (uint32_t)out[i].lon);
    if (result_is_ok(shape_hull(v->shape.at, v->shape.count, out, 4000, &n, NULL)))
        for (uint32_t i = 0; i < n; i++) add((uint64_t)out[i].lat << 32 ^ (uint32_t)out[i].lon);
    struct box b;
    box_of_volume(v, &altitude_offsets_default, (double)pick(0, 100000), 500, INSTANT_MINUTE, 0, &b);
    for (int i = 0; i < 4; i++) add((uint64_t)b.low[i] << 32 ^ (uint32_t)b.high[i]);
    add((uint64_t)b.from ^ (uint64_t)b.to << 20);
    struct box piece[BOX_PIECES];
    uint32_t pieces = box_pieces(v, &altitude_offsets_default, 1000.0, 0, 0, 0, piece);
    add(pieces);
    for (uint32_t k = 0; k < pieces; k++)
        for (int i = 0; i < 4; i++) add((uint64_t)piece[k].low[i] << 32 ^ (uint32_t)piece[k].high[i]);
}

static void add_approach(const struct approach *a) {
    add(a->meets);
    add((uint64_t)a->entry);
    add((uint64_t)a->closest);
    add((uint64_t)a->distance_cm);
    add((uint64_t)a->height_gap_cm);
    add((uint64_t)a->margin_cm);
}

static void add_meetings(const struct volume *v, const struct volume *w, struct position c) {
    struct meeting m;
    struct approach a;
    int64_t distance, margin, reach = pick(0, 10000000);
    meet_volumes(v, w, &altitude_offsets_default, reach, 10000, INSTANT_MINUTE, INSTANT_MINUTE, &m);
    add((uint64_t)m.meets);
    add((uint64_t)m.distance_cm);
    add((uint64_t)m.margin_cm);
    add((uint64_t)m.height_gap_cm);
    add((uint64_t)m.from ^ (uint64_t)m.to << 1);
    add(meet_contains(v, w, &altitude_offsets_default));
    add(meet_position(&c, 1000, &w->shape, &distance, &margin));
    add((uint64_t)distance ^ (uint64_t)margin << 40);
    struct motion x = some_motion(c), y = x;
    y.at = place(c, 1000000);
    y.track_mdeg = (int32_t)pick(0, 359999);
    meet_motion_volume(&x, w, &altitude_offsets_default, reach, 30000, 0, 0, &a);
    add_approach(&a);
    meet_motion_motion(&x, &y, &altitude_offsets_default, 900000, 30000, &a);
    add_approach(&a);
    struct position room[4];
    struct volume tube;
    motion_tube(&x, INSTANT_MINUTE, room, &tube);
    add_shapes(&tube);
}

static uint64_t geometry_digest(uint64_t seed, int angles, int shapes) {
    static const int32_t sizes[] = {10000, 1000000, 20000000, 300000000};
    static struct position one[40], two[40];
    bits = seed;
    digest = UINT64_C(0xcbf29ce484222325);
    add_angles(angles);
    for (int i = 0; i < shapes; i++) {
        int32_t lat = (int32_t)pick(-900000000, 900000000), lon = (int32_t)pick(-1800000000, 1800000000);
        struct position c = {lat, lon};
        int32_t size = sizes[pick(0, 3)];
        struct volume v = volume_of(c, size, one), w = volume_of(place(c, size), size, two);
        add_shapes(&v);
        add_meetings(&v, &w, c);
    }
    return digest;
}

#endif
