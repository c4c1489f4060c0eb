/* The keeper: a process beside the server that follows the journal (log/follower.h) and writes snapshots while the server serves, which it never stops for
 * that. Forked before the server has a secret, a thread or a client; it never gets one. It reads the genesis and the journal, writes snapshots/ and
 * nothing else, and the kernel holds it to that (confine.h; child.h for the rest). As it steps everything again and compares every outcome, it also finds a server whose
 * memory has gone wrong. If it ends, the server goes on without, says so, and begins another at its next start. */
#ifndef PARLEY_DOOR_KEEPER_H
#define PARLEY_DOOR_KEEPER_H

#include "door/child.h"
#include "door/server.h"
#include "log/node.h"

struct keeper {
    struct child child;          /* that it has ended, or could not be made, the node knows (node_keeper_gone) */
    bool begun;
    uint64_t told_batch, told_wanted, batch; /* batch: so far it has followed */
    int64_t longest_ns;          /* that a snapshot of it took */
};
/* Before anything else. Where none can be made, that is said, and the server does without. */
void keeper_start(struct keeper *k, const struct server_options *o);
/* Once the node is open, and after each snapshot that the server itself writes before it serves. */
void keeper_begin(struct keeper *k, struct node *n);
/* Once a second: tells it how far it may go, hears what it says. Waits for nothing. */
void keeper_turn(struct keeper *k, struct node *n);
/* Tells it to end; one that has not within `grace_ms` is killed, which is said. False: it is still there, and perhaps writing. */
bool keeper_end(struct keeper *k, int64_t grace_ms);

#endif
