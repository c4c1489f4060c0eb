/* Public keys of whoever issues access tokens: from PEM files and JWK sets (RFC 7517, RFC 8037). Only keys are taken whose tokens we verify;
 * a set is looked at whole, and what cannot be used is counted, not silently gone. */
#ifndef PARLEY_DOOR_TOKEN_KEYS_H
#define PARLEY_DOOR_TOKEN_KEYS_H

#include <openssl/evp.h>

#include "base/json.h"
#include "door/limits.h"

enum token_algorithm { TOKEN_RS256, TOKEN_ES256, TOKEN_EDDSA, TOKEN_ALGORITHMS };
const char *token_algorithm_name(enum token_algorithm a); /* as in the member "alg" */

struct token_key {
    EVP_PKEY *key;                        /* owned */
    enum token_algorithm algorithm;       /* what its kind of key signs with here */
    char id[DOOR_TOKEN_KEY_ID + 1]; size_t id_size; /* "kid"; 0: it has none */
};
struct token_keys {
    struct token_key key[DOOR_TOKEN_KEYS];
    uint32_t count;
    uint32_t passed;                      /* of a JWK set: for another use, another algorithm, or of a kind we do not verify */
};
void token_keys_free(struct token_keys *k);
/* All PUBLIC KEY, RSA PUBLIC KEY and CERTIFICATE blocks of `pem`. Errors, with `source` as field: MALFORMED (no such block, or one that cannot be read;
 * a secret key), UNSUPPORTED (RSA below 2048 bits, a curve other than P-256, another kind), FULL. What was taken before stays in `k`. */
result token_keys_pem(struct token_keys *k, const char *source, struct text pem, struct fault *f);
/* A JWK set. Keys with "use" other than "sig", or with an "alg" or kind that we do not verify, are passed over and counted. Errors as above; MALFORMED too where
 * no key of the set can be used, or where one of ours lacks a member. */
result token_keys_jwks(struct token_keys *k, const char *source, struct json_reader *json, struct text set, struct fault *f);

#endif
