/* What `parley status` says first. Each judgement on figures that are made up, on both sides of its threshold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "base/instant.h"
#include "door/attention.h"
#include "door/limits.h"
#include "door/scrubber.h"

static struct attention a;
static int begin(void **state) {
    (void)state;
    a = (struct attention){.count = 0};
    return 0;
}
/* The one line that there is; then there is none. */
static void only(enum attention_level level, const char *what, const char *text) {
    assert_int_equal(a.count, 1);
    assert_string_equal(a.at[0].text, text);
    assert_string_equal(a.at[0].what, what);
    assert_int_equal(a.at[0].level, level);
    a = (struct attention){.count = 0};
}
static void nothing(void) { assert_int_equal(a.count, 0); }

static void fill(const char *name, uint32_t used, uint32_t most) {
    attention_fill(&a, TEXT("ann"), name, used, most);
    attention_fills_done(&a);
}
static void fills(void **state) {
    (void)state;
    fill("notices", 0, 0); /* a share of nothing is not full */
    fill("notices", 74, 100);
    fill("keys", 8, 8);    /* made by hand, and few: that is how it is */
    fill("keys", 83, 96);
    nothing();
    fill("notices", 75, 100);
    only(ATTENTION_WARN, "quota", "ann: notices 75 of 100 (75 %)");
    fill("notices", 87, 100);
    only(ATTENTION_WARN, "quota", "ann: notices 87 of 100 (87 %)");
    fill("notices", 88, 100); /* quota_room: from here on ordinary use is refused */
    only(ATTENTION_ALARM, "quota", "ann: notices 88 of 100 (88 %): only what warns people is still taken");
    fill("agreements", 84, 95);
    only(ATTENTION_WARN, "quota", "ann: agreements 84 of 95 (88 %)");
    attention_fill(&a, (struct text){0}, "tracks", UINT32_MAX, UINT32_MAX);
    attention_fills_done(&a);
    only(ATTENTION_ALARM, "table", "tracks 4294967295 of 4294967295 (100 %): little is left of the whole log's");
}

/* The fullest are named, those that are full before those that fill; of the rest the number. */
static void many_fills(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 20; i++) attention_fill(&a, TEXT("ann"), i % 2 ? "flights" : "agreements", 80 + i, 100);
    attention_fills_done(&a);
    assert_int_equal(a.count, ATTENTION_FILLS + 1);
    assert_string_equal(a.at[0].text, "ann: flights 99 of 100 (99 %): only what warns people is still taken");
    assert_string_equal(a.at[ATTENTION_FILLS - 3].text, "ann: flights 89 of 100 (89 %): only what warns people is still taken");
    assert_string_equal(a.at[ATTENTION_FILLS - 2].text, "ann: agreements 98 of 100 (98 %)");
    assert_string_equal(a.at[ATTENTION_FILLS].text, "8 further ones are nearly full"); /* 10 flights and 6 agreements are, 8 are named */
    a = (struct attention){.count = 0};
    for (uint32_t i = 0; i <= ATTENTION_FILLS; i++) attention_fill(&a, TEXT("ann"), "flights", 95, 100);
    attention_fills_done(&a);
    assert_string_equal(a.at[ATTENTION_FILLS].text, "1 further one is nearly full");
    assert_int_equal(a.at[ATTENTION_FILLS].level, ATTENTION_ALARM);
}

/* A witness that signs and yet answers what is not true is named, silent or not; one that does neither is not. */
static void witnesses(void **state) {
    (void)state;
    attention_witness(&a, TEXT("one"), false, false, 0, "");
    assert_int_equal(a.count, 0);
    attention_witness(&a, TEXT("two"), false, true, 0, "untrue: another tree");
    assert_int_equal(a.count, 1);
    assert_non_null(strstr(a.at[0].text, "two answers what is not true (untrue: another tree); the log goes on without"));
    attention_witness(&a, TEXT("three"), true, false, 600 * INSTANT_SECOND, "");
    assert_int_equal(a.count, 2);
    assert_non_null(strstr(a.at[1].text, "three has signed nothing for "));
    assert_int_equal(a.at[1].level, ATTENTION_WARN);
}

