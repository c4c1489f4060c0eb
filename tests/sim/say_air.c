/* What parties say of the air: areas, feeds, notices, flights, tracks; in a square of some forty kilometres, so that they meet. */
#include <stdlib.h>

#include "sim.h"

static int64_t unit(const struct sim *s) { return s->plan.tight ? s->plan.pause_ns / 4 : s->plan.pause_ns > 30 * INSTANT_SECOND ? s->plan.pause_ns : 30 * INSTANT_SECOND; }

static void put_point(struct append *b, int64_t lat, int64_t lng) {
    append_str(b, "{\"lat\":");
    append_fixed_point(b, lat, 7);
    append_str(b, ",\"lng\":");
    append_fixed_point(b, lng, 7);
    append_char(b, '}');
}

static void put_shape(struct append *b, struct sim_draw *d) {
    uint32_t what = draw_below(d, 3);
    if (what == 0) {
        append_str(b, "\"circle\":{\"center\":");
        int64_t lat = -470000000 + draw_between(d, 0, 40) * 100000, lng = -1260000000 + draw_between(d, 0, 40) * 150000;
        put_point(b, lat, lng);
        append_format(b, ",\"radius_m\":%u}", 500 + draw_below(d, 9000));
    } else if (what == 1) {
        append_str(b, "\"corridor\":{\"path\":[");
        int64_t lat = -470000000 + draw_between(d, 0, 40) * 100000, lng = -1260000000 + draw_between(d, 0, 40) * 150000;
        int64_t far = draw_between(d, 1, 25) * 80000;
        put_point(b, lat, lng);
        append_char(b, ',');
        put_point(b, lat + far, lng - far);
        append_format(b, "],\"width_m\":%u}", 500 + draw_below(d, 6000));
    } else {
        int64_t lat = -470000000 + draw_between(d, 0, 40) * 100000, lng = -1260000000 + draw_between(d, 0, 40) * 150000;
        int64_t size = draw_between(d, 1, 12) * 100000;
        append_str(b, "\"polygon\":[");
        for (int i = 0; i < 4; i++) {
            if (i > 0) append_char(b, ',');
            put_point(b, lat + (i >= 2 ? size : 0), lng + (i == 1 || i == 2 ? size : 0));
        }
        append_char(b, ']');
    }
}

static void put_band(struct append *b, struct sim_draw *d) {
    int64_t lower = draw_between(d, 0, 5);
    if (draw_chance(d, 150)) {
        append_format(b, ",\"lower\":{\"value\":%lld,\"reference\":\"FL\",\"units\":\"FL\"},\"upper\":{\"value\":%lld,\"reference\":\"FL\",\"units\":\"FL\"}",
                      (long long)lower * 20, (long long)lower * 20 + 60);
        return;
    }
    append_format(b, ",\"lower\":{\"value\":%lld,\"reference\":\"AMSL\",\"units\":\"M\"},\"upper\":", (long long)lower * 500);
    if (draw_chance(d, 80)) append_str(b, "\"UNL\"");
    else append_format(b, "{\"value\":%lld,\"reference\":\"AMSL\",\"units\":\"M\"}", (long long)lower * 500 + 1200);
}

static void put_volumes(struct append *b, struct sim *s, struct sim_draw *d, bool dated) {
    uint32_t count = draw_chance(d, 250) ? 3 : 1;
    append_str(b, "\"volumes\":[");
    for (uint32_t i = 0; i < count; i++) {
        append_str(b, i > 0 ? ",{" : "{");
        put_shape(b, d);
        put_band(b, d);
        int64_t from = draw_between(d, -5, 40) * unit(s), length = draw_between(d, 1, 60) * unit(s);
        if (dated) {
            append_str(b, ",\"start\":\"");
            append_instant(b, sim_time(s) + from);
            append_str(b, "\",\"end\":\"");
            append_instant(b, sim_time(s) + from + length);
            append_char(b, '"');
        }
        append_char(b, '}');
    }
    append_char(b, ']');
}

static const char *readers(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    switch (draw_below(d, 6)) {
    case 0: case 1: return "world";
    case 2: return "log";
    case 3: return "agreement:pact";
    case 4: return s->client[1 + draw_below(d, s->plan.parties - 1)].name.at;
    default: return "";
    }
}

