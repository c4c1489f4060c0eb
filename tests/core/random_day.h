/* Days of a small world drawn from a seed: every kind, right and wrong, small shares, repeats, a party that hides its flights. What is
 * drawn depends on what was answered before, so that a day shows the first difference between two builds. */
#ifndef PARLEY_TEST_CORE_RANDOM_DAY_H
#define PARLEY_TEST_CORE_RANDOM_DAY_H

#include "said.h"

#define STEPS 700
#define THINGS 400

struct thing { enum statement_kind kind; uint16_t party; struct id id; struct hash last; bool hidden; };
struct random_day {
    uint64_t seed, calls;
    struct thing thing[THINGS]; uint32_t things;
    uint64_t frame[8];
    struct said *sealed[64]; uint32_t sealed_count;
};
static struct world w;
static struct random_day d;
static const char *const parties[] = {"op", "ann", "bob", "cat", "dan"};
enum { PARTIES = 5, HIDER = 3 };
static const struct capacity tight = {.parties = 5, .keys = 20, .agreements = 10, .areas = 10, .feeds = 10, .notices = 20, .flights = 20, .volumes = 80,
    .vertices = 5 * 640, .tracks = 15, .alerts = 50, .pending = 10, .recent = 5 * 600, .holds = 10, .slots_log2 = 8};

