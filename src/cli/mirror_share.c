#include "cli/mirror_share.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cosigner.h"
#include "door/limits.h"
#include "door/mirror_server.h"
#include "log/secret.h"

bool mirror_share_on(const struct mirror_share *s) { return s->cli != NULL; }

static result path_of(const struct mirror_share *s, const char *name, char path[LIMIT_PATH], struct fault *f) {
    return snprintf(path, LIMIT_PATH, "%s/serve%s%s", s->dir, name[0] == '\0' ? "" : "/", name) < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, s->dir, "is too long a path");
}

result mirror_share_read(const struct cli *c, const char *dir, struct mirror_share *out, struct fault *f) {
    static const char *const needs[] = {"mirror-key", "witness-key", "token", "tls-cert", "tls-key"}, *const flags[] = {"log-open", "stream-open", "behind-proxy", "no-seccomp"};
    *out = (struct mirror_share){.dir = dir};
    if (!cli_has(c, "listen")) {
        for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
            if (cli_has(c, needs[i])) return fail(f, RESULT_USAGE, needs[i], "says how the mirror is shown: --listen says where");
        for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
            if (cli_has(c, flags[i])) return fail(f, RESULT_USAGE, flags[i], "says how the mirror is shown: --listen says where");
        return OK;
    }
    if (cli_has(c, "once")) return fail(f, RESULT_USAGE, "--once", "ends, and --listen goes on");
    if (cli_has(c, "mirror-key") && !cli_has(c, "log-open")) return fail(f, RESULT_USAGE, "--mirror-key", "needs --log-open: a mirror's signature says that the log is to be had here");
    if (cli_has(c, "witness-key") && !cli_has(c, "mirror-key")) return fail(f, RESULT_USAGE, "--witness-key", "is of the witness beside a mirror that signs (--mirror-key); alone it is 'parley witness'");
    out->cli = c;
    merkle_init(&out->seen);
    return OK;
}

/* --- the stream's leaves --- */

/* Derived: what the file has already is held against what comes, by the root. */
static result take_leaf(void *context, struct text leaf, struct fault *f) {
    struct mirror_share *s = context;
    struct hash h = merkle_leaf(leaf.at, leaf.size);
    bool there = s->seen.size < tile_store_size(s->leaves);
    (void)merkle_append(&s->seen, &h, NULL);
    if (!there && !s->stale) return tile_store_add(s->leaves, &leaf, 1, f);
    if (s->seen.size != tile_store_size(s->leaves)) return OK;
    struct hash is = merkle_root(tile_store_tree(s->leaves)), should = merkle_root(&s->seen);
    s->stale = !hash_equal(&is, &should);
    return OK;
}

static void close_leaves(struct mirror_share *s) {
    tile_store_close(s->leaves);
    s->leaves = NULL;
}

static result open_once(struct mirror_share *s, uint64_t most, struct mirror_store *store, struct mirror_report *report, struct fault *f) {
    char path[LIMIT_PATH];
    s->sink = (struct mirror_sink){take_leaf, s};
    s->stale = false;
    merkle_init(&s->seen);
    TRY(path_of(s, "leaves", path, f));
    TRY(tile_store_open(disk_real(), path, true, most, &s->leaves, f));
    result r = mirror_store_open_to(disk_real(), s->dir, true, &s->sink, store, report, f);
    if (!result_is_ok(r)) close_leaves(s);
    return r;
}

result mirror_share_open(struct mirror_share *s, struct mirror_store *store, struct mirror_report *report, struct fault *f) {
    char path[LIMIT_PATH];
    if (!mirror_share_on(s)) return mirror_store_open(disk_real(), s->dir, true, store, report, f);
    TRY(path_of(s, "", path, f));
    TRY(disk_make_dir(disk_real(), path, f));
    result r = open_once(s, UINT64_MAX, store, report, f);
    bool more = result_is_ok(r) && tile_store_size(s->leaves) > s->seen.size; /* than the mirror took, as a power cut may leave it */
    if (!result_is_ok(r) || !(s->stale || more)) return r;
    mirror_store_close(store);
    close_leaves(s);
    return open_once(s, 0, store, report, f);
}

/* --- the process --- */

static result read_token(const struct cli *c, struct mirror_server_options *o, struct fault *f) {
    char room[DOOR_MIRROR_TOKEN_MOST + 1];
    struct append token = append_fixed(room, sizeof room);
    const char *path = cli_get(c, "token");
    if (path == NULL) return OK;
    TRY(secret_read(path, &token, f));
    while (token.size > 0 && (token.at[token.size - 1] == '\n' || token.at[token.size - 1] == '\r')) token.size--;
    bool plain = token.size >= DOOR_MIRROR_TOKEN_LEAST;
    for (size_t i = 0; i < token.size; i++) plain = plain && token.at[i] > ' ' && token.at[i] < 0x7f;
    o->has_token = plain;
    o->token = sha256_of(token.at, token.size);
    sodium_memzero(room, sizeof room);
    return plain ? OK : fail(f, RESULT_USAGE, path, "holds no token: one line of %d to %d characters without spaces", DOOR_MIRROR_TOKEN_LEAST, DOOR_MIRROR_TOKEN_MOST);
}

