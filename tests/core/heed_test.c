/* What is wrong with tracks and feeds is flagged, watched all the same, and told to whom it concerns: once when it begins, once when it ends. */
#include "watched.h"

#include "core/heed.h"
#include "saved.h"

#define LAT (-47.0)
#define LON (-126.0)

static struct track_row *track_named(const struct world *w, const char *party, const char *feed, const char *identity) {
    struct name n = said_name(feed);
    row r = track_find(w->st, feed_find(w->st, party_of(w, party), &n), text_of(identity));
    return r == ROW_NONE ? NULL : track_at(w->st, r);
}
static uint64_t number;
/* cat's radar sees c81234. */
static void report(struct world *w, double lat, double lon, double speed, double track) {
    world_accept(w, say_position(w, "cat", "radar", ++number, "c81234", lat, lon, speed, track));
}
static uint32_t told_of(const struct world *w, enum told_kind kind, const char *party) { return world_told(w, kind, party_of(w, party)); }
/* Rows of the list of tracks that this party is shown, and how often a word stands in it. */
static uint32_t shown(const struct world *w, const char *party, const char *word) {
    char room[16384];
    struct append out = append_fixed(room, sizeof room - 1);
    uint32_t n = 0;
    struct fault f = {0};
    assert_true(result_is_ok(view_render(w->st, party_of(w, party), VIEW_TRACKS, NULL, &out, &f)));
    room[out.size] = '\0';
    for (const char *at = room; (at = strstr(at, word)); at++) n++;
    return n;
}
/* The state comes back from its bytes as it was. */
static void world_kept(struct world *w) {
    struct append to = append_growing(64 << 20);
    struct arena a;
    struct state *again;
    struct fault f = {0};
    assert_true(result_is_ok(kept_save(w->st, &to, &f)));
    if (!result_is_ok(kept_load(&to, 777, &w->genesis, &a, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    struct hash x = state_digest(w->st), y = state_digest(again);
    assert_memory_equal(&x, &y, sizeof x);
    state_check(again);
    arena_free(&a);
    append_free(&to);
}
static void world_over(struct world *w) {
    world_replay(w);
    world_close(w);
}

/* ---- silence ---- */
static void a_silence_is_told_to_who_relies_on_the_track(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    struct said *area = say_body(&w, KIND_AREA, "bob", "root", &b); /* bob looks after what flies there */
    say_square(area, 0, &w, LAT - 2, LON - 2, 4, -3600, 100000);
    area->volume[0].upper.cm = ALTITUDE_UNLIMITED;
    say_on(area, "bob", &area->s.id);
    say_to(b, FOR_ALL);
    b->body.area = (struct body_area){.name = TEXT("BOB OCEANIC"), .volumes = &area->volume[0], .volume_count = 1};
    world_accept(&w, area);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    report(&w, LAT - 0.2, LON + 0.5, 100, 0);
    world_accept(&w, say_position(&w, "cat", "radar", ++number, "abcdef", LAT - 1.5, LON - 1.5, 10, 180)); /* of this one nobody has an alert */
    assert_int_equal(live_alerts(&w, "bob"), 1);
    world_pass(&w, 31 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_SILENT, "bob", 0), "\"identity\":\"c81234\"},\"silent\":true,\"last\":"));
    assert_true(says(told(&w, TOLD_SILENT, "bob", 1), "\"what\":\"feed\""));
    assert_int_equal(told_of(&w, TOLD_SILENT, "bob"), 2);
    assert_int_equal(told_of(&w, TOLD_SILENT, "cat"), 1); /* of the feed */
    assert_int_equal(told_of(&w, TOLD_SILENT, "ann"), 1);
    world_pass(&w, 31 * INSTANT_SECOND);
    assert_int_equal(told_of(&w, TOLD_SILENT, "bob"), 0);
    report(&w, LAT - 0.15, LON + 0.5, 100, 0);
    assert_true(says(told(&w, TOLD_SILENT, "bob", 0), "\"what\":\"feed\""));
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_SILENT, "bob", 0), "\"identity\":\"c81234\"},\"silent\":false,"));
    world_pass(&w, 31 * INSTANT_SECOND);
    world_pass(&w, 270 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_SILENT, "bob", 0), "\"silent\":true,\"forgotten\":true,"));
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    assert_int_equal(w.st->tracks.used, 0);
    world_over(&w);
}
/* A flight that is joined to another's track: its party is told, and the feed's party only of what it may read. */
static void a_silence_names_a_flight_to_its_readers_alone(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    world_feed(&w, "cat", "radar", "bob");
    report(&w, LAT, LON, 100, 0);
    struct said *f = say_flight(&w, "bob", "", 10, 10, 1, 0, 7200);
    world_accept(&w, f);
    struct said *join = say_body(&w, KIND_JOIN, "bob", "root", &b);
    b->body.join = (struct body_join){.flight = {said_name("bob"), f->s.id}, .track = {said_name("cat"), said_name("radar"), TEXT("c81234")}};
    say_sign(&w, join, "cat", "root");
    world_accept(&w, join);
    world_feed(&w, "cat", "radar", ""); /* bob may not read the feed any more, and relies on its aircraft's track */
    world_pass(&w, 31 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_SILENT, "bob", 0), "\"flight\":\"bob/"));
    assert_int_equal(told_of(&w, TOLD_SILENT, "bob"), 1);
    assert_int_equal(told_of(&w, TOLD_SILENT, "cat"), 1);
    assert_true(says(told(&w, TOLD_SILENT, "cat", 0), "\"what\":\"feed\""));
    world_over(&w);
}

