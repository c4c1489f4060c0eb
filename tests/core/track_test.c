/* Tracks: tubes, owners, joining, silence, reports that are late, doubled or impossible. */
#include "watched.h"

#define LAT (-47.0)
#define LON (-126.0)

static struct track_row *the_track(const struct world *w, const char *party, const char *feed, const char *identity) {
    struct name n = said_name(feed);
    row r = track_find(w->st, feed_find(w->st, party_of(w, party), &n), text_of(identity));
    return r == ROW_NONE ? NULL : track_at(w->st, r);
}
static void report(struct world *w, uint64_t number, double lat, double lon, double speed, double track) {
    world_accept(w, say_position(w, "cat", "radar", number, "c81234", lat, lon, speed, track));
}

/* What the door asks before it sheds a report. */
static bool alerted(const struct world *w, const char *party, const char *feed, const char *identity) {
    struct name n = said_name(feed);
    return state_track_alerted(w->st, party_of(w, party), &n, text_of(identity));
}

static void a_track_meets_a_notice(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    report(&w, 1, LAT - 0.4, LON + 0.5, 200, 0); /* 44.5 km south, north at 200 m/s: 221 s */
    const struct effect *e = told(&w, TOLD_ALERT, "cat", 0);
    assert_true(says(e, "\"state\":\"began\",\"level\":\"warning\",\"kind\":\"notice-track\"") && says(e, "\"identity\":\"c81234\""));
    assert_null(told(&w, TOLD_ALERT, "ann", 0));
    assert_true(alerted(&w, "cat", "radar", "c81234"));
    assert_false(alerted(&w, "cat", "radar", "c81235") || alerted(&w, "cat", "mlat", "c81234") || alerted(&w, "ann", "radar", "c81234"));
    instant anchored = the_track(&w, "cat", "radar", "c81234")->anchored;
    uint64_t tests = w.st->box_tests;
    w.now += 10 * INSTANT_SECOND;
    report(&w, 2, LAT - 0.4 + 0.018, LON + 0.5, 200, 0); /* as predicted: one check, no query */
    assert_true(the_track(&w, "cat", "radar", "c81234")->anchored == anchored && w.st->box_tests == tests);
    w.now += 10 * INSTANT_SECOND;
    report(&w, 3, LAT - 0.4 + 0.018, LON + 0.53, 200, 180); /* turned away */
    assert_true(the_track(&w, "cat", "radar", "c81234")->anchored == w.now);
    for (int i = 1; i <= 4; i++) {
        w.now += 10 * INSTANT_SECOND;
        report(&w, 3 + (uint64_t)i, LAT - 0.4 + 0.018 - 0.018 * i, LON + 0.53, 200, 180);
    }
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(live_alerts(&w, "cat"), 0);
    assert_false(alerted(&w, "cat", "radar", "c81234"));
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT - 2, LON, 1.2, 0, 7200)); /* a new notice queries the tubes */
    assert_int_equal(live_alerts(&w, "cat"), 1);
    world_replay(&w);
    world_close(&w);
}

/* An aircraft that keeps its course for an hour is looked at anew as its tube ages: what lies ahead then was out of reach at first. */
static void a_track_on_its_course_is_looked_at_again(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT + 4, LON - 0.5, 1, 0, 7200)); /* 445 km ahead: 37 minutes at 200 m/s */
    bool told_of = false;
    uint64_t number = 0;
    for (int t = 0; t < 2200; t += 10) {
        report(&w, ++number, LAT + t * 200 / 111200.0, LON, 200, 0);
        const struct effect *e = told(&w, TOLD_ALERT, "cat", 0);
        if (e && !told_of) assert_true(t > 600 && t < 2000); /* in time, and not before it can be seen */
        told_of = told_of || e;
        w.now += 10 * INSTANT_SECOND;
    }
    assert_true(told_of);
    assert_int_equal(live_alerts(&w, "cat"), 1);
    world_close(&w);
}

