/* state_step alone, at 10^3 to 10^6 live notices and flights, half of each, of 0.1 to 0.4 degrees over the whole world within a day; with and
 * without the search for conflicts. One statement of each kind is composed and decoded; the others are its decoded form with another
 * identity, place and time, so that nothing but the step is timed. "Without": this program alone is linked so that index_query goes
 * through here (--wrap), and can be made to find nothing; all geometry behind it is then left out, too. Between the levels the state is
 * filled with the search on. CPU times; medians of blocks of statements. The last thousand statements of a level are the
 * measured ones. Baselines: one scan over as many boxes, which a step without an index
 * would need at the least, and one insert into a hash table of as many 32-byte keys, which any step needs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/rand.h"
#include "bench.h"
#include "core/figures.h"
#include "core/index.h"
#include "geo/box.h"

enum { BLOCK = 50, BLOCKS = 5, SCANS = 5 };
enum say { SAY_NOTICE, SAY_FLIGHT, SAYS };
struct bench {
    struct bench_log log;
    struct json_reader *json;
    struct arena memory, decoded;
    struct state *st;
    struct effects *fx;
    uint64_t seed, told;
    struct statement template[SAYS][2]; /* by party */
};

/* --- the search, which can be left out --- */

static bool no_search;
void __real_index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void __wrap_index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void __wrap_index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *tests) {
    if (!no_search) __real_index_query(x, b, visit, context, tests);
}

/* --- statements --- */

static void decode_template(struct bench *b, enum say what, int party) {
    struct composed said;
    struct part *parts = bench_room((LIMIT_SECTIONS + 1) * sizeof *parts);
    struct fault f = {0};
    char room[1024];
    struct append body = append_fixed(room, sizeof room);
    bool flight = what == SAY_FLIGHT;
    bench_square(&body, flight ? "\"callsign\":\"BENCH1\"," : "\"area\":\"BENCH\",\"category\":\"missile\",", 0, 0, 0.2,
                 BENCH_START + 3600 * INSTANT_SECOND, BENCH_START + 7200 * INSTANT_SECOND);
    bench_say(&b->log, 1 + party, flight ? KIND_FLIGHT : KIND_NOTICE, flight ? "own" : "public", flight ? "" : "world", append_view(&body), BENCH_START, &said);
    uint32_t count = compose_parts(&said, random_bytes, parts);
    struct decoder d = {.json = b->json, .arena = &b->decoded, .log = b->log.log, .origin = TEXT(BENCH_ORIGIN)};
    bench_must(decode_parts(&d, parts, count, true, &b->template[what][party], &f), &f, "decode"); /* borrows from all of it, to the end */
}

static void begin(struct bench *b, const struct capacity *c) {
    struct fault f = {0};
    struct statement genesis;
    size_t bytes = 0;
    bench_log_make(&b->log, NULL, c);
    b->json = json_reader_new(1 << 20);
    arena_growing(&b->decoded, (size_t)1 << 30);
    bench_must(state_memory(c, &bytes, &f), &f, "memory");
    printf("# the state for 10^6 takes %.2f GB\n", (double)bytes / 1e9);
    if (b->json == NULL || !arena_take(&b->memory, bytes)) bench_die("memory");
    struct decoder d = {.json = b->json, .arena = &b->decoded};
    bench_must(decode_genesis(&d, b->log.genesis, false, &genesis, &f), &f, "genesis");
    bench_must(state_new(&b->memory, &genesis, &b->st, &f), &f, "state");
    b->fx = state_effects(b->st);
    for (int what = 0; what < SAYS; what++)
        for (int party = 0; party < 2; party++) decode_template(b, (enum say)what, party);
}

static void end(struct bench *b) {
    arena_free(&b->log.arena);
    arena_free(&b->memory);
    arena_free(&b->decoded);
    json_reader_free(b->json);
}

/* The decoded statement is this program's own: it may be written to. */
static void say_one(struct bench *b, enum say what) {
    struct statement *s = &b->template[what][bench_draw(&b->seed) % 2];
    const struct volume *volumes = what == SAY_FLIGHT ? s->sections[0].body.flight.volumes : s->sections[0].body.notice.volumes;
    struct volume *v = (struct volume *)(uintptr_t)volumes;
    struct position *at = (struct position *)(uintptr_t)v->shape.at;
    int32_t lat = -600000000 + (int32_t)(bench_draw(&b->seed) % 1200000000), lon = -1790000000 + (int32_t)(bench_draw(&b->seed) % 3570000000);
    int32_t size = 1000000 + (int32_t)(bench_draw(&b->seed) % 3000000);
    for (int i = 0; i < 4; i++) at[i] = (struct position){.lat = lat + (i >= 2 ? size : 0), .lon = lon + (i == 1 || i == 2 ? size : 0)};
    v->start = BENCH_START + (instant)(3600 + bench_draw(&b->seed) % 72000) * INSTANT_SECOND;
    v->end = v->start + 7200 * INSTANT_SECOND;
    uint64_t words[6];
    for (int i = 0; i < 6; i++) words[i] = bench_draw(&b->seed);
    memcpy(s->id.bytes, words, sizeof s->id.bytes);
    memcpy(s->hash.bytes, words + 2, sizeof s->hash.bytes);
    if (s->has_on) s->on.id = s->id; /* a new one, not a change of the first */
    s->order = state_order(b->st) + 1;
    s->time = BENCH_START;
    struct outcome out;
    state_step(b->st, s, &out, b->fx);
    if (out.verdict != VERDICT_ACCEPTED) {
        fprintf(stderr, "%s %s\n", reason_name(out.reason), out.detail);
        exit(1);
    }
    b->told += b->fx->count;
}

