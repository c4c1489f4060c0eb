/* How far the scrub beside a server has come, in the file `scrub` of the log's directory (FORMAT.md, 10), so that the next start goes on there and `doctor` can tell. Derived: it may be removed. */
#ifndef PARLEY_LOG_SCRUB_STATE_H
#define PARLEY_LOG_SCRUB_STATE_H

#include "base/instant.h"
#include "base/sha256.h"
#include "log/disk.h"

enum { SCRUB_STATE_BYTES = 512, SCRUB_FIRST = 64 };
struct scrub_state {
    struct hash log;
    uint32_t segment;            /* of journal/log-*, in the round under way: all before it was gone through */
    uint64_t rounds;             /* whole ones */
    instant whole;               /* when the last of them ended, by the system's clock; 0: there is none */
    uint64_t bytes;              /* read in the round under way */
    uint64_t found_whole, found; /* places that were not what was written: in the last whole round, in the one under way */
    uint64_t before;             /* of `found`: those before `segment`, which a new start does not come by again */
    char first[SCRUB_FIRST];     /* the file of the first of them in the newest of the two that found any; "": none */
    uint64_t first_at;
};
/* NOT_FOUND: there is none, or it is of another log or not whole. */
result scrub_state_read(struct disk *d, const char *dir, const struct hash *log, struct scrub_state *out, struct fault *f);
/* `file`: opened for writing. Not synced: an older one is as good. */
result scrub_state_write(struct disk_file *file, const struct scrub_state *s, struct fault *f);
/* After a repair that left nothing: no place is bad any more, and the next round begins anew. Where there is no such file, nothing. */
result scrub_state_mended(struct disk *d, const char *dir, const struct hash *log, struct fault *f);

#endif
