/* What is released to the world, from the record alone: which notices and flights stand at the doors of F3548, and which ids and OVNs may be theirs. */
#include "bridge.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define HEIGHT_LEAST (-800000)
#define HEIGHT_MOST 10000000

const char *bridge_manager(const struct audit *a) { return a->parties.at[operator_of(a)].name; }

/* ---- bridge: the server says under which URL ---- */
const char *bridge_check(struct audit *a, struct step *c) {
    if (c->s->tick != (a->bridge ? a->bridge->number : 0) + 1) return "stale";
    c->full = "managers";
    return a->in_force.doors[0] > 0 ? NULL : "full";
}
void bridge_apply(struct audit *a, struct step *c) {
    if (!a->bridge && !(a->bridge = calloc(1, sizeof *a->bridge))) abort();
    a->bridge->number = c->s->tick;
    free(a->bridge->url);
    a->bridge->url = strdup(text_of(c->s->text, "url"));
    if (!a->bridge->url) abort();
}

/* ---- what the world is warned of ---- */
static bool to_world(const struct readers *r) {
    for (int i = 0; i < r->count; i++)
        if (r->at[i].kind == WORLD) return true;
    return false;
}
static int world_reads(const struct air_section *s) {
    int mask = 0;
    for (int i = 0; i < RANKS; i++)
        if (s[i].present && to_world(&s[i].readers)) mask |= 1 << i;
    return mask;
}
static int warned_of(const struct air_section *s, bool not_contained) {
    int mask = world_reads(s), all = 0;
    for (int i = 0; i < RANKS; i++) all |= s[i].present ? 1 << i : 0;
    return mask == 0 ? 0 : not_contained ? all : 1 << narrowest(mask);
}
static int64_t within(int64_t cm) { return cm < HEIGHT_LEAST ? HEIGHT_LEAST : cm > HEIGHT_MOST ? HEIGHT_MOST : cm; }
static struct band band_of(const struct audit *a, const struct volume *v) {
    int64_t ll, lh, ul, uh;
    altitude_w84(a, &v->lower, &ll, &lh);
    altitude_w84(a, &v->upper, &ul, &uh);
    struct band b = {ll, uh};
    if (b.low > b.high) b = (struct band){ul < ll ? ul : ll, lh > uh ? lh : uh};
    return (struct band){within(b.low), within(b.high)};
}
struct seen { bool stands; int active; const char *type; int64_t priority; LIST(struct volume) volumes; }; /* borrowed */
static void see(const struct air_section *s, bool not_contained, bool hazards, struct seen *out) {
    int ranks = warned_of(s, not_contained), reads = world_reads(s);
    for (int i = 0; i < RANKS; i++)
        for (size_t k = 0; (ranks >> i & 1) && k < s[i].volumes.count; k++)
            if (!hazards || !s[i].volumes.at[k].idle) *ADD(out->volumes) = s[i].volumes.at[k];
    out->stands = out->stands && out->volumes.count > 0;
    if (reads) out->type = s[narrowest(reads)].category, out->priority = s[narrowest(reads)].priority;
}
static void looks_of(const struct audit *a, const struct seen *s, struct hash *out) {
    struct digest *d = digest_new();
    int64_t head[4] = {s->stands, s->active, s->priority, (int64_t)a->bridge->number};
    digest_add(d, head, sizeof head);
    digest_add(d, s->type, strlen(s->type));
    for (size_t i = 0; s->stands && i < s->volumes.count; i++) {
        const struct volume *v = &s->volumes.at[i];
        struct band b = band_of(a, v);
        int64_t n[] = {v->shape, v->count, v->reach_cm, b.low, b.high, v->start, v->end};
        digest_add(d, n, sizeof n);
        digest_add(d, v->at, v->count * sizeof *v->at);
    }
    digest_end(d, out);
}

