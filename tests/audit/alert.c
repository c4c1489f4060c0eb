/* Alerts: the model follows what was told; brute force says what had to be told, what might be, and what must not. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

static const char *const levels[] = {"none", "advisory", "caution", "warning", "immediate"};
static const char *const kinds[] = {"notice-flight", "notice-track", "flight-flight", "track-track", "folded"};
enum { NONE, ADVISORY, CAUTION, WARNING, IMMEDIATE };

/* ---- what was touched ---- */
void touch_notice(struct audit *a, struct notice *n) { *ADD(a->dirty) = (struct dirty){.notice = n, .only = NOBODY}; }
void touch_flight(struct audit *a, struct flight *f) { *ADD(a->dirty) = (struct dirty){.flight = f, .only = NOBODY}; }
void touch_track(struct audit *a, struct track *t, int only) { *ADD(a->dirty) = (struct dirty){.track = t, .only = only}; }
void touch_shared(struct audit *a, struct flight *f) { *ADD(a->dirty) = (struct dirty){.flight = f, .only = NOBODY, .shared = true}; }
static bool about(const struct alert *x, const struct notice *n, const struct flight *f, const struct track *t) {
    return (n && x->notice == n) || (f && (x->own_flight == f || x->other_flight == f)) || (t && (x->own_track == t || x->other_track == t));
}
void alerts_forget(struct audit *a, const struct notice *n, const struct flight *f, const struct track *t) {
    for (size_t i = 0; i < a->alerts.count; i++)
        if (about(a->alerts.at[i], n, f, t)) a->alerts.at[i]->gone = true;
    for (size_t i = a->late.count; i-- > 0;) {
        const struct pair *p = &a->late.at[i].pair;
        if (!((n && p->notice == n) || (f && (p->flight == f || p->other_flight == f)) || (t && (p->track == t || p->other_track == t)))) continue;
        free(a->late.at[i].words);
        DROP(a->late, i);
    }
    for (size_t i = a->dirty.count; i-- > 0;)
        if ((n && a->dirty.at[i].notice == n) || (f && a->dirty.at[i].flight == f) || (t && a->dirty.at[i].track == t)) DROP(a->dirty, i);
}
static struct pair pair_of(const struct alert *x) {
    return (struct pair){.kind = x->kind, .owner = x->owner, .notice = x->notice, .flight = x->own_flight, .other_flight = x->other_flight, .track = x->own_track,
                         .other_track = x->other_track, .withheld = x->withheld};
}
static struct alert *alert_of(const struct audit *a, const struct pair *p) {
    for (size_t i = 0; i < a->alerts.count; i++) {
        struct alert *x = a->alerts.at[i];
        if (!x->gone && !x->ends && x->kind == p->kind && x->owner == p->owner && x->withheld == p->withheld && x->notice == p->notice && x->own_flight == p->flight &&
            x->other_flight == p->other_flight && x->own_track == p->track && x->other_track == p->other_track)
            return x;
    }
    return NULL;
}

/* ---- levels ---- */
static int level_at(const struct audit *a, int64_t entry, int64_t now) {
    int64_t left = entry - now;
    if (left <= a->settings.immediate || left <= 0) return IMMEDIATE;
    return left <= a->settings.warning ? WARNING : left <= a->settings.caution ? CAUTION : ADVISORY;
}
static int least_level_at(const struct audit *a, const struct finding *f, int64_t now) {
    if (f->meets != YES) return NONE;
    return f->likely && f->entry_last != NEVER ? level_at(a, f->entry_last, now) : ADVISORY;
}
static int least_level(const struct audit *a, const struct finding *f) { return least_level_at(a, f, a->time); }
static int most_level(const struct audit *a, const struct finding *f) {
    if (f->meets == NO) return NONE;
    return f->perhaps_likely ? level_at(a, f->entry_first, a->time) : ADVISORY;
}

/* ---- budgets: each pair (owner, filer) has its share; what does not fit folds into one ---- */
static struct alert *folded_of(const struct audit *a, int owner, int filer, bool withheld) {
    for (size_t i = 0; i < a->alerts.count; i++) {
        struct alert *x = a->alerts.at[i];
        if (!x->ends && x->kind == A_FOLDED && x->owner == owner && x->filer == filer && x->withheld == withheld) return x;
    }
    return NULL;
}
static uint64_t used_by(const struct audit *a, int owner, int filer) {
    uint64_t n = 0;
    for (size_t i = 0; i < a->alerts.count; i++) n += !a->alerts.at[i]->ends && a->alerts.at[i]->kind != A_FOLDED && a->alerts.at[i]->owner == owner && a->alerts.at[i]->filer == filer;
    return n;
}
static uint64_t pair_most(const struct audit *a, int owner) {
    uint64_t most = a->alert_rows / (a->parties_most * a->parties_most), folds = a->parties.at[owner].operator_ ? 2 : 1;
    return most > folds ? most - folds : 0;
}

