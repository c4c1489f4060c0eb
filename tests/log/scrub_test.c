/* Rot on a simulated disk: bits anywhere in the journal, sectors, files that are gone. What the scrub finds is what a check of the whole log refuses, and names the place; what it puts back
 * is byte for byte what was there, and it takes nothing that the log does not commit to, whoever offers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "grown.h"

#include "log/backup.h"
#include "log/crc32c.h"
#include "log/disk_through.h"
#include "log/scrub.h"
#include "log/scrub_state.h"

enum { FOUND_MOST = 512 };
static struct scrub_found seen[FOUND_MOST];
static uint32_t seen_count, segments_told;
static void take_found(void *context, const struct scrub_found *found) {
    (void)context;
    assert_true(seen_count < FOUND_MOST);
    seen[seen_count++] = *found;
}
static void take_segment(void *context, uint32_t segment) {
    (void)context;
    assert_true(segment > segments_told);
    segments_told = segment;
}
static result scrubbed(struct disk *d, const char *dir, const char *backup, struct scrub_report *report, struct fault *f) {
    struct scrub_options o = {.disk = d, .dir = dir, .batch = UINT64_MAX, .backups = &backup, .backup_count = backup != NULL, .found = take_found, .at = take_segment};
    seen_count = segments_told = 0;
    return scrub_run(&o, report, f);
}
static struct scrub_report scrub(struct disk *d, const char *backup) {
    struct scrub_report report;
    struct fault f = {0};
    fixture_must(scrubbed(d, "/log", backup, &report, &f), &f, "scrub");
    assert_int_equal(report.found, seen_count);
    return report;
}
static void back_up(struct disk *d, const char *from, const char *to) {
    struct backup_report report;
    struct backup_options o = {.disk = d, .from = from, .to = to};
    struct fault f = {0};
    fixture_must(backup_take(&o, &report, &f), &f, "backup");
}
static bool refused(struct disk *d) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_report report = {0};
    result r = opened_as(d, "/log", true, &n, &report, &f);
    if (result_is_ok(r)) node_close(n);
    else assert_int_equal(r.code, RESULT_ROT);
    return !result_is_ok(r);
}
static uint64_t size_of(struct disk *d, const char *path) {
    struct disk_file *file = NULL;
    struct fault f = {0};
    uint64_t size = 0;
    fixture_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, path);
    fixture_must(disk_size(file, &size, &f), &f, path);
    disk_close(file);
    return size;
}
static void overwrite(struct disk *d, const char *path, uint64_t at, size_t size, uint8_t with) {
    static uint8_t room[64 * 1024];
    struct disk_file *file = NULL;
    struct fault f = {0};
    memset(room, with, sizeof room);
    fixture_must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f, path);
    fixture_must(disk_write(file, at, room, size, &f), &f, path);
    fixture_must(disk_sync(file, &f), &f, path);
    disk_close(file);
}

static void a_good_log(void **unused) {
    (void)unused;
    struct disk *d = grown(1, batches);
    struct scrub_report report = scrub(d, NULL);
    assert_true(report.found == 0 && report.lost == 0 && report.batches == batches && report.last == batches && report.records > batches);
    assert_string_equal(report.origin, FIXTURE_ORIGIN);
    assert_true(segments_told >= 3);
    uint64_t all = report.batches;
    struct fault f = {0};
    struct scrub_options o = {.disk = d, .dir = "/log", .batch = 7, .found = take_found};
    fixture_must(scrub_run(&o, &report, &f), &f, "so far");
    assert_true(report.batches == 7 && report.found == 0);
    o = (struct scrub_options){.disk = d, .dir = "/log", .batch = UINT64_MAX, .segment = 3, .found = take_found};
    fixture_must(scrub_run(&o, &report, &f), &f, "from there");
    assert_true(report.batches > 0 && report.batches < all && report.last == batches && report.found == 0);
    o.segment = 99; /* what is no longer there: from the beginning */
    fixture_must(scrub_run(&o, &report, &f), &f, "from there");
    assert_true(report.batches == all);
    assert_int_equal(scrubbed(d, "/none", NULL, &report, &f).code, RESULT_NOT_FOUND);
    disk_simulated_free(d);
    d = grown(2, 0);
    report = scrub(d, NULL);
    assert_true(report.found == 0 && report.batches == 0);
    disk_simulated_free(d);
}

