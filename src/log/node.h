/* One node: the only path. parts -> sequencer -> decode -> state_step -> record and told records -> streams, ticks, log -> durable
 * -> events released. The same code applies in recovery. Owned by one thread (the loop); hashing, writing and signing run in a
 * writer thread or, with `inline_writer`, inside node_poll (replay, tools); with `stepped_writer` when node_write_step says (simulation). */
#ifndef PARLEY_LOG_NODE_H
#define PARLEY_LOG_NODE_H

#include "base/histogram.h"
#include "core/decode.h"
#include "core/state.h"
#include "core/view.h"
#include "log/disk.h"
#include "log/journal.h"
#include "log/sequencer.h"
#include "log/slow_steps.h"
#include "log/tile.h"

struct node;
struct node_options {
    const char *dir;               /* made by node_create */
    struct disk *disk;             /* NULL: the real one (disk_real) */
    struct sequencer *(*sequencer)(void *context, uint64_t last_number, instant last_time); /* NULL: local */
    void *sequencer_context;
    void (*random)(void *bytes, size_t size); /* NULL: the system's generator; seeded in simulations */
    /* Salts of the parts that the server makes itself, of the record at that place; NULL: `random`. For twin runs: what one party hears must not
     * shift the salts of another's records, else equal streams could not be told from different ones. */
    void (*salt)(uint16_t party, uint64_t place, uint8_t part_class, uint8_t salt[32]);
    bool inline_writer;
    bool stepped_writer;           /* as a thread would: a batch that is handed over waits until node_write_step */
    bool verify_signatures;        /* in recovery too (`parley log check`) */
    bool read_only;                /* no lock, no writes: check and cat */
    uint32_t snapshot_ticks;       /* every so many ticks a state is marked that a keeper keeps (node_wanted); 0: none is */
    bool hold_capacity;            /* capacities that wait (`capacity`) go on waiting */
    const char *bridge_url;        /* base URL under which what is released shows at the doors of F3548; "": it does not show; NULL: as it was */
    uint64_t memory_most;          /* so much memory has the machine: a start that needs more for them is refused; 0: not looked at */
};
/* Makes DIR: genesis note, secret log key (0600), empty journal, blind keys. CONFLICT when DIR holds a log, or what remains of one; of a node_create that
 * did not come to its end all is made again. */
result node_create(struct disk *disk, const char *dir, struct text genesis_note, const uint8_t log_secret[64],
                   const uint8_t receipt_secret[64], struct fault *f);
/* *what: a file or directory of a log that DIR holds beside its genesis, or where that is gone ("log.key"); NULL: none. What a node_create left that did not come
 * to its end does not count: nobody was shown anything of it. */
result node_remains(struct disk *disk, const char *dir, const char **what, struct fault *f);

struct node_report {               /* of recovery */
    uint64_t orders, records, ticks, cut_bytes; /* cut_bytes: of a torn tail */
    uint64_t bytes_read; instant first, last;
    uint64_t snapshot;             /* its order; `orders` were stepped behind it; 0: the whole journal was */
    uint32_t snapshots_passed;     /* newer ones that could not be used, or all of them where their directory cannot be read; why the last of them: */
    struct fault passed;
    uint64_t digests;              /* verify_signatures: that the journal says of states marked by `snapshot`, and that are right */
    uint64_t indexed;              /* records of which places and trees were taken as they were kept beside the snapshot; 0: the log was read from its beginning */
    bool index_passed; struct fault index_why; /* something was kept, and could not be used */
    uint32_t snapshots_checked;    /* verify_signatures: those whose digest was recomputed and fits */
};
/* Errors: BUSY (locked), ROT (file and byte named), LOST_TAIL, DIVERGED (order number and both outcomes named), IO. */
result node_open(const struct node_options *o, struct node **out, struct node_report *report, struct fault *f);
void node_close(struct node *n);

/* The state as it is durable now, for the next start. BUSY: something is under way, poll and try again; FULL: the disk has not the room beside
 * what warns people. The node goes on whatever comes out: counted in node_numbers. Takes as long as the state is large (writes and sorts it). */
