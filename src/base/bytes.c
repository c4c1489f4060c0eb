#include "base/bytes.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

/* --- reading --- */

struct cursor cursor_of(const void *bytes, size_t size) {
    assert(bytes != NULL || size == 0);
    return (struct cursor){.at = bytes, .left = size};
}

const uint8_t *cursor_bytes(struct cursor *c, size_t size) {
    static const uint8_t nothing[1]; /* a run of no bytes is a success, so it is never NULL */
    if (c->failed || size > c->left) {
        c->failed = true;
        return NULL;
    }
    if (size == 0) return c->at != NULL ? c->at : nothing;
    const uint8_t *at = c->at;
    c->at += size;
    c->left -= size;
    return at;
}

static uint64_t cursor_integer(struct cursor *c, size_t size) {
    const uint8_t *at = cursor_bytes(c, size);
    uint64_t v = 0;
    for (size_t i = 0; at != NULL && i < size; i++) v = v << 8 | at[i];
    return v;
}

uint8_t cursor_u8(struct cursor *c) { return (uint8_t)cursor_integer(c, 1); }
uint16_t cursor_u16(struct cursor *c) { return (uint16_t)cursor_integer(c, 2); }
uint32_t cursor_u32(struct cursor *c) { return (uint32_t)cursor_integer(c, 4); }
uint64_t cursor_u64(struct cursor *c) { return cursor_integer(c, 8); }
int32_t cursor_i32(struct cursor *c) { return (int32_t)cursor_u32(c); }
int64_t cursor_i64(struct cursor *c) { return (int64_t)cursor_u64(c); }

bool cursor_copy(struct cursor *c, void *to, size_t size) {
    const uint8_t *at = cursor_bytes(c, size);
    if (size == 0) return at != NULL;
    if (at != NULL)
        memcpy(to, at, size);
    else
        memset(to, 0, size);
    return at != NULL;
}

bool cursor_done(const struct cursor *c) { return !c->failed && c->left == 0; }

/* --- writing --- */

struct append append_fixed(void *room, size_t size) {
    assert(room != NULL || size == 0);
    return (struct append){.at = room, .room = size, .limit = size};
}

struct append append_growing(size_t limit) { return (struct append){.limit = limit, .owned = true}; }

void append_free(struct append *a) {
    if (a->owned) free(a->at);
    *a = (struct append){0};
}

void append_reset(struct append *a) {
    a->size = 0;
    a->full = false;
}

static bool append_grow(struct append *a, size_t need) {
    if (!a->owned || need > a->limit) return false;
    size_t room = a->room < 256 ? 256 : a->room;
    while (room < need) room = room > a->limit / 2 ? a->limit : room * 2;
    if (room > a->limit) room = a->limit;
    char *at = realloc(a->at, room);
    if (at == NULL) return false;
    a->at = at;
    a->room = room;
    return true;
}

/* Room for `size` more bytes, counted as written; NULL and `full` when there is none. Once full, always full (until a
 * reset): a text with a hole in its middle must not come about. */
static char *append_room(struct append *a, size_t size) {
    assert(a->size <= a->room && a->room <= a->limit);
    if (!a->full && size > a->room - a->size && (size > a->limit - a->size || !append_grow(a, a->size + size)))
        a->full = true;
    if (a->full) return NULL;
    char *at = a->at + a->size;
    a->size += size;
    return at;
}

void append_bytes(struct append *a, const void *bytes, size_t size) {
    if (size == 0) return;
    char *to = append_room(a, size);
    if (to != NULL) memcpy(to, bytes, size);
}

void append_text(struct append *a, struct text t) { append_bytes(a, t.at, t.size); }
void append_str(struct append *a, const char *terminated) { append_bytes(a, terminated, strlen(terminated)); }
void append_char(struct append *a, char c) {
    if (!a->full && a->size < a->room) a->at[a->size++] = c; /* called for each character of what is escaped */
    else append_bytes(a, &c, 1);
}

void append_format(struct append *a, const char *format, ...) {
    char small[512]; /* aside, because vsnprintf wants a byte more than the text is long */
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    if ((size_t)length < sizeof small) {
        append_bytes(a, small, (size_t)length);
    } else {
        char *large = malloc((size_t)length + 1);
        if (large == NULL) {
            a->full = true;
        } else {
            vsnprintf(large, (size_t)length + 1, format, again);
            append_bytes(a, large, (size_t)length);
            free(large);
        }
    }
    va_end(again);
}

static void append_integer(struct append *a, uint64_t v, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(v >> 8 * (size - 1 - i));
    append_bytes(a, bytes, size);
}

