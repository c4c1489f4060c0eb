/* The worst single step by case, with 10^5 of everything (PARLEY_WORST says another number): what falls due in one tick, expires at once, is swept when an
 * agreement, a feed's readers or the settings change, one pair of lists as long as they may be, and what one notice shows at the doors of F3548. Each case builds
 * its own state; then the one step that is meant is timed, and the longest of the continues that finish what it left. CPU times, medians of RUNS runs of the same
 * journal; beside the longest continue stands the same with, of each step, the fastest run: what is the work's own, and none of the machine's. The baseline is what
 * a step may take so that nobody waits: 5 ms (LIMIT_STEP_NS). */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "core/watch.h"
#include "geo/angle.h"

enum { RUNS = 3, FIGURES = 64 };
struct figure { char name[64]; double step[RUNS], onward[RUNS], *least; uint32_t runs, continues; };
static struct figure figures[FIGURES];
static uint32_t figure_count;
struct worst {
    struct bench_log log;
    struct json_reader *json;
    struct arena memory, decoded;
    struct state *st;
    struct effects *fx;
    instant now;
    uint64_t counter, told;
    uint32_t n;                  /* of everything */
    double step, onward, *each; uint32_t continues; /* ms */
};
struct said {
    struct statement s;
    struct signer signer[2];
    struct section section;
    struct volume volume[LIMIT_VOLUMES]; struct position at[LIMIT_VOLUMES][4];
    struct name party[2]; struct category_rule rule;
};
static struct said said;

static struct name named(const char *text) {
    struct name n = {{0}};
    memcpy(n.at, text, strlen(text));
    return n;
}

/* --- stepping --- */

static double stepped(struct worst *w, struct statement *s, bool must) {
    struct outcome out;
    s->order = state_order(w->st) + 1;
    s->time = w->now;
    double began = bench_cpu();
    state_step(w->st, s, &out, w->fx);
    double took = (bench_cpu() - began) * 1e3;
    w->told += w->fx->count;
    if (must && out.verdict != VERDICT_ACCEPTED) fprintf(stderr, "%s: %s %s\n", statement_kind_name(s->kind), reason_name(out.reason), out.detail), exit(1);
    return took;
}
static void go_on(struct worst *w) {
    w->onward = 0;
    for (w->continues = 0; state_backlog(w->st) > 0; w->continues++) {
        struct statement s = {.kind = KIND_CONTINUE, .origin = ORIGIN_SERVER, .at = w->now, .open_by = INSTANT_NONE, .onward = {.number = state_continues(w->st) + 1}};
        double took = stepped(w, &s, true);
        if (took > w->onward) w->onward = took;
        if (w->continues % 1024 == 0) w->each = realloc(w->each, (w->continues + 1024) * sizeof *w->each);
        if (w->each == NULL) bench_die("memory");
        w->each[w->continues] = took;
    }
}
static void tick(struct worst *w, int64_t ns) {
    w->now += ns;
    struct statement s = {.kind = KIND_TICK, .origin = ORIGIN_SERVER, .at = w->now, .open_by = INSTANT_NONE, .tick = {.tick = state_tick(w->st) + 1}};
    w->step = stepped(w, &s, true);
    go_on(w);
}
static void report(const struct worst *w, const char *name) {
    uint32_t i = 0;
    while (i < figure_count && strcmp(figures[i].name, name) != 0) i++;
    if (i == FIGURES) bench_die("too many figures");
    struct figure *x = &figures[i];
    if (i == figure_count) {
        figure_count++;
        snprintf(x->name, sizeof x->name, "%s", name);
        x->continues = w->continues;
        x->least = bench_room((w->continues + 1) * sizeof *x->least);
        for (uint32_t k = 0; k < w->continues; k++) x->least[k] = w->each[k];
    }
    if (w->continues != x->continues) bench_die("another run took another number of steps");
    x->step[x->runs] = w->step;
    x->onward[x->runs++] = w->onward;
    for (uint32_t k = 0; k < w->continues; k++)
        if (w->each[k] < x->least[k]) x->least[k] = w->each[k];
}
static void print(struct figure *x, uint32_t n) {
    char text[96];
    double least = 0;
    for (uint32_t k = 0; k < x->continues; k++)
        if (x->least[k] > least) least = x->least[k];
    snprintf(text, sizeof text, "worst.%.63s.%u", x->name, n);
    bench_print(text, bench_median(x->step, x->runs), "ms", "what a step may take", (double)LIMIT_STEP_NS / 1e6);
    if (x->continues == 0) return;
    snprintf(text, sizeof text, "worst.%.63s.%u.continue", x->name, n);
    bench_print(text, bench_median(x->onward, x->runs), "ms", "the work's own, of the longest", least);
}

