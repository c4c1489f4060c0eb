#include "geo/ring.h"

#include "base/limits.h"

#include <assert.h>

/* Heap sort: no memory, and no input makes it slow. */
static void sift(uint64_t *at, uint32_t root, uint32_t count) {
    uint64_t v = at[root];
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && at[child + 1] > at[child]) child++;
        if (at[child] <= v) break;
        at[root] = at[child];
    }
    at[root] = v;
}

static void sort(uint64_t *at, uint32_t count) {
    for (uint32_t i = count / 2; i > 0; i--) sift(at, i - 1, count);
    for (uint32_t n = count; n > 1; n--) {
        uint64_t most = at[0];
        at[0] = at[n - 1];
        at[n - 1] = most;
        sift(at, 0, n - 1);
    }
}

static uint64_t place_key(const struct position *p) {
    bool pole = p->lat == 900000000 || p->lat == -900000000;
    int64_t lon = pole ? 0 : p->lon == -1800000000 ? 1800000000 : p->lon;
    return (uint64_t)((int64_t)p->lat + 900000000) << 32 | (uint64_t)(lon + 1800000000);
}

bool ring_same_place(const struct position *a, const struct position *b) { return place_key(a) == place_key(b); }

bool ring_repeats(const struct position *at, uint32_t count) {
    uint64_t keys[LIMIT_VERTICES];
    assert(count <= LIMIT_VERTICES);
    for (uint32_t i = 0; i < count; i++) keys[i] = place_key(&at[i]);
    sort(keys, count);
    for (uint32_t i = 1; i < count; i++)
        if (keys[i] == keys[i - 1]) return true;
    return false;
}

/* --- crossings: a sweep along the axis on which the outline is longest; each edge meets those that begin on it before it ends --- */

#define INDEX_BITS 10
_Static_assert(LIMIT_VERTICES <= 1 << INDEX_BITS, "an edge's number fits into its key");

static uint64_t along(double v) { return (uint64_t)((v + 2.0) * 1099511627776.0); } /* 2^40; v is within [-1, 1] but for roundoff. Monotonic. */

static int longest_axis(const struct outline *o) {
    double low[3] = {2.0, 2.0, 2.0}, high[3] = {-2.0, -2.0, -2.0};
    int best = 0;
    for (int k = 0; k < 3; k++) {
        for (uint32_t i = 0; i < o->chunks; i++) {
            if (o->chunk[i].low[k] < low[k]) low[k] = o->chunk[i].low[k];
            if (o->chunk[i].high[k] > high[k]) high[k] = o->chunk[i].high[k];
        }
        if (high[k] - low[k] > high[best] - low[best]) best = k;
    }
    return best;
}

static bool apart(const struct edge *g, const struct edge *h) {
    for (int k = 0; k < 3; k++)
        if (g->low[k] > h->high[k] || h->low[k] > g->high[k]) return true;
    return false;
}

bool ring_crosses(const struct outline *o, double depth, uint32_t which[2]) {
    struct edge edges[LIMIT_VERTICES];
    uint64_t order[LIMIT_VERTICES];
    assert(o->edges <= LIMIT_VERTICES);
    int axis = longest_axis(o);
    for (uint32_t i = 0; i < o->edges; i += OUTLINE_BLOCK) {
        uint32_t n = o->edges - i < OUTLINE_BLOCK ? o->edges - i : OUTLINE_BLOCK;
        outline_edges(o, i, n, &edges[i]);
        for (uint32_t k = i; k < i + n; k++) order[k] = along(edges[k].low[axis]) << INDEX_BITS | k;
    }
    sort(order, o->edges);
    for (uint32_t i = 0; i < o->edges; i++) {
        uint32_t a = order[i] & ((1u << INDEX_BITS) - 1);
        const struct edge *g = &edges[a];
        uint64_t end = along(g->high[axis]);
        for (uint32_t j = i + 1; j < o->edges && order[j] >> INDEX_BITS <= end; j++) {
            uint32_t b = order[j] & ((1u << INDEX_BITS) - 1);
            if (apart(g, &edges[b]) || !edge_crosses(g, &edges[b], depth)) continue;
            which[0] = a < b ? a : b;
            which[1] = a < b ? b : a;
            return true;
        }
    }
    return false;
}
