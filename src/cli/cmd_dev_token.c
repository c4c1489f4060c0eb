/* dev-token: a small authority of one's own, for tests and demonstrations. A LIVE log takes none of its tokens (door/token.h). */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rand.h"
#include "cli/commands.h"
#include "door/token.h"
#include "log/secret.h"

enum { KEY_FILE_MOST = 16 * 1024, SIGNATURE = 64 };

static result pem_of(EVP_PKEY *key, bool secret, struct append *out, struct fault *f) {
    BIO *to = BIO_new(BIO_s_mem());
    char *at = NULL;
    bool good = to != NULL && (secret ? PEM_write_bio_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(to, key)) == 1;
    long size = good ? BIO_get_mem_data(to, &at) : 0; /* fills `at`: not in the same call, whose arguments have no order */
    if (good) append_bytes(out, at, (size_t)size);
    BIO_free(to);
    return good && !out->full ? OK : fail(f, RESULT_FULL, "key", "no memory");
}
static result write_key(const char *path, EVP_PKEY *key, struct fault *f) {
    char public_path[4096];
    char room[KEY_FILE_MOST];
    struct append text = append_fixed(room, sizeof room);
    if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path) return fail(f, RESULT_TOO_LARGE, path, "is too long a name");
    result r = pem_of(key, true, &text, f);
    if (result_is_ok(r)) r = cli_write_file(path, append_view(&text), 0600, false, f);
    append_reset(&text);
    if (result_is_ok(r)) r = pem_of(key, false, &text, f);
    if (result_is_ok(r)) r = cli_write_file(public_path, append_view(&text), 0644, true, f);
    sodium_memzero(room, sizeof room);
    if (result_is_ok(r)) fprintf(stderr, "parley: %s was not there: made a new authority, %s and %s; its tokens open only servers that were given the second: --token-key %s\n", path, path,
                                   public_path, public_path);
    return r;
}
static result read_key(const char *path, EVP_PKEY **key, struct fault *f) {
    char room[KEY_FILE_MOST];
    struct append text = append_fixed(room, sizeof room);
    result r = secret_read(path, &text, f);
    BIO *in = result_is_ok(r) ? BIO_new_mem_buf(room, (int)text.size) : NULL;
    *key = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
    BIO_free(in);
    sodium_memzero(room, sizeof room);
    if (result_is_ok(r) && (*key == NULL || !EVP_PKEY_is_a(*key, "ED25519"))) r = fail(f, RESULT_MALFORMED, path, "holds no secret Ed25519 key in PEM; a file that is not there is made");
    return r;
}
static result find_key(const char *path, EVP_PKEY **key, struct fault *f) {
    if (access(path, F_OK) == 0 || errno != ENOENT) return read_key(path, key, f);
    *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return *key != NULL ? write_key(path, *key, f) : fail(f, RESULT_IO, "key", "none could be made");
}

