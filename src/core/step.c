/* The one step. judge() decides without changing anything; what follows it cannot fail. */
#include <stdarg.h>
#include <stdio.h>

#include "core/agreement.h"
#include "core/authority.h"
#include "core/bridge.h"
#include "core/clock.h"
#include "core/pending.h"
#include "core/recent.h"
#include "core/seal.h"
#include "core/tell.h"
#include "core/watch.h"

enum on { ON_NONE, ON_NEEDED, ON_NEW /* absent: <party>/<id of the statement> */ };
enum attest { ATTEST_ALWAYS, ATTEST_EXERCISE /* in LIVE: signed only */, ATTEST_NEVER };
enum deliver { DELIVER_NONE, DELIVER_SECTIONS, DELIVER_ALL /* what everyone must know: keys, parties, settings */ };
struct kind_rule {
    bool (*check)(struct state *, const struct statement *, struct step *);
    void (*apply)(struct state *, const struct statement *, struct step *, struct effects *);
    enum on on;
    enum attest attest;
    enum deliver deliver;
    bool operator_; /* the operator's alone */
    bool several;   /* may bear keys of several parties */
    bool reserve;   /* may use the reserve of a quota */
    bool passing;   /* not kept among recent statements: ticks and frames have their own numbers */
    bool weighty;   /* an agreement that demands signatures demands them for this */
};
#define DO(name) .check = name##_check, .apply = name##_apply
static const struct kind_rule rules[STATEMENT_KINDS] = {
    [KIND_SETTINGS] = {DO(settings), .operator_ = true, .attest = ATTEST_EXERCISE, .deliver = DELIVER_ALL},
    [KIND_PARTY] = {DO(party), .operator_ = true, .several = true, .attest = ATTEST_NEVER, .deliver = DELIVER_ALL},
    [KIND_KEY] = {DO(key), .attest = ATTEST_NEVER, .deliver = DELIVER_ALL, .reserve = true},
    [KIND_KEY_REVOKE] = {DO(key_revoke), .attest = ATTEST_NEVER, .deliver = DELIVER_ALL, .reserve = true},
    [KIND_KEY_RECOVER] = {DO(key_recover), .several = true, .attest = ATTEST_NEVER, .deliver = DELIVER_ALL, .reserve = true},
    [KIND_KEY_OBJECT] = {DO(key_object), .attest = ATTEST_EXERCISE, .deliver = DELIVER_ALL, .reserve = true},
    [KIND_AGREEMENT] = {DO(agreement), .on = ON_NEW, .several = true, .attest = ATTEST_NEVER, .deliver = DELIVER_SECTIONS},
    [KIND_AGREEMENT_SUSPEND] = {DO(agreement_suspend), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS, .weighty = true},
    [KIND_AGREEMENT_RESUME] = {DO(agreement_resume), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS},
    [KIND_AGREEMENT_LEAVE] = {DO(agreement_leave), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS, .weighty = true},
    [KIND_AREA] = {DO(area), .on = ON_NEW, .several = true, .deliver = DELIVER_SECTIONS, .weighty = true},
    [KIND_AREA_END] = {DO(area_end), .on = ON_NEEDED, .deliver = DELIVER_SECTIONS, .weighty = true},
    [KIND_FEED] = {DO(feed), .deliver = DELIVER_SECTIONS},
    [KIND_NOTICE] = {DO(notice), .on = ON_NEW, .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_NOTICE_ACTIVATE] = {DO(notice_activate), .on = ON_NEEDED, .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_NOTICE_OVER] = {DO(notice_over), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_NOTICE_CANCEL] = {DO(notice_cancel), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_OPEN] = {DO(open), .attest = ATTEST_NEVER, .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_FLIGHT] = {DO(flight), .on = ON_NEW, .deliver = DELIVER_SECTIONS},
    [KIND_FLIGHT_ACTIVATE] = {DO(flight_activate), .on = ON_NEEDED, .deliver = DELIVER_SECTIONS},
    [KIND_FLIGHT_END] = {DO(flight_end), .on = ON_NEEDED, .deliver = DELIVER_SECTIONS},
    [KIND_FLIGHT_CANCEL] = {DO(flight_cancel), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS, .weighty = true},
    [KIND_FLIGHT_RELEASE] = {DO(flight_release), .on = ON_NEEDED, .attest = ATTEST_EXERCISE, .deliver = DELIVER_SECTIONS, .weighty = true},
    [KIND_JOIN] = {DO(join), .several = true, .deliver = DELIVER_SECTIONS},
    [KIND_JOIN_UNDO] = {DO(join_undo), .deliver = DELIVER_SECTIONS},
    [KIND_ACK] = {DO(ack), .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_HOLD] = {DO(hold), .on = ON_NEW, .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_HOLD_ANSWER] = {DO(hold_answer), .deliver = DELIVER_SECTIONS, .reserve = true, .weighty = true},
    [KIND_MESSAGE] = {DO(message), .deliver = DELIVER_SECTIONS, .reserve = true},
    [KIND_CLOCK] = {DO(clock), .operator_ = true, .deliver = DELIVER_ALL, .reserve = true},
    [KIND_FRAME] = {DO(frame), .deliver = DELIVER_NONE, .passing = true},
    [KIND_DSS] = {DO(dss), .deliver = DELIVER_NONE, .passing = true},
    [KIND_TICK] = {DO(tick), .deliver = DELIVER_NONE, .passing = true},
    [KIND_CAPACITY] = {DO(capacity), .operator_ = true, .attest = ATTEST_EXERCISE, .deliver = DELIVER_ALL, .reserve = true},
    [KIND_GROW] = {DO(grow), .deliver = DELIVER_NONE, .passing = true},
    [KIND_BRIDGE] = {DO(bridge), .deliver = DELIVER_NONE, .passing = true},
    [KIND_COSIGNED] = {DO(cosigned), .deliver = DELIVER_NONE, .passing = true},
    [KIND_CONTINUE] = {.check = continue_check, .apply = continue_apply, .deliver = DELIVER_NONE, .passing = true},
    [KIND_SNAPSHOT] = {DO(snapshot), .deliver = DELIVER_NONE, .passing = true},
    [KIND_SNAPSHOT_DIGEST] = {DO(snapshot_digest), .deliver = DELIVER_NONE, .passing = true},
};

