/* Internal to src/core: every row of the state, and the helpers that every handler uses. Rows are plain, of fixed size, without
 * pointers (row numbers instead), so that digest and snapshot are simple. A row number shows nowhere outside: whatever leaves
 * (effects, views, digest) is ordered by id or by `serial`, never by row, else another party's hidden rows would show in it.
 *
 * Two phases: check_X computes everything, reserves nothing but verifies that rows, quotas and effects suffice, and may refuse; apply_X
 * cannot fail. Helpers marked [check] change nothing; helpers marked [apply] assert instead of failing. */
#ifndef PARLEY_CORE_TABLES_H
#define PARLEY_CORE_TABLES_H

#include <assert.h>

#include "core/grid.h"
#include "core/state.h"
#include "geo/box.h"
#include "geo/meet.h"
#include "geo/sure.h"

typedef uint32_t row;
#define ROW_NONE UINT32_MAX

/* ---- tables: row 0..capacity-1, free rows chained in `next`; one hash index each (chains in `next` too) ---- */
/* Nothing of what is not in use yet is written to: a start need not go through memory for tables that are mostly empty. */
struct hash_link { row next; uint32_t code; }; /* code: the hash that a row stands under; beside each other, for who reads one reads the other */
struct hash_index { row *bucket /* plus 1; 0: none */; struct hash_link *link; uint32_t mask; };
static inline row hash_index_chain(const struct hash_index *x, uint32_t code) { return x->bucket[code & x->mask] - 1; } /* ROW_NONE at its end */
struct table {
    unsigned char *rows; size_t each;
    bool *live, aged; row *free_next /* of a table without ages */; row free, fresh; /* fresh: the first that was never taken; the list of free ones ends there */
    uint32_t capacity, used, leaving; /* leaving: not live any more, and not yet to be taken */
    struct hash_index by_id; /* entity tables: table_code_entity */
    struct { row older, newer; } *age; row oldest, newest; /* of some: live rows in the order in which they were taken; NULL: of others */
    row *oldest_of, *newest_of; /* [parties], of some of these: each party's rows are a list of their own (table_join); NULL: of others */
};
static inline void *table_at(const struct table *t, row r) {
    assert(r < t->capacity && t->live[r]);
    return t->rows + (size_t)r * t->each;
}
static inline row table_row(const struct table *t, const void *at) {
    size_t r = (size_t)((const unsigned char *)at - t->rows) / t->each;
    assert(r < t->capacity && t->live[r]);
    return (row)r;
}
row table_take(struct table *t);                       /* [apply] zeroed; asserts that there is one */
void table_drop(struct table *t, row r);               /* not in an index any more */
/* The same in two steps, of a table without ages: it does not count from now on; it may be taken again. Its bytes stay between the two. */
void table_leaving(struct table *t, row r);
void table_left(struct table *t, row r);
/* The first live row from `r` on; ROW_NONE: none. Eight at a time: tables are large and mostly empty. */
row table_next(const struct table *t, row r);
/* Rows in the order in which they were taken, which is that of their serials; of notices, flights and tracks those of a party. ROW_NONE at the end. A row that is
 * dropped meanwhile must not be gone on from. */
static inline row table_oldest(const struct table *t) { return t->oldest; }
static inline row table_oldest_of(const struct table *t, uint16_t party) { return t->oldest_of[party]; }
void table_join(struct table *t, row r, uint16_t party);  /* [apply] the newest of this party's, once it is known whose it is */
void table_leave(struct table *t, row r, uint16_t party); /* [apply] before it is dropped */
static inline row table_newer(const struct table *t, row r) { return t->age[r].newer; }
void hash_index_put(struct hash_index *x, row r, uint32_t code);
void hash_index_remove(struct hash_index *x, row r);
row hash_index_first(const struct hash_index *x, uint32_t code); /* candidates of that code, then … */
row hash_index_more(const struct hash_index *x, row r);          /* … the next with the same code; ROW_NONE at the end */
uint32_t table_code(const void *bytes, size_t size);
uint32_t table_code_entity(uint16_t party, const struct id *id);
/* Live rows in ascending order of `compare(a, b)` (rows' bytes) into st->work_rows; returns how many. */
uint32_t table_sorted(const struct table *t, int (*compare)(const void *, const void *), row *out);

