/* What the process may ask of the kernel once it serves: what its loop and its writer need, and nothing by which a bug in a parser becomes another
 * program. A seccomp filter over all threads; there is no way back. */
#ifndef PARLEY_DOOR_CONFINE_H
#define PARLEY_DOOR_CONFINE_H

#include "base/result.h"

/* From now on any other call ends the process by SIGSYS, with a line "forbidden_call" in the log that names it. Errors: UNSUPPORTED (the
 * kernel takes no filter). No new program, thread group, kind of socket or executable memory; files only as the rights of the user allow. */
result confine(struct fault *f);
/* Built with a sanitizer, whose runtime needs more than the filter lets through: then the server does without. */
bool confine_impossible(void);

#endif
