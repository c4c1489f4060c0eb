/* Shared by tile_mirror.c (files, checkpoints) and tile_entries.c (add-entries). */
#ifndef PARLEY_LOG_TILE_MIRROR_PRIVATE_H
#define PARLEY_LOG_TILE_MIRROR_PRIVATE_H

#include "log/tile_mirror.h"

struct tile_pending { uint64_t size; struct hash root; struct append note; /* no bytes: none */ };
struct tile_mirror {
    struct tile_mirror_options o;
    struct witness_log log;              /* the one that the witness's state is of */
    char hash[2 * SHA256_SIZE + 1];
    char pending_dir[LIMIT_PATH], fork_pulled[LIMIT_PATH], fork_shown[LIMIT_PATH]; /* the files that forks would be in */
    struct witness *pending;
    struct tile_pending recent[LIMIT_MIRROR_PENDING]; /* recent[0]: now */
    struct tile_pending waiting;         /* what was pulled, and could not be proven to be of the pending tree yet; no note: none */
    struct tile_store *entries;
    uint64_t held;                       /* as DIR/mirror says; the store's size, but after a failure */
    uint64_t size, seconds;              /* of the mirror checkpoint; its own signature's time */
    struct hash root;
    struct append note;
    uint8_t public_key[NOTE_KEY_BYTES];
    struct note parsed, shown;           /* shown: `note` */
    bool failed;
    char fork[LIMIT_PATH];               /* the file that holds both notes of a fork, seen now or before the start; "": none was */
    bool stuck;                          /* entries were pulled, and nothing that is known now will show that they are the log's */
};
/* Nothing may be taken or signed: IO after a write that failed, DIVERGED after a fork. */
result tile_mirror_stopped(const struct tile_mirror *m, struct fault *f);
/* RANGE: it has signed at a later second. */
result tile_mirror_clock(const struct tile_mirror *m, uint64_t seconds, struct fault *f);
/* Makes the entries that the store has durable, and with them, unless `c` is NULL, the checkpoint of that note under its own signature (where it signs), which `out` gets (may be NULL). 200 or 503. */
unsigned tile_mirror_keep(struct tile_mirror *m, const struct tile_pending *c, uint64_t seconds, struct append *out, struct fault *f);

#endif
