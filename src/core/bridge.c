/* What shows at the drone world's doors: which entities, when they are looked at, and what they may take. */
#include "core/bridge.h"

#include "core/quota.h"
#include "core/watch.h"

/* ---- memory and shares ---- */
/* Sure for each notice and flight: a reference of two circles, which hold anything. */
struct dss_cost bridge_sure(void) { return (struct dss_cost){.of = {[DSS_QUOTA_REFERENCES] = 1, [DSS_QUOTA_FOOTPRINTS] = 2, [DSS_QUOTA_POINTS] = 2 * DSS_CHUNK_POINTS}}; }
static uint32_t share_beyond(uint32_t entities, enum dss_quota q) {
    switch (q) {
    case DSS_QUOTA_REFERENCES: return entities / 4 + 4;
    case DSS_QUOTA_FOOTPRINTS: return entities + 64;
    case DSS_QUOTA_POINTS: return (2 * entities + 256) * DSS_CHUNK_POINTS;
    case DSS_QUOTA_SUBSCRIPTIONS: case DSS_QUOTAS: break;
    }
    return 0;
}
static uint32_t entities_of(const struct capacity *c) { return quota_share_of(c, QUOTA_NOTICES) + quota_share_of(c, QUOTA_FLIGHTS); }
uint32_t bridge_beyond(const struct capacity *c, enum dss_quota q) { return c->managers > 0 ? share_beyond(entities_of(c), q) : 0; }
uint32_t bridge_rows(const struct capacity *c, enum dss_quota q) {
    struct dss_cost sure = bridge_sure();
    return c->managers > 0 ? c->parties * (entities_of(c) * sure.of[q] + share_beyond(entities_of(c), q)) : 0;
}
void bridge_layout(struct state *st, struct memory *m) {
    const struct capacity *c = &st->room;
    bool on = c->managers > 0;
    struct bridge counting = {0}, *b;
    b = memory_take(m, 1, sizeof *b);
    if (b == NULL) b = &counting;
    else st->dss->bridge = b;
    b->manager = ROW_NONE;
    b->first = b->last = BRIDGE_NONE;
    b->notices = c->notices;
    b->all = on ? c->notices + c->flights : 0;
    b->of = memory_take(m, b->all, sizeof *b->of);
    b->beyond = memory_take(m, on ? c->parties : 0, sizeof *b->beyond);
    b->round = memory_take(m, on ? c->parties : 0, sizeof *b->round);
    b->work = memory_take(m, on, sizeof *b->work);
    b->volumes = memory_take(m, on ? RANKS * LIMIT_VOLUMES : 0, sizeof *b->volumes);
    b->at_room = on ? quota_share_of(c, QUOTA_VERTICES) + 1 : 0;
    b->at = memory_take(m, b->at_room, sizeof *b->at);
    b->cover.room = on ? LIMIT_BRIDGE_SHAPES : 0;
    b->cover.at_room = on ? LIMIT_BRIDGE_SHAPES * 16 : 0;
    b->cover.shapes = memory_take(m, b->cover.room, sizeof *b->cover.shapes);
    b->cover.at = memory_take(m, b->cover.at_room, sizeof *b->cover.at);
    b->cover.work = b->work;
    b->sorted = memory_take(m, b->cover.room, sizeof *b->sorted);
    b->group = memory_take(m, b->cover.room, sizeof *b->group);
    b->round_cover.room = b->round_cover.at_room = on ? RANKS * LIMIT_VOLUMES + 1 : 0;
    b->round_cover.shapes = memory_take(m, b->round_cover.room, sizeof *b->round_cover.shapes);
    b->round_cover.at = memory_take(m, b->round_cover.at_room, sizeof *b->round_cover.at);
    b->rounds_sorted = memory_take(m, b->round_cover.room, sizeof *b->rounds_sorted);
    b->order = memory_take(m, b->round_cover.room, sizeof *b->order);
    b->band = memory_take(m, on ? RANKS * LIMIT_VOLUMES : 0, sizeof *b->band);
    for (uint32_t i = 0; b->of && i < b->all; i++) b->of[i].first = ROW_NONE;
}
struct text bridge_url(const struct state *st) { return (struct text){st->dss->bridge->url, st->dss->bridge->url_size}; }
uint32_t bridge_manager_there(const struct state *st) { return st->dss->bridge->manager != ROW_NONE; }
struct bridged *bridge_of(const struct state *st, uint8_t shows, row r) {
    uint32_t i = bridge_place(st, shows, r);
    assert(shows != BRIDGE_NOT && i < st->dss->bridge->all);
    return &st->dss->bridge->of[i];
}
uint32_t bridge_waiting(const struct state *st) { return st->dss->bridge->waiting + st->dss->bridge->rounds; }

