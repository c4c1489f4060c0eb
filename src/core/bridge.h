/* Internal to src/core: what is released to the world, at the drone world's doors. One table, one index and one conflict test for both: while a notice that the world
 * may read stands, it shows as constraints, a flight that the world may read as an operational intent, of a manager that bears the operator's name.
 *
 *   a statement or a timer moves a notice or flight -> bridge_touch: it waits, with random bytes of its own
 *     -> bridge_work, at the end of the step: its pieces (bridge_pieces.c) beside those that stand -> references, versions, OVNs; subscribers are told
 *   what exceeds the work of a step waits for the next tick or `continue`
 *
 * Nothing of it ever refuses what a party says. What the world may not read never comes here, so neither ids nor versions, counts or fullness tell of it.
 * Random bytes: the server draws a salt for each record; ids and OVNs are hashes of the salt of the statement that moved the entity. The record keeps it, so a replay
 * makes them again; nobody but the statement's own party and the operator is ever given it. */
#ifndef PARLEY_CORE_BRIDGE_H
#define PARLEY_CORE_BRIDGE_H

#include "core/dss_store.h"
#include "geo/cover.h"

#define BRIDGE_PIECES LIMIT_BRIDGE_PIECES /* references of one notice, shapes of one reference, circles of what needs more */
#define BRIDGE_NONE UINT32_MAX
enum bridge_kind { BRIDGE_NOT, BRIDGE_NOTICE, BRIDGE_FLIGHT, BRIDGE_KINDS }; /* dss_reference.shows */

/* Of a notice or flight. */
struct bridged {
    row first; uint32_t count;             /* its references, a chain */
    bool waits;
    uint32_t next, previous;               /* in the queue */
    uint8_t drawn[32];                     /* of the statement that moved it, while it waits */
    struct dss_cost beyond;                /* what it takes beyond what each has for sure */
};
/* Of a party, what of its own is not looked at yet since all of them were to be. */
struct bridge_round {
    uint8_t shows;                         /* enum bridge_kind: these are gone through, notices first; BRIDGE_NOT: it is through */
    uint64_t at;                           /* serial of the last that was looked at */
    row next;                              /* the first behind `at`, ROW_NONE: none; follows from the rest */
};
struct piece { struct dss_extent extent; };
/* How far the first in the queue is, which may take more than a step: so many units of its volumes' cover, or of circles around that where it would not do. What the
 * units have made follows from its volumes: it stands in work memory and is made again where a state is loaded. Whatever moves the entity begins it anew. */
enum bridge_phase { BRIDGE_FRESH, BRIDGE_COVERS, BRIDGE_ROUNDS, BRIDGE_PHASES };
struct bridge {
    uint64_t number;                       /* of the last `bridge` statement; 0: there was none */
    char url[LIMIT_DSS_URL]; uint16_t url_size; /* empty: nothing shows */
    row manager;                           /* ROW_NONE: never yet */
    struct bridged *of; uint32_t notices, all; /* by place: notices, behind them flights */
    uint32_t first, last, waiting;         /* queue */
    struct dss_cost *beyond;               /* [parties]: sum of theirs */
    bool touched; uint8_t drawn[32];       /* of the step at hand */
    struct bridge_round *round; uint32_t rounds; /* [parties]; of so many it runs */
    uint64_t until; uint8_t round_drawn[32]; /* the newest serial that it is about; of the statement that began it */
    uint8_t phase; uint32_t units;         /* of the first in the queue: enum bridge_phase */
    /* work memory; what is made of the first in the queue stands in it from step to step */
    uint32_t covered, rounded, round_of; bool good, ordered; /* volumes that are covered; shapes that have their circle, of how many; the cover has room; the circles are sorted */
    uint64_t made_at;                      /* cover.vertices when all units were done, in this step or before it */
    struct cover cover; struct cover_work *work;
    struct cover round_cover; struct shape *rounds_sorted; row *order; /* [3 x LIMIT_VOLUMES + 1]: a circle around each */
    uint8_t *band;
    struct volume *volumes; uint32_t volume_count; struct position *at; uint32_t at_room;
    struct shape *sorted; uint32_t *group;
    struct piece piece[BRIDGE_PIECES]; uint32_t count; bool coarse;
};

