/* The F3548-21 door over HTTP, 32 connections that are kept: the real binary on a fresh log, tokens of `parley dev-token`, our own client. For each case the server's
 * CPU seconds for 100,000 requests beside those of a bare epoll loop that answers the same bytes to the same requests, the time they took beside synced appends of as
 * many bytes in as many writes as the server made, and how long an answer took: median and 99th percentile, beside the bare loop's.
 *   create.disjoint     operational intents beside each other
 *   create.one-cell     all over one square, each at another time
 *   create.implicit     beside each other, each with an implicit subscription
 *   life                each is created, activated and deleted
 *   query.1000, .100000 of 1 km2, with so many intents on file */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rand.h"
#include "bench.h"
#include "http_load.h"
#include "process.h"

enum { CONNECTIONS = 32, RUNS = 3, CREATED = 20000, LIVES = 6000, QUERIES = 20000, FEW = 1000, MANY = 100000, HEAD = 1536 };
#define STEP 0.006 /* degrees from one intent to the next; each is 0.005 wide */

struct made { struct text *all; uint32_t count; struct arena arena; };
static char token[4096], key_file[BENCH_PATH + 32];
static uint64_t seed = 1;

/* ---- what is asked ---- */
static instant real_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant)now.tv_sec * INSTANT_SECOND + now.tv_nsec;
}
/* Version 4, or 7 of now. */
static void uuid(char out[37], int version) {
    uint8_t b[16];
    uint64_t high = bench_draw(&seed), low = bench_draw(&seed), ms = (uint64_t)(real_now() / 1000000);
    for (int i = 0; i < 8; i++) b[i] = (uint8_t)(high >> 8 * i), b[8 + i] = (uint8_t)(low >> 8 * i);
    for (int i = 0; version == 7 && i < 6; i++) b[i] = (uint8_t)(ms >> (40 - 8 * i));
    b[6] = (uint8_t)((b[6] & 0x0f) | version << 4);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
             b[13], b[14], b[15]);
}
static void when(struct append *out, const char *name, instant at) {
    append_format(out, "\"%s\":{\"value\":\"", name);
    append_instant(out, at);
    append_str(out, "\",\"format\":\"RFC3339\"}");
}
static void corner(struct append *out, double lat, double lng, const char *behind) {
    append_str(out, "{\"lat\":");
    append_fixed_point(out, (int64_t)(lat * 1e7), 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, (int64_t)(lng * 1e7), 7);
    append_format(out, "}%s", behind);
}
static void volume(struct append *out, double lat, double lng, instant from, instant to) {
    append_str(out, "{\"volume\":{\"outline_polygon\":{\"vertices\":[");
    corner(out, lat, lng, ",");
    corner(out, lat, lng + 0.005, ",");
    corner(out, lat + 0.005, lng + 0.005, ",");
    corner(out, lat + 0.005, lng, "]}");
    append_str(out, ",\"altitude_lower\":{\"value\":50,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":120,\"reference\":\"W84\",\"units\":\"M\"}},");
    when(out, "time_start", from);
    append_char(out, ',');
    when(out, "time_end", to);
    append_char(out, '}');
}
static void put(struct made *m, uint32_t at, const char *method, const char *path, struct text body) {
    char *room = arena_alloc(&m->arena, body.size + sizeof token + HEAD, 1);
    if (room == NULL) bench_die("memory");
    struct append out = append_fixed(room, body.size + sizeof token + HEAD);
    append_format(&out, "%s /dss/v1/operational_intent_references%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n", method, path, token);
    if (body.size > 0) append_format(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.size);
    append_str(&out, "\r\n");
    append_text(&out, body);
    if (out.full) bench_die("request");
    m->all[at] = append_view(&out);
}
static struct made room_for(uint32_t count) {
    struct made m = {.all = bench_room(count * sizeof *m.all), .count = count};
    arena_growing(&m.arena, (size_t)1 << 34);
    return m;
}
static void made_free(struct made *m) {
    free(m->all);
    arena_free(&m->arena);
}

