#include "base/instant.h"

#include <assert.h>

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int32_t days_of(int64_t year, int32_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last one of a year, in eras of 400
 * years (146097 days), in which the calendar repeats. */
static int64_t days_from_civil(int64_t year, int32_t month, int32_t day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct civil *c) {
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    c->day = (int32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    c->month = (int32_t)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    c->year = (int32_t)(year_of_era + era * 400 + (c->month <= 2));
}

bool instant_from_civil(const struct civil *c, instant *out) {
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_of(c->year, c->month)) return false;
    if (c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59 || c->second < 0 || c->second > 59) return false;
    if (c->nanosecond < 0 || c->nanosecond > 999999999) return false;
    int64_t days = days_from_civil(c->year, c->month, c->day);
    /* A year is an int32, so seconds fit easily; only the step to nanoseconds can overflow. Negative seconds are brought
     * one up first: the lowest second of the range does not fit as a whole. */
    int64_t seconds = days * 86400 + c->hour * 3600 + c->minute * 60 + c->second, rest = c->nanosecond, t;
    if (seconds < 0) {
        seconds += 1;
        rest -= INSTANT_SECOND;
    }
    if (__builtin_mul_overflow(seconds, INSTANT_SECOND, &t) || __builtin_add_overflow(t, rest, &t)) return false;
    if (t == INSTANT_NONE) return false;
    *out = t;
    return true;
}

struct civil instant_to_civil(instant t) {
    int64_t seconds = t / INSTANT_SECOND, rest = t % INSTANT_SECOND;
    if (rest < 0) {
        rest += INSTANT_SECOND;
        seconds -= 1;
    }
    int64_t days = seconds / 86400, second = seconds % 86400;
    if (second < 0) {
        second += 86400;
        days -= 1;
    }
    struct civil c = {.hour = (int32_t)(second / 3600),
                      .minute = (int32_t)(second / 60 % 60),
                      .second = (int32_t)(second % 60),
                      .nanosecond = (int32_t)rest};
    civil_from_days(days, &c);
    return c;
}

/* Exactly `count` digits at `at`, or -1. */
static int32_t digits(const char *at, unsigned count) {
    int32_t v = 0;
    for (unsigned i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') return -1;
        v = v * 10 + (at[i] - '0');
    }
    return v;
}

#define SHOWN(in) (int)((in).size < 40 ? (in).size : 40), (in).at

static result bad_form(struct fault *f, struct text in, const char *rule) {
    return fail(f, RESULT_MALFORMED, "", "'%.*s': %s", SHOWN(in), rule);
}

/* Checks what a calendar can check, member by member, so that the message names the one that is wrong. */
static result check_civil(const struct civil *c, struct text in, struct fault *f) {
    if (c->month < 1 || c->month > 12) return fail(f, RESULT_RANGE, "", "'%.*s': month must be 01 to 12", SHOWN(in));
    if (c->day < 1 || c->day > days_of(c->year, c->month))
        return fail(f, RESULT_RANGE, "", "'%.*s': day must be 01 to %d in that month", SHOWN(in),
                    days_of(c->year, c->month));
    if (c->hour > 23) return fail(f, RESULT_RANGE, "", "'%.*s': hour must be 00 to 23", SHOWN(in));
    if (c->minute > 59) return fail(f, RESULT_RANGE, "", "'%.*s': minute must be 00 to 59", SHOWN(in));
    if (c->second == 60)
        return fail(f, RESULT_RANGE, "", "'%.*s': leap seconds are not represented; give second 59", SHOWN(in));
    if (c->second > 59) return fail(f, RESULT_RANGE, "", "'%.*s': second must be 00 to 59", SHOWN(in));
    return OK;
}

/* "YYYY-MM-DDThh:mm:ss": the 19 characters that every form begins with. */
static result parse_head(struct text in, struct civil *c, struct fault *f) {
    if (in.size < 20) return bad_form(f, in, "a time is YYYY-MM-DDThh:mm:ssZ (RFC 3339)");
    const char *s = in.at;
    *c = (struct civil){.year = digits(s, 4),
                        .month = digits(s + 5, 2),
                        .day = digits(s + 8, 2),
                        .hour = digits(s + 11, 2),
                        .minute = digits(s + 14, 2),
                        .second = digits(s + 17, 2)};
    if (c->year < 0 || c->month < 0 || c->day < 0 || c->hour < 0 || c->minute < 0 || c->second < 0 || s[4] != '-' ||
        s[7] != '-' || (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
        return bad_form(f, in, "a time is YYYY-MM-DDThh:mm:ssZ (RFC 3339)");
    return check_civil(c, in, f);
}

/* ".123" at *at; absent is 0. `rest`: whether digits beyond the ninth say more; NULL: there may be none. */
static result parse_fraction(struct text in, size_t *at, int32_t *nanosecond, bool *rest, struct fault *f) {
    *nanosecond = 0;
    if (*at >= in.size || in.at[*at] != '.') return OK;
    size_t begin = ++*at;
    int32_t unit = 100000000;
    for (; *at < in.size && in.at[*at] >= '0' && in.at[*at] <= '9'; ++*at, unit /= 10) {
        if (*at - begin >= 9 && rest == NULL) return bad_form(f, in, "at most 9 digits of a second's fraction");
        if (*at - begin >= 9) *rest |= in.at[*at] != '0';
        *nanosecond += (in.at[*at] - '0') * unit;
    }
    return *at == begin ? bad_form(f, in, "digits must follow the point") : OK;
}

/* "Z" or "+hh:mm" as the rest of the text; seconds east of Greenwich. -00:00 (RFC 3339, 4.3: UTC, local offset unknown)
 * reads as UTC. */
static result parse_offset(struct text in, size_t at, int64_t *seconds, struct fault *f) {
    *seconds = 0;
    size_t left = in.size - at;
    if (left == 1 && (in.at[at] == 'Z' || in.at[at] == 'z')) return OK;
    if (left != 6 || (in.at[at] != '+' && in.at[at] != '-') || in.at[at + 3] != ':')
        return bad_form(f, in, "a time ends in Z or an offset like +02:00");
    int32_t hours = digits(in.at + at + 1, 2), minutes = digits(in.at + at + 4, 2);
    if (hours < 0 || minutes < 0) return bad_form(f, in, "a time ends in Z or an offset like +02:00");
    if (hours > 23 || minutes > 59)
        return fail(f, RESULT_RANGE, "", "'%.*s': an offset is at most 23:59", SHOWN(in));
    *seconds = (hours * 60 + minutes) * 60;
    if (in.at[at] == '-') *seconds = -*seconds;
    return OK;
}

/* The local time minus its offset. Done on seconds before nanoseconds: a local time may lie outside the range whose UTC
 * lies inside. */
static bool shift(const struct civil *c, int64_t offset, instant *out) {
    struct civil utc = *c;
    int64_t second = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second -
                     offset;
    int64_t days = second / 86400, rest = second % 86400;
    if (rest < 0) {
        rest += 86400;
        days -= 1;
    }
    civil_from_days(days, &utc);
    utc.hour = (int32_t)(rest / 3600);
    utc.minute = (int32_t)(rest / 60 % 60);
    utc.second = (int32_t)(rest % 60);
    return instant_from_civil(&utc, out);
}

static result out_of_range(struct fault *f, struct text in) {
    return fail(f, RESULT_RANGE, "", "'%.*s': times run from 1677-09-21T00:12:43.145224193Z to "
                "2262-04-11T23:47:16.854775807Z", SHOWN(in));
}

static result parse(struct text in, bool *rest, instant *out, struct fault *f) {
    struct civil c;
    TRY(parse_head(in, &c, f));
    size_t at = 19;
    int64_t offset;
    TRY(parse_fraction(in, &at, &c.nanosecond, rest, f));
    TRY(parse_offset(in, at, &offset, f));
    if (!shift(&c, offset, out)) return out_of_range(f, in);
    return OK;
}

result instant_parse(struct text in, instant *out, struct fault *f) { return parse(in, NULL, out, f); }

result instant_parse_rounded(struct text in, bool up, instant *out, struct fault *f) {
    bool rest = false;
    instant t;
    TRY(parse(in, &rest, &t, f));
    if (up && rest && __builtin_add_overflow(t, 1, &t)) return out_of_range(f, in);
    *out = t;
    return OK;
}

result instant_parse_millis(struct text in, instant *out, struct fault *f) {
    static const char rule[] = "a time here is exactly YYYY-MM-DDThh:mm:ss.mmmZ";
    if (in.size != 24 || in.at[10] != 'T' || in.at[19] != '.' || in.at[23] != 'Z') return bad_form(f, in, rule);
    int32_t millis = digits(in.at + 20, 3);
    if (millis < 0) return bad_form(f, in, rule);
    struct civil c;
    TRY(parse_head(in, &c, f));
    c.nanosecond = millis * 1000000;
    if (!instant_from_civil(&c, out)) return out_of_range(f, in);
    return OK;
}

static void put_digits(char *to, int32_t v, unsigned count) {
    for (unsigned i = count; i > 0; i--, v /= 10) to[i - 1] = (char)('0' + v % 10);
}

/* Writes "YYYY-MM-DDThh:mm:ss", a point and `places` digits of the fraction (no point when 0), and Z. */
static void append_civil(struct append *a, const struct civil *c, unsigned places) {
    char room[32] = "0000-00-00T00:00:00.000000000";
    put_digits(room, c->year, 4);
    put_digits(room + 5, c->month, 2);
    put_digits(room + 8, c->day, 2);
    put_digits(room + 11, c->hour, 2);
    put_digits(room + 14, c->minute, 2);
    put_digits(room + 17, c->second, 2);
    if (places == 3) put_digits(room + 20, c->nanosecond / 1000000, 3);
    else if (places > 0) put_digits(room + 20, c->nanosecond, 9);
    size_t size = places == 0 ? 19 : 20 + places;
    room[size] = 'Z';
    append_bytes(a, room, size + 1);
}

void append_instant(struct append *a, instant t) {
    assert(t != INSTANT_NONE);
    struct civil c = instant_to_civil(t);
    append_civil(a, &c, 3);
}

void append_instant_exact(struct append *a, instant t) {
    assert(t != INSTANT_NONE);
    struct civil c = instant_to_civil(t);
    unsigned places = c.nanosecond == 0 ? 0 : 9;
    for (int32_t rest = c.nanosecond; rest != 0 && rest % 10 == 0; rest /= 10) places--;
    append_civil(a, &c, places);
}
