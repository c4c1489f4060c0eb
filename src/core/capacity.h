/* Capacities by name, and what may become of them: fixed by the genesis, raised by `capacity` (FORMAT.md, "Kinds"). Pure. */
#ifndef PARLEY_CORE_CAPACITY_H
#define PARLEY_CORE_CAPACITY_H

#include "core/statement.h"

#define CAPACITY_MEMBERS 20
#define CAPACITY_RAISED 19 /* the first so many may be raised; the last, slots_log2, is the width of every tick's tree */
#define CAPACITY_NEEDED 14 /* these a genesis must have, and slots_log2; the rest are of the drone world's doors: all of them or none */
/* In the order of the genesis: "parties", "keys", … "slots_log2". */
const char *capacity_name(int member);
uint32_t *capacity_at(struct capacity *c, int member);
uint32_t capacity_get(const struct capacity *c, int member);
bool capacity_equal(const struct capacity *a, const struct capacity *b);
bool capacity_within(const struct capacity *a, const struct capacity *b); /* no member of `a` is over that of `b` */

/* Does it leave each party its share, within what the program can do? RESULT_RANGE names the member ("/capacity/notices"). */
result capacity_bounds(const struct capacity *c, struct fault *f);
/* `change` (0: not named) over what waits, `wanted`, to `out`. RESULT_RANGE names the member ("/notices") that would be below `now`, out of bounds, or leave
 * a party a smaller share than it has. */
result capacity_raise(const struct capacity *now, const struct capacity *wanted, const struct capacity *change, struct capacity *out, struct fault *f);

#endif
