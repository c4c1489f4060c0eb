/* What a call of F3548 may be answered: a function for each table of FORMAT.md, "dss", in the order of its checks; behind a check that may fail or not, both go on. */
#include "bridge.h"

static bool fails(struct f_verdicts *v, enum answer is, int status, const char *reason) {
    if (is != NO && v->count < 32) v->at[v->count++] = (struct f_verdict){status, reason};
    return is == YES;
}
static bool sure(struct f_verdicts *v, bool is, int status, const char *reason) { return fails(v, is ? YES : NO, status, reason); }
static enum answer either_if(bool may) { return may ? EITHER : NO; }

static bool owned(struct f_verdicts *v, const struct f_call *x, const char *manager, const char *version) {
    if (sure(v, strcmp(manager, x->sub) != 0, 403, "not-owner")) return false;
    if (sure(v, f_creates(x), 409, "entity-exists")) return false;
    return !sure(v, strcmp(version, x->version) != 0, 409, "stale");
}
void f_implicit_goes(const struct audit *a, const struct f_ref *old, const char *stays, char out[40]) {
    const struct f_sub *s = old && *old->sub && strcmp(old->sub, stays) != 0 ? f_sub_find(a, old->sub) : NULL;
    snprintf(out, 40, "%s", s && s->implicit && f_dependents(a, s->id) == 1 ? s->id : "");
}
static enum answer room_lacks(const struct audit *a, const struct f_call *x, const struct f_ref *old) {
    struct room more[2], less[2] = {{0}, {0}};
    const struct f_sub *chosen = x->kind == F_INTENT && x->chooses ? f_sub_find(a, x->chosen) : NULL, *goes = NULL;
    char gone[40] = "";
    if (x->kind == F_INTENT) f_implicit_goes(a, old, x->chooses ? x->chosen : "", gone);
    if (*gone) goes = f_sub_find(a, gone);
    for (int most = 0; most < 2; most++) {
        more[most] = f_room_of(&x->where, x->url, !most);
        more[most].references = !old;
        if (old) less[most] = f_room_of(&old->where, old->url, !most);
        if (goes) {
            struct room one = f_room_of(&goes->where, goes->url, !most);
            one.subscriptions = 1;
            one.list = f_list_of(goes->url);
            f_room_add(&less[most], &one);
        }
        bool comes = x->kind == F_INTENT && x->makes, stretches = chosen && chosen->implicit;
        if (!comes && !stretches) continue;
        struct room one = f_room_of(&x->where, comes ? x->made_url : "", !most);
        one.subscriptions = comes;
        one.list = comes ? f_list_of(x->made_url) : 0;
        f_room_add(&more[most], &one);
    }
    return f3548_full(a, x->sub, more, less);
}

