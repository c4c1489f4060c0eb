#include "notam/notam_schedule.h"

#include <assert.h>
#include <stdlib.h>

#include "notam/notam_scan.h"
#include "notam/notam_schedule_token.h"
#include "notam/notam_sun.h"

#define ELEMENTS_MOST 256
#define DAY_MINUTES 1440

/* A moment of a day: a clock time, or the sun's with a shift. */
struct moment {
    enum token_kind kind; /* TOKEN_TIME, TOKEN_RISE, TOKEN_SET */
    int minutes;          /* of the day; or the shift */
};

enum element_kind { ELEMENT_DAYS, ELEMENT_WEEKDAYS, ELEMENT_DAILY, ELEMENT_EXCEPT, ELEMENT_TIMES, ELEMENT_SPAN };

struct element {
    enum element_kind kind;
    int64_t first_day, last_day; /* ELEMENT_DAYS: days since 1970 */
    unsigned weekdays;           /* ELEMENT_WEEKDAYS: bit 0 is Monday */
    struct moment from, to;      /* ELEMENT_TIMES */
    instant start, end;          /* ELEMENT_SPAN */
    bool dated;                  /* ELEMENT_SPAN that began with the date element before it */
    size_t offset, size;
};

struct reader {
    struct text t;
    size_t at;
    struct token next, after; /* two tokens ahead */
    unsigned marks;
    instant begin, end;
    int64_t first_day, last_day; /* of begin and end */
    const struct position *where;
    int month;                 /* named last; 0: none */
    struct element *elements;
    uint32_t element_count;
    struct notam_window *windows; /* NOTAM_WINDOWS_MOST */
    uint32_t window_count;
    bool too_many;
    instant earliest, latest; /* of the windows before they were cut */
    const char *rule;         /* set: unreadable */
    struct text unread;
};

static bool refuse(struct reader *r, size_t offset, size_t size, const char *rule) {
    if (r->rule == NULL) {
        r->rule = rule;
        r->unread = scan_part(r->t, offset, offset + size);
    }
    return false;
}

static bool refuse_token(struct reader *r, const char *rule) { return refuse(r, r->next.offset, r->next.size, rule); }

static void advance(struct reader *r) {
    r->next = r->after;
    r->after = schedule_token(r->t, &r->at, &r->marks);
}

static bool is_hyphen(enum token_kind kind) { return kind == TOKEN_DASH || kind == TOKEN_SLASH || kind == TOKEN_TO; }

static struct element *element_add(struct reader *r, enum element_kind kind, size_t offset) {
    if (r->element_count == ELEMENTS_MOST) refuse(r, offset, 1, "at most 256 days and times");
    struct element *e = &r->elements[r->element_count]; /* one more than counted: what does not fit is written there */
    if (r->element_count < ELEMENTS_MOST) r->element_count++;
    *e = (struct element){.kind = kind, .offset = offset, .size = 1};
    return e;
}

/* --- dates --------------------------------------------------------------------------------------------------------- */

static int64_t day_of(instant t) {
    int64_t d = t / INSTANT_DAY;
    return t % INSTANT_DAY < 0 ? d - 1 : d;
}

/* The one day between B and C with this number (and month). */
static bool day_resolve(struct reader *r, int day, int month, int64_t not_before, int64_t *out) {
    int found = 0;
    if (r->last_day - not_before > 366 * 100) return refuse_token(r, "dates need an item C");
    struct civil c = instant_to_civil(not_before * INSTANT_DAY);
    for (int i = 0; i < 12 * 102 && found < 2; i++, c.month == 12 ? (c.month = 1, c.year++) : c.month++) {
        struct civil d = {.year = c.year, .month = c.month, .day = day};
        instant t;
        if ((month != 0 && c.month != month) || !instant_from_civil(&d, &t)) continue;
        int64_t n = day_of(t);
        if (n > r->last_day) break;
        if (n < not_before) continue;
        *out = n;
        found++;
    }
    if (found == 1) return true;
    return refuse_token(r, found == 0 ? "a date between B and C" : "a month: the day comes more than once between B and C");
}