static void people(void **state) {
    (void)state;
    attention_readbacks(&a, &(struct figures_readbacks){.waiting = 7});
    attention_watch(&a, &(struct figures){.readbacks = 3, .pending = 2, .sealed = 4, .tracks_silent = 9});
    nothing();
    attention_readbacks(&a, &(struct figures_readbacks){.waiting = 7, .overdue = 3, .longest_ns = 12 * INSTANT_MINUTE});
    only(ATTENTION_ALARM, "read-backs", "3 overdue, the longest for 12 min");
    attention_readbacks(&a, &(struct figures_readbacks){.waiting = 7, .past = 1});
    only(ATTENTION_WARN, "read-backs", "1 of a hazard that is over was never made: is that desk on watch? 'parley list notices' says whose");
    attention_readbacks(&a, &(struct figures_readbacks){.waiting = 31, .told_over = 31});
    nothing();
    attention_watch(&a, &(struct figures){.holds_unanswered = 2, .hold_oldest_ns = INSTANT_MINUTE});
    only(ATTENTION_WARN, "holds", "2 without an answer, the longest for 60 s");
    attention_watch(&a, &(struct figures){.feeds_silent = 1});
    only(ATTENTION_WARN, "feeds", "1 is silent: 'parley list feeds' says which");
    attention_watch(&a, &(struct figures){.sealed_late = 2});
    only(ATTENTION_WARN, "sealed", "2 statements were not opened in time");
    attention_watch(&a, &(struct figures){.recoveries = 1});
    only(ATTENTION_WARN, "keys", "1 recovery of a root key waits: is it really theirs?");
    attention_watch(&a, &(struct figures){.forks = 1});
    only(ATTENTION_WARN, "forks", "1 statement whose sender had seen another log than this: was an older copy restored?");
}

/* An aircraft is inside when a track is. By plans alone it is an alarm while somebody has to read back, or the entry is yet to come, or the flight is under way. */
static void what_immediate_alerts_are_of(struct figures_own o) {
#define PLAN " meets a notice or another flight by its plan, no aircraft is seen there"
    o.immediate = o.planned = 1;
    attention_own(&a, &o);
    only(ATTENTION_WARN, "alerts", "1 immediate, a filed flight" PLAN ": 'parley list alerts'");
    o.unread = 1;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "1 immediate, a filed flight" PLAN ", 1 not read back: 'parley list alerts'");
    o.unread = 0, o.immediate = 3, o.planned = 2, o.entry = o.now + 4 * INSTANT_MINUTE;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "3 immediate, 2 times a filed flight" PLAN ", the next entry in 4 min: 'parley list alerts'");
    o.entry = INSTANT_NONE, o.planned = 0, o.immediate = o.under_way = 1;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "1 immediate, a flight under way" PLAN ": 'parley list alerts'");
    o.immediate = 7, o.inside = 3, o.close = 2, o.planned = 1;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "7 immediate, 3 times an aircraft is inside, 2 times two aircraft are too close, a flight under way meets a notice or another flight by its plan, "
                                    "a filed flight meets a notice or another flight by its plan: 'parley list alerts'");
    o.immediate = 1, o.inside = o.under_way = o.planned = 0, o.close = 1;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "1 immediate, two aircraft are too close: 'parley list alerts'");
#undef PLAN
}

