#include "base/json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/instant.h"
#include "base/limits.h"

#include <cmocka.h>

#include "seeded.h"

static struct json_reader *reader;

static int take_reader(void **state) {
    (void)state;
    reader = json_reader_new(LIMIT_BODY_BYTES);
    return reader == NULL;
}

static int give_reader_back(void **state) {
    (void)state;
    json_reader_free(reader);
    return 0;
}

/* Parses what must be accepted. */
static const struct json *parsed(struct text in, enum json_dialect dialect) {
    const struct json *top = NULL;
    struct fault f = {0};
    if (!result_is_ok(json_parse(reader, in, dialect, &top, &f)))
        fail_msg("%.*s refused at %s: %s", TEXT_ARG(in), f.field, f.message);
    assert_non_null(top);
    return top;
}

/* --- which documents are accepted, and what a refusal says --- */

#define YES NULL
struct row {
    const char *in;
    const char *parley, *open; /* part of the fault's message, or YES */
    const char *field;         /* of the open dialect's fault, else of the Parley one's */
};

static const struct row documents[] = {
    {"{}", YES, YES, NULL},
    {" \n{ \"a\" : [ ] , \"b\" : { } } \n", YES, YES, NULL},
    {"{\"a\":[null,true,false,0,-1,1.5,\"x\"]}", YES, YES, NULL},
    {"{\"\":1}", YES, YES, NULL},
    /* the top */
    {"", "must be an object", "not a JSON value", "/"},
    {"   ", "must be an object", "not a JSON value", "/"},
    {"[]", "must be an object", YES, "/"},
    {"1", "must be an object", YES, "/"},
    {"\"a\"", "must be an object", YES, "/"},
    {"null", "must be an object", YES, "/"},
    {"{}{}", "byte 2: nothing may follow", "byte 2: nothing may follow", "/"},
    {"{}x", "byte 2: nothing may follow", "byte 2: nothing may follow", "/"},
    {"\xEF\xBB\xBF{}", "byte order mark", "byte order mark", "/"},
    {"{\"a\":\"\xEF\xBB\xBF\"}", YES, YES, NULL},
    /* structure */
    {"{", "must stand here", "byte 1: a member's name", "/"},
    {"{\"a\"", "colon", "byte 4: a colon", "/"},
    {"{\"a\":", "not a JSON value", "byte 5: not a JSON value", "/a"},
    {"{\"a\":1", "does not end", "byte 6: the object does not end", "/a"},
    {"{\"a\":[1", "does not end", "byte 7: the array does not end", "/a/0"},
    {"{\"a\":1,}", "name", "byte 7: a member's name", "/a"},
    {"{\"a\":[1,]}", "not a JSON value", "byte 8: not a JSON value", "/a/1"},
    {"{\"a\":[,1]}", "not a JSON value", "byte 6: not a JSON value", "/a/0"},
    {"{,\"a\":1}", "name", "byte 1: a member's name", "/"},
    {"{a:1}", "name", "byte 1: a member's name", "/"},
    {"{'a':1}", "name", "byte 1: a member's name", "/"},
    {"{\"a\":1 \"b\":2}", "comma", "byte 7: a comma or }", "/a"},
    {"{\"a\":[1 2]}", "comma", "byte 8: a comma or ]", "/a/0"},
    {"{\"a\":[1}", "comma", "byte 7: a comma or ]", "/a/0"},
    {"{\"a\":1]", "comma", "byte 6: a comma or }", "/a"},
    {"{\"a\":1}}", "nothing may follow", "byte 7: nothing may follow", "/a"},
    {"{\"a\":1}/* */", "nothing may follow", "byte 7: nothing may follow", "/a"},
    {"{\"a\":nul}", "not a JSON value", "byte 5: not a JSON value", "/a"},
    {"{\"a\":True}", "not a JSON value", "byte 5: not a JSON value", "/a"},
    {"{\"a\":NaN}", "not a JSON value", "byte 5: not a JSON value", "/a"},
    {"{\"a\":Infinity}", "not a JSON value", "byte 5: not a JSON value", "/a"},
    {"{\"a\":-Infinity}", "digits must follow", "byte 5: digits must follow", "/a"},
    {"{\"a\":undefined}", "not a JSON value", "byte 5: not a JSON value", "/a"},
    {"{\"a\":falsey}", "comma", "byte 10: a comma", "/a"},
    {"{\"a\":\t1}", "not a JSON value", YES, "/a"},
    {"{\r\"a\":1}", "name", YES, "/"},
    {"{\v\"a\":1}", "name", "byte 1", "/"},
    {"{\"a\":\xC2\xA0" "1}", "not a JSON value", "byte 5", "/a"},
    /* duplicates */
    {"{\"a\":1,\"a\":2}", "byte 7: the object has", "byte 7: the object has", "/a"},
    {"{\"a\":1,\"b\":{\"x\":[{\"c\":1,\"d\":2,\"c\":3}]}}", "of this name before", "byte 30", "/b/x/0/c"},
    {"{\"a\":1,\"\\u0061\":2}", "only the escapes", "byte 7: the object has", "/a"},
    {"{\"\\n\":1,\"\\u000a\":2}", "only the escapes", "of this name before", NULL},
    {"{\"a\":1,\"A\":2,\"\":3,\"aa\":4}", YES, YES, NULL},
    {"{\"\":1,\"\":2}", "of this name before", "byte 6", "/"},
    {"{\"a\":{\"a\":1},\"b\":{\"a\":1}}", YES, YES, NULL},
    /* depth: 8 containers, 32 containers */
    {"{\"a\":[[[[[[[]]]]]]]}", YES, YES, NULL},
    {"{\"a\":[[[[[[[[]]]]]]]]}", "byte 12: nested deeper than 8", YES, "/a/0/0/0/0/0/0/0"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "object", YES, "/"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "object", "byte 32: nested deeper than 32", NULL},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "object", "not a JSON value", NULL},
    /* numbers */
    {"{\"a\":0}", YES, YES, NULL},
    {"{\"a\":0.0}", YES, YES, NULL},
    {"{\"a\":-0.1}", YES, YES, NULL},
    {"{\"a\":-0}", "-0 is not allowed", YES, "/a"},
    {"{\"a\":-0.00}", "-0 is not allowed", YES, "/a"},
    {"{\"a\":123456789012345}", YES, YES, NULL},
    {"{\"a\":1234567890.12345}", YES, YES, NULL},
    {"{\"a\":0.000000123456789012345}", YES, YES, NULL},
    {"{\"a\":1234567890123456}", "15 significant", YES, "/a"},
    {"{\"a\":1000000000000000}", "15 significant", YES, "/a"},
    {"{\"a\":1.000000000000000}", "15 significant", YES, "/a"},
    {"{\"a\":9007199254740993}", "15 significant", YES, "/a"},
    {"{\"a\":1e5}", "exponents", YES, "/a"},
    {"{\"a\":1E+5}", "exponents", YES, "/a"},
    {"{\"a\":1.5e-5}", "exponents", YES, "/a"},
    {"{\"a\":1e400}", "exponents", "byte 5: the number is beyond", "/a"},
    {"{\"a\":-1e400}", "exponents", "byte 5: the number is beyond", "/a"},
    {"{\"a\":1e99999999999999999999}", "exponents", "byte 5: the number is beyond", "/a"},
    {"{\"a\":0e99999999999999999999}", "exponents", YES, "/a"},
    {"{\"a\":1e-99999999999999999999}", "exponents", YES, "/a"},
    {"{\"a\":1e-400}", "exponents", YES, "/a"},
    {"{\"a\":1.7976931348623157e308}", "exponents", YES, NULL},
    {"{\"a\":17.976931348623158e307}", "exponents", YES, NULL},
    {"{\"a\":1.797693134862315808e308}", "exponents", "beyond the range", NULL},
    {"{\"a\":1.7976931348623159e308}", "exponents", "beyond the range", "/a"},
    {"{\"a\":18446744073709551615}", "15 significant", YES, "/a"},
    {"{\"a\":18446744073709551616}", "15 significant", "beyond the range", "/a"},
    {"{\"a\":-9223372036854775808}", "15 significant", YES, "/a"},
    {"{\"a\":-9223372036854775809}", "15 significant", "beyond the range", "/a"},
    {"{\"a\":18446744073709551616.0}", "15 significant", YES, "/a"},
    {"{\"a\":01}", "begin with 0", "byte 5: a number must not begin", "/a"},
    {"{\"a\":-01}", "begin with 0", "byte 5: a number must not begin", "/a"},
    {"{\"a\":00}", "begin with 0", "byte 5: a number must not begin", "/a"},
    {"{\"a\":+1}", "not a JSON value", "byte 5", "/a"},
    {"{\"a\":.5}", "not a JSON value", "byte 5", "/a"},
    {"{\"a\":5.}", "follow the point", "byte 5: digits must follow the point", "/a"},
    {"{\"a\":5.e1}", "follow the point", "byte 5", "/a"},
    {"{\"a\":-}", "minus", "byte 5: digits must follow the minus", "/a"},
    {"{\"a\":1e}", "exponents", "digits must follow the exponent", "/a"},
    {"{\"a\":1e+}", "exponents", "digits must follow the exponent", "/a"},
    {"{\"a\":0x10}", "comma", "byte 6", "/a"},
    {"{\"a\":1_000}", "comma", "byte 6", "/a"},
    /* strings */
    {"{\"a\":\"\\\" \\\\ \\n\"}", YES, YES, NULL},
    {"{\"a\":\"\\/\"}", "only the escapes", YES, "/a"},
    {"{\"a\":\"\\b\\f\\r\\t\"}", "only the escapes", YES, "/a"},
    {"{\"a\":\"\\u0041\"}", "only the escapes", YES, "/a"},
    {"{\"a\":\"\\u0000\"}", "only the escapes", YES, "/a"},
    {"{\"a\":\"\\uD83D\\uDE00\"}", "only the escapes", YES, "/a"},
    {"{\"a\":\"\\ud800\"}", "only the escapes", "byte 6: lone surrogate", "/a"},
    {"{\"a\":\"\\udc00\"}", "only the escapes", "byte 6: lone surrogate", "/a"},
    {"{\"a\":\"\\ud800\\ud800\"}", "only the escapes", "byte 6: lone surrogate", "/a"},
    {"{\"a\":\"\\ud800x\"}", "only the escapes", "byte 6: lone surrogate", "/a"},
    {"{\"a\":\"\\ud800\\n\"}", "only the escapes", "byte 6: lone surrogate", "/a"},
    {"{\"a\":\"\\u12\"}", "only the escapes", "byte 6: four hex digits", "/a"},
    {"{\"a\":\"\\u12g4\"}", "only the escapes", "byte 6: four hex digits", "/a"},
    {"{\"a\":\"\\x41\"}", "only the escapes", "byte 6: unknown escape", "/a"},
    {"{\"a\":\"\\", "only the escapes", "byte 6: unknown escape", "/a"},
    {"{\"a\":\"\\\"", "does not end", "byte 5: the string does not end", "/a"},
    {"{\"a\":\"x", "does not end", "byte 5: the string does not end", "/a"},
    {"{\"a", "does not end", "byte 1: the string does not end", "/"},
    {"{\"a\":\"\n\"}", "control character", "byte 6: control character", "/a"},
    {"{\"a\":\"\t\"}", "control character", "byte 6: control character", "/a"},
    {"{\"a\":\"\x1F\"}", "control character", "byte 6: control character", "/a"},
    {"{\"a\":\"\x7F\"}", "control character", YES, "/a"},
    {"{\"a\":\"\xC2\x80\"}", "control character", YES, "/a"},
    {"{\"a\":\"\xC2\x9F\"}", "control character", YES, "/a"},
    {"{\"a\":\"\xC2\xA0\"}", YES, YES, NULL},
    {"{\"a\":\"\xE2\x80\xA7\"}", YES, YES, NULL},              /* U+2027 */
    {"{\"a\":\"\xE2\x80\xA8\"}", "change of direction", YES, "/a"}, /* U+2028 */
    {"{\"a\":\"\xE2\x80\xA9\"}", "change of direction", YES, "/a"},
    {"{\"a\":\"\xE2\x80\xAA\"}", "change of direction", YES, "/a"}, /* U+202A */
    {"{\"a\":\"\xE2\x80\xAE\"}", "change of direction", YES, "/a"},
    {"{\"a\":\"\xE2\x80\xAF\"}", YES, YES, NULL},
    {"{\"a\":\"\xE2\x81\xA5\"}", YES, YES, NULL},
    {"{\"a\":\"\xE2\x81\xA6\"}", "change of direction", YES, "/a"}, /* U+2066 */
    {"{\"a\":\"\xE2\x81\xA9\"}", "change of direction", YES, "/a"},
    {"{\"\xE2\x81\xA9\":1}", "change of direction", YES, "/"}, /* in a name */
    {"{\"a\":\"\xEF\xB7\x90\"}", "noncharacter", YES, "/a"},        /* U+FDD0 */
    {"{\"a\":\"\xEF\xBF\xBF\"}", "noncharacter", YES, "/a"},
    {"{\"a\":\"\xF4\x8F\xBF\xBE\"}", "noncharacter", YES, "/a"},    /* U+10FFFE */
    {"{\"a\":\"\xF0\x9F\x9B\xA9\"}", YES, YES, NULL},
    {"{\"a\":\"\xFF\"}", "byte 6: not UTF-8", "byte 6: not UTF-8", "/a"},
    {"{\"a\":\"\xC0\x80\"}", "byte 6: not UTF-8", "byte 6: not UTF-8", "/a"},
    {"{\"a\":\"\xED\xA0\x80\"}", "byte 6: not UTF-8", "byte 6: not UTF-8", "/a"},
    {"{\"a\":\"\xF4\x90\x80\x80\"}", "byte 6: not UTF-8", "byte 6: not UTF-8", "/a"},
    {"{\"a\":\"\xC3\"}", "byte 6: not UTF-8", "byte 6: not UTF-8", "/a"},
    {"{\"a\xFF\":1}", "byte 3: not UTF-8", "byte 3: not UTF-8", "/"},
    /* paths */
    {"{\"a/b\":{\"c~d\":[1,[2,x]]}}", "not a JSON value", "byte 20", "/a~1b/c~0d/1/1"},
};