/* ---- quotas: share of a party = capacity / capacity.parties, for each of: ---- */
enum quota {
    QUOTA_KEYS, QUOTA_AGREEMENTS, QUOTA_AREAS, QUOTA_FEEDS, QUOTA_NOTICES, QUOTA_FLIGHTS, QUOTA_VOLUMES, QUOTA_VERTICES /* in
    chunks' worth: rounded up to 16 per volume or text */, QUOTA_TRACKS, QUOTA_ALERTS, QUOTA_PENDING, QUOTA_RECENT, QUOTA_HOLDS,
    QUOTA_DUES, QUOTAS
};
/* [check] Is there room for n more rows of that table for this party? Ordinary use stops an eighth (at least 1 where the share is
 * 8 or more) short; `reserve` (notices, acknowledgements, messages) may use all of it. */
bool quota_room(const struct state *st, uint16_t party, enum quota q, uint32_t n, bool reserve);
void quota_take(struct state *st, uint16_t party, enum quota q, uint32_t n); /* [apply] */
void quota_give(struct state *st, uint16_t party, enum quota q, uint32_t n);
uint32_t quota_share(const struct state *st, enum quota q);
const char *quota_name(enum quota q); /* "notices": `detail` of REASON_FULL */

/* ---- readers of a section, resolved when the section came: parties and agreements are never removed, so rows are stable ---- */
struct reader_ref { uint8_t kind; uint16_t ref; }; /* enum reader_kind; ref: agreement row or party */
struct reader_set { uint16_t count; struct reader_ref at[LIMIT_READERS]; };
/* Unknown names are left out. True when one was, or names an agreement that the sender may not know of: then the mark OUTCOME_MARK_NO_READER
 * tells nobody that there is one. Its parties read all the same. Sorted, each once. */
bool reader_set_resolve(const struct state *st, const struct section *s, uint16_t sender, struct reader_set *out);
bool reader_known(const struct state *st, const struct reader *r, uint16_t sender);
/* May `party` read it now? The sender itself and the operator always may: callers check that. PARTY_NONE: world only. */
bool reader_set_has(const struct state *st, const struct reader_set *set, uint16_t party);

/* ---- parties ---- */
struct desk_row { struct name name; };
struct sealed_row {              /* a sealed statement, unopened; `used` false = free. One `open` opens it: what that leaves sealed stays so */
    bool used;
    struct hash statement, context; /* hash of its text; part_section_context of it */
    enum statement_kind kind;
    bool has_on; struct entity_ref on;
    struct hash commit[LIMIT_SECTIONS];
    uint8_t missing;             /* bit per slot that may still be opened (came without section) */
    instant open_by;
    uint64_t order, place, serial; instant time;
    bool told_late;              /* TOLD_UNOPENED was sent */
};
struct party_row {
    struct name name;
    bool operator_;
    uint8_t desk_count; struct name desk[LIMIT_DESKS];
    char zone[64]; uint8_t zone_size;
    char display[128]; uint8_t display_size;
    row root;                    /* key row of the root key in force */
    uint64_t stream_size;
    uint64_t entered_order; instant entered;
    uint32_t used[QUOTAS];
    struct sealed_row sealed[LIMIT_SEALED_UNOPENED];
    uint64_t seals_opened, seals_late; /* for evidence */
    struct hash last_statement;  /* of party/key kinds: their `prev` */
    bool recovering; struct name recover_key; struct hash recover_root; instant recover_at; struct hash recover_statement;
    uint64_t forks;              /* `seen` marks that were no prefix */
};
/* A key: never removed, for a name and a public key are used once per log. */
struct key_row {
    uint16_t party; struct name name; struct hash public_key;
    bool root, feeds_only, revoked;
    instant from, revoked_at, suspect_from;
    uint64_t serial;
};

/* ---- agreements ---- */
struct agreement_member { uint16_t party; instant suspended_from, leaves_at; /* INSTANT_NONE: not */ };
struct agreement_version {
    bool used;
    uint32_t version;
    instant from, until;
    int64_t separation_cm, separation_height_cm;
    bool tell_undisclosed, signed_only;
    uint32_t withdraw_notice_s;
    uint16_t member_count; struct agreement_member member[LIMIT_AGREEMENT_PARTIES]; /* ascending by party */
    uint16_t rule_count; struct category_rule rule[LIMIT_AGREEMENT_CATEGORIES];
    struct hash statement;
};
struct agreement_row {
    struct id id; uint16_t party;   /* entity "<party>/<id>"; party = whose quota pays */
    struct name name; uint64_t serial;
    uint32_t current;               /* highest version signed */
    struct agreement_version version[LIMIT_AGREEMENT_VERSIONS];
    struct hash last_statement;
};
/* The version in force at `at`: the highest with from <= at, if not past `until` and at least two members neither suspended nor gone;
 * NULL when none is. */
