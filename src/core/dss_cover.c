/* Does what is stated lie in a place, or a place in what is stated? What it takes is counted over all pairs whose boxes allow it, before any of them is compared. */
#include "core/dss_store.h"

/* ---- shapes ---- */
bool dss_shape_alike(const struct shape *a, const struct shape *b) {
    return a->kind == b->kind && a->count == b->count && a->reach_cm == b->reach_cm && memcmp(a->at, b->at, b->count * sizeof *b->at) == 0;
}
/* What is written again with another time is alike; exactly touching edges are the dearest of all. */
bool dss_shape_holds(const struct shape *outer, const struct shape *inner) {
    if (dss_shape_alike(outer, inner)) return true;
    struct volume a = {.shape = *outer, .lower = {0, ALTITUDE_W84}, .upper = {0, ALTITUDE_W84}}, b = {.shape = *inner, .lower = {0, ALTITUDE_W84}, .upper = {0, ALTITUDE_W84}};
    return meet_contains(&a, &b, &altitude_offsets_default);
}
/* The middle of the inner box lies between what is held, on every axis, however far the box was rounded outward. An outer one is rounded by a metre at least. */
bool dss_could_hold(const struct box *outer, const struct box *inner) {
    for (int k = 0; k < 3; k++) {
        int64_t middle = ((int64_t)inner->low[k] + inner->high[k]) / 2;
        if (middle < outer->low[k] || middle > outer->high[k]) return false;
    }
    return true;
}
static uint64_t work_of(const struct shape *a, const struct shape *b) { return (uint64_t)LIMIT_DSS_CONTAIN * (a->count + b->count); }
static bool times_cover(bool has_start, instant start, bool has_end, instant end, bool other_start, instant from, bool other_end, instant to, int64_t later_ns) {
    instant begins = later_ns > 0 && has_start && start > INT64_MIN + later_ns ? start - later_ns : start;
    return (!has_start || (other_start && begins <= from)) && (!has_end || (other_end && end >= to));
}

/* ---- what is stated, in a place ---- */
struct held { struct box box[LIMIT_VOLUMES]; bool held[LIMIT_VOLUMES]; };
enum round { ROUND_ALIKE, ROUND_COUNT, ROUND_COMPARE };
static void place_round(const struct state *st, const struct dss_place *p, const struct dss_extent *e, struct held *h, enum round round, struct dss_work *work) {
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct shape own;
        struct box b;
        index_box(st->dss->index, r, &b);
        dss_footprint_view(st, r, st->dss->found, &own);
        for (uint32_t i = 0; i < e->count; i++) {
            if (h->held[i]) continue;
            if (round == ROUND_ALIKE) h->held[i] = dss_shape_alike(&own, &e->shapes[i]);
            else if (!dss_could_hold(&b, &h->box[i])) continue;
            else if (round == ROUND_COUNT) work->vertices += work_of(&own, &e->shapes[i]);
            else h->held[i] = dss_shape_holds(&own, &e->shapes[i]);
        }
    }
}
enum dss_cover dss_place_covers(const struct state *st, const struct dss_place *p, const struct dss_extent *e, struct dss_work *work) {
    struct held h = {.held = {false}};
    assert(e->count <= LIMIT_VOLUMES);
    if (!times_cover(p->has_start, p->start, p->has_end, p->end, e->has_start, e->start, e->has_end, e->end, 0)) return DSS_UNCOVERED;
    work->boxes += (uint64_t)p->count * e->count;
    if (dss_beyond(work)) return DSS_BEYOND;
    for (uint32_t i = 0; i < e->count; i++) dss_box_of(e, i, DSS_SUBSCRIPTION, e, &h.box[i]);
    place_round(st, p, e, &h, ROUND_ALIKE, work);
    place_round(st, p, e, &h, ROUND_COUNT, work);
    if (dss_beyond(work)) return DSS_BEYOND;
    place_round(st, p, e, &h, ROUND_COMPARE, work);
    for (uint32_t i = 0; i < e->count; i++)
        if (!h.held[i]) return DSS_UNCOVERED;
    return DSS_COVERED;
}

/* ---- a place, in what is stated ---- */
static bool bounds_cover(const struct dss_extent *e, const struct dss_place *p) {
    return times_cover(e->has_start, e->start, e->has_end, e->end, p->has_start, p->start, p->has_end, p->end, DSS_FORGIVEN) &&
           (!e->has_lower || (p->has_lower && p->lower_cm >= e->lower_cm)) && (!e->has_upper || (p->has_upper && p->upper_cm <= e->upper_cm));
}
void dss_extent_covers_work(const struct state *st, const struct dss_extent *e, const struct box *box, const struct dss_place *p, struct dss_work *work) {
    assert(e->count == 1);
    if (!bounds_cover(e, p)) return;
    work->boxes += p->count;
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct box b;
        struct shape inner;
        index_box(st->dss->index, r, &b);
        if (!dss_could_hold(box, &b)) continue;
        dss_footprint_view(st, r, st->dss->asked, &inner);
        if (!dss_shape_alike(e->shapes, &inner)) work->vertices += work_of(e->shapes, &inner);
    }
}
bool dss_extent_covers(const struct state *st, const struct dss_extent *e, const struct box *box, const struct dss_place *p) {
    assert(e->count == 1);
    if (!bounds_cover(e, p)) return false;
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct box b;
        struct shape inner;
        index_box(st->dss->index, r, &b);
        if (!dss_could_hold(box, &b)) return false;
        dss_footprint_view(st, r, st->dss->asked, &inner);
        if (!dss_shape_holds(e->shapes, &inner)) return false;
    }
    return true;
}
