#include "core/authority.h"

#include "core/key.h"

static bool enters(const struct signer *g, const struct name *party, const struct hash *public_key) {
    return name_equal(&g->party, party) && hash_equal(&g->public_key, public_key);
}
bool authority_enters(const struct statement *s, uint32_t i) {
    const struct section *b = section_one(s);
    if (!b) return false;
    switch (s->kind) {
    case KIND_PARTY: return enters(&s->signers[i], &b->body.party.party.name, &b->body.party.party.root_key);
    case KIND_KEY: return enters(&s->signers[i], &b->body.key.party, &b->body.key.public_key);
    case KIND_KEY_RECOVER: return enters(&s->signers[i], &b->body.key_recover.party, &b->body.key_recover.new_root);
    default: return false;
    }
}

static bool feeds_kind(enum statement_kind k) { return k == KIND_FEED || k == KIND_FRAME; }
/* REASON_NONE when this key of this party may speak now. */
static enum reason key_may(const struct state *st, row key, const struct hash *public_key, enum statement_kind kind) {
    if (key == ROW_NONE) return REASON_UNKNOWN_KEY;
    const struct key_row *k = key_row_at(st, key);
    if (public_key && !hash_equal(&k->public_key, public_key)) return REASON_UNKNOWN_KEY;
    if (k->revoked) return REASON_KEY_REVOKED;
    if (k->from > st->time) return REASON_UNKNOWN_KEY; /* waits for its recovery */
    if (k->feeds_only && !feeds_kind(kind)) return REASON_UNKNOWN_KEY;
    return REASON_NONE;
}

static bool authority_attested(struct state *st, const struct statement *s, struct step *c) {
    static const struct name none;
    uint16_t party = s->kind == KIND_DSS ? st->operator_ : state_party_find(st, &s->attested); /* a manager is no party: the record stands with the operator */
    if (party == PARTY_NONE) return refuse(c, REASON_UNKNOWN_PARTY, "%.*s", TEXT_ARG(name_text(&s->attested)));
    c->attested = true;
    if (name_equal(&s->session_key, &none)) { /* a bearer of another door's token: no key of ours stands behind it */
        c->party = party;
        return true;
    }
    row key = key_find(st, party, &s->session_key);
    enum reason why = key_may(st, key, NULL, s->kind);
    if (why == REASON_UNKNOWN_KEY && key != ROW_NONE) c->party = party; /* a valid key, but not for this */
    if (why != REASON_NONE) return refuse(c, why, "session of %.*s", TEXT_ARG(name_text(&s->session_key)));
    c->party = party;
    c->key = key;
    return true;
}

static void co_add(struct step *c, uint16_t party) {
    uint16_t i = c->co_count;
    for (uint16_t k = 0; k < c->co_count; k++)
        if (c->co[k] == party) return;
    for (; i > 0 && c->co[i - 1] > party; i--) c->co[i] = c->co[i - 1];
    c->co[i] = party;
    c->co_count++;
}
/* A key name carries the mode, so that no text of an exercise is ever taken for one of the real thing. */
static bool mode_right(const struct state *st, struct text key_name) {
    struct text mode = st->live ? TEXT("live/") : TEXT("exercise/");
    return key_name.size > mode.size && memcmp(key_name.at, mode.at, mode.size) == 0;
}
struct found { enum reason why; uint32_t signer; uint16_t party[LIMIT_SIGNERS]; };
static bool speaks(const struct state *st, row key, const struct hash *public_key) {
    return key != ROW_NONE && key_valid(key_row_at(st, key), st->time) && hash_equal(&key_row_at(st, key)->public_key, public_key);
}
/* Looks at every signer; the first one that is known, valid and verified is the one who speaks (also where its key may not say this:
 * then it is refused on its own account). A key that is known already does not enter. */
static void signers_look(struct state *st, const struct statement *s, struct step *c, struct found *f) {
    for (uint32_t i = 0; i < s->signer_count; i++) {
        const struct signer *g = &s->signers[i];
        enum reason why = REASON_NONE;
        uint16_t p = state_party_find(st, &g->party);
        row key = p == PARTY_NONE ? ROW_NONE : key_find(st, p, &g->key);
        f->party[i] = PARTY_NONE;
        if (!mode_right(st, g->key_name)) {
            why = REASON_WRONG_LOG;
        } else if (speaks(st, key, &g->public_key)) {
            why = key_may(st, key, &g->public_key, s->kind);
            f->party[i] = p;
            if (g->verified && c->party == PARTY_NONE) {
                c->party = p;
                c->key = key;
            }
        } else if (!authority_enters(s, i)) {
            why = p == PARTY_NONE ? REASON_UNKNOWN_PARTY : key_may(st, key, &g->public_key, s->kind);
            f->party[i] = p;
        }
        if (why != REASON_NONE && f->why == REASON_NONE) {
            f->why = why;
            f->signer = i;
        }
    }
}
bool authority_party(struct state *st, const struct statement *s, struct step *c) {
    c->party = PARTY_NONE;
    c->key = ROW_NONE;
    if (s->origin == ORIGIN_SERVER) {
        assert(statement_kind_own(s->kind));
        c->party = st->operator_;
        return true;
    }
    if (statement_kind_own(s->kind)) return refuse(c, REASON_NOT_OPERATOR, "the server alone says %s", statement_kind_name(s->kind));
    if (s->origin == ORIGIN_ATTESTED) return authority_attested(st, s, c);
    if (s->kind == KIND_DSS) return refuse(c, REASON_NOT_OPERATOR, "the server alone says dss");
    assert(s->signer_count <= LIMIT_SIGNERS);
    struct found f = {0};
    signers_look(st, s, c, &f);
    for (uint32_t i = 0; i < s->signer_count && c->party != PARTY_NONE; i++)
        if (f.party[i] != PARTY_NONE && f.party[i] != c->party) co_add(c, f.party[i]);
    if (f.why != REASON_NONE) return refuse(c, f.why, "by: %.*s", TEXT_ARG(s->signers[f.signer].key_name));
    if (c->party == PARTY_NONE) return refuse(c, REASON_SIGNATURE_NEEDED, "no verified signature of a known key");
    return true;
}

bool authority_repeats(const struct state *st, const struct statement *s, const struct recent_row *r) {
    if (s->origin == ORIGIN_ATTESTED) return state_party_find(st, &s->attested) == r->party;
    for (uint32_t i = 0; i < s->signer_count; i++) {
        const struct signer *g = &s->signers[i];
        uint16_t p = state_party_find(st, &g->party);
        row key = p == PARTY_NONE || !g->verified ? ROW_NONE : key_find(st, p, &g->key);
        if (key != ROW_NONE && hash_equal(&key_row_at(st, key)->public_key, &g->public_key)) return true;
    }
    return false;
}
