/* The key: does a request know all that it meets? ASTM F3548-21 asks it of operational intents that are accepted or activated: the OVN of every other one that meets
 * them, but for those of a manager who is down and has only accepted them; and of constraints, where the subscription is told of those. */
#include "core/dss_store.h"

#include "core/sort.h"

#include <stdio.h>

static bool counts(const struct dss_search *s, row r) {
    const struct dss_reference *x = dss_reference_at(s->st, r);
    return x->kind != DSS_INTENT || x->state != DSS_ACCEPTED || dss_availability_of(s->st, x->manager) != DSS_DOWN;
}
static int ovn_compare(const struct dss_ovn *a, const struct dss_ovn *b) {
    return a->form != b->form ? (a->form < b->form ? -1 : 1) : memcmp(a->bytes, b->bytes, sizeof a->bytes);
}
static bool ovn_before(const void *context, row a, row b) {
    const struct state *st = context;
    int order = ovn_compare(&dss_reference_at(st, a)->ovn, &dss_reference_at(st, b)->ovn);
    return order != 0 ? order < 0 : dss_reference_at(st, a)->serial < dss_reference_at(st, b)->serial;
}
/* Marks what bears this OVN, and is among `sorted`. */
static void named(const struct state *st, const struct dss_ovn *o, const row *sorted, uint32_t count) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ovn_compare(&dss_reference_at(st, sorted[middle])->ovn, o) < 0) low = middle + 1;
        else high = middle;
    }
    for (; low < count && ovn_compare(&dss_reference_at(st, sorted[low])->ovn, o) == 0; low++) st->dss->references_seen[sorted[low]] = 0;
}
/* What meets the request and is not named, in order of ids, into `out`; UINT32_MAX: that takes too much work. rows[1] is used. */
static uint32_t missing(const struct state *st, const struct dss_request *q, enum dss_kind kind, row except, struct dss_work *work, row *out) {
    struct dss_search s = {.heights = true, .wanted = counts, .except = except, .work = work};
    uint32_t n = dss_search(st, &s, kind, &q->extent, &q->extent, NULL, out), left = 0, stamp;
    if (s.beyond) return UINT32_MAX;
    if (n == 0) return 0;
    row *sorted = st->dss->rows[1];
    stamp = st->dss->stamp; /* what was found bears it; what is named loses it */
    memcpy(sorted, out, n * sizeof *out);
    sort_rows(sorted, n, ovn_before, st);
    for (uint32_t i = 0; i < q->key_count; i++) {
        struct dss_ovn o;
        if (dss_ovn_read(q->key[i], &o)) named(st, &o, sorted, n);
    }
    for (uint32_t i = 0; i < n; i++)
        if (st->dss->references_seen[out[i]] == stamp) out[left++] = out[i];
    return left;
}

/* ---- what is told of them ---- */
/* Its volumes are for those to know who may ask its manager for them: F3548's scope for details, and the manager itself. */
static bool details_open(const struct state *st, const struct dss_request *q, const struct dss_reference *x) {
    uint32_t needed = x->kind == DSS_INTENT ? DSS_SCOPE_STRATEGIC : DSS_SCOPE_CONSTRAINT_PROCESSING;
    return (q->scopes & needed) != 0 || dss_manager_find(st, q->manager) == x->manager;
}
static void conflict_append(const struct state *st, const struct dss_request *q, row r, struct append *a) {
    const struct dss_reference *x = dss_reference_at(st, r);
    const struct dss_manager *m = dss_manager_at(st, x->manager);
    const struct dss_extent *e = &q->extent;
    instant from = x->place.start > e->start ? x->place.start : e->start, to = x->place.end < e->end ? x->place.end : e->end;
    int32_t low = x->place.has_lower && x->place.lower_cm > e->lower_cm ? x->place.lower_cm : e->lower_cm;
    int32_t high = x->place.has_upper && x->place.upper_cm < e->upper_cm ? x->place.upper_cm : e->upper_cm;
    append_char(a, '{');
    dss_append_uuid_named(a, "id", &x->id);
    append_format(a, ",\"kind\":\"%s\",\"manager\":", x->kind == DSS_INTENT ? "operational_intent" : "constraint");
    append_json_string(a, (struct text){m->name, m->name_size});
    append_str(a, ",\"overlap_from\":\"");
    append_instant_exact(a, from);
    append_str(a, "\",\"overlap_s\":");
    append_fixed_point(a, (int64_t)((uint64_t)to - (uint64_t)from > INT64_MAX ? INT64_MAX : to - from), 9);
    if (details_open(st, q, x)) {
        append_str(a, ",\"overlap_lower_m\":");
        append_fixed_point(a, low, 2);
        append_str(a, ",\"overlap_height_m\":");
        append_fixed_point(a, (int64_t)high - low, 2);
    }
    append_char(a, '}');
}
static void missing_append(const struct state *st, const char *member, const row *rows, uint32_t count, row viewer, struct append *a) {
    if (count == 0) return;
    append_format(a, ",\"%s\":", member);
    dss_references_append(st, rows, count, viewer, a);
}
bool dss_refuse_work(struct state *st, struct step *c) {
    return dss_refuse(st, c, REASON_FULL, 429, TEXT("extents"), "so many outlines of so many vertices are near that they cannot be compared in one request; fewer volumes, or simpler ones, can");
}
/* Each refusal is recorded: whoever asks for a place where thousands are would fill the journal with a list that long each time. Who adds what is named is told of the rest. */
bool dss_key_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p, bool constraints) {
    row *intents = st->dss->rows[0], *zones = st->dss->rows[2];
    uint32_t n = missing(st, q, DSS_INTENT, p->entity, &p->work, intents), k = constraints && n != UINT32_MAX ? missing(st, q, DSS_CONSTRAINT, ROW_NONE, &p->work, zones) : 0;
    if (n == UINT32_MAX || k == UINT32_MAX) return dss_refuse_work(st, c);
    if (n == 0 && k == 0) return true;
    char rest[64] = "";
    if (n > LIMIT_DSS_MISSING || k > LIMIT_DSS_MISSING) snprintf(rest, sizeof rest, "; of each the first %d by id are named", LIMIT_DSS_MISSING);
    struct append *a = dss_refuse_open(st, c, REASON_CONFLICT, 409, TEXT("key"), "does not name the OVNs of %u operational intents and %u constraints that this meets%s", n, k, rest);
    if (n > LIMIT_DSS_MISSING) n = LIMIT_DSS_MISSING;
    if (k > LIMIT_DSS_MISSING) k = LIMIT_DSS_MISSING;
    assert(2 * (dss_references_size(st, intents, n) + dss_references_size(st, zones, k)) <= LIMIT_DSS_REPLY - 4096);
    missing_append(st, "missing_operational_intents", intents, n, p->manager, a);
    missing_append(st, "missing_constraints", zones, k, p->manager, a);
    append_str(a, ",\"conflicts\":[");
    for (uint32_t i = 0; i < n + k; i++) {
        if (i > 0) append_char(a, ',');
        conflict_append(st, q, i < n ? intents[i] : zones[i - n], a);
    }
    append_char(a, ']');
    return dss_refuse_close(st, c);
}
