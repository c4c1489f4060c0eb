/* Snapshots on a simulated disk: written behind every step of a scripted day, cut and failing at every operation, rotten at places all over, of an
 * order that they are not. A start from one comes to the state of the whole journal and goes on to the same end; what cannot be used is passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include "log/crc32c.h"
#include "log/snapshot.h"

#include <cmocka.h>

static struct fixture script;
static struct hash digests[4 * FIXTURE_STEPS]; /* after order n of a run without restarts */

static struct node_options options(struct disk *d, bool check) {
    return (struct node_options){.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true, .verify_signatures = check, .read_only = check};
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
static void steps(struct node *n, uint32_t from, uint32_t to) {
    struct fault f = {0};
    struct node_event e;
    for (uint32_t i = from; i < to; i++) {
        const struct step_script *s = &script.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
        digests[node_applied(n)] = state_digest(node_state(n));
    }
}
/* The same digests, step for step. */
static void steps_checked(struct node *n, uint32_t from, uint32_t to) {
    struct hash kept[4 * FIXTURE_STEPS];
    memcpy(kept, digests, sizeof kept);
    steps(n, from, to);
    assert_memory_equal(kept, digests, sizeof kept);
}
static void same(const struct node *n) {
    struct hash now = state_digest(node_state(n));
    assert_true(hash_equal(&now, &digests[node_applied(n)]));
}
static int reference(void **state) {
    (void)state;
    fixture_make(&script);
    struct disk *d = disk_simulated(1);
    struct node *n = created(d);
    steps(n, 0, script.count);
    node_close(n);
    disk_simulated_free(d);
    return 0;
}

/* Every record can be read, and the last that a tick sealed can be proved: places and trees are whole. */
static void readable(struct node *n) {
    struct fault f = {0};
    struct arena scratch;
    struct append proof = append_growing(1 << 20);
    uint32_t proofs = 0;
    arena_growing(&scratch, 1 << 24);
    for (uint16_t p = 0; p < state_party_count(node_state(n)); p++)
        for (uint64_t place = 0; place < state_stream_size(node_state(n), p); place++) {
            struct node_record r;
            arena_reset(&scratch);
            append_reset(&proof);
            fixture_must(node_record(n, p, place, &scratch, &r, &f), &f, "record");
            proofs += result_is_ok(node_proof(n, p, place, 0, &proof, &f));
        }
    assert_true(node_log_size(n) == 0 || proofs > 0);
    arena_free(&scratch);
    append_free(&proof);
}
/* What one that did not come to its end left is in nobody's way, however long it is; nothing is written into it. */
static void what_was_left_goes(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(31);
    struct fault f = {0};
    struct node_report report = {0};
    struct disk_file *file = NULL, *other = NULL;
    static uint8_t junk[1 << 20];
    size_t got = 0;
    uint8_t first = 0;
    struct node *n = created(d);
    steps(n, 0, 10);
    memset(junk, 0xaa, sizeof junk);
    fixture_must(disk_make_dir(d, "/log/snapshots", &f), &f, "snapshots");
    fixture_must(disk_open(d, "/log/snapshots/new", DISK_NEW, true, &file, &f), &f, "new");
    assert_int_equal(disk_open(d, "/log/snapshots/new", DISK_NEW, true, &other, &f).code, RESULT_CONFLICT);
    fixture_must(disk_write(file, 0, junk, sizeof junk, &f), &f, "junk");
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    fixture_must(disk_read(file, 0, &first, 1, &got, &f), &f, "still open"); /* whoever held it open has it, and it is as it was */
    assert_true(got == 1 && first == 0xaa);
    disk_close(file);
    assert_false(disk_exists(d, "/log/snapshots/new"));
    node_close(n);
    n = opened(d, false, &report);
    assert_true(report.snapshot > 0 && report.snapshots_passed == 0);
    node_close(n);
    disk_simulated_free(d);
}
static void behind_every_step(void **unused) {
    (void)unused;
    for (uint32_t k = 1; k <= script.count; k++) {
        struct disk *d = disk_simulated(k);
        struct fault f = {0};
        struct node_report report = {0};
        struct node *n = created(d);
        steps(n, 0, k);
        uint64_t order = node_applied(n);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        uint32_t more = k + 3 < script.count ? k + 3 : script.count;
        steps(n, k, more); /* the tail */
        uint64_t end = node_applied(n);
        node_close(n);
        n = opened(d, false, &report);
        assert_int_equal(report.snapshot, order);
        assert_true(report.indexed > 0 && !report.index_passed);
        assert_int_equal(report.orders, end - order);
        assert_int_equal(report.snapshots_passed, 0);
        assert_int_equal(node_applied(n), end);
        same(n);
        readable(n);
        steps_checked(n, more, script.count);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        node_close(n);
        n = opened(d, true, &report);
        assert_int_equal(report.snapshot, 0);
        assert_int_equal(report.snapshots_checked, end == order && more == script.count ? 1 : 2);
        assert_int_equal(report.orders, node_applied(n));
        same(n);
        node_close(n);
        disk_simulated_free(d);
    }
}
static void listed(struct disk *d, uint64_t orders[LIMIT_SNAPSHOTS_LISTED], uint32_t wanted) {
    struct fault f = {0};
    uint32_t count = 0;
    fixture_must(snapshot_list(d, "/log/snapshots", orders, &count, &f), &f, "list");
    assert_int_equal(count, wanted);
}

/* ---- faults ---- */
static void at_every_operation(void **unused) {
    (void)unused;
    static const enum disk_fault faults[] = {DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
    uint32_t failed = 0;
    for (size_t k = 0; k < sizeof faults / sizeof faults[0]; k++)
        for (uint64_t at = 1;; at++) {
            struct disk *d = disk_simulated(100 * at + k);
            struct fault f = {0};
            struct node_report report = {0};
            struct node *n = created(d);
            steps(n, 0, 12);
            fixture_must(node_snapshot(n, &f), &f, "snapshot");
            steps(n, 12, 24);
            uint64_t end = node_applied(n);
            disk_simulated_fault(d, disk_simulated_operations(d) + at, faults[k]);
            result r = node_snapshot(n, &f);
            struct node_numbers numbers;
            node_numbers(n, &numbers);
            assert_int_equal(numbers.snapshots_failed, !result_is_ok(r));
            node_close(n);
            disk_simulated_restart(d);
            n = opened(d, false, &report);
            assert_int_equal(node_applied(n), end);
            assert_true(report.snapshot > 0); /* the older one at least */
            assert_int_equal(report.snapshots_passed, 0);
            same(n);
            readable(n);
            steps_checked(n, 24, script.count);
            fixture_must(node_snapshot(n, &f), &f, "snapshot"); /* what was left lying does not hinder it */
            node_close(n);
            disk_simulated_free(d);
            failed += !result_is_ok(r);
            if (result_is_ok(r)) break;
        }
    print_message("# %u snapshots failed\n", failed);
    assert_true(failed > 10);
}

/* ---- rot ---- */
static void path_of(uint64_t order, char path[64]) { snprintf(path, 64, "/log/snapshots/%020llu", (unsigned long long)order); }
static void rot_is_passed_over(void **unused) {
    (void)unused;
    struct fault f = {0};
    uint32_t found = 0;
    for (uint64_t bit = 5; bit < 8 * (4096 + 65536); bit += bit < 8 * 240 ? 53 : 8 * 1499 + 3) {
        struct disk *d = disk_simulated(bit);
        struct node_report report = {0};
        struct node *n = created(d);
        char path[64];
        uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
        steps(n, 0, 10);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        steps(n, 10, 20);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        node_close(n);
        listed(d, orders, 2);
        path_of(orders[0], path);
        disk_simulated_flip(d, path, bit);
        n = opened(d, false, &report);
        assert_int_equal(report.snapshot, orders[1]);
        assert_int_equal(report.snapshots_passed, 1);
        assert_true(report.passed.code == RESULT_ROT || report.passed.code == RESULT_UNSUPPORTED);
        assert_non_null(strstr(report.passed.message, path));
        same(n);
        node_close(n);
        path_of(orders[1], path);
        disk_simulated_flip(d, path, bit);
        n = opened(d, false, &report);
        assert_int_equal(report.snapshot, 0);
        assert_int_equal(report.snapshots_passed, 2);
        assert_int_equal(report.orders, node_applied(n));
        same(n);
        readable(n);
        node_close(n);
        if (found++ == 0) { /* who checks all is told as well */
            n = opened(d, true, &report);
            assert_int_equal(report.snapshots_passed, 2);
            assert_int_equal(report.snapshots_checked, 0);
            assert_int_equal(report.passed.code, RESULT_ROT);
            node_close(n);
        }
        disk_simulated_free(d);
    }
    print_message("# %u flips\n", found);
}
/* Whole, but of another order. */
static void of_another_journal(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct disk *d = disk_simulated(7);
    struct node *n = created(d);
    char from[64], to[64];
    steps(n, 0, 10);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    uint64_t first = node_applied(n);
    steps(n, 10, 20);
    node_close(n);
    path_of(first, from);
    path_of(first + 1, to);
    fixture_must(disk_rename(d, from, to, &f), &f, "rename");
    n = opened(d, false, &report);
    assert_int_equal(report.snapshot, 0);
    assert_int_equal(report.snapshots_passed, 1);
    same(n);
    node_close(n);
    disk_simulated_free(d);
}
/* A number of the head that is not possible, or not this journal's, under a checksum that fits: passed over, whatever it says. */
static void set_in_head(struct disk *d, uint64_t order, size_t at, unsigned size, uint64_t number) {
    struct fault f = {0};
    char path[64];
    uint8_t head[4096];
    size_t got = 0;
    struct disk_file *file = NULL;
    path_of(order, path);
    fixture_must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f, "open");
    fixture_must(disk_read(file, 0, head, sizeof head, &got, &f), &f, "read");
    assert_int_equal(got, sizeof head);
    for (unsigned i = 0; i < size; i++) head[at + i] = (uint8_t)(number >> 8 * (size - 1 - i));
    struct append crc = append_fixed(head + sizeof head - 4, 4);
    append_u32(&crc, crc32c_of(head, sizeof head - 4));
    fixture_must(disk_write(file, 0, head, sizeof head, &f), &f, "write");
    disk_close(file);
}
static void numbers_of_the_head(void **unused) {
    (void)unused;
    static const struct { const char *what; size_t at; unsigned size; uint64_t number; } wrong[] = {
        {"of another order", 48, 8, 0}, {"digest", 56, 8, 1}, {"batch is not possible", 88, 8, 0}, {"batch is not possible", 88, 8, UINT64_MAX},
        {"mean of bytes", 128, 8, UINT64_C(1) << 52}, {"mean of bytes", 128, 8, UINT64_MAX},
        {"number of parties", 136, 4, 0x7fffffff}, {"number of parties", 136, 4, LIMIT_PARTIES + 1}, {"more parties than there are", 136, 4, 4},
        {"not of this journal", 136, 4, 2}, {"not of this journal", 136, 4, 0}, {"without a state", 140, 8, 0}, {"", 140, 8, 1}, {"", 140, 8, UINT64_MAX},
        {"bytes do not match", 148, 8, 1}, {"not zero", 184, 1, 1},
        {"not zero", 4091, 1, 1}, {"made under rules 0; this version's are", 180, 4, 0}, {"made under rules 16777216; this version's are", 180, 4, 1 << 24}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fault f = {0};
        struct node_report report = {0};
        struct disk *d = disk_simulated(i);
        struct node *n = created(d);
        steps(n, 0, 20);
        assert_int_equal(state_party_count(node_state(n)), 3);
        assert_true(node_log_size(n) > 0);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        uint64_t order = node_applied(n);
        steps(n, 20, 24);
        node_close(n);
        set_in_head(d, order, wrong[i].at, wrong[i].size, wrong[i].number);
        n = opened(d, false, &report);
        assert_int_equal(report.snapshot, 0);
        assert_int_equal(report.snapshots_passed, 1);
        if (strstr(report.passed.message, wrong[i].what) == NULL) fail_msg("\"%s\" is not in \"%s\"", wrong[i].what, report.passed.message);
        same(n);
        steps_checked(n, 24, script.count);
        node_close(n);
        if (wrong[i].at == 180) { /* log check says so too, and does not hold its digest against the journal */
            n = opened(d, true, &report);
            assert_int_equal(report.snapshots_passed, 1);
            assert_int_equal(report.snapshots_checked, 0);
            node_close(n);
        }
        disk_simulated_free(d);
    }
}
/* ---- what was answered is cut from the journal, and a snapshot still knows of it ---- */
static const char *const log_path = "/log/journal/log-00000001.seg";
static size_t bytes_of(struct disk *d, const char *path, uint8_t *room, size_t most) {
    struct fault f = {0};
    struct disk_file *file = NULL;
    size_t got = 0;
    fixture_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, "open");
    fixture_must(disk_read(file, 0, room, most, &got, &f), &f, "read");
    disk_close(file);
    assert_true(got < most);
    return got;
}
static void put_back(struct disk *d, const char *path, const uint8_t *bytes, size_t size) {
    struct fault f = {0};
    struct disk_file *file = NULL;
    fixture_must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f, "open");
    fixture_must(disk_truncate(file, 0, &f), &f, "truncate");
    fixture_must(disk_write(file, 0, bytes, size, &f), &f, "write");
    disk_close(file);
}
static void refused(struct disk *d, const char *why) {
    struct node_report report = {0};
    for (int check = 0; check < 2; check++) { /* a start, and log check */
        struct fault f = {0};
        struct node *n = NULL;
        struct node_options o = options(d, check);
        assert_int_equal(node_open(&o, &n, &report, &f).code, RESULT_LOST_TAIL);
        assert_string_equal(f.field, "snapshots");
        if (strstr(f.message, why) == NULL) fail_msg("\"%s\" is not in \"%s\"", why, f.message);
    }
}
static void a_lost_tail_is_proved(void **unused) {
    (void)unused;
    static uint8_t room[4 << 20];
    uint32_t last = 20; /* answered, and no tick behind it: no checkpoint knows of it */
    while (script.steps[last].tick || script.steps[last + 1].tick) last++;
    for (int older = 0; older < 2; older++)
        for (int rotten = 0; rotten < 2; rotten++) {
            struct fault f = {0};
            struct node_report report = {0};
            struct disk *d = disk_simulated(17);
            struct node *n = created(d);
            char path[64], away[] = "/log/kept";
            steps(n, 0, 10);
            if (older) fixture_must(node_snapshot(n, &f), &f, "snapshot");
            steps(n, 10, last);
            uint64_t before = node_applied(n);
            size_t size = bytes_of(d, log_path, room, sizeof room);
            steps(n, last, last + 1);
            assert_int_equal(node_applied(n), before + 1);
            fixture_must(node_snapshot(n, &f), &f, "snapshot");
            node_close(n);
            put_back(d, log_path, room, size);
            path_of(before + 1, path);
            if (rotten) disk_simulated_flip(d, path, 8 * 5000); /* its state cannot be loaded, its head says all the same what there was */
            refused(d, "its end is lost");
            /* Without the snapshot nothing knows; with it again the other statement of that order is seen for what it is. */
            fixture_must(disk_rename(d, path, away, &f), &f, "rename");
            n = opened(d, false, &report);
            assert_int_equal(node_applied(n), before);
            fixture_must(node_submit(n, script.steps[last + 1].parts, script.steps[last + 1].count, script.steps[last + 1].now, 1, &f), &f, "submit");
            fixture_must(node_poll(n, &f), &f, "poll");
            assert_int_equal(node_applied(n), before + 1);
            node_close(n);
            fixture_must(disk_rename(d, away, path, &f), &f, "rename");
            refused(d, "its end was lost, and others took the places");
            disk_simulated_free(d);
        }
}
/* ---- a state that lies, under a digest that is its own: the journal alone is good, so no start is refused ---- */
static bool kept_put(void *context, const void *bytes, size_t size) {
    append_bytes(context, bytes, size);
    return true;
}
struct kept_from { struct text bytes; size_t at; };
static size_t kept_get(void *context, void *bytes, size_t room) {
    struct kept_from *k = context;
    size_t run = k->bytes.size - k->at < room ? k->bytes.size - k->at : room;
    memcpy(bytes, k->bytes.at + k->at, run);
    k->at += run;
    return run;
}
static void a_lie_is_left_for_the_journal(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct disk *d = disk_simulated(23);
    struct node *n = created(d);
    struct append saved = append_growing(64 << 20);
    struct arena work, memory, genesis_arena;
    struct statement genesis;
    struct snapshot_head head;
    size_t need;
    uint32_t loaded = 0, diverged = 0, rot = 0;
    steps(n, 0, 20);
    uint64_t order = node_applied(n);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    fixture_must(snapshot_head_read(d, "/log/snapshots", order, &head, &f), &f, "head");
    assert_true(arena_take(&work, state_save_memory(node_state(n))));
    fixture_must(state_save(node_state(n), &work, kept_put, &saved, &f), &f, "save");
    arena_free(&work);
    fixture_must(state_memory(state_capacity(node_state(n)), &need, &f), &f, "memory");
    steps(n, 20, script.count);
    node_close(n);
    arena_growing(&genesis_arena, 16 << 20);
    struct decoder decoder = {.json = json_reader_new(1 << 20), .arena = &genesis_arena};
    fixture_must(decode_genesis(&decoder, script.genesis, true, &genesis, &f), &f, "genesis");
    /* Of the state's head (FORMAT.md 13): the last tick's number; the time, the last tick's time and the flag of an unsure clock. Between them are other numbers. */
    enum { TICK = 340, SERIAL = 348, TIME = 372, UNSURE = 388 };
    for (size_t at = TICK; at <= UNSURE; at += at == SERIAL - 1 ? TIME - SERIAL + 1 : 1) {
        struct state *st = NULL;
        struct kept_from from = {append_view(&saved), 0};
        saved.at[at] ^= 1;
        assert_true(arena_take(&memory, need));
        bool good = result_is_ok(state_load(&memory, &genesis, kept_get, &from, &st, &f)) && state_order(st) == order;
        saved.at[at] ^= 1;
        if (good) fixture_must(snapshot_write(d, "/log/snapshots", &head, st, &f), &f, "write");
        arena_free(&memory);
        if (!good) continue;
        loaded++;
        n = opened(d, false, &report); /* never refused */
        diverged += report.passed.code == RESULT_DIVERGED;
        rot += report.passed.code == RESULT_ROT;
        if (report.snapshots_passed > 0) {
            assert_int_equal(report.snapshot, 0);
            same(n);
        }
        bool journals = report.passed.code == RESULT_DIVERGED || report.passed.code == RESULT_ROT;
        if (journals) assert_non_null(strstr(report.passed.message, "behind the snapshot of order "));
        node_close(n);
    }
    print_message("# %u lies: %u diverged, %u as rot\n", loaded, diverged, rot);
    assert_true(diverged > 0 && rot > 0);
    json_reader_free(decoder.json);
    arena_free(&genesis_arena);
    append_free(&saved);
    disk_simulated_free(d);
}
/* log check recomputes what a snapshot states. */
static void a_lie_is_found_by_the_check(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct disk *d = disk_simulated(9);
    struct node *n = created(d);
    steps(n, 0, 10);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    struct snapshot_head head;
    listed(d, orders, 1);
    fixture_must(snapshot_head_read(d, "/log/snapshots", orders[0], &head, &f), &f, "head");
    steps(n, 10, 20);
    fixture_must(snapshot_write(d, "/log/snapshots", &head, node_state(n), &f), &f, "write"); /* another state under its name and batch */
    node_close(n);
    struct node_options o = options(d, true);
    assert_int_equal(node_open(&o, &n, &report, &f).code, RESULT_ROT);
    assert_non_null(strstr(f.message, "is not the state that the journal gives"));
    disk_simulated_free(d);
}
static void put_bytes(struct disk *d, const char *path, uint64_t at, const char *bytes) {
    struct fault f = {0};
    struct disk_file *file = NULL;
    fixture_must(disk_open(d, path, DISK_WRITE, true, &file, &f), &f, "open");
    fixture_must(disk_write(file, at, bytes, strlen(bytes), &f), &f, "write");
    disk_close(file);
}
/* log check reads the file's own bytes too, and compares them with those of the state that it comes to. */
static void the_check_reads_all_of_a_snapshot(void **unused) {
    (void)unused;
    static const uint64_t places[] = {5000, 4096 + 3, 4096 + 60000, 4096 + 65536};
    for (size_t i = 0; i <= sizeof places / sizeof places[0]; i++) {
        struct fault f = {0};
        struct node_report report = {0};
        struct disk *d = disk_simulated(20 + i);
        struct node *n = created(d);
        char path[64];
        steps(n, 0, 10);
        uint64_t order = node_applied(n);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
        node_close(n);
        path_of(order, path);
        bool whole = i == sizeof places / sizeof places[0];
        if (!whole) put_bytes(d, path, places[i], "garbage");
        n = opened(d, true, &report);
        assert_int_equal(report.snapshots_checked, whole);
        assert_int_equal(report.snapshots_passed, !whole);
        if (!whole) assert_int_equal(report.passed.code, RESULT_ROT);
        if (!whole) assert_non_null(strstr(report.passed.message, path));
        node_close(n);
        disk_simulated_free(d);
    }
}
/* What no start could use takes no other's place: of higher orders, of none, damaged, of another log. */
static void what_is_no_use_is_not_kept(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct disk *d = disk_simulated(15);
    struct node *n = created(d);
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED], kept[3];
    uint32_t count = 0;
    char path[64];
    for (int k = 0; k < 3; k++) {
        steps(n, 8 * (uint32_t)k, 8 * (uint32_t)k + 8);
        kept[k] = node_applied(n);
        if (k == 2) { /* ten that no start can use above it, two below, and two names that are no orders */
            for (uint64_t o = 0; o < 10; o++) path_of(kept[k] + 1 + o, path), put_bytes(d, path, 0, "nothing");
            path_of(kept[1] + 1, path), put_bytes(d, path, 0, "nothing");
            path_of(UINT64_MAX, path), put_bytes(d, path, 0, "nothing");
            put_bytes(d, "/log/snapshots/18446744073709551616", 0, "nothing");
            put_bytes(d, "/log/snapshots/99999999999999999999", 0, "nothing");
            struct snapshot_head other = {.order = kept[1] + 2, .batch = 1};
            struct snapshot_head head;
            fixture_must(snapshot_head_read(d, "/log/snapshots", kept[1], &head, &f), &f, "head");
            fixture_must(snapshot_write(d, "/other", &other, node_state(n), &f), &f, "write");
            path_of(other.order, path);
            char from[64];
            snprintf(from, sizeof from, "/other/%020llu", (unsigned long long)other.order);
            fixture_must(disk_rename(d, from, path, &f), &f, "rename");
        }
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
    }
    fixture_must(snapshot_list(d, "/log/snapshots", orders, &count, &f), &f, "list");
    assert_int_equal(count, 2);
    assert_int_equal(orders[0], kept[2]);
    assert_int_equal(orders[1], kept[1]);
    assert_true(disk_exists(d, "/log/snapshots/99999999999999999999")); /* none of ours */
    /* The older one rots: the next snapshot does not count it. */
    path_of(kept[2], path);
    put_bytes(d, path, 5000, "garbage");
    steps(n, 24, 32);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    fixture_must(snapshot_list(d, "/log/snapshots", orders, &count, &f), &f, "list");
    assert_int_equal(count, 2);
    assert_int_equal(orders[0], node_applied(n));
    assert_int_equal(orders[1], kept[1]);
    node_close(n);
    n = opened(d, false, &report);
    assert_int_equal(report.snapshot, orders[0]);
    assert_int_equal(report.snapshots_passed, 0);
    same(n);
    node_close(n);
    disk_simulated_free(d);
}
/* A server that ends waits for its own tick as for what others sent: in the midst of it there is no state to keep. */
static void the_end_waits_for_the_nodes_own(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct disk *d = disk_simulated(17);
    struct node *n = created(d);
    struct node_event e;
    steps(n, 0, 10);
    node_close(n);
    struct node_options o = options(d, false);
    o.inline_writer = false;
    o.stepped_writer = true;
    fixture_must(node_open(&o, &n, &report, &f), &f, "open");
    assert_true(node_quiet(n));
    instant later = script.steps[script.count - 1].now + 10 * INSTANT_SECOND;
    fixture_must(node_tick(n, later, 0, false, &f), &f, "tick");
    uint64_t before = node_applied(n);
    node_end(n);
    assert_false(node_quiet(n)); /* proposed */
    int turns = 0;
    for (; turns < 20 && !node_quiet(n); turns++) {
        fixture_must(node_poll(n, &f), &f, "poll");
        if (node_applied(n) != node_durable(n)) assert_int_equal(node_snapshot(n, &f).code, RESULT_BUSY);
        (void)node_write_step(n);
        while (node_next(n, &e)) continue;
    }
    assert_true(turns > 1 && turns < 20);
    assert_int_equal(node_applied(n), before + 1);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    fixture_must(node_tick(n, later + 10 * INSTANT_SECOND, 0, false, &f), &f, "tick");
    assert_true(node_quiet(n)); /* none was proposed */
    uint64_t order = node_applied(n);
    node_close(n);
    n = opened(d, false, &report);
    assert_int_equal(report.snapshot, order);
    assert_int_equal(report.orders, 0);
    node_close(n);
    disk_simulated_free(d);
}
static void two_are_kept_and_room_is_left(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct disk *d = disk_simulated(11);
    struct node *n = created(d);
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    for (uint32_t k = 0; k + 4 <= script.count; k += 4) {
        steps(n, k, k + 4);
        fixture_must(node_snapshot(n, &f), &f, "snapshot");
    }
    listed(d, orders, LIMIT_SNAPSHOTS);
    assert_int_equal(orders[0], node_applied(n));
    struct node_numbers k;
    node_numbers(n, &k);
    assert_int_equal(k.snapshot_order, orders[0]);
    assert_true(k.snapshot_bytes > 0 && k.snapshots > 3);
    fixture_must(node_tick(n, script.steps[script.count - 1].now + 10 * INSTANT_SECOND, 0, false, &f), &f, "tick");
    fixture_must(node_poll(n, &f), &f, "poll");
    disk_simulated_room(d, k.disk_reserve);
    fixture_must(node_tick(n, script.steps[script.count - 1].now + 20 * INSTANT_SECOND, 0, false, &f), &f, "tick");
    fixture_must(node_poll(n, &f), &f, "poll");
    assert_int_equal(node_snapshot(n, &f).code, RESULT_FULL);
    fixture_must(node_tick(n, script.steps[script.count - 1].now + 30 * INSTANT_SECOND, 0, false, &f), &f, "tick"); /* it goes on */
    fixture_must(node_poll(n, &f), &f, "poll");
    node_close(n);
    disk_simulated_free(d);
}
/* A directory that cannot be read: the start goes through the journal and says why; what is written beside it counts as failed, for the old ones stay. */
static void a_directory_that_cannot_be_read(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node_report report = {0};
    struct node_numbers k;
    struct disk *d = disk_simulated(12);
    struct node *n = created(d);
    steps(n, 0, 12);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    uint64_t order = node_applied(n);
    node_close(n);
    disk_simulated_look_fault(d, "/snapshots");
    n = opened(d, false, &report);
    assert_int_equal(report.snapshot, 0);
    assert_int_equal(report.snapshots_passed, 1);
    assert_non_null(strstr(report.passed.message, "list /log/snapshots"));
    assert_int_equal(node_applied(n), order);
    same(n);
    steps_checked(n, 12, 16);
    assert_int_equal(node_snapshot(n, &f).code, RESULT_IO);
    node_numbers(n, &k);
    assert_int_equal(k.snapshots_failed, 1);
    assert_int_equal(k.snapshots_passed, 1);
    uint64_t newest = node_applied(n);
    node_close(n);
    disk_simulated_look_fault(d, NULL);
    n = opened(d, false, &report);
    assert_int_equal(report.snapshots_passed, 0);
    assert_int_equal(report.snapshot, newest); /* it is whole all the same */
    node_close(n);
    disk_simulated_free(d);
}
/* Free space that cannot be read stands as it was, less what is written; it is counted, and why is known. */
static void free_space_that_cannot_be_read(void **unused) {
    (void)unused;
    struct node_numbers before, k;
    struct disk *d = disk_simulated(13);
    struct node *n = created(d);
    disk_simulated_room(d, UINT64_C(1) << 40);
    steps(n, 0, 4);
    node_numbers(n, &before);
    assert_true(before.disk_free > 0 && before.disk_free < UINT64_C(1) << 40 && before.disk_unread == 0 && !before.disk_unknown);
    disk_simulated_look_fault(d, "/log");
    steps_checked(n, 4, 8);
    node_numbers(n, &k);
    assert_true(k.disk_unknown && k.disk_unread == k.batches - before.batches && k.disk_unread > 0);
    assert_int_equal(before.disk_free - k.disk_free, k.bytes_written - before.bytes_written);
    assert_non_null(strstr(k.disk_why.message, "free space of /log"));
    disk_simulated_look_fault(d, NULL);
    disk_simulated_room(d, UINT64_C(1) << 39); /* another has taken half of it meanwhile */
    steps_checked(n, 8, 12);
    before = k;
    node_numbers(n, &k);
    assert_true(!k.disk_unknown && k.disk_unread == before.disk_unread && k.disk_free <= UINT64_C(1) << 39);
    node_close(n);
    disk_simulated_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(behind_every_step), cmocka_unit_test(what_was_left_goes), cmocka_unit_test(at_every_operation), cmocka_unit_test(rot_is_passed_over),
                                       cmocka_unit_test(numbers_of_the_head), cmocka_unit_test(a_lost_tail_is_proved), cmocka_unit_test(a_lie_is_left_for_the_journal),
                                       cmocka_unit_test(of_another_journal), cmocka_unit_test(a_lie_is_found_by_the_check), cmocka_unit_test(the_check_reads_all_of_a_snapshot),
                                       cmocka_unit_test(what_is_no_use_is_not_kept), cmocka_unit_test(the_end_waits_for_the_nodes_own), cmocka_unit_test(two_are_kept_and_room_is_left),
                                       cmocka_unit_test(a_directory_that_cannot_be_read), cmocka_unit_test(free_space_that_cannot_be_read)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("snapshot", tests, reference, NULL);
}
