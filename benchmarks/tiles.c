/* The log as others hold it: tiles a second from the server beside a static file server (nginx, where PARLEY_NGINX or PATH has one) and a bare loop that answer the same bytes; a tick until its signed checkpoint is
 * there beside a synced write; how fast `parley mirror` catches up, and how fast both verifiers go through the mirror, beside bare SHA-256 of its bytes and Ed25519 of its signatures.
 * PARLEY_BENCH_TILES=N records in the party's stream (default 1000000), of which each hundredth is a signed message and the others are positions; a tick for each hundred.
 * PARLEY_VERIFY names the second verifier (default: verifier/verify.py beside ../bench). */
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/note.h"
#include "base/rand.h"
#include "bench.h"
#include "http_load.h"
#include "process.h"

enum { PER_TICK = 100, PER_SIGNED = 100, ASKED = 20000, RUNS = 5, CHECKPOINTS = 200, PARTS = 64 };
struct made {
    struct bench_log log;
    struct node *n;
    struct part parts[PARTS];
    struct arena arena;
    uint64_t ticket, waiting, records, ticks, signatures;
    instant now;
    char dir[BENCH_PATH], data[BENCH_PATH + 8];
};

/* --- the log --- */

static void take_events(struct made *b) {
    struct fault f = {0};
    struct node_event e;
    bench_must(node_poll(b->n, &f), &f, "poll");
    while (node_next(b->n, &e)) {
        if (e.kind != NODE_ANSWERED) continue;
        b->waiting--;
        if (e.sequenced == SEQUENCED_ORDERED && e.outcome->verdict == VERDICT_ACCEPTED) continue;
        fprintf(stderr, "refused: %s %s\n", e.outcome == NULL ? "not ordered" : reason_name(e.outcome->reason), e.outcome == NULL ? "" : e.outcome->detail);
        exit(1);
    }
}
static void submit(struct made *b, uint32_t count) {
    struct fault f = {0};
    result r;
    for (uint32_t i = 0; i < count; i++)
        if (b->parts[i].part_class != PART_SECTION) random_bytes(b->parts[i].salt, sizeof b->parts[i].salt);
    while ((r = node_submit(b->n, b->parts, count, b->now, ++b->ticket, &f)).code == RESULT_BUSY) take_events(b);
    bench_must(r, &f, "submit");
    if (++b->waiting >= 512) take_events(b);
}
static void settle(struct made *b) {
    do take_events(b);
    while (b->waiting > 0 || node_continues(b->n) || !node_quiet(b->n));
}
static void say(struct made *b, enum statement_kind kind, const char *section, const char *to, struct text body) {
    struct composed said;
    bench_say(&b->log, 1, kind, section, to, body, b->now, &said);
    submit(b, compose_parts(&said, random_bytes, b->parts));
    b->signatures++;
}
static void position(struct made *b, uint32_t i) {
    struct frame_position at = {.identity = TEXT("abc123"), .time = b->now, .at = {450000000, 70000000 + (int32_t)(i % 256)}, .has_altitude = true, .altitude = {1000000, ALTITUDE_W84}, .uncertainty_cm = 1000};
    struct body_frame one = {.number = i + 1, .positions = &at, .count = 1, .time = b->now};
    struct fault f = {0};
    uint32_t count = 0;
    one.feed.at[0] = 'f';
    arena_reset(&b->arena);
    bench_must(decode_frame_parts(&b->arena, &one, b->parts, PARTS - 1, &count, &f), &f, "frame");
    b->parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"root\",\"idempotency\":null}")};
    submit(b, count);
}
static double tick(struct made *b) {
    struct fault f = {0};
    struct append note = append_growing(4096);
    b->now += INSTANT_SECOND;
    double began = bench_now();
    bench_must(node_tick(b->n, b->now, 0, false, &f), &f, "tick");
    settle(b);
    bench_must(node_checkpoint(b->n, &note, &f), &f, "checkpoint");
    began = bench_now() - began;
    append_free(&note);
    b->ticks++;
    return began;
}
static void write_key(const char *path, const char *name, const uint8_t secret[64]) {
    char room[512];
    struct append key = append_fixed(room, sizeof room);
    note_skey(&key, text_of(name), secret);
    append_char(&key, '\n');
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || write(fd, key.at, key.size) != (ssize_t)key.size || close(fd) != 0) bench_die(path);
}
static void make(struct made *b, uint32_t records) {
    struct fault f = {0};
    struct node_report report;
    char path[BENCH_PATH + 16];
    struct node_options o = {.dir = b->data, .inline_writer = true};
    arena_growing(&b->arena, (size_t)1 << 28);
    b->now = BENCH_START;
    bench_dir("tiles", b->dir);
    snprintf(b->data, sizeof b->data, "%s/log", b->dir);
    bench_must(disk_make_dir(disk_real(), b->data, &f), &f, b->data);
    bench_log_make(&b->log, b->data, &bench_capacity);
    bench_must(node_open(&o, &b->n, &report, &f), &f, "open");
    snprintf(path, sizeof path, "%s/root.key", b->dir);
    write_key(path, "exercise/aramoor/root", b->log.secret[1]);
    double began = bench_now();
    say(b, KIND_FEED, "body", "aramoor", TEXT("{\"feed\":\"f\",\"readers\":[]}"));
    for (uint32_t i = 1; i < records; i++) {
        if (i % PER_SIGNED == 0) say(b, KIND_MESSAGE, "body", "aramoor", TEXT("{\"text\":\"position as reported\"}"));
        else position(b, i);
        if (i % PER_TICK == 0) (void)tick(b);
    }
    settle(b);
    (void)tick(b);
    b->records = state_stream_size(node_state(b->n), 1);
    printf("# %llu records of the party, %llu ticks, %llu signatures; made in %.0f s\n", (unsigned long long)b->records, (unsigned long long)b->ticks, (unsigned long long)b->signatures, bench_now() - began);
}

