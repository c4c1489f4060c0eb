/* A server's node with so many live tracks, a message every few milliseconds and a tick a second: how long one call of the loop takes, and how long a
 * message waits until it is durable, while a keeper (the server's own, door/keeper.c) writes snapshots all the time, beside the same without one. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rand.h"
#include "bench.h"
#include "door/keeper.h"

enum { SECONDS = 24 /* fewer than after which a track is silent */, EVERY = 3, PER_FRAME = 50000, MESSAGES = 1 << 20 };
struct bench {
    struct bench_log log;
    struct node *n;
    struct keeper keeper;
    struct arena arena;
    struct part *parts;
    char dir[BENCH_PATH], data[BENCH_PATH + 8];
    uint64_t ticket, out;
    double call, *said, *waited; /* the longest call, in CPU time of the loop's thread: what else runs on the machine is no pause of its own; per ticket */
    uint64_t first, count;
};

static double loop_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static void turn(struct bench *b) {
    struct fault f = {0};
    struct node_event e;
    double began = loop_now();
    bench_must(node_poll(b->n, &f), &f, "poll");
    double took = loop_now() - began;
    if (took > b->call) b->call = took;
    while (node_next(b->n, &e)) {
        if (e.kind != NODE_ANSWERED) continue;
        b->out--;
        if (e.sequenced != SEQUENCED_ORDERED || e.outcome->verdict != VERDICT_ACCEPTED) { fprintf(stderr, "refused: %s %s\n", e.outcome ? reason_name(e.outcome->reason) : "", e.outcome ? e.outcome->detail : ""); exit(1); }
        if (e.ticket > b->first && b->count < MESSAGES) b->waited[b->count++] = bench_now() - b->said[e.ticket % MESSAGES];
    }
}
static void submit(struct bench *b, uint32_t count, instant now) {
    struct fault f = {0};
    for (uint32_t i = 0; i < count; i++)
        if (b->parts[i].part_class != PART_SECTION) random_bytes(b->parts[i].salt, sizeof b->parts[i].salt);
    b->said[(b->ticket + 1) % MESSAGES] = bench_now();
    bench_must(node_submit(b->n, b->parts, count, now, ++b->ticket, &f), &f, "submit");
    b->out++;
}
static void settle(struct bench *b) {
    while (b->out > 0) {
        struct pollfd p = {.fd = node_fd(b->n), .events = POLLIN};
        turn(b);
        (void)poll(&p, 1, 10);
    }
}
static void say(struct bench *b, int party, enum statement_kind kind, struct text body, instant now) {
    struct composed said;
    bench_say(&b->log, party, kind, "body", "", body, now, &said);
    submit(b, compose_parts(&said, random_bytes, b->parts), now);
}
static void frames(struct bench *b, uint32_t tracks) {
    struct frame_position *at = bench_room(PER_FRAME * sizeof *at);
    struct fault f = {0};
    char names[PER_FRAME][8], body[64], room[256];
    for (uint32_t feed = 0; feed * PER_FRAME < tracks; feed++) {
        struct body_frame frame = {.number = 1, .time = BENCH_START, .positions = at, .count = PER_FRAME};
        struct append claims = append_fixed(room, sizeof room);
        struct name party = {{0}}, key = {"root"};
        uint32_t count;
        arena_reset(&b->log.arena);
        snprintf(body, sizeof body, "{\"feed\":\"f%u\",\"readers\":[]}", feed);
        say(b, 1 + (int)(feed % 2), KIND_FEED, text_of(body), BENCH_START);
        settle(b);
        snprintf(frame.feed.at, sizeof frame.feed.at, "f%u", feed);
        for (uint32_t i = 0; i < PER_FRAME; i++) {
            snprintf(names[i], sizeof names[i], "%06x", i + 1);
            at[i] = (struct frame_position){.identity = text_of(names[i]), .time = BENCH_START, .speed_cms = 20000, .track_mdeg = 90000, .uncertainty_cm = 5000};
            at[i].at = (struct position){(int32_t)(bench_draw(&b->first) % 1200000000) - 600000000, (int32_t)(bench_draw(&b->first) % 3600000000u - 1800000000u)};
        }
        arena_reset(&b->arena);
        bench_must(decode_frame_parts(&b->arena, &frame, b->parts, PER_FRAME + 1, &count, &f), &f, "frame");
        memcpy(party.at, bench_parties[1 + feed % 2], strlen(bench_parties[1 + feed % 2]));
        decode_claims_render(&party, &key, (struct text){NULL, 0}, &claims);
        b->parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
        submit(b, count, BENCH_START);
        settle(b);
    }
    free(at);
}
static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct found { double call, p50, p99, most, writing; uint64_t snapshots, bytes; };
static struct found measure(struct bench *b, uint32_t tracks, bool kept) {
    struct capacity c = bench_capacity;
    struct fault f = {0};
    c.parties = 3;
    c.tracks = 3 * (tracks / 2 + PER_FRAME);
    c.feeds = c.areas = 3 * 16;
    c.notices = c.volumes = c.flights = 3 * 1000;
    c.vertices = 16 * c.volumes;
    c.alerts = 9 * 1000;
    c.recent = 3 * 100000;
    bench_dir("keeper", b->dir);
    snprintf(b->data, sizeof b->data, "%s/log", b->dir);
    bench_must(disk_make_dir(disk_real(), b->data, &f), &f, b->data);
    bench_log_make(&b->log, b->data, &c);
    keeper_start(&b->keeper, &(struct server_options){.dir = b->data, .no_keeper = !kept});
    bench_must(node_open(&(struct node_options){.dir = b->data, .snapshot_ticks = kept ? EVERY : 0}, &b->n, NULL, &f), &f, "open");
    keeper_begin(&b->keeper, b->n);
    b->out = b->ticket = b->first = 0;
    frames(b, tracks);
    for (double until = bench_now() + 600; kept && b->keeper.batch + 1 < node_batch(b->n) && bench_now() < until; settle(b)) keeper_turn(&b->keeper, b->n);
    b->first = b->ticket;
    b->count = 0;
    b->call = 0;
    double began = bench_now(), second = began;
    for (instant now = BENCH_START; bench_now() < began + SECONDS;) {
        struct pollfd p = {.fd = node_fd(b->n), .events = POLLIN};
        now = BENCH_START + (instant)((bench_now() - began) * 1e9);
        arena_reset(&b->log.arena);
        say(b, 1, KIND_MESSAGE, TEXT("{\"text\":\"a word\"}"), now);
        turn(b);
        (void)poll(&p, 1, 4);
        turn(b);
        if (bench_now() < second) continue;
        second += 1;
        double before = loop_now();
        bench_must(node_tick(b->n, now, 0, false, &f), &f, "tick");
        keeper_turn(&b->keeper, b->n);
        if (loop_now() - before > b->call) b->call = loop_now() - before;
    }
    settle(b);
    struct node_numbers k;
    node_numbers(b->n, &k);
    qsort(b->waited, b->count, sizeof *b->waited, by_size);
    struct found x = {b->call, b->waited[b->count / 2], b->waited[b->count * 99 / 100], b->waited[b->count - 1], (double)b->keeper.longest_ns / 1e9, k.snapshots, k.snapshot_bytes};
    (void)keeper_end(&b->keeper, 60000);
    node_close(b->n);
    arena_free(&b->log.arena);
    bench_remove(b->dir);
    return x;
}

int main(int argc, char **argv) {
    static struct bench b;
    uint32_t tracks = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 200000;
    char name[64];
    signal(SIGPIPE, SIG_IGN);
    arena_growing(&b.arena, (size_t)1 << 28);
    b.parts = bench_room((PER_FRAME + 8) * sizeof *b.parts);
    b.said = bench_room(MESSAGES * sizeof *b.said);
    b.waited = bench_room(MESSAGES * sizeof *b.waited);
    struct found without = measure(&b, tracks, false), with = measure(&b, tracks, true);
    printf("# %u tracks: %llu snapshots of %.0f MB, %.1f s each at most\n", tracks, (unsigned long long)with.snapshots, (double)with.bytes / 1e6, with.writing);
    if (with.snapshots == 0) bench_die("no snapshot was written");
    const struct { const char *what; double with, without; } rows[] = {{"call", with.call, without.call}, {"durable-p50", with.p50, without.p50},
                                                                       {"durable-p99", with.p99, without.p99}, {"durable-most", with.most, without.most}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(name, sizeof name, "keeper.%u.%s", tracks, rows[i].what);
        bench_print(name, rows[i].with * 1e3, "ms", "without a keeper", rows[i].without * 1e3);
    }
    return 0;
}
