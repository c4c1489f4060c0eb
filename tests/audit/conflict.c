/* What meets what, for whom: brute force over volumes and along paths. Every finding is of the sections that its owner may read, and has
 * three answers: within the stated margins of geometry either decision of the server is right. */
#include <math.h>
#include <stdlib.h>

#include "inner.h"

#define TRACK_SLACK 250.0       /* metres: a report so far off its path still counts as on it */
#define TRACK_HEIGHT 10000      /* cm */
#define HOLD 25000              /* cm: an alert that stands ends only so far beyond, or half its tube's width, or */
#define HOLD_HEIGHT 10000       /* so much higher or lower */
struct reach { int64_t cm, height, before, after; };

/* ---- how far ---- */
int64_t larger(int64_t x, int64_t y) { return x > y ? x : y; }
static struct reach reaction(const struct audit *a, int filer, int owner, const char *category) {
    struct reach r = {0};
    for (size_t g = 0; filer != owner && g < a->agreements.count; g++) {
        const struct version *v = binds_both(a, (int)g, filer, owner);
        const struct rule *rule = v ? rule_for(v, category) : NULL;
        if (!rule) continue;
        r = (struct reach){larger(r.cm, rule->reaction_cm), larger(r.height, rule->reaction_height_cm), larger(r.before, rule->before), larger(r.after, rule->after)};
    }
    return r;
}
static struct reach separation(const struct audit *a, int p, int q) {
    struct reach r = {0};
    bool agreed = false;
    for (size_t g = 0; p != q && g < a->agreements.count; g++) {
        const struct version *v = binds_both(a, (int)g, p, q);
        if (!v) continue;
        agreed = true;
        r.cm = larger(r.cm, v->separation_cm);
        r.height = larger(r.height, v->separation_height_cm);
    }
    if (!agreed) r = (struct reach){a->settings.separation_cm, a->settings.separation_height_cm, 0, 0};
    return r;
}

/* ---- volumes ---- */
static void found(struct finding *f, enum answer meets, int64_t first, int64_t last, bool likely, bool perhaps_likely) {
    if (meets == NO) return;
    if (f->meets == NO || first < f->entry_first) f->entry_first = first;
    if (meets == YES && last != NEVER && (f->entry_last == NEVER || last < f->entry_last)) f->entry_last = last;
    if (f->meets != YES) f->meets = meets;
    f->likely = f->likely || (meets == YES && likely);
    f->perhaps_likely = f->perhaps_likely || perhaps_likely;
}
/* `w` is the one whose time reaches further. */
static enum answer volumes_meet(const struct audit *a, const struct volume *v, const struct volume *w, const struct reach *r, int64_t *from) {
    int64_t to = v->end < w->end + r->after ? v->end : w->end + r->after;
    *from = v->start > w->start - r->before ? v->start : w->start - r->before;
    if (w->idle || *from > to || to < a->time || altitude_gap(a, &v->lower, &v->upper, &w->lower, &w->upper) > r->height) return NO;
    enum answer one = near_enough(v, w, (double)r->cm / 100);
    return one == YES && (w->maybe || v->maybe) ? EITHER : one;
}
static void near_add(struct audit *a, struct near n) {
    if (n.meets != NO) *ADD(a->near) = n;
}
static void lists_meet(struct audit *a, const struct volumes *mine, const struct volumes *theirs, const struct reach *r, struct finding *f) {
    for (size_t i = 0; i < mine->count; i++)
        for (size_t k = 0; k < theirs->count; k++) {
            int64_t from;
            enum answer one = volumes_meet(a, &mine->at[i], &theirs->at[k], r, &from);
            found(f, one, from, from, true, true);
            near_add(a, (struct near){.v = &mine->at[i], .w = &theirs->at[k], .reach = (double)r->cm / 100, .from = from, .meets = one});
        }
}
static void notice_flight(struct audit *a, const struct pair *p, struct finding *f) {
    if (!notice_hazardous(p->notice) || !flight_stands(p->flight) || p->flight->party != p->owner) return;
    int mine = flight_ranks(a, p->flight, p->owner), theirs = notice_ranks(a, p->notice, p->owner);
    for (int t = 0; t < RANKS; t++) {
        struct reach r = reaction(a, p->notice->party, p->owner, p->notice->section[t].category);
        for (int m = 0; (theirs >> t & 1) && m < RANKS; m++)
            if (mine >> m & 1) lists_meet(a, &p->flight->section[m].volumes, &p->notice->section[t].volumes, &r, f);
    }
}
static void flights_meet(struct audit *a, const struct flight *x, int ranks_x, const struct flight *y, int ranks_y, struct finding *f) {
    struct reach r = separation(a, x->party, y->party);
    for (int i = 0; i < RANKS; i++)
        for (int k = 0; k < RANKS; k++)
            if ((ranks_x >> i & 1) && (ranks_y >> k & 1)) lists_meet(a, &y->section[k].volumes, &x->section[i].volumes, &r, f);
}
bool on_shared_feed(const struct audit *a, const struct flight *x, const struct flight *y) {
    bool seen_x = false, seen_y = false;
    for (size_t i = 0; i < a->tracks.count; i++) {
        const struct track *t = a->tracks.at[i];
        if ((t->flight != x && t->flight != y) || !feed_readable(a, t->feed, x->party) || !feed_readable(a, t->feed, y->party)) continue;
        seen_x = seen_x || t->flight == x;
        seen_y = seen_y || t->flight == y;
    }
    return seen_x && seen_y;
}
static bool may_be_told(const struct audit *a, const struct flight *x, const struct flight *y) {
    for (size_t g = 0; g < a->agreements.count; g++) {
        const struct version *v = binds_both(a, (int)g, x->party, y->party);
        if (v && v->tell_undisclosed) return true;
    }
    return on_shared_feed(a, x, y);
}
static void flight_flight(struct audit *a, const struct pair *p, struct finding *f) {
    const struct flight *x = p->other_flight, *y = p->flight;
    if (!flight_stands(x) || !flight_stands(y)) return;
    if (p->withheld) {
        if (x->party == y->party || flight_ranks(a, x, y->party) || flight_ranks(a, y, x->party) || may_be_told(a, x, y)) return;
        flights_meet(a, x, flight_ranks(a, x, x->party), y, flight_ranks(a, y, y->party), f);
        return;
    }
    if (y->party != p->owner || (x->party == p->owner && x->serial > y->serial)) return;
    int mine = flight_ranks(a, y, p->owner), theirs = flight_ranks(a, x, p->owner);
    f->undisclosed = theirs == 0;
    if (theirs) flights_meet(a, x, theirs, y, mine, f);
    else if (p->wider || may_be_told(a, x, y)) flights_meet(a, x, flight_ranks(a, x, x->party), y, mine, f);
}

