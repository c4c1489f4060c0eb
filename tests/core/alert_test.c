/* Each path of an alert: begins, rises at once, falls and ends with hysteresis, is told to the owner and to nobody else, folds. */
#include "watched.h"

static void move_on(struct world *w, enum statement_kind kind, const char *party, const struct said *x) {
    world_accept(w, say_text(w, kind, party, party, &x->s.id));
}

static void owner_is_told_and_the_sender_is_not(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 1, 7000, 9000));
    assert_int_equal(w.fx->count, 0);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 10800);
    world_accept(&w, n);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 1);
    const struct effect *e = told(&w, TOLD_ALERT, "bob", 0);
    assert_true(says(e, "\"state\":\"began\",\"level\":\"advisory\"") && says(e, "\"area\":\"SORREL 4\"") && says(e, "\"callsign\":\"MRL12\""));
    assert_true(says(e, "\"time_to_entry_s\":7140")); /* the reaction area begins a minute earlier */
    assert_null(told(&w, TOLD_ALERT, "ann", 0));
    move_on(&w, KIND_NOTICE_CANCEL, "ann", n);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    assert_int_equal(live_alerts(&w, "bob"), 0);
    world_replay(&w);
    world_close(&w);
}

static void levels_rise_with_time(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200));
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 1, 0, 5400));
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"level\":\"advisory\""));
    static const struct { int64_t to_entry; const char *level; } table[] = {{900, "caution"}, {300, "warning"}, {60, "immediate"}};
    instant entry = w.now + 3600 * INSTANT_SECOND;
    for (int i = 0; i < 3; i++) {
        world_pass(&w, entry - w.now - (table[i].to_entry + 1) * INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
        world_pass(&w, INSTANT_SECOND);
        const struct effect *e = told(&w, TOLD_ALERT, "bob", 0);
        assert_true(says(e, "\"state\":\"level\"") && says(e, table[i].level));
        if (i == 0) continue;
        /* A warning is read back within a minute or the next desk is called. */
        row due = due_find(w.st, party_of(&w, "bob"), e->place);
        assert_true(due != ROW_NONE && due_at(w.st, due)->deadline == w.now + 60 * INSTANT_SECOND);
        assert_true(due_at(w.st, due)->has_told && due_at(w.st, due)->start == entry);
        uint64_t place = e->place;
        if (i == 1) world_pass(&w, 60 * INSTANT_SECOND);
        if (i == 1) assert_non_null(told(&w, TOLD_OVERDUE, "bob", 0));
        world_accept(&w, say_read_back(&w, "bob", place, entry, 300000, "SORREL 4"));
        assert_string_equal(w.out.detail, "");
        assert_int_equal(w.fx->count, 0); /* the sender of the notice hears nothing of it */
        if (i == 1) continue;
        world_pass(&w, 70 * INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_OVERDUE, PARTY_NONE), 0);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    }
    world_pass(&w, 3600 * INSTANT_SECOND); /* the flight is out of it at 5,400 s; the hysteresis runs */
    world_pass(&w, 30 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    assert_int_equal(w.st->alerts.used + w.st->dues.used, live_alerts(&w, "ann") + 3); /* dues of the notice to op, bob, cat */
    world_replay(&w);
    world_close(&w);
}

/* One tick brings a warning that was due at 599 s and the end of a window at 600 s, which nobody confirms: what is told is as of both. Where something else has the pair looked
 * at before that end, a date of an agreement at 599.5 s or the count of a folded alert, that is told once more. */
