#include "core/quota.h"

#include "core/bridge.h"

static const char *const quota_names[QUOTAS] = {
    [QUOTA_KEYS] = "keys",         [QUOTA_AGREEMENTS] = "agreements", [QUOTA_AREAS] = "areas",     [QUOTA_FEEDS] = "feeds",
    [QUOTA_NOTICES] = "notices",   [QUOTA_FLIGHTS] = "flights",       [QUOTA_VOLUMES] = "volumes", [QUOTA_VERTICES] = "vertices",
    [QUOTA_TRACKS] = "tracks",     [QUOTA_ALERTS] = "alerts",         [QUOTA_PENDING] = "pending", [QUOTA_RECENT] = "recent",
    [QUOTA_HOLDS] = "holds",       [QUOTA_DUES] = "dues",
};
const char *quota_name(enum quota q) {
    assert(q < QUOTAS);
    return quota_names[q];
}

/* Each pair of parties has alerts of its own (owner and filer), two of which may be folded ones: at least four a pair. */
static uint32_t alerts(const struct capacity *c) {
    uint64_t least = UINT64_C(4) * c->parties * c->parties;
    return c->alerts > least ? c->alerts : least < (1u << 30) ? (uint32_t)least : 1u << 30;
}
static uint32_t dues(const struct capacity *c) {
    uint64_t each = c->parties < LIMIT_AGREEMENT_PARTIES ? c->parties : LIMIT_AGREEMENT_PARTIES;
    uint64_t n = c->notices * each + alerts(c) + c->holds + UINT64_C(64) * c->parties;
    return n < (1u << 30) ? (uint32_t)n : 1u << 30;
}
uint32_t quota_capacity(const struct capacity *c, enum quota q) {
    switch (q) {
    case QUOTA_KEYS: return c->keys;
    case QUOTA_AGREEMENTS: return c->agreements;
    case QUOTA_AREAS: return c->areas;
    case QUOTA_FEEDS: return c->feeds;
    case QUOTA_NOTICES: return c->notices;
    case QUOTA_FLIGHTS: return c->flights;
    case QUOTA_VOLUMES: return c->volumes;
    case QUOTA_VERTICES: return c->vertices;
    case QUOTA_TRACKS: return c->tracks;
    case QUOTA_ALERTS: return alerts(c);
    case QUOTA_PENDING: return c->pending;
    case QUOTA_RECENT: return c->recent;
    case QUOTA_HOLDS: return c->holds;
    case QUOTA_DUES: return dues(c);
    case QUOTAS: break;
    }
    assert(!"no such quota");
    return 0;
}

/* Shares sum to at most the capacity, so that a table with room for a party's share always has room: no party can fill another's.
 * Vertices are counted in chunks, so their share is cut to whole chunks. */
uint32_t quota_share_of(const struct capacity *c, enum quota q) {
    uint32_t share = quota_capacity(c, q) / c->parties;
    return q == QUOTA_VERTICES ? share / CHUNK_VERTICES * CHUNK_VERTICES : share;
}
uint32_t quota_pair_of(const struct capacity *c) { return alerts(c) / (c->parties * c->parties); }
uint32_t quota_share(const struct state *st, enum quota q) { return quota_share_of(&st->capacity, q); }
void quota_tables(const struct state *st, struct quota_table out[QUOTA_TABLES]) {
    const struct capacity *c = &st->capacity;
    const struct quota_table all[QUOTA_TABLES] = {
        {"keys", &st->keys, c->keys}, {"agreements", &st->agreements, c->agreements}, {"areas", &st->areas, c->areas}, {"feeds", &st->feeds, c->feeds},
        {"notices", &st->notices, c->notices}, {"flights", &st->flights, c->flights}, {"volumes", &st->volumes, c->volumes},
        {"chunks", &st->chunks, c->vertices / CHUNK_VERTICES}, {"tracks", &st->tracks, c->tracks}, {"alerts", &st->alerts, alerts(c)},
        {"pending", &st->pending, c->pending}, {"recent", &st->recent, c->recent}, {"holds", &st->holds, c->holds}, {"dues", &st->dues, dues(c)},
        {"managers", &st->dss->managers, c->managers + (c->managers > 0)}, {"references", &st->dss->references, c->references + bridge_rows(c, DSS_QUOTA_REFERENCES)}, {"subscriptions", &st->dss->subscriptions, c->subscriptions},
        {"footprints", &st->dss->footprints, c->footprints + bridge_rows(c, DSS_QUOTA_FOOTPRINTS)},
        {"point-chunks", &st->dss->chunks, c->points / DSS_CHUNK_POINTS + bridge_rows(c, DSS_QUOTA_POINTS) / DSS_CHUNK_POINTS},
        {"availabilities", &st->dss->availabilities, 2 * c->managers}, {"retired-suffixes", &st->dss->retired, c->references}};
    memcpy(out, all, sizeof all);
}
uint32_t quota_rows(const struct state *st, const struct table *t) {
    struct quota_table all[QUOTA_TABLES];
    quota_tables(st, all);
    for (int i = 0; i < QUOTA_TABLES; i++)
        if (all[i].t == t) return all[i].rows;
    assert(!"no such table");
    return 0;
}
bool quota_room(const struct state *st, uint16_t party, enum quota q, uint32_t n, bool reserve) {
    assert(party < st->party_count && q < QUOTAS);
    uint32_t share = quota_share(st, q);
    uint32_t most = reserve ? share : share - share / LIMIT_RESERVE_PART;
    uint32_t used = st->parties[party].used[q];
    return used <= most && n <= most - used;
}
void quota_take(struct state *st, uint16_t party, enum quota q, uint32_t n) {
    assert(party < st->party_count && q < QUOTAS);
    uint32_t *used = &st->parties[party].used[q];
    assert(n <= quota_share(st, q) && *used <= quota_share(st, q) - n);
    *used += n;
}
void quota_give(struct state *st, uint16_t party, enum quota q, uint32_t n) {
    assert(party < st->party_count && q < QUOTAS && st->parties[party].used[q] >= n);
    st->parties[party].used[q] -= n;
}
