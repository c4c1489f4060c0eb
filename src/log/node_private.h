/* Shared by the files of the node: node.c (life, order, events), node_submit.c (admission), node_apply.c (statement -> step -> records), node_replay.c
 * (a recorded one again), node_write.c (the writer), node_recover.c (the journal back into the state), node_snapshot.c (the state for the next start),
 * node_index.c (places and trees for it), node_warm.c (its memory, ahead of use), node_slots.c (a party's slot in past ticks), node_grow.c (larger tables), node_read.c (records, proofs), node_receipt.c (receipts), node_files.c (keys and checkpoint).
 *
 *   loop thread                                   writer thread
 *   submit -> sequencer -> apply -> batch  ---->  hash, trees, journal, checkpoint
 *   events <- publish  <------------------------  the batch, durable
 * A batch belongs to one thread at a time. What the loop reads of the streams is only what was published to it. */
#ifndef PARLEY_LOG_NODE_PRIVATE_H
#define PARLEY_LOG_NODE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "base/note.h"
#include "base/ring.h"
#include "log/journal.h"
#include "log/monotonic.h"
#include "log/node.h"
#include "log/record.h"
#include "log/snapshot.h"
#include "log/stream.h"

#define NODE_TICKET_TICK UINT64_MAX
#define NODE_TICKET_CONTINUE (UINT64_MAX - 1)
#define NODE_TICKET_SNAPSHOT (UINT64_MAX - 2)
#define NODE_TICKET_DIGEST (UINT64_MAX - 3)
#define NODE_TICKET_GROW (UINT64_MAX - 4)
#define NODE_TICKET_BRIDGE (UINT64_MAX - 5)
#define NODE_TICKET_COSIGNED (UINT64_MAX - 6)
static inline bool node_own_ticket(uint64_t ticket) { return ticket == 0 || ticket >= NODE_TICKET_COSIGNED; } /* nobody waits for an answer */

struct made {                    /* a record to be written */
    uint16_t party;
    bool told, has_commit;
    uint64_t place, order;
    instant time;
    size_t at, size;             /* in batch.payload */
    struct hash commit[LIMIT_SECTIONS];
    struct hash root;            /* from here on by the writer */
    uint32_t hash_count, content_at;
};
struct mark {                    /* a tick, behind the first `after` records of the batch */
    size_t after;
    uint64_t tick, order;
    instant time;
    uint32_t parties;
};
struct answer {
    uint64_t ticket, place;
    enum sequenced what;
    struct outcome outcome;
    size_t json_at, json_size;   /* in batch.json */
    struct hash statement;
    uint16_t party;
};
struct touched { uint16_t party; uint64_t place; };
struct sealed {                  /* the last tick: what proofs are made from */
    bool any;
    uint64_t tick, log_size, order; /* order: of the tick's own record; 0 after a start */
    uint32_t parties;
    instant time;
    struct hash log_root, *slots; /* width of them */
    uint64_t *sizes;
    uint8_t signature[64];
};
struct batch {
    struct append payload, json;
    struct made *made; size_t made_count, made_room;
    struct mark *marks; size_t mark_count, mark_room;
    struct answer *answers; size_t answer_count, answer_room;
    struct touched *touched; size_t touched_count, touched_room;
    uint64_t order, sequencer;   /* last applied; last number of the sequencer */
    uint64_t number, snapshot;   /* its own, once written; the order of the `snapshot` that it ends with, 0: none */
    struct sealed sealed;        /* of its last tick, by the writer */
    struct segment_place log, pay; /* where it was written */
    result result; struct fault fault;
    uint64_t write_ns, bytes, disk_free;
    bool disk_unknown; struct fault disk_why; /* instead of disk_free */
    size_t next_answer, next_touched, next_mark; /* events given out */
};
struct folded {                  /* a statement, applied */
    struct statement statement;
    struct outcome outcome;
    const struct effects *effects;
    struct part *parts; uint32_t count;
    bool ticked;
    int64_t step_ns;             /* that the step took */
    bool recorded;               /* neither a repeat nor noise that is nobody's */
};
/* A proposal that was decoded when it came. The core may step only what its very bytes say: it is used when the sequencer gives the
 * same bytes back, else these are decoded. */
