/* A checkpoint's text (C2SP tlog-checkpoint) and a witness's dated signature on it (C2SP tlog-cosignature, Ed25519, "cosignature/v1").
 *
 * A cosignature says: at this time, the largest tree of this log that I have seen, and that contains all which I saw before, has this size and root.
 * Its line in the checkpoint's note is `— <name> <base64 of key id[4] || seconds u64 || signature[64]>`, the key's id of type 0x04, and what is signed
 *     cosignature/v1
 *     time <seconds since 1970, UTC>
 * and the checkpoint's text behind it. */
#ifndef PARLEY_BASE_COSIGNATURE_H
#define PARLEY_BASE_COSIGNATURE_H

#include "base/note.h"
#include "base/sha256.h"

enum { COSIGNATURE_BYTES = 8 + NOTE_SIGNATURE_BYTES, /* behind the key id */ CHECKPOINT_TEXT_BYTES = 16 * 1024 /* of one that is cosigned */ };

struct checkpoint {
    struct text origin;    /* borrowed; not empty */
    uint64_t size;         /* at most 2^63 - 1 */
    struct hash root;
    uint32_t extensions;   /* lines behind the three: what they say is the log's own business */
};
/* Of a note's text: three lines or more, each ended by a line feed, none empty. MALFORMED, TOO_LARGE; the fault's field is "/checkpoint". */
result checkpoint_read(struct text text, struct checkpoint *out, struct fault *f);

/* The three lines. */
void checkpoint_text(struct text origin, uint64_t size, const struct hash *root, struct append *out);

/* Is this a signature, dated `seconds`, of that key over `text`, of at most CHECKPOINT_TEXT_BYTES? */
bool cosignature_good(struct text text, uint64_t seconds, const uint8_t signature[NOTE_SIGNATURE_BYTES], const uint8_t public_key[NOTE_KEY_BYTES]);
/* Its line in the note. */
void cosignature_line(struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint64_t seconds, const uint8_t signature[NOTE_SIGNATURE_BYTES]);

/* One line over `text`, a checkpoint's, dated `seconds` (0 < seconds). */
void cosignature_sign(struct append *out, struct text text, struct text name, const uint8_t secret[NOTE_SECRET_BYTES], uint64_t seconds);
/* Is the line of that witness (name and key id of type 0x04)? Says nothing about its signature. */
bool cosignature_line_of(const struct note_line *line, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]);
/* Is it, and good over `text`? *seconds: its time, which is never 0 and at most 2^63 - 1. */
bool cosignature_verify(struct text text, const struct note_line *line, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint64_t *seconds);
/* The two pieces of such a line; false: not of COSIGNATURE_BYTES, or no time. Nothing is verified. */
bool cosignature_read(const struct note_line *line, uint64_t *seconds, uint8_t signature[NOTE_SIGNATURE_BYTES]);

#endif
