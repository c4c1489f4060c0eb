#include "notam/notam_scan.h"

char scan_char(struct text t, size_t at) {
    if (at >= t.size) return 0;
    char c = t.at[at];
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool scan_is_digit(char c) { return c >= '0' && c <= '9'; }
bool scan_is_letter(char c) { return c >= 'A' && c <= 'Z'; }
bool scan_is_alnum(char c) { return scan_is_digit(c) || scan_is_letter(c); }
bool scan_is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

size_t scan_skip(struct text t, size_t at) {
    while (scan_is_space(scan_char(t, at))) at++;
    return at;
}

bool scan_number(struct text t, size_t at, size_t count, uint32_t *value) {
    uint32_t v = 0;
    for (size_t i = 0; i < count; i++) {
        char c = scan_char(t, at + i);
        if (!scan_is_digit(c)) return false;
        v = v * 10 + (uint32_t)(c - '0');
    }
    *value = v;
    return count > 0 && count <= 9;
}

size_t scan_digit_count(struct text t, size_t at) {
    size_t n = 0;
    while (scan_is_digit(scan_char(t, at + n))) n++;
    return n;
}

bool scan_has(struct text t, size_t at, const char *word) {
    size_t i = 0;
    for (; word[i] != 0; i++)
        if (scan_char(t, at + i) != word[i]) return false;
    return i > 0;
}

bool scan_has_word(struct text t, size_t at, const char *word) {
    if (at > 0 && scan_is_alnum(scan_char(t, at - 1))) return false;
    return scan_has(t, at, word) && !scan_is_alnum(scan_char(t, at + strlen(word)));
}

size_t scan_find_word(struct text t, size_t from, size_t to, const char *word) {
    for (size_t i = from; i < to && i < t.size; i++)
        if (scan_has_word(t, i, word)) return i;
    return SCAN_NONE;
}


struct text scan_part(struct text t, size_t from, size_t to) {
    if (to > t.size) to = t.size;
    if (from > to) from = to;
    return (struct text){t.at == NULL ? NULL : t.at + from, to - from};
}

struct text scan_trim(struct text t) {
    size_t from = scan_skip(t, 0), to = t.size;
    while (to > from && scan_is_space(scan_char(t, to - 1))) to--;
    return scan_part(t, from, to);
}

struct text scan_next_run(struct text t, size_t *at) {
    size_t from = scan_skip(t, *at), to = from;
    while (to < t.size && !scan_is_space(scan_char(t, to))) to++;
    *at = to;
    return scan_part(t, from, to);
}
