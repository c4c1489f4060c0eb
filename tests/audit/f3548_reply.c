/* Replies of F3548: what is shown of an entity and to whom, who is told, what a key lacks. */
#include <math.h>
#include <stdlib.h>

#include "bridge.h"

static const char *const states[] = {"Accepted", "Activated", "Nonconforming", "Contingent"}, *const availabilities[] = {"Unknown", "Normal", "Down"};
/* What FORMAT.md bars from texts stands in a reply as U+FFFD: beyond ASCII either text passes. */
bool f_same_text(const char *shown, const char *is) {
    for (const char *c = is; *c; c++)
        if ((unsigned char)*c >= 0x80 || (unsigned char)*c < 0x20) return true;
    return strcmp(shown, is) == 0;
}
static bool moment_is(const json_t *shown, const char *name, bool has, int64_t t) {
    const json_t *m = json_object_get(shown, name);
    int64_t is;
    if (!has) return m == NULL;
    return strcmp(text_of(m, "format"), "RFC3339") == 0 && time_read(text_of(m, "value"), &is) && is == t;
}
static bool number_is(const json_t *shown, const char *name, double n, double within) {
    const json_t *j = json_object_get(shown, name);
    return json_is_number(j) && fabs(json_number_value(j) - n) <= within;
}
static bool flag_is(const json_t *shown, const char *name, bool is) {
    const json_t *j = json_object_get(shown, name);
    return json_is_boolean(j) && json_is_true(j) == is;
}

/* ---- entities ---- */
void f_ref_judge(struct audit *a, const struct f_ref *r, const char *viewer, const json_t *shown) {
    const struct f_stated *s = r->constraint ? NULL : f_stated_find(a, r->manager);
    bool own = strcmp(r->manager, viewer) == 0;
    const char *what = NULL;
    if (strcmp(text_of(shown, "id"), r->id) != 0) what = "id";
    else if (!f_same_text(text_of(shown, "manager"), r->manager)) what = "manager";
    else if (strcmp(text_of(shown, "uss_availability"), availabilities[s ? s->availability : 0]) != 0) what = "uss_availability";
    else if (!number_is(shown, "version", r->version, 0)) what = "version";
    else if (!r->constraint && strcmp(text_of(shown, "state"), states[r->state]) != 0) what = "state";
    else if (strcmp(text_of(shown, "ovn"), own ? r->ovn : "Available from USS") != 0) what = "ovn";
    else if (!moment_is(shown, "time_start", r->where.has_start, r->where.start) || !moment_is(shown, "time_end", r->where.has_end, r->where.end)) what = "times";
    else if (strcmp(text_of(shown, "uss_base_url"), r->url) != 0) what = "uss_base_url";
    else if (!r->constraint && strcmp(text_of(shown, "subscription_id"), *r->sub ? r->sub : F_NONE) != 0) what = "subscription_id";
    if (what) wrong(a, "dss", "%s of %s is shown as it is not", what, r->id);
}
static int by_text(const void *x, const void *y) { return strcmp(*(const char *const *)x, *(const char *const *)y); }
static bool dependents_are(const struct audit *a, const struct f_sub *s, const json_t *list) {
    const struct f3548 *f = a->f3548;
    size_t n = 0, good = 0;
    const char **ids = malloc((f->refs.count + 1) * sizeof *ids);
    if (!ids) abort();
    for (size_t i = 0; i < f->refs.count; i++)
        if (strcmp(f->refs.at[i].sub, s->id) == 0) ids[n++] = f->refs.at[i].id;
    qsort(ids, n, sizeof *ids, by_text);
    for (size_t i = 0; i < n; i++) {
        const char *shown = json_string_value(json_array_get(list, i));
        good += shown && strcmp(shown, ids[i]) == 0;
    }
    free(ids);
    return json_is_array(list) && json_array_size(list) == n && good == n;
}
void f_sub_judge(struct audit *a, const struct f_sub *s, const json_t *shown) {
    const char *what = NULL;
    if (strcmp(text_of(shown, "id"), s->id) != 0) what = "id";
    else if (strcmp(text_of(shown, "version"), s->version) != 0) what = "version";
    else if (!number_is(shown, "notification_index", s->index, 0)) what = "notification_index";
    else if (!moment_is(shown, "time_start", s->where.has_start, s->where.start) || !moment_is(shown, "time_end", s->where.has_end, s->where.end)) what = "times";
    else if (strcmp(text_of(shown, "uss_base_url"), s->url) != 0) what = "uss_base_url";
    else if (!flag_is(shown, "notify_for_operational_intents", s->for_intents) || !flag_is(shown, "notify_for_constraints", s->for_constraints)) what = "flags";
    else if (!flag_is(shown, "implicit_subscription", s->implicit)) what = "implicit_subscription";
    else if (!dependents_are(a, s, json_object_get(shown, "dependent_operational_intents"))) what = "dependent_operational_intents";
    if (what) wrong(a, "dss", "%s of subscription %s is shown as it is not", what, s->id);
}
static const json_t *entry_of(const json_t *list, const char *id) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i), "id"), id) == 0) return json_array_get(list, i);
    return NULL;
}
static bool ascends(const json_t *list) {
    for (size_t i = 1; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i - 1), "id"), text_of(json_array_get(list, i), "id")) >= 0) return false;
    return true;
}
/* What a subscription's writer is shown: all that meets it in area and time, of what it asks to be told of. */
static void found_judge_kind(struct audit *a, const struct f_call *x, const struct f_sub *s, bool constraint, bool asked, const json_t *list) {
    size_t met = 0;
    if (!asked) {
        if (list) wrong(a, "dss", "%s are shown that were not asked for", constraint ? "constraints" : "operational intents");
        return;
    }
    if (!json_is_array(list) || !ascends(list)) wrong(a, "dss", "what a subscription is shown is no list by ids");
    for (size_t i = 0; i < a->f3548->refs.count; i++) {
        const struct f_ref *r = &a->f3548->refs.at[i];
        if (r->constraint != constraint) continue;
        enum answer must = f_meet(&r->where, &s->where, false);
        const json_t *shown = entry_of(list, r->id);
        a->figure[G_EITHER] += must == EITHER;
        if ((must == YES && !shown) || (must == NO && shown)) wrong(a, "dss", "%s is %s subscription %s", r->id, shown ? "shown elsewhere to" : "not shown to", s->id);
        met += shown != NULL;
        if (shown) f_ref_judge(a, r, x->sub, shown);
    }
    met += bridge_listed(a, constraint, &s->where, false, NULL, list);
    if (met != json_array_size(list)) wrong(a, "dss", "subscription %s is shown what is not there", s->id);
}
void f_found_judge(struct audit *a, const struct f_call *x, const struct f_sub *s, const json_t *reply) {
    found_judge_kind(a, x, s, false, s->for_intents, json_object_get(reply, "operational_intent_references"));
    found_judge_kind(a, x, s, true, s->for_constraints, json_object_get(reply, "constraint_references"));
}

