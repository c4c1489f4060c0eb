#include "notam/notam_schedule_token.h"

#include "notam/notam_scan.h"

struct word {
    const char *name;
    enum token_kind kind;
    int value;
    bool style; /* outside the grammar of OPADD */
};

#define FILLER TOKEN_END /* in the table below: a word that says nothing */

static const struct word words[] = {
    {"JAN", TOKEN_MONTH, 1, false},       {"FEB", TOKEN_MONTH, 2, false},      {"MAR", TOKEN_MONTH, 3, false},
    {"APR", TOKEN_MONTH, 4, false},       {"MAY", TOKEN_MONTH, 5, false},      {"JUN", TOKEN_MONTH, 6, false},
    {"JUL", TOKEN_MONTH, 7, false},       {"AUG", TOKEN_MONTH, 8, false},      {"SEP", TOKEN_MONTH, 9, false},
    {"OCT", TOKEN_MONTH, 10, false},      {"NOV", TOKEN_MONTH, 11, false},     {"DEC", TOKEN_MONTH, 12, false},
    {"JANUARY", TOKEN_MONTH, 1, true},    {"FEBRUARY", TOKEN_MONTH, 2, true},  {"MARCH", TOKEN_MONTH, 3, true},
    {"APRIL", TOKEN_MONTH, 4, true},      {"JUNE", TOKEN_MONTH, 6, true},      {"JULY", TOKEN_MONTH, 7, true},
    {"AUGUST", TOKEN_MONTH, 8, true},     {"SEPTEMBER", TOKEN_MONTH, 9, true}, {"SEPT", TOKEN_MONTH, 9, true},
    {"OCTOBER", TOKEN_MONTH, 10, true},   {"NOVEMBER", TOKEN_MONTH, 11, true}, {"DECEMBER", TOKEN_MONTH, 12, true},
    {"MON", TOKEN_WEEKDAY, 0, false},     {"TUE", TOKEN_WEEKDAY, 1, false},    {"WED", TOKEN_WEEKDAY, 2, false},
    {"THU", TOKEN_WEEKDAY, 3, false},     {"FRI", TOKEN_WEEKDAY, 4, false},    {"SAT", TOKEN_WEEKDAY, 5, false},
    {"SUN", TOKEN_WEEKDAY, 6, false},     {"MONDAY", TOKEN_WEEKDAY, 0, true},  {"TUESDAY", TOKEN_WEEKDAY, 1, true},
    {"WEDNESDAY", TOKEN_WEEKDAY, 2, true}, {"THURSDAY", TOKEN_WEEKDAY, 3, true}, {"FRIDAY", TOKEN_WEEKDAY, 4, true},
    {"SATURDAY", TOKEN_WEEKDAY, 5, true}, {"SUNDAY", TOKEN_WEEKDAY, 6, true},  {"DAILY", TOKEN_DAILY, 0, false},
    {"DLY", TOKEN_DAILY, 0, true},        {"EVERYDAY", TOKEN_DAILY, 0, true},  {"EXC", TOKEN_EXCEPT, 0, false},
    {"EXCEPT", TOKEN_EXCEPT, 0, true},    {"H24", TOKEN_H24, 0, false},        {"SR", TOKEN_RISE, 0, false},
    {"SS", TOKEN_SET, 0, false},          {"SUNRISE", TOKEN_RISE, 0, true},    {"SUNSET", TOKEN_SET, 0, true},
    {"TO", TOKEN_TO, 0, true},            {"TILL", TOKEN_TO, 0, true},         {"UNTIL", TOKEN_TO, 0, true},
    {"AND", FILLER, 0, true},             {"ON", FILLER, 0, true},             {"FROM", FILLER, 0, true},
    {"FM", FILLER, 0, true},              {"AT", FILLER, 0, true},             {"UTC", FILLER, 0, true},
    {"Z", FILLER, 0, true},               {"BTN", FILLER, 0, true}};

static const struct word *word_find(struct text w) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].name) == w.size && scan_has(w, 0, words[i].name)) return &words[i];
    return NULL;
}

/* "0N", "N0V": a zero for the letter O, a one for I. */
static const struct word *word_repair(struct text w) {
    char fixed[12];
    bool letter = false;
    if (w.size == 0 || w.size >= sizeof fixed) return NULL;
    for (size_t i = 0; i < w.size; i++) {
        char c = scan_char(w, i);
        letter |= scan_is_letter(c);
        fixed[i] = c == '0' ? 'O' : c == '1' ? 'I' : c;
    }
    return letter ? word_find((struct text){fixed, w.size}) : NULL;
}

