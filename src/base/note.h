/* C2SP signed notes (https://c2sp.org/signed-note), Ed25519 only: text, a blank line, signature lines
 *   — <key name> <base64 of key id[4] || signature>
 * Used for statements, genesis, sessions, receipts and checkpoints. A note's text ends in a line feed and is what is
 * signed; the blank line is no part of it. Key id = SHA-256(name || 0x0A || 0x01 || public key)[:4].
 *
 * Stricter than C2SP in what cannot be anybody's need: two lines of the same name and key id are refused, base64 must be
 * canonical, and nothing may stand behind the last line. Lines of other algorithms are parsed and left to the caller.
 *
 * Signatures are verified as libsodium does: A and R canonical and none of small order, S < L, no cofactor. A verifier
 * elsewhere must agree with it on the public CCTV Ed25519 vectors (FORMAT.md). Call sodium_init() before. */
#ifndef PARLEY_BASE_NOTE_H
#define PARLEY_BASE_NOTE_H

#include "base/bytes.h"

enum {
    NOTE_LINES = 100,      /* at most so many signature lines */
    NOTE_NAME_BYTES = 255, /* of a key name */
    NOTE_LINE_BYTES = 8192 /* of a signature's base64: room for witnesses with larger signatures */
};
/* What a key's signatures are, by C2SP's number. It stands in the key's text and goes into its id, so a key of one type is none of the other. */
enum note_type {
    NOTE_ED25519 = 0x01,    /* over the note's text; meant where nothing else is said */
    NOTE_COSIGNATURE = 0x04 /* over a checkpoint and a time (base/cosignature.h) */
};
#define NOTE_KEY_BYTES 32    /* an Ed25519 public key; also a seed */
#define NOTE_SECRET_BYTES 64 /* libsodium's secret key: seed || public key */
#define NOTE_SIGNATURE_BYTES 64

struct note_line {
    struct text name;   /* borrowed */
    struct text base64; /* borrowed; canonical; of key id and signature */
    uint8_t key_id[4];
    uint32_t size;      /* bytes of the signature behind the key id: 64 for Ed25519 */
    uint8_t signature[NOTE_SIGNATURE_BYTES]; /* its first bytes, decoded */
};
struct note {
    struct text text; /* borrowed; the signed bytes, its last line feed included */
    struct note_line lines[NOTE_LINES];
    uint32_t count; /* >= 1 */
};

/* A key name: not empty, UTF-8, no '+', no space of any kind. */
bool note_name_valid(struct text name);
void note_key_id(struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint8_t id[4]);
void note_key_id_of(enum note_type type, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint8_t id[4]);

/* Everything in *out points into `in`. MALFORMED or TOO_LARGE; the fault's field is "/note". No signature is verified. */
result note_parse(struct text in, struct note *out, struct fault *f);
/* Is this line one of that key (name and key id)? Says nothing about its signature. */
bool note_line_of(const struct note_line *line, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]);
/* Copies the `size` bytes behind the key id; false unless there are exactly so many. */
bool note_line_signature(const struct note_line *line, void *to, size_t size);
bool note_signature_verify(struct text text, const uint8_t signature[NOTE_SIGNATURE_BYTES], const uint8_t public_key[NOTE_KEY_BYTES]);
/* Is the line of that key and its Ed25519 signature over the note's text good? */
bool note_line_verify(const struct note *n, const struct note_line *line, struct text name,
                      const uint8_t public_key[NOTE_KEY_BYTES]);
/* Some line of the note does so. */
bool note_verify(const struct note *n, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]);

/* --- making one: note_begin, then a line per key --- */
/* Text and blank line. `text` ends in a line feed (asserted). */
void note_begin(struct append *out, struct text text);
/* One signature line over `text`, the same as given to note_begin. */
void note_sign(struct append *out, struct text text, struct text name, const uint8_t secret[NOTE_SECRET_BYTES]);

/* --- keys as text --- */
/* "<name>+<8 hex digits of the key id>+<base64 of 0x01 || public key>" */
void note_vkey(struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]);
void note_vkey_of(enum note_type type, struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]);
/* "PRIVATE+KEY+<name>+<8 hex digits>+<base64 of 0x01 || seed>". To be kept secret: wipe the append when done. */
void note_skey(struct append *out, struct text name, const uint8_t secret[NOTE_SECRET_BYTES]);
void note_skey_of(enum note_type type, struct append *out, struct text name, const uint8_t secret[NOTE_SECRET_BYTES]);
/* `name` is borrowed from `in`, which has no line end. MALFORMED, UNSUPPORTED (not of that type); the key id must fit. */
result note_vkey_read(struct text in, struct text *name, uint8_t public_key[NOTE_KEY_BYTES], struct fault *f);
result note_vkey_read_of(enum note_type type, struct text in, struct text *name, uint8_t public_key[NOTE_KEY_BYTES], struct fault *f);
result note_skey_read(struct text in, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f);
result note_skey_read_of(enum note_type type, struct text in, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f);
/* The pair of a seed of 32 random bytes. */
void note_key_from_seed(const uint8_t seed[NOTE_KEY_BYTES], uint8_t secret[NOTE_SECRET_BYTES],
                        uint8_t public_key[NOTE_KEY_BYTES]);

#endif
