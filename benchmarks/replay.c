/* The Swiss day as fast as it goes: 139,098 positions enter as frames of a feed through node_submit, with notices over Switzerland on file.
 * The time that statements bear is the recording's; ticks come as they do in service, one for each second that really passes. Written
 * inline and by the writer's thread. Baselines: writes of as many bytes to a file written before, and SHA-256 over as many bytes in
 * messages of a part's length. Then recovery of the journal: entries a second, beside reading the same bytes from the disk, and against
 * the time that the journal took. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rand.h"
#include "bench.h"
#include "cli/track_file.h"

enum { RUNS = 2, NOTICES = 8, CHUNK = 1 << 20 };
struct bench {
    struct bench_log log;
    struct track_file file;
    struct arena tracks, arena;
    struct node *n;
    struct frame_position *positions;
    struct part *parts;
    char claims[512]; size_t claims_size;
    uint64_t ticket, waiting, refused, number;
    int64_t shift;           /* recorded time -> the log's */
    char dir[BENCH_PATH], data[BENCH_PATH + 8];
};
struct figures { double rate, seconds, bytes, disk, hashing; };

static void take_events(struct bench *b) {
    struct fault f = {0};
    struct node_event e;
    bench_must(node_poll(b->n, &f), &f, "poll");
    while (node_next(b->n, &e)) {
        if (e.kind != NODE_ANSWERED) continue;
        b->waiting--;
        if (e.sequenced == SEQUENCED_ORDERED && e.outcome->verdict == VERDICT_ACCEPTED) continue;
        if (b->refused++ == 0 && e.outcome != NULL) fprintf(stderr, "refused: %s %s\n", reason_name(e.outcome->reason), e.outcome->detail);
    }
}

/* After take_events: what it handed to the writer makes the descriptor readable. */
static void wait_for_writer(struct bench *b) {
    if (node_fd(b->n) >= 0) {
        struct pollfd p = {.fd = node_fd(b->n), .events = POLLIN};
        (void)poll(&p, 1, 1000);
    }
    take_events(b);
}

static void submit(struct bench *b, uint32_t count, instant now) {
    struct fault f = {0};
    result r;
    for (uint32_t i = 0; i < count; i++)
        if (b->parts[i].part_class != PART_SECTION) random_bytes(b->parts[i].salt, sizeof b->parts[i].salt);
    while ((r = node_submit(b->n, b->parts, count, now, ++b->ticket, &f)).code == RESULT_BUSY) take_events(b);
    bench_must(r, &f, "submit");
    b->waiting++;
}

static void tick(struct bench *b, instant now) {
    struct fault f = {0};
    bench_must(node_tick(b->n, now, 0, false, &f), &f, "tick");
}

/* --- what stands before the day begins --- */

static void say(struct bench *b, int party, enum statement_kind kind, const char *section, const char *to, struct text body) {
    struct composed said;
    bench_say(&b->log, party, kind, section, to, body, BENCH_START, &said);
    uint32_t count = compose_parts(&said, random_bytes, b->parts);
    submit(b, count, BENCH_START);
    take_events(b);
    while (b->waiting > 0) wait_for_writer(b);
}

static void prepare(struct bench *b, const char *name, bool inline_writer) {
    struct fault f = {0};
    char room[1024];
    bench_dir(name, b->dir);
    snprintf(b->data, sizeof b->data, "%s/log", b->dir);
    bench_must(disk_make_dir(disk_real(), b->data, &f), &f, b->data);
    bench_log_make(&b->log, b->data, &bench_capacity);
    bench_must(node_open(&(struct node_options){.dir = b->data, .inline_writer = inline_writer}, &b->n, NULL, &f), &f, "open");
    b->refused = b->waiting = b->number = 0;
    say(b, 1, KIND_FEED, "body", "log", TEXT("{\"feed\":\"adsb\",\"readers\":[\"log\"]}"));
    for (int i = 0; i < NOTICES; i++) {
        struct append body = append_fixed(room, sizeof room);
        bench_square(&body, "\"area\":\"BENCH\",\"category\":\"missile\",", 46.0 + 0.2 * i, 6.5 + 0.4 * i, 0.15,
                     BENCH_START + 7200 * INSTANT_SECOND * i, BENCH_START + 7200 * INSTANT_SECOND * (i + 2));
        say(b, 2, KIND_NOTICE, "public", "log", append_view(&body));
    }
    if (b->refused > 0) exit(1);
}

