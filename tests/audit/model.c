/* Who there is, what binds them, who may read what, and how full each share is. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

int party_find(const struct audit *a, const char *name) {
    for (size_t i = 0; i < a->parties.count; i++)
        if (strcmp(a->parties.at[i].name, name) == 0) return (int)i;
    return NOBODY;
}
int operator_of(const struct audit *a) {
    for (size_t i = 0; i < a->parties.count; i++)
        if (a->parties.at[i].operator_) return (int)i;
    return 0;
}
int key_find(const struct audit *a, int party, const char *name) {
    for (size_t i = 0; i < a->keys.count; i++)
        if (a->keys.at[i].party == party && strcmp(a->keys.at[i].name, name) == 0) return (int)i;
    return -1;
}
bool key_valid(const struct key *k, int64_t at) { return !k->revoked && k->from <= at; }
bool key_used(const struct audit *a, const struct hash *public_key) {
    for (size_t i = 0; i < a->keys.count; i++)
        if (same(&a->keys.at[i].public_key, public_key)) return true;
    return same(public_key, &a->log_key) || same(public_key, &a->receipt_key);
}

/* ---- agreements ---- */
bool member_counts(const struct member *m, int64_t at) {
    return (m->suspended == NEVER || m->suspended > at) && (m->leaves == NEVER || m->leaves > at);
}
const struct version *in_force(const struct audit *a, int agreement, int64_t at) {
    const struct version *best = NULL;
    for (int i = 0; i < VERSIONS; i++) {
        const struct version *v = &a->agreements.at[agreement].version[i];
        if (v->used && v->from <= at && (!best || v->version > best->version)) best = v;
    }
    if (!best || (best->until != NEVER && best->until <= at)) return NULL;
    int counts = 0;
    for (int i = 0; i < best->members; i++) counts += member_counts(&best->member[i], at);
    return counts >= 2 ? best : NULL;
}
bool is_member(const struct audit *a, int agreement, int party, int64_t at) {
    const struct version *v = in_force(a, agreement, at);
    for (int i = 0; v && i < v->members; i++)
        if (v->member[i].party == party) return member_counts(&v->member[i], at);
    return false;
}
const struct version *binds_both(const struct audit *a, int agreement, int p, int q) {
    return is_member(a, agreement, p, a->time) && is_member(a, agreement, q, a->time) ? in_force(a, agreement, a->time) : NULL;
}
const struct rule *rule_for(const struct version *v, const char *category) {
    const struct rule *rest = NULL;
    for (int i = 0; i < v->rules; i++) {
        if (strcmp(v->rule[i].category, category) == 0) return &v->rule[i];
        if (strcmp(v->rule[i].category, "default") == 0) rest = &v->rule[i];
    }
    return rest;
}
int agreement_named(const struct audit *a, const char *name) {
    for (size_t i = 0; i < a->agreements.count; i++)
        if (strcmp(a->agreements.at[i].name, name) == 0) return (int)i;
    return -1;
}
bool signed_only(const struct audit *a, int party) {
    for (size_t i = 0; i < a->agreements.count; i++)
        if (is_member(a, (int)i, party, a->time) && in_force(a, (int)i, a->time)->signed_only) return true;
    return false;
}

