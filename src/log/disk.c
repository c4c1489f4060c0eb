#include <assert.h>
#include <stdio.h>

#include "base/limits.h"
#include "log/disk_private.h"

result disk_open(struct disk *d, const char *path, enum disk_mode mode, bool create, struct disk_file **out,
                 struct fault *f) {
    return d->methods->open(d, path, mode, create, out, f);
}

void disk_close(struct disk_file *file) {
    if (file != NULL) file->disk->methods->close(file);
}

result disk_write(struct disk_file *file, uint64_t offset, const void *bytes, size_t size, struct fault *f) {
    assert(offset <= UINT64_MAX - size);
    return file->disk->methods->write(file, offset, bytes, size, f);
}

result disk_read(struct disk_file *file, uint64_t offset, void *bytes, size_t size, size_t *got, struct fault *f) {
    assert(offset <= UINT64_MAX - size);
    return file->disk->methods->read(file, offset, bytes, size, got, f);
}

result disk_sync(struct disk_file *file, struct fault *f) { return file->disk->methods->sync(file, f); }

result disk_size(struct disk_file *file, uint64_t *size, struct fault *f) {
    return file->disk->methods->size(file, size, f);
}

result disk_truncate(struct disk_file *file, uint64_t size, struct fault *f) {
    return file->disk->methods->truncate(file, size, f);
}

result disk_make_dir(struct disk *d, const char *path, struct fault *f) { return d->methods->make_dir(d, path, f); }

result disk_sync_dir(struct disk *d, const char *path, struct fault *f) { return d->methods->sync_dir(d, path, f); }

result disk_rename(struct disk *d, const char *from, const char *to, struct fault *f) {
    return d->methods->rename(d, from, to, f);
}

static result write_whole(struct disk *d, const char *path, struct text bytes, struct fault *f) {
    struct disk_file *file = NULL;
    TRY(disk_open(d, path, DISK_WRITE, true, &file, f));
    result r = disk_truncate(file, 0, f); /* left by one that did not come to its end */
    if (result_is_ok(r)) r = disk_write(file, 0, bytes.at, bytes.size, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    return r;
}

result disk_replace(struct disk *d, const char *dir, const char *name, struct text bytes, struct fault *f) {
    char path[LIMIT_PATH], beside[LIMIT_PATH];
    int size = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (size < 0 || snprintf(beside, sizeof beside, "%s/%s.new", dir, name) >= (int)sizeof beside) return fail(f, RESULT_TOO_LARGE, dir, "a path of over %d bytes", LIMIT_PATH - 1);
    TRY(write_whole(d, beside, bytes, f));
    TRY(disk_rename(d, beside, path, f));
    return disk_sync_dir(d, dir, f);
}

result disk_remove(struct disk *d, const char *path, struct fault *f) { return d->methods->remove(d, path, f); }

result disk_own(struct disk *d, const char *path, bool link, struct fault *f) { return d->methods->own(d, path, link, f); }
result disk_private(struct disk *d, const char *path, struct fault *f) { return d->methods->private(d, path, f); }

bool disk_exists(struct disk *d, const char *path) { return d->methods->exists(d, path); }

result disk_list(struct disk *d, const char *dir, bool (*each)(void *context, const char *name), void *context,
                 struct fault *f) {
    return d->methods->list(d, dir, each, context, f);
}

result disk_free_space(struct disk *d, const char *dir, uint64_t *bytes, struct fault *f) {
    return d->methods->free_space(d, dir, bytes, f);
}

result disk_lock(struct disk *d, const char *path, struct disk_file **lock, struct fault *f) {
    return d->methods->lock(d, path, lock, f);
}

bool disk_numbered(const char *name, uint64_t *number) {
    *number = 0;
    for (int i = 0; i < DISK_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9') return false;
        uint64_t digit = (uint64_t)(name[i] - '0');
        if (*number > (UINT64_MAX - digit) / 10) return false; /* so many digits can say more than there is */
        *number = *number * 10 + digit;
    }
    return name[DISK_DIGITS] == '\0';
}
