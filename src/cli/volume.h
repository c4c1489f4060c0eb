/* Volumes, altitudes, times and distances as people type them, into the JSON of FORMAT.md. */
#ifndef PARLEY_CLI_VOLUME_H
#define PARLEY_CLI_VOLUME_H

#include "base/instant.h"
#include "cli/cli.h"

/* RFC 3339, to the minute too; or "+90m", "-2h", "+30s", "+1d" from `now`; or "HH:MM" / "HH:MM:SS": the next such time UTC from `now`. */
result volume_instant(const char *option, const char *value, instant now, instant *out, struct fault *f);
/* As volume_instant, for what was told already: of "HH:MM" the one that is nearest to `now`, be it past or to come; just between two, the next. */
result volume_instant_nearest(const char *option, const char *value, instant now, instant *out, struct fault *f);
/* "9260m", "9.26km", "5NM" -> decimal metres with two places; a bare number is refused. */
result volume_metres(const char *option, const char *value, struct append *out, struct fault *f);
/* "0.5" as JSON writes it: digits, and a fraction perhaps; not below zero. */
result volume_decimal(const char *option, const char *value, struct append *out, struct fault *f);
/* "90", "90s", "15m", "2h", "7d" -> seconds. */
result volume_seconds(const char *option, const char *value, uint64_t *out, struct fault *f);
/* "SFC", "UNL" (upper only), "FL245", "1500m", "4500ft", with ":W84", ":SFC" or ":AMSL" (default) behind. */
result volume_altitude(const char *option, const char *value, bool upper, struct append *out, struct fault *f);
/* "LAT,LNG" -> {"lat":…,"lng":…} */
result volume_position(const char *option, struct text value, struct append *out, struct fault *f);
/* `"volumes":[…]` from --polygon, --circle, --corridor (each may be repeated), --lower, --upper, --from, --to. */
result volume_list(const struct cli *c, bool times, instant now, struct append *out, struct fault *f);
extern const char volume_help[]; /* paragraph for the manual */

#endif
