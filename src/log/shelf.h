/* Rows of one size, many numbered runs of them, in one file: places of records, nodes of trees. Derived from the journal and made anew
 * at every start, so nothing here is ever synced. A run fills chunks; the last, unfilled chunk of each stands in memory.
 * One thread appends, another may read. */
#ifndef PARLEY_LOG_SHELF_H
#define PARLEY_LOG_SHELF_H

#include "log/disk.h"

struct shelf;
result shelf_new(struct disk *d, const char *path, uint32_t row_size, uint32_t chunk_rows, uint32_t runs, struct shelf **out,
                 struct fault *f);
void shelf_free(struct shelf *s);
result shelf_append(struct shelf *s, uint32_t run, const void *row, struct fault *f);
result shelf_append_all(struct shelf *s, uint32_t run, const void *rows, uint32_t count, struct fault *f); /* one behind the other */
/* index: below the number of rows appended to the run */
result shelf_read(struct shelf *s, uint32_t run, uint64_t index, void *row, struct fault *f);

#endif
