/* Journal append at 500 bytes: the writer's whole work on records whose payload is 500 bytes (parts with salts, as they stand on
 * disk): part hashes, record trees, stream trees, journal segments, places. Beside it
 *   the disk: the same payload and log extents as O_DIRECT|O_DSYNC writes into a file that was written before;
 *   hashing: SHA-256 over messages of the same lengths as the same parts, commitments, leaves and tree nodes.
 * Batches of several sizes: under load a node's batch holds what came while the one before was written. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rand.h"
#include "bench.h"
#include "log/node_private.h"

enum { PAYLOAD = 500, PARTS = 5, SEGMENT_COPY = 1 << 20 };
struct piece { uint8_t part_class; const char *name; size_t bytes; };
/* 500 bytes: 4 + sum(7 + name + 32 + bytes). */
static const struct piece shapes[PARTS] = {
    {PART_REQUEST, "request", 79}, {PART_SECTION, "body", 62}, {PART_OUTCOME, "outcome", 59}, {PART_CLAIMS, "claims", 36}, {PART_ORDER, "order", 36}};

struct bench {
    struct node *n;
    struct batch batch;
    size_t count;            /* records of a batch */
    size_t log_bytes, pay_bytes; /* that a batch wrote */
    uint64_t place;
    char path[BENCH_PATH];
    uint8_t *message;
};

static void put_record(struct bench *b) {
    struct batch *at = &b->batch;
    size_t from = at->payload.size;
    char bytes[128];
    memset(bytes, 'x', sizeof bytes);
    record_put_count(&at->payload, PARTS);
    for (int i = 0; i < PARTS; i++) {
        struct part p = {.part_class = shapes[i].part_class, .name = text_of(shapes[i].name), .bytes = {bytes, shapes[i].bytes}};
        random_bytes(p.salt, sizeof p.salt);
        record_put_part(&at->payload, &p);
    }
    struct made *m = &at->made[at->made_count++];
    *m = (struct made){.party = 1, .has_commit = true, .place = b->place, .time = BENCH_START, .at = from,
                       .size = at->payload.size - from};
    b->place++;
    random_bytes(m->commit, sizeof m->commit);
    if (m->size != PAYLOAD) {
        fprintf(stderr, "a record of %zu bytes\n", m->size);
        exit(1);
    }
}

/* The bytes stay the same from batch to batch, only places go on. */
static void fill(struct bench *b) {
    if (b->batch.made_count != b->count) {
        append_reset(&b->batch.payload);
        b->batch.made_count = 0;
        for (size_t i = 0; i < b->count; i++) put_record(b);
        b->place -= b->count;
    }
    for (size_t i = 0; i < b->count; i++) {
        b->batch.made[i].place = b->place++;
        b->batch.made[i].order = b->place;
    }
    b->batch.order = b->batch.sequencer = b->place;
}

/* Seconds that the writer takes for `batches` of them. */
static double append_batches(struct bench *b, unsigned batches) {
    double spent = 0;
    struct fault f = {0};
    for (unsigned i = 0; i < batches; i++) {
        fill(b);
        double start = bench_now();
        bench_must(node_write_batch(b->n, &b->batch, &f), &f, "write");
        spent += bench_now() - start;
    }
    b->pay_bytes = (b->batch.payload.size + 511) / 512 * 512;
    b->log_bytes = b->batch.bytes - b->pay_bytes;
    return spent;
}

/* --- the disk --- */

static size_t blocks(size_t size) { return (size + 4095) / 4096 * 4096; }