result node_snapshot(struct node *n, struct fault *f);
/* --- a keeper beside the node (follower.h), which writes snapshots while this one serves --- */
struct node_from { uint64_t snapshot; struct journal_place place; }; /* the snapshot's order, 0: none; behind its batch */
struct node_snapshot_kept { uint64_t order, bytes; instant time; struct hash digest; };
void node_from(const struct node *n, struct node_from *out); /* where it begins: with the snapshot of this start, or written since by node_snapshot */
uint64_t node_batch(const struct node *n);  /* the last durable batch: so far it may go */
uint64_t node_wanted(const struct node *n); /* the statement, the last of its durable batch, behind which the state is to be kept; 0: none */
void node_snapshot_kept(struct node *n, const struct node_snapshot_kept *k); /* it is: its digest goes into the journal. Of one that is not wanted nothing becomes. */
void node_snapshot_missed(struct node *n);           /* it could not be: counted; the next is marked when its time comes */
void node_keeper_gone(struct node *n);    /* there is no keeper any more: none is marked */

void node_end(struct node *n);         /* from now on it proposes nothing of its own, neither ticks nor continues, but for the tick that keeps what receipts promised */
bool node_quiet(const struct node *n); /* and nothing of that is under way, all that was applied is durable; or it has failed */
/* Is so much said since the last one that the next start would feel it? */
bool node_snapshot_due(const struct node *n);

/* The parts are copied. The answer comes as NODE_ANSWERED with this ticket (non-zero). RESULT_BUSY: queue full; RESULT_FULL: no space on
 * disk for this class of statement (the reserve lets acknowledgements, notices, messages and ticks through longest). */
result node_submit(struct node *n, const struct part *parts, uint32_t count, instant now, uint64_t ticket, struct fault *f);
/* The same in two steps, for a caller who looks at the statement between them: it is decoded here, and not again when it is ordered. The
 * statement is the node's; lines are not verified: the caller does, and says so in `proven` (asserted). Until the next node_prepare. */
result node_prepare(struct node *n, const struct part *parts, uint32_t count, struct statement **out, struct fault *f);
result node_submit_prepared(struct node *n, instant now, uint64_t ticket, struct fault *f);
/* The first step once more, for a thread of the caller's: node_read decodes into memory of its own and looks only at what of an open node never changes;
 * the node's thread then takes over what is good, as if node_prepare had made it. `json`: the caller's, for that thread. NULL without memory.
 * node_read, on any thread, but one at a time with one `g`: what the statement itself has wrong, as node_prepare; TOO_LARGE without memory.
 * node_adopt, on the node's thread, once after each node_read with `g` that was well (asserted): what the node has failed with, and nothing else. `out`
 * is the node's, until the next node_prepare or node_adopt; `g` may read again. */
struct node_reading;
struct node_reading *node_reading_new(struct json_reader *json);
void node_reading_free(struct node_reading *g);
result node_read(const struct node *n, struct node_reading *g, const struct part *parts, uint32_t count, struct fault *f);
result node_adopt(struct node *n, struct node_reading *g, struct statement **out, struct fault *f);
/* Proposes every tick that is due at `now` (at most one per call when far behind: missed ticks are not made up, their number does
 * not jump). `error_ns`, `unsure`: of the clock. */
result node_tick(struct node *n, instant now, int64_t error_ns, bool unsure, struct fault *f);
instant node_next_tick(const struct node *n);
/* Takes ordered statements, applies them, hands batches to the writer. Call when node_fd is readable and after submit. */
result node_poll(struct node *n, struct fault *f);
/* Applies what is ordered and leaves the writing to node_poll. */
result node_take(struct node *n, struct fault *f);
/* What the writer has finished becomes durable and is told by node_next; nothing is handed to it. For who has more to say before the next batch is written. */
result node_reap(struct node *n, struct fault *f);
bool node_holds(const struct node *n); /* something is applied that the next node_poll would hand over */
bool node_continues(const struct node *n); /* what exceeded a step waits to go on: poll again soon, with what else there is between */
bool node_starved(const struct node *n); /* the writer is behind: what is proposed now would wait for it */
/* stepped_writer: writes the batch that was handed over; the next node_poll publishes it. False: there was none. */
bool node_write_step(struct node *n);
int node_fd(const struct node *n); /* readable when the writer finished something; -1 without a thread */

enum node_event_kind { NODE_ANSWERED, NODE_APPENDED, NODE_TICKED };
struct node_event {                /* released only when durable */
    enum node_event_kind kind;
    uint64_t ticket;               /* ANSWERED */
    enum sequenced sequenced;      /* ANSWERED: ORDERED, or REFUSED/UNKNOWN without outcome */
    const struct outcome *outcome; /* ANSWERED */
    struct text outcome_json;      /* ANSWERED: the outcome part's bytes (for REPEATED: rendered the same way) */
    struct text reply;             /* ANSWERED: of a dss statement, the reply within those bytes; else empty */
    struct hash statement;         /* ANSWERED */
    uint16_t party; uint64_t place;/* ANSWERED (place in the sender's stream), APPENDED: this party's stream has grown to place+1 */
    uint64_t tick;                 /* TICKED */
};
bool node_next(struct node *n, struct node_event *out); /* valid until the next call */

