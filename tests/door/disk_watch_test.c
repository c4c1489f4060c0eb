/* How long the disk lasts, by the growth of the last day; and that little is said once. The node's numbers are made up here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/door.h"
#include "door/limits.h"
#include "door/probe.h"
#include "door/report.h"

#define GB UINT64_C(1000000000)
static struct node_numbers numbers;
static uint64_t index_bytes, journal_on_disk;
void node_numbers(const struct node *n, struct node_numbers *out) { (void)n, *out = numbers; }
uint64_t probe_tree_bytes(const char *dir, const char *name) { return (void)dir, strcmp(name, "index") == 0 ? index_bytes : journal_on_disk; }

static struct door d;

static int begin(void **state) {
    (void)state;
    memset(&d, 0, sizeof d);
    numbers = (struct node_numbers){.disk_free = 101 * GB, .disk_reserve = GB, .journal_bytes = 5 * GB};
    index_bytes = journal_on_disk = 0;
    return 0;
}

static bool near(int64_t is, int64_t wanted) { return is >= wanted && is - wanted <= wanted / 1000; }

/* An hour in steps of a minute, in which so much is written. */
static void pass_hour(uint64_t bytes) {
    for (int i = 0; i < 60; i++) {
        d.now_ms += 60000;
        numbers.journal_bytes += bytes / 60;
        numbers.disk_free -= bytes / 60;
        disk_watch_tick(&d);
    }
}

static void the_first_minute(void **state) {
    (void)state;
    assert_true(disk_watch_seconds(&d) == -1);
    disk_watch_tick(&d);
    assert_true(disk_watch_seconds(&d) == -1);
    d.now_ms += 59999;
    assert_true(disk_watch_seconds(&d) == -1);
    d.now_ms += 1;
    assert_true(disk_watch_seconds(&d) == INT64_MAX); /* it did not grow */
    numbers.journal_bytes += GB;
    assert_true(disk_watch_seconds(&d) == 6000); /* a GB a minute, 100 GB */
}

static void the_last_day_counts(void **state) {
    (void)state;
    disk_watch_tick(&d);
    for (int i = 0; i < 48; i++) pass_hour(GB / 10);
    numbers.disk_free = 101 * GB;
    assert_true(near(disk_watch_seconds(&d), 1000 * 3600));
    for (int i = 0; i < 25; i++) pass_hour(GB / 5);
    numbers.disk_free = 101 * GB;
    assert_true(near(disk_watch_seconds(&d), 500 * 3600)); /* the days before are forgotten */
    index_bytes = GB / 4; /* beside a journal of 1 GB on the disk */
    journal_on_disk = GB;
    pass_hour(GB / 5);
    numbers.disk_free = 101 * GB;
    assert_true(near(disk_watch_seconds(&d), 400 * 3600));
}

/* One hour of ten times as much counts as what was written in it; a feed that stays shows within three hours, not after half a day. */
static void a_burst_and_a_rise(void **state) {
    (void)state;
    disk_watch_tick(&d);
    for (int i = 0; i < 48; i++) pass_hour(GB / 10);
    pass_hour(GB);
    numbers.disk_free = 101 * GB;
    int64_t left = disk_watch_seconds(&d);
    assert_true(left > 690 * 3600 && left < 740 * 3600); /* 2.3 + 1 GB in 24 hours */
    for (int i = 0; i < 24; i++) pass_hour(GB / 10);
    for (int i = 0; i < 3; i++) pass_hour(GB / 5);
    numbers.disk_free = 101 * GB;
    assert_true(near(disk_watch_seconds(&d), 500 * 3600));
    for (int i = 0; i < 6; i++) pass_hour(GB / 20); /* less again: the day counts, which had more */
    numbers.disk_free = 101 * GB;
    left = disk_watch_seconds(&d);
    assert_true(left > 950 * 3600 && left < 1060 * 3600);
    assert_true(disk_watch_over(&d) >= 23 * 3600 && disk_watch_over(&d) <= 24 * 3600);
}

