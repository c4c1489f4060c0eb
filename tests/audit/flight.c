/* Flights, joins, areas, feeds; what was sealed and is opened. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

const struct section *came(const struct said *s, int rank);

/* ---- flights ---- */
static const char *own(struct audit *a, struct step *c) { return c->s->has_on && party_find(a, c->s->on_party) == c->party ? NULL : "not-owner"; }
static void schedule(struct audit *a, struct flight *f) {
    int64_t at = NEVER;
    if (f->state == F_FILED) at = (f->ends == NEVER || f->ends < f->filed ? f->filed : f->ends) + DAY;
    if (f->state > F_ACTIVE) at = f->ended + DAY;
    f->timer = at == NEVER ? NEVER : at > a->time ? at : a->time + 1;
}
static void section_release(struct audit *a, struct flight *f, int rank) {
    uint64_t volumes, vertices;
    volumes_cost(&f->section[rank].volumes, 0, &volumes, &vertices);
    give(a, f->party, Q_VOLUMES, volumes);
    give(a, f->party, Q_VERTICES, vertices);
    volumes_free(&f->section[rank].volumes);
    f->section[rank] = (struct air_section){0};
}
static void section_store(struct audit *a, struct flight *f, int rank, const struct section *x) {
    struct air_section *s = &f->section[rank];
    uint64_t volumes, vertices;
    *s = (struct air_section){.present = true, .slot = x->slot, .readers = x->to};
    resolve(a, &s->readers);
    snprintf(s->callsign, sizeof s->callsign, "%.16s", text_of(x->body, "callsign"));
    snprintf(s->icao24, sizeof s->icao24, "%.6s", text_of(x->body, "icao24"));
    s->priority = scaled_of(x->body, "priority", 0, 0);
    volumes_copy(&x->volumes, &s->volumes);
    volumes_cost(&s->volumes, 0, &volumes, &vertices);
    take(a, f->party, Q_VOLUMES, volumes);
    take(a, f->party, Q_VERTICES, vertices);
}
static const char *flight_sections_check(struct audit *a, struct step *c, struct flight *f, bool merge) {
    const char *why = sections_check(a, c, true);
    if (!why) sections_marks(a, c, f ? f->section : NULL, true, merge);
    return why;
}
void flight_sections_apply(struct audit *a, struct step *c, struct flight *f, bool merge) {
    int present = 0;
    for (int i = 0; i < RANKS; i++) {
        const struct section *x = came(c->s, i);
        if (f->section[i].present && (!merge || x)) section_release(a, f, i);
        if (x) section_store(a, f, i, x);
        present |= f->section[i].present ? 1 << i : 0;
    }
    f->not_contained = c->marks[M_NOT_CONTAINED];
    f->ends = NEVER;
    for (int i = 0; i < RANKS; i++)
        for (size_t k = 0; k < f->section[i].volumes.count; k++)
            if (f->section[i].volumes.at[k].end > f->ends) f->ends = f->section[i].volumes.at[k].end;
    snprintf(f->icao24, sizeof f->icao24, "%s", present ? f->section[narrowest(present)].icao24 : "");
    must_deliver(a, c);
    schedule(a, f);
    if (f->state == F_ACTIVE) flight_takes_tracks(a, f);
    touch_flight(a, f);
}
const char *flight_check(struct audit *a, struct step *c) {
    if (own(a, c)) return "not-owner";
    struct flight *f = c->flight = flight_find(a, c->party, c->s->on_id);
    if (f) {
        if (stale(c, &f->last_statement)) return "stale";
        if (!flight_stands(f)) return "bad-state";
    } else {
        if (c->s->has_prev) return "unknown-entity";
        if (!room_for(a, c->party, Q_FLIGHTS, 1, false)) return full(c, Q_FLIGHTS);
    }
    for (int i = 0; c->attested && a->live && i < c->s->sections; i++)
        if (c->s->section[i].to.count > 0) return "must-be-signed";
    return flight_sections_check(a, c, f, false);
}
void flight_apply(struct audit *a, struct step *c) {
    struct flight *f = c->flight;
    if (!f) {
        f = calloc(1, sizeof *f);
        if (!f) abort();
        *f = (struct flight){.party = c->party, .filed = a->time, .ended = NEVER, .ends = NEVER, .timer = NEVER, .serial = ++a->serial};
        strcpy(f->id, c->s->on_id);
        *ADD(a->flights) = f;
        take(a, c->party, Q_FLIGHTS, 1);
    }
    f->last_statement = f->filed_statement = c->s->hash;
    flight_sections_apply(a, c, f, false);
}
static const char *move_check(struct audit *a, struct step *c, int first, int last) {
    if (own(a, c)) return "not-owner";
    struct flight *f = c->flight = flight_find(a, c->party, c->s->on_id);
    if (!f) return "unknown-entity";
    if (stale(c, &f->last_statement)) return "stale";
    return f->state >= first && f->state <= last ? NULL : "bad-state";
}
const char *flight_release_check(struct audit *a, struct step *c) {
    const char *why = move_check(a, c, F_FILED, F_ACTIVE);
    return why ? why : flight_sections_check(a, c, c->flight, true);
}
void flight_release_apply(struct audit *a, struct step *c) {
    c->flight->last_statement = c->s->hash;
    flight_sections_apply(a, c, c->flight, true);
}
static void moved(struct audit *a, struct step *c, int state) {
    struct flight *f = c->flight;
    f->last_statement = c->s->hash;
    f->state = state;
    if (!flight_stands(f)) f->ended = a->time;
    must_deliver(a, c);
    for (size_t p = 0; p < a->parties.count; p++) {
        bool reads = false;
        for (int i = 0; i < RANKS; i++) reads = reads || (f->section[i].present && may_read(a, &f->section[i].readers, (int)p));
        if (reads && (int)p != f->party) must_tell_statement(a, c, (int)p, 0);
    }
}
static void over(struct audit *a, struct flight *f) {
    touch_flight(a, f);
    flight_drop_tracks(a, f);
    schedule(a, f);
}
const char *flight_activate_check(struct audit *a, struct step *c) { return move_check(a, c, F_FILED, F_FILED); }
void flight_activate_apply(struct audit *a, struct step *c) {
    moved(a, c, F_ACTIVE);
    schedule(a, c->flight);
    flight_takes_tracks(a, c->flight);
    touch_flight(a, c->flight);
}
const char *flight_end_check(struct audit *a, struct step *c) { return move_check(a, c, F_ACTIVE, F_ACTIVE); }
void flight_end_apply(struct audit *a, struct step *c) {
    moved(a, c, F_ENDED);
    over(a, c->flight);
}
const char *flight_cancel_check(struct audit *a, struct step *c) { return move_check(a, c, F_FILED, F_FILED); }
void flight_cancel_apply(struct audit *a, struct step *c) {
    moved(a, c, F_CANCELLED);
    over(a, c->flight);
}
void flight_fired(struct audit *a, struct flight *f) {
    if (f->state == F_FILED) { /* a day after its last time, and never active */
        f->state = F_ENDED;
        f->ended = a->time;
        over(a, f);
        return;
    }
    alerts_forget(a, NULL, f, NULL);
    for (int i = 0; i < RANKS; i++) {
        uint64_t volumes, vertices;
        volumes_cost(&f->section[i].volumes, 0, &volumes, &vertices);
        give(a, f->party, Q_VOLUMES, volumes);
        give(a, f->party, Q_VERTICES, vertices);
    }
    give(a, f->party, Q_FLIGHTS, 1);
    for (size_t i = 0; i < a->flights.count; i++)
        if (a->flights.at[i] == f) {
            DROP(a->flights, i);
            break;
        }
    *ADD(a->gone_flights) = f;
}

