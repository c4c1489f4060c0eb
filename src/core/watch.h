/* Internal to src/core: what notices, flights, tracks, conflicts, alerts and the ladder share.
 *
 *   a statement or a timer moves an entity -> conflict_refresh: finds by the index what it may meet, in the cyclic order of keys (search.c)
 *     -> for each pair and each owner: a finding, computed from the sections which that owner may read
 *     -> alert_update: begins, changes or ends the one alert of (owner, pair), tells it, opens a step of the ladder
 *
 * Nothing of one owner's alerts depends on another's: not their numbers, their order, nor whether there is room. */
#ifndef PARLEY_CORE_WATCH_H
#define PARLEY_CORE_WATCH_H

#include "core/backlog.h"
#include "core/handlers.h"
#include "core/render.h"
#include "core/sort.h"
#include "core/sweep.h"

/* "For ever" of a hazard whose end is not confirmed: after every time that a volume can state. */
#define WATCH_OPEN_END (INT64_C(230) * 365 * INSTANT_DAY)
#define WATCH_LOWEST_CM (-100000)         /* below everything: the band of a track without altitude */
#define WATCH_TRACK_HEIGHT_SLACK_CM 10000 /* level flight wanders, and altimeters are read in steps: a track's heights are taken so much wider, in the query as in the decision */
#define WATCH_RETENTION_NS INSTANT_DAY /* ended rows stay readable, and can be reopened, so long */

/* kind: of enum owner_kind: notice, flight, track; rank: how far its key lies behind the cursor; told: it may stand in an alert with what is looked for */
struct entity { uint64_t rank; row r; uint8_t kind, part; bool told; };

/* Of a step that changes no place: what was found near an entity, in `kept`. */
#define NEAR_MEMOS 4096
#define NEAR_KEPT 65536
struct near_kept { row r; uint8_t kind; };
struct near_memo { uint64_t order; row r; uint32_t from, to; uint8_t kind; };
/* A track, of which many are asked whether they pass it so far away that nobody would be told: what is the same for all of them. */
struct passing { bool known; int64_t cm, height_cm; struct sure_pass pass; };

struct finding {
    bool meets, unlikely;        /* unlikely: within the widened tube, not on the path itself: advisory at most */
    bool held;                   /* not met, or on no path, but so nearly that an alert that stands stays as it is: else it would come and go with the noise of reports */
    bool undisclosed;            /* the owner is told of it although it may not read the other: named by its party alone */
    instant entry, until;        /* of the common time; entry may be past: inside */
    instant again;               /* look again then: part of it ends; INSTANT_NONE */
    int64_t distance_cm, margin_cm, height_gap_cm;
    instant closest;
};
/* A pair of lists so long that it takes more than a step (LIMIT_PAIR_STEP): how far it has come, for the first of a queue. Which of the findings that a pair comes to
 * is under way, at which two lists of it, at which volumes of these, and what was found up to there. What becomes of either of the two voids it. */
struct pair_run {
    bool runs;
    uint64_t key;                /* of the other one */
    uint32_t finding, lists, a, b;
    uint16_t ranks;              /* that are read of both: other ones, and it begins anew */
    int64_t work;                /* of LIMIT_PAIR_WORK, left */
    struct finding found;
};
struct watch {
    uint64_t *alert_number;                  /* [parties]: how many alerts an owner has had */
    struct hash_index alert_by_a, alert_by_b;/* of alerts, by entity (the pair stands in alerts.by_id) */
    struct hash_index track_by_identity;
    struct hash_index flight_by_icao;        /* active flights with an address, by (party, address) */
    uint16_t only;                           /* a timer of this owner's alert looks: no other owner's alerts move by it; PARTY_NONE: all */
    row recount;                             /* a folded alert being counted anew; ROW_NONE */
    struct backlog backlog;
    struct sweeps sweep;
    struct pair_run *slot, *pair; bool pair_cut; int64_t pair_left; uint32_t pair_finding, pair_lists; /* where progress is kept, NULL: nowhere; of the pair at hand, NULL: it goes on to its end */
    struct allowance *allowance;             /* [parties]: work of this step's that is left */
    uint16_t speaker;                        /* whose step it is: it may use a whole step's work, others their share; PARTY_NONE: nobody's */
    int64_t spent;                           /* vertices compared, ever */
    bool wider;                              /* is what is looked at within the hold of an alert that stands? */
    bool counts;                             /* the search of an entity counts as work, whatever is near: all but a frame's report */
    bool sweeps, enters;                     /* much is looked at anew at once, of which little has changed; what is to be looked at is only put where it waits */
    /* work memory of one conflict_refresh */
    struct entity *near_all, *near[SEARCH_PARTS]; uint32_t near_count[SEARCH_PARTS]; /* near_split puts those of each part together */
    uint32_t *seen[3]; uint32_t seen_now;    /* per kind and row */
    row *found;                              /* rows of alerts */
    uint16_t *owners, *owners_b; uint8_t *owner_seen;
    uint64_t widest_order; int64_t widest_cm, widest_height_cm; /* the widest separation, as of that statement: a memo */
    uint64_t area_changes, areas_counted;    /* what is kept of an earlier count is void (tables.h, responsible) */
    instant areas_from, areas_until;         /* between them no area begins or ends */
    bool still;                              /* a `continue`: nothing moves */
    struct near_memo *memo; struct near_kept *kept; uint32_t kept_count;
    struct passing passing;                  /* of the track that is looked for */
    /* work memory of one check: the stored volumes of an entity */
    struct volume *stored; uint8_t *stored_rank; uint32_t stored_count; struct position *stored_at;
};

