/* Positions through the real door: frames of JSON over HTTP on loopback, of several feeds of two parties, one connection each, every answer held until
 * what it says is durable. Positions a second, and the server's CPU seconds for a million, beside what the same bytes cost alone: a bare HTTP
 * loop that reads them, simdjson, SHA-256 and the disk. The table says where the time goes (ingest_stages.c) and what is left for HTTP. On two cores 200,000 positions a
 * second are ten CPU seconds a million. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/note.h"
#include "base/rand.h"
#include "core/render.h"
#include "http_load.h"
#include "ingest.h"
#include "process.h"
#include "traffic.h"

enum { TRACKS = 50000, FEEDS = 20, WARM = 2, SECONDS = 10, RUNS = 3, BEGUN = 64, NOTICES = 8, PART = 170, CHUNK = 1 << 20, BATCH = 20 };
struct said { struct text request; struct ingest_request inner; uint32_t positions; };
struct bench {
    struct bench_log log;
    struct said *all; uint32_t count, warm;  /* a second's feeds side by side */
    uint64_t positions, bytes;               /* of those measured */
    char token[BENCH_PARTIES][160], dir[BENCH_PATH], data[BENCH_PATH + 8];
};
struct figures { double rate[RUNS], cpu[RUNS], bare[RUNS], simdjson[RUNS], sha[RUNS], disk_cpu[RUNS], disk[RUNS], stage[INGEST_STAGES][RUNS], stages[RUNS], written[RUNS]; };

static instant real_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant)now.tv_sec * INSTANT_SECOND + now.tv_nsec;
}

/* --- one request after the other, for what stands before --- */

static struct text ask(unsigned port, const char *path, const char *token, struct text body, char *room, size_t size) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct append out = append_growing(1 << 20);
    size_t got = 0, whole = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    append_format(&out, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n", path, body.size);
    if (token != NULL) append_format(&out, "Authorization: Bearer %s\r\n", token);
    append_str(&out, "\r\n");
    append_text(&out, body);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0 || send(fd, out.at, out.size, MSG_NOSIGNAL) != (ssize_t)out.size) bench_die(path);
    while (whole == 0) {
        ssize_t n = recv(fd, room + got, size - got, 0);
        if (n <= 0) bench_die(path);
        got += (size_t)n;
        whole = load_whole(room, got);
    }
    close(fd);
    append_free(&out);
    if (memcmp(room, "HTTP/1.1 20", 11) != 0) bench_die(room);
    const char *at = (const char *)memmem(room, whole, "\r\n\r\n", 4) + 4;
    return (struct text){at, whole - (size_t)(at - room)};
}

static struct text member(struct text object, const char *name) {
    char quoted[32];
    int size = snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    const char *at = memmem(object.at, object.size, quoted, (size_t)size);
    if (at == NULL) bench_die(name);
    at += size;
    return (struct text){at, (size_t)((const char *)memchr(at, '"', object.size - (size_t)(at - object.at)) - at)};
}

static void open_session(struct bench *b, unsigned port, int party) {
    char room[4096], names[128], key[64], text_room[1024];
    struct append text = append_fixed(text_room, sizeof text_room), note = append_growing(1 << 16), body = append_growing(1 << 16);
    snprintf(names, sizeof names, "\"party\":\"%s\",\"key\":\"root\"", bench_parties[party]);
    snprintf(key, sizeof key, "exercise/%s/root", bench_parties[party]);
    append_format(&body, "{%s}", names);
    struct text answer = ask(port, "/v1/session/challenge", NULL, append_view(&body), room, sizeof room);
    append_str(&text, "parley/1 session " BENCH_ORIGIN "\n{\"log\":\"");
    append_hex(&text, b->log.log.bytes, SHA256_SIZE);
    append_format(&text, "\",%s,\"nonce\":\"%.*s\",\"expires\":\"%.*s\"}\n", names, TEXT_ARG(member(answer, "nonce")), TEXT_ARG(member(answer, "expires")));
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), text_of(key), b->log.secret[party]);
    append_reset(&body);
    append_str(&body, "{\"note\":");
    append_json_string(&body, append_view(&note));
    append_char(&body, '}');
    answer = ask(port, "/v1/session", NULL, append_view(&body), room, sizeof room);
    snprintf(b->token[party], sizeof b->token[party], "%.*s", TEXT_ARG(member(answer, "token")));
    append_free(&note);
    append_free(&body);
}

