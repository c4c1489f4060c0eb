/* Access tokens and key sets: right tokens with bytes changed after the signature, claims that the input chooses signed by the right key, or any bytes;
 * and any bytes as PEM file and as JWK set. A token is taken only where it is in time, names its audience and its bearer, and nothing was changed. */
#include <openssl/evp.h>

#include "fuzz.h"

#include "door/token.h"

#define NOW (INT64_C(1795413600) * INSTANT_SECOND)
static struct json_reader *json;
static struct token_keys keys;
static EVP_PKEY *secret;
static const char *const audiences[] = {"localhost"};

static void start(void) {
    static const unsigned char seed_bytes[32] = {7};
    unsigned char raw[32];
    size_t size = sizeof raw;
    struct fault f = {0};
    char set[256], x[64];
    if (json != NULL) return;
    json = json_reader_new(1 << 20);
    secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed_bytes, sizeof seed_bytes);
    if (secret == NULL || EVP_PKEY_get_raw_public_key(secret, raw, &size) != 1) abort();
    sodium_bin2base64(x, sizeof x, raw, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(set, sizeof set, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}]}", x);
    if (!result_is_ok(token_keys_jwks(&keys, "set", json, text_of(set), &f))) abort();
}

static void append_url64(struct append *out, const void *bytes, size_t size) {
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *at = malloc(room);
    append_str(out, sodium_bin2base64(at, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
    free(at);
}
static void make(struct append *out, struct text head, struct text claims) {
    unsigned char signature[64];
    size_t size = sizeof signature;
    append_url64(out, head.at, head.size);
    append_char(out, '.');
    append_url64(out, claims.at, claims.size);
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(x, NULL, NULL, NULL, secret) != 1 || EVP_DigestSign(x, signature, &size, (const unsigned char *)out->at, out->size) != 1) abort();
    EVP_MD_CTX_free(x);
    append_char(out, '.');
    append_url64(out, signature, size);
}

#define HEAD "{\"alg\":\"EdDSA\"}"
#define CLAIMS "{\"iss\":\"i\",\"sub\":\"uss\",\"aud\":\"localhost\",\"exp\":1795417200,\"scope\":\"rid.display_provider\"}"
static void seeds(void) {
    seed("changed", 0, "\0\0\0", 3);
    seed("changed", 1, "\0\1\0\5\177", 5);
    seed_text("claims", 0, "\1" CLAIMS);
    seed_text("claims", 1, "\1{\"iss\":\"i\",\"sub\":\"u\",\"aud\":[\"a\",\"localhost\"],\"exp\":1.7954172e9,\"nbf\":1}");
    seed_text("head", 0, "\2{\"alg\":\"EdDSA\",\"kid\":\"k\",\"typ\":\"JWT\"}");
    seed_text("any", 0, "\3eyJhbGciOiJFZERTQSJ9.e30.AA");
    seed_text("set", 0, "\4{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\",\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"},{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}");
    seed_text("pem", 0, "\5-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n");
}

static void take_keys(struct text bytes, bool set) {
    struct token_keys k = {.count = 0};
    struct fault f = {0};
    result r = set ? token_keys_jwks(&k, "set", json, bytes, &f) : token_keys_pem(&k, "file", bytes, &f);
    check_fault(r, &f);
    assert(!result_is_ok(r) || (k.count > 0 && k.count <= DOOR_TOKEN_KEYS));
    for (uint32_t i = 0; i < k.count; i++) assert(k.key[i].key != NULL && k.key[i].id_size <= DOOR_TOKEN_KEY_ID);
    token_keys_free(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct token t;
    struct fault f = {0};
    const struct token_rules rules = {.keys = &keys, .audiences = audiences, .audience_count = 1, .skew_ns = 30 * INSTANT_SECOND};
    start();
    struct append jwt = append_growing(1 << 20);
    struct draw d = {bytes, size};
    uint8_t way = draw_byte(&d) % 6;
    bool changed = false;
    if (way >= 4) {
        take_keys(draw_rest(&d), way == 4);
        return 0;
    }
    if (way == 0) make(&jwt, TEXT(HEAD), TEXT(CLAIMS));
    else if (way == 1) make(&jwt, TEXT(HEAD), draw_rest(&d));
    else if (way == 2) make(&jwt, draw_rest(&d), TEXT(CLAIMS));
    else append_text(&jwt, draw_rest(&d));
    while (way == 0 && d.left >= 3) {
        uint32_t at = draw_below(&d, 65536) % (uint32_t)jwt.size;
        jwt.at[at] = (char)((uint8_t)jwt.at[at] ^ draw_byte(&d));
    }
    if (way == 0) {
        struct append right = append_growing(1 << 16);
        make(&right, TEXT(HEAD), TEXT(CLAIMS));
        changed = !text_equal(append_view(&right), append_view(&jwt));
        append_free(&right);
    }
    /* The reader may hold on to nothing beyond the token: it gets bytes of exactly its size. */
    char *exact = malloc(jwt.size + 1);
    memcpy(exact, jwt.at == NULL ? "" : jwt.at, jwt.size);
    result r = token_verify(&rules, json, (struct text){exact, jwt.size}, NOW, &t, &f);
    check_fault(r, &f);
    assert(result_is_ok(r) || r.code == RESULT_UNAUTHENTIC);
    if (way == 0) assert(result_is_ok(r) == !changed);
    if (way == 3) assert(!result_is_ok(r));
    if (result_is_ok(r)) assert(t.subject_size > 0 && t.expires >= NOW - 30 * INSTANT_SECOND && t.expires <= NOW + 3630 * INSTANT_SECOND && t.scopes < UINT32_C(1) << SCOPES);
    free(exact);
    append_free(&jwt);
    return 0;
}
