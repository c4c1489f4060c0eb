/* Who is told of a track that falls silent, that two feeds disagree about, or whose identity two aircraft use.
 *
 * A silence is told to whoever relies on the track: the party whose flight it is, each party with an alert about it that may still read the feed (an alert
 * outlasts a change of its readers by the hysteresis), and the feed's party as far as it may read the flight. Each is told by what is its own, so that nobody can see from it what another has. Of feeds that disagree, whoever may read both; of an
 * identity used twice, whoever may read the feed, and those who rely on one of the tracks. */
#include "core/heed.h"

#define AGREE_TICKS 60 /* FORMAT.md, 14 */

instant track_due(const struct state *st, const struct track_row *t) {
    int64_t silent = watch_silent_ns(st);
    return t->sequenced + (t->silent ? 10 * silent : silent);
}
/* All that is to be told of tracks beside their falling silent comes at one moment of a tick, and there in the tracks' order: what is told of one would else come
 * before or behind what is told of another, as there is something to tell of it and a feed that nobody may know of, or not. */
void heed_later(struct state *st, row r) {
    instant at, first = st->ticked < st->time ? st->ticked + 1 : st->time; /* the latter within a tick: that one still */
    if (!timer_get(st, TIMER_TRACK, r, &at) || at > first) timer_set(st, TIMER_TRACK, r, track_at(st, r)->serial, first);
}
/* Of a pair both tracks come: so each is told in its older track's place, whatever else the two disagree with. */
void heed_pair_later(struct state *st, row a, row b) {
    heed_later(st, a);
    heed_later(st, b);
}

/* ---- who ---- */
static void alerted(const struct state *st, row r, const struct hash_index *x, bool first) {
    for (row a = hash_index_first(x, alert_entity_code(OWNER_TRACK, r)); a != ROW_NONE; a = hash_index_more(x, a)) {
        const struct alert_row *alert = alert_at(st, a);
        bool about = (first ? alert_kind_a(alert->kind) : alert_kind_b(alert->kind)) == OWNER_TRACK && (first ? alert->a : alert->b) == r;
        if (about && !alert->withheld && alert->told_level != LEVEL_NONE && feed_readable(st, track_at(st, r)->feed, alert->owner)) st->watch->owner_seen[alert->owner] = 1;
    }
}
/* Marks them in owner_seen. */
static void relying(const struct state *st, row r) {
    const struct track_row *t = track_at(st, r);
    alerted(st, r, &st->watch->alert_by_a, true);
    alerted(st, r, &st->watch->alert_by_b, false);
    if (t->flight == ROW_NONE) return;
    st->watch->owner_seen[flight_at(st, t->flight)->party] = 1;
    if (flight_readable(st, flight_at(st, t->flight), t->party)) st->watch->owner_seen[t->party] = 1;
}
static bool reads_feed(const struct state *st, row feed, uint16_t party) {
    return feed_at(st, feed)->party == party || reader_set_has(st, &feed_at(st, feed)->readers, party);
}
/* The next that is marked, from `p` on, and no more; PARTY_NONE. */
static uint16_t next_marked(struct state *st, uint16_t p) {
    while (p < st->party_count && !st->watch->owner_seen[p]) p++;
    if (p == st->party_count) return PARTY_NONE;
    st->watch->owner_seen[p] = 0;
    return p;
}

/* ---- what ---- */
static void append_at(const struct position *at, struct append *out) {
    append_str(out, ",\"at\":{\"lat\":");
    append_fixed_point(out, at->lat, 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, at->lon, 7);
    append_char(out, '}');
}
static void append_feed(const struct state *st, const struct track_row *t, struct append *out) {
    append_str(out, "\"party\":");
    append_party(out, st, t->party);
    append_str(out, ",\"feed\":\"");
    append_text(out, name_text(&feed_at(st, t->feed)->name));
    append_char(out, '"');
}
static void append_identity(const struct track_row *t, struct append *out) {
    append_str(out, "\"identity\":");
    append_json_string(out, (struct text){t->identity, t->identity_size});
}
static void append_place(const struct state *st, row r, bool feed, struct append *out) {
    const struct track_row *t = track_at(st, r);
    append_char(out, '{');
    if (feed) append_feed(st, t, out);
    append_str(out, feed ? ",\"time\":" : "\"time\":");
    render_time(t->time, out);
    append_at(&t->at, out);
    append_char(out, '}');
}

