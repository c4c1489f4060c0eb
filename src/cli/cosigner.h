/* The keys of who cosigns checkpoints (witnesses, mirrors): C2SP tlog-cosignature, Ed25519. */
#ifndef PARLEY_CLI_COSIGNER_H
#define PARLEY_CLI_COSIGNER_H

#include "base/note.h"
#include "cli/cli.h"

enum { COSIGNER_KEY_BYTES = 1024 };
/* A secret key's file, mode 0600. `room` keeps the name, and nothing else of it. `whose`: "witness", "mirror"; CONFLICT: it was made for the other. */
result cosigner_secret(const char *path, const char *whose, char room[COSIGNER_KEY_BYTES], struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f);
/* `parley witness key FILE [--name NAME]`, `parley mirror key …`: makes it, or reads it; prints the public one. */
int cosigner_key_run(struct cli *c, const char *whose);

#endif
