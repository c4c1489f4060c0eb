/* A log looked at from outside, as `parley doctor` does: genesis, keys, checkpoint, the end of its journal; and what is said of each that is damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "log/crc32c.h"
#include "log/node_inspect.h"

#include <cmocka.h>

#define CHECKPOINT_SLOT 4096
static struct fixture script;
static struct disk *disk;
static struct fault f;
static uint64_t ticks;
static instant last;

static int begin(void **state) {
    (void)state;
    struct node *n;
    fixture_make(&script);
    disk = disk_simulated(1);
    fixture_must(node_create(disk, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = {.dir = "/log", .disk = disk, .random = fixture_random, .inline_writer = true};
    fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        struct node_event e;
        if (s->tick) fixture_must(node_tick(n, s->now, 0, false, &f), &f, "tick");
        else fixture_must(node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "submit");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
    }
    ticks = node_log_size(n);
    last = state_time(node_state(n));
    node_close(n);
    return 0;
}

static int end(void **state) {
    (void)state;
    disk_simulated_free(disk);
    arena_free(&script.arena);
    return 0;
}

static void file_bytes(const char *path, uint64_t at, void *bytes, size_t size, bool write) {
    struct disk_file *file;
    size_t got = size;
    fixture_must(disk_open(disk, path, DISK_WRITE, true, &file, &f), &f, "open");
    if (write) fixture_must(disk_write(file, at, bytes, size, &f), &f, "write");
    else fixture_must(disk_read(file, at, bytes, size, &got, &f), &f, "read");
    assert_int_equal(got, size);
    disk_close(file);
}

static void is(result r, enum result_code code, const char *says) {
    if (r.code != code || strstr(f.message, says) == NULL) fail_msg("%s: %s: %s", result_name(r.code), f.field, f.message);
}

static void a_whole_log(void **state) {
    (void)state;
    struct node_inspection in;
    struct node_ending ending;
    uint64_t operations = disk_simulated_operations(disk);
    fixture_must(node_inspect(disk, "/log", &in, &f), &f, "inspect");
    assert_string_equal(in.origin, FIXTURE_ORIGIN);
    assert_true(!in.live && hash_equal(&in.log, &script.log) && in.capacity.notices == 40 && in.tick_ns == INSTANT_SECOND);
    assert_true(in.reserve > 0);
    fixture_must(node_inspect_ending(disk, "/log", &ending, &f), &f, "ending");
    assert_true(ending.any_checkpoint && ending.checkpoint == ticks && ending.tick == ticks && !ending.torn && ending.batch > ticks);
    assert_true(ending.any_time && ending.time == last);
    fixture_must(node_inspect_key(disk, "/log", "log.key", &f), &f, "log.key");
    fixture_must(node_inspect_key(disk, "/log", "receipt.key", &f), &f, "receipt.key");
    assert_int_equal(disk_simulated_operations(disk), operations); /* nothing was written */
}

