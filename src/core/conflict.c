/* Which entities meet, for whom. The index finds candidates, meet.h decides; every finding is computed from the sections that the
 * owner may read, so an alert can say nothing that its reader may not know. */
#include "core/track.h"
#include "core/tube.h"
#include "core/watch.h"

#define TRACK_SLACK_CM TRACK_WIDEN_CM /* a report so far off its path still counts as on it */
#define HOLD_CM TRACK_WIDEN_CM              /* an alert about a track ends only so far beyond where it began, and so much higher or lower */
#define HOLD_HEIGHT_CM 10000
#define HOLD_AHEAD (60 * INSTANT_SECOND) /* and of two tracks, so much later than is looked ahead for one that begins */

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
void conflict_reach(const struct state *st, uint16_t party, struct reach *reach) {
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
static bool apart(const struct state *st, const struct volume *a, const struct volume_row *b, const struct reach *reach) {
    if (a->start > b->end + reach->after_ns || b->start - reach->before_ns > a->end || b->end + reach->after_ns < st->time || a->end < st->time)
        return true;
    struct volume y = {.lower = b->lower, .upper = b->upper};
    return altitude_gap(a, &y, &st->settings.offsets) > reach->height_cm;
}

/* Can this pair change nothing any more? Something overlaps already, from no later and until no earlier. */
static bool told_already(const struct finding *f, const struct volume *a, const struct volume_row *b, const struct reach *reach) {
    if (!f->meets || f->distance_cm > 0 || f->height_gap_cm > 0) return false;
    instant from = a->start > b->start - reach->before_ns ? a->start : b->start - reach->before_ns;
    instant to = a->end < b->end + reach->after_ns ? a->end : b->end + reach->after_ns;
    return from >= f->entry && to <= f->until;
}

/* And so all pairs of these two lists? From the first start to the last end of both. */
static struct volume span_of(const struct state *st, row first) {
    struct volume v = {.start = INT64_MAX, .end = INT64_MIN};
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
        if (volume_at(st, r)->start < v.start) v.start = volume_at(st, r)->start;
        if (volume_at(st, r)->end > v.end) v.end = volume_at(st, r)->end;
    }
    return v;
}

/* Beyond LIMIT_PAIR_WORK volumes whose times and heights meet count as meeting: a list of shapes wound into each other can cost time
 * or false alarms, never a missed conflict. The budget is the pair's own, so that nobody's hidden volumes show in another's. */
static void meet_unseen(const struct state *st, const struct volume *a, const struct volume_row *b, const struct reach *reach, struct finding *f) {
    struct meeting m = {.meets = true};
    m.from = a->start > b->start - reach->before_ns ? a->start : b->start - reach->before_ns;
    m.to = a->end < b->end + reach->after_ns ? a->end : b->end + reach->after_ns;
    finding_meeting(st, f, &m);
}

/* ---- a pair that takes more than a step (watch.h, pair_run) ---- */
#define PART_WORK 16 /* pair_left counts sixteenths of a vertex */
#define TEST_FREE 32 /* edge pairs, and half of its vertices: what an exact test costs is beside that in its vertices' price */

