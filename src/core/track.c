/* Tracks: where reports say that aircraft are, and where they may be within the next minutes. A track anchors a tube; a report inside
 * the tube and younger than its hold costs one check, any other anchors anew with one query (facts: geometry). */
#include "core/heed.h"

#include <stddef.h>

#include "core/tube.h"

#define SPEED_IMPOSSIBLE_CMS 100000
#define HEADING_MDEG 2000
#define HEIGHT_CM 10000
#define SPAN_MOST (3600 * INSTANT_SECOND)
#define RESPONSIBLE_AROUND_CM INT64_C(10000000) /* 100 km: some minutes of flight */
#define RESPONSIBLE_UNIT_CM 6400
#define RESPONSIBLE_HEIGHT_CM 60000
#define AGE_MOST (60 * INSTANT_SECOND) /* older reports, or ones from the future, are taken as of then, and marked */

static struct text identity_of(const struct track_row *t) { return (struct text){t->identity, t->identity_size}; }

/* One chain holds an identity on every feed: so who asks for a track has seen whether it is elsewhere, too. */
struct found { row first, second /* twin.c */; bool shared, elsewhere /* on another feed; on one that its party may read */; };
static struct found find(const struct state *st, row feed, struct text identity, uint32_t code) {
    const struct hash_index *x = &st->watch->track_by_identity;
    uint16_t party = feed_at(st, feed)->party;
    struct found f = {.first = ROW_NONE, .second = ROW_NONE};
    for (row r = hash_index_first(x, code); r != ROW_NONE; r = hash_index_more(x, r)) {
        const struct track_row *t = track_at(st, r);
        if (!text_equal(identity_of(t), identity)) continue;
        if (t->feed != feed) {
            f.shared = true;
            if (!f.elsewhere) f.elsewhere = feed_readable(st, t->feed, party); /* of others it must learn nothing */
        } else if (t->twin == TWIN_SECOND) f.second = r;
        else f.first = r;
    }
    return f;
}
row track_find(const struct state *st, row feed, struct text identity) {
    return feed == ROW_NONE ? ROW_NONE : find(st, feed, identity, table_code(identity.at, identity.size)).first;
}

uint32_t track_fetch(const struct state *st, struct text identity) {
    const struct hash_index *x = &st->watch->track_by_identity;
    uint32_t code = table_code(identity.at, identity.size);
    __builtin_prefetch(&x->bucket[code & x->mask]);
    return code;
}
void track_fetch_row(const struct state *st, uint32_t code) {
    const struct hash_index *x = &st->watch->track_by_identity;
    row r = hash_index_chain(x, code);
    if (r == ROW_NONE) return;
    __builtin_prefetch(&x->link[r]);
    __builtin_prefetch(&st->tracks.live[r]);
    const unsigned char *at = st->tracks.rows + (size_t)r * st->tracks.each;
    for (size_t i = 0; i < offsetof(struct track_row, until); i += 64) __builtin_prefetch(at + i, 1); /* what a report within its tube looks at */
}

bool feed_readable(const struct state *st, row feed, uint16_t party) {
    const struct feed_row *f = feed_at(st, feed);
    return f->party == party || party == st->operator_ || reader_set_has(st, &f->readers, party);
}

/* ---- of a flight ---- */
static void list_enter(struct state *st, row r, row *first) {
    row *at = track_at(st, r)->of_flight;
    at[0] = *first;
    at[1] = ROW_NONE;
    if (*first != ROW_NONE) track_at(st, *first)->of_flight[1] = r;
    *first = r;
}
static void list_leave(struct state *st, row r, row *first) {
    const row *at = track_at(st, r)->of_flight;
    if (at[1] == ROW_NONE) *first = at[0];
    else track_at(st, at[1])->of_flight[0] = at[0];
    if (at[0] != ROW_NONE) track_at(st, at[0])->of_flight[1] = at[1];
}
static bool track_before(const void *context, row a, row b) { return track_at(context, a)->serial < track_at(context, b)->serial; }
uint32_t tracks_of_flight(const struct state *st, row flight, row *out) {
    uint32_t n = 0;
    for (row r = flight_at(st, flight)->tracks; r != ROW_NONE; r = track_at(st, r)->of_flight[0]) out[n++] = r;
    sort_rows(out, n, track_before, st);
    return n;
}
void track_join(struct state *st, row r, row flight, bool by_statement) {
    struct track_row *t = track_at(st, r);
    if (t->flight != ROW_NONE) list_leave(st, r, &flight_at(st, t->flight)->tracks);
    t->flight = flight;
    t->joined_by_statement = by_statement;
    if (flight == ROW_NONE) return;
    t->joined_order = st->order;
    list_enter(st, r, &flight_at(st, flight)->tracks);
}

