/* Cells are cubes, the boxes' middles stand in them. A box is kept in the class of the least cells that are not much smaller than it: so whoever asks
 * looks at the cells that his own box meets when it is grown by half of the class's greatest extent. The middles lie near the surface of the
 * sphere, and of a column of cells only those are looked at that the surface goes through.
 *
 * A cell is a list of buckets of four items; all but the first are full. First ones hang in a hash table. What a query finds in its cells is
 * sent for before it is compared: memory answers many questions at once in little more time than one.
 *
 * Rejected: chains of single items (each step waits for memory); an axis of height (offsets between references make every box high as a dozen
 * flight levels, and then most cells are empty); trees: at a million tubes 1,700 boxes compared for 30 that meet. */
#include "core/grid.h"

#include <assert.h>
#include <string.h>

#include "geo/angle.h"

#define NONE UINT32_MAX
#define EACH 4     /* items of a bucket */
#define CLASSES 9
#define AXIS_BITS 13
#define RADIUS 1073741824.0 /* 2^30, of the sphere of units */
#define SLACK 16.0          /* units of 6 mm, above every roundoff */
#define GATHER 256
#define CELLS 64

struct spot { int32_t low[4], high[4]; };
struct bucket {
    uint64_t key;
    uint32_t next; /* of a first one: the next cell's of the hash chain; of a free one: the next free one */
    uint32_t more; /* of the same cell */
    uint32_t item[EACH]; /* NONE from the first free place on */
};
struct grid {
    uint32_t capacity, count, mask, fresh, free;
    uint32_t in[CLASSES];
    uint32_t *head;
    struct bucket *bucket;
    uint32_t *at; /* each item's bucket; NONE: not in it */
    struct spot *spot;
};
/* Greatest extent of a class, on the longest axis of place, which is the size of its cells, too: 6, 50, 100, 200, ... km, as powers of two of 6 mm. Its boxes'
 * middles lie at most an eighth of that off the surface. The last class has everything else in one cell. Small ones have small cells of their own, for where many
 * of them fly in one place; in between there is no class, for each that is in use costs every query some cells. */
static const uint8_t class_of[CLASSES] = {20, 23, 24, 25, 26, 27, 28, 29, 32};

static size_t rounded(size_t size) { return (size + 15) / 16 * 16; }
static uint32_t heads(uint32_t capacity) {
    uint32_t n = 16;
    while (n < capacity / 2) n *= 2;
    return n;
}
size_t grid_memory(uint32_t capacity) {
    return rounded(sizeof(struct grid)) + rounded((size_t)heads(capacity) * sizeof(uint32_t)) + rounded((size_t)capacity * sizeof(struct bucket)) +
           rounded((size_t)capacity * sizeof(uint32_t)) + rounded((size_t)capacity * sizeof(struct spot));
}
struct grid *grid_new(struct arena *a, uint32_t capacity) {
    struct grid *g = arena_alloc(a, 1, sizeof *g);
    if (!g) return NULL;
    *g = (struct grid){.capacity = capacity, .mask = heads(capacity) - 1, .free = NONE};
    g->head = arena_alloc(a, g->mask + 1, sizeof *g->head);
    g->bucket = arena_alloc(a, capacity, sizeof *g->bucket);
    g->at = arena_alloc(a, capacity, sizeof *g->at);
    g->spot = arena_alloc(a, capacity, sizeof *g->spot);
    if (!g->head || !g->bucket || !g->at || !g->spot) return NULL;
    for (uint32_t i = 0; i <= g->mask; i++) g->head[i] = NONE;
    for (uint32_t i = 0; i < capacity; i++) g->at[i] = NONE;
    return g;
}
bool grid_has(const struct grid *g, uint32_t item) {
    assert(item < g->capacity);
    return g->at[item] != NONE;
}
uint32_t grid_count(const struct grid *g) { return g->count; }