/* --- saying --- */

static struct signer signer(const struct worst *w, int party) {
    static const char *const names[BENCH_PARTIES] = {"exercise/operator/root", "exercise/aramoor/root", "exercise/velland/root"};
    return (struct signer){.key_name = text_of(names[party]), .party = named(bench_parties[party]), .key = named("root"), .public_key = w->log.public_key[party], .verified = true};
}
static struct statement *begin(struct worst *w, enum statement_kind kind, int party, const char *section) {
    uint64_t n = ++w->counter;
    said.s = (struct statement){.kind = kind, .origin = ORIGIN_SIGNED, .open_by = INSTANT_NONE, .at = w->now, .signers = said.signer, .signer_count = 1, .sections = &said.section, .section_count = 1};
    said.s.hash = sha256_of(&n, sizeof n);
    memcpy(said.s.id.bytes, said.s.hash.bytes, sizeof said.s.id.bytes);
    said.signer[0] = signer(w, party);
    said.section = (struct section){.name = text_of(section)};
    said.section.commitment = said.s.hash;
    return &said.s;
}
static void to(enum reader_kind kind, const char *name) { said.section.readers[said.section.reader_count++] = (struct reader){.kind = (uint8_t)kind, .name = named(name)}; }
static void on(int party, const struct id *id) {
    said.s.has_on = true;
    said.s.on = (struct entity_ref){named(bench_parties[party]), *id};
}
/* The i-th place of a grid over the world, so that nothing of one kind meets. */
static void square(struct worst *w, uint32_t v, uint32_t i, int64_t from, int64_t until) {
    uint32_t across = 1200;
    int32_t lat = -600000000 + (int32_t)(i / across) * 3000000, lon = -1790000000 + (int32_t)(i % across) * 2900000, size = 100000;
    struct position corner[4] = {{lat, lon}, {lat, lon + size}, {lat + size, lon + size}, {lat + size, lon}};
    memcpy(said.at[v], corner, sizeof corner);
    said.volume[v] = (struct volume){.shape = {.kind = SHAPE_POLYGON, .count = 4, .at = said.at[v]}, .lower = {0, ALTITUDE_AMSL}, .upper = {300000, ALTITUDE_AMSL},
                                     .start = w->now + from * INSTANT_SECOND, .end = w->now + until * INSTANT_SECOND};
}
static void notice(int party, uint32_t count) {
    on(party, &said.s.id);
    said.section.body.notice = (struct body_notice){.area = TEXT("BENCH"), .category = named("missile"), .volumes = said.volume, .volume_count = count};
}
static void flight(int party, uint32_t count) {
    on(party, &said.s.id);
    said.section.body.flight = (struct body_flight){.callsign = TEXT("BENCH"), .persons_on_board = 1, .volumes = said.volume, .volume_count = count};
}
static void notices(struct worst *w, int party, int64_t from, int64_t until) {
    for (uint32_t i = 0; i < w->n; i++) {
        struct statement *s = begin(w, KIND_NOTICE, party, "public");
        to(READER_LOG, "log");
        square(w, 0, i, from, until);
        notice(party, 1);
        stepped(w, s, true);
        go_on(w);
    }
}
static void flights(struct worst *w, int party, int64_t from, int64_t until) {
    for (uint32_t i = 0; i < w->n; i++) {
        struct statement *s = begin(w, KIND_FLIGHT, party, "own");
        to(READER_PARTY, bench_parties[3 - party]);
        square(w, 0, i, from, until);
        flight(party, 1);
        stepped(w, s, true);
        go_on(w);
    }
}
static void feed(struct worst *w, bool time_it) {
    struct statement *s = begin(w, KIND_FEED, 1, "body");
    to(time_it ? READER_PARTY : READER_LOG, time_it ? "aramoor" : "log");
    said.section.body.feed.feed = named("f");
    memcpy(said.section.body.feed.readers, said.section.readers, sizeof said.section.readers);
    said.section.body.feed.reader_count = 1;
    double took = stepped(w, s, true);
    if (time_it) w->step = took, go_on(w);
}
static void tracks(struct worst *w, uint64_t number) {
    static char identity[1 << 20][8];
    static struct frame_position at[10000];
    for (uint32_t done = 0; done < w->n; number++) {
        uint32_t count = w->n - done < 10000 ? w->n - done : 10000;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t k = done + i;
            snprintf(identity[k], sizeof identity[k], "%06x", k);
            at[i] = (struct frame_position){.identity = {identity[k], 6}, .time = w->now, .at = {-600000000 + (int32_t)(k / 1200) * 3000000, -1790000000 + (int32_t)(k % 1200) * 2900000},
                                            .altitude = {900000, ALTITUDE_AMSL}, .has_altitude = true, .speed_cms = 20000, .track_mdeg = 90000, .climb_cms = INT32_MIN, .uncertainty_cm = -1};
        }
        struct statement s = {.kind = KIND_FRAME, .origin = ORIGIN_ATTESTED, .at = w->now, .open_by = INSTANT_NONE, .attested = named("aramoor"), .session_key = named("root")};
        s.frame = (struct body_frame){.feed = named("f"), .number = number, .time = w->now, .positions = at, .count = count};
        stepped(w, &s, true);
        go_on(w);
        done += count;
    }
}
static struct id agree(struct worst *w) {
    struct statement *s = begin(w, KIND_AGREEMENT, 1, "body");
    said.signer[1] = signer(w, 2);
    s->signer_count = 2;
    to(READER_LOG, "log");
    on(1, &s->id);
    said.party[0] = named(bench_parties[1]);
    said.party[1] = named(bench_parties[2]);
    said.rule = (struct category_rule){.category = named("default"), .lead_ns = INSTANT_HOUR, .readback_ns = 10 * INSTANT_MINUTE, .tail_ns = INSTANT_MINUTE};
    said.section.body.agreement = (struct body_agreement){.name = named("sorrel"), .version = 1, .parties = said.party, .party_count = 2, .from = w->now, .until = INSTANT_NONE,
                                                          .separation_cm = 926000, .separation_height_cm = 30000, .withdraw_notice_s = 3600, .rules = &said.rule, .rule_count = 1};
    stepped(w, s, true);
    return s->id;
}

