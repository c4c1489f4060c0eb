/* What is kept of the index beside a snapshot, on a simulated disk: a start that takes it reads none of the log before, comes to the same streams, trees, proofs
 * and state, and goes on to the same end; whatever in it is rotten, missing, of another batch, or cut off by the power is passed over and said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include "log/snapshot.h"

#include <cmocka.h>

enum { TICKS = 300 }; /* more than a chunk of any of the three files */
static struct fixture script;
static instant now;

static struct node *opened(struct disk *d, bool check, struct node_report *report) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_options o = {.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true, .verify_signatures = check};
    fixture_must(node_open(&o, &n, report, &f), &f, "open");
    return n;
}
static void poll(struct node *n) {
    struct fault f = {0};
    struct node_event e;
    fixture_must(node_poll(n, &f), &f, "poll");
    while (node_next(n, &e)) continue;
}
static void ticks(struct node *n, uint32_t count) {
    struct fault f = {0};
    for (uint32_t i = 0; i < count; i++, now += INSTANT_SECOND) {
        fixture_must(node_tick(n, now, 1000000, false, &f), &f, "tick");
        poll(n);
    }
}
static void keep(struct node *n) {
    struct fault f = {0};
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
}
/* The script, so many ticks, a snapshot, a tail. The salts are drawn anew: so are all hashes. */
static struct node *lived(struct disk *d, uint32_t before, uint32_t behind) {
    struct fault f = {0};
    struct node_report report;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node *n = opened(d, false, &report);
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        poll(n);
        now = s->now;
    }
    now += 10 * INSTANT_SECOND;
    ticks(n, before);
    keep(n);
    ticks(n, behind);
    return n;
}
/* All that is given out of streams and log, in one hash. ROT: something of it is not what it was. */
static result all_of(struct node *n, struct hash *out, struct fault *f) {
    struct arena scratch;
    struct append text = append_growing(1 << 24);
    struct sha256 sum;
    result r = OK;
    arena_growing(&scratch, 1 << 24);
    sha256_init(&sum);
    for (uint16_t p = 0; p < state_party_count(node_state(n)) && result_is_ok(r); p++)
        for (uint64_t place = 0; place < state_stream_size(node_state(n), p) && result_is_ok(r); place++) {
            struct node_record record;
            arena_reset(&scratch);
            append_reset(&text);
            r = node_record(n, p, place, &scratch, &record, f);
            if (!result_is_ok(r)) break;
            node_record_render(&record, true, &text);
            struct fault none; /* of what no tick has sealed yet there is no proof */
            r = node_proof(n, p, place, 0, &text, &none);
            if (r.code == RESULT_ROT) *f = none;
            else r = OK;
            sha256_update(&sum, text.at, text.size);
        }
    for (uint64_t i = 0; i < node_log_size(n) && result_is_ok(r); i++) {
        append_reset(&text);
        r = node_log_leaf(n, i, &text, f);
        sha256_update(&sum, text.at, text.size);
    }
    append_reset(&text);
    if (result_is_ok(r)) r = node_checkpoint(n, &text, f);
    sha256_update(&sum, text.at, text.size);
    struct hash state = state_digest(node_state(n));
    sha256_update(&sum, state.bytes, sizeof state.bytes);
    *out = sha256_final(&sum);
    arena_free(&scratch);
    append_free(&text);
    return r;
}
static struct hash all_good(struct node *n) {
    struct fault f = {0};
    struct hash h;
    fixture_must(all_of(n, &h, &f), &f, "all");
    return h;
}
static void same(struct node *n, const struct hash *wanted) {
    struct hash is = all_good(n);
    assert_true(hash_equal(&is, wanted));
}
static uint64_t kept_batch(struct disk *d) {
    struct fault f = {0};
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    struct snapshot_head head;
    fixture_must(snapshot_list(d, "/log/snapshots", orders, &count, &f), &f, "list");
    assert_true(count > 0);
    fixture_must(snapshot_head_read(d, "/log/snapshots", orders[0], &head, &f), &f, "head");
    return head.batch;
}
static void kept_path(uint64_t batch, char path[64]) { snprintf(path, 64, "/log/index/%020llu", (unsigned long long)batch); }
static uint64_t size_of(struct disk *d, const char *path) {
    struct fault f = {0};
    uint64_t size = 0;
    struct disk_file *file = NULL;
    fixture_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, "open");
    fixture_must(disk_size(file, &size, &f), &f, "size");
    disk_close(file);
    return size;
}