/* ---- joins ---- */
static const char *find_both(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body, *t = json_object_get(b, "track");
    char party[NAME], id[33];
    int owner = entity_read(text_of(b, "flight"), party, id) ? party_find(a, party) : NOBODY;
    if (owner == NOBODY || !signs(c, owner)) return "not-owner";
    c->flight = flight_find(a, owner, id);
    if (!c->flight || !flight_stands(c->flight)) return "unknown-entity";
    int whose = party_find(a, text_of(t, "party"));
    struct feed *f = whose == NOBODY ? NULL : feed_find(a, whose, text_of(t, "feed"));
    c->track = f && feed_readable(a, f, owner) ? track_find(a, f, text_of(t, "identity")) : NULL;
    return c->track ? NULL : "unknown-entity";
}
const char *join_check(struct audit *a, struct step *c) {
    const char *why = find_both(a, c);
    int owners[256];
    bool unsure = false;
    if (why) return why;
    int count = track_owners(a, c->track, owners, &unsure);
    for (int i = 0; i < count; i++)
        if (!signs(c, owners[i])) return unsure ? "?" : "consent";
    return NULL;
}
void join_apply(struct audit *a, struct step *c) {
    c->track->flight = c->flight;
    c->track->joined_by_statement = true;
    must_deliver(a, c);
    touch_track(a, c->track, NOBODY);
    touch_shared(a, c->flight);
}
const char *join_undo_check(struct audit *a, struct step *c) {
    const char *why = find_both(a, c);
    return why ? why : c->track->flight == c->flight ? NULL : "bad-state";
}
void join_undo_apply(struct audit *a, struct step *c) {
    c->track->flight = NULL;
    c->track->joined_by_statement = false;
    must_deliver(a, c);
    touch_track(a, c->track, NOBODY);
}