static void reports_are_judged(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "bob");
    world_feed(&w, "bob", "mlat", "");
    world_refuse(&w, say_position(&w, "cat", "sonar", 1, "c81234", LAT, LON, 200, 0), REASON_UNKNOWN_ENTITY);
    report(&w, 1, LAT, LON, 200, 0);
    assert_string_equal(w.out.detail, "new 1");
    uint64_t place = w.out.place;
    assert_int_equal(world_say(&w, say_position(&w, "cat", "radar", 1, "c81234", LAT, LON, 200, 0)), VERDICT_REPEATED);
    assert_int_equal(w.out.place, place);
    report(&w, 2, LAT, LON, 200, 0); /* the same second */
    assert_string_equal(w.out.detail, "duplicate 1");
    for (uint64_t n = 10; n < 10 + 2 * LIMIT_FRAME_REPEATS; n += 2) report(&w, n, LAT, LON, 200, 0);
    place = w.out.place - LIMIT_FRAME_REPEATS + 1;
    assert_int_equal(world_say(&w, say_position(&w, "cat", "radar", 10, "c81234", LAT, LON, 200, 0)), VERDICT_REPEATED); /* the oldest remembered */
    assert_int_equal(w.out.place, place);
    world_refuse(&w, say_position(&w, "cat", "radar", 2, "c81234", LAT, LON, 200, 0), REASON_OLD_FRAME); /* the next older */
    world_refuse(&w, say_position(&w, "cat", "radar", 13, "c81234", LAT, LON, 200, 0), REASON_OLD_FRAME); /* never sent */
    struct said *late = say_position(&w, "cat", "radar", 1003, "c81234", LAT, LON, 200, 0);
    ((struct frame_position *)(uintptr_t)late->s.frame.positions)->time -= INSTANT_SECOND;
    world_accept(&w, late);
    assert_string_equal(w.out.detail, "late 1");
    assert_true(the_track(&w, "cat", "radar", "c81234")->flags == TRACK_LATE);
    w.now += INSTANT_SECOND;
    report(&w, 1004, LAT + 1, LON, 200, 0); /* 111 km in a second */
    assert_string_equal(w.out.detail, "jump 1");
    assert_true(the_track(&w, "cat", "radar", "c81234")->flags == TRACK_JUMP);
    /* The same identity elsewhere: known to him who may read both. */
    world_accept(&w, say_position(&w, "bob", "mlat", 1, "c81234", LAT, LON, 200, 0));
    assert_string_equal(w.out.detail, "new 1, on another feed too 1");
    w.now += INSTANT_SECOND;
    report(&w, 1005, LAT + 1, LON, 200, 0);
    assert_string_equal(w.out.detail, "");
    struct said *old = say_position(&w, "cat", "radar", 1006, "c81234", LAT + 1, LON, 200, 0);
    w.now += INSTANT_HOUR;
    world_accept(&w, old);
    world_replay(&w);
    world_close(&w);
}

/* One report dated ahead does not make those that follow late: the picture would stand still meanwhile. */
static void a_report_from_the_future_does_not_last(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    report(&w, 1, LAT, LON, 200, 0);
    w.now += INSTANT_SECOND;
    struct said *ahead = say_position(&w, "cat", "radar", 2, "c81234", LAT + 0.002, LON, 200, 0);
    ((struct frame_position *)(uintptr_t)ahead->s.frame.positions)->time = w.now + 3650 * INSTANT_DAY;
    world_accept(&w, ahead);
    assert_true(the_track(&w, "cat", "radar", "c81234")->flags == TRACK_CLOCK);
    w.now += INSTANT_SECOND;
    report(&w, 3, LAT + 0.004, LON, 200, 0);
    assert_string_equal(w.out.detail, "");
    assert_int_equal(the_track(&w, "cat", "radar", "c81234")->at.lat, (int32_t)((LAT + 0.004) * 1e7));
    world_replay(&w);
    world_close(&w);
}

static void quota_of_tracks(void **unused) {
    (void)unused;
    struct world w;
    static const char *const names[] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"};
    world_small(&w); /* 64 tracks: 8 each */
    world_feed(&w, "cat", "radar", "");
    for (uint64_t i = 0; i < 9; i++) world_accept(&w, say_position(&w, "cat", "radar", i + 1, names[i], LAT + (double)i, LON, 200, 0));
    assert_string_equal(w.out.detail, "not tracked (quota of tracks) 1");
    assert_int_equal(w.st->tracks.used, 8);
    world_close(&w);
}

