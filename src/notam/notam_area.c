#include "notam/notam_area.h"

#include <assert.h>

#include "base/limits.h"
#include "geo/altitude.h"
#include "geo/meet.h"
#include "notam/notam_outline.h"

#define NM_M 1852.0
#define APART_M (5 * NM_M)

const char *notam_area_mark_text(unsigned bit) {
    static const char *const texts[NOTAM_MARKS] = {
        "item E gives no area that is understood; the circle of item Q stands in",
        "the circle of item Q has radius 999 NM, which may stand for more",
        "positions are given without seconds; the area is grown by what that leaves open",
        "the outline crosses itself; its hull is used",
        "the outline follows a boundary that is not given; its hull and the circle of item Q are used",
        "the outline holds an arc; its hull grown by the radius and the circle of item Q are used",
        "long edges: the area holds the straight line on the chart as well as the great circle",
        "an area that the text seems to exclude is kept",
        "outline and radius together are not understood; the hull grown by the radius is used",
        "item E names positions that form no area",
        "positions in item E are not understood; the circle of item Q is added",
        "the areas of item E reach outside the circle of item Q",
        "items F and G and the levels of item Q differ; the wider band is used",
        "a level is not given; the surface or unlimited stands in",
        "permanent: no end is given",
        "the end is an estimate",
        "item B is not understood; active from when it was received",
        "item C is not understood; no end",
        "item D is not understood; active all the time from B to C",
        "item D breaks the grammar and is confirmed by items B and C",
        "the first activity of item D does not begin at B, or the last does not end at C",
        "sunrise and sunset are computed and widened by 10 minutes",
        "more periods than a notice holds; active all the time from B to C",
        "one part of a message in several parts"};
    return bit < NOTAM_MARKS ? texts[bit] : "";
}

struct maker {
    struct notam *n;
    struct arena *arena;
    struct notam_area *areas;
    uint32_t count;
    bool q_added;
};

/* --- one outline --------------------------------------------------------------------------------------------------- */

static bool outline_hull(struct notam_outline *o) {
    struct position hull[LIMIT_VERTICES];
    uint32_t count = 0;
    struct fault ignored;
    if (!result_is_ok(shape_hull(o->at, o->count, hull, LIMIT_VERTICES, &count, &ignored)) || count < 3 || count > o->room)
        return false;
    memcpy(o->at, hull, count * sizeof *hull);
    o->count = count;
    return true;
}

static bool outline_fine(const struct notam_outline *o) {
    struct shape s = {.kind = SHAPE_POLYGON, .count = o->count, .at = o->at};
    struct fault ignored;
    return o->count >= 3 && result_is_ok(shape_check(&s, &ignored));
}

/* Grown as it is, else as its hull. */
static bool outline_grown(struct notam_outline *o, double metres, unsigned *marks) {
    if (metres <= 0 || notam_outline_grow(o, metres)) return true;
    *marks |= NOTAM_MARK_CROSSING;
    return outline_hull(o) && notam_outline_grow(o, metres);
}

/* The metres that the last digit of a position leaves open: a NM for minutes, 60 for degrees, nothing for what is finer than a
 * fifth of a minute. */
static double grain_metres(const struct coords_area *a) {
    int32_t grain = 0;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->at[i].grain > grain) grain = a->at[i].grain;
    return grain <= COORDS_MINUTE / 5 ? 0 : grain / (double)COORDS_MINUTE * NM_M;
}

static bool polygon_make(const struct coords_area *a, struct notam_outline *o, unsigned *marks) {
    bool lines = false, rough = a->flags & (COORDS_BOUNDARY | COORDS_ARC | COORDS_DOUBTFUL);
    double widen = grain_metres(a);
    o->count = 0;
    if (a->count > LIMIT_VERTICES) return false;
    for (uint32_t i = 0; i < a->count; i++) o->at[o->count++] = a->at[i].at;
    notam_outline_tidy(o);
    if (o->count < 3) return false;
    if (a->flags & COORDS_BOUNDARY) *marks |= NOTAM_MARK_BOUNDARY;
    if (a->flags & COORDS_ARC) *marks |= NOTAM_MARK_ARC;
    if (a->flags & COORDS_DOUBTFUL) *marks |= NOTAM_MARK_DOUBTFUL;
    if (!rough && notam_outline_crosses(o)) {
        *marks |= NOTAM_MARK_CROSSING;
        rough = true;
    }
    if (rough && !outline_hull(o)) return false;
    if (!notam_outline_hold_rhumb(o, &lines)) return false;
    if (lines) *marks |= NOTAM_MARK_LINES;
    if (widen > 0) *marks |= NOTAM_MARK_MINUTES;
    double reach = (a->flags & (COORDS_ARC | COORDS_DOUBTFUL)) ? (double)a->reach_cm / 100 : 0;
    if (reach > 500e3 || !outline_grown(o, widen + reach, marks)) return false;
    if (outline_fine(o)) return true;
    *marks |= NOTAM_MARK_CROSSING;
    return outline_hull(o) && outline_fine(o);
}

