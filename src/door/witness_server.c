#include "door/witness_server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "door/confine.h"
#include "door/http.h"
#include "door/limits.h"
#include "door/notify.h"
#include "door/report.h"
#include "log/monotonic.h"
#include "log/secret.h"

struct server {
    const struct witness_server_options *o;
    struct witness *witness;
    struct http *http;
    int epoll, signals;
    int64_t now_ms, swept_ms, second_ms, drain_ms; /* drain_ms: when the end is waited for no longer; 0: it serves */
    uint32_t lines;   /* of what was refused, in this second */
    bool told_fork;   /* in this second */
    uint64_t unsaid;  /* lines that were left out since the last one */
    bool done;
};

/* --- the log: what was signed at debug, what was refused at warning, a fork at error. Strangers who knock must not fill a disk with it --- */
static void tell(struct server *s, const struct witness_told *t, const struct fault *f) {
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    if (s->now_ms - s->second_ms >= 1000) {
        s->second_ms = s->now_ms;
        s->lines = 0;
        s->told_fork = false;
    }
    bool first = t->fork && !s->told_fork; /* those have a line for themselves: whoever knocks must not hide one */
    s->told_fork = s->told_fork || t->fork;
    if (!first && t->status != 200 && t->status != 409 && ++s->lines > DOOR_LOG_REFUSED) {
        s->unsaid++;
        return;
    }
    if (t->log != NULL) report_text(&m, "log", t->log->origin);
    if (t->log != NULL) report_number(&m, "size", (int64_t)t->size);
    report_number(&m, "status", t->status);
    if (t->status != 200) report_fault_members(&m, f);
    if (s->unsaid > 0) report_number(&m, "left_out", (int64_t)s->unsaid);
    s->unsaid = 0;
    report(t->fork ? REPORT_ERROR : t->status == 200 || t->status == 409 ? REPORT_DEBUG : REPORT_WARNING, t->fork ? "fork" : t->status == 200 ? "signed" : "not_signed", &m);
}

/* --- routes --- */
static void refuse(struct request *r, unsigned status, const struct fault *f) {
    struct problem p = problem_of(f);
    p.status = status;
    request_reply_problem(r, &p);
}

static void add(struct server *s, struct request *r) {
    struct fault f = {0};
    struct append out = append_growing(4096);
    time_t now = time(NULL);
    struct witness_told t = witness_add(s->witness, request_body(r), now > 0 ? (uint64_t)now : 0, &out, &f);
    tell(s, &t, &f);
    if (t.status == 200) request_reply(r, 200, "text/plain; charset=utf-8", &out);
    else if (t.status == 409) request_reply(r, 409, "text/x.tlog.size", &out);
    else refuse(r, t.status, &f);
    append_free(&out);
}

static bool checkpoint_path(struct text path, struct text *hash) {
    static const char end[] = "/checkpoint";
    size_t size = 1 + 2 * SHA256_SIZE;
    if (path.size != size + sizeof end - 1 || memcmp(path.at + size, end, sizeof end - 1) != 0) return false;
    *hash = (struct text){path.at + 1, size - 1};
    return true;
}

static void show(struct server *s, struct request *r, struct text hash) {
    struct text note;
    struct fault f = {0};
    if (!witness_checkpoint(s->witness, hash, &note)) {
        (void)fail(&f, RESULT_NOT_FOUND, "/checkpoint", "this witness has signed nothing of such a log");
        refuse(r, 404, &f);
        return;
    }
    struct append out = append_growing(note.size + 1);
    append_text(&out, note);
    request_reply(r, out.full ? 503 : 200, "text/plain; charset=utf-8", &out);
    append_free(&out);
}

static void handle(void *context, struct request *r) {
    struct server *s = context;
    struct text path = request_path(r), method = request_method(r), hash;
    struct fault f = {0};
    bool adds = text_is(path, "/add-checkpoint"), shows = checkpoint_path(path, &hash);
    if (adds && text_is(method, "POST")) {
        add(s, r);
    } else if (shows && (text_is(method, "GET") || text_is(method, "HEAD"))) {
        show(s, r, hash);
    } else if (adds || shows) {
        request_add_header(r, "Allow", adds ? "POST" : "GET, HEAD");
        (void)fail(&f, RESULT_UNSUPPORTED, "method", "here only %s is answered", adds ? "POST" : "GET");
        refuse(r, 405, &f);
    } else {
        (void)fail(&f, RESULT_NOT_FOUND, "path", "a witness answers POST /add-checkpoint and GET /<origin hash>/checkpoint");
        refuse(r, 404, &f);
    }
    request_release(r);
}

/* What is refused below the handlers is answered there; a witness keeps no count of it. */
static void noise(void *context, const char *kind) { (void)context, (void)kind; }

