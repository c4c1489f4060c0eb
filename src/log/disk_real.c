/* The system's disk. DISK_DIRECT is O_DIRECT|O_DSYNC: a write that returned is on the medium, with nothing left in a cache that
 * a later fsync error could lose. Where a file system refuses O_DIRECT (tmpfs, some network ones) O_DSYNC alone remains. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "log/disk_private.h"
#include "log/file.h"
#include "log/secret.h"

struct real_file {
    struct disk_file file;
    int fd;
    bool direct;
    char *path; /* for messages */
};

static result fail_io(struct fault *f, const char *path, const char *what) {
    enum result_code code = errno == ENOENT ? RESULT_NOT_FOUND : errno == ENOSPC || errno == EDQUOT ? RESULT_FULL : RESULT_IO;
    return fail(f, code, path, "%s %s: %s", what, path, strerror(errno));
}

static struct real_file *real(struct disk_file *file) { return (struct real_file *)file; }

static result fail_open(struct fault *f, const char *path, const char *why) {
    if (errno == ELOOP) return fail(f, RESULT_FORBIDDEN, path, "is a link: what stands elsewhere would be read and written: rm '%s'", path);
    if (errno == EEXIST) return fail(f, RESULT_CONFLICT, path, "is there already, and was to be made: rm '%s'", path);
    return errno == ENXIO ? fail(f, RESULT_IO, path, "open %s: %s", path, why) : fail_io(f, path, "open");
}

/* No link is followed to a file of the log's: it would be read, and written, where nobody looks for it. */
static int open_file(const char *path, int flags, bool *direct, const char **why) {
    flags |= O_NOFOLLOW;
    int fd = file_open(path, flags, 0600, false, why);
    if (fd < 0 && errno == EINVAL && (flags & O_DIRECT) != 0) fd = file_open(path, flags & ~O_DIRECT, 0600, false, why), *direct = false;
    return fd;
}

static result real_open(struct disk *d, const char *path, enum disk_mode mode, bool create, struct disk_file **out,
                        struct fault *f) {
    const char *why = "";
    int flags = (mode == DISK_READ ? O_RDONLY : O_RDWR) | (create ? O_CREAT : 0) | (mode == DISK_NEW ? O_CREAT | O_EXCL : 0);
    if (mode == DISK_DIRECT) flags |= O_DIRECT | O_DSYNC;
    bool direct = mode == DISK_DIRECT;
    int fd = open_file(path, flags, &direct, &why);
    if (fd < 0) return fail_open(f, path, why);
    struct real_file *file = calloc(1, sizeof *file);
    char *copy = strdup(path);
    if (file == NULL || copy == NULL) {
        free(file);
        free(copy);
        close(fd);
        return fail(f, RESULT_FULL, path, "out of memory");
    }
    *file = (struct real_file){.file = {d}, .fd = fd, .direct = direct, .path = copy};
    *out = &file->file;
    return OK;
}

static void real_close(struct disk_file *file) {
    close(real(file)->fd);
    free(real(file)->path);
    free(file);
}