/* --- baselines; seconds --- */

static double scan(struct bench *b, uint32_t count) {
    struct box *boxes = bench_room(count * sizeof *boxes), one = {.high = {1, 1, 1, 1}, .to = 1};
    for (uint32_t i = 0; i < count; i++)
        for (int k = 0; k < 4; k++) boxes[i].low[k] = boxes[i].high[k] = (int32_t)(bench_draw(&b->seed) >> 33);
    uint64_t met = 0;
    double start = bench_cpu();
    for (int i = 0; i < SCANS; i++) {
        one.high[0] = i;
        for (uint32_t k = 0; k < count; k++) met += box_meets(&boxes[k], &one);
    }
    double spent = (bench_cpu() - start) / SCANS;
    free(boxes);
    return met > (uint64_t)count * SCANS ? 0 : spent;
}

static void put(uint64_t (*table)[4], uint64_t mask, const uint64_t key[4]) {
    uint64_t at = key[0] & mask;
    while (table[at][0] != 0) at = (at + 1) & mask;
    memcpy(table[at], key, sizeof table[at]);
}

static double insert(struct bench *b, uint32_t count) {
    uint64_t room = 1, keys[BLOCK][4];
    while (room < 2 * (uint64_t)count) room *= 2;
    uint64_t (*table)[4] = bench_room(room * sizeof *table);
    double spent[BLOCKS];
    for (uint32_t i = 0; i < count / BLOCK + BLOCKS; i++) {
        for (int k = 0; k < BLOCK; k++)
            for (int w = 0; w < 4; w++) keys[k][w] = bench_draw(&b->seed) | 1;
        double start = bench_cpu();
        for (int k = 0; k < BLOCK; k++) put(table, room - 1, keys[k]);
        spent[i % BLOCKS] = (bench_cpu() - start) / BLOCK;
    }
    free(table);
    return bench_median(spent, BLOCKS);
}

/* --- measuring --- */

static double block(struct bench *b, enum say what) {
    double start = bench_cpu();
    for (int i = 0; i < BLOCK; i++) say_one(b, what);
    return (bench_cpu() - start) / BLOCK;
}

static void measure(struct bench *b, uint32_t live, uint32_t *said) {
    static const char *const names[SAYS] = {"notice", "flight"};
    double spent[SAYS][2][BLOCKS];
    for (; *said + 2 * SAYS * BLOCKS * BLOCK < live; ++*said) say_one(b, (enum say)(*said % SAYS));
    for (int r = 0; r < BLOCKS; r++)
        for (int what = 0; what < SAYS; what++)
            for (int without = 0; without < 2; without++) {
                no_search = without;
                spent[what][without][r] = block(b, (enum say)what);
                no_search = false;
                *said += BLOCK;
            }
    struct figures *figures = bench_room(sizeof *figures);
    figures_take(b->st, figures);
    if (figures->index_boxes != live || *said != live) fprintf(stderr, "%u of %u live\n", figures->index_boxes, live), exit(1); /* each has one volume */
    free(figures);
    double scanning = scan(b, live) * 1e6, inserting = insert(b, live) * 1e6;
    for (int what = 0; what < SAYS; what++) {
        char name[64];
        double with = bench_median(spent[what][0], BLOCKS) * 1e6, without = bench_median(spent[what][1], BLOCKS) * 1e6;
        snprintf(name, sizeof name, "step.%s.%u", names[what], live);
        bench_print(name, with, "us", "one scan of the boxes", scanning);
        snprintf(name, sizeof name, "step.%s.%u.no-search", names[what], live);
        bench_print(name, without, "us", "one insert into a hash table", inserting);
    }
}

int main(void) {
    struct bench *b = bench_room(sizeof *b);
    struct capacity c = bench_capacity;
    uint32_t said = 0;
    c.parties = 3; /* each has a third; two speak, and flights leave an eighth of it free */
    c.notices = c.flights = 3 * 300000;
    c.volumes = 3 * 600000;
    c.vertices = 16 * c.volumes;
    c.recent = 3 * 600000;
    c.alerts = 3 * 400000;
    begin(b, &c);
    for (uint32_t live = 1000; live <= 1000000; live *= 10) measure(b, live, &said);
    end(b);
    free(b);
    return 0;
}
