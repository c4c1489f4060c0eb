/* The F3548-21 door over HTTP, 32 connections that are kept: the real binary on a fresh log, tokens of `parley dev-token`, our own client. For each case the server's
 * CPU seconds for 100,000 requests beside those of a bare epoll loop that answers the same bytes to the same requests, the time they took beside synced appends of as
 * many bytes in as many writes as the server made, how many statements shared a batch, and how long an answer took: median and 99th percentile, beside the bare loop's.
 *   create.disjoint     operational intents beside each other
 *   create.one-cell     all over one square, each at another time
 *   create.implicit     beside each other, each with an implicit subscription
 *   life                each is created, activated and deleted
 *   create.MANY         beside each other, with so many on file (PARLEY_F3548_LIVE, 100,000 unless it says more), beside create.disjoint's; and the server's memory for each of these
 *   query.1000, .MANY   of 1 km2, with so many intents on file
 *   half-load           create.disjoint at half the rate that it reached: answers beside synced appends of the sizes that the server wrote
 *   library             what libmicrohttpd costs by itself with create.disjoint's bytes: answering at once, suspended and resumed as the server has to, or
 *                       asked again without being suspended
 *   token               a token that was seen before, beside its first time */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "door/token.h"
#include "door/token_seen.h"
#include "f3548_said.h"
#include "http_load.h"
#include "process.h"

enum { MOST_RUNS = 3, CREATED = 20000, LIVES = 6000, QUERIES = 20000, FEW = 1000, FILL_STEP = 50000, FILL_CONNECTIONS = 256, TOKENS = 20000, FIRST_TOKENS = 500 };
static unsigned runs = MOST_RUNS;
static uint32_t live_most;

/* ---- measuring ---- */
enum { CPU, TOOK, HALF, MOST, BARE_CPU, BARE_HALF, BARE_MOST, APPENDS, LIBRARY_CPU, LIBRARY_LATER_CPU, LIBRARY_AWAKE_CPU, A_BATCH, FIGURES };
struct figures { double at[FIGURES][MOST_RUNS]; };

static double percentile(double *all, uint32_t count, double part) {
    (void)bench_median(all, count); /* sorts */
    return all[(uint32_t)(part * (count - 1))];
}
struct written { double bytes, batches; };
static double figure_of(const char *text, const char *name) {
    const char *at = strstr(text, name);
    if (at == NULL) bench_die(name);
    return strtod(at + strlen(name), NULL);
}
static struct written written(const struct process *server) {
    const struct text ask = TEXT("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    struct load *l = bench_room(sizeof *l);
    *l = (struct load){.requests = &ask, .count = 1, .connections = 1};
    (void)load_run(l, server->port);
    l->answer[l->answer_size] = '\0';
    struct written w = {figure_of(l->answer, "\nparley_journal_written_bytes_total "), figure_of(l->answer, "\nparley_batch_bytes_count ")};
    free(l);
    return w;
}
/* As many bytes in as many appends, each synced: what the disk asks of whoever answers only what is durable. `each_took`: seconds of each, or NULL. */
static double appends(const char *dir, double bytes, double count, double *each_took) {
    char path[BENCH_PATH + 16];
    size_t each = count > 0 ? (size_t)(bytes / count) + 1 : 0;
    char *room = bench_room(each + 1);
    snprintf(path, sizeof path, "%s/appends", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) bench_die(path);
    double start = bench_now();
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        double began = bench_now();
        if (write(fd, room, each) != (ssize_t)each || fdatasync(fd) != 0) bench_die(path);
        if (each_took != NULL) each_took[i] = bench_now() - began;
    }
    double took = bench_now() - start;
    close(fd);
    unlink(path);
    free(room);
    return took;
}
enum beside { BARE, LIBRARY, LIBRARY_LATER, LIBRARY_AWAKE, BESIDES };
static struct process beside_of(struct text answer, enum beside what) {
    struct process p;
    int ends[2];
    if (pipe(ends) != 0 || (p.pid = fork()) < 0) bench_die("fork");
    if (p.pid == 0 && what == BARE) load_serve(answer, ends[1]);
    if (p.pid == 0) load_serve_library(answer, what == LIBRARY ? LIBRARY_AT_ONCE : what == LIBRARY_LATER ? LIBRARY_SUSPENDED : LIBRARY_ASKED_AGAIN, ends[1]);
    close(ends[1]);
    p.out = ends[0];
    if (read(p.out, &p.port, sizeof p.port) != sizeof p.port) bench_die("the bare loop did not start");
    return p;
}
static void refused(const struct load *l) {
    if (l->refused == 0) return;
    fprintf(stderr, "f3548: %u refused: %s\n", l->refused, l->refusal);
    exit(1);
}
/* The same requests to what stands beside the server, which gives the answer that the server gave. */
static void measure_beside(const struct load *l, enum beside what, struct figures *g, int run) {
    static const int figure[BESIDES] = {BARE_CPU, LIBRARY_CPU, LIBRARY_LATER_CPU, LIBRARY_AWAKE_CPU};
    struct load *again = bench_room(sizeof *again);
    *again = (struct load){.requests = l->requests, .count = l->count, .connections = l->connections, .lanes = l->lanes, .took = bench_room(l->count * sizeof(double))};
    struct process p = beside_of((struct text){l->answer, l->answer_size}, what);
    double cpu = process_cpu(p.pid);
    (void)load_run(again, p.port);
    g->at[figure[what]][run] = (process_cpu(p.pid) - cpu) * 1e5 / l->count;
    process_stop(&p, SIGKILL);
    refused(again);
    if (what == BARE) {
        g->at[BARE_HALF][run] = percentile(again->took, l->count, 0.5) * 1e3;
        g->at[BARE_MOST][run] = percentile(again->took, l->count, 0.99) * 1e3;
    }
    free(again->took);
    free(again);
}
static void measure(const struct process *server, const char *dir, struct made *m, bool lanes, bool library, struct figures *g, int run) {
    struct load *l = bench_room(sizeof *l);
    double each = 1e5 / m->count;
    *l = (struct load){.requests = m->all, .count = m->count, .connections = LANES, .lanes = lanes ? LANES : 0, .took = bench_room(m->count * sizeof(double))};
    struct written before = written(server);
    double cpu = process_cpu(server->pid);
    g->at[TOOK][run] = load_run(l, server->port) * each;
    g->at[CPU][run] = (process_cpu(server->pid) - cpu) * each;
    struct written after = written(server);
    refused(l);
    g->at[HALF][run] = percentile(l->took, m->count, 0.5) * 1e3;
    g->at[MOST][run] = percentile(l->took, m->count, 0.99) * 1e3;
    for (int what = BARE; what < (library ? BESIDES : LIBRARY); what++) measure_beside(l, (enum beside)what, g, run);
    g->at[APPENDS][run] = appends(dir, after.bytes - before.bytes, after.batches - before.batches, NULL) * each;
    double batches = after.batches - before.batches;
    g->at[A_BATCH][run] = batches > 0 ? m->count / batches : 0;
    free(l->took);
    free(l);
}

