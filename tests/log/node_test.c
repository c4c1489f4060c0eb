/* The node on a simulated disk: a scripted day interrupted at every operation, recovery, proofs, both sequencers, the lock, space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include <cmocka.h>

static struct fixture script;
static struct hash digests[4 * FIXTURE_STEPS]; /* after order n of the run without fault */
static uint64_t orders, plain_operations;

enum { SEEN = 64, ANSWERS = 128 };
struct memory { /* what clients were told */
    struct { uint64_t size; struct hash root; } seen[SEEN];
    uint32_t seen_count;
    struct { uint16_t party; uint64_t place; uint32_t step; } answered[ANSWERS];
    uint32_t answered_count;
    bool step_answered[FIXTURE_STEPS];
};

static void remember_checkpoint(struct node *n, struct memory *m) {
    struct append note = append_growing(4096);
    struct fault f = {0};
    fixture_must(node_checkpoint(n, &note, &f), &f, "checkpoint");
    struct note parsed;
    fixture_must(note_parse(append_view(&note), &parsed, &f), &f, "checkpoint");
    uint8_t public_key[32], secret[64];
    fixture_pair(0x0a, secret, public_key);
    assert_true(note_verify(&parsed, TEXT(FIXTURE_ORIGIN), public_key));
    const char *second = (const char *)memchr(note.at, '\n', note.size) + 1;
    const char *third = (const char *)memchr(second, '\n', note.size - (size_t)(second - note.at)) + 1;
    uint64_t size = strtoull(second, NULL, 10);
    size_t got;
    assert_true(m->seen_count < SEEN);
    m->seen[m->seen_count].size = size;
    assert_true(base64_read((struct text){third, 44}, m->seen[m->seen_count].root.bytes, 32, &got) && got == 32);
    m->seen_count++;
    append_free(&note);
}

static void drain(struct node *n, struct memory *m, uint64_t *answered) {
    struct node_event e;
    while (node_next(n, &e)) {
        if (e.kind == NODE_TICKED && m != NULL) remember_checkpoint(n, m);
        if (e.kind != NODE_ANSWERED) continue;
        *answered = e.ticket;
        if (m == NULL || e.sequenced != SEQUENCED_ORDERED) continue;
        assert_true(e.outcome_json.size > 0 && m->answered_count < ANSWERS);
        m->answered[m->answered_count].party = e.party;
        m->answered[m->answered_count].place = e.place;
        m->answered[m->answered_count++].step = (uint32_t)e.ticket - 1;
        m->step_answered[e.ticket - 1] = true;
    }
}

static struct node_options simulated(struct disk *d) {
    return (struct node_options){.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true};
}

static result begin(struct disk *d, struct node **n, struct node_report *report, struct fault *f) {
    if (!disk_exists(d, "/log/genesis"))
        TRY(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, f));
    struct node_options o = simulated(d);
    return node_open(&o, n, report, f);
}

/* One step of the script, answered or failed. */
static result do_step(struct node *n, uint32_t i, struct memory *m, struct fault *f) {
    const struct step_script *s = &script.steps[i];
    uint64_t answered = 0;
    if (s->tick) TRY(node_tick(n, s->now, 1000000, false, f));
    else TRY(node_submit(n, s->parts, s->count, s->now, i + 1, f));
    TRY(node_poll(n, f));
    drain(n, m, &answered);
    assert_true(s->tick || answered == i + 1);
    return OK;
}

static uint32_t times_there(struct node *n, const struct part *first);

/* A frame that was recorded, though its answer got lost, is an old frame when it comes again, not a repeat: look first. */
static bool frame_came(struct node *n, const struct step_script *s) {
    return !s->tick && s->parts[0].part_class == PART_FRAME && times_there(n, &s->parts[0]) > 0;
}

/* From the first step not answered before (ticks are due or not by themselves). */
static result run(struct disk *d, struct memory *m, struct node_report *report, struct hash *end, struct fault *f) {
    struct node *n = NULL;
    TRY(begin(d, &n, report, f));
    result r = OK;
    for (uint32_t i = 0; i < script.count && result_is_ok(r); i++) {
        if (m->step_answered[i]) continue;
        if (script.steps[i].tick && state_time(node_state(n)) >= script.steps[i].now) continue;
        if (frame_came(n, &script.steps[i])) continue;
        r = do_step(n, i, m, f);
    }
    if (result_is_ok(r) && end != NULL) *end = state_digest(node_state(n));
    node_close(n);
    return r;
}

