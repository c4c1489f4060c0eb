/* A day that was lived once, and its log made again in segments of some kilobytes, as far as any batch of it: for tests of what reads and copies journals. */
#ifndef PARLEY_TEST_LOG_GROWN_H
#define PARLEY_TEST_LOG_GROWN_H

#include "fixture.h"

#include "log/journal_private.h"

#include <cmocka.h>

enum { SMALL_SEGMENT = 8 * 1024 };
static struct fixture script;
static struct disk *lived;                       /* /log: the whole day */
static struct hash digests[4 * FIXTURE_STEPS];   /* behind each batch of it */
static uint64_t batches;

static inline result opened_as(struct disk *d, const char *dir, bool check, struct node **n, struct node_report *report, struct fault *f) {
    struct node_options o = {.dir = dir, .disk = d, .random = fixture_random, .inline_writer = true, .verify_signatures = check, .read_only = check};
    return node_open(&o, n, report, f);
}
static inline void steps(struct node *n, uint32_t from, uint32_t to) {
    struct fault f = {0};
    struct node_event e;
    for (uint32_t i = from; i < to; i++) {
        const struct step_script *s = &script.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
        digests[node_batch(n)] = state_digest(node_state(n));
    }
}
static inline struct node *created(struct disk *d, const char *dir) {
    struct fault f = {0};
    struct node *n = NULL;
    fixture_must(node_create(d, dir, script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    fixture_must(opened_as(d, dir, false, &n, NULL, &f), &f, "open");
    return n;
}
static inline int before(void **state) {
    (void)state;
    fixture_make(&script);
    lived = disk_simulated(1);
    struct node *n = created(lived, "/log");
    steps(n, 0, script.count);
    batches = node_batch(n);
    node_close(n);
    return 0;
}
static inline int after(void **state) {
    (void)state;
    disk_simulated_free(lived);
    arena_free(&script.arena);
    return 0;
}

/* --- the same log in segments of some kilobytes, as far as batch number `to` --- */

static inline void copy_file(struct disk *from, struct disk *to, const char *path) {
    static char room[1 << 20];
    struct disk_file *in = NULL, *out = NULL;
    struct fault f = {0};
    size_t got = 0;
    fixture_must(disk_open(from, path, DISK_READ, false, &in, &f), &f, path);
    fixture_must(disk_read(in, 0, room, sizeof room, &got, &f), &f, path);
    fixture_must(disk_open(to, path, DISK_WRITE, true, &out, &f), &f, path);
    fixture_must(disk_write(out, 0, room, got, &f), &f, path);
    fixture_must(disk_sync(out, &f), &f, path);
    fixture_must(disk_sync_dir(to, "/log", &f), &f, path);
    disk_close(in);
    disk_close(out);
}
static inline void append_batch(struct journal *j, struct journal *source, struct journal_batch *b) {
    struct fault f = {0};
    struct segment_place log, pay;
    static struct hash hashes[1000];
    journal_begin(j);
    for (bool end = false;;) {
        struct journal_entry e;
        fixture_must(journal_entry(source, b, &e, &end, &f), &f, "entry");
        if (end) break;
        if (e.tick) {
            journal_put_tick(j, &e);
            continue;
        }
        assert_true(e.hash_count <= 1000);
        memcpy(hashes, e.hashes, e.hash_count * sizeof hashes[0]);
        (void)journal_put_record(j, &e, hashes, (struct text){b->payload.at + e.payload_at, (size_t)e.payload_size});
    }
    fixture_must(journal_commit(j, b->sequencer, b->payload, &log, &pay, &f), &f, "commit");
}
static inline void grow(struct disk *d, uint64_t to) {
    struct fault f = {0};
    struct journal *source = NULL, *j = NULL;
    struct journal_batch b;
    bool end = false;
    if (!disk_exists(d, "/log/genesis")) {
        static const char *const names[] = {"/log/log.key", "/log/receipt.key", "/log/blinds", "/log/checkpoint", "/log/genesis"};
        for (size_t i = 0; i < 5; i++) copy_file(lived, d, names[i]);
    }
    fixture_must(journal_open(d, "/log/journal", &script.log, SMALL_SEGMENT, &j, &f), &f, "journal");
    while (!end) fixture_must(journal_next(j, &b, &end, &f), &f, "next");
    fixture_must(journal_continue(j, &f), &f, "continue");
    fixture_must(journal_open(lived, "/log/journal", &script.log, LIMIT_SEGMENT_BYTES, &source, &f), &f, "journal");
    end = false;
    while (journal_number(source) < to) {
        fixture_must(journal_next(source, &b, &end, &f), &f, "next");
        assert_false(end);
        if (b.number > journal_number(j)) append_batch(j, source, &b);
    }
    journal_close(source);
    journal_close(j);
    assert_true(disk_exists(d, "/log/checkpoint"));
}
/* Without the last checkpoint, which is ahead of what is grown. */
static inline struct disk *grown(uint64_t seed, uint64_t to) {
    static const char zeros[8192];
    struct disk *d = disk_simulated(seed);
    struct disk_file *file = NULL;
    struct fault f = {0};
    grow(d, to);
    fixture_must(disk_open(d, "/log/checkpoint", DISK_WRITE, false, &file, &f), &f, "checkpoint");
    fixture_must(disk_write(file, 0, zeros, sizeof zeros, &f), &f, "checkpoint");
    fixture_must(disk_sync(file, &f), &f, "checkpoint");
    disk_close(file);
    return d;
}

/* Checked whole; which batch it ends with. */
static inline uint64_t whole(struct disk *d, const char *dir) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_report report = {0};
    fixture_must(opened_as(d, dir, true, &n, &report, &f), &f, dir);
    uint64_t batch = node_batch(n);
    struct hash digest = state_digest(node_state(n));
    assert_true(batch <= batches);
    if (batch > 0) assert_true(hash_equal(&digest, &digests[batch]));
    assert_int_equal(report.snapshots_passed, 0);
    node_close(n);
    return batch;
}
/* --- sums of what stands in a directory --- */

struct summing { struct disk *d; const char *dir; uint64_t sum; };
static inline bool sum_one(void *context, const char *name) {
    static uint8_t room[1 << 20];
    struct summing *s = context;
    char path[LIMIT_PATH];
    struct disk_file *file = NULL;
    struct fault f = {0};
    size_t got = 0;
    uint64_t h = 14695981039346656037u;
    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    fixture_must(disk_open(s->d, path, DISK_READ, false, &file, &f), &f, path);
    fixture_must(disk_read(file, 0, room, sizeof room, &got, &f), &f, path);
    disk_close(file);
    for (const char *c = name; *c != '\0'; c++) h = (h ^ (uint8_t)*c) * 1099511628211u;
    for (size_t i = 0; i < got; i++) h = (h ^ room[i]) * 1099511628211u;
    s->sum += (h ^ got) * 1099511628211u;
    return true;
}
static inline uint64_t files_sum(struct disk *d, const char *dir) {
    struct summing s = {d, dir, 0};
    struct fault f = {0};
    fixture_must(disk_list(d, dir, sum_one, &s, &f), &f, dir);
    return s.sum;
}

#endif
