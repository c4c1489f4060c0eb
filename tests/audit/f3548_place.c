/* What meets what at the door of F3548, and what holds what: of merged entities, by brute force over their footprints. */
#include <stdlib.h>

#include "f3548.h"

void f_place_free(struct f_place *p) { volumes_free(&p->shapes); }
void f_place_copy(const struct f_place *from, struct f_place *to) {
    *to = *from;
    to->shapes = (struct volumes){0};
    volumes_copy(&from->shapes, &to->shapes);
}
/* What one of them leaves open is open. */
void f_bounds_merge(struct f_place *to, const struct f_place *p) {
    to->has_lower = to->has_lower && p->has_lower;
    to->has_upper = to->has_upper && p->has_upper;
    to->has_start = to->has_start && p->has_start;
    to->has_end = to->has_end && p->has_end;
    if (p->lower < to->lower) to->lower = p->lower;
    if (p->upper > to->upper) to->upper = p->upper;
    if (p->start < to->start) to->start = p->start;
    if (p->end > to->end) to->end = p->end;
}

/* ---- meeting: bounds are inclusive ---- */
bool f_times_meet(const struct f_place *x, const struct f_place *y) {
    return !(x->has_end && y->has_start && x->end < y->start) && !(y->has_end && x->has_start && y->end < x->start);
}
static bool heights_meet(const struct f_place *x, const struct f_place *y) {
    return !(x->has_upper && y->has_lower && x->upper < y->lower) && !(y->has_upper && x->has_lower && y->upper < x->lower);
}
enum answer f_meet(const struct f_place *x, const struct f_place *y, bool heights) {
    enum answer best = NO;
    if (!f_times_meet(x, y) || (heights && !heights_meet(x, y))) return NO;
    if (x->unsure || y->unsure) return EITHER;
    for (size_t i = 0; i < x->shapes.count; i++)
        for (size_t k = 0; k < y->shapes.count; k++) {
            const struct volume *v = &x->shapes.at[i], *w = &y->shapes.at[k];
            enum answer one = near_enough(v, w, 0);
            if (one == YES && !v->maybe && !w->maybe) return YES;
            if (one != NO) best = EITHER;
        }
    return best;
}

/* ---- holding ---- */
static enum answer holds_one(const struct f_place *p, const struct volume *in) {
    enum answer best = p->unsure ? EITHER : NO;
    for (size_t i = 0; i < p->shapes.count; i++) {
        enum answer one = footprint_within(&p->shapes.at[i], in);
        if (one == YES && !p->shapes.at[i].maybe) return YES;
        if (one != NO) best = EITHER;
    }
    return best;
}
static enum answer holds_all(const struct f_place *p, const struct f_place *in) {
    enum answer all = YES;
    for (size_t i = 0; i < in->shapes.count; i++) {
        enum answer one = holds_one(p, &in->shapes.at[i]);
        if (one == NO && in->unsure) one = EITHER;
        if (one == NO) return NO;
        if (one == EITHER) all = EITHER;
    }
    return all;
}
static bool times_hold(const struct f_place *p, const struct f_place *in, int64_t later) {
    return (!p->has_start || (in->has_start && p->start - later <= in->start)) && (!p->has_end || (in->has_end && p->end >= in->end));
}
enum answer f_holds(const struct f_place *p, const struct f_place *in) { return times_hold(p, in, 0) ? holds_all(p, in) : NO; }
enum answer f_still_holds(const struct f_place *p, const struct f_place *in) {
    bool low = !p->has_lower || (in->has_lower && in->lower >= p->lower), high = !p->has_upper || (in->has_upper && in->upper <= p->upper);
    return low && high && times_hold(p, in, F_FORGIVEN) ? holds_all(p, in) : NO;
}
/* Each footprint that none of its own holds comes, and those that this one holds go. */
void f_stretch(struct f_place *p, const struct f_place *over) {
    f_bounds_merge(p, over);
    p->unsure = p->unsure || over->unsure;
    for (size_t i = 0; i < over->shapes.count; i++) {
        const struct volume *v = &over->shapes.at[i];
        enum answer held = holds_one(p, v);
        if (held == YES) continue;
        for (size_t k = p->shapes.count; k-- > 0;) {
            enum answer goes = footprint_within(v, &p->shapes.at[k]);
            if (goes == NO) continue;
            if (goes == EITHER || held == EITHER) {
                p->shapes.at[k].maybe = true;
                continue;
            }
            free(p->shapes.at[k].at);
            DROP(p->shapes, k);
        }
        struct volumes one = {.at = over->shapes.at + i, .count = 1};
        volumes_copy(&one, &p->shapes);
        p->shapes.at[p->shapes.count - 1].maybe = held == EITHER;
    }
}

/* ---- work ---- */
static uint64_t pairs(const struct f_place *x, const struct f_place *y) {
    uint64_t sum = 0, own = 0;
    for (size_t i = 0; i < x->shapes.count; i++) own += x->shapes.at[i].count;
    for (size_t k = 0; k < y->shapes.count; k++) sum += own + (uint64_t)y->shapes.at[k].count * x->shapes.count;
    return sum;
}
/* Everything compared with everything, as dear as it can be (twice eight times its vertices, once more to meet): below the bound of 2^18 nothing is refused for work.
 * Long edges are cut, so that their vertices are more than are seen here. */
bool f_heavy(const struct f3548 *f, const struct f_place *x, const struct f_place *was) {
    static const struct f_place none;
    const struct f_place *both[] = {x, was ? was : &none};
    uint64_t sum = 0;
    bool unsure = x->unsure;
    for (int b = 0; b < 2; b++) {
        for (size_t i = 0; i < f->refs.count; i++) sum += 20 * pairs(both[b], &f->refs.at[i].where), unsure = unsure || f->refs.at[i].where.unsure;
        for (size_t i = 0; i < f->subs.count; i++) sum += 20 * pairs(both[b], &f->subs.at[i].where), unsure = unsure || f->subs.at[i].where.unsure;
        sum += 20 * pairs(both[b], both[b]);
    }
    return sum * (unsure ? 100 : 1) > UINT64_C(1) << 18;
}
