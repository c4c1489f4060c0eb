/* Item D: when, between B and C, a NOTAM is active. The grammar of OPADD 4.1 and what real files make of it:
 *   0930-1130 | DAILY 0200-0800 | DLY 1600/2000 | 1630-1725 DAILY | 0230-0315 0416-0457
 *   02-05 0130-0830 | FEB 02-05 0200-0800 | 25 2330-0130, 26 2230-0030 | MAR 31-APR 02 H24 | 25 2330-26 0130
 *   2310-2344 01, 0157-0231 0749-0832 02 | 1345-1416,1419-1459 ON 25 AND 1058-1121 ON 26       (time before date)
 *   2510190327 TO 2510190408 | MON-FRI EXC WED 0800-1600 | SR MINUS30-SS PLUS30 | H24
 * All times UTC. A period whose end is not after its start ends on the next day. An end at 2359 is the end of the day.
 *
 * Nothing is guessed. Forms outside the grammar (time before date, digits in words like "0N" and "N0V") are taken only where the
 * reading is confirmed by the rule that the first activity begins at B and the last ends at C. What cannot be read counts as
 * active all the time from B to C. Sunrise and sunset are widened by NOTAM_SUN_MARGIN. */
#ifndef PARLEY_NOTAM_SCHEDULE_H
#define PARLEY_NOTAM_SCHEDULE_H

#include "base/arena.h"
#include "geo/shape.h"

#define NOTAM_WINDOWS_MOST 1000 /* more count as active all the time */

struct notam_window {
    instant start, end; /* UTC, both inclusive, start <= end */
};

enum notam_schedule_mark {
    SCHEDULE_UNREAD = 1,    /* active from B to C; `unread` and `rule` say why */
    SCHEDULE_ORDER = 2,     /* time before date, confirmed by B and C */
    SCHEDULE_REPAIRED = 4,  /* a digit in place of a letter, confirmed by B and C */
    SCHEDULE_STYLE = 8,     /* DLY, 1600/2000, TO, ON, UTC, a bare H24 ...: outside the grammar, not in doubt */
    SCHEDULE_UNALIGNED = 16, /* first activity does not begin at B, or last does not end at C */
    SCHEDULE_SUN = 32,      /* sunrise or sunset, computed and widened */
    SCHEDULE_TOO_MANY = 64  /* over NOTAM_WINDOWS_MOST windows: active from B to C */
};

struct notam_schedule {
    const struct notam_window *windows; /* sorted, disjoint, inside [begin, end]; at least one */
    uint32_t count;
    unsigned marks;     /* enum notam_schedule_mark */
    struct text unread; /* what was not understood */
    const char *rule;   /* what was expected; NULL when it was read */
};

/* `d` may be empty: one window. `at`: where sunrise and sunset are taken; NULL: they cannot be read. begin <= end.
 * Error: FULL (arena). */
result notam_schedule_read(struct text d, instant begin, instant end, const struct position *at, struct arena *arena,
                           struct notam_schedule *out, struct fault *f);

#endif