const struct agreement_version *agreement_in_force(const struct state *st, row agreement, instant at);
/* Is the party a member at `at` (in force, not suspended, not gone)? */
bool agreement_has(const struct state *st, row agreement, uint16_t party, instant at);
bool agreement_member_counts(const struct agreement_member *m, instant at); /* neither suspended nor gone then */
/* Its rule for a category: the one of that name, else "default", else NULL. */
const struct category_rule *agreement_rule(const struct agreement_version *v, const struct name *category);
row agreement_find_name(const struct state *st, const struct name *name);
/* Agreements (rows) in force now of which `party` is a member, ascending by name; at most `room`. */
uint32_t agreements_of(const struct state *st, uint16_t party, instant at, row *out, uint32_t room);
bool agreement_both(const struct state *st, uint16_t a, uint16_t b, instant at, row *agreement); /* first by name that binds both */

struct area_row {
    struct id id; uint16_t party; uint64_t serial;
    char name[LIMIT_AREA_NAME]; uint8_t name_size;
    row volume; uint32_t volume_count;
    struct reader_set readers; struct hash last_statement; uint64_t order;
};
/* [check] Parties responsible at a position and W84 height interval now, ascending, each once. */
uint32_t area_responsible(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room);
/* The same for a place and a height. In: how far around it matters, out: how far around it is for certain the same at this time, at heights up to
 * `height_cm` above and below, too. */
uint32_t area_responsible_around(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room, int32_t height_cm, int64_t *sure_cm);

struct feed_row {
    uint16_t party; struct name name; uint64_t serial;
    struct reader_set readers; struct hash last_statement;
    uint64_t number; instant last, last_time; /* last frame: number, when sequenced, its own time */
    bool silent;                              /* TOLD_SILENT was sent */
    uint8_t sweep;                            /* enum sweep_what: its tracks are looked at anew while the sweep of its party's runs */
    uint32_t track_count;
    uint64_t shed; instant shed_last;         /* reports that the server did not take in, ever; when the last of them */
    uint64_t untracked; instant untracked_last; bool untracked_told; /* reports that opened no track, since they last all did; the last of them */
    /* The last frames and their places, so that one sent again after a lost answer is told its own; `frames` counts all there ever were. */
    struct { uint64_t number, place; } frame[LIMIT_FRAME_REPEATS]; uint64_t frames;
};
row feed_find(const struct state *st, uint16_t party, const struct name *name);
void feed_index(struct state *st, row r); /* [apply] into the hash index, by its fields */

/* ---- the pool of volumes, vertices and texts ---- */
enum owner_kind { OWNER_NOTICE, OWNER_FLIGHT, OWNER_AREA, OWNER_TRACK };
#define CHUNK_VERTICES 16
struct chunk { union { struct position at[CHUNK_VERTICES]; char text[CHUNK_VERTICES * sizeof(struct position)]; } u; row next; };
struct volume_row {
    uint8_t owner_kind, slot; row owner; uint16_t party; /* who pays */
    uint8_t shape; uint32_t count; int64_t reach_cm; row chunk; /* first; */
    struct altitude lower, upper;
    row piece, whole;               /* a long one is cut, in the index alone: the next of its pieces; of a piece: the volume, which is no piece */
    instant start, end;
    /* Of a notice: what its sender stated; start and end above are then what holds now (pulled forward, open, or with the tail).
     * last_window: no later volume of its section has the same footprint, so it stays hazardous until OVER. idle: not hazardous any more. */
    instant stated_start, stated_end; bool last_window, idle;
    row next;                       /* of the same owner and slot, in the order they came */
    uint32_t number;                /* its position there, from 0 */
};
/* New offsets on their way through the index: a memo, no part of the state (pool_index.c). */
struct reindexing { bool under_way; row next; int64_t below_cm, above_cm; };
/* [check] Rows that these volumes would take, in units of the quotas: a long one counts once for each piece in the index (box_pieces). */
void pool_cost(const struct volume *v, uint32_t n, uint32_t *volumes, uint32_t *vertices);
bool pool_room(const struct state *st, uint16_t party, const struct volume *v, uint32_t n, uint32_t text_bytes, bool reserve);
/* [apply] Stores n volumes as a chain (order kept), puts each into st->index under its row number (further pieces under theirs) with the box of the bare volume (no
 * reach: queries grow), takes the quotas. `*first` = ROW_NONE when n is 0. */
void pool_volumes_store(struct state *st, enum owner_kind kind, row owner, uint16_t party, uint8_t slot, const struct volume *v,
                        uint32_t n, row *first);