/* ---- what the told record says, against what its reader may know ---- */
static json_t *notice_side(const struct audit *a, const struct notice *n, int reader) {
    json_t *j = json_object();
    int ranks = notice_readable(a, n, reader);
    put_text(j, "kind", "notice");
    put_party(a, j, "party", n->party);
    put_entity(a, j, "id", n->party, n->id);
    if (!ranks) return j;
    const struct air_section *s = &n->section[narrowest(ranks)];
    if (*s->area) put_text(j, "area", s->area);
    put_text(j, "category", s->category);
    return j;
}
static json_t *flight_side(const struct audit *a, const struct flight *f, int reader, bool undisclosed) {
    json_t *j = json_object();
    int ranks = flight_readable(a, f, reader);
    put_text(j, "kind", "flight");
    put_party(a, j, "party", f->party);
    if (undisclosed || !ranks) return j;
    put_entity(a, j, "id", f->party, f->id);
    if (*f->section[narrowest(ranks)].callsign) put_text(j, "callsign", f->section[narrowest(ranks)].callsign);
    return j;
}
static json_t *track_side(const struct audit *a, const struct track *t) {
    json_t *j = json_object();
    put_text(j, "kind", "track");
    put_party(a, j, "party", t->party);
    put_text(j, "feed", t->feed->name);
    put_text(j, "identity", t->identity);
    if (*t->callsign) put_text(j, "callsign", t->callsign);
    if (t->twin == SECOND_TWIN) put_bool(j, "second", true);
    return j;
}
static void side_judge(struct audit *a, const struct alert *x, const json_t *told, const char *side, json_t *wanted) {
    char *text = json_dumps(wanted, JSON_COMPACT), *found = json_dumps(json_object_get(told, side), JSON_COMPACT);
    if (json_equal(wanted, json_object_get(told, side)) != 1)
        wrong(a, "alert", "%s/%s: '%s' may say %s; it says %s", a->parties.at[x->owner].name, x->id, side, text, found ? found : "nothing");
    free(text);
    free(found);
    json_decref(wanted);
}
static void sides_judge(struct audit *a, const struct alert *x, const json_t *told) {
    if (x->gone || x->kind == A_FOLDED) return;
    bool hidden = x->kind == A_FLIGHT_FLIGHT && !x->withheld && !flight_readable(a, x->other_flight, x->owner);
    bool ended = strcmp(text_of(told, "state"), "ended") == 0;
    const json_t *other = json_object_get(told, "other");
    /* Whether it was disclosed when it was last looked at cannot be seen once it has ended. */
    if (ended && x->kind == A_FLIGHT_FLIGHT && !json_object_get(other, "id")) hidden = true;
    side_judge(a, x, told, "own", x->own_flight ? flight_side(a, x->own_flight, x->owner, false) : track_side(a, x->own_track));
    side_judge(a, x, told, "other", x->notice ? notice_side(a, x->notice, x->owner) : x->other_flight ? flight_side(a, x->other_flight, x->owner, hidden) : track_side(a, x->other_track));
}
static void figures_judge(struct audit *a, const json_t *told) {
    int64_t entry = time_of(told, "entry", NEVER);
    double to_entry = json_number_value(json_object_get(told, "time_to_entry_s")), wanted = entry > a->time ? (double)(entry - a->time) / 1e9 : 0;
    if (entry == NEVER || fabs(to_entry - wanted) > 0.0021) wrong(a, "alert", "time_to_entry_s is %.3f; entry says %.3f", to_entry, wanted);
}

