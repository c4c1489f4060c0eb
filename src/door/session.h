/* Sessions: who may read and send plain JSON without signing each request. A party's key signs a challenge; what it gets is
 * a random token, which travels in the Authorization header alone, is kept here as a hash only, expires, and dies with its
 * key. The challenge is stateless (an HMAC binds nonce, party, key and expiry), so asking for challenges fills nothing; its
 * single use is remembered in the session that it made. Every party has its own share of the table.
 *
 * What is signed (FORMAT.md, "session"): a note of two lines,
 *     parley/1 session <origin>
 *     {"log":"<LOG>","party":"…","key":"…","nonce":"<64 hex>","expires":"<RFC 3339, ms, Z>"}
 * an empty line, and one line  — <mode>/<party>/<key> base64(SHA-256(name LF 0x01 key)[0..4] || Ed25519 signature). */
#ifndef PARLEY_DOOR_SESSION_H
#define PARLEY_DOOR_SESSION_H

#include "base/json.h"
#include "core/state.h"

#define SESSION_TOKEN_DIGITS 64
struct sessions;
struct session {
    uint16_t party;
    struct name party_name, key_name;
    instant expires;
    bool feeds_only; /* of a key that stands at a radar, perhaps: it sends frames and reads nothing of its party */
};
/* `random` fills the secret, nonces and tokens. Lives in ns of the server's clock. NULL without memory. */
struct sessions *sessions_new(uint32_t parties, int64_t life_ns, int64_t challenge_ns, void (*random)(void *bytes, size_t size));
void sessions_free(struct sessions *s);
void sessions_life(struct sessions *s, int64_t life_ns); /* of those opened from now on */
/* Any well-formed names get a challenge, so that it tells nobody who exists. 64 hex digits. */
void sessions_challenge(struct sessions *s, const struct name *party, const struct name *key, instant now, char nonce[65]);
/* The latest `expires` that a note may state now. */
instant sessions_latest(const struct sessions *s, instant now);
/* Errors: MALFORMED (form, naming the member), RANGE (expires), UNAUTHENTIC (nonce, key or signature: not told which),
 * FULL (the party's share holds only sessions that are seconds old). */
result sessions_open(struct sessions *s, const struct state *st, struct json_reader *json, struct text note, instant now,
                     char token[SESSION_TOKEN_DIGITS + 1], struct session *out, struct fault *f);
/* The session of a token (64 hex digits), or false: unknown, expired, or its key is no longer valid. */
bool sessions_find_hash(struct sessions *s, const struct state *st, const struct hash *token, instant now, struct session *out);
bool session_token_hash(struct text token, struct hash *out); /* what is kept of a token; false: it has not a token's form */
bool sessions_find(struct sessions *s, const struct state *st, struct text token, instant now, struct session *out);
bool sessions_close(struct sessions *s, struct text token);
uint32_t sessions_count(const struct sessions *s);

#endif
