/* doctor: what is well, doubtful or wrong with a log's directory, the machine under it, and a server that runs on it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cosignature.h"
#include "base/json.h"
#include "cli/capacities.h"
#include "cli/commands.h"
#include "cli/http.h"
#include "cli/settings_file.h"
#include "door/doctor.h"
#include "door/limits.h"
#include "door/tls.h"
#include "log/node.h"

#define LINES 48
struct visit {
    struct cli *cli;
    const char *dir;
    struct doctor_line lines[LINES];
    unsigned count;
    struct settings_file settings;
    struct node_inspection log;
    struct node_capacities tables; /* as far as they could be read */
    bool any_tables;
    bool running;
    uid_t owner;
};

static struct doctor_line *next(struct visit *v) { return &v->lines[v->count < LINES - 1 ? v->count++ : LINES - 1]; }

__attribute__((format(printf, 5, 6))) static void line(struct visit *v, const char *what, enum doctor_level level, const char *fix, const char *format, ...) {
    struct doctor_line *l = next(v);
    *l = (struct doctor_line){.what = what, .level = level};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(l->found, sizeof l->found, format, arguments);
    va_end(arguments);
    snprintf(l->fix, sizeof l->fix, "%s", fix);
}

static const char *setting(const struct visit *v, const char *name) {
    const char *given = cli_get(v->cli, name);
    return given != NULL ? given : settings_file_get(&v->settings, name);
}

/* --- the directory --- */

static bool is_mirror(const char *dir) {
    struct probe_file genesis, party, journal;
    probe_file(dir, "genesis", &genesis);
    probe_file(dir, "party", &party);
    probe_file(dir, "journal", &journal);
    return genesis.there && party.there && !journal.there;
}

/* Whoever may not read it is not told to bring back another: an older one would fork the log. */
static void say_no_log(struct visit *v, const struct probe_file *dir, result r, const struct fault *f) {
    char path[512], fix[256];
    const char *remains = NULL;
    snprintf(path, sizeof path, "%s/genesis", v->dir);
    bool shut = access(path, R_OK) != 0 && errno == EACCES, missing = r.code == RESULT_NOT_FOUND;
    if (missing && !result_is_ok(node_remains(NULL, v->dir, &remains, NULL))) remains = "something";
    if (shut && dir->owner != geteuid()) {
        snprintf(fix, sizeof fix, "nothing is wrong yet: run this as user %u, whose the directory is, or give that to who runs the server: chown -R USER", (unsigned)dir->owner);
        line(v, "log", DOCTOR_FAIL, fix, "user %u may not read it: %s", (unsigned)geteuid(), f->message);
    } else if (shut) {
        line(v, "log", DOCTOR_FAIL, "chmod 700 the directory, and chmod 600 the genesis in it", "%s", f->message);
    } else if (missing && remains == NULL) {
        line(v, "log", DOCTOR_FAIL, "name the directory that 'parley init' made; is its disk mounted?", "%s", f->message);
    } else {
        line(v, "log", DOCTOR_FAIL, "bring the directory back from a backup as new as the last checkpoint that anybody was given; an older one forks the log", "%s%s%s%s%s%s", missing ? "" : f->field,
             missing ? "" : ": ", f->message, missing ? "; but it holds " : "", missing ? remains : "", missing ? " of a log" : "");
    }
}

static bool visit_log(struct visit *v) {
    struct fault f = {0};
    struct probe_file dir;
    probe_file(v->dir, "", &dir);
    v->owner = dir.owner;
    if (!dir.there) {
        const char *fix = errno == EACCES ? "run this as the user that the server runs as" : "name the directory that 'parley init' made; is its disk mounted?";
        line(v, "log", DOCTOR_FAIL, fix, "%s: %s", v->dir, strerror(errno));
        return false;
    }
    if (is_mirror(v->dir)) {
        line(v, "log", DOCTOR_FAIL, "'parley mirror check' looks at it; name the directory that 'parley init' made", "%s is a mirror of a log: a party's copy, which no server runs on", v->dir);
        return false;
    }
    result r = node_inspect(NULL, v->dir, &v->log, &f);
    if (!result_is_ok(r)) {
        say_no_log(v, &dir, r, &f);
        return false;
    }
    char hex[2 * SHA256_SIZE + 1];
    struct append text = append_fixed(hex, sizeof hex - 1);
    append_hex(&text, v->log.log.bytes, SHA256_SIZE);
    hex[text.size] = '\0';
    line(v, "log", DOCTOR_OK, "", "%s, %s, %s", v->log.origin, v->log.live ? "LIVE" : "EXERCISE", hex);
    return true;
}

