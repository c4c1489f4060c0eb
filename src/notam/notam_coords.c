#include "notam/notam_coords.h"

#include "notam/notam_scan.h"

#define FULL_LINE 60   /* a line of so many columns may have been broken in the middle of a word */
#define BEFORE_MOST 160 /* bytes before a run in which a radius or a width may stand */
#define AFTER_MOST 60
#define GAP_MOST 160   /* bytes between two positions with "along the boundary" */

/* --- one coordinate ----------------------------------------------------------------------------------------------- */

struct angle {
    int64_t value; /* 1e-7 degree */
    int32_t grain;
    unsigned digits; /* without decimals */
    size_t end;
};

static bool is_degree_mark(struct text t, size_t at, size_t *size) {
    char c = scan_char(t, at);
    *size = 1;
    if (c == '\'' || c == '"') return true;
    if (c == '\xC2' && scan_char(t, at + 1) == '\xB0') {
        *size = 2;
        return true;
    }
    return false;
}

/* Columns of the line that ends at `newline`. */
static size_t line_width(struct text t, size_t newline) {
    size_t n = 0;
    while (n < newline && t.at[newline - n - 1] != '\n') n++;
    return n;
}

/* The place of the next digit of the same coordinate after a group of `group` digits that ends at `at`; SCAN_NONE when the
 * coordinate ends there. Blanks may stand between degrees, minutes and seconds only, and then between all of them: "12 3914N" may
 * be a number before a position. */
static size_t next_group(struct text t, size_t at, unsigned count, unsigned group, unsigned degree_digits, bool anchored) {
    bool blank = false, broken = false;
    size_t p = at, size;
    for (;; p += size) {
        char c = scan_char(t, p);
        if (is_degree_mark(t, p, &size)) {
            blank = true;
            continue;
        }
        size = 1;
        if (c == ' ' || c == '\t' || c == '\r') blank = true;
        else if (c == '\n' && !broken && (anchored || (line_width(t, p) >= FULL_LINE && !blank))) broken = true;
        else break;
    }
    if (p == at || !scan_is_digit(scan_char(t, p))) return SCAN_NONE;
    bool boundary = (group == count ? group == degree_digits : group == 2) && scan_digit_count(t, p) == 2;
    return boundary || (broken && !blank) || (broken && anchored) ? p : SCAN_NONE;
}

/* Collects the digits of a coordinate: dd[mm[ss]] with degree_digits for dd. want: stop there (0: at the first end). */
static bool digits_collect(struct text t, size_t at, unsigned degree_digits, unsigned want, bool anchored, char out[8],
                           struct angle *a) {
    unsigned most = want > 0 ? want : degree_digits + 4;
    a->digits = 0;
    for (;;) {
        unsigned before = a->digits;
        while (a->digits < most && scan_is_digit(scan_char(t, at))) out[a->digits++] = scan_char(t, at++);
        a->end = at;
        if (a->digits == 0 || scan_is_digit(scan_char(t, at))) return false;
        if (a->digits == most) break;
        size_t next = next_group(t, at, a->digits, a->digits - before, degree_digits, anchored);
        if (next == SCAN_NONE) break;
        at = next;
    }
    return a->digits == degree_digits || a->digits == degree_digits + 2 || a->digits == degree_digits + 4;
}

