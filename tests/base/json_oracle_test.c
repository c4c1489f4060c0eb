/* The JSON door against two oracles on random documents and mutations of them: jansson for the open dialect (what both
 * accept must also be the same tree), and a naive reading of FORMAT.md, "JSON", written for this test, for what the
 * Parley dialect refuses beyond that. Where the open dialect differs from jansson, on purpose:
 *   - depth over 32 (jansson: 2048)
 *   - integers beyond 64 bits (jansson here reads integers as reals)
 *   - a NUL (\u0000) in a name is accepted (jansson: refused)
 *   - a raw NUL is refused everywhere (jansson passes over one behind a number) */
/* jansson has four enumerators of the same names as ours; it gets others, and what uses them stands before ours come. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
static int is_object(const json_t *j) { return json_is_object(j); }
static int is_array(const json_t *j) { return json_is_array(j); }
static int is_string(const json_t *j) { return json_is_string(j); }
static int is_null(const json_t *j) { return json_is_null(j); }
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_NULL

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "seeded.h"

enum { ROOM = 4096 };

/* --- random documents --- */

static const char *const snippets[] = {
    "\"",       "\\",         "\\n",      "\\u0041", "\\u0000", "\\ud800",       "\\udc00", "\\ud83d\\ude00",
    "{",        "}",          "[",        "]",       ":",       ",",             " ",       "\t",
    "\r",       "\n",         "0",        "-0",      "1",       "-",             ".",       "e",
    "E+",       "1e400",      "1e-400",   "0.5",     "true",    "false",         "null",    "NaN",
    "Infinity", "\"a\":1",    "\"a\"",    "\xC3\xA9", "\xFF",   "\xED\xA0\x80",  "\x7F",    "\xE2\x80\xA8",
    "\xE2\x80\xAE", "\xE2\x81\xA6", "\xEF\xBF\xBF", "\xEF\xBB\xBF", "\xC2\x85", "123456789012345", "1234567890123456",
    "9007199254740993", "18446744073709551616", "-9223372036854775809", "[[[[[[[[", "]]]]]]]]", "//", "'", "\\/", "\x01"};
enum { SNIPPETS = sizeof snippets / sizeof *snippets };

static void random_string(struct append *a, struct seeded *s) {
    static const char *const pieces[] = {"a", "b", "c", " ", "\\\"", "\\\\", "\\n", "\\u0061", "\\t", "\\/", "\xC3\xA9", "\xE2\x82\xAC",
                                         "\xF0\x9F\x9B\xA9", "\\uD83D\\uDE00", "\xE2\x80\xA8", "\x7F"};
    append_char(a, '"');
    size_t most = seeded_below(s, 3) == 0 ? 16 : 7; /* many documents with plain texts only */
    for (uint64_t n = seeded_below(s, 4); n > 0; n--) append_str(a, pieces[seeded_below(s, most)]);
    append_char(a, '"');
}

static void random_number(struct append *a, struct seeded *s) {
    if (seeded_below(s, 3) == 0) append_char(a, '-');
    append_format(a, "%llu", (unsigned long long)(seeded_next(s) >> seeded_below(s, 64)));
    if (seeded_below(s, 2) == 0) append_format(a, ".%0*llu", (int)seeded_below(s, 8) + 1, (unsigned long long)seeded_below(s, 100));
    if (seeded_below(s, 6) == 0) append_format(a, "e%d", (int)seeded_below(s, 800) - 400);
}

static void random_space(struct append *a, struct seeded *s) {
    if (seeded_below(s, 8) == 0) append_char(a, " \n \n\t\r"[seeded_below(s, 6)]);
}

static void random_value(struct append *a, struct seeded *s, unsigned depth) {
    uint64_t kind = seeded_below(s, depth == 0 ? 4 : 7);
    random_space(a, s);
    if (kind == 0) {
        append_str(a, seeded_below(s, 2) == 0 ? "true" : seeded_below(s, 2) == 0 ? "false" : "null");
    } else if (kind == 1) {
        random_string(a, s);
    } else if (kind < 4) {
        random_number(a, s);
    } else {
        bool object = kind != 4;
        append_char(a, object ? '{' : '[');
        random_space(a, s);
        for (uint64_t i = 0, n = seeded_below(s, 5); i < n; i++) {
            if (i > 0) append_char(a, ',');
            if (object) {
                random_space(a, s);
                if (seeded_below(s, 3) == 0)
                    random_string(a, s);
                else
                    append_format(a, "\"m%u\"", (unsigned)i);
                random_space(a, s);
                append_char(a, ':');
            }
            random_value(a, s, depth - 1);
        }
        append_char(a, object ? '}' : ']');
    }
    random_space(a, s);
}

