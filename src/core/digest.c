#include "core/digest.h"

#include "core/capacity.h"
#include "core/dss_store.h"
#include "core/handlers.h"
#include "core/sort.h"

void digest_u64(struct sha256 *to, uint64_t v) {
    uint8_t b[8];
    for (int i = 0; i < 8; i++) b[i] = (uint8_t)(v >> (56 - 8 * i));
    sha256_update(to, b, sizeof b);
}
void digest_name(struct sha256 *to, const struct name *n) { sha256_update(to, n->at, NAME_ROOM); }
void digest_hash(struct sha256 *to, const struct hash *h) { sha256_update(to, h->bytes, SHA256_SIZE); }
void digest_id(struct sha256 *to, const struct id *id) { sha256_update(to, id->bytes, sizeof id->bytes); }
void digest_bytes(struct sha256 *to, const void *bytes, size_t size) {
    digest_u64(to, size);
    if (size > 0) sha256_update(to, bytes, size);
}
/* In one piece: a hash pays for each that it is given, and rows have twenty figures. */
void digest_all(struct sha256 *to, const uint64_t *v, size_t n) {
    uint8_t b[32 * 8];
    while (n > 0) {
        size_t run = n < sizeof b / 8 ? n : sizeof b / 8;
        for (size_t i = 0; i < run; i++)
            for (int k = 0; k < 8; k++) b[8 * i + (size_t)k] = (uint8_t)(v[i] >> (56 - 8 * k));
        sha256_update(to, b, 8 * run);
        v += run;
        n -= run;
    }
}
#define ALL DIGEST_ALL

void digest_readers(const struct state *st, struct sha256 *to, const struct reader_set *set) {
    digest_u64(to, set->count);
    for (uint16_t i = 0; i < set->count; i++) {
        digest_u64(to, set->at[i].kind);
        if (set->at[i].kind == READER_PARTY) digest_u64(to, set->at[i].ref);
        if (set->at[i].kind == READER_AGREEMENT) digest_name(to, &agreement_at(st, set->at[i].ref)->name);
    }
}
void digest_volumes(const struct state *st, struct sha256 *to, row first) {
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
        const struct volume_row *x = volume_at(st, r);
        struct volume v;
        pool_volume_view(st, r, st->work_positions_a, &v);
        ALL(to, 1, x->slot, x->number, v.shape.kind, v.shape.count, (uint64_t)v.shape.reach_cm, (uint64_t)v.lower.cm, v.lower.reference,
            (uint64_t)v.upper.cm, v.upper.reference, (uint64_t)v.start, (uint64_t)v.end);
        for (uint32_t i = 0; i < v.shape.count; i++) ALL(to, (uint64_t)v.shape.at[i].lat, (uint64_t)v.shape.at[i].lon);
    }
    digest_u64(to, 0);
}
void digest_text(const struct state *st, struct sha256 *to, struct text_ref t) {
    char room[LIMIT_TEXT_FIELD];
    struct text x = pool_text_view(st, t, room);
    digest_bytes(to, x.at, x.size);
}
void digest_timer(const struct state *st, struct sha256 *to, enum timer_kind kind, row r) {
    instant at = INSTANT_NONE;
    (void)timer_get(st, kind, r, &at);
    digest_u64(to, (uint64_t)at);
}

