/* Internal to decode*.c: readers of whole sections, notes and frames. As everywhere in decoding, a fault's path is relative and its
 * caller prefixes it; texts that are kept are copied into the arena. */
#ifndef PARLEY_CORE_DECODE_INNER_H
#define PARLEY_CORE_DECODE_INNER_H

#include "core/decode_value.h"

/* --- decode_volume.c --- */
/* The member "volumes". `timeless`: start and end may be absent. */
result decode_volumes(const struct decoder *d, const struct json *object, uint32_t least, bool timeless,
                      const struct volume **out, uint32_t *count, struct fault *f);
/* The member "route", as corridor volumes. */
result decode_route(const struct decoder *d, const struct json *object, const struct volume **out, uint32_t *count,
                    struct fault *f);

/* --- decode_body_*.c: one per schema; `body` is the section's member "body" --- */
typedef result decode_schema(const struct decoder *d, const struct json *body, struct section *out, struct fault *f);
decode_schema decode_body_text, decode_body_settings, decode_body_party, decode_body_key, decode_body_key_revoke,
    decode_body_key_recover, decode_body_agreement, decode_body_suspend, decode_body_leave, decode_body_area,
    decode_body_feed, decode_body_notice, decode_body_flight, decode_body_join, decode_body_ack, decode_body_hold,
    decode_body_hold_answer, decode_body_message, decode_body_open, decode_body_clock, decode_body_capacity;
result decode_settings(const struct json *object, struct body_settings *out, struct fault *f);
result decode_founder(const struct decoder *d, const struct json *object, bool genesis, struct founder *out,
                      struct fault *f);
result decode_genesis_body(const struct decoder *d, const struct json *object, struct body_genesis *out,
                           struct fault *f);

/* --- decode_section.c --- */
/* May it be sealed, does it carry public/parties/own? */
bool decode_kind_is_air(enum statement_kind k);
bool decode_kind_is_sealable(enum statement_kind k);
/* Matches the sections among `parts` to out->commit (signed) or sets out->commit from them (`request` not NULL: plain), then reads them. */
result decode_sections(const struct decoder *d, const struct part *parts, uint32_t count, const struct part *request,
                       struct statement *out, struct fault *f);

/* --- decode_note.c --- */
result decode_note(const struct decoder *d, struct text bytes, bool verify, struct statement *out, struct fault *f);
/* "live" or "exercise": what an origin ends in; empty when neither. */
struct text decode_mode(struct text origin);
/* Members that the signed and the plain form share. */
result decode_head(const struct json *object, struct statement *out, struct fault *f);
/* `on` as the kind wants it; of kinds that file, absent = the sender's, under the statement's own id. */
result decode_on(const struct name *sender, struct statement *out, struct fault *f);
/* The rule "by names it so" of party, key and key/recover. */
result decode_introduced(const struct statement *s, struct fault *f);

/* --- decode_frame.c --- */
result decode_frame(const struct decoder *d, const struct part *parts, uint32_t count, struct statement *out,
                    struct fault *f);

/* --- dss_parts.c --- */
/* Are these claims a token's at a DSS's door? They are the server's own words, so their first member tells. */
bool dss_claims_are(struct text claims);
result dss_decode_parts(const struct decoder *d, const struct part *request, const struct part *claims, struct statement *out, struct fault *f);

/* --- decode_raw.c: extents in bytes that the JSON reader has passed; bounded whatever the bytes --- */
bool decode_raw_member(struct text object, const char *name, struct text *value);
/* The members one after the other, each from its name's quote to its value's end; *at is 0 at first. False when there are no more. */
bool decode_raw_walk(struct text object, size_t *at, struct text *member);
/* At most `room`; UINT32_MAX when there are more or it is no array. */
uint32_t decode_raw_elements(struct text array, struct text *out, uint32_t room);

#endif
