/* Which entities meet, for whom. The index finds candidates, meet.h decides; every finding is computed from the sections that the
 * owner may read, so an alert can say nothing that its reader may not know. */
#include "core/watch.h"

#define TRACK_SLACK_CM 25000        /* as the tube: a report so far off its path still counts as on it */
#define TRACK_HEIGHT_SLACK_CM 10000 /* level flight wanders, and altimeters are read in steps */
#define LOWEST_CM (-100000)         /* below everything: the band of a track without altitude */

enum owner_kind alert_kind_a(uint8_t kind) {
    if (kind == ALERT_FLIGHT_FLIGHT) return OWNER_FLIGHT;
    return kind == ALERT_TRACK_TRACK ? OWNER_TRACK : OWNER_NOTICE;
}
enum owner_kind alert_kind_b(uint8_t kind) {
    return kind == ALERT_NOTICE_FLIGHT || kind == ALERT_FLIGHT_FLIGHT ? OWNER_FLIGHT : OWNER_TRACK;
}

/* ---- reach ---- */
static void reach_widen(struct reach *r, int64_t cm, int64_t height_cm, int64_t before, int64_t after) {
    if (cm > r->cm) r->cm = cm;
    if (height_cm > r->height_cm) r->height_cm = height_cm;
    if (before > r->before_ns) r->before_ns = before;
    if (after > r->after_ns) r->after_ns = after;
}

static const struct agreement_version *binds_both(const struct state *st, row r, uint16_t a, uint16_t b) {
    if (!st->agreements.live[r] || !agreement_has(st, r, a, st->time) || !agreement_has(st, r, b, st->time)) return NULL;
    return agreement_in_force(st, r, st->time);
}

struct reach conflict_reaction(const struct state *st, uint16_t filer, uint16_t owner, const struct name *category) {
    struct reach reach = {0};
    for (row r = 0; filer != owner && r < st->agreements.capacity; r++) {
        const struct agreement_version *v = binds_both(st, r, filer, owner);
        const struct category_rule *rule = v ? agreement_rule(v, category) : NULL;
        if (rule) reach_widen(&reach, rule->reaction_cm, rule->reaction_height_cm, rule->reaction_before_ns, rule->reaction_after_ns);
    }
    return reach;
}

struct reach conflict_separation(const struct state *st, uint16_t a, uint16_t b) {
    struct reach reach = {0};
    bool agreed = false;
    for (row r = 0; a != b && r < st->agreements.capacity; r++) {
        const struct agreement_version *v = binds_both(st, r, a, b);
        if (!v) continue;
        agreed = true;
        reach_widen(&reach, v->separation_cm, v->separation_height_cm, 0, 0);
    }
    if (!agreed) reach_widen(&reach, st->settings.separation_cm, st->settings.separation_height_cm, 0, 0);
    return reach;
}

/* The farthest that anything of this party can reach: the query is grown by it, the decision is not. */
static void reach_of_party(const struct state *st, uint16_t party, struct reach *reach) {
    reach_widen(reach, st->settings.separation_cm, st->settings.separation_height_cm, 0, 0);
    for (row r = 0; r < st->agreements.capacity; r++) {
        const struct agreement_version *v = binds_both(st, r, party, party);
        if (!v) continue;
        reach_widen(reach, v->separation_cm, v->separation_height_cm, 0, 0);
        for (uint16_t i = 0; i < v->rule_count; i++) {
            const struct category_rule *rule = &v->rule[i];
            reach_widen(reach, rule->reaction_cm, rule->reaction_height_cm, rule->reaction_before_ns, rule->reaction_after_ns);
        }
    }
}

/* ---- exact findings ---- */
static void finding_none(struct finding *f) { *f = (struct finding){.entry = INSTANT_NONE, .until = INSTANT_NONE, .again = INSTANT_NONE, .closest = INSTANT_NONE}; }

