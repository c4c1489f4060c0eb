/* Shared by journal.c (opening, appending, reading back), journal_scan.c (going through) and journal_tail.c (its end alone). */
#ifndef PARLEY_LOG_JOURNAL_PRIVATE_H
#define PARLEY_LOG_JOURNAL_PRIVATE_H

#include "log/journal.h"

#define JOURNAL_MAGIC "parley/batch/1\n" /* with its terminating zero: 16 bytes */
enum {
    JOURNAL_SECTOR_HEAD = 16,
    JOURNAL_BODY = SEGMENT_SECTOR - JOURNAL_SECTOR_HEAD,
    JOURNAL_HEAD = 16 + 8 + 32 + 8 + 8 + 4 + 8 + 8 + 4, /* of a batch's content */
    JOURNAL_ENTRY_RECORD = 1,
    JOURNAL_ENTRY_TICK = 2
};

struct journal {
    struct segments *log, *pay;           /* the appending thread's */
    struct segments *log_read, *pay_read; /* the reading thread's */
    struct hash previous;                 /* of the last batch */
    uint64_t number;                      /* of the last batch */
    uint64_t sequencer, bytes, torn;
    struct segment_place at, pay_end;     /* where the next log sector, the next payload is looked for */
    struct { struct segment_place from; uint64_t size; } cut[2]; /* what the torn tail left, per segment */
    uint32_t cuts;
    struct journal_before before;         /* the last batch */
    bool skip_payloads, follows;          /* follows: another appends */
    struct append content, frame;         /* of the batch at hand; frame: as sectors */
    uint8_t *payload;
    size_t payload_room;
    uint32_t entries;
};

enum journal_sector { SECTOR_ZERO, SECTOR_WHOLE, SECTOR_BAD };
enum journal_sector journal_sector_of(const uint8_t sector[SEGMENT_SECTOR], uint64_t *number, uint32_t *index);
result journal_rot(const struct segments *s, struct segment_place at, struct fault *f, const char *what);
/* A batch, that must be the next one, begins at `at` with the whole sector `first`: checked, taken. *torn: it does not end. */
result journal_take_batch(struct journal *j, struct segment_place at, const uint8_t *first, struct journal_batch *out, bool *torn, struct fault *f);
bool journal_room(struct append *a, size_t size); /* size reset to `size` bytes of room */

#endif
