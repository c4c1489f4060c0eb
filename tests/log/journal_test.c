/* The journal alone, over small segments: what was committed comes back whatever happens at whichever operation; a torn end is cut; rot is
 * found at every bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/crc32c.h"
#include "log/journal.h"

#include <cmocka.h>

enum { BATCHES = 14, SEGMENT = 4 * 1024 };
static const struct hash first = {{1, 2, 3}};

static void must(result r, const struct fault *f) {
    if (!result_is_ok(r)) fail_msg("%s: %s: %s", result_name(r.code), f->field, f->message);
}

static uint64_t mix(uint64_t v) {
    v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
    return v ^ v >> 27;
}

/* Batch k: a few records of sizes that make sectors, blocks and segments end at odd places, and a tick. */
static size_t record_size(unsigned k, unsigned i) {
    if (k == 7) return 140000 + i; /* an extent that is its own preparation */
    return mix(k * 31 + i) % (k % 5 == 4 ? 9000 : 700);
}

static void fill(unsigned k, unsigned i, char *to, size_t size) {
    for (size_t n = 0; n < size; n++) to[n] = (char)mix(k * 1000003 + i * 1009 + n);
}

static result write_batch(struct journal *j, unsigned k, struct fault *f) {
    static char payload[512 * 1024];
    size_t at = 0;
    journal_begin(j);
    for (unsigned i = 0; i < 1 + k % 3; i++) {
        size_t size = record_size(k, i);
        struct hash hashes[3] = {{{(uint8_t)k}}, {{(uint8_t)i}}, {{7}}};
        fill(k, i, payload + at, size);
        struct journal_entry e = {.party = (uint16_t)i, .place = k, .order = k * 10 + i, .time = (instant)k * 1000,
                                  .payload_at = at, .payload_size = size, .hash_count = 3, .told = i > 0};
        e.root.bytes[0] = (uint8_t)(k + i);
        journal_put_record(j, &e, hashes, (struct text){payload + at, size});
        at += size;
    }
    struct journal_entry tick = {.tick = true, .number = k, .order = k * 10, .time = (instant)k * 1000};
    journal_put_tick(j, &tick);
    struct segment_place log, pay;
    return journal_commit(j, k + 100, (struct text){payload, at}, &log, &pay, f);
}

static void check_batch(struct journal *j, struct journal_batch *b, unsigned k) {
    struct fault f = {0};
    struct journal_entry e;
    bool end = false;
    assert_int_equal(b->number, k + 1);
    assert_int_equal(b->sequencer, k + 100);
    for (unsigned i = 0; i < 1 + k % 3; i++) {
        must(journal_entry(j, b, &e, &end, &f), &f);
        assert_false(end);
        assert_false(e.tick);
        assert_int_equal(e.order, k * 10 + i);
        assert_int_equal(e.hash_count, 3);
        assert_int_equal(e.hashes[0], k);
        assert_int_equal(e.payload_size, record_size(k, i));
        char *want = malloc(e.payload_size + 1), *got = malloc(e.payload_size + 1);
        fill(k, i, want, e.payload_size);
        assert_memory_equal(b->payload.at + e.payload_at, want, e.payload_size);
        must(journal_payload(j, b->pay, e.payload_at, got, e.payload_size, &f), &f);
        assert_memory_equal(got, want, e.payload_size);
        struct hash hashes[3];
        must(journal_hashes(j, b->log, b->number, e.content_at, hashes, 3, &f), &f);
        assert_memory_equal(hashes, e.hashes, sizeof hashes);
        free(want);
        free(got);
    }
    must(journal_entry(j, b, &e, &end, &f), &f);
    assert_true(!end && e.tick && e.number == k);
    must(journal_entry(j, b, &e, &end, &f), &f);
    assert_true(end);
}

/* Goes through; returns how many batches there are, or fails as the journal does. */
static uint64_t segment_bytes = SEGMENT;