/* ---- helpers of all handlers ---- */
bool refuse(struct step *c, enum reason why, const char *format, ...) {
    assert(why > REASON_NONE && why < REASONS);
    va_list list;
    va_start(list, format);
    int n = vsnprintf(c->out->detail, sizeof c->out->detail, format, list);
    va_end(list);
    /* Cut between characters, not within one: the outcome is JSON. */
    if (n >= (int)sizeof c->out->detail) {
        size_t end = sizeof c->out->detail - 1;
        while (end > 0 && ((unsigned char)c->out->detail[end - 1] & 0xC0) == 0x80) end--;
        if (end > 0 && (unsigned char)c->out->detail[end - 1] >= 0xC0) end--;
        memset(c->out->detail + end, 0, sizeof c->out->detail - end);
    }
    c->out->reason = why;
    return false;
}
uint16_t entity_party(const struct state *st, const struct statement *s) {
    assert(s->has_on);
    return state_party_find(st, &s->on.party);
}
bool step_prev(struct step *c, const struct statement *s, const struct hash *last) {
    if (!s->has_prev || hash_equal(&s->prev, last)) return true;
    return refuse(c, REASON_STALE, "prev: is not the last statement on it");
}
const struct section *section_named(const struct statement *s, const char *name) {
    for (uint32_t i = 0; i < s->section_count; i++)
        if (text_is(s->sections[i].name, name)) return &s->sections[i];
    return NULL;
}
const struct section *section_one(const struct statement *s) { return s->section_count == 1 ? &s->sections[0] : NULL; }