enum where { APART, ONE_CELL };
enum with { PLAIN, IMPLICIT, SUFFIX };
static void place_of(uint32_t i, double *lat, double *lng) {
    *lat = -40 + (i / 1000) * STEP;
    *lng = 100 + (i % 1000) * STEP;
}
static void intent(struct append *out, const char *state, uint32_t i, enum where where, bool implicit, const char *suffix) {
    instant now = real_now();
    double lat, lng;
    place_of(where == APART ? i : 0, &lat, &lng);
    append_str(out, "{\"extents\":[");
    if (where == APART) volume(out, lat, lng, now, now + 7200 * INSTANT_SECOND);
    else volume(out, lat, lng, now + (3600 + 2 * (instant)i) * INSTANT_SECOND, now + (3601 + 2 * (instant)i) * INSTANT_SECOND);
    append_format(out, "],\"key\":[],\"state\":\"%s\",\"uss_base_url\":\"https://uss.example/f3548\"", state);
    if (implicit) append_str(out, ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example/f3548\",\"notify_for_constraints\":false}");
    if (suffix != NULL) append_format(out, ",\"requested_ovn_suffix\":\"%s\"", suffix);
    append_char(out, '}');
}
static struct made creates(uint32_t count, enum where where, enum with with) {
    struct made m = room_for(count);
    for (uint32_t i = 0; i < count; i++) {
        char body[4096], id[37], path[64];
        struct append out = append_fixed(body, sizeof body);
        uuid(id, 4);
        intent(&out, "Accepted", i, where, with == IMPLICIT, NULL);
        snprintf(path, sizeof path, "/%s", id);
        put(&m, i, "PUT", path, append_view(&out));
    }
    return m;
}
/* Three requests each, one after the other on one connection; what the client asks for in its OVN it knows before the answer. */
static struct made lives(uint32_t count) {
    struct made m = room_for(3 * count);
    for (uint32_t i = 0; i < count; i++) {
        char body[4096], id[37], first[37], second[37], path[160];
        uint32_t lane = i % CONNECTIONS, turn = i / CONNECTIONS, at = 3 * turn * CONNECTIONS + lane;
        struct append out = append_fixed(body, sizeof body);
        uuid(id, 4);
        uuid(first, 7);
        uuid(second, 7);
        intent(&out, "Accepted", i, APART, false, first);
        snprintf(path, sizeof path, "/%s", id);
        put(&m, at, "PUT", path, append_view(&out));
        append_reset(&out);
        intent(&out, "Activated", i, APART, true, second);
        snprintf(path, sizeof path, "/%s/%s_%s", id, id, first);
        put(&m, at + CONNECTIONS, "PUT", path, append_view(&out));
        snprintf(path, sizeof path, "/%s/%s_%s", id, id, second);
        put(&m, at + 2 * CONNECTIONS, "DELETE", path, TEXT(""));
    }
    return m;
}
static struct made queries(uint32_t count, uint32_t live) {
    struct made m = room_for(count);
    for (uint32_t i = 0; i < count; i++) {
        char body[1024];
        double lat, lng;
        struct append out = append_fixed(body, sizeof body);
        place_of((uint32_t)(bench_draw(&seed) % live), &lat, &lng);
        append_str(&out, "{\"area_of_interest\":{\"volume\":{\"outline_circle\":{\"center\":");
        corner(&out, lat, lng, ",\"radius\":{\"value\":564,\"units\":\"M\"}}}}}");
        put(&m, i, "POST", "/query", append_view(&out));
    }
    return m;
}

/* ---- tokens ---- */
static void make_token(const char *dir) {
    char command[2048];
    const char *binary = getenv("PARLEY_BIN");
    snprintf(key_file, sizeof key_file, "%s/authority", dir);
    snprintf(command, sizeof command, "'%s' dev-token '%s' --sub bench --audience localhost --scope utm.strategic_coordination 2>/dev/null", binary != NULL ? binary : "src/parley", key_file);
    FILE *from = popen(command, "r");
    if (from == NULL || fgets(token, sizeof token, from) == NULL || pclose(from) != 0) bench_die("parley dev-token");
    token[strcspn(token, "\n")] = '\0';
    snprintf(key_file, sizeof key_file, "%s/authority.pub", dir);
}

