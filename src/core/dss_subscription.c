/* Subscriptions of ASTM F3548-21. */
#include "core/dss_store.h"

static const char what[] = "subscription";

/* ---- check ---- */
/* Times: a missing start is now, a missing end a day after the start; an update by its manager keeps both, what is refused to another tells nothing of them. */
static bool times_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    const struct dss_subscription *old = p->entity == ROW_NONE || dss_creates(q) ? NULL : dss_subscription_at(st, p->entity);
    const struct dss_place *was = old == NULL || old->manager != p->manager ? NULL : &old->place;
    struct dss_extent *e = &p->extent;
    *e = q->extent;
    if (e->has_start && e->start < st->time - DSS_FORGIVEN) return dss_refuse(st, c, REASON_BODY, 400, TEXT("extents/time_start"), "is more than 5 minutes in the past");
    if (!e->has_start) e->start = was ? was->start : st->time;
    if (!e->has_end) e->end = was ? was->end : e->start > INT64_MAX - DSS_SUBSCRIPTION_MOST ? INT64_MAX : e->start + DSS_SUBSCRIPTION_MOST;
    e->has_start = e->has_end = true;
    if (e->end < e->start) return dss_refuse(st, c, REASON_BODY, 400, TEXT("extents/time_end"), "lies before time_start");
    if ((uint64_t)e->end - (uint64_t)e->start > DSS_SUBSCRIPTION_MOST) return dss_refuse(st, c, REASON_BODY, 400, TEXT("extents/time_end"), "is more than 24 hours after time_start");
    return true;
}
/* The one of the lowest id is named: in what order they stand is nothing that a snapshot keeps. */
static bool dependents_check(struct state *st, struct step *c, struct dss_plan *p) {
    const struct id *first = NULL;
    uint32_t n = 0;
    struct box box;
    dss_box_of(&p->extent, 0, DSS_SUBSCRIPTION, &p->extent, &box);
    for (row r = dss_subscription_at(st, p->entity)->dependent; r != ROW_NONE; r = dss_reference_at(st, r)->older) dss_extent_covers_work(st, &p->extent, &box, &dss_reference_at(st, r)->place, &p->work);
    if (dss_beyond(&p->work)) return dss_refuse_work(st, c);
    for (row r = dss_subscription_at(st, p->entity)->dependent; r != ROW_NONE; r = dss_reference_at(st, r)->older) {
        const struct dss_reference *x = dss_reference_at(st, r);
        if (dss_extent_covers(st, &p->extent, &box, &x->place)) continue;
        if (first == NULL || id_compare(&x->id, first) < 0) first = &x->id;
        n++;
    }
    if (n == 0) return true;
    char id[37] = {0};
    struct append a = append_fixed(id, sizeof id - 1);
    dss_id_append(&a, first);
    return dss_refuse(st, c, REASON_DEPENDED, 400, TEXT("extents"), "would not cover %u of the operational intents any more that depend on this subscription, %s among them", n, id);
}
/* What the reply shows, in rows[0] and rows[2]: nothing that is applied changes it. */
static bool found_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    row *const *rows = st->dss->rows;
    for (int kind = DSS_INTENT; kind <= DSS_CONSTRAINT; kind++) {
        struct dss_search s = {.except = ROW_NONE, .work = &p->work};
        if (kind == DSS_INTENT ? !q->for_intents : !q->for_constraints) continue;
        *(kind == DSS_INTENT ? &p->intents : &p->constraints) = dss_search(st, &s, (enum dss_kind)kind, &p->extent, &p->extent, NULL, rows[kind == DSS_INTENT ? 0 : 2]);
        if (s.beyond) return dss_refuse(st, c, REASON_FULL, 413, TEXT("extents"), "so many outlines of so many vertices are there that they cannot be compared in one request");
    }
    if (dss_references_size(st, rows[0], p->intents) + dss_references_size(st, rows[2], p->constraints) <= LIMIT_DSS_REPLY / 2) return true;
    return dss_refuse(st, c, REASON_FULL, 413, TEXT("extents"), "%u operational intents and %u constraints are there: too many for one reply", p->intents, p->constraints);
}
bool dss_subscription_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_subscription_find(st, DSS_SUBSCRIPTION, &q->id);
    if (q->manager.size > LIMIT_DSS_NAME) return dss_refuse(st, c, REASON_BODY, 400, TEXT("sub"), "%zu bytes; at most %d", q->manager.size, LIMIT_DSS_NAME);
    if (!dss_url_check(st, c, q->base_url, "uss_base_url")) return false;
    if (!q->for_intents && !q->for_constraints)
        return dss_refuse(st, c, REASON_BODY, 400, TEXT("notify_for_operational_intents"), "is not true, nor is notify_for_constraints: there is nothing to notify of");
    if (!times_check(st, q, c, p)) return false;
    if (p->entity == ROW_NONE && !dss_creates(q)) return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, 400, TEXT("id"), "there is no subscription of this id to be updated");
    if (p->entity != ROW_NONE) {
        const struct dss_subscription *s = dss_subscription_at(st, p->entity);
        if (!dss_owned(st, q, c, p, s->manager, &s->version, what, false) || !dependents_check(st, c, p)) return false;
    }
    struct dss_cost more = dss_cost_of(q->extent.shapes, q->extent.count, q->base_url), less = {0};
    if (p->entity == ROW_NONE) more.of[DSS_QUOTA_SUBSCRIPTIONS] = 1;
    else less = dss_cost_place(st, &dss_subscription_at(st, p->entity)->place, &dss_subscription_at(st, p->entity)->url);
    more.told = dss_told_bytes(q->base_url.size);
    if (p->entity != ROW_NONE) less.told = dss_told_bytes(dss_subscription_at(st, p->entity)->url.size);
    return dss_room(st, c, p, &more, &less) && found_check(st, q, c, p);
}