enum looked_at { BY_ITSELF, BY_A_DATE, BY_A_COUNT };
static void told_as_of_both(enum looked_at by) {
    struct world w;
    world_small(&w);
    if (by == BY_A_DATE) world_agree(&w, "sorrel", "ann", "bob");
    instant begun = w.now;
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 3600), *f = say_flight(&w, "bob", "", -47, -126, 1, 899, 950);
    say_square(n, 1, &w, 10, 10, 1, 0, 600);
    n->section[0].body.notice.volume_count = 2;
    say_square(f, 1, &w, 10, 10, 1, 700, 750);
    f->section[0].body.flight.volume_count = 2;
    world_accept(&w, n);
    world_accept(&w, f);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"level\":\"caution\"") && says(told(&w, TOLD_ALERT, "bob", 0), "\"time_to_entry_s\":899"));
    if (by == BY_A_DATE) {
        const char *const two[] = {"ann", "bob", NULL};
        struct said *second = say_agreement(&w, "sorrel", 2, two, NULL);
        second->section[0].body.agreement.from = begun + 599 * INSTANT_SECOND + INSTANT_SECOND / 2;
        say_on(second, "ann", &agreement_at(w.st, 0)->id);
        world_accept(&w, second);
    }
    for (int i = 0; by == BY_A_COUNT && i < 4; i++) world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 940, 3600));
    int64_t before = by == BY_A_COUNT ? 569500 : by == BY_A_DATE ? 590000 : 598000; /* milliseconds: the next count is 30 s behind it */
    world_pass(&w, begun + before * (INSTANT_SECOND / 1000) - w.now);
    world_pass(&w, begun + 601 * INSTANT_SECOND - w.now);
    uint32_t times = by == BY_ITSELF ? 1 : 2;
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), times);
    for (uint32_t i = 0; i < times; i++) {
        const struct effect *e = told(&w, TOLD_ALERT, "bob", i);
        assert_true(says(e, "\"state\":\"level\",\"level\":\"warning\"") && says(e, i + 1 == times ? "\"time_to_entry_s\":99" : "\"time_to_entry_s\":298"));
        row due = due_find(w.st, party_of(&w, "bob"), e->place);
        assert_true((due != ROW_NONE) == (i + 1 == times)); /* the last one is to be read back */
    }
    world_pass(&w, 10 * INSTANT_SECOND); /* and then not again */
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    world_replay(&w);
    world_close(&w);
}
static void a_tick_tells_of_what_it_changes(void **unused) {
    (void)unused;
    for (int by = BY_ITSELF; by <= BY_A_COUNT; by++) told_as_of_both((enum looked_at)by);
}

/* A flight is put off, and once more before a tick has come: if by then it would have been as high again within the hysteresis, that begins anew; if it would have fallen before, it falls. */
static void no_fall_over_what_nobody_looked_at(void **unused) {
    (void)unused;
    static const struct { int64_t entry; bool falls; } table[] = {{320, false}, {329, false}, {331, true}, {340, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct world w;
        world_small(&w);
        world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 7200));
        struct said *f = say_flight(&w, "bob", "", -47, -126, 1, 200, 5400);
        world_accept(&w, f);
        assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "warning"));
        for (int k = 0; k < 2; k++) {
            struct said *later = say_flight(&w, "bob", "", -47, -126, 1, k ? 600 : table[i].entry, 5400);
            say_on(later, "bob", &f->s.id);
            world_accept(&w, later);
            assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), k && table[i].falls);
            if (k == 0) w.now += 45 * INSTANT_SECOND;
        }
        if (table[i].falls) assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"level\",\"level\":\"caution\""));
        world_pass(&w, 29 * INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
        world_pass(&w, INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), !table[i].falls);
        world_replay(&w);
        world_close(&w);
    }
}

/* One tick brings a rise at 20 s or the end of the hysteresis at 30 s, a date at 33 s with which the conflict begins later, and the end of a window at 35 s, for which the look of 20 s or 30 s is put
 * off. That it would have been as high again before its hysteresis was over counts all the same. */
