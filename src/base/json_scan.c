#include "base/json_scan.h"

#include <assert.h>

#include "base/limits.h"
#include "base/utf8.h"

/* The state of one pass. `open` are the containers not yet closed, the innermost last. */
struct scanner {
    struct json_scan *s;
    const uint8_t *text;
    size_t size, at, depth, deepest;
    bool strict; /* JSON_PARLEY */
    uint32_t open[JSON_OPEN_DEPTH];
    struct fault *f;
};

/* The path of the value that is being read: of the innermost container, then the last child begun in it. */
static void path_here(const struct scanner *c, char *room, size_t size) {
    if (c->s->count == 0) {
        memcpy(room, "/", 2);
        return;
    }
    /* json_path walks closed nodes by `next`; those still open have to span what is there so far. */
    for (size_t i = 0; i < c->depth; i++) c->s->nodes[c->open[i]].next = (uint32_t)(c->s->count - c->open[i]);
    json_path(c->s->nodes, c->s->count - 1, room, size);
}

static result broken(const struct scanner *c, size_t at, const char *rule) {
    char path[sizeof c->f->field];
    if (c->f != NULL) path_here(c, path, sizeof path);
    return fail(c->f, RESULT_MALFORMED, path, "byte %zu: %s", at, rule);
}

static int peek(const struct scanner *c) { return c->at < c->size ? c->text[c->at] : -1; }

/* A carriage return or tab between tokens would let a text show differently from what it says, so JSON_PARLEY has none. */
static void skip_space(struct scanner *c) {
    while (c->at < c->size) {
        uint8_t b = c->text[c->at];
        if (b != ' ' && b != '\n' && (c->strict || (b != '\t' && b != '\r'))) return;
        c->at++;
    }
}

/* --- strings --- */

static int hex_value(uint8_t b) {
    if (b >= '0' && b <= '9') return b - '0';
    if (b >= 'a' && b <= 'f') return b - 'a' + 10;
    if (b >= 'A' && b <= 'F') return b - 'A' + 10;
    return -1;
}

/* The four digits behind "\u" that stands at `at`; -1 when it is not there. */
static int32_t unicode_escape(const struct scanner *c, size_t at) {
    if (c->size - at < 6 || c->text[at] != '\\' || c->text[at + 1] != 'u') return -1;
    int32_t v = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_value(c->text[at + i]);
        if (digit < 0) return -1;
        v = v << 4 | digit;
    }
    return v;
}

static result scan_escape(struct scanner *c) {
    size_t at = c->at;
    int b = at + 1 < c->size ? c->text[at + 1] : -1;
    if (b == '"' || b == '\\' || b == 'n') {
        c->at += 2;
        return OK;
    }
    if (c->strict) return broken(c, at, "only the escapes \\\" \\\\ \\n are allowed");
    if (b != -1 && b != 0 && strchr("/bfrt", b) != NULL) {
        c->at += 2;
        return OK;
    }
    if (b != 'u') return broken(c, at, "unknown escape");
    int32_t first = unicode_escape(c, at);
    if (first < 0) return broken(c, at, "four hex digits must follow \\u");
    c->at += 6;
    if (first < 0xD800 || first > 0xDFFF) return OK;
    int32_t second = first < 0xDC00 ? unicode_escape(c, c->at) : -1;
    if (second < 0xDC00 || second > 0xDFFF) return broken(c, at, "lone surrogate");
    c->at += 6;
    return OK;
}

static result scan_character(struct scanner *c) {
    uint32_t character;
    size_t size = utf8_next(c->text + c->at, c->size - c->at, &character);
    if (size == 0) return broken(c, c->at, "not UTF-8");
    if (character < 0x20) return broken(c, c->at, "control character in a string");
    if (c->strict && utf8_barred(character))
        return broken(c, c->at, "control character, change of direction, line separator or noncharacter");
    c->at += size;
    return OK;
}

/* At an opening quote; *out is what stands between the quotes. */
static result scan_string(struct scanner *c, struct text *out) {
    size_t quote = c->at++;
    for (;;) {
        c->at += utf8_plain(c->text + c->at, c->size - c->at);
        int b = peek(c);
        if (b == '"') break;
        if (b == -1) return broken(c, quote, "the string does not end");
        TRY(b == '\\' ? scan_escape(c) : scan_character(c));
    }
    *out = (struct text){(const char *)c->text + quote + 1, c->at - quote - 1};
    c->at++;
    return OK;
}

/* --- numbers --- */

/* A number taken apart: significant digits as they stand (leading zeros off, the point among them), the decimal exponent of
 * the first, whether it is an integer in form. */
struct number {
    size_t first, digits; /* of the significant ones; digits == 0: it is zero */
    int64_t magnitude;    /* value = 0.d1d2d3... * 10^magnitude */
    bool negative, integer;
};

static bool is_digit(int b) { return b >= '0' && b <= '9'; }

