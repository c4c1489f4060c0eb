/* Every limit of the HTTP door, in one place. Sizes in bytes, times in seconds unless the name says otherwise.
 * What an operator may want to change has a member of the same meaning in struct server_options; this is its default. */
#ifndef PARLEY_DOOR_LIMITS_H
#define PARLEY_DOOR_LIMITS_H

#include "base/limits.h"

/* A limit that is a plain number, in a text. */
#define DOOR_SAID(limit) DOOR_SAID_(limit)
#define DOOR_SAID_(number) #number

/* --- connections --- */
#define DOOR_CONNECTIONS 1024              /* all together */
#define DOOR_CONNECTIONS_MOST 100000       /* that --connections may ask for */
#define DOOR_CONNECTIONS_PER_ADDRESS 256   /* not counted behind a proxy, which is one address */
#define DOOR_BACKLOG 1024                  /* connections that the kernel holds until they are taken */
#define DOOR_ACCEPTS 16                    /* taken from the backlog in one turn of the loop */
#define DOOR_HANDSHAKES 40                 /* TLS handshakes begun in a second; each costs a millisecond or several. Beyond it, newcomers wait: */
#define DOOR_HANDSHAKES_AT_ONCE 20         /* addresses in turn, those first that have shown a session */
#define DOOR_HANDSHAKES_WAITING 256        /* newcomers of all addresses that wait; beyond it, one is closed */
#define DOOR_FRESH_PER_ADDRESS_TLS 16      /* connections of one address that have asked nothing yet: handshakes under way */
#define DOOR_RATE_ACCEPTS 500              /* new connections a second of all addresses that have shown no session; beyond it, each address has: */
#define DOOR_RATE_ACCEPTS_MODEST 10        /* each address, a second */
#define DOOR_SOCKET_BYTES (256 * 1024)     /* that the kernel keeps of what a reader does not take */
#define DOOR_CONNECTIONS_A_REQUEST 2       /* new connections of one address: so many times its rate of requests; who asks one by one is told 429 */
#define DOOR_HANDSHAKE_COST 24             /* a new TLS connection counts as so many */
#define DOOR_CONNECTION_MEMORY (32 * 1024) /* request line, headers and the write buffer of one connection */
#define DOOR_HEADERS 64                    /* lines of one request; a plain number, for its text says it */
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
#define DOOR_BODY_RATE_EACH (32 * 1024 * 1024) /* of one party or address, bytes a second */
#define DOOR_BODY_RATE_MODEST (2 * 1024 * 1024) /* of one party or address, whatever all together have read */
#define DOOR_BODY_RATE_REFUSED (16 * 1024 * 1024) /* of those that are refused: they are read so that their senders hear why */
#define DOOR_BODY_BURST (8 * 1024 * 1024)     /* read at once before the rate counts */
#define DOOR_IDLE_TURNS 64                    /* of the loop, in which the HTTP library did nothing and wished to be run again at once: then it is run again */
#define DOOR_IDLE_MS 5                        /* so many milliseconds later, or when something comes */
#define DOOR_TURN_BODIES 8                    /* long bodies that are read on in one turn of the loop, by a buffer each; of one party or address half of them */
#define DOOR_STRANGER_BODY 262144             /* without a session: who may sign more can open one; a plain number, for its text says it */
#define DOOR_BODY_READ_TIMES 4                /* of a body that is too long so many times the longest are read, so that its sender hears why; who sends more is cut off */
#define DOOR_SMALL_BODY (16 * 1024)           /* of routes that take no statement */
#define DOOR_REPLY_BYTES (64 * 1024 * 1024)   /* one reply; a longer one is an error, never cut short */
#define DOOR_REPLY_SMALL (64 * 1024)          /* up to here a reply does not count against: */
#define DOOR_REPLIES_BYTES (512 * 1024 * 1024) /* replies that are being sent, all together */
#define DOOR_REPLIES_BYTES_EACH (128 * 1024 * 1024) /* of one party, or of one address without a session */
#define DOOR_WITNESS_EVERY_SECONDS 10      /* between two questions to a witness */
#define DOOR_WITNESS_EVERY_MOST 3600       /* that --witness-every may ask for */
#define DOOR_WITNESS_SILENT_SECONDS 300    /* without a signature, until it is an alert */
#define DOOR_WITNESS_SILENT_MOST 604800    /* that --witness-silent may ask for */
#define DOOR_WITNESS_SECONDS 10            /* that a witness has for an answer */
#define DOOR_WITNESS_SKEW_SECONDS 120      /* that its time may be from ours */
#define DOOR_WITNESS_CONFLICTS 3           /* times that one checkpoint is offered anew, from the size that it says */
#define DOOR_WITNESS_REQUEST_BYTES (16 * 1024) /* of what a witness is asked */
#define DOOR_WITNESS_REPLY_BYTES (8 * 1024) /* of its answer */
#define DOOR_URL_BYTES 2048                /* path and query; a plain number, for its text says it */
#define DOOR_FRAMES 256                       /* of one request */
#define DOOR_SCRATCH_BYTES (256 * 1024 * 1024) /* memory of one request */
#define DOOR_ANSWERS (1024 * 1024)             /* awaited from the node at a time */
#define DOOR_SLOTS_MOST 1000                  /* ticks of one read of the slots */
#define DOOR_STREAM_MOST 1000                 /* records of one read of the stream */
#define DOOR_STREAM_DEFAULT 100            /* where a read does not say how many */
#define DOOR_STREAM_BYTES (512 * 1024)        /* of one read of the stream: it ends early and says where to go on */
#define DOOR_TILE_BYTES (64 * 1024)            /* of one tile or bundle of entries: 256 of the longest leaves take 50 KB */
#define DOOR_TILE_ROWS 16                      /* of one above level 0 in a turn of who asks: each may be a read of the disk */

