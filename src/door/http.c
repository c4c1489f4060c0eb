#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "door/http_inner.h"

/* --- listening --- */

static result split_listen(const char *listen_at, char host[256], char port[8], struct fault *f) {
    const char *colon = strrchr(listen_at, ':');
    if (colon == NULL) return fail(f, RESULT_USAGE, "listen", "\"%s\" is not HOST:PORT", listen_at);
    size_t host_size = (size_t)(colon - listen_at);
    const char *from = listen_at;
    if (host_size >= 2 && from[0] == '[' && from[host_size - 1] == ']') {
        from++;
        host_size -= 2;
    }
    size_t digits = strspn(colon + 1, "0123456789");
    if (host_size == 0 || host_size >= 256 || digits == 0 || digits > 5 || colon[1 + digits] != '\0' || atoi(colon + 1) > 65535)
        return fail(f, RESULT_USAGE, "listen", "\"%s\" is not HOST:PORT with a port of 0 to 65535", listen_at);
    memcpy(host, from, host_size);
    host[host_size] = '\0';
    memcpy(port, colon + 1, digits + 1);
    return OK;
}

result http_listen_form(const char *listen_at, struct fault *f) {
    char host[256], port[8];
    return split_listen(listen_at, host, port, f);
}

static bool is_loopback(const struct sockaddr *a) {
    if (a->sa_family == AF_INET) return (ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24) == 127;
    if (a->sa_family != AF_INET6) return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(six)) return six->s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(six);
}

static result bind_one(const struct addrinfo *a, const struct http_options *o, int *out, struct fault *f) {
    if (o->certificate == NULL && !o->behind_proxy && !is_loopback(a->ai_addr))
        return fail(f, RESULT_FORBIDDEN, "listen",
                    "\"%s\" is not loopback: plain HTTP there needs --behind-proxy, or give a certificate", o->listen);
    int s = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (s < 0) return fail(f, RESULT_IO, "listen", "no socket: %s", strerror(errno));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, a->ai_addr, a->ai_addrlen) != 0 || listen(s, DOOR_BACKLOG) != 0) {
        int why = errno;
        close(s);
        return fail(f, RESULT_IO, "listen", "cannot listen on %s: %s%s", o->listen, strerror(why), why == EADDRINUSE ? ": another program has it (ss -ltnp names it); end that, or take another port with --listen" : "");
    }
    *out = s;
    return OK;
}

static result listen_on(struct http *h, const struct http_options *o, struct fault *f) {
    char host[256], port[8];
    TRY(split_listen(o->listen, host, port, f));
    /* One socket: of a name with both kinds of address, "localhost" above all, the one that every client tries. */
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    /* That name is loopback whatever a resolver says, or whether there is one (RFC 6761, 6.3). */
    int failed = getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, &hints, &found);
    if (failed != 0) {
        hints.ai_family = AF_UNSPEC;
        failed = getaddrinfo(host, port, &hints, &found);
    }
    if (failed != 0) return fail(f, RESULT_USAGE, "listen", "host \"%s\": %s", host, gai_strerror(failed));
    result r = bind_one(found, o, &h->listener, f);
    h->loopback_only = is_loopback(found->ai_addr);
    freeaddrinfo(found);
    TRY(r);
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    failed = getsockname(h->listener, (struct sockaddr *)&bound, &size);
    assert(failed == 0);
    h->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                : ((struct sockaddr_in *)&bound)->sin_port);
    return OK;
}

/* --- certificates --- */

result http_certificate(struct http *h, struct tls_pair *fresh, struct fault *f) {
    assert(h->tls);
    struct retired *old = calloc(1, sizeof *old);
    if (old == NULL) return fail(f, RESULT_FULL, "certificate", "no memory for a certificate");
    tls_offer(fresh);
    /* A handshake that has begun may still look at the old one. */
    *old = (struct retired){h->pair, h->generation, h->retired};
    h->retired = old;
    h->pair = fresh;
    h->generation++;
    return OK;
}

