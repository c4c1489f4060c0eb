#include "log/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open(const char *path, int flags, unsigned mode, bool directory, const char **why) {
    struct stat about;
    flags |= O_CLOEXEC | O_NOCTTY;
    int fd = open(path, flags | O_NONBLOCK, mode);
    if (fd < 0 && errno == EWOULDBLOCK) fd = open(path, flags, mode); /* a regular file with a lease, which its holder gives back soon */
    if (fd < 0 && errno != ENXIO) return *why = strerror(errno), -1;
    if (fd >= 0 && fstat(fd, &about) == 0 && (S_ISREG(about.st_mode) || (directory && S_ISDIR(about.st_mode)))) return fd;
    if (fd >= 0) close(fd);
    errno = ENXIO;
    return *why = "is no regular file (what comes through a pipe is given as '-')", -1;
}