/* ---- judging ---- */
static bool operator_signs(const struct state *st, const struct step *c) {
    if (c->party == st->operator_) return true;
    for (uint16_t i = 0; i < c->co_count; i++)
        if (c->co[i] == st->operator_) return true;
    return false;
}
static bool form_check(const struct state *st, const struct statement *s, const struct kind_rule *rule, struct step *c) {
    if (c->attested && rule->attest == ATTEST_NEVER) return refuse(c, REASON_SIGNATURE_NEEDED, "%s is taken signed only", statement_kind_name(s->kind));
    if (c->attested && rule->attest == ATTEST_EXERCISE && st->live)
        return refuse(c, REASON_MUST_BE_SIGNED, "%s is taken signed only in LIVE", statement_kind_name(s->kind));
    if (c->attested && rule->weighty && agreement_signed_only(st, c->party))
        return refuse(c, REASON_MUST_BE_SIGNED, "an agreement of the party demands signatures");
    if (rule->operator_ && !operator_signs(st, c)) return refuse(c, REASON_NOT_OPERATOR, "%s is the operator's", statement_kind_name(s->kind));
    if (c->co_count > 0 && !rule->several) return refuse(c, REASON_BODY, "by: keys of one party only");
    if (rule->on == ON_NEW && !s->has_on) return refuse(c, REASON_BODY, "on: is needed where several parties sign");
    if (rule->on == ON_NEEDED && !s->has_on) return refuse(c, REASON_BODY, "on: is needed");
    if (rule->on == ON_NONE && s->has_on) return refuse(c, REASON_BODY, "on: has no meaning here");
    if (!rule->passing && !quota_room(st, c->party, QUOTA_RECENT, 1, rule->reserve)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_RECENT));
    return true;
}
struct judged { row pending; uint32_t have[LIMIT_SIGNERS / 32]; bool all; };
static enum verdict repeated(struct outcome *out, uint16_t party, uint64_t place) {
    *out = (struct outcome){.verdict = VERDICT_REPEATED, .party = party, .place = place};
    return VERDICT_REPEATED;
}
/* A pending statement without a new signature is a repeat, whoever sent it: else a reader of it could have it refused. */
static enum verdict judge_signatures(const struct state *st, const struct statement *s, const struct kind_rule *rule, struct step *c, struct judged *j) {
    bool news;
    j->all = pending_merge(st, s, j->pending, j->have, &news);
    if (j->pending != ROW_NONE && !news) return repeated(c->out, pending_at(st, j->pending)->place_party, pending_at(st, j->pending)->place);
    if (j->all) return VERDICT_ACCEPTED;
    if (j->pending == ROW_NONE && !quota_room(st, c->party, QUOTA_PENDING, 1, rule->reserve)) {
        refuse(c, REASON_FULL, "%s", quota_name(QUOTA_PENDING));
        return VERDICT_REFUSED;
    }
    for (uint32_t i = 0; i < s->signer_count; i++)
        if (!(j->have[i / 32] >> (i % 32) & 1)) c->out->missing[i / 32] |= UINT32_C(1) << (i % 32);
    return VERDICT_PENDING;
}
static enum verdict judge(struct state *st, const struct statement *s, const struct kind_rule *rule, struct step *c, struct judged *j) {
    bool known = authority_party(st, s, c);
    row seen = rule->passing ? ROW_NONE : recent_find(st, &s->hash);
    j->pending = s->origin == ORIGIN_SIGNED ? pending_find(st, &s->hash) : ROW_NONE;
    j->all = true;
    if (seen != ROW_NONE && authority_repeats(st, s, recent_at(st, seen))) return repeated(c->out, recent_at(st, seen)->party, recent_at(st, seen)->place);
    if (!known) return VERDICT_REFUSED;
    uint64_t place;
    if (s->kind == KIND_FRAME && feed_repeats(st, c->party, &s->frame, &place)) return repeated(c->out, c->party, place);
    enum verdict v = VERDICT_ACCEPTED;
    if (s->origin == ORIGIN_SIGNED && (v = judge_signatures(st, s, rule, c, j)) == VERDICT_REPEATED) return v;
    if (v == VERDICT_REFUSED || !form_check(st, s, rule, c)) return VERDICT_REFUSED;
    if (s->open_by != INSTANT_NONE && !seal_check(st, s, c)) return VERDICT_REFUSED;
    return rule->check(st, s, c) ? v : VERDICT_REFUSED;
}

/* ---- after the verdict ---- */
static void fork_tell(struct state *st, const struct statement *s, const struct step *c, struct effects *fx) {
    st->parties[c->party].forks++;
    struct append *out = tell_begin(st, fx, TOLD_LAPSED, st->operator_, NULL);
    append_str(out, "\"what\":\"fork\",\"party\":");
    append_json_string(out, name_text(&st->parties[c->party].name));
    append_str(out, ",\"statement\":\"");
    append_hex(out, s->hash.bytes, SHA256_SIZE);
    append_str(out, "\",\"size\":");
    append_format(out, "%llu", (unsigned long long)s->seen_size);
    append_str(out, ",\"root\":\"");
    append_hex(out, s->seen_root.bytes, SHA256_SIZE);
    append_char(out, '"');
    tell_end(st, fx);
}
static bool reader_unknown(const struct state *st, const struct statement *s, uint16_t sender) {
    for (uint32_t i = 0; i < s->section_count; i++)
        for (uint32_t k = 0; k < s->sections[i].reader_count; k++)
            if (!reader_known(st, &s->sections[i].readers[k], sender)) return true;
    return false;
}
static void accept(struct state *st, const struct statement *s, const struct kind_rule *rule, struct step *c, const struct judged *j, struct effects *fx) {
    if (j->pending != ROW_NONE) pending_drop(st, j->pending);
    for (uint16_t i = 0; i < c->co_count; i++) tell_statement(st, fx, c->co[i], sections_all(s));
    bridge_begin(st, s);
    rule->apply(st, s, c, fx);
    if (s->open_by != INSTANT_NONE) seal_store(st, s, c);
    if (reader_unknown(st, s, c->party)) c->out->marks |= OUTCOME_MARK_NO_READER;
    if (rule->deliver == DELIVER_SECTIONS) deliver_sections(st, s, c, fx);
    for (uint16_t p = 0; rule->deliver == DELIVER_ALL && p < st->party_count; p++)
        if (p != c->party) tell_statement(st, fx, p, sections_all(s));
    bridge_work(st, s, fx);
}
/* Each party that `by` names and that has not sent this hears what it is asked to sign, with every section. */
static void wait(struct state *st, const struct statement *s, struct step *c, const struct judged *j, struct effects *fx) {
    pending_store(st, s, c, j->pending, j->have);
    for (uint16_t i = 0; i < c->co_count; i++) tell_statement(st, fx, c->co[i], sections_all(s));
}
/* A refusal takes a place in the stream and a row among the recent statements (none of the reserve), and a note that was waiting is
 * done with. But a full table refuses for now: the same text may come again when there is room. */
