/* A process beside the server: the keeper (keeper.h), the one that fetches keys (key_courier.h). Forked before the server has a secret, a thread or a client,
 * and held by one socket: through it both speak, and its end tells either that the other is gone. It dies with the server, whatever happens to that. */
#ifndef PARLEY_DOOR_CHILD_H
#define PARLEY_DOOR_CHILD_H

#include <sys/types.h>

#include "base/result.h"

struct child { pid_t pid; int socket; /* -1: there is none */ };
struct child_how {
    const char *name;          /* of the process: 15 bytes at most */
    int type;                  /* of the socket: SOCK_STREAM, SOCK_SEQPACKET */
    int nice;
    bool first_to_go;          /* where memory ends */
};
/* `live` runs in the child, with nothing of the server's but the socket and standard error; signals that are meant for the server pass it by. When it
 * returns, the child ends. Call with one thread only. IO: no socket, no process; then *c says that there is none. */
result child_start(struct child *c, const struct child_how *how, void (*live)(void *context, int socket), void *context, struct fault *f);
bool child_up(const struct child *c);

/* Neither waits. Hearing finds that it has ended: then child_up is false and *c empty. False: nothing more came. */
bool child_hear(struct child *c, void *bytes, size_t room, size_t *got);
/* False: there is no room now, or it has ended. */
bool child_tell(struct child *c, const void *bytes, size_t size);

/* It is told to end (its socket does), and waited for so long at most; then it is killed, and waited for DOOR_CHILD_KILL_MS. STUCK: it is there even then,
 * in a call of the kernel that does not come back. `c` is empty afterwards. An empty one has ENDED. */
enum child_ending { CHILD_ENDED, CHILD_KILLED, CHILD_STUCK };
enum child_ending child_end(struct child *c, int64_t grace_ms);

#endif
