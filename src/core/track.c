/* Tracks: where reports say that aircraft are, and where they may be within the next minutes. A track anchors a tube; a report inside
 * the tube and younger than its hold costs one check, any other anchors anew with one query (facts: geometry). */
#include "core/track.h"

#define SPEED_UNKNOWN_CMS 30000     /* 300 m/s: an airliner with the wind behind it */
#define SPEED_IMPOSSIBLE_CMS 100000
#define UNCERTAINTY_UNKNOWN_CM 10000
#define TUBE_WIDEN_CM 25000
#define HEADING_MDEG 2000
#define HEIGHT_CM 10000
#define SPAN_MOST (3600 * INSTANT_SECOND)
#define AGE_MOST (60 * INSTANT_SECOND) /* older reports, or ones from the future, are taken as of then, and marked */
#define REACH_MOST INT64_C(1900000000) /* 19,000 km */
#define LOWEST_CM (-100000)

static uint32_t track_code(row feed, struct text identity) {
    char key[4 + 16] = {(char)(feed >> 24), (char)(feed >> 16), (char)(feed >> 8), (char)feed};
    assert(identity.size <= 16);
    memcpy(key + 4, identity.at, identity.size);
    return table_code(key, 4 + identity.size);
}
static struct text identity_of(const struct track_row *t) { return (struct text){t->identity, t->identity_size}; }

row track_find(const struct state *st, row feed, struct text identity) {
    if (identity.size > 16) return ROW_NONE;
    for (row r = hash_index_first(&st->tracks.by_id, track_code(feed, identity)); r != ROW_NONE; r = hash_index_more(&st->tracks.by_id, r))
        if (track_at(st, r)->feed == feed && text_equal(identity_of(track_at(st, r)), identity)) return r;
    return ROW_NONE;
}

bool feed_readable(const struct state *st, row feed, uint16_t party) {
    const struct feed_row *f = feed_at(st, feed);
    return f->party == party || party == st->operator_ || reader_set_has(st, &f->readers, party);
}

/* ---- owners ---- */
static uint32_t look_up_responsible(struct state *st, const struct track_row *t, uint16_t *out) {
    struct volume where = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 1, .at = &t->at}, .lower = t->altitude, .upper = t->altitude,
                           .start = st->time, .end = st->time};
    if (!t->has_altitude) {
        where.lower = (struct altitude){LOWEST_CM, ALTITUDE_W84};
        where.upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_W84};
    }
    return area_responsible(st, &where, st->time, out, st->capacity.parties);
}
static uint32_t responsible_for(struct state *st, const struct track_row *t, uint16_t *out) {
    struct responsible *kept = &st->watch->responsible[table_row(&st->tracks, t)];
    bool same = kept->at == st->time && kept->changes == st->watch->area_changes && kept->where.lat == t->at.lat && kept->where.lon == t->at.lon &&
                kept->has_altitude == t->has_altitude && kept->altitude.cm == t->altitude.cm && kept->altitude.reference == t->altitude.reference;
    if (!same) {
        uint32_t count = look_up_responsible(st, t, out);
        if (count > WATCH_KEPT_RESPONSIBLE) return count;
        *kept = (struct responsible){.at = st->time, .changes = st->watch->area_changes, .where = t->at, .altitude = t->altitude,
                                     .has_altitude = t->has_altitude, .count = (uint8_t)count};
        memcpy(kept->party, out, count * sizeof *out);
    }
    memcpy(out, kept->party, kept->count * sizeof *out);
    return kept->count;
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
    t->circle = t->speed_cms < 0 || (t->track_mdeg < 0 && t->speed_cms > 0);
    t->anchored = st->time;
    t->anchor = (struct motion){.at = t->at, .altitude = t->has_altitude ? t->altitude : (struct altitude){0, ALTITUDE_W84}, .time = time,
                                .span = clamp_span(st->settings.lookahead_ns + st->settings.tube_hold_ns + age),
                                .speed_cms = t->speed_cms < 0 ? SPEED_UNKNOWN_CMS : t->speed_cms,
                                .track_mdeg = t->track_mdeg < 0 ? 0 : t->track_mdeg,
                                .climb_cms = t->climb_cms == INT32_MIN || !t->has_altitude ? 0 : t->climb_cms,
                                .uncertainty_cm = t->uncertainty_cm < 0 ? UNCERTAINTY_UNKNOWN_CM : t->uncertainty_cm};
}

