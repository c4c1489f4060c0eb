/* backup, restore, drill: a log's directory kept elsewhere, brought back, and the proof that this would work (log/backup.h). */
#define _XOPEN_SOURCE 700 /* nftw, mkdtemp */
#define _DEFAULT_SOURCE   /* syscall */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/http.h"
#include "log/backup.h"
#include "log/mirror_store.h"
#include "log/monotonic.h"
#include "log/node.h"

enum { PATIENCE_MS = 2000, NOTE_BYTES = 1024 * 1024, NICE = 10, IDLE_CLASS = 3, IO_CLASS_SHIFT = 13, IO_WHO_PROCESS = 1 };

/* A server beside this one comes first. What the system refuses of it is no error. */
static void step_back(void) {
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    (void)syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, IDLE_CLASS << IO_CLASS_SHIFT);
}

/* --- two places apart --- */

/* Of what is there the real path; of what is not yet, that of the directory that it will be in, and its name. */
static result real_of(const char *path, char out[PATH_MAX], struct fault *f) {
    char cut[PATH_MAX], parent[PATH_MAX];
    if (realpath(path, out) != NULL) return OK;
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') size--;
    if (errno != ENOENT || size >= sizeof cut) return fail(f, RESULT_IO, path, "%s: %s", path, strerror(errno));
    memcpy(cut, path, size);
    cut[size] = '\0';
    char *slash = strrchr(cut, '/');
    const char *name = slash == NULL ? cut : slash + 1;
    if (slash != NULL) *slash = '\0';
    if (realpath(slash == NULL ? "." : slash == cut ? "/" : cut, parent) == NULL)
        return fail(f, RESULT_NOT_FOUND, path, "the directory that %s is to be made in: %s", path, strerror(errno));
    int n = snprintf(out, PATH_MAX, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name);
    return n > 0 && n < PATH_MAX ? OK : fail(f, RESULT_TOO_LARGE, path, "is too long a path");
}

static bool within(const char *inner, const char *outer) {
    size_t size = strlen(outer);
    return strncmp(inner, outer, size) == 0 && (inner[size] == '\0' || inner[size] == '/');
}

static result apart(const char *from, const char *to, struct fault *f) {
    char a[PATH_MAX], b[PATH_MAX];
    if (realpath(from, a) == NULL) return fail(f, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, from, "%s: %s", from, strerror(errno));
    TRY(real_of(to, b, f));
    if (within(b, a)) return fail(f, RESULT_CONFLICT, to, "lies within %s: what becomes of the one becomes of the other", from);
    return within(a, b) ? fail(f, RESULT_CONFLICT, from, "lies within %s: what becomes of the one becomes of the other", to) : OK;
}

/* --- words --- */

static void say_passed(const struct backup_report *p) {
    if (p->snapshots_passed > 0) fprintf(stderr, "parley: a snapshot was left out, the journal alone gives its state: %s\n", p->passed.message);
}

static void say_moment(const struct cli *c, const char *what, const struct backup_report *p) {
    char room[64];
    struct append time = append_fixed(room, sizeof room);
    if (p->any_time) append_instant(&time, p->time);
    if (c->json)
        printf("{\"%s\":true,\"origin\":\"%s\",\"batches\":%llu,\"bytes\":%llu,\"batch\":%llu,\"order\":%llu,\"tick\":%llu,\"time\":\"%.*s\",\"snapshot\":%llu", what, p->origin, (unsigned long long)p->batches,
               (unsigned long long)p->bytes, (unsigned long long)p->batch, (unsigned long long)p->order, (unsigned long long)p->tick, TEXT_ARG(append_view(&time)), (unsigned long long)p->snapshot);
    else
        printf("%s: %s up to tick %llu, statement %llu, of %.*s; %llu batches, %llu bytes new; %s\n", what, p->origin, (unsigned long long)p->tick, (unsigned long long)p->order,
               time.size > 0 ? (int)time.size : 1, time.size > 0 ? time.at : "-", (unsigned long long)p->batches, (unsigned long long)p->bytes, p->snapshot > 0 ? "with a snapshot" : "without a snapshot: a start steps all of it");
}

static int backup_run(struct cli *c) {
    struct fault f = {0};
    struct backup_report report;
    struct backup_options o = {.from = c->arguments[0], .to = c->arguments[1], .patience_ms = PATIENCE_MS};
    step_back();
    result r = apart(o.from, o.to, &f);
    if (result_is_ok(r)) r = cli_no_log(backup_take(&o, &report, &f), o.from, &f);
    if (!result_is_ok(r)) return cli_fail(c, &f);
    say_passed(&report);
    say_moment(c, "backup", &report);
    if (c->json) printf("}\n");
    return CLI_OK;
}

