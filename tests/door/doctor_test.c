/* What the doctor says of what was found: each judgement at both sides of each of its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */

#include "door/disk_watch.h"
#include "door/doctor.h"
#include "door/limits.h"

static struct doctor_line l;
#define GB INT64_C(1000000000)

static void is(enum doctor_level level, const char *found, const char *fix) {
    if (l.level != level || strstr(l.found, found) == NULL || strstr(l.fix, fix) == NULL) print_error("%s: %s: %s -> %s\n", l.what, doctor_level_name(l.level), l.found, l.fix);
    assert_int_equal(l.level, level);
    assert_non_null(strstr(l.found, found));
    assert_non_null(strstr(l.fix, fix));
    assert_true((l.fix[0] == '\0') == (level == DOCTOR_OK));
}

static void space(void **unused) {
    (void)unused;
    struct probe_space s = {.known = true, .total = 100 * GB};
    s.free = 4 * GB;
    doctor_space(&l, &s, GB);
    is(DOCTOR_OK, "4.0 of 100.0 GB", "");
    s.free = 4 * GB - 1;
    doctor_space(&l, &s, GB);
    is(DOCTOR_WARN, "1.00 GB are kept", "frames");
    s.free = GB;
    doctor_space(&l, &s, GB);
    is(DOCTOR_WARN, "1.0 of 100.0 GB", "larger disk");
    s.free = GB - 1;
    doctor_space(&l, &s, GB);
    is(DOCTOR_FAIL, "free", "less than the reserve");
    doctor_space(&l, &(struct probe_space){.known = false}, GB);
    is(DOCTOR_FAIL, "not known", "directory");
}

static void days(void **unused) {
    (void)unused;
    struct probe_space s = {.known = true, .free = 15 * GB};
    struct probe_growth g = {.known = true, .bytes = GB, .seconds = 86400};
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_OK, "14.0 days left: the log grew by 1000.0 MB a day", "");
    s.free -= 1000000;
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_WARN, "14.0 days", "this week");
    s.free = 3 * GB;
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_WARN, "2.0 days", "this week");
    s.free -= 1000000;
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_FAIL, "2.0 days", "today");
    s.free = 0;
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_FAIL, "0.0 days", "today");
    g.known = false;
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_OK, "too young", "");
    g = (struct probe_growth){.known = true, .bytes = 1000, .seconds = 86400};
    s.free = 15 * GB;
    doctor_days(&l, &s, GB, &g);
    is(DOCTOR_OK, "more than 3650 days", "");
    assert_true(disk_watch_left(UINT64_MAX, 0, 1, INT64_MAX) == INT64_MAX);
    assert_true(disk_watch_left(10, 10, 5, 5) == 0 && disk_watch_left(11, 10, 0, 5) == INT64_MAX && disk_watch_left(20, 10, 5, 7) == 14);
}

static void kinds(void **unused) {
    (void)unused;
    doctor_kind(&l, &(struct probe_space){.known = true, .kind = "ext4", .type = 0xef53});
    is(DOCTOR_OK, "ext4", "");
    doctor_kind(&l, &(struct probe_space){.known = true, .kind = "unknown", .type = 0x1234});
    is(DOCTOR_OK, "0x1234", "");
    doctor_kind(&l, &(struct probe_space){.known = true, .kind = "tmpfs", .in_memory = true});
    is(DOCTOR_WARN, "tmpfs", "power cut");
    doctor_kind(&l, &(struct probe_space){.known = true, .kind = "nfs", .over_network = true});
    is(DOCTOR_WARN, "nfs", "network");
}

static void sync_times(void **unused) {
    (void)unused;
    struct fault f = {.message = "Permission denied"};
    struct probe_sync s = {.median_ns = 20000000, .worst_ns = 31000000, .writes = 16};
    doctor_sync(&l, OK, &s, &f);
    is(DOCTOR_OK, "20.00 ms (median of 16), the longest took 31.0 ms", "");
    s.median_ns++;
    doctor_sync(&l, OK, &s, &f);
    is(DOCTOR_WARN, "20.00 ms", "faster disk");
    s.median_ns = 250000001;
    doctor_sync(&l, OK, &s, &f);
    is(DOCTOR_FAIL, "250.00 ms", "too slow");
    doctor_sync(&l, result_of(RESULT_IO), &s, &f);
    is(DOCTOR_WARN, "Permission denied", "user");
}