/* Of the next finding that a pair comes to: false: it was done in an earlier step, or an earlier one is not through. */
static bool finding_begin(struct watch *w) {
    if (!w->pair) return true;
    w->pair_finding++;
    w->pair_lists = 0;
    return !w->pair_cut && !(w->pair->runs && w->pair_finding < w->pair->finding);
}
/* What it is computed from: if that is another than when it was left, or what was found has ended meanwhile, it begins anew. */
static void finding_of(const struct state *st, uint8_t mine, uint8_t theirs) {
    struct pair_run *run = st->watch->pair;
    uint16_t ranks = (uint16_t)(mine << 8 | theirs);
    if (!run) return;
    if (run->runs && run->finding == st->watch->pair_finding && (run->ranks != ranks || (run->found.meets && run->found.again < st->time))) run->runs = false;
    run->ranks = ranks;
}
/* Where these two lists go on. False: they were through. */
static bool lists_begin(struct watch *w, uint32_t *a, uint32_t *b, int64_t *work, struct finding *f) {
    struct pair_run *run = w->pair;
    *a = *b = 0;
    if (!run) return true;
    uint32_t at = ++w->pair_lists;
    if (w->pair_cut) return false;
    if (!run->runs || run->finding != w->pair_finding) return true;
    if (at < run->lists) return false;
    run->runs = false;
    *a = run->a;
    *b = run->b;
    *work = run->work;
    *f = run->found;
    return true;
}
static void lists_cut(struct watch *w, uint32_t a, uint32_t b, int64_t work, const struct finding *f) {
    struct pair_run *run = w->pair;
    run->runs = w->pair_cut = true;
    run->finding = w->pair_finding;
    run->lists = w->pair_lists;
    run->a = a;
    run->b = b;
    run->work = work;
    run->found = *f;
}
static row chain_at(const struct state *st, row r, uint32_t i) {
    for (; i > 0 && r != ROW_NONE; i--) r = volume_at(st, r)->next;
    return r;
}
/* One volume with another. */
static void meet_two(struct state *st, const struct volume *x, row b, const struct reach *reach, struct finding *f) {
    struct watch *w = st->watch;
    struct volume y;
    struct meeting m;
    pool_volume_view(st, b, st->work_positions_b, &y);
    int64_t vertices = x->shape.count + y.shape.count;
    w->pair_left -= vertices;
    if (sure_far(&x->shape, &y.shape, reach->cm)) return; /* most of two long lists */
    meet_volumes(x, &y, &st->settings.offsets, reach->cm, reach->height_cm, reach->before_ns, reach->after_ns, &m);
    finding_meeting(st, f, &m);
    int64_t beyond = (int64_t)m.work - vertices / 2 - TEST_FREE;
    int64_t more = beyond > 0 ? 3 * beyond : 0;
    w->spent += more;
    w->pair_left -= PART_WORK * (vertices + more);
}
static void meet_chains(struct state *st, row first_a, row first_b, const struct reach *reach, int64_t *work, struct finding *f) {
    struct watch *w = st->watch;
    uint32_t at_a, at_b, passed = 0;
    if (!lists_begin(w, &at_a, &at_b, work, f)) return;
    struct volume all_a = span_of(st, first_a), all_b = span_of(st, first_b);
    const struct volume_row whole = {.start = all_b.start, .end = all_b.end};
    for (row a = chain_at(st, first_a, at_a); a != ROW_NONE && !told_already(f, &all_a, &whole, reach); a = volume_at(st, a)->next, at_a++, at_b = 0) {
        const struct volume_row *p = volume_at(st, a);
        struct volume x = {.lower = p->lower, .upper = p->upper, .start = p->start, .end = p->end};
        bool viewed = false;
        for (row b = chain_at(st, first_b, at_b); b != ROW_NONE; b = volume_at(st, b)->next, at_b++, passed++) {
            const struct volume_row *q = volume_at(st, b);
            if (w->pair && w->pair_left-- <= 0) {
                lists_cut(w, at_a, at_b, *work, f);
                w->spent += passed / PART_WORK;
                return;
            }
            if (q->idle || told_already(f, &x, q, reach) || apart(st, &x, q, reach)) continue; /* the cheaper first */
            *work -= p->count + q->count;
            w->spent += p->count + q->count;
            if (*work < 0) {
                meet_unseen(st, &x, q, reach, f);
                continue;
            }
            if (!viewed) pool_volume_view(st, a, st->work_positions_a, &x);
            viewed = true;
            meet_two(st, &x, b, reach, f);
        }
    }
    w->spent += passed / PART_WORK;
}