/* ---- the queue: each waits once, the first to be moved first ---- */
static void queue_add(struct bridge *b, uint32_t i) {
    struct bridged *x = &b->of[i];
    x->waits = true;
    x->next = BRIDGE_NONE;
    x->previous = b->last;
    if (b->last == BRIDGE_NONE) b->first = i;
    else b->of[b->last].next = i;
    b->last = i;
    b->waiting++;
}
void bridge_queue(struct state *st, uint32_t place) { queue_add(st->dss->bridge, place); }
static void queue_drop(struct bridge *b, uint32_t i) {
    struct bridged *x = &b->of[i];
    if (!x->waits) return;
    if (b->first == i) b->phase = BRIDGE_FRESH, b->units = 0;
    if (x->previous == BRIDGE_NONE) b->first = x->next;
    else b->of[x->previous].next = x->next;
    if (x->next == BRIDGE_NONE) b->last = x->previous;
    else b->of[x->next].previous = x->previous;
    x->waits = false;
    memset(x->drawn, 0, sizeof x->drawn);
    b->waiting--;
}

/* ---- life ---- */
static uint8_t shows_of(enum owner_kind kind) { return kind == OWNER_NOTICE ? BRIDGE_NOTICE : BRIDGE_FLIGHT; }
void bridge_begin(struct state *st, const struct statement *s) {
    st->dss->bridge->touched = false;
    memcpy(st->dss->bridge->drawn, s->drawn, sizeof s->drawn);
}
/* Random bytes of this entity's own: so nothing depends on when its turn comes. No serial is in it: those count what others hide, too. */
static void draw(const struct state *st, uint8_t shows, row r, const uint8_t drawn[32], uint8_t out[32]) {
    const struct id *id = shows == BRIDGE_NOTICE ? &notice_at(st, r)->id : &flight_at(st, r)->id;
    uint16_t party = shows == BRIDGE_NOTICE ? notice_at(st, r)->party : flight_at(st, r)->party;
    uint8_t who[3] = {shows, (uint8_t)(party >> 8), (uint8_t)party};
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "parley/bridge/1\n", 16);
    sha256_update(&s, drawn, 32);
    sha256_update(&s, who, sizeof who);
    sha256_update(&s, id->bytes, sizeof id->bytes);
    struct hash h = sha256_final(&s);
    memcpy(out, h.bytes, sizeof h.bytes);
}
void bridge_touch(struct state *st, enum owner_kind kind, row r) {
    struct bridge *b = st->dss->bridge;
    uint8_t shows = shows_of(kind);
    if (b->number == 0 || b->all == 0) return;
    struct bridged *x = bridge_of(st, shows, r);
    if (x->first == ROW_NONE && !bridge_stands(st, shows, r) && !x->waits) return; /* of what the world may not read not even this is known */
    if (b->phase != BRIDGE_FRESH && b->first == bridge_place(st, shows, r)) queue_drop(b, b->first); /* half done: anew, and behind the others, or what moves all the time would keep them waiting */
    draw(st, shows, r, b->drawn, x->drawn);
    b->touched = true;
    if (!x->waits) queue_add(b, bridge_place(st, shows, r));
}

