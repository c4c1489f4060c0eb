/* The JSON door against two oracles (json_oracle.h) on random documents and mutations of them. */
#include "json_oracle.h"

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

static void as_jansson_and_a_naive_reading_have_it(void **state) {
    (void)state;
    struct json_reader *r = json_reader_new(ROOM);
    assert_non_null(r);
    struct seeded s = seeded_start(12);
    struct oracle_counts n = {0};
    const char *given = getenv("PARLEY_ROUNDS");
    unsigned long rounds = given != NULL ? strtoul(given, NULL, 10) : 40000;
    for (unsigned long i = 0; i < rounds; i++) {
        char text[ROOM];
        struct append a = append_fixed(text, ROOM);
        if (seeded_below(&s, 2) == 0) append_str(&a, "{\"x\":");
        bool object = a.size > 0;
        random_value(&a, &s, (unsigned)seeded_below(&s, 10));
        if (object) append_char(&a, '}');
        oracle_check(r, text, a.size, &n);
        for (int k = 0; k < 4; k++) {
            char changed[ROOM];
            memcpy(changed, text, a.size);
            size_t size = mutate(changed, a.size, &s);
            char *exact = malloc(size + 1); /* exact, so that the sanitizer sees a byte too far */
            memcpy(exact, changed, size);
            oracle_check(r, exact, size, &n);
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