/* ---- two feeds of one aircraft ---- */
static void rival(struct world *w, double lat, double lon, double speed, double track) {
    world_accept(w, say_position(w, "bob", "mlat", ++number, "c81234", lat, lon, speed, track));
}
/* The next tick at which it is told that feeds agree again: until then none of that is. */
static void agreed(struct world *w) {
    for (world_pass(w, INSTANT_SECOND / 10); state_tick(w->st) % 60 != 0; world_pass(w, INSTANT_SECOND / 10)) assert_int_equal(world_told(w, TOLD_DISAGREE, PARTY_NONE), 0);
}
static void feeds_that_disagree(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat"); /* bob and cat read both, ann one of them */
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    report(&w, LAT - 0.2, LON + 0.5, 100, 0);
    rival(&w, LAT - 0.2, LON + 0.505, 100, 0); /* 380 m beside it: they agree */
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 0);
    assert_int_equal(shown(&w, "cat", "\"disagree\""), 0);
    w.now += 9 * INSTANT_SECOND;
    rival(&w, LAT - 0.191, LON + 0.52, 100, 0); /* 1.5 km: with a hundred metres each, and the tubes' width, they may be 700 m apart */
    report(&w, LAT - 0.191, LON + 0.5, 100, 0);
    assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 0);
    assert_int_equal(shown(&w, "cat", "\"disagree\""), 2); /* both are flagged, at once */
    assert_int_equal(shown(&w, "bob", "\"disagree\""), 2);
    assert_int_equal(shown(&w, "ann", "\"disagree\""), 0);
    world_kept(&w);
    world_pass(&w, INSTANT_SECOND);
    for (int i = 0; i < 2; i++) {
        const struct effect *e = told(&w, TOLD_DISAGREE, i ? "cat" : "bob", 0);
        assert_true(says(e, "\"identity\":\"c81234\",\"disagree\":true,\"by\":\"place\",\"distance_m\":15") && says(e, "\"allowed_m\":700,\"height_m\":0,\"height_allowed_m\":200,\"tracks\":[{\"party\":\"cat\",\"feed\":\"radar\",\"time\":"));
    }
    assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 2);
    assert_int_equal(live_alerts(&w, "cat") + live_alerts(&w, "bob"), 2); /* both places are watched */
    for (int i = 1; i <= 10; i++) { /* between half of that and all of it: neither begins nor ends */
        w.now += 5 * INSTANT_SECOND;
        rival(&w, LAT - 0.191 + i * 0.0045, LON + 0.5 + (i % 2 ? 0.006 : 0.02), 100, 0);
        report(&w, LAT - 0.191 + i * 0.0045, LON + 0.5, 100, 0);
        world_pass(&w, INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 0);
        assert_int_equal(shown(&w, "cat", "\"disagree\""), 2); /* nor is that they agree kept for a later tick */
    }
    w.now += 5 * INSTANT_SECOND;
    rival(&w, LAT - 0.14, LON + 0.501, 100, 0);
    report(&w, LAT - 0.14, LON + 0.5, 100, 0);
    assert_int_equal(shown(&w, "cat", "\"disagree\""), 0);
    agreed(&w);
    assert_true(says(told(&w, TOLD_DISAGREE, "cat", 0), "\"disagree\":false,\"why\":\"agree\",\"distance_m\":7"));
    assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 2);
    w.now += 5 * INSTANT_SECOND;
    rival(&w, LAT - 0.14, LON + 0.6, 100, 0);
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_DISAGREE, "cat", 0), "\"disagree\":true"));
    w.now += 25 * INSTANT_SECOND;
    rival(&w, LAT - 0.135, LON + 0.6, 100, 0);
    world_pass(&w, 10 * INSTANT_SECOND); /* radar is not heard any more: with what should it be compared? */
    assert_true(says(told(&w, TOLD_DISAGREE, "bob", 0), "\"disagree\":false,\"why\":\"silent\",\"tracks\":"));
    world_kept(&w);
    world_over(&w);
}
/* A feed that leaps to and fro each second, where no leap is farther than anything flies: of each minute its beginning and its end are told, not sixty. */
/* A report of one of the two at this height (metres) and climb (m/s; -1000: unknown). */
static void high(struct world *w, bool radar, double metres, uint8_t reference, double climb) {
    struct said *x = say_position(w, radar ? "cat" : "bob", radar ? "radar" : "mlat", ++number, "c81234", LAT, LON, 0, -1);
    struct frame_position *p = (struct frame_position *)(uintptr_t)x->s.frame.positions;
    p->altitude = (struct altitude){(int32_t)(metres * 100), reference};
    p->has_altitude = metres > -1000;
    p->climb_cms = climb < -999 ? INT32_MIN : (int32_t)(climb * 100);
    world_accept(w, x);
}
static const struct effect *differs(struct world *w, double radar, double mlat, uint8_t reference, double climb, int64_t seconds) {
    w->now += INSTANT_SECOND;
    high(w, true, radar, ALTITUDE_AMSL, climb);
    w->now += seconds * INSTANT_SECOND;
    high(w, false, mlat, reference, climb);
    world_pass(w, INSTANT_SECOND / 10);
    world_kept(w);
    return told(w, TOLD_DISAGREE, "cat", 0);
}
static void feeds_that_disagree_in_height_alone(void **unused) {
    (void)unused;
    struct world w;
    const struct effect *e;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat");
    assert_null(differs(&w, 1000, 1195, ALTITUDE_AMSL, -1000, 0)); /* each may be wrong by 100 m */
    e = differs(&w, 1000, 1914.4, ALTITUDE_AMSL, -1000, 0);
    assert_true(says(e, "\"disagree\":true,\"by\":\"height\",\"distance_m\":0,\"allowed_m\":700,\"height_m\":914.4,\"height_allowed_m\":200,\"tracks\":["));
    assert_int_equal(shown(&w, "cat", "\"disagree\""), 2);
    assert_int_equal(told_of(&w, TOLD_DISAGREE, "ann"), 0);
    assert_null(differs(&w, 1000, 1150, ALTITUDE_AMSL, -1000, 0)); /* neither begins nor ends */
    assert_int_equal(shown(&w, "bob", "\"disagree\""), 2);
    assert_null(differs(&w, 1000, 1090, ALTITUDE_AMSL, -1000, 0)); /* ends, and that is told with a tick of sixty */
    assert_int_equal(shown(&w, "bob", "\"disagree\""), 0);
    for (int i = 0; state_tick(w.st) % 60 != 0; i++) {
        if (i % 10 == 0) assert_null(differs(&w, 1000, 1090, ALTITUDE_AMSL, -1000, 0));
        else world_pass(&w, INSTANT_SECOND / 10);
    }
    assert_true(says(told(&w, TOLD_DISAGREE, "cat", 0), "\"disagree\":false,\"why\":\"agree\",\"distance_m\":0,\"allowed_m\":700,\"height_m\":90,"));
    assert_non_null(differs(&w, 1000, 1300, ALTITUDE_AMSL, -1000, 0));
    assert_null(differs(&w, 1000, -5000, ALTITUDE_AMSL, -1000, 0)); /* one states none: there is nothing to compare */
    assert_int_equal(shown(&w, "cat", "\"disagree\""), 0);
    world_over(&w);
}
/* The first two reports of an identity. */
static void heights_apart(double radar, double mlat, uint8_t reference, double climb, int64_t seconds, const char *words) {
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat");
    const struct effect *e = differs(&w, radar, mlat, reference, climb, seconds);
    assert_true(words ? e && says(e, words) : !e);
    world_over(&w);
}
static void heights_are_compared_as_of_one_time(void **unused) {
    (void)unused;
    heights_apart(1000, 1790, ALTITUDE_FL, -1000, 0, NULL); /* pressure may be off by 600 m */
    heights_apart(1000, 1810, ALTITUDE_FL, -1000, 0, "\"by\":\"height\"");
    heights_apart(1000, 1480, ALTITUDE_AMSL, -1000, 10, NULL); /* of a climb that nobody stated 30 m/s: 500 m in ten seconds */
    heights_apart(1000, 1520, ALTITUDE_AMSL, -1000, 10, "\"height_m\":520,\"height_allowed_m\":500,");
    heights_apart(1000, 1440, ALTITUDE_AMSL, 10, 10, NULL); /* with a climb of 10 m/s it is expected at 1,100 m, and may be 350 m off */
    heights_apart(1000, 1460, ALTITUDE_AMSL, 10, 10, "\"height_m\":360,\"height_allowed_m\":350,");
    heights_apart(1000, 740, ALTITUDE_AMSL, 10, 10, "\"height_m\":360,\"height_allowed_m\":350,");
    heights_apart(1000, -5000, ALTITUDE_AMSL, -1000, 0, NULL);
}
/* Whoever reports an identity on feed after feed uses up what he himself is compared with, and nothing of what others are. */
static void a_rival_uses_up_his_own_places(void **unused) {
    (void)unused;
    struct world w;
    char feed[8];
    struct capacity c = said_capacity;
    c.feeds = 8 * c.parties;
    world_open(&w, &c, false, said_founders);
    w.now += INSTANT_SECOND;
    for (int i = 0; i < RIVAL_OF_PARTY + 2; i++) {
        snprintf(feed, sizeof feed, "false%d", i);
        world_feed(&w, "ann", feed, "");
        world_accept(&w, say_position(&w, "ann", feed, ++number, "c81234", LAT + i, LON, 100, 0));
        assert_int_equal(track_named(&w, "ann", feed, "c81234")->slot, i < RIVAL_OF_PARTY ? i : RIVAL_SLOTS);
    }
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat");
    report(&w, LAT, LON, 100, 0);
    rival(&w, LAT + 0.1, LON, 100, 0);
    world_pass(&w, INSTANT_SECOND / 10);
    assert_true(says(told(&w, TOLD_DISAGREE, "cat", 0), "\"disagree\":true,\"by\":\"place\""));
    assert_int_equal(told_of(&w, TOLD_DISAGREE, "bob"), 1);
    assert_true(track_named(&w, "ann", "false0", "c81234")->rivals != 0 && track_named(&w, "ann", feed, "c81234")->rivals == 0);
    world_over(&w);
}
static void a_feed_that_flaps(void **unused) {
    (void)unused;
    struct world w;
    uint32_t begun = 0, ended = 0;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "log");
    for (int i = 0; i < 240; i++) {
        report(&w, LAT, LON, 0, 0);
        rival(&w, LAT, LON + (i % 60 > 55 || i % 2 ? 0 : 0.0105), 0, 0);
        world_pass(&w, INSTANT_SECOND);
        for (uint32_t k = 0; k < told_of(&w, TOLD_DISAGREE, "ann"); k++) says(told(&w, TOLD_DISAGREE, "ann", k), "\"disagree\":true") ? begun++ : ended++;
        if (i == 100) world_kept(&w);
    }
    assert_int_equal(begun, 4);
    assert_int_equal(ended, 4);
    assert_true(track_named(&w, "bob", "mlat", "c81234")->jumps == 0);
    world_over(&w);
}
/* What is told of three feeds stands in the same order whether there was a fourth or not, which nobody may know of: it has taken the first place of the identity
 * for a while, and disagrees with all of them. */