/* ---- memory, shares (bridge.c) ---- */
uint32_t bridge_rows(const struct capacity *c, enum dss_quota q); /* of the tables, beside the managers' */
uint32_t bridge_beyond(const struct capacity *c, enum dss_quota q); /* a party's, beside what each of its notices and flights has for sure */
struct dss_cost bridge_sure(void);
void bridge_layout(struct state *st, struct memory *m);
struct text bridge_url(const struct state *st);
uint32_t bridge_manager_there(const struct state *st); /* 0 or 1 */
static inline uint32_t bridge_place(const struct state *st, uint8_t shows, row r) { return (shows == BRIDGE_FLIGHT ? st->dss->bridge->notices : 0) + r; }
struct bridged *bridge_of(const struct state *st, uint8_t shows, row r);

/* ---- life (bridge.c) ---- */
void bridge_begin(struct state *st, const struct statement *s);                  /* of a step */
void bridge_touch(struct state *st, enum owner_kind kind, row r);                /* [apply] it was changed: filed, moved, ended */
void bridge_all(struct state *st);                                               /* [apply] something was changed that all of them depend on: some in this step, the rest by and by */
void bridge_leave(struct state *st, enum owner_kind kind, row r);                /* [apply] it goes out of the list of its party's */
void bridge_gone(struct state *st, enum owner_kind kind, row r, struct effects *fx); /* [apply] its row goes */
void bridge_work(struct state *st, const struct statement *s, struct effects *fx); /* at the end of an accepted step */
uint32_t bridge_waiting(const struct state *st);

/* ---- pieces (bridge_pieces.c): into bridge->piece, count, coarse ---- */
/* Of the first in the queue, or of one that shows no more. `left`: what its party may take beyond what is sure for it. Without one that shows: count 0. False: the
 * work (cover.vertices) has come to `until`, and the next step goes on; at least one unit was done if it had not come so far before. */
bool bridge_pieces(struct state *st, uint8_t shows, row r, const struct dss_cost *left, uint64_t until);
bool bridge_pieces_resume(struct state *st, uint8_t shows, row r, uint8_t phase, uint32_t units); /* loading: so far it was; false: it cannot have been */
void bridge_pieces_check(const struct state *st);
bool bridge_stands(const struct state *st, uint8_t shows, row r); /* and the world may read it */
uint8_t bridge_ranks(const struct state *st, uint8_t shows, row r);
struct dss_cost bridge_cost(const struct state *st); /* of the pieces */

/* ---- the references (bridge_show.c) ---- */
/* False: more is told than this step has room for, or more was done since `began` (cover.vertices) than fits beside it; nothing that shows has changed. */
bool bridge_show(struct state *st, uint32_t place, struct dss_work *work, uint64_t began, bool now /* what cannot be told is not waited for */, struct effects *fx);
void bridge_link(struct state *st, row r); /* a reference into its owner's chain, behind those there */

/* ---- reading (bridge_read.c) ---- */
uint64_t bridge_about(const struct state *st, uint8_t shows, row r); /* the priority of a flight, a hash of a notice's category, as details give them: with another one they are others, and so is the OVN */
uint16_t bridge_details(const struct state *st, const struct dss_request *q, struct append *body);

/* ---- snapshots, digest, invariants (bridge_saved.c) ---- */
bool bridge_saved_good(const struct dss_reference *x); /* loading: it shows something as bridge_show writes it */
bool bridge_saved_link(struct state *st, row r); /* loading; false: its owner has too many, or takes more than it may */
void bridge_queue(struct state *st, uint32_t place); /* loading: it waits, behind those that do */
void bridge_round_resume(struct state *st, uint16_t party); /* loading: `next` from the rest */
void bridge_rounds_check(const struct state *st);
void bridge_digest(const struct state *st, struct sha256 *to);
void bridge_check_rows(const struct state *st);

#endif
