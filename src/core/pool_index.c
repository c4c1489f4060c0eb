/* The pool's volumes in the index: in pieces, and with heights that settings move.
 *
 * New offsets of altitudes move every box. That is millions of them, so the rows are gone through some at a tick, and until they are through boxes of before stand
 * among those of now. Then the index is asked wider, by as much as any height has moved, and what it gives is compared with its box of now: so
 * nothing that is found, counted or done depends on how far it has come, and a node that started from a snapshot meanwhile does the same. */
#include "core/pool.h"

/* As they are in the index. */
static uint32_t boxes_of(const struct state *st, const struct volume *v, struct box *b) { return box_pieces(v, &st->settings.offsets, 0, 0, 0, 0, b); }
static uint32_t volume_boxes(const struct state *st, row r, struct box *b /* NULL: counted alone */) {
    struct volume v;
    pool_volume_view(st, r, st->pool_positions, &v);
    return boxes_of(st, &v, b);
}
/* Further pieces take rows of their own, that look like the volume's to whoever finds them: entries of the index are rows, and whoever states long shapes
 * pays for them. */
static void pieces_take(struct state *st, row r, uint32_t pieces) {
    row *link = &volume_at(st, r)->piece;
    for (uint32_t i = 1; i < pieces; i++) {
        row p = table_take(&st->volumes);
        const struct volume_row *whole = volume_at(st, r);
        *volume_at(st, p) = (struct volume_row){.owner_kind = whole->owner_kind, .slot = whole->slot, .owner = whole->owner, .party = whole->party,
                                                .chunk = ROW_NONE, .next = ROW_NONE, .piece = ROW_NONE, .whole = r};
        *link = p;
        link = &volume_at(st, p)->piece;
    }
    *link = ROW_NONE;
}
static void pieces_put(struct state *st, row r, const struct box *b, uint32_t n) {
    uint32_t i = 0;
    for (row p = r; p != ROW_NONE; p = volume_at(st, p)->piece) index_insert(st->index, p, &b[i++]);
    assert(i == n);
}
void pool_index_first(struct state *st, row r, const struct volume *v) {
    struct box b[BOX_PIECES];
    uint32_t pieces = boxes_of(st, v, b);
    pieces_take(st, r, pieces);
    pieces_put(st, r, b, pieces);
}
void pool_index_put(struct state *st, row r) {
    struct box b[BOX_PIECES];
    pieces_put(st, r, b, volume_boxes(st, r, b));
}
void pool_index_drop(struct state *st, row r) {
    for (row p = r; p != ROW_NONE; p = volume_at(st, p)->piece) index_erase(st->index, p);
}
static bool whole_at(const struct state *st, row r) { return volume_at(st, r)->whole == ROW_NONE; }
/* Counted alone: of nearly all shapes their vertices tell that there is one. */
uint32_t pool_pieces(const struct state *st, row r) { return volume_boxes(st, r, NULL); }
void pool_pieces_take(struct state *st, row r) { pieces_take(st, r, pool_pieces(st, r)); }
/* All at once, in memory of the start's own; without it one by one. */
void pool_index(struct state *st) {
    struct arena work;
    size_t room = (size_t)st->volumes.used * sizeof(struct index_entry) + 16;
    struct index_entry *e = arena_take(&work, room) ? arena_alloc(&work, st->volumes.used, sizeof *e) : NULL;
    uint32_t n = 0;
    for (row r = table_next(&st->volumes, 0); r != ROW_NONE; r = table_next(&st->volumes, r + 1)) {
        struct box b[BOX_PIECES];
        uint32_t own = 0;
        if (!whole_at(st, r)) continue;
        if (e == NULL) {
            pool_index_put(st, r);
            continue;
        }
        uint32_t pieces = volume_boxes(st, r, b);
        for (row p = r; p != ROW_NONE; p = volume_at(st, p)->piece) e[n++] = (struct index_entry){b[own++], p};
        assert(own == pieces);
    }
    if (e != NULL) index_build(st->index, e, n);
    arena_free(&work);
}

/* ---- new offsets ---- */
void reindexing_begin(const struct state *st, struct reindexing *x, const struct altitude_offsets *before) {
    int64_t below = 0, above = 0;
    for (uint8_t i = 0; i < ALTITUDE_REFERENCES; i++) {
        const struct altitude zero = {0, i};
        int32_t was_low, was_high, low, high;
        altitude_w84(&zero, before, &was_low, &was_high);
        altitude_w84(&zero, &st->settings.offsets, &low, &high);
        if ((int64_t)was_low - low > below) below = (int64_t)was_low - low;
        if ((int64_t)high - was_high > above) above = (int64_t)high - was_high;
        x->under_way = x->under_way || low != was_low || high != was_high;
    }
    x->below_cm += below; /* of a change on the way of another: both */
    x->above_cm += above;
    x->next = 0;
}
void pool_reindex(struct state *st, const struct altitude_offsets *before) {
    reindexing_begin(st, &st->reindexing, before);
    pool_reindex_on(st);
}
void pool_reindex_on(struct state *st) {
    struct reindexing *x = &st->reindexing;
    for (uint32_t n = 0; x->under_way && n < LIMIT_REINDEX_ROWS; n++) {
        row r = table_next(&st->volumes, x->next);
        if (r == ROW_NONE) *x = (struct reindexing){0};
        else x->next = r + 1;
        if (r == ROW_NONE || !whole_at(st, r)) continue;
        pool_index_drop(st, r);
        pool_index_put(st, r);
    }
}

struct checking { const struct state *st; const struct box *asked; index_visit visit; void *context; };
static bool visit_if_now(void *context, uint32_t item) {
    const struct checking *c = context;
    struct box b[BOX_PIECES];
    row whole = volume_at(c->st, item)->whole, r = whole == ROW_NONE ? item : whole;
    uint32_t i = 0;
    volume_boxes(c->st, r, b);
    for (; r != item; r = volume_at(c->st, r)->piece) i++;
    return !box_meets(&b[i], c->asked) || c->visit(c->context, item);
}
static int32_t moved(int64_t cm, int64_t by) {
    int64_t v = cm + by;
    return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}
struct box reindexing_wide(const struct reindexing *x, const struct box *b) {
    struct box wide = *b;
    wide.low[3] = moved(b->low[3], -x->above_cm); /* a box of before may end that much lower than now, and begin that much higher */
    wide.high[3] = moved(b->high[3], x->below_cm);
    return wide;
}
void pool_index_query(struct state *st, const struct box *b, index_visit visit, void *context) {
    const struct reindexing *x = &st->reindexing;
    if (!x->under_way) {
        index_query(st->index, b, visit, context, &st->box_tests);
        return;
    }
    struct checking c = {st, b, visit, context};
    struct box wide = reindexing_wide(x, b);
    index_query(st->index, &wide, visit_if_now, &c, &st->box_tests);
}