static void a_hidden_feed_between(int64_t apart) {
    static char said[2][3][512];
    for (int hidden = 0; hidden < 2; hidden++) {
        struct world w;
        world_small(&w);
        world_feed(&w, "op", "own", "");
        world_feed(&w, "cat", "radar", "log");
        world_feed(&w, "bob", "mlat", "log");
        world_feed(&w, "ann", "mlat", "log");
        if (hidden) world_accept(&w, say_position(&w, "op", "own", ++number, "c81234", LAT, LON, 0, 0));
        for (int i = 0; i < 34; i++) {
            report(&w, LAT, LON, 0, 0);
            rival(&w, LAT, LON, 0, 0);
            world_pass(&w, 10 * INSTANT_SECOND); /* after five and a half minutes the hidden one is forgotten */
        }
        w.now += INSTANT_SECOND / 10;
        if (hidden && apart) world_accept(&w, say_position(&w, "op", "own", ++number, "c81234", LAT + 1, LON, 0, 0)); /* else ann's has its place now */
        report(&w, LAT, LON, 0, 0);
        w.now += apart;
        world_accept(&w, say_position(&w, "ann", "mlat", ++number, "c81234", LAT, LON + 0.1, 0, 0));
        w.now += apart;
        rival(&w, LAT, LON + 0.05, 0, 0);
        world_pass(&w, INSTANT_SECOND);
        assert_int_equal(told_of(&w, TOLD_DISAGREE, "cat"), 3);
        for (uint32_t k = 0; k < 3; k++) {
            const struct text *json = &told(&w, TOLD_DISAGREE, "cat", k)->json;
            snprintf(said[hidden][k], sizeof said[hidden][k], "%.*s", (int)json->size, json->at);
        }
        world_over(&w);
    }
    for (int k = 0; k < 3; k++) assert_string_equal(said[0][k], said[1][k]);
}
static void a_hidden_feed_moves_nothing(void **unused) {
    (void)unused;
    a_hidden_feed_between(0);
    a_hidden_feed_between(INSTANT_SECOND / 10);
}
/* Where it was is taken forward along its course: a slow feed and a fast one agree. */
static void a_slow_feed_agrees(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat");
    for (int t = 0; t < 120; t += 5) {
        rival(&w, LAT + t * 250 / 111200.0, LON, 250, 0);
        if (t % 20 == 0) report(&w, LAT + t * 250 / 111200.0, LON, 250, 0);
        w.now += 4 * INSTANT_SECOND;
        world_pass(&w, INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 0);
        assert_true(t == 0 || track_named(&w, "cat", "radar", "c81234")->rivals == 0);
    }
    rival(&w, LAT + 120 * 250 / 111200.0, LON, -1, -1);
    report(&w, LAT + 120 * 250 / 111200.0, LON + 0.02, -1, -1); /* nothing is known of either's speed: as far as it may have flown, not at all at one moment */
    assert_true(track_named(&w, "cat", "radar", "c81234")->rivals != 0);
    world_over(&w);
}

