/* What is wrong with tracks and feeds, and who must be told: silence, feeds that disagree, an identity used twice, reports that open no track. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

#define COMPARABLE (60 * SECOND)
#define AGREE_AT 60 /* ticks */

int64_t silent_after(const struct audit *a) { return a->settings.track_silent < SECOND ? SECOND : a->settings.track_silent; }
int64_t track_due(const struct audit *a, const struct track *t) { return t->sequenced + (t->silent ? 10 * silent_after(a) : silent_after(a)); }

/* Farther than anything flies in that time. */
enum answer leaps(int64_t time, struct point from, int64_t then, struct point to) {
    if (time == NEVER) return NO;
    int64_t ms = (then - time) / 1000000, cm = (int64_t)(metres_between(from, to) * 100), wide = cm / 50000 + 10;
    bool answer[2];
    for (int i = 0; i < 2; i++) {
        int64_t far = cm + (i ? wide : -wide) - 50000;
        answer[i] = far > 0 && (far / 100000 * 1000 > ms || ms == 0);
    }
    return answer[0] != answer[1] ? EITHER : answer[0] ? YES : NO;
}

/* ---- who relies on a track ---- */
static bool named_in(const struct record *r, const char *side, const struct track *t, const struct audit *a) {
    const json_t *j = json_object_get(r->told, side);
    return strcmp(text_of(j, "kind"), "track") == 0 && strcmp(text_of(j, "identity"), t->identity) == 0 && strcmp(text_of(j, "feed"), t->feed->name) == 0 &&
           party_find(a, text_of(j, "party")) == t->party;
}
/* Has an alert of this party's about the track begun or ended in this group? Then it may have been told before or behind that. */
static bool alert_moved(const struct audit *a, const struct track *t, int party) {
    for (size_t i = 1; i < a->group.count; i++) {
        const struct record *r = &a->group.at[i];
        if (r->party != party || !r->told || strcmp(text_of(r->told, "told"), "alert") != 0 || strcmp(text_of(r->told, "state"), "level") == 0) continue;
        if (named_in(r, "own", t, a) || named_in(r, "other", t, a)) return true;
    }
    return false;
}
static enum answer relies(const struct audit *a, const struct track *t, int party) {
    if (t->flight && (t->flight->party == party || (t->party == party && flight_readable(a, t->flight, party)))) return YES;
    if (!feed_readable(a, t->feed, party)) return NO; /* an alert that it has from before is not told of any more */
    if (alert_moved(a, t, party)) return EITHER;
    for (size_t i = 0; i < a->alerts.count; i++) {
        const struct alert *x = a->alerts.at[i];
        if (x->owner == party && !x->withheld && x->kind != A_FOLDED && !x->gone && (x->own_track == t || x->other_track == t)) return YES;
    }
    return NO;
}
static bool reads(const struct audit *a, const struct feed *f, int party) { return f->party == party || may_read(a, &f->readers, party); }

/* ---- silence ---- */
static json_t *at_of(const struct track *t) {
    json_t *at = json_object();
    put_number(at, "lat", t->last.at.lat / 1e7);
    put_number(at, "lng", t->last.at.lon / 1e7);
    return at;
}
static void silence(struct audit *a, const struct track *t, bool forgotten) {
    for (size_t p = 0; p < a->parties.count; p++) {
        enum answer one = relies(a, t, (int)p);
        if (one == NO) continue;
        json_t *j = told_begin("silent"), *track = json_object();
        if (t->flight && (t->flight->party == (int)p || flight_readable(a, t->flight, (int)p))) put_entity(a, j, "flight", t->flight->party, t->flight->id);
        put_party(a, track, "party", t->party);
        put_text(track, "feed", t->feed->name);
        put_text(track, "identity", t->identity);
        if (t->twin == SECOND_TWIN) put_bool(track, "second", true);
        json_object_set_new(j, "track", track);
        put_bool(j, "silent", t->silent);
        if (forgotten) put_bool(j, "forgotten", true);
        put_time(j, "last", t->time);
        json_object_set_new(j, "at", at_of(t));
        must_tell(a, (int)p, j)->perhaps = one == EITHER;
    }
    a->figure[G_DEADLINES]++;
}

