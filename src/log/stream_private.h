/* Shared by stream.c (streams as they grow and are read) and stream_kept.c (what memory holds of them, for the next start). */
#ifndef PARLEY_LOG_STREAM_PRIVATE_H
#define PARLEY_LOG_STREAM_PRIVATE_H

#include "log/secret.h"
#include "log/shelf.h"
#include "log/stream.h"

struct streams {
    unsigned log2;
    uint32_t width, parties;  /* parties: one more than the highest that has a record */
    struct hmac_key *blinds;  /* [0]: unused slots; [1 + party] */
    struct merkle **trees;    /* per party, made with its first record */
    struct merkle log;
    struct shelf *places, *ticks, *nodes; /* nodes: run `width` is the log's */
    uint64_t records; instant first, latest;  /* of the records in all streams */
    struct stream_tick last; uint64_t *last_sizes; /* of the streams when the last tick was sealed */
};
struct merkle *streams_tree(struct streams *s, uint16_t party); /* NULL: no memory */

#endif
