/* What a node refuses: parts that are not to come, more than its queue holds, the files of another log, a disk that does not read. And what it puts
 * off: what one step is too small for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "log/node_private.h"

#include <cmocka.h>

static struct fixture script;
static struct disk *disk;
static struct node *node;
static struct fault f;

static struct node_options options(void) {
    return (struct node_options){.dir = "/log", .disk = disk, .random = fixture_random, .inline_writer = true};
}

static int begin(void **state) {
    (void)state;
    fixture_make(&script);
    disk = disk_simulated(1);
    fixture_must(node_create(disk, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    return 0;
}

static int end(void **state) {
    (void)state;
    node_close(node);
    node = NULL;
    disk_simulated_free(disk);
    arena_free(&script.arena);
    return 0;
}

static void open_with(struct node_options o) { fixture_must(node_open(&o, &node, NULL, &f), &f, "open"); }

static void refuses_to_open(enum result_code code, const char *field, const char *says) {
    struct node_options o = options();
    result r = node_open(&o, &node, NULL, &f);
    if (r.code != code || strcmp(f.field, field) != 0 || strstr(f.message, says) == NULL) fail_msg("%s: %s: %s", result_name(r.code), f.field, f.message);
    node = NULL;
}

static uint32_t a_message(struct part parts[FIXTURE_PARTS], const char *text) {
    static const struct hash none;
    char body[256];
    snprintf(body, sizeof body, "{\"text\":\"%s\"}", text);
    return fixture_say(&script, 2, KIND_MESSAGE, "body", "log", body, FIXTURE_START, &none, 0, parts);
}

/* --- parts --- */

