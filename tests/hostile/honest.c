/* The party that is measured: statements and reads at a fixed rate, each on a connection of its own, and a reader of events. A time runs from
 * the moment at which a request was due, so that waiting for the one before counts too. Prints every time in microseconds.
 *   honest port= address= rate= seconds= statements=FILE reads=FILE events=FILE out=FILE [tls=1] */
#include <errno.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

struct peer { int fd; SSL *tls; };
struct measured {
    pthread_t thread;
    struct request *requests;
    size_t count;
    int64_t *times;
    unsigned done, bad, reopened;
    int status; /* of the first bad one */
};
static struct {
    unsigned port;
    uint32_t address;
    double rate;
    int64_t start, end;
    SSL_CTX *tls;
    struct measured statements, reads, events;
    int64_t *due; /* of each statement */
} all;

static bool open_peer(struct peer *p) {
    struct timeval patience = {.tv_sec = 10};
    *p = (struct peer){.fd = socket_from(all.address, false)};
    setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect_to(p->fd, all.port) != 0) return false;
    if (all.tls == NULL) return true;
    p->tls = SSL_new(all.tls);
    SSL_set_fd(p->tls, p->fd);
    return SSL_connect(p->tls) == 1;
}

static void close_peer(struct peer *p) {
    if (p->tls != NULL) SSL_free(p->tls);
    close(p->fd);
}

static ssize_t get(struct peer *p, char *to, size_t size) { return p->tls != NULL ? SSL_read(p->tls, to, (int)size) : recv(p->fd, to, size, 0); }

static bool put(struct peer *p, const char *at, size_t size) {
    if (p->tls != NULL) return SSL_write(p->tls, at, (int)size) == (int)size;
    return send(p->fd, at, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* The reply's status; 0: none came. */
static int ask(struct peer *p, const struct request *r) {
    static _Thread_local char in[1 << 20];
    size_t got = 0, left = 1;
    if (!put(p, r->at, r->size)) return 0;
    while (got == 0 || reply_size(in, got, &left) == 0 || left > 0) {
        ssize_t n = got < sizeof in ? get(p, in + got, sizeof in - got) : 0;
        if (n <= 0) return 0;
        got += (size_t)n;
    }
    return (int)strtol(in + 9, NULL, 10);
}

static void sleep_until(int64_t at) {
    struct timespec t = {.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) continue;
}

static void *measure(void *context) {
    struct measured *m = context;
    struct peer p;
    bool open = open_peer(&p);
    for (size_t i = 0;; i++) {
        int64_t due = all.start + (int64_t)((double)i * 1e6 / all.rate) + (m == &all.reads ? (int64_t)(5e5 / all.rate) : 0);
        if (due >= all.end || i == m->count) break;
        sleep_until(due);
        if (m == &all.statements) __atomic_store_n(&all.due[i], due, __ATOMIC_RELEASE);
        int status = open ? ask(&p, &m->requests[i]) : 0;
        for (int tries = 0; status == 0 && tries < 3; tries++) { /* a client says it again: applied once */
            close_peer(&p);
            m->reopened++;
            open = open_peer(&p);
            status = open ? ask(&p, &m->requests[i]) : 0;
        }
        m->times[m->done++] = now_us() - due;
        if (status != 200 && status != 201 && m->bad++ == 0) m->status = status;
    }
    close_peer(&p);
    return NULL;
}

/* Events come in the order of the statements: each is looked for in what has come since the one before. */
static void *listen_to_events(void *context) {
    struct measured *m = context;
    struct peer p;
    size_t size = 1 << 22, got = 0, next = 0;
    char *in = room(NULL, size);
    struct timeval look_up = {.tv_usec = 50000};
    if (!open_peer(&p) || !put(&p, m->requests[0].at, m->requests[0].size)) die("the reader of events");
    setsockopt(p.fd, SOL_SOCKET, SO_RCVTIMEO, &look_up, sizeof look_up);
    int64_t last = all.end + 3000000;
    while (now_us() < last && next < all.statements.count) {
        ssize_t n = get(&p, in + got, size - got - 1);
        bool nothing = n < 0 && (errno == EAGAIN || (p.tls != NULL && SSL_get_error(p.tls, (int)n) == SSL_ERROR_WANT_READ));
        if (nothing && now_us() > all.end && m->done >= all.statements.done - all.statements.bad) break;
        if (nothing) continue;
        if (n <= 0) break;
        got += (size_t)n;
        in[got] = '\0';
        size_t from = 0;
        for (char *at; next < all.statements.count && (at = memmem(in + from, got - from, all.statements.requests[next].id, 32)) != NULL; next++) {
            int64_t due = __atomic_load_n(&all.due[next], __ATOMIC_ACQUIRE);
            m->times[m->done++] = now_us() - due;
            from = (size_t)(at - in) + 32;
        }
        size_t keep = got - from < 64 ? got - from : 64; /* an id may be cut in two */
        memmove(in, in + got - keep, keep);
        got = keep;
    }
    close_peer(&p);
    free(in);
    return NULL;
}

static void print(FILE *to, const char *name, const struct measured *m) {
    fprintf(to, "\"%s\":{\"done\":%u,\"bad\":%u,\"status\":%d,\"reopened\":%u,\"times\":[", name, m->done, m->bad, m->status, m->reopened);
    for (unsigned i = 0; i < m->done; i++) fprintf(to, "%s%lld", i > 0 ? "," : "", (long long)m->times[i]);
    fprintf(to, "]}");
}

static void prepare(struct measured *m, const struct options *o, const char *name) {
    m->requests = read_requests(option_text(o, name, ""), &m->count);
    m->times = room(NULL, (m->count + 1) * sizeof *m->times);
}

int honest_main(const struct options *o) {
    all.port = (unsigned)option_number(o, "port", 0);
    all.address = address_at(option_text(o, "address", "127.0.1.1"), 0);
    all.rate = (double)option_number(o, "rate", 100);
    if (option_number(o, "tls", 0) != 0 && (all.tls = SSL_CTX_new(TLS_client_method())) == NULL) die("TLS");
    prepare(&all.statements, o, "statements");
    prepare(&all.reads, o, "reads");
    prepare(&all.events, o, "events");
    all.events.times = room(all.events.times, (all.statements.count + 1) * sizeof(int64_t));
    all.due = room(NULL, all.statements.count * sizeof *all.due);
    memset(all.due, 0, all.statements.count * sizeof *all.due);
    all.start = now_us() + 100000; /* the reader is there before the first */
    all.end = all.start + option_number(o, "milliseconds", 1000) * 1000;
    if (pthread_create(&all.events.thread, NULL, listen_to_events, &all.events) != 0 || pthread_create(&all.statements.thread, NULL, measure, &all.statements) != 0 ||
        pthread_create(&all.reads.thread, NULL, measure, &all.reads) != 0)
        die("threads");
    pthread_join(all.statements.thread, NULL);
    pthread_join(all.reads.thread, NULL);
    pthread_join(all.events.thread, NULL);
    printf("{");
    print(stdout, "statements", &all.statements);
    printf(",");
    print(stdout, "reads", &all.reads);
    printf(",");
    print(stdout, "events", &all.events);
    printf("}\n");
    return 0;
}
