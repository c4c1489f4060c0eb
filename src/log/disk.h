/* The disk as Parley uses it: few operations, each of which can fail or tear. disk_real is the system's; disk_simulated keeps
 * everything in memory under a seed, forgets what was not synced at a power cut, tears sectors, shortens writes, fails on demand. */
#ifndef PARLEY_LOG_DISK_H
#define PARLEY_LOG_DISK_H

#include "base/result.h"
#include "base/text.h"

struct disk;
struct disk_file;
struct disk *disk_real(void);

enum disk_mode { DISK_READ, DISK_WRITE, /* buffered, made durable by disk_sync */ DISK_NEW, /* the same, of a file that is not there yet: CONFLICT where anything is */ DISK_DIRECT /* O_DIRECT|O_DSYNC, 4096-byte aligned */ };
result disk_open(struct disk *d, const char *path, enum disk_mode mode, bool create, struct disk_file **out, struct fault *f);
void disk_close(struct disk_file *file);
/* Whole or error; an error leaves any prefix in any mix of 512-byte sectors written. */
result disk_write(struct disk_file *file, uint64_t offset, const void *bytes, size_t size, struct fault *f);
result disk_read(struct disk_file *file, uint64_t offset, void *bytes, size_t size, size_t *got, struct fault *f);
result disk_sync(struct disk_file *file, struct fault *f);
result disk_size(struct disk_file *file, uint64_t *size, struct fault *f);
result disk_truncate(struct disk_file *file, uint64_t size, struct fault *f);
result disk_make_dir(struct disk *d, const char *path, struct fault *f); /* 0700; exists: OK */
result disk_sync_dir(struct disk *d, const char *path, struct fault *f);
result disk_rename(struct disk *d, const char *from, const char *to, struct fault *f);
/* DIR/NAME is these bytes: written beside as DIR/NAME.new, synced, renamed, the directory synced. A crash before the rename leaves the file of before; behind it that or this one; behind OK, this one. After an error too it is one
 * of them, and may be written again. */
result disk_replace(struct disk *d, const char *dir, const char *name, struct text bytes, struct fault *f);
result disk_remove(struct disk *d, const char *path, struct fault *f);
result disk_private(struct disk *d, const char *path, struct fault *f);  /* secret_check of it; a simulated disk has one user */
/* A directory of who runs this, in which nobody else can make or change names; FORBIDDEN says what to type. `link`: it may be one to such a directory. */
result disk_own(struct disk *d, const char *path, bool link, struct fault *f);
bool disk_exists(struct disk *d, const char *path);
result disk_list(struct disk *d, const char *dir, bool (*each)(void *context, const char *name), void *context, struct fault *f);
/* Is this name in it a number of DISK_DIGITS digits, no more and no fewer, and one that there is? */
#define DISK_DIGITS 20
bool disk_numbered(const char *name, uint64_t *number);
result disk_free_space(struct disk *d, const char *dir, uint64_t *bytes, struct fault *f);
result disk_lock(struct disk *d, const char *path, struct disk_file **lock, struct fault *f); /* BUSY when held */

/* --- simulated --- */
struct disk *disk_simulated(uint64_t seed);
void disk_simulated_free(struct disk *d);
uint64_t disk_simulated_operations(const struct disk *d);          /* writes, syncs, renames, truncates so far */
enum disk_fault { DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE };
/* At operation number `at` (from 1): after it every operation fails; disk_simulated_restart then shows what survived: synced bytes
 * for sure, others kept, lost or torn by sector as the seed says. */
void disk_simulated_fault(struct disk *d, uint64_t at, enum disk_fault what);
void disk_simulated_restart(struct disk *d);
bool disk_simulated_down(const struct disk *d);            /* a fault has come: until the restart every operation fails */
/* At the next write to a file whose path has `part` in it, whatever its number; what becomes of that write, and of all that was not synced, is not
 * drawn but said: so two disks with different contents can fail alike. */
enum disk_fate { DISK_FATE_DRAWN, DISK_FATE_LOST, DISK_FATE_KEPT };
void disk_simulated_fault_in(struct disk *d, const char *part, enum disk_fault what, enum disk_fate fate);
/* Read number `at` (from 1) fails, that one alone: the machine goes on. 0: none. */
void disk_simulated_read_fault(struct disk *d, uint64_t at);
uint64_t disk_simulated_reads(const struct disk *d);       /* so far */
/* Listing the directory whose path ends so, and asking for the free space of it, fails until it is said otherwise; NULL: neither does. */
void disk_simulated_look_fault(struct disk *d, const char *end);
void disk_simulated_flip(struct disk *d, const char *path, uint64_t bit); /* rot */
void disk_simulated_room(struct disk *d, uint64_t bytes);                /* free space */

#endif