struct kept {
    uint64_t ticket, reply;      /* reply: what its reply takes at most, as it was admitted */
    struct append bytes;         /* as proposed; all else borrows from here and from `arena` */
    struct arena arena;
    struct part *parts; uint32_t count;
    struct statement statement;
};
struct slot_tree {               /* a past tick's, computed when it was asked for (node_slots.c) */
    uint64_t tick;               /* 0: none yet */
    uint32_t parties;
    uint64_t *sizes;             /* width of them */
    struct hash *roots, *nodes;  /* of the streams; of the tree, 2 * width: node i has the children 2i and 2i + 1, the slots begin at `width` */
};
struct node {
    struct node_options options;
    struct disk *disk, *index_disk; /* index_disk: in memory when read_only */
    char dir[LIMIT_PATH];
    struct disk_file *lock, *checkpoint_file;
    /* state */
    struct append genesis;
    struct hash log;
    struct capacity capacity;
    struct hash log_key, receipt_key;
    int64_t tick_ns;
    struct append origin;
    struct statement genesis_said; /* decoded, in genesis_arena */
    uint8_t hash_key[16];          /* of this process: genesis_said.hash_key */
    struct arena memory, genesis_arena, scratch, decoded;
    struct state *state;
    struct effects *effects;
    struct json_reader *json;
    struct decoder decoder;
    struct append tail[1u << LIMIT_SECTIONS]; /* of told statements, by sections, of the statement at hand */
    struct append text;          /* rendering room */
    struct sequencer *sequencer;
    uint64_t sequenced;          /* last number taken */
    bool tick_waits, continue_waits, grow_waits, bridge_waits, cosigned_waits; /* proposed, not yet ordered */
    char bridge_url[LIMIT_DSS_URL + 1]; /* options.bridge_url stands here */
    struct cosigned_offer { char witness[LIMIT_WITNESS_NAME + 64]; struct body_cosigned body; } offers[LIMIT_WITNESSES]; /* verified, not yet proposed; in turn */
    uint32_t offer_count;
    uint64_t grow_order;         /* of the capacity statement that this start took the memory for; 0: none */
    bool ending;                 /* node_end: no more of them */
    struct {                     /* for a keeper */
        bool on, waits, digest_waits; /* proposed, not yet ordered */
        uint64_t tick;           /* of the last `snapshot`, or of the start */
        uint64_t wanted, marked; /* its tick */
        struct body_snapshot_digest said; /* not yet ordered; order 0: none */
        struct node_from from;
    } keep;
    instant next_tick;
    struct kept kept[LIMIT_KEPT + 1], *prepared, *kept_taken; /* one to prepare in; what the last node_kept_take gave out */
    bool is_prepared;
    uint16_t kept_free[LIMIT_KEPT], kept_out[LIMIT_KEPT]; /* slots: last freed first; in the order of their proposals */
    uint32_t kept_free_count, kept_out_count;
    uint64_t queued_replies;     /* of what is proposed and not ordered, at most */
    /* batches */
    struct batch batches[LIMIT_BATCHES], *free[LIMIT_BATCHES], *current, *ended /* by a `snapshot`; or NULL */, *done[LIMIT_BATCHES];
    uint32_t free_count, done_count;
    bool in_flight, starved, threaded;
    uint64_t writing_bytes;      /* at most: what the batch in flight takes of the disk */
    uint64_t tick_bytes;         /* of the disk, for a tick with all that it tells: mean over the last few hundred */
    uint64_t between_bytes, between_records; /* of what was continued since the last tick */
    uint64_t reserve_order;      /* of the state, when the reserve was last reckoned */
    int64_t handed_ns;           /* when the one in flight was handed over */
    struct batch *handed, *written; /* stepped_writer: what waits to be written; what was */
    struct ring *to_writer, *from_writer;
    pthread_t writer;
    struct { pthread_t thread; bool started; _Atomic bool end; _Atomic uint64_t bytes; } warm;
    bool failed; struct fault failure;
    /* published */
    uint64_t promised; /* highest order of a record that a receipt was given for; 0: none since the start */
    uint64_t durable, batch, *durable_size; /* batch: number of the last; sizes per party */
    uint64_t *touch_serial, serial; uint32_t *touch_index;
    struct sealed sealed;
    struct node_numbers numbers;
    struct slow_steps slow_steps;
    /* the writer's; before it starts, recovery's */
    struct journal *journal;
    struct streams *streams;
    uint8_t *blinds, *secret;    /* secret_alloc; secret: the log's key, behind it the receipts' */
    bool has_secret;
    struct arena write_scratch;
    struct hash *leaves; size_t leaf_room;
    struct hash *perfect;        /* room for one tick tree */
    struct slot_tree slot_trees[LIMIT_SLOT_TREES]; /* the loop's */
};

