/* Access tokens of other doors: JSON Web Tokens (RFC 7519, RFC 7515 compact form) that an authority signs and a DSS client sends as bearer token
 * (F3548-21, 6.5 and its annex on authorization; F3411). "none" and HMAC are never taken: only keys that we were given verify. */
#ifndef PARLEY_DOOR_TOKEN_H
#define PARLEY_DOOR_TOKEN_H

#include "base/instant.h"
#include "door/token_keys.h"

/* Scopes of the doors served here, one bit each; others in a token are passed over. */
enum token_scope {
    SCOPE_STRATEGIC_COORDINATION, SCOPE_CONFORMANCE_MONITORING, SCOPE_CONSTRAINT_MANAGEMENT, SCOPE_CONSTRAINT_PROCESSING, SCOPE_AVAILABILITY_ARBITRATION,
    SCOPE_RID_READ, SCOPE_RID_WRITE, SCOPE_RID_DISPLAY, SCOPE_RID_SERVICE, SCOPE_POOL_STATUS, SCOPE_SYSTEM_VERSIONS, SCOPES
};
#define SCOPE(name) (UINT32_C(1) << SCOPE_##name)
const char *token_scope_name(enum token_scope s); /* as it stands in the claim "scope" */

#define TOKEN_ISSUER_DEVELOPMENT "parley dev-token" /* "iss" of the tokens that the command of this name makes */
struct token_rules {                     /* what holds for every token; all borrowed */
    const struct token_keys *keys;
    const char *const *audiences; uint32_t audience_count; /* the claim "aud" names one of them, exactly */
    int64_t skew_ns;                     /* that clocks may differ */
    bool live;                           /* a LIVE log: tokens of TOKEN_ISSUER_DEVELOPMENT are refused */
};
struct token {
    char subject[DOOR_TOKEN_SUBJECT + 1]; size_t subject_size; /* "sub": the manager */
    char issuer[DOOR_TOKEN_ISSUER + 1]; size_t issuer_size;    /* "iss": who says so */
    uint32_t scopes;                     /* bits by enum token_scope */
    instant from, expires;               /* "nbf" (INSTANT_NONE: not said), "exp" */
    uint32_t key;                        /* that verified it, by place in rules->keys */
};
/* Every error is RESULT_UNAUTHENTIC; `f->field` names what is wrong ("Authorization", "alg", "kid", "signature" or the claim), the message what was expected and what
 * came. Nothing of a token whose signature does not verify is told. `json` parses header and claims; `now` is UTC. */
result token_verify(const struct token_rules *rules, struct json_reader *json, struct text jwt, instant now, struct token *out, struct fault *f);
/* Of a token that was verified before: is it still in time? */
result token_in_time(const struct token *t, int64_t skew_ns, instant now, struct fault *f);

#endif
