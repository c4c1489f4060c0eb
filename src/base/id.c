#include "base/id.h"

bool id_read(struct text hex, struct id *out) { return hex_read(hex, out->bytes, sizeof out->bytes); }

bool id_equal(const struct id *a, const struct id *b) { return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0; }

int id_compare(const struct id *a, const struct id *b) {
    int order = memcmp(a->bytes, b->bytes, sizeof a->bytes);
    return order < 0 ? -1 : order > 0;
}

void append_id(struct append *a, const struct id *id) { append_hex(a, id->bytes, sizeof id->bytes); }

static bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

result name_read(struct text in, struct name *out, struct fault *f) {
    int shown = (int)(in.size < 40 ? in.size : 40);
    if (in.size == 0) return fail(f, RESULT_MALFORMED, "", "a name must not be empty");
    if (in.size >= NAME_ROOM)
        return fail(f, RESULT_TOO_LARGE, "", "'%.*s': a name has at most %d characters", shown, in.at, NAME_ROOM - 1);
    for (size_t i = 0; i < in.size; i++)
        if (!is_alphanumeric(in.at[i]) && (i == 0 || in.at[i] != '-'))
            return fail(f, RESULT_MALFORMED, "", "'%.*s': a name is a-z, 0-9 and, behind the first character, '-'",
                        shown, in.at);
    struct name name = {{0}};
    memcpy(name.at, in.at, in.size);
    *out = name;
    return OK;
}

struct text name_text(const struct name *n) { return (struct text){n->at, strnlen(n->at, sizeof n->at)}; }

bool name_equal(const struct name *a, const struct name *b) { return memcmp(a->at, b->at, sizeof a->at) == 0; }
