/* Of what is released: who is to be notified, as the operator is told, and what replies to calls show of it. */
#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"

/* ---- who is to be notified ---- */
static const char *sub_of(const json_t *pair, double *index) {
    *index = json_number_value(json_array_get(pair, 1));
    return json_is_array(pair) && json_array_size(pair) == 2 && json_is_string(json_array_get(pair, 0)) ? json_string_value(json_array_get(pair, 0)) : "";
}
static void subscription_told(struct audit *a, struct b_entity *e, const json_t *pair) {
    double index;
    const char *id = sub_of(pair, &index);
    struct f_sub *s = a->f3548 ? f_sub_find(a, id) : NULL;
    if (!s) {
        wrong(a, "bridge", "subscription '%s' is to be notified, which there is not", id);
        return;
    }
    a->figure[G_NOTIFIED]++;
    if (!(e->flight ? s->for_intents : s->for_constraints)) wrong(a, "bridge", "subscription %s is to be notified of what it did not ask for", id);
    if (index != (double)++s->index) wrong(a, "bridge", "subscription %s has the index %.0f, not %u", id, index, s->index);
    for (size_t i = 0; i < e->owed.count; i++)
        if (strcmp(e->owed.at[i].sub, id) == 0) {
            DROP(e->owed, i);
            return;
        }
    /* Neither as it was nor as it is does it surely meet: it may, or what it was before the last change did. */
    if (e->moves <= 1 && bridge_far(e, &s->where)) wrong(a, "bridge", "subscription %s is to be notified of what is elsewhere", id);
}
static void told_one(struct audit *a, struct record *r, bool first) {
    bool constraint = json_object_get(r->told, "constraint") != NULL;
    const char *id = text_of(r->told, constraint ? "constraint" : "operational_intent"), *change = text_of(r->told, "change");
    int version = (int)json_number_value(json_object_get(r->told, "version"));
    uint32_t number = 0;
    uint64_t order = 0;
    struct b_entity *e = bridge_whose(a, constraint, id, &number, &order);
    r->matched = true;
    if (r->party != operator_of(a)) wrong(a, "bridge", "%s is told whom the server has to notify", a->parties.at[r->party].name);
    if (!e) {
        wrong(a, "bridge", "of %s '%s' somebody is to be notified, and nothing that is released explains it", constraint ? "the constraint" : "the operational intent", id);
        return;
    }
    struct b_piece *p = bridge_piece(e, id);
    if (first) {
        if (e->settled || (e->moves == 0 && e->changed != a->order)) wrong(a, "bridge", "%s %s, though nothing of it changed", id, change);
        if (strcmp(change, "created") == 0) {
            if (p || version != 1) wrong(a, "bridge", "%s is created as version %d", id, version);
            if (!e->stands) wrong(a, "bridge", "%s is created of what does not stand", id);
            if (order < e->began) wrong(a, "bridge", "%s bears an id of before its release", id);
            if (!p) p = bridge_piece_new(a, e, id, number);
        } else if (strcmp(change, "changed") == 0) {
            if (p && version <= p->version) wrong(a, "bridge", "%s changed from version %d to %d", id, p->version, version);
        } else if (strcmp(change, "deleted") != 0) {
            wrong(a, "bridge", "%s: the change '%s'", id, change);
        }
        if (!p) p = bridge_piece_new(a, e, id, number); /* nobody was to be told of it before */
        p->version = version;
        if (p->has_place) f_place_free(&p->where);
        p->has_place = false;
    }
    const json_t *pair;
    size_t i;
    if (json_array_size(json_object_get(r->told, "subscriptions")) == 0) wrong(a, "bridge", "a record that names nobody to be notified");
    json_array_foreach(json_object_get(r->told, "subscriptions"), i, pair) subscription_told(a, e, pair);
}
static bool follows(const struct record *r, const struct record *before) {
    const char *members[] = {"constraint", "operational_intent"};
    for (int i = 0; before && i < 2; i++)
        if (*text_of(r->told, members[i]) && strcmp(text_of(r->told, members[i]), text_of(before->told, members[i])) == 0) return true;
    return false;
}
void bridge_told(struct audit *a) {
    const struct record *before = NULL;
    for (size_t i = 1; i < a->group.count; i++) {
        struct record *r = &a->group.at[i];
        if (!r->told || strcmp(text_of(r->told, "told"), "subscribers") != 0) continue;
        told_one(a, r, !follows(r, before));
        before = r;
    }
    for (size_t i = 1; i < a->group.count; i++) { /* now that all of them were looked up */
        const struct record *r = &a->group.at[i];
        if (!r->told || strcmp(text_of(r->told, "told"), "subscribers") != 0 || strcmp(text_of(r->told, "change"), "deleted") != 0) continue;
        bool constraint = json_object_get(r->told, "constraint") != NULL;
        const char *id = text_of(r->told, constraint ? "constraint" : "operational_intent");
        for (size_t k = 0; k < a->bridge->all.count; k++) {
            struct b_piece *p = bridge_piece(&a->bridge->all.at[k], id);
            if (p) bridge_piece_drop(&a->bridge->all.at[k], p);
        }
    }
}

