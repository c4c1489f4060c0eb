#include "http_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { EVENTS = 128, SERVED = 1024 };
struct connection {
    int fd;
    const char *out; size_t left; /* still to be written */
    struct text said;             /* the request under way */
    double began;                 /* when it was said */
    uint32_t next;                /* of a lane: its next request */
    char in[LOAD_ANSWER]; size_t got;
};

size_t load_whole(const char *at, size_t size) {
    const char *end = memmem(at, size, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    size_t head = (size_t)(end - at) + 4, body = 0;
    for (const char *line = at; line < end; line = (const char *)memchr(line, '\n', size - (size_t)(line - at)) + 1)
        if (strncasecmp(line, "Content-Length:", 15) == 0) body = strtoul(line + 15, NULL, 10);
    return size >= head + body ? head + body : 0;
}

static void watch(int epoll, struct connection *c, int operation) {
    struct epoll_event e = {.events = EPOLLIN | (c->left > 0 ? EPOLLOUT : 0), .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->fd, &e) != 0) bench_die("epoll");
}

static void push(int epoll, struct connection *c) {
    bool waited = c->left > 0;
    ssize_t done = send(c->fd, c->out, c->left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done < 0 && errno != EAGAIN) bench_die("send");
    if (done > 0) c->out += done, c->left -= (size_t)done;
    if (c->left > 0 || (waited && done < 0)) watch(epoll, c, EPOLL_CTL_MOD);
}

/* More bytes; false at the end of the connection. */
static bool pull(struct connection *c) {
    ssize_t got = recv(c->fd, c->in + c->got, sizeof c->in - c->got, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN;
    c->got += (size_t)got;
    return got > 0;
}

/* --- the client --- */

static void open_one(struct connection *c, unsigned port, int epoll) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0) bench_die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(epoll, c, EPOLL_CTL_ADD);
}

static void say(int epoll, struct connection *c, struct text request, double began) {
    c->said = request;
    c->began = began;
    c->out = request.at;
    c->left = request.size;
    push(epoll, c);
}

static void take_answer(struct load *l, const char *at, size_t size) {
    if (l->answer_size == 0) {
        memcpy(l->answer, at, size);
        l->answer_size = size;
    }
    bool good = size > 12 && (memcmp(at, "HTTP/1.1 201", 12) == 0 || memcmp(at, "HTTP/1.1 200", 12) == 0);
    const char *member = good && l->counts != NULL ? memmem(at, size, l->counts, strlen(l->counts)) : NULL;
    if (member != NULL) {
        uint64_t value = 0;
        for (const char *p = member + strlen(l->counts); p < at + size && *p >= '0' && *p <= '9'; p++) value = value * 10 + (uint64_t)(*p - '0');
        l->counted += value;
    }
    if (good && (l->counts == NULL || member != NULL)) return;
    if (l->refused++ == 0) snprintf(l->refusal, sizeof l->refusal, "%.*s", (int)size, at);
}

/* What this connection says next, if anything is left for it. */
static bool next_request(const struct load *l, struct connection *c, uint32_t *sent, struct text *out) {
    uint32_t at = l->lanes == 0 ? *sent : c->next;
    if (at >= l->count) return false;
    *out = l->requests[at];
    c->next += l->lanes;
    ++*sent;
    return true;
}

/* Those that are due, on connections that are free; returns the nanoseconds until the next is, at most a second. */
static long begin_due(const struct load *l, struct connection *all, uint32_t connections, uint32_t *sent, double start, int epoll) {
    double now = bench_now();
    struct text request;
    for (uint32_t i = 0; i < connections; i++) {
        if (*sent >= l->count || start + *sent / l->rate > now) break;
        double due = start + *sent / l->rate;
        if (all[i].said.size == 0 && next_request(l, &all[i], sent, &request)) say(epoll, &all[i], request, due);
    }
    double wait = start + *sent / l->rate - now;
    return *sent >= l->count || wait > 0.9 ? 900000000L : wait <= 0 ? 100000L /* none was free */ : (long)(wait * 1e9);
}

double load_run(struct load *l, unsigned port) {
    uint32_t connections = l->lanes > 0 ? l->lanes : l->connections > 0 ? l->connections : LOAD_CONNECTIONS;
    struct connection *all = bench_room(connections * sizeof *all);
    struct text request;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    uint32_t sent = 0, answered = 0;
    for (uint32_t i = 0; i < connections; i++) {
        open_one(&all[i], port, epoll);
        all[i].next = i;
    }
    double start = bench_now();
    for (uint32_t i = 0; l->rate == 0 && i < connections && next_request(l, &all[i], &sent, &request); i++) say(epoll, &all[i], request, bench_now());
    double heard = start;
    while (answered < l->count) {
        struct epoll_event events[EVENTS];
        struct timespec wait = {.tv_nsec = l->rate == 0 ? 900000000L : begin_due(l, all, connections, &sent, start, epoll)};
        int n = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
        if (n < 0 || bench_now() - heard > 20) bench_die("no answer within 20 s");
        if (n > 0) heard = bench_now();
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if ((events[i].events & EPOLLOUT) != 0 && c->left > 0) push(epoll, c);
            if ((events[i].events & (EPOLLIN | EPOLLHUP)) == 0) continue;
            if (!pull(c)) { /* a client says it again: applied once */
                l->reopened++;
                close(c->fd);
                c->got = 0;
                c->left = 0;
                open_one(c, port, epoll);
                say(epoll, c, c->said, c->began);
                continue;
            }
            size_t size = load_whole(c->in, c->got);
            if (size == 0) continue;
            take_answer(l, c->in, size);
            if (l->took != NULL) l->took[answered] = bench_now() - c->began;
            answered++;
            c->got = 0; /* one request at a time: nothing stands behind its answer */
            c->said.size = 0;
            if (l->rate == 0 && next_request(l, c, &sent, &request)) say(epoll, c, request, bench_now());
        }
    }
    double spent = bench_now() - start;
    for (uint32_t i = 0; i < connections; i++) close(all[i].fd);
    close(epoll);
    free(all);
    return spent;
}

/* --- the bare loop --- */

static void accept_one(int listener, int epoll) {
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    struct connection *c = bench_room(sizeof *c);
    c->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(epoll, c, EPOLL_CTL_ADD);
}

static void serve_one(struct connection *c, int epoll, struct text answer) {
    if (!pull(c)) {
        close(c->fd);
        free(c);
        return;
    }
    size_t size = load_whole(c->in, c->got);
    if (size == 0) return;
    memmove(c->in, c->in + size, c->got - size);
    c->got -= size;
    c->out = answer.at;
    c->left = answer.size;
    push(epoll, c);
}

_Noreturn void load_serve(struct text answer, int port_fd) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, SERVED) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0)
        bench_die("listen");
    unsigned port = ntohs(at.sin_port);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e) != 0 || write(port_fd, &port, sizeof port) != sizeof port) bench_die("epoll");
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) accept_one(listener, epoll);
            else if (c->left > 0) push(epoll, c);
            else serve_one(c, epoll, answer);
        }
    }
}