static void the_log_before_is_not_read(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct node_report report = {0}, whole = {0};
    struct node *n = lived(d, TICKS, 7);
    struct hash before = all_good(n);
    node_close(n);
    uint64_t reads = disk_simulated_reads(d);
    n = opened(d, false, &report);
    reads = disk_simulated_reads(d) - reads;
    assert_true(report.snapshot > 0 && report.indexed > TICKS && !report.index_passed && report.snapshots_passed == 0);
    assert_int_equal(report.orders, 7);
    assert_true(reads < TICKS); /* each batch of the log is at least a read */
    same(n, &before);
    ticks(n, 5);
    struct hash after = all_good(n);
    node_close(n);
    n = opened(d, true, &whole); /* makes all of it anew */
    assert_int_equal(whole.indexed, 0);
    assert_int_equal(whole.records, report.records + 5);
    assert_int_equal(whole.ticks, report.ticks + 5);
    assert_true(whole.first == report.first && whole.last == report.last + 5 * INSTANT_SECOND);
    same(n, &after);
    node_close(n);
    disk_simulated_free(d);
}
/* A start takes as many reads behind a log of any length. */
static void however_long_the_log_is(void **unused) {
    (void)unused;
    uint64_t reads[2];
    for (int i = 0; i < 2; i++) {
        struct disk *d = disk_simulated(2);
        struct node_report report = {0};
        node_close(lived(d, i == 0 ? TICKS : 5 * TICKS, 7));
        reads[i] = disk_simulated_reads(d);
        struct node *n = opened(d, false, &report);
        reads[i] = disk_simulated_reads(d) - reads[i];
        assert_true(report.indexed > 0);
        node_close(n);
        disk_simulated_free(d);
    }
    print_message("# %llu reads behind %d ticks, %llu behind %d\n", (unsigned long long)reads[0], TICKS, (unsigned long long)reads[1], 5 * TICKS);
    assert_true(reads[1] < reads[0] + 64); /* proofs are a little longer */
}
/* It is found where it is read: by who asks for the record, and by the check. */
static void rot_in_the_log_before(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(3);
    struct fault f = {0};
    struct node_report report = {0};
    struct hash h;
    struct node *n = lived(d, TICKS, 7);
    node_close(n);
    disk_simulated_flip(d, "/log/journal/log-00000001.seg", 8 * 200);
    n = opened(d, false, &report);
    assert_true(report.indexed > 0 && !report.index_passed);
    assert_int_equal(all_of(n, &h, &f).code, RESULT_ROT);
    assert_non_null(strstr(f.message, "log-00000001.seg"));
    node_close(n);
    struct node_options o = {.dir = "/log", .disk = d, .verify_signatures = true, .read_only = true};
    assert_int_equal(node_open(&o, &n, &report, &f).code, RESULT_ROT);
    disk_simulated_free(d);
}
/* Every byte of what was kept is under its hash. */
static void rot_in_what_was_kept(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(4);
    struct node_report report = {0};
    struct node *n = lived(d, TICKS, 7);
    struct hash wanted = all_good(n);
    char path[64];
    node_close(n);
    kept_path(kept_batch(d), path);
    uint64_t size = size_of(d, path), flips = 0;
    for (uint64_t bit = 3; bit < 8 * size; bit += 8 * size / 16 + 1, flips++) {
        n = opened(d, false, &report); /* with all that a start mends */
        keep(n);
        ticks(n, 1);
        wanted = all_good(n);
        node_close(n);
        kept_path(kept_batch(d), path);
        disk_simulated_flip(d, path, bit % (8 * size_of(d, path)));
        n = opened(d, false, &report);
        assert_true(report.snapshot > 0 && report.snapshots_passed == 0);
        assert_true(report.indexed == 0 && report.index_passed);
        assert_non_null(strstr(report.index_why.message, path));
        same(n, &wanted);
        node_close(n);
        assert_false(disk_exists(d, path)); /* what it names is made anew under it */
        n = opened(d, false, &report);
        assert_true(report.indexed == 0 && !report.index_passed);
        node_close(n);
    }
    assert_true(flips > 10);
    disk_simulated_free(d);
}
/* The files that it names: found by the start or by who reads there, never given out. */
static void rot_in_the_files(void **unused) {
    (void)unused;
    static const char *const files[] = {"/log/index/places", "/log/index/nodes", "/log/index/ticks"};
    uint32_t by_start = 0, by_read = 0;
    for (int i = 0; i < 3; i++)
        for (uint64_t at = 0; at < 6; at++) {
            struct disk *d = disk_simulated(5);
            struct fault f = {0};
            struct node_report report = {0};
            struct hash is;
            struct node *n = lived(d, TICKS, 7);
            struct hash wanted = all_good(n);
            node_close(n);
            uint64_t size = size_of(d, files[i]);
            assert_true(size > 4096);
            disk_simulated_flip(d, files[i], 8 * (at < 2 ? 1 + 11 * at : size * at / 6) + at);
            n = opened(d, false, &report);
            result r = all_of(n, &is, &f);
            by_start += report.index_passed;
            by_read += !report.index_passed && !result_is_ok(r);
            if (result_is_ok(r)) assert_true(hash_equal(&is, &wanted)); /* a chunk that the tail filled is written again by the start */
            else assert_true(r.code == RESULT_ROT && strstr(f.message, files[i]) != NULL);
            /* It is derived: the next start makes it anew by itself, whatever is kept meanwhile, and the one behind that takes it. */
            bool found = !report.index_passed && !result_is_ok(r);
            struct node_numbers k;
            if (at % 2 == 1) keep(n);
            if (found && at == 3) disk_simulated_fault(d, disk_simulated_operations(d) + 1, DISK_EIO); /* it is not to be removed at once */
            fixture_must(node_poll(n, &f), &f, "poll");
            disk_simulated_fault(d, 0, DISK_EIO);
            node_numbers(n, &k);
            assert_int_equal(k.index_rotten, found);
            assert_int_equal(k.rot, 0);
            if (found) assert_non_null(strstr(k.index_why.message, files[i]));
            node_close(n);
            n = opened(d, false, &report);
            if (found) assert_true(report.indexed == 0 && !report.index_passed && report.snapshot > 0);
            assert_int_equal(all_of(n, &is, &f).code, RESULT_OK);
            node_numbers(n, &k);
            assert_true(!k.index_rotten && (at % 2 == 1 || hash_equal(&is, &wanted)));
            ticks(n, 1); /* of the same batch no other would be written */
            keep(n);
            node_close(n);
            n = opened(d, false, &report);
            assert_true(report.indexed > 0 && !report.index_passed);
            node_close(n);
            disk_simulated_free(d);
        }
    print_message("# %u found by the start, %u by a read\n", by_start, by_read);
    assert_true(by_start > 0 && by_read > 0 && by_start + by_read >= 12);
}
static void of_another_batch(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(6);
    struct fault f = {0};
    struct node_report report = {0};
    struct node *n = lived(d, TICKS, 7);
    char from[64], to[64];
    kept_path(kept_batch(d), from);
    keep(n);
    struct hash wanted = all_good(n);
    node_close(n);
    kept_path(kept_batch(d), to);
    assert_string_not_equal(from, to);
    assert_true(disk_exists(d, from) && disk_exists(d, to));
    fixture_must(disk_rename(d, from, to, &f), &f, "rename");
    n = opened(d, false, &report);
    assert_true(report.index_passed && report.indexed == 0 && report.snapshots_passed == 0);
    same(n, &wanted);
    keep(n);
    node_close(n);
    disk_simulated_free(d);
}
/* An older snapshot with its own: what was written behind it stands there again. */
static void of_the_older_snapshot(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(7);
    struct fault f = {0};
    struct node_report report = {0};
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    char path[64];
    struct node *n = lived(d, TICKS, TICKS);
    keep(n);
    struct hash wanted = all_good(n);
    node_close(n);
    fixture_must(snapshot_list(d, "/log/snapshots", orders, &count, &f), &f, "list");
    assert_int_equal(count, 2);
    snprintf(path, sizeof path, "/log/snapshots/%020llu", (unsigned long long)orders[0]);
    disk_simulated_flip(d, path, 8 * 5000);
    n = opened(d, false, &report);
    assert_true(report.snapshot == orders[1] && report.snapshots_passed == 1 && report.indexed > TICKS);
    same(n, &wanted);
    node_close(n);
    disk_simulated_flip(d, path, 8 * 5000);
    n = opened(d, false, &report);
    assert_true(report.snapshot == orders[0] && report.indexed > 2 * TICKS && !report.index_passed);
    same(n, &wanted);
    node_close(n);
    disk_simulated_free(d);
}
/* The power goes at every operation of a start that makes all of it anew, and of one that takes what was kept. */
static void cut_at_every_operation(void **unused) {
    (void)unused;
    uint32_t cuts = 0;
    for (int how = 0; how < 2; how++)
        for (uint64_t at = 1;; at++) {
            struct disk *d = disk_simulated(1000 * at);
            struct fault f = {0};
            struct node_report report = {0};
            struct node *n = lived(d, TICKS / 4, 3);
            struct hash wanted = all_good(n);
            node_close(n);
            disk_simulated_fault(d, disk_simulated_operations(d) + at, DISK_POWER_CUT);
            struct node_options o = {.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true, .verify_signatures = how == 0};
            result r = node_open(&o, &n, &report, &f);
            bool down = disk_simulated_down(d);
            if (result_is_ok(r)) node_close(n);
            disk_simulated_restart(d);
            for (int twice = 0; twice < 2; twice++) {
                n = opened(d, false, &report);
                assert_int_equal(report.snapshots_passed, 0);
                same(n, &wanted);
                if (twice == 0) keep(n);
                node_close(n);
            }
            assert_true(report.indexed > 0);
            disk_simulated_free(d);
            cuts += down;
            if (!down) break;
        }
    print_message("# %u cuts\n", cuts);
    assert_true(cuts > 4);
}

static int reference(void **state) {
    (void)state;
    fixture_make(&script);
    return 0;
}
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_before_is_not_read), cmocka_unit_test(however_long_the_log_is), cmocka_unit_test(rot_in_the_log_before),
        cmocka_unit_test(rot_in_what_was_kept),       cmocka_unit_test(rot_in_the_files),        cmocka_unit_test(of_another_batch),
        cmocka_unit_test(of_the_older_snapshot),      cmocka_unit_test(cut_at_every_operation),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, reference, NULL);
}