static void check_document(const struct row *row, enum json_dialect dialect, const char *expected) {
    const struct json *top = (const struct json *)row;
    struct fault f = {0};
    enum result_code code = json_parse(reader, text_of(row->in), dialect, &top, &f).code;
    if (expected == YES) {
        if (code != RESULT_OK) fail_msg("%s refused: %s", row->in, f.message);
        assert_non_null(top);
        return;
    }
    if (code != RESULT_MALFORMED || f.code != code) fail_msg("%s: %s", row->in, result_name(code));
    assert_null(top);
    if (strstr(f.message, expected) == NULL) fail_msg("%s: \"%s\", not \"%s\"", row->in, f.message, expected);
    if (dialect == JSON_OPEN || row->open == YES) {
        if (row->field != NULL && strcmp(f.field, row->field) != 0) fail_msg("%s: at %s", row->in, f.field);
    }
    assert_int_equal(json_parse(reader, text_of(row->in), dialect, &top, NULL).code, code);
}

static void what_is_accepted_and_what_a_refusal_says(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        check_document(&documents[i], JSON_PARLEY, documents[i].parley);
        check_document(&documents[i], JSON_OPEN, documents[i].open);
    }
    const struct json *top;
    struct fault f;
    assert_int_equal(json_parse(reader, (struct text){"{}\0", 3}, JSON_OPEN, &top, &f).code, RESULT_MALFORMED);
    assert_int_equal(json_parse(reader, (struct text){"{\"a\0\":1}", 8}, JSON_OPEN, &top, &f).code, RESULT_MALFORMED);
}

