/* One statement: whose it is, what must become of it, and what it causes. Written from FORMAT.md and ARCHITECTURE.md; the order of the reasons for
 * a refusal is that of the server, for the word is part of the record. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

/* The doors of F3548 and F3411: verdict and reply must go together; then what was asked is judged, by f3548.c or rid.c. */
static const char *dss_check(struct audit *a, struct step *c) {
    static const char *const reasons[] = {"body", "not-owner", "unknown-entity", "entity-exists", "stale", "full", "conflict", "depended", "scope"};
    const char *reason = text_of(c->r->outcome, "reason");
    bool refused = strcmp(text_of(c->r->outcome, "verdict"), "refused") == 0, known = !refused;
    double status = json_number_value(json_object_get(c->r->outcome, "status"));
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) known = known || strcmp(reason, reasons[i]) == 0;
    if (!known) wrong(a, "dss", "refused for '%s'", reason);
    if (refused ? status < 400 || status > 599 : status != 200 && status != 201) wrong(a, "dss", "the status %.0f", status);
    const json_t *reply = json_object_get(c->r->outcome, "reply");
    if (!json_is_object(reply)) wrong(a, "dss", "no reply");
    if (refused && (strcmp(text_of(reply, "code"), reason) != 0 || text_of(reply, "message")[0] == '\0')) wrong(a, "dss", "the code '%s' of a refusal for '%s'", text_of(reply, "code"), reason);
    if (refused && strcmp(text_of(reply, "request"), text_of(c->s->claims, "request")) != 0) wrong(a, "dss", "the reply names another request, '%s'", text_of(reply, "request"));
    static const char rid[] = "{\"door\":\"f3411";
    const struct part *request = record_part(c->r, REQUEST);
    if (request->bytes.size > sizeof rid && memcmp(request->bytes.at, rid, sizeof rid - 1) == 0) rid_judge(a, c);
    else f3548_judge(a, c);
    c->full = ""; /* that a share is full those two judge */
    return refused ? reason : NULL;
}
static void dss_apply(struct audit *a, struct step *c) { (void)a, (void)c; }
enum on { NO_ON, NEEDS_ON, NEW_ON };
enum attest { ANY, IN_EXERCISE, NEVER_PLAIN };
struct rule_of { check_fn *check; apply_fn *apply; enum on on; enum attest attest; bool all /* told to everybody */, operators, several, reserve, weighty; };
static const struct rule_of rules[KINDS] = {
    [SETTINGS] = {settings_check, settings_apply, .attest = IN_EXERCISE, .all = true, .operators = true},
    [PARTY] = {party_check, party_apply, .attest = NEVER_PLAIN, .all = true, .operators = true, .several = true},
    [KEY] = {key_check, key_apply, .attest = NEVER_PLAIN, .all = true, .reserve = true},
    [KEY_REVOKE] = {key_revoke_check, key_revoke_apply, .attest = NEVER_PLAIN, .all = true, .reserve = true},
    [KEY_RECOVER] = {key_recover_check, key_recover_apply, .attest = NEVER_PLAIN, .all = true, .several = true, .reserve = true},
    [KEY_OBJECT] = {key_object_check, key_object_apply, .attest = IN_EXERCISE, .all = true, .reserve = true},
    [AGREEMENT] = {agreement_check, agreement_apply, NEW_ON, NEVER_PLAIN, .several = true},
    [AGREEMENT_SUSPEND] = {agreement_suspend_check, agreement_suspend_apply, NEEDS_ON, IN_EXERCISE, .weighty = true},
    [AGREEMENT_RESUME] = {agreement_resume_check, agreement_resume_apply, NEEDS_ON, .attest = IN_EXERCISE},
    [AGREEMENT_LEAVE] = {agreement_leave_check, agreement_leave_apply, NEEDS_ON, IN_EXERCISE, .weighty = true},
    [AREA] = {area_check, area_apply, NEW_ON, .several = true, .weighty = true},
    [AREA_END] = {area_end_check, area_end_apply, NEEDS_ON, .weighty = true},
    [FEED] = {feed_check, feed_apply, .on = NO_ON},
    [NOTICE] = {notice_check, notice_apply, NEW_ON, .reserve = true, .weighty = true},
    [NOTICE_ACTIVATE] = {notice_activate_check, notice_activate_apply, NEEDS_ON, .reserve = true, .weighty = true},
    [NOTICE_OVER] = {notice_over_check, notice_over_apply, NEEDS_ON, IN_EXERCISE, .reserve = true, .weighty = true},
    [NOTICE_CANCEL] = {notice_cancel_check, notice_cancel_apply, NEEDS_ON, IN_EXERCISE, .reserve = true, .weighty = true},
    [OPEN] = {open_check, open_apply, NO_ON, NEVER_PLAIN, .reserve = true, .weighty = true},
    [FLIGHT] = {flight_check, flight_apply, .on = NEW_ON},
    [FLIGHT_ACTIVATE] = {flight_activate_check, flight_activate_apply, .on = NEEDS_ON},
    [FLIGHT_END] = {flight_end_check, flight_end_apply, .on = NEEDS_ON},
    [FLIGHT_CANCEL] = {flight_cancel_check, flight_cancel_apply, NEEDS_ON, IN_EXERCISE, .weighty = true},
    [FLIGHT_RELEASE] = {flight_release_check, flight_release_apply, NEEDS_ON, IN_EXERCISE, .weighty = true},
    [JOIN] = {join_check, join_apply, NO_ON, .several = true},
    [JOIN_UNDO] = {join_undo_check, join_undo_apply, .on = NO_ON},
    [ACK] = {ack_check, ack_apply, NO_ON, .reserve = true, .weighty = true},
    [HOLD] = {hold_check, hold_apply, NEW_ON, .reserve = true, .weighty = true},
    [HOLD_ANSWER] = {hold_answer_check, hold_answer_apply, NO_ON, .reserve = true, .weighty = true},
    [MESSAGE] = {message_check, message_apply, NO_ON, .reserve = true},
    [CLOCK] = {clock_check, clock_apply, NO_ON, .all = true, .operators = true, .reserve = true},
    [FRAMES] = {frame_check, frame_apply, .on = NO_ON},
    [DSS] = {dss_check, dss_apply, .on = NO_ON},
    [TICK] = {tick_check, tick_apply, .on = NO_ON},
    [CONTINUE] = {continue_check, continue_apply, .on = NO_ON},
    [CAPACITY] = {capacity_check, capacity_apply, NO_ON, IN_EXERCISE, .all = true, .operators = true, .reserve = true},
    [GROW] = {grow_check, grow_apply, .on = NO_ON},
    [BRIDGE] = {bridge_check, bridge_apply, .on = NO_ON},
    [COSIGNED] = {cosigned_check, cosigned_apply, .on = NO_ON},
    [SNAPSHOT] = {snapshot_check, snapshot_apply, .on = NO_ON},
    [SNAPSHOT_DIGEST] = {snapshot_digest_check, snapshot_digest_apply, .on = NO_ON},
};
static bool passing(enum kind k) { return k == FRAMES || k >= DSS; }

