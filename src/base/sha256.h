/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). OpenSSL, the digest fetched once; in builds without OpenSSL
 * (PARLEY_NO_OPENSSL) our own. */
#ifndef PARLEY_BASE_SHA256_H
#define PARLEY_BASE_SHA256_H

#include <stdalign.h>

#include <stdalign.h>

#include "base/text.h"

#define SHA256_SIZE 32
struct hash {
    uint8_t bytes[SHA256_SIZE];
};
struct sha256 { /* incremental; init, update..., final; may be reused after init */
    alignas(16) unsigned char opaque[128];
};
void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *bytes, size_t size);
struct hash sha256_final(struct sha256 *s);
struct hash sha256_of(const void *bytes, size_t size);
/* A keyed state made once: two compressions a call for messages under 56 bytes. */
struct hmac_key {
    struct sha256 inner, outer;
};
void hmac_key_init(struct hmac_key *k, const void *key, size_t size);
struct hash hmac_of(const struct hmac_key *k, const void *bytes, size_t size);
bool hash_equal(const struct hash *a, const struct hash *b); /* constant time */

#endif