/* The place that was flipped is among those that are named. */
static bool names(const char *path, uint64_t byte) {
    for (uint32_t i = 0; i < seen_count; i++)
        if (strcmp(seen[i].path, path + sizeof "/log/" - 1) == 0 && byte >= seen[i].at && (seen[i].size == 0 || byte < seen[i].at + seen[i].size)) return true;
    return false;
}
static struct segment_place end_of(struct disk *d) {
    struct fault f = {0};
    struct journal *j = NULL;
    struct journal_batch b;
    struct journal_place here;
    bool end = false;
    fixture_must(journal_open(d, "/log/journal", &script.log, SMALL_SEGMENT, &j, &f), &f, "journal");
    while (!end) fixture_must(journal_next(j, &b, &end, &f), &f, "next");
    journal_here(j, &here);
    journal_close(j);
    return here.at;
}
static void bits_anywhere(void **unused) {
    (void)unused;
    uint32_t found = 0, quiet = 0, beyond = 0;
    struct segment_place end;
    char last_path[64];
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct disk *d = grown(seed, batches);
        end = end_of(d);
        snprintf(last_path, sizeof last_path, "journal/log-%08u.seg", end.segment);
        char path[4][LIMIT_PATH];
        uint64_t byte[4];
        uint32_t flips = 1 + seed % 4;
        back_up(d, "/log", "/backup");
        uint64_t sum = files_sum(d, "/log/journal");
        fixture_seed = seed;
        for (uint32_t i = 0; i < flips; i++) {
            snprintf(path[i], LIMIT_PATH, "/log/journal/%s-%08u.seg", fixture_draw() % 2 == 0 ? "log" : "pay", 1 + (unsigned)(fixture_draw() % 3));
            byte[i] = fixture_draw() % size_of(d, path[i]);
            disk_simulated_flip(d, path[i], 8 * byte[i] + fixture_draw() % 8);
        }
        bool bad = refused(d);
        struct scrub_report report = scrub(d, NULL);
        assert_int_equal(report.repaired, 0);
        if (!bad) { /* bits that nothing reads: behind an extent, or behind the last batch */
            assert_int_equal(report.found, 0);
            quiet++;
        } else {
            assert_true(report.found > 0);
            if (flips == 1) assert_true(names(path[0], byte[0]));
            found++;
            uint64_t spoilt = files_sum(d, "/log/journal");
            report = scrub(d, NULL);
            assert_int_equal(files_sum(d, "/log/journal"), spoilt); /* looking writes nothing */
            report = scrub(d, "/backup");
            /* In the sector behind the last batch a further one may have begun: no copy can say that it did not. */
            bool behind = report.repaired < report.found && seen[seen_count - 1].at == end.offset && strcmp(seen[seen_count - 1].path, last_path) == 0;
            assert_true(report.found > 0 && report.repaired + behind == report.found && report.lost == behind && report.last == batches);
            if (behind) beyond++;
            if (!behind) assert_true(strcmp(seen[0].from, "/backup") == 0 || strstr(seen[0].from, "the form") != NULL);
            assert_int_equal(refused(d), behind);
            if (behind) {
                disk_simulated_free(d);
                continue;
            }
            report = scrub(d, NULL);
            assert_true(report.found == 0 && report.batches == batches);
            if (flips == 1) assert_int_equal(files_sum(d, "/log/journal"), sum);
        }
        disk_simulated_free(d);
    }
    assert_true(found > 50 && quiet > 2 && beyond < found / 10);
}

static void sectors_and_files(void **unused) {
    (void)unused;
    struct disk *d = grown(3, batches);
    struct fault f = {0};
    back_up(d, "/log", "/backup");
    uint64_t sum = files_sum(d, "/log/journal");
    static const char *const logs[] = {"/log/journal/log-00000001.seg", "/log/journal/log-00000002.seg"};
    for (uint8_t with = 0; with < 2; with++) { /* zeros look like the end */
        overwrite(d, logs[1], 1024, 2048, with);
        overwrite(d, logs[0], size_of(d, logs[0]) / 512 / 2 * 512, 512, with);
        struct scrub_report report = scrub(d, NULL);
        assert_true(report.found >= 2 && report.repaired == 0 && report.lost > 0 && report.last == batches);
        report = scrub(d, "/backup");
        assert_true(report.found >= 2 && report.repaired == report.found && report.lost == 0);
        assert_int_equal(files_sum(d, "/log/journal"), sum);
    }
    /* A file of payloads is gone: every record of it is put back. */
    fixture_must(disk_remove(d, "/log/journal/pay-00000002.seg", &f), &f, "remove");
    struct scrub_report report = scrub(d, NULL);
    assert_true(report.found > 3 && report.lost == 0 && seen[0].any_record && seen[0].kind == SCRUB_PAYLOAD);
    report = scrub(d, "/backup");
    assert_int_equal(report.repaired, report.found);
    assert_false(refused(d));
    disk_simulated_free(d);
}