/* ---- ids and OVNs ---- */
static void key_of(const struct b_entity *e, const struct hash *salt, struct hash *out) {
    uint8_t who[3] = {e->flight ? 2 : 1, (uint8_t)(e->party >> 8), (uint8_t)e->party}, id[16];
    struct digest *d = digest_new();
    hex_read(e->id, 32, id, 16);
    digest_add(d, "parley/bridge/1\n", 16);
    digest_add(d, salt->at, 32);
    digest_add(d, who, 3);
    digest_add(d, id, 16);
    digest_end(d, out);
}
static void made(const struct hash *key, const char *what, uint32_t number, struct hash *out) {
    uint8_t n[5] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number, 0};
    struct digest *d = digest_new();
    digest_add(d, "parley/bridge/1\n", 16);
    digest_add(d, what, strlen(what));
    digest_add(d, n, 5);
    digest_add(d, key->at, 32);
    digest_end(d, out);
}
static void id_made(const struct hash *key, uint32_t number, char out[40]) {
    struct hash h;
    made(key, "id", number, &h);
    h.at[6] = (uint8_t)((h.at[6] & 0x0f) | 0x40);
    h.at[8] = (uint8_t)((h.at[8] & 0x3f) | 0x80);
    for (int i = 0, n = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out[n++] = '-';
        hex_write(h.at + i, 1, out + n);
        n += 2;
    }
}
static void ovn_made(const struct hash *key, uint32_t number, char out[48]) {
    struct hash h;
    made(key, "ovn", number, &h);
    EVP_EncodeBlock((unsigned char *)out, h.at, 32);
    out[43] = '\0';
    for (char *c = out; *c; c++) *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
}
static void key_add(const struct audit *a, struct b_entity *e, uint64_t order) {
    for (size_t i = 0; i < e->keys.count; i++)
        if (e->keys.at[i].order == order) return;
    for (size_t i = a->bridge->salts.count; i-- > 0;) {
        if (a->bridge->salts.at[i].order != order) continue;
        struct b_key *k = ADD(e->keys);
        k->order = order;
        key_of(e, &a->bridge->salts.at[i].salt, &k->key);
        return;
    }
}
/* What waits is made of the last statement that moved it, which may have changed nothing that shows: those behind the last change are looked at, too. */
static void keys_until_now(const struct audit *a, struct b_entity *e) {
    for (size_t i = 0; i < a->bridge->salts.count; i++)
        if (a->bridge->salts.at[i].order > e->changed) key_add(a, e, a->bridge->salts.at[i].order);
}
static bool id_among(struct b_entity *e, const char *id, uint32_t *number, uint64_t *order) {
    for (size_t i = e->keys.count; i-- > 0;)
        for (uint32_t n = 0; n < B_PIECES; n++) {
            struct b_key *k = &e->keys.at[i];
            if (!*k->id[n]) id_made(&k->key, n, k->id[n]);
            if (strcmp(k->id[n], id) == 0) return *number = n, *order = k->order, true;
        }
    return false;
}
struct b_piece *bridge_piece(struct b_entity *e, const char *id) {
    for (size_t i = 0; i < e->pieces.count; i++)
        if (strcmp(e->pieces.at[i].id, id) == 0) return &e->pieces.at[i];
    return NULL;
}
struct b_entity *bridge_whose(struct audit *a, bool constraint, const char *id, uint32_t *number, uint64_t *order) {
    for (size_t i = 0; a->bridge && i < a->bridge->all.count; i++) {
        struct b_entity *e = &a->bridge->all.at[i];
        struct b_piece *p = e->flight == constraint ? NULL : bridge_piece(e, id);
        if (p) return *number = p->number, *order = 0, e;
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; a->bridge && i < a->bridge->all.count; i++) {
            struct b_entity *e = &a->bridge->all.at[i];
            if (e->flight == constraint) continue;
            if (pass && e->settled) continue;
            if (pass) keys_until_now(a, e);
            if (id_among(e, id, number, order)) return e;
        }
    return NULL;
}
bool bridge_ovn_is(const struct audit *a, struct b_entity *e, uint32_t number, const char *ovn, uint64_t *order) {
    for (int pass = 0; pass < 2; pass++) {
        if (pass) keys_until_now(a, e);
        for (size_t i = e->keys.count; i-- > 0;) {
            char is[48];
            ovn_made(&e->keys.at[i].key, number, is);
            if (strcmp(is, ovn) == 0) return *order = e->keys.at[i].order, true;
        }
    }
    return false;
}
void bridge_once(struct audit *a, const char *what, const char *text, bool ovn) {
    struct bridge *b = a->bridge;
    struct hash h;
    hash_of(text, strlen(text), &h);
    size_t n = ovn ? b->ovns.count : b->ids.count;
    for (size_t i = 0; i < n; i++)
        if (same(ovn ? &b->ovns.at[i] : &b->ids.at[i], &h)) wrong(a, "bridge", "%s %s was given out before", what, text);
    if (ovn) *ADD(b->ovns) = h;
    else *ADD(b->ids) = h;
}
struct b_piece *bridge_piece_new(struct audit *a, struct b_entity *e, const char *id, uint32_t number) {
    bridge_once(a, "the id", id, false);
    struct b_piece *p = ADD(e->pieces);
    p->number = number;
    p->version = 1;
    snprintf(p->id, sizeof p->id, "%s", id);
    return p;
}
void bridge_piece_drop(struct b_entity *e, struct b_piece *p) {
    if (p->has_place) f_place_free(&p->where);
    DROP(e->pieces, (size_t)(p - e->pieces.at));
}

