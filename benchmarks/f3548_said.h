/* What the benchmark of F3548-21 asks. */
#ifndef PARLEY_BENCHMARKS_F3548_SAID_H
#define PARLEY_BENCHMARKS_F3548_SAID_H

#include "bench.h"

enum { LANES = 32 }; /* connections */
enum where { APART, ONE_CELL }; /* beside each other, or all over one square, each at another time */
enum with { PLAIN, IMPLICIT };
struct made { struct text *all; uint32_t count; struct arena arena; };
extern char said_token[4096], said_key_file[BENCH_PATH + 32];

void said_make_token(const char *dir); /* into said_token; the issuer's public key, in `dir`, into said_key_file */
instant said_now(void);
struct made creates(uint32_t first, uint32_t count, enum where where, enum with with); /* `first`: the number of the first place */
struct made lives(uint32_t count);                   /* of each three requests, one after the other on one of LANES connections: create, activate, delete */
struct made queries(uint32_t count, uint32_t live);  /* of 1 km2 each, where `live` intents were created */
void made_free(struct made *m);

#endif