static void say(struct bench *b, struct process *server, struct node *n, int party, enum statement_kind kind, const char *section, struct text body) {
    struct composed said;
    char room[16384];
    bench_say(&b->log, party, kind, section, "log", body, real_now(), &said);
    if (server != NULL) {
        struct append out = append_growing(1 << 20);
        compose_body(&said, &out);
        (void)ask(server->port, "/v1/statements", NULL, append_view(&out), room, sizeof room);
        append_free(&out);
        return;
    }
    struct part parts[LIMIT_SECTIONS + 1];
    struct fault f = {0};
    struct node_event e;
    bench_must(node_submit(n, parts, compose_parts(&said, random_bytes, parts), real_now(), 1, &f), &f, "submit");
    bench_must(node_poll(n, &f), &f, "poll");
    while (node_next(n, &e))
        if (e.kind == NODE_ANSWERED && e.outcome->verdict != VERDICT_ACCEPTED) bench_die(e.outcome->detail);
}

/* Feeds and notices, through the door or into a log that is open here. */
static void prepare(struct bench *b, struct process *server, struct node *n) {
    char room[1024];
    instant now = real_now();
    for (int i = 0; i < FEEDS; i++) {
        struct append body = append_fixed(room, sizeof room);
        append_format(&body, "{\"feed\":\"f%d\",\"readers\":[\"log\"]}", i);
        say(b, server, n, 1 + i % 2, KIND_FEED, "body", append_view(&body));
    }
    for (int i = 0; i < NOTICES; i++) {
        struct append body = append_fixed(room, sizeof room);
        bench_square(&body, "\"area\":\"BENCH\",\"category\":\"missile\",", 20.0 + 3 * i, -20 + 5 * i, 0.5, now, now + 7200 * INSTANT_SECOND);
        say(b, server, n, 2, KIND_NOTICE, "public", append_view(&body));
    }
}

/* --- what the feeds say --- */

static void position_json(const struct frame_position *p, struct append *out) {
    append_format(out, "{\"identity\":\"%.*s\",\"time\":\"", TEXT_ARG(p->identity));
    append_instant(out, p->time);
    append_str(out, "\",\"lat\":");
    append_fixed_point(out, p->at.lat, 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, p->at.lon, 7);
    append_str(out, ",\"altitude\":");
    render_altitude(&p->altitude, out);
    append_str(out, ",\"speed_mps\":");
    append_fixed_point(out, p->speed_cms, 2);
    append_str(out, ",\"track_deg\":");
    append_fixed_point(out, p->track_mdeg, 3);
    append_str(out, ",\"climb_mps\":");
    append_fixed_point(out, p->climb_cms, 2);
    append_format(out, ",\"uncertainty_m\":10,\"callsign\":\"BN%.*s\"}", TEXT_ARG(p->identity));
}

