/* Time: nanoseconds since 1970-01-01T00:00:00Z, no leap seconds, as int64 (1677 to 2262). No clock is read here. */
#ifndef PARLEY_BASE_INSTANT_H
#define PARLEY_BASE_INSTANT_H

#include "base/bytes.h"

typedef int64_t instant;
#define INSTANT_NONE INT64_MIN /* "not given" */
#define INSTANT_SECOND INT64_C(1000000000)
#define INSTANT_MINUTE (60 * INSTANT_SECOND)
#define INSTANT_HOUR (3600 * INSTANT_SECOND)
#define INSTANT_DAY (86400 * INSTANT_SECOND)

struct civil {
    int32_t year;
    int32_t month, day, hour, minute, second; /* month 1..12; second 0..59 */
    int32_t nanosecond;
};
/* Proleptic Gregorian; false when a member is out of range or the instant does not fit. */
bool instant_from_civil(const struct civil *c, instant *out);
struct civil instant_to_civil(instant t);
/* RFC 3339 with any offset and up to 9 fraction digits (further digits: refused); a leap second :60 is refused. */
result instant_parse(struct text in, instant *out, struct fault *f);
/* The same for doors that take any number of fraction digits: those beyond the ninth are rounded down, or up. */
result instant_parse_rounded(struct text in, bool up, instant *out, struct fault *f);
/* The strict form of FORMAT.md ("Values"): exactly YYYY-MM-DDThh:mm:ss.mmmZ. */
result instant_parse_millis(struct text in, instant *out, struct fault *f);
/* YYYY-MM-DDThh:mm:ss.mmmZ, rounded down. */
void append_instant(struct append *a, instant t);
/* YYYY-MM-DDThh:mm:ssZ with as many fraction digits (0..9) as needed to be exact. */
void append_instant_exact(struct append *a, instant t);

#endif