/* ---- two aircraft of one identity ---- */
static void a_single_jump_stays_one(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    for (int i = 0; i < 40; i++) {
        bool wrong = i == 5 || i == 20 || i == 35; /* every quarter of a minute, another place each time */
        report(&w, LAT + 0.001 * i + (wrong ? i : 0), LON, 100, 0);
        world_pass(&w, INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_TWIN, PARTY_NONE), 0);
    }
    assert_true(w.st->tracks.used == 1 && track_named(&w, "cat", "radar", "c81234")->jumps == 6);
    world_over(&w);
}
static void two_aircraft_under_one_identity(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "bob");
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT + 10, LON, 1, 0, 7200));
    for (int i = 0; i < 40; i++) { /* one is bound for each of the two */
        report(&w, LAT - 0.2 + 0.001 * i + (i % 2 ? 10 : 0), LON + 0.5, 100, 0);
        if (i < 3) assert_true(w.st->tracks.used == 1);
        if (i >= 3) assert_true(w.st->tracks.used == 2);
        world_pass(&w, INSTANT_SECOND);
        if (i != 3) assert_int_equal(world_told(&w, TOLD_TWIN, PARTY_NONE), 0);
        if (i != 3) continue;
        assert_true(says(told(&w, TOLD_TWIN, "cat", 0), "\"party\":\"cat\",\"feed\":\"radar\",\"identity\":\"c81234\",\"twin\":true,\"distance_m\":11"));
        assert_true(told_of(&w, TOLD_TWIN, "cat") == 1 && told_of(&w, TOLD_TWIN, "bob") == 1 && told_of(&w, TOLD_TWIN, "ann") == 0);
        world_kept(&w);
    }
    assert_int_equal(track_named(&w, "cat", "radar", "c81234")->jumps, 3);
    assert_int_equal(live_alerts(&w, "cat"), 2); /* both places are watched */
    assert_int_equal(shown(&w, "bob", "\"twin\""), 2);
    assert_int_equal(shown(&w, "bob", "\"second\":true"), 1);
    for (int i = 0; i < 70; i++) { /* one of the two goes, the first */
        w.now += 4 * INSTANT_SECOND;
        report(&w, LAT + 9.84 + 0.004 * i, LON + 0.5, 100, 0);
        world_pass(&w, INSTANT_SECOND);
        if (w.st->tracks.used == 1) break;
        assert_int_equal(world_told(&w, TOLD_TWIN, PARTY_NONE), 0);
    }
    assert_int_equal(w.st->tracks.used, 1);
    assert_true(says(told(&w, TOLD_TWIN, "cat", 0), "\"twin\":false,\"tracks\":[{\"time\":"));
    assert_int_equal(world_told(&w, TOLD_TWIN, PARTY_NONE), 2);
    assert_true(track_named(&w, "cat", "radar", "c81234")->twin == TWIN_NONE);
    world_kept(&w);
    world_over(&w);
}
/* Two that use one identity are two: that they meet is told. A third place is a jump of the nearer one. Feeds are not compared with them. */
static void twins_are_two(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat");
    rival(&w, LAT, LON, 100, 90);
    for (int i = 0; i < 3; i++) {
        report(&w, LAT, LON + (i % 2 ? 0.4 : 0), 100, i % 2 ? 270 : 90);
        world_pass(&w, INSTANT_SECOND);
    }
    report(&w, LAT, LON + 0.4, 100, 270);
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_TWIN, "cat", 0), "\"twin\":true"));
    assert_true(live_alerts(&w, "cat") > 0); /* 30 km, head on */
    report(&w, LAT, LON + 1.4, 100, 270);
    assert_int_equal(w.st->tracks.used, 3);
    for (int i = 0; i < 5; i++) {
        rival(&w, LAT, LON + 5, 100, 90);
        world_pass(&w, INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_DISAGREE, PARTY_NONE), 0);
    }
    world_over(&w);
}
/* A disagreement ends when the identity turns out to be used twice. */
static void a_twin_is_compared_no_more(void **unused) {
    (void)unused;
    struct world w;
    uint32_t begun = 0, ended = 0;
    world_small(&w);
    world_feed(&w, "cat", "radar", "log");
    world_feed(&w, "bob", "mlat", "cat");
    for (int i = 0; i < 8; i++) {
        rival(&w, LAT, LON, 0, 0);
        report(&w, LAT + (i % 2 ? 0 : 1), LON, 0, 0);
        world_pass(&w, INSTANT_SECOND);
        for (uint32_t k = 0; k < told_of(&w, TOLD_DISAGREE, "cat"); k++) says(told(&w, TOLD_DISAGREE, "cat", k), "\"disagree\":true") ? begun++ : ended++;
    }
    assert_true(begun > 0 && begun == ended);
    assert_int_equal(track_named(&w, "bob", "mlat", "c81234")->rivals, 0);
    world_over(&w);
}