static void clocks(void **unused) {
    (void)unused;
    struct probe_clock c = {.known = true, .synchronised = true, .error_ns = INSTANT_SECOND};
    doctor_clock(&l, &c);
    is(DOCTOR_OK, "synchronised, its error may be 1.0 s", "");
    c.error_ns++;
    doctor_clock(&l, &c);
    is(DOCTOR_WARN, "1.0 s", "time servers");
    c.synchronised = false;
    doctor_clock(&l, &c);
    is(DOCTOR_WARN, "NOT synchronised", "chrony");
    doctor_clock(&l, &(struct probe_clock){.known = false});
    is(DOCTOR_WARN, "kernel", "chrony");
    doctor_time(&l, 100 * INSTANT_SECOND, true, 40 * INSTANT_SECOND);
    is(DOCTOR_OK, "60 s old", "");
    doctor_time(&l, 100 * INSTANT_SECOND, true, 100 * INSTANT_SECOND + DOOR_CLOCK_JUMP_NS);
    is(DOCTOR_OK, "2.0 s behind", "");
    doctor_time(&l, 100 * INSTANT_SECOND, true, 101 * INSTANT_SECOND + DOOR_CLOCK_JUMP_NS);
    is(DOCTOR_FAIL, "3.0 s behind", "UNSURE");
    doctor_time(&l, 100 * INSTANT_SECOND, false, 0);
    is(DOCTOR_OK, "nothing", "");
}

static void limits(void **unused) {
    (void)unused;
    struct probe_limits s = {.files = 1000 + DOOR_OTHER_FILES, .memory_total = 8 * GB, .memory_available = 2 * GB};
    struct capacity c = {.slots_log2 = 12};
    doctor_files(&l, &s, 1000);
    is(DOCTOR_OK, "1000 connections", "");
    doctor_files(&l, &s, 1001);
    is(DOCTOR_FAIL, "may be open", "LimitNOFILE");
    s.files = UINT64_MAX;
    doctor_files(&l, &s, 100000);
    is(DOCTOR_OK, "no limit", "");
    s.locked_bytes = 64 * 4096 + DOOR_LOCKED_BYTES;
    doctor_locked(&l, &s, &c);
    is(DOCTOR_OK, "may be locked", "");
    s.locked_bytes--;
    doctor_locked(&l, &s, &c);
    is(DOCTOR_WARN, "may be locked", "LimitMEMLOCK");
    s.locked_bytes = UINT64_MAX;
    doctor_locked(&l, &s, &c);
    is(DOCTOR_OK, "no limit", "");
    doctor_memory(&l, &s, GB, GB, false);
    is(DOCTOR_OK, "takes 1.00 GB", "");
    doctor_memory(&l, &s, GB + 1, GB + 1, false);
    is(DOCTOR_WARN, "8.0 GB", "end other programs");
    doctor_memory(&l, &s, GB + 1, GB + 1, true); /* it has it already */
    is(DOCTOR_OK, "8.0 GB", "");
    doctor_memory(&l, &s, 4 * GB + 1, 4 * GB + 1, true); /* two of them there is no room for */
    is(DOCTOR_WARN, "8.0 GB", "--no-keeper");
    doctor_memory(&l, &s, 8 * GB + 1, 8 * GB + 1, true);
    is(DOCTOR_FAIL, "8.0 GB", "larger machine");
    doctor_memory(&l, &s, GB, 4 * GB, true); /* what waits needs more than is held and free */
    is(DOCTOR_WARN, "4.00 GB from the next start on", "end other programs");
    doctor_memory(&l, &s, GB, 2 * GB, true);
    is(DOCTOR_OK, "2.00 GB from the next start on", "");
    doctor_memory(&l, &s, GB, 2 * GB + 1, true);
    is(DOCTOR_WARN, "", "end other programs");
    doctor_memory(&l, &s, GB, 4 * GB + 1, true);
    is(DOCTOR_WARN, "", "--no-keeper");
    doctor_memory(&l, &s, GB, 8 * GB, true);
    is(DOCTOR_WARN, "", "--no-keeper");
    doctor_memory(&l, &s, GB, 8 * GB + 1, true);
    is(DOCTOR_FAIL, "8.00 GB from the next start on", "the next start would be refused");
    s.memory_total = 0;
    doctor_memory(&l, &s, 1, 1, false);
    is(DOCTOR_WARN, "", "/proc/meminfo");
}

static void files(void **unused) {
    (void)unused;
    struct probe_file f = {.there = true, .mode = 0600, .owner = 7};
    doctor_file(&l, "log.key", &f, 7, true);
    is(DOCTOR_OK, "log.key: mode 0600, user 7", "");
    f.mode = 0640;
    doctor_file(&l, "log.key", &f, 7, true);
    is(DOCTOR_FAIL, "0640", "others may read it: chmod 600 'log.key'");
    doctor_file(&l, "genesis", &f, 7, false);
    is(DOCTOR_OK, "0640", "");
    f.mode = 0660;
    doctor_file(&l, "genesis", &f, 7, false);
    is(DOCTOR_FAIL, "0660", "others may change it");
    f.mode = 0400;
    doctor_file(&l, "genesis", &f, 7, false);
    is(DOCTOR_FAIL, "0400", "may not use it");
    f = (struct probe_file){.there = true, .directory = true, .mode = 0755, .owner = 7};
    doctor_file(&l, "journal", &f, 7, true);
    is(DOCTOR_FAIL, "0755", "chmod 700 'journal'");
    f.mode = 0700;
    doctor_file(&l, "journal", &f, 8, true);
    is(DOCTOR_FAIL, "user 7", "chown 8 'journal'");
    f.there = false;
    doctor_file(&l, "blinds", &f, 7, true);
    is(DOCTOR_FAIL, "not there", "backup");
    doctor_user(&l, 7, 7);
    is(DOCTOR_OK, "user 7", "");
    doctor_user(&l, 0, 7);
    is(DOCTOR_WARN, "runs as root", "has to run as that user");
    doctor_user(&l, 8, 7);
    is(DOCTOR_WARN, "runs as user 8", "as that user");
    doctor_user(&l, 0, 0);
    is(DOCTOR_WARN, "user 0, this runs as root", "need not be root");
}