static void notice_flight(struct state *st, uint16_t owner, row n, row fl, struct finding *f) {
    const struct notice_row *notice = notice_at(st, n);
    const struct flight_row *flight = flight_at(st, fl);
    if (!notice_hazardous(notice) || !flight_stands(flight) || flight->party != owner) return;
    uint8_t mine = flight_ranks(st, flight, owner), theirs = notice_ranks(st, notice, owner);
    finding_of(st, mine, theirs);
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
    finding_of(st, ranks_b, ranks_a);
    int64_t work = LIMIT_PAIR_WORK;
    for (int i = 0; i < RANKS; i++)
        for (int k = 0; k < RANKS; k++)
            if ((ranks_a & 1u << i) && (ranks_b & 1u << k)) meet_chains(st, b->section[k].volume, a->section[i].volume, &reach, &work, f);
}

static bool on_feed_of_both(const struct state *st, row flight, uint16_t p, uint16_t q) {
    for (row r = flight_at(st, flight)->tracks; r != ROW_NONE; r = track_at(st, r)->of_flight[0])
        if (feed_readable(st, track_at(st, r)->feed, p) && feed_readable(st, track_at(st, r)->feed, q)) return true;
    return false;
}
/* Are both seen on a feed that both owners may read? Then neither is hidden from the other. */
bool conflict_on_shared_feed(const struct state *st, row a, row b) {
    uint16_t p = flight_at(st, a)->party, q = flight_at(st, b)->party;
    return on_feed_of_both(st, a, p, q) && on_feed_of_both(st, b, p, q);
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
    if (!found.meets || !(agreed_to_tell(st, a->party, owner) || conflict_on_shared_feed(st, ra, rb))) return;
    *f = found;
    f->undisclosed = true;
}

void conflict_withheld(struct state *st, row ra, row rb, struct finding *f) {
    const struct flight_row *a = flight_at(st, ra), *b = flight_at(st, rb);
    finding_none(f);
    if (!flight_stands(a) || !flight_stands(b) || a->party == b->party) return;
    if (flight_ranks(st, a, b->party) || flight_ranks(st, b, a->party)) return;
    flights_meet(st, a, flight_ranks(st, a, a->party), b, flight_ranks(st, b, b->party), f);
    if (f->meets && (agreed_to_tell(st, a->party, b->party) || conflict_on_shared_feed(st, ra, rb))) finding_none(f);
}

/* ---- tracks ---- */
static bool owns_track(struct state *st, const struct track_row *t, uint16_t party) {
    uint32_t count = track_owners(st, t, st->watch->owners_b);
    for (uint32_t i = 0; i < count; i++)
        if (st->watch->owners_b[i] == party) return true;
    return false;
}

static void any_height(struct volume *v) {
    v->lower = (struct altitude){WATCH_LOWEST_CM, ALTITUDE_W84};
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
    struct motion motion = track_motion(t);
    if (!t->has_altitude) {
        any_height(v);
        motion.altitude = (struct altitude){0, ALTITUDE_W84};
        motion.climb_cms = 0;
    }
    struct meeting m;
    int64_t height = reach->height_cm + WATCH_TRACK_HEIGHT_SLACK_CM;
    if (sure_far(&tube->shape, &v->shape, reach->cm)) return;
    meet_volumes(tube, v, o, reach->cm, height, reach->before_ns, reach->after_ns, &m);
    if (!m.meets || m.to < st->time) return;
    if (t->anchor.circle) {
        finding_add(f, latest(m.from, circle_entry(st, t, v, reach)), m.to, m.distance_cm, m.margin_cm, m.height_gap_cm, m.from, false);
        return;
    }
    struct approach ap;
    st->watch->spent += LIMIT_SEARCH_MOTION;
    meet_motion_volume(&motion, v, o, reach->cm + TRACK_SLACK_CM, height, reach->before_ns, reach->after_ns, &ap);
    bool unlikely = !ap.meets;
    if (unlikely) st->watch->spent += LIMIT_SEARCH_MOTION;
    if (unlikely) meet_motion_volume(&motion, v, o, reach->cm + tube->shape.reach_cm, height, reach->before_ns, reach->after_ns, &ap);
    if (ap.meets) finding_add(f, ap.entry, m.to, ap.distance_cm, ap.margin_cm, ap.height_gap_cm, ap.closest, unlikely);
    else finding_add(f, m.from, m.to, m.distance_cm, m.margin_cm, m.height_gap_cm, m.from, true);
}