static void tube_store(struct state *st, row r) {
    struct track_row *t = track_at(st, r);
    struct position room[4];
    struct volume tube;
    if (t->volume != ROW_NONE) pool_release(st, t->volume);
    if (t->circle) {
        int64_t reach = t->anchor.speed_cms * (t->anchor.span / INSTANT_SECOND + 1) + t->anchor.uncertainty_cm + TUBE_WIDEN_CM;
        tube = (struct volume){.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = reach < REACH_MOST ? reach : REACH_MOST, .at = &t->at},
                               .start = t->anchor.time, .end = t->anchor.time + t->anchor.span + st->settings.tube_hold_ns};
    } else {
        motion_tube(&t->anchor, st->settings.tube_hold_ns, room, &tube);
    }
    if (t->circle || !t->has_altitude) {
        tube.lower = (struct altitude){LOWEST_CM, ALTITUDE_W84};
        tube.upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_W84};
    }
    pool_volumes_store(st, OWNER_TRACK, r, t->party, 0, &tube, 1, &t->volume);
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
    if (t->volume == ROW_NONE || st->time - t->anchored >= st->settings.tube_hold_ns) return false;
    if (p->has_altitude != t->has_altitude) return false;
    bool circle = p->speed_cms < 0 || (p->track_mdeg < 0 && p->speed_cms > 0);
    if (circle != t->circle) return false;
    if (!circle) {
        int32_t change = p->speed_cms > t->anchor.speed_cms ? p->speed_cms - t->anchor.speed_cms : t->anchor.speed_cms - p->speed_cms;
        if (change > t->anchor.speed_cms / 20 && change > 500) return false;
        if (p->speed_cms > 0 && turn(p->track_mdeg, t->anchor.track_mdeg) > HEADING_MDEG) return false;
        if (t->has_altitude) {
            if (p->altitude.reference != t->anchor.altitude.reference) return false;
            int64_t seconds = (p->time - t->anchor.time) / INSTANT_SECOND;
            int64_t off = (int64_t)p->altitude.cm - t->anchor.altitude.cm - t->anchor.climb_cms * seconds;
            if (off > HEIGHT_CM || off < -HEIGHT_CM) return false;
        }
    }
    struct volume tube;
    struct position room[4];
    int64_t distance, margin;
    pool_volume_view(st, t->volume, room, &tube);
    return meet_position(&p->at, p->uncertainty_cm < 0 ? UNCERTAINTY_UNKNOWN_CM : p->uncertainty_cm, &tube.shape, &distance, &margin) !=
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
    t->flight = f;
    t->joined_by_statement = false;
    t->joined_order = st->order;
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
    for (uint32_t i = 1; i < count; i++) /* a party's feeds with this aircraft: a handful */
        for (uint32_t k = i; k > 0 && track_at(st, found[k])->serial < track_at(st, found[k - 1])->serial; k--) {
            row swap = found[k];
            found[k] = found[k - 1];
            found[k - 1] = swap;
        }
    for (uint32_t i = 0; i < count; i++)
        if (join_itself(st, track_at(st, found[i]))) {
            st->watch->only = flight->party; /* the flight may be hidden: nobody else's alerts move by it */
            conflict_refresh(st, OWNER_TRACK, found[i], fx);
            st->watch->only = PARTY_NONE;
        }
    conflict_shared(st, f, fx);
}

/* ---- silence ---- */
static void tell_silence(struct state *st, row r, struct effects *fx) {
    struct track_row *t = track_at(st, r);
    if (t->flight == ROW_NONE || tell_left(st, fx) == 0) return;
    const struct flight_row *f = flight_at(st, t->flight);
    struct append *out = tell_begin(st, fx, TOLD_SILENT, f->party, NULL);
    append_str(out, "\"flight\":");
    append_entity(out, st, f->party, &f->id);
    append_str(out, ",\"track\":{\"party\":");
    append_party(out, st, t->party);
    append_str(out, ",\"feed\":\"");
    append_text(out, name_text(&feed_at(st, t->feed)->name));
    append_str(out, "\",\"identity\":");
    append_json_string(out, identity_of(t));
    append_format(out, "},\"silent\":%s,\"last\":", t->silent ? "true" : "false");
    render_time(t->time, out);
    append_str(out, ",\"at\":{\"lat\":");
    append_fixed_point(out, t->at.lat, 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, t->at.lon, 7);
    append_char(out, '}');
    tell_end(st, fx);
}

void track_on_timer(struct state *st, row r, struct effects *fx) {
    struct track_row *t = track_at(st, r);
    int64_t silent = st->settings.track_silent_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.track_silent_ns;
    instant next = t->sequenced + (t->silent ? 10 * silent : silent);
    if (next > st->time) { /* it was heard since */
        timer_set(st, TIMER_TRACK, r, t->serial, next);
    } else if (t->silent) {
        track_remove(st, r, fx);
    } else {
        t->silent = true;
        tell_silence(st, r, fx);
        timer_set(st, TIMER_TRACK, r, t->serial, t->sequenced + 10 * silent > st->time ? t->sequenced + 10 * silent : st->time + 1);
    }
}