static void cut_to(struct disk *d, const char *path, uint64_t size) {
    struct disk_file *file = NULL;
    struct fault f = {0};
    fixture_must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f, path);
    fixture_must(disk_truncate(file, size, &f), &f, path);
    fixture_must(disk_sync(file, &f), &f, path);
    disk_close(file);
}
/* Files of hashes that are gone, or cut anywhere: what is behind them is gone through, and a backup gives them again. */
static void hashes_that_are_not_there(void **unused) {
    (void)unused;
    uint32_t cuts = 0;
    static const char *const logs[] = {"/log/journal/log-00000001.seg", "/log/journal/log-00000002.seg", "/log/journal/log-00000003.seg"};
    for (uint32_t gone = 1; gone < 4; gone++) { /* the first, the second, both */
        struct disk *d = grown(3, batches);
        struct fault f = {0};
        back_up(d, "/log", "/backup");
        for (uint32_t i = 0; i < 2; i++)
            if (gone >> i & 1) fixture_must(disk_remove(d, logs[i], &f), &f, "remove");
        struct scrub_report report = scrub(d, NULL);
        assert_true(report.found == 1 && report.repaired == 0 && report.lost > 0 && report.last == batches);
        assert_string_equal(seen[0].path, logs[gone == 2] + sizeof "/log/" - 1);
        report = scrub(d, "/backup");
        assert_true(report.found > 0 && report.repaired == report.found && report.lost == 0 && report.batches == batches);
        assert_int_equal(scrub(d, NULL).found, 0);
        assert_int_equal(whole(d, "/log"), batches);
        disk_simulated_free(d);
    }
    for (uint64_t size = 0; size < SMALL_SEGMENT; size += 700) {
        struct disk *d = grown(3, batches);
        struct fault f = {0};
        struct disk_file *file = NULL;
        back_up(d, "/log", "/backup");
        cut_to(d, logs[1], size);
        struct scrub_report report = scrub(d, NULL);
        bool lost = report.lost > 0;
        cuts += lost;
        report = scrub(d, "/backup");
        assert_true(report.repaired == report.found && (report.found > 0) == lost && report.lost == 0 && report.last == batches);
        assert_int_equal(scrub(d, NULL).found, 0);
        assert_int_equal(whole(d, "/log"), batches);
        /* A copy that goes on behind its segment's last batch: of that nothing is taken. */
        static const uint8_t lie[SEGMENT_SECTOR] = {1};
        uint64_t end = size_of(d, "/backup/journal/log-00000002.seg");
        fixture_must(disk_open(d, "/backup/journal/log-00000002.seg", DISK_WRITE, false, &file, &f), &f, "backup");
        for (int i = 1; i < 9; i++) fixture_must(disk_write(file, end + (uint64_t)i * SEGMENT_SECTOR, lie, sizeof lie, &f), &f, "backup");
        disk_close(file);
        cut_to(d, logs[1], size);
        report = scrub(d, "/backup");
        assert_true(report.repaired == report.found);
        assert_true(size_of(d, logs[1]) <= end);
        assert_int_equal(whole(d, "/log"), batches);
        disk_simulated_free(d);
    }
    assert_true(cuts > 8);
}

/* Batch number `to` of /log, its extent's size and, of its content, how many bytes stand before its hash. */
struct ending { struct journal_batch b; size_t extent, hash_at; char own[LIMIT_PATH], copy[LIMIT_PATH]; };
static struct ending ending_of(struct disk *d, uint64_t to) {
    struct fault f = {0};
    struct journal *j = NULL;
    struct ending e;
    bool end = false;
    fixture_must(journal_open(d, "/log/journal", &script.log, SMALL_SEGMENT, &j, &f), &f, "journal");
    while (journal_number(j) < to) fixture_must(journal_next(j, &e.b, &end, &f), &f, "next");
    e.extent = journal_extent(j).size;
    e.hash_at = e.b.content_size - SHA256_SIZE;
    journal_close(j);
    snprintf(e.own, sizeof e.own, "/log/journal/log-%08u.seg", e.b.log.segment);
    snprintf(e.copy, sizeof e.copy, "/backup/journal/log-%08u.seg", e.b.log.segment);
    return e;
}
static void copy_sector(struct disk *d, const struct ending *e, size_t i) {
    uint8_t sector[SEGMENT_SECTOR];
    struct fault f = {0};
    struct disk_file *file = NULL;
    size_t got = 0;
    fixture_must(disk_open(d, e->copy, DISK_READ, false, &file, &f), &f, "backup");
    fixture_must(disk_read(file, e->b.log.offset + i * SEGMENT_SECTOR, sector, sizeof sector, &got, &f), &f, "read");
    disk_close(file);
    fixture_must(disk_open(d, e->own, DISK_WRITE, false, &file, &f), &f, "own");
    fixture_must(disk_write(file, e->b.log.offset + i * SEGMENT_SECTOR, sector, got, &f), &f, "write");
    fixture_must(disk_sync(file, &f), &f, "sync");
    disk_close(file);
}
/* The backup's last batch says something else before its hash, and has the hash of that and every sector its checksum. Returns the first sector that is another. */
static size_t lie_about(struct disk *d, const struct ending *e) {
    static uint8_t sectors[64 * 1024], content[64 * 1024];
    struct fault f = {0};
    struct disk_file *file = NULL;
    size_t got = 0, changed = (e->hash_at - 1) / JOURNAL_BODY;
    fixture_must(disk_open(d, e->copy, DISK_WRITE, false, &file, &f), &f, "backup");
    assert_true(e->extent <= sizeof sectors);
    fixture_must(disk_read(file, e->b.log.offset, sectors, e->extent, &got, &f), &f, "read");
    assert_int_equal(got, e->extent);
    size_t count = e->extent / SEGMENT_SECTOR;
    for (size_t i = 0; i < count; i++) memcpy(content + i * JOURNAL_BODY, sectors + i * SEGMENT_SECTOR + JOURNAL_SECTOR_HEAD, JOURNAL_BODY);
    content[e->hash_at - 1] ^= 1;
    struct hash hash = sha256_of(content, e->hash_at);
    memcpy(content + e->hash_at, hash.bytes, sizeof hash.bytes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *s = sectors + i * SEGMENT_SECTOR;
        memcpy(s + JOURNAL_SECTOR_HEAD, content + i * JOURNAL_BODY, JOURNAL_BODY);
        struct append crc = append_fixed(s, 4);
        append_u32(&crc, crc32c_of(s + 4, SEGMENT_SECTOR - 4));
    }
    fixture_must(disk_write(file, e->b.log.offset, sectors, e->extent, &f), &f, "write");
    disk_close(file);
    return changed;
}

