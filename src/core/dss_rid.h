/* Internal to dss*.c: ASTM F3411, identification service areas (ISAs) and their subscriptions. Version 1 (F3411-19) and version 2 (F3411-22a) are two views of
 * one store: what either wrote, the other shows. */
#ifndef PARLEY_CORE_DSS_RID_H
#define PARLEY_CORE_DSS_RID_H

#include "core/dss_store.h"

/* --- dss_rid_version.c: base-32 numbers (digits 0-9, a-v), at most 13 of them, below 2^63 --- */
bool dss_version_read(struct text in, uint64_t *out);
void dss_version_append(struct append *a, uint64_t v);
/* Of a version's 32 random bytes: 13 digits, of which 11 are left when a client cuts the ends off. */
uint64_t dss_version_number(const uint8_t bytes[32]);

/* --- dss_rid_cell.c: how many of a caller's subscriptions are at one place --- */
/* Is there a cell of 1 km2 that the request touches, and `most` or more (at most 254) of the others as well? What meets at one place is always found; what is 2 km apart
 * never counts together. Work is bounded (LIMIT_DSS_CELL_WORK): where there is more of it, the answer is rather yes. `list`: room for `count`; void afterwards. */
struct dss_others { /* the shape of number i, valid until the next call */
    void (*view)(void *context, uint32_t i, struct shape *out);
    void *context;
};
bool dss_cells_crowded(const struct shape *request, const struct dss_others *others, uint32_t count, uint32_t most, uint32_t *list);

/* --- dss_past.c: what an owner has, in the order of its ends --- */
void dss_ends_enter(struct state *st, enum dss_set set, row r); /* [apply] it has its place, with an end */
void dss_ends_leave(struct state *st, enum dss_set set, row r); /* [apply] before its end changes, or it goes */
void dss_ends_check(const struct state *st, enum dss_set set, row r);
/* [check] Of what the owner has that ended over LIMIT_DSS_ENDED_NS ago, but for p->entity, so much, what ended first first, as makes room for `more`: into p->goes, and added to
 * `less`. It may not be enough: dss_room says so. Work: what goes, and the logarithm of what he has. */
void dss_past_find(const struct state *st, struct dss_plan *p, enum dss_kind kind, const struct dss_cost *more, struct dss_cost *less);
void dss_past_clear(struct state *st, const struct dss_plan *p); /* [apply] */

/* --- dss_rid.c: writes --- */
DSS_HANDLER(rid_area_put);
DSS_HANDLER(rid_area_delete);
DSS_HANDLER(rid_subscription_put);
DSS_HANDLER(rid_subscription_delete);

/* --- dss_rid_read.c: searches, and replies as the version at hand shows them --- */
uint16_t dss_rid_read(const struct state *st, const struct dss_request *q, instant now, struct append *body);
/* Rows, ascending by id, of what ends at `since` or later and meets `e`; UINT32_MAX: that is too much work. _own: subscriptions of this manager alone; `all`: then those whose
 * boxes meet. */
uint32_t dss_rid_find(const struct state *st, enum dss_kind kind, instant since, const struct dss_extent *e, struct dss_work *work, row *out);
uint32_t dss_rid_find_own(const struct state *st, row manager, instant since, const struct dss_extent *e, bool all, struct dss_work *work, row *out);
/* Subscriptions to be told of an area as it is stated, as it stood (NULL: neither); those whose boxes meet, where comparing is too much work. */
uint32_t dss_rid_told(const struct state *st, instant since, const struct dss_extent *e, const struct dss_place *was, struct dss_work *work, row *out);
void dss_rid_area_append(const struct state *st, enum dss_door door, row area, struct append *a);
void dss_rid_subscription_append(const struct state *st, enum dss_door door, row subscription, struct append *a);
void dss_rid_areas_append(const struct state *st, enum dss_door door, const row *rows, uint32_t count, struct append *a); /* "service_areas":[…] */
#endif
