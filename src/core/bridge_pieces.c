/* What a notice or a flight is at the doors of F3548: circles and polygons of at most 2,500 km2, and for a notice constraints of one band and one span of a day at
 * most. Never less than was said: heights by the worst case of their reference, hazards as they stand now (pulled forward, open, with the tail). */
#include "core/bridge.h"

#include "core/quota.h"
#include "core/sort.h"
#include "core/watch.h"

#define HEIGHT_LEAST (-800000)  /* utm.yaml: -8,000 to 100,000 m */
#define HEIGHT_MOST 10000000

/* ---- the volumes that the world is warned of ---- */
uint8_t bridge_ranks(const struct state *st, uint8_t shows, row r) {
    return shows == BRIDGE_NOTICE ? notice_ranks(st, notice_at(st, r), PARTY_NONE) : flight_ranks(st, flight_at(st, r), PARTY_NONE);
}
bool bridge_stands(const struct state *st, uint8_t shows, row r) {
    bool stands = shows == BRIDGE_NOTICE ? notice_hazardous(notice_at(st, r)) : flight_stands(flight_at(st, r));
    return stands && bridge_url(st).size > 0 && bridge_ranks(st, shows, r) != 0;
}
static row chain_of(const struct state *st, uint8_t shows, row r, int rank) {
    if (shows == BRIDGE_NOTICE) return notice_at(st, r)->section[rank].volume;
    return flight_at(st, r)->section[rank].volume;
}
static void volumes_load(const struct state *st, uint8_t shows, row r) {
    struct bridge *b = st->dss->bridge;
    uint8_t ranks = bridge_ranks(st, shows, r);
    uint32_t used = 0;
    b->volume_count = 0;
    for (int rank = 0; rank < RANKS; rank++)
        for (row v = ranks >> rank & 1 ? chain_of(st, shows, r, rank) : ROW_NONE; v != ROW_NONE; v = volume_at(st, v)->next) {
            if (shows == BRIDGE_NOTICE && volume_at(st, v)->idle) continue;
            assert(b->volume_count < RANKS * LIMIT_VOLUMES && volume_at(st, v)->count <= b->at_room - used); /* a party's share of vertices */
            pool_volume_view(st, v, b->at + used, &b->volumes[b->volume_count]);
            used += b->volumes[b->volume_count++].shape.count;
        }
}
static struct dss_extent bounds_of(const struct state *st, const struct volume *v) {
    int32_t low, high, none;
    altitude_w84(&v->lower, &st->settings.offsets, &low, &none);
    altitude_w84(&v->upper, &st->settings.offsets, &none, &high);
    if (low > high) { /* inverted as it is written: all that lies between counts */
        int32_t lowest, highest;
        altitude_w84(&v->upper, &st->settings.offsets, &lowest, &none);
        altitude_w84(&v->lower, &st->settings.offsets, &none, &highest);
        low = lowest < low ? lowest : low;
        high = highest > high ? highest : high;
    }
    low = low < HEIGHT_LEAST ? HEIGHT_LEAST : low > HEIGHT_MOST ? HEIGHT_MOST : low;
    high = high < HEIGHT_LEAST ? HEIGHT_LEAST : high > HEIGHT_MOST ? HEIGHT_MOST : high;
    return (struct dss_extent){.has_lower = true, .has_upper = true, .has_start = true, .has_end = true, .lower_cm = low, .upper_cm = high, .start = v->start, .end = v->end};
}
static void bounds_join(struct dss_extent *to, const struct dss_extent *e) {
    if (e->lower_cm < to->lower_cm) to->lower_cm = e->lower_cm;
    if (e->upper_cm > to->upper_cm) to->upper_cm = e->upper_cm;
    if (e->start < to->start) to->start = e->start;
    if (e->end > to->end) to->end = e->end;
}
static bool bounds_equal(const struct dss_extent *a, const struct dss_extent *b) {
    return a->lower_cm == b->lower_cm && a->upper_cm == b->upper_cm && a->start == b->start && a->end == b->end;
}

