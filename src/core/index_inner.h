/* Internal to src/core: what index.c and index_build.c share. */
#ifndef PARLEY_CORE_INDEX_INNER_H
#define PARLEY_CORE_INDEX_INNER_H

#include "core/index.h"

#include <assert.h>

#define NODE_MOST 8
#define NODE_LEAST 3
#define NONE UINT32_MAX
#define AXES 5 /* 0..3 as in the box, 4 is time */
#define FOOTPRINTS 4
#define DURATIONS 4
#define THICKNESSES 3
#define TREES (FOOTPRINTS * DURATIONS * THICKNESSES)
#define LEVELS 22 /* 3^21 > 2^32: no tree is higher */

struct entry {
    struct box box;
    uint32_t ref; /* a leaf's: item; otherwise: node */
};
struct node {
    int32_t low[4][NODE_MOST], high[4][NODE_MOST];
    int64_t from[NODE_MOST], to[NODE_MOST];
    uint32_t ref[NODE_MOST];
    uint32_t parent; /* NONE for a root; the next free node in the list of free ones */
    uint8_t count, level, tree; /* level 0: leaf */
};
struct index {
    uint32_t capacity, count;
    uint32_t room, fresh, free, used; /* nodes: all, never used yet, head of the list of freed ones, in trees */
    uint64_t work;
    uint32_t root[TREES];
    struct box bounds[TREES]; /* of each root */
    struct node *node;
    uint32_t *leaf; /* of each item, NONE when it is not in */
};
struct units { /* of a class, so that metres and hours can be added. Powers of two: exact */
    double per[AXES];
};

uint8_t index_tree_of(const struct box *b);
struct units index_units(uint8_t tree);
uint32_t index_node_take(struct index *x, uint8_t tree, uint8_t level);
void index_node_put(struct index *x, uint32_t n, const struct entry *e);
struct box index_node_bounds(const struct node *n);
static inline struct box slot_box(const struct node *n, int i) {
    struct box b;
    for (int k = 0; k < 4; k++) {
        b.low[k] = n->low[k][i];
        b.high[k] = n->high[k][i];
    }
    b.from = n->from[i];
    b.to = n->to[i];
    return b;
}

#endif
