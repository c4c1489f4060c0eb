/* Whole-system simulation: the doors' handlers over a transport of structs, the real node over a simulated disk and sequencer, a writer that
 * is stepped, virtual time, and clients who keep a memory of their own of everything that ever left the server. One thread, one seed:
 * the same seed does the same, byte by byte, with every compiler.
 *
 *   draw.c       random numbers, a generator per purpose        transport.c  http.h over structs; what left, and whether it might
 *   plan.c       what a seed is like: parties, sizes, faults    server.c     start, turn, stop, power cut, recovery
 *   ledger.c     what has become durable; feeds the auditor     client.c     sessions, retries, answers, events
 *   say.c, say_air.c  what parties say                          faults.c     when what breaks; rot.c  which bits are ever read
 *   call.c, call_body.c  their USSs' calls at the doors of F3548 and F3411
 *   keeper.c     a second state that follows the journal and writes snapshots
 *   run.c        one seed from begin to end                     twin.c       the same seed without one party's secrets */
#ifndef PARLEY_TEST_SIM_H
#define PARLEY_TEST_SIM_H

#include <assert.h>
#include <stdio.h>

#include "base/note.h"
#include "core/compose.h"
#include "door/door.h"
#include "log/merkle.h"

/* --- draw.c --- */
struct sim_draw { uint64_t at; };
struct sim_draw draw_of(uint64_t seed, const char *purpose, uint64_t a, uint64_t b);
uint64_t draw_next(struct sim_draw *d);
uint32_t draw_below(struct sim_draw *d, uint32_t n);             /* n >= 1 */
bool draw_chance(struct sim_draw *d, uint32_t per_mille);
int64_t draw_between(struct sim_draw *d, int64_t low, int64_t high); /* both included */
/* random_bytes() of the whole program draws from here; never the system's generator. */
extern struct sim_draw *draw_source;
void draw_bytes(void *to, size_t size);                          /* from draw_source, for compose.h */

/* --- plan.c --- */
enum { SIM_PARTIES = 6, SIM_KEYS = 10, SIM_THINGS = 40, SIM_SEALED = 12, SIM_EVENTS = 64 };
enum role { ROLE_OPERATOR, ROLE_HONEST, ROLE_LATE, ROLE_FLOODING, ROLE_PROBING, ROLE_REPOSTING, ROLE_FORGING, ROLE_HIDING, ROLES };
struct plan {
    uint64_t seed;
    bool twin;                    /* faults that hit both runs alike */
    bool hide;                    /* the second run of a twin: what the hiding party keeps to itself is never said */
    bool live, long_, tight;      /* LIVE log; months with little said; tables of four */
    bool raises;                  /* the operator states larger tables, and a later start takes their memory */
    bool audit;
    uint32_t parties;             /* with the operator */
    bool enters;                  /* the last one is no founder: it enters by a statement */
    enum role role[SIM_PARTIES];
    struct capacity capacity;
    int64_t tick_ns, span_ns, pause_ns; /* pause: mean between two things that one client does */
    uint32_t statements_most;
    uint32_t positions_ahead;     /* of all feeds, not durable yet; what comes beyond is shed */
    uint32_t snapshot_ticks;      /* from one that the keeper writes to the next */
    int64_t step_work;            /* of the genesis; INT64_MIN: as by default */
    const char *bridge_url;       /* under which what is released shows at the doors of F3548; NULL: it does not */
    struct sequencer_faults order;
    bool simulated_order;
    uint32_t loss;                /* per mille of requests that are lost, half of them with the reply only */
    uint32_t breaks;              /* power cuts, kills, failing writes, stops in this run */
    uint32_t cut_after;           /* per mille: power cut just when a reply has left */
    uint32_t rot, stall, jump;    /* per mille: of restarts, of a client's actions, of a client's actions */
    uint64_t space;               /* bytes that the disk has beyond the reserve in its last hours; 0: no limit */
};
struct plan plan_of(uint64_t seed);
const char *role_name(enum role r);

