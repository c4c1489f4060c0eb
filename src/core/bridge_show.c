/* A notice's or flight's pieces, as references: those that are as they were stay, the others are written, created or go, and who subscribes to their place is told. */
#include "core/bridge.h"

#include "core/render.h"
#include "core/tell.h"
#include "core/watch.h"

enum { TOLD_EACH = 16 /* subscriptions in one told record: LIMIT_EFFECT_BYTES */ };
enum { ENTITY_COST = 250, SHAPE_COST = 150 }; /* vertices: what comparing, finding who subscribes and storing cost, beside what is counted there */
enum change { STAYS, CREATED, CHANGED, DELETED };
static const char *const change_names[] = {"stays", "created", "changed", "deleted"};

/* What one reference will be. rows[2] holds the subscriptions of the one at hand. */
struct plan { enum change change; row r; uint32_t told; struct id id; struct dss_ovn ovn; uint32_t version; };

/* ---- ids and OVNs ---- */
static struct hash made(const struct bridged *x, const char *what, uint32_t piece, uint8_t attempt) {
    uint8_t number[5] = {(uint8_t)(piece >> 24), (uint8_t)(piece >> 16), (uint8_t)(piece >> 8), (uint8_t)piece, attempt};
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "parley/bridge/1\n", 16);
    sha256_update(&s, what, strlen(what));
    sha256_update(&s, number, sizeof number);
    sha256_update(&s, x->drawn, sizeof x->drawn);
    return sha256_final(&s);
}
static struct id id_free(const struct state *st, const struct bridged *x, enum dss_kind kind, uint32_t piece) {
    for (uint8_t n = 0;; n++) {
        struct id id;
        struct hash h = made(x, "id", piece, n);
        memcpy(id.bytes, h.bytes, sizeof id.bytes);
        id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x40);
        id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
        if (dss_reference_find(st, kind, &id) == ROW_NONE) return id;
        assert(n < UINT8_MAX); /* 122 bits */
    }
}
static struct dss_ovn ovn_new(const struct bridged *x, uint32_t piece) {
    struct dss_ovn o = {.form = DSS_OVN_MADE};
    struct hash h = made(x, "ovn", piece, 0);
    memcpy(o.bytes, h.bytes, sizeof o.bytes);
    return o;
}

/* ---- what changes ---- */
static bool same(const struct state *st, const struct dss_reference *x, const struct dss_extent *e, uint8_t state, uint64_t about) {
    const struct dss_place *p = &x->place;
    if (x->bridge != st->dss->bridge->number || x->about != about || x->state != state || p->count != e->count) return false;
    if (p->lower_cm != e->lower_cm || p->upper_cm != e->upper_cm || p->start != e->start || p->end != e->end) return false;
    uint32_t i = 0;
    for (row f = p->footprint; f != ROW_NONE; f = dss_footprint_at(st, f)->next, i++) {
        struct shape s;
        dss_footprint_view(st, f, st->dss->found, &s);
        if (!dss_shape_alike(&s, &e->shapes[i])) return false;
    }
    return true;
}
static bool wanted_intents(const struct dss_search *s, row r) { return dss_subscription_at(s->st, r)->for_intents; }
static bool wanted_constraints(const struct dss_search *s, row r) { return dss_subscription_at(s->st, r)->for_constraints; }
/* Of the reference as it stood and as it will be (NULL: neither), into rows[2]. */
static uint32_t subscribers(struct state *st, enum dss_kind kind, const struct dss_place *was, const struct dss_extent *e, struct dss_work *work) {
    struct dss_search s = {.wanted = kind == DSS_INTENT ? wanted_intents : wanted_constraints, .except = ROW_NONE, .all = true, .work = work};
    struct dss_extent bounds = e ? *e : dss_bounds_of(was);
    if (e && was) dss_bounds_merge(&bounds, was);
    return dss_search(st, &s, DSS_SUBSCRIPTION, &bounds, e, was, st->dss->rows[2]);
}
static uint32_t records_of(uint32_t told) { return (told + TOLD_EACH - 1) / TOLD_EACH; }

