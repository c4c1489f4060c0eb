/* Signed notices over HTTP at 128 connections: the real binary on a fresh log, our own client. Statements a second and the server's CPU
 * seconds for 100,000, beside a bare epoll loop that answers the same bytes; Ed25519 verification is measured alone in the same run. Then
 * recovery of the journal that this made, against the time in which it was taken. The table at the end says where the time goes: the same
 * requests stage by stage within this process (http_stages.c), the HTTP library alone on the same bytes (http_library.c), and what is left. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/note.h"
#include "base/rand.h"
#include "bench.h"
#include "http_load.h"
#include "http_stages.h"
#include "process.h"

enum { STATEMENTS = 20000, VERIFIED = 4000, RUNS = 3 };

/* --- what is said --- */

static struct text request_of(struct bench_log *x, const struct composed *said) {
    struct append body = append_growing(1 << 20);
    compose_body(said, &body);
    size_t room = body.size + 256;
    char *at = arena_alloc(&x->arena, room, 1);
    if (at == NULL || body.full) bench_die("memory");
    struct append out = append_fixed(at, room);
    append_format(&out, "POST /v1/statements HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body.size);
    append_text(&out, append_view(&body));
    append_free(&body);
    return append_view(&out);
}

static struct text *compose_all(struct bench_log *x, struct text *first_note) {
    struct text *all = bench_room(STATEMENTS * sizeof *all);
    uint64_t seed = 1;
    for (int i = 0; i < STATEMENTS; i++) {
        struct composed said;
        char room[1024];
        struct append body = append_fixed(room, sizeof room);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        instant at = (instant)now.tv_sec * INSTANT_SECOND, from = at + (instant)(86400 + bench_draw(&seed) % 86400) * INSTANT_SECOND;
        bench_square(&body, "\"area\":\"BENCH\",\"category\":\"missile\",", -60 + (double)(bench_draw(&seed) % 12000) / 100,
                     -179 + (double)(bench_draw(&seed) % 35800) / 100, 0.2, from, from + 7200 * INSTANT_SECOND);
        bench_say(x, 1 + i % 2, KIND_NOTICE, "public", "world", append_view(&body), at, &said);
        if (i == 0) *first_note = said.note;
        all[i] = request_of(x, &said);
    }
    return all;
}

/* --- what stands beside it --- */

enum { BARE, LIBRARY, LIBRARY_LATER, BARES };

static struct process start_bare(struct text answer, int which) {
    struct process p;
    int ends[2];
    if (pipe(ends) != 0 || (p.pid = fork()) < 0) bench_die("fork");
    if (p.pid == 0 && which == BARE) load_serve(answer, ends[1]);
    if (p.pid == 0) load_serve_library(answer, which == LIBRARY_LATER ? LIBRARY_SUSPENDED : LIBRARY_AT_ONCE, ends[1]);
    close(ends[1]);
    p.out = ends[0];
    if (read(p.out, &p.port, sizeof p.port) != sizeof p.port) bench_die("the bare loop did not start");
    return p;
}

/* --- measuring --- */

static double verify_each(struct text text, const struct bench_log *x) {
    struct note n;
    struct fault f = {0};
    uint8_t signature[64];
    bench_must(note_parse(text, &n, &f), &f, "note");
    if (!note_line_signature(&n.lines[0], signature, sizeof signature)) bench_die("signature");
    double start = bench_cpu();
    for (int i = 0; i < VERIFIED; i++)
        if (crypto_sign_verify_detached(signature, (const uint8_t *)n.text.at, n.text.size, x->public_key[1].bytes) != 0) bench_die("signature");
    return (bench_cpu() - start) / VERIFIED;
}

struct figures { double rate[RUNS], cpu[RUNS], bare_rate[BARES][RUNS], bare_cpu[BARES][RUNS], verify[RUNS], recovery[RUNS], stage[STAGES][RUNS]; };

/* All that was said is stepped again: what the server wrote at its end for a quicker start goes first. */
static void recover(const char *dir, double taken, struct figures *g, int run) {
    char snapshots[BENCH_PATH + 16];
    snprintf(snapshots, sizeof snapshots, "%s/snapshots", dir);
    bench_remove(snapshots);
    struct node *n = NULL;
    struct node_report report;
    struct fault f = {0};
    double start = bench_now();
    bench_must(node_open(&(struct node_options){.dir = dir, .read_only = true}, &n, &report, &f), &f, "recovery");
    g->recovery[run] = taken / (bench_now() - start);
    node_close(n);
    if (report.orders < STATEMENTS) bench_die("recovery found too few statements");
}

/* The loop without a server behind it, with the same requests and the answer that the server gave. */
static void run_bare(const struct load *l, int which, struct figures *g, int run) {
    struct process bare = start_bare((struct text){l->answer, l->answer_size}, which);
    struct load *again = bench_room(sizeof *again);
    *again = (struct load){.requests = l->requests, .count = STATEMENTS};
    double before = process_cpu(bare.pid);
    g->bare_rate[which][run] = STATEMENTS / load_run(again, bare.port);
    g->bare_cpu[which][run] = (process_cpu(bare.pid) - before) / STATEMENTS;
    process_stop(&bare, SIGKILL);
    if (again->refused > 0) bench_die("the loop beside it refused");
    free(again);
}

static instant real_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant)now.tv_sec * INSTANT_SECOND + now.tv_nsec;
}

