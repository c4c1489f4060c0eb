#include "door/token_keys.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>

enum { RSA_BITS_LEAST = 2048, RSA_BITS_MOST = 8192, COORDINATE = 32 };

const char *token_algorithm_name(enum token_algorithm a) {
    static const char *const names[TOKEN_ALGORITHMS] = {"RS256", "ES256", "EdDSA"};
    return names[a];
}

void token_keys_free(struct token_keys *k) {
    for (uint32_t i = 0; i < k->count; i++) EVP_PKEY_free(k->key[i].key);
    *k = (struct token_keys){.count = 0};
}

/* Takes `key`, fails or not. */
static result take(struct token_keys *k, const char *source, EVP_PKEY *key, struct text id, struct fault *f) {
    struct token_key *to = &k->key[k->count];
    char curve[64];
    size_t curve_size;
    int bits = EVP_PKEY_get_bits(key);
    result r = OK;
    *to = (struct token_key){.key = key, .id_size = id.size};
    if (EVP_PKEY_is_a(key, "RSA")) {
        to->algorithm = TOKEN_RS256;
        if (bits < RSA_BITS_LEAST || bits > RSA_BITS_MOST)
            r = fail(f, RESULT_UNSUPPORTED, source, "an RSA key of %d bits; %d to %d are taken", bits, RSA_BITS_LEAST, RSA_BITS_MOST);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        to->algorithm = TOKEN_ES256;
        if (EVP_PKEY_get_group_name(key, curve, sizeof curve, &curve_size) != 1 || strcmp(curve, SN_X9_62_prime256v1) != 0)
            r = fail(f, RESULT_UNSUPPORTED, source, "a key on a curve other than P-256");
    } else if (EVP_PKEY_is_a(key, "ED25519")) {
        to->algorithm = TOKEN_EDDSA;
    } else {
        r = fail(f, RESULT_UNSUPPORTED, source, "a key that is neither RSA, EC on P-256 nor Ed25519");
    }
    if (result_is_ok(r) && id.size > DOOR_TOKEN_KEY_ID) r = fail(f, RESULT_TOO_LARGE, source, "a \"kid\" of %zu bytes; at most %d", id.size, DOOR_TOKEN_KEY_ID);
    if (!result_is_ok(r)) {
        EVP_PKEY_free(key);
        return r;
    }
    if (id.size > 0) memcpy(to->id, id.at, id.size);
    k->count++;
    return OK;
}
static result room(const struct token_keys *k, const char *source, struct fault *f) {
    return k->count < DOOR_TOKEN_KEYS ? OK : fail(f, RESULT_FULL, source, "more than %d keys in all", DOOR_TOKEN_KEYS);
}

/* ---- PEM ---- */
static EVP_PKEY *key_of_block(const char *name, const unsigned char *der, long size) {
    const unsigned char *at = der;
    if (strcmp(name, PEM_STRING_PUBLIC) == 0) return d2i_PUBKEY(NULL, &at, size);
    if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0) return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, size);
    X509 *certificate = d2i_X509(NULL, &at, size);
    EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    return key;
}
static result block(struct token_keys *k, const char *source, const char *name, const unsigned char *der, long size, struct fault *f) {
    if (strstr(name, "PRIVATE") != NULL) return fail(f, RESULT_MALFORMED, source, "holds a secret key; the issuer's public key belongs here, and the secret one to nobody else");
    if (strcmp(name, PEM_STRING_PUBLIC) != 0 && strcmp(name, PEM_STRING_RSA_PUBLIC) != 0 && strcmp(name, PEM_STRING_X509) != 0)
        return fail(f, RESULT_MALFORMED, source, "holds a block of another kind than PUBLIC KEY or CERTIFICATE");
    TRY(room(k, source, f));
    EVP_PKEY *key = key_of_block(name, der, size);
    if (key == NULL) return fail(f, RESULT_MALFORMED, source, "a block %s that cannot be read", name);
    return take(k, source, key, TEXT(""), f);
}
result token_keys_pem(struct token_keys *k, const char *source, struct text pem, struct fault *f) {
    if (pem.size > INT_MAX) return fail(f, RESULT_TOO_LARGE, source, "%zu bytes", pem.size);
    BIO *in = BIO_new_mem_buf(pem.size > 0 ? pem.at : "", (int)pem.size);
    if (in == NULL) return fail(f, RESULT_FULL, source, "no memory");
    result r = OK;
    uint32_t found = 0;
    char *name, *header;
    unsigned char *der;
    long size;
    while (result_is_ok(r) && PEM_read_bio(in, &name, &header, &der, &size) == 1) {
        r = block(k, source, name, der, size, f);
        found++;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)size);
    }
    bool whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(in);
    if (result_is_ok(r) && found == 0) return fail(f, RESULT_MALFORMED, source, "holds no PEM block \"PUBLIC KEY\" or \"CERTIFICATE\"");
    if (result_is_ok(r) && !whole) return fail(f, RESULT_MALFORMED, source, "PEM block %u cannot be read", found + 1);
    return r;
}