/* ---- all of them: of each party so many of its own in a step, from a cursor, whatever others have or hide ---- */
static struct table *table_of(struct state *st, uint8_t shows) { return shows == BRIDGE_NOTICE ? &st->notices : &st->flights; }
static uint64_t serial_of(const struct state *st, uint8_t shows, row r) { return shows == BRIDGE_NOTICE ? notice_at(st, r)->serial : flight_at(st, r)->serial; }
static void round_go(struct state *st, uint16_t party, uint8_t shows) {
    struct bridge *b = st->dss->bridge;
    b->round[party] = (struct bridge_round){.shows = shows, .next = shows == BRIDGE_NOT ? ROW_NONE : table_oldest_of(table_of(st, shows), party)};
    if (shows == BRIDGE_NOT) b->rounds--;
}
/* One that moved since and waits has random bytes of its own, newer ones. */
static void round_touch(struct state *st, uint8_t shows, row r) {
    struct bridge *b = st->dss->bridge;
    struct bridged *x = bridge_of(st, shows, r);
    if (x->waits || (x->first == ROW_NONE && !bridge_stands(st, shows, r))) return;
    draw(st, shows, r, b->round_drawn, x->drawn);
    queue_add(b, bridge_place(st, shows, r));
}
/* This kind of the party's, so many; when it is through, the next kind's turn comes. */
static void round_on(struct state *st, uint16_t party, uint8_t shows, uint32_t most) {
    struct bridge *b = st->dss->bridge;
    struct bridge_round *x = &b->round[party];
    while (x->shows == shows && most > 0) {
        row r = x->next;
        if (r == ROW_NONE || serial_of(st, shows, r) > b->until) {
            round_go(st, party, shows == BRIDGE_NOTICE ? BRIDGE_FLIGHT : BRIDGE_NOT);
            return;
        }
        round_touch(st, shows, r);
        x->at = serial_of(st, shows, r);
        x->next = table_newer(table_of(st, shows), r);
        most--;
    }
}
static void rounds_on(struct state *st) {
    struct bridge *b = st->dss->bridge;
    uint32_t each = LIMIT_BRIDGE_ROUND / st->party_count;
    for (uint8_t shows = BRIDGE_NOTICE; shows < BRIDGE_KINDS && b->rounds > 0; shows++)
        for (uint16_t p = 0; p < st->party_count; p++) round_on(st, p, shows, each < 1 ? 1 : each);
}
/* While one runs, this one takes its place: it is about all that the other was. */
void bridge_all(struct state *st) {
    struct bridge *b = st->dss->bridge;
    if (b->number == 0 || b->all == 0) return;
    b->rounds = st->party_count;
    b->until = st->serial;
    memcpy(b->round_drawn, b->drawn, sizeof b->round_drawn);
    for (uint16_t p = 0; p < st->party_count; p++) round_go(st, p, BRIDGE_NOTICE);
    b->touched = true;
}
void bridge_leave(struct state *st, enum owner_kind kind, row r) {
    struct bridge *b = st->dss->bridge;
    if (b->rounds == 0 || kind == OWNER_TRACK) return;
    struct bridge_round *x = &b->round[kind == OWNER_NOTICE ? notice_at(st, r)->party : flight_at(st, r)->party];
    if (x->shows == shows_of(kind) && x->next == r) x->next = table_newer(table_of(st, x->shows), r);
}
static row behind(struct state *st, uint8_t shows, uint16_t party, uint64_t serial) {
    row r = table_oldest_of(table_of(st, shows), party);
    while (r != ROW_NONE && serial_of(st, shows, r) <= serial) r = table_newer(table_of(st, shows), r);
    return r;
}
void bridge_round_resume(struct state *st, uint16_t party) {
    struct bridge_round *x = &st->dss->bridge->round[party];
    x->next = behind(st, x->shows, party, x->at);
    st->dss->bridge->rounds++;
}
void bridge_rounds_check(const struct state *st) {
    struct state *s = (struct state *)(uintptr_t)st; /* nothing is changed */
    const struct bridge *b = st->dss->bridge;
    uint32_t n = 0;
    for (uint16_t p = 0; b->round && b->all > 0 && p < st->party_count; p++) {
        const struct bridge_round *x = &b->round[p];
        if (x->shows == BRIDGE_NOT) continue;
        row r = behind(s, x->shows, p, x->at);
        assert(x->next == r || (x->next == ROW_NONE && serial_of(st, x->shows, r) > b->until)); /* what came since is not of it */
        n++;
    }
    assert(n == b->rounds && b->until <= st->serial);
}

