#include "door/loop.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "door/limits.h"
#include "door/reader.h"
#include "door/notify.h"
#include "door/reload.h"
#include "door/report.h"
#include "log/monotonic.h"

struct loop {
    struct door *d;
    int epoll, signals;
    int64_t swept_ms, drain_ms; /* drain_ms: when draining ends; 0: not draining */
    bool was_unsure, done, delayed, knocks; /* knocks: somebody may wait at the listener */
    uint64_t applied;           /* statements, at the last turn */
    unsigned quiet_turns;       /* so many have brought none */
    int64_t gather_us;          /* until then the next batch takes in more; 0: it does not */
    uint64_t most_bodies;       /* bytes of bodies under way since memory was last given back */
    struct notify_watchdog watchdog;
};

static result watch(struct loop *l, int fd, struct fault *f) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0) return fail(f, RESULT_IO, "epoll", "%s", strerror(errno));
    return OK;
}

static void begin_drain(struct loop *l) {
    struct door *d = l->d;
    report(REPORT_INFO, "draining", NULL);
    notify("STOPPING=1");
    l->drain_ms = d->now_ms + DOOR_DRAIN_SECONDS * 1000;
    d->draining = true;
    http_quiesce(d->http);
    events_end(d->events);
}

static void take_signal(struct loop *l) {
    struct signalfd_siginfo info;
    while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) reload(l->d);
        else if (l->drain_ms == 0) begin_drain(l);
        else l->done = true;
    }
}

static result tick_when_due(struct loop *l, struct fault *f) {
    struct door *d = l->d;
    instant now = clock_now(&d->clock);
    bool unsure = clock_unsure(&d->clock);
    if (unsure != l->was_unsure) report(unsure ? REPORT_ERROR : REPORT_INFO, unsure ? "clock_unsure" : "clock_sure", NULL);
    l->was_unsure = unsure;
    if (now < node_next_tick(d->node)) return OK;
    result r = node_tick(d->node, now, clock_error_ns(&d->clock), unsure, f);
    /* A full queue or disk delays a tick, it does not stop the server. */
    bool delayed = r.code == RESULT_BUSY || r.code == RESULT_FULL;
    if (delayed && !l->delayed) report_fault(REPORT_WARNING, "tick_delayed", f);
    l->delayed = delayed;
    return delayed ? OK : r;
}

/* *any: something became durable, so that connections may have been resumed. */
static void tell(struct loop *l, bool *any) {
    struct door *d = l->d;
    struct node_event e;
    for (; node_next(d->node, &e); *any = true) door_node_event(d, &e);
    door_release(d);
}

static bool is_urgent(const struct door *d) { return node_durable(d->node) < fair_urgent(d->fair); }

/* Who was answered soon asks again, and each write to the disk costs the same for one statement as for fifty. So when a batch is through, its answers leave first,
 * and the next one is handed to the writer when some turns have brought nothing more (sockets that were resumed are looked at two turns later), or after so long.
 * A crowd's statements wait so for each other; another's, and what he has read, do not wait for theirs. */
static bool gathers(struct loop *l, bool told) {
    struct door *d = l->d;
    uint64_t applied = node_applied(d->node);
    l->quiet_turns = told || applied != l->applied ? 0 : l->quiet_turns + 1;
    l->applied = applied;
    if (is_urgent(d)) l->gather_us = 0;
    else if (told) l->gather_us = monotonic_us() + (fair_shared(d->fair) ? DOOR_GATHER_SHARED_US : DOOR_GATHER_US);
    else if (l->gather_us != 0 && (l->quiet_turns >= DOOR_GATHER_TURNS || monotonic_us() >= l->gather_us)) l->gather_us = 0;
    return l->gather_us != 0;
}

/* What the writer has finished is told; what is applied goes to it, unless it gathers. */
static result through(struct loop *l, bool *any, struct fault *f) {
    struct door *d = l->d;
    bool told = false;
    TRY(node_reap(d->node, f));
    tell(l, &told);
    TRY(node_take(d->node, f));
    if (!gathers(l, told)) {
        TRY(node_poll(d->node, f));
        tell(l, &told);
    }
    *any |= told;
    return OK;
}

/* Whoever asks little is in the writer's hands while those who queue are served. */
static result node_turn(struct loop *l, bool *any, struct fault *f) {
    *any = false;
    if (is_urgent(l->d)) TRY(through(l, any, f));
    fair_turn(l->d);
    TRY(through(l, any, f));
    *any |= l->gather_us != 0 && node_holds(l->d->node);
    return OK;
}

/* After many bodies the C library keeps their memory, for it lies in pieces: it is asked for it when none are under way. */
static void give_back(struct loop *l) {
    struct http_numbers n;
    http_numbers(l->d->http, &n);
    if (n.bodies_bytes > l->most_bodies) l->most_bodies = n.bodies_bytes;
    if (n.bodies_bytes > 0 || l->most_bodies < DOOR_BODIES_KEPT) return;
    l->most_bodies = 0;
    malloc_trim(DOOR_BODIES_KEPT);
}

static void each_second(struct loop *l) {
    struct door *d = l->d;
    if (d->now_ms - l->swept_ms < 1000) return;
    l->swept_ms = d->now_ms;
    http_sweep(d->http, d->now_ms);
    events_tick(d->events);
    access_tick(d);
    disk_watch_tick(d);
    aux_tick(d);
    keeper_turn(&d->keeper, d->node);
    scrubber_turn(&d->scrubber, d->node);
    witnesses_turn(d->witnesses, d->node, d->now_ms);
    give_back(l);
    notify_watchdog_tick(&l->watchdog, d->now_ms);
}