/* ---- owners ---- */
static void sooner(instant *next, instant at, instant now) {
    if (at > now && (*next == INSTANT_NONE || at < *next)) *next = at;
}
/* Who is responsible at a place changes with an area, and when one begins or ends. */
static void areas_look(struct state *st) {
    struct watch *w = st->watch;
    bool same = w->areas_counted == w->area_changes && st->time >= w->areas_from;
    if (same && (w->areas_until == INSTANT_NONE || st->time < w->areas_until)) return;
    w->areas_counted = ++w->area_changes;
    w->areas_from = st->time;
    w->areas_until = INSTANT_NONE;
    for (row a = table_next(&st->areas, 0); a != ROW_NONE; a = table_next(&st->areas, a + 1))
        for (row r = area_at(st, a)->volume; r != ROW_NONE; r = volume_at(st, r)->next) {
            sooner(&w->areas_until, volume_at(st, r)->start, st->time);
            if (volume_at(st, r)->end < INT64_MAX) sooner(&w->areas_until, volume_at(st, r)->end + 1, st->time);
        }
}
/* A point, or, where its height is not known, all heights above it. */
static struct volume place_of(const struct position *at, const struct altitude *altitude, bool has_altitude) {
    struct volume where = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 1, .at = at}, .lower = *altitude, .upper = *altitude};
    if (!has_altitude) {
        where.lower = (struct altitude){WATCH_LOWEST_CM, ALTITUDE_W84};
        where.upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_W84};
    }
    return where;
}
/* Who is responsible around a place changes after minutes of flight, and is asked with each pair: it is reckoned once, with how far that holds. */
static void remember(struct state *st, struct track_row *t, uint16_t *work) {
    struct altitude altitude = {t->anchor.altitude_cm, t->anchor.reference};
    struct volume where = place_of(&t->anchor.at, &altitude, t->has_altitude);
    int64_t sure = RESPONSIBLE_AROUND_CM;
    uint32_t count = area_responsible_around(st, &where, st->time, work, st->capacity.parties, RESPONSIBLE_HEIGHT_CM, &sure);
    t->responsible = (struct responsible){.changes = (uint32_t)st->watch->area_changes, .within = (uint16_t)(sure / RESPONSIBLE_UNIT_CM), .height_cm = RESPONSIBLE_HEIGHT_CM};
    if (count > LIMIT_RESPONSIBLE_PARTIES) t->responsible.within = 0;
    for (uint32_t i = 0; i < LIMIT_RESPONSIBLE_PARTIES; i++) t->responsible.party[i] = i < count ? work[i] : PARTY_NONE;
}
/* What was reckoned for one place and height, as far as it goes for another; false: it does not. */
static bool remembered(const struct track_row *t, const struct position *at, const struct altitude *altitude, struct responsible *left) {
    int64_t off = t->has_altitude ? (int64_t)altitude->cm - t->anchor.altitude_cm : 0, height = off < 0 ? -off : off, way = sure_most_cm(at, &t->anchor.at) / RESPONSIBLE_UNIT_CM + 1;
    *left = t->responsible;
    if (way >= left->within || height > left->height_cm || (t->has_altitude && altitude->reference != t->anchor.reference)) return false;
    left->within = (uint16_t)(left->within - way);
    left->height_cm = (uint16_t)(left->height_cm - height);
    return true;
}
static uint32_t responsible_for(struct state *st, const struct track_row *of, uint16_t *out) {
    struct track_row *t = track_at(st, table_row(&st->tracks, of));
    struct responsible here;
    uint32_t count = 0;
    areas_look(st);
    if (t->responsible.changes != (uint32_t)st->watch->area_changes) remember(st, t, out);
    struct altitude altitude = track_altitude(t);
    if (!remembered(t, &t->at, &altitude, &here)) {
        struct volume where = place_of(&t->at, &altitude, t->has_altitude);
        return area_responsible(st, &where, st->time, out, st->capacity.parties);
    }
    for (; count < LIMIT_RESPONSIBLE_PARTIES && here.party[count] != PARTY_NONE; count++) out[count] = here.party[count];
    return count;
}
uint32_t track_owners(struct state *st, const struct track_row *t, uint16_t *out) {
    if (t->flight != ROW_NONE && t->joined_by_statement) {
        out[0] = flight_at(st, t->flight)->party;
        return 1;
    }
    uint32_t count = 0;
    if (st->areas.used > 0) {
        uint32_t responsible = responsible_for(st, t, out);
        for (uint32_t i = 0; i < responsible; i++) /* an area gives nobody the tracks of a feed that he may not read */
            if (feed_readable(st, t->feed, out[i])) out[count++] = out[i];
    }
    bool feeds = count == 0 || t->flight != ROW_NONE; /* joined of itself: takes nothing from those responsible */
    for (uint32_t i = 0; i < count; i++) feeds = feeds && out[i] != t->party;
    if (!feeds) return count;
    uint32_t i = count;
    for (; i > 0 && out[i - 1] > t->party; i--) out[i] = out[i - 1];
    out[i] = t->party;
    return count + 1;
}

