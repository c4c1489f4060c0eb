/* What meets a place, at the drone world's doors: the index finds, geometry decides, and everything is found once. In what order the index gives it is never seen: the work
 * is a sum over all whose boxes meet, known before any is compared, and what is found is sorted. So a state that lived and one that was loaded answer alike. */
#include "core/dss_store.h"

#include "core/sort.h"

static const struct id *id_of(const struct dss_search *s, row r) {
    return s->set == DSS_OF_REFERENCES ? &dss_reference_at(s->st, r)->id : &dss_subscription_at(s->st, r)->id;
}
static const struct dss_place *place_of(const struct dss_search *s, row r) {
    return s->set == DSS_OF_REFERENCES ? &dss_reference_at(s->st, r)->place : &dss_subscription_at(s->st, r)->place;
}
static uint32_t *seen_of(const struct dss_search *s, row r) { return (s->set == DSS_OF_REFERENCES ? s->st->dss->references_seen : s->st->dss->subscriptions_seen) + r; }

static void begin(const struct state *st, struct dss_search *s, enum dss_kind kind, const struct dss_extent *bounds, row *out) {
    struct dss *d = st->dss;
    bool heights = s->heights;
    s->st = st;
    s->kind = kind;
    s->set = kind == DSS_SUBSCRIPTION || kind == DSS_AREA_SUBSCRIPTION ? DSS_OF_SUBSCRIPTIONS : DSS_OF_REFERENCES;
    s->lower_cm = heights && bounds->has_lower ? bounds->lower_cm : INT32_MIN;
    s->upper_cm = heights && bounds->has_upper ? bounds->upper_cm : INT32_MAX;
    s->start = bounds->has_start ? bounds->start : INT64_MIN;
    s->end = bounds->has_end ? bounds->end : INT64_MAX;
    s->out = out;
    s->count = 0;
    s->boxes = 0;
    s->any = false;
    s->beyond = false;
    if (d->stamp == UINT32_MAX) {
        memset(d->references_seen, 0, st->room.references * sizeof *d->references_seen);
        memset(d->subscriptions_seen, 0, st->room.subscriptions * sizeof *d->subscriptions_seen);
        d->stamp = 0;
    }
    d->stamp++;
}
static bool within(const struct dss_search *s, const struct dss_place *p) {
    if ((p->has_start && p->start > s->end) || (p->has_end && p->end < s->start)) return false;
    return !s->heights || ((!p->has_lower || p->lower_cm <= s->upper_cm) && (!p->has_upper || p->upper_cm >= s->lower_cm));
}
static bool sought(const struct dss_search *s, const struct dss_footprint *f) {
    return f->kind == (uint8_t)s->kind && f->owner != s->except && within(s, place_of(s, f->owner)) && (!s->wanted || s->wanted(s, f->owner));
}
static void found(struct dss_search *s, row r) {
    *seen_of(s, r) = s->st->dss->stamp;
    s->out[s->count++] = r;
}
/* An early end shows only that a sum is above its bound: it would be, in whatever order its parts came. */
static bool count(struct dss_search *s, const struct dss_footprint *f) {
    s->work->boxes++;
    if (sought(s, f)) s->work->vertices += s->asked.shape.count + f->count, s->any = true;
    return !dss_beyond(s->work);
}
static bool visit(void *context, uint32_t item) {
    struct dss_search *s = context;
    const struct dss_footprint *f = dss_footprint_at(s->st, item);
    if (s->pass == DSS_PASS_COUNT) return count(s, f);
    if (s->pass == DSS_PASS_BOXES && ++s->boxes / LIMIT_DSS_NEAR > LIMIT_DSS_WORK) return false;
    if (*seen_of(s, f->owner) == s->st->dss->stamp || !sought(s, f)) return true;
    struct volume v = {.lower = {0, ALTITUDE_W84}, .upper = {0, ALTITUDE_W84}};
    struct meeting m = {.meets = true};
    if (s->pass == DSS_PASS_EXACT) {
        dss_footprint_view(s->st, item, s->st->dss->found, &v.shape);
        meet_volumes(&s->asked, &v, &altitude_offsets_default, 0, 0, 0, 0, &m);
    }
    if (m.meets) found(s, f->owner);
    return true;
}
static bool ended(const struct dss_search *s) {
    return s->pass == DSS_PASS_COUNT ? dss_beyond(s->work) : s->pass == DSS_PASS_BOXES && s->boxes / LIMIT_DSS_NEAR > LIMIT_DSS_WORK;
}
static void box_join(struct box *to, const struct box *b) {
    for (int k = 0; k < 4; k++) {
        if (b->low[k] < to->low[k]) to->low[k] = b->low[k];
        if (b->high[k] > to->high[k]) to->high[k] = b->high[k];
    }
    if (b->from < to->from) to->from = b->from;
    if (b->to > to->to) to->to = b->to;
}
/* `b`: of it the ground. */
static void shape_pass(struct dss_search *s, const struct shape *shape, struct box *b, bool first) {
    struct dss_extent e = {.has_lower = true, .has_upper = true, .has_start = true, .has_end = true, .lower_cm = s->lower_cm, .upper_cm = s->upper_cm, .start = s->start, .end = s->end};
    s->asked = (struct volume){.shape = *shape, .lower = {0, ALTITUDE_W84}, .upper = {0, ALTITUDE_W84}};
    dss_box_bounds(s->kind, &e, b);
    if (s->pass != DSS_PASS_WHOLE) index_query(s->st->dss->index, b, visit, s, NULL);
    else if (first) s->whole = *b;
    else box_join(&s->whole, b);
}
/* False: it ended early. */
static bool pass(struct dss_search *s, enum dss_pass which, const struct dss_extent *e, const struct dss_place *was) {
    bool first = true;
    struct box b;
    s->pass = which;
    for (row r = was ? was->footprint : ROW_NONE; r != ROW_NONE && !ended(s); r = dss_footprint_at(s->st, r)->next, first = false) {
        struct shape shape;
        dss_footprint_view(s->st, r, s->st->dss->asked, &shape);
        index_box(s->st->dss->index, r, &b);
        shape_pass(s, &shape, &b, first);
    }
    for (uint32_t i = 0; e && i < e->count && !ended(s); i++, first = false) {
        dss_ground_of(e, i, &b);
        shape_pass(s, &e->shapes[i], &b, first);
    }
    if (which == DSS_PASS_WHOLE && !first) index_query(s->st->dss->index, &s->whole, visit, s, NULL);
    return !ended(s);
}
static bool before(const void *context, row a, row b) { return id_compare(id_of(context, a), id_of(context, b)) < 0; }
uint32_t dss_search(const struct state *st, struct dss_search *s, enum dss_kind kind, const struct dss_extent *bounds, const struct dss_extent *e, const struct dss_place *was, row *out) {
    struct dss_work so_far = *s->work;
    begin(st, s, kind, bounds, out);
    if (st->dss->index == NULL) return 0;
    if (pass(s, DSS_PASS_COUNT, e, was)) {
        if (s->any) (void)pass(s, DSS_PASS_EXACT, e, was);
    } else if (!s->all) {
        s->beyond = true;
    } else {
        *s->work = so_far;
        if (!pass(s, DSS_PASS_BOXES, e, was)) (void)pass(s, DSS_PASS_WHOLE, e, was); /* what was found stays: it is found by the whole, too */
    }
    sort_rows(s->out, s->count, before, s);
    return s->count;
}
