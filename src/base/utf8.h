/* UTF-8 as Unicode 15 table 3-7 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PARLEY_BASE_UTF8_H
#define PARLEY_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The character at `at` into *character; its length in bytes (1 to 4), or 0 when the bytes are no UTF-8 or `left` is 0. */
size_t utf8_next(const void *at, size_t left, uint32_t *character);
/* How many bytes from `at` on are printable ASCII other than '"' and '\\': what stands in a JSON string as it is. */
size_t utf8_plain(const void *at, size_t left);
/* Writes 1 to 4 bytes; `character` is a Unicode scalar value. */
size_t utf8_put(uint32_t character, char to[4]);
/* True for what FORMAT.md, "JSON", bars from texts: control characters (C0 other than line feed, DEL, C1), U+2028/2029,
 * U+202A-202E, U+2066-2069, noncharacters. */
bool utf8_barred(uint32_t character);

#ifdef __cplusplus
}
#endif
#endif