/* ---- meeting ---- */
static enum answer volume_meets(const struct volume *v, const struct band *band, const struct f_place *p, bool heights) {
    enum answer best = NO;
    if ((p->has_start && v->end < p->start) || (p->has_end && v->start > p->end)) return NO;
    if (heights && ((p->has_lower && band->high < p->lower) || (p->has_upper && band->low > p->upper))) return NO;
    for (size_t i = 0; i < p->shapes.count && best != YES; i++) {
        enum answer one = near_enough(v, &p->shapes.at[i], 0);
        if (one == YES && (p->shapes.at[i].maybe || p->unsure)) one = EITHER;
        if (one != NO) best = one;
    }
    return p->unsure ? EITHER : best;
}
enum answer bridge_meets(const struct audit *a, const struct b_entity *e, const struct f_place *p, bool heights) {
    enum answer best = NO;
    (void)a;
    if ((p->has_start && e->end < p->start) || (p->has_end && e->start > p->end)) return NO;
    if (heights && ((p->has_lower && e->band.high < p->lower) || (p->has_upper && e->band.low > p->upper))) return NO;
    for (size_t i = 0; i < e->volumes.count && best != YES; i++) {
        enum answer one = volume_meets(&e->volumes.at[i], &e->bands.at[i], p, heights);
        if (one != NO) best = one;
    }
    if (best == YES) return YES;
    if (e->settled && e->pieces.count > 0 && e->moves == 0) { /* its pieces were seen */
        best = NO;
        for (size_t i = 0; i < e->pieces.count && best != YES; i++) {
            enum answer one = e->pieces.at[i].has_place ? f_meet(&e->pieces.at[i].where, p, heights) : EITHER;
            if (one != NO) best = one;
        }
        return best;
    }
    return EITHER; /* covering circles hold more than what they cover */
}

/* Who is to be notified is who meets the old place or the new one, at the times of both. Circles hold more than what they cover: across it, and no more. */
bool bridge_far(const struct b_entity *e, const struct f_place *p) {
    int64_t start = e->start < e->before_start ? e->start : e->before_start, end = e->end > e->before_end ? e->end : e->before_end;
    if ((p->has_start && end < p->start) || (p->has_end && start > p->end)) return true;
    for (int side = 0; side < 2; side++) {
        const struct volumes *v = side ? &e->before : &e->volumes;
        double reach = 1000;
        for (size_t i = 0; i < v->count; i++)
            for (size_t k = 0; k <= i; k++) {
                double least, most;
                footprint_distance(&v->at[i], &v->at[k], false, &least, &most);
                reach = fmax(reach, 1000 + 1.2 * (fmax(most, 0) + 2 * v->at[i].round + 2 * v->at[k].round));
            }
        for (size_t i = 0; i < v->count; i++)
            for (size_t k = 0; k < p->shapes.count; k++)
                if (near_enough(&v->at[i], &p->shapes.at[k], reach) != NO) return false;
    }
    return !p->unsure;
}

