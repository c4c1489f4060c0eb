/* R-trees (Guttman 1984) over five integer axes, without forced reinsertion. A full node is split as Beckmann et al. 1990 do it: along
 * the axis whose cuts have the least margin. The way down grows the overlap least, then the margin (Beckmann and Seeger 2009). Margins,
 * not volumes: in five axes one thin axis makes every volume small, and where a rival laid thin boxes side by side around somebody's path,
 * cuts of least overlap left both sides of it in every node (ARCHITECTURE.md, "The index").
 *
 * Nodes are small (8 entries): what is counted is boxes compared, and of these a small node wastes fewer. Their bounds lie axis by
 * axis, so that compilers compare four at a time.
 *
 * Rejected: one tree for all sizes (a box of a year lies across every node of a minute: each query then walks the whole tree);
 * a tree per axis pair (the adversary takes the third); nodes of 16 (a sixth to a half more comparisons); at least 4 of 8 entries (a third
 * less memory, a tenth to a third more comparisons); recursion in queries (the depth is bounded, but the stack of a server is not ours). */
#include "core/index_inner.h"

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

void index_box(const struct index *x, uint32_t item, struct box *out) {
    assert(index_has(x, item));
    const struct node *n = &x->node[x->leaf[item]];
    int i = 0;
    while (n->ref[i] != item) i++;
    assert(i < n->count);
    *out = slot_box(n, i);
}

uint32_t index_count(const struct index *x) {
    return x->count;
}

/* --- boxes and size classes --- */

static void box_grow(struct box *b, const struct box *by) {
    for (int i = 0; i < 4; i++) {
        if (by->low[i] < b->low[i]) b->low[i] = by->low[i];
        if (by->high[i] > b->high[i]) b->high[i] = by->high[i];
    }
    if (by->from < b->from) b->from = by->from;
    if (by->to > b->to) b->to = by->to;
}

static bool box_same(const struct box *a, const struct box *b) {
    for (int i = 0; i < 4; i++)
        if (a->low[i] != b->low[i] || a->high[i] != b->high[i]) return false;
    return a->from == b->from && a->to == b->to;
}

/* Does `part` reach a bound of `whole`, which then may shrink without it? */
static bool box_touches(const struct box *whole, const struct box *part) {
    for (int i = 0; i < 4; i++)
        if (whole->low[i] == part->low[i] || whole->high[i] == part->high[i]) return true;
    return whole->from == part->from || whole->to == part->to;
}

static double extent(int64_t low, int64_t high) { /* bounds are inclusive, so a point has extent 1 */
    return (double)high - (double)low + 1.0;
}

static const double footprint_most[FOOTPRINTS - 1] = {524288.0, 4194304.0, 33554432.0}; /* 3, 25, 200 km */
static const double duration_most[DURATIONS - 1] = {900e3, 14400e3, 172800e3};          /* 15 min, 4 h, 2 days */
static const double thickness_most[THICKNESSES - 1] = {15000.0, 150000.0};              /* 150, 1,500 m */

static int class_in(double v, const double *most, int classes) {
    int c = 0;
    while (c < classes - 1 && v > most[c]) c++;
    return c;
}

uint8_t index_tree_of(const struct box *b) {
    double widest = 0.0;
    for (int i = 0; i < 3; i++)
        if (extent(b->low[i], b->high[i]) > widest) widest = extent(b->low[i], b->high[i]);
    int f = class_in(widest, footprint_most, FOOTPRINTS), d = class_in(extent(b->from, b->to), duration_most, DURATIONS);
    int t = class_in(extent(b->low[3], b->high[3]), thickness_most, THICKNESSES);
    return (uint8_t)((f * DURATIONS + d) * THICKNESSES + t);
}

/* --- spans: boxes in units of their class --- */

struct span {
    double low[AXES], high[AXES]; /* high: exclusive */
};
/* What is asked is an aircraft's way of some minutes. Nodes much smaller than that gain nothing, so no unit is: with units of the boxes' own size
 * a rival's tiny boxes were cut along the wrong axes, and ten thousand of them all looked at. */
