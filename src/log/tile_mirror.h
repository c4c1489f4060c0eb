/* A mirror of one transparency log, by C2SP tlog-mirror: it keeps the log's entries and signs, dated (tlog-cosignature), a checkpoint of the log once all entries of that tree are durable here.
 *
 *   pending checkpoint   the largest tree that the log's key signed and that was proven to continue the pending one before it: a witness's file (log/witness.h) in DIR/pending
 *   entries              DIR/entries (log/tile_store.h): the first ones of the pending tree, each proven to be of it before it counts
 *   mirror checkpoint    DIR/mirror: `held N`, `time T` of its signature, the root of these N entries, a blank line, and the note of the tree that it signed last (none yet: nothing)
 *
 *   DIR/fork             where one was seen in what its owner pulled: the pending checkpoint, an empty line, the one shown. What add-checkpoint shows is in DIR/pending/<hash>.fork.
 *                        While either stands nothing is taken or signed, after a start too: whoever has looked moves it away, and starts it again
 *
 * Order of durability: entries, pending checkpoint, DIR/mirror, and only then a signature leaves. So after a kill or a power cut at any instant each file is one that it had, entries behind
 * `held` were never taken, and it knows every tree that it has signed; all of those are of one sequence of entries. What comes in: add-checkpoint and add-entries from whoever asks, and what its
 * owner pulls (tile_mirror_offer). One thread. A write that fails ends it, and so does a fork: everything that would write answers 503, what is held is shown.
 *
 * Not of the specification: sign-subtree (it is optional), tickets (they are empty; the last LIMIT_MIRROR_PENDING pending checkpoints since the start are known without), pruning. */
#ifndef PARLEY_LOG_TILE_MIRROR_H
#define PARLEY_LOG_TILE_MIRROR_H

#include "log/tile_store.h"
#include "log/witness.h"

struct tile_mirror;
struct tile_mirror_options {
    const char *dir; /* made where it is not */
    struct disk *disk;
    const struct witness_log *log; /* must stay there */
    struct text name;              /* of the mirror's key, … */
    const uint8_t *secret;         /* … NOTE_SECRET_BYTES, which must stay there; NULL: it does not sign, and what it shows bears the signatures that came */
    struct text witness_name;      /* a witness beside it, of another name and key: C2SP lets that one answer add-checkpoint */
    const uint8_t *witness_secret; /* NULL: none */
};
/* Errors: those of witness_open; ROT: a file is not what it has written; CONFLICT: the key of another mirror has signed what stands there, or the witness's name or key is the mirror's. */
result tile_mirror_open(const struct tile_mirror_options *o, struct tile_mirror **out, struct fault *f);
void tile_mirror_close(struct tile_mirror *m); /* NULL: nothing */

/* add-checkpoint: as a witness answers it. With status 200 `out` has the witness's signature, or nothing. */
struct witness_told tile_mirror_checkpoint(struct tile_mirror *m, struct text body, uint64_t seconds, struct append *out, struct fault *f);
/* add-entries, with the status that C2SP asks for: 200 (out: the mirror's signature line), 202 and 409 (out: three lines, text/x.tlog.mirror-info), 400, 404, 422; 503 as witness_add. `f` says why,
 * unless 200 and 202. Only where it signs. */
unsigned tile_mirror_entries(struct tile_mirror *m, struct text body, uint64_t seconds, struct append *out, struct fault *f);
/* The same of a body whose bytes cost something to get. upto: at least its first `bytes`, or all that there are; valid until the next call. Asked for no more than the head, before that was judged,
 * and then for LIMIT_MIRROR_UNPROVEN behind the last package that was proven. */
struct tile_body { struct text (*upto)(void *context, size_t bytes); void *context; };
unsigned tile_mirror_entries_of(struct tile_mirror *m, const struct tile_body *body, uint64_t seconds, struct append *out, struct fault *f);

/* What its owner has pulled: a checkpoint, and from where its entries come. next gives entry `index`, one after the other, of `size` that there are; the text is valid until the next call. */
struct tile_source { uint64_t size; result (*next)(void *context, uint64_t index, struct text *entry, struct fault *f); void *context; };
/* Takes what is missing of the tree (or of the pending one, where that is larger), proves it against both, signs. Where what
 * is pending is ahead of what was pulled, the largest that the entries prove: an offered one, else one that was pending. *taken false: nothing was signed (it is older than what was, or nothing there proves it to be of the
 * pending tree; that is kept, and signed once something does). UNAUTHENTIC, MALFORMED: the note; RANGE: the clock has run back: nothing was taken, try later; DIVERGED: a fork: the checkpoint is not of the log of which
 * entries are held or pending. After one nothing is taken. What `next` fails with leaves what is held as it was. At most LIMIT_MIRROR_TURN entries are taken: while tile_mirror_pulls, the same is to be offered again, and add-entries is answered 503. */
result tile_mirror_offer(struct tile_mirror *m, struct text note, const struct tile_source *from, uint64_t seconds, bool *taken, struct fault *f);
bool tile_mirror_pulls(const struct tile_mirror *m);
/* The file that holds both notes of the fork that has stopped it; false: none was seen. */
bool tile_mirror_forked(const struct tile_mirror *m, struct text *path);

/* --- what is shown --- */
bool tile_mirror_note(const struct tile_mirror *m, struct text *out); /* the mirror checkpoint; false: none yet */
bool tile_mirror_witnessed(const struct tile_mirror *m, struct text *out); /* what the witness beside it has signed last */
uint64_t tile_mirror_size(const struct tile_mirror *m); /* of the mirror checkpoint */
uint64_t tile_mirror_next(const struct tile_mirror *m); /* the first entry that is not held */
/* Of the tree of the mirror checkpoint. */
result tile_mirror_tile(struct tile_mirror *m, const struct tile *t, struct append *out, struct fault *f);
const char *tile_mirror_hash(const struct tile_mirror *m); /* SHA-256 of the log's origin, 64 hex digits */

#endif
