/* The store of the drone world's doors as bytes of a snapshot: managers, subscriptions, references. A place and a text stand within the row that has them. */
#include "core/saved.h"

#include "core/dss_rid.h"
#include "core/bridge.h"

/* ---- chunks ---- */
static bool share_take(struct saved *c, row manager, enum dss_quota q, uint32_t n) {
    if (c->failed) return false;
    uint32_t *used = &dss_manager_at(c->st, manager)->used.of[q], share = dss_share_at(c->st, manager, q);
    if (n > share || *used > share - n) return saved_bad(c, "manager %u has more than its share of %s", manager, dss_quota_name(q));
    *used += n;
    return true;
}
/* `each`: how many bytes a chunk holds. What is loaded was paid for: there is room, for the shares sum to the capacity. */
static void saved_chunks(struct saved *c, row *first, size_t size, bool positions) {
    enum { ROOM = sizeof ((struct dss_chunk *)0)->u.text };
    row *link = first, at = *first;
    if (c->loading) *first = ROW_NONE;
    for (size_t done = 0; done < size && !c->failed; done += ROOM) {
        if (c->loading) {
            *link = at = table_take(&c->st->dss->chunks);
            ((struct dss_chunk *)table_at(&c->st->dss->chunks, at))->next = ROW_NONE;
        }
        struct dss_chunk *x = table_at(&c->st->dss->chunks, at);
        size_t run = size - done < ROOM ? size - done : ROOM;
        if (!positions) saved_bytes(c, x->u.text, run);
        for (size_t i = 0; positions && i < run / sizeof *x->u.at; i++) saved_position(c, &x->u.at[i]);
        link = &x->next;
        at = x->next;
    }
}
static uint32_t points(size_t bytes) { return (uint32_t)((bytes + sizeof ((struct dss_chunk *)0)->u.text - 1) / sizeof ((struct dss_chunk *)0)->u.text) * DSS_CHUNK_POINTS; }
static void saved_url(struct saved *c, struct text_ref *t, row manager) {
    saved_u32(c, &t->size);
    if (c->loading && (t->size == 0 || t->size > LIMIT_DSS_URL)) saved_bad(c, "a URL of %u bytes", t->size);
    if (c->loading && !share_take(c, manager, DSS_QUOTA_POINTS, points(t->size))) t->size = 0;
    saved_chunks(c, &t->chunk, t->size, false);
}

/* ---- places ---- */
static bool shape_good(struct saved *c, const struct dss_footprint *f) {
    bool circle = f->shape == SHAPE_CIRCLE && f->count == 1 && f->reach_cm > 0 && f->reach_cm <= 2000000000;
    bool polygon = f->shape == SHAPE_POLYGON && f->count >= 3 && f->count <= LIMIT_VERTICES && f->reach_cm == 0;
    bool rid = f->kind == DSS_AREA || f->kind == DSS_AREA_SUBSCRIPTION; /* whose vertices may lie on a line */
    bool line = rid && f->shape == SHAPE_CORRIDOR && f->count >= 1 && f->count <= LIMIT_VERTICES && f->reach_cm > 0 && f->reach_cm <= 2000000000;
    return circle || polygon || line || saved_bad(c, "a footprint of no possible shape");
}
static void saved_footprint(struct saved *c, struct dss_footprint *f, row manager) {
    saved_kind(c, &f->shape, SHAPE_CORRIDOR, "the shape of a footprint");
    saved_u32(c, &f->count);
    saved_i32(c, &f->reach_cm);
    if (c->loading && (!shape_good(c, f) || !share_take(c, manager, DSS_QUOTA_POINTS, points(f->count * sizeof(struct position))))) f->count = 0;
    saved_chunks(c, &f->chunk, f->count * sizeof(struct position), true);
}
static void saved_bound(struct saved *c, bool *has, int32_t *v) {
    saved_flag(c, has);
    saved_i32(c, v);
    if (!*has && *v != 0) saved_bad(c, "a height that is not there");
}
static void saved_place(struct saved *c, struct dss_place *p, enum dss_kind kind, row owner, row manager) {
    row *link = &p->footprint, at = p->footprint;
    saved_bound(c, &p->has_lower, &p->lower_cm);
    saved_bound(c, &p->has_upper, &p->upper_cm);
    saved_flag(c, &p->has_start);
    saved_i64(c, &p->start);
    saved_flag(c, &p->has_end);
    saved_i64(c, &p->end);
    saved_u32(c, &p->count);
    bool rid = kind == DSS_AREA || kind == DSS_AREA_SUBSCRIPTION, both = p->has_start && p->has_end;
    if ((rid && !both) || (p->has_start && p->start == INSTANT_NONE) || (p->has_end && p->end == INSTANT_NONE) || (both && p->end < p->start)) saved_bad(c, "times that nothing has");
    if (c->loading) *link = ROW_NONE;
    if (c->loading && (p->count == 0 || !share_take(c, manager, DSS_QUOTA_FOOTPRINTS, p->count))) {
        if (!c->failed) saved_bad(c, "has no footprint");
        p->count = 0;
    }
    for (uint32_t i = 0; i < p->count && !c->failed; i++) {
        if (c->loading) *link = at = table_take(&c->st->dss->footprints);
        struct dss_footprint *f = dss_footprint_at(c->st, at);
        if (c->loading) *f = (struct dss_footprint){.owner = owner, .next = ROW_NONE, .chunk = ROW_NONE, .kind = (uint8_t)kind};
        saved_footprint(c, f, manager);
        link = &f->next;
        at = f->next;
    }
}

