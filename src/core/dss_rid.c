/* ASTM F3411: writes of identification service areas (ISAs) and of the subscriptions that are told of them. The order of what is judged is that of the rules: another
 * one for each kind and verb, the same in both versions. */
#include "core/dss_rid.h"

#define AT_ONE_PLACE 10 /* unexpired subscriptions of one owner */

/* ---- judging ---- */
static const char *word_of(const struct dss_request *q) { return q->route->kind == DSS_AREA ? "identification service area" : "subscription"; }

static bool exists_not(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p) {
    return p->entity == ROW_NONE || dss_refuse(st, c, REASON_ENTITY_EXISTS, 409, TEXT("id"), "is taken by another %s", word_of(q));
}
static bool exists(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p) {
    if (p->entity != ROW_NONE) return true;
    return dss_refuse(st, c, REASON_UNKNOWN_ENTITY, q->route->action == DSS_DELETE ? 404 : 400, TEXT("id"), "there is no %s of this id", word_of(q));
}
static bool is_owner(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p, row owner) {
    return owner == p->manager || dss_refuse(st, c, REASON_NOT_OWNER, 403, TEXT("id"), "the %s is another owner's", word_of(q));
}
static bool is_version(struct state *st, const struct dss_request *q, struct step *c, const struct dss_ovn *now) {
    uint64_t said;
    if (dss_version_read(q->version, &said) && said == dss_version_number(now->bytes)) return true;
    return dss_refuse(st, c, REASON_STALE, 409, TEXT("version"), "is not the one of the %s as it stands", word_of(q));
}

static const char *const start_field[] = {"/extents/time_start", "/extents/time_start/value"}, *const end_field[] = {"/extents/time_end", "/extents/time_end/value"};

/* Times as they will stand: those that are missing are kept, or begin now, or a subscription's day after its start. `old`: NULL on creation. */
static bool settle_times(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p, const struct dss_place *old) {
    struct dss_extent *e = &p->extent;
    bool subscription = q->route->kind == DSS_AREA_SUBSCRIPTION, v2 = q->route->door == DSS_RID_V2;
    struct text start = text_of(start_field[v2]), end = text_of(end_field[v2]);
    int64_t length;
    *e = q->extent;
    if (!e->has_start) e->start = old != NULL ? old->start : st->time;
    else if (e->start < st->time - DSS_FORGIVEN) return dss_refuse(st, c, REASON_BODY, 400, start, "is more than 5 minutes in the past");
    if (!e->has_end && old != NULL) e->end = old->end;
    else if (!e->has_end && __builtin_add_overflow(e->start, DSS_SUBSCRIPTION_MOST, &e->end)) e->end = INT64_MAX;
    e->has_start = e->has_end = true;
    if (e->end < e->start) return dss_refuse(st, c, REASON_BODY, 400, end, "is before time_start");
    if (subscription && (__builtin_sub_overflow(e->end, e->start, &length) || length > DSS_SUBSCRIPTION_MOST))
        return dss_refuse(st, c, REASON_BODY, 400, end, "is more than 24 hours after time_start");
    return true;
}
/* What has ended can still be read by its id, and most clients never delete it: it makes room when its owner's share is full. */
static bool has_room(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p, const struct dss_place *old, const struct text_ref *url) {
    struct dss_cost more = dss_cost_of(q->extent.shapes, q->extent.count, q->base_url), less = {0};
    if (old != NULL) less = dss_cost_place(st, old, url);
    else more.of[q->route->kind == DSS_AREA ? DSS_QUOTA_REFERENCES : DSS_QUOTA_SUBSCRIPTIONS] = 1;
    if (q->route->kind == DSS_AREA_SUBSCRIPTION) more.told = dss_told_bytes(q->base_url.size);
    if (q->route->kind == DSS_AREA_SUBSCRIPTION && old != NULL) less.told = dss_told_bytes(url->size);
    dss_past_find(st, p, q->route->kind, &more, &less);
    return dss_room(st, c, p, &more, &less);
}

