/* Sealed statements: committed now, opened later, at the latest at open_by. At most 8 unopened ones per party, so that nobody
 * seals a thousand and opens the fitting one. Unused commitments are random, so nobody knows how many sections are missing:
 * one `open` opens a sealed statement, and what it leaves out stays sealed for good. */
#include "core/seal.h"

#include "core/handlers.h"
#include "core/part.h"

static struct sealed_row *slot_free(struct state *st, uint16_t party) {
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++)
        if (!st->parties[party].sealed[i].used) return &st->parties[party].sealed[i];
    return NULL;
}
struct sealed_row *seal_find(struct state *st, uint16_t party, const struct hash *statement) {
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) {
        struct sealed_row *r = &st->parties[party].sealed[i];
        if (r->used && hash_equal(&r->statement, statement)) return r;
    }
    return NULL;
}
/* The decoder has checked that the section's bytes hash to its commitment under the context that the opener stated; a
 * commitment that is the sealed statement's own can only be met under that statement's context. */
int seal_slot(const struct sealed_row *sealed, const struct section *s) {
    for (int i = 0; i < LIMIT_SECTIONS; i++)
        if ((sealed->missing >> i & 1) && hash_equal(&sealed->commit[i], &s->commitment)) return i;
    return -1;
}
static void timer_next(struct state *st, uint16_t party) {
    instant next = INSTANT_NONE;
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) {
        const struct sealed_row *r = &st->parties[party].sealed[i];
        if (r->used && !r->told_late && (next == INSTANT_NONE || r->open_by < next)) next = r->open_by;
    }
    if (next == INSTANT_NONE) timer_cancel(st, TIMER_SEALED, party);
    else timer_set(st, TIMER_SEALED, party, party, next);
}

bool seal_check(struct state *st, const struct statement *s, struct step *c) {
    if (c->attested) return refuse(c, REASON_MUST_BE_SIGNED, "open_by: only a signed statement may be sealed");
    if (s->kind != KIND_NOTICE && s->kind != KIND_FLIGHT) return refuse(c, REASON_BODY, "open_by: only a notice or a flight may be sealed");
    if (s->open_by <= s->time) return refuse(c, REASON_BODY, "open_by: must lie in the future");
    if (s->section_count == LIMIT_SECTIONS) return refuse(c, REASON_BODY, "open_by: no section is missing");
    if (!slot_free(st, c->party)) return refuse(c, REASON_SEALED_LIMIT, "%d sealed statements are unopened", LIMIT_SEALED_UNOPENED);
    return true;
}
static struct hash context(const struct state *st, const struct statement *s) {
    struct hash keys[LIMIT_SIGNERS];
    for (uint32_t i = 0; i < s->signer_count; i++) {
        uint32_t k = i;
        for (; k > 0 && memcmp(s->signers[i].public_key.bytes, keys[k - 1].bytes, SHA256_SIZE) < 0; k--) keys[k] = keys[k - 1];
        keys[k] = s->signers[i].public_key;
    }
    return part_section_context(&st->log, &s->id, keys, s->signer_count);
}
void seal_store(struct state *st, const struct statement *s, const struct step *c) {
    struct sealed_row *r = slot_free(st, c->party);
    assert(r);
    *r = (struct sealed_row){.used = true, .statement = s->hash, .context = context(st, s), .kind = s->kind, .has_on = s->has_on, .on = s->on,
        .missing = (1 << LIMIT_SECTIONS) - 1, .open_by = s->open_by, .order = s->order, .place = c->out->place,
        .serial = state_serial(st), .time = s->time};
    memcpy(r->commit, s->commit, sizeof r->commit);
    for (uint32_t i = 0; i < s->section_count; i++) r->missing &= (uint8_t)~(1u << s->sections[i].slot);
    timer_next(st, c->party);
}
void seal_opened(struct state *st, uint16_t party, struct sealed_row *sealed, uint8_t slots) {
    assert(sealed->used && slots && !(slots & ~sealed->missing));
    struct party_row *p = &st->parties[party];
    p->seals_opened++;
    if (st->time > sealed->open_by) p->seals_late++;
    *sealed = (struct sealed_row){0};
    timer_next(st, party);
}
/* A notice: told to all, for nobody knows before it is opened who was promised it. A flight: to its owner and the operator only,
 * else a prober would learn that there is one. */
void seal_on_timer(struct state *st, row party, struct effects *fx) {
    struct party_row *p = &st->parties[party];
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) {
        struct sealed_row *r = &p->sealed[i];
        if (!r->used || r->told_late || r->open_by > st->time) continue;
        r->told_late = true;
        for (uint16_t q = 0; q < st->party_count; q++) {
            if (r->kind != KIND_NOTICE && q != party && q != st->operator_) continue;
            struct append *out = tell_begin(st, fx, TOLD_UNOPENED, q, NULL);
            append_str(out, "\"party\":");
            append_json_string(out, name_text(&p->name));
            append_str(out, ",\"statement\":\"");
            append_hex(out, r->statement.bytes, SHA256_SIZE);
            append_str(out, "\",\"kind\":\"");
            append_str(out, statement_kind_name(r->kind));
            append_str(out, "\",\"open_by\":\"");
            append_instant(out, r->open_by);
            append_char(out, '"');
            tell_end(st, fx);
        }
    }
    timer_next(st, (uint16_t)party);
}