static void visit_lock(struct visit *v) {
    pid_t holder;
    v->running = probe_lock(v->dir, &holder);
    if (!v->running) line(v, "lock", DOCTOR_OK, "", "free: no server runs on it");
    else if (holder == 0) line(v, "lock", DOCTOR_OK, "", "held: a server runs on it");
    else line(v, "lock", DOCTOR_OK, "", "held by process %ld: a server runs on it", (long)holder);
}

/* Of files that are well one line is enough. */
static void visit_files(struct visit *v) {
    static const struct { const char *name; bool secret; } files[] = {{"", false}, {"genesis", false}, {"checkpoint", false}, {"journal", true},
                                                                      {"index", true}, {"log.key", true}, {"receipt.key", true}, {"blinds", true}};
    unsigned before = v->count;
    doctor_user(next(v), geteuid(), v->owner);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        struct probe_file file;
        struct doctor_line l;
        snprintf(path, sizeof path, "%s%s%s", v->dir, files[i].name[0] != '\0' ? "/" : "", files[i].name);
        probe_file(v->dir, files[i].name, &file);
        if (strcmp(files[i].name, "index") == 0 && !file.there) continue; /* made anew at the next start */
        doctor_file(&l, path, &file, v->owner, files[i].secret);
        if (l.level != DOCTOR_OK) *next(v) = l;
    }
    if (v->count == before + 1) line(v, "permissions", DOCTOR_OK, "", "secret files are their owner's alone");
}

static void visit_keys(struct visit *v) {
    static const char *const names[] = {"log.key", "receipt.key"};
    for (int i = 0; i < 2; i++) {
        struct fault f = {0};
        if (result_is_ok(node_inspect_key(NULL, v->dir, names[i], &f))) line(v, "key", DOCTOR_OK, "", "%s is the one that the genesis names", names[i]);
        else line(v, "key", DOCTOR_FAIL, "bring the file back from a backup; without its log key the log cannot go on", "%s: %s", names[i], f.message);
    }
}

static void visit_ending(struct visit *v) {
    struct probe_clock clock;
    struct node_ending e;
    struct fault f = {0};
    probe_clock(&clock);
    if (v->running) {
        line(v, "journal end", DOCTOR_OK, "", "not looked at while a server writes to it");
        return;
    }
    result r = node_inspect_ending(NULL, v->dir, &e, &f);
    doctor_ending(next(v), r, &e, &f);
    if (result_is_ok(r)) doctor_time(next(v), clock.now, e.any_time, e.time);
}

/* --- the machine --- */

static void visit_disk(struct visit *v) {
    struct probe_space space;
    struct probe_growth growth;
    struct probe_sync sync = {0};
    struct fault f = {0};
    probe_space(v->dir, &space);
    probe_growth(v->dir, &growth);
    doctor_space(next(v), &space, v->log.reserve);
    doctor_days(next(v), &space, v->log.reserve, &growth);
    doctor_kind(next(v), &space);
    result r = probe_sync(v->dir, &sync, &f);
    doctor_sync(next(v), r, &sync, &f);
}

/* By what is in force and what waits: after a raise the genesis says too little. */
static void visit_memory(struct visit *v) {
    struct fault f = {0};
    result r = node_inspect_capacities(NULL, v->dir, &v->tables, &f);
    v->any_tables = true;
    capacities_judge(&v->tables.in_force, &v->tables.wanted, v->running, next(v));
    if (v->tables.waits > 0)
        line(v, "capacities", DOCTOR_OK, "", "larger ones were stated with order %llu, and come into force at the next start", (unsigned long long)v->tables.waits);
    /* Beside a server that writes, the last batch may not be whole yet. */
    if (r.code == RESULT_ROT && !v->running)
        line(v, "journal", DOCTOR_FAIL, "do not start the server: 'parley scrub' names each such place, and mends them from a backup and the parties' mirrors", "%s: it is not what was written", f.message);
    else if (!result_is_ok(r) && !v->running) line(v, "capacities", DOCTOR_WARN, "look at the lines above; what was raised behind that is not in the reckoning", "read up to batch %llu: %s", (unsigned long long)v->tables.batch, f.message);
}

