/* Backups on a simulated disk: of a log at every batch, over segments of some kilobytes, cut and failing at every operation, of directories that are not to be
 * written to. What is left behind is always a log as it stood at one moment, which a check finds whole and a start goes on with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "grown.h"

#include "log/backup.h"

static result back_up(struct disk *d, const char *from, const char *to, struct backup_report *report, struct fault *f) {
    struct backup_report ignored;
    struct backup_options o = {.disk = d, .from = from, .to = to};
    return backup_take(&o, report == NULL ? &ignored : report, f);
}
static result restore(struct disk *d, const char *from, const char *to, struct fault *f) {
    struct backup_report ignored;
    struct backup_options o = {.disk = d, .from = from, .to = to, .anew = true};
    return backup_take(&o, &ignored, f);
}

static void at_every_batch(void **unused) {
    (void)unused;
    struct disk *d = grown(1, 0);
    for (uint64_t to = 0; to <= batches; to++) {
        struct fault f = {0};
        struct backup_report report;
        grow(d, to);
        fixture_must(back_up(d, "/log", "/backup", &report, &f), &f, "backup");
        assert_int_equal(report.batch, to);
        assert_int_equal(report.batches, to == 0 ? 0 : 1);
        assert_int_equal(report.any_time, to > 0);
        assert_string_equal(report.origin, FIXTURE_ORIGIN);
        assert_int_equal(whole(d, "/backup"), to);
        uint64_t sum = files_sum(d, "/backup/journal");
        fixture_must(back_up(d, "/log", "/backup", &report, &f), &f, "nothing new");
        assert_true(report.batches == 0 && report.bytes == 0 && report.batch == to);
        assert_int_equal(files_sum(d, "/backup/journal"), sum);
    }
    assert_true(disk_exists(d, "/backup/journal/log-00000003.seg") && disk_exists(d, "/backup/journal/pay-00000003.seg"));
    disk_simulated_free(d);
}
static void over_all_segments(void **unused) {
    (void)unused;
    for (uint64_t had = 0; had < batches; had += 7) { /* and then all at once */
        struct disk *d = grown(2, had);
        struct fault f = {0};
        struct backup_report report;
        fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
        grow(d, batches);
        fixture_must(back_up(d, "/log", "/backup", &report, &f), &f, "backup");
        assert_int_equal(report.batches, batches - had);
        assert_int_equal(whole(d, "/backup"), batches);
        fixture_must(restore(d, "/backup", "/again", &f), &f, "restore");
        assert_int_equal(whole(d, "/again"), batches);
        assert_int_equal(files_sum(d, "/backup/journal"), files_sum(d, "/again/journal"));
        disk_simulated_free(d);
    }
}

/* --- faults --- */

