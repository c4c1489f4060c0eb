/* The store of the drone world's doors in the state's digest, and what must hold in it. */
#include "core/digest.h"

#include "core/dss_rid.h"
#include "core/bridge.h"
#include "core/sort.h"

#define ALL DIGEST_ALL

/* ---- digest: rows in order of their serials, which are part of it ---- */
static void text_digest(const struct state *st, struct sha256 *to, struct text_ref t) {
    char room[LIMIT_DSS_URL];
    struct text x = dss_text_view(st, t, room);
    digest_bytes(to, x.at, x.size);
}
static void place_digest(const struct state *st, struct sha256 *to, const struct dss_place *p) {
    ALL(to, p->count, p->has_lower, p->has_upper, p->has_start, p->has_end, (uint64_t)p->lower_cm, (uint64_t)p->upper_cm, (uint64_t)p->start, (uint64_t)p->end);
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next) {
        struct shape s;
        dss_footprint_view(st, r, st->dss->found, &s);
        ALL(to, s.kind, s.count, (uint64_t)s.reach_cm);
        for (uint32_t i = 0; i < s.count; i++) ALL(to, (uint64_t)s.at[i].lat, (uint64_t)s.at[i].lon);
    }
}
static void ovn_digest(struct sha256 *to, const struct dss_ovn *o) {
    digest_u64(to, o->form);
    sha256_update(to, o->bytes, sizeof o->bytes);
}
static void name_digest(const struct state *st, struct sha256 *to, row manager) { digest_bytes(to, dss_manager_at(st, manager)->name, dss_manager_at(st, manager)->name_size); }
static int serials(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }
static int manager_order(const void *a, const void *b) { return serials(((const struct dss_manager *)a)->serial, ((const struct dss_manager *)b)->serial); }
static int stated_order(const void *a, const void *b) { return serials(((const struct dss_stated *)a)->serial, ((const struct dss_stated *)b)->serial); }
static int subscription_order(const void *a, const void *b) { return serials(((const struct dss_subscription *)a)->serial, ((const struct dss_subscription *)b)->serial); }
static int reference_order(const void *a, const void *b) { return serials(((const struct dss_reference *)a)->serial, ((const struct dss_reference *)b)->serial); }
static void managers_digest(const struct state *st, struct sha256 *to) {
    row *rows = st->work_rows;
    uint32_t n = table_sorted(&st->dss->managers, manager_order, rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct dss_manager *m = dss_manager_at(st, rows[i]);
        name_digest(st, to, rows[i]);
        digest_u64(to, m->serial);
        for (int q = 0; q < DSS_QUOTAS; q++) digest_u64(to, m->used.of[q]);
    }
}
static void subscriptions_digest(const struct state *st, struct sha256 *to) {
    row *rows = st->work_rows;
    uint32_t n = table_sorted(&st->dss->subscriptions, subscription_order, rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct dss_subscription *s = dss_subscription_at(st, rows[i]);
        digest_id(to, &s->id);
        name_digest(st, to, s->manager);
        ALL(to, s->serial, s->kind, s->for_intents, s->for_constraints, s->implicit, s->notifications, s->dependents);
        ovn_digest(to, &s->version);
        place_digest(st, to, &s->place);
        text_digest(st, to, s->url);
    }
}
static void references_digest(const struct state *st, struct sha256 *to) {
    row *rows = st->work_rows;
    uint32_t n = table_sorted(&st->dss->references, reference_order, rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct dss_reference *x = dss_reference_at(st, rows[i]);
        digest_id(to, &x->id);
        name_digest(st, to, x->manager);
        ALL(to, x->serial, x->kind, x->state, x->version);
        ovn_digest(to, &x->ovn);
        digest_id(to, &x->suffix);
        digest_id(to, x->subscription == ROW_NONE ? &dss_id_none : &dss_subscription_at(st, x->subscription)->id);
        place_digest(st, to, &x->place);
        text_digest(st, to, x->url);
    }
}
static void availabilities_digest(const struct state *st, struct sha256 *to) {
    row *rows = st->work_rows;
    uint32_t n = table_sorted(&st->dss->availabilities, stated_order, rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct dss_stated *x = dss_stated_at(st, rows[i]);
        digest_bytes(to, x->name, x->name_size);
        ALL(to, x->serial, x->availability);
        ovn_digest(to, &x->version);
    }
}
static void retired_digest(const struct state *st, struct sha256 *to) {
    digest_u64(to, st->dss->retired.used);
    for (row r = table_oldest(&st->dss->retired); r != ROW_NONE; r = table_newer(&st->dss->retired, r)) {
        const struct dss_retired *x = dss_retired_at(st, r);
        digest_id(to, &x->id);
        digest_id(to, &x->suffix);
        name_digest(st, to, x->manager);
        digest_u64(to, x->serial);
    }
}
void dss_digest(const struct state *st, struct sha256 *to) {
    managers_digest(st, to);
    subscriptions_digest(st, to);
    references_digest(st, to);
    availabilities_digest(st, to);
    retired_digest(st, to);
    bridge_digest(st, to);
}

