/* Access tokens: what is taken, and of each refusal which field and why. Keys are made here; tests/door/tokens_test.py has them signed by another
 * library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "door/bearers.h"
#include "door/token_seen.h"

#include <cmocka.h> /* its fail() is a macro, ours a function: behind our headers */

#define NOW (INT64_C(1795413600) * INSTANT_SECOND)
enum { BY_RSA, OTHER_RSA, BY_EC, BY_ED, SMALL_RSA, P384, KEYS };
static EVP_PKEY *secret[KEYS];
static struct json_reader *json;
static struct token_keys keys;
static const char *const audiences[] = {"sorrel.example", "localhost"};

static struct text pem_of(EVP_PKEY *key, bool private, char *room, size_t size) {
    BIO *out = BIO_new(BIO_s_mem());
    char *at;
    assert_int_equal(private ? PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(out, key), 1);
    long got = BIO_get_mem_data(out, &at);
    assert_true(got > 0 && (size_t)got < size);
    memcpy(room, at, (size_t)got);
    room[got] = '\0';
    BIO_free(out);
    return (struct text){room, (size_t)got};
}

static int setup(void **state) {
    char room[4096];
    struct fault f;
    (void)state;
    assert_true(sodium_init() >= 0);
    json = json_reader_new(DOOR_TOKEN_SOURCE_BYTES);
    secret[BY_RSA] = EVP_RSA_gen(2048);
    secret[OTHER_RSA] = EVP_RSA_gen(2048);
    secret[SMALL_RSA] = EVP_RSA_gen(1024);
    secret[BY_EC] = EVP_EC_gen("P-256");
    secret[P384] = EVP_EC_gen("P-384");
    secret[BY_ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    for (int i = BY_RSA; i <= BY_ED; i++)
        if (i != OTHER_RSA) assert_true(result_is_ok(token_keys_pem(&keys, "keys", pem_of(secret[i], false, room, sizeof room), &f)));
    assert_int_equal(keys.count, 3);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    token_keys_free(&keys);
    for (int i = 0; i < KEYS; i++) EVP_PKEY_free(secret[i]);
    json_reader_free(json);
    return 0;
}

/* ---- making tokens ---- */
static void append_url64(struct append *out, const void *bytes, size_t size) {
    char room[8192];
    assert_true(sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING) <= sizeof room);
    append_str(out, sodium_bin2base64(room, sizeof room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}
static void sign(struct append *out, EVP_PKEY *key) {
    unsigned char signature[1024];
    size_t size = sizeof signature;
    struct text said = append_view(out);
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(x, NULL, EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(x, signature, &size, (const unsigned char *)said.at, said.size), 1);
    EVP_MD_CTX_free(x);
    if (EVP_PKEY_is_a(key, "EC")) {
        const unsigned char *at = signature;
        ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)size);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(s), signature, 32), 32);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(s), signature + 32, 32), 32);
        ECDSA_SIG_free(s);
        size = 64;
    }
    append_char(out, '.');
    append_url64(out, signature, size);
}
static struct text make(const char *head, const char *claims, int key, char *room, size_t size) {
    struct append out = append_fixed(room, size);
    append_url64(&out, head, strlen(head));
    append_char(&out, '.');
    append_url64(&out, claims, strlen(claims));
    sign(&out, secret[key]);
    assert_false(out.full);
    return append_view(&out);
}
static result verify(struct text jwt, struct token *t, struct fault *f) {
    const struct token_rules rules = {.keys = &keys, .audiences = audiences, .audience_count = 2, .skew_ns = 30 * INSTANT_SECOND};
    *f = (struct fault){.code = RESULT_OK};
    return token_verify(&rules, json, jwt, NOW, t, f);
}