/* The log commits to nothing that stands behind its last batch, and a batch fits its own hash whoever made both: the sectors with the hash must be left. */
static void the_last_batch(void **unused) {
    (void)unused;
    uint32_t taken = 0, left = 0, lies = 0;
    for (uint64_t to = 3; to <= batches; to += 2) {
        struct disk *d = grown(to, to);
        struct ending e = ending_of(d, to);
        size_t sectors = e.extent / SEGMENT_SECTOR, hash_first = e.hash_at / JOURNAL_BODY, hash_last = (e.b.content_size - 1) / JOURNAL_BODY;
        back_up(d, "/log", "/backup");
        uint64_t sum = files_sum(d, "/log/journal");
        for (size_t i = 0; i < sectors; i++) {
            if (i == 0 && e.b.log.offset == 0) continue; /* at a segment's begin what is not whole looks as if it had never been written: the checkpoint says whether */
            bool rest = i < hash_first || i > hash_last;
            overwrite(d, e.own, e.b.log.offset + i * SEGMENT_SECTOR, SEGMENT_SECTOR, 0xee);
            uint64_t spoilt = files_sum(d, "/log/journal");
            struct scrub_report report = scrub(d, "/backup");
            assert_true(report.found == 1 && report.last == (rest ? to : to - 1));
            assert_int_equal(report.repaired, rest);
            assert_int_equal(files_sum(d, "/log/journal"), rest ? sum : spoilt);
            taken += rest;
            left += !rest;
            copy_sector(d, &e, i);
            assert_int_equal(files_sum(d, "/log/journal"), sum);
        }
        for (size_t i = lie_about(d, &e), all = i; i < sectors; i++) { /* of all that the lie has changed, one or all are to be put back */
            if (i == 0 && e.b.log.offset == 0) continue;
            overwrite(d, e.own, e.b.log.offset + all * SEGMENT_SECTOR, (i + 1 - all) * SEGMENT_SECTOR, 0xee);
            uint64_t spoilt = files_sum(d, "/log/journal");
            struct scrub_report report = scrub(d, "/backup");
            assert_true(report.found == 1 && report.repaired == 0 && report.lost == 1);
            assert_non_null(strstr(seen[0].from, "no backup has"));
            assert_int_equal(files_sum(d, "/log/journal"), spoilt);
            lies++;
        }
        disk_simulated_free(d);
    }
    assert_true(taken > 5 && left > 10 && lies > 10);
}

