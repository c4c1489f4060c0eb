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

/* What will be told by itself: read-backs that are called for again, holds, queries for an end. */
static void calls_to_come(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob"); /* a read-back within ten minutes */
    assert_int_equal(figures_calls(w.st, INSTANT_HOUR), 0);
    struct said *n = say_notice(&w, "ann", "bob", -47, -126, 1, 7200, 9000);
    world_accept(&w, n);
    uint64_t place = told(&w, TOLD_STATEMENT, "bob", 0)->place;
    assert_int_equal(figures_calls(w.st, INSTANT_MINUTE), 0);          /* nothing is due in a minute */
    assert_int_equal(figures_calls(w.st, INSTANT_HOUR), 2 * 5);        /* to bob and to the operator: 10, 20, 30, 40, 50 minutes from now, */
    assert_int_equal(figures_calls(w.st, 70 * INSTANT_MINUTE), 2 * 6); /* then ever more slowly: 70, 110, 190, 350, 670, and every 640 from 1310 on */
    assert_int_equal(figures_calls(w.st, 3 * INSTANT_DAY), 2 * 15 + 12);
    world_accept(&w, say_read_back(&w, "bob", place, n->volume[0].start, 300000, "SORREL 4"));
    assert_int_equal(figures_calls(w.st, INSTANT_HOUR), 0);
    assert_int_equal(figures_calls(w.st, 3 * INSTANT_HOUR), 12);       /* it may be asked for its end */
    struct said *h = say_body(&w, KIND_HOLD, "bob", "root", &b);
    b->body.hold = (struct body_hold){.notice = {said_name("ann"), n->s.id}, .until = INSTANT_NONE};
    world_accept(&w, h);
    assert_int_equal(figures_calls(w.st, INSTANT_MINUTE), 1 + INSTANT_MINUTE / w.st->settings.hold_repeat_ns);
    world_close(&w);
}

static bool view_says(const struct world *w, const char *party, enum view what, const char *part) {
    struct append out = append_growing(1 << 20);
    struct fault f = {0};
    assert_true(result_is_ok(view_render(w->st, party_of(w, party), what, NULL, &out, &f)));
    append_char(&out, '\0');
    bool found = strstr(out.at, part) != NULL;
    if (!found) print_message("# %s\n", out.at);
    append_free(&out);
    return found;
}
static void move_on(struct world *w, enum statement_kind kind, const struct said *n) { world_accept(w, say_text(w, kind, "ann", "ann", &n->s.id)); }
/* Overdue while the hazard stands, in its tail too; then it is past. Of what is cancelled nothing is wanted. */
static void hazards_that_are_over(void **unused) {
    (void)unused;
    struct world w;
    struct figures_readbacks all;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    struct said *n = say_notice(&w, "ann", "bob", -47, -126, 1, 7200, 9000), *c = say_notice(&w, "ann", "bob", -40, -126, 1, 7200, 9000);
    world_accept(&w, n);
    world_accept(&w, c);
    world_pass(&w, INSTANT_HOUR / 2);
    figures_readbacks(w.st, party_of(&w, "bob"), &all);
    assert_true(all.waiting == 2 && all.overdue == 2 && all.past == 0);
    assert_true(view_says(&w, "bob", VIEW_STATUS, "\"area\":\"SORREL 4\",\"start\":\"") && view_says(&w, "bob", VIEW_STATUS, "\"until\":\"2026-"));
    assert_true(view_says(&w, "op", VIEW_STATUS, "\"next_call\":\"2026-"));
    move_on(&w, KIND_NOTICE_CANCEL, c);
    move_on(&w, KIND_NOTICE_ACTIVATE, n);
    move_on(&w, KIND_NOTICE_OVER, n);
    figures_readbacks(w.st, party_of(&w, "bob"), &all);
    bool tail = notice_hazardous(notice_at(w.st, notice_find(w.st, party_of(&w, "ann"), &n->s.id)));
    assert_true(all.overdue == tail && all.past == !tail && (all.longest_ns > 0) == tail);
    world_pass(&w, INSTANT_HOUR);
    figures_readbacks(w.st, party_of(&w, "bob"), &all);
    assert_true(all.overdue == 0 && all.past == 1 && all.longest_ns == 0);
    assert_true(figures(&w).readbacks_past == 1 && figures(&w).readbacks_overdue == 0);
    assert_true(view_says(&w, "bob", VIEW_STATUS, "\"overdue\":0,\"past\":1,") && view_says(&w, "bob", VIEW_STATUS, "\"late\":[]"));
    world_close(&w);
}