#define GOOD "\"iss\":\"issuer\",\"sub\":\"uss1\",\"exp\":1795417200,\"aud\":\"localhost\""
#define ES "{\"alg\":\"ES256\"}"
static const struct {
    const char *name, *head, *claims;
    int key;
    const char *field, *words; /* field NULL: taken */
} rows[] = {
    {"RS256", "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", "{" GOOD ",\"scope\":\"utm.strategic_coordination\"}", BY_RSA, NULL, NULL},
    {"ES256", ES, "{" GOOD "}", BY_EC, NULL, NULL},
    {"EdDSA", "{\"alg\":\"EdDSA\"}", "{" GOOD "}", BY_ED, NULL, NULL},
    {"a name for a key that has none here", "{\"alg\":\"ES256\",\"kid\":\"k1\"}", "{" GOOD "}", BY_EC, NULL, NULL},
    {"several audiences", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413700,\"aud\":[\"a\",\"sorrel.example\"]}", BY_EC, NULL, NULL},
    {"within the skew, after its end", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413570,\"aud\":\"localhost\"}", BY_EC, NULL, NULL},
    {"within the skew, beyond the hour", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795417230,\"aud\":\"localhost\"}", BY_EC, NULL, NULL},
    {"a part of a second", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795417200.5,\"nbf\":1.7954136e9,\"aud\":\"localhost\"}", BY_EC, NULL, NULL},
    {"unsigned", "{\"alg\":\"none\"}", "{" GOOD "}", BY_EC, "alg", "got \"none\""},
    {"HMAC", "{\"alg\":\"HS256\"}", "{" GOOD "}", BY_EC, "alg", "got \"HS256\""},
    {"RS384", "{\"alg\":\"RS384\"}", "{" GOOD "}", BY_RSA, "alg", "expected RS256, ES256 or EdDSA"},
    {"no algorithm", "{}", "{" GOOD "}", BY_EC, "alg", "is missing"},
    {"an algorithm that is no text", "{\"alg\":1}", "{" GOOD "}", BY_EC, "alg", "is missing"},
    {"an extension", "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}", "{" GOOD "}", BY_EC, "crit", "none is understood"},
    {"a name that is no text", "{\"alg\":\"ES256\",\"kid\":7}", "{" GOOD "}", BY_EC, "kid", "is no text"},
    {"another's key", "{\"alg\":\"RS256\"}", "{" GOOD "}", OTHER_RSA, "signature", "of none of the keys"},
    {"signed in another way than said", "{\"alg\":\"ES256\"}", "{" GOOD "}", BY_ED, "signature", "of none of the keys"},
    {"a doubled claim", ES, "{" GOOD ",\"exp\":1}", BY_EC, "Authorization", "body is no JSON"},
    {"claims that are no object", ES, "[1]", BY_EC, "Authorization", "no JSON object"},
    {"a head that is no object", "[]", "{" GOOD "}", BY_EC, "Authorization", "head is no JSON object"},
    {"expired", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413569,\"aud\":\"localhost\"}", BY_EC, "exp", "2026-11-23T05:59:29.000Z, which is 31 s ago"},
    {"too long", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795417231,\"aud\":\"localhost\"}", BY_EC, "exp", "one hour at most"},
    {"in the far future", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1e300,\"aud\":\"localhost\"}", BY_EC, "exp", "no number of seconds"},
    {"an end that is no number", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":\"1795417200\",\"aud\":\"localhost\"}", BY_EC, "exp", "no number of seconds"},
    {"no end", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"aud\":\"localhost\"}", BY_EC, "exp", "is missing"},
    {"not yet", ES, "{" GOOD ",\"nbf\":1795413631}", BY_EC, "nbf", "31 s ahead"},
    {"a begin that is no number", ES, "{" GOOD ",\"nbf\":true}", BY_EC, "nbf", "no number of seconds"},
    {"another audience", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413700,\"aud\":\"other.example\"}", BY_EC, "aud",
     "expected \"sorrel.example\" or \"localhost\", got \"other.example\""},
    {"other audiences", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413700,\"aud\":[\"x\",\"localhos\"]}", BY_EC, "aud", "got \"x\" and others"},
    {"an audience that only begins so", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413700,\"aud\":\"localhost:8420\"}", BY_EC, "aud", "got \"localhost:8420\""},
    {"no audience", ES, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413700}", BY_EC, "aud", "is missing"},
    {"a subject with a NUL", ES, "{\"iss\":\"i\",\"sub\":\"u\\u0000\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "sub", "character that is not shown"},
    {"a subject of two lines", ES, "{\"iss\":\"i\",\"sub\":\"u\\nv\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "sub", "character that is not shown"},
    {"a subject that turns", ES, "{\"iss\":\"i\",\"sub\":\"u\\u202ev\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "sub", "character that is not shown"},
    {"a subject with a C1 control", ES, "{\"iss\":\"i\",\"sub\":\"\\u0085\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "sub", "character that is not shown"},
    {"a subject of other letters", ES, "{\"iss\":\"i\",\"sub\":\"\\u00e4 \\ud83d\\ude81\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, NULL, NULL},
    {"no subject", ES, "{\"iss\":\"i\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "sub", "is missing"},
    {"an empty subject", ES, "{\"iss\":\"i\",\"sub\":\"\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "sub", "is missing"},
    {"no issuer", ES, "{\"sub\":\"u\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, "iss", "is missing"},
    {"scopes that are no text", ES, "{" GOOD ",\"scope\":[\"a\"]}", BY_EC, "scope", "no text of scopes"},
};

static void each_row(void **state) {
    char room[8192];
    struct token t;
    struct fault f;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        result r = verify(make(rows[i].head, rows[i].claims, rows[i].key, room, sizeof room), &t, &f);
        bool as_wanted = rows[i].field == NULL ? result_is_ok(r) : r.code == RESULT_UNAUTHENTIC && strcmp(f.field, rows[i].field) == 0 && strstr(f.message, rows[i].words) != NULL;
        if (!as_wanted) fail_msg("%s: %s: %s: %s", rows[i].name, result_name(r.code), f.field, f.message);
    }
}

static void names_and_scopes(void **state) {
    char room[8192];
    struct token t;
    struct fault f;
    (void)state;
    struct text jwt = make(ES, "{" GOOD ",\"scope\":\"utm.constraint_processing  rid.display_provider utm.strategic utm.strategic_coordinationx openid\"}", BY_EC, room, sizeof room);
    assert_true(result_is_ok(verify(jwt, &t, &f)));
    assert_int_equal(t.scopes, SCOPE(CONSTRAINT_PROCESSING) | SCOPE(RID_DISPLAY));
    assert_true(text_is((struct text){t.subject, t.subject_size}, "uss1"));
    assert_int_equal(t.expires, NOW + 3600 * INSTANT_SECOND);
    assert_int_equal(t.from, INSTANT_NONE);
    for (int s = 0; s < SCOPES; s++) {
        char claims[512];
        snprintf(claims, sizeof claims, "{" GOOD ",\"scope\":\"%s\"}", token_scope_name((enum token_scope)s));
        assert_true(result_is_ok(verify(make(ES, claims, BY_EC, room, sizeof room), &t, &f)));
        assert_int_equal(t.scopes, UINT32_C(1) << s);
    }
}

static void tests_are_not_live(void **state) {
    char room[8192];
    struct token t;
    struct fault f;
    (void)state;
    struct text jwt = make(ES, "{\"iss\":\"" TOKEN_ISSUER_DEVELOPMENT "\",\"sub\":\"u\",\"exp\":1795413700,\"aud\":\"localhost\"}", BY_EC, room, sizeof room);
    struct token_rules rules = {.keys = &keys, .audiences = audiences, .audience_count = 2};
    assert_true(result_is_ok(token_verify(&rules, json, jwt, NOW, &t, &f)));
    rules.live = true;
    assert_int_equal(token_verify(&rules, json, jwt, NOW, &t, &f).code, RESULT_UNAUTHENTIC);
    assert_string_equal(f.field, "iss");
}

/* Every byte counts: of one that is changed nothing is taken. */
static void any_change(void **state) {
    char room[8192], changed[8192];
    struct token t;
    struct fault f;
    (void)state;
    for (int key = BY_EC; key <= BY_ED; key++) {
        struct text jwt = make(key == BY_EC ? ES : "{\"alg\":\"EdDSA\"}", "{" GOOD "}", key, room, sizeof room);
        for (size_t i = 0; i < jwt.size; i++) {
            memcpy(changed, jwt.at, jwt.size);
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            assert_int_equal(verify((struct text){changed, jwt.size}, &t, &f).code, RESULT_UNAUTHENTIC);
        }
        for (size_t size = 0; size < jwt.size; size++) assert_int_equal(verify((struct text){jwt.at, size}, &t, &f).code, RESULT_UNAUTHENTIC);
    }
}
static void forms(void **state) {
    static const char *const bad[] = {"", ".", "..", "...", "a.b", "a.b.c", "e30.e30.e30", "e30=.e30.AA", "e30.e30.", "{}.{}.x", "eyJhbGciOiJFUzI1NiJ9.e30.AA.AA"};
    struct token t;
    struct fault f;
    char *large = malloc(DOOR_TOKEN_BYTES + 1);
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_int_equal(verify(text_of(bad[i]), &t, &f).code, RESULT_UNAUTHENTIC);
    memset(large, 'a', DOOR_TOKEN_BYTES + 1);
    assert_int_equal(verify((struct text){large, DOOR_TOKEN_BYTES + 1}, &t, &f).code, RESULT_UNAUTHENTIC);
    assert_non_null(strstr(f.message, "at most"));
    free(large);
}

/* ---- keys ---- */
static void refuse_pem(const char *pem, enum result_code code, const char *words) {
    struct token_keys k = {.count = 0};
    struct fault f = {.code = RESULT_OK};
    result r = token_keys_pem(&k, "file", text_of(pem), &f);
    if (r.code != code || strstr(f.message, words) == NULL || strcmp(f.field, "file") != 0) fail_msg("%s: %s: %s", words, result_name(r.code), f.message);
    token_keys_free(&k);
}
/* A certificate, and an RSA key as PKCS #1 has it: both give the key that they hold. */
static void take_certificate(void) {
    struct token_keys k = {.count = 0};
    struct fault f;
    X509 *certificate = X509_new();
    unsigned char *der = NULL;
    char *at;
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(X509_set_pubkey(certificate, secret[BY_EC]), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    assert_true(X509_sign(certificate, secret[BY_EC], EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    int size = i2d_PublicKey(secret[BY_RSA], &der);
    assert_true(size > 0 && PEM_write_bio(out, PEM_STRING_RSA_PUBLIC, "", der, size) > 0);
    long got = BIO_get_mem_data(out, &at);
    assert_true(result_is_ok(token_keys_pem(&k, "file", (struct text){at, (size_t)got}, &f)));
    assert_int_equal(k.count, 2);
    assert_int_equal(EVP_PKEY_eq(k.key[0].key, secret[BY_EC]), 1);
    assert_int_equal(EVP_PKEY_eq(k.key[1].key, secret[BY_RSA]), 1);
    token_keys_free(&k);
    OPENSSL_free(der);
    X509_free(certificate);
    BIO_free(out);
}
static void pem_files(void **state) {
    char room[8192];
    EVP_PKEY *other_kind = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    struct token_keys k = {.count = 0};
    struct fault f;
    (void)state;
    refuse_pem("", RESULT_MALFORMED, "holds no PEM block");
    refuse_pem("ssh-ed25519 AAAA", RESULT_MALFORMED, "holds no PEM block");
    refuse_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", RESULT_MALFORMED, "cannot be read");
    refuse_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n", RESULT_MALFORMED, "");
    refuse_pem("-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n", RESULT_MALFORMED, "another kind");
    refuse_pem(pem_of(secret[BY_RSA], true, room, sizeof room).at, RESULT_MALFORMED, "a secret key");
    refuse_pem(pem_of(secret[SMALL_RSA], false, room, sizeof room).at, RESULT_UNSUPPORTED, "1024 bits");
    refuse_pem(pem_of(secret[P384], false, room, sizeof room).at, RESULT_UNSUPPORTED, "P-256");
    refuse_pem(pem_of(other_kind, false, room, sizeof room).at, RESULT_UNSUPPORTED, "neither RSA");
    EVP_PKEY_free(other_kind);
    take_certificate();
    struct text two = pem_of(secret[BY_EC], false, room, sizeof room);
    (void)pem_of(secret[BY_ED], false, room + two.size, sizeof room - two.size);
    assert_true(result_is_ok(token_keys_pem(&k, "file", text_of(room), &f)));
    assert_int_equal(k.count, 2);
    while (k.count + 2 <= DOOR_TOKEN_KEYS) assert_true(result_is_ok(token_keys_pem(&k, "file", text_of(room), &f)));
    assert_int_equal(token_keys_pem(&k, "file", text_of(room), &f).code, RESULT_FULL);
    token_keys_free(&k);
}
static void jwk_member(struct append *out, const char *name, const BIGNUM *n) {
    unsigned char bytes[1024];
    append_format(out, ",\"%s\":\"", name);
    append_url64(out, bytes, (size_t)BN_bn2bin(n, bytes));
    append_char(out, '"');
}
static void put_jwk(struct append *out, int key, const char *more) {
    append_str(out, key == BY_RSA ? "{\"kty\":\"RSA\"" : key == BY_EC ? "{\"kty\":\"EC\",\"crv\":\"P-256\"" : "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"");
    if (key == BY_ED) {
        unsigned char x[32];
        size_t size = sizeof x;
        assert_int_equal(EVP_PKEY_get_raw_public_key(secret[BY_ED], x, &size), 1);
        append_str(out, ",\"x\":\"");
        append_url64(out, x, size);
        append_char(out, '"');
    } else {
        const char *names[2][2][2] = {{{"n", "n"}, {"e", "e"}}, {{"x", "qx"}, {"y", "qy"}}};
        for (int i = 0; i < 2; i++) {
            BIGNUM *n = NULL;
            unsigned char padded[32];
            assert_int_equal(EVP_PKEY_get_bn_param(secret[key], names[key == BY_EC][i][1], &n), 1);
            if (key == BY_RSA) jwk_member(out, names[0][i][0], n);
            else {
                assert_int_equal(BN_bn2binpad(n, padded, 32), 32);
                append_format(out, ",\"%s\":\"", names[1][i][0]);
                append_url64(out, padded, 32);
                append_char(out, '"');
            }
            BN_free(n);
        }
    }
    append_str(out, more);
    append_char(out, '}');
}
static void key_sets(void **state) {
    char set[8192], jwt[8192];
    struct token_keys k = {.count = 0};
    struct fault f;
    struct token t;
    (void)state;
    struct append out = append_fixed(set, sizeof set);
    append_str(&out, "{\"keys\":[");
    put_jwk(&out, BY_RSA, ",\"kid\":\"one\",\"use\":\"sig\",\"alg\":\"RS256\"");
    append_char(&out, ',');
    put_jwk(&out, BY_EC, ",\"kid\":\"two\"");
    append_char(&out, ',');
    put_jwk(&out, BY_ED, "");
    append_str(&out, ",{\"kty\":\"oct\",\"k\":\"AAAA\"},{\"kty\":\"EC\",\"crv\":\"P-384\"},");
    put_jwk(&out, BY_EC, ",\"use\":\"enc\"");
    append_char(&out, ',');
    put_jwk(&out, BY_RSA, ",\"alg\":\"PS256\"");
    append_str(&out, "]}");
    assert_true(result_is_ok(token_keys_jwks(&k, "set", json, append_view(&out), &f)));
    assert_int_equal(k.count, 3);
    assert_int_equal(k.passed, 4);
    const struct token_rules rules = {.keys = &k, .audiences = audiences, .audience_count = 2};
    assert_true(result_is_ok(token_verify(&rules, json, make("{\"alg\":\"RS256\",\"kid\":\"one\"}", "{" GOOD "}", BY_RSA, jwt, sizeof jwt), NOW, &t, &f)));
    assert_int_equal(t.key, 0);
    assert_true(result_is_ok(token_verify(&rules, json, make("{\"alg\":\"ES256\",\"kid\":\"two\"}", "{" GOOD "}", BY_EC, jwt, sizeof jwt), NOW, &t, &f)));
    assert_true(result_is_ok(token_verify(&rules, json, make("{\"alg\":\"EdDSA\",\"kid\":\"any\"}", "{" GOOD "}", BY_ED, jwt, sizeof jwt), NOW, &t, &f)));
    /* Where the key that is meant has a name, no other one will do. */
    assert_int_equal(token_verify(&rules, json, make("{\"alg\":\"ES256\",\"kid\":\"one\"}", "{" GOOD "}", BY_EC, jwt, sizeof jwt), NOW, &t, &f).code, RESULT_UNAUTHENTIC);
    assert_string_equal(f.field, "kid");
    token_keys_free(&k);
}
static void bad_key_sets(void **state) {
    static const struct { const char *set; const char *words; } bad[] = {
        {"{", "is no JSON"}, {"[]", "no array \"keys\""}, {"{\"keys\":{}}", "no array \"keys\""}, {"{\"keys\":[]}", "none of its 0 keys"}, {"{\"keys\":[1]}", "/keys/0 is no object"},
        {"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "none of its 1 keys"}, {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\"}]}", "\"n\" and \"e\""},
        {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"AQ\"}]}", "a secret key"}, {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}", "\"n\" and \"e\""},
        {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", "bits"}, {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}", "\"x\" and \"y\""},
        {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}", "\"x\" and \"y\""},
        {"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}]}", "\"x\""}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct token_keys k = {.count = 0};
        struct fault f = {.code = RESULT_OK};
        result r = token_keys_jwks(&k, "set", json, text_of(bad[i].set), &f);
        if (result_is_ok(r) || strstr(f.message, bad[i].words) == NULL) fail_msg("%s: %s", bad[i].set, f.message);
        token_keys_free(&k);
    }
}

/* ---- what was seen ---- */
static void seen(void **state) {
    struct token_seen *s = token_seen_new();
    struct token t = {.subject = "uss1", .subject_size = 4};
    char name[32];
    unsigned found = 0;
    (void)state;
    assert_null(token_seen_find(s, TEXT("a.b.c")));
    token_seen_put(s, TEXT("a.b.c"), &t);
    assert_int_equal(token_seen_find(s, TEXT("a.b.c"))->subject_size, 4);
    assert_null(token_seen_find(s, TEXT("a.b.d")));
    assert_null(token_seen_find(s, TEXT("a.b.")));
    for (uint32_t i = 0; i < 4 * DOOR_TOKENS_SEEN; i++) {
        snprintf(name, sizeof name, "token %u", i);
        t.key = i;
        token_seen_put(s, text_of(name), &t);
        assert_int_equal(token_seen_find(s, text_of(name))->key, i);
    }
    for (uint32_t i = 0; i < 4 * DOOR_TOKENS_SEEN; i++) {
        snprintf(name, sizeof name, "token %u", i);
        const struct token *at = token_seen_find(s, text_of(name));
        if (at == NULL) continue;
        assert_int_equal(at->key, i);
        found++;
    }
    assert_in_range(found, DOOR_TOKENS_SEEN / 2, DOOR_TOKENS_SEEN);
    token_seen_forget(s);
    assert_null(token_seen_find(s, text_of(name)));
    token_seen_free(s);
}

static void write_file(const char *path, struct text bytes) {
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes.at, 1, bytes.size, out), bytes.size);
    assert_int_equal(fclose(out), 0);
}
/* A USS asks for details under the base URL that references show, with a token for that URL's host. */
static void the_public_host_is_an_audience(void **state) {
    static const struct { const char *url, *host; bool good; } hosts[] = {
        {NULL, "parley.example", false}, {"https://parley.example", "parley.example", true}, {"https://parley.example:8420/a/b", "parley.example", true}, {"https://parley.example/a", "parley.example/a", false},
        {"https://[2001:db8::1]:443", "2001:db8::1", true}, {"https://parley.example", "other.example", false}, {"https://parley.example", "localhost", true}, {"https://localhost:1", "localhost", true},
        {"https://parley.example:8420", "parley.example:8420", false}};
    char path[] = "/tmp/parley-token-XXXXXX", room[4096], jwt[8192], claims[512];
    int file = mkstemp(path);
    (void)state;
    assert_true(file >= 0);
    close(file);
    write_file(path, pem_of(secret[BY_EC], false, room, sizeof room));
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct server_options o = {.token_keys = {path}, .token_key_count = 1, .audiences = {"localhost"}, .audience_count = 1, .public_url = hosts[i].url};
        struct fault f = {.code = RESULT_OK};
        struct bearers *b = NULL;
        const struct token *t;
        snprintf(claims, sizeof claims, "{\"iss\":\"i\",\"sub\":\"u\",\"exp\":1795413700,\"scope\":\"\",\"aud\":\"%s\"}", hosts[i].host);
        assert_true(result_is_ok(bearers_new(&o, false, &b, &f)));
        result r = bearers_check(b, make(ES, claims, BY_EC, jwt, sizeof jwt), NOW, &t, &f);
        if (result_is_ok(r) != hosts[i].good) fail_msg("%s, for %s: %s", hosts[i].url ? hosts[i].url : "no URL", hosts[i].host, f.message);
        bearers_free(b);
    }
    unlink(path);
}
/* Files and a set by URL together, as they change: what was verified under a key that went is refused, though it was seen. */
static void changing_keys(void **state) {
    char path[] = "/tmp/parley-token-XXXXXX", room[4096], jwt[2][8192], set[8192];
    int file = mkstemp(path);
    struct fault f = {.code = RESULT_OK};
    struct bearers *b = NULL;
    const struct token *t;
    struct bearer_numbers n;
    (void)state;
    assert_true(file >= 0);
    close(file);
    struct text by_ec = make(ES, "{" GOOD "}", BY_EC, jwt[0], sizeof jwt[0]), by_rsa = make("{\"alg\":\"RS256\",\"kid\":\"one\"}", "{" GOOD "}", BY_RSA, jwt[1], sizeof jwt[1]);
    struct server_options o = {.token_keys = {path, "https://issuer.example/keys"}, .token_key_count = 2, .audiences = {"localhost"}, .audience_count = 1};
    assert_int_equal(bearers_new(&o, false, &b, &f).code, RESULT_MALFORMED); /* the file is empty */
    write_file(path, pem_of(secret[BY_EC], false, room, sizeof room));
    assert_true(result_is_ok(bearers_new(&o, false, &b, &f)));
    assert_false(bearers_ready(b));
    struct append out = append_fixed(set, sizeof set);
    append_str(&out, "{\"keys\":[");
    put_jwk(&out, BY_RSA, ",\"kid\":\"one\"");
    append_str(&out, "]}");
    assert_int_equal(bearers_fetched(b, 1, TEXT("<html>"), 1000, &f).code, RESULT_MALFORMED);
    assert_false(bearers_ready(b));
    assert_true(result_is_ok(bearers_fetched(b, 1, append_view(&out), 1000, &f)));
    assert_true(bearers_ready(b));
    for (int i = 0; i < 2; i++) {
        assert_true(result_is_ok(bearers_check(b, by_ec, NOW, &t, &f)));
        assert_true(result_is_ok(bearers_check(b, by_rsa, NOW, &t, &f)));
    }
    bearers_numbers(b, &n);
    assert_int_equal(n.seen, 2);
    assert_int_equal(n.verified, 2);
    assert_int_equal(bearers_check(b, by_ec, NOW + 3700 * INSTANT_SECOND, &t, &f).code, RESULT_UNAUTHENTIC); /* seen, and over */
    assert_true(result_is_ok(bearers_fetched(b, 1, append_view(&out), 60000, &f))); /* the same keys: what was seen stays so */
    assert_true(result_is_ok(bearers_check(b, by_ec, NOW, &t, &f)));
    bearers_numbers(b, &n);
    assert_int_equal(n.verified, 2);
    /* A file that cannot be used changes nothing; another key in it ends the first one's tokens. */
    write_file(path, TEXT("nothing"));
    assert_int_equal(bearers_prepare(b, &o, &f).code, RESULT_MALFORMED);
    assert_true(result_is_ok(bearers_check(b, by_ec, NOW, &t, &f)));
    write_file(path, pem_of(secret[BY_ED], false, room, sizeof room));
    assert_true(result_is_ok(bearers_prepare(b, &o, &f)));
    assert_true(result_is_ok(bearers_check(b, by_ec, NOW, &t, &f)));
    bearers_commit(b, &o);
    assert_int_equal(bearers_check(b, by_ec, NOW, &t, &f).code, RESULT_UNAUTHENTIC);
    assert_true(result_is_ok(bearers_check(b, by_rsa, NOW, &t, &f)));
    /* A set that comes no more is trusted for an hour. */
    assert_int_equal(bearers_age(b, 60000 + DOOR_KEYS_STALE_SECONDS * INT64_C(1000)), 0);
    assert_int_equal(bearers_age(b, 60001 + DOOR_KEYS_STALE_SECONDS * INT64_C(1000)), 1);
    assert_int_equal(bearers_check(b, by_rsa, NOW, &t, &f).code, RESULT_UNAUTHENTIC);
    bearers_free(b);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row), cmocka_unit_test(names_and_scopes), cmocka_unit_test(tests_are_not_live), cmocka_unit_test(any_change), cmocka_unit_test(forms), cmocka_unit_test(pem_files),
        cmocka_unit_test(key_sets), cmocka_unit_test(bad_key_sets), cmocka_unit_test(seen), cmocka_unit_test(changing_keys), cmocka_unit_test(the_public_host_is_an_audience)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
