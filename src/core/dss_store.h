/* Internal to src/core: the store of the drone world's doors. Rows are plain, like those of tables.h. Who writes is a *manager* (the `sub` of a token); an unknown one
 * becomes one with its first row and is forgotten with its last. Each has the same share of every table: capacity / managers.
 *
 * One index holds the footprints of everything. Intents stand in it at their heights; of the rest no question but one asks for the height, so each kind stands in
 * a thin layer of its own far above: then a million intents that differ in height only are no neighbours of a subscription. */
#ifndef PARLEY_CORE_DSS_STORE_H
#define PARLEY_CORE_DSS_STORE_H

#include "base/siphash.h"
#include "core/dss.h"
#include "core/handlers.h"

/* ---- rows ---- */
#define DSS_CHUNK_POINTS 8
enum dss_quota { DSS_QUOTA_REFERENCES, DSS_QUOTA_SUBSCRIPTIONS, DSS_QUOTA_FOOTPRINTS, DSS_QUOTA_POINTS, DSS_QUOTAS };
struct dss_cost { uint32_t of[DSS_QUOTAS]; uint32_t told; /* bytes of subscriptions in a list of whom to notify */ };
enum dss_ovn_form { DSS_OVN_MADE /* 32 bytes of ours */, DSS_OVN_SUFFIX /* id and suffix */, DSS_OVN_FORMS };
struct dss_ovn { uint8_t form, bytes[32]; };
/* Of F3411: its place among its owner's, the one that ends first on top (dss_past.c). */
enum dss_set { DSS_OF_REFERENCES, DSS_OF_SUBSCRIPTIONS };
struct dss_ends { row left, right, up; uint8_t rank; };
struct dss_manager {
    uint64_t serial;
    bool bridge; /* the one that what is released here stands under (bridge.h): not found by its name, with no share; its availability is what is stated of that name */
    char name[LIMIT_DSS_NAME]; uint16_t name_size;
    uint8_t availability; /* as it is stated, or Unknown */
    struct dss_cost used;
    row ends_first[2];    /* by enum dss_set */
};
/* An availability that was put, of whatever USS. There are 2 * managers rows: of those that are no managers no more than `managers` are stated, so that each manager's has
 * its place; were they managers and are more, the oldest of them goes for a manager's. */
struct dss_stated {
    uint64_t serial;
    char name[LIMIT_DSS_NAME]; uint16_t name_size;
    uint8_t availability; struct dss_ovn version;
};
/* Where and when something is: all its volumes merged. */
struct dss_place {
    row footprint; uint32_t count; /* a chain */
    bool has_lower, has_upper, has_start, has_end;
    int32_t lower_cm, upper_cm; instant start, end;
};
struct dss_chunk { union { struct position at[DSS_CHUNK_POINTS]; char text[DSS_CHUNK_POINTS * sizeof(struct position)]; } u; row next; };
struct dss_footprint { row owner, next, chunk; uint32_t count; int32_t reach_cm; uint8_t kind /* of the owner: enum dss_kind */, shape; };
/* An operational intent, a constraint, an identification service area. */
struct dss_reference {
    struct id id; uint64_t serial;
    row manager; uint8_t kind, state; uint32_t version;
    struct dss_ovn ovn;
    struct id suffix; /* intents: the last that an OVN of this id was made with; zero: none */
    struct dss_place place;
    struct text_ref url;
    struct dss_ends ends; /* areas */
    row subscription, newer, older; /* intents: attached to; the others that depend on it, in no order */
    /* Of the bridge: a notice or a flight that shows as this, the next of its pieces, and the `bridge` statement that was in force when it was written. */
    uint8_t shows; bool coarse /* circles stand for it: its pieces would be too many */; row of, next_piece; uint64_t bridge, about /* what its details say beside place and state: bridge_about */;
};
struct dss_subscription {
    struct id id; uint64_t serial;
    row manager; uint8_t kind;
    bool for_intents, for_constraints, implicit;
    uint32_t notifications;
    struct dss_ovn version;
    struct dss_place place;
    struct text_ref url;
    struct dss_ends ends; /* those of F3411 */
    row dependent; uint32_t dependents; /* first of the intents that depend on it */
};
/* An intent that is deleted, as long as its last suffix is near enough to be asked for again. It counts as one of its manager's references. */
struct dss_retired { struct id id, suffix; uint64_t serial; row manager; };
struct bridge;
struct dss {
    struct table managers, references, subscriptions, footprints, chunks; /* by_id: (kind, id); managers: the name */
    struct table availabilities, retired;    /* by_id: the name; the intent's id. retired: aged */
    uint8_t hash_key[SIPHASH_KEY];           /* of the tables' hash indexes, whose keys strangers choose */
    struct index *index;                     /* items: rows of footprints. NULL: there are none of these doors */
    uint32_t stamp, *references_seen, *subscriptions_seen; /* of one search: what was found in it */
    row *rows[3];                            /* work: room for all references, or subscriptions, each */
    struct position *asked, *found;          /* work: LIMIT_VERTICES each */
    struct append reply;                     /* of the step at hand; grows, given back by state_free */
    struct text request;                     /* of the step at hand: the call's id, borrowed */
    uint64_t told;                           /* of all managers: at most LIMIT_DSS_TOLD */
    uint64_t ends_seen;                      /* rows looked at to find what ended long ago, so far: for gates (no part of the digest) */
    struct bridge *bridge;                   /* bridge.h */
};
static inline struct dss_manager *dss_manager_at(const struct state *st, row r) { return table_at(&st->dss->managers, r); }
static inline struct dss_reference *dss_reference_at(const struct state *st, row r) { return table_at(&st->dss->references, r); }
static inline struct dss_subscription *dss_subscription_at(const struct state *st, row r) { return table_at(&st->dss->subscriptions, r); }
static inline struct dss_footprint *dss_footprint_at(const struct state *st, row r) { return table_at(&st->dss->footprints, r); }
static inline struct dss_stated *dss_stated_at(const struct state *st, row r) { return table_at(&st->dss->availabilities, r); }
static inline struct dss_retired *dss_retired_at(const struct state *st, row r) { return table_at(&st->dss->retired, r); }
static inline bool dss_on(const struct state *st) { return st->capacity.managers > 0; }

