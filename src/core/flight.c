/* The life of a flight.
 *
 *            +--change, release--+              +--change, release--+
 *   file     v                   |              v                   |
 *  ------> FILED ----------------+--activate-> ACTIVE --------------+--end--> ENDED ------+
 *            |                                   |                              ^          +--purge--> (gone)
 *            +--cancel-> CANCELLED ---------------------------------------------|----------+
 *            +--lapse (a day after its last time without being active)----------+
 *
 * Its volumes count while it is filed or active, within their times; where it really is, tracks say. */
#include "core/bridge.h"
#include "core/watch.h"

#define BIT(state) (1u << (state))
enum move { MOVE_CHANGE, MOVE_ACTIVATE, MOVE_END, MOVE_CANCEL, MOVE_LAPSE, MOVES };
static const struct { unsigned from; int8_t to; /* -1: stays */ } moves[MOVES] = {
    [MOVE_CHANGE] = {BIT(FLIGHT_FILED) | BIT(FLIGHT_ACTIVE), -1},
    [MOVE_ACTIVATE] = {BIT(FLIGHT_FILED), FLIGHT_ACTIVE},
    [MOVE_END] = {BIT(FLIGHT_ACTIVE), FLIGHT_ENDED},
    [MOVE_CANCEL] = {BIT(FLIGHT_FILED), FLIGHT_CANCELLED},
    [MOVE_LAPSE] = {BIT(FLIGHT_FILED), FLIGHT_ENDED},
};
static const char *const state_names[FLIGHT_STATES] = {"filed", "active", "ended", "cancelled"};

static bool may_move(const struct flight_row *f, enum move m) { return (moves[m].from & BIT(f->state)) != 0; }
static void invariant(const struct flight_row *f) {
    assert(f->state < FLIGHT_STATES && f->party != PARTY_NONE && f->version > 0);
    assert((f->ended != INSTANT_NONE) == !flight_stands(f));
    assert(f->state != FLIGHT_FILED || f->activated == INSTANT_NONE);
    assert(f->state != FLIGHT_ACTIVE || f->activated != INSTANT_NONE);
}
static void move(struct flight_row *f, enum move m, instant at) {
    assert(may_move(f, m));
    if (moves[m].to >= 0) f->state = (uint8_t)moves[m].to;
    if (m == MOVE_ACTIVATE) f->activated = at;
    if (!flight_stands(f)) f->ended = at;
    invariant(f);
}

/* ---- active flights by address: what joins a party's own feed to its own flights ---- */
static uint32_t icao_code(uint16_t party, uint32_t icao24) {
    uint32_t key[2] = {party, icao24};
    return table_code(key, sizeof key);
}
static void icao_leave(struct state *st, row r) {
    const struct flight_row *f = flight_at(st, r);
    if (f->state == FLIGHT_ACTIVE && f->icao24) hash_index_remove(&st->watch->flight_by_icao, r);
}
void flight_icao_enter(struct state *st, row r) {
    const struct flight_row *f = flight_at(st, r);
    if (f->state == FLIGHT_ACTIVE && f->icao24) hash_index_put(&st->watch->flight_by_icao, r, icao_code(f->party, f->icao24));
}
row flight_by_icao(const struct state *st, uint16_t party, uint32_t icao24) {
    row found = ROW_NONE; /* of several the oldest, whatever the order of the chain */
    const struct hash_index *x = &st->watch->flight_by_icao;
    for (row r = hash_index_first(x, icao_code(party, icao24)); r != ROW_NONE; r = hash_index_more(x, r)) {
        const struct flight_row *f = flight_at(st, r);
        if (f->party == party && f->icao24 == icao24 && (found == ROW_NONE || f->serial < flight_at(st, found)->serial)) found = r;
    }
    return found;
}

