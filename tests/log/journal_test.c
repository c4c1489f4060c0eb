/* The journal alone, over small segments: what was committed comes back whatever happens at whichever operation; a torn end is cut; rot is
 * found at every bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
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

/* --- forged journals: the checksums fit, what they cover does not ---------------------------------------------------------- */

enum { SECTOR = 512, SECTOR_HEAD = 16, BODY = SECTOR - SECTOR_HEAD, SECOND = SECTOR /* batch 2 begins in this byte, has two sectors */ };

static struct disk *few_batches(unsigned count) {
    struct fault f = {0};
    struct disk *d = disk_simulated(5);
    struct journal *j = NULL;
    unsigned there = 0;
    segment_bytes = 16 * 1024;
    must(count_batches(d, &there, NULL, true, &j, &f), &f);
    for (unsigned k = 0; k < count; k++) must(write_batch(j, k, &f), &f);
    journal_close(j);
    return d;
}

static void file_bytes(struct disk *d, const char *path, uint64_t at, void *bytes, size_t size, bool write) {
    struct fault f = {0};
    struct disk_file *file = NULL;
    size_t got = size;
    must(disk_open(d, path, DISK_WRITE, true, &file, &f), &f);
    if (write) must(disk_write(file, at, bytes, size, &f), &f);
    else must(disk_read(file, at, bytes, size, &got, &f), &f);
    assert_int_equal(got, size);
    disk_close(file);
}

static void seal_sector(uint8_t *s) {
    uint32_t crc = crc32c_of(s + 4, SECTOR - 4);
    for (int i = 0; i < 4; i++) s[i] = (uint8_t)(crc >> (24 - 8 * i));
}

/* Byte `at` of the content of batch 2 is changed; its hash follows when `rehash`, its sectors' checksums always. */
static void forge(struct disk *d, size_t at, uint8_t change, bool rehash) {
    uint8_t sectors[2 * SECTOR], content[2 * BODY];
    file_bytes(d, "/j/log-00000001.seg", SECOND, sectors, sizeof sectors, false);
    assert_true(sectors[15] == 2 && sectors[SECTOR + 15] == 2 && sectors[SECTOR + 7] == 1);
    for (int i = 0; i < 2; i++) memcpy(content + i * BODY, sectors + i * SECTOR + SECTOR_HEAD, BODY);
    assert_int_equal(content[62] << 8 | content[63], 545); /* its length; the offsets of the table hang on it */
    content[at] ^= change;
    if (rehash) {
        size_t length = (size_t)(content[62] << 8 | content[63]);
        struct hash h = sha256_of(content, length - SHA256_SIZE);
        memcpy(content + length - SHA256_SIZE, h.bytes, SHA256_SIZE);
        memset(content + length, 0, sizeof content - length);
    }
    for (int i = 0; i < 2; i++) {
        memcpy(sectors + i * SECTOR + SECTOR_HEAD, content + i * BODY, BODY);
        seal_sector(sectors + i * SECTOR);
    }
    file_bytes(d, "/j/log-00000001.seg", SECOND, sectors, sizeof sectors, true);
}

static void is_rot(struct disk *d, const char *says) {
    struct fault f = {0};
    unsigned count;
    result r = count_batches(d, &count, NULL, false, NULL, &f);
    if (r.code != RESULT_ROT || strstr(f.message, says) == NULL) fail_msg("%s: '%s', not '%s'", result_name(r.code), f.message, says);
    assert_true(count <= 3);
}

