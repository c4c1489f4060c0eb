/* What an owner has of F3411 in the order in which it ends, so that what makes room is found without a look at the rest: a leftist heap for each owner and table, whose
 * links stand in the rows. Entering, leaving and finding the next take a logarithm of what he has, in the worst case too; rejected: a list in that order (who enters would
 * be looked for in it), the timers (one for each row, for what hardly any owner ever needs). The heap's shape depends on the past and shows nowhere: ends, then serials, decide. */
#include "core/dss_rid.h"

static struct dss_ends *ends_at(const struct state *st, enum dss_set set, row r) { return set == DSS_OF_REFERENCES ? &dss_reference_at(st, r)->ends : &dss_subscription_at(st, r)->ends; }
static row *first_of(const struct state *st, enum dss_set set, row r) {
    row manager = set == DSS_OF_REFERENCES ? dss_reference_at(st, r)->manager : dss_subscription_at(st, r)->manager;
    return &dss_manager_at(st, manager)->ends_first[set];
}
static instant end_of(const struct state *st, enum dss_set set, row r) { return set == DSS_OF_REFERENCES ? dss_reference_at(st, r)->place.end : dss_subscription_at(st, r)->place.end; }
static uint64_t serial_of(const struct state *st, enum dss_set set, row r) { return set == DSS_OF_REFERENCES ? dss_reference_at(st, r)->serial : dss_subscription_at(st, r)->serial; }
static bool ends_before(const struct state *st, enum dss_set set, row a, row b) {
    instant x = end_of(st, set, a), y = end_of(st, set, b);
    return x != y ? x < y : serial_of(st, set, a) < serial_of(st, set, b);
}

/* ---- the heap: the shorter way down is always to the right ---- */
static uint8_t rank_of(const struct state *st, enum dss_set set, row r) { return r == ROW_NONE ? 0 : ends_at(st, set, r)->rank; }
static bool settle(const struct state *st, enum dss_set set, row r) { /* true: its rank is another one now */
    struct dss_ends *e = ends_at(st, set, r);
    if (rank_of(st, set, e->left) < rank_of(st, set, e->right)) {
        row left = e->left;
        e->left = e->right;
        e->right = left;
    }
    uint8_t was = e->rank;
    e->rank = (uint8_t)(rank_of(st, set, e->right) + 1);
    return e->rank != was;
}
static row merge(const struct state *st, enum dss_set set, row a, row b) {
    row root = ROW_NONE, last = ROW_NONE;
    while (a != ROW_NONE || b != ROW_NONE) {
        if (a == ROW_NONE || (b != ROW_NONE && ends_before(st, set, b, a))) {
            row swap = a;
            a = b;
            b = swap;
        }
        if (last == ROW_NONE) root = a;
        else ends_at(st, set, last)->right = a;
        ends_at(st, set, a)->up = last;
        last = a;
        if (b == ROW_NONE) break; /* the rest hangs on it as it is */
        a = ends_at(st, set, a)->right;
    }
    for (; last != ROW_NONE; last = ends_at(st, set, last)->up) (void)settle(st, set, last);
    return root;
}
void dss_ends_enter(struct state *st, enum dss_set set, row r) {
    row *first = first_of(st, set, r);
    *ends_at(st, set, r) = (struct dss_ends){ROW_NONE, ROW_NONE, ROW_NONE, 1};
    *first = merge(st, set, *first, r);
}
void dss_ends_leave(struct state *st, enum dss_set set, row r) {
    struct dss_ends *e = ends_at(st, set, r);
    row up = e->up, instead = merge(st, set, e->left, e->right);
    if (instead != ROW_NONE) ends_at(st, set, instead)->up = up;
    if (up == ROW_NONE) {
        row *first = first_of(st, set, r);
        assert(*first == r);
        *first = instead;
        return;
    }
    struct dss_ends *above = ends_at(st, set, up);
    assert(above->left == r || above->right == r);
    *(above->left == r ? &above->left : &above->right) = instead;
    for (; up != ROW_NONE && settle(st, set, up); up = ends_at(st, set, up)->up) {}
}
void dss_ends_check(const struct state *st, enum dss_set set, row r) {
    const struct dss_ends *e = ends_at(st, set, r);
    assert(rank_of(st, set, e->left) >= rank_of(st, set, e->right) && e->rank == rank_of(st, set, e->right) + 1);
    if (e->up == ROW_NONE) {
        assert(*first_of(st, set, r) == r);
        return;
    }
    const struct dss_ends *above = ends_at(st, set, e->up);
    assert((above->left == r) != (above->right == r) && ends_before(st, set, e->up, r));
}

