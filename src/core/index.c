/* R-trees (Guttman 1984, with the split and the choice of Beckmann et al. 1990, without their forced reinsertion) over five
 * integer axes. Nodes are small (8 entries): what is counted is boxes compared, and of these a small node wastes fewer.
 *
 * Rejected: one tree for all sizes (a box of a year lies across every node of a minute: each query then walks the whole tree);
 * a tree per axis pair (the adversary takes the third); recursion (the depth is bounded, but the stack of a server is not ours). */
#include "core/index.h"

#include <assert.h>

#define NODE_MOST 8
#define NODE_LEAST 3
#define NONE UINT32_MAX
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
    struct box box[NODE_MOST];
    uint32_t ref[NODE_MOST];
    uint32_t parent; /* NONE for a root; the next free node in the list of free ones */
    uint8_t count, level, tree; /* level 0: leaf */
};
struct index {
    uint32_t capacity, count;
    uint32_t room, fresh, free, used; /* nodes: all, never used yet, head of the list of freed ones, in trees */
    uint32_t root[TREES];
    struct box bounds[TREES]; /* of each root */
    struct node *node;
    uint32_t *leaf; /* of each item, NONE when it is not in */
};

/* Every node but a root has at least NODE_LEAST entries: at most n / 3 leaves, n / 9 above them, ...: n / 2, and a root per tree.
 * While an entry goes in, a split node and a new root may stand beside that. */
static uint32_t nodes_for(uint32_t capacity) {
    return capacity / 2 + TREES + LEVELS + 2;
}

static size_t rounded(size_t size) {
    return (size + 15) / 16 * 16;
}

size_t index_memory(uint32_t capacity) {
    return rounded(sizeof(struct index)) + rounded((size_t)nodes_for(capacity) * sizeof(struct node)) +
           rounded((size_t)capacity * sizeof(uint32_t));
}

struct index *index_new(struct arena *a, uint32_t capacity) {
    struct index *x = arena_alloc(a, 1, sizeof *x);
    if (x == NULL) return NULL;
    x->capacity = capacity;
    x->room = nodes_for(capacity);
    x->free = NONE;
    x->node = arena_alloc(a, x->room, sizeof *x->node);
    x->leaf = arena_alloc(a, capacity, sizeof *x->leaf);
    if (x->node == NULL || x->leaf == NULL) return NULL;
    for (int i = 0; i < TREES; i++) x->root[i] = NONE;
    for (uint32_t i = 0; i < capacity; i++) x->leaf[i] = NONE;
    return x;
}

bool index_has(const struct index *x, uint32_t item) {
    assert(item < x->capacity);
    return x->leaf[item] != NONE;
}

uint32_t index_count(const struct index *x) {
    return x->count;
}

/* --- boxes --- */

static void box_grow(struct box *b, const struct box *by) {
    for (int i = 0; i < 4; i++) {
        if (by->low[i] < b->low[i]) b->low[i] = by->low[i];
        if (by->high[i] > b->high[i]) b->high[i] = by->high[i];
    }
    if (by->from < b->from) b->from = by->from;
    if (by->to > b->to) b->to = by->to;
}

static struct box box_union(struct box a, const struct box *b) {
    box_grow(&a, b);
    return a;
}

static bool box_same(const struct box *a, const struct box *b) {
    for (int i = 0; i < 4; i++)
        if (a->low[i] != b->low[i] || a->high[i] != b->high[i]) return false;
    return a->from == b->from && a->to == b->to;
}

/* Axis 0..3 as in the box, 4 is time. Bounds are inclusive, so a point has extent 1. */
static double axis_low(const struct box *b, int axis) {
    return axis < 4 ? (double)b->low[axis] : (double)b->from;
}

static double axis_high(const struct box *b, int axis) {
    return axis < 4 ? (double)b->high[axis] : (double)b->to;
}

static double axis_extent(const struct box *b, int axis) {
    return axis_high(b, axis) - axis_low(b, axis) + 1.0;
}

static double box_volume(const struct box *b) {
    double v = 1.0;
    for (int i = 0; i < 5; i++) v *= axis_extent(b, i);
    return v;
}

static double box_overlap(const struct box *a, const struct box *b) {
    double v = 1.0;
    for (int i = 0; i < 5; i++) {
        double low = axis_low(a, i), high = axis_high(a, i), l = axis_low(b, i), h = axis_high(b, i);
        double extent = (high < h ? high : h) - (low > l ? low : l) + 1.0;
        if (extent <= 0.0) return 0.0;
        v *= extent;
    }
    return v;
}

/* --- size classes --- */

static const double footprint_most[FOOTPRINTS - 1] = {524288.0, 4194304.0, 33554432.0}; /* 3, 25, 200 km */
static const double duration_most[DURATIONS - 1] = {900e3, 14400e3, 172800e3};          /* 15 min, 4 h, 2 days */
static const double thickness_most[THICKNESSES - 1] = {15000.0, 150000.0};              /* 150, 1,500 m */