/* DAY, DAY-DAY, DAY-MONTH DAY, MONTH DAY..., DAY MONTH. */
static bool days_read(struct reader *r) {
    struct token first = r->next;
    int64_t from, to;
    int month = r->month;
    bool day_month = false;
    if (r->after.kind == TOKEN_MONTH) { /* "23 FEB" or "31 NOV 01": told apart by what follows the month */
        struct reader peek = *r;
        advance(&peek);
        advance(&peek);
        if (peek.next.kind != TOKEN_DAY) {
            day_month = true;
            month = (int)r->after.value;
        }
    }
    if (!day_resolve(r, (int)first.value, month, r->first_day, &from)) return false;
    to = from;
    advance(r);
    if (day_month) {
        r->marks |= SCHEDULE_ORDER;
        r->month = month;
        advance(r);
    }
    if (r->next.kind == TOKEN_DASH && (r->after.kind == TOKEN_DAY || r->after.kind == TOKEN_MONTH)) {
        advance(r);
        if (r->next.kind == TOKEN_MONTH) {
            r->month = month = (int)r->next.value;
            advance(r);
        } else if (month != 0 && r->next.value < first.value) {
            r->month = month = month % 12 + 1; /* DEC 30-02 */
        }
        if (r->next.kind != TOKEN_DAY) return refuse_token(r, "a day after the month");
        if (!day_resolve(r, (int)r->next.value, month, from, &to)) return false;
        advance(r);
    }
    struct element *e = element_add(r, ELEMENT_DAYS, first.offset);
    e->first_day = from;
    e->last_day = to;
    e->size = first.size;
    return r->rule == NULL;
}

static bool weekdays_read(struct reader *r) {
    struct element *e = element_add(r, ELEMENT_WEEKDAYS, r->next.offset);
    int64_t from = r->next.value, to = from;
    e->size = r->next.size;
    advance(r);
    if ((r->next.kind == TOKEN_DASH || r->next.kind == TOKEN_TO) && r->after.kind == TOKEN_WEEKDAY) {
        advance(r);
        to = r->next.value;
        advance(r);
    }
    for (int64_t d = from;; d = (d + 1) % 7) {
        e->weekdays |= 1u << d;
        if (d == to) break;
    }
    return r->rule == NULL;
}

/* --- times --------------------------------------------------------------------------------------------------------- */

static bool clock_minutes(struct reader *r, const struct token *k, bool end, int *out) {
    int64_t h = k->value / 100, m = k->value % 100;
    if (m > 59 || h > 24 || (h == 24 && (m != 0 || !end)))
        return refuse(r, k->offset, k->size, "a time of day from 0000 to 2400");
    *out = (int)(h * 60 + m);
    return true;
}

static bool moment_read(struct reader *r, bool end, struct moment *out) {
    *out = (struct moment){.kind = r->next.kind};
    if (r->next.kind == TOKEN_TIME) {
        if (!clock_minutes(r, &r->next, end, &out->minutes)) return false;
        advance(r);
        return true;
    }
    if (r->next.kind != TOKEN_RISE && r->next.kind != TOKEN_SET) return refuse_token(r, "a time, SR or SS");
    if (r->where == NULL) return refuse_token(r, "a position to take sunrise and sunset at");
    r->marks |= SCHEDULE_SUN;
    advance(r);
    if (r->next.kind == TOKEN_SHIFT) {
        out->minutes = (int)r->next.value;
        advance(r);
    }
    return true;
}

/* "2330-26 0130" behind a single date: one span over days. */
static bool span_read(struct reader *r, const struct moment *from, size_t offset) {
    const struct element *date = r->element_count > 0 ? &r->elements[r->element_count - 1] : NULL;
    struct moment to;
    int64_t day;
    if (date == NULL || date->kind != ELEMENT_DAYS || date->first_day != date->last_day || from->kind != TOKEN_TIME)
        return refuse_token(r, "a single date before a time that runs to another date");
    int64_t first = date->first_day;
    if (r->next.kind == TOKEN_MONTH) {
        r->month = (int)r->next.value;
        advance(r);
    }
    if (r->next.kind != TOKEN_DAY || !day_resolve(r, (int)r->next.value, r->month, first, &day))
        return refuse_token(r, "a date between B and C");
    advance(r);
    if (!moment_read(r, true, &to)) return false;
    if (to.kind != TOKEN_TIME) return refuse_token(r, "a time of day");
    struct element *e = element_add(r, ELEMENT_SPAN, offset);
    e->dated = true;
    e->start = first * INSTANT_DAY + from->minutes * INSTANT_MINUTE;
    e->end = day * INSTANT_DAY + to.minutes * INSTANT_MINUTE;
    if (e->end < e->start) return refuse(r, offset, 4, "an end after the start");
    return r->rule == NULL;
}

static bool is_year(const struct reader *r, int64_t value) {
    return value == instant_to_civil(r->begin).year || value == instant_to_civil(r->end).year;
}

