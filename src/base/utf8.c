#include "base/utf8.h"

#include <assert.h>
#include <string.h>

static bool is_tail(uint8_t b) { return (b & 0xC0) == 0x80; }

size_t utf8_next(const void *at, size_t left, uint32_t *character) {
    const uint8_t *b = at;
    if (left == 0) return 0;
    if (b[0] < 0x80) {
        *character = b[0];
        return 1;
    }
    if (b[0] < 0xC2) return 0; /* a tail byte, or overlong */
    if (b[0] < 0xE0) {
        if (left < 2 || !is_tail(b[1])) return 0;
        *character = (uint32_t)(b[0] & 0x1F) << 6 | (b[1] & 0x3F);
        return 2;
    }
    if (b[0] < 0xF0) {
        if (left < 3 || !is_tail(b[1]) || !is_tail(b[2])) return 0;
        uint32_t c = (uint32_t)(b[0] & 0x0F) << 12 | (uint32_t)(b[1] & 0x3F) << 6 | (b[2] & 0x3F);
        if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF)) return 0;
        *character = c;
        return 3;
    }
    if (b[0] > 0xF4 || left < 4 || !is_tail(b[1]) || !is_tail(b[2]) || !is_tail(b[3])) return 0;
    uint32_t c = (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3F) << 12 | (uint32_t)(b[2] & 0x3F) << 6 |
                 (b[3] & 0x3F);
    if (c < 0x10000 || c > 0x10FFFF) return 0;
    *character = c;
    return 4;
}

/* Eight bytes at once: the high bit of each byte that is below 0x20, above 0x7E, '"' or '\\'. Bytes above the lowest one so marked may
 * be marked wrongly (a borrow). */
static uint64_t special_bytes(uint64_t v) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t quote = v ^ (ones * '"'), slash = v ^ (ones * '\\'), delete = v ^ (ones * 0x7F);
    return (v | (v - ones * 0x20) | (quote - ones) | (slash - ones) | (delete - ones)) & high;
}

size_t utf8_plain(const void *at, size_t left) {
    const uint8_t *b = at;
    size_t run = 0;
    for (uint64_t v; left - run >= sizeof v; run += sizeof v) {
        memcpy(&v, b + run, sizeof v);
        uint64_t special = special_bytes(v);
        if (special == 0) continue;
        if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) break;
        return run + (size_t)__builtin_ctzll(special) / 8;
    }
    while (run < left && b[run] >= 0x20 && b[run] < 0x7F && b[run] != '"' && b[run] != '\\') run++;
    return run;
}

size_t utf8_put(uint32_t c, char to[4]) {
    assert(c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF));
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

bool utf8_barred(uint32_t c) {
    if (c < 0x20) return c != '\n';
    if (c < 0x7F) return false;
    if (c < 0xA0) return true;
    if (c < 0x2028) return false;
    if (c <= 0x2029 || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) return true;
    return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}
