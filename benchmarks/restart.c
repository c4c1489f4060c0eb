/* Restarts of a node: journal, snapshot and start as in service, on the disk that is measured. One has so many live volumes and tracks; its start is compared
 * with reading the same bytes and with a bare loop over as many bytes of memory, and checked against a replay of the whole journal, of the state's digest and its bytes.
 * The others have logs of several lengths with the same tail behind the snapshot; beside each stands the start that reads all of the log. */
#include "restart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "bench.h"
#include "core/tables.h"
#include "traffic.h"

enum { PER_NOTICE = 250, TAIL = 10, WARM = 60 /* seconds until every aircraft is there */, SECONDS = 2 /* in each some are not heard */, FRAME_ROOM = LIMIT_FRAME_AIRCRAFT + 1 };
struct restart {
    struct bench_log log;
    struct node *n;
    struct part *parts;
    struct arena arena;
    uint64_t ticket, waiting, refused;
    instant now;
    char dir[BENCH_PATH], data[BENCH_PATH + 8];
};

static void take_events(struct restart *b) {
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
static void submit(struct restart *b, uint32_t count) {
    struct fault f = {0};
    result r;
    for (uint32_t i = 0; i < count; i++)
        if (b->parts[i].part_class != PART_SECTION) random_bytes(b->parts[i].salt, sizeof b->parts[i].salt);
    while ((r = node_submit(b->n, b->parts, count, b->now, ++b->ticket, &f)).code == RESULT_BUSY) take_events(b);
    bench_must(r, &f, "submit");
    if (++b->waiting >= 512) take_events(b);
}
static void settle(struct restart *b) {
    do take_events(b);
    while (b->waiting > 0 || node_continues(b->n) || !node_quiet(b->n));
    if (b->refused > 0) exit(1);
}
static void say(struct restart *b, int party, enum statement_kind kind, const char *section, const char *to, struct text body) {
    struct composed said;
    bench_say(&b->log, party, kind, section, to, body, b->now, &said);
    submit(b, compose_parts(&said, random_bytes, b->parts));
}
static void ticks(struct restart *b, uint32_t count) {
    struct fault f = {0};
    for (uint32_t i = 0; i < count; i++) {
        b->now += INSTANT_SECOND;
        bench_must(node_tick(b->n, b->now, 0, false, &f), &f, "tick");
        settle(b);
    }
}
static void frame(struct restart *b, int party, const struct body_frame *frame) {
    static const char *const claims[] = {"", "{\"party\":\"aramoor\",\"key\":\"root\",\"idempotency\":null}", "{\"party\":\"velland\",\"key\":\"root\",\"idempotency\":null}"};
    struct fault f = {0};
    uint32_t count = 0;
    arena_reset(&b->arena);
    bench_must(decode_frame_parts(&b->arena, frame, b->parts, FRAME_ROOM, &count, &f), &f, "frame");
    b->parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = text_of(claims[party])};
    submit(b, count);
}
static void open_node(struct restart *b, bool check, struct node_report *report) {
    struct fault f = {0};
    struct node_options o = {.dir = b->data, .inline_writer = true, .verify_signatures = check, .read_only = check};
    bench_must(node_open(&o, &b->n, report, &f), &f, "open");
}
static struct restart *made(const char *name, const struct capacity *c) {
    struct restart *b = bench_room(sizeof *b);
    struct fault f = {0};
    struct node_report report;
    b->parts = bench_room((FRAME_ROOM + 2) * sizeof *b->parts);
    arena_growing(&b->arena, (size_t)1 << 30);
    b->now = BENCH_START;
    bench_dir(name, b->dir);
    snprintf(b->data, sizeof b->data, "%s/log", b->dir);
    bench_must(disk_make_dir(disk_real(), b->data, &f), &f, b->data);
    bench_log_make(&b->log, b->data, c);
    open_node(b, false, &report);
    return b;
}
static void ended(struct restart *b) {
    node_close(b->n);
    bench_remove(b->dir);
    arena_free(&b->arena);
    arena_free(&b->log.arena);
    free(b->parts);
    free(b);
}