static bool angle_read(struct text t, size_t at, unsigned degree_digits, unsigned want, bool anchored, struct angle *a) {
    char digits[8] = {0};
    uint32_t part[3] = {0, 0, 0}, fraction = 0;
    if (!digits_collect(t, at, degree_digits, want, anchored, digits, a)) return false;
    struct text d = {digits, a->digits};
    unsigned parts = (a->digits - degree_digits) / 2;
    (void)scan_number(d, 0, degree_digits, &part[0]);
    for (unsigned i = 1; i <= parts; i++) (void)scan_number(d, degree_digits + 2 * (i - 1), 2, &part[i]);
    if (part[1] > 59 || part[2] > 59) return false;
    int64_t scale = 1, worth = parts == 0 ? 3600 : parts == 1 ? 60 : 1;
    size_t places = scan_char(t, a->end) == '.' ? scan_digit_count(t, a->end + 1) : 0;
    char behind = scan_char(t, a->end + 1 + places);
    if (places > 0 && behind != '.' && behind != ')') {
        if (places > 6 || !scan_number(t, a->end + 1, places, &fraction)) return false;
        for (size_t i = 0; i < places; i++) scale *= 10;
        a->end += 1 + places;
    }
    int64_t seconds = (int64_t)part[0] * 3600 + part[1] * 60 + part[2];
    int64_t most = degree_digits == 2 ? 90 * 3600 : 180 * 3600;
    if (seconds > most || (seconds == most && fraction > 0)) return false;
    a->value = ((seconds * scale + (int64_t)fraction * worth) * 10000000 + 1800 * scale) / (3600 * scale);
    a->grain = (int32_t)((worth * 10000000 + 3600 * scale - 1) / (3600 * scale));
    return true;
}

/* --- one position -------------------------------------------------------------------------------------------------- */

static void point_make(const struct angle *lat, char ns, const struct angle *lon, char ew, size_t from, size_t to,
                       struct coords_point *out) {
    out->at.lat = (int32_t)(ns == 'S' ? -lat->value : lat->value);
    out->at.lon = (int32_t)(ew == 'W' ? -lon->value : lon->value);
    out->grain = lat->grain > lon->grain ? lat->grain : lon->grain;
    out->offset = from;
    out->size = to - from;
}

static bool is_ns(char c) { return c == 'N' || c == 'S'; }
static bool is_ew(char c) { return c == 'E' || c == 'W'; }

/* From behind the latitude to the longitude: blanks and at most one mark. */
static size_t between_axes(struct text t, size_t at) {
    size_t p = scan_skip(t, at), size;
    while (is_degree_mark(t, p, &size)) p = scan_skip(t, p + size);
    char c = scan_char(t, p);
    return c == '/' || c == ',' || c == '-' ? scan_skip(t, p + 1) : p;
}

static size_t skip_marks(struct text t, size_t at) {
    size_t size;
    at = scan_skip(t, at);
    while (is_degree_mark(t, at, &size)) at = scan_skip(t, at + size);
    return at;
}

/* N170231E0934207 */
static bool point_prefix(struct text t, size_t at, struct coords_point *out) {
    struct angle lat, lon;
    char ns = scan_char(t, at), ew;
    if (!is_ns(ns) || !angle_read(t, scan_skip(t, at + 1), 2, 0, true, &lat)) return false;
    size_t p = between_axes(t, lat.end);
    ew = scan_char(t, p);
    if (!is_ew(ew) || !angle_read(t, scan_skip(t, p + 1), 3, lat.digits + 1, true, &lon)) return false;
    if (lon.digits != lat.digits + 1 || scan_is_alnum(scan_char(t, lon.end))) return false;
    /* "E 088 44 30" after a latitude without seconds: which part is missing cannot be told. */
    size_t q = lon.end;
    while (scan_char(t, q) == ' ') q++;
    if (q > lon.end && scan_digit_count(t, q) == 2 && !scan_is_alnum(scan_char(t, q + 2)) &&
        !is_ns(scan_char(t, scan_skip(t, q + 2))) && scan_char(t, q + 2) != '.' && scan_char(t, q + 2) != ')')
        return false;
    point_make(&lat, ns, &lon, ew, at, lon.end, out);
    return true;
}