/* ---- sections ---- */
static void release_section(struct state *st, struct flight_row *f, uint8_t rank) {
    if (f->section[rank].present) pool_release(st, f->section[rank].volume);
    f->section[rank] = (struct flight_section){.volume = ROW_NONE};
}
static uint8_t keep_text(char *to, size_t room, struct text t) {
    assert(t.size <= room);
    if (t.size) memcpy(to, t.at, t.size);
    return (uint8_t)t.size;
}
static void store_section(struct state *st, row r, uint8_t rank, const struct section *x, const struct reader_set *readers) {
    struct flight_row *f = flight_at(st, r);
    const struct body_flight *b = &x->body.flight;
    struct flight_section *s = &f->section[rank];
    *s = (struct flight_section){.present = true, .slot = x->slot, .readers = *readers, .icao24 = b->icao24,
                                 .persons_on_board = b->persons_on_board, .priority = b->priority, .volume = ROW_NONE,
                                 .volume_count = b->volume_count};
    s->callsign_size = keep_text(s->callsign, sizeof s->callsign, b->callsign);
    s->registration_size = keep_text(s->registration, sizeof s->registration, b->registration);
    s->aircraft_type_size = keep_text(s->aircraft_type, sizeof s->aircraft_type, b->aircraft_type);
    pool_volumes_store(st, OWNER_FLIGHT, r, f->party, x->slot, b->volumes, b->volume_count, &s->volume);
}
static instant last_end(const struct state *st, const struct flight_row *f) {
    instant last = INSTANT_NONE;
    for (int i = 0; i < RANKS; i++)
        for (row r = f->section[i].present ? f->section[i].volume : ROW_NONE; r != ROW_NONE; r = volume_at(st, r)->next)
            if (volume_at(st, r)->end > last) last = volume_at(st, r)->end;
    return last;
}
static void schedule(struct state *st, row r) {
    const struct flight_row *f = flight_at(st, r);
    bridge_touch(st, OWNER_FLIGHT, r);
    instant at = INSTANT_NONE;
    if (f->state == FLIGHT_FILED) at = (f->ends == INSTANT_NONE || f->ends < f->filed ? f->filed : f->ends) + INSTANT_DAY;
    else if (f->state != FLIGHT_ACTIVE) at = f->ended + WATCH_RETENTION_NS;
    if (at == INSTANT_NONE) timer_cancel(st, TIMER_FLIGHT, r);
    else timer_set(st, TIMER_FLIGHT, r, f->serial, at > st->time ? at : st->time + 1);
}

/* Tracks lose a flight that is over: they have an owner of their own again. */
void flight_drop_tracks(struct state *st, row r, struct effects *fx) {
    uint32_t count = tracks_of_flight(st, r, st->work_rows_2);
    for (uint32_t i = 0; i < count; i++) {
        bool consented = track_at(st, st->work_rows_2[i])->joined_by_statement;
        track_join(st, st->work_rows_2[i], ROW_NONE, false);
        if (!consented) st->watch->only = flight_at(st, r)->party; /* of a join of itself nobody else may notice anything */
        conflict_refresh(st, OWNER_TRACK, st->work_rows_2[i], fx);
        st->watch->only = PARTY_NONE;
    }
}

static void over(struct state *st, row r, struct effects *fx) {
    alert_entity_gone(st, OWNER_FLIGHT, r, fx);
    flight_drop_tracks(st, r, fx);
    schedule(st, r);
}

static void purge(struct state *st, row r, struct effects *fx) {
    struct flight_row *f = flight_at(st, r);
    assert(!flight_stands(f));
    alert_entity_gone(st, OWNER_FLIGHT, r, fx);
    bridge_gone(st, OWNER_FLIGHT, r, fx);
    for (uint8_t i = 0; i < RANKS; i++) release_section(st, f, i);
    timer_cancel(st, TIMER_FLIGHT, r);
    hash_index_remove(&st->flights.by_id, r);
    quota_give(st, f->party, QUOTA_FLIGHTS, 1);
    sweeps_leave(st, OWNER_FLIGHT, r);
    table_drop(&st->flights, r);
}

void flight_on_timer(struct state *st, row r, struct effects *fx) {
    struct flight_row *f = flight_at(st, r);
    if (f->state == FLIGHT_FILED) {
        move(f, MOVE_LAPSE, st->time);
        over(st, r, fx);
    } else if (!flight_stands(f)) {
        purge(st, r, fx);
    }
}

