/* The words of item D (used by notam_schedule.c alone). */
#ifndef PARLEY_NOTAM_SCHEDULE_TOKEN_H
#define PARLEY_NOTAM_SCHEDULE_TOKEN_H

#include "notam/notam_schedule.h"

enum token_kind {
    TOKEN_END,
    TOKEN_BAD,
    TOKEN_DAY,     /* value 1..31 */
    TOKEN_TIME,    /* value: four digits as a number, not checked to be a time (it may be a year) */
    TOKEN_STAMP,   /* yymmddhhmm; value: minutes since 1970 */
    TOKEN_MONTH,   /* value 1..12 */
    TOKEN_WEEKDAY, /* value 0 (Monday) .. 6 */
    TOKEN_DAILY,
    TOKEN_EXCEPT,
    TOKEN_H24,
    TOKEN_RISE,
    TOKEN_SET,
    TOKEN_SHIFT, /* MINUS30, PLUS30: value signed minutes */
    TOKEN_DASH,
    TOKEN_SLASH,
    TOKEN_TO
};

struct token {
    enum token_kind kind;
    int64_t value;
    size_t offset, size;
};

/* The next token at or after *at, which moves behind it. Commas, ends of lines and filling words are passed over. `marks`
 * gains SCHEDULE_STYLE and SCHEDULE_REPAIRED. */
struct token schedule_token(struct text t, size_t *at, unsigned *marks);

#endif
