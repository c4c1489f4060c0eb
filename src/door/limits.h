/* Every limit of the HTTP door, in one place. Sizes in bytes, times in seconds unless the name says otherwise.
 * What an operator may want to change has a member of the same meaning in struct server_options; this is its default. */
#ifndef PARLEY_DOOR_LIMITS_H
#define PARLEY_DOOR_LIMITS_H

#include "base/limits.h"

/* --- connections --- */
#define DOOR_CONNECTIONS 1024              /* all together */
#define DOOR_CONNECTIONS_MOST 100000       /* that --connections may ask for */
#define DOOR_CONNECTIONS_PER_ADDRESS 256   /* not counted behind a proxy, which is one address */
#define DOOR_BACKLOG 1024
#define DOOR_ACCEPTS 16                    /* taken from the backlog in one turn of the loop */
#define DOOR_HANDSHAKES 40                 /* TLS handshakes begun in a second; each costs a millisecond or several. Beyond it, newcomers wait: */
#define DOOR_HANDSHAKES_AT_ONCE 20         /* addresses in turn, those first that have shown a session */
#define DOOR_HANDSHAKES_WAITING 256
#define DOOR_FRESH_PER_ADDRESS_TLS 16      /* connections of one address that have asked nothing yet: handshakes under way */
#define DOOR_RATE_ACCEPTS 500              /* new connections a second of all addresses that have shown no session; beyond it, each address has: */
#define DOOR_RATE_ACCEPTS_MODEST 10
#define DOOR_SOCKET_BYTES (256 * 1024)     /* that the kernel keeps of what a reader does not take */
#define DOOR_CONNECTIONS_A_REQUEST 2       /* new connections of one address: so many times its rate of requests; who asks one by one is told 429 */
#define DOOR_HANDSHAKE_COST 24             /* a new TLS connection counts as so many */
#define DOOR_CONNECTION_MEMORY (32 * 1024) /* request line, headers and the write buffer of one connection */
#define DOOR_HEADERS 64
#define DOOR_HEAD_SECONDS 30               /* from connection or last reply until a request's headers are whole */
#define DOOR_BODY_SECONDS 60               /* from the headers until the body is whole */
#define DOOR_REPLY_SECONDS 120             /* from the reply's first byte until its last; events are exempt */
#define DOOR_STALL_SECONDS 30              /* no byte moves either way */
#define DOOR_DRAIN_SECONDS 10              /* at the end: for replies that are under way */
#define DOOR_DRAIN_IDLE_MS 500             /* at the end: until connections that ask nothing are closed */

/* --- requests --- */
#define DOOR_BODIES_BYTES (512 * 1024 * 1024) /* of all connections together, small ones apart */
#define DOOR_BODIES_KEPT (16 * 1024 * 1024)   /* of their memory, when none are under way; what was more goes back to the system */
#define DOOR_BODIES_BYTES_EACH (32 * 1024 * 1024) /* of one party, or of one address without a session */
#define DOOR_BODY_RATE (128 * 1024 * 1024)    /* bytes of bodies a second of all together, and of one party or address: beyond it, they are read later */
#define DOOR_BODY_RATE_EACH (32 * 1024 * 1024)
#define DOOR_BODY_BURST (8 * 1024 * 1024)     /* read at once before the rate counts */
#define DOOR_STRANGER_BODY (256 * 1024)       /* without a session: who may sign more can open one */
#define DOOR_SMALL_BODY (16 * 1024)           /* of routes that take no statement */
#define DOOR_REPLY_BYTES (64 * 1024 * 1024)   /* one reply; a longer one is an error, never cut short */
#define DOOR_REPLY_SMALL (64 * 1024)          /* up to here a reply does not count against: */
#define DOOR_REPLIES_BYTES (512 * 1024 * 1024) /* replies that are being sent, all together */
#define DOOR_REPLIES_BYTES_EACH (128 * 1024 * 1024)
#define DOOR_URL_BYTES 2048
#define DOOR_FRAMES 256                       /* of one request */
#define DOOR_SCRATCH_BYTES (256 * 1024 * 1024)
#define DOOR_ANSWERS (1024 * 1024)             /* awaited from the node at a time */
#define DOOR_STREAM_MOST 1000                 /* records of one read of the stream */
#define DOOR_STREAM_DEFAULT 100
#define DOOR_STREAM_BYTES (8 * 1024 * 1024)   /* of one read of the stream: it ends early and says where to go on */

/* --- sessions --- */
#define DOOR_SESSIONS_PER_PARTY 256         /* so many may be opened within a minute, too: each command of the client opens one */
#define DOOR_SESSION_SECONDS (12 * 3600)   /* longest life */
#define DOOR_SESSION_LEAST_SECONDS 60      /* that --session-seconds may ask for */
#define DOOR_CHALLENGE_SECONDS 60

