/* Inside of the auditor: its model of a log. Plain lists, looked through from end to end; no index, so nothing to get wrong. */
#ifndef PARLEY_TEST_AUDIT_INNER_H
#define PARLEY_TEST_AUDIT_INNER_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "audit.h"
#include "names.h"

#define NEVER INT64_MIN              /* no time */
#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)
#define WEEK (7 * DAY)
#define OPEN_END (INT64_C(230) * 365 * DAY) /* of a hazard that nobody has ended */
#define UNLIMITED INT32_MAX
#define NAME 64
#define NOBODY (-1)
enum { SIGNERS_MOST = 64, READERS_MOST = 64, SLOTS = 4, VERSIONS = 4, MEMBERS_MOST = 16, SEALS = 8, DESKS = 8, RANKS = 3 };

#define LIST(type) struct { type *at; size_t count, room; }
void *list_grow(void *at, size_t *room, size_t count, size_t each);
/* A new last element, zeroed. */
#define ADD(list) ((list).at = list_grow((list).at, &(list).room, (list).count, sizeof *(list).at), &(list).at[(list).count++])
#define DROP(list, i) (memmove(&(list).at[i], &(list).at[(i) + 1], ((list).count - (i) - 1) * sizeof *(list).at), (list).count--)

struct hash { uint8_t at[32]; };
struct bytes { char *at; size_t size; };

/* ---- what a record says ---- */
enum part_class { NOTE = 1, SECTION, REQUEST, CREDENTIAL, OUTCOME, CLAIMS, ORDER, TOLD, AIRCRAFT, FRAME };
struct part { int class_; char name[40]; int slot; struct bytes bytes; struct hash salt, hash; };
struct record {
    int party; uint64_t seq; int64_t time /* ms as ns */, exact; uint64_t order; int seen; /* -1: null */
    struct hash root; char kind[NAME];
    LIST(struct part) parts;
    json_t *outcome, *told;          /* told: every number a real */
    bool matched;                    /* told: something explains it */
};

/* ---- statements ---- */
enum kind {
    SETTINGS, PARTY, KEY, KEY_REVOKE, KEY_RECOVER, KEY_OBJECT, AGREEMENT, AGREEMENT_SUSPEND, AGREEMENT_RESUME, AGREEMENT_LEAVE, AREA, AREA_END, FEED,
    NOTICE, NOTICE_ACTIVATE, NOTICE_OVER, NOTICE_CANCEL, OPEN, FLIGHT, FLIGHT_ACTIVATE, FLIGHT_END, FLIGHT_CANCEL, FLIGHT_RELEASE, JOIN, JOIN_UNDO,
    ACK, HOLD, HOLD_ANSWER, MESSAGE, CLOCK, CAPACITY, FRAMES, DSS, TICK, CONTINUE, SNAPSHOT, SNAPSHOT_DIGEST, GROW, BRIDGE, COSIGNED, KINDS
};
extern const char *const kind_names[KINDS];
enum form { SIGNED, PLAIN, BY_SERVER };
struct signer { char name[200], party[NAME], key[NAME]; struct hash public_key; bool verified; };
enum reader_kind { WORLD, LOG, OF_AGREEMENT, OF_PARTY };
struct reader { enum reader_kind kind; char name[NAME]; int ref; /* agreement or party; -1: there was none when it came */ };
struct readers { int count; struct reader at[READERS_MOST]; };
enum answer { NO, YES, EITHER };
struct altitude { int32_t cm; int reference; /* 0 W84, 1 AMSL, 2 FL, 3 SFC */ };
struct point { int32_t lat, lon; };
enum shape { CIRCLE, POLYGON, CORRIDOR };
struct volume {
    enum shape shape; uint32_t count; struct point *at; int64_t reach_cm;
    struct altitude lower, upper; int64_t start, end;
    int64_t stated_start, stated_end; bool last_window, idle; /* of a notice's: start and end above are then what holds now */
    bool maybe;                      /* it stays beside a change or not: within the margin of geometry */
    double x, y, z, round;           /* a cap around it: middle as unit vector, metres */
};
struct volumes { struct volume *at; size_t count, room; };
struct section {
    char name[40]; int slot, rank; const struct part *part; struct readers to; json_t *body; struct hash commitment; bool opened;
    struct volumes volumes;          /* of notices, flights, areas */
};
struct said {
    enum kind kind; enum form form; struct hash hash; char id[33];
    bool has_on; char on_party[NAME], on_id[33];
    bool has_prev; struct hash prev;
    bool has_seen; uint64_t seen_size; struct hash seen_root;
    int64_t open_by; struct hash commit[SLOTS];
    struct signer signer[SIGNERS_MOST]; int signers;
    char attested[NAME], session_key[NAME];
    struct section section[SLOTS]; int sections;
    enum kind opened_kind; struct hash opened; /* OPEN */
    json_t *text, *claims;
    uint64_t tick /* or the number of a continue or snapshot, the order of a snapshot/digest */; int64_t error_ns; bool unsure;
    uint64_t order; int64_t time; bool fork;
};