static void no_fall_over_a_look_that_was_put_off(void **unused) {
    (void)unused;
    static const struct { int64_t entry; bool falls; } table[] = {{315, false}, {329, false}, {331, true}, {340, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct world w;
        world_small(&w);
        world_agree(&w, "sorrel", "ann", "bob");
        const char *const two[] = {"ann", "bob", NULL};
        struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 350, 7200), *f = say_flight(&w, "bob", "", -47, -126, 1, 200, 5400);
        say_square(n, 1, &w, 10, 10, 1, 0, 35);
        n->section[0].body.notice.volume_count = 2;
        world_accept(&w, n);
        world_accept(&w, f);
        assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"level\":\"warning\"") && says(told(&w, TOLD_ALERT, "bob", 0), "\"time_to_entry_s\":290"));
        struct said *second = say_agreement(&w, "sorrel", 2, two, NULL);
        second->section[0].body.agreement.from = w.now + 33 * INSTANT_SECOND;
        second->rule[0].reaction_before_ns = 0;
        say_on(second, "ann", &agreement_at(w.st, 0)->id);
        world_accept(&w, second);
        struct said *later = say_flight(&w, "bob", "", -47, -126, 1, table[i].entry, 5400);
        say_on(later, "bob", &f->s.id);
        world_accept(&w, later);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
        world_pass(&w, 40 * INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), table[i].falls);
        if (table[i].falls) assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"level\",\"level\":\"caution\"") && says(told(&w, TOLD_ALERT, "bob", 0), "\"time_to_entry_s\":310"));
        world_pass(&w, 10 * INSTANT_SECOND);
        assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), table[i].falls); /* up again: with 300 s left */
        world_replay(&w);
        world_close(&w);
    }
}

static void falls_after_hysteresis(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 600, 7200);
    world_accept(&w, n);
    struct said *f = say_flight(&w, "bob", "", -47, -126, 1, 200, 5400);
    world_accept(&w, f);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "caution"));
    struct said *later = say_flight(&w, "bob", "", -47, -126, 1, 3600, 5400);
    say_on(later, "bob", &f->s.id);
    world_accept(&w, later);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    world_pass(&w, 29 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"level\",\"level\":\"advisory\""));
    struct said *away = say_flight(&w, "bob", "", 10, 10, 1, 3600, 5400);
    say_on(away, "bob", &f->s.id);
    world_accept(&w, away);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    struct said *back = say_flight(&w, "bob", "", -47, -126, 1, 3600, 5400); /* back within the hysteresis: nothing was told */
    say_on(back, "bob", &f->s.id);
    world_pass(&w, 20 * INSTANT_SECOND);
    world_accept(&w, back);
    world_pass(&w, 60 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    assert_int_equal(live_alerts(&w, "bob"), 1);
    world_accept(&w, say_text(&w, KIND_FLIGHT_CANCEL, "bob", "bob", &f->s.id)); /* what is over ends at once */
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    world_replay(&w);
    world_close(&w);
}

/* Lower for nearly the hysteresis, then gone: it ends when there was no conflict for so long, not a moment later. */
static void ends_after_so_long_without_conflict(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 600, 7200));
    struct said *f = say_flight(&w, "bob", "", -47, -126, 1, 200, 5400);
    world_accept(&w, f);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "caution"));
    struct said *later = say_flight(&w, "bob", "", -47, -126, 1, 3600, 5400); /* advisory from now on */
    say_on(later, "bob", &f->s.id);
    world_accept(&w, later);
    world_pass(&w, 25 * INSTANT_SECOND);
    struct said *away = say_flight(&w, "bob", "", 10, 10, 1, 3600, 5400);
    say_on(away, "bob", &f->s.id);
    world_accept(&w, away);
    world_pass(&w, 29 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    world_replay(&w);
    world_close(&w);
}

static void unconfirmed_stays_hazardous(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 600);
    world_accept(&w, n);
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 1, 3600, 5400)); /* long after its end: no conflict */
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    world_pass(&w, 600 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"began\"")); /* nobody said OVER */
    move_on(&w, KIND_NOTICE_OVER, "ann", n);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    world_replay(&w);
    world_close(&w);
}