static void visit_machine(struct visit *v) {
    struct probe_limits limits;
    struct probe_clock clock;
    uint64_t connections = DOOR_CONNECTIONS;
    struct fault f = {0};
    const char *given = setting(v, "connections");
    if (given != NULL && !result_is_ok(cli_number("--connections", given, 1, DOOR_CONNECTIONS_MOST, &connections, &f))) connections = DOOR_CONNECTIONS;
    probe_limits(&limits);
    probe_clock(&clock);
    doctor_clock(next(v), &clock);
    doctor_files(next(v), &limits, connections);
    doctor_locked(next(v), &limits, &v->log.capacity);
}

static void visit_scrub(struct visit *v) {
    struct scrub_state state;
    struct probe_clock clock;
    probe_clock(&clock);
    result r = scrub_state_read(disk_real(), v->dir, &v->log.log, &state, NULL);
    doctor_scrub(next(v), r, &state, clock.now);
}

static void visit_certificate(struct visit *v) {
    const char *certificate = setting(v, "tls-cert"), *key = setting(v, "tls-key");
    struct probe_clock clock;
    struct tls_pair *pair = NULL;
    instant from = 0, until = 0;
    struct fault f = {0};
    if (certificate == NULL && key == NULL) return;
    probe_clock(&clock);
    result r = certificate == NULL || key == NULL ? fail(&f, RESULT_USAGE, "certificate", "certificate and key come together") : tls_load(certificate, key, &pair, &f);
    if (result_is_ok(r)) tls_validity(pair, &from, &until);
    doctor_certificate(next(v), r, certificate, from, until, clock.now, &f);
    tls_free(pair);
}

/* --- the doors of other systems --- */

static void visit_doors(struct visit *v) {
    const char *key = setting(v, "token-key");
    if (key == NULL) return;
    bool plain = setting(v, "plain-http-urls") != NULL;
    if (!plain) line(v, "other doors", DOCTOR_OK, "", "F3548-21 and F3411, tokens by %s; their clients' URLs are https", key);
    else line(v, "other doors", v->log.live ? DOCTOR_WARN : DOCTOR_OK, v->log.live ? "take plain-http-urls out of the settings, but for tests: what managers send each other would be read and changed on the way" : "",
              "F3548-21 and F3411, tokens by %s; their clients' URLs may be http", key);
}

/* --- the server --- */

static result ask(struct http *h, const char *path, struct json_reader *json, const struct json **top, struct http_reply *reply, struct fault *f) {
    TRY(http_call(h, path, NULL, reply, f));
    TRY(http_problem(reply, f));
    return json == NULL ? OK : json_parse(json, append_view(&reply->body), JSON_PARLEY, top, f);
}

static void visit_clock_of(struct visit *v, struct http *h, struct json_reader *json) {
    struct http_reply reply = {0};
    const struct json *top = NULL;
    struct fault f = {0};
    result r = ask(h, "/v1/clock", json, &top, &reply, &f);
    const struct json *unsure = result_is_ok(r) ? json_member(top, "unsure") : NULL, *told = result_is_ok(r) ? json_member(top, "error_ns") : NULL;
    double error = told != NULL ? told->number : 0;
    if (!result_is_ok(r)) line(v, "server's clock", DOCTOR_FAIL, "look at the server's log", "%s", f.message);
    else if (unsure != NULL && unsure->boolean) line(v, "server's clock", DOCTOR_FAIL, "set the machine's clock right, then state the time by 'parley clock'", "UNSURE: it jumped");
    else if (error > (double)DOOR_CLOCK_ERROR_NS)
        line(v, "server's clock", DOCTOR_WARN, "start chrony or systemd-timesyncd where the server runs; lead times are judged by this clock",
             "no jump seen; %serror up to %.3g s", error >= (double)DOOR_CLOCK_UNSYNC_NS ? "NOT synchronised, " : "", error / (double)INSTANT_SECOND);
    else line(v, "server's clock", DOCTOR_OK, "", "no jump seen; error up to %.3g s", error / (double)INSTANT_SECOND);
    append_free(&reply.body);
}

