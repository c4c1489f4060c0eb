/* A hold: a request to stop or delay an activity.
 *
 *   file             standby                      wilco, unable
 *  -----> ASKED ---------------> STANDING_BY ------------------> ANSWERED --+
 *           |  \                    |      ^ standby                        +--a day later--> (gone)
 *           |   +---wilco, unable---|------+----------------> ANSWERED      |
 *           +---`until` passes, or the notice is over---> ENDED ------------+
 *
 * Repeated to the asked party's desks in turn until it is answered; "standby" is no answer. */
#include "core/watch.h"

static const char *const reply_names[] = {"wilco", "unable", "standby"};

static void invariant(const struct hold_row *h) {
    assert(h->state < HOLD_STATES && h->party != h->asked);
    assert((h->state == HOLD_ANSWERED) == (h->state != HOLD_ENDED && h->repeat_at == INSTANT_NONE));
}

bool hold_check(struct state *st, const struct statement *s, struct step *c) {
    if (!own_entity(st, s, c)) return false;
    const struct section *x = section_one(s);
    if (!x) return refuse(c, REASON_SECTION, "/sections: one section \"body\" is needed");
    if (hold_find(st, c->party, &s->on.id) != ROW_NONE) return refuse(c, REASON_ENTITY_EXISTS, "/on: this hold was asked already");
    const struct body_hold *b = &x->body.hold;
    uint16_t asked = state_party_find(st, &b->notice.party);
    row n = c->r[0] = asked == PARTY_NONE ? ROW_NONE : notice_find(st, asked, &b->notice.id);
    if (n == ROW_NONE || !notice_readable(st, notice_at(st, n), c->party)) return refuse(c, REASON_UNKNOWN_ENTITY, "/body/notice: no such notice");
    if (asked == c->party) return refuse(c, REASON_NOT_OWNER, "/body/notice: is this party's own");
    if (!notice_stands(notice_at(st, n))) return refuse(c, REASON_BAD_STATE, "/body/notice: is over");
    if (b->until != INSTANT_NONE && b->until <= s->time) return refuse(c, REASON_BODY, "/body/until: must lie in the future");
    if (!quota_room(st, c->party, QUOTA_HOLDS, 1, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_HOLDS));
    if (!due_room(st, c->party, 1)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_DUES));
    if (!pool_room(st, c->party, NULL, 0, (uint32_t)b->text.size, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_VERTICES));
    return true;
}

static int64_t repeat_ns(const struct state *st) {
    return st->settings.hold_repeat_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.hold_repeat_ns;
}
static uint8_t all_slots(const struct statement *s) {
    uint8_t mask = 0;
    for (uint32_t i = 0; i < s->section_count; i++) mask |= (uint8_t)(1u << s->sections[i].slot);
    return mask;
}

void hold_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct body_hold *b = &section_one(s)->body.hold;
    const struct notice_row *n = notice_at(st, c->r[0]);
    row r = c->entity = table_take(&st->holds);
    struct hold_row *h = hold_at(st, r);
    *h = (struct hold_row){.id = s->on.id, .party = c->party, .asked = n->party, .notice = c->r[0], .notice_serial = n->serial, .notice_id = n->id,
                           .serial = state_serial(st), .state = HOLD_ASKED, .until = b->until, .made = s->time,
                           .repeat_at = s->time + repeat_ns(st), .last_statement = s->hash, .due = ROW_NONE};
    h->text = pool_text_store(st, c->party, b->text);
    hash_index_put(&st->holds.by_id, r, table_code_entity(c->party, &s->on.id));
    quota_take(st, c->party, QUOTA_HOLDS, 1);
    uint64_t place = tell_statement(st, fx, n->party, all_slots(s)); /* whoever else it names: it asks the sender of the notice */
    deliver_sections(st, s, c, fx);
    due_chain(st, due_make(st, n->party, c->party, place, DUE_HOLD, r, h->serial, INSTANT_NONE), &h->due);
    timer_set(st, TIMER_HOLD, r, h->serial, h->repeat_at);
    invariant(h);
}

static void rest(struct state *st, row r, uint8_t state) {
    struct hold_row *h = hold_at(st, r);
    h->state = state;
    h->repeat_at = INSTANT_NONE;
    timer_set(st, TIMER_HOLD, r, h->serial, st->time + WATCH_RETENTION_NS);
    invariant(h);
}

bool hold_answer_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *x = section_one(s);
    if (!x) return refuse(c, REASON_SECTION, "/sections: one section \"body\" is needed");
    uint16_t asker = state_party_find(st, &x->body.hold_answer.hold.party);
    row r = c->r[0] = asker == PARTY_NONE ? ROW_NONE : hold_find(st, asker, &x->body.hold_answer.hold.id);
    if (r == ROW_NONE || hold_at(st, r)->asked != c->party) return refuse(c, REASON_UNKNOWN_ENTITY, "/body/hold: no such hold asked of this party");
    uint8_t state = hold_at(st, r)->state;
    if (state != HOLD_ASKED && state != HOLD_STANDING_BY) return refuse(c, REASON_BAD_STATE, "/body/hold: is answered or over");
    return true;
}
void hold_answer_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct hold_row *h = hold_at(st, c->r[0]);
    h->reply = section_one(s)->body.hold_answer.reply;
    h->last_statement = s->hash;
    tell_statement(st, fx, h->party, all_slots(s));
    deliver_sections(st, s, c, fx);
    if (h->reply == HOLD_STANDBY) h->state = HOLD_STANDING_BY;
    else rest(st, c->r[0], HOLD_ANSWERED);
    invariant(h);
}

static void repeat(struct state *st, row r, struct effects *fx) {
    struct hold_row *h = hold_at(st, r);
    const struct party_row *p = &st->parties[h->asked];
    h->repeat_at = st->time + repeat_ns(st);
    timer_set(st, TIMER_HOLD, r, h->serial, h->repeat_at);
    if (tell_left(st, fx) == 0) return;
    h->repeats++;
    if (p->desk_count) h->desk = (uint8_t)((h->desk + 1) % p->desk_count);
    struct append *out = tell_begin(st, fx, TOLD_HOLD_REPEAT, h->asked, p->desk_count ? &p->desk[h->desk] : NULL);
    append_str(out, "\"hold\":");
    append_entity(out, st, h->party, &h->id);
    append_str(out, ",\"notice\":");
    append_entity(out, st, h->asked, &h->notice_id);
    append_format(out, ",\"repeat\":%u,\"reply\":", h->repeats);
    if (h->state == HOLD_STANDING_BY) append_format(out, "\"%s\"", reply_names[h->reply]);
    else append_str(out, "null");
    tell_end(st, fx);
}

void hold_on_timer(struct state *st, row r, struct effects *fx) {
    struct hold_row *h = hold_at(st, r);
    if (h->state == HOLD_ANSWERED || h->state == HOLD_ENDED) {
        due_drop_chain(st, &h->due);
        pool_text_release(st, h->party, h->text);
        hash_index_remove(&st->holds.by_id, r);
        quota_give(st, h->party, QUOTA_HOLDS, 1);
        table_drop(&st->holds, r);
        return;
    }
    bool over = h->notice == ROW_NONE || !notice_stands(notice_at(st, h->notice)) || (h->until != INSTANT_NONE && h->until <= st->time);
    if (over) rest(st, r, HOLD_ENDED);
    else repeat(st, r, fx);
}
