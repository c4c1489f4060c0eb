#include "notam/notam.h"

#include <assert.h>

#include "notam/notam_scan.h"

static const char *const field_names[NOTAM_ITEMS] = {"a", "b", "c", "d", "e", "f", "g"};

void notam_remark_add(struct notam *n, struct arena *arena, const char *field, const char *rule, struct text text) {
    text = scan_trim(text);
    struct notam_remark *r = arena_alloc(arena, 1, sizeof *r);
    if (r == NULL) return;
    *r = (struct notam_remark){.field = field, .rule = rule, .text = text};
    r->offset = text.at == NULL ? 0 : (size_t)(text.at - n->raw.at);
    if (n->last_remark == NULL) n->remarks = r;
    else n->last_remark->next = r;
    n->last_remark = r;
    n->remark_count++;
}

bool notam_number_read(struct text t, size_t at, struct notam_number *out, size_t *after) {
    uint32_t number, year;
    if (!scan_is_letter(scan_char(t, at)) || (at > 0 && scan_is_alnum(scan_char(t, at - 1)))) return false;
    if (!scan_number(t, at + 1, 4, &number) || scan_char(t, at + 5) != '/') return false;
    if (!scan_number(t, at + 6, 2, &year) || scan_is_alnum(scan_char(t, at + 8))) return false;
    *out = (struct notam_number){scan_char(t, at), (uint16_t)number, (uint16_t)(2000 + year)};
    *after = at + 8;
    return true;
}

/* --- header: "A0039/22 NOTAMR A0013/22" ------------------------------------------------------------------------- */

static bool header_read(struct notam *n, struct arena *arena, size_t *after) {
    struct text t = n->raw;
    for (size_t i = 0; i < t.size; i++) {
        size_t end;
        if (!notam_number_read(t, i, &n->number, &end)) continue;
        size_t word = scan_skip(t, end);
        char type = scan_char(t, word + 5);
        if (!scan_has(t, word, "NOTAM") || (type != 'N' && type != 'R' && type != 'C')) continue;
        if (scan_is_alnum(scan_char(t, word + 6))) continue;
        n->type = type == 'N' ? NOTAM_NEW : type == 'R' ? NOTAM_REPLACE : NOTAM_CANCEL;
        struct text before = scan_trim(scan_part(t, 0, i));
        if (before.size > 0 && !text_is(before, "("))
            notam_remark_add(n, arena, "header", "nothing before the number", before);
        *after = word + 6;
        return true;
    }
    return false;
}

static void reference_read(struct notam *n, struct arena *arena, size_t from, size_t to) {
    size_t at = scan_skip(n->raw, from), after = at;
    if (at < to) n->has_reference = notam_number_read(n->raw, at, &n->reference, &after);
    struct text rest = scan_trim(scan_part(n->raw, after, to));
    if (rest.size > 0) notam_remark_add(n, arena, "header", "the type, then the number referred to, then item Q", rest);
    if (n->type != NOTAM_NEW && !n->has_reference)
        notam_remark_add(n, arena, "header", "NOTAMR and NOTAMC name the number that they refer to", rest);
    if (n->type == NOTAM_NEW && n->has_reference) {
        notam_remark_add(n, arena, "header", "NOTAMN refers to no other", scan_part(n->raw, at, after));
        n->has_reference = false;
    }
}

/* --- where the items stand --------------------------------------------------------------------------------------- */

static bool item_at(struct text t, size_t at, char letter) {
    if (scan_char(t, at) != letter || scan_char(t, at + 1) != ')') return false;
    return at == 0 || scan_is_space(scan_char(t, at - 1));
}

static size_t item_find(struct text t, size_t from, size_t to, char letter) {
    for (size_t i = from; i < to; i++)
        if (item_at(t, i, letter)) return i;
    return SCAN_NONE;
}

static bool at_line_start(struct text t, size_t at) {
    while (at > 0 && (scan_char(t, at - 1) == ' ' || scan_char(t, at - 1) == '\t')) at--;
    return at == 0 || scan_char(t, at - 1) == '\n' || scan_char(t, at - 1) == '\r';
}

