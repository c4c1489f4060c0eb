/* Where things are at the drone world's doors: footprints and texts in chunks, and the index over all of them. */
#include "core/dss_store.h"

#define CHUNK_TEXT (DSS_CHUNK_POINTS * sizeof(struct position))
/* Heights of the index, in centimetres. Bounds beyond the highest are taken as it: what meets still does. */
#define HEIGHT_MOST 1500000000
#define LAYER(kind) (1600000000 + 10000000 * (int32_t)(kind))

static struct dss_chunk *chunk_at(const struct state *st, row r) { return table_at(&st->dss->chunks, r); }
static void points_take(struct state *st, row manager, uint32_t chunks) {
    uint32_t *used = &dss_manager_at(st, manager)->used.of[DSS_QUOTA_POINTS];
    *used += chunks * DSS_CHUNK_POINTS;
    assert(*used <= dss_share_at(st, manager, DSS_QUOTA_POINTS));
}
static void points_give(struct state *st, row manager, uint32_t chunks) {
    uint32_t *used = &dss_manager_at(st, manager)->used.of[DSS_QUOTA_POINTS];
    assert(*used >= chunks * DSS_CHUNK_POINTS);
    *used -= chunks * DSS_CHUNK_POINTS;
}
/* `bytes` in runs of one chunk each; returns how many. */
static uint32_t chunks_store(struct state *st, const void *bytes, size_t size, row *first) {
    uint32_t n = 0;
    row *link = first;
    *first = ROW_NONE;
    for (size_t i = 0; i < size; i += CHUNK_TEXT, n++) {
        row r = table_take(&st->dss->chunks);
        struct dss_chunk *c = chunk_at(st, r);
        memcpy(c->u.text, (const char *)bytes + i, size - i < CHUNK_TEXT ? size - i : CHUNK_TEXT);
        c->next = ROW_NONE;
        *link = r;
        link = &c->next;
    }
    return n;
}
static uint32_t chunks_release(struct state *st, row r) {
    uint32_t n = 0;
    for (; r != ROW_NONE; n++) {
        row next = chunk_at(st, r)->next;
        table_drop(&st->dss->chunks, r);
        r = next;
    }
    return n;
}
static void chunks_view(const struct state *st, row r, void *bytes, size_t size) {
    size_t n = 0;
    for (; r != ROW_NONE; r = chunk_at(st, r)->next) {
        size_t run = size - n < CHUNK_TEXT ? size - n : CHUNK_TEXT;
        memcpy((char *)bytes + n, chunk_at(st, r)->u.text, run);
        n += run;
    }
    assert(n == size);
}
struct text_ref dss_text_store(struct state *st, row manager, struct text t) {
    struct text_ref ref = {ROW_NONE, (uint32_t)t.size};
    points_take(st, manager, chunks_store(st, t.at, t.size, &ref.chunk));
    return ref;
}
void dss_text_release(struct state *st, row manager, struct text_ref *t) {
    points_give(st, manager, chunks_release(st, t->chunk));
    *t = (struct text_ref){ROW_NONE, 0};
}
struct text dss_text_view(const struct state *st, struct text_ref t, char room[LIMIT_DSS_URL]) {
    assert(t.size <= LIMIT_DSS_URL);
    chunks_view(st, t.chunk, room, t.size);
    return (struct text){room, t.size};
}
void dss_footprint_view(const struct state *st, row footprint, struct position *room, struct shape *out) {
    const struct dss_footprint *f = dss_footprint_at(st, footprint);
    assert(f->count <= LIMIT_VERTICES);
    chunks_view(st, f->chunk, room, f->count * sizeof *room);
    *out = (struct shape){.kind = f->shape, .count = f->count, .reach_cm = f->reach_cm, .at = room};
}