/* ---- the model ---- */
struct wait { int64_t at; uint64_t turn; }; /* a timer that was due then and did not fit into its step: the turn in which it waits; 0, or another time than the timer's: it does not */
enum quota { Q_KEYS, Q_AGREEMENTS, Q_AREAS, Q_FEEDS, Q_NOTICES, Q_FLIGHTS, Q_VOLUMES, Q_VERTICES, Q_TRACKS, Q_ALERTS, Q_PENDING, Q_RECENT, Q_HOLDS, Q_DUES, QUOTAS };
struct tree { uint64_t size; struct hash node[64]; };
struct sealed { bool used, told_late; struct hash statement; enum kind kind; bool has_on; char on_id[33]; struct hash commit[SLOTS]; int missing; int64_t open_by; };
struct party {
    char name[NAME]; bool operator_; int desks; char desk[DESKS][NAME]; int root; /* key */
    struct hash last_statement; struct sealed sealed[SEALS];
    bool recovering; char recover_key[NAME]; int64_t recover_at; struct wait recover_wait, seal_wait;
    struct { bool runs, around; uint64_t at, from, until; } paths; /* its tracks' paths are taken anew, in the order in which they came */
    uint64_t used[QUOTAS], alerts_had; bool unsure_room; /* what it uses hangs on a margin of geometry */
    struct tree stream;
};
struct key { int party; char name[NAME]; struct hash public_key; bool root, feeds_only, revoked; int64_t from, suspect_from; };
struct witnessed { struct hash key; char name[160]; uint64_t size, seconds; };
struct rule { char category[NAME]; int64_t lead, readback, reaction_cm, reaction_height_cm, before, after, tail; int binds; };
struct member { int party; int64_t suspended, leaves; };
struct version {
    bool used; uint32_t version; int64_t from, until, separation_cm, separation_height_cm, withdraw; bool tell_undisclosed, signed_only;
    struct member member[MEMBERS_MOST]; int members; struct rule rule[MEMBERS_MOST]; int rules;
};
struct agreement { char id[33]; int party; char name[NAME]; uint32_t current; struct version version[VERSIONS]; struct hash last_statement; int64_t timer; struct wait wait; };
struct area { char id[33]; int party; struct volumes volumes; struct readers readers; struct hash last_statement; };
struct feed { int party; char name[NAME]; struct readers readers; struct hash last_statement; uint64_t number; int64_t last, timer; struct wait wait; bool silent; uint64_t frame[256], frames; /* the last that were taken */
              uint64_t untracked; int64_t untracked_last; bool untracked_told; };
