/* The state: its memory, taken once, and the genesis statement. */
#include <float.h>
#include <stddef.h>

#include "core/capacity.h"
#include "core/dss_store.h"
#include "core/handlers.h"
#include "core/party.h"
#include "core/pool.h"
#include "core/quota.h"
#include "core/settings.h"
#include "core/sort.h"
#include "core/tell.h"
#include "core/timer.h"
#include "core/tube.h"


_Static_assert(FLT_EVAL_METHOD == 0, "doubles are evaluated as doubles: other arithmetic would decide otherwise");

static uint32_t rows_most(const struct state *st) {
    uint32_t most = 0;
    for (int q = 0; q < QUOTAS; q++) {
        uint32_t n = quota_capacity(&st->room, (enum quota)q);
        if (n > most && q != QUOTA_VERTICES) most = n; /* these are no rows: nothing puts chunks in order */
    }
    const uint32_t doors[] = {2 * st->room.managers, st->room.references, st->room.subscriptions};
    for (int i = 0; i < 3; i++)
        if (doors[i] > most) most = doors[i];
    return most;
}
static void layout(struct state *st, struct memory *m) {
    const struct capacity *c = &st->room;
    memory_part(m, "parties");
    st->parties = memory_take(m, c->parties, sizeof *st->parties);
    hash_index_layout(&st->party_by_name, m, c->parties);
    memory_part(m, "keys");
    table_layout(&st->keys, m, c->keys, sizeof(struct key_row), true);
    hash_index_layout(&st->key_by_public, m, c->keys);
    memory_part(m, "agreements");
    table_layout(&st->agreements, m, c->agreements, sizeof(struct agreement_row), true);
    hash_index_layout(&st->agreement_by_name, m, c->agreements);
    memory_part(m, "areas");
    table_layout(&st->areas, m, c->areas, sizeof(struct area_row), true);
    memory_part(m, "feeds");
    table_layout(&st->feeds, m, c->feeds, sizeof(struct feed_row), true);
    memory_part(m, "notices");
    table_layout_of_parties(&st->notices, m, c->notices, sizeof(struct notice_row), true, c->parties);
    memory_part(m, "flights");
    table_layout_of_parties(&st->flights, m, c->flights, sizeof(struct flight_row), true, c->parties);
    memory_part(m, "tracks");
    table_layout_of_parties(&st->tracks, m, c->tracks, sizeof(struct track_row), false, c->parties); /* found by identity (watch.h) */
    memory_part(m, "alerts");
    table_layout(&st->alerts, m, quota_capacity(c, QUOTA_ALERTS), sizeof(struct alert_row), true);
    memory_part(m, "holds");
    table_layout(&st->holds, m, c->holds, sizeof(struct hold_row), true);
    memory_part(m, "dues");
    table_layout(&st->dues, m, quota_capacity(c, QUOTA_DUES), sizeof(struct due_row), true);
    memory_part(m, "pending");
    table_layout(&st->pending, m, c->pending, sizeof(struct pending_row), true);
    memory_part(m, "recent");
    table_layout(&st->recent, m, c->recent, sizeof(struct recent_row), true);
    pool_layout(st, m);
    memory_part(m, "tubes");
    tubes_layout(st, m);
    memory_part(m, "timers");
    timer_layout(st, m);
    memory_part(m, "told");
    tell_layout(st, m);
    memory_part(m, "work");
    st->alert_pair = memory_take(m, (size_t)c->parties * c->parties, sizeof *st->alert_pair);
    st->work_rows = memory_take(m, rows_most(st), sizeof *st->work_rows);
    st->work_rows_2 = memory_take(m, rows_most(st), sizeof *st->work_rows_2);
    st->work_positions_a = memory_take(m, LIMIT_VERTICES, sizeof *st->work_positions_a);
    st->work_positions_b = memory_take(m, LIMIT_VERTICES, sizeof *st->work_positions_b);
    st->area_rows = memory_take(m, c->volumes, sizeof *st->area_rows);
    st->area_positions = memory_take(m, LIMIT_VERTICES, sizeof *st->area_positions);
    st->plan_size = STEP_PLAN_BYTES;
    st->plan = memory_take(m, 1, STEP_PLAN_BYTES);
    st->recent_oldest = st->recent_newest = st->recent_gone = ROW_NONE;
    memory_part(m, "watch");
    watch_layout(st, m);
    dss_layout(st, m);
}