static uint64_t next(void) { /* splitmix64 */
    uint64_t z = (d.seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
static uint32_t below(uint32_t n) { return (uint32_t)(next() >> 33) % n; }
static uint16_t somebody(void) { return (uint16_t)(1 + below(PARTIES - 1)); }

static struct thing *some_thing(enum statement_kind kind) {
    for (int tries = 0; tries < 12 && d.things > 0; tries++) {
        struct thing *t = &d.thing[below(d.things)];
        if (t->kind == kind) return t;
    }
    return NULL;
}
static void remember(enum statement_kind kind, uint16_t party, const struct said *x, bool hidden) {
    if (d.things < THINGS) d.thing[d.things++] = (struct thing){kind, party, x->s.id, x->s.hash, hidden};
}
/* Long enough to lie in the index in two or three pieces. */
static void random_corridor(struct said *x, uint32_t i, struct volume *v) {
    uint32_t points = 3 + (uint32_t)x->at[i][0].lat / 500000 % 2;
    int32_t turn = x->at[i][0].lon / 500000 % 3 * 10000000;
    for (uint32_t k = 1; k < points; k++) x->at[i][k] = (struct position){x->at[i][0].lat + (int32_t)k * 42000000, x->at[i][0].lon + (int32_t)k * turn};
    v->shape = (struct shape){.kind = SHAPE_CORRIDOR, .count = points, .reach_cm = 500000, .at = x->at[i]};
}
static struct volume *random_volumes(struct said *x, uint32_t *n) {
    *n = 1 + below(2);
    for (uint32_t i = 0; i < *n; i++) {
        int64_t from = (int64_t)below(1800) - 300;
        double lat = -47 + below(8) * 0.05, lon = -126 + below(8) * 0.05, size = 0.05 + below(4) * 0.05; /* one after the other: compilers differ in arguments */
        struct volume *v = say_square(x, i, &w, lat, lon, size, from, from + 60 + below(3600));
        v->lower.cm = (int32_t)below(5) * 50000;
        v->upper.cm = v->lower.cm + 100000;
        if (below(6) == 0) v->lower.reference = v->upper.reference = ALTITUDE_FL;
        if (v->lower.cm == 200000) random_corridor(x, i, v);
    }
    return x->volume;
}
static void random_reader(struct section *s) {
    switch (below(5)) {
    case 0: say_reader(s, READER_WORLD, ""); return;
    case 1: say_reader(s, READER_LOG, ""); return;
    case 2: say_reader(s, READER_AGREEMENT, "pact"); return;
    case 3: say_reader(s, READER_PARTY, parties[somebody()]); return;
    default: return;
    }
}
static void fill_notice(struct said *x, struct section *s) {
    s->body.notice = (struct body_notice){.area = TEXT("SORREL 4"), .category = said_name(below(3) ? "missile" : "uas"), .text = TEXT("keep clear")};
    s->body.notice.volumes = random_volumes(x, &s->body.notice.volume_count);
}
static void fill_flight(struct said *x, struct section *s) {
    s->body.flight = (struct body_flight){.callsign = TEXT("MRL12"), .icao24 = 0xc81230 + below(3), .persons_on_board = 6};
    s->body.flight.priority = (uint8_t)below(101);
    s->body.flight.volumes = random_volumes(x, &s->body.flight.volume_count);
}
static struct said *sections_of(enum statement_kind kind, uint16_t party, bool flight, bool hidden) {
    struct said *x = say(&w, kind);
    say_sign(&w, x, parties[party], "root");
    bool wide = !hidden && below(2);
    if (wide) {
        struct section *s = say_section(x, "public");
        random_reader(s);
        if (flight) fill_flight(x, s);
        else fill_notice(x, s);
    }
    if (!wide || below(3) == 0) {
        struct section *s = say_section(x, below(8) || wide ? "own" : "parties");
        if (!hidden && !wide) random_reader(s);
        if (flight) fill_flight(x, s);
        else fill_notice(x, s);
    }
    return x;
}
static void on_thing(struct said *x, const struct thing *t) {
    say_on(x, parties[t->party], &t->id);
    if (below(2)) say_prev(x, &t->last);
}

/* Each makes one statement, or NULL. `*hidden`: is about an undisclosed flight of HIDER. */
static struct said *make_notice(bool *hidden) {
    (void)hidden;
    uint16_t p = somebody();
    struct thing *t = below(3) == 0 ? some_thing(KIND_NOTICE) : NULL;
    struct said *x = sections_of(KIND_NOTICE, t ? t->party : p, false, false);
    if (t) on_thing(x, t);
    else remember(KIND_NOTICE, p, x, false);
    return x;
}
static struct said *make_flight(bool *hidden) {
    uint16_t p = somebody();
    struct thing *t = below(3) == 0 ? some_thing(KIND_FLIGHT) : NULL;
    *hidden = t ? t->hidden : p == HIDER;
    struct said *x = sections_of(KIND_FLIGHT, t ? t->party : p, true, *hidden);
    if (t) on_thing(x, t);
    else remember(KIND_FLIGHT, p, x, *hidden);
    return x;
}
static struct said *make_move(bool *hidden) {
    static const enum statement_kind moves[] = {KIND_NOTICE_ACTIVATE, KIND_NOTICE_OVER, KIND_NOTICE_CANCEL, KIND_FLIGHT_ACTIVATE, KIND_FLIGHT_ACTIVATE,
        KIND_FLIGHT_END, KIND_FLIGHT_CANCEL, KIND_AREA_END};
    enum statement_kind k = moves[below(sizeof moves / sizeof *moves)];
    struct thing *t = some_thing(k == KIND_AREA_END ? KIND_AREA : k >= KIND_FLIGHT ? KIND_FLIGHT : KIND_NOTICE);
    if (!t) return NULL;
    *hidden = t->hidden;
    uint16_t p = below(12) || t->hidden ? t->party : somebody(); /* a stranger tries */
    struct said *x = say_body(&w, k, parties[p], "root", NULL);
    if (!t->hidden) random_reader(&x->section[0]);
    on_thing(x, t);
    return x;
}
static struct said *make_release(bool *hidden) {
    struct thing *t = some_thing(KIND_FLIGHT);
    if (!t || t->hidden) return NULL;
    (void)hidden;
    struct said *x = sections_of(KIND_FLIGHT_RELEASE, t->party, true, false);
    on_thing(x, t);
    return x;
}
static struct said *make_area(bool *hidden) {
    (void)hidden;
    struct section *b;
    uint16_t p = somebody();
    struct said *x = say_body(&w, KIND_AREA, parties[p], "root", &b);
    b->body.area = (struct body_area){.name = TEXT("Sector")};
    b->body.area.volumes = random_volumes(x, &b->body.area.volume_count);
    say_reader(b, READER_LOG, "");
    remember(KIND_AREA, p, x, false);
    return x;
}
static struct said *make_ack(bool *hidden) {
    (void)hidden;
    struct section *b;
    uint16_t p = somebody();
    if (p == HIDER) return NULL; /* its places shift with its own hidden flights */
    struct said *x = say_body(&w, KIND_ACK, parties[p], "root", &b);
    uint64_t size = state_stream_size(w.st, p);
    uint8_t step = (uint8_t)below(6);
    b->body.ack = (struct body_ack){.step = step, .place = size ? size - 1 - below(size < 12 ? (uint32_t)size : 12) : 0, .desk = said_name("watch"),
        .start = w.now, .lower = {0, ALTITUDE_AMSL}, .upper = {100000, ALTITUDE_AMSL}, .area = TEXT("SORREL 4")};
    return x;
}
static struct said *make_hold(bool *hidden) {
    (void)hidden;
    struct section *b;
    struct thing *t;
    if (below(2) && (t = some_thing(KIND_HOLD))) {
        struct said *x = say_body(&w, KIND_HOLD_ANSWER, parties[somebody()], "root", &b);
        b->body.hold_answer = (struct body_hold_answer){.hold = {said_name(parties[t->party]), t->id}, .reply = (uint8_t)below(3)};
        random_reader(b);
        return x;
    }
    uint16_t p = somebody();
    if (!(t = some_thing(KIND_NOTICE))) return NULL;
    struct said *x = say_body(&w, KIND_HOLD, parties[p], "root", &b);
    b->body.hold = (struct body_hold){.notice = {said_name(parties[t->party]), t->id}, .until = w.now + INSTANT_MINUTE, .text = TEXT("wait")};
    say_reader(b, READER_PARTY, parties[t->party]);
    remember(KIND_HOLD, p, x, false);
    return x;
}
static struct said *make_message(bool *hidden) {
    (void)hidden;
    struct section *b;
    struct said *x = say_body(&w, KIND_MESSAGE, parties[somebody()], "root", &b);
    b->body.message = (struct body_message){.text = TEXT("hello"), .desk = said_name("watch")};
    random_reader(b);
    return x;
}
static struct frame_position positions[STEPS][4];
static uint32_t positions_used;
static struct said *make_frame(bool *hidden) {
    (void)hidden;
    static const char *const identities[] = {"c81230", "c81231", "c81232", "c81239"};
    uint16_t p = (uint16_t)(1 + below(2)); /* ann's and bob's */
    struct said *x = say(&w, KIND_FRAME);
    say_attest(x, parties[p], "root");
    struct frame_position *at = positions[positions_used++ % STEPS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < 4; i++) {
        if (below(3) == 0) continue;
        struct frame_position *f = &at[n++];
        *f = (struct frame_position){.identity = text_of(identities[i]), .callsign = TEXT("MRL12"), .time = w.now};
        f->at.lat = -470000000 + (int32_t)below(5000000);
        f->at.lon = -1260000000 + (int32_t)below(5000000);
        f->altitude = (struct altitude){(int32_t)below(300000), ALTITUDE_AMSL};
        f->has_altitude = below(8) != 0;
        f->speed_cms = (int32_t)below(25000);
        f->track_mdeg = (int32_t)below(360000);
        f->uncertainty_cm = below(2) ? 5000 : -1;
    }
    d.frame[p] += below(10) != 0;
    x->s.frame = (struct body_frame){.feed = said_name("radar"), .number = d.frame[p], .time = w.now, .positions = at, .count = n};
    return x;
}
static struct said *make_agreement(bool *hidden) {
    (void)hidden;
    static const enum statement_kind moves[] = {KIND_AGREEMENT_SUSPEND, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_LEAVE};
    static const char *const all[] = {"ann", "bob", "cat", "dan", NULL};
    struct thing *t = some_thing(KIND_AGREEMENT);
    if (!t) return NULL;
    const struct agreement_row *a = agreement_at(w.st, agreement_find(w.st, t->party, &t->id));
    struct said *x;
    if (below(3)) {
        enum statement_kind move = moves[below(4)];
        x = say_text(&w, move, parties[somebody()], parties[t->party], &t->id);
    } else {
        struct body_agreement *b;
        x = say_agreement(&w, "pact", a->current + 1, all, &b);
        say_on(x, parties[t->party], &t->id);
        b->from = w.now + (int64_t)below(3) * INSTANT_MINUTE;
        b->tell_undisclosed = false;
        if (below(3) == 0) x->signer[below(4)].verified = false;
    }
    return x;
}
static struct said *make_sealed(bool *hidden) {
    (void)hidden;
    uint16_t p = (uint16_t)(1 + below(2));
    if (below(2) && d.sealed_count > 0) {
        struct said *was = d.sealed[below(d.sealed_count)], *x = say(&w, KIND_OPEN);
        for (uint32_t i = 0; i < was->s.signer_count; i++) say_sign(&w, x, parties[0], "root");
        x->signer[0] = was->signer[0];
        struct section *s = say_section(x, "body");
        s->body.open = (struct body_open){.statement = was->s.hash, .kind = KIND_NOTICE};
        s = say_section(x, "own");
        random_reader(s);
        fill_notice(x, s);
        s->commitment = was->s.commit[2];
        return x;
    }
    struct said *x = say(&w, KIND_NOTICE);
    say_sign(&w, x, parties[p], "root");
    x->s.open_by = w.now + (int64_t)below(600) * INSTANT_SECOND;
    if (d.sealed_count < 64) d.sealed[d.sealed_count++] = x;
    return x;
}
static struct said *make_join(bool *hidden) {
    (void)hidden;
    struct section *b;
    struct thing *t = some_thing(KIND_FLIGHT);
    if (!t || t->hidden) return NULL;
    enum statement_kind kind = below(3) ? KIND_JOIN : KIND_JOIN_UNDO;
    struct said *x = say_body(&w, kind, parties[t->party], "root", &b);
    uint16_t p = (uint16_t)(1 + below(2));
    if (below(2) && p != t->party && x->s.kind == KIND_JOIN) say_sign(&w, x, parties[p], "root");
    b->body.join = (struct body_join){.flight = {said_name(parties[t->party]), t->id}, .track = {said_name(parties[p]), said_name("radar"), TEXT("c81231")}};
    return x;
}
static struct said *make_odd(bool *hidden) {
    (void)hidden;
    enum statement_kind kind = (enum statement_kind)(1 + below(KIND_TICK - 1));
    struct said *x = say_body(&w, kind, parties[somebody()], "root", NULL);
    if (x->s.kind == KIND_SETTINGS || x->s.kind == KIND_ACK || x->s.kind == KIND_AGREEMENT || x->s.kind == KIND_FEED) return NULL;
    x->s.section_count = 0; /* not one of them may be taken */
    return x;
}
static struct said *(*const makers[])(bool *) = {make_notice, make_notice, make_flight, make_flight, make_flight, make_move, make_move, make_move, make_release,
    make_area, make_ack, make_ack, make_hold, make_message, make_frame, make_frame, make_frame, make_agreement, make_sealed, make_join, make_odd};

static void begin(uint64_t seed) {
    static const char *const all[] = {"ann", "bob", "cat", "dan", NULL};
    memset(&d, 0, sizeof d);
    d.seed = seed;
    positions_used = 0;
    world_open(&w, &tight, false, (const char *const[]){"op", "ann", "bob", "cat", "dan", NULL});
    struct said *x = say_agreement(&w, "pact", 1, all, NULL);
    world_accept(&w, x);
    remember(KIND_AGREEMENT, 1, x, false);
    for (int p = 1; p < 3; p++) {
        struct section *b;
        x = say_body(&w, KIND_FEED, parties[p], "root", &b);
        b->body.feed.feed = said_name("radar");
        b->body.feed.readers[b->body.feed.reader_count++] = (struct reader){.kind = READER_LOG};
        if (p == 2) b->body.feed.reader_count = 0;
        world_accept(&w, x);
    }
}
/* The next of the day, not yet said; NULL: nothing this time. `*hidden`: about an undisclosed flight of HIDER; `*again`: said before. */
static struct said *random_next(bool *hidden, bool *again) {
    struct said *x;
    *hidden = *again = false;
    if (++d.calls % 41 == 0) return say_snapshot(&w);
    if (d.calls % 41 == 20) return say_snapshot_digest(&w, state_snapshot_order(w.st) + (d.calls % 3 == 0)); /* now and then of another order */
    if (below(4) == 0) {
        w.now += (int64_t)below(120) * INSTANT_SECOND;
        w.now += below(1000);
        x = say_tick(&w);
    } else if (below(25) == 0 && w.all_count > 20) {
        x = w.all[below(w.all_count)]; /* a repeat */
        *again = true;
        if (statement_kind_own(x->s.kind) || x->s.kind == KIND_FRAME || x->s.kind == KIND_FLIGHT) return NULL;
    } else {
        x = makers[below(sizeof makers / sizeof *makers)](hidden);
    }
    if (!x) return NULL;
    if (!*again && x->s.kind != KIND_TICK && below(60) == 0 && !*hidden) x->s.has_seen = true; /* what was said must not change */
    return x;
}
/* It was taken: the next may name it as its last. */
static void random_taken(const struct said *x) {
    for (uint32_t k = 0; k < d.things; k++)
        if (x->s.has_on && id_equal(&d.thing[k].id, &x->s.on.id)) d.thing[k].last = x->s.hash;
}

#endif