/* `half_cm`: half of what a tube is wide, for a degree of its course is soon more than all else. */
static void hold_reach(const struct state *st, int64_t half_cm, struct reach *r) {
    if (!st->watch->wider) return;
    r->cm += half_cm > HOLD_CM ? half_cm : HOLD_CM;
    r->height_cm += HOLD_HEIGHT_CM;
}
static void notice_track(struct state *st, uint16_t owner, row n, row tr, struct finding *f) {
    const struct notice_row *notice = notice_at(st, n);
    const struct track_row *t = track_at(st, tr);
    if (!notice_hazardous(notice) || !tube_is(t) || !owns_track(st, t, owner)) return;
    uint8_t theirs = notice_ranks(st, notice, owner);
    struct volume tube, v;
    struct position tube_at[4];
    tube_view(t, tube_at, &tube);
    for (int i = 0; i < RANKS; i++) {
        if (!(theirs & 1u << i)) continue;
        struct reach reach = conflict_reaction(st, notice->party, owner, &notice->section[i].category);
        hold_reach(st, t->anchor.circle ? 0 : tube.shape.reach_cm / 2, &reach);
        struct reach wide = reach;
        wide.height_cm += WATCH_TRACK_HEIGHT_SLACK_CM;
        for (row r = notice->section[i].volume; r != ROW_NONE; r = volume_at(st, r)->next) {
            if (volume_at(st, r)->idle || apart(st, &tube, volume_at(st, r), &wide)) continue;
            pool_volume_view(st, r, st->work_positions_a, &v);
            st->watch->spent += tube.shape.count + v.shape.count;
            track_volume(st, t, &tube, &v, &reach, f);
        }
    }
}

static bool same_aircraft(const struct track_row *a, const struct track_row *b, const struct state *st, uint16_t owner) {
    if (track_same_identity(a, b)) return a->feed != b->feed; /* else two that use it */
    return a->flight != ROW_NONE && a->flight == b->flight && flight_at(st, a->flight)->party == owner;
}

/* `b` meets `a`, kept apart by what is agreed between `owner` and the party of a's feed: not by whose flight it may be, for that could be
 * hidden from this owner. */
static void tracks_meet(struct state *st, uint16_t owner, const struct track_row *a, const struct track_row *b, struct finding *f) {
    struct reach reach = conflict_separation(st, owner, a->party);
    hold_reach(st, 0, &reach);
    struct volume x, y;
    struct position at_x[4], at_y[4];
    st->watch->spent += a->anchor.count + b->anchor.count;
    struct motion p = track_motion(a), q = track_motion(b);
    if (st->watch->wider) p.span += HOLD_AHEAD, q.span += HOLD_AHEAD;
    bool known = !a->anchor.circle && !b->anchor.circle && a->has_altitude && b->has_altitude; /* then the closest approach decides in the end */
    if (known && sure_apart(&q, &p, &st->settings.offsets, reach.cm + 2 * TRACK_SLACK_CM, reach.height_cm + WATCH_TRACK_HEIGHT_SLACK_CM)) return;
    tube_view(a, at_x, &x);
    tube_view(b, at_y, &y);
    struct meeting m;
    int64_t height = reach.height_cm + WATCH_TRACK_HEIGHT_SLACK_CM;
    if (!known && sure_far(&y.shape, &x.shape, reach.cm)) return;
    meet_volumes(&y, &x, &st->settings.offsets, reach.cm, height, 0, 0, &m);
    bool ahead = known && st->watch->wider; /* farther than the tubes go */
    if ((!m.meets && !ahead) || m.to < st->time) return;
    if (!known) {
        finding_add(f, latest(m.from, st->time), m.to, m.distance_cm, m.margin_cm, m.height_gap_cm, m.from, true);
        return;
    }
    struct approach ap;
    st->watch->spent += LIMIT_SEARCH_MOTION / 4;
    meet_motion_motion(&q, &p, &st->settings.offsets, reach.cm + 2 * TRACK_SLACK_CM, height, &ap);
    if (ap.meets) finding_add(f, ap.entry, m.to, ap.distance_cm, ap.margin_cm, ap.height_gap_cm, ap.closest, false);
}

