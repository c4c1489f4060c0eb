/* What is released to the world, at the doors of F3548 (FORMAT.md, 14, "bridge"): what the auditor knows of it, and how it is judged.
 *
 *   bridge.c        which notices and flights stand there, since when, and which ids and OVNs are theirs: from the record alone, by the salts of its statements
 *   bridge_told.c   the operator's records of who is to be notified, and what replies show of them
 *   bridge_shown.c  what the doors show to whoever asks: references and details against notices, flights, limits and shares
 *
 * What the pieces of a notice must look like no rule says to the last vertex: they must hold it, keep the limits, and show nothing that the world may not read. */
#ifndef PARLEY_TEST_AUDIT_BRIDGE_H
#define PARLEY_TEST_AUDIT_BRIDGE_H

#include "f3548.h"

enum { B_PIECES = 64 };
struct band { int64_t low, high; };              /* cm above the ellipsoid, at the worst */
struct b_piece { char id[40], ovn[48]; int version, ovn_version; uint32_t number; uint64_t seen /* turn of looking */, written /* number of the `bridge` when its OVN was new */; struct hash details; struct f_place where; bool has_place; };
struct b_owed { char sub[40], version[48]; bool gone; };
struct b_key { uint64_t order; struct hash key; char id[B_PIECES][40]; }; /* of the statement of that order: random bytes of this entity's own, and the ids that are made of them */
struct b_salt { uint64_t order; struct hash salt; };
struct b_entity {
    bool flight; uint64_t serial; int party; char id[33];
    bool stands, settled /* surely looked at since it changed */; struct hash looks;
    uint64_t began, changed, moves /* since it was looked at */, ticks /* since it changed */;
    LIST(struct b_key) keys;                     /* of the orders at which it changed */
    LIST(struct b_piece) pieces; LIST(struct b_owed) owed;
    struct volumes volumes; LIST(struct band) bands; /* what the world is warned of; of one that has gone: was */
    struct band band; int64_t start, end;        /* of all of them */
    struct volumes before; int64_t before_start, before_end; /* until it changed last */
    int active; char type[NAME]; int64_t priority;
};
struct bridge {
    uint64_t number; char *url;                  /* number of the last statement, and its URL; "": nothing shows */
    LIST(struct b_entity) all;
    LIST(struct b_salt) salts;                   /* of every statement since the first of them */
    LIST(struct hash) ids, ovns;                 /* all that were ever seen */
    uint64_t turn, draws; bool left;             /* the last tick or continue left something */
};
const char *bridge_manager(const struct audit *a);
/* Whose piece is this? NULL: nobody's. *number: which piece, *order: of which statement it is made; 0: it was there before. */
struct b_entity *bridge_whose(struct audit *a, bool constraint, const char *id, uint32_t *number, uint64_t *order);
struct b_piece *bridge_piece(struct b_entity *e, const char *id);
struct b_piece *bridge_piece_new(struct audit *a, struct b_entity *e, const char *id, uint32_t number);
void bridge_piece_drop(struct b_entity *e, struct b_piece *p);
bool bridge_ovn_is(const struct audit *a, struct b_entity *e, uint32_t number, const char *ovn, uint64_t *order);
bool bridge_far(const struct b_entity *e, const struct f_place *p); /* from it as it was and as it is, for all that circles around it may hold, at the times of both */
void bridge_once(struct audit *a, const char *what, const char *text, bool ovn); /* it was never seen before */
/* Do the volumes of this one surely, perhaps, surely not meet that place? Heights too, or not. What its pieces hold beyond its volumes may be met. */
enum answer bridge_meets(const struct audit *a, const struct b_entity *e, const struct f_place *p, bool heights);

/* ---- bridge_told.c ---- */
void bridge_told(struct audit *a);               /* of the group at hand: the records of who is to be notified */
/* A reference as a reply shows it to a manager; NULL: it is none of the bridge's. Complains where it is not as it must be. */
struct b_entity *bridge_reference(struct audit *a, bool constraint, const json_t *shown, bool details);
bool bridge_shows(const struct audit *a, const json_t *reference); /* it bears the operator's name, and is no call's */
/* What a reply shows of them, to one that asked for what meets `p`: those that surely meet are there, those that surely do not are not. Returns how many there are. */
size_t bridge_listed(struct audit *a, bool constraint, const struct f_place *p, bool heights, const struct f_call *key /* NULL, or it lists what this key lacks */, const json_t *list);
enum answer bridge_lacks(const struct audit *a, const struct f_call *x, bool constraint); /* does the key lack any of theirs? */

#endif
