/* A change that concerns very many: so many of each party are looked at anew in its step, the rest by and by, each once, in the order in which they came,
 * and a start from a snapshot goes on in the middle. */
#include "day.h"

#include "core/sweep.h"
#include "saved.h"

enum { EACH = 6, CROWD = 20, PARTIES = 4 };
static const int64_t work = EACH * PARTIES * LIMIT_SWEEP_WORK; /* EACH of a party in the step of the change, EACH * PARTIES of one in a continue */

static void open_world(struct world *w) {
    struct capacity c = day_capacity;
    c.flights = c.tracks = 1024;
    c.volumes = 4096;
    said_step_work = work;
    world_open(w, &c, false, said_founders);
    said_step_work = INT64_MIN;
    assert_int_equal(state_party_count(w->st), PARTIES);
}
static void go_through(struct world *w) {
    for (uint32_t n = 0; state_backlog(w->st) > 0; n++) {
        assert_true(n < 1000);
        world_accept(w, say_continue(w));
    }
}
static const char *identity_of(uint32_t i) {
    static char name[100][8];
    snprintf(name[i], sizeof name[i], "c%05x", i);
    return name[i];
}
static void fly_tracks(struct world *w, const char *party, uint32_t from, uint32_t n, uint64_t *number) {
    for (uint32_t i = from; i < from + n; i++) world_accept(w, say_position(w, party, "radar", ++*number, identity_of(i), -60 + (int)i, party[0] == 'a' ? 10 : 100, 100, 90));
    go_through(w);
}
static struct said *say_settings(struct world *w, int64_t lookahead_s) {
    struct section *b;
    struct said *x = say_body(w, KIND_SETTINGS, "op", "root", &b);
    int64_t *all[] = {&b->body.settings.immediate_ns, &b->body.settings.warning_ns, &b->body.settings.caution_ns, &b->body.settings.hysteresis_ns, &b->body.settings.lookahead_ns,
                      &b->body.settings.tube_hold_ns, &b->body.settings.track_silent_ns, &b->body.settings.hold_repeat_ns, &b->body.settings.query_repeat_ns,
                      &b->body.settings.separation_cm, &b->body.settings.separation_height_cm, &b->body.settings.recovery_delay_ns, &b->body.settings.step_work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) *all[i] = INT64_MIN;
    b->body.settings.lookahead_ns = lookahead_s * INSTANT_SECOND;
    return x;
}
static int64_t span_of(int64_t lookahead_s) { return (lookahead_s + 60) * INSTANT_SECOND; } /* and the hold of a tube */
/* How many of the party's paths are as long as that; they are the oldest. */
static uint32_t paths(const struct world *w, const char *party, int64_t lookahead_s) {
    uint32_t n = 0;
    bool more = false;
    for (row r = table_oldest_of(&w->st->tracks, party_of(w, party)); r != ROW_NONE; r = table_newer(&w->st->tracks, r)) {
        bool is = track_at(w->st, r)->anchor.span == span_of(lookahead_s);
        assert_false(is && more);
        more = more || !is;
        n += is;
    }
    return n;
}

static void paths_are_taken_anew_by_and_by(void **unused) {
    (void)unused;
    struct world w;
    uint64_t a = 0, b = 0;
    open_world(&w);
    world_feed(&w, "ann", "radar", FOR_ALL);
    world_feed(&w, "bob", "radar", FOR_ALL);
    fly_tracks(&w, "ann", 0, 2 * CROWD, &a);
    fly_tracks(&w, "bob", 0, EACH + 2, &b);
    world_accept(&w, say_settings(&w, 600));
    assert_true(paths(&w, "ann", 600) == EACH && paths(&w, "bob", 600) == EACH);
    assert_true(state_backlog(w.st) >= 2 && state_backlog_age(w.st) == 0);
    world_accept(&w, say_continue(&w)); /* one party's turn: its own share, however little another left */
    assert_true(paths(&w, "ann", 600) == EACH * (PARTIES + 1) && paths(&w, "bob", 600) == EACH);
    assert_int_equal(state_backlog_age(w.st), 1);
    world_accept(&w, say_continue(&w));
    assert_true(paths(&w, "ann", 600) == EACH * (PARTIES + 1) + (2 * CROWD - EACH * (PARTIES + 1) < EACH * PARTIES ? 2 * CROWD - EACH * (PARTIES + 1) : EACH * PARTIES) && paths(&w, "bob", 600) == EACH + 2);
    go_through(&w);
    assert_true(paths(&w, "ann", 600) == 2 * CROWD && sweeps_running(w.st) == 0);
    world_replay(&w);
    world_close(&w);
}