/* --- what happened, for the line of figures --- */
struct figures {
    uint64_t continues, shed;
    uint64_t stated, grown;       /* capacities that were stated and waited; that came into force */
    uint64_t statements, accepted, refused, repeated, pending, alerts, leads, noise, reads, events, retries, lost, ticks;
    uint64_t cuts, kills, failed, stops, recoveries, broken_recoveries, rotten, rot_found, rot_idle, read_errors, jumps, unsure, stalls, full, full_checked, busy, unknown, torn, disk_full, full_days;
    uint64_t kept, kept_cut, keepers_died, compared, digests; /* snapshots beside the server, cut off; keepers that died; states compared; digests of the journal recomputed */
    uint64_t snapshots, snapshots_failed, from_snapshot; /* written; not written; starts that used one */
    uint64_t calls, called, called_full, wanting, called_again, called_wrong; /* at the doors of F3548 and F3411: on record; of them accepted, refused for want of room, for a key; sent again; not on record */
    uint64_t released, lacked, fetched; /* notices and flights that were released, as subscribers were told of them; keys that lacked one; details that were fetched */
    uint64_t looks, shown;        /* the auditor's: how often it was shown what the doors show; references of what is released in it */
    uint64_t days;                /* of virtual time, in thousandths */
    uint64_t hidden;              /* twins: statements that only the first run has */
    uint64_t slots, distances, meeting, either; /* the auditor's: ticks whose slots it computed, distances judged, pairs that surely meet, that may */
};

struct sim;
struct client;
enum purpose { FOR_CHALLENGE, FOR_SESSION, FOR_EVENTS, FOR_POST, FOR_READ, FOR_DUE, FOR_HOLDS, FOR_CHECKPOINT, FOR_CONFIRM, FOR_CLOCK, FOR_CALL };

/* What a party's USS does at the doors of F3548 and F3411. */
enum call_kind { CALL_INTENT, CALL_CONSTRAINT, CALL_SUBSCRIPTION, CALL_AREA, CALL_AREA_SUBSCRIPTION, CALL_AVAILABILITY, CALL_REPORT, CALL_DETAILS, CALL_KINDS };
enum { CALL_SLOTS = 12, CALL_OUT = 6, CALL_RELEASED = 24 };
struct called { bool used, known; uint8_t kind, state; char id[40], version[96], old[96]; }; /* known: it is there, with this OVN or version, as far as its USS was told */
struct calling { uint8_t kind; char method[8], path[160]; char *body; uint32_t slot, attempts; bool v2; }; /* body NULL: none */
struct released { char id[40], ovn[96]; bool flight; }; /* of what the server itself manages; ovn "": to be fetched; id "": none */
struct uss { struct called own[CALL_SLOTS]; uint32_t out; struct calling again; /* its reply was lost; method "": none */ uint64_t calls; char availability[SIM_PARTIES][96]; struct released released[CALL_RELEASED]; uint32_t next_released; };

/* --- transport.c --- */
struct request {
    struct sim *sim;
    struct client *client;
    enum purpose purpose;
    uint32_t post;                /* FOR_POST: its number */
    uint64_t number;              /* of this client's requests */
    struct request *next;
    struct text method;
    char path[160], query[160], authorization[1024], idempotency[80], last_event[32], id[17];
    struct append body, reply;
    struct http_stream stream;
    struct sim_draw draw;         /* salts, tokens, nonces that the server draws while it handles this */
    void *kept;
    unsigned status;
    struct calling call;          /* FOR_CALL: as it was made */
    bool lost_request, lost_reply, replied, released, left, streaming, woken, closed, cut, hung_up;
    uint64_t applied;             /* by the node, when the reply was made */
};
struct request *transport_new(struct client *c, enum purpose purpose, const char *method);
void transport_send(struct request *r);
/* Bytes of event streams to their clients. */
void transport_hang_up(struct client *c); /* its event stream, if it has one */
void transport_pull(struct sim *s);
void transport_remember(struct client *c, struct text t); /* what it was given, for twins */
/* What has left goes to its client; false: nothing had. */
bool transport_deliver(struct sim *s);
void transport_cut(struct sim *s); /* the server is gone: nothing more comes of any request */