static void append_url64(struct append *out, struct text bytes) {
    char room[4096];
    append_str(out, sodium_bin2base64(room, sizeof room, (const unsigned char *)bytes.at, bytes.size, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}
static void put_claims(struct append *out, const struct cli *c, uint64_t seconds) {
    uint8_t id[16];
    random_bytes(id, sizeof id);
    long long now = (long long)time(NULL);
    append_str(out, "{\"iss\":\"" TOKEN_ISSUER_DEVELOPMENT "\",\"sub\":");
    append_json_string(out, text_of(cli_get(c, "sub")));
    append_str(out, ",\"aud\":");
    append_json_string(out, text_of(cli_get(c, "audience")));
    append_str(out, ",\"scope\":");
    append_json_string(out, text_of(cli_get(c, "scope")));
    append_format(out, ",\"nbf\":%lld,\"exp\":%lld,\"jti\":\"", now, now + (long long)seconds);
    append_hex(out, id, sizeof id);
    append_str(out, "\"}");
}
static result sign(EVP_PKEY *key, struct append *jwt, struct fault *f) {
    unsigned char signature[SIGNATURE];
    size_t size = sizeof signature;
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    bool good = x != NULL && EVP_DigestSignInit(x, NULL, NULL, NULL, key) == 1 && EVP_DigestSign(x, signature, &size, (const unsigned char *)jwt->at, jwt->size) == 1;
    EVP_MD_CTX_free(x);
    if (!good) return fail(f, RESULT_IO, "key", "does not sign");
    append_char(jwt, '.');
    append_url64(jwt, (struct text){(const char *)signature, size});
    return OK;
}

/* A scope that no door asks for opens nothing: whoever mistyped one would look for the reason at the server. */
static bool is_scope(struct text word) {
    for (int s = 0; s < SCOPES; s++)
        if (text_is(word, token_scope_name((enum token_scope)s))) return true;
    return false;
}
static void warn_of_scopes(const char *scopes) {
    char shown[128];
    bool unknown = false;
    for (const char *at = scopes + strspn(scopes, " "); *at != '\0'; at += strspn(at, " ")) {
        struct text word = {at, strcspn(at, " ")};
        at += word.size;
        if (is_scope(word)) continue;
        unknown = true;
        snprintf(shown, sizeof shown, "%.*s", TEXT_ARG(word));
        cli_tame(shown, strlen(shown));
        fprintf(stderr, "parley: --scope: no door here knows '%s'\n", shown);
    }
    for (int s = 0; unknown && s < SCOPES; s++) fprintf(stderr, "%s%s%s", s == 0 ? "parley: --scope: they know " : ", ", token_scope_name((enum token_scope)s), s + 1 == SCOPES ? "\n" : "");
}

static int dev_token_run(struct cli *c) {
    struct fault f = {0};
    uint64_t seconds = 3600;
    EVP_PKEY *key = NULL;
    char claims[2048], room[4096];
    struct append said = append_fixed(claims, sizeof claims), jwt = append_fixed(room, sizeof room);
    if (cli_need(c, "sub") == NULL || cli_need(c, "audience") == NULL || cli_need(c, "scope") == NULL) return CLI_USAGE;
    result r = cli_has(c, "seconds") ? cli_number("--seconds", cli_get(c, "seconds"), 1, 3600, &seconds, &f) : OK;
    if (result_is_ok(r)) put_claims(&said, c, seconds);
    if (said.full) r = fail(&f, RESULT_TOO_LARGE, "--scope", "with --sub and --audience it is longer than a token here may be");
    if (result_is_ok(r)) r = find_key(c->arguments[0], &key, &f);
    if (result_is_ok(r)) {
        append_url64(&jwt, TEXT("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}"));
        append_char(&jwt, '.');
        append_url64(&jwt, append_view(&said));
        r = sign(key, &jwt, &f);
    }
    EVP_PKEY_free(key);
    if (!result_is_ok(r)) return cli_fail(c, &f);
    warn_of_scopes(cli_get(c, "scope"));
    printf("%.*s\n", TEXT_ARG(append_view(&jwt)));
    return CLI_OK;
}

static const struct cli_option options[] = {
    {"sub", "NAME", "whose token: the manager, as other clients see it"},
    {"audience", "NAME", "the server's name, one of its --audience"},
    {"scope", "SCOPES", "what it opens, with spaces between: utm.strategic_coordination, rid.display_provider, ..."},
    {"seconds", "N", "how long it is valid, 1 to 3600; default: 3600"},
    {NULL, NULL, NULL}};
const struct cli_command command_dev_token = {
    "dev-token", "KEYFILE", 1, 1, "an access token for tests and demonstrations",
    "A small authority of one's own: signs by the key in KEYFILE, and makes it where there is none, with KEYFILE.pub beside it for the server's --token-key. The server of a "
    "LIVE log refuses its tokens: there an authority issues them whom all sides trust.",
    options, false, dev_token_run};