static void the_largest_document_is_a_limit(void **state) {
    (void)state;
    const struct json *top;
    struct fault f;
    for (size_t largest = 0; largest < 100; largest++) {
        struct json_reader *small = json_reader_new(largest);
        assert_non_null(small);
        char text[128];
        memset(text, ' ', sizeof text);
        if (largest >= 2) memcpy(text, "{}", 2);
        assert_int_equal(json_parse(small, (struct text){text, largest}, JSON_OPEN, &top, &f).code,
                         largest >= 2 ? RESULT_OK : RESULT_MALFORMED);
        assert_int_equal(json_parse(small, (struct text){text, largest + 1}, JSON_OPEN, &top, &f).code, RESULT_TOO_LARGE);
        assert_null(top);
        /* The densest documents there are, broken ones too, stay within what the reader took. */
        memset(text, '[', sizeof text);
        assert_int_equal(json_parse(small, (struct text){text, largest}, JSON_OPEN, &top, &f).code, RESULT_MALFORMED);
        for (size_t i = 0; i < largest; i++) text[i] = i % 2 == 0 || i < 10 ? '[' : ',';
        for (size_t i = 10; i < largest; i += 2) text[i] = '1';
        assert_int_equal(json_parse(small, (struct text){text, largest}, JSON_OPEN, &top, &f).code, RESULT_MALFORMED);
        json_reader_free(small);
    }
    json_reader_free(NULL);
}

