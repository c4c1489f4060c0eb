/* Files that a user names, or that stand in the log's directory. A named pipe in a file's place would be waited for without end, a
 * terminal or a device be read without end: nothing but a regular file is opened. What comes through a pipe is given as "-". */
#ifndef PARLEY_LOG_FILE_H
#define PARLEY_LOG_FILE_H

#include <stdbool.h>

/* As open(2), with O_CLOEXEC and O_NOCTTY; a directory only where `directory` says so. -1: `*why` tells the reason, errno too (ENXIO: of no such kind). */
int file_open(const char *path, int flags, unsigned mode, bool directory, const char **why);

#endif
