/* What a seed is like. Every second seed is busy, others are tight (capacities of 4), long (months), or lived twice. */
#include <stdlib.h>

#include "sim.h"

const char *role_name(enum role r) {
    static const char *const names[ROLES] = {"operator", "honest", "late", "flooding", "probing", "reposting", "forging", "hiding"};
    return names[r];
}

static void capacities(struct plan *p, struct sim_draw *d, bool tight) {
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
    if (tight) { /* four in all: each party has one of each */
        uint32_t *const tables[] = {&c.agreements, &c.areas, &c.feeds, &c.notices, &c.flights, &c.tracks, &c.alerts, &c.pending, &c.holds};
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) *tables[i] = 4;
        c.parties = 4;
        c.keys = draw_chance(d, 500) ? 4 : 16;
        c.volumes = draw_chance(d, 500) ? 4 : 16;
        c.vertices = 4 * 64;
        c.recent = draw_chance(d, 300) ? 4 : draw_chance(d, 500) ? 64 : 4 * 600;
        c.slots_log2 = 2;
    }
    if (!tight && draw_chance(d, 200)) c.recent = n * 64;
    if (p->twin) { /* what a party keeps to itself fills its own share: that would be of its own making */
        c.flights = c.volumes = c.tracks = n * 1200;
        c.vertices = n * 16000;
        c.recent = n * 4000;
    }
    p->capacity = c;
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
    if (p->twin) {
        p->breaks = 3;
        return;
    }
    p->cut_after = p->long_ ? 1 : draw_below(d, 12);
    p->rot = draw_chance(d, 500) ? 0 : 150 + draw_below(d, 300);
    p->simulated_order = draw_chance(d, 600);
    if (p->simulated_order) {
        p->order.delay_most = draw_below(d, 6);
        p->order.reorder_percent = draw_below(d, 30);
        p->order.lose_percent = draw_below(d, 12);
        p->order.refuse_percent = draw_below(d, 10);
    }
    /* A disk that is nearly full lasts a day, not months. */
    if (!p->long_ && draw_chance(d, p->tick_ns >= 10 * INSTANT_SECOND ? 500 : 150)) p->space = 1024 * (uint64_t)(3000 + draw_below(d, 12000));
}

struct plan plan_of(uint64_t seed) {
    const char *audit = getenv("PARLEY_SIM_AUDIT"); /* 1: always, 0: never */
    struct plan p = {.seed = seed, .audit = audit == NULL ? seed % 8 >= 1 && seed % 8 <= 4 : audit[0] == '1'}; /* it takes as long as all the rest */
    struct sim_draw draw = draw_of(seed, "plan", 0, 0), *d = &draw;
    uint32_t kind = (uint32_t)(seed % 8); /* of eight seeds: four busy, one tight, one long, two lived twice */
    bool tight = kind == 3;
    p.long_ = kind == 5;
    p.twin = kind == 2 || kind == 6;
    p.live = draw_chance(d, 300);
    p.parties = tight ? 4 : 4 + draw_below(d, SIM_PARTIES - 3);
    p.enters = !tight && !p.twin && draw_chance(d, 400);
    roles(&p, d);
    static const int64_t ticks[] = {1, 1, 2, 5, 10, 60};
    int64_t tick_s = p.long_ ? 60 : ticks[draw_below(d, 6)];
    p.tick_ns = tick_s * INSTANT_SECOND;
    p.statements_most = p.long_ ? 500 : 500 + draw_below(d, 700);
    /* The clients speak together about twice in a tick; long ones a few times a day. */
    p.pause_ns = p.long_ ? 8 * INSTANT_HOUR : tick_s * INSTANT_SECOND * (int64_t)(1 + draw_below(d, 4));
    if (!p.long_ && tick_s == 1) p.pause_ns = (2 + (int64_t)draw_below(d, 6)) * INSTANT_SECOND;
    int64_t each = p.pause_ns / (int64_t)p.parties;
    p.span_ns = p.long_ ? (15 + (int64_t)draw_below(d, 16)) * INSTANT_DAY : each * (int64_t)p.statements_most;
    capacities(&p, d, tight);
    faults(&p, d);
    return p;
}
