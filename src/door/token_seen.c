#include "door/token_seen.h"

#include <sodium.h>
#include <stdlib.h>

/* Of a token nothing is kept but a keyed hash of 128 bits: whoever does not know the key, which never leaves this memory, finds no second text of the same
 * hash but by luck (2^-128 a try). Its first bytes are its place, so nobody chooses whose place his token takes either. */
struct place { unsigned char hash[crypto_shorthash_siphashx24_BYTES]; bool taken; struct token token; };
struct token_seen { unsigned char key[crypto_shorthash_siphashx24_KEYBYTES]; struct place place[DOOR_TOKENS_SEEN]; };
_Static_assert((DOOR_TOKENS_SEEN & (DOOR_TOKENS_SEEN - 1)) == 0, "a power of two: places are cut from a hash");

struct token_seen *token_seen_new(void) {
    struct token_seen *s = calloc(1, sizeof *s);
    if (s != NULL) randombytes_buf(s->key, sizeof s->key);
    return s;
}
void token_seen_forget(struct token_seen *s) {
    for (size_t i = 0; i < DOOR_TOKENS_SEEN; i++) s->place[i].taken = false;
}
void token_seen_free(struct token_seen *s) {
    if (s != NULL) sodium_memzero(s->key, sizeof s->key);
    free(s);
}

static size_t hash_of(const struct token_seen *s, struct text jwt, unsigned char out[crypto_shorthash_siphashx24_BYTES]) {
    uint64_t at;
    crypto_shorthash_siphashx24(out, (const unsigned char *)jwt.at, jwt.size, s->key);
    memcpy(&at, out, sizeof at);
    return at & (DOOR_TOKENS_SEEN - 1);
}
const struct token *token_seen_find(const struct token_seen *s, struct text jwt) {
    unsigned char hash[crypto_shorthash_siphashx24_BYTES];
    if (jwt.size > DOOR_TOKEN_BYTES) return NULL;
    const struct place *p = &s->place[hash_of(s, jwt, hash)];
    return p->taken && sodium_memcmp(p->hash, hash, sizeof hash) == 0 ? &p->token : NULL;
}
void token_seen_put(struct token_seen *s, struct text jwt, const struct token *t) {
    unsigned char hash[crypto_shorthash_siphashx24_BYTES];
    struct place *p = &s->place[hash_of(s, jwt, hash)];
    memcpy(p->hash, hash, sizeof hash);
    p->taken = true;
    p->token = *t;
}