/* ---- reports that open no track ---- */
static void what_opens_no_track_is_told(void **unused) {
    (void)unused;
    static const char *const names[] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"};
    struct world w;
    uint64_t n = 0;
    world_small(&w); /* 64 tracks: 8 each */
    world_feed(&w, "cat", "radar", "log");
    for (int i = 0; i < 8; i++) world_accept(&w, say_position(&w, "cat", "radar", ++n, names[i], LAT + i, LON, 200, 0));
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_UNTRACKED, PARTY_NONE), 0);
    for (int i = 0; i < 20; i++) { /* it goes on: told once */
        for (int k = 0; k < 8; k++) world_accept(&w, say_position(&w, "cat", "radar", ++n, names[k], LAT + k, LON, 0, 0));
        world_accept(&w, say_position(&w, "cat", "radar", ++n, names[8 + i % 2], LAT + 9, LON, 200, 0));
        assert_string_equal(w.out.detail, "not tracked (quota of tracks) 1");
        world_pass(&w, 10 * INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_UNTRACKED, PARTY_NONE), i == 0);
        if (i == 0) assert_true(says(told(&w, TOLD_UNTRACKED, "cat", 0), "\"feed\":\"radar\",\"untracked\":true,\"reports\":1,\"tracks\":8,\"share\":8,\"last\":"));
    }
    world_kept(&w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_told(&w, TOLD_UNTRACKED, PARTY_NONE), 0);
        world_accept(&w, say_position(&w, "cat", "radar", ++n, names[0], LAT, LON, 0, 0));
        world_pass(&w, 10 * INSTANT_SECOND);
    }
    assert_true(says(told(&w, TOLD_UNTRACKED, "cat", 0), "\"untracked\":false,\"reports\":20,"));
    world_over(&w);
}

