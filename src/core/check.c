/* state_check: what must hold between the tables after every step. Slow; tests and `log check`. */
#include "core/dss_store.h"
#include "core/handlers.h"
#include "core/key.h"
#include "core/pool.h"
#include "core/quota.h"
#include "core/recent.h"
#include "core/sort.h"
#include "core/timer.h"

/* Quotas that core A takes are counted anew from the rows; core B's by watch_check. */
static void quotas_check(const struct state *st) {
    for (uint16_t p = 0; p < st->party_count; p++) {
        uint32_t keys = 0, agreements = 0, areas = 0, feeds = 0, pending = 0, recent = 0, volumes = 0;
        for (row r = 0; r < st->keys.capacity; r++) keys += st->keys.live[r] && key_row_at(st, r)->party == p;
        for (row r = 0; r < st->agreements.capacity; r++) agreements += st->agreements.live[r] && agreement_at(st, r)->party == p;
        for (row r = 0; r < st->areas.capacity; r++) areas += st->areas.live[r] && area_at(st, r)->party == p;
        for (row r = 0; r < st->feeds.capacity; r++) feeds += st->feeds.live[r] && feed_at(st, r)->party == p;
        for (row r = 0; r < st->pending.capacity; r++) pending += st->pending.live[r] && pending_at(st, r)->party == p;
        for (row r = 0; r < st->recent.capacity; r++) recent += st->recent.live[r] && recent_at(st, r)->party == p;
        for (row r = 0; r < st->volumes.capacity; r++)
            volumes += st->volumes.live[r] && volume_at(st, r)->party == p;
        const uint32_t *used = st->parties[p].used;
        assert(used[QUOTA_KEYS] == keys && used[QUOTA_AGREEMENTS] == agreements && used[QUOTA_AREAS] == areas && used[QUOTA_FEEDS] == feeds);
        assert(used[QUOTA_PENDING] == pending && used[QUOTA_RECENT] == recent && used[QUOTA_VOLUMES] == volumes);
        for (int q = 0; q < QUOTAS; q++) assert(used[q] <= quota_share(st, (enum quota)q));
    }
}
static void parties_check(const struct state *st) {
    assert(st->party_count >= 1 && st->party_count <= st->capacity.parties && st->parties[st->operator_].operator_);
    for (uint16_t p = 0; p < st->party_count; p++) {
        const struct party_row *x = &st->parties[p];
        instant at;
        assert(state_party_find(st, &x->name) == p);
        assert(key_row_at(st, x->root)->party == p && key_row_at(st, x->root)->root);
        assert(x->recovering == timer_get(st, TIMER_RECOVERY, p, &at));
        assert(!x->recovering || at == x->recover_at);
        bool waits = false;
        for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) waits |= x->sealed[i].used && !x->sealed[i].told_late;
        assert(waits == timer_get(st, TIMER_SEALED, p, &at));
    }
}
static void keys_check(const struct state *st) {
    for (row r = 0; r < st->keys.capacity; r++) {
        if (!st->keys.live[r]) continue;
        const struct key_row *k = key_row_at(st, r);
        assert(key_find(st, k->party, &k->name) == r && key_find_public(st, &k->public_key) == r);
        assert(k->revoked == (k->revoked_at != INSTANT_NONE) || k->revoked);
    }
}
static void agreements_check(const struct state *st) {
    for (row r = 0; r < st->agreements.capacity; r++) {
        if (!st->agreements.live[r]) continue;
        const struct agreement_row *a = agreement_at(st, r);
        bool current = false;
        assert(agreement_find(st, a->party, &a->id) == r && agreement_find_name(st, &a->name) == r);
        for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
            const struct agreement_version *v = &a->version[i];
            if (!v->used) continue;
            current |= v->version == a->current;
            assert(v->version <= a->current && v->member_count >= 2);
            for (int m = 1; m < v->member_count; m++) assert(v->member[m - 1].party < v->member[m].party);
        }
        assert(current);
    }
}
static void areas_check(const struct state *st) {
    for (row r = 0; r < st->areas.capacity; r++) {
        if (!st->areas.live[r]) continue;
        const struct area_row *a = area_at(st, r);
        uint32_t n = 0;
        for (row v = a->volume; v != ROW_NONE; v = volume_at(st, v)->next, n++)
            assert(volume_at(st, v)->owner_kind == OWNER_AREA && volume_at(st, v)->owner == r && volume_at(st, v)->party == a->party);
        assert(n == a->volume_count && n > 0 && area_find(st, a->party, &a->id) == r);
    }
}
static void tables_check(const struct state *st) {
    const struct table *all[] = {&st->keys, &st->agreements, &st->areas, &st->feeds, &st->volumes, &st->chunks, &st->notices, &st->flights,
        &st->tracks, &st->alerts, &st->holds, &st->dues, &st->pending, &st->recent};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) table_check(all[i]);
    for (row r = 0; r < st->pending.capacity; r++) {
        instant at;
        if (st->pending.live[r]) assert(timer_get(st, TIMER_PENDING, r, &at) && at == pending_at(st, r)->lapses);
    }
}
void state_check(const struct state *st) {
    tables_check(st);
    parties_check(st);
    keys_check(st);
    agreements_check(st);
    areas_check(st);
    quotas_check(st);
    recent_check(st);
    pool_check(st);
    timer_check(st);
    watch_check(st);
    dss_check_rows(st);
}