static void finding_add(struct finding *f, instant entry, instant until, int64_t distance, int64_t margin, int64_t gap, instant closest,
                        bool unlikely) {
    if (!f->meets || until < f->again) f->again = until;
    if (!f->meets || distance < f->distance_cm || (distance == f->distance_cm && gap < f->height_gap_cm)) {
        f->distance_cm = distance;
        f->margin_cm = margin;
        f->height_gap_cm = gap;
        f->closest = closest;
    }
    bool surer = !f->meets || (f->unlikely && !unlikely);
    if (surer || (f->unlikely == unlikely && entry < f->entry)) f->entry = entry;
    if (!f->meets || until > f->until) f->until = until;
    f->unlikely = f->meets ? f->unlikely && unlikely : unlikely;
    f->meets = true;
}

static void finding_meeting(const struct state *st, struct finding *f, const struct meeting *m) {
    if (!m->meets || m->to < st->time) return;
    finding_add(f, m->from, m->to, m->distance_cm, m->margin_cm, m->height_gap_cm, m->from, false);
}

/* Cheap first: most pairs of volumes of long lists differ in time or height. `b` is the one whose time reaches further. */
static bool apart(const struct state *st, const struct volume_row *a, const struct volume_row *b, const struct reach *reach) {
    if (a->start > b->end + reach->after_ns || b->start - reach->before_ns > a->end || b->end + reach->after_ns < st->time || a->end < st->time)
        return true;
    struct volume x = {.lower = a->lower, .upper = a->upper}, y = {.lower = b->lower, .upper = b->upper};
    return altitude_gap(&x, &y, &st->settings.offsets) > reach->height_cm;
}

/* Can this pair change nothing any more? Something overlaps already, from no later and until no earlier. */
static bool told_already(const struct finding *f, const struct volume_row *a, const struct volume_row *b, const struct reach *reach) {
    if (!f->meets || f->distance_cm > 0 || f->height_gap_cm > 0) return false;
    instant from = a->start > b->start - reach->before_ns ? a->start : b->start - reach->before_ns;
    instant to = a->end < b->end + reach->after_ns ? a->end : b->end + reach->after_ns;
    return from >= f->entry && to <= f->until;
}

/* Beyond LIMIT_PAIR_WORK volumes whose times and heights meet count as meeting: a list of shapes wound into each other can cost time
 * or false alarms, never a missed conflict. The budget is the pair's own, so that nobody's hidden volumes show in another's. */
static void meet_unseen(const struct state *st, const struct volume_row *a, const struct volume_row *b, const struct reach *reach, struct finding *f) {
    struct meeting m = {.meets = true};
    m.from = a->start > b->start - reach->before_ns ? a->start : b->start - reach->before_ns;
    m.to = a->end < b->end + reach->after_ns ? a->end : b->end + reach->after_ns;
    finding_meeting(st, f, &m);
}

static void meet_chains(struct state *st, row first_a, row first_b, const struct reach *reach, int64_t *work, struct finding *f) {
    const struct altitude_offsets *o = &st->settings.offsets;
    for (row a = first_a; a != ROW_NONE; a = volume_at(st, a)->next) {
        struct volume x, y;
        bool viewed = false;
        for (row b = first_b; b != ROW_NONE; b = volume_at(st, b)->next) {
            const struct volume_row *p = volume_at(st, a), *q = volume_at(st, b);
            if (q->idle || apart(st, p, q, reach) || told_already(f, p, q, reach)) continue;
            *work -= p->count + q->count;
            if (*work < 0) {
                meet_unseen(st, p, q, reach, f);
                continue;
            }
            if (!viewed) pool_volume_view(st, a, st->work_positions_a, &x);
            viewed = true;
            pool_volume_view(st, b, st->work_positions_b, &y);
            struct meeting m;
            meet_volumes(&x, &y, o, reach->cm, reach->height_cm, reach->before_ns, reach->after_ns, &m);
            finding_meeting(st, f, &m);
        }
    }
}

