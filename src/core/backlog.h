/* Internal to src/core: what did not fit into its step. Entities whose search, and folded alerts whose count, is not through wait here, each once, in
 * queues of their parties; a `continue` goes on with them. What is looked for is search.h's. */
#ifndef PARLEY_CORE_BACKLOG_H
#define PARLEY_CORE_BACKLOG_H

#include "core/handlers.h"

/* An entity is searched in three parts, each with its own work, cursor and queue: among what others show to its party, among its party's own
 * things, and among what others hide from it. So a crowd that one keeps to itself delays nothing that another is told of things that both know. */
enum { PART_KNOWN, PART_OWN, PART_HIDDEN, SEARCH_PARTS };
enum waiting_kind { WAITING_NOTICE, WAITING_FLIGHT, WAITING_TRACK, WAITING_OF_PART, WAITING_FOLDED = SEARCH_PARTS * WAITING_OF_PART /* an alert whose pairs are counted anew */,
                    WAITING_KINDS }; /* kind + part * WAITING_OF_PART */
#define WAITING_NONE UINT32_MAX
/* Keys (search.c): the kind, behind it the serial. Whoever sees them from outside, digest and snapshot, has them with three bits of kind in front. */
#define KEY_SERIAL_BITS 46
#define KEY_MOST ((UINT64_C(1) << (KEY_SERIAL_BITS + 2)) - 1)
static inline uint64_t key_make(int kind, uint64_t serial) {
    assert(kind >= 0 && kind < 3 && serial > 0 && serial >> KEY_SERIAL_BITS == 0);
    return (uint64_t)kind << KEY_SERIAL_BITS | serial;
}
static inline uint64_t key_shown(uint64_t key) { return key == KEY_MOST ? UINT64_MAX : key >> KEY_SERIAL_BITS << 61 | (key & (KEY_MOST >> 2)); }
static inline bool key_read(uint64_t shown, uint64_t *key) {
    *key = shown == UINT64_MAX ? KEY_MOST : (shown >> 61 << KEY_SERIAL_BITS | (shown & (KEY_MOST >> 2))) & KEY_MOST;
    return key_shown(*key) == shown;
}
/* Small, for there are three for each track. */
struct __attribute__((packed, aligned(2))) waiting {
    uint64_t at : 48, from : 48; /* keys; a folded alert's: `from` is the filer's entity under way, `at` the cursor in it */
    uint64_t since : 46;         /* order of the statement that queued it */
    bool waits : 1, own_only : 1 /* moves its own party's alerts alone */;
    uint32_t next, previous;     /* in its queue */
};
struct counting {                /* of a folded alert, so far */
    uint32_t counted; uint8_t level;
    bool slow /* counting it takes more than a step */, missed /* and one more was folded meanwhile, perhaps behind the cursor */;
};
struct pair_run;
struct backlog {
    struct waiting *at;          /* by kind and row */
    struct counting *counting;   /* [alerts] */
    uint32_t base[WAITING_KINDS + 1];
    uint32_t *first, *last;      /* [parties * SEARCH_PARTS]: queues */
    struct pair_run *run;        /* [parties * SEARCH_PARTS]: of the first of each queue, the pair that is half looked at (watch.h) */
    uint32_t running;            /* of so many queues */
    uint32_t count;
    uint16_t turn;               /* the party that is next, if something of it waits */
    uint64_t continues;          /* number of the last `continue` */
};
struct allowance { bool feeds_looked, feeds_known, feeds_hidden /* has another party a feed that this one may read, or may not? */; uint64_t order; int64_t left[WAITING_FOLDED], told[WAITING_FOLDED]; }; /* of a party, by kind and part, in the step of this order: to search; for what was told */

void backlog_layout(struct state *st, struct memory *m);
struct waiting *backlog_at(const struct state *st, enum waiting_kind kind, row r);
enum waiting_kind backlog_kind(enum owner_kind kind, int part);
void backlog_enter(struct state *st, enum waiting_kind kind, row r); /* it must not wait yet; at the end of its queue */
void backlog_drop(struct state *st, enum waiting_kind kind, row r);  /* harmless where it does not wait */
void backlog_forget(struct state *st, enum owner_kind kind, row r); /* it is over, or goes: nothing of it is looked for any more */
/* It is another now: pairs with it that are half looked at begin anew. */
void backlog_moved(struct state *st, enum owner_kind kind, row r);
void backlog_recount(struct state *st, row folded, struct effects *fx);
bool backlog_recounts(const struct state *st, row folded); /* it waits to be counted, or counting it takes more than a step */
void backlog_digest(const struct state *st, struct sha256 *to);
void backlog_check(const struct state *st);

#endif
