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
    struct capacity capacity;
    int64_t tick_ns;
    size_t memory;            /* bytes that its state will take */
    uint64_t reserve;         /* bytes of disk that are kept for what warns people */
};
/* The genesis. NOT_FOUND: there is no log; ROT. */
result node_inspect(struct disk *d, const char *dir, struct node_inspection *out, struct fault *f);

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
