/* The streams of all parties and the log of ticks: their trees, what each place holds and where its bytes stand, the
 * leaves' bytes, the tree of a tick (FORMAT.md, "Stream", "Slot", "Tick", "Log"). One thread appends; another may read what was
 * published to it (streams_row, stores). */
#ifndef PARLEY_LOG_STREAM_H
#define PARLEY_LOG_STREAM_H

#include "base/bytes.h"
#include "base/instant.h"
#include "log/merkle.h"
#include "log/segment.h"

enum { STREAM_LEAF_BYTES = 192 }; /* room for any leaf of a stream or of the log */

struct streams;
struct stream_row {              /* what a place of a stream holds */
    uint64_t order, batch;
    instant time;
    struct hash root;
    struct segment_place log, pay; /* of the batch: its first log sector, its payload */
    uint64_t payload_at, payload_size;
    uint32_t content_at, hash_count;
};
struct stream_tick {             /* a leaf of the log; and what it was sealed over: the records up to this order */
    uint64_t tick;
    instant time;
    struct hash root;
    uint64_t order;
};
/* Empty, whatever stands in the files. `log2`: width of the tick tree, over which parties are numbered. Three files are made in `dir`. `blinds`: 32 bytes for unused slots,
 * then 32 per slot; copied. */
result streams_new(struct disk *d, const char *dir, unsigned log2, const uint8_t *blinds, struct streams **out, struct fault *f);
void streams_free(struct streams *s);

/* {"parley":1,"seq":…,"time":…,"parts":…,"root":…} and {"parley":1,"tick":…,"time":…,"root":…} */
void stream_leaf(uint64_t place, instant time, uint32_t parts, const struct hash *root, struct append *out);
void stream_log_leaf(const struct stream_tick *t, struct append *out);

/* SLOT: size and root of a stream, blinded for a tick. */
struct hash stream_slot(const struct hash *blind, uint64_t size, const struct hash *root);

/* --- appending: a leaf enters the tree at once, its row when the place in the journal is known --- */
result streams_leaf(struct streams *s, uint16_t party, instant time, uint32_t parts, const struct hash *root, struct fault *f);
result streams_place(struct streams *s, uint16_t party, const struct stream_row *row, struct fault *f);
uint64_t streams_size(const struct streams *s, uint16_t party); /* leaves in the tree */
result streams_tick(struct streams *s, const struct stream_tick *t, struct fault *f);
const struct merkle *streams_log(const struct streams *s);
/* Slots of a tick over the first `parties` streams as they are now; sizes of the streams too (room for all slots). */
void streams_slots(const struct streams *s, uint64_t tick, uint32_t parties, struct hash *slots, uint64_t *sizes);

/* --- over a start: what memory holds, as bytes, by the thread that appends; into streams that are new. What the files have is proved by their own
 * checksums when it is read, the trees' roots and the last tick here. ROT: nothing of it may be used; streams_clear. --- */
void streams_keep(const struct streams *s, struct append *out);
result streams_take(struct streams *s, struct cursor *c, struct fault *f);
result streams_clear(struct streams *s, struct fault *f); /* empty, and their files too */
struct streams_summary {
    uint64_t records, ticks;
    instant first, latest;              /* records' times */
    struct stream_tick last;            /* tick; */
    const uint64_t *last_sizes;         /* width of them: the streams' when it was sealed */
};
void streams_summary(const struct streams *s, struct streams_summary *out);

/* --- reading --- */
bool streams_rotten(const struct streams *s, struct fault *why); /* a read has found that a file is not what was written, as RESULT_ROT said then */
result streams_row(struct streams *s, uint16_t party, uint64_t place, struct stream_row *out, struct fault *f);
result streams_log_row(struct streams *s, uint64_t index, struct stream_tick *out, struct fault *f);
/* `count` (at most 256) nodes of a tree from number `from` of their level on, and leaves, each behind its length u16 (C2SP tlog-tiles, "Log entries"). run: a party, or
 * streams_width for the log. All must be there. */
result streams_nodes(struct streams *s, uint32_t run, unsigned level, uint64_t from, uint32_t count, struct hash *out, struct fault *f);
result streams_entries(struct streams *s, uint32_t run, uint64_t from, uint32_t count, struct append *out, struct fault *f);
struct streams_store { struct streams *streams; uint32_t run; };
struct merkle_store streams_store(struct streams *s, uint16_t party, struct streams_store *room);
struct merkle_store streams_log_store(struct streams *s, struct streams_store *room);
/* The same slots as streams_slots made, from sizes published then. */
result streams_slots_at(struct streams *s, uint64_t tick, uint32_t parties, const uint64_t *sizes, struct hash *slots,
                        struct fault *f);
/* The same, of roots at hand. */
void streams_slots_of(const struct streams *s, uint64_t tick, uint32_t parties, const uint64_t *sizes, const struct hash *roots, struct hash *slots);
struct hash streams_blind(const struct streams *s, uint16_t party, uint64_t tick);
uint32_t streams_width(const struct streams *s);

#endif