#define DOOR_ROUTE_SEGMENTS 3                 /* of a path, that vary */
#define DOOR_ROUTE_PARAMETERS 2               /* of a query, that a route knows */
#define DOOR_PAGE_ROWS 200                    /* of one table of the page; how many more there are is said */

/* --- sessions --- */
#define DOOR_SESSIONS_PER_PARTY 256         /* so many may be opened within a minute, too: each command of the client opens one */
#define DOOR_SESSION_BUCKETS 4096          /* lists in which a token is looked for; two may share one */
#define DOOR_SESSION_SECONDS (12 * 3600)   /* longest life */
#define DOOR_SESSION_LEAST_SECONDS 60      /* that --session-seconds may ask for */
#define DOOR_CHALLENGE_SECONDS 60          /* until a challenge has to be signed */

/* --- access tokens of other doors --- */
#define DOOR_TOKEN_BYTES (16 * 1024)       /* of one token */
#define DOOR_TOKEN_KEYS 64                 /* public keys of issuers, of all sources together */
#define DOOR_TOKEN_KEY_ID 128              /* bytes of a key's name ("kid") */
#define DOOR_TOKEN_SUBJECT 128             /* bytes of the name in a token ("sub") */
#define DOOR_TOKEN_ISSUER 256              /* bytes of the name of who issued it ("iss") */
#define DOOR_TOKEN_SOURCES 16              /* that --token-key may name */
#define DOOR_TOKEN_AUDIENCES 16            /* that --audience may name */
#define DOOR_TOKEN_SOURCE_BYTES (1024 * 1024) /* of one file or answer with keys */
#define DOOR_TOKEN_SKEW_SECONDS 30         /* that clocks may differ, unless --token-skew says otherwise */
#define DOOR_TOKEN_SKEW_MOST 300           /* that --token-skew may ask for */
#define DOOR_TOKENS_SEEN 8192              /* verified tokens that are remembered; two may share a place, and then the newer one stays */
#define DOOR_MANAGERS 1024                 /* who bears access tokens ("sub"): so many have a turn and a rate of their own; of more, the quietest give way */
#define DOOR_KEYS_REFRESH_SECONDS 60       /* between two fetches of a JWK set by URL */
#define DOOR_KEYS_RETRY_SECONDS 5          /* after a fetch that failed */
#define DOOR_KEYS_STALE_SECONDS 3600       /* a set that could not be fetched anew is trusted so long */
#define DOOR_KEYS_FETCH_SECONDS 10         /* until a fetch is given up */

/* --- the doors of other systems --- */
#define DOOR_ASKED 65536                   /* requests whose record is found at once by their id; a power of two. Older ones are looked for in the record */
#define DOOR_STATUSES 16                   /* statuses that are counted apart, of each route */