/* ---- apply ---- */
void dss_subscription_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    row manager = dss_manager_enter(st, q->manager), r = p->entity == ROW_NONE ? dss_subscription_take(st, DSS_SUBSCRIPTION, &q->id, manager) : p->entity;
    struct dss_subscription *s = dss_subscription_at(st, r);
    dss_place_release(st, &s->place, manager);
    dss_subscription_url(st, r, q->base_url);
    dss_place_store(st, &s->place, DSS_SUBSCRIPTION, r, manager, &p->extent);
    s->for_intents = q->for_intents;
    s->for_constraints = q->for_constraints;
    s->implicit = false; /* who writes an implicit one takes it over */
    s->version = dss_version_make(q, "subscription");
    struct append *a = dss_reply_open(st, c, 200);
    append_str(a, "\"subscription\":");
    dss_subscription_append(st, r, a);
    if (s->for_intents) append_str(a, ",\"operational_intent_references\":");
    if (s->for_intents) dss_references_append(st, st->dss->rows[0], p->intents, manager, a);
    if (s->for_constraints) append_str(a, ",\"constraint_references\":");
    if (s->for_constraints) dss_references_append(st, st->dss->rows[2], p->constraints, manager, a);
    dss_reply_close(st, c);
}

bool dss_subscription_delete_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_subscription_find(st, DSS_SUBSCRIPTION, &q->id);
    if (!dss_deletes(st, q, c, p, what)) return false;
    const struct dss_subscription *s = dss_subscription_at(st, p->entity);
    if (!dss_owned(st, q, c, p, s->manager, &s->version, what, false)) return false;
    if (s->dependents == 0) return true;
    return dss_refuse(st, c, REASON_DEPENDED, 400, TEXT("id"), "%u operational intents depend on this subscription", s->dependents);
}
void dss_subscription_delete_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    row manager = dss_subscription_at(st, p->entity)->manager;
    (void)q;
    struct append *a = dss_reply_open(st, c, 200);
    append_str(a, "\"subscription\":");
    dss_subscription_append(st, p->entity, a);
    dss_reply_close(st, c);
    dss_subscription_drop(st, p->entity);
    dss_manager_settle(st, manager);
}