/* ---- tables of four ---- */
static uint32_t meeting(struct world *w, const char *owner, const char *filer, uint32_t *alone, uint32_t *folded) {
    uint32_t n = 0;
    struct finding f;
    *alone = *folded = 0;
    for (row i = 0; i < w->st->notices.capacity; i++)
        for (row k = 0; w->st->notices.live[i] && notice_at(w->st, i)->party == party_of(w, filer) && k < w->st->tracks.capacity; k++) {
            if (!w->st->tracks.live[k]) continue;
            conflict_finding(w->st, party_of(w, owner), ALERT_NOTICE_TRACK, i, k, &f);
            n += f.meets;
        }
    for (row r = 0; r < w->st->alerts.capacity; r++) {
        if (!w->st->alerts.live[r] || alert_at(w->st, r)->owner != party_of(w, owner) || alert_at(w->st, r)->filer != party_of(w, filer)) continue;
        assert_true(alert_at(w->st, r)->told_level == alert_at(w->st, r)->level && alert_at(w->st, r)->told_folded == alert_at(w->st, r)->folded);
        if (alert_at(w->st, r)->kind == ALERT_FOLDED) *folded = alert_at(w->st, r)->folded;
        else ++*alone;
    }
    return n;
}
/* Four notices, volumes and tracks a party, four alerts a pair of parties, and twice as much reported: each conflict has an alert or stands behind the one
 * that carries how many, what opens no track is told, and each refusal names what is full. */
