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

/* A run that met nothing bad, or in which next to nothing was taken, would pass and prove nothing. The least are for eight seeds in a row, one round
 * of what there is; fixtures come on top. Half a dozen times as much is usual. */
enum { ROUND = 8, ROUNDS = 4 /* of seeds as they come: eight of them may well see no torn tail */ };
static bool enough(void) {
    const struct { const char *what; uint64_t n, least; } must[] = {
        {"statements accepted", all.accepted, 800}, {"alerts", all.alerts, 300}, {"lead judgements", all.leads, 40}, {"ticks", all.ticks, 10000},
        {"days", all.days / 1000, 20}, {"repeats", all.repeated, 40}, {"noise", all.noise, 20}, {"events", all.events, 10000}, {"reads", all.reads, 400},
        {"lost messages", all.lost, 20}, {"statements kept from others", all.hidden, 10}, {"power cuts", all.cuts, 8}, {"kills", all.kills, 2}, {"failed writes", all.failed, 10}, {"stops", all.stops, 3},
        {"broken starts", all.broken_recoveries, 5}, {"torn tails", all.torn, 1}, {"snapshots", all.snapshots, 20}, {"starts from a snapshot", all.from_snapshot, 5},
        {"snapshots beside the server", all.kept, 60}, {"of them cut off", all.kept_cut, 3}, {"digests in the journal that were recomputed", all.digests, 20}, {"states compared with the keeper's", all.compared, 20},
        {"rotten bits that were found", all.rot_found, 2}, {"clock jumps", all.jumps, 3},
        {"unsure ticks", all.unsure, 3}, {"stalls", all.stalls, 3}, {"refusals for want of room", all.full, 40},
        {"refusals for want of room that were looked into", all.full_checked, 20}, {"orders refused", all.busy, 3}, {"outcomes unknown", all.unknown, 3},
        {"positions shed", all.shed, 20}, {"calls at the doors of F3548 and F3411", all.calls, 150}, {"of them accepted", all.called, 80}, {"of them refused for want of room", all.called_full, 10},
        {"keys that lacked something", all.wanting, 1}, {"calls sent again", all.called_again, 4}, {"calls turned away", all.called_wrong, 3},
        {"subscribers told of what is released", all.released, 3}, {"keys that lacked it", all.lacked, 1}, {"details of it that were fetched", all.fetched, 1}, {"capacities stated", all.stated, 1}, {"tables that became larger", all.grown, 1}};
    bool good = true;
    for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
        if (must[i].n >= must[i].least) continue;
        good = false;
        printf("# too little happened: %llu %s; at least %llu\n", (unsigned long long)must[i].n, must[i].what, (unsigned long long)must[i].least);
    }
    if (all.slots > 0 && (all.distances < 200 || all.either * 100 > all.meeting)) { /* where either answer passes, nothing is judged */
        good = false;
        printf("# the auditor judged %llu distances, and let %llu answers pass beside %llu sure ones\n", (unsigned long long)all.distances, (unsigned long long)all.either,
               (unsigned long long)all.meeting);
    }
    return good;
}

static double cpu_begun;
static double cpu(void) { return (double)clock() / CLOCKS_PER_SEC; }
static void print_speed(uint64_t seeds_lived, uint64_t days) {
    double seconds = cpu() - cpu_begun;
    if (seconds <= 0) return;
    printf("# %llu seeds: %.1f days in %.1f s of CPU, %.2f months a minute\n", (unsigned long long)seeds_lived, (double)days / 1000, seconds,
           (double)days / 1000 / 30 / (seconds / 60));
}

static void one(uint64_t seed, struct hash *digest, struct append *line) {
    static struct sim s;
    under_way = seed;
    append_reset(line);
    struct plan p = plan_of(seed);
    if (p.twin) {
        struct figures both = {0};
        twin_seed(seed, digest, line, &both);
        add_figures(&both);
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
    uint64_t batch = 0, seed = from, days = 0;
    bool good = true;
    for (; good && (batch == 0 || time(NULL) < until); batch++, seed++) {
        struct hash digest;
        uint64_t before = all.days;
        one(seed, &digest, &line);
        print_line((int)(batch + 1), seed, &digest, &line);
        days += all.days - before;
        if ((batch + 1) % (ROUNDS * ROUND) > 0) continue;
        if (!(good = enough())) printf("not ok - seeds %llu to %llu lived through too little\n", (unsigned long long)seed + 1 - ROUNDS * ROUND, (unsigned long long)seed);
        memset(&all, 0, sizeof all);
    }
    printf("1..%llu\n# seeds %llu to %llu%s\n", (unsigned long long)batch, (unsigned long long)from, (unsigned long long)seed - 1, good ? ": none failed" : "");
    print_speed(batch, days);
    return !good;
}

int main(int argc, char **argv) {
    static char room[4096];
    struct append line = append_fixed(room, sizeof room);
    bool usual = false;
    bool digests = argc > 1 && strcmp(argv[1], "--digest") == 0, few = argc > 1 && strcmp(argv[1], "--few") == 0;
    watch();
    cpu_begun = cpu();
    if (argc > 2 && strcmp(argv[1], "--hours") == 0)
        return hours(strtod(argv[2], NULL), argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL) % 1000000 * 1000);
    for (int i = digests || few ? 2 : 1; i < argc; i++) add(argv[i]);
    if (few && count == 0) add("1"), add("2"), add("3");
    if (count == 0) {
        usual = !digests;
        for (int i = 1; i <= ROUND; i++) seeds[count++] = (uint64_t)i;
        fixtures();
    }
    if (!digests) printf("1..%d\n", count + usual);
    for (int i = 0; i < count; i++) {
        struct hash digest;
        if (usual && i == ROUND) setenv("PARLEY_SIM_AUDIT", "1", 0); /* fixtures: what they found, the auditor may have found */
        one(seeds[i], &digest, &line);
        print_line(digests ? 0 : i + 1, seeds[i], &digest, &line);
    }
    under_way = 0;
    if (usual) printf("%s %d - the seeds met every kind of trouble, and much was taken\n", enough() ? "ok" : "not ok", count + 1);
    if (!digests) print_speed((uint64_t)count, all.days);
    return 0;
}
