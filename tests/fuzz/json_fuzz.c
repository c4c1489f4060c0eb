/* Any bytes as JSON, in both dialects: jansson and a naive reading of FORMAT.md have the same opinion, and what was read and written again
 * is read the same. */
#include "json_oracle.h"

#include "fuzz.h"

#include "base/instant.h"

enum { LARGEST = 1 << 16 };

static void seeds(void) {
    static const char *const examples[] = {"{\"a\":1,\"b\":[true,false,null,-0.5,1e3,\"x\\n\\\"\\\\\"],\"c\":{\"d\":{}}}", "{\"kind\":\"notice\",\"at\":\"2026-11-23T10:00:00.5+12:00\"}",
        "{\"n\":[123456789012345,1234567890123456,9007199254740993,18446744073709551616,1e400,-0,0.1]}", "{\"a\":1,\"\\u0061\":2}", "[\"\\ud83d\\ude00\",\"\\ud800\"]",
        "[[[[[[[[[[[]]]]]]]]]]]", "{\"u\":\"\xE2\x80\xAE\xEF\xBF\xBE\"}", " [ ] "};
    for (unsigned i = 0; i < sizeof examples / sizeof *examples; i++) seed_text("json", i, examples[i]);
}

/* Writes a tree as text again; what a document holds is what is written. */
static void write_tree(struct append *a, const struct json *node) {
    bool first = true;
    switch (node->kind) {
        case JSON_NULL: append_str(a, "null"); return;
        case JSON_BOOL: append_str(a, node->boolean ? "true" : "false"); return;
        case JSON_NUMBER: append_text(a, node->string); return;
        case JSON_STRING: append_json_string(a, node->string); return;
        case JSON_ARRAY:
        case JSON_OBJECT: break;
    }
    append_char(a, node->kind == JSON_ARRAY ? '[' : '{');
    for (const struct json *child = json_first(node); child != NULL; child = json_next(node, child)) {
        if (!first) append_char(a, ',');
        first = false;
        if (node->kind == JSON_OBJECT) {
            append_json_string(a, child->name);
            append_char(a, ':');
        }
        write_tree(a, child);
    }
    append_char(a, node->kind == JSON_ARRAY ? ']' : '}');
}

/* Every node is reached once by the links; every accessor is total. */
static uint32_t walk(const struct json *node) {
    uint32_t reached = 1, children = 0;
    assert(node->next >= 1);
    for (const struct json *child = json_first(node); child != NULL; child = json_next(node, child)) {
        reached += walk(child);
        children++;
    }
    assert(children == node->count && reached == node->next);
    int64_t v;
    if (node->kind == JSON_NUMBER)
        for (unsigned places = 0; places <= 18; places += 6)
            if (result_is_ok(json_scaled(node, places, -1000000, 1000000, &v, NULL))) assert(v >= -1000000 && v <= 1000000);
    if (node->kind == JSON_STRING && result_is_ok(instant_parse(node->string, &v, NULL))) {
        char room[40];
        struct append a = append_fixed(room, sizeof room);
        append_instant_exact(&a, v);
        instant again;
        assert(result_is_ok(instant_parse(append_view(&a), &again, NULL)) && again == v);
    }
    return reached;
}

static void check_members(const struct json *top) {
    static const char *const names[] = {"a", "kind", ""};
    struct fault f = {0};
    struct text t;
    bool b;
    int64_t v;
    uint8_t bytes[16];
    const struct json *node;
    for (size_t i = 0; i < 3; i++) {
        (void)json_only(top, names, i, &f).code;
        (void)json_get_text(top, names[i], true, 10, &t, &f).code;
        (void)json_get_bool(top, names[i], true, &b, &f).code;
        (void)json_get_scaled(top, names[i], true, 7, INT64_MIN, INT64_MAX, &v, &f).code;
        (void)json_get_instant(top, names[i], true, &v, &f).code;
        (void)json_get_hex(top, names[i], true, bytes, sizeof bytes, &f).code;
        (void)json_get_array(top, names[i], true, 3, &node, &f).code;
        (void)json_get_object(top, names[i], true, &node, &f).code;
    }
    assert(memchr(f.field, 0, sizeof f.field) != NULL && memchr(f.message, 0, sizeof f.message) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct json_reader *reader;
    if (reader == NULL) reader = json_reader_new(LARGEST);
    assert(reader != NULL);
    struct text in = {(const char *)bytes, size};
    const struct json *top;
    struct fault f = {0};
    bool open = result_is_ok(json_parse(reader, in, JSON_OPEN, &top, &f));
    if (open) {
        walk(top);
        check_members(top);
    } else {
        assert(top == NULL && f.code != RESULT_OK && f.message[0] != '\0' && f.field[0] == '/');
    }
    if (!result_is_ok(json_parse(reader, in, JSON_PARLEY, &top, &f))) {
        struct oracle_counts counts = {0};
        oracle_check(reader, in.at, in.size, &counts);
        return 0;
    }
    assert(open); /* the Parley dialect is a part of the open one */
    walk(top);
    struct oracle_counts counts = {0};
    oracle_check(reader, in.at, in.size, &counts);
    result r = json_parse(reader, in, JSON_PARLEY, &top, &f);
    assert(result_is_ok(r));
    struct append once = append_growing(16 * LARGEST), twice = append_growing(16 * LARGEST);
    write_tree(&once, top);
    assert(!once.full && once.size <= size); /* nothing but space was lost */
    assert(result_is_ok(json_parse(reader, append_view(&once), JSON_PARLEY, &top, &f)));
    write_tree(&twice, top);
    assert(text_equal(append_view(&once), append_view(&twice)));
    append_free(&once);
    append_free(&twice);
    return 0;
}
