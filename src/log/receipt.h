/* Receipts (FORMAT.md, "Receipts"): the server's signed promise that the record of a statement stands at that place of that party's stream, sealed by a tick
 * that comes at most RECEIPT_NS after it; and what became of the promise, judged from what anybody can hold: signed roots and paths, no word of a server's.
 *
 * A receipt's text has one form only, and its one signature line is that of the receipts' key, whose name is `<origin>/receipt`. Pure: no files, no network. */
#ifndef PARLEY_LOG_RECEIPT_H
#define PARLEY_LOG_RECEIPT_H

#include "log/mirror.h"

#define RECEIPT_NS (10 * INSTANT_SECOND)
enum { RECEIPT_BYTES = 4096, /* of the whole note */ RECEIPT_WHY = 256 };

struct receipt {
    struct hash log, statement, root; /* root: R of the record */
    struct name party;
    uint16_t slot;                    /* the party's, in every tick */
    uint64_t seq;
    instant time;                     /* of the record; whole milliseconds */
    uint32_t parts;                   /* leaves of the record */
};
/* The note's text: two lines. */
void receipt_text(struct text origin, const struct receipt *r, struct append *out);
/* The stream's leaf that is promised. */
void receipt_leaf(const struct receipt *r, struct append *out);
/* Of this log, and signed by its receipts' key? Texts are borrowed. MALFORMED (another form; the field is "receipt", or the member), CONFLICT (of another log), UNAUTHENTIC. */
result receipt_read(const struct mirror *log, struct text note, struct json_reader *json, struct receipt *out, struct fault *f);

/* --- evidence --- one JSON object {"genesis","receipt","sealed"?,"before"?,"record"?} (FORMAT.md, 9).
 *
 *   sealed   {"stream_leaf","stream":{"size","path"},"slot":{"index","blind"},"tick":{"tick","time","path"},"log"}: what stands at the place, under a tick
 *   record   the record with the promised root, as /v1/stream shows it
 *   before   {"stream":{"size","root"},"slot":…,"tick":…,"log":…}: the stream as another tick sealed it, without that place (one with it shows nothing)
 *
 * Verdicts, in this order:
 *   BREACH      `sealed` holds, and its leaf is another than the one promised; or `record` has the promised leaf, and is of another statement than the receipt names
 *   KEPT        `sealed` holds with the promised leaf, and its tick is at most RECEIPT_NS after the record's time
 *   LATE        `before` holds a stream too short for the place, and its tick is later than that; or `sealed` is, with `before` the tick before it, or without as the log's first
 *   UNANSWERED  none of these: no path was given, or what was given does not reach so far
 * What is given and does not hold is a fault, never a verdict: a path that leads elsewhere, another party's slot, a checkpoint that the log's key has not signed. */
enum receipt_verdict { RECEIPT_UNANSWERED, RECEIPT_KEPT, RECEIPT_LATE, RECEIPT_BREACH };
const char *receipt_verdict_name(enum receipt_verdict v);
struct receipt_finding {
    enum receipt_verdict verdict;
    char promised[192], stands[192];  /* leaves of the stream; stands: "" where no `sealed` was given, the begin where the leaf is longer */
    size_t stands_size; bool another; /* of the whole leaf; it is not the one promised, not by what is printed of it */
    uint64_t tick, short_tick;        /* of `sealed`, of `before`; 0: not given */
    instant time, short_time;
    uint64_t short_size;              /* records that `before` sealed */
    struct hash said; bool has_said;  /* the statement that `record` is of */
    char why[RECEIPT_WHY];            /* in words */
};
/* --- writing it: members without a comma before them --- */
struct receipt_opening {              /* what a tick sealed of the party's stream, up to a signed root */
    uint64_t size;                    /* of the stream */
    uint16_t slot;
    struct hash blind;
    uint64_t tick;
    instant time;
    const struct hash *path; unsigned length; /* from the slot to the tick's root */
    struct text proof;                /* C2SP tlog-proof of the tick's leaf */
};
void receipt_put_sealed(const struct receipt_opening *o, struct text leaf, const struct hash *path, unsigned length, struct append *out);
void receipt_put_before(const struct receipt_opening *o, const struct hash *root, struct append *out);
/* A tlog-proof: its head and path; the checkpoint's note is to follow. */
void receipt_put_proof(uint64_t index, const struct hash *path, unsigned length, struct append *out);

/* --- judging it --- */
/* `evidence`: an object that has these members or not; `genesis`, `receipt` and others are not looked at. ROT, UNAUTHENTIC, MALFORMED: it does not hold; the field names the
 * member. `log`: of the genesis; no tick or record of it is needed. */
result receipt_judge(struct mirror *log, const struct receipt *r, const struct json *evidence, struct arena *scratch, struct receipt_finding *out, struct fault *f);

#endif