static const enum disk_fault faults[] = {DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
/* `had` 0: none was there. Every operation is cut once, and fails once in one of the other ways; then it is done again. */
static void failing(uint64_t had, bool restores) {
    uint32_t cut = 0, former = 0, later = 0;
    for (uint64_t at = 1, done = 0; !done; at++)
        for (size_t what = 0; what < 4; what += what == 0 ? 1 + at % 3 : 4) {
            struct disk *d = grown(at, had);
            struct fault f = {0};
            const char *from = "/log", *to = "/backup";
            if (had > 0) fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
            grow(d, batches);
            if (restores) {
                fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
                from = "/backup", to = "/again";
            }
            fixture_must(disk_sync_dir(d, "/backup/snapshots", &f), &f, "before");
            disk_simulated_fault(d, disk_simulated_operations(d) + at, faults[what]);
            result r = restores ? restore(d, from, to, &f) : back_up(d, from, to, NULL, &f);
            done = result_is_ok(r);
            if (!done) assert_int_equal(r.code, faults[what] == DISK_ENOSPC ? RESULT_FULL : RESULT_IO);
            disk_simulated_fault(d, done ? 0 : UINT64_MAX, faults[what]);
            disk_simulated_restart(d);
            char genesis[64];
            snprintf(genesis, sizeof genesis, "%s/genesis", to);
            bool there = disk_exists(d, genesis);
            cut += !done;
            assert_true(had == 0 || there);
            if (there) {
                uint64_t batch = whole(d, to);
                assert_true(batch >= had);
                former += had > 0 && batch == had;
                later += batch == batches;
            }
            if (!done || !there) fixture_must(restores && !there ? restore(d, from, to, &f) : back_up(d, from, to, NULL, &f), &f, "once more");
            assert_int_equal(whole(d, to), batches);
            disk_simulated_free(d);
        }
    assert_true(cut > 30 && later > 2 && (had == 0 || former > 10));
}
static void a_first_one_fails_anywhere(void **unused) { (void)unused, failing(0, false); }
static void a_later_one_fails_anywhere(void **unused) { (void)unused, failing(9, false); }
static void a_restore_fails_anywhere(void **unused) { (void)unused, failing(0, true); }

/* What fails before anything was renamed leaves the bytes as they were. */
static void a_full_disk(void **unused) {
    (void)unused;
    uint32_t refused = 0, ended = 0;
    for (uint64_t room = 0; !ended; room += 997) {
        struct disk *d = grown(3, 9);
        struct fault f = {0};
        fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
        uint64_t sum = files_sum(d, "/backup"), journal = files_sum(d, "/backup/journal");
        grow(d, batches);
        disk_simulated_room(d, room);
        result r = back_up(d, "/log", "/backup", NULL, &f);
        ended = result_is_ok(r);
        if (!ended) {
            assert_int_equal(r.code, RESULT_FULL);
            bool before = files_sum(d, "/backup") == sum && files_sum(d, "/backup/journal") == journal;
            assert_true(before || whole(d, "/backup") == batches); /* the checkpoint alone did not fit */
            refused += before;
        }
        disk_simulated_free(d);
    }
    assert_true(refused > 10);
}

/* --- what is not taken, and not written to --- */

static void expect(struct disk *d, const char *from, const char *to, enum result_code code, const char *word) {
    struct fault f = {0};
    assert_int_equal(back_up(d, from, to, NULL, &f).code, code);
    if (strstr(f.message, word) == NULL) fail_msg("'%s' is not in '%s'", word, f.message);
}
static void put_file(struct disk *d, const char *path, const char *bytes) {
    struct disk_file *file = NULL;
    struct fault f = {0};
    fixture_must(disk_open(d, path, DISK_WRITE, true, &file, &f), &f, path);
    fixture_must(disk_write(file, 0, bytes, strlen(bytes), &f), &f, path);
    disk_close(file);
}
static void what_is_refused(void **unused) {
    (void)unused;
    struct disk *d = grown(4, 9);
    struct fault f = {0};
    struct node *n = NULL;
    struct disk_file *lock = NULL;
    char name[2 * LIMIT_PATH];
    expect(d, "/none", "/backup", RESULT_NOT_FOUND, "no such file");
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    expect(d, "/log", name, RESULT_TOO_LARGE, "path");
    expect(d, name, "/backup", RESULT_TOO_LARGE, "path");
    put_file(d, "/other/letters", "of mine");
    expect(d, "/log", "/other", RESULT_CONFLICT, "'letters'");
    fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
    assert_int_equal(restore(d, "/log", "/backup", &f).code, RESULT_CONFLICT);
    fixture_must(disk_lock(d, "/backup/lock", &lock, &f), &f, "lock");
    expect(d, "/log", "/backup", RESULT_BUSY, "another process");
    disk_close(lock);
    put_file(d, "/torn/log.key", "another key");
    expect(d, "/log", "/torn", RESULT_CONFLICT, "log.key");
    put_file(d, "/rotten/genesis", "no genesis");
    expect(d, "/log", "/rotten", RESULT_ROT, "");
    /* The log has lost its end. */
    struct disk *shorter = grown(5, 12);
    fixture_must(back_up(shorter, "/log", "/backup", NULL, &f), &f, "backup");
    disk_simulated_free(shorter);
    grow(d, 12);
    fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
    /* Backups were served, and went on: with batches of one number, one length and one place. */
    static const char *const served[] = {"/second", "/third"};
    for (int i = 0; i < 2; i++) {
        fixture_must(back_up(d, "/backup", served[i], NULL, &f), &f, "backup");
        fixture_must(opened_as(d, served[i], false, &n, NULL, &f), &f, "serve");
        fixture_must(node_tick(n, script.steps[script.count - 1].now + (1 + i) * INSTANT_SECOND, 1000000, false, &f), &f, "tick");
        fixture_must(node_poll(n, &f), &f, "poll");
        node_close(n);
    }
    expect(d, "/second", "/third", RESULT_CONFLICT, "apart");
    expect(d, "/log", "/second", RESULT_LOST_TAIL, "ends before it");
    grow(d, batches);
    expect(d, "/log", "/second", RESULT_CONFLICT, "apart");
    disk_simulated_free(d);
}
static void another_logs_place(void **unused) {
    (void)unused;
    struct disk *d = grown(6, 9);
    struct fault f = {0};
    static struct fixture other;
    memset(&other, 0, sizeof other);
    arena_growing(&other.arena, 64 * 1024 * 1024);
    fixture_managers = 1; /* another genesis */
    fixture_genesis(&other);
    fixture_managers = 0;
    fixture_must(node_create(d, "/theirs", other.genesis, other.log_secret, other.receipt_secret, &f), &f, "create");
    uint64_t sum = files_sum(d, "/theirs");
    expect(d, "/log", "/theirs", RESULT_CONFLICT, "another log");
    assert_int_equal(files_sum(d, "/theirs"), sum);
    arena_free(&other.arena);
    disk_simulated_free(d);
}

/* Nothing that is not what was written ever gets into a backup, and what is there stays. */
static void rot_is_not_copied(void **unused) {
    (void)unused;
    uint32_t refused = 0;
    for (uint64_t seed = 1; seed <= 160; seed++) {
        uint64_t had = 3 + seed % 8;
        struct disk *d = grown(seed, had);
        struct fault f = {0};
        char path[LIMIT_PATH];
        struct disk_file *file = NULL;
        uint64_t size = 0;
        fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
        grow(d, batches);
        fixture_seed = seed;
        snprintf(path, sizeof path, "/log/journal/%s-%08u.seg", seed % 2 == 0 ? "log" : "pay", 1 + (unsigned)(fixture_draw() % 3));
        fixture_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, path);
        fixture_must(disk_size(file, &size, &f), &f, path);
        disk_close(file);
        disk_simulated_flip(d, path, fixture_draw() % (8 * size));
        uint64_t sum = files_sum(d, "/backup/journal");
        result r = back_up(d, "/log", "/backup", NULL, &f);
        if (!result_is_ok(r)) {
            assert_int_equal(r.code, RESULT_ROT);
            assert_non_null(strstr(f.message, "byte"));
            assert_int_equal(files_sum(d, "/backup/journal"), sum);
            refused++;
            struct backup_report report; /* who waits finds it still rotten */
            struct backup_options patient = {.disk = d, .from = "/log", .to = "/backup", .patience_ms = 20};
            if (seed % 16 == 0) assert_int_equal(backup_take(&patient, &report, &f).code, RESULT_ROT);
        }
        assert_int_equal(whole(d, "/backup"), result_is_ok(r) ? batches : had);
        disk_simulated_free(d);
    }
    assert_true(refused > 20);
}
static void rot_in_the_checkpoint(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct disk *d = disk_simulated(7);
    grow(d, batches);
    struct node *n = NULL;
    fixture_must(opened_as(d, "/log", false, &n, NULL, &f), &f, "serve"); /* signs the last checkpoint */
    node_close(n);
    fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
    disk_simulated_flip(d, "/log/checkpoint", 8 * 40);
    disk_simulated_flip(d, "/log/checkpoint", 8 * (4096 + 40));
    expect(d, "/log", "/backup", RESULT_ROT, "checkpoint");
    struct backup_report report;
    struct backup_options patient = {.disk = d, .from = "/log", .to = "/backup", .patience_ms = 20};
    assert_int_equal(backup_take(&patient, &report, &f).code, RESULT_ROT);
    assert_int_equal(whole(d, "/backup"), batches);
    disk_simulated_free(d);
}

