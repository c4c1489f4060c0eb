/* serve: the server. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "cli/commands.h"
#include "cli/settings_file.h"
#include "cli/volume.h"
#include "door/http.h"
#include "door/limits.h"
#include "door/server.h"
#include "log/directory.h"
#include "log/node.h"

const struct cli_option serve_options[] = {
    {"data", "DIR", "the log's directory, made by 'parley init'"},
    {"config", "FILE", "settings: a line is the name of one of these options and its value; read anew on SIGHUP"},
    {"listen", "HOST:PORT", "default: localhost:8420; port 0: any free one"},
    {"tls-cert", "FILE", "certificate chain, PEM: https; read anew on SIGHUP"},
    {"tls-key", "FILE", "its secret key, PEM, mode 0600"},
    {"behind-proxy", NULL, "plain http on any address: a proxy in front does TLS"},
    {"demo-page", NULL, "EXERCISE only: the page at / shows the whole picture to whoever comes"},
    {"hold-capacity", NULL, "capacities that were stated ('parley capacity') go on waiting: for a machine with too little memory for them"},
    {"verify", NULL, "recompute every hash, tree and signature of the journal before serving"},
    {"clock-rate", "N", "EXERCISE only: N seconds a second, for replays"},
    {"clock-start", "TIME", "EXERCISE only, with --clock-rate: where time starts"},
    {"connections", "N", "at most so many connections"},
    {"connections-per-address", "N", "* at most so many from one address"},
    {"reply-grid", "MS", "replies leave every MS milliseconds only (20 hides how long one took); default: at once"},
    {"snapshot-ticks", "N", "a second process keeps a snapshot of the state every N ticks, while this one serves; default: 600"},
    {"scrub-rate", "MB", "another process reads the log's directory again and again, so many megabytes a second, and says what has rotted; default: 4"},
    {"scrub-every", "SECONDS", "from the end of such a round to the next; default: 21600"},
    {"no-scrub", NULL, "do without that process"},
    {"no-keeper", NULL, "do without that process, which takes as much memory as the state: snapshots come at starts and ends only"},
    {"no-seccomp", NULL, "do without the filter of system calls that ends the process when a bug in it would start another program"},
    {"log-open", NULL, "* the log of ticks as tiles (/log/) without a token, for witnesses and mirrors; it shows cadence and nothing else; else a party's token is needed"},
    {"metrics-local", NULL, "* /metrics without a token for who asks from this machine; else the operator's token is needed"},
    {"rate-party", "N", "* requests a second of one party"},
    {"rate-manager", "N", "* requests a second of one manager, who bears access tokens; default: 10000. Beyond it 429 with Retry-After; a full share of what is kept is 429 without"},
    {"rate-address", "N", "* requests a second of one address without a session"},
    {"positions-ahead", "N", "* positions of all feeds taken in and not durable yet; what comes beyond is shed; default: 131072"},
    {"session-seconds", "N", "* longest life of a session, 60 to 43200"},
    {"log-level", "LEVEL", "* debug (a line of every request), info, warning or error; default: info"},
    {"slow-ms", "N", "* a reply that begins later is logged as slow; default: 1000"},
    {"metrics-token", "FILE", "* a token that reads /metrics and nothing else, mode 0600"},
    {"token-key", "FILE|URL", "keys of those who issue access tokens: PEM or a JWK set; opens the doors of other systems; may be repeated; files are read anew on SIGHUP, URLs each minute"},
    {"token-key-http", NULL, "LIVE: such a URL may be plain http to another machine; whoever is on that line decides who is let in"},
    {"audience", "NAME", "* with --token-key: this server's name, as tokens bear it in \"aud\"; may be repeated"},
    {"token-skew", "SECONDS", "* by which the clocks of issuers may differ, 0 to 300; default: 30"},
    {"public-url", "URL", "with --token-key: under which others reach this server. Notices and flights released to the world show at the doors of F3548 with it, as constraints and operational intents; without it they do not. Its host is an audience, too"},
    {"witness", "VKEY=URL", "asked to sign checkpoints (C2SP tlog-witness): its public key and its submission prefix; may be repeated"},
    {"witness-every", "SECONDS", "between two questions to each witness; default: 10"},
    {"witness-silent", "SECONDS", "without a signature of a witness, until 'parley status' warns of it; default: 300"},
    {"plain-http-urls", NULL, "* with --token-key: base URLs of its clients may be http, for tests; else they are https"},
    {NULL, NULL, NULL},
};

/* Two places for the file's texts: those in force and those of the reload under way. */
struct serving {
    const struct cli *cli;
    struct settings_file files[2];
    unsigned used;
};

