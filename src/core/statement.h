/* A decoded statement: what the core is given. Bytes were checked and signatures verified before; the core decides.
 * Everything is borrowed from the decoder's arena and valid for one step. FORMAT.md, "Statements", has a schema per kind. */
#ifndef PARLEY_CORE_STATEMENT_H
#define PARLEY_CORE_STATEMENT_H

#include "base/id.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "geo/altitude.h"

/* kind string in comments; `P` told by signature of a party, `O` operator, `S` made by the server itself */
enum statement_kind {
    KIND_GENESIS,           /* genesis            founders: fixes the log (FORMAT.md, 14) */
    KIND_SETTINGS,          /* settings           O: thresholds, offsets, deadlines */
    KIND_PARTY,             /* party              O + the party's root key: a new party */
    KIND_KEY,               /* key                P root + the new key: adds a key */
    KIND_KEY_REVOKE,        /* key/revoke         P root: states from when it is suspect */
    KIND_KEY_RECOVER,       /* key/recover        O + new root key + `recovery_quorum` other parties; takes effect after a delay */
    KIND_KEY_OBJECT,        /* key/object         P any valid key: stops a recovery that waits */
    KIND_AGREEMENT,         /* agreement          all its parties: a new agreement or a new version of one */
    KIND_AGREEMENT_SUSPEND, /* agreement/suspend  P */
    KIND_AGREEMENT_RESUME,  /* agreement/resume   P who suspended */
    KIND_AGREEMENT_LEAVE,   /* agreement/leave    P: from a date */
    KIND_AREA,              /* area               P (+ each party whose area it overlaps): area of responsibility */
    KIND_AREA_END,          /* area/end           P */
    KIND_FEED,              /* feed               P: declares a feed and who may read it */
    KIND_NOTICE,            /* notice             P: files, or changes when the entity exists */
    KIND_NOTICE_ACTIVATE,   /* notice/activate    P */
    KIND_NOTICE_OVER,       /* notice/over        P: OVER; the tail runs */
    KIND_NOTICE_CANCEL,     /* notice/cancel      P: before it was active */
    KIND_OPEN,              /* open               P: opens sections of an earlier sealed statement */
    KIND_FLIGHT,            /* flight             P: files, or changes when the entity exists */
    KIND_FLIGHT_ACTIVATE,   /* flight/activate    P */
    KIND_FLIGHT_END,        /* flight/end         P */
    KIND_FLIGHT_CANCEL,     /* flight/cancel      P */
    KIND_FLIGHT_RELEASE,    /* flight/release     P: opens a section of an own flight to more readers (carries the sections anew) */
    KIND_JOIN,              /* join               P (+ present owner): a track is this flight */
    KIND_JOIN_UNDO,         /* join/undo          P owner of the flight */
    KIND_ACK,               /* ack                P: a step of the ladder on something told to it */
    KIND_HOLD,              /* hold               P: asks a notice's sender to stop or delay */
    KIND_HOLD_ANSWER,       /* hold/answer        P asked: WILCO, UNABLE, STANDBY */
    KIND_MESSAGE,           /* message            P: text to desks, the hot line */
    KIND_CLOCK,             /* clock              O: the time is sure again */
    KIND_CAPACITY,          /* capacity           O: larger tables, from a start behind it on */
    KIND_FRAME,             /* frame              P's feed, attested: positions (binary parts) */
    KIND_DSS,               /* dss                attested: the bearer of a token sent this request to the drone world's doors (dss.h) */
    KIND_TICK,              /* tick               S: time passes */
    KIND_CONTINUE,          /* continue           S: one more step's work of the backlog; no time passes */
    KIND_SNAPSHOT,          /* snapshot           S: the state behind this very statement will be kept */
    KIND_SNAPSHOT_DIGEST,   /* snapshot/digest    S: it was; this is its digest */
    KIND_GROW,              /* grow               S: memory was taken for them: now they are in force */
    KIND_BRIDGE,            /* bridge             S: the URL under which what is released to the world shows at the drone world's doors */
    KIND_COSIGNED,          /* cosigned           S: a witness has signed, dated, a checkpoint of this log */
    STATEMENT_KINDS
};
const char *statement_kind_name(enum statement_kind k); /* "notice/over" */
bool statement_kind_read(struct text in, enum statement_kind *out);
static inline bool statement_kind_own(enum statement_kind k) { return k >= KIND_TICK && k < STATEMENT_KINDS; } /* the server alone says it */
/* Does its record hold four commitments of sections, that others may be told? */
static inline bool statement_kind_commits(enum statement_kind k) { return !statement_kind_own(k) && k != KIND_FRAME && k != KIND_DSS; }