static int sleep_ms(struct loop *l, int http_wish) {
    struct door *d = l->d;
    int64_t until_tick = (clock_until(&d->clock, node_next_tick(d->node)) + 999999) / 1000000;
    int64_t wait = l->swept_ms + 1000 - d->now_ms;
    if (until_tick < wait) wait = until_tick;
    if (http_wish >= 0 && http_wish < wait) wait = http_wish;
    int64_t grid = door_grid_wait(d);
    if (grid >= 0 && grid < wait) wait = grid;
    if (node_continues(d->node) && !node_starved(d->node)) return 0;
    int queued = fair_wish(d);
    if (queued >= 0 && queued < wait) wait = queued;
    return wait < 0 ? 0 : (int)wait;
}

static bool drained(const struct loop *l) {
    struct http_numbers n;
    http_numbers(l->d->http, &n);
    struct fair_numbers q;
    fair_numbers(l->d->fair, &q);
    return n.open == 0 && q.waiting == 0 && tickets_out(l->d->tickets) == 0 && l->d->waiting_count == 0 && l->d->grid_count == 0;
}

static void witnesses_hear(struct loop *l, int fd) {
    for (unsigned i = 0; i < witnesses_count(l->d->witnesses); i++)
        if (witnesses_fd(l->d->witnesses, i) == fd) {
            witnesses_turn(l->d->witnesses, l->d->node, l->d->now_ms);
            return;
        }
}

static result run(struct loop *l, struct fault *f) {
    struct door *d = l->d;
    struct epoll_event events[8];
    bool any;
    while (!l->done) {
        d->now_ms = monotonic_ms();
        http_now(d->http, d->now_ms);
        fair_begin(d);
        events_begin(d->events);
        each_second(l);
        door_grid(d, d->now_ms);
        /* On a grid replies leave together: that one of many leaves later would show that others were there. */
        http_share(d->http, d->settings.reply_grid_ms == 0 && (fair_shared(d->fair) || events_lively(d->events)));
        l->knocks = http_accept(d->http, l->knocks);
        (void)http_run(d->http);
        TRY(tick_when_due(l, f));
        TRY(node_turn(l, &any, f));
        /* Answers resumed connections: they write before the loop sleeps, and what they ask next is not left lying. What this second
         * turn resumes is not known to epoll either: the loop goes round at once. */
        int wish = http_run(d->http);
        TRY(node_turn(l, &any, f));
        if (any || events_hungry(d->events)) wish = 0;
        if (l->drain_ms != 0) http_drain(d->http, d->now_ms);
        if (l->drain_ms != 0 && (drained(l) || d->now_ms >= l->drain_ms)) break;
        int got = epoll_wait(l->epoll, events, 8, l->drain_ms != 0 ? 10 : sleep_ms(l, wish));
        if (got < 0 && errno != EINTR) return fail(f, RESULT_IO, "epoll", "%s", strerror(errno));
        for (int i = 0; i < got; i++)
            if (events[i].data.fd == http_listener(d->http)) l->knocks = true;
            else if (events[i].data.fd == l->signals) take_signal(l);
            else if (d->courier != NULL && events[i].data.fd == key_courier_fd(d->courier)) aux_take_keys(d);
            else witnesses_hear(l, events[i].data.fd);
    }
    return OK;
}

enum { END_PAUSE_MS = 10, END_MS = 2000, END_OWING_MS = 7000 /* two of the longest ticks between which receipts are given, and more */ };

/* Everything that was proposed becomes durable, or is told to be unknown; every connection gets its last words. The node proposes no more of its own,
 * but for a tick that a receipt waits for, and what it has proposed comes to its end: only then is the state what the journal holds, and can be kept for the next start. */
static result finish(struct loop *l, struct fault *f) {
    struct door *d = l->d;
    struct timespec pause = {.tv_nsec = END_PAUSE_MS * 1000000};
    bool any;
    node_end(d->node);
    for (int ms = 0; ms < (node_owes(d->node) ? END_OWING_MS : END_MS) && (tickets_out(d->tickets) > 0 || d->waiting_count > 0 || !node_quiet(d->node)); ms += END_PAUSE_MS) {
        TRY(tick_when_due(l, f));
        TRY(node_turn(l, &any, f));
        nanosleep(&pause, NULL);
    }
    return OK;
}

result loop_run(struct door *d, int signals, struct fault *f) {
    struct loop l = {.d = d, .signals = signals, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (l.epoll < 0) return fail(f, RESULT_IO, "epoll", "%s", strerror(errno));
    d->now_ms = l.swept_ms = monotonic_ms();
    notify_watchdog_begin(&l.watchdog, d->now_ms);
    result r = watch(&l, http_fd(d->http), f);
    if (result_is_ok(r)) r = watch(&l, http_listener(d->http), f);
    if (result_is_ok(r)) r = watch(&l, node_fd(d->node), f);
    if (result_is_ok(r)) r = watch(&l, reader_fd(d->reader), f);
    if (result_is_ok(r)) r = watch(&l, key_courier_fd(d->courier), f);
    for (unsigned i = 0; i < witnesses_count(d->witnesses) && result_is_ok(r); i++) r = watch(&l, witnesses_fd(d->witnesses, i), f);
    if (result_is_ok(r)) r = watch(&l, signals, f);
    if (result_is_ok(r)) r = run(&l, f);
    if (result_is_ok(r)) r = finish(&l, f);
    close(l.epoll);
    return r;
}
