/* Random days over Sorrel Basin: statements of four parties, drawn from a seed. Each statement is drawn from its own number alone, so
 * that a day without some of them is the same day otherwise. */
#ifndef PARLEY_TEST_CORE_DAY_H
#define PARLEY_TEST_CORE_DAY_H

#include "watched.h"

#define DAY_ENTITIES 64
struct day {
    struct world w;
    uint64_t seed, roll;
    bool hide;                       /* leave out bob's undisclosed flights, and all that concerns them */
    const char *blur;                /* a party: exact volumes that it may not read, and that the wide ones contain, lie elsewhere */
    uint32_t blurred;                /* so many did */
    bool same_readers;               /* a notice's exact section keeps its readers: a change shows new ones what stays hazardous of the old */
    const char *own_reader[DAY_ENTITIES];
    struct id notice[DAY_ENTITIES], flight[DAY_ENTITIES]; uint16_t notice_party[DAY_ENTITIES], flight_party[DAY_ENTITIES];
    bool flight_hidden[DAY_ENTITIES];
    uint32_t notices, flights;
    uint64_t frames[4];
    struct said *last; bool said;    /* the statement of this number, if one was said */
    bool hidden;                     /* it concerns bob's undisclosed flights */
};
static const char *const day_parties[] = {"op", "ann", "bob", "cat"};
static const struct capacity day_capacity = {.parties = 4, .keys = 80, .agreements = 16, .areas = 32, .feeds = 16, .notices = 256, .flights = 256,
    .volumes = 1024, .vertices = 65536, .tracks = 128, .alerts = 8192, .pending = 32, .recent = 8192, .holds = 64, .slots_log2 = 8};

static inline uint32_t day_roll(struct day *d, uint32_t below) {
    d->roll = d->roll * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(d->roll >> 33) % below;
}
static inline double day_place(struct day *d, double base) { return base + day_roll(d, 400) / 100.0; }
static inline const char *day_reader(struct day *d) {
    static const char *const readers[] = {"log", "agreement:sorrel", "cat", "bob", "ann", "world"};
    return readers[day_roll(d, 6)];
}

static inline void day_begin(struct day *d, uint64_t seed, bool hide) {
    memset(d, 0, sizeof *d);
    world_open(&d->w, &day_capacity, false, said_founders);
    d->w.quick = true;
    d->seed = seed;
    d->hide = hide;
    const char *const all[] = {"ann", "bob", "cat", NULL};
    struct said *agree = say_agreement(&d->w, "sorrel", 1, all, NULL);
    agree->rule[0].reaction_cm = 500000;
    agree->rule[0].reaction_height_cm = 50000;
    agree->rule[0].reaction_after_ns = 4 * INSTANT_MINUTE; /* not as before it: who takes one for the other is found out */
    world_accept(&d->w, agree);
    world_feed(&d->w, "cat", "radar", "log");
    world_feed(&d->w, "bob", "own", "");
    world_feed(&d->w, "ann", "radar", "cat");
    world_feed(&d->w, "bob", "open", "log");
    struct section *b; /* ann looks after the north: tracks there are hers, also such as are bob's hidden flights */
    struct said *area = say_body(&d->w, KIND_AREA, "ann", "root", &b);
    say_square(area, 0, &d->w, -47, -128, 5, -3600, 1000000);
    area->volume[0].upper.cm = ALTITUDE_UNLIMITED;
    say_on(area, "ann", &area->s.id);
    say_to(b, FOR_ALL);
    b->body.area = (struct body_area){.name = TEXT("ANN NORTH"), .volumes = &area->volume[0], .volume_count = 1};
    world_accept(&d->w, area);
}

static inline bool day_blurs(struct day *d, uint16_t sender, const char *reader, uint32_t volumes) {
    bool blurs = d->blur && volumes == 1 && strcmp(day_parties[sender], d->blur) != 0 && strcmp(reader, d->blur) != 0 &&
                 (!reader[0] || strcmp(reader, "ann") == 0 || strcmp(reader, "bob") == 0 || strcmp(reader, "cat") == 0);
    d->blurred += blurs;
    return blurs;
}