struct units index_units(uint8_t tree) {
    static const double footprint[FOOTPRINTS] = {0x1p-22, 0x1p-22, 0x1p-24, 0x1p-27}; /* 25, 25, 100, 800 km */
    static const double duration[DURATIONS] = {0x1p-20, 0x1p-21, 0x1p-24, 0x1p-34};   /* 17 min, 35 min, 5 h, 199 days */
    static const double thickness[THICKNESSES] = {0x1p-15, 0x1p-16, 0x1p-20};         /* 328, 655, 10,486 m */
    double wide = footprint[tree / (DURATIONS * THICKNESSES)];
    return (struct units){{wide, wide, wide, thickness[tree % THICKNESSES], duration[tree / THICKNESSES % DURATIONS]}};
}

static struct span span_of(const struct box *b, const struct units *u) {
    struct span s;
    for (int k = 0; k < 4; k++) {
        s.low[k] = (double)b->low[k] * u->per[k];
        s.high[k] = ((double)b->high[k] + 1.0) * u->per[k];
    }
    s.low[4] = (double)b->from * u->per[4];
    s.high[4] = ((double)b->to + 1.0) * u->per[4];
    return s;
}

static void span_grow(struct span *s, const struct span *by) {
    for (int k = 0; k < AXES; k++) {
        s->low[k] = by->low[k] < s->low[k] ? by->low[k] : s->low[k];
        s->high[k] = by->high[k] > s->high[k] ? by->high[k] : s->high[k];
    }
}

static double span_volume(const struct span *s) {
    double v = 1.0;
    for (int k = 0; k < AXES; k++) v *= s->high[k] - s->low[k];
    return v;
}

static double span_margin(const struct span *s) {
    double v = 0.0;
    for (int k = 0; k < AXES; k++) v += s->high[k] - s->low[k];
    return v;
}

static double span_overlap(const struct span *a, const struct span *b) {
    double v = 1.0;
    for (int k = 0; k < AXES; k++) {
        double low = a->low[k] > b->low[k] ? a->low[k] : b->low[k], high = a->high[k] < b->high[k] ? a->high[k] : b->high[k];
        if (high <= low) return 0.0;
        v *= high - low;
    }
    return v;
}

/* --- nodes --- */