/* [apply] All pieces of a volume into the index, as its times and the settings are now; and out of it. Their rows stay. */
void pool_index_put(struct state *st, row r);
void pool_index_drop(struct state *st, row r);
/* index_query of the boxes as they are now: in no order, pieces of a volume under rows of their own (row owner_kind, owner and whole are true of all). Whatever
 * asks st->index asks through this. */
void pool_index_query(struct state *st, const struct box *b, index_visit visit, void *context);
void pool_release(struct state *st, row first); /* the chain: out of the index, rows and quotas given back; ROW_NONE: nothing */
/* The volume as geo wants it; vertices are copied to `room` (LIMIT_VERTICES positions; st->work_positions_* are at hand). */
void pool_volume_view(const struct state *st, row volume, struct position *room, struct volume *out);
/* Texts in chunks of the same pool (128 bytes each, counted as 16 vertices): free text of notices and the like. */
struct text_ref { row chunk; uint32_t size; };
struct text_ref pool_text_store(struct state *st, uint16_t party, struct text t); /* [apply] */
void pool_text_release(struct state *st, uint16_t party, struct text_ref t);
struct text pool_text_view(const struct state *st, struct text_ref t, char *room); /* room for t.size bytes, <= LIMIT_TEXT_FIELD */
void pool_text_append_json(const struct state *st, struct text_ref t, struct append *out); /* as JSON string */
/* Rows of volumes whose stored box meets `b`, ascending by (owner kind, serial of the owner, slot, number); returns how many, all of them
 * (st->work_rows has room for every volume). */
uint32_t pool_query(struct state *st, const struct box *b, enum owner_kind kind, row *out);
uint64_t pool_owner_serial(const struct state *st, const struct volume_row *v);

/* ---- notices, flights, tracks, alerts, holds, dues: the rows of watch.h ---- */
/* notice.c draws the moves. UNCONFIRMED: its end has come without OVER, it stays hazardous. CLOSED: the tail is over too. */
enum notice_state { NOTICE_FILED, NOTICE_ACTIVE, NOTICE_UNCONFIRMED, NOTICE_OVER /* tail runs */, NOTICE_CLOSED, NOTICE_CANCELLED, NOTICE_STATES };
/* Sections stand under their rank: a higher one is the narrower (own within parties within public). */
enum section_rank { RANK_PUBLIC, RANK_PARTIES, RANK_OWN, RANKS };
struct notice_section {
    bool present; uint8_t slot;
    struct reader_set readers;
    char area[LIMIT_AREA_NAME]; uint8_t area_size;
    struct name category; uint32_t marks;
    struct text_ref text;
    row volume; uint32_t volume_count;
};
/* How far a claim was told: one per agreement that judges the notice, by the version in force when it was sequenced. */
struct notice_lead {
    row agreement; uint32_t version; uint8_t binds; bool judged, delivered_told, read_back_told;
    instant start, sequenced; int64_t agreed_ns; uint32_t pieces;
};
struct notice_row {
    struct id id; uint16_t party; uint64_t serial;
    uint8_t state; bool sealed, schedule_unread, attested, not_contained;
    struct hash last_statement, filed_statement /* of the present version */; uint64_t filed_order, order, place; /* place: of the last change in its sender's stream */
    struct name key;                /* signer's key of OVER/cancel: suspect keys */
    uint32_t version;
    int64_t tail_ns;                /* the longest tail that an agreement in force gave it while it stood */
    instant filed, activated, over, tail_until, ends /* latest end of its volumes */, queried;
    uint32_t queries;
    bool hazard_again;              /* ended by a key that became suspect: hazardous until said OVER anew */
    row due;                        /* first of the dues of its present version */
    struct notice_lead lead[LIMIT_AGREEMENT_PARTIES]; uint8_t lead_count;
    struct notice_section section[RANKS];
};
enum flight_state { FLIGHT_FILED, FLIGHT_ACTIVE, FLIGHT_ENDED, FLIGHT_CANCELLED, FLIGHT_STATES };
struct flight_section {
    bool present; uint8_t slot;
    struct reader_set readers;
    char callsign[16], registration[16], aircraft_type[16]; uint8_t callsign_size, registration_size, aircraft_type_size;
    uint32_t icao24; int32_t persons_on_board; uint8_t priority;
    row volume; uint32_t volume_count;
};
struct flight_row {
    struct id id; uint16_t party; uint64_t serial;
    uint8_t state; bool not_contained, sealed;
    struct hash last_statement, filed_statement; uint64_t order, place; uint32_t version;
    instant filed, activated, ended, ends;
    uint32_t icao24;                /* as its own party reads it; 0 none. Live flights with one stand in watch.flight_by_icao */
    uint64_t releases; row tracks;  /* joined to it, in no order (of_flight) */
    struct flight_section section[RANKS];
};
enum track_flag { TRACK_DUPLICATE = 1, TRACK_LATE = 2, TRACK_JUMP = 4, TRACK_ELSEWHERE = 8 /* same identity on another feed */,
                  TRACK_CLOCK = 16 /* its times are far from ours */ };
