/* Every limit of Parley, in one place. Capacities of tables are not here: they come from the genesis statement. */
#ifndef PARLEY_BASE_LIMITS_H
#define PARLEY_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define LIMIT_TEXT_BYTES (64 * 1024)        /* a note's text (FORMAT.md, 2) */
#define LIMIT_BODY_BYTES (4 * 1024 * 1024)  /* one request body at a door */
#define LIMIT_SECTION_BYTES (4 * 1024 * 1024) /* one section of a note */
#define LIMIT_SECTIONS 4                   /* of one note */
#define LIMIT_SIGNERS 64                   /* signatures of one note */
#define LIMIT_READERS 64                    /* of one section */
#define LIMIT_JSON_DEPTH 8                 /* objects and arrays within each other */
#define LIMIT_JSON_DIGITS 15               /* significant digits of a number */
#define LIMIT_VOLUMES 1024                  /* of one section */
#define LIMIT_VERTICES 1000                 /* of one volume */
#define LIMIT_PIECES 32                    /* of one long volume in the index; each takes a row of the table of volumes */
#define LIMIT_ROUTE_POINTS 512             /* of one route */
#define LIMIT_DESKS 8                       /* of one party */
#define LIMIT_AGREEMENT_PARTIES 16         /* of one agreement */
#define LIMIT_AGREEMENT_CATEGORIES 16      /* of one agreement */
#define LIMIT_FRAME_AIRCRAFT 65535         /* positions of one frame */
#define LIMIT_DSS_AREA_M2 INT64_C(2500000000) /* square metres: of a polygon at the doors of F3548 and F3411 */
#define LIMIT_DSS_NAME 256                  /* bytes: of a token's subject, a USS's id, a request's id */
#define LIMIT_DSS_URL 2048                  /* bytes: of a base URL, a token's issuer */
#define LIMIT_SPEED_CMS 1000000             /* of a position */
#define LIMIT_CLIMB_CMS 100000              /* up or down */
#define LIMIT_MESSAGE_BYTES 4096           /* text of one message */
#define LIMIT_AREA_NAME 64                  /* bytes of an area's name, as read back */
#define LIMIT_TEXT_FIELD 4096               /* free text of a notice */
#define LIMIT_SEALED_UNOPENED 8             /* per party (FORMAT.md, "open") */
#define LIMIT_PARTY_SLOTS_LOG2_MOST 16      /* that a genesis may ask for */
#define LIMIT_PARTY_SLOTS_LOG2 12           /* default width of the tick tree, as a power of two */
#define LIMIT_DEDUPE_NS (7 * INT64_C(86400000000000))  /* a repeat within 7 days gets its place */
#define LIMIT_PENDING_NS (7 * INT64_C(86400000000000)) /* an incomplete note lapses */