static void forged_content(void **state) {
    (void)state;
    static const struct { size_t at; uint8_t change; bool rehash; const char *says; } table[] = {
        {0, 1, true, "the head of a batch is not possible"}, /* another magic */
        {23, 1, true, "the head of a batch is not possible"}, /* another number than its sectors say */
        {30, 1, true, "a batch does not follow the one before it"},
        {70, 1, false, "a batch does not match its hash"},
        {600, 1, false, "the padding behind a batch is not zero"},
        {75, 7, true, "the file of a batch's payload is missing"},
        {79, 1, true, "a batch's payload goes beyond its file"},
        {87, 1, true, "a batch's payload goes beyond its file"},
        {96, 8, true, "an entry of no known form"},           /* no such type */
        {177, 1, true, "an entry of no known form"},          /* more hashes than the batch has */
        {456, 3, true, "an entry of no known form"},          /* a tick called a record */
        {63, 0x38, true, "an entry is cut"},                  /* 8 bytes shorter */
        {124, 1, true, "an entry points beyond its payload"},
        {132, 1, true, "an entry points beyond its payload"},
        {140, 1, true, "of a record from here have changed since they were written"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct disk *d = few_batches(3);
        forge(d, table[i].at, table[i].change, table[i].rehash);
        is_rot(d, table[i].says);
        disk_simulated_free(d);
    }
    segment_bytes = SEGMENT;
}

static void moved_sectors(void **state) { /* each whole, none where it belongs */
    (void)state;
    static const struct { uint64_t from, to; } table[] = {{0, SECOND}, {SECOND + SECTOR, SECOND}, {SECOND, SECOND + SECTOR}, {SECOND, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct disk *d = few_batches(3);
        uint8_t s[SECTOR];
        file_bytes(d, "/j/log-00000001.seg", table[i].from, s, sizeof s, false);
        file_bytes(d, "/j/log-00000001.seg", table[i].to, s, sizeof s, true);
        is_rot(d, "a sector of another batch");
        disk_simulated_free(d);
    }
    segment_bytes = SEGMENT;
}

static void short_file(void **state) { /* the last batch has two sectors; the file ends behind the first: torn, and cut */
    (void)state;
    struct fault f = {0};
    struct disk *d = few_batches(2);
    struct disk_file *file = NULL;
    must(disk_open(d, "/j/log-00000001.seg", DISK_WRITE, false, &file, &f), &f);
    must(disk_truncate(file, SECOND + SECTOR, &f), &f);
    disk_close(file);
    unsigned count;
    uint64_t torn;
    must(count_batches(d, &count, &torn, false, NULL, &f), &f);
    assert_int_equal(count, 1);
    assert_int_equal(torn, SECTOR);
    disk_simulated_free(d);
    segment_bytes = SEGMENT;
}

static void far_behind(void **state) { /* no crash leaves bytes in three segments behind the last batch */
    (void)state;
    struct fault f = {0};
    struct disk *d = few_batches(1);
    uint8_t s[SECTOR] = {1};
    unsigned count;
    uint64_t torn;
    file_bytes(d, "/j/log-00000001.seg", 8 * SECTOR, s, sizeof s, true);
    file_bytes(d, "/j/log-00000002.seg", 8 * SECTOR, s, sizeof s, true);
    must(count_batches(d, &count, &torn, false, NULL, &f), &f);
    assert_true(count == 1 && torn == 2 * SECTOR);
    file_bytes(d, "/j/log-00000003.seg", 8 * SECTOR, s, sizeof s, true);
    is_rot(d, "bytes stand far behind the last batch");
    disk_simulated_free(d);
    segment_bytes = SEGMENT;
}

/* What was good when it was gone through, and is not when it is read back. */
static void rot_when_read_back(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = few_batches(2);
    struct journal *j = NULL;
    struct journal_batch b;
    struct journal_entry e;
    struct hash hashes[3];
    bool end = false;
    must(journal_open(d, "/j", &first, segment_bytes, &j, &f), &f);
    must(journal_next(j, &b, &end, &f), &f);
    must(journal_entry(j, &b, &e, &end, &f), &f);
    must(journal_hashes(j, b.log, b.number, e.content_at, hashes, 3, &f), &f);
    disk_simulated_flip(d, "/j/log-00000001.seg", 100 * 8);
    result r = journal_hashes(j, b.log, b.number, e.content_at, hashes, 3, &f);
    assert_int_equal(r.code, RESULT_ROT);
    assert_non_null(strstr(f.message, "a sector of a batch has changed since it was written"));
    journal_close(j);
    disk_simulated_free(d);
    segment_bytes = SEGMENT;
}

static void long_path(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(6);
    struct journal *j = NULL;
    char dir[LIMIT_PATH + 1] = "/";
    memset(dir + 1, 'j', sizeof dir - 2);
    dir[sizeof dir - 1] = 0;
    result r = journal_open(d, dir, &first, segment_bytes, &j, &f);
    assert_int_equal(r.code, RESULT_TOO_LARGE);
    disk_simulated_free(d);
}

static void many_without_a_tick(void **state) { /* more batches behind the last tick than the tail looks back in one segment */
    (void)state;
    struct fault f = {0};
    struct disk *d = few_batches(2);
    struct journal *j = NULL;
    struct journal_tail end;
    unsigned count;
    segment_bytes = 1 << 20;
    must(count_batches(d, &count, NULL, true, &j, &f), &f);
    for (unsigned k = 0; k < 70; k++) {
        struct segment_place log, pay;
        struct journal_entry e = {.time = k, .order = 100 + k};
        journal_begin(j);
        journal_put_record(j, &e, NULL, (struct text){"", 0});
        must(journal_commit(j, 200 + k, (struct text){"", 0}, &log, &pay, &f), &f);
    }
    journal_close(j);
    must(journal_tail(d, "/j", &end, &f), &f);
    assert_int_equal(end.batch, 72);
    assert_int_equal(end.checked, 64);
    assert_false(end.any_tick || end.torn);
    disk_simulated_free(d);
    segment_bytes = SEGMENT;
}

static void crc(void **state) {
    (void)state;
    assert_int_equal(crc32c_of("123456789", 9), 0xe3069283u); /* the check value of CRC-32C */
    assert_int_equal(crc32c_of("", 0), 0);
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * i + 41 * i + 7);
    for (size_t from = 0; from < 9; from++)
        for (size_t size = 0; from + size <= sizeof bytes; size++) assert_int_equal(~crc32c_plain(~0u, bytes + from, size), crc32c_of(bytes + from, size));
    assert_int_equal(~crc32c_plain(~0u, (const uint8_t *)"123456789", 9), 0xe3069283u);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(crc), cmocka_unit_test(whole), cmocka_unit_test(faults),
                                       cmocka_unit_test(flips), cmocka_unit_test(later_batch),
                                       cmocka_unit_test(forged_content), cmocka_unit_test(moved_sectors), cmocka_unit_test(short_file),
                                       cmocka_unit_test(far_behind), cmocka_unit_test(rot_when_read_back), cmocka_unit_test(long_path),
                                       cmocka_unit_test(many_without_a_tick)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