/* ---- a state of so many volumes and tracks ---- */
static struct capacity room_for(uint32_t n) {
    struct capacity c = bench_capacity;
    c.parties = 3;
    c.feeds = c.areas = 3 * 32;
    c.notices = 3 * (n / PER_NOTICE + 100);
    c.volumes = 3 * (n / 2 + n / 8 + 1000);
    c.vertices = 16 * c.volumes;
    c.tracks = 3 * (n / 2 + n / 8 + TRAFFIC_PER_FEED);
    c.recent = 3 * (n / PER_NOTICE + 10000);
    return c;
}
static void corner(struct append *body, double lat, double lng, bool comma) {
    append_str(body, comma ? ",{\"lat\":" : "{\"lat\":");
    append_fixed_point(body, (int64_t)(lat * 1e7), 7);
    append_str(body, ",\"lng\":");
    append_fixed_point(body, (int64_t)(lng * 1e7), 7);
    append_char(body, '}');
}
/* From an hour on, so that no track meets one; read by their party alone, so that the journal is not mostly copies. */
static void notice(struct restart *b, int party, uint64_t *seed) {
    struct append body = append_growing(1 << 20);
    append_str(&body, "{\"area\":\"BENCH\",\"category\":\"missile\",\"volumes\":[");
    for (int i = 0; i < PER_NOTICE; i++) {
        double lat = -60 + (double)(bench_draw(seed) % 48000000) / 1e6, lng = -179 + (double)(bench_draw(seed) % 357000000) / 1e6;
        instant from = b->now + (instant)(3600 + bench_draw(seed) % 72000) * INSTANT_SECOND;
        append_str(&body, i > 0 ? ",{\"polygon\":[" : "{\"polygon\":[");
        for (int v = 0; v < 4; v++) corner(&body, lat + (v >= 2 ? 0.1 : 0), lng + (v == 1 || v == 2 ? 0.1 : 0), v > 0);
        append_str(&body, "],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},\"start\":\"");
        append_instant(&body, from);
        append_str(&body, "\",\"end\":\"");
        append_instant(&body, from + 7200 * INSTANT_SECOND);
        append_str(&body, "\"}");
    }
    append_str(&body, "]}");
    say(b, party, KIND_NOTICE, "public", bench_parties[party], append_view(&body));
    append_free(&body);
}
static void fill(struct restart *b, uint32_t n) {
    uint64_t seed = n;
    struct traffic *t = traffic_new(n, n, false);
    for (uint32_t i = 0; i < traffic_feeds(t); i++) {
        char room[128];
        struct append body = append_fixed(room, sizeof room);
        append_format(&body, "{\"feed\":\"f%u\",\"readers\":[]}", i);
        say(b, 1 + (int)(i % 2), KIND_FEED, "body", bench_parties[1 + i % 2], append_view(&body));
    }
    settle(b);
    for (uint32_t i = 0; i < n / PER_NOTICE; i++) {
        notice(b, 1 + (int)(i % 2), &seed);
        if (i % 64 == 63) settle(b);
    }
    settle(b);
    for (int s = 0; s < WARM; s++) traffic_move(t);
    for (int s = 0; s < SECONDS; s++) {
        traffic_move(t);
        b->now += INSTANT_SECOND;
        for (uint32_t i = 0; i < traffic_feeds(t); i++) {
            struct body_frame said;
            traffic_frame(t, i, b->now, &said);
            snprintf(said.feed.at, sizeof said.feed.at, "f%u", i);
            frame(b, 1 + (int)(i % 2), &said);
            settle(b);
        }
        ticks(b, 1);
    }
    traffic_free(t);
}
/* As many bytes written and read back as the state has: what memory alone takes. */
static double bare_loop(uint64_t bytes) {
    struct arena a;
    volatile uint64_t sum = 0;
    double began = bench_now();
    if (!arena_take(&a, bytes)) bench_die("memory");
    uint64_t *at = arena_alloc(&a, bytes / 8 - 2, 8);
    for (uint64_t i = 0; i < bytes / 8 - 2; i++) at[i] = i;
    for (uint64_t i = 0; i < bytes / 8 - 2; i += 8) sum = sum + at[i];
    began = bench_now() - began;
    arena_free(&a);
    return began;
}
static double plain_read(const char *path, uint64_t *bytes) {
    static uint8_t room[1 << 20];
    struct fault f = {0};
    struct disk_file *file = NULL;
    size_t got = 1;
    double began = bench_now();
    bench_must(disk_open(disk_real(), path, DISK_READ, false, &file, &f), &f, path);
    for (*bytes = 0; got > 0; *bytes += got) bench_must(disk_read(file, *bytes, room, sizeof room, &got, &f), &f, path);
    disk_close(file);
    return bench_now() - began;
}
static void drop_caches(const struct restart *b) {
    static const char *const names[] = {"journal", "index", "snapshots"};
    for (int i = 0; i < 3; i++) {
        char path[BENCH_PATH + 32];
        snprintf(path, sizeof path, "%s/%s", b->data, names[i]);
        (void)bench_drop_cache(path);
    }
}
static size_t of_table(const struct table *t) { return t->each * t->used; }
void restart_large(uint32_t n) {
    struct capacity c = room_for(n);
    struct restart *b = made("restart", &c);
    struct fault f = {0};
    struct node_report report = {0}, whole = {0};
    struct node_numbers numbers;
    char path[BENCH_PATH + 64], name[64];
    uint64_t bytes = 0;
    double began = bench_now();
    fill(b, n);
    printf("# %.1f s until there are %u tracks, %u volumes\n", bench_now() - began, node_state(b->n)->tracks.used, node_state(b->n)->volumes.used);
    began = bench_now();
    bench_must(node_snapshot(b->n, &f), &f, "snapshot");
    double wrote = bench_now() - began;
    ticks(b, TAIL);
    const struct state *st = node_state(b->n);
    uint64_t rows = (uint64_t)st->tracks.used + st->volumes.used + st->notices.used + st->dues.used + st->recent.used + st->chunks.used;
    uint64_t memory = of_table(&st->tracks) + of_table(&st->volumes) + of_table(&st->notices) + of_table(&st->dues) + of_table(&st->recent) + of_table(&st->chunks);
    struct hash lived = state_digest(st);
    node_numbers(b->n, &numbers);
    node_close(b->n);
    drop_caches(b);
    snprintf(path, sizeof path, "%s/snapshots/%020llu", b->data, (unsigned long long)numbers.snapshot_order);
    double raw = plain_read(path, &bytes), bare = bare_loop(memory);
    drop_caches(b);
    began = bench_now();
    double cpu = bench_cpu();
    open_node(b, false, &report);
    double took = bench_now() - began;
    cpu = bench_cpu() - cpu;
    struct hash started = state_digest(node_state(b->n));
    node_close(b->n);
    began = bench_now();
    open_node(b, true, &whole);
    double replayed = bench_now() - began;
    struct hash again = state_digest(node_state(b->n));
    if (report.indexed == 0 || report.snapshot == 0 || whole.snapshots_checked != 1) bench_die("the start used no snapshot, or the replay found another state in it");
    if (!hash_equal(&lived, &started) || !hash_equal(&lived, &again)) bench_die("the digests differ");
    printf("# %llu rows, a snapshot of %.1f MB written in %.2f s; started in %.2f s (%.2f of CPU) with a tail of %d ticks; read plainly %.2f s, %.0f MB of memory %.2f s;\n"
           "# the whole journal of %llu records replayed and checked in %.1f s: the same digest, the same bytes\n",
           (unsigned long long)rows, (double)bytes / 1e6, wrote, took, cpu, TAIL, raw, (double)memory / 1e6, bare, (unsigned long long)whole.records, replayed);
    snprintf(name, sizeof name, "recovery.%u.restart", n);
    bench_print(name, (double)rows / took, "rows/s", "the same bytes read from disk", (double)rows / raw);
    snprintf(name, sizeof name, "recovery.%u.restart.cpu", n);
    bench_print(name, (double)rows / cpu, "rows/s of CPU", "a bare loop over the memory", (double)rows / bare);
    ended(b);
}

