/* A log for tests of the door: three founders whose keys come from fixed seeds, so that scripts can sign for them too.
 *   "aramoor" seed 32 x 0x01, "operator" (the operator) 0x02, "velland" 0x03; log key 0x0a, receipt key 0x0b. */
#ifndef PARLEY_TEST_DOOR_FIXTURE_H
#define PARLEY_TEST_DOOR_FIXTURE_H

#include <assert.h>
#include <stdio.h>

#include "base/note.h"
#include "core/compose.h"
#include "core/state.h"

#define FIXTURE_ORIGIN_EXERCISE "sorrel.example/exercise"
#define FIXTURE_ORIGIN_LIVE "sorrel.example/live"

struct fixture {
    struct arena arena;
    struct text note;
    uint8_t log_secret[64], receipt_secret[64], secret[3][64];
    struct hash public_key[3];
};

static inline void fixture_key(uint8_t seed, uint8_t secret[64], uint8_t public_key[32]) {
    uint8_t bytes[32];
    memset(bytes, seed, sizeof bytes);
    note_key_from_seed(bytes, secret, public_key);
}

static inline void fixture_settings(struct body_settings *s) {
    *s = (struct body_settings){.has_offsets = false};
    int64_t *const members[] = {&s->immediate_ns, &s->warning_ns, &s->caution_ns, &s->hysteresis_ns, &s->lookahead_ns, &s->tube_hold_ns,
                                &s->track_silent_ns, &s->hold_repeat_ns, &s->query_repeat_ns, &s->separation_cm, &s->separation_height_cm,
                                &s->recovery_delay_ns, &s->step_work};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) *members[i] = INT64_MIN;
}

static int64_t fixture_step_work = INT64_MIN; /* as by default */
static uint32_t fixture_managers = 8;         /* of the doors of other systems: each has its share of the tables */
static inline result fixture_make(struct fixture *x, bool live, struct fault *f) {
    static const char *const names[3] = {"aramoor", "operator", "velland"};
    static char key_names[3][32];
    struct founder founders[3];
    struct compose_key keys[3];
    struct body_genesis g = {.origin = text_of(live ? FIXTURE_ORIGIN_LIVE : FIXTURE_ORIGIN_EXERCISE), .live = live, .tick_ns = INSTANT_SECOND, .recovery_quorum = 1};
    g.capacity = (struct capacity){.parties = 8, .keys = 64, .agreements = 16, .areas = 64, .feeds = 16, .notices = 800, .flights = 800,
                                   .volumes = 4000, .vertices = 40000, .tracks = 4000, .alerts = 4000, .pending = 64, .recent = 80000,
                                   .holds = 80, .slots_log2 = 4,
                                   .managers = fixture_managers, .references = 32000, .subscriptions = 8000, .footprints = 64000, .points = 400000};
    fixture_settings(&g.settings);
    g.settings.step_work = fixture_step_work;
    fixture_key(0x0a, x->log_secret, g.log_key.bytes);
    fixture_key(0x0b, x->receipt_secret, g.receipt_key.bytes);
    for (int i = 0; i < 3; i++) {
        fixture_key((uint8_t)(i + 1), x->secret[i], x->public_key[i].bytes);
        founders[i] = (struct founder){.root_key = x->public_key[i], .display = text_of(names[i]), .zone = TEXT("Etc/UTC"), .desks = 1, .operator_ = i == 1};
        memcpy(founders[i].name.at, names[i], strlen(names[i]));
        memcpy(founders[i].desk[0].at, "watch", 5);
        snprintf(key_names[i], sizeof key_names[i], "%s/%s/root", live ? "live" : "exercise", names[i]);
        keys[i] = (struct compose_key){text_of(key_names[i]), x->public_key[i], x->secret[i]};
    }
    g.founders = founders;
    g.founder_count = 3;
    arena_growing(&x->arena, 16 * 1024 * 1024);
    return compose_genesis(&g, keys, 3, &x->arena, &x->note, f);
}

#endif
