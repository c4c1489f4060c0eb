/* For tests of the core: a small log and statements built by hand, without JSON. Everything said is kept, so that the same journal
 * can be told to a second state. Every step is followed by state_check. */
#ifndef PARLEY_TEST_CORE_SAID_H
#define PARLEY_TEST_CORE_SAID_H

#include "core/tables.h" /* before cmocka, whose macro fail() hides the function of base/result.h */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SAID_START INT64_C(1795413600000000000) /* 2026-11-23T06:00:00Z */

struct said {
    struct statement s;
    struct signer signer[LIMIT_SIGNERS]; char key_name[LIMIT_SIGNERS][100];
    struct section section[LIMIT_SECTIONS];
    struct volume volume[8]; struct position at[8][128];
    struct name party[LIMIT_AGREEMENT_PARTIES]; struct category_rule rule[4];
    struct said *next; struct hash after; /* digest when it had been taken */
};
struct world {
    struct arena arena; struct state *st; struct statement genesis; struct section genesis_section; struct founder founder[8];
    struct outcome out; struct effects *fx;
    instant now; uint64_t counter, ticks;
    bool live;
    struct said *first, **last;  /* those that were recorded, in order */
    struct said *all[1 << 16]; uint32_t all_count;
    bool quick;                  /* no state_check after each step */
};

static inline struct name said_name(const char *text) {
    struct name n = {{0}};
    assert(strlen(text) < NAME_ROOM);
    memcpy(n.at, text, strlen(text));
    return n;
}
/* The public key of "party/key" is its hash; "party/key/2" gives another for the same name. */
static inline struct hash said_key(const char *party, const char *key) {
    char text[128];
    int n = snprintf(text, sizeof text, "%s/%s", party, key);
    return sha256_of(text, (size_t)n);
}
static const struct capacity said_capacity = {.parties = 8, .keys = 80, .agreements = 16, .areas = 32, .feeds = 16, .notices = 64, .flights = 64,
    .volumes = 256, .vertices = 16384, .tracks = 64, .alerts = 128, .pending = 32, .recent = 4096, .holds = 32, .slots_log2 = 12};

static int64_t said_step_work = INT64_MIN; /* of the worlds that are opened; INT64_MIN: as by default */
static inline void world_open(struct world *w, const struct capacity *capacity, bool live, const char *const *founders) {
    struct fault f = {0};
    size_t bytes = 0;
    memset(w, 0, sizeof *w);
    w->last = &w->first;
    w->live = live;
    w->now = SAID_START;
    w->genesis = (struct statement){.kind = KIND_GENESIS, .origin = ORIGIN_SIGNED, .open_by = INSTANT_NONE, .section_count = 1, .sections = &w->genesis_section};
    w->genesis.hash = sha256_of("genesis", 7);
    struct body_genesis *g = &w->genesis_section.body.genesis;
    memset(&g->settings, 0, sizeof g->settings);
    int64_t *settings[] = {&g->settings.immediate_ns, &g->settings.warning_ns, &g->settings.caution_ns, &g->settings.hysteresis_ns,
        &g->settings.lookahead_ns, &g->settings.tube_hold_ns, &g->settings.track_silent_ns, &g->settings.hold_repeat_ns, &g->settings.query_repeat_ns,
        &g->settings.separation_cm, &g->settings.separation_height_cm, &g->settings.recovery_delay_ns, &g->settings.step_work};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) *settings[i] = INT64_MIN;
    g->settings.step_work = said_step_work;
    g->origin = live ? TEXT("sorrel.example/live") : TEXT("sorrel.example/exercise");
    g->live = live;
    g->tick_ns = INSTANT_SECOND;
    g->recovery_quorum = 2;
    g->log_key = said_key("log", "log");
    g->receipt_key = said_key("log", "receipt");
    g->capacity = *capacity;
    g->founders = w->founder;
    for (; founders[g->founder_count]; g->founder_count++) {
        struct founder *x = &w->founder[g->founder_count];
        *x = (struct founder){.name = said_name(founders[g->founder_count]), .root_key = said_key(founders[g->founder_count], "root"),
            .display = TEXT("Somebody"), .zone = TEXT("UTC"), .desks = 2, .desk = {said_name("watch"), said_name("supervisor")}};
        x->operator_ = g->founder_count == 0;
    }
    assert_true(result_is_ok(state_memory(capacity, &bytes, &f)));
    assert_true(arena_take(&w->arena, bytes));
    assert_true(result_is_ok(state_new(&w->arena, &w->genesis, &w->st, &f)));
    w->fx = state_effects(w->st);
    state_check(w->st);
}
static const char *const said_founders[] = {"op", "ann", "bob", "cat", NULL};
static inline void world_small(struct world *w) { world_open(w, &said_capacity, false, said_founders); }
static inline void world_close(struct world *w) {
    for (uint32_t i = 0; i < w->all_count; i++) free(w->all[i]);
    state_free(w->st);
    arena_free(&w->arena);
}