/* What a party's own status says. */
static void a_partys_own(void **state) {
    (void)state;
    static const struct name north = {"north"}, names[FIGURES_SILENT] = {{"radar"}, {"mlat"}, {"adsb"}, {"voice"}};
    const instant now = 100 * INSTANT_DAY;
    struct figures_own none = {.now = now, .entry = INSTANT_NONE, .open_by = INSTANT_NONE}, o = none;
    o.open_by = now + DOOR_SEALED_WARN_SECONDS * INSTANT_SECOND + 1;
    attention_own(&a, &o);
    nothing();
    o.open_by--;
    attention_own(&a, &o);
    only(ATTENTION_WARN, "sealed", "one of your statements has to be opened within 10 min: 'parley open'");
    o = none;
    o.sealed_late = 1;
    attention_own(&a, &o);
    only(ATTENTION_WARN, "sealed", "1 of your statements was not opened in time: 'parley open'");
    o = none;
    o.immediate = 2;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "2 immediate: 'parley list alerts'");
    o.unread = 1;
    o.entry = now + 4 * INSTANT_MINUTE;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "2 immediate, the first entry in 4 min, 1 not read back: 'parley list alerts'");
    o.entry = INSTANT_NONE, o.inside = 1;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "alerts", "2 immediate, an aircraft is inside, 1 not read back: 'parley list alerts'");
    o = none;
    what_immediate_alerts_are_of(o);
    o.asked_of = 1, o.of_oldest_ns = 31 * INSTANT_SECOND;
    attention_own(&a, &o);
    only(ATTENTION_ALARM, "holds", "1 asked of you without your answer, the longest for 31 s: 'parley list holds'");
    o = none;
    o.asked_by = 3, o.by_oldest_ns = INSTANT_MINUTE;
    attention_own(&a, &o);
    only(ATTENTION_WARN, "holds", "3 of yours without an answer, the longest for 60 s: telephone");
    o = none;
    for (int i = 0; i < FIGURES_SILENT; i++) o.feed[i].party = &north, o.feed[i].name = &names[i];
    o.silent = 1;
    attention_own(&a, &o);
    only(ATTENTION_WARN, "feeds", "north/radar is silent: its aircraft are not watched");
    o.silent = FIGURES_SILENT + 2;
    attention_own(&a, &o);
    only(ATTENTION_WARN, "feeds", "north/radar, north/mlat, north/adsb, north/voice and 2 more are silent: their aircraft are not watched");
}

static void clock_and_certificate(void **state) {
    (void)state;
    const instant day = INSTANT_DAY;
    attention_clock(&a, false, DOOR_CLOCK_ERROR_NS);
    attention_certificate(&a, 21 * day, 0);
    nothing();
    attention_clock(&a, true, 0);
    only(ATTENTION_ALARM, "clock", "UNSURE, it jumped: set the machine's clock right, then 'parley clock'");
    attention_clock(&a, false, DOOR_CLOCK_ERROR_NS + 1000000);
    only(ATTENTION_WARN, "clock", "its error may be 501 ms");
    attention_clock(&a, false, DOOR_CLOCK_UNSYNC_NS);
    only(ATTENTION_WARN, "clock", "not synchronised: start chrony or systemd-timesyncd");
    attention_certificate(&a, 21 * day - 1, 0);
    only(ATTENTION_WARN, "certificate", "ends in 20 days: renew it, then send the server SIGHUP");
    attention_certificate(&a, 3 * day - 1, 0);
    only(ATTENTION_ALARM, "certificate", "ends in 2 days: renew it, then send the server SIGHUP");
    attention_certificate(&a, day, day);
    only(ATTENTION_ALARM, "certificate", "has expired: renew it, then send the server SIGHUP");
}

