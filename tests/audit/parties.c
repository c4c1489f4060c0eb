/* settings, party, key and its kin, clock: who may speak, and how. */
#include <stdio.h>

#include "inner.h"

const char *full(struct step *c, enum quota q) {
    c->full = quota_name(q);
    return "full";
}
const char *stale(const struct step *c, const struct hash *last) { return c->s->has_prev && !same(&c->s->prev, last) ? "stale" : NULL; }

/* ---- settings ---- */
void settings_merge(struct settings *s, const json_t *body) {
    const json_t *o = json_object_get(body, "offsets");
    const struct { const char *name; int places; int64_t *at; } all[] = {
        {"immediate_s", 9, &s->immediate}, {"warning_s", 9, &s->warning}, {"caution_s", 9, &s->caution}, {"hysteresis_s", 9, &s->hysteresis},
        {"lookahead_s", 9, &s->lookahead}, {"tube_hold_s", 9, &s->tube_hold}, {"track_silent_s", 9, &s->track_silent}, {"hold_repeat_s", 9, &s->hold_repeat},
        {"query_repeat_s", 9, &s->query_repeat}, {"separation_m", 2, &s->separation_cm}, {"separation_height_m", 2, &s->separation_height_cm},
        {"recovery_delay_s", 9, &s->recovery_delay}, {"step_work", 0, &s->step_work}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) *all[i].at = scaled_of(body, all[i].name, all[i].places, *all[i].at);
    s->geoid_low = scaled_of(o, "geoid_low_m", 2, s->geoid_low);
    s->geoid_high = scaled_of(o, "geoid_high_m", 2, s->geoid_high);
    s->pressure_low = scaled_of(o, "pressure_low_m", 2, s->pressure_low);
    s->pressure_high = scaled_of(o, "pressure_high_m", 2, s->pressure_high);
    s->terrain_low = scaled_of(o, "terrain_low_m", 2, s->terrain_low);
    s->terrain_high = scaled_of(o, "terrain_high_m", 2, s->terrain_high);
}
const char *settings_check(struct audit *a, struct step *c) {
    struct settings then = a->settings;
    settings_merge(&then, said_body(c->s)->body);
    if (then.immediate > then.warning || then.warning > then.caution) return "body";
    if (then.lookahead < SECOND || then.track_silent < SECOND || then.hold_repeat < SECOND || then.query_repeat < SECOND) return "body";
    return then.geoid_low > then.geoid_high || then.pressure_low > then.pressure_high || then.terrain_low > then.terrain_high ? "body" : NULL;
}
void settings_apply(struct audit *a, struct step *c) {
    settings_merge(&a->settings, said_body(c->s)->body);
    paths_begin(a);
    a->dirty_all = true;
}

/* ---- parties ---- */
int key_enter(struct audit *a, int party, const char *name, const struct hash *public_key, bool root, bool feeds_only, int64_t from) {
    struct key *k = ADD(a->keys);
    *k = (struct key){.party = party, .public_key = *public_key, .root = root, .feeds_only = feeds_only, .from = from, .suspect_from = NEVER};
    snprintf(k->name, sizeof k->name, "%s", name);
    take(a, party, Q_KEYS, 1);
    return (int)a->keys.count - 1;
}
int party_enter(struct audit *a, const json_t *founder, int64_t at) {
    struct party *p = ADD(a->parties);
    struct hash root = {{0}};
    const json_t *desk;
    size_t i;
    *p = (struct party){.operator_ = json_is_true(json_object_get(founder, "operator")), .recover_at = NEVER};
    snprintf(p->name, sizeof p->name, "%.60s", text_of(founder, "name"));
    json_array_foreach(json_object_get(founder, "desks"), i, desk)
        if (p->desks < DESKS) snprintf(p->desk[p->desks++], NAME, "%.60s", json_string_value(desk) ? json_string_value(desk) : "");
    hex_read(text_of(founder, "root_key"), strlen(text_of(founder, "root_key")), root.at, 32);
    int party = (int)a->parties.count - 1;
    int key = key_enter(a, party, "root", &root, true, false, at);
    a->parties.at[party].root = key;
    return party;
}
static bool signer_is(const struct said *s, const char *party, const char *key, const struct hash *public_key) {
    for (int i = 0; i < s->signers; i++)
        if (strcmp(s->signer[i].party, party) == 0 && (!key || strcmp(s->signer[i].key, key) == 0) && same(&s->signer[i].public_key, public_key)) return true;
    return false;
}
static bool root_signs(const struct audit *a, const struct said *s, int party) {
    const struct key *k = &a->keys.at[a->parties.at[party].root];
    return key_valid(k, a->time) && signer_is(s, a->parties.at[party].name, k->name, &k->public_key);
}
static struct hash hash_in(const json_t *body, const char *member) {
    struct hash h = {{0}};
    hex_read(text_of(body, member), strlen(text_of(body, member)), h.at, 32);
    return h;
}

const char *party_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct hash root = hash_in(b, "root_key");
    if (party_find(a, text_of(b, "name")) != NOBODY) return "name-used";
    if (key_used(a, &root)) return "key-used";
    if (!signer_is(c->s, text_of(b, "name"), NULL, &root)) return "signature-needed";
    if (a->parties.count < a->parties_most) return NULL;
    c->full = "parties";
    return "full";
}
void party_apply(struct audit *a, struct step *c) {
    int p = party_enter(a, said_body(c->s)->body, a->time);
    a->parties.at[p].last_statement = c->s->hash;
}

