#include "door/keeper.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/confine.h"
#include "door/limits.h"
#include "door/report.h"
#include "log/follower.h"
#include "log/monotonic.h"

/* One program on both sides: what goes over is memory as it is. */
struct order { bool begin; struct node_from from; uint64_t batch, wanted; };
enum word_kind { WORD_CONFINED, WORD_FOLLOWED, WORD_KEPT, WORD_MISSED, WORD_FAILED, WORDS };
struct word { enum word_kind kind; uint64_t batch; struct node_snapshot_kept kept; int64_t took_ns; struct fault why; };

/* --- the keeper's side --- */
struct keeping { int socket; struct follower *follower; uint64_t batch, wanted, done, said; };

static bool say(const struct keeping *k, const struct word *w) { return send(k->socket, w, sizeof *w, MSG_NOSIGNAL) == (ssize_t)sizeof *w; }

/* False: the server has ended. Waits only if there is nothing else to do. */
static bool hear(struct keeping *k, const struct server_options *o, bool idle, struct word *w) {
    struct order order;
    ssize_t got = recv(k->socket, &order, sizeof order, idle ? 0 : MSG_DONTWAIT);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got != (ssize_t)sizeof order) return false;
    k->batch = order.batch;
    k->wanted = order.wanted == k->done ? 0 : order.wanted;
    if (!order.begin) return true;
    follower_close(k->follower);
    k->follower = NULL;
    result r = follower_open(o->dir, o->disk, &k->follower, &w->why);
    if (result_is_ok(r)) r = follower_begin(k->follower, &order.from, &w->why);
    w->kind = result_is_ok(r) ? WORD_FOLLOWED : WORD_FAILED;
    w->why.code = r.code;
    return true;
}

static void write_snapshot(struct keeping *k, struct word *w) {
    int64_t began_ns = monotonic_ns();
    result r = follower_order(k->follower) == k->wanted ? follower_snapshot(k->follower, &w->kept, &w->why)
                                                        : fail(&w->why, RESULT_BUSY, "keeper", "has gone on beyond statement %llu", (unsigned long long)k->wanted);
    w->kind = result_is_ok(r) ? WORD_KEPT : WORD_MISSED;
    w->why.code = r.code;
    w->took_ns = monotonic_ns() - began_ns;
    k->done = k->wanted;
    k->wanted = 0;
}

/* Until the server ends, or the journal is not what it should be. */
static void keep(struct keeping *k, const struct server_options *o) {
    bool idle = true;
    for (;;) {
        struct word w = {.kind = WORDS};
        bool there = false;
        if (!hear(k, o, idle, &w)) return;
        idle = k->follower == NULL;
        if (w.kind == WORDS && !idle && k->wanted > 0 && follower_order(k->follower) >= k->wanted) write_snapshot(k, &w);
        if (w.kind == WORDS && !idle) {
            result r = follower_step(k->follower, k->batch, &there, &w.why);
            if (!result_is_ok(r)) w.kind = WORD_FAILED;
            w.why.code = r.code;
            if (there && k->said != k->batch) w.kind = WORD_FOLLOWED;
            idle = there;
        }
        if (k->follower != NULL && w.kind != WORD_FAILED) w.batch = follower_batch(k->follower);
        if (w.kind == WORDS) continue;
        k->said = w.batch;
        if (!say(k, &w) || w.kind == WORD_FAILED) return;
    }
}

static void live(void *context, int socket) {
    const struct server_options *o = context;
    struct keeping k = {.socket = socket};
    struct word w = {.kind = WORD_CONFINED};
    result r = o->no_seccomp || confine_impossible() ? OK : confine_keeper(o->dir, &w.why);
    if (!result_is_ok(r)) {
        w.kind = WORD_FAILED;
        w.why.code = r.code;
    }
    if (say(&k, &w) && w.kind != WORD_FAILED) keep(&k, o);
    follower_close(k.follower);
}

/* --- the server's side --- */

