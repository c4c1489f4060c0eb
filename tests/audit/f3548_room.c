/* Shares of the doors' tables (FORMAT.md, "dss"): of each manager what its references, subscriptions, footprints and points may be; F3411's count with them. What of F3411
 * ended more than a day ago may have gone, so much of what is asked here has two bounds. */
#include <stdlib.h>

#include "f3548.h"

static int64_t points_of(uint64_t vertices) { return (int64_t)((vertices + 7) / 8 * 8); }
static int64_t text_points(const char *text) { return points_of((strlen(text) + 7) / 8); }
void f_room_add(struct room *to, const struct room *more) {
    to->references += more->references;
    to->subscriptions += more->subscriptions;
    to->footprints += more->footprints;
    to->points += more->points;
    to->list += more->list;
}
int64_t f_list_of(const char *url) { return 160 + 3 * (int64_t)strlen(url); }
struct room f_room_of(const struct f_place *p, const char *url, bool least) {
    struct room r = {.points = text_points(url)};
    for (size_t i = 0; i < p->shapes.count; i++) {
        if (least && p->shapes.at[i].maybe) continue;
        r.footprints++;
        r.points += points_of(p->shapes.at[i].count);
    }
    if (p->unsure && !least) r.points += 1000 * r.footprints; /* edges that are cut */
    return r;
}
struct room rid_room(const struct rid_place *where, const char *url, bool area) {
    return (struct room){.references = area, .subscriptions = !area, .footprints = 1, .points = text_points(url) + points_of(where->volume.count), .list = area ? 0 : f_list_of(url)};
}
static struct room used(const struct audit *a, const char *manager, bool least) {
    const struct f3548 *f = a->f3548;
    struct room sum = {0};
    for (size_t i = 0; f && i < f->refs.count; i++) {
        if (strcmp(f->refs.at[i].manager, manager) != 0) continue;
        struct room one = f_room_of(&f->refs.at[i].where, f->refs.at[i].url, least);
        one.references = 1;
        f_room_add(&sum, &one);
    }
    for (size_t i = 0; f && i < f->subs.count; i++) {
        if (strcmp(f->subs.at[i].manager, manager) != 0) continue;
        struct room one = f_room_of(&f->subs.at[i].where, f->subs.at[i].url, least);
        one.subscriptions = 1;
        one.list = f_list_of(f->subs.at[i].url);
        f_room_add(&sum, &one);
    }
    for (size_t i = 0; f && i < f->retired.count; i++) sum.references += strcmp(f->retired.at[i].manager, manager) == 0;
    for (size_t i = 0; i < a->rids.count; i++) {
        const struct rid *e = &a->rids.at[i];
        if (strcmp(e->owner, manager) != 0 || (least && e->end < a->time - DAY)) continue;
        struct room one = rid_room(&e->where, e->url, e->area);
        if (e->where.unsure && !least) one.points += 1000;
        f_room_add(&sum, &one);
    }
    return sum;
}
static bool any(const struct room *r) { return r->references + r->subscriptions > 0; }
enum answer f_is_manager(const struct audit *a, const char *name) {
    struct room least = used(a, name, true), most = used(a, name, false);
    return any(&least) ? YES : any(&most) ? EITHER : NO;
}

/* ---- managers ---- */
struct names { const char **at; size_t count, room; };
static void name_add(struct names *n, const char *name) {
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->at[i], name) == 0) return;
    *ADD(*n) = name;
}
static void managers_count(const struct audit *a, uint64_t *least, uint64_t *most) {
    const struct f3548 *f = a->f3548;
    struct names n = {0};
    for (size_t i = 0; f && i < f->refs.count; i++) name_add(&n, f->refs.at[i].manager);
    for (size_t i = 0; f && i < f->subs.count; i++) name_add(&n, f->subs.at[i].manager);
    for (size_t i = 0; f && i < f->retired.count; i++) name_add(&n, f->retired.at[i].manager);
    for (size_t i = 0; i < a->rids.count; i++) name_add(&n, a->rids.at[i].owner);
    *most = n.count;
    *least = 0;
    for (size_t i = 0; i < n.count; i++) *least += f_is_manager(a, n.at[i]) == YES;
    free(n.at);
}
static bool beyond(const struct audit *a, const struct room *u, const struct room *more, const struct room *less) {
    const int64_t sum[] = {u->references + more->references - less->references, u->subscriptions + more->subscriptions - less->subscriptions,
                           u->footprints + more->footprints - less->footprints, u->points + more->points - less->points};
    for (int q = 0; q < 4; q++) {
        int64_t share = (int64_t)(a->in_force.doors[q + 1] / a->in_force.doors[0]);
        if (sum[q] > (q == 3 ? share / 8 * 8 : share)) return true;
    }
    return u->list + more->list - less->list > (INT64_C(1) << 29) / (int64_t)a->in_force.doors[0]; /* what all have together is within it, as long as there are no more managers than there were */
}
/* more[0], less[0]: at the least; [1]: at the most. */
enum answer f3548_full(const struct audit *a, const char *manager, const struct room more[2], const struct room less[2]) {
    struct room least = used(a, manager, true), most = used(a, manager, false);
    uint64_t few, many;
    bool surely = beyond(a, &least, &more[0], &less[1]), perhaps = beyond(a, &most, &more[1], &less[0]);
    if (any(&least)) return surely ? YES : perhaps ? EITHER : NO;
    managers_count(a, &few, &many);
    bool sits = any(&most); /* perhaps it has a row */
    if (!sits && few >= a->in_force.doors[0]) return YES;
    if (surely) return YES;
    return perhaps || many >= a->in_force.doors[0] ? EITHER : NO;
}

/* ---- availabilities: as many as managers of those who are none, and twice as many in all ---- */
enum answer f_stated_full(const struct audit *a, const char *uss, int *victim) {
    const struct f3548 *f = a->f3548;
    uint64_t most = a->in_force.doors[0], others = 0;
    enum answer is = f_is_manager(a, uss), unsure = is == EITHER ? EITHER : NO;
    int oldest = -1, unknown = -1;
    for (size_t i = 0; i < f->stated.count; i++) {
        enum answer one = f_is_manager(a, f->stated.at[i].uss);
        if (one == EITHER) unsure = EITHER;
        if (one == YES) continue;
        others++;
        if (oldest < 0) oldest = (int)i;
        if (unknown < 0 && f->stated.at[i].availability == 0) unknown = (int)i;
    }
    bool full_up = is == YES ? f->stated.count >= 2 * most : others >= most;
    *victim = !full_up ? -1 : unknown >= 0 || is != YES ? unknown : oldest;
    if (full_up && unsure == EITHER) return EITHER;
    return full_up && *victim < 0 ? YES : NO;
}