/* --- what others have seen --- */

/* What one of them has signed, or was shown under the log's signature: a mirror may have signed more than it has pulled, and the witness beside it more than the mirror. */
enum { SEEN_MOST = 3 };
struct seen { struct { struct append note; char from[LIMIT_PATH]; } each[SEEN_MOST]; unsigned count; };

static void seen_add(struct seen *s, const char *from, struct text note) {
    s->each[s->count].note = append_growing(NOTE_BYTES);
    append_text(&s->each[s->count].note, note);
    snprintf(s->each[s->count++].from, LIMIT_PATH, "%s", from);
}

static void seen_free(struct seen *s) {
    for (unsigned i = 0; i < s->count; i++) append_free(&s->each[i].note);
}

/* `may_lack`: 404 says no more than that it has none. */
static result ask_note(struct http *h, const char *url, const char *path, bool may_lack, struct seen *seen, struct fault *f) {
    struct http_reply reply = {0};
    result r = http_call(h, path, NULL, &reply, f);
    bool lacks = result_is_ok(r) && may_lack && reply.status == 404;
    if (result_is_ok(r) && !lacks) r = http_problem(&reply, f);
    if (reply.status == 401 || reply.status == 403)
        r = fail(f, r.code, "--witnessed", "%s shows its checkpoint to none but those with a session or its token (status %ld), and has none from here: serve it with --log-open, or name the file that a party makes of it: "
                 "parley checkpoint --key FILE >SEEN", url, reply.status);
    if (result_is_ok(r) && !lacks) seen_add(seen, url, append_view(&reply.body));
    append_free(&reply.body);
    return r;
}

/* A bare address is a witness's or a mirror's, with perhaps a witness beside it, or else a log's. */
static result take_url(const struct mirror *m, const char *url, struct seen *seen, struct fault *f) {
    static const char beside[] = "/witness";
    char server[512], path[160];
    const char *host = strstr(url, "://"), *slash = host == NULL ? NULL : strchr(host + 3, '/');
    size_t size = slash == NULL ? strlen(url) : (size_t)(slash - url);
    bool bare = slash == NULL || slash[1] == '\0';
    if (size >= sizeof server) return fail(f, RESULT_TOO_LARGE, "--witnessed", "is too long an address");
    memcpy(server, url, size);
    server[size] = '\0';
    struct http_options o = {.server = server, .given = "--witnessed"};
    struct http *h = NULL;
    struct hash origin = sha256_of(m->origin, strlen(m->origin));
    struct append witness = append_fixed(path, sizeof path - 1);
    append_str(&witness, beside);
    append_char(&witness, '/');
    append_hex(&witness, origin.bytes, sizeof origin.bytes);
    append_str(&witness, "/checkpoint");
    path[witness.size] = '\0';
    TRY(http_new(&o, &h, f));
    result r = ask_note(h, url, bare ? path + strlen(beside) : slash, bare, seen, f);
    if (result_is_ok(r) && bare) r = ask_note(h, url, path, true, seen, f);
    if (result_is_ok(r) && seen->count == 0) r = ask_note(h, url, "/log/checkpoint", false, seen, f);
    http_free(h);
    return r;
}

/* A file of DIR/serve, where it is there. `headed`: the note stands behind a blank line (log/tile_mirror.h), or there is none yet. */
static result take_served(const char *dir, const char *name, bool headed, struct seen *seen, struct fault *f) {
    char path[LIMIT_PATH];
    struct append file = {0};
    if (snprintf(path, sizeof path, "%s/serve/%s", dir, name) >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, dir, "is too long a path");
    if (!disk_exists(disk_real(), path)) return OK;
    TRY(cli_read_file(path, NOTE_BYTES, &file, f));
    struct text note = append_view(&file);
    const char *blank = headed && note.size > 0 ? memmem(note.at, note.size, "\n\n", 2) : NULL;
    result r = headed && blank == NULL ? fail(f, RESULT_ROT, path, "does not begin as a mirror's file") : OK;
    if (result_is_ok(r) && headed) note = (struct text){blank + 2, note.size - (size_t)(blank + 2 - note.at)};
    if (result_is_ok(r) && note.size > 0) seen_add(seen, path, note);
    append_free(&file);
    return r;
}