result state_memory(const struct capacity *c, size_t *bytes, struct fault *f) {
    TRY(capacity_bounds(c, f));
    struct state count = {.capacity = *c, .room = *c};
    struct memory m = {0};
    (void)memory_take(&m, 1, sizeof count);
    layout(&count, &m);
    if (m.total >= SIZE_MAX / 4) return fail(f, RESULT_RANGE, "/capacity", "more memory than can be addressed");
    *bytes = m.total;
    return OK;
}
void memory_part(struct memory *m, const char *name) {
    if (!m->part) return;
    if (m->part->name) m->part++;
    m->part->name = name;
}
uint32_t state_memory_parts(const struct capacity *c, struct memory_part out[STATE_PARTS]) {
    struct state count = {.capacity = *c, .room = *c};
    memset(out, 0, STATE_PARTS * sizeof *out);
    struct memory m = {.part = out};
    memory_part(&m, "state");
    (void)memory_take(&m, 1, sizeof count);
    layout(&count, &m);
    assert(m.part < out + STATE_PARTS);
    return (uint32_t)(m.part - out) + 1;
}

static void found(struct state *st, const struct founder *f) {
    uint16_t p = party_enter(st, f);
    if (f->operator_) {
        st->operator_ = p;
        st->parties[p].operator_ = true;
    }
}
/* The operator is party 0, the other founders follow in their order. */
static void founders_enter(struct state *st, const struct body_genesis *g) {
    for (uint32_t i = 0; i < g->founder_count; i++)
        if (g->founders[i].operator_) found(st, &g->founders[i]);
    for (uint32_t i = 0; i < g->founder_count; i++)
        if (!g->founders[i].operator_) found(st, &g->founders[i]);
}
static result genesis_check(const struct body_genesis *g, struct fault *f) {
    uint32_t operators = 0;
    TRY(capacity_bounds(&g->capacity, f));
    if (g->founder_count == 0 || g->founder_count > g->capacity.parties)
        return fail(f, RESULT_RANGE, "/founders", "%u founders; must be 1 to the capacity of parties, %u", g->founder_count, g->capacity.parties);
    if (g->origin.size > sizeof((struct state *)0)->origin_bytes)
        return fail(f, RESULT_TOO_LARGE, "/origin", "at most %zu bytes", sizeof((struct state *)0)->origin_bytes);
    for (uint32_t i = 0; i < g->founder_count; i++) {
        const struct founder *a = &g->founders[i];
        operators += a->operator_;
        if (hash_equal(&a->root_key, &g->log_key) || hash_equal(&a->root_key, &g->receipt_key))
            return fail(f, RESULT_CONFLICT, "/founders", "a founder's root key is a key of the log");
        for (uint32_t k = 0; k < i; k++)
            if (name_equal(&a->name, &g->founders[k].name) || hash_equal(&a->root_key, &g->founders[k].root_key))
                return fail(f, RESULT_CONFLICT, "/founders", "a name or a root key stands twice");
    }
    if (operators != 1) return fail(f, RESULT_RANGE, "/founders", "%u operators; exactly one founder is the operator", operators);
    if (hash_equal(&g->log_key, &g->receipt_key)) return fail(f, RESULT_CONFLICT, "/receipt_key", "is the log's key");
    return settings_check_body(&g->settings, &settings_default, f);
}
result state_empty(struct arena *a, const struct statement *genesis, const struct capacity *capacity, const struct capacity *room, struct state **out, struct fault *f) {
    assert(genesis->kind == KIND_GENESIS && genesis->section_count == 1);
    const struct body_genesis *g = &genesis->sections[0].body.genesis;
    size_t bytes;
    TRY(genesis_check(g, f));
    TRY(state_memory(room, &bytes, f));
    if (!a->at && !a->limit && !arena_take(a, bytes)) return fail(f, RESULT_FULL, "/capacity", "%zu bytes of memory are needed", bytes);
    struct memory m = {.a = a};
    struct state *st = arena_alloc(a, 1, sizeof *st);
    if (!st || (!a->limit && a->room - a->used < bytes - sizeof *st - 16))
        return fail(f, RESULT_FULL, "/capacity", "%zu bytes of memory are needed", bytes);
    st->capacity = st->wanted = *capacity;
    st->room = *room;
    layout(st, &m);
    if (genesis->hash_key != NULL) memcpy(st->dss->hash_key, genesis->hash_key, sizeof st->dss->hash_key);
    st->log = genesis->hash;
    memcpy(st->origin_bytes, g->origin.at, g->origin.size);
    st->origin = (struct text){st->origin_bytes, g->origin.size};
    st->live = g->live;
    st->settings = settings_default;
    settings_merge(&st->settings, &g->settings);
    st->tick_ns = g->tick_ns;
    st->recovery_quorum = g->recovery_quorum;
    st->log_key = g->log_key;
    st->receipt_key = g->receipt_key;
    st->time = INSTANT_NONE;
    *out = st;
    return OK;
}
result state_new(struct arena *a, const struct statement *genesis, struct state **out, struct fault *f) {
    const struct body_genesis *g = &genesis->sections[0].body.genesis;
    TRY(state_empty(a, genesis, &g->capacity, &g->capacity, out, f));
    founders_enter(*out, g);
    return OK;
}