/* Items F and G follow free text that may hold lists of its own ("F) ..."): the last F) that reads as a level, else the
 * last one that begins a line. */
static size_t item_find_level(struct text t, size_t from, size_t to, char letter) {
    size_t level = SCAN_NONE, line = SCAN_NONE, after;
    struct altitude ignored;
    for (size_t i = from; i < to; i++) {
        if (!item_at(t, i, letter)) continue;
        if (notam_level_read(t, scan_skip(t, i + 2), letter == 'G', &ignored, &after)) level = i;
        if (at_line_start(t, i)) line = i;
    }
    return level != SCAN_NONE ? level : line;
}

static void items_cut(struct notam *n, size_t from, size_t *q, size_t *first) {
    struct text t = n->raw;
    size_t place[NOTAM_ITEMS], end = t.size;
    for (size_t i = 0; i < NOTAM_ITEMS; i++) place[i] = SCAN_NONE;
    place[NOTAM_E] = item_find(t, from, end, 'E');
    size_t head_end = place[NOTAM_E] == SCAN_NONE ? end : place[NOTAM_E];
    *q = item_find(t, from, head_end, 'Q');
    size_t at = *q == SCAN_NONE ? from : *q + 2;
    for (size_t i = NOTAM_A; i <= NOTAM_D; i++) {
        place[i] = item_find(t, at, head_end, (char)('A' + i));
        if (place[i] != SCAN_NONE) at = place[i] + 2;
    }
    if (place[NOTAM_E] != SCAN_NONE) at = place[NOTAM_E] + 2;
    place[NOTAM_G] = item_find_level(t, at, end, 'G');
    size_t before_g = place[NOTAM_G] == SCAN_NONE ? end : place[NOTAM_G];
    place[NOTAM_F] = item_find_level(t, at, before_g, 'F');
    *first = end;
    for (size_t i = NOTAM_ITEMS; i-- > 0;) {
        if (place[i] == SCAN_NONE) continue;
        n->item[i] = scan_trim(scan_part(t, place[i] + 2, *first));
        *first = place[i];
    }
}

/* --- item Q ------------------------------------------------------------------------------------------------------ */

static bool is_place(struct text t) {
    bool letters = t.size == 4;
    for (size_t i = 0; i < t.size; i++) letters &= scan_is_letter(scan_char(t, i));
    return letters;
}

/* ddmm[NS]dddmm[EW] */
static bool centre_read(struct text t, struct position *out) {
    uint32_t lat, latm, lon, lonm;
    char ns = scan_char(t, 4), ew = scan_char(t, 10);
    if (!scan_number(t, 0, 2, &lat) || !scan_number(t, 2, 2, &latm) || (ns != 'N' && ns != 'S')) return false;
    if (!scan_number(t, 5, 3, &lon) || !scan_number(t, 8, 2, &lonm) || (ew != 'E' && ew != 'W')) return false;
    if (latm > 59 || lonm > 59 || lat * 60 + latm > 5400 || lon * 60 + lonm > 10800) return false;
    int64_t y = ((int64_t)(lat * 60 + latm) * 10000000 + 30) / 60, x = ((int64_t)(lon * 60 + lonm) * 10000000 + 30) / 60;
    *out = (struct position){(int32_t)(ns == 'S' ? -y : y), (int32_t)(ew == 'W' ? -x : x)};
    return true;
}

static bool flight_level(struct text t, bool upper, struct altitude *out) {
    uint32_t fl;
    if (t.size != 3 || !scan_number(t, 0, 3, &fl)) return false;
    if (upper && fl == 999) *out = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_FL};
    else if (!upper && fl == 0) *out = (struct altitude){0, ALTITUDE_SFC};
    else *out = (struct altitude){(int32_t)fl * 3048, ALTITUDE_FL};
    return true;
}

