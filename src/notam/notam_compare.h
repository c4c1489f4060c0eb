/* Our reading of a NOTAM beside another tool's columns: each difference has a class. */
#ifndef PARLEY_NOTAM_COMPARE_H
#define PARLEY_NOTAM_COMPARE_H

#include "notam/notam_area.h"

enum compare_outline {
    COMPARE_SAME,       /* one area, the same positions in the same order */
    COMPARE_CLOSED,     /* the same; theirs repeats the first position at the end as the text does, ours closes by itself */
    COMPARE_ONE_OF,     /* theirs is one of our several areas: they file one entry for each */
    COMPARE_LOST,       /* theirs lacks positions that stand in the text */
    COMPARE_ORDER,      /* the same positions in another order */
    COMPARE_OTHER,      /* anything else */
    COMPARE_NO_OUTLINE, /* theirs or ours has none */
    COMPARE_OUTLINES
};
enum compare_time {
    COMPARE_TIME_SAME,     /* their one span is our one window */
    COMPARE_TIME_SCHEDULE, /* theirs is B to C and passes over item D, ours has its windows */
    COMPARE_TIME_OTHER,
    COMPARE_TIME_UNREAD,   /* theirs is not "24 FEB 03:54 2023 UNTIL 24 FEB 04:24 2023" */
    COMPARE_TIMES
};

/* Memory for the other tool's positions comes from the arena. Error: FULL. */
result notam_compare_outline(const struct notam_areas *ours, struct text coordinates, struct arena *arena,
                             enum compare_outline *out, struct fault *f);
enum compare_time notam_compare_time(const struct notam_areas *ours, struct text time);
/* "24 FEB 03:54 2023" at *at, which moves behind it. */
bool notam_compare_moment(struct text t, size_t *at, instant *out);

#endif