/* ---- which pair is it? ---- */
static struct flight *flight_named(const struct audit *a, const json_t *side) {
    char party[NAME], id[33];
    return entity_read(text_of(side, "id"), party, id) ? flight_find(a, party_find(a, party), id) : NULL;
}
static struct track *track_named(const struct audit *a, const json_t *side) {
    int party = party_find(a, text_of(side, "party"));
    struct feed *f = party == NOBODY ? NULL : feed_find(a, party, text_of(side, "feed"));
    struct track *t = f ? track_find(a, f, text_of(side, "identity")) : NULL;
    if (t && json_is_true(json_object_get(side, "second"))) t = t->other;
    for (size_t i = 0; !t && i < a->gone_tracks.count; i++)
        if (a->gone_tracks.at[i]->feed == f && strcmp(a->gone_tracks.at[i]->identity, text_of(side, "identity")) == 0) t = a->gone_tracks.at[i];
    return t;
}
/* When the last couple of what find_pair found is over. */
static int64_t until_of(const struct audit *a) {
    int64_t until = NEVER;
    for (size_t i = 0; i < a->near.count; i++) {
        const struct near *n = &a->near.at[i];
        until = larger(until, n->v->end < n->w->end ? n->v->end : n->w->end);
    }
    return until;
}
/* How well does this flight fit what is told of one that is named by its party alone? -1: not at all. */
enum { FITS = 6 };
static int hidden_fit(struct audit *a, const struct alert *x, struct flight *other) {
    struct pair p = pair_of(x);
    struct finding f;
    p.other_flight = other;
    if (other->party != x->filer || flight_readable(a, other, x->owner)) return -1;
    find_pair(a, &p, &f);
    if (f.meets == NO) return -1;
    return (f.entry_first != NEVER && llabs(f.entry_first - x->entry) < SECOND) * 4 + (llabs(until_of(a) - x->until) < SECOND) * 2 + (f.meets == YES);
}
/* The one that fits best, of no other alert; or of one of which it is a guess, too. */
static struct alert *guessed_of(const struct audit *a, const struct alert *x, const struct flight *f) {
    for (size_t i = 0; i < a->alerts.count; i++) {
        struct alert *y = a->alerts.at[i];
        if (y != x && !y->gone && !y->ends && y->kind == A_FLIGHT_FLIGHT && !y->withheld && y->owner == x->owner && y->own_flight == x->own_flight && y->other_flight == f) return y;
    }
    return NULL;
}
static struct flight *flight_hidden(struct audit *a, const struct alert *x, bool guessed, int *fit) {
    struct flight *best = NULL;
    *fit = -1;
    for (size_t i = 0; i < a->flights.count; i++) {
        const struct alert *y = guessed_of(a, x, a->flights.at[i]);
        if (y && !(guessed && y->hidden)) continue;
        int one = hidden_fit(a, x, a->flights.at[i]);
        if (one > *fit) best = a->flights.at[i], *fit = one;
    }
    return best;
}
/* A guess that cannot be, as what is told now or the time that has passed shows: it is another one, if one fits all that was told. */
static void guess_anew(struct audit *a, struct alert *x) {
    int fit;
    if (!x->hidden || x->gone || hidden_fit(a, x, x->other_flight) >= FITS) return;
    struct flight *other = flight_hidden(a, x, true, &fit);
    if (fit < FITS || other == x->other_flight) return;
    struct alert *y = guessed_of(a, x, other);
    if (y) y->other_flight = x->other_flight; /* the two change places */
    x->other_flight = other;
    x->high_at = x->met_at = x->no_at = NEVER; /* of that pair nobody has kept when it was so high, or met */
    a->figure[G_UNJUDGED]++;
}
static bool sides_find(struct audit *a, struct alert *x, const json_t *told) {
    const json_t *own = json_object_get(told, "own"), *other = json_object_get(told, "other");
    char party[NAME], id[33];
    int fit;
    if (x->kind == A_FOLDED) {
        x->filer = party_find(a, text_of(told, "by"));
        return x->filer != NOBODY;
    }
    if (x->kind == A_NOTICE_FLIGHT || x->kind == A_FLIGHT_FLIGHT) x->own_flight = flight_named(a, own);
    else x->own_track = track_named(a, own);
    if (x->kind <= A_NOTICE_TRACK) x->notice = entity_read(text_of(other, "id"), party, id) ? notice_find(a, party_find(a, party), id) : NULL;
    if (x->kind == A_TRACK_TRACK) x->other_track = track_named(a, other);
    x->hidden = x->kind == A_FLIGHT_FLIGHT && !*text_of(other, "id");
    x->filer = party_find(a, text_of(other, "party"));
    if (x->kind == A_FLIGHT_FLIGHT && x->own_flight) x->other_flight = *text_of(other, "id") ? flight_named(a, other) : flight_hidden(a, x, false, &fit);
    x->filer = x->notice ? x->notice->party : x->other_flight ? x->other_flight->party : x->other_track ? x->other_track->party : NOBODY;
    return (x->own_flight || x->own_track) && x->filer != NOBODY;
}

