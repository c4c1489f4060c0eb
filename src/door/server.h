/* `parley serve`: opens a log, listens, and runs until SIGTERM or SIGINT. */
#ifndef PARLEY_DOOR_SERVER_H
#define PARLEY_DOOR_SERVER_H

#include "base/instant.h"
#include "base/result.h"

#include "door/limits.h"

struct disk;
struct server_options {               /* zeros are defaults, except dir and listen */
    const char *dir;                  /* made by node_create */
    const char *listen;               /* HOST:PORT; port 0: any free one */
    const char *certificate, *key;    /* PEM files: HTTPS */
    bool behind_proxy;                /* plain HTTP on any address; a proxy in front does TLS and sets X-Forwarded-For */
    bool demo_page;                   /* EXERCISE only: `/` shows the operator's view to whoever comes */
    bool verify_signatures;           /* of the whole journal at the start */
    bool hold_capacity;               /* capacities that wait go on waiting */
    instant clock_start;              /* EXERCISE only, with clock_rate: where time starts */
    uint32_t clock_rate;              /* EXERCISE only: seconds a second; 0: the real time */
    uint32_t rate_party, rate_address, rate_manager; /* requests a second; 0: defaults of limits.h */
    uint32_t positions_ahead;         /* taken in and not durable yet, of all feeds: beyond it they are shed; 0: DOOR_POSITIONS_AHEAD */
    uint32_t session_seconds;         /* longest life of a session; 0: DOOR_SESSION_SECONDS */
    uint32_t slow_ms;                 /* a reply that begins later is logged as slow; 0: DOOR_SLOW_MS */
    const char *log_level;            /* "debug", "info" (NULL), "warning", "error" */
    const char *metrics_token;        /* file with a token that reads /metrics and nothing else; NULL: none */
    unsigned connections, connections_per_address;
    unsigned reply_grid_ms;           /* replies leave at multiples of this only; 0: at once */
    bool no_seccomp;                  /* the process may ask everything of the kernel (confine.h) */
    bool no_keeper;                   /* no process beside this one writes snapshots: only starts and ends do */
    bool no_scrub;                    /* no process beside this one looks for rot */
    uint32_t scrub_rate, scrub_every; /* megabytes a second, seconds between two rounds; 0: DOOR_SCRUB_RATE, DOOR_SCRUB_EVERY_SECONDS */
    uint32_t snapshot_ticks;          /* it writes one every so many ticks; 0: DOOR_SNAPSHOT_TICKS */
    bool log_open;                    /* the tiles of the log (/log/) without a token */
    bool metrics_local;               /* /metrics without a token for who asks from this machine */
    const char *token_keys[DOOR_TOKEN_SOURCES]; unsigned token_key_count; /* files or URLs with the keys of whoever issues access tokens; none: the doors of other systems are off */
    const char *audiences[DOOR_TOKEN_AUDIENCES]; unsigned audience_count; /* names of this server, as tokens bear them in "aud" */
    bool has_token_skew; unsigned token_skew_seconds; /* that clocks may differ; not given: DOOR_TOKEN_SKEW_SECONDS */
    bool token_key_http;              /* LIVE: keys may come by plain http from other machines too */
    const char *public_url;           /* under which others reach this server: what is released to the world shows at the doors of F3548 with it; NULL: it does not show. Its host is an audience, too */
    bool plain_http_urls;             /* base URLs that clients of those doors give may be http, not https alone */
    const char *witnesses[LIMIT_WITNESSES]; unsigned witness_count; /* VKEY=URL: asked to sign checkpoints */
    unsigned witness_every, witness_silent; /* seconds; 0: defaults of limits.h */
    struct disk *disk;                /* NULL: the real one */
    /* Called once it listens; NULL: prints "parley: listening on <url> (log <hash>, <mode>)" on standard output. */
    void (*listening)(void *context, const char *url);
    void *context;
    /* SIGHUP: fills *out (which holds the settings in force) with those that shall be; NULL: only files are read anew. `reloaded` tells that
     * they are taken: the texts of those before may go. */
    result (*reload)(void *context, struct server_options *out, struct fault *f);
    void (*reloaded)(void *context);
    void *reload_context;
};
/* Returns when asked to end, everything answered is durable and the directory is unlocked. Signals SIGTERM, SIGINT (drain, see
 * loop.h) and SIGHUP (settings and certificate are read anew) are taken over for its duration. Errors: those of node_open and http_open; USAGE for options that exclude each other. */
result server_run(const struct server_options *o, struct fault *f);

#endif