/* --- capacities: of the genesis, of a snapshot, of the journal behind it --- */
static void reopen(struct node **n, bool closed) {
    struct node_options o = {.dir = "/log", .disk = disk, .random = fixture_random, .inline_writer = true};
    if (!closed) node_close(*n);
    fixture_must(node_open(&o, n, NULL, &f), &f, "open");
    struct node_event e;
    for (int i = 0; i < 3; i++) {
        fixture_must(node_poll(*n, &f), &f, "poll");
        while (node_next(*n, &e)) continue;
    }
}
static void state_it(struct node *n, const char *body, instant at) {
    struct part parts[FIXTURE_PARTS];
    uint32_t count = fixture_say(&script, 1, KIND_CAPACITY, "body", "log", body, at, NULL, 0, parts);
    fixture_must(node_submit(n, parts, count, at, 1, &f), &f, "submit");
    uint64_t before = node_applied(n);
    struct node_event e;
    fixture_must(node_poll(n, &f), &f, "poll");
    while (node_next(n, &e)) continue;
    assert_int_equal(node_applied(n), before + 1);
}
static void are(const struct node *n, uint32_t in_force, uint32_t wanted) {
    struct node_capacities c;
    uint64_t operations = disk_simulated_operations(disk);
    fixture_must(node_inspect_capacities(disk, "/log", &c, &f), &f, "capacities");
    assert_int_equal(c.in_force.notices, in_force);
    assert_int_equal(c.wanted.notices, wanted);
    assert_int_equal(c.waits > 0, in_force != wanted);
    assert_int_equal(disk_simulated_operations(disk), operations);
    if (n == NULL) return;
    assert_int_equal(c.waits, state_wanted_order(node_state(n)));
    assert_memory_equal(&c.in_force, state_capacity(node_state(n)), sizeof c.in_force);
    assert_memory_equal(&c.wanted, state_wanted(node_state(n)), sizeof c.wanted);
    assert_int_equal(c.batch, node_batch(n));
}
static void capacities_in_force_and_waiting(void **state) {
    (void)state;
    struct node *n = NULL;
    are(NULL, 40, 40);
    reopen(&n, true);
    state_it(n, "{\"notices\":30}", last); /* refused */
    are(n, 40, 40);
    state_it(n, "{\"notices\":60,\"tracks\":50}", last);
    are(n, 40, 60);
    state_it(n, "{\"notices\":80}", last);
    are(n, 40, 80);
    fixture_must(node_snapshot(n, &f), &f, "snapshot"); /* behind it there is nothing */
    are(n, 40, 80);
    reopen(&n, false); /* the grow stands behind the snapshot */
    are(n, 80, 80);
    state_it(n, "{\"notices\":120}", last);
    state_it(n, "{\"notices\":80}", last); /* taken back */
    are(n, 80, 80);
    state_it(n, "{\"notices\":160}", last);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    uint64_t order = node_applied(n);
    state_it(n, "{\"holds\":12}", last);
    are(n, 80, 160);
    node_close(n);
    /* The newest snapshot is damaged: its head, its first block. The one before it and the journal give the same. */
    char path[LIMIT_PATH];
    snprintf(path, sizeof path, "/log/snapshots/%020llu", (unsigned long long)order);
    static const uint64_t places[] = {100, 4096 + 20};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        disk_simulated_flip(disk, path, 8 * places[i]);
        are(NULL, 80, 160);
        disk_simulated_flip(disk, path, 8 * places[i]);
    }
    /* The journal's payload has rotted behind the snapshot: what came before is there all the same, and the error names the file. */
    struct node_capacities c;
    struct disk_file *file;
    static char bytes[1 << 20];
    size_t got = 0;
    fixture_must(disk_open(disk, "/log/journal/pay-00000001.seg", DISK_READ, false, &file, &f), &f, "open");
    fixture_must(disk_read(file, 0, bytes, sizeof bytes, &got, &f), &f, "read");
    disk_close(file);
    char *at = memmem(bytes, got, "\"holds\":12", 10);
    assert_non_null(at);
    disk_simulated_flip(disk, "/log/journal/pay-00000001.seg", 8 * (uint64_t)(at - bytes));
    is(node_inspect_capacities(disk, "/log", &c, &f), RESULT_ROT, "pay-00000001.seg");
    assert_true(c.in_force.notices == 80 && c.wanted.notices == 160 && c.wanted.holds == 8);
    is(node_inspect_capacities(disk, "/none", &c, &f), RESULT_NOT_FOUND, "/none/genesis");
}

