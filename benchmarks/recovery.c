/* A start from a snapshot beside reading the same bytes from disk: a state of so many tracks and live volumes is written, its pages are dropped, it is
 * read plainly and loaded. The loaded one must have the digest of the one that was saved (else the program ends). */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "log/snapshot.h"
#include "restart.h"
#include "sky.h"

enum { WARM = 61 }; /* seconds until every aircraft is there */
static struct capacity room_for(uint32_t n) {
    struct capacity c = bench_capacity;
    c.parties = 3;
    c.feeds = c.areas = 3 * 16;
    c.notices = c.volumes = 3 * (n + n / 4 + 100);
    c.vertices = 16 * c.volumes;
    c.flights = 48;
    c.recent = 3 * (n + n / 4 + 10000);
    c.tracks = 3 * (n / 10 * 6 + TRAFFIC_PER_FEED);
    c.alerts = 9 * (n / 10 * 3 + 10000);
    return c;
}
static double plain_read(struct disk *d, const char *path, uint64_t *bytes) {
    static uint8_t room[1 << 20];
    struct fault f = {0};
    struct disk_file *file = NULL;
    size_t got = 1;
    double began = bench_now();
    bench_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, path);
    for (*bytes = 0; got > 0; *bytes += got) bench_must(disk_read(file, *bytes, room, sizeof room, &got, &f), &f, path);
    disk_close(file);
    return bench_now() - began;
}
static void load(uint32_t n, struct sky *k, const struct capacity *c, const char *dir, const struct snapshot_head *head, uint64_t rows) {
    struct fault f = {0};
    struct arena decoded, memory = {0};
    struct statement genesis;
    struct state *st = NULL;
    char name[64], path[BENCH_PATH + 32];
    size_t room = 0;
    uint64_t bytes = 0;
    arena_growing(&decoded, (size_t)1 << 28);
    struct decoder d = {.json = k->json, .arena = &decoded};
    bench_must(decode_genesis(&d, k->log.genesis, false, &genesis, &f), &f, "genesis");
    snprintf(path, sizeof path, "%s/%020llu", dir, (unsigned long long)head->order);
    (void)bench_drop_cache(dir);
    double raw = plain_read(disk_real(), path, &bytes);
    (void)bench_drop_cache(dir);
    bench_must(state_memory(c, &room, &f), &f, "memory");
    double began = bench_now();
    if (!arena_take(&memory, room)) bench_die("memory");
    bench_must(snapshot_load(disk_real(), dir, head, &memory, &genesis, &st, &f), &f, "load");
    double took = bench_now() - began;
    began = bench_now();
    (void)state_digest(st);
    double digest = bench_now() - began;
    printf("# %llu rows, %.1f MB; loaded in %.3f s, of which the digest %.3f; read in %.3f\n", (unsigned long long)rows, (double)bytes / 1e6, took, digest, raw);
    snprintf(name, sizeof name, "recovery.%u.load", n);
    bench_print(name, (double)rows / took, "rows/s", "the same bytes read from disk", (double)rows / raw);
    arena_free(&memory);
    arena_free(&decoded);
}
static void measure(uint32_t n) {
    struct sky *k = bench_room(sizeof *k);
    struct capacity c = room_for(n);
    struct traffic *t = traffic_new(n, n, false);
    struct fault f = {0};
    char dir[BENCH_PATH], name[64];
    sky_open(k, &c);
    sky_areas(k);
    sky_feeds(k, traffic_feeds(t));
    sky_notices(k, n);
    for (int s = 0; s < WARM; s++) sky_second(k, t);
    bench_dir("recovery", dir);
    struct snapshot_head head = {.log = *state_log(k->st), .order = state_order(k->st)};
    uint64_t rows = (uint64_t)k->st->tracks.used + k->st->volumes.used + k->st->notices.used + k->st->alerts.used + k->st->dues.used + k->st->recent.used;
    double began = bench_now();
    bench_must(snapshot_write(disk_real(), dir, &head, k->st, &f), &f, "write");
    double took = bench_now() - began;
    printf("# %u tracks, %u volumes, %u notices, %u alerts, %u dues, %u recent statements: written in %.3f s\n", k->st->tracks.used, k->st->volumes.used, k->st->notices.used,
           k->st->alerts.used, k->st->dues.used, k->st->recent.used, took);
    snprintf(name, sizeof name, "recovery.%u.bytes", n);
    bench_print(name, (double)head.bytes / (double)rows, "bytes/row", "in memory", (double)(k->st->tracks.each * k->st->tracks.used + k->st->notices.each * k->st->notices.used +
                k->st->volumes.each * k->st->volumes.used) / (double)rows);
    load(n, k, &c, dir, &head, rows);
    bench_remove(dir);
    traffic_free(t);
    sky_close(k);
    free(k);
}
/* bench_recovery [SIZE [RECORDS]]: states of SIZE tracks and volumes, a log of RECORDS records, 0: none; else of 10^4 and 10^5. PARLEY_BENCH_RECOVERY is the
 * SIZE and RECORDS of ./bench recovery. */
int main(int argc, char **argv) {
    uint32_t given = bench_size("PARLEY_BENCH_RECOVERY", 100, 10000000, 0);
    uint32_t most = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : given > 0 ? given : 100000;
    uint32_t records = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : most;
    bool one = argc > 1 || given > 0;
    for (uint32_t n = one && records > 0 ? records : 10000; n <= records; n *= 10) restart_length(n);
    for (uint32_t n = one && most > 0 ? most : 10000; n <= most; n *= 10) restart_large(n);
    for (uint32_t n = 10000; n <= most && most <= 100000; n *= 10) measure(n); /* of 10^6 with alerts the memory is over 15 GB: each party may hold a third */
    return 0;
}
