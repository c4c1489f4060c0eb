/* What a seed is like. Of eight seeds four are busy, one is tight (tables of four), one long (months), two are lived twice. */
#include <stdlib.h>

#include "door/limits.h"
#include "sim.h"

const char *role_name(enum role r) {
    static const char *const names[ROLES] = {"operator", "honest", "late", "flooding", "probing", "reposting", "forging", "hiding"};
    return names[r];
}

/* Four rows in all, so that each party has one, or four for each; each table by itself, so that one is full while others have room. What is said of
 * them must fit now and then, or nothing but refusals would be lived: volumes and vertices for a few of them, and a memory of statements that lasts. */
static void tables_of_four(struct capacity *c, struct sim_draw *d) {
    uint32_t *const tables[] = {&c->agreements, &c->areas, &c->feeds, &c->notices, &c->flights, &c->tracks, &c->alerts, &c->pending, &c->holds, &c->keys};
    c->parties = 4;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) *tables[i] = draw_chance(d, 400) ? 4 : 16;
    c->volumes = draw_chance(d, 300) ? 16 : 48;
    c->vertices = c->volumes * (draw_chance(d, 300) ? 20 : 60);
    c->recent = 4 * (draw_chance(d, 250) ? 150 : 1200);
    c->slots_log2 = 2;
}

static void capacities(struct plan *p, struct sim_draw *d) {
    uint32_t n = p->parties;
    struct capacity c = {.parties = n, .keys = n * 12, .agreements = n * 3, .areas = n * 6, .feeds = n * 4, .notices = n * 12, .flights = n * 12,
                         .volumes = n * 80, .vertices = n * 1600, .tracks = n * 16, .alerts = n * 48, .pending = n * 4, .recent = n * 4000,
                         .holds = n * 4, .slots_log2 = 3};
    if (draw_chance(d, 300)) { /* so that quotas are met by honest parties, too */
        c.notices = n * 4;
        c.flights = n * 4;
        c.volumes = n * 16;
        c.vertices = n * 320;
        c.tracks = n * 3;
    }
    if (p->tight) tables_of_four(&c, d);
    if (!p->tight && draw_chance(d, 200)) c.recent = n * 64;
    if (p->twin) { /* what a party keeps to itself fills its own share: that would be of its own making */
        c.flights = c.volumes = c.tracks = n * 1200;
        c.vertices = n * 16000;
        c.recent = n * 4000;
    }
    struct sim_draw doors = draw_of(p->seed, "doors", 0, 0);
    if (!p->twin) {
        uint32_t each = p->tight ? (draw_chance(&doors, 500) ? 1 : 4) : draw_chance(&doors, 300) ? 4 : 12;
        c.managers = p->tight ? 4 : n + draw_below(&doors, 2);
        c.references = c.managers * each;
        c.subscriptions = c.managers * (draw_chance(&doors, 300) ? each : 2 * each);
        c.footprints = c.managers * each * (draw_chance(&doors, 300) ? 1 : 4);
        c.points = c.managers * each * (draw_chance(&doors, 300) ? 24 : 120);
    }
    p->bridge_url = "https://parley.example"; /* a log without managers has nothing to show there */
    p->capacity = c;
}
/* In each eight seeds there is at least one; three of four tight ones, whose tables of four become larger while what stood in them stands. Not in twins:
 * which start is the first behind a statement may be another in the second run. */
static bool raises(const struct plan *p) {
    struct sim_draw d = draw_of(p->seed, "raises", 0, 0);
    if (p->twin) return false;
    if (p->tight) return p->seed / 8 % 4 != 3;
    return (p->long_ && p->seed / 8 % 4 == 3) || draw_chance(&d, 250);
}

static void roles(struct plan *p, struct sim_draw *d) {
    p->role[0] = ROLE_OPERATOR;
    p->role[1] = ROLE_HONEST; /* somebody whom nothing may harm */
    p->role[2] = p->twin ? ROLE_HIDING : ROLE_HONEST + draw_below(d, ROLE_HIDING - ROLE_HONEST);
    p->role[3] = p->twin ? ROLE_PROBING : ROLE_HONEST + draw_below(d, ROLE_HIDING - ROLE_HONEST);
    for (uint32_t i = 4; i < SIM_PARTIES; i++) p->role[i] = ROLE_HONEST + draw_below(d, ROLE_HIDING - ROLE_HONEST);
}