static result take_mirror(const struct mirror *m, const char *dir, struct seen *seen, struct fault *f) {
    static struct mirror_store store;
    struct mirror_report report;
    char pending[96] = "pending/";
    struct hash origin = sha256_of(m->origin, strlen(m->origin));
    struct append name = append_fixed(pending + strlen(pending), sizeof pending - strlen(pending) - 1);
    append_hex(&name, origin.bytes, sizeof origin.bytes);
    result r = mirror_store_open(disk_real(), dir, false, &store, &report, f);
    if (result_is_ok(r) && !hash_equal(&store.mirror.log, &m->log)) r = fail(f, RESULT_CONFLICT, dir, "is a mirror of another log: %s", store.mirror.origin);
    if (result_is_ok(r) && store.note.size > 0) seen_add(seen, dir, append_view(&store.note));
    mirror_store_close(&store);
    TRY(r);
    TRY(take_served(dir, pending, false, seen, f));
    TRY(take_served(dir, "mirror", true, seen, f));
    return seen->count > 0 ? OK : fail(f, RESULT_NOT_FOUND, dir, "is a mirror that has taken nothing yet");
}

static result take_notes(const struct mirror *m, const char *from, struct seen *seen, struct fault *f) {
    struct stat s;
    struct append note = {0};
    if (strncmp(from, "http://", 7) == 0 || strncmp(from, "https://", 8) == 0) return take_url(m, from, seen, f);
    if (stat(from, &s) == 0 && S_ISDIR(s.st_mode)) return take_mirror(m, from, seen, f);
    result r = cli_read_file(from, NOTE_BYTES, &note, f);
    if (r.code == RESULT_IO && strchr(from, ':') != NULL && access(from, F_OK) != 0) return fail(f, RESULT_USAGE, "--witnessed", "'%s' is no file or mirror that is there; an address begins with http:// or https://", from);
    TRY(r);
    seen_add(seen, from, append_view(&note));
    append_free(&note);
    return OK;
}

/* *status: of the command where the note is of more than the backup holds, or of something else. */
static result hold_against(const struct mirror *m, const char *backup, const char *from, struct text note, int *status, struct fault *f) {
    struct mirror_checkpoint seen;
    struct hash own = {0};
    uint64_t ticks = 0;
    result r = mirror_note(m, note, &seen, f);
    if (!result_is_ok(r)) {
        snprintf(f->field, sizeof f->field, "%s", from);
        if (r.code == RESULT_CONFLICT) *status = CLI_FORK; /* another log's: it says nothing of this one */
        return r;
    }
    TRY(backup_root(disk_real(), backup, seen.size, &ticks, &own, f));
    if (ticks >= seen.size && hash_equal(&own, &seen.root)) return OK;
    *status = CLI_FORK;
    if (ticks < seen.size)
        return fail(f, RESULT_LOST_TAIL, "--witnessed", "%s has seen %llu ticks of this log, signed; the backup ends with tick %llu. What it would go on with is a fork to whoever holds those: nothing was restored", from,
                    (unsigned long long)seen.size, (unsigned long long)ticks);
    return fail(f, RESULT_DIVERGED, "--witnessed", "%s has seen, signed, another log of %llu ticks than the backup holds: one of the two is a fork, nothing was restored", from, (unsigned long long)seen.size);
}

/* Has one of them seen more than the backup holds, or something else? *status: of the command where it has. */
static result compare(const struct cli *c, const char *backup, int *status, unsigned *compared, struct fault *f) {
    struct append genesis = {0};
    char path[LIMIT_PATH];
    struct mirror m = {0};
    const char *from;
    snprintf(path, sizeof path, "%s/genesis", backup);
    TRY(cli_read_file(path, LIMIT_GENESIS_BYTES, &genesis, f));
    result r = mirror_new(append_view(&genesis), &m, f);
    for (*compared = 0; result_is_ok(r) && (from = cli_nth(c, "witnessed", *compared)) != NULL; ++*compared) {
        struct seen seen = {.count = 0};
        r = take_notes(&m, from, &seen, f);
        if (r.code == RESULT_CONFLICT) *status = CLI_FORK;
        for (unsigned i = 0; i < seen.count && result_is_ok(r); i++) r = hold_against(&m, backup, seen.each[i].from, append_view(&seen.each[i].note), status, f);
        seen_free(&seen);
        if (!result_is_ok(r)) break;
    }
    mirror_free(&m);
    append_free(&genesis);
    return r;
}

