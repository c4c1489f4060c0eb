/* What the handlers of the native door share. One thread owns it: the loop. */
#ifndef PARLEY_DOOR_DOOR_H
#define PARLEY_DOOR_DOOR_H

#include "door/bearers.h"
#include "door/clock.h"
#include "door/disk_watch.h"
#include "door/http.h"
#include "door/keeper.h"
#include "door/scrubber.h"
#include "door/key_courier.h"
#include "door/witnesses.h"
#include "door/limiter.h"
#include "door/managers.h"
#include "door/router.h"
#include "door/server.h"
#include "door/session.h"
#include "log/node.h"

enum noise { NOISE_HTTP, NOISE_PATH, NOISE_TOKEN, NOISE_SYNTAX, NOISE_SIGNATURE, NOISE_RATE, NOISES };
const char *noise_name(enum noise n);

struct door_numbers {
    uint64_t noise[NOISES];
    uint64_t statements[4]; /* by verdict */
    uint64_t frames, positions, shed, positions_refused, unknown, refused_queue, reloads, reloads_refused;
};
struct waiting { struct request *request; uint64_t order; };

struct dss_table;
struct access_log {
    int64_t second_ms, told_ms;
    uint32_t lines, refused;   /* of this second */
    uint64_t unsaid, slow, told[NOISES + 5];
};

struct events;
struct tickets;
struct fair;
struct shed;
struct body_reader;
struct door {
    struct server_options settings; /* in force */
    struct node *node;
    struct http *http;
    struct sessions *sessions;
    struct limiter *limiter;
    struct events *events;
    struct tickets *tickets;
    struct fair *fair;
    struct shed *shed;
    struct keeper keeper;
    struct scrubber scrubber;
    struct body_reader *reader;     /* NULL: the loop reads bodies of any length */
    struct clock clock;
    int64_t now_ms;            /* monotonic, of this turn of the loop */
    struct json_reader *json;
    struct arena scratch;      /* of one request; reset by who begins to use it */
    struct decoder decoder;    /* over json and scratch */
    struct part *parts; uint32_t part_room;
    struct waiting *waiting;   /* ring: replies that leave when the journal is durable up to `order` */
    uint32_t waiting_room, waiting_first, waiting_count;
    struct waiting *grid;      /* ring of the same room: replies that leave with step `order` of the grid */
    uint32_t grid_first, grid_count;
    struct door_numbers numbers;
    struct access_log access;
    struct disk_watch disk;
    int64_t started_s;         /* UTC */
    struct bearers *bearers;   /* NULL: the doors of other systems are off, and so are: */
    struct managers *managers;
    struct dss_table *dss;
    struct key_courier *courier; /* NULL: no keys by URL */
    struct witnesses *witnesses; /* NULL: none is asked */
    bool has_metrics_token;
    struct hash metrics_token; /* of the token */
    uint32_t slow_ms;          /* a reply that begins later is a slow one */
    char policy[384];          /* the page's Content-Security-Policy, with the hashes of its script and style */
    int64_t recovered_ns;      /* what recovery took */
    bool draining, ended;      /* ended: the node is not to be asked any more */
};

struct caller {
    bool known;
    uint16_t party;            /* PARTY_NONE: nobody */
    struct session session;
    bool bearer;               /* of an access token that was taken: the doors of other systems */
    uint32_t manager;          /* his row (managers.h) */
    struct token token;
};
#define PARAMETER_ROOM 64
struct match {
    const struct route *route;
    struct text segments[DOOR_ROUTE_SEGMENTS];
    bool given[DOOR_ROUTE_PARAMETERS];
    char parameters[DOOR_ROUTE_PARAMETERS][PARAMETER_ROOM];
    struct caller caller;
    int64_t came_us;           /* since when it has queued for its turn; 0: it has not */
    const struct route *behind; /* the route whose turn comes when the token has been verified (door.c); else NULL */
};