/* ---- pieces ---- */
/* So many days; above what there may be of pieces it does not matter how many. */
static uint32_t days_of(const struct dss_extent *e) {
    uint64_t ns = (uint64_t)e->end - (uint64_t)e->start;
    return ns == 0 ? 1 : (uint32_t)((ns - 1) / (uint64_t)LIMIT_BRIDGE_NS > BRIDGE_PIECES ? BRIDGE_PIECES + 1 : (ns - 1) / (uint64_t)LIMIT_BRIDGE_NS + 1);
}
/* Of one band and span; `days`: for so many pieces, one after the other. False: too many. */
static bool piece_add(struct bridge *b, const struct dss_extent *e, const struct shape *shapes, uint32_t count, uint32_t days) {
    if (days > BRIDGE_PIECES - b->count) return false;
    for (uint32_t i = 0; i < days; i++) {
        struct dss_extent *out = &b->piece[b->count++].extent;
        *out = *e;
        out->shapes = shapes;
        out->count = count;
        out->start = e->start + (int64_t)i * LIMIT_BRIDGE_NS;
        if (i + 1 < days) out->end = out->start + LIMIT_BRIDGE_NS; /* bounds are inclusive: the two touch */
    }
    return true;
}
/* Circles and polygons for all volumes, in their order; group[i]: of which volume. */
static bool cover_all(struct bridge *b) {
    struct cover *c = &b->cover;
    c->count = c->used = 0;
    for (uint32_t i = 0; i < b->volume_count; i++) {
        uint32_t from = c->count;
        if (!cover_shape(c, &b->volumes[i].shape, (double)LIMIT_DSS_AREA_M2 * 0.999)) return false;
        for (uint32_t k = from; k < c->count; k++) b->group[k] = i;
    }
    return true;
}
/* Those of one band and one span beside each other; `split`: the days of each are pieces of their own. */
static bool pieces_exact(const struct state *st, bool split) {
    struct bridge *b = st->dss->bridge;
    struct dss_extent bands[BRIDGE_PIECES];
    uint32_t of[BRIDGE_PIECES], count = 0, at = 0;
    b->count = 0;
    for (uint32_t i = 0; i < b->volume_count; i++) {
        struct dss_extent e = bounds_of(st, &b->volumes[i]);
        uint32_t k = 0;
        while (k < count && !bounds_equal(&bands[k], &e)) k++;
        if (k == BRIDGE_PIECES) return false;
        if (k == count) of[count] = i, bands[count++] = e;
    }
    for (uint32_t k = 0; k < count; k++) {
        uint32_t from = at, days = split ? days_of(&bands[k]) : 1;
        for (uint32_t i = 0; i < b->cover.count; i++) {
            if (b->group[i] < of[k]) continue;
            struct dss_extent e = bounds_of(st, &b->volumes[b->group[i]]);
            if (bounds_equal(&e, &bands[k])) b->sorted[at++] = b->cover.shapes[i];
        }
        for (uint32_t i = from; i < at; i += BRIDGE_PIECES)
            if (!piece_add(b, &bands[k], b->sorted + i, at - i < BRIDGE_PIECES ? at - i : BRIDGE_PIECES, days)) return false;
    }
    return true;
}
static struct dss_extent bounds_all(const struct state *st) {
    const struct bridge *b = st->dss->bridge;
    struct dss_extent all = bounds_of(st, &b->volumes[0]);
    for (uint32_t i = 1; i < b->volume_count; i++) {
        struct dss_extent e = bounds_of(st, &b->volumes[i]);
        bounds_join(&all, &e);
    }
    return all;
}

