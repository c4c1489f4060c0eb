/* Who may call the doors of other systems (F3548-21, F3411): the issuers' keys in force, the audiences that tokens must name, and the tokens seen.
 * Keys come from files, read at the start and at SIGHUP, and from URLs, which a process of its own asks (key_courier.h). One thread: the loop's. */
#ifndef PARLEY_DOOR_BEARERS_H
#define PARLEY_DOOR_BEARERS_H

#include "door/server.h"
#include "door/token.h"

struct bearers;
/* Reads the files of o->token_keys. NULL in *out, and OK, where none are named: those doors are off. USAGE (no audience, too many, plain http to another machine in LIVE), errors of token_keys.h, IO. */
result bearers_new(const struct server_options *o, bool live, struct bearers **out, struct fault *f);
void bearers_free(struct bearers *b);
/* The files anew, beside what is in force; then, where nothing else failed, into force, with audiences and skew of `o` (its texts are borrowed from now
 * on). Which sources there are cannot change. */
result bearers_prepare(struct bearers *b, const struct server_options *o, struct fault *f);
void bearers_commit(struct bearers *b, const struct server_options *o);
/* A set that came from source number `source`, at `now_ms` of a monotonic clock; what cannot be used is an error and changes nothing. */
result bearers_fetched(struct bearers *b, uint32_t source, struct text set, int64_t now_ms, struct fault *f);
/* Sets by URL that are older than DOOR_KEYS_STALE_SECONDS go; about once a second. How many went. */
uint32_t bearers_age(struct bearers *b, int64_t now_ms);
bool bearers_ready(const struct bearers *b); /* each source has given keys once, and some are in force */
/* The token behind "Bearer ". Errors as token_verify. *out: valid until the next call. */
result bearers_check(struct bearers *b, struct text jwt, instant now, const struct token **out, struct fault *f);
bool bearers_seen(const struct bearers *b, struct text jwt); /* it was verified and is remembered: bearers_check verifies no signature */

struct bearer_numbers { uint64_t seen, verified, refused, fetched, fetches_failed; uint32_t keys, passed; };
void bearers_numbers(const struct bearers *b, struct bearer_numbers *out);
void bearers_fetch_failed(struct bearers *b);
const char *bearers_source(const struct bearers *b, uint32_t source); /* as it may be shown (key_url.h) */

#endif
