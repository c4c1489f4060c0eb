#include <assert.h>
#include <stdlib.h>

#include "base/note.h"
#include "base/rand.h"
#include "door/door.h"
#include "door/limits.h"
#include "door/reader.h"
#include "door/report.h"

/* What must be known of a statement when its answer comes. */
struct sent {
    bool clock; /* a `clock` statement: once accepted, our clock follows it */
    instant stated;
    int64_t error_ns;
    uint16_t caller; /* whose session came along; PARTY_NONE */
    bool alone;      /* one party's statement: who has it first is its sender */
    bool receipt;    /* one was asked for */
};

/* --- the answer --- */

/* The outcome with its place put to null. Within a string the quotes would be escaped, so this finds the member and nothing else. */
static void append_without_place(struct text outcome, struct append *out) {
    static const char member[] = ",\"place\":";
    const char *at = memmem(outcome.at, outcome.size, member, sizeof member - 1), *end = outcome.at + outcome.size;
    if (at == NULL) {
        append_text(out, outcome);
        return;
    }
    at += sizeof member - 1;
    append_bytes(out, outcome.at, (size_t)(at - outcome.at));
    append_str(out, "null");
    while (at < end && *at >= '0' && *at <= '9') at++;
    append_bytes(out, at, (size_t)(end - at));
}

/* Whoever was told a statement can send it again, and a co-signer sends what counts in another's stream: a place there, told to him,
 * would tell how much its party has said and heard meanwhile. */
static bool may_know_place(const struct sent *s, const struct outcome *o) {
    return s->caller == o->party || (s->alone && o->verdict != VERDICT_REPEATED);
}

/* Of a record that this caller may know the place of. Why there is none is no secret of anybody's: the caller asked for it, of his own stream. */
static void append_receipt(const struct door *d, const struct node_event *e, bool place, struct append *out) {
    struct fault f = {0};
    result r = e->outcome->party == OUTCOME_PARTY_NONE ? fail(&f, RESULT_NOT_FOUND, "receipt", "it was not recorded, so there is no place")
               : !place                                ? fail(&f, RESULT_FORBIDDEN, "receipt", "its place is told to a session of that stream's party alone")
                                                       : OK;
    append_str(out, ",\"receipt\":");
    size_t value = out->size;
    if (result_is_ok(r)) r = node_receipt(d->node, e->outcome->party, e->outcome->place, &e->statement, out, &f);
    if (result_is_ok(r)) return;
    out->size = value;
    append_str(out, "null,\"no_receipt\":");
    append_json_string(out, text_of(f.message));
}

static void answer_members(const struct door *d, const struct node_event *e, bool place, bool receipt, struct append *out) {
    const struct outcome *o = e->outcome;
    append_str(out, "\"verdict\":\"");
    append_str(out, verdict_name(o->verdict));
    append_str(out, "\",\"reason\":");
    if (o->reason == REASON_NONE) append_str(out, "null");
    else append_json_string(out, text_of(reason_name(o->reason)));
    const struct name *party = o->party < state_party_count(node_state(d->node)) ? state_party_name(node_state(d->node), o->party) : NULL;
    append_str(out, ",\"party\":");
    if (party != NULL) append_json_string(out, name_text(party));
    else append_str(out, "null");
    append_str(out, ",\"place\":");
    if (place) append_decimal(out, (int64_t)o->place);
    else append_str(out, "null");
    append_str(out, ",\"statement\":\"");
    append_hex(out, e->statement.bytes, SHA256_SIZE);
    append_str(out, "\",\"outcome\":");
    if (e->outcome_json.size > 0 && place) append_text(out, e->outcome_json);
    else if (e->outcome_json.size > 0) append_without_place(e->outcome_json, out);
    else append_str(out, "null");
    if (receipt) append_receipt(d, e, place, out);
}

void statements_reply_unordered(struct door *d, struct request *r, enum sequenced what) {
    struct problem p = {.status = 503, .code = "busy", .rule = TEXT("it was not taken and will have no effect: try again")};
    if (what == SEQUENCED_UNKNOWN)
        p = (struct problem){.status = 504, .code = "unknown", .rule = TEXT("it may or may not take effect: send the same bytes again, a repeat is applied once")};
    d->numbers.unknown++;
    request_reply_problem(r, &p);
    door_send(d, r);
}

static void reply_refused(struct request *r, const struct node_event *e, struct append *members) {
    char room[256];
    struct append text = append_fixed(room, sizeof room - 1);
    append_str(&text, e->outcome->detail[0] != '\0' ? e->outcome->detail : reason_name(e->outcome->reason));
    struct append extension = append_growing(64 * 1024 + 4096);
    append_char(&extension, ',');
    append_text(&extension, append_view(members));
    struct problem p = {.status = problem_reason_status(e->outcome->reason), .code = reason_name(e->outcome->reason), .rule = append_view(&text)};
    struct append body = append_growing(128 * 1024);
    if (!extension.full) p.extension = append_view(&extension);
    problem_render(&p, request_id(r), &body);
    request_reply(r, p.status, PROBLEM_TYPE, &body);
    append_free(&extension);
}