/* ---- covering circles ---- */
struct along { const struct shape *shapes; int axis; };
static bool along_before(const void *context, row a, row b) {
    const struct along *x = context;
    struct vec p = earth_unit(&x->shapes[a].at[0]), q = earth_unit(&x->shapes[b].at[0]);
    double u = vec_axis(&p, x->axis), v = vec_axis(&q, x->axis);
    return u != v ? u < v : a < b;
}
static int widest_axis(const struct shape *s, uint32_t count) {
    double low[3] = {2.0, 2.0, 2.0}, high[3] = {-2.0, -2.0, -2.0};
    int widest = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct vec p = earth_unit(&s[i].at[0]);
        for (int k = 0; k < 3; k++) {
            double x = vec_axis(&p, k);
            low[k] = x < low[k] ? x : low[k];
            high[k] = x > high[k] ? x : high[k];
        }
    }
    for (int k = 1; k < 3; k++)
        if (high[k] - low[k] > high[widest] - low[widest]) widest = k;
    return widest;
}
/* At most `most` of them (twice as many where one would be half of the earth), each around neighbours, behind what stands in the cover already. False: no room. */
static bool circles(struct state *st, const struct shape *shapes, uint32_t count, uint32_t most) {
    struct bridge *b = st->dss->bridge;
    row *order = b->group;
    uint32_t each = (count + most - 1) / most;
    struct along x = {shapes, widest_axis(shapes, count)};
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    sort_rows(order, count, along_before, &x);
    for (uint32_t i = 0; i < count; i++) b->sorted[i] = shapes[order[i]];
    for (uint32_t i = 0; i < count; i += each)
        if (!cover_circle(&b->cover, b->sorted + i, count - i < each ? count - i : each)) return false;
    return true;
}
/* Of all volumes together: one band, one span, so many circles. False: the shapes that covered them are not there any more. */
static bool pieces_coarse(struct state *st, bool covered, uint32_t most, bool split) {
    struct bridge *b = st->dss->bridge;
    struct cover *c = &b->cover;
    uint32_t shapes = covered ? c->count : b->volume_count;
    if (covered && c->room - shapes < 2 * most) covered = false;
    if (!covered) {
        c->count = c->used = 0;
        shapes = b->volume_count < LIMIT_BRIDGE_SHAPES - 2 * BRIDGE_PIECES ? b->volume_count : 0;
        for (uint32_t i = 0; i < shapes; i++) c->shapes[i] = b->volumes[i].shape;
        c->count = shapes;
    }
    uint32_t from = c->count;
    bool good = shapes > 0 && circles(st, c->shapes, shapes, most);
    if (!good) { /* more volumes than circles can be sorted for: they follow each other */
        c->count = c->used = from = 0;
        uint32_t each = (b->volume_count + most - 1) / most;
        for (uint32_t i = 0; i < b->volume_count; i += each) {
            struct shape run[LIMIT_BRIDGE_RUN];
            uint32_t n = b->volume_count - i < each ? b->volume_count - i : each;
            assert(n <= LIMIT_BRIDGE_RUN);
            for (uint32_t k = 0; k < n; k++) run[k] = b->volumes[i + k].shape;
            good = cover_circle(c, run, n);
            assert(good); /* two shapes for each of at most 64 */
        }
    }
    struct dss_extent all = bounds_all(st);
    uint32_t days = split ? days_of(&all) : 1;
    b->count = 0;
    b->coarse = true;
    if (!piece_add(b, &all, c->shapes + from, c->count - from, days)) good = piece_add(b, &all, c->shapes + from, c->count - from, 1);
    assert(good && b->count > 0);
    return from > 0 && covered;
}

/* ---- what it takes ---- */
struct dss_cost bridge_cost(const struct state *st) {
    const struct bridge *b = st->dss->bridge;
    struct dss_cost all = {.of = {0}};
    for (uint32_t i = 0; i < b->count; i++) {
        struct dss_cost one = dss_cost_of(b->piece[i].extent.shapes, b->piece[i].extent.count, (struct text){NULL, 0});
        one.of[DSS_QUOTA_REFERENCES] = 1;
        dss_cost_add(&all, &one);
    }
    return all;
}
static bool fits(const struct state *st, const struct dss_cost *left) {
    struct dss_cost cost = bridge_cost(st), sure = bridge_sure();
    for (int q = 0; q < DSS_QUOTAS; q++)
        if (cost.of[q] > sure.of[q] && cost.of[q] - sure.of[q] > left->of[q]) return false;
    return true;
}
static bool exact(struct state *st, uint8_t shows, bool covered) {
    struct bridge *b = st->dss->bridge;
    if (!covered) return false;
    if (shows == BRIDGE_FLIGHT) { /* an intent is merged by whoever compares it: one of all */
        struct dss_extent all = bounds_all(st);
        b->count = 0;
        return piece_add(b, &all, b->cover.shapes, b->cover.count, 1);
    }
    if (pieces_exact(st, true)) return true;
    struct dss_extent all = bounds_all(st);
    return days_of(&all) > BRIDGE_PIECES && pieces_exact(st, false); /* circles would not make its days fewer */
}
/* The cover of all volumes is made once, for it is what costs: circles stand behind it, and make room for others. Only where they took its place it is made anew. */
struct covered { bool good, there; uint32_t count, used; };
static void cover_back(struct bridge *b, const struct covered *x) {
    if (x->good && !x->there) (void)cover_all(b);
    if (!x->good || !x->there) return;
    b->cover.count = x->count;
    b->cover.used = x->used;
}
void bridge_pieces(struct state *st, uint8_t shows, row r, const struct dss_cost *left) {
    struct bridge *b = st->dss->bridge;
    b->count = 0;
    b->coarse = false;
    if (!bridge_stands(st, shows, r)) return;
    volumes_load(st, shows, r);
    if (b->volume_count == 0) return;
    struct covered x = {.good = cover_all(b), .count = b->cover.count, .used = b->cover.used};
    if (exact(st, shows, x.good) && fits(st, left)) return;
    for (uint32_t most = BRIDGE_PIECES; most >= 1; most /= 4) {
        if (most < BRIDGE_PIECES) cover_back(b, &x);
        x.there = pieces_coarse(st, x.good, most, shows == BRIDGE_NOTICE);
        if (fits(st, left)) return;
    }
    cover_back(b, &x);
    (void)pieces_coarse(st, x.good, 1, false);
    assert(fits(st, left));
}