/* Strangers choose ids and names: without the key nobody finds many that stand in one chain. Nothing that leaves depends on it, nor on the order in a chain. */
uint32_t dss_code(const struct state *st, const void *bytes, size_t size);

/* ---- memory, shares, rows (dss_store.c) ---- */
void dss_layout(struct state *st, struct memory *m);
uint32_t dss_share_of(const struct capacity *c, enum dss_quota q);
uint32_t dss_share_at(const struct state *st, row manager, enum dss_quota q); /* of this one; of the bridge all that it has */
const char *dss_quota_name(enum dss_quota q);
uint8_t dss_availability_of(const struct state *st, row manager); /* enum dss_availability, as it is stated */
struct text dss_reference_url(const struct state *st, const struct dss_reference *x, char room[LIMIT_DSS_URL]);
/* [check] ROW_NONE: unknown. */
row dss_manager_find(const struct state *st, struct text name);
row dss_reference_find(const struct state *st, enum dss_kind kind, const struct id *id);
row dss_subscription_find(const struct state *st, enum dss_kind kind, const struct id *id);
/* [check] What this would take: `shapes` footprints and the URL. */
struct dss_cost dss_cost_of(const struct shape *shapes, uint32_t count, struct text url);
struct dss_cost dss_cost_place(const struct state *st, const struct dss_place *p, const struct text_ref *url);
/* [check] Has this manager (ROW_NONE: a new one) room for `more`, once `less` is given back? -1, or the quota that is full; DSS_QUOTAS: the table of managers; DSS_FULL_TOLD: lists of
 * subscriptions to notify. */
#define DSS_FULL_TOLD (DSS_QUOTAS + 1)
int dss_full(const struct state *st, row manager, const struct dss_cost *more, const struct dss_cost *less);
void dss_share_take(struct state *st, row manager, enum dss_quota q, uint32_t n); /* [apply] as it was checked */
void dss_share_give(struct state *st, row manager, enum dss_quota q, uint32_t n);
row dss_manager_enter(struct state *st, struct text name);   /* [apply] found or taken */
void dss_manager_settle(struct state *st, row manager);      /* [apply] forgotten when nothing is left of it */
row dss_reference_take(struct state *st, enum dss_kind kind, const struct id *id, row manager);     /* [apply] indexed; its place is empty */
row dss_subscription_take(struct state *st, enum dss_kind kind, const struct id *id, row manager);
void dss_reference_drop(struct state *st, row r);            /* [apply] with its place, detached */
void dss_subscription_drop(struct state *st, row r);         /* [apply] nothing depends on it */
void dss_attach(struct state *st, row intent, row subscription); /* [apply] */
void dss_detach(struct state *st, row intent);               /* [apply] an implicit subscription that nothing depends on any more goes */
void dss_reference_index(struct state *st, row r);           /* into its hash index, by its fields */
void dss_subscription_index(struct state *st, row r);
void dss_manager_index(struct state *st, row r);

