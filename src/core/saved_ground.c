/* The state as bytes: head, parties, keys, agreements, areas, feeds, waiting and recent statements. */
#include "core/saved.h"

#include "core/agreement.h"
#include "core/capacity.h"
#include "core/key.h"
#include "core/pending.h"
#include "core/quota.h"
#include "core/recent.h"
#include "core/watch.h"

/* ---- head ---- */
static void saved_capacity(struct saved *c, struct capacity *x) {
    for (int i = 0; i < CAPACITY_MEMBERS; i++) saved_u32(c, capacity_at(x, i));
}
void saved_capacities(struct saved *c, struct hash *log, struct capacity *capacity, struct capacity *wanted, uint64_t *wanted_order) {
    saved_hash(c, log);
    saved_capacity(c, capacity);
    saved_capacity(c, wanted);
    saved_u64(c, wanted_order);
}
void saved_settings(struct saved *c) {
    struct body_settings *s = &c->st->settings;
    int64_t *all[] = {&s->immediate_ns, &s->warning_ns, &s->caution_ns, &s->hysteresis_ns, &s->lookahead_ns, &s->tube_hold_ns, &s->track_silent_ns,
                      &s->hold_repeat_ns, &s->query_repeat_ns, &s->separation_cm, &s->separation_height_cm, &s->recovery_delay_ns, &s->step_work};
    int32_t *offsets[] = {&s->offsets.geoid_low, &s->offsets.geoid_high, &s->offsets.pressure_low, &s->offsets.pressure_high, &s->offsets.terrain_low,
                          &s->offsets.terrain_high};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) saved_i64(c, all[i]);
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) saved_i32(c, offsets[i]);
}
/* What the genesis fixes is not in it but for LOG. */
void saved_head(struct saved *c) {
    struct state *st = c->st;
    if (!c->loading) saved_capacities(c, &st->log, &st->capacity, &st->wanted, &st->wanted_order);
    saved_settings(c);
    saved_u64(c, &st->order);
    saved_u64(c, &st->tick);
    saved_u64(c, &st->serial);
    saved_u64(c, &st->snapshots);
    saved_u64(c, &st->snapshot_order);
    if (st->snapshot_order > st->order || st->snapshots > st->order || (st->snapshot_order > 0 && st->snapshots == 0))
        saved_bad(c, "snapshot %llu of order %llu; the last order is %llu", (unsigned long long)st->snapshots, (unsigned long long)st->snapshot_order, (unsigned long long)st->order);
    saved_i64(c, &st->time);
    saved_i64(c, &st->ticked);
    saved_flag(c, &st->unsure);
    saved_i64(c, &st->clock_error_ns);
    saved_i64(c, &st->unsure_since);
    saved_u16(c, &st->party_count);
    if (st->party_count < 1 || st->party_count > st->capacity.parties) {
        saved_bad(c, "%u parties; must be 1 to %u", st->party_count, st->capacity.parties);
        st->party_count = 0;
    }
    saved_party(c, &st->operator_, false);
    for (int t = 0; t < SAVED_TABLES; t++) {
        saved_u32(c, &c->count[t]);
        if (c->count[t] <= saved_rows(st, (enum saved_table)t)) continue;
        saved_bad(c, "%u rows of %s; there is room for %u", c->count[t], saved_how[t].name, saved_rows(st, (enum saved_table)t));
        c->count[t] = 0;
    }
}