static void endings(void **unused) {
    (void)unused;
    struct node_ending e = {.any_checkpoint = true, .checkpoint = 9, .tick = 10, .batch = 12};
    struct fault f = {.message = "journal/log-00000001.seg, byte 512: rot"};
    doctor_ending(&l, OK, &e, &f);
    is(DOCTOR_OK, "batch 12, tick 10, checkpoint of 9 ticks", "");
    e.torn = true;
    doctor_ending(&l, OK, &e, &f);
    is(DOCTOR_WARN, "torn", "nothing to do");
    doctor_ending(&l, result_of(RESULT_ROT), &e, &f);
    is(DOCTOR_FAIL, "byte 512", "do not start");
    doctor_ending(&l, result_of(RESULT_LOST_TAIL), &e, &f);
    is(DOCTOR_FAIL, "byte 512", "do not start");
    is(DOCTOR_FAIL, "byte 512", "an older one forks the log");
    doctor_ending(&l, result_of(RESULT_IO), &e, &f);
    is(DOCTOR_FAIL, "byte 512", "cannot be judged");
}

static void certificates(void **unused) {
    (void)unused;
    struct fault f = {.message = "is not the key"};
    const instant now = 1000 * INSTANT_DAY;
    doctor_certificate(&l, OK, "c.pem", 0, now + 21 * INSTANT_DAY, now, &f);
    is(DOCTOR_OK, "c.pem ends in 21.0 days", "");
    doctor_certificate(&l, OK, "c.pem", 0, now + 21 * INSTANT_DAY - 1, now, &f);
    is(DOCTOR_WARN, "21.0 days", "SIGHUP");
    doctor_certificate(&l, OK, "c.pem", 0, now + 3 * INSTANT_DAY - 1, now, &f);
    is(DOCTOR_FAIL, "3.0 days", "now");
    doctor_certificate(&l, OK, "c.pem", 0, now, now, &f);
    is(DOCTOR_FAIL, "0.0 days", "expired");
    doctor_certificate(&l, OK, "c.pem", now + 1, now + 99 * INSTANT_DAY, now, &f);
    is(DOCTOR_FAIL, "99.0 days", "not valid yet");
    doctor_certificate(&l, OK, "c.pem", 0, INT64_MAX, now, &f);
    is(DOCTOR_OK, "no end", "");
    doctor_certificate(&l, result_of(RESULT_MALFORMED), "c.pem", 0, 0, now, &f);
    is(DOCTOR_FAIL, "is not the key", "of one pair");
}

static void rot(void **unused) {
    (void)unused;
    const instant now = 1000 * INSTANT_DAY;
    struct scrub_state s = {.segment = 12};
    doctor_scrub(&l, result_of(RESULT_NOT_FOUND), &s, now);
    is(DOCTOR_OK, "nobody has looked", "");
    doctor_scrub(&l, OK, &s, now);
    is(DOCTOR_OK, "has come to journal/log-00000012.seg", "");
    s.whole = now - DOOR_SCRUB_OLD_SECONDS * INSTANT_SECOND;
    s.rounds = 7;
    doctor_scrub(&l, OK, &s, now);
    is(DOCTOR_OK, "all was read through 90 days ago, 7 times", "");
    s.whole--;
    doctor_scrub(&l, OK, &s, now);
    is(DOCTOR_WARN, "90 days ago", "--scrub-rate");
    strcpy(s.first, "journal/pay-00000003.seg");
    s.first_at = 4711;
    s.found_whole = 2;
    doctor_scrub(&l, OK, &s, now);
    is(DOCTOR_FAIL, "2 places of this directory are no longer what was written, the first in journal/pay-00000003.seg, byte 4711", "parley scrub");
    s.found = 5; /* of the round under way */
    doctor_scrub(&l, OK, &s, now);
    is(DOCTOR_FAIL, "5 places", "replace the disk");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(space), cmocka_unit_test(days), cmocka_unit_test(kinds), cmocka_unit_test(sync_times), cmocka_unit_test(clocks),
                                       cmocka_unit_test(limits), cmocka_unit_test(files), cmocka_unit_test(endings), cmocka_unit_test(certificates), cmocka_unit_test(rot)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
