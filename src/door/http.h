/* HTTP/1.1 over libmicrohttpd, driven by our loop: `http_fd` says when there is something, `http_run` does it. Handlers see
 * whole requests and answer now or later; none of the library's threads is used. What is refused before any handler:
 * Transfer-Encoding but `chunked` (411; with Content-Length 400), doubled Content-Length, doubled Authorization or Host, headers in two lines, oversized heads and bodies
 * (RFC 9112, 5.2, 6.1 and 6.3; the library itself would answer such requests). */
#ifndef PARLEY_DOOR_HTTP_H
#define PARLEY_DOOR_HTTP_H

#include "base/bytes.h"
#include "base/histogram.h"
#include "base/instant.h"
#include "door/problem.h"

struct http;
struct request;

struct http_options {
    const char *listen;              /* "HOST:PORT", "[::1]:PORT"; port 0: any free one */
    const char *certificate, *key;   /* PEM files; both or neither */
    bool behind_proxy;               /* plain HTTP on other than loopback addresses; addresses from X-Forwarded-For */
    unsigned connections, connections_per_address; /* 0: defaults of limits.h */
    unsigned rate_address;           /* new connections a second; 0: DOOR_RATE_ADDRESS */
    size_t largest_body;             /* 0: LIMIT_BODY_BYTES */
    bool turns;                      /* whole requests wait for the handler in the order of their addresses' turns, one of each: for doors that have no order of their own */
    bool other_doors;                /* those of other systems are there: their paths' errors have their form (problem_is_message) */
};
struct http_done {
    unsigned status;                 /* 0: no reply began */
    bool cut;                        /* the connection ended before the reply was sent whole */
    uint64_t body_bytes, reply_bytes;
    int64_t answered_us, took_us;    /* from the request line until the reply began (-1: never), until the end */
};
struct http_methods {
    void (*handle)(void *context, struct request *r); /* must, now or later, reply exactly once */
    /* Before a body of more than DOOR_SMALL_BODY is read: status 0, or why it will not be. NULL: all are. */
    struct problem (*admit)(void *context, struct request *r, uint64_t length);
    void (*noise)(void *context, const char *kind);   /* something was refused below the handlers */
    void (*done)(void *context, struct request *r, const struct http_done *how); /* exactly once, at its end; may be NULL */
    void *context;
};
result http_listen_form(const char *listen_at, struct fault *f); /* HOST:PORT? USAGE */
/* Errors: MALFORMED/USAGE (listen address), IO (bind, certificate files), FORBIDDEN (plain HTTP on a public address). */
result http_open(const struct http_options *o, const struct http_methods *m, struct http **out, struct fault *f);
unsigned http_connections_most(unsigned connections); /* that there may be for a moment when http_options says so many: some are being closed */
int http_fd(const struct http *h);
int http_listener(const struct http *h); /* readable: call http_accept; -1 once quiesced */
/* Takes new connections, some in a turn. An address over its share is turned away; at the limit of all, a connection of the address that
 * has most makes room (http_accept.c). */
bool http_accept(struct http *h, bool asked); /* asked: http_listener was readable, or there may be more since. True: there may be more */
unsigned http_port(const struct http *h);
bool http_is_tls(const struct http *h);
/* Does everything that can be done now. Returns ms until it wants to be called again at the latest; -1: no wish. */
int http_run(struct http *h);
/* Closes connections that are too slow (limits.h); call about once a second. `now_ms` is a monotonic clock. */
void http_sweep(struct http *h, int64_t now_ms);
/* The time from which deadlines of connections that come or move on are counted; set at every turn of the loop, the first one too. */
void http_now(struct http *h, int64_t now_ms);
/* From the next http_run on: do several ask? Then so many replies (DOOR_TURN_REPLIES) of one party, manager or address leave in each, the rest in the next ones. */
void http_share(struct http *h, bool shared);
/* As in http_options, from now on; connections that are there stay. */
void http_limits(struct http *h, unsigned rate_address, unsigned connections_per_address);
void http_quiesce(struct http *h); /* no new connections; kept-alive ones close after their reply */
/* After http_quiesce, at every turn: ends connections that ask nothing, half a second later, so that what was on its way is answered. */
void http_drain(struct http *h, int64_t now_ms);
/* For handshakes from now on; connections live on. Takes `fresh`, unless it fails (FULL). Only where http_is_tls. */
struct tls_pair;
result http_certificate(struct http *h, struct tls_pair *fresh, struct fault *f);
bool http_certificate_validity(const struct http *h, instant *from, instant *until); /* false: no TLS */
/* All requests must have been replied to and streams ended, else they are cut. */
void http_close(struct http *h);

