#include "core/lead.h"

#include <assert.h>
#include <stdlib.h>

#include "geo/meet.h"

/* Is a <= b for certain? Exact within one reference; else by the worst case of both. */
static bool surely_below(const struct altitude *a, const struct altitude *b, const struct altitude_offsets *o) {
    if (b->cm == ALTITUDE_UNLIMITED) return true;
    if (a->cm == ALTITUDE_UNLIMITED) return false;
    if (a->reference == b->reference) return a->cm <= b->cm;
    int32_t a_low, a_high, b_low, b_high;
    altitude_w84(a, o, &a_low, &a_high);
    altitude_w84(b, o, &b_low, &b_high);
    return a_high <= b_low;
}

static bool same_shape(const struct shape *a, const struct shape *b) {
    if (a->kind != b->kind || a->count != b->count || a->reach_cm != b->reach_cm) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->at[i].lat != b->at[i].lat || a->at[i].lon != b->at[i].lon) return false;
    return true;
}

static bool footprint_contains(const struct volume *outer, const struct volume *inner, const struct altitude_offsets *o) {
    struct volume a = {.shape = outer->shape, .upper = {.cm = ALTITUDE_UNLIMITED}}, b = {.shape = inner->shape};
    return meet_contains(&a, &b, o);
}

static bool band_contains(const struct volume *outer, const struct altitude *a, const struct altitude *b,
                          const struct altitude_offsets *o) {
    return surely_below(&outer->lower, a, o) && surely_below(a, &outer->upper, o) && surely_below(&outer->lower, b, o) &&
           surely_below(b, &outer->upper, o);
}

static int by_time(const void *left, const void *right) {
    const instant *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* The order of band cuts is a matter of few pieces, not of truth: consecutive cuts reach from the lower to the upper bound in any
 * order, so the cells between them cover the band even where unlike references really stand the other way round. */
struct cut { struct altitude at; int64_t key; };
static int by_height(const void *left, const void *right) {
    const struct cut *a = left, *b = right;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    if (a->at.reference != b->at.reference) return a->at.reference < b->at.reference ? -1 : 1;
    return a->at.cm < b->at.cm ? -1 : a->at.cm > b->at.cm;
}

struct grid {
    const struct volume *old[LEAD_OLD_MOST]; /* whose footprint contains the new one's */
    uint32_t old_count;
    instant time[2 * LEAD_OLD_MOST + 2]; uint32_t times;
    struct cut band[2 * LEAD_OLD_MOST + 2]; uint32_t bands;
};

static void add_cut(struct grid *g, const struct altitude *a, const struct altitude_offsets *o) {
    int32_t low, high;
    altitude_w84(a, o, &low, &high);
    int64_t key = a->cm == ALTITUDE_UNLIMITED ? INT64_MAX : (int64_t)low + high;
    g->band[g->bands++] = (struct cut){*a, key};
}

/* Cuts strictly inside the new volume; its own bounds first and last. */
static void cut_grid(struct grid *g, const struct volume *n, const struct altitude_offsets *o) {
    g->times = g->bands = 0;
    g->time[g->times++] = n->start;
    add_cut(g, &n->lower, o);
    for (uint32_t i = 0; i < g->old_count; i++) {
        const struct volume *v = g->old[i];
        if (v->start > n->start && v->start < n->end) g->time[g->times++] = v->start;
        if (v->end > n->start && v->end < n->end) g->time[g->times++] = v->end;
        const struct altitude *ends[2] = {&v->lower, &v->upper};
        for (int e = 0; e < 2; e++)
            if (surely_below(&n->lower, ends[e], o) && surely_below(ends[e], &n->upper, o)) add_cut(g, ends[e], o);
    }
    qsort(g->time + 1, g->times - 1, sizeof g->time[0], by_time);
    qsort(g->band + 1, g->bands - 1, sizeof g->band[0], by_height);
    g->time[g->times++] = n->end;
    add_cut(g, &n->upper, o);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < g->times; i++)
        if (g->time[i] != g->time[kept - 1]) g->time[kept++] = g->time[i];
    g->times = kept;
    kept = 1;
    for (uint32_t i = 1; i < g->bands; i++)
        if (g->band[i].at.cm != g->band[kept - 1].at.cm || g->band[i].at.reference != g->band[kept - 1].at.reference)
            g->band[kept++] = g->band[i];
    g->bands = kept;
}

static bool cell_is_old(const struct grid *g, instant from, instant to, const struct altitude *a, const struct altitude *b,
                        const struct altitude_offsets *o) {
    for (uint32_t i = 0; i < g->old_count; i++) {
        const struct volume *v = g->old[i];
        if (v->start <= from && to <= v->end && band_contains(v, a, b, o)) return true;
    }
    return false;
}

static void claim(struct lead_claim *c, instant start) {
    if (c->pieces == 0 || start < c->start) c->start = start;
    c->pieces++;
}

static void count_cells(const struct grid *g, const struct altitude_offsets *o, struct lead_claim *c) {
    uint32_t times = g->times > 1 ? g->times - 1 : 1, bands = g->bands > 1 ? g->bands - 1 : 1; /* an instant, a level: one cell */
    for (uint32_t t = 0; t < times; t++) {
        instant from = g->time[t], to = g->time[g->times > 1 ? t + 1 : t];
        for (uint32_t b = 0; b < bands; b++) {
            const struct altitude *low = &g->band[b].at, *high = &g->band[g->bands > 1 ? b + 1 : b].at;
            if (!cell_is_old(g, from, to, low, high, o)) claim(c, from);
        }
    }
}

void lead_compare(const struct volume *old, uint32_t old_count, const struct volume *fresh, uint32_t fresh_count,
                  const struct altitude_offsets *o, struct lead_claim *out) {
    assert(old_count <= LEAD_OLD_MOST);
    static _Thread_local struct grid grid; /* scratch, 300 KiB; nothing in it outlives a call */
    struct grid *g = &grid;
    uint64_t work = 0;
    *out = (struct lead_claim){.start = INSTANT_NONE};
    for (uint32_t n = 0; n < fresh_count; n++) {
        const struct volume *v = &fresh[n];
        bool covered = false;
        g->old_count = 0;
        for (uint32_t i = 0; i < old_count && !covered; i++) {
            if (old[i].end < v->start || old[i].start > v->end) continue;
            if (!same_shape(&old[i].shape, &v->shape)) {
                work += (uint64_t)old[i].shape.count * v->shape.count;
                if (work > LIMIT_LEAD_WORK || !footprint_contains(&old[i], v, o)) continue;
            }
            g->old[g->old_count++] = &old[i];
            covered = old[i].start <= v->start && v->end <= old[i].end && band_contains(&old[i], &v->lower, &v->upper, o);
        }
        if (covered) continue;
        cut_grid(g, v, o);
        work += (uint64_t)g->times * g->bands * (g->old_count + 1);
        if (work > LIMIT_LEAD_WORK) claim(out, v->start);
        else count_cells(g, o, out);
    }
}

int64_t lead_short(int64_t lead, int64_t agreed) { return lead >= agreed ? 0 : agreed - lead; }
