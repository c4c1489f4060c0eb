#include "log/disk_through.h"

#include <stdlib.h>
#include <string.h>

struct through_file { struct disk_file file; struct disk_file *under; char *path; uint64_t least; }; /* under: NULL where there is none */

static struct disk_through *of(struct disk *d) { return (struct disk_through *)d; }

static result through_open(struct disk *d, const char *path, enum disk_mode mode, bool create, struct disk_file **out, struct fault *f) {
    if (mode != DISK_READ || create) return fail(f, RESULT_UNSUPPORTED, path, "%s: is only read here", path);
    struct through_file *file = calloc(1, sizeof *file);
    char *copy = strdup(path);
    result r = file == NULL || copy == NULL ? fail(f, RESULT_FULL, path, "out of memory") : disk_open(of(d)->under, path, mode, false, &file->under, f);
    uint64_t least = of(d)->least == NULL ? 0 : of(d)->least(of(d)->context, path);
    if (r.code == RESULT_NOT_FOUND && least > 0) r = OK;
    if (!result_is_ok(r)) {
        free(file);
        free(copy);
        return r;
    }
    file->file.disk = d;
    file->least = least;
    if (file->under != NULL && of(d)->under->methods->forget != NULL) of(d)->under->methods->forget(file->under);
    file->path = copy;
    *out = &file->file;
    return OK;
}
static void through_close(struct disk_file *file) {
    struct through_file *t = (struct through_file *)file;
    disk_close(t->under);
    free(t->path);
    free(t);
}
static result through_read(struct disk_file *file, uint64_t offset, void *bytes, size_t size, size_t *got, struct fault *f) {
    struct through_file *t = (struct through_file *)file;
    struct disk_through *d = of(file->disk);
    *got = 0;
    if (t->under != NULL) TRY(disk_read(t->under, offset, bytes, size, got, f));
    uint64_t there = t->least > offset ? t->least - offset : 0;
    if (there > size) there = size;
    if (there > *got) {
        memset((uint8_t *)bytes + *got, 0, (size_t)there - *got);
        *got = (size_t)there;
    }
    return d->read(d->context, t->path, offset, bytes, *got, f);
}
static result through_size(struct disk_file *file, uint64_t *size, struct fault *f) {
    const struct through_file *t = (const struct through_file *)file;
    *size = 0;
    if (t->under != NULL) TRY(disk_size(t->under, size, f));
    if (*size < t->least) *size = t->least;
    return OK;
}
static bool through_exists(struct disk *d, const char *path) { return disk_exists(of(d)->under, path); }
static result through_list(struct disk *d, const char *dir, bool (*each)(void *context, const char *name), void *context, struct fault *f) {
    return disk_list(of(d)->under, dir, each, context, f);
}

struct disk *disk_through(struct disk_through *t) {
    static const struct disk_methods methods = {.open = through_open, .close = through_close, .read = through_read, .size = through_size, .exists = through_exists, .list = through_list};
    t->disk.methods = &methods;
    return &t->disk;
}