struct source { const struct cli *cli; const struct settings_file *file; };

static const char *get(const struct source *s, const char *name) {
    const char *given = cli_get(s->cli, name);
    return given != NULL ? given : settings_file_get(s->file, name);
}

static result bounded(const struct source *s, const char *name, uint64_t high, uint64_t *out, struct fault *f) {
    char option[64];
    snprintf(option, sizeof option, "--%s", name);
    *out = 0;
    return get(s, name) != NULL ? cli_number(option, get(s, name), 1, high, out, f) : OK;
}

/* Which of the two is meant, nobody can say; and a reload of the one would not reach past the other. */
static result given_once(const struct source *s, struct fault *f) {
    for (unsigned i = 0; i < s->file->count; i++) {
        char option[64];
        snprintf(option, sizeof option, "--%s", s->file->values[i].name);
        if (cli_has(s->cli, s->file->values[i].name)) return fail(f, RESULT_USAGE, option, "is given on the command line and in the file of --config");
    }
    return OK;
}

static result numbers_of(const struct source *s, struct server_options *o, struct fault *f) {
    uint64_t scrub_rate, scrub_every, ticks, rate, connections, per_address, rate_party, rate_manager, rate_address, ahead, session, slow, grid;
    TRY(bounded(s, "clock-rate", DOOR_CLOCK_RATE_MOST, &rate, f));
    TRY(bounded(s, "connections", DOOR_CONNECTIONS_MOST, &connections, f));
    TRY(bounded(s, "connections-per-address", DOOR_CONNECTIONS_MOST, &per_address, f));
    TRY(bounded(s, "rate-party", DOOR_RATE_MOST, &rate_party, f));
    TRY(bounded(s, "rate-manager", DOOR_RATE_MOST, &rate_manager, f));
    TRY(bounded(s, "rate-address", DOOR_RATE_MOST, &rate_address, f));
    TRY(bounded(s, "positions-ahead", DOOR_POSITIONS_AHEAD_MOST, &ahead, f));
    TRY(bounded(s, "reply-grid", DOOR_GRID_MOST_MS, &grid, f));
    TRY(bounded(s, "snapshot-ticks", DOOR_SNAPSHOT_TICKS_MOST, &ticks, f));
    TRY(bounded(s, "session-seconds", DOOR_SESSION_SECONDS, &session, f));
    TRY(bounded(s, "slow-ms", DOOR_SLOW_MOST_MS, &slow, f));
    o->clock_rate = (uint32_t)rate;
    TRY(bounded(s, "scrub-rate", DOOR_SCRUB_RATE_MOST, &scrub_rate, f));
    TRY(bounded(s, "scrub-every", DOOR_SCRUB_EVERY_MOST, &scrub_every, f));
    o->scrub_rate = (uint32_t)scrub_rate;
    o->scrub_every = (uint32_t)scrub_every;
    o->snapshot_ticks = (uint32_t)ticks;
    o->connections = (unsigned)connections;
    o->connections_per_address = (unsigned)per_address;
    o->rate_party = (uint32_t)rate_party;
    o->rate_manager = (uint32_t)rate_manager;
    o->rate_address = (uint32_t)rate_address;
    o->positions_ahead = (uint32_t)ahead;
    o->reply_grid_ms = (unsigned)grid;
    o->session_seconds = (uint32_t)session;
    o->slow_ms = (uint32_t)slow;
    return OK;
}