static int restore_run(struct cli *c) {
    struct fault f = {0};
    struct backup_report report;
    struct backup_options o = {.from = c->arguments[0], .to = c->arguments[1], .anew = true, .patience_ms = 0};
    int status = CLI_OK;
    unsigned compared = 0;
    result r = apart(o.from, o.to, &f);
    if (result_is_ok(r) && cli_has(c, "witnessed")) r = cli_no_log(compare(c, o.from, &status, &compared, &f), o.from, &f);
    if (result_is_ok(r)) r = cli_no_log(backup_take(&o, &report, &f), o.from, &f);
    if (!result_is_ok(r)) {
        int code = cli_fail(c, &f);
        return status == CLI_OK ? code : status;
    }
    say_passed(&report);
    say_moment(c, "restored", &report);
    if (c->json) printf(",\"compared\":%u}\n", compared);
    else printf("compared with %u that others hold. Whoever was shown tick %llu or a later one by the log that this is a copy of holds a proof of it:\n"
                "to them what is served from here is a fork. Ask each party and witness for its last checkpoint before you serve it (README.md, \"Backups\").\n",
                compared, (unsigned long long)report.tick + 1);
    return CLI_OK;
}

/* --- the drill --- */

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at) {
    (void)s, (void)type, (void)at;
    return remove(path);
}

/* Beside the backup, or in the directory that was named: that may be a disk of its own, and what is beside it is another one. */
static result scratch_make(const char *backup, const char *in, char dir[LIMIT_PATH], struct fault *f) {
    const char *near = in != NULL ? in : backup;
    size_t size = strlen(near);
    while (size > 1 && near[size - 1] == '/') size--;
    if (snprintf(dir, LIMIT_PATH, "%.*s%sdrill-XXXXXX", (int)size, near, in != NULL ? "/" : ".") >= LIMIT_DATA_PATH) return fail(f, RESULT_TOO_LARGE, near, "is too long a path");
    if (mkdtemp(dir) != NULL) return OK;
    return fail(f, errno == ENOENT && in != NULL ? RESULT_NOT_FOUND : RESULT_IO, in != NULL ? "--scratch" : backup, "make %s: %s", dir, strerror(errno));
}

struct drill { double restored_s, started_s, checked_s; uint64_t stepped; struct backup_report backup; struct node_report whole; struct hash served, recomputed; };

static double seconds_since(int64_t ns) { return (double)(monotonic_ns() - ns) / 1e9; }

static result open_once(const char *dir, bool check, struct node_report *report, struct hash *digest, struct fault *f) {
    struct node_options o = {.dir = dir, .inline_writer = true, .read_only = check, .verify_signatures = check};
    struct node *n = NULL;
    TRY(node_open(&o, &n, report, f));
    *digest = state_digest(node_state(n));
    node_close(n);
    return OK;
}

/* Restored, started as a server starts, then every hash, tree, signature and outcome recomputed, and both states compared. */
static result drill(const char *from, const char *scratch, struct drill *d, struct fault *f) {
    struct backup_options o = {.from = from, .to = scratch, .anew = true};
    struct node_report started;
    int64_t began = monotonic_ns();
    TRY(cli_no_log(backup_take(&o, &d->backup, f), from, f));
    d->restored_s = seconds_since(began);
    if (d->backup.snapshots_passed > 0) return fail(f, RESULT_ROT, from, "a snapshot in it is not what was written: %s", d->backup.passed.message);
    began = monotonic_ns();
    TRY(open_once(scratch, false, &started, &d->served, f));
    d->started_s = seconds_since(began);
    d->stepped = started.orders;
    began = monotonic_ns();
    TRY(open_once(scratch, true, &d->whole, &d->recomputed, f));
    d->checked_s = seconds_since(began);
    if (started.snapshots_passed > 0) fprintf(stderr, "parley: a start cannot use a snapshot in it, and steps more: %s\n", started.passed.message);
    return hash_equal(&d->served, &d->recomputed) ? OK : fail(f, RESULT_DIVERGED, from, "a start comes to another state than the whole journal gives");
}

static void say_drill(const struct cli *c, const struct drill *d) {
    struct append digest = append_growing(128), time = append_growing(64);
    append_hex(&digest, d->served.bytes, sizeof d->served.bytes);
    append_instant(&time, d->whole.last);
    printf(c->json ? "{\"drill\":true,\"origin\":\"%s\",\"tick\":%llu,\"time\":\"%.*s\",\"restored_s\":%.3f,\"started_s\":%.3f,\"stepped\":%llu,\"checked_s\":%.3f,\"orders\":%llu,\"records\":%llu,\"digest\":\"%.*s\"}\n"
                   : "drill: %s comes back as of tick %llu, %.*s\nrestored in %.3f s, started in %.3f s (%llu statements stepped), checked in %.3f s: %llu statements, %llu records\ndigest %.*s, of the start and of the whole journal\n",
           d->backup.origin, (unsigned long long)d->backup.tick, TEXT_ARG(append_view(&time)), d->restored_s, d->started_s, (unsigned long long)d->stepped, d->checked_s, (unsigned long long)d->whole.orders,
           (unsigned long long)d->whole.records, TEXT_ARG(append_view(&digest)));
    append_free(&digest);
    append_free(&time);
}

