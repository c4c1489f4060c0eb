#include "geo/angle.h"
#include "geo/outline.h"

/* Of all points seen from `from`, the one with every other on its left or on the line; of several on one line the farthest. Gift
 * wrapping: no scratch memory, and hulls of airspaces are small. */
static uint32_t hull_next(const struct position *at, uint32_t count, uint32_t from) {
    struct vec p = earth_unit(&at[from]), best = p;
    uint32_t next = from;
    for (uint32_t i = 0; i < count; i++) {
        struct vec q = earth_unit(&at[i]), d = vec_sub(q, p), b = vec_sub(best, p);
        double far = vec_dot(d, d), so_far = vec_dot(b, b);
        if (far == 0.0) continue;
        double side = vec_dot(p, vec_cross(b, d)); /* < 0: q lies right of the line to the best so far */
        double line = 4e-16 * vec_length(far > so_far ? d : b); /* the roundoff of the coordinates */
        bool on_line = side <= line && side >= -line;
        if (next == from || (on_line ? far > so_far : side < 0.0)) {
            next = i;
            best = q;
        }
    }
    return next;
}

/* A direction with all points in front of it, by the perceptron. */
static bool hull_middle(const struct position *at, uint32_t count, struct vec *middle) {
    struct vec sum = {0.0, 0.0, 0.0};
    for (uint32_t i = 0; i < count; i++) sum = vec_add(sum, earth_unit(&at[i]));
    for (int round = 0; round < 256; round++) {
        struct vec worst = earth_unit(&at[0]);
        *middle = vec_unit(sum);
        double least = 2.0;
        for (uint32_t i = 0; i < count; i++) {
            struct vec v = earth_unit(&at[i]);
            double d = vec_dot(v, *middle);
            if (d < least) {
                least = d;
                worst = v;
            }
        }
        if (least > 1e-4) return true;
        sum = vec_add(*middle, worst);
    }
    return false;
}

result shape_hull(const struct position *at, uint32_t count, struct position *out, uint32_t room, uint32_t *hull_count,
                  struct fault *f) {
    struct vec middle;
    if (count < 3) return fail(f, RESULT_MALFORMED, "/polygon", "%u vertices; a hull needs at least 3", count);
    if (!hull_middle(at, count, &middle))
        return fail(f, RESULT_RANGE, "/polygon", "the vertices fit no hemisphere: they have no hull");
    uint32_t start = 0, n = 0; /* the vertex farthest from the middle is a corner of the hull */
    double least = 2.0;
    for (uint32_t i = 0; i < count; i++) {
        double d = vec_dot(earth_unit(&at[i]), middle);
        if (d >= least) continue;
        least = d;
        start = i;
    }
    struct vec first = earth_unit(&at[start]);
    for (uint32_t i = start;;) {
        if (n == room) return fail(f, RESULT_TOO_LARGE, "/polygon", "the hull has more than %u vertices", room);
        out[n++] = at[i];
        i = hull_next(at, count, i);
        struct vec d = vec_sub(earth_unit(&at[i]), first);
        if (vec_dot(d, d) < 1e-26 || n > count) break;
    }
    if (n < 3) return fail(f, RESULT_MALFORMED, "/polygon", "the vertices lie on one line");
    *hull_count = n;
    return OK;
}