static int make_reference(void **state) {
    (void)state;
    fixture_make(&script);
    struct disk *d = disk_simulated(1);
    struct fault f = {0};
    struct node *n = NULL;
    struct memory m = {0};
    fixture_must(begin(d, &n, NULL, &f), &f, "begin");
    digests[0] = state_digest(node_state(n));
    for (uint32_t i = 0; i < script.count; i++) {
        fixture_must(do_step(n, i, &m, &f), &f, "step");
        digests[node_applied(n)] = state_digest(node_state(n));
        assert_int_equal(node_durable(n), node_applied(n));
    }
    orders = node_applied(n);
    assert_int_equal(m.seen_count, 7);
    node_close(n);
    plain_operations = disk_simulated_operations(d);
    disk_simulated_free(d);
    return 0;
}

/* --- what must hold after a recovery --- */

static void check_checkpoints(struct node *n, const struct memory *m) {
    struct fault f = {0};
    struct merkle tree;
    merkle_init(&tree);
    uint32_t at = 0;
    for (uint64_t i = 0; i <= node_log_size(n); i++) {
        for (uint32_t k = 0; k < m->seen_count; k++) {
            struct hash root = merkle_root(&tree);
            if (m->seen[k].size != i) continue;
            assert_true(hash_equal(&root, &m->seen[k].root));
            at++;
        }
        if (i == node_log_size(n)) break;
        char room[256];
        struct append leaf = append_fixed(room, sizeof room);
        fixture_must(node_log_leaf(n, i, &leaf, &f), &f, "leaf");
        struct hash h = merkle_leaf(leaf.at, leaf.size);
        merkle_append(&tree, &h, NULL);
    }
    assert_int_equal(at, m->seen_count);
}

static uint32_t times_there(struct node *n, const struct part *first) {
    struct fault f = {0};
    uint32_t times = 0;
    for (uint16_t p = 0; p < state_party_count(node_state(n)); p++)
        for (uint64_t place = 0; place < state_stream_size(node_state(n), p); place++) {
            struct arena a;
            struct node_record r;
            arena_growing(&a, 1 << 24);
            fixture_must(node_record(n, p, place, &a, &r, &f), &f, "record");
            times += r.parts[0].part_class == first->part_class && text_equal(r.parts[0].bytes, first->bytes);
            struct hash root = merkle_root_of(r.hashes, r.hash_count);
            assert_true(hash_equal(&root, &r.root));
            arena_free(&a);
        }
    return times;
}

static void check_answered(struct node *n, const struct memory *m) {
    struct fault f = {0};
    for (uint32_t i = 0; i < m->answered_count; i++) {
        const struct step_script *s = &script.steps[m->answered[i].step];
        struct arena a;
        struct node_record r;
        if (m->answered[i].party == PARTY_NONE) continue;
        arena_growing(&a, 1 << 24);
        fixture_must(node_record(n, m->answered[i].party, m->answered[i].place, &a, &r, &f), &f, "answered");
        assert_true(text_equal(r.parts[0].bytes, s->parts[0].bytes));
        arena_free(&a);
    }
}

static void after_recovery(struct disk *d, const struct memory *m, bool every) {
    struct fault f = {0};
    struct node_options o = simulated(d);
    struct node *n = NULL;
    struct node_report report;
    o.verify_signatures = true;
    fixture_must(node_open(&o, &n, &report, &f), &f, "recovery");
    struct hash came = state_digest(node_state(n));
    assert_true(hash_equal(&came, &digests[node_applied(n)]));
    check_checkpoints(n, m);
    check_answered(n, m);
    for (uint32_t i = 0; every && i < script.count; i++)
        if (!script.steps[i].tick) assert_true(times_there(n, &script.steps[i].parts[0]) <= 1);
    node_close(n);
}

static void day(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(2);
    struct memory m = {0};
    struct node_report report;
    struct hash end;
    fixture_must(run(d, &m, &report, &end, &f), &f, "run");
    assert_true(hash_equal(&end, &digests[orders]));
    after_recovery(d, &m, true);
    disk_simulated_restart(d);
    after_recovery(d, &m, true);
    disk_simulated_free(d);
}

