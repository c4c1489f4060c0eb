/* Availability of a USS, and reports, of ASTM F3548-21. */
#include "core/dss_store.h"

/* ---- availability ---- */
row dss_stated_find(const struct state *st, struct text uss) {
    const struct hash_index *x = &st->dss->availabilities.by_id;
    if (uss.size > LIMIT_DSS_NAME) return ROW_NONE;
    row r = hash_index_first(x, dss_code(st, uss.at, uss.size));
    while (r != ROW_NONE && !text_equal((struct text){dss_stated_at(st, r)->name, dss_stated_at(st, r)->name_size}, uss)) r = hash_index_more(x, r);
    return r;
}
void dss_stated_index(struct state *st, row r) { hash_index_put(&st->dss->availabilities.by_id, r, dss_code(st, dss_stated_at(st, r)->name, dss_stated_at(st, r)->name_size)); }
static const struct dss_stated *stated(const struct state *st, struct text uss) {
    row r = dss_stated_find(st, uss);
    return r != ROW_NONE ? dss_stated_at(st, r) : NULL;
}
void dss_availability_append(const struct state *st, struct text uss, struct append *a) {
    const struct dss_stated *m = stated(st, uss);
    append_str(a, "\"version\":\"");
    if (m) dss_ovn_append(a, &m->version);
    append_str(a, "\",\"status\":{\"uss\":");
    append_json_string(a, uss);
    append_format(a, ",\"availability\":\"%s\"}", dss_availability_name(m ? m->availability : DSS_UNKNOWN));
}

/* Those that are no managers: how many there are, the oldest, and the oldest that is Unknown (ROW_NONE: none). */
struct others { uint32_t count; row oldest, unknown; };
static bool is_older(const struct state *st, row r, row than) { return than == ROW_NONE || dss_stated_at(st, r)->serial < dss_stated_at(st, than)->serial; }
static struct others others_of(const struct state *st) {
    struct others o = {0, ROW_NONE, ROW_NONE};
    const struct table *t = &st->dss->availabilities;
    for (row r = table_next(t, 0); r != ROW_NONE; r = table_next(t, r + 1)) {
        const struct dss_stated *x = dss_stated_at(st, r);
        if (dss_manager_find(st, (struct text){x->name, x->name_size}) != ROW_NONE) continue;
        o.count++;
        if (is_older(st, r, o.oldest)) o.oldest = r;
        if (x->availability == DSS_UNKNOWN && is_older(st, r, o.unknown)) o.unknown = r;
    }
    return o;
}
/* What a new one is stated for: false where there is no room. *victim: what is forgotten for it, or ROW_NONE. A manager's always has room: the others are as many as
 * managers at least where the table is full. */
static bool has_place(const struct state *st, bool manager, row *victim) {
    uint32_t rows = st->capacity.managers;
    struct others o = others_of(st);
    bool full = manager ? st->dss->availabilities.used >= 2 * rows : o.count >= rows;
    *victim = !full ? ROW_NONE : o.unknown != ROW_NONE || !manager ? o.unknown : o.oldest;
    return !full || *victim != ROW_NONE;
}
bool dss_availability_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    const struct dss_stated *m = stated(st, q->uss);
    row victim;
    p->entity = dss_manager_find(st, q->uss);
    if (q->uss.size > LIMIT_DSS_NAME) return dss_refuse(st, c, REASON_BODY, 400, TEXT("uss_id"), "%zu bytes; at most %d", q->uss.size, LIMIT_DSS_NAME);
    if (q->availability >= DSS_AVAILABILITIES) return dss_refuse(st, c, REASON_BODY, 400, TEXT("availability"), "must be Unknown, Normal or Down");
    if (m ? !dss_ovn_is(&m->version, q->old_version) : q->old_version.size > 0)
        return dss_refuse(st, c, REASON_STALE, 409, TEXT("old_version"), "is not the current version: the availability was set since, read it again");
    if (m || has_place(st, p->entity != ROW_NONE, &victim)) return true;
    return dss_refuse(st, c, REASON_FULL, 429, TEXT("uss_id"), "the availabilities of %u USSs that have nothing here are stated, as many as there is room for; one of them that is set to Unknown makes room", st->capacity.managers);
}
static row stated_enter(struct state *st, struct text uss, bool manager) {
    row r = dss_stated_find(st, uss), victim;
    if (r != ROW_NONE) return r;
    bool placed = has_place(st, manager, &victim);
    assert(placed && uss.size <= LIMIT_DSS_NAME);
    if (victim != ROW_NONE) {
        hash_index_remove(&st->dss->availabilities.by_id, victim);
        table_drop(&st->dss->availabilities, victim);
    }
    r = table_take(&st->dss->availabilities);
    struct dss_stated *x = dss_stated_at(st, r);
    x->serial = state_serial(st);
    x->name_size = (uint16_t)uss.size;
    memcpy(x->name, uss.at, uss.size);
    dss_stated_index(st, r);
    return r;
}
void dss_availability_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    struct dss_stated *x = dss_stated_at(st, stated_enter(st, q->uss, p->entity != ROW_NONE));
    x->availability = q->availability;
    x->version = dss_version_make(q, "availability");
    if (p->entity != ROW_NONE) dss_manager_at(st, p->entity)->availability = q->availability;
    dss_availability_append(st, q->uss, dss_reply_open(st, c, 200));
    dss_reply_close(st, c);
}

/* ---- reports ---- */
bool dss_report_put_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    (void)p;
    if (q->report.size > 2 && q->report.size <= LIMIT_BODY_BYTES) return true;
    return dss_refuse(st, c, REASON_BODY, 400, TEXT("body"), "%zu bytes; must be 3 to %d", q->report.size, LIMIT_BODY_BYTES);
}
/* It came as an object of at least one member, without a report_id. */
void dss_report_put_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p) {
    struct dss_ovn id = dss_version_make(q, "report");
    struct append *a = dss_reply_open(st, c, 201);
    (void)p;
    append_str(a, "\"report_id\":\"");
    dss_ovn_append(a, &id);
    append_str(a, "\",");
    append_bytes(a, q->report.at + 1, q->report.size - 2);
    dss_reply_close(st, c);
}