/* --- fair.c --- */
struct fair_numbers {
    uint64_t waiting, queued, paced, gone, aside; /* waiting: now; the others: ever */
    int64_t longest_us, aside_longest_us;         /* of the loop; of the reader's thread */
    uint64_t before_most; /* of parties and managers: requests of other flows that ran while one waited that was its flow's only one and could have run */
};
struct fair *fair_new(uint32_t parties);
void fair_free(struct fair *q);
void fair_numbers(const struct fair *q, struct fair_numbers *out);
void fair_handle(struct door *d, struct request *r, const struct match *m); /* runs the route's handler, now or when its flow's turn comes */
void fair_begin(struct door *d);          /* a turn of the loop begins */
bool fair_shared(const struct fair *q);   /* within the last second requests of more than one party, manager or (of those that are not rare) address ran */
uint64_t fair_urgent(const struct fair *q); /* what was applied when another's than the one before ran: it is written without gathering more */
void fair_turn(struct door *d);           /* what is queued, as far as the turn's shares go */
/* What is done for those without a session before it queues: counts so much against what they may use. False: nothing is left, tell it late. */
bool fair_refusal(struct door *d, int64_t us);
int fair_wish(const struct door *d);      /* ms until something queued may run; -1: nothing is */
void fair_end(struct door *d);            /* who still queues, or is being read aside, is told that the server goes away */

/* --- door.c --- */
struct problem door_admit(void *door, struct request *r, uint64_t length); /* http_methods.admit */
void door_handle(void *door, struct request *r);          /* http_methods.handle */
void door_noise(struct door *d, enum noise what);
/* Replies; the reply leaves once everything that was applied when it was computed is durable. */
void door_reply(struct door *d, struct request *r, unsigned status, const char *type, struct append *body);
void door_reply_problem(struct door *d, struct request *r, const struct problem *p);
void door_reply_too_fast(struct door *d, struct request *r); /* 429, and late */
/* Judged by the caller's party, else by its address. */
bool door_may_verify(struct door *d, const struct request *r, const struct caller *c);
void door_failed_signature(struct door *d, const struct request *r, const struct caller *c);
void door_reply_fault(struct door *d, struct request *r, const struct fault *f);
/* A body that did not fit is an error, never a shorter reply. Frees or passes on `body`. */
void door_reply_json(struct door *d, struct request *r, struct append *body);
void door_hold_until_durable(struct door *d, struct request *r);
void door_release(struct door *d);                        /* after the node's durable mark has moved */
/* A reply that may leave does: at once, or with the next step of the grid where one is set. */
void door_send(struct door *d, struct request *r);
void door_grid(struct door *d, int64_t now_ms);           /* at every turn of the loop, before it sends */
int64_t door_grid_wait(const struct door *d);             /* ms until its next step; -1: nothing waits for one */
void door_grid_end(struct door *d);                       /* the server is going away: all leave now */
void door_node_event(struct door *d, const struct node_event *e);
/* An unsigned decimal without leading zeros up to `most`; the fault names field, value and rule. */
result door_number(struct text in, const char *field, uint64_t most, uint64_t *out, struct fault *f);
bool door_is_json(const struct request *r);               /* its Content-Type is absent or application/json */
const char *door_token(const struct request *r, struct text *token); /* NULL: fine (token.size 0: none came); else the rule */
extern const struct route door_routes[];
extern const size_t door_route_count;

/* --- aux.c: what every DSS shows beside its standard, and the issuers' keys. The doors of other systems are there only with --token-key, and open to access
 * tokens alone --- */
extern const struct route aux_routes[];                   /* argument: scopes, of which one suffices */
extern const size_t aux_route_count;
void aux_take_keys(struct door *d);                       /* what the courier has brought */
void aux_tick(struct door *d);                            /* about once a second */

/* --- dss_door.c, dss_table.c: F3548-21 and F3411 --- */
struct dss_call;
struct dss_table *dss_new(void);                           /* NULL without memory */
void dss_free(struct dss_table *t);
void dss_find(const struct dss_table *t, struct text method, struct text path, struct route_found *out); /* of aux.c, too */
uint16_t dss_mark(const struct dss_table *t, const struct route *r); /* for request_mark: what dss_count counts it by; 0: none of theirs */
void dss_count(struct dss_table *t, uint16_t mark, unsigned status);
void dss_metrics(const struct dss_table *t, struct append *out);
void dss_call_of(const struct door *d, const struct request *r, const struct match *m, struct dss_call *out);

/* --- why.c --- */
void why_own(struct door *d, struct request *r, const struct match *m);   /* of a manager, with an access token */
void why_place(struct door *d, struct request *r, const struct match *m); /* of the operator */