/* A motion (geo/meet.h) in few bytes, and of the tube that was made from it what says whether there is one: shape and number of positions, 0: none. circle: speed or
 * direction unknown. */
struct anchor {
    instant time; int64_t span; struct position at;
    int32_t altitude_cm, speed_cms, track_mdeg, climb_cms, uncertainty_cm;
    uint8_t reference; bool circle; uint8_t kind, count;
};
/* Who is responsible around the place where a track was anchored, so far as it is for certain the same: a memo, no part of the state, all zero after a start. Void when
 * an area has changed, or begun or ended (watch.area_changes). */
struct responsible { uint32_t changes; uint16_t within /* 64 m */, height_cm, party[LIMIT_RESPONSIBLE_PARTIES]; /* the rest PARTY_NONE */ };
/* In the order in which it is needed, for a million rows wait for memory: what is asked of whatever is near another track; what a report looks at and changes; the rest. */
struct track_row {
    struct anchor anchor;           /* what the tube was made from */
    struct sure_tube sure;          /* of the anchor: what is sure without asking the tube; a memo, all zero after a start */
    uint16_t party;                 /* the feed's party, who pays */
    uint64_t serial;
    row feed, flight;               /* joined to, or ROW_NONE */
    char identity[16]; uint8_t identity_size, callsign_size;
    uint8_t flags;                  /* enum track_flag */
    bool silent, joined_by_statement;
    uint8_t told;                   /* bit per enum track_told: of what its party and others were last told that it is so */
    uint8_t twin, turns;            /* twin.c: enum track_twin; how often in a row it came back to where it was */
    uint8_t slot;                   /* rival.c: among the tracks of its identity */
    bool has_altitude; uint8_t reference; int32_t altitude_cm; /* of the last position, as are: */
    instant time, sequenced; struct position at; int32_t speed_cms, track_mdeg, climb_cms, uncertainty_cm;
    instant anchored;
    struct responsible responsible;
    /* Where it may be: a corridor from where it was anchored through up to three more positions, or a circle around that. Its band follows from the anchor (tube.c);
     * st->tubes has its box. */
    instant until; struct position beyond[3]; int32_t reach_cm;
    uint32_t rivals, rivals_told;   /* rival.c: bit per slot of the tracks of its identity on other feeds that are elsewhere; and of those, as told */
    uint32_t duplicates, late, jumps;
    instant left; struct position left_at; /* twin.c: the place to which it may come back, and when it was there */
    uint64_t joined_order;
    char callsign[16];
    row of_flight[2];               /* next and previous of its flight's; ROW_NONE */
};
static inline struct motion track_motion(const struct track_row *t) {
    const struct anchor *a = &t->anchor;
    return (struct motion){.at = a->at, .altitude = {a->altitude_cm, a->reference}, .time = a->time, .span = a->span, .speed_cms = a->speed_cms, .track_mdeg = a->track_mdeg,
                           .climb_cms = a->climb_cms, .uncertainty_cm = a->uncertainty_cm};
}
static inline struct altitude track_altitude(const struct track_row *t) { return (struct altitude){t->altitude_cm, t->reference}; }
enum track_told { TRACK_TOLD_SILENT = 1, TRACK_TOLD_TWIN = 2 };
/* An identity that two aircraft use at once has two tracks on its feed; the second is never found by identity alone. */
enum track_twin { TWIN_NONE, TWIN_FIRST, TWIN_SECOND, TWINS };
/* a is what is met, b what meets it: notice+flight, notice+track, flight+flight (b the owner's), track+track (b the owner's). */
enum alert_kind { ALERT_NOTICE_FLIGHT, ALERT_NOTICE_TRACK, ALERT_FLIGHT_FLIGHT, ALERT_TRACK_TRACK, ALERT_FOLDED };
enum alert_level { LEVEL_NONE, LEVEL_ADVISORY, LEVEL_CAUTION, LEVEL_WARNING, LEVEL_IMMEDIATE };
struct alert_row {
    struct id id;                   /* the owner's count of its alerts, so that it names nothing hidden */
    uint8_t kind, level, told_level; uint16_t owner /* to whom it is told */, filer /* on whose account */;
    row a, b;                       /* folded: ROW_NONE */
    uint64_t serial; uint32_t folded, told_folded;
    instant began, changed, entry, closest, until; /* until: the end of the common time */
    instant lower_since;            /* the level is lower, or the conflict over, since then; INSTANT_NONE: it is not */
    instant over_since;             /* there is no conflict since then; INSTANT_NONE: there is */
    int64_t distance_cm, margin_cm, height_gap_cm;
    row due; bool withheld, undisclosed /* the other is named by its party alone */;
};
enum hold_state { HOLD_ASKED, HOLD_STANDING_BY, HOLD_ANSWERED, HOLD_ENDED, HOLD_STATES };
struct hold_row {
    struct id id; uint16_t party /* asks */, asked; row notice /* ROW_NONE when that is gone */; uint64_t notice_serial, serial;
    struct id notice_id;
    uint8_t state, reply, desk; instant until, made, repeat_at; uint32_t repeats;
    struct text_ref text; struct hash last_statement; row due;
};
/* Something told that wants steps of the ladder. */
enum due_kind { DUE_NOTICE, DUE_ALERT, DUE_HOLD, DUE_MESSAGE };
struct due_row {
    uint16_t party, payer; uint64_t place; /* of the told record in party's stream; the key of by_id: (party, place) */
    uint8_t kind; row ref; uint64_t ref_serial, serial;
    uint8_t steps;                  /* bit per enum ack_step that was made */
    uint8_t desk;                   /* index of the desk called now */
    instant made, deadline;         /* INSTANT_NONE: no read-back wanted */
    int64_t repeat_ns;
    instant received, read_back;
    uint32_t mismatches, escalations;
    bool has_told; instant start; struct altitude lower, upper; char area[LIMIT_AREA_NAME]; uint8_t area_size; /* what is to be read back */
    row next, previous;             /* dues of the same ref, as its owner chains them */
};