static void parts_are_looked_at(void **state) {
    (void)state;
    static char large[LIMIT_SECTION_BYTES + 1];
    memset(large, ' ', sizeof large);
    open_with(options());
    static const struct { uint8_t part_class; size_t size, name; enum result_code code; const char *says; } table[] = {
        {PART_NOTE, 1, 0, RESULT_MALFORMED, "a name has 1 to 32"}, {PART_NOTE, 1, 33, RESULT_MALFORMED, "a name has 1 to 32"},
        {PART_OUTCOME, 1, 1, RESULT_MALFORMED, "part 2 is the server's own"}, {PART_ORDER, 1, 1, RESULT_MALFORMED, "part 2 is the server's own"},
        {PART_TOLD, 1, 1, RESULT_MALFORMED, "part 2 is the server's own"},
        {PART_SECTION, sizeof large, 1, RESULT_TOO_LARGE, "part 2 has 4194305 bytes; at most 4194304"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int prepared = 0; prepared < 2; prepared++) {
            struct part parts[FIXTURE_PARTS];
            struct statement *s;
            assert_int_equal(a_message(parts, "go on"), 2);
            parts[2] = (struct part){.part_class = table[i].part_class, .slot = 3, .name = {"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", table[i].name}, .bytes = {large, table[i].size}};
            result r = prepared ? node_prepare(node, parts, 3, &s, &f) : node_submit(node, parts, 3, FIXTURE_START, 7, &f);
            if (r.code != table[i].code || strcmp(f.field, "parts") != 0 || strstr(f.message, table[i].says) == NULL) fail_msg("row %zu: %s: %s", i, result_name(r.code), f.message);
        }
    assert_int_equal(node_submit(node, NULL, 0, FIXTURE_START, 7, &f).code, RESULT_MALFORMED);
    struct node_event e;
    fixture_must(node_poll(node, &f), &f, "poll");
    assert_false(node_next(node, &e));
    assert_int_equal(node_applied(node), 0);
}

/* A statement of some hundred kilobytes is decoded in memory that is given back with the next. */
static void large_memory_is_given_back(void **state) {
    (void)state;
    static char text[LIMIT_KEPT_BYTES + 4096];
    struct part parts[FIXTURE_PARTS];
    struct statement *s;
    open_with(options());
    memset(text, ' ', sizeof text); /* as JSON may have, between two members */
    uint32_t count = a_message(parts, "go on");
    fixture_must(node_prepare(node, parts, count, &s, &f), &f, "prepare");
    assert_true(node->prepared->bytes.room <= LIMIT_KEPT_BYTES && node->prepared->arena.room <= LIMIT_KEPT_BYTES);
    struct part large[FIXTURE_PARTS];
    memcpy(large, parts, sizeof large);
    large[1].bytes = (struct text){text, sizeof text};
    assert_false(result_is_ok(node_prepare(node, large, count, &s, &f))); /* blanks are no section */
    assert_true(node->prepared->bytes.room > LIMIT_KEPT_BYTES);
    assert_non_null(arena_alloc(&node->prepared->arena, 2 * LIMIT_KEPT_BYTES, 1)); /* as a statement of many values needs */
    fixture_must(node_prepare(node, parts, count, &s, &f), &f, "prepare");
    assert_true(node->prepared->bytes.room <= LIMIT_KEPT_BYTES && node->prepared->arena.room <= LIMIT_KEPT_BYTES);
}

/* --- the queue --- */

static struct sequencer *short_queue(void *context, uint64_t last_number, instant last_time) {
    return sequencer_local_new(last_number, last_time, *(const size_t *)context);
}
static struct sequencer *slow(void *context, uint64_t last_number, instant last_time) {
    (void)context;
    return sequencer_simulated_new(5, &(struct sequencer_faults){.delay_most = 1000}, last_number, last_time);
}

static void a_full_queue_is_busy(void **state) {
    (void)state;
    struct node_options o = options();
    size_t room = 4000;
    struct node_numbers numbers;
    struct node_event e;
    unsigned taken = 0, answered = 0;
    o.sequencer = short_queue;
    o.sequencer_context = &room;
    open_with(o);
    for (unsigned i = 0; i < 20; i++) {
        struct part parts[FIXTURE_PARTS];
        uint32_t count = a_message(parts, "go on");
        result r = node_submit(node, parts, count, FIXTURE_START, i + 1, &f);
        if (result_is_ok(r)) taken++;
        else assert_true(r.code == RESULT_BUSY && strcmp(f.field, "queue") == 0);
    }
    node_numbers(node, &numbers);
    assert_true(taken > 0 && numbers.refused_busy == 20 - taken && numbers.queued == taken);
    fixture_must(node_poll(node, &f), &f, "poll");
    while (node_next(node, &e)) answered += e.kind == NODE_ANSWERED;
    assert_int_equal(answered, taken);
    struct part parts[FIXTURE_PARTS];
    uint32_t count = a_message(parts, "and on");
    fixture_must(node_submit(node, parts, count, FIXTURE_START, 99, &f), &f, "there is room again");
}

/* What is proposed and not ordered when a node is closed never happened; its memory is given back (the sanitizers look). */
static void what_is_not_ordered_is_gone(void **state) {
    (void)state;
    for (int simulated = 0; simulated < 2; simulated++) {
        struct node_options o = options();
        struct part parts[FIXTURE_PARTS];
        o.sequencer = simulated ? slow : NULL;
        open_with(o);
        for (uint64_t i = 0; i < 3; i++) {
            uint32_t count = a_message(parts, "never said");
            fixture_must(node_submit(node, parts, count, FIXTURE_START, i + 1, &f), &f, "submit");
        }
        node_close(node);
        open_with(options());
        assert_int_equal(node_applied(node), 0);
        node_close(node);
        node = NULL;
    }
}

/* --- files --- */

static void whole_file(const char *path, char *bytes, size_t *size, bool write) {
    struct disk_file *file;
    fixture_must(disk_open(disk, path, DISK_WRITE, false, &file, &f), &f, "open");
    if (write) {
        fixture_must(disk_truncate(file, 0, &f), &f, "truncate");
        fixture_must(disk_write(file, 0, bytes, *size, &f), &f, "write");
    } else {
        fixture_must(disk_read(file, 0, bytes, 65536, size, &f), &f, "read");
    }
    disk_close(file);
}

static void files_of_another_log(void **state) {
    (void)state;
    static char right[65536], wrong[65536];
    size_t right_size, wrong_size;
    result r = node_create(disk, "/other", script.genesis, script.log_secret, script.log_secret, &f);
    assert_true(r.code == RESULT_CONFLICT && strcmp(f.field, "/receipt_key") == 0);
    r = node_create(disk, "/other", script.genesis, script.receipt_secret, script.receipt_secret, &f);
    assert_true(r.code == RESULT_CONFLICT && strcmp(f.field, "/log_key") == 0);
    assert_false(disk_exists(disk, "/other/genesis"));
    whole_file("/log/log.key", right, &right_size, false);
    whole_file("/log/receipt.key", wrong, &wrong_size, false);
    whole_file("/log/log.key", wrong, &wrong_size, true);
    refuses_to_open(RESULT_CONFLICT, "log.key", "is not the log key that the genesis names");
    whole_file("/log/log.key", right, &right_size, true);
    whole_file("/log/blinds", right, &right_size, false);
    wrong_size = right_size - 32;
    whole_file("/log/blinds", right, &wrong_size, true);
    refuses_to_open(RESULT_ROT, "blinds", "bytes; this log has");
    whole_file("/log/blinds", right, &right_size, true);
    disk_simulated_flip(disk, "/log/genesis", 8 * 100);
    refuses_to_open(RESULT_ROT, "genesis", ":");
    disk_simulated_flip(disk, "/log/genesis", 8 * 100);
    open_with(options());
}

static void touch(const char *path) {
    struct disk_file *file = NULL;
    fixture_must(disk_open(disk, path, DISK_WRITE, true, &file, &f), &f, "open");
    fixture_must(disk_write(file, 0, "theirs", 6, &f), &f, "write");
    fixture_must(disk_sync(file, &f), &f, "sync");
    disk_close(file);
}

static result create_at(const char *dir) { return node_create(disk, dir, script.genesis, script.log_secret, script.receipt_secret, &f); }

/* Each of them alone, in a directory without a genesis, is somebody's log; empty directories and a disk's own are nobody's. */
static void remains_of_a_log(void **state) {
    (void)state;
    static const struct { const char *dir, *below, *file, *what; } kept[] = {
        {"/1", NULL, "/1/log.key", "log.key"}, {"/2", NULL, "/2/receipt.key", "receipt.key"}, {"/3", NULL, "/3/blinds", "blinds"},
        {"/4", "/4/journal", "/4/journal/log-00000001.seg", "journal"}, {"/5", "/5/snapshots", "/5/snapshots/1", "snapshots"},
        {"/6", "/6/journal", "/6/journal/lost+found", NULL}, {"/7", "/7/snapshots", NULL, NULL}, {"/8", NULL, "/8/genesis.init", NULL}, {"/9", NULL, "/9/letter", NULL}};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *what;
        fixture_must(disk_make_dir(disk, kept[i].dir, &f), &f, "directory");
        if (kept[i].below != NULL) fixture_must(disk_make_dir(disk, kept[i].below, &f), &f, "directory");
        if (kept[i].file != NULL) touch(kept[i].file);
        fixture_must(node_remains(disk, kept[i].dir, &what, &f), &f, "remains");
        assert_true(kept[i].what == NULL ? what == NULL : strcmp(what, kept[i].what) == 0);
        uint64_t before = disk_simulated_operations(disk);
        result r = create_at(kept[i].dir);
        if (kept[i].what == NULL) fixture_must(r, &f, kept[i].dir);
        else assert_true(r.code == RESULT_CONFLICT && strcmp(f.field, kept[i].dir) == 0 && strstr(f.message, kept[i].what) != NULL && disk_simulated_operations(disk) == before);
    }
    /* What was begun and never ended is begun again, but for what no such beginning leaves. */
    touch("/1/genesis.init");
    fixture_must(create_at("/1"), &f, "begun before");
    touch("/4/genesis.init");
    assert_int_equal(create_at("/4").code, RESULT_CONFLICT);
    fixture_must(disk_make_dir(disk, "/10", &f), &f, "directory");
    fixture_must(disk_make_dir(disk, "/10/journal", &f), &f, "directory");
    disk_simulated_look_fault(disk, "/10/journal");
    assert_int_equal(create_at("/10").code, RESULT_IO);
    disk_simulated_look_fault(disk, NULL);
}

