/* Long bodies are read aside. To parse, check and hash a body of some megabytes takes 10 ms or more, and no part of it can be cut into slices
 * (simdjson reads a document as a whole): so a thread does it, one body at a time, on bytes and in memory that belong to nobody else meanwhile.
 * It looks at nothing that changes; what follows, signatures and all that needs the state, is the loop's. Short ones the loop reads itself. */
#ifndef PARLEY_DOOR_READER_H
#define PARLEY_DOOR_READER_H

#include "core/dss.h"
#include "door/door.h"

/* A frame ready to be sent on. */
struct framed {
    uint64_t number;
    struct name feed;
    struct part *parts;              /* its head, the aircraft, claims */
    uint32_t count, aircraft;
};
/* A body on its way through: what is known of it, memory, what came of it. */
struct reading {
    struct request *request;     /* the thread does not look at it */
    struct match match;
    struct text body, idempotency; /* the header; at NULL: none came */
    struct dss_call call;        /* where the route is of dss_door.c */
    struct dss_request query;    /* … and only reads: the call, decoded */
    struct decoder decoder;      /* over the thread's memory, or the door's */
    struct part *parts; uint32_t part_room;
    struct node_reading *aside;  /* NULL: the loop reads it */
    result taken; struct fault fault;
    struct statement *statement; /* of /v1/statements, when the loop has it */
    struct framed *frames; uint32_t frame_count; /* of …/frames */
    int64_t spent_us;            /* of the thread */
};

struct body_reader;
struct body_reader *reader_new(const struct node *n); /* NULL without memory, descriptors or threads. The thread has begun when this returns */
void reader_free(struct body_reader *w);              /* waits for what it is at */
int reader_fd(const struct body_reader *w);           /* readable when it is done with something */
/* Is this one's body to be read aside? `w` NULL: never. */
bool reader_wants(const struct body_reader *w, const struct request *r, const struct match *m);
bool reader_busy(const struct body_reader *w);
void reader_send(struct body_reader *w, const struct door *d, struct request *r, const struct match *m); /* not while it is busy */
struct reading *reader_done(struct body_reader *w);   /* NULL: nothing is. Valid until the next reader_send */
struct reading *reader_wait(struct body_reader *w);   /* the same, but waits; NULL: it had nothing */
void reader_tell(struct door *d, struct reading *g); /* the rest of the request, by the loop */
/* What a handler of a long body's route begins with when the loop reads it. */
void reader_begin(struct door *d, struct request *r, const struct match *m, struct reading *g);

/* --- statements.c, frames.c: pure; and what follows, by the loop --- */
void statements_read(const struct node *n, struct reading *g);
void statements_taken(struct door *d, struct request *r, const struct match *m, struct reading *g);
void frames_read(const struct node *n, struct reading *g);
void frames_taken(struct door *d, struct request *r, const struct match *m, struct reading *g);

#endif
