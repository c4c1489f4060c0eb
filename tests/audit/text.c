/* Texts, times, numbers, JSON: by jansson, and by hand where jansson would lose digits. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

void *list_grow(void *at, size_t *room, size_t count, size_t each) {
    if (count == *room) {
        *room = *room ? 2 * *room : 8;
        at = realloc(at, *room * each);
        if (!at) abort();
    }
    memset((char *)at + count * each, 0, each);
    return at;
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }
bool hex_read(const char *at, size_t size, void *out, size_t want) {
    uint8_t *to = out;
    if (size != 2 * want) return false;
    for (size_t i = 0; i < want; i++) {
        int high = digit(at[2 * i]), low = digit(at[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        to[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
void hex_write(const void *at, size_t size, char *out) {
    for (size_t i = 0; i < size; i++) snprintf(out + 2 * i, 3, "%02x", ((const uint8_t *)at)[i]);
    out[2 * size] = '\0';
}

/* ---- time ---- */
static int64_t days_of(int64_t y, int m, int d) { /* since 1970, proleptic Gregorian */
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of * 365 + of / 4 - of / 100 + day - 719468;
}
static bool zone_read(const char *at, int64_t *seconds) {
    int h, m, used = 0;
    *seconds = 0;
    if (strcmp(at, "Z") == 0 || strcmp(at, "z") == 0) return true;
    if ((at[0] != '+' && at[0] != '-') || sscanf(at + 1, "%2d:%2d%n", &h, &m, &used) != 2 || at[1 + used] != '\0') return false;
    *seconds = (at[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
    return true;
}
bool time_read(const char *text, int64_t *out) {
    int y, mo, d, h, mi, s, used = 0;
    if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &y, &mo, &d, &h, &mi, &s, &used) != 6) return false;
    int64_t fraction = 0, unit = SECOND;
    const char *at = text + used;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) {
            unit /= 10;
            fraction += unit * (*at - '0');
        }
    int64_t zone;
    if (!zone_read(at, &zone)) return false;
    *out = ((days_of(y, mo, d) * 86400) + h * 3600 + mi * 60 + s - zone) * SECOND + fraction;
    return true;
}
void time_write(int64_t t, char out[40]) {
    int64_t ms = t / 1000000 - (t % 1000000 < 0), s = ms / 1000 - (ms % 1000 < 0), day = s / 86400 - (s % 86400 < 0);
    int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp + (mp < 10 ? 3 : -9), y = yoe + era * 400 + (m <= 2), in = s - day * 86400;
    snprintf(out, 40, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100, (unsigned)(in / 3600) % 100,
             (unsigned)(in / 60 % 60), (unsigned)(in % 60), (unsigned)(ms - s * 1000) % 1000);
}

static int64_t ms_up(int64_t ns) { return ns / 1000000 + (ns % 1000000 > 0); }
int64_t lead_ms(int64_t start, int64_t at) { return start == at ? 0 : start / 1000000 - (start % 1000000 < 0) - ms_up(at); }
int64_t short_ms(int64_t start, int64_t at, int64_t agreed) { return start - at >= agreed ? 0 : ms_up(agreed) - lead_ms(start, at); }

/* ---- numbers: at most 15 digits came, so %.15g gives them back ---- */
bool number_scaled(const json_t *j, int places, int64_t *out) {
    char text[64];
    if (json_is_integer(j)) snprintf(text, sizeof text, "%lld", (long long)json_integer_value(j));
    else if (json_is_real(j)) snprintf(text, sizeof text, "%.15g", json_real_value(j));
    else return false;
    __int128 value = 0;
    int point = 0, exponent = 0, after = 0;
    const char *at = text + (text[0] == '-');
    for (; *at && *at != 'e'; at++) {
        if (*at == '.') point = 1;
        else value = value * 10 + (*at - '0'), after += point;
    }
    if (*at == 'e') exponent = atoi(at + 1);
    int shift = places - after + exponent;
    for (; shift > 0; shift--) value *= 10;
    if (shift < 0) {
        __int128 by = 1;
        for (; shift < 0; shift++) by *= 10;
        value = (value + by / 2) / by;
    }
    *out = (int64_t)(text[0] == '-' ? -value : value);
    return true;
}
const char *text_of(const json_t *object, const char *member) {
    const char *t = json_string_value(json_object_get(object, member));
    return t ? t : "";
}
int64_t scaled_of(const json_t *object, const char *member, int places, int64_t absent) {
    int64_t v;
    return number_scaled(json_object_get(object, member), places, &v) ? v : absent;
}
int64_t time_of(const json_t *object, const char *member, int64_t absent) {
    int64_t t;
    return time_read(text_of(object, member), &t) ? t : absent;
}
bool entity_read(const char *text, char party[NAME], char id[33]) {
    const char *slash = strchr(text, '/');
    if (!slash || slash - text >= NAME || strlen(slash + 1) != 32) return false;
    snprintf(party, NAME, "%.*s", (int)(slash - text), text);
    memcpy(id, slash + 1, 33);
    return true;
}
bool same(const struct hash *a, const struct hash *b) { return memcmp(a->at, b->at, sizeof a->at) == 0; }
bool bytes_have(const char *at, size_t size, const char *word) { return memmem(at, size, word, strlen(word)) != NULL; }

json_t *parse(const char *at, size_t size, bool reals) {
    return json_loadb(at, size, JSON_REJECT_DUPLICATES | (reals ? JSON_DECODE_INT_AS_REAL : 0), NULL);
}