/* From a reply's id to the record: by its line in the log. */
static void members_of(const struct door *d, struct request *r, const struct node_event *e) {
    struct append *m = request_members(r);
    append_str(m, ",\"statement\":\"");
    append_hex(m, e->statement.bytes, SHA256_SIZE);
    append_str(m, "\",\"verdict\":\"");
    append_str(m, verdict_name(e->outcome->verdict));
    append_char(m, '"');
    if (e->outcome->party >= state_party_count(node_state(d->node))) return;
    report_text(m, "stream", name_text(state_party_name(node_state(d->node), e->outcome->party)));
    report_number(m, "place", (int64_t)e->outcome->place);
}

static void answered(struct door *d, struct request *r, uint32_t index, const struct node_event *e) {
    (void)index;
    if (e->sequenced != SEQUENCED_ORDERED) {
        statements_reply_unordered(d, r, e->sequenced);
        return;
    }
    members_of(d, r, e);
    const struct sent *sent = request_kept(r);
    if (sent->clock && e->outcome->verdict == VERDICT_ACCEPTED) clock_settle(&d->clock, sent->stated, sent->error_ns);
    static const unsigned statuses[] = {[VERDICT_ACCEPTED] = 201, [VERDICT_PENDING] = 202, [VERDICT_REPEATED] = 200};
    struct append body = append_growing(64 * 1024);
    enum verdict v = e->outcome->verdict;
    d->numbers.statements[v]++;
    if (v == VERDICT_REFUSED) {
        answer_members(d, e, may_know_place(sent, e->outcome), sent->receipt, &body);
        reply_refused(r, e, &body);
        append_free(&body);
    } else {
        append_char(&body, '{');
        answer_members(d, e, may_know_place(sent, e->outcome), sent->receipt, &body);
        append_str(&body, "}\n");
        assert(!body.full);
        request_reply(r, statuses[v], "application/json", &body);
    }
    /* The node tells an answer only when it is durable. */
    door_send(d, r);
}

/* --- taking it --- */

static result check_key(struct text key, struct fault *f) {
    if (key.at == NULL)
        return fail(f, RESULT_MALFORMED, "Idempotency-Key", "this header is needed for unsigned statements: a repeat with the same key is applied once");
    bool good = key.size >= 1 && key.size <= 64;
    for (size_t i = 0; good && i < key.size; i++) good = key.at[i] > ' ' && key.at[i] < 0x7f && key.at[i] != '"' && key.at[i] != '\\';
    if (!good) return fail(f, RESULT_MALFORMED, "Idempotency-Key", "must be 1 to 64 visible ASCII characters without \" and \\");
    return OK;
}

static result add_claims(struct reading *g, uint32_t *count, struct fault *f) {
    const struct session *s = &g->match.caller.session;
    char *room = arena_alloc(g->decoder.arena, 512, 1);
    if (room == NULL) return fail(f, RESULT_TOO_LARGE, "body", "no scratch memory left for this request");
    struct append claims = append_fixed(room, 512);
    decode_claims_render(&s->party_name, &s->key_name, g->idempotency, &claims);
    assert(!claims.full && *count < g->part_room);
    struct part *p = &g->parts[(*count)++];
    *p = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
    random_bytes(p->salt, sizeof p->salt);
    return OK;
}

static bool in_force(const struct state *st, const struct signer *g) {
    const struct hash *key = state_key(st, &g->party, &g->key);
    return key != NULL && hash_equal(key, &g->public_key);
}

/* Anybody can sign; only what a valid key of a known party has signed is worth a record, and worth verifying. */
static bool known_signer(const struct state *st, const struct statement *s) {
    for (uint32_t i = 0; i < s->signer_count; i++)
        if (s->signers[i].verified && in_force(st, &s->signers[i])) return true;
    return false;
}

/* Ed25519 is the dearest thing that a stranger can ask for: lines of keys in force come first, so that whoever has none of them gets one
 * failed verification a request, not one for each of many lines of his own. */
static result verify_note(const struct state *st, struct statement *s, struct fault *f) {
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < s->signer_count; i++) {
            const struct signer *g = &s->signers[i];
            if (!g->verified || in_force(st, g) != (pass == 0)) continue;
            if (!note_signature_verify(s->text, g->signature, g->public_key.bytes))
                return fail(f, RESULT_UNAUTHENTIC, "/note", "the signature of '%.*s' does not verify", TEXT_ARG(g->key_name));
        }
    s->proven = true;
    return OK;
}