static void unknown_motion_grows(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    report(&w, 1, LAT - 0.5, LON + 0.5, -1, -1); /* 55 km away: at 300 m/s in 185 s, wherever it goes */
    assert_true(says(told(&w, TOLD_ALERT, "cat", 0), "\"level\":\"warning\""));
    assert_true(the_track(&w, "cat", "radar", "c81234")->anchor.circle);
    world_replay(&w);
    world_close(&w);
}

static struct said *say_join(struct world *w, enum statement_kind kind, const char *party, const struct said *flight, const char *feed_party) {
    struct section *b;
    struct said *x = say_body(w, kind, party, "root", &b);
    b->body.join = (struct body_join){.flight = {said_name(party), flight->s.id}, .track = {said_name(feed_party), said_name("radar"), TEXT("c81234")}};
    return x;
}

static void joining_needs_the_owner(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "bob");
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    report(&w, 1, LAT - 0.4, LON + 0.5, 200, 0);
    assert_int_equal(live_alerts(&w, "cat"), 1);
    struct said *f = say_flight(&w, "bob", "", 10, 10, 1, 0, 7200);
    world_accept(&w, f);
    struct said *blind = say_flight(&w, "ann", "", 10, 10, 1, 0, 7200);
    world_accept(&w, blind);
    world_refuse(&w, say_join(&w, KIND_JOIN, "ann", blind, "cat"), REASON_UNKNOWN_ENTITY); /* may not read the feed */
    world_refuse(&w, say_join(&w, KIND_JOIN, "bob", f, "cat"), REASON_CONSENT);
    struct said *both = say_join(&w, KIND_JOIN, "bob", f, "cat");
    say_sign(&w, both, "cat", "root");
    world_accept(&w, both);
    assert_int_equal(live_alerts(&w, "bob"), 1);
    world_pass(&w, 15 * INSTANT_SECOND);
    report(&w, 2, LAT - 0.4 + 0.027, LON + 0.5, 200, 0);
    world_pass(&w, 16 * INSTANT_SECOND);
    report(&w, 3, LAT - 0.4 + 0.056, LON + 0.5, 200, 0);
    assert_int_equal(live_alerts(&w, "cat"), 0); /* ended for its former owner, after the hysteresis */
    world_refuse(&w, say_join(&w, KIND_JOIN_UNDO, "ann", blind, "cat"), REASON_UNKNOWN_ENTITY);
    world_accept(&w, say_join(&w, KIND_JOIN_UNDO, "bob", f, "cat"));
    assert_int_equal(live_alerts(&w, "cat"), 1);
    world_refuse(&w, say_join(&w, KIND_JOIN_UNDO, "bob", f, "cat"), REASON_BAD_STATE);
    world_replay(&w);
    world_close(&w);
}

static void joins_itself_to_an_own_flight(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    report(&w, 1, LAT, LON, 200, 0);
    struct said *f = say_flight(&w, "cat", "", 10, 10, 1, 0, 7200);
    f->section[0].body.flight.icao24 = 0xc81234;
    world_accept(&w, f);
    assert_true(the_track(&w, "cat", "radar", "c81234")->flight == ROW_NONE); /* not active yet */
    world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "cat", "cat", &f->s.id));
    assert_true(the_track(&w, "cat", "radar", "c81234")->flight != ROW_NONE);
    world_pass(&w, 30 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_SILENT, "cat", 0), "\"silent\":true"));
    report(&w, 2, LAT, LON, 200, 0);
    assert_true(says(told(&w, TOLD_SILENT, "cat", 0), "\"silent\":false") || says(told(&w, TOLD_SILENT, "cat", 1), "\"silent\":false"));
    world_accept(&w, say_text(&w, KIND_FLIGHT_END, "cat", "cat", &f->s.id));
    assert_true(the_track(&w, "cat", "radar", "c81234")->flight == ROW_NONE);
    world_pass(&w, 30 * INSTANT_SECOND);
    world_pass(&w, 300 * INSTANT_SECOND); /* forgotten */
    assert_int_equal(w.st->tracks.used, 0);
    world_replay(&w);
    world_close(&w);
}