/* Its last batch did not become whole, or is gone. */
static void a_torn_tail(void **unused) {
    (void)unused;
    static const char zeros[SEGMENT_SECTOR];
    uint32_t torn = 0;
    for (uint64_t to = 2; to <= batches; to++) {
        struct disk *d = grown(to, to);
        struct fault f = {0};
        struct journal *j = NULL;
        struct journal_batch b;
        struct disk_file *file = NULL;
        struct backup_report report;
        char path[LIMIT_PATH];
        bool end = false;
        fixture_must(journal_open(d, "/log/journal", &script.log, SMALL_SEGMENT, &j, &f), &f, "journal");
        while (journal_number(j) < to) fixture_must(journal_next(j, &b, &end, &f), &f, "next");
        size_t extent = journal_extent(j).size;
        snprintf(path, sizeof path, "/log/journal/log-%08u.seg", b.log.segment);
        if (extent > SEGMENT_SECTOR) { /* a sector of it never got there */
            fixture_must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f, path);
            fixture_must(disk_write(file, b.log.offset + extent / 2 / SEGMENT_SECTOR * SEGMENT_SECTOR, zeros, sizeof zeros, &f), &f, path);
            disk_close(file);
            fixture_must(back_up(d, "/log", "/backup", &report, &f), &f, "backup");
            assert_int_equal(report.batch, to - 1);
            assert_int_equal(whole(d, "/backup"), to - 1);
            torn++;
        }
        journal_close(j);
        disk_simulated_free(d);
    }
    assert_true(torn > 10);
    struct disk *d = disk_simulated(9);
    struct fault f = {0};
    struct node *n = NULL;
    grow(d, batches);
    fixture_must(opened_as(d, "/log", false, &n, NULL, &f), &f, "serve"); /* signs the last checkpoint */
    node_close(n);
    fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
    struct disk *shorter = grown(10, 20);
    copy_file(d, shorter, "/log/checkpoint");
    expect(shorter, "/log", "/backup", RESULT_LOST_TAIL, "its end is lost");
    assert_false(disk_exists(shorter, "/backup/genesis"));
    disk_simulated_free(shorter);
    disk_simulated_free(d);
}

