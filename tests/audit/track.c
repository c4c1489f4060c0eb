/* Frames and tracks: which report moves a track, when its tube is anchored anew, who owns it, when it is silent. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

#define SPEED_UNKNOWN 30000
#define UNCERTAINTY_UNKNOWN 10000
#define UNKNOWN INT32_MIN
#define LOWEST (-100000)

/* ---- owners: joined by statement, else responsible where it is, else the feed's party ---- */
static enum answer responsible(const struct audit *a, const struct track *t, int party) {
    struct point at = t->last.at;
    struct volume here = {.shape = CIRCLE, .count = 1, .at = &at, .reach_cm = 1, .lower = t->last.altitude, .upper = t->last.altitude};
    enum answer best = NO;
    if (!t->last.has_altitude) {
        here.lower = (struct altitude){LOWEST, 0};
        here.upper = (struct altitude){UNLIMITED, 0};
    }
    volume_cap(&here);
    for (size_t i = 0; i < a->areas.count; i++)
        for (size_t k = 0; a->areas.at[i].party == party && k < a->areas.at[i].volumes.count && best != YES; k++) {
            const struct volume *v = &a->areas.at[i].volumes.at[k];
            if (v->start > a->time || v->end < a->time || altitude_gap(a, &here.lower, &here.upper, &v->lower, &v->upper) > 0) continue;
            enum answer one = near_enough(&here, v, 0);
            if (one != NO) best = one;
        }
    return best;
}
int track_owners(const struct audit *a, const struct track *t, int *out, bool *unsure) {
    int count = 0;
    *unsure = false;
    if (t->flight && t->joined_by_statement) {
        out[0] = t->flight->party;
        return 1;
    }
    bool own = false;
    for (size_t p = 0; p < a->parties.count; p++) {
        enum answer one = feed_readable(a, t->feed, (int)p) ? responsible(a, t, (int)p) : NO;
        if (one == EITHER) *unsure = true;
        if (one == YES) out[count++] = (int)p;
        own = own || (one == YES && (int)p == t->party);
    }
    if ((count == 0 || t->flight) && !own) out[count++] = t->party;
    return count;
}

/* ---- the tube ---- */
static int64_t clamped(int64_t span) { return span < SECOND ? SECOND : span > 3600 * SECOND ? 3600 * SECOND : span; }
static void tube_make(struct audit *a, struct track *t) {
    const struct motion *m = &t->anchor;
    struct volume *v = &t->tube;
    double metres = m->speed / 100.0 * ((double)m->span / 1e9) * 1.05;
    free(v->at);
    *v = (struct volume){.start = m->time, .end = m->time + m->span + a->settings.tube_hold, .lower = m->altitude, .upper = m->altitude};
    v->at = calloc(4, sizeof *v->at);
    if (!v->at) abort();
    v->at[0] = m->at;
    v->count = 1;
    if (t->circle) {
        int64_t reach = (int64_t)m->speed * (m->span / SECOND + 1) + m->uncertainty + 25000;
        v->shape = CIRCLE;
        v->reach_cm = reach < 1900000000 ? reach : 1900000000;
    } else {
        if (metres > 1.5e7) metres = 1.5e7;
        int pieces = metres < 1 ? 0 : metres <= 2e5 ? 1 : 3;
        for (int i = 1; i <= pieces; i++) v->at[v->count++] = point_ahead(m->at, m->track / 1000.0, metres * i / pieces);
        double half = (double)m->uncertainty / 100 + 250 + metres * 0.0349 + 1 + (pieces ? 7e-11 * (metres / pieces) * (metres / pieces) : 0);
        v->shape = CORRIDOR;
        v->reach_cm = (int64_t)ceil(fmin(half, 2e7) * 100);
    }
    volume_cap(v);
    double change = m->climb * ((double)m->span / 1e9), height = m->altitude.cm;
    if (change < 0) v->lower.cm = (int32_t)fmax(-2147483647.0, height + change - 0.99);
    else v->upper.cm = (int32_t)fmin(2147483646.0, height + change + 0.99);
    if (t->circle || !m->has_altitude) {
        v->lower = (struct altitude){LOWEST, 0};
        v->upper = (struct altitude){UNLIMITED, 0};
    }
}
void track_anchor(struct audit *a, struct track *t) {
    int64_t oldest = a->time - 60 * SECOND, time = t->time < oldest ? oldest : t->time > a->time ? a->time : t->time;
    t->circle = t->speed < 0 || (t->course < 0 && t->speed > 0);
    t->again = t->anchored != NEVER;
    t->anchored = a->time;
    t->unsure = false;
    t->anchor = (struct motion){.at = t->last.at, .altitude = t->last.has_altitude ? t->last.altitude : (struct altitude){0, 0}, .has_altitude = t->last.has_altitude,
                                .time = time, .span = clamped(a->settings.lookahead + a->settings.tube_hold + (a->time - time)),
                                .speed = t->speed < 0 ? SPEED_UNKNOWN : t->speed, .track = t->course < 0 ? 0 : t->course,
                                .climb = t->climb == UNKNOWN || !t->last.has_altitude ? 0 : t->climb,
                                .uncertainty = t->uncertainty < 0 ? UNCERTAINTY_UNKNOWN : t->uncertainty};
    tube_make(a, t);
    touch_track(a, t, NOBODY);
}

