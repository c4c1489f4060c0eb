/* What must hold of notices, flights, tracks, alerts, holds and dues after every step, and their canonical bytes. */
#include "core/digest.h"
#include "core/heed.h"
#include "core/tube.h"

/* ---- digest: rows by serial, without row numbers ---- */
#define ALL DIGEST_ALL

#define ORDER(type)                                                                                                    \
    static int type##_order(const void *a, const void *b) {                                                            \
        const struct type##_row *x = a, *y = b;                                                                        \
        return x->serial < y->serial ? -1 : x->serial > y->serial;                                                     \
    }
ORDER(notice)
ORDER(flight)
ORDER(track)
ORDER(alert)
ORDER(hold)
ORDER(due)

static void altitude_digest(struct sha256 *to, const struct altitude *a) { ALL(to, (uint64_t)(int64_t)a->cm, a->reference); }
static void windows_digest(const struct state *st, struct sha256 *to, row first) {
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
        const struct volume_row *v = volume_at(st, r);
        ALL(to, (uint64_t)v->stated_start, (uint64_t)v->stated_end, v->last_window, v->idle);
    }
}
static void lead_digest(const struct state *st, struct sha256 *to, const struct notice_lead *l) {
    digest_name(to, &agreement_at(st, l->agreement)->name);
    ALL(to, l->version, l->binds, l->judged, l->delivered_told, l->read_back_told, (uint64_t)l->start, (uint64_t)l->sequenced,
        (uint64_t)l->agreed_ns, l->pieces);
}
static void notice_digest(const struct state *st, struct sha256 *to, row r) {
    const struct notice_row *n = notice_at(st, r);
    digest_id(to, &n->id);
    digest_hash(to, &n->last_statement);
    digest_hash(to, &n->filed_statement);
    digest_name(to, &n->key);
    ALL(to, n->party, n->serial, n->state, n->sealed, n->schedule_unread, n->attested, n->not_contained, n->filed_order, n->order, n->place,
        n->version, (uint64_t)n->filed, (uint64_t)n->activated, (uint64_t)n->over, (uint64_t)n->tail_until, (uint64_t)n->tail_ns, (uint64_t)n->ends,
        (uint64_t)n->queried, n->queries, n->hazard_again, n->lead_count);
    for (uint8_t i = 0; i < n->lead_count; i++) lead_digest(st, to, &n->lead[i]);
    for (int i = 0; i < RANKS; i++) {
        const struct notice_section *s = &n->section[i];
        digest_u64(to, s->present);
        if (!s->present) continue;
        ALL(to, s->slot, s->marks, s->volume_count);
        digest_readers(st, to, &s->readers);
        digest_bytes(to, s->area, s->area_size);
        digest_name(to, &s->category);
        digest_text(st, to, s->text);
        digest_volumes(st, to, s->volume);
        windows_digest(st, to, s->volume);
    }
    digest_timer(st, to, TIMER_NOTICE, r);
}
static void flight_digest(const struct state *st, struct sha256 *to, row r) {
    const struct flight_row *f = flight_at(st, r);
    digest_id(to, &f->id);
    digest_hash(to, &f->last_statement);
    digest_hash(to, &f->filed_statement);
    ALL(to, f->party, f->serial, f->state, f->not_contained, f->sealed, f->order, f->place, f->version, (uint64_t)f->filed,
        (uint64_t)f->activated, (uint64_t)f->ended, (uint64_t)f->ends, f->icao24, f->releases);
    for (int i = 0; i < RANKS; i++) {
        const struct flight_section *s = &f->section[i];
        digest_u64(to, s->present);
        if (!s->present) continue;
        ALL(to, s->slot, s->icao24, (uint64_t)(int64_t)s->persons_on_board, s->priority, s->volume_count);
        digest_readers(st, to, &s->readers);
        digest_bytes(to, s->callsign, s->callsign_size);
        digest_bytes(to, s->registration, s->registration_size);
        digest_bytes(to, s->aircraft_type, s->aircraft_type_size);
        digest_volumes(st, to, s->volume);
    }
    digest_timer(st, to, TIMER_FLIGHT, r);
}
static void motion_digest(struct sha256 *to, const struct motion *m) {
    altitude_digest(to, &m->altitude);
    ALL(to, (uint64_t)(int64_t)m->at.lat, (uint64_t)(int64_t)m->at.lon, (uint64_t)m->time, (uint64_t)m->span, (uint64_t)(int64_t)m->speed_cms,
        (uint64_t)(int64_t)m->track_mdeg, (uint64_t)(int64_t)m->climb_cms, (uint64_t)m->uncertainty_cm);
}
/* As of a list of volumes that has one, or none. */
static void tube_digest(struct sha256 *to, const struct track_row *t) {
    struct volume v;
    struct position room[4];
    if (tube_is(t)) {
        tube_view(t, room, &v);
        ALL(to, 1, 0, 0, v.shape.kind, v.shape.count, (uint64_t)v.shape.reach_cm, (uint64_t)v.lower.cm, v.lower.reference, (uint64_t)v.upper.cm,
            v.upper.reference, (uint64_t)v.start, (uint64_t)v.end);
        for (uint32_t i = 0; i < v.shape.count; i++) ALL(to, (uint64_t)v.shape.at[i].lat, (uint64_t)v.shape.at[i].lon);
    }
    digest_u64(to, 0);
}
static void track_digest(const struct state *st, struct sha256 *to, row r) {
    const struct track_row *t = track_at(st, r);
    digest_name(to, &feed_at(st, t->feed)->name);
    digest_bytes(to, t->identity, t->identity_size);
    digest_bytes(to, t->callsign, t->callsign_size);
    struct altitude altitude = track_altitude(t);
    struct motion m = track_motion(t);
    altitude_digest(to, &altitude);
    ALL(to, t->party, t->serial, (uint64_t)t->time, (uint64_t)t->sequenced, (uint64_t)(int64_t)t->at.lat, (uint64_t)(int64_t)t->at.lon,
        t->has_altitude, (uint64_t)(int64_t)t->speed_cms, (uint64_t)(int64_t)t->track_mdeg, (uint64_t)(int64_t)t->climb_cms,
        (uint64_t)(int64_t)t->uncertainty_cm, t->flags, t->duplicates, t->late, t->jumps,
        t->flight == ROW_NONE ? 0 : flight_at(st, t->flight)->serial, t->joined_by_statement, t->joined_order, t->anchor.circle,
        (uint64_t)t->anchored, t->silent, t->told, t->slot, t->rivals, t->rivals_told, t->twin, t->turns, (uint64_t)t->left,
        (uint64_t)(int64_t)t->left_at.lat, (uint64_t)(int64_t)t->left_at.lon);
    motion_digest(to, &m);
    tube_digest(to, t);
    digest_timer(st, to, TIMER_TRACK, r);
}
static uint64_t serial_of(const struct state *st, enum owner_kind kind, row r) {
    if (r == ROW_NONE) return 0;
    if (kind == OWNER_NOTICE) return notice_at(st, r)->serial;
    return kind == OWNER_FLIGHT ? flight_at(st, r)->serial : track_at(st, r)->serial;
}
static void alert_digest(const struct state *st, struct sha256 *to, row r) {
    const struct alert_row *a = alert_at(st, r);
    digest_id(to, &a->id);
    ALL(to, a->kind, a->level, a->told_level, a->owner, a->filer, serial_of(st, alert_kind_a(a->kind), a->a),
        serial_of(st, alert_kind_b(a->kind), a->b), a->serial, a->folded, a->told_folded, (uint64_t)a->began, (uint64_t)a->changed,
        (uint64_t)a->entry, (uint64_t)a->closest, (uint64_t)a->until, (uint64_t)a->lower_since, (uint64_t)a->over_since, (uint64_t)a->distance_cm,
        (uint64_t)a->margin_cm, (uint64_t)a->height_gap_cm, a->withheld, a->undisclosed,
        a->kind == ALERT_FOLDED && backlog_recounts(st, r));
    digest_timer(st, to, TIMER_ALERT, r);
}
static void hold_digest(const struct state *st, struct sha256 *to, row r) {
    const struct hold_row *h = hold_at(st, r);
    digest_id(to, &h->id);
    digest_id(to, &h->notice_id);
    digest_hash(to, &h->last_statement);
    ALL(to, h->party, h->asked, h->notice != ROW_NONE, h->notice_serial, h->serial, h->state, h->reply, h->desk, (uint64_t)h->until,
        (uint64_t)h->made, (uint64_t)h->repeat_at, h->repeats);
    digest_text(st, to, h->text);
    digest_timer(st, to, TIMER_HOLD, r);
}
static void due_digest(const struct state *st, struct sha256 *to, row r) {
    const struct due_row *d = due_at(st, r);
    altitude_digest(to, &d->lower);
    altitude_digest(to, &d->upper);
    digest_bytes(to, d->area, d->area_size);
    ALL(to, d->party, d->payer, d->place, d->kind, d->ref_serial, d->serial, d->steps, d->desk, (uint64_t)d->made, (uint64_t)d->deadline,
        (uint64_t)d->repeat_ns, (uint64_t)d->received, (uint64_t)d->read_back, d->mismatches, d->escalations, d->has_told, (uint64_t)d->start);
    digest_timer(st, to, TIMER_DUE, r);
}