/* ---- two feeds of one aircraft ---- */
struct height { bool known; int64_t cm, most; };
/* Of the older and the younger report. No rounding but that of whole centimetres: there is no doubt about it. */
static struct height heights(const struct audit *a, const struct track *x, const struct track *y, int64_t ms) {
    int64_t low, high;
    if (!x->last.has_altitude || !y->last.has_altitude) return (struct height){0};
    altitude_offsets(a, &x->last.altitude, &y->last.altitude, &low, &high);
    int64_t above = (int64_t)x->last.altitude.cm - y->last.altitude.cm + (x->climb == INT32_MIN ? 0 : x->climb * ms / 1000);
    int64_t least = above + low > 0 ? above + low : above + high < 0 ? -(above + high) : 0;
    return (struct height){true, least, 20000 + (x->climb == INT32_MIN ? 3000 : 1500) * ms / 1000};
}
static bool measure(const struct audit *a, const struct rivalry *v, int64_t *cm, int64_t *most, int64_t *slack, struct height *h) {
    const struct track *x = v->older, *y = v->younger;
    if (x->time > y->time) x = v->younger, y = v->older;
    if (x->time == NEVER || x->silent || y->silent || y->time - x->time > COMPARABLE) return false;
    int64_t ms = (y->time - x->time) / 1000000, speed = x->speed < 0 ? 30000 : x->speed, flown = speed * ms / 1000;
    bool course = x->speed == 0 || (x->speed > 0 && x->course >= 0);
    struct point from = course && flown > 0 ? point_ahead(x->last.at, x->course / 1000.0, (double)flown / 100) : x->last.at;
    *cm = (int64_t)(metres_between(from, y->last.at) * 100);
    *most = (x->uncertainty < 0 ? 10000 : x->uncertainty) + (y->uncertainty < 0 ? 10000 : y->uncertainty) + 50000 + (course ? flown / 8 : flown);
    *slack = *cm / 50000 + 20 + flown / 20000;
    *h = heights(a, x, y, ms);
    return true;
}
static struct rivalry *rivalry_of(struct audit *a, struct track *t, struct track *o) {
    struct track *older = t->serial < o->serial ? t : o, *younger = older == t ? o : t;
    for (size_t i = 0; i < a->rivalries.count; i++)
        if (a->rivalries.at[i].older == older && a->rivalries.at[i].younger == younger) return &a->rivalries.at[i];
    struct rivalry *v = ADD(a->rivalries);
    *v = (struct rivalry){.older = older, .younger = younger};
    return v;
}
void rivals_compare(struct audit *a, struct track *t) {
    for (size_t i = 0; t->twin == NO_TWIN && i < a->tracks.count; i++) {
        struct track *o = a->tracks.at[i];
        int64_t cm, most, slack;
        struct height h;
        if (o->feed == t->feed || o->twin != NO_TWIN || strcmp(o->identity, t->identity) != 0) continue;
        struct rivalry *v = rivalry_of(a, t, o);
        if (!measure(a, v, &cm, &most, &slack, &h)) continue;
        a->figure[G_RIVALS]++;
        bool level = h.cm <= h.most / 2;
        if (cm - slack > most || h.cm > h.most) v->state = YES;
        else if (cm + slack <= most / 2 && level) v->state = NO;
        else if (cm + slack > most ? v->state != YES : level && cm - slack <= most / 2 && v->state != NO) v->state = EITHER;
        if (v->state != v->told) t->timer = a->time;
    }
}
static void rivals_end(struct audit *a, const struct track *t) {
    for (size_t i = 0; i < a->rivalries.count; i++)
        if (a->rivalries.at[i].older == t || a->rivalries.at[i].younger == t) a->rivalries.at[i].state = NO;
}
static json_t *place_of(const struct audit *a, const struct track *t, bool feed) {
    json_t *j = json_object();
    if (feed) put_party(a, j, "party", t->party);
    if (feed) put_text(j, "feed", t->feed->name);
    put_time(j, "time", t->time);
    json_object_set_new(j, "at", at_of(t));
    return j;
}
/* A figure as it is told, when it is as it must be: else the one that it must be. */
static void put_near(json_t *j, const char *member, const json_t *found, double metres, double slack) {
    const json_t *v = found ? json_object_get(found, member) : NULL;
    double said = json_number_value(v);
    put_number(j, member, v && said >= metres - slack && said <= metres + slack ? said : metres);
}
static const json_t *told_rivalry(const struct audit *a, const struct rivalry *v) {
    for (size_t i = 1; i < a->group.count; i++) {
        const json_t *j = a->group.at[i].told, *x = json_array_get(json_object_get(j, "tracks"), 0), *y = json_array_get(json_object_get(j, "tracks"), 1);
        if (!j || strcmp(text_of(j, "told"), "disagree") != 0 || strcmp(text_of(j, "identity"), v->older->identity) != 0) continue;
        if (strcmp(text_of(x, "feed"), v->older->feed->name) == 0 && party_find(a, text_of(x, "party")) == v->older->party &&
            strcmp(text_of(y, "feed"), v->younger->feed->name) == 0 && party_find(a, text_of(y, "party")) == v->younger->party)
            return j;
    }
    return NULL;
}
static const char *over_by(const struct rivalry *v) {
    if (v->older->silent || v->younger->silent) return "silent";
    return v->older->twin != NO_TWIN || v->younger->twin != NO_TWIN ? "twin" : "agree";
}
static bool rests(const struct audit *a, const struct rivalry *v) { return a->tick % AGREE_AT != 0 && v->told == YES && strcmp(over_by(v), "agree") == 0; }
static void rivalry_tell(struct audit *a, struct rivalry *v) {
    const struct track *x = v->older, *y = v->younger;
    if (v->state != YES && rests(a, v)) return; /* comes later; that it were told now is a complaint */
    const json_t *found = told_rivalry(a, v);
    int64_t cm, most, slack;
    struct height h;
    if (v->state == EITHER) v->state = found ? (json_is_true(json_object_get(found, "disagree")) ? YES : NO) : v->told;
    if (v->state == v->told) return;
    bool yes = v->state == YES, figures = measure(a, v, &cm, &most, &slack, &h);
    for (size_t p = 0; p < a->parties.count; p++) {
        if (!reads(a, x->feed, (int)p) || !reads(a, y->feed, (int)p)) continue;
        json_t *j = told_begin("disagree"), *list = json_array();
        put_text(j, "identity", x->identity);
        put_bool(j, "disagree", yes);
        if (!yes) put_text(j, "why", over_by(v));
        if (figures && yes) {
            bool level = h.cm <= h.most / 2, near = cm + slack <= most / 2, unsure = !near && cm - slack <= most / 2;
            if (unsure && found) near = !level && strcmp(text_of(found, "by"), "height") == 0;
            put_text(j, "by", level ? "place" : near ? "height" : "both");
        }
        if (figures) put_near(j, "distance_m", found, (double)cm / 100, (double)slack / 100);
        if (figures) put_number(j, "allowed_m", (double)most / 100);
        if (figures && h.known) put_number(j, "height_m", (double)h.cm / 100), put_number(j, "height_allowed_m", (double)h.most / 100);
        json_array_append_new(list, place_of(a, x, true));
        json_array_append_new(list, place_of(a, y, true));
        json_object_set_new(j, "tracks", list);
        must_tell(a, (int)p, j);
    }
    v->told = v->state;
    a->figure[G_DEADLINES]++;
}