enum notice_state { N_FILED, N_ACTIVE, N_UNCONFIRMED, N_OVER, N_CLOSED, N_CANCELLED };
struct lead { int agreement; uint32_t version; int binds; bool judged, delivered, read_back; int64_t start, sequenced, agreed; bool pieces, sure, counted; double count; uint64_t new_pieces; };
struct air_section {
    bool present; int slot; struct readers readers; struct volumes volumes;
    char area[80], category[NAME]; size_t text; bool unread; /* notice */
    char callsign[20], icao24[8]; int64_t priority; /* flight */
};
struct notice {
    char id[33]; int party; int state; bool not_contained; struct hash last_statement, filed_statement; char key[NAME]; uint32_t version;
    int64_t tail, activated, over, tail_until, ends, queried, timer; struct wait wait; uint32_t queries; bool hazard_again;
    LIST(struct lead) lead; struct air_section section[RANKS]; uint64_t serial;
};
enum flight_state { F_FILED, F_ACTIVE, F_ENDED, F_CANCELLED };
struct flight {
    char id[33]; int party, state; bool not_contained; struct hash last_statement, filed_statement; int64_t filed, ended, ends, timer; struct wait wait; char icao24[8];
    struct air_section section[RANKS]; uint64_t serial;
};
struct motion { struct point at; struct altitude altitude; bool has_altitude; int64_t time, span; int32_t speed, track, climb; int64_t uncertainty; };
enum twin { NO_TWIN, FIRST_TWIN, SECOND_TWIN };
struct track {
    struct feed *feed; int party; char identity[20], callsign[20]; int64_t time, sequenced, timer, anchored; struct motion last, anchor; bool circle, silent, again; /* again: it was anchored before */
    int32_t speed, course, climb, uncertainty; /* as reported, -1 or INT32_MIN: unknown */
    struct flight *flight; bool joined_by_statement; struct volume tube; bool unsure; /* which report anchors it hangs on a margin */
    uint64_t moved;                  /* order of the report with which it came to another owner without being looked at */
    struct { uint64_t order; bool unsure; struct motion last, anchor; struct volume tube; bool circle; int64_t anchored; } left_behind; /* where it was, before the report of this order made it jump */
    uint64_t retaken;                /* of the step in which its path was taken anew last without a report */
    uint64_t serial;
    bool told_silent, told_twin; enum twin twin; struct track *other /* twin */; int turns; int64_t left; struct point left_at;
};
struct rivalry { struct track *older, *younger; enum answer state, told; }; /* one aircraft on two feeds: are they too far apart? */
struct hold { char id[33]; int party, asked; struct notice *notice; char notice_id[33]; int state, reply, desk; int64_t until, repeat_at, timer; struct wait wait; uint32_t repeats; size_t text; };
enum { H_ASKED, H_STANDING_BY, H_ANSWERED, H_ENDED };
enum due_kind { D_NOTICE, D_ALERT, D_HOLD, D_MESSAGE };
struct alert;
struct due {
    int party, payer; uint64_t place; enum due_kind kind; struct notice *notice; struct alert *alert; struct hold *hold; int steps, desk; int64_t made, deadline, repeat, timer; struct wait wait;
    bool read_back, has_told, told_unsure; uint32_t calls; int64_t start; struct altitude lower, upper; char area[80];
};
enum alert_kind { A_NOTICE_FLIGHT, A_NOTICE_TRACK, A_FLIGHT_FLIGHT, A_TRACK_TRACK, A_FOLDED };
struct alert {
    char id[33]; enum alert_kind kind; int owner, filer; bool withheld; int level; uint32_t folded;
    struct notice *notice; struct flight *own_flight, *other_flight; struct track *own_track, *other_track;
    int was;                         /* its level before it was told last */
    bool hidden;                     /* the other is named by its party alone: which it is was guessed */
    bool gone, ends, owner_ok;       /* an entity of it is no more; told so in this group; its owner owned its track when last looked at */
    int64_t low_at /* since when it may be lower than told */, falls_at /* when it fell by what was found last; NEVER: not by that */, until /* as told */;
    int64_t high_at /* when it was last surely as high as told */, met_at /* last surely met */, maybe_at /* last perhaps met */, no_at /* surely not met since; NEVER: it is */; uint64_t told_order, judged_order;
    int64_t entry, closest; double metres, margin; /* as told */
};
struct pending { struct hash statement; int party; enum kind kind; uint64_t have; int64_t lapses; struct wait wait; int named[SIGNERS_MOST]; int names; };
struct recent { struct hash statement; int party; int64_t time; };
struct settings {
    int64_t immediate, warning, caution, hysteresis, lookahead, tube_hold, track_silent, hold_repeat, query_repeat, separation_cm, separation_height_cm, recovery_delay;
    int64_t step_work;
    int64_t geoid_low, geoid_high, pressure_low, pressure_high, terrain_low, terrain_high;
};
struct expect { int party; json_t *json; int slots /* -1: it is json; else the statement at hand, with these sections */; bool perhaps, met; };
/* Two volumes that meet, or may; of a track's the first is its tube. begin to end: when its path is looked at; surely: it comes near enough on that path;
 * still: not by its path but by its tube, for where it goes is not known. */