static void begin_in_order(const struct world *w, const char *party, const char *const feeds[2]) {
    for (uint32_t i = 0; i < 2; i++) {
        const struct effect *e = told(w, TOLD_ALERT, party, i);
        if (!says(e, "\"state\":\"began\"") || !says(e, feeds[i])) fail_msg("alert %u of %s: %.*s", i, party, e ? (int)e->json.size : 0, e ? e->json.at : "");
    }
    assert_null(told(w, TOLD_ALERT, party, 2));
}
/* One aircraft on two feeds of its party: what follows for each track comes in the order in which they came, whatever rows they stand in. */
static void tracks_of_one_flight_keep_their_order(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    const char *const feeds[2] = {"first", "second"};
    for (int i = 0; i < 2; i++) world_feed(&w, "bob", feeds[i], "log");
    struct said *area = say_body(&w, KIND_AREA, "ann", "root", &b); /* there ann answers for tracks, and bob for those of his flight too */
    say_square(area, 0, &w, LAT - 2, LON - 2, 4, -3600, 1000000);
    area->volume[0].upper.cm = ALTITUDE_UNLIMITED;
    say_on(area, "ann", &area->s.id);
    say_to(b, FOR_ALL);
    b->body.area = (struct body_area){.name = TEXT("ANN NORTH"), .volumes = &area->volume[0], .volume_count = 1};
    world_accept(&w, area);
    world_accept(&w, say_notice(&w, "cat", FOR_ALL, LAT, LON, 1, 0, 1000000));
    world_accept(&w, say_position(&w, "bob", "second", 1, "aaaaaa", LAT + 10, LON, 0, 0)); /* takes the first row, and is forgotten */
    uint64_t number = 1;
    for (int i = 0; i <= 34; i++) {
        w.now += 10 * INSTANT_SECOND;
        world_accept(&w, say_position(&w, "bob", "first", ++number, "100000", LAT + 0.5, LON + 0.5, 0, 0));
        world_pass(&w, 1);
    }
    assert_null(the_track(&w, "bob", "second", "aaaaaa"));
    world_accept(&w, say_position(&w, "bob", "second", 2, "100000", LAT + 0.5, LON + 0.5, 0, 0));
    struct track_row *tracks[2] = {the_track(&w, "bob", "first", "100000"), the_track(&w, "bob", "second", "100000")};
    assert_true(tracks[1] < tracks[0] && tracks[1]->serial > tracks[0]->serial);
    assert_true(live_alerts(&w, "ann") == 2 && live_alerts(&w, "bob") == 0);
    struct said *f = say_flight(&w, "bob", "", 10, 10, 1, 0, 1000000);
    f->section[0].body.flight.icao24 = 0x100000;
    world_accept(&w, f);
    world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "bob", "bob", &f->s.id));
    begin_in_order(&w, "bob", feeds);
    world_accept(&w, say_text(&w, KIND_FLIGHT_END, "bob", "bob", &f->s.id));
    assert_true(tracks[0]->flight == ROW_NONE && tracks[1]->flight == ROW_NONE);
    world_pass(&w, INSTANT_MINUTE);
    assert_true(live_alerts(&w, "ann") == 2 && live_alerts(&w, "bob") == 0);
    struct said *of_cat = say_flight(&w, "cat", "bob", 10, 10, 1, 0, 1000000); /* both join cat's, by consent: they are cat's alone, until it ends */
    world_accept(&w, of_cat);
    for (int i = 0; i < 2; i++) {
        struct said *join = say_body(&w, KIND_JOIN, "cat", "root", &b);
        say_sign(&w, join, "ann", "root"); /* who answers for it there */
        b->body.join = (struct body_join){.flight = {said_name("cat"), of_cat->s.id}, .track = {said_name("bob"), said_name(feeds[i]), TEXT("100000")}};
        world_accept(&w, join);
        assert_true(tracks[i]->flight != ROW_NONE);
    }
    world_pass(&w, INSTANT_MINUTE);
    assert_int_equal(live_alerts(&w, "ann"), 0);
    world_accept(&w, say_text(&w, KIND_FLIGHT_CANCEL, "cat", "cat", &of_cat->s.id));
    assert_true(tracks[0]->flight == ROW_NONE && tracks[1]->flight == ROW_NONE);
    begin_in_order(&w, "ann", feeds);
    world_replay(&w);
    world_close(&w);
}

