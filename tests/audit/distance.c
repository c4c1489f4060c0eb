/* How far apart, and when nearest: what an alert says of it, against PROJ's geodesics. A told distance may be wrong by the margin that stands beside
 * it, and that margin may be no larger than the stated one; the told moment must be one at which they are that near. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

#define GRAIN 0.2   /* metres: of positions rounded to 1e-7 degree, and of bisecting */
#define TUBE 3.0    /* metres: a track's tube is computed, not stated */
#define LATE_STEP 0.5 /* seconds by which an entry may be told too early (meet.h) */
struct span { double least, most; };

static double speed_of(const struct motion *m) { return m->speed / 100.0; }
static double seconds_of(const struct motion *m, int64_t t) { return (double)(t - m->time) / 1e9; }
static struct span span_of(double least, double most) { return (struct span){fmax(0, least), fmax(0, most)}; }
static struct span footprints(const struct volume *v, const struct volume *w) {
    double least, most;
    footprint_distance(v, w, true, &least, &most);
    return span_of(least, most);
}

/* ---- a moving point and a volume ---- */
struct look { const struct motion *m; const struct volume *v; const struct motion *other; double tolerance, best; int left; };
/* Beyond the footprint, or between the two, less what is not known of where they are; negative within. */
static double apart_at(const struct look *l, double t) {
    struct point at = point_of(l->m, t);
    double doubt = (double)(l->m->uncertainty + (l->other ? l->other->uncertainty : 0)) / 100;
    if (l->other) return metres_between(at, point_of(l->other, t + seconds_of(l->other, l->m->time))) - doubt;
    struct volume here = {.shape = CIRCLE, .count = 1, .at = &at};
    double least, most;
    volume_cap(&here);
    footprint_distance(&here, l->v, true, &least, &most);
    return (least + most) / 2 - doubt;
}
/* Nothing comes nearer faster than it moves: a stretch whose ends are far needs no looking into. */
static void look_between(struct look *l, double from, double at_from, double to, double at_to) {
    double speed = speed_of(l->m) + (l->other ? speed_of(l->other) : 0), mid = (from + to) / 2;
    if (l->best <= 0 || (at_from + at_to - speed * (to - from)) / 2 > l->best - l->tolerance || to - from < 0.002 || l->left-- <= 0) return;
    double at = apart_at(l, mid);
    l->best = fmin(l->best, at);
    look_between(l, from, at_from, mid, at);
    look_between(l, mid, at, to, at_to);
}
static bool nearest(struct look *l, double from, double to, struct span *out) {
    double at_from = apart_at(l, from), at_to = apart_at(l, to);
    l->best = fmin(at_from, at_to);
    l->left = 4000;
    look_between(l, from, at_from, to, at_to);
    *out = span_of(l->best - l->tolerance, l->best);
    return l->left > 0;
}

/* ---- what may be told of one couple of volumes ---- */
struct told { double metres, margin; int64_t closest; };
struct judged { struct span distance; bool surely, closest_fits; double margin_most; };

