/* Shared by scrub.c (what is gone through), scrub_beside.c (what stands beside the journal) and scrub_repair.c. */
#ifndef PARLEY_LOG_SCRUB_PRIVATE_H
#define PARLEY_LOG_SCRUB_PRIVATE_H

#include "log/checkpoint_file.h"
#include "log/mirror_store.h"
#include "log/node_private.h"
#include "log/scrub.h"

enum { SCRUB_NAME = 64 };
struct scrub {
    const struct scrub_options *o;
    struct disk *disk;
    struct scrub_report *report;
    struct node *n;                   /* its genesis and its decoder */
    struct journal *j;
    char journal_dir[LIMIT_PATH];
    struct arena scratch;
    struct disk_file *lock;
    struct mirror_store *mirrors;     /* o->mirror_count of them, checked */
    struct mirror_lines *lines;       /* of each its stream, gone through once: what is rotten comes in its order */
    struct append built;
    struct checkpoint_file given;     /* as it stood before the journal was read */
    uint64_t tick;                    /* the last one gone through */
    uint64_t mended; unsigned mends;  /* the batch behind which sectors were put back last, and how often */
};
/* Sectors of one batch, or of several, that are not what they should be; between `from` and the first whole batch behind. */
struct scrub_range { struct segment_place at; uint64_t size; bool open, missing; /* open: from here the file has nothing, or zeros; size 0: only a copy can say up to where. missing: there is no such file */ };
struct scrub_hole {
    struct journal_place from;        /* the last good batch before */
    struct segment_place next;        /* where the first good one behind begins; segment 0: there is none */
    uint64_t next_number, highest;    /* highest: of the sectors that are whole */
    struct hash next_previous;        /* what the good one behind says of the one before it */
    struct scrub_range *ranges;
    uint32_t count, room, bad;        /* in their order; bad: those that are not open */
};
/* Sectors one behind the other become one range. */
result scrub_add_range(struct scrub_hole *h, struct segment_place at, struct fault *f);
bool scrub_repairs(const struct scrub *s);
void scrub_found(struct scrub *s, struct scrub_found *found);
void scrub_segment_name(uint32_t segment, const char *family, char name[SCRUB_NAME]);
result scrub_patience(const struct scrub *s, unsigned *waited, bool *more, struct fault *f);

result scrub_beside(struct scrub *s, struct fault *f);
/* Copies that repair: of this log, and readable. */
result scrub_copies(struct scrub *s, struct fault *f);
void scrub_copies_close(struct scrub *s);
/* True: sectors are in their places, and the ranges are those that were put back: what the log commits to, perhaps not all. `from`: whose they are, or why not. */
result scrub_repair_hashes(struct scrub *s, struct scrub_hole *hole, bool *done, char from[128], struct fault *f);
result scrub_repair_payload(struct scrub *s, const struct journal_batch *b, const struct journal_entry *e, bool *done, char from[128], struct fault *f);
/* Does the record's payload have the checksum, the hashes and the root that the entry says? *why: what it has not. */
result scrub_payload_fits(struct scrub *s, const struct journal_entry *e, struct text payload, bool *fits, const char **why, struct fault *f);

#endif
