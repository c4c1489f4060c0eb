#include "base/result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[RESULT_CODES] = {
    [RESULT_OK] = "ok",
    [RESULT_MALFORMED] = "malformed",
    [RESULT_RANGE] = "range",
    [RESULT_TOO_LARGE] = "too-large",
    [RESULT_FULL] = "full",
    [RESULT_NOT_FOUND] = "not-found",
    [RESULT_CONFLICT] = "conflict",
    [RESULT_FORBIDDEN] = "forbidden",
    [RESULT_UNAUTHENTIC] = "unauthentic",
    [RESULT_UNSUPPORTED] = "unsupported",
    [RESULT_IO] = "io",
    [RESULT_ROT] = "rot",
    [RESULT_LOST_TAIL] = "lost-tail",
    [RESULT_DIVERGED] = "diverged",
    [RESULT_BUSY] = "busy",
    [RESULT_UNKNOWN] = "unknown",
    [RESULT_USAGE] = "usage",
};

const char *result_name(enum result_code code) {
    assert((unsigned)code < RESULT_CODES);
    return names[code];
}

/* A text that was cut in the middle of a UTF-8 sequence loses the beginning of that sequence too: what reaches a
 * terminal or a problem document stays well formed. */
static void drop_cut_sequence(char *text, size_t size) {
    size_t back = 0;
    while (back < 3 && back < size && ((unsigned char)text[size - 1 - back] & 0xC0) == 0x80) back++;
    if (back == size) return;
    unsigned char lead = (unsigned char)text[size - 1 - back];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (need > back + 1) text[size - 1 - back] = '\0';
}

static void set_text(char *to, size_t room, const char *from, size_t length) {
    size_t size = length < room ? length : room - 1;
    memcpy(to, from, size);
    to[size] = '\0';
    drop_cut_sequence(to, size); /* always: the caller may have cut it before */
}

result fail(struct fault *f, enum result_code code, const char *field, const char *format, ...) {
    assert(code != RESULT_OK && (unsigned)code < RESULT_CODES);
    if (f != NULL) {
        /* Formatted aside first: the arguments may point into *f. */
        char message[sizeof f->message + 1];
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        assert(length >= 0);
        char path[sizeof f->field + 1];
        size_t path_length = field == NULL ? 0 : strnlen(field, sizeof path - 1);
        if (path_length > 0) memcpy(path, field, path_length);
        f->code = code;
        set_text(f->field, sizeof f->field, path, path_length);
        set_text(f->message, sizeof f->message, message, strlen(message));
    }
    return result_of(code);
}

void fault_prefix(struct fault *f, const char *prefix) {
    if (f == NULL) return;
    char joined[2 * sizeof f->field];
    size_t head = strnlen(prefix, sizeof f->field);
    size_t tail = strnlen(f->field, sizeof f->field - 1);
    memcpy(joined, prefix, head);
    memcpy(joined + head, f->field, tail);
    set_text(f->field, sizeof f->field, joined, head + tail);
}