static void interrupted(enum disk_fault what, uint64_t seed, unsigned *runs) {
    struct fault f = {0};
    const char *text = getenv("PARLEY_EVERY"); /* of the operations every so manyth, others with each fault */
#ifdef __SANITIZE_ADDRESS__
    uint64_t every = 4; /* slow; the release build interrupts each */
#else
    uint64_t every = 1;
#endif
    if (text != NULL && atoi(text) > 0) every = (uint64_t)atoi(text);
    for (uint64_t at = 1 + seed % every; at <= plain_operations; at += every) {
        struct disk *d = disk_simulated(seed * 1000003 + at);
        struct memory m = {0};
        struct hash end;
        disk_simulated_fault(d, at, what);
        result r = run(d, &m, NULL, NULL, &f);
        assert_false(result_is_ok(r));
        disk_simulated_restart(d);
        if (disk_exists(d, "/log/genesis")) after_recovery(d, &m, at % 8 == 0);
        fixture_must(run(d, &m, NULL, &end, &f), &f, "taken up again");
        assert_true(hash_equal(&end, &digests[orders]));
        after_recovery(d, &m, at % 8 == 0);
        disk_simulated_free(d);
        ++*runs;
    }
}

static void faults(void **state) {
    (void)state;
    unsigned runs = 0;
    for (enum disk_fault what = DISK_POWER_CUT; what <= DISK_SHORT_WRITE; what++) interrupted(what, what + 1, &runs);
    interrupted(DISK_POWER_CUT, 77, &runs);
    print_message("# %u runs, each interrupted at another operation\n", runs);
}

/* --- refusals to start --- */

static void whole_day(struct disk *d) {
    struct fault f = {0};
    struct memory m = {0};
    fixture_must(run(d, &m, NULL, NULL, &f), &f, "run");
}

static void expect(struct disk *d, enum result_code code, bool read_only) {
    struct fault f = {0};
    struct node_options o = simulated(d);
    struct node *n = NULL;
    o.read_only = read_only;
    result r = node_open(&o, &n, NULL, &f);
    if (r.code != code) print_message("# %s: %s\n", result_name(r.code), f.message);
    assert_int_equal(r.code, code);
    assert_true(code == RESULT_OK || f.message[0] != '\0');
    if (result_is_ok(r)) node_close(n);
}

static void copy_file(struct disk *from, struct disk *to, const char *path) {
    struct fault f = {0};
    struct disk_file *a, *b;
    uint64_t size;
    size_t got;
    fixture_must(disk_open(from, path, DISK_READ, false, &a, &f), &f, "open");
    fixture_must(disk_open(to, path, DISK_WRITE, true, &b, &f), &f, "open");
    fixture_must(disk_size(a, &size, &f), &f, "size");
    char *bytes = malloc(size + 1);
    fixture_must(disk_read(a, 0, bytes, size, &got, &f), &f, "read");
    fixture_must(disk_write(b, 0, bytes, size, &f), &f, "write");
    free(bytes);
    disk_close(a);
    disk_close(b);
}

static void lost_tail(void **state) { /* the checkpoint of a longer log beside the journal of a shorter one */
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(5), *early = disk_simulated(6);
    struct node *n = NULL;
    struct memory m = {0};
    static const char *const files[] = {"/log/journal/log-00000001.seg", "/log/journal/pay-00000001.seg"};
    fixture_must(begin(d, &n, NULL, &f), &f, "begin");
    for (uint32_t i = 0; i < script.count; i++) {
        if (i == script.count / 2)
            for (int k = 0; k < 2; k++) copy_file(d, early, files[k]);
        fixture_must(do_step(n, i, &m, &f), &f, "step");
    }
    node_close(n);
    expect(d, RESULT_OK, true);
    for (int k = 0; k < 2; k++) copy_file(early, d, files[k]);
    expect(d, RESULT_LOST_TAIL, true);
    expect(d, RESULT_LOST_TAIL, false);
    disk_simulated_free(d);
    disk_simulated_free(early);
}