/* ---- invariants ---- */
static void place_check(const struct state *st, const struct dss_place *p, uint8_t kind, row owner, uint32_t *footprints) {
    uint32_t n = 0;
    for (row r = p->footprint; r != ROW_NONE; r = dss_footprint_at(st, r)->next, n++) {
        const struct dss_footprint *f = dss_footprint_at(st, r);
        assert(f->owner == owner && f->kind == kind && index_has(st->dss->index, r));
    }
    assert(n == p->count && n > 0);
    *footprints += n;
}
static void used_check(const struct state *st) {
    uint64_t told = 0;
    for (row m = table_next(&st->dss->managers, 0); m != ROW_NONE; m = table_next(&st->dss->managers, m + 1)) {
        struct dss_cost counted = {0};
        for (row r = table_next(&st->dss->references, 0); r != ROW_NONE; r = table_next(&st->dss->references, r + 1)) {
            struct dss_cost c = dss_cost_place(st, &dss_reference_at(st, r)->place, &dss_reference_at(st, r)->url);
            c.of[DSS_QUOTA_REFERENCES] = 1;
            if (dss_reference_at(st, r)->manager == m) dss_cost_add(&counted, &c);
        }
        for (row r = table_next(&st->dss->subscriptions, 0); r != ROW_NONE; r = table_next(&st->dss->subscriptions, r + 1)) {
            struct dss_cost c = dss_cost_place(st, &dss_subscription_at(st, r)->place, &dss_subscription_at(st, r)->url);
            c.of[DSS_QUOTA_SUBSCRIPTIONS] = 1;
            c.told = dss_told_bytes(dss_subscription_at(st, r)->url.size);
            if (dss_subscription_at(st, r)->manager == m) dss_cost_add(&counted, &c);
        }
        for (row r = table_oldest(&st->dss->retired); r != ROW_NONE; r = table_newer(&st->dss->retired, r)) counted.of[DSS_QUOTA_REFERENCES] += dss_retired_at(st, r)->manager == m;
        const struct dss_manager *x = dss_manager_at(st, m);
        assert(counted.told == x->used.told);
        told += counted.told;
        row stated = dss_stated_find(st, (struct text){x->name, x->name_size});
        for (int q = 0; q < DSS_QUOTAS; q++) assert(counted.of[q] == x->used.of[q] && counted.of[q] <= dss_share_at(st, m, (enum dss_quota)q));
        if (x->bridge) continue;
        assert(counted.of[DSS_QUOTA_REFERENCES] + counted.of[DSS_QUOTA_SUBSCRIPTIONS] > 0 && x->availability == (stated == ROW_NONE ? DSS_UNKNOWN : dss_stated_at(st, stated)->availability));
        assert(dss_manager_find(st, (struct text){x->name, x->name_size}) == m);
    }
    assert(told == st->dss->told && told <= LIMIT_DSS_TOLD);
}
void dss_check_rows(const struct state *st) {
    const struct dss *d = st->dss;
    const struct table *all[] = {&d->availabilities, &d->retired, &d->managers, &d->references, &d->subscriptions, &d->footprints, &d->chunks};
    uint32_t footprints = 0, attached = 0, dependents = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) table_check(all[i]);
    for (row r = table_next(&d->references, 0); r != ROW_NONE; r = table_next(&d->references, r + 1)) {
        const struct dss_reference *x = dss_reference_at(st, r);
        assert(dss_reference_find(st, (enum dss_kind)x->kind, &x->id) == r && x->version > 0);
        assert(dss_suffix_good(st, &x->suffix) && (x->ovn.form != DSS_OVN_SUFFIX || memcmp(x->ovn.bytes + 16, x->suffix.bytes, 16) == 0));
        assert(x->kind != DSS_INTENT || x->state == DSS_ACCEPTED || x->subscription != ROW_NONE || x->shows != BRIDGE_NOT);
        assert(x->subscription == ROW_NONE || dss_subscription_at(st, x->subscription)->manager == x->manager);
        attached += x->subscription != ROW_NONE;
        if (x->kind == DSS_AREA) dss_ends_check(st, DSS_OF_REFERENCES, r);
        place_check(st, &x->place, x->kind, r, &footprints);
    }
    for (row r = table_next(&d->subscriptions, 0); r != ROW_NONE; r = table_next(&d->subscriptions, r + 1)) {
        const struct dss_subscription *s = dss_subscription_at(st, r);
        row newer = ROW_NONE;
        uint32_t n = 0;
        for (row i = s->dependent; i != ROW_NONE; newer = i, i = dss_reference_at(st, i)->older, n++) assert(dss_reference_at(st, i)->subscription == r && dss_reference_at(st, i)->newer == newer);
        assert(n == s->dependents && (!s->implicit || n > 0) && dss_subscription_find(st, (enum dss_kind)s->kind, &s->id) == r);
        dependents += n;
        if (s->kind == DSS_AREA_SUBSCRIPTION) dss_ends_check(st, DSS_OF_SUBSCRIPTIONS, r);
        place_check(st, &s->place, s->kind, r, &footprints);
    }
    assert(attached == dependents && footprints == d->footprints.used);
    if (d->index) assert(index_count(d->index) == footprints);
    if (d->index) index_check(d->index);
    for (row r = table_next(&d->availabilities, 0); r != ROW_NONE; r = table_next(&d->availabilities, r + 1))
        assert(dss_stated_find(st, (struct text){dss_stated_at(st, r)->name, dss_stated_at(st, r)->name_size}) == r);
    uint64_t serial = 0;
    for (row r = table_oldest(&d->retired); r != ROW_NONE; serial = dss_retired_at(st, r)->serial, r = table_newer(&d->retired, r))
        assert(dss_retired_find(st, &dss_retired_at(st, r)->id) == r && (serial == 0 || dss_retired_at(st, r)->serial > serial));
    used_check(st);
    bridge_check_rows(st);
}