static void notice_flight(struct state *st, uint16_t owner, row n, row fl, struct finding *f) {
    const struct notice_row *notice = notice_at(st, n);
    const struct flight_row *flight = flight_at(st, fl);
    if (!notice_hazardous(notice) || !flight_stands(flight) || flight->party != owner) return;
    uint8_t mine = flight_ranks(st, flight, owner), theirs = notice_ranks(st, notice, owner);
    int64_t work = LIMIT_PAIR_WORK;
    for (int t = 0; t < RANKS; t++) {
        if (!(theirs & 1u << t)) continue;
        struct reach reach = conflict_reaction(st, notice->party, owner, &notice->section[t].category);
        for (int m = 0; m < RANKS; m++)
            if (mine & 1u << m) meet_chains(st, flight->section[m].volume, notice->section[t].volume, &reach, &work, f);
    }
}

static void flights_meet(struct state *st, const struct flight_row *a, uint8_t ranks_a, const struct flight_row *b, uint8_t ranks_b,
                         struct finding *f) {
    struct reach reach = conflict_separation(st, a->party, b->party);
    int64_t work = LIMIT_PAIR_WORK;
    for (int i = 0; i < RANKS; i++)
        for (int k = 0; k < RANKS; k++)
            if ((ranks_a & 1u << i) && (ranks_b & 1u << k)) meet_chains(st, b->section[k].volume, a->section[i].volume, &reach, &work, f);
}

/* Are both seen on a feed that both owners may read? Then neither is hidden from the other. */
static bool on_shared_feed(const struct state *st, row a, row b) {
    uint16_t p = flight_at(st, a)->party, q = flight_at(st, b)->party;
    bool seen_a = false, seen_b = false;
    for (row t = 0; t < st->tracks.capacity && st->tracks.used > 0; t++) {
        if (!st->tracks.live[t]) continue;
        const struct track_row *x = track_at(st, t);
        if ((x->flight != a && x->flight != b) || !feed_readable(st, x->feed, p) || !feed_readable(st, x->feed, q)) continue;
        seen_a = seen_a || x->flight == a;
        seen_b = seen_b || x->flight == b;
    }
    return seen_a && seen_b;
}

static bool agreed_to_tell(const struct state *st, uint16_t a, uint16_t b) {
    for (row r = 0; r < st->agreements.capacity; r++) {
        const struct agreement_version *v = binds_both(st, r, a, b);
        if (v && v->tell_undisclosed) return true;
    }
    return false;
}

static void flight_flight(struct state *st, uint16_t owner, row ra, row rb, struct finding *f) {
    const struct flight_row *a = flight_at(st, ra), *b = flight_at(st, rb);
    if (!flight_stands(a) || !flight_stands(b) || b->party != owner) return;
    if (a->party == owner && a->serial > b->serial) return; /* both its own: one alert, not two */
    uint8_t mine = flight_ranks(st, b, owner), theirs = flight_ranks(st, a, owner);
    if (theirs) {
        flights_meet(st, a, theirs, b, mine, f);
        return;
    }
    uint8_t exact = flight_ranks(st, a, a->party);
    struct finding found;
    finding_none(&found);
    flights_meet(st, a, exact, b, mine, &found);
    if (!found.meets || !(agreed_to_tell(st, a->party, owner) || on_shared_feed(st, ra, rb))) return;
    *f = found;
    f->undisclosed = true;
}

void conflict_withheld(struct state *st, row ra, row rb, struct finding *f) {
    const struct flight_row *a = flight_at(st, ra), *b = flight_at(st, rb);
    finding_none(f);
    if (!flight_stands(a) || !flight_stands(b) || a->party == b->party) return;
    if (flight_ranks(st, a, b->party) || flight_ranks(st, b, a->party)) return;
    flights_meet(st, a, flight_ranks(st, a, a->party), b, flight_ranks(st, b, b->party), f);
    if (f->meets && (agreed_to_tell(st, a->party, b->party) || on_shared_feed(st, ra, rb))) finding_none(f);
}

/* ---- tracks ---- */
static bool owns_track(struct state *st, const struct track_row *t, uint16_t party) {
    uint32_t count = track_owners(st, t, st->watch->owners_b);
    for (uint32_t i = 0; i < count; i++)
        if (st->watch->owners_b[i] == party) return true;
    return false;
}

