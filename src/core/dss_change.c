/* What writing has in common at the drone world's doors: whose it is, whether there is room, who is to be notified. */
#include "core/dss_store.h"

/* ---- checks ---- */
bool dss_creates(const struct dss_request *q) { return !q->has_version || q->version.size == 0; }
static const char *version_word(const struct dss_request *q) { return q->route->kind == DSS_INTENT || q->route->kind == DSS_CONSTRAINT ? "ovn" : "version"; }
bool dss_owned(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p, row owner, const struct dss_ovn *now, const char *what, bool named) {
    const struct dss_manager *m = dss_manager_at(st, owner);
    if (m->bridge) return dss_refuse(st, c, REASON_NOT_OWNER, 403, TEXT("id"), "this %s shows what a party said at this log's own door: it is changed and ended there alone", what);
    if (owner != p->manager && named)
        return dss_refuse(st, c, REASON_NOT_OWNER, 403, TEXT("id"), "this %s is managed by '%.*s', and you are '%.*s'", what, m->name_size < 64 ? (int)m->name_size : 64, m->name,
                          q->manager.size < 64 ? (int)q->manager.size : 64, q->manager.at);
    if (owner != p->manager) return dss_refuse(st, c, REASON_NOT_OWNER, 403, TEXT("id"), "this %s is another manager's", what);
    if (dss_creates(q)) return dss_refuse(st, c, REASON_ENTITY_EXISTS, 409, TEXT("id"), "there is %s %s of this id already; to change it, the path must name its current %s", q->route->kind == DSS_INTENT ? "an" : "a", what, version_word(q));
    if (!dss_ovn_is(now, q->version)) return dss_refuse(st, c, REASON_STALE, 409, text_of(version_word(q)), "is not the current one of this %s: it was changed since, read it again", what);
    return true;
}
bool dss_deletes(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p, const char *what) {
    if (dss_creates(q)) return dss_refuse(st, c, REASON_BODY, 400, text_of(version_word(q)), "is missing: the path must name the current one of what is deleted");
    if (p->entity == ROW_NONE) return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, 404, TEXT("id"), "there is no %s of this id", what);
    return true;
}
void dss_cost_add(struct dss_cost *to, const struct dss_cost *c) {
    for (int i = 0; i < DSS_QUOTAS; i++) to->of[i] += c->of[i];
    to->told += c->told;
}
bool dss_room(struct state *st, struct step *c, const struct dss_plan *p, const struct dss_cost *more, const struct dss_cost *less) {
    static const struct dss_cost none;
    int full = dss_full(st, p->manager, more, less);
    if (full < 0) return true;
    if (full == DSS_QUOTAS)
        return dss_refuse(st, c, REASON_FULL, 429, TEXT("sub"), "there are %u managers, as many as there is room for; who has deleted all it had makes room, ten minutes later at most", st->capacity.managers);
    if (full == DSS_FULL_TOLD)
        return dss_refuse(st, c, REASON_FULL, 429, TEXT("subscriptions"), "a list of those that you have, as every write must be able to show it, takes %u bytes and may take %u: delete what has ended, or use shorter URLs",
                          p->manager == ROW_NONE ? 0 : dss_manager_at(st, p->manager)->used.told, dss_told_share(&st->capacity));
    const struct dss_cost *used = p->manager == ROW_NONE ? &none : &dss_manager_at(st, p->manager)->used;
    return dss_refuse(st, c, REASON_FULL, 429, text_of(dss_quota_name((enum dss_quota)full)), "your share of them is full: it is %u, %u are in use, this needs %u more; delete what has ended",
                      dss_share_of(&st->capacity, (enum dss_quota)full), used->of[full], more->of[full] > less->of[full] ? more->of[full] - less->of[full] : 0);
}
static void append_exact(char *room, size_t size, instant t) {
    struct append a = append_fixed(room, size - 1);
    append_instant_exact(&a, t);
    room[a.size] = '\0';
}
bool dss_times_check(struct state *st, const struct dss_request *q, struct step *c) {
    char end[48], now[48];
    if (!q->extent.has_start || !q->extent.has_end) return dss_refuse(st, c, REASON_BODY, 400, TEXT("extents"), "every volume needs time_start and time_end");
    if (q->extent.end >= st->time) return true;
    append_exact(end, sizeof end, q->extent.end);
    append_exact(now, sizeof now, st->time);
    return dss_refuse(st, c, REASON_BODY, 400, TEXT("extents"), "the last time_end, %s, is in the past: it is %s", end, now);
}
bool dss_url_check(struct state *st, struct step *c, struct text url, const char *field) {
    if (url.size > 0 && url.size <= LIMIT_DSS_URL) return true;
    return dss_refuse(st, c, REASON_BODY, 400, text_of(field), "%zu bytes; must be 1 to %d", url.size, LIMIT_DSS_URL);
}