/* Two flights: disclosed to one, to both, to none; agreed to tell. */
static void flights_and_disclosure(void **unused) {
    (void)unused;
    static const struct { const char *ann, *bob; bool tell; int to_ann, to_bob, withheld; } table[] = {
        {"", "", false, 0, 0, 1}, {"bob", "", false, 0, 1, 0}, {"", "ann", false, 1, 0, 0}, {"bob", "ann", false, 1, 1, 0},
        {"cat", "cat", false, 0, 0, 1}, {"", "", true, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_small(&w);
        const char *const two[] = {"ann", "bob", NULL};
        struct body_agreement *terms;
        struct said *agree = say_agreement(&w, "sorrel", 1, two, &terms);
        terms->tell_undisclosed = table[i].tell;
        world_accept(&w, agree);
        struct said *a = say_flight(&w, "ann", table[i].ann, -47, -126, 1, 3600, 5400);
        world_accept(&w, a);
        world_accept(&w, say_flight(&w, "bob", table[i].bob, -47.05, -126, 1, 3600, 5400));
        assert_int_equal(world_told(&w, TOLD_ALERT, party_of(&w, "ann")), table[i].to_ann);
        assert_int_equal(world_told(&w, TOLD_ALERT, party_of(&w, "bob")), table[i].to_bob);
        assert_int_equal(world_told(&w, TOLD_WITHHELD, party_of(&w, "op")), table[i].withheld);
        assert_int_equal(world_told(&w, TOLD_WITHHELD, PARTY_NONE), table[i].withheld);
        assert_null(told(&w, TOLD_ALERT, "cat", 0));
        if (table[i].tell) assert_false(says(told(&w, TOLD_ALERT, "bob", 0), "\"other\":{\"kind\":\"flight\",\"party\":\"ann\",\"id\""));
        if (table[i].to_bob && !table[i].tell) assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"other\":{\"kind\":\"flight\",\"party\":\"ann\",\"id\""));
        /* A release tells the other. */
        struct said *release = say_flight(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 5400);
        release->s.kind = KIND_FLIGHT_RELEASE;
        say_on(release, "ann", &a->s.id);
        world_accept(&w, release);
        assert_int_equal(live_alerts(&w, "bob"), 1);
        world_pass(&w, 31 * INSTANT_SECOND);
        assert_int_equal(live_alerts(&w, "op"), 0); /* nothing is withheld any more */
        move_on(&w, KIND_FLIGHT_CANCEL, "ann", a);
        assert_int_equal(w.st->alerts.used, 0);
        world_replay(&w);
        world_close(&w);
    }
}

static void separation_is_as_agreed(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob"); /* 9,260 m */
    world_accept(&w, say_flight(&w, "ann", "bob", -47, -126, 0.1, 3600, 5400));
    world_accept(&w, say_flight(&w, "bob", "", -46.8, -126, 0.1, 3600, 5400)); /* 0.1 degree apart: 11.1 km */
    assert_int_equal(live_alerts(&w, "bob"), 0);
    world_accept(&w, say_flight(&w, "bob", "", -46.82, -126, 0.1, 3600, 5400)); /* 8.9 km */
    assert_int_equal(live_alerts(&w, "bob"), 2);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"other\":{\"kind\":\"flight\",\"party\":\"ann\""));
    assert_true(says(told(&w, TOLD_ALERT, "bob", 1), "\"other\":{\"kind\":\"flight\",\"party\":\"bob\"")); /* its own two, once */
    world_close(&w);
}

static void too_many_fold_into_one(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w); /* 256 alerts, 8 x 8 parties: 4 a pair, one of them folded */
    struct said *n[8];
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 1, 3600, 5400));
    for (int i = 0; i < 7; i++) {
        n[i] = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 5400);
        world_accept(&w, n[i]);
        if (i < 3) assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"kind\":\"notice-flight\""));
        if (i == 3) assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"kind\":\"folded\",\"count\":1,\"by\":\"ann\""));
        if (i > 3) assert_null(told(&w, TOLD_ALERT, "bob", 0));
    }
    assert_int_equal(live_alerts(&w, "bob"), 4);
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"count\":4"));
    world_accept(&w, say_notice(&w, "cat", FOR_ALL, -47, -126, 1, 3600, 5400)); /* another filer is not starved */
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"kind\":\"notice-flight\""));
    for (int i = 0; i < 4; i++) move_on(&w, KIND_NOTICE_CANCEL, "ann", n[i]);
    world_pass(&w, 31 * INSTANT_SECOND);
    world_pass(&w, 31 * INSTANT_SECOND);
    assert_int_equal(live_alerts(&w, "bob"), 4); /* three of ann's have one of their own now, and cat's */
    for (row r = 0; r < w.st->alerts.capacity; r++) assert_true(!w.st->alerts.live[r] || alert_at(w.st, r)->kind == ALERT_NOTICE_FLIGHT);
    world_replay(&w);
    world_close(&w);
}

