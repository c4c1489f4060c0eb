/* The server's certificate and key, which can be changed while it runs: GnuTLS asks for them at every handshake. Old ones live on as long as
 * a connection that may have shaken hands with them does. */
#ifndef PARLEY_DOOR_TLS_H
#define PARLEY_DOOR_TLS_H

#include "base/instant.h"
#include "base/result.h"

struct tls_pair; /* a certificate chain and its secret key */
/* PEM files, each of at most DOOR_PEM_BYTES; the key's mode must let nobody but its owner read it. Errors: IO, FORBIDDEN (mode), MALFORMED (not PEM, not
 * of one pair). */
result tls_load(const char *certificate, const char *key, struct tls_pair **out, struct fault *f);
void tls_free(struct tls_pair *p); /* the key is wiped by the library */
void tls_validity(const struct tls_pair *p, instant *from, instant *until);
/* What handshakes from now on use. Of the whole process: the library's question carries nothing of ours. */
void tls_offer(const struct tls_pair *p);
/* MHD_OPTION_HTTPS_CERT_CALLBACK: a gnutls_certificate_retrieve_function2. */
void *tls_retrieve(void);

#endif
