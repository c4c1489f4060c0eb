/* Requests as fast as they are answered, or as `rate` says, over many connections and addresses.
 *   flood port= requests=FILE connections= addresses= first=127.0.2.1 pipeline= rate= milliseconds= once=1
 * pipeline: so many requests are on the way on one connection. once=1: a connection is given up after its replies. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile.h"

enum { IN = 16384, EVENTS = 256, STATUSES = 600 };
struct connection {
    int fd;
    uint32_t address;
    bool connected, ending;       /* ending: the last reply says that the server closes */
    unsigned awaited, answered;   /* replies */
    size_t request, sent;         /* the one being sent, and how much of it */
    unsigned to_send;
    size_t body_left, got;
    int64_t again_us;             /* not before then */
    char in[IN];
};
static struct {
    struct request *requests;
    size_t count, next;
    unsigned port, pipeline;
    bool once;
    int epoll;
    struct connection *at;
    unsigned connections;
    double allowance, rate;
    int64_t filled_us, end_us;
    uint64_t sent, replies, by_status[STATUSES], opened, refused, cut, closed, bytes_out, bytes_in;
} f;

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    if (epoll_ctl(f.epoll, operation, c->fd, &e) != 0) die("epoll");
}

static void begin(struct connection *c) {
    c->fd = socket_from(c->address, true);
    c->connected = c->ending = false;
    c->awaited = c->answered = c->to_send = 0;
    c->got = c->body_left = c->sent = 0;
    int failed = connect_to(c->fd, f.port);
    if (failed != 0 && failed != EINPROGRESS) { /* no port or no room left for a moment */
        f.refused++;
        close(c->fd);
        c->fd = -1;
        c->again_us = now_us() + 20000;
        return;
    }
    watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void finish(struct connection *c, bool by_us) {
    if (!by_us) {
        if (c->ending && c->awaited == 0) f.closed++;
        else if (c->answered + c->awaited + c->to_send > 0) f.cut++;
        else f.refused++;
    }
    close(c->fd);
    c->fd = -1;
    c->again_us = 0;
}

static bool allowed(void) {
    if (f.rate <= 0) return true;
    int64_t now = now_us();
    f.allowance += (double)(now - f.filled_us) * f.rate / 1e6;
    f.filled_us = now;
    if (f.allowance > f.rate / 10) f.allowance = f.rate / 10;
    if (f.allowance < 1) return false;
    f.allowance -= 1;
    return true;
}

/* False: the connection is gone. */
static bool push(struct connection *c) {
    while (c->to_send > 0) {
        const struct request *r = &f.requests[c->request];
        ssize_t done = send(c->fd, r->at + c->sent, r->size - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno == EAGAIN) {
            watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            return true;
        }
        if (done < 0) return false;
        f.bytes_out += (uint64_t)done;
        c->sent += (size_t)done;
        if (c->sent < r->size) continue;
        c->sent = 0;
        c->to_send--;
        c->awaited++;
        f.sent++;
        c->request = f.next++ % f.count;
    }
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
    return true;
}

static bool say(struct connection *c) {
    if (!c->connected || c->to_send > 0 || c->awaited > 0 || c->ending) return true;
    while (c->to_send < f.pipeline && allowed()) c->to_send++;
    c->request = f.next++ % f.count;
    return c->to_send == 0 || push(c);
}

static void take_reply(struct connection *c, const char *at, size_t head) {
    long status = head > 12 ? strtol(at + 9, NULL, 10) : 0;
    f.by_status[status > 0 && status < STATUSES ? status : 0]++;
    f.replies++;
    c->answered++;
    if (c->awaited > 0) c->awaited--;
    if (memmem(at, head, "Connection: close", 17) != NULL) c->ending = true;
}

static void take_replies(struct connection *c) {
    size_t at = 0, left;
    while (at < c->got) {
        size_t size = reply_size(c->in + at, c->got - at, &left);
        if (size == 0) break;
        take_reply(c, c->in + at, size);
        c->body_left = left;
        at += size;
    }
    memmove(c->in, c->in + at, c->got - at);
    c->got -= at;
    if (c->got == IN) c->got = 0; /* a head without end */
}

static bool pull(struct connection *c) {
    ssize_t n = recv(c->fd, c->in + c->got, IN - c->got, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    f.bytes_in += (uint64_t)n;
    if (c->body_left > 0) {
        size_t gone = (size_t)n < c->body_left ? (size_t)n : c->body_left;
        c->body_left -= gone;
        memmove(c->in, c->in + gone, (size_t)n - gone);
        c->got = (size_t)n - gone;
    } else {
        c->got += (size_t)n;
    }
    take_replies(c);
    return true;
}

static void serve(struct connection *c, uint32_t events) {
    if ((events & EPOLLOUT) != 0 && !c->connected) {
        int failed = 0;
        socklen_t size = sizeof failed;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failed, &size);
        if (failed != 0) {
            finish(c, false);
            return;
        }
        c->connected = true;
        f.opened++;
    }
    bool there = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0 || pull(c);
    if (there && f.once && c->answered > 0 && c->awaited == 0 && c->to_send == 0) {
        finish(c, true);
        return;
    }
    if (there && c->to_send > 0) there = push(c);
    if (there) there = say(c);
    if (!there) finish(c, false);
}

static void turn(void) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(f.epoll, events, EVENTS, 5);
    for (int i = 0; i < n; i++) serve(events[i].data.ptr, events[i].events);
    int64_t now = now_us();
    for (unsigned i = 0; i < f.connections; i++) {
        struct connection *c = &f.at[i];
        if (c->fd < 0 && c->again_us <= now) begin(c);
        else if (c->fd >= 0 && !say(c)) finish(c, false);
    }
}

