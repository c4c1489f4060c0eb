/* A family of files `<dir>/<prefix>-00000001.seg`, … that grows at its end by extents of whole 512-byte sectors, each on the medium
 * when segments_append returns. Zeros are written ahead, so that small appends change no metadata and cost one
 * device write; what was never written reads as zeros, in the file or beyond its end.
 *
 * Appends go out in 4096-byte blocks: the sectors of the last block that hold earlier extents are written again with the same
 * bytes, so a torn block never harms them (the medium writes 512-byte sectors whole; this is all that is assumed of it). */
#ifndef PARLEY_LOG_SEGMENT_H
#define PARLEY_LOG_SEGMENT_H

#include "base/limits.h"
#include "log/disk.h"

enum { SEGMENT_SECTOR = 512, SEGMENT_BLOCK = 4096 };

struct segments;
struct segment_place {
    uint32_t segment; /* from 1 */
    uint64_t offset;  /* bytes */
};
/* `bytes`: a segment is left when the next extent would end beyond so many (a larger extent has a segment alone). */
result segments_open(struct disk *d, const char *dir, const char *prefix, uint64_t bytes, struct segments **out,
                     struct fault *f);
void segments_close(struct segments *s);
uint32_t segments_last(const struct segments *s); /* highest number that exists; 0: none */
result segments_look(struct segments *s, struct fault *f); /* another may have written more of them */
void segments_path(const struct segments *s, uint32_t segment, char path[LIMIT_PATH]);
/* Reads what is there, zeros for the rest. NOT_FOUND: no such segment. */
result segments_read(struct segments *s, struct segment_place at, void *bytes, size_t size, struct fault *f);
result segments_length(struct segments *s, uint32_t segment, uint64_t *bytes, struct fault *f);

/* --- the writing end --- */
/* Appends go on at `at` (a multiple of 512); segment 0: nothing was written yet. */
result segments_continue(struct segments *s, struct segment_place at, struct fault *f);
/* Where an extent of so many bytes will stand if appended next. */
struct segment_place segments_next(const struct segments *s, uint64_t size);
/* `size` is not 0; the rest of its last sector becomes zeros. An error is final: nothing may be appended after it. */
result segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f);
/* Zeros over [at, at + size): cuts a torn tail. Before segments_continue. */
result segments_clear(struct segments *s, struct segment_place at, uint64_t size, struct fault *f);

#endif
