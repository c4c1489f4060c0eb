/* The state as bytes: notices, flights, tracks, alerts, holds, dues. */
#include "core/saved.h"

#include "core/heed.h"

#include "core/search.h"
#include "core/tube.h"

/* ---- notices ---- */
static void saved_lead(struct saved *c, struct notice_lead *l) {
    saved_ref(c, &l->agreement, SAVED_AGREEMENTS, false);
    saved_u32(c, &l->version);
    saved_u8(c, &l->binds);
    saved_flag(c, &l->judged);
    saved_flag(c, &l->delivered_told);
    saved_flag(c, &l->read_back_told);
    saved_i64(c, &l->start);
    saved_i64(c, &l->sequenced);
    saved_i64(c, &l->agreed_ns);
    saved_u32(c, &l->pieces);
}
static void saved_notice_section(struct saved *c, row r, struct notice_section *s) {
    uint16_t party = notice_at(c->st, r)->party;
    saved_flag(c, &s->present);
    if (c->loading) s->volume = ROW_NONE;
    if (!s->present) return;
    saved_u8(c, &s->slot);
    saved_readers(c, &s->readers);
    saved_text(c, s->area, &s->area_size, sizeof s->area);
    saved_name(c, &s->category, false);
    saved_u32(c, &s->marks);
    saved_pool_text(c, &s->text, party);
    saved_volumes(c, OWNER_NOTICE, r, party, &s->volume, &s->volume_count);
}
void saved_notice(struct saved *c, row r) {
    struct notice_row *n = notice_at(c->st, r);
    saved_id(c, &n->id);
    saved_party(c, &n->party, false);
    saved_u64(c, &n->serial);
    saved_kind(c, &n->state, NOTICE_STATES - 1, "the state of a notice");
    saved_flag(c, &n->sealed);
    saved_flag(c, &n->schedule_unread);
    saved_flag(c, &n->attested);
    saved_flag(c, &n->not_contained);
    saved_hash(c, &n->last_statement);
    saved_hash(c, &n->filed_statement);
    saved_u64(c, &n->filed_order);
    saved_u64(c, &n->order);
    saved_u64(c, &n->place);
    saved_name(c, &n->key, true);
    saved_u32(c, &n->version);
    saved_i64(c, &n->tail_ns);
    saved_i64(c, &n->filed);
    saved_i64(c, &n->activated);
    saved_i64(c, &n->over);
    saved_i64(c, &n->tail_until);
    saved_i64(c, &n->ends);
    saved_i64(c, &n->queried);
    saved_u32(c, &n->queries);
    saved_flag(c, &n->hazard_again);
    saved_ref(c, &n->due, SAVED_DUES, true);
    saved_kind(c, &n->lead_count, LIMIT_AGREEMENT_PARTIES, "the number of leads");
    for (uint8_t i = 0; i < n->lead_count; i++) saved_lead(c, &n->lead[i]);
    for (int i = 0; i < RANKS; i++) saved_notice_section(c, r, &n->section[i]);
    saved_timer(c, TIMER_NOTICE, r, n->serial);
}
bool saved_notice_enter(struct saved *c, row r) {
    const struct notice_row *n = notice_at(c->st, r);
    if (notice_find(c->st, n->party, &n->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    hash_index_put(&c->st->notices.by_id, r, table_code_entity(n->party, &n->id));
    sweeps_join(c->st, OWNER_NOTICE, r);
    return saved_quota(c, n->party, QUOTA_NOTICES, 1);
}

/* ---- flights ---- */
static void saved_flight_section(struct saved *c, row r, struct flight_section *s) {
    saved_flag(c, &s->present);
    if (c->loading) s->volume = ROW_NONE;
    if (!s->present) return;
    saved_u8(c, &s->slot);
    saved_readers(c, &s->readers);
    saved_text(c, s->callsign, &s->callsign_size, sizeof s->callsign);
    saved_text(c, s->registration, &s->registration_size, sizeof s->registration);
    saved_text(c, s->aircraft_type, &s->aircraft_type_size, sizeof s->aircraft_type);
    saved_u32(c, &s->icao24);
    saved_i32(c, &s->persons_on_board);
    saved_u8(c, &s->priority);
    saved_volumes(c, OWNER_FLIGHT, r, flight_at(c->st, r)->party, &s->volume, &s->volume_count);
}
void saved_flight(struct saved *c, row r) {
    struct flight_row *f = flight_at(c->st, r);
    if (c->loading) f->tracks = ROW_NONE;
    saved_id(c, &f->id);
    saved_party(c, &f->party, false);
    saved_u64(c, &f->serial);
    saved_kind(c, &f->state, FLIGHT_STATES - 1, "the state of a flight");
    saved_flag(c, &f->not_contained);
    saved_flag(c, &f->sealed);
    saved_hash(c, &f->last_statement);
    saved_hash(c, &f->filed_statement);
    saved_u64(c, &f->order);
    saved_u64(c, &f->place);
    saved_u32(c, &f->version);
    saved_i64(c, &f->filed);
    saved_i64(c, &f->activated);
    saved_i64(c, &f->ended);
    saved_i64(c, &f->ends);
    saved_u32(c, &f->icao24);
    saved_u64(c, &f->releases);
    for (int i = 0; i < RANKS; i++) saved_flight_section(c, r, &f->section[i]);
    saved_timer(c, TIMER_FLIGHT, r, f->serial);
}
bool saved_flight_enter(struct saved *c, row r) {
    const struct flight_row *f = flight_at(c->st, r);
    if (flight_find(c->st, f->party, &f->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    hash_index_put(&c->st->flights.by_id, r, table_code_entity(f->party, &f->id));
    sweeps_join(c->st, OWNER_FLIGHT, r);
    flight_icao_enter(c->st, r);
    return saved_quota(c, f->party, QUOTA_FLIGHTS, 1);
}

/* ---- tracks ---- */
static void saved_anchor(struct saved *c, struct anchor *a) {
    struct altitude altitude = {a->altitude_cm, a->reference};
    int64_t uncertainty = a->uncertainty_cm;
        saved_position(c, &a->at);
    saved_altitude(c, &altitude);
    saved_i64(c, &a->time);
    saved_i64(c, &a->span);
    saved_i32(c, &a->speed_cms);
    saved_i32(c, &a->track_mdeg);
    saved_i32(c, &a->climb_cms);
    saved_i64(c, &uncertainty);
    a->altitude_cm = altitude.cm;
    a->reference = altitude.reference;
    a->uncertainty_cm = (int32_t)uncertainty;
    if (a->span < 0 || a->span > INSTANT_DAY || a->speed_cms < 0 || uncertainty < 0 || uncertainty > INT32_MAX) saved_bad(c, "a motion runs back");
}
/* In the form of a list of volumes (saved.c). What follows from the track's motion stands there too, and must be what follows. */
struct saved_tube { struct volume v; struct position room[4]; };
static void saved_tube(struct saved *c, struct track_row *t, struct saved_tube *x) {
    uint32_t tubes = tube_is(t);
    uint8_t slot = 0;
    struct shape *s = &x->v.shape;
    if (!c->loading && tubes) tube_view(t, x->room, &x->v);
    saved_u32(c, &tubes);
    if (tubes > 1) saved_bad(c, "%u tubes; at most one", tubes);
    if (c->failed || tubes == 0) return;
    saved_u8(c, &slot);
    saved_kind(c, &s->kind, SHAPE_CORRIDOR, "the shape of a tube");
    saved_u32(c, &s->count);
    saved_i64(c, &s->reach_cm);
    saved_altitude(c, &x->v.lower);
    saved_altitude(c, &x->v.upper);
    saved_i64(c, &x->v.start);
    saved_i64(c, &x->v.end);
    if (slot != 0 || s->kind == SHAPE_POLYGON || s->count < 1 || s->count > (s->kind == SHAPE_CIRCLE ? 1 : 4) || s->reach_cm <= 0 || s->reach_cm > INT64_C(2000000000))
        saved_bad(c, "a tube of no possible shape");
    for (uint32_t i = 0; !c->failed && i < s->count; i++) saved_position(c, &x->room[i]);
    if (!c->loading || c->failed) return;
    t->reach_cm = (int32_t)s->reach_cm;
    t->anchor.kind = s->kind;
    t->anchor.count = (uint8_t)s->count;
    t->until = x->v.end;
    memcpy(t->beyond, x->room + 1, (s->count - 1) * sizeof *x->room);
}
static bool altitude_same(const struct altitude *a, const struct altitude *b) { return a->cm == b->cm && a->reference == b->reference; }
static void tube_good(struct saved *c, const struct track_row *t, const struct saved_tube *x) {
    if (t->anchor.span <= 0) {
        saved_bad(c, "a tube without a motion");
        return;
    }
    struct volume v = tube_span(t);
    bool good = x->room[0].lat == t->anchor.at.lat && x->room[0].lon == t->anchor.at.lon && v.start == x->v.start && altitude_same(&v.lower, &x->v.lower) &&
                altitude_same(&v.upper, &x->v.upper);
    if (!good) saved_bad(c, "a tube that its motion does not make");
}
void saved_track(struct saved *c, row r) {
    struct track_row *t = track_at(c->st, r);
    struct saved_tube tube = {0};
    struct altitude altitude = track_altitude(t);
    uint32_t flags = t->flags;
    saved_ref(c, &t->feed, SAVED_FEEDS, false);
    saved_party(c, &t->party, false);
    saved_text(c, t->identity, &t->identity_size, sizeof t->identity);
    saved_u64(c, &t->serial);
    saved_text(c, t->callsign, &t->callsign_size, sizeof t->callsign);
    saved_i64(c, &t->time);
    saved_i64(c, &t->sequenced);
    saved_position(c, &t->at);
    saved_altitude(c, &altitude);
    t->altitude_cm = altitude.cm;
    t->reference = altitude.reference;
    saved_flag(c, &t->has_altitude);
    saved_i32(c, &t->speed_cms);
    saved_i32(c, &t->track_mdeg);
    saved_i32(c, &t->climb_cms);
    saved_i32(c, &t->uncertainty_cm);
    saved_u32(c, &flags);
    t->flags = (uint8_t)flags;
    if (flags > UINT8_MAX) saved_bad(c, "flags of no track");
    saved_u32(c, &t->duplicates);
    saved_u32(c, &t->late);
    saved_u32(c, &t->jumps);
    saved_ref(c, &t->flight, SAVED_FLIGHTS, true);
    saved_flag(c, &t->joined_by_statement);
    saved_u64(c, &t->joined_order);
    saved_tube(c, t, &tube);
    saved_anchor(c, &t->anchor);
    saved_flag(c, &t->anchor.circle);
    saved_i64(c, &t->anchored);
    saved_flag(c, &t->silent);
    saved_u8(c, &t->told);
    saved_u8(c, &t->slot);
    saved_u32(c, &t->rivals);
    saved_u32(c, &t->rivals_told);
    saved_kind(c, &t->twin, TWINS - 1, "which of two aircraft");
    saved_u8(c, &t->turns);
    saved_i64(c, &t->left);
    saved_position(c, &t->left_at);
    saved_timer(c, TIMER_TRACK, r, t->serial);
    if (c->loading && !c->failed && tube_is(t)) tube_good(c, t, &tube);
}
bool saved_track_enter(struct saved *c, row r) {
    struct track_row *t = track_at(c->st, r);
    if (t->party != feed_at(c->st, t->feed)->party) return saved_bad(c, "is not of its feed's party");
    row first = track_find(c->st, t->feed, (struct text){t->identity, t->identity_size});
    bool second = first != ROW_NONE && t->twin == TWIN_SECOND && track_at(c->st, first)->twin == TWIN_FIRST && twin_of(c->st, first) == ROW_NONE;
    if ((first != ROW_NONE || t->twin == TWIN_SECOND) && !second) return saved_bad(c, "an identity that stands twice on its feed");
    if (t->slot > RIVAL_SLOTS || (t->slot < RIVAL_SLOTS && rival_at(c->st, r, t->slot) != ROW_NONE)) return saved_bad(c, "its place among those of its identity");
    track_index(c->st, r);
    if (t->flight != ROW_NONE) {
        uint64_t order = t->joined_order;
        row flight = t->flight;
        t->flight = ROW_NONE;
        track_join(c->st, r, flight, t->joined_by_statement);
        t->joined_order = order;
    }
    feed_at(c->st, t->feed)->track_count++;
    return saved_quota(c, t->party, QUOTA_TRACKS, 1);
}

/* ---- alerts ---- */
static enum saved_table table_of(enum owner_kind kind) {
    if (kind == OWNER_NOTICE) return SAVED_NOTICES;
    return kind == OWNER_FLIGHT ? SAVED_FLIGHTS : SAVED_TRACKS;
}
/* Of a folded one that does not wait: counting it took more than a step. */
static void saved_slow(struct saved *c, row r) {
    struct counting *x = &c->st->watch->backlog.counting[r];
    bool slow = x->slow && !backlog_at(c->st, WAITING_FOLDED, r)->waits;
    saved_flag(c, &slow);
    if (c->loading) x->slow = slow;
}
void saved_alert(struct saved *c, row r) {
    struct alert_row *a = alert_at(c->st, r);
    saved_id(c, &a->id);
    saved_kind(c, &a->kind, ALERT_FOLDED, "the kind of an alert");
    saved_kind(c, &a->level, LEVEL_IMMEDIATE, "the level of an alert");
    saved_kind(c, &a->told_level, LEVEL_IMMEDIATE, "the level of an alert");
    saved_party(c, &a->owner, false);
    saved_party(c, &a->filer, false);
    if (a->kind != ALERT_FOLDED) {
        saved_ref(c, &a->a, table_of(alert_kind_a(a->kind)), false);
        saved_ref(c, &a->b, table_of(alert_kind_b(a->kind)), false);
    } else if (c->loading) {
        a->a = a->b = ROW_NONE;
    }
    saved_u64(c, &a->serial);
    saved_u32(c, &a->folded);
    saved_u32(c, &a->told_folded);
    saved_i64(c, &a->began);
    saved_i64(c, &a->changed);
    saved_i64(c, &a->entry);
    saved_i64(c, &a->closest);
    saved_i64(c, &a->until);
    saved_i64(c, &a->lower_since);
    saved_i64(c, &a->over_since);
    saved_i64(c, &a->distance_cm);
    saved_i64(c, &a->margin_cm);
    saved_i64(c, &a->height_gap_cm);
    saved_ref(c, &a->due, SAVED_DUES, true);
    saved_flag(c, &a->withheld);
    saved_flag(c, &a->undisclosed);
    if (a->kind == ALERT_FOLDED) saved_slow(c, r);
    saved_timer(c, TIMER_ALERT, r, a->serial);
}
bool saved_alert_enter(struct saved *c, row r) {
    const struct alert_row *a = alert_at(c->st, r);
    struct alert_key k = {.kind = a->kind, .withheld = a->withheld, .owner = a->owner, .filer = a->filer, .a = a->a, .b = a->b};
    if (alert_find(c->st, &k) != ROW_NONE) return saved_bad(c, "an alert that stands twice");
    alert_index(c->st, r);
    return saved_quota(c, a->owner, QUOTA_ALERTS, 1);
}

/* ---- holds ---- */
void saved_hold(struct saved *c, row r) {
    struct hold_row *h = hold_at(c->st, r);
    saved_id(c, &h->id);
    saved_party(c, &h->party, false);
    saved_party(c, &h->asked, false);
    saved_ref(c, &h->notice, SAVED_NOTICES, true);
    saved_u64(c, &h->notice_serial);
    saved_u64(c, &h->serial);
    saved_id(c, &h->notice_id);
    saved_kind(c, &h->state, HOLD_STATES - 1, "the state of a hold");
    saved_kind(c, &h->reply, HOLD_STANDBY, "the reply to a hold");
    saved_u8(c, &h->desk);
    saved_i64(c, &h->until);
    saved_i64(c, &h->made);
    saved_i64(c, &h->repeat_at);
    saved_u32(c, &h->repeats);
    saved_pool_text(c, &h->text, h->party);
    saved_hash(c, &h->last_statement);
    saved_ref(c, &h->due, SAVED_DUES, true);
    saved_timer(c, TIMER_HOLD, r, h->serial);
}
bool saved_hold_enter(struct saved *c, row r) {
    const struct hold_row *h = hold_at(c->st, r);
    if (hold_find(c->st, h->party, &h->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    if (h->notice != ROW_NONE && notice_at(c->st, h->notice)->serial != h->notice_serial) return saved_bad(c, "is not of the notice that it says"); /* the digest knows the serial alone */
    hash_index_put(&c->st->holds.by_id, r, table_code_entity(h->party, &h->id));
    return saved_quota(c, h->party, QUOTA_HOLDS, 1);
}

/* ---- dues ---- */
static void saved_due_ref(struct saved *c, struct due_row *d) {
    if (c->loading) d->ref = ROW_NONE;
    if (d->kind == DUE_NOTICE) saved_ref(c, &d->ref, SAVED_NOTICES, false);
    if (d->kind == DUE_ALERT) saved_ref(c, &d->ref, SAVED_ALERTS, false);
    if (d->kind == DUE_HOLD) saved_ref(c, &d->ref, SAVED_HOLDS, false);
}
void saved_due(struct saved *c, row r) {
    struct due_row *d = due_at(c->st, r);
    saved_party(c, &d->party, false);
    saved_party(c, &d->payer, false);
    saved_u64(c, &d->place);
    saved_kind(c, &d->kind, DUE_MESSAGE, "the kind of a due");
    saved_due_ref(c, d);
    saved_u64(c, &d->ref_serial);
    saved_u64(c, &d->serial);
    saved_u8(c, &d->steps);
    saved_u8(c, &d->desk);
    saved_i64(c, &d->made);
    saved_i64(c, &d->deadline);
    saved_i64(c, &d->repeat_ns);
    saved_i64(c, &d->received);
    saved_i64(c, &d->read_back);
    saved_u32(c, &d->mismatches);
    saved_u32(c, &d->escalations);
    saved_flag(c, &d->has_told);
    saved_i64(c, &d->start);
    saved_altitude(c, &d->lower);
    saved_altitude(c, &d->upper);
    saved_text(c, d->area, &d->area_size, sizeof d->area);
    saved_ref(c, &d->next, SAVED_DUES, true);
    saved_ref(c, &d->previous, SAVED_DUES, true);
    saved_timer(c, TIMER_DUE, r, d->serial);
}
bool saved_due_enter(struct saved *c, row r) {
    struct due_row *d = due_at(c->st, r);
    if (due_find(c->st, d->party, d->place) != ROW_NONE) return saved_bad(c, "a place that stands twice");
    if (d->desk >= LIMIT_DESKS) return saved_bad(c, "desk %u of a party; at most %d", d->desk, LIMIT_DESKS - 1);
    if (d->deadline != INSTANT_NONE && d->kind != DUE_NOTICE && d->kind != DUE_ALERT) return saved_bad(c, "a deadline for what is no notice and no alert");
    due_index(c->st, r);
    return saved_quota(c, d->payer, QUOTA_DUES, 1);
}

/* ---- the backlog ---- */
static enum saved_table waiting_table(uint8_t kind) {
    return kind == WAITING_FOLDED ? SAVED_ALERTS : kind % WAITING_OF_PART == WAITING_NOTICE ? SAVED_NOTICES : kind % WAITING_OF_PART == WAITING_FLIGHT ? SAVED_FLIGHTS : SAVED_TRACKS;
}
/* May it stand in this queue? The row is one of its table's. */
static bool waiting_good(struct saved *c, uint16_t party, int part, uint8_t kind, row r, const struct waiting *x) {
    static const enum owner_kind kinds[WAITING_OF_PART] = {OWNER_NOTICE, OWNER_FLIGHT, OWNER_TRACK};
    struct state *st = c->st;
    if (backlog_at(st, (enum waiting_kind)kind, r)->waits) return saved_bad(c, "waits twice");
    if (kind == WAITING_FOLDED && st->watch->backlog.counting[r].slow) return saved_bad(c, "waits, so how long it took is not known");
    if (kind == WAITING_FOLDED)
        return (part == PART_OWN && alert_at(st, r)->kind == ALERT_FOLDED && alert_at(st, r)->filer == party && !x->own_only) || saved_bad(c, "a folded alert waits in no such queue");
    enum owner_kind owner = kinds[kind % WAITING_OF_PART];
    bool good = kind / WAITING_OF_PART == part && search_party(st, owner, r) == party && search_counts(st, owner, r) && (!x->own_only || owner == OWNER_TRACK);
    return good || saved_bad(c, "what waits stands in no such queue");
}
static void saved_waiting(struct saved *c, uint16_t party, int part, uint8_t kind, row r) {
    struct waiting x = c->loading ? (struct waiting){0} : *backlog_at(c->st, (enum waiting_kind)kind, r);
    saved_kind(c, &kind, WAITING_KINDS - 1, "the kind of what waits");
    saved_ref(c, &r, waiting_table(kind), false);
    struct counting n = c->loading || kind != WAITING_FOLDED ? (struct counting){0} : c->st->watch->backlog.counting[r];
    uint64_t at = key_shown(x.at), from = key_shown(x.from), since = x.since, key;
    bool own_only = x.own_only;
    saved_u64(c, &at);
    saved_u64(c, &from);
    saved_u64(c, &since);
    saved_u32(c, &n.counted);
    saved_kind(c, &n.level, LEVEL_IMMEDIATE, "the level of an alert");
    saved_flag(c, &own_only);
    saved_flag(c, &n.missed);
    if (c->loading && !c->failed && (!key_read(at, &key) || !key_read(from, &key) || since > c->st->order)) saved_bad(c, "a cursor of no possible key, or an order to come");
    if (c->loading && !c->failed) {
        (void)key_read(at, &key), x.at = key;
        (void)key_read(from, &key), x.from = key;
        x.since = since, x.own_only = own_only;
    }
    if (!c->loading || c->failed || !waiting_good(c, party, part, kind, r, &x)) return;
    struct waiting *to = backlog_at(c->st, (enum waiting_kind)kind, r);
    backlog_enter(c->st, (enum waiting_kind)kind, r);
    x.waits = true;
    x.next = to->next;
    x.previous = to->previous;
    *to = x;
    if (kind == WAITING_FOLDED) c->st->watch->backlog.counting[r] = (struct counting){.counted = n.counted, .level = n.level, .missed = n.missed};
}
static uint8_t kind_at(const struct backlog *b, uint32_t i) {
    uint8_t k = 0;
    while (i >= b->base[k + 1]) k++;
    return k;
}
/* Of the first of a queue: the pair that is half looked at. */
static void saved_run(struct saved *c, size_t q) {
    struct backlog *b = &c->st->watch->backlog;
    struct pair_run *x = &b->run[q];
    uint64_t key = key_shown(x->key), read;
    bool runs = x->runs;
    saved_flag(c, &runs);
    if (!runs || c->failed) return;
    saved_u64(c, &key);
    saved_u32(c, &x->finding);
    saved_u32(c, &x->lists);
    saved_u32(c, &x->a);
    saved_u32(c, &x->b);
    saved_u16(c, &x->ranks);
    saved_i64(c, &x->work);
    saved_flag(c, &x->found.meets);
    int64_t *const of[] = {&x->found.entry, &x->found.until, &x->found.again, &x->found.distance_cm, &x->found.margin_cm, &x->found.height_gap_cm, &x->found.closest};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) saved_i64(c, of[i]);
    if (!c->loading || c->failed) return;
    bool good = key_read(key, &read) && x->finding >= 1 && x->finding <= 3 && x->lists >= 1 && x->lists <= RANKS * RANKS && x->a < LIMIT_VOLUMES && x->b < LIMIT_VOLUMES && x->work <= LIMIT_PAIR_WORK;
    if (!good || b->at[b->first[q]].own_only || kind_at(b, b->first[q]) == WAITING_FOLDED) {
        saved_bad(c, "a pair that cannot be half looked at");
        return;
    }
    x->key = read;
    x->runs = true;
    b->running++;
}
void saved_backlog(struct saved *c) {
    struct backlog *b = &c->st->watch->backlog;
    saved_u64(c, &b->continues);
    saved_u16(c, &b->turn);
    if (b->turn > c->st->capacity.parties) saved_bad(c, "it is the turn of party %u", b->turn);
    saved_timers(c);
    saved_sweeps(c);
    for (uint16_t p = 0; p < c->st->party_count; p++)
        for (int part = 0; part < SEARCH_PARTS && !c->failed; part++) {
            uint32_t n = 0, at = b->first[p * SEARCH_PARTS + part];
            for (uint32_t i = at; i != WAITING_NONE; i = b->at[i].next) n++; /* loading: none yet */
            saved_u32(c, &n);
            for (uint32_t i = 0; i < n && !c->failed; i++) {
                uint8_t kind = c->loading ? 0 : kind_at(b, at);
                saved_waiting(c, p, part, kind, c->loading ? 0 : at - b->base[kind]);
                if (!c->loading) at = b->at[at].next;
            }
            if (n > 0 && !c->failed) saved_run(c, (size_t)p * SEARCH_PARTS + (size_t)part);
        }
}