/* 170231N0934207E */
static bool point_suffix(struct text t, size_t at, struct coords_point *out) {
    struct angle lat, lon;
    if (at >= 2 && t.at[at - 1] == '.' && scan_is_digit(t.at[at - 2])) return false;
    if (!angle_read(t, at, 2, 0, false, &lat)) return false;
    size_t p = skip_marks(t, lat.end);
    char ns = scan_char(t, p), ew;
    if (!is_ns(ns)) return false;
    p = between_axes(t, p + 1);
    if (!scan_is_digit(scan_char(t, p)) || !angle_read(t, p, 3, 0, true, &lon)) return false;
    p = skip_marks(t, lon.end);
    ew = scan_char(t, p);
    if (!is_ew(ew) || scan_is_alnum(scan_char(t, p + 1))) return false;
    if (lon.digits != lat.digits + 1) return false;
    point_make(&lat, ns, &lon, ew, at, p + 1, out);
    return true;
}

bool notam_coords_point(struct text t, size_t at, struct coords_point *out) {
    if (at > 0 && scan_is_alnum(scan_char(t, at - 1))) return false;
    return scan_is_digit(scan_char(t, at)) ? point_suffix(t, at, out) : point_prefix(t, at, out);
}

/* Something that was meant as a position: "9915N08913E", "N1700E", "30S", "S 09 99 E 088 44". Returns its size, or 0.
 * "N2493/24" is the number of a NOTAM. */
static size_t looks_like(struct text t, size_t at) {
    if (at > 0 && scan_is_alnum(scan_char(t, at - 1))) return 0;
    size_t digits = scan_digit_count(t, at), p;
    char c = scan_char(t, at);
    if (digits >= 2) {
        char h = scan_char(t, at + digits), next = scan_char(t, at + digits + 1);
        bool axis = is_ns(h) ? !scan_is_letter(next) : is_ew(h) && !scan_is_alnum(next);
        if (!axis) return 0;
    } else if (is_ns(c) || is_ew(c)) {
        digits = scan_digit_count(t, at + 1);
        bool tight = digits >= 4 && scan_char(t, at + 1 + digits) != '/' && (is_ns(c) || digits >= 5);
        for (p = scan_skip(t, at + 1); scan_is_digit(scan_char(t, p)) || scan_char(t, p) == '.';) p = scan_skip(t, p + 1);
        bool loose = is_ns(c) && p > scan_skip(t, at + 1) && is_ew(scan_char(t, p)) &&
                     scan_is_digit(scan_char(t, scan_skip(t, p + 1)));
        if (!tight && !loose) return 0;
        if (loose) {
            p = scan_skip(t, p + 1);
            return p + scan_digit_count(t, p) - at;
        }
    } else {
        return 0;
    }
    for (p = at; scan_is_alnum(scan_char(t, p));) p++;
    return p - at;
}

/* --- between positions --------------------------------------------------------------------------------------------- */

enum gap { GAP_JOIN, GAP_MARK, GAP_BOUNDARY, GAP_ARC, GAP_BREAK };

static bool is_joiner(struct text word) {
    static const char *const joiners[] = {"TO", "THEN", "THENCE", "AND", "POINT", "PSN", "DIRECT", "STRAIGHT", "LINE"};
    for (size_t i = 0; i < sizeof joiners / sizeof *joiners; i++)
        if (strlen(joiners[i]) == word.size && scan_has(word, 0, joiners[i])) return true;
    return false;
}

static size_t word_end(struct text t, size_t at) {
    while (scan_is_alnum(scan_char(t, at))) at++;
    return at;
}

static enum gap gap_with_words(struct text t, size_t from, size_t to) {
    if (to - from > GAP_MOST) return GAP_BREAK;
    static const char *const bends[] = {"ARC", "CLOCKWISE", "ANTICLOCKWISE", "COUNTERCLOCKWISE", "CURVE"};
    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++)
        if (scan_find_word(t, from, to, bends[i]) != SCAN_NONE) return GAP_ARC;
    bool along = scan_find_word(t, from, to, "ALONG") != SCAN_NONE || scan_find_word(t, from, to, "FOLLOWING") != SCAN_NONE;
    static const char *const lines[] = {"BOUNDARY", "BDRY", "BDY", "BORDER", "COAST", "COASTLINE", "RIVER", "LIMIT"};
    for (size_t i = 0; along && i < sizeof lines / sizeof *lines; i++)
        if (scan_find_word(t, from, to, lines[i]) != SCAN_NONE) return GAP_BOUNDARY;
    return GAP_BREAK;
}