/* ---- boxes ---- */
static struct volume volume_of(const struct shape *s) { return (struct volume){.shape = *s, .lower = {0, ALTITUDE_W84}, .upper = {0, ALTITUDE_W84}}; }
static int64_t ms_down(instant t) { return t / 1000000 - (t % 1000000 < 0); }
static int32_t height(bool has, int32_t cm, int32_t other) { return !has ? other : cm < -HEIGHT_MOST ? -HEIGHT_MOST : cm > HEIGHT_MOST ? HEIGHT_MOST : cm; }
void dss_box_bounds(enum dss_kind kind, const struct dss_extent *e, struct box *b) {
    b->low[3] = kind == DSS_INTENT ? height(e->has_lower, e->lower_cm, -HEIGHT_MOST) : LAYER(kind);
    b->high[3] = kind == DSS_INTENT ? height(e->has_upper, e->upper_cm, HEIGHT_MOST) : LAYER(kind);
    b->from = ms_down(e->has_start ? e->start : INSTANT_NONE);
    b->to = ms_down(e->has_end ? e->end : INT64_MAX); /* both down: bounds within one millisecond meet */
}
void dss_ground(const struct shape *s, struct box *out) {
    struct volume v = volume_of(s);
    box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, out);
}
void dss_box(const struct shape *s, enum dss_kind kind, const struct dss_extent *e, struct box *b) {
    dss_ground(s, b);
    dss_box_bounds(kind, e, b);
}
void dss_ground_of(const struct dss_extent *e, uint32_t i, struct box *out) {
    if (e->grounds != NULL) *out = e->grounds[i];
    else dss_ground(&e->shapes[i], out);
}
void dss_box_of(const struct dss_extent *e, uint32_t i, enum dss_kind kind, const struct dss_extent *bounds, struct box *b) {
    dss_ground_of(e, i, b);
    dss_box_bounds(kind, bounds, b);
}
struct dss_extent dss_bounds_of(const struct dss_place *p) {
    return (struct dss_extent){.has_lower = p->has_lower, .has_upper = p->has_upper, .has_start = p->has_start, .has_end = p->has_end, .lower_cm = p->lower_cm,
                               .upper_cm = p->upper_cm, .start = p->start, .end = p->end};
}
void dss_bounds_merge(struct dss_extent *to, const struct dss_place *p) {
    to->has_lower = to->has_lower && p->has_lower;
    to->has_upper = to->has_upper && p->has_upper;
    to->has_start = to->has_start && p->has_start;
    to->has_end = to->has_end && p->has_end;
    if (p->lower_cm < to->lower_cm) to->lower_cm = p->lower_cm;
    if (p->upper_cm > to->upper_cm) to->upper_cm = p->upper_cm;
    if (p->start < to->start) to->start = p->start;
    if (p->end > to->end) to->end = p->end;
}
static void place_bounds(struct dss_place *p, const struct dss_extent *e) {
    p->has_lower = e->has_lower, p->has_upper = e->has_upper, p->has_start = e->has_start, p->has_end = e->has_end;
    p->lower_cm = e->has_lower ? e->lower_cm : 0, p->upper_cm = e->has_upper ? e->upper_cm : 0;
    p->start = e->has_start ? e->start : 0, p->end = e->has_end ? e->end : 0;
}

/* ---- places ---- */
static void footprint_add(struct state *st, struct dss_place *p, enum dss_kind kind, row owner, row manager, const struct dss_extent *all, uint32_t i) {
    const struct shape *s = &all->shapes[i];
    row r = table_take(&st->dss->footprints);
    struct dss_footprint *f = dss_footprint_at(st, r);
    uint32_t *used = &dss_manager_at(st, manager)->used.of[DSS_QUOTA_FOOTPRINTS];
    *f = (struct dss_footprint){.owner = owner, .next = ROW_NONE, .count = s->count, .reach_cm = (int32_t)s->reach_cm, .kind = (uint8_t)kind, .shape = s->kind};
    points_take(st, manager, chunks_store(st, s->at, s->count * sizeof *s->at, &f->chunk));
    assert(*used < dss_share_at(st, manager, DSS_QUOTA_FOOTPRINTS));
    ++*used;
    row *link = &p->footprint;
    while (*link != ROW_NONE) link = &dss_footprint_at(st, *link)->next;
    *link = r;
    p->count++;
    struct dss_extent e = dss_bounds_of(p);
    struct box b;
    dss_box_of(all, i, kind, &e, &b);
    index_insert(st->dss->index, r, &b);
}
/* Returns what follows it. */
static row footprint_drop(struct state *st, row r, row manager) {
    row next = dss_footprint_at(st, r)->next;
    points_give(st, manager, chunks_release(st, dss_footprint_at(st, r)->chunk));
    index_erase(st->dss->index, r);
    table_drop(&st->dss->footprints, r);
    assert(dss_manager_at(st, manager)->used.of[DSS_QUOTA_FOOTPRINTS] > 0);
    dss_manager_at(st, manager)->used.of[DSS_QUOTA_FOOTPRINTS]--;
    return next;
}
void dss_place_store(struct state *st, struct dss_place *p, enum dss_kind kind, row owner, row manager, const struct dss_extent *e) {
    assert(p->footprint == ROW_NONE && p->count == 0);
    place_bounds(p, e);
    for (uint32_t i = 0; i < e->count; i++) footprint_add(st, p, kind, owner, manager, e, i);
}
void dss_place_release(struct state *st, struct dss_place *p, row manager) {
    for (row r = p->footprint; r != ROW_NONE;) r = footprint_drop(st, r, manager);
    *p = (struct dss_place){.footprint = ROW_NONE};
}
/* Times and heights of the entity have changed. */
static void place_reindex(struct state *st, const struct dss_place *p, enum dss_kind kind) {
    struct dss_extent e = dss_bounds_of(p);
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct box b;
        index_box(st->dss->index, r, &b);
        dss_box_bounds(kind, &e, &b);
        index_erase(st->dss->index, r);
        index_insert(st->dss->index, r, &b);
    }
}