/* ---- following ---- */
static struct alert *alert_named(const struct audit *a, int owner, const char *id) {
    for (size_t i = 0; i < a->alerts.count; i++)
        if (a->alerts.at[i]->owner == owner && strcmp(a->alerts.at[i]->id, id) == 0) return a->alerts.at[i];
    return NULL;
}
static void alert_free(struct audit *a, struct alert *x) {
    dues_drop(a, NULL, x, NULL);
    give(a, x->owner, Q_ALERTS, 1);
    for (size_t i = 0; i < a->alerts.count; i++)
        if (a->alerts.at[i] == x) {
            DROP(a->alerts, i);
            break;
        }
    free(x);
}
static struct alert *alert_begins(struct audit *a, const struct record *r, const char *id) {
    struct party *p = &a->parties.at[r->party];
    struct alert *x = calloc(1, sizeof *x);
    char wanted[33];
    if (!x) abort();
    *x = (struct alert){.owner = r->party, .filer = NOBODY, .withheld = strcmp(text_of(r->told, "told"), "withheld") == 0, .kind = A_FOLDED, .high_at = a->time, .met_at = NEVER,
                        .maybe_at = a->time, .no_at = NEVER, .low_at = NEVER, .falls_at = NEVER, .owner_ok = true, .entry = time_of(r->told, "entry", NEVER), .until = time_of(r->told, "until", NEVER)};
    strcpy(x->id, id);
    for (int k = 0; k <= A_FOLDED; k++)
        if (strcmp(text_of(r->told, "kind"), kinds[k]) == 0) x->kind = (enum alert_kind)k;
    snprintf(wanted, sizeof wanted, "%032llx", (unsigned long long)++p->alerts_had);
    if (strcmp(id, wanted) != 0) { /* the owner's own count, so that it names nothing hidden */
        wrong(a, "alert", "%s's %llu. alert bears the number %s", p->name, (unsigned long long)p->alerts_had, id);
        p->alerts_had = strtoull(id + 16, NULL, 16);
    }
    if (!sides_find(a, x, r->told)) {
        char *text = json_dumps(r->told, JSON_COMPACT);
        wrong(a, "alert", "of what there is not: %s", text ? text : "");
        free(text);
        free(x);
        return NULL;
    }
    struct pair same_pair = pair_of(x);
    if (x->kind != A_FOLDED && alert_of(a, &same_pair)) wrong(a, "alert", "%s has one of this pair already", p->name);
    if (x->kind == A_FOLDED && folded_of(a, x->owner, x->filer, x->withheld)) wrong(a, "alert", "%s has a folded one of %s already", p->name, a->parties.at[x->filer].name);
    if (x->kind != A_FOLDED && used_by(a, x->owner, x->filer) >= pair_most(a, x->owner)) wrong(a, "alert", "beyond the budget of the pair %s, %s", p->name, a->parties.at[x->filer].name);
    if (x->kind == A_FOLDED && used_by(a, x->owner, x->filer) < pair_most(a, x->owner)) wrong(a, "alert", "folded, though the pair %s, %s has room", p->name, a->parties.at[x->filer].name);
    for (size_t i = 0; i < a->gone_tracks.count; i++) x->gone = x->gone || about(x, NULL, NULL, a->gone_tracks.at[i]);
    *ADD(a->alerts) = x;
    take(a, x->owner, Q_ALERTS, 1);
    return x;
}
static void due_opens(struct audit *a, struct alert *x, uint64_t place) {
    dues_drop(a, NULL, x, NULL);
    if (x->withheld || x->level < CAUTION || !due_room(a, x->owner, 1)) return;
    struct due *d = due_make(a, x->owner, x->owner, place, D_ALERT, x->level >= WARNING ? a->time + 60 * SECOND : NEVER);
    int ranks = x->notice ? notice_readable(a, x->notice, x->owner) : 0;
    d->alert = x;
    if (ranks) due_told(a, d, x->notice, narrowest(ranks));
}
/* Whose name was guessed and is now told: a guess among flights that fitted alike may have been another, a name is none. Not a flight of another alert. */
static void guess_ends(struct audit *a, struct alert *x, const json_t *told) {
    const json_t *other = json_object_get(told, "other");
    struct flight *f = x->hidden && *text_of(other, "id") ? flight_named(a, other) : NULL;
    for (size_t i = 0; f && i < a->alerts.count; i++) {
        struct alert *y = a->alerts.at[i];
        if (y == x || y->kind != A_FLIGHT_FLIGHT || y->owner != x->owner || y->own_flight != x->own_flight || y->other_flight != f) continue;
        if (!y->hidden) return;
        y->other_flight = x->other_flight; /* a guess too: the two change places */
    }
    if (!f) return;
    x->other_flight = f;
    x->hidden = false;
    x->high_at = a->time - a->settings.hysteresis; /* when it was last so high nobody can say */
}
static void alert_take(struct audit *a, struct record *r) {
    const struct party *p = &a->parties.at[r->party];
    const char *state = text_of(r->told, "state");
    char party[NAME] = "", id[33] = "";
    int level = NONE;
    r->matched = true;
    a->figure[G_ALERTS]++;
    entity_read(text_of(r->told, "alert"), party, id);
    if (strcmp(party, p->name) != 0) wrong(a, "alert", "of '%s' is told to %s", party, p->name);
    if (p->desks && strcmp(text_of(r->told, "desk"), p->desk[0]) != 0) wrong(a, "alert", "to desk '%s'", text_of(r->told, "desk"));
    while (level < IMMEDIATE && strcmp(text_of(r->told, "level"), levels[level]) != 0) level++;
    bool began = strcmp(state, "began") == 0;
    struct alert *x = alert_named(a, r->party, id);
    if (began && x) wrong(a, "alert", "%s/%s began twice", p->name, id);
    if (!began && !x) wrong(a, "alert", "%s/%s: '%s' of one that never began", p->name, id, state);
    if (began && !x) x = alert_begins(a, r, id);
    if (!x) return;
    if (began || x->told_order != a->order) x->was = began ? NONE : x->level; /* a step may put right what it told */
    x->level = level;
    x->told_order = a->order;
    x->entry = time_of(r->told, "entry", NEVER);
    x->until = time_of(r->told, "until", NEVER);
    x->closest = time_of(r->told, "closest", NEVER);
    x->metres = json_number_value(json_object_get(r->told, "distance_m"));
    x->margin = json_number_value(json_object_get(r->told, "margin_m"));
    x->ends = strcmp(state, "ended") == 0;
    x->folded = (uint32_t)json_number_value(json_object_get(r->told, "count"));
    if (x->kind == A_FOLDED && x->folded == 0 && !x->ends) wrong(a, "alert", "folded, and of none");
    if (x->kind != A_FOLDED) figures_judge(a, r->told);
    guess_ends(a, x, r->told);
    if (!x->ends) guess_anew(a, x);
    sides_judge(a, x, r->told);
    if (x->ends) dues_drop(a, NULL, x, NULL);
    else due_opens(a, x, r->seq);
}
void alerts_take(struct audit *a) {
    for (size_t i = 1; i < a->group.count; i++) {
        struct record *r = &a->group.at[i];
        if (!r->told || (strcmp(text_of(r->told, "told"), "alert") != 0 && strcmp(text_of(r->told, "told"), "withheld") != 0)) continue;
        if (r->party >= (int)a->parties.count) continue;
        if (strcmp(text_of(r->told, "told"), "withheld") == 0 && !a->parties.at[r->party].operator_) wrong(a, "alert", "what is withheld is told to %s", a->parties.at[r->party].name);
        alert_take(a, r);
    }
}