/* --- events --- */
#define DOOR_READERS_PER_PARTY 32          /* event streams open at a time */
#define DOOR_EVENT_STEP 1024                  /* what is pushed is a multiple of this long */
#define DOOR_HEARTBEAT_SECONDS 15          /* of an event stream on which nothing happens */
#define DOOR_EVENT_BYTES (32 * 1024 * 1024)   /* the longest single event */
#define DOOR_EVENT_OWN_BYTES (64 * 1024)      /* what each reader may hold; beyond it, readers share: */
#define DOOR_EVENT_SHARED_BYTES (64 * 1024 * 1024) /* held for all readers together, beyond what each may */
#define DOOR_EVENT_STALL_SECONDS 300       /* a reader that takes nothing for so long is closed */
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
#define DOOR_METRICS_TOKEN_MOST 256        /* characters of it at most */
#define DOOR_MIRROR_TOKEN_LEAST 16         /* characters of the token by which a mirror is read */
#define DOOR_MIRROR_TOKEN_MOST 512         /* characters of it at most */
#define DOOR_LOG_SECONDS 10                /* what was refused in so long is told in one line */
#define DOOR_LOG_LINES 100                 /* a second about single requests that were refused (4xx) or slow; the rest is counted */
#define DOOR_LOG_REFUSED 10                /* a second about single requests of other systems that no record keeps (400, 401, 403, 413); the rest is counted */
#define DOOR_DISK_LOW_SECONDS (7 * 86400)   /* so little is left of the disk, by the log's growth: warned of */
#define DOOR_DISK_WARN_SECONDS (14 * 86400)  /* 'parley status': a warning below it, … */
#define DOOR_DISK_ALARM_SECONDS (2 * 86400)  /* 'parley status': … an alarm */
#define DOOR_DISK_MEASURED_SECONDS 3600      /* 'parley status': … which only a rate that was measured for so long raises */
#define DOOR_SEALED_WARN_SECONDS 600         /* 'parley status': a party is warned when what it sealed has to be opened within so long */
#define DOOR_CERTIFICATE_WARN_SECONDS (21 * 86400) /* 'parley status': a warning when the certificate ends sooner, … */
#define DOOR_CERTIFICATE_ALARM_SECONDS (3 * 86400) /* 'parley status': … an alarm */
#define DOOR_WRITE_STUCK_NS INT64_C(5000000000) /* 'parley status': an alarm when a write to the disk takes longer */
#define DOOR_STEP_WARN_NS INT64_C(250000000) /* 'parley status': a warning when a step took so long */
#define DOOR_DISK_ENOUGH_PERCENT 10         /* so much more than what is warned of has to be there until it is said that there is enough again */
#define DOOR_SLOW_MS 1000                  /* a reply that begins later is told as a slow one */
#define DOOR_SNAPSHOT_TICKS 600           /* from one snapshot beside the running server to the next */
#define DOOR_SNAPSHOT_TICKS_MOST 1000000  /* that --snapshot-ticks may ask for */
#define DOOR_KEEPER_NICE 10               /* of the process that writes them */
#define DOOR_KEEPER_LATE_TICKS 600        /* 'parley status': a warning when it has not kept a state for longer */
#define DOOR_SCRUB_RATE 4                 /* megabytes (10^6 bytes) a second that the scrubber reads of the log's directory, again and again */
#define DOOR_SCRUB_RATE_MOST 10000        /* that --scrub-rate may ask for */
#define DOOR_SCRUB_EVERY_SECONDS 21600    /* from the end of a round to the next */
#define DOOR_SCRUB_EVERY_MOST 31622400    /* that --scrub-every may ask for: a year */
#define DOOR_SCRUB_PATIENCE_MS 1000       /* what does not fit is looked at again for so long: it may be under way */
#define DOOR_SCRUB_NAMED 64               /* places that the log names of one round; those beyond are counted */
#define DOOR_SCRUB_NICE 15                /* of that process */
#define DOOR_SCRUB_OLD_SECONDS 7776000    /* 'parley doctor': a warning when no round has come to its end for so long */
#define DOOR_KEEPER_GRACE_MS 5000         /* that a server which ends waits for it; then it is killed: what hangs must not hold the server */
#define DOOR_CHILD_KILL_MS 2000           /* that a process beside the server is waited for which was killed */
#define DOOR_SLOW_MOST_MS 3600000          /* that --slow-ms may ask for */

