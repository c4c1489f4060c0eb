/* A small log and a scripted day for tests of the log floor: three founders with keys from fixed seeds (as test/door's), statements of
 * several kinds, a refusal, a repeat, ticks. Times are the script's own, so a run that was interrupted and taken up again must
 * come to the same state. */
#ifndef PARLEY_TEST_LOG_FIXTURE_H
#define PARLEY_TEST_LOG_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/note.h"
#include "core/compose.h"
#include "log/merkle.h"
#include "log/node.h"

#define FIXTURE_ORIGIN "sorrel.example/exercise"
#define FIXTURE_START INT64_C(1795000000000000000)
enum { FIXTURE_STEPS = 40, FIXTURE_PARTS = 4 };

struct step_script {
    instant now;
    bool tick;
    struct part parts[FIXTURE_PARTS];
    uint32_t count;
};
struct fixture {
    struct arena arena;
    struct text genesis;
    struct hash log;
    uint8_t log_secret[64], receipt_secret[64], secret[3][64];
    struct hash public_key[3];
    struct step_script steps[FIXTURE_STEPS];
    uint32_t count;
};
static const char *const fixture_party[3] = {"aramoor", "operator", "velland"};
static const char *const fixture_key_name[3] = {"exercise/aramoor/root", "exercise/operator/root", "exercise/velland/root"};

static uint64_t fixture_seed;
static inline uint64_t fixture_draw(void) { /* splitmix64 */
    uint64_t z = fixture_seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static inline void fixture_random(void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) ((uint8_t *)bytes)[i] = (uint8_t)(fixture_draw() >> 24);
}

static inline void fixture_must(result r, const struct fault *f, const char *where) {
    if (result_is_ok(r)) return;
    fprintf(stderr, "a check failed: %s: %s: %s: %s\n", where, result_name(r.code), f->field, f->message);
    abort();
}

static inline void fixture_pair(uint8_t seed, uint8_t secret[64], uint8_t public_key[32]) {
    uint8_t bytes[32];
    memset(bytes, seed, sizeof bytes);
    note_key_from_seed(bytes, secret, public_key);
}

static int64_t fixture_step_work = INT64_MIN; /* as by default */
static uint32_t fixture_managers; /* of the drone world's doors; 0: there are none */
static inline void fixture_genesis(struct fixture *x) {
    struct founder founders[3];
    struct compose_key keys[3];
    struct fault f = {0};
    struct body_genesis g = {.origin = TEXT(FIXTURE_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1};
    g.capacity = (struct capacity){.parties = 4, .keys = 16, .agreements = 4, .areas = 8, .feeds = 4, .notices = 40, .flights = 40,
                                   .volumes = 80, .vertices = 1200, .tracks = 40, .alerts = 40, .pending = 8, .recent = 800,
                                   .holds = 8, .slots_log2 = 3};
    if (fixture_managers > 0) g.capacity.managers = fixture_managers, g.capacity.references = g.capacity.subscriptions = 500 * fixture_managers, g.capacity.footprints = 1000 * fixture_managers, g.capacity.points = 200000 * fixture_managers;
    int64_t *const members[] = {&g.settings.immediate_ns, &g.settings.warning_ns, &g.settings.caution_ns, &g.settings.hysteresis_ns,
                                &g.settings.lookahead_ns, &g.settings.tube_hold_ns, &g.settings.track_silent_ns, &g.settings.hold_repeat_ns,
                                &g.settings.query_repeat_ns, &g.settings.separation_cm, &g.settings.separation_height_cm,
                                &g.settings.recovery_delay_ns, &g.settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) *members[i] = INT64_MIN;
    g.settings.step_work = fixture_step_work;
    fixture_pair(0x0a, x->log_secret, g.log_key.bytes);
    fixture_pair(0x0b, x->receipt_secret, g.receipt_key.bytes);
    for (int i = 0; i < 3; i++) {
        fixture_pair((uint8_t)(i + 1), x->secret[i], x->public_key[i].bytes);
        founders[i] = (struct founder){.root_key = x->public_key[i], .display = text_of(fixture_party[i]), .zone = TEXT("Etc/UTC"),
                                       .desks = 1, .operator_ = i == 1};
        memcpy(founders[i].name.at, fixture_party[i], strlen(fixture_party[i]));
        memcpy(founders[i].desk[0].at, "watch", 5);
        keys[i] = (struct compose_key){text_of(fixture_key_name[i]), x->public_key[i], x->secret[i]};
    }
    g.founders = founders;
    g.founder_count = 3;
    fixture_must(compose_genesis(&g, keys, 3, &x->arena, &x->genesis, &f), &f, "genesis");
    struct note note;
    fixture_must(note_parse(x->genesis, &note, &f), &f, "genesis");
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "", 1);
    sha256_update(&s, note.text.at, note.text.size);
    x->log = sha256_final(&s);
}

static inline struct text fixture_keep(struct fixture *x, const char *text) {
    char *copy = arena_alloc(&x->arena, strlen(text) + 1, 1);
    if (copy == NULL) abort();
    memcpy(copy, text, strlen(text));
    return text_of(copy);
}

/* A signed statement of `party` with one section; seen may be NULL. Returns the number of parts (2). */
static inline uint32_t fixture_say(struct fixture *x, int party, enum statement_kind kind, const char *section, const char *to, const char *body,
                                   instant at, const struct hash *seen, uint64_t seen_size, struct part parts[FIXTURE_PARTS]) {
    struct compose_key key = {text_of(fixture_key_name[party]), x->public_key[party], x->secret[party]};
    struct compose_section part = {text_of(section), fixture_keep(x, to), fixture_keep(x, body), false};
    struct compose c = {.origin = TEXT(FIXTURE_ORIGIN), .log = x->log, .kind = kind, .at = at, .open_by = INSTANT_NONE, .by = &key,
                        .by_count = 1, .sections = &part, .section_count = 1};
    if (seen != NULL) c.has_seen = true, c.seen_size = seen_size, c.seen_root = *seen;
    struct composed said;
    struct fault f = {0};
    fixture_must(compose_statement(&c, fixture_random, &x->arena, &said, &f), &f, "compose");
    return compose_parts(&said, fixture_random, parts);
}

