#include "door/small_server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "door/confine.h"
#include "door/http.h"
#include "door/limits.h"
#include "door/notify.h"
#include "door/report.h"
#include "log/monotonic.h"
#include "log/secret.h"

struct server {
    const struct small_server_options *o;
    const struct small_server_methods *m;
    struct http *http;
    int epoll, signals;
    int64_t now_ms, swept_ms, drain_ms; /* drain_ms: when the end is waited for no longer; 0: it serves */
    bool done, busy;
};

/* What is refused below the handlers is answered there; nobody keeps count of it here. */
static void noise(void *context, const char *kind) { (void)context, (void)kind; }

bool small_server_line(struct small_server_lines *l, bool fork) {
    int64_t now_ms = monotonic_ms();
    if (now_ms - l->second_ms >= 1000) *l = (struct small_server_lines){.second_ms = now_ms, .unsaid = l->unsaid};
    bool first = fork && !l->told_fork;
    l->told_fork = l->told_fork || fork;
    if (first || ++l->lines <= DOOR_LOG_REFUSED) return true;
    l->unsaid++;
    return false;
}

void small_server_health(struct request *r, const char *ill) {
    char room[64];
    struct append body = append_fixed(room, sizeof room);
    append_format(&body, "%s\n", ill != NULL ? ill : "ok");
    request_reply(r, ill != NULL ? 503 : 200, "text/plain; charset=utf-8", &body);
}

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
        if (s->m->second != NULL) s->m->second(s->m->context);
    }
    s->busy = s->m->between != NULL && s->drain_ms == 0 && s->m->between(s->m->context);
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
        int most = s->drain_ms != 0 ? 10 : knocks || s->busy ? 0 : 1000;
        int got = epoll_wait(s->epoll, events, 8, wish >= 0 && wish < most ? wish : most);
        if (got < 0 && errno != EINTR) return fail(f, RESULT_IO, "epoll", "%s", strerror(errno));
        for (int i = 0; i < got; i++)
            if (events[i].data.fd == s->signals) take_signal(s);
            else if (events[i].data.fd == http_listener(s->http)) knocks = true;
    }
}

/* --- life --- */
void small_server_url(const struct small_server_options *o, const struct http *h, char *out, size_t room) {
    const char *colon = strrchr(o->listen, ':');
    snprintf(out, room, "%s://%.*s:%u", http_is_tls(h) ? "https" : "http", (int)(colon - o->listen), o->listen, http_port(h));
}

static result serve(struct server *s, struct fault *f) {
    const struct small_server_options *o = s->o;
    struct http_options http = {.listen = o->listen, .certificate = o->certificate, .key = o->key, .behind_proxy = o->behind_proxy, .largest_body = o->largest_body, .turns = true};
    TRY(http_open(&http, &(struct http_methods){s->m->handle, NULL, noise, NULL, s->m->context}, &s->http, f));
    bool open = o->no_seccomp || confine_impossible();
    result r = open ? OK : confine_small(o->dir, f);
    if (result_is_ok(r)) {
        if (open) report(REPORT_WARNING, "unconfined", NULL);
        s->m->announce(s->m->context, s->http);
        notify("READY=1");
        r = loop(s, f);
    }
    http_quiesce(s->http);
    for (int i = 0; i < 3; i++) (void)http_run(s->http);
    http_close(s->http);
    return r;
}

result small_server_run(const struct small_server_options *o, const struct small_server_methods *m, struct fault *f) {
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system has no random numbers");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    secret_process();
    report_from(o->debug ? REPORT_DEBUG : REPORT_INFO);
    struct server s = {.o = o, .m = m, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    sigset_t ending, before;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    s.signals = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    result r = s.epoll >= 0 && s.signals >= 0 ? OK : fail(f, RESULT_IO, "signals", "%s", strerror(errno));
    if (result_is_ok(r)) r = m->open(m->context, f);
    if (result_is_ok(r)) r = serve(&s, f);
    if (!result_is_ok(r)) report_fault(REPORT_ERROR, r.code == RESULT_ROT ? "rot" : "start_failed", f);
    else report(REPORT_INFO, "ended", NULL);
    if (s.epoll >= 0) close(s.epoll);
    if (s.signals >= 0) close(s.signals);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}