/* What was restored holds every key. So the drill is a process of its own, and this one waits: for its end, however that comes, or for a signal, and then removes the copy. */
struct waiting { sigset_t awaited, before; };
static void wait_begin(struct waiting *w) {
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigemptyset(&w->awaited);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) sigaddset(&w->awaited, numbers[i]);
    sigprocmask(SIG_BLOCK, &w->awaited, &w->before);
}

/* Returns the signal that ended the waiting, 0: the child ended by itself. */
static int wait_end(const struct waiting *w, pid_t child, int *status) {
    int number = SIGCHLD;
    while (number == SIGCHLD || number < 0) {
        if (waitpid(child, status, WNOHANG) == child) return 0;
        number = sigwaitinfo(&w->awaited, NULL); /* SIGCHLD: it ended, or was only stopped */
    }
    kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR) continue;
    return number;
}

static int drill_run(struct cli *c) {
    struct fault f = {0};
    static struct drill d;
    char scratch[LIMIT_PATH] = "";
    struct waiting w;
    int status = 0;
    d = (struct drill){0};
    step_back();
    wait_begin(&w);
    result r = scratch_make(c->arguments[0], cli_get(c, "scratch"), scratch, &f);
    if (!result_is_ok(r)) return cli_fail(c, &f);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        r = drill(c->arguments[0], scratch, &d, &f);
        if (!result_is_ok(r)) return cli_fail(c, &f);
        say_drill(c, &d);
        return CLI_OK;
    }
    int problem = errno, number = child < 0 ? 0 : wait_end(&w, child, &status);
    bool gone = nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
    if (!gone) fprintf(stderr, "parley: %s could not be removed: %s; it is as secret as the backup\n", scratch, strerror(errno));
    if (child < 0) return cli_error(c, RESULT_IO, "drill", "no process for it: %s", strerror(problem));
    if (number > 0) {
        fprintf(stderr, "parley: drill: stopped by signal %d%s\n", number, gone ? "; its copy was removed" : "");
        signal(number, SIG_DFL);
        sigprocmask(SIG_SETMASK, &w.before, NULL);
        raise(number);
    }
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    return cli_error(c, RESULT_IO, "drill", "the system ended it with signal %d%s", WTERMSIG(status), WTERMSIG(status) == SIGKILL ? ": is there memory for a server?" : "");
}

static const struct cli_option none[] = {{NULL, NULL, NULL}};
static const struct cli_option restore_options[] = {
    {"witnessed", "URL|MIRROR|FILE", "a witness's or a mirror's address, a log's that is served with --log-open (no key is sent), a mirror's directory, or a checkpoint as it came: whoever has seen more than BACKUP holds stops this; may be repeated"}, {NULL, NULL, NULL}};
static const struct cli_option drill_options[] = {{"scratch", "DIR", "in DIR, which is there, instead of beside BACKUP: DIR/drill-… is made and removed"}, {NULL, NULL, NULL}};
const struct cli_command command_backup = {
    "backup", "DIR DEST", 2, 2, "copy a log's directory, of a running server too, or bring an older copy up to date",
    "DEST is a directory of the same form, as the log stood at one moment: 'parley log check' and 'parley serve' take it as it is. It holds the keys and all that was said, and is as secret as DIR. Where DEST holds an older backup "
    "only what is new is taken; what stands there is never written over. Each batch is checked before it is copied. Killed, or out of room, it leaves DEST as it was, or at a later moment.", none, false, backup_run};
const struct cli_command command_restore = {
    "restore", "BACKUP DIR", 2, 2, "make a log's directory from a backup",
    "DIR must hold no log. A restore that was killed is gone on with. A log that goes on from an older moment than others were shown is a fork to them: with --witnessed it is compared with what they hold, and refused with exit status 12 where one of them "
    "has seen more, or another log. A server that asks for a session shows its checkpoint to a party: 'parley checkpoint --key FILE >SEEN', and --witnessed SEEN.", restore_options, false, restore_run};
const struct cli_command command_drill = {
    "drill", "BACKUP", 1, 1, "try whether a backup can be restored, started and checked, and how long that takes",
    "Restores it to a directory of its own, starts it as a server would, recomputes every hash, tree, signature and outcome, compares the two states, and removes the directory, stopped by a signal too (not by SIGKILL). Exit status 0: all of it is good. It takes the room "
    "of the backup and the memory of a server.", drill_options, false, drill_run};