/* --- areas --------------------------------------------------------------------------------------------------------- */

static struct notam_area *area_put(struct maker *m, struct shape shape, unsigned marks, struct text name) {
    struct fault ignored;
    if (!result_is_ok(shape_check(&shape, &ignored))) return NULL;
    struct notam_area *a = &m->areas[m->count++];
    *a = (struct notam_area){shape, name, marks};
    return a;
}

static bool q_circle_add(struct maker *m, unsigned marks) {
    const struct notam_qualifiers *q = &m->n->q;
    if (!q->has_circle) return false;
    if (q->radius_nm == 999) marks |= NOTAM_MARK_Q_999;
    if (m->q_added) return true;
    struct position *at = arena_alloc(m->arena, 1, sizeof *at);
    if (at == NULL) return false;
    *at = q->centre;
    struct shape s = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = (q->radius_nm + 1) * NOTAM_NM_CM, .at = at};
    m->q_added = area_put(m, s, marks, (struct text){0}) != NULL;
    return m->q_added;
}

static bool path_add(struct maker *m, const struct coords_area *c, unsigned marks) {
    struct position *at = arena_alloc(m->arena, c->count, sizeof *at);
    if (at == NULL || c->count > LIMIT_VERTICES) return false;
    struct notam_outline o = {at, 0, c->count};
    for (uint32_t i = 0; i < c->count; i++)
        if (o.count == 0 || notam_outline_metres(&at[o.count - 1], &c->at[i].at) > 0) at[o.count++] = c->at[i].at;
    double widen = grain_metres(c);
    if (widen > 0) marks |= NOTAM_MARK_MINUTES;
    if (c->flags & COORDS_DOUBTFUL) marks |= NOTAM_MARK_DOUBTFUL;
    struct shape s = {.kind = c->form == COORDS_CIRCLE || o.count == 1 ? SHAPE_CIRCLE : SHAPE_CORRIDOR,
                      .count = o.count,
                      .reach_cm = c->reach_cm + (int64_t)(widen * 100 + 0.5),
                      .at = at};
    return area_put(m, s, marks, c->name) != NULL;
}

static bool polygon_add(struct maker *m, const struct coords_area *c, unsigned marks) {
    struct position room[LIMIT_VERTICES];
    struct notam_outline o = {room, 0, LIMIT_VERTICES};
    if (!polygon_make(c, &o, &marks)) return false;
    struct position *at = arena_alloc(m->arena, o.count, sizeof *at);
    if (at == NULL) return false;
    memcpy(at, o.at, o.count * sizeof *at);
    struct shape s = {.kind = SHAPE_POLYGON, .count = o.count, .at = at};
    return area_put(m, s, marks, c->name) != NULL;
}

/* One area of item E; false when nothing could be made of it. */
static bool area_add(struct maker *m, const struct coords_area *c, unsigned *marks) {
    unsigned own = 0;
    if (c->flags & COORDS_HOLE) own |= NOTAM_MARK_HOLE; /* it is an area too: "EXC" may have been about something else */
    if (c->form == COORDS_LOOSE) {
        if (!(c->flags & COORDS_ROUTE)) *marks |= NOTAM_MARK_LOOSE;
        return true;
    }
    return c->form == COORDS_POLYGON ? polygon_add(m, c, own) : path_add(m, c, own);
}

/* An area of item E that lies well outside the circle of item Q: one of the two holds an error. */
static bool apart(const struct notam_qualifiers *q, const struct notam_area *a) {
    double most = q->radius_nm * NM_M * 1.1 + APART_M;
    for (uint32_t i = 0; i < a->shape.count; i++)
        if (notam_outline_metres(&q->centre, &a->shape.at[i]) > most) return true;
    return false;
}