/* ---- waiting notes, statements seen, timers ---- */
struct pending_row {
    struct hash statement; uint16_t party /* pays */, place_party; uint64_t serial, place, order; instant time, lapses;
    enum statement_kind kind; struct id id; bool has_on; struct entity_ref on;
    uint32_t have[LIMIT_SIGNERS / 32]; uint16_t signer_count;
    row key[LIMIT_SIGNERS]; uint16_t signer_party[LIMIT_SIGNERS]; /* ROW_NONE/PARTY_NONE: enters by this statement */
    struct name key_party[LIMIT_SIGNERS], key_name[LIMIT_SIGNERS];
};
struct recent_row { struct hash statement; uint16_t party; uint64_t place, order; instant time; row older, newer; };

enum timer_kind { /* order of timers of one instant; one timer per (kind, row) */
    TIMER_AGREEMENT, TIMER_RECOVERY /* row = party */, TIMER_PENDING, TIMER_SEALED /* row = party: its earliest open_by */,
    TIMER_NOTICE, TIMER_FLIGHT, TIMER_TRACK, TIMER_FEED, TIMER_ALERT, TIMER_HOLD, TIMER_DUE, TIMER_KINDS
};
#define TIMER_SERIAL_BITS 48
struct __attribute__((packed, aligned(4))) timer { instant at; uint64_t serial : TIMER_SERIAL_BITS, party : 12 /* whose it is */, kind : 4; row r; }; /* there is one for each row */
/* [apply] Sets or moves the timer of (kind, row). `serial`: of the row, breaks ties (never the row number: see head). */
void timer_set(struct state *st, enum timer_kind kind, row r, uint64_t serial, instant at);
void timer_cancel(struct state *st, enum timer_kind kind, row r); /* none set: nothing */
bool timer_get(const struct state *st, enum timer_kind kind, row r, instant *at); /* of one that waits, too */
/* A heap for each party, as large as its shares of the tables allow, and a tournament of their first ones. Whose: who pays for the row. */
struct timer_heaps { uint32_t each, *used /* [parties] */; bool *held /* no part of the tournament */; uint16_t *first; uint32_t leaves; };
/* Due at a tick, and more than what is fired of one party and kind in a step: they wait, the first to fall due first, and a `continue` fires as many again. */
struct due_timer { struct timer t; uint32_t next, previous; };
struct due_timers {
    struct due_timer *at; uint32_t free, fresh, count; /* LIMIT_TICK_TIMERS */
    uint32_t *first, *last, *fired; /* [TIMER_KINDS * parties]: queues; how many of each in this step */
    uint32_t *waiting, *looked;     /* [parties], by who pays: how many wait; looked at in this step, in LIMIT_TICK_LOOK */
    bool more;                      /* and some are due that nobody has looked at yet */
};
bool timer_waits(const struct state *st, enum timer_kind kind, row r);

