/* Views of notices, flights and tracks: need to know. A section shows to those who may read it; geometry at the top level is of the
 * narrowest that this reader may read. */
#include "core/heed.h"
#include "core/view_inner.h"

static const char *const rank_names[RANKS] = {"public", "parties", "own"};

static bool reads_all(const struct state *st, uint16_t party, uint16_t reader) { return reader == party || reader == st->operator_; }

/* ---- notices ---- */
static const struct table *notices(const struct state *st) { return &st->notices; }
static int notice_order(const void *a, const void *b) {
    const struct notice_row *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}
static bool notice_may(const struct state *st, row r, uint16_t reader) {
    const struct notice_row *n = notice_at(st, r);
    return (reader != PARTY_NONE && reads_all(st, n->party, reader)) || notice_readable(st, n, reader) != 0;
}
static bool notice_is(const struct state *st, row r, uint16_t party, const struct id *id) {
    return notice_at(st, r)->party == party && id_equal(&notice_at(st, r)->id, id);
}
static void append_marks(uint32_t marks, struct append *out) {
    static const char *const names[] = {"incomplete", "widened", "hull", "boundary", "schedule-unread", "q-fallback", "end-estimated", "late-entry"};
    bool first = true;
    append_str(out, ",\"marks\":[");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!(marks >> i & 1)) continue;
        append_format(out, "%s\"%s\"", first ? "" : ",", names[i]);
        first = false;
    }
    append_char(out, ']');
}
/* `name`: of the section; NULL: at the top level of the notice. */
static void append_notice_section(const struct state *st, const struct notice_section *s, const char *name, bool own, struct append *out) {
    if (name) append_format(out, "{\"section\":\"%s\"", name);
    view_text(out, "area", s->area, s->area_size);
    append_str(out, ",\"category\":\"");
    append_text(out, name_text(&s->category));
    append_char(out, '"');
    if (s->text.size) {
        append_str(out, ",\"text\":");
        pool_text_append_json(st, s->text, out);
    }
    append_marks(s->marks, out);
    if (own) {
        append_str(out, ",\"to\":");
        view_readers(st, &s->readers, out);
    }
    append_str(out, ",\"volumes\":");
    view_volumes(st, s->volume, true, out);
    if (name) append_char(out, '}');
}
static void append_leads(const struct state *st, const struct notice_row *n, struct append *out) {
    static const char *const binds[] = {"sequenced", "delivered", "readback"};
    append_str(out, ",\"lead\":[");
    for (uint8_t i = 0; i < n->lead_count; i++) {
        const struct notice_lead *l = &n->lead[i];
        append_str(out, i ? ",{\"agreement\":\"" : "{\"agreement\":\"");
        append_text(out, name_text(&agreement_at(st, l->agreement)->name));
        append_format(out, "\",\"version\":%u,\"judged\":%s,\"binds\":\"%s\",\"pieces\":%u,\"delivered\":%s,\"read_back\":%s", l->version,
                      l->judged ? "true" : "false", binds[l->binds], l->pieces, l->delivered_told ? "true" : "false",
                      l->read_back_told ? "true" : "false");
        view_time(out, "start", l->start);
        if (l->pieces > 0) {
            append_str(out, ",\"sequenced_s\":");
            render_lead(l->start, l->sequenced, out);
        }
        view_seconds(out, "agreed_s", l->agreed_ns);
        append_char(out, '}');
    }
    append_char(out, ']');
}
static void append_due(const struct state *st, const struct due_row *d, struct append *out) {
    append_str(out, "{\"party\":");
    append_party(out, st, d->party);
    append_str(out, ",\"steps\":");
    view_steps(d, out);
    append_format(out, ",\"mismatches\":%u", d->mismatches);
    view_time(out, "received", d->received);
    view_time(out, "read_back", d->read_back);
    view_time(out, "deadline", d->deadline);
    append_char(out, '}');
}
/* Dues stand in the chain newest first and were made in the order of parties: shown by party. */
static void append_ladder(const struct state *st, const struct notice_row *n, struct append *out) {
    bool first = true;
    append_str(out, ",\"ladder\":[");
    for (uint16_t p = 0; p < st->party_count; p++)
        for (row d = n->due; d != ROW_NONE; d = due_at(st, d)->next) {
            if (due_at(st, d)->party != p) continue;
            if (!first) append_char(out, ',');
            first = false;
            append_due(st, due_at(st, d), out);
        }
    append_char(out, ']');
}
/* When what was sealed has to be opened at the latest; null: nothing of it is sealed. */
static void append_open_by(const struct state *st, uint16_t party, const struct hash *statement, struct append *out) {
    instant open_by = INSTANT_NONE;
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) {
        const struct sealed_row *x = &st->parties[party].sealed[i];
        if (x->used && hash_equal(&x->statement, statement)) open_by = x->open_by;
    }
    view_time(out, "open_by", open_by);
}
static void notice_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    static const char *const states[NOTICE_STATES] = {"filed", "active", "unconfirmed", "over", "closed", "cancelled"};
    const struct notice_row *n = notice_at(st, r);
    bool own = reader != PARTY_NONE && reads_all(st, n->party, reader);
    append_str(out, "{\"id\":");
    append_entity(out, st, n->party, &n->id);
    append_str(out, ",\"party\":");
    append_party(out, st, n->party);
    append_format(out, ",\"state\":\"%s\",\"hazardous\":%s,\"version\":%u", states[n->state], notice_hazardous(n) ? "true" : "false", n->version);
    view_time(out, "filed", n->filed);
    view_time(out, "activated", n->activated);
    view_time(out, "over", n->over);
    view_time(out, "tail_until", n->tail_until);
    append_format(out, ",\"key_suspect\":%s,\"last_statement\":", n->hazard_again ? "true" : "false");
    view_hash(&n->last_statement, out);
    uint8_t ranks = notice_readable(st, n, reader);
    if (ranks) append_notice_section(st, &n->section[rank_narrowest(ranks)], NULL, false, out);
    append_str(out, ",\"sections\":[");
    bool first = true;
    for (int i = 0; i < RANKS; i++) {
        if (!(ranks & 1u << i)) continue;
        if (!first) append_char(out, ',');
        first = false;
        append_notice_section(st, &n->section[i], rank_names[i], own, out);
    }
    append_char(out, ']');
    if (own) {
        append_format(out, ",\"sealed\":%s,\"not_contained\":%s", n->sealed ? "true" : "false", n->not_contained ? "true" : "false");
        append_open_by(st, n->party, &n->filed_statement, out);
        append_leads(st, n, out);
        append_ladder(st, n, out);
    }
    append_char(out, '}');
}
const struct view_kind view_notices = {notices, notice_order, notice_may, notice_is, notice_render};

