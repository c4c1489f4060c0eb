/* Boxes for the index: the cases in which others grow slow, a rival's, and a country's traffic. Seeded; shared by the tests and ./bench index. */
#ifndef PARLEY_TEST_INDEX_CASES_H
#define PARLEY_TEST_INDEX_CASES_H

#include <stdlib.h>
#include <string.h>

#include "core/index.h"
#include "geo/angle.h"

struct source {
    uint64_t bits;
};
static inline int64_t from_to(struct source *s, int64_t low, int64_t high) {
    uint64_t z = s->bits += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return low + (int64_t)(z % (uint64_t)(high - low + 1));
}

enum { CASE_KM = 168530, CASE_MINUTE = 60000 }; /* a kilometre in the box's units; a minute */
#define CASE_DAY INT64_C(86400000)
#define CASE_START INT64_C(1796000000000)

enum index_case { SPREAD, BY_TIME, BY_HEIGHT, BY_PLACE, TALL_AND_FLAT, CONTINENTS, YEARS, CORRIDORS, ALL_TOGETHER, INDEX_CASES };
static const char *const case_names[INDEX_CASES] = {"spread", "by-time", "by-height", "by-50m", "tall-and-flat", "continents", "years", "corridors", "all-together"};

/* A box over so many metres of the plane that touches the sphere at the pole; what it holds of the sphere lies in it, as of a real one. */
static inline void case_patch(struct box *b, int64_t east_m, int64_t north_m, int64_t wide_m, int64_t high_m) {
    double r = 6371010.0, one = 1073741824.0, far2 = 0.0, near2 = 4.0;
    for (int i = 0; i < 4; i++) {
        double x = (double)(i & 1 ? east_m + wide_m : east_m) / r, y = (double)(i & 2 ? north_m + high_m : north_m) / r;
        if (x * x + y * y > far2) far2 = x * x + y * y;
        if (x * x + y * y < near2) near2 = x * x + y * y;
    }
    b->low[0] = (int32_t)angle_floor((double)east_m / r * one);
    b->high[0] = (int32_t)angle_ceil((double)(east_m + wide_m) / r * one);
    b->low[1] = (int32_t)angle_floor((double)north_m / r * one);
    b->high[1] = (int32_t)angle_ceil((double)(north_m + high_m) / r * one);
    b->low[2] = (int32_t)angle_floor(angle_sqrt(far2 < 1.0 ? 1.0 - far2 : 0.0) * one);
    b->high[2] = (int32_t)angle_ceil((near2 < 0.001 ? 1.0 : angle_sqrt(near2 < 1.0 ? 1.0 - near2 : 0.0)) * one);
}

static inline void case_span(struct box *b, struct source *s, int64_t low_cm, int64_t most_cm, int64_t least_ms, int64_t most_ms, int64_t within_ms) {
    b->low[3] = (int32_t)from_to(s, 0, low_cm);
    b->high[3] = b->low[3] + (int32_t)from_to(s, most_cm / 10, most_cm);
    b->from = CASE_START + from_to(s, 0, within_ms);
    b->to = b->from + from_to(s, least_ms, most_ms);
}

/* --- corridors of 10,000 km, half a circle's half, with a point every 500 km as shape_cut leaves them --- */