/* ---- readers ---- */
void resolve(const struct audit *a, struct readers *r) {
    for (int i = 0; i < r->count; i++) {
        struct reader *x = &r->at[i];
        if (x->kind == OF_PARTY) x->ref = party_find(a, x->name);
        if (x->kind == OF_AGREEMENT) x->ref = agreement_named(a, x->name);
    }
}
/* Is one of these unknown to the sender? An agreement is known to whose parties it names or named, and to the operator. */
bool unknown_to(const struct audit *a, const struct readers *r, int sender) {
    for (int i = 0; i < r->count; i++) {
        const struct reader *x = &r->at[i];
        bool known = x->kind < OF_AGREEMENT || (x->kind == OF_PARTY ? party_find(a, x->name) != NOBODY : a->parties.at[sender].operator_ && agreement_named(a, x->name) >= 0);
        int g = x->kind == OF_AGREEMENT ? agreement_named(a, x->name) : -1;
        for (int v = 0; g >= 0 && v < VERSIONS; v++)
            for (int m = 0; a->agreements.at[g].version[v].used && m < a->agreements.at[g].version[v].members; m++)
                known = known || a->agreements.at[g].version[v].member[m].party == sender;
        if (!known) return true;
    }
    return false;
}
bool may_read(const struct audit *a, const struct readers *r, int party) {
    for (int i = 0; i < r->count; i++) {
        const struct reader *x = &r->at[i];
        if (x->kind == WORLD || x->kind == LOG || (x->kind == OF_PARTY && x->ref == party)) return true;
        if (x->kind == OF_AGREEMENT && x->ref >= 0 && is_member(a, x->ref, party, a->time)) return true;
    }
    return false;
}
static int readable(const struct audit *a, const struct air_section *s, int owner, int party) {
    int mask = 0;
    for (int i = 0; i < RANKS; i++)
        if (s[i].present && (party == owner || a->parties.at[party].operator_ || may_read(a, &s[i].readers, party))) mask |= 1 << i;
    return mask;
}
int narrowest(int ranks) { return ranks & 4 ? 2 : ranks & 2 ? 1 : ranks & 1 ? 0 : -1; }
/* Of what a reader may read the narrowest counts; where the wider do not contain it, everybody is warned on the union. */
static int applies(const struct air_section *s, int mask, bool not_contained) {
    int all = 0;
    for (int i = 0; i < RANKS; i++) all |= s[i].present ? 1 << i : 0;
    return mask == 0 ? 0 : not_contained ? all : 1 << narrowest(mask);
}
int notice_readable(const struct audit *a, const struct notice *n, int party) { return readable(a, n->section, n->party, party); }
int flight_readable(const struct audit *a, const struct flight *f, int party) { return readable(a, f->section, f->party, party); }
int notice_ranks(const struct audit *a, const struct notice *n, int party) { return applies(n->section, notice_readable(a, n, party), n->not_contained); }
int flight_ranks(const struct audit *a, const struct flight *f, int party) { return applies(f->section, flight_readable(a, f, party), f->not_contained); }
bool feed_readable(const struct audit *a, const struct feed *f, int party) {
    return f->party == party || a->parties.at[party].operator_ || may_read(a, &f->readers, party);
}

/* ---- shares: capacity over parties; ordinary use stops an eighth short ---- */
static const char *const quota_names[QUOTAS] = {"keys", "agreements", "areas", "feeds", "notices", "flights", "volumes", "vertices", "tracks", "alerts", "pending", "recent", "holds", "dues"};
const char *quota_name(enum quota q) { return quota_names[q]; }
uint64_t share_of(const struct audit *a, enum quota q) {
    uint64_t share = a->capacity[q] / a->parties_most;
    return q == Q_VERTICES ? share / 16 * 16 : share;
}
bool room_for(const struct audit *a, int party, enum quota q, uint64_t n, bool reserve) {
    uint64_t share = share_of(a, q), most = reserve ? share : share - share / 8;
    return a->parties.at[party].used[q] + n <= most;
}
void take(struct audit *a, int party, enum quota q, uint64_t n) { a->parties.at[party].used[q] += n; }
void give(struct audit *a, int party, enum quota q, uint64_t n) {
    uint64_t *used = &a->parties.at[party].used[q];
    *used = *used > n ? *used - n : 0;
}
void volumes_cost(const struct volumes *v, size_t text, uint64_t *volumes, uint64_t *vertices) {
    *volumes = v->count;
    *vertices = (text + 127) / 128 * 16;
    for (size_t i = 0; i < v->count; i++) *vertices += (v->at[i].count + 15) / 16 * 16;
}

/* ---- entities ---- */
struct notice *notice_find(const struct audit *a, int party, const char *id) {
    for (size_t i = 0; i < a->notices.count; i++)
        if (a->notices.at[i]->party == party && strcmp(a->notices.at[i]->id, id) == 0) return a->notices.at[i];
    return NULL;
}
struct flight *flight_find(const struct audit *a, int party, const char *id) {
    for (size_t i = 0; i < a->flights.count; i++)
        if (a->flights.at[i]->party == party && strcmp(a->flights.at[i]->id, id) == 0) return a->flights.at[i];
    return NULL;
}
struct hold *hold_find(const struct audit *a, int party, const char *id) {
    for (size_t i = 0; i < a->holds.count; i++)
        if (a->holds.at[i]->party == party && strcmp(a->holds.at[i]->id, id) == 0) return a->holds.at[i];
    return NULL;
}
struct feed *feed_find(const struct audit *a, int party, const char *name) {
    for (size_t i = 0; i < a->feeds.count; i++)
        if (a->feeds.at[i]->party == party && strcmp(a->feeds.at[i]->name, name) == 0) return a->feeds.at[i];
    return NULL;
}
struct track *track_find(const struct audit *a, const struct feed *f, const char *identity) {
    for (size_t i = 0; i < a->tracks.count; i++)
        if (a->tracks.at[i]->feed == f && a->tracks.at[i]->twin != SECOND_TWIN && strcmp(a->tracks.at[i]->identity, identity) == 0) return a->tracks.at[i];
    return NULL;
}
bool notice_stands(const struct notice *n) { return n->state <= N_UNCONFIRMED; }
bool notice_hazardous(const struct notice *n) { return n->state <= N_OVER; }
bool flight_stands(const struct flight *f) { return f->state <= F_ACTIVE; }
