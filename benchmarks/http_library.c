/* What the HTTP library costs by itself: libmicrohttpd driven as our door drives it, answering fixed bytes, either as soon as a request is
 * whole or as the door does, suspended and resumed after all others that came with it. Without being suspended a connection is asked again whenever the library runs;
 * then it never sleeps by itself, and may end while its answer is made, so the door does not do it: it shows what suspending costs. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "http_load.h"

enum { WAITING = 1024 };
struct asked { char *body; size_t size; bool resumed; };
struct library { struct MHD_Response *answer; unsigned status; enum library_way way; bool again; struct MHD_Connection *waiting[WAITING]; unsigned count; };

static enum MHD_Result step(void *context, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
                            size_t *size, void **slot) {
    struct library *l = context;
    struct asked *a = *slot;
    (void)url, (void)method, (void)version;
    if (a == NULL) {
        *slot = bench_room(sizeof *a);
        return MHD_YES;
    }
    if (*size > 0) {
        a->body = realloc(a->body, a->size + *size);
        if (a->body == NULL) bench_die("memory");
        memcpy(a->body + a->size, data, *size);
        a->size += *size;
        *size = 0;
        return MHD_YES;
    }
    if (l->way != LIBRARY_AT_ONCE && !a->resumed) {
        a->resumed = l->again = true;
        if (l->way == LIBRARY_ASKED_AGAIN) return MHD_YES;
        if (l->count == WAITING) bench_die("waiting");
        l->waiting[l->count++] = c;
        MHD_suspend_connection(c);
        return MHD_YES;
    }
    return MHD_queue_response(c, l->status, l->answer);
}

static void completed(void *context, struct MHD_Connection *c, void **slot, enum MHD_RequestTerminationCode code) {
    struct asked *a = *slot;
    (void)context, (void)c, (void)code;
    if (a != NULL) free(a->body);
    free(a);
    *slot = NULL;
}

static void connected(void *context, struct MHD_Connection *c, void **slot, enum MHD_ConnectionNotificationCode code) {
    int on = 1;
    (void)context, (void)slot;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        setsockopt(MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

_Noreturn void load_serve_library(struct text answer, enum library_way way, int port_fd) {
    static struct library l;
    const char *body = memmem(answer.at, answer.size, "\r\n\r\n", 4);
    if (body == NULL) bench_die("answer");
    body += 4;
    l.way = way;
    l.status = (unsigned)strtoul(answer.at + 9, NULL, 10);
    l.answer = MHD_create_response_from_buffer(answer.size - (size_t)(body - answer.at), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(l.answer, "Content-Type", "application/json");
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, WAITING) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0)
        bench_die("listen");
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, step, &l, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, connected, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)WAITING,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * 1024, MHD_OPTION_END);
    unsigned port = ntohs(at.sin_port);
    if (d == NULL || write(port_fd, &port, sizeof port) != sizeof port) bench_die("the library does not start");
    struct epoll_event e = {.events = EPOLLIN};
    int fd = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) bench_die("epoll");
    for (;;) {
        MHD_UNSIGNED_LONG_LONG wish;
        l.again = false;
        MHD_run(d);
        bool any = l.again;
        while (l.count > 0) MHD_resume_connection(l.waiting[--l.count]);
        if (any) MHD_run(d);
        any = l.count > 0 || (MHD_get_timeout(d, &wish) == MHD_YES && wish == 0);
        (void)epoll_wait(epoll, &e, 1, any ? 0 : 1000);
    }
}