static void finish(struct bench *b) {
    node_close(b->n);
    arena_free(&b->log.arena);
    if (b->refused == 0) return;
    fprintf(stderr, "%llu frames were refused\n", (unsigned long long)b->refused);
    exit(1);
}

/* --- the day --- */

static bool next_frame(struct bench *b, uint32_t *at, uint32_t end, struct body_frame *out) {
    uint32_t taken;
    if (*at >= end) return false;
    *out = (struct body_frame){.number = ++b->number, .positions = b->positions};
    memcpy(out->feed.at, "adsb", 4);
    out->count = track_file_frame(&b->file, *at, b->positions, LIMIT_FRAME_AIRCRAFT, &taken);
    *at += taken;
    for (uint32_t i = 0; i < out->count; i++) {
        b->positions[i].time += b->shift;
        if (b->positions[i].time > out->time) out->time = b->positions[i].time;
    }
    return true;
}

/* With a tick for each second that really passes. */
static double replay(struct bench *b, uint32_t end) {
    struct body_frame frame;
    struct fault f = {0};
    uint32_t at = 0;
    double start = bench_now(), next = start;
    b->shift = BENCH_START + INSTANT_SECOND - b->file.points[0].time / INSTANT_SECOND * INSTANT_SECOND;
    while (next_frame(b, &at, end, &frame)) {
        uint32_t count;
        arena_reset(&b->arena);
        bench_must(decode_frame_parts(&b->arena, &frame, b->parts, LIMIT_FRAME_AIRCRAFT + 1, &count, &f), &f, "frame");
        b->parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = {b->claims, b->claims_size}};
        submit(b, count, frame.time);
        if (bench_now() >= next) {
            tick(b, frame.time);
            next += 1;
        }
        if (b->waiting >= 1024) take_events(b);
    }
    take_events(b);
    while (b->waiting > 0) wait_for_writer(b);
    return bench_now() - start;
}

/* --- baselines --- */

static double disk_seconds(const char *dir, uint64_t bytes) {
    char path[BENCH_PATH + 16];
    uint8_t *from = aligned_alloc(4096, CHUNK);
    snprintf(path, sizeof path, "%s/plain", dir);
    if (from == NULL) bench_die("memory");
    memset(from, 0x5a, CHUNK);
    double start = 0;
    for (int pass = 0; pass < 2; pass++) { /* the first one allocates */
        int fd = open(path, O_CREAT | O_WRONLY | O_DIRECT | (pass > 0 ? O_DSYNC : 0) | O_CLOEXEC, 0600);
        if (fd < 0) bench_die(path);
        start = bench_now();
        for (uint64_t at = 0; at < bytes; at += CHUNK)
            if (pwrite(fd, from, CHUNK, (off_t)at) != CHUNK) bench_die(path);
        if (pass == 0 && fsync(fd) != 0) bench_die(path);
        close(fd);
    }
    double spent = bench_now() - start;
    if (unlink(path) != 0) bench_die(path);
    free(from);
    return spent;
}

static double hash_seconds(uint64_t bytes) {
    enum { PART = 170 };
    uint8_t message[PART] = {0};
    double start = bench_now();
    for (uint64_t i = 0; i < bytes / PART; i++) {
        struct hash h = sha256_of(message, sizeof message);
        memcpy(message, h.bytes, 8);
    }
    return bench_now() - start;
}

static double read_seconds(const char *journal) {
    char command[BENCH_PATH + 64];
    (void)bench_drop_cache(journal);
    snprintf(command, sizeof command, "cat '%s'/*.seg > /dev/null", journal);
    double start = bench_now();
    if (system(command) != 0) bench_die("cat");
    return bench_now() - start;
}

