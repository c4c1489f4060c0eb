/* Who may read what. World and log: every party; an agreement: its members now; a party: itself. */
#include "core/tables.h"

bool state_may_read(const struct state *st, uint16_t party, const struct reader *r) {
    if (r->kind == READER_WORLD) return true;
    if (party >= st->party_count) return false; /* PARTY_NONE: without token */
    if (r->kind == READER_LOG) return true;
    if (r->kind == READER_PARTY) return name_equal(&st->parties[party].name, &r->name);
    assert(r->kind == READER_AGREEMENT);
    row a = agreement_find_name(st, &r->name);
    return a != ROW_NONE && agreement_has(st, a, party, st->time);
}

static bool ref_before(const struct reader_ref *a, const struct reader_ref *b) {
    return a->kind != b->kind ? a->kind < b->kind : a->ref < b->ref;
}
static void ref_insert(struct reader_set *set, struct reader_ref ref) {
    uint16_t i = set->count;
    for (uint16_t k = 0; k < set->count; k++)
        if (set->at[k].kind == ref.kind && set->at[k].ref == ref.ref) return;
    assert(set->count < LIMIT_READERS);
    for (; i > 0 && ref_before(&ref, &set->at[i - 1]); i--) set->at[i] = set->at[i - 1];
    set->at[i] = ref;
    set->count++;
}
/* May this party know that the agreement exists? Whose parties it names or named, and the operator. */
static bool agreement_known_to(const struct state *st, row agreement, uint16_t party) {
    const struct agreement_row *a = agreement_at(st, agreement);
    if (party == st->operator_) return true;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++)
        for (uint16_t k = 0; a->version[i].used && k < a->version[i].member_count; k++)
            if (a->version[i].member[k].party == party) return true;
    return false;
}
bool reader_known(const struct state *st, const struct reader *r, uint16_t sender) {
    if (r->kind == READER_PARTY) return state_party_find(st, &r->name) != PARTY_NONE;
    if (r->kind != READER_AGREEMENT) return true;
    row a = agreement_find_name(st, &r->name);
    return a != ROW_NONE && agreement_known_to(st, a, sender);
}
bool reader_set_resolve(const struct state *st, const struct section *s, uint16_t sender, struct reader_set *out) {
    bool unknown = false;
    memset(out, 0, sizeof *out);
    assert(s->reader_count <= LIMIT_READERS);
    for (uint32_t i = 0; i < s->reader_count; i++) {
        const struct reader *r = &s->readers[i];
        struct reader_ref ref = {r->kind, 0};
        if (!reader_known(st, r, sender)) unknown = true;
        if (r->kind == READER_PARTY) {
            ref.ref = state_party_find(st, &r->name);
            if (ref.ref == PARTY_NONE) continue;
        } else if (r->kind == READER_AGREEMENT) {
            row a = agreement_find_name(st, &r->name);
            if (a == ROW_NONE) continue;
            ref.ref = (uint16_t)a;
        }
        ref_insert(out, ref);
    }
    return unknown;
}
bool reader_set_has(const struct state *st, const struct reader_set *set, uint16_t party) {
    for (uint16_t i = 0; i < set->count; i++) {
        const struct reader_ref *r = &set->at[i];
        if (r->kind == READER_WORLD) return true;
        if (party >= st->party_count) continue;
        if (r->kind == READER_LOG) return true;
        if (r->kind == READER_PARTY && r->ref == party) return true;
        if (r->kind == READER_AGREEMENT && agreement_has(st, r->ref, party, st->time)) return true;
    }
    return false;
}