struct near { const struct volume *v, *w; double reach; int64_t from, begin, end; enum answer meets; bool surely, still; };
struct dirty { struct notice *notice; struct flight *flight; struct track *track; int only; bool shared; };

struct pair { enum alert_kind kind; int owner; struct notice *notice; struct flight *flight, *other_flight; struct track *track, *other_track; bool withheld, wider /* within the hold of an alert that stands; of flights: told of each other before */; };
struct late { struct pair pair; bool level, swept /* of what a change concerns: perhaps it waits to be put to wait */; uint64_t order; char *words; }; /* what was due and not told: a fault, unless the server says that its search goes on */

/* F3411 */
struct rid_place { struct volume volume; bool unsure; /* what meets it is not judged */ };
struct rid { char id[40]; bool area; char *owner, *url; uint64_t version; int64_t start, end, index; struct rid_place where; };

enum figure { G_RECORDS, G_PARTS, G_SIGNATURES, G_STATEMENTS, G_REFUSED, G_TOLD, G_SECTIONS, G_TICKS, G_SLOTS, G_CHECKPOINTS, G_LEADS, G_DEADLINES, G_PAIRS, G_MEETING, G_ALERTS, G_LEVELS, G_DISTANCES, G_PIECES, G_LEAKS,
              G_EITHER, G_UNJUDGED, G_RIVALS, G_INTENTS, G_CONSTRAINTS, G_SUBSCRIPTIONS, G_USS, G_RIDS, G_MISSING, G_NOTIFIED, G_SHOWN, G_HELD, FIGURES };
struct capacities { uint64_t rows[QUOTAS], parties, doors[5]; }; /* rows of dues: 0, they are computed */
struct audit {
    void (*complain)(void *, const char *); void *context; uint64_t complaints, figure[FIGURES];
    struct hash log; char origin[256]; bool live; char mode[16];
    int64_t tick_ns; int quorum; struct hash log_key, receipt_key; uint32_t slots_log2;
    uint64_t capacity[QUOTAS], parties_most; /* capacity of alerts and dues as computed */
    uint64_t alert_rows;
    struct capacities in_force, wanted; uint64_t wanted_order; /* as stated; the order of the statement that waits, 0: none does */
    struct settings settings; bool dead; /* the genesis was no genesis: nothing can be judged */
    struct hash *blinds; size_t blind_count;
    LIST(struct party) parties; LIST(struct key) keys; LIST(struct agreement) agreements; LIST(struct area) areas; LIST(struct feed *) feeds;
    LIST(struct notice *) notices; LIST(struct flight *) flights; LIST(struct track *) tracks; LIST(struct hold *) holds; LIST(struct due *) dues;
    LIST(struct rivalry) rivalries; LIST(struct alert *) alerts; LIST(struct pending) pending; LIST(struct recent) recent;
    LIST(struct near) near; /* what the last find_pair found */
    LIST(struct expect) expected; LIST(struct dirty) dirty; bool dirty_all, swept /* of an area or a feed: many, one after the other */, counted_anew; int counted_owner, counted_filer; bool counted_withheld; /* only what one folded alert stood for */
    LIST(struct notice *) gone_notices; LIST(struct flight *) gone_flights; LIST(struct track *) gone_tracks; /* in this very group: what is told may still name them */
    LIST(struct record) group; uint64_t order; int64_t time; uint64_t tick; bool unsure, leaf_due; int64_t tick_time; int64_t error_ns; uint64_t serial;
    struct tree tree; LIST(struct hash) roots; /* roots[n]: of the log of n leaves */
    LIST(struct witnessed) witnessed; uint64_t cosigned; /* what witnesses signed last; number of the last one */
    LIST(struct late) late; bool behind; int ticks_behind /* in a row, without a continue between */; uint64_t turn /* of the last that had to wait */, continues, snapshots, snapshot_order; size_t paths_turn; /* the last two: number of the last snapshot, its order while its digest is awaited; behind: something was left when the server last said so */
    LIST(struct rid) rids;
    struct f3548 *f3548;             /* f3548.h; NULL: nothing was said there yet */
    struct bridge *bridge;           /* bridge.h; NULL: nothing of what is released shows there */
    bool crowded;                    /* a tick told so much that its rest comes with the next: what is told is not judged from there on */
    char *bad;                       /* of the record at hand */
};

