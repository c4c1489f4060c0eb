/* A client of many connections: each sends its next request when the answer to the last one has come. */
#ifndef PARLEY_BENCHMARKS_HTTP_LOAD_H
#define PARLEY_BENCHMARKS_HTTP_LOAD_H

#include "base/text.h"

enum { LOAD_CONNECTIONS = 128, LOAD_ANSWER = 1024 * 1024 };
struct load {
    const struct text *requests; uint32_t count; /* whole, with heads */
    uint32_t connections;                        /* where there are no lanes; 0: LOAD_CONNECTIONS */
    double *took;                                /* of `count` answers: seconds from the request to the whole answer, in the order in which they came; NULL: not wanted */
    double rate;                                 /* requests begun a second, whatever is still unanswered, as far as connections are free; what waited for one counts as under way. 0: as answers come */
    uint32_t lanes;                              /* so many connections, each with every so-manieth request in order; 0: LOAD_CONNECTIONS, whichever is free */
    const char *counts;                          /* a member, with its quotes and colon, whose values are added up; NULL: none */
    uint64_t counted;
    char answer[LOAD_ANSWER]; size_t answer_size; /* the first that came, whole */
    uint32_t reopened;                           /* connections that the server closed before it answered */
    uint32_t refused;                            /* answers whose status is neither 201 nor, said again, 200, or that lack what is counted */
    char refusal[512];                           /* the first of them */
};
/* Seconds until the last answer; every request is sent once. */
double load_run(struct load *l, unsigned port);
/* Bytes of a whole HTTP message at the start of `size` bytes, by its Content-Length; 0: not whole yet. */
size_t load_whole(const char *at, size_t size);
/* The bare loop: answers `answer` to every whole request, on a port of 127.0.0.1 that it writes to `port_fd`. Never returns. */
_Noreturn void load_serve(struct text answer, int port_fd);

/* The HTTP library alone (http_library.c): answers the body and status of `answer`, at once, or behind all others that came with it: either suspended and resumed, as the
 * library wants it, or left as it is and asked again. Never returns. */
enum library_way { LIBRARY_AT_ONCE, LIBRARY_SUSPENDED, LIBRARY_ASKED_AGAIN };
_Noreturn void load_serve_library(struct text answer, enum library_way way, int port_fd);

#endif