/* ---- sections ---- */
/* The rank of a section's name; RANKS: none of the three. */
uint8_t section_rank(const struct text *name);
/* Which sections apply for a reader: bit per rank. The narrowest that it may read; all of them where the wider ones do not contain
 * the exact volumes (and it may read one). 0: it may not know of the entity. */
uint8_t notice_ranks(const struct state *st, const struct notice_row *n, uint16_t reader);
uint8_t flight_ranks(const struct state *st, const struct flight_row *f, uint16_t reader);
/* All that it may read, whether narrow or wide. */
uint8_t notice_readable(const struct state *st, const struct notice_row *n, uint16_t reader);
uint8_t flight_readable(const struct state *st, const struct flight_row *f, uint16_t reader);
/* The highest rank of a mask that is not 0. */
uint8_t rank_narrowest(uint8_t ranks);
static inline bool notice_stands(const struct notice_row *n) {
    return n->state == NOTICE_FILED || n->state == NOTICE_ACTIVE || n->state == NOTICE_UNCONFIRMED;
}
static inline bool notice_hazardous(const struct notice_row *n) { return notice_stands(n) || n->state == NOTICE_OVER; }
static inline bool flight_stands(const struct flight_row *f) { return f->state == FLIGHT_FILED || f->state == FLIGHT_ACTIVE; }

/* Sections of a notice or flight as they come (KIND_NOTICE, KIND_FLIGHT, release, and those that `open` opens). */
struct sections_plan {
    const struct section *at[RANKS];         /* by rank; NULL: not among those that came */
    struct reader_set readers[RANKS];
    uint32_t marks;                          /* of the outcome: unknown readers, nobody reads it, not contained */
    bool not_contained;
};
/* [check] Refuses doubled or unknown names. `flight`: bodies are flights. */
bool sections_plan(struct state *st, struct step *c, const struct statement *s, bool flight, struct sections_plan *p);
/* [check] Room for the sections' volumes, vertices and texts; notices may use the reserve. */
bool sections_room(struct state *st, struct step *c, const struct sections_plan *p, bool flight);
/* [check] Do the wider sections contain the narrowest? Those of `p` over those stored (watch.stored), which stay when `merge`. */
void sections_contained(struct state *st, struct sections_plan *p, bool flight, bool merge);
void section_volumes(const struct section *s, bool flight, const struct volume **v, uint32_t *count);
/* [check] Copies an entity's stored volumes with their ranks and stated times into watch.stored; first[]: chains by rank. */
void stored_load(struct state *st, const row first[RANKS]);

/* ---- statements on an own entity ---- */
/* [check] s->on is an entity of c->party; else refuses. */
bool own_entity(const struct state *st, const struct statement *s, struct step *c);

/* ---- life ---- */
void notice_respan(struct state *st, row n);                 /* volumes as the state has them now, in the index too */
void notice_purge(struct state *st, row n, struct effects *fx);
void flight_drop_tracks(struct state *st, row f, struct effects *fx);
void track_auto_join(struct state *st, row f, struct effects *fx); /* a flight became active: own feeds' tracks */

/* The sections of a statement on a notice or flight that exists or is new; `merge`: those there stay beside them (open, release).
 * The plan stands in c->plan between the two. */
bool notice_sections_check(struct state *st, const struct statement *s, struct step *c, row notice, bool merge);
void notice_sections_apply(struct state *st, const struct statement *s, struct step *c, row r, struct effects *fx);
bool flight_sections_check(struct state *st, const struct statement *s, struct step *c, row flight, bool merge);
void flight_sections_apply(struct state *st, const struct statement *s, struct step *c, row r, bool merge, struct effects *fx);
void flight_icao_enter(struct state *st, row r); /* [apply] an active one with an address: into flight_by_icao */
row flight_by_icao(const struct state *st, uint16_t party, uint32_t icao24); /* active, of this party; ROW_NONE */

/* ---- tracks ---- */
row track_find(const struct state *st, row feed, struct text identity);
/* Who is told: the party of the flight that it was joined to by statement; else those responsible where it is who may read its feed
 * (and, beside them, the party of an own flight that was joined of itself); else its feed's party. Ascending. */
uint32_t track_owners(struct state *st, const struct track_row *t, uint16_t *out);
bool feed_readable(const struct state *st, row feed, uint16_t party);
void track_remove(struct state *st, row t, struct effects *fx);
void track_index(struct state *st, row r); /* [apply] into the hash index and the list of its party's, by its fields */
/* [apply] It is this flight from now on, or none (ROW_NONE): into that one's list, out of the other's. */
void track_join(struct state *st, row r, row flight, bool by_statement);
/* The tracks of a flight, from its row's `tracks` on: track_at(st, r)->of_flight[0]. In order of serial into `out`; how many. */
uint32_t tracks_of_flight(const struct state *st, row flight, row *out);