/* What a handler of a kind has at hand: check decides (NULL, or the word of the refusal), apply changes the model. */
struct step {
    const struct said *s; const struct record *r; int party; int co[SIGNERS_MOST], cos; int key; bool attested;
    struct notice *notice; struct flight *flight; struct track *track; struct agreement *agreement; struct feed *feed; struct hold *hold; struct due *due; struct sealed *sealed;
    int area, subject; int64_t at; int slots; const char *full; /* the table that is full */
    bool marks[6]; bool mark_unsure[6]; /* may be there or not */
    LIST(struct lead) lead; bool early; /* expected in the outcome */
    char detail[256]; bool has_detail, detail_unsure, room_unsure;
};
enum mark { M_NOT_CONTAINED, M_NO_READER, M_LATE, M_FORK, M_SCHEDULE, M_UNSURE };

/* ---- audit.c ---- */
__attribute__((format(printf, 3, 4))) void wrong(struct audit *a, const char *rule, const char *format, ...);
void audit_group(struct audit *a);               /* step.c: judges the records at hand, all of one order number */

/* ---- text.c ---- */
bool hex_read(const char *at, size_t size, void *out, size_t want);
void hex_write(const void *at, size_t size, char *out); /* with end */
bool time_read(const char *text, int64_t *out);  /* RFC 3339 */
void time_write(int64_t t, char out[40]);        /* ms, Z */
bool number_scaled(const json_t *j, int places, int64_t *out); /* half away from zero */
const char *text_of(const json_t *object, const char *member); /* "" when absent */
int64_t scaled_of(const json_t *object, const char *member, int places, int64_t absent);
int64_t time_of(const json_t *object, const char *member, int64_t absent);
bool entity_read(const char *text, char party[NAME], char id[33]);
bool same(const struct hash *a, const struct hash *b);
int64_t lead_ms(int64_t start, int64_t at); /* the start rounded down, the moment up: never better than the truth */
int64_t short_ms(int64_t start, int64_t at, int64_t agreed);
bool bytes_have(const char *at, size_t size, const char *word);
json_t *parse(const char *at, size_t size, bool reals);

/* ---- hash.c ---- */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *at, size_t size);
void digest_end(struct digest *d, struct hash *out); /* and free */
void hash_of(const void *at, size_t size, struct hash *out);
void hash_u64(struct digest *d, uint64_t v);
void tree_add(struct tree *t, const struct hash *leaf);
void tree_add_leaf(struct tree *t, const void *leaf, size_t size);
void tree_root(const struct tree *t, struct hash *out);
void part_hash(const struct part *p, const struct hash *context, struct hash *out);
void hmac(const struct hash *key, const void *at, size_t size, struct hash *out);
bool signature_good(const struct hash *key, const void *text, size_t size, const uint8_t signature[64]);
/* The text of a note (its size), and its lines in order: name, key id, signature. -1: no note. */
struct note_line { char name[256]; uint8_t id[4], signature[64]; };
int note_lines(const char *note, size_t size, size_t *text, struct note_line *out, int room);
bool note_line_of(const struct note_line *l, const char *name, const struct hash *key);

/* ---- record.c ---- */
bool record_read(struct audit *a, int party, const char *json, size_t size, struct record *out);
void record_free(struct record *r);
void record_judge(struct audit *a, struct record *r, const struct said *s); /* hashes, root, leaf; s: NULL for a told one */
const struct part *record_part(const struct record *r, int class_);

/* ---- said.c ---- */
bool said_read(struct audit *a, const struct record *r, struct said *out);
void said_free(struct said *s);
const struct section *said_body(const struct said *s);
void section_context(const struct audit *a, const char *id, const struct hash *keys, int count, struct hash *out);
void readers_read(const json_t *list, struct readers *out);