static void record(struct state *st, const struct statement *s, const struct kind_rule *rule, struct step *c, const struct judged *j, struct effects *fx) {
    struct outcome *out = c->out;
    st->order = s->order;
    out->party = c->party;
    out->place = st->parties[c->party].stream_size++;
    if (st->unsure) out->marks |= OUTCOME_MARK_UNSURE;
    if (s->has_seen && !s->seen_is_prefix) out->marks |= OUTCOME_MARK_FORK;
    bool final = out->verdict == VERDICT_ACCEPTED || (out->verdict == VERDICT_REFUSED && out->reason != REASON_FULL);
    if (final && !rule->passing && quota_room(st, c->party, QUOTA_RECENT, 1, rule->reserve)) recent_add(st, s, c->party, out->place);
    if (out->verdict == VERDICT_ACCEPTED) accept(st, s, rule, c, j, fx);
    else if (out->verdict == VERDICT_PENDING) wait(st, s, c, j, fx);
    else if (final && j->pending != ROW_NONE) pending_drop(st, j->pending);
    if ((out->marks & OUTCOME_MARK_FORK) && out->verdict != VERDICT_REFUSED) fork_tell(st, s, c, fx);
}
/* `on` of a kind that files something may be absent. Not where it says whose the thing is: an area that several sign belongs to one of
 * them, and which key comes first in `by` must not decide it. An agreement is nobody's alone. */
static const struct statement *with_on(const struct statement *s, const struct kind_rule *rule, struct statement *room) {
    if (rule->on != ON_NEW || s->has_on) return s;
    for (uint32_t i = 1; s->kind != KIND_AGREEMENT && i < s->signer_count; i++)
        if (!name_equal(&s->signers[i].party, &s->signers[0].party)) return s;
    *room = *s;
    room->has_on = true;
    room->on.id = s->id;
    room->on.party = s->origin == ORIGIN_SIGNED && s->signer_count > 0 ? s->signers[0].party : s->attested;
    return room;
}
void state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx) {
    assert(s->kind != KIND_GENESIS && (unsigned)s->kind < STATEMENT_KINDS && rules[s->kind].check);
    assert(s->order == st->order + 1 && s->time >= st->time);
    const struct kind_rule *rule = &rules[s->kind];
    struct statement room;
    s = with_on(s, rule, &room);
    memset(out, 0, sizeof *out);
    tell_reset(st, fx);
    struct step c = {.out = out, .party = PARTY_NONE, .key = ROW_NONE, .entity = ROW_NONE, .plan = st->plan};
    struct judged j = {.pending = ROW_NONE};
    instant before = st->time;
    st->time = s->time;
    out->verdict = judge(st, s, rule, &c, &j);
    if (out->verdict == VERDICT_REPEATED || c.party == PARTY_NONE) { /* not recorded: nothing at all has changed */
        st->time = before;
        if (out->verdict != VERDICT_REPEATED) out->party = PARTY_NONE;
        return;
    }
    if (out->verdict == VERDICT_REFUSED) memset(out->missing, 0, sizeof out->missing);
    st->watch->speaker = s->origin == ORIGIN_SERVER ? PARTY_NONE : c.party;
    record(st, s, rule, &c, &j, fx);
    if (s->origin == ORIGIN_SERVER) out->left = state_backlog(st); /* the operator's to see: it is of all parties */
    assert(st->watch->only == PARTY_NONE); /* nobody's secret step reaches into the next */
    tell_sort(fx);
}