/* ---- judging a pair ---- */
static const char *pair_name(const struct audit *a, const struct pair *p, char out[300]) {
    snprintf(out, 300, "%s %s for %s: %s%s with %s%s", p->withheld ? "withheld" : "", kinds[p->kind], a->parties.at[p->owner].name,
             p->flight ? "flight " : "track ", p->flight ? p->flight->id : p->track->identity, p->notice ? "notice " : p->other_flight ? "flight " : "track ",
             p->notice ? p->notice->id : p->other_flight ? p->other_flight->id : p->other_track->identity);
    return out;
}
/* Not met: is it within the hold, so that the alert stays as it is? */
static enum answer held(struct audit *a, const struct pair *p) {
    struct pair wider = *p;
    struct finding f;
    if (!p->track || p->withheld) return NO;
    if (p->track->anchored == a->time || (p->other_track && p->other_track->anchored == a->time)) return EITHER; /* the tube is of this very step: the alert may have ended before it was made */
    wider.wider = true;
    find_pair(a, &wider, &f);
    return f.unsure ? EITHER : f.meets;
}
/* Or does it stand until it is looked at? Two flights that were told of each other on a shared feed, which has lost one: nothing of theirs has changed, and they meet still. */
static bool lingers(struct audit *a, const struct pair *p) {
    struct pair wider = *p;
    struct finding f;
    if (p->kind != A_FLIGHT_FLIGHT || p->withheld) return held(a, p) != NO;
    wider.wider = true;
    find_pair(a, &wider, &f);
    return f.meets != NO;
}
/* Was it looked at while a side was still where it had been? Both of this very frame, or of a change of settings; or its path was taken anew behind the deadlines of this step. */
static bool retaken(const struct audit *a, const struct track *t) { return t && t->retaken == a->order && a->order > 0; }
static bool elsewhere(const struct audit *a, const struct pair *p) {
    bool fresh = p->track && p->track->anchored == a->time, both = fresh && p->other_track && p->other_track->anchored == a->time;
    return both || (fresh && a->dirty_all) || retaken(a, p->track) || retaken(a, p->other_track);
}
static void told_end(struct audit *a, struct alert *x, const struct pair *p, const struct finding *f) {
    char name[300];
    bool over = (x->notice && !notice_hazardous(x->notice)) || (x->own_flight && !flight_stands(x->own_flight)) || (x->other_flight && !flight_stands(x->other_flight));
    if (over || (x->hidden && a->continues > 0)) return; /* of flights that fit alike, found one after the other, it may be another */
    bool was_elsewhere = elsewhere(a, p); /* it may begin again behind it */
    if (f->meets == YES && !was_elsewhere) wrong(a, "alert", "ended while the conflict goes on: %s", pair_name(a, p, name));
    else if (f->meets == NO && held(a, p) == YES) wrong(a, "alert", "ended within its hold: %s", pair_name(a, p, name));
    else if ((f->meets == NO || was_elsewhere) && x->met_at != NEVER && a->time - x->met_at < a->settings.hysteresis) wrong(a, "alert", "ended after less than the hysteresis: %s", pair_name(a, p, name));
}
static int filer_of(const struct pair *p) { return p->notice ? p->notice->party : p->other_flight ? p->other_flight->party : p->other_track->party; }
/* ---- what was due and not told ---- */
static bool pairs_equal(const struct pair *x, const struct pair *y) {
    return x->kind == y->kind && x->owner == y->owner && x->withheld == y->withheld && x->notice == y->notice && x->flight == y->flight && x->other_flight == y->other_flight &&
           x->track == y->track && x->other_track == y->other_track;
}
static void late_add(struct audit *a, const struct pair *p, bool level, const char *words) {
    for (size_t i = 0; i < a->late.count; i++)
        if (a->late.at[i].level == level && pairs_equal(&a->late.at[i].pair, p)) return;
    struct late *l = ADD(a->late);
    *l = (struct late){.pair = *p, .level = level, .swept = a->dirty_all || a->swept || a->counted_anew, .order = a->order, .words = strdup(words)};
    if (!l->words) abort();
}
/* The pair is judged anew. */
static void late_drop(struct audit *a, const struct pair *p) {
    for (size_t i = a->late.count; i-- > 0;) {
        if (!pairs_equal(&a->late.at[i].pair, p)) continue;
        free(a->late.at[i].words);
        DROP(a->late, i);
    }
}
void late_clear(struct audit *a) {
    for (size_t i = 0; i < a->late.count; i++) free(a->late.at[i].words);
    a->late.count = 0;
}
static bool folded_away(const struct audit *a, const struct pair *p) {
    return folded_of(a, p->owner, filer_of(p), p->withheld) || used_by(a, p->owner, filer_of(p)) >= pair_most(a, p->owner);
}
static bool pair_over(const struct pair *p) {
    return (p->notice && !notice_hazardous(p->notice)) || (p->flight && !flight_stands(p->flight)) || (p->other_flight && !flight_stands(p->other_flight));
}
/* Is it due still? */
static bool is_due(struct audit *a, const struct pair *p) {
    const struct alert *x = alert_of(a, p);
    struct finding f;
    find_pair(a, p, &f);
    if (f.meets != YES || f.unsure || a->crowded) return false;
    if (!x) return !folded_away(a, p);
    return x->level < least_level_at(a, &f, a->tick_time) && !x->withheld; /* what has become due since the last tick, the next will tell */
}
/* ---- a jump: what was due where the track was is told with the report that takes it away, or never ---- */
static bool left_now(const struct audit *a, const struct track *t) { return t && t->left_behind.order == a->order && a->order > 0; }
static void back_and_forth(const struct audit *a, struct track *t) {
    if (!left_now(a, t)) return;
    struct motion last = t->last, anchor = t->anchor;
    struct volume tube = t->tube;
    bool circle = t->circle;
    int64_t anchored = t->anchored;
    t->last = t->left_behind.last;
    t->anchor = t->left_behind.anchor;
    t->tube = t->left_behind.tube;
    t->circle = t->left_behind.circle;
    t->anchored = t->left_behind.anchored;
    t->left_behind.last = last;
    t->left_behind.anchor = anchor;
    t->left_behind.tube = tube;
    t->left_behind.circle = circle;
    t->left_behind.anchored = anchored;
}
/* Of the pair as it was before this report. False: neither track has jumped with it. Where both moved in one frame, one was elsewhere already when the other went: unsure. */
static bool find_left(struct audit *a, const struct pair *p, struct finding *f) {
    bool one = left_now(a, p->track), two = left_now(a, p->other_track);
    if (!one && !two) return false;
    back_and_forth(a, p->track);
    back_and_forth(a, p->other_track);
    find_pair(a, p, f);
    back_and_forth(a, p->track);
    back_and_forth(a, p->other_track);
    bool both = p->other_track && p->track->anchored == a->time && p->other_track->anchored == a->time;
    f->unsure = f->unsure || both || (one && p->track->left_behind.unsure) || (two && p->other_track->left_behind.unsure);
    return true;
}
static void left_judge(struct audit *a) {
    for (size_t i = a->late.count; i-- > 0;) {
        const struct late *l = &a->late.at[i];
        struct finding f;
        if (l->level || !find_left(a, &l->pair, &f)) continue;
        if (f.meets == YES && !f.unsure && !l->swept && !a->crowded && !alert_of(a, &l->pair) && !folded_away(a, &l->pair))
            wrong(a, "conflict", "%s (since order %llu; a jump takes it away)", l->words, (unsigned long long)l->order);
        free(a->late.at[i].words);
        DROP(a->late, i);
    }
}

