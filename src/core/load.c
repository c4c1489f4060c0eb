/* state_load: rows come in ascending order of their serials, so the place that a reference gives is the row. */
#include "core/saved.h"

#include "core/capacity.h"
#include "core/heed.h"
#include "core/pool.h"
#include "core/tube.h"
#include "core/watch.h"

static void load_parties(struct saved *c) {
    c->table = "parties";
    c->least = 0; /* theirs are their numbers */
    for (uint16_t p = 0; p < c->st->party_count && !c->failed; p++) {
        c->number = p;
        saved_party_row(c, p);
        if (!c->failed) saved_party_enter(c, p);
    }
}
static void load_table(struct saved *c, enum saved_table t) {
    uint64_t last = 0, most = t == SAVED_RECENT ? c->st->order : c->st->serial;
    c->table = saved_how[t].name;
    for (uint32_t i = 0; i < c->count[t] && !c->failed; i++) {
        c->number = i;
        row r = table_take(saved_table(c->st, t)); /* the head has no more of them than there is room for */
        assert(r == i);
        c->least = last + 1;
        saved_how[t].fields(c, r);
        if (c->failed) return;
        uint64_t serial = saved_serial(c->st, t, r);
        if (serial <= last || serial > most) saved_bad(c, "serial %llu; must be over %llu, at most %llu", (unsigned long long)serial, (unsigned long long)last, (unsigned long long)most);
        last = serial;
        if (!c->failed) saved_how[t].enter(c, r);
    }
}

/* ---- what spans tables ---- */
static void roots_check(struct saved *c) {
    c->table = "parties";
    for (uint16_t p = 0; p < c->st->party_count && !c->failed; p++) {
        const struct key_row *k = key_row_at(c->st, c->st->parties[p].root);
        c->number = p;
        if (k->party != p || !k->root) saved_bad(c, "its root key is none of its own");
    }
}
/* Every due of a notice, alert or hold stands in one chain, its owner's. */
static uint32_t chain_check(struct saved *c, row first, enum due_kind kind, row ref, uint64_t serial) {
    uint32_t n = 0;
    row previous = ROW_NONE;
    for (row r = first; r != ROW_NONE && !c->failed; r = due_at(c->st, r)->next, n++) {
        const struct due_row *d = due_at(c->st, r);
        if (d->kind != kind || d->ref != ref || d->ref_serial != serial || d->previous != previous) saved_bad(c, "its chain of dues is broken");
        previous = r; /* each has one before it: no chain comes back to itself */
    }
    return n;
}
static void chains_check(struct saved *c) {
    struct state *st = c->st;
    uint32_t chained = 0;
    c->table = "notices";
    for (row r = 0; r < c->count[SAVED_NOTICES] && !c->failed; r++) {
        c->number = r;
        chained += chain_check(c, notice_at(st, r)->due, DUE_NOTICE, r, notice_at(st, r)->serial);
    }
    c->table = "alerts";
    for (row r = 0; r < c->count[SAVED_ALERTS] && !c->failed; r++) {
        c->number = r;
        chained += chain_check(c, alert_at(st, r)->due, DUE_ALERT, r, alert_at(st, r)->serial);
    }
    c->table = "holds";
    for (row r = 0; r < c->count[SAVED_HOLDS] && !c->failed; r++) {
        c->number = r;
        chained += chain_check(c, hold_at(st, r)->due, DUE_HOLD, r, hold_at(st, r)->serial);
    }
    c->table = "dues";
    for (row r = 0; r < c->count[SAVED_DUES] && !c->failed; r++) {
        const struct due_row *d = due_at(st, r);
        bool loose = d->kind == DUE_MESSAGE;
        c->number = r;
        if (loose && (d->next != ROW_NONE || d->previous != ROW_NONE)) saved_bad(c, "stands in a chain");
        chained += loose;
    }
    if (chained != c->count[SAVED_DUES]) saved_bad(c, "%u dues stand in no chain", c->count[SAVED_DUES] - chained);
}

/* Feeds that disagree, and two aircraft under one identity: each of the two says so of the other. */
static bool twins_whole(const struct state *st, row r) {
    const struct track_row *t = track_at(st, r);
    for (uint8_t slot = 0; slot < RIVAL_SLOTS; slot++) {
        if (!((t->rivals | t->rivals_told) >> slot & 1)) continue;
        row other = t->slot < RIVAL_SLOTS ? rival_at(st, r, slot) : ROW_NONE;
        const struct track_row *o = other == ROW_NONE ? NULL : track_at(st, other);
        if (!o || ((o->rivals >> t->slot ^ t->rivals >> slot) & 1) || ((o->rivals_told >> t->slot ^ t->rivals_told >> slot) & 1)) return false;
    }
    return t->twin == TWIN_NONE || (twin_of(st, r) != ROW_NONE && t->rivals == 0);
}
static void tracks_check(struct saved *c) {
    c->table = "tracks";
    for (row r = 0; r < c->count[SAVED_TRACKS] && !c->failed; r++) {
        c->number = r;
        if (!twins_whole(c->st, r)) saved_bad(c, "what it says of others of its identity, they do not say of it");
    }
}