static void q_circle(struct notam *n, struct arena *arena, struct text field) {
    uint32_t radius;
    if (centre_read(field, &n->q.centre) && field.size == 14 && scan_number(field, 11, 3, &radius) && radius > 0) {
        n->q.has_circle = true;
        n->q.radius_nm = (uint16_t)radius;
    } else if (field.size > 0) {
        notam_remark_add(n, arena, "q", "ddmmNdddmmErrr", field);
    }
}

static void q_read(struct notam *n, struct arena *arena, struct text line) {
    struct text field[8] = {{0}};
    size_t count = 0, from = 0;
    line = scan_trim(line);
    n->q.present = true;
    for (size_t i = 0; i <= line.size && count < 7; i++) {
        if (i < line.size && line.at[i] != '/') continue;
        field[count] = scan_trim(scan_part(line, from, i));
        count++;
        from = i + 1;
    }
    if (from <= line.size && count == 7) {
        field[7] = scan_trim(scan_part(line, from, line.size));
        count = 8;
    }
    if (count != 8) notam_remark_add(n, arena, "q", "eight fields divided by /", line);
    n->q.fir = field[0];
    n->q.code = field[1];
    n->q.traffic = field[2];
    n->q.purpose = field[3];
    n->q.scope = field[4];
    if (!is_place(field[0])) notam_remark_add(n, arena, "q", "a FIR of four letters", field[0]);
    if (field[1].size != 5 || scan_char(field[1], 0) != 'Q')
        notam_remark_add(n, arena, "q", "a code of Q and four letters", field[1]);
    n->q.has_lower = flight_level(field[5], false, &n->q.lower);
    n->q.has_upper = flight_level(field[6], true, &n->q.upper);
    if (field[5].size > 0 && !n->q.has_lower) notam_remark_add(n, arena, "q", "a lower level of three digits", field[5]);
    if (field[6].size > 0 && !n->q.has_upper) notam_remark_add(n, arena, "q", "an upper level of three digits", field[6]);
    q_circle(n, arena, field[7]);
}

/* --- items A, B, C, F, G ----------------------------------------------------------------------------------------- */

static void a_read(struct notam *n, struct arena *arena) {
    struct text t = n->item[NOTAM_A];
    size_t at = 0;
    for (struct text run = scan_next_run(t, &at); run.size > 0; run = scan_next_run(t, &at)) {
        size_t start = (size_t)(run.at - t.at), p = at;
        if (is_place(run) && !scan_has(run, 0, "PART")) {
            if (n->location.size == 0) n->location = run;
            continue;
        }
        struct text one = scan_next_run(t, &p), of = scan_next_run(t, &p), all = scan_next_run(t, &p);
        uint32_t part = 0, parts = 0;
        bool is_part = scan_has_word(t, start, "PART") && text_is(of, "OF") && one.size <= 2 && all.size <= 2 &&
                       scan_number(one, 0, one.size, &part) && scan_number(all, 0, all.size, &parts) && part >= 1 &&
                       part <= parts;
        if (is_part) {
            n->part = (uint16_t)part;
            n->parts = (uint16_t)parts;
            at = p;
        } else {
            notam_remark_add(n, arena, "a", "places of four letters, or PART n OF m", run);
        }
    }
    if (n->location.size == 0 && is_place(n->q.fir)) n->location = n->q.fir;
}

/* yymmddhhmm; 2400 is the end of the day. */
static bool ten_digits(struct text t, instant *out) {
    uint32_t yy, mo, dd, hh, mi;
    if (scan_digit_count(t, 0) != 10 || !scan_number(t, 0, 2, &yy) || !scan_number(t, 2, 2, &mo) ||
        !scan_number(t, 4, 2, &dd) || !scan_number(t, 6, 2, &hh) || !scan_number(t, 8, 2, &mi))
        return false;
    bool midnight = hh == 24 && mi == 0;
    struct civil c = {.year = (int32_t)(2000 + yy), .month = (int32_t)mo, .day = (int32_t)dd};
    c.hour = midnight ? 0 : (int32_t)hh;
    c.minute = (int32_t)mi;
    if (!instant_from_civil(&c, out)) return false;
    if (midnight) *out += INSTANT_DAY;
    return true;
}