/* ---- cells ---- */
static int64_t middle(const struct spot *s, int axis) { return ((int64_t)s->low[axis] + s->high[axis]) / 2; }
static uint32_t cell_of(int64_t v, uint8_t shift) { return (uint32_t)((uint64_t)(v + (INT64_C(1) << 31)) >> shift); }
static uint64_t key_of(int class, uint32_t x, uint32_t y, uint32_t z) {
    return (((uint64_t)class << AXIS_BITS | x) << AXIS_BITS | y) << AXIS_BITS | z;
}
static uint32_t *head_of(const struct grid *g, uint64_t key) {
    uint64_t h = key * UINT64_C(0x9E3779B97F4A7C15);
    return &g->head[(h ^ h >> 29) >> 24 & g->mask];
}
static int class_for(const struct spot *s) {
    int64_t extent = 0;
    double rr = 0.0;
    for (int i = 0; i < 3; i++) {
        int64_t e = (int64_t)s->high[i] - s->low[i];
        double m = (double)middle(s, i);
        if (e > extent) extent = e;
        rr += m * m;
    }
    double off = angle_sqrt(rr) - RADIUS;
    if (off < 0.0) off = -off;
    for (int c = 0; c < CLASSES - 1; c++)
        if (extent <= INT64_C(1) << class_of[c] && off <= (double)(INT64_C(1) << class_of[c]) / 8.0) return c;
    return CLASSES - 1;
}
static uint64_t key_for(const struct spot *s) {
    int c = class_for(s);
    uint8_t shift = class_of[c];
    if (c == CLASSES - 1) return key_of(c, 0, 0, 0);
    return key_of(c, cell_of(middle(s, 0), shift), cell_of(middle(s, 1), shift), cell_of(middle(s, 2), shift));
}
static int class_in(uint64_t key) { return (int)(key >> 3 * AXIS_BITS); }

/* ---- buckets ---- */
static uint32_t first_of(const struct grid *g, uint64_t key) {
    uint32_t b = *head_of(g, key);
    while (b != NONE && g->bucket[b].key != key) b = g->bucket[b].next;
    return b;
}
static uint32_t bucket_take(struct grid *g, uint64_t key) {
    uint32_t b = g->free;
    if (b != NONE) g->free = g->bucket[b].next;
    else b = g->fresh++;
    assert(b < g->capacity); /* none is empty, so there are no more of them than of items */
    g->bucket[b] = (struct bucket){.key = key, .next = NONE, .more = NONE, .item = {NONE, NONE, NONE, NONE}};
    return b;
}
static void bucket_give(struct grid *g, uint32_t b) {
    g->bucket[b].next = g->free;
    g->free = b;
}
static int items_in(const struct bucket *b) {
    int n = 0;
    while (n < EACH && b->item[n] != NONE) n++;
    return n;
}
static void items_move(struct grid *g, uint32_t from, uint32_t to) {
    memcpy(g->bucket[to].item, g->bucket[from].item, sizeof g->bucket[to].item);
    for (int i = 0; i < EACH && g->bucket[to].item[i] != NONE; i++) g->at[g->bucket[to].item[i]] = to;
}

void grid_insert(struct grid *g, uint32_t item, const struct box *box) {
    assert(!grid_has(g, item));
    struct spot *s = &g->spot[item];
    memcpy(s->low, box->low, sizeof s->low);
    memcpy(s->high, box->high, sizeof s->high);
    uint64_t key = key_for(s);
    uint32_t first = first_of(g, key);
    if (first == NONE) {
        first = bucket_take(g, key);
        uint32_t *head = head_of(g, key);
        g->bucket[first].next = *head;
        *head = first;
    }
    int n = items_in(&g->bucket[first]);
    if (n == EACH) {
        uint32_t full = bucket_take(g, key);
        items_move(g, first, full);
        g->bucket[full].more = g->bucket[first].more;
        g->bucket[first].more = full;
        for (n = EACH - 1; n > 0; n--) g->bucket[first].item[n] = NONE;
    }
    g->bucket[first].item[n] = item;
    g->at[item] = first;
    g->in[class_in(key)]++;
    g->count++;
}

/* The first bucket of a cell has lost its last item. */
static void first_refill(struct grid *g, uint32_t first) {
    struct bucket *f = &g->bucket[first];
    uint32_t more = f->more;
    if (more != NONE) {
        items_move(g, more, first);
        f->more = g->bucket[more].more;
        bucket_give(g, more);
        return;
    }
    uint32_t *link = head_of(g, f->key);
    while (*link != first) link = &g->bucket[*link].next;
    *link = f->next;
    bucket_give(g, first);
}
void grid_erase(struct grid *g, uint32_t item) {
    assert(grid_has(g, item));
    uint32_t at = g->at[item], first = first_of(g, g->bucket[at].key);
    int slot = 0, last = items_in(&g->bucket[first]) - 1;
    while (g->bucket[at].item[slot] != item) assert(slot < EACH - 1), slot++;
    uint32_t moved = g->bucket[first].item[last];
    g->bucket[at].item[slot] = moved;
    g->at[moved] = at;
    g->bucket[first].item[last] = NONE;
    g->at[item] = NONE;
    g->in[class_in(g->bucket[first].key)]--;
    g->count--;
    if (last == 0) first_refill(g, first);
}