static void a_new_log(void **state) {
    (void)state;
    struct node_ending ending;
    fixture_must(node_create(disk, "/new", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    fixture_must(node_inspect_ending(disk, "/new", &ending, &f), &f, "ending");
    assert_true(!ending.any_checkpoint && !ending.any_time && !ending.torn && ending.tick == 0 && ending.batch == 0);
}

static void what_is_missing_or_damaged(void **state) {
    (void)state;
    struct node_inspection in;
    struct node_ending ending;
    static char large[LIMIT_GENESIS_BYTES + 1], dir[LIMIT_PATH + 1];
    is(node_inspect(disk, "/none", &in, &f), RESULT_NOT_FOUND, "/none/genesis");
    is(node_inspect_ending(disk, "/none", &ending, &f), RESULT_NOT_FOUND, "/none/genesis");
    is(node_inspect_key(disk, "/none", "log.key", &f), RESULT_NOT_FOUND, "/none/genesis");
    is(node_inspect_key(disk, "/log", "no.key", &f), RESULT_NOT_FOUND, "/log/no.key");
    memset(dir, 'd', sizeof dir - 1);
    is(node_inspect(disk, dir, &in, &f), RESULT_TOO_LARGE, "a path of over");
    disk_simulated_read_fault(disk, disk_simulated_reads(disk) + 1);
    is(node_inspect(disk, "/log", &in, &f), RESULT_IO, "");
    /* the keys in each other's place; a key of which a byte is gone; one that is too long to be a key */
    static char key[200];
    size_t size = 0;
    struct disk_file *file;
    fixture_must(disk_open(disk, "/log/receipt.key", DISK_READ, false, &file, &f), &f, "open");
    fixture_must(disk_read(file, 0, key, sizeof key, &size, &f), &f, "read");
    disk_close(file);
    file_bytes("/log/log.key", 0, key, size, true);
    is(node_inspect_key(disk, "/log", "log.key", &f), RESULT_CONFLICT, "is not the key that the genesis names");
    key[0] = 'X';
    file_bytes("/log/receipt.key", 0, key, 1, true);
    is(node_inspect_key(disk, "/log", "receipt.key", &f), RESULT_MALFORMED, "");
    memset(large, 'x', sizeof large);
    file_bytes("/log/receipt.key", 0, large, 5000, true);
    is(node_inspect_key(disk, "/log", "receipt.key", &f), RESULT_TOO_LARGE, "5000 bytes");
    /* the genesis */
    disk_simulated_flip(disk, "/log/genesis", 8 * 100);
    is(node_inspect(disk, "/log", &in, &f), RESULT_ROT, ":");
    file_bytes("/log/genesis", 0, large, sizeof large, true);
    is(node_inspect(disk, "/log", &in, &f), RESULT_TOO_LARGE, "bytes");
}

/* The slot of the last checkpoint with one byte changed, and its checksum made to fit. */
static void change_checkpoint(size_t at) {
    uint8_t sector[512];
    uint64_t slot = ticks % 2 * CHECKPOINT_SLOT;
    file_bytes("/log/checkpoint", slot, sector, sizeof sector, false);
    sector[at] ^= 1;
    uint32_t crc = crc32c_of(sector, sizeof sector - 4);
    for (int i = 0; i < 4; i++) sector[sizeof sector - 4 + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
    file_bytes("/log/checkpoint", slot, sector, sizeof sector, true);
}

/* By an inspection, which does not know the log's tree, and by a start, which does. */
static void a_forged_checkpoint(void **state) {
    (void)state;
    enum { SIZE = 16 + 7, ROOT = 24 + 3, SIGNATURE = 56 + 9 };
    static const struct { size_t at; const char *inspected, *started; } table[] = {
        {ROOT, "the signature of the stored checkpoint is not good", "that was given out is not of this log"},
        {SIGNATURE, "the signature of the stored checkpoint is not good", "the signature of the stored checkpoint is not good"}};
    struct node_ending ending;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct node_options o = {.dir = "/log", .disk = disk, .random = fixture_random, .inline_writer = true};
        struct node *n;
        change_checkpoint(table[i].at);
        is(node_inspect_ending(disk, "/log", &ending, &f), RESULT_ROT, table[i].inspected);
        is(node_open(&o, &n, NULL, &f), RESULT_ROT, table[i].started);
        change_checkpoint(table[i].at);
        fixture_must(node_inspect_ending(disk, "/log", &ending, &f), &f, "as it was");
    }
    disk_simulated_flip(disk, "/log/checkpoint", (ticks % 2 * CHECKPOINT_SLOT + SIZE) * 8);
    is(node_inspect_ending(disk, "/log", &ending, &f), RESULT_ROT, "the checksum of a checkpoint does not fit");
}

static void a_lost_tail(void **state) {
    (void)state;
    struct node_ending ending;
    struct disk_file *file;
    uint64_t size;
    fixture_must(disk_open(disk, "/log/journal/log-00000001.seg", DISK_WRITE, false, &file, &f), &f, "open");
    fixture_must(disk_size(file, &size, &f), &f, "size");
    for (bool lost = false; !lost;) { /* sector by sector, until the last tick is gone */
        assert_true(size >= 512);
        fixture_must(disk_truncate(file, size -= 512, &f), &f, "truncate");
        result r = node_inspect_ending(disk, "/log", &ending, &f);
        lost = !result_is_ok(r);
        if (lost) is(r, RESULT_LOST_TAIL, "its end is lost");
    }
    assert_true(ending.checkpoint == ticks && ending.tick == ticks - 1);
    disk_close(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void) {
    const struct CMUnitTest tests[] = {TEST(a_whole_log), TEST(capacities_in_force_and_waiting), TEST(a_new_log), TEST(what_is_missing_or_damaged), TEST(a_forged_checkpoint), TEST(a_lost_tail)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