static void sign_or_not(struct saying *x, uint32_t plain_per_mille) {
    const struct client *c = x->c;
    bool desk = c->desk != 0 && c->key[c->desk].in_force && !c->key[c->desk].revoked;
    bool by_desk = desk && draw_chance(x->d, 500);
    x->plain = say_plain_allowed(c, x->kind) && draw_chance(x->d, plain_per_mille) && x->open_by == INSTANT_NONE;
    if (!x->plain) saying_sign(x, c, by_desk ? c->desk : c->root);
}

/* A thing of this kind, mostly one that was taken and still lives; UINT32_MAX: there is none. (In twins what was taken of the hiding party's differs, and
 * it must choose alike.) */
static uint32_t some_thing(struct client *c, struct sim_draw *d, enum thing_kind kind) {
    for (int tries = 0; tries < 8 && c->things > 0; tries++) {
        uint32_t i = draw_below(d, c->things);
        bool there = c->thing[i].has_last || c->sim->plan.twin || draw_chance(d, 250), living = !c->thing[i].over || draw_chance(d, 100);
        if (c->thing[i].kind == kind && there && living) return i;
    }
    return UINT32_MAX;
}

/* Its slot is a dead one's when all are taken. */
static uint32_t new_thing(struct client *c, enum thing_kind kind, const struct id *id, bool hidden) {
    uint32_t at = c->things;
    if (at == SIM_THINGS) {
        at = (uint32_t)(c->actions % SIM_THINGS);
    } else {
        c->things++;
    }
    c->thing[at] = (struct thing){.kind = kind, .id = *id, .hidden = hidden};
    return at;
}

/* --- notices --- */

static struct append *notice_body(struct client *c, struct sim_draw *d) {
    static const char *const categories[] = {"missile", "uas", "artillery"};
    struct append *b = saying_body(c->sim);
    const char *category = categories[draw_below(d, 3)]; /* one after the other: compilers differ in the order of arguments */
    append_format(b, "{\"area\":\"SORREL %u\",\"category\":\"%s\",\"text\":\"keep clear\",", draw_below(d, 9), category);
    put_volumes(b, c->sim, d, true);
    append_char(b, '}');
    return b;
}

/* The body first, then who reads it: no two draws among one call's arguments. */
static void notice_section(struct saying *x, struct client *c, struct sim_draw *d, const char *name) {
    struct append *body = notice_body(c, d);
    saying_section(x, name, readers(c, d), body);
}

static bool sealed_room(const struct client *c) {
    for (int i = 0; i < SIM_SEALED; i++)
        if (!c->sealed[i].used) return true;
    return false;
}

void say_notice(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_NOTICE);
    uint32_t old = draw_chance(d, 300) ? some_thing(c, d, THING_NOTICE) : UINT32_MAX;
    bool sealed = draw_chance(d, 60) && c->role != ROLE_HIDING && sealed_room(c);
    if (draw_chance(d, 750) || sealed) notice_section(&x, c, d, "public");
    if (x.section_count == 0 || draw_chance(d, 300)) notice_section(&x, c, d, "own");
    if (sealed) {
        x.section[x.section_count - 1].sealed = true;
        x.open_by = sim_time(c->sim) + draw_between(d, 2, 60) * unit(c->sim);
    }
    if (old != UINT32_MAX) saying_on(&x, old);
    else x.thing = new_thing(c, THING_NOTICE, &x.id, false) + 1;
    sign_or_not(&x, 250);
    (void)saying_post(&x);
}

/* At its time, too late, or never. */
void say_open(struct client *c, struct sim_draw *d) {
    for (int i = 0; i < SIM_SEALED; i++) {
        struct sealed_thing *t = &c->sealed[i];
        if (!t->used || draw_chance(d, 400)) continue;
        struct saying x = saying_of(c, d, KIND_OPEN);
        struct compose_earlier earlier = {.statement = t->statement, .kind = t->kind, .id = t->id, .keys = &t->key, .key_count = 1, .sections = &t->part, .section_count = 1};
        x.section[x.section_count++] = (struct compose_section){.name = TEXT("body"), .to = text_of(readers(c, d))};
        x.earlier = &earlier;
        saying_sign(&x, c, c->root);
        (void)saying_post(&x);
        t->used = draw_chance(d, 100); /* perhaps twice */
        return;
    }
}

/* --- flights --- */

