/* state_step alone, at 10^3 to 10^5 live notices: statements are composed and decoded before, signatures not verified. Notices and
 * flights of 0.1 to 0.4 degrees over the whole world within a day. Baseline: one scan over as many boxes, which a step without an
 * index would need at the least. */
#include <stdio.h>
#include <stdlib.h>

#include "base/rand.h"
#include "bench.h"
#include "geo/box.h"

enum { SAMPLE = 1000, SCANS = 50 };
struct bench {
    struct bench_log log;
    struct json_reader *json;
    struct arena memory, decoded;
    struct state *st;
    struct effects *fx;
    uint64_t seed, told;
};

static void begin(struct bench *b, const struct capacity *c) {
    struct fault f = {0};
    struct statement genesis;
    size_t bytes = 0;
    bench_log_make(&b->log, NULL, c);
    b->json = json_reader_new(1 << 20);
    arena_growing(&b->decoded, (size_t)1 << 30);
    bench_must(state_memory(c, &bytes, &f), &f, "memory");
    if (b->json == NULL || !arena_take(&b->memory, bytes)) bench_die("memory");
    struct decoder d = {.json = b->json, .arena = &b->decoded};
    bench_must(decode_genesis(&d, b->log.genesis, false, &genesis, &f), &f, "genesis");
    bench_must(state_new(&b->memory, &genesis, &b->st, &f), &f, "state");
    b->fx = state_effects(b->st);
}

static void end(struct bench *b) {
    arena_free(&b->log.arena);
    arena_free(&b->memory);
    arena_free(&b->decoded);
    json_reader_free(b->json);
}

static double degrees(struct bench *b, double low, double high) {
    return low + (high - low) * (double)(bench_draw(&b->seed) >> 11) / 9007199254740992.0;
}

/* Says one and returns the seconds of its step. */
static double say_one(struct bench *b, bool flight) {
    struct composed said;
    struct part parts[LIMIT_SECTIONS + 1];
    struct statement s = {0};
    struct outcome out;
    struct fault f = {0};
    char room[1024];
    struct append body = append_fixed(room, sizeof room);
    instant from = BENCH_START + (instant)(3600 + bench_draw(&b->seed) % 72000) * INSTANT_SECOND;
    bench_square(&body, flight ? "\"callsign\":\"BENCH1\"," : "\"area\":\"BENCH\",\"category\":\"missile\",", degrees(b, -60, 60),
                 degrees(b, -179, 179), degrees(b, 0.1, 0.4), from, from + 7200 * INSTANT_SECOND);
    int party = 1 + (int)(bench_draw(&b->seed) % 2);
    bench_say(&b->log, party, flight ? KIND_FLIGHT : KIND_NOTICE, flight ? "own" : "public", flight ? "" : "world", append_view(&body), BENCH_START, &said);
    uint32_t count = compose_parts(&said, random_bytes, parts);
    struct decoder d = {.json = b->json, .arena = &b->decoded, .log = b->log.log, .origin = TEXT(BENCH_ORIGIN)};
    arena_reset(&b->decoded);
    bench_must(decode_parts(&d, parts, count, false, &s, &f), &f, "decode");
    for (uint32_t i = 0; i < s.signer_count; i++) ((struct signer *)(void *)&s.signers[i])->verified = true;
    s.order = state_order(b->st) + 1;
    s.time = BENCH_START;
    double start = bench_now();
    state_step(b->st, &s, &out, b->fx);
    double spent = bench_now() - start;
    if (out.verdict != VERDICT_ACCEPTED) {
        fprintf(stderr, "%s %s\n", reason_name(out.reason), out.detail);
        exit(1);
    }
    b->told += b->fx->count;
    arena_reset(&b->log.arena);
    return spent;
}

static double scan(struct bench *b, uint32_t count) {
    struct box *boxes = bench_room(count * sizeof *boxes), one = {.high = {1, 1, 1, 1}, .to = 1};
    for (uint32_t i = 0; i < count; i++)
        for (int k = 0; k < 4; k++) boxes[i].low[k] = boxes[i].high[k] = (int32_t)(bench_draw(&b->seed) >> 33);
    uint64_t met = 0;
    double start = bench_now();
    for (int i = 0; i < SCANS; i++) {
        one.high[0] = i;
        for (uint32_t k = 0; k < count; k++) met += box_meets(&boxes[k], &one);
    }
    double spent = (bench_now() - start) / SCANS;
    free(boxes);
    return met > (uint64_t)count * SCANS ? 0 : spent;
}

static void measure(struct bench *b, uint32_t live, uint32_t more) {
    char name[64];
    double notices[SAMPLE], flights[SAMPLE], sum[2] = {0, 0};
    for (uint32_t i = 0; i < more; i++) say_one(b, false);
    for (uint32_t i = 0; i < SAMPLE; i++) sum[0] += notices[i] = say_one(b, false), sum[1] += flights[i] = say_one(b, true);
    double scanning = scan(b, live);
    snprintf(name, sizeof name, "step.notice.%u", live);
    bench_print(name, SAMPLE / sum[0], "statements/s", "one scan of the boxes", 1 / scanning);
    snprintf(name, sizeof name, "step.notice.median.%u", live);
    bench_print(name, bench_median(notices, SAMPLE) * 1e6, "us", "one scan of the boxes", scanning * 1e6);
    snprintf(name, sizeof name, "step.flight.%u", live);
    bench_print(name, SAMPLE / sum[1], "statements/s", "one scan of the boxes", 1 / scanning);
    snprintf(name, sizeof name, "step.flight.median.%u", live);
    bench_print(name, bench_median(flights, SAMPLE) * 1e6, "us", "one scan of the boxes", scanning * 1e6);
}

int main(void) {
    struct bench *b = bench_room(sizeof *b);
    struct capacity c = bench_capacity;
    c.notices = 4 * 55000; /* quotas: a fourth for each party */
    c.flights = 4 * 4000;
    c.volumes = 4 * 65000;
    c.vertices = 4 * 1200000;
    c.recent = 4 * 70000;
    c.alerts = 4 * 20000;
    begin(b, &c);
    measure(b, 1000, 0);
    measure(b, 10000, 8000);
    measure(b, 100000, 88000);
    end(b);
    free(b);
    return 0;
}