/* Texts of 4 MiB made to be slow. Nothing is timed, but what is quadratic here takes minutes. */
static void hostile_texts_are_read_in_reasonable_time(void **state) {
    (void)state;
    size_t room = LIMIT_BODY_BYTES;
    char *text = malloc(room + 1);
    for (int kind = 0; kind < 6; kind++) {
        struct append a = append_fixed(text, room - 64);
        append_str(&a, kind == 5 ? "[" : "{");
        for (uint32_t i = 0; !a.full; i++) {
            const char *comma = i == 0 ? "" : ",";
            switch (kind) {
                case 0: append_format(&a, "%s\"%u\":0", comma, i); break;                  /* ascending */
                case 1: append_format(&a, "%s\"%08x\":0", comma, i * 2654435761u); break;  /* scattered */
                case 2: append_format(&a, "%s\"%0200u\":0", comma, i); break;              /* long common beginnings */
                case 3: append_format(&a, "%s\"\\u%04x\\u%04x\":0", comma, 0x4E00 + i / 4096, 0x4E00 + i % 4096); break;
                case 4: append_format(&a, "%s\"%u\":{\"a\":{},\"b\":[]}", comma, i); break;
                default: append_format(&a, "%s[]", comma); break;
            }
        }
        a.full = false;
        a.room = a.limit = room;
        size_t before = a.size;
        append_str(&a, kind == 5 ? "]" : "}");
        const struct json *top = parsed(append_view(&a), JSON_OPEN);
        assert_true(top->count > 15000);
        if (kind >= 4) continue;
        /* The same with one more: the first name again. */
        a.size = before;
        const struct json *first = json_first(top);
        append_char(&a, ',');
        append_json_string(&a, first->name);
        append_str(&a, ":0}");
        struct fault f;
        assert_int_equal(json_parse(reader, append_view(&a), JSON_OPEN, &top, &f).code, RESULT_MALFORMED);
        assert_non_null(strstr(f.message, "of this name before"));
    }
    free(text);
}

/* Wherever among few or many names the second one stands, the first that has stood before is named. */
static void any_two_names_may_be_the_same(void **state) {
    (void)state;
    for (unsigned n = 2; n <= 36; n++)
        for (unsigned twice = 0; twice < n; twice++)
            for (unsigned first = 0; first <= twice; first += 1 + n / 8) {
                char text[1024], want[32] = "";
                struct append a = append_fixed(text, sizeof text);
                for (unsigned i = 0; i < n; i++) {
                    append_char(&a, i == 0 ? '{' : ',');
                    if (i == twice && first < twice) snprintf(want, sizeof want, "byte %zu:", a.size);
                    append_format(&a, "\"n%02u\":0", i == twice ? first : i);
                }
                append_char(&a, '}');
                const struct json *top;
                struct fault f = {0};
                result r = json_parse(reader, append_view(&a), JSON_PARLEY, &top, &f);
                bool same = first < twice;
                assert_int_equal(r.code, same ? RESULT_MALFORMED : RESULT_OK);
                if (same) assert_non_null(strstr(f.message, want));
            }
}