static int preallocate(const char *path, size_t bytes, const uint8_t *from) {
    int fd = open(path, O_CREAT | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
    if (fd < 0) bench_die(path);
    for (size_t at = 0; at < bytes; at += SEGMENT_COPY)
        if (pwrite(fd, from, SEGMENT_COPY, (off_t)at) != SEGMENT_COPY) bench_die(path);
    if (fsync(fd) != 0) bench_die(path);
    close(fd);
    fd = open(path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
    if (fd < 0) bench_die(path);
    return fd;
}

static void write_out(int fd, const uint8_t *from, size_t size, off_t at) {
    while (size > 0) { /* one write is at most 2 GiB */
        ssize_t done = pwrite(fd, from, size, at);
        if (done <= 0) bench_die("write");
        from += done, at += done, size -= (size_t)done;
    }
}

static double disk_batches(const struct bench *b, unsigned batches) {
    char path[BENCH_PATH + 16];
    size_t pay = blocks(b->pay_bytes), log = blocks(b->log_bytes), each = pay + log, room = each * batches + SEGMENT_COPY;
    uint8_t *from = aligned_alloc(4096, each > SEGMENT_COPY ? each : SEGMENT_COPY);
    if (from == NULL) bench_die("memory");
    memset(from, 0x5a, each > SEGMENT_COPY ? each : SEGMENT_COPY);
    snprintf(path, sizeof path, "%s/plain", b->path);
    int fd = preallocate(path, room / SEGMENT_COPY * SEGMENT_COPY + SEGMENT_COPY, from);
    double start = bench_now();
    for (unsigned i = 0; i < batches; i++) {
        write_out(fd, from, pay, (off_t)(each * i));
        write_out(fd, from, log, (off_t)(each * i + pay));
    }
    double spent = bench_now() - start;
    close(fd);
    if (unlink(path) != 0) bench_die(path);
    free(from);
    return spent;
}

/* --- hashing --- */

static uint8_t sink;
static void hash(struct bench *b, size_t size) {
    struct hash h = sha256_of(b->message, size);
    b->message[0] = h.bytes[0];
    sink ^= h.bytes[1];
}

static double hash_batches(struct bench *b, unsigned batches) {
    enum { PART_HEAD = 1 + 14 + 1 + 32 + 32 + 1 + 8, COMMIT = 1 + 16 + 32, LEAF = 191, NODE = 65 };
    unsigned leaves = PARTS - 1 + LIMIT_SECTIONS;
    double start = bench_now();
    for (size_t i = 0; i < b->count * batches; i++) {
        for (int p = 0; p < PARTS; p++) /* a section's hash came with the statement */
            if (shapes[p].part_class != PART_SECTION) hash(b, PART_HEAD + strlen(shapes[p].name) + shapes[p].bytes);
        for (int c = 0; c < LIMIT_SECTIONS; c++) hash(b, COMMIT);
        for (unsigned k = 1; k < leaves; k++) hash(b, NODE);
        hash(b, LEAF);
        hash(b, NODE); /* of the stream: one more for each leaf */
    }
    return bench_now() - start;
}

static void measure(struct bench *b, size_t count, unsigned batches) {
    double append[BENCH_RUNS], disk[BENCH_RUNS], hashing[BENCH_RUNS];
    char name[64];
    b->count = count;
    b->batch.made = realloc(b->batch.made, count * sizeof *b->batch.made);
    if (b->batch.made == NULL) bench_die("memory");
    for (unsigned i = 0; i < BENCH_RUNS; i++) {
        double entries = (double)(count * batches);
        append[i] = entries / append_batches(b, batches);
        disk[i] = entries / disk_batches(b, batches);
        hashing[i] = entries / hash_batches(b, batches);
    }
    double a = bench_median(append, BENCH_RUNS), d = bench_median(disk, BENCH_RUNS), h = bench_median(hashing, BENCH_RUNS);
    snprintf(name, sizeof name, "journal.append.%zu", count);
    bench_print(name, a, "entries/s", d < h ? "lower: disk" : "lower: hashing", d < h ? d : h);
    bench_print(name, a, "entries/s", "disk O_DIRECT|O_DSYNC", d);
    bench_print(name, a, "entries/s", "hashing SHA-256", h);
    bench_print(name, a * PAYLOAD / 1e6, "MB/s payload", "disk O_DIRECT|O_DSYNC", d * PAYLOAD / 1e6);
}

int main(void) {
    struct bench b = {.message = bench_room(4096)};
    struct bench_log *log = bench_room(sizeof *log);
    struct fault f = {0};
    char dir[BENCH_PATH + 8];
    bench_dir("journal", b.path);
    snprintf(dir, sizeof dir, "%s/log", b.path);
    if (strlen(dir) >= LIMIT_PATH) bench_die(dir);
    bench_must(disk_make_dir(disk_real(), dir, &f), &f, dir);
    bench_log_make(log, dir, &bench_capacity);
    bench_must(node_open(&(struct node_options){.dir = dir, .inline_writer = true}, &b.n, NULL, &f), &f, "open");
    b.batch.payload = append_growing((size_t)1 << 30);
    measure(&b, 128, 64);
    measure(&b, 4096, 8);
    measure(&b, LIMIT_BATCH_BYTES / PAYLOAD, 1);
    node_close(b.n);
    append_free(&b.batch.payload);
    free(b.batch.made);
    free(b.message);
    arena_free(&log->arena);
    free(log);
    bench_remove(b.path);
    return sink == 0 ? 0 : 0;
}
