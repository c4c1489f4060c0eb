#include "door/key_url.h"

#include <string.h>

static size_t scheme(const char *s) { return strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0; }
bool key_url_is(const char *source) { return scheme(source) > 0; }

/* Between the scheme and the path: all of it, and what stands behind name and password. A backslash is a slash to some readers of URLs. */
struct authority { struct text all, place; };
static struct authority authority_of(const char *url) {
    const char *at = url + scheme(url);
    struct authority a = {.all = {at, strcspn(at, "/\\?#")}};
    a.place = a.all;
    for (size_t i = 0; i < a.all.size; i++) /* the last one: a password may have an '@' of its own */
        if (at[i] == '@') a.place = (struct text){at + i + 1, a.all.size - i - 1};
    return a;
}

struct text key_url_secret(const char *source) {
    struct authority a = authority_of(source);
    return scheme(source) == 0 || a.place.at == a.all.at ? (struct text){NULL, 0} : (struct text){a.all.at, a.all.size - a.place.size - 1};
}

void key_url_show(const char *source, struct append *out) {
    size_t begin = scheme(source);
    if (begin == 0) {
        append_str(out, source);
        return;
    }
    struct authority a = authority_of(source);
    const char *rest = a.all.at + a.all.size;
    append_bytes(out, source, begin);
    append_text(out, a.place);
    append_bytes(out, rest, strcspn(rest, "?#"));
    if (strchr(rest, '?') != NULL) append_str(out, "?...");
}

bool key_url_open_line(const char *source) {
    if (scheme(source) != 7) return false;
    struct text p = authority_of(source).place;
    if (p.size >= 5 && memcmp(p.at, "[::1]", 5) == 0 && (p.size == 5 || p.at[5] == ':')) return false;
    size_t host = 0;
    while (host < p.size && p.at[host] != ':') host++;
    if (host == 9 && strncasecmp(p.at, "localhost", 9) == 0) return false;
    unsigned parts = 1, digits = 0; /* an address in full: "127.evil.example" is a name */
    for (size_t i = 0; i < host; i++) {
        if (p.at[i] == '.') parts++, digits = 0;
        else if (p.at[i] < '0' || p.at[i] > '9' || ++digits > 3) return true;
    }
    return parts != 4 || strncmp(p.at, "127.", 4) != 0;
}