/* --- a tick until its checkpoint --- */
static void checkpoints(struct made *b) {
    static double took[CHECKPOINTS], synced[CHECKPOINTS];
    char path[BENCH_PATH + 16], block[4096] = {1};
    snprintf(path, sizeof path, "%s/synced", b->dir);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) bench_die(path);
    for (int i = 0; i < CHECKPOINTS; i++) {
        took[i] = tick(b);
        double began = bench_now();
        if (pwrite(fd, block, sizeof block, (off_t)i * 4096) != (ssize_t)sizeof block || fdatasync(fd) != 0) bench_die("sync");
        synced[i] = bench_now() - began;
    }
    close(fd);
    bench_print("tiles.checkpoint", 1e6 * bench_median(took, CHECKPOINTS), "us", "one synced write of 4 KiB", 1e6 * bench_median(synced, CHECKPOINTS));
}

/* --- tiles a second --- */
static struct process start_bare(struct text answer) {
    struct process p;
    int ends[2];
    if (pipe(ends) != 0 || (p.pid = fork()) < 0) bench_die("fork");
    if (p.pid == 0) load_serve(answer, ends[1]);
    close(ends[1]);
    p.out = ends[0];
    if (read(p.out, &p.port, sizeof p.port) != sizeof p.port) bench_die("the bare loop did not start");
    return p;
}
static void save(const char *path, const char *bytes, size_t size) {
    FILE *out = fopen(path, "w");
    if (out == NULL || fwrite(bytes, 1, size, out) != size || fclose(out) != 0) bench_die(path);
}
static unsigned free_port(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || getsockname(fd, (struct sockaddr *)&at, &size) != 0) bench_die("port");
    close(fd);
    return ntohs(at.sin_port);
}
static bool answers(unsigned port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool up = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return up;
}
/* One worker, as the server has one loop; no log. False: there is no nginx. */
static bool start_nginx(const struct made *b, const char *path, struct text tile, struct process *p) {
    char file[BENCH_PATH + 64], text[BENCH_PATH * 9];
    const char *binary = getenv("PARLEY_NGINX") != NULL ? getenv("PARLEY_NGINX") : "nginx";
    snprintf(file, sizeof file, "%s/www", b->dir);
    if (mkdir(file, 0755) != 0 && access(file, X_OK) != 0) bench_die(file);
    for (const char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        snprintf(file, sizeof file, "%s/www%.*s", b->dir, (int)(slash - path), path);
        (void)mkdir(file, 0755);
    }
    snprintf(file, sizeof file, "%s/www%s", b->dir, path);
    save(file, tile.at, tile.size);
    p->port = free_port();
    snprintf(text, sizeof text, "daemon off; master_process off; worker_processes 1; pid %s/nginx.pid; error_log %s/nginx.log crit;\nevents { worker_connections 1024; }\n"
             "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=100; client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3;"
             " uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;\nserver { listen 127.0.0.1:%u; root %s/www; } }\n", b->dir, b->dir, b->dir, b->dir, b->dir, b->dir, b->dir, p->port, b->dir);
    snprintf(file, sizeof file, "%s/nginx.conf", b->dir);
    save(file, text, strlen(text));
    if ((p->pid = fork()) < 0) bench_die("fork");
    if (p->pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1), dup2(null, 2);
        execlp(binary, "nginx", "-c", file, (char *)NULL);
        _exit(127);
    }
    p->out = open("/dev/null", O_RDONLY);
    for (int i = 0; i < 200; i++) {
        if (waitpid(p->pid, NULL, WNOHANG) == p->pid) return close(p->out), false;
        if (answers(p->port)) return true;
        usleep(20000);
    }
    bench_die("nginx does not answer");
    return false;
}
static double rate_of(const struct text *requests, unsigned port, struct load **kept) {
    struct load *l = bench_room(sizeof *l);
    *l = (struct load){.requests = requests, .count = ASKED};
    double rate = ASKED / load_run(l, port);
    if (l->refused > 0) {
        fprintf(stderr, "refused: %s\n", l->refusal);
        exit(1);
    }
    if (kept != NULL && *kept == NULL) *kept = l;
    else free(l);
    return rate;
}
static void tiles(struct made *b, const char *name, const char *path) {
    char head[256], line[64];
    snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    struct text *requests = bench_room(ASKED * sizeof *requests);
    for (unsigned i = 0; i < ASKED; i++) requests[i] = text_of(head);
    struct process server = process_server_with(b->data, (const char *const[]){"--log-open", NULL});
    double own[RUNS], loop[RUNS], other[RUNS];
    struct load *first = NULL;
    (void)rate_of(requests, server.port, &first);
    const char *body = memmem(first->answer, first->answer_size, "\r\n\r\n", 4);
    if (body == NULL) bench_die("no answer");
    struct text tile = {body + 4, first->answer_size - (size_t)(body + 4 - first->answer)};
    struct process bare = start_bare((struct text){first->answer, first->answer_size}), nginx;
    bool has = start_nginx(b, path, tile, &nginx);
    for (int i = 0; i < RUNS; i++) {
        own[i] = rate_of(requests, server.port, NULL);
        loop[i] = rate_of(requests, bare.port, NULL);
        if (has) other[i] = rate_of(requests, nginx.port, NULL);
    }
    printf("# %s: %zu bytes\n", path, tile.size);
    snprintf(line, sizeof line, "tiles.%s", name);
    bench_print(line, bench_median(own, RUNS), "tiles/s", "a bare loop, the same bytes", bench_median(loop, RUNS));
    if (has) bench_print(line, bench_median(own, RUNS), "tiles/s", "nginx, the same file", bench_median(other, RUNS));
    else bench_skip(line, "no nginx to compare with: PARLEY_NGINX names one");
    if (has) process_stop(&nginx, SIGTERM);
    process_stop(&bare, SIGKILL);
    process_stop(&server, SIGTERM);
    free(first);
    free(requests);
}