static void silence(struct state *st, row r, uint16_t party, bool forgotten, struct effects *fx) {
    const struct track_row *t = track_at(st, r);
    const struct flight_row *f = t->flight == ROW_NONE ? NULL : flight_at(st, t->flight);
    struct append *out = tell_begin(st, fx, TOLD_SILENT, party, NULL);
    if (f && (f->party == party || flight_readable(st, f, party))) {
        append_str(out, "\"flight\":");
        append_entity(out, st, f->party, &f->id);
        append_char(out, ',');
    }
    append_str(out, "\"track\":{");
    append_feed(st, t, out);
    append_char(out, ',');
    append_identity(t, out);
    append_str(out, t->twin == TWIN_SECOND ? ",\"second\":true}" : "}");
    append_format(out, ",\"silent\":%s%s,\"last\":", t->silent ? "true" : "false", forgotten ? ",\"forgotten\":true" : "");
    render_time(t->time, out);
    append_at(&t->at, out);
    tell_end(st, fx);
}
static void silence_tell(struct state *st, row r, bool forgotten, struct effects *fx) {
    relying(st, r);
    for (uint16_t p = next_marked(st, 0); p != PARTY_NONE; p = next_marked(st, (uint16_t)(p + 1))) silence(st, r, p, forgotten, fx);
}

/* Why it is over: a track that is not heard, an identity that two use, or they agree again. */
static const char *over_by(const struct track_row *a, const struct track_row *b) {
    if (a->silent || b->silent) return "silent";
    return a->twin != TWIN_NONE || b->twin != TWIN_NONE ? "twin" : "agree";
}
/* What it is that differs: nothing that has not come within half of what it may. */
static const char *differing(const struct rival_gap *g) {
    bool place = g->cm > g->most_cm / 2, height = g->height_cm > g->height_most_cm / 2;
    return place && height ? "both" : height ? "height" : "place";
}
static void disagreement(struct state *st, row a, row b, uint16_t party, bool yes, struct effects *fx) {
    const struct track_row *x = track_at(st, a), *y = track_at(st, b);
    struct rival_gap gap;
    struct append *out = tell_begin(st, fx, TOLD_DISAGREE, party, NULL);
    append_identity(x, out);
    append_str(out, yes ? ",\"disagree\":true" : ",\"disagree\":false,\"why\":\"");
    if (!yes) append_format(out, "%s\"", over_by(x, y));
    if (rival_measure(st, a, b, &gap)) {
        if (yes) append_format(out, ",\"by\":\"%s\"", differing(&gap));
        append_str(out, ",\"distance_m\":");
        append_fixed_point(out, gap.cm, 2);
        append_str(out, ",\"allowed_m\":");
        append_fixed_point(out, gap.most_cm, 2);
        if (gap.heights) {
            append_str(out, ",\"height_m\":");
            append_fixed_point(out, gap.height_cm, 2);
            append_str(out, ",\"height_allowed_m\":");
            append_fixed_point(out, gap.height_most_cm, 2);
        }
    }
    append_str(out, ",\"tracks\":[");
    append_place(st, a, true, out);
    append_char(out, ',');
    append_place(st, b, true, out);
    append_char(out, ']');
    tell_end(st, fx);
}
/* The older track stands first, whichever was reported last. */
static void disagreement_tell(struct state *st, row r, row other, struct effects *fx) {
    struct track_row *t = track_at(st, r), *o = track_at(st, other);
    bool yes = t->rivals >> o->slot & 1;
    bool older = t->serial < o->serial;
    for (uint16_t p = 0; p < st->party_count; p++)
        if (reads_feed(st, t->feed, p) && reads_feed(st, o->feed, p)) disagreement(st, older ? r : other, older ? other : r, p, yes, fx);
    t->rivals_told ^= UINT32_C(1) << o->slot;
    o->rivals_told ^= UINT32_C(1) << t->slot;
}