/* ---- stretching ---- */
static struct box box_at(const struct state *st, row r) {
    struct box b;
    index_box(st->dss->index, r, &b);
    return b;
}
static bool place_holds(const struct state *st, const struct dss_place *p, const struct shape *s, const struct box *box) {
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct box b = box_at(st, r);
        struct shape outer;
        if (!dss_could_hold(&b, box)) continue;
        dss_footprint_view(st, r, st->dss->found, &outer);
        if (dss_shape_holds(&outer, s)) return true;
    }
    return false;
}
static void held_drop(struct state *st, struct dss_place *p, row manager, const struct shape *s, const struct box *box) {
    for (row *link = &p->footprint; *link != ROW_NONE;) {
        struct box b = box_at(st, *link);
        struct shape inner;
        bool held = dss_could_hold(box, &b);
        if (held) {
            dss_footprint_view(st, *link, st->dss->found, &inner);
            held = dss_shape_holds(s, &inner);
        }
        if (held) *link = footprint_drop(st, *link, manager), p->count--;
        else link = &dss_footprint_at(st, *link)->next;
    }
}
struct sides { struct box box[LIMIT_VOLUMES]; bool there[LIMIT_VOLUMES] /* it is among the place's own already */; };
static uint64_t pair_work(const struct box *a, uint32_t a_count, const struct box *b, uint32_t b_count) {
    return (uint64_t)(dss_could_hold(a, b) + dss_could_hold(b, a)) * LIMIT_DSS_CONTAIN * (a_count + b_count);
}
/* Would it be too much work to find what lies in what? */
static bool stretch_beyond(const struct state *st, const struct dss_place *p, const struct dss_extent *e, struct sides *s, struct dss_work *w) {
    w->boxes += ((uint64_t)p->count + e->count) * e->count;
    bool beyond = dss_beyond(w);
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct box b = box_at(st, r);
        struct shape own;
        dss_footprint_view(st, r, st->dss->found, &own);
        for (uint32_t i = 0; i < e->count; i++) {
            s->there[i] = s->there[i] || dss_shape_alike(&own, &e->shapes[i]);
            if (!beyond) w->vertices += pair_work(&b, own.count, &s->box[i], e->shapes[i].count);
        }
    }
    for (uint32_t i = 0; i < e->count && !beyond; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!dss_shape_alike(&e->shapes[i], &e->shapes[k])) w->vertices += pair_work(&s->box[i], e->shapes[i].count, &s->box[k], e->shapes[k].count);
    return dss_beyond(w);
}
void dss_place_stretch(struct state *st, struct dss_place *p, enum dss_kind kind, row owner, row manager, const struct dss_extent *e, struct dss_work work) {
    struct dss_extent now = *e;
    struct sides s = {.there = {false}};
    assert(e->count <= LIMIT_VOLUMES);
    dss_bounds_merge(&now, p);
    place_bounds(p, &now);
    place_reindex(st, p, kind);
    for (uint32_t i = 0; i < e->count; i++) dss_box_of(e, i, kind, e, &s.box[i]);
    bool beyond = stretch_beyond(st, p, e, &s, &work);
    for (uint32_t i = 0; i < e->count; i++) {
        if (s.there[i] || (!beyond && place_holds(st, p, &e->shapes[i], &s.box[i]))) continue;
        if (!beyond) held_drop(st, p, manager, &e->shapes[i], &s.box[i]);
        footprint_add(st, p, kind, owner, manager, e, i);
    }
}
void dss_place_index(struct state *st, const struct dss_place *p, enum dss_kind kind, struct index_entry *out, uint32_t *count) {
    struct dss_extent e = dss_bounds_of(p);
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct shape s;
        dss_footprint_view(st, r, st->dss->found, &s);
        out[*count].item = r;
        dss_box(&s, kind, &e, &out[(*count)++].box);
    }
}