enum { CORRIDOR_POINTS = 21 };
static inline void case_direction(struct source *s, double v[3]) {
    double sum;
    do {
        sum = 0.0;
        for (int k = 0; k < 3; k++) {
            v[k] = (double)from_to(s, -1000000, 1000000) / 1e6;
            sum += v[k] * v[k];
        }
    } while (sum > 1.0 || sum < 0.01);
    for (int k = 0; k < 3; k++) v[k] /= angle_sqrt(sum);
}
static inline struct volume case_corridor(struct source *s, struct position at[CORRIDOR_POINTS]) {
    double a[3], d[3], dot = 0.0, length = 0.0;
    case_direction(s, a);
    case_direction(s, d);
    for (int k = 0; k < 3; k++) dot += a[k] * d[k];
    for (int k = 0; k < 3; k++) d[k] -= dot * a[k];
    for (int k = 0; k < 3; k++) length += d[k] * d[k];
    for (int i = 0; i < CORRIDOR_POINTS; i++) {
        struct turn t = angle_turn(i * (10000.0 / 6371.0) / (CORRIDOR_POINTS - 1));
        double p[3];
        for (int k = 0; k < 3; k++) p[k] = a[k] * t.cos + d[k] / angle_sqrt(length) * t.sin;
        at[i] = (struct position){(int32_t)(angle_asin(p[2]) / ANGLE_DEGREE_E7), (int32_t)(angle_atan2(p[1], p[0]) / ANGLE_DEGREE_E7)};
    }
    int32_t low = (int32_t)from_to(s, 0, 1100000);
    instant from = (CASE_START + from_to(s, 0, CASE_DAY)) * 1000000;
    return (struct volume){{SHAPE_CORRIDOR, CORRIDOR_POINTS, 1852000, at}, {low, ALTITUDE_W84}, {low + 60000, ALTITUDE_W84}, from, from + INSTANT_HOUR};
}

/* Box i of n; those of one case in their order. */
static struct box corridor[BOX_PIECES];
static uint32_t corridor_left;
static inline struct box case_box(enum index_case c, struct source *s, uint32_t i, uint32_t n) {
    struct box b = {{0, 0, 0, 100000}, {0, 0, 0, 110000}, CASE_START, CASE_START + 10 * CASE_MINUTE};
    struct position at[CORRIDOR_POINTS];
    struct volume v;
    if (c == ALL_TOGETHER) c = (enum index_case)(i % CORRIDORS);
    if (c != CORRIDORS) case_patch(&b, 0, 0, 1000, 1000); /* one square kilometre, unless … */
    switch (c) {
    case SPREAD: /* what flights and notices are, over 4,000 by 4,000 km, a day */
        case_patch(&b, from_to(s, -2000000, 2000000), from_to(s, -2000000, 2000000), from_to(s, 2000, 60000), from_to(s, 2000, 60000));
        case_span(&b, s, 1200000, 150000, 5 * CASE_MINUTE, 120 * CASE_MINUTE, CASE_DAY);
        break;
    case BY_TIME:
        b.from += (int64_t)i * CASE_MINUTE;
        b.to = b.from + CASE_MINUTE - 1000;
        break;
    case BY_HEIGHT:
        b.low[3] = (int32_t)i * 2000 - 1000000000;
        b.high[3] = b.low[3] + 1900;
        break;
    case BY_PLACE: case_patch(&b, i % 20 * 50, i / 20 % 20 * 50, 40, 40); break; /* 400 places, as many volumes over each as there must be */
    case TALL_AND_FLAT:
        b.low[3] = i % 2 ? 0 : (int32_t)i * 200 - 100000000;
        b.high[3] = i % 2 ? 2000000 : b.low[3] + 150;
        if (i % 2) b.from += (int64_t)i * CASE_MINUTE;
        b.to = i % 2 ? b.from + 20000 : b.from + (int64_t)n * CASE_MINUTE;
        break;
    case CONTINENTS: /* areas of 1,000 to 4,000 km: as many at any time however many there are */
        case_patch(&b, from_to(s, -5000000, 1000000), from_to(s, -5000000, 1000000), from_to(s, 1000000, 4000000), from_to(s, 1000000, 4000000));
        case_span(&b, s, 1500000, 30000, 10 * CASE_MINUTE, 120 * CASE_MINUTE, CASE_DAY * n / 1000);
        break;
    case YEARS:
        case_patch(&b, from_to(s, -2000000, 2000000), from_to(s, -2000000, 2000000), from_to(s, 2000, 60000), from_to(s, 2000, 60000));
        case_span(&b, s, 0, 3000000, 365 * CASE_DAY, 365 * CASE_DAY, 365 * CASE_DAY);
        break;
    default:
        /* a piece of a corridor, of which there are CORRIDOR_POINTS - 1: those of one stand side by side */
        if (corridor_left == 0 || i == 0) {
            v = case_corridor(s, at);
            corridor_left = box_pieces(&v, &altitude_offsets_default, 0, 0, 0, 0, corridor);
        }
        b = corridor[--corridor_left];
    }
    return b;
}