/* --- a state for a case --- */

static void open_world(struct worst *w, uint32_t n) {
    struct fault f = {0};
    struct statement genesis;
    size_t bytes = 0;
    struct capacity c = bench_capacity;
    memset(w, 0, sizeof *w);
    w->n = n;
    w->now = BENCH_START;
    c.parties = BENCH_PARTIES;
    c.feeds = c.areas = 48;
    c.notices = c.flights = c.tracks = 3 * (n + n / 4 + 100);
    c.volumes = 2 * c.notices + 3 * 8 * LIMIT_VOLUMES;
    c.vertices = 16 * c.volumes;
    c.recent = 3 * (4 * n + 1000);
    c.alerts = 9 * (n + n / 4 + 1000);
    if (n <= 10000) c.managers = 1, c.references = c.subscriptions = c.footprints = 64, c.points = 1024;
    c.vertices += 3 * 200000;
    bench_log_make(&w->log, NULL, &c);
    w->json = json_reader_new(1 << 20);
    arena_growing(&w->decoded, (size_t)1 << 28);
    bench_must(state_memory(&c, &bytes, &f), &f, "memory");
    if (w->json == NULL || !arena_take(&w->memory, bytes)) bench_die("memory");
    (void)arena_warm(&w->memory, 0, SIZE_MAX); /* as a server has done some minutes after its start */
    struct decoder d = {.json = w->json, .arena = &w->decoded};
    bench_must(decode_genesis(&d, w->log.genesis, false, &genesis, &f), &f, "genesis");
    bench_must(state_new(&w->memory, &genesis, &w->st, &f), &f, "state");
    w->fx = state_effects(w->st);
}
static void close_world(struct worst *w) {
    arena_free(&w->log.arena);
    arena_free(&w->memory);
    arena_free(&w->decoded);
    json_reader_free(w->json);
}

/* --- cases --- */