/* Another change meanwhile: one more round from where it is, to its end. */
static void a_round_from_where_it_is(void **unused) {
    (void)unused;
    struct world w;
    uint64_t a = 0;
    open_world(&w);
    world_feed(&w, "ann", "radar", FOR_ALL);
    fly_tracks(&w, "ann", 0, CROWD, &a);
    world_accept(&w, say_settings(&w, 600));
    world_accept(&w, say_settings(&w, 700));
    assert_true(paths(&w, "ann", 600) == EACH);
    uint32_t now = 0, first = 0, last = 0, i = 0;
    for (row r = table_oldest_of(&w.st->tracks, party_of(&w, "ann")); r != ROW_NONE; r = table_newer(&w.st->tracks, r), i++) {
        if (track_at(w.st, r)->anchor.span != span_of(700)) continue;
        if (now++ == 0) first = i;
        last = i;
    }
    assert_true(now == EACH && first == EACH && last == 2 * EACH - 1);
    go_through(&w);
    assert_int_equal(paths(&w, "ann", 700), CROWD);
    world_replay(&w);
    world_close(&w);
}

/* What goes from under the cursor, and what comes while it runs. */
static void rows_go_and_come(void **unused) {
    (void)unused;
    struct world w;
    open_world(&w);
    struct said *f[CROWD], *agreement;
    const char *const parties[] = {"ann", "bob", NULL};
    world_accept(&w, agreement = say_agreement(&w, "sorrel", 1, parties, NULL));
    for (uint32_t i = 0; i < CROWD; i++) {
        world_accept(&w, f[i] = say_flight(&w, "ann", "", -60 + (int)i, -126, 0.1, 60, 600));
        go_through(&w);
    }
    world_accept(&w, say_text(&w, KIND_FLIGHT_CANCEL, "ann", "ann", &f[EACH]->s.id));
    world_accept(&w, say_text(&w, KIND_FLIGHT_CANCEL, "ann", "ann", &f[CROWD - 1]->s.id));
    world_pass(&w, INSTANT_DAY - INSTANT_SECOND);
    go_through(&w);
    world_accept(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "ann", "ann", &agreement->s.id));
    const struct sweep *x = sweep_at(&w.st->watch->sweep, SWEEP_FLIGHTS, party_of(&w, "ann"));
    assert_true(x->runs && x->next == flight_find(w.st, party_of(&w, "ann"), &f[EACH]->s.id));
    world_accept(&w, say_flight(&w, "ann", "", 60, -126, 0.1, 60, 600)); /* comes: not of this round */
    uint64_t until = x->until;
    world_pass(&w, 2 * INSTANT_SECOND); /* two rows go; the one that is next is among them */
    assert_int_equal(flight_find(w.st, party_of(&w, "ann"), &f[EACH]->s.id), ROW_NONE);
    assert_true(x->runs && x->until == until && x->next == flight_find(w.st, party_of(&w, "ann"), &f[EACH + 1]->s.id));
    state_check(w.st);
    go_through(&w);
    assert_int_equal(sweeps_running(w.st), 0);
    world_replay(&w);
    world_close(&w);
}

/* Of other feeds nothing is looked at; what was withheld is told when the tracks of both are shown; and a party whose tracks are elsewhere waits for nobody. */
static void a_feed_is_opened(void **unused) {
    (void)unused;
    struct world w;
    uint64_t a = 0;
    open_world(&w);
    world_feed(&w, "ann", "radar", "");
    world_feed(&w, "ann", "other", "");
    fly_tracks(&w, "ann", 0, CROWD, &a);
    world_accept(&w, say_position(&w, "ann", "other", 1, "aaaaaa", 20, 20, 100, 90));
    world_accept(&w, say_notice(&w, "bob", FOR_ALL, -60 + CROWD - 1, 10, 0.5, 0, 7200));
    go_through(&w);
    uint32_t before = live_alerts(&w, "ann");
    assert_true(before > 0);
    world_feed(&w, "ann", "radar", "bob");
    row f = feed_find(w.st, party_of(&w, "ann"), &(struct name){"radar"}), other = feed_find(w.st, party_of(&w, "ann"), &(struct name){"other"});
    assert_true(feed_at(w.st, f)->sweep == (SWEEP_CONFLICTS | SWEEP_READERS) && feed_at(w.st, other)->sweep == 0);
    assert_int_equal(sweep_at(&w.st->watch->sweep, SWEEP_TRACKS, party_of(&w, "ann"))->at, track_at(w.st, track_find(w.st, f, text_of(identity_of(EACH - 1))))->serial);
    go_through(&w);
    assert_true(feed_at(w.st, f)->sweep == 0 && live_alerts(&w, "ann") == before);
    world_replay(&w);
    world_close(&w);
}

/* Byte for byte what bob is told, and with which of the statements, is the same with and without a crowd of ann's that he may not know of. */
static void a_hidden_crowd_delays_nobody(void **unused) {
    (void)unused;
    char first[LIMIT_EFFECT_BYTES];
    size_t size = 0;
    for (int hidden = 0; hidden < 2; hidden++) {
        struct world w;
        uint64_t a = 0, b = 0;
        open_world(&w);
        world_feed(&w, "ann", "radar", "");
        world_feed(&w, "bob", "radar", "");
        if (hidden) fly_tracks(&w, "ann", 0, 2 * CROWD, &a);
        /* Two of bob's that come near each other only beyond what is looked ahead. */
        world_accept(&w, say_position(&w, "bob", "radar", ++b, "b00001", 0, 0, 200, 90));
        world_accept(&w, say_position(&w, "bob", "radar", ++b, "b00002", 0, 1.7, 200, 270));
        go_through(&w);
        assert_int_equal(live_alerts(&w, "bob"), 0);
        world_accept(&w, say_settings(&w, 1200));
        const struct effect *e = told(&w, TOLD_ALERT, "bob", 0);
        assert_non_null(e);
        if (!hidden) memcpy(first, e->json.at, size = e->json.size);
        else assert_true(e->json.size == size && memcmp(first, e->json.at, size) == 0 && state_backlog(w.st) > 0);
        world_close(&w);
    }
}