/* ---- intents ---- */
static bool intent_body(struct f_verdicts *v, const struct f_call *x) {
    const struct f_place *p = &x->where;
    int64_t ms = f_suffix_ms(x->suffix), now = x->now / 1000000, off = ms > now ? ms - now : now - ms;
    bool bad = !p->has_start || !p->has_end || !p->has_lower || !p->has_upper || p->end < x->now || (f_creates(x) && x->state != F_ACCEPTED) || (x->chooses && x->makes) ||
               (x->state != F_ACCEPTED && !x->chooses && !x->makes) || (x->has_suffix && (x->suffix[6] >> 4 != 7 || off > F_FORGIVEN / 1000000));
    return !sure(v, bad, 400, "body");
}
bool f_wants_constraints(const struct audit *a, const struct f_call *x) {
    const struct f_sub *s = x->chooses ? f_sub_find(a, x->chosen) : NULL;
    return x->makes ? x->makes_for_constraints : s && s->for_constraints;
}
static enum answer key_lacks(const struct audit *a, const struct f_call *x) {
    enum answer any = NO;
    bool constraints = f_wants_constraints(a, x);
    for (size_t i = 0; i < a->f3548->refs.count && any != YES; i++) {
        const struct f_ref *e = &a->f3548->refs.at[i];
        if (e->constraint && !constraints) continue;
        enum answer one = f_lacks(a, x, e);
        if (one != NO) any = one;
    }
    for (int constraint = 0; constraint <= constraints && any != YES; constraint++) {
        enum answer one = bridge_lacks(a, x, constraint);
        if (one != NO) any = one;
    }
    return any;
}
static bool attaches(const struct audit *a, struct f_verdicts *v, const struct f_call *x) {
    const struct f_sub *s = x->chooses ? f_sub_find(a, x->chosen) : NULL;
    if (!x->chooses) return true;
    if (sure(v, !s, 400, "unknown-entity") || sure(v, strcmp(s->manager, x->sub) != 0, 403, "not-owner")) return false;
    enum answer held = s->implicit ? YES : f_holds(&s->where, &x->where);
    if (fails(v, either_if(x->heavy), 429, "full")) return false;
    return !fails(v, held == YES ? NO : held == NO ? YES : EITHER, 400, "body");
}
static void intent_put(const struct audit *a, struct f_verdicts *v, const struct f_call *x, const struct f_ref *old) {
    const struct f_retired *gone = f_retired_find(a, x->id);
    bool aware = x->state == F_NONCONFORMING || x->state == F_CONTINGENT;
    if (!intent_body(v, x) || sure(v, aware && !(x->scopes & SC_CONFORMANCE), 403, "scope")) return;
    if (sure(v, !old && !f_creates(x), 400, "unknown-entity") || (old && !owned(v, x, old->manager, old->ovn))) return;
    bool late = (old && memcmp(x->suffix, old->suffix, 16) <= 0) || (gone && memcmp(x->suffix, gone->suffix, 16) <= 0);
    if (sure(v, x->has_suffix && late, 400, "body") || !attaches(a, v, x)) return;
    if (!aware && (fails(v, either_if(x->heavy), 429, "full") || fails(v, key_lacks(a, x), 409, "conflict"))) return;
    if (fails(v, room_lacks(a, x, old), 429, "full")) return;
    fails(v, EITHER, old ? 200 : 201, "");
}
static void constraint_put(const struct audit *a, struct f_verdicts *v, const struct f_call *x, const struct f_ref *old) {
    if (sure(v, !x->where.has_start || !x->where.has_end || x->where.end < x->now, 400, "body")) return;
    if (sure(v, !old && !f_creates(x), 409, "unknown-entity") || (old && !owned(v, x, old->manager, old->ovn))) return;
    if (!fails(v, room_lacks(a, x, old), 429, "full")) fails(v, EITHER, old ? 200 : 201, "");
}
static void reference_delete(struct f_verdicts *v, const struct f_call *x, const struct f_ref *old) {
    if (sure(v, f_creates(x), 400, "body") || sure(v, !old, 404, "unknown-entity") || !owned(v, x, old->manager, old->ovn)) return;
    fails(v, EITHER, 200, "");
}