static void disks(void **state) {
    (void)state;
    struct node_numbers n = {.disk_free = 2000000000, .disk_reserve = 1000000000};
    const int64_t day = 86400;
    attention_disk(&a, &n, INT64_MAX, day);
    attention_disk(&a, &n, -1, 30);
    attention_disk(&a, &n, 14 * day, day);
    nothing();
    attention_disk(&a, &n, 14 * day - 1, 3600);
    only(ATTENTION_WARN, "disk", "full in 13 days at the present rate: get a larger one; 2.0 GB free, 1.0 GB of it kept for what warns people");
    attention_disk(&a, &n, 2 * day - 1, 3600);
    only(ATTENTION_ALARM, "disk", "full in 47 h at the present rate: get a larger one; 2.0 GB free, 1.0 GB of it kept for what warns people");
    attention_disk(&a, &n, 2 * day - 1, 3599); /* an import of a few minutes is no rate */
    only(ATTENTION_WARN, "disk", "full in 47 h at the rate of the last 59 min alone: look again in an hour; 2.0 GB free, 1.0 GB of it kept for what warns people");
    attention_disk(&a, &n, 3600, 60);
    only(ATTENTION_WARN, "disk", "full in 60 min at the rate of the last 60 s alone: look again in an hour; 2.0 GB free, 1.0 GB of it kept for what warns people");
    n.disk_free--;
    attention_disk(&a, &n, 1000 * day, day);
    only(ATTENTION_ALARM, "disk", "nearly full: 1.9 GB free, 1.0 GB of it kept for what warns people; ordinary statements are refused soon, or are already");
    n = (struct node_numbers){.disk_unknown = true};
    strcpy(n.disk_why.message, "Input/output error");
    attention_disk(&a, &n, -1, 0);
    only(ATTENTION_ALARM, "disk", "what is free cannot be read: Input/output error");
}

static void rot(void **state) {
    (void)state;
    attention_scrub(&a, 0, "", 0, NULL, false);
    nothing();
    attention_scrub(&a, 1, "journal/pay-00000002.seg", 4711, NULL, false);
    only(ATTENTION_ALARM, "rot", "1 place of the log's directory is no longer what was written, the first in journal/pay-00000002.seg, byte 4711: 'parley scrub' with the server stopped, while there are copies; and look at the disk");
    attention_scrub(&a, 3, "checkpoint", 0, NULL, false);
    only(ATTENTION_ALARM, "rot", "3 places of the log's directory are no longer what was written, the first in checkpoint, byte 0: 'parley scrub' with the server stopped, while there are copies; and look at the disk");
    attention_scrub(&a, 0, "", 0, "read log-00000001.seg: Input/output error", false);
    only(ATTENTION_ALARM, "rot", "the log's directory could not be read to its end: read log-00000001.seg: Input/output error");
    attention_scrub(&a, 0, "", 0, NULL, true);
    only(ATTENTION_WARN, "rot", "the process that looks for it has ended or could not be made; until the next start nobody does: see the server's log");
}

static void the_log(void **state) {
    (void)state;
    struct node_numbers n = {.applied = 10000, .snapshots_failed = 2, .snapshots_passed = 1, .snapshots = 1, .snapshot_order = 10000 - LIMIT_SNAPSHOT_ORDERS + 1,
                             .writing_ns = (uint64_t)DOOR_WRITE_STUCK_NS};
    attention_snapshots(&a, &n, 0); /* one was written since, and little came after it */
    attention_log(&a, &n, 2 * INSTANT_SECOND, INSTANT_SECOND);
    nothing();
    n.snapshot_order--;
    attention_snapshots(&a, &n, 3 * INSTANT_HOUR);
    only(ATTENTION_WARN, "snapshots", "2 could not be written; the newest is of before 3 h: see the server's log");
    n.snapshot_order = 0;
    attention_snapshots(&a, &n, 3 * INSTANT_HOUR);
    only(ATTENTION_WARN, "snapshots", "2 could not be written: see the server's log");
    n.snapshots_failed = n.snapshots = 0;
    attention_snapshots(&a, &n, 0);
    only(ATTENTION_WARN, "snapshots", "1 could not be used by this start: see the server's log");
    n = (struct node_numbers){.writing_ns = (uint64_t)DOOR_WRITE_STUCK_NS, .snapshot_wanted = 9, .wanted_ticks = DOOR_KEEPER_LATE_TICKS};
    attention_snapshots(&a, &n, 0);
    nothing();
    n.wanted_ticks++;
    attention_snapshots(&a, &n, 0);
    only(ATTENTION_WARN, "snapshots", "the keeper, which writes them, has not written one that is due since 601 ticks: it hangs, or cannot keep up");
    n.wanted_ticks = 0;
    n.writing_ns++;
    attention_log(&a, &n, 0, INSTANT_SECOND);
    only(ATTENTION_ALARM, "disk", "a write has not come back for 5.0 s");
    n.writing_ns = 0;
    attention_log(&a, &n, 2 * INSTANT_SECOND + 1, INSTANT_SECOND);
    only(ATTENTION_ALARM, "timers", "what is due is late by 2.0 s");
    n.index_rotten = true;
    strcpy(n.index_why.message, "index/places, byte 8192: a chunk is not what was written");
    attention_log(&a, &n, 0, INSTANT_SECOND);
    only(ATTENTION_WARN, "index", "start the server anew soon, and look at the disk: until then some records are not given out. index/places, byte 8192: a chunk is not what was written");
    n.index_rotten = false;
    n.rot = 1;
    attention_log(&a, &n, 0, INSTANT_SECOND);
    only(ATTENTION_ALARM, "record", "1 read of a record that is no longer what its hashes say: 'parley log check' on a copy, and look at the disk");
}