/* --- access_log.c --- */
void access_done(void *door, struct request *r, const struct http_done *how); /* http_methods.done */
void access_refused(struct request *r, const struct problem *p); /* before the reply: code, field and message for the log's line about a request that leaves no record */
void access_tick(struct door *d);                         /* about once a second, and at the end */

/* --- tick.c --- */
instant door_tick_first(struct door *d);                  /* the time now, behind a tick where one is due: for what is about to be proposed */

/* --- statements.c, frames.c --- */
struct tickets *tickets_new(void);
void tickets_free(struct tickets *t);
/* 0 when all are out. `index`: the caller's own, given back. */
uint64_t tickets_take(struct tickets *t, struct request *r, void (*answer)(struct door *, struct request *, uint32_t, const struct node_event *), uint32_t index);
void tickets_drop(struct tickets *t, uint64_t ticket);    /* not submitted after all */
void tickets_answer(struct door *d, const struct node_event *e);
uint32_t tickets_out(const struct tickets *t);
void tickets_abandon(struct door *d);                     /* at the end: "outcome unknown" to all who still wait */
void statements_reply_unordered(struct door *d, struct request *r, enum sequenced what); /* 503 or 504 */
void statements_post(struct door *d, struct request *r, const struct match *m);
void frames_post(struct door *d, struct request *r, const struct match *m);

/* --- reads.c --- */
void reads_view(struct door *d, struct request *r, const struct match *m);
void reads_log(struct door *d, struct request *r, const struct match *m);
void reads_leaf(struct door *d, struct request *r, const struct match *m);
void reads_checkpoint(struct door *d, struct request *r, const struct match *m);
void reads_witnessed(struct door *d, struct request *r, const struct match *m);
void reads_stream(struct door *d, struct request *r, const struct match *m);
void reads_proof(struct door *d, struct request *r, const struct match *m);
void reads_blind(struct door *d, struct request *r, const struct match *m);
void reads_sealed(struct door *d, struct request *r, const struct match *m);
void reads_slots(struct door *d, struct request *r, const struct match *m);
void reads_clock(struct door *d, struct request *r, const struct match *m);

/* --- tiles.c: C2SP tlog-tiles of the log, and of the stream of the caller's own party --- */
enum { TILES_LOG, TILES_STREAM }; /* the route's argument */
void tiles_checkpoint(struct door *d, struct request *r, const struct match *m);
void tiles_get(struct door *d, struct request *r, const struct match *m);

/* --- status.c --- */
void status_get(struct door *d, struct request *r, const struct match *m);

/* --- logins.c --- */
void logins_challenge(struct door *d, struct request *r, const struct match *m);
void logins_open(struct door *d, struct request *r, const struct match *m);
void logins_show(struct door *d, struct request *r, const struct match *m);
void logins_close(struct door *d, struct request *r, const struct match *m);

/* --- events.c --- */
struct events *events_new(struct door *d);
void events_free(struct events *e);
void events_get(struct door *d, struct request *r, const struct match *m);
void events_appended(struct events *e, uint16_t party, uint64_t place);
void events_tick(struct events *e);                       /* about once a second: heartbeats, ended sessions */
void events_begin(struct events *e);      /* a turn of the loop begins: who had to stop reads on */
bool events_lively(const struct events *e); /* within the last second there was something to tell a reader */
bool events_hungry(const struct events *e); /* somebody had to stop in this turn */
void events_end(struct events *e);                        /* the server is going away */
uint32_t events_readers(const struct events *e);
size_t events_bytes(const struct events *e);

/* --- metrics.c, page.c, openapi --- */
void metrics_get(struct door *d, struct request *r, const struct match *m);
void metrics_healthy(struct door *d, struct request *r, const struct match *m);
void metrics_node(struct door *d, struct append *out);    /* metrics_node.c: log, state, disk, clock */
void metrics_openapi(struct door *d, struct request *r, const struct match *m);
void page_begin(struct door *d);
void page_get(struct door *d, struct request *r, const struct match *m);
void page_picture(struct door *d, struct request *r, const struct match *m);
extern const unsigned char openapi_json[];                /* docs/openapi.json, embedded by the build */
extern const size_t openapi_json_size;
extern const unsigned char openapi_dss_json[];            /* docs/openapi-dss.json: the doors of other systems */
extern const size_t openapi_dss_json_size;

#endif