static void rows_digest(const struct state *st, struct sha256 *to, const struct table *t, int (*order)(const void *, const void *),
                        void (*each)(const struct state *, struct sha256 *, row)) {
    uint32_t count = table_sorted(t, order, st->work_rows);
    digest_u64(to, count);
    for (uint32_t i = 0; i < count; i++) each(st, to, st->work_rows[i]);
}

void watch_digest(const struct state *st, struct sha256 *to) {
    rows_digest(st, to, &st->notices, notice_order, notice_digest);
    rows_digest(st, to, &st->flights, flight_order, flight_digest);
    rows_digest(st, to, &st->tracks, track_order, track_digest);
    rows_digest(st, to, &st->alerts, alert_order, alert_digest);
    rows_digest(st, to, &st->holds, hold_order, hold_digest);
    rows_digest(st, to, &st->dues, due_order, due_digest);
    for (uint16_t p = 0; p < st->party_count; p++) digest_u64(to, st->watch->alert_number[p]);
    backlog_digest(st, to);
}

/* ---- check ---- */
static void chain_check(const struct state *st, row first, enum owner_kind kind, row owner, uint32_t count) {
    uint32_t n = 0;
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next, n++) {
        const struct volume_row *v = volume_at(st, r);
        assert(v->owner_kind == kind && v->owner == owner && index_has(st->index, r));
        assert(kind != OWNER_NOTICE || (v->stated_start <= v->stated_end && v->start <= v->end));
    }
    assert(n == count);
}
static void dues_of(const struct state *st, row first, uint8_t kind, row ref, uint64_t serial, uint32_t *counted) {
    row previous = ROW_NONE;
    for (row d = first; d != ROW_NONE; d = due_at(st, d)->next) {
        const struct due_row *x = due_at(st, d);
        assert(x->kind == kind && x->ref == ref && x->ref_serial == serial && x->previous == previous);
        previous = d;
        ++*counted;
    }
}
static void notices_check(const struct state *st, uint32_t *dues) {
    for (row r = 0; r < st->notices.capacity; r++) {
        if (!st->notices.live[r]) continue;
        const struct notice_row *n = notice_at(st, r);
        assert(notice_find(st, n->party, &n->id) == r && n->state < NOTICE_STATES && n->lead_count <= LIMIT_AGREEMENT_PARTIES);
        assert((n->over != INSTANT_NONE) == !notice_stands(n));
        for (int i = 0; i < RANKS; i++) {
            const struct notice_section *s = &n->section[i];
            chain_check(st, s->volume, OWNER_NOTICE, r, s->volume_count);
            for (row v = s->volume; v != ROW_NONE; v = volume_at(st, v)->next)
                assert(notice_hazardous(n) || volume_at(st, v)->idle);
        }
        dues_of(st, n->due, DUE_NOTICE, r, n->serial, dues);
        instant at;
        bool set = timer_get(st, TIMER_NOTICE, r, &at);
        assert(set || n->ends == INSTANT_NONE || n->state == NOTICE_ACTIVE || n->state == NOTICE_FILED);
    }
}
static void flights_check(const struct state *st) {
    for (row r = 0; r < st->flights.capacity; r++) {
        if (!st->flights.live[r]) continue;
        const struct flight_row *f = flight_at(st, r);
        assert(flight_find(st, f->party, &f->id) == r && f->state < FLIGHT_STATES);
        for (int i = 0; i < RANKS; i++) chain_check(st, f->section[i].volume, OWNER_FLIGHT, r, f->section[i].volume_count);
        assert(f->state != FLIGHT_ACTIVE || !f->icao24 || flight_by_icao(st, f->party, f->icao24) != ROW_NONE);
    }
}
static void lists_check(const struct state *st) {
    uint32_t of_feeds = 0, joined = 0;
    for (row f = table_next(&st->feeds, 0); f != ROW_NONE; f = table_next(&st->feeds, f + 1)) {
        uint32_t n = 0;
        for (row r = table_oldest_of(&st->tracks, feed_at(st, f)->party); r != ROW_NONE; r = table_newer(&st->tracks, r)) n += track_at(st, r)->feed == f;
        assert(n == feed_at(st, f)->track_count);
        of_feeds += n;
    }
    for (row f = table_next(&st->flights, 0); f != ROW_NONE; f = table_next(&st->flights, f + 1))
        for (row r = flight_at(st, f)->tracks; r != ROW_NONE; r = track_at(st, r)->of_flight[0], joined++) assert(track_at(st, r)->flight == f);
    for (row r = table_next(&st->tracks, 0); r != ROW_NONE; r = table_next(&st->tracks, r + 1)) joined -= track_at(st, r)->flight != ROW_NONE;
    assert(of_feeds == st->tracks.used && joined == 0);
}
static void tracks_check(const struct state *st) {
    lists_check(st);
    tubes_check(st);
    for (row r = 0; r < st->tracks.capacity; r++) {
        if (!st->tracks.live[r]) continue;
        const struct track_row *t = track_at(st, r);
        row first = track_find(st, t->feed, (struct text){t->identity, t->identity_size}), twin = twin_of(st, r);
        assert((t->twin == TWIN_SECOND ? first == twin : first == r) && feed_at(st, t->feed)->party == t->party);
        assert(t->twin == TWIN_NONE ? twin == ROW_NONE : track_at(st, twin)->twin + t->twin == TWIN_FIRST + TWIN_SECOND && t->rivals == 0);
        for (uint8_t slot = 0; slot < RIVAL_SLOTS; slot++) {
            uint32_t either = (t->rivals | t->rivals_told) >> slot & 1;
            const struct track_row *o = either ? track_at(st, rival_at(st, r, slot)) : NULL;
            assert(!o || ((o->rivals >> t->slot & 1) == (t->rivals >> slot & 1) && (o->rivals_told >> t->slot & 1) == (t->rivals_told >> slot & 1)));
        }
        assert(t->flight == ROW_NONE || (t->of_flight[1] != ROW_NONE ? track_at(st, t->of_flight[1])->of_flight[0] == r : flight_at(st, t->flight)->tracks == r));
        assert(t->flight == ROW_NONE || flight_stands(flight_at(st, t->flight)));
        instant at;
        assert(timer_get(st, TIMER_TRACK, r, &at));
    }
}
static void alerts_check(const struct state *st, uint32_t *dues) {
    uint64_t pairs = 0;
    for (row r = 0; r < st->alerts.capacity; r++) {
        if (!st->alerts.live[r]) continue;
        const struct alert_row *a = alert_at(st, r);
        struct alert_key k = {.kind = a->kind, .withheld = a->withheld, .owner = a->owner, .filer = a->filer, .a = a->a, .b = a->b};
        assert(alert_find(st, &k) == r && a->level >= LEVEL_ADVISORY && a->level <= LEVEL_IMMEDIATE);
        assert(st->alert_pair[(size_t)a->owner * st->room.parties + a->filer] > 0);
        dues_of(st, a->due, DUE_ALERT, r, a->serial, dues);
        instant at;
        assert(a->told_level == a->level || backlog_recounts(st, r) || timer_get(st, TIMER_ALERT, r, &at)); /* nothing stays untold */
        if (a->kind == ALERT_FOLDED) continue;
        (void)serial_of(st, alert_kind_a(a->kind), a->a); /* asserts that both live */
        (void)serial_of(st, alert_kind_b(a->kind), a->b);
    }
    for (size_t i = 0; i < (size_t)st->room.parties * st->room.parties; i++) pairs += st->alert_pair[i];
    assert(pairs == st->alerts.used);
}
static void holds_check(const struct state *st, uint32_t *dues) {
    for (row r = 0; r < st->holds.capacity; r++) {
        if (!st->holds.live[r]) continue;
        const struct hold_row *h = hold_at(st, r);
        instant at;
        assert(hold_find(st, h->party, &h->id) == r && timer_get(st, TIMER_HOLD, r, &at));
        assert(h->notice == ROW_NONE || notice_at(st, h->notice)->serial == h->notice_serial);
        dues_of(st, h->due, DUE_HOLD, r, h->serial, dues);
    }
}
static void quotas_check(const struct state *st) {
    for (uint16_t p = 0; p < st->party_count; p++) {
        uint32_t notices = 0, flights = 0, tracks = 0, alerts = 0, holds = 0, dues = 0;
        for (row r = 0; r < st->notices.capacity; r++) notices += st->notices.live[r] && notice_at(st, r)->party == p;
        for (row r = 0; r < st->flights.capacity; r++) flights += st->flights.live[r] && flight_at(st, r)->party == p;
        for (row r = 0; r < st->tracks.capacity; r++) tracks += st->tracks.live[r] && track_at(st, r)->party == p;
        for (row r = 0; r < st->alerts.capacity; r++) alerts += st->alerts.live[r] && alert_at(st, r)->owner == p;
        for (row r = 0; r < st->holds.capacity; r++) holds += st->holds.live[r] && hold_at(st, r)->party == p;
        for (row r = 0; r < st->dues.capacity; r++) dues += st->dues.live[r] && due_at(st, r)->payer == p;
        const uint32_t *used = st->parties[p].used;
        assert(used[QUOTA_NOTICES] == notices && used[QUOTA_FLIGHTS] == flights && used[QUOTA_TRACKS] == tracks);
        assert(used[QUOTA_ALERTS] == alerts && used[QUOTA_HOLDS] == holds && used[QUOTA_DUES] == dues);
    }
}

void watch_check(const struct state *st) {
    uint32_t chained = 0, loose = 0;
    notices_check(st, &chained);
    flights_check(st);
    tracks_check(st);
    alerts_check(st, &chained);
    holds_check(st, &chained);
    for (row r = 0; r < st->dues.capacity; r++) {
        if (!st->dues.live[r]) continue;
        assert(due_find(st, due_at(st, r)->party, due_at(st, r)->place) == r);
        loose += due_at(st, r)->kind == DUE_MESSAGE;
    }
    assert(chained + loose == st->dues.used);
    backlog_check(st);
    quotas_check(st);
}