/* ---- flights ---- */
static const struct table *flights(const struct state *st) { return &st->flights; }
/* By id, which is random: in the order of filing a reader would see between which of his own an other's was filed, long before its release. */
static int flight_order(const void *a, const void *b) {
    const struct flight_row *x = a, *y = b;
    if (x->party != y->party) return x->party < y->party ? -1 : 1;
    return memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}
static bool flight_may(const struct state *st, row r, uint16_t reader) {
    const struct flight_row *f = flight_at(st, r);
    return (reader != PARTY_NONE && reads_all(st, f->party, reader)) || flight_readable(st, f, reader) != 0;
}
static bool flight_is(const struct state *st, row r, uint16_t party, const struct id *id) {
    return flight_at(st, r)->party == party && id_equal(&flight_at(st, r)->id, id);
}
static void append_flight_section(const struct state *st, const struct flight_section *s, const char *name, bool own, struct append *out) {
    if (name) append_format(out, "{\"section\":\"%s\"", name);
    append_format(out, ",\"priority\":%u", s->priority);
    view_text(out, "callsign", s->callsign, s->callsign_size);
    view_text(out, "registration", s->registration, s->registration_size);
    view_text(out, "aircraft_type", s->aircraft_type, s->aircraft_type_size);
    if (s->icao24) append_format(out, ",\"icao24\":\"%06x\"", s->icao24);
    if (s->persons_on_board >= 0) append_format(out, ",\"persons_on_board\":%d", s->persons_on_board);
    if (own) {
        append_str(out, ",\"to\":");
        view_readers(st, &s->readers, out);
    }
    append_str(out, ",\"volumes\":");
    view_volumes(st, s->volume, false, out);
    if (name) append_char(out, '}');
}
static void flight_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    static const char *const states[FLIGHT_STATES] = {"filed", "active", "ended", "cancelled"};
    const struct flight_row *f = flight_at(st, r);
    bool own = reader != PARTY_NONE && reads_all(st, f->party, reader);
    append_str(out, "{\"id\":");
    append_entity(out, st, f->party, &f->id);
    append_str(out, ",\"party\":");
    append_party(out, st, f->party);
    append_format(out, ",\"state\":\"%s\"", states[f->state]);
    view_time(out, "activated", f->activated);
    view_time(out, "ended", f->ended);
    uint8_t ranks = flight_readable(st, f, reader);
    if (own) { /* how often it was changed before its release is its owner's to know */
        append_format(out, ",\"version\":%u,\"releases\":%llu,\"sealed\":%s,\"not_contained\":%s", f->version, (unsigned long long)f->releases,
                      f->sealed ? "true" : "false", f->not_contained ? "true" : "false");
        append_open_by(st, f->party, &f->filed_statement, out);
        view_time(out, "filed", f->filed);
        append_str(out, ",\"last_statement\":");
        view_hash(&f->last_statement, out);
    }
    if (ranks) append_flight_section(st, &f->section[rank_narrowest(ranks)], NULL, false, out);
    append_str(out, ",\"sections\":[");
    bool first = true;
    for (int i = 0; i < RANKS; i++) {
        if (!(ranks & 1u << i)) continue;
        if (!first) append_char(out, ',');
        first = false;
        append_flight_section(st, &f->section[i], rank_names[i], own, out);
    }
    append_str(out, "]}");
}
const struct view_kind view_flights = {flights, flight_order, flight_may, flight_is, flight_render};