static void make_request(struct bench *b, int feed, const struct body_frame *frame, uint32_t from, uint32_t to, struct said *out) {
    struct append body = append_growing(LIMIT_BODY_BYTES), all = append_growing(LIMIT_BODY_BYTES + 4096);
    char name[16];
    int party = 1 + feed % 2;
    append_format(&body, "{\"frames\":[{\"number\":%llu,\"time\":\"", (unsigned long long)frame->number);
    append_instant(&body, frame->time);
    append_str(&body, "\",\"aircraft\":[");
    for (uint32_t i = from; i < to; i++) {
        if (i > from) append_char(&body, ',');
        position_json(&frame->positions[i], &body);
    }
    append_str(&body, "]}]}");
    snprintf(name, sizeof name, "f%d", feed);
    append_format(&all, "POST /v1/feeds/%s/frames HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n", name,
                  b->token[party], body.size);
    append_text(&all, append_view(&body));
    if (all.full || body.full) bench_die("memory");
    char *at = arena_alloc(&b->log.arena, all.size + 64 + sizeof name, 1); /* simdjson looks a little further */
    if (at == NULL) bench_die("memory");
    memcpy(at, all.at, all.size);
    memset(at + all.size, 0, 64);
    memcpy(at + all.size + 64, name, sizeof name);
    *out = (struct said){.request = {at, all.size}, .positions = to - from,
                         .inner = {.body = {at + all.size - body.size, body.size}, .feed = text_of(at + all.size + 64), .party = party}};
    append_free(&body);
    append_free(&all);
}

/* Seconds that have just passed: nothing is ahead of the server's clock. */
static void make_requests(struct bench *b) {
    struct traffic *t = traffic_new(TRACKS, 5, false);
    struct body_frame frame;
    instant begin = real_now() - (WARM + SECONDS) * INSTANT_SECOND;
    for (int i = 0; i < BEGUN; i++) traffic_move(t);
    b->count = b->warm = 0;
    b->positions = b->bytes = 0;
    for (int s = 0; s < WARM + SECONDS; s++) {
        traffic_move(t);
        int feed = 0;
        for (uint32_t f = 0; f < traffic_feeds(t); f++) {
            traffic_frame(t, f, begin + s * INSTANT_SECOND, &frame);
            frame.number = (uint64_t)s + 1;
            int pieces = f + 1 == traffic_feeds(t) ? 1 : FEEDS - (int)traffic_feeds(t) + 1;
            for (int i = 0; i < pieces; i++, feed++) {
                struct said *said = &b->all[b->count++];
                make_request(b, feed, &frame, frame.count * (uint64_t)i / (uint64_t)pieces, frame.count * (uint64_t)(i + 1) / (uint64_t)pieces, said);
                if (s < WARM) continue;
                b->positions += said->positions;
                b->bytes += said->inner.body.size;
            }
        }
        if (feed != FEEDS) bench_die("feeds");
        if (s < WARM) b->warm = b->count;
    }
    traffic_free(t);
}

/* --- measuring --- */

static double run_load(const struct said *all, uint32_t count, unsigned port, struct load *l) {
    struct text *requests = bench_room(count * sizeof *requests);
    for (uint32_t i = 0; i < count; i++) requests[i] = all[i].request;
    l->requests = requests;
    l->count = count;
    l->lanes = FEEDS;
    l->counts = "\"shed\":"; /* what was not taken in, on a machine that has too little to give: it is no part of what is measured */
    l->counted = 0;
    double spent = load_run(l, port);
    free(requests);
    if (l->refused == 0) return spent;
    fprintf(stderr, "%u refused: %s\n", l->refused, l->refusal);
    exit(1);
}

static void run_server(struct bench *b, struct load *l, struct figures *g, int run) {
    struct process server = process_server(b->data);
    prepare(b, &server, NULL);
    for (int p = 1; p < BENCH_PARTIES; p++) open_session(b, server.port, p);
    make_requests(b);
    (void)run_load(b->all, b->warm, server.port, l);
    double before = process_cpu(server.pid), spent = run_load(b->all + b->warm, b->count - b->warm, server.port, l);
    double taken = (double)(b->positions - l->counted);
    if (l->counted > 0) printf("# run %d: %llu of %llu positions were shed\n", run + 1, (unsigned long long)l->counted, (unsigned long long)b->positions);
    if (l->counted >= b->positions) bench_die("every position was shed: what else does the machine do?");
    g->rate[run] = taken / spent;
    g->cpu[run] = (process_cpu(server.pid) - before) / taken * 1e6;
    process_stop(&server, SIGTERM);
}