static void rot(void **state) {
    (void)state;
    static const struct { const char *path; uint64_t byte; enum result_code code; } cases[] = {
        {"/log/checkpoint", 20, RESULT_ROT}, {"/log/checkpoint", 4096 + 500, RESULT_ROT},
        {"/log/journal/log-00000001.seg", 100, RESULT_ROT}, {"/log/journal/log-00000001.seg", 5000, RESULT_ROT},
        {"/log/journal/pay-00000001.seg", 60, RESULT_ROT}, {"/log/journal/pay-00000001.seg", 700, RESULT_ROT}};
    struct disk *d = disk_simulated(7);
    whole_day(d);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        disk_simulated_flip(d, cases[i].path, cases[i].byte * 8 + i);
        expect(d, cases[i].code, false);
        disk_simulated_flip(d, cases[i].path, cases[i].byte * 8 + i);
    }
    expect(d, RESULT_OK, false);
    disk_simulated_free(d);
}

static void lock(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(8);
    struct node *n = NULL;
    fixture_must(begin(d, &n, NULL, &f), &f, "begin");
    expect(d, RESULT_BUSY, false);
    expect(d, RESULT_OK, true);
    node_close(n);
    expect(d, RESULT_OK, false);
    result r = node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f);
    assert_int_equal(r.code, RESULT_CONFLICT);
    r = node_create(d, "/other", script.genesis, script.receipt_secret, script.log_secret, &f);
    assert_int_equal(r.code, RESULT_CONFLICT);
    disk_simulated_free(d);
}

/* --- space --- */

static enum result_code submit(struct node *n, const struct part *parts, uint32_t count) {
    struct fault f = {0};
    uint64_t answered = 0;
    result r = node_submit(n, parts, count, FIXTURE_START, 99, &f);
    if (!result_is_ok(r)) return r.code;
    fixture_must(node_poll(n, &f), &f, "poll");
    drain(n, NULL, &answered);
    return RESULT_OK;
}

/* What is free is lowered step by step: frames stop first, then flights, then the rest; notices and messages last, ticks never. */
static void space(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(9);
    struct node *n = NULL;
    struct node_numbers numbers;
    fixture_must(begin(d, &n, NULL, &f), &f, "begin");
    node_numbers(n, &numbers);
    uint64_t reserve = numbers.disk_reserve;
    node_close(n);
    for (int level = 0; level < 4; level++) {
        static const unsigned quarters[4] = {12, 8, 4, 0};
        static const char flight[] = "{\"callsign\":\"ARA1\",\"volumes\":[{\"circle\":{\"center\":{\"lat\":1,\"lng\":1},\"radius_m\":9260},"
                                     "\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\","
                                     "\"units\":\"FL\"},\"start\":\"2026-11-20T10:00:00Z\",\"end\":\"2026-11-20T12:00:00Z\"}]}";
        struct part parts[FIXTURE_PARTS];
        disk_simulated_room(d, reserve + reserve / 4 * quarters[level] - 1);
        fixture_must(begin(d, &n, NULL, &f), &f, "begin");
        parts[0] = (struct part){.part_class = PART_FRAME, .name = TEXT("frame"), .bytes = TEXT("\001")};
        assert_int_equal(submit(n, parts, 1), RESULT_FULL);
        uint32_t count = fixture_say(&script, 0, KIND_FLIGHT, "own", "", flight, FIXTURE_START, NULL, 0, parts);
        assert_int_equal(submit(n, parts, count), level >= 1 ? RESULT_FULL : RESULT_OK);
        count = fixture_say(&script, 1, KIND_CLOCK, "body", "", "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":0}", FIXTURE_START, NULL, 0, parts);
        assert_int_equal(submit(n, parts, count), level >= 3 ? RESULT_FULL : RESULT_OK);
        count = fixture_say(&script, 2, KIND_MESSAGE, "body", "log", "{\"text\":\"go on\"}", FIXTURE_START, NULL, 0, parts);
        assert_int_equal(submit(n, parts, count), level >= 3 ? RESULT_FULL : RESULT_OK);
        uint64_t ticks = state_tick(node_state(n)), answered;
        fixture_must(node_tick(n, FIXTURE_START + level * INSTANT_MINUTE + INSTANT_HOUR, 0, false, &f), &f, "tick");
        fixture_must(node_poll(n, &f), &f, "poll");
        drain(n, NULL, &answered);
        assert_int_equal(state_tick(node_state(n)), ticks + 1);
        node_close(n);
    }
    disk_simulated_free(d);
}

/* --- batches --- */

static unsigned answered_now(struct node *n) {
    struct node_event e;
    unsigned count = 0;
    while (node_next(n, &e)) count += e.kind == NODE_ANSWERED;
    return count;
}

