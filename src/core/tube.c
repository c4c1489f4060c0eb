#include "core/tube.h"

#include <stddef.h>

#include "core/pool.h"
#include "core/track.h"
#include "core/watch.h"

#define REACH_MOST INT64_C(1900000000) /* 19,000 km */

void tubes_layout(struct state *st, struct memory *m) {
    memory_count(m, grid_memory(st->room.tracks));
    if (m->a) st->tubes = grid_new(m->a, st->room.tracks);
}

/* Without heights: those follow from the anchor, as long as the track lives. */
static void tube_make(const struct state *st, const struct track_row *t, struct position room[4], struct volume *out) {
    struct motion m = track_motion(t);
    if (!t->anchor.circle) {
        motion_tube(&m, st->settings.tube_hold_ns, room, out);
        return;
    }
    int64_t reach = m.speed_cms * (t->anchor.span / INSTANT_SECOND + 1) + t->anchor.uncertainty_cm + TRACK_WIDEN_CM;
    room[0] = t->anchor.at;
    *out = (struct volume){.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = reach < REACH_MOST ? reach : REACH_MOST, .at = room},
                           .start = t->anchor.time, .end = t->anchor.time + t->anchor.span + st->settings.tube_hold_ns};
}

struct volume tube_span(const struct track_row *t) {
    struct volume v = {.start = t->anchor.time, .end = t->until};
    struct motion m = track_motion(t);
    if (t->anchor.circle || !t->has_altitude) {
        v.lower = (struct altitude){WATCH_LOWEST_CM, ALTITUDE_W84};
        v.upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_W84};
    } else {
        motion_band(&m, &v.lower, &v.upper);
    }
    return v;
}
void tube_view(const struct track_row *t, struct position room[4], struct volume *out) {
    assert(tube_is(t));
    *out = tube_span(t);
    out->shape = (struct shape){.kind = t->anchor.kind, .count = t->anchor.count, .reach_cm = t->reach_cm, .at = room};
    room[0] = t->anchor.at;
    memcpy(room + 1, t->beyond, sizeof t->beyond);
}

static void tube_box(const struct state *st, row r, struct box *b) {
    struct volume v;
    struct position room[4];
    tube_view(track_at(st, r), room, &v);
    box_of_volume(&v, &st->settings.offsets, 0, 0, 0, 0, b);
}
static void tube_index(struct state *st, row r) {
    struct box b;
    tube_box(st, r, &b);
    grid_insert(st->tubes, r, &b);
}
void tube_drop(struct state *st, row r) {
    struct track_row *t = track_at(st, r);
    if (tube_is(t)) grid_erase(st->tubes, r);
    t->anchor.count = 0;
}
void tube_store(struct state *st, row r) {
    struct track_row *t = track_at(st, r);
    struct position room[4] = {{0, 0}};
    struct volume v;
    tube_drop(st, r);
    tube_make(st, t, room, &v);
    assert(v.shape.count >= 1 && v.shape.count <= 4 && v.shape.reach_cm <= INT32_MAX);
    t->reach_cm = (int32_t)v.shape.reach_cm;
    t->anchor.kind = v.shape.kind;
    t->anchor.count = (uint8_t)v.shape.count;
    t->until = v.end;
    memset(t->beyond, 0, sizeof t->beyond);
    memcpy(t->beyond, room + 1, (v.shape.count - 1) * sizeof *room);
    tube_index(st, r);
    struct motion m = track_motion(t);
    sure_tube_make(&m, &v.shape, t->anchor.circle, &t->sure);
}
void tubes_index(struct state *st) {
    for (row r = table_next(&st->tracks, 0); r != ROW_NONE; r = table_next(&st->tracks, r + 1))
        if (tube_is(track_at(st, r))) tube_index(st, r);
}
void tubes_reindex(struct state *st, const struct altitude_offsets *before) {
    reindexing_begin(st, &st->tubes_moving, before);
    tubes_reindex_on(st);
}
void tubes_reindex_on(struct state *st) {
    struct reindexing *x = &st->tubes_moving;
    for (uint32_t n = 0; x->under_way && n < LIMIT_REINDEX_ROWS; n++) {
        row r = table_next(&st->tracks, x->next);
        if (r == ROW_NONE) *x = (struct reindexing){0};
        else x->next = r + 1;
        if (r == ROW_NONE || !tube_is(track_at(st, r))) continue;
        grid_erase(st->tubes, r);
        tube_index(st, r);
    }
}

/* ---- queries ---- */
struct asked { const struct state *st; const struct box *box; int64_t from, to; index_visit visit; void *context; };
static int64_t ms_down(instant t) { return t / 1000000 - (t % 1000000 < 0); }
static int64_t ms_up(instant t) { return t / 1000000 + (t % 1000000 > 0); }
static void fetch(void *context, uint32_t item) {
    const struct asked *a = context;
    const unsigned char *at = a->st->tracks.rows + (size_t)item * a->st->tracks.each;
    __builtin_prefetch(&a->st->tracks.live[item]);
    __builtin_prefetch(&a->st->watch->seen[2][item], 1);
    __builtin_prefetch(at);
    __builtin_prefetch(at + offsetof(struct track_row, identity));
}
/* While boxes of before stand among those of now: the box that it should have. */
static bool meets_now(const struct asked *a, uint32_t item) {
    if (!a->st->tubes_moving.under_way) return true;
    struct box now;
    tube_box(a->st, item, &now);
    return now.low[3] <= a->box->high[3] && now.high[3] >= a->box->low[3]; /* nothing but heights has moved */
}
static bool timely(void *context, uint32_t item) {
    const struct asked *a = context;
    const struct track_row *t = track_at(a->st, item);
    if (ms_down(t->anchor.time) > a->to) return true;
    if (ms_down(t->anchor.time + t->anchor.span) < a->from && ms_up(t->until) < a->from) return true; /* it ends no sooner than its motion: the rest of the row is seldom looked at */
    return !meets_now(a, item) || a->visit(a->context, item);
}
void tubes_query(const struct state *st, const struct box *b, index_visit visit, void *context, uint64_t *tests) {
    struct asked a = {st, b, b->from, b->to, visit, context};
    struct box wide = reindexing_wide(&st->tubes_moving, b);
    grid_query(st->tubes, &wide, fetch, timely, &a, tests);
}

void tubes_check(const struct state *st) {
    uint32_t tubes = 0;
    for (row r = 0; r < st->tracks.capacity; r++) {
        bool is = st->tracks.live[r] && tube_is(track_at(st, r));
        assert(grid_has(st->tubes, r) == is);
        tubes += is;
    }
    assert(tubes == grid_count(st->tubes));
    grid_check(st->tubes);
}