static result count_batches(struct disk *d, unsigned *count, uint64_t *torn, bool go_on, struct journal **out, struct fault *f) {
    struct journal *j = NULL;
    TRY(journal_open(d, "/j", &first, segment_bytes, &j, f));
    result r = OK;
    *count = 0;
    for (bool end = false; result_is_ok(r) && !end;) {
        struct journal_batch b;
        r = journal_next(j, &b, &end, f);
        if (!result_is_ok(r) || end) break;
        struct journal_entry e;
        for (bool last = false; result_is_ok(r) && !last;) r = journal_entry(j, &b, &e, &last, f);
        if (result_is_ok(r)) *count += 1;
    }
    if (torn != NULL) *torn = journal_torn(j);
    if (result_is_ok(r) && go_on) r = journal_continue(j, f);
    if (result_is_ok(r) && out != NULL) *out = j;
    else journal_close(j);
    return r;
}

static void all_there(struct disk *d, unsigned count) {
    struct fault f = {0};
    struct journal *j = NULL;
    must(journal_open(d, "/j", &first, SEGMENT, &j, &f), &f);
    bool end = false;
    for (unsigned k = 0; k < count; k++) {
        struct journal_batch b;
        must(journal_next(j, &b, &end, &f), &f);
        assert_false(end);
        check_batch(j, &b, k);
    }
    struct journal_batch b;
    must(journal_next(j, &b, &end, &f), &f);
    assert_true(end);
    journal_close(j);
}

/* Writes batches from what is there up to BATCHES; returns how many commits returned OK in all. */
static unsigned write_rest(struct disk *d, struct fault *f) {
    struct journal *j = NULL;
    unsigned k = 0;
    if (!result_is_ok(count_batches(d, &k, NULL, true, &j, f))) return 0;
    while (k < BATCHES && result_is_ok(write_batch(j, k, f))) k++;
    journal_close(j);
    return k;
}

static void whole(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    assert_int_equal(write_rest(d, &f), BATCHES);
    all_there(d, BATCHES);
    disk_simulated_restart(d); /* all was synced: a cut changes nothing */
    all_there(d, BATCHES);
    unsigned count;
    uint64_t torn;
    must(count_batches(d, &count, &torn, false, NULL, &f), &f);
    assert_int_equal(torn, 0);
    assert_true(disk_exists(d, "/j/log-00000002.seg") && disk_exists(d, "/j/pay-00000003.seg"));
    disk_simulated_free(d);
}

/* Its end alone tells the same as going through all of it. */
static bool check_end(struct disk *d) {
    struct fault f = {0};
    struct journal_tail end;
    unsigned count = 0;
    uint64_t torn = 0;
    must(count_batches(d, &count, &torn, false, NULL, &f), &f);
    must(journal_tail(d, "/j", &end, &f), &f);
    assert_int_equal(end.batch, count);
    assert_true(end.any_tick == (count > 0) && (count == 0 || (end.tick == count - 1 && end.time == (instant)(count - 1) * 1000)));
    assert_true(!end.torn || torn > 0);
    return end.torn;
}

/* Every operation fails once, in every way, under several seeds; then a second failure strikes the repair. */
static void faults(void **state) {
    (void)state;
    struct fault f = {0};
    unsigned torn_seen = 0, cuts = 0, ends_torn = 0;
    for (enum disk_fault what = DISK_POWER_CUT; what <= DISK_SHORT_WRITE; what++)
        for (uint64_t seed = 0; seed < (what == DISK_POWER_CUT ? 6u : 2u); seed++)
            for (uint64_t at = 1;; at++) {
                struct disk *d = disk_simulated(seed * 7919 + at);
                disk_simulated_fault(d, at, what);
                unsigned answered = write_rest(d, &f), count, again;
                bool complete = disk_simulated_operations(d) < at;
                disk_simulated_restart(d);
                uint64_t torn;
                ends_torn += check_end(d);
                disk_simulated_fault(d, disk_simulated_operations(d) + 1 + at % 3, DISK_POWER_CUT);
                (void)write_rest(d, &f);
                disk_simulated_restart(d);
                must(count_batches(d, &count, &torn, false, NULL, &f), &f);
                assert_true(count >= answered);
                if (torn > 0) torn_seen++;
                cuts++;
                again = write_rest(d, &f);
                assert_int_equal(again, BATCHES);
                all_there(d, BATCHES);
                disk_simulated_free(d);
                if (complete) break;
            }
    print_message("# %u interrupted runs, %u left a torn tail\n", cuts, torn_seen);
    assert_true(torn_seen > 0 && ends_torn > 0);
}

