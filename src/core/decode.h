/* Bytes -> struct statement. Used by the doors when they arrive and by recovery when they come back from the journal: the same
 * bytes always give the same statement. Pure but for the arena. */
#ifndef PARLEY_CORE_DECODE_H
#define PARLEY_CORE_DECODE_H

#include "base/arena.h"
#include "base/json.h"
#include "core/statement.h"

struct section_bytes { struct text bytes; uint8_t salt[32]; };
struct decoder { struct json_reader *json; struct arena *arena; struct hash log; struct text origin; };

/* A signed note (text, blank line, signature lines). Checks form, LOG and origin (not for genesis), member rules, that each section hashes to a
 * commitment (FORMAT.md, SECTION commitment), every body against its kind's schema. Ed25519 is verified when `verify`; else signature
 * lines are trusted (recovery: they were verified when recorded). RESULT_UNAUTHENTIC: a line that is present does not verify. */
result decode_note(const struct decoder *d, struct text note, const struct section_bytes *sections, uint32_t section_count,
                   bool verify, struct statement *out, struct fault *f);
/* Genesis: a signed note whose first line is "parley/1 genesis <origin>" and whose second is the genesis body itself. */
result decode_genesis(const struct decoder *d, struct text note, bool verify, struct statement *out, struct fault *f);
/* Plain JSON of a session: {"kind":…,"id":…,"on":…,"prev":…,"sections":[{…}]}; identity from party and idempotency key. */
result decode_plain(const struct decoder *d, struct text request, const struct name *party, const struct name *session_key,
                    struct text idempotency_key, const struct section_bytes *sections, uint32_t section_count,
                    struct statement *out, struct fault *f);
/* A frame from its stored parts (FORMAT.md, "frame" and "aircraft"). */
result decode_frame(const struct decoder *d, struct text frame, const struct text *aircraft, uint32_t count, struct statement *out, struct fault *f);
/* Section commitment: the class 2 part hash (FORMAT.md). `keys` = public keys of `by`, ascending as bytes. */
struct hash section_context(const struct hash *log, const struct id *id, const struct hash *keys, uint32_t key_count);
struct hash section_commitment(const struct hash *context, const uint8_t salt[32], struct text name, struct text bytes);
/* H(0x00 || "parley/part/1\n" || class || ctx || salt || len(name) u8 || name || len(bytes) u64 || bytes) */
struct hash part_hash(uint8_t part_class, const struct hash *context, const uint8_t salt[32], struct text name, struct text bytes);

#endif