static bool times_read(struct reader *r) {
    struct token first = r->next;
    struct moment from, to;
    if (first.kind == TOKEN_H24) {
        struct element *e = element_add(r, ELEMENT_TIMES, first.offset);
        e->size = first.size;
        e->from = (struct moment){TOKEN_TIME, 0};
        e->to = (struct moment){TOKEN_TIME, DAY_MINUTES};
        advance(r);
        return r->rule == NULL;
    }
    if (first.kind == TOKEN_TIME && !is_hyphen(r->after.kind) && is_year(r, first.value)) { /* FEB 23 2022 */
        bool dated = r->element_count > 0 && r->elements[r->element_count - 1].kind == ELEMENT_DAYS;
        if (!dated) return refuse_token(r, "a time to end the period");
        r->marks |= SCHEDULE_STYLE;
        advance(r);
        return true;
    }
    if (!moment_read(r, false, &from)) return false;
    if (!is_hyphen(r->next.kind)) return refuse(r, first.offset, first.size, "a period: time, -, time");
    advance(r);
    if (r->next.kind == TOKEN_MONTH || r->next.kind == TOKEN_DAY) return span_read(r, &from, first.offset);
    if (!moment_read(r, true, &to)) return false;
    if (from.kind == TOKEN_TIME && to.kind == TOKEN_TIME && from.minutes == to.minutes)
        return refuse(r, first.offset, first.size, "a period that does not end when it starts");
    struct element *e = element_add(r, ELEMENT_TIMES, first.offset);
    e->size = first.size;
    e->from = from;
    e->to = to;
    return r->rule == NULL;
}

static bool stamps_read(struct reader *r) {
    struct token first = r->next;
    advance(r);
    if (!is_hyphen(r->next.kind) || r->after.kind != TOKEN_STAMP)
        return refuse(r, first.offset, first.size, "yymmddhhmm TO yymmddhhmm");
    advance(r);
    struct element *e = element_add(r, ELEMENT_SPAN, first.offset);
    e->size = first.size;
    e->start = first.value * INSTANT_MINUTE;
    e->end = r->next.value * INSTANT_MINUTE;
    advance(r);
    r->marks |= SCHEDULE_STYLE;
    return e->end >= e->start || refuse(r, first.offset, first.size, "an end after the start");
}

static bool elements_read(struct reader *r) {
    bool fine = true;
    while (fine && r->next.kind != TOKEN_END) {
        struct token k = r->next;
        switch (k.kind) {
        case TOKEN_DAY: fine = days_read(r); break;
        case TOKEN_WEEKDAY: fine = weekdays_read(r); break;
        case TOKEN_STAMP: fine = stamps_read(r); break;
        case TOKEN_TIME:
        case TOKEN_RISE:
        case TOKEN_SET:
        case TOKEN_H24: fine = times_read(r); break;
        case TOKEN_DAILY:
        case TOKEN_EXCEPT:
            element_add(r, k.kind == TOKEN_DAILY ? ELEMENT_DAILY : ELEMENT_EXCEPT, k.offset)->size = k.size;
            advance(r);
            fine = r->rule == NULL;
            break;
        case TOKEN_MONTH:
            r->month = (int)k.value;
            if (r->after.kind != TOKEN_DAY) fine = refuse_token(r, "a day after the month");
            advance(r);
            break;
        default: fine = refuse_token(r, "days, dates and times");
        }
    }
    return fine;
}

/* --- windows ------------------------------------------------------------------------------------------------------- */

static void window_add(struct reader *r, instant start, instant end, instant stated_end) {
    if (end < r->begin || start > r->end) return;
    if (end > start && (end == r->begin || start == r->end) && r->begin < r->end) return; /* touches only */
    if (start < r->earliest) r->earliest = start;
    if (stated_end > r->latest) r->latest = stated_end;
    if (r->window_count == NOTAM_WINDOWS_MOST) {
        r->too_many = true;
        return;
    }
    struct notam_window w = {start > r->begin ? start : r->begin, end < r->end ? end : r->end};
    r->windows[r->window_count++] = w;
}