/* --- the core: beyond a work limit the safe side is taken (the place of use says which), and the same on every node --- */
#define LIMIT_PARTIES 4096                 /* of one log */
#define LIMIT_AGREEMENTS 65535              /* a reader's reference keeps their rows in 16 bits */
#define LIMIT_ROWS (UINT32_C(1) << 26)      /* of any other table */
#define LIMIT_ALL_VERTICES (UINT32_C(1) << 30) /* of all volumes of a log */
#define LIMIT_RESERVE_PART 8                /* of a party's share of a table, one part in so many is kept for what warns people */
#define LIMIT_AGREEMENT_VERSIONS 4          /* of one agreement: in force, and waiting for their dates */
#define LIMIT_FRAME_REPEATS 256             /* frames of a feed whose places are remembered: as many as one request may carry */
#define LIMIT_EFFECT_BYTES 1024             /* members of one told record */
#define LIMIT_TICK_TIMERS (UINT32_C(1) << 17) /* that are due and wait to be fired; what is due beyond is looked at later */
#define LIMIT_TICK_LOOK (UINT32_C(1) << 15)   /* that are due and looked at in one step, of each party its share, where each counts for LIMIT_TICK_LOOK_EACH: some milliseconds; the rest in the next step. */
#define LIMIT_TICK_LOOK_EACH 8                /* One of a track that was heard meanwhile counts for 1, for it is only set on */
#define LIMIT_TIMER_WORK 32                   /* step_work / so much, at least 1, are fired of each party and kind in one step */
#define LIMIT_PAIR_WORK (INT64_C(1) << 20)  /* vertices looked at for one pair of entities and one owner: about half a second */
/* Vertices compared in a step's search, unless settings say otherwise: of the speaker's entities so many for each kind (3) and part (3) of what they
 * may meet, of any other party's a share, 1 + it / parties; in a tick of every party's so many, and for each folded alert that is due once more; in a
 * `continue` so many for each part of one party, and the next parties' only while all together spent fewer. The last pair of each may go beyond it, to
 * LIMIT_PAIR_WORK. Not in it: alerts that stand (LIMIT_TOLD_WORK); boxes that the index compares; the rows that are passed over to find the filer's
 * entities of a folded alert. Their tables bound these. So many take some milliseconds. */
#define LIMIT_STEP_WORK 8192               /* vertices compared in the search of one step, for each of its three parts, unless settings say otherwise: some milliseconds */
/* Vertices compared, beside that, for alerts that stand of entities whose search was cut: in a step so many for each party, kind and part, or step_work
 * if that is more; the last pair may go beyond it. A party's share of the alert table is some hundred pairs, but each may have many volumes. */
#define LIMIT_TOLD_WORK (INT64_C(1) << 17)  /* vertices compared in one step, beside the search, for alerts that stand and for what a jump leaves: of each party, kind and part */
/* Of one pair of lists so many vertices in a step, each volume that is only passed over a sixteenth; the rest of it in the next. So a pair costs a step at most this
 * and one exact test. What one exact test costs beside its vertices: OUTLINE_WORK edge pairs at most, three vertices each. */
#define LIMIT_PAIR_STEP 4096               /* vertices compared in one step for one pair of lists */
#define LIMIT_STEP_WORK_MOST INT64_C(1000000000000) /* that settings may say */
#define LIMIT_SEARCH_PAIR 4                 /* vertices: what a pair costs beside those that are compared */
#define LIMIT_SEARCH_ENTITY 32              /* vertices: what looking for what is near an entity costs, in each part; but for a report of a frame, of which there are very many */
#define LIMIT_SEARCH_BOX 16                  /* vertices: and each further box that an entity has */
#define LIMIT_RECOUNT 256                   /* entities that are listed at a time to count a folded alert anew */
#define LIMIT_SEARCH_MOTION 64              /* vertices: what one approach of a path to a volume costs; of two paths a quarter */
#define LIMIT_SEARCH_NEAR 8                 /* so many of what the index gives cost as much as one vertex */
#define LIMIT_REINDEX_ROWS 2000            /* volumes whose boxes are made anew in one tick, after new altitude offsets: some milliseconds */
#define LIMIT_SWEEP_WORK 16                 /* step_work / so much, at least 1, are looked at anew in a step after a change that concerns very many: shared by the parties in its own, each in its turn in a `continue` */
#define LIMIT_SWEEP_MOST 4096               /* and at most */
#define LIMIT_RECENT_APART 1024             /* statements older than LIMIT_DEDUPE_NS that are taken out of their index in one tick; they count no more before */
#define LIMIT_RESPONSIBLE_PARTIES 4         /* of the place of a track, that are remembered; where there are more, they are looked up each time */
#define LIMIT_RESPONSIBLE_NEARBY 32         /* volumes of areas around a place, with which it is reckoned how far around it they stay the same */
#define LIMIT_CONTAIN_WORK (INT64_C(1) << 24) /* edges against edges: does a section contain another? */
#define LIMIT_LEAD_WORK (UINT64_C(1) << 24) /* cells times old volumes, edges times edges: what is newly claimed? */
#define LIMIT_DSS_ENDED_NS INT64_C(86400000000000) /* F3411: what ended so long ago goes when its owner's share is full */
#define LIMIT_DSS_CELL_WORK (INT64_C(1) << 17) /* F3411, how many subscriptions are at one place: vertices looked at in one request */

