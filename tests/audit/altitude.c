/* Heights of unlike references: what must be added lies in an interval; the worst case counts (facts/geometry.md). */
#include "inner.h"

struct interval { int64_t low, high; };
/* To get AMSL from a value of this reference. */
static struct interval to_amsl(const struct audit *a, int reference) {
    const struct settings *s = &a->settings;
    if (reference == 2) return (struct interval){s->pressure_low, s->pressure_high};
    if (reference == 3) return (struct interval){s->terrain_low, s->terrain_high};
    if (reference == 0) return (struct interval){-s->geoid_high, -s->geoid_low};
    return (struct interval){0, 0};
}
void altitude_offsets(const struct audit *a, const struct altitude *x, const struct altitude *y, int64_t *low, int64_t *high) {
    *low = *high = 0;
    if (x->reference == y->reference) return;
    struct interval p = to_amsl(a, x->reference), q = to_amsl(a, y->reference);
    *low = p.low - q.high;
    *high = p.high - q.low;
}
void altitude_w84(const struct audit *a, const struct altitude *x, int64_t *low, int64_t *high) {
    const struct altitude zero = {0, 0};
    *low = *high = UNLIMITED;
    if (x->cm == UNLIMITED) return;
    altitude_offsets(a, x, &zero, low, high);
    *low += x->cm;
    *high += x->cm;
}
/* How far `lower` lies above `upper`, at least. */
static int64_t above(const struct audit *a, const struct altitude *lower, const struct altitude *upper) {
    int64_t low, high;
    if (upper->cm == UNLIMITED) return 0;
    altitude_offsets(a, lower, upper, &low, &high);
    int64_t gap = (int64_t)lower->cm - upper->cm + (lower->cm == UNLIMITED ? 0 : low);
    return gap > 0 ? gap : 0;
}
int64_t altitude_gap(const struct audit *a, const struct altitude *al, const struct altitude *au, const struct altitude *bl, const struct altitude *bu) {
    int64_t x = above(a, bl, au), y = above(a, al, bu);
    return x > y ? x : y;
}
bool surely_below(const struct audit *a, const struct altitude *x, const struct altitude *y) {
    int64_t low, high;
    if (y->cm == UNLIMITED) return true;
    if (x->cm == UNLIMITED) return false;
    altitude_offsets(a, x, y, &low, &high);
    return (int64_t)x->cm + high <= y->cm;
}
bool band_within(const struct audit *a, const struct volume *outer, const struct volume *inner) {
    bool ground = outer->lower.reference == 3 && outer->lower.cm <= 0; /* nothing flies below it */
    return (ground || surely_below(a, &outer->lower, &inner->lower)) && surely_below(a, &inner->upper, &outer->upper);
}