/* ---- whom a change is owed to ---- */
static void owe(const struct audit *a, struct b_entity *e) {
    for (size_t i = 0; a->f3548 && i < a->f3548->subs.count; i++) {
        const struct f_sub *s = &a->f3548->subs.at[i];
        bool known = false;
        if (!(e->flight ? s->for_intents : s->for_constraints) || bridge_meets(a, e, &s->where, false) != YES) continue;
        for (size_t k = 0; k < e->owed.count; k++) known = known || strcmp(e->owed.at[k].sub, s->id) == 0;
        if (known) continue;
        struct b_owed *o = ADD(e->owed);
        memcpy(o->sub, s->id, sizeof o->sub);
        memcpy(o->version, s->version, sizeof o->version);
    }
}
/* By now it was surely looked at: who was to be told has been. A subscription that was written or went meanwhile is not judged. */
static void owed_judge(struct audit *a, struct b_entity *e) {
    for (size_t i = 0; i < e->owed.count; i++) {
        const struct f_sub *s = f_sub_find(a, e->owed.at[i].sub);
        if (s && strcmp(s->version, e->owed.at[i].version) == 0)
            wrong(a, "bridge", "%s %s/%s changed, and subscription %s is not told", e->flight ? "flight" : "notice", a->parties.at[e->party].name, e->id, s->id);
    }
    e->owed.count = 0;
}

