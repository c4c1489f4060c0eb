/* A follower beside a node, on a simulated disk: it comes to the node's states by the journal alone and writes the snapshots that the node marks; their digests
 * stand in the journal, and who goes through it finds one that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include "log/follower.h"
#include "log/snapshot.h"

#include <cmocka.h>

static struct fixture script;
static uint32_t every = 2; /* ticks */

static struct node_options options(struct disk *d, bool check) {
    return (struct node_options){.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true, .verify_signatures = check, .read_only = check, .snapshot_ticks = every};
}
static struct node *opened(struct disk *d, bool check, struct node_report *report) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_options o = options(d, check);
    fixture_must(node_open(&o, &n, report, &f), &f, "open");
    return n;
}
static struct node *created(struct disk *d) {
    struct fault f = {0};
    struct node_report report;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    return opened(d, false, &report);
}
static result one(struct node *n, uint32_t i, struct fault *f) {
    const struct step_script *s = &script.steps[i % script.count];
    instant now = s->now + i / script.count * 60 * INSTANT_SECOND; /* what was said before is repeated, and not recorded; ticks go on */
    struct node_event e;
    if (now < state_time(node_state(n))) now = state_time(node_state(n));
    result r = s->tick ? node_tick(n, now, 1000000, false, f) : node_submit(n, s->parts, s->count, now, i + 1, f);
    if (result_is_ok(r)) r = node_poll(n, f);
    if (result_is_ok(r)) r = node_poll(n, f); /* what a batch that was ended left behind */
    while (result_is_ok(r) && node_next(n, &e)) continue;
    return r;
}
static struct follower *following(struct disk *d, const struct node *n) {
    struct fault f = {0};
    struct node_from from;
    struct follower *w = NULL;
    node_from(n, &from);
    fixture_must(follower_open("/log", d, &w, &f), &f, "follower");
    fixture_must(follower_begin(w, &from, &f), &f, "begin");
    return w;
}
/* As far as the node is; on the way what it wants kept is. False: the follower has failed. */
static bool follow(struct node *n, struct follower *w, struct fault *f, bool *kept) {
    for (bool there = false;;) {
        if (node_wanted(n) > 0 && follower_order(w) == node_wanted(n)) {
            struct node_snapshot_kept k;
            bool written = result_is_ok(follower_snapshot(w, &k, f));
            if (written) node_snapshot_kept(n, &k);
            else node_snapshot_missed(n);
            if (kept != NULL) *kept = written;
        }
        if (!result_is_ok(follower_step(w, node_batch(n), &there, f))) return false;
        if (there) return true;
    }
}
static void alike(const struct node *n, const struct follower *w) {
    struct hash a = state_digest(node_state(n)), b = state_digest(follower_state(w));
    assert_true(hash_equal(&a, &b));
    state_check(follower_state(w));
}
static uint64_t newest(struct disk *d) {
    struct fault f = {0};
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    fixture_must(snapshot_list(d, "/log/snapshots", orders, &count, &f), &f, "list");
    assert_true(count <= LIMIT_SNAPSHOTS);
    return count == 0 ? 0 : orders[0];
}
static int before(void **state) {
    (void)state;
    fixture_make(&script);
    return 0;
}