/* ---- identification service areas ---- */
/* Who is told stands in rows[2]: everyone's subscriptions where the area was and will be, whatever its times. */
static void find_told(struct state *st, struct dss_plan *p, const struct dss_extent *e) {
    const struct dss_place *old = p->entity == ROW_NONE ? NULL : &dss_reference_at(st, p->entity)->place;
    p->found = dss_rid_told(st, st->time, e, old, &p->work, st->dss->rows[2]);
}
bool dss_rid_area_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_reference_find(st, DSS_AREA, &q->id);
    const struct dss_reference *old = NULL;
    if (!q->has_version) {
        if (!settle_times(st, q, c, p, NULL) || !exists_not(st, q, c, p)) return false;
    } else {
        if (!exists(st, q, c, p)) return false;
        old = dss_reference_at(st, p->entity);
        if (!is_owner(st, q, c, p, old->manager) || !is_version(st, q, c, &old->ovn) || !settle_times(st, q, c, p, &old->place)) return false;
    }
    if (!has_room(st, q, c, p, old ? &old->place : NULL, old ? &old->url : NULL)) return false;
    find_told(st, p, &p->extent);
    return true;
}
bool dss_rid_area_delete_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_reference_find(st, DSS_AREA, &q->id);
    if (!exists(st, q, c, p)) return false;
    const struct dss_reference *old = dss_reference_at(st, p->entity);
    if (!is_version(st, q, c, &old->ovn) || !is_owner(st, q, c, p, old->manager)) return false;
    find_told(st, p, NULL);
    return true;
}
static void tell(struct state *st, const struct dss_plan *p) {
    for (uint32_t i = 0; i < p->found; i++) dss_subscription_at(st, st->dss->rows[2][i])->notifications++;
}
static void reply_area(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p) {
    struct append *a = dss_reply_open(st, c, 200);
    append_str(a, "\"service_area\":");
    dss_rid_area_append(st, q->route->door, p->entity, a);
    append_char(a, ',');
    dss_subscribers_append(st, st->dss->rows[2], p->found, "url", a);
    dss_reply_close(st, c);
}
void dss_rid_area_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    if (p->entity != ROW_NONE) dss_ends_leave(st, DSS_OF_REFERENCES, p->entity);
    dss_past_clear(st, p);
    if (p->entity == ROW_NONE) p->entity = dss_reference_take(st, DSS_AREA, &q->id, dss_manager_enter(st, q->manager));
    struct dss_reference *x = dss_reference_at(st, p->entity);
    dss_place_release(st, &x->place, x->manager);
    dss_text_release(st, x->manager, &x->url);
    dss_place_store(st, &x->place, DSS_AREA, p->entity, x->manager, &p->extent);
    dss_ends_enter(st, DSS_OF_REFERENCES, p->entity);
    x->url = dss_text_store(st, x->manager, q->base_url);
    x->ovn = dss_version_make(q, "version");
    x->version++; /* how often it was written: shown nowhere */
    tell(st, p);
    reply_area(st, q, c, p);
}
void dss_rid_area_delete_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    row manager = dss_reference_at(st, p->entity)->manager;
    tell(st, p);
    reply_area(st, q, c, p);
    dss_reference_drop(st, p->entity);
    dss_manager_settle(st, manager);
}