static void steps(void **state) {
    (void)state;
    static struct slow_steps s;
    const instant now = 10 * INSTANT_HOUR;
    s = (struct slow_steps){0};
    slow_steps_add(&s, KIND_TICK, 7, now, DOOR_STEP_WARN_NS - 1);
    slow_steps_add(&s, KIND_NOTICE, 8, now - INSTANT_HOUR - 1, 9 * DOOR_STEP_WARN_NS);
    attention_steps(&a, &s, now);
    nothing();
    slow_steps_add(&s, KIND_TICK, 9, now - INSTANT_HOUR, 4 * DOOR_STEP_WARN_NS);
    slow_steps_add(&s, KIND_NOTICE, 10, now, DOOR_STEP_WARN_NS);
    attention_steps(&a, &s, now);
    only(ATTENTION_WARN, "steps", "tick took 1.0 s; nobody else was served meanwhile");
}

static void alarms_come_first(void **state) {
    (void)state;
    char room[1024];
    struct append out = append_fixed(room, sizeof room);
    attention_render(&a, &out);
    attention_watch(&a, &(struct figures){.feeds_silent = 2, .holds_unanswered = 1});
    attention_clock(&a, true, 0);
    attention_render(&a, &out);
    append_char(&out, '\0');
    assert_string_equal(room, "[][{\"level\":\"alarm\",\"what\":\"clock\",\"text\":\"UNSURE, it jumped: set the machine's clock right, then 'parley clock'\"},"
                              "{\"level\":\"warn\",\"what\":\"holds\",\"text\":\"1 without an answer, the longest for 0 s\"},"
                              "{\"level\":\"warn\",\"what\":\"feeds\",\"text\":\"2 are silent: 'parley list feeds' says which\"}]");
}

/* What a whole round has found is rot until the next one has come to its end, or finds some itself. */
static void rot_of_before(void **state) {
    (void)state;
    static const struct { uint64_t whole, now, told; } table[] = {{0, 0, 0}, {2, 0, 2}, {2, 1, 1}, {0, 3, 3}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct scrubber s = {.state = {.found_whole = table[i].whole, .found = table[i].now}};
        assert_int_equal(scrubber_rot(&s), table[i].told);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rot_of_before), cmocka_unit_test_setup(fills, begin), cmocka_unit_test_setup(many_fills, begin), cmocka_unit_test_setup(witnesses, begin), cmocka_unit_test_setup(people, begin),
                                       cmocka_unit_test_setup(a_partys_own, begin), cmocka_unit_test_setup(clock_and_certificate, begin), cmocka_unit_test_setup(disks, begin), cmocka_unit_test_setup(rot, begin), cmocka_unit_test_setup(the_log, begin),
                                       cmocka_unit_test_setup(steps, begin), cmocka_unit_test_setup(alarms_come_first, begin)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("attention", tests, NULL, NULL);
}