/* ---- whose is it? ---- */
static const char *key_may(const struct audit *a, int key, const struct hash *public_key, enum kind kind) {
    if (key < 0 || (public_key && !same(&a->keys.at[key].public_key, public_key))) return "unknown-key";
    const struct key *k = &a->keys.at[key];
    if (k->revoked) return "key-revoked";
    if (k->from > a->time || (k->feeds_only && kind != FEED && kind != FRAMES)) return "unknown-key";
    return NULL;
}
/* Does this signer enter by this very statement? */
static bool enters(const struct said *s, int i) {
    const struct section *b = s->sections == 1 ? said_body(s) : NULL;
    const char *party = s->kind == PARTY ? "name" : "party", *key = s->kind == PARTY ? "root_key" : s->kind == KEY ? "public_key" : "new_root";
    struct hash h;
    if (!b || (s->kind != PARTY && s->kind != KEY && s->kind != KEY_RECOVER)) return false;
    return strcmp(s->signer[i].party, text_of(b->body, party)) == 0 && hex_read(text_of(b->body, key), strlen(text_of(b->body, key)), h.at, 32) &&
           same(&h, &s->signer[i].public_key);
}
static void co_add(struct step *c, int party) {
    if (signs(c, party)) return;
    c->co[c->cos++] = party;
}
static const char *attested_by(struct audit *a, struct step *c) {
    int party = party_find(a, c->s->attested), key = party == NOBODY ? -1 : key_find(a, party, c->s->session_key);
    c->attested = true;
    if (party == NOBODY) return "unknown-party";
    if (!*c->s->session_key) return c->party = party, NULL;
    const char *why = key_may(a, key, NULL, c->s->kind);
    if (why && strcmp(why, "unknown-key") == 0 && key >= 0) c->party = party;
    if (why) return why;
    c->party = party;
    c->key = key;
    return NULL;
}
static const char *signed_by(struct audit *a, struct step *c) {
    int parties[SIGNERS_MOST];
    const char *first = NULL;
    for (int i = 0; i < c->s->signers; i++) {
        const struct signer *g = &c->s->signer[i];
        int p = parties[i] = party_find(a, g->party), key = p == NOBODY ? -1 : key_find(a, p, g->key);
        const char *why = NULL;
        bool speaks = key >= 0 && key_valid(&a->keys.at[key], a->time) && same(&a->keys.at[key].public_key, &g->public_key);
        if (speaks) {
            why = key_may(a, key, &g->public_key, c->s->kind);
            if (g->verified && c->party == NOBODY) c->party = p, c->key = key;
        } else if (enters(c->s, i)) {
            parties[i] = NOBODY;
        } else {
            why = p == NOBODY ? "unknown-party" : key_may(a, key, &g->public_key, c->s->kind);
        }
        if (!first) first = why;
    }
    for (int i = 0; i < c->s->signers && c->party != NOBODY; i++)
        if (parties[i] != NOBODY) co_add(c, parties[i]);
    if (first) return first;
    return c->party == NOBODY ? "signature-needed" : NULL;
}
static const char *whose(struct audit *a, struct step *c) {
    c->party = NOBODY;
    c->key = -1;
    if (c->s->form == BY_SERVER || c->s->kind == DSS) return c->party = operator_of(a), NULL;
    return c->s->form == PLAIN ? attested_by(a, c) : signed_by(a, c);
}

