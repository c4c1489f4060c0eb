/* From a NOTAM to volumes, erring to the safe side.
 *
 * Item E rules where it is understood. Else, and beside what is only half understood, stands the circle of item Q, grown by one
 * NM since its centre is given to the minute. Of items F/G and the levels of item Q the wider. Every departure from the letter is
 * a mark.
 *   minutes     a position without seconds may lie one NM off: the outline is grown so that it holds all within one NM
 *               (60 NM for whole degrees). The grown outline is what is returned: nothing is left for the caller to add.
 *   crossing    an outline that crosses itself becomes its hull
 *   boundary    "along the FIR boundary": hull and circle of item Q, as two areas. Arcs: hull grown by the radius, and the circle
 *   lines       where the straight line on a chart (rhumb line; a parallel) runs more than 100 m outside the great circle
 *               between two positions, the outline follows it: it holds both readings
 *   hole        "excluding ...": kept
 * Geometry here is made with libm: only its result, the positions, is ever signed or decides anything. */
#ifndef PARLEY_NOTAM_AREA_H
#define PARLEY_NOTAM_AREA_H

#include "notam/notam.h"
#include "notam/notam_coords.h"
#include "notam/notam_schedule.h"

/* The stated end of what has none (PERM, unreadable item C): 2100-01-01T00:00:00Z. */
#define NOTAM_FAR_END (INT64_C(4102444800) * INSTANT_SECOND)

enum notam_mark {
    NOTAM_MARK_Q_CIRCLE = 1 << 0,        /* the circle of item Q stands in for item E */
    NOTAM_MARK_Q_999 = 1 << 1,           /* that circle has radius 999, which may stand for more */
    NOTAM_MARK_MINUTES = 1 << 2,
    NOTAM_MARK_CROSSING = 1 << 3,
    NOTAM_MARK_BOUNDARY = 1 << 4,
    NOTAM_MARK_ARC = 1 << 5,
    NOTAM_MARK_LINES = 1 << 6,
    NOTAM_MARK_HOLE = 1 << 7,
    NOTAM_MARK_DOUBTFUL = 1 << 8,        /* outline and radius: hull grown by the radius */
    NOTAM_MARK_LOOSE = 1 << 9,           /* positions in item E that form no area (routes with DCT not counted) */
    NOTAM_MARK_COORDS_UNREAD = 1 << 10,  /* looks like a position and is none, or stands outside all areas: Q circle added */
    NOTAM_MARK_Q_APART = 1 << 11,        /* part of item E's areas lies outside the circle of item Q by over a tenth and 5 NM */
    NOTAM_MARK_LEVELS_DIFFER = 1 << 12,  /* F/G and Q name different bands: the wider */
    NOTAM_MARK_NO_LEVELS = 1 << 13,      /* a level is missing or unreadable everywhere: SFC, or unlimited */
    NOTAM_MARK_PERMANENT = 1 << 14,      /* no end: NOTAM_FAR_END */
    NOTAM_MARK_ESTIMATED = 1 << 15,      /* the end is an estimate */
    NOTAM_MARK_NO_BEGIN = 1 << 16,       /* unreadable: from when it was received */
    NOTAM_MARK_NO_END = 1 << 17,         /* unreadable: NOTAM_FAR_END */
    NOTAM_MARK_SCHEDULE_UNREAD = 1 << 18, /* active all the time from B to C */
    NOTAM_MARK_SCHEDULE_ODD = 1 << 19,   /* outside the grammar, confirmed by B and C */
    NOTAM_MARK_SCHEDULE_UNALIGNED = 1 << 20,
    NOTAM_MARK_SUN = 1 << 21,
    NOTAM_MARK_SCHEDULE_LONG = 1 << 22,  /* more windows than a notice holds: active all the time from B to C */
    NOTAM_MARK_PART = 1 << 23,           /* one part of several */
    NOTAM_MARKS = 24
};
/* A sentence for bit `bit` (0 .. NOTAM_MARKS-1), without end. */
const char *notam_area_mark_text(unsigned bit);

struct notam_area {
    struct shape shape; /* passes shape_check; positions in the arena */
    struct text name;   /* as item E names it; may be empty */
    unsigned marks;
};

struct notam_areas {
    const struct notam_area *areas;
    uint32_t area_count; /* 0: a NOTAMC, or no geometry at all */
    struct altitude lower, upper;
    instant begin, end;
    struct notam_schedule schedule; /* windows in [begin, end] */
    struct coords coords;           /* what was read of item E */
    unsigned marks;                 /* all of them */
    bool complete; /* false: something that bounds the areas was not understood (see marks), or there is no area */
};

/* `received`: when the importer got it; begins what has no readable item B. What is not understood of items D and E is added to
 * the remarks of `n`, so call it once. Errors: FULL (arena). */
result notam_area_read(struct notam *n, instant received, struct arena *arena, struct notam_areas *out,
                       struct fault *f);
/* Every area in every window, area by area. More than LIMIT_VOLUMES: one window from begin to end, and the mark
 * SCHEDULE_LONG is added to a->marks. Errors: FULL (arena), TOO_LARGE (more areas than LIMIT_VOLUMES). */
result notam_area_volumes(struct notam_areas *a, struct arena *arena, const struct volume **out, uint32_t *count,
                          struct fault *f);

#endif