/* An aircraft's next flight is active already when the one before it ends: its track, which goes on as predicted, joins that. */
static void a_track_joins_the_next_flight(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    struct said *f[2];
    for (int i = 0; i < 2; i++) {
        f[i] = say_flight(&w, "cat", "", 10, 10, 1, 0, 7200);
        f[i]->section[0].body.flight.icao24 = 0xc81234;
        world_accept(&w, f[i]);
        world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "cat", "cat", &f[i]->s.id));
    }
    report(&w, 1, LAT, LON, 0, 0);
    row joined = the_track(&w, "cat", "radar", "c81234")->flight;
    row row_[2] = {flight_find(w.st, party_of(&w, "cat"), &f[0]->s.id), flight_find(w.st, party_of(&w, "cat"), &f[1]->s.id)};
    assert_true(joined == row_[0] || joined == row_[1]);
    int other = joined == row_[0];
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT - 0.5, LON - 0.5, 1, 0, 7200));
    world_accept(&w, say_text(&w, KIND_FLIGHT_END, "cat", "cat", &f[!other]->s.id));
    assert_true(the_track(&w, "cat", "radar", "c81234")->flight == ROW_NONE);
    instant anchored = the_track(&w, "cat", "radar", "c81234")->anchored;
    w.now += 5 * INSTANT_SECOND;
    report(&w, 2, LAT, LON, 0, 0);
    assert_true(the_track(&w, "cat", "radar", "c81234")->flight == row_[other]);
    assert_true(the_track(&w, "cat", "radar", "c81234")->anchored == anchored);
    world_replay(&w);
    world_close(&w);
}

static void those_responsible_are_told(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "bob");
    world_feed(&w, "cat", "secret", ""); /* an area gives nobody what he may not read */
    struct section *b;
    struct said *area = say_body(&w, KIND_AREA, "bob", "root", &b);
    say_square(area, 0, &w, LAT - 2, LON - 2, 4, -3600, 100000);
    area->volume[0].upper.cm = ALTITUDE_UNLIMITED;
    say_on(area, "bob", &area->s.id);
    say_to(b, FOR_ALL);
    b->body.area = (struct body_area){.name = TEXT("BOB OCEANIC"), .volumes = &area->volume[0], .volume_count = 1};
    world_accept(&w, area);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, LAT, LON, 1, 0, 7200));
    report(&w, 1, LAT - 0.4, LON + 0.5, 200, 0);
    assert_non_null(told(&w, TOLD_ALERT, "bob", 0));
    assert_null(told(&w, TOLD_ALERT, "cat", 0));
    world_accept(&w, say_position(&w, "cat", "secret", 1, "abcdef", LAT - 0.4, LON + 0.7, 200, 0));
    assert_null(told(&w, TOLD_ALERT, "bob", 0));
    assert_non_null(told(&w, TOLD_ALERT, "cat", 0));
    world_replay(&w);
    world_close(&w);
}

static void track_meets_track(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    world_feed(&w, "bob", "mlat", "cat");
    report(&w, 1, LAT, LON, 200, 90);
    world_accept(&w, say_position(&w, "bob", "mlat", 1, "abcdef", LAT, LON + 1, 200, 270)); /* head on, 76 km */
    assert_true(says(told(&w, TOLD_ALERT, "cat", 0), "\"kind\":\"track-track\"") && says(told(&w, TOLD_ALERT, "cat", 0), "\"identity\":\"abcdef\""));
    assert_null(told(&w, TOLD_ALERT, "bob", 0)); /* may not read cat's feed */
    assert_true(alerted(&w, "cat", "radar", "c81234"));
    assert_false(alerted(&w, "bob", "mlat", "abcdef"));
    world_accept(&w, say_position(&w, "bob", "mlat", 2, "c81234", LAT, LON + 0.001, 200, 90)); /* the same aircraft on another feed */
    assert_int_equal(live_alerts(&w, "cat"), 1);
    world_replay(&w);
    world_close(&w);
}