/* ---- parties ---- */
static void saved_sealed(struct saved *c, struct sealed_row *s) {
    uint8_t kind = (uint8_t)s->kind;
    saved_flag(c, &s->used);
    if (!s->used) return;
    saved_hash(c, &s->statement);
    saved_hash(c, &s->context);
    saved_kind(c, &kind, STATEMENT_KINDS - 1, "the kind of a sealed statement");
    if (c->loading) s->kind = (enum statement_kind)kind;
    saved_flag(c, &s->has_on);
    saved_name(c, &s->on.party, true);
    saved_id(c, &s->on.id);
    for (int i = 0; i < LIMIT_SECTIONS; i++) saved_hash(c, &s->commit[i]);
    saved_kind(c, &s->missing, (1u << LIMIT_SECTIONS) - 1, "the missing sections");
    saved_i64(c, &s->open_by);
    saved_u64(c, &s->order);
    saved_u64(c, &s->place);
    saved_u64(c, &s->serial);
    saved_i64(c, &s->time);
    saved_flag(c, &s->told_late);
}
void saved_party_row(struct saved *c, uint16_t party) {
    struct party_row *p = &c->st->parties[party];
    saved_name(c, &p->name, false);
    saved_flag(c, &p->operator_);
    saved_kind(c, &p->desk_count, LIMIT_DESKS, "the number of desks");
    for (int i = 0; i < p->desk_count; i++) saved_name(c, &p->desk[i], false);
    saved_text(c, p->zone, &p->zone_size, sizeof p->zone);
    saved_text(c, p->display, &p->display_size, sizeof p->display);
    saved_ref(c, &p->root, SAVED_KEYS, false);
    saved_u64(c, &p->stream_size);
    saved_u64(c, &p->entered_order);
    saved_i64(c, &p->entered);
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) saved_sealed(c, &p->sealed[i]);
    saved_u64(c, &p->seals_opened);
    saved_u64(c, &p->seals_late);
    saved_hash(c, &p->last_statement);
    saved_flag(c, &p->recovering);
    saved_name(c, &p->recover_key, true);
    saved_hash(c, &p->recover_root);
    saved_i64(c, &p->recover_at);
    saved_hash(c, &p->recover_statement);
    saved_u64(c, &p->forks);
    saved_u64(c, &c->st->watch->alert_number[party]);
    saved_timer(c, TIMER_RECOVERY, party, party);
    saved_timer(c, TIMER_SEALED, party, party);
}
bool saved_party_enter(struct saved *c, uint16_t party) {
    struct party_row *p = &c->st->parties[party];
    instant at = INSTANT_NONE;
    if (state_party_find(c->st, &p->name) != PARTY_NONE) return saved_bad(c, "a name that stands twice");
    if (p->operator_ != (party == c->st->operator_)) return saved_bad(c, "there is one operator, and it is named in the head");
    if (timer_get(c->st, TIMER_RECOVERY, party, &at) != p->recovering || (p->recovering && at != p->recover_at))
        return saved_bad(c, "a recovery waits for its time, nothing else does");
    hash_index_put(&c->st->party_by_name, party, table_code(p->name.at, sizeof p->name.at));
    return true;
}

/* ---- keys ---- */
void saved_key(struct saved *c, row r) {
    struct key_row *k = key_row_at(c->st, r);
    saved_party(c, &k->party, false);
    saved_name(c, &k->name, false);
    saved_hash(c, &k->public_key);
    saved_flag(c, &k->root);
    saved_flag(c, &k->feeds_only);
    saved_flag(c, &k->revoked);
    saved_i64(c, &k->from);
    saved_i64(c, &k->revoked_at);
    saved_i64(c, &k->suspect_from);
    saved_u64(c, &k->serial);
}
bool saved_key_enter(struct saved *c, row r) {
    const struct key_row *k = key_row_at(c->st, r);
    if (key_find(c->st, k->party, &k->name) != ROW_NONE || key_public_used(c->st, &k->public_key)) return saved_bad(c, "a name or a public key that stands twice");
    key_index(c->st, r);
    return saved_quota(c, k->party, QUOTA_KEYS, 1);
}