static struct append *flight_body(struct client *c, struct sim_draw *d, bool hidden) {
    struct append *b = saying_body(c->sim);
    uint32_t priority = draw_below(d, 101), persons = draw_below(d, 9), number = draw_below(d, 90);
    append_format(b, "{\"callsign\":\"MRL%u\",\"persons_on_board\":%u,\"priority\":%u,", number, persons, priority);
    /* In twins only the hiding party's have an address: two flights on feeds that both may read are no secret to each other. */
    uint32_t address = draw_below(d, 3);
    if (!c->sim->plan.twin || hidden) append_format(b, "\"icao24\":\"c8123%u\",", c->index * 3 % 9 + address);
    put_volumes(b, c->sim, d, true);
    append_char(b, '}');
    return b;
}

void say_flight(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_FLIGHT);
    bool hiding = c->role == ROLE_HIDING && draw_chance(d, 700);
    uint32_t old = draw_chance(d, 300) ? some_thing(c, d, THING_FLIGHT) : UINT32_MAX;
    if (old != UINT32_MAX) hiding = c->thing[old].hidden;
    if (!hiding && draw_chance(d, 500)) {
        struct append *body = flight_body(c, d, false);
        saying_section(&x, "public", readers(c, d), body);
    }
    if (x.section_count == 0 || draw_chance(d, 300)) {
        const char *to = readers(c, d);
        saying_section(&x, "own", hiding ? "" : to, flight_body(c, d, hiding));
    }
    if (old != UINT32_MAX) saying_on(&x, old);
    else x.thing = new_thing(c, THING_FLIGHT, &x.id, hiding) + 1;
    x.hidden = hiding;
    sign_or_not(&x, 250);
    (void)saying_post(&x);
}

void say_release(struct client *c, struct sim_draw *d) {
    uint32_t t = some_thing(c, d, THING_FLIGHT);
    if (t == UINT32_MAX || c->thing[t].hidden) return;
    struct saying x = saying_of(c, d, KIND_FLIGHT_RELEASE);
    struct append *body = flight_body(c, d, false);
    const char *to = readers(c, d);
    saying_section(&x, draw_chance(d, 500) ? "public" : "parties", to, body);
    saying_on(&x, t);
    sign_or_not(&x, 150);
    (void)saying_post(&x);
}

/* Activate, over, cancel, end; and what the state does not allow. */
void say_move(struct client *c, struct sim_draw *d) {
    static const enum statement_kind moves[] = {KIND_NOTICE_ACTIVATE, KIND_NOTICE_ACTIVATE, KIND_NOTICE_OVER, KIND_NOTICE_OVER, KIND_NOTICE_CANCEL,
                                                KIND_FLIGHT_ACTIVATE, KIND_FLIGHT_ACTIVATE, KIND_FLIGHT_END, KIND_FLIGHT_CANCEL, KIND_AREA_END};
    enum statement_kind kind = moves[draw_below(d, 10)];
    uint32_t t = some_thing(c, d, kind == KIND_AREA_END ? THING_AREA : kind >= KIND_FLIGHT ? THING_FLIGHT : THING_NOTICE);
    if (t == UINT32_MAX) return;
    struct saying x = saying_of(c, d, kind);
    struct append *b = saying_body(c->sim);
    append_str(b, "{\"text\":\"so\"}");
    const char *to = readers(c, d);
    saying_section(&x, "body", c->thing[t].hidden ? "" : to, b);
    saying_on(&x, t);
    if (kind != KIND_NOTICE_ACTIVATE && kind != KIND_FLIGHT_ACTIVATE) c->thing[t].over = true;
    sign_or_not(&x, 250);
    (void)saying_post(&x);
}

/* --- feeds, tracks, areas --- */

static const char *const feed_names[2] = {"radar", "own"};

void say_feed(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_FEED);
    uint32_t which = draw_below(d, 2);
    bool world = draw_chance(d, 600) || c->sim->plan.twin;
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"feed\":\"%s\",\"readers\":[%s]}", feed_names[which], which == 1 ? "" : world ? "\"log\"" : "\"agreement:pact\"");
    saying_section(&x, "body", "log", b);
    sign_or_not(&x, 400);
    if (saying_post(&x) != NULL) c->feed[which] = true;
}