/* --- the loop --- */
static result watch(const struct server *s, int fd, struct fault *f) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) == 0 ? OK : fail(f, RESULT_IO, "epoll", "%s", strerror(errno));
}

static void take_signal(struct server *s) {
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (s->drain_ms != 0) s->done = true;
        if (s->drain_ms != 0) continue;
        report(REPORT_INFO, "draining", NULL);
        notify("STOPPING=1");
        s->drain_ms = s->now_ms + DOOR_DRAIN_SECONDS * 1000;
        http_quiesce(s->http);
    }
}

static void turn(struct server *s, bool *knocks, struct notify_watchdog *dog, int *wish) {
    s->now_ms = monotonic_ms();
    http_now(s->http, s->now_ms);
    if (s->now_ms - s->swept_ms >= 1000) {
        s->swept_ms = s->now_ms;
        http_sweep(s->http, s->now_ms);
        notify_watchdog_tick(dog, s->now_ms);
    }
    *knocks = http_accept(s->http, *knocks);
    (void)http_run(s->http);
    *wish = http_run(s->http); /* what was answered in the first turn is sent in the second */
    if (s->drain_ms == 0) return;
    struct http_numbers n;
    http_drain(s->http, s->now_ms);
    http_numbers(s->http, &n);
    s->done = s->done || n.open == 0 || s->now_ms >= s->drain_ms;
}

static result loop(struct server *s, struct fault *f) {
    struct epoll_event events[8];
    struct notify_watchdog dog;
    bool knocks = false;
    int wish;
    s->swept_ms = monotonic_ms();
    notify_watchdog_begin(&dog, s->swept_ms);
    TRY(watch(s, http_fd(s->http), f));
    TRY(watch(s, http_listener(s->http), f));
    TRY(watch(s, s->signals, f));
    for (;;) {
        turn(s, &knocks, &dog, &wish);
        if (s->done) return OK;
        int most = s->drain_ms != 0 ? 10 : knocks ? 0 : 1000;
        int got = epoll_wait(s->epoll, events, 8, wish >= 0 && wish < most ? wish : most);
        if (got < 0 && errno != EINTR) return fail(f, RESULT_IO, "epoll", "%s", strerror(errno));
        for (int i = 0; i < got; i++)
            if (events[i].data.fd == s->signals) take_signal(s);
            else if (events[i].data.fd == http_listener(s->http)) knocks = true;
    }
}

/* --- life --- */
static void announce(const struct server *s) {
    char room[512];
    struct append m = append_fixed(room, sizeof room);
    const char *colon = strrchr(s->o->listen, ':');
    printf("parley: witness %.*s listening on %s://%.*s:%u (%u logs)\n", TEXT_ARG(s->o->witness.name), http_is_tls(s->http) ? "https" : "http", (int)(colon - s->o->listen), s->o->listen,
           http_port(s->http), s->o->witness.log_count);
    fflush(stdout);
    report_text(&m, "name", s->o->witness.name);
    report_number(&m, "port", http_port(s->http));
    report_number(&m, "signed_before", witness_signed(s->witness));
    report(REPORT_INFO, "listening", &m);
    notify("READY=1");
}

static result serve(struct server *s, struct fault *f) {
    const struct witness_server_options *o = s->o;
    struct http_options http = {.listen = o->listen, .certificate = o->certificate, .key = o->key, .behind_proxy = o->behind_proxy, .largest_body = LIMIT_WITNESS_BODY_BYTES};
    TRY(http_open(&http, &(struct http_methods){handle, NULL, noise, NULL, s}, &s->http, f));
    bool open = o->no_seccomp || confine_impossible();
    result r = open ? OK : confine(NULL, 0, f);
    if (result_is_ok(r)) {
        if (open) report(REPORT_WARNING, "unconfined", NULL);
        announce(s);
        r = loop(s, f);
    }
    http_quiesce(s->http);
    for (int i = 0; i < 3; i++) (void)http_run(s->http);
    http_close(s->http);
    return r;
}

result witness_server_run(const struct witness_server_options *o, struct fault *f) {
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system has no random numbers");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    secret_process();
    report_from(o->debug ? REPORT_DEBUG : REPORT_INFO);
    struct server s = {.o = o, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    sigset_t ending, before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    s.signals = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    result r = s.epoll >= 0 && s.signals >= 0 ? OK : fail(f, RESULT_IO, "signals", "%s", strerror(errno));
    if (result_is_ok(r)) r = witness_open(&o->witness, &s.witness, f);
    if (result_is_ok(r)) r = serve(&s, f);
    if (!result_is_ok(r)) report_fault(REPORT_ERROR, r.code == RESULT_ROT ? "rot" : "start_failed", f);
    else report(REPORT_INFO, "ended", NULL);
    witness_close(s.witness);
    if (s.epoll >= 0) close(s.epoll);
    if (s.signals >= 0) close(s.signals);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}