/* A track or a feed that was not heard for so long is silent: as settings say, a second at least. */
static inline int64_t watch_silent_ns(const struct state *st) { return st->settings.track_silent_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.track_silent_ns; }

/* ---- conflicts ---- */
struct reach { int64_t cm, height_cm, before_ns, after_ns; };
/* One pair for one owner of b. */
void conflict_pair_for(struct state *st, uint16_t owner, enum alert_kind kind, row a, row b, struct effects *fx);
void conflict_pair_withheld(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx); /* the older one first */
/* Everything that the entity may meet, or has met, is looked at anew; what exceeds the work of a step waits in the backlog. It must be live. */
void conflict_refresh(struct state *st, enum owner_kind kind, row r, struct effects *fx);
/* A jump takes this track away: of where it still is everything is looked at that a search which waits had still to come to. */
void conflict_leave(struct state *st, row track, struct effects *fx);
/* conflict_tracks_pass: true: conflict_pair of the two would do nothing, given that no alert of the two stands. Cheap, and most who are near pass. */
void conflict_tracks_passing(struct state *st, row r, struct passing *out);
bool conflict_tracks_pass(const struct state *st, const struct passing *p, row other);
/* One pair anew, for all its owners. */
void conflict_pair(struct state *st, enum alert_kind kind, row a, row b, struct effects *fx);
/* The reaction area that agreements between the two parties put around a category. */
struct reach conflict_reaction(const struct state *st, uint16_t filer, uint16_t owner, const struct name *category);
struct reach conflict_separation(const struct state *st, uint16_t a, uint16_t b);
void conflict_reach(const struct state *st, uint16_t party, struct reach *reach); /* widened to the farthest that anything of the party can reach */
/* What `owner` may find between a and b, exactly, without the index (conflict.c decides by it; tests compare with it). */
void conflict_finding(struct state *st, uint16_t owner, enum alert_kind kind, row a, row b, struct finding *out);
/* Two flights of which neither owner may know the other's, and nothing says tell: what the operator is told. */
void conflict_withheld(struct state *st, row a, row b, struct finding *out);
void conflict_tracks_withheld(struct state *st, row a, row b, struct finding *out); /* the older one first */

/* A track of this flight was joined, or a feed has other readers: what was withheld may be told now. */
void conflict_shared(struct state *st, row flight, struct effects *fx);
bool conflict_on_shared_feed(const struct state *st, row a, row b);

/* ---- alerts ---- */
struct alert_key { uint8_t kind; bool withheld; uint16_t owner, filer; row a, b; };
void alert_update(struct state *st, const struct alert_key *k, const struct finding *f, struct effects *fx);
row alert_find(const struct state *st, const struct alert_key *k);
void alert_index(struct state *st, row r); /* [apply] into the hash indices and the count of its pair, by its fields */
/* Live alerts of an entity are ended and told, at once: it is over, or goes. */
void alert_entity_gone(struct state *st, enum owner_kind kind, row r, struct effects *fx);
uint32_t alert_pair_code(uint8_t kind, row a, row b);
uint32_t alert_entity_code(enum owner_kind kind, row r);
enum owner_kind alert_kind_a(uint8_t kind);
enum owner_kind alert_kind_b(uint8_t kind);
void alert_end(struct state *st, row r, struct effects *fx);
void alert_counted(struct state *st, row folded, uint32_t count, uint8_t level, struct effects *fx); /* of a folded one: how many stand behind it now, and how high */
const char *alert_level_name(uint8_t level);
/* Members "own" and "other" of an alert, as its owner may know them. */
void alert_append_pair(const struct state *st, const struct alert_row *a, struct append *out);

/* ---- the ladder ---- */
void due_index(struct state *st, row r); /* [apply] into the hash index, by its fields */
void due_drop(struct state *st, row due);
void due_drop_chain(struct state *st, row *first);
row due_find(const struct state *st, uint16_t party, uint64_t place);
void due_told(struct due_row *d, instant start, const struct altitude *lower, const struct altitude *upper, struct text area);
void due_chain(struct state *st, row due, row *first);
void due_render_ref(const struct state *st, const struct due_row *d, struct append *out); /* ,"notice":"…" or ,"alert":"…": of those two alone, which have a deadline */
int64_t due_interval(const struct due_row *d, uint32_t calls); /* after so many calls, until the next */
/* What a reader of these ranks of a notice was told: earliest start, lowest and highest bound, name. */
void notice_told(const struct state *st, const struct notice_row *n, uint8_t rank, struct due_row *d);
void notice_lead_check(struct state *st, row n, struct effects *fx); /* after a step: complete? */

void append_entity(struct append *out, const struct state *st, uint16_t party, const struct id *id); /* "party/hex" in quotes */
void append_party(struct append *out, const struct state *st, uint16_t party); /* in quotes */

#endif