/* ---- verdict ---- */
static int pending_find(const struct audit *a, const struct hash *statement) {
    for (size_t i = 0; i < a->pending.count; i++)
        if (same(&a->pending.at[i].statement, statement)) return (int)i;
    return -1;
}
static void repeats_judge(struct audit *a, const struct step *c) {
    for (size_t i = 0; i < a->recent.count && !passing(c->s->kind); i++)
        if (same(&a->recent.at[i].statement, &c->s->hash) && a->recent.at[i].time > a->time - WEEK) wrong(a, "repeat", "a statement that was applied within 7 days is recorded again");
}
static const char *form_check(struct audit *a, struct step *c, const struct rule_of *rule) {
    bool operators = false;
    for (size_t p = 0; p < a->parties.count; p++) operators = operators || (a->parties.at[p].operator_ && signs(c, (int)p));
    if (c->attested && rule->attest == NEVER_PLAIN) return "signature-needed";
    if (c->attested && rule->attest == IN_EXERCISE && a->live) return "must-be-signed";
    if (c->attested && rule->weighty && signed_only(a, c->party)) return "must-be-signed";
    if (rule->operators && !operators) return "not-operator";
    if (c->cos > 0 && !rule->several) return "body";
    if (rule->on != NO_ON && !c->s->has_on) return "body";
    if (rule->on == NO_ON && c->s->has_on) return "body";
    return passing(c->s->kind) || room_for(a, c->party, Q_RECENT, 1, rule->reserve) ? NULL : full(c, Q_RECENT);
}
static const char *seal_check(struct audit *a, struct step *c) {
    if (c->s->open_by == NEVER) return NULL;
    if (c->attested) return "must-be-signed";
    if ((c->s->kind != NOTICE && c->s->kind != FLIGHT) || c->s->open_by <= a->time || c->s->sections == SLOTS) return "body";
    for (int i = 0; i < SEALS; i++)
        if (!a->parties.at[c->party].sealed[i].used) return NULL;
    return "sealed-limit";
}
/* NULL: accepted; "pending"; else the reason. */
static const char *judge(struct audit *a, struct step *c, const struct rule_of *rule) {
    const char *why = whose(a, c);
    uint64_t have = 0, missing = 0;
    if (why) return why;
    int i = pending_find(a, &c->s->hash);
    if (c->s->form == SIGNED) {
        uint64_t before = i < 0 ? 0 : a->pending.at[i].have;
        for (int k = 0; k < c->s->signers; k++) have |= c->s->signer[k].verified ? UINT64_C(1) << k : 0;
        if (i >= 0 && (have | before) == before) wrong(a, "repeat", "a pending statement without a new signature is recorded again");
        have |= before;
        for (int k = 0; k < c->s->signers; k++) missing |= have >> k & 1 ? 0 : UINT64_C(1) << k;
        if (missing && i < 0 && !room_for(a, c->party, Q_PENDING, 1, rule->reserve)) return full(c, Q_PENDING);
    }
    if ((why = form_check(a, c, rule)) || (why = seal_check(a, c)) || (why = rule->check(a, c))) return why;
    return missing ? "pending" : NULL;
}

