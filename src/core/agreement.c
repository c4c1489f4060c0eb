/* agreement, agreement/suspend, agreement/resume, agreement/leave.
 *
 * A version is signed by the root key of each of its parties, and of each member of the version before that has not left: nobody
 * is put out of an agreement, or loses its lead times, without its own word. Which version counts is a question of the moment:
 * the highest one whose `from` has come; a later one replaces it when its own comes. Members who suspended or left do not count;
 * with fewer than two others nothing is in force. */
#include "core/agreement.h"

#include "core/handlers.h"
#include "core/key.h"

row agreement_find_name(const struct state *st, const struct name *name) {
    row r = hash_index_first(&st->agreement_by_name, table_code(name->at, NAME_ROOM));
    while (r != ROW_NONE && !name_equal(&agreement_at(st, r)->name, name)) r = hash_index_more(&st->agreement_by_name, r);
    return r;
}
bool agreement_member_counts(const struct agreement_member *m, instant at) {
    return (m->suspended_from == INSTANT_NONE || m->suspended_from > at) && (m->leaves_at == INSTANT_NONE || m->leaves_at > at);
}
const struct agreement_version *agreement_in_force(const struct state *st, row agreement, instant at) {
    const struct agreement_row *a = agreement_at(st, agreement);
    const struct agreement_version *best = NULL;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        const struct agreement_version *v = &a->version[i];
        if (v->used && v->from <= at && (!best || v->version > best->version)) best = v;
    }
    if (!best || (best->until != INSTANT_NONE && best->until <= at)) return NULL;
    uint32_t active = 0;
    for (uint16_t i = 0; i < best->member_count; i++) active += agreement_member_counts(&best->member[i], at);
    return active >= 2 ? best : NULL;
}
static struct agreement_member *member_of(struct agreement_version *v, uint16_t party) {
    for (uint16_t i = 0; i < v->member_count; i++)
        if (v->member[i].party == party) return &v->member[i];
    return NULL;
}
bool agreement_has(const struct state *st, row agreement, uint16_t party, instant at) {
    const struct agreement_version *v = agreement_in_force(st, agreement, at);
    for (uint16_t i = 0; v && i < v->member_count; i++)
        if (v->member[i].party == party) return agreement_member_counts(&v->member[i], at);
    return false;
}
const struct category_rule *agreement_rule(const struct agreement_version *v, const struct name *category) {
    static const struct name fallback = {"default"};
    const struct category_rule *rest = NULL;
    for (uint16_t i = 0; i < v->rule_count; i++) {
        if (name_equal(&v->rule[i].category, category)) return &v->rule[i];
        if (name_equal(&v->rule[i].category, &fallback)) rest = &v->rule[i];
    }
    return rest;
}
uint32_t agreements_of(const struct state *st, uint16_t party, instant at, row *out, uint32_t room) {
    uint32_t n = 0;
    for (row r = 0; r < st->agreements.capacity; r++) {
        if (!st->agreements.live[r] || !agreement_has(st, r, party, at)) continue;
        uint32_t i = n;
        for (; i > 0 && memcmp(agreement_at(st, r)->name.at, agreement_at(st, out[i - 1])->name.at, NAME_ROOM) < 0; i--)
            if (i < room) out[i] = out[i - 1];
        if (i < room) out[i] = r;
        if (n < room) n++;
    }
    return n;
}
bool agreement_both(const struct state *st, uint16_t a, uint16_t b, instant at, row *agreement) {
    row best = ROW_NONE;
    for (row r = 0; r < st->agreements.capacity; r++)
        if (st->agreements.live[r] && agreement_has(st, r, a, at) && agreement_has(st, r, b, at) &&
            (best == ROW_NONE || memcmp(agreement_at(st, r)->name.at, agreement_at(st, best)->name.at, NAME_ROOM) < 0))
            best = r;
    if (best != ROW_NONE) *agreement = best;
    return best != ROW_NONE;
}
bool agreement_signed_only(const struct state *st, uint16_t party) {
    for (row r = 0; r < st->agreements.capacity; r++)
        if (st->agreements.live[r] && agreement_has(st, r, party, st->time) && agreement_in_force(st, r, st->time)->signed_only) return true;
    return false;
}