/* ---- the tube ---- */
static int64_t clamp_span(int64_t span) { return span < INSTANT_SECOND ? INSTANT_SECOND : span > SPAN_MOST ? SPAN_MOST : span; }

static instant report_time(const struct state *st, const struct track_row *t) {
    instant oldest = st->time - AGE_MOST;
    return t->time < oldest ? oldest : t->time > st->time ? st->time : t->time;
}

static void anchor(struct state *st, struct track_row *t) {
    instant time = report_time(st, t);
    int64_t age = st->time - time;
    struct altitude altitude = t->has_altitude ? track_altitude(t) : (struct altitude){0, ALTITUDE_W84};
    struct responsible left;
    if (remembered(t, &t->at, &altitude, &left)) t->responsible = left;
    else t->responsible.changes = 0; /* of none */
    t->anchored = st->time;
    t->anchor = (struct anchor){.at = t->at, .altitude_cm = altitude.cm, .reference = altitude.reference, .time = time, .kind = t->anchor.kind, .count = t->anchor.count,
                                .circle = t->speed_cms < 0 || (t->track_mdeg < 0 && t->speed_cms > 0),
                                .span = clamp_span(st->settings.lookahead_ns + st->settings.tube_hold_ns + age),
                                .speed_cms = t->speed_cms < 0 ? TRACK_SPEED_UNKNOWN_CMS : t->speed_cms,
                                .track_mdeg = t->track_mdeg < 0 ? 0 : t->track_mdeg,
                                .climb_cms = t->climb_cms == INT32_MIN || !t->has_altitude ? 0 : t->climb_cms,
                                .uncertainty_cm = t->uncertainty_cm < 0 ? TRACK_UNCERTAINTY_UNKNOWN_CM : t->uncertainty_cm};
}

void track_anchor(struct state *st, row r, struct effects *fx) {
    anchor(st, track_at(st, r));
    tube_store(st, r);
    conflict_refresh(st, OWNER_TRACK, r, fx);
}

static int32_t turn(int32_t a, int32_t b) {
    int32_t d = a > b ? a - b : b - a;
    return d > 180000 ? 360000 - d : d;
}

/* Is what was predicted still right, for so long as the tube holds? */
static bool inside_tube(const struct state *st, const struct track_row *t, const struct frame_position *p) {
    if (!tube_is(t) || st->time - t->anchored >= st->settings.tube_hold_ns) return false;
    if (p->has_altitude != t->has_altitude) return false;
    bool circle = p->speed_cms < 0 || (p->track_mdeg < 0 && p->speed_cms > 0);
    if (circle != t->anchor.circle) return false;
    if (!circle) {
        int32_t change = p->speed_cms > t->anchor.speed_cms ? p->speed_cms - t->anchor.speed_cms : t->anchor.speed_cms - p->speed_cms;
        if (change > t->anchor.speed_cms / 20 && change > 500) return false;
        if (p->speed_cms > 0 && turn(p->track_mdeg, t->anchor.track_mdeg) > HEADING_MDEG) return false;
        if (t->has_altitude) {
            if (p->altitude.reference != t->anchor.reference) return false;
            int64_t seconds = (p->time - t->anchor.time) / INSTANT_SECOND;
            int64_t off = (int64_t)p->altitude.cm - t->anchor.altitude_cm - t->anchor.climb_cms * seconds;
            if (off > HEIGHT_CM || off < -HEIGHT_CM) return false;
        }
    }
    struct motion m = track_motion(t);
    if (sure_inside(&m, &t->sure, p->time, &p->at)) return true;
    struct volume tube;
    struct position room[4];
    int64_t distance, margin;
    tube_view(t, room, &tube);
    return meet_position(&p->at, p->uncertainty_cm < 0 ? TRACK_UNCERTAINTY_UNKNOWN_CM : p->uncertainty_cm, &tube.shape, &distance, &margin) !=
           WITHIN_OUTSIDE;
}