static void run_bare(struct bench *b, struct load *l, struct figures *g, int run) {
    struct process bare;
    int ends[2];
    if (pipe(ends) != 0 || (bare.pid = fork()) < 0) bench_die("fork");
    if (bare.pid == 0) load_serve((struct text){l->answer, l->answer_size}, ends[1]);
    close(ends[1]);
    bare.out = ends[0];
    if (read(bare.out, &bare.port, sizeof bare.port) != sizeof bare.port) bench_die("the bare loop did not start");
    struct load *again = bench_room(sizeof *again);
    double before = process_cpu(bare.pid);
    (void)run_load(b->all + b->warm, b->count - b->warm, bare.port, again);
    g->bare[run] = (process_cpu(bare.pid) - before) / (double)b->positions * 1e6;
    process_stop(&bare, SIGKILL);
    free(again);
}

static void make_log(struct bench *b, const char *name) {
    struct capacity c = bench_capacity;
    struct fault f = {0};
    c.feeds = 4 * FEEDS;
    c.tracks = 4 * TRACKS;
    c.alerts = 4 * TRACKS;
    c.volumes = 65536;
    snprintf(b->data, sizeof b->data, "%s/%s", b->dir, name);
    arena_free(&b->log.arena);
    bench_must(disk_make_dir(disk_real(), b->data, &f), &f, b->data);
    bench_log_make(&b->log, b->data, &c);
}

/* Statements name no log but in their notes, so the requests that the server had go into another one. */
static void run_stages(struct bench *b, struct figures *g, int run) {
    struct ingest_request *all = bench_room(b->count * sizeof *all);
    double out[INGEST_STAGES], sum = 0;
    struct fault f = {0};
    struct node *n;
    struct bench_log kept = b->log; /* its arena holds the requests */
    for (uint32_t i = 0; i < b->count; i++) all[i] = b->all[i].inner;
    b->log.arena = (struct arena){0};
    make_log(b, "stages");
    bench_must(node_open(&(struct node_options){.dir = b->data, .inline_writer = true}, &n, NULL, &f), &f, "open");
    prepare(b, NULL, n);
    node_close(n);
    g->written[run] = (double)ingest_stages(b->data, all, b->count, b->warm, BATCH, real_now(), out);
    for (int s = 0; s < INGEST_STAGES; s++) {
        g->stage[s][run] = out[s] / (double)b->positions * 1e6;
        sum += g->stage[s][run];
    }
    g->stages[run] = sum;
    arena_free(&b->log.arena);
    b->log = kept;
    free(all);
}

static double sha_seconds(uint64_t bytes) {
    uint8_t message[PART] = {0};
    double start = bench_cpu();
    for (uint64_t i = 0; i < bytes / PART; i++) {
        struct hash h = sha256_of(message, sizeof message);
        memcpy(message, h.bytes, 8);
    }
    return bench_cpu() - start;
}

/* So many bytes, in pieces of a batch, each synced; into a file that has been written before. */
static double disk_seconds(const char *dir, uint64_t bytes, double *cpu) {
    char path[BENCH_PATH + 16], *from = bench_room(CHUNK);
    double start = 0;
    snprintf(path, sizeof path, "%s/plain", dir);
    memset(from, 0x5a, CHUNK);
    for (int pass = 0; pass < 2; pass++) {
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0) bench_die(path);
        start = bench_now();
        *cpu = bench_cpu();
        for (uint64_t at = 0; at < bytes; at += CHUNK)
            if (pwrite(fd, from, CHUNK, (off_t)at) != CHUNK || (at / CHUNK % 8 == 7 && fdatasync(fd) != 0)) bench_die(path);
        if (fdatasync(fd) != 0) bench_die(path);
        close(fd);
    }
    *cpu = bench_cpu() - *cpu;
    double spent = bench_now() - start;
    if (unlink(path) != 0) bench_die(path);
    free(from);
    return spent;
}