static void flips_of(struct disk *d, const char *path, uint64_t bytes, unsigned *rot, unsigned *harmless) {
    struct fault f = {0};
    *rot = *harmless = 0;
    for (uint64_t bit = 0; bit < bytes * 8; bit++) {
        disk_simulated_flip(d, path, bit);
        unsigned count = 0;
        result r = count_batches(d, &count, NULL, false, NULL, &f);
        if (result_is_ok(r)) {
            assert_int_equal(count, 4);
            ++*harmless;
        } else {
            assert_int_equal(r.code, RESULT_ROT);
            assert_non_null(strstr(f.message, path));
            ++*rot;
        }
        disk_simulated_flip(d, path, bit);
    }
}

/* Every bit of a small journal. Log: each within a batch is found; behind the last batch they are zeros that are cut. Payload: each byte
 * of a record is found; the zeros up to the next sector are never read. */
static void flips(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(3);
    segment_bytes = 16 * 1024; /* all in one */
    struct journal *j = NULL;
    unsigned count = 0, rot, harmless;
    must(count_batches(d, &count, NULL, true, &j, &f), &f);
    size_t payload = 0, log_end = 0, pay_end = 0;
    for (unsigned k = 0; k < 4; k++) {
        uint64_t before = journal_bytes(j);
        size_t size = 0;
        must(write_batch(j, k, &f), &f);
        for (unsigned i = 0; i < 1 + k % 3; i++) size += record_size(k, i);
        payload += size;
        size_t extent = (size + 511) / 512 * 512;
        pay_end += extent;
        log_end += (size_t)(journal_bytes(j) - before) - extent;
    }
    journal_close(j);
    flips_of(d, "/j/log-00000001.seg", log_end, &rot, &harmless);
    assert_int_equal(rot, log_end * 8);
    assert_int_equal(harmless, 0);
    flips_of(d, "/j/log-00000001.seg", log_end + 1024, &rot, &harmless);
    assert_int_equal(harmless, 512 * 8); /* not the first sector: it could be a damaged batch */
    assert_int_equal(harmless + rot, (log_end + 1024) * 8);
    print_message("# log: %zu bytes all found; of the %u bits tried behind the end %u are cut, the rest refused\n", log_end, 1024 * 8, harmless);
    flips_of(d, "/j/pay-00000001.seg", pay_end, &rot, &harmless);
    assert_int_equal(rot, payload * 8);
    assert_int_equal(harmless, (pay_end - payload) * 8);
    segment_bytes = SEGMENT;
    disk_simulated_free(d);
}

static void later_batch(void **state) { /* a sector of batch 3 turned to zeros: no torn tail, for batch 4 stands behind it */
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(4);
    assert_int_equal(write_rest(d, &f), BATCHES);
    struct disk_file *file = NULL;
    must(disk_open(d, "/j/log-00000001.seg", DISK_WRITE, false, &file, &f), &f);
    static const uint8_t zeros[512];
    uint8_t sector[512];
    size_t got;
    for (uint64_t at = 0;; at += 512) {
        must(disk_read(file, at, sector, 512, &got, &f), &f);
        if (sector[15] == 3) {
            must(disk_write(file, at, zeros, 512, &f), &f);
            break;
        }
    }
    disk_close(file);
    unsigned count;
    result r = count_batches(d, &count, NULL, false, NULL, &f);
    assert_int_equal(r.code, RESULT_ROT);
    disk_simulated_free(d);
}

static void crc(void **state) {
    (void)state;
    assert_int_equal(crc32c_of("123456789", 9), 0xe3069283u); /* the check value of CRC-32C */
    assert_int_equal(crc32c_of("", 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(crc), cmocka_unit_test(whole), cmocka_unit_test(faults),
                                       cmocka_unit_test(flips), cmocka_unit_test(later_batch)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
