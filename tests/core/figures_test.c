/* What an operator watches: fills, what waits, what is overdue. */
#include "watched.h"

#include "core/figures.h"

static struct figures figures(const struct world *w) {
    struct figures f;
    figures_take(w->st, &f);
    return f;
}

static void deadlines(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    struct said *n = say_notice(&w, "ann", "bob", -47, -126, 1, 7200, 9000);
    world_accept(&w, n);
    uint64_t place = told(&w, TOLD_STATEMENT, "bob", 0)->place;
    struct figures f = figures(&w);
    assert_true(f.readbacks == 1 && f.readbacks_overdue == 0 && f.readback_oldest_ns == 0 && f.notices[NOTICE_FILED].count == 1);
    assert_string_equal(f.notices[NOTICE_FILED].state, "filed");
    world_pass(&w, INSTANT_HOUR / 2);
    f = figures(&w);
    assert_true(f.readbacks == 1 && f.readbacks_overdue == 1 && f.readback_oldest_ns > INSTANT_MINUTE && f.readback_oldest_ns < INSTANT_HOUR / 2);
    world_accept(&w, say_read_back(&w, "bob", place, n->volume[0].start, 300000, "SORREL 4"));
    f = figures(&w);
    assert_true(f.readbacks == 0 && f.readbacks_overdue == 0 && f.readback_oldest_ns == 0);
    struct said *h = say_body(&w, KIND_HOLD, "bob", "root", &b);
    b->body.hold = (struct body_hold){.notice = {said_name("ann"), n->s.id}, .until = INSTANT_NONE};
    world_accept(&w, h);
    world_pass(&w, INSTANT_MINUTE);
    f = figures(&w);
    assert_true(f.holds_unanswered == 1 && f.hold_oldest_ns >= INSTANT_MINUTE);
    struct said *wilco = say_body(&w, KIND_HOLD_ANSWER, "ann", "root", &b);
    b->body.hold_answer = (struct body_hold_answer){.hold = {said_name("bob"), h->s.id}, .reply = HOLD_WILCO};
    world_accept(&w, wilco);
    f = figures(&w);
    assert_true(f.holds_unanswered == 0 && f.hold_oldest_ns == 0);
    world_replay(&w);
    world_close(&w);
}

static void fills(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    for (int i = 0; i < 3; i++) world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47 + i, -126, 0.2, 3600, 7200));
    world_accept(&w, say_notice(&w, "bob", FOR_ALL, -40, -126, 0.2, 3600, 7200));
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 0.2, 0, 7200));
    struct figures f = figures(&w);
    uint32_t found = 0;
    for (unsigned q = 0; q < FIGURES_QUOTAS; q++) {
        assert_non_null(f.quotas[q].name);
        uint32_t most = 0, sum = 0;
        for (uint16_t p = 0; p < f.parties; p++) {
            uint32_t used = figures_used(w.st, p, q);
            sum += used;
            if (used > most) most = used;
        }
        assert_true(f.quotas[q].fullest == most && most <= f.quotas[q].share);
        for (int t = 0; t < FIGURES_TABLES; t++) {
            if (strcmp(f.tables[t].name, f.quotas[q].name) != 0 || strcmp(f.tables[t].name, "volumes") == 0) continue;
            assert_int_equal(f.tables[t].used, sum);
            found++;
        }
        if (strcmp(f.quotas[q].name, "notices") == 0) assert_true(f.quotas[q].fullest == 3 && figures_used(w.st, party_of(&w, "bob"), q) == 1);
    }
    assert_true(found >= 10);
    assert_true(f.index_boxes == 5 && f.timers > 0 && f.timers <= f.timers_room && f.parties == 4 && f.timer_late_ns == 0);
    uint32_t alerts = 0;
    for (int i = 0; i < FIGURES_LEVELS; i++) alerts += f.alerts[i].count;
    assert_int_equal(alerts, live_alerts(&w, "bob"));
    assert_true(alerts == 1);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(deadlines), cmocka_unit_test(fills)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