static void b_c_read(struct notam *n, struct arena *arena) {
    struct text b = n->item[NOTAM_B], c = n->item[NOTAM_C];
    if (ten_digits(b, &n->begin)) {
        n->has_begin = true;
        struct text rest = scan_trim(scan_part(b, 10, b.size));
        if (rest.size > 0) notam_remark_add(n, arena, "b", "yymmddhhmm and nothing else", rest);
    } else if (n->type != NOTAM_CANCEL || b.size > 0) {
        notam_remark_add(n, arena, "b", "yymmddhhmm", b);
    }
    if (ten_digits(c, &n->end)) {
        n->has_end = true;
        struct text rest = scan_trim(scan_part(c, 10, c.size));
        n->estimated = text_is(rest, "EST");
        if (rest.size > 0 && !n->estimated) notam_remark_add(n, arena, "c", "yymmddhhmm, yymmddhhmm EST or PERM", rest);
    } else if (scan_has_word(c, 0, "PERM") && c.size == 4) {
        n->permanent = true;
    } else if (n->type != NOTAM_CANCEL || c.size > 0) {
        notam_remark_add(n, arena, "c", "yymmddhhmm, yymmddhhmm EST or PERM", c);
    }
    if (n->has_begin && n->has_end && n->end < n->begin) {
        notam_remark_add(n, arena, "c", "not before item B", c);
        n->has_end = false;
    }
}

/* The reference behind a height. */
static uint8_t height_reference(struct text t, size_t *at) {
    size_t p = scan_skip(t, *at);
    static const struct { const char *word; uint8_t reference; } words[] = {
        {"AMSL", ALTITUDE_AMSL}, {"MSL", ALTITUDE_AMSL}, {"ALT", ALTITUDE_AMSL},
        {"AGL", ALTITUDE_SFC},   {"SFC", ALTITUDE_SFC},  {"GND", ALTITUDE_SFC}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!scan_has_word(t, p, words[i].word)) continue;
        *at = p + strlen(words[i].word);
        return words[i].reference;
    }
    return ALTITUDE_AMSL;
}

bool notam_level_read(struct text t, size_t at, bool upper, struct altitude *out, size_t *after) {
    static const char *const ground[] = {"SFC", "GND", "SURFACE", "GROUND"};
    static const char *const none[] = {"UNL", "UNLTD", "UNLIMITED"};
    uint32_t v;
    for (size_t i = 0; i < 4; i++) {
        if (!scan_has_word(t, at, ground[i])) continue;
        *out = (struct altitude){0, ALTITUDE_SFC};
        *after = at + strlen(ground[i]);
        return true;
    }
    for (size_t i = 0; upper && i < 3; i++) {
        if (!scan_has_word(t, at, none[i])) continue;
        *out = (struct altitude){ALTITUDE_UNLIMITED, ALTITUDE_AMSL};
        *after = at + strlen(none[i]);
        return true;
    }
    if (scan_has(t, at, "FL")) {
        size_t p = scan_skip(t, at + 2), digits = scan_digit_count(t, p);
        if (digits < 2 || digits > 3 || !scan_number(t, p, digits, &v) || scan_is_letter(scan_char(t, p + digits)))
            return false;
        *out = (struct altitude){(int32_t)v * 3048, ALTITUDE_FL};
        *after = p + digits;
        return true;
    }
    size_t digits = scan_digit_count(t, at);
    if (digits == 0 || digits > 6 || !scan_number(t, at, digits, &v)) return false;
    size_t unit = scan_skip(t, at + digits);
    bool feet = scan_has_word(t, unit, "FT"), metres = scan_has_word(t, unit, "M");
    /* A unit glued to its number has a digit before it, which scan_has_word takes for a word's middle. */
    if (unit == at + digits) {
        feet = scan_has(t, unit, "FT") && !scan_is_alnum(scan_char(t, unit + 2));
        metres = scan_char(t, unit) == 'M' && !scan_is_alnum(scan_char(t, unit + 1));
    }
    if (!feet && !metres) return false;
    /* 30.48 cm a foot, rounded outward. */
    int64_t cm = metres ? (int64_t)v * 100 : ((int64_t)v * 3048 + (upper ? 99 : 0)) / 100;
    *after = unit + (feet ? 2 : 1);
    *out = (struct altitude){(int32_t)cm, height_reference(t, after)};
    return true;
}

