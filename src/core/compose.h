/* The sender's side of a statement: what `parley` the command, importers, simulations and tests use to say something. The mirror of
 * decode.h; nothing here is trusted by the server. No file I/O: key files are read and written by the caller as texts.
 * Everything composed is allocated in the arena given and valid until it is reset. */
#ifndef PARLEY_CORE_COMPOSE_H
#define PARLEY_CORE_COMPOSE_H

#include "core/decode.h"

struct compose_key {
    struct text name;        /* "<mode>/<party>/<key>" */
    struct hash public_key;
    const uint8_t *secret;   /* 64 bytes (base/note.h), or NULL: this key is in `by` but does not sign now */
};
struct compose_section {
    struct text name;        /* "public", "parties", "own", "body" */
    struct text to;          /* readers with commas: "world", "log,agreement:sorrel"; empty: sender and operator */
    struct text body;        /* one JSON object */
    bool sealed;             /* committed to, but not among the parts: opened later. Keep composed.section[i]. */
};
/* What compose_statement of a sealed statement gave, as `open` needs it. */
struct compose_earlier {
    struct hash statement;
    enum statement_kind kind;
    struct id id;
    const struct hash *keys; uint32_t key_count; /* public keys of its `by`, in any order */
    const struct part *sections; uint32_t section_count; /* those to open: bytes and salts unchanged */
};
struct compose {
    struct text origin; struct hash log;
    enum statement_kind kind;
    struct id id;                                 /* random; all zero: drawn */
    bool has_on; struct entity_ref on;
    bool has_prev; struct hash prev;
    instant at;
    bool has_seen; uint64_t seen_size; struct hash seen_root;
    instant open_by;                              /* INSTANT_NONE unless a section is sealed */
    const struct compose_key *by; uint32_t by_count; /* in any order; sorted here */
    const struct compose_section *sections; uint32_t section_count;
    const struct compose_earlier *earlier;        /* KIND_OPEN; else NULL. Its `body` section is made here, readers of sections[0].to */
};
struct composed {
    struct text note;                             /* with the lines of the keys that had a secret */
    struct hash hash;                             /* the statement's identity */
    struct id id;
    struct part section[LIMIT_SECTIONS];          /* slot set; sealed ones too */
    bool sealed[LIMIT_SECTIONS];
    uint32_t section_count;
};
/* MALFORMED names what is wrong with the request (a key twice, too many sections, at before 1970, ...). Bodies are not judged:
 * decode_parts does that, and a careful client calls it before sending. `random` fills bytes from the system's generator. */
result compose_statement(const struct compose *c, void (*random)(void *bytes, size_t size), struct arena *a,
                         struct composed *out, struct fault *f);
/* The first form of decode_body: {"note":…,"sections":[…]}, sealed sections left out. */
void compose_body(const struct composed *c, struct append *out);
/* Note and open sections as parts (salt of the note drawn); `parts` has room for LIMIT_SECTIONS + 1. Returns how many. */
uint32_t compose_parts(const struct composed *c, void (*random)(void *bytes, size_t size), struct part *parts);

/* Co-signing: the note again with the line of `key` in the place that `by` gives it; the text is unchanged. CONFLICT when it has signed
 * already, NOT_FOUND when `by` does not name this key. Lines that are there are kept, not verified. */
result compose_cosign(struct json_reader *json, struct text note, const struct compose_key *key, struct append *out,
                      struct fault *f);

/* Genesis: text of the two lines from the body, signed by those founders' root keys that are in `keys` (compose_cosign
 * adds further ones, it takes genesis notes too). Members of the settings that are INT64_MIN are left out. */
result compose_genesis(const struct body_genesis *g, const struct compose_key *keys, uint32_t key_count, struct arena *a,
                       struct text *note, struct fault *f);

/* --- key files --- one line, the C2SP secret key; the public one stands in a second file. */
struct compose_key_file {
    struct text name;        /* borrowed from the text read */
    uint8_t secret[64];
    struct hash public_key;
};
/* A new key from 32 random bytes. Wipe `secret` when done. */
void compose_key_new(void (*random)(void *bytes, size_t size), uint8_t secret[64], struct hash *public_key);
void compose_key_write(struct text name, const uint8_t secret[64], struct append *secret_line, struct append *public_line);
/* `in`: the file's text, with or without its line end. */
result compose_key_read(struct text in, struct compose_key_file *out, struct fault *f);
result compose_public_key_read(struct text in, struct text *name, struct hash *public_key, struct fault *f);

#endif