/* While something is left it may be told yet. When nothing is, all must have been; and where nobody ever said that something is left, it was due
 * with its statement. */
void late_judge(struct audit *a, bool continued) {
    bool anew = continued || a->behind;
    for (size_t i = 0; i < a->late.count; i++) {
        const struct late *l = &a->late.at[i];
        if ((!anew && !pair_over(&l->pair)) || is_due(a, &l->pair)) wrong(a, l->level ? "level" : "conflict", "%s (since order %llu; nothing is left)", l->words, (unsigned long long)l->order);
    }
    late_clear(a);
    for (size_t i = 0; anew && i < a->alerts.count; i++) /* that it met no more may have been seen only now */
        if (a->alerts.at[i]->no_at != NEVER) a->alerts.at[i]->no_at = a->time;
    a->behind = false;
}
static void told_now(struct audit *a, struct alert *x, const struct pair *p, const struct finding *f) {
    char name[300];
    int least = least_level(a, f), most = most_level(a, f);
    bool jumped = left_now(a, p->track) || left_now(a, p->other_track);
    bool fresh = p->track && p->track->anchored == a->time, was_elsewhere = elsewhere(a, p);
    bool both = was_elsewhere && p->other_track && !retaken(a, p->track) && !retaken(a, p->other_track) && !a->dirty_all;
    /* Its fall was due, and waited: by now it may have been as high again. */
    bool late = a->behind && x->falls_at != NEVER && a->time >= x->falls_at;
    struct finding left;
    if (was_elsewhere) most = x->level;
    if (jumped && find_left(a, p, &left) && (left.unsure || most_level(a, &left) > most)) most = left.unsure ? x->level : most_level(a, &left);
    if (x->was == NONE && f->meets == NO && most == NONE) wrong(a, "alert", "there is no conflict: %s", pair_name(a, p, name));
    else if (x->level > most && x->level > x->was) wrong(a, "level", "%s; at most %s: %s", levels[x->level], levels[most], pair_name(a, p, name));
    else if (x->level < least) { /* it may have been looked at before the rest of its step, and be looked at again */
        char words[400];
        snprintf(words, sizeof words, "%s; at least %s: %s", levels[x->level], levels[least], pair_name(a, p, name));
        late_add(a, p, true, words);
    } else if (x->level < x->was && !late && x->high_at != NEVER && a->time - x->high_at < a->settings.hysteresis)
        wrong(a, "level", "falls to %s after less than the hysteresis: %s", levels[x->level], pair_name(a, p, name));
    /* A figure of a section that its reader may not read would be another. */
    else if (!x->withheld && f->likely && !fresh && !was_elsewhere && !jumped && (x->entry < f->entry_first - SECOND || (f->entry_last != NEVER && x->entry > f->entry_last + SECOND)))
        wrong(a, "entry", "is told as of another moment: %s", pair_name(a, p, name));
    else if (x->hidden && a->continues > 0) a->figure[G_UNJUDGED]++; /* which flight it is was guessed among several that were found one after the other */
    else if (f->meets != NO && !jumped && (!was_elsewhere || (both && !p->track->again && !p->other_track->again))) distance_judge(a, x, p, pair_name(a, p, name));
    a->figure[G_LEVELS]++;
}
static void silence_judge(struct audit *a, const struct pair *p, const struct finding *f) {
    char name[300], words[400];
    if (f->meets != YES) {
        a->figure[G_EITHER] += f->meets == EITHER;
        return;
    }
    if (a->crowded || folded_away(a, p)) return;
    snprintf(words, sizeof words, "is not told: %s", pair_name(a, p, name));
    late_add(a, p, false, words);
}
/* When it falls by what is found now, if nobody looks again before; while deadlines wait, nobody may. Where everything is looked at anew, it may have been looked at now, or not. */
static void falls(const struct audit *a, struct alert *x, const struct finding *f, enum answer looked) {
    bool lower = least_level(a, f) < x->level;
    if (looked == NO) return;
    if (looked == YES) x->falls_at = NEVER;
    if (looked == YES && !lower) x->low_at = NEVER;
    if (!lower) return;
    if (x->low_at == NEVER) x->low_at = a->time;
    int64_t at = x->low_at + a->settings.hysteresis;
    if (least_level_at(a, f, at) < x->level) x->falls_at = at;
}
static void pair_judge(struct audit *a, const struct pair *p, bool fresh) {
    struct finding f;
    if (a->counted_anew && (p->owner != a->counted_owner || p->withheld != a->counted_withheld || filer_of(p) != a->counted_filer)) return;
    struct alert *x = alert_of(a, p);
    if (!x && !fresh) return;
    late_drop(a, p);
    find_pair(a, p, &f);
    if (f.unsure) {
        a->figure[G_EITHER]++;
        if (x) x->high_at = NEVER, x->met_at = NEVER, x->maybe_at = a->time, x->no_at = NEVER;
        return;
    }
    if (!x) {
        silence_judge(a, p, &f);
        return;
    }
    bool now = x->told_order == a->order && x->judged_order != a->order;
    if (now) told_now(a, x, p, &f);
    else if (x->level < least_level_at(a, &f, a->dirty_all ? a->tick_time : a->time) && !x->withheld && !a->crowded && !a->counted_anew) {
        /* Where everything is looked at anew (settings, agreements), that time has passed is no matter of those whom it does not concern: ticks say so. */
        char name[300], words[400];
        snprintf(words, sizeof words, "stands at %s; at least %s: %s", levels[x->level], levels[least_level(a, &f)], pair_name(a, p, name));
        late_add(a, p, true, words);
    }
    x->judged_order = a->order;
    a->figure[G_MEETING] += f.meets == YES;
    falls(a, x, &f, (fresh && !a->dirty_all) || x->told_order == a->order || !a->behind ? YES : fresh ? EITHER : NO);
    if (f.meets == YES) x->met_at = a->time;
    if (f.meets != NO) x->maybe_at = a->time;
    x->no_at = f.meets != NO || lingers(a, p) ? NEVER : x->no_at == NEVER ? a->time : x->no_at;
    if (least_level(a, &f) >= x->level) x->high_at = a->time;
}