/* ---- tracks ---- */
static const struct table *tracks(const struct state *st) { return &st->tracks; }
static int track_order(const void *a, const void *b) {
    const struct track_row *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}
static bool track_may(const struct state *st, row r, uint16_t reader) {
    const struct track_row *t = track_at(st, r);
    if (feed_readable(st, t->feed, reader)) return true;
    return reader != PARTY_NONE && t->flight != ROW_NONE && flight_at(st, t->flight)->party == reader;
}
/* With another feed that this reader may read, too. */
static bool disagrees(const struct state *st, row r, uint16_t reader) {
    const struct track_row *t = track_at(st, r);
    for (uint8_t slot = 0; slot < RIVAL_SLOTS; slot++)
        if (t->rivals >> slot & 1 && feed_readable(st, t->feed, reader) && feed_readable(st, track_at(st, rival_at(st, r, slot))->feed, reader)) return true;
    return false;
}
static void track_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    static const char *const flags[] = {"duplicate", "late", "jump", "elsewhere", "clock"};
    const struct track_row *t = track_at(st, r);
    append_str(out, "{\"party\":");
    append_party(out, st, t->party);
    append_str(out, ",\"feed\":\"");
    append_text(out, name_text(&feed_at(st, t->feed)->name));
    append_char(out, '"');
    view_text(out, "identity", t->identity, t->identity_size);
    view_text(out, "callsign", t->callsign, t->callsign_size);
    view_time(out, "time", t->time);
    view_seconds(out, "age_s", st->ticked > t->time ? st->ticked - t->time : 0);
    append_str(out, ",\"at\":");
    render_position(&t->at, out);
    if (t->has_altitude) {
        struct altitude altitude = track_altitude(t);
        append_str(out, ",\"altitude\":");
        render_altitude(&altitude, out);
    }
    if (t->speed_cms >= 0) view_metres(out, "speed_mps", t->speed_cms);
    if (t->track_mdeg >= 0) {
        append_str(out, ",\"track_deg\":");
        append_fixed_point(out, t->track_mdeg, 3);
    }
    if (t->climb_cms != INT32_MIN) view_metres(out, "climb_mps", t->climb_cms);
    if (t->uncertainty_cm >= 0) view_metres(out, "uncertainty_m", t->uncertainty_cm);
    append_format(out, ",\"silent\":%s,\"flags\":[", t->silent ? "true" : "false");
    bool first = true;
    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        /* "elsewhere" was judged for the feed's party: another reader may not read that other feed */
        if (!(t->flags >> i & 1) || (1u << i == TRACK_ELSEWHERE && reader != t->party && reader != st->operator_)) continue;
        append_format(out, "%s\"%s\"", first ? "" : ",", flags[i]);
        first = false;
    }
    if (t->twin != TWIN_NONE) append_str(out, first ? "\"twin\"" : ",\"twin\"");
    if (disagrees(st, r, reader)) append_str(out, first && t->twin == TWIN_NONE ? "\"disagree\"" : ",\"disagree\"");
    append_char(out, ']');
    if (t->twin == TWIN_SECOND) append_str(out, ",\"second\":true");
    if (t->flight != ROW_NONE && flight_may(st, t->flight, reader)) {
        append_str(out, ",\"flight\":");
        append_entity(out, st, flight_at(st, t->flight)->party, &flight_at(st, t->flight)->id);
    }
    append_char(out, '}');
}
const struct view_kind view_tracks = {tracks, track_order, track_may, NULL, track_render};