/* ---- availabilities (dss_uss.c) ---- */
row dss_stated_find(const struct state *st, struct text uss); /* ROW_NONE: never stated, or forgotten */
void dss_stated_index(struct state *st, row r);

/* ---- suffixes that OVNs were made with (dss_suffix.c): of one id each is later than the one before, so that none comes twice ---- */
/* [check] Refuses a suffix (if there is one) that is no UUID of version 7, or too far from now; _later: one not behind the last that this id had, `r` or a deleted one. */
bool dss_suffix_near(struct state *st, const struct dss_request *q, struct step *c);
bool dss_suffix_later(struct state *st, const struct dss_request *q, struct step *c, row r);
void dss_suffix_retire(struct state *st, const struct dss_reference *gone); /* [apply] of an intent that is dropped, its share given back */
row dss_retired_find(const struct state *st, const struct id *id);
void dss_retired_index(struct state *st, row r);
void dss_suffixes_expire(struct state *st); /* [apply] at a tick */
bool dss_suffix_good(const struct state *st, const struct id *suffix); /* one that a write may have had up to now, or none */

/* ---- places and texts (dss_place.c), covering (dss_cover.c) ---- */
/* What one request has had compared. What is counted is always a whole set (all pairs whose boxes meet), before any pair is compared exactly: so no answer shows in
 * what order the index or a chain gave them, which is another one after a start from a snapshot. */
struct dss_work { uint64_t vertices, boxes; };
static inline bool dss_beyond(const struct dss_work *w) { return w->vertices + w->boxes / LIMIT_DSS_NEAR > LIMIT_DSS_WORK; }
void dss_place_store(struct state *st, struct dss_place *p, enum dss_kind kind, row owner, row manager, const struct dss_extent *e); /* [apply] an empty place */
void dss_place_release(struct state *st, struct dss_place *p, row manager);
/* [apply] So that it covers what is stated: footprints that it lacks come to it, those that they hold go. Where finding out which is too much work, all come and none goes. */
void dss_place_stretch(struct state *st, struct dss_place *p, enum dss_kind kind, row owner, row manager, const struct dss_extent *e, struct dss_work work);
void dss_ground(const struct shape *s, struct box *out); /* of the box only what the shape decides: the rest stands for nothing */
void dss_ground_of(const struct dss_extent *e, uint32_t i, struct box *out); /* of its shape i */
void dss_box_bounds(enum dss_kind kind, const struct dss_extent *bounds, struct box *b); /* heights and times, onto the ground */
/* Both: as it stands in the index, or asks it. */
void dss_box(const struct shape *s, enum dss_kind kind, const struct dss_extent *bounds, struct box *out);
void dss_box_of(const struct dss_extent *e, uint32_t i, enum dss_kind kind, const struct dss_extent *bounds, struct box *out);
void dss_place_index(struct state *st, const struct dss_place *p, enum dss_kind kind, struct index_entry *out, uint32_t *count); /* entries of all of its footprints */
#define DSS_TOLD_BYTES 160 /* of a subscription in a list of whom to notify, beside its URL, each byte of which takes three as JSON at most */
#define DSS_TOLD_MOST (DSS_TOLD_BYTES + 3 * LIMIT_DSS_URL)
static inline uint32_t dss_told_bytes(size_t url) { return DSS_TOLD_BYTES + 3 * (uint32_t)url; }
uint32_t dss_told_share(const struct capacity *c);
void dss_subscription_url(struct state *st, row subscription, struct text url); /* [apply] in place of what it had */
bool saved_dss_told(struct state *st, row subscription); /* as it is loaded; false: over its manager's share */
struct text_ref dss_text_store(struct state *st, row manager, struct text t);
void dss_text_release(struct state *st, row manager, struct text_ref *t);
struct text dss_text_view(const struct state *st, struct text_ref t, char room[LIMIT_DSS_URL]);
void dss_footprint_view(const struct state *st, row footprint, struct position *room, struct shape *out);
bool dss_shape_alike(const struct shape *a, const struct shape *b);
bool dss_shape_holds(const struct shape *outer, const struct shape *inner);
bool dss_could_hold(const struct box *outer, const struct box *inner); /* by their boxes: false is sure */
/* Does the place hold all that is stated, within roundoff, at all heights, and its times? */
enum dss_cover { DSS_COVERED, DSS_UNCOVERED, DSS_BEYOND /* it would be too much work */ };
enum dss_cover dss_place_covers(const struct state *st, const struct dss_place *p, const struct dss_extent *e, struct dss_work *work);
/* The other way round, with heights, of an extent of one shape; DSS_FORGIVEN of a later start is. _work: adds what it takes. */
void dss_extent_covers_work(const struct state *st, const struct dss_extent *e, const struct box *box, const struct dss_place *p, struct dss_work *work);
bool dss_extent_covers(const struct state *st, const struct dss_extent *e, const struct box *box, const struct dss_place *p);