/* Counts the digits at c->at into n; those behind the point lower the magnitude of what is zero so far. */
static void scan_digits(struct scanner *c, struct number *n, bool behind_point) {
    for (; is_digit(peek(c)); c->at++) {
        if (n->digits == 0 && c->text[c->at] == '0') {
            n->magnitude -= behind_point;
            continue;
        }
        if (n->digits++ == 0) n->first = c->at;
        n->magnitude += !behind_point;
    }
}

static result scan_exponent(struct scanner *c, struct number *n) {
    size_t at = c->at++;
    bool negative = peek(c) == '-';
    if (peek(c) == '-' || peek(c) == '+') c->at++;
    if (!is_digit(peek(c))) return broken(c, at, "digits must follow the exponent sign");
    int64_t v = 0;
    for (; is_digit(peek(c)); c->at++)
        if (v < INT32_MAX) v = v * 10 + (c->text[c->at] - '0'); /* beyond that it is out of range whatever follows */
    n->magnitude += negative ? -v : v;
    return OK;
}

/* Digits of n from the first significant one on against a text of digits, as if both had zeros behind them for ever. */
static int compare_digits(const struct scanner *c, const struct number *n, const char *bound) {
    size_t at = n->first, left = n->digits;
    for (; *bound != '\0' || left > 0; at++) {
        if (left > 0 && c->text[at] == '.') continue;
        int mine = left > 0 ? c->text[at] : '0', other = *bound != '\0' ? *bound++ : '0';
        if (left > 0) left--;
        if (mine != other) return mine < other ? -1 : 1;
    }
    return 0;
}

/* What no reader can hold: beyond a double (at 2^1024 - 2^970 rounding to nearest goes to infinity; its first digits decide,
 * the rest of its 309 digits are below what simdjson then refuses itself), or an integer beyond 64 bits. */
static bool too_large(const struct scanner *c, const struct number *n) {
    if (n->digits == 0) return false;
    if (n->integer && n->magnitude >= 19) {
        if (n->negative) return n->magnitude > 19 || compare_digits(c, n, "9223372036854775808") > 0;
        return n->magnitude > 20 || (n->magnitude == 20 && compare_digits(c, n, "18446744073709551615") > 0);
    }
    if (n->magnitude != 309) return n->magnitude > 309;
    return compare_digits(c, n, "17976931348623159") >= 0;
}

static result check_strict(const struct scanner *c, size_t at, const struct number *n) {
    if (n->negative && n->digits == 0) return broken(c, at, "-0 is not allowed");
    if (n->digits > LIMIT_JSON_DIGITS) return broken(c, at, "more than 15 significant digits");
    return OK;
}

static result scan_number(struct scanner *c, struct text *out) {
    size_t at = c->at;
    struct number n = {.integer = true};
    if (peek(c) == '-') {
        n.negative = true;
        c->at++;
    }
    if (!is_digit(peek(c))) return broken(c, at, "digits must follow the minus sign");
    if (c->text[c->at] == '0' && c->at + 1 < c->size && is_digit(c->text[c->at + 1]))
        return broken(c, at, "a number must not begin with 0 and another digit");
    scan_digits(c, &n, false);
    if (peek(c) == '.') {
        n.integer = false;
        c->at++;
        if (!is_digit(peek(c))) return broken(c, at, "digits must follow the point");
        scan_digits(c, &n, true);
    }
    if (peek(c) == 'e' || peek(c) == 'E') {
        if (c->strict) return broken(c, c->at, "exponents are not allowed");
        n.integer = false;
        TRY(scan_exponent(c, &n));
    }
    if (c->strict) TRY(check_strict(c, at, &n));
    if (too_large(c, &n)) return broken(c, at, "the number is beyond the range of doubles or 64-bit integers");
    *out = (struct text){(const char *)c->text + at, c->at - at};
    return OK;
}

/* --- structure --- */

static struct json *innermost(const struct scanner *c) {
    return c->depth == 0 ? NULL : &c->s->nodes[c->open[c->depth - 1]];
}

static const char no_value[] = "not a JSON value (object, array, string, number, true, false, null)";

static result scan_word(struct scanner *c, const char *word) {
    size_t size = strlen(word);
    if (c->size - c->at < size || memcmp(c->text + c->at, word, size) != 0) return broken(c, c->at, no_value);
    c->at += size;
    return OK;
}

static result open_container(struct scanner *c) {
    if (c->depth == c->deepest)
        return broken(c, c->at, c->strict ? "nested deeper than 8" : "nested deeper than 32");
    c->open[c->depth++] = (uint32_t)(c->s->count - 1);
    c->at++;
    return OK;
}