/* --- the tree --- */

static void nodes_lie_in_document_order(void **state) {
    (void)state;
    const struct json *top = parsed(
        TEXT("{\"a\":[1,[],{\"x\":null}],\"b\":\"\\u0041\\n\\ud83d\\ude00\",\"c\\t\":true,\"d\":false,\"e\":-1.50e2,\"f\":{}}"), JSON_OPEN);
    assert_int_equal(top->kind, JSON_OBJECT);
    assert_int_equal(top->count, 6);
    assert_int_equal(top->next, 11);
    assert_int_equal(top->name.size, 0);
    const struct json *a = json_first(top);
    assert_true(text_is(a->name, "a"));
    assert_int_equal(a->kind, JSON_ARRAY);
    assert_int_equal(a->count, 3);
    const struct json *one = json_first(a), *empty = json_next(a, one), *object = json_next(a, empty);
    assert_true(one->number == 1 && text_is(one->string, "1") && one->name.size == 0);
    assert_int_equal(empty->kind, JSON_ARRAY);
    assert_null(json_first(empty));
    assert_int_equal(object->kind, JSON_OBJECT);
    assert_int_equal(json_first(object)->kind, JSON_NULL);
    assert_null(json_next(object, json_first(object)));
    assert_null(json_next(a, object));
    assert_null(json_member(object, "x")); /* null is as if absent */
    const struct json *b = json_next(top, a);
    assert_true(text_is(b->string, "A\n\xF0\x9F\x98\x80"));
    const struct json *c = json_next(top, b);
    assert_true(text_is(c->name, "c\t") && c->kind == JSON_BOOL && c->boolean);
    assert_true(json_member(top, "d")->kind == JSON_BOOL && !json_member(top, "d")->boolean);
    assert_true(json_member(top, "e")->number == -150);
    assert_true(text_is(json_member(top, "e")->string, "-1.50e2"));
    assert_ptr_equal(json_next(top, json_member(top, "e")), json_member(top, "f"));
    assert_null(json_next(top, json_member(top, "f")));
    assert_null(json_member(top, "g"));
    assert_null(json_member(b, "a"));
    /* total */
    assert_null(json_first(NULL));
    assert_null(json_next(NULL, b));
    assert_null(json_next(top, NULL));
    assert_null(json_member(NULL, "a"));
}

/* The document may go as soon as it is read. */
static void texts_outlive_the_callers_bytes(void **state) {
    (void)state;
    char *bytes = strdup("{\"name\":\"text\",\"n\":1.25}");
    const struct json *top = parsed(text_of(bytes), JSON_PARLEY);
    memset(bytes, 'x', strlen(bytes));
    free(bytes);
    assert_true(text_is(json_member(top, "name")->string, "text"));
    assert_true(text_is(json_member(top, "n")->string, "1.25"));
}

/* --- members --- */

static const char *const members =
    "{\"text\":\"four\",\"yes\":true,\"number\":-12.345,\"at\":\"2026-11-23T06:30:00Z\",\"bad\":\"2026-13-23T06:30:00Z\","
    "\"hex\":\"00ff\",\"array\":[1,2,3],\"object\":{\"x\":1},\"null\":null,\"e/~\":1}";

struct got {
    struct text text;
    bool yes;
    int64_t number;
    uint8_t hex[2];
    const struct json *node;
};

static result get_one(char which, const struct json *o, const char *name, bool required, struct got *g, struct fault *f) {
    switch (which) {
        case 't': return json_get_text(o, name, required, 4, &g->text, f);
        case 'T': return json_get_text(o, name, required, 3, &g->text, f);
        case 'b': return json_get_bool(o, name, required, &g->yes, f);
        case 'n': return json_get_scaled(o, name, required, 2, -1235, 1000, &g->number, f);
        case 'N': return json_get_scaled(o, name, required, 2, -1234, 1000, &g->number, f);
        case 'i': return json_get_instant(o, name, required, &g->number, f);
        case 'h': return json_get_hex(o, name, required, g->hex, 2, f);
        case 'H': return json_get_hex(o, name, required, g->hex, 1, f);
        case 'a': return json_get_array(o, name, required, 3, &g->node, f);
        case 'A': return json_get_array(o, name, required, 2, &g->node, f);
        default: return json_get_object(o, name, required, &g->node, f);
    }
}