/* ---- what becomes of it ---- */
static void pending_drop(struct audit *a, int i) {
    give(a, a->pending.at[i].party, Q_PENDING, 1);
    DROP(a->pending, (size_t)i);
}
static void pending_keep(struct audit *a, struct step *c) {
    int i = pending_find(a, &c->s->hash);
    if (i < 0) {
        struct pending *p = ADD(a->pending);
        *p = (struct pending){.statement = c->s->hash, .party = c->party, .kind = c->s->kind, .lapses = a->time + WEEK};
        take(a, c->party, Q_PENDING, 1);
        for (int k = 0; k < c->s->signers; k++) p->named[p->names++] = party_find(a, c->s->signer[k].party);
        i = (int)a->pending.count - 1;
    }
    for (int k = 0; k < c->s->signers; k++)
        if (c->s->signer[k].verified) a->pending.at[i].have |= UINT64_C(1) << k;
}
void pending_fired(struct audit *a, size_t i) {
    const struct pending p = a->pending.at[i];
    char hex[65];
    hex_write(p.statement.at, 32, hex);
    for (size_t q = 0; q < a->parties.count; q++) {
        bool named = p.party == (int)q;
        for (int k = 0; k < p.names; k++) named = named || p.named[k] == (int)q;
        if (!named) continue;
        json_t *j = told_begin("lapsed");
        put_text(j, "what", "pending");
        put_text(j, "statement", hex);
        put_text(j, "kind", kind_names[p.kind]);
        must_tell(a, (int)q, j);
    }
    a->figure[G_DEADLINES]++;
    pending_drop(a, (int)i);
}
static void seal_keep(struct audit *a, struct step *c) {
    for (int i = 0; i < SEALS; i++) {
        struct sealed *s = &a->parties.at[c->party].sealed[i];
        if (s->used) continue;
        *s = (struct sealed){.used = true, .statement = c->s->hash, .kind = c->s->kind, .has_on = c->s->has_on, .missing = 15, .open_by = c->s->open_by};
        strcpy(s->on_id, c->s->on_id);
        memcpy(s->commit, c->s->commit, sizeof s->commit);
        for (int k = 0; k < c->s->sections; k++) s->missing &= ~(1 << c->s->section[k].slot);
        return;
    }
}
static int all_slots(const struct said *s) {
    int mask = 0;
    for (int i = 0; i < s->sections; i++) mask |= 1 << s->section[i].slot;
    return mask;
}
static void fork_tell(struct audit *a, const struct step *c) {
    char hex[65];
    json_t *j = told_begin("lapsed");
    put_text(j, "what", "fork");
    put_party(a, j, "party", c->party);
    hex_write(c->s->hash.at, 32, hex);
    put_text(j, "statement", hex);
    put_number(j, "size", (double)c->s->seen_size);
    hex_write(c->s->seen_root.at, 32, hex);
    put_text(j, "root", hex);
    must_tell(a, operator_of(a), j);
}
static void accept(struct audit *a, struct step *c, const struct rule_of *rule) {
    int i = pending_find(a, &c->s->hash);
    if (i >= 0) pending_drop(a, i);
    for (int k = 0; k < c->cos; k++) must_tell_statement(a, c, c->co[k], all_slots(c->s));
    rule->apply(a, c);
    if (c->s->open_by != NEVER) seal_keep(a, c);
    if (c->s->kind >= AGREEMENT && c->s->kind <= AGREEMENT_LEAVE) must_deliver(a, c);
    for (size_t p = 0; rule->all && p < a->parties.count; p++)
        if ((int)p != c->party) must_tell_statement(a, c, (int)p, all_slots(c->s));
    for (int k = 0; k < c->s->sections; k++)
        if (unknown_to(a, &c->s->section[k].to, c->party)) c->marks[M_NO_READER] = true;
}

