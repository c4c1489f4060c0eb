/* Opening what was sealed: the sections act as if they were filed now, and so does their lead. */
#include "core/watch.h"

static bool opened(struct state *st, const struct statement *s, struct step *c, const struct sealed_row *sealed, uint8_t *slots) {
    *slots = 0;
    for (uint32_t i = 0; i < s->section_count; i++) {
        if (text_is(s->sections[i].name, "body")) continue;
        int slot = seal_slot(sealed, &s->sections[i]);
        if (slot < 0)
            return refuse(c, REASON_SECTION, "/sections/%u: \"%.*s\" is none that the statement sealed", i, TEXT_ARG(s->sections[i].name));
        *slots |= (uint8_t)(1u << slot);
    }
    (void)st;
    if (!*slots) return refuse(c, REASON_SECTION, "/sections: at least one sealed section is needed");
    return true;
}

/* The row that the sealed statement made or changed, if that is still its present version: what came after has replaced it. */
static row present(const struct state *st, uint16_t party, const struct sealed_row *sealed) {
    if (!sealed->has_on) return ROW_NONE;
    if (sealed->kind == KIND_NOTICE) {
        row r = notice_find(st, party, &sealed->on.id);
        bool same = r != ROW_NONE && hash_equal(&notice_at(st, r)->filed_statement, &sealed->statement) && notice_stands(notice_at(st, r));
        return same ? r : ROW_NONE;
    }
    row r = flight_find(st, party, &sealed->on.id);
    bool same = r != ROW_NONE && hash_equal(&flight_at(st, r)->filed_statement, &sealed->statement) && flight_stands(flight_at(st, r));
    return same ? r : ROW_NONE;
}

bool open_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *x = section_named(s, "body");
    if (!x) return refuse(c, REASON_SECTION, "/sections: \"body\" is missing");
    struct sealed_row *sealed = seal_find(st, c->party, &x->body.open.statement);
    if (!sealed || sealed->kind != x->body.open.kind) return refuse(c, REASON_NOT_SEALED, "/body/statement: is no unopened sealed statement of this party");
    uint8_t slots;
    if (!opened(st, s, c, sealed, &slots)) return false;
    c->n[0] = slots;
    c->entity = present(st, c->party, sealed);
    if (c->entity == ROW_NONE) return true; /* evidence only */
    if (sealed->kind == KIND_NOTICE) return notice_sections_check(st, s, c, c->entity, true);
    return flight_sections_check(st, s, c, c->entity, true);
}

void open_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct sealed_row *sealed = seal_find(st, c->party, &section_named(s, "body")->body.open.statement);
    assert(sealed);
    enum statement_kind kind = sealed->kind;
    seal_opened(st, c->party, sealed, (uint8_t)c->n[0]);
    if (c->entity == ROW_NONE) {
        deliver_sections(st, s, c, fx);
        return;
    }
    if (kind == KIND_NOTICE) {
        struct notice_row *n = notice_at(st, c->entity);
        n->last_statement = s->hash;
        n->order = s->order;
        n->place = c->out->place;
        n->sealed = false;
        notice_sections_apply(st, s, c, c->entity, fx);
        return;
    }
    struct flight_row *f = flight_at(st, c->entity);
    f->last_statement = s->hash;
    f->order = s->order;
    f->place = c->out->place;
    f->sealed = false;
    flight_sections_apply(st, s, c, c->entity, true, fx);
}
