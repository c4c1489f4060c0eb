#include "core/dss_decode.h"

#include "base/utf8.h"

/* --- texts --- */

result dss_plain_text(struct text in, size_t longest, const char *field, struct fault *f) {
    if (in.size == 0) return fail(f, RESULT_MALFORMED, field, "must not be empty");
    if (in.size > longest) return fail(f, RESULT_MALFORMED, field, "'%.*s...': %zu bytes; at most %zu", DSS_SHOWN(in), in.size, longest);
    for (size_t at = 0, n; at < in.size; at += n) {
        uint32_t character;
        n = utf8_next(in.at + at, in.size - at, &character);
        if (n == 0) return fail(f, RESULT_MALFORMED, field, "the byte at offset %zu is no UTF-8", at);
    }
    return OK;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

result dss_unescape(const struct decoder *d, struct text in, struct text *out, struct fault *f) {
    void *room;
    TRY(decode_room(d, in.size + 1, 1, &room, f));
    char *at = room;
    size_t size = 0;
    for (size_t i = 0; i < in.size; i++) {
        char c = in.at[i];
        if (c == '%') {
            int high = i + 2 < in.size ? hex_digit(in.at[i + 1]) : -1, low = i + 2 < in.size ? hex_digit(in.at[i + 2]) : -1;
            if (high < 0 || low < 0) return fail(f, RESULT_MALFORMED, "", "'%.*s': two hex digits must follow a '%%'", DSS_SHOWN(in));
            c = (char)(high * 16 + low);
            i += 2;
        }
        at[size++] = c;
    }
    *out = (struct text){at, size};
    return size == 0 ? OK : dss_plain_text(*out, SIZE_MAX, "", f);
}

/* --- ids --- */

result dss_uuid(struct text in, int version, struct id *out, struct fault *f) {
    static const uint8_t hyphens[] = {8, 13, 18, 23};
    bool good = in.size == 36;
    for (size_t i = 0, n = 0, hyphen = 0; good && i < in.size; i++) {
        if (hyphen < sizeof hyphens && i == hyphens[hyphen]) {
            good = in.at[i] == '-';
            hyphen++;
            continue;
        }
        int digit = hex_digit(in.at[i]);
        good = digit >= 0;
        if (good) out->bytes[n / 2] = (uint8_t)(n % 2 ? out->bytes[n / 2] | digit : digit << 4);
        n++;
    }
    if (!good || out->bytes[6] >> 4 != version || out->bytes[8] >> 6 != 2)
        return fail(f, RESULT_MALFORMED, "", "'%.*s' must be a UUID of version %d (RFC 9562), as xxxxxxxx-xxxx-%dxxx-yxxx-xxxxxxxxxxxx", DSS_SHOWN(in), version, version);
    return OK;
}

result dss_get_uuid(const struct json *object, const char *name, bool required, int version, bool *has, struct id *out, struct fault *f) {
    struct text t = {NULL, 0};
    *has = json_member(object, name) != NULL;
    TRY(json_get_text(object, name, required, SIZE_MAX, &t, f));
    return *has ? decode_at(f, dss_uuid(t, version, out, f), name) : OK;
}

/* --- URLs (RFC 3986), as far as a base URL needs them --- */

static bool has_scheme(struct text in, const char *scheme, size_t *behind) {
    size_t n = strlen(scheme);
    if (in.size < n + 3 || memcmp(in.at + n, "://", 3) != 0) return false;
    for (size_t i = 0; i < n; i++)
        if ((in.at[i] | 0x20) != scheme[i]) return false;
    *behind = n + 3;
    return true;
}

static bool is_host_character(char c, bool literal) {
    if (c == '.' || hex_digit(c) >= 0) return true;
    return literal ? c == ':' : (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* What stands between the slashes: a name, an IPv4 address or an IPv6 one in brackets, and a port. */
static const char *host_fault(struct text host) {
    size_t at = 0, begin = 0;
    bool literal = host.size > 0 && host.at[0] == '[';
    if (memchr(host.at, '@', host.size) != NULL) return "has a user's name in it, which everybody would be told";
    if (literal) begin = ++at;
    while (at < host.size && is_host_character(host.at[at], literal)) at++;
    if (at == begin) return "has no host";
    if (literal && (at == host.size || host.at[at++] != ']')) return "has an address in brackets that does not end";
    if (at == host.size) return NULL;
    if (host.at[at++] != ':') return "has a character in its host that no host has";
    uint32_t port = 0;
    for (; at < host.size && host.at[at] >= '0' && host.at[at] <= '9' && port <= 65535; at++) port = port * 10 + (uint32_t)(host.at[at] - '0');
    return at < host.size || port > 65535 ? "has a port that is no number up to 65535" : NULL;
}

const char *dss_url_fault(struct text in, bool plain_http) {
    size_t at = 0;
    bool secure = has_scheme(in, "https", &at);
    if (!secure && !has_scheme(in, "http", &at)) return plain_http ? "must be a URL that begins with https:// or http://" : "must be a URL that begins with https://";
    for (size_t i = 0; i < in.size; i++)
        if (in.at[i] <= 0x20 || in.at[i] >= 0x7F || strchr("\"<>\\^`{|}", in.at[i]) != NULL) return "has a character that no URL has: space, control, \"<>\\^`{|} or none of ASCII";
    size_t end = at;
    while (end < in.size && strchr("/?#", in.at[end]) == NULL) end++;
    const char *why = host_fault((struct text){in.at + at, end - at});
    return why != NULL ? why : secure || plain_http ? NULL : "must begin with https://: this server takes no plain http";
}

result dss_get_url(const struct decoder *d, const struct json *object, const char *name, bool plain_http, struct text *out, struct fault *f) {
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, true, SIZE_MAX, &t, f));
    if (t.size > LIMIT_DSS_URL)
        return decode_at(f, fail(f, RESULT_MALFORMED, "", "'%.*s...': %zu bytes; at most %d", DSS_SHOWN(t), t.size, LIMIT_DSS_URL), name);
    const char *why = dss_url_fault(t, plain_http);
    if (why != NULL) return decode_at(f, fail(f, RESULT_MALFORMED, "", "'%.*s' %s", DSS_SHOWN(t), why), name);
    return decode_at(f, decode_keep(d, t, out, f), name);
}

/* --- times --- */

result dss_time(struct text in, bool up, instant *out, struct fault *f) { return instant_parse_rounded(in, up, out, f); }

static result read_time(const struct json *object, bool up, instant *out, struct fault *f) {
    struct text value = {NULL, 0};
    uint8_t format;
    static const char *const formats[] = {"RFC3339"};
    TRY(json_get_text(object, "value", true, SIZE_MAX, &value, f));
    TRY(dss_get_word(object, "format", formats, 1, false, &format, f));
    return decode_at(f, dss_time(value, up, out, f), "value");
}

result dss_get_time(const struct json *object, const char *name, bool required, bool up, bool *has, instant *out, struct fault *f) {
    const struct json *m = NULL;
    TRY(json_get_object(object, name, required, &m, f));
    *has = m != NULL;
    return m == NULL ? OK : decode_at(f, read_time(m, up, out, f), name);
}

/* --- words --- */

static bool same_word(struct text in, const char *word, bool any_case) {
    if (!any_case) return text_is(in, word);
    if (in.size != strlen(word)) return false;
    for (size_t i = 0; i < in.size; i++)
        if ((in.at[i] | 0x20) != (word[i] | 0x20)) return false; /* the words are letters alone */
    return true;
}

result dss_get_word(const struct json *object, const char *name, const char *const *words, uint32_t count, bool any_case, uint8_t *out, struct fault *f) {
    struct text t = {NULL, 0};
    char all[128];
    struct append list = append_fixed(all, sizeof all);
    TRY(json_get_text(object, name, true, SIZE_MAX, &t, f));
    for (uint32_t i = 0; i < count; i++) {
        if (same_word(t, words[i], any_case)) {
            *out = (uint8_t)i;
            return OK;
        }
        append_format(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    return decode_at(f, fail(f, RESULT_MALFORMED, "", "'%.*s' must be %.*s", DSS_SHOWN(t), TEXT_ARG(append_view(&list))), name);
}