/* ---- effects ---- */
/* Emits one effect into `party`'s stream: begin, append the members ("\"alert\":…", no braces, no comma at either end), end: gives its
 * place. `desk` may be NULL. At most LIMIT_EFFECT_BYTES bytes each (asserted): cut texts before. */
struct append *tell_begin(struct state *st, struct effects *fx, enum told_kind kind, uint16_t party, const struct name *desk);
uint64_t tell_end(struct state *st, struct effects *fx);
uint32_t tell_left(const struct state *st, const struct effects *fx); /* how many more fit into this step */
uint64_t tell_statement(struct state *st, struct effects *fx, uint16_t party, uint8_t sections); /* TOLD_STATEMENT; merged when told twice */
/* Place that `party` was told the current statement at (by deliver_sections), for dues. false: it was not. */
bool told_statement_place(const struct effects *fx, uint16_t party, uint64_t *place);

/* ---- the step ---- */
struct step {                       /* what check hands to apply */
    struct outcome *out;
    uint16_t party;                 /* whose statement: signers' party, attested party; operator for S */
    uint16_t co[LIMIT_SIGNERS]; uint16_t co_count; /* other parties that signed, ascending (agreement, party, area, join, recover) */
    row key;                        /* key row of the first signer or of the session; ROW_NONE when there is none */
    bool attested;
    row entity;                     /* set by check: row of `on`, ROW_NONE when it is new */
    row r[4]; uint64_t n[8]; void *plan; /* free for the handler; plan: memory of st, valid in one step */
};
/* Refuses: sets reason and detail, returns false. */
__attribute__((format(printf, 3, 4))) bool refuse(struct step *c, enum reason why, const char *format, ...);
/* Kinds marked "new" (FORMAT.md) may come without `on`: step.c then sets it to <party>/<id of the statement> before check, so every handler
 * whose kind needs an entity finds s->has_on true. Common forms:
 *   entity_party: the party of s->on, PARTY_NONE; step_prev: prev given and not equal to last -> REASON_STALE. */
uint16_t entity_party(const struct state *st, const struct statement *s);
bool step_prev(struct step *c, const struct statement *s, const struct hash *last);
const struct section *section_named(const struct statement *s, const char *name); /* NULL */
const struct section *section_one(const struct statement *s);                     /* the only section, or NULL */
/* [apply] Each party that may read at least one section and is not a sender is told once, with the mask. Called by step.c after apply of
 * kinds marked so in its table: a handler that needs the place for a due calls it itself first (a second call does nothing). */
void deliver_sections(struct state *st, const struct statement *s, struct step *c, struct effects *fx);

/* The last cosignature of each witness (cosigned.c). */
struct cosigned_row { char name[LIMIT_WITNESS_NAME]; uint8_t name_size; struct hash key; uint64_t size, seconds; struct hash root; uint8_t signature[64]; };
struct cosigned { uint64_t number; uint16_t count; struct cosigned_row of[LIMIT_WITNESSES]; }; /* number: of the last `cosigned`; of: as they first came */