/* ---- building ---- */
static inline struct said *say(struct world *w, enum statement_kind kind) {
    struct said *x = calloc(1, sizeof *x);
    assert_non_null(x);
    assert(w->all_count < sizeof w->all / sizeof *w->all);
    w->all[w->all_count++] = x;
    uint64_t n = ++w->counter;
    x->s = (struct statement){.kind = kind, .origin = ORIGIN_SIGNED, .open_by = INSTANT_NONE, .at = w->now, .signers = x->signer, .sections = x->section};
    x->s.hash = sha256_of(&n, sizeof n);
    memcpy(x->s.id.bytes, x->s.hash.bytes, sizeof x->s.id.bytes);
    struct hash drawn = sha256_of(&x->s.hash, sizeof x->s.hash);
    memcpy(x->s.drawn, drawn.bytes, sizeof x->s.drawn);
    for (int i = 0; i < LIMIT_SECTIONS; i++) {
        uint64_t m = n * 16 + (uint64_t)i + (UINT64_C(1) << 40);
        x->s.commit[i] = sha256_of(&m, sizeof m);
    }
    return x;
}
static inline struct signer *say_sign(struct world *w, struct said *x, const char *party, const char *key) {
    uint32_t i = x->s.signer_count++;
    snprintf(x->key_name[i], sizeof x->key_name[i], "%s/%s/%s", w->live ? "live" : "exercise", party, key);
    x->signer[i] = (struct signer){.key_name = text_of(x->key_name[i]), .party = said_name(party), .key = said_name(key),
        .public_key = said_key(party, key), .verified = true};
    return &x->signer[i];
}
static inline void say_attest(struct said *x, const char *party, const char *key) {
    x->s.origin = ORIGIN_ATTESTED;
    x->s.attested = said_name(party);
    if (key) x->s.session_key = said_name(key);
}
static inline struct section *say_section(struct said *x, const char *name) {
    struct section *one = &x->section[x->s.section_count];
    one->name = text_of(name);
    one->slot = (uint8_t)x->s.section_count;
    one->commitment = x->s.commit[x->s.section_count++];
    return one;
}
static inline void say_reader(struct section *one, enum reader_kind kind, const char *name) {
    one->readers[one->reader_count++] = (struct reader){.kind = (uint8_t)kind, .name = said_name(name)};
}
static inline void say_on(struct said *x, const char *party, const struct id *id) {
    x->s.has_on = true;
    x->s.on = (struct entity_ref){said_name(party), *id};
}
static inline void say_prev(struct said *x, const struct hash *prev) {
    x->s.has_prev = true;
    x->s.prev = *prev;
}
/* A square of `size` (1e-7 degree) at lat, lon; 0 to `upper_cm` AMSL; from, to in seconds after w->now. */
static inline struct volume *say_square(struct said *x, uint32_t i, const struct world *w, double lat, double lon, double size, int64_t from, int64_t to) {
    int32_t a = (int32_t)(lat * 1e7), o = (int32_t)(lon * 1e7), d = (int32_t)(size * 1e7);
    struct position corner[4] = {{a, o}, {a, o + d}, {a + d, o + d}, {a + d, o}};
    memcpy(x->at[i], corner, sizeof corner);
    x->volume[i] = (struct volume){.shape = {.kind = SHAPE_POLYGON, .count = 4, .at = x->at[i]}, .lower = {0, ALTITUDE_AMSL},
        .upper = {300000, ALTITUDE_AMSL}, .start = w->now + from * INSTANT_SECOND, .end = w->now + to * INSTANT_SECOND};
    return &x->volume[i];
}