/* ---- volume.c: volumes as they stand in statements ---- */
bool volumes_read(const json_t *body, bool timeless, struct volumes *out);
void volumes_free(struct volumes *v);
void volumes_copy(const struct volumes *from, struct volumes *to);
bool altitude_read(const json_t *j, struct altitude *out);
bool band_read(const json_t *body, struct altitude *lower, struct altitude *upper);
void volume_cap(struct volume *v);
bool same_footprint(const struct volume *a, const struct volume *b);

/* ---- altitude.c ---- */
void altitude_w84(const struct audit *a, const struct altitude *x, int64_t *low, int64_t *high);
int64_t altitude_gap(const struct audit *a, const struct altitude *al, const struct altitude *au, const struct altitude *bl, const struct altitude *bu);
bool surely_below(const struct audit *a, const struct altitude *x, const struct altitude *y);
bool band_within(const struct audit *a, const struct volume *outer, const struct volume *inner);
void altitude_offsets(const struct audit *a, const struct altitude *x, const struct altitude *y, int64_t *low, int64_t *high); /* of x - y */

/* ---- geometry.c: three answers, by the margins of facts/geometry.md ---- */
double metres_between(struct point a, struct point b);
struct point point_ahead(struct point from, double degrees, double metres);
/* Do the footprints come within `reach` metres? */
enum answer near_enough(const struct volume *a, const struct volume *b, double reach);
double margin_of(const struct volume *a, const struct volume *b, double metres); /* stated for what was measured as so far */
/* Of the footprints' distance; least and most that it may be. */
void footprint_distance(const struct volume *a, const struct volume *b, bool exact, double *least, double *most);
/* Does every point of the inner footprint lie within the outer one? */
enum answer footprint_within(const struct volume *outer, const struct volume *inner);
enum answer volume_within(const struct audit *a, const struct volume *outer, const struct volume *inner); /* time and band too */

/* ---- model.c ---- */
int party_find(const struct audit *a, const char *name);
int key_find(const struct audit *a, int party, const char *name);
bool key_valid(const struct key *k, int64_t at);
bool key_used(const struct audit *a, const struct hash *public_key);
int operator_of(const struct audit *a);
const struct version *in_force(const struct audit *a, int agreement, int64_t at);
bool member_counts(const struct member *m, int64_t at);
bool is_member(const struct audit *a, int agreement, int party, int64_t at);
const struct version *binds_both(const struct audit *a, int agreement, int p, int q);
const struct rule *rule_for(const struct version *v, const char *category);
int agreement_named(const struct audit *a, const char *name);
bool signed_only(const struct audit *a, int party);
void resolve(const struct audit *a, struct readers *r);
bool unknown_to(const struct audit *a, const struct readers *r, int sender);
bool may_read(const struct audit *a, const struct readers *r, int party); /* by what was resolved */
bool room_for(const struct audit *a, int party, enum quota q, uint64_t n, bool reserve);
uint64_t share_of(const struct audit *a, enum quota q);
const char *quota_name(enum quota q);
void take(struct audit *a, int party, enum quota q, uint64_t n);
void give(struct audit *a, int party, enum quota q, uint64_t n);
void volumes_cost(const struct volumes *v, size_t text, uint64_t *volumes, uint64_t *vertices);
struct notice *notice_find(const struct audit *a, int party, const char *id);
struct flight *flight_find(const struct audit *a, int party, const char *id);
struct hold *hold_find(const struct audit *a, int party, const char *id);
struct feed *feed_find(const struct audit *a, int party, const char *name);
struct track *track_find(const struct audit *a, const struct feed *f, const char *identity);
bool notice_stands(const struct notice *n);
bool notice_hazardous(const struct notice *n);
bool flight_stands(const struct flight *f);
bool feed_readable(const struct audit *a, const struct feed *f, int party);
/* Sections of these that a party may read, bit by rank (0 public, 1 parties, 2 own); and those that count for it. */
int notice_readable(const struct audit *a, const struct notice *n, int party);
int flight_readable(const struct audit *a, const struct flight *f, int party);
int notice_ranks(const struct audit *a, const struct notice *n, int party);
int flight_ranks(const struct audit *a, const struct flight *f, int party);
int narrowest(int ranks);