/* ---- searching (dss_search.c) ---- */
struct dss_search {
    const struct state *st;
    enum dss_kind kind; enum dss_set set; bool heights; /* else whatever the height */
    int32_t lower_cm, upper_cm; instant start, end;
    bool (*wanted)(const struct dss_search *s, row r); const void *context; row except, manager; instant now; /* for `wanted` */
    row *out; uint32_t count;
    struct dss_work *work;  /* of the whole request; grows */
    bool all;               /* whoever is missed is a harm, whoever is found beside them none: where the exact comparison is beyond the bound, boxes alone are compared */
    bool any;               /* a box that is sought meets */
    bool beyond;            /* it is beyond the bound, and not for `all`: nothing is found */
    enum dss_pass { DSS_PASS_COUNT, DSS_PASS_EXACT, DSS_PASS_BOXES, DSS_PASS_WHOLE } pass;
    uint64_t boxes; struct volume asked; struct box whole; /* of the pass at hand */
};
/* Everything of this kind that meets a shape of `e` or the place (NULL: none) is found once, whichever footprints meet, and stands in `out` (one of dss.rows) in order of
 * ids. `bounds`: times and heights. Returns how many. */
uint32_t dss_search(const struct state *st, struct dss_search *s, enum dss_kind kind, const struct dss_extent *bounds, const struct dss_extent *e, const struct dss_place *was, row *out);
/* Times and heights of both, merged; no shapes. */
struct dss_extent dss_bounds_of(const struct dss_place *p);
void dss_bounds_merge(struct dss_extent *to, const struct dss_place *p);

/* ---- versions (dss_version.c) ---- */
struct dss_ovn dss_version_make(const struct dss_request *q, const char *what);
struct dss_ovn dss_ovn_make(const struct dss_request *q);           /* with the suffix that was asked for */
bool dss_ovn_read(struct text t, struct dss_ovn *out);              /* false: none of ours */
bool dss_ovn_is(const struct dss_ovn *o, struct text t);
void dss_ovn_append(struct append *a, const struct dss_ovn *o);
void dss_id_append(struct append *a, const struct id *id);          /* as a UUID */
struct id dss_id_make(const struct state *st, const struct dss_request *q, enum dss_kind kind); /* of a subscription: free, version 4 */

/* ---- replies (dss_reply.c) ---- */
/* A read's refusal, 403, 404, 413 or 503: the status. */
uint16_t dss_read_refuse(const struct dss_request *q, struct append *body, uint16_t status, const char *field, const char *why);
/* Refuses with a status and a body (dss_error_open; the code is the reason's word). False. _open leaves the body open for members beside the message: dss_refuse_close. */
__attribute__((format(printf, 6, 7))) bool dss_refuse(struct state *st, struct step *c, enum reason why, uint16_t status, struct text field, const char *format, ...);
__attribute__((format(printf, 6, 7))) struct append *dss_refuse_open(struct state *st, struct step *c, enum reason why, uint16_t status, struct text field, const char *format, ...);
bool dss_refuse_close(struct state *st, struct step *c);
struct append *dss_reply_open(struct state *st, struct step *c, uint16_t status); /* what was accepted: empty, and … */
void dss_reply_close(struct state *st, struct step *c);
const char *dss_availability_name(uint8_t availability);
void dss_availability_append(const struct state *st, struct text uss, struct append *a);
void dss_append_uuid_named(struct append *a, const char *member, const struct id *id);
void dss_reference_append(const struct state *st, row r, row viewer, struct append *a);
void dss_subscription_append(const struct state *st, row r, struct append *a);
void dss_references_append(const struct state *st, const row *rows, uint32_t count, row viewer, struct append *a); /* […] */
void dss_subscribers_append(struct state *st, row *rows, uint32_t count, const char *url, struct append *a); /* "subscribers":[…], with that member; puts rows into another order */
/* [check] At most so many bytes will a list of these take; a reply that would be longer than there is room for is refused. */
size_t dss_references_size(const struct state *st, const row *rows, uint32_t count);