/* What the text in [from, to) between two positions says. */
static enum gap gap_of(struct text whole, size_t from, size_t to) {
    struct text t = scan_part(whole, 0, to);
    enum gap found = GAP_JOIN;
    for (size_t i = from; i < to;) {
        char c = scan_char(t, i);
        if (scan_is_space(c) || c == '-' || c == ',' || c == ';' || c == '/' || c == '.' || c == ':') {
            i++;
            continue;
        }
        bool bracket = c == '(';
        size_t start = bracket ? i + 1 : i, end = word_end(t, start);
        char close = scan_char(t, end);
        if (end > start && end - start <= 2 && (close == ')' || (!bracket && (close == '.' || close == ':')))) {
            found = GAP_MARK; /* "1." "A)" "(2)" */
            i = end + 1;
        } else if (bracket && end > start && end - start <= 20 && close == ')') {
            i = end + 1; /* the point's name */
        } else if (!bracket && is_joiner(scan_part(t, start, end))) {
            i = end;
            if (scan_has(t, start, "POINT")) { /* "POINT B" */
                size_t label = scan_skip(t, end), label_end = word_end(t, label);
                if (label_end - label <= 2) i = label_end;
            }
        } else {
            return gap_with_words(t, from, to);
        }
    }
    return found;
}

/* --- distances ----------------------------------------------------------------------------------------------------- */

/* "5NM", "5.5 KM", "300 M", in cm, rounded up; *end behind the unit. */
static bool distance_read(struct text t, size_t at, int64_t *cm, size_t *end) {
    static const struct { const char *unit; int64_t each; } units[] = {
        {"NAUTICAL MILES", 185200}, {"NAUTICAL MILE", 185200}, {"NM", 185200}, {"KILOMETRES", 100000}, {"KILOMETERS", 100000},
        {"KMS", 100000},            {"KM", 100000},            {"METRES", 100}, {"METERS", 100},       {"M", 100}};
    uint32_t whole, fraction = 0;
    if (at > 0 && (scan_is_alnum(scan_char(t, at - 1)) || scan_char(t, at - 1) == '.')) return false;
    size_t digits = scan_digit_count(t, at), p = at + digits, places = 0;
    if (digits == 0 || digits > 6 || !scan_number(t, at, digits, &whole)) return false;
    if (scan_char(t, p) == '.' && (places = scan_digit_count(t, p + 1)) > 0) {
        if (places > 4 || !scan_number(t, p + 1, places, &fraction)) return false;
        p += 1 + places;
    }
    int64_t scale = 1;
    for (size_t i = 0; i < places; i++) scale *= 10;
    p = scan_skip(t, p);
    if (scan_char(t, p) == '-') p++; /* "5-NM" */
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t size = strlen(units[i].unit);
        if (!scan_has(t, p, units[i].unit) || scan_is_alnum(scan_char(t, p + size))) continue;
        *cm = ((int64_t)whole * scale + fraction) * units[i].each;
        *cm = (*cm + scale - 1) / scale;
        *end = p + size;
        return *cm > 0;
    }
    return false;
}

/* The distance in [from, to) that stands nearest to `anchor`. */
static bool distance_near(struct text t, size_t from, size_t to, size_t anchor, int64_t *cm) {
    struct text part = scan_part(t, 0, to);
    size_t best = SCAN_NONE;
    for (size_t i = from; i < to; i++) {
        int64_t value;
        size_t end;
        if (!distance_read(part, i, &value, &end)) continue;
        size_t away = end <= anchor ? anchor - end : i > anchor ? i - anchor : 0;
        if (away < best) {
            best = away;
            *cm = value;
        }
    }
    return best != SCAN_NONE;
}

/* --- what the words around a run make of it -------------------------------------------------------------------------- */