static void any_height(struct volume *v) {
    v->lower = (struct altitude){LOWEST_CM, ALTITUDE_W84};
    v->upper = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_W84};
}

/* A circle that grows at the track's speed, whatever the direction. */
static instant circle_entry(const struct state *st, const struct track_row *t, const struct volume *v, const struct reach *reach) {
    struct volume point = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 1, .at = &t->anchor.at}};
    struct volume there = *v;
    any_height(&point);
    any_height(&there);
    point.start = point.end = there.start = there.end = t->anchor.time;
    struct meeting m;
    meet_volumes(&point, &there, &st->settings.offsets, 0, 0, 0, 0, &m);
    int64_t far = m.distance_cm - reach->cm - t->anchor.uncertainty_cm - m.margin_cm;
    if (far <= 0) return t->anchor.time;
    int64_t speed = t->anchor.speed_cms > 0 ? t->anchor.speed_cms : 1;
    return t->anchor.time + far / speed * INSTANT_SECOND;
}

static instant latest(instant a, instant b) { return a > b ? a : b; }

static void track_volume(struct state *st, const struct track_row *t, const struct volume *tube, struct volume *v, const struct reach *reach,
                         struct finding *f) {
    const struct altitude_offsets *o = &st->settings.offsets;
    struct motion motion = t->anchor;
    if (!t->has_altitude) {
        any_height(v);
        motion.altitude = (struct altitude){0, ALTITUDE_W84};
        motion.climb_cms = 0;
    }
    struct meeting m;
    int64_t height = reach->height_cm + TRACK_HEIGHT_SLACK_CM;
    meet_volumes(tube, v, o, reach->cm, height, reach->before_ns, reach->after_ns, &m);
    if (!m.meets || m.to < st->time) return;
    if (t->circle) {
        finding_add(f, latest(m.from, circle_entry(st, t, v, reach)), m.to, m.distance_cm, m.margin_cm, m.height_gap_cm, m.from, false);
        return;
    }
    struct approach ap;
    meet_motion_volume(&motion, v, o, reach->cm + TRACK_SLACK_CM, height, reach->before_ns, reach->after_ns, &ap);
    bool unlikely = !ap.meets;
    if (unlikely) meet_motion_volume(&motion, v, o, reach->cm + tube->shape.reach_cm, height, reach->before_ns, reach->after_ns, &ap);
    if (ap.meets) finding_add(f, ap.entry, m.to, ap.distance_cm, ap.margin_cm, ap.height_gap_cm, ap.closest, unlikely);
    else finding_add(f, m.from, m.to, m.distance_cm, m.margin_cm, m.height_gap_cm, m.from, true);
}

static void notice_track(struct state *st, uint16_t owner, row n, row tr, struct finding *f) {
    const struct notice_row *notice = notice_at(st, n);
    const struct track_row *t = track_at(st, tr);
    if (!notice_hazardous(notice) || t->volume == ROW_NONE || !owns_track(st, t, owner)) return;
    uint8_t theirs = notice_ranks(st, notice, owner);
    struct volume tube, v;
    struct position tube_at[4];
    pool_volume_view(st, t->volume, tube_at, &tube);
    for (int i = 0; i < RANKS; i++) {
        if (!(theirs & 1u << i)) continue;
        struct reach reach = conflict_reaction(st, notice->party, owner, &notice->section[i].category);
        struct reach wide = reach;
        wide.height_cm += TRACK_HEIGHT_SLACK_CM;
        for (row r = notice->section[i].volume; r != ROW_NONE; r = volume_at(st, r)->next) {
            if (volume_at(st, r)->idle || apart(st, volume_at(st, t->volume), volume_at(st, r), &wide)) continue;
            pool_volume_view(st, r, st->work_positions_a, &v);
            track_volume(st, t, &tube, &v, &reach, f);
        }
    }
}