struct alarm { uint32_t forks, late_seals; };
struct state {
    struct hash log; struct text origin; char origin_bytes[256]; bool live;
    struct capacity capacity;       /* in force */
    struct capacity wanted; uint64_t wanted_order; /* stated and waiting, and the statement that said so; 0: nothing waits, both are equal */
    struct capacity room;           /* that memory is taken for: never less than what is in force, and no part of what the state means */
    struct body_settings settings;  /* complete: no INT64_MIN left */
    int64_t tick_ns; uint32_t recovery_quorum;
    struct hash log_key, receipt_key;
    uint64_t snapshots, snapshot_order; /* number of the last `snapshot`; its order, 0: its digest has been said */
    struct cosigned cosigned;
    uint64_t order, tick, serial;   /* serial: next number for a row, see head */
    instant time, ticked;           /* of the last statement; of the last tick: all that a view may show */
    bool unsure; int64_t clock_error_ns; instant unsure_since;
    uint16_t party_count, operator_;
    struct party_row *parties;      /* [room.parties], index = party */
    struct hash_index party_by_name;
    struct table keys, agreements, areas, feeds, volumes, chunks, notices, flights, tracks, alerts, holds, dues, pending, recent;
    struct hash_index key_by_public, agreement_by_name; /* keys.by_id: (party, name); feeds.by_id: (party, name) */
    struct index *index; struct reindexing reindexing; /* items = rows of `volumes` */
    struct grid *tubes; struct reindexing tubes_moving; /* items = rows of `tracks` that have one */
    row recent_oldest, recent_newest, recent_gone /* the first that is too old and still in the hash index; a memo */;
    uint32_t *alert_pair;           /* [room.parties * room.parties]: live alerts of (owner, filer) */
    struct timer_heaps heaps;
    struct timer *heap; uint32_t heap_count, heap_room; uint32_t *heap_at[TIMER_KINDS]; /* position+1 of (kind,row); 0 = none; above UINT32_MAX - LIMIT_TICK_TIMERS: it waits in due */
    struct due_timers due;
    struct effects effects; struct append effect_json; bool delivered; uint32_t delivered_count;
    /* work memory, valid within one step; its size is known at the start */
    row *work_rows, *work_rows_2;   /* room for the largest table each */
    struct position *work_positions_a, *work_positions_b; /* LIMIT_VERTICES each */
    row *area_rows; struct position *area_positions; /* of area_responsible, which may be called while the others are in use */
    struct position *pool_positions; uint64_t box_tests;  /* pool.c's own; boxes looked at, for gates (no part of the digest) */
    unsigned char *plan; size_t plan_size;               /* for step.plan: STEP_PLAN_BYTES */
    struct watch *watch;            /* further memory of the watch (watch_layout) */
    struct dss *dss;                /* the store of the drone world's doors (dss_store.h) */
};
#define STEP_PLAN_BYTES (256 * 1024)
static inline uint64_t state_serial(struct state *st) { return ++st->serial; }

static inline struct volume_row *volume_at(const struct state *st, row r) { return table_at(&st->volumes, r); }
static inline struct key_row *key_row_at(const struct state *st, row r) { return table_at(&st->keys, r); }
static inline struct agreement_row *agreement_at(const struct state *st, row r) { return table_at(&st->agreements, r); }
static inline struct area_row *area_at(const struct state *st, row r) { return table_at(&st->areas, r); }
static inline struct feed_row *feed_at(const struct state *st, row r) { return table_at(&st->feeds, r); }
static inline struct notice_row *notice_at(const struct state *st, row r) { return table_at(&st->notices, r); }
static inline struct flight_row *flight_at(const struct state *st, row r) { return table_at(&st->flights, r); }
static inline struct track_row *track_at(const struct state *st, row r) { return table_at(&st->tracks, r); }
static inline struct alert_row *alert_at(const struct state *st, row r) { return table_at(&st->alerts, r); }
static inline struct hold_row *hold_at(const struct state *st, row r) { return table_at(&st->holds, r); }
static inline struct due_row *due_at(const struct state *st, row r) { return table_at(&st->dues, r); }
static inline struct pending_row *pending_at(const struct state *st, row r) { return table_at(&st->pending, r); }
static inline struct recent_row *recent_at(const struct state *st, row r) { return table_at(&st->recent, r); }

/* Finding an entity by (party, id): notices, flights, agreements, areas, holds (compares the row's leading id and party). */
row notice_find(const struct state *st, uint16_t party, const struct id *id);
row flight_find(const struct state *st, uint16_t party, const struct id *id);
row hold_find(const struct state *st, uint16_t party, const struct id *id);
row agreement_find(const struct state *st, uint16_t party, const struct id *id);
row area_find(const struct state *st, uint16_t party, const struct id *id);

/* Memory that is counted first and taken later by the same code: `a` NULL counts. */
struct memory { struct arena *a; size_t total; struct memory_part *part; }; /* part: what is counted goes there too; NULL: nowhere */
void memory_part(struct memory *m, const char *name); /* what is taken next is of this */
void *memory_take(struct memory *m, size_t count, size_t each); /* zeroed; NULL while counting */
void memory_count(struct memory *m, size_t bytes); /* of what takes its memory from m->a itself */

/* All memory and what the genesis fixes, without the founders: for state_new and state_load. */
result state_empty(struct arena *a, const struct statement *genesis, const struct capacity *capacity, const struct capacity *room, struct state **out, struct fault *f);

/* Authority (authority.c): the party whose statement this is; refuses in c otherwise. Fills c->party, co, key, attested. */
bool authority_party(struct state *st, const struct statement *s, struct step *c);

#endif