/* A position that no area holds, and that is not on a route around: perhaps a piece of an outline in a form not known here. */
static bool left_over(const struct maker *m, const struct coords_area *c) {
    if (c->form != COORDS_LOOSE || (c->flags & COORDS_ROUTE)) return false;
    for (uint32_t i = 0; i < c->count; i++) {
        bool held = false;
        for (uint32_t k = 0; k < m->count && !held; k++) {
            int64_t distance, margin;
            held = meet_position(&c->at[i].at, 0, &m->areas[k].shape, &distance, &margin) != WITHIN_OUTSIDE;
        }
        if (!held) return true;
    }
    return false;
}

static void remark(struct maker *m, const char *rule, size_t offset, size_t size) {
    struct text e = m->n->item[NOTAM_E];
    notam_remark_add(m->n, m->arena, "e", rule, (struct text){e.at + offset, size});
}

/* Makes what can be made of item E; true when something of it is not in the areas. */
static bool item_e_make(struct maker *m, struct notam_areas *out) {
    const struct coords *c = &out->coords;
    bool lost = c->unread_count > 0;
    for (uint32_t i = 0; i < c->unread_count; i++) remark(m, "a position", c->unread[i].offset, c->unread[i].size);
    if (c->area_count > LIMIT_VOLUMES) {
        remark(m, "no more areas than a notice holds", 0, m->n->item[NOTAM_E].size);
        return true;
    }
    for (uint32_t i = 0; i < c->area_count; i++) {
        if (area_add(m, &c->areas[i], &out->marks)) continue;
        remark(m, "an area that can be drawn", c->areas[i].offset, c->areas[i].size);
        lost = true;
    }
    for (uint32_t i = 0; i < c->area_count; i++) {
        if (!left_over(m, &c->areas[i])) continue;
        remark(m, "a position in an area", c->areas[i].offset, c->areas[i].size);
        lost = true;
    }
    return lost;
}

static void areas_make(struct maker *m, struct notam_areas *out) {
    bool lost = item_e_make(m, out), rough = false;
    for (uint32_t i = 0; i < m->count; i++) {
        rough |= (m->areas[i].marks & (NOTAM_MARK_BOUNDARY | NOTAM_MARK_ARC)) != 0;
        if (m->n->q.has_circle && m->n->q.radius_nm < 999 && apart(&m->n->q, &m->areas[i]))
            m->areas[i].marks |= NOTAM_MARK_Q_APART;
    }
    if (lost) out->marks |= NOTAM_MARK_COORDS_UNREAD;
    if (m->count == 0) (void)q_circle_add(m, NOTAM_MARK_Q_CIRCLE);
    else if (rough || lost) (void)q_circle_add(m, 0);
    for (uint32_t i = 0; i < m->count; i++) out->marks |= m->areas[i].marks;
}

/* --- levels and times ---------------------------------------------------------------------------------------------- */

static struct altitude wider(const struct altitude *a, const struct altitude *b, bool upper) {
    int32_t a_low, a_high, b_low, b_high;
    if (a->reference == b->reference) return (upper ? a->cm >= b->cm : a->cm <= b->cm) ? *a : *b;
    altitude_w84(a, &altitude_offsets_default, &a_low, &a_high);
    altitude_w84(b, &altitude_offsets_default, &b_low, &b_high);
    return (upper ? a_high >= b_high : a_low <= b_low) ? *a : *b;
}

static bool level_same(const struct altitude *a, const struct altitude *b) {
    if (a->cm == ALTITUDE_UNLIMITED && b->cm == ALTITUDE_UNLIMITED) return true;
    return a->cm == b->cm && a->reference == b->reference;
}

static void levels_make(const struct notam *n, struct notam_areas *out) {
    out->lower = (struct altitude){0, ALTITUDE_SFC};
    out->upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_AMSL};
    if (n->has_lower && n->q.has_lower) {
        out->lower = wider(&n->lower, &n->q.lower, false);
        if (!level_same(&n->lower, &n->q.lower)) out->marks |= NOTAM_MARK_LEVELS_DIFFER;
    } else if (n->has_lower || n->q.has_lower) {
        out->lower = n->has_lower ? n->lower : n->q.lower;
    } else {
        out->marks |= NOTAM_MARK_NO_LEVELS;
    }
    if (n->has_upper && n->q.has_upper) {
        out->upper = wider(&n->upper, &n->q.upper, true);
        if (!level_same(&n->upper, &n->q.upper)) out->marks |= NOTAM_MARK_LEVELS_DIFFER;
    } else if (n->has_upper || n->q.has_upper) {
        out->upper = n->has_upper ? n->upper : n->q.upper;
    } else {
        out->marks |= NOTAM_MARK_NO_LEVELS;
    }
    if (!altitude_band_ordered(&out->lower, &out->upper)) {
        out->lower = (struct altitude){0, ALTITUDE_SFC};
        out->upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_AMSL};
        out->marks |= NOTAM_MARK_NO_LEVELS;
    }
}