/* Neither owner may see the other's track: neither is told, and that nobody was is on record with the operator. */
static void hidden_tracks_are_withheld(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    world_feed(&w, "bob", "mlat", "");
    report(&w, 1, LAT, LON, 200, 90);
    world_accept(&w, say_position(&w, "bob", "mlat", 1, "abcdef", LAT, LON + 1, 200, 270));
    assert_null(told(&w, TOLD_ALERT, "cat", 0));
    assert_null(told(&w, TOLD_ALERT, "bob", 0));
    assert_false(alerted(&w, "cat", "radar", "c81234") || alerted(&w, "bob", "mlat", "abcdef"));
    assert_true(says(told(&w, TOLD_WITHHELD, "op", 0), "\"kind\":\"track-track\"") && says(told(&w, TOLD_WITHHELD, "op", 0), "\"identity\":\"abcdef\""));
    assert_int_equal(world_told(&w, TOLD_WITHHELD, PARTY_NONE), 1);
    world_accept(&w, say_position(&w, "bob", "mlat", 2, "c81234", LAT, LON + 0.001, 200, 90)); /* the same aircraft on another feed */
    assert_int_equal(world_told(&w, TOLD_WITHHELD, PARTY_NONE), 0);
    world_feed(&w, "bob", "mlat", "cat"); /* now one of them sees both */
    assert_non_null(told(&w, TOLD_ALERT, "cat", 0));
    world_pass(&w, 29 * INSTANT_SECOND);
    world_pass(&w, 2 * INSTANT_SECOND);
    assert_int_equal(live_alerts(&w, "op"), 0);
    world_replay(&w);
    world_close(&w);
}

/* Two flights that hide from each other are told when both are on feeds that both owners may read. */
static void on_a_shared_feed_nothing_is_withheld(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_feed(&w, "cat", "radar", "");
    world_feed(&w, "bob", "radar", "log");
    struct said *f = say_flight(&w, "cat", "", 10, 10, 1, 0, 7200), *g = say_flight(&w, "bob", "", 10, 10, 1, 0, 7200);
    f->section[0].body.flight.icao24 = 0xc81234;
    g->section[0].body.flight.icao24 = 0xabcdef;
    world_accept(&w, f);
    world_accept(&w, g);
    assert_int_equal(live_alerts(&w, "op"), 1);
    world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "cat", "cat", &f->s.id));
    world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "bob", "bob", &g->s.id));
    report(&w, 1, 10.5, 10.5, 200, 0);
    world_accept(&w, say_position(&w, "bob", "radar", 1, "abcdef", 60, 60, 200, 0));
    assert_int_equal(live_alerts(&w, "cat") + live_alerts(&w, "bob"), 0);
    world_feed(&w, "cat", "radar", "bob");
    assert_true(says(told(&w, TOLD_ALERT, "cat", 0), "\"other\":{\"kind\":\"flight\",\"party\":\"bob\"}"));
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"other\":{\"kind\":\"flight\",\"party\":\"cat\"}"));
    world_pass(&w, 29 * INSTANT_SECOND);
    world_pass(&w, 2 * INSTANT_SECOND);
    assert_int_equal(live_alerts(&w, "op"), 0);
    world_replay(&w);
    world_close(&w);
}

/* A crowd over its own notices, under an area: what one frame may ask of the others. Boxes are counted, not time. */
enum { CROWD = 200, CROWD_NOTICES = 60 };
static void a_crowd_in_one_frame(void **unused) {
    (void)unused;
    static struct frame_position at[CROWD];
    static char identity[CROWD][8];
    struct world w;
    struct capacity c = said_capacity;
    struct section *b;
    c.notices = c.volumes = c.tracks = c.alerts = 8 * 1024;
    c.vertices = 64 * 1024;
    world_open(&w, &c, false, said_founders);
    world_feed(&w, "cat", "radar", "");
    struct said *area = say_body(&w, KIND_AREA, "cat", "root", &b);
    say_square(area, 0, &w, LAT - 2, LON - 2, 4, -3600, 1000000);
    area->volume[0].upper.cm = ALTITUDE_UNLIMITED;
    say_on(area, "cat", &area->s.id);
    say_to(b, FOR_ALL);
    b->body.area = (struct body_area){.name = TEXT("CAT OWN"), .volumes = &area->volume[0], .volume_count = 1};
    world_accept(&w, area);
    for (int i = 0; i < CROWD_NOTICES; i++) world_accept(&w, say_notice(&w, "cat", FOR_ALL, LAT, LON, 0.1, 0, 7200));
    struct said *x = say_position(&w, "cat", "radar", 1, "000000", LAT, LON, 100, 0);
    for (int i = 0; i < CROWD; i++) {
        at[i] = x->s.frame.positions[0];
        snprintf(identity[i], sizeof identity[i], "%06x", 0x100000 + i);
        at[i].identity = text_of(identity[i]);
        at[i].at.lat += i * 100;
    }
    x->s.frame.positions = at;
    x->s.frame.count = CROWD;
    uint64_t before = w.st->box_tests;
    world_accept(&w, x);
    uint64_t pairs = (uint64_t)CROWD * (CROWD - 1) / 2 + (uint64_t)CROWD * CROWD_NOTICES, tests = w.st->box_tests - before;
    print_message("# %llu box tests, %llu pairs\n", (unsigned long long)tests, (unsigned long long)pairs);
    assert_in_range(tests, 1, 8 * pairs);
    world_replay(&w);
    world_close(&w);
}