uint32_t index_node_take(struct index *x, uint8_t tree, uint8_t level) {
    uint32_t n = x->free;
    if (n != NONE) x->free = x->node[n].parent;
    else n = x->fresh++;
    assert(n < x->room && level < LEVELS);
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

static void slot_set(struct node *n, int i, const struct box *b) {
    for (int k = 0; k < 4; k++) {
        n->low[k][i] = b->low[k];
        n->high[k][i] = b->high[k];
    }
    n->from[i] = b->from;
    n->to[i] = b->to;
}

struct box index_node_bounds(const struct node *n) {
    assert(n->count > 0);
    struct box b = slot_box(n, 0);
    for (int i = 1; i < n->count; i++) {
        struct box by = slot_box(n, i);
        box_grow(&b, &by);
    }
    return b;
}

void index_node_put(struct index *x, uint32_t n, const struct entry *e) {
    struct node *node = &x->node[n];
    assert(node->count < NODE_MOST);
    slot_set(node, node->count, &e->box);
    node->ref[node->count++] = e->ref;
    if (node->level == 0) x->leaf[e->ref] = n;
    else x->node[e->ref].parent = n;
}

static int node_slot(const struct node *n, uint32_t ref) {
    for (int i = 0; i < n->count; i++)
        if (n->ref[i] == ref) return i;
    assert(!"a child that its parent does not know");
    return 0;
}

static struct box node_drop(struct node *n, int slot) {
    struct box dropped = slot_box(n, slot), last = slot_box(n, --n->count);
    slot_set(n, slot, &last);
    n->ref[slot] = n->ref[n->count];
    return dropped;
}

/* An entry has left n: everyone above whose bounds it reached learns the new ones. */
static void bounds_shrink(struct index *x, uint32_t n, struct box left) {
    for (;;) {
        struct node *node = &x->node[n];
        uint32_t above = node->parent;
        int slot = above == NONE ? 0 : node_slot(&x->node[above], n);
        struct box was = above == NONE ? x->bounds[node->tree] : slot_box(&x->node[above], slot);
        x->work++;
        if (!box_touches(&was, &left)) return;
        struct box is = index_node_bounds(node);
        x->work += node->count;
        if (above == NONE) {
            x->bounds[node->tree] = is;
            return;
        }
        if (box_same(&was, &is)) return;
        slot_set(&x->node[above], slot, &is);
        left = was;
        n = above;
    }
}

/* --- insertion: the way down --- */

struct weights {
    double margin[NODE_MOST], grown[NODE_MOST]; /* of each entry, and of each with the new box in it */
};

static void weigh_axis(double low, double high, const struct span *b, int axis, double *margin, double *grown) {
    *margin += high - low;
    *grown += (high > b->high[axis] ? high : b->high[axis]) - (low < b->low[axis] ? low : b->low[axis]);
}

/* All slots, the empty ones too: compilers then do several at a time. */
static void weigh(const struct node *n, const struct span *b, const struct units *u, struct weights *w) {
    for (int i = 0; i < NODE_MOST; i++) w->margin[i] = w->grown[i] = 0.0;
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < NODE_MOST; i++)
            weigh_axis((double)n->low[k][i] * u->per[k], ((double)n->high[k][i] + 1.0) * u->per[k], b, k, &w->margin[i], &w->grown[i]);
    for (int i = 0; i < NODE_MOST; i++)
        weigh_axis((double)n->from[i] * u->per[4], ((double)n->to[i] + 1.0) * u->per[4], b, 4, &w->margin[i], &w->grown[i]);
}

/* How much more entry `slot` would overlap its neighbours when it also held b. */
static double overlap_growth(const struct span *s, int count, int slot, const struct span *b) {
    struct span grown = s[slot];
    span_grow(&grown, b);
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        if (i == slot) continue;
        double overlap = span_overlap(&grown, &s[i]);
        if (overlap > 0.0) sum += overlap - span_overlap(&s[slot], &s[i]);
    }
    return sum;
}

/* The entry that would overlap its neighbours least more; of equals the one whose margin grows least; of these the smaller. */
static int choose_slot(const struct node *n, const struct span *b, const struct units *u) {
    struct weights w;
    struct span s[NODE_MOST];
    int best = 0;
    weigh(n, b, u, &w);
    for (int i = 1; i < n->count; i++) {
        double growth = w.grown[i] - w.margin[i], least = w.grown[best] - w.margin[best];
        if (growth < least || (growth == least && w.margin[i] < w.margin[best])) best = i;
    }
    if (w.grown[best] == w.margin[best]) return best;
    for (int i = 0; i < n->count; i++) {
        struct box at = slot_box(n, i);
        s[i] = span_of(&at, u);
    }
    double overlap = overlap_growth(s, n->count, best, b);
    for (int i = 0, first = best; i < n->count && overlap > 0.0; i++) {
        if (i == first) continue;
        double other = overlap_growth(s, n->count, i, b);
        if (other > overlap || (other == overlap && w.grown[i] - w.margin[i] >= w.grown[best] - w.margin[best])) continue;
        overlap = other;
        best = i;
    }
    return best;
}

/* --- insertion: the split of a full node --- */

#define SPLIT (NODE_MOST + 1)

struct cut {
    int axis, left; /* so many of the entries sorted along the axis go left */
    bool by_high;   /* sorted by their high ends */
    double overlap, margin, volume;
};
struct splitting {
    struct entry entry[SPLIT];
    struct span span[SPLIT];
    uint8_t order[SPLIT];
};

