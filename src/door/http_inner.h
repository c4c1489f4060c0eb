/* What http.c and http_request.c share; nobody else includes it. */
#ifndef PARLEY_DOOR_HTTP_INNER_H
#define PARLEY_DOOR_HTTP_INNER_H

#include <microhttpd.h>
#include <sys/socket.h>

#include "door/http.h"
#include "door/limits.h"
#include "door/source.h"
#include "door/tls.h"

struct link { /* a connection, for the deadlines that the library does not know */
    struct link *before, *after;
    struct source *source;
    struct request *request; /* under way */
    int fd;
    enum link_phase phase;
    int64_t since_ms;
    uint64_t generation;        /* of the certificate, when it came */
    bool asked, trusted, dying; /* has sent a request; has shown a session; is being closed by us */
};
struct retired { /* a certificate that new handshakes do not use any more */
    struct tls_pair *pair;
    uint64_t generation;
    struct retired *next;
};
struct newcomer { int fd; struct sockaddr_storage from; socklen_t size; struct source *source; };

struct http {
    struct MHD_Daemon *daemon;
    struct http_methods methods;
    struct link *links;
    struct sources *sources;
    struct bucket bytes, refused_bytes; /* of long bodies, of all; of those of them that are refused */
    struct queue late, bodies;   /* bodies: long ones, which wait to be read on */
    uint64_t turn;               /* of reading them, and of sending replies */
    struct source *ready_first, *ready_last; /* whose replies wait for their turn */
    struct source *asking_first, *asking_last; /* whose requests wait for the handler, in the order of their turns */
    bool turns;                  /* they do so */
    bool shared, shared_next;    /* several ask: in this turn; from the next on */
    struct newcomer newcomers[DOOR_HANDSHAKES_WAITING]; /* whose TLS handshake may not begin yet */
    unsigned newcomer_count;
    struct bucket handshakes, accepts;
    int epoll, listener, spare;  /* spare: a descriptor to give up when there are no more */
    bool other_doors;
    unsigned port, most, most_per_address, dying;
    int64_t rate;                /* new connections a second from one address */
    bool tls, behind_proxy, loopback_only, quiescing;
    size_t largest_body;
    int64_t now_ms;
    struct http_numbers numbers;
    struct tls_pair *pair;
    uint64_t generation; /* of pair, from 1 */
    struct retired *retired;
    int64_t quiesced_ms;
    uint64_t calls, calls_seen;  /* by the library: something happened */
    unsigned idle_turns;         /* so many brought none, though it wished to be run again at once */
};

#define REQUEST_HEADERS 8
struct request {
    struct http *http;
    struct MHD_Connection *connection;
    struct link *link;
    struct source *source;       /* of the address that it counts for: behind a proxy not the link's */
    struct request *later;       /* in a queue */
    struct queue *queue;
    int64_t due_ms;              /* in the queue of late ones */
    char method[12];
    char *target;                /* as it came, with the query */
    size_t path_size, target_size;
    char *body;
    size_t body_size, body_room, body_claim; /* claim: what counts against the bodies of all */
    uint64_t came;               /* bytes of the body, what was refused too */
    size_t swallowed, reply_claim;
    char id[17];
    uint16_t mark;
    void *kept;
    int64_t begun_us, answered_us;
    uint64_t sent;               /* bytes of a stream */
    char members_room[512];
    struct append members;
    /* what the reply will be */
    bool chunked;                /* the body's length shows at its end */
    bool headed, handled, replied, released, suspended, queued, closing, streaming;
    struct problem refusal;      /* status 0: none; texts static, or in what is kept */
    unsigned status;
    const char *type;
    char *reply;
    size_t reply_size;
    struct { const char *name; char value[384]; } headers[REQUEST_HEADERS];
    const char *cache; /* NULL: no-store */
    unsigned header_count;
    struct http_stream stream;
};

/* --- http_accept.c --- */
void link_notice(void *http, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode code);
void newcomers_end(struct http *h);              /* all come in */
void link_close(struct link *l, struct http *h); /* from our side; the library cleans up in its own time */

/* --- http.c --- */
void http_free_retired(struct http *h, bool all); /* certificates that no connection can have met */

/* --- http_queue.c: requests that wait --- */
void queue_put(struct queue *q, struct request *r);
void queue_drop(struct request *r); /* from the queue that it is in, if any */
void queue_turn(struct http *h);    /* those that are due go on */
int queue_wish(struct http *h);     /* ms until the next, -1: none waits */
void queue_end(struct http *h);     /* all go on */
void queue_late(struct request *r); /* goes on DOOR_LATE_MS from now */
void queue_charge(struct request *r, size_t bytes); /* so much of a long body has come: every chunk counts, however many are read at once */
void queue_body(struct request *r);                 /* it waits before it is read on */
void queue_reply(struct request *r);                /* its reply leaves now, or when those of its sender that came before have */
void queue_ask(struct request *r);                  /* the handler gets it when its address has its turn */
bool queue_sends(const struct request *r);          /* it waits in that queue */

/* --- http_body.c --- */
bool body_claim(struct request *r, uint64_t size);                /* room for so much, or false: there is none */
void body_give(struct request *r);                                /* the body, and its claim */
struct problem body_judge(struct request *r, uint64_t length);    /* admitted and claimed (status 0), or why not */
enum MHD_Result body_take(struct request *r, const char *upload, size_t *size);

/* --- http_request.c --- */
void request_refuse(struct request *r, struct problem p);
void request_resume(struct request *r);
void *request_begin(void *http, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_step(void *http, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *upload, size_t *upload_size, void **slot);
void request_completed(void *http, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how);

#endif
