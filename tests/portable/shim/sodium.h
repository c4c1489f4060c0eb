/* Of libsodium, where it is not to be had: what base/note.c, base/base64.c and core/compose_sign.c take. Base64 is right; a signature
 * is NOT: it is a hash that anybody can make. Ed25519 is libsodium's own affair and computes with integers; what is compared
 * here is what the decoders make of the bytes around it. */
#ifndef PARLEY_TEST_PORTABLE_SODIUM_H
#define PARLEY_TEST_PORTABLE_SODIUM_H

#include <stddef.h>

enum { sodium_base64_VARIANT_ORIGINAL = 1 };
void sodium_memzero(void *at, size_t size);
char *sodium_bin2base64(char *to, size_t room, const unsigned char *from, size_t size, int variant);
int sodium_base642bin(unsigned char *to, size_t room, const char *from, size_t size, const char *ignore, size_t *got, const char **end, int variant);
int crypto_sign_seed_keypair(unsigned char *public_key, unsigned char *secret, const unsigned char *seed);
int crypto_sign_detached(unsigned char *signature, unsigned long long *got, const unsigned char *text, unsigned long long size,
                         const unsigned char *secret);
int crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *text, unsigned long long size,
                                const unsigned char *public_key);

#endif