/* ---- two aircraft of one identity ---- */
struct track *twin_pick(struct track *first, struct track *second, int64_t time, struct point at, bool *unsure) {
    enum answer x = leaps(first->time, first->last.at, time, at), y = leaps(second->time, second->last.at, time, at);
    double near = metres_between(first->last.at, at), far = metres_between(second->last.at, at);
    bool same_answer = x == y;
    *unsure = x == EITHER || y == EITHER || (same_answer && near != far && near - far < near / 50000 + 0.1 && far - near < near / 50000 + 0.1);
    if (!same_answer) return x == NO ? first : second;
    return far < near ? second : first;
}
/* Has it come back to where it was for the second time, within a minute each? */
bool twin_turns(struct track *t, int64_t time, struct point at, bool *unsure) {
    enum answer away = t->left == NEVER || time - t->left > COMPARABLE ? YES : leaps(t->left, t->left_at, time, at);
    *unsure = away == EITHER;
    t->turns = away == YES ? 0 : t->turns < 2 ? t->turns + 1 : 2;
    t->left = t->time;
    t->left_at = t->last.at;
    return t->turns == 2;
}
void twins_begin(struct audit *a, struct track *first, struct track *second) {
    rivals_end(a, first);
    first->twin = FIRST_TWIN;
    second->twin = SECOND_TWIN;
    first->other = second;
    second->other = first;
    first->turns = 0;
    first->left = NEVER;
    first->timer = a->time;
}
static void twins_end(struct audit *a, struct track *t) {
    struct track *o = t->other;
    if (!o) return;
    o->told_twin = o->told_twin || (t->twin == FIRST_TWIN && t->told_twin);
    o->other = t->other = NULL;
    o->twin = t->twin = NO_TWIN;
    o->timer = a->time;
}
static void twins_tell(struct audit *a, struct track *t) {
    const json_t *found = NULL;
    for (size_t i = 1; i < a->group.count && !found; i++) {
        const json_t *j = a->group.at[i].told;
        if (j && strcmp(text_of(j, "told"), "twin") == 0 && strcmp(text_of(j, "identity"), t->identity) == 0 && strcmp(text_of(j, "feed"), t->feed->name) == 0 &&
            party_find(a, text_of(j, "party")) == t->party)
            found = j;
    }
    t->told_twin = t->other != NULL;
    for (size_t p = 0; p < a->parties.count; p++) {
        enum answer one = reads(a, t->feed, (int)p) ? YES : relies(a, t, (int)p), two = t->other ? relies(a, t->other, (int)p) : NO;
        if (one == NO && two == NO) continue;
        json_t *j = told_begin("twin"), *list = json_array();
        put_party(a, j, "party", t->party);
        put_text(j, "feed", t->feed->name);
        put_text(j, "identity", t->identity);
        put_bool(j, "twin", t->other != NULL);
        double metres = t->other ? metres_between(t->last.at, t->other->last.at) : 0;
        if (t->other) put_near(j, "distance_m", found, metres, metres / 50000 + 0.2);
        json_array_append_new(list, place_of(a, t, false));
        if (t->other) json_array_append_new(list, place_of(a, t->other, false));
        json_object_set_new(j, "tracks", list);
        must_tell(a, (int)p, j)->perhaps = one != YES && two != YES;
    }
    a->figure[G_DEADLINES]++;
}