struct effects *state_effects(struct state *st) { return &st->effects; }
uint64_t state_order(const struct state *st) { return st->order; }
instant state_time(const struct state *st) { return st->time; }
uint64_t state_tick(const struct state *st) { return st->tick; }
const struct hash *state_log(const struct state *st) { return &st->log; }
bool state_is_live(const struct state *st) { return st->live; }
struct text state_origin(const struct state *st) { return st->origin; }
uint32_t state_party_count(const struct state *st) { return st->party_count; }
uint16_t state_party_find(const struct state *st, const struct name *n) {
    row r = hash_index_first(&st->party_by_name, table_code(n->at, sizeof n->at));
    while (r != ROW_NONE && !name_equal(&st->parties[r].name, n)) r = hash_index_more(&st->party_by_name, r);
    return r == ROW_NONE ? PARTY_NONE : (uint16_t)r;
}
const struct name *state_party_name(const struct state *st, uint16_t party) {
    assert(party < st->party_count);
    return &st->parties[party].name;
}
uint64_t state_stream_size(const struct state *st, uint16_t party) {
    assert(party < st->party_count);
    return st->parties[party].stream_size;
}

static row entity_find(const struct table *t, uint16_t party, const struct id *id, size_t id_at, size_t party_at) {
    row r = hash_index_first(&t->by_id, table_code_entity(party, id));
    for (; r != ROW_NONE; r = hash_index_more(&t->by_id, r)) {
        const unsigned char *at = table_at(t, r);
        uint16_t p;
        memcpy(&p, at + party_at, sizeof p);
        if (p == party && memcmp(at + id_at, id->bytes, sizeof id->bytes) == 0) break;
    }
    return r;
}
#define ENTITY_FIND(name, table)                                                                                       \
    row name##_find(const struct state *st, uint16_t party, const struct id *id) {                                     \
        return entity_find(&st->table, party, id, offsetof(struct name##_row, id), offsetof(struct name##_row, party)); \
    }
ENTITY_FIND(notice, notices)
ENTITY_FIND(flight, flights)
ENTITY_FIND(hold, holds)
ENTITY_FIND(agreement, agreements)
ENTITY_FIND(area, areas)