static bool cut_better(const struct cut *a, const struct cut *b) {
    if (a->overlap != b->overlap) return a->overlap < b->overlap;
    if (a->margin != b->margin) return a->margin < b->margin;
    return a->volume < b->volume;
}

static bool split_before(const struct splitting *s, int a, int b, int axis, bool by_high) {
    const struct span *p = &s->span[a], *q = &s->span[b];
    if (by_high && p->high[axis] != q->high[axis]) return p->high[axis] < q->high[axis];
    if (p->low[axis] != q->low[axis]) return p->low[axis] < q->low[axis];
    if (p->high[axis] != q->high[axis]) return p->high[axis] < q->high[axis];
    return s->entry[a].ref < s->entry[b].ref;
}

static void split_sort(struct splitting *s, int axis, bool by_high) {
    for (int i = 0; i < SPLIT; i++) {
        int j = i;
        for (; j > 0 && split_before(s, i, s->order[j - 1], axis, by_high); j--) s->order[j] = s->order[j - 1];
        s->order[j] = (uint8_t)i;
    }
}

/* The best cut in the order that is, the most even first; returns the sum of the margins of all. */
static double split_cuts(const struct splitting *s, int axis, bool by_high, struct cut *best) {
    struct span left[SPLIT], right[SPLIT];
    double sum = 0.0;
    left[0] = s->span[s->order[0]];
    right[SPLIT - 1] = s->span[s->order[SPLIT - 1]];
    for (int i = 1; i < SPLIT; i++) {
        left[i] = left[i - 1];
        span_grow(&left[i], &s->span[s->order[i]]);
        right[SPLIT - 1 - i] = right[SPLIT - i];
        span_grow(&right[SPLIT - 1 - i], &s->span[s->order[SPLIT - 1 - i]]);
    }
    for (int k = 0; k <= SPLIT - 2 * NODE_LEAST; k++) {
        int at = SPLIT / 2 + (k % 2 ? (k + 1) / 2 : -(k / 2));
        if (at < NODE_LEAST || at > SPLIT - NODE_LEAST) continue;
        const struct span *l = &left[at - 1], *r = &right[at];
        struct cut c = {axis, at, by_high, span_overlap(l, r), span_margin(l) + span_margin(r), span_volume(l) + span_volume(r)};
        sum += c.margin;
        if (best->axis < 0 || cut_better(&c, best)) *best = c;
    }
    return sum;
}

/* n is full and e does not fit: half of them move to a new node, which is returned. */
static uint32_t node_split(struct index *x, uint32_t n, const struct entry *e, const struct units *u) {
    struct splitting s;
    struct node *node = &x->node[n];
    struct cut best = {.axis = -1};
    double least = 0.0;
    for (int i = 0; i < NODE_MOST; i++) s.entry[i] = (struct entry){slot_box(node, i), node->ref[i]};
    s.entry[NODE_MOST] = *e;
    for (int i = 0; i < SPLIT; i++) s.span[i] = span_of(&s.entry[i].box, u);
    for (int axis = 0; axis < AXES; axis++) {
        struct cut c = {.axis = -1};
        double margins = 0.0;
        for (int by_high = 0; by_high < 2; by_high++) {
            split_sort(&s, axis, by_high);
            margins += split_cuts(&s, axis, by_high, &c);
        }
        if (axis > 0 && margins >= least) continue;
        least = margins;
        best = c;
    }
    split_sort(&s, best.axis, best.by_high);
    uint32_t other = index_node_take(x, node->tree, node->level);
    node->count = 0;
    for (int i = 0; i < SPLIT; i++) index_node_put(x, i < best.left ? n : other, &s.entry[s.order[i]]);
    x->work += SPLIT;
    return other;
}

/* A new root above two nodes. */
static void root_grow(struct index *x, uint32_t a, uint32_t b) {
    uint8_t tree = x->node[a].tree;
    uint32_t root = index_node_take(x, tree, (uint8_t)(x->node[a].level + 1));
    struct entry left = {index_node_bounds(&x->node[a]), a}, right = {index_node_bounds(&x->node[b]), b};
    index_node_put(x, root, &left);
    index_node_put(x, root, &right);
    x->root[tree] = root;
}

