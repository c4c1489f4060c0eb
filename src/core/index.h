/* The five-axis R-tree forest: finds the boxes that meet a box. One tree per size class (footprint x duration x thickness),
 * so that a continental or year-long box pollutes no other path. Memory is taken at the start; insert, erase and query never
 * fail within the capacity. The order in which matches come is unspecified: callers sort. */
#ifndef PARLEY_CORE_INDEX_H
#define PARLEY_CORE_INDEX_H

#include "base/arena.h"
#include "geo/box.h"

struct index;
size_t index_memory(uint32_t capacity); /* bytes that index_new will take */
struct index *index_new(struct arena *a, uint32_t capacity); /* at most `capacity` boxes live at once */
/* `item` is the caller's name for the box, < capacity, not in the index yet. */
void index_insert(struct index *x, uint32_t item, const struct box *b);
void index_erase(struct index *x, uint32_t item);
bool index_has(const struct index *x, uint32_t item);
uint32_t index_count(const struct index *x);
/* Calls visit for every live box that meets b until it returns false. box_tests counts comparisons, for gates. */
typedef bool (*index_visit)(void *context, uint32_t item);
void index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *box_tests);
/* Walks the whole structure and asserts its invariants (tests). */
void index_check(const struct index *x);

#endif