enum statement_origin {
    ORIGIN_SIGNED,   /* a signed note */
    ORIGIN_ATTESTED, /* the server says: the bearer of a session of `attested` sent this */
    ORIGIN_SERVER    /* tick, UNSURE clock */
};

struct signer {
    struct text key_name;     /* "<mode>/<party>/<key name>" */
    struct name party;        /* its second part */
    struct name key;          /* its third */
    struct hash public_key;
    bool verified;            /* a valid signature of it is on the note; until the statement is `proven`: a line of it */
    uint8_t signature[64];    /* of that line */
};

enum reader_kind { READER_WORLD, READER_LOG, READER_AGREEMENT, READER_PARTY };
struct reader {
    uint8_t kind;
    struct name name; /* agreement id or party name */
};

struct entity_ref {
    struct name party;
    struct id id;
};

/* ---- bodies: one type per kind; a section carries one ---- */

struct body_text { struct text text; };          /* over, cancel, activate, suspend, …: optional "text" */

struct body_settings {                           /* all optional in a settings statement; absent = INT64_MIN */
    int64_t immediate_ns, warning_ns, caution_ns;      /* time to entry under which an alert has that level */
    int64_t hysteresis_ns;                             /* an alert falls or ends only after so long */
    int64_t lookahead_ns;                              /* prediction of tracks (300 s) */
    int64_t tube_hold_ns;
    int64_t track_silent_ns;                           /* a track without report for so long is silent (then removed after 10 times) */
    int64_t hold_repeat_ns, query_repeat_ns;
    int64_t separation_cm, separation_height_cm;       /* default where no agreement says */
    int64_t recovery_delay_ns;
    int64_t step_work;                                 /* vertices compared in the search of one step; the rest waits */
    struct altitude_offsets offsets; bool has_offsets;
};
struct capacity {                                /* genesis; in a capacity statement 0: stays. Quotas are capacity / parties */
    uint32_t parties, keys, agreements, areas, feeds, notices, flights, volumes, vertices, tracks, alerts, pending, recent, holds;
    uint32_t managers, references, subscriptions, footprints, points; /* of the drone world's doors (dss.h): shares are capacity / managers. All 0: there are none */
    uint32_t slots_log2;                         /* width of the tick tree */
};
struct founder { struct name name; struct hash root_key; struct text display, zone; uint32_t desks; struct name desk[LIMIT_DESKS]; bool operator_; };
struct body_genesis {
    struct text origin;                          /* ends in /live or /exercise */
    bool live;
    int64_t tick_ns;
    uint32_t recovery_quorum;
    struct hash log_key;                         /* Ed25519 public keys */
    struct hash receipt_key;
    struct capacity capacity;
    const struct founder *founders; uint32_t founder_count;
    struct body_settings settings;
};
struct body_party { struct founder party; };     /* name, root key, desks, display name, zone; operator_ false */
struct body_key { struct name party, key; struct hash public_key; bool feeds_only; };
struct body_key_revoke { struct name key; instant suspect_from; struct text reason; };
struct body_key_recover { struct name party, key; struct hash new_root; }; /* key: third part of the new root's name */