/* ---- what a key lacks ---- */
static bool key_names(const struct f_call *x, const char *ovn) {
    const json_t *e;
    size_t i;
    json_array_foreach(json_object_get(x->body, "key"), i, e) if (json_is_string(e) && strcmp(json_string_value(e), ovn) == 0) return true;
    return false;
}
enum answer f_lacks(const struct audit *a, const struct f_call *x, const struct f_ref *e) {
    const struct f_stated *s = f_stated_find(a, e->manager);
    if (!e->constraint && (strcmp(e->id, x->id) == 0 || (e->state == F_ACCEPTED && s && s->availability == 2))) return NO;
    return key_names(x, e->ovn) ? NO : f_meet(&x->where, &e->where, true);
}
/* Since when and how long both meet; between which heights only to its manager, and to whoever may ask that one for details. */
static void conflict_judge(struct audit *a, const struct f_call *x, const struct f_ref *e, const json_t *shown) {
    int64_t from = e->where.start > x->where.start ? e->where.start : x->where.start, to = e->where.end < x->where.end ? e->where.end : x->where.end, told = NEVER;
    int64_t low = e->where.has_lower && e->where.lower > x->where.lower ? e->where.lower : x->where.lower, high = e->where.has_upper && e->where.upper < x->where.upper ? e->where.upper : x->where.upper;
    bool open = strcmp(e->manager, x->sub) == 0 || (x->scopes & (e->constraint ? SC_PROCESSING : SC_STRATEGIC));
    bool good = strcmp(text_of(shown, "kind"), e->constraint ? "constraint" : "operational_intent") == 0 && f_same_text(text_of(shown, "manager"), e->manager) &&
                time_read(text_of(shown, "overlap_from"), &told) && told == from && number_is(shown, "overlap_s", (double)(to - from) / 1e9, 1e-5);
    if (!good) wrong(a, "dss", "the conflict with %s is told as it is not", e->id);
    if (open ? !number_is(shown, "overlap_lower_m", (double)low / 100, 0.001) || !number_is(shown, "overlap_height_m", (double)(high - low) / 100, 0.001) : json_object_size(shown) != 5)
        wrong(a, "dss", "the heights of the conflict with %s are %s", e->id, open ? "others" : "not for whom they are told to");
}
static void missing_judge_kind(struct audit *a, const struct f_call *x, bool constraint, const json_t *list, const json_t *conflicts) {
    size_t met = 0;
    if (json_array_size(list) >= 1000) return; /* the first of more */
    if (list && json_array_size(list) == 0) wrong(a, "dss", "a list of what is missing that names nothing");
    if (!ascends(list)) wrong(a, "dss", "what is missing is not in order");
    for (size_t i = 0; i < a->f3548->refs.count; i++) {
        const struct f_ref *e = &a->f3548->refs.at[i];
        if (e->constraint != constraint) continue;
        enum answer must = f_lacks(a, x, e);
        const json_t *shown = entry_of(list, e->id), *conflict = entry_of(conflicts, e->id);
        if ((must == YES && !shown) || (must == NO && shown)) wrong(a, "dss", "the key of %s %s %s", x->id, shown ? "does not lack" : "lacks", e->id);
        met += shown != NULL;
        if (!shown) continue;
        f_ref_judge(a, e, x->sub, shown);
        if (!conflict) wrong(a, "dss", "no word of how %s is met", e->id);
        else conflict_judge(a, x, e, conflict);
    }
    met += bridge_listed(a, constraint, &x->where, true, x, list);
    if (met != json_array_size(list)) wrong(a, "dss", "the key lacks what is not there");
}
void f_missing_judge(struct audit *a, const struct f_call *x, bool constraints, const json_t *reply) {
    const json_t *intents = json_object_get(reply, "missing_operational_intents"), *zones = json_object_get(reply, "missing_constraints"), *conflicts = json_object_get(reply, "conflicts");
    a->figure[G_MISSING]++;
    missing_judge_kind(a, x, false, intents, conflicts);
    if (constraints) missing_judge_kind(a, x, true, zones, conflicts);
    else if (zones) wrong(a, "dss", "constraints are missing where none were to be named");
    if (json_array_size(intents) + json_array_size(zones) != json_array_size(conflicts)) wrong(a, "dss", "other conflicts than what is missing");
}