/* ---- all pairs of what was touched ---- */
static void with_owners(struct audit *a, struct pair p, int only) {
    int owner[256];
    bool unsure;
    int count = track_owners(a, p.track, owner, &unsure);
    for (size_t i = 0; i < a->alerts.count; i++) { /* those who were told before, too */
        const struct alert *x = a->alerts.at[i];
        bool there = x->withheld || x->kind != p.kind || x->own_track != p.track || x->notice != p.notice || x->other_track != p.other_track || x->gone;
        for (int k = 0; k < count; k++) there = there || owner[k] == x->owner;
        if (!there && count < 256) owner[count++] = x->owner;
    }
    for (size_t i = 0; i < a->late.count; i++) { /* and those who were to be */
        const struct pair *l = &a->late.at[i].pair;
        bool there = l->withheld || l->kind != p.kind || l->track != p.track || l->notice != p.notice || l->other_track != p.other_track;
        for (int k = 0; k < count; k++) there = there || owner[k] == l->owner;
        if (!there && count < 256) owner[count++] = l->owner;
    }
    for (int i = 0; i < count; i++) {
        p.owner = owner[i];
        if (only == NOBODY || only == p.owner) pair_judge(a, &p, true);
    }
}
static void notice_pairs(struct audit *a, struct notice *n) {
    for (size_t i = 0; i < a->flights.count; i++) {
        struct pair p = {.kind = A_NOTICE_FLIGHT, .owner = a->flights.at[i]->party, .notice = n, .flight = a->flights.at[i]};
        pair_judge(a, &p, true);
    }
    for (size_t i = 0; i < a->tracks.count; i++) with_owners(a, (struct pair){.kind = A_NOTICE_TRACK, .notice = n, .track = a->tracks.at[i]}, NOBODY);
}
static void flights_judge(struct audit *a, struct flight *x, struct flight *y) {
    struct pair one = {.kind = A_FLIGHT_FLIGHT, .owner = y->party, .flight = y, .other_flight = x}, two = {.kind = A_FLIGHT_FLIGHT, .owner = x->party, .flight = x, .other_flight = y};
    struct flight *older = x->serial < y->serial ? x : y, *younger = older == x ? y : x;
    struct pair withheld = {.kind = A_FLIGHT_FLIGHT, .owner = operator_of(a), .flight = younger, .other_flight = older, .withheld = true};
    pair_judge(a, &one, true);
    pair_judge(a, &two, true);
    pair_judge(a, &withheld, true);
}
static void flight_pairs(struct audit *a, struct flight *f) {
    for (size_t i = 0; i < a->notices.count; i++) {
        struct pair p = {.kind = A_NOTICE_FLIGHT, .owner = f->party, .notice = a->notices.at[i], .flight = f};
        pair_judge(a, &p, true);
    }
    for (size_t i = 0; i < a->flights.count; i++)
        if (a->flights.at[i] != f) flights_judge(a, a->flights.at[i], f);
}
static void tracks_judge(struct audit *a, struct track *x, struct track *y, int only) {
    struct track *older = x->serial < y->serial ? x : y, *younger = older == x ? y : x;
    struct pair withheld = {.kind = A_TRACK_TRACK, .owner = operator_of(a), .track = younger, .other_track = older, .withheld = true};
    with_owners(a, (struct pair){.kind = A_TRACK_TRACK, .other_track = x, .track = y}, only);
    with_owners(a, (struct pair){.kind = A_TRACK_TRACK, .other_track = y, .track = x}, only);
    if (only == NOBODY || only == withheld.owner) pair_judge(a, &withheld, true);
}
static void track_pairs(struct audit *a, struct track *t, int only) {
    for (size_t i = 0; i < a->notices.count; i++) with_owners(a, (struct pair){.kind = A_NOTICE_TRACK, .notice = a->notices.at[i], .track = t}, only);
    for (size_t i = 0; i < a->tracks.count; i++) {
        if (a->tracks.at[i] != t) tracks_judge(a, a->tracks.at[i], t, only);
    }
}
static void everything(struct audit *a) {
    for (size_t i = 0; i < a->notices.count; i++) notice_pairs(a, a->notices.at[i]);
    for (size_t i = 0; i < a->flights.count; i++)
        for (size_t k = 0; k < i; k++) flights_judge(a, a->flights.at[k], a->flights.at[i]);
    for (size_t i = 0; i < a->tracks.count; i++)
        for (size_t k = 0; k < i; k++) tracks_judge(a, a->tracks.at[k], a->tracks.at[i], NOBODY);
}