/* ---- joining of itself: a party's own feed, its own active flight ---- */
static uint32_t address_of(struct text identity) {
    uint8_t b[3];
    return identity.size == 6 && hex_read(identity, b, 3) ? (uint32_t)(b[0] << 16 | b[1] << 8 | b[2]) : 0;
}
static bool join_itself(struct state *st, struct track_row *t) {
    uint32_t address = address_of(identity_of(t));
    if (t->flight != ROW_NONE || !address) return false;
    row f = flight_by_icao(st, t->party, address);
    if (f == ROW_NONE) return false;
    track_join(st, table_row(&st->tracks, t), f, false);
    return true;
}
void track_auto_join(struct state *st, row f, struct effects *fx) {
    const struct flight_row *flight = flight_at(st, f);
    if (!flight->icao24) return;
    char hex[7];
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 6; i++) hex[i] = digits[flight->icao24 >> (20 - 4 * i) & 15];
    uint32_t code = table_code(hex, 6), count = 0;
    row *found = st->work_rows;
    const struct hash_index *x = &st->watch->track_by_identity;
    for (row r = hash_index_first(x, code); r != ROW_NONE; r = hash_index_more(x, r)) {
        const struct track_row *t = track_at(st, r);
        if (t->party == flight->party && t->flight == ROW_NONE && text_equal(identity_of(t), (struct text){hex, 6})) found[count++] = r;
    }
    sort_rows(found, count, track_before, st);
    for (uint32_t i = 0; i < count; i++)
        if (join_itself(st, track_at(st, found[i]))) {
            st->watch->only = flight->party; /* the flight may be hidden: nobody else's alerts move by it */
            conflict_refresh(st, OWNER_TRACK, found[i], fx);
            st->watch->only = PARTY_NONE;
        }
    conflict_shared(st, f, fx);
}

/* ---- silence ---- */
/* A timer that came for what is to be told only is set anew: what falls due by time keeps its place among the timers of a tick, whatever else there was. */
void track_on_timer(struct state *st, row r, instant at, struct effects *fx) {
    struct track_row *t = track_at(st, r);
    bool told = heed_tell(st, r, fx);
    instant due = track_due(st, t);
    if (told && due <= at && t->silent) {
        heed_forgotten(st, r, fx);
        track_remove(st, r, fx);
        return;
    }
    if (told && due <= at) {
        t->silent = true;
        rival_leave(st, r);
        told = heed_tell(st, r, fx);
        due = track_due(st, t) > st->time ? track_due(st, t) : st->time + 1;
    }
    if (!told || (due > st->time && heed_rests(st, r))) due = st->time + 1;
    timer_set(st, TIMER_TRACK, r, t->serial, due);
}

void track_remove(struct state *st, row r, struct effects *fx) {
    struct track_row *t = track_at(st, r);
    alert_entity_gone(st, OWNER_TRACK, r, fx);
    twin_part(st, r);
    assert(t->rivals == 0 && t->rivals_told == 0);
    tube_drop(st, r);
    timer_cancel(st, TIMER_TRACK, r);
    hash_index_remove(&st->watch->track_by_identity, r);
    track_join(st, r, ROW_NONE, false);
    assert(feed_at(st, t->feed)->track_count > 0);
    feed_at(st, t->feed)->track_count--;
    quota_give(st, t->party, QUOTA_TRACKS, 1);
    sweeps_leave(st, OWNER_TRACK, r);
    table_drop(&st->tracks, r);
}

/* ---- reports ---- */
void track_index(struct state *st, row r) {
    const struct track_row *t = track_at(st, r);
    hash_index_put(&st->watch->track_by_identity, r, table_code(t->identity, t->identity_size));
    sweeps_join(st, OWNER_TRACK, r);
}
static row track_new(struct state *st, row feed, const struct frame_position *p) {
    row r = table_take(&st->tracks);
    struct track_row *t = track_at(st, r);
    uint16_t party = feed_at(st, feed)->party;
    *t = (struct track_row){.feed = feed, .party = party, .identity_size = (uint8_t)p->identity.size, .serial = state_serial(st),
                            .time = INSTANT_NONE, .flight = ROW_NONE, .left = INSTANT_NONE};
    assert(p->identity.size <= sizeof t->identity);
    memcpy(t->identity, p->identity.at, p->identity.size);
    rival_enter(st, r);
    track_index(st, r);
    feed_at(st, feed)->track_count++;
    quota_take(st, party, QUOTA_TRACKS, 1);
    return r;
}