void append_u8(struct append *a, uint8_t v) { append_integer(a, v, 1); }
void append_u16(struct append *a, uint16_t v) { append_integer(a, v, 2); }
void append_u32(struct append *a, uint32_t v) { append_integer(a, v, 4); }
void append_u64(struct append *a, uint64_t v) { append_integer(a, v, 8); }

/* Eight digits of four bytes at once: a nibble into each byte, then '0' is added, and 39 more from ten on. */
static void put_hex_word(char to[8], const uint8_t from[4]) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t v = (uint64_t)from[0] << 24 | (uint64_t)from[1] << 16 | (uint64_t)from[2] << 8 | from[3];
    v = (v | v << 16) & UINT64_C(0x0000FFFF0000FFFF);
    v = (v | v << 8) & UINT64_C(0x00FF00FF00FF00FF);
    v = (v | v << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    v += ones * '0' + ((v + ones * 6) >> 4 & ones) * ('a' - '0' - 10);
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) v = __builtin_bswap64(v);
    memcpy(to, &v, sizeof v);
}

void append_hex(struct append *a, const void *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    if (size > SIZE_MAX / 2) {
        a->full = true;
        return;
    }
    char *to = size == 0 ? NULL : append_room(a, 2 * size);
    size_t i = 0;
    for (; to != NULL && i + 4 <= size; i += 4) put_hex_word(to + 2 * i, from + i);
    for (; to != NULL && i < size; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
}

/* The digits of v from the end of `room` backwards; returns where they begin. */
static char *decimal_digits(uint64_t v, char *end) {
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    return end;
}

static uint64_t magnitude(int64_t v) { return v < 0 ? 0 - (uint64_t)v : (uint64_t)v; }

void append_decimal(struct append *a, int64_t v) {
    char room[24], *end = room + sizeof room;
    char *at = decimal_digits(magnitude(v), end);
    if (v < 0) *--at = '-';
    append_bytes(a, at, (size_t)(end - at));
}

void append_fixed_point(struct append *a, int64_t v, unsigned places) {
    assert(places <= 18);
    uint64_t m = magnitude(v), unit = 1;
    for (unsigned i = 0; i < places; i++) unit *= 10;
    uint64_t part = m % unit;
    char room[48], *end = room + sizeof room, *at = end;
    if (part != 0) {
        unsigned left = places;
        while (part % 10 == 0) part /= 10, left--;
        for (; left > 0; left--, part /= 10) *--at = (char)('0' + part % 10);
        *--at = '.';
    }
    at = decimal_digits(m / unit, at);
    if (v < 0) *--at = '-';
    append_bytes(a, at, (size_t)(end - at));
}

/* How many bytes from `at` on need no escape and no replacement. */
static size_t plain_run(const uint8_t *at, size_t left) {
    size_t run = 0;
    for (;;) {
        run += utf8_plain(at + run, left - run);
        if (run == left) break;
        uint32_t character;
        size_t size = at[run] < 0x80 ? 0 : utf8_next(at + run, left - run, &character);
        if (size == 0 || utf8_barred(character)) break;
        run += size;
    }
    return run;
}

void append_json_string(struct append *a, struct text t) {
    const uint8_t *at = (const uint8_t *)t.at;
    size_t left = t.size, before = a->size;
    append_char(a, '"');
    while (left > 0 && !a->full) {
        size_t run = plain_run(at, left);
        append_bytes(a, at, run);
        at += run;
        left -= run;
        if (left == 0) break;
        uint32_t character;
        size_t size = utf8_next(at, left, &character);
        if (*at == '"')
            append_str(a, "\\\"");
        else if (*at == '\\')
            append_str(a, "\\\\");
        else if (*at == '\n')
            append_str(a, "\\n");
        else
            append_str(a, "\xEF\xBF\xBD");
        if (size == 0) size = 1; /* one mark per byte that belongs to no character */
        at += size;
        left -= size;
    }
    append_char(a, '"');
    if (a->full) a->size = before; /* all or nothing */
}

struct text append_view(const struct append *a) { return (struct text){a->at, a->size}; }

/* --- hex --- */

/* Value + 1 of each lower-case hex digit, 0 for what is none. */
static const uint8_t hex_value[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
    ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16};

/* Nothing is written unless all of it is hex. */
bool hex_read(struct text hex, void *to, size_t size) {
    if (hex.size / 2 != size || hex.size % 2 != 0) return false;
    const uint8_t *from = (const uint8_t *)hex.at;
    bool good = true;
    for (size_t i = 0; i < hex.size; i++) good &= hex_value[from[i]] != 0;
    if (!good) return false;
    uint8_t *bytes = to;
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)((hex_value[from[2 * i]] - 1) << 4 | (hex_value[from[2 * i + 1]] - 1));
    return true;
}