/* ---- agreement ---- */
static bool root_of(const struct state *st, const struct statement *s, uint16_t party) {
    const struct key_row *k = key_row_at(st, st->parties[party].root);
    for (uint32_t i = 0; i < s->signer_count; i++) {
        const struct signer *g = &s->signers[i];
        if (name_equal(&g->party, &st->parties[party].name) && hash_equal(&g->public_key, &k->public_key)) return key_valid(k, s->time);
    }
    return false;
}
static bool signed_by(const struct step *c, uint16_t party) {
    if (c->party == party) return true;
    for (uint16_t i = 0; i < c->co_count; i++)
        if (c->co[i] == party) return true;
    return false;
}
static bool must_sign(const struct state *st, const struct statement *s, struct step *c, uint16_t party) {
    const struct name *n = &st->parties[party].name;
    if (!signed_by(c, party)) return refuse(c, REASON_SIGNATURE_NEEDED, "by: %.*s must sign", TEXT_ARG(name_text(n)));
    if (!root_of(st, s, party)) return refuse(c, REASON_NOT_ROOT, "by: the root key of %.*s must sign", TEXT_ARG(name_text(n)));
    return true;
}
static bool parties_check(const struct state *st, const struct statement *s, struct step *c, const struct body_agreement *b) {
    uint16_t signing = (uint16_t)(1 + c->co_count);
    if (b->party_count < 2 || b->party_count > LIMIT_AGREEMENT_PARTIES)
        return refuse(c, REASON_BODY, "/parties: %u; must be 2 to %d", b->party_count, LIMIT_AGREEMENT_PARTIES);
    for (uint32_t i = 0; i < b->party_count; i++) {
        uint16_t p = state_party_find(st, &b->parties[i]);
        if (p == PARTY_NONE) return refuse(c, REASON_UNKNOWN_PARTY, "/parties: %.*s", TEXT_ARG(name_text(&b->parties[i])));
        for (uint32_t k = 0; k < i; k++)
            if (name_equal(&b->parties[i], &b->parties[k])) return refuse(c, REASON_BODY, "/parties: %.*s stands twice", TEXT_ARG(name_text(&b->parties[i])));
        if (!must_sign(st, s, c, p)) return false;
        signing--;
    }
    if (c->entity == ROW_NONE) return signing == 0 || refuse(c, REASON_BODY, "by: signed by a party that is not of it");
    const struct agreement_row *a = agreement_at(st, c->entity);
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        const struct agreement_version *v = &a->version[i];
        if (!v->used || v->version != a->current) continue;
        for (uint16_t m = 0; m < v->member_count; m++) {
            bool left = v->member[m].leaves_at != INSTANT_NONE && v->member[m].leaves_at <= s->time;
            if (!left && !must_sign(st, s, c, v->member[m].party)) return false;
        }
    }
    return true;
}
static bool rule_check(struct step *c, const struct body_agreement *b, uint32_t i) {
    const struct category_rule *r = &b->rules[i];
    if (r->binds > 2) return refuse(c, REASON_BODY, "/rules/%u/binds: %u; must be 0 to 2", i, r->binds);
    if (r->lead_ns < 0 || r->readback_ns < 0 || r->reaction_cm < 0 || r->reaction_height_cm < 0 || r->reaction_before_ns < 0 ||
        r->reaction_after_ns < 0 || r->tail_ns < 0)
        return refuse(c, REASON_BODY, "/rules/%u: no figure may be negative", i);
    for (uint32_t k = 0; k < i; k++)
        if (name_equal(&r->category, &b->rules[k].category)) return refuse(c, REASON_BODY, "/rules/%u/category: stands twice", i);
    return true;
}
static bool body_check(struct step *c, const struct statement *s, const struct body_agreement *b) {
    instant from = b->from == INSTANT_NONE || b->from < s->time ? s->time : b->from;
    if (b->until != INSTANT_NONE && b->until <= from) return refuse(c, REASON_BODY, "/until: must lie after its beginning and in the future");
    if (b->separation_cm < 0 || b->separation_height_cm < 0) return refuse(c, REASON_BODY, "/separation_m: may not be negative");
    if (b->rule_count > LIMIT_AGREEMENT_CATEGORIES) return refuse(c, REASON_BODY, "/rules: at most %d", LIMIT_AGREEMENT_CATEGORIES);
    for (uint32_t i = 0; i < b->rule_count; i++)
        if (!rule_check(c, b, i)) return false;
    return true;
}
/* The place that a new version may take: a free one, else the lowest version that another has replaced for good. */
static int place_for(const struct agreement_row *a, instant now) {
    int best = -1;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        const struct agreement_version *v = &a->version[i];
        if (!v->used) return i;
        bool replaced = false;
        for (int k = 0; k < LIMIT_AGREEMENT_VERSIONS; k++)
            replaced |= a->version[k].used && a->version[k].version > v->version && a->version[k].from <= now;
        if (replaced && (best < 0 || v->version < a->version[best].version)) best = i;
    }
    return best;
}
bool agreement_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *one = section_one(s);
    if (!one) return refuse(c, REASON_SECTION, "agreement: one section is needed");
    const struct body_agreement *b = &one->body.agreement;
    uint16_t owner = entity_party(st, s);
    if (owner == PARTY_NONE) return refuse(c, REASON_UNKNOWN_PARTY, "on: unknown party");
    c->entity = agreement_find(st, owner, &s->on.id);
    if (c->entity == ROW_NONE) {
        if (!signed_by(c, owner)) return refuse(c, REASON_NOT_OWNER, "on: a new agreement stands under one of its parties");
        if (b->version != 1) return refuse(c, REASON_VERSION, "/version: %u; the first is 1", b->version);
        if (agreement_find_name(st, &b->name) != ROW_NONE) return refuse(c, REASON_NAME_USED, "/name: another agreement has this name");
        if (s->has_prev) return refuse(c, REASON_STALE, "prev: there is no such agreement");
        if (!quota_room(st, owner, QUOTA_AGREEMENTS, 1, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_AGREEMENTS));
    } else {
        const struct agreement_row *a = agreement_at(st, c->entity);
        if (!step_prev(c, s, &a->last_statement)) return false;
        if (!name_equal(&a->name, &b->name)) return refuse(c, REASON_BODY, "/name: an agreement keeps its name");
        if (b->version != a->current + 1) return refuse(c, REASON_VERSION, "/version: %u; the next is %u", b->version, a->current + 1);
        if (place_for(a, s->time) < 0) return refuse(c, REASON_FULL, "versions: %d wait for their dates", LIMIT_AGREEMENT_VERSIONS);
    }
    return body_check(c, s, b) && parties_check(st, s, c, b);
}