/* --- node_files.c --- */
static inline const uint8_t *node_receipt_secret(const struct node *n) { return n->secret + NOTE_SECRET_BYTES; } /* while has_secret */
result node_path(const struct node *n, const char *name, char path[LIMIT_PATH], struct fault *f);
result node_files_private(struct node *n, struct fault *f);   /* does somebody else have a right to what is secret in the directory? */
result node_genesis_load(struct node *n, struct fault *f);    /* what the genesis says */
result node_files_load(struct node *n, struct fault *f);      /* genesis, a state of its capacities, keys, blinds */
void node_checkpoint_text(struct text origin, uint64_t size, const struct hash *root, struct append *out); /* unsigned */
void node_checkpoint_sign(const struct node *n, struct sealed *s);
result node_checkpoint_store(struct node *n, const struct sealed *s, struct fault *f);
/* The newest one stored; *any false: none yet. */
/* Are these the parts that were hashed, section by section, and `root` that of the hashes? ROT: *why says what is not so; FULL, IO, TOO_LARGE. Uses the decoder. */
result node_record_fits(struct node *n, const struct part *parts, uint32_t count, const struct hash *hashes, uint32_t hash_count, const struct hash *root, struct arena *scratch,
                        const char **why, struct fault *f);
result node_checkpoint_load(struct node *n, uint64_t *size, struct hash *root, uint8_t signature[64], bool *any, struct fault *f);

/* --- node_submit.c --- */
result node_broken(const struct node *n, struct fault *f); /* why the node has failed */
void node_kept_new(struct node *n);
void node_kept_free(struct node *n);
/* The decoding of what has just been ordered, if it is still there; valid until the next call of this. */
struct kept *node_kept_take(struct node *n, const struct sequenced_event *e);

void node_continue(struct node *n); /* proposes the next step of the backlog, if there is one */
/* What the node says itself: `p` has its bytes and, if need be, its salt. */
result node_admit(struct node *n, enum statement_kind kind, uint64_t bytes, struct fault *f); /* is there room on the disk for such a one? FULL */
result node_propose_own(struct node *n, struct part *p, instant time, uint64_t ticket, struct fault *f);

/* --- node_snapshot.c --- */
result node_state_bytes(const struct state *st, struct arena *work, uint64_t *bytes, struct fault *f); /* that state_save gives; `work` as for it */
result node_snapshot_write(struct node *n, struct hash *digest, struct fault *f); /* the state behind the journal's last batch */
void node_keep(struct node *n, uint64_t tick); /* proposes a `snapshot`, if it is time at this tick; a digest that waits to be said */
void node_keep_ordered(struct node *n, uint64_t ticket, bool ordered); /* what became of one of these */
/* --- node_bridge.c --- */
void node_bridge(struct node *n);   /* proposes the URL that this start was given, where another one is in force */

/* --- node_cosigned.c --- */
void node_cosigned(struct node *n); /* proposes the next of what witnesses have signed */

/* --- node_grow.c --- */
result node_grow_start(struct node *n, struct fault *f); /* behind recovery: takes the memory for what waits */
void node_grow(struct node *n);     /* proposes that it be in force */
result node_grow_memory(struct node *n, struct fault *f); /* the state, in memory for what waits, too */

/* --- node_apply.c --- */
void *node_room(void *at, size_t *room, size_t need, size_t each); /* grows an array; aborts without memory: a step cannot be taken back */
void node_salt(const struct node *n, uint8_t salt[32]);
/* Decodes out->parts into out->statement. */
result node_decode(struct node *n, struct part *parts, uint32_t count, bool verify, struct folded *out, struct fault *f);
/* What is decoded gets order and time, and is stepped. `seen` NULL: judged here against the published log, else as recorded. */
result node_fold(struct node *n, instant time, const bool *seen, struct folded *out, struct fault *f);
/* The room that is kept for 24 h, by what ticks took and by who will have to be called. */
void node_reserve(struct node *n);
/* A tick took so many bytes of payload in so many records: the reserve follows. */
void node_tick_cost(struct node *n, uint64_t bytes, uint64_t records);
void node_continue_cost(struct node *n, uint64_t bytes, uint64_t records); /* of the node's own but ticks: goes with the next tick's, for nobody asks for it either */
static inline bool node_between(enum statement_kind k) { return statement_kind_own(k) && k != KIND_TICK; } /* whose cost that is */
uint64_t node_batch_on_disk(const struct batch *b); /* at most; NULL: 0 */
void node_order_part(const struct folded *s, bool told, struct append *out);
/* The told part of effect `i`; in n->text. */
struct text node_told_part(struct node *n, const struct folded *s, uint32_t i);
result node_seen(struct node *n, const struct statement *s, uint64_t log_size, bool *prefix, struct fault *f);
void node_apply(struct node *n, const struct sequenced_event *e);