/* When the moment comes on `day`, `shown`, and the safe side of it. */
static instant moment_on(const struct reader *r, const struct moment *m, int64_t day, bool end, instant *safe) {
    instant midnight = day * INSTANT_DAY, t;
    if (m->kind == TOKEN_TIME) {
        t = midnight + m->minutes * INSTANT_MINUTE;
        *safe = end && m->minutes == DAY_MINUTES - 1 ? t + INSTANT_MINUTE : t;
        return t;
    }
    if (!notam_sun_event(midnight, r->where, m->kind == TOKEN_RISE, &t)) {
        t = *safe = midnight + (end ? INSTANT_DAY : 0);
        return t;
    }
    t += m->minutes * INSTANT_MINUTE;
    *safe = t + (end ? NOTAM_SUN_MARGIN : -NOTAM_SUN_MARGIN);
    return t;
}

static void times_on(struct reader *r, const struct element *e, int64_t day) {
    instant start, end;
    instant from = moment_on(r, &e->from, day, false, &start), to = moment_on(r, &e->to, day, true, &end);
    if (to <= from) to = moment_on(r, &e->to, day + 1, true, &end);
    window_add(r, start, end, to);
}

static bool covers(const struct element *e, int64_t day) {
    if (e->kind == ELEMENT_DAYS) return day >= e->first_day && day <= e->last_day;
    if (e->kind == ELEMENT_DAILY) return true;
    return e->kind == ELEMENT_WEEKDAYS && (e->weekdays >> ((day % 7 + 10) % 7) & 1); /* 1970-01-01 was a Thursday */
}

static bool is_day(const struct element *e) {
    return e->kind == ELEMENT_DAYS || e->kind == ELEMENT_WEEKDAYS || e->kind == ELEMENT_DAILY;
}

struct group { /* elements [days, days_end) say on which days, [times, times_end) when */
    uint32_t days, days_end, times, times_end, except, except_end;
};

static bool group_has_day(const struct reader *r, const struct group *g, int64_t day) {
    uint32_t named_end = g->days;
    bool in = g->days == g->days_end, narrow = false;
    for (; named_end < g->days_end && r->elements[named_end].kind != ELEMENT_EXCEPT; named_end++)
        narrow |= r->elements[named_end].kind != ELEMENT_DAILY;
    if (named_end == g->days) in = true; /* "EXC SUN" alone: all other days */
    for (uint32_t i = g->days; i < named_end; i++) {
        bool passed_over = narrow && r->elements[i].kind == ELEMENT_DAILY; /* DLY MON-FRI means the named days */
        in |= !passed_over && covers(&r->elements[i], day);
    }
    for (uint32_t i = named_end; i < g->days_end; i++)
        if (covers(&r->elements[i], day)) return false;
    for (uint32_t i = g->except; i < g->except_end; i++)
        if (covers(&r->elements[i], day)) return false;
    return in;
}

static void group_windows(struct reader *r, const struct group *g) {
    for (uint32_t i = g->times; i < g->times_end; i++)
        if (r->elements[i].kind == ELEMENT_SPAN)
            window_add(r, r->elements[i].start, r->elements[i].end, r->elements[i].end);
    for (int64_t day = r->first_day - 1; day <= r->last_day && !r->too_many; day++) {
        if (!group_has_day(r, g, day)) continue;
        for (uint32_t i = g->times; i < g->times_end; i++)
            if (r->elements[i].kind == ELEMENT_TIMES) times_on(r, &r->elements[i], day);
    }
}

static uint32_t run_of(const struct reader *r, uint32_t i, bool days) {
    for (; i < r->element_count; i++) {
        const struct element *e = &r->elements[i];
        if ((is_day(e) || e->kind == ELEMENT_EXCEPT) != days) break;
    }
    return i;
}

static bool group_refuse(struct reader *r, uint32_t i, const char *rule) {
    const struct element *e = &r->elements[i < r->element_count ? i : r->element_count - 1];
    return refuse(r, e->offset, e->size, rule);
}

/* "0800-1600 EXC SUN" at the very end: the exception belongs to the times before it. */
static void trailing_exception(const struct reader *r, struct group *g, uint32_t *i) {
    if (*i >= r->element_count || r->elements[*i].kind != ELEMENT_EXCEPT) return;
    uint32_t end = run_of(r, *i, true);
    if (end != r->element_count || end == *i + 1) return;
    g->except = *i + 1;
    g->except_end = end;
    *i = end;
}