/* ---- rows ---- */
static void saved_version(struct saved *c, struct dss_ovn *o) {
    saved_kind(c, &o->form, DSS_OVN_FORMS - 1, "the form of a version");
    saved_bytes(c, o->bytes, sizeof o->bytes);
}
void saved_dss_manager(struct saved *c, row r) {
    struct dss_manager *m = dss_manager_at(c->st, r);
    if (c->loading) m->ends_first[DSS_OF_REFERENCES] = m->ends_first[DSS_OF_SUBSCRIPTIONS] = ROW_NONE;
    saved_u64(c, &m->serial);
    saved_flag(c, &m->bridge);
    saved_count(c, &m->name_size, LIMIT_DSS_NAME, "bytes of a manager's name");
    saved_bytes(c, m->name, m->name_size);
}
bool saved_dss_manager_enter(struct saved *c, row r) {
    const struct dss_manager *m = dss_manager_at(c->st, r);
    struct bridge *b = c->st->dss->bridge;
    if (m->bridge && b->manager != ROW_NONE) return saved_bad(c, "a second one for what is released");
    if (m->bridge) b->manager = r;
    if (m->bridge) return true;
    if (dss_manager_find(c->st, (struct text){m->name, m->name_size}) != ROW_NONE) return saved_bad(c, "a manager that stands twice");
    dss_manager_index(c->st, r);
    return true;
}
void saved_dss_stated(struct saved *c, row r) {
    struct dss_stated *x = dss_stated_at(c->st, r);
    saved_u64(c, &x->serial);
    saved_count(c, &x->name_size, LIMIT_DSS_NAME, "bytes of a USS's name");
    saved_bytes(c, x->name, x->name_size);
    saved_kind(c, &x->availability, DSS_AVAILABILITIES - 1, "an availability");
    saved_version(c, &x->version);
}
bool saved_dss_stated_enter(struct saved *c, row r) {
    const struct dss_stated *x = dss_stated_at(c->st, r);
    struct text name = {x->name, x->name_size};
    row manager = dss_manager_find(c->st, name);
    if (dss_stated_find(c->st, name) != ROW_NONE) return saved_bad(c, "a USS that stands twice");
    dss_stated_index(c->st, r);
    if (manager != ROW_NONE) dss_manager_at(c->st, manager)->availability = x->availability;
    return true;
}
void saved_dss_retired(struct saved *c, row r) {
    struct dss_retired *x = dss_retired_at(c->st, r);
    saved_id(c, &x->id);
    saved_id(c, &x->suffix);
    saved_u64(c, &x->serial);
    saved_ref(c, &x->manager, SAVED_DSS_MANAGERS, false);
}
bool saved_dss_retired_enter(struct saved *c, row r) {
    static const struct id none;
    const struct dss_retired *x = dss_retired_at(c->st, r);
    if (id_equal(&x->suffix, &none) || !dss_suffix_good(c->st, &x->suffix)) return saved_bad(c, "a suffix that no write can have had");
    if (dss_retired_find(c->st, &x->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    dss_retired_index(c->st, r);
    return share_take(c, x->manager, DSS_QUOTA_REFERENCES, 1);
}
void saved_dss_subscription(struct saved *c, row r) {
    struct dss_subscription *s = dss_subscription_at(c->st, r);
    if (c->loading) s->dependent = ROW_NONE;
    saved_id(c, &s->id);
    saved_u64(c, &s->serial);
    saved_ref(c, &s->manager, SAVED_DSS_MANAGERS, false);
    saved_kind(c, &s->kind, DSS_KINDS - 1, "the kind of a subscription");
    saved_flag(c, &s->for_intents);
    saved_flag(c, &s->for_constraints);
    saved_flag(c, &s->implicit);
    saved_u32(c, &s->notifications);
    saved_version(c, &s->version);
    if (c->failed) return;
    saved_place(c, &s->place, (enum dss_kind)s->kind, r, s->manager);
    saved_url(c, &s->url, s->manager);
}
bool saved_dss_subscription_enter(struct saved *c, row r) {
    const struct dss_subscription *s = dss_subscription_at(c->st, r);
    if (s->kind != DSS_SUBSCRIPTION && s->kind != DSS_AREA_SUBSCRIPTION) return saved_bad(c, "a subscription of no possible kind");
    if (dss_subscription_find(c->st, (enum dss_kind)s->kind, &s->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    dss_subscription_index(c->st, r);
    if (s->kind == DSS_AREA_SUBSCRIPTION) dss_ends_enter(c->st, DSS_OF_SUBSCRIPTIONS, r);
    if (!saved_dss_told(c->st, r)) return saved_bad(c, "more subscriptions than one list may hold");
    return share_take(c, s->manager, DSS_QUOTA_SUBSCRIPTIONS, 1);
}
void saved_dss_reference(struct saved *c, row r) {
    struct dss_reference *x = dss_reference_at(c->st, r);
    if (c->loading) x->newer = x->older = ROW_NONE;
    saved_id(c, &x->id);
    saved_u64(c, &x->serial);
    saved_ref(c, &x->manager, SAVED_DSS_MANAGERS, false);
    saved_kind(c, &x->kind, DSS_KINDS - 1, "the kind of a reference");
    saved_kind(c, &x->state, DSS_INTENT_STATES - 1, "the state of an operational intent");
    saved_u32(c, &x->version);
    saved_version(c, &x->ovn);
    saved_id(c, &x->suffix);
    saved_ref(c, &x->subscription, SAVED_DSS_SUBSCRIPTIONS, true);
    saved_kind(c, &x->shows, BRIDGE_KINDS - 1, "what a reference shows");
    if (c->loading) x->of = x->next_piece = ROW_NONE;
    if (x->shows != BRIDGE_NOT) saved_ref(c, &x->of, x->shows == BRIDGE_NOTICE ? SAVED_NOTICES : SAVED_FLIGHTS, false);
    if (x->shows != BRIDGE_NOT) saved_u64(c, &x->bridge), saved_u64(c, &x->about), saved_flag(c, &x->coarse);
    if (c->failed) return;
    saved_place(c, &x->place, (enum dss_kind)x->kind, r, x->manager);
    if (c->loading && x->shows != BRIDGE_NOT) x->url = (struct text_ref){ROW_NONE, 0};
    if (x->shows == BRIDGE_NOT) saved_url(c, &x->url, x->manager);
}
bool saved_dss_reference_enter(struct saved *c, row r) {
    struct dss_reference *x = dss_reference_at(c->st, r);
    row subscription = x->subscription;
    if (x->kind != DSS_INTENT && x->kind != DSS_CONSTRAINT && x->kind != DSS_AREA) return saved_bad(c, "a reference of no possible kind");
    if (dss_reference_find(c->st, (enum dss_kind)x->kind, &x->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    if (!dss_suffix_good(c->st, &x->suffix) || (x->ovn.form == DSS_OVN_SUFFIX && memcmp(x->ovn.bytes + 16, x->suffix.bytes, 16) != 0)) return saved_bad(c, "a suffix that no write can have had");
    if ((x->shows != BRIDGE_NOT) != dss_manager_at(c->st, x->manager)->bridge) return saved_bad(c, "shows a notice or flight and is a manager's, or neither");
    if (x->shows != BRIDGE_NOT && (x->kind != (x->shows == BRIDGE_NOTICE ? DSS_CONSTRAINT : DSS_INTENT) || subscription != ROW_NONE || !bridge_saved_link(c->st, r))) return saved_bad(c, "shows what it cannot show");
    if (x->shows != BRIDGE_NOT && !bridge_saved_good(x)) return saved_bad(c, "shows a notice or flight in a state that it cannot have");
    dss_reference_index(c->st, r);
    if (x->kind == DSS_AREA) dss_ends_enter(c->st, DSS_OF_REFERENCES, r);
    if (!share_take(c, x->manager, DSS_QUOTA_REFERENCES, 1)) return false;
    if (subscription == ROW_NONE) return true;
    const struct dss_subscription *s = dss_subscription_at(c->st, subscription);
    if (x->kind != DSS_INTENT || s->kind != DSS_SUBSCRIPTION || s->manager != x->manager) return saved_bad(c, "depends on a subscription that is not its manager's");
    x->subscription = ROW_NONE;
    dss_attach(c->st, r, subscription);
    return true;
}

/* ---- what spans the rows ---- */
static void index_place(struct state *st, const struct dss_place *p, enum dss_kind kind, struct index_entry *all, uint32_t *n) {
    if (all != NULL) {
        dss_place_index(st, p, kind, all, n);
        return;
    }
    struct dss_extent bounds = dss_bounds_of(p);
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct shape s;
        struct box b;
        dss_footprint_view(st, r, st->dss->found, &s);
        dss_box(&s, kind, &bounds, &b);
        index_insert(st->dss->index, r, &b);
    }
}
/* All at once, in memory of the start's own; without it one by one. */
static void index_all(struct state *st) {
    struct dss *d = st->dss;
    struct arena work = {0};
    struct index_entry *all = d->footprints.used > 0 && arena_take(&work, d->footprints.used * sizeof *all + 16) ? arena_alloc(&work, d->footprints.used, sizeof *all) : NULL;
    uint32_t n = 0;
    for (row r = table_next(&d->references, 0); r != ROW_NONE; r = table_next(&d->references, r + 1))
        index_place(st, &dss_reference_at(st, r)->place, (enum dss_kind)dss_reference_at(st, r)->kind, all, &n);
    for (row r = table_next(&d->subscriptions, 0); r != ROW_NONE; r = table_next(&d->subscriptions, r + 1))
        index_place(st, &dss_subscription_at(st, r)->place, (enum dss_kind)dss_subscription_at(st, r)->kind, all, &n);
    if (all != NULL) index_build(d->index, all, n);
    arena_free(&work);
}
bool saved_dss_end(struct saved *c) {
    static const struct dss_cost none;
    struct state *st = c->st;
    c->table = "managers";
    for (row r = 0; r < c->count[SAVED_DSS_MANAGERS]; r++) {
        c->number = r;
        if (!dss_manager_at(st, r)->bridge && memcmp(&dss_manager_at(st, r)->used, &none, sizeof none) == 0) return saved_bad(c, "has nothing");
    }
    c->table = "subscriptions";
    for (row r = 0; r < c->count[SAVED_DSS_SUBSCRIPTIONS]; r++) {
        c->number = r;
        if (dss_subscription_at(st, r)->implicit && dss_subscription_at(st, r)->dependents == 0) return saved_bad(c, "is implicit, and nothing depends on it");
    }
    if (st->dss->index != NULL) index_all(st);
    return true;
}
