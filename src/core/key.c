/* key, key/revoke, key/recover, key/object. A key enters by its own signature and the root key's; the operator adds none to a
 * party. A lost root key is replaced by the word of other parties, after a delay in which any key of the party may object. */
#include "core/key.h"

#include "core/handlers.h"

const struct name key_root_name = {"root"};

static uint32_t key_code(uint16_t party, const struct name *name) {
    uint8_t bytes[2 + NAME_ROOM] = {(uint8_t)(party >> 8), (uint8_t)party};
    memcpy(bytes + 2, name->at, NAME_ROOM);
    return table_code(bytes, sizeof bytes);
}
row key_find(const struct state *st, uint16_t party, const struct name *name) {
    row r = hash_index_first(&st->keys.by_id, key_code(party, name));
    for (; r != ROW_NONE; r = hash_index_more(&st->keys.by_id, r)) {
        const struct key_row *k = key_row_at(st, r);
        if (k->party == party && name_equal(&k->name, name)) break;
    }
    return r;
}
row key_find_public(const struct state *st, const struct hash *public_key) {
    row r = hash_index_first(&st->key_by_public, table_code(public_key->bytes, SHA256_SIZE));
    while (r != ROW_NONE && !hash_equal(&key_row_at(st, r)->public_key, public_key)) r = hash_index_more(&st->key_by_public, r);
    return r;
}
bool key_public_used(const struct state *st, const struct hash *public_key) {
    return hash_equal(public_key, &st->log_key) || hash_equal(public_key, &st->receipt_key) || key_find_public(st, public_key) != ROW_NONE;
}
bool key_valid(const struct key_row *k, instant at) { return !k->revoked && k->from <= at; }

void key_index(struct state *st, row r) {
    const struct key_row *k = key_row_at(st, r);
    hash_index_put(&st->keys.by_id, r, key_code(k->party, &k->name));
    hash_index_put(&st->key_by_public, r, table_code(k->public_key.bytes, SHA256_SIZE));
}
row key_enter(struct state *st, uint16_t party, const struct name *name, const struct hash *public_key, bool root, bool feeds_only,
              instant from) {
    quota_take(st, party, QUOTA_KEYS, 1);
    row r = table_take(&st->keys);
    *key_row_at(st, r) = (struct key_row){.party = party, .name = *name, .public_key = *public_key, .root = root, .feeds_only = feeds_only,
        .from = from, .revoked_at = INSTANT_NONE, .suspect_from = INSTANT_NONE, .serial = state_serial(st)};
    key_index(st, r);
    return r;
}
const struct hash *state_key(const struct state *st, const struct name *party, const struct name *key) {
    uint16_t p = state_party_find(st, party);
    row r = p == PARTY_NONE ? ROW_NONE : key_find(st, p, key);
    return r != ROW_NONE && key_valid(key_row_at(st, r), st->time) ? &key_row_at(st, r)->public_key : NULL;
}
bool state_key_feeds_only(const struct state *st, const struct name *party, const struct name *key) {
    uint16_t p = state_party_find(st, party);
    row r = p == PARTY_NONE ? ROW_NONE : key_find(st, p, key);
    return r != ROW_NONE && key_row_at(st, r)->feeds_only;
}

static bool signs(const struct statement *s, const struct name *party, const struct name *key, const struct hash *public_key) {
    for (uint32_t i = 0; i < s->signer_count; i++) {
        const struct signer *g = &s->signers[i];
        if (name_equal(&g->party, party) && name_equal(&g->key, key) && hash_equal(&g->public_key, public_key)) return true;
    }
    return false;
}
/* Does the root key in force of this party stand among the signers? */
static bool root_signs(const struct state *st, const struct statement *s, uint16_t party) {
    const struct key_row *k = key_row_at(st, st->parties[party].root);
    return key_valid(k, s->time) && signs(s, &st->parties[party].name, &k->name, &k->public_key);
}
/* A name and a public key that are free, and room for one more key. */
static bool key_free(const struct state *st, uint16_t party, const struct name *name, const struct hash *public_key, struct step *c) {
    if (key_find(st, party, name) != ROW_NONE)
        return refuse(c, REASON_NAME_USED, "/key: %.*s was used before; a name is used once per log", TEXT_ARG(name_text(name)));
    if (key_public_used(st, public_key)) return refuse(c, REASON_KEY_USED, "/public_key: a public key is used once per log");
    if (!quota_room(st, party, QUOTA_KEYS, 1, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_KEYS));
    return true;
}