struct server { struct bench_log *log; struct process process; char dir[BENCH_PATH]; };
static struct capacity capacity_for(uint32_t live) {
    struct capacity c = bench_capacity;
    c.managers = 1;
    c.subscriptions = 2 * CREATED;
    c.references = live + 2 * CREATED;
    c.footprints = c.references + c.subscriptions;
    c.points = 32 * c.references; /* they come in chunks */
    return c;
}
/* What the state sets aside for each intent, all of which may be in use. */
static double set_aside(uint32_t live) {
    struct capacity c = capacity_for(live);
    struct memory_part part[STATE_PARTS];
    double own = 0;
    uint32_t n = state_memory_parts(&c, part);
    for (uint32_t i = 0; i < n; i++) own += strncmp(part[i].name, "dss", 3) == 0 ? (double)part[i].bytes : 0;
    return own / c.references;
}
static struct server start(uint32_t live) {
    struct server s = {.log = bench_room(sizeof *s.log)};
    struct capacity c = capacity_for(live);
    char data[BENCH_PATH + 8];
    struct fault f = {0};
    bench_dir("f3548", s.dir);
    said_make_token(s.dir);
    snprintf(data, sizeof data, "%s/log", s.dir);
    bench_must(disk_make_dir(disk_real(), data, &f), &f, data);
    bench_log_make(s.log, data, &c);
    s.process = process_server_with(s.log->dir, (const char *const[]){"--token-key", said_key_file, "--audience", "localhost", "--rate-manager", "1000000", "--metrics-local", "--no-keeper", NULL});
    return s;
}
static void stop(struct server *s) {
    process_stop(&s->process, SIGTERM);
    arena_free(&s->log->arena);
    free(s->log);
    bench_remove(s->dir);
}
static double resident(pid_t pid) {
    char path[64];
    unsigned long all = 0, here = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *in = fopen(path, "re");
    if (in == NULL || fscanf(in, "%lu %lu", &all, &here) != 2) bench_die(path);
    fclose(in);
    return (double)here * (double)sysconf(_SC_PAGESIZE);
}
/* In pieces: a million requests are more than a gigabyte. Returns what the server's memory grew by for each. */
static double fill(const struct server *s, uint32_t count) {
    double before = resident(s->process.pid);
    for (uint32_t at = 0; at < count; at += FILL_STEP) {
        struct made m = creates(at, count - at < FILL_STEP ? count - at : FILL_STEP, APART, PLAIN);
        struct load *l = bench_room(sizeof *l);
        *l = (struct load){.requests = m.all, .count = m.count, .connections = FILL_CONNECTIONS};
        (void)load_run(l, s->process.port);
        refused(l);
        free(l);
        made_free(&m);
    }
    return (resident(s->process.pid) - before) / count;
}