static bool same_aircraft(const struct track_row *a, const struct track_row *b, const struct state *st, uint16_t owner) {
    if (a->identity_size == b->identity_size && memcmp(a->identity, b->identity, a->identity_size) == 0) return true;
    return a->flight != ROW_NONE && a->flight == b->flight && flight_at(st, a->flight)->party == owner;
}

/* `b` meets `a`, kept apart by what is agreed between `owner` and the party of a's feed: not by whose flight it may be, for that could be
 * hidden from this owner. */
static void tracks_meet(struct state *st, uint16_t owner, const struct track_row *a, const struct track_row *b, struct finding *f) {
    struct reach reach = conflict_separation(st, owner, a->party);
    struct volume x, y;
    struct position at_x[4], at_y[4];
    pool_volume_view(st, a->volume, at_x, &x);
    pool_volume_view(st, b->volume, at_y, &y);
    struct meeting m;
    int64_t height = reach.height_cm + TRACK_HEIGHT_SLACK_CM;
    meet_volumes(&y, &x, &st->settings.offsets, reach.cm, height, 0, 0, &m);
    if (!m.meets || m.to < st->time) return;
    if (a->circle || b->circle || !a->has_altitude || !b->has_altitude) {
        finding_add(f, latest(m.from, st->time), m.to, m.distance_cm, m.margin_cm, m.height_gap_cm, m.from, true);
        return;
    }
    struct approach ap;
    meet_motion_motion(&b->anchor, &a->anchor, &st->settings.offsets, reach.cm + 2 * TRACK_SLACK_CM, height, &ap);
    if (ap.meets) finding_add(f, ap.entry, m.to, ap.distance_cm, ap.margin_cm, ap.height_gap_cm, ap.closest, false);
}

static void track_track(struct state *st, uint16_t owner, row ra, row rb, struct finding *f) {
    const struct track_row *a = track_at(st, ra), *b = track_at(st, rb);
    if (a->volume == ROW_NONE || b->volume == ROW_NONE || !owns_track(st, b, owner) || same_aircraft(a, b, st, owner)) return;
    bool own = owns_track(st, a, owner);
    if (!own && !feed_readable(st, a->feed, owner)) return;
    if (own && a->serial > b->serial) return; /* both its own: one alert, not two */
    tracks_meet(st, owner, a, b, f);
}

/* Does an owner of `b` see `a`, so that it would be told? */
static bool track_told(struct state *st, const struct track_row *a, const struct track_row *b) {
    uint16_t *owners = st->watch->owners;
    uint32_t count = track_owners(st, b, owners);
    for (uint32_t i = 0; i < count; i++)
        if (feed_readable(st, a->feed, owners[i]) || owns_track(st, a, owners[i])) return true;
    return false;
}

/* Two tracks that nobody sees both of who would be told. */
void conflict_tracks_withheld(struct state *st, row ra, row rb, struct finding *f) {
    const struct track_row *a = track_at(st, ra), *b = track_at(st, rb);
    finding_none(f);
    bool one_aircraft = same_aircraft(a, b, st, PARTY_NONE) || (a->flight != ROW_NONE && a->flight == b->flight);
    if (a->volume == ROW_NONE || b->volume == ROW_NONE || one_aircraft || track_told(st, a, b) || track_told(st, b, a)) return;
    tracks_meet(st, b->party, a, b, f);
}

void conflict_finding(struct state *st, uint16_t owner, enum alert_kind kind, row a, row b, struct finding *out) {
    finding_none(out);
    switch (kind) {
    case ALERT_NOTICE_FLIGHT: notice_flight(st, owner, a, b, out); break;
    case ALERT_NOTICE_TRACK: notice_track(st, owner, a, b, out); break;
    case ALERT_FLIGHT_FLIGHT: flight_flight(st, owner, a, b, out); break;
    case ALERT_TRACK_TRACK: track_track(st, owner, a, b, out); break;
    case ALERT_FOLDED: assert(!"a folded alert is no pair"); break;
    }
}