static struct figures day(struct bench *b, bool inline_writer) {
    double rate[RUNS], seconds[RUNS], disk[RUNS], hashing[RUNS];
    struct figures g = {0};
    for (int i = 0; i < RUNS; i++) {
        struct node_numbers k;
        prepare(b, "day", inline_writer);
        seconds[i] = replay(b, b->file.count);
        rate[i] = b->file.count / seconds[i];
        node_numbers(b->n, &k);
        disk[i] = b->file.count / disk_seconds(b->dir, k.bytes_written);
        hashing[i] = b->file.count / hash_seconds(k.bytes_written);
        g.bytes = (double)k.bytes_written;
        finish(b);
        if (i < RUNS - 1) bench_remove(b->dir);
    }
    g.rate = bench_median(rate, RUNS);
    g.seconds = bench_median(seconds, RUNS);
    g.disk = bench_median(disk, RUNS);
    g.hashing = bench_median(hashing, RUNS);
    return g;
}

static void print_day(const char *name, const struct figures *g) {
    bench_print(name, g->rate, "positions/s", g->disk < g->hashing ? "lower: disk" : "lower: hashing", g->disk < g->hashing ? g->disk : g->hashing);
    bench_print(name, g->rate, "positions/s", "disk O_DIRECT|O_DSYNC", g->disk);
    bench_print(name, g->rate, "positions/s", "hashing SHA-256", g->hashing);
}

static void recover(struct bench *b, const char *name, double taken) {
    double entries[RUNS], reading[RUNS], recovering[RUNS], span = 0, records = 0;
    char journal[BENCH_PATH + 32], line[64];
    snprintf(journal, sizeof journal, "%s/journal", b->data);
    for (int i = 0; i < RUNS; i++) {
        struct node_report report;
        struct node *n = NULL;
        struct fault f = {0};
        reading[i] = read_seconds(journal);
        (void)bench_drop_cache(journal);
        double start = bench_now();
        bench_must(node_open(&(struct node_options){.dir = b->data, .inline_writer = true}, &n, &report, &f), &f, "recovery");
        recovering[i] = bench_now() - start;
        node_close(n);
        records = (double)(report.records + report.ticks);
        span = (double)(report.last - report.first) / 1e9;
        entries[i] = records / recovering[i];
    }
    double spent = bench_median(recovering, RUNS);
    snprintf(line, sizeof line, "recovery.%s", name);
    bench_print(line, bench_median(entries, RUNS), "entries/s", "reading the same bytes", records / bench_median(reading, RUNS));
    bench_print(line, span / spent, "x real time", "at the rate of the recording", 1);
    bench_print(line, taken / spent, "x as taken", "as taken, as fast as it goes", 1);
}

int main(void) {
    struct bench *b = bench_room(sizeof *b);
    const char *shared = getenv("PARLEY_SHARED");
    char path[BENCH_PATH];
    struct fault f = {0};
    struct name party = {"aramoor"}, key = {"root"};
    snprintf(path, sizeof path, "%s/data/tracks/switzerland.json.gz", shared != NULL ? shared : "../shared");
    if (access(path, R_OK) != 0) {
        bench_skip("day", "the recording is not there (PARLEY_SHARED names the directory that holds data/tracks)");
        return 0;
    }
    arena_growing(&b->tracks, (size_t)1 << 30);
    arena_growing(&b->arena, (size_t)1 << 30);
    bench_must(track_file_read(path, &b->tracks, &b->file, &f), &f, path);
    b->positions = bench_room(LIMIT_FRAME_AIRCRAFT * sizeof *b->positions);
    b->parts = bench_room((LIMIT_FRAME_AIRCRAFT + 8) * sizeof *b->parts);
    struct append claims = append_fixed(b->claims, sizeof b->claims);
    decode_claims_render(&party, &key, (struct text){NULL, 0}, &claims);
    b->claims_size = claims.size;
    struct figures g = day(b, true);
    print_day("day.inline", &g);
    bench_remove(b->dir);
    g = day(b, false);
    print_day("day.threaded", &g);
    recover(b, "day", g.seconds);
    bench_remove(b->dir);
    arena_free(&b->tracks);
    arena_free(&b->arena);
    free(b->positions);
    free(b->parts);
    free(b);
    return 0;
}