/* --- ledger.c: everything that was given out as durable --- */
struct ledger_record {
    struct hash root, key;        /* key: the statement's identity by FORMAT.md; zero: told, tick */
    uint64_t order; instant time;
    bool told, final, full, accepted;
};
struct ledger_stream { struct ledger_record *at; size_t count, room; };
struct ledger {
    struct ledger_stream stream[SIM_PARTIES];
    uint64_t grown[SIM_PARTIES];  /* what the server has said to be durable */
    uint64_t *index; size_t index_room, index_used; /* hash table: party << 48 | place + 1, by key */
    struct hash *leaves; size_t leaf_count, leaf_room;
    struct merkle tree;           /* over them */
    struct arena scratch;
    struct append text;
    struct audit *audit;
    uint64_t complaints;
};
void ledger_begin(struct sim *s);
void ledger_end(struct sim *s);
void ledger_blinds(struct sim *s);   /* gives the auditor what it needs to compute slots */
void ledger_judge(struct sim *s);    /* the auditor's last word */
void ledger_look(struct sim *s);     /* when all is durable the auditor is shown what the doors of F3548 show of what is released */
void ledger_extend(struct sim *s);   /* reads and checks what became durable, feeds the auditor */
void ledger_compare(struct sim *s);  /* after a start: all that was ever given out is there, the same */
/* The last record of this statement; NULL: none. */
const struct ledger_record *ledger_find(const struct sim *s, const struct hash *key, uint16_t *party, uint64_t *place);

struct hash ledger_plain_key(struct sim *s, uint16_t party, struct text idempotency);
struct hash ledger_call_key(struct sim *s, struct text request); /* of a call at the other doors, by the request's id */
struct hash ledger_frame_key(struct sim *s, uint16_t party, struct text feed, uint64_t number);

/* --- client.c --- */
struct sim_key {
    char full[80];
    struct name name;
    uint8_t secret[64];
    struct hash public_key;
    bool in_force, revoked;
};
enum thing_kind { THING_NOTICE, THING_FLIGHT, THING_AREA, THING_HOLD, THING_AGREEMENT };
struct thing {
    enum thing_kind kind;
    struct id id;
    struct hash last;
    bool has_last, hidden, over;
};
struct sealed_thing {             /* waits to be opened */
    bool used;
    struct hash statement;
    struct id id;
    enum statement_kind kind;
    struct hash key;
    struct part part;
    char *bytes;
    char name[16];
};
struct client {
    struct sim *sim;
    uint16_t index;
    struct name name;
    enum role role;
    bool entered;
    struct sim_key key[SIM_KEYS];
    uint32_t keys, root, desk;
    char token[SESSION_TOKEN_DIGITS + 1];
    bool in_session, logging_in, listening;
    int64_t login_at;
    struct append line;           /* of the event stream: what has not become a whole event */
    uint64_t next_event;
    struct hash *heard; size_t heard_room; uint64_t heard_count; /* hashes of events, to be the same when read again */
    struct thing thing[SIM_THINGS]; uint32_t things;
    struct sealed_thing sealed[SIM_SEALED];
    uint64_t frame[2];            /* numbers of its feeds: [0] open, [1] its own eyes only */
    bool feed[2];
    uint64_t actions, lucks, requests;
    int64_t next_at;
    uint32_t open_posts;
    int64_t lag_ns;               /* a late one waits so long before it acknowledges */
    struct append transcript;     /* twin runs: all that it was given */
    struct { bool any; uint64_t size; struct hash root; } seen;
    struct uss uss;
    struct name asked; struct id asked_id; /* of another's notice, learned by reading */
    bool has_asked;
};
enum post_state { POST_OPEN, POST_WAITING, POST_DONE, POST_GIVEN_UP };
struct post {
    uint16_t client;
    enum statement_kind kind;
    enum post_state state;
    struct text path;             /* static */
    char idempotency[40], feed[16];
    char *body; size_t size;
    bool session, garbage, hidden, sealed, foreign;
    struct hash key;              /* identity by FORMAT.md */
    struct hash frames[4]; uint32_t frame_count; uint8_t sent[4]; /* aircraft of each */
    uint64_t luck;                /* its own number among what its client does: what befalls it hangs on that alone */
    uint32_t attempts, thing;     /* thing: index + 1 in its client; 0: none */
    struct id of;                 /* of that thing */
    int64_t next_at;
    uint16_t party; uint64_t place; bool placed;
};
void client_begin(struct sim *s);
void client_end(struct sim *s);
void client_act(struct client *c);                     /* it is its time */
void client_answer(struct client *c, struct request *r);
void client_cut(struct client *c, struct request *r);  /* no reply will come */
void client_heard(struct client *c, const char *bytes, size_t size);
struct post *post_new(struct client *c, enum statement_kind kind);
void post_send(struct sim *s, uint32_t number);