/* What is asked. In the cases of one place: one of the boxes. Else a bystander: the next minutes of one aircraft. */
static inline struct box case_query(enum index_case c, struct source *s, uint32_t n) {
    struct box b;
    if (c >= BY_TIME && c <= TALL_AND_FLAT) return case_box(c, s, (uint32_t)from_to(s, 0, n - 1), n);
    case_patch(&b, from_to(s, -2000000, 2000000), from_to(s, -2000000, 2000000), 30000, 20000);
    case_span(&b, s, 1200000, 30000, 5 * CASE_MINUTE, 5 * CASE_MINUTE, c == CONTINENTS ? CASE_DAY * n / 1000 : c == YEARS ? 700 * CASE_DAY : CASE_DAY);
    return b;
}

static inline bool case_count(void *context, uint32_t item) {
    (void)item;
    ++*(uint64_t *)context;
    return true;
}
static inline void case_shuffle(struct source *s, uint32_t *order, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) order[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        uint32_t k = (uint32_t)from_to(s, 0, i), t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
}

/* --- a rival, who knows where somebody will fly and fills his share with boxes that do not meet that path but cost --- */

enum { RIVAL_KINDS = 4 };
struct rival_kind { /* 2^n units of the axis: how long his boxes are, how far around the path they lie */
    uint8_t extent[5], range[5];
    uint8_t dodge;   /* along which axis a box that would meet the path is moved off it, and to which side */
    uint8_t share;   /* of all boxes, in parts of the sum */
    uint8_t pattern; /* at random; in a row; on a grid; half of them at the ends */
};
struct rival {
    struct rival_kind kind[RIVAL_KINDS];
    uint8_t in_turn; /* one kind after the other, else mixed */
};
static const uint8_t rival_most[5] = {29, 29, 29, 22, 35};

