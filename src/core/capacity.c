/* capacity, grow: tables become larger. The operator states it, and it waits; memory is taken at a start only, so what was stated comes into force with the
 * server's own statement `grow`, which it makes when it has taken the memory. Between the two nothing of the old figures changes: who replays the
 * journal knows of no start and needs to know of none. Nothing is ever lowered: each party was promised its share. */
#include "core/capacity.h"

#include <stddef.h>
#include <stdio.h>

#include "core/dss_store.h"
#include "core/handlers.h"
#include "core/quota.h"
#include "core/tell.h"

static const struct { const char *name; size_t at; } members[CAPACITY_MEMBERS] = {
#define MEMBER(name) {#name, offsetof(struct capacity, name)}
    MEMBER(parties), MEMBER(keys), MEMBER(agreements), MEMBER(areas), MEMBER(feeds), MEMBER(notices), MEMBER(flights), MEMBER(volumes), MEMBER(vertices),
    MEMBER(tracks), MEMBER(alerts), MEMBER(pending), MEMBER(recent), MEMBER(holds), MEMBER(managers), MEMBER(references), MEMBER(subscriptions),
    MEMBER(footprints), MEMBER(points), MEMBER(slots_log2),
};
const char *capacity_name(int member) {
    assert(member >= 0 && member < CAPACITY_MEMBERS);
    return members[member].name;
}
uint32_t *capacity_at(struct capacity *c, int member) {
    assert(member >= 0 && member < CAPACITY_MEMBERS);
    return (uint32_t *)(void *)((char *)c + members[member].at);
}
uint32_t capacity_get(const struct capacity *c, int member) {
    assert(member >= 0 && member < CAPACITY_MEMBERS);
    return *(const uint32_t *)(const void *)((const char *)c + members[member].at);
}
bool capacity_within(const struct capacity *a, const struct capacity *b) {
    for (int i = 0; i < CAPACITY_MEMBERS; i++)
        if (capacity_get(a, i) > capacity_get(b, i)) return false;
    return true;
}
bool capacity_equal(const struct capacity *a, const struct capacity *b) { return capacity_within(a, b) && capacity_within(b, a); }