/* Two lost batches, of the first of which the hash is left: it is put back, and nothing of the other, whatever the copy has of it. */
static void the_last_two(void **unused) {
    (void)unused;
    uint32_t tried = 0;
    for (uint64_t to = 4; to <= batches; to++) {
        struct disk *d = grown(to, to);
        struct ending one = ending_of(d, to - 1), two = ending_of(d, to);
        size_t sectors = two.extent / SEGMENT_SECTOR;
        if (one.hash_at / JOURNAL_BODY > 0 && one.b.log.segment == two.b.log.segment && one.b.log.offset > 0) {
            tried++;
            back_up(d, "/log", "/backup");
            overwrite(d, two.own, two.b.log.offset, two.extent, 0xee);
            uint64_t wanted = files_sum(d, "/log/journal");
            overwrite(d, one.own, one.b.log.offset, SEGMENT_SECTOR, 0xee);
            struct scrub_report report = scrub(d, "/backup");
            assert_true(report.found == 2 && report.repaired == 1 && report.lost == 1 && report.last == to - 1);
            assert_true(seen[0].repaired && seen[0].at == one.b.log.offset && seen[0].size == SEGMENT_SECTOR && seen[1].at == two.b.log.offset && seen[1].size == sectors * SEGMENT_SECTOR);
            assert_int_equal(files_sum(d, "/log/journal"), wanted);
        }
        disk_simulated_free(d);
    }
    assert_true(tried > 2);
}

/* Copies that lie, are rotten themselves, or of another log. */
static void what_is_not_taken(void **unused) {
    (void)unused;
    struct disk *d = grown(4, 12);
    struct fault f = {0};
    struct scrub_report report;
    struct node *n = NULL;
    static const char *const served[] = {"/log", "/other"};
    for (int i = -1; i < 2; i++) { /* with batch 14 they become two logs, whose batches have one number, one length and one place */
        for (int k = i < 0 ? 0 : 1; k < (i < 0 ? 1 : 3); k++) {
            fixture_must(opened_as(d, served[i < 0 ? 0 : i], false, &n, NULL, &f), &f, "serve");
            fixture_must(node_tick(n, script.steps[script.count - 1].now + (2 + i + 2 * k) * INSTANT_SECOND, 1000000, false, &f), &f, "tick");
            fixture_must(node_poll(n, &f), &f, "poll");
            node_close(n);
        }
        if (i < 0) back_up(d, "/log", "/other");
    }
    struct journal *j = NULL;
    struct journal_batch b;
    bool end = false;
    char path[LIMIT_PATH];
    fixture_must(journal_open(d, "/log/journal", &script.log, SMALL_SEGMENT, &j, &f), &f, "journal");
    while (journal_number(j) < 14) fixture_must(journal_next(j, &b, &end, &f), &f, "next");
    size_t extent = journal_extent(j).size;
    journal_close(j);
    snprintf(path, sizeof path, "/log/journal/log-%08u.seg", b.log.segment);
    overwrite(d, path, b.log.offset, extent, 0xee); /* all of it: the other one follows the batch before as well as this did */
    uint64_t spoilt = files_sum(d, "/log/journal");
    report = scrub(d, "/other");
    assert_true(report.found == 1 && report.repaired == 0 && report.last == 15 && report.lost == 1);
    assert_non_null(strstr(seen[0].from, "no backup has"));
    assert_int_equal(files_sum(d, "/log/journal"), spoilt);
    /* And its payload. */
    snprintf(path, sizeof path, "/log/journal/pay-%08u.seg", b.pay.segment);
    disk_simulated_flip(d, path, 8 * (b.pay.offset + 60));
    spoilt = files_sum(d, "/log/journal");
    (void)scrub(d, "/other");
    assert_int_equal(files_sum(d, "/log/journal"), spoilt);
    assert_int_equal(scrubbed(d, "/log", "/none", &report, &f).code, RESULT_NOT_FOUND);
    struct disk_file *lock = NULL;
    fixture_must(disk_lock(d, "/log/lock", &lock, &f), &f, "lock");
    assert_int_equal(scrubbed(d, "/log", "/other", &report, &f).code, RESULT_BUSY);
    assert_int_equal(scrubbed(d, "/log", NULL, &report, &f).code, RESULT_OK);
    disk_close(lock);
    static struct fixture another;
    memset(&another, 0, sizeof another);
    arena_growing(&another.arena, 64 * 1024 * 1024);
    fixture_managers = 1; /* another genesis */
    fixture_genesis(&another);
    fixture_managers = 0;
    fixture_must(node_create(d, "/theirs", another.genesis, another.log_secret, another.receipt_secret, &f), &f, "create");
    assert_int_equal(scrubbed(d, "/log", "/theirs", &report, &f).code, RESULT_CONFLICT);
    arena_free(&another.arena);
    disk_simulated_free(d);
}
/* A payload that has the entry's checksum, but not its hashes: whoever changed both it and the checksum is found by the hashes. */
static void a_checksum_is_not_enough(void **unused) {
    (void)unused;
    struct disk *d = grown(6, batches);
    struct fault f = {0};
    struct journal *j = NULL, *lie = NULL;
    struct journal_batch b;
    bool end = false;
    uint32_t lies = 0;
    fixture_must(journal_open(d, "/log/journal", &script.log, SMALL_SEGMENT, &j, &f), &f, "journal");
    fixture_must(journal_open(d, "/lie/journal", &script.log, SMALL_SEGMENT, &lie, &f), &f, "journal");
    fixture_must(journal_continue(lie, &f), &f, "continue");
    for (;;) {
        fixture_must(journal_next(j, &b, &end, &f), &f, "next");
        if (end) break;
        char *payload = malloc(b.payload.size + 1);
        assert_non_null(payload);
        memcpy(payload, b.payload.at, b.payload.size);
        b.payload.at = payload; /* changed behind the entries' checksums being taken: append_batch makes them anew */
        if (b.number == 9) payload[45 + 4] ^= 1, lies++;
        struct journal_entry e;
        struct segment_place log, pay;
        static struct hash hashes[1000];
        journal_begin(lie);
        for (bool last = false;;) {
            (void)journal_entry(j, &b, &e, &last, &f).code;
            if (last) break;
            if (e.tick) {
                journal_put_tick(lie, &e);
                continue;
            }
            memcpy(hashes, e.hashes, e.hash_count * sizeof hashes[0]);
            (void)journal_put_record(lie, &e, hashes, (struct text){payload + e.payload_at, (size_t)e.payload_size});
        }
        fixture_must(journal_commit(lie, b.sequencer, (struct text){payload, b.payload.size}, &log, &pay, &f), &f, "commit");
        free(payload);
    }
    journal_close(j);
    journal_close(lie);
    static const char *const names_[] = {"genesis", "checkpoint"};
    for (size_t i = 0; i < 2; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "/log/%s", names_[i]);
        snprintf(to, sizeof to, "/lie/%s", names_[i]);
        fixture_must(disk_rename(d, from, to, &f), &f, "rename");
    }
    struct scrub_report report;
    fixture_must(scrubbed(d, "/lie", NULL, &report, &f), &f, "scrub");
    assert_true(lies == 1 && report.found == 1 && seen[0].kind == SCRUB_PAYLOAD && report.batches == batches);
    assert_non_null(strstr(seen[0].why, "hash"));
    disk_simulated_free(d);
}