struct category_rule {
    struct name category;                        /* "missile", "artillery", "uas", … chosen by the parties */
    int64_t lead_ns;                             /* agreed lead time */
    uint8_t binds;                               /* 0 sequenced, 1 delivered, 2 read back */
    int64_t readback_ns;                         /* deadline for read-back */
    int64_t reaction_cm, reaction_height_cm, reaction_before_ns, reaction_after_ns; /* reaction area */
    int64_t tail_ns;                             /* stays hazardous after OVER */
};
struct body_agreement {                          /* entity id = the agreement's id; version = 1 + current */
    struct name name;                            /* used as reader "agreement:<name>" */
    uint32_t version;
    const struct name *parties; uint32_t party_count;
    instant from, until;                         /* INSTANT_NONE: open */
    int64_t separation_cm, separation_height_cm; /* flight against flight among its parties */
    bool tell_undisclosed;                       /* two flights undisclosed to each other: tell */
    bool signed_only;
    uint32_t withdraw_notice_s;
    const struct category_rule *rules; uint32_t rule_count; /* one may be named "default" */
};
struct body_agreement_date { struct text text; instant from; };  /* leave, suspend */
struct body_area { struct text name; const struct volume *volumes; uint32_t volume_count; };
struct body_feed { struct name feed; struct reader readers[LIMIT_READERS]; uint32_t reader_count; };

enum notice_mark { /* bits, set by importers in the body and told on */
    MARK_INCOMPLETE = 1, MARK_WIDENED = 2, MARK_HULL = 4, MARK_BOUNDARY = 8, MARK_SCHEDULE_UNREAD = 16, MARK_Q_FALLBACK = 32,
    MARK_END_ESTIMATED = 64, MARK_LATE_ENTRY = 128
};
struct body_notice {
    struct text area;                            /* name that is read back */
    struct name category;
    struct text text;                            /* free text */
    uint32_t marks;
    const struct volume *volumes; uint32_t volume_count; /* >= 1, or 0 with MARK_INCOMPLETE */
};
struct body_flight {
    struct text callsign, registration, aircraft_type;
    uint32_t icao24;                             /* 0 = none */
    int32_t persons_on_board;                    /* -1 unknown */
    uint8_t priority;                            /* 0..100 */
    const struct volume *volumes; uint32_t volume_count; /* a route was turned into corridor volumes by the decoder */
};
struct track_ref { struct name feed_party, feed; struct text identity; };
struct body_join { struct entity_ref flight; struct track_ref track; };
enum ack_step { ACK_RECEIVED, ACK_DISPLAYED, ACK_READ_BACK, ACK_RELAYED, ACK_COMPLIED, ACK_UNABLE };
struct body_ack {
    uint8_t step;
    uint64_t place;                              /* of the told record in the sender's own stream */
    struct name desk;
    /* read back: what the desk re-keyed */
    instant start;                               /* minute */
    struct altitude lower, upper;
    struct text area;
    struct text text;
};
struct body_hold { struct entity_ref notice; instant until; struct text text; };
enum hold_reply { HOLD_WILCO, HOLD_UNABLE, HOLD_STANDBY };
struct body_hold_answer { struct entity_ref hold; uint8_t reply; struct text text; };
struct body_message { struct text text; struct name desk; bool test; struct id answers; };
/* Opens sections of a sealed statement: its own bytes, unchanged, under its own context. They come in the open statement beside
 * `body` and are named by the open statement's own `commit`, which decoding checks. The core checks that statement, kind (by
 * whose schema they were read) and context are those of a sealed statement it keeps, and that each opened section's
 * `commitment` is one of that statement's four. */
struct body_open { struct hash statement; enum statement_kind kind; struct hash context; };
struct body_clock { instant now; int64_t error_ns; };

struct section {
    struct text name;                            /* "public", "parties", "own", or "body" */
    uint8_t slot;                                /* which of the four commitments of this statement's text */
    uint32_t part;                               /* which of the parts that were given to decode_parts */
    struct hash commitment;                      /* = commit[slot]; KIND_OPEN, not "body": made under body.open.context */
    struct text bytes; uint8_t salt[32];         /* as they came */
    struct reader readers[LIMIT_READERS]; uint32_t reader_count; /* 0: sender and operator */
    union {
        struct body_text text; struct body_settings settings; struct body_genesis genesis; struct body_party party;
        struct body_key key; struct body_key_revoke key_revoke; struct body_key_recover key_recover;
        struct body_agreement agreement; struct body_agreement_date agreement_date; struct body_area area;
        struct body_feed feed; struct body_notice notice; struct body_flight flight; struct body_join join;
        struct body_ack ack; struct body_hold hold; struct body_hold_answer hold_answer; struct body_message message;
        struct body_open open; struct body_clock clock; struct capacity capacity;
    } body;
};