static void twins(struct state *st, row r, row other, uint16_t party, struct effects *fx) {
    const struct track_row *t = track_at(st, r);
    struct append *out = tell_begin(st, fx, TOLD_TWIN, party, NULL);
    append_feed(st, t, out);
    append_char(out, ',');
    append_identity(t, out);
    append_str(out, other != ROW_NONE ? ",\"twin\":true,\"distance_m\":" : ",\"twin\":false");
    if (other != ROW_NONE) append_fixed_point(out, meet_distance_cm(&t->at, &track_at(st, other)->at), 2);
    append_str(out, ",\"tracks\":[");
    append_place(st, r, false, out);
    if (other != ROW_NONE) {
        append_char(out, ',');
        append_place(st, other, false, out);
    }
    append_char(out, ']');
    tell_end(st, fx);
}
static void twins_tell(struct state *st, row r, struct effects *fx) {
    row other = twin_of(st, r);
    relying(st, r);
    if (other != ROW_NONE) relying(st, other);
    for (uint16_t p = 0; p < st->party_count; p++)
        if (reads_feed(st, track_at(st, r)->feed, p)) st->watch->owner_seen[p] = 1;
    for (uint16_t p = next_marked(st, 0); p != PARTY_NONE; p = next_marked(st, (uint16_t)(p + 1))) twins(st, r, other, p, fx);
    track_at(st, r)->told ^= TRACK_TOLD_TWIN;
}

/* ---- when ---- */
static bool room(const struct state *st, const struct effects *fx) { return tell_left(st, fx) >= st->party_count; }
/* That two agree again is told at some ticks only: a feed that leaps to and fro each second would fill the stream of all who read it. */
static bool pair_rests(const struct state *st, const struct track_row *t, const struct track_row *o) {
    return !(t->rivals >> o->slot & 1) && strcmp(over_by(t, o), "agree") == 0 && st->tick % AGREE_TICKS != 0;
}
/* The oldest track of which something is to be told beside this one; ROW_NONE. Not by slots: who has which depends on feeds that nobody may know of. */
static row next_pair(const struct state *st, row r) {
    const struct track_row *t = track_at(st, r);
    row first = ROW_NONE;
    for (uint8_t slot = 0; slot < RIVAL_SLOTS; slot++) {
        if (!((t->rivals ^ t->rivals_told) >> slot & 1)) continue;
        row o = rival_at(st, r, slot);
        if (!pair_rests(st, t, track_at(st, o)) && (first == ROW_NONE || track_at(st, o)->serial < track_at(st, first)->serial)) first = o;
    }
    return first;
}
bool heed_rests(const struct state *st, row r) { return track_at(st, r)->rivals != track_at(st, r)->rivals_told; }

bool heed_tell(struct state *st, row r, struct effects *fx) {
    struct track_row *t = track_at(st, r);
    if (t->silent != ((t->told & TRACK_TOLD_SILENT) != 0)) {
        if (!room(st, fx)) return false;
        silence_tell(st, r, false, fx);
        t->told ^= TRACK_TOLD_SILENT;
    }
    for (row o = heed_rests(st, r) ? next_pair(st, r) : ROW_NONE; o != ROW_NONE; o = next_pair(st, r)) {
        if (!room(st, fx)) return false;
        disagreement_tell(st, r, o, fx);
    }
    if (t->twin != TWIN_SECOND && (t->twin == TWIN_FIRST) != ((t->told & TRACK_TOLD_TWIN) != 0)) {
        if (!room(st, fx)) return false;
        twins_tell(st, r, fx);
    }
    return true;
}
/* It goes: what it was told to be ends with it. */
void heed_forgotten(struct state *st, row r, struct effects *fx) {
    if (track_at(st, r)->told & TRACK_TOLD_SILENT) silence_tell(st, r, true, fx);
}