/* ---- who is told ---- */
static bool told_of(const json_t *subscribers, const struct f_sub *s, double *index) {
    bool found = false;
    for (size_t i = 0; i < json_array_size(subscribers); i++) {
        const json_t *entry = json_array_get(subscribers, i), *list = json_object_get(entry, "subscriptions");
        for (size_t k = 0; strcmp(text_of(entry, "uss_base_url"), s->url) == 0 && k < json_array_size(list); k++) {
            if (strcmp(text_of(json_array_get(list, k), "subscription_id"), s->id) != 0) continue;
            if (found) return *index = -1, true; /* twice */
            found = true;
            *index = json_number_value(json_object_get(json_array_get(list, k), "notification_index"));
        }
    }
    return found;
}
static size_t listed(struct audit *a, const json_t *subscribers) {
    size_t n = 0;
    if (!json_is_array(subscribers)) wrong(a, "dss", "no list of subscribers");
    for (size_t i = 0; i < json_array_size(subscribers); i++) {
        const json_t *entry = json_array_get(subscribers, i), *list = json_object_get(entry, "subscriptions");
        if (i > 0 && strcmp(text_of(json_array_get(subscribers, i - 1), "uss_base_url"), text_of(entry, "uss_base_url")) >= 0) wrong(a, "dss", "subscribers are not in order of URLs, one for each");
        if (json_array_size(list) == 0) wrong(a, "dss", "a URL without subscriptions");
        for (size_t k = 1; k < json_array_size(list); k++)
            if (strcmp(text_of(json_array_get(list, k - 1), "subscription_id"), text_of(json_array_get(list, k), "subscription_id")) >= 0) wrong(a, "dss", "subscriptions of one URL are not in order");
        n += json_array_size(list);
    }
    return n;
}
static enum answer must_be_told(const struct f_telling *t, const struct f_place *all, const struct f_sub *s) {
    if (!(t->constraint ? s->for_constraints : s->for_intents) || strcmp(s->id, t->goes) == 0 || !f_times_meet(&s->where, all)) return strcmp(s->id, t->known) == 0 && t->is && s->for_intents ? YES : NO;
    if (strcmp(s->id, t->known) == 0) return YES;
    enum answer is = f_meet(&s->where, all, false);
    return is == NO && t->heavy ? EITHER : is;
}
void f_told_judge(struct audit *a, const struct f_telling *t, const json_t *subscribers) {
    struct f_place all = *(t->is ? t->is : t->was);
    size_t met = 0, all_listed = listed(a, subscribers);
    all.shapes = (struct volumes){0};
    for (int side = 0; side < 2; side++) { /* footprints of both, borrowed */
        const struct f_place *p = side ? t->is : t->was;
        for (size_t i = 0; p && i < p->shapes.count; i++) *ADD(all.shapes) = p->shapes.at[i];
        if (p) f_bounds_merge(&all, p), all.unsure = all.unsure || p->unsure;
    }
    for (size_t i = 0; i < a->f3548->subs.count; i++) {
        struct f_sub *s = &a->f3548->subs.at[i];
        double index = -1;
        enum answer must = must_be_told(t, &all, s);
        bool told = told_of(subscribers, s, &index);
        if (must == YES && !told) wrong(a, "dss", "subscription %s is not told", s->id);
        if (must == NO && told) wrong(a, "dss", "subscription %s is told of what is elsewhere, or gone", s->id);
        a->figure[G_EITHER] += must == EITHER;
        if (!told) continue;
        met++;
        a->figure[G_NOTIFIED]++;
        if (index != (double)++s->index) wrong(a, "dss", "subscription %s has the index %.0f, not %u", s->id, index, s->index);
    }
    if (met != all_listed) wrong(a, "dss", "%zu are told who are none", all_listed - met);
    free(all.shapes.at);
}