static result real_write(struct disk_file *file, uint64_t offset, const void *bytes, size_t size, struct fault *f) {
    struct real_file *r = real(file);
    assert(!r->direct || (offset % 4096 == 0 && size % 4096 == 0 && (uintptr_t)bytes % 4096 == 0));
    for (const char *at = bytes; size > 0;) {
        ssize_t done = pwrite(r->fd, at, size, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_io(f, r->path, "write");
        /* Short: go on, so that the reason (ENOSPC, EIO) comes out; direct writes only where the rest is still aligned. */
        if (done == 0 || (r->direct && done % 4096 != 0)) return fail(f, RESULT_IO, r->path, "short write to %s", r->path);
        at += done, offset += (uint64_t)done, size -= (size_t)done;
    }
    return OK;
}

static result real_read(struct disk_file *file, uint64_t offset, void *bytes, size_t size, size_t *got, struct fault *f) {
    struct real_file *r = real(file);
    *got = 0;
    while (*got < size) {
        ssize_t done = pread(r->fd, (char *)bytes + *got, size - *got, (off_t)(offset + *got));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_io(f, r->path, "read");
        if (done == 0) break;
        *got += (size_t)done;
    }
    return OK;
}

static result real_sync(struct disk_file *file, struct fault *f) {
    return fdatasync(real(file)->fd) == 0 ? OK : fail_io(f, real(file)->path, "sync");
}

static result real_size(struct disk_file *file, uint64_t *size, struct fault *f) {
    struct stat s;
    if (fstat(real(file)->fd, &s) != 0) return fail_io(f, real(file)->path, "stat");
    *size = (uint64_t)s.st_size;
    return OK;
}

static result real_truncate(struct disk_file *file, uint64_t size, struct fault *f) {
    return ftruncate(real(file)->fd, (off_t)size) == 0 ? OK : fail_io(f, real(file)->path, "truncate");
}

static result real_make_dir(struct disk *d, const char *path, struct fault *f) {
    (void)d;
    return mkdir(path, 0700) == 0 || errno == EEXIST ? OK : fail_io(f, path, "make directory");
}

static result real_sync_dir(struct disk *d, const char *path, struct fault *f) {
    (void)d;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail_io(f, path, "open");
    bool good = fsync(fd) == 0;
    result r = good ? OK : fail_io(f, path, "sync directory");
    close(fd);
    return r;
}

static result real_rename(struct disk *d, const char *from, const char *to, struct fault *f) {
    (void)d;
    return rename(from, to) == 0 ? OK : fail_io(f, from, "rename");
}

static result real_remove(struct disk *d, const char *path, struct fault *f) {
    (void)d;
    return unlink(path) == 0 ? OK : fail_io(f, path, "remove");
}

static result real_private(struct disk *d, const char *path, struct fault *f) {
    (void)d;
    const char *why = "";
    int fd = file_open(path, O_RDONLY, 0, true, &why);
    if (fd < 0) return fail_open(f, path, why);
    result r = secret_check(fd, path, f);
    close(fd);
    return r;
}

static result real_own(struct disk *d, const char *path, bool link, struct fault *f) {
    (void)d;
    struct stat s;
    if ((link ? stat(path, &s) : lstat(path, &s)) != 0) return fail_io(f, path, "stat");
    if (S_ISLNK(s.st_mode)) return fail(f, RESULT_FORBIDDEN, path, "is a link: what stands elsewhere would be read and written: rm '%s'", path);
    if (s.st_uid != geteuid())
        return fail(f, RESULT_FORBIDDEN, path, "belongs to user %u, not to %u, who runs this: chown %u '%s'", (unsigned)s.st_uid, (unsigned)geteuid(), (unsigned)geteuid(), path);
    if ((s.st_mode & 022) != 0)
        return fail(f, RESULT_FORBIDDEN, path, "has mode %04o: others than its owner could put files in the place of the log's: chmod 700 '%s'", (unsigned)(s.st_mode & 07777), path);
    return OK;
}

static bool real_exists(struct disk *d, const char *path) {
    (void)d;
    struct stat about;
    return lstat(path, &about) == 0; /* a link that leads nowhere too: it is in the way */
}

static result real_list(struct disk *d, const char *dir, bool (*each)(void *context, const char *name), void *context,
                        struct fault *f) {
    (void)d;
    DIR *at = opendir(dir);
    if (at == NULL) return fail_io(f, dir, "list");
    const struct dirent *e;
    while ((e = readdir(at)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        if (!each(context, e->d_name)) break;
    }
    closedir(at);
    return OK;
}

static result real_free_space(struct disk *d, const char *dir, uint64_t *bytes, struct fault *f) {
    (void)d;
    struct statvfs s;
    if (statvfs(dir, &s) != 0) return fail_io(f, dir, "free space of");
    *bytes = (uint64_t)s.f_bavail * s.f_frsize;
    return OK;
}

static result real_lock(struct disk *d, const char *path, struct disk_file **lock, struct fault *f) {
    struct disk_file *file = NULL;
    TRY(real_open(d, path, DISK_WRITE, true, &file, f));
    if (flock(real(file)->fd, LOCK_EX | LOCK_NB) != 0) {
        result r = errno == EWOULDBLOCK ? fail(f, RESULT_BUSY, path, "another process holds it: a server runs on this log already, or one that ends")
                                        : fail_io(f, path, "lock");
        real_close(file);
        return r;
    }
    *lock = file;
    return OK;
}

/* The next read is of the medium, and what it brings in takes nobody else's place for long. */
static void real_forget(struct disk_file *file) { (void)posix_fadvise(real(file)->fd, 0, 0, POSIX_FADV_DONTNEED); }

struct disk *disk_real(void) {
    static const struct disk_methods methods = {
        .open = real_open, .close = real_close, .write = real_write, .read = real_read, .sync = real_sync,
        .size = real_size, .truncate = real_truncate, .make_dir = real_make_dir, .sync_dir = real_sync_dir,
        .rename = real_rename, .remove = real_remove, .private = real_private, .own = real_own, .exists = real_exists, .list = real_list,
        .free_space = real_free_space, .forget = real_forget, .lock = real_lock};
    static struct disk disk = {&methods};
    return &disk;
}