static void say(struct node *n, const char *text, uint64_t ticket) {
    struct part parts[FIXTURE_PARTS];
    struct fault f = {0};
    char body[64];
    snprintf(body, sizeof body, "{\"text\":\"%s\"}", text);
    uint32_t count = fixture_say(&script, 2, KIND_MESSAGE, "body", "log", body, FIXTURE_START, NULL, 0, parts);
    fixture_must(node_submit(n, parts, count, FIXTURE_START, ticket, &f), &f, "submit");
    fixture_must(node_take(n, &f), &f, "take");
}

/* Answers of a batch that is through leave before the next one is begun, and what comes until then goes into that one. */
static void gathers(void **state) {
    (void)state;
    struct fault f = {0};
    struct node_numbers numbers;
    struct disk *d = disk_simulated(11);
    struct node_options o = simulated(d);
    struct node *n = NULL;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    o.inline_writer = false;
    o.stepped_writer = true;
    fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
    say(n, "one", 1);
    assert_true(node_holds(n));
    fixture_must(node_poll(n, &f), &f, "poll");
    assert_false(node_holds(n));
    say(n, "two", 2);
    assert_false(node_holds(n)); /* the writer has one: nothing can be handed over */
    fixture_must(node_reap(n, &f), &f, "reap");
    assert_int_equal(answered_now(n), 0);
    assert_true(node_write_step(n));
    fixture_must(node_reap(n, &f), &f, "reap");
    assert_int_equal(answered_now(n), 1);
    assert_false(node_write_step(n)); /* nothing was handed over */
    assert_true(node_holds(n));
    say(n, "three", 3);
    fixture_must(node_poll(n, &f), &f, "poll");
    assert_true(node_write_step(n));
    fixture_must(node_reap(n, &f), &f, "reap");
    assert_int_equal(answered_now(n), 2);
    assert_int_equal(node_durable(n), node_applied(n));
    node_numbers(n, &numbers);
    assert_int_equal(numbers.batches, 2);
    node_close(n);
    disk_simulated_free(d);
}

/* --- order --- */

static struct sequencer *faulty(void *context, uint64_t last_number, instant last_time) {
    static const struct sequencer_faults some = {.delay_most = 4, .reorder_percent = 20, .lose_percent = 25, .refuse_percent = 10};
    return sequencer_simulated_new(*(uint64_t *)context, &some, last_number, last_time);
}

/* Every statement is tried until its outcome is known; each is there exactly once. */
static void sequencers(void **state) {
    (void)state;
    unsigned unknown = 0, refused = 0, repeated = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fault f = {0};
        struct disk *d = disk_simulated(seed);
        fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
        struct node_options o = simulated(d);
        struct node *n = NULL;
        o.sequencer = faulty;
        o.sequencer_context = &seed;
        fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
        bool done[FIXTURE_STEPS] = {false}, waits[FIXTURE_STEPS] = {false};
        uint32_t left = 0;
        for (uint32_t i = 0; i < script.count; i++) left += !script.steps[i].tick;
        for (unsigned round = 0; left > 0 || round < 200; round++) {
            assert_true(round < 5000);
            fixture_must(node_tick(n, FIXTURE_START + round * 100000000, 0, false, &f), &f, "tick");
            for (uint32_t i = 0; i < script.count; i++) {
                if (script.steps[i].tick || done[i] || waits[i]) continue;
                fixture_must(node_submit(n, script.steps[i].parts, script.steps[i].count, script.steps[i].now, i + 1, &f), &f, "submit");
                waits[i] = true;
            }
            fixture_must(node_poll(n, &f), &f, "poll");
            struct node_event e;
            while (node_next(n, &e)) {
                if (e.kind != NODE_ANSWERED) continue;
                assert_true(waits[e.ticket - 1]);
                waits[e.ticket - 1] = false;
                unknown += e.sequenced == SEQUENCED_UNKNOWN;
                refused += e.sequenced == SEQUENCED_REFUSED;
                if (e.sequenced != SEQUENCED_ORDERED) continue;
                repeated += e.outcome->verdict == VERDICT_REPEATED;
                done[e.ticket - 1] = true;
                left--;
            }
        }
        for (uint32_t i = 0; i < script.count; i++)
            if (!script.steps[i].tick) {
                uint32_t times = times_there(n, &script.steps[i].parts[0]);
                assert_true(times == 1 || (times > 1 && script.steps[i].parts[0].part_class == PART_FRAME));
            }
        struct hash digest = state_digest(node_state(n));
        struct node_report report;
        node_close(n);
        o.sequencer = NULL;
        o.verify_signatures = true;
        fixture_must(node_open(&o, &n, &report, &f), &f, "open");
        struct hash came = state_digest(node_state(n));
        assert_true(hash_equal(&digest, &came));
        node_close(n);
        disk_simulated_free(d);
    }
    print_message("# %u unknown, %u refused, %u known by their identity\n", unknown, refused, repeated);
    assert_true(unknown > 0 && refused > 0 && repeated > 0);
}