/* ---- pairs ---- */
static uint16_t filer_of(const struct state *st, enum alert_kind kind, row a) {
    if (kind == ALERT_FLIGHT_FLIGHT) return flight_at(st, a)->party;
    return kind == ALERT_TRACK_TRACK ? track_at(st, a)->party : notice_at(st, a)->party;
}

static void pair_for(struct state *st, uint16_t owner, enum alert_kind kind, row a, row b, struct effects *fx) {
    struct alert_key k = {.kind = kind, .owner = owner, .filer = filer_of(st, kind, a), .a = a, .b = b};
    struct finding f;
    conflict_finding(st, owner, kind, a, b, &f);
    alert_update(st, &k, &f, fx);
}

/* Its owners now, and those who were told before and own it no more; ascending, each once. */
static uint32_t owners_and_told(struct state *st, enum alert_kind kind, row a, row b) {
    struct watch *w = st->watch;
    uint32_t count = track_owners(st, track_at(st, b), w->owners);
    for (uint32_t i = 0; i < count; i++) w->owner_seen[w->owners[i]] = 1;
    for (row r = hash_index_first(&st->alerts.by_id, alert_pair_code((uint8_t)kind, a, b)); r != ROW_NONE; r = hash_index_more(&st->alerts.by_id, r)) {
        const struct alert_row *x = alert_at(st, r);
        if (x->kind != kind || x->a != a || x->b != b || w->owner_seen[x->owner]) continue;
        w->owner_seen[x->owner] = 1;
        uint32_t i = count++;
        for (; i > 0 && w->owners[i - 1] > x->owner; i--) w->owners[i] = w->owners[i - 1];
        w->owners[i] = x->owner;
    }
    for (uint32_t i = 0; i < count; i++) w->owner_seen[w->owners[i]] = 0;
    return count;
}

static void pair_track(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx) {
    uint32_t count = owners_and_told(st, kind, a, b);
    for (uint32_t i = 0; i < count; i++) pair_for(st, st->watch->owners[i], kind, a, b, fx);
}

/* `a`: the older of the two. */
static void pair_withheld(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx) {
    struct alert_key k = {.kind = kind, .withheld = true, .owner = st->operator_, .filer = filer_of(st, kind, a), .a = a, .b = b};
    struct finding f;
    if (kind == ALERT_FLIGHT_FLIGHT) conflict_withheld(st, a, b, &f);
    else conflict_tracks_withheld(st, a, b, &f);
    alert_update(st, &k, &f, fx);
}

static void pair_flights(struct state *st, row a, row b, struct effects *fx) {
    pair_for(st, flight_at(st, b)->party, ALERT_FLIGHT_FLIGHT, a, b, fx);
    pair_for(st, flight_at(st, a)->party, ALERT_FLIGHT_FLIGHT, b, a, fx);
    pair_withheld(st, ALERT_FLIGHT_FLIGHT, a, b, fx);
}

void conflict_pair(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx) {
    switch (kind) {
    case ALERT_NOTICE_FLIGHT: pair_for(st, flight_at(st, b)->party, kind, a, b, fx); break;
    case ALERT_NOTICE_TRACK: pair_track(st, kind, a, b, fx); break;
    case ALERT_FLIGHT_FLIGHT:
        if (flight_at(st, a)->serial < flight_at(st, b)->serial) pair_flights(st, a, b, fx);
        else pair_flights(st, b, a, fx);
        break;
    case ALERT_TRACK_TRACK:
        if (track_at(st, a)->serial > track_at(st, b)->serial) {
            row swap = a;
            a = b;
            b = swap;
        }
        pair_track(st, kind, a, b, fx);
        pair_track(st, kind, b, a, fx);
        pair_withheld(st, kind, a, b, fx);
        break;
    case ALERT_FOLDED: assert(!"a folded alert is no pair"); break;
    }
}