static void faults(struct plan *p, struct sim_draw *d) {
    p->loss = draw_chance(d, 250) ? 0 : 10 + draw_below(d, 120);
    p->breaks = p->long_ ? 3 + draw_below(d, 4) : 6 + draw_below(d, 14);
    p->stall = draw_chance(d, 500) ? 0 : 5 + draw_below(d, 20);
    p->jump = draw_chance(d, 400) ? 0 : p->long_ ? 4 : 2 + draw_below(d, 6);
    p->rot = draw_chance(d, 500) ? 0 : 150 + draw_below(d, 300);
    if (p->twin) {
        p->breaks = 6 + draw_below(d, 4);
        return;
    }
    p->cut_after = p->long_ ? 1 : draw_below(d, 12);
    p->simulated_order = draw_chance(d, 600);
    if (p->simulated_order) {
        p->order.delay_most = draw_below(d, 6);
        p->order.reorder_percent = draw_below(d, 30);
        p->order.lose_percent = draw_below(d, 12);
        p->order.refuse_percent = draw_below(d, 10);
    }
    /* A disk that is nearly full lasts a day, not months. */
    if (!p->long_ && !p->tight && draw_chance(d, p->tick_ns >= 10 * INSTANT_SECOND ? 500 : 150)) p->space = 1024 * (uint64_t)(1000 + draw_below(d, 6000));
}

struct plan plan_of(uint64_t seed) {
    const char *audit = getenv("PARLEY_SIM_AUDIT"); /* 1: always, 0: never */
    struct plan p = {.seed = seed, .audit = audit == NULL ? seed % 8 >= 1 && seed % 8 <= 4 : audit[0] == '1'}; /* it takes as long as all the rest */
    struct sim_draw draw = draw_of(seed, "plan", 0, 0), *d = &draw;
    uint32_t kind = (uint32_t)(seed % 8); /* of eight seeds: four busy, one tight, one long, two lived twice */
    p.tight = kind == 3;
    p.long_ = kind == 5;
    p.twin = kind == 2 || kind == 6;
    p.live = draw_chance(d, 300);
    p.parties = p.tight ? 4 : 4 + draw_below(d, SIM_PARTIES - 3);
    p.enters = !p.tight && !p.twin && draw_chance(d, 400);
    roles(&p, d);
    static const int64_t ticks[] = {1, 1, 2, 5, 10, 60};
    int64_t tick_s = p.long_ || p.tight ? 60 : ticks[draw_below(d, 6)];
    p.tick_ns = tick_s * INSTANT_SECOND;
    p.statements_most = p.long_ ? 500 : 500 + draw_below(d, 700);
    /* The clients speak together about twice in a tick; long ones a few times a day; tight ones a few times an hour, so that days pass, after which
     * what has ended makes room. */
    p.pause_ns = p.long_ ? 4 * INSTANT_HOUR : p.tight ? INSTANT_HOUR : tick_s * INSTANT_SECOND * (int64_t)(1 + draw_below(d, 4));
    if (!p.long_ && !p.tight && tick_s == 1) p.pause_ns = (2 + (int64_t)draw_below(d, 6)) * INSTANT_SECOND;
    int64_t each = p.pause_ns / (int64_t)p.parties;
    p.span_ns = p.long_ ? (20 + (int64_t)draw_below(d, 25)) * INSTANT_DAY : each * (int64_t)p.statements_most;
    capacities(&p, d);
    p.raises = raises(&p);
    faults(&p, d);
    /* Steps whose search is cut, at every place. What the others of a twin are told when may hang on a crowd of what one hides: those are not cut. */
    struct sim_draw work = draw_of(seed, "work", 0, 0);
    static const int64_t works[] = {8, 20, 40, 100, 200, 1000};
    p.step_work = p.twin ? 1000000 : draw_chance(&work, 400) ? INT64_MIN : works[draw_below(&work, 6)];
    /* Feeds are shed, in some seeds. What of a twin's frames there is room for may hang on what another feeds and hides: those have room for all. */
    struct sim_draw ahead = draw_of(seed, "ahead", 0, 0);
    p.positions_ahead = p.twin || draw_chance(&ahead, 600) ? DOOR_POSITIONS_AHEAD : 2 + draw_below(&ahead, 12);
    struct sim_draw keeper = draw_of(seed, "keeper", 0, 0);
    p.snapshot_ticks = 1 + draw_below(&keeper, p.long_ ? 1000 : 60);
    return p;
}
