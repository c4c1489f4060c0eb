/* Statements signed by some of those whom `by` names. They take effect with the last signature; after 7 days they lapse, and all
 * parties named are told. The bytes are in the streams: whoever signs later sends text and sections again. */
#include "core/pending.h"

#include "core/authority.h"
#include "core/handlers.h"
#include "core/key.h"

row pending_find(const struct state *st, const struct hash *statement) {
    row r = hash_index_first(&st->pending.by_id, table_code(statement->bytes, SHA256_SIZE));
    while (r != ROW_NONE && !hash_equal(&pending_at(st, r)->statement, statement)) r = hash_index_more(&st->pending.by_id, r);
    return r;
}
bool pending_merge(const struct state *st, const struct statement *s, row earlier, uint32_t have[LIMIT_SIGNERS / 32], bool *news) {
    const struct pending_row *p = earlier == ROW_NONE ? NULL : pending_at(st, earlier);
    bool all = true;
    *news = false;
    for (uint32_t i = 0; i < LIMIT_SIGNERS / 32; i++) have[i] = p ? p->have[i] : 0;
    for (uint32_t i = 0; i < s->signer_count; i++) {
        uint32_t bit = UINT32_C(1) << (i % 32);
        if (s->signers[i].verified && !(have[i / 32] & bit)) {
            have[i / 32] |= bit;
            *news = true;
        }
        all &= (have[i / 32] & bit) != 0;
    }
    return all;
}
static void fill(struct state *st, const struct statement *s, struct pending_row *p) {
    p->signer_count = (uint16_t)s->signer_count;
    for (uint32_t i = 0; i < s->signer_count; i++) {
        const struct signer *g = &s->signers[i];
        uint16_t party = state_party_find(st, &g->party);
        bool enters = authority_enters(s, i);
        p->signer_party[i] = party;
        p->key[i] = enters || party == PARTY_NONE ? ROW_NONE : key_find(st, party, &g->key);
        p->key_party[i] = g->party;
        p->key_name[i] = g->key;
    }
}
void pending_store(struct state *st, const struct statement *s, const struct step *c, row earlier, const uint32_t have[LIMIT_SIGNERS / 32]) {
    row r = earlier;
    if (r == ROW_NONE) {
        quota_take(st, c->party, QUOTA_PENDING, 1);
        r = table_take(&st->pending);
        struct pending_row *p = pending_at(st, r);
        *p = (struct pending_row){.statement = s->hash, .party = c->party, .serial = state_serial(st), .time = s->time,
            .lapses = s->time + LIMIT_PENDING_NS, .kind = s->kind, .id = s->id, .has_on = s->has_on, .on = s->on};
        fill(st, s, p);
        hash_index_put(&st->pending.by_id, r, table_code(s->hash.bytes, SHA256_SIZE));
        timer_set(st, TIMER_PENDING, r, p->serial, p->lapses);
    }
    struct pending_row *p = pending_at(st, r);
    p->order = s->order; /* of the latest signature: what a repeat of it is answered with */
    p->place = c->out->place;
    p->place_party = c->party;
    memcpy(p->have, have, sizeof p->have);
}
void pending_drop(struct state *st, row r) {
    timer_cancel(st, TIMER_PENDING, r);
    quota_give(st, pending_at(st, r)->party, QUOTA_PENDING, 1);
    hash_index_remove(&st->pending.by_id, r);
    table_drop(&st->pending, r);
}
void pending_on_timer(struct state *st, row r, struct effects *fx) {
    const struct pending_row *p = pending_at(st, r);
    for (uint16_t q = 0; q < st->party_count; q++) {
        bool named = p->party == q;
        for (uint16_t i = 0; i < p->signer_count; i++) named |= p->signer_party[i] == q;
        if (!named) continue;
        struct append *out = tell_begin(st, fx, TOLD_LAPSED, q, NULL);
        append_str(out, "\"what\":\"pending\",\"statement\":\"");
        append_hex(out, p->statement.bytes, SHA256_SIZE);
        append_str(out, "\",\"kind\":\"");
        append_str(out, statement_kind_name(p->kind));
        append_char(out, '"');
        tell_end(st, fx);
    }
    pending_drop(st, r);
}
