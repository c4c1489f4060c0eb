/* Internal to src/core: what is wrong with tracks and feeds, and who is told. What a report shows is set down in the track at once; it is told at the tick,
 * by the track's own timer: once for each time that it begins or ends, never for each report, and never lost for want of room. */
#ifndef PARLEY_CORE_HEED_H
#define PARLEY_CORE_HEED_H

#include "core/track.h"

/* ---- rival.c: one aircraft on two feeds ---- */
#define RIVAL_SLOTS 32 /* an identity on more feeds than that: those beyond are not compared */
#define RIVAL_OF_PARTY 4 /* and of each party so many, so that no rival uses up what others are compared with */
void rival_enter(struct state *st, row track);            /* a new one gets a place among those of its identity */
void rival_compare(struct state *st, row track, uint32_t code); /* it was reported: is it where the other feeds say? */
void rival_leave(struct state *st, row track);            /* it is compared no more: silent, gone, or one of two aircraft */
/* The track of its identity on that place; ROW_NONE. */
row rival_at(const struct state *st, row track, uint8_t slot);
/* How far the two are apart, as of the later one's time, and how far they may be; `heights`: both state one, which of unlike references are apart by no less than that. */
struct rival_gap { int64_t cm, most_cm, height_cm, height_most_cm; bool heights; };
/* False: their times lie too far apart, or one is not heard. */
bool rival_measure(const struct state *st, row a, row b, struct rival_gap *out);

/* ---- twin.c: two aircraft under one identity on one feed ---- */
row twin_of(const struct state *st, row track);           /* the other one; ROW_NONE */
/* Which of two tracks a report is of: the one that can have flown there, of both the nearer. */
row twin_pick(const struct state *st, row first, row second, const struct frame_position *p);
/* A report that cannot be where its track was: did it come back to where it was before, for the second time? Else that place is remembered. */
bool twin_turns(struct track_row *t, const struct frame_position *p);
void twin_pair(struct state *st, row first, row second);  /* from now on they are two */
void twin_part(struct state *st, row track);              /* one of them goes */

/* ---- heed.c ---- */
instant track_due(const struct state *st, const struct track_row *t); /* it falls silent then, or is forgotten */
/* At the tick: what has changed. False: there is no room in this step, it comes with the next. */
bool heed_tell(struct state *st, row track, struct effects *fx);
void heed_forgotten(struct state *st, row track, struct effects *fx);
void heed_later(struct state *st, row track);             /* something may be told: its timer comes with the next tick */
void heed_pair_later(struct state *st, row a, row b);     /* of these two on two feeds */
bool heed_rests(const struct state *st, row track);       /* heed_tell has left something to a later tick: that feeds agree again */

#endif
