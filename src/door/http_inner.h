/* What http.c and http_request.c share; nobody else includes it. */
#ifndef PARLEY_DOOR_HTTP_INNER_H
#define PARLEY_DOOR_HTTP_INNER_H

#include <microhttpd.h>
#include <sys/socket.h>

#include "door/http.h"
#include "door/limits.h"
#include "door/tls.h"

enum link_phase { LINK_HEAD, LINK_BODY, LINK_ANSWERING, LINK_REPLY, LINK_STREAM };
struct link { /* a connection, for the deadlines that the library does not know */
    struct link *before, *after;
    int fd;
    enum link_phase phase;
    int64_t since_ms;
    uint64_t generation; /* of the certificate, when it came */
};
struct retired { /* a certificate that new handshakes do not use any more */
    struct tls_pair *pair;
    uint64_t generation;
    struct retired *next;
};

struct http {
    struct MHD_Daemon *daemon;
    struct http_methods methods;
    struct link *links;
    int epoll, listener;
    unsigned port;
    bool tls, behind_proxy, loopback_only, quiescing;
    size_t largest_body;
    int64_t now_ms;
    struct http_numbers numbers;
    struct tls_pair *pair;
    uint64_t generation; /* of pair, from 1 */
    struct retired *retired;
    int64_t quiesced_ms;
};

#define REQUEST_HEADERS 8
struct request {
    struct http *http;
    struct MHD_Connection *connection;
    struct link *link;
    char method[12];
    char *target;                /* as it came, with the query */
    size_t path_size, target_size;
    char *body;
    size_t body_size, body_room, body_claim; /* claim: what counts against the bodies of all */
    size_t swallowed;
    char id[17];
    void *kept;
    int64_t begun_us, answered_us;
    uint64_t sent;               /* bytes of a stream */
    char members_room[512];
    struct append members;
    /* what the reply will be */
    bool headed, handled, replied, released, suspended, queued, closing, streaming;
    struct problem refusal;      /* status 0: none; static texts only */
    unsigned status;
    const char *type;
    char *reply;
    size_t reply_size;
    struct { const char *name; char value[384]; } headers[REQUEST_HEADERS];
    unsigned header_count;
    struct http_stream stream;
};

void *request_begin(void *http, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_step(void *http, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *upload, size_t *upload_size, void **slot);
void request_completed(void *http, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how);

#endif