static void track_track(struct state *st, uint16_t owner, row ra, row rb, struct finding *f) {
    const struct track_row *a = track_at(st, ra), *b = track_at(st, rb);
    if (!tube_is(a) || !tube_is(b) || !owns_track(st, b, owner) || same_aircraft(a, b, st, owner)) return;
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
    bool one_aircraft = same_aircraft(a, b, st, PARTY_NONE) || (a->twin == TWIN_NONE && a->flight != ROW_NONE && a->flight == b->flight);
    if (!tube_is(a) || !tube_is(b) || one_aircraft || track_told(st, a, b) || track_told(st, b, a)) return;
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

/* Of an alert about a track that stands: is the pair within its hold? It does not end while the tube meets with what that is wider, and does not fall to an
 * advisory while the path does. */
static void hold(struct state *st, const struct alert_key *k, struct finding *f) {
    if ((k->kind != ALERT_NOTICE_TRACK && k->kind != ALERT_TRACK_TRACK) || (f->meets && !f->unlikely)) return;
    row r = alert_find(st, k);
    if (r == ROW_NONE || (f->meets && alert_at(st, r)->level <= LEVEL_ADVISORY)) return;
    struct finding wide;
    st->watch->wider = true;
    conflict_finding(st, k->owner, (enum alert_kind)k->kind, k->a, k->b, &wide);
    st->watch->wider = false;
    f->held = wide.meets && (!f->meets || !wide.unlikely);
    if (!f->meets) f->again = wide.again;
}

void conflict_pair_for(struct state *st, uint16_t owner, enum alert_kind kind, row a, row b, struct effects *fx) {
    if (!finding_begin(st->watch)) return;
    if (st->watch->only != PARTY_NONE && owner != st->watch->only) return;
    struct alert_key k = {.kind = kind, .owner = owner, .filer = filer_of(st, kind, a), .a = a, .b = b};
    struct finding f;
    conflict_finding(st, owner, kind, a, b, &f);
    if (st->watch->pair_cut) return;
    hold(st, &k, &f);
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
    for (uint32_t i = 0; i < count; i++) conflict_pair_for(st, st->watch->owners[i], kind, a, b, fx);
}

/* `a`: the older of the two. */
void conflict_pair_withheld(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx) {
    if (!finding_begin(st->watch)) return;
    if (st->watch->only != PARTY_NONE && st->operator_ != st->watch->only) return;
    struct alert_key k = {.kind = kind, .withheld = true, .owner = st->operator_, .filer = filer_of(st, kind, a), .a = a, .b = b};
    struct finding f;
    if (kind == ALERT_FLIGHT_FLIGHT) conflict_withheld(st, a, b, &f);
    else conflict_tracks_withheld(st, a, b, &f);
    if (st->watch->pair_cut) return;
    alert_update(st, &k, &f, fx);
}

static void pair_flights(struct state *st, row a, row b, struct effects *fx) {
    conflict_pair_for(st, flight_at(st, b)->party, ALERT_FLIGHT_FLIGHT, a, b, fx);
    conflict_pair_for(st, flight_at(st, a)->party, ALERT_FLIGHT_FLIGHT, b, a, fx);
    conflict_pair_withheld(st, ALERT_FLIGHT_FLIGHT, a, b, fx);
}

/* Nobody agreed on more than this, in force or not. */
static struct reach widest_separation(struct state *st) {
    struct watch *w = st->watch;
    if (w->widest_order == st->order) return (struct reach){.cm = w->widest_cm, .height_cm = w->widest_height_cm};
    struct reach reach = {0};
    reach_widen(&reach, st->settings.separation_cm, st->settings.separation_height_cm, 0, 0);
    for (row r = table_next(&st->agreements, 0); r != ROW_NONE; r = table_next(&st->agreements, r + 1))
        for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
            const struct agreement_version *v = &agreement_at(st, r)->version[i];
            if (v->used) reach_widen(&reach, v->separation_cm, v->separation_height_cm, 0, 0);
        }
    w->widest_order = st->order;
    w->widest_cm = reach.cm;
    w->widest_height_cm = reach.height_cm;
    return reach;
}
static bool pair_told(const struct state *st, enum alert_kind kind, row a, row b) {
    for (row r = hash_index_first(&st->alerts.by_id, alert_pair_code((uint8_t)kind, a, b)); r != ROW_NONE; r = hash_index_more(&st->alerts.by_id, r))
        if (alert_at(st, r)->kind == kind && alert_at(st, r)->a == a && alert_at(st, r)->b == b) return true;
    return false;
}
/* Would every owner find nothing? Then it need not be known whose they are, which costs more than all else about two tracks that pass each other. */
static bool passes_known(const struct track_row *t) { return !t->anchor.circle && t->has_altitude && tube_is(t); }
void conflict_tracks_passing(struct state *st, row r, struct passing *out) {
    const struct track_row *t = track_at(st, r);
    struct reach reach = widest_separation(st);
    out->known = passes_known(t);
    out->cm = reach.cm + 2 * TRACK_SLACK_CM;
    out->height_cm = reach.height_cm + WATCH_TRACK_HEIGHT_SLACK_CM;
    struct motion m = track_motion(t);
    if (out->known) sure_pass_make(&m, &t->sure, &out->pass);
}
bool conflict_tracks_pass(const struct state *st, const struct passing *p, row other) {
    const struct track_row *t = track_at(st, other);
    const struct altitude_offsets *o = &st->settings.offsets;
    if (!p->known || !passes_known(t)) return false;
    const struct motion *a = &p->pass.m, b = track_motion(t);
    return sure_passes(&p->pass, &b, &t->sure, o, p->cm, p->height_cm) || (sure_apart(&b, a, o, p->cm, p->height_cm) && sure_apart(a, &b, o, p->cm, p->height_cm));
}
/* And has nobody an alert that could end? */
static bool tracks_idle(struct state *st, row a, row b) {
    struct passing p;
    if (pair_told(st, ALERT_TRACK_TRACK, a, b) || pair_told(st, ALERT_TRACK_TRACK, b, a)) return false;
    conflict_tracks_passing(st, a, &p);
    return conflict_tracks_pass(st, &p, b);
}

void conflict_pair(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx) {
    switch (kind) {
    case ALERT_NOTICE_FLIGHT: conflict_pair_for(st, flight_at(st, b)->party, kind, a, b, fx); break;
    case ALERT_NOTICE_TRACK: pair_track(st, kind, a, b, fx); break;
    case ALERT_FLIGHT_FLIGHT:
        if (flight_at(st, a)->serial < flight_at(st, b)->serial) pair_flights(st, a, b, fx);
        else pair_flights(st, b, a, fx);
        break;
    case ALERT_TRACK_TRACK:
        if (tracks_idle(st, a, b)) break;
        if (track_at(st, a)->serial > track_at(st, b)->serial) {
            row swap = a;
            a = b;
            b = swap;
        }
        pair_track(st, kind, a, b, fx);
        pair_track(st, kind, b, a, fx);
        conflict_pair_withheld(st, kind, a, b, fx);
        break;
    case ALERT_FOLDED: assert(!"a folded alert is no pair"); break;
    }
}
