/* Whole-system simulation: see sim.h.
 *   sim_test [SEED…]            these seeds, or those of the default run and of fixtures.txt; TAP
 *   sim_test --few              a few seeds, for a quick run
 *   sim_test --digest SEED…     a line `seed digest` each and nothing else
 *   sim_test --hours N [FROM]   seeds from FROM on for N hours (fractions too); ends at the first that fails */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

enum { MOST = 4096 };
static uint64_t seeds[MOST];
static int count;
static volatile uint64_t under_way;

/* What the seeds of a run met, all together. */
static struct figures all;

static void add_figures(const struct figures *f) {
    static_assert(sizeof all % sizeof(uint64_t) == 0, "all of them are counters");
    for (size_t i = 0; i < sizeof all / sizeof(uint64_t); i++) {
        uint64_t sum, more;
        memcpy(&sum, (const char *)&all + i * sizeof sum, sizeof sum);
        memcpy(&more, (const char *)f + i * sizeof more, sizeof more);
        sum += more;
        memcpy((char *)&all + i * sizeof sum, &sum, sizeof sum);
    }
}

/* A run that met nothing bad, or in which nothing was taken, would pass and prove nothing. */
static void print_all(int number) {
    const struct { const char *what; uint64_t n; } must[] = {
        {"statements taken", all.statements - all.refused}, {"ticks", all.ticks}, {"repeats", all.repeated}, {"noise", all.noise}, {"events", all.events},
        {"reads", all.reads}, {"lost messages", all.lost}, {"power cuts", all.cuts}, {"kills", all.kills}, {"failed writes", all.failed}, {"stops", all.stops},
        {"broken starts", all.broken_recoveries}, {"torn tails", all.torn}, {"rotten bits", all.rotten}, {"clock jumps", all.jumps}, {"unsure ticks", all.unsure},
        {"stalls", all.stalls}, {"refusals for want of room that were looked into", all.full_checked}, {"orders refused", all.busy}, {"outcomes unknown", all.unknown}};
    bool good = true;
    for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
        if (must[i].n > 0) continue;
        good = false;
        printf("# none of the seeds met: %s\n", must[i].what);
    }
    printf("%s %d - the seeds met every kind of trouble\n", good ? "ok" : "not ok", number);
}

static void one(uint64_t seed, struct hash *digest, struct append *line) {
    static struct sim s;
    under_way = seed;
    append_reset(line);
    struct plan p = plan_of(seed);
    if (p.twin) {
        twin_seed(seed, digest, line);
        return;
    }
    run_seed(&s, &p, digest);
    run_figures(&s, line);
    add_figures(&s.figures);
    run_free(&s);
}

/* An assertion in the server, a sanitizer's word: the seed's line all the same. */
static void died(int signal_) {
    char text[160];
    if (under_way == 0) return; /* all were lived: what leaks is told by the exit status */
    int n = snprintf(text, sizeof text, "not ok - seed %llu ended by signal %d; repeat it: ./test --sim %llu\n", (unsigned long long)under_way, signal_,
                     (unsigned long long)under_way);
    if (n > 0 && write(STDOUT_FILENO, text, (size_t)n) < 0) _Exit(3);
    _Exit(2);
}

#ifndef __wasm__
/* The sanitizers', where they are built in: their last word before they end the program. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
static void sanitizer_died(void) { died(0); }
#endif

static void watch(void) {
#ifndef __wasm__
    signal(SIGABRT, died);
    signal(SIGSEGV, died);
    if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(sanitizer_died);
#endif
}

static void add(const char *text) {
    uint64_t seed = strtoull(text, NULL, 10);
    for (int i = 0; i < count; i++)
        if (seeds[i] == seed) return;
    if (count < MOST) seeds[count++] = seed;
}

/* A line each: the seed, then what it found. */
static void fixtures(void) {
    FILE *f = fopen("tests/sim/fixtures.txt", "r");
    char line[512];
    if (f == NULL) {
        printf("Bail out! tests/sim/fixtures.txt: cannot be read\n");
        exit(1);
    }
    while (fgets(line, sizeof line, f) != NULL)
        if (line[0] >= '0' && line[0] <= '9') add(line);
    fclose(f);
}

static void print_line(int number, uint64_t seed, const struct hash *digest, const struct append *line) {
    char hex[65];
    struct append h = append_fixed(hex, 64);
    append_hex(&h, digest->bytes, SHA256_SIZE);
    hex[64] = '\0';
    if (number > 0) printf("ok %d - seed %llu: %.*s, digest %.16s\n", number, (unsigned long long)seed, (int)line->size, line->at, hex);
    else printf("%llu %s\n", (unsigned long long)seed, hex);
    fflush(stdout);
}

static int hours(double n, uint64_t from) {
    static char room[4096];
    struct append line = append_fixed(room, sizeof room);
    time_t until = time(NULL) + (time_t)(n * 3600);
    uint64_t batch = 0, seed = from;
    for (; batch == 0 || time(NULL) < until; batch++, seed++) {
        struct hash digest;
        one(seed, &digest, &line);
        print_line((int)(batch + 1), seed, &digest, &line);
    }
    printf("1..%llu\n# seeds %llu to %llu: none failed\n", (unsigned long long)batch, (unsigned long long)from, (unsigned long long)seed - 1);
    return 0;
}

int main(int argc, char **argv) {
    static char room[4096];
    struct append line = append_fixed(room, sizeof room);
    bool usual = false;
    bool digests = argc > 1 && strcmp(argv[1], "--digest") == 0, few = argc > 1 && strcmp(argv[1], "--few") == 0;
    watch();
    if (argc > 2 && strcmp(argv[1], "--hours") == 0)
        return hours(strtod(argv[2], NULL), argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL) % 1000000 * 1000);
    for (int i = digests || few ? 2 : 1; i < argc; i++) add(argv[i]);
    if (few && count == 0) add("1"), add("2"), add("3");
    if (count == 0) {
        usual = !digests;
        for (int i = 1; i <= 8; i++) seeds[count++] = (uint64_t)i;
        fixtures();
    }
    if (!digests) printf("1..%d\n", count + usual);
    for (int i = 0; i < count; i++) {
        struct hash digest;
        one(seeds[i], &digest, &line);
        print_line(digests ? 0 : i + 1, seeds[i], &digest, &line);
    }
    under_way = 0;
    if (usual) print_all(count + 1);
    return 0;
}
