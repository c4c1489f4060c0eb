/* What a party checks of a log and of its own stream, tick by tick, before it keeps anything of either (FORMAT.md, 3 to 9). Pure: no files, no network.
 *
 *   genesis      the founders' signatures; LOG is its hash (1)
 *   record       it is the next place of the stream; its form; each part shown has its hash, each section the commitment that its sender signed, and the sender's
 *                signatures verify (2 to 5); R is the root of these leaves and those withheld (5, 9); its time is not before that of the record or the tick before (6, 7)
 *   tick         it is the next one, not earlier than the one before; it seals the records fed before it and none else: blind, size and root of the stream make the slot
 *                from which the path leads to the tick's root (7, 9); no record that it seals is later than the tick
 *   checkpoint   the log's key signed it; the log up to here, as computed from its leaves, is a prefix of it (8, 9)
 *
 * A fault's field says what is wrong, as "seq 17, part 'outcome'", "tick 40" or "checkpoint". UNAUTHENTIC: a signature; ROT: bytes are not what a hash says, or something is missing or too
 * much; DIVERGED: two signed roots that are not of one log, a fork; LOST_TAIL: the log shown is shorter than the one held; MALFORMED, FULL, TOO_LARGE.
 *
 * Copied by assignment: who checks a batch does so on a copy, writes what was good, then takes the copy. */
#ifndef PARLEY_LOG_MIRROR_H
#define PARLEY_LOG_MIRROR_H

#include "core/decode.h"
#include "log/merkle.h"
#include "log/node.h"

enum { MIRROR_PATH = 16 }; /* slots_log2 is at most that */

struct mirror_tools;          /* what decoding takes: one for all copies */
struct mirror {
    struct mirror_tools *tools;
    struct hash log, log_key, receipt_key;
    char origin[256];
    bool live;
    unsigned slots_log2;
    int64_t tick_ns;
    struct name party;
    uint16_t slot;
    struct hmac_key blind;
    struct merkle ticks, stream; /* what has been taken */
    uint64_t sealed;          /* records that the last tick sealed */
    bool entered;             /* a tick had the party's slot */
    instant tick_time, record_time; /* of the last ones; INT64_MIN: none */
    struct hash said;         /* identity of the statement in the last record; zeros where it was told */
};
struct mirror_tick {
    uint64_t tick;
    instant time;
    struct hash root;
    bool has_slot;            /* false before the party entered */
    uint64_t size;
    struct hash path[MIRROR_PATH];
    unsigned length;
};
struct mirror_shown {         /* a record as it was shown */
    struct node_record record; /* all but `order`; hashes: those of `claimed` where they are leaves, then those withheld */
    const struct hash *claimed; /* record.part_count of them: what each part's hash is said to be */
    const struct hash *withheld; /* record.withheld of them */
};

/* `genesis`: the note. *out is empty: no tick, no record, no party. mirror_free once, whatever copies there are. */
result mirror_new(struct text genesis, struct mirror *out, struct fault *f);
void mirror_free(struct mirror *m);
/* Whose stream it is. `blind`: B_i, 32 bytes. */
result mirror_of(struct mirror *m, struct text party, uint64_t slot, const uint8_t blind[32], struct fault *f);

/* On success record.hashes, hash_count and leaf are set too, so that node_record_render(record, true) gives the record's one form as bytes. Borrowed from
 * `scratch`. */
result mirror_record(struct mirror *m, struct mirror_shown *shown, struct arena *scratch, struct fault *f);
/* The same of a record by itself: its form, hashes, signatures, root, leaf; not where it stands. Sets m->said. */
result mirror_record_alone(struct mirror *m, struct mirror_shown *shown, struct arena *scratch, struct fault *f);
result mirror_tick(struct mirror *m, const struct mirror_tick *t, struct fault *f);

struct mirror_checkpoint { uint64_t size; struct hash root; };
/* Signed by the log's key? Lines of others (witnesses) are passed over. MALFORMED; CONFLICT: of another origin; UNAUTHENTIC. */
result mirror_note(const struct mirror *m, struct text note, struct mirror_checkpoint *out, struct fault *f);
/* m->ticks is a prefix of *of. */
result mirror_prefix(const struct mirror *m, const struct mirror_checkpoint *of, const struct hash *path, unsigned length, struct fault *f);

/* --- as JSON; mirror_text.c --- */
/* From an element of "ticks", one of "records" (FORMAT.md, 9); texts are borrowed from the document, arrays from `scratch`. Unknown members are refused: what is not
 * understood is not kept as if it had been checked. */
result mirror_read_tick(const struct json *top, struct mirror_tick *out, struct fault *f);
result mirror_read_record(const struct json *top, struct arena *scratch, struct mirror_shown *out, struct fault *f);
/* A member that is required, 0 to 2^63 - 1, written without a point or an exponent. */
result mirror_read_count(const struct json *top, const char *name, uint64_t *out, struct fault *f);
/* `most` is the room; *length of them. */
result mirror_read_path(const struct json *top, const char *name, unsigned most, struct hash *path, unsigned *length, struct fault *f);
/* {"tick":n,"time":"…","root":"…","size":s,"path":[…]}: without a line end, as the server gives it. */
void mirror_tick_render(const struct mirror_tick *t, struct append *out);

#endif
