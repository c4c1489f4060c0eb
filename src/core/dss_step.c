/* One statement of the drone world's doors: judged, applied, answered. Its outcome carries the HTTP status and the reply, of a refusal too; a refusal changes nothing
 * but that it is recorded. */
#include "core/dss_rid.h"

typedef bool check_fn(struct state *, const struct dss_request *, struct step *, struct dss_plan *);
typedef void apply_fn(struct state *, const struct dss_request *, struct step *, struct dss_plan *);
struct rule { check_fn *check; apply_fn *apply; };
#define DO(name) {dss_##name##_check, dss_##name##_apply}
static const struct rule put_rules[DSS_KINDS] = {[DSS_INTENT] = DO(intent_put), [DSS_CONSTRAINT] = DO(constraint_put), [DSS_SUBSCRIPTION] = DO(subscription_put),
                                            [DSS_AVAILABILITY] = DO(availability_put), [DSS_REPORT] = DO(report_put), [DSS_AREA] = DO(rid_area_put),
                                            [DSS_AREA_SUBSCRIPTION] = DO(rid_subscription_put)};
static const struct rule delete_rules[DSS_KINDS] = {[DSS_INTENT] = DO(intent_delete), [DSS_CONSTRAINT] = DO(constraint_delete), [DSS_SUBSCRIPTION] = DO(subscription_delete),
                                               [DSS_AREA] = DO(rid_area_delete), [DSS_AREA_SUBSCRIPTION] = DO(rid_subscription_delete)};
static const struct rule *rule_of(const struct dss_request *q) {
    assert(q->route != NULL && dss_route_writes(q->route));
    return &(q->route->action == DSS_PUT ? put_rules : delete_rules)[q->route->kind];
}

bool dss_check(struct state *st, const struct statement *s, struct step *c) {
    struct dss_plan *p = c->plan;
    assert(s->dss != NULL && s->origin == ORIGIN_ATTESTED && sizeof *p <= STEP_PLAN_BYTES);
    st->dss->request = s->dss->request;
    if (!dss_on(st)) return dss_refuse(st, c, REASON_FULL, 503, TEXT("managers"), "these doors are shut: of this log's capacities none is for them ('parley capacity')");
    *p = (struct dss_plan){.manager = dss_manager_find(st, s->dss->manager), .entity = ROW_NONE, .subscription = ROW_NONE};
    const struct rule *r = rule_of(s->dss);
    if (r->check == NULL) return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, 404, TEXT("path"), "names nothing that is served here");
    return r->check(st, s->dss, c, p);
}
void dss_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)fx;
    rule_of(s->dss)->apply(st, s->dss, c, c->plan);
}
