#include "notam/notam_compare.h"

#include "notam/notam_scan.h"

static bool same_place(const struct coords_point *a, const struct coords_point *b) {
    return a->at.lat == b->at.lat && a->at.lon == b->at.lon;
}

/* The same ring from any start, either way round. */
static bool same_ring(const struct coords_point *a, const struct coords_point *b, uint32_t n) {
    for (uint32_t start = 0; start < n; start++) {
        bool on = true, back = true;
        for (uint32_t i = 0; i < n && (on || back); i++) {
            on &= same_place(&a[i], &b[(start + i) % n]);
            back &= same_place(&a[i], &b[(start + n - i) % n]);
        }
        if (on || back) return true;
    }
    return false;
}

/* How many of a's positions stand in b. */
static uint32_t shared(const struct coords_point *a, uint32_t n, const struct coords_point *b, uint32_t m) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool found = false;
        for (uint32_t k = 0; k < m && !found; k++) found = same_place(&a[i], &b[k]);
        count += found;
    }
    return count;
}

result notam_compare_outline(const struct notam_areas *ours, struct text coordinates, struct arena *arena,
                             enum compare_outline *out, struct fault *f) {
    struct coords theirs;
    uint32_t polygons = 0;
    *out = COMPARE_NO_OUTLINE;
    TRY(notam_coords_read(coordinates, arena, &theirs, f));
    uint32_t n = theirs.point_count;
    bool closed = n >= 4 && same_place(&theirs.points[0], &theirs.points[n - 1]);
    if (closed) n--;
    for (uint32_t i = 0; i < ours->coords.area_count; i++) polygons += ours->coords.areas[i].form == COORDS_POLYGON;
    if (n < 3 || polygons == 0) return OK;
    *out = COMPARE_OTHER;
    for (uint32_t i = 0; i < ours->coords.area_count; i++) {
        const struct coords_area *a = &ours->coords.areas[i];
        if (a->form != COORDS_POLYGON) continue;
        if (a->count == n && same_ring(theirs.points, a->at, n)) {
            *out = polygons > 1 ? COMPARE_ONE_OF : closed ? COMPARE_CLOSED : COMPARE_SAME;
            return OK;
        }
        if (shared(theirs.points, n, a->at, a->count) < n) continue;
        *out = shared(a->at, a->count, theirs.points, n) == a->count ? COMPARE_ORDER : COMPARE_LOST;
    }
    return OK;
}

bool notam_compare_moment(struct text t, size_t *at, instant *out) {
    static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    uint32_t day, hour, minute, year;
    struct civil c = {0};
    size_t p = scan_skip(t, *at);
    if (!scan_number(t, p, 2, &day)) return false;
    p = scan_skip(t, p + 2);
    for (int i = 0; i < 12; i++)
        if (scan_has_word(t, p, months[i])) c.month = i + 1;
    p = scan_skip(t, p + 3);
    if (!scan_number(t, p, 2, &hour) || scan_char(t, p + 2) != ':' || !scan_number(t, p + 3, 2, &minute)) return false;
    p = scan_skip(t, p + 5);
    if (!scan_number(t, p, 4, &year)) return false;
    c.year = (int32_t)year;
    c.day = (int32_t)day;
    c.hour = (int32_t)hour;
    c.minute = (int32_t)minute;
    *at = p + 4;
    return instant_from_civil(&c, out);
}

enum compare_time notam_compare_time(const struct notam_areas *ours, struct text time) {
    instant from, to;
    size_t at = 0;
    if (!notam_compare_moment(time, &at, &from)) return COMPARE_TIME_UNREAD;
    at = scan_skip(time, at);
    if (!scan_has_word(time, at, "UNTIL")) return COMPARE_TIME_UNREAD;
    at += 5;
    if (!notam_compare_moment(time, &at, &to) || scan_skip(time, at) != time.size) return COMPARE_TIME_UNREAD;
    const struct notam_schedule *s = &ours->schedule;
    if (s->count == 1 && s->windows[0].start == from && s->windows[0].end == to) return COMPARE_TIME_SAME;
    return from == ours->begin && to == ours->end ? COMPARE_TIME_SCHEDULE : COMPARE_TIME_OTHER;
}