static int class_in(double v, const double *most, int classes) {
    int c = 0;
    while (c < classes - 1 && v > most[c]) c++;
    return c;
}

static uint8_t tree_of(const struct box *b) {
    double widest = 0.0;
    for (int i = 0; i < 3; i++)
        if (axis_extent(b, i) > widest) widest = axis_extent(b, i);
    int f = class_in(widest, footprint_most, FOOTPRINTS), d = class_in(axis_extent(b, 4), duration_most, DURATIONS);
    int t = class_in(axis_extent(b, 3), thickness_most, THICKNESSES);
    return (uint8_t)((f * DURATIONS + d) * THICKNESSES + t);
}

/* Extents summed in units of the class's own size, so that metres and hours can be added. */
static double box_margin(const struct box *b, uint8_t tree) {
    static const double footprint[FOOTPRINTS] = {262144.0, 2097152.0, 16777216.0, 134217728.0};
    static const double duration[DURATIONS] = {450e3, 7200e3, 86400e3, 2592000e3};
    static const double thickness[THICKNESSES] = {7500.0, 75000.0, 1200000.0};
    double wide = footprint[tree / (DURATIONS * THICKNESSES)];
    return (axis_extent(b, 0) + axis_extent(b, 1) + axis_extent(b, 2)) / wide +
           axis_extent(b, 3) / thickness[tree % THICKNESSES] +
           axis_extent(b, 4) / duration[tree / THICKNESSES % DURATIONS];
}

/* --- nodes --- */

static uint32_t node_take(struct index *x, uint8_t tree, uint8_t level) {
    uint32_t n = x->free;
    if (n != NONE) x->free = x->node[n].parent;
    else n = x->fresh++;
    assert(n < x->room);
    x->used++;
    x->node[n].parent = NONE;
    x->node[n].count = 0;
    x->node[n].tree = tree;
    x->node[n].level = level;
    return n;
}

static void node_give(struct index *x, uint32_t n) {
    x->node[n].parent = x->free;
    x->free = n;
    x->used--;
}

static struct box node_bounds(const struct node *n) {
    assert(n->count > 0);
    struct box b = n->box[0];
    for (uint8_t i = 1; i < n->count; i++) box_grow(&b, &n->box[i]);
    return b;
}

static void node_put(struct index *x, uint32_t n, const struct entry *e) {
    struct node *node = &x->node[n];
    assert(node->count < NODE_MOST);
    node->box[node->count] = e->box;
    node->ref[node->count++] = e->ref;
    if (node->level == 0) x->leaf[e->ref] = n;
    else x->node[e->ref].parent = n;
}

static uint8_t node_slot(const struct node *n, uint32_t ref) {
    for (uint8_t i = 0; i < n->count; i++)
        if (n->ref[i] == ref) return i;
    assert(!"a child that its parent does not know");
    return 0;
}

static void node_drop(struct node *n, uint8_t slot) {
    n->count--;
    n->box[slot] = n->box[n->count];
    n->ref[slot] = n->ref[n->count];
}

/* Tells everyone above that n's bounds have changed. */
static void bounds_rise(struct index *x, uint32_t n) {
    for (;;) {
        struct node *node = &x->node[n];
        struct box b = node_bounds(node);
        if (node->parent == NONE) {
            x->bounds[node->tree] = b;
            return;
        }
        struct node *parent = &x->node[node->parent];
        uint8_t slot = node_slot(parent, n);
        if (box_same(&parent->box[slot], &b)) return;
        parent->box[slot] = b;
        n = node->parent;
    }
}

/* --- insertion --- */

/* How much more node n's entry `slot` would overlap its neighbours when it also held b. */
static double overlap_growth(const struct node *n, uint8_t slot, const struct box *b) {
    struct box grown = box_union(n->box[slot], b);
    double sum = 0.0;
    for (uint8_t i = 0; i < n->count; i++)
        if (i != slot) sum += box_overlap(&grown, &n->box[i]) - box_overlap(&n->box[slot], &n->box[i]);
    return sum;
}

static uint8_t choose_slot(const struct node *n, const struct box *b) {
    uint8_t best = 0;
    double best_overlap = 0.0, best_growth = 0.0, best_volume = 0.0;
    for (uint8_t i = 0; i < n->count; i++) {
        struct box grown = box_union(n->box[i], b);
        double volume = box_volume(&n->box[i]), growth = box_volume(&grown) - volume;
        double overlap = overlap_growth(n, i, b);
        bool better = overlap != best_overlap ? overlap < best_overlap
                      : growth != best_growth ? growth < best_growth
                                              : volume < best_volume;
        if (i > 0 && !better) continue;
        best = i;
        best_overlap = overlap;
        best_growth = growth;
        best_volume = volume;
    }
    return best;
}

