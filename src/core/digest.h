/* Internal to src/core: canonical bytes of rows for state_digest. Every figure big-endian and of fixed width, texts with their length;
 * rows of other tables by what names them, never by row number. */
#ifndef PARLEY_CORE_DIGEST_H
#define PARLEY_CORE_DIGEST_H

#include "core/tables.h"

void digest_u64(struct sha256 *to, uint64_t v); /* every integer and bool is written as 64 bits, signed ones sign-extended */
void digest_all(struct sha256 *to, const uint64_t *v, size_t n);
#define DIGEST_ALL(to, ...) digest_all((to), (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
void digest_name(struct sha256 *to, const struct name *n);
void digest_hash(struct sha256 *to, const struct hash *h);
void digest_id(struct sha256 *to, const struct id *id);
void digest_bytes(struct sha256 *to, const void *bytes, size_t size); /* with its length */
void digest_readers(const struct state *st, struct sha256 *to, const struct reader_set *set);
void digest_volumes(const struct state *st, struct sha256 *to, row first); /* the chain */
void digest_text(const struct state *st, struct sha256 *to, struct text_ref t);
void cosigned_digest(const struct state *st, struct sha256 *to); /* cosigned.c */
void digest_timer(const struct state *st, struct sha256 *to, enum timer_kind kind, row r);

#endif