/* Those that no connection can have met. */
void http_free_retired(struct http *h, bool all) {
    uint64_t oldest = UINT64_MAX;
    if (h->retired == NULL) return;
    for (const struct link *l = h->links; l != NULL && !all; l = l->after)
        if (l->generation < oldest) oldest = l->generation;
    for (struct retired **at = &h->retired; *at != NULL;) {
        struct retired *old = *at;
        if (!all && old->generation >= oldest) {
            at = &old->next;
            continue;
        }
        *at = old->next;
        tls_free(old->pair);
        free(old);
    }
}

bool http_certificate_validity(const struct http *h, instant *from, instant *until) {
    if (!h->tls) return false;
    tls_validity(h->pair, from, until);
    return true;
}

/* --- life --- */

/* Those that we close end in the library's own time. */
unsigned http_connections_most(unsigned connections) {
    if (connections == 0) connections = DOOR_CONNECTIONS;
    return connections + connections / 4 + 64;
}

static result start(struct http *h, const struct http_options *o, struct fault *f) {
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET; /* we accept ourselves: the library counts nothing */
    if (h->tls) flags |= MHD_USE_TLS;
    h->most = o->connections != 0 ? o->connections : DOOR_CONNECTIONS;
    h->most_per_address = o->connections_per_address != 0 ? o->connections_per_address : DOOR_CONNECTIONS_PER_ADDRESS;
    h->rate = o->rate_address != 0 ? o->rate_address : DOOR_RATE_ADDRESS;
    h->sources = sources_new(h->most);
    if (h->sources == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the HTTP server");
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_retrieve()},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    h->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, request_step, h, MHD_OPTION_URI_LOG_CALLBACK, request_begin, h,
        MHD_OPTION_NOTIFY_COMPLETED, request_completed, h, MHD_OPTION_NOTIFY_CONNECTION,
        link_notice, h, MHD_OPTION_CONNECTION_LIMIT, http_connections_most(h->most),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)DOOR_CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)DOOR_STALL_SECONDS,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
        h->tls ? tls : &tls[2], MHD_OPTION_END);
    if (h->daemon == NULL)
        return fail(f, RESULT_IO, h->tls ? "certificate" : "listen", "%s cannot start", h->tls ? "TLS" : "HTTP");
    h->epoll = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return OK;
}

static void release_all(struct http *h) {
    if (h->listener >= 0) close(h->listener);
    if (h->spare >= 0) close(h->spare);
    sources_free(h->sources);
    http_free_retired(h, true);
    tls_free(h->pair);
    free(h);
}

result http_open(const struct http_options *o, const struct http_methods *m, struct http **out, struct fault *f) {
    if ((o->certificate == NULL) != (o->key == NULL))
        return fail(f, RESULT_USAGE, o->key == NULL ? "key" : "certificate", "certificate and key come together");
    if (o->certificate != NULL && MHD_is_feature_supported(MHD_FEATURE_HTTPS_CERT_CALLBACK) != MHD_YES)
        return fail(f, RESULT_UNSUPPORTED, "certificate", "this build of libmicrohttpd has no TLS");
    struct http *h = calloc(1, sizeof *h);
    if (h == NULL) return fail(f, RESULT_FULL, "memory", "no memory for the HTTP server");
    *h = (struct http){.methods = *m, .listener = -1, .spare = open("/dev/null", O_RDONLY | O_CLOEXEC), .tls = o->certificate != NULL,
                       .behind_proxy = o->behind_proxy};
    h->numbers.answer_ns = histogram_of(&histogram_times);
    h->other_doors = o->other_doors;
    h->turns = o->turns;
    h->largest_body = o->largest_body != 0 ? o->largest_body : LIMIT_BODY_BYTES;
    result r = h->tls ? tls_load(o->certificate, o->key, &h->pair, f) : OK;
    tls_offer(h->pair);
    if (result_is_ok(r)) r = listen_on(h, o, f);
    if (result_is_ok(r)) r = start(h, o, f);
    if (!result_is_ok(r)) {
        release_all(h);
        return r;
    }
    *out = h;
    return OK;
}

