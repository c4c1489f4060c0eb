/* A witness of transparency logs, by C2SP tlog-witness: it signs, dated, the checkpoints of the logs that it knows, each only once it has seen proof
 * that the tree contains all which it signed before. So whoever trusts the witness knows that the log shows one past to everybody.
 *
 * What it has signed last of each log is durable before a signature leaves: a file DIR/<hex SHA-256 of the origin>, the signed checkpoint itself, written
 * beside, synced, renamed, its directory synced. After kill -9 or a power cut at any instant it knows every tree that it has signed. One thread. */
#ifndef PARLEY_LOG_WITNESS_H
#define PARLEY_LOG_WITNESS_H

#include "base/limits.h"
#include "base/cosignature.h"
#include "log/disk.h"
#include "log/merkle.h"

enum { WITNESS_PROOF_LINES = 63 };
/* --- the body of add-checkpoint: `old N`, lines of the proof, a blank line, the checkpoint's note --- */
struct witness_request {
    uint64_t old;
    unsigned length;
    struct hash proof[WITNESS_PROOF_LINES];
    struct text note; /* borrowed; not parsed */
};
/* MALFORMED, TOO_LARGE; the fault's field is "/old", "/proof" or "/checkpoint". */
result witness_request_read(struct text body, struct witness_request *out, struct fault *f);
void witness_request_write(uint64_t old, const struct hash *proof, unsigned length, struct text note, struct append *out);

/* --- the witness --- */
struct witness;
/* A log that it signs for. Of one origin there may be several keys, for a log that changes its own. */
struct witness_log { struct text origin, name; uint8_t public_key[NOTE_KEY_BYTES]; };
struct witness_options {
    const char *dir;               /* made where it is not */
    struct disk *disk;
    struct text name;              /* of its key, … */
    const uint8_t *secret;         /* … NOTE_SECRET_BYTES, which must stay there. NULL, where `pending`: it signs nothing, and answers 200 with nothing */
    const struct witness_log *logs; /* must stay there */
    uint32_t log_count;            /* 1 to LIMIT_WITNESS_LOGS */
    bool pending;                  /* of a mirror (C2SP tlog-mirror, "add-checkpoint"): what the log alone has signed may stand in its files too */
};
/* Errors: BUSY (another process has the directory), FORBIDDEN, IO, ROT (a file of its own is not what it has written: it must not begin anew), CONFLICT
 * (two logs whose keys are one; a directory of another key). */
result witness_open(const struct witness_options *o, struct witness **out, struct fault *f);
void witness_close(struct witness *w); /* NULL: nothing */

/* Answers one add-checkpoint at `seconds` since 1970 with the status that C2SP asks for: 200 (out: its signature line), 400, 403, 404, 409 (out: the size of
 * what it has signed last, a line), 422; and 503 where what it would sign could not be made durable, or where its clock has run back behind what it has
 * signed: then no signature exists. `f` says why, unless 200. *log: which one, or NULL. */
struct witness_told { unsigned status; const struct witness_log *log; uint64_t size; bool fork; /* two trees of one size, both signed by the log */ };
struct witness_told witness_add(struct witness *w, struct text body, uint64_t seconds, struct append *out, struct fault *f);
/* The checkpoint of the log with this origin hash (64 hex digits) with the log's signature and the witness's; false: there is none. */
bool witness_checkpoint(const struct witness *w, struct text origin_hash, struct text *out);
uint64_t witness_dated(const struct witness *w, struct text origin_hash); /* the seconds of its last signature on that log; 0: none */
/* So many logs have been signed for. */
uint32_t witness_signed(const struct witness *w);
/* What whoever watches it wants to know of each origin. forked: two trees of one size were seen, both signed by the log, and their file is there (DIR/<hash>.fork), or was when it was opened. */
struct witness_figures_of { struct text origin; uint64_t size, seconds; bool forked; };
uint32_t witness_origins(const struct witness *w);
struct witness_figures_of witness_origin(const struct witness *w, uint32_t i);

#endif
