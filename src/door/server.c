#include "door/probe.h"
#include "door/server.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/rand.h"
#include "door/confine.h"
#include "door/door.h"
#include "door/key_url.h"
#include "door/limits.h"
#include "door/loop.h"
#include "door/reader.h"
#include "door/notify.h"
#include "door/reload.h"
#include "door/report.h"
#include "door/shed.h"
#include "log/monotonic.h"
#include "log/secret.h"

static void handle(void *door, struct request *r) { door_handle(door, r); }

static void noise(void *door, const char *kind) {
    (void)kind;
    door_noise(door, NOISE_HTTP);
}

static result check_mode(const struct server_options *o, const struct node *n, struct fault *f) {
    if (!state_is_live(node_state(n))) return OK;
    if (o->clock_rate > 0) return fail(f, RESULT_USAGE, "clock-rate", "this log is LIVE: its time is the real one");
    if (o->demo_page) return fail(f, RESULT_USAGE, "demo-page", "this log is LIVE: nothing is shown without a token");
    return OK;
}

static void report_start(const struct server_options *o) {
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    report_text(&m, "version", TEXT(PARLEY_VERSION));
    report_number(&m, "pid", getpid());
    report_text(&m, "data", text_of(o->dir));
    report(REPORT_INFO, "starting", &m);
}

/* Why it does not serve; what is wrong with the log has words of its own, for whoever searches for them. */
static void report_failure(const struct fault *f) {
    const char *event = f->code == RESULT_ROT ? "rot" : f->code == RESULT_LOST_TAIL ? "lost_tail" : f->code == RESULT_DIVERGED ? "diverged" : "start_failed";
    report_fault(REPORT_ERROR, event, f);
}

static void report_recovery(const struct node_report *n, int64_t took_ns) {
    char room[512];
    struct append m = append_fixed(room, sizeof room);
    report_number(&m, "orders", (int64_t)n->orders);
    report_number(&m, "records", (int64_t)n->records);
    report_number(&m, "ticks", (int64_t)n->ticks);
    report_number(&m, "cut_bytes", (int64_t)n->cut_bytes);
    report_number(&m, "bytes_read", (int64_t)n->bytes_read);
    report_number(&m, "snapshot", (int64_t)n->snapshot);
    report_number(&m, "indexed", (int64_t)n->indexed);
    append_str(&m, ",\"seconds\":");
    append_fixed_point(&m, took_ns / 1000000, 3);
    if (n->index_passed) report_fault(REPORT_WARNING, "index_passed_over", &n->index_why);
    if (n->snapshots_passed > 0) report_fault(REPORT_WARNING, "snapshot_passed_over", &n->passed);
    report(n->cut_bytes > 0 ? REPORT_WARNING : REPORT_INFO, "recovered", &m);
}