/* ---- the outcome as it is recorded ---- */
static const char *const mark_names[] = {"not-contained", "no-reader", "late", "fork", "schedule", "unsure"};
static bool marked(const json_t *outcome, const char *mark) {
    const json_t *e;
    size_t i;
    json_array_foreach(json_object_get(outcome, "marks"), i, e) if (strcmp(json_string_value(e) ? json_string_value(e) : "", mark) == 0) return true;
    return false;
}
static void marks_judge(struct audit *a, const struct step *c) {
    for (int m = 0; m < 6; m++)
        if (!c->mark_unsure[m] && marked(c->r->outcome, mark_names[m]) != c->marks[m])
            wrong(a, "mark", "'%s' must %sbe there", mark_names[m], c->marks[m] ? "" : "not ");
}
static bool near_seconds(const json_t *j, const char *member, int64_t ns) { return fabs(json_number_value(json_object_get(j, member)) - (double)ns / 1e9) < 1e-6; }
/* Where geometry cannot tell what is new, the record is taken at its word. */
static void lead_judge(struct audit *a, struct lead *l, const json_t *j) {
    static const char *const binds[] = {"sequenced", "delivered", "readback"};
    double pieces = json_number_value(json_object_get(j, "pieces"));
    const struct agreement *g = &a->agreements.at[l->agreement];
    a->figure[G_LEADS]++;
    if (strcmp(text_of(j, "agreement"), g->name) != 0 || json_number_value(json_object_get(j, "version")) != l->version) {
        wrong(a, "lead", "of '%s', version %u; the record has that of '%s'", g->name, l->version, text_of(j, "agreement"));
        return;
    }
    int64_t start = time_of(j, "start", NEVER);
    if (!l->sure) {
        a->figure[G_EITHER]++;
        l->pieces = pieces > 0;
        l->start = start;
    }
    l->count = pieces;
    a->figure[G_PIECES] += l->counted;
    int64_t lead = l->pieces ? lead_ms(l->start, l->sequenced) * 1000000 : 0, missing = l->pieces ? short_ms(l->start, l->sequenced, l->agreed) * 1000000 : 0;
    int64_t stated = l->pieces ? l->start / 1000000 * 1000000 : NEVER;
    if ((pieces > 0) != l->pieces) wrong(a, "lead", "'%s': %s is claimed anew; the record counts %.0f pieces", g->name, l->pieces ? "something" : "nothing", pieces);
    else if (l->counted && pieces != (double)l->new_pieces) wrong(a, "pieces", "'%s': %llu are new; the record counts %.0f", g->name, (unsigned long long)l->new_pieces, pieces);
    else if (json_is_true(json_object_get(j, "judged")) != l->judged) wrong(a, "lead", "'%s': judged, or not", g->name);
    else if (l->sure && start != stated) wrong(a, "lead", "'%s': another start than the earliest new piece's", g->name);
    else if (l->sure && !near_seconds(j, "sequenced_s", lead)) wrong(a, "lead", "'%s': sequenced must be %.9f s, is %.9f s", g->name, (double)lead / 1e9, json_number_value(json_object_get(j, "sequenced_s")));
    else if (!near_seconds(j, "agreed_s", l->agreed) || strcmp(text_of(j, "binds"), binds[l->binds]) != 0) wrong(a, "lead", "'%s': what was agreed", g->name);
    else if (l->sure && !near_seconds(j, "short_s", missing)) wrong(a, "lead", "'%s': short by %.9f s, is %.9f s", g->name, (double)missing / 1e9, json_number_value(json_object_get(j, "short_s")));
}
static void leads_judge(struct audit *a, struct step *c) {
    const json_t *list = json_object_get(c->r->outcome, "lead");
    if (json_array_size(list) != c->lead.count) wrong(a, "lead", "%zu agreements judge it; the record has %zu", c->lead.count, json_array_size(list));
    for (size_t i = 0; i < c->lead.count && i < json_array_size(list); i++) {
        struct lead *l = &c->lead.at[i];
        const json_t *j = json_array_get(list, i);
        lead_judge(a, l, j);
        if (json_number_value(json_object_get(j, "short_s")) > 0) c->marks[M_LATE] = true;
    }
}
static void missing_judge(struct audit *a, const struct step *c) {
    const json_t *list = json_object_get(c->r->outcome, "missing");
    int p = pending_find(a, &c->s->hash);
    size_t n = 0;
    for (int k = 0; p >= 0 && k < c->s->signers; k++) {
        if (a->pending.at[p].have >> k & 1) continue;
        const char *name = json_string_value(json_array_get(list, n++));
        if (!name || strcmp(name, c->s->signer[k].name) != 0) wrong(a, "missing", "'%s' has not signed", c->s->signer[k].name);
    }
    if (json_array_size(list) != n) wrong(a, "missing", "%zu are missing; the record names %zu", n, json_array_size(list));
}
/* Was `seen` a prefix of our log as far as it was given out? The last leaves may not have been, when it was ordered. */
static void seen_judge(struct audit *a, const struct step *c) {
    const struct said *s = c->s;
    bool known = s->has_seen && s->seen_size < a->roots.count, prefix = known && same(&a->roots.at[s->seen_size], &s->seen_root);
    if (c->r->seen == -1) {
        if (s->has_seen) wrong(a, "seen", "is not judged");
    } else if (!s->has_seen) {
        wrong(a, "seen", "is judged though there is none");
    } else if (c->r->seen == 1 && !prefix) {
        wrong(a, "seen", "is no prefix of the log, and is called one");
    } else if (c->r->seen == 0 && prefix && s->seen_size + 8 < a->roots.count) {
        wrong(a, "seen", "is a prefix of the log, and is called none");
    }
}
/* A record's verdict and ours; says whether the model may follow. */
static bool verdict_judge(struct audit *a, struct step *c, const char *why) {
    const char *verdict = text_of(c->r->outcome, "verdict"), *reason = text_of(c->r->outcome, "reason"), *detail = text_of(c->r->outcome, "detail");
    const char *wanted = !why ? "accepted" : strcmp(why, "pending") == 0 ? "pending" : "refused";
    bool either = why && strcmp(why, "?") == 0;
    if (either || c->room_unsure) { /* hangs on a margin of geometry */
        bool by_room = strcmp(reason, "full") == 0 || (why && strcmp(why, "full") == 0);
        a->figure[G_EITHER]++;
        if (either || by_room) return strcmp(verdict, "refused") != 0;
    }
    if (c->party == NOBODY) return wrong(a, "party", "nothing proves whose it is (%s), and it is recorded", why ? why : ""), false;
    if (c->party != c->r->party) return wrong(a, "party", "it is %s's, and stands in another stream", a->parties.at[c->party].name), false;
    if (strcmp(verdict, wanted) != 0 || (strcmp(wanted, "refused") == 0 && strcmp(reason, why) != 0))
        return wrong(a, "verdict", "%s %s: must be %s %s; is %s %s (%s)", kind_names[c->s->kind], c->s->id, wanted, why && *wanted == 'r' ? why : "", verdict, reason, detail), false;
    if (*wanted != 'r' && *reason) wrong(a, "verdict", "a reason '%s' without refusal", reason);
    if (why && strcmp(why, "full") == 0 && strncmp(detail, c->full, strlen(c->full)) != 0) wrong(a, "full", "of %s; the record says '%s'", c->full, detail);
    return *wanted != 'r';
}
static void outcome_judge(struct audit *a, const struct step *c) {
    const json_t *o = c->r->outcome;
    const char *detail = text_of(o, "detail");
    if (strcmp(text_of(o, "kind"), kind_names[c->s->kind]) != 0) wrong(a, "outcome", "of another kind: '%s'", text_of(o, "kind"));
    if ((uint64_t)json_number_value(json_object_get(o, "place")) != c->r->seq) wrong(a, "outcome", "names another place than its own");
    if (c->has_detail && !c->detail_unsure && strcmp(detail, c->detail) != 0) wrong(a, "detail", "must be '%s', is '%s'", c->detail, detail);
}