/* ---- subscriptions ---- */
static void view_other(void *context, uint32_t i, struct shape *out) {
    const struct state *st = context;
    dss_footprint_view(st, dss_subscription_at(st, st->dss->rows[0][i])->place.footprint, st->dss->found, out);
}
/* The caller's others that are not over, where this one will be; one that is over itself takes no place. */
static bool has_place(struct state *st, struct step *c, struct dss_plan *p) {
    row *rows = st->dss->rows[0];
    uint32_t count = p->extent.end < st->time ? 0 : dss_rid_find_own(st, p->manager, st->time, &p->extent, true, &p->work, rows), others = 0;
    for (uint32_t i = 0; i < count; i++)
        if (rows[i] != p->entity) rows[others++] = rows[i];
    assert(p->extent.count == 1);
    if (!dss_cells_crowded(p->extent.shapes, &(struct dss_others){view_other, st}, others, AT_ONE_PLACE, st->dss->rows[1])) return true;
    return dss_refuse(st, c, REASON_FULL, 429, TEXT("/extents"), "there are %d subscriptions of yours at one place of this area already", AT_ONE_PLACE);
}
static bool has_reply(struct state *st, struct step *c, size_t size) {
    return size <= LIMIT_DSS_REPLY / 2 || dss_refuse(st, c, REASON_FULL, 400, TEXT("/extents"), "holds too much for one reply: ask for a smaller one");
}
static bool find_areas(struct state *st, struct step *c, struct dss_plan *p) {
    p->found = dss_rid_find(st, DSS_AREA, st->time, &p->extent, &p->work, st->dss->rows[2]);
    return has_reply(st, c, p->found == UINT32_MAX ? SIZE_MAX : dss_references_size(st, st->dss->rows[2], p->found));
}
bool dss_rid_subscription_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_subscription_find(st, DSS_AREA_SUBSCRIPTION, &q->id);
    const struct dss_subscription *old = NULL;
    if (!q->has_version) {
        if (!settle_times(st, q, c, p, NULL) || !exists_not(st, q, c, p)) return false;
    } else {
        if (!exists(st, q, c, p)) return false;
        old = dss_subscription_at(st, p->entity);
        if (!is_version(st, q, c, &old->version) || !is_owner(st, q, c, p, old->manager) || !settle_times(st, q, c, p, &old->place)) return false;
    }
    return has_place(st, c, p) && has_room(st, q, c, p, old ? &old->place : NULL, old ? &old->url : NULL) && find_areas(st, c, p);
}
bool dss_rid_subscription_delete_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    p->entity = dss_subscription_find(st, DSS_AREA_SUBSCRIPTION, &q->id);
    if (!exists(st, q, c, p)) return false;
    const struct dss_subscription *old = dss_subscription_at(st, p->entity);
    return is_version(st, q, c, &old->version) && is_owner(st, q, c, p, old->manager);
}
void dss_rid_subscription_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    if (p->entity != ROW_NONE) dss_ends_leave(st, DSS_OF_SUBSCRIPTIONS, p->entity);
    dss_past_clear(st, p);
    if (p->entity == ROW_NONE) p->entity = dss_subscription_take(st, DSS_AREA_SUBSCRIPTION, &q->id, dss_manager_enter(st, q->manager));
    struct dss_subscription *x = dss_subscription_at(st, p->entity);
    dss_place_release(st, &x->place, x->manager);
    dss_subscription_url(st, p->entity, q->base_url);
    dss_place_store(st, &x->place, DSS_AREA_SUBSCRIPTION, p->entity, x->manager, &p->extent);
    dss_ends_enter(st, DSS_OF_SUBSCRIPTIONS, p->entity);
    x->version = dss_version_make(q, "version");
    struct append *a = dss_reply_open(st, c, 200);
    append_str(a, "\"subscription\":");
    dss_rid_subscription_append(st, q->route->door, p->entity, a);
    append_char(a, ',');
    dss_rid_areas_append(st, q->route->door, st->dss->rows[2], p->found, a);
    dss_reply_close(st, c);
}
void dss_rid_subscription_delete_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    row manager = dss_subscription_at(st, p->entity)->manager;
    struct append *a = dss_reply_open(st, c, 200);
    append_str(a, "\"subscription\":");
    dss_rid_subscription_append(st, q->route->door, p->entity, a);
    dss_reply_close(st, c);
    dss_subscription_drop(st, p->entity);
    dss_manager_settle(st, manager);
}
