#include "index_others.h"

#include <geos_c.h>
#include <spatialindex/capi/sidx_api.h>
#include <stdlib.h>

#include "bench.h"

/* --- libspatialindex --- */

static void corners(const struct box *b, double low[5], double high[5]) {
    for (int k = 0; k < 4; k++) {
        low[k] = b->low[k];
        high[k] = b->high[k];
    }
    low[4] = (double)b->from;
    high[4] = (double)b->to;
}

void *spatialindex_new(void) {
    IndexPropertyH p = IndexProperty_Create();
    IndexProperty_SetIndexType(p, RT_RTree);
    IndexProperty_SetIndexVariant(p, RT_Star);
    IndexProperty_SetDimension(p, 5);
    IndexProperty_SetIndexStorage(p, RT_Memory);
    IndexH x = Index_Create(p);
    IndexProperty_Destroy(p);
    if (x == NULL) bench_die("libspatialindex");
    return x;
}

void spatialindex_insert(void *x, uint32_t item, const struct box *b) {
    double low[5], high[5];
    corners(b, low, high);
    if (Index_InsertData(x, item, low, high, 5, NULL, 0) != RT_None) bench_die("Index_InsertData");
}

void spatialindex_erase(void *x, uint32_t item, const struct box *b) {
    double low[5], high[5];
    corners(b, low, high);
    if (Index_DeleteData(x, item, low, high, 5) != RT_None) bench_die("Index_DeleteData");
}

uint64_t spatialindex_count(void *x, const struct box *b) {
    double low[5], high[5];
    uint64_t found = 0;
    corners(b, low, high);
    if (Index_Intersects_count(x, low, high, 5, &found) != RT_None) bench_die("Index_Intersects_count");
    return found;
}

void spatialindex_free(void *x) { Index_Destroy(x); }

/* --- GEOS --- */

struct geos_tree {
    const struct box *boxes;
    uint32_t count;
    GEOSSTRtree *tree;
    GEOSGeometry **shapes;
};
struct geos_asked {
    const struct box *box;
    uint64_t found;
};

static GEOSGeometry *diagonal(const struct box *b) {
    GEOSCoordSequence *at = GEOSCoordSeq_create(2, 2);
    GEOSCoordSeq_setXY(at, 0, b->low[0], b->low[1]);
    GEOSCoordSeq_setXY(at, 1, b->high[0], b->high[1]);
    return GEOSGeom_createLineString(at);
}

static void geos_found(void *item, void *context) {
    struct geos_asked *a = context;
    a->found += box_meets(item, a->box);
}

void *geos_tree_new(const struct box *boxes, uint32_t count) {
    initGEOS(NULL, NULL);
    struct geos_tree *x = bench_room(sizeof *x);
    *x = (struct geos_tree){boxes, count, GEOSSTRtree_create(10), bench_room(count * sizeof *x->shapes)};
    for (uint32_t i = 0; i < count; i++) {
        x->shapes[i] = diagonal(&boxes[i]);
        GEOSSTRtree_insert(x->tree, x->shapes[i], (void *)(uintptr_t)&boxes[i]);
    }
    geos_tree_count(x, &boxes[0]); /* the tree is made by the first query */
    return x;
}

uint64_t geos_tree_count(void *x, const struct box *b) {
    struct geos_tree *t = x;
    struct geos_asked a = {b, 0};
    GEOSGeometry *asked = diagonal(b);
    GEOSSTRtree_query(t->tree, asked, geos_found, &a);
    GEOSGeom_destroy(asked);
    return a.found;
}

void geos_tree_free(void *x) {
    struct geos_tree *t = x;
    GEOSSTRtree_destroy(t->tree);
    for (uint32_t i = 0; i < t->count; i++) GEOSGeom_destroy(t->shapes[i]);
    free(t->shapes);
    free(t);
    finishGEOS();
}
