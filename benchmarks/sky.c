#include "sky.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/rand.h"

static void step(struct sky *k, struct statement *s, struct outcome *out) {
    s->order = state_order(k->st) + 1;
    s->time = k->now;
    state_step(k->st, s, out, k->fx);
    k->told += k->fx->count;
    if (out->verdict == VERDICT_ACCEPTED) return;
    fprintf(stderr, "%s: %s %s\n", statement_kind_name(s->kind), reason_name(out->reason), out->detail);
    exit(1);
}

static void decode(struct sky *k, int party, enum statement_kind kind, const char *section, const char *to, struct text body, struct statement *out) {
    struct composed said;
    struct fault f = {0};
    bench_say(&k->log, party, kind, section, to, body, k->now, &said);
    uint32_t count = compose_parts(&said, random_bytes, k->parts);
    struct decoder d = {.json = k->json, .arena = &k->decoded, .log = k->log.log, .origin = TEXT(BENCH_ORIGIN)};
    bench_must(decode_parts(&d, k->parts, count, true, out, &f), &f, "decode");
}

void sky_open(struct sky *k, const struct capacity *c) {
    struct fault f = {0};
    struct statement genesis;
    size_t bytes = 0;
    memset(k, 0, sizeof *k);
    bench_log_make(&k->log, NULL, c);
    k->now = BENCH_START;
    k->parts = bench_room((LIMIT_SECTIONS + 1) * sizeof *k->parts);
    k->json = json_reader_new(1 << 20);
    arena_growing(&k->decoded, (size_t)1 << 30);
    bench_must(state_memory(c, &bytes, &f), &f, "memory");
    if (k->json == NULL || !arena_take(&k->memory, bytes)) bench_die("memory");
    struct decoder d = {.json = k->json, .arena = &k->decoded};
    bench_must(decode_genesis(&d, k->log.genesis, false, &genesis, &f), &f, "genesis");
    bench_must(state_new(&k->memory, &genesis, &k->st, &f), &f, "state");
    k->fx = state_effects(k->st);
}
void sky_close(struct sky *k) {
    arena_free(&k->log.arena);
    arena_free(&k->memory);
    arena_free(&k->decoded);
    json_reader_free(k->json);
    free(k->parts);
}

void sky_feeds(struct sky *k, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        char room[128];
        struct statement s;
        struct outcome out;
        struct append body = append_fixed(room, sizeof room);
        append_format(&body, "{\"feed\":\"f%u\",\"readers\":[\"log\"]}", i);
        decode(k, 1 + (int)(i % 2), KIND_FEED, "body", "log", append_view(&body), &s);
        step(k, &s, &out);
    }
}

void sky_areas(struct sky *k) {
    for (int i = 0; i < 9; i++) {
        char room[1024];
        struct statement s;
        struct outcome out;
        struct append body = append_fixed(room, sizeof room);
        append_format(&body, "{\"name\":\"AREA %d\",\"volumes\":[{\"polygon\":[", i);
        for (int v = 0; v < 8; v++) {
            double lng = -180 + 40 * i + (double[]){0.5, 13, 26, 39.5, 39.5, 26, 13, 0.5}[v];
            append_str(&body, v ? ",{\"lat\":" : "{\"lat\":");
            append_fixed_point(&body, (int64_t)((v < 4 ? -66 : 66) * 1e7), 7);
            append_str(&body, ",\"lng\":");
            append_fixed_point(&body, (int64_t)(lng * 1e7), 7);
            append_char(&body, '}');
        }
        append_str(&body, "],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":660,\"reference\":\"FL\",\"units\":\"FL\"},\"start\":\"");
        append_instant(&body, BENCH_START - INSTANT_DAY);
        append_str(&body, "\",\"end\":\"");
        append_instant(&body, BENCH_START + 365 * INSTANT_DAY);
        append_str(&body, "\"}]}");
        decode(k, 1 + i % 2, KIND_AREA, "body", "log", append_view(&body), &s);
        step(k, &s, &out);
    }
}