int http_fd(const struct http *h) { return h->epoll; }
unsigned http_port(const struct http *h) { return h->port; }
bool http_is_tls(const struct http *h) { return h->tls; }
void http_numbers(const struct http *h, struct http_numbers *out) { *out = h->numbers; }

int http_listener(const struct http *h) { return h->listener; }

/* Of a long reply the library sends a piece in each turn, and tells nobody. */
static bool replies_go_on(const struct http *h) {
    for (const struct link *l = h->links; l != NULL; l = l->after) {
        struct pollfd p = {.fd = l->fd, .events = POLLOUT};
        if (l->phase == LINK_REPLY && poll(&p, 1, 0) > 0) return true;
    }
    return false;
}

/* What cannot go on (the head of a chunk that fills its buffer) the library wants to be run for again at once, until the connection's time is over: that is not
 * worth the processor. What comes meanwhile ends the pause. */
static int unhurried(struct http *h, int wish) {
    bool idle = wish == 0 && h->calls == h->calls_seen;
    h->calls_seen = h->calls;
    h->idle_turns = idle ? h->idle_turns + 1 : 0;
    return h->idle_turns > DOOR_IDLE_TURNS && !replies_go_on(h) ? DOOR_IDLE_MS : wish;
}

int http_run(struct http *h) {
    queue_turn(h);
    MHD_run(h->daemon);
    int later = queue_wish(h);
    MHD_UNSIGNED_LONG_LONG wait;
    int wish = MHD_get_timeout(h->daemon, &wait) != MHD_YES ? -1 : wait > 60000 ? 60000 : (int)wait;
    wish = unhurried(h, wish);
    if (h->newcomer_count > 0 && (later < 0 || later > 5)) later = 5;
    return later >= 0 && (wish < 0 || later < wish) ? later : wish;
}

void http_share(struct http *h, bool shared) { h->shared_next = shared; }

void http_limits(struct http *h, unsigned rate_address, unsigned connections_per_address) {
    h->rate = rate_address != 0 ? rate_address : DOOR_RATE_ADDRESS;
    h->most_per_address = connections_per_address != 0 ? connections_per_address : DOOR_CONNECTIONS_PER_ADDRESS;
}

void http_quiesce(struct http *h) {
    if (h->quiescing) return;
    /* Whom the kernel has connected already is served: closing the socket would reset him. No more than it can have kept: else who comes
     * without pause would keep us. */
    for (int i = 0; i < DOOR_BACKLOG / DOOR_ACCEPTS && http_accept(h, true); i++) MHD_run(h->daemon);
    newcomers_end(h);
    MHD_run(h->daemon);
    h->quiescing = true;
    h->quiesced_ms = h->now_ms;
    close(h->listener); /* now, so that who comes is refused at once and goes elsewhere */
    h->listener = -1;
    queue_end(h);
}

/* Connections that are kept alive and ask nothing would else hold up the end. Not at once: what somebody sent a moment ago is on its way. */
void http_drain(struct http *h, int64_t now_ms) {
    h->now_ms = now_ms;
    if (!h->quiescing || now_ms - h->quiesced_ms < DOOR_DRAIN_IDLE_MS) return;
    for (struct link *l = h->links; l != NULL; l = l->after) {
        int waiting = 0;
        if (l->phase == LINK_HEAD && (ioctl(l->fd, FIONREAD, &waiting) != 0 || waiting == 0)) link_close(l, h);
    }
}

void http_close(struct http *h) {
    queue_end(h);
    MHD_stop_daemon(h->daemon);
    assert(h->links == NULL);
    release_all(h);
}