/* ---- key ---- */
bool key_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *b = section_one(s);
    if (!b) return refuse(c, REASON_SECTION, "key: one section is needed");
    const struct body_key *k = &b->body.key;
    if (!name_equal(&k->party, &st->parties[c->party].name)) return refuse(c, REASON_NOT_OWNER, "/party: a party adds keys to itself only");
    if (name_equal(&k->key, &key_root_name)) return refuse(c, REASON_BODY, "/key: root comes by party and key/recover only");
    if (!root_signs(st, s, c->party)) return refuse(c, REASON_NOT_ROOT, "by: the party's root key must sign");
    if (!key_free(st, c->party, &k->key, &k->public_key, c)) return false;
    if (!signs(s, &k->party, &k->key, &k->public_key)) return refuse(c, REASON_SIGNATURE_NEEDED, "by: the new key must sign");
    return true;
}
void key_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)fx;
    const struct body_key *k = &section_one(s)->body.key;
    key_enter(st, c->party, &k->key, &k->public_key, false, k->feeds_only, s->time);
    st->parties[c->party].last_statement = s->hash;
}

/* ---- key/revoke ---- */
bool key_revoke_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *b = section_one(s);
    if (!b) return refuse(c, REASON_SECTION, "key/revoke: one section is needed");
    if (!root_signs(st, s, c->party)) return refuse(c, REASON_NOT_ROOT, "by: the party's root key must sign");
    row r = key_find(st, c->party, &b->body.key_revoke.key);
    if (r == ROW_NONE) return refuse(c, REASON_UNKNOWN_ENTITY, "/key: the party has no key of that name");
    if (key_row_at(st, r)->revoked) return refuse(c, REASON_BAD_STATE, "/key: revoked already");
    const struct party_row *p = &st->parties[c->party];
    if (p->recovering && name_equal(&p->recover_key, &b->body.key_revoke.key))
        return refuse(c, REASON_BAD_STATE, "/key: enters by a recovery that waits; object to that");
    if (b->body.key_revoke.suspect_from > s->time) return refuse(c, REASON_BODY, "/suspect_from: must not lie in the future");
    c->r[0] = r;
    return true;
}
void key_revoke_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct body_key_revoke *b = &section_one(s)->body.key_revoke;
    struct key_row *k = key_row_at(st, c->r[0]);
    k->revoked = true;
    k->revoked_at = s->time;
    k->suspect_from = b->suspect_from == INSTANT_NONE ? s->time : b->suspect_from;
    st->parties[c->party].last_statement = s->hash;
    notice_on_key_suspect(st, c->party, c->r[0], k->suspect_from, fx);
}

/* ---- key/recover ---- */
/* How many others must vouch: recovery_quorum, or all there are when the log has fewer; never none, for the operator alone adds
 * no key to a party. */
