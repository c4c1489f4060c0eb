/* What a line for people is put together from: members of a JSON object, times, limits, volumes, alerts. Shared by lists (item_text.c) and events
 * (event_text.c). */
#ifndef PARLEY_CLI_LINE_H
#define PARLEY_CLI_LINE_H

#include "base/bytes.h"
#include "base/instant.h"
#include "base/json.h"

/* What one line is made of. A day is said once: later times of the same day are hh:mm:ssZ, fractions of a second are left to --json. */
struct line {
    struct append *out;
    char day[11];
    instant now; /* the server's; 0: not known */
};

/* A member's text, or a number as it stands; "" where there is none. Of a number its value, 0 where there is none. */
struct text line_member(const struct json *object, const char *name);
double line_number(const struct json *object, const char *name);
bool line_is_time(struct text t);
void line_time(struct line *l, struct text t);
/* " label 08:03:04Z" when the member is there and a time. */
void line_times(struct line *l, struct text count); /* once, 2 times */
void line_when(struct line *l, const char *label, const struct json *object, const char *name);
bool line_overdue(const struct line *l, const struct json *object); /* its deadline has passed */
void line_altitude(struct line *l, const struct json *v); /* as --lower and --upper take it */
void line_string(struct line *l, struct text t);
/* "name=value" of each member that says something, but those in `skip` (ends with NULL; NULL: none). `depth` 0: a blank before each. */
void line_members(struct line *l, const struct json *object, const char *const *skip, unsigned depth);
void line_value(struct line *l, const struct json *v, unsigned depth);
void line_more(struct line *l, const struct json *object, const char *const *skip); /* ";" and those, when there are any */
void line_volumes(struct line *l, const struct json *volumes); /* ": START to END, LOWER to UPPER, shape; …" */
void line_alert(struct line *l, const struct json *a); /* in a list and when told: who, with what, when, how near */

#endif
