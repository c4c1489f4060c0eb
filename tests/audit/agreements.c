/* agreement and its members' moves. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

static int agreement_find(const struct audit *a, int party, const char *id) {
    for (size_t i = 0; i < a->agreements.count; i++)
        if (a->agreements.at[i].party == party && strcmp(a->agreements.at[i].id, id) == 0) return (int)i;
    return -1;
}
static struct member *member_of(struct version *v, int party) {
    for (int i = 0; v->used && i < v->members; i++)
        if (v->member[i].party == party) return &v->member[i];
    return NULL;
}

/* ---- a version ---- */
static const char *must_sign(const struct audit *a, const struct step *c, int party) {
    const struct key *k = &a->keys.at[a->parties.at[party].root];
    if (!signs(c, party)) return "signature-needed";
    for (int i = 0; i < c->s->signers; i++)
        if (strcmp(c->s->signer[i].party, a->parties.at[party].name) == 0 && same(&c->s->signer[i].public_key, &k->public_key)) return key_valid(k, a->time) ? NULL : "not-root";
    return "not-root";
}
static const char *signed_right(struct audit *a, struct step *c, const json_t *body) {
    const json_t *e;
    const char *why;
    size_t i;
    int others = 1 + c->cos;
    json_array_foreach(json_object_get(body, "parties"), i, e) {
        int p = party_find(a, json_string_value(e) ? json_string_value(e) : "");
        if (p == NOBODY) return "unknown-party";
        if ((why = must_sign(a, c, p))) return why;
        others--;
    }
    if (c->subject < 0) return others == 0 ? NULL : "body";
    const struct agreement *g = &a->agreements.at[c->subject];
    for (int v = 0; v < VERSIONS; v++)
        for (int m = 0; g->version[v].used && g->version[v].version == g->current && m < g->version[v].members; m++) {
            const struct member *x = &g->version[v].member[m];
            if (!(x->leaves != NEVER && x->leaves <= a->time) && (why = must_sign(a, c, x->party))) return why;
        }
    return NULL;
}
/* Where a version goes: a free place, else that of the lowest which another has replaced for good. */
static int place_for(const struct agreement *g, int64_t now) {
    int best = -1;
    for (int i = 0; i < VERSIONS; i++) {
        bool replaced = false;
        if (!g->version[i].used) return i;
        for (int k = 0; k < VERSIONS; k++) replaced = replaced || (g->version[k].used && g->version[k].version > g->version[i].version && g->version[k].from <= now);
        if (replaced && (best < 0 || g->version[i].version < g->version[best].version)) best = i;
    }
    return best;
}
static int64_t begins(const struct audit *a, const json_t *body) {
    int64_t from = time_of(body, "from", a->time);
    return from < a->time ? a->time : from;
}
const char *agreement_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    int64_t version = scaled_of(b, "version", 0, 0), until = time_of(b, "until", NEVER);
    int owner = party_find(a, c->s->on_party);
    if (owner == NOBODY) return "unknown-party";
    c->subject = agreement_find(a, owner, c->s->on_id);
    if (c->subject < 0) {
        if (!signs(c, owner)) return "not-owner";
        if (version != 1) return "version";
        if (agreement_named(a, text_of(b, "name")) >= 0) return "name-used";
        if (c->s->has_prev) return "stale";
        if (!room_for(a, owner, Q_AGREEMENTS, 1, true)) return full(c, Q_AGREEMENTS);
    } else {
        const struct agreement *g = &a->agreements.at[c->subject];
        if (stale(c, &g->last_statement)) return "stale";
        if (strcmp(g->name, text_of(b, "name")) != 0) return "body";
        if (version != g->current + 1) return "version";
        if (place_for(g, a->time) < 0) return c->full = "versions", "full";
    }
    if (until != NEVER && until <= begins(a, b)) return "body";
    return signed_right(a, c, b);
}
static void rules_read(const json_t *body, struct version *v) {
    const json_t *e;
    size_t i;
    json_array_foreach(json_object_get(body, "rules"), i, e) {
        if (v->rules == MEMBERS_MOST) break;
        struct rule *r = &v->rule[v->rules++];
        const char *binds = text_of(e, "binds");
        snprintf(r->category, sizeof r->category, "%.60s", text_of(e, "category"));
        r->lead = scaled_of(e, "lead_s", 9, 0);
        r->readback = scaled_of(e, "readback_s", 9, 0);
        r->reaction_cm = scaled_of(e, "reaction_m", 2, 0);
        r->reaction_height_cm = scaled_of(e, "reaction_height_m", 2, 0);
        r->before = scaled_of(e, "reaction_before_s", 9, 0);
        r->after = scaled_of(e, "reaction_after_s", 9, 0);
        r->tail = scaled_of(e, "tail_s", 9, 0);
        r->binds = strcmp(binds, "readback") == 0 ? 2 : strcmp(binds, "delivered") == 0;
    }
}
static void timer_next(struct audit *a, struct agreement *g) {
    g->timer = NEVER;
    for (int i = 0; i < VERSIONS; i++) {
        const struct version *v = &g->version[i];
        for (int m = -1; v->used && m < v->members; m++) {
            int64_t at[2] = {m < 0 ? v->from : v->member[m].suspended, m < 0 ? v->until : v->member[m].leaves};
            for (int k = 0; k < 2; k++)
                if (at[k] > a->time && (g->timer == NEVER || at[k] < g->timer)) g->timer = at[k];
        }
    }
}
void agreement_apply(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body, *e;
    int owner = party_find(a, c->s->on_party);
    size_t i;
    if (c->subject < 0) {
        struct agreement *g = ADD(a->agreements);
        *g = (struct agreement){.party = owner};
        strcpy(g->id, c->s->on_id);
        snprintf(g->name, sizeof g->name, "%.60s", text_of(b, "name"));
        take(a, owner, Q_AGREEMENTS, 1);
        c->subject = (int)a->agreements.count - 1;
    }
    struct agreement *g = &a->agreements.at[c->subject];
    struct version *v = &g->version[place_for(g, a->time)];
    *v = (struct version){.used = true, .version = (uint32_t)scaled_of(b, "version", 0, 0), .from = begins(a, b), .until = time_of(b, "until", NEVER),
                          .separation_cm = scaled_of(b, "separation_m", 2, 0), .separation_height_cm = scaled_of(b, "separation_height_m", 2, 0),
                          .withdraw = scaled_of(b, "withdraw_notice_s", 9, 0), .tell_undisclosed = json_is_true(json_object_get(b, "tell_undisclosed")),
                          .signed_only = json_is_true(json_object_get(b, "signed_only"))};
    json_array_foreach(json_object_get(b, "parties"), i, e)
        if (v->members < MEMBERS_MOST) v->member[v->members++] = (struct member){party_find(a, json_string_value(e)), NEVER, NEVER};
    rules_read(b, v);
    g->current = v->version;
    g->last_statement = c->s->hash;
    timer_next(a, g);
    a->dirty_all = true;
}

