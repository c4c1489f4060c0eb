/* What the process may ask of the kernel once it serves: what its loop and its writer need, and nothing by which a bug in a parser becomes another
 * program. A seccomp filter over all threads; there is no way back. */
#ifndef PARLEY_DOOR_CONFINE_H
#define PARLEY_DOOR_CONFINE_H

#include <sys/types.h>

#include "base/result.h"

/* From now on any other call ends the process by SIGSYS, with a line "forbidden_call" in the log that names it. Errors: UNSUPPORTED (the
 * kernel takes no filter). `beside`: processes of its own, which it may kill (0: none). No new program, thread group, kind of socket or executable memory; files only as the rights of the user allow. */
result confine(const pid_t *beside, size_t count, struct fault *f);
/* Of a server of few routes that writes below `dir` alone (a witness, a mirror): as `confine`, and where the kernel has Landlock no file elsewhere is opened any more. One thread. */
result confine_small(const char *dir, struct fault *f);
/* The keeper's: what reading the journal and writing snapshots needs. No network, thread or process at all; and where the kernel has Landlock, of all files
 * only the genesis and the journal of the log in `dir` can be read, and only its snapshots written. */
result confine_keeper(const char *dir, struct fault *f);
/* The scrubber's: what reading takes. No network, thread or process; where the kernel has Landlock, of all files only genesis, checkpoint, journal, snapshots and index of the log in `dir` can be
 * read, and none written but what is open. */
result confine_scrubber(const char *dir, struct fault *f);
/* Built with a sanitizer, whose runtime needs more than the filter lets through: then the server does without. */
bool confine_impossible(void);

#endif
