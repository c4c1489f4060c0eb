/* Suffixes that OVNs are asked to end in. An OVN proves that its bearer knows the volumes of one version of an intent: two versions of an id, also with a deletion
 * between, must never share one. So of each id every suffix is later than the one before, and of a deleted intent the last is known as long as it might be asked for. */
#include "core/dss_store.h"

static const struct id no_suffix;

static int64_t suffix_ms(const struct id *suffix) {
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++) ms = ms << 8 | suffix->bytes[i]; /* RFC 9562, 5.7: 48 bits of milliseconds */
    return (int64_t)ms;
}
static bool is_past(const struct state *st, const struct id *suffix) { return suffix_ms(suffix) < st->time / 1000000 - DSS_FORGIVEN / 1000000; }
static bool is_ahead(const struct state *st, const struct id *suffix) { return suffix_ms(suffix) > st->time / 1000000 + DSS_FORGIVEN / 1000000; }
bool dss_suffix_good(const struct state *st, const struct id *suffix) {
    return id_equal(suffix, &no_suffix) || (suffix->bytes[6] >> 4 == 7 && !is_ahead(st, suffix));
}
bool dss_suffix_near(struct state *st, const struct dss_request *q, struct step *c) {
    if (!q->has_suffix || (q->suffix.bytes[6] >> 4 == 7 && !is_past(st, &q->suffix) && !is_ahead(st, &q->suffix))) return true;
    return dss_refuse(st, c, REASON_BODY, 400, TEXT("requested_ovn_suffix"), "must be a UUID of version 7 whose time is within 5 minutes of now");
}
bool dss_suffix_later(struct state *st, const struct dss_request *q, struct step *c, row r) {
    row gone = q->has_suffix ? dss_retired_find(st, &q->id) : ROW_NONE;
    if (!q->has_suffix) return true;
    bool later = (r == ROW_NONE || id_compare(&q->suffix, &dss_reference_at(st, r)->suffix) > 0) && (gone == ROW_NONE || id_compare(&q->suffix, &dss_retired_at(st, gone)->suffix) > 0);
    return later || dss_refuse(st, c, REASON_BODY, 400, TEXT("requested_ovn_suffix"), "is not later than the last one of this id: each write has an OVN of its own, so each needs a suffix that was made after the one before");
}

/* ---- of deleted intents ---- */
row dss_retired_find(const struct state *st, const struct id *id) {
    const struct hash_index *x = &st->dss->retired.by_id;
    row r = hash_index_first(x, dss_code(st, id->bytes, sizeof id->bytes));
    while (r != ROW_NONE && !id_equal(&dss_retired_at(st, r)->id, id)) r = hash_index_more(x, r);
    return r;
}
void dss_retired_index(struct state *st, row r) { hash_index_put(&st->dss->retired.by_id, r, dss_code(st, dss_retired_at(st, r)->id.bytes, sizeof(struct id))); }
static void forget(struct state *st, row r, bool settle) {
    row manager = dss_retired_at(st, r)->manager;
    hash_index_remove(&st->dss->retired.by_id, r);
    table_drop(&st->dss->retired, r);
    dss_share_give(st, manager, DSS_QUOTA_REFERENCES, 1);
    if (settle) dss_manager_settle(st, manager);
}
void dss_suffix_retire(struct state *st, const struct dss_reference *gone) {
    row before = dss_retired_find(st, &gone->id);
    struct id suffix = gone->suffix;
    if (gone->kind != DSS_INTENT || id_equal(&suffix, &no_suffix) || is_past(st, &suffix)) return; /* one of before, if any, stays */
    if (before != ROW_NONE) forget(st, before, dss_retired_at(st, before)->manager != gone->manager); /* which was earlier */
    dss_share_take(st, gone->manager, DSS_QUOTA_REFERENCES, 1);
    row r = table_take(&st->dss->retired);
    *dss_retired_at(st, r) = (struct dss_retired){.id = gone->id, .suffix = suffix, .serial = state_serial(st), .manager = gone->manager};
    dss_retired_index(st, r);
}
/* In order of deletion: one behind a later suffix waits with it, ten minutes at most. */
void dss_suffixes_expire(struct state *st) {
    for (row r; (r = table_oldest(&st->dss->retired)) != ROW_NONE && is_past(st, &dss_retired_at(st, r)->suffix);) forget(st, r, true);
}