static inline struct step_script *fixture_step(struct fixture *x, instant now) {
    if (x->count == FIXTURE_STEPS) abort();
    struct step_script *s = &x->steps[x->count++];
    *s = (struct step_script){.now = now};
    return s;
}

static inline void fixture_tick(struct fixture *x, instant now) { fixture_step(x, now)->tick = true; }

static inline void fixture_plain(struct fixture *x, const char *id, const char *text, instant now) {
    char room[512];
    struct step_script *s = fixture_step(x, now);
    snprintf(room, sizeof room, "{\"kind\":\"message\",\"id\":\"%s\",\"on\":null,\"prev\":null}", id);
    s->parts[0] = (struct part){.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = fixture_keep(x, room)};
    struct append claims = append_fixed(room, sizeof room - 1);
    struct name party = {"velland"}, key = {"root"};
    decode_claims_render(&party, &key, text_of(id), &claims);
    room[claims.size] = '\0';
    s->parts[1] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = fixture_keep(x, room)};
    snprintf(room, sizeof room, "{\"section\":\"body\",\"to\":[\"operator\"],\"body\":{\"text\":\"%s\"}}", text);
    s->parts[2] = (struct part){.part_class = PART_SECTION, .name = TEXT("body"), .bytes = fixture_keep(x, room)};
    fixture_random(s->parts[2].salt, 32);
    fixture_random(s->parts[0].salt, 32);
    s->count = 3;
}

/* Two aircraft of aramoor's feed. */
static inline void fixture_frame(struct fixture *x, uint64_t number, instant now) {
    struct step_script *s = fixture_step(x, now);
    struct frame_position at[2];
    struct fault f = {0};
    char room[256];
    struct append claims = append_fixed(room, sizeof room - 1);
    struct name party = {"aramoor"}, key = {"root"};
    for (int i = 0; i < 2; i++) {
        at[i] = (struct frame_position){.identity = i == 0 ? TEXT("4b1234") : TEXT("a0ffee"), .callsign = TEXT("ARA1"), .time = now,
                                        .speed_cms = 20000, .track_mdeg = 90000, .climb_cms = 0, .uncertainty_cm = 5000};
        at[i].at.lat = -470000000 + i * 30000000;
        at[i].at.lon = -1260000000 + (int32_t)number * 20000;
    }
    struct body_frame frame = {.feed = {"radar"}, .number = number, .time = now, .positions = at, .count = 2};
    fixture_must(decode_frame_parts(&x->arena, &frame, s->parts, FIXTURE_PARTS - 1, &s->count, &f), &f, "frame");
    decode_claims_render(&party, &key, (struct text){NULL, 0}, &claims);
    room[claims.size] = '\0';
    s->parts[s->count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = fixture_keep(x, room)};
}

static inline void fixture_said(struct fixture *x, int party, enum statement_kind kind, const char *section, const char *to, const char *body, instant now) {
    struct step_script *s = fixture_step(x, now);
    s->count = fixture_say(x, party, kind, section, to, body, now, NULL, 0, s->parts);
}

static inline void fixture_script(struct fixture *x) {
    static const char notice[] =
        "{\"area\":\"SORREL %d\",\"category\":\"missile\",\"volumes\":[{\"circle\":{\"center\":{\"lat\":-47,\"lng\":-126},\"radius_m\":9260},"
        "\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},"
        "\"start\":\"2026-11-20T10:00:00Z\",\"end\":\"2026-11-20T12:00:00Z\"}]}";
    instant now = FIXTURE_START;
    for (int i = 0; i < 7; i++) {
        char body[512], id[33];
        now += 300 * 1000000;
        snprintf(body, sizeof body, "{\"text\":\"message %d\"}", i);
        fixture_said(x, i % 3, KIND_MESSAGE, "body", i % 2 == 0 ? "log" : "velland", body, now);
        now += 1000000;
        snprintf(body, sizeof body, notice, i);
        fixture_said(x, 2 * (i % 2), KIND_NOTICE, i % 3 == 2 ? "parties" : "public", i % 3 == 2 ? "aramoor,velland" : "world", body, now);
        if (i == 1) fixture_said(x, 0, KIND_FEED, "body", "", "{\"feed\":\"radar\",\"readers\":[\"log\"]}", now);
        if (i > 2) fixture_frame(x, (uint64_t)i, now);
        if (i == 2) { /* what was said before: a repeat */
            struct step_script *again = fixture_step(x, now);
            memcpy(again->parts, x->steps[0].parts, sizeof again->parts);
            again->count = x->steps[0].count;
        }
        snprintf(id, sizeof id, "%032d", i + 7);
        if (i % 2 == 0) fixture_plain(x, id, "plain words", now + 5);
        if (i == 3) fixture_said(x, 0, KIND_CLOCK, "body", "", "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":0.05}", now); /* refused: not the operator */
        now += INSTANT_SECOND;
        fixture_tick(x, now);
    }
}

static inline void fixture_make(struct fixture *x) {
    memset(x, 0, sizeof *x);
    fixture_seed = 1;
    arena_growing(&x->arena, 64 * 1024 * 1024);
    fixture_genesis(x);
    fixture_script(x);
}

#endif
