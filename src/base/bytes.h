/* Bounded reading and writing of bytes: the only ways in which untrusted bytes are touched by hand.
 * Integers are big-endian (FORMAT.md). */
#ifndef PARLEY_BASE_BYTES_H
#define PARLEY_BASE_BYTES_H

#include "base/result.h"
#include "base/text.h"

/* --- reading: once a read runs out of bytes `failed` is set and stays; every later read yields zeros. --- */
struct cursor {
    const uint8_t *at;
    size_t left;
    bool failed;
};
struct cursor cursor_of(const void *bytes, size_t size);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
int32_t cursor_i32(struct cursor *c);
int64_t cursor_i64(struct cursor *c);
/* Borrowed; NULL when fewer than `size` are left. */
const uint8_t *cursor_bytes(struct cursor *c, size_t size);
bool cursor_copy(struct cursor *c, void *to, size_t size);
/* True iff nothing failed and nothing is left. */
bool cursor_done(const struct cursor *c);

/* --- writing: a buffer that either has fixed room (borrowed) or grows up to `limit`. A write that does not fit sets
 * `full` and writes nothing; the content before stays valid. --- */
struct append {
    char *at;
    size_t size, room, limit;
    bool owned, full;
};
struct append append_fixed(void *room, size_t size);
struct append append_growing(size_t limit); /* malloc; append_free when done */
void append_free(struct append *a);
void append_reset(struct append *a); /* size = 0, full = false; keeps the room */
void append_bytes(struct append *a, const void *bytes, size_t size);
void append_text(struct append *a, struct text t);
void append_str(struct append *a, const char *terminated);
void append_char(struct append *a, char c);
__attribute__((format(printf, 2, 3))) void append_format(struct append *a, const char *format, ...);
void append_u8(struct append *a, uint8_t v);
void append_u16(struct append *a, uint16_t v);
void append_u32(struct append *a, uint32_t v);
void append_u64(struct append *a, uint64_t v);
void append_hex(struct append *a, const void *bytes, size_t size);
void append_decimal(struct append *a, int64_t v);
/* Fixed-point: v / 10^places, trailing zeros kept off ("47.5", "-0.0000001", "3"). Exact; no double. */
void append_fixed_point(struct append *a, int64_t v, unsigned places);
/* A JSON string with quotes that both dialects of json.h accept, whatever the bytes: \" \\ \n escaped, text that passed
 * JSON_PARLEY otherwise as it is. What FORMAT.md bars (other control characters, direction changes, noncharacters, bytes
 * that are no UTF-8) becomes U+FFFD: such text comes from other doors only. */
void append_json_string(struct append *a, struct text t);
struct text append_view(const struct append *a);

/* hex <-> bytes. Lower case only is read. */
bool hex_read(struct text hex, void *to, size_t size); /* hex.size must be 2*size */
/* base64 (RFC 4648, with padding), via libsodium. */
void append_base64(struct append *a, const void *bytes, size_t size);
bool base64_read(struct text in, void *to, size_t room, size_t *size);

#endif