/* ---- kinds: check and apply of one request each (dss_intent.c, …) ---- */
/* What one request of F3411 needs at most: a row of each table, an outline, the chunks of its vertices and URL, where two at least come from each
 * that goes, and its place in lists of whom to notify. */
#define DSS_PAST_MOST (3 + (LIMIT_VERTICES + LIMIT_DSS_URL / 8) / (2 * DSS_CHUNK_POINTS) + 2 + DSS_TOLD_MOST / DSS_TOLD_BYTES + 1)
struct dss_plan {                 /* in step.plan */
    row manager, entity, subscription; /* ROW_NONE: a new one, none */
    bool implicit;                /* a new implicit subscription comes */
    struct dss_extent extent;     /* of a subscription, with the times that it will have */
    uint32_t found;               /* F3411: so many rows[2] holds that the reply shows */
    uint32_t past;                /* F3411: so many that ended long ago go and make room */
    struct dss_past { row r; enum dss_set set; } goes[DSS_PAST_MOST];
    uint32_t intents, constraints; /* rows[0] and rows[2] hold so many that the reply shows */
    uint32_t told;                /* F3548: so many subscriptions rows[0] holds that are notified */
    struct dss_work work;         /* so far */
};
#define DSS_HANDLER(name)                                                                                              \
    bool dss_##name##_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p);        \
    void dss_##name##_apply(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p)
DSS_HANDLER(intent_put);
DSS_HANDLER(intent_delete);
DSS_HANDLER(constraint_put);
DSS_HANDLER(constraint_delete);
DSS_HANDLER(subscription_put);
DSS_HANDLER(subscription_delete);
DSS_HANDLER(availability_put);
DSS_HANDLER(report_put);
/* [check] Shared (dss_change.c). What has this id is the caller's, and the path's OVN or version is its own. `named`: whose it is may be said. */
bool dss_owned(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p, row owner, const struct dss_ovn *now, const char *what, bool named);
bool dss_creates(const struct dss_request *q); /* an empty version is none */
bool dss_deletes(struct state *st, const struct dss_request *q, struct step *c, const struct dss_plan *p, const char *what); /* there is a version, and such an entity */
bool dss_room(struct state *st, struct step *c, const struct dss_plan *p, const struct dss_cost *more, const struct dss_cost *less);
void dss_cost_add(struct dss_cost *to, const struct dss_cost *c);
/* [check] Who is to be told of p->entity as it stood and as it is stated (NULL: it goes), but for an implicit subscription that comes: in rows[0]. A reply that lists them fits, whoever they are. */
void dss_told(struct state *st, struct dss_plan *p, enum dss_kind kind, const struct dss_extent *e);
bool dss_times_check(struct state *st, const struct dss_request *q, struct step *c); /* both there, not over yet */
bool dss_url_check(struct state *st, struct step *c, struct text url, const char *field);
/* [apply] A reference is created or written anew (from p->entity on), or goes. Who is told counts one up. */
struct dss_change { row r, manager; bool created; };
void dss_change_begin(struct state *st, const struct dss_request *q, const struct dss_plan *p, enum dss_kind kind, struct dss_change *x);
void dss_change_end(struct state *st, struct step *c, const struct dss_plan *p, const struct dss_change *x);
void dss_change_delete(struct state *st, struct step *c, const struct dss_plan *p);
/* [check] The key (dss_key.c): refuses with what it does not name. */
bool dss_key_check(struct state *st, const struct dss_request *q, struct step *c, struct dss_plan *p, bool constraints);
bool dss_refuse_work(struct state *st, struct step *c); /* what was stated is too much to be compared: 429 */

#define DSS_FORGIVEN (5 * INSTANT_MINUTE)  /* starts so far in the past, suffixes so far from now */
#define DSS_SUBSCRIPTION_MOST INSTANT_DAY
extern const struct id dss_id_none;        /* 00000000-0000-4000-8000-000000000000: no subscription */

/* ---- snapshots, digest, invariants (dss_saved.c, dss_digest.c) ---- */
void dss_digest(const struct state *st, struct sha256 *to);
void dss_check_rows(const struct state *st);

#endif
