/* Versions of F3411: numbers in base 32. Deployed servers make them of times; ours are random, so that they tell nothing. */
#include "core/dss_rid.h"

#define DIGITS_MOST 13

static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

bool dss_version_read(struct text in, uint64_t *out) {
    uint64_t v = 0;
    if (in.size == 0 || in.size > DIGITS_MOST) return false;
    for (size_t i = 0; i < in.size; i++) {
        int digit = digit_of(in.at[i]);
        if (digit < 0 || v >> 58 != 0) return false; /* five more bits make it 2^63 or more */
        v = v << 5 | (uint64_t)digit;
    }
    *out = v;
    return true;
}

void dss_version_append(struct append *a, uint64_t v) {
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    char room[DIGITS_MOST];
    size_t at = DIGITS_MOST;
    do room[--at] = digits[v & 31];
    while ((v >>= 5) != 0);
    append_bytes(a, room + at, DIGITS_MOST - at);
}

uint64_t dss_version_number(const uint8_t bytes[32]) {
    struct cursor c = cursor_of(bytes, 32);
    return (cursor_u64(&c) & (UINT64_MAX >> 2)) | UINT64_C(1) << 62;
}