/* ---- the group: one statement and what it caused ---- */
static void remember(struct audit *a, struct step *c, const struct rule_of *rule, const char *verdict, const char *reason) {
    bool final = strcmp(verdict, "accepted") == 0 || (strcmp(verdict, "refused") == 0 && strcmp(reason, "full") != 0);
    if (c->party == NOBODY || !final || passing(c->s->kind) || !room_for(a, c->party, Q_RECENT, 1, rule->reserve)) return;
    *ADD(a->recent) = (struct recent){c->s->hash, c->party, a->time};
    take(a, c->party, Q_RECENT, 1);
    int i = strcmp(verdict, "refused") == 0 ? pending_find(a, &c->s->hash) : -1;
    if (i >= 0) pending_drop(a, i);
}
static void follow(struct audit *a, struct step *c, const struct rule_of *rule) {
    const char *verdict = text_of(c->r->outcome, "verdict");
    if (c->mark_unsure[M_NOT_CONTAINED]) {
        a->figure[G_EITHER]++;
        c->marks[M_NOT_CONTAINED] = marked(c->r->outcome, mark_names[M_NOT_CONTAINED]);
    }
    bool waits = strcmp(verdict, "pending") == 0;
    if (waits) c->lead.count = 0; /* judged when it takes effect */
    leads_judge(a, c);
    remember(a, c, rule, verdict, "");
    if (waits) {
        pending_keep(a, c);
        missing_judge(a, c);
        for (int k = 0; k < c->cos; k++) must_tell_statement(a, c, c->co[k], all_slots(c->s));
        memset(c->marks, 0, sizeof c->marks);
        memset(c->mark_unsure, 0, sizeof c->mark_unsure);
    } else {
        accept(a, c, rule);
    }
    if (c->s->fork) fork_tell(a, c);
}
/* What is left is the operator's to know, and nobody else's. */
static uint64_t left_read(struct audit *a, const struct step *c) {
    const json_t *left = json_object_get(c->r->outcome, "left");
    if (left && c->s->kind != TICK && c->s->kind != CONTINUE) wrong(a, "outcome", "tells %s how much of others is left", a->parties.at[c->r->party].name);
    if (!left && c->s->kind == CONTINUE) wrong(a, "outcome", "does not say how much is left");
    return left ? (uint64_t)json_number_value(left) : 0;
}
static void statement_judge(struct audit *a, const struct said *s) {
    struct step c = {.s = s, .r = &a->group.at[0], .area = -1, .subject = -1};
    const struct rule_of *rule = &rules[s->kind];
    bool unsure = a->unsure;
    a->figure[G_STATEMENTS]++;
    repeats_judge(a, &c);
    const char *why = judge(a, &c, rule);
    seen_judge(a, &c);
    if (verdict_judge(a, &c, why)) {
        follow(a, &c, rule);
    } else {
        a->figure[G_REFUSED]++;
        remember(a, &c, rule, text_of(c.r->outcome, "verdict"), text_of(c.r->outcome, "reason"));
        memset(c.marks, 0, sizeof c.marks);
        memset(c.mark_unsure, 0, sizeof c.mark_unsure);
    }
    c.marks[M_UNSURE] = unsure;
    c.marks[M_FORK] = s->fork;
    marks_judge(a, &c);
    outcome_judge(a, &c);
    /* A tick that tells so much leaves its rest for the next: what is due is not judged any more from here on, and the figures say so. */
    a->crowded = a->crowded || (s->kind == TICK && a->group.count > (1024 + 16 * a->parties_most + 2 * a->alert_rows) / 2);
    uint64_t left = left_read(a, &c);
    a->behind = a->behind || left > 0;
    bool goes_on = s->kind == TICK || s->kind == CONTINUE;
    if (goes_on) a->ticks_behind = s->kind == TICK && left > 0 ? a->ticks_behind + 1 : 0;
    if (goes_on && a->ticks_behind == 16) wrong(a, "continue", "%llu searches are left since 16 ticks, and nothing goes on with them", (unsigned long long)left);
    alerts_take(a);
    alerts_judge(a, s->kind == TICK);
    if (goes_on && left == 0) late_judge(a, s->kind == CONTINUE);
    leaks_judge(a);
    bridge_judge(a, &c);
    told_judge(a, &c);
    free(c.lead.at);
}