/* ---- each statement ---- */
static void volumes_take(const struct audit *a, struct b_entity *e, const struct seen *s) {
    const struct volumes borrowed = {.at = s->volumes.at, .count = s->volumes.count};
    volumes_free(&e->before);
    e->before = e->volumes;
    e->before_start = e->before.count > 0 ? e->start : INT64_MAX;
    e->before_end = e->before.count > 0 ? e->end : INT64_MIN;
    e->volumes = (struct volumes){0};
    volumes_copy(&borrowed, &e->volumes);
    e->bands.count = 0;
    for (size_t i = 0; i < e->volumes.count; i++) {
        const struct volume *v = &e->volumes.at[i];
        struct band b = band_of(a, v), *all = &e->band;
        *ADD(e->bands) = b;
        if (i == 0) *all = b, e->start = v->start, e->end = v->end;
        if (b.low < all->low) all->low = b.low;
        if (b.high > all->high) all->high = b.high;
        if (v->start < e->start) e->start = v->start;
        if (v->end > e->end) e->end = v->end;
    }
}
static struct b_entity *entity_of(struct audit *a, bool flight, uint64_t serial) {
    for (size_t i = 0; i < a->bridge->all.count; i++)
        if (a->bridge->all.at[i].flight == flight && a->bridge->all.at[i].serial == serial) return &a->bridge->all.at[i];
    return NULL;
}
/* One reference, before and after: what changes changes all of it. Of several those that are as they were stay, and nobody is told of them. */
static bool simple(const struct b_entity *e) { return e->stands && e->volumes.count == 1 && (e->flight || e->end - e->start <= DAY); }
static void entity_judge(struct audit *a, bool flight, uint64_t serial, int party, const char *id, struct seen *s) {
    struct b_entity *e = entity_of(a, flight, serial);
    struct hash looks;
    s->stands = s->stands && *a->bridge->url;
    if (!e && !s->stands) return;
    if (!s->stands) s->active = 0, s->type = "", s->priority = 0;
    looks_of(a, s, &looks);
    if (!e) {
        e = ADD(a->bridge->all);
        *e = (struct b_entity){.flight = flight, .serial = serial, .party = party};
        memcpy(e->id, id, sizeof e->id);
    }
    if (same(&looks, &e->looks)) return;
    e->looks = looks;
    bool fresh = e->keys.count == 0 || e->settled, begins = !e->stands && s->stands, ends = e->stands && !s->stands, before = simple(e);
    if (!fresh) e->owed.count = 0; /* what waited may have come to nothing */
    if (fresh && (ends || before)) owe(a, e); /* as it was */
    if (begins) e->began = a->order;
    e->stands = s->stands;
    e->changed = a->order;
    e->settled = false;
    e->moves++;
    e->ticks = 0;
    key_add(a, e, a->order);
    if (!s->stands) return;
    volumes_take(a, e, s);
    e->active = s->active;
    e->priority = s->priority;
    snprintf(e->type, sizeof e->type, "%s", s->type);
    if (!begins && !(before && simple(e))) e->owed.count = 0;
    else if (fresh) owe(a, e);
}
static void gone_judge(struct audit *a) {
    for (size_t i = 0; i < a->gone_notices.count; i++) {
        struct seen s = {.type = ""};
        entity_judge(a, false, a->gone_notices.at[i]->serial, a->gone_notices.at[i]->party, a->gone_notices.at[i]->id, &s);
    }
    for (size_t i = 0; i < a->gone_flights.count; i++) {
        struct seen s = {.type = ""};
        entity_judge(a, true, a->gone_flights.at[i]->serial, a->gone_flights.at[i]->party, a->gone_flights.at[i]->id, &s);
    }
}
static void entity_free(struct b_entity *e) {
    while (e->pieces.count > 0) bridge_piece_drop(e, &e->pieces.at[0]);
    volumes_free(&e->volumes);
    volumes_free(&e->before);
    free(e->keys.at), free(e->pieces.at), free(e->owed.at), free(e->bands.at);
}
/* A tick or a continue that leaves nothing has looked at all that moved before it, and at what moved in it. */
static void settle(struct audit *a, const struct step *c) {
    struct bridge *b = a->bridge;
    bool goes_on = c->s->kind == TICK || c->s->kind == CONTINUE;
    double left = json_number_value(json_object_get(c->r->outcome, "left"));
    if (goes_on) b->left = left > 0;
    for (size_t i = b->all.count; goes_on && i-- > 0;) {
        struct b_entity *e = &b->all.at[i];
        e->ticks += c->s->kind == TICK;
        if (left > 0) continue;
        owed_judge(a, e);
        e->settled = true;
        if (e->stands || e->pieces.count > 0) continue;
        entity_free(e);
        DROP(b->all, i);
    }
}
void bridge_judge(struct audit *a, const struct step *c) {
    if (!a->bridge) return;
    *ADD(a->bridge->salts) = (struct b_salt){a->order, c->r->parts.at[0].salt};
    for (size_t i = 0; i < a->notices.count; i++) {
        const struct notice *n = a->notices.at[i];
        struct seen s = {.stands = notice_hazardous(n), .type = ""};
        see(n->section, n->not_contained, true, &s);
        entity_judge(a, false, n->serial, n->party, n->id, &s);
        free(s.volumes.at);
    }
    for (size_t i = 0; i < a->flights.count; i++) {
        const struct flight *f = a->flights.at[i];
        struct seen s = {.stands = flight_stands(f), .active = f->state == F_ACTIVE, .type = ""};
        see(f->section, f->not_contained, false, &s);
        entity_judge(a, true, f->serial, f->party, f->id, &s);
        free(s.volumes.at);
    }
    gone_judge(a);
    bridge_told(a);
    settle(a, c);
}
void bridge_free(struct audit *a) {
    struct bridge *b = a->bridge;
    if (!b) return;
    for (size_t i = 0; i < b->all.count; i++) entity_free(&b->all.at[i]);
    free(b->url), free(b->all.at), free(b->salts.at), free(b->ids.at), free(b->ovns.at), free(b);
}