static void long_paths(void **state) {
    (void)state;
    char dir[LIMIT_DATA_PATH + 1];
    memset(dir, 'd', sizeof dir - 1);
    dir[0] = '/';
    dir[sizeof dir - 1] = '\0';
    struct node_options o = options();
    o.dir = dir;
    assert_int_equal(node_open(&o, &node, NULL, &f).code, RESULT_TOO_LARGE);
    assert_int_equal(node_create(disk, dir, script.genesis, script.log_secret, script.receipt_secret, &f).code, RESULT_TOO_LARGE);
    dir[sizeof dir - 2] = '\0';
    fixture_must(node_create(disk, dir, script.genesis, script.log_secret, script.receipt_secret, &f), &f, "one byte less");
    open_with(o);
}

/* --- a disk that does not read --- */

/* What a sender says to have seen is judged by the tree, whose older nodes stand in a file. Where that cannot be read nothing is judged. */
static void what_cannot_be_read_is_not_judged(void **state) {
    (void)state;
    struct hash root = {{0}};
    struct node_event e;
    open_with(options());
    for (int i = 0; i < 150; i++) {
        fixture_must(node_tick(node, FIXTURE_START + i * INSTANT_SECOND, 0, false, &f), &f, "tick");
        fixture_must(node_poll(node, &f), &f, "poll");
        while (node_next(node, &e)) continue;
    }
    struct part parts[FIXTURE_PARTS];
    uint32_t count = fixture_say(&script, 2, KIND_MESSAGE, "body", "log", "{\"text\":\"seen\"}", FIXTURE_START, &root, 37, parts);
    uint64_t applied = node_applied(node);
    disk_simulated_read_fault(disk, disk_simulated_reads(disk) + 1);
    fixture_must(node_submit(node, parts, count, FIXTURE_START + INSTANT_HOUR, 7, &f), &f, "submit");
    assert_int_equal(node_poll(node, &f).code, RESULT_IO);
    assert_int_equal(node_applied(node), applied);
    assert_false(node_next(node, &e));
    assert_int_equal(node_submit(node, parts, count, FIXTURE_START + INSTANT_HOUR, 8, &f).code, RESULT_IO); /* it ends: nothing is taken any more */
    node_close(node);
    disk_simulated_read_fault(disk, 0);
    open_with(options()); /* the next start knows nothing of it, and judges */
    assert_int_equal(node_applied(node), applied);
    fixture_must(node_submit(node, parts, count, FIXTURE_START + INSTANT_HOUR, 7, &f), &f, "submit");
    fixture_must(node_poll(node, &f), &f, "poll");
    assert_true(node_next(node, &e) && e.kind == NODE_ANSWERED && (e.outcome->marks & OUTCOME_MARK_FORK) != 0);
}