/* The next moment at which what is in force may change. */
static void timer_next(struct state *st, row r) {
    const struct agreement_row *a = agreement_at(st, r);
    instant next = INSTANT_NONE;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        const struct agreement_version *v = &a->version[i];
        if (!v->used) continue;
        instant at[2 + 2 * LIMIT_AGREEMENT_PARTIES] = {v->from, v->until};
        int n = 2;
        for (uint16_t m = 0; m < v->member_count; m++) {
            at[n++] = v->member[m].suspended_from;
            at[n++] = v->member[m].leaves_at;
        }
        for (int k = 0; k < n; k++)
            if (at[k] != INSTANT_NONE && at[k] > st->time && (next == INSTANT_NONE || at[k] < next)) next = at[k];
    }
    if (next == INSTANT_NONE) timer_cancel(st, TIMER_AGREEMENT, r);
    else timer_set(st, TIMER_AGREEMENT, r, a->serial, next);
}
static void version_fill(struct state *st, const struct statement *s, const struct body_agreement *b, struct agreement_version *v) {
    *v = (struct agreement_version){.used = true, .version = b->version, .until = b->until, .separation_cm = b->separation_cm,
        .separation_height_cm = b->separation_height_cm, .tell_undisclosed = b->tell_undisclosed, .signed_only = b->signed_only,
        .withdraw_notice_s = b->withdraw_notice_s, .rule_count = (uint16_t)b->rule_count, .statement = s->hash};
    v->from = b->from == INSTANT_NONE || b->from < s->time ? s->time : b->from;
    for (uint32_t i = 0; i < b->rule_count; i++) v->rule[i] = b->rules[i];
    for (uint32_t i = 0; i < b->party_count; i++) {
        uint16_t p = state_party_find(st, &b->parties[i]), k = v->member_count;
        for (; k > 0 && v->member[k - 1].party > p; k--) v->member[k] = v->member[k - 1];
        v->member[k] = (struct agreement_member){p, INSTANT_NONE, INSTANT_NONE};
        v->member_count++;
    }
}
void agreement_index(struct state *st, row r) {
    const struct agreement_row *a = agreement_at(st, r);
    hash_index_put(&st->agreements.by_id, r, table_code_entity(a->party, &a->id));
    hash_index_put(&st->agreement_by_name, r, table_code(a->name.at, NAME_ROOM));
}
static row agreement_enter(struct state *st, const struct statement *s, const struct body_agreement *b) {
    uint16_t owner = entity_party(st, s);
    quota_take(st, owner, QUOTA_AGREEMENTS, 1);
    row r = table_take(&st->agreements);
    *agreement_at(st, r) = (struct agreement_row){.id = s->on.id, .party = owner, .name = b->name, .serial = state_serial(st)};
    agreement_index(st, r);
    return r;
}
void agreement_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct body_agreement *b = &section_one(s)->body.agreement;
    row r = c->entity == ROW_NONE ? agreement_enter(st, s, b) : c->entity;
    struct agreement_row *a = agreement_at(st, r);
    version_fill(st, s, b, &a->version[place_for(a, s->time)]);
    a->current = b->version;
    a->last_statement = s->hash;
    timer_next(st, r);
    watch_on_agreement(st, r, fx);
}