/* Down to a node of that level, of which the tree has one; bounds on the way grow at once. */
static uint32_t way_down(struct index *x, uint8_t tree, uint8_t level, const struct box *b, const struct units *u) {
    uint32_t n = x->root[tree];
    struct span s = span_of(b, u);
    if (x->node[n].count == 0) x->bounds[tree] = *b;
    else box_grow(&x->bounds[tree], b);
    while (x->node[n].level > level) {
        struct node *node = &x->node[n];
        int slot = choose_slot(node, &s, u);
        struct box grown = slot_box(node, slot);
        box_grow(&grown, b);
        slot_set(node, slot, &grown);
        x->work += node->count;
        n = node->ref[slot];
    }
    return n;
}

static void tree_put(struct index *x, uint8_t tree, uint8_t level, struct entry e) {
    struct units u = index_units(tree);
    uint32_t n = way_down(x, tree, level, &e.box, &u);
    while (x->node[n].count == NODE_MOST) {
        uint32_t other = node_split(x, n, &e, &u), parent = x->node[n].parent;
        if (parent == NONE) {
            root_grow(x, n, other);
            return;
        }
        struct box bounds = index_node_bounds(&x->node[n]);
        slot_set(&x->node[parent], node_slot(&x->node[parent], n), &bounds);
        e = (struct entry){index_node_bounds(&x->node[other]), other};
        n = parent;
    }
    index_node_put(x, n, &e);
}

void index_insert(struct index *x, uint32_t item, const struct box *b) {
    assert(item < x->capacity && x->leaf[item] == NONE);
    uint8_t tree = index_tree_of(b);
    if (x->root[tree] == NONE) x->root[tree] = index_node_take(x, tree, 0);
    tree_put(x, tree, 0, (struct entry){*b, item});
    x->count++;
}

/* --- deletion --- */

/* `left` has left n. Nodes that have become too small are taken out of their parents, from n upwards, into a list. */
static uint32_t condense(struct index *x, uint32_t n, struct box left) {
    uint32_t orphans = NONE;
    while (x->node[n].parent != NONE && x->node[n].count < NODE_LEAST) {
        uint32_t parent = x->node[n].parent;
        left = node_drop(&x->node[parent], node_slot(&x->node[parent], n));
        x->node[n].parent = orphans;
        orphans = n;
        n = parent;
    }
    if (x->node[n].count > 0) bounds_shrink(x, n, left);
    return orphans;
}

