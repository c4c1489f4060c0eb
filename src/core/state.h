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
/* `genesis` is KIND_GENESIS, decoded. LOG hash = genesis->hash. Memory comes from `a`. */
result state_new(struct arena *a, const struct statement *genesis, struct state **out, struct fault *f);

/* Applies one ordered statement. s->order is the last order + 1 and s->time not before the last time (asserted).
 * `out->party/place` and each effect's place are assigned here. Checks first, mutates last; never fails. VERDICT_REPEATED changes
 * nothing and is not recorded; its order number must be given again to the next. So with out->party == PARTY_NONE (refused, and no key
 * or session proves whose it is): noise, which the door counts. Everything in *out and *fx is valid until the next step. */
void state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx);
/* Effects of enough room for any step of this state (taken from its memory). */
struct effects *state_effects(struct state *st);

/* --- the part that the log floor and doors look at --- */
uint64_t state_order(const struct state *st);      /* last applied */
instant state_time(const struct state *st);
uint64_t state_tick(const struct state *st);
const struct hash *state_log(const struct state *st);
const struct capacity *state_capacity(const struct state *st);
bool state_is_live(const struct state *st);
struct text state_origin(const struct state *st);
uint32_t state_party_count(const struct state *st);
uint16_t state_party_find(const struct state *st, const struct name *n); /* PARTY_NONE */
const struct name *state_party_name(const struct state *st, uint16_t party);
uint64_t state_stream_size(const struct state *st, uint16_t party);
/* The public key of the valid key of that name; NULL when unknown, revoked or not yet in force. */
const struct hash *state_key(const struct state *st, const struct name *party, const struct name *key);
/* Is the valid key of that name one that feeds only? It sends frames; its sessions read nothing. */
bool state_key_feeds_only(const struct state *st, const struct name *party, const struct name *key);
/* May `party` read something addressed to this reader now? (world and log: every party; agreement: its members) */
bool state_may_read(const struct state *st, uint16_t party, const struct reader *r);

/* SHA-256 over the canonical rows of every table, sorted by id: equal journals give equal digests. */
struct hash state_digest(const struct state *st);
/* Asserts every invariant that spans tables (life cycles, quotas, index = rows, timers). Tests and `log check`. */
void state_check(const struct state *st);

#endif
