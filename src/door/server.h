/* `parley serve`: opens a log, listens, and runs until SIGTERM or SIGINT. */
#ifndef PARLEY_DOOR_SERVER_H
#define PARLEY_DOOR_SERVER_H

#include "base/instant.h"
#include "base/result.h"

struct disk;
struct server_options {               /* zeros are defaults, except dir and listen */
    const char *dir;                  /* made by node_create */
    const char *listen;               /* HOST:PORT; port 0: any free one */
    const char *certificate, *key;    /* PEM files: HTTPS */
    bool behind_proxy;                /* plain HTTP on any address; a proxy in front does TLS and sets X-Forwarded-For */
    bool demo_page;                   /* EXERCISE only: `/` shows the operator's view to whoever comes */
    bool verify_signatures;           /* of the whole journal at the start */
    instant clock_start;              /* EXERCISE only, with clock_rate: where time starts */
    uint32_t clock_rate;              /* EXERCISE only: seconds a second; 0: the real time */
    uint32_t rate_party, rate_address;/* requests a second; 0: defaults of limits.h */
    unsigned connections, connections_per_address;
    unsigned reply_grid_ms;           /* replies to POST leave at multiples of this only; 0: at once */
    bool metrics_local;               /* /metrics without a token for who asks from this machine */
    struct disk *disk;                /* NULL: the real one */
    /* Called once it listens; NULL: prints "parley: listening on <url> (log <hash>, <mode>)" on standard output. */
    void (*listening)(void *context, const char *url);
    void *context;
};
/* Returns when asked to end, everything answered is durable and the directory is unlocked. Signals SIGTERM and SIGINT are
 * taken over for its duration. Errors: those of node_open and http_open; USAGE for options that exclude each other. */
result server_run(const struct server_options *o, struct fault *f);

#endif