static void a_record_must_fit(void **state) {
    (void)state;
    struct part parts[FIXTURE_PARTS];
    struct node_event e;
    open_with(options());
    uint32_t count = a_message(parts, "go on");
    fixture_must(node_submit(node, parts, count, FIXTURE_START, 1, &f), &f, "submit");
    fixture_must(node_poll(node, &f), &f, "poll");
    while (node_next(node, &e)) continue;
    struct arena small, enough;
    struct node_record record;
    arena_growing(&small, 16);
    arena_growing(&enough, 1 << 20);
    assert_int_equal(node_record(node, 2, 0, &small, &record, &f).code, RESULT_TOO_LARGE);
    assert_int_equal(node_record(node, 2, 1, &enough, &record, &f).code, RESULT_NOT_FOUND);
    assert_int_equal(node_record(node, 77, 0, &enough, &record, &f).code, RESULT_NOT_FOUND);
    fixture_must(node_record(node, 2, 0, &enough, &record, &f), &f, "record");
    arena_free(&small);
    arena_free(&enough);
}

/* --- what is put off --- */

static void a_small_step_is_continued(void **state) {
    (void)state;
    struct disk *d = disk_simulated(3);
    struct fixture small;
    struct node_options o = {.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true};
    struct node_report report;
    struct node_event e;
    struct node *n;
    uint32_t polls = 0;
    fixture_step_work = 1;
    fixture_make(&small);
    fixture_step_work = INT64_MIN;
    instant now = small.steps[small.count - 1].now;
    small.count = 0;
    for (int i = 0; i < 12; i++) {
        char body[512];
        now += INSTANT_SECOND;
        snprintf(body, sizeof body,
                 "{\"%s\":\"SORREL\",%s\"volumes\":[{\"circle\":{\"center\":{\"lat\":-47,\"lng\":-126},\"radius_m\":9260},"
                 "\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},"
                 "\"start\":\"2026-11-20T10:00:00Z\",\"end\":\"2026-11-20T12:00:00Z\"}]}", i % 2 ? "callsign" : "area", i % 2 ? "" : "\"category\":\"missile\",");
        fixture_said(&small, i % 3, i % 2 ? KIND_FLIGHT : KIND_NOTICE, i % 2 ? "own" : "public", i % 2 ? "" : "world", body, now);
        fixture_tick(&small, now);
    }
    fixture_must(node_create(d, "/log", small.genesis, small.log_secret, small.receipt_secret, &f), &f, "create");
    fixture_must(node_open(&o, &n, &report, &f), &f, "open");
    for (uint32_t i = 0; i < small.count; i++) {
        const struct step_script *s = &small.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 0, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        do { /* nobody else speaks: it is the server's own statements that work it off */
            fixture_must(node_poll(n, &f), &f, "poll");
            while (node_next(n, &e)) continue;
            assert_true(++polls < 10000);
        } while (state_backlog(node_state(n)) > 0);
    }
    uint64_t continues = state_continues(node_state(n)), applied = node_applied(n);
    struct hash digest = state_digest(node_state(n));
    print_message("# %llu continues for %u polls\n", (unsigned long long)continues, polls);
    assert_true(continues > 10);
    node_close(n);
    o.read_only = o.verify_signatures = true;
    fixture_must(node_open(&o, &n, &report, &f), &f, "check");
    struct hash came = state_digest(node_state(n));
    assert_true(state_continues(node_state(n)) == continues && node_applied(n) == applied && hash_equal(&came, &digest));
    node_close(n);
    disk_simulated_free(d);
    arena_free(&small.arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void) {
    const struct CMUnitTest tests[] = {TEST(parts_are_looked_at), TEST(large_memory_is_given_back), TEST(a_full_queue_is_busy), TEST(what_is_not_ordered_is_gone),
                                       TEST(files_of_another_log), TEST(remains_of_a_log), TEST(long_paths), TEST(what_cannot_be_read_is_not_judged), TEST(a_record_must_fit),
                                       TEST(a_small_step_is_continued)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}