/* ---- areas ---- */
static int area_find(const struct audit *a, int party, const char *id) {
    for (size_t i = 0; i < a->areas.count; i++)
        if (a->areas.at[i].party == party && strcmp(a->areas.at[i].id, id) == 0) return (int)i;
    return -1;
}
static enum answer volumes_meet(const struct audit *a, const struct volume *v, const struct volume *w) {
    if (v->start > w->end || w->start > v->end || altitude_gap(a, &v->lower, &v->upper, &w->lower, &w->upper) > 0) return NO;
    return near_enough(v, w, 0);
}
static enum answer overlaps(const struct audit *a, const struct step *c, int owner, const struct volumes *fresh) {
    enum answer worst = NO;
    for (size_t i = 0; i < a->areas.count; i++) {
        const struct area *o = &a->areas.at[i];
        if (o->party == owner || signs(c, o->party)) continue;
        for (size_t k = 0; k < o->volumes.count; k++)
            for (size_t n = 0; n < fresh->count && worst != YES; n++) {
                if (o->volumes.at[k].end < a->time) continue;
                enum answer one = volumes_meet(a, &fresh->at[n], &o->volumes.at[k]);
                if (one != NO) worst = one;
            }
    }
    return worst;
}
const char *area_check(struct audit *a, struct step *c) {
    const struct section *x = said_body(c->s);
    int owner = party_find(a, c->s->on_party);
    if (!c->s->has_on) return "body";
    if (owner == NOBODY || !signs(c, owner)) return "not-owner";
    c->subject = owner;
    c->area = area_find(a, owner, c->s->on_id);
    if (c->area >= 0 && stale(c, &a->areas.at[c->area].last_statement)) return "stale";
    if (c->area < 0 && c->s->has_prev) return "stale";
    if (c->area < 0 && !room_for(a, owner, Q_AREAS, 1, true)) return full(c, Q_AREAS);
    uint64_t volumes, vertices;
    volumes_cost(&x->volumes, 0, &volumes, &vertices);
    c->room_unsure = a->parties.at[owner].unsure_room;
    if (!room_for(a, owner, Q_VOLUMES, volumes, false) || !room_for(a, owner, Q_VERTICES, vertices, false)) return full(c, Q_VOLUMES);
    enum answer met = overlaps(a, c, owner, &x->volumes);
    return met == YES ? "overlap" : met == EITHER ? "?" : NULL;
}
static void area_release(struct audit *a, struct area *r) {
    uint64_t volumes, vertices;
    volumes_cost(&r->volumes, 0, &volumes, &vertices);
    give(a, r->party, Q_VOLUMES, volumes);
    give(a, r->party, Q_VERTICES, vertices);
    volumes_free(&r->volumes);
}
static void tracks_touch(struct audit *a) {
    a->swept = true;
    for (size_t i = 0; i < a->tracks.count; i++) touch_track(a, a->tracks.at[i], NOBODY);
}
void area_apply(struct audit *a, struct step *c) {
    const struct section *x = said_body(c->s);
    uint64_t volumes, vertices;
    if (c->area < 0) {
        struct area *r = ADD(a->areas);
        *r = (struct area){.party = c->subject};
        strcpy(r->id, c->s->on_id);
        take(a, c->subject, Q_AREAS, 1);
        c->area = (int)a->areas.count - 1;
    }
    struct area *r = &a->areas.at[c->area];
    area_release(a, r);
    volumes_copy(&x->volumes, &r->volumes);
    volumes_cost(&r->volumes, 0, &volumes, &vertices);
    take(a, r->party, Q_VOLUMES, volumes);
    take(a, r->party, Q_VERTICES, vertices);
    r->readers = x->to;
    resolve(a, &r->readers);
    r->last_statement = c->s->hash;
    must_deliver(a, c);
    tracks_touch(a);
}
const char *area_end_check(struct audit *a, struct step *c) {
    int owner = party_find(a, c->s->on_party);
    c->area = owner == NOBODY ? -1 : area_find(a, owner, c->s->on_id);
    if (c->area < 0) return "unknown-entity";
    if (owner != c->party) return may_read(a, &a->areas.at[c->area].readers, c->party) ? "not-owner" : "unknown-entity";
    return stale(c, &a->areas.at[c->area].last_statement);
}
void area_end_apply(struct audit *a, struct step *c) {
    area_release(a, &a->areas.at[c->area]);
    give(a, c->party, Q_AREAS, 1);
    DROP(a->areas, (size_t)c->area);
    must_deliver(a, c);
    tracks_touch(a);
}