static void an_agreement_brings_its_reaction_area(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 5400));
    world_accept(&w, say_flight(&w, "bob", "", -45.995, -126, 0.5, 3600, 5400)); /* 550 m north of it */
    assert_int_equal(live_alerts(&w, "bob"), 0);
    world_agree(&w, "sorrel", "ann", "bob"); /* 1,000 m */
    assert_int_equal(live_alerts(&w, "bob"), 1);
    const char *const two[] = {"ann", "bob", NULL};
    struct said *second = say_agreement(&w, "sorrel", 2, two, NULL);
    second->rule[0].reaction_cm = 10000;
    say_on(second, "ann", &agreement_at(w.st, 0)->id);
    world_accept(&w, second);
    world_pass(&w, 31 * INSTANT_SECOND);
    world_pass(&w, 31 * INSTANT_SECOND);
    assert_int_equal(live_alerts(&w, "bob"), 0);
    world_replay(&w);
    world_close(&w);
}

/* A step has room for all that it can tell; were it full, nothing would be lost: here it has none for the time of one tick. */
static void what_found_no_room_comes_with_the_next_tick(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    uint32_t room = w.fx->room;
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200));
    struct said *f = say_flight(&w, "bob", "", -47, -126, 1, 0, 5400);
    world_accept(&w, f);
    w.fx->room = 0;
    world_pass(&w, 2700 * INSTANT_SECOND); /* a quarter of an hour before its entry */
    w.fx->room = room;
    assert_int_equal(w.fx->count, 0);
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"level\",\"level\":\"caution\""));
    struct said *away = say_flight(&w, "bob", "", 10, 10, 1, 3600, 5400);
    say_on(away, "bob", &f->s.id);
    world_accept(&w, away);
    w.fx->room = 0;
    world_pass(&w, 30 * INSTANT_SECOND);
    w.fx->room = room;
    assert_int_equal(w.fx->count, 0);
    assert_int_equal(live_alerts(&w, "bob"), 1); /* its end was not told: it has none */
    world_pass(&w, INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    assert_int_equal(live_alerts(&w, "bob"), 0);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    world_close(&w);
}

static void an_agreement_of_others_changes_nothing(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_accept(&w, say_notice(&w, "cat", FOR_ALL, -47, -126, 1, 3600, 5400));
    world_accept(&w, say_flight(&w, "cat", "", -45.995, -126, 0.5, 3600, 5400));
    world_accept(&w, say_flight(&w, "bob", "", -45.995, -126, 0.5, 3600, 5400)); /* 550 m north of it */
    world_agree(&w, "sorrel", "ann", "bob"); /* 1,000 m, of ann's notices and bob's */
    assert_int_equal(world_told(&w, TOLD_ALERT, PARTY_NONE), 0);
    assert_int_equal(live_alerts(&w, "bob") + live_alerts(&w, "cat"), 0);
    world_agree(&w, "pemberley", "cat", "bob");
    assert_int_equal(live_alerts(&w, "bob"), 1);
    world_replay(&w);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owner_is_told_and_the_sender_is_not), cmocka_unit_test(levels_rise_with_time),
        cmocka_unit_test(a_tick_tells_of_what_it_changes), cmocka_unit_test(no_fall_over_what_nobody_looked_at), cmocka_unit_test(no_fall_over_a_look_that_was_put_off), cmocka_unit_test(falls_after_hysteresis),
        cmocka_unit_test(ends_after_so_long_without_conflict), cmocka_unit_test(unconfirmed_stays_hazardous),
        cmocka_unit_test(flights_and_disclosure), cmocka_unit_test(separation_is_as_agreed), cmocka_unit_test(too_many_fold_into_one),
        cmocka_unit_test(an_agreement_brings_its_reaction_area), cmocka_unit_test(what_found_no_room_comes_with_the_next_tick),
        cmocka_unit_test(an_agreement_of_others_changes_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
