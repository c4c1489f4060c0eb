#include "geo/altitude.h"

#include <assert.h>

const struct altitude_offsets altitude_offsets_default = {
    .geoid_low = -10700, .geoid_high = 8600, .pressure_low = -60000, .pressure_high = 60000, .terrain_low = 0,
    .terrain_high = 885000,
};

struct interval {
    int64_t low, high;
};

/* Settings come from an operator: bounds given in the wrong order count as the interval between them. */
static struct interval interval_of(int32_t a, int32_t b) {
    return a <= b ? (struct interval){a, b} : (struct interval){b, a};
}

/* What to add to a value of this reference to get AMSL; W84 alone needs the geoid for that. */
static struct interval to_amsl(uint8_t reference, const struct altitude_offsets *o) {
    switch (reference) {
    case ALTITUDE_FL: return interval_of(o->pressure_low, o->pressure_high);
    case ALTITUDE_SFC: return interval_of(o->terrain_low, o->terrain_high);
    case ALTITUDE_W84: {
        struct interval g = interval_of(o->geoid_low, o->geoid_high);
        return (struct interval){-g.high, -g.low};
    }
    default: assert(reference == ALTITUDE_AMSL); return (struct interval){0, 0};
    }
}

void altitude_offset(const struct altitude *a, const struct altitude *b, const struct altitude_offsets *o, int64_t *low,
                     int64_t *high) {
    *low = *high = 0;
    if (a->reference == b->reference) return;
    struct interval p = to_amsl(a->reference, o), q = to_amsl(b->reference, o);
    *low = p.low - q.high;
    *high = p.high - q.low;
}

static int32_t clamp(int64_t v, int64_t highest) {
    return v < INT32_MIN ? INT32_MIN : v > highest ? (int32_t)highest : (int32_t)v;
}

void altitude_w84(const struct altitude *a, const struct altitude_offsets *o, int32_t *low, int32_t *high) {
    if (a->cm == ALTITUDE_UNLIMITED) {
        *low = *high = ALTITUDE_UNLIMITED;
        return;
    }
    const struct altitude zero = {0, ALTITUDE_W84};
    int64_t l, h;
    altitude_offset(a, &zero, o, &l, &h);
    *low = clamp(a->cm + l, ALTITUDE_UNLIMITED - 1);
    *high = clamp(a->cm + h, ALTITUDE_UNLIMITED - 1);
}

/* Least height of `lower` above `upper`; 0 when it is not above or need not be. */
static int64_t gap_above(const struct altitude *lower, const struct altitude *upper, const struct altitude_offsets *o) {
    if (upper->cm == ALTITUDE_UNLIMITED || lower->cm == ALTITUDE_UNLIMITED)
        return upper->cm == ALTITUDE_UNLIMITED ? 0 : (int64_t)ALTITUDE_UNLIMITED - upper->cm;
    int64_t low, high;
    altitude_offset(lower, upper, o, &low, &high);
    int64_t gap = (int64_t)lower->cm - upper->cm + low;
    return gap > 0 ? gap : 0;
}

bool altitude_band_inverted(const struct altitude *lower, const struct altitude *upper) {
    return upper->cm != ALTITUDE_UNLIMITED && lower->cm > upper->cm;
}

/* Least height of `lower` above all of the band. */
static int64_t gap_above_band(const struct altitude *lower, const struct volume *band, const struct altitude_offsets *o) {
    int64_t gap = gap_above(lower, &band->upper, o);
    if (gap == 0 || !altitude_band_inverted(&band->lower, &band->upper)) return gap;
    int64_t other = gap_above(lower, &band->lower, o);
    return other < gap ? other : gap;
}

/* The lower of the band's limits counts where the two stand the wrong way round. */
static int64_t gap_between(const struct volume *below, const struct volume *above, const struct altitude_offsets *o) {
    int64_t gap = gap_above_band(&above->lower, below, o);
    if (gap == 0 || !altitude_band_inverted(&above->lower, &above->upper)) return gap;
    int64_t other = gap_above_band(&above->upper, below, o);
    return other < gap ? other : gap;
}

int64_t altitude_gap(const struct volume *a, const struct volume *b, const struct altitude_offsets *o) {
    int64_t ab = gap_between(a, b, o), ba = gap_between(b, a, o);
    return ab > ba ? ab : ba;
}

/* How far a height of this reference may be from one above mean sea level, wherever and whenever: more than any weather, geoid or ground. */
static struct interval furthest(uint8_t reference) {
    enum { GEOID = 20000, PRESSURE = 200000, DEEPEST = -50000, HIGHEST = 900000 };
    switch (reference) {
    case ALTITUDE_FL: return (struct interval){-PRESSURE, PRESSURE};
    case ALTITUDE_SFC: return (struct interval){DEEPEST, HIGHEST};
    case ALTITUDE_W84: return (struct interval){-GEOID, GEOID};
    default: assert(reference == ALTITUDE_AMSL); return (struct interval){0, 0};
    }
}

bool altitude_band_ordered(const struct altitude *lower, const struct altitude *upper) {
    if (upper->cm == ALTITUDE_UNLIMITED) return true;
    if (lower->cm == ALTITUDE_UNLIMITED) return false;
    if (lower->reference == upper->reference) return lower->cm <= upper->cm;
    return lower->cm + furthest(lower->reference).low <= upper->cm + furthest(upper->reference).high;
}
