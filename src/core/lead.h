/* Newly claimed space-time: what a new version of a notice claims that the version before did not.
 *
 * Each new volume stands in a grid of its own: time and band are cut at every bound of the old volumes whose footprint contains its
 * footprint (an old footprint that does not contain it can make nothing old, so its bounds would only splinter the pieces). A
 * cell is old where one of those old volumes covers it in time and band; every other cell is a newly claimed piece. Two old
 * footprints that contain the new one only together do not make it old: nobody was told of that shape.
 * Bands in unlike references count as covered only where they are for certain (worst case of the offsets). */
#ifndef PARLEY_CORE_LEAD_H
#define PARLEY_CORE_LEAD_H

#include "core/outcome.h"
#include "geo/altitude.h"

#define LEAD_OLD_MOST (LIMIT_SECTIONS * LIMIT_VOLUMES)
/* Beyond LIMIT_LEAD_WORK a new volume that is not covered by one single old one of the same shape counts as wholly new: the safe
 * side, and the same on every node. */

struct lead_claim {
    uint32_t pieces; /* newly claimed ones; 0: nothing new */
    instant start;   /* of the earliest of them; INSTANT_NONE when there is none */
};
/* Pure; old_count <= LEAD_OLD_MOST. Volumes are borrowed. */
void lead_compare(const struct volume *old, uint32_t old_count, const struct volume *fresh, uint32_t fresh_count,
                  const struct altitude_offsets *o, struct lead_claim *out);
/* By how much `lead` (start minus an instant) is short of what was agreed; 0 = met. */
int64_t lead_short(int64_t lead, int64_t agreed);

#endif