static void ends(struct worst *w) {
    notices(w, 1, 60, 3600);
    tick(w, INSTANT_MINUTE);
    report(w, "notices-begin");
    tick(w, INSTANT_HOUR);
    report(w, "notices-end");
}
static void flights_end(struct worst *w) {
    flights(w, 1, 60, 3600);
    tick(w, INSTANT_DAY + 2 * INSTANT_HOUR);
    report(w, "flights-end");
    tick(w, INSTANT_DAY + 2 * INSTANT_HOUR);
    report(w, "flights-go");
    tick(w, 6 * INSTANT_DAY);
    report(w, "recent-expire");
}
static void readbacks(struct worst *w) {
    agree(w);
    notices(w, 1, 36000, 72000);
    tick(w, INSTANT_HOUR);
    report(w, "readbacks-overdue");
}
static void alerts(struct worst *w) {
    notices(w, 1, 36000, 72000);
    flights(w, 2, 0, 80000);
    tick(w, 9 * INSTANT_HOUR + 55 * INSTANT_MINUTE);
    report(w, "alerts-rise");
}
static void silent(struct worst *w) {
    feed(w, false);
    tracks(w, 1);
    tick(w, 10 * INSTANT_MINUTE);
    report(w, "tracks-silent");
    tick(w, INSTANT_HOUR);
    report(w, "tracks-go");
}
static void readers(struct worst *w) {
    feed(w, false);
    tracks(w, 1);
    feed(w, true);
    report(w, "feed-closed");
}
static void agreement(struct worst *w) {
    struct id id = agree(w);
    notices(w, 1, 36000, 72000);
    flights(w, 2, 36000, 72000);
    feed(w, false);
    tracks(w, 1);
    struct statement *s = begin(w, KIND_AGREEMENT_SUSPEND, 2, "body");
    on(1, &id);
    said.section.body.agreement_date.from = INSTANT_NONE;
    w->step = stepped(w, s, true);
    go_on(w);
    report(w, "agreement-suspended");
}
static void settings(struct worst *w) {
    feed(w, false);
    tracks(w, 1);
    struct statement *s = begin(w, KIND_SETTINGS, 0, "body");
    int64_t *members[] = {&said.section.body.settings.immediate_ns, &said.section.body.settings.warning_ns, &said.section.body.settings.caution_ns,
                          &said.section.body.settings.hysteresis_ns, &said.section.body.settings.lookahead_ns, &said.section.body.settings.tube_hold_ns,
                          &said.section.body.settings.track_silent_ns, &said.section.body.settings.hold_repeat_ns, &said.section.body.settings.query_repeat_ns,
                          &said.section.body.settings.separation_cm, &said.section.body.settings.separation_height_cm, &said.section.body.settings.recovery_delay_ns,
                          &said.section.body.settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) *members[i] = INT64_MIN;
    said.section.body.settings.separation_cm = 1000000;
    w->step = stepped(w, s, true);
    go_on(w);
    report(w, "settings-changed");
}
/* Two lists as long as they may be, all of the same time and height, beside each other: every volume is compared with every other. */
static void long_pair(struct worst *w, bool one_meets, const char *name) {
    struct statement *s = begin(w, KIND_NOTICE, 1, "public");
    to(READER_LOG, "log");
    for (uint32_t v = 0; v < LIMIT_VOLUMES; v++) square(w, v, v, 36000, 72000);
    notice(1, LIMIT_VOLUMES);
    stepped(w, s, true);
    s = begin(w, KIND_FLIGHT, 2, "own");
    to(READER_PARTY, "aramoor");
    for (uint32_t v = 0; v < LIMIT_VOLUMES; v++) {
        square(w, v, v, 36000, 72000);
        for (int i = 0; i < 4; i++) said.at[v][i].lat += v == 0 && one_meets ? 0 : 150000; /* none meets: as many are compared as one pair may have, and the rest counts as meeting */
    }
    flight(2, LIMIT_VOLUMES);
    w->step = stepped(w, s, true);
    go_on(w);
    report(w, name);
}
static void pair(struct worst *w) { long_pair(w, true, "one-long-pair"); }
static void pair_apart(struct worst *w) { long_pair(w, false, "one-long-pair-apart"); }
/* What one notice shows to drones: so many wheels of 1,000 corners, each 600 km across and cut into 64 pieces; more of them than there may be pieces become circles. */
static void shows(struct worst *w, uint32_t wheels, const char *name) {
    static struct position corner[100][LIMIT_VERTICES];
    struct statement bridge = {.kind = KIND_BRIDGE, .origin = ORIGIN_SERVER, .at = w->now, .open_by = INSTANT_NONE, .bridge = {.number = 1, .url = TEXT("https://parley.example")}};
    stepped(w, &bridge, true);
    struct statement *s = begin(w, KIND_NOTICE, 1, "public");
    to(READER_WORLD, "");
    for (uint32_t v = 0; v < wheels; v++) {
        square(w, v, v, 3600, 7200);
        for (uint32_t i = 0; i < LIMIT_VERTICES; i++) {
            struct turn t = angle_turn(2.0 * ANGLE_PI * i / LIMIT_VERTICES);
            double out = i % 2 ? 2.7 : 1.3;
            corner[v][i] = (struct position){(int32_t)((-50.0 + 10.0 * (v / 10) + out * t.sin) * 1e7), (int32_t)((-150.0 + 30.0 * (v % 10) + out * t.cos) * 1e7)};
        }
        said.volume[v].shape.at = corner[v];
        said.volume[v].shape.count = LIMIT_VERTICES;
    }
    notice(1, wheels);
    w->step = stepped(w, s, true);
    go_on(w);
    report(w, name);
}
/* A new URL concerns all that shows. */
static void shows_anew(struct worst *w) {
    struct statement bridge = {.kind = KIND_BRIDGE, .origin = ORIGIN_SERVER, .at = w->now, .open_by = INSTANT_NONE, .bridge = {.number = 1, .url = TEXT("https://parley.example")}};
    for (uint32_t i = 0; i < w->n; i++) {
        struct statement *s = begin(w, KIND_NOTICE, 1, "public");
        to(READER_WORLD, "");
        square(w, 0, i, 60, 3600);
        notice(1, 1);
        stepped(w, s, true);
        go_on(w);
    }
    w->step = stepped(w, &bridge, true);
    go_on(w);
    report(w, "all-show-anew");
}
static void shows_all(struct worst *w) { shows(w, 9, "one-notice-shows"); }
static void shows_circles(struct worst *w) { shows(w, 100, "one-notice-shows-circles"); }
/* Lists of paths that wind around each other, some 50 m apart: nothing but the exact test tells that they do not meet. */
static void wound(struct worst *w) {
    enum { EACH = 60, TURNS = 500 };
    static struct position at[2 * EACH][TURNS];
    for (int list = 0; list < 2; list++) {
        struct statement *s = begin(w, list ? KIND_FLIGHT : KIND_NOTICE, 1 + list, list ? "own" : "public");
        if (list) to(READER_PARTY, "aramoor");
        else to(READER_LOG, "log");
        for (uint32_t v = 0; v < EACH; v++) {
            square(w, v, 0, 36000, 72000);
            for (uint32_t i = 0; i < TURNS; i++) {
                struct turn t = angle_turn(ANGLE_PI * (i / 25.0 + list + v * 0.001));
                double out = 0.02 * (0.1 + 0.9 * i / TURNS);
                at[list * EACH + v][i] = (struct position){(int32_t)((10.0 + out * t.sin) * 1e7), (int32_t)((20.0 + out * t.cos) * 1e7)};
            }
            said.volume[v].shape = (struct shape){.kind = SHAPE_CORRIDOR, .count = TURNS, .reach_cm = 1, .at = at[list * EACH + v]};
        }
        if (list) flight(2, EACH);
        else notice(1, EACH);
        w->step = stepped(w, s, true);
    }
    go_on(w);
    report(w, "one-pair-wound");
}
static void one(const char *only, const char *name, uint32_t n, void (*run)(struct worst *w)) {
    if (only != NULL && strcmp(only, name) != 0) return;
    figure_count = 0;
    for (int i = 0; i < RUNS; i++) {
        struct worst *w = bench_room(sizeof *w);
        open_world(w, n);
        run(w);
        close_world(w);
        free(w->each);
        free(w);
    }
    for (uint32_t i = 0; i < figure_count; i++) {
        print(&figures[i], n);
        free(figures[i].least);
        figures[i] = (struct figure){.runs = 0};
    }
}
int main(int argc, char **argv) {
    const char *number = getenv("PARLEY_WORST"), *only = argc > 1 ? argv[1] : NULL;
    uint32_t n = number != NULL ? (uint32_t)strtoul(number, NULL, 10) : 100000;
    if (n < 10 || n > 1000000) fprintf(stderr, "PARLEY_WORST: 10 to 1000000\n"), exit(64);
    one(only, "ends", n, ends);
    one(only, "flights-end", n, flights_end);
    one(only, "readbacks", n, readbacks);
    one(only, "silent", n, silent);
    one(only, "readers", n, readers);
    one(only, "agreement", n, agreement);
    one(only, "settings", n, settings);
    one(only, "pair", n, pair);
    one(only, "apart", n, pair_apart);
    one(only, "wound", n < 10000 ? n : 10000, wound);
    one(only, "alerts", n, alerts);
    one(only, "url", n < 10000 ? n : 10000, shows_anew);
    one(only, "shows", n < 10000 ? n : 10000, shows_all);
    one(only, "circles", n < 10000 ? n : 10000, shows_circles);
    return 0;
}