/* ---- its members' moves ---- */
static bool move_check(struct state *st, const struct statement *s, struct step *c) {
    if (!section_one(s)) return refuse(c, REASON_SECTION, "%s: one section is needed", statement_kind_name(s->kind));
    uint16_t owner = entity_party(st, s);
    c->entity = owner == PARTY_NONE ? ROW_NONE : agreement_find(st, owner, &s->on.id);
    if (c->entity == ROW_NONE) return refuse(c, REASON_UNKNOWN_ENTITY, "on: no such agreement");
    struct agreement_row *a = agreement_at(st, c->entity);
    bool member = false;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        const struct agreement_member *m = a->version[i].used ? member_of(&a->version[i], c->party) : NULL;
        if (!m) continue;
        member = true;
        c->n[0] |= m->suspended_from != INSTANT_NONE;
        c->n[1] |= m->leaves_at != INSTANT_NONE;
    }
    /* A stranger hears the same of an agreement that there is as of one that there is not. */
    if (!member) return refuse(c, REASON_UNKNOWN_ENTITY, "on: no such agreement");
    return step_prev(c, s, &a->last_statement);
}
/* All members hear it, whoever else reads the section. `what`: 0 suspend, 1 resume, 2 leave. */
static void move_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx, int what, instant at) {
    struct agreement_row *a = agreement_at(st, c->entity);
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) {
        struct agreement_version *v = &a->version[i];
        struct agreement_member *m = v->used ? member_of(v, c->party) : NULL;
        if (!m) continue;
        if (what == 2) m->leaves_at = at;
        else m->suspended_from = what == 0 ? at : INSTANT_NONE;
        for (uint16_t k = 0; k < v->member_count; k++)
            if (v->member[k].party != c->party) tell_statement(st, fx, v->member[k].party, (uint8_t)(1u << section_one(s)->slot));
    }
    a->last_statement = s->hash;
    timer_next(st, c->entity);
    watch_on_agreement(st, c->entity, fx);
}
bool agreement_suspend_check(struct state *st, const struct statement *s, struct step *c) {
    if (!move_check(st, s, c)) return false;
    return !c->n[0] || refuse(c, REASON_BAD_STATE, "suspended already");
}
void agreement_suspend_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    instant from = section_one(s)->body.agreement_date.from;
    move_apply(st, s, c, fx, 0, from == INSTANT_NONE || from < s->time ? s->time : from);
}
bool agreement_resume_check(struct state *st, const struct statement *s, struct step *c) {
    if (!move_check(st, s, c)) return false;
    return c->n[0] || refuse(c, REASON_BAD_STATE, "not suspended by this party");
}
void agreement_resume_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    move_apply(st, s, c, fx, 1, INSTANT_NONE);
}
/* Leaving takes the notice that was agreed: that of the version in force, or of the latest when none is. */
static instant leave_earliest(const struct state *st, row r, instant now) {
    const struct agreement_version *v = agreement_in_force(st, r, now);
    const struct agreement_row *a = agreement_at(st, r);
    for (int i = 0; !v && i < LIMIT_AGREEMENT_VERSIONS; i++)
        if (a->version[i].used && a->version[i].version == a->current) v = &a->version[i];
    return now + (int64_t)v->withdraw_notice_s * INSTANT_SECOND;
}
bool agreement_leave_check(struct state *st, const struct statement *s, struct step *c) {
    if (!move_check(st, s, c)) return false;
    if (c->n[1]) return refuse(c, REASON_BAD_STATE, "leaves already");
    instant from = section_one(s)->body.agreement_date.from, earliest = leave_earliest(st, c->entity, s->time);
    if (from != INSTANT_NONE && from < earliest) return refuse(c, REASON_BODY, "/from: earlier than the agreed notice allows");
    c->n[2] = (uint64_t)(from == INSTANT_NONE ? earliest : from);
    return true;
}
void agreement_leave_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    move_apply(st, s, c, fx, 2, (instant)c->n[2]);
}

/* A date came: all its members hear what is in force now. */
void agreement_on_timer(struct state *st, row r, struct effects *fx) {
    const struct agreement_row *a = agreement_at(st, r);
    const struct agreement_version *v = agreement_in_force(st, r, st->time);
    for (uint16_t p = 0; p < st->party_count; p++) {
        bool member = false;
        for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++) member |= a->version[i].used && member_of((struct agreement_version *)&a->version[i], p);
        if (!member) continue;
        struct append *out = tell_begin(st, fx, TOLD_LAPSED, p, NULL);
        append_str(out, "\"what\":\"agreement\",\"agreement\":");
        append_json_string(out, name_text(&a->name));
        append_str(out, ",\"version\":");
        if (v) append_decimal(out, v->version);
        else append_str(out, "null");
        append_str(out, agreement_has(st, r, p, st->time) ? ",\"in_force\":true" : ",\"in_force\":false");
        tell_end(st, fx);
    }
    timer_next(st, r);
    watch_on_agreement(st, r, fx);
}