/* One notice is composed and decoded; the others are its decoded form, this program's own, with another identity, place and time. */
static void notice_move(struct sky *k) {
    struct statement *s = &k->notice;
    struct volume *v = (struct volume *)(uintptr_t)s->sections[0].body.notice.volumes;
    struct position *at = (struct position *)(uintptr_t)v->shape.at;
    int32_t lat = -640000000 + (int32_t)(bench_draw(&k->seed) % 1280000000), lon = -1790000000 + (int32_t)(bench_draw(&k->seed) % 3570000000);
    int32_t size = 1000000 + (int32_t)(bench_draw(&k->seed) % 3000000);
    for (int i = 0; i < 4; i++) at[i] = (struct position){.lat = lat + (i >= 2 ? size : 0), .lon = lon + (i == 1 || i == 2 ? size : 0)};
    v->start = BENCH_START + ((instant)(bench_draw(&k->seed) % 75600) - 3600) * INSTANT_SECOND;
    v->end = v->start + 7200 * INSTANT_SECOND;
    uint64_t words[6];
    for (int i = 0; i < 6; i++) words[i] = bench_draw(&k->seed);
    memcpy(s->id.bytes, words, sizeof s->id.bytes);
    memcpy(s->hash.bytes, words + 2, sizeof s->hash.bytes);
    if (s->has_on) s->on.id = s->id;
}
void sky_notices(struct sky *k, uint32_t count) {
    char room[1024];
    for (int party = 1; party <= 2; party++) {
        struct append body = append_fixed(room, sizeof room);
        bench_square(&body, "\"area\":\"BENCH\",\"category\":\"missile\",", 0, 0, 0.2, BENCH_START + 3600 * INSTANT_SECOND,
                     BENCH_START + 7200 * INSTANT_SECOND);
        decode(k, party, KIND_NOTICE, "public", "world", append_view(&body), &k->notice);
        for (uint32_t i = 0; i < count / 2; i++) {
            struct outcome out;
            notice_move(k);
            step(k, &k->notice, &out);
        }
    }
}

void sky_separation(struct sky *k, int64_t cm, int64_t height_cm) {
    char room[128];
    struct statement s;
    struct outcome out;
    struct append body = append_fixed(room, sizeof room);
    append_format(&body, "{\"separation_m\":%lld.%02lld,\"separation_height_m\":%lld.%02lld}", (long long)cm / 100, (long long)cm % 100,
                  (long long)height_cm / 100, (long long)height_cm % 100);
    decode(k, 0, KIND_SETTINGS, "body", "log", append_view(&body), &s);
    step(k, &s, &out);
}

static void frame(struct sky *k, struct traffic *t, uint32_t f) {
    struct outcome out;
    struct statement s = {.kind = KIND_FRAME, .origin = ORIGIN_ATTESTED, .at = k->now, .open_by = INSTANT_NONE};
    memcpy(s.attested.at, bench_parties[1 + f % 2], strlen(bench_parties[1 + f % 2]));
    memcpy(s.session_key.at, "root", 4);
    traffic_frame(t, f, k->now, &s.frame);
    snprintf(s.frame.feed.at, sizeof s.frame.feed.at, "f%u", f);
    double start = bench_cpu();
    step(k, &s, &out);
    k->spent += bench_cpu() - start;
    k->reports += s.frame.count;
    k->untracked += strstr(out.detail, "not tracked") != NULL;
}
/* What did not fit into its step goes on at once, as in service when nothing else waits; its time is that of the frames. */
static void go_on(struct sky *k) {
    while (state_backlog(k->st) > 0) {
        struct outcome out;
        struct statement s = {.kind = KIND_CONTINUE, .origin = ORIGIN_SERVER, .at = k->now, .open_by = INSTANT_NONE,
                              .onward = {.number = state_continues(k->st) + 1}};
        double start = bench_cpu();
        step(k, &s, &out);
        k->spent += bench_cpu() - start;
        k->continues++;
    }
}
void sky_second(struct sky *k, struct traffic *t) {
    struct outcome out;
    k->now += INSTANT_SECOND;
    traffic_move(t);
    for (uint32_t f = 0; f < traffic_feeds(t); f++) frame(k, t, f);
    struct statement s = {.kind = KIND_TICK, .origin = ORIGIN_SERVER, .at = k->now, .open_by = INSTANT_NONE,
                          .tick = {.tick = state_tick(k->st) + 1}};
    double start = bench_cpu();
    step(k, &s, &out);
    k->ticks += bench_cpu() - start;
    go_on(k);
}
