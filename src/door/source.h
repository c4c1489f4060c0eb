/* Addresses that HTTP comes from, and what each holds: connections, bodies and replies under way, bytes a second. A table that is made
 * at the start; who holds something stays in it. Where it is crowded two addresses may share a row, and then a share: the hash is salted,
 * so nobody chooses with whom. */
#ifndef PARLEY_DOOR_SOURCE_H
#define PARLEY_DOOR_SOURCE_H

#include <stddef.h>
#include <sys/socket.h>

#include "door/bucket.h"

struct request;
struct queue { struct request *first, *last; unsigned count; }; /* of requests, by their member `later` */
struct source {
    uint8_t address[16];
    struct bucket connections, modest; /* new ones a second; those of them that are always taken */
    struct bucket bytes, few_bytes;    /* of long bodies a second; those of them that are always read */
    size_t bodies, replies;           /* bytes under way */
    unsigned links, fresh, newcomers; /* connections open; those that have asked nothing yet; those that wait for a handshake */
    unsigned uses;                    /* links and requests: above 0 the row is not given to another */
    int64_t shaken_ms;                /* when its latest TLS handshake was let begin */
    uint64_t turn;                    /* in which latest a long body was read on, */
    unsigned turn_bodies;             /* and how many */
    struct queue asks;                /* requests that wait for the handler */
    struct source *next_asking;       /* in the line of those who have such; it holds one of `uses` */
    bool in_line;
    struct queue ready;               /* replies that may leave and wait for their turn */
    struct source *next_ready;        /* in the ring of those who have such; it holds one of `uses` */
    uint64_t ready_turn;              /* in which latest a reply left, */
    unsigned turn_replies;            /* and how many */
    bool rings;                       /* is in the ring */
    bool used, trusted;               /* trusted: has shown a session */
};
struct sources;
struct sources *sources_new(unsigned connections); /* NULL without memory */
void sources_free(struct sources *s);
/* Of a socket's peer: IPv4 mapped; of IPv6 the /64, for who has one address there has all of them. */
void source_address(const struct sockaddr *from, uint8_t out[16]);
void source_narrow(uint8_t address[16]);
/* For tables of addresses; the salt is the table's own, drawn when it is made. */
uint32_t source_mix(uint32_t salt, const uint8_t address[16]);
struct source *source_of(struct sources *s, const uint8_t address[16], int64_t now_ms);

#endif