/* --- snapshots --- */

static void with_snapshots(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(8);
    struct fault f = {0};
    struct backup_report report;
    struct node_report started = {0};
    struct node *n = created(d, "/log");
    char path[LIMIT_PATH];
    struct backup_options patient = {.disk = d, .from = "/log", .to = "/backup", .patience_ms = 30};
    for (uint32_t k = 6; k <= script.count; k += 6) {
        steps(n, k - 6, k);
        uint64_t order = node_applied(n);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        fixture_must(backup_take(&patient, &report, &f), &f, "backup"); /* beside the server */
        assert_int_equal(report.snapshot, order);
        (void)whole(d, "/backup");
        struct node *again = NULL;
        char dir[32];
        snprintf(dir, sizeof dir, "/again%u", k);
        fixture_must(restore(d, "/backup", dir, &f), &f, "restore");
        fixture_must(opened_as(d, dir, false, &again, &started, &f), &f, "start");
        assert_true(started.snapshot == order && started.orders == 0 && started.snapshots_passed == 0);
        struct hash here = state_digest(node_state(n)), there = state_digest(node_state(again));
        assert_true(hash_equal(&here, &there));
        node_close(again);
    }
    /* The newest is rotten: the one before it is taken, and that is said; the backup's own was good. */
    uint64_t newest = report.snapshot;
    snprintf(path, sizeof path, "/log/snapshots/%020llu", (unsigned long long)newest);
    disk_simulated_flip(d, path, 8 * 5000);
    fixture_must(back_up(d, "/log", "/backup", &report, &f), &f, "backup");
    assert_true(report.snapshot == newest && report.snapshots_passed == 0);
    fixture_must(back_up(d, "/log", "/anew", &report, &f), &f, "backup");
    assert_true(report.snapshot > 0 && report.snapshot < newest && report.snapshots_passed == 1);
    disk_simulated_flip(d, path, 8 * 20); /* and of another log */
    disk_simulated_flip(d, path, 8 * 5000);
    fixture_must(back_up(d, "/log", "/anew2", &report, &f), &f, "backup");
    assert_int_equal(report.snapshots_passed, 1);
    disk_simulated_look_fault(d, "/log/snapshots");
    assert_int_equal(back_up(d, "/log", "/backup", NULL, &f).code, RESULT_IO);
    disk_simulated_look_fault(d, NULL);
    node_close(n);
    disk_simulated_free(d);
}
/* Every read fails once: it is said, and nothing is lost by it. */
static void every_read_fails(void **unused) {
    (void)unused;
    uint32_t failed = 0;
    for (uint64_t at = 1, done = 0; !done; at += 3) {
        struct disk *d = disk_simulated(at);
        struct fault f = {0};
        struct node *n = created(d, "/log");
        steps(n, 0, 12);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "backup");
        steps(n, 12, 20);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        uint64_t batch = node_batch(n);
        node_close(n);
        disk_simulated_read_fault(d, disk_simulated_reads(d) + at);
        result r = back_up(d, "/log", "/backup", NULL, &f);
        done = disk_simulated_reads(d) < at || result_is_ok(r);
        if (!result_is_ok(r)) failed++;
        disk_simulated_read_fault(d, 0);
        (void)whole(d, "/backup");
        fixture_must(back_up(d, "/log", "/backup", NULL, &f), &f, "again");
        assert_int_equal(whole(d, "/backup"), batch);
        disk_simulated_free(d);
    }
    assert_true(failed > 5);
}