/* --- node_slots.c --- */
void node_slots_free(struct node *n);
/* The tree of a tick that is sealed (1 to the log's size), and its row; valid until the next call. ROT: the streams do not give its root. */
result node_slot_tree(struct node *n, uint64_t tick, struct stream_tick *row, const struct slot_tree **out, struct fault *f);

/* --- node_read.c --- */
void node_put_path(const struct hash *path, unsigned length, struct append *out); /* as a JSON array */
result node_log_proof(struct node *n, uint64_t index, struct text *out, struct fault *f); /* a C2SP tlog-proof of that leaf of the log; in n->text */

/* --- node_write.c --- */
result node_write_batch(struct node *n, struct batch *b, struct fault *f);
void *node_writer(void *node);
void *node_warmer(void *node);        /* a thread of its own; reads of the node nothing but where its memory is, which stays while it runs */
void node_warmer_end(struct node *n);
/* Hashes of one record into n->leaves. */
uint32_t node_leaves(struct node *n, const struct part *parts, uint32_t count, const struct hash *commit);
struct hash node_tick_root(struct node *n, const struct hash *slots);

result node_state_new(struct node *n, const struct snapshot_head *from, const char *dir, struct fault *f); /* memory anew; from: NULL, the genesis */

/* --- node_index.c --- */
result node_index_keep(struct node *n, struct fault *f); /* behind the last batch, by the thread that appends */
result node_index_sync(const struct node *n, uint64_t batch, struct fault *f);
bool node_index_kept(const struct node *n, const struct snapshot_head *head);
result node_index_take(struct node *n, const struct snapshot_head *head, struct fault *f); /* into new streams and a new journal; an error leaves both void */
result node_index_clear(struct node *n, struct fault *f); /* nothing of it is there any more; before the log is gone through from its beginning */
void node_index_mind(struct node *n);      /* at every poll: have its files rotted? */
void node_index_end(const struct node *n); /* the writer has ended */

/* --- node.c --- */
result node_blank(const struct node_options *o, struct node **out, struct fault *f); /* nothing read yet; node_close frees it, whatever has become of it */
result node_journal_open(struct node *n, struct fault *f); /* streams and journal, nothing gone through yet */

/* --- node_replay.c --- */
struct node_replay {                  /* of recorded statements */
    struct node *n;
    struct node_report *report;
    const struct journal_batch *batch; /* the one they stand in */
    struct folded folded;
    struct body_snapshot_digest now; /* of the last `snapshot`: where `full`, or of the snapshot that was begun from; order 0: not known */
    uint32_t told;               /* effects of `folded` whose told records came */
    uint64_t bytes;              /* of its records */
    bool open, tick_came;        /* a statement is under way; its tick entry came */
    bool full;                   /* signatures and hashes are recomputed; streams are there */
    uint64_t log_before;         /* size of the log when the batch before this one began */
};
result node_replay_statement(struct node_replay *r, const struct journal_entry *e, struct text payload, struct fault *f);
result node_replay_told(struct node_replay *r, const struct journal_entry *e, struct text payload, struct fault *f);
result node_replay_tick(struct node_replay *r, const struct journal_entry *e, struct fault *f);
result node_replay_finish(struct node_replay *r, struct fault *f); /* the statement under way must have caused just what was recorded behind it */
result node_replay_rot(const struct node_replay *r, const struct journal_entry *e, struct fault *f, const char *what);
result node_replay_diverged(const struct node_replay *r, struct fault *f, const char *what, uint64_t recorded, uint64_t computed);

/* --- node_recover.c --- */
result node_recover(struct node *n, struct node_report *report, struct fault *f);

#endif
