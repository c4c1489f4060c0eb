/* Everything in a log's directory that a checksum or a hash covers, read again from its beginning: so that rot is found while there still are copies, and not by the first who needs the
 * bytes. And repair: of bytes for which a backup or a mirror has others that the log commits to, and of no others.
 *
 *   hashes     sectors of journal/log-*: checksum, place in their batch, its hash, the chain. Files that are gone or cut, too. Repaired from a backup, once the chain
 *              holds through them to a hash that the log itself still has
 *   payload    records in journal/pay-*: checksum, every part's hash, the record's root. Repaired from a backup, or from the mirror of the party in whose stream it stands
 *   snapshot, index, checkpoint    checksums and hashes; the first two are derived: without them a start takes longer
 *
 * Rot in the midst stops nothing: what stands behind it is gone through too. Not covered, for only the log as a whole says whether they are right: `blinds`, and the secret keys. */
#ifndef PARLEY_LOG_SCRUB_H
#define PARLEY_LOG_SCRUB_H

#include "base/limits.h"
#include "base/sha256.h"
#include "log/disk.h"

enum scrub_kind { SCRUB_HASHES, SCRUB_PAYLOAD, SCRUB_SNAPSHOT, SCRUB_INDEX, SCRUB_CHECKPOINT, SCRUB_KINDS };
struct scrub_found {
    enum scrub_kind kind;
    char path[LIMIT_PATH];      /* relative to the directory */
    uint64_t at, size;          /* bytes of it that are not what was written; size 0: up to where is not known */
    bool any_record; uint16_t party; uint64_t place, order; /* of PAYLOAD: of that record */
    char why[160];
    bool repaired;
    char from[128];             /* whose copy repaired it, or why none did */
};
struct scrub_options {
    struct disk *disk;          /* NULL: the real one */
    const char *dir;
    uint64_t batch;             /* so far, UINT64_MAX: what there is */
    uint32_t segment;           /* begins with this one of journal/log-*, what it says of the batch before it is believed; 0: with the first */
    unsigned patience_ms;       /* what does not fit is looked at again for so long: somebody may be writing it */
    const char *const *backups; unsigned backup_count;  /* directories of the same log: repair. Nobody else may use `dir` meanwhile. */
    const char *const *mirrors; unsigned mirror_count;
    void (*found)(void *context, const struct scrub_found *found);
    void (*at)(void *context, uint32_t segment);        /* NULL, or: it has come to this segment */
    void *context;
};
struct scrub_report {
    char origin[256];
    struct hash log;
    uint64_t batches, records, snapshots; /* gone through and good */
    uint64_t found, repaired;             /* places */
    uint64_t lost;                        /* batches that could not be read at all */
    uint64_t last;                        /* the last batch gone through */
};
/* OK whatever is found. Errors: NOT_FOUND (no log), IO, FULL; of the repair: CONFLICT (a copy of another log), BUSY, and what is wrong with a copy that cannot be read at all. */
result scrub_run(const struct scrub_options *o, struct scrub_report *report, struct fault *f);

#endif
