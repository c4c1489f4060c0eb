#include "door/token.h"

#include "base/utf8.h"

#include <math.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <sodium.h>
#include <stdio.h>

enum { SIGNATURE_MOST = 1024, ES256_HALF = 32 };
#define EXPIRES_MOST (3600 * INSTANT_SECOND) /* F3548-21: a token lives one hour at most */
#define DATE_MOST 9223372000.0               /* seconds: in the year 2262, where our instants end */

const char *token_scope_name(enum token_scope s) {
    static const char *const names[SCOPES] = {
        "utm.strategic_coordination", "utm.conformance_monitoring_sa", "utm.constraint_management", "utm.constraint_processing", "utm.availability_arbitration",
        "dss.read.identification_service_areas", "dss.write.identification_service_areas", "rid.display_provider", "rid.service_provider",
        "interuss.pool_status.read", "interuss.versioning.read_system_versions"};
    return names[s];
}

struct pieces { struct text head, claims, signature, signed_; };
static result split(struct text jwt, struct pieces *p, struct fault *f) {
    if (jwt.size > DOOR_TOKEN_BYTES) return fail(f, RESULT_UNAUTHENTIC, "Authorization", "a token of %zu bytes; at most %d", jwt.size, DOOR_TOKEN_BYTES);
    const char *end = jwt.at + jwt.size, *first = memchr(jwt.at, '.', jwt.size);
    const char *second = first != NULL ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
        return fail(f, RESULT_UNAUTHENTIC, "Authorization", "is no JSON Web Token: three parts with dots between are expected");
    *p = (struct pieces){.head = {jwt.at, (size_t)(first - jwt.at)}, .claims = {first + 1, (size_t)(second - first - 1)},
                         .signature = {second + 1, (size_t)(end - second - 1)}, .signed_ = {jwt.at, (size_t)(second - jwt.at)}};
    return OK;
}
static bool unwrap(struct text part, void *to, size_t most, size_t *size) {
    return sodium_base642bin(to, most, part.at, part.size, NULL, size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}
static result parse(struct json_reader *json, struct text part, char *room, size_t most, const char *what, const struct json **top, struct fault *f) {
    struct fault inner = {0};
    size_t size;
    if (!unwrap(part, room, most, &size)) return fail(f, RESULT_UNAUTHENTIC, "Authorization", "the token's %s is not base64url without padding", what);
    if (!result_is_ok(json_parse(json, (struct text){room, size}, JSON_OPEN, top, &inner)))
        return fail(f, RESULT_UNAUTHENTIC, "Authorization", "the token's %s is no JSON: %s: %s", what, inner.field, inner.message);
    if ((*top)->kind != JSON_OBJECT) return fail(f, RESULT_UNAUTHENTIC, "Authorization", "the token's %s is no JSON object", what);
    return OK;
}

/* ---- the signature ---- */
struct head { enum token_algorithm algorithm; bool has_id; char id[DOOR_TOKEN_KEY_ID]; size_t id_size; };
static result read_head(const struct json *top, struct head *out, struct fault *f) {
    const struct json *alg = json_member(top, "alg"), *kid = json_member(top, "kid");
    if (alg == NULL || alg->kind != JSON_STRING) return fail(f, RESULT_UNAUTHENTIC, "alg", "is missing from the token's head");
    if (json_member(top, "crit") != NULL) return fail(f, RESULT_UNAUTHENTIC, "crit", "names extensions, and none is understood here");
    for (out->algorithm = 0; out->algorithm < TOKEN_ALGORITHMS && !text_is(alg->string, token_algorithm_name(out->algorithm));) out->algorithm++;
    if (out->algorithm == TOKEN_ALGORITHMS) return fail(f, RESULT_UNAUTHENTIC, "alg", "expected RS256, ES256 or EdDSA, got \"%.*s\"", (int)(alg->string.size < 32 ? alg->string.size : 32), alg->string.at);
    out->has_id = kid != NULL;
    if (kid == NULL) return OK;
    if (kid->kind != JSON_STRING || kid->string.size > sizeof out->id) return fail(f, RESULT_UNAUTHENTIC, "kid", "is no text of at most %zu bytes", sizeof out->id);
    memcpy(out->id, kid->string.at, out->id_size = kid->string.size);
    return OK;
}
static bool es256_der(const unsigned char *raw, unsigned char **der, int *size) {
    BIGNUM *a = BN_bin2bn(raw, ES256_HALF, NULL), *b = BN_bin2bn(raw + ES256_HALF, ES256_HALF, NULL);
    ECDSA_SIG *s = ECDSA_SIG_new();
    *der = NULL;
    if (a == NULL || b == NULL || s == NULL || ECDSA_SIG_set0(s, a, b) != 1) {
        BN_free(a);
        BN_free(b);
        ECDSA_SIG_free(s);
        return false;
    }
    *size = i2d_ECDSA_SIG(s, der);
    ECDSA_SIG_free(s);
    return *size > 0;
}
static bool verify_with(const struct token_key *k, struct text said, const unsigned char *signature, size_t size) {
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    unsigned char *der = NULL;
    int der_size = 0;
    bool good = x != NULL && EVP_DigestVerifyInit(x, NULL, k->algorithm == TOKEN_EDDSA ? NULL : EVP_sha256(), NULL, k->key) == 1;
    if (good && k->algorithm == TOKEN_ES256) {
        good = size == 2 * ES256_HALF && es256_der(signature, &der, &der_size);
        signature = der;
        size = (size_t)der_size;
    }
    good = good && EVP_DigestVerify(x, signature, size, (const unsigned char *)said.at, said.size) == 1;
    OPENSSL_free(der);
    EVP_MD_CTX_free(x);
    ERR_clear_error();
    return good;
}
/* A token that names its key is verified by that one alone where it is there by name; keys without a name may be any token's of their algorithm. */
static result verify_signature(const struct token_keys *keys, const struct head *h, const struct pieces *p, uint32_t *key, struct fault *f) {
    unsigned char signature[SIGNATURE_MOST];
    size_t size;
    uint32_t tried = 0;
    if (!unwrap(p->signature, signature, sizeof signature, &size) || size == 0) return fail(f, RESULT_UNAUTHENTIC, "signature", "is missing, or not base64url without padding");
    for (uint32_t i = 0; i < keys->count; i++) {
        const struct token_key *k = &keys->key[i];
        bool other = h->has_id && k->id_size > 0 && (k->id_size != h->id_size || memcmp(k->id, h->id, h->id_size) != 0);
        if (k->algorithm != h->algorithm || other) continue;
        tried++;
        if (verify_with(k, p->signed_, signature, size)) {
            *key = i;
            return OK;
        }
    }
    if (tried == 0) return fail(f, RESULT_UNAUTHENTIC, h->has_id ? "kid" : "alg", "no key for %s tokens%s is known here", token_algorithm_name(h->algorithm), h->has_id ? " of this name" : "");
    return fail(f, RESULT_UNAUTHENTIC, "signature", "is of none of the keys that are trusted here");
}

/* ---- the claims ---- */
static result read_date(const struct json *claims, const char *name, bool needed, instant *out, struct fault *f) {
    const struct json *m = json_member(claims, name);
    *out = INSTANT_NONE;
    if (m == NULL && !needed) return OK;
    if (m == NULL) return fail(f, RESULT_UNAUTHENTIC, name, "is missing from the token");
    if (m->kind != JSON_NUMBER || !(m->number >= 0 && m->number <= DATE_MOST)) return fail(f, RESULT_UNAUTHENTIC, name, "is no number of seconds since 1970");
    double whole = floor(m->number);
    *out = (instant)whole * INSTANT_SECOND + (instant)((m->number - whole) * 1e9);
    return OK;
}
/* What a reply could not show as it is: whoever has such a name could be taken for another. */
static bool barred(struct text t) {
    for (size_t at = 0, size; at < t.size; at += size) {
        uint32_t character;
        size = utf8_next(t.at + at, t.size - at, &character);
        if (size == 0 || character == '\n' || utf8_barred(character)) return true;
    }
    return false;
}
static result read_subject(const struct token_rules *rules, const struct json *claims, struct token *out, struct fault *f) {
    const struct json *sub = json_member(claims, "sub"), *iss = json_member(claims, "iss");
    if (iss == NULL || iss->kind != JSON_STRING || iss->string.size == 0) return fail(f, RESULT_UNAUTHENTIC, "iss", "is missing from the token");
    if (rules->live && text_is(iss->string, TOKEN_ISSUER_DEVELOPMENT)) return fail(f, RESULT_UNAUTHENTIC, "iss", "is of tests and demonstrations; this log is LIVE");
    if (sub == NULL || sub->kind != JSON_STRING || sub->string.size == 0) return fail(f, RESULT_UNAUTHENTIC, "sub", "is missing from the token");
    if (sub->string.size > DOOR_TOKEN_SUBJECT) return fail(f, RESULT_UNAUTHENTIC, "sub", "has %zu bytes; at most %d", sub->string.size, DOOR_TOKEN_SUBJECT);
    if (iss->string.size > DOOR_TOKEN_ISSUER) return fail(f, RESULT_UNAUTHENTIC, "iss", "has %zu bytes; at most %d", iss->string.size, DOOR_TOKEN_ISSUER);
    if (barred(sub->string)) return fail(f, RESULT_UNAUTHENTIC, "sub", "holds a character that is not shown (a control character, a turn of direction): two such names could look alike");
    memcpy(out->subject, sub->string.at, out->subject_size = sub->string.size);
    memcpy(out->issuer, iss->string.at, out->issuer_size = iss->string.size);
    return OK;
}
static bool is_audience(const struct token_rules *rules, const struct json *j) {
    for (uint32_t i = 0; j->kind == JSON_STRING && i < rules->audience_count; i++)
        if (text_is(j->string, rules->audiences[i])) return true;
    return false;
}
static result check_audience(const struct token_rules *rules, const struct json *claims, struct fault *f) {
    const struct json *aud = json_member(claims, "aud"), *first = aud;
    if (aud == NULL) return fail(f, RESULT_UNAUTHENTIC, "aud", "is missing from the token");
    if (is_audience(rules, aud)) return OK;
    if (aud->kind == JSON_ARRAY) {
        first = json_first(aud);
        for (const struct json *j = first; j != NULL; j = json_next(aud, j))
            if (is_audience(rules, j)) return OK;
    }
    struct text got = first != NULL && first->kind == JSON_STRING ? first->string : TEXT("");
    char expected[256];
    struct append list = append_fixed(expected, sizeof expected);
    for (uint32_t i = 0; i < rules->audience_count; i++) append_format(&list, "%s\"%s\"", i > 0 ? " or " : "", rules->audiences[i]);
    return fail(f, RESULT_UNAUTHENTIC, "aud", "expected %.*s, got \"%.*s\"%s", TEXT_ARG(append_view(&list)), (int)(got.size < 64 ? got.size : 64), got.at,
                aud->kind == JSON_ARRAY && aud->count > 1 ? " and others" : "");
}
static result read_scopes(const struct json *claims, struct token *out, struct fault *f) {
    const struct json *m = json_member(claims, "scope");
    out->scopes = 0;
    if (m == NULL) return OK; /* it opens nothing: each route says which scope it wants */
    if (m->kind != JSON_STRING) return fail(f, RESULT_UNAUTHENTIC, "scope", "is no text of scopes with spaces between");
    const char *at = m->string.at, *end = at + m->string.size;
    while (at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        struct text word = {at, (size_t)((space != NULL ? space : end) - at)};
        for (int s = 0; s < SCOPES; s++)
            if (text_is(word, token_scope_name((enum token_scope)s))) out->scopes |= UINT32_C(1) << s;
        at += word.size + 1;
    }
    return OK;
}

static result late(const char *claim, const char *what, instant at, instant now, struct fault *f) {
    char when[32];
    struct append a = append_fixed(when, sizeof when);
    append_instant(&a, at);
    int64_t off = (now > at ? now - at : at - now) / INSTANT_SECOND;
    return fail(f, RESULT_UNAUTHENTIC, claim, "%s %.*s, which is %lld s %s", what, TEXT_ARG(append_view(&a)), (long long)off, now > at ? "ago" : "ahead");
}
result token_in_time(const struct token *t, int64_t skew_ns, instant now, struct fault *f) {
    if (now - skew_ns > t->expires) return late("exp", "the token expired at", t->expires, now, f);
    if (t->expires > now + EXPIRES_MOST + skew_ns) return late("exp", "a token lives one hour at most; this one expires at", t->expires, now, f);
    if (t->from != INSTANT_NONE && t->from > now + skew_ns) return late("nbf", "the token is not valid before", t->from, now, f);
    return OK;
}

result token_verify(const struct token_rules *rules, struct json_reader *json, struct text jwt, instant now, struct token *out, struct fault *f) {
    char room[DOOR_TOKEN_BYTES];
    struct pieces p = {.head = {NULL, 0}};
    struct head head = {.id_size = 0};
    const struct json *top;
    *out = (struct token){.from = INSTANT_NONE};
    TRY(split(jwt, &p, f));
    TRY(parse(json, p.head, room, sizeof room, "head", &top, f));
    TRY(read_head(top, &head, f));
    TRY(verify_signature(rules->keys, &head, &p, &out->key, f));
    TRY(parse(json, p.claims, room, sizeof room, "body", &top, f));
    TRY(read_subject(rules, top, out, f));
    TRY(read_date(top, "exp", true, &out->expires, f));
    TRY(read_date(top, "nbf", false, &out->from, f));
    TRY(token_in_time(out, rules->skew_ns, now, f));
    TRY(check_audience(rules, top, f));
    return read_scopes(top, out, f);
}