/* Sometimes several volumes, with own places and times. */
static inline void day_more(struct day *d, struct said *x, const struct volume **volumes, uint32_t *count) {
    if (day_roll(d, 3) > 0) return;
    for (uint32_t i = 0; i < 3; i++) {
        int64_t from = (int64_t)day_roll(d, 7200) - 600;
        double lat = day_place(d, -49), lon = day_place(d, -128), size = 0.1 + day_roll(d, 6) / 10.0;
        say_square(x, 4 + i, &d->w, lat, lon, size, from, from + 60 + day_roll(d, 5400));
        x->volume[4 + i].upper.cm = 50000 + (int32_t)day_roll(d, 4) * 100000;
    }
    *volumes = &x->volume[4];
    *count = 3;
}
static inline struct said *day_notice(struct day *d, bool change) {
    uint16_t party = (uint16_t)(1 + day_roll(d, 3));
    uint32_t which = d->notices;
    bool fresh = !change || d->notices == 0;
    if (!fresh) {
        which = day_roll(d, d->notices);
        party = d->notice_party[which];
    } else if (d->notices == DAY_ENTITIES) return NULL;
    else d->notices++;
    struct said *x = say(&d->w, KIND_NOTICE);
    say_sign(&d->w, x, day_parties[party], "root");
    double lat = day_place(d, -49), lon = day_place(d, -128), size = 0.1 + day_roll(d, 10) / 10.0;
    int64_t from = (int64_t)day_roll(d, 7200) - 600, to = from + 60 + day_roll(d, 7200);
    struct section *s = say_hazard(&d->w, x, "public", day_reader(d), lat, lon, size, from, to);
    day_more(d, x, &s->body.notice.volumes, &s->body.notice.volume_count);
    if (day_roll(d, 3) == 0) {
        double off = day_roll(d, 4) == 0 ? 1.0 : 0.0; /* sometimes not contained */
        const char *reader = day_roll(d, 2) ? "bob" : "";
        if (d->same_readers && d->own_reader[which]) reader = d->own_reader[which];
        d->own_reader[which] = reader;
        if (off == 0 && day_blurs(d, party, reader, s->body.notice.volume_count)) off = size / 8;
        say_hazard(&d->w, x, "own", reader, lat + size / 4 + off, lon + size / 4, size / 4, from + 10, to - 10);
    }
    if (fresh) {
        d->notice[which] = x->s.id;
        d->notice_party[which] = party;
    }
    say_on(x, day_parties[party], &d->notice[which]);
    return x;
}
static inline struct said *day_flight(struct day *d, bool change) {
    uint16_t party = (uint16_t)(1 + day_roll(d, 3));
    uint32_t which = d->flights;
    bool hidden = party == 2 && day_roll(d, 3) > 0;
    bool fresh = !change || d->flights == 0;
    if (!fresh) {
        which = day_roll(d, d->flights);
        party = d->flight_party[which];
        hidden = d->flight_hidden[which];
    } else if (d->flights == DAY_ENTITIES) return NULL;
    else d->flights++;
    struct said *x = say(&d->w, KIND_FLIGHT);
    say_sign(&d->w, x, day_parties[party], "root");
    double lat = day_place(d, -49), lon = day_place(d, -128), size = 0.05 + day_roll(d, 10) / 20.0;
    int64_t from = (int64_t)day_roll(d, 7200) - 600, to = from + 60 + day_roll(d, 5400);
    const char *reader = day_roll(d, 2) ? day_reader(d) : "";
    struct section *s = say_route(&d->w, x, "own", hidden ? "" : reader, lat, lon, size, from, to);
    day_more(d, x, &s->body.flight.volumes, &s->body.flight.volume_count);
    /* Only bob's have an address: two flights on feeds that both may read are no secret to each other, by design. */
    s->body.flight.icao24 = party == 2 ? 0x100000 + day_roll(d, 8) : 0;
    if (!hidden && day_roll(d, 3) == 0) {
        say_route(&d->w, x, "public", day_reader(d), lat - 0.2, lon - 0.2, size + 0.4, from - 60, to + 60);
        if (day_blurs(d, party, reader, s->body.flight.volume_count)) say_square(x, s->slot, &d->w, lat + 0.05, lon, size, from, to);
    }
    if (fresh) {
        d->flight[which] = x->s.id;
        d->flight_party[which] = party;
        d->flight_hidden[which] = hidden;
    }
    say_on(x, day_parties[party], &d->flight[which]);
    d->hidden = hidden;
    return x;
}
static inline struct said *day_move(struct day *d) {
    static const enum statement_kind kinds[] = {KIND_NOTICE_ACTIVATE, KIND_NOTICE_OVER, KIND_NOTICE_CANCEL, KIND_FLIGHT_ACTIVATE, KIND_FLIGHT_END,
                                                KIND_FLIGHT_CANCEL};
    enum statement_kind kind = kinds[day_roll(d, 6)];
    bool notice = kind == KIND_NOTICE_ACTIVATE || kind == KIND_NOTICE_OVER || kind == KIND_NOTICE_CANCEL;
    uint32_t count = notice ? d->notices : d->flights;
    if (count == 0) return NULL;
    uint32_t which = day_roll(d, count);
    uint16_t party = notice ? d->notice_party[which] : d->flight_party[which];
    d->hidden = !notice && d->flight_hidden[which];
    return say_text(&d->w, kind, day_parties[party], day_parties[party], notice ? &d->notice[which] : &d->flight[which]);
}
static inline struct said *day_frame(struct day *d) {
    static const char *const ids[] = {"100000", "100001", "100002", "100003", "100004", "100005", "100006", "100007"};
    static const char *const feeds[] = {"radar", "own", "radar", "open"};
    static const uint16_t parties[] = {3, 2, 1, 2};
    uint32_t which = day_roll(d, 4);
    const char *id = ids[day_roll(d, 8)]; /* one after the other: compilers differ in the order of arguments */
    double lat = day_place(d, -49), lon = day_place(d, -128), speed = day_roll(d, 6) == 0 ? -1 : (double)day_roll(d, 250), track = day_roll(d, 360);
    struct said *x = say_position(&d->w, day_parties[parties[which]], feeds[which], ++d->frames[which], id, lat, lon, speed, track);
    d->hidden = which == 1; /* bob's own feed, which nobody else may read */
    return x;
}
/* An acknowledgement of the oldest thing that the party was told of a notice; the place is its own stream's. */
static inline struct said *day_ack(struct day *d) {
    uint16_t party = (uint16_t)(1 + day_roll(d, 3));
    enum ack_step step = (enum ack_step)day_roll(d, 6);
    const struct due_row *oldest = NULL;
    for (row r = 0; r < d->w.st->dues.capacity; r++) {
        if (!d->w.st->dues.live[r]) continue;
        const struct due_row *due = due_at(d->w.st, r);
        if (due->party == party && due->kind == DUE_NOTICE && due->steps == 0 && (!oldest || due->serial < oldest->serial)) oldest = due;
    }
    if (!oldest) return NULL;
    if (step != ACK_READ_BACK) return say_ack(&d->w, day_parties[party], oldest->place, step);
    return say_read_back(&d->w, day_parties[party], oldest->place, oldest->start, day_roll(d, 2) ? 300000 : 310000, "SORREL 4");
}