/* In the middle of it: the same bytes, the same digest, and the same for ever after. */
static void a_start_goes_on(void **unused) {
    (void)unused;
    struct world w;
    uint64_t a = 0;
    struct append bytes = append_growing(16 << 20), again = append_growing(16 << 20);
    struct arena memory;
    struct state *loaded;
    struct fault f = {0};
    open_world(&w);
    const char *const parties[] = {"ann", "bob", NULL};
    world_accept(&w, say_agreement(&w, "sorrel", 1, parties, NULL));
    world_feed(&w, "ann", "radar", FOR_ALL);
    fly_tracks(&w, "ann", 0, 3 * CROWD, &a);
    for (uint32_t i = 0; i < 3 * CROWD; i++) world_accept(&w, say_flight(&w, "bob", "", -60 + (int)i, -126, 0.1, 600, 7200)), go_through(&w);
    world_accept(&w, say_settings(&w, 600));
    world_accept(&w, say_continue(&w));
    world_feed(&w, "ann", "radar", "bob");
    assert_true(sweeps_running(w.st) == 3);
    if (!result_is_ok(kept_save(w.st, &bytes, &f))) fail_msg("%s: %s", f.field, f.message);
    if (!result_is_ok(kept_load(&bytes, 1000, &w.genesis, &memory, &loaded, &f))) fail_msg("%s: %s", f.field, f.message);
    state_check(loaded);
    assert_true(result_is_ok(kept_save(loaded, &again, &f)) && again.size == bytes.size && memcmp(again.at, bytes.at, bytes.size) == 0);
    for (uint32_t n = 0; state_backlog(w.st) > 0; n++) {
        struct outcome out;
        struct said *x = say_continue(&w);
        world_accept(&w, x);
        struct statement copy = x->s;
        copy.order = state_order(loaded) + 1;
        copy.time = w.now;
        state_step(loaded, &copy, &out, state_effects(loaded));
        struct hash one = state_digest(w.st), two = state_digest(loaded);
        assert_true(out.left == w.out.left && hash_equal(&one, &two));
    }
    assert_int_equal(paths(&w, "ann", 600), 3 * CROWD);
    state_free(loaded);
    arena_free(&memory);
    append_free(&bytes);
    append_free(&again);
    world_close(&w);
}

/* What no state can have led to is not started from. */
static void refused(struct world *w, const char *why) {
    struct append bytes = append_growing(16 << 20);
    struct arena memory;
    struct state *none;
    struct fault f = {0};
    assert_true(result_is_ok(kept_save(w->st, &bytes, &f)));
    assert_int_equal(kept_load(&bytes, 0, &w->genesis, &memory, &none, &f).code, RESULT_ROT);
    if (strstr(f.message, why) == NULL) fail_msg("'%s'; must say '%s'", f.message, why);
    arena_free(&memory);
    append_free(&bytes);
}
static void no_such_state(void **unused) {
    (void)unused;
    struct world w;
    uint64_t a = 0;
    open_world(&w);
    world_feed(&w, "ann", "radar", FOR_ALL);
    fly_tracks(&w, "ann", 0, CROWD, &a);
    world_feed(&w, "ann", "radar", "bob");
    uint16_t ann = party_of(&w, "ann");
    struct sweep *x = sweep_at(&w.st->watch->sweep, SWEEP_TRACKS, ann), good = *x;
    x->until = w.st->serial + 1;
    refused(&w, "stands where none can");
    *x = good;
    x->from = x->until + 1;
    refused(&w, "stands where none can");
    *x = good;
    x->at = x->until + 1;
    refused(&w, "stands where none can");
    *x = good;
    x->since = w.st->order + 1;
    refused(&w, "stands where none can");
    *x = good;
    x->around = true;
    refused(&w, "stands where none can");
    *x = good;
    w.st->watch->sweep.turn[SWEEP_PATHS] = (uint16_t)(day_capacity.parties + 1);
    refused(&w, "a sweep is at party");
    w.st->watch->sweep.turn[SWEEP_PATHS] = 0;
    x->runs = false;
    refused(&w, "nothing does");
    *x = good;
    go_through(&w);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_are_taken_anew_by_and_by), cmocka_unit_test(a_round_from_where_it_is), cmocka_unit_test(rows_go_and_come),
        cmocka_unit_test(a_feed_is_opened), cmocka_unit_test(a_hidden_crowd_delays_nobody), cmocka_unit_test(a_start_goes_on), cmocka_unit_test(no_such_state)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sweeps", tests, NULL, NULL);
}
