/* What shows at the doors of F3548 as bytes of a snapshot, in the digest, and what must hold of it. References bear whose they are; the chains follow from their order. */
#include "core/bridge.h"

#include "core/digest.h"
#include "core/saved.h"

/* ---- snapshots ---- */
static bool beyond_count(struct state *st, struct bridged *o, uint16_t party) {
    struct bridge *b = st->dss->bridge;
    struct dss_cost all = {.of = {0}}, sure = bridge_sure();
    for (row r = o->first; r != ROW_NONE; r = dss_reference_at(st, r)->next_piece) {
        struct dss_cost one = dss_cost_place(st, &dss_reference_at(st, r)->place, &dss_reference_at(st, r)->url);
        one.of[DSS_QUOTA_REFERENCES] = 1;
        dss_cost_add(&all, &one);
    }
    for (int q = 0; q < DSS_QUOTAS; q++) {
        uint32_t beyond = all.of[q] > sure.of[q] ? all.of[q] - sure.of[q] : 0;
        b->beyond[party].of[q] += beyond - o->beyond.of[q];
        o->beyond.of[q] = beyond;
        if (b->beyond[party].of[q] > bridge_beyond(&st->capacity, (enum dss_quota)q)) return false;
    }
    return true;
}
bool bridge_saved_good(const struct dss_reference *x) {
    const struct dss_place *p = &x->place;
    bool state = x->state == DSS_ACCEPTED || (x->shows == BRIDGE_FLIGHT && x->state == DSS_ACTIVATED);
    return state && p->has_lower && p->has_upper && p->has_start && p->has_end && x->ovn.form == DSS_OVN_MADE && x->version > 0;
}
bool bridge_saved_link(struct state *st, row r) {
    const struct dss_reference *x = dss_reference_at(st, r);
    struct bridged *o = bridge_of(st, x->shows, x->of);
    if (o->count == BRIDGE_PIECES || x->bridge == 0) return false;
    bridge_link(st, r);
    return beyond_count(st, o, x->shows == BRIDGE_NOTICE ? notice_at(st, x->of)->party : flight_at(st, x->of)->party);
}
static void saved_waiting(struct saved *c, uint32_t *place) {
    struct bridge *b = c->st->dss->bridge;
    bool flight = !c->loading && *place >= b->notices;
    row r = flight ? *place - b->notices : *place;
    saved_flag(c, &flight);
    saved_ref(c, &r, flight ? SAVED_FLIGHTS : SAVED_NOTICES, false);
    if (c->failed) return;
    uint32_t i = *place = bridge_place(c->st, flight ? BRIDGE_FLIGHT : BRIDGE_NOTICE, r);
    if (c->loading && b->of[i].waits) {
        saved_bad(c, "waits twice");
        return;
    }
    saved_bytes(c, b->of[i].drawn, sizeof b->of[i].drawn);
    if (c->loading) bridge_queue(c->st, i);
}
static void saved_rounds(struct saved *c) {
    struct bridge *b = c->st->dss->bridge;
    uint32_t rounds = b->rounds;
    uint16_t p = 0;
    saved_u32(c, &rounds);
    if (rounds == 0) return;
    if (c->loading && (rounds > c->st->party_count || b->all == 0)) saved_bad(c, "%u parties' are gone through of %u", rounds, c->st->party_count);
    saved_u64(c, &b->until);
    saved_bytes(c, b->round_drawn, sizeof b->round_drawn);
    if (c->loading && b->until > c->st->serial) saved_bad(c, "what never was is gone through");
    for (uint32_t k = 0; k < rounds && !c->failed; k++, p++) {
        c->number = k;
        while (!c->loading && b->round[p].shows == BRIDGE_NOT) p++;
        saved_party(c, &p, false);
        if (c->failed) return;
        struct bridge_round *x = &b->round[p];
        if (c->loading && x->shows != BRIDGE_NOT) {
            saved_bad(c, "a party's are gone through twice");
            return;
        }
        saved_kind(c, &x->shows, BRIDGE_FLIGHT, "what is gone through");
        saved_u64(c, &x->at);
        if (!c->loading || c->failed) continue;
        if (x->shows == BRIDGE_NOT || x->at > b->until) saved_bad(c, "a place that is none");
        else bridge_round_resume(c->st, p);
    }
}
/* How far the first that waits is; what was made of it so far is made again. */
static void saved_begun(struct saved *c) {
    struct bridge *b = c->st->dss->bridge;
    uint8_t phase = b->phase;
    uint32_t units = b->units, i = b->first;
    if (b->waiting == 0 || c->failed) return;
    saved_kind(c, &phase, BRIDGE_PHASES - 1, "how far it is");
    saved_u32(c, &units);
    if (!c->loading || c->failed || (phase == BRIDGE_FRESH && units == 0)) return;
    bool flight = i >= b->notices;
    if (phase == BRIDGE_FRESH || !bridge_pieces_resume(c->st, flight ? BRIDGE_FLIGHT : BRIDGE_NOTICE, flight ? i - b->notices : i, phase, units)) saved_bad(c, "is not covered in %u steps", units);
}
void saved_bridge(struct saved *c) {
    struct bridge *b = c->st->dss->bridge;
    c->table = "bridge";
    c->number = 0;
    saved_u64(c, &b->number);
    saved_count(c, &b->url_size, LIMIT_DSS_URL, "bytes of a URL");
    saved_bytes(c, b->url, b->url_size);
    if (c->loading && (b->number > c->st->order || (b->number > 0) != (b->manager != ROW_NONE) || (b->number == 0 && b->url_size > 0))) saved_bad(c, "a number or URL that no statement gave");
    for (row r = c->loading && !c->failed ? table_next(&c->st->dss->references, 0) : ROW_NONE; r != ROW_NONE; r = table_next(&c->st->dss->references, r + 1))
        if (dss_reference_at(c->st, r)->bridge > b->number) saved_bad(c, "a reference of a bridge that was not said");
    uint32_t waiting = b->waiting, i = b->first;
    saved_u32(c, &waiting);
    if (c->loading && waiting > b->all) saved_bad(c, "%u wait of %u", waiting, b->all);
    for (uint32_t k = 0; k < waiting && !c->failed; k++) {
        c->number = k;
        saved_waiting(c, &i);
        i = c->loading ? BRIDGE_NONE : b->of[i].next;
    }
    saved_begun(c);
    if (!c->failed) saved_rounds(c);
}