static void members_of_every_kind(void **state) {
    (void)state;
    static const struct {
        char which;
        const char *name;
        enum result_code code;
        const char *field, *message;
    } table[] = {
        {'t', "text", RESULT_OK, "", ""},
        {'T', "text", RESULT_TOO_LARGE, "/text", "4 bytes of text; at most 3"},
        {'t', "yes", RESULT_MALFORMED, "/yes", "must be a string"},
        {'b', "yes", RESULT_OK, "", ""},
        {'b', "text", RESULT_MALFORMED, "/text", "must be true or false"},
        {'n', "number", RESULT_OK, "", ""},
        {'N', "number", RESULT_RANGE, "/number", "-12.345: must be -12.34 to 10"},
        {'n', "text", RESULT_MALFORMED, "/text", "must be a number"},
        {'i', "at", RESULT_OK, "", ""},
        {'i', "bad", RESULT_RANGE, "/bad", "'2026-13-23T06:30:00Z': month must be 01 to 12"},
        {'i', "text", RESULT_MALFORMED, "/text", "'four': a time is YYYY-MM-DDThh:mm:ssZ (RFC 3339)"},
        {'i', "number", RESULT_MALFORMED, "/number", "must be a string"},
        {'h', "hex", RESULT_OK, "", ""},
        {'H', "hex", RESULT_MALFORMED, "/hex", "'00ff' must be 2 lower-case hex digits"},
        {'h', "text", RESULT_MALFORMED, "/text", "'four' must be 4 lower-case hex digits"},
        {'h', "array", RESULT_MALFORMED, "/array", "must be a string"},
        {'a', "array", RESULT_OK, "", ""},
        {'A', "array", RESULT_TOO_LARGE, "/array", "3 elements; at most 2"},
        {'a', "object", RESULT_MALFORMED, "/object", "must be an array"},
        {'o', "object", RESULT_OK, "", ""},
        {'o', "array", RESULT_MALFORMED, "/array", "must be an object"},
        {'t', "e/~", RESULT_MALFORMED, "/e~1~0", "must be a string"},
    };
    const struct json *top = parsed(text_of(members), JSON_PARLEY);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct got g = {0}, untouched = {0};
        struct fault f = {0};
        assert_int_equal(get_one(table[i].which, top, table[i].name, true, &g, &f).code, table[i].code);
        assert_string_equal(f.field, table[i].field);
        assert_string_equal(f.message, table[i].message);
        assert_int_equal(memcmp(&g, &untouched, sizeof g) == 0, table[i].code != RESULT_OK);
        assert_int_equal(get_one(table[i].which, top, table[i].name, false, &g, NULL).code, table[i].code);
    }
    static const char kinds[] = "tTbnNihHaAo";
    for (const char *k = kinds; *k != '\0'; k++) {
        struct got g = {.number = 42}, before = g;
        struct fault f = {0};
        assert_int_equal(get_one(*k, top, "none", true, &g, &f).code, RESULT_MALFORMED);
        assert_string_equal(f.field, "/none");
        assert_string_equal(f.message, "is missing");
        assert_int_equal(get_one(*k, top, "null", true, &g, &f).code, RESULT_MALFORMED);
        assert_string_equal(f.message, "must not be null");
        assert_int_equal(get_one(*k, NULL, "text", true, &g, &f).code, RESULT_MALFORMED);
        assert_int_equal(get_one(*k, json_member(top, "array"), "text", false, &g, &f).code, RESULT_MALFORMED);
        assert_int_equal(get_one(*k, top, "none", false, &g, &f).code, RESULT_OK);
        assert_int_equal(get_one(*k, top, "null", false, &g, &f).code, RESULT_OK);
        assert_int_equal(get_one(*k, NULL, "text", false, &g, &f).code, RESULT_OK);
        assert_memory_equal(&g, &before, sizeof g);
    }
    struct got g;
    assert_int_equal(get_one('n', top, "number", true, &g, NULL).code, RESULT_OK);
    assert_int_equal(g.number, -1235); /* half away from zero */
    assert_int_equal(get_one('h', top, "hex", true, &g, NULL).code, RESULT_OK);
    assert_memory_equal(g.hex, "\x00\xFF", 2);
}

static void unknown_members_are_named(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b"};
    struct fault f = {0};
    assert_int_equal(json_only(parsed(TEXT("{\"b\":1}"), JSON_PARLEY), names, 2, &f).code, RESULT_OK);
    assert_int_equal(json_only(parsed(TEXT("{}"), JSON_PARLEY), names, 0, &f).code, RESULT_OK);
    assert_int_equal(json_only(NULL, names, 2, &f).code, RESULT_OK);
    assert_int_equal(json_only(parsed(TEXT("{\"a\":1,\"c/\":1,\"d\":1}"), JSON_PARLEY), names, 2, &f).code, RESULT_MALFORMED);
    assert_string_equal(f.field, "/c~1");
    assert_string_equal(f.message, "unknown member");
    assert_int_equal(json_only(parsed(TEXT("[]"), JSON_OPEN), names, 2, &f).code, RESULT_MALFORMED);
}

/* --- numbers --- */