/* ---- filing, changing, releasing, opening ---- */
bool flight_sections_check(struct state *st, const struct statement *s, struct step *c, row flight, bool merge) {
    _Static_assert(sizeof(struct sections_plan) <= STEP_PLAN_BYTES, "the plan fits");
    struct sections_plan *p = c->plan;
    if (!sections_plan(st, c, s, true, p) || !sections_room(st, c, p, true)) return false;
    row first[RANKS] = {ROW_NONE, ROW_NONE, ROW_NONE};
    for (int i = 0; flight != ROW_NONE && i < RANKS; i++)
        if (flight_at(st, flight)->section[i].present) first[i] = flight_at(st, flight)->section[i].volume;
    stored_load(st, first);
    sections_contained(st, p, true, merge);
    return true;
}

void flight_sections_apply(struct state *st, const struct statement *s, struct step *c, row r, bool merge, struct effects *fx) {
    const struct sections_plan *p = c->plan;
    struct flight_row *f = flight_at(st, r);
    icao_leave(st, r);
    for (uint8_t i = 0; i < RANKS; i++) {
        if (!merge || p->at[i]) release_section(st, f, i);
        if (p->at[i]) store_section(st, r, i, p->at[i], &p->readers[i]);
    }
    f->not_contained = p->not_contained;
    f->ends = last_end(st, f);
    uint8_t present = 0;
    for (uint8_t i = 0; i < RANKS; i++) present |= (uint8_t)(f->section[i].present ? 1u << i : 0);
    f->icao24 = present ? f->section[rank_narrowest(present)].icao24 : 0;
    flight_icao_enter(st, r);
    c->out->marks |= p->marks;
    deliver_sections(st, s, c, fx);
    schedule(st, r);
    if (f->state == FLIGHT_ACTIVE) track_auto_join(st, r, fx);
    if (flight_stands(f)) conflict_refresh(st, OWNER_FLIGHT, r, fx);
}

static void touched(struct flight_row *f, const struct statement *s, const struct step *c) {
    f->last_statement = s->hash;
    f->order = s->order;
    f->place = c->out->place;
}

bool flight_check(struct state *st, const struct statement *s, struct step *c) {
    if (!own_entity(st, s, c)) return false;
    row r = c->entity = flight_find(st, c->party, &s->on.id);
    if (r != ROW_NONE) {
        const struct flight_row *f = flight_at(st, r);
        if (!step_prev(c, s, &f->last_statement)) return false;
        if (!may_move(f, MOVE_CHANGE)) return refuse(c, REASON_BAD_STATE, "/on: the flight is %s; must be filed or active", state_names[f->state]);
    } else {
        if (s->has_prev) return refuse(c, REASON_UNKNOWN_ENTITY, "/prev: given, but there is no such flight");
        if (!quota_room(st, c->party, QUOTA_FLIGHTS, 1, false)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_FLIGHTS));
    }
    if (s->section_count == 0 && s->open_by == INSTANT_NONE) return refuse(c, REASON_SECTION, "/sections: at least one is needed");
    /* Naming readers is a release, by whatever kind. */
    for (uint32_t i = 0; c->attested && st->live && i < s->section_count; i++)
        if (s->sections[i].reader_count > 0)
            return refuse(c, REASON_MUST_BE_SIGNED, "/sections/%u/to: a flight is opened to others signed only in LIVE", i);
    return flight_sections_check(st, s, c, r, false);
}

