/* Shared by backup.c (the journal) and backup_files.c (what stands beside it). */
#ifndef PARLEY_LOG_BACKUP_PRIVATE_H
#define PARLEY_LOG_BACKUP_PRIVATE_H

#include "log/backup.h"
#include "log/checkpoint_file.h"
#include "log/journal.h"

struct backup_target { struct disk_file *file; uint32_t segment; uint64_t end; }; /* end: of what was written to it */
struct backup {
    const struct backup_options *o;
    struct disk *disk;
    struct backup_report *report;
    struct disk_file *lock;
    bool fresh;                       /* `to` holds no log yet */
    struct checkpoint_file given;          /* of `from`, as it stood before its journal was read */
    struct journal *source, *held;
    struct journal_place end;         /* what `to` holds, at first */
    struct segment_place pay_end;
    uint64_t pay_size;                /* of the file that it stands in, then */
    struct backup_target log, pay;
    uint32_t pending;                 /* the first segment of hashes that is written beside; 0: none */
    bool renamed;                     /* nothing is taken back any more */
};

result backup_path(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f);
/* Is `to` a place for it? Made, locked; what stands there is this log's or nothing. */
result backup_place(struct backup *b, struct fault *f);
result backup_served(const struct backup *b, struct fault *f); /* CONFLICT: what is there already is a log, not a backup */
result backup_checkpoint_read(struct backup *b, struct fault *f);
result backup_keys(const struct backup *b, struct fault *f);
result backup_snapshot(struct backup *b, struct fault *f);
result backup_end(const struct backup *b, struct fault *f); /* the checkpoint, and the genesis of a new one */
/* False: it was waited for long enough. *waited: so far, 0 at first. */
bool backup_patient(const struct backup *b, unsigned *waited);

#endif