/* Where a step's work is small (said_step_work), most statements leave something to be continued; sometimes all of it, sometimes not. */
static inline bool day_onward(struct day *d) {
    if (state_backlog(d->w.st) == 0 || day_roll(d, 8) == 0) return false;
    d->last = say_continue(&d->w);
    world_say(&d->w, d->last);
    return true;
}

/* Says statement `number` of the day. */
static inline void day_step(struct day *d, uint64_t number) {
    d->roll = (d->seed << 20) + number * UINT64_C(2654435761);
    (void)day_roll(d, 2);
    d->w.counter = 1000 + number * 8;
    d->w.now += (1 + day_roll(d, 40)) * INSTANT_SECOND;
    d->hidden = false;
    struct said *x = NULL;
    switch (day_roll(d, 13)) {
    case 0: case 1: x = day_notice(d, false); break;
    case 2: x = day_notice(d, true); break;
    case 3: case 4: x = day_flight(d, false); break;
    case 5: x = day_flight(d, true); break;
    case 6: x = day_move(d); break;
    case 7: case 8: case 9: x = day_frame(d); break;
    case 10: x = day_ack(d); break;
    default: x = say_tick(&d->w); break;
    }
    d->last = x;
    d->said = x && !(d->hidden && d->hide);
    if (d->said) world_say(&d->w, x);
    else d->w.fx->count = 0;
}

#endif
