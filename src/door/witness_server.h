/* `parley witness`: a witness of logs (log/witness.h) behind HTTP, by C2SP tlog-witness. It answers
 *     POST /add-checkpoint            a request for a signature
 *     GET  /<origin hash>/checkpoint  what it has signed last of a log
 *     GET  /healthy, /metrics         503 "fork" once a log has shown two trees of one size; what it has signed of each, and when
 * to whoever asks: what is signed there is public, and only a log's own signature makes it write. */
#ifndef PARLEY_DOOR_WITNESS_SERVER_H
#define PARLEY_DOOR_WITNESS_SERVER_H

#include "door/small_server.h"
#include "log/witness.h"

struct witness_server_options {
    struct witness_options witness;
    struct small_server_options server; /* largest_body and dir are set here */
};
/* Serves until SIGTERM or SIGINT; prints "parley: witness <name> listening on <url> (<n> logs)" once it listens. Errors: those of witness_open and http_open. */
result witness_server_run(const struct witness_server_options *o, struct fault *f);

#endif