static result read_secrets(const struct cli *c, struct mirror_server_options *o, char rooms[2][COSIGNER_KEY_BYTES], uint8_t *secrets, struct fault *f) {
    if (secrets == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the key");
    TRY(read_token(c, o, f));
    if (cli_has(c, "mirror-key")) {
        TRY(cosigner_secret(cli_get(c, "mirror-key"), "mirror", rooms[0], &o->mirror.name, secrets, f));
        o->mirror.secret = secrets;
    }
    if (!cli_has(c, "witness-key")) return OK;
    o->mirror.witness_secret = secrets + NOTE_SECRET_BYTES;
    return cosigner_secret(cli_get(c, "witness-key"), "witness", rooms[1], &o->mirror.witness_name, secrets + NOTE_SECRET_BYTES, f);
}

/* What the process that shows is told: the log's keys, the party, the origin. Nothing of it is secret. */
enum { TOLD_KEY = 2 * 32, TOLD_MOST = 2 * (TOLD_KEY + 1) + sizeof(struct name) + 1 + sizeof((struct mirror *)NULL)->origin };

static bool tell(const struct mirror *m) {
    char room[TOLD_MOST + 1] = "";
    struct append told = append_fixed(room, TOLD_MOST);
    append_hex(&told, m->log_key.bytes, sizeof m->log_key.bytes);
    append_char(&told, ' ');
    append_hex(&told, m->receipt_key.bytes, sizeof m->receipt_key.bytes);
    append_format(&told, " %.*s %s", TEXT_ARG(name_text(&m->party)), m->origin);
    return !told.full && setenv(MIRROR_SHARE_TOLD, room, 1) == 0;
}

static bool hear(const char *told, struct mirror_server_options *o) {
    size_t size = strlen(told);
    if (size > TOLD_MOST || size < 2 * (TOLD_KEY + 1) + 3 || told[TOLD_KEY] != ' ' || told[2 * TOLD_KEY + 1] != ' ') return false;
    const char *party = told + 2 * (TOLD_KEY + 1), *space = strchr(party, ' ');
    if (space == NULL || space == party || space[1] == '\0') return false;
    o->party = (struct text){party, (size_t)(space - party)};
    o->origin = text_of(space + 1);
    return hex_read((struct text){told, TOLD_KEY}, o->log_key, sizeof o->log_key) && hex_read((struct text){told + TOLD_KEY + 1, TOLD_KEY}, o->receipt_key, sizeof o->receipt_key);
}

bool mirror_share_told(void) { return getenv(MIRROR_SHARE_TOLD) != NULL; }

int mirror_share_show(const struct mirror_share *s) {
    const struct cli *c = s->cli;
    char rooms[2][COSIGNER_KEY_BYTES];
    struct fault f = {0};
    struct mirror_server_options o = {.dir = s->dir, .log_open = cli_has(c, "log-open"), .stream_open = cli_has(c, "stream-open"),
        .server = {.listen = cli_get(c, "listen"), .certificate = cli_get(c, "tls-cert"), .key = cli_get(c, "tls-key"), .behind_proxy = cli_has(c, "behind-proxy"),
                   .no_seccomp = cli_has(c, "no-seccomp"), .debug = cli_has(c, "verbose")}};
    if (!hear(getenv(MIRROR_SHARE_TOLD), &o)) return cli_error(c, RESULT_MALFORMED, MIRROR_SHARE_TOLD, "is set, and not by 'parley mirror': unset it");
    uint8_t *secrets = secret_alloc(2 * NOTE_SECRET_BYTES);
    result r = read_secrets(c, &o, rooms, secrets, &f);
    if (result_is_ok(r)) r = mirror_server_run(&o, &f);
    secret_free(secrets);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

result mirror_share_start(struct mirror_share *s, const struct mirror *m, struct fault *f) {
    if (!mirror_share_on(s) || s->child != 0) return OK;
    pid_t parent = getpid();
    fflush(NULL);
    s->child = fork();
    if (s->child < 0) {
        s->child = 0;
        return fail(f, RESULT_IO, "process", "%s", strerror(errno));
    }
    if (s->child != 0) return OK;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* stays over what follows */
    (void)close_range(STDERR_FILENO + 1, ~0u, 0);
    if (getppid() == parent && tell(m)) (void)execv("/proc/self/exe", s->cli->argv);
    fprintf(stderr, "parley: the process that shows the mirror did not begin: %s\n", strerror(errno));
    _exit(CLI_SYSTEM);
}

static int status_of(int word) { return WIFEXITED(word) ? WEXITSTATUS(word) : CLI_SYSTEM; }

bool mirror_share_up(struct mirror_share *s) {
    int word = 0;
    if (s->child == 0 || waitpid(s->child, &word, WNOHANG) != s->child) return true;
    s->status = status_of(word);
    s->child = 0;
    return false;
}

void mirror_share_end(struct mirror_share *s) {
    int word = 0;
    if (s->child != 0) {
        (void)kill(s->child, SIGTERM);
        while (waitpid(s->child, &word, 0) < 0 && errno == EINTR) continue;
        s->status = status_of(word);
    }
    s->child = 0;
    close_leaves(s);
}

result mirror_share_say(const struct mirror_share *s, const struct mirror_share_pulled *p, struct fault *f) {
    char room[96];
    struct append out = append_fixed(room, sizeof room);
    if (!mirror_share_on(s)) return OK;
    append_format(&out, "seconds %llu\nfork %d\nstopped %d\n", (unsigned long long)p->seconds, p->fork, p->stopped);
    return mirror_share_put(s, "pulled", append_view(&out), f);
}

/* Whoever reads it sees the one of before or this one. */
result mirror_share_put(const struct mirror_share *s, const char *name, struct text note, struct fault *f) {
    char dir[LIMIT_PATH];
    TRY(path_of(s, "", dir, f));
    return disk_replace(disk_real(), dir, name, note, f);
}
