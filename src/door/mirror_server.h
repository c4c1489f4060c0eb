/* What a mirror shows and takes (`parley mirror … --listen`), behind HTTP: the log as tiles under /log/ and, as C2SP tlog-mirror asks, /<origin hash>/; the party's stream under /stream/;
 * GET /healthy (to whoever asks: 503 "fork" or "stopped") and /metrics (to who may read /log/);
 * POST /add-checkpoint and /add-entries where it signs; /witness/<origin hash>/checkpoint of the witness beside it.
 *
 * A process of its own, apart from the one that pulls: it is the only one that holds the mirror's key, has no socket but those that come to it, and learns what was pulled from files of the mirror's
 * directory: `ticks`, and in DIR/serve `offer` (a checkpoint that all ticks up to it are there for), `leaves` (the stream's), `sealed` (a checkpoint of the stream), `pulled` (how the pulling goes). It believes none of them:
 * what they say is held against the log's and the receipts' signatures. */
#ifndef PARLEY_DOOR_MIRROR_SERVER_H
#define PARLEY_DOOR_MIRROR_SERVER_H

#include "door/small_server.h"
#include "log/tile_mirror.h"

struct mirror_server_options {
    struct small_server_options server; /* largest_body and dir are set here */
    struct tile_mirror_options mirror;  /* dir and log are set here */
    const char *dir;               /* of the mirror that is pulled */
    struct text origin, party;     /* of the log; whose stream */
    uint8_t log_key[32], receipt_key[32];
    bool log_open, stream_open;    /* to whoever asks; else: */
    bool has_token;                /* … to who has this one; without it, to nobody */
    struct hash token;             /* its SHA-256 */
};
/* Serves until SIGTERM or SIGINT; prints "parley: mirror <name> listening on <url>" once it listens. Errors: those of tile_mirror_open and http_open. */
result mirror_server_run(const struct mirror_server_options *o, struct fault *f);

#endif
