/* F3548: what the auditor knows of the entities at that door, and how the parts of its judgement hang together. Lists from end to end; every entity's place is merged as
 * the standard wants it (FORMAT.md, "dss").
 *
 *   f3548_call.c   what was asked        f3548_place.c  what meets, what holds, what is stretched      f3548_room.c  shares and tables
 *   f3548_reply.c  what was shown, and who was told     f3548_verdict.c  what may be answered             f3548.c  one call, and what becomes of the model
 *
 * What native notices may make here one day (a constraint whose volumes are a notice's world section) enters by ref_enter and leaves by ref_drop, as what a call makes
 * does: everything else is judged from `refs` alone and asks nobody where an entity came from. */
#ifndef PARLEY_TEST_AUDIT_F3548_H
#define PARLEY_TEST_AUDIT_F3548_H

#include "inner.h"

#define F_FORGIVEN (300 * SECOND)
#define F_NONE "00000000-0000-4000-8000-000000000000" /* no subscription */
enum f_kind { F_INTENT, F_CONSTRAINT, F_SUBSCRIPTION, F_USS, F_REPORT };
enum f_state { F_ACCEPTED, F_ACTIVATED, F_NONCONFORMING, F_CONTINGENT };

/* A volume with `maybe` is there or not: whether another holds it lies within the margin. */
struct f_place { struct volumes shapes; bool has_lower, has_upper, has_start, has_end; int64_t lower, upper /* cm */, start, end; bool unsure; };
struct f_ref {
    bool constraint; char id[40]; char *manager, *url; char ovn[80], sub[40] /* "": none */; int version, state;
    uint8_t suffix[16]; /* the last that this one had; zero: none */
    struct f_place where;
};
struct f_sub { char id[40]; char *manager, *url; char version[48]; bool for_intents, for_constraints, implicit; uint32_t index; struct f_place where; };
struct f_stated { char *uss; int availability; char version[48]; }; /* in the order in which they came */
struct f_retired { char id[40]; char *manager; uint8_t suffix[16]; };
struct f3548 { LIST(struct f_ref) refs; LIST(struct f_sub) subs; LIST(struct f_stated) stated; LIST(struct f_retired) retired; };

struct f_call {
    enum f_kind kind; bool put; int64_t now;
    char id[40], *version /* NULL: none */, *uss; const char *sub; unsigned scopes; const json_t *claims;
    json_t *request; const json_t *body;
    struct f_place where; const char *url; int state;
    bool chooses, makes, makes_for_constraints; char chosen[40]; const char *made_url; /* subscription_id, new_subscription */
    bool has_suffix; uint8_t suffix[16]; char suffix_text[40];
    bool for_intents, for_constraints;
    int availability; const char *old_version;
    bool heavy; /* so much may be near that the bound on a request's work may be met */
};

/* ---- f3548_call.c ---- */
enum { SC_STRATEGIC = 1, SC_CONFORMANCE = 2, SC_MANAGEMENT = 4, SC_PROCESSING = 8, SC_ARBITRATION = 16 };
bool f_call_read(const struct step *c, struct f_call *x);
void f_call_free(struct f_call *x);
bool f_creates(const struct f_call *x);          /* an empty version is none */
unsigned f_scopes_of(const struct f_call *x);    /* one of them is needed */
void f_made(const struct f_call *x, const char *what, uint8_t number, struct hash *out);
void f_version_made(const struct f_call *x, const char *what, char out[48]);
int64_t f_suffix_ms(const uint8_t suffix[16]);

/* ---- f3548_place.c ---- */
void f_place_free(struct f_place *p);
void f_place_copy(const struct f_place *from, struct f_place *to);
void f_bounds_merge(struct f_place *to, const struct f_place *p); /* heights and times */
bool f_times_meet(const struct f_place *x, const struct f_place *y);
enum answer f_meet(const struct f_place *x, const struct f_place *y, bool heights);
enum answer f_holds(const struct f_place *p, const struct f_place *in);         /* each footprint by one of p's, and times */
enum answer f_still_holds(const struct f_place *p, const struct f_place *in);   /* heights too; a start up to five minutes later is forgiven */
void f_stretch(struct f_place *p, const struct f_place *over);
bool f_heavy(const struct f3548 *f, const struct f_place *x, const struct f_place *was);

/* ---- f3548_room.c ---- */
struct room f_room_of(const struct f_place *p, const char *url, bool least);
int64_t f_list_of(const char *url);
void f_room_add(struct room *to, const struct room *more);
enum answer f_is_manager(const struct audit *a, const char *name);
/* Where the availability of another is stated there may have to go one. *victim: its place, -1: none. */
enum answer f_stated_full(const struct audit *a, const char *uss, int *victim);

/* ---- f3548_verdict.c ---- */
struct f_verdict { int status; const char *reason; /* "": accepted */ };
struct f_verdicts { struct f_verdict at[32]; int count; };
void f_expected(const struct audit *a, struct f_call *x, struct f_verdicts *v); /* settles the times of a subscription, and how heavy it is */
bool f_among(const struct f_verdicts *v, int status, const char *reason);
bool f_wants_constraints(const struct audit *a, const struct f_call *x);
/* The implicit subscription that goes with what becomes of `old`, unless it is `stays`; "": none. */
void f_implicit_goes(const struct audit *a, const struct f_ref *old, const char *stays, char out[40]);

/* ---- f3548.c ---- */
struct f_retired *f_retired_find(const struct audit *a, const char *id);
struct f_ref *f_ref_find(const struct audit *a, bool constraint, const char *id);
struct f_sub *f_sub_find(const struct audit *a, const char *id);
struct f_stated *f_stated_find(const struct audit *a, const char *uss);
int f_dependents(const struct audit *a, const char *sub);

/* ---- f3548_reply.c ---- */
bool f_same_text(const char *shown, const char *is);
enum answer f_lacks(const struct audit *a, const struct f_call *x, const struct f_ref *e); /* does the key lack it? */
void f_ref_judge(struct audit *a, const struct f_ref *r, const char *viewer, const json_t *shown);
void f_sub_judge(struct audit *a, const struct f_sub *s, const json_t *shown);
void f_found_judge(struct audit *a, const struct f_call *x, const struct f_sub *s, const json_t *reply);
void f_missing_judge(struct audit *a, const struct f_call *x, bool constraints, const json_t *reply);
/* Each with the flag that meets `was` or `is` (NULL: none), at the times of both; `known` is told without a look, `goes` is not. Counts them up. */
struct f_telling { const struct f_place *was, *is; bool constraint; const char *known, *goes; bool heavy; };
void f_told_judge(struct audit *a, const struct f_telling *t, const json_t *subscribers);

#endif