static bool stamp_read(struct text w, int64_t *minutes) {
    uint32_t yy, mo, dd, hh, mi;
    instant t;
    if (!scan_number(w, 0, 2, &yy) || !scan_number(w, 2, 2, &mo) || !scan_number(w, 4, 2, &dd) ||
        !scan_number(w, 6, 2, &hh) || !scan_number(w, 8, 2, &mi))
        return false;
    bool midnight = hh == 24 && mi == 0;
    struct civil c = {.year = (int32_t)(2000 + yy), .month = (int32_t)mo, .day = (int32_t)dd};
    c.hour = midnight ? 0 : (int32_t)hh;
    c.minute = (int32_t)mi;
    if (!instant_from_civil(&c, &t)) return false;
    *minutes = t / INSTANT_MINUTE + (midnight ? 24 * 60 : 0);
    return true;
}

static bool digits_token(struct text w, struct token *k) {
    uint32_t v;
    size_t digits = scan_digit_count(w, 0);
    if (digits == 4 && digits < w.size && (scan_has(w, 4, "Z") || scan_has(w, 4, "UTC")) &&
        w.size == (scan_char(w, 4) == 'Z' ? 5u : 7u))
        digits = w.size; /* 0800Z, 0800UTC */
    if (digits != w.size) return false;
    if (w.size == 10) {
        k->kind = TOKEN_STAMP;
        return stamp_read(w, &k->value);
    }
    if (w.size != 1 && w.size != 2 && w.size != 4 && w.size != 5 && w.size != 7) return false;
    bool day = w.size <= 2;
    if (!scan_number(w, 0, day ? w.size : 4, &v) || (w.size == 5 && scan_is_digit(scan_char(w, 4))) ||
        (w.size == 7 && scan_is_digit(scan_char(w, 4))) || (day && (v < 1 || v > 31)))
        return false;
    k->kind = day ? TOKEN_DAY : TOKEN_TIME;
    k->value = v;
    return true;
}

/* MINUS30, PLUS 30, at most 99 minutes. */
static bool shift_token(struct text t, size_t start, size_t *at, struct token *k) {
    bool minus = scan_has(t, start, "MINUS");
    uint32_t v;
    if (!minus && !scan_has(t, start, "PLUS")) return false;
    size_t p = start + (minus ? 5 : 4);
    while (scan_char(t, p) == ' ') p++;
    size_t digits = scan_digit_count(t, p);
    if (digits < 1 || digits > 2 || !scan_number(t, p, digits, &v) || scan_is_letter(scan_char(t, p + digits))) return false;
    *k = (struct token){TOKEN_SHIFT, minus ? -(int64_t)v : (int64_t)v, start, p + digits - start};
    *at = p + digits;
    return true;
}

static bool mark_token(struct text t, size_t start, size_t *at, unsigned *marks, struct token *k) {
    char c = scan_char(t, start);
    if (c != '-' && c != '/') return false;
    *at = start + 1;
    *k = (struct token){c == '-' ? TOKEN_DASH : TOKEN_SLASH, 0, start, 1};
    if (c == '/') *marks |= SCHEDULE_STYLE;
    return true;
}

struct token schedule_token(struct text t, size_t *at, unsigned *marks) {
    for (;;) {
        char c = scan_char(t, *at);
        while (scan_is_space(c) || c == ',' || c == '.' || c == ';') c = scan_char(t, ++*at);
        size_t start = *at, end = start;
        struct token k = {TOKEN_END, 0, start, 0};
        if (start >= t.size) return k;
        if (mark_token(t, start, at, marks, &k) || shift_token(t, start, at, &k)) return k;
        while (scan_is_alnum(scan_char(t, end))) end++;
        if (end == start) end++;
        struct text w = scan_part(t, start, end);
        *at = end;
        k = (struct token){TOKEN_BAD, 0, start, w.size};
        if (digits_token(w, &k)) {
            if (w.size == 1 || w.size == 5 || w.size == 7) *marks |= SCHEDULE_STYLE;
            return k;
        }
        k.kind = TOKEN_BAD;
        const struct word *known = word_find(w);
        if (known == NULL && (known = word_repair(w)) != NULL) *marks |= SCHEDULE_REPAIRED;
        if (known == NULL) return k;
        if (known->style) *marks |= SCHEDULE_STYLE;
        if (known->kind == FILLER) continue;
        k.kind = known->kind;
        k.value = known->value;
        return k;
    }
}