/* ---- moves of a member ---- */
static const char *move_check(struct audit *a, struct step *c, bool *suspended, bool *leaves) {
    int owner = party_find(a, c->s->on_party);
    bool member = false;
    c->subject = owner == NOBODY ? -1 : agreement_find(a, owner, c->s->on_id);
    if (c->subject < 0) return "unknown-entity";
    struct agreement *g = &a->agreements.at[c->subject];
    *suspended = *leaves = false;
    for (int i = 0; i < VERSIONS; i++) {
        const struct member *m = member_of(&g->version[i], c->party);
        if (!m) continue;
        member = true;
        *suspended = *suspended || m->suspended != NEVER;
        *leaves = *leaves || m->leaves != NEVER;
    }
    return member ? stale(c, &g->last_statement) : "unknown-entity";
}
static void move_apply(struct audit *a, struct step *c, int what, int64_t at) {
    struct agreement *g = &a->agreements.at[c->subject];
    for (int i = 0; i < VERSIONS; i++) {
        struct version *v = &g->version[i];
        struct member *m = member_of(v, c->party);
        if (!m) continue;
        *(what == 2 ? &m->leaves : &m->suspended) = what == 1 ? NEVER : at;
        for (int k = 0; k < v->members; k++)
            if (v->member[k].party != c->party) must_tell_statement(a, c, v->member[k].party, 1 << said_body(c->s)->slot);
    }
    g->last_statement = c->s->hash;
    timer_next(a, g);
    a->dirty_all = true;
}
const char *agreement_suspend_check(struct audit *a, struct step *c) {
    bool suspended, leaves;
    const char *why = move_check(a, c, &suspended, &leaves);
    return why ? why : suspended ? "bad-state" : NULL;
}
void agreement_suspend_apply(struct audit *a, struct step *c) { move_apply(a, c, 0, begins(a, said_body(c->s)->body)); }
const char *agreement_resume_check(struct audit *a, struct step *c) {
    bool suspended, leaves;
    const char *why = move_check(a, c, &suspended, &leaves);
    return why ? why : suspended ? NULL : "bad-state";
}
void agreement_resume_apply(struct audit *a, struct step *c) { move_apply(a, c, 1, NEVER); }
const char *agreement_leave_check(struct audit *a, struct step *c) {
    bool suspended, leaves;
    const char *why = move_check(a, c, &suspended, &leaves);
    if (why || leaves) return why ? why : "bad-state";
    const struct agreement *g = &a->agreements.at[c->subject];
    const struct version *v = in_force(a, c->subject, a->time);
    for (int i = 0; !v && i < VERSIONS; i++)
        if (g->version[i].used && g->version[i].version == g->current) v = &g->version[i];
    int64_t earliest = a->time + (v ? v->withdraw : 0), from = time_of(said_body(c->s)->body, "from", NEVER);
    c->at = from == NEVER ? earliest : from;
    return c->at < earliest ? "body" : NULL;
}
void agreement_leave_apply(struct audit *a, struct step *c) { move_apply(a, c, 2, c->at); }

/* A date has come: all its members hear what is in force now. */
void agreement_fired(struct audit *a, int agreement) {
    struct agreement *g = &a->agreements.at[agreement];
    const struct version *v = in_force(a, agreement, a->time);
    for (size_t p = 0; p < a->parties.count; p++) {
        bool member = false;
        for (int i = 0; i < VERSIONS; i++) member = member || member_of(&g->version[i], (int)p);
        if (!member) continue;
        json_t *j = told_begin("lapsed");
        put_text(j, "what", "agreement");
        put_text(j, "agreement", g->name);
        if (v) put_number(j, "version", v->version);
        else json_object_set_new(j, "version", json_null());
        put_bool(j, "in_force", is_member(a, agreement, (int)p, a->time));
        must_tell(a, (int)p, j);
    }
    a->figure[G_DEADLINES]++;
    timer_next(a, g);
    a->dirty_all = true;
}