/* ---- those that stand: as high as they must be, and not for ever ---- */
static bool over(const struct alert *x) {
    return x->gone || (x->notice && !notice_hazardous(x->notice)) || (x->own_flight && !flight_stands(x->own_flight)) || (x->other_flight && !flight_stands(x->other_flight));
}
static void standing_judge(struct audit *a, struct alert *x, bool tick) {
    char name[300];
    if (x->kind == A_FOLDED) return;
    if (over(x) && x->hidden && a->continues > 0 && !x->ends && x->own_flight && flight_stands(x->own_flight)) { /* of several that fitted it was another one */
        int fit;
        struct flight *f = flight_hidden(a, x, false, &fit);
        if (f) x->other_flight = f;
        a->figure[G_UNJUDGED]++;
        return;
    }
    if (over(x)) {
        if (!x->ends) wrong(a, "alert", "%s/%s stands though what it is of is over", a->parties.at[x->owner].name, x->id);
        x->ends = true;
        return;
    }
    struct pair p = pair_of(x);
    if (x->ends) {
        struct finding f;
        find_pair(a, &p, &f);
        if (!f.unsure && !alert_of(a, &p)) told_end(a, x, &p, &f); /* else it began again in this very step */
        return;
    }
    if (tick || x->told_order == a->order) pair_judge(a, &p, false);
    int64_t slack = a->settings.hysteresis + (x->own_track ? a->settings.lookahead + 2 * a->settings.tube_hold + 60 * SECOND : 0);
    if (tick && !a->behind && !x->ends && x->no_at != NEVER && a->time - x->no_at > slack) guess_anew(a, x);
    if (tick && !a->behind && !x->ends && x->no_at != NEVER && a->time - x->no_at > slack) {
        wrong(a, "alert", "stands long after its conflict: %s", pair_name(a, &p, name));
        x->no_at = a->time;
    }
}
void alerts_judge(struct audit *a, bool tick) {
    for (size_t i = a->alerts.count; i-- > 0;) {
        struct alert *x = a->alerts.at[i];
        if (x->kind != A_FOLDED || !x->ends) continue;
        a->counted_owner = x->owner;
        a->counted_filer = x->filer;
        a->counted_withheld = x->withheld;
        alert_free(a, x);
        a->counted_anew = !a->dirty_all;
        if (a->counted_anew) everything(a); /* what it stood for must be told now */
        a->counted_anew = false;
    }
    left_judge(a);
    if (a->dirty_all) everything(a);
    for (size_t i = 0; !a->dirty_all && i < a->dirty.count; i++) {
        const struct dirty *d = &a->dirty.at[i];
        if (d->notice) notice_pairs(a, d->notice);
        if (d->flight && !d->shared) flight_pairs(a, d->flight);
        for (size_t k = 0; d->shared && k < a->flights.count; k++)
            if (a->flights.at[k] != d->flight && on_shared_feed(a, d->flight, a->flights.at[k])) flights_judge(a, a->flights.at[k], d->flight);
        if (d->track) track_pairs(a, d->track, d->only);
    }
    for (size_t i = 0; i < a->alerts.count; i++) standing_judge(a, a->alerts.at[i], tick);
    for (size_t i = a->alerts.count; i-- > 0;)
        if (a->alerts.at[i]->ends) alert_free(a, a->alerts.at[i]);
}