/* ---- stepping ---- */
/* One step, and what must hold of every step: places without gaps, what is not recorded changes nothing. */
static inline void world_step(struct world *w, struct said *original, struct outcome *out) {
    struct said *x = malloc(sizeof *x); /* as it was said: the test may change and say the original again */
    assert_non_null(x);
    memcpy(x, original, sizeof *x);
    x->s.signers = x->signer;
    x->s.sections = x->section;
    x->next = NULL;
    assert(w->all_count < sizeof w->all / sizeof *w->all);
    w->all[w->all_count++] = x;
    x->s.order = state_order(w->st) + 1;
    x->s.time = w->now;
    uint64_t size = 0, order = state_order(w->st);
    struct hash before = w->quick ? (struct hash){{0}} : state_digest(w->st);
    uint64_t sizes[64] = {0};
    for (uint16_t p = 0; p < state_party_count(w->st) && p < 64; p++) sizes[p] = state_stream_size(w->st, p);
    state_step(w->st, &x->s, out, w->fx);
    if (!w->quick) state_check(w->st);
    if (out->verdict == VERDICT_REPEATED || (out->verdict == VERDICT_REFUSED && out->party == PARTY_NONE)) {
        assert_int_equal(state_order(w->st), order);
        assert_int_equal(w->fx->count, 0);
        if (!w->quick) {
            struct hash after = state_digest(w->st);
            assert_memory_equal(&before, &after, sizeof before);
        }
        return;
    }
    assert_int_equal(state_order(w->st), order + 1);
    size = sizes[out->party];
    assert_int_equal(out->place, size);
    sizes[out->party]++;
    for (uint32_t i = 0; i < w->fx->count; i++) { /* places follow each other in each stream; ascending by party */
        const struct effect *e = &w->fx->at[i];
        assert_int_equal(e->place, sizes[e->party]);
        sizes[e->party]++;
        assert_true(i == 0 || w->fx->at[i - 1].party <= e->party);
    }
    for (uint16_t p = 0; p < state_party_count(w->st) && p < 64; p++) assert_int_equal(sizes[p], state_stream_size(w->st, p));
    if (!w->quick) x->after = state_digest(w->st);
    *w->last = x;
    w->last = &x->next;
}
static inline enum verdict world_say(struct world *w, struct said *x) {
    world_step(w, x, &w->out);
    return w->out.verdict;
}
static inline void world_accept(struct world *w, struct said *x) {
    if (world_say(w, x) != VERDICT_ACCEPTED)
        fail_msg("%s: %s %s: %s", statement_kind_name(x->s.kind), verdict_name(w->out.verdict), reason_name(w->out.reason), w->out.detail);
}
static inline void world_refuse(struct world *w, struct said *x, enum reason why) {
    if (world_say(w, x) != VERDICT_REFUSED || w->out.reason != why)
        fail_msg("%s: %s %s: %s; expected %s", statement_kind_name(x->s.kind), verdict_name(w->out.verdict), reason_name(w->out.reason), w->out.detail, reason_name(why));
}
static inline struct said *say_tick(struct world *w) {
    struct said *x = say(w, KIND_TICK);
    x->s.origin = ORIGIN_SERVER;
    x->s.tick = (struct body_tick){.tick = state_tick(w->st) + 1, .error_ns = 1000000};
    return x;
}
static inline struct said *say_continue(struct world *w) {
    struct said *x = say(w, KIND_CONTINUE);
    x->s.origin = ORIGIN_SERVER;
    x->s.onward.number = state_continues(w->st) + 1;
    return x;
}
static inline struct said *say_snapshot(struct world *w) {
    struct said *x = say(w, KIND_SNAPSHOT);
    x->s.origin = ORIGIN_SERVER;
    x->s.snapshot.number = state_snapshots(w->st) + 1;
    return x;
}
static inline struct said *say_snapshot_digest(struct world *w, uint64_t order) {
    struct said *x = say(w, KIND_SNAPSHOT_DIGEST);
    x->s.origin = ORIGIN_SERVER;
    x->s.snapshot_digest.order = order;
    return x;
}
/* Time passes, then one tick. */
static inline void world_pass(struct world *w, int64_t ns) {
    w->now += ns;
    world_accept(w, say_tick(w));
}
static inline uint32_t world_told(const struct world *w, enum told_kind kind, uint16_t party) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->fx->count; i++) n += w->fx->at[i].kind == kind && (party == PARTY_NONE || w->fx->at[i].party == party);
    return n;
}
/* The journal told to a fresh state gives the same digest. */
static inline void world_replay(struct world *w) {
    struct world *again = malloc(sizeof *again);
    struct outcome out;
    struct fault f = {0};
    size_t bytes;
    assert_non_null(again);
    memset(again, 0, sizeof *again);
    assert_true(result_is_ok(state_memory(state_capacity(w->st), &bytes, &f)));
    assert_true(arena_take(&again->arena, bytes));
    assert_true(result_is_ok(state_new(&again->arena, &w->genesis, &again->st, &f)));
    for (struct said *x = w->first; x; x = x->next) {
        state_step(again->st, &x->s, &out, state_effects(again->st));
        struct hash now = w->quick ? x->after : state_digest(again->st);
        if (memcmp(&now, &x->after, sizeof now) != 0) fail_msg("order %u, %s: another digest when told again", (unsigned)x->s.order, statement_kind_name(x->s.kind));
    }
    struct hash a = state_digest(w->st), b = state_digest(again->st);
    assert_memory_equal(&a, &b, sizeof a);
    state_free(again->st);
    arena_free(&again->arena);
    free(again);
}