/* --- what others have seen --- */

static void roots(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node *n = NULL;
    struct hash own, root;
    uint64_t ticks = 0;
    fixture_must(opened_as(lived, "/log", true, &n, NULL, &f), &f, "open");
    for (uint64_t size = 0; size <= node_log_size(n); size++) {
        fixture_must(backup_root(lived, "/log", size, &ticks, &root, &f), &f, "root");
        assert_int_equal(ticks, node_log_size(n));
        if (size == 0) {
            own = sha256_of("", 0);
        } else { /* as it was signed then */
            struct append note = append_growing(4096);
            char line[64] = "\n";
            struct append base64 = append_fixed(line + 1, sizeof line - 2);
            fixture_must(node_checkpoint_at(n, size, &note, &f), &f, "checkpoint");
            append_base64(&base64, root.bytes, sizeof root.bytes);
            append_char(&note, '\0');
            assert_non_null(strstr(note.at, line));
            append_free(&note);
            continue;
        }
        assert_true(hash_equal(&own, &root));
    }
    own = root;
    fixture_must(backup_root(lived, "/log", ticks + 1, &ticks, &root, &f), &f, "root");
    assert_true(hash_equal(&own, &root)); /* not touched */
    assert_int_equal(backup_root(lived, "/none", 1, &ticks, &root, &f).code, RESULT_NOT_FOUND);
    node_close(n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_every_batch), cmocka_unit_test(over_all_segments), cmocka_unit_test(a_first_one_fails_anywhere), cmocka_unit_test(a_later_one_fails_anywhere),
        cmocka_unit_test(a_restore_fails_anywhere), cmocka_unit_test(a_full_disk), cmocka_unit_test(what_is_refused), cmocka_unit_test(another_logs_place),
        cmocka_unit_test(rot_is_not_copied), cmocka_unit_test(rot_in_the_checkpoint), cmocka_unit_test(a_torn_tail), cmocka_unit_test(with_snapshots), cmocka_unit_test(every_read_fails), cmocka_unit_test(roots)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("backup", tests, before, after);
}