static const char *nth(const struct source *s, const char *name, unsigned index) {
    return cli_has(s->cli, name) ? cli_nth(s->cli, name, index) : settings_file_nth(s->file, name, index);
}
static result several(const struct source *s, const char *name, const char **out, unsigned most, unsigned *count, struct fault *f) {
    char option[64];
    snprintf(option, sizeof option, "--%s", name);
    for (*count = 0; nth(s, name, *count) != NULL; (*count)++) {
        if (*count == most) return fail(f, RESULT_USAGE, option, "is given more than %u times", most);
        out[*count] = nth(s, name, *count);
    }
    return OK;
}
static result tokens_of(const struct source *s, struct server_options *o, struct fault *f) {
    uint64_t skew = 0;
    TRY(several(s, "token-key", o->token_keys, DOOR_TOKEN_SOURCES, &o->token_key_count, f));
    TRY(several(s, "audience", o->audiences, DOOR_TOKEN_AUDIENCES, &o->audience_count, f));
    o->has_token_skew = get(s, "token-skew") != NULL;
    if (o->has_token_skew) TRY(cli_number("--token-skew", get(s, "token-skew"), 0, DOOR_TOKEN_SKEW_MOST, &skew, f));
    o->token_skew_seconds = (unsigned)skew;
    return OK;
}

static result witnesses_of(const struct source *s, struct server_options *o, struct fault *f) {
    uint64_t every, silent;
    TRY(several(s, "witness", o->witnesses, LIMIT_WITNESSES, &o->witness_count, f));
    TRY(bounded(s, "witness-every", DOOR_WITNESS_EVERY_MOST, &every, f));
    TRY(bounded(s, "witness-silent", DOOR_WITNESS_SILENT_MOST, &silent, f));
    o->witness_every = (unsigned)every;
    o->witness_silent = (unsigned)silent;
    return OK;
}

static result options_of(const struct source *s, struct server_options *o, struct fault *f) {
    TRY(given_once(s, f));
    o->dir = get(s, "data");
    if (o->dir == NULL) return fail(f, RESULT_USAGE, "--data", "is needed; see 'parley serve --help'");
    o->listen = get(s, "listen") != NULL ? get(s, "listen") : "localhost:8420";
    o->certificate = get(s, "tls-cert");
    o->key = get(s, "tls-key");
    o->behind_proxy = get(s, "behind-proxy") != NULL;
    o->demo_page = get(s, "demo-page") != NULL;
    o->verify_signatures = get(s, "verify") != NULL;
    o->no_scrub = get(s, "no-scrub") != NULL;
    o->no_keeper = get(s, "no-keeper") != NULL;
    o->hold_capacity = get(s, "hold-capacity") != NULL;
    o->no_seccomp = get(s, "no-seccomp") != NULL;
    o->log_open = get(s, "log-open") != NULL;
    o->metrics_local = get(s, "metrics-local") != NULL;
    o->token_key_http = get(s, "token-key-http") != NULL;
    o->public_url = get(s, "public-url");
    o->plain_http_urls = get(s, "plain-http-urls") != NULL;
    o->log_level = get(s, "log-level");
    o->metrics_token = get(s, "metrics-token");
    TRY(numbers_of(s, o, f));
    TRY(witnesses_of(s, o, f));
    TRY(tokens_of(s, o, f));
    const char *start = get(s, "clock-start");
    struct fault inner = {0};
    o->clock_start = 0;
    if (start == NULL || result_is_ok(instant_parse(text_of(start), &o->clock_start, &inner))) return OK;
    return fail(f, RESULT_USAGE, "--clock-start", "'%s': %s", start, inner.message);
}

