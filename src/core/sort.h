/* Internal to src/core: sorting of row numbers without memory, and what tables need at the start and in checks. */
#ifndef PARLEY_CORE_SORT_H
#define PARLEY_CORE_SORT_H

#include "core/tables.h"

/* A strict total order: for a != b exactly one of before(a, b), before(b, a). */
typedef bool (*sort_before)(const void *context, row a, row b);
void sort_rows(row *at, uint32_t count, sort_before before, const void *context);

void hash_index_layout(struct hash_index *x, struct memory *m, uint32_t capacity);
void table_layout(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed);
void table_layout_aged(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed); /* one that keeps table_oldest, table_newer */
void table_layout_of_parties(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed, uint32_t parties); /* table_oldest_of, table_newer */
void table_check(const struct table *t); /* asserts: live + free = capacity */

#endif