/* ---- telling: the operator's stream keeps who has to be notified, for whoever does it ---- */
static void tell_one(struct state *st, const struct plan *p, enum dss_kind kind, const row *rows, uint32_t n, uint32_t untold, struct effects *fx) {
    struct append *out = tell_begin(st, fx, TOLD_SUBSCRIBERS, st->operator_, NULL);
    append_format(out, "\"%s\":\"", kind == DSS_INTENT ? "operational_intent" : "constraint");
    dss_id_append(out, &p->id);
    append_format(out, "\",\"change\":\"%s\",\"version\":%u,\"subscriptions\":[", change_names[p->change], p->version);
    for (uint32_t i = 0; i < n; i++) {
        append_str(out, i > 0 ? ",[\"" : "[\"");
        dss_id_append(out, &dss_subscription_at(st, rows[i])->id);
        append_format(out, "\",%u]", dss_subscription_at(st, rows[i])->notifications);
    }
    append_char(out, ']');
    if (untold > 0) append_format(out, ",\"untold\":%u", untold);
    tell_end(st, fx);
}
/* There is room for all of them but where even a whole step has none: then the last record says how many are left out. */
static void tell_all(struct state *st, const struct plan *p, enum dss_kind kind, uint32_t told, struct effects *fx) {
    const row *rows = st->dss->rows[2];
    for (uint32_t i = 0; i < told; i++) dss_subscription_at(st, rows[i])->notifications++;
    for (uint32_t i = 0; i < told && tell_left(st, fx) > 0; i += TOLD_EACH) {
        uint32_t n = told - i < TOLD_EACH ? told - i : TOLD_EACH;
        tell_one(st, p, kind, rows + i, n, tell_left(st, fx) == 1 ? told - i - n : 0, fx);
    }
}

/* ---- the chain of an entity ---- */
void bridge_link(struct state *st, row r) {
    struct dss_reference *x = dss_reference_at(st, r);
    struct bridged *o = bridge_of(st, x->shows, x->of);
    row *link = &o->first;
    while (*link != ROW_NONE) link = &dss_reference_at(st, *link)->next_piece;
    *link = r;
    x->next_piece = ROW_NONE;
    o->count++;
}
static void unlink_last(struct state *st, struct bridged *o, row r) {
    row *link = &o->first;
    while (*link != r) link = &dss_reference_at(st, *link)->next_piece;
    assert(dss_reference_at(st, r)->next_piece == ROW_NONE);
    *link = ROW_NONE;
    o->count--;
}

