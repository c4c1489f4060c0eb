/* What a disk is made of: shared by disk.c and the two disks, by nobody else. */
#ifndef PARLEY_LOG_DISK_PRIVATE_H
#define PARLEY_LOG_DISK_PRIVATE_H

#include "log/disk.h"

struct disk_methods {
    result (*open)(struct disk *d, const char *path, enum disk_mode mode, bool create, struct disk_file **out,
                   struct fault *f);
    void (*close)(struct disk_file *file);
    result (*write)(struct disk_file *file, uint64_t offset, const void *bytes, size_t size, struct fault *f);
    result (*read)(struct disk_file *file, uint64_t offset, void *bytes, size_t size, size_t *got, struct fault *f);
    result (*sync)(struct disk_file *file, struct fault *f);
    result (*size)(struct disk_file *file, uint64_t *size, struct fault *f);
    result (*truncate)(struct disk_file *file, uint64_t size, struct fault *f);
    result (*make_dir)(struct disk *d, const char *path, struct fault *f);
    result (*sync_dir)(struct disk *d, const char *path, struct fault *f);
    result (*rename)(struct disk *d, const char *from, const char *to, struct fault *f);
    result (*remove)(struct disk *d, const char *path, struct fault *f);
    result (*private)(struct disk *d, const char *path, struct fault *f);
    result (*own)(struct disk *d, const char *path, bool link, struct fault *f);
    bool (*exists)(struct disk *d, const char *path);
    result (*list)(struct disk *d, const char *dir, bool (*each)(void *context, const char *name), void *context,
                   struct fault *f);
    result (*free_space)(struct disk *d, const char *dir, uint64_t *bytes, struct fault *f);
    void (*forget)(struct disk_file *file); /* what the cache holds of it is not what the next read is to find; NULL: there is no cache */
    result (*lock)(struct disk *d, const char *path, struct disk_file **lock, struct fault *f);
};
struct disk {
    const struct disk_methods *methods;
};
struct disk_file {
    struct disk *disk;
};

#endif
