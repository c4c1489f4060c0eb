/* Constraint references of ASTM F3548-21: as operational intents, without key, state and subscription. */
#include "core/dss_store.h"

static const char what[] = "constraint";

bool dss_constraint_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    struct dss_cost more = dss_cost_of(q->extent.shapes, q->extent.count, q->base_url), less = {0};
    p->entity = dss_reference_find(st, DSS_CONSTRAINT, &q->id);
    if (q->manager.size > LIMIT_DSS_NAME) return dss_refuse(st, c, REASON_BODY, 400, TEXT("sub"), "%zu bytes; at most %d", q->manager.size, LIMIT_DSS_NAME);
    if (!dss_url_check(st, c, q->base_url, "uss_base_url") || !dss_times_check(st, q, c)) return false;
    if (p->entity == ROW_NONE && !dss_creates(q)) return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, 409, TEXT("id"), "there is no constraint of this id to be updated");
    if (p->entity != ROW_NONE && !dss_owned(st, q, c, p, dss_reference_at(st, p->entity)->manager, &dss_reference_at(st, p->entity)->ovn, what, true)) return false;
    if (p->entity == ROW_NONE) more.of[DSS_QUOTA_REFERENCES] = 1;
    else less = dss_cost_place(st, &dss_reference_at(st, p->entity)->place, &dss_reference_at(st, p->entity)->url);
    if (!dss_room(st, c, p, &more, &less)) return false;
    dss_told(st, p, DSS_CONSTRAINT, &q->extent);
    return true;
}
void dss_constraint_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    struct dss_change x;
    dss_change_begin(st, q, p, DSS_CONSTRAINT, &x);
    dss_change_end(st, c, p, &x);
}
bool dss_constraint_delete_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_reference_find(st, DSS_CONSTRAINT, &q->id);
    if (!dss_deletes(st, q, c, p, what) || !dss_owned(st, q, c, p, dss_reference_at(st, p->entity)->manager, &dss_reference_at(st, p->entity)->ovn, what, true)) return false;
    dss_told(st, p, DSS_CONSTRAINT, NULL);
    return true;
}
void dss_constraint_delete_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    (void)q;
    dss_change_delete(st, c, p);
}
