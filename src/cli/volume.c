#include "cli/volume.h"

#include <stdlib.h>
#include <string.h>

const char volume_help[] =
    "Shapes: --polygon 'LAT,LNG LAT,LNG LAT,LNG …', --circle 'LAT,LNG,RADIUS', --corridor 'WIDTH LAT,LNG LAT,LNG …' "
    "(WIDTH is the whole width; a corridor of one point is a circle of that diameter), each as often as needed; degrees WGS 84. RADIUS and WIDTH have their unit: 9260m, 9.26km or 5NM. "
    "--lower and --upper: SFC, FL245, 1500m or 4500ft (above mean sea level; ':W84' or ':SFC' behind says otherwise), UNL; an upper limit below the lower one is refused, FL100 counting as 10000ft. "
    "--from and --to: RFC 3339, or +90m, +2h, +1d, or the next HH:MM UTC; --from counts from now, --to from --from.";

static bool decimal(struct text t) {
    size_t i = 0, digits = 0, dots = 0;
    if (i < t.size && t.at[i] == '-') i++;
    for (; i < t.size; i++) {
        if (t.at[i] >= '0' && t.at[i] <= '9') digits++;
        else if (t.at[i] == '.' && digits > 0 && i + 1 < t.size) dots++;
        else return false;
    }
    return digits > 0 && digits <= 15 && dots <= 1;
}

/* A decimal as JSON writes it: people write FL080 and 007.5, JSON has neither leading zeros nor -0. */
static void append_plain(struct append *out, struct text t) {
    size_t from = t.at[0] == '-', zeros = strspn(t.at + from, "0.");
    bool zero = from + zeros >= t.size;
    while (from + 1 < t.size && t.at[from] == '0' && t.at[from + 1] != '.') from++;
    if (t.at[0] == '-' && !zero) append_char(out, '-');
    append_bytes(out, t.at + from, t.size - from);
}

static struct text without(struct text t, const char *suffix) {
    size_t size = strlen(suffix);
    if (t.size > size && memcmp(t.at + t.size - size, suffix, size) == 0) t.size -= size;
    return t;
}

/* The next run of characters other than spaces; empty at the end. */
static struct text next_word(struct text *rest) {
    while (rest->size > 0 && (rest->at[0] == ' ' || rest->at[0] == '\n')) rest->at++, rest->size--;
    struct text word = {rest->at, 0};
    while (word.size < rest->size && word.at[word.size] != ' ' && word.at[word.size] != '\n') word.size++;
    rest->at += word.size;
    rest->size -= word.size;
    return word;
}

/* The first such time of a day from `least` on. */
static result clock_time(const char *value, instant least, instant *out) {
    int hour, minute, second = 0, used = 0;
    if (strspn(value, "0123456789:") != strlen(value)) return result_of(RESULT_MALFORMED); /* sscanf takes signs and blanks: "12:+5" */
    if (sscanf(value, "%2d:%2d%n", &hour, &minute, &used) != 2 || used < 4) return result_of(RESULT_MALFORMED);
    if (value[used] == ':' && sscanf(value + used, ":%2d%n", &second, &(int){0}) == 1) used += 3;
    if (value[used] != '\0' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return result_of(RESULT_MALFORMED);
    struct civil day = instant_to_civil(least);
    day.hour = hour, day.minute = minute, day.second = second, day.nanosecond = 0;
    if (!instant_from_civil(&day, out)) return result_of(RESULT_RANGE);
    if (*out < least) *out += INSTANT_DAY;
    return OK;
}

result volume_instant_nearest(const char *option, const char *value, instant now, instant *out, struct fault *f) {
    if (strlen(value) <= 8 && result_is_ok(clock_time(value, now - INSTANT_DAY / 2 + 1, out))) return OK;
    return volume_instant(option, value, now, out, f);
}

result volume_instant(const char *option, const char *value, instant now, instant *out, struct fault *f) {
    if (value[0] == '+' || value[0] == '-') {
        uint64_t seconds;
        TRY(volume_seconds(option, value + 1, &seconds, f));
        int64_t span = (int64_t)seconds * INSTANT_SECOND;
        *out = value[0] == '+' ? now + span : now - span;
        return OK;
    }
    if (strlen(value) <= 8 && result_is_ok(clock_time(value, now, out))) return OK;
    enum { TO_THE_MINUTE = 16 }; /* 2026-11-23T10:00Z, which RFC 3339 does not know */
    char whole[40];
    struct fault inner = {0}, ignored;
    if (result_is_ok(instant_parse(text_of(value), out, &inner))) return OK;
    if (inner.code == RESULT_RANGE) return fail(f, RESULT_USAGE, option, "%s", inner.message); /* the form is right: 'X': day must be … */
    size_t size = strlen(value);
    if (size > TO_THE_MINUTE && size < sizeof whole - 3 && value[TO_THE_MINUTE] != ':') {
        snprintf(whole, sizeof whole, "%.*s:00%s", (int)TO_THE_MINUTE, value, value + TO_THE_MINUTE);
        if (result_is_ok(instant_parse(text_of(whole), out, &ignored))) return OK;
    }
    return fail(f, RESULT_USAGE, option, "'%s' is no time such as 2026-11-23T10:00:00Z (RFC 3339; to the minute too), +90m or 14:30", value);
}

result volume_seconds(const char *option, const char *value, uint64_t *out, struct fault *f) {
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'\0', 1}};
    char *end = NULL;
    unsigned long long count = strtoull(value, &end, 10);
    for (size_t i = 0; value[0] >= '0' && value[0] <= '9' && i < sizeof units / sizeof units[0]; i++)
        if (*end == units[i].unit && (*end == '\0' || end[1] == '\0') && count <= 3153600000u / units[i].seconds) {
            *out = count * units[i].seconds;
            return OK;
        }
    return fail(f, RESULT_USAGE, option, "'%s' is no span of time such as 90s, 15m, 2h or 7d (at most 100 years)", value);
}

