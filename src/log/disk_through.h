/* A disk that is read through another one, with a word in every read: to go slowly, or to look at bytes as they would be. Nothing can be written by it. */
#ifndef PARLEY_LOG_DISK_THROUGH_H
#define PARLEY_LOG_DISK_THROUGH_H

#include "log/disk_private.h"

struct disk_through {
    struct disk disk;
    struct disk *under;
    /* After each read: `got` bytes of `path` from `offset` on, which it may change. What it returns is what the read returns. */
    result (*read)(void *context, const char *path, uint64_t offset, uint8_t *bytes, size_t got, struct fault *f);
    uint64_t (*least)(void *context, const char *path); /* NULL, or: a file has at least so many bytes, those that are not there being zeros; 0: as it is. Such a file need not be there */
    void *context;
};
/* *t lives as long as its files do. Returns &t->disk. */
struct disk *disk_through(struct disk_through *t);

#endif
