/* The five-axis R-tree forest: finds the boxes that meet a box. One tree per size class (footprint x duration x thickness),
 * so that a continental or year-long box pollutes no other path. Memory is taken at the start; insert, erase and query never
 * fail within the capacity. The order in which matches come is unspecified: callers sort. The trees' shape depends on the calls alone
 * (no clock, no address, no compiler), so that counts repeat; it shows in no answer. */
#ifndef PARLEY_CORE_INDEX_H
#define PARLEY_CORE_INDEX_H

#include "base/arena.h"
#include "geo/box.h"

struct index;
size_t index_memory(uint32_t capacity); /* bytes that index_new will take: 216 for each box, and at most 34 KB */
struct index *index_new(struct arena *a, uint32_t capacity); /* at most `capacity` boxes live at once */
/* `item` is the caller's name for the box, < capacity, not in the index yet. Times within 2^52 ms of 1970: instants are. */
void index_insert(struct index *x, uint32_t item, const struct box *b);
void index_erase(struct index *x, uint32_t item);
bool index_has(const struct index *x, uint32_t item);
void index_box(const struct index *x, uint32_t item, struct box *out); /* of one that is in it */
uint32_t index_count(const struct index *x);
/* Calls visit for every live box that meets b until it returns false. box_tests counts comparisons, for gates. */
typedef bool (*index_visit)(void *context, uint32_t item);
void index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *box_tests);

/* All boxes at once into an empty index, for a start from a snapshot: several times as fast as one by one, and no worse to query
 * and to change afterwards. Puts `entries` into another order. Same answers as index_insert of each; items as there, each once. */
struct index_entry {
    struct box box;
    uint32_t item;
};
void index_build(struct index *x, struct index_entry *entries, uint32_t count);

/* For figures and gates. */
struct index_shape {
    uint32_t boxes, trees, nodes, leaves, height; /* height: of the highest tree, 1 for a leaf alone */
    uint64_t slots;                               /* of all leaves: boxes / slots is their fill */
    uint64_t pairs, meeting;                      /* children of one node two by two; those whose boxes meet */
    uint64_t work; /* boxes looked at by all insertions, deletions and builds since the start */
};
void index_shape(const struct index *x, struct index_shape *out);
/* Walks the whole structure and asserts its invariants (tests). */
void index_check(const struct index *x);

#endif
