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
    b->cover.vertices += used / 2;
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
/* Those of one band and one span beside each other; `split`: the days of each are pieces of their own. */
static bool pieces_exact(const struct state *st, bool split) {
    struct bridge *b = st->dss->bridge;
    struct dss_extent bands[BRIDGE_PIECES];
    uint32_t count = 0, at = 0;
    b->count = 0;
    for (uint32_t i = 0; i < b->volume_count; i++) {
        struct dss_extent e = bounds_of(st, &b->volumes[i]);
        uint32_t k = 0;
        while (k < count && !bounds_equal(&bands[k], &e)) k++;
        if (k == BRIDGE_PIECES) return false;
        if (k == count) bands[count++] = e;
        b->band[i] = (uint8_t)k;
    }
    for (uint32_t k = 0; k < count; k++) {
        uint32_t from = at, days = split ? days_of(&bands[k]) : 1;
        for (uint32_t i = 0; i < b->cover.count; i++)
            if (b->band[b->group[i]] == k) b->sorted[at++] = b->cover.shapes[i];
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
/* Of all volumes together: one band, one span, so many circles (twice as many where one would be half of the earth), each around neighbours. */
static void pieces_coarse(struct state *st, uint32_t most, bool split) {
    struct bridge *b = st->dss->bridge;
    struct cover *c = &b->cover;
    uint32_t count = b->round_cover.count, each = (count + most - 1) / most;
    bool good = true;
    c->count = c->used = 0;
    for (uint32_t i = 0; i < count; i += each) good = good && cover_circle(c, b->rounds_sorted + i, count - i < each ? count - i : each);
    assert(good); /* two shapes for each of at most 64 */
    struct dss_extent all = bounds_all(st);
    b->count = 0;
    b->coarse = true;
    if (!piece_add(b, &all, c->shapes, c->count, split ? days_of(&all) : 1)) good = piece_add(b, &all, c->shapes, c->count, 1);
    assert(good && b->count > 0);
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
static bool exact(struct state *st, uint8_t shows) {
    struct bridge *b = st->dss->bridge;
    if (shows == BRIDGE_FLIGHT) { /* an intent is merged by whoever compares it: one of all */
        struct dss_extent all = bounds_all(st);
        b->count = 0;
        return piece_add(b, &all, b->cover.shapes, b->cover.count, 1);
    }
    if (pieces_exact(st, true)) return true;
    struct dss_extent all = bounds_all(st);
    return days_of(&all) > BRIDGE_PIECES && pieces_exact(st, false); /* circles would not make its days fewer */
}

/* ---- a step after the other ---- */
/* The next step of the cover of all volumes, in their order; group[i]: of which volume. False: there is none. */
static bool covers_go(struct bridge *b) {
    struct cover *c = &b->cover;
    uint32_t from = c->count;
    bool through;
    if (b->covered == b->volume_count || !b->good) return false;
    if (!cover_go(c, &b->volumes[b->covered].shape, (double)LIMIT_DSS_AREA_M2 * 0.999, &through)) b->good = false;
    for (uint32_t k = from; k < c->count; k++) b->group[k] = b->covered;
    if (through) cover_begin(c), b->covered++;
    return true;
}
/* The next circle around one of the shapes that cover it; where there were too many, around one of the volumes. */
static bool rounds_go(struct bridge *b) {
    struct cover *to = &b->round_cover;
    const uint32_t count = b->good ? b->round_of : b->volume_count;
    if (b->rounded == count) return false;
    bool good = cover_circle(to, b->good ? &b->cover.shapes[b->rounded] : &b->volumes[b->rounded].shape, 1);
    assert(good);
    b->cover.vertices += to->vertices;
    to->vertices = 0;
    if (to->count > ++b->rounded) { /* two, which hold the whole earth */
        for (uint32_t i = 0; i < 2; i++) to->shapes[i] = to->shapes[to->count - 2 + i];
        to->count = 2;
        b->rounded = count;
    }
    return true;
}
static void rounds_begin(struct bridge *b) {
    b->phase = BRIDGE_ROUNDS;
    b->units = b->rounded = 0;
    b->round_of = b->cover.count;
    b->round_cover.count = b->round_cover.used = 0;
    b->ordered = false;
}
/* Sorted once: circles of neighbours, however many it will be. */
static void rounds_order(struct bridge *b) {
    const struct cover *from = &b->round_cover;
    struct along x = {from->shapes, widest_axis(from->shapes, from->count)};
    for (uint32_t i = 0; i < from->count; i++) b->order[i] = i;
    sort_rows(b->order, from->count, along_before, &x);
    for (uint32_t i = 0; i < from->count; i++) b->rounds_sorted[i] = from->shapes[b->order[i]];
    b->ordered = true;
}
static bool begin(struct state *st, uint8_t shows, row r) {
    struct bridge *b = st->dss->bridge;
    volumes_load(st, shows, r);
    if (b->volume_count == 0) return false;
    b->phase = BRIDGE_COVERS;
    b->units = b->covered = 0;
    b->cover.count = b->cover.used = 0;
    b->good = true;
    cover_begin(&b->cover);
    return true;
}
static bool go_on(struct bridge *b, bool (*go)(struct bridge *), uint64_t until) {
    for (; b->cover.vertices < until; b->units++)
        if (!go(b)) {
            b->made_at = b->cover.vertices;
            return true;
        }
    return false;
}
bool bridge_pieces(struct state *st, uint8_t shows, row r, const struct dss_cost *left, uint64_t until) {
    struct bridge *b = st->dss->bridge;
    b->count = 0;
    b->coarse = false;
    b->made_at = b->cover.vertices;
    if (!bridge_stands(st, shows, r)) {
        if (b->first == bridge_place(st, shows, r)) b->phase = BRIDGE_FRESH, b->units = 0;
        return true;
    }
    if (b->phase == BRIDGE_FRESH && !begin(st, shows, r)) return true;
    if (b->phase == BRIDGE_COVERS) {
        if (!go_on(b, covers_go, until)) return false;
        if (b->good && exact(st, shows) && fits(st, left)) return true;
        rounds_begin(b);
    }
    if (!go_on(b, rounds_go, until)) return false;
    if (!b->ordered) rounds_order(b);
    for (uint32_t most = BRIDGE_PIECES; most >= 1; most /= 4) {
        pieces_coarse(st, most, shows == BRIDGE_NOTICE);
        if (fits(st, left)) return true;
    }
    pieces_coarse(st, 1, false);
    assert(fits(st, left));
    return true;
}
bool bridge_pieces_resume(struct state *st, uint8_t shows, row r, uint8_t phase, uint32_t units) {
    struct bridge *b = st->dss->bridge;
    if (!bridge_stands(st, shows, r) || !begin(st, shows, r)) return false;
    if (phase == BRIDGE_ROUNDS) {
        (void)go_on(b, covers_go, UINT64_MAX);
        rounds_begin(b);
    }
    while (b->units < units && (phase == BRIDGE_ROUNDS ? rounds_go(b) : covers_go(b))) b->units++;
    return b->units == units;
}
void bridge_pieces_check(const struct state *st) {
    const struct bridge *b = st->dss->bridge;
    if (b->phase == BRIDGE_FRESH) return;
    assert(b->first != BRIDGE_NONE);
    bool flight = b->first >= b->notices;
    uint8_t shows = flight ? BRIDGE_FLIGHT : BRIDGE_NOTICE;
    row r = flight ? b->first - b->notices : b->first;
    uint32_t n = 0;
    for (int rank = 0; bridge_stands(st, shows, r) && rank < RANKS; rank++)
        for (row v = bridge_ranks(st, shows, r) >> rank & 1 ? chain_of(st, shows, r, rank) : ROW_NONE; v != ROW_NONE; v = volume_at(st, v)->next) {
            struct position at[LIMIT_VERTICES];
            struct volume now;
            if (!flight && volume_at(st, v)->idle) continue;
            pool_volume_view(st, v, at, &now);
            const struct shape *s = &b->volumes[n].shape;
            assert(n < b->volume_count && s->kind == now.shape.kind && s->count == now.shape.count && s->reach_cm == now.shape.reach_cm);
            assert(memcmp(s->at, at, now.shape.count * sizeof *at) == 0); /* what is gone through is what there is: a change begins it anew */
            n++;
        }
    assert(n == 0 || n == b->volume_count);
}