/* Why a connection was turned away at the door. */
enum turned { TURNED_ADDRESS, TURNED_RATE, TURNED_HANDSHAKES, TURNED_FULL, TURNED_FILES, TURNED_MEMORY, TURNEDS };
const char *turned_name(enum turned t);
/* What a connection is at. */
enum link_phase { LINK_HEAD, LINK_BODY, LINK_ANSWERING, LINK_REPLY, LINK_STREAM, LINK_PHASES };
const char *phase_name(enum link_phase p);
struct http_numbers {
    uint64_t accepted, open, requests, refused, swept, bodies_bytes, reply_bytes;
    struct histogram answer_ns;     /* from the request line until the reply began, of events too */
    uint64_t by_class[6];           /* replies */
    uint64_t turned[TURNEDS];       /* connections closed at once; not among the accepted */
    uint64_t slow[LINK_PHASES];     /* connections closed for being too slow, by what they were at */
    uint64_t evicted;               /* connections closed to make room for others */
    uint64_t silent;                /* connections that ended and had asked nothing: port scans, broken handshakes, idlers */
    uint64_t unanswered;            /* requests whose connection ended before a reply was begun */
    uint64_t broken_off;            /* replies whose connection ended before their last byte */
    uint64_t bodies_refused, replies_refused; /* no room for more bytes under way */
    uint64_t replies_held, late, late_total, throttled, throttled_total;
    uint64_t replies_queued;        /* replies that waited for those of the same party, manager or address, while several asked */
    unsigned replies_turn_most;     /* that left together then */
};
void http_numbers(const struct http *h, struct http_numbers *out);

/* --- the request; texts live until it was replied to --- */
struct text request_method(const struct request *r);
struct text request_path(const struct request *r);         /* as it came, without the query, not unescaped */
struct text request_body(const struct request *r);
struct text request_id(const struct request *r);           /* 16 hex digits, random, also in the reply's header Request-Id */
bool request_header(const struct request *r, const char *name, struct text *value); /* the first one */
struct text request_raw_query(const struct request *r);    /* what stands behind '?', as it came */
/* Calls each(name, value) for the query's parameters, unescaped, until it returns false. */
void request_query(const struct request *r, bool (*each)(void *context, struct text name, struct text value), void *context);
bool request_from_loopback(const struct request *r);       /* never behind a proxy */
void request_address(const struct request *r, uint8_t out[16]); /* IPv4 mapped; IPv6 cut to its /64 */
/* What the log's line about this request says beside its id: members for report(). Not a token, not the query, not the body. */
struct append *request_members(struct request *r);
/* One slot for the handler's own bookkeeping; freed with free() when the request ends. */
void request_keep(struct request *r, void *owned);
void *request_kept(const struct request *r);

/* --- the reply: exactly once --- */
void request_add_header(struct request *r, const char *name, const char *value); /* before the reply; at most 8 */
void request_cache(struct request *r, const char *directives); /* Cache-Control, a literal; without it "no-store" */
/* Takes body's memory (owned) or copies (not owned); body is void afterwards. The reply leaves when request_release is called
 * (which may be before or after), so that it can wait for durability. */
void request_reply(struct request *r, unsigned status, const char *type, struct append *body);
void request_reply_problem(struct request *r, const struct problem *p);
void request_release(struct request *r);
/* The same, but the reply leaves DOOR_LATE_MS from now: its connection asks nothing meanwhile. */
void request_release_late(struct request *r);
/* It comes with a session of this party, or with a token of this manager (REQUEST_MANAGER and its row): what it holds counts for him, and its connection is
 * closed last when room is needed. */
#define REQUEST_MANAGER UINT32_C(0x10000)
void request_trust(struct request *r, uint32_t who);
/* A number of the handlers' own, for when it is done; 0 until then. */
void request_mark(struct request *r, uint16_t mark);
uint16_t request_marked(const struct request *r);
bool request_gone(const struct request *r); /* its sender has closed his side */
void request_cut(struct request *r); /* the reply must not leave: the connection ends */

/* --- a reply without end (events) --- */
struct http_stream {
    /* Up to `room` bytes; 0: nothing now, request_wake will tell; -1: the end. */
    long (*pull)(void *context, char *to, size_t room);
    void (*close)(void *context); /* exactly once, also when the peer went away */
    void *context;
};
void request_stream(struct request *r, const char *type, const struct http_stream *s);
void request_wake(struct request *r);

#endif