result volume_metres(const char *option, const char *value, struct append *out, struct fault *f) {
    static const struct {
        const char *unit;
        double metres;
    } units[] = {{"NM", 1852}, {"nm", 1852}, {"km", 1000}, {"m", 1}};
    struct text given = text_of(value);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct text number = without(given, units[i].unit);
        if (number.size == given.size || !decimal(number) || number.at[0] == '-') continue;
        double metres = strtod(value, NULL) * units[i].metres;
        if (metres <= 0 || metres > 2.0e7) break;
        append_format(out, "%.2f", metres);
        return OK;
    }
    if (decimal(given) && given.at[0] != '-') /* 5 is miles to one, metres to another: a reach is never guessed */
        return fail(f, RESULT_USAGE, option, "'%s' needs its unit: %sm, %skm or %sNM?", value, value, value, value);
    return fail(f, RESULT_USAGE, option, "'%s' is no distance such as 9260m, 9.26km or 5NM, above 0 and up to 20,000 km", value);
}

result volume_decimal(const char *option, const char *value, struct append *out, struct fault *f) {
    if (!decimal(text_of(value)) || value[0] == '-') return fail(f, RESULT_USAGE, option, "'%s' is not a number such as 0.5", value);
    append_plain(out, text_of(value));
    return OK;
}

result volume_altitude(const char *option, const char *value, bool upper, struct append *out, struct fault *f) {
    struct text t = text_of(value);
    const char *reference = "AMSL";
    if (upper && text_is(t, "UNL")) {
        append_str(out, "\"UNL\"");
        return OK;
    }
    if (text_is(t, "SFC") || text_is(t, "GND")) {
        append_str(out, "{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"}");
        return OK;
    }
    if (t.size > 2 && memcmp(t.at, "FL", 2) == 0 && decimal((struct text){t.at + 2, t.size - 2})) {
        append_str(out, "{\"value\":");
        append_plain(out, (struct text){t.at + 2, t.size - 2});
        append_str(out, ",\"reference\":\"FL\",\"units\":\"FL\"}");
        return OK;
    }
    const char *colon = strchr(value, ':');
    if (colon != NULL) {
        t.size = (size_t)(colon - value);
        reference = colon + 1;
    }
    bool known = strcmp(reference, "AMSL") == 0 || strcmp(reference, "W84") == 0 || strcmp(reference, "SFC") == 0;
    if (known && decimal(t) && !text_is(t, "0")) /* 250 is FL250 to one, feet to another: a limit is never guessed */
        return fail(f, RESULT_USAGE, option, "'%s' has no unit: FL%.*s, %.*sm or %.*sft?", value, TEXT_ARG(t), TEXT_ARG(t), TEXT_ARG(t));
    struct text feet = without(t, "ft"), metres = without(t, "m");
    bool in_feet = feet.size < t.size;
    struct text number = in_feet ? feet : metres;
    if (!known || !decimal(number))
        return fail(f, RESULT_USAGE, option, "'%s' is no altitude such as SFC, FL245, 1500m, 4500ft:W84%s", value, upper ? " or UNL" : "");
    append_str(out, "{\"value\":");
    append_plain(out, number);
    append_format(out, ",\"reference\":\"%s\",\"units\":\"%s\"}", reference, in_feet ? "FT" : "M");
    return OK;
}

result volume_position(const char *option, struct text value, struct append *out, struct fault *f) {
    const char *comma = memchr(value.at, ',', value.size);
    struct text lat = {value.at, comma != NULL ? (size_t)(comma - value.at) : 0};
    struct text lng = {comma != NULL ? comma + 1 : value.at, comma != NULL ? value.size - lat.size - 1 : 0};
    if (!decimal(lat) || !decimal(lng))
        return fail(f, RESULT_USAGE, option, "'%.*s' is no position LAT,LNG in decimal degrees", TEXT_ARG(value));
    append_str(out, "{\"lat\":");
    append_plain(out, lat);
    append_str(out, ",\"lng\":");
    append_plain(out, lng);
    append_char(out, '}');
    return OK;
}

