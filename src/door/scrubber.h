/* The scrubber: a process beside the server that reads everything of the log's directory again and again, slowly, and says what is no longer what was written (log/scrub.h). Forked before
 * the server has a secret, a thread or a client; it never gets one, and the kernel holds it to reading (confine.h). It repairs nothing. Where it stands is kept in the file `scrub`, so that
 * a new start goes on there. If it ends, the server goes on without, says so, and begins another at its next start. */
#ifndef PARLEY_DOOR_SCRUBBER_H
#define PARLEY_DOOR_SCRUBBER_H

#include "door/child.h"
#include "door/server.h"
#include "log/node.h"
#include "log/scrub_state.h"

struct scrubber {
    struct child child;
    bool wanted, lost;            /* lost: it has ended before the server, or could not be made */
    uint64_t told_batch, read;    /* read: bytes since the start */
    bool failed; struct fault why; /* the last round did not come to its end */
    struct scrub_state state;     /* as it was last heard of */
};
/* Before anything else. Where none can be made, that is said, and the server does without. */
void scrubber_start(struct scrubber *s, const struct server_options *o);
/* Once the node is open, then once a second: tells it how far it may go, hears what it says. Waits for nothing. */
void scrubber_turn(struct scrubber *s, struct node *n);
void scrubber_end(struct scrubber *s, int64_t grace_ms);
/* Places that were not what was written: in the round under way, or else in the last whole one. */
uint64_t scrubber_rot(const struct scrubber *s);
struct attention;
void scrubber_attention(struct attention *a, const struct scrubber *s);
void scrubber_render(const struct scrubber *s, struct append *out);  /* ,"scrub":{…} */
void scrubber_figures(const struct scrubber *s, struct append *out); /* /metrics */

#endif
