/* What falls due at a tick and is more than a step fires: in order, each once, nobody's crowd in another's way, and what is said meanwhile counts. */
#include "day.h"

#include "core/clock.h"

enum { EACH = 5, CROWD = 12 };
static void world_of(struct world *w, const struct capacity *c, int64_t work) {
    said_step_work = work;
    world_open(w, c, false, said_founders);
    said_step_work = INT64_MIN;
}
static void go_through(struct world *w) {
    while (state_backlog(w->st) > 0) {
        world_accept(w, say_continue(w));
        assert_int_equal(w->out.left, state_backlog(w->st));
    }
}
static uint32_t in_state(const struct world *w, uint8_t state) {
    uint32_t n = 0;
    for (row r = 0; r < w->st->notices.capacity; r++) n += w->st->notices.live[r] && notice_at(w->st, r)->state == state;
    return n;
}
static void crowd(struct world *w, const char *party, const char *reader, uint32_t n, struct said **out) {
    for (uint32_t i = 0; i < n; i++) {
        struct said *x = say_notice(w, party, reader, -47, -126, 0.1, 60, 600);
        world_accept(w, x);
        if (out) out[i] = x;
        go_through(w);
    }
}
static bool asks_of(const struct world *w, const char *party, uint32_t i, const struct said *notice) {
    char id[2 * 16 + 1];
    struct append a = append_fixed(id, sizeof id);
    append_id(&a, &notice->s.id);
    id[32] = '\0';
    return says(told(w, TOLD_QUERY, party, i), id);
}

static void a_crowd_goes_by_and_by(void **unused) {
    (void)unused;
    struct world w;
    struct said *n[CROWD];
    world_of(&w, &day_capacity, EACH * LIMIT_TIMER_WORK);
    crowd(&w, "ann", "", CROWD, n);
    world_pass(&w, INSTANT_MINUTE); /* they begin */
    assert_true(in_state(&w, NOTICE_ACTIVE) == EACH && w.out.left == CROWD - EACH && state_backlog(w.st) == CROWD - EACH);
    world_accept(&w, say_continue(&w));
    assert_true(in_state(&w, NOTICE_ACTIVE) == 2 * EACH && w.out.left == CROWD - 2 * EACH);
    world_accept(&w, say_continue(&w));
    assert_true(in_state(&w, NOTICE_ACTIVE) == CROWD && w.out.left == 0);
    world_pass(&w, 9 * INSTANT_MINUTE); /* they end, the first to come first */
    for (uint32_t done = 0; done < CROWD; done += EACH) {
        uint32_t now = CROWD - done < EACH ? CROWD - done : EACH;
        assert_true(world_told(&w, TOLD_QUERY, PARTY_NONE) == now && w.out.left == CROWD - done - now);
        for (uint32_t i = 0; i < now; i++) assert_true(asks_of(&w, "ann", i, n[done + i]));
        world_accept(&w, say_continue(&w));
    }
    assert_int_equal(world_told(&w, TOLD_QUERY, PARTY_NONE), 0);
    world_replay(&w);
    world_close(&w);
}

/* One that ended before it was asked for is asked for no more; the others move up. */
static void what_is_said_meanwhile_counts(void **unused) {
    (void)unused;
    struct world w;
    struct said *n[CROWD];
    world_of(&w, &day_capacity, EACH * LIMIT_TIMER_WORK);
    crowd(&w, "ann", "", CROWD, n);
    world_pass(&w, INSTANT_MINUTE);
    go_through(&w);
    world_pass(&w, 9 * INSTANT_MINUTE);
    world_accept(&w, say_text(&w, KIND_NOTICE_OVER, "ann", "ann", &n[EACH]->s.id));     /* the first that waits, */
    world_accept(&w, say_text(&w, KIND_NOTICE_OVER, "ann", "ann", &n[EACH + 2]->s.id)); /* from the middle, */
    world_accept(&w, say_text(&w, KIND_NOTICE_OVER, "ann", "ann", &n[CROWD - 1]->s.id)); /* and the last */
    assert_int_equal(state_backlog(w.st), CROWD - EACH - 3);
    world_accept(&w, say_continue(&w));
    assert_true(world_told(&w, TOLD_QUERY, PARTY_NONE) == CROWD - EACH - 3 && w.out.left == 0);
    assert_true(asks_of(&w, "ann", 0, n[EACH + 1]) && asks_of(&w, "ann", 1, n[EACH + 3]));
    world_replay(&w);
    world_close(&w);
}

