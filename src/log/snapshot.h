/* The state as it was behind a batch of the journal, in a file of its own (FORMAT.md, "Snapshots"), so that a start need not step again what came
 * before. Derived: without any the journal alone gives the same state. The newest two are kept. */
#ifndef PARLEY_LOG_SNAPSHOT_H
#define PARLEY_LOG_SNAPSHOT_H

#include "base/limits.h"
#include "core/state.h"
#include "log/disk.h"

struct snapshot_head {
    struct hash log, digest;         /* state_digest */
    uint64_t order, batch;           /* the last of both that the state has seen */
    struct hash batch_hash;          /* of that batch: it is of this journal and no other */
    uint64_t tick_bytes;             /* mean of what a tick takes of the disk */
    uint32_t tick_parties;           /* that the last tick was sealed over */
    uint64_t bytes;                  /* of the state */
    struct hash content;             /* H of them */
    uint32_t rules;                  /* of the core that made it: CORE_RULES */
};
/* Written beside, synced, renamed; then those are removed that no start could use, and all but the newest two good ones; one of this log of a higher order
 * proves a lost tail and stays. `head`: digest, bytes, content and rules are filled in. An error leaves the
 * older ones as they were. */
result snapshot_write(struct disk *d, const char *dir, struct snapshot_head *head, const struct state *st, struct fault *f);
/* Orders of those in the directory, newest first, at most LIMIT_SNAPSHOTS_LISTED; without the directory none. IO: it cannot be read; `count` is 0. */
result snapshot_list(struct disk *d, const char *dir, uint64_t orders[LIMIT_SNAPSHOTS_LISTED], uint32_t *count, struct fault *f);
/* ROT, UNSUPPORTED, IO. */
result snapshot_head_read(struct disk *d, const char *dir, uint64_t order, struct snapshot_head *out, struct fault *f);
/* The state, with `a` as state_load wants it, and its digest compared. */
result snapshot_load(struct disk *d, const char *dir, const struct snapshot_head *head, struct arena *a, const struct statement *genesis,
                     struct state **out, struct fault *f);
/* The capacities of the state in it, in force and waiting; only its first block is read. ROT, UNSUPPORTED, IO, FULL. */
result snapshot_capacities(struct disk *d, const char *dir, const struct snapshot_head *head, const struct statement *genesis, struct capacity *now,
                           struct capacity *wanted, uint64_t *waits, struct fault *f);
/* The file's blocks and the hash of the state's bytes; nothing is decoded. ROT, IO. */
result snapshot_file_check(struct disk *d, const char *dir, const struct snapshot_head *head, struct fault *f);
/* A snapshot that is whole, into another directory of the same log, as snapshot_write puts it there. ROT: it is not whole; NOT_FOUND: it is gone. */
result snapshot_copy(struct disk *d, const char *from, const struct snapshot_head *head, const char *to, struct fault *f);
/* Is this the state that the head tells of, in its digest and in its bytes (equal states give equal bytes)? */
result snapshot_state_check(const struct snapshot_head *head, const struct state *st, bool *same, struct fault *f);

#endif
