/* Every limit of Parley, in one place. Capacities of tables are not here: they come from the genesis statement. */
#ifndef PARLEY_BASE_LIMITS_H
#define PARLEY_BASE_LIMITS_H

#define LIMIT_TEXT_BYTES (64 * 1024)        /* a note's text (format.md) */
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
#define LIMIT_SEALED_UNOPENED 8             /* per party (design.md) */
#define LIMIT_PARTY_SLOTS_LOG2 12           /* default width of the tick tree */
#define LIMIT_DEDUPE_NS (7 * INT64_C(86400000000000))  /* a repeat within 7 days gets its place */
#define LIMIT_PENDING_NS (7 * INT64_C(86400000000000)) /* an incomplete note lapses */

#endif