/* --- salts --- */

/* A part's salt is its own: with one shared, or none, who is shown one part can try bytes against the hashes of the rest. A section's may
 * come again: it is its sender's, and what is told bears it a second time. */
static void salts(void **state) {
    (void)state;
    static uint8_t seen[4096][32];
    static const uint8_t none[32];
    uint32_t count = 0;
    struct fault f = {0};
    struct disk *d = disk_simulated(12);
    struct node *n = NULL;
    struct memory m = {0};
    struct arena scratch;
    arena_growing(&scratch, 64 << 20);
    fixture_must(run(d, &m, NULL, NULL, &f), &f, "run");
    fixture_must(begin(d, &n, NULL, &f), &f, "begin");
    for (uint16_t p = 0; p < state_party_count(node_state(n)); p++)
        for (uint64_t place = 0; place < state_stream_size(node_state(n), p); place++) {
            struct node_record r;
            arena_reset(&scratch);
            fixture_must(node_record(n, p, place, &scratch, &r, &f), &f, "record");
            for (uint32_t i = 0; i < r.part_count; i++) {
                assert_memory_not_equal(r.parts[i].salt, none, 32);
                if (r.parts[i].part_class == PART_SECTION) continue;
                for (uint32_t k = 0; k < count; k++) assert_memory_not_equal(r.parts[i].salt, seen[k], 32);
                assert_true(count < 4096);
                memcpy(seen[count++], r.parts[i].salt, 32);
            }
        }
    assert_true(count > 100);
    node_close(n);
    arena_free(&scratch);
    disk_simulated_free(d);
}

/* --- seen, forks, proofs --- */

static bool seen_judged(struct node *n, const struct hash *root, uint64_t size) {
    struct part parts[FIXTURE_PARTS];
    struct fault f = {0};
    uint32_t count = fixture_say(&script, 0, KIND_MESSAGE, "body", "", "{\"text\":\"seen\"}", FIXTURE_START, root, size, parts);
    fixture_must(node_submit(n, parts, count, FIXTURE_START, 5, &f), &f, "submit");
    fixture_must(node_poll(n, &f), &f, "poll");
    struct node_event e;
    bool fork = false;
    while (node_next(n, &e))
        if (e.kind == NODE_ANSWERED) fork = (e.outcome->marks & OUTCOME_MARK_FORK) != 0;
    return !fork;
}

static void seen(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(10);
    struct node *n = NULL;
    struct memory m = {0};
    fixture_must(run(d, &m, NULL, NULL, &f), &f, "run");
    fixture_must(begin(d, &n, NULL, &f), &f, "begin");
    for (uint32_t i = 0; i < m.seen_count; i++) assert_true(seen_judged(n, &m.seen[i].root, m.seen[i].size));
    assert_false(seen_judged(n, &m.seen[3].root, m.seen[2].size));
    assert_false(seen_judged(n, &m.seen[3].root, 1000));
    node_close(n);
    struct node_options o = simulated(d);
    o.verify_signatures = true;
    fixture_must(node_open(&o, &n, NULL, &f), &f, "the same judgement in recovery");
    node_close(n);
    disk_simulated_free(d);
}

static result propose_step(struct node *n, uint32_t i, uint64_t ticket, bool prepare, struct fault *f) {
    const struct step_script *s = &script.steps[i];
    if (s->tick) return node_tick(n, s->now, 1000000, false, f);
    if (!prepare || s->parts[0].part_class == PART_FRAME) return node_submit(n, s->parts, s->count, s->now, ticket, f);
    struct statement *statement = NULL;
    TRY(node_prepare(n, s->parts, s->count, &statement, f));
    statement->proven = true; /* the script's signatures are good */
    return node_submit_prepared(n, s->now, ticket, f);
}

