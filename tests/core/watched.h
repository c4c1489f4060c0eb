/* For tests of the watch: notices, flights, frames and acknowledgements said briefly, and what was told found again. */
#ifndef PARLEY_TEST_CORE_WATCHED_H
#define PARLEY_TEST_CORE_WATCHED_H

#include "said.h"

#include "core/view.h"
#include "core/watch.h"

#define FOR_ALL "log" /* reader of every party */

static inline void say_to(struct section *one, const char *reader) {
    if (!reader[0]) return; /* sender and operator only */
    if (strcmp(reader, "log") == 0) say_reader(one, READER_LOG, "log");
    else if (strcmp(reader, "world") == 0) say_reader(one, READER_WORLD, "world");
    else if (strncmp(reader, "agreement:", 10) == 0) say_reader(one, READER_AGREEMENT, reader + 10);
    else say_reader(one, READER_PARTY, reader);
}
/* Section `name` of a notice over the square; seconds after w->now. */
static inline struct section *say_hazard(struct world *w, struct said *x, const char *name, const char *reader, double lat, double lon,
                                         double size, int64_t from, int64_t to) {
    struct section *one = say_section(x, name);
    say_to(one, reader);
    say_square(x, one->slot, w, lat, lon, size, from, to);
    one->body.notice = (struct body_notice){.area = TEXT("SORREL 4"), .category = said_name("missile"), .volumes = &x->volume[one->slot], .volume_count = 1};
    return one;
}
static inline struct said *say_notice(struct world *w, const char *party, const char *reader, double lat, double lon, double size, int64_t from,
                                      int64_t to) {
    struct said *x = say(w, KIND_NOTICE);
    say_sign(w, x, party, "root");
    say_on(x, party, &x->s.id);
    say_hazard(w, x, "public", reader, lat, lon, size, from, to);
    return x;
}
static inline struct section *say_route(struct world *w, struct said *x, const char *name, const char *reader, double lat, double lon, double size,
                                        int64_t from, int64_t to) {
    struct section *one = say_section(x, name);
    say_to(one, reader);
    say_square(x, one->slot, w, lat, lon, size, from, to);
    one->body.flight = (struct body_flight){.callsign = TEXT("MRL12"), .persons_on_board = 6, .volumes = &x->volume[one->slot], .volume_count = 1};
    return one;
}
static inline struct said *say_flight(struct world *w, const char *party, const char *reader, double lat, double lon, double size, int64_t from,
                                      int64_t to) {
    struct said *x = say(w, KIND_FLIGHT);
    say_sign(w, x, party, "root");
    say_on(x, party, &x->s.id);
    say_route(w, x, "own", reader, lat, lon, size, from, to);
    return x;
}
static inline struct said *say_ack(struct world *w, const char *party, uint64_t place, enum ack_step step) {
    struct section *b;
    struct said *x = say_body(w, KIND_ACK, party, "root", &b);
    b->body.ack = (struct body_ack){.step = (uint8_t)step, .place = place, .start = INSTANT_NONE, .desk = said_name("watch")};
    return x;
}
static inline struct said *say_read_back(struct world *w, const char *party, uint64_t place, instant start, int32_t upper_cm, const char *area) {
    struct said *x = say_ack(w, party, place, ACK_READ_BACK);
    struct body_ack *a = &x->section[0].body.ack;
    a->start = start;
    a->lower = (struct altitude){0, ALTITUDE_AMSL};
    a->upper = (struct altitude){upper_cm, ALTITUDE_AMSL};
    a->area = text_of(area);
    return x;
}
static inline void world_feed(struct world *w, const char *party, const char *feed, const char *reader) {
    struct section *b;
    struct said *x = say_body(w, KIND_FEED, party, "root", &b);
    b->body.feed.feed = said_name(feed);
    say_to(b, reader);
    memcpy(b->body.feed.readers, b->readers, sizeof b->readers);
    b->body.feed.reader_count = b->reader_count;
    world_accept(w, x);
}
/* One aircraft: `speed` m/s, `track` degrees; at 1,000 m AMSL. */
static inline struct said *say_position(struct world *w, const char *party, const char *feed, uint64_t number, const char *identity, double lat,
                                        double lon, double speed, double track) {
    struct said *x = say(w, KIND_FRAME);
    struct frame_position *p = calloc(1, sizeof *p);
    assert_non_null(p);
    w->all[w->all_count++] = (struct said *)(void *)p; /* freed with the world */
    say_attest(x, party, "root");
    *p = (struct frame_position){.identity = text_of(identity), .time = w->now, .at = {(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)},
                                 .altitude = {100000, ALTITUDE_AMSL}, .has_altitude = true, .speed_cms = speed < 0 ? -1 : (int32_t)(speed * 100),
                                 .track_mdeg = track < 0 ? -1 : (int32_t)(track * 1000), .climb_cms = INT32_MIN, .uncertainty_cm = -1};
    x->s.frame = (struct body_frame){.feed = said_name(feed), .number = number, .time = w->now, .positions = p, .count = 1};
    return x;
}

static inline uint16_t party_of(const struct world *w, const char *name) {
    struct name n = said_name(name);
    return state_party_find(w->st, &n);
}
/* The n-th effect of a kind for a party in the last step; NULL when there are fewer. */
static inline const struct effect *told(const struct world *w, enum told_kind kind, const char *party, uint32_t n) {
    for (uint32_t i = 0; i < w->fx->count; i++)
        if (w->fx->at[i].kind == kind && w->fx->at[i].party == party_of(w, party) && n-- == 0) return &w->fx->at[i];
    return NULL;
}
static inline bool says(const struct effect *e, const char *part) {
    if (!e) return false;
    char room[LIMIT_EFFECT_BYTES + 1];
    memcpy(room, e->json.at, e->json.size);
    room[e->json.size] = '\0';
    return strstr(room, part) != NULL;
}
static inline uint32_t live_alerts(const struct world *w, const char *owner) {
    uint32_t n = 0;
    for (row r = 0; r < w->st->alerts.capacity; r++) n += w->st->alerts.live[r] && alert_at(w->st, r)->owner == party_of(w, owner);
    return n;
}
static inline void world_agree(struct world *w, const char *name, const char *a, const char *b) {
    const char *const parties[] = {a, b, NULL};
    world_accept(w, say_agreement(w, name, 1, parties, NULL));
}

#endif
