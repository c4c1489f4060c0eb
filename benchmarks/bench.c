#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/note.h"
#include "base/rand.h"

const char *const bench_parties[BENCH_PARTIES] = {"operator", "aramoor", "velland"};
const struct capacity bench_capacity = {.parties = 4, .keys = 16, .agreements = 4, .areas = 16, .feeds = 8, .notices = 4096, .flights = 4096,
                                        .volumes = 32768, .vertices = 262144, .tracks = 16384, .alerts = 16384, .pending = 16,
                                        .recent = 65536, .holds = 16, .slots_log2 = 12};

double bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double bench_median(double *values, unsigned count) {
    qsort(values, count, sizeof *values, compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void print_value(double v) {
    if (v >= 1000) printf("%14.0f", v);
    else if (v >= 10) printf("%14.1f", v);
    else printf("%14.4f", v);
}

void bench_print(const char *name, double value, const char *unit, const char *baseline, double baseline_value) {
    printf("%-38s", name);
    print_value(value);
    printf(" %-14s %-34s", unit, baseline);
    print_value(baseline_value);
    printf("  %9.3f\n", value / baseline_value);
    fflush(stdout);
}

void bench_skip(const char *name, const char *why) { printf("%-38s SKIP %s\n", name, why); }

void bench_must(result r, const struct fault *f, const char *where) {
    if (result_is_ok(r)) return;
    fprintf(stderr, "%s: %s: %s: %s\n", where, result_name(r.code), f->field, f->message);
    exit(1);
}

void bench_die(const char *where) {
    fprintf(stderr, "%s: %s\n", where, strerror(errno));
    exit(1);
}

uint32_t bench_size(const char *variable, uint32_t least, uint32_t most, uint32_t otherwise) {
    const char *given = getenv(variable);
    char *end;
    if (given == NULL) return otherwise;
    unsigned long value = strtoul(given, &end, 10);
    if (*given >= '0' && *given <= '9' && *end == '\0' && value >= least && value <= most) return (uint32_t)value;
    fprintf(stderr, "%s: '%s' is no number from %u to %u\n", variable, given, least, most);
    exit(64);
}

void *bench_room(size_t bytes) {
    void *at = calloc(1, bytes);
    if (at == NULL) bench_die("memory");
    return at;
}

uint64_t bench_draw(uint64_t *seed) {
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* --- directories --- */

void bench_dir(const char *name, char path[BENCH_PATH]) {
    const char *base = getenv("PARLEY_BENCH_DIR");
    snprintf(path, BENCH_PATH, "%s/bench-%s-XXXXXX", base != NULL ? base : ".", name);
    if (mkdtemp(path) == NULL) bench_die(path);
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where) {
    (void)s, (void)type, (void)where;
    return remove(path);
}

void bench_remove(const char *path) {
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) bench_die(path);
}

uint64_t bench_drop_cache(const char *dir) {
    uint64_t bytes = 0;
    DIR *d = opendir(dir);
    if (d == NULL) bench_die(dir);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        struct stat s;
        int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &s) != 0) bench_die(e->d_name);
        if (S_ISREG(s.st_mode)) {
            bytes += (uint64_t)s.st_size;
            if (fdatasync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) bench_die(e->d_name);
        }
        close(fd);
    }
    closedir(d);
    return bytes;
}

/* --- a log --- */

static void pair(uint8_t seed, uint8_t secret[64], uint8_t public_key[32]) {
    uint8_t bytes[32];
    memset(bytes, seed, sizeof bytes);
    note_key_from_seed(bytes, secret, public_key);
}

static struct text key_name(int party) {
    static const char *const names[BENCH_PARTIES] = {"exercise/operator/root", "exercise/aramoor/root", "exercise/velland/root"};
    return text_of(names[party]);
}

static void no_settings(struct body_settings *s) {
    int64_t *const members[] = {&s->immediate_ns, &s->warning_ns, &s->caution_ns, &s->hysteresis_ns, &s->lookahead_ns, &s->tube_hold_ns,
                                &s->track_silent_ns, &s->hold_repeat_ns, &s->query_repeat_ns, &s->separation_cm, &s->separation_height_cm,
                                &s->recovery_delay_ns, &s->step_work};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) *members[i] = INT64_MIN;
}