static void sealed_digest(struct sha256 *to, const struct sealed_row *r) {
    digest_u64(to, r->used);
    if (!r->used) return;
    digest_hash(to, &r->statement);
    digest_hash(to, &r->context);
    for (int i = 0; i < LIMIT_SECTIONS; i++) digest_hash(to, &r->commit[i]);
    ALL(to, r->kind, r->has_on, r->missing, (uint64_t)r->open_by, r->order, r->place, r->serial, (uint64_t)r->time, r->told_late);
    if (!r->has_on) return;
    digest_name(to, &r->on.party);
    digest_id(to, &r->on.id);
}
/* Places of the eight are free or taken by history: their order is by serial. */
static void seals_digest(struct sha256 *to, const struct party_row *p) {
    uint64_t last = 0;
    for (;;) {
        const struct sealed_row *next = NULL;
        for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++)
            if (p->sealed[i].used && p->sealed[i].serial > last && (!next || p->sealed[i].serial < next->serial)) next = &p->sealed[i];
        if (!next) break;
        sealed_digest(to, next);
        last = next->serial;
    }
    digest_u64(to, 0);
}
static void party_digest(const struct state *st, struct sha256 *to, uint16_t i) {
    const struct party_row *p = &st->parties[i];
    digest_name(to, &p->name);
    ALL(to, p->operator_, p->desk_count, p->stream_size, p->entered_order, (uint64_t)p->entered, p->seals_opened, p->seals_late, p->recovering,
        (uint64_t)p->recover_at, p->forks);
    for (int d = 0; d < p->desk_count; d++) digest_name(to, &p->desk[d]);
    digest_bytes(to, p->zone, p->zone_size);
    digest_bytes(to, p->display, p->display_size);
    digest_name(to, &key_row_at(st, p->root)->name);
    for (int q = 0; q < QUOTAS; q++) digest_u64(to, p->used[q]);
    seals_digest(to, p);
    digest_hash(to, &p->last_statement);
    digest_name(to, &p->recover_key);
    digest_hash(to, &p->recover_root);
    digest_hash(to, &p->recover_statement);
    digest_timer(st, to, TIMER_RECOVERY, i);
    digest_timer(st, to, TIMER_SEALED, i);
}

static int party_then(uint16_t a, uint16_t b, const void *x, const void *y, size_t n) {
    return a != b ? (a < b ? -1 : 1) : memcmp(x, y, n);
}
static int key_order(const void *a, const void *b) {
    const struct key_row *x = a, *y = b;
    return party_then(x->party, y->party, x->name.at, y->name.at, NAME_ROOM);
}
static void keys_digest(const struct state *st, struct sha256 *to) {
    uint32_t n = table_sorted(&st->keys, key_order, st->work_rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct key_row *k = key_row_at(st, st->work_rows[i]);
        digest_name(to, &k->name);
        digest_hash(to, &k->public_key);
        ALL(to, k->party, k->root, k->feeds_only, k->revoked, (uint64_t)k->from, (uint64_t)k->revoked_at, (uint64_t)k->suspect_from, k->serial);
    }
}