static const enum disk_fault faults[] = {DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
static void a_repair_fails_anywhere(void **unused) {
    (void)unused;
    uint32_t cut = 0;
    for (uint64_t at = 1, done = 0; !done; at++)
        for (size_t what = 0; what < 4; what += what == 0 ? 1 + at % 3 : 4) {
            struct disk *d = grown(at, batches);
            struct fault f = {0};
            struct scrub_report report;
            back_up(d, "/log", "/backup");
            uint64_t sum = files_sum(d, "/log/journal");
            overwrite(d, "/log/journal/log-00000002.seg", 1024, 2048, 0xee);
            overwrite(d, "/log/journal/log-00000001.seg", 2048, 512, 0);
            overwrite(d, "/log/journal/pay-00000001.seg", 600, 1000, 0x55);
            disk_simulated_fault(d, disk_simulated_operations(d) + at, faults[what]);
            result r = scrubbed(d, "/log", "/backup", &report, &f);
            done = result_is_ok(r);
            cut += !done;
            disk_simulated_fault(d, done ? 0 : UINT64_MAX, faults[what]);
            disk_simulated_restart(d);
            report = scrub(d, "/backup");
            assert_int_equal(report.found, report.repaired);
            assert_int_equal(files_sum(d, "/log/journal"), sum);
            assert_int_equal(whole(d, "/log"), batches);
            disk_simulated_free(d);
        }
    assert_true(cut > 10);
}
static void every_read_fails(void **unused) {
    (void)unused;
    uint32_t failed = 0;
    for (uint64_t at = 1, done = 0; !done; at += 7) {
        struct disk *d = grown(at, 14);
        struct fault f = {0};
        struct scrub_report report;
        disk_simulated_read_fault(d, disk_simulated_reads(d) + at);
        result r = scrubbed(d, "/log", NULL, &report, &f);
        done = result_is_ok(r);
        if (!done) assert_int_equal(r.code, RESULT_IO);
        failed += !done;
        disk_simulated_free(d);
    }
    assert_true(failed > 5);
}

/* --- what stands beside --- */

static void beside_the_journal(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(9);
    struct fault f = {0};
    struct node *n = created(d, "/log");
    steps(n, 0, 12);
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    steps(n, 12, script.count);
    for (int i = 1; i <= 200; i++) { /* so that chunks of the index are full */
        struct node_event e;
        fixture_must(node_tick(n, script.steps[script.count - 1].now + i * INSTANT_SECOND, 1000000, false, &f), &f, "tick");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
    }
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    uint64_t batch = node_batch(n), order = node_applied(n);
    node_close(n);
    struct scrub_report report = scrub(d, NULL);
    assert_true(report.found == 0 && report.snapshots == 2);
    char snapshot[LIMIT_PATH], index[LIMIT_PATH];
    snprintf(snapshot, sizeof snapshot, "/log/snapshots/%020llu", (unsigned long long)order);
    snprintf(index, sizeof index, "/log/index/%020llu", (unsigned long long)batch);
    const struct { const char *path; uint64_t byte; enum scrub_kind kind; } each[] = {
        {snapshot, 100, SCRUB_SNAPSHOT}, {snapshot, 5000, SCRUB_SNAPSHOT}, {index, 60, SCRUB_INDEX}, {index, 300, SCRUB_INDEX}, {"/log/checkpoint", 30, SCRUB_CHECKPOINT}, {"/log/checkpoint", 4096 + 30, SCRUB_CHECKPOINT}};
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        disk_simulated_flip(d, each[i].path, 8 * each[i].byte + 3);
        report = scrub(d, NULL);
        assert_true(report.found == 1 && seen[0].kind == each[i].kind && report.lost == 0);
        assert_string_equal(seen[0].path, each[i].path + sizeof "/log/" - 1);
        disk_simulated_flip(d, each[i].path, 8 * each[i].byte + 3);
    }
    uint32_t chunks = 0;
    for (uint32_t i = 0; i < 3; i++) {
        static const char *const shelves[] = {"/log/index/places", "/log/index/ticks", "/log/index/nodes"};
        uint64_t size = size_of(d, shelves[i]);
        if (size == 0) continue;
        chunks++;
        disk_simulated_flip(d, shelves[i], 8 * (size / 2));
        report = scrub(d, NULL);
        assert_true(report.found == 1 && seen[0].kind == SCRUB_INDEX);
        disk_simulated_flip(d, shelves[i], 8 * (size / 2));
    }
    assert_true(chunks > 0);
    disk_simulated_flip(d, index, 8 * 60); /* who waits for what is written in place finds it as it was */
    struct scrub_options patient = {.disk = d, .dir = "/log", .batch = UINT64_MAX, .patience_ms = 20, .found = take_found};
    seen_count = 0;
    fixture_must(scrub_run(&patient, &report, &f), &f, "patiently");
    assert_true(report.found == 1 && seen[0].kind == SCRUB_INDEX);
    disk_simulated_flip(d, index, 8 * 60);
    fixture_must(disk_remove(d, "/log/checkpoint", &f), &f, "remove");
    report = scrub(d, NULL);
    assert_true(report.found == 1 && seen[0].kind == SCRUB_CHECKPOINT);
    disk_simulated_free(d);
}

