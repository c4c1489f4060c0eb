/* How many subscriptions are at one place. An area of up to 60 km around is looked at in one window of cells of 1 km (geo/raster.h): each shape's cells are counted up.
 * A larger one, of which circles have no limit, is found by halving the earth, in latitude or longitude, whichever of a cell's sides is longer: a half that the area
 * does not touch goes; one that so many others touch everywhere decides; what is small enough is a window. Rejected: exact distances to every cell of 1 km2, which
 * took half a second for a few hundred outlines of a thousand vertices. */
#include "core/dss_rid.h"

#include "geo/angle.h"
#include "geo/meet.h"
#include "geo/raster.h"
#include "geo/sure.h"

#include <assert.h>

#define CELL_M 1000.0
#define AROUND_CM 6000000  /* so far around its middle a window sees: RASTER_SIDE / 2 cells, less some for the plane */
#define REACH_CM 100000    /* of the place that a shape touches: more than a cell's half diagonal */
#define DEGREE_CM 11170000 /* of latitude, or of longitude at the equator: no less than either */

struct cell { int32_t south, north, west, east; };
struct cell_size { int64_t high_cm, wide_cm, around_cm; }; /* around: every place of it is so near to its middle */
struct count {
    const struct shape *request;
    const struct dss_others *others;
    uint32_t most, *list;
    int64_t work;
};

/* ---- a window ---- */
static int64_t cost_of(const struct shape *s) { return 64 + s->count; }
static bool window_crowded(struct count *n, const struct position *middle, uint32_t listed, uint32_t all) {
    struct raster r;
    struct raster_cells asked, cells;
    uint8_t counts[RASTER_SIDE][RASTER_SIDE] = {{0}};
    raster_make(&r, middle, CELL_M);
    raster_shape(&r, n->request, &asked);
    n->work -= cost_of(n->request);
    for (uint32_t i = 0; i < listed; i++) {
        struct shape other;
        n->others->view(n->others->context, n->list[i], &other);
        if ((n->work -= cost_of(&other)) < 0) return true;
        raster_shape(&r, &other, &cells);
        for (uint32_t line = 0; line < RASTER_SIDE; line++)
            for (uint32_t word = 0; word < 2; word++)
                for (uint64_t both = cells.row[line][word] & asked.row[line][word]; both != 0; both &= both - 1)
                    if (++counts[line][64 * word + (uint32_t)__builtin_ctzll(both)] + all >= n->most) return true;
    }
    return false;
}

/* ---- halves of the earth ---- */
/* In 1/1024, of the latitude nearest to the equator: cos(90 degrees * t) <= 1 - t * t, and it is rounded up. */
static int64_t cosine_most(const struct cell *c) {
    int64_t near = c->south > 0 ? c->south : c->north < 0 ? -(int64_t)c->north : 0, t = near / 878907;
    return 1024 - t * t / 1024;
}
/* Along the meridian, then along the parallel: never less than straight. */
static struct cell_size cell_size(const struct cell *c) {
    struct cell_size s = {.high_cm = ((int64_t)c->north - c->south) * DEGREE_CM / 10000000};
    s.wide_cm = ((int64_t)c->east - c->west) * DEGREE_CM / 10000000 * cosine_most(c) / 1024;
    s.around_cm = (s.high_cm + s.wide_cm) / 2 + 1;
    return s;
}

enum lie { LIE_NONE, LIE_SOME, LIE_ALL }; /* of the places in a cell, a shape touches */

static enum lie lie_of(struct count *n, const struct position *middle, int64_t around_cm, const struct shape *s) {
    bool meets;
    n->work -= 64 + 8 * (int64_t)s->count; /* distances cost more than cells */
    int64_t sure = meet_clearance(middle, REACH_CM, s, around_cm + around_cm / 100 + 20000, &meets);
    return sure < around_cm ? LIE_SOME : meets ? LIE_ALL : LIE_NONE;
}
static struct position middle_of(const struct cell *c) {
    return (struct position){(int32_t)(((int64_t)c->south + c->north) / 2), (int32_t)(((int64_t)c->west + c->east) / 2)};
}

/* The first `listed` of `list` touch some places of the cell, as far as is known; `all` more touch every place. Those of the list may change places. */
static bool crowded(struct count *n, const struct cell *c, uint32_t listed, uint32_t all) {
    struct cell_size size = cell_size(c);
    struct position middle = middle_of(c);
    if (n->work < 0) return true;
    enum lie asked = lie_of(n, &middle, size.around_cm, n->request);
    if (asked == LIE_NONE) return false;
    for (uint32_t i = 0; i < listed;) {
        struct shape other;
        n->others->view(n->others->context, n->list[i], &other);
        enum lie lie = lie_of(n, &middle, size.around_cm, &other);
        if (lie == LIE_SOME) {
            i++;
            continue;
        }
        all += lie == LIE_ALL;
        uint32_t known = n->list[i];
        n->list[i] = n->list[--listed];
        n->list[listed] = known;
    }
    if (all + listed < n->most) return false;
    if (all >= n->most && asked == LIE_ALL) return true;
    if (size.around_cm <= AROUND_CM) return all >= n->most || window_crowded(n, &middle, listed, all);
    struct cell half[2] = {*c, *c};
    if (size.high_cm >= size.wide_cm) half[0].north = half[1].south = middle.lat;
    else half[0].east = half[1].west = middle.lon;
    return crowded(n, &half[0], listed, all) || crowded(n, &half[1], listed, all);
}

/* One window that holds the whole request, if there is one: around the middle of its vertices. */
static bool has_window(const struct shape *request, struct position *middle) {
    struct vec sum = {0.0, 0.0, 0.0};
    for (uint32_t i = 0; i < request->count; i++) sum = vec_add(sum, earth_unit(&request->at[i]));
    if (vec_length(sum) < 0.5) return false;
    *middle = earth_position(vec_unit(sum));
    for (uint32_t i = 0; i < request->count; i++)
        if (sure_most_cm(middle, &request->at[i]) + request->reach_cm > AROUND_CM) return false;
    return true;
}

bool dss_cells_crowded(const struct shape *request, const struct dss_others *others, uint32_t count, uint32_t most, uint32_t *list) {
    const struct cell earth = {-900000000, 900000000, -1800000000, 1800000000};
    struct count n = {.request = request, .others = others, .most = most, .list = list, .work = LIMIT_DSS_CELL_WORK};
    struct position middle;
    assert(most > 0 && most < UINT8_MAX);
    if (count < most) return false;
    for (uint32_t i = 0; i < count; i++) list[i] = i;
    return has_window(request, &middle) ? window_crowded(&n, &middle, count, 0) : crowded(&n, &earth, count, 0);
}