static void nothing_is_lost_where_tables_are_full(void **unused) {
    (void)unused;
    static const struct capacity four = {.parties = 4, .keys = 16, .agreements = 4, .areas = 4, .feeds = 4, .notices = 16, .flights = 16, .volumes = 16, .vertices = 1024, .tracks = 16,
                                         .alerts = 64, .pending = 4, .recent = 2000, .holds = 4, .slots_log2 = 8};
    static const char *const names[] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"}, *const filers[] = {"ann", "bob"};
    struct world w;
    uint64_t n = 0;
    uint32_t alone, folded, untracked = 0;
    struct said *said[2][4];
    world_open(&w, &four, false, said_founders);
    world_feed(&w, "cat", "radar", "");
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 4; k++) world_accept(&w, said[i][k] = say_notice(&w, filers[i], FOR_ALL, LAT, LON, 1, 0, 36000));
        world_refuse(&w, say_notice(&w, filers[i], FOR_ALL, LAT, LON, 1, 0, 36000), REASON_FULL);
    }
    for (int t = 0; t < 12; t++) {
        for (int k = 0; k < 8; k++) world_accept(&w, say_position(&w, "cat", "radar", ++n, names[k], LAT + 0.2 + 0.05 * k, LON + 0.5, 0, 0));
        if (t == 6)
            for (int k = 0; k < 3; k++) world_accept(&w, say_text(&w, KIND_NOTICE_OVER, "ann", "ann", &said[0][k]->s.id));
        for (int k = 0; k < 8; k++) {
            world_pass(&w, INSTANT_SECOND);
            untracked += told_of(&w, TOLD_UNTRACKED, "cat");
        }
        if (t != 5 && t != 11) continue;
        for (int i = 0; i < 2; i++) { /* four tracks over each notice */
            uint32_t pairs = meeting(&w, "cat", filers[i], &alone, &folded);
            assert_int_equal(pairs, t == 11 && i == 0 ? 4 : 16);
            assert_int_equal(alone + folded, pairs);
            assert_int_equal(alone, 3);
        }
    }
    assert_true(w.st->tracks.used == 4 && untracked == 1);
    world_over(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silence_is_told_to_who_relies_on_the_track),
        cmocka_unit_test(a_silence_names_a_flight_to_its_readers_alone),
        cmocka_unit_test(feeds_that_disagree),
        cmocka_unit_test(feeds_that_disagree_in_height_alone),
        cmocka_unit_test(heights_are_compared_as_of_one_time),
        cmocka_unit_test(a_rival_uses_up_his_own_places),
        cmocka_unit_test(a_feed_that_flaps),
        cmocka_unit_test(a_hidden_feed_moves_nothing),
        cmocka_unit_test(a_slow_feed_agrees),
        cmocka_unit_test(a_single_jump_stays_one),
        cmocka_unit_test(two_aircraft_under_one_identity),
        cmocka_unit_test(twins_are_two),
        cmocka_unit_test(a_twin_is_compared_no_more),
        cmocka_unit_test(what_opens_no_track_is_told),
        cmocka_unit_test(nothing_is_lost_where_tables_are_full),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("heed", tests, NULL, NULL);
}
