/* Parts: named bytes with an own salt; the leaves of a record (FORMAT.md, "Part" and "Record"). */
#ifndef PARLEY_CORE_PART_H
#define PARLEY_CORE_PART_H

#include "base/id.h"
#include "base/sha256.h"

enum part_class {
    PART_NOTE = 1, PART_SECTION = 2, PART_REQUEST = 3, PART_CREDENTIAL = 4, PART_OUTCOME = 5, PART_CLAIMS = 6, PART_ORDER = 7,
    PART_TOLD = 8, PART_AIRCRAFT = 9, PART_FRAME = 10
};
struct part {
    uint8_t part_class; /* enum part_class */
    uint8_t slot;       /* PART_SECTION: which commitment */
    struct text name;   /* [a-z0-9._-]{1,32}: "note", section name, "request", "outcome", "claims", "order", "told", "frame", identity */
    struct text bytes;  /* at NULL with size > 0: erased, known by hash only */
    uint8_t salt[32];
};
/* H(0x00 || "parley/part/1\n" || class || context || salt || len(name) u8 || name || len(bytes) u64 || bytes) */
struct hash part_hash(const struct part *p, const struct hash *context);
/* Context of class 2: H("parley/ctx/1\n" || LOG || id || public keys of `by`, ascending as bytes); of all others LOG. */
struct hash part_section_context(const struct hash *log, const struct id *id, const struct hash *keys, uint32_t key_count);
/* How a commitment stands in the record: H(0x00 || "parley/commit/1\n" || C). */
struct hash part_commit(const struct hash *commitment);

#endif
