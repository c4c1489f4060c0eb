/* Internal to src/core: the state as bytes (FORMAT.md, "The state in a snapshot"). One function per row names its fields once, for writing and for
 * reading: what is written in one order cannot be read in another. Rows stand in ascending order of their serial; a row that refers to another
 * gives its place in that order, so no row number shows and two nodes with equal states write equal bytes.
 *
 * Reading trusts nothing: sizes, kinds, references, quotas and keys are checked before anything is made of them; the first fault names
 * the table and the row, and everything after it reads as zeros. */
#ifndef PARLEY_CORE_SAVED_H
#define PARLEY_CORE_SAVED_H

#include "core/handlers.h"

#define SAVED_VERSION 11
enum saved_table { SAVED_KEYS, SAVED_AGREEMENTS, SAVED_AREAS, SAVED_FEEDS, SAVED_NOTICES, SAVED_FLIGHTS, SAVED_TRACKS, SAVED_ALERTS, SAVED_HOLDS,
                   SAVED_DUES, SAVED_PENDING, SAVED_RECENT, SAVED_DSS_MANAGERS, SAVED_DSS_SUBSCRIPTIONS, SAVED_DSS_REFERENCES, SAVED_DSS_AVAILABILITIES, SAVED_DSS_RETIRED, SAVED_TABLES };

struct saved {
    struct state *st;
    bool loading, failed;            /* failed: bytes could not be given away or had, or one of them was wrong */
    state_put put; state_get get; void *context;
    uint8_t *window; size_t at, end; /* SAVED_WINDOW bytes */
    struct fault *fault;
    const char *table; uint64_t number; /* of the row at hand, for messages */
    row *rank[SAVED_TABLES];         /* saving: the place of each row in the order */
    uint32_t count[SAVED_TABLES];    /* rows of each table */
    uint64_t least;                  /* loading: that the serial of the row at hand must be, so that no two timers are alike */
};
#define SAVED_WINDOW (64 * 1024)

struct saved_how {
    const char *name;
    bool dss;                        /* the table stands in st->dss */
    size_t table, serial;            /* offsets: of the table in the state, of the serial in the row */
    void (*fields)(struct saved *c, row r);
    bool (*enter)(struct saved *c, row r); /* into its hash indices, quotas, timers; all fields were read and are good */
};
extern const struct saved_how saved_how[SAVED_TABLES];
struct table *saved_table(struct state *st, enum saved_table t);
uint32_t saved_rows(const struct state *st, enum saved_table t); /* in force: a snapshot has no more */
uint64_t saved_serial(struct state *st, enum saved_table t, row r);

/* The first fault stays. False. */
__attribute__((format(printf, 2, 3))) bool saved_bad(struct saved *c, const char *format, ...);
void saved_bytes(struct saved *c, void *bytes, size_t size);
void saved_u8(struct saved *c, uint8_t *v);
void saved_u16(struct saved *c, uint16_t *v);
void saved_u32(struct saved *c, uint32_t *v);
void saved_u64(struct saved *c, uint64_t *v);
void saved_i32(struct saved *c, int32_t *v);
void saved_i64(struct saved *c, int64_t *v);
void saved_flag(struct saved *c, bool *v);
void saved_hash(struct saved *c, struct hash *h);
void saved_id(struct saved *c, struct id *id);
void saved_name(struct saved *c, struct name *n, bool may_be_empty);
void saved_text(struct saved *c, char *at, uint8_t *size, uint8_t room); /* the size, then so many bytes */
void saved_party(struct saved *c, uint16_t *party, bool may_be_none);
/* A kind, state or level: at most `most`. */
void saved_kind(struct saved *c, uint8_t *v, uint8_t most, const char *what);
void saved_count(struct saved *c, uint16_t *v, uint16_t most, const char *what);
void saved_ref(struct saved *c, row *r, enum saved_table to, bool may_be_none);
void saved_timer(struct saved *c, enum timer_kind kind, row r, uint64_t serial);
void saved_altitude(struct saved *c, struct altitude *a);
void saved_position(struct saved *c, struct position *p);
void saved_readers(struct saved *c, struct reader_set *set);
void saved_pool_text(struct saved *c, struct text_ref *t, uint16_t payer);
/* The chain of volumes of an owner. Loading: not in the index yet, load.c puts in all of them. */
void saved_volumes(struct saved *c, enum owner_kind kind, row owner, uint16_t party, row *first, uint32_t *count);
/* One more of the party's quota, if there is room. */
bool saved_quota(struct saved *c, uint16_t party, enum quota q, uint32_t n);
void saved_flush(struct saved *c);
bool saved_ended(struct saved *c); /* loading: nothing is left */

/* --- fields (saved_ground.c, saved_watch.c) --- */
/* Loading: as much as is needed to take the memory, before there is a state. */
void saved_capacities(struct saved *c, struct hash *log, struct capacity *capacity, struct capacity *wanted, uint64_t *wanted_order);
void saved_head(struct saved *c);
void saved_settings(struct saved *c);
void saved_party_row(struct saved *c, uint16_t party);
bool saved_party_enter(struct saved *c, uint16_t party);

void saved_backlog(struct saved *c);
void saved_timers(struct saved *c); /* once their rows are there */
void saved_sweeps(struct saved *c);

void saved_key(struct saved *c, row r);
void saved_agreement(struct saved *c, row r);
void saved_area(struct saved *c, row r);
void saved_feed(struct saved *c, row r);
void saved_pending(struct saved *c, row r);
void saved_recent(struct saved *c, row r);
void saved_dss_manager(struct saved *c, row r);
void saved_dss_stated(struct saved *c, row r);
void saved_dss_retired(struct saved *c, row r);
void saved_dss_subscription(struct saved *c, row r);
void saved_dss_reference(struct saved *c, row r);
void saved_notice(struct saved *c, row r);
void saved_flight(struct saved *c, row r);
void saved_track(struct saved *c, row r);
void saved_alert(struct saved *c, row r);
void saved_hold(struct saved *c, row r);
void saved_due(struct saved *c, row r);
bool saved_key_enter(struct saved *c, row r);
bool saved_agreement_enter(struct saved *c, row r);
bool saved_area_enter(struct saved *c, row r);
bool saved_feed_enter(struct saved *c, row r);
bool saved_pending_enter(struct saved *c, row r);
bool saved_recent_enter(struct saved *c, row r);
bool saved_notice_enter(struct saved *c, row r);
bool saved_flight_enter(struct saved *c, row r);
bool saved_track_enter(struct saved *c, row r);
bool saved_alert_enter(struct saved *c, row r);
bool saved_hold_enter(struct saved *c, row r);
bool saved_due_enter(struct saved *c, row r);
bool saved_dss_manager_enter(struct saved *c, row r);
bool saved_dss_stated_enter(struct saved *c, row r);
bool saved_dss_retired_enter(struct saved *c, row r);
bool saved_dss_subscription_enter(struct saved *c, row r);
bool saved_dss_reference_enter(struct saved *c, row r);
void saved_cosigned(struct saved *c); /* what witnesses signed last (cosigned.c) */
void saved_bridge(struct saved *c); /* behind the tables: the URL, and what waits */
bool saved_dss_end(struct saved *c); /* loading, behind all of them: what spans the rows, and the index */

#endif