/* ---- agreements ---- */
static void saved_rule(struct saved *c, struct category_rule *r) {
    saved_name(c, &r->category, false);
    saved_i64(c, &r->lead_ns);
    saved_kind(c, &r->binds, 2, "what binds");
    saved_i64(c, &r->readback_ns);
    saved_i64(c, &r->reaction_cm);
    saved_i64(c, &r->reaction_height_cm);
    saved_i64(c, &r->reaction_before_ns);
    saved_i64(c, &r->reaction_after_ns);
    saved_i64(c, &r->tail_ns);
}
static void saved_version(struct saved *c, struct agreement_version *v) {
    saved_flag(c, &v->used);
    if (!v->used) return;
    saved_u32(c, &v->version);
    saved_i64(c, &v->from);
    saved_i64(c, &v->until);
    saved_i64(c, &v->separation_cm);
    saved_i64(c, &v->separation_height_cm);
    saved_flag(c, &v->tell_undisclosed);
    saved_flag(c, &v->signed_only);
    saved_u32(c, &v->withdraw_notice_s);
    saved_count(c, &v->member_count, LIMIT_AGREEMENT_PARTIES, "members");
    for (int i = 0; i < v->member_count; i++) {
        saved_party(c, &v->member[i].party, false);
        saved_i64(c, &v->member[i].suspended_from);
        saved_i64(c, &v->member[i].leaves_at);
        if (i > 0 && v->member[i - 1].party >= v->member[i].party) saved_bad(c, "members out of order");
    }
    saved_count(c, &v->rule_count, LIMIT_AGREEMENT_CATEGORIES, "rules");
    for (int i = 0; i < v->rule_count; i++) saved_rule(c, &v->rule[i]);
    saved_hash(c, &v->statement);
}
void saved_agreement(struct saved *c, row r) {
    struct agreement_row *a = agreement_at(c->st, r);
    saved_id(c, &a->id);
    saved_party(c, &a->party, false);
    saved_name(c, &a->name, false);
    saved_u64(c, &a->serial);
    saved_u32(c, &a->current);
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) saved_version(c, &a->version[i]);
    saved_hash(c, &a->last_statement);
    saved_timer(c, TIMER_AGREEMENT, r, a->serial);
}
bool saved_agreement_enter(struct saved *c, row r) {
    const struct agreement_row *a = agreement_at(c->st, r);
    bool current = false;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        if (a->version[i].used && (a->version[i].version > a->current || a->version[i].member_count < 2)) return saved_bad(c, "a version of no possible form");
        current |= a->version[i].used && a->version[i].version == a->current;
    }
    if (!current) return saved_bad(c, "the current version is missing");
    if (agreement_find(c->st, a->party, &a->id) != ROW_NONE || agreement_find_name(c->st, &a->name) != ROW_NONE) return saved_bad(c, "a name or an id that stands twice");
    agreement_index(c->st, r);
    return saved_quota(c, a->party, QUOTA_AGREEMENTS, 1);
}

/* ---- areas and feeds ---- */
void saved_area(struct saved *c, row r) {
    struct area_row *a = area_at(c->st, r);
    saved_id(c, &a->id);
    saved_party(c, &a->party, false);
    saved_u64(c, &a->serial);
    saved_text(c, a->name, &a->name_size, sizeof a->name);
    saved_volumes(c, OWNER_AREA, r, a->party, &a->volume, &a->volume_count);
    saved_readers(c, &a->readers);
    saved_hash(c, &a->last_statement);
    saved_u64(c, &a->order);
}
bool saved_area_enter(struct saved *c, row r) {
    const struct area_row *a = area_at(c->st, r);
    if (a->volume_count == 0) return saved_bad(c, "has no volume");
    if (area_find(c->st, a->party, &a->id) != ROW_NONE) return saved_bad(c, "an id that stands twice");
    hash_index_put(&c->st->areas.by_id, r, table_code_entity(a->party, &a->id));
    return saved_quota(c, a->party, QUOTA_AREAS, 1);
}
void saved_feed(struct saved *c, row r) {
    struct feed_row *f = feed_at(c->st, r);
    saved_party(c, &f->party, false);
    saved_name(c, &f->name, false);
    saved_u64(c, &f->serial);
    saved_readers(c, &f->readers);
    saved_hash(c, &f->last_statement);
    saved_u64(c, &f->number);
    saved_i64(c, &f->last);
    saved_i64(c, &f->last_time);
    saved_flag(c, &f->silent);
    saved_kind(c, &f->sweep, SWEEP_CONFLICTS | SWEEP_READERS, "what is looked at anew of its tracks");
    saved_u64(c, &f->shed);
    saved_i64(c, &f->shed_last);
    saved_u64(c, &f->untracked);
    saved_i64(c, &f->untracked_last);
    saved_flag(c, &f->untracked_told);
    saved_u64(c, &f->frames);
    for (uint64_t i = 0; i < LIMIT_FRAME_REPEATS && i < f->frames; i++) {
        saved_u64(c, &f->frame[i].number);
        saved_u64(c, &f->frame[i].place);
    }
    saved_timer(c, TIMER_FEED, r, f->serial);
}
bool saved_feed_enter(struct saved *c, row r) {
    const struct feed_row *f = feed_at(c->st, r);
    if (feed_find(c->st, f->party, &f->name) != ROW_NONE) return saved_bad(c, "a name that stands twice");
    feed_index(c->st, r);
    return saved_quota(c, f->party, QUOTA_FEEDS, 1);
}

