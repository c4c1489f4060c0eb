/* Every limit of Parley, in one place. Capacities of tables are not here: they come from the genesis statement. */
#ifndef PARLEY_BASE_LIMITS_H
#define PARLEY_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define LIMIT_TEXT_BYTES (64 * 1024)        /* a note's text (FORMAT.md, 2) */
#define LIMIT_BODY_BYTES (4 * 1024 * 1024)  /* one request body at a door */
#define LIMIT_SECTION_BYTES (4 * 1024 * 1024)
#define LIMIT_SECTIONS 4
#define LIMIT_SIGNERS 64
#define LIMIT_READERS 64                    /* of one section */
#define LIMIT_JSON_DEPTH 8
#define LIMIT_JSON_DIGITS 15
#define LIMIT_VOLUMES 1024                  /* of one section */
#define LIMIT_VERTICES 1000                 /* of one volume */
#define LIMIT_ROUTE_POINTS 512
#define LIMIT_DESKS 8                       /* of one party */
#define LIMIT_AGREEMENT_PARTIES 16
#define LIMIT_AGREEMENT_CATEGORIES 16
#define LIMIT_FRAME_AIRCRAFT 65535
#define LIMIT_MESSAGE_BYTES 4096
#define LIMIT_AREA_NAME 64                  /* bytes of an area's name, as read back */
#define LIMIT_TEXT_FIELD 4096               /* free text of a notice */
#define LIMIT_SEALED_UNOPENED 8             /* per party (FORMAT.md, "open") */
#define LIMIT_PARTY_SLOTS_LOG2 12           /* default width of the tick tree, as a power of two */
#define LIMIT_DEDUPE_NS (7 * INT64_C(86400000000000))  /* a repeat within 7 days gets its place */
#define LIMIT_PENDING_NS (7 * INT64_C(86400000000000)) /* an incomplete note lapses */

/* --- the core: beyond a work limit the safe side is taken (the place of use says which), and the same on every node --- */
#define LIMIT_PARTIES 4096
#define LIMIT_AGREEMENTS 65535              /* a reader's reference keeps their rows in 16 bits */
#define LIMIT_ROWS (UINT32_C(1) << 26)      /* of any other table */
#define LIMIT_AGREEMENT_VERSIONS 4          /* of one agreement: in force, and waiting for their dates */
#define LIMIT_FRAME_REPEATS 256             /* frames of a feed whose places are remembered: as many as one request may carry */
#define LIMIT_EFFECT_BYTES 1024             /* members of one told record */
#define LIMIT_TICK_TIMERS (UINT32_C(1) << 17) /* fired in one tick; the rest in the next */
#define LIMIT_PAIR_WORK (INT64_C(1) << 20)  /* vertices looked at for one pair of entities and one owner: about half a second */
#define LIMIT_CONTAIN_WORK (INT64_C(1) << 24) /* edges against edges: does a section contain another? */
#define LIMIT_LEAD_WORK (UINT64_C(1) << 24) /* cells times old volumes, edges times edges: what is newly claimed? */

/* --- the log: memory and disk of one node --- */
#define LIMIT_PATH 512                      /* bytes of a path, with its end */
#define LIMIT_DATA_PATH (LIMIT_PATH - 64)   /* of the data directory's: what lies below has room */
#define LIMIT_BATCHES 4                     /* filling, being written, being given out */
#define LIMIT_BATCH_BYTES (32 * 1024 * 1024) /* a batch takes no more statements from here on */
#define LIMIT_BATCH_MOST ((size_t)1 << 31)  /* content, payload or outcomes of one batch */
#define LIMIT_TOLD_BYTES ((size_t)1 << 30)  /* one statement as it is told */
#define LIMIT_KEPT 256                      /* decodings of proposals that wait for their order; of others they are made twice */
#define LIMIT_KEPT_BYTES (256 * 1024)       /* of a proposal, whose memory is held for the next */
#define LIMIT_QUEUE_BYTES (64 * 1024 * 1024) /* of proposals not yet ordered */
#define LIMIT_SCRATCH_BYTES (512 * 1024 * 1024) /* decoding one statement or record */
#define LIMIT_GENESIS_BYTES (LIMIT_TEXT_BYTES + 64 * 1024)
#define LIMIT_GENESIS_SCRATCH (16 * 1024 * 1024)
#define LIMIT_SEGMENT_BYTES (64 * 1024 * 1024)
#define LIMIT_SEGMENTS_OPEN 4               /* for reading, of one family */
#define LIMIT_ZEROS_AHEAD (512 * 1024)      /* zeros written at a time */
#define LIMIT_LARGE_EXTENT (256 * 1024)     /* from here on an extent is its own preparation: zeros first would double its cost */
#define LIMIT_STAGE_BYTES (16 * 1024 * 1024) /* one device write; into room never written each costs a commit of the file system */
/* Room on the disk that is kept for ticks (24 h), and steps of a quarter of it for the classes above. */
#define LIMIT_RESERVE_NS INT64_C(86400000000000)
#define LIMIT_TICK_BYTES 2048               /* that a tick takes at most when nothing else happens */
#define LIMIT_TICK_MEAN 256                 /* ticks over which the mean of what they take is formed: repeats, calls and queries go on, too */
#define LIMIT_RECORD_BESIDE 1024            /* that a record takes at most beside its bytes: outcome, order, hashes, its part of sectors */
#define LIMIT_CALL_BYTES 1024               /* that a call of a desk takes on the disk, told once */
#define LIMIT_RESERVE_LOOK 64               /* statements after which it is reckoned anew who will have to be called */

#endif