/* ---- expect.c: what must be told ---- */
json_t *told_begin(const char *told);
void put_text(json_t *j, const char *member, const char *value);
void put_party(const struct audit *a, json_t *j, const char *member, int party);
void put_entity(const struct audit *a, json_t *j, const char *member, int party, const char *id);
void put_number(json_t *j, const char *member, double value);
void put_bool(json_t *j, const char *member, bool value);
void put_time(json_t *j, const char *member, int64_t t); /* NEVER: null */
struct expect *must_tell(struct audit *a, int party, json_t *told); /* owns told */
void must_tell_statement(struct audit *a, const struct step *c, int party, int slots);
void must_deliver(struct audit *a, const struct step *c); /* to everybody who may read a section, those sections */
void told_judge(struct audit *a, struct step *c);         /* the told records of the group against what was expected */
void expect_clear(struct audit *a);

/* ---- kinds ---- */
typedef const char *check_fn(struct audit *a, struct step *c);
typedef void apply_fn(struct audit *a, struct step *c);
#define HANDLER(name) check_fn name##_check; apply_fn name##_apply
HANDLER(settings); HANDLER(party); HANDLER(key); HANDLER(key_revoke); HANDLER(key_recover); HANDLER(key_object); HANDLER(agreement); HANDLER(agreement_suspend);
HANDLER(agreement_resume); HANDLER(agreement_leave); HANDLER(area); HANDLER(area_end); HANDLER(feed); HANDLER(notice); HANDLER(notice_activate);
HANDLER(notice_over); HANDLER(notice_cancel); HANDLER(open); HANDLER(flight); HANDLER(flight_activate); HANDLER(flight_end); HANDLER(flight_cancel);
HANDLER(flight_release); HANDLER(join); HANDLER(join_undo); HANDLER(ack); HANDLER(hold); HANDLER(hold_answer); HANDLER(message); HANDLER(clock); HANDLER(frame); HANDLER(tick); HANDLER(continue); HANDLER(snapshot); HANDLER(snapshot_digest);
HANDLER(capacity); HANDLER(grow); HANDLER(bridge); HANDLER(cosigned);
void capacities_read(struct audit *a, const json_t *c);
const char *full(struct step *c, enum quota q);
bool signs(const struct step *c, int party);
const char *stale(const struct step *c, const struct hash *last); /* NULL: prev is right or absent */
void settings_merge(struct settings *s, const json_t *body);
int key_enter(struct audit *a, int party, const char *name, const struct hash *public_key, bool root, bool feeds_only, int64_t from);
int party_enter(struct audit *a, const json_t *founder, int64_t at);
const char *sections_check(struct audit *a, struct step *c, bool flight);
void sections_marks(struct audit *a, struct step *c, const struct air_section *old, bool flight, bool merge);
const char *notice_sections_check(struct audit *a, struct step *c, struct notice *n, bool merge);
void notice_sections_apply(struct audit *a, struct step *c, struct notice *n, bool merge);
void flight_sections_apply(struct audit *a, struct step *c, struct flight *f, bool merge);
void key_is_suspect(struct audit *a, int party, const char *key, int64_t from);
void notice_leads(struct audit *a, struct step *c, struct notice *n, bool merge);
void notice_lead_early(struct audit *a, struct step *c, struct notice *n);
void notice_fired(struct audit *a, struct notice *n);
void flight_fired(struct audit *a, struct flight *f);
void flight_drop_tracks(struct audit *a, struct flight *f);
void flight_takes_tracks(struct audit *a, struct flight *f);
void track_anchor(struct audit *a, struct track *t);
void paths_begin(struct audit *a); /* settings changed */
void paths_go_on(struct audit *a);
int track_owners(const struct audit *a, const struct track *t, int *out, bool *unsure);
void feed_fired(struct audit *a, struct feed *f);
void hold_fired(struct audit *a, struct hold *h);
void due_fired(struct audit *a, struct due *d);
bool due_wanted(const struct due *d);           /* it is to be called */
void agreement_fired(struct audit *a, int agreement);
void pending_fired(struct audit *a, size_t i);
void seal_fired(struct audit *a, int party);
void recovery_fired(struct audit *a, int party);
bool due_room(const struct audit *a, int payer, uint64_t n);
struct due *due_make(struct audit *a, int party, int payer, uint64_t place, enum due_kind kind, int64_t deadline);
void due_told(const struct audit *a, struct due *d, const struct notice *n, int rank);
void dues_drop(struct audit *a, const struct notice *n, const struct alert *alert, const struct hold *h);
void lead_check(struct audit *a, struct notice *n);
uint64_t told_place(const struct audit *a, int party); /* of the statement at hand; UINT64_MAX: not told */

