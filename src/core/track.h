/* Internal to src/core: reports to tracks. */
#ifndef PARLEY_CORE_TRACK_H
#define PARLEY_CORE_TRACK_H

#include "core/watch.h"

struct track_counts { uint32_t fresh, late, duplicates, jumps, elsewhere, untracked; };
/* One position of a frame. Nothing is dropped silently: what does not move the track is counted and marked. */
void track_report(struct state *st, row feed, const struct frame_position *p, uint32_t code, struct track_counts *n, struct effects *fx);
/* Of many reports the next ones' memory is asked for while the present one is looked at: first where the identity's chain begins (its code is
 * what track_report wants), then the row that stands there. */
uint32_t track_fetch(const struct state *st, struct text identity);
void track_fetch_row(const struct state *st, uint32_t code);
/* Where nothing is known of a track: 300 m/s, an airliner with the wind behind it; and 100 m. A tube is so much wider than a track's own uncertainty. */
#define TRACK_SPEED_UNKNOWN_CMS 30000
#define TRACK_UNCERTAINTY_UNKNOWN_CM 10000
#define TRACK_WIDEN_CM 25000
static inline bool track_same_identity(const struct track_row *a, const struct track_row *b) {
    return a->identity_size == b->identity_size && memcmp(a->identity, b->identity, a->identity_size) == 0;
}
/* Is this report farther from there than anything flies since then? */
bool track_leaps(instant time, const struct position *at, const struct frame_position *p);
/* A new tube from the last report, and what it meets. */
void track_anchor(struct state *st, row track, struct effects *fx);

#endif