/* ---- digest, check ---- */
void bridge_digest(const struct state *st, struct sha256 *to) {
    const struct bridge *b = st->dss->bridge;
    if (b->number == 0) return; /* nothing ever showed */
    digest_u64(to, b->number);
    digest_bytes(to, b->url, b->url_size);
    for (uint16_t p = 0; p < st->party_count; p++)
        for (row r = table_oldest_of(&st->notices, p); r != ROW_NONE; r = table_newer(&st->notices, r))
        for (row x = bridge_of(st, BRIDGE_NOTICE, r)->first; x != ROW_NONE; x = dss_reference_at(st, x)->next_piece)
            DIGEST_ALL(to, BRIDGE_NOTICE, notice_at(st, r)->serial, dss_reference_at(st, x)->serial, dss_reference_at(st, x)->bridge, dss_reference_at(st, x)->about, dss_reference_at(st, x)->coarse);
    for (uint16_t p = 0; p < st->party_count; p++)
        for (row r = table_oldest_of(&st->flights, p); r != ROW_NONE; r = table_newer(&st->flights, r))
        for (row x = bridge_of(st, BRIDGE_FLIGHT, r)->first; x != ROW_NONE; x = dss_reference_at(st, x)->next_piece)
            DIGEST_ALL(to, BRIDGE_FLIGHT, flight_at(st, r)->serial, dss_reference_at(st, x)->serial, dss_reference_at(st, x)->bridge, dss_reference_at(st, x)->about, dss_reference_at(st, x)->coarse);
    digest_u64(to, b->waiting);
    for (uint32_t i = b->first; i != BRIDGE_NONE; i = b->of[i].next) {
        bool flight = i >= b->notices;
        DIGEST_ALL(to, flight, flight ? flight_at(st, i - b->notices)->serial : notice_at(st, i)->serial);
        sha256_update(to, b->of[i].drawn, sizeof b->of[i].drawn);
    }
    if (b->waiting > 0) DIGEST_ALL(to, b->phase, b->units);
    digest_u64(to, b->rounds);
    if (b->rounds == 0) return;
    digest_u64(to, b->until);
    sha256_update(to, b->round_drawn, sizeof b->round_drawn);
    for (uint16_t p = 0; p < st->party_count; p++)
        if (b->round[p].shows != BRIDGE_NOT) DIGEST_ALL(to, p, b->round[p].shows, b->round[p].at);
}
void bridge_check_rows(const struct state *st) {
    const struct bridge *b = st->dss->bridge;
    uint32_t shown = 0, chained = 0, waits = 0, queued = 0, previous = BRIDGE_NONE;
    struct dss_cost sum = {.of = {0}}, sums = {.of = {0}};
    for (row r = table_next(&st->dss->references, 0); r != ROW_NONE; r = table_next(&st->dss->references, r + 1)) {
        const struct dss_reference *x = dss_reference_at(st, r);
        shown += x->shows != BRIDGE_NOT;
        assert((x->shows != BRIDGE_NOT) == (b->manager != ROW_NONE && x->manager == b->manager));
    }
    for (uint32_t i = 0; i < b->all; i++) {
        const struct bridged *o = &b->of[i];
        uint32_t n = 0;
        uint8_t shows = i < b->notices ? BRIDGE_NOTICE : BRIDGE_FLIGHT;
        for (row r = o->first; r != ROW_NONE; r = dss_reference_at(st, r)->next_piece, n++)
            assert(dss_reference_at(st, r)->shows == shows && bridge_place(st, shows, dss_reference_at(st, r)->of) == i);
        assert(n == o->count && n <= BRIDGE_PIECES);
        assert(n > 0 || !memcmp(&o->beyond, &(struct dss_cost){.of = {0}}, sizeof o->beyond));
        dss_cost_add(&sum, &o->beyond);
        chained += n;
        waits += o->waits;
    }
    for (uint32_t p = 0; b->beyond && p < st->capacity.parties; p++) dss_cost_add(&sums, &b->beyond[p]);
    assert(shown == chained && memcmp(&sum, &sums, sizeof sum) == 0);
    for (uint32_t i = b->first; i != BRIDGE_NONE; previous = i, i = b->of[i].next, queued++) assert(b->of[i].waits && b->of[i].previous == previous);
    bridge_rounds_check(st);
    bridge_pieces_check(st);
    assert(queued == b->waiting && waits == queued && b->last == previous && (b->number > 0 || queued == 0));
}