/* ---- tracks ---- */
static bool owns(const struct audit *a, const struct track *t, int party, bool *unsure) {
    int owner[256];
    int count = track_owners(a, t, owner, unsure);
    *unsure = *unsure || (t->moved == a->order && a->order > 0);
    for (int i = 0; i < count; i++)
        if (owner[i] == party) return true;
    return false;
}
struct point point_of(const struct motion *m, double seconds) { return point_ahead(m->at, m->track / 1000.0, m->speed / 100.0 * seconds); }
static struct altitude height_at(const struct motion *m, double seconds) {
    return (struct altitude){(int32_t)fmax(-2e9, fmin(2e9, floor(m->altitude.cm + m->climb * seconds + 0.5))), m->altitude.reference};
}
/* The seconds within which the moving height comes within `room` of the band: heights are linear, so it is one stretch; looked for by halves. */
static bool heights_meet(const struct audit *a, const struct motion *m, const struct volume *v, int64_t room, double t) {
    if (!m->has_altitude) return true;
    struct altitude h = height_at(m, t);
    return altitude_gap(a, &h, &h, &v->lower, &v->upper) <= room;
}
struct stretch { double from, to; };
/* Walks along the path: distances change no faster than it moves. First time at which it may be within, and at which it surely is. */
static void walk(const struct audit *a, const struct motion *m, const struct volume *v, double reach, int64_t room, struct stretch w, double *first, double *last) {
    double speed = m->speed / 100.0 + 0.01, doubt = (double)m->uncertainty / 100;
    *first = *last = -1;
    for (double t = w.from; t <= w.to;) {
        struct point at = point_of(m, t);
        struct volume here = {.shape = CIRCLE, .count = 1, .at = &at};
        double least, most, step = 0.5;
        volume_cap(&here);
        footprint_distance(&here, v, false, &least, &most);
        bool level = heights_meet(a, m, v, room, t), nearly = level || heights_meet(a, m, v, room + 200 + 2 * abs(m->climb), t);
        if (least - doubt <= reach * 1.0001 + 2 + speed && nearly && *first < 0) *first = t;
        if (most - doubt <= reach && level) {
            *last = t;
            return;
        }
        if (least - doubt - reach > speed) step = fmax(0.5, (least - doubt - reach) / speed * 0.9);
        if (t < w.to && t + step > w.to) step = w.to - t;
        t += step > 0 ? step : 0.5;
    }
}
static void track_volume(struct audit *a, const struct track *t, const struct volume *v, const struct reach *r, struct finding *f) {
    struct reach wide = *r;
    const struct motion *m = &t->anchor;
    int64_t from;
    struct volume any = *v;
    wide.height += TRACK_HEIGHT;
    if (!m->has_altitude) {
        any.lower = (struct altitude){-100000, 0};
        any.upper = (struct altitude){UNLIMITED, 0};
    }
    enum answer met = volumes_meet(a, &t->tube, &any, &wide, &from);
    if (met == NO) return;
    double reach = (double)r->cm / 100;
    if (t->circle) { /* a circle that grows, whatever the direction */
        struct volume here = {.shape = CIRCLE, .count = 1, .at = (struct point *)(uintptr_t)&m->at};
        double least, most, speed = m->speed > 0 ? m->speed / 100.0 : 0.01, off = reach + (double)m->uncertainty / 100;
        near_add(a, (struct near){.v = &t->tube, .w = v, .reach = reach, .from = from, .meets = met, .begin = 1, .end = 0});
        volume_cap(&here);
        footprint_distance(&here, v, true, &least, &most);
        double margin = 2 * (1 + 2e-5 * fabs(most)) + 5;
        int64_t first = m->time + (int64_t)(fmax(0, fmax(least, 0) - off - margin) / speed) * SECOND, last = m->time + (int64_t)(fmax(0, most - off) / speed + 1) * SECOND;
        found(f, met, larger(from, first), larger(from, last), true, true);
        return;
    }
    int64_t begin = larger(m->time, v->start - r->before), end = v->end + r->after < m->time + m->span ? v->end + r->after : m->time + m->span;
    struct stretch w = {(double)(begin - m->time) / 1e9, (double)(end - m->time) / 1e9};
    double first = -1, last = -1;
    if (begin <= end) walk(a, m, v, reach + TRACK_SLACK, wide.height, w, &first, &last);
    int64_t earliest = first >= 0 ? m->time + (int64_t)(first * 1e9) - 2 * SECOND : from, latest = last >= 0 ? m->time + (int64_t)(last * 1e9) + 2 * SECOND : NEVER;
    found(f, met, earliest, latest, last >= 0, first >= 0);
    near_add(a, (struct near){.v = &t->tube, .w = v, .reach = reach, .from = from, .begin = begin, .end = end, .meets = met, .surely = last >= 0});
}
static void hold(const struct pair *p, int64_t half, struct reach *r) {
    if (!p->wider) return;
    r->cm += half > HOLD ? half : HOLD;
    r->height += HOLD_HEIGHT;
}
static void notice_track(struct audit *a, const struct pair *p, struct finding *f) {
    if (!notice_hazardous(p->notice) || p->track->anchored == NEVER || !owns(a, p->track, p->owner, &f->unsure)) return;
    int theirs = notice_ranks(a, p->notice, p->owner);
    for (int i = 0; i < RANKS; i++) {
        if (!(theirs >> i & 1)) continue;
        struct reach r = reaction(a, p->notice->party, p->owner, p->notice->section[i].category);
        hold(p, p->track->circle ? 0 : p->track->tube.reach_cm / 2, &r);
        for (size_t k = 0; k < p->notice->section[i].volumes.count; k++)
            if (!p->notice->section[i].volumes.at[k].idle) track_volume(a, p->track, &p->notice->section[i].volumes.at[k], &r, f);
    }
}
/* Two moving points: first second at which both separations may be lost, and at which they surely are. */
static void encounter(const struct audit *a, const struct motion *x, const struct motion *y, double reach, int64_t room, int64_t *first, int64_t *last) {
    int64_t begin = larger(x->time, y->time), end = x->time + x->span < y->time + y->span ? x->time + x->span : y->time + y->span;
    double speed = x->speed / 100.0 + y->speed / 100.0 + 0.01, total = reach + (double)(x->uncertainty + y->uncertainty) / 100, margin = 4 + 5e-5 * total;
    *first = *last = NEVER;
    for (int64_t t = begin; t <= end;) {
        double s = (double)(t - x->time) / 1e9, u = (double)(t - y->time) / 1e9;
        struct altitude h = height_at(x, s), k = height_at(y, u);
        double apart = metres_between(point_of(x, s), point_of(y, u));
        int64_t gap = altitude_gap(a, &h, &h, &k, &k), drift = 2 * (llabs(x->climb) + llabs(y->climb)) + 4;
        if (apart <= total + margin + speed * 0.5 && gap <= room + drift && *first == NEVER) *first = t;
        if (apart <= total - 0.1 && gap + 4 <= room) {
            *last = t;
            return;
        }
        double step = apart - total > speed ? (apart - total) / speed * 0.9 : 0.25;
        t += (int64_t)(fmax(0.25, step) * 1e9);
    }
}
static bool one_aircraft(const struct track *x, const struct track *y, int owner) {
    if (strcmp(x->identity, y->identity) == 0) return x->feed != y->feed; /* else two that use it */
    return (x->flight && x->flight == y->flight && x->flight->party == owner);
}
/* `y` meets `x`, kept apart by what is agreed between `owner` and the party of x's feed. */
static void tracks_meet(struct audit *a, const struct pair *p, int owner, const struct track *x, const struct track *y, struct finding *f) {
    int64_t from, first, last;
    struct reach r = separation(a, owner, x->party);
    hold(p, 0, &r);
    r.height += TRACK_HEIGHT;
    enum answer met = volumes_meet(a, &y->tube, &x->tube, &r, &from);
    if (met == NO) return;
    if (x->circle || y->circle || !x->anchor.has_altitude || !y->anchor.has_altitude) {
        found(f, met, larger(from, a->time), larger(from, a->time), false, false);
        near_add(a, (struct near){.v = &y->tube, .w = &x->tube, .reach = (double)r.cm / 100, .from = from, .meets = met, .still = true});
        return;
    }
    encounter(a, &y->anchor, &x->anchor, (double)r.cm / 100 + 2 * TRACK_SLACK, r.height, &first, &last);
    if (first == NEVER) return;
    near_add(a, (struct near){.v = &y->tube, .w = &x->tube, .reach = (double)r.cm / 100, .from = from, .meets = last == NEVER ? EITHER : met, .surely = last != NEVER});
    found(f, last == NEVER ? EITHER : met, first - 2 * SECOND, last == NEVER ? NEVER : last + 2 * SECOND, last != NEVER, true);
}
/* Does an owner of `y` see `x`, so that it would be told? */
static bool told_of(const struct audit *a, const struct track *x, const struct track *y, bool *unsure) {
    int owner[256];
    bool doubt;
    int count = track_owners(a, y, owner, &doubt);
    *unsure = *unsure || doubt || y->moved == a->order;
    for (int i = 0; i < count; i++) {
        if (feed_readable(a, x->feed, owner[i]) || owns(a, x, owner[i], &doubt)) return true;
        *unsure = *unsure || doubt;
    }
    return false;
}
static void track_track(struct audit *a, const struct pair *p, struct finding *f) {
    const struct track *x = p->other_track, *y = p->track;
    bool unsure;
    if (x->anchored == NEVER || y->anchored == NEVER) return;
    if (p->withheld) { /* hidden from each other: the operator alone is told, of the younger with the older */
        bool same_name = strcmp(x->identity, y->identity) == 0, one = same_name ? x->feed != y->feed : x->twin == NO_TWIN && x->flight && x->flight == y->flight;
        if (x->serial > y->serial || one || told_of(a, x, y, &f->unsure) || told_of(a, y, x, &f->unsure)) return;
        tracks_meet(a, p, y->party, x, y, f);
        return;
    }
    if (!owns(a, y, p->owner, &f->unsure) || one_aircraft(x, y, p->owner)) return;
    bool own = owns(a, x, p->owner, &unsure);
    f->unsure = f->unsure || unsure;
    if ((!own && !feed_readable(a, x->feed, p->owner)) || (own && x->serial > y->serial)) return;
    tracks_meet(a, p, p->owner, x, y, f);
}

void find_pair(struct audit *a, const struct pair *p, struct finding *out) {
    *out = (struct finding){.entry_first = NEVER, .entry_last = NEVER};
    a->figure[G_PAIRS]++;
    a->near.count = 0;
    switch (p->kind) {
    case A_NOTICE_FLIGHT: notice_flight(a, p, out); break;
    case A_NOTICE_TRACK: notice_track(a, p, out); break;
    case A_FLIGHT_FLIGHT: flight_flight(a, p, out); break;
    case A_TRACK_TRACK: track_track(a, p, out); break;
    case A_FOLDED: break;
    }
    if ((p->track && p->track->unsure) || (p->other_track && p->other_track->unsure)) out->unsure = true;
}
