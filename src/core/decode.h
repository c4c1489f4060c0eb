/* Bytes -> struct statement. Used by the doors when they arrive and by recovery when they come back from the journal: the same
 * bytes always give the same statement. Pure but for the arena. */
#ifndef PARLEY_CORE_DECODE_H
#define PARLEY_CORE_DECODE_H

#include "base/arena.h"
#include "base/json.h"
#include "core/part.h"
#include "core/statement.h"

struct decoder { struct json_reader *json; struct arena *arena; struct hash log; struct text origin; };

/* The one entry: dispatches on the parts that came.
 *   note (+ sections)            a signed statement; origin SIGNED
 *   request + claims (+ sections) plain JSON of a session; origin ATTESTED. The claims say party, key and idempotency key
 *   request + claims of a token  a call at a DSS's door (dss.h); origin ATTESTED
 *   frame + aircraft… + claims   positions; origin ATTESTED
 *   request alone                made by the server itself (tick, unsure clock); origin SERVER
 * Parts that the server makes later (outcome, order, credential) are passed over. Checks form, LOG and origin, member rules, that each
 * section hashes to a commitment, every body against its kind's schema. Ed25519 is verified when `verify`; else lines that are
 * there are trusted (recovery: they were verified when recorded). RESULT_UNAUTHENTIC: a line that is there does not verify.
 * order, time and seen_is_prefix are left 0: they are set when ordered. */
result decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify,
                    struct statement *out, struct fault *f);
/* Genesis: a signed note "parley/1 genesis <origin>" whose second line is the genesis body itself; d->log is ignored. */
result decode_genesis(const struct decoder *d, struct text note, bool verify, struct statement *out, struct fault *f);

/* --- from what stands in a request's body to parts (doors) ---
 * {"note":"…","sections":[{"salt":"<64 hex>","bytes":"…"}]}  or  {"statement":{"kind":…,"id":…,"on":…,"prev":…},"sections":[{…}]}.
 * In the second form request part = the bytes of "statement" as they came, each section's bytes = the element as it came; salts
 * are drawn by `salt`. `parts` has room for LIMIT_SECTIONS + 2. Texts point into `body` or the arena. */
result decode_body(const struct decoder *d, struct text body, void (*salt)(void *bytes, size_t size), struct part *parts,
                   uint32_t *count, bool *plain, struct fault *f);
/* Of a plain statement all but its sections: kind, entity, who speaks, identity. `out` is zeroed. */
result decode_plain_head(const struct decoder *d, const struct part *request, const struct part *claims, struct statement *out, struct fault *f);
/* Claims part of an attested statement: {"party":…,"key":…,"idempotency":…|null}. */
void decode_claims_render(const struct name *party, const struct name *key, struct text idempotency, struct append *out);
/* Frame and aircraft parts (FORMAT.md) from positions; texts are allocated in the arena. parts[0] is the frame. */
result decode_frame_parts(struct arena *a, const struct body_frame *frame, struct part *parts, uint32_t room, uint32_t *count,
                          struct fault *f);
/* Of the parts so made, and what stands behind them, those aircraft stay for which keep[i]; the frame's new head, written to `head`, says how many were
 * shed. Not a second time. */
#define DECODE_FRAME_HEAD 64
void decode_frame_shed(struct part *parts, uint32_t *count, const bool *keep, char head[DECODE_FRAME_HEAD]);
/* The server's own request part. */
void decode_tick_render(const struct body_tick *t, struct append *out);
void decode_continue_render(const struct body_continue *b, struct append *out);
void decode_snapshot_render(const struct body_snapshot *b, struct append *out);
void decode_snapshot_digest_render(const struct body_snapshot_digest *b, struct append *out);
void decode_grow_render(const struct body_grow *b, struct append *out);
void decode_bridge_render(const struct body_bridge *b, struct append *out);
void decode_cosigned_render(const struct body_cosigned *b, struct append *out);

#endif
