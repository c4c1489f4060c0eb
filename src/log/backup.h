/* A copy of a log's directory as it stood at one moment, taken while a server writes it or not, and back (FORMAT.md, 10, "A backup").
 *
 * A backup is a directory of the same form. Batches are copied once their checksums, hashes and chain are good, and once the log's own disk has them, so that a backup
 * never holds what a power cut takes from the log. Of a backup that is there already only what is new is taken:
 *   1. payloads are written behind those that it has: a crash here leaves bytes that nothing names;
 *   2. segments of hashes are written beside (`….seg.new`), synced with all before, and renamed one after the other: each rename is a moment to which the backup goes on;
 *   3. the newest snapshot, then the checkpoint that was read before the journal was: neither is ever ahead of the journal.
 * A backup that is made anew gets its genesis last: without it there is no log, and the next run goes on with what is there.
 * What fails before the first rename takes back what it wrote. */
#ifndef PARLEY_LOG_BACKUP_H
#define PARLEY_LOG_BACKUP_H

#include "base/instant.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "log/disk.h"

struct backup_options {
    struct disk *disk;        /* NULL: the real one */
    const char *from, *to;
    bool anew;                /* `to` must hold no log: a restore */
    unsigned patience_ms;     /* what does not fit may be about to be written: it is looked at again for so long before it is called rot */
};
struct backup_report {
    char origin[256];
    struct hash log;
    uint64_t batches, bytes;  /* that are new, of the journal; bytes: of whole extents */
    uint64_t batch, order, tick; /* the moment: the last of each */
    bool any_time; instant time;
    uint64_t snapshot;        /* its order; 0: none was there that is whole */
    uint32_t snapshots_passed; struct fault passed; /* some could not be taken, and why the last of them */
};
/* Errors: NOT_FOUND (no log in `from`); CONFLICT (`to` holds another log, this one with another end, something else, or with `anew` a log); LOST_TAIL (`to` has more than `from`);
 * BUSY (another process writes `to`); FULL; FORBIDDEN (also: its journal or its snapshots are a link to elsewhere); ROT names file and byte, of either. */
result backup_take(const struct backup_options *o, struct backup_report *report, struct fault *f);

/* How many ticks the log in `dir` has, and the root of the first `size` of them; *root is not touched where it has fewer. The payloads are not read. */
result backup_root(struct disk *d, const char *dir, uint64_t size, uint64_t *ticks, struct hash *root, struct fault *f);

#endif
