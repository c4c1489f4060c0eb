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
    /* Limits written the wrong way round: all between them, so each limit is a bottom and a top. */
    bool ai = au->cm != UNLIMITED && al->cm > au->cm, bi = bu->cm != UNLIMITED && bl->cm > bu->cm;
    int64_t x = INT64_MAX, y = INT64_MAX;
    const struct altitude *const as[] = {al, au}, *const bs[] = {bl, bu};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            bool a_top = i == 1 || ai, a_bottom = i == 0 || ai, b_top = k == 1 || bi, b_bottom = k == 0 || bi;
            int64_t up = above(a, bs[k], as[i]), down = above(a, as[i], bs[k]);
            if (a_top && b_bottom && up < x) x = up;
            if (a_bottom && b_top && down < y) y = down;
        }
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