/* ---- making room ---- */
/* Those that may be the next: all of whom stand right below one that was taken. */
struct front { enum dss_set set; row at[DSS_PAST_MOST + 3]; uint32_t count; };
static void front_add(const struct state *st, struct front *f, row r) {
    if (r == ROW_NONE) return;
    st->dss->ends_seen++;
    if (end_of(st, f->set, r) >= st->time - LIMIT_DSS_ENDED_NS) return;
    assert(f->count < sizeof f->at / sizeof *f->at);
    f->at[f->count++] = r;
}
static uint32_t front_next(const struct state *st, const struct front *f) { /* f->count: there is none */
    uint32_t best = 0;
    for (uint32_t i = 1; i < f->count; i++)
        if (ends_before(st, f->set, f->at[i], f->at[best])) best = i;
    return best;
}
static row front_take(const struct state *st, struct front *f, row except) {
    while (f->count > 0) {
        uint32_t i = front_next(st, f);
        row r = f->at[i];
        f->at[i] = f->at[--f->count];
        front_add(st, f, ends_at(st, f->set, r)->left);
        front_add(st, f, ends_at(st, f->set, r)->right);
        if (r != except) return r;
    }
    return ROW_NONE;
}
/* Rows are each table's own; outlines and points come from what ended first in either, of equal ends the area. */
static struct front *front_for(const struct state *st, struct front f[2], int full) {
    struct front *areas = &f[DSS_OF_REFERENCES], *subscriptions = &f[DSS_OF_SUBSCRIPTIONS];
    if (full == DSS_QUOTA_REFERENCES) return areas;
    if (full == DSS_QUOTA_SUBSCRIPTIONS || full == DSS_FULL_TOLD) return subscriptions;
    if (areas->count == 0 || subscriptions->count == 0) return areas->count == 0 ? subscriptions : areas;
    instant x = end_of(st, DSS_OF_REFERENCES, areas->at[front_next(st, areas)]), y = end_of(st, DSS_OF_SUBSCRIPTIONS, subscriptions->at[front_next(st, subscriptions)]);
    return y < x ? subscriptions : areas;
}
void dss_past_find(const struct state *st, struct dss_plan *p, enum dss_kind kind, const struct dss_cost *more, struct dss_cost *less) {
    struct front f[2] = {{.set = DSS_OF_REFERENCES}, {.set = DSS_OF_SUBSCRIPTIONS}};
    const row except[2] = {kind == DSS_AREA ? p->entity : ROW_NONE, kind == DSS_AREA ? ROW_NONE : p->entity};
    p->past = 0;
    if (p->manager == ROW_NONE) return;
    for (int full; (full = dss_full(st, p->manager, more, less)) >= 0;) {
        if (p->past == 0 && f[0].count + f[1].count == 0)
            for (int set = 0; set < 2; set++) front_add(st, &f[set], dss_manager_at(st, p->manager)->ends_first[set]);
        struct front *from = front_for(st, f, full);
        row r = front_take(st, from, except[from->set]);
        if (r == ROW_NONE) return;
        struct dss_cost one = from->set == DSS_OF_REFERENCES ? dss_cost_place(st, &dss_reference_at(st, r)->place, &dss_reference_at(st, r)->url)
                                                             : dss_cost_place(st, &dss_subscription_at(st, r)->place, &dss_subscription_at(st, r)->url);
        one.of[from->set == DSS_OF_REFERENCES ? DSS_QUOTA_REFERENCES : DSS_QUOTA_SUBSCRIPTIONS] = 1;
        if (from->set == DSS_OF_SUBSCRIPTIONS) one.told = dss_told_bytes(dss_subscription_at(st, r)->url.size);
        dss_cost_add(less, &one);
        assert(p->past < DSS_PAST_MOST); /* each gives back a row, an outline and two chunks: so many are enough for any request */
        p->goes[p->past++] = (struct dss_past){r, from->set};
    }
}
void dss_past_clear(struct state *st, const struct dss_plan *p) {
    for (uint32_t i = 0; i < p->past; i++)
        p->goes[i].set == DSS_OF_REFERENCES ? dss_reference_drop(st, p->goes[i].r) : dss_subscription_drop(st, p->goes[i].r);
}
