/* Asks one witness: a process of its own, for the server's makes no connections (confine.h). It is forked before there are secrets in memory, other threads or
 * the filter of system calls; what it is given is sent to its witness, one after the other, and what comes back goes to the loop. Slow, gone or hostile, a witness
 * holds up nothing but this process. What of the answer is true, the loop decides (witnesses.h). */
#ifndef PARLEY_DOOR_WITNESS_COURIER_H
#define PARLEY_DOOR_WITNESS_COURIER_H

#include "base/text.h"
#include "door/child.h"
#include "door/limits.h"

/* The prefix of the witness's submissions: `url`/add-checkpoint is asked. Call with one thread only. IO. */
result witness_courier_start(struct child *c, const char *url, struct fault *f);
bool witness_courier_ask(struct child *c, struct text body); /* of at most DOOR_WITNESS_REQUEST_BYTES; false: no room, or it has died. Never blocks */
/* status 0: there was no answer, and `text` says why; else its body, of at most DOOR_WITNESS_REPLY_BYTES. Valid until the next call. */
struct witness_answer { uint32_t status; struct text text; };
bool witness_courier_next(struct child *c, struct witness_answer *out); /* never blocks */

#endif
