/* Rows of one size, many numbered runs of them, in one file: places of records, nodes of trees. Derived from the journal. A run fills chunks, each under
 * a checksum with the run and its number in it; the last, unfilled chunk of each stands in memory.
 * Which chunk stands where follows from the order of the rows alone: who goes through the journal again, from whatever place, writes the same chunks over
 * themselves. So what was kept of a shelf (stream_kept.c) stays good whatever was written behind it.
 * One thread appends, another may read. */
#ifndef PARLEY_LOG_SHELF_H
#define PARLEY_LOG_SHELF_H

#include "base/bytes.h"
#include "log/disk.h"

struct shelf;
/* Empty; what stands in the file is not looked at. */
result shelf_new(struct disk *d, const char *path, uint32_t row_size, uint32_t chunk_rows, uint32_t runs, struct shelf **out,
                 struct fault *f);
void shelf_free(struct shelf *s);
result shelf_clear(struct shelf *s, struct fault *f); /* empty, and the file too */
result shelf_append(struct shelf *s, uint32_t run, const void *row, struct fault *f);
result shelf_append_all(struct shelf *s, uint32_t run, const void *rows, uint32_t count, struct fault *f); /* one behind the other */
/* index: below the number of rows appended to the run. ROT: a chunk is not what was written. */
result shelf_read(struct shelf *s, uint32_t run, uint64_t index, void *row, struct fault *f);
/* `count` of them into `rows`, one behind the other: each chunk that neighbours share is read once. */
result shelf_read_all(struct shelf *s, uint32_t run, const uint64_t *index, uint32_t count, void *rows, struct fault *f);

bool shelf_rotten(struct shelf *s, struct fault *why); /* a read has found it so: the first place */

/* What memory knows of the shelf and of a run, for a later start that takes it into an empty one. By the thread that appends. */
void shelf_keep(const struct shelf *s, struct append *out);
void shelf_keep_run(const struct shelf *s, uint32_t run, struct append *out);
result shelf_take(struct shelf *s, struct cursor *c, struct fault *f);
result shelf_take_run(struct shelf *s, uint32_t run, uint64_t rows, struct cursor *c, struct fault *f);

#endif
