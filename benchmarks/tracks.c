/* Tracks: state_step of frames alone, at 10^4 to 10^6 tracks that report once a second, against 100,000 notices over the world. Traffic is made
 * from a seed (traffic.h); its making is not timed. The tracks appear over a minute; what is measured comes after it. Baselines: a loop that
 * reads the same reports and computes one distance for each; reads of the state's bytes at random, one waiting for the other; and for what
 * re-anchoring costs, the questions to the index alone. Parts of a step are timed, in seconds of their own, by functions that the linker puts in front of them, in
 * this program alone. Then 10,000 aircraft against each other (pairs.c). */
#include <stdio.h>
#include <stdlib.h>

#include "core/search.h"
#include "core/tube.h"
#include "pairs.h"
#include "sky.h"

enum { WARM = 61, SECONDS = 10, NOTICES = 100000 };

/* --- parts of a step --- */

struct stage { uint64_t calls; double seconds; };
static struct stage refreshing, continuing, storing, notices, tubes, areas;
static bool measuring;
#define STAGE(stage, call)                          \
    do {                                            \
        double begun = measuring ? bench_cpu() : 0; \
        call;                                       \
        if (measuring) (stage).seconds += bench_cpu() - begun, (stage).calls++; \
    } while (0)

void __real_conflict_refresh(struct state *st, enum owner_kind kind, row r, struct effects *fx);
void __wrap_conflict_refresh(struct state *st, enum owner_kind kind, row r, struct effects *fx);
void __wrap_conflict_refresh(struct state *st, enum owner_kind kind, row r, struct effects *fx) {
    STAGE(refreshing, __real_conflict_refresh(st, kind, r, fx));
}
bool __real_search_pairs(struct state *st, enum owner_kind kind, row r, struct waiting *part[SEARCH_PARTS], struct effects *fx);
bool __wrap_search_pairs(struct state *st, enum owner_kind kind, row r, struct waiting *part[SEARCH_PARTS], struct effects *fx);
bool __wrap_search_pairs(struct state *st, enum owner_kind kind, row r, struct waiting *part[SEARCH_PARTS], struct effects *fx) {
    bool through;
    STAGE(continuing, through = __real_search_pairs(st, kind, r, part, fx)); /* from the backlog alone: conflict_refresh calls its own */
    return through;
}
void __real_tube_store(struct state *st, row r);
void __wrap_tube_store(struct state *st, row r);
static uint64_t anchors;
void __wrap_tube_store(struct state *st, row r) {
    anchors++;
    STAGE(storing, __real_tube_store(st, r));
}
void __real_index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void __wrap_index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void __wrap_index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *tests) {
    STAGE(notices, __real_index_query(x, b, visit, context, tests));
}
void __real_tubes_query(const struct state *st, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void __wrap_tubes_query(const struct state *st, const struct box *b, index_visit visit, void *context, uint64_t *tests);
void __wrap_tubes_query(const struct state *st, const struct box *b, index_visit visit, void *context, uint64_t *tests) {
    STAGE(tubes, __real_tubes_query(st, b, visit, context, tests));
}
uint32_t __real_area_responsible(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room);
uint32_t __wrap_area_responsible(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room);
uint32_t __wrap_area_responsible(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room) {
    uint32_t n;
    STAGE(areas, n = __real_area_responsible(st, where, at, out, room));
    return n;
}

/* --- baselines --- */

static double bare(struct traffic *t, uint32_t tracks) {
    struct position *last = bench_room((size_t)tracks * sizeof *last);
    uint64_t reports = 0;
    int64_t sum = 0;
    double spent = 0;
    for (uint32_t f = 0, base = 0; f < traffic_feeds(t); f++, base += TRAFFIC_PER_FEED) {
        struct body_frame frame;
        traffic_frame(t, f, BENCH_START, &frame);
        double start = bench_cpu();
        for (uint32_t i = 0; i < frame.count; i++) {
            struct position *was = &last[(base + i) % tracks];
            sum += meet_distance_cm(was, &frame.positions[i].at);
            *was = frame.positions[i].at;
        }
        spent += bench_cpu() - start;
        reports += frame.count;
    }
    free(last);
    return sum == 0 ? 0 : (double)reports / spent;
}

/* Nanoseconds of a read at random out of so many bytes, each waiting for the last. */
static double latency(size_t bytes) {
    enum { READS = 2000000 };
    size_t lines = bytes / 64, at = 0;
    uint64_t (*line)[8] = bench_room(lines * sizeof *line), seed = 1;
    for (size_t i = 0; i < lines; i++) line[i][0] = i;
    for (size_t i = lines - 1; i > 0; i--) { /* Sattolo: one cycle through all of them */
        size_t other = (size_t)(bench_draw(&seed) % i);
        uint64_t swap = line[i][0];
        line[i][0] = line[other][0];
        line[other][0] = swap;
    }
    double start = bench_cpu();
    for (int i = 0; i < READS; i++) at = (size_t)line[at][0];
    double spent = (bench_cpu() - start) / READS * 1e9;
    free(line);
    return at < lines ? spent : 0;
}

/* --- tracks --- */

static struct capacity room_for(uint32_t tracks) {
    struct capacity c = bench_capacity;
    c.parties = 3; /* each has a third; two of them speak */
    c.feeds = 3 * 16;
    c.areas = 3 * 16;
    c.notices = 3 * 60000;
    c.volumes = 3 * 60000;
    c.vertices = 16 * c.volumes;
    c.flights = 48;
    c.recent = 3 * 120000;
    c.tracks = 3 * (tracks / 10 * 6 + TRAFFIC_PER_FEED);
    c.alerts = 9 * (tracks / 10 * 3 + 10000);
    return c;
}

static double part(const struct stage *s, const struct sky *k) { return s->seconds / (double)k->reports * 1e9; }

static void print_parts(const struct sky *k) {
    double each = k->spent / (double)k->reports * 1e9;
    double search = part(&refreshing, k) + part(&continuing, k), near = part(&notices, k) + part(&tubes, k);
    printf("# with its parts timed %.0f ns a report: search %.0f (%.0f in continues), of which notices' index %.0f, tubes' grid %.0f, areas %.0f, the pairs and the rest %.0f; new tubes %.0f; the rest %.0f; a tick %.1f ms; %llu continues\n",
           each, search, part(&continuing, k), part(&notices, k), part(&tubes, k), part(&areas, k), search - near - part(&areas, k), part(&storing, k), each - search - part(&storing, k), k->ticks / SECONDS * 1e3,
           (unsigned long long)k->continues);
}
static void print_tracks(const struct sky *k, struct traffic *t, uint32_t tracks, const struct traffic_counts *was, uint64_t tests) {
    char name[64];
    double each = k->spent / (double)k->reports * 1e9, reports = (double)k->reports, used = k->st->tracks.used;
    const struct traffic_counts *n = traffic_counts(t);
    size_t bytes = (size_t)k->st->tracks.used * k->st->tracks.each;
    printf("# %u tracks; reports %.0f: %.2f %% late, %.2f %% doubled, %llu jumps, %.1f %% of aircraft turning; %u alerts live, %llu told\n", k->st->tracks.used, reports,
           100 * (double)(n->late - was->late) / reports, 100 * (double)(n->doubled - was->doubled) / reports, (unsigned long long)(n->jumps - was->jumps),
           100 * (double)(n->turning - was->turning) / SECONDS / (double)tracks, k->st->alerts.used, (unsigned long long)k->told);
    snprintf(name, sizeof name, "tracks.%u.reports", tracks);
    bench_print(name, reports / k->spent, "reports/s", "bare loop, one distance each", bare(t, tracks));
    snprintf(name, sizeof name, "tracks.%u.core-share", tracks);
    bench_print(name, 100 * (k->spent + k->ticks) / SECONDS, "% of a core", "one core", 100);
    snprintf(name, sizeof name, "tracks.%u.report", tracks);
    bench_print(name, each, "ns", "a read at random of the tracks", latency(bytes));
    snprintf(name, sizeof name, "tracks.%u.anchors", tracks);
    bench_print(name, (double)anchors / reports, "anchors/report", "by age alone (60 s)", used / reports * SECONDS / 60);
    snprintf(name, sizeof name, "tracks.%u.box-tests", tracks);
    bench_print(name, (double)tests / (double)anchors, "tests/anchor", "scan of all", (double)k->st->volumes.used + used);
    if (k->untracked > 0) fprintf(stderr, "%u frames had positions that were not tracked\n", k->untracked), exit(1);
}

static void measure(uint32_t tracks) {
    struct sky *k = bench_room(sizeof *k);
    struct capacity c = room_for(tracks);
    struct traffic *t = traffic_new(tracks, tracks, false);
    sky_open(k, &c);
    sky_areas(k);
    sky_feeds(k, traffic_feeds(t));
    sky_notices(k, NOTICES);
    for (int s = 0; s < WARM; s++) sky_second(k, t);
    struct traffic_counts was = *traffic_counts(t);
    uint64_t tests = k->st->box_tests;
    refreshing = continuing = storing = notices = tubes = areas = (struct stage){0};
    anchors = 0;
    k->spent = k->ticks = 0;
    k->reports = k->told = k->continues = 0;
    for (int s = 0; s < SECONDS; s++) sky_second(k, t);
    print_tracks(k, t, tracks, &was, k->st->box_tests - tests);
    k->spent = k->ticks = 0;
    k->reports = k->continues = 0;
    measuring = true; /* a clock that is read as often as that takes a sixth of the time: so the parts have seconds of their own */
    for (int s = 0; s < SECONDS; s++) sky_second(k, t);
    measuring = false;
    print_parts(k);
    traffic_free(t);
    sky_close(k);
    free(k);
}

/* --- memory --- */

static size_t bytes_of(const struct capacity *c) {
    struct fault f = {0};
    size_t bytes = 0;
    bench_must(state_memory(c, &bytes, &f), &f, "memory");
    return bytes;
}
/* What a member's row takes, everything that is laid out for it included; powers of two, as the hash tables are. */
static void print_memory(void) {
    enum { MORE = 1 << 20 };
    struct capacity c = bench_capacity;
    uint32_t *const members[] = {&c.tracks, &c.volumes, &c.vertices, &c.notices, &c.flights, &c.alerts, &c.recent, &c.holds, &c.feeds};
    static const char *const names[] = {"tracks", "volumes", "vertices", "notices", "flights", "alerts", "recent", "holds", "feeds"};
    double each[9];
    for (int i = 0; i < 9; i++) {
        *members[i] = MORE;
        size_t with = bytes_of(&c);
        *members[i] = 2 * MORE;
        each[i] = (double)(bytes_of(&c) - with) / MORE;
        c = bench_capacity;
        printf("# memory of one more of %-10s %8.1f bytes\n", names[i], each[i]);
    }
    bench_print("memory.track", each[0], "bytes", "goal", 512);
    bench_print("memory.volume-16", each[1] + 16 * each[2], "bytes", "goal", 1024);
    bench_print("memory.vertex", each[2], "bytes", "goal", 16);
}

int main(int argc, char **argv) {
    uint32_t most = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    print_memory();
    uint32_t least = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000;
    pairs_measure();
    for (uint32_t tracks = least; tracks <= most; tracks *= 10) measure(tracks);
    return 0;
}