/* Brought in when it was over already: once its sender has said so it alarms nobody, not in its tail either, nor is a desk asked after. Until then it is hazardous. */
static void hazards_that_were_over_when_told(void **unused) {
    (void)unused;
    struct world w;
    struct figures_readbacks all;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    struct said *n = say_notice(&w, "ann", "bob", -47, -126, 1, -7200, -3600);
    world_accept(&w, n);
    world_pass(&w, INSTANT_HOUR / 2);
    figures_readbacks(w.st, party_of(&w, "bob"), &all);
    assert_true(all.overdue == 1 && all.told_over == 0 && view_says(&w, "bob", VIEW_DUE, "\"hazard\":\"stands\""));
    move_on(&w, KIND_NOTICE_OVER, n);
    assert_true(notice_hazardous(notice_at(w.st, notice_find(w.st, party_of(&w, "ann"), &n->s.id)))); /* its tail */
    figures_readbacks(w.st, party_of(&w, "bob"), &all);
    assert_true(all.waiting == 1 && all.overdue == 0 && all.past == 0 && all.told_over == 1 && all.longest_ns == 0);
    assert_true(view_says(&w, "bob", VIEW_DUE, "\"hazard\":\"over-when-told\"") && view_says(&w, "bob", VIEW_STATUS, "\"past\":0,\"told_over\":1,"));
    world_pass(&w, INSTANT_HOUR);
    figures_readbacks(w.st, party_of(&w, "bob"), &all);
    assert_true(all.overdue == 0 && all.past == 0 && all.told_over == 1);
    assert_true(figures(&w).readbacks_past == 0 && figures(&w).readbacks_overdue == 0);
    world_close(&w);
}

/* By its plan a flight meets a notice; that an aircraft is inside is said of a track. */
static void what_immediate_alerts_are_of(void **unused) {
    (void)unused;
    struct world w;
    struct figures_own bob;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    world_feed(&w, "bob", "radar", "");
    struct said *f = say_flight(&w, "bob", "", -47, -126, 0.2, 0, 7200);
    world_accept(&w, f);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 7200));
    world_pass(&w, INSTANT_SECOND);
    figures_own(w.st, party_of(&w, "bob"), &bob);
    assert_true(bob.immediate == 1 && bob.planned == 1 && bob.under_way == 0 && bob.inside == 0 && bob.entry == INSTANT_NONE);
    world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "bob", "bob", &f->s.id));
    figures_own(w.st, party_of(&w, "bob"), &bob);
    assert_true(bob.immediate == 1 && bob.planned == 0 && bob.under_way == 1 && bob.inside == 0);
    world_accept(&w, say_position(&w, "bob", "radar", 1, "4b1234", -46.5, -125.5, 100, 90));
    world_pass(&w, INSTANT_SECOND);
    figures_own(w.st, party_of(&w, "bob"), &bob);
    assert_true(bob.immediate == 2 && bob.under_way == 1 && bob.inside == 1 && bob.close == 0);
    world_close(&w);
}

