/* What two oracles say of a JSON text: jansson for the open dialect (what both accept must also be the same tree), and a naive reading of
 * FORMAT.md, "JSON", written for this test, for what the Parley dialect refuses beyond that. Where the open dialect differs from jansson,
 * on purpose:
 *   - depth over 32 (jansson: 2048)
 *   - integers beyond 64 bits (jansson here reads integers as reals)
 *   - a NUL (\u0000) in a name is accepted (jansson: refused)
 *   - a raw NUL is refused everywhere (jansson passes over one behind a number)
 * A difference is an assert. Include it first. */
#ifndef PARLEY_TEST_BASE_JSON_ORACLE_H
#define PARLEY_TEST_BASE_JSON_ORACLE_H

/* jansson has four enumerators of the same names as ours; it gets others, and what uses them stands before ours come. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
static inline int is_object(const json_t *j) { return json_is_object(j); }
static inline int is_array(const json_t *j) { return json_is_array(j); }
static inline int is_string(const json_t *j) { return json_is_string(j); }
static inline int is_null(const json_t *j) { return json_is_null(j); }
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_NULL

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* --- jansson --- */

static inline void oracle_same(const struct json *mine, const json_t *theirs) {
    switch (mine->kind) {
        case JSON_NULL: assert(is_null(theirs)); break;
        case JSON_BOOL: assert(mine->boolean ? json_is_true(theirs) : json_is_false(theirs)); break;
        case JSON_NUMBER: assert(json_is_real(theirs) && json_real_value(theirs) == mine->number); break;
        case JSON_STRING:
            assert(is_string(theirs));
            assert(json_string_length(theirs) == mine->string.size);
            assert(memcmp(json_string_value(theirs), mine->string.at, mine->string.size) == 0);
            break;
        case JSON_ARRAY: {
            assert(is_array(theirs));
            assert(json_array_size(theirs) == mine->count);
            size_t i = 0;
            for (const struct json *m = json_first(mine); m != NULL; m = json_next(mine, m))
                oracle_same(m, json_array_get(theirs, i++));
            assert(i == mine->count);
            break;
        }
        case JSON_OBJECT: {
            assert(is_object(theirs));
            assert(json_object_size(theirs) == mine->count);
            for (const struct json *m = json_first(mine); m != NULL; m = json_next(mine, m))
                oracle_same(m, json_object_getn(theirs, m->name.at, m->name.size));
        }
    }
}

/* --- FORMAT.md, naively: what of a document that is JSON is not for Parley --- */

static inline bool is_barred(uint32_t c) {
    return (c < 0x20) || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0xFDD0 && c <= 0xFDEF) || c % 0x10000 >= 0xFFFE;
}

/* At an opening quote; moves behind the closing one. */
static inline bool string_is_parley(const unsigned char *t, size_t *at) {
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

static inline bool number_is_parley(const unsigned char *t, size_t size, size_t *at) {
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

static inline bool is_parley(const char *text, size_t size) {
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

struct oracle_counts {
    unsigned both, neither, parley, differences;
};

static inline void oracle_check(struct json_reader *r, const char *text, size_t size, struct oracle_counts *n) {
    const struct json *top, *parley;
    struct fault f = {0};
    json_error_t error;
    bool mine = result_is_ok(json_parse(r, (struct text){text, size}, JSON_OPEN, &top, &f));
    json_t *theirs = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
                                &error);
    if (mine && theirs != NULL) {
        oracle_same(top, theirs);
        n->both++;
    } else if (!mine && theirs == NULL) {
        n->neither++;
    } else {
        bool expected = memchr(text, 0, size) != NULL ? !mine
                        : mine ? strstr(error.text, "NUL byte in object key") != NULL
                               : strstr(f.message, "nested deeper than 32") != NULL ||
                                   strstr(f.message, "64-bit") != NULL;
        if (!expected)
            fprintf(stderr, "'%.*s': here %s, jansson %s\n", (int)size, text, mine ? "accepted" : f.message, theirs != NULL ? "accepted" : error.text);
        assert(expected);
        n->differences++;
    }
    json_decref(theirs);
    bool strict = result_is_ok(json_parse(r, (struct text){text, size}, JSON_PARLEY, &parley, &f));
    bool naive = mine && is_parley(text, size);
    if (strict != naive) fprintf(stderr, "'%.*s': Parley %s\n", (int)size, text, strict ? "accepted" : f.message);
    assert(strict == naive);
    n->parley += strict;
    if (!strict) {
        size_t offset = 0;
        if (sscanf(f.message, "byte %zu:", &offset) == 1) assert(offset <= size);
    }
}

#endif