/* --- events --- */
#define DOOR_READERS_PER_PARTY 32
#define DOOR_EVENT_STEP 1024                  /* what is pushed is a multiple of this long */
#define DOOR_HEARTBEAT_SECONDS 15
#define DOOR_EVENT_BYTES (32 * 1024 * 1024)   /* the longest single event */
#define DOOR_EVENT_OWN_BYTES (64 * 1024)      /* what each reader may hold; beyond it, readers share: */
#define DOOR_EVENT_SHARED_BYTES (64 * 1024 * 1024)
#define DOOR_EVENT_STALL_SECONDS 300
#define DOOR_EVENTS_TURN_BYTES (64 * 1024)   /* given to all readers of one party in one turn of the loop; the rest is read in the next */
#define DOOR_EVENT_COST 4096                 /* what an event counts there beside its bytes */
#define DOOR_RETRY_MS 2000                 /* when a reader is told to come back after the server went away */

/* --- what `parley doctor` counts on --- */
#define DOOR_OTHER_FILES 64                 /* open beside connections: journal, streams, rings, the lock */
#define DOOR_LOCKED_BYTES (64 * 1024)       /* locked beside the blinds: keys, the sessions' secret, their guard pages' share */

/* --- certificates and settings, read anew on SIGHUP --- */
#define DOOR_CHAIN 16                       /* certificates of a chain */
#define DOOR_PEM_BYTES (1024 * 1024)        /* of a certificate's or a key's file */
#define DOOR_SETTINGS_BYTES (64 * 1024)     /* of the file of --config */
#define DOOR_SETTINGS 64                    /* in it */

/* --- the log and the figures --- */
#define DOOR_METRICS_TOKEN_LEAST 16         /* characters of the token that reads /metrics */
#define DOOR_METRICS_TOKEN_MOST 256
#define DOOR_LOG_SECONDS 10                /* what was refused in so long is told in one line */
#define DOOR_LOG_LINES 100                 /* a second about single requests that were refused (4xx) or slow; the rest is counted */
#define DOOR_DISK_LOW_SECONDS (7 * 86400)   /* so little is left of the disk, by the growth of the last day: warned of */
#define DOOR_SLOW_MS 1000                  /* a reply that begins later is told as a slow one */
#define DOOR_SLOW_MOST_MS 3600000          /* that --slow-ms may ask for */

/* --- rates: a bucket holds two seconds --- */
#define DOOR_RATE_PARTY 2000               /* requests a second with a session */
#define DOOR_RATE_ADDRESS 500              /* requests a second without one */
#define DOOR_RATE_STRANGERS 2000           /* requests a second without a session, of all addresses (at least four addresses' worth); beyond it, each has: */
#define DOOR_RATE_MODEST 20
#define DOOR_RATE_MOST 1000000             /* that --rate-party and --rate-address may ask for */
#define DOOR_RATE_FAILED 20                /* signatures a second that do not verify, of one address or one party's sessions */
#define DOOR_RATE_ADDRESSES 4096           /* remembered */
#define DOOR_LATE_MS 1000                  /* a refusal for too many requests is told so much later: whoever floods waits */
#define DOOR_LATE_AT_ONCE 8                /* of those told in one turn of the loop */

/* --- shares of the loop: one party, or one address without a session, is a flow --- */
#define DOOR_SLICE_US 500                  /* of a flow in one turn of the loop; beyond it, its requests queue */
#define DOOR_TURN_US 1000                  /* of all flows with a session in one turn, and of all without */
#define DOOR_STRANGERS_US 100000           /* a second: of all flows without a session, while one with a session has asked in the last second */
#define DOOR_REQUEST_US 50                 /* what a request without a session is taken to cost beside its handler */
#define DOOR_LONG_US 10000                 /* a second: what a flow may spend on requests longer than a slice; beyond it, while */
#define DOOR_LONG_MOST_US 50000            /* others are there, it waits; so much at once */
#define DOOR_PACE_MS 4000                  /* and never longer than this */
#define DOOR_PACE_FRAMES_MS 1000           /* nor this before position frames, which come once a second */
#define DOOR_QUEUE_GONE_MS 1000            /* who has queued so long and has closed his side meanwhile is not served any more */
#define DOOR_FLOW_ADDRESSES 1024           /* rows for addresses; two may share one */

/* --- replies, where a grid is set (--reply-grid) --- */
#define DOOR_GRID_MOST_MS 1000
#define DOOR_GRID_WINDOW 4                 /* they leave within the first quarter of a step */
#define DOOR_GRID_MISSES 4                 /* so many steps missed, the loop is overloaded: they leave at once */

/* --- the clock --- */
#define DOOR_CLOCK_JUMP_NS INT64_C(2000000000)
#define DOOR_CLOCK_ERROR_NS INT64_C(500000000)     /* more than this is worth a warning */
#define DOOR_CLOCK_UNSYNC_NS INT64_C(16000000000)  /* what the kernel says when nobody keeps its clock */
#define DOOR_CLOCK_RATE_MOST 10000         /* seconds a second, of a simulated clock */

#endif
