/* The base64 half of bytes.h, in a file of its own: the pure floors link bytes.c and no library. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/bytes.h"

void append_base64(struct append *a, const void *bytes, size_t size) {
    const unsigned char *from = bytes;
    /* In runs of a multiple of three bytes, so that padding occurs at the end only and no large buffer is needed. */
    enum { RUN = 384 };
    char text[RUN / 3 * 4 + 1];
    size_t before = a->size;
    while (size > 0 && !a->full) {
        size_t run = size < RUN ? size : RUN;
        sodium_bin2base64(text, sizeof text, from, run, sodium_base64_VARIANT_ORIGINAL);
        append_str(a, text);
        from += run;
        size -= run;
    }
    if (a->full) a->size = before; /* all or nothing */
}

static bool in_alphabet(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

bool base64_read(struct text in, void *to, size_t room, size_t *size) {
    *size = 0;
    if (in.size == 0) return true;
    /* libsodium 1.0.18 takes some bytes above 0x7F for letters: one signature would have many spellings. */
    for (size_t i = 0; i < in.size; i++)
        if (!in_alphabet(in.at[i])) return false;
    /* libsodium refuses wrong padding, bits set behind the last byte, and more than `room` bytes. */
    return sodium_base642bin(to, room, in.at, in.size, NULL, size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}
