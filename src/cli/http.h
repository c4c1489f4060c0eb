/* An HTTP client over libcurl: one request at a time, and a stream of server-sent events. */
#ifndef PARLEY_CLI_HTTP_H
#define PARLEY_CLI_HTTP_H

#include "cli/cli.h"

struct http;
struct http_options {
    const char *server; /* http(s)://host:port, no path */
    const char *ca;     /* NULL: the system's */
    const char *type;   /* of the bodies that are sent; NULL: "application/json" */
    const char *given;  /* where whoever reads an error named this server; NULL: "--server (or PARLEY_SERVER)" */
};
result http_new(const struct http_options *o, struct http **out, struct fault *f);
void http_free(struct http *h);
#define HTTP_TOKEN_MOST 8192
void http_token(struct http *h, struct text token); /* sent as bearer from now on; empty: none */

struct http_reply {
    long status;
    struct append body; /* the caller frees it with append_free */
};
/* `body` NULL: GET. RESULT_UNKNOWN: the connection broke, the outcome is unknown. */
result http_call(struct http *h, const char *path, const struct text *body, struct http_reply *reply, struct fault *f);
/* The same with any method; `body` may be NULL. */
result http_send(struct http *h, const char *method, const char *path, const struct text *body, struct http_reply *reply, struct fault *f);
/* DELETE; whatever comes back is of no interest (a session that is left open expires by itself). */
void http_delete(struct http *h, const char *path);
/* Turns a reply of 400 and above (problem details) into a fault whose code fits; OK below. */
result http_problem(const struct http_reply *reply, struct fault *f);

/* One event of text/event-stream; false ends the stream. */
typedef bool (*http_event)(void *context, struct text id, struct text name, struct text data);
/* Blocks until the server or the callback ends it. `last` UINT64_MAX: from now on. */
result http_events(struct http *h, const char *path, uint64_t last, http_event each, void *context, struct fault *f);

#endif