/* ---- candidates ---- */
static int seen_index(enum owner_kind kind) { return kind == OWNER_NOTICE ? 0 : kind == OWNER_FLIGHT ? 1 : 2; }
static uint64_t serial_of(const struct state *st, enum owner_kind kind, row r) {
    if (kind == OWNER_NOTICE) return notice_at(st, r)->serial;
    return kind == OWNER_FLIGHT ? flight_at(st, r)->serial : track_at(st, r)->serial;
}
static bool interests(enum owner_kind a, enum owner_kind b) {
    if (a == OWNER_AREA || b == OWNER_AREA) return false;
    if (a == OWNER_NOTICE) return b == OWNER_FLIGHT || b == OWNER_TRACK;
    return b == OWNER_NOTICE || a == b;
}

static void near_add(struct state *st, enum owner_kind kind, row r) {
    struct watch *w = st->watch;
    uint32_t *seen = &w->seen[seen_index(kind)][r];
    if (*seen == w->seen_now) return;
    *seen = w->seen_now;
    w->near[w->near_count++] = (struct entity){(uint8_t)kind, r, serial_of(st, kind, r)};
}

static void near_begin(struct state *st, enum owner_kind kind, row r) {
    struct watch *w = st->watch;
    if (++w->seen_now == 0) { /* once in 2^32 */
        memset(w->seen[0], 0, st->notices.capacity * sizeof **w->seen);
        memset(w->seen[1], 0, st->flights.capacity * sizeof **w->seen);
        memset(w->seen[2], 0, st->tracks.capacity * sizeof **w->seen);
        w->seen_now = 1;
    }
    w->near_count = 0;
    w->seen[seen_index(kind)][r] = w->seen_now; /* nothing meets itself */
}

static bool entity_counts(const struct state *st, enum owner_kind kind, row r) {
    if (kind == OWNER_NOTICE) return notice_hazardous(notice_at(st, r));
    return kind == OWNER_TRACK || flight_stands(flight_at(st, r));
}

struct looking { struct state *st; enum owner_kind kind; };
static bool near_visit(void *context, uint32_t item) {
    const struct looking *l = context;
    const struct volume_row *x = volume_at(l->st, item);
    if (interests(l->kind, (enum owner_kind)x->owner_kind) && entity_counts(l->st, (enum owner_kind)x->owner_kind, x->owner))
        near_add(l->st, (enum owner_kind)x->owner_kind, x->owner);
    return true;
}

static void near_volume(struct state *st, enum owner_kind kind, row volume, const struct reach *reach) {
    struct volume v;
    struct box b;
    pool_volume_view(st, volume, st->work_positions_a, &v);
    int64_t ns = reach->before_ns > reach->after_ns ? reach->before_ns : reach->after_ns;
    int64_t height = reach->height_cm + TRACK_HEIGHT_SLACK_CM;
    if (height > INT32_MAX / 2) height = INT32_MAX / 2;
    box_of_volume(&v, &st->settings.offsets, (double)reach->cm / 100.0, (int32_t)height, ns, ns, &b);
    int64_t now_ms = st->time / 1000000 - ns / 1000000 - 1; /* what is over is met no more */
    if (b.from < now_ms) b.from = now_ms;
    if (b.from > b.to) return;
    struct looking l = {st, kind};
    index_query(st->index, &b, near_visit, &l, &st->box_tests); /* in no order: near_sort gives one */
}

static void near_told(struct state *st, enum owner_kind kind, row r) {
    uint32_t code = alert_entity_code(kind, r);
    const struct watch *w = st->watch;
    for (row a = hash_index_first(&w->alert_by_a, code); a != ROW_NONE; a = hash_index_more(&w->alert_by_a, a))
        if (alert_kind_a(alert_at(st, a)->kind) == kind && alert_at(st, a)->a == r) near_add(st, alert_kind_b(alert_at(st, a)->kind), alert_at(st, a)->b);
    for (row a = hash_index_first(&w->alert_by_b, code); a != ROW_NONE; a = hash_index_more(&w->alert_by_b, a))
        if (alert_kind_b(alert_at(st, a)->kind) == kind && alert_at(st, a)->b == r) near_add(st, alert_kind_a(alert_at(st, a)->kind), alert_at(st, a)->a);
}