void keeper_start(struct keeper *k, const struct server_options *o) {
    static const struct child_how how = {.name = "parley-keeper", .type = SOCK_SEQPACKET, .nice = DOOR_KEEPER_NICE, .first_to_go = true};
    char path[LIMIT_PATH];
    struct fault f = {0};
    *k = (struct keeper){.child.socket = -1};
    if (o->no_keeper) return;
    int length = snprintf(path, sizeof path, "%s/genesis", o->dir);
    if (length >= (int)sizeof path || access(path, F_OK) != 0) return; /* node_open says it */
    struct server_options own = *o; /* as live wants it: not const */
    if (!result_is_ok(child_start(&k->child, &how, live, &own, &f))) report_fault(REPORT_WARNING, "keeper_ended", &f);
}

static void gone(struct node *n) {
    report(REPORT_ERROR, "keeper_ended", NULL);
    if (n != NULL) node_keeper_gone(n);
}

void keeper_begin(struct keeper *k, struct node *n) {
    struct order order = {.begin = true, .batch = node_batch(n)};
    if (!child_up(&k->child)) {
        node_keeper_gone(n);
        return;
    }
    node_from(n, &order.from);
    k->begun = child_tell(&k->child, &order, sizeof order);
    k->told_batch = order.batch;
    if (k->begun) return;
    (void)child_end(&k->child, 0); /* nothing was sent before, and an empty socket takes it: it has ended */
    gone(n);
}

static void report_kept(struct keeper *k, const struct word *w) {
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    if (w->took_ns > k->longest_ns) k->longest_ns = w->took_ns;
    report_number(&m, "order", (int64_t)w->kept.order);
    report_number(&m, "bytes", (int64_t)w->kept.bytes);
    append_str(&m, ",\"seconds\":");
    append_fixed_point(&m, w->took_ns / 1000000, 3);
    report_text(&m, "by", TEXT("keeper"));
    report(REPORT_INFO, "snapshot", &m);
}

/* What it says is not trusted further than this: a digest that is wrong, whoever goes through the journal finds. */
static void take(struct keeper *k, struct node *n, struct word *w) {
    w->why.field[sizeof w->why.field - 1] = w->why.message[sizeof w->why.message - 1] = '\0';
    k->batch = w->batch;
    if (w->kind == WORD_KEPT) {
        report_kept(k, w);
        node_snapshot_kept(n, &w->kept);
    } else if (w->kind == WORD_MISSED) {
        report_fault(REPORT_WARNING, "snapshot_failed", &w->why);
        node_snapshot_missed(n);
    } else if (w->kind == WORD_FAILED) {
        report_fault(REPORT_ERROR, "keeper_failed", &w->why); /* and then it ends */
    }
}

void keeper_turn(struct keeper *k, struct node *n) {
    struct word w;
    size_t got;
    if (!child_up(&k->child)) return;
    while (child_hear(&k->child, &w, sizeof w, &got)) {
        if (got == sizeof w && (unsigned)w.kind < WORDS) take(k, n, &w);
        else (void)child_end(&k->child, 0); /* not one of ours any more */
    }
    if (!child_up(&k->child)) {
        gone(n);
        return;
    }
    struct order order = {.batch = node_batch(n), .wanted = node_wanted(n)};
    if (!k->begun || (order.batch == k->told_batch && order.wanted == k->told_wanted)) return;
    if (!child_tell(&k->child, &order, sizeof order)) return; /* the socket is full, or the next turn hears the end */
    k->told_batch = order.batch;
    k->told_wanted = order.wanted;
}

bool keeper_end(struct keeper *k, int64_t grace_ms) {
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    enum child_ending how = child_end(&k->child, grace_ms);
    append_str(&m, ",\"waited_s\":");
    append_fixed_point(&m, grace_ms, 3);
    if (how == CHILD_KILLED) report(REPORT_WARNING, "keeper_killed", &m);
    if (how == CHILD_STUCK) report(REPORT_ERROR, "keeper_stuck", &m);
    return how != CHILD_STUCK;
}