/* What was stated is what a genesis and statements can have led to: nothing was lowered, the width of a tick's tree stayed. */
static bool capacities_good(struct saved *c, const struct capacity *first, const struct capacity *now, const struct capacity *wanted, uint64_t wanted_order) {
    struct fault inner = {0};
    struct capacity same = *wanted;
    if (c->failed) return false;
    if (!result_is_ok(capacity_bounds(now, &inner)) || !result_is_ok(capacity_bounds(wanted, &inner))) return saved_bad(c, "%s: %s", inner.field, inner.message);
    if (!capacity_within(first, now) || now->slots_log2 != first->slots_log2) return saved_bad(c, "the capacities are not those of the genesis, nor raised ones");
    same.slots_log2 = 0;
    if (!result_is_ok(capacity_raise(now, now, &same, &same, &inner))) return saved_bad(c, "what waits, %s: %s", inner.field, inner.message);
    return capacity_equal(now, wanted) == (wanted_order == 0) || saved_bad(c, "capacities wait that no statement made wait");
}
static result load_capacities(struct saved *c, const struct statement *genesis, struct capacity *now, struct capacity *wanted, uint64_t *order, struct fault *f) {
    struct hash log;
    uint32_t version = 0;
    saved_u32(c, &version);
    if (!c->failed && version != SAVED_VERSION) return fail(f, RESULT_UNSUPPORTED, "snapshot", "the state's form is %u; this version reads %u", version, SAVED_VERSION);
    *order = 0;
    saved_capacities(c, &log, now, wanted, order);
    if (!c->failed && !hash_equal(&log, &genesis->hash)) saved_bad(c, "the state is of another log");
    return capacities_good(c, &genesis->sections[0].body.genesis.capacity, now, wanted, *order) ? OK : (result){RESULT_ROT};
}
result state_load_capacities(const struct statement *genesis, state_get get, void *context, struct capacity *now, struct capacity *wanted, uint64_t *waits, struct fault *f) {
    uint8_t window[SAVED_WINDOW];
    struct fault room;
    struct saved c = {.loading = true, .get = get, .context = context, .window = window, .fault = f ? f : &room, .table = "head"};
    return load_capacities(&c, genesis, now, wanted, waits, f);
}
/* The first of the bytes say how much memory is needed: nothing is taken for more than they state. */
static result load_empty(struct saved *c, struct arena *a, const struct statement *genesis, bool larger, struct fault *f) {
    struct capacity now, wanted;
    uint64_t order;
    TRY(load_capacities(c, genesis, &now, &wanted, &order, f));
    TRY(state_empty(a, genesis, &now, larger ? &wanted : &now, &c->st, f));
    c->st->wanted = wanted;
    c->st->wanted_order = order;
    return OK;
}
static result load(struct arena *a, const struct statement *genesis, bool larger, state_get get, void *context, struct state **out, struct fault *f) {
    uint8_t window[SAVED_WINDOW];
    struct fault room;
    struct saved c = {.loading = true, .get = get, .context = context, .window = window, .fault = f ? f : &room, .table = "head"};
    TRY(load_empty(&c, a, genesis, larger, f));
    saved_head(&c);
    if (c.st->wanted_order > c.st->order) saved_bad(&c, "capacities wait since order %llu", (unsigned long long)c.st->wanted_order);
    load_parties(&c);
    for (int t = 0; t < SAVED_TABLES; t++) load_table(&c, (enum saved_table)t);
    if (!c.failed) roots_check(&c);
    if (!c.failed) chains_check(&c);
    if (!c.failed) tracks_check(&c);
    c.table = "backlog";
    c.number = 0;
    if (!c.failed) saved_backlog(&c);
    if (!c.failed) saved_bridge(&c);
    if (!c.failed) saved_cosigned(&c);
    if (!c.failed) (void)saved_dss_end(&c);
    if (!c.failed && !saved_ended(&c)) saved_bad(&c, "bytes follow the last one");
    if (c.failed) return (result){RESULT_ROT};
    pool_index(c.st);
    tubes_index(c.st);
    *out = c.st;
    return OK;
}
result state_load(struct arena *a, const struct statement *genesis, state_get get, void *context, struct state **out, struct fault *f) {
    return load(a, genesis, false, get, context, out, f);
}
result state_load_larger(struct arena *a, const struct statement *genesis, state_get get, void *context, struct state **out, struct fault *f) {
    return load(a, genesis, true, get, context, out, f);
}
