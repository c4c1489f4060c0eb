/* SHA-256 as the log uses it: a tree node of 65 bytes, a part of 170, and long texts. Baseline: bytes of the longest. */
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "bench.h"

static uint8_t room[1 << 20];

static double rate(size_t size, unsigned count) {
    double runs[BENCH_RUNS];
    for (unsigned r = 0; r < BENCH_RUNS; r++) {
        double start = bench_now();
        for (unsigned i = 0; i < count; i++) {
            struct hash h = sha256_of(room, size);
            memcpy(room, h.bytes, 8); /* each waits for the one before, as nodes of a tree mostly do */
        }
        runs[r] = count / (bench_now() - start);
    }
    return bench_median(runs, BENCH_RUNS);
}

int main(void) {
    double longest = rate(sizeof room, 100) * (double)sizeof room / 1e6;
    bench_print("hash.node.65", rate(65, 500000), "hashes/s", "blocks of long text / 2", longest * 1e6 / 64 / 2);
    bench_print("hash.part.170", rate(170, 300000), "hashes/s", "blocks of long text / 3", longest * 1e6 / 64 / 3);
    bench_print("hash.text.4096", rate(4096, 20000) * 4096 / 1e6, "MB/s", "text of 1 MiB", longest);
    return 0;
}
