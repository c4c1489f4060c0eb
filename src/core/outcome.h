/* What the core said to a statement. Rendered as the outcome part; recomputed in recovery. */
#ifndef PARLEY_CORE_OUTCOME_H
#define PARLEY_CORE_OUTCOME_H

#include "core/statement.h"

enum verdict {
    VERDICT_ACCEPTED,
    VERDICT_PENDING,  /* signatures are missing; told who */
    VERDICT_REPEATED, /* applied before: `order`… of the first; not recorded again */
    VERDICT_REFUSED
};
/* Why a statement is refused: stable words, part of the API ("reason"). */
enum reason {
    REASON_NONE,
    REASON_WRONG_LOG, REASON_UNKNOWN_PARTY, REASON_UNKNOWN_KEY, REASON_KEY_REVOKED, REASON_KEY_USED, REASON_NAME_USED,
    REASON_NOT_ROOT, REASON_SIGNATURE_NEEDED, REASON_MUST_BE_SIGNED, REASON_NOT_OPERATOR,
    REASON_UNKNOWN_ENTITY, REASON_ENTITY_EXISTS, REASON_NOT_OWNER, REASON_STALE, /* prev is not the last statement */
    REASON_BAD_STATE,      /* the life cycle has no such move */
    REASON_FULL,           /* capacity or quota; `detail` names the table */
    REASON_BODY,           /* a member is missing or out of range; `detail` names field and rule */
    REASON_SECTION,        /* a section is missing, doubled, or not committed */
    REASON_SEALED_LIMIT, REASON_NOT_SEALED,
    REASON_OVERLAP,        /* area of another party without its consent */
    REASON_CONSENT,        /* the present owner of the track must sign too */
    REASON_VERSION,        /* agreement version is not the next */
    REASON_PLACE,          /* ack of a place that holds nothing to acknowledge */
    REASON_OLD_FRAME,      /* frame number not above the last */
    REASON_CLOCK,
    REASON_CONFLICT,       /* dss: the key does not name all that it meets */
    REASON_DEPENDED,       /* dss: other things depend on it */
    REASON_SCOPE,          /* dss: the token has no scope for this */
    REASONS
};
const char *verdict_name(enum verdict v);
const char *reason_name(enum reason r);

/* One newly claimed piece of space-time and its lead. */
struct lead {
    bool judged;               /* an agreement in force has a rule for it */
    struct name agreement; uint32_t version;
    instant start;             /* of the earliest newly claimed piece */
    int64_t agreed_ns;
    uint8_t binds;             /* 0 sequenced, 1 delivered, 2 read back */
    int64_t sequenced_ns;      /* start - sequenced; delivered and read back follow in told records */
    int64_t short_ns;          /* by how much the sequenced lead is short of the agreed one; 0 = met so far */
    uint32_t pieces;           /* newly claimed pieces; 0 = nothing new was claimed */
};
struct outcome {
    enum verdict verdict;
    enum reason reason;
    char detail[192];          /* terminated; field, value, rule. Holds nothing that the sender may not know */
    uint16_t party;            /* in whose stream the record stands (first signer's party, attested party; operator for ticks) */
    uint64_t place;            /* there; VERDICT_REPEATED: of the first */
    uint32_t marks;            /* e.g. wider sections do not contain the exact volume: OUTCOME_MARK_* */
    struct lead lead[LIMIT_AGREEMENT_PARTIES]; uint32_t lead_count; /* one per agreement that judges it */
    uint32_t left;             /* tick, continue: entities of all parties whose search is not through */
    uint32_t missing[LIMIT_SIGNERS / 32]; /* pending: bit i = signer i is missing */
    uint16_t status; struct text reply; /* dss: the HTTP status, 0: none; its body, JSON, also of a refusal; valid until the next step of this state */
};
enum { OUTCOME_MARK_NOT_CONTAINED = 1, OUTCOME_MARK_NO_READER = 2, OUTCOME_MARK_LATE = 4, OUTCOME_MARK_FORK = 8, OUTCOME_MARK_SCHEDULE = 16,
       OUTCOME_MARK_UNSURE = 32 };
#define OUTCOME_PARTY_NONE UINT16_MAX /* = PARTY_NONE: nobody's; not recorded */

/* The outcome part's bytes, also the answer's: {"verdict","reason"? (refused),"detail"?,"kind","place" (null: not recorded),"marks"?:[word],
 * "lead"?:[{"agreement","version","judged","start"?,"agreed_s","binds","sequenced_s","short_s","pieces"}],"missing"? (pending):[key name],
 * "left"? (continue; tick, when not 0), "status"? "reply"? (dss)}. */
void outcome_render(const struct statement *s, const struct outcome *o, struct append *out);

#endif
