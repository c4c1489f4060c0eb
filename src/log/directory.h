/* What a directory holds, by the names of its files, so that nothing of one kind is written into another's. */
#ifndef PARLEY_LOG_DIRECTORY_H
#define PARLEY_LOG_DIRECTORY_H

#include "log/disk.h"

/* OTHER: nothing of ours, nothing at all, or not to be looked at: whoever opens it says why. */
enum directory_kind { DIRECTORY_OTHER, DIRECTORY_LOG, DIRECTORY_MIRROR, DIRECTORY_WITNESS, DIRECTORY_DEPOSITS };
enum directory_kind directory_kind(struct disk *d, const char *dir);
/* CONFLICT: it holds one of the other kinds, which is named. */
result directory_of(struct disk *d, const char *dir, enum directory_kind wanted, struct fault *f);

#endif