static uint32_t recover_needed(const struct state *st, uint16_t party) {
    uint32_t others = st->party_count - 1u - (party != st->operator_);
    uint32_t needed = st->recovery_quorum < others ? st->recovery_quorum : others;
    return needed ? needed : 1;
}
static bool recover_signed(const struct state *st, const struct statement *s, uint16_t party, struct step *c) {
    uint32_t vouched = 0;
    bool operator_ = false;
    for (uint16_t p = 0; p < st->party_count; p++) {
        if (p != c->party) {
            bool co = false;
            for (uint16_t i = 0; i < c->co_count; i++) co |= c->co[i] == p;
            if (!co) continue;
        }
        if (p == st->operator_) operator_ = true;
        else if (p == party) continue;
        else if (root_signs(st, s, p)) vouched++;
        else return refuse(c, REASON_NOT_ROOT, "by: %.*s must vouch with its root key", TEXT_ARG(name_text(&st->parties[p].name)));
    }
    if (!operator_ && party != st->operator_) return refuse(c, REASON_NOT_OPERATOR, "by: the operator must sign");
    if (vouched < recover_needed(st, party))
        return refuse(c, REASON_SIGNATURE_NEEDED, "by: %u other parties vouch; %u must", vouched, recover_needed(st, party));
    return true;
}
bool key_recover_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *b = section_one(s);
    if (!b) return refuse(c, REASON_SECTION, "key/recover: one section is needed");
    const struct body_key_recover *k = &b->body.key_recover;
    uint16_t party = state_party_find(st, &k->party);
    if (party == PARTY_NONE) return refuse(c, REASON_UNKNOWN_PARTY, "/party: unknown");
    if (st->parties[party].recovering) return refuse(c, REASON_BAD_STATE, "/party: a recovery waits already");
    if (!recover_signed(st, s, party, c)) return false;
    if (!key_free(st, party, &k->key, &k->new_root, c)) return false;
    if (!signs(s, &k->party, &k->key, &k->new_root)) return refuse(c, REASON_SIGNATURE_NEEDED, "by: the new root key must sign");
    c->r[0] = party;
    return true;
}
/* The key's row is made now, so that its name and public key are taken while it waits; it is in force from recover_at on. */
void key_recover_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)fx;
    const struct body_key_recover *k = &section_one(s)->body.key_recover;
    uint16_t party = (uint16_t)c->r[0];
    struct party_row *p = &st->parties[party];
    p->recovering = true;
    p->recover_key = k->key;
    p->recover_root = k->new_root;
    p->recover_at = s->time + st->settings.recovery_delay_ns;
    p->recover_statement = s->hash;
    p->last_statement = s->hash;
    key_enter(st, party, &k->key, &k->new_root, true, false, p->recover_at);
    timer_set(st, TIMER_RECOVERY, party, party, p->recover_at);
}
static void recover_end(struct party_row *p) {
    p->recovering = false;
    p->recover_at = INSTANT_NONE;
    p->recover_key = (struct name){0};
    p->recover_root = (struct hash){0};
    p->recover_statement = (struct hash){0};
}
/* The recovery takes effect: the old root key, lost, is void from now on; what it said stands. */
void key_on_timer(struct state *st, row party, struct effects *fx) {
    struct party_row *p = &st->parties[party];
    assert(p->recovering);
    row fresh = key_find(st, (uint16_t)party, &p->recover_key);
    struct key_row *old = key_row_at(st, p->root);
    if (!old->revoked) {
        old->revoked = true;
        old->revoked_at = old->suspect_from = st->time;
    }
    p->root = fresh;
    recover_end(p);
    for (uint16_t q = 0; q < st->party_count; q++) {
        struct append *out = tell_begin(st, fx, TOLD_LAPSED, q, NULL);
        append_str(out, "\"what\":\"recovery\",\"party\":");
        append_json_string(out, name_text(&p->name));
        append_str(out, ",\"key\":");
        append_json_string(out, name_text(&key_row_at(st, fresh)->name));
        tell_end(st, fx);
    }
}

/* ---- key/object ---- */
bool key_object_check(struct state *st, const struct statement *s, struct step *c) {
    if (!section_one(s)) return refuse(c, REASON_SECTION, "key/object: one section is needed");
    if (!st->parties[c->party].recovering) return refuse(c, REASON_BAD_STATE, "no recovery of this party waits");
    return true;
}
void key_object_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)fx;
    struct party_row *p = &st->parties[c->party];
    struct key_row *k = key_row_at(st, key_find(st, c->party, &p->recover_key));
    k->revoked = true;
    k->revoked_at = k->suspect_from = s->time;
    recover_end(p);
    p->last_statement = s->hash;
    timer_cancel(st, TIMER_RECOVERY, c->party);
}
