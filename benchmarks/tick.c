/* What it costs to seal a tick over 4096 slots, 16 of them used: slots, tree, leaf. Baseline: the same messages bare (two
 * blocks for each slot's HMAC, one or more for the slot, one node of 65 bytes for each inner node). */
#include <string.h>

#include "base/rand.h"
#include "bench.h"
#include "log/merkle.h"
#include "log/stream.h"

enum { LOG2 = 12, WIDTH = 1 << LOG2, PARTIES = 16, TICKS = 100 };

static double seal(struct streams *s, struct hash *slots, uint64_t *sizes, uint64_t *tick) {
    struct fault f = {0};
    double start = bench_cpu();
    for (int i = 0; i < TICKS; i++) {
        streams_slots(s, ++*tick, PARTIES, slots, sizes);
        struct stream_tick leaf = {*tick, BENCH_START, merkle_perfect(slots, LOG2), *tick};
        bench_must(streams_tick(s, &leaf, &f), &f, "tick");
    }
    return (bench_cpu() - start) / TICKS;
}

static double bare(void) {
    uint8_t message[65] = {1};
    double start = bench_cpu();
    for (int i = 0; i < TICKS; i++) {
        for (int k = 0; k < 2 * WIDTH + 2 * PARTIES; k++) {
            struct hash h = sha256_of(message, 55); /* one block */
            memcpy(message, h.bytes, 32);
        }
        for (int k = 1; k < WIDTH; k++) {
            struct hash h = sha256_of(message, 65);
            memcpy(message, h.bytes, 32);
        }
    }
    return (bench_cpu() - start) / TICKS;
}

int main(void) {
    char path[BENCH_PATH];
    struct streams *s = NULL;
    struct fault f = {0};
    uint64_t tick = 0, *sizes = bench_room(WIDTH * sizeof *sizes);
    struct hash *slots = bench_room(WIDTH * sizeof *slots);
    uint8_t *blinds = bench_room(32 * (WIDTH + 1));
    double sealing[BENCH_RUNS], hashing[BENCH_RUNS];
    random_bytes(blinds, 32 * (WIDTH + 1));
    bench_dir("tick", path);
    bench_must(streams_new(disk_real(), path, LOG2, blinds, &s, &f), &f, "streams");
    for (uint16_t p = 0; p < PARTIES; p++) bench_must(streams_leaf(s, p, BENCH_START, 2, &(struct hash){{1}}, &f), &f, "leaf");
    for (int i = 0; i < BENCH_RUNS; i++) sealing[i] = seal(s, slots, sizes, &tick), hashing[i] = bare();
    bench_print("hash.tick.4096", 1 / bench_median(sealing, BENCH_RUNS), "ticks/s", "bare, same messages", 1 / bench_median(hashing, BENCH_RUNS));
    streams_free(s);
    bench_remove(path);
    return 0;
}