const struct state *node_state(const struct node *n);
uint64_t node_applied(const struct node *n);  /* order number applied to the state */
uint64_t node_durable(const struct node *n);  /* …durable: a read computed at `applied` leaves when durable >= applied */
const struct hash *node_log_hash(const struct node *n);
struct text node_genesis(const struct node *n);

/* --- the record, read from what is durable --- */
struct node_record {
    uint64_t place, order; instant time;
    struct hash root;              /* R */
    struct text leaf;              /* the stream leaf's bytes */
    const struct part *parts; uint32_t part_count;      /* those stored; commitments without section stand in `commit` */
    const struct hash *hashes; uint32_t hash_count;     /* leaves of the record's tree, in order */
    uint32_t withheld;             /* so many of the last leaves are of parts that are not here: in a party's copy; node_record has all */
};
/* Borrowed from `scratch`. Every part is hashed anew and the record's root computed. NOT_FOUND beyond the durable end; ROT names file and byte. */
result node_record(struct node *n, uint16_t party, uint64_t place, struct arena *scratch, struct node_record *out, struct fault *f);
/* One JSON object (no line end) for events, `parley stream`, `log cat`: {"seq","time","kind","root","withheld"?:[…],"parts":[{"class","name","bytes"|"text","salt","hash"}…]};
 * note and section bytes as strings. `reader` decides which parts are shown (order and credential: operator only). */
void node_record_render(const struct node_record *r, bool operator_, struct append *out);
/* Witnesses (log/witness.h). What one is asked: add-checkpoint's body for the last tick's tree, *size, with proof from the tree of `old` leaves that it has
 * signed (0: none). NOT_FOUND: no tick yet; RANGE: it says that it has signed a larger tree than there is. */
result node_witness_request(struct node *n, uint64_t old, struct append *out, uint64_t *size, struct fault *f);
/* What it answered, for the tree of `size` leaves: verified, and recorded as `cosigned` before long; *seconds: its time. UNAUTHENTIC: no good signature of
 * that key over this tree; RANGE: its time is further than `skew` from `now`, both seconds since 1970; CONFLICT: it goes back behind what it signed before; FULL: no room on the disk. */
result node_cosigned_take(struct node *n, struct text name, const uint8_t public_key[32], uint64_t size, struct text reply, uint64_t now, uint64_t skew, uint64_t *seconds, struct fault *f);
/* Of the checkpoints that witnesses have signed the one with most signatures, of equals the largest, with their lines behind the log's: bytes of the state, so
 * they leave once that is durable. NOT_FOUND: none has. */
result node_checkpoint_cosigned(struct node *n, struct append *out, struct fault *f);
int64_t node_tick_ns(const struct node *n); /* a tick's length */
uint64_t node_cosigned_size(const struct node *n); /* of that checkpoint; 0: there is none */
/* That of the tree of the log's first `size` ticks (1 to all), as it was signed then. */
result node_checkpoint_at(struct node *n, uint64_t size, struct append *out, struct fault *f);
result node_checkpoint(struct node *n, struct append *out, struct fault *f); /* signed note of the last tick's tree */
uint64_t node_log_size(const struct node *n);                               /* ticks in it */
result node_log_leaf(struct node *n, uint64_t index, struct append *out, struct fault *f);
/* --- C2SP tlog-tiles of the log, or of a party's stream as the last durable tick has it (FORMAT.md, 9) --- */
#define NODE_LOG PARTY_NONE /* in place of a party */
result node_tile(struct node *n, uint16_t party, const struct tile *t, struct append *out, struct fault *f); /* NOT_FOUND: not there (yet); ROT */
/* `count` of its rows from `from` on (within its width): what a tile holds never changes, so one may be made in pieces. Above level 0 each row may be a read of the disk; else so many neighbours share one. */
result node_tile_rows(struct node *n, uint16_t party, const struct tile *t, uint32_t from, uint32_t count, struct append *out, struct fault *f);
result node_stream_checkpoint(struct node *n, uint16_t party, struct append *out, struct fault *f); /* a checkpoint of the stream, by the receipts' key. NOT_FOUND: not sealed yet */
result node_stream_origin(const struct node *n, uint16_t party, struct append *out, struct fault *f); /* "<origin>/stream/<party>" */
/* Blind key B_i of a party (hex), so that it can check its own slot. */
void node_blind(const struct node *n, uint16_t party, uint8_t out[32]);
/* {"record":[…],"stream":{"size","path":[…]},"slot":{"blind",…},"tick":{"tick","path":[…]},"log":"<tlog-proof>"} of a part. */
result node_proof(struct node *n, uint16_t party, uint64_t place, uint32_t part, struct append *out, struct fault *f);