/* What was given out says that there was more. */
static void a_lost_end(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct node *n = NULL;
    struct disk *d = disk_simulated(13), *shorter = grown(14, 20);
    grow(d, batches);
    fixture_must(opened_as(d, "/log", false, &n, NULL, &f), &f, "serve"); /* signs the last checkpoint */
    node_close(n);
    copy_file(d, shorter, "/log/checkpoint");
    struct scrub_report report = scrub(shorter, NULL);
    assert_true(report.found == 1 && seen[0].kind == SCRUB_CHECKPOINT && report.last == 20);
    assert_non_null(strstr(seen[0].why, "its end is lost"));
    disk_simulated_free(shorter);
    disk_simulated_free(d);
}

/* --- how far it has come --- */

static void what_is_kept_of_it(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(11);
    struct fault f = {0};
    struct disk_file *file = NULL;
    struct scrub_state s = {.log = script.log, .segment = 3, .rounds = 5, .whole = 17 * INSTANT_SECOND, .bytes = 99, .found_whole = 2, .found = 9, .before = 4, .first = "journal/pay-00000001.seg", .first_at = 512}, back;
    struct hash other = {{1}};
    fixture_must(scrub_state_mended(d, "/log", &script.log, &f), &f, "mended"); /* nobody has looked */
    assert_false(disk_exists(d, "/log/scrub"));
    assert_int_equal(scrub_state_read(d, "/log", &script.log, &back, &f).code, RESULT_NOT_FOUND);
    fixture_must(disk_open(d, "/log/scrub", DISK_WRITE, true, &file, &f), &f, "scrub");
    fixture_must(scrub_state_write(file, &s, &f), &f, "write");
    fixture_must(scrub_state_read(d, "/log", &script.log, &back, &f), &f, "read");
    assert_true(hash_equal(&back.log, &s.log) && back.segment == 3 && back.rounds == 5 && back.whole == s.whole && back.bytes == 99 && back.found_whole == 2 && back.found == 9 && back.before == 4 && back.first_at == 512);
    assert_string_equal(back.first, s.first);
    assert_int_equal(scrub_state_read(d, "/log", &other, &back, &f).code, RESULT_NOT_FOUND);
    for (uint64_t bit = 0; bit < 8 * SCRUB_STATE_BYTES; bit++) { /* one that is not whole is none */
        disk_simulated_flip(d, "/log/scrub", bit);
        assert_int_equal(scrub_state_read(d, "/log", &script.log, &back, &f).code, RESULT_NOT_FOUND);
        disk_simulated_flip(d, "/log/scrub", bit);
    }
    fixture_must(scrub_state_mended(d, "/log", &script.log, &f), &f, "mended");
    fixture_must(scrub_state_read(d, "/log", &script.log, &back, &f), &f, "read");
    assert_true(back.segment == 0 && back.rounds == 5 && back.whole == s.whole && back.bytes + back.found_whole + back.found + back.before + back.first_at == 0 && back.first[0] == '\0');
    for (uint64_t at = 1; at <= 2; at++) {
        disk_simulated_fault(d, disk_simulated_operations(d) + at, DISK_EIO);
        assert_int_equal(scrub_state_mended(d, "/log", &script.log, &f).code, RESULT_IO);
        disk_simulated_fault(d, UINT64_MAX, DISK_EIO);
        disk_simulated_restart(d);
    }
    disk_close(file);
    fixture_must(disk_open(d, "/log/scrub", DISK_WRITE, true, &file, &f), &f, "scrub");
    fixture_must(disk_truncate(file, 100, &f), &f, "cut");
    assert_int_equal(scrub_state_read(d, "/log", &script.log, &back, &f).code, RESULT_NOT_FOUND);
    char name[2 * LIMIT_PATH];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(scrub_state_read(d, name, &script.log, &back, &f).code, RESULT_TOO_LARGE);
    assert_int_equal(scrub_state_mended(d, name, &script.log, &f).code, RESULT_TOO_LARGE);
    disk_close(file);
    disk_simulated_free(d);
}