/* What waits is the first at the next tick, if none went on with it. */
static void the_next_tick_goes_on(void **unused) {
    (void)unused;
    struct world w;
    struct said *n[CROWD], *later;
    world_of(&w, &day_capacity, EACH * LIMIT_TIMER_WORK);
    crowd(&w, "ann", "", CROWD, n);
    world_accept(&w, later = say_notice(&w, "ann", "", -47, -126, 0.1, 60, 601));
    world_pass(&w, INSTANT_MINUTE);
    go_through(&w);
    world_pass(&w, 9 * INSTANT_MINUTE);
    world_pass(&w, INSTANT_SECOND);
    assert_true(world_told(&w, TOLD_QUERY, PARTY_NONE) == EACH && asks_of(&w, "ann", 0, n[EACH]));
    world_accept(&w, say_continue(&w));
    assert_true(world_told(&w, TOLD_QUERY, PARTY_NONE) == CROWD - 2 * EACH + 1 && asks_of(&w, "ann", CROWD - 2 * EACH, later) && w.out.left == 0);
    world_replay(&w);
    world_close(&w);
}

/* Byte for byte what the other is told, and when, is the same with and without a crowd that it may not know of. */
static void a_hidden_crowd_delays_nobody(void **unused) {
    (void)unused;
    char first[LIMIT_EFFECT_BYTES] = "";
    size_t size = 0;
    for (int hidden = 0; hidden < 2; hidden++) {
        struct world w;
        world_of(&w, &day_capacity, EACH * LIMIT_TIMER_WORK);
        if (hidden) crowd(&w, "ann", "", CROWD, NULL);
        struct said *mine = say_notice(&w, "bob", "", -47, -126, 0.1, 60, 600);
        memset(&mine->s.id, 7, sizeof mine->s.id); /* the same, whoever spoke before */
        mine->s.on.id = mine->s.id;
        world_accept(&w, mine);
        world_pass(&w, INSTANT_MINUTE);
        go_through(&w);
        world_pass(&w, 9 * INSTANT_MINUTE);
        const struct effect *e = told(&w, TOLD_QUERY, "bob", 0);
        assert_true(e && (w.out.left > 0) == hidden);
        if (!hidden) memcpy(first, e->json.at, size = e->json.size);
        else assert_true(e->json.size == size && memcmp(first, e->json.at, size) == 0);
        world_close(&w);
    }
}

/* A flight of bob's is told of a notice whose end waits behind its sender's others: what it is told comes behind that, once, as it is then. */
static void an_alert_waits_for_its_side(void **unused) {
    (void)unused;
    struct world w;
    struct said *n;
    world_of(&w, &day_capacity, LIMIT_TIMER_WORK);
    crowd(&w, "ann", "", 3, NULL);
    world_accept(&w, n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 60, 600));
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 0.5, 0, 7200));
    go_through(&w);
    assert_int_equal(live_alerts(&w, "bob"), 1);
    row alert = table_next(&w.st->alerts, 0);
    world_pass(&w, INSTANT_MINUTE);
    go_through(&w);
    /* Its own deadline and that of its side are one. */
    timer_set(w.st, TIMER_ALERT, alert, alert_at(w.st, alert)->serial, w.now + 9 * INSTANT_MINUTE);
    world_pass(&w, 9 * INSTANT_MINUTE);
    row side = alert_at(w.st, alert)->a;
    while (timer_waits(w.st, TIMER_NOTICE, side)) {
        assert_true(timer_waits(w.st, TIMER_ALERT, alert) && notice_at(w.st, side)->state == NOTICE_ACTIVE);
        world_accept(&w, say_continue(&w));
    }
    assert_true(notice_at(w.st, side)->state == NOTICE_UNCONFIRMED && alert_at(w.st, alert)->until > w.now + 2 * INSTANT_MINUTE);
    go_through(&w);
    assert_false(timer_waits(w.st, TIMER_ALERT, alert));
    world_close(&w);
}

