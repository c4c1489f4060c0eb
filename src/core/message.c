/* message: text between desks, the hot line. Its readers are those of its section; each owes the steps of the ladder. */
#include "core/handlers.h"

static uint32_t recipients(const struct state *st, const struct section *one, uint16_t sender, uint16_t *out) {
    uint32_t n = 0;
    for (uint16_t p = 0; p < st->party_count; p++) {
        bool reads = false;
        for (uint32_t i = 0; p != sender && !reads && i < one->reader_count; i++) reads = state_may_read(st, p, &one->readers[i]);
        if (!reads) continue;
        if (out) out[n] = p;
        n++;
    }
    return n;
}
bool message_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *one = section_one(s);
    if (!one) return refuse(c, REASON_SECTION, "message: one section is needed");
    if (one->body.message.text.size > LIMIT_MESSAGE_BYTES) return refuse(c, REASON_BODY, "/text: at most %d bytes", LIMIT_MESSAGE_BYTES);
    if (!due_room(st, c->party, recipients(st, one, c->party, NULL))) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_DUES));
    return true;
}
void message_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct section *one = section_one(s);
    uint16_t *to = (uint16_t *)(void *)st->plan;
    assert(st->plan_size >= st->party_count * sizeof *to);
    deliver_sections(st, s, c, fx);
    uint32_t n = recipients(st, one, c->party, to);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t place;
        bool told = told_statement_place(fx, to[i], &place);
        assert(told);
        due_make(st, to[i], c->party, place, DUE_MESSAGE, ROW_NONE, s->order, INSTANT_NONE);
    }
}
