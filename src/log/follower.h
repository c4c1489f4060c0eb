/* A second state beside a node's, made from the journal alone: it reads what is durable, steps it again, compares every outcome and told record with what
 * was recorded, as a start does, and writes snapshots. It holds no secret and writes nothing else; the node may be another process's. Owned by one thread. */
#ifndef PARLEY_LOG_FOLLOWER_H
#define PARLEY_LOG_FOLLOWER_H

#include "log/node.h"

struct follower;
/* Of the directory only the genesis is read. Memory is taken by follower_begin: as much as the node's state. */
result follower_open(const char *dir, struct disk *disk, struct follower **out, struct fault *f);
void follower_close(struct follower *w);
/* The state of the snapshot named there, or that of the genesis. Errors are final, here and below: FULL, IO, ROT, DIVERGED. */
result follower_begin(struct follower *w, const struct node_from *from, struct fault *f);
/* One batch on. `batch`: one of which the node has said that it is durable. *there: it is reached, nothing was done. */
result follower_step(struct follower *w, uint64_t batch, bool *there, struct fault *f);
uint64_t follower_order(const struct follower *w); /* of the last statement stepped; behind each step: that of its batch */
uint64_t follower_batch(const struct follower *w);
/* Writes the snapshot of the state as it is. The follower goes on whatever comes out. */
result follower_snapshot(struct follower *w, struct node_snapshot_kept *out, struct fault *f);
const struct state *follower_state(const struct follower *w);

#endif
