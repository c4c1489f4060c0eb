/* Operational intent references of ASTM F3548-21. */
#include "core/dss_store.h"

static const char what[] = "operational intent";

/* ---- check: body 400, scope 403, manager 403, OVN 409, subscription 400 and 403, key 409 ---- */
static bool body_check(struct state *st, const struct dss_request *q, struct step *c) {
    if (q->manager.size > LIMIT_DSS_NAME) return dss_refuse(st, c, REASON_BODY, 400, TEXT("sub"), "%zu bytes; at most %d", q->manager.size, LIMIT_DSS_NAME);
    if (!dss_url_check(st, c, q->base_url, "uss_base_url") || !dss_times_check(st, q, c)) return false;
    if (!q->extent.has_lower || !q->extent.has_upper) return dss_refuse(st, c, REASON_BODY, 400, TEXT("extents"), "every volume needs altitude_lower and altitude_upper");
    if (dss_creates(q) && q->state != DSS_ACCEPTED) return dss_refuse(st, c, REASON_BODY, 400, TEXT("state"), "a new operational intent is Accepted; it is moved on by an update");
    if (q->has_subscription && q->new_subscription) return dss_refuse(st, c, REASON_BODY, 400, TEXT("new_subscription"), "subscription_id is there too: only one of them can be meant");
    if (q->state != DSS_ACCEPTED && !q->has_subscription && !q->new_subscription)
        return dss_refuse(st, c, REASON_BODY, 400, TEXT("subscription_id"), "is missing, and so is new_subscription: in any state but Accepted one of them is needed");
    if (q->new_subscription && !dss_url_check(st, c, q->new_base_url, "new_subscription/uss_base_url")) return false;
    return dss_suffix_near(st, q, c);
}
static bool scope_check(struct state *st, const struct dss_request *q, struct step *c) {
    bool aware = q->state == DSS_NONCONFORMING || q->state == DSS_CONTINGENT;
    if (!aware || (q->scopes & DSS_SCOPE_CONFORMANCE)) return true;
    return dss_refuse(st, c, REASON_SCOPE, 403, TEXT("state"), "the states Nonconforming and Contingent need the scope utm.conformance_monitoring_sa");
}
static bool subscription_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->implicit = q->new_subscription;
    if (!q->has_subscription) return true;
    p->subscription = dss_subscription_find(st, DSS_SUBSCRIPTION, &q->subscription);
    if (p->subscription == ROW_NONE) return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, 400, TEXT("subscription_id"), "there is no subscription of this id");
    const struct dss_subscription *s = dss_subscription_at(st, p->subscription);
    if (s->manager != p->manager) return dss_refuse(st, c, REASON_NOT_OWNER, 403, TEXT("subscription_id"), "this subscription is another manager's");
    enum dss_cover covers = s->implicit ? DSS_COVERED : dss_place_covers(st, &s->place, &q->extent, &p->work);
    if (covers == DSS_BEYOND) return dss_refuse_work(st, c);
    if (covers == DSS_UNCOVERED)
        return dss_refuse(st, c, REASON_BODY, 400, TEXT("subscription_id"), "this subscription does not cover the operational intent in area and time");
    return true;
}
static bool told_of_constraints(const struct state *st, const struct dss_request *q, const struct dss_plan *p) {
    return p->implicit ? q->new_for_constraints : p->subscription != ROW_NONE && dss_subscription_at(st, p->subscription)->for_constraints;
}
/* What is replaced is given back before: the old place, and an implicit subscription that goes with its last intent. */
static bool room_check(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p) {
    struct dss_cost more = dss_cost_of(q->extent.shapes, q->extent.count, q->base_url), less = {0};
    if (p->entity == ROW_NONE) more.of[DSS_QUOTA_REFERENCES] = 1;
    else less = dss_cost_place(st, &dss_reference_at(st, p->entity)->place, &dss_reference_at(st, p->entity)->url);
    row was = p->entity == ROW_NONE ? ROW_NONE : dss_reference_at(st, p->entity)->subscription;
    if (was != ROW_NONE && was != p->subscription && dss_subscription_at(st, was)->implicit && dss_subscription_at(st, was)->dependents == 1) {
        struct dss_cost goes = dss_cost_place(st, &dss_subscription_at(st, was)->place, &dss_subscription_at(st, was)->url);
        goes.of[DSS_QUOTA_SUBSCRIPTIONS] = 1;
        goes.told = dss_told_bytes(dss_subscription_at(st, was)->url.size);
        dss_cost_add(&less, &goes);
    }
    struct text url = p->implicit ? q->new_base_url : (struct text){NULL, 0};
    struct dss_cost comes = dss_cost_of(q->extent.shapes, q->extent.count, url);
    comes.of[DSS_QUOTA_SUBSCRIPTIONS] = p->implicit;
    if (p->implicit) comes.told = dss_told_bytes(url.size);
    bool stretches = p->subscription != ROW_NONE && dss_subscription_at(st, p->subscription)->implicit;
    if (p->implicit || stretches) dss_cost_add(&more, &comes);
    return dss_room(st, c, p, &more, &less);
}
bool dss_intent_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_reference_find(st, DSS_INTENT, &q->id);
    if (!body_check(st, q, c) || !scope_check(st, q, c)) return false;
    if (p->entity == ROW_NONE && !dss_creates(q)) return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, 400, TEXT("id"), "there is no operational intent of this id to be updated");
    if (p->entity != ROW_NONE && !dss_owned(st, q, c, p, dss_reference_at(st, p->entity)->manager, &dss_reference_at(st, p->entity)->ovn, what, true)) return false;
    if (!dss_suffix_later(st, q, c, p->entity) || !subscription_check(st, q, c, p)) return false;
    bool keyed = q->state == DSS_ACCEPTED || q->state == DSS_ACTIVATED;
    if (keyed && !dss_key_check(st, q, c, p, told_of_constraints(st, q, p))) return false;
    if (!room_check(st, q, c, p)) return false;
    dss_told(st, p, DSS_INTENT, &q->extent);
    return true;
}

