#include "core/decode_inner.h"

/* Why by hand: a section is hashed as it came, and the JSON reader gives values, not the place where they stood. */

static size_t skip_space(struct text t, size_t i) {
    while (i < t.size && (t.at[i] == ' ' || t.at[i] == '\t' || t.at[i] == '\n' || t.at[i] == '\r')) i++;
    return i;
}

/* Behind the string that begins at i; t.size when it does not end. */
static size_t skip_string(struct text t, size_t i) {
    for (i++; i < t.size; i++) {
        if (t.at[i] == '\\')
            i++;
        else if (t.at[i] == '"')
            return i + 1;
    }
    return t.size;
}

static size_t skip_value(struct text t, size_t i) {
    size_t depth = 0;
    while (i < t.size) {
        char c = t.at[i];
        if (c == '"') {
            i = skip_string(t, i);
        } else if (c == '{' || c == '[') {
            depth++;
            i++;
        } else if (depth == 0 && (c == ',' || c == '}' || c == ']' || skip_space(t, i) != i)) {
            return i;
        } else {
            if (c == '}' || c == ']') depth--;
            i++;
            if (depth > 0 || (c != '}' && c != ']')) continue;
        }
        if (depth == 0) return i;
    }
    return t.size;
}

/* The member at *at; *at goes behind it and its comma. */
static bool next_member(struct text object, size_t *at, struct text *key, struct text *value) {
    size_t i = *at;
    if (i == 0) {
        i = skip_space(object, 0);
        if (i >= object.size || object.at[i++] != '{') return false;
        i = skip_space(object, i);
    }
    if (i >= object.size || object.at[i] != '"') return false;
    size_t end = skip_string(object, i);
    *key = (struct text){object.at + i + 1, end - i < 2 ? 0 : end - i - 2};
    i = skip_space(object, end);
    if (i >= object.size || object.at[i] != ':') return false;
    i = skip_space(object, i + 1);
    end = skip_value(object, i);
    *value = (struct text){object.at + i, end - i};
    i = skip_space(object, end);
    *at = i >= object.size || object.at[i] != ',' ? object.size : skip_space(object, i + 1);
    return true;
}

bool decode_raw_walk(struct text object, size_t *at, struct text *member) {
    struct text key, value;
    if (!next_member(object, at, &key, &value)) return false;
    *member = (struct text){key.at - 1, (size_t)(value.at + value.size - key.at) + 1};
    return true;
}

bool decode_raw_member(struct text object, const char *name, struct text *value) {
    struct text wanted = text_of(name), key;
    size_t at = 0;
    while (next_member(object, &at, &key, value))
        if (text_equal(key, wanted)) return value->size > 0;
    return false;
}

uint32_t decode_raw_elements(struct text array, struct text *out, uint32_t room) {
    uint32_t count = 0;
    size_t i = skip_space(array, 0);
    if (i >= array.size || array.at[i] != '[') return UINT32_MAX;
    i = skip_space(array, i + 1);
    if (i < array.size && array.at[i] == ']') return 0;
    while (i < array.size) {
        size_t end = skip_value(array, i);
        if (end == i || count == room) return UINT32_MAX;
        out[count++] = (struct text){array.at + i, end - i};
        i = skip_space(array, end);
        if (i < array.size && array.at[i] == ']') return count;
        if (i >= array.size || array.at[i] != ',') return UINT32_MAX;
        i = skip_space(array, i + 1);
    }
    return UINT32_MAX;
}