/* ---- queries ---- */
struct asking {
    const struct grid *g;
    const struct box *box;
    index_visit visit;
    grid_fetch fetch;
    void *context;
    uint64_t tests, key[CELLS];
    uint32_t cells, gathered, bucket[CELLS], item[GATHER];
};
static bool spot_meets(const struct spot *s, const struct box *b) {
    int32_t met = 1;
    for (int k = 0; k < 4; k++) met &= (s->low[k] <= b->high[k]) & (s->high[k] >= b->low[k]);
    return met != 0;
}
static bool compare_gathered(struct asking *q) {
    uint32_t n = q->gathered, met = 0;
    q->gathered = 0;
    q->tests += n;
    for (uint32_t i = 0; i < n; i++) {
        if (!spot_meets(&q->g->spot[q->item[i]], q->box)) continue;
        q->item[met++] = q->item[i];
        if (q->fetch) q->fetch(q->context, q->item[i]);
    }
    for (uint32_t i = 0; i < met; i++)
        if (!q->visit(q->context, q->item[i])) return false;
    return true;
}
/* All cells go one bucket on at a time, so that memory is asked for as many at once as there are cells. */
static bool cells_walk(struct asking *q) {
    const struct grid *g = q->g;
    uint32_t left = 0;
    for (uint32_t i = 0; i < q->cells; i++) {
        q->bucket[i] = *head_of(g, q->key[i]);
        if (q->bucket[i] != NONE) __builtin_prefetch(&g->bucket[q->bucket[i]]);
    }
    for (uint32_t i = 0; i < q->cells; i++) {
        uint32_t b = q->bucket[i];
        while (b != NONE && g->bucket[b].key != q->key[i]) b = g->bucket[b].next;
        if (b != NONE) q->bucket[left++] = b;
    }
    q->cells = 0;
    while (left > 0) {
        uint32_t now = left;
        left = 0;
        for (uint32_t k = 0; k < now; k++) {
            const struct bucket *b = &g->bucket[q->bucket[k]];
            if (q->gathered + EACH > GATHER && !compare_gathered(q)) return false;
            for (int i = 0; i < EACH && b->item[i] != NONE; i++) {
                __builtin_prefetch(&g->spot[b->item[i]]);
                q->item[q->gathered++] = b->item[i];
            }
            if (b->more == NONE) continue;
            __builtin_prefetch(&g->bucket[b->more]);
            q->bucket[left++] = b->more;
        }
    }
    return true;
}
static bool cell_gather(struct asking *q, uint64_t key) {
    q->key[q->cells++] = key;
    __builtin_prefetch(head_of(q->g, key));
    return q->cells < CELLS || cells_walk(q);
}
struct cells { uint32_t from[3], to[3]; };
/* The middles of those of a class that meet the box lie in these. */
static struct cells cells_of(const struct box *b, int class) {
    struct cells c;
    int64_t half = (INT64_C(1) << class_of[class]) / 2 + 1;
    for (int i = 0; i < 3; i++) {
        int64_t low = b->low[i] - half, high = b->high[i] + half, least = -(INT64_C(1) << 31), most = (INT64_C(1) << 31) - 1;
        c.from[i] = cell_of(low < least ? least : low, class_of[class]);
        c.to[i] = cell_of(high > most ? most : high, class_of[class]);
    }
    return c;
}
/* Least and greatest square of a coordinate in a cell. */
static void squares(uint32_t cell, uint8_t shift, double *least, double *most) {
    double size = (double)(INT64_C(1) << shift), low = (double)cell * size - 0x1p31, high = low + size;
    double a = low * low, b = high * high;
    *most = a > b ? a : b;
    *least = low <= 0.0 && high >= 0.0 ? 0.0 : a < b ? a : b;
}
static uint32_t cell_at(double v, uint8_t shift) { return v <= -0x1p31 ? 0 : cell_of((int64_t)v, shift); }
static bool run_gather(struct asking *q, int class, uint32_t x, uint32_t y, uint32_t from, uint32_t to) {
    for (uint32_t z = from; z <= to; z++)
        if (!cell_gather(q, key_of(class, x, y, z))) return false;
    return true;
}
/* Of the column at x, y the cells that the surface, thick as the class says, goes through: above and below the equator. */
static bool column_gather(struct asking *q, int class, uint32_t x, uint32_t y, uint32_t from, uint32_t to) {
    uint8_t shift = class_of[class];
    double off = (double)(INT64_C(1) << class_of[class]) / 8.0 + SLACK, outer = RADIUS + off, inner = RADIUS - off, lx, mx, ly, my;
    squares(x, shift, &lx, &mx);
    squares(y, shift, &ly, &my);
    double most = outer * outer - lx - ly, least = inner > 0.0 ? inner * inner - mx - my : 0.0;
    if (most < 0.0) return true;
    double far = angle_sqrt(most) + SLACK, near = least > 0.0 ? angle_sqrt(least) - SLACK : 0.0;
    if (near < 0.0) near = 0.0;
    uint32_t below = cell_at(-far, shift), below_to = cell_at(-near, shift), above = cell_at(near, shift), above_to = cell_at(far, shift);
    uint32_t a = from > below ? from : below, b = to < below_to ? to : below_to;
    if (a <= b && !run_gather(q, class, x, y, a, b)) return false;
    a = from > above ? from : above;
    if (above == below_to && a == above) a++; /* was looked at */
    b = to < above_to ? to : above_to;
    return a > b || run_gather(q, class, x, y, a, b);
}
static bool scan(struct asking *q) {
    for (uint32_t i = 0; i < q->g->capacity; i++) {
        if (q->g->at[i] == NONE) continue;
        q->tests++;
        if (spot_meets(&q->g->spot[i], q->box) && !q->visit(q->context, i)) return false;
    }
    return true;
}
static bool class_gather(struct asking *q, int class) {
    struct cells c = cells_of(q->box, class);
    for (uint32_t x = c.from[0]; x <= c.to[0]; x++)
        for (uint32_t y = c.from[1]; y <= c.to[1]; y++)
            if (!column_gather(q, class, x, y, c.from[2], c.to[2])) return false;
    return true;
}
void grid_query(const struct grid *g, const struct box *b, grid_fetch fetch, index_visit visit, void *context, uint64_t *tests) {
    struct asking q;
    q.g = g, q.box = b, q.fetch = fetch, q.visit = visit, q.context = context, q.tests = 0, q.cells = 0, q.gathered = 0;
    uint64_t columns = 0;
    for (int c = 0; c < CLASSES - 1; c++) {
        struct cells in = cells_of(b, c);
        if (g->in[c] > 0) columns += (uint64_t)(in.to[0] - in.from[0] + 1) * (in.to[1] - in.from[1] + 1);
    }
    if (columns > 64 + g->capacity / 16) { /* over a continent looking at all is less */
        scan(&q);
    } else {
        bool more = true;
        for (int c = 0; more && c < CLASSES; c++)
            if (g->in[c] > 0) more = c == CLASSES - 1 ? cell_gather(&q, key_of(c, 0, 0, 0)) : class_gather(&q, c);
        if (more && cells_walk(&q)) compare_gathered(&q);
    }
    if (tests) *tests += q.tests;
}