struct around {
    size_t before, start, end, after; /* text of interest: [before, start) and [end, after) */
};

static size_t find_any(struct text t, size_t from, size_t to, const char *const *words, size_t count) {
    size_t found = SCAN_NONE;
    for (size_t i = 0; i < count; i++) {
        size_t at = scan_find_word(t, from, to, words[i]);
        while (at != SCAN_NONE) { /* the last one */
            if (found == SCAN_NONE || at > found) found = at;
            at = scan_find_word(t, at + 1, to, words[i]);
        }
    }
    return found;
}

/* One of the words before the run (nearest) or right behind it, with a distance. */
static bool word_with_distance(struct text t, const struct around *r, const char *const *words, size_t count, int64_t *cm) {
    size_t at = find_any(t, r->before, r->start, words, count);
    if (at != SCAN_NONE && distance_near(t, r->before, r->start, at, cm)) return true;
    at = find_any(t, r->end, r->after, words, count);
    return at != SCAN_NONE && distance_near(t, r->end, r->after, at, cm);
}

/* "5NM EITHER SIDE", before the run or behind it. */
static bool either_side(struct text t, size_t from, size_t to, int64_t *cm) {
    static const char *const which[] = {"EITHER", "EACH", "BOTH"};
    for (size_t i = from; i < to; i++) {
        if (!scan_has_word(t, i, "SIDE") && !scan_has_word(t, i, "SIDES")) continue;
        size_t before = i > from + 12 ? i - 12 : from, at = find_any(t, before, i, which, 3);
        if (at != SCAN_NONE && scan_skip(t, word_end(t, at)) == i && distance_near(t, from, to, i, cm)) return true;
    }
    return false;
}

/* "WI 5NM OF <position>" */
static bool within_of(struct text t, const struct around *r, int64_t *cm) {
    static const char *const fill[] = {"OF", "FROM", "AROUND", "PSN", "POSITION", "POINT", "COORD", "COORDS", "THE",
                                       "A",  "ON",   "AT",     "CENTRED", "CENTERED", "COORDINATES", "COORDINATE", "FLW"};
    static const char *const within[] = {"WI", "WITHIN", "WIP"};
    size_t at = find_any(t, r->before, r->start, within, 3), end;
    if (at == SCAN_NONE) return false;
    size_t p = scan_skip(t, word_end(t, at));
    if (scan_has_word(t, p, "A")) p = scan_skip(t, p + 1);
    if (!distance_read(t, p, cm, &end)) return false;
    for (p = end; p < r->start;) {
        size_t e = word_end(t, p);
        bool known = e == p && (scan_is_space(scan_char(t, p)) || scan_char(t, p) == ':');
        for (size_t i = 0; e > p && i < sizeof fill / sizeof *fill; i++)
            known |= text_is(scan_part(t, p, e), fill[i]);
        if (!known) return false;
        p = e > p ? e : p + 1;
    }
    return true;
}

static struct text name_before(struct text t, const struct around *r) {
    static const char *const word[] = {"AREA"};
    size_t at = find_any(t, r->before, r->start, word, 1);
    if (at == SCAN_NONE) return (struct text){0};
    size_t p = at + 4;
    while (scan_char(t, p) == ' ' || scan_char(t, p) == '-') p++;
    size_t end = word_end(t, p), next = scan_skip(t, end);
    bool named = end > p && end - p <= 3 && end <= r->start &&
                 (scan_char(t, next) == ':' || scan_char(t, next) == ')' || scan_has_word(t, next, "BOUNDED"));
    return named ? scan_part(t, at, end) : (struct text){0};
}

/* A path with a width, and surely no outline with one. */
static bool is_path(struct text t, const struct around *r, bool either, unsigned flags) {
    static const char *const outline[] = {"BOUNDED", "BOUNDARY", "POLYGON"};
    static const char *const path[] = {"CORRIDOR", "ALONG", "LINE", "ROUTE", "RTE", "TRACK", "PATH"};
    if ((flags & COORDS_CLOSED) || find_any(t, r->before, r->start, outline, 3) != SCAN_NONE) return false;
    return either || find_any(t, r->before, r->start, path, 7) != SCAN_NONE;
}