#define LIMIT_DSS_WORK (UINT64_C(1) << 18)   /* vertices of footprints that one request at the drone world's doors has compared, some tens of milliseconds: FORMAT.md says what needs more */
#define LIMIT_DSS_CONTAIN 8                  /* so much dearer is: does one hold the other? */
#define LIMIT_DSS_NEAR 8                     /* so many boxes cost as much as one vertex */
#define LIMIT_DSS_MANAGERS 65536            /* of one log: who writes at the drone world's doors */
#define LIMIT_DSS_MISSING 1000              /* F3548: operational intents, and constraints, that a 409 names of those that a key lacks; it says how many there are */
#define LIMIT_DSS_TOLD (UINT32_C(1) << 29)    /* bytes: of a list of all subscriptions there are; managers have a share each, so that every write and delete can tell whom it must */
#define LIMIT_BRIDGE_PIECES 64               /* of what is released, at the doors of F3548: constraints of one notice, shapes of one of them; beyond it circles */
#define LIMIT_BRIDGE_SHAPES 640              /* that one notice or flight may come to before circles stand for it */
#define LIMIT_BRIDGE_RUN 3072                /* volumes of all three sections of one notice or flight */
#define LIMIT_BRIDGE_NS INT64_C(86400000000000) /* F3548: a constraint lasts a day at most */
#define LIMIT_BRIDGE_WORK UINT64_C(98304)    /* vertices looked at in one step for what is released, some 20 ns each: two milliseconds; the rest waits */
#define LIMIT_BRIDGE_ROUND 256              /* notices, and flights, that are put to show anew in one step after a change that concerns all of them: shared by the parties, each at least one */
#define LIMIT_DSS_REPLY ((size_t)1 << 30)    /* one reply of the drone world's doors; what would be longer is refused, never cut */

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
#define LIMIT_GENESIS_BYTES (LIMIT_TEXT_BYTES + 64 * 1024) /* the note that a log begins with */
#define LIMIT_GENESIS_SCRATCH (16 * 1024 * 1024) /* memory for reading it */
#define LIMIT_SEGMENT_BYTES (64 * 1024 * 1024) /* one file of the journal or an index */
#define LIMIT_SEGMENTS_OPEN 4               /* for reading, of one family */
#define LIMIT_ZEROS_AHEAD (512 * 1024)      /* zeros written at a time */
#define LIMIT_LARGE_EXTENT (256 * 1024)     /* from here on an extent is its own preparation: zeros first would double its cost */
#define LIMIT_STAGE_BYTES (16 * 1024 * 1024) /* one device write; into room never written each costs a commit of the file system */
/* Room on the disk that is kept for ticks (24 h), and steps of a quarter of it for the classes above. */
#define LIMIT_RESERVE_NS INT64_C(86400000000000) /* the reserve of the disk holds the ticks of so long */
#define LIMIT_TICK_BYTES 2048               /* that a tick takes at most when nothing else happens */
#define LIMIT_TICK_MEAN 256                 /* ticks over which the mean of what they take is formed: repeats, calls and queries go on, too */
#define LIMIT_TICK_MOST (UINT64_C(1) << 33)  /* that mean at most: four whole batches a tick */
#define LIMIT_RECORD_BESIDE 1024            /* that a record takes at most beside its bytes: outcome, order, hashes, its part of sectors */
#define LIMIT_CALL_BYTES 1024               /* that a call of a desk takes on the disk, told once */
#define LIMIT_WARM_BYTES ((size_t)512 << 10) /* of the state's memory that the system is asked for at a time, ahead of use, until all is there */
#define LIMIT_WARM_REST 4                    /* times as long as that took nothing is asked for: a server with one core has most of it */
#define LIMIT_SNAPSHOT_ORDERS 2048          /* statements since the last snapshot, from which on a server that starts or ends writes another */
#define LIMIT_SNAPSHOT_BESIDE (128 * 1024)  /* of a snapshot beside the state: its head, the rest of its last block */
#define LIMIT_SNAPSHOT_SYNC (8 * 1024 * 1024) /* bytes of a snapshot that are written before they are synced */
#define LIMIT_SNAPSHOTS 2                   /* that are kept: the newest, and the one before it should that one be rotten */
#define LIMIT_SNAPSHOTS_LISTED 8            /* that a start looks at, the newest first */
#define LIMIT_SLOT_TREES 8                   /* of past ticks, whole, kept for those who ask for their slots; 104 bytes a slot each */
#define LIMIT_SLOTS_WORK 16384              /* slots that are computed for one read of past ticks: it ends early and says where to go on */
#define LIMIT_INDEXES_LISTED 16             /* of what is kept of the index, one for each snapshot: looked at at a time */
#define LIMIT_STEP_NS INT64_C(5000000)      /* ns: a step that takes longer is counted as a slow one ('parley status'); what a step does is bounded by counts */
#define LIMIT_SLOW_STEPS 4                  /* the slowest of each kind of statement since the start, that are remembered */
#define LIMIT_RESERVE_LOOK 64               /* statements after which it is reckoned anew who will have to be called */
#define LIMIT_SCRUB_COPIES 8                /* backups that one repair takes from; mirrors as many */
#define LIMIT_SCRUB_INDEX_BYTES (1 << 30)   /* of one index/<number> that is read to be checked */