static void bounds_make(const struct notam *n, instant received, struct notam_areas *out) {
    out->begin = n->has_begin ? n->begin : received;
    out->end = n->has_end ? n->end : NOTAM_FAR_END;
    if (!n->has_begin) out->marks |= NOTAM_MARK_NO_BEGIN;
    if (n->permanent) out->marks |= NOTAM_MARK_PERMANENT;
    else if (!n->has_end) out->marks |= NOTAM_MARK_NO_END;
    if (n->estimated) out->marks |= NOTAM_MARK_ESTIMATED;
    if (out->begin > out->end) out->begin = out->end;
    if (n->parts > 1) out->marks |= NOTAM_MARK_PART;
}

static result schedule_make(struct notam *n, struct arena *arena, struct notam_areas *out, struct fault *f) {
    const struct position *at = n->q.has_circle ? &n->q.centre : out->coords.point_count > 0 ? &out->coords.points[0].at : NULL;
    TRY(notam_schedule_read(n->item[NOTAM_D], out->begin, out->end, at, arena, &out->schedule, f));
    unsigned s = out->schedule.marks;
    if (s & SCHEDULE_UNREAD) {
        out->marks |= NOTAM_MARK_SCHEDULE_UNREAD;
        notam_remark_add(n, arena, "d", out->schedule.rule, out->schedule.unread);
    }
    if (s & (SCHEDULE_ORDER | SCHEDULE_REPAIRED)) out->marks |= NOTAM_MARK_SCHEDULE_ODD;
    if (s & SCHEDULE_UNALIGNED) out->marks |= NOTAM_MARK_SCHEDULE_UNALIGNED;
    if (s & SCHEDULE_SUN) out->marks |= NOTAM_MARK_SUN;
    if (s & SCHEDULE_TOO_MANY) out->marks |= NOTAM_MARK_SCHEDULE_LONG;
    return OK;
}

result notam_area_read(struct notam *n, instant received, struct arena *arena, struct notam_areas *out,
                       struct fault *f) {
    *out = (struct notam_areas){0};
    bounds_make(n, received, out);
    levels_make(n, out);
    TRY(notam_coords_read(n->item[NOTAM_E], arena, &out->coords, f));
    TRY(schedule_make(n, arena, out, f));
    struct maker m = {.n = n, .arena = arena};
    m.areas = arena_alloc(arena, (size_t)out->coords.area_count + 1, sizeof *m.areas);
    if (m.areas != NULL && n->type != NOTAM_CANCEL) areas_make(&m, out);
    if (arena->failed) return fail(f, RESULT_FULL, "arena", "no memory left to make areas in");
    out->areas = m.areas;
    out->area_count = m.count;
    unsigned open = NOTAM_MARK_COORDS_UNREAD | NOTAM_MARK_NO_BEGIN | NOTAM_MARK_NO_END | NOTAM_MARK_SCHEDULE_UNREAD |
                    NOTAM_MARK_NO_LEVELS | NOTAM_MARK_PART;
    out->complete = m.count > 0 && !(out->marks & open);
    return OK;
}

result notam_area_volumes(struct notam_areas *a, struct arena *arena, const struct volume **out, uint32_t *count,
                          struct fault *f) {
    *out = NULL;
    *count = 0;
    if (a->area_count > LIMIT_VOLUMES)
        return fail(f, RESULT_TOO_LARGE, "e", "%u areas; at most %d", a->area_count, LIMIT_VOLUMES);
    const struct notam_window whole = {a->begin, a->end}, *windows = a->schedule.windows;
    uint32_t window_count = a->schedule.count;
    assert(window_count >= 1);
    if ((uint64_t)a->area_count * window_count > LIMIT_VOLUMES) {
        windows = &whole;
        window_count = 1;
        a->marks |= NOTAM_MARK_SCHEDULE_LONG;
    }
    if (a->area_count == 0) return OK;
    struct volume *v = arena_alloc(arena, (size_t)a->area_count * window_count, sizeof *v);
    if (v == NULL) return fail(f, RESULT_FULL, "arena", "no memory left for %u volumes", a->area_count * window_count);
    for (uint32_t i = 0; i < a->area_count; i++)
        for (uint32_t w = 0; w < window_count; w++)
            v[(*count)++] = (struct volume){a->areas[i].shape, a->lower, a->upper, windows[w].start, windows[w].end};
    *out = v;
    return OK;
}
