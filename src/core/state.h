/* The state and its one step. Pure: no clock, I/O, randomness, threads, locale; memory is taken once by state_new. */
#ifndef PARLEY_CORE_STATE_H
#define PARLEY_CORE_STATE_H

#include "base/arena.h"
#include "core/effect.h"

struct state;
#define PARTY_NONE UINT16_MAX
#define PARTY_OPERATOR 0 /* the operator is the founder marked so; it has a stream like the others */

/* Bytes that a state of this capacity takes; RESULT_RANGE names the member that is zero or over its bound. */
result state_memory(const struct capacity *c, size_t *bytes, struct fault *f);
/* The same, table by table; all parts together are state_memory's bytes. Returns how many; asserts room for STATE_PARTS. */
struct memory_part { const char *name; size_t bytes; };
#define STATE_PARTS 28
uint32_t state_memory_parts(const struct capacity *c, struct memory_part out[STATE_PARTS]);
/* `genesis` is KIND_GENESIS, decoded. LOG hash = genesis->hash. Memory comes from `a`. Its hash_key is copied; with whatever key, every outcome, effect, view
 * and digest is the same: it only keeps strangers from choosing ids that collide. */
result state_new(struct arena *a, const struct statement *genesis, struct state **out, struct fault *f);

/* Gives back what a state took beside the arena: the room of a reply. Before the arena is freed; NULL: nothing. */
void state_free(struct state *st);

/* Applies one ordered statement. s->order is the last order + 1 and s->time not before the last time (asserted).
 * `out->party/place` and each effect's place are assigned here. Checks first, mutates last; never fails. VERDICT_REPEATED changes
 * nothing and is not recorded; its order number must be given again to the next. So with out->party == PARTY_NONE (refused, and no key
 * or session proves whose it is): noise, which the door counts. Everything in *out and *fx is valid until the next step. */
void state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx);
/* Effects of enough room for any step of this state (taken from its memory). */
struct effects *state_effects(struct state *st);

/* Searches for conflicts that exceeded the work of their step and wait for a `continue`: how many, how many statements ago the oldest was queued, and
 * the number of the last `continue`. While there are some, somebody must propose the next. */
uint32_t state_backlog(const struct state *st);
uint64_t state_backlog_age(const struct state *st);
uint64_t state_continues(const struct state *st);

/* The number of the last `snapshot`; its order while its digest has not been said, else 0. */
uint64_t state_snapshots(const struct state *st);
uint64_t state_snapshot_order(const struct state *st);

/* --- the part that the log floor and doors look at --- */
uint64_t state_order(const struct state *st);      /* last applied */
instant state_time(const struct state *st);
uint64_t state_tick(const struct state *st);
const struct hash *state_log(const struct state *st);
const struct capacity *state_capacity(const struct state *st); /* in force */
const struct capacity *state_wanted(const struct state *st);   /* stated for a start behind it; equal to those in force: nothing waits */
uint64_t state_wanted_order(const struct state *st);           /* of the statement that waits; 0: none */
const struct capacity *state_room(const struct state *st);     /* that memory is taken for; whoever keeps something for each party needs as much */
bool state_is_live(const struct state *st);
struct text state_origin(const struct state *st);
uint32_t state_party_count(const struct state *st);
uint16_t state_party_find(const struct state *st, const struct name *n); /* PARTY_NONE */
/* Does an alert of this party stand on this aircraft of its feed? Of alerts of others nothing: what becomes of the aircraft's reports would tell of them. */
bool state_track_alerted(const struct state *st, uint16_t party, const struct name *feed, struct text identity);
const struct name *state_party_name(const struct state *st, uint16_t party);
uint64_t state_stream_size(const struct state *st, uint16_t party);
/* The public key of the valid key of that name; NULL when unknown, revoked or not yet in force. */
const struct hash *state_key(const struct state *st, const struct name *party, const struct name *key);
/* Is the valid key of that name one that feeds only? It sends frames; its sessions read nothing. */
bool state_key_feeds_only(const struct state *st, const struct name *party, const struct name *key);
/* May `party` read something addressed to this reader now? (world and log: every party; agreement: its members) */
bool state_may_read(const struct state *st, uint16_t party, const struct reader *r);

/* What is released to the world, at the doors of F3548 (bridge.h): under which base URL (empty: it does not show), and how often that was said. */
struct text state_bridge_url(const struct state *st);
uint64_t state_bridge_number(const struct state *st);

/* The last cosignature of each witness, as they first came; false behind the last one. Valid until the next step. */
struct state_cosignature { struct text name; const struct hash *key; uint64_t size, seconds; const struct hash *root; const uint8_t *signature; /* 64 bytes */ };
bool state_cosignature(const struct state *st, uint32_t index, struct state_cosignature *out);
uint64_t state_cosigned_number(const struct state *st); /* of the last `cosigned` */

/* --- the state as bytes (FORMAT.md, "The state in a snapshot") --- */
typedef bool (*state_put)(void *context, const void *bytes, size_t size); /* false: they could not be taken; nothing more is given */
typedef size_t (*state_get)(void *context, void *bytes, size_t room);     /* 1 to `room` bytes; 0: there are no more */
/* In slices of up to 64 KiB. `work`: memory for the order of the rows (state_save_memory bytes), void afterwards. IO: put gave up. Equal states give
 * equal bytes. */
size_t state_save_memory(const struct state *st);
result state_save(const struct state *st, struct arena *work, state_put put, void *context, struct fault *f);
/* Instead of state_new: memory from `a`; where that is all zero it is taken here, as much as the capacities in the bytes need (`a` is the caller's to free,
 * whatever comes out). All that comes must be the state's. ROT names table and row; then the memory is
 * void. Nothing of the bytes is trusted, yet who may have changed them all can lie in them: compare state_digest. */
result state_load(struct arena *a, const struct statement *genesis, state_get get, void *context, struct state **out, struct fault *f);
/* With memory for the capacities that wait, too: only so a state can step the `grow` that puts them in force (asserted there). */
result state_load_larger(struct arena *a, const struct statement *genesis, state_get get, void *context, struct state **out, struct fault *f);

/* Of these bytes the first alone: the capacities of the state in them, in force and waiting. ROT, UNSUPPORTED. */
result state_load_capacities(const struct statement *genesis, state_get get, void *context, struct capacity *now, struct capacity *wanted, uint64_t *waits, struct fault *f);

/* SHA-256 over the canonical rows of every table, sorted by id: equal journals give equal digests. */
struct hash state_digest(const struct state *st);
/* Asserts every invariant that spans tables (life cycles, quotas, index = rows, timers). Tests and `log check`. */
void state_check(const struct state *st);

#endif