/* The entries of the list's nodes go back in at their own level, the highest first; the tree is still as high as before. */
static void reinsert(struct index *x, uint32_t orphans) {
    while (orphans != NONE) {
        struct node orphan = x->node[orphans];
        node_give(x, orphans);
        for (int i = 0; i < orphan.count; i++)
            tree_put(x, orphan.tree, orphan.level, (struct entry){slot_box(&orphan, i), orphan.ref[i]});
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
    struct box left = node_drop(&x->node[n], node_slot(&x->node[n], item));
    x->leaf[item] = NONE;
    x->count--;
    reinsert(x, condense(x, n, left));
    root_shrink(x, tree);
}

/* --- queries --- */

/* Which slots meet b on the axes of 32 bits; the empty ones too. */
static void slots_meet(const struct node *n, const struct box *b, int32_t met[NODE_MOST]) {
    for (int i = 0; i < NODE_MOST; i++) met[i] = (n->low[0][i] <= b->high[0]) & (n->high[0][i] >= b->low[0]);
    for (int k = 1; k < 4; k++)
        for (int i = 0; i < NODE_MOST; i++) met[i] &= (n->low[k][i] <= b->high[k]) & (n->high[k][i] >= b->low[k]);
}

/* Nodes of large trees are not in a cache: all that will be opened are sent for at once. */
static void node_send_for(const struct node *n) {
    for (size_t i = 0; i < sizeof *n; i += 64) __builtin_prefetch((const char *)n + i);
}

static bool tree_query(const struct index *x, uint32_t root, const struct box *b, index_visit visit, void *context,
                       uint64_t *box_tests) {
    uint32_t stack[LEVELS * NODE_MOST], depth = 0;
    int32_t met[NODE_MOST];
    stack[depth++] = root;
    while (depth > 0) {
        const struct node *n = &x->node[stack[--depth]];
        *box_tests += n->count;
        slots_meet(n, b, met);
        for (int i = 0; i < n->count; i++) {
            if (!met[i] || n->from[i] > b->to || n->to[i] < b->from) continue;
            if (n->level > 0) {
                node_send_for(&x->node[n->ref[i]]);
                stack[depth++] = n->ref[i];
            } else if (!visit(context, n->ref[i])) {
                return false;
            }
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

/* --- shape and invariants --- */

typedef void (*node_visit)(const struct index *x, uint32_t n, void *context);
static void nodes_each(const struct index *x, node_visit visit, void *context) {
    for (int i = 0; i < TREES; i++) {
        uint32_t stack[LEVELS * NODE_MOST], depth = 0;
        if (x->root[i] == NONE) continue;
        stack[depth++] = x->root[i];
        while (depth > 0) {
            uint32_t at = stack[--depth];
            const struct node *n = &x->node[at];
            visit(x, at, context);
            for (int k = 0; n->level > 0 && k < n->count; k++) stack[depth++] = n->ref[k];
        }
    }
}

static void shape_node(const struct index *x, uint32_t at, void *context) {
    const struct node *n = &x->node[at];
    struct index_shape *s = context;
    s->nodes++;
    s->trees += n->parent == NONE;
    if (n->level + 1u > s->height) s->height = n->level + 1u;
    if (n->level == 0) {
        s->leaves++;
        s->slots += NODE_MOST;
        return;
    }
    for (int i = 0; i < n->count; i++)
        for (int k = 0; k < i; k++) {
            struct box a = slot_box(n, i), b = slot_box(n, k);
            s->pairs++;
            s->meeting += box_meets(&a, &b);
        }
}

void index_shape(const struct index *x, struct index_shape *out) {
    *out = (struct index_shape){.boxes = x->count, .work = x->work};
    nodes_each(x, shape_node, out);
}

struct checked {
    uint32_t items, nodes;
};

static void check_node(const struct index *x, uint32_t at, void *context) {
    const struct node *n = &x->node[at];
    struct checked *c = context;
    c->nodes++;
    assert(n->count <= NODE_MOST);
    assert(n->parent == NONE ? n->count >= (n->level > 0 ? 2 : 1) : n->count >= NODE_LEAST);
    if (n->parent == NONE) {
        struct box bounds = index_node_bounds(n);
        assert(x->root[n->tree] == at && box_same(&bounds, &x->bounds[n->tree]));
    }
    for (int i = 0; i < n->count; i++) {
        struct box own = slot_box(n, i);
        if (n->level == 0) {
            assert(x->leaf[n->ref[i]] == at && index_tree_of(&own) == n->tree);
            c->items++;
            continue;
        }
        const struct node *child = &x->node[n->ref[i]];
        struct box bounds = index_node_bounds(child);
        assert(child->parent == at && child->level == n->level - 1 && child->tree == n->tree);
        assert(box_same(&bounds, &own));
    }
}

void index_check(const struct index *x) {
    struct checked c = {0, 0};
    uint32_t in = 0, freed = 0;
    nodes_each(x, check_node, &c);
    for (uint32_t i = 0; i < x->capacity; i++) in += x->leaf[i] != NONE;
    for (uint32_t n = x->free; n != NONE; n = x->node[n].parent) freed++;
    assert(c.items == x->count && in == x->count && c.nodes == x->used && c.nodes + freed == x->fresh);
}
