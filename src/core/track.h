/* Internal to src/core: reports to tracks. */
#ifndef PARLEY_CORE_TRACK_H
#define PARLEY_CORE_TRACK_H

#include "core/watch.h"

struct track_counts { uint32_t fresh, late, duplicates, jumps, elsewhere, untracked; };
/* One position of a frame. Nothing is dropped silently: what does not move the track is counted and marked. */
void track_report(struct state *st, row feed, const struct frame_position *p, struct track_counts *n, struct effects *fx);
/* A new tube from the last report, and what it meets. */
void track_anchor(struct state *st, row track, struct effects *fx);

#endif
