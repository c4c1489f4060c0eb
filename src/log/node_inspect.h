/* A log looked at without being opened: no lock, no replay, nothing written. For `parley doctor`. */
#ifndef PARLEY_LOG_NODE_INSPECT_H
#define PARLEY_LOG_NODE_INSPECT_H

#include "base/instant.h"
#include "base/sha256.h"
#include "core/statement.h"
#include "log/disk.h"

struct node_inspection {
    char origin[256];
    bool live;
    struct hash log;
    struct capacity capacity; /* of the genesis: they may have been raised since */
    int64_t tick_ns;
    uint64_t reserve;         /* bytes of disk that are kept for what warns people */
};
/* The genesis. NOT_FOUND: there is no log; ROT. */
result node_inspect(struct disk *d, const char *dir, struct node_inspection *out, struct fault *f);

/* Those that are in force, and those that were stated for a start to come; equal to them where none wait. */
struct node_capacities { struct capacity in_force, wanted; uint64_t waits; /* order of their statement; 0: none wait */ uint64_t batch; /* so far the journal was read */ };
/* Of the newest snapshot and of the journal behind it (of all of it where there is none). Beside a server that writes it may end early: what came up to then
 * is in *out whatever is returned. NOT_FOUND, ROT, IO, FULL. */
result node_inspect_capacities(struct disk *d, const char *dir, struct node_capacities *out, struct fault *f);
/* `take` gets the decoded genesis, which is gone afterwards. */
result node_inspect_genesis(struct disk *d, const char *dir, void (*take)(void *, const struct statement *), void *context, struct fault *f);

struct node_ending {
    bool any_checkpoint, torn, any_time;
    uint64_t checkpoint;      /* ticks in the last checkpoint that was given out; its signature was verified */
    uint64_t tick, batch;     /* the journal's last ones; 0: none */
    instant time;             /* of its last record */
};
/* Checkpoint and the journal's last batches, as the next start will find them. Not while a server writes. ROT; LOST_TAIL: what was given out is
 * not there. */
result node_inspect_ending(struct disk *d, const char *dir, struct node_ending *out, struct fault *f);
/* Is `name` ("log.key", "receipt.key") the key that the genesis names? CONFLICT, MALFORMED, NOT_FOUND, IO, FORBIDDEN. */
result node_inspect_key(struct disk *d, const char *dir, const char *name, struct fault *f);

#endif