/* ---- other settings: every path anew, of each party so many in a step ---- */
static uint64_t paths_most(const struct audit *a) {
    uint64_t n = (uint64_t)a->settings.step_work / 16;
    return n < 1 ? 1 : n < 4096 ? n : 4096;
}
static struct track *behind(const struct audit *a, size_t party, uint64_t serial) {
    struct track *first = NULL;
    for (size_t i = 0; i < a->tracks.count; i++) {
        struct track *t = a->tracks.at[i];
        if (t->party == (int)party && t->serial > serial && (!first || t->serial < first->serial)) first = t;
    }
    return first;
}
static struct track *path_next(struct audit *a, size_t party) {
    struct party *p = &a->parties.at[party];
    struct track *t = behind(a, party, p->paths.at);
    if (!p->paths.around && (!t || t->serial > p->paths.until)) {
        p->paths.around = true;
        p->paths.at = 0;
        t = behind(a, party, 0);
    }
    return p->paths.around && t && t->serial > p->paths.from ? NULL : t;
}
static uint64_t paths_run(struct audit *a, size_t party, uint64_t most) {
    struct party *p = &a->parties.at[party];
    uint64_t n = 0;
    while (p->paths.runs && n < most) {
        struct track *t = path_next(a, party);
        p->paths.runs = t != NULL;
        if (!t) break;
        p->paths.at = t->serial;
        track_anchor(a, t);
        t->retaken = a->order;
        n++;
    }
    return n;
}
void paths_begin(struct audit *a) {
    uint64_t each = paths_most(a) / a->parties.count;
    for (size_t i = 0; i < a->parties.count; i++) {
        struct party *p = &a->parties.at[i];
        if (!behind(a, i, 0)) continue;
        if (!p->paths.runs) p->paths.at = 0;
        p->paths.runs = true;
        p->paths.around = false;
        p->paths.from = p->paths.at;
        p->paths.until = a->serial;
        paths_run(a, i, each < 1 ? 1 : each);
    }
}
void paths_go_on(struct audit *a) {
    uint64_t n = 0;
    bool runs = false;
    for (size_t i = 0; i < a->parties.count; i++) runs = runs || a->parties.at[i].paths.runs;
    for (size_t i = 0; runs && i < a->parties.count && n < paths_most(a); i++) {
        size_t party = a->paths_turn < a->parties.count ? a->paths_turn : 0;
        n += paths_run(a, party, paths_most(a));
        a->paths_turn = party + 1;
        runs = false;
        for (size_t k = 0; k < a->parties.count; k++) runs = runs || a->parties.at[k].paths.runs;
    }
}