static double median(struct figures *g, int figure) { return bench_median(g->at[figure], runs); }
static void print(const char *name, bool writes, struct figures *g) {
    char what[64];
    snprintf(what, sizeof what, "f3548.%s", name);
    bench_print(what, median(g, CPU), "CPU s/100,000", "bare epoll loop, same bytes", median(g, BARE_CPU));
    if (writes) bench_print(what, median(g, TOOK), "s/100,000", "synced appends, as many bytes", median(g, APPENDS));
    if (writes) bench_print(what, median(g, A_BATCH), "statements a batch", "connections", LANES);
    bench_print(what, median(g, HALF), "ms, median", "bare epoll loop", median(g, BARE_HALF));
    bench_print(what, median(g, MOST), "ms, 99 %", "bare epoll loop", median(g, BARE_MOST));
}
static void print_library(struct figures *g) {
    double bare = median(g, BARE_CPU);
    bench_print("f3548.library.at-once", median(g, LIBRARY_CPU), "CPU s/100,000", "bare epoll loop, same bytes", bare);
    bench_print("f3548.library.suspended", median(g, LIBRARY_LATER_CPU), "CPU s/100,000", "bare epoll loop, same bytes", bare);
    bench_print("f3548.library.asked-again", median(g, LIBRARY_AWAKE_CPU), "CPU s/100,000", "bare epoll loop, same bytes", bare);
}

/* ---- cases ---- */
static const char *only;
static bool wanted(const char *name) { return only == NULL || strcmp(only, name) == 0; }

static struct made whole_lives(void) { return lives(LIVES / LANES * LANES); }
static struct made apart(void) { return creates(0, CREATED, APART, PLAIN); }
static struct made one_cell(void) { return creates(0, CREATED, ONE_CELL, PLAIN); }
static struct made implicit(void) { return creates(0, CREATED, APART, IMPLICIT); }
static struct made few(void) { return queries(QUERIES, FEW); }
struct one { const char *name; struct made (*make)(void); uint32_t live; bool lanes; };

static double run_case(const struct one *c) {
    struct figures g = {0};
    bool library = c->make == apart;
    for (unsigned run = 0; run < runs; run++) {
        struct server s = start(c->live);
        if (c->live > 0) (void)fill(&s, c->live);
        struct made m = c->make();
        measure(&s.process, s.dir, &m, c->lanes, library, &g, (int)run);
        made_free(&m);
        stop(&s);
    }
    print(c->name, c->live == 0, &g);
    if (library) print_library(&g);
    return median(&g, CPU);
}

/* One server with so many on file for both: to fill it takes longer than all else. Queries first, for they leave the count as it is. */
static void run_many(double disjoint) {
    struct figures queried = {0}, created = {0};
    char query[32], create[32], what[64];
    snprintf(query, sizeof query, "query.%u", live_most);
    snprintf(create, sizeof create, "create.%u", live_most);
    if (!wanted(query) && !wanted(create)) return;
    struct server s = start(live_most);
    double memory = fill(&s, live_most);
    unsigned all = runs;
    for (unsigned run = 0; run < all; run++) {
        struct made m = queries(QUERIES, live_most);
        measure(&s.process, s.dir, &m, false, false, &queried, (int)run);
        made_free(&m);
    }
    struct made m = creates(live_most, CREATED, APART, PLAIN);
    measure(&s.process, s.dir, &m, false, false, &created, 0);
    made_free(&m);
    stop(&s);
    print(query, false, &queried);
    runs = 1; /* what is created stays */
    print(create, true, &created);
    snprintf(what, sizeof what, "f3548.%s", create);
    if (disjoint > 0) bench_print(what, median(&created, CPU), "CPU s/100,000", "create.disjoint", disjoint);
    bench_print("f3548.memory", memory, "bytes a live intent", "what the state sets aside", set_aside(live_most));
    runs = all;
}