static bool same_moment(int64_t told, int64_t t) { return llabs(told - t) <= 1000000; }
/* At the told moment they must be as near as ever. */
static bool near_then(const struct look *l, int64_t closest, const struct told *x, double best) {
    double then = apart_at(l, seconds_of(l->m, closest)), speed = speed_of(l->m) + (l->other ? speed_of(l->other) : 0);
    return then <= fmax(0, best) + x->margin + l->tolerance + GRAIN + speed * (best <= 0 ? LATE_STEP + 0.002 : 0.002);
}
static bool path_judge(const struct track *t, const struct near *n, const struct told *x, struct judged *out) {
    struct look l = {.m = &t->anchor, .v = n->w, .tolerance = fmax(0.3, x->margin / 2)};
    struct span path, tube = footprints(n->v, n->w);
    double slack = 0.8 + margin_of(n->v, n->w, fmax(n->reach + (double)(n->w->reach_cm + t->tube.reach_cm) / 100, x->metres));
    *out = (struct judged){.surely = n->surely && n->meets == YES, .margin_most = slack * 1.02 + 2};
    if (n->begin > n->end || t->circle) {
        out->distance = span_of(tube.least - TUBE, tube.most + TUBE);
        out->surely = n->meets == YES;
        out->closest_fits = same_moment(x->closest, n->from);
        return true;
    }
    if (!nearest(&l, seconds_of(&t->anchor, n->begin), seconds_of(&t->anchor, n->end), &path)) return false;
    bool within = x->closest >= n->begin - 1000000 && x->closest <= n->end + 1000000;
    out->distance = path;
    out->closest_fits = within && near_then(&l, x->closest, x, l.best);
    if (n->surely) return true;
    out->distance = (struct span){fmin(path.least, fmax(0, tube.least - TUBE)), fmax(path.most, tube.most + TUBE)};
    out->closest_fits = out->closest_fits || same_moment(x->closest, n->from);
    return true;
}
static bool encounter_judge(const struct track *x, const struct track *y, const struct near *n, const struct told *told, struct judged *out) {
    const struct motion *p = &y->anchor, *q = &x->anchor;
    int64_t begin = p->time > q->time ? p->time : q->time, end = p->time + p->span < q->time + q->span ? p->time + p->span : q->time + q->span;
    struct look l = {.m = p, .other = q, .tolerance = fmax(0.3, told->margin / 2)};
    double total = n->reach + (double)(p->uncertainty + q->uncertainty) / 100 + 500;
    *out = (struct judged){.surely = n->surely && n->meets == YES, .margin_most = 2 * (0.25 + 1.2 + 2e-5 * fmax(total, told->metres + total)) + 2};
    if (begin > end || !nearest(&l, seconds_of(p, begin), seconds_of(p, end), &out->distance)) return false;
    out->closest_fits = told->closest >= begin - 1000000 && told->closest <= end + 1000000 && near_then(&l, told->closest, told, l.best);
    return true;
}
static bool couple_judge(const struct pair *p, const struct near *n, const struct told *x, struct judged *out) {
    if (n->v->round > 3e6 || n->w->round > 3e6) return false;
    if (p->kind == A_NOTICE_TRACK) return path_judge(p->track, n, x, out);
    if (p->kind == A_TRACK_TRACK && !n->still) return encounter_judge(p->other_track, p->track, n, x, out);
    double total = n->reach + (double)(n->v->reach_cm + n->w->reach_cm) / 100, slack = p->kind == A_TRACK_TRACK ? TUBE : 0;
    struct span s = footprints(n->v, n->w);
    *out = (struct judged){.distance = span_of(s.least - slack, s.most + slack), .surely = n->meets == YES, .closest_fits = same_moment(x->closest, n->from),
                           .margin_most = margin_of(n->v, n->w, fmax(total, x->metres + total)) * 1.02 + 0.02 + slack};
    return true;
}

/* The nearest couple is the one that is told; one that meets within geometry's margin may have been left out. */
void distance_judge(struct audit *a, const struct alert *x, const struct pair *p, const char *name) {
    struct told told = {x->metres, x->margin, x->closest};
    double least = 1e12, most = 1e12, margin = 0;
    bool moment = false;
    if (a->near.count == 0 || a->near.count > 24) {
        a->figure[G_UNJUDGED]++;
        return;
    }
    for (size_t i = 0; i < a->near.count; i++) {
        struct judged j;
        if (!couple_judge(p, &a->near.at[i], &told, &j)) {
            a->figure[G_UNJUDGED]++;
            return;
        }
        least = fmin(least, j.distance.least);
        if (j.surely) most = fmin(most, j.distance.most);
        margin = fmax(margin, j.margin_most);
        moment = moment || (j.closest_fits && told.metres + told.margin + GRAIN >= j.distance.least);
    }
    a->figure[G_DISTANCES]++;
    if (told.margin > margin) wrong(a, "margin", "%.2f m; at most %.2f: %s", told.margin, margin, name);
    if (told.metres > most + told.margin + GRAIN) wrong(a, "distance", "%.2f m; at most %.2f: %s", told.metres, most, name);
    else if (told.metres < least - told.margin - GRAIN) wrong(a, "distance", "%.2f m; at least %.2f: %s", told.metres, least, name);
    else if (!moment) wrong(a, "closest", "they are not that near at the moment that is told: %s", name);
}
