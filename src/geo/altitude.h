/* Altitude bands compared safely. Same reference: as it is. Unlike references: the worst case of the stated offsets, which
 * the operator sets and the record keeps (genesis and settings statements). */
#ifndef PARLEY_GEO_ALTITUDE_H
#define PARLEY_GEO_ALTITUDE_H

#include "geo/shape.h"

struct altitude_offsets {       /* centimetres; each a closed interval [low, high] */
    int32_t geoid_low, geoid_high;       /* W84 height minus AMSL height: default -10700, +8600 */
    int32_t pressure_low, pressure_high; /* AMSL height minus pressure altitude: default -60000, +60000 */
    int32_t terrain_low, terrain_high;   /* AMSL height of the surface: default 0... 885000 (SFC is 0 to the highest) */
};
extern const struct altitude_offsets altitude_offsets_default;
/* The interval of W84 heights (cm) that `a` may mean; ALTITUDE_UNLIMITED stays unlimited. */
void altitude_w84(const struct altitude *a, const struct altitude_offsets *o, int32_t *low, int32_t *high);
/* The height of a minus the height of b in one frame lies in (a->cm - b->cm) + [low, high]; both 0 for like references. Without
 * W84 the frame is AMSL, so the geoid does not widen it. Neither may be ALTITUDE_UNLIMITED. */
void altitude_offset(const struct altitude *a, const struct altitude *b, const struct altitude_offsets *o, int64_t *low,
                     int64_t *high);
/* Vertical distance in cm between two bands, 0 when they meet or may meet. A band that is inverted as it is written counts as all that lies
 * between its limits: it is never empty. */
int64_t altitude_gap(const struct volume *a, const struct volume *b, const struct altitude_offsets *o);
/* The figures stand the wrong way round; of unlike references the band may be right nevertheless. */
bool altitude_band_inverted(const struct altitude *lower, const struct altitude *upper);
/* Same reference: lower <= upper. Unlike ones: false only where the upper limit lies below the lower one whatever pressure (2,000 m at the
 * most), geoid (200 m) and ground (-500 m to 9,000 m) are. */
bool altitude_band_ordered(const struct altitude *lower, const struct altitude *upper);

#endif