/* ---- subscriptions ---- */
static bool times_settle(struct f_call *x, const struct f_sub *old) {
    struct f_place *p = &x->where;
    const struct f_place *was = old && !f_creates(x) && strcmp(old->manager, x->sub) == 0 ? &old->where : NULL;
    if (p->has_start && p->start < x->now - F_FORGIVEN) return false;
    if (!p->has_start) p->start = was ? was->start : x->now;
    if (!p->has_end) p->end = was ? was->end : p->start > INT64_MAX - DAY ? INT64_MAX : p->start + DAY;
    p->has_start = p->has_end = true;
    return p->end >= p->start && (uint64_t)p->end - (uint64_t)p->start <= (uint64_t)DAY;
}
static enum answer leaves_any(const struct audit *a, const struct f_call *x, const char *id) {
    enum answer any = NO;
    for (size_t i = 0; i < a->f3548->refs.count; i++) {
        if (strcmp(a->f3548->refs.at[i].sub, id) != 0) continue;
        enum answer held = f_still_holds(&x->where, &a->f3548->refs.at[i].where);
        if (held == NO) return YES;
        if (held == EITHER) any = EITHER;
    }
    return any;
}
static enum answer sub_room_lacks(const struct audit *a, const struct f_call *x, const struct f_sub *old) {
    struct room more[2], less[2] = {{0}, {0}};
    for (int most = 0; most < 2; most++) {
        more[most] = f_room_of(&x->where, x->url, !most);
        more[most].subscriptions = !old;
        more[most].list = f_list_of(x->url);
        if (old) {
            less[most] = f_room_of(&old->where, old->url, !most);
            less[most].list = f_list_of(old->url);
        }
    }
    return f3548_full(a, x->sub, more, less);
}
static void subscription_put(const struct audit *a, struct f_verdicts *v, struct f_call *x, const struct f_sub *old) {
    if (sure(v, !x->for_intents && !x->for_constraints, 400, "body") || sure(v, !times_settle(x, old), 400, "body")) return;
    if (sure(v, !old && !f_creates(x), 400, "unknown-entity") || (old && !owned(v, x, old->manager, old->version))) return;
    if (old && (fails(v, either_if(x->heavy), 429, "full") || fails(v, leaves_any(a, x, old->id), 400, "depended"))) return;
    if (fails(v, sub_room_lacks(a, x, old), 429, "full") || fails(v, either_if(x->heavy), 413, "full")) return;
    fails(v, EITHER, 200, "");
}
static void subscription_delete(const struct audit *a, struct f_verdicts *v, const struct f_call *x, const struct f_sub *old) {
    if (sure(v, f_creates(x), 400, "body") || sure(v, !old, 404, "unknown-entity") || !owned(v, x, old->manager, old->version)) return;
    if (!sure(v, f_dependents(a, old->id) > 0, 400, "depended")) fails(v, EITHER, 200, "");
}
static void availability_put(const struct audit *a, struct f_verdicts *v, const struct f_call *x) {
    const struct f_stated *old = f_stated_find(a, x->uss);
    int victim;
    if (sure(v, strcmp(old ? old->version : "", x->old_version) != 0, 409, "stale")) return;
    if (!old && fails(v, f_stated_full(a, x->uss, &victim), 429, "full")) return;
    fails(v, EITHER, 200, "");
}

/* ---- any of them ---- */
/* One that shows what is released is nobody's to change at this door, whatever the caller's name. */
static const struct f_ref *reference_of(const struct audit *a, const struct f_call *x) {
    static char nobody[] = "";
    static const struct f_ref released = {.manager = nobody};
    struct audit *b = (struct audit *)(uintptr_t)a; /* which keeps ids that it has made once */
    uint32_t number;
    uint64_t order;
    const struct f_ref *old = f_ref_find(a, x->kind == F_CONSTRAINT, x->id);
    return !old && bridge_whose(b, x->kind == F_CONSTRAINT, x->id, &number, &order) ? &released : old;
}
void f_expected(const struct audit *a, struct f_call *x, struct f_verdicts *v) {
    if (sure(v, a->in_force.doors[0] == 0, 503, "full")) return;
    const struct f_ref *old = x->kind <= F_CONSTRAINT ? reference_of(a, x) : NULL;
    const struct f_sub *sub = x->kind == F_SUBSCRIPTION ? f_sub_find(a, x->id) : NULL;
    const struct f_place *was = old ? &old->where : sub ? &sub->where : NULL;
    x->heavy = x->kind <= F_SUBSCRIPTION && f_heavy(a->f3548, &x->where, was);
    if (x->kind == F_USS) availability_put(a, v, x);
    else if (x->kind == F_REPORT) fails(v, EITHER, 201, "");
    else if (x->kind == F_SUBSCRIPTION) x->put ? subscription_put(a, v, x, sub) : subscription_delete(a, v, x, sub);
    else if (!x->put) reference_delete(v, x, old);
    else if (x->kind == F_INTENT) intent_put(a, v, x, old);
    else constraint_put(a, v, x, old);
}
bool f_among(const struct f_verdicts *v, int status, const char *reason) {
    for (int i = 0; i < v->count; i++)
        if (v->at[i].status == status && strcmp(v->at[i].reason, reason) == 0) return true;
    return false;
}