static void rule_digest(struct sha256 *to, const struct category_rule *r) {
    digest_name(to, &r->category);
    ALL(to, (uint64_t)r->lead_ns, r->binds, (uint64_t)r->readback_ns, (uint64_t)r->reaction_cm, (uint64_t)r->reaction_height_cm,
        (uint64_t)r->reaction_before_ns, (uint64_t)r->reaction_after_ns, (uint64_t)r->tail_ns);
}
static void version_digest(struct sha256 *to, const struct agreement_version *v) {
    ALL(to, v->version, (uint64_t)v->from, (uint64_t)v->until, (uint64_t)v->separation_cm, (uint64_t)v->separation_height_cm, v->tell_undisclosed,
        v->signed_only, v->withdraw_notice_s, v->member_count, v->rule_count);
    for (int i = 0; i < v->member_count; i++)
        ALL(to, v->member[i].party, (uint64_t)v->member[i].suspended_from, (uint64_t)v->member[i].leaves_at);
    for (int i = 0; i < v->rule_count; i++) rule_digest(to, &v->rule[i]);
    digest_hash(to, &v->statement);
}
static int agreement_order(const void *a, const void *b) {
    const struct agreement_row *x = a, *y = b;
    return party_then(x->party, y->party, x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}
static void agreements_digest(const struct state *st, struct sha256 *to) {
    uint32_t n = table_sorted(&st->agreements, agreement_order, st->work_rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct agreement_row *a = agreement_at(st, st->work_rows[i]);
        digest_id(to, &a->id);
        digest_name(to, &a->name);
        ALL(to, a->party, a->serial, a->current);
        digest_hash(to, &a->last_statement);
        for (uint32_t v = 1; v <= a->current; v++)
            for (int k = 0; k < LIMIT_AGREEMENT_VERSIONS; k++)
                if (a->version[k].used && a->version[k].version == v) version_digest(to, &a->version[k]);
        digest_timer(st, to, TIMER_AGREEMENT, st->work_rows[i]);
    }
}

static int area_order(const void *a, const void *b) {
    const struct area_row *x = a, *y = b;
    return party_then(x->party, y->party, x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}
static void areas_digest(const struct state *st, struct sha256 *to) {
    uint32_t n = table_sorted(&st->areas, area_order, st->work_rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct area_row *a = area_at(st, st->work_rows[i]);
        digest_id(to, &a->id);
        ALL(to, a->party, a->serial, a->volume_count, a->order);
        digest_bytes(to, a->name, a->name_size);
        digest_volumes(st, to, a->volume);
        digest_readers(st, to, &a->readers);
        digest_hash(to, &a->last_statement);
    }
}
static int feed_order(const void *a, const void *b) {
    const struct feed_row *x = a, *y = b;
    return party_then(x->party, y->party, x->name.at, y->name.at, NAME_ROOM);
}
static void feeds_digest(const struct state *st, struct sha256 *to) {
    uint32_t n = table_sorted(&st->feeds, feed_order, st->work_rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct feed_row *f = feed_at(st, st->work_rows[i]);
        digest_name(to, &f->name);
        ALL(to, f->party, f->serial, f->number, (uint64_t)f->last, (uint64_t)f->last_time, f->silent, f->sweep, f->track_count, f->frames, f->shed, (uint64_t)f->shed_last,
            f->untracked, (uint64_t)f->untracked_last, f->untracked_told);
        for (uint64_t k = 0; k < LIMIT_FRAME_REPEATS && k < f->frames; k++) ALL(to, f->frame[k].number, f->frame[k].place);
        digest_readers(st, to, &f->readers);
        digest_hash(to, &f->last_statement);
        digest_timer(st, to, TIMER_FEED, st->work_rows[i]);
    }
}
static int pending_order(const void *a, const void *b) {
    const struct pending_row *x = a, *y = b;
    return memcmp(x->statement.bytes, y->statement.bytes, SHA256_SIZE);
}
static void pendings_digest(const struct state *st, struct sha256 *to) {
    uint32_t n = table_sorted(&st->pending, pending_order, st->work_rows);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct pending_row *p = pending_at(st, st->work_rows[i]);
        digest_hash(to, &p->statement);
        ALL(to, p->party, p->place_party, p->serial, p->place, p->order, (uint64_t)p->time, (uint64_t)p->lapses, p->kind, p->has_on, p->signer_count);
        digest_id(to, &p->id);
        digest_name(to, &p->on.party);
        digest_id(to, &p->on.id);
        for (int k = 0; k < LIMIT_SIGNERS / 32; k++) digest_u64(to, p->have[k]);
        for (uint16_t k = 0; k < p->signer_count; k++) {
            static const struct hash none;
            digest_hash(to, p->key[k] == ROW_NONE ? &none : &key_row_at(st, p->key[k])->public_key);
            digest_u64(to, p->signer_party[k]);
            digest_name(to, &p->key_party[k]);
            digest_name(to, &p->key_name[k]);
        }
        digest_timer(st, to, TIMER_PENDING, st->work_rows[i]);
    }
}
static int recent_order(const void *a, const void *b) {
    const struct recent_row *x = a, *y = b;
    return memcmp(x->statement.bytes, y->statement.bytes, SHA256_SIZE);
}
static bool recent_before(const void *context, row a, row b) {
    const struct state *st = context;
    return recent_order(recent_at(st, a), recent_at(st, b)) < 0;
}
/* Put apart by their first byte, then sorted: a heap over millions of rows touches memory all over with every step. */
static uint32_t recents_sorted(const struct state *st) {
    uint32_t next[256] = {0}, sum = 0, first = 0;
    for (row r = table_next(&st->recent, 0); r != ROW_NONE; r = table_next(&st->recent, r + 1)) next[recent_at(st, r)->statement.bytes[0]]++;
    for (int b = 0; b < 256; b++) {
        uint32_t own = next[b];
        next[b] = sum;
        sum += own;
    }
    for (row r = table_next(&st->recent, 0); r != ROW_NONE; r = table_next(&st->recent, r + 1))
        st->work_rows[next[recent_at(st, r)->statement.bytes[0]]++] = r;
    for (int b = 0; b < 256; first = next[b++]) sort_rows(st->work_rows + first, next[b] - first, recent_before, st);
    return sum;
}
static void recents_digest(const struct state *st, struct sha256 *to) {
    uint32_t n = recents_sorted(st);
    digest_u64(to, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct recent_row *r = recent_at(st, st->work_rows[i]);
        digest_hash(to, &r->statement);
        ALL(to, r->party, r->place, r->order, (uint64_t)r->time);
    }
}

static void head_digest(const struct state *st, struct sha256 *to) {
    const struct capacity *c = &st->capacity;
    const struct body_settings *s = &st->settings;
    const struct altitude_offsets *o = &s->offsets;
    digest_hash(to, &st->log);
    digest_bytes(to, st->origin.at, st->origin.size);
    ALL(to, st->live, (uint64_t)st->tick_ns, st->recovery_quorum, st->order, st->tick, st->serial, st->snapshots, st->snapshot_order, (uint64_t)st->time, (uint64_t)st->ticked, st->unsure,
        (uint64_t)st->clock_error_ns, (uint64_t)st->unsure_since, st->party_count, st->operator_);
    ALL(to, c->parties, c->keys, c->agreements, c->areas, c->feeds, c->notices, c->flights, c->volumes, c->vertices, c->tracks, c->alerts,
        c->pending, c->recent, c->holds, c->managers, c->references, c->subscriptions, c->footprints, c->points, c->slots_log2);
    ALL(to, (uint64_t)s->immediate_ns, (uint64_t)s->warning_ns, (uint64_t)s->caution_ns, (uint64_t)s->hysteresis_ns, (uint64_t)s->lookahead_ns,
        (uint64_t)s->tube_hold_ns, (uint64_t)s->track_silent_ns, (uint64_t)s->hold_repeat_ns, (uint64_t)s->query_repeat_ns,
        (uint64_t)s->separation_cm, (uint64_t)s->separation_height_cm, (uint64_t)s->recovery_delay_ns, (uint64_t)s->step_work);
    ALL(to, (uint64_t)o->geoid_low, (uint64_t)o->geoid_high, (uint64_t)o->pressure_low, (uint64_t)o->pressure_high, (uint64_t)o->terrain_low,
        (uint64_t)o->terrain_high);
    digest_hash(to, &st->log_key);
    digest_hash(to, &st->receipt_key);
    digest_u64(to, st->wanted_order);
    for (int i = 0; i < CAPACITY_MEMBERS; i++) digest_u64(to, capacity_get(&st->wanted, i));
}
struct hash state_digest(const struct state *st) {
    struct sha256 to;
    sha256_init(&to);
    head_digest(st, &to);
    cosigned_digest(st, &to);
    for (uint16_t i = 0; i < st->party_count; i++) party_digest(st, &to, i);
    keys_digest(st, &to);
    agreements_digest(st, &to);
    areas_digest(st, &to);
    feeds_digest(st, &to);
    pendings_digest(st, &to);
    recents_digest(st, &to);
    watch_digest(st, &to);
    dss_digest(st, &to);
    return sha256_final(&to);
}