static result begin_door(struct door *d, struct fault *f) {
    const struct server_options *o = &d->settings;
    const struct state *st = node_state(d->node);
    uint32_t parties = state_room(st)->parties, rate = o->clock_rate > 0 ? o->clock_rate : 1;
    d->sessions = sessions_new(parties, rate * DOOR_SESSION_SECONDS * INSTANT_SECOND, rate * DOOR_CHALLENGE_SECONDS * INSTANT_SECOND, random_bytes);
    d->limiter = limiter_new(parties, o->rate_party > 0 ? o->rate_party : DOOR_RATE_PARTY, o->rate_address > 0 ? o->rate_address : DOOR_RATE_ADDRESS);
    d->events = events_new(d);
    d->tickets = tickets_new();
    d->json = json_reader_new(DOOR_REPLY_BYTES / 4);
    d->part_room = LIMIT_FRAME_AIRCRAFT + 8;
    d->parts = calloc(d->part_room, sizeof *d->parts);
    d->waiting_room = http_connections_most(o->connections) + 1;
    d->fair = fair_new(parties);
    d->shed = shed_new(parties, DOOR_POSITIONS_AHEAD);
    d->reader = reader_new(d->node);
    d->waiting = calloc(d->waiting_room, sizeof *d->waiting);
    d->grid = calloc(d->waiting_room, sizeof *d->grid);
    arena_growing(&d->scratch, DOOR_SCRATCH_BYTES);
    if (d->sessions == NULL || d->limiter == NULL || d->events == NULL || d->tickets == NULL || d->json == NULL || d->parts == NULL || d->waiting == NULL ||
        d->grid == NULL || d->fair == NULL || d->shed == NULL || d->reader == NULL)
        return fail(f, RESULT_FULL, "memory", "no memory for the server's tables");
    d->decoder = (struct decoder){d->json, &d->scratch, *node_log_hash(d->node), state_origin(st)};
    instant floor = state_order(st) > 0 ? state_time(st) : INSTANT_NONE;
    if (o->clock_rate > 0) {
        instant start = o->clock_start;
        if (start == 0) {
            int64_t real, boot;
            clock_system.read(clock_system.context, &real, &boot);
            start = real;
        }
        clock_begin_simulated(&d->clock, &clock_system, start, o->clock_rate, floor);
    } else {
        clock_begin(&d->clock, &clock_system, floor);
    }
    TRY(bearers_new(o, state_is_live(st), &d->bearers, f));
    if (d->bearers != NULL) {
        d->managers = managers_new();
        d->dss = dss_new();
        if (d->managers == NULL || d->dss == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the doors of other systems");
    }
    page_begin(d);
    d->access.told_ms = monotonic_ns() / 1000000;
    d->started_s = time(NULL);
    return reload_apply(d, f);
}

static void end_door(struct door *d) {
    reader_free(d->reader);
    bearers_free(d->bearers);
    managers_free(d->managers);
    dss_free(d->dss);
    events_free(d->events);
    tickets_free(d->tickets);
    sessions_free(d->sessions);
    limiter_free(d->limiter);
    fair_free(d->fair);
    shed_free(d->shed);
    if (d->json != NULL) json_reader_free(d->json);
    free(d->parts);
    free(d->waiting);
    free(d->grid);
    arena_free(&d->scratch);
}

static void announce(const struct door *d) {
    const struct server_options *o = &d->settings;
    const char *colon = strrchr(o->listen, ':');
    char url[320];
    snprintf(url, sizeof url, "%s://%.*s:%u", http_is_tls(d->http) ? "https" : "http", (int)(colon - o->listen), o->listen, http_port(d->http));
    if (o->listening != NULL) {
        o->listening(o->context, url);
        return;
    }
    char hex[2 * SHA256_SIZE + 1];
    struct append log = append_fixed(hex, sizeof hex - 1);
    append_hex(&log, node_log_hash(d->node)->bytes, SHA256_SIZE);
    hex[log.size] = '\0';
    printf("parley: listening on %s (log %s, %s)\n", url, hex, state_is_live(node_state(d->node)) ? "LIVE" : "EXERCISE");
    fflush(stdout);
}

static void report_listening(const struct door *d) {
    char room[512];
    struct append m = append_fixed(room, sizeof room);
    instant from, until;
    report_text(&m, "mode", state_is_live(node_state(d->node)) ? TEXT("LIVE") : TEXT("EXERCISE"));
    report_number(&m, "port", http_port(d->http));
    if (http_certificate_validity(d->http, &from, &until)) {
        append_str(&m, ",\"certificate_until\":\"");
        append_instant(&m, until);
        append_char(&m, '"');
    }
    report(REPORT_INFO, "listening", &m);
}

/* Who still waits is told, then the listening socket and all connections close. */
static void end_http(struct door *d) {
    d->ended = d->draining = true;
    door_grid_end(d);
    fair_end(d);
    tickets_abandon(d);
    while (d->waiting_count > 0) {
        /* Computed from what is not known to be durable: such a reply must not leave. */
        request_cut(d->waiting[d->waiting_first].request);
        d->waiting_first = (d->waiting_first + 1) % d->waiting_room;
        d->waiting_count--;
    }
    http_quiesce(d->http);
    events_end(d->events);
    for (int i = 0; i < 3; i++) (void)http_run(d->http);
    access_tick(d);
    http_close(d->http);
}

/* Where it cannot be confined, an EXERCISE goes on and says so; a LIVE log is served so only by whoever asks for it. */
static result confine_door(const struct door *d, struct fault *f) {
    char room[512];
    struct append m = append_fixed(room, sizeof room);
    pid_t beside[3 + LIMIT_WITNESSES] = {d->keeper.child.pid, key_courier_pid(d->courier), d->scrubber.child.pid};
    for (unsigned i = 0; i < witnesses_count(d->witnesses); i++) beside[3 + i] = witnesses_pid(d->witnesses, i);
    result r = d->settings.no_seccomp || confine_impossible() ? OK : confine(beside, 3 + witnesses_count(d->witnesses), f);
    if (!d->settings.no_seccomp && !confine_impossible() && result_is_ok(r)) return OK;
    if (!result_is_ok(r) && state_is_live(node_state(d->node)))
        return fail(f, r.code, "seccomp", "this kernel takes no filter of system calls: --no-seccomp serves a LIVE log without");
    report_text(&m, "why", d->settings.no_seccomp ? TEXT("--no-seccomp") : confine_impossible() ? TEXT("built with a sanitizer") : text_of(f->message));
    report(REPORT_WARNING, "unconfined", &m);
    return OK;
}

static result serve(struct door *d, int signals, struct fault *f) {
    const struct server_options *o = &d->settings;
    struct http_options http = {.listen = o->listen, .certificate = o->certificate, .key = o->key, .behind_proxy = o->behind_proxy,
                                .connections = o->connections, .connections_per_address = o->connections_per_address,
                                .rate_address = o->rate_address, .other_doors = o->token_key_count > 0};
    result r = check_mode(o, d->node, f);
    if (result_is_ok(r)) r = begin_door(d, f);
    if (result_is_ok(r)) r = http_open(&http, &(struct http_methods){handle, door_admit, noise, access_done, d}, &d->http, f);
    if (!result_is_ok(r)) {
        report_failure(f);
        return r;
    }
    r = confine_door(d, f);
    if (!result_is_ok(r)) {
        report_failure(f);
        end_http(d);
        return r;
    }
    announce(d);
    report_listening(d);
    notify("READY=1");
    r = loop_run(d, signals, f);
    if (!result_is_ok(r)) report_fault(REPORT_ERROR, "fatal", f);
    end_http(d);
    return r;
}

static void raise_file_limit(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* All that was said is answered and durable. Where it is not, or the disk will not, the next start goes through the journal. */
static void snapshot_if_due(struct node *n) {
    struct fault f = {0};
    struct node_numbers k;
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    int64_t began_ns = monotonic_ns();
    if (!node_snapshot_due(n)) return;
    if (!result_is_ok(node_snapshot(n, &f))) {
        report_fault(REPORT_WARNING, "snapshot_failed", &f);
        return;
    }
    node_numbers(n, &k);
    report_number(&m, "order", (int64_t)k.snapshot_order);
    report_number(&m, "bytes", (int64_t)k.snapshot_bytes);
    append_str(&m, ",\"seconds\":");
    append_fixed_point(&m, (monotonic_ns() - began_ns) / 1000000, 3);
    report(REPORT_INFO, "snapshot", &m);
}

/* Before there are secrets in memory and threads, which a forked process would have or lack. */
static result start_courier(struct door *d, struct fault *f) {
    struct key_source sources[DOOR_TOKEN_SOURCES];
    uint32_t count = 0;
    for (unsigned i = 0; i < d->settings.token_key_count; i++)
        if (key_url_is(d->settings.token_keys[i])) sources[count++] = (struct key_source){i, d->settings.token_keys[i]};
    return key_courier_start(sources, count, &d->courier, f);
}

/* From the first line of the log to the last. */
static result run(struct door *d, const sigset_t *ending, int signals, struct fault *f) {
    const struct server_options *o = &d->settings;
    reload_log_level(o);
    report_start(o);
    /* Not refused: in a container root is often the only user. packaging/parley.service has a better way. */
    if (geteuid() == 0) report(REPORT_WARNING, "running_as_root", NULL);
    int64_t began_ns = monotonic_ns();
    struct node_report recovered;
    struct probe_limits machine;
    probe_limits(&machine);
    struct node_options how = {.dir = o->dir, .disk = o->disk, .verify_signatures = o->verify_signatures, .hold_capacity = o->hold_capacity, .memory_most = machine.memory_total, .bridge_url = o->public_url != NULL ? o->public_url : ""};
    if (!o->no_keeper) how.snapshot_ticks = o->snapshot_ticks > 0 ? o->snapshot_ticks : DOOR_SNAPSHOT_TICKS;
    result r = start_courier(d, f);
    if (result_is_ok(r)) r = witnesses_start(o->witnesses, o->witness_count, o->witness_every, o->witness_silent, &d->witnesses, f);
    if (result_is_ok(r)) r = node_open(&how, &d->node, &recovered, f);
    pthread_sigmask(SIG_BLOCK, ending, NULL);
    if (!result_is_ok(r)) {
        report_failure(f);
        return r;
    }
    d->recovered_ns = monotonic_ns() - began_ns;
    report_recovery(&recovered, d->recovered_ns);
    snapshot_if_due(d->node); /* nobody waits yet: who dies again soon does not begin from so far back again */
    keeper_begin(&d->keeper, d->node);
    scrubber_turn(&d->scrubber, d->node);
    witnesses_begin(d->witnesses, d->node, monotonic_ms());
    r = serve(d, signals, f);
    end_door(d);
    scrubber_end(&d->scrubber, DOOR_KEEPER_GRACE_MS);
    /* Two of them would write over each other. */
    if (keeper_end(&d->keeper, DOOR_KEEPER_GRACE_MS)) snapshot_if_due(d->node);
    node_close(d->node);
    key_courier_end(d->courier);
    witnesses_end(d->witnesses);
    report(REPORT_INFO, "ended", NULL);
    return r;
}

static result server_run_beside(struct keeper *keeper, struct scrubber *scrubber, const struct server_options *o, struct fault *f) {
    TRY(reload_check(o, f));
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system has no random numbers");
    raise_file_limit();
    /* While the log is read, which may take long, SIGTERM ends the process as it ends any other: nobody waits for an answer yet, and what recovery
     * writes may be cut anywhere. SIGHUP has nothing to say before we serve. */
    sigset_t ending, early, before;
    sigemptyset(&early);
    sigaddset(&early, SIGHUP);
    ending = early;
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    struct door *d = calloc(1, sizeof *d);
    if (d == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the server");
    int signals = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals < 0) {
        result r = fail(f, RESULT_IO, "signals", "%s", strerror(errno));
        free(d);
        return r;
    }
    d->settings = *o;
    d->keeper = *keeper;
    d->scrubber = *scrubber;
    pthread_sigmask(SIG_BLOCK, &early, &before);
    result r = run(d, &ending, signals, f);
    *keeper = d->keeper;
    *scrubber = d->scrubber;
    free(d);
    /* One that came after the loop's end would else end us by itself, though all is well. */
    struct signalfd_siginfo late;
    while (read(signals, &late, sizeof late) == (ssize_t)sizeof late) continue;
    close(signals);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

result server_run(const struct server_options *o, struct fault *f) {
    struct keeper keeper;
    static struct scrubber scrubber;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit of file sizes then fails like any other, and is told */
    secret_process();
    keeper_start(&keeper, o);
    scrubber_start(&scrubber, o);
    result r = server_run_beside(&keeper, &scrubber, o, f);
    scrubber_end(&scrubber, DOOR_KEEPER_GRACE_MS);
    (void)keeper_end(&keeper, DOOR_KEEPER_GRACE_MS); /* where it did not come to an end of its own */
    return r;
}
