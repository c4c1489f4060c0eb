/* party: a new one enters by a statement signed by its root key and the operator; all parties are told. None ever leaves. */
#include "core/party.h"

#include "core/handlers.h"
#include "core/key.h"

static uint8_t keep(char *to, size_t room, struct text t) {
    size_t n = t.size < room ? t.size : room; /* the decoder's limits are at most the room */
    assert(n == t.size && n <= UINT8_MAX);
    memcpy(to, t.at, n);
    return (uint8_t)n;
}
uint16_t party_enter(struct state *st, const struct founder *f) {
    assert(st->party_count < st->capacity.parties && f->desks <= LIMIT_DESKS);
    uint16_t party = st->party_count++;
    struct party_row *p = &st->parties[party];
    p->name = f->name;
    p->display_size = keep(p->display, sizeof p->display, f->display);
    p->zone_size = keep(p->zone, sizeof p->zone, f->zone);
    p->desk_count = (uint8_t)f->desks;
    for (uint32_t i = 0; i < f->desks; i++) p->desk[i] = f->desk[i];
    p->entered = st->time;
    p->entered_order = st->order;
    p->recover_at = INSTANT_NONE;
    hash_index_put(&st->party_by_name, party, table_code(f->name.at, sizeof f->name.at));
    p->root = key_enter(st, party, &key_root_name, &f->root_key, true, false, st->time);
    return party;
}

static bool entering_root_signs(const struct statement *s, const struct founder *f) {
    for (uint32_t i = 0; i < s->signer_count; i++)
        if (name_equal(&s->signers[i].party, &f->name) && hash_equal(&s->signers[i].public_key, &f->root_key)) return true;
    return false;
}
bool party_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *b = section_one(s);
    if (!b) return refuse(c, REASON_SECTION, "party: one section is needed");
    const struct founder *f = &b->body.party.party;
    if (state_party_find(st, &f->name) != PARTY_NONE)
        return refuse(c, REASON_NAME_USED, "/name: %.*s is a party already", TEXT_ARG(name_text(&f->name)));
    if (key_public_used(st, &f->root_key)) return refuse(c, REASON_KEY_USED, "/root_key: a public key is used once per log");
    if (!entering_root_signs(s, f)) return refuse(c, REASON_SIGNATURE_NEEDED, "/root_key: the new party's root key must sign");
    if (f->desks == 0 || f->desks > LIMIT_DESKS) return refuse(c, REASON_BODY, "/desks: %u; must be 1 to %d", f->desks, LIMIT_DESKS);
    if (f->display.size > sizeof st->parties[0].display || f->zone.size > sizeof st->parties[0].zone)
        return refuse(c, REASON_BODY, "/display: at most %zu bytes, /zone: at most %zu", sizeof st->parties[0].display, sizeof st->parties[0].zone);
    if (st->party_count == st->capacity.parties) return refuse(c, REASON_FULL, "parties");
    return true;
}
void party_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)c;
    (void)fx; /* step.c tells all parties, the new one too: its stream begins with what made it */
    uint16_t p = party_enter(st, &section_one(s)->body.party.party);
    st->parties[p].last_statement = s->hash;
}