static result read_options(struct serving *s, unsigned into, struct server_options *o, struct fault *f) {
    struct settings_file *file = &s->files[into];
    settings_file_free(file);
    if (cli_has(s->cli, "config")) TRY(settings_file_load(cli_get(s->cli, "config"), serve_options, file, f));
    return options_of(&(struct source){s->cli, file}, o, f);
}

static result read_again(void *context, struct server_options *out, struct fault *f) {
    struct serving *s = context;
    return read_options(s, 1 - s->used, out, f);
}

static void read_taken(void *context) {
    struct serving *s = context;
    s->used = 1 - s->used;
}

/* The server calls its settings by their bare names, as a file of them does; who typed them typed options. */
static void as_option(struct fault *f) {
    char name[sizeof f->field];
    for (const struct cli_option *o = serve_options; o->name != NULL; o++) {
        if (strcmp(o->name, f->field) != 0) continue;
        snprintf(name, sizeof name, "--%s", o->name);
        memcpy(f->field, name, sizeof name);
        return;
    }
}

/* A disk that is not mounted and a genesis that is gone look like a directory for a new log, and must not be taken for one. */
static result has_log(const char *dir, struct fault *f) {
    char genesis[4096];
    const char *remains;
    TRY(directory_of(disk_real(), dir, DIRECTORY_LOG, f));
    snprintf(genesis, sizeof genesis, "%s/genesis", dir);
    if (access(genesis, F_OK) == 0 || errno != ENOENT) return OK;
    TRY(node_remains(NULL, dir, &remains, f));
    if (remains != NULL)
        return fail(f, RESULT_NOT_FOUND, dir, "holds %s of a log, and no genesis: it was damaged, or not wholly restored. Bring it back from a backup; make no new log here", remains);
    return fail(f, RESULT_NOT_FOUND, dir, "holds no log: is its disk mounted, is it the right directory? Where there never was one, 'parley init %s' makes one", dir);
}

/* What a start finds rotten of the journal can be mended while there are copies. */
static void say_scrub(const char *dir, struct fault *f) {
    size_t size = strlen(f->message);
    if (f->code != RESULT_ROT || strstr(f->field, "journal") == NULL) return;
    snprintf(f->message + size, sizeof f->message - size, "; 'parley scrub %s' names each such place, and mends them from --backup and --mirror", dir);
}

static int serve_run(struct cli *c) {
    static struct serving s;
    struct fault f = {0};
    struct server_options o = {.reload = read_again, .reloaded = read_taken, .reload_context = &s};
    s.cli = c;
    result r = read_options(&s, 0, &o, &f);
    if (result_is_ok(r)) r = http_listen_form(o.listen, &f); /* before a log of years is read */
    if (result_is_ok(r)) r = has_log(o.dir, &f);
    if (result_is_ok(r)) {
        r = server_run(&o, &f);
        if (!result_is_ok(r)) say_scrub(o.dir, &f);
    }
    settings_file_free(&s.files[0]);
    settings_file_free(&s.files[1]);
    if (!result_is_ok(r) && !cli_has(c, "config")) as_option(&f);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

const struct cli_command command_serve = {
    "serve", "", 0, 0, "run the server",
    "Plain http is spoken on loopback addresses only, unless --behind-proxy. SIGTERM and SIGINT drain: no new connections, what was asked is answered, readers of "
    "events are told, until everything answered is durable, for 12 seconds at most; a second signal ends the waiting. Then a snapshot is written if one is due, which takes "
    "as long as the state is large and which no signal but SIGKILL cuts short (the journal is whole all the same), and it ends with status 0. SIGHUP reads "
    "certificate, key and --config anew; a star marks what may change then. A file with something wrong, or with a change of anything else, is refused as a whole and "
    "the log says why. The log is on standard error, one JSON object a line; \"request\" in it is the header Request-Id of the reply.",
    serve_options, false, serve_run};