/* ---- feeds ---- */
const char *feed_check(struct audit *a, struct step *c) {
    c->feed = feed_find(a, c->party, text_of(said_body(c->s)->body, "feed"));
    if (c->feed) return stale(c, &c->feed->last_statement);
    if (c->s->has_prev) return "stale";
    return room_for(a, c->party, Q_FEEDS, 1, true) ? NULL : full(c, Q_FEEDS);
}
void feed_apply(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct feed *f = c->feed;
    if (!f) {
        f = calloc(1, sizeof *f);
        if (!f) abort();
        *f = (struct feed){.party = c->party, .last = NEVER, .timer = NEVER};
        snprintf(f->name, sizeof f->name, "%.60s", text_of(b, "feed"));
        *ADD(a->feeds) = f;
        take(a, c->party, Q_FEEDS, 1);
    }
    readers_read(json_object_get(b, "readers"), &f->readers);
    resolve(a, &f->readers);
    if (unknown_to(a, &f->readers, c->party)) c->marks[M_NO_READER] = true;
    f->last_statement = c->s->hash;
    must_deliver(a, c);
    a->swept = true;
    for (size_t i = 0; c->feed && i < a->tracks.count; i++) {
        struct track *t = a->tracks.at[i];
        if (t->feed != f) continue;
        touch_track(a, t, NOBODY);
        if (t->flight) touch_shared(a, t->flight);
    }
}

/* ---- what was sealed ---- */
static const char *sealed_find(struct audit *a, struct step *c) {
    struct party *p = &a->parties.at[c->party];
    c->sealed = NULL;
    for (int i = 0; i < SEALS; i++)
        if (p->sealed[i].used && same(&p->sealed[i].statement, &c->s->opened)) c->sealed = &p->sealed[i];
    return c->sealed && c->sealed->kind == c->s->opened_kind ? NULL : "not-sealed";
}
const char *open_check(struct audit *a, struct step *c) {
    const char *why = sealed_find(a, c);
    if (why) return why;
    c->slots = 0;
    for (int i = 0; i < c->s->sections; i++) {
        const struct section *x = &c->s->section[i];
        int slot = -1;
        if (!x->opened) continue;
        for (int k = 0; k < SLOTS; k++)
            if ((c->sealed->missing >> k & 1) && same(&c->sealed->commit[k], &x->commitment)) slot = k;
        if (slot < 0) return "section";
        c->slots |= 1 << slot;
    }
    if (!c->slots) return "section";
    if (!c->sealed->has_on) return NULL;
    if (c->sealed->kind == NOTICE) {
        struct notice *n = notice_find(a, c->party, c->sealed->on_id);
        c->notice = n && same(&n->filed_statement, &c->sealed->statement) && notice_stands(n) ? n : NULL;
        return c->notice ? notice_sections_check(a, c, c->notice, true) : NULL;
    }
    struct flight *f = flight_find(a, c->party, c->sealed->on_id);
    c->flight = f && same(&f->filed_statement, &c->sealed->statement) && flight_stands(f) ? f : NULL;
    return c->flight ? flight_sections_check(a, c, c->flight, true) : NULL;
}
void open_apply(struct audit *a, struct step *c) {
    *c->sealed = (struct sealed){0};
    if (c->notice) {
        c->notice->last_statement = c->s->hash;
        notice_sections_apply(a, c, c->notice, true);
    } else if (c->flight) {
        c->flight->last_statement = c->s->hash;
        flight_sections_apply(a, c, c->flight, true);
    } else {
        must_deliver(a, c);
    }
}
void seal_fired(struct audit *a, int party) {
    for (int i = 0; i < SEALS; i++) {
        struct sealed *s = &a->parties.at[party].sealed[i];
        char hex[65];
        if (!s->used || s->told_late || s->open_by > a->time) continue;
        s->told_late = true;
        hex_write(s->statement.at, 32, hex);
        for (size_t q = 0; q < a->parties.count; q++) { /* a flight's: to its owner and the operator only */
            if (s->kind != NOTICE && (int)q != party && !a->parties.at[q].operator_) continue;
            json_t *j = told_begin("unopened");
            put_party(a, j, "party", party);
            put_text(j, "statement", hex);
            put_text(j, "kind", kind_names[s->kind]);
            put_time(j, "open_by", s->open_by);
            must_tell(a, (int)q, j);
        }
        a->figure[G_DEADLINES]++;
    }
}