/* The name and colon before a member's value: the next node's. */
static result scan_name(struct scanner *c, struct text *name, size_t *name_at) {
    skip_space(c);
    if (peek(c) != '"') return broken(c, c->at, "a member's name in quotes must stand here");
    *name_at = c->at;
    TRY(scan_string(c, name));
    skip_space(c);
    if (peek(c) != ':') return broken(c, c->at, "a colon must follow a member's name");
    c->at++;
    return OK;
}

static enum json_kind kind_at(const struct scanner *c) {
    switch (peek(c)) {
        case '{': return JSON_OBJECT;
        case '[': return JSON_ARRAY;
        case '"': return JSON_STRING;
        case 't':
        case 'f': return JSON_BOOL;
        case 'n': return JSON_NULL;
        default: return JSON_NUMBER;
    }
}

static result scan_value(struct scanner *c) {
    struct text name = {"", 0};
    size_t name_at = c->at;
    struct json *parent = innermost(c);
    if (parent != NULL && parent->kind == JSON_OBJECT) TRY(scan_name(c, &name, &name_at));
    skip_space(c);
    enum json_kind kind = kind_at(c);
    if (c->s->count == 0 && c->strict && kind != JSON_OBJECT) return broken(c, c->at, "the text must be an object");
    assert(c->s->count < json_scan_nodes(c->size));
    if (parent != NULL) parent->count++;
    c->s->name_at[c->s->count] = (uint32_t)name_at;
    struct json *node = &c->s->nodes[c->s->count++];
    *node = (struct json){.kind = kind, .name = name, .string = {"", 0}, .next = 1};
    switch (kind) {
        case JSON_OBJECT:
        case JSON_ARRAY: return open_container(c);
        case JSON_STRING: return scan_string(c, &node->string);
        case JSON_BOOL: return scan_word(c, peek(c) == 't' ? "true" : "false");
        case JSON_NULL: return scan_word(c, "null");
        case JSON_NUMBER: break;
    }
    if (!is_digit(peek(c)) && peek(c) != '-') return broken(c, c->at, no_value);
    return scan_number(c, &node->string);
}

/* Behind a value or an opening bracket: closes what closes here. *more: another value of the innermost container follows. */
static result scan_between(struct scanner *c, bool *more) {
    *more = false;
    while (c->depth > 0) {
        struct json *inner = innermost(c);
        bool object = inner->kind == JSON_OBJECT;
        skip_space(c);
        int b = peek(c);
        if (b == (object ? '}' : ']')) {
            inner->next = (uint32_t)(c->s->count - c->open[c->depth - 1]);
            c->depth--;
            c->at++;
            continue;
        }
        *more = true;
        if (inner->count == 0 && c->open[c->depth - 1] == c->s->count - 1) return OK; /* its first value */
        if (b != ',') {
            if (b == -1) return broken(c, c->at, object ? "the object does not end" : "the array does not end");
            return broken(c, c->at, object ? "a comma or } must stand here" : "a comma or ] must stand here");
        }
        c->at++;
        return OK;
    }
    return OK;
}

result json_scan(struct json_scan *s, struct fault *f) {
    struct scanner c = {.s = s,
                        .text = (const uint8_t *)s->text.at,
                        .size = s->text.size,
                        .strict = s->dialect == JSON_PARLEY,
                        .deepest = s->dialect == JSON_PARLEY ? LIMIT_JSON_DEPTH : JSON_OPEN_DEPTH,
                        .f = f};
    s->count = 0;
    if (c.size >= 3 && memcmp(c.text, "\xEF\xBB\xBF", 3) == 0) return broken(&c, 0, "byte order mark");
    bool more = true;
    while (more) {
        TRY(scan_value(&c));
        TRY(scan_between(&c, &more));
    }
    skip_space(&c);
    if (c.at < c.size) return broken(&c, c.at, "nothing may follow the value");
    return OK;
}

/* --- paths --- */

/* One step of a JSON pointer: '~' and '/' are escaped. */
static void append_step(struct append *a, struct text name) {
    append_char(a, '/');
    for (size_t i = 0; i < name.size && !a->full; i++) {
        if (name.at[i] == '~')
            append_str(a, "~0");
        else if (name.at[i] == '/')
            append_str(a, "~1");
        else
            append_char(a, name.at[i]);
    }
}

void json_path(const struct json *nodes, size_t node, char *room, size_t size) {
    assert(size >= 2);
    struct append a = append_fixed(room, size - 1);
    size_t at = 0;
    while (at < node && !a.full) {
        /* The child of `at` that is `node` or holds it. */
        bool object = nodes[at].kind == JSON_OBJECT;
        size_t child = at + 1, index = 0;
        while (child + nodes[child].next <= node) {
            child += nodes[child].next;
            index++;
        }
        if (object) {
            append_step(&a, nodes[child].name);
        } else {
            append_char(&a, '/');
            append_decimal(&a, (int64_t)index);
        }
        at = child;
    }
    if (a.size == 0) append_char(&a, '/');
    room[a.size] = '\0';
}
