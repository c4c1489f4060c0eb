/* Tokens that were verified a moment ago: a client sends the same one for an hour, and its signature is worth verifying once. */
#ifndef PARLEY_DOOR_TOKEN_SEEN_H
#define PARLEY_DOOR_TOKEN_SEEN_H

#include "door/token.h"

struct token_seen;
struct token_seen *token_seen_new(void); /* NULL without memory */
void token_seen_free(struct token_seen *s);
void token_seen_forget(struct token_seen *s); /* all: the keys have changed */
/* What token_verify gave for just these bytes; NULL: never seen, or another took its place. Times are the caller's to check. Valid until the next put. */
const struct token *token_seen_find(const struct token_seen *s, struct text jwt);
void token_seen_put(struct token_seen *s, struct text jwt, const struct token *t); /* one that was verified just now */

#endif
