/* state_step alone for operational intents of F3548, at 10^3 to 10^6 live ones, each of one outline of 1 km2: apart from each other over the world; in one cell, apart in
 * time only; in one cell, apart in height only. A create with the key check, an update, and a query of 1 km2 that shows one. CPU times; medians of blocks.
 * Baseline: the same among 1,000, so that the ratio shows what a thousand times as many cost. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/decode.h"
#include "core/dss.h"
#include "core/state.h"

enum { BLOCK = 50, BLOCKS = 5, SIZE = 90000 /* 1e-7 degree: 1 km */ };
enum place { APART, BY_TIME, BY_HEIGHT, PLACES };
enum what { CREATE, UPDATE, QUERY, WHATS };
static const char *const places[PLACES] = {"apart", "by-time", "by-height"}, *const whats[WHATS] = {"create", "update", "query"};
struct bench {
    struct bench_log log;
    struct json_reader *json;
    struct arena memory, decoded;
    struct state *st;
    struct append body;
    const struct dss_route *route[WHATS];
    char ovn[BLOCK][64]; /* of the last ones, to be updated */
    uint32_t live;
};

static void begin(struct bench *b, const struct capacity *c) {
    static const struct { const char *method, *path; } routes[WHATS] = {{"PUT", "/dss/v1/operational_intent_references/x"}, {"PUT", "/dss/v1/operational_intent_references/x/y"},
                                                                       {"POST", "/dss/v1/operational_intent_references/query"}};
    struct fault f = {0};
    struct statement genesis;
    size_t bytes = 0;
    bench_log_make(&b->log, NULL, c);
    b->json = json_reader_new(1 << 20);
    b->body = append_growing((size_t)1 << 30);
    arena_growing(&b->decoded, (size_t)64 << 20);
    struct decoder d = {.json = b->json, .arena = &b->decoded};
    bench_must(state_memory(c, &bytes, &f), &f, "memory");
    if (b->json == NULL || !arena_take(&b->memory, bytes)) bench_die("memory");
    bench_must(decode_genesis(&d, b->log.genesis, false, &genesis, &f), &f, "genesis");
    bench_must(state_new(&b->memory, &genesis, &b->st, &f), &f, "state");
    for (int i = 0; i < WHATS; i++) {
        struct text none[2];
        b->route[i] = dss_route_find(text_of(routes[i].method), text_of(routes[i].path), none);
    }
}
static void end(struct bench *b) {
    state_free(b->st);
    append_free(&b->body);
    arena_free(&b->log.arena);
    arena_free(&b->memory);
    arena_free(&b->decoded);
    json_reader_free(b->json);
}