static void told_head_judge(struct audit *a, struct record *r) {
    char time[40];
    time_write(r->exact, time);
    if (!r->told) {
        wrong(a, "parts", "two statements of one order number");
        r->matched = true;
        return;
    }
    if ((uint64_t)json_number_value(json_object_get(r->told, "place")) != r->seq) wrong(a, "told", "names another place than its own");
    if (strcmp(text_of(r->told, "time"), time) != 0) wrong(a, "told", "names another time than its record");
    if (r->seen != -1) wrong(a, "seen", "is judged of a told record");
    json_object_del(r->told, "place");
    json_object_del(r->told, "time");
}
void audit_group(struct audit *a) {
    struct said s;
    if (a->group.count == 0) return;
    struct record *first = &a->group.at[0];
    int last = NOBODY, known = (int)a->parties.count;
    if (first->order != a->order + 1) wrong(a, "order", "%llu follows %llu", (unsigned long long)first->order, (unsigned long long)a->order);
    if (first->exact < a->time) wrong(a, "time", "runs back");
    a->order = first->order;
    a->time = first->exact;
    bool good = first->outcome && said_read(a, first, &s);
    if (!first->outcome) wrong(a, "told", "told records without their statement");
    record_judge(a, first, first->outcome ? &s : NULL);
    for (size_t i = 1; i < a->group.count; i++) {
        struct record *r = &a->group.at[i];
        if (r->party < known) record_judge(a, r, NULL);
        if (r->exact != first->exact) wrong(a, "time", "a told record has another time than its statement");
        if (r->party < last) wrong(a, "told", "not ascending by party");
        last = r->party;
        told_head_judge(a, r);
    }
    if (good) statement_judge(a, &s);
    else expect_clear(a);
    for (size_t i = 1; i < a->group.count; i++) { /* of a party that this very statement made */
        if (a->group.at[i].party < known) continue;
        if (a->group.at[i].party < (int)a->parties.count) record_judge(a, &a->group.at[i], NULL);
        else wrong(a, "told", "to a party that there is not");
    }
    if (first->outcome) said_free(&s);
    for (size_t i = 0; i < a->group.count; i++) record_free(&a->group.at[i]);
    a->group.count = 0;
    a->dirty.count = 0;
    a->dirty_all = a->swept = false;
    graves_clear(a);
}