/* ---- waiting and recent statements ---- */
static void saved_waiting_signer(struct saved *c, struct pending_row *p, uint16_t i) {
    saved_ref(c, &p->key[i], SAVED_KEYS, true);
    saved_party(c, &p->signer_party[i], true);
    saved_name(c, &p->key_party[i], false);
    saved_name(c, &p->key_name[i], false);
}
void saved_pending(struct saved *c, row r) {
    struct pending_row *p = pending_at(c->st, r);
    uint8_t kind = (uint8_t)p->kind;
    saved_hash(c, &p->statement);
    saved_party(c, &p->party, false);
    saved_party(c, &p->place_party, false);
    saved_u64(c, &p->serial);
    saved_u64(c, &p->place);
    saved_u64(c, &p->order);
    saved_i64(c, &p->time);
    saved_i64(c, &p->lapses);
    saved_kind(c, &kind, STATEMENT_KINDS - 1, "the kind of a waiting statement");
    if (c->loading) p->kind = (enum statement_kind)kind;
    saved_id(c, &p->id);
    saved_flag(c, &p->has_on);
    saved_name(c, &p->on.party, true);
    saved_id(c, &p->on.id);
    for (int i = 0; i < LIMIT_SIGNERS / 32; i++) saved_u32(c, &p->have[i]);
    saved_count(c, &p->signer_count, LIMIT_SIGNERS, "signers");
    for (uint16_t i = 0; i < p->signer_count; i++) saved_waiting_signer(c, p, i);
    saved_timer(c, TIMER_PENDING, r, p->serial);
}
bool saved_pending_enter(struct saved *c, row r) {
    const struct pending_row *p = pending_at(c->st, r);
    instant at;
    if (pending_find(c->st, &p->statement) != ROW_NONE) return saved_bad(c, "a statement that stands twice");
    if (!timer_get(c->st, TIMER_PENDING, r, &at) || at != p->lapses) return saved_bad(c, "does not lapse at its time");
    hash_index_put(&c->st->pending.by_id, r, table_code(p->statement.bytes, SHA256_SIZE));
    return saved_quota(c, p->party, QUOTA_PENDING, 1);
}
void saved_recent(struct saved *c, row r) {
    struct recent_row *x = recent_at(c->st, r);
    saved_hash(c, &x->statement);
    saved_party(c, &x->party, false);
    saved_u64(c, &x->place);
    saved_u64(c, &x->order);
    saved_i64(c, &x->time);
}
bool saved_recent_enter(struct saved *c, row r) {
    const struct recent_row *x = recent_at(c->st, r);
    row last = c->st->recent_newest;
    if (last != ROW_NONE && recent_at(c->st, last)->time > x->time) return saved_bad(c, "time runs back");
    if (x->place >= c->st->parties[x->party].stream_size) return saved_bad(c, "stands beyond the end of its stream");
    if (!quota_room(c->st, x->party, QUOTA_RECENT, 1, true)) return saved_bad(c, "party %u has more than its share of recent", x->party);
    recent_enter(c->st, r);
    return true;
}