static size_t mutate(char *text, size_t size, struct seeded *s) {
    for (uint64_t n = seeded_below(s, 4); n > 0; n--) {
        size_t at = seeded_below(s, size + 1), run = seeded_below(s, 9);
        switch (seeded_below(s, 4)) {
            case 0: /* one byte */
                if (at < size) text[at] = (char)seeded_next(s);
                break;
            case 1: /* take out */
                if (run > size - at) run = size - at;
                memmove(text + at, text + at + run, size - at - run);
                size -= run;
                break;
            case 2: { /* put in */
                const char *snippet = snippets[seeded_below(s, SNIPPETS)];
                run = strlen(snippet);
                if (size + run > ROOM) break;
                memmove(text + at + run, text + at, size - at);
                memcpy(text + at, snippet, run);
                size += run;
                break;
            }
            default: { /* one piece again, elsewhere */
                size_t from = seeded_below(s, size + 1);
                if (run > size - from) run = size - from;
                if (size + run > ROOM) break;
                char piece[16];
                memcpy(piece, text + from, run);
                memmove(text + at + run, text + at, size - at);
                memcpy(text + at, piece, run);
                size += run;
            }
        }
    }
    return size;
}

/* --- jansson --- */

static void assert_same(const struct json *mine, const json_t *theirs) {
    switch (mine->kind) {
        case JSON_NULL: assert_true(is_null(theirs)); break;
        case JSON_BOOL: assert_true(mine->boolean ? json_is_true(theirs) : json_is_false(theirs)); break;
        case JSON_NUMBER: assert_true(json_is_real(theirs) && json_real_value(theirs) == mine->number); break;
        case JSON_STRING:
            assert_true(is_string(theirs));
            assert_int_equal(json_string_length(theirs), mine->string.size);
            assert_memory_equal(json_string_value(theirs), mine->string.at, mine->string.size);
            break;
        case JSON_ARRAY: {
            assert_true(is_array(theirs));
            assert_int_equal(json_array_size(theirs), mine->count);
            size_t i = 0;
            for (const struct json *m = json_first(mine); m != NULL; m = json_next(mine, m))
                assert_same(m, json_array_get(theirs, i++));
            assert_int_equal(i, mine->count);
            break;
        }
        case JSON_OBJECT: {
            assert_true(is_object(theirs));
            assert_int_equal(json_object_size(theirs), mine->count);
            for (const struct json *m = json_first(mine); m != NULL; m = json_next(mine, m))
                assert_same(m, json_object_getn(theirs, m->name.at, m->name.size));
        }
    }
}

/* --- FORMAT.md, naively: what of a document that is JSON is not for Parley --- */

static bool is_barred(uint32_t c) {
    return (c < 0x20) || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0xFDD0 && c <= 0xFDEF) || c % 0x10000 >= 0xFFFE;
}

/* At an opening quote; moves behind the closing one. */
static bool string_is_parley(const unsigned char *t, size_t *at) {
    bool good = true;
    for (++*at; t[*at] != '"';) {
        unsigned char b = t[*at];
        if (b == '\\') {
            good = good && strchr("\"\\n", t[*at + 1]) != NULL;
            *at += 2;
            continue;
        }
        size_t more = b < 0x80 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        uint32_t c = more == 0 ? b : b & (0x3Fu >> more);
        for (++*at; more > 0; more--) c = c << 6 | (t[(*at)++] & 0x3Fu);
        good = good && !is_barred(c);
    }
    ++*at;
    return good;
}