/* What the checkpoint that is served says of them: whose keys these are, those who trust them know. */
static void visit_witnesses(struct visit *v, struct http *h) {
    static struct note note;
    struct http_reply reply = {0};
    struct checkpoint c;
    struct fault f = {0};
    uint64_t latest = 0, seconds;
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    unsigned count = 0;
    result r = ask(h, "/v1/checkpoint/witnessed", NULL, NULL, &reply, &f);
    bool none = !result_is_ok(r) && reply.status == 404;
    if (result_is_ok(r)) r = note_parse(append_view(&reply.body), &note, &f);
    if (result_is_ok(r)) r = checkpoint_read(note.text, &c, &f);
    for (uint32_t i = 0; result_is_ok(r) && i < note.count; i++) {
        if (!cosignature_read(&note.lines[i], &seconds, signature)) continue;
        count++;
        if (seconds > latest) latest = seconds;
    }
    long long age = (long long)time(NULL) - (long long)latest;
    if (none) line(v, "witnesses", DOCTOR_OK, "", "none has signed this log");
    else if (!result_is_ok(r)) line(v, "witnesses", DOCTOR_WARN, "look at the server's log", "%s", f.message);
    else line(v, "witnesses", age > DOOR_WITNESS_SILENT_SECONDS ? DOCTOR_WARN : DOCTOR_OK, age > DOOR_WITNESS_SILENT_SECONDS ? "'parley status' says what fails; the log goes on without" : "",
              "%u signed a tree of %llu ticks, the last of them %lld s ago", count, (unsigned long long)c.size, age);
    append_free(&reply.body);
}

static void visit_log_of(struct visit *v, struct http *h, struct json_reader *json, const char *server) {
    struct http_reply reply = {0};
    const struct json *top = NULL;
    struct fault f = {0};
    char hex[2 * SHA256_SIZE];
    struct append text = append_fixed(hex, sizeof hex);
    append_hex(&text, v->log.log.bytes, SHA256_SIZE);
    result r = ask(h, "/v1/log", json, &top, &reply, &f);
    const struct json *log = result_is_ok(r) ? json_member(top, "log") : NULL;
    if (log == NULL) line(v, "server", DOCTOR_FAIL, "is that the address of a Parley server?", "%s: %s", server, f.message);
    else if (!text_equal(log->string, append_view(&text)))
        line(v, "server", DOCTOR_FAIL, "name the server that runs on this directory", "%s serves another log", server);
    else line(v, "server", DOCTOR_OK, "", "%s serves this log", server);
    append_free(&reply.body);
}

static void visit_server(struct visit *v) {
    const char *server = cli_get(v->cli, "server");
    struct http *h = NULL;
    struct fault f = {0};
    if (server == NULL) return;
    struct json_reader *json = json_reader_new(1024 * 1024);
    struct http_reply reply = {0};
    result r = json == NULL ? fail(&f, RESULT_FULL, "memory", "no memory") : http_new(&(struct http_options){.server = server, .ca = cli_get(v->cli, "ca")}, &h, &f);
    if (result_is_ok(r)) r = ask(h, "/healthy", NULL, NULL, &reply, &f);
    if (!result_is_ok(r)) {
        line(v, "server", DOCTOR_FAIL, reply.status == 503 ? "it is going away: wait for the next one" : "start it, or look at its log", "%s: %s", server, f.message);
    } else {
        visit_log_of(v, h, json, server);
        visit_clock_of(v, h, json);
        visit_witnesses(v, h);
    }
    append_free(&reply.body);
    if (h != NULL) http_free(h);
    if (json != NULL) json_reader_free(json);
}

/* --- the table --- */

static enum doctor_level worst_of(const struct visit *v) {
    enum doctor_level worst = DOCTOR_OK;
    for (unsigned i = 0; i < v->count; i++)
        if (v->lines[i].level > worst) worst = v->lines[i].level;
    return worst;
}