static bool entry_before(const struct entry *a, const struct entry *b, int axis) {
    double l = axis_low(&a->box, axis), m = axis_low(&b->box, axis);
    if (l != m) return l < m;
    double h = axis_high(&a->box, axis), k = axis_high(&b->box, axis);
    return h != k ? h < k : a->ref < b->ref;
}

static void entries_sort(struct entry *e, int count, int axis) {
    for (int i = 1; i < count; i++) {
        struct entry moving = e[i];
        int j = i;
        for (; j > 0 && entry_before(&moving, &e[j - 1], axis); j--) e[j] = e[j - 1];
        e[j] = moving;
    }
}

struct cut {
    int axis, left; /* so many of the entries sorted along the axis go left */
    double overlap, margin, volume;
};

static bool cut_better(const struct cut *a, const struct cut *b) {
    if (a->overlap != b->overlap) return a->overlap < b->overlap;
    if (a->margin != b->margin) return a->margin < b->margin;
    return a->volume < b->volume;
}

/* The best of all cuts of the NODE_MOST + 1 entries along one axis, the most even first. */
static void cut_axis(const struct entry *e, int axis, uint8_t tree, struct cut *best) {
    const int count = NODE_MOST + 1;
    for (int k = 0; k <= count - 2 * NODE_LEAST; k++) {
        int left = count / 2 + (k % 2 ? (k + 1) / 2 : -(k / 2));
        if (left < NODE_LEAST || left > count - NODE_LEAST) continue;
        struct box l = e[0].box, r = e[count - 1].box;
        for (int i = 1; i < left; i++) box_grow(&l, &e[i].box);
        for (int i = left; i < count; i++) box_grow(&r, &e[i].box);
        double whole = box_volume(&l) + box_volume(&r);
        struct cut c = {axis, left, box_overlap(&l, &r), box_margin(&l, tree) + box_margin(&r, tree), whole};
        if (best->axis < 0 || cut_better(&c, best)) *best = c;
    }
}

/* n is full and e does not fit: half of them move to a new node, which is returned. */
static uint32_t node_split(struct index *x, uint32_t n, const struct entry *e) {
    struct entry all[NODE_MOST + 1];
    struct node *node = &x->node[n];
    struct cut best = {.axis = -1};
    for (int i = 0; i < NODE_MOST; i++) all[i] = (struct entry){node->box[i], node->ref[i]};
    all[NODE_MOST] = *e;
    for (int axis = 0; axis < 5; axis++) {
        entries_sort(all, NODE_MOST + 1, axis);
        cut_axis(all, axis, node->tree, &best);
    }
    entries_sort(all, NODE_MOST + 1, best.axis);
    uint32_t other = node_take(x, node->tree, node->level);
    node->count = 0;
    for (int i = 0; i <= NODE_MOST; i++) node_put(x, i < best.left ? n : other, &all[i]);
    return other;
}

/* A new root above two nodes. */
static void root_grow(struct index *x, uint32_t a, uint32_t b) {
    uint8_t tree = x->node[a].tree;
    uint32_t root = node_take(x, tree, (uint8_t)(x->node[a].level + 1));
    assert(x->node[root].level < LEVELS);
    struct entry left = {node_bounds(&x->node[a]), a}, right = {node_bounds(&x->node[b]), b};
    node_put(x, root, &left);
    node_put(x, root, &right);
    x->root[tree] = root;
    x->bounds[tree] = node_bounds(&x->node[root]);
}

/* Puts an entry into a node of that level of the tree, which has one. */
static void tree_put(struct index *x, uint8_t tree, uint8_t level, struct entry e) {
    uint32_t n = x->root[tree];
    while (x->node[n].level > level) n = x->node[n].ref[choose_slot(&x->node[n], &e.box)];
    while (x->node[n].count == NODE_MOST) {
        uint32_t other = node_split(x, n, &e), parent = x->node[n].parent;
        if (parent == NONE) {
            root_grow(x, n, other);
            return;
        }
        x->node[parent].box[node_slot(&x->node[parent], n)] = node_bounds(&x->node[n]);
        e = (struct entry){node_bounds(&x->node[other]), other};
        n = parent;
    }
    node_put(x, n, &e);
    bounds_rise(x, n);
}

void index_insert(struct index *x, uint32_t item, const struct box *b) {
    assert(item < x->capacity && x->leaf[item] == NONE);
    uint8_t tree = tree_of(b);
    if (x->root[tree] == NONE) x->root[tree] = node_take(x, tree, 0);
    tree_put(x, tree, 0, (struct entry){*b, item});
    x->count++;
}

/* --- deletion --- */