/* At each step the same state; each state that was marked is kept, its digest stands in the journal and is right, and a start begins from it. */
static void it_keeps_what_is_marked(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct node_numbers k;
    struct disk *d = disk_simulated(1);
    struct node *n = created(d);
    struct follower *w = following(d, n);
    uint64_t kept = 0;
    for (uint32_t i = 0; i < 3 * script.count; i++) {
        bool now = false;
        fixture_must(one(n, i, &f), &f, "step");
        assert_true(follow(n, w, &f, &now));
        kept += now;
        fixture_must(node_poll(n, &f), &f, "poll");
        assert_true(follow(n, w, &f, NULL));
        alike(n, w);
    }
    node_numbers(n, &k);
    assert_true(kept >= 6);
    assert_int_equal(k.snapshots, kept);
    assert_int_equal(k.snapshots_failed, 0);
    assert_int_equal(k.snapshot_order, newest(d));
    assert_int_equal(k.snapshot_wanted, 0);
    assert_true(k.snapshot_ticks <= every && k.snapshot_bytes > 0 && k.snapshot_time <= state_time(node_state(n)));
    assert_int_equal(state_snapshots(node_state(n)), kept);
    assert_int_equal(state_snapshot_order(node_state(n)), 0);
    uint64_t end = node_applied(n), last = newest(d);
    struct hash digest = state_digest(node_state(n));
    follower_close(w);
    node_close(n);
    n = opened(d, false, &report);
    assert_int_equal(report.snapshot, last);
    assert_true(report.indexed > 0 && !report.index_passed); /* kept by the writer behind the mark's batch */
    assert_int_equal(report.orders, end - last);
    assert_int_equal(report.snapshots_passed, 0);
    struct hash came = state_digest(node_state(n));
    assert_true(hash_equal(&came, &digest));
    node_numbers(n, &k);
    assert_true(k.snapshot_time > FIXTURE_START && k.snapshot_ticks <= every);
    /* Another follower begins from there too, and goes on. */
    w = following(d, n);
    assert_int_equal(follower_order(w), last);
    for (uint32_t i = 3 * script.count; i < 4 * script.count; i++) {
        fixture_must(one(n, i, &f), &f, "step");
        assert_true(follow(n, w, &f, NULL));
    }
    assert_true(newest(d) > last);
    alike(n, w);
    follower_close(w);
    node_close(n);
    n = opened(d, true, &report);
    assert_true(report.digests >= kept);
    assert_int_equal(report.snapshots_checked, 2);
    node_close(n);
    disk_simulated_free(d);
}

/* ---- digests that are wrong ---- */
static struct node *with_a_lie(struct disk *d, uint64_t *order) {
    struct fault f = {0};
    struct node *n = created(d);
    struct follower *w = following(d, n);
    bool lied = false;
    for (uint32_t i = 0; i < script.count || !lied; i++) {
        bool there = false;
        fixture_must(one(n, i, &f), &f, "step");
        if (newest(d) == 0) assert_true(follow(n, w, &f, NULL)); /* the first is as it is */
        while (result_is_ok(follower_step(w, node_wanted(n) > 0 ? node_batch(n) : 0, &there, &f)) && !there) continue;
        if (node_wanted(n) == 0 || follower_order(w) != node_wanted(n) || lied) continue;
        struct node_snapshot_kept k;
        fixture_must(follower_snapshot(w, &k, &f), &f, "snapshot");
        k.digest.bytes[7] ^= 1;
        *order = k.order;
        node_snapshot_kept(n, &k);
        lied = true;
    }
    fixture_must(node_poll(n, &f), &f, "poll");
    follower_close(w);
    return n;
}
static void a_wrong_digest_is_found(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct disk *d = disk_simulated(2);
    uint64_t order = 0;
    char said[80];
    struct node *n = with_a_lie(d, &order);
    uint64_t end = node_applied(n);
    struct hash digest = state_digest(node_state(n));
    node_close(n);
    snprintf(said, sizeof said, "the state's digest behind statement %llu", (unsigned long long)order);
    assert_int_equal(newest(d), order);
    n = opened(d, false, &report); /* that snapshot is not used, the one before it is */
    assert_int_equal(report.snapshots_passed, 1);
    assert_non_null(strstr(report.passed.message, said));
    assert_true(report.snapshot > 0 && report.snapshot < order);
    assert_int_equal(node_applied(n), end);
    struct hash came = state_digest(node_state(n));
    assert_true(hash_equal(&came, &digest));
    node_close(n);
    struct node_options o = options(d, true);
    assert_int_equal(node_open(&o, &n, &report, &f).code, RESULT_DIVERGED);
    assert_non_null(strstr(f.message, said));
    disk_simulated_free(d);
}