static result positions(const char *option, struct text rest, struct append *out, struct fault *f) {
    bool first = true;
    append_char(out, '[');
    for (struct text word = next_word(&rest); word.size > 0; word = next_word(&rest)) {
        if (!first) append_char(out, ',');
        first = false;
        TRY(volume_position(option, word, out, f));
    }
    append_char(out, ']');
    return OK;
}

static result circle(const char *value, struct append *out, struct fault *f) {
    const char *comma = strchr(value, ','), *second = comma != NULL ? strchr(comma + 1, ',') : NULL;
    if (second == NULL) return fail(f, RESULT_USAGE, "--circle", "'%s' is not LAT,LNG,RADIUS", value);
    append_str(out, "\"circle\":{\"center\":");
    TRY(volume_position("--circle", (struct text){value, (size_t)(second - value)}, out, f));
    append_str(out, ",\"radius_m\":");
    TRY(volume_metres("--circle", second + 1, out, f));
    append_char(out, '}');
    return OK;
}

static result corridor(const char *value, struct append *out, struct fault *f) {
    struct text rest = text_of(value), width = next_word(&rest);
    char number[64];
    snprintf(number, sizeof number, "%.*s", TEXT_ARG(width));
    append_str(out, "\"corridor\":{\"path\":");
    TRY(positions("--corridor", rest, out, f));
    append_str(out, ",\"width_m\":");
    TRY(volume_metres("--corridor", number, out, f));
    append_char(out, '}');
    return OK;
}

/* Metres above sea level in the standard atmosphere, over ground at sea level, of what volume_altitude took. */
static double nominal_metres(const char *value) {
    if (strncmp(value, "FL", 2) == 0) return strtod(value + 2, NULL) * 30.48;
    return strtod(value, NULL) * (strstr(value, "ft") != NULL ? 0.3048 : 1); /* SFC and GND are no numbers: 0 */
}

/* The server cannot know it of limits unlike in reference, where pressure, ground and geoid play a part, and takes what could be right; whoever types
 * it can be asked. Height over a ground that may be high is left alone as upper limit. */
static result band_ordered(const char *lower, const char *upper, struct fault *f) {
    const char *colon = strchr(upper, ':'), *below = strchr(lower, ':');
    bool over_ground = colon != NULL && strcmp(colon, ":SFC") == 0 && nominal_metres(upper) > 0 && (below == NULL || strcmp(below, ":SFC") != 0);
    if (strcmp(upper, "UNL") == 0 || over_ground || nominal_metres(lower) <= nominal_metres(upper)) return OK;
    return fail(f, RESULT_USAGE, "--upper", "'%s' is below --lower '%s'", upper, lower);
}

static result band_and_time(const struct cli *c, bool times, instant now, struct append *out, struct fault *f) {
    const char *lower = cli_get(c, "lower"), *upper = cli_get(c, "upper"), *from = cli_get(c, "from"), *to = cli_get(c, "to");
    if (lower == NULL || upper == NULL) return fail(f, RESULT_USAGE, lower == NULL ? "--lower" : "--upper", "is needed with a shape");
    append_str(out, ",\"lower\":");
    TRY(volume_altitude("--lower", lower, false, out, f));
    append_str(out, ",\"upper\":");
    TRY(volume_altitude("--upper", upper, true, out, f));
    TRY(band_ordered(lower, upper, f));
    if (!times && from == NULL && to == NULL) return OK;
    if (from == NULL || to == NULL) return fail(f, RESULT_USAGE, from == NULL ? "--from" : "--to", "is needed with a shape");
    instant start, end;
    TRY(volume_instant("--from", from, now, &start, f));
    TRY(volume_instant("--to", to, start, &end, f));
    if (end <= start) return fail(f, RESULT_USAGE, "--to", "'%s' is not after --from '%s'", to, from);
    if (end <= now && !cli_has(c, "late-entry"))
        return fail(f, RESULT_USAGE, "--to", "'%s' is past%s", to, strncmp(c->command->name, "notice", 6) == 0 ? "; --late-entry says that it is typed in after the fact" : "");
    append_str(out, ",\"start\":\"");
    append_instant(out, start);
    append_str(out, "\",\"end\":\"");
    append_instant(out, end);
    append_char(out, '"');
    return OK;
}

result volume_list(const struct cli *c, bool times, instant now, struct append *out, struct fault *f) {
    static const char *const shapes[] = {"polygon", "circle", "corridor"};
    bool first = true;
    append_str(out, "\"volumes\":[");
    for (int kind = 0; kind < 3; kind++)
        for (unsigned i = 0; cli_nth(c, shapes[kind], i) != NULL; i++) {
            const char *value = cli_nth(c, shapes[kind], i);
            append_str(out, first ? "{" : ",{");
            first = false;
            if (kind == 0) {
                append_str(out, "\"polygon\":");
                TRY(positions("--polygon", text_of(value), out, f));
            } else {
                TRY(kind == 1 ? circle(value, out, f) : corridor(value, out, f));
            }
            TRY(band_and_time(c, times, now, out, f));
            append_char(out, '}');
        }
    append_char(out, ']');
    if (first) return fail(f, RESULT_USAGE, "--polygon", "no shape: give --polygon, --circle or --corridor");
    return OK;
}