/* ---- measuring ---- */
enum { CPU, TOOK, HALF, MOST, BARE_CPU, BARE_HALF, BARE_MOST, APPENDS, FIGURES };
struct figures { double at[FIGURES][RUNS]; };

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
/* As many bytes in as many appends, each synced: what the disk asks of whoever answers only what is durable. */
static double appends(const char *dir, double bytes, double count) {
    char path[BENCH_PATH + 16];
    size_t each = count > 0 ? (size_t)(bytes / count) + 1 : 0;
    char *room = bench_room(each + 1);
    snprintf(path, sizeof path, "%s/appends", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) bench_die(path);
    double start = bench_now();
    for (uint32_t i = 0; i < (uint32_t)count; i++)
        if (write(fd, room, each) != (ssize_t)each || fdatasync(fd) != 0) bench_die(path);
    double took = bench_now() - start;
    close(fd);
    unlink(path);
    free(room);
    return took;
}
static struct process bare_of(struct text answer) {
    struct process p;
    int ends[2];
    if (pipe(ends) != 0 || (p.pid = fork()) < 0) bench_die("fork");
    if (p.pid == 0) load_serve(answer, ends[1]);
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
static void measure(const struct process *server, const char *dir, struct made *m, bool lanes, struct figures *g, int run) {
    struct load *l = bench_room(sizeof *l), *again = bench_room(sizeof *again);
    double each = 1e5 / m->count;
    *l = (struct load){.requests = m->all, .count = m->count, .connections = CONNECTIONS, .lanes = lanes ? CONNECTIONS : 0, .took = bench_room(m->count * sizeof(double))};
    *again = *l;
    struct written before = written(server);
    double cpu = process_cpu(server->pid);
    g->at[TOOK][run] = load_run(l, server->port) * each;
    g->at[CPU][run] = (process_cpu(server->pid) - cpu) * each;
    struct written after = written(server);
    refused(l);
    g->at[HALF][run] = percentile(l->took, m->count, 0.5) * 1e3;
    g->at[MOST][run] = percentile(l->took, m->count, 0.99) * 1e3;
    struct process bare = bare_of((struct text){l->answer, l->answer_size});
    again->took = l->took;
    cpu = process_cpu(bare.pid);
    (void)load_run(again, bare.port);
    g->at[BARE_CPU][run] = (process_cpu(bare.pid) - cpu) * each;
    process_stop(&bare, SIGKILL);
    refused(again);
    g->at[BARE_HALF][run] = percentile(l->took, m->count, 0.5) * 1e3;
    g->at[BARE_MOST][run] = percentile(l->took, m->count, 0.99) * 1e3;
    g->at[APPENDS][run] = appends(dir, after.bytes - before.bytes, after.batches - before.batches) * each;
    free(l->took);
    free(l);
    free(again);
}

struct server { struct bench_log *log; struct process process; char dir[BENCH_PATH]; };
static struct server start(void) {
    struct server s = {.log = bench_room(sizeof *s.log)};
    struct capacity c = bench_capacity;
    char data[BENCH_PATH + 8];
    struct fault f = {0};
    c.managers = 2; /* all of it is one manager's */
    c.references = 2 * (MANY + CREATED);
    c.subscriptions = 2 * CREATED;
    c.footprints = 4 * (MANY + CREATED);
    c.points = 64 * (MANY + CREATED); /* they come in chunks */
    bench_dir("f3548", s.dir);
    make_token(s.dir);
    snprintf(data, sizeof data, "%s/log", s.dir);
    bench_must(disk_make_dir(disk_real(), data, &f), &f, data);
    bench_log_make(s.log, data, &c);
    s.process = process_server_with(s.log->dir, (const char *const[]){"--token-key", key_file, "--audience", "localhost", "--rate-manager", "1000000", "--metrics-local", "--no-keeper", NULL});
    return s;
}
static void stop(struct server *s) {
    process_stop(&s->process, SIGTERM);
    arena_free(&s->log->arena);
    free(s->log);
    bench_remove(s->dir);
}
static void fill(const struct server *s, uint32_t count) {
    struct made m = creates(count, APART, PLAIN);
    struct load *l = bench_room(sizeof *l);
    *l = (struct load){.requests = m.all, .count = m.count, .connections = CONNECTIONS};
    (void)load_run(l, s->process.port);
    refused(l);
    free(l);
    made_free(&m);
}

static void print(const char *name, bool writes, struct figures *g) {
    char what[64];
    snprintf(what, sizeof what, "f3548.%s", name);
    bench_print(what, bench_median(g->at[CPU], RUNS), "CPU s/100,000", "bare epoll loop, same bytes", bench_median(g->at[BARE_CPU], RUNS));
    if (writes) bench_print(what, bench_median(g->at[TOOK], RUNS), "s/100,000", "synced appends, as many bytes", bench_median(g->at[APPENDS], RUNS));
    bench_print(what, bench_median(g->at[HALF], RUNS), "ms, median", "bare epoll loop", bench_median(g->at[BARE_HALF], RUNS));
    bench_print(what, bench_median(g->at[MOST], RUNS), "ms, 99 %", "bare epoll loop", bench_median(g->at[BARE_MOST], RUNS));
}
typedef struct made (*maker)(void);
static struct made apart(void) { return creates(CREATED, APART, PLAIN); }
static struct made one_cell(void) { return creates(CREATED, ONE_CELL, PLAIN); }
static struct made implicit(void) { return creates(CREATED, APART, IMPLICIT); }
static struct made whole_lives(void) { return lives(LIVES / CONNECTIONS * CONNECTIONS); }
static struct made few(void) { return queries(QUERIES, FEW); }
static struct made many(void) { return queries(QUERIES, MANY); }

int main(void) {
    static const struct { const char *name; maker make; uint32_t live; bool lanes; } cases[] = {
        {"create.disjoint", apart, 0, false}, {"create.one-cell", one_cell, 0, false}, {"create.implicit", implicit, 0, false}, {"life", whole_lives, 0, true},
        {"query.1000", few, FEW, false}, {"query.100000", many, MANY, false}};
    const char *one = getenv("PARLEY_F3548_CASE");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct figures g = {0};
        if (one != NULL && strcmp(one, cases[i].name) != 0) continue;
        for (int run = 0; run < RUNS; run++) {
            struct server s = start();
            if (cases[i].live > 0) fill(&s, cases[i].live);
            struct made m = cases[i].make();
            measure(&s.process, s.dir, &m, cases[i].lanes, &g, run);
            made_free(&m);
            stop(&s);
        }
        print(cases[i].name, cases[i].live == 0, &g);
    }
    return 0;
}