bool track_leaps(instant time, const struct position *at, const struct frame_position *p) {
    if (time == INSTANT_NONE || sure_close(at, &p->at, 2 * TRACK_WIDEN_CM)) return false;
    int64_t far = meet_distance_cm(at, &p->at) - 2 * TRACK_WIDEN_CM;
    if (far <= 0) return false;
    int64_t ms = (p->time - time) / 1000000;
    return far / SPEED_IMPOSSIBLE_CMS * 1000 > ms || (ms == 0);
}

/* A time ahead of ours counts as ours: else one report dated into the next century would make all that follow late. */
static void take_report(const struct state *st, struct track_row *t, const struct frame_position *p) {
    t->time = p->time > st->time ? st->time : p->time;
    t->at = p->at;
    t->altitude_cm = p->altitude.cm;
    t->reference = p->altitude.reference;
    if (t->has_altitude != p->has_altitude) t->responsible.changes = 0;
    t->has_altitude = p->has_altitude;
    t->speed_cms = p->speed_cms;
    t->track_mdeg = p->track_mdeg;
    t->climb_cms = p->climb_cms;
    t->uncertainty_cm = p->uncertainty_cm;
    t->callsign_size = (uint8_t)(p->callsign.size < sizeof t->callsign ? p->callsign.size : sizeof t->callsign);
    if (t->callsign_size) memcpy(t->callsign, p->callsign.at, t->callsign_size);
}

static bool may_track(const struct state *st, row feed, struct track_counts *n) {
    bool room = quota_room(st, feed_at(st, feed)->party, QUOTA_TRACKS, 1, true);
    n->untracked += !room;
    n->fresh += room;
    return room;
}
/* A report that moves the track: what is known of it, and when it must be heard again. */
static void heard(struct state *st, row r, const struct frame_position *p) {
    struct track_row *t = track_at(st, r);
    bool fresh = t->time == INSTANT_NONE, silent = t->silent;
    take_report(st, t, p);
    if (p->time > st->time || p->time < st->time - AGE_MOST) t->flags |= TRACK_CLOCK;
    t->sequenced = st->time;
    t->silent = false;
    if (fresh) timer_set(st, TIMER_TRACK, r, t->serial, track_due(st, t));
    if (silent) heed_later(st, r);
}

void track_report(struct state *st, row feed, const struct frame_position *p, uint32_t code, struct track_counts *n, struct effects *fx) {
    struct found x = find(st, feed, p->identity, code);
    row r = x.second == ROW_NONE ? x.first : twin_pick(st, x.first, x.second, p);
    if (r == ROW_NONE) {
        if (!may_track(st, feed, n)) return;
        r = track_new(st, feed, p);
    }
    struct track_row *t = track_at(st, r);
    t->flags = x.elsewhere ? TRACK_ELSEWHERE : 0;
    n->elsewhere += x.elsewhere;
    bool jump = track_leaps(t->time, &t->at, p);
    if (jump) {
        t->flags |= TRACK_JUMP;
        t->jumps++;
        n->jumps++;
    }
    if (t->time != INSTANT_NONE && (p->time < t->time || (p->time == t->time && !jump))) {
        bool late = p->time < t->time;
        t->flags |= late ? TRACK_LATE : TRACK_DUPLICATE;
        late ? t->late++ : t->duplicates++;
        late ? n->late++ : n->duplicates++;
        return; /* what is known is newer: the record keeps the report, the picture does not go back */
    }
    if (jump && x.second == ROW_NONE && twin_turns(t, p) && may_track(st, feed, n)) {
        row second = track_new(st, feed, p);
        track_at(st, second)->flags = t->flags;
        twin_pair(st, r, second);
        r = second;
        t = track_at(st, r);
    }
    if (jump && t->time != INSTANT_NONE) conflict_leave(st, r, fx);
    bool inside = !jump && inside_tube(st, t, p);
    heard(st, r, p);
    if (x.shared) rival_compare(st, r, code);
    bool joined = join_itself(st, t);
    if (!inside) track_anchor(st, r, fx);
    else if (joined) {
        st->watch->only = t->party;
        conflict_refresh(st, OWNER_TRACK, r, fx);
        st->watch->only = PARTY_NONE;
    }
    if (joined) conflict_shared(st, t->flight, fx);
}