/* A digest that nobody waits for, or behind another mark, does not get into the journal. */
static void only_what_is_wanted(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_numbers k;
    struct disk *d = disk_simulated(3);
    struct node *n = created(d);
    uint32_t i = 0;
    for (; node_wanted(n) == 0; i++) fixture_must(one(n, i, &f), &f, "step");
    uint64_t wanted = node_wanted(n), applied = node_applied(n);
    struct node_snapshot_kept x = {.order = wanted - 1, .bytes = 1};
    node_snapshot_kept(n, &x);
    fixture_must(node_poll(n, &f), &f, "poll");
    assert_int_equal(node_applied(n), applied);
    assert_int_equal(node_wanted(n), wanted);
    uint64_t tick = state_tick(node_state(n));
    for (; state_tick(node_state(n)) < tick + 2 * every; i++) fixture_must(one(n, i, &f), &f, "step"); /* nobody keeps it: how long that lasts is known, and no other is marked */
    node_numbers(n, &k);
    assert_in_range(k.wanted_ticks, 2 * every, 2 * every + 2);
    assert_int_equal(k.snapshot_wanted, wanted);
    applied = node_applied(n);
    node_snapshot_missed(n);
    node_numbers(n, &k);
    assert_int_equal(k.wanted_ticks, 0);
    assert_int_equal(k.snapshots_failed, 1);
    x.order = wanted;
    node_snapshot_kept(n, &x); /* too late */
    fixture_must(node_poll(n, &f), &f, "poll");
    assert_int_equal(node_applied(n), applied);
    for (; node_wanted(n) == 0; i++) fixture_must(one(n, i, &f), &f, "step"); /* it is tried again, and another is marked */
    assert_true(node_wanted(n) > wanted);
    assert_int_equal(state_snapshots(node_state(n)), 2);
    node_keeper_gone(n);
    node_numbers(n, &k);
    assert_int_equal(k.snapshots_failed, 2);
    assert_int_equal(node_wanted(n), 0);
    for (uint32_t more = i + 2 * script.count; i < more; i++) fixture_must(one(n, i, &f), &f, "step");
    assert_int_equal(state_snapshots(node_state(n)), 2);
    node_close(n);
    disk_simulated_free(d);
}

/* What has changed under it, it names; so does what the node has written and is not there. */
static void it_names_what_is_wrong(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct disk *d = disk_simulated(4);
    struct node *n = created(d);
    struct follower *w = following(d, n);
    bool there = false;
    for (uint32_t i = 0; i < 12; i++) fixture_must(one(n, i, &f), &f, "step");
    for (int i = 0; i < 3; i++) fixture_must(follower_step(w, node_batch(n), &there, &f), &f, "step");
    assert_false(there);
    assert_int_equal(follower_batch(w), 3);
    struct follower *other = following(d, n);
    assert_true(follow(n, other, &f, NULL));
    assert_int_equal(follower_step(other, node_batch(n) + 1, &there, &f).code, RESULT_ROT);
    assert_non_null(strstr(f.message, "the server has written"));
    follower_close(other);
    disk_simulated_flip(d, "/log/journal/pay-00000001.seg", 8 * (UINT64_C(4) * 512 + 100));
    other = following(d, n);
    assert_false(follow(n, other, &f, NULL));
    assert_int_equal(f.code, RESULT_ROT);
    assert_non_null(strstr(f.message, "pay-00000001.seg"));
    follower_close(other);
    follower_close(w);
    struct node_from from;
    node_from(n, &from);
    from.snapshot = 77;
    fixture_must(follower_open("/log", d, &w, &f), &f, "follower");
    assert_int_equal(follower_begin(w, &from, &f).code, RESULT_NOT_FOUND);
    follower_close(w);
    node_close(n);
    disk_simulated_free(d);
}