/* ---- what most tests begin with ---- */
static inline struct said *say_body(struct world *w, enum statement_kind kind, const char *party, const char *key, struct section **body) {
    struct said *x = say(w, kind);
    say_sign(w, x, party, key);
    struct section *one = say_section(x, "body");
    if (body) *body = one;
    return x;
}
static inline void world_key(struct world *w, const char *party, const char *key, bool feeds_only) {
    struct section *b;
    struct said *x = say_body(w, KIND_KEY, party, "root", &b);
    say_sign(w, x, party, key);
    b->body.key = (struct body_key){said_name(party), said_name(key), said_key(party, key), feeds_only};
    world_accept(w, x);
}
static inline struct said *say_party(struct world *w, const char *name) {
    struct section *b;
    struct said *x = say_body(w, KIND_PARTY, "op", "root", &b);
    say_sign(w, x, name, "root");
    b->body.party.party = (struct founder){.name = said_name(name), .root_key = said_key(name, "root"), .display = TEXT("New"), .zone = TEXT("UTC"),
        .desks = 1, .desk = {said_name("watch")}};
    return x;
}
/* An agreement of the named parties, signed by their roots. */
static inline struct said *say_agreement(struct world *w, const char *name, uint32_t version, const char *const *parties, struct body_agreement **body) {
    struct said *x = say(w, KIND_AGREEMENT);
    struct section *one = say_section(x, "body");
    uint32_t n = 0;
    for (; parties[n]; n++) {
        x->party[n] = said_name(parties[n]);
        say_sign(w, x, parties[n], "root");
    }
    x->rule[0] = (struct category_rule){.category = said_name("default"), .lead_ns = INSTANT_HOUR, .binds = 0, .readback_ns = 10 * INSTANT_MINUTE,
        .reaction_cm = 100000, .reaction_height_cm = 30000, .reaction_before_ns = INSTANT_MINUTE, .reaction_after_ns = INSTANT_MINUTE, .tail_ns = INSTANT_MINUTE};
    one->body.agreement = (struct body_agreement){.name = said_name(name), .version = version, .parties = x->party, .party_count = n, .from = w->now,
        .until = INSTANT_NONE, .separation_cm = 926000, .separation_height_cm = 30000, .withdraw_notice_s = 3600, .rules = x->rule, .rule_count = 1};
    if (body) *body = &one->body.agreement;
    return x;
}
static inline struct said *say_text(struct world *w, enum statement_kind kind, const char *party, const char *on_party, const struct id *on) {
    struct said *x = say_body(w, kind, party, "root", NULL);
    if (on) say_on(x, on_party, on);
    if (kind == KIND_AGREEMENT_SUSPEND || kind == KIND_AGREEMENT_LEAVE) x->section[0].body.agreement_date.from = INSTANT_NONE;
    return x;
}

#endif
