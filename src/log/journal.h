/* The journal: batches, each the records and ticks that became durable together (FORMAT.md, "The journal on disk").
 *
 * Two families of segments. `pay` holds the bytes and salts of parts; `log` the roots, hashes and places. A batch is durable in two steps:
 *   1. its payload extent is written to `pay`: a crash here or before leaves bytes that nothing names (overwritten later);
 *   2. its log extent is written to `log`: a crash within leaves a torn extent, cut at the next start; once the
 *      write has returned the batch is there. This write is the commit point.
 * Every log sector carries batch number, index and a checksum, every batch the hash of the one before. A sector is written whole
 * or not at all, onto zeros; so what is neither whole nor zero is rot, not a torn tail, even in the last batch.
 *
 * One thread appends, one reads (journal_hashes, journal_payload); opening and going through is done before either starts. */
#ifndef PARLEY_LOG_JOURNAL_H
#define PARLEY_LOG_JOURNAL_H

#include "base/bytes.h"
#include "base/instant.h"
#include "base/sha256.h"
#include "log/segment.h"

struct journal;
struct journal_entry {
    bool tick, told;
    uint16_t party;
    uint64_t place, order;
    uint64_t number;                 /* of a tick */
    instant time;
    struct hash root;                /* of the record; of the tick's tree */
    uint64_t payload_at, payload_size; /* within the batch's payload */
    const uint8_t *hashes;           /* hash_count times 32 bytes, unaligned */
    uint32_t hash_count;
    uint32_t content_at;             /* of the hashes in the batch's content */
    uint32_t crc;                    /* CRC-32C of the payload */
    bool payload_rotten;             /* with ROT: the entry is good, its payload is not; the next one can be taken */
};
struct journal_batch {
    uint64_t number, sequencer;      /* sequencer: its last number that the batch holds */
    struct segment_place log, pay;
    struct text payload;
    uint32_t entries;
    struct cursor rest;              /* of the entries not yet taken */
    uint32_t content_size;
};
/* `first`: hash that the first batch chains to (LOG). */
result journal_open(struct disk *d, const char *dir, const struct hash *first, uint64_t segment_bytes, struct journal **out,
                    struct fault *f);
void journal_close(struct journal *j);

/* --- going through, once, after opening --- */
/* The next batch, checked; valid until the next call. *end: there is none. ROT names file and byte. */
result journal_next(struct journal *j, struct journal_batch *out, bool *end, struct fault *f);
/* From the next batch on payloads are neither read nor checked: what a snapshot holds already. The hashes are, as ever. */
void journal_skip_payloads(struct journal *j, bool skip);
const struct hash *journal_last_hash(const struct journal *j); /* of the last batch */
/* Behind a batch: for whoever goes on from there, in a journal opened anew that another process still appends to. Such a one asks for batches only
 * that it was told of. */
struct journal_place { struct segment_place at; uint64_t number; struct hash hash; };
void journal_here(const struct journal *j, struct journal_place *out); /* gone through, or written */
void journal_follow(struct journal *j, const struct journal_place *from);
/* Goes on with the first batch of a segment (segment 0: with the first of all); what that says of the one before is believed. ROT; NOT_FOUND: there is no such segment, or no batch in it. */
result journal_begin_at(struct journal *j, uint32_t segment, struct fault *f);
uint32_t journal_segments(const struct journal *j); /* the last one of hashes; 0: none */
struct segment_place journal_payload_end(const struct journal *j); /* behind the payload of the last batch that had one; segment 0: none yet */
struct text journal_extent(const struct journal *j); /* the log extent of the batch that was taken last, as it stands: whole sectors. Until the next one. */
/* Finds the batch behind number `batch` (whose hash is `hash`) without going through what is before: what is read is the segment in which it stands. *end: there
 * is none. In a journal opened anew; another process may append to it. */
result journal_behind(struct journal *j, uint64_t batch, const struct hash *hash, bool *end, struct fault *f);
/* Before the last batch: a start that knows what came before it takes it as its first. */
struct journal_before { struct journal_place place; uint64_t bytes; };
void journal_before(const struct journal *j, struct journal_before *out);
void journal_resume(struct journal *j, const struct journal_before *from);
/* The next entry of a batch, its payload checked; false at the end. */
result journal_entry(struct journal *j, struct journal_batch *b, struct journal_entry *out, bool *end, struct fault *f);
/* After *end: bytes of a torn tail. */
uint64_t journal_torn(const struct journal *j);
uint64_t journal_bytes(const struct journal *j);   /* gone through or written */
uint64_t journal_sequencer(const struct journal *j); /* of the last batch */
uint64_t journal_number(const struct journal *j);    /* of the last batch; 0: none */
/* Cuts the torn tail and makes ready to append. */
result journal_continue(struct journal *j, struct fault *f);

/* --- its end alone (journal_tail.c): a file of its own is opened, nothing is written --- */
struct journal_tail {
    bool any_tick, any_time, torn;   /* torn: the last batch did not become whole; the next start cuts it */
    uint64_t batch, tick, checked;   /* the last whole batch, the last tick, how many batches were looked at */
    instant time;                    /* of the last entry */
};
/* ROT names file and byte. */
result journal_tail(struct disk *d, const char *dir, struct journal_tail *out, struct fault *f);

/* --- appending --- */
void journal_begin(struct journal *j);
/* Returns where the hashes stand in the batch's content. */
uint32_t journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload);
void journal_put_tick(struct journal *j, const struct journal_entry *e);
/* An error is final. */
result journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log,
                      struct segment_place *pay, struct fault *f);

/* --- reading back --- */
result journal_hashes(struct journal *j, struct segment_place log, uint64_t batch, uint32_t content_at, struct hash *out,
                      uint32_t count, struct fault *f);
result journal_payload(struct journal *j, struct segment_place pay, uint64_t at, void *out, size_t size, struct fault *f);

#endif