void track_remove(struct state *st, row r, struct effects *fx) {
    struct track_row *t = track_at(st, r);
    alert_entity_gone(st, OWNER_TRACK, r, fx);
    if (t->volume != ROW_NONE) pool_release(st, t->volume);
    timer_cancel(st, TIMER_TRACK, r);
    hash_index_remove(&st->tracks.by_id, r);
    hash_index_remove(&st->watch->track_by_identity, r);
    assert(feed_at(st, t->feed)->track_count > 0);
    feed_at(st, t->feed)->track_count--;
    quota_give(st, t->party, QUOTA_TRACKS, 1);
    table_drop(&st->tracks, r);
}

/* ---- reports ---- */
/* Another track of this identity, on another feed that this feed's party may read: of others it must learn nothing. */
static bool elsewhere(const struct state *st, row r) {
    const struct track_row *t = track_at(st, r);
    const struct hash_index *x = &st->watch->track_by_identity;
    for (row o = hash_index_first(x, table_code(t->identity, t->identity_size)); o != ROW_NONE; o = hash_index_more(x, o))
        if (o != r && text_equal(identity_of(track_at(st, o)), identity_of(t)) && feed_readable(st, track_at(st, o)->feed, t->party)) return true;
    return false;
}

static row track_new(struct state *st, row feed, const struct frame_position *p) {
    row r = table_take(&st->tracks);
    struct track_row *t = track_at(st, r);
    uint16_t party = feed_at(st, feed)->party;
    *t = (struct track_row){.feed = feed, .party = party, .identity_size = (uint8_t)p->identity.size, .serial = state_serial(st),
                            .time = INSTANT_NONE, .flight = ROW_NONE, .volume = ROW_NONE};
    assert(p->identity.size <= sizeof t->identity);
    memcpy(t->identity, p->identity.at, p->identity.size);
    hash_index_put(&st->tracks.by_id, r, track_code(feed, p->identity));
    hash_index_put(&st->watch->track_by_identity, r, table_code(t->identity, t->identity_size));
    feed_at(st, feed)->track_count++;
    quota_take(st, party, QUOTA_TRACKS, 1);
    return r;
}

static bool jumped(const struct track_row *t, const struct frame_position *p) {
    if (t->time == INSTANT_NONE) return false;
    int64_t far = meet_distance_cm(&t->at, &p->at) - 2 * TUBE_WIDEN_CM;
    if (far <= 0) return false;
    int64_t ms = (p->time - t->time) / 1000000;
    return far / SPEED_IMPOSSIBLE_CMS * 1000 > ms || (ms == 0);
}

/* A time ahead of ours counts as ours: else one report dated into the next century would make all that follow late. */
static void take_report(const struct state *st, struct track_row *t, const struct frame_position *p) {
    t->time = p->time > st->time ? st->time : p->time;
    t->at = p->at;
    t->altitude = p->altitude;
    t->has_altitude = p->has_altitude;
    t->speed_cms = p->speed_cms;
    t->track_mdeg = p->track_mdeg;
    t->climb_cms = p->climb_cms;
    t->uncertainty_cm = p->uncertainty_cm;
    t->callsign_size = (uint8_t)(p->callsign.size < sizeof t->callsign ? p->callsign.size : sizeof t->callsign);
    if (t->callsign_size) memcpy(t->callsign, p->callsign.at, t->callsign_size);
}

void track_report(struct state *st, row feed, const struct frame_position *p, struct track_counts *n, struct effects *fx) {
    row r = track_find(st, feed, p->identity);
    if (r == ROW_NONE) {
        if (!quota_room(st, feed_at(st, feed)->party, QUOTA_TRACKS, 1, true)) {
            n->untracked++;
            return;
        }
        r = track_new(st, feed, p);
        n->fresh++;
    }
    struct track_row *t = track_at(st, r);
    t->flags = 0;
    if (elsewhere(st, r)) {
        t->flags |= TRACK_ELSEWHERE;
        n->elsewhere++;
    }
    bool jump = jumped(t, p);
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
    bool inside = !jump && inside_tube(st, t, p);
    take_report(st, t, p);
    if (p->time > st->time || p->time < st->time - AGE_MOST) t->flags |= TRACK_CLOCK;
    t->sequenced = st->time;
    bool joined = join_itself(st, t);
    if (t->silent) {
        t->silent = false;
        tell_silence(st, r, fx);
        timer_cancel(st, TIMER_TRACK, r);
    }
    instant at;
    int64_t silent = st->settings.track_silent_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.track_silent_ns;
    if (!timer_get(st, TIMER_TRACK, r, &at)) timer_set(st, TIMER_TRACK, r, t->serial, st->time + silent);
    if (!inside) track_anchor(st, r, fx);
    else if (joined) {
        st->watch->only = t->party;
        conflict_refresh(st, OWNER_TRACK, r, fx);
        st->watch->only = PARTY_NONE;
    }
    if (joined) conflict_shared(st, t->flight, fx);
}
