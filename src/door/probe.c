#include "door/probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

uint64_t probe_tree_bytes(const char *dir, const char *name) {
    char path[LIMIT_PATH];
    uint64_t bytes = 0;
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) return 0;
    DIR *at = opendir(path);
    if (at == NULL) return 0;
    for (const struct dirent *e = readdir(at); e != NULL; e = readdir(at)) {
        struct stat about;
        if (fstatat(dirfd(at), e->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode)) bytes += (uint64_t)about.st_blocks * 512;
    }
    closedir(at);
    return bytes;
}