/* ---- logs of several lengths ---- */
static void forget_kept(const struct restart *b) {
    char path[BENCH_PATH + 32];
    struct fault f = {0};
    snprintf(path, sizeof path, "%s/index", b->data);
    bench_remove(path);
    bench_must(disk_make_dir(disk_real(), path, &f), &f, path);
}
static double started_in(struct restart *b, bool kept) {
    struct node_report report = {0};
    drop_caches(b);
    double began = bench_now();
    open_node(b, false, &report);
    began = bench_now() - began;
    if ((report.indexed > 0) != kept || report.snapshot == 0 || report.snapshots_passed > 0) bench_die("another start than the one to be measured");
    node_close(b->n);
    return began;
}
void restart_length(uint32_t records) {
    struct capacity c = bench_capacity;
    struct restart *b = made("length", &c);
    struct fault f = {0};
    struct frame_position at = {0};
    char name[64];
    say(b, 1, KIND_FEED, "body", "aramoor", TEXT("{\"feed\":\"f\",\"readers\":[]}"));
    settle(b);
    for (uint32_t i = 0; i < records; i++) {
        if (i % 256 == 0) b->now += INSTANT_SECOND;
        struct body_frame one = {.number = i + 1, .positions = &at, .count = 1, .time = b->now};
        one.feed.at[0] = 'f';
        at = (struct frame_position){.identity = TEXT("abc123"), .time = b->now, .at = {450000000, 70000000 + (int32_t)(i % 256)}, .has_altitude = true, .altitude = {1000000, ALTITUDE_W84}, .uncertainty_cm = 1000};
        frame(b, 1, &one);
        if (i % 4096 == 4095) ticks(b, 1);
    }
    settle(b);
    bench_must(node_snapshot(b->n, &f), &f, "snapshot");
    ticks(b, TAIL);
    node_close(b->n);
    double with[3], without[3];
    for (int i = 0; i < 3; i++) with[i] = started_in(b, true);
    for (int i = 0; i < 3; i++) {
        forget_kept(b);
        without[i] = started_in(b, false);
    }
    snprintf(name, sizeof name, "recovery.log_of_%u.start", records);
    bench_print(name, 1e3 * bench_median(with, 3), "ms", "the same, all of the log read", 1e3 * bench_median(without, 3));
    struct node_report report;
    open_node(b, false, &report);
    ended(b);
}
