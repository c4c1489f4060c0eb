/* Deposits (FORMAT.md, "Deposits"): for when the server does not answer. A depositor keeps a log of his own, one leaf for each text, which shows nothing of the text; witnesses sign its
 * checkpoints, dated. What comes of it is a C2SP tlog-proof: it shows that a text with this hash existed by then, to whoever trusts a witness, and nothing else.
 *
 * The directory: `leaves`, for each text 64 hex digits of its hash, a space, 64 of a salt, a line feed; `lock`. A leaf is durable before a witness is asked: after kill -9 or a
 * power cut the log is no shorter than what was ever signed. A torn last line (shorter, or with a sector of it zeros) was
 * never shown to anybody, and is cut. */
#ifndef PARLEY_LOG_DEPOSIT_H
#define PARLEY_LOG_DEPOSIT_H

#include "base/limits.h"
#include "base/note.h"
#include "log/disk.h"
#include "log/merkle.h"

/* The leaf's hash: H(0x00 || "parley/deposit/1\n" || salt || H(text)). */
struct hash deposit_leaf(const struct hash *text, const uint8_t salt[32]);

/* --- a proof: tlog-proof whose `extra` is the salt --- */
struct deposit_proof {
    uint8_t salt[32];
    uint64_t index;
    unsigned length;
    struct hash path[MERKLE_DEPTH];
    struct text note; /* borrowed */
};
void deposit_proof_write(const struct deposit_proof *p, struct append *out);
/* Every byte counts: written again it must be the same. MALFORMED, TOO_LARGE; the fault's field is "proof". */
result deposit_proof_read(struct text in, struct deposit_proof *out, struct fault *f);
/* The path leads from the text's hash to the checkpoint's root. ROT: it does not; MALFORMED: no checkpoint. *origin is borrowed. */
result deposit_proof_check(const struct deposit_proof *p, const struct hash *text, struct text *origin, struct fault *f);
/* *signed_ false: no line of this witness. UNAUTHENTIC: one that is not good. *seconds: since 1970, by the witness's clock, the earliest of its lines. */
result deposit_proof_seen(const struct deposit_proof *p, struct text name, const uint8_t public_key[32], bool *signed_, uint64_t *seconds, struct fault *f);

/* --- the depositor's log --- */
struct deposits;
/* Errors: BUSY (another process has it), FORBIDDEN, IO, ROT (not what was written), FULL. `cut`: bytes of a torn line. */
result deposits_open(struct disk *d, const char *dir, struct deposits **out, uint64_t *cut, struct fault *f);
void deposits_close(struct deposits *s); /* NULL: nothing */
uint64_t deposits_count(const struct deposits *s);
/* *index: of the leaf that this text has; else of a new one, with that salt, durable. After a failed write nothing more is taken. */
result deposits_add(struct deposits *s, const struct hash *text, const uint8_t salt[32], uint64_t *index, struct fault *f);
/* The checkpoint of all, signed. */
void deposits_checkpoint(const struct deposits *s, struct text origin, const uint8_t secret[NOTE_SECRET_BYTES], struct append *out);
/* The body of add-checkpoint for it, to a witness that has signed `old` (0: none). RANGE: it says that it has signed more than there is. */
result deposits_request(const struct deposits *s, uint64_t old, struct text note, struct append *out, struct fault *f);
/* All but the note. */
result deposits_proof(const struct deposits *s, uint64_t index, struct deposit_proof *out, struct fault *f);

#endif