static void run_alone(struct bench *b, struct figures *g, int run) {
    double million = 1e6 / (double)b->positions, cpu;
    g->simdjson[run] = 0;
    for (uint32_t i = b->warm; i < b->count; i++) {
        double one = ingest_simdjson(b->all[i].inner.body.at, b->all[i].inner.body.size);
        if (one < 0) bench_die("simdjson");
        g->simdjson[run] += one * million;
    }
    g->sha[run] = sha_seconds((uint64_t)g->written[run]) * million;
    g->disk[run] = (double)b->positions / disk_seconds(b->dir, (uint64_t)g->written[run], &cpu);
    g->disk_cpu[run] = cpu * million;
}

static void one_run(struct bench *b, struct figures *g, int run) {
    struct load *l = bench_room(sizeof *l);
    bench_dir("ingest", b->dir);
    make_log(b, "log");
    run_server(b, l, g, run);
    run_bare(b, l, g, run);
    run_stages(b, g, run);
    run_alone(b, g, run);
    bench_remove(b->dir);
    free(l);
}

static void print_table(struct figures *g) {
    double total = bench_median(g->cpu, RUNS), sum = 0;
    printf("\n# a million positions, CPU seconds of the server         seconds     share\n");
    for (int s = 0; s < INGEST_STAGES; s++) {
        double one = bench_median(g->stage[s], RUNS);
        printf("#   %-50s%10.3f%9.1f%%\n", ingest_names[s], one, 100 * one / total);
        sum += one;
    }
    printf("#   %-50s%10.3f%9.1f%%\n", "signatures: none, a session is looked up", 0.0, 0.0);
    printf("#   %-50s%10.3f%9.1f%%\n", "rest: HTTP, sockets, turns, threads, cold caches", total - sum, 100 * (total - sum) / total);
    printf("#   %-50s%10.3f%9.1f%%\n\n", "server's CPU", total, 100.0);
}

int main(void) {
    struct bench *b = bench_room(sizeof *b);
    struct figures *g = bench_room(sizeof *g);
    b->all = bench_room((WARM + SECONDS) * FEEDS * sizeof *b->all);
    for (int i = 0; i < RUNS; i++) one_run(b, g, i);
    double cpu = bench_median(g->cpu, RUNS), bare = bench_median(g->bare, RUNS);
    double simdjson = bench_median(g->simdjson, RUNS), sha = bench_median(g->sha, RUNS), disk_cpu = bench_median(g->disk_cpu, RUNS);
    bench_print("ingest.durable", bench_median(g->rate, RUNS), "positions/s", "disk, same bytes, fdatasync", bench_median(g->disk, RUNS));
    bench_print("ingest.cpu", cpu, "s/million", "200,000/s on two cores", 10);
    bench_print("ingest.cpu", cpu, "s/million", "HTTP+simdjson+SHA-256+disk alone", bare + simdjson + sha + disk_cpu);
    bench_print("ingest.two-cores", 2e6 / cpu, "positions/s", "200,000/s on two cores", 200000);
    bench_print("ingest.http-bare", bare, "s/million", "server's CPU", cpu);
    bench_print("ingest.simdjson", simdjson, "s/million", "server's CPU", cpu);
    bench_print("ingest.sha-256", sha, "s/million", "server's CPU", cpu);
    bench_print("ingest.disk", disk_cpu, "s/million", "server's CPU", cpu);
    bench_print("ingest.request", (double)b->bytes / (double)b->positions, "bytes/position", "on disk", bench_median(g->written, RUNS) / (double)b->positions);
    print_table(g);
    arena_free(&b->log.arena);
    free(b->all);
    free(b);
    free(g);
    return 0;
}