static result read_parts(struct reading *g, uint32_t *count, struct fault *f) {
    bool plain = false;
    arena_reset(g->decoder.arena);
    TRY(decode_body(&g->decoder, g->body, random_bytes, g->parts, count, &plain, f));
    if (!plain) return OK;
    if (!g->match.caller.known)
        return fail(f, RESULT_UNAUTHENTIC, "Authorization", "an unsigned statement needs a session token; or send a signed note");
    TRY(check_key(g->idempotency, f));
    return add_claims(g, count, f);
}

void statements_read(const struct node *n, struct reading *g) {
    uint32_t count = 0;
    g->taken = read_parts(g, &count, &g->fault);
    if (result_is_ok(g->taken)) g->taken = node_read(n, g->aside, g->parts, count, &g->fault);
}

static result wants_receipt(const struct match *m, bool *receipt, struct fault *f) {
    if (!m->given[0]) return OK;
    *receipt = strcmp(m->parameters[0], "true") == 0;
    return *receipt || strcmp(m->parameters[0], "false") == 0 ? OK : fail(f, RESULT_MALFORMED, "receipt", "is true or false");
}

static void reply_not_taken(struct door *d, struct request *r, struct fault *f) {
    struct problem p = problem_of(f);
    if (f->code == RESULT_BUSY) d->numbers.refused_queue++;
    /* 401 asks for a token; a signature that does not verify is no matter of tokens. */
    if (f->code == RESULT_UNAUTHENTIC && strcmp(f->field, "Authorization") != 0) p.status = 403;
    if (p.status == 403 || p.status == 401) {
        door_noise(d, p.status == 401 ? NOISE_TOKEN : NOISE_SIGNATURE);
        door_reply_problem(d, r, &p);
        return;
    }
    door_reply_fault(d, r, f);
}

void statements_post(struct door *d, struct request *r, const struct match *m) {
    struct reading g;
    uint32_t count = 0;
    reader_begin(d, r, m, &g);
    g.taken = read_parts(&g, &count, &g.fault);
    if (result_is_ok(g.taken)) g.taken = node_prepare(d->node, g.parts, count, &g.statement, &g.fault);
    statements_taken(d, r, m, &g);
}

/* Signatures are verified once, when all that is cheap has been checked. */
void statements_taken(struct door *d, struct request *r, const struct match *m, struct reading *g) {
    struct fault f = g->fault;
    result taken = g->taken;
    if (result_is_ok(taken) && g->aside != NULL) taken = node_adopt(d->node, g->aside, &g->statement, &f);
    struct statement *s = g->statement;
    if (result_is_ok(taken) && s->origin == ORIGIN_SIGNED && !known_signer(node_state(d->node), s))
        taken = fail(&f, RESULT_UNAUTHENTIC, "/note", "bears no valid signature by a key of this log that is in force");
    if (result_is_ok(taken) && s->origin == ORIGIN_SIGNED) {
        /* Whoever has sent many that failed gets no more of them verified for a while, so that others' good ones are. */
        if (!door_may_verify(d, r, &m->caller)) {
            door_reply_too_fast(d, r);
            return;
        }
        taken = verify_note(node_state(d->node), s, &f);
        if (!result_is_ok(taken)) door_failed_signature(d, r, &m->caller);
    }
    bool receipt = false;
    if (result_is_ok(taken)) taken = wants_receipt(m, &receipt, &f);
    struct sent *sent = result_is_ok(taken) ? calloc(1, sizeof *sent) : NULL;
    if (result_is_ok(taken) && sent == NULL) taken = fail(&f, RESULT_BUSY, "memory", "no memory left for this request");
    if (!result_is_ok(taken)) {
        reply_not_taken(d, r, &f);
        return;
    }
    request_keep(r, sent);
    if (s->kind == KIND_CLOCK && s->section_count > 0) {
        *sent = (struct sent){.clock = true, .stated = s->sections[0].body.clock.now, .error_ns = s->sections[0].body.clock.error_ns};
    }
    sent->caller = m->caller.party;
    sent->receipt = receipt;
    sent->alone = true;
    for (uint32_t i = 1; i < s->signer_count; i++) sent->alone = sent->alone && name_equal(&s->signers[i].party, &s->signers[0].party);
    uint64_t ticket = tickets_take(d->tickets, r, answered, 0);
    taken = ticket == 0 ? fail(&f, RESULT_BUSY, "queue", "too many answers are outstanding") : node_submit_prepared(d->node, door_tick_first(d), ticket, &f);
    if (result_is_ok(taken)) return;
    if (ticket != 0) tickets_drop(d->tickets, ticket);
    reply_not_taken(d, r, &f);
}