/* ---- the timer of a track ---- */
static void track_tell(struct audit *a, struct track *t) {
    if (t->silent != t->told_silent) silence(a, t, false);
    t->told_silent = t->silent;
    for (size_t i = 0; i < a->rivalries.count; i++)
        if (a->rivalries.at[i].older == t || a->rivalries.at[i].younger == t) rivalry_tell(a, &a->rivalries.at[i]);
    if (t->twin != SECOND_TWIN && (t->other != NULL) != t->told_twin) twins_tell(a, t);
}
static bool any_rests(const struct audit *a, const struct track *t) {
    for (size_t i = 0; i < a->rivalries.count; i++) {
        const struct rivalry *v = &a->rivalries.at[i];
        if ((v->older == t || v->younger == t) && v->state != v->told) return true;
    }
    return false;
}
void track_fired(struct audit *a, struct track *t, int64_t at) {
    track_tell(a, t);
    if (track_due(a, t) > at) {
        t->timer = track_due(a, t);
        if (t->timer > a->time && any_rests(a, t)) t->timer = a->time + 1;
    } else if (!t->silent) {
        t->silent = true;
        rivals_end(a, t);
        track_tell(a, t);
        t->timer = track_due(a, t) > a->time ? track_due(a, t) : a->time + 1;
    } else {
        silence(a, t, true);
        track_gone(a, t);
    }
}
void track_gone(struct audit *a, struct track *t) {
    twins_end(a, t);
    for (size_t i = a->rivalries.count; i-- > 0;)
        if (a->rivalries.at[i].older == t || a->rivalries.at[i].younger == t) DROP(a->rivalries, i);
    alerts_forget(a, NULL, NULL, t);
    give(a, t->party, Q_TRACKS, 1);
    for (size_t i = 0; i < a->tracks.count; i++)
        if (a->tracks.at[i] == t) {
            DROP(a->tracks, i);
            break;
        }
    *ADD(a->gone_tracks) = t;
}

/* ---- feeds ---- */
void feed_silence_tell(struct audit *a, const struct feed *f) {
    for (size_t p = 0; p < a->parties.count; p++) {
        if (!reads(a, f, (int)p)) continue;
        json_t *j = told_begin("silent");
        put_text(j, "what", "feed");
        put_party(a, j, "party", f->party);
        put_text(j, "feed", f->name);
        put_bool(j, "silent", f->silent);
        put_time(j, "last", f->last);
        must_tell(a, (int)p, j);
    }
    a->figure[G_DEADLINES]++;
}
static void untracked_tell(struct audit *a, const struct feed *f) {
    json_t *j = told_begin("untracked");
    put_text(j, "feed", f->name);
    put_bool(j, "untracked", f->untracked_told);
    put_number(j, "reports", (double)f->untracked);
    put_number(j, "tracks", (double)a->parties.at[f->party].used[Q_TRACKS]);
    put_number(j, "share", (double)share_of(a, Q_TRACKS));
    put_time(j, "last", f->untracked_last);
    must_tell(a, f->party, j);
    a->figure[G_DEADLINES]++;
}
static int64_t feed_due(const struct audit *a, const struct feed *f) {
    int64_t at = f->silent ? NEVER : f->last + silent_after(a);
    int64_t look = f->untracked == 0 ? NEVER : f->untracked_told ? f->untracked_last + silent_after(a) : a->time;
    return at == NEVER || (look != NEVER && look < at) ? look : at;
}
void feed_reported(struct audit *a, struct feed *f, unsigned untracked) {
    f->untracked += untracked;
    if (untracked) f->untracked_last = a->time;
    f->timer = feed_due(a, f);
}
void feed_fired(struct audit *a, struct feed *f) {
    if (f->untracked > 0 && !f->untracked_told) {
        f->untracked_told = true;
        untracked_tell(a, f);
    } else if (f->untracked > 0 && a->time - f->untracked_last >= silent_after(a)) {
        f->untracked_told = false;
        untracked_tell(a, f);
        f->untracked = 0;
    }
    if (!f->silent && a->time - f->last >= silent_after(a)) {
        f->silent = true;
        feed_silence_tell(a, f);
    }
    f->timer = feed_due(a, f);
}