/* --- say.c, say_air.c: each makes at most one post --- */
void say_something(struct client *c, struct sim_draw *d);
void say_much(struct client *c, struct sim_draw *d);   /* a message to all of the greatest length */
void say_clock(struct client *operator_, struct sim_draw *d);
void say_ack(struct client *c, const struct json *items, struct sim_draw *d);
void say_hold_answer(struct client *c, const struct json *items, struct sim_draw *d);
bool say_plain_allowed(const struct client *c, enum statement_kind kind);
/* A statement under way; texts stand in sim.arena. */
struct saying {
    struct client *c;
    struct sim_draw *d;
    enum statement_kind kind;
    struct compose_key by[SIM_PARTIES + 2]; uint32_t by_count;
    struct compose_section section[LIMIT_SECTIONS]; uint32_t section_count;
    struct entity_ref on; bool has_on;
    struct hash prev; bool has_prev;
    instant open_by;
    struct id id;
    const struct compose_earlier *earlier;
    uint32_t thing;
    bool hidden, plain, late_signature; /* late_signature: with it, some of `by` do not sign yet */
};
struct saying saying_of(struct client *c, struct sim_draw *d, enum statement_kind kind);
void saying_sign(struct saying *x, const struct client *c, uint32_t key);
struct append *saying_body(struct sim *s);              /* a buffer to render a body into; saying_section takes it */
void saying_section(struct saying *x, const char *name, const char *to, struct append *body);
void saying_on(struct saying *x, uint32_t thing);
struct post *saying_post(struct saying *x);             /* composes and queues it; NULL: not said (second run of a twin) */
void say_notice(struct client *c, struct sim_draw *d);
void say_flight(struct client *c, struct sim_draw *d);
void say_move(struct client *c, struct sim_draw *d);
void say_release(struct client *c, struct sim_draw *d);
void say_frame(struct client *c, struct sim_draw *d);
void say_feed(struct client *c, struct sim_draw *d);
void say_join(struct client *c, struct sim_draw *d);
void say_area(struct client *c, struct sim_draw *d);
void say_open(struct client *c, struct sim_draw *d);

/* --- call.c --- */
void call_something(struct client *c, struct sim_draw *d);
void call_answer(struct client *c, struct request *r);
void call_cut(struct client *c, struct request *r);
void call_end(struct client *c);
void call_keys(struct sim *s);                         /* the issuer's, to a door that begins */
/* --- call_body.c --- */
void call_uuid(char out[40], struct sim_draw *d);
void call_body(struct client *c, struct calling *x, enum call_kind kind, uint8_t state, struct sim_draw *d, struct append *out);