/* ---- going on ---- */
/* A row goes a day after it ended: long ago nothing of it shows, unless nothing could be told for all that time. */
void bridge_gone(struct state *st, enum owner_kind kind, row r, struct effects *fx) {
    struct bridge *b = st->dss->bridge;
    if (b->number == 0 || b->all == 0) return;
    struct dss_work work = {0};
    struct bridged *x = bridge_of(st, shows_of(kind), r);
    if (x->first != ROW_NONE) (void)bridge_show(st, bridge_place(st, shows_of(kind), r), &work, b->cover.vertices, true, fx);
    assert(x->first == ROW_NONE && x->count == 0);
    queue_drop(b, bridge_place(st, shows_of(kind), r));
}
/* Of a statement that moved something, of ticks and what goes on behind them. */
void bridge_work(struct state *st, const struct statement *s, struct effects *fx) {
    struct bridge *b = st->dss->bridge;
    struct dss_work work = {0};
    uint64_t began = b->cover.vertices;
    if (bridge_waiting(st) == 0 || !(b->touched || s->kind == KIND_TICK || s->kind == KIND_CONTINUE || s->kind == KIND_BRIDGE)) return;
    rounds_on(st);
    while (b->first != BRIDGE_NONE && b->cover.vertices - began < LIMIT_BRIDGE_WORK && !dss_beyond(&work)) {
        uint32_t i = b->first;
        if (!bridge_show(st, i, &work, began, false, fx)) return;
        queue_drop(b, i);
    }
}

/* ---- bridge: the server says under which URL its own interface of F3548 is reached ---- */
bool bridge_check(struct state *st, const struct statement *s, struct step *c) {
    uint64_t next = st->dss->bridge->number + 1;
    if (s->bridge.number != next) return refuse(c, REASON_STALE, "bridge %llu; the next is %llu", (unsigned long long)s->bridge.number, (unsigned long long)next);
    return dss_on(st) || refuse(c, REASON_FULL, "managers: of this log's capacities none is for the doors of F3548");
}
void bridge_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct bridge *b = st->dss->bridge;
    (void)c, (void)fx;
    b->number = s->bridge.number;
    b->url_size = (uint16_t)s->bridge.url.size;
    assert(s->bridge.url.size <= sizeof b->url);
    memset(b->url, 0, sizeof b->url);
    if (b->url_size > 0) memcpy(b->url, s->bridge.url.at, b->url_size);
    if (b->manager == ROW_NONE) {
        const struct name *name = &st->parties[st->operator_].name;
        b->manager = table_take(&st->dss->managers);
        struct dss_manager *m = dss_manager_at(st, b->manager);
        m->serial = state_serial(st);
        m->bridge = true;
        m->name_size = (uint16_t)name_text(name).size;
        memcpy(m->name, name_text(name).at, m->name_size);
    }
    bridge_all(st);
}
struct text state_bridge_url(const struct state *st) { return bridge_url(st); }
uint64_t state_bridge_number(const struct state *st) { return st->dss->bridge->number; }