void bench_log_make(struct bench_log *x, const char *dir, const struct capacity *c) {
    struct compose_key keys[BENCH_PARTIES];
    struct fault f = {0};
    struct note note;
    memset(x, 0, sizeof *x);
    if (sodium_init() < 0) bench_die("libsodium");
    arena_growing(&x->arena, (size_t)1 << 32);
    x->body = (struct body_genesis){.origin = TEXT(BENCH_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1, .capacity = *c,
                                    .founders = x->founders, .founder_count = BENCH_PARTIES};
    no_settings(&x->body.settings);
    pair(0x0a, x->log_secret, x->body.log_key.bytes);
    pair(0x0b, x->receipt_secret, x->body.receipt_key.bytes);
    /* Founders stand in the order of their names. */
    static const int order[BENCH_PARTIES] = {1, 0, 2};
    for (int i = 0; i < BENCH_PARTIES; i++) {
        int p = order[i];
        pair((uint8_t)(p + 1), x->secret[p], x->public_key[p].bytes);
        x->founders[i] = (struct founder){.root_key = x->public_key[p], .display = text_of(bench_parties[p]), .zone = TEXT("Etc/UTC"),
                                          .desks = 1, .operator_ = p == 0};
        memcpy(x->founders[i].name.at, bench_parties[p], strlen(bench_parties[p]));
        memcpy(x->founders[i].desk[0].at, "watch", 5);
        keys[i] = (struct compose_key){key_name(p), x->public_key[p], x->secret[p]};
    }
    bench_must(compose_genesis(&x->body, keys, BENCH_PARTIES, &x->arena, &x->genesis, &f), &f, "genesis");
    bench_must(note_parse(x->genesis, &note, &f), &f, "genesis");
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "", 1);
    sha256_update(&s, note.text.at, note.text.size);
    x->log = sha256_final(&s);
    if (dir == NULL) return;
    snprintf(x->dir, sizeof x->dir, "%s", dir);
    bench_must(node_create(NULL, dir, x->genesis, x->log_secret, x->receipt_secret, &f), &f, "node_create");
}

void bench_say(struct bench_log *x, int party, enum statement_kind kind, const char *section, const char *to, struct text body,
               instant at, struct composed *out) {
    struct compose_key key = {key_name(party), x->public_key[party], x->secret[party]};
    char *copy = arena_alloc(&x->arena, body.size, 1);
    if (copy == NULL) bench_die("memory");
    memcpy(copy, body.at, body.size);
    struct compose_section part = {text_of(section), text_of(to), {copy, body.size}, false};
    struct compose c = {.origin = TEXT(BENCH_ORIGIN), .log = x->log, .kind = kind, .at = at, .open_by = INSTANT_NONE, .by = &key,
                        .by_count = 1, .sections = &part, .section_count = 1};
    struct fault f = {0};
    bench_must(compose_statement(&c, random_bytes, &x->arena, out, &f), &f, "compose");
}

static void corner(struct append *out, double lat, double lng, bool comma) {
    append_str(out, comma ? ",{\"lat\":" : "{\"lat\":");
    append_fixed_point(out, (int64_t)(lat * 1e7), 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, (int64_t)(lng * 1e7), 7);
    append_char(out, '}');
}

void bench_square(struct append *out, const char *what, double lat, double lng, double size, instant from, instant to) {
    append_char(out, '{');
    append_str(out, what);
    append_str(out, "\"volumes\":[{\"polygon\":[");
    corner(out, lat, lng, false);
    corner(out, lat, lng + size, true);
    corner(out, lat + size, lng + size, true);
    corner(out, lat + size, lng, true);
    append_str(out, "],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},\"start\":\"");
    append_instant(out, from);
    append_str(out, "\",\"end\":\"");
    append_instant(out, to);
    append_str(out, "\"}]}");
}