static bool groups_walk(struct reader *r) {
    uint32_t n = r->element_count, i = 0;
    bool any_day = n > 0 && r->elements[0].kind == ELEMENT_EXCEPT, only_stamps = true, except = false;
    for (uint32_t k = 0; k < n; k++) {
        const struct element *e = &r->elements[k];
        except = e->kind == ELEMENT_EXCEPT || (except && is_day(e)); /* the days of an exception are not when */
        any_day |= is_day(e) && !except;
        only_stamps &= e->kind == ELEMENT_SPAN && !e->dated;
    }
    if (n == 0) return refuse(r, 0, r->t.size, "days, dates and times");
    bool time_first = any_day && run_of(r, 0, false) > 0;
    if (time_first && !(n > 1 && r->elements[n - 1].kind == ELEMENT_DAILY)) r->marks |= SCHEDULE_ORDER;
    if (time_first) r->marks |= SCHEDULE_STYLE;
    while (i < n) {
        struct group g = {0};
        uint32_t first = i, middle = run_of(r, first, !time_first && any_day);
        uint32_t last = run_of(r, middle, time_first);
        if (only_stamps || !any_day) {
            g = (struct group){.times = first, .times_end = i = run_of(r, first, false)};
            trailing_exception(r, &g, &i);
            if (i == first) return group_refuse(r, i, "times before the exception");
        } else if (!time_first) {
            if (middle == first) return group_refuse(r, first, "days or dates before the time");
            if (last == middle) return group_refuse(r, first, "a time after the days or dates");
            g = (struct group){.days = first, .days_end = middle, .times = middle, .times_end = last};
            i = last;
            trailing_exception(r, &g, &i);
        } else {
            if (last == middle) return group_refuse(r, first, "days or dates after the time");
            g = (struct group){.days = middle, .days_end = last, .times = first, .times_end = middle};
            i = last;
        }
        if (g.days_end > g.days && r->elements[g.days_end - 1].kind == ELEMENT_EXCEPT)
            return group_refuse(r, g.days_end - 1, "days or dates after EXC");
        group_windows(r, &g);
    }
    return true;
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static int window_order(const void *a, const void *b) {
    const struct notam_window *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static void windows_merge(struct reader *r) {
    uint32_t kept = 0;
    qsort(r->windows, r->window_count, sizeof *r->windows, window_order);
    for (uint32_t i = 0; i < r->window_count; i++) {
        if (kept > 0 && r->windows[i].start <= r->windows[kept - 1].end) {
            if (r->windows[i].end > r->windows[kept - 1].end) r->windows[kept - 1].end = r->windows[i].end;
        } else {
            r->windows[kept++] = r->windows[i];
        }
    }
    r->window_count = kept;
}

static void confirm(struct reader *r) {
    bool aligned = r->earliest == r->begin && r->latest == r->end;
    if (r->too_many) return; /* not all of them were looked at, and the answer is from B to C anyway */
    if (r->window_count == 0) {
        refuse(r, 0, r->t.size, "an activity between B and C");
        return;
    }
    if (!aligned && !(r->marks & SCHEDULE_SUN)) r->marks |= SCHEDULE_UNALIGNED;
    if (!aligned && (r->marks & (SCHEDULE_ORDER | SCHEDULE_REPAIRED)))
        refuse(r, 0, r->t.size, "a form outside the grammar needs its first activity at B and its last end at C");
}

result notam_schedule_read(struct text d, instant begin, instant end, const struct position *at, struct arena *arena,
                           struct notam_schedule *out, struct fault *f) {
    struct reader r = {.t = scan_trim(d), .begin = begin, .end = end, .where = at};
    assert(begin <= end);
    *out = (struct notam_schedule){0};
    r.windows = arena_alloc(arena, r.t.size > 0 ? NOTAM_WINDOWS_MOST : 1, sizeof *r.windows);
    r.elements = arena_alloc(arena, r.t.size > 0 ? ELEMENTS_MOST + 1 : 1, sizeof *r.elements);
    if (r.windows == NULL || r.elements == NULL)
        return fail(f, RESULT_FULL, "arena", "no memory left to read a schedule into");
    r.earliest = INT64_MAX;
    r.latest = INT64_MIN;
    r.first_day = day_of(begin);
    r.last_day = day_of(end);
    if (r.t.size > 0) {
        advance(&r);
        advance(&r);
        if (elements_read(&r) && groups_walk(&r)) confirm(&r);
    }
    if (r.rule != NULL) r.marks = SCHEDULE_UNREAD;
    if (r.too_many && r.rule == NULL) r.marks |= SCHEDULE_TOO_MANY;
    if (r.t.size == 0 || r.rule != NULL || r.too_many) {
        r.windows[0] = (struct notam_window){begin, end};
        r.window_count = 1;
    } else {
        windows_merge(&r);
    }
    *out = (struct notam_schedule){r.windows, r.window_count, r.marks, r.unread, r.rule};
    return OK;
}