int flood_main(const struct options *o) {
    unsigned addresses = (unsigned)option_number(o, "addresses", 1);
    f.port = (unsigned)option_number(o, "port", 0);
    f.pipeline = (unsigned)option_number(o, "pipeline", 1);
    f.connections = (unsigned)option_number(o, "connections", 64);
    f.rate = (double)option_number(o, "rate", 0);
    f.once = option_number(o, "once", 0) != 0;
    f.requests = read_requests(option_text(o, "requests", ""), &f.count);
    f.at = room(NULL, f.connections * sizeof *f.at);
    f.epoll = epoll_create1(EPOLL_CLOEXEC);
    f.filled_us = now_us();
    f.end_us = now_us() + option_number(o, "milliseconds", 1000) * 1000;
    for (unsigned i = 0; i < f.connections; i++) {
        f.at[i].address = address_at(option_text(o, "first", "127.0.2.1"), i % addresses);
        begin(&f.at[i]);
    }
    while (now_us() < f.end_us) turn();
    uint64_t open = 0, waiting = 0;
    for (unsigned i = 0; i < f.connections; i++) {
        open += f.at[i].fd >= 0 && f.at[i].connected;
        if (f.at[i].fd >= 0) waiting += f.at[i].awaited;
    }
    printf("{\"sent\":%llu,\"replies\":%llu,\"opened\":%llu,\"refused\":%llu,\"cut\":%llu,\"closed\":%llu,\"open\":%llu,\"awaited\":%llu,\"bytes_out\":%llu,"
           "\"bytes_in\":%llu,\"by_status\":{", (unsigned long long)f.sent, (unsigned long long)f.replies, (unsigned long long)f.opened, (unsigned long long)f.refused,
           (unsigned long long)f.cut, (unsigned long long)f.closed, (unsigned long long)open, (unsigned long long)waiting, (unsigned long long)f.bytes_out,
           (unsigned long long)f.bytes_in);
    bool comma = false;
    for (int i = 0; i < STATUSES; i++) {
        if (f.by_status[i] == 0) continue;
        printf("%s\"%d\":%llu", comma ? "," : "", i, (unsigned long long)f.by_status[i]);
        comma = true;
    }
    printf("}}\n");
    return 0;
}