static result bound(const char *name, uint32_t value, uint32_t least, uint32_t most, struct fault *f) {
    if (value < least || value > most)
        return fail(f, RESULT_RANGE, name, "%u; must be %u to %u (each party needs its share)", value, least, most);
    return OK;
}
/* Of the drone world's doors there are all or none. */
static result dss_bounds(const struct capacity *c, struct fault *f) {
    uint32_t least = c->managers, most = c->managers ? LIMIT_ROWS : 0;
    if (c->managers > LIMIT_DSS_MANAGERS) return fail(f, RESULT_RANGE, "/capacity/managers", "%u; must be at most %d", c->managers, LIMIT_DSS_MANAGERS);
    TRY(bound("/capacity/references", c->references, least, most, f));
    TRY(bound("/capacity/subscriptions", c->subscriptions, least, most, f));
    TRY(bound("/capacity/footprints", c->footprints, least, most, f));
    return bound("/capacity/points", c->points, least * DSS_CHUNK_POINTS, c->managers ? LIMIT_ALL_VERTICES : 0, f);
}
result capacity_bounds(const struct capacity *c, struct fault *f) {
    TRY(bound("/capacity/slots_log2", c->slots_log2, 1, LIMIT_PARTY_SLOTS_LOG2_MOST, f));
    uint32_t slots = UINT32_C(1) << c->slots_log2;
    TRY(bound("/capacity/parties", c->parties, 1, slots < LIMIT_PARTIES ? slots : LIMIT_PARTIES, f));
    TRY(bound("/capacity/keys", c->keys, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/agreements", c->agreements, c->parties, LIMIT_AGREEMENTS, f));
    TRY(bound("/capacity/areas", c->areas, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/feeds", c->feeds, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/notices", c->notices, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/flights", c->flights, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/volumes", c->volumes, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/vertices", c->vertices, c->parties * CHUNK_VERTICES, LIMIT_ALL_VERTICES, f));
    TRY(bound("/capacity/tracks", c->tracks, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/alerts", c->alerts, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/pending", c->pending, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/recent", c->recent, c->parties, LIMIT_ROWS, f));
    TRY(bound("/capacity/holds", c->holds, c->parties, LIMIT_ROWS, f));
    return dss_bounds(c, f);
}

/* A party's share of no table gets smaller: what it has in use always has its place. More parties therefore need more of the rest. */
static result shares_stay(const struct capacity *now, const struct capacity *then, struct fault *f) {
    for (int q = 0; q < QUOTAS; q++) {
        uint32_t had = quota_share_of(now, (enum quota)q), has = quota_share_of(then, (enum quota)q);
        if (has < had)
            return fail(f, RESULT_RANGE, "/parties", "%u parties would have %u %s each, and have %u now; raise that too", then->parties, has, quota_name((enum quota)q), had);
    }
    for (int q = 0; q < DSS_QUOTAS; q++) {
        uint32_t old = dss_share_of(now, (enum dss_quota)q), new = dss_share_of(then, (enum dss_quota)q);
        if (new < old) return fail(f, RESULT_RANGE, "/managers", "%u managers would have %u %s each, and have %u now; raise that too", then->managers, new, dss_quota_name((enum dss_quota)q), old);
    }
    uint32_t had = quota_pair_of(now), has = quota_pair_of(then);
    if (has < had) return fail(f, RESULT_RANGE, "/parties", "%u parties would have %u alerts about each, and have %u now; raise alerts too", then->parties, has, had);
    return OK;
}
result capacity_raise(const struct capacity *now, const struct capacity *wanted, const struct capacity *change, struct capacity *out, struct fault *f) {
    struct capacity then = *wanted;
    for (int i = 0; i < CAPACITY_MEMBERS; i++) {
        char field[32];
        uint32_t to = capacity_get(change, i), in_force = capacity_get(now, i);
        if (to == 0) continue;
        snprintf(field, sizeof field, "/%s", capacity_name(i));
        if (i >= CAPACITY_RAISED) return fail(f, RESULT_RANGE, field, "is fixed by the genesis: every tick's tree has that width");
        if (to < in_force) return fail(f, RESULT_RANGE, field, "%u; %u are in force, and no party's share is taken away", to, in_force);
        *capacity_at(&then, i) = to;
    }
    struct fault inner = {0};
    result r = capacity_bounds(&then, &inner);
    if (!result_is_ok(r)) return fail(f, r.code, inner.field + strlen("/capacity"), "%s", inner.message);
    TRY(shares_stay(now, &then, f));
    *out = then;
    return OK;
}

bool capacity_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *b = section_one(s);
    struct fault f = {0};
    struct capacity then;
    if (!b) return refuse(c, REASON_SECTION, "capacity: one section is needed");
    if (!result_is_ok(capacity_raise(&st->capacity, &st->wanted, &b->body.capacity, &then, &f))) return refuse(c, REASON_BODY, "%s: %s", f.field, f.message);
    if (capacity_equal(&then, &st->wanted)) return refuse(c, REASON_BODY, "/: these are the capacities already");
    return true;
}
/* What waits may be taken back: the figures in force, named again. */
void capacity_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct fault none;
    (void)c;
    (void)fx;
    result r = capacity_raise(&st->capacity, &st->wanted, &section_one(s)->body.capacity, &st->wanted, &none);
    assert(result_is_ok(r)); /* as checked */
    st->wanted_order = capacity_equal(&st->wanted, &st->capacity) ? 0 : s->order;
}

/* It names the statement for whose figures memory was taken: another may have come since, and waits for a start of its own. */
bool grow_check(struct state *st, const struct statement *s, struct step *c) {
    if (st->wanted_order == 0) return refuse(c, REASON_STALE, "grow %llu; no capacities wait", (unsigned long long)s->grow.order);
    if (s->grow.order != st->wanted_order)
        return refuse(c, REASON_STALE, "grow %llu; those of %llu wait", (unsigned long long)s->grow.order, (unsigned long long)st->wanted_order);
    return true;
}
void grow_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)s;
    (void)c;
    (void)fx;
    assert(capacity_within(&st->wanted, &st->room)); /* who steps it has taken the memory: state_load with room */
    st->capacity = st->wanted;
    st->wanted_order = 0;
    tell_resize(st);
}

const struct capacity *state_capacity(const struct state *st) { return &st->capacity; }
const struct capacity *state_room(const struct state *st) { return &st->room; }
const struct capacity *state_wanted(const struct state *st) { return &st->wanted; }
uint64_t state_wanted_order(const struct state *st) { return st->wanted_order; }