/* ---- keys ---- */
static const char *key_free(struct audit *a, struct step *c, int party, const char *name, const struct hash *public_key) {
    if (key_find(a, party, name) >= 0) return "name-used";
    if (key_used(a, public_key)) return "key-used";
    return room_for(a, party, Q_KEYS, 1, true) ? NULL : full(c, Q_KEYS);
}
const char *key_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct hash public_key = hash_in(b, "public_key");
    if (strcmp(text_of(b, "party"), a->parties.at[c->party].name) != 0) return "not-owner";
    if (strcmp(text_of(b, "key"), "root") == 0) return "body";
    if (!root_signs(a, c->s, c->party)) return "not-root";
    const char *why = key_free(a, c, c->party, text_of(b, "key"), &public_key);
    if (why) return why;
    return signer_is(c->s, text_of(b, "party"), text_of(b, "key"), &public_key) ? NULL : "signature-needed";
}
void key_apply(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct hash public_key = hash_in(b, "public_key");
    key_enter(a, c->party, text_of(b, "key"), &public_key, false, json_is_true(json_object_get(b, "feeds_only")), a->time);
    a->parties.at[c->party].last_statement = c->s->hash;
}

const char *key_revoke_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    const struct party *p = &a->parties.at[c->party];
    if (!root_signs(a, c->s, c->party)) return "not-root";
    c->subject = key_find(a, c->party, text_of(b, "key"));
    if (c->subject < 0) return "unknown-entity";
    if (a->keys.at[c->subject].revoked) return "bad-state";
    if (p->recovering && strcmp(p->recover_key, text_of(b, "key")) == 0) return "bad-state";
    return time_of(b, "suspect_from", NEVER) > a->time ? "body" : NULL;
}
void key_revoke_apply(struct audit *a, struct step *c) {
    struct key *k = &a->keys.at[c->subject];
    k->revoked = true;
    k->suspect_from = time_of(said_body(c->s)->body, "suspect_from", a->time);
    a->parties.at[c->party].last_statement = c->s->hash;
    key_is_suspect(a, c->party, k->name, k->suspect_from);
}

static const char *vouched(struct audit *a, struct step *c, int party) {
    int others = 0, vouch = 0;
    bool operator_ = false;
    for (size_t p = 0; p < a->parties.count; p++) {
        if (!a->parties.at[p].operator_ && (int)p != party) others++;
        if (!signs(c, (int)p)) continue;
        if (a->parties.at[p].operator_) operator_ = true;
        else if ((int)p == party) continue;
        else if (!root_signs(a, c->s, (int)p)) return "not-root";
        else vouch++;
    }
    int needed = a->quorum < others ? a->quorum : others;
    if (!operator_ && !a->parties.at[party].operator_) return "not-operator";
    return vouch < (needed ? needed : 1) ? "signature-needed" : NULL;
}
const char *key_recover_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct hash fresh = hash_in(b, "new_root");
    int party = c->subject = party_find(a, text_of(b, "party"));
    if (party == NOBODY) return "unknown-party";
    if (a->parties.at[party].recovering) return "bad-state";
    const char *why = vouched(a, c, party);
    if (!why) why = key_free(a, c, party, text_of(b, "key"), &fresh);
    if (why) return why;
    return signer_is(c->s, text_of(b, "party"), text_of(b, "key"), &fresh) ? NULL : "signature-needed";
}
void key_recover_apply(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct hash fresh = hash_in(b, "new_root");
    struct party *p = &a->parties.at[c->subject];
    p->recovering = true;
    snprintf(p->recover_key, sizeof p->recover_key, "%.60s", text_of(b, "key"));
    p->recover_at = a->time + a->settings.recovery_delay;
    p->last_statement = c->s->hash;
    key_enter(a, c->subject, text_of(b, "key"), &fresh, true, false, p->recover_at);
}
void recovery_fired(struct audit *a, int party) {
    struct party *p = &a->parties.at[party];
    int fresh = key_find(a, party, p->recover_key);
    a->keys.at[p->root].revoked = true;
    p->root = fresh;
    p->recovering = false;
    p->recover_at = NEVER;
    for (size_t q = 0; q < a->parties.count; q++) {
        json_t *j = told_begin("lapsed");
        put_text(j, "what", "recovery");
        put_party(a, j, "party", party);
        put_text(j, "key", a->keys.at[fresh].name);
        must_tell(a, (int)q, j);
    }
    a->figure[G_DEADLINES]++;
}
const char *key_object_check(struct audit *a, struct step *c) { return a->parties.at[c->party].recovering ? NULL : "bad-state"; }
void key_object_apply(struct audit *a, struct step *c) {
    struct party *p = &a->parties.at[c->party];
    a->keys.at[key_find(a, c->party, p->recover_key)].revoked = true;
    p->recovering = false;
    p->recover_at = NEVER;
    p->last_statement = c->s->hash;
}

/* ---- clock ---- */
static void clock_tell(struct audit *a, int64_t error) {
    for (size_t p = 0; p < a->parties.count; p++) {
        json_t *j = told_begin("clock");
        put_bool(j, "unsure", a->unsure);
        put_number(j, "error_s", (double)error / 1e9);
        must_tell(a, (int)p, j);
    }
}
const char *clock_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    if (!a->unsure) return "clock";
    return time_of(b, "now", NEVER) < a->time - scaled_of(b, "error_s", 9, 0) ? "clock" : NULL;
}
void clock_apply(struct audit *a, struct step *c) {
    a->unsure = false;
    a->error_ns = scaled_of(said_body(c->s)->body, "error_s", 9, 0);
    clock_tell(a, a->error_ns);
}
void clock_lost(struct audit *a);
void clock_lost(struct audit *a) {
    a->unsure = true;
    clock_tell(a, a->error_ns);
}