/* Who is responsible is remembered for some way of flight: at each report it must be who it is when asked anew, over a border, through a band, when the area ends. */
static void same_as_asked_anew(struct world *w, const char *with, const char *without) {
    const struct track_row *t = the_track(w, "bob", "first", "100000");
    struct volume where = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 1, .at = &t->at}, .lower = track_altitude(t), .upper = track_altitude(t)};
    uint16_t anew[8], owners[8];
    uint32_t n = area_responsible(w->st, &where, w->st->time, anew, 8);
    assert_int_equal(track_owners(w->st, t, owners), 1);
    assert_int_equal(owners[0], party_of(w, n > 0 ? with : without));
    assert_true(n == 0 || anew[0] == party_of(w, with));
}
static void responsible_as_asked_anew(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    world_feed(&w, "bob", "first", "log");
    struct said *area = say_body(&w, KIND_AREA, "ann", "root", &b);
    say_square(area, 0, &w, LAT - 2, LON - 2, 4, -3600, 1000000);
    area->volume[0].upper.cm = 300000;
    say_on(area, "ann", &area->s.id);
    say_to(b, FOR_ALL);
    b->body.area = (struct body_area){.name = TEXT("ANN NORTH"), .volumes = &area->volume[0], .volume_count = 1};
    world_accept(&w, area);
    uint32_t changed = 0;
    uint16_t last = PARTY_NONE, now[8];
    for (int i = 0; i < 90; i++) { /* 54 km to the border, in it for 30 minutes, above it for some, and down again */
        w.now += 20 * INSTANT_SECOND;
        struct said *x = say_position(&w, "bob", "first", (uint64_t)i + 1, "100000", LAT - 2.5 + i * 0.054, LON + 0.3, 300, 0);
        ((struct frame_position *)(uintptr_t)x->s.frame.positions)->altitude.cm = i > 40 && i < 60 ? 100000 + (i - 40) * 20000 : 100000;
        world_accept(&w, x);
        same_as_asked_anew(&w, "ann", "bob");
        (void)track_owners(w.st, the_track(&w, "bob", "first", "100000"), now);
        changed += now[0] != last;
        last = now[0];
    }
    assert_int_equal(changed, 5); /* bob, ann, bob above it, ann, bob north of it */
    world_replay(&w);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responsible_as_asked_anew),
        cmocka_unit_test(a_crowd_in_one_frame),
        cmocka_unit_test(a_track_meets_a_notice), cmocka_unit_test(a_track_on_its_course_is_looked_at_again), cmocka_unit_test(reports_are_judged), cmocka_unit_test(a_report_from_the_future_does_not_last),
        cmocka_unit_test(quota_of_tracks),
        cmocka_unit_test(unknown_motion_grows), cmocka_unit_test(joining_needs_the_owner), cmocka_unit_test(joins_itself_to_an_own_flight),
        cmocka_unit_test(tracks_of_one_flight_keep_their_order), cmocka_unit_test(a_track_joins_the_next_flight),
        cmocka_unit_test(those_responsible_are_told), cmocka_unit_test(track_meets_track), cmocka_unit_test(hidden_tracks_are_withheld), cmocka_unit_test(on_a_shared_feed_nothing_is_withheld),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
