/* The verdict of the pure floors on days drawn from a seed: what tests/portable.py compares between compilers and machines. */
#ifndef PARLEY_TEST_PORTABLE_VERDICT_H
#define PARLEY_TEST_PORTABLE_VERDICT_H

#include "base/sha256.h"
#include "core/state.h"

struct day_verdict {
    struct hash state; /* state_digest at the end of the day */
    struct hash told;  /* over every outcome, every effect, and at the end every party's views, as rendered */
};
struct day_verdict verdict_watched_day(uint64_t seed); /* tests/core/day.h: hazards, flights, tracks, alerts */
struct day_verdict verdict_random_day(uint64_t seed);  /* tests/core/random_day.h: every kind, right and wrong, small shares */
struct day_verdict verdict_spoken_day(uint64_t seed);  /* bytes, decoded: what the decoders refuse, and why, is in `told` */

/* What one step said. */
void verdict_add(struct sha256 *to, const struct state *st, const struct statement *said, const struct outcome *out, const struct effects *fx);
void verdict_add_views(struct sha256 *to, const struct state *st); /* of every party and of a reader without token */

#endif
