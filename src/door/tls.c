#include "door/tls.h"

#include <fcntl.h>
#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "door/limits.h"
#include "log/file.h"

struct tls_pair {
    gnutls_pcert_st chain[DOOR_CHAIN];
    unsigned length;
    gnutls_privkey_t key;
    time_t from, until;
};

static const struct tls_pair *offered;

static void wipe_free(gnutls_datum_t *text) {
    if (text->data != NULL) explicit_bzero(text->data, text->size);
    free(text->data);
    *text = (gnutls_datum_t){NULL, 0};
}

static result read_pem(const char *path, const char *option, bool secret, gnutls_datum_t *out, struct fault *f) {
    const char *why = "";
    int fd = file_open(path, O_RDONLY, 0, false, &why);
    if (fd < 0) return fail(f, RESULT_IO, option, "%s: %s", path, why);
    struct stat about;
    result r = OK;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > DOOR_PEM_BYTES)
        r = fail(f, RESULT_MALFORMED, option, "%s is no file of at most %d bytes", path, DOOR_PEM_BYTES);
    else if (secret && (about.st_mode & 077) != 0)
        r = fail(f, RESULT_FORBIDDEN, option, "%s may be read by others than its owner; chmod 600 it", path);
    else if ((out->data = calloc(1, (size_t)about.st_size + 1)) == NULL)
        r = fail(f, RESULT_FULL, option, "no memory for %s", path);
    else if (read(fd, out->data, (size_t)about.st_size) != about.st_size)
        r = fail(f, RESULT_IO, option, "%s cannot be read whole", path);
    out->size = result_is_ok(r) ? (unsigned)about.st_size : 0;
    close(fd);
    return r;
}

static result read_chain(struct tls_pair *p, const char *path, const gnutls_datum_t *pem, struct fault *f) {
    gnutls_x509_crt_t *all = NULL;
    unsigned count = 0;
    int bad = gnutls_x509_crt_list_import2(&all, &count, pem, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
    if (bad < 0) return fail(f, RESULT_MALFORMED, "certificate", "TLS cannot start: %s is no PEM certificate chain: %s", path, gnutls_strerror(bad));
    result r = OK;
    if (count > DOOR_CHAIN) r = fail(f, RESULT_TOO_LARGE, "certificate", "%s holds %u certificates; a chain has at most %d", path, count, DOOR_CHAIN);
    if (result_is_ok(r)) {
        p->from = gnutls_x509_crt_get_activation_time(all[0]);
        p->until = gnutls_x509_crt_get_expiration_time(all[0]);
        p->length = count;
        bad = gnutls_pcert_import_x509_list(p->chain, all, &p->length, 0);
        if (bad < 0) {
            p->length = 0;
            r = fail(f, RESULT_MALFORMED, "certificate", "TLS cannot start: %s: %s", path, gnutls_strerror(bad));
        }
    }
    for (unsigned i = 0; i < count; i++) gnutls_x509_crt_deinit(all[i]);
    gnutls_free(all);
    return r;
}

/* The library would find it out at the first handshake only, and then close it without a word. */
static bool of_one_pair(const struct tls_pair *p) {
    uint8_t a[64], b[64];
    size_t a_size = sizeof a, b_size = sizeof b;
    gnutls_pubkey_t public_key;
    if (gnutls_pubkey_init(&public_key) < 0) return false;
    bool good = gnutls_pubkey_import_privkey(public_key, p->key, 0, 0) >= 0 && gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, a, &a_size) >= 0 &&
                gnutls_pubkey_get_key_id(p->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &b_size) >= 0 && a_size == b_size && memcmp(a, b, a_size) == 0;
    gnutls_pubkey_deinit(public_key);
    return good;
}

static result load(struct tls_pair *p, const char *certificate, const char *key, struct fault *f) {
    gnutls_datum_t chain = {NULL, 0}, secret = {NULL, 0};
    result r = read_pem(certificate, "certificate", false, &chain, f);
    if (result_is_ok(r)) r = read_pem(key, "key", true, &secret, f);
    if (result_is_ok(r)) r = read_chain(p, certificate, &chain, f);
    if (result_is_ok(r)) {
        int bad = gnutls_privkey_init(&p->key);
        if (bad >= 0) bad = gnutls_privkey_import_x509_raw(p->key, &secret, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (bad < 0) r = fail(f, RESULT_MALFORMED, "key", "TLS cannot start: %s is no PEM secret key: %s", key, gnutls_strerror(bad));
    }
    if (result_is_ok(r) && !of_one_pair(p)) r = fail(f, RESULT_MALFORMED, "key", "TLS cannot start: %s is not the key of the certificate %s", key, certificate);
    wipe_free(&chain);
    wipe_free(&secret);
    return r;
}

result tls_load(const char *certificate, const char *key, struct tls_pair **out, struct fault *f) {
    struct tls_pair *p = calloc(1, sizeof *p);
    if (p == NULL) return fail(f, RESULT_FULL, "certificate", "no memory for a certificate");
    result r = load(p, certificate, key, f);
    if (!result_is_ok(r)) {
        tls_free(p);
        return r;
    }
    *out = p;
    return OK;
}

void tls_free(struct tls_pair *p) {
    if (p == NULL) return;
    if (offered == p) offered = NULL;
    for (unsigned i = 0; i < p->length; i++) gnutls_pcert_deinit(&p->chain[i]);
    if (p->key != NULL) gnutls_privkey_deinit(p->key);
    free(p);
}

/* "No end" is the year 9999, which an instant does not reach. */
static instant instant_of(time_t t) {
    const time_t most = INT64_MAX / INSTANT_SECOND;
    return (instant)(t < 0 ? 0 : t > most ? most : t) * INSTANT_SECOND;
}

void tls_validity(const struct tls_pair *p, instant *from, instant *until) {
    *from = instant_of(p->from);
    *until = instant_of(p->until);
}

void tls_offer(const struct tls_pair *p) { offered = p; }

static int retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count, const gnutls_pk_algorithm_t *algorithms,
                    int algorithm_count, gnutls_pcert_st **chain, unsigned *length, gnutls_privkey_t *key) {
    (void)session, (void)authorities, (void)authority_count, (void)algorithms, (void)algorithm_count;
    if (offered == NULL) return -1;
    /* The library only reads what it is given here. */
    *chain = (gnutls_pcert_st *)(uintptr_t)offered->chain;
    *length = offered->length;
    *key = offered->key;
    return 0;
}

void *tls_retrieve(void) {
    gnutls_certificate_retrieve_function2 *function = retrieve;
    void *pointer;
    memcpy(&pointer, &function, sizeof pointer); /* the library's variadic interface wants an object pointer */
    return pointer;
}