/* More than a step looks at: nothing is lost, and each is fired once. */
static void more_than_a_step_looks_at(void **unused) {
    (void)unused;
    enum { SHARE = LIMIT_TICK_LOOK / LIMIT_TICK_LOOK_EACH / 4 /* parties */, MANY = SHARE + 300 };
    static struct world w;
    struct capacity c = day_capacity;
    c.parties = 4;
    c.notices = 4 * (MANY + 100);
    c.volumes = c.notices;
    c.vertices = 16 * c.volumes;
    c.recent = 4 * (MANY + 2000);
    said_step_work = INT64_MIN;
    world_open(&w, &c, false, said_founders);
    w.quick = true;
    crowd(&w, "ann", "", MANY, NULL);
    world_pass(&w, INSTANT_MINUTE);
    assert_true(w.st->due.more && w.st->due.count == SHARE - LIMIT_STEP_WORK / LIMIT_TIMER_WORK);
    go_through(&w);
    assert_int_equal(in_state(&w, NOTICE_ACTIVE), MANY);
    world_pass(&w, 9 * INSTANT_MINUTE);
    uint32_t asked = world_told(&w, TOLD_QUERY, PARTY_NONE), steps = 1;
    for (; state_backlog(w.st) > 0; steps++) {
        world_accept(&w, say_continue(&w));
        asked += world_told(&w, TOLD_QUERY, PARTY_NONE);
    }
    assert_true(asked == MANY && steps >= MANY / (LIMIT_STEP_WORK / LIMIT_TIMER_WORK) && !w.st->due.more);
    state_check(w.st);
    world_close(&w);
}

/* What falls due of another comes behind such a crowd in the order of times, and with the tick all the same. */
static void a_crowd_hides_nobody_behind_it(void **unused) {
    (void)unused;
    enum { MANY = LIMIT_TICK_LOOK / LIMIT_TICK_LOOK_EACH + 300 };
    static struct world w;
    struct capacity c = day_capacity;
    c.notices = 4 * (MANY + 100);
    c.volumes = c.notices;
    c.vertices = 16 * c.volumes;
    c.recent = 4 * (MANY + 2000);
    said_step_work = INT64_MIN;
    world_open(&w, &c, false, said_founders);
    w.quick = true;
    crowd(&w, "ann", "", MANY, NULL);
    struct said *last = say_notice(&w, "bob", "", -47, -126, 0.1, 61, 600);
    world_accept(&w, last);
    go_through(&w);
    world_pass(&w, 61 * INSTANT_SECOND);
    assert_true(w.st->due.more && notice_at(w.st, notice_find(w.st, party_of(&w, "bob"), &last->s.id))->state == NOTICE_ACTIVE);
    state_check(w.st);
    go_through(&w);
    assert_int_equal(in_state(&w, NOTICE_ACTIVE), MANY + 1);
    world_close(&w);
}

/* Two parties may have filled the queues by halves when a third comes: then nobody's deadlines enter them until there is room, and none is lost. */
static void a_full_room_is_waited_for(void **unused) {
    (void)unused;
    struct world w;
    world_of(&w, &day_capacity, EACH * LIMIT_TIMER_WORK);
    crowd(&w, "ann", "", CROWD, NULL);
    struct due_timers *d = &w.st->due;
    w.quick = true; /* no invariants: who would have filled them is not there */
    d->count = d->fresh = LIMIT_TICK_TIMERS;
    world_pass(&w, INSTANT_MINUTE);
    assert_true(d->more && d->count == LIMIT_TICK_TIMERS && in_state(&w, NOTICE_ACTIVE) == 0);
    d->count = d->fresh = 0;
    w.quick = false;
    go_through(&w);
    assert_int_equal(in_state(&w, NOTICE_ACTIVE), CROWD);
    state_check(w.st);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_crowd_goes_by_and_by), cmocka_unit_test(what_is_said_meanwhile_counts), cmocka_unit_test(the_next_tick_goes_on),
        cmocka_unit_test(a_hidden_crowd_delays_nobody), cmocka_unit_test(an_alert_waits_for_its_side), cmocka_unit_test(more_than_a_step_looks_at), cmocka_unit_test(a_crowd_hides_nobody_behind_it),
        cmocka_unit_test(a_full_room_is_waited_for)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("deadlines", tests, NULL, NULL);
}