static void put_aircraft(struct append *b, struct client *c, struct sim_draw *d, instant time, uint32_t i) {
    int64_t lat = -470000000 + draw_between(d, 0, 4000000), lng = -1260000000 + draw_between(d, 0, 6000000);
    append_format(b, "%s{\"identity\":\"c8123%u\",\"time\":\"", i > 0 ? "," : "", i + c->index * 3 % 9);
    append_instant(b, time);
    append_str(b, "\",\"lat\":");
    append_fixed_point(b, lat, 7);
    append_str(b, ",\"lng\":");
    append_fixed_point(b, lng, 7);
    if (draw_chance(d, 850)) append_format(b, ",\"altitude\":{\"value\":%u,\"reference\":\"AMSL\",\"units\":\"M\"}", draw_below(d, 4000));
    if (draw_chance(d, 850)) append_format(b, ",\"speed_mps\":%u", draw_below(d, 250));
    append_format(b, ",\"track_deg\":%u", draw_below(d, 360));
    if (draw_chance(d, 500)) append_str(b, ",\"uncertainty_m\":50");
    append_char(b, '}');
}

/* One to four frames in a request; sometimes one that was sent before. */
void say_frame(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    uint32_t which = c->role == ROLE_HIDING ? 1 : draw_below(d, 2), count = 1 + draw_below(d, 4);
    if (!c->feed[which] || !c->in_session) return;
    bool hidden = which == 1 && s->plan.twin && c->role == ROLE_HIDING;
    struct append *b = saying_body(s);
    uint64_t first = c->frame[which] + 1;
    if (first > 4 && draw_chance(d, 60)) first -= draw_below(d, 4);
    append_str(b, "{\"frames\":[");
    struct hash keys[4];
    uint8_t sent[4];
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number = first + i;
        append_format(b, "%s{\"number\":%llu,\"time\":\"", i > 0 ? "," : "", (unsigned long long)number);
        append_instant(b, sim_time(s));
        append_str(b, "\",\"aircraft\":[");
        uint32_t aircraft = 1 + draw_below(d, 3);
        sent[i] = (uint8_t)aircraft;
        for (uint32_t k = 0; k < aircraft; k++) put_aircraft(b, c, d, sim_time(s), k);
        append_str(b, "]}");
        keys[i] = ledger_frame_key(s, c->index, text_of(feed_names[which]), number);
        if (number > c->frame[which]) c->frame[which] = number;
    }
    append_str(b, "]}");
    s->rooms = 0;
    uint64_t luck = ++c->lucks;
    if (s->plan.hide && hidden) return;
    struct post *p = post_new(c, KIND_FRAME);
    p->luck = luck;
    p->path = which == 0 ? TEXT("/v1/feeds/radar/frames") : TEXT("/v1/feeds/own/frames");
    p->session = true;
    memcpy(p->frames, keys, sizeof keys);
    memcpy(p->sent, sent, sizeof sent);
    p->frame_count = count;
    p->hidden = hidden;
    p->size = b->size;
    p->body = malloc(b->size);
    if (p->body == NULL) abort();
    memcpy(p->body, b->at, b->size);
}

void say_join(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    uint32_t t = some_thing(c, d, THING_FLIGHT), of = 1 + draw_below(d, s->plan.parties - 1);
    if (t == UINT32_MAX || c->thing[t].hidden) return;
    struct saying x = saying_of(c, d, draw_chance(d, 700) ? KIND_JOIN : KIND_JOIN_UNDO);
    struct append *b = saying_body(s);
    append_format(b, "{\"flight\":\"%s/", c->name.at);
    append_id(b, &c->thing[t].id);
    append_format(b, "\",\"track\":{\"party\":\"%s\",\"feed\":\"radar\",\"identity\":\"c8123%u\"}}", s->client[of].name.at, of * 3 % 9 + draw_below(d, 3));
    saying_section(&x, "body", "log", b);
    saying_sign(&x, c, c->root);
    if (of != c->index && x.kind == KIND_JOIN && draw_chance(d, 500) && s->client[of].entered && !s->plan.twin) saying_sign(&x, &s->client[of], s->client[of].root);
    (void)saying_post(&x);
}

void say_area(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_AREA);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"name\":\"SECTOR %u\",", draw_below(d, 20));
    bool dated = draw_chance(d, 500);
    put_volumes(b, c->sim, d, dated);
    append_char(b, '}');
    saying_section(&x, "body", "log", b);
    x.thing = new_thing(c, THING_AREA, &x.id, false) + 1;
    sign_or_not(&x, 250);
    (void)saying_post(&x);
}