/* ---- reports ---- */
struct report { char identity[20], callsign[20]; int64_t time; struct point at; struct altitude altitude; bool has_altitude; int32_t speed, course, climb, uncertainty; };
static uint64_t number_at(const uint8_t *b, int bytes) {
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | b[i];
    return v;
}
static int32_t signed_at(const uint8_t *b) { return (int32_t)(uint32_t)number_at(b, 4); }
static bool report_read(const struct part *p, struct report *out) {
    const uint8_t *b = (const uint8_t *)p->bytes.at;
    if (p->bytes.size < 40 || p->bytes.size != 40u + b[39] || b[0] != 1 || b[39] > 16) return false;
    *out = (struct report){.time = (int64_t)number_at(b + 2, 8), .at = {signed_at(b + 10), signed_at(b + 14)}, .has_altitude = b[1] & 1,
                           .altitude = {signed_at(b + 18), b[22]}, .speed = signed_at(b + 23), .course = signed_at(b + 27), .climb = signed_at(b + 31),
                           .uncertainty = signed_at(b + 35)};
    snprintf(out->identity, sizeof out->identity, "%.16s", p->name);
    memcpy(out->callsign, b + 40, b[39]);
    return true;
}
static int32_t apart(int32_t x, int32_t y) {
    int32_t d = abs(x - y);
    return d > 180000 ? 360000 - d : d;
}
/* Is what was predicted still right? */
static enum answer inside_tube(const struct audit *a, const struct track *t, const struct report *r) {
    if (t->anchored == NEVER || a->time - t->anchored >= a->settings.tube_hold) return NO;
    bool circle = r->speed < 0 || (r->course < 0 && r->speed > 0);
    if (r->has_altitude != t->anchor.has_altitude || circle != t->circle) return NO;
    if (!circle) {
        int32_t change = abs(r->speed - t->anchor.speed);
        if (change > t->anchor.speed / 20 && change > 500) return NO;
        if (r->speed > 0 && apart(r->course, t->anchor.track) > 2000) return NO;
        if (t->anchor.has_altitude) {
            if (r->altitude.reference != t->anchor.altitude.reference) return NO;
            int64_t off = (int64_t)r->altitude.cm - t->anchor.altitude.cm - t->anchor.climb * ((r->time - t->anchor.time) / SECOND);
            if (off > 10000 || off < -10000) return NO;
        }
    }
    struct point at = r->at;
    struct volume here = {.shape = CIRCLE, .count = 1, .at = &at};
    double least, most, doubt = (r->uncertainty < 0 ? UNCERTAINTY_UNKNOWN : r->uncertainty) / 100.0;
    volume_cap(&here);
    footprint_distance(&here, &t->tube, false, &least, &most);
    if (least < doubt + 20 && most > doubt) footprint_distance(&here, &t->tube, true, &least, &most);
    double margin = 1.5 + 2e-5 * (double)t->tube.reach_cm / 100 + (t->tube.count > 1 ? 3 : 0);
    return most < doubt ? YES : least > doubt + margin ? NO : EITHER;
}
static bool elsewhere(const struct audit *a, const struct track *t) {
    for (size_t i = 0; i < a->tracks.count; i++) {
        const struct track *o = a->tracks.at[i];
        if (o->feed != t->feed && strcmp(o->identity, t->identity) == 0 && feed_readable(a, o->feed, t->party)) return true;
    }
    return false;
}
static struct track *track_new(struct audit *a, struct feed *f, const struct report *r) {
    struct track *t = calloc(1, sizeof *t);
    if (!t) abort();
    *t = (struct track){.feed = f, .party = f->party, .time = NEVER, .timer = NEVER, .anchored = NEVER, .left = NEVER, .serial = ++a->serial};
    strcpy(t->identity, r->identity);
    *ADD(a->tracks) = t;
    take(a, f->party, Q_TRACKS, 1);
    return t;
}
static bool joins_itself(struct audit *a, struct track *t) {
    uint8_t address[3];
    if (t->flight || !hex_read(t->identity, strlen(t->identity), address, 3)) return false;
    for (size_t i = 0; i < a->flights.count; i++) { /* of several the oldest */
        struct flight *f = a->flights.at[i];
        if (f->party != t->party || f->state != F_ACTIVE || strcmp(f->icao24, t->identity) != 0) continue;
        t->flight = f;
        t->joined_by_statement = false;
        return true;
    }
    return false;
}
/* Kept until it jumps again: what is told of it with this report may be of there. */
static void leave(struct audit *a, struct track *t, enum answer jump) {
    bool again = t->left_behind.order == a->order;
    free(t->left_behind.tube.at);
    t->left_behind.order = a->order;
    t->left_behind.unsure = jump == EITHER || t->unsure || again;
    t->left_behind.last = t->last;
    t->left_behind.anchor = t->anchor;
    t->left_behind.circle = t->circle;
    t->left_behind.anchored = t->anchored;
    t->left_behind.tube = t->tube;
    t->left_behind.tube.at = calloc(4, sizeof *t->tube.at);
    if (!t->left_behind.tube.at) abort();
    if (t->tube.at) memcpy(t->left_behind.tube.at, t->tube.at, 4 * sizeof *t->tube.at);
}
static void take_report(struct audit *a, struct track *t, const struct report *r) {
    t->time = r->time > a->time ? a->time : r->time;
    t->last.at = r->at;
    t->last.altitude = r->altitude;
    t->last.has_altitude = r->has_altitude;
    t->speed = r->speed;
    t->course = r->course;
    t->climb = r->climb;
    t->uncertainty = r->uncertainty;
    strcpy(t->callsign, r->callsign);
    t->sequenced = a->time;
}
enum counted { FRESH, LATE, DUPLICATE, JUMPED, ELSEWHERE, UNTRACKED, SHED, COUNTED };
static bool may_track(struct audit *a, const struct feed *f, unsigned *n) {
    bool room = room_for(a, f->party, Q_TRACKS, 1, true);
    n[room ? FRESH : UNTRACKED]++;
    return room;
}
static void report_take(struct audit *a, struct step *c, struct feed *f, const struct report *r, unsigned *n) {
    struct track *t = track_find(a, f, r->identity);
    bool hangs = false, two = t && t->other;
    if (two) t = twin_pick(t, t->other, r->time, r->at, &hangs);
    if (!t) {
        if (!may_track(a, f, n)) return;
        t = track_new(a, f, r);
    }
    n[ELSEWHERE] += elsewhere(a, t);
    enum answer jump = leaps(t->time, t->last.at, r->time, r->at);
    if (jump == EITHER || hangs) c->detail_unsure = true;
    n[JUMPED] += jump == YES;
    if (t->time != NEVER && (r->time < t->time || (r->time == t->time && jump == NO))) {
        n[r->time < t->time ? LATE : DUPLICATE]++;
        return;
    }
    if (jump == YES && !two && twin_turns(t, r->time, r->at, &hangs) && may_track(a, f, n)) {
        struct track *second = track_new(a, f, r);
        twins_begin(a, t, second);
        t = second;
    }
    if (hangs) c->detail_unsure = true;
    enum answer inside = jump == YES ? NO : inside_tube(a, t, r);
    if (jump == EITHER && inside == YES) inside = EITHER;
    int before[256], after[256], befores;
    bool unsure;
    befores = t->time == NEVER ? 0 : track_owners(a, t, before, &unsure);
    if (jump != NO && t->time != NEVER) leave(a, t, jump);
    take_report(a, t, r);
    int afters = track_owners(a, t, after, &unsure);
    /* It is looked at when its tube has aged; others of this frame were looked at while it was elsewhere. */
    if (inside != NO && (befores != afters || memcmp(before, after, (size_t)afters * sizeof *after) != 0)) t->moved = a->order;
    if (t->timer == NEVER) t->timer = track_due(a, t);
    if (t->silent) t->timer = a->time;
    t->silent = false;
    rivals_compare(a, t);
    bool joined = joins_itself(a, t);
    if (inside == NO) track_anchor(a, t);
    else if (joined) touch_track(a, t, t->party);
    if (inside == EITHER) {
        t->unsure = true;
        a->figure[G_EITHER]++;
    }
    if (joined) touch_shared(a, t->flight);
}
const char *frame_check(struct audit *a, struct step *c) {
    const struct part *p = record_part(c->r, FRAME);
    const uint8_t *b = (const uint8_t *)p->bytes.at;
    char feed[NAME];
    snprintf(feed, sizeof feed, "%.*s", b[19], p->bytes.at + 20);
    c->feed = feed_find(a, c->party, feed);
    if (!c->feed) return "unknown-entity";
    for (uint64_t i = 0; i < c->feed->frames && i < 256; i++)
        if (c->feed->frame[i] == number_at(b + 1, 8)) wrong(a, "repeat", "a frame that was taken is recorded again");
    return number_at(b + 1, 8) <= c->feed->number ? "old-frame" : NULL;
}
void frame_apply(struct audit *a, struct step *c) {
    static const char *const names[COUNTED] = {"new", "late", "duplicate", "jump", "on another feed too", "not tracked (quota of tracks)", "shed (overload)"};
    unsigned n[COUNTED] = {0};
    struct feed *f = c->feed;
    f->number = number_at((const uint8_t *)record_part(c->r, FRAME)->bytes.at + 1, 8);
    f->frame[f->frames++ % 256] = f->number;
    f->last = a->time;
    if (f->silent) {
        f->silent = false;
        feed_silence_tell(a, f);
    }
    for (size_t i = 0; i < c->r->parts.count; i++) {
        struct report r;
        if (c->r->parts.at[i].class_ != AIRCRAFT) continue;
        if (report_read(&c->r->parts.at[i], &r)) report_take(a, c, f, &r, n);
        else wrong(a, "frame", "aircraft %s: layout", c->r->parts.at[i].name);
    }
    feed_reported(a, f, n[UNTRACKED]);
    c->has_detail = true;
    const uint8_t *b = (const uint8_t *)record_part(c->r, FRAME)->bytes.at;
    n[SHED] = b[0] == 2 ? (unsigned)number_at(b + 20 + b[19], 2) : 0;
    for (int i = 0; i < COUNTED; i++) {
        size_t size = strlen(c->detail);
        if (n[i]) snprintf(c->detail + size, sizeof c->detail - size, "%s%s %u", size ? ", " : "", names[i], n[i]);
    }
}
/* ---- flights and their tracks ---- */
void flight_takes_tracks(struct audit *a, struct flight *f) {
    for (size_t i = 0; *f->icao24 && i < a->tracks.count; i++) {
        struct track *t = a->tracks.at[i];
        if (t->party == f->party && strcmp(t->identity, f->icao24) == 0 && joins_itself(a, t)) touch_track(a, t, f->party);
    }
}
void flight_drop_tracks(struct audit *a, struct flight *f) {
    for (size_t i = 0; i < a->tracks.count; i++) {
        struct track *t = a->tracks.at[i];
        if (t->flight != f) continue;
        bool consented = t->joined_by_statement;
        t->flight = NULL;
        t->joined_by_statement = false;
        touch_track(a, t, consented ? NOBODY : f->party); /* of a join of itself nobody else may notice anything */
    }
}