static void little_is_said_once(void **state) {
    (void)state;
    report_from(REPORT_DEBUG);
    uint64_t said = report_lines() + report_lost();
    disk_watch_tick(&d);
    pass_hour(0);
    assert_true(!d.disk.low && report_lines() + report_lost() == said);
    for (int i = 0; i < 8; i++) pass_hour(GB); /* four days then */
    assert_true(d.disk.low && report_lines() + report_lost() == said + 1);
    numbers.disk_free = 1000 * GB;
    pass_hour(GB);
    assert_true(!d.disk.low && report_lines() + report_lost() == said + 2);
    numbers.disk_free = 2 * GB - 1; /* whatever the growth */
    disk_watch_tick(&d);
    disk_watch_tick(&d);
    assert_true(d.disk.low && report_lines() + report_lost() == said + 3);
}

/* At the threshold free space and growth go to and fro: one warning, and one word when it is over. */
static void the_threshold_is_not_repeated(void **state) {
    (void)state;
    report_from(REPORT_DEBUG);
    uint64_t said = report_lines() + report_lost();
    for (int i = 0; i < 100; i++) {
        numbers.disk_free = i % 2 == 0 ? 2 * GB - 1 : 2 * GB + GB / 10;
        disk_watch_tick(&d);
        assert_true(d.disk.low && report_lines() + report_lost() == said + 1);
    }
    numbers.disk_free = 2 * GB + 2 * GB / 100 * DOOR_DISK_ENOUGH_PERCENT;
    disk_watch_tick(&d);
    assert_true(!d.disk.low && report_lines() + report_lost() == said + 2);
    numbers.disk_free = 2 * GB; /* more than low: it is not said again before it is */
    disk_watch_tick(&d);
    assert_true(!d.disk.low && report_lines() + report_lost() == said + 2);
}

/* What is free cannot be read, at every tick of three hours. */
static void unread_is_said_once_an_hour(void **state) {
    (void)state;
    report_from(REPORT_DEBUG);
    disk_watch_tick(&d);
    uint64_t said = report_lines() + report_lost();
    numbers.disk_unknown = true;
    assert_true(fail(&numbers.disk_why, RESULT_IO, "/log", "free space of /log: Input/output error").code == RESULT_IO);
    for (int i = 0; i < 10; i++) disk_watch_tick(&d);
    assert_true(report_lines() + report_lost() == said + 1);
    for (int i = 0; i < 3; i++) pass_hour(0);
    assert_true(report_lines() + report_lost() == said + 4);
    numbers.disk_unknown = false;
    for (int i = 0; i < 3; i++) pass_hour(0);
    assert_true(report_lines() + report_lost() == said + 4);
}

static void so_with_the_days_left(void **state) {
    (void)state;
    report_from(REPORT_DEBUG);
    disk_watch_tick(&d);
    pass_hour(GB);
    assert_true(disk_watch_seconds(&d) > 0 && d.disk.low);
    uint64_t said = report_lines() + report_lost();
    uint64_t hour = 60 * (GB / 60); /* what pass_hour wrote */
    for (int i = 0; i < 10; i++) {
        uint64_t hours = i % 2 == 0 ? 7 * 24 - 1 : 7 * 24 + 16;
        numbers.disk_free = GB + hour * hours;
        disk_watch_tick(&d);
        assert_true(near(disk_watch_seconds(&d), (int64_t)hours * 3600) && d.disk.low && report_lines() + report_lost() == said);
    }
    numbers.disk_free = GB + hour * (7 * 24 + 17);
    disk_watch_tick(&d);
    assert_true(!d.disk.low && report_lines() + report_lost() == said + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(the_first_minute, begin), cmocka_unit_test_setup(the_last_day_counts, begin), cmocka_unit_test_setup(a_burst_and_a_rise, begin), cmocka_unit_test_setup(little_is_said_once, begin),
                                       cmocka_unit_test_setup(the_threshold_is_not_repeated, begin), cmocka_unit_test_setup(so_with_the_days_left, begin),
                                       cmocka_unit_test_setup(unread_is_said_once_an_hour, begin)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("disk_watch", tests, NULL, NULL);
}