static bool near_before(const struct entity *a, const struct entity *b) {
    return a->kind != b->kind ? a->kind < b->kind : a->serial < b->serial;
}
static void near_sift(struct entity *at, uint32_t from, uint32_t count) {
    for (uint32_t i = from;;) {
        uint32_t child = 2 * i + 1;
        if (child >= count) return;
        if (child + 1 < count && near_before(&at[child], &at[child + 1])) child++;
        if (!near_before(&at[i], &at[child])) return;
        struct entity swap = at[i];
        at[i] = at[child];
        at[child] = swap;
        i = child;
    }
}
static void near_sort(struct watch *w) {
    for (uint32_t i = w->near_count / 2; i > 0; i--) near_sift(w->near, i - 1, w->near_count);
    for (uint32_t n = w->near_count; n > 1; n--) {
        struct entity swap = w->near[0];
        w->near[0] = w->near[n - 1];
        w->near[n - 1] = swap;
        near_sift(w->near, 0, n - 1);
    }
}

static void pair_of(struct state *st, enum owner_kind kind, row r, const struct entity *e, struct effects *fx) {
    if (kind == OWNER_NOTICE) conflict_pair(st, e->kind == OWNER_FLIGHT ? ALERT_NOTICE_FLIGHT : ALERT_NOTICE_TRACK, r, e->r, fx);
    else if (e->kind == OWNER_NOTICE) conflict_pair(st, kind == OWNER_FLIGHT ? ALERT_NOTICE_FLIGHT : ALERT_NOTICE_TRACK, e->r, r, fx);
    else conflict_pair(st, kind == OWNER_FLIGHT ? ALERT_FLIGHT_FLIGHT : ALERT_TRACK_TRACK, e->r, r, fx);
}

void conflict_refresh(struct state *st, enum owner_kind kind, row r, struct effects *fx) {
    struct watch *w = st->watch;
    struct reach reach = {0};
    near_begin(st, kind, r);
    if (kind == OWNER_TRACK) {
        const struct track_row *t = track_at(st, r);
        uint32_t owners = track_owners(st, t, w->owners_b);
        for (uint32_t i = 0; i < owners; i++) reach_of_party(st, w->owners_b[i], &reach);
        reach_of_party(st, t->party, &reach); /* as the other of a pair it is separated by its feed's party */
        if (t->volume != ROW_NONE) near_volume(st, kind, t->volume, &reach);
    } else {
        reach_of_party(st, kind == OWNER_NOTICE ? notice_at(st, r)->party : flight_at(st, r)->party, &reach);
        for (int i = 0; entity_counts(st, kind, r) && i < RANKS; i++) {
            bool present = kind == OWNER_NOTICE ? notice_at(st, r)->section[i].present : flight_at(st, r)->section[i].present;
            row v = !present ? ROW_NONE : kind == OWNER_NOTICE ? notice_at(st, r)->section[i].volume : flight_at(st, r)->section[i].volume;
            for (; v != ROW_NONE; v = volume_at(st, v)->next)
                if (!volume_at(st, v)->idle) near_volume(st, kind, v, &reach);
        }
    }
    near_told(st, kind, r);
    near_sort(w);
    uint32_t count = w->near_count; /* pairs add none */
    for (uint32_t i = 0; i < count; i++) pair_of(st, kind, r, &w->near[i], fx);
    assert(w->near_count == count);
}

/* Flights that conflict and are now both seen on a feed that both owners may read: each is told of the other. Pairs that were
 * withheld, or told to one side, stand among the alerts. */
void conflict_shared(struct state *st, row flight, struct effects *fx) {
    struct watch *w = st->watch;
    near_begin(st, OWNER_FLIGHT, flight);
    near_told(st, OWNER_FLIGHT, flight);
    near_sort(w);
    uint32_t count = w->near_count;
    for (uint32_t i = 0; i < count; i++)
        if (w->near[i].kind == OWNER_FLIGHT && on_shared_feed(st, flight, w->near[i].r)) conflict_pair(st, ALERT_FLIGHT_FLIGHT, w->near[i].r, flight, fx);
}
