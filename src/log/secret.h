/* Secrets: who may read the files that hold them, where they stand in memory, and that no core dump takes them along. */
#ifndef PARLEY_LOG_SECRET_H
#define PARLEY_LOG_SECRET_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/result.h"

/* No core dumps of this process from now on, and no other one of this user may look into it (ptrace, /proc/PID/mem). */
void secret_process(void);

/* Locked (where the system lets us), behind guard pages, out of core dumps, zeroed; NULL: no memory. Wiped when freed. */
void *secret_alloc(size_t size);
void secret_free(void *at); /* NULL: nothing */

/* FORBIDDEN, saying what to type, when somebody else could read or write what stands there: it belongs to another user, or group
 * or others have a right to it. `fd`: open; `path` is for the message. */
result secret_check(int fd, const char *path, struct fault *f);
/* A file of at most `out->room` bytes after secret_check, into memory of the caller's (append_fixed). "-": standard input. */
result secret_read(const char *path, struct append *out, struct fault *f);

#endif