/* ---- notifying ---- */
/* context: the row of one that is known to be told, and need not be looked for. */
static bool for_intents(const struct dss_search *s, row r) { return r != *(const row *)s->context && dss_subscription_at(s->st, r)->for_intents; }
static bool for_constraints(const struct dss_search *s, row r) { return r != *(const row *)s->context && dss_subscription_at(s->st, r)->for_constraints; }
/* An implicit one that goes with its last intent is gone before anyone is told. */
static row goes(const struct state *st, const struct dss_plan *p) {
    row was = p->entity == ROW_NONE ? ROW_NONE : dss_reference_at(st, p->entity)->subscription;
    bool alone = was != ROW_NONE && was != p->subscription && dss_subscription_at(st, was)->implicit && dss_subscription_at(st, was)->dependents == 1;
    return alone ? was : ROW_NONE;
}
/* Written: it covers the times, or is stretched over them. */
static bool known_told(const struct state *st, row known, const struct dss_extent *bounds, bool written) {
    const struct dss_subscription *s = known == ROW_NONE ? NULL : dss_subscription_at(st, known);
    if (s == NULL || !s->for_intents || written) return s && s->for_intents;
    return (!s->place.has_start || s->place.start <= bounds->end) && (!s->place.has_end || s->place.end >= bounds->start);
}
/* The one that it is attached to covers it, and stands over it still when it goes: it is told without a look. All that there are fit into one reply (LIMIT_DSS_TOLD). */
void dss_told(struct state *st, struct dss_plan *p, enum dss_kind kind, const struct dss_extent *e) {
    const struct dss_reference *x = p->entity == ROW_NONE ? NULL : dss_reference_at(st, p->entity);
    const struct dss_place *was = x ? &x->place : NULL;
    row known = kind != DSS_INTENT ? ROW_NONE : e ? p->subscription : x->subscription;
    struct dss_search s = {.wanted = kind == DSS_INTENT ? for_intents : for_constraints, .context = &known, .except = e ? goes(st, p) : ROW_NONE, .all = true, .work = &p->work};
    struct dss_extent bounds = e ? *e : dss_bounds_of(was);
    if (e && was) dss_bounds_merge(&bounds, was);
    p->told = dss_search(st, &s, DSS_SUBSCRIPTION, &bounds, e, was, st->dss->rows[0]);
    if (known_told(st, known, &bounds, e != NULL)) st->dss->rows[0][p->told++] = known;
}
static void reply(struct state *st, struct step *c, uint16_t status, uint32_t told, row r) {
    row *rows = st->dss->rows[0];
    const struct dss_reference *x = dss_reference_at(st, r);
    for (uint32_t i = 0; i < told; i++) dss_subscription_at(st, rows[i])->notifications++;
    struct append *a = dss_reply_open(st, c, status);
    dss_subscribers_append(st, rows, told, "uss_base_url", a);
    append_str(a, x->kind == DSS_INTENT ? ",\"operational_intent_reference\":" : ",\"constraint_reference\":");
    dss_reference_append(st, r, x->manager, a);
    dss_reply_close(st, c);
}
void dss_change_begin(struct state *st, const struct dss_request *q, const struct dss_plan *p, enum dss_kind kind, struct dss_change *x) {
    x->created = p->entity == ROW_NONE;
    x->manager = dss_manager_enter(st, q->manager);
    x->r = x->created ? dss_reference_take(st, kind, &q->id, x->manager) : p->entity;
    struct dss_reference *it = dss_reference_at(st, x->r);
    dss_place_release(st, &it->place, x->manager);
    dss_text_release(st, x->manager, &it->url);
    dss_place_store(st, &it->place, kind, x->r, x->manager, &q->extent);
    it->url = dss_text_store(st, x->manager, q->base_url);
    it->ovn = dss_ovn_make(q);
    it->version++;
}
/* An implicit subscription that came with it is told, too. */
void dss_change_end(struct state *st, struct step *c, const struct dss_plan *p, const struct dss_change *x) {
    uint32_t told = p->told;
    if (p->implicit) st->dss->rows[0][told++] = dss_reference_at(st, x->r)->subscription;
    reply(st, c, x->created ? 201 : 200, told, x->r);
}
/* Its own implicit subscription is told, too, and goes with it. */
void dss_change_delete(struct state *st, struct step *c, const struct dss_plan *p) {
    row r = p->entity, manager = dss_reference_at(st, r)->manager;
    reply(st, c, 200, p->told, r);
    dss_detach(st, r);
    dss_reference_drop(st, r);
    dss_manager_settle(st, manager);
}