/* ---- JWK sets ---- */
static bool bytes_of(const struct json *member, unsigned char *to, size_t most, size_t *size) {
    return member != NULL && member->kind == JSON_STRING &&
           sodium_base642bin(to, most, member->string.at, member->string.size, NULL, size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && *size > 0;
}
static EVP_PKEY *from_data(const char *kind, OSSL_PARAM_BLD *b) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (params == NULL || x == NULL || EVP_PKEY_fromdata_init(x) != 1 || EVP_PKEY_fromdata(x, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) key = NULL;
    EVP_PKEY_CTX_free(x);
    OSSL_PARAM_free(params);
    return key;
}
static EVP_PKEY *rsa_of(const struct json *jwk) {
    unsigned char n[RSA_BITS_MOST / 8 + 1], e[8];
    size_t n_size, e_size;
    if (!bytes_of(json_member(jwk, "n"), n, sizeof n, &n_size) || !bytes_of(json_member(jwk, "e"), e, sizeof e, &e_size)) return NULL;
    BIGNUM *bn = BN_bin2bn(n, (int)n_size, NULL), *be = BN_bin2bn(e, (int)e_size, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (bn != NULL && be != NULL && b != NULL && BN_is_odd(be) && !BN_is_one(be) && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be) == 1)
        key = from_data("RSA", b);
    OSSL_PARAM_BLD_free(b);
    BN_free(bn);
    BN_free(be);
    return key;
}
static EVP_PKEY *ec_of(const struct json *jwk) {
    unsigned char point[1 + 2 * COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
    size_t x, y;
    if (!bytes_of(json_member(jwk, "x"), point + 1, COORDINATE, &x) || !bytes_of(json_member(jwk, "y"), point + 1 + COORDINATE, COORDINATE, &y)) return NULL;
    if (x != COORDINATE || y != COORDINATE) return NULL;
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (b != NULL && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
        key = from_data("EC", b);
    OSSL_PARAM_BLD_free(b);
    return key;
}
static EVP_PKEY *okp_of(const struct json *jwk) {
    unsigned char x[COORDINATE];
    size_t size;
    if (!bytes_of(json_member(jwk, "x"), x, sizeof x, &size) || size != sizeof x) return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, size);
}

static struct text text_member(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && m->kind == JSON_STRING ? m->string : (struct text){NULL, 0};
}
/* Is it one whose tokens we verify, by what it says of itself? */
static bool ours(const struct json *jwk, enum token_algorithm *algorithm) {
    static const struct { const char *kind, *curve; enum token_algorithm algorithm; } kinds[] = {
        {"RSA", NULL, TOKEN_RS256}, {"EC", "P-256", TOKEN_ES256}, {"OKP", "Ed25519", TOKEN_EDDSA}};
    struct text kind = text_member(jwk, "kty"), use = text_member(jwk, "use"), alg = text_member(jwk, "alg");
    if (use.size > 0 && !text_is(use, "sig")) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!text_is(kind, kinds[i].kind) || (kinds[i].curve != NULL && !text_is(text_member(jwk, "crv"), kinds[i].curve))) continue;
        *algorithm = kinds[i].algorithm;
        return alg.size == 0 || text_is(alg, token_algorithm_name(kinds[i].algorithm));
    }
    return false;
}
static result one(struct token_keys *k, const char *source, const struct json *jwk, uint32_t number, struct fault *f) {
    enum token_algorithm algorithm;
    if (jwk->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, source, "/keys/%u is no object", number);
    if (!ours(jwk, &algorithm)) {
        k->passed++;
        return OK;
    }
    if (json_member(jwk, "d") != NULL) return fail(f, RESULT_MALFORMED, source, "/keys/%u holds a secret key; a set of public keys belongs here", number);
    TRY(room(k, source, f));
    EVP_PKEY *key = algorithm == TOKEN_RS256 ? rsa_of(jwk) : algorithm == TOKEN_ES256 ? ec_of(jwk) : okp_of(jwk);
    ERR_clear_error();
    if (key == NULL)
        return fail(f, RESULT_MALFORMED, source, "/keys/%u: its %s cannot be read", number, algorithm == TOKEN_RS256 ? "\"n\" and \"e\"" : algorithm == TOKEN_ES256 ? "\"x\" and \"y\"" : "\"x\"");
    return take(k, source, key, text_member(jwk, "kid"), f);
}
result token_keys_jwks(struct token_keys *k, const char *source, struct json_reader *json, struct text set, struct fault *f) {
    const struct json *top, *keys;
    struct fault inner = {0};
    uint32_t before = k->count, number = 0;
    result r = json_parse(json, set, JSON_OPEN, &top, &inner);
    if (!result_is_ok(r)) return fail(f, r.code, source, "is no JSON: %s: %s", inner.field, inner.message);
    keys = top->kind == JSON_OBJECT ? json_member(top, "keys") : NULL;
    if (keys == NULL || keys->kind != JSON_ARRAY) return fail(f, RESULT_MALFORMED, source, "is no JWK set: it has no array \"keys\"");
    for (const struct json *j = json_first(keys); j != NULL; j = json_next(keys, j)) TRY(one(k, source, j, number++, f));
    if (k->count == before) return fail(f, RESULT_MALFORMED, source, "none of its %u keys is for RS256, ES256 (P-256) or EdDSA (Ed25519) signatures", number);
    return OK;
}