static void print_table(const struct visit *v) {
    for (unsigned i = 0; i < v->count; i++) {
        const struct doctor_line *l = &v->lines[i];
        printf("%-4s  %-15s %s\n", doctor_level_name(l->level), l->what, l->found);
        if (l->fix[0] != '\0') printf("      %-15s -> %s\n", "", l->fix);
    }
    if (v->any_tables) capacities_print(&v->tables.in_force, &v->tables.wanted);
}

static void print_json(const struct visit *v) {
    struct append out = append_growing(1024 * 1024);
    append_format(&out, "{\"worst\":\"%s\",\"lines\":[", doctor_level_name(worst_of(v)));
    for (unsigned i = 0; i < v->count; i++) {
        const struct doctor_line *l = &v->lines[i];
        append_format(&out, "%s\n{\"what\":\"%s\",\"level\":\"%s\",\"found\":", i > 0 ? "," : "", l->what, doctor_level_name(l->level));
        append_json_string(&out, text_of(l->found));
        append_str(&out, ",\"fix\":");
        if (l->fix[0] != '\0') append_json_string(&out, text_of(l->fix));
        else append_str(&out, "null");
        append_char(&out, '}');
    }
    append_str(&out, "\n]");
    if (v->any_tables) {
        append_str(&out, ",\"memory\":");
        capacities_json(&v->tables.in_force, &v->tables.wanted, &out);
    }
    append_char(&out, '}');
    printf("%.*s\n", TEXT_ARG(append_view(&out)));
    append_free(&out);
}

static int doctor_run(struct cli *c) {
    static struct visit v;
    struct fault f = {0};
    v.cli = c;
    if (cli_has(c, "config") && !result_is_ok(settings_file_load(cli_get(c, "config"), serve_options, &v.settings, &f))) return cli_fail(c, &f);
    v.dir = c->argument_count > 0 ? c->arguments[0] : setting(&v, "data");
    if (v.dir == NULL) return cli_error(c, RESULT_USAGE, "DIR", cli_has(c, "server") ? "give the log's directory too, on the machine where the server runs: parley doctor DIR --server URL" : "which directory? see 'parley doctor --help'");
    line(&v, "version", DOCTOR_OK, "", "parley %s", PARLEY_VERSION);
    if (visit_log(&v)) {
        visit_lock(&v);
        visit_files(&v);
        visit_keys(&v);
        visit_ending(&v);
        visit_scrub(&v);
    visit_scrub(&v);
        visit_disk(&v);
        visit_machine(&v);
        visit_memory(&v);
        visit_certificate(&v);
        visit_doors(&v);
        visit_server(&v);
    }
    if (c->json) print_json(&v);
    else print_table(&v);
    settings_file_free(&v.settings);
    enum doctor_level worst = worst_of(&v);
    return worst == DOCTOR_OK ? CLI_OK : worst == DOCTOR_WARN ? CLI_DOUBTFUL : CLI_UNWELL;
}

static const struct cli_option doctor_options[] = {
    {"server", "URL", "a server that runs on it: is it well, and is its clock sure?"},
    {"ca", "FILE", "certificate that the server's must descend from"},
    {"config", "FILE", "the settings of 'parley serve': directory, certificate, connections"},
    {"tls-cert", "FILE", "the server's certificate: when does it end, is the key its own?"},
    {"tls-key", "FILE", "its secret key"},
    {"connections", "N", "of the server: does the limit of open files suffice?"},
    {NULL, NULL, NULL},
};
const struct cli_command command_doctor = {
    "doctor", "[DIR]", 0, 1, "look at a log's directory and the machine under it",
    "A line for each thing looked at, OK, WARN or FAIL, and what to do where it is not OK: permissions and keys, the journal's end, free space and for how many days it "
    "lasts, how long a synced write takes, clock, limits, memory, certificate. The exit status says the worst: 0, 9 for WARN, 10 for FAIL. Run it as the user that the "
    "server runs as. It takes no lock and changes nothing but for a small file that it writes to measure the disk and removes again; 'parley log check' is the thorough "
    "examination of the record itself.",
    doctor_options, false, doctor_run};