/* Takes nodes that have become too small out of their parents, from n upwards, into a list; the rest learn their new bounds. */
static uint32_t condense(struct index *x, uint32_t n) {
    uint32_t orphans = NONE;
    while (x->node[n].parent != NONE && x->node[n].count < NODE_LEAST) {
        uint32_t parent = x->node[n].parent;
        node_drop(&x->node[parent], node_slot(&x->node[parent], n));
        x->node[n].parent = orphans;
        orphans = n;
        n = parent;
    }
    if (x->node[n].count > 0) bounds_rise(x, n);
    return orphans;
}

/* The entries of the list's nodes go back in at their own level, the highest first; the tree is still as high as before. */
static void reinsert(struct index *x, uint32_t orphans) {
    while (orphans != NONE) {
        struct node orphan = x->node[orphans];
        node_give(x, orphans);
        for (uint8_t i = 0; i < orphan.count; i++)
            tree_put(x, orphan.tree, orphan.level, (struct entry){orphan.box[i], orphan.ref[i]});
        orphans = orphan.parent;
    }
}

static void root_shrink(struct index *x, uint8_t tree) {
    uint32_t root = x->root[tree];
    while (x->node[root].level > 0 && x->node[root].count == 1) {
        uint32_t child = x->node[root].ref[0];
        node_give(x, root);
        x->node[child].parent = NONE;
        x->root[tree] = root = child;
    }
    if (x->node[root].count == 0) {
        node_give(x, root);
        x->root[tree] = NONE;
    }
}

void index_erase(struct index *x, uint32_t item) {
    assert(index_has(x, item));
    uint32_t n = x->leaf[item];
    uint8_t tree = x->node[n].tree;
    node_drop(&x->node[n], node_slot(&x->node[n], item));
    x->leaf[item] = NONE;
    x->count--;
    reinsert(x, condense(x, n));
    root_shrink(x, tree);
}

/* --- queries --- */

static bool tree_query(const struct index *x, uint32_t root, const struct box *b, index_visit visit, void *context,
                       uint64_t *box_tests) {
    uint32_t stack[LEVELS * NODE_MOST], depth = 0;
    stack[depth++] = root;
    while (depth > 0) {
        const struct node *n = &x->node[stack[--depth]];
        *box_tests += n->count;
        for (uint8_t i = 0; i < n->count; i++) {
            if (!box_meets(&n->box[i], b)) continue;
            if (n->level > 0) stack[depth++] = n->ref[i];
            else if (!visit(context, n->ref[i])) return false;
        }
    }
    return true;
}

void index_query(const struct index *x, const struct box *b, index_visit visit, void *context, uint64_t *box_tests) {
    uint64_t tests = 0;
    for (int i = 0; i < TREES; i++) {
        if (x->root[i] == NONE) continue;
        tests++;
        if (box_meets(&x->bounds[i], b) && !tree_query(x, x->root[i], b, visit, context, &tests)) break;
    }
    if (box_tests != NULL) *box_tests += tests;
}

/* --- invariants --- */

static uint32_t check_node(const struct index *x, uint32_t at, uint32_t *nodes) {
    const struct node *n = &x->node[at];
    uint32_t items = 0;
    ++*nodes;
    assert(n->count <= NODE_MOST);
    assert(n->parent == NONE ? n->count >= (n->level > 0 ? 2 : 1) : n->count >= NODE_LEAST);
    for (uint8_t i = 0; i < n->count; i++) {
        if (n->level == 0) {
            assert(x->leaf[n->ref[i]] == at && tree_of(&n->box[i]) == n->tree);
            items++;
            continue;
        }
        const struct node *child = &x->node[n->ref[i]];
        struct box bounds = node_bounds(child);
        assert(child->parent == at && child->level == n->level - 1 && child->tree == n->tree);
        assert(box_same(&bounds, &n->box[i]));
    }
    return items;
}

void index_check(const struct index *x) {
    uint32_t items = 0, nodes = 0, in = 0, freed = 0;
    for (int i = 0; i < TREES; i++) {
        uint32_t stack[LEVELS * NODE_MOST], depth = 0;
        if (x->root[i] == NONE) continue;
        struct box bounds = node_bounds(&x->node[x->root[i]]);
        assert(x->node[x->root[i]].parent == NONE && box_same(&bounds, &x->bounds[i]));
        stack[depth++] = x->root[i];
        while (depth > 0) {
            const struct node *n = &x->node[stack[--depth]];
            items += check_node(x, (uint32_t)(n - x->node), &nodes);
            for (uint8_t k = 0; n->level > 0 && k < n->count; k++) stack[depth++] = n->ref[k];
        }
    }
    for (uint32_t i = 0; i < x->capacity; i++) in += x->leaf[i] != NONE;
    for (uint32_t n = x->free; n != NONE; n = x->node[n].parent) freed++;
    assert(items == x->count && in == x->count && nodes == x->used && nodes + freed == x->fresh);
}