void grid_check(const struct grid *g) {
    uint32_t items = 0, buckets = 0, freed = 0, in[CLASSES] = {0};
    for (uint32_t h = 0; h <= g->mask; h++)
        for (uint32_t f = g->head[h]; f != NONE; f = g->bucket[f].next) {
            assert(head_of(g, g->bucket[f].key) == &g->head[h] && first_of(g, g->bucket[f].key) == f);
            for (uint32_t b = f; b != NONE; b = g->bucket[b].more, buckets++) {
                int n = items_in(&g->bucket[b]);
                assert(g->bucket[b].key == g->bucket[f].key && n > 0 && (b == f || n == EACH));
                for (int i = 0; i < n; i++, items++) {
                    uint32_t item = g->bucket[b].item[i];
                    assert(item < g->capacity && g->at[item] == b && key_for(&g->spot[item]) == g->bucket[b].key);
                    in[class_in(g->bucket[b].key)]++;
                }
            }
        }
    for (uint32_t b = g->free; b != NONE; b = g->bucket[b].next) freed++;
    assert(items == g->count && buckets + freed == g->fresh && g->fresh <= g->capacity);
    for (int c = 0; c < CLASSES; c++) assert(in[c] == g->in[c]);
    for (uint32_t i = 0; i < g->capacity; i++) items -= g->at[i] != NONE;
    assert(items == 0);
}