/* Of every record in every stream: the root of its parts, salts included. */
static struct hash all_roots(struct node *n) {
    struct sha256 all;
    struct arena scratch;
    struct fault f = {0};
    arena_growing(&scratch, 1 << 24);
    sha256_init(&all);
    for (uint16_t party = 0; party < 3; party++) {
        struct node_record record;
        for (uint64_t place = 0; result_is_ok(node_record(n, party, place, &scratch, &record, &f)); place++) {
            sha256_update(&all, record.root.bytes, sizeof record.root.bytes);
            arena_reset(&scratch);
        }
    }
    arena_free(&scratch);
    return sha256_final(&all);
}

/* The day, then one of its messages more often than decodings are kept, nothing of it taken from the sequencer before all is proposed. */
static void decoded_once_or_twice(struct sequencer *(*sequencer)(void *, uint64_t, instant), bool prepare, struct hash *digest, struct hash *roots) {
    struct fault f = {0};
    struct disk *d = disk_simulated(12);
    struct node *n = NULL;
    uint32_t left = 0, message = 0;
    fixture_seed = 77;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = simulated(d);
    o.sequencer = sequencer;
    fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
    for (uint32_t i = 0; i < script.count + LIMIT_KEPT + 40; i++) {
        uint32_t step = i < script.count ? i : message;
        if (!script.steps[step].tick && script.steps[step].parts[0].part_class == PART_NOTE) message = step;
        fixture_must(propose_step(n, step, i + 1, prepare, &f), &f, "submit");
        left += !script.steps[step].tick;
        struct node_event e;
        if (i % 7 == 6 && i < script.count) fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) left -= e.kind == NODE_ANSWERED;
    }
    for (int turn = 0; left > 0 && turn < 10000; turn++) {
        struct node_event e;
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) left -= e.kind == NODE_ANSWERED;
    }
    assert_int_equal(left, 0);
    *digest = state_digest(node_state(n));
    *roots = all_roots(n);
    node_close(n);
    fixture_must(node_open(&o, &n, NULL, &f), &f, "recovery comes to the same");
    struct hash again = state_digest(node_state(n));
    assert_true(hash_equal(digest, &again));
    node_close(n);
    disk_simulated_free(d);
}

static struct sequencer *reordering(void *context, uint64_t last_number, instant last_time) {
    (void)context;
    return sequencer_simulated_new(5, &(struct sequencer_faults){.delay_most = 9, .reorder_percent = 40}, last_number, last_time);
}

static void decoded_once(void **state) {
    (void)state;
    for (int simulated_order = 0; simulated_order < 2; simulated_order++) {
        struct hash digest[2], roots[2];
        for (int k = 0; k < 2; k++) decoded_once_or_twice(simulated_order ? reordering : NULL, k == 1, &digest[k], &roots[k]);
        assert_true(hash_equal(&digest[0], &digest[1]));
        assert_true(hash_equal(&roots[0], &roots[1]));
    }
}

static void threaded(void **state) { /* the same day with the writer's thread */
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(11);
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = simulated(d);
    struct node *n = NULL;
    o.inline_writer = false;
    o.random = NULL;
    fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
    uint32_t left = 0;
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        if (s->tick) fixture_must(node_tick(n, s->now, 1000000, false, &f), &f, "tick");
        else fixture_must(node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "submit");
        left += !s->tick;
    }
    while (left > 0) {
        struct node_event e;
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) left -= e.kind == NODE_ANSWERED;
    }
    struct hash digest = state_digest(node_state(n));
    node_close(n);
    o.inline_writer = true;
    struct node_report report;
    fixture_must(node_open(&o, &n, &report, &f), &f, "open");
    struct hash came = state_digest(node_state(n));
    assert_true(hash_equal(&digest, &came));
    node_close(n);
    disk_simulated_free(d);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day), cmocka_unit_test(lock), cmocka_unit_test(lost_tail), cmocka_unit_test(rot), cmocka_unit_test(space), cmocka_unit_test(gathers),
        cmocka_unit_test(sequencers), cmocka_unit_test(salts), cmocka_unit_test(seen), cmocka_unit_test(threaded), cmocka_unit_test(decoded_once), cmocka_unit_test(faults)};
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("node", tests, make_reference, NULL);
}