static inline struct box rival_path(void) {
    struct box b = {{300000000, 300000000, 300000000, 500000}, {300000000 + 30 * CASE_KM, 300000000 + 30 * CASE_KM, 300000000 + 30 * CASE_KM, 530000},
                    CASE_START, CASE_START + 5 * CASE_MINUTE};
    return b;
}
static inline int64_t case_low(const struct box *b, int axis) { return axis < 4 ? b->low[axis] : b->from; }
static inline int64_t case_high(const struct box *b, int axis) { return axis < 4 ? b->high[axis] : b->to; }
static inline void case_set(struct box *b, int axis, int64_t low, int64_t high) {
    if (axis == 4) {
        b->from = low;
        b->to = high;
        return;
    }
    b->low[axis] = (int32_t)(low < INT32_MIN ? INT32_MIN : low);
    b->high[axis] = (int32_t)(high > INT32_MAX ? INT32_MAX : high);
}
static inline struct box rival_box(const struct rival_kind *g, struct source *s, uint32_t i, uint32_t n) {
    struct box path = rival_path(), b;
    uint32_t side = (uint32_t)angle_sqrt((double)n);
    for (int k = 0; k < 5; k++) {
        int64_t extent = INT64_C(1) << g->extent[k], range = INT64_C(1) << g->range[k], at = from_to(s, -range, range);
        if (g->pattern == 1) at = -range + 2 * range * (int64_t)i / (n + 1);
        if (g->pattern == 2) at = -range + 2 * range * (int64_t)(k & 1 ? i / side : i % side) / (side + 1);
        if (g->pattern == 3 && i % 2) at = i % 4 == 1 ? -range : range;
        int64_t middle = (case_low(&path, k) + case_high(&path, k)) / 2 + at;
        case_set(&b, k, middle - extent / 2, middle + extent / 2);
    }
    if (!box_meets(&b, &path)) return b;
    int k = g->dodge % 5;
    int64_t extent = case_high(&b, k) - case_low(&b, k), gap = 1 + from_to(s, 0, INT64_C(1) << g->range[k]);
    if (g->dodge < 5) case_set(&b, k, case_high(&path, k) + gap, case_high(&path, k) + gap + extent);
    else case_set(&b, k, case_low(&path, k) - gap - extent, case_low(&path, k) - gap);
    return b;
}
/* n boxes of his; they meet nothing of the path. */
static inline void rival_boxes(const struct rival *r, struct box *out, uint32_t n) {
    struct source s = {7};
    uint32_t sum = 0, made[RIVAL_KINDS] = {0};
    for (int k = 0; k < RIVAL_KINDS; k++) sum += r->kind[k].share;
    if (sum == 0) memset(out, 0, n * sizeof *out);
    for (uint32_t i = 0; i < n && sum > 0; i++) {
        uint32_t v = r->in_turn ? (uint32_t)((uint64_t)i * sum / n) : (uint32_t)from_to(&s, 0, sum - 1), k = 0;
        while (v >= r->kind[k].share) v -= r->kind[k++].share;
        out[i] = rival_box(&r->kind[k], &s, made[k]++, n / RIVAL_KINDS + 1);
    }
}
/* The worst that the search found against this index and what it was before (index_counts_test.c: PARLEY_RIVAL_STEPS=20000 goes on with it). */
static const struct rival rivals[] = {
    {{{{20, 6, 29, 13, 6}, {23, 8, 25, 14, 12}, 0, 7, 0}, {{26, 6, 26, 14, 14}, {17, 11, 9, 12, 26}, 5, 1, 2}, {{9, 29, 22, 19, 20}, {18, 7, 9, 22, 6}, 9, 2, 2}, {{18, 12, 7, 8, 20}, {18, 18, 21, 11, 20}, 3, 2, 3}}, 0},
    {{{{16, 9, 22, 12, 31}, {19, 7, 25, 13, 17}, 5, 0, 3}, {{22, 15, 23, 21, 7}, {25, 12, 22, 22, 19}, 2, 0, 2}, {{16, 13, 12, 15, 34}, {21, 20, 19, 15, 33}, 4, 7, 3}, {{8, 23, 13, 17, 30}, {16, 24, 16, 12, 14}, 8, 3, 0}}, 1},
    {{{{15, 11, 14, 11, 15}, {6, 11, 20, 19, 26}, 8, 0, 1}, {{16, 29, 10, 9, 17}, {26, 8, 24, 18, 8}, 3, 0, 2}, {{14, 17, 9, 18, 28}, {15, 16, 21, 18, 17}, 4, 5, 0}, {{10, 13, 14, 19, 24}, {16, 25, 10, 15, 29}, 8, 0, 0}}, 1},
    {{{{17, 15, 22, 16, 23}, {16, 7, 22, 13, 30}, 6, 1, 2}, {{6, 28, 26, 8, 12}, {23, 26, 26, 13, 15}, 9, 6, 0}, {{17, 28, 22, 8, 12}, {23, 16, 23, 14, 16}, 2, 8, 0}, {{8, 6, 27, 16, 16}, {14, 18, 22, 15, 31}, 2, 0, 2}}, 0},
    {{{{21, 13, 11, 8, 11}, {11, 20, 17, 16, 6}, 1, 0, 3}, {{27, 20, 9, 8, 25}, {18, 26, 14, 16, 16}, 1, 0, 0}, {{25, 13, 9, 14, 10}, {14, 23, 17, 16, 32}, 7, 0, 3}, {{21, 15, 13, 20, 22}, {22, 21, 22, 20, 22}, 3, 1, 0}}, 1},
    {{{{6, 28, 7, 6, 20}, {13, 28, 26, 14, 21}, 4, 1, 0}, {{25, 26, 29, 20, 8}, {23, 26, 28, 20, 17}, 5, 7, 0}, {{16, 21, 24, 18, 16}, {11, 9, 18, 19, 6}, 5, 0, 0}, {{13, 28, 13, 14, 31}, {22, 29, 20, 7, 28}, 9, 1, 3}}, 0},
    {{{{10, 13, 28, 17, 28}, {29, 9, 18, 10, 27}, 6, 0, 0}, {{29, 29, 17, 11, 7}, {10, 12, 6, 18, 8}, 8, 0, 1}, {{10, 15, 12, 18, 33}, {21, 21, 21, 19, 14}, 4, 1, 0}, {{26, 10, 28, 10, 32}, {28, 6, 10, 12, 11}, 8, 0, 2}}, 1},
};
enum { RIVALS = sizeof rivals / sizeof rivals[0] };

#endif