void flight_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    row r = c->entity;
    if (r == ROW_NONE) {
        r = c->entity = table_take(&st->flights);
        struct flight_row *f = flight_at(st, r);
        *f = (struct flight_row){.id = s->on.id, .party = c->party, .serial = state_serial(st), .state = FLIGHT_FILED, .version = 1,
                                 .filed = s->time, .activated = INSTANT_NONE, .ended = INSTANT_NONE, .ends = INSTANT_NONE, .tracks = ROW_NONE};
        for (int i = 0; i < RANKS; i++) f->section[i].volume = ROW_NONE;
        hash_index_put(&st->flights.by_id, r, table_code_entity(c->party, &s->on.id));
        sweeps_join(st, OWNER_FLIGHT, r);
        quota_take(st, c->party, QUOTA_FLIGHTS, 1);
    } else {
        flight_at(st, r)->version++;
    }
    struct flight_row *f = flight_at(st, r);
    touched(f, s, c);
    f->filed_statement = s->hash;
    f->sealed = s->open_by != INSTANT_NONE;
    flight_sections_apply(st, s, c, r, false, fx);
    invariant(f);
}

bool flight_release_check(struct state *st, const struct statement *s, struct step *c) {
    if (!own_entity(st, s, c)) return false;
    row r = c->entity = flight_find(st, c->party, &s->on.id);
    if (r == ROW_NONE) return refuse(c, REASON_UNKNOWN_ENTITY, "/on: no such flight");
    const struct flight_row *f = flight_at(st, r);
    if (!step_prev(c, s, &f->last_statement)) return false;
    if (!may_move(f, MOVE_CHANGE)) return refuse(c, REASON_BAD_STATE, "/on: the flight is %s; must be filed or active", state_names[f->state]);
    if (s->section_count == 0) return refuse(c, REASON_SECTION, "/sections: at least one is needed");
    return flight_sections_check(st, s, c, r, true);
}

void flight_release_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct flight_row *f = flight_at(st, c->entity);
    touched(f, s, c);
    f->version++;
    f->releases++;
    flight_sections_apply(st, s, c, c->entity, true, fx);
    invariant(f);
}

/* ---- activate, end, cancel ---- */
static bool move_check(struct state *st, const struct statement *s, struct step *c, enum move m, const char *wanted) {
    if (!own_entity(st, s, c)) return false;
    row r = c->entity = flight_find(st, c->party, &s->on.id);
    if (r == ROW_NONE) return refuse(c, REASON_UNKNOWN_ENTITY, "/on: no such flight");
    const struct flight_row *f = flight_at(st, r);
    if (!step_prev(c, s, &f->last_statement)) return false;
    if (!may_move(f, m)) return refuse(c, REASON_BAD_STATE, "/on: the flight is %s; must be %s", state_names[f->state], wanted);
    return true;
}

/* Whoever may read the flight learns of its move; the text goes to the readers that it names. */
static void moved(struct state *st, const struct statement *s, struct step *c, enum move m, struct effects *fx) {
    struct flight_row *f = flight_at(st, c->entity);
    touched(f, s, c);
    icao_leave(st, c->entity);
    move(f, m, s->time);
    flight_icao_enter(st, c->entity);
    deliver_sections(st, s, c, fx);
    for (uint16_t p = 0; p < st->party_count; p++) {
        bool reads = false;
        for (int i = 0; i < RANKS && !reads; i++) reads = f->section[i].present && reader_set_has(st, &f->section[i].readers, p);
        if (reads && p != f->party) tell_statement(st, fx, p, 0);
    }
}

bool flight_activate_check(struct state *st, const struct statement *s, struct step *c) { return move_check(st, s, c, MOVE_ACTIVATE, "filed"); }
void flight_activate_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    moved(st, s, c, MOVE_ACTIVATE, fx);
    schedule(st, c->entity);
    track_auto_join(st, c->entity, fx);
    conflict_refresh(st, OWNER_FLIGHT, c->entity, fx);
}
bool flight_end_check(struct state *st, const struct statement *s, struct step *c) { return move_check(st, s, c, MOVE_END, "active"); }
void flight_end_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    moved(st, s, c, MOVE_END, fx);
    over(st, c->entity, fx);
}
bool flight_cancel_check(struct state *st, const struct statement *s, struct step *c) {
    return move_check(st, s, c, MOVE_CANCEL, "filed");
}
void flight_cancel_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    moved(st, s, c, MOVE_CANCEL, fx);
    over(st, c->entity, fx);
}