/* --- server.c --- */
struct sim {
    struct plan plan;
    struct figures figures;
    int64_t boot, skew;           /* virtual time: of CLOCK_BOOTTIME; what CLOCK_REALTIME is off by */
    int64_t end;
    /* the server */
    struct disk *disk;
    struct node *node;
    struct follower *follower;    /* the keeper; NULL: it has died */
    struct sim_draw keeper_draw;
    struct door door;
    bool up, cut_now, filling, quiet;  /* filling: all say much until the disk is full; quiet: nobody says anything */
    struct sim_draw server_draw;  /* what it draws outside of requests */
    uint64_t starts;
    uint64_t waited; struct capacity wanted; /* capacities that waited when last looked, and the order of their statement */
    bool start_faulty; /* a cut or a read error is armed for this start */
    int64_t stall_until, second_at, started_at;
    instant clock_last; int64_t clock_boot; uint64_t clock_start; bool clock_set; /* its time when last looked at; set: by a statement since */
    struct hash settled; bool has_settled; /* digest when all was durable, just before it went down */
    /* the log */
    struct text genesis, origin;
    struct hash log;
    uint8_t log_secret[64], receipt_secret[64];
    /* the world */
    struct client client[SIM_PARTIES];
    struct post *post; uint32_t posts, post_room, first_open, still; /* first_open: all before it are done */
    struct request *requests, *last_request;
    struct ledger ledger;
    struct arena arena, keep;     /* arena: of one action; keep: of the run */
    struct json_reader *json, *json_inner;
    struct append room[4]; uint32_t rooms;
    struct { bool used; char *note; struct append sections; uint32_t left[SIM_PARTIES], count; int64_t next_at; struct hash key; enum statement_kind kind; uint16_t client; } cosign;
    uint32_t versions; struct id pact; bool has_pact;
    struct { const char *part; enum disk_fault what; enum disk_fate fate; } tick_fault; /* twins: when the next tick is written; part NULL: none */
    int64_t *break_at; uint32_t breaks_done;
    struct { bool planted, read; char path[96]; uint64_t bit; uint8_t was; } rot; /* read: something would read it */
    bool limited;                 /* the disk has only so much room now */
    struct sha256 digest;         /* over everything that left */
    char last_words[1024];        /* why it failed */
};
instant sim_time(const struct sim *s);                   /* the true time */
void server_create(struct sim *s);
void server_disk_limited(struct sim *s);
void server_up(struct sim *s);
enum down { DOWN_STOP, DOWN_KILL, DOWN_CUT };
void server_down(struct sim *s, enum down how);
void server_settle(struct sim *s);                       /* until nothing is under way; milliseconds pass */
void server_turn(struct sim *s);
bool server_busy(struct sim *s);
int64_t server_tick_due(struct sim *s);                  /* boot time */

/* --- keeper.c --- */
void follow_up(struct sim *s);
void follow_down(struct sim *s);
void follow_turn(struct sim *s);

/* --- faults.c --- */
void faults_begin(struct sim *s);
void faults_now(struct sim *s);          /* what is due by the clock */
void faults_action(struct sim *s, struct sim_draw *d);
void faults_arm_start(struct sim *s, struct sim_draw *d); /* before a start: rot, a cut within the recovery */
bool faults_explain(struct sim *s, result r, const struct fault *f); /* a start failed: is it what was planted? Mends it. */
bool faults_rot_in_snapshot(const struct sim *s);
void faults_started(struct sim *s, uint32_t snapshots_passed);      /* it came up all the same */

/* --- rot.c --- */
/* Would anything notice if a bit of this byte flipped? By FORMAT.md, chapters 10 to 12, from the files alone; a file that it does not know is
 * taken as read whole. */
bool rot_is_read(struct sim *s, const char *path, uint64_t byte);

/* --- run.c, twin.c --- */
__attribute__((noreturn, format(printf, 2, 3))) void sim_fail(struct sim *s, const char *format, ...);
void sim_must(struct sim *s, result r, const struct fault *f, const char *what);
/* Lives the whole seed; ends the process with a line when something is wrong. *digest: of everything. `sim` must be freed by run_free. */
void run_seed(struct sim *s, const struct plan *p, struct hash *digest);
void run_free(struct sim *s);
void run_figures(const struct sim *s, struct append *out);
void twin_seed(uint64_t seed, struct hash *digest, struct append *line, struct figures *figures); /* of the first run */

#endif