static void loose_classify(struct text t, const struct around *r, struct coords_area *a) {
    static const char *const route[] = {"DCT"};
    size_t five = r->start > r->before + 5 ? r->start - 5 : r->before;
    size_t later = r->end + 5 < r->after ? r->end + 5 : r->after;
    if (find_any(t, five, r->start, route, 1) != SCAN_NONE || find_any(t, r->end, later, route, 1) != SCAN_NONE)
        a->flags |= COORDS_ROUTE;
}

static void area_classify(struct text t, const struct around *r, bool has_earlier, struct coords_area *a) {
    static const char *const radius[] = {"RADIUS", "RAD"};
    static const char *const wide[] = {"WIDE", "WIDTH"};
    static const char *const hole[] = {"EXCLUDING", "EXCLUDED", "EXCEPT", "EXCL", "EXC"};
    int64_t cm = 0;
    size_t near = r->start > r->before + 60 ? r->start - 60 : r->before;
    bool either = either_side(t, r->before, r->start, &cm) || either_side(t, r->end, r->after, &cm);
    bool width = !either && word_with_distance(t, r, wide, 2, &cm);
    bool round = !either && !width && (word_with_distance(t, r, radius, 2, &cm) || within_of(t, r, &cm));
    a->name = name_before(t, r);
    a->form = a->count >= 3 ? COORDS_POLYGON : COORDS_LOOSE;
    if (has_earlier && find_any(t, near, r->start, hole, 5) != SCAN_NONE) a->flags |= COORDS_HOLE;
    if (a->flags & COORDS_ARC) {
        if (cm > a->reach_cm) a->reach_cm = cm;
    } else if (round) {
        a->form = a->count == 1 ? COORDS_CIRCLE : a->count == 2 ? COORDS_CORRIDOR : COORDS_POLYGON;
        if (a->count > 1) a->flags |= COORDS_DOUBTFUL;
        a->reach_cm = cm;
    } else if ((either || width) && a->count >= 2) {
        bool sure = is_path(t, r, either, a->flags);
        a->form = sure || a->count == 2 ? COORDS_CORRIDOR : COORDS_POLYGON;
        a->reach_cm = sure && width ? (cm + 1) / 2 : cm;
        if (!sure) a->flags |= COORDS_DOUBTFUL;
    } else if (a->form == COORDS_LOOSE) {
        loose_classify(t, r, a);
    }
}

/* --- runs ---------------------------------------------------------------------------------------------------------- */

struct builder {
    struct text t;
    const struct coords_point *points;
    uint32_t point_count, done; /* points before `done` belong to areas */
    struct coords_area *areas;
    uint32_t area_count;
};

static bool same_place(const struct coords_point *a, const struct coords_point *b) {
    return a->at.lat == b->at.lat && a->at.lon == b->at.lon;
}

static void area_add(struct builder *b, uint32_t from, uint32_t to, uint32_t used, unsigned flags, int64_t reach_cm) {
    const struct coords_point *first = &b->points[from], *last = &b->points[used - 1];
    struct coords_area a = {.at = first, .count = to - from, .flags = flags, .reach_cm = reach_cm};
    if (a.count >= 4 && same_place(first, &first[a.count - 1])) { /* numbered points, closed */
        a.count--;
        a.flags |= COORDS_CLOSED;
    }
    a.offset = first->offset;
    a.size = last->offset + last->size - first->offset;
    size_t earlier = from == 0 ? 0 : b->points[from - 1].offset + b->points[from - 1].size;
    size_t later = used == b->point_count ? b->t.size : b->points[used].offset, end = a.offset + a.size;
    struct around r = {earlier, a.offset, end, later < end + AFTER_MOST ? later : end + AFTER_MOST};
    if (r.start - r.before > BEFORE_MOST) r.before = r.start - BEFORE_MOST;
    area_classify(b->t, &r, b->area_count > 0, &a);
    b->areas[b->area_count++] = a;
    b->done = used;
}

