/* A server of few routes beside the log's own (a witness, a mirror): one thread, door/http.h, signals, the service manager, the filter of system calls. */
#ifndef PARLEY_DOOR_SMALL_SERVER_H
#define PARLEY_DOOR_SMALL_SERVER_H

#include <stdint.h>

#include "base/result.h"

struct http;
struct request;
struct small_server_options {
    const char *listen;            /* HOST:PORT; port 0: any free one */
    const char *certificate, *key; /* PEM files: HTTPS */
    bool behind_proxy;             /* plain HTTP on any address: a proxy in front does TLS */
    bool no_seccomp;
    bool debug;                    /* the log tells of what went well, too */
    size_t largest_body;
    const char *dir;               /* the one below which it opens files once it listens */
};
/* GET /healthy: 200 "ok", or 503 and in a word why somebody has to look. Whoever asks is told. */
#define SMALL_SERVER_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
void small_server_health(struct request *r, const char *ill);
struct small_server_methods {
    result (*open)(void *context, struct fault *f);               /* before it listens */
    void (*announce)(void *context, const struct http *h);        /* once it does */
    void (*handle)(void *context, struct request *r);
    void (*second)(void *context);                                /* about once a second; may be NULL */
    bool (*between)(void *context);                               /* between requests; true: there is more to do, at once; may be NULL */
    void *context;
};
/* The port and the scheme as the first line tells them: "<scheme>://<host>:<port>". */
void small_server_url(const struct small_server_options *o, const struct http *h, char *out, size_t room);
/* Strangers who knock must not fill a disk with the log. A line about one that was refused: is it to be written? The first fork of a second is in any case: whoever knocks must not hide one. */
struct small_server_lines { int64_t second_ms; uint32_t lines; bool told_fork; uint64_t unsaid; /* left out since the last line: whoever writes one says so, and sets it to 0 */ };
bool small_server_line(struct small_server_lines *l, bool fork);
/* Serves until SIGTERM or SIGINT. Errors: those of `open` and of http_open; they are in the log too. */
result small_server_run(const struct small_server_options *o, const struct small_server_methods *m, struct fault *f);

#endif