/* ---- place.c: places as the doors of F3548 and F3411 write them; what cannot be kept exactly grows ---- */
bool place_instant(const char *text, bool up, int64_t *out); /* to the nanosecond */
bool place_outward(const json_t *j, int places, bool up, int64_t *out);
/* A circle or a polygon, which stands as `polygon`. *unsure: what meets it is not judged. */
bool place_outline(const json_t *volume, const char *polygon, struct volume *out, bool *unsure);

/* ---- f3548.c ---- */
void f3548_judge(struct audit *a, const struct step *c);
void f3548_ticked(struct audit *a);
void f3548_free(struct audit *a);
struct room { int64_t references, subscriptions, footprints, points, list /* bytes in a list of whom to notify */; }; /* of a manager's share */
enum answer f3548_full(const struct audit *a, const char *manager, const struct room more[2], const struct room less[2]); /* at the least, at the most; f3548_room.c; of F3411, too */
struct room rid_room(const struct rid_place *where, const char *url, bool area);

/* ---- bridge.c: what is released to the world ---- */
void bridge_judge(struct audit *a, const struct step *c); /* behind each statement */
void bridge_free(struct audit *a);

/* ---- rid.c: F3411 ---- */
void rid_judge(struct audit *a, const struct step *c);
void rid_free(struct audit *a);

/* ---- heed.c ---- */
int64_t silent_after(const struct audit *a);
int64_t track_due(const struct audit *a, const struct track *t); /* silent then, or forgotten */
enum answer leaps(int64_t time, struct point from, int64_t then, struct point to);
void rivals_compare(struct audit *a, struct track *t);
struct track *twin_pick(struct track *first, struct track *second, int64_t time, struct point at, bool *unsure);
bool twin_turns(struct track *t, int64_t time, struct point at, bool *unsure);
void twins_begin(struct audit *a, struct track *first, struct track *second);
void track_fired(struct audit *a, struct track *t, int64_t at);
void track_gone(struct audit *a, struct track *t);
void feed_silence_tell(struct audit *a, const struct feed *f);
void feed_reported(struct audit *a, struct feed *f, unsigned untracked);

/* ---- conflict.c, alert.c ---- */
/* entry_first: at the earliest, entry_last: at the latest (NEVER: perhaps not at all). unlikely: within the tube, not on the path, at most an
 * advisory; likely: surely on the path. */
int64_t larger(int64_t x, int64_t y);
struct finding { enum answer meets; int64_t entry_first, entry_last; bool likely, perhaps_likely, undisclosed, unsure; };
void find_pair(struct audit *a, const struct pair *p, struct finding *out);
struct point point_of(const struct motion *m, double seconds); /* so long after its time */
void distance_judge(struct audit *a, const struct alert *x, const struct pair *p, const char *name); /* of the pair that was looked at last */
void touch_notice(struct audit *a, struct notice *n);
void touch_flight(struct audit *a, struct flight *f);
void touch_track(struct audit *a, struct track *t, int only);
void touch_shared(struct audit *a, struct flight *f); /* a track of it was joined, a feed has other readers: what was withheld may be told now */
bool on_shared_feed(const struct audit *a, const struct flight *x, const struct flight *y);
void alerts_take(struct audit *a);   /* from the told records of the group */
void alerts_judge(struct audit *a, bool tick);
void late_judge(struct audit *a, bool continued); /* a tick or a continue says that nothing is left */
void late_clear(struct audit *a);
void graves_clear(struct audit *a);
void alerts_forget(struct audit *a, const struct notice *n, const struct flight *f, const struct track *t);
void leaks_judge(struct audit *a);   /* owner first */

#endif
