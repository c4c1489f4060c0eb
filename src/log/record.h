/* A record's parts as bytes, and its tree (FORMAT.md, "Record" and "A record's parts on disk"). */
#ifndef PARLEY_LOG_RECORD_H
#define PARLEY_LOG_RECORD_H

#include "base/arena.h"
#include "base/bytes.h"
#include "core/part.h"
#include "log/merkle.h"

/* count u32, then each part: class u8, slot u8, len(name) u8, name, salt[32], len(bytes) u32, bytes. */
void record_put_count(struct append *out, uint32_t count);
void record_put_part(struct append *out, const struct part *p);
/* Texts point into `bytes`, the array into `a`. ROT: not of that form. */
result record_parse(struct text bytes, struct arena *a, struct part **parts, uint32_t *count, struct fault *f);
/* What is wrong with the parts' order, names or slots (FORMAT.md, 3 and 5), or NULL: no hash of theirs says so to who made them all anew. */
const char *record_misformed(const struct part *parts, uint32_t count);
/* The leaves of the record's tree, in order: one per part but sections, and behind the first part the four commitments
 * (NULL: none). `leaves` has room for count + 4. Returns their number. */
uint32_t record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log,
                       struct hash *leaves);

#endif