/* ---- one entity ---- */
struct showing { struct bridge *b; struct bridged *x; uint8_t shows, state; uint64_t about; row r; uint16_t party; enum dss_kind kind; struct plan plan[BRIDGE_PIECES]; uint32_t count; };
static void showing_of(struct state *st, uint32_t place, struct showing *s) {
    struct bridge *b = s->b = st->dss->bridge;
    s->x = &b->of[place];
    s->shows = place < b->notices ? BRIDGE_NOTICE : BRIDGE_FLIGHT;
    s->r = place < b->notices ? place : place - b->notices;
    s->party = s->shows == BRIDGE_NOTICE ? notice_at(st, s->r)->party : flight_at(st, s->r)->party;
    s->kind = s->shows == BRIDGE_NOTICE ? DSS_CONSTRAINT : DSS_INTENT;
    s->state = s->shows == BRIDGE_FLIGHT && flight_at(st, s->r)->state == FLIGHT_ACTIVE ? DSS_ACTIVATED : DSS_ACCEPTED;
    s->about = bridge_about(st, s->shows, s->r);
}
/* Piece by piece beside those that stand: the first becomes the first, and so on. */
static void plans(struct state *st, struct showing *s) {
    const struct bridge *b = s->b;
    row r = s->x->first;
    for (s->count = 0; s->count < b->count || r != ROW_NONE; s->count++) {
        struct plan *p = &s->plan[s->count];
        const struct dss_reference *x = r == ROW_NONE ? NULL : dss_reference_at(st, r);
        const struct dss_extent *e = s->count < b->count ? &b->piece[s->count].extent : NULL;
        assert(s->count < BRIDGE_PIECES);
        *p = (struct plan){.r = r, .change = x == NULL ? CREATED : e == NULL ? DELETED : same(st, x, e, s->state, s->about) ? STAYS : CHANGED};
        p->id = x ? x->id : id_free(st, s->x, s->kind, s->count);
        p->version = x ? x->version + (p->change == CHANGED) : 1;
        p->ovn = p->change == CHANGED || p->change == CREATED ? ovn_new(s->x, s->count) : x->ovn;
        r = x ? x->next_piece : ROW_NONE;
    }
}
static uint32_t find(struct state *st, const struct showing *s, uint32_t i, struct dss_work *work) {
    const struct plan *p = &s->plan[i];
    if (p->change == STAYS) return 0;
    return subscribers(st, s->kind, p->r == ROW_NONE ? NULL : &dss_reference_at(st, p->r)->place, p->change == DELETED ? NULL : &s->b->piece[i].extent, work);
}
static void beyond_set(struct state *st, const struct showing *s) {
    struct dss_cost cost = bridge_cost(st), sure = bridge_sure();
    for (int q = 0; q < DSS_QUOTAS; q++) {
        uint32_t beyond = cost.of[q] > sure.of[q] ? cost.of[q] - sure.of[q] : 0;
        s->b->beyond[s->party].of[q] += beyond - s->x->beyond.of[q];
        s->x->beyond.of[q] = beyond;
        assert(s->b->beyond[s->party].of[q] <= bridge_beyond(&st->capacity, (enum dss_quota)q));
    }
    for (row r = s->x->first; r != ROW_NONE; r = dss_reference_at(st, r)->next_piece) dss_reference_at(st, r)->coarse = s->b->coarse;
}
/* All that goes or changes is given back before anything is taken: then there is room, whatever the order. */
static void write_all(struct state *st, struct showing *s) {
    row manager = s->b->manager;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->plan[i].change == CHANGED) dss_place_release(st, &dss_reference_at(st, s->plan[i].r)->place, manager);
    for (uint32_t i = s->count; i-- > 0 && s->plan[i].change == DELETED;) {
        unlink_last(st, s->x, s->plan[i].r);
        dss_reference_drop(st, s->plan[i].r);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        struct plan *p = &s->plan[i];
        if (p->change != CREATED && p->change != CHANGED) continue;
        if (p->change == CREATED) {
            p->r = dss_reference_take(st, s->kind, &p->id, manager);
            dss_reference_at(st, p->r)->shows = s->shows;
            dss_reference_at(st, p->r)->of = s->r;
            bridge_link(st, p->r);
        }
        struct dss_reference *x = dss_reference_at(st, p->r);
        dss_place_store(st, &x->place, s->kind, p->r, manager, &s->b->piece[i].extent);
        x->state = s->state;
        x->ovn = p->ovn;
        x->version = p->version;
        x->bridge = s->b->number;
        x->about = s->about;
    }
}
bool bridge_show(struct state *st, uint32_t place, struct dss_work *work, uint64_t began, bool now, struct effects *fx) {
    struct showing s;
    struct dss_cost left;
    uint32_t records = 0;
    showing_of(st, place, &s);
    for (int q = 0; q < DSS_QUOTAS; q++) left.of[q] = bridge_beyond(&st->capacity, (enum dss_quota)q) - (s.b->beyond[s.party].of[q] - s.x->beyond.of[q]);
    if (!bridge_pieces(st, s.shows, s.r, &left, began + LIMIT_BRIDGE_WORK)) return false;
    uint64_t cost = ENTITY_COST;
    for (uint32_t i = 0; i < s.b->count; i++) cost += SHAPE_COST * s.b->piece[i].extent.count;
    if (!now && s.b->made_at > began && s.b->made_at + cost > began + LIMIT_BRIDGE_WORK) return false; /* a step of its own, should it be more than one has */
    s.b->cover.vertices += cost;
    plans(st, &s);
    struct dss_work counted = *work;
    for (uint32_t i = 0; i < s.count; i++) records += records_of(find(st, &s, i, &counted));
    if (records > tell_left(st, fx) && records <= fx->room / 2 && !now) return false;
    for (uint32_t i = 0; i < s.count; i++) tell_all(st, &s.plan[i], s.kind, find(st, &s, i, work), fx);
    write_all(st, &s);
    beyond_set(st, &s);
    return true;
}