/* --- rates: a bucket holds two seconds --- */
#define DOOR_RATE_PARTY 2000               /* requests a second with a session */
#define DOOR_RATE_MANAGER 10000            /* requests a second of one manager, with access tokens */
#define DOOR_RATE_ADDRESS 500              /* requests a second without one */
#define DOOR_RATE_STRANGERS 2000           /* requests a second without a session, of all addresses (at least four addresses' worth); beyond it, each has: */
#define DOOR_RATE_MODEST 20                /* requests a second of each address then */
#define DOOR_RATE_MOST 1000000             /* that --rate-party, --rate-manager and --rate-address may ask for */
#define DOOR_RATE_FAILED 20                /* signatures a second that do not verify, of one address or one party's sessions */
#define DOOR_RATE_ADDRESSES 4096           /* remembered */
#define DOOR_PROBES 8                      /* rows in which an address or a manager is looked for; the least used of them gives way */
#define DOOR_LATE_MS 1000                  /* a refusal for too many requests is told so much later: whoever floods waits */
#define DOOR_LATE_AT_ONCE 8                /* of those told in one turn of the loop */

/* --- long bodies are read by a thread of their own, one at a time --- */
#define DOOR_READ_ASIDE (64 * 1024)        /* a body longer than this; a shorter one takes the loop a fraction of a millisecond */
#define DOOR_READER_NICE 5                 /* that thread's, over the server's own */

/* --- shares of the loop: what one party (or manager) says, reads or feeds is a flow, or what one address asks without a session --- */
#define DOOR_SLICE_US 500                  /* of a flow in one turn of the loop; beyond it, its requests queue */
#define DOOR_GATHER_US 2000                /* behind a batch that is through: so long the next one takes in what comes before it is handed to the writer, */
#define DOOR_GATHER_SHARED_US 700          /* while others are there; and not at all once one of these has said or read something */
#define DOOR_GATHER_TURNS 3                /* unless so many turns of the loop bring nothing */
#define DOOR_TURN_US 1000                  /* of all flows with a session in one turn, and of all without; */
#define DOOR_TURN_SHARED_US 300            /* and while others than the one flow are there */
#define DOOR_TURN_REPLIES 2                /* then so many replies of one party, manager or address leave in half a turn, and what is asked behind them comes as slowly */
#define DOOR_ALONE_SHARE 64                /* of whoever asks without a session, together, less than one request in so many makes nobody one of several */
#define DOOR_STRANGERS_US 100000           /* a second: of all flows without a session, while one with a session has asked in the last second */
#define DOOR_VERIFY_US 250                 /* what verifying an access token is taken to cost before a body comes that is longer than a stranger's */
#define DOOR_NOISY_US 5000000              /* so long after noise came from an address it queues behind those from which none did; */
#define DOOR_NOISY_TURNS 16                /* but once in so many turns in front of them */
#define DOOR_REQUEST_US 50                 /* what a request without a session is taken to cost beside its handler */
#define DOOR_LONG_US 100000                /* a second: what a flow may spend on requests longer than a slice; beyond it, while */
#define DOOR_LONG_MOST_US 100000           /* others are there, it waits; so much at once */
#define DOOR_PACE_MS 4000                  /* and never longer than this */
#define DOOR_PACE_FRAMES_MS 1000           /* nor this before position frames, which come once a second */
#define DOOR_LONG_FRAMES_US 800000         /* a second: the same for position frames, which are shed where there are too many (see below) */
#define DOOR_QUEUE_GONE_MS 1000            /* who has queued so long and has closed his side meanwhile is not served any more */
#define DOOR_FLOW_ADDRESSES 1024           /* rows for addresses; two may share one */

/* --- positions: what is too much is shed and counted, never what people say --- */
#define DOOR_POSITIONS_AHEAD 131072        /* taken in and not durable yet, of all feeds: some 20 MiB, less than a batch takes before everybody waits */
#define DOOR_POSITIONS_AHEAD_MOST 196608   /* that --positions-ahead may ask for */
#define DOOR_SHED_MS 2000                  /* of a request that has waited so long for its turn only aircraft in alerts are taken */

/* --- replies, where a grid is set (--reply-grid) --- */
#define DOOR_GRID_MOST_MS 1000             /* that --reply-grid may ask for */
#define DOOR_GRID_WINDOW 4                 /* they leave within the first quarter of a step */
#define DOOR_GRID_MISSES 4                 /* so many steps missed, the loop is overloaded: they leave at once */

/* --- the clock --- */
#define DOOR_CLOCK_JUMP_NS INT64_C(2000000000) /* a clock that leaps by more is not followed */
#define DOOR_CLOCK_ERROR_NS INT64_C(500000000)     /* more than this is worth a warning */
#define DOOR_CLOCK_UNSYNC_NS INT64_C(16000000000)  /* what the kernel says when nobody keeps its clock */
#define DOOR_CLOCK_RATE_MOST 10000         /* seconds a second, of a simulated clock */

#endif