/* The n-th of its kind. */
static void place_of(enum place p, uint32_t n, struct position at[4], struct dss_extent *e) {
    uint32_t cell = p == APART ? (uint32_t)((uint64_t)n * 7919 % 1000003) : 500500;
    int32_t lat = -500000000 + (int32_t)(cell / 1001) * 1000000, lon = (int32_t)(-1750000000 + (int64_t)(cell % 1001) * 3400000);
    for (int i = 0; i < 4; i++) at[i] = (struct position){lat + (i >= 2 ? SIZE : 0), lon + (i == 1 || i == 2 ? SIZE : 0)};
    uint32_t late = p == BY_TIME ? n : 0, high = p == BY_HEIGHT ? n : 0;
    e->has_lower = e->has_upper = e->has_start = e->has_end = true;
    e->start = BENCH_START + INSTANT_HOUR + (instant)late * 20 * INSTANT_SECOND;
    e->end = e->start + (p == BY_TIME ? 10 * INSTANT_SECOND : INSTANT_HOUR);
    e->lower_cm = (int32_t)high * 200;
    e->upper_cm = e->lower_cm + (p == BY_HEIGHT ? 100 : 10000);
}
static void say(struct bench *b, enum place p, enum what what, uint32_t n) {
    struct position at[4];
    struct shape shape = {.kind = SHAPE_POLYGON, .count = 4, .at = at};
    struct dss_request q = {.route = b->route[what], .manager = TEXT("uss1"), .issuer = TEXT("https://tokens.example"), .request = TEXT("r"), .scopes = DSS_SCOPE_STRATEGIC,
                            .base_url = TEXT("https://uss1.example/f3548/v1"), .extent = {.shapes = &shape, .count = 1}, .has_extent = true, .state = DSS_ACCEPTED};
    place_of(p, n, at, &q.extent);
    struct hash drawn = sha256_of(&n, sizeof n);
    memcpy(q.id.bytes, drawn.bytes, sizeof q.id.bytes);
    drawn = sha256_of(&b->live, sizeof b->live);
    memcpy(q.entropy, drawn.bytes, sizeof q.entropy);
    append_reset(&b->body);
    if (what == QUERY) {
        if (dss_read(b->st, &q, BENCH_START, &b->body) != 200) bench_die("query");
        return;
    }
    if (what == UPDATE) q.has_version = true, q.version = text_of(b->ovn[n % BLOCK]);
    struct statement s = {.kind = KIND_DSS, .origin = ORIGIN_ATTESTED, .open_by = INSTANT_NONE, .order = state_order(b->st) + 1, .time = BENCH_START, .dss = &q, .hash = drawn};
    struct outcome out;
    state_step(b->st, &s, &out, state_effects(b->st));
    if (out.verdict != VERDICT_ACCEPTED) {
        fprintf(stderr, "%u %.*s\n", out.status, (int)out.reply.size, out.reply.at);
        exit(1);
    }
    const char *ovn = strstr(out.reply.at, "\"ovn\":\"") + 7;
    snprintf(b->ovn[n % BLOCK], sizeof b->ovn[0], "%.43s", ovn);
}
static void measure(struct bench *b, enum place p, uint32_t live, double base[WHATS]) {
    double spent[WHATS][BLOCKS];
    while (b->live + BLOCK * BLOCKS < live) say(b, p, CREATE, b->live++);
    for (int r = 0; r < BLOCKS; r++)
        for (int what = 0; what < WHATS; what++) {
            uint32_t first = what == CREATE ? b->live : b->live - BLOCK;
            double start = bench_cpu();
            for (uint32_t i = 0; i < BLOCK; i++) say(b, p, (enum what)what, first + i);
            spent[what][r] = (bench_cpu() - start) / BLOCK * 1e6;
            if (what == CREATE) b->live += BLOCK;
        }
    for (int what = 0; what < WHATS; what++) {
        char name[64];
        double median = bench_median(spent[what], BLOCKS);
        if (live == 1000) base[what] = median;
        snprintf(name, sizeof name, "dss.%s.%s.%u", whats[what], places[p], live);
        bench_print(name, median, "us", "the same among 1000", base[what]);
    }
}

int main(void) {
    struct capacity c = bench_capacity;
    uint32_t most = bench_size("PARLEY_BENCH_DSS", 1000, 4000000, 1000000);
    c.managers = 1;
    c.references = c.footprints = most + BLOCK;
    c.subscriptions = 16;
    c.points = 16 * (most + BLOCK);
    for (int p = 0; p < PLACES; p++) {
        struct bench *b = bench_room(sizeof *b);
        double base[WHATS];
        begin(b, &c);
        if (p == 0) {
            struct memory_part part[STATE_PARTS];
            size_t own = 0;
            uint32_t n = state_memory_parts(&c, part);
            for (uint32_t i = 0; i < n; i++) own += strncmp(part[i].name, "dss", 3) == 0 ? part[i].bytes : 0;
            printf("# %.0f bytes a live intent, of one outline of 4 points and a URL of %zu bytes\n", (double)own / (most + BLOCK), sizeof "https://uss1.example/f3548/v1" - 1);
        }
        for (uint32_t live = 1000; live <= most; live *= 10) measure(b, (enum place)p, live, base);
        end(b);
        free(b);
    }
    return 0;
}