/* ---- references ---- */
bool bridge_shows(const struct audit *a, const json_t *reference) {
    const char *id = text_of(reference, "id");
    return a->bridge && strcmp(text_of(reference, "manager"), bridge_manager(a)) == 0 && !(a->f3548 && (f_ref_find(a, true, id) || f_ref_find(a, false, id)));
}
static int64_t moment_of(const json_t *shown, const char *name) {
    int64_t t = NEVER;
    const json_t *m = json_object_get(shown, name);
    return strcmp(text_of(m, "format"), "RFC3339") == 0 && place_instant(text_of(m, "value"), false, &t) ? t : NEVER;
}
/* Replies show microseconds, rounded outward or not: what is finer is not judged here. */
static bool spans(const struct b_entity *e, const json_t *shown) {
    int64_t from = moment_of(shown, "time_start"), to = moment_of(shown, "time_end");
    return from != NEVER && to != NEVER && from <= to && from >= e->start - 1000 && to <= e->end + 1000;
}
struct b_entity *bridge_reference(struct audit *a, bool constraint, const json_t *shown, bool details) {
    static const char *const availabilities[] = {"Unknown", "Normal", "Down"};
    const char *id = text_of(shown, "id"), *what = NULL, *ovn = text_of(shown, "ovn");
    const struct f_stated *stated = constraint || !a->f3548 ? NULL : f_stated_find(a, bridge_manager(a));
    uint32_t number;
    uint64_t order;
    if (!bridge_shows(a, shown)) return NULL;
    struct b_entity *e = bridge_whose(a, constraint, id, &number, &order);
    if (!e) {
        wrong(a, "bridge", "%s '%s' is shown, and nothing that is released to the world explains it", constraint ? "the constraint" : "the operational intent", id);
        return NULL;
    }
    struct b_piece *p = bridge_piece(e, id);
    int version = (int)json_number_value(json_object_get(shown, "version"));
    if (order > 0 && order < e->began && e->stands) wrong(a, "bridge", "%s bears an id of before its release", id);
    if (!p) p = bridge_piece_new(a, e, id, number), p->version = version;
    if (version < p->version || (version > p->version && e->moves == 0 && e->settled)) what = "version";
    else if (strcmp(text_of(shown, "uss_availability"), availabilities[stated ? stated->availability : 0]) != 0) what = "uss_availability";
    else if (strcmp(text_of(shown, "uss_base_url"), a->bridge->url) != 0) what = "uss_base_url";
    else if (!details && strcmp(ovn, "Available from USS") != 0) what = "ovn";
    else if (!constraint && strcmp(text_of(shown, "subscription_id"), F_NONE) != 0) what = "subscription_id";
    else if (e->settled && e->stands && !constraint && strcmp(text_of(shown, "state"), e->active ? "Activated" : "Accepted") != 0) what = "state";
    else if (e->settled && e->stands && !spans(e, shown)) what = "times";
    else if (json_object_size(shown) != (constraint ? 8u : 10u)) what = "one member more or less";
    if (what) wrong(a, "bridge", "%s of %s is shown as it is not", what, id);
    if (e->settled && !e->stands) wrong(a, "bridge", "%s is shown, whose %s has ended, or is released no more", id, e->flight ? "flight" : "notice");
    return e;
}

/* ---- lists ---- */
static bool key_has_one(const struct audit *a, struct b_entity *e, const json_t *key) {
    const json_t *o;
    size_t i;
    uint64_t order;
    json_array_foreach(key, i, o)
        for (uint32_t n = 0; json_is_string(o) && n < (e->flight ? 1 : B_PIECES); n++)
            if (bridge_ovn_is(a, e, n, json_string_value(o), &order)) return true;
    return false;
}
size_t bridge_listed(struct audit *a, bool constraint, const struct f_place *p, bool heights, const struct f_call *key, const json_t *list) {
    size_t n = 0, i;
    const json_t *shown;
    if (!a->bridge) return 0;
    bool *there = calloc(a->bridge->all.count + 1, sizeof *there);
    if (!there) abort();
    json_array_foreach(list, i, shown) {
        struct b_entity *e = bridge_shows(a, shown) ? bridge_reference(a, constraint, shown, false) : NULL;
        if (!bridge_shows(a, shown)) continue;
        n++;
        if (!e) continue;
        there[e - a->bridge->all.at] = true;
        if (e->settled && bridge_meets(a, e, p, heights) == NO) wrong(a, "bridge", "%s is shown to one that asked for another place", text_of(shown, "id"));
    }
    for (size_t k = 0; k < a->bridge->all.count; k++) {
        struct b_entity *e = &a->bridge->all.at[k];
        if (there[k] || e->flight == constraint || !e->settled || !e->stands) continue;
        if (bridge_meets(a, e, p, heights) != YES || (key && key_has_one(a, e, json_object_get(key->body, "key")))) continue;
        wrong(a, "bridge", "%s %s/%s meets what was asked for, and is not shown", e->flight ? "flight" : "notice", a->parties.at[e->party].name, e->id);
    }
    free(there);
    return n;
}
/* An operator that is stated to be Down frees nobody of a flight in the air, but of one that is only accepted. */
enum answer bridge_lacks(const struct audit *a, const struct f_call *x, bool constraint) {
    const struct f_stated *s = f_stated_find(a, bridge_manager(a));
    enum answer any = NO;
    for (size_t i = 0; a->bridge && i < a->bridge->all.count && any != YES; i++) {
        struct b_entity *e = &a->bridge->all.at[i];
        if (e->flight == constraint || (!e->stands && e->settled)) continue;
        if (e->flight && !e->active && e->settled && s && s->availability == 2) continue;
        enum answer one = bridge_meets(a, e, &x->where, true);
        if (one == YES && (!e->settled || !e->stands)) one = EITHER;
        if (one != NO && key_has_one(a, e, json_object_get(x->body, "key"))) one = !constraint && e->pieces.count <= 1 ? NO : EITHER;
        if (one != NO) any = one;
    }
    return any;
}
