/* The doors of the drone world (core/dss.h) over HTTP: which routes there are, what was answered on them, and where the record of a request stands. */
#ifndef PARLEY_DOOR_DSS_DOOR_H
#define PARLEY_DOOR_DSS_DOOR_H

#include "core/dss.h"
#include "door/door.h"

struct reading;
/* --- dss_table.c --- */
typedef void (*dss_run)(struct door *d, struct request *r, const struct match *m);
struct dss_table *dss_table_new(dss_run reads, dss_run writes); /* NULL without memory */
void dss_table_free(struct dss_table *t);
uint32_t dss_core_scopes(uint32_t token);                /* bits of enum dss_scope, of a token's */
/* By the id that the reply's header bore: place in the operator's stream, of the last DOOR_ASKED writes since the start. */
void dss_asked(struct dss_table *t, struct text request, uint64_t place);
bool dss_asked_place(const struct dss_table *t, struct text request, uint64_t *place);

/* --- dss_door.c --- */
/* For a thread of its own (reader.h): decoded; then, by the loop, the rest. */
void dss_writes_read(const struct node *n, struct reading *g);
void dss_writes_taken(struct door *d, struct request *r, const struct match *m, struct reading *g);
void dss_reads_read(const struct node *n, struct reading *g);
void dss_reads_taken(struct door *d, struct request *r, const struct match *m, struct reading *g);
void dss_reads(struct door *d, struct request *r, const struct match *m);
void dss_writes(struct door *d, struct request *r, const struct match *m);

#endif