static bool number_is_parley(const unsigned char *t, size_t size, size_t *at) {
    bool negative = t[*at] == '-', exponent = false, zero = true;
    unsigned digits = 0;
    for (; *at < size && memchr("+-.0123456789eE", t[*at], 15) != NULL; ++*at) {
        exponent = exponent || t[*at] == 'e' || t[*at] == 'E';
        if (t[*at] < '0' || t[*at] > '9') continue;
        zero = zero && t[*at] == '0';
        digits += !zero;
    }
    return !exponent && digits <= 15 && !(zero && negative);
}

static bool is_parley(const char *text, size_t size) {
    const unsigned char *t = (const unsigned char *)text;
    bool good = true, begun = false;
    int depth = 0;
    for (size_t at = 0; at < size;) {
        unsigned char b = t[at];
        if (b == '\t' || b == '\r') good = false;
        if (!begun && b != ' ' && b != '\n') {
            begun = true;
            good = good && b == '{';
        }
        if (b == '"') {
            good = string_is_parley(t, &at) && good;
            continue;
        }
        if (b == '-' || (b >= '0' && b <= '9')) {
            good = number_is_parley(t, size, &at) && good;
            continue;
        }
        if (b == '{' || b == '[') good = ++depth <= 8 && good;
        if (b == '}' || b == ']') depth--;
        at++;
    }
    return good;
}

/* --- --- */

struct counts {
    unsigned both, neither, parley, differences;
};

static void check(struct json_reader *r, const char *text, size_t size, struct counts *n) {
    const struct json *top, *parley;
    struct fault f = {0};
    json_error_t error;
    bool mine = result_is_ok(json_parse(r, (struct text){text, size}, JSON_OPEN, &top, &f));
    json_t *theirs = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
                                &error);
    if (mine && theirs != NULL) {
        assert_same(top, theirs);
        n->both++;
    } else if (!mine && theirs == NULL) {
        n->neither++;
    } else {
        bool expected = memchr(text, 0, size) != NULL ? !mine
                        : mine ? strstr(error.text, "NUL byte in object key") != NULL
                               : strstr(f.message, "nested deeper than 32") != NULL ||
                                   strstr(f.message, "64-bit") != NULL;
        if (!expected)
            fail_msg("'%.*s': here %s, jansson %s", (int)size, text, mine ? "accepted" : f.message,
                     theirs != NULL ? "accepted" : error.text);
        n->differences++;
    }
    json_decref(theirs);
    bool strict = result_is_ok(json_parse(r, (struct text){text, size}, JSON_PARLEY, &parley, &f));
    if (strict != (mine && is_parley(text, size)))
        fail_msg("'%.*s': Parley %s", (int)size, text, strict ? "accepted" : f.message);
    n->parley += strict;
    if (!strict) {
        size_t offset = 0;
        if (sscanf(f.message, "byte %zu:", &offset) == 1) assert_true(offset <= size);
    }
}

static void as_jansson_and_a_naive_reading_have_it(void **state) {
    (void)state;
    struct json_reader *r = json_reader_new(ROOM);
    assert_non_null(r);
    struct seeded s = seeded_start(12);
    struct counts n = {0};
    const char *given = getenv("PARLEY_ROUNDS");
    unsigned long rounds = given != NULL ? strtoul(given, NULL, 10) : 40000;
    for (unsigned long i = 0; i < rounds; i++) {
        char text[ROOM];
        struct append a = append_fixed(text, ROOM);
        if (seeded_below(&s, 2) == 0) append_str(&a, "{\"x\":");
        bool object = a.size > 0;
        random_value(&a, &s, (unsigned)seeded_below(&s, 10));
        if (object) append_char(&a, '}');
        check(r, text, a.size, &n);
        for (int k = 0; k < 4; k++) {
            char changed[ROOM];
            memcpy(changed, text, a.size);
            size_t size = mutate(changed, a.size, &s);
            char *exact = malloc(size + 1); /* exact, so that the sanitizer sees a byte too far */
            memcpy(exact, changed, size);
            check(r, exact, size, &n);
            free(exact);
        }
    }
    fprintf(stderr, "# accepted by both %u, refused by both %u, stated differences %u, for Parley %u\n", n.both, n.neither,
            n.differences, n.parley);
    assert_true(n.both > rounds && n.neither > rounds && n.parley > rounds / 4);
    json_reader_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_jansson_and_a_naive_reading_have_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("json_oracle", tests, NULL, NULL);
}