/* ---- apply ---- */
static void implicit_make(struct state *st, const struct dss_request *q, const struct dss_change *x) {
    struct id id = dss_id_make(st, q, DSS_SUBSCRIPTION);
    row r = dss_subscription_take(st, DSS_SUBSCRIPTION, &id, x->manager);
    struct dss_subscription *s = dss_subscription_at(st, r);
    s->implicit = s->for_intents = true;
    s->for_constraints = q->new_for_constraints;
    s->version = dss_version_make(q, "subscription");
    dss_place_store(st, &s->place, DSS_SUBSCRIPTION, r, x->manager, &q->extent);
    dss_subscription_url(st, r, q->new_base_url);
    dss_attach(st, x->r, r);
}
static void attached(struct state *st, const struct dss_request *q, const struct dss_change *x, row subscription, const struct dss_work *work) {
    struct dss_subscription *s = dss_subscription_at(st, subscription);
    if (s->implicit) dss_place_stretch(st, &s->place, DSS_SUBSCRIPTION, subscription, x->manager, &q->extent, *work);
    if (dss_reference_at(st, x->r)->subscription == ROW_NONE) dss_attach(st, x->r, subscription);
}
void dss_intent_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    struct dss_change x;
    bool detaches = p->entity != ROW_NONE && dss_reference_at(st, p->entity)->subscription != p->subscription;
    if (detaches) dss_detach(st, p->entity);
    dss_change_begin(st, q, p, DSS_INTENT, &x);
    dss_reference_at(st, x.r)->state = q->state;
    if (q->has_suffix) dss_reference_at(st, x.r)->suffix = q->suffix;
    if (p->implicit) implicit_make(st, q, &x);
    else if (p->subscription != ROW_NONE) attached(st, q, &x, p->subscription, &p->work);
    dss_change_end(st, c, p, &x);
}

bool dss_intent_delete_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_reference_find(st, DSS_INTENT, &q->id);
    if (!dss_deletes(st, q, c, p, what) || !dss_owned(st, q, c, p, dss_reference_at(st, p->entity)->manager, &dss_reference_at(st, p->entity)->ovn, what, true)) return false;
    dss_told(st, p, DSS_INTENT, NULL);
    return true;
}
void dss_intent_delete_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    (void)q;
    dss_change_delete(st, c, p);
}
