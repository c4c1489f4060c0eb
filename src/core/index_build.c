/* The index of many boxes at once: cut in two along the widest axis of their middles, again and again (as a k-d tree is). */
#include "core/index_inner.h"

#define BUILT 6 /* entries of a node that was built at once: room for what comes. At least 2 * NODE_LEAST: see build_node */

static int64_t entry_middle(const struct index_entry *e, int axis) { /* twice the middle */
    return axis < 4 ? (int64_t)e->box.low[axis] + e->box.high[axis] : e->box.from + e->box.to;
}

static int widest_axis(const struct index_entry *e, uint32_t count, const struct units *u) {
    double widest = -1.0;
    int best = 0;
    for (int axis = 0; axis < AXES; axis++) {
        int64_t low = INT64_MAX, high = INT64_MIN;
        for (uint32_t i = 0; i < count; i++) {
            int64_t m = entry_middle(&e[i], axis);
            if (m < low) low = m;
            if (m > high) high = m;
        }
        double wide = ((double)high - (double)low) * u->per[axis];
        if (wide <= widest) continue;
        widest = wide;
        best = axis;
    }
    return best;
}

static void entries_swap(struct index_entry *a, struct index_entry *b) {
    struct index_entry t = *a;
    *a = *b;
    *b = t;
}

/* Hoare's selection: afterwards no middle of the first k is above one of the rest. The pivots' places jump about, so that no order of
 * entries which somebody could arrange makes it slow. */
static void entries_part(struct index_entry *e, uint32_t count, uint32_t k, int axis) {
    int64_t first = 0, last = (int64_t)count - 1;
    uint64_t jump = count;
    while (first < last) {
        jump = jump * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t pivot = entry_middle(&e[first + (int64_t)((jump >> 33) % (uint64_t)(last - first + 1))], axis), i = first, j = last;
        while (i <= j) {
            while (entry_middle(&e[i], axis) < pivot) i++;
            while (entry_middle(&e[j], axis) > pivot) j--;
            if (i <= j) entries_swap(&e[i++], &e[j--]);
        }
        if ((int64_t)k <= j) last = j;
        else if ((int64_t)k >= i) first = i;
        else return;
    }
}

/* Brings the entries of each tree together; tree t's begin at start[t]. */
static void entries_by_tree(struct index_entry *e, uint32_t count, uint32_t start[TREES + 1]) {
    uint32_t next[TREES], sum = 0;
    for (int t = 0; t <= TREES; t++) start[t] = 0;
    for (uint32_t i = 0; i < count; i++) start[index_tree_of(&e[i].box)]++;
    for (int t = 0; t <= TREES; t++) {
        uint32_t own = start[t];
        start[t] = sum;
        if (t < TREES) next[t] = sum;
        sum += own;
    }
    for (int t = 0; t < TREES; t++)
        while (next[t] < start[t + 1]) {
            int to = index_tree_of(&e[next[t]].box);
            if (to == t) next[t]++;
            else entries_swap(&e[next[t]], &e[next[to]++]);
        }
}

struct building {
    struct index *x;
    struct units units;
    uint32_t holds[LEVELS]; /* boxes below a node of that level that was filled */
};

static uint32_t build_node(struct building *b, uint8_t tree, uint8_t level, struct index_entry *e, uint32_t count);

/* So many children of node n out of these entries, each with its even share. */
static void build_children(struct building *b, uint32_t n, struct index_entry *e, uint32_t count, uint32_t children) {
    struct index *x = b->x;
    if (children == 1) {
        uint32_t child = build_node(b, x->node[n].tree, (uint8_t)(x->node[n].level - 1), e, count);
        index_node_put(x, n, &(struct entry){index_node_bounds(&x->node[child]), child});
        x->work += x->node[child].count;
        return;
    }
    uint32_t left = children / 2, size = (uint32_t)((uint64_t)count * left / children);
    entries_part(e, count, size, widest_axis(e, count, &b->units));
    build_children(b, n, e, size, left);
    build_children(b, n, e + size, count - size, children - left);
}

/* As few children as can hold the entries. Two or more: then each gets at least half of what it can hold, so that it has BUILT / 2
 * children itself, which is enough. Calls itself, as deep as the tree is high: about 10 times, and 3 for the children of each level. */
static uint32_t build_node(struct building *b, uint8_t tree, uint8_t level, struct index_entry *e, uint32_t count) {
    struct index *x = b->x;
    uint32_t n = index_node_take(x, tree, level);
    if (level > 0) {
        build_children(b, n, e, count, (count - 1) / b->holds[level - 1] + 1);
        return n;
    }
    for (uint32_t i = 0; i < count; i++) {
        assert(e[i].item < x->capacity && x->leaf[e[i].item] == NONE);
        index_node_put(x, n, &(struct entry){e[i].box, e[i].item});
    }
    return n;
}

void index_build(struct index *x, struct index_entry *entries, uint32_t count) {
    struct building b = {.x = x};
    uint32_t start[TREES + 1];
    uint64_t holds = 1;
    assert(x->count == 0 && count <= x->capacity);
    for (int i = 0; i < LEVELS; i++) {
        holds = holds * BUILT > UINT32_MAX ? UINT32_MAX : holds * BUILT;
        b.holds[i] = (uint32_t)holds;
    }
    entries_by_tree(entries, count, start);
    for (uint8_t t = 0; t < TREES; t++) {
        uint32_t own = start[t + 1] - start[t];
        uint8_t level = 0;
        if (own == 0) continue;
        while (b.holds[level] < own) level++;
        b.units = index_units(t);
        x->root[t] = build_node(&b, t, level, entries + start[t], own);
        x->bounds[t] = index_node_bounds(&x->node[x->root[t]]);
    }
    x->count = count;
}
