/* Air traffic out of a seed: aircraft on great circles that turn, climb and descend, and what feeds say of them: at one report a second, late,
 * doubled, out of order, jumping, from two feeds that agree or do not. Nothing of it is a recording. */
#ifndef PARLEY_BENCHMARKS_TRAFFIC_H
#define PARLEY_BENCHMARKS_TRAFFIC_H

#include "core/statement.h"

enum { TRAFFIC_PER_FEED = 50000, TRAFFIC_RIVALS = 20 /* one aircraft of so many is on a second feed, too */ };
struct traffic;
struct traffic_counts { uint64_t reports, late, doubled, jumps, turning, astray; }; /* astray: of a rival that says another place */
/* `tracks` rows in all, the rivals' among them: the last feed's. Over the whole world between 65 S and 65 N, or, when `crowd`, over 1,500 by
 * 1,500 km at four levels of thrust, level and straight, each with one report a second on time. */
struct traffic *traffic_new(uint32_t tracks, uint64_t seed, bool crowd);
void traffic_free(struct traffic *t);
uint32_t traffic_feeds(const struct traffic *t);
/* A second passes. */
void traffic_move(struct traffic *t);
/* What feed `f` says of the second that has passed, at `now`; borrowed until the next call. */
void traffic_frame(struct traffic *t, uint32_t f, instant now, struct body_frame *out);
const struct traffic_counts *traffic_counts(const struct traffic *t);

#endif