static enum gap gap_after(const struct builder *b, uint32_t i) {
    return gap_of(b->t, b->points[i].offset + b->points[i].size, b->points[i + 1].offset);
}

/* A run [from, to) that numbers stand in: each point numbered is one outline, else every number begins an area. */
static void run_add(struct builder *b, uint32_t from, uint32_t to, uint32_t used, unsigned flags, int64_t reach_cm) {
    uint32_t marks = 0, start = from;
    for (uint32_t i = from; i + 1 < to; i++) marks += gap_after(b, i) == GAP_MARK;
    if (marks == 0 || marks + 1 == to - from) {
        area_add(b, from, to, used, flags, reach_cm);
        return;
    }
    for (uint32_t i = from; i + 1 < to; i++) {
        if (gap_after(b, i) != GAP_MARK) continue;
        area_add(b, start, i + 1, i + 1, flags & ~(unsigned)COORDS_CLOSED, reach_cm);
        start = i + 1;
    }
    area_add(b, start, to, used, flags, reach_cm);
}

/* One run from `from`; returns the place of the next. */
static uint32_t run_next(struct builder *b, uint32_t from) {
    uint32_t start = from; /* of the outline that may be closed: behind the last number */
    unsigned flags = 0;
    int64_t reach_cm = 0, cm;
    for (uint32_t i = from; i < b->point_count; i++) {
        if (i >= start + 3 && same_place(&b->points[start], &b->points[i])) {
            run_add(b, from, i, i + 1, flags | COORDS_CLOSED, reach_cm);
            return i + 1;
        }
        if (i + 1 == b->point_count) break;
        size_t gap_from = b->points[i].offset + b->points[i].size, gap_to = b->points[i + 1].offset;
        enum gap gap = gap_of(b->t, gap_from, gap_to);
        if (gap == GAP_BREAK) {
            run_add(b, from, i + 1, i + 1, flags, reach_cm);
            return i + 1;
        }
        if (gap == GAP_BOUNDARY) flags |= COORDS_BOUNDARY;
        if (gap == GAP_MARK && i > start) start = i + 1;
        if (gap == GAP_ARC) {
            flags |= COORDS_ARC;
            if (distance_near(b->t, gap_from, gap_to, gap_from, &cm) && cm > reach_cm) reach_cm = cm;
        }
    }
    run_add(b, from, b->point_count, b->point_count, flags, reach_cm);
    return b->point_count;
}

result notam_coords_read(struct text e, struct arena *arena, struct coords *out, struct fault *f) {
    *out = (struct coords){0};
    size_t most = e.size / 4 + 1; /* the shortest position has seven bytes, the shortest unreadable one three and a space */
    struct coords_point *points = arena_alloc(arena, most, sizeof *points);
    struct coords_unread *unread = arena_alloc(arena, most, sizeof *unread);
    struct coords_area *areas = arena_alloc(arena, most, sizeof *areas);
    if (points == NULL || unread == NULL || areas == NULL)
        return fail(f, RESULT_FULL, "arena", "no memory left to read %zu bytes of item E into", e.size);
    for (size_t i = 0; i < e.size;) {
        size_t size = 1;
        if (notam_coords_point(e, i, &points[out->point_count])) {
            size = points[out->point_count].size;
            out->point_count++;
        } else if ((size = looks_like(e, i)) > 0) {
            unread[out->unread_count++] = (struct coords_unread){i, size};
        }
        i += size > 0 ? size : 1;
    }
    struct builder b = {.t = e, .points = points, .point_count = out->point_count, .areas = areas};
    for (uint32_t i = 0; i < out->point_count;) i = run_next(&b, i);
    out->points = points;
    out->unread = unread;
    out->areas = areas;
    out->area_count = b.area_count;
    return OK;
}