/* Where one cannot be written the follower goes on, the node says so in its figures, and the next is marked with its time. */
static void one_that_cannot_be_written(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_numbers k;
    struct disk *d = disk_simulated(5);
    struct node *n = created(d);
    struct follower *w = following(d, n);
    uint32_t i = 0;
    disk_simulated_look_fault(d, "/snapshots");
    do {
        fixture_must(one(n, i++, &f), &f, "step");
        assert_true(follow(n, w, &f, NULL));
        node_numbers(n, &k);
    } while (k.snapshots_failed < 2);
    assert_int_equal(k.snapshots, 0);
    assert_int_equal(f.code, RESULT_IO);
    disk_simulated_look_fault(d, NULL);
    do {
        fixture_must(one(n, i++, &f), &f, "step");
        assert_true(follow(n, w, &f, NULL));
        node_numbers(n, &k);
    } while (k.snapshots == 0);
    assert_int_equal(k.snapshots_failed, 2);
    disk_simulated_room(d, k.disk_reserve); /* what warns people goes before a quick start */
    for (i = 0; k.snapshots_failed < 3 && i < 20; i++) {
        fixture_must(node_tick(n, node_next_tick(n), 0, false, &f), &f, "tick");
        fixture_must(node_poll(n, &f), &f, "poll");
        fixture_must(node_poll(n, &f), &f, "poll");
        assert_true(follow(n, w, &f, NULL));
        node_numbers(n, &k);
    }
    assert_int_equal(k.snapshots_failed, 3);
    assert_int_equal(f.code, RESULT_FULL);
    alike(n, w);
    follower_close(w);
    node_close(n);
    disk_simulated_free(d);
}

/* ---- the power, the disk: at every other operation of node and follower together ---- */
static void at_every_other_operation(void **unused) {
    (void)unused;
    static const enum disk_fault faults[] = {DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
    uint32_t from_one = 0, cut = 0;
    uint64_t most = UINT64_MAX;
    for (uint64_t at = 1; at < most; at += 2) {
        struct fault f = {0};
        struct node_report report = {0};
        struct disk *d = disk_simulated(at);
        struct node *n = created(d);
        struct follower *w = following(d, n);
        enum disk_fault what = faults[at / 2 % 4];
        uint64_t begun = disk_simulated_operations(d);
        bool good = true;
        disk_simulated_fault(d, begun + at, what);
        for (uint32_t i = 0; i < script.count && good; i++) {
            good = result_is_ok(one(n, i, &f)) && follow(n, w, &f, NULL) && !disk_simulated_down(d);
            if (good) good = result_is_ok(node_poll(n, &f)); /* a digest */
        }
        if (disk_simulated_operations(d) - begun < at) most = at; /* it was not reached: all have been */
        cut += !good;
        uint64_t durable = node_durable(n);
        follower_close(w);
        node_close(n);
        disk_simulated_fault(d, 0, DISK_POWER_CUT);
        if (what != DISK_POWER_CUT) disk_simulated_fault(d, UINT64_MAX, DISK_EIO);
        disk_simulated_restart(d);
        n = opened(d, false, &report);
        assert_true(node_applied(n) >= durable);
        assert_int_equal(report.snapshots_passed, 0); /* one that is not whole never has its name */
        from_one += report.snapshot > 0;
        w = following(d, n);
        for (uint32_t i = script.count; i < script.count + 8; i++) {
            fixture_must(one(n, i, &f), &f, "on");
            assert_true(follow(n, w, &f, NULL));
        }
        alike(n, w);
        follower_close(w);
        node_close(n);
        n = opened(d, true, &report); /* every digest that got into the journal is right */
        node_close(n);
        disk_simulated_free(d);
    }
    assert_true(from_one > 15 && cut > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_keeps_what_is_marked), cmocka_unit_test(a_wrong_digest_is_found), cmocka_unit_test(only_what_is_wanted),
                                       cmocka_unit_test(it_names_what_is_wrong), cmocka_unit_test(one_that_cannot_be_written),
                                       cmocka_unit_test(at_every_other_operation)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("follower", tests, before, NULL);
}