/* From tick `from` (1 is the first), at most `most` ticks, as one JSON object: {"slot":p,"ticks":[{"tick","time","root","size","path":[…]},…],"next":n,
 * "checkpoint":note,"consistency":[…]} (FORMAT.md, 9, "What a party takes away"). It ends before what is not sealed, and after LIMIT_SLOTS_WORK
 * slots that had to be computed. NOT_FOUND: no tick of that number yet; FULL; ROT: the streams do not give a tick's root. */
result node_slots(struct node *n, uint16_t party, uint64_t from, uint64_t most, struct append *out, struct fault *f);

/* --- receipts (receipt.h) --- */
/* {"note":"<receipt>","salt":"<hex>","path":[…]}: the promise, signed, that this statement's record stands at that place, and what shows that the record's root is over the
 * statement's own first part. Only of what is durable, whose place no crash changes. NOT_FOUND: nothing durable there; CONFLICT: another statement's, or told;
 * UNSUPPORTED: ticks are so far apart that it could not be kept; FORBIDDEN: the key is not here; ROT. */
result node_receipt(struct node *n, uint16_t party, uint64_t place, const struct hash *statement, struct append *out, struct fault *f);
/* {"sealed":…,"before":…} (receipt.h, FORMAT.md, 9): the first tick that seals the place, and the one before it; not sealed yet: the last tick, as `before`.
 * `before` is not there where the party had no slot, neither of them where there is no tick. NOT_FOUND: no such party; FULL; ROT. */
result node_sealed(struct node *n, uint16_t party, uint64_t place, struct append *out, struct fault *f);
bool node_owes(const struct node *n); /* a record that a receipt was given for since the start waits for its tick */

struct node_numbers {              /* for /metrics and status */
    uint64_t applied, durable, batches, bytes_written, queued, refused_busy, refused_full, syncs;
    uint64_t disk_free, disk_reserve, journal_bytes; uint64_t write_ns_sum, write_ns_max;
    /* Batches after which free space could not be read; after the last one: disk_free is then what was last known, less what was written since; why: */
    uint64_t disk_unread; bool disk_unknown; struct fault disk_why;
    uint64_t snapshots, snapshots_failed, snapshot_order, snapshot_bytes; /* written since the start; of the newest there is */
    instant snapshot_time;         /* of the state in it; while snapshot_order is not 0 */
    uint64_t snapshots_passed;     /* node_report's, of the start */
    uint64_t snapshot_ticks, batch; /* since that state; node_batch */
    bool keeper_lost;              /* there should be one (snapshot_ticks), and there is none any more */
    uint64_t snapshot_wanted;      /* node_wanted */
    uint64_t wanted_ticks;         /* for so long; 0: none is wanted */
    uint64_t rot;                  /* reads of records that are not what their hashes say */
    bool index_rotten; struct fault index_why; /* a file of index/ is not what was written: the next start makes it anew */
    uint64_t queued_bytes;         /* of proposals that are not ordered yet */
    uint64_t ticks, ticks_missed;  /* proposed; never proposed, for the one before came too late */
    struct histogram write_ns, batch_records, batch_bytes, step_ns, tick_late_ns;
    uint64_t memory_touched; /* bytes of the state's memory that were touched ahead of their use */
    uint64_t backlog, backlog_age, continues; /* searches that wait for a continue; statements since the oldest was queued; steps so far, of this log */
    /* Of LIMIT_BATCHES: being filled, being written (since so many ns; 0: none), written and not yet given out. */
    uint32_t batches_filling, batches_writing, batches_done, batches_room; uint64_t writing_ns;
};
void node_numbers(const struct node *n, struct node_numbers *out);
const struct slow_steps *node_slow_steps(const struct node *n); /* of what was applied since the start, recovery apart */

#endif