/* --- a disk that is read through another --- */

static result with_stars(void *context, const char *path, uint64_t offset, uint8_t *bytes, size_t got, struct fault *f) {
    uint64_t *read = context;
    *read += got;
    if (strcmp(path, "/a/b") == 0 && offset == 0 && got > 0) bytes[0] = '*';
    return (void)f, *read > 100 ? result_of(RESULT_BUSY) : OK;
}
static bool count_one(void *context, const char *name) { return (void)name, ++*(uint32_t *)context, true; }
static void through_another_disk(void **unused) {
    (void)unused;
    struct disk *under = disk_simulated(12);
    struct fault f = {0};
    struct disk_file *file = NULL;
    uint64_t read = 0, size = 0;
    uint32_t names_there = 0;
    size_t got = 0;
    char room[200];
    struct disk_through t = {.under = under, .read = with_stars, .context = &read};
    struct disk *d = disk_through(&t);
    fixture_must(disk_open(under, "/a/b", DISK_WRITE, true, &file, &f), &f, "b");
    fixture_must(disk_write(file, 0, "hello", 5, &f), &f, "b");
    disk_close(file);
    assert_int_equal(disk_open(d, "/a/b", DISK_WRITE, false, &file, &f).code, RESULT_UNSUPPORTED);
    assert_int_equal(disk_open(d, "/a/b", DISK_READ, true, &file, &f).code, RESULT_UNSUPPORTED);
    assert_int_equal(disk_open(d, "/a/c", DISK_READ, false, &file, &f).code, RESULT_NOT_FOUND);
    assert_true(disk_exists(d, "/a/b") && !disk_exists(d, "/a/c"));
    fixture_must(disk_list(d, "/a", count_one, &names_there, &f), &f, "list");
    assert_int_equal(names_there, 1);
    fixture_must(disk_open(d, "/a/b", DISK_READ, false, &file, &f), &f, "b");
    fixture_must(disk_size(file, &size, &f), &f, "size");
    fixture_must(disk_read(file, 0, room, sizeof room, &got, &f), &f, "read");
    assert_true(size == 5 && got == 5 && memcmp(room, "*ello", 5) == 0);
    read = 99;
    assert_int_equal(disk_read(file, 0, room, sizeof room, &got, &f).code, RESULT_BUSY);
    disk_close(file);
    disk_simulated_free(under);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_good_log), cmocka_unit_test(bits_anywhere), cmocka_unit_test(sectors_and_files), cmocka_unit_test(hashes_that_are_not_there), cmocka_unit_test(the_last_batch), cmocka_unit_test(the_last_two),
                                       cmocka_unit_test(what_is_not_taken), cmocka_unit_test(a_checksum_is_not_enough), cmocka_unit_test(a_repair_fails_anywhere), cmocka_unit_test(every_read_fails),
                                       cmocka_unit_test(beside_the_journal), cmocka_unit_test(a_lost_end), cmocka_unit_test(what_is_kept_of_it), cmocka_unit_test(through_another_disk)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("scrub", tests, before, after);
}