static void decimals_at_the_edges(void **state) {
    (void)state;
    static const struct {
        const char *in;
        unsigned places;
        int64_t low, high;
        enum result_code code;
        int64_t out;
    } table[] = {
        {"0", 7, 0, 0, RESULT_OK, 0},
        {"0.5", 0, -5, 5, RESULT_OK, 1},
        {"-0.5", 0, -5, 5, RESULT_OK, -1},
        {"0.49999999999999999999999999999", 0, -5, 5, RESULT_OK, 0},
        {"0.05", 0, -5, 5, RESULT_OK, 0},
        {"2.5", 0, -5, 5, RESULT_OK, 3},
        {"-2.5", 0, -5, 5, RESULT_OK, -3},
        {"0.00000005", 7, 0, 9, RESULT_OK, 1},
        {"0.000000049", 7, 0, 9, RESULT_OK, 0},
        {"1.005", 2, 0, 1000, RESULT_OK, 101}, /* the double nearest to it lies below */
        {"180", 7, -1800000000, 1800000000, RESULT_OK, 1800000000},
        {"180.00000004", 7, -1800000000, 1800000000, RESULT_OK, 1800000000},
        {"180.00000005", 7, -1800000000, 1800000000, RESULT_RANGE, 0},
        {"9223372036854775807", 0, INT64_MIN, INT64_MAX, RESULT_OK, INT64_MAX},
        {"9223372036854775807.4", 0, INT64_MIN, INT64_MAX, RESULT_OK, INT64_MAX},
        {"9223372036854775807.5", 0, INT64_MIN, INT64_MAX, RESULT_RANGE, 0},
        {"9223372036854775808", 0, INT64_MIN, INT64_MAX, RESULT_RANGE, 0},
        {"-9223372036854775808", 0, INT64_MIN, INT64_MAX, RESULT_OK, INT64_MIN},
        {"-9223372036854775808.5", 0, INT64_MIN, INT64_MAX, RESULT_RANGE, 0},
        {"18446744073709551615.9", 0, INT64_MIN, INT64_MAX, RESULT_RANGE, 0},
        {"18446744073709551615", 18, INT64_MIN, INT64_MAX, RESULT_RANGE, 0},
        {"9.223372036854775807", 18, INT64_MIN, INT64_MAX, RESULT_OK, INT64_MAX},
        {"1e3", 0, 0, 5000, RESULT_OK, 1000},
        {"1.2345E+3", 0, 0, 5000, RESULT_OK, 1235},
        {"12345e-4", 2, 0, 5000, RESULT_OK, 123},
        {"0.00012e+4", 1, 0, 5000, RESULT_OK, 12},
        {"1e300", 7, 0, INT64_MAX, RESULT_RANGE, 0},
        {"1e-300", 7, 0, INT64_MAX, RESULT_OK, 0},
        {"0e99999999999999999999", 7, 0, 0, RESULT_OK, 0},
        {"1e-99999999999999999999", 18, 0, 0, RESULT_OK, 0},
        {"1", 0, 2, 3, RESULT_RANGE, 0},
        {"4", 0, 2, 3, RESULT_RANGE, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t out = 42;
        struct fault f = {0};
        const struct json *n = parsed(text_of(table[i].in), JSON_OPEN);
        enum result_code code = json_scaled(n, table[i].places, table[i].low, table[i].high, &out, &f).code;
        if (code != table[i].code || out != (code == RESULT_OK ? table[i].out : 42))
            fail_msg("%s: %s, %" PRId64, table[i].in, result_name(code), out);
    }
    int64_t out;
    struct fault f;
    assert_int_equal(json_scaled(NULL, 0, 0, 1, &out, &f).code, RESULT_MALFORMED);
    assert_int_equal(json_scaled(parsed(TEXT("\"1\""), JSON_OPEN), 0, 0, 1, &out, &f).code, RESULT_MALFORMED);
}

/* mantissa * 10^power, half away from zero, in exact integer arithmetic; false beyond 10^30. */
static bool exact(__int128 mantissa, int power, __int128 *out) {
    bool up = false;
    for (; power > 0 && mantissa != 0; power--) {
        if (mantissa > (__int128)1000000000000000 * 1000000000000000) return false;
        mantissa *= 10;
    }
    for (; power < 0 && (mantissa != 0 || up); power++) {
        up = mantissa % 10 >= 5;
        mantissa /= 10;
    }
    *out = mantissa + up;
    return true;
}

static void decimals_are_those_of_integer_arithmetic(void **state) {
    (void)state;
    struct seeded s = seeded_start(10);
    for (int i = 0; i < 100000; i++) {
        /* Up to 18 digits, a point somewhere among them or before them, often an exponent. */
        uint64_t mantissa = seeded_next(&s) % UINT64_C(1000000000000000000) >> seeded_below(&s, 60);
        if (seeded_below(&s, 4) == 0) mantissa = mantissa / 1000 * 1000 + 500; /* near halves */
        char room[64], text[80];
        unsigned behind = (unsigned)seeded_below(&s, 22), size;
        /* Zeros before, as many as the point needs: at least behind + 1 digits. */
        snprintf(room, sizeof room, "%024" PRIu64, mantissa);
        const char *digits = room;
        while (digits[0] == '0' && strlen(digits) > behind + 1) digits++;
        size = (unsigned)strlen(digits);
        bool negative = seeded_below(&s, 2) == 0;
        int length = snprintf(text, sizeof text, "%s%.*s", negative ? "-" : "", (int)(size - behind), digits);
        if (behind > 0) length += snprintf(text + length, sizeof text - (size_t)length, ".%s", digits + size - behind);
        int exponent = seeded_below(&s, 2) == 0 ? 0 : (int)seeded_below(&s, 41) - 20;
        if (exponent != 0) length += snprintf(text + length, sizeof text - (size_t)length, "%c%+d", i % 2 ? 'e' : 'E', exponent);
        unsigned places = (unsigned)seeded_below(&s, 19);
        __int128 expected = 0;
        bool fits = exact(mantissa, exponent - (int)behind + (int)places, &expected);
        if (negative) expected = -expected;
        fits = fits && expected >= INT64_MIN && expected <= INT64_MAX;
        const struct json *n = parsed(text_of(text), JSON_OPEN);
        assert_true(n->number == strtod(text, NULL)); /* correctly rounded, as glibc's is */
        int64_t out = 42;
        enum result_code code = json_scaled(n, places, INT64_MIN, INT64_MAX, &out, NULL).code;
        if (code != (fits ? RESULT_OK : RESULT_RANGE) || (fits && out != expected))
            fail_msg("%s at %u places: %s %" PRId64, text, places, result_name(code), out);
    }
}

/* --- writing and reading --- */

/* Whatever bytes go into append_json_string, JSON_PARLEY accepts what comes out; writing it again changes nothing, and
 * text that has nothing barred comes back as it was. */
static void decimals_are_rounded_to_a_side(void **state) {
    (void)state;
    static const struct {
        const char *in;
        int64_t down, nearest, up;
    } rows[] = {
        {"1.005", 100, 101, 101}, {"1.004", 100, 100, 101}, {"-1.005", -101, -101, -100}, {"-1.001", -101, -100, -100}, {"1.00", 100, 100, 100}, {"-1e0", -100, -100, -100},
        {"1e-9", 0, 0, 1}, {"-1e-9", -1, 0, 0}, {"0e-9", 0, 0, 0}, {"1.0000000000000000000000000000001", 100, 100, 101}, {"0.009", 0, 1, 1}, {"1e-400000", 0, 0, 1},
        {"92233720368547758.07", INT64_MAX, INT64_MAX, INT64_MAX}, {"-92233720368547758.08", INT64_MIN, INT64_MIN, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char document[64];
        int64_t out;
        snprintf(document, sizeof document, "{\"a\":%s}", rows[i].in);
        const struct json *top = parsed(text_of(document), JSON_OPEN);
        const int64_t wanted[] = {[JSON_NEAREST] = rows[i].nearest, [JSON_DOWN] = rows[i].down, [JSON_UP] = rows[i].up};
        for (int k = JSON_NEAREST; k <= JSON_UP; k++) {
            assert_int_equal(json_get_rounded(top, "a", true, (enum json_rounding)k, 2, INT64_MIN, INT64_MAX, &out, NULL).code, RESULT_OK);
            assert_true(out == wanted[k]);
        }
    }
    struct fault f;
    int64_t out;
    assert_int_equal(json_get_rounded(parsed(TEXT("{\"a\":92233720368547758.071}"), JSON_OPEN), "a", true, JSON_UP, 2, INT64_MIN, INT64_MAX, &out, &f).code, RESULT_RANGE);
    assert_int_equal(json_get_rounded(parsed(TEXT("{\"a\":1.001}"), JSON_OPEN), "a", true, JSON_UP, 2, 0, 100, &out, &f).code, RESULT_RANGE);
    assert_string_equal(f.message, "1.001: must be 0 to 1");
}

static void written_strings_are_accepted(void **state) {
    (void)state;
    struct seeded s = seeded_start(11);
    for (int i = 0; i < 50000; i++) {
        char bytes[40];
        size_t size = seeded_below(&s, sizeof bytes);
        bool plain = i % 2 == 0;
        for (size_t k = 0; k < size; k++)
            bytes[k] = plain ? "az \"\\\n/{}[]:,09~"[seeded_below(&s, 16)] : (char)seeded_next(&s);
        if (!plain && size > 3 && i % 3 == 0) memcpy(bytes + seeded_below(&s, size - 2), "\xE2\x80\xAE", 3);
        struct append a = append_growing(1000), again = append_growing(1000);
        append_str(&a, "{\"t\":");
        append_json_string(&a, (struct text){bytes, size});
        append_char(&a, '}');
        struct text out = json_member(parsed(append_view(&a), JSON_PARLEY), "t")->string;
        if (plain) assert_true(text_equal(out, ((struct text){bytes, size})));
        append_str(&again, "{\"t\":");
        append_json_string(&again, out);
        append_char(&again, '}');
        assert_true(text_equal(append_view(&a), append_view(&again)));
        append_free(&a);
        append_free(&again);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_two_names_may_be_the_same), cmocka_unit_test(what_is_accepted_and_what_a_refusal_says),
        cmocka_unit_test(the_largest_document_is_a_limit),
        cmocka_unit_test(hostile_texts_are_read_in_reasonable_time),
        cmocka_unit_test(nodes_lie_in_document_order),
        cmocka_unit_test(texts_outlive_the_callers_bytes),
        cmocka_unit_test(members_of_every_kind),
        cmocka_unit_test(unknown_members_are_named),
        cmocka_unit_test(decimals_at_the_edges),
        cmocka_unit_test(decimals_are_those_of_integer_arithmetic),
        cmocka_unit_test(decimals_are_rounded_to_a_side),
        cmocka_unit_test(written_strings_are_accepted),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("json", tests, take_reader, give_reader_back);
}