/* What a party's desk has to look at; of others' nothing. */
static void a_partys_own(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    struct figures_own ann, bob, cat;
#define OWN() (figures_own(w.st, party_of(&w, "ann"), &ann), figures_own(w.st, party_of(&w, "bob"), &bob), figures_own(w.st, party_of(&w, "cat"), &cat))
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    OWN();
    assert_true(ann.immediate == 0 && ann.entry == INSTANT_NONE && ann.open_by == INSTANT_NONE && bob.silent == 0);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 120, 9000);
    world_accept(&w, n);
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 0.2, 0, 7200));
    OWN();
    assert_true(bob.immediate == 1 && bob.unread == 1 && ann.immediate == 0 && cat.immediate == 0);
    assert_true(bob.entry != INSTANT_NONE && bob.entry <= w.now + 120 * INSTANT_SECOND && bob.planned == 0);
    uint64_t place = told(&w, TOLD_ALERT, "bob", 0)->place;
    world_accept(&w, say_read_back(&w, "bob", place, n->volume[0].start, 300000, "SORREL 4"));
    OWN();
    assert_true(bob.immediate == 1 && bob.unread == 0); /* read back, and it stands */
    struct said *h = say_body(&w, KIND_HOLD, "bob", "root", &b);
    b->body.hold = (struct body_hold){.notice = {said_name("ann"), n->s.id}, .until = INSTANT_NONE};
    world_accept(&w, h);
    world_pass(&w, INSTANT_MINUTE);
    OWN();
    assert_true(ann.asked_of == 1 && ann.asked_by == 0 && ann.of_oldest_ns >= INSTANT_MINUTE && bob.asked_by == 1 && bob.asked_of == 0 && bob.by_oldest_ns == ann.of_oldest_ns);
    assert_true(cat.asked_of == 0 && cat.asked_by == 0);
    struct said *wilco = say_body(&w, KIND_HOLD_ANSWER, "ann", "root", &b);
    b->body.hold_answer = (struct body_hold_answer){.hold = {said_name("bob"), h->s.id}, .reply = HOLD_WILCO};
    world_accept(&w, wilco);
    /* bob reads ann's feed, cat does not. */
    world_feed(&w, "ann", "radar", "bob");
    world_accept(&w, say_position(&w, "ann", "radar", 1, "4b1234", -30, -126, 100, 90));
    OWN();
    assert_true(ann.asked_of == 0 && bob.asked_by == 0 && bob.silent == 0);
    world_pass(&w, 10 * INSTANT_MINUTE);
    OWN();
    assert_true(ann.silent == 1 && bob.silent == 1 && cat.silent == 0);
    assert_string_equal(bob.feed[0].party->at, "ann");
    assert_string_equal(bob.feed[0].name->at, "radar");
    /* Sealed: the deadline stands with the notice, and is late afterwards. */
    struct said *x = say(&w, KIND_NOTICE);
    say_sign(&w, x, "ann", "root");
    say_on(x, "ann", &x->s.id);
    x->s.open_by = w.now + 900 * INSTANT_SECOND;
    world_accept(&w, x);
    OWN();
    assert_true(ann.sealed == 1 && ann.sealed_late == 0 && ann.open_by == x->s.open_by && bob.sealed == 0);
    assert_true(view_says(&w, "ann", VIEW_NOTICES, "\"sealed\":true,\"not_contained\":false,\"open_by\":\"2026-"));
    world_pass(&w, 900 * INSTANT_SECOND);
    OWN();
    assert_true(ann.sealed == 1 && ann.sealed_late == 0 && ann.open_by == ann.now);
    world_pass(&w, INSTANT_SECOND);
    OWN();
    assert_true(ann.sealed == 1 && ann.sealed_late == 1 && ann.open_by == INSTANT_NONE);
    world_close(&w);
#undef OWN
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(deadlines), cmocka_unit_test(calls_to_come), cmocka_unit_test(hazards_that_are_over), cmocka_unit_test(hazards_that_were_over_when_told), cmocka_unit_test(what_immediate_alerts_are_of), cmocka_unit_test(a_partys_own), cmocka_unit_test(fills)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