/* One position of a frame. */
struct frame_position {
    struct text identity;                        /* 24-bit address as 6 hex digits, or another identity [a-z0-9-]{1,16} */
    struct text callsign;
    instant time;                                /* the feed's */
    struct position at;
    struct altitude altitude; bool has_altitude;
    int32_t speed_cms, track_mdeg, climb_cms;    /* speed_cms -1: unknown; track_mdeg -1: unknown; climb_cms INT32_MIN: unknown */
    int32_t uncertainty_cm;                      /* -1: unknown */
};
struct body_frame {
    struct name feed;
    uint64_t number;                             /* ascending per feed: a number not above the last one is a repeat */
    instant time;
    const struct frame_position *positions;      /* ascending by identity, each once */
    uint32_t count;
    uint32_t shed;                               /* aircraft of it that the server did not take in, being overloaded */
};
struct body_tick {
    uint64_t tick;                               /* 1, 2, 3, … */
    int64_t error_ns;                            /* what the system says of its clock's error */
    bool unsure;                                 /* a jump was not followed */
};

struct body_continue { uint64_t number; };       /* 1, 2, 3, … */
struct body_snapshot { uint64_t number; };       /* 1, 2, 3, … */
struct body_snapshot_digest { uint64_t order; struct hash digest; }; /* order: of the snapshot statement; whether the digest is right, no step can tell */
struct body_grow { uint64_t order; };            /* of the capacity statement */

struct body_bridge { uint64_t number; struct text url; }; /* 1, 2, 3, …; empty: it does not show */

struct body_cosigned {
    uint64_t number;                             /* 1, 2, 3, … */
    struct text witness;                         /* its public key as text: … */
    struct text name; struct hash key;           /* … name and Ed25519 key */
    uint64_t size; struct hash root;             /* of the log's tree */
    uint64_t seconds;                            /* since 1970: the witness's own clock */
    uint8_t signature[64];                       /* over checkpoint and time */
};

struct dss_request; /* dss.h */
struct statement {
    enum statement_kind kind;
    enum statement_origin origin;
    struct hash hash;                            /* identity (FORMAT.md): of the text, or of party and idempotency key */
    uint64_t order;                              /* global number, from 1; set when ordered */
    instant time;                                /* sequenced; never runs back; set when ordered */
    struct id id;
    bool has_on; struct entity_ref on;
    bool has_prev; struct hash prev;
    instant at;                                  /* sender's claim */
    bool has_seen; uint64_t seen_size; struct hash seen_root; bool seen_is_prefix; /* the last judged by the log floor when ordered */
    instant open_by;                             /* INSTANT_NONE */
    struct hash commit[LIMIT_SECTIONS];
    const struct signer *signers; uint32_t signer_count; /* ascending by key name */
    struct text text;                            /* ORIGIN_SIGNED: what is signed */
    bool proven;                                 /* ORIGIN_SIGNED: each line on the note was verified for this very statement */
    struct name attested; struct name session_key; /* ORIGIN_ATTESTED: the party, and the key that opened the session */
    struct section *sections; uint32_t section_count; /* those that came; ascending by slot */
    struct body_frame frame;                     /* KIND_FRAME */
    struct body_tick tick;                       /* KIND_TICK */
    struct body_continue onward;                 /* KIND_CONTINUE */
    struct body_snapshot snapshot;               /* KIND_SNAPSHOT */
    struct body_snapshot_digest snapshot_digest; /* KIND_SNAPSHOT_DIGEST */
    struct body_grow grow;                       /* KIND_GROW */
    const uint8_t *hash_key;                     /* KIND_GENESIS, for state_new and state_load: 16 secret bytes for tables whose keys strangers choose; no part of any record. NULL: zeros */
    struct body_bridge bridge;                   /* KIND_BRIDGE */
    struct body_cosigned cosigned;               /* KIND_COSIGNED */
    uint8_t drawn[32];                           /* the salt of its first part: random bytes that the server drew for it, and that its record keeps */
    const struct dss_request *dss;               /* KIND_DSS: what changes something; origin ATTESTED, neither `attested` nor session key: it stands with the operator */
};

#endif