/* --- a witness --- */
#define LIMIT_WITNESSES 16                  /* whose cosignatures a log keeps: of more than so many, those over the smallest tree go */
#define LIMIT_WITNESS_BEHIND 64             /* ticks that the cosigned checkpoint which is shown may be behind the largest of them, for the sake of more signatures */
#define LIMIT_WITNESS_NAME 128              /* bytes of the name of one that a log asks */
#define LIMIT_WITNESS_LOGS 256              /* keys of logs that one witness signs for */
#define LIMIT_WITNESS_BODY_BYTES (256 * 1024) /* of one request for a signature: a checkpoint with many large ones */
#define LIMIT_DEPOSITS (1 << 20)            /* texts of one depositor's log, each looked at for every new one; 96 bytes of memory each and 64 for the tree */
#define LIMIT_DEPOSIT_PROOF_BYTES (64 * 1024) /* the proof of one of them, with the witnesses' lines */
#define LIMIT_MIRROR_LINE_BYTES (256 * 1024 * 1024) /* of one record as a mirror keeps it; of all ticks of a batch */
#define LIMIT_MIRROR_BATCH_BYTES (1024 * 1024 * 1024) /* of the records of one batch */
#define LIMIT_MIRROR_NOTE_BYTES (64 * 1024) /* of the checkpoint that a mirror shows, with the witnesses' lines */
#define LIMIT_MIRROR_PENDING 16             /* earlier pending checkpoints of a mirror up to which entries are still taken */
#define LIMIT_MIRROR_TURN 1024              /* entries of what was pulled that are taken at a time: requests wait meanwhile */
#define LIMIT_MIRROR_EXCESS 8192            /* entries of one add-entries that are here already */
#define LIMIT_MIRROR_UNPROVEN (256 * 1024) /* bytes of an add-entries that came packed which are unpacked before their package is proven: several packages of entries as ticks are */
#define LIMIT_MIRROR_BODY_BYTES (8 * 1024 * 1024) /* of one add-entries: 32 packages of entries as ticks are, several times over */

#endif