static void run_server(const char *data, struct load *l, struct figures *g, int run) {
    struct process server = process_server(data);
    double before = process_cpu(server.pid), spent = load_run(l, server.port);
    g->cpu[run] = (process_cpu(server.pid) - before) / STATEMENTS;
    g->rate[run] = STATEMENTS / spent;
    process_stop(&server, SIGTERM);
    if (l->refused > 0) {
        fprintf(stderr, "%u refused: %s\n", l->refused, l->refusal);
        exit(1);
    }
    if (l->reopened > 0) fprintf(stderr, "http: the server closed %u connections before it answered\n", l->reopened);
    recover(data, spent, g, run);
}

static void make_log(struct bench_log *x, const char *dir, const char *name, const struct capacity *c) {
    char data[BENCH_PATH + 8];
    struct fault f = {0};
    snprintf(data, sizeof data, "%s/%s", dir, name);
    bench_must(disk_make_dir(disk_real(), data, &f), &f, data);
    bench_log_make(x, data, c);
}

/* The same statements into another log, whose hash they name. */
static void run_stages(const char *dir, const struct capacity *c, struct figures *g, int run) {
    struct bench_log *x = bench_room(sizeof *x);
    double out[STAGES];
    struct text note;
    make_log(x, dir, "stages", c);
    struct text *requests = compose_all(x, &note);
    for (int i = 0; i < STATEMENTS; i++) {
        const char *body = (const char *)memmem(requests[i].at, requests[i].size, "\r\n\r\n", 4) + 4;
        requests[i] = (struct text){body, requests[i].size - (size_t)(body - requests[i].at)};
    }
    stages_run(x, requests, STATEMENTS, real_now(), out);
    for (int s = 0; s < STAGES; s++) g->stage[s][run] = out[s];
    free(requests);
    arena_free(&x->arena);
    free(x);
}

static void one_run(const struct capacity *c, struct figures *g, int run) {
    struct bench_log *x = bench_room(sizeof *x);
    struct load *l = bench_room(sizeof *l);
    struct text note;
    char dir[BENCH_PATH];
    bench_dir("http", dir);
    make_log(x, dir, "log", c);
    struct text *requests = compose_all(x, &note);
    *l = (struct load){.requests = requests, .count = STATEMENTS};
    g->verify[run] = verify_each(note, x);
    run_server(x->dir, l, g, run);
    for (int which = 0; which < BARES; which++) run_bare(l, which, g, run);
    run_stages(dir, c, g, run);
    free(requests);
    free(l);
    arena_free(&x->arena);
    free(x);
    bench_remove(dir);
}

/* Under the figure that is not reached: where the time goes. */
static void print_table(struct figures *g) {
    double total = bench_median(g->cpu, RUNS) * 1e6, library = bench_median(g->bare_cpu[LIBRARY_LATER], RUNS) * 1e6, sum = library;
    printf("\n# one signed notice, microseconds of the server's CPU          us     share\n");
    for (int s = 0; s < STAGES; s++) {
        double us = bench_median(g->stage[s], RUNS);
        printf("#   %-50s%10.2f%9.1f%%\n", stage_names[s], us, 100 * us / total);
        sum += us;
    }
    printf("#   %-50s%10.2f%9.1f%%\n", "HTTP library and sockets, answering later", library, 100 * library / total);
    printf("#   %-50s%10.2f%9.1f%%\n", "rest: routing, turns, answers, threads, cold caches", total - sum, 100 * (total - sum) / total);
    printf("#   %-50s%10.2f%9.1f%%\n\n", "server's CPU", total, 100.0);
}

int main(void) {
    struct figures g = {0};
    struct capacity c = bench_capacity;
    c.notices = 4 * (STATEMENTS / 2 + 100); /* quotas: a fourth for each party */
    c.volumes = 4 * (STATEMENTS + 1000);
    c.vertices = 64 * STATEMENTS;
    c.recent = 4 * (STATEMENTS + 1000);
    for (int i = 0; i < RUNS; i++) one_run(&c, &g, i);
    double rate = bench_median(g.rate, RUNS), cpu = bench_median(g.cpu, RUNS) * 1e5, bare_rate = bench_median(g.bare_rate[BARE], RUNS);
    double bare_cpu = bench_median(g.bare_cpu[BARE], RUNS) * 1e5, verify = bench_median(g.verify, RUNS) * 1e5;
    double at_once = bench_median(g.bare_cpu[LIBRARY], RUNS) * 1e5, later = bench_median(g.bare_cpu[LIBRARY_LATER], RUNS) * 1e5;
    bench_print("http.notices.128", rate, "statements/s", "bare epoll loop, same bytes", bare_rate);
    bench_print("http.notices.128", rate, "statements/s", "Ed25519 verification alone", 1e5 / verify);
    bench_print("http.cpu", cpu, "s/100,000", "bare epoll loop + Ed25519", bare_cpu + verify);
    bench_print("http.per-cpu-second-without-ed25519", 1e5 / (cpu - verify), "statements", "bare epoll loop", 1e5 / bare_cpu);
    bench_print("http.per-cpu-second-without-ed25519", 1e5 / (cpu - verify), "statements", "HTTP library, answering later", 1e5 / later);
    bench_print("http.library.at-once", 1e5 / at_once, "per CPU second", "bare epoll loop", 1e5 / bare_cpu);
    bench_print("http.library.later", 1e5 / later, "per CPU second", "bare epoll loop", 1e5 / bare_cpu);
    bench_print("http.ed25519", verify, "s/100,000", "server's CPU", cpu);
    bench_print("recovery.http", bench_median(g.recovery, RUNS), "x as taken", "as taken at full load", 1);
    print_table(&g);
    return 0;
}