/* --- mirrors --- */
static double run(const char *const *words) {
    int status = 0;
    double began = bench_now();
    pid_t pid = fork();
    if (pid < 0) bench_die("fork");
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) bench_die(words[1]);
    return bench_now() - began;
}
/* What no verifier can do without: each byte hashed once, each signature verified once. */
static double limit(const struct made *b, const char *mirror, uint64_t *bytes) {
    static const char *const names[] = {"stream", "ticks", "checkpoints"};
    static uint8_t room[1 << 20];
    uint8_t signature[64], message[600] = {7};
    char path[BENCH_PATH + 64];
    double began = bench_now();
    *bytes = 0;
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", mirror, names[i]);
        int fd = open(path, O_RDONLY);
        ssize_t got;
        if (fd < 0) bench_die(path);
        while ((got = read(fd, room, sizeof room)) > 0) {
            struct hash h = sha256_of(room, (size_t)got);
            room[0] ^= h.bytes[0];
            *bytes += (uint64_t)got;
        }
        close(fd);
    }
    crypto_sign_detached(signature, NULL, message, sizeof message, b->log.secret[1]);
    for (uint64_t i = 0; i < b->signatures; i++)
        if (crypto_sign_verify_detached(signature, message, sizeof message, b->log.public_key[1].bytes) != 0) bench_die("signature");
    return bench_now() - began;
}
static void mirrors(struct made *b) {
    char url[64], mirror[BENCH_PATH + 16], key[BENCH_PATH + 16];
    const char *binary = getenv("PARLEY_BIN") != NULL ? getenv("PARLEY_BIN") : "src/parley", *verify = getenv("PARLEY_VERIFY");
    double entries = (double)(b->records + b->ticks);
    uint64_t bytes;
    struct process server = process_server(b->data);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server.port);
    snprintf(mirror, sizeof mirror, "%s/mirror", b->dir);
    snprintf(key, sizeof key, "%s/root.key", b->dir);
    double pulled = run((const char *const[]){binary, "mirror", url, "--into", mirror, "--key", key, "--once", NULL});
    process_stop(&server, SIGTERM);
    double bare = limit(b, mirror, &bytes);
    printf("# the mirror: %.1f MB\n", (double)bytes / 1e6);
    bench_print("tiles.catch_up", entries / pulled, "entries/s", "SHA-256 and Ed25519 of it", entries / bare);
    double checked = run((const char *const[]){binary, "mirror", "check", mirror, NULL});
    bench_print("tiles.mirror_check", entries / checked, "entries/s", "SHA-256 and Ed25519 of it", entries / limit(b, mirror, &bytes));
    if (verify == NULL || access(verify, R_OK) != 0) {
        bench_skip("tiles.verify.py", "PARLEY_VERIFY names no second verifier");
        return;
    }
    double second = run((const char *const[]){"python3", verify, mirror, NULL});
    bench_print("tiles.verify.py", entries / second, "entries/s", "SHA-256 and Ed25519 of it", entries / limit(b, mirror, &bytes));
}

int main(void) {
    struct made *b = bench_room(sizeof *b);
    make(b, bench_size("PARLEY_BENCH_TILES", 30000, 10000000, 1000000));
    checkpoints(b);
    node_close(b->n);
    tiles(b, "hashes", "/log/tile/0/000");
    tiles(b, "entries", "/log/tile/entries/000");
    mirrors(b);
    bench_remove(b->dir);
    arena_free(&b->arena);
    arena_free(&b->log.arena);
    free(b);
    return 0;
}