static bool level_item(struct notam *n, struct arena *arena, enum notam_item item, struct altitude *out) {
    struct text t = n->item[item];
    size_t after = 0;
    if (t.at == NULL) return false;
    if (item == NOTAM_G && t.size > 0 && t.at[t.size - 1] == ')' && n->raw.size > 0 &&
        scan_char(n->raw, scan_skip(n->raw, 0)) == '(')
        t = scan_trim(scan_part(t, 0, t.size - 1)); /* the message stands in brackets, ITU style */
    bool read = notam_level_read(t, 0, item == NOTAM_G, out, &after);
    struct text rest = scan_trim(scan_part(t, read ? after : 0, t.size));
    if (rest.size > 0) notam_remark_add(n, arena, field_names[item], "SFC, GND, UNL, FLnnn, or a height in FT or M", rest);
    return read;
}

result notam_read(struct text raw, struct arena *arena, struct notam *out, struct fault *f) {
    size_t after = 0, q, first;
    *out = (struct notam){.raw = raw};
    if (raw.size > NOTAM_RAW_MOST)
        return fail(f, RESULT_TOO_LARGE, "raw", "%zu bytes; at most %d", raw.size, NOTAM_RAW_MOST);
    if (!header_read(out, arena, &after))
        return fail(f, RESULT_MALFORMED, "header", "no NOTAM: a number and type like \"A1234/24 NOTAMN\" is expected");
    items_cut(out, after, &q, &first);
    if (q != SCAN_NONE) q_read(out, arena, scan_part(raw, q + 2, first));
    else notam_remark_add(out, arena, "q", "an item Q", scan_part(raw, after, after));
    reference_read(out, arena, after, q != SCAN_NONE ? q : first);
    a_read(out, arena);
    b_c_read(out, arena);
    out->has_lower = level_item(out, arena, NOTAM_F, &out->lower);
    out->has_upper = level_item(out, arena, NOTAM_G, &out->upper);
    if (out->item[NOTAM_E].at == NULL && out->type != NOTAM_CANCEL)
        notam_remark_add(out, arena, "e", "an item E", scan_part(raw, after, after));
    if (arena->failed) return fail(f, RESULT_FULL, "arena", "no memory left to read NOTAM into");
    return OK;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static size_t identity_of(const struct notam_number *number, struct text place, unsigned part, unsigned parts,
                          char out[NOTAM_IDENTITY_ROOM]) {
    struct append a = append_fixed(out, NOTAM_IDENTITY_ROOM - 1);
    append_format(&a, "%c%04u/%02u", number->series, number->number % 10000u, number->year % 100u);
    if (place.size > 0) {
        append_char(&a, ' ');
        for (size_t i = 0; i < place.size; i++) append_char(&a, scan_char(place, i));
    }
    if (parts > 0) append_format(&a, " %u/%u", part, parts);
    assert(!a.full);
    out[a.size] = 0;
    return a.size;
}

size_t notam_identity(const struct notam *n, char out[NOTAM_IDENTITY_ROOM]) {
    return identity_of(&n->number, n->location, n->part, n->parts, out);
}

size_t notam_reference_identity(const struct notam *n, char out[NOTAM_IDENTITY_ROOM]) {
    out[0] = 0;
    return n->has_reference ? identity_of(&n->reference, n->location, 0, 0, out) : 0;
}