/* A rate that leaves half of the time: what an answer takes then is the disk's time and the server's, not the queue's. */
static void run_half_load(void) {
    double half[MOST_RUNS], most[MOST_RUNS], disk_half[MOST_RUNS], disk_most[MOST_RUNS];
    for (unsigned run = 0; run < runs; run++) {
        struct server s = start(0);
        struct made m = creates(0, 2 * CREATED, APART, PLAIN);
        struct load *l = bench_room(sizeof *l);
        *l = (struct load){.requests = m.all, .count = CREATED / 2, .connections = LANES};
        double rate = l->count / load_run(l, s.process.port) / 2;
        refused(l);
        *l = (struct load){.requests = m.all + CREATED / 2, .count = CREATED / 2, .connections = LANES, .rate = rate, .took = bench_room(CREATED * sizeof(double))};
        struct written before = written(&s.process);
        (void)load_run(l, s.process.port);
        struct written after = written(&s.process);
        refused(l);
        half[run] = percentile(l->took, l->count, 0.5) * 1e3;
        most[run] = percentile(l->took, l->count, 0.99) * 1e3;
        double batches = after.batches - before.batches, *each = bench_room((size_t)(batches + 1) * sizeof *each);
        (void)appends(s.dir, after.bytes - before.bytes, batches, each);
        disk_half[run] = percentile(each, (uint32_t)batches, 0.5) * 1e3;
        disk_most[run] = percentile(each, (uint32_t)batches, 0.99) * 1e3;
        free(each);
        free(l->took);
        free(l);
        made_free(&m);
        stop(&s);
    }
    bench_print("f3548.half-load", bench_median(half, runs), "ms, median", "synced append, same sizes", bench_median(disk_half, runs));
    bench_print("f3548.half-load", bench_median(most, runs), "ms, 99 %", "synced append, same sizes", bench_median(disk_most, runs));
}

/* As the door does it at every request (bearers_check), without the door. */
static void run_token(void) {
    struct token_keys keys = {.count = 0};
    struct token_seen *seen = token_seen_new();
    struct json_reader *json = json_reader_new(1 << 20);
    static const char *const audience[] = {"localhost"};
    struct token first;
    struct fault f = {0};
    char dir[BENCH_PATH], pem[4096];
    bench_dir("f3548", dir);
    said_make_token(dir);
    FILE *in = fopen(said_key_file, "re");
    size_t size = in == NULL ? 0 : fread(pem, 1, sizeof pem, in);
    if (size == 0 || seen == NULL || json == NULL) bench_die(said_key_file);
    fclose(in);
    bench_must(token_keys_pem(&keys, said_key_file, (struct text){pem, size}, &f), &f, "key");
    const struct token_rules rules = {.keys = &keys, .audiences = audience, .audience_count = 1, .skew_ns = INSTANT_SECOND};
    struct text jwt = {said_token, strlen(said_token)};
    instant now = said_now();
    double start = bench_cpu();
    for (int i = 0; i < FIRST_TOKENS; i++) bench_must(token_verify(&rules, json, jwt, now, &first, &f), &f, "token");
    double verified = (bench_cpu() - start) / FIRST_TOKENS;
    token_seen_put(seen, jwt, &first);
    start = bench_cpu();
    for (int i = 0; i < TOKENS; i++) {
        const struct token *t = token_seen_find(seen, jwt);
        if (t == NULL) bench_die("a token that was seen is not found");
        bench_must(token_in_time(t, rules.skew_ns, now, &f), &f, "token");
    }
    bench_print("f3548.token.seen", (bench_cpu() - start) / TOKENS * 1e6, "us", "its first time", verified * 1e6);
    token_seen_free(seen);
    json_reader_free(json);
    token_keys_free(&keys);
    bench_remove(dir);
}

int main(void) {
    static const struct one cases[] = {{"create.disjoint", apart, 0, false}, {"create.one-cell", one_cell, 0, false}, {"create.implicit", implicit, 0, false},
                                       {"life", whole_lives, 0, true}, {"query.1000", few, FEW, false}};
    only = getenv("PARLEY_F3548_CASE");
    live_most = bench_size("PARLEY_F3548_LIVE", FEW, 4000000, 100000);
    runs = bench_size("PARLEY_F3548_RUNS", 1, MOST_RUNS, MOST_RUNS);
    double disjoint = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!wanted(cases[i].name)) continue;
        double cpu = run_case(&cases[i]);
        if (cases[i].make == apart) disjoint = cpu;
    }
    run_many(disjoint);
    if (wanted("half-load")) run_half_load();
    if (wanted("token")) run_token();
    return 0;
}
