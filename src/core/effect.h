/* What a step causes. Effects are in a fixed order (ascending by party, then as made): the log floor turns each into a told
 * record in that party's stream. The core has assigned the place already, so replies and acknowledgements agree. */
#ifndef PARLEY_CORE_EFFECT_H
#define PARLEY_CORE_EFFECT_H

#include "core/outcome.h"

enum told_kind {
    TOLD_STATEMENT, /* another's statement: the sections that this party may read, with the sender's note (the log floor adds the bytes) */
    TOLD_ALERT,     /* a conflict began, changed level, or ended */
    TOLD_LEAD,      /* to the sender of a notice: delivered to all / read back by all, with the figures */
    TOLD_LADDER,    /* to the sender of a notice, about the notice itself: a party received / read back / mismatched it */
    TOLD_QUERY,     /* to the sender: the end has come without OVER; still hazardous */
    TOLD_OVERDUE,   /* a read-back deadline passed: to the next desk, and to the operator */
    TOLD_HOLD_REPEAT,
    TOLD_SILENT,    /* a track of a flight, or a feed, fell silent / came back */
    TOLD_UNOPENED,  /* a sealed section was not opened by its date */
    TOLD_WITHHELD,  /* to the operator only: a conflict between flights undisclosed to each other */
    TOLD_LAPSED,    /* a pending statement lapsed; a recovery took effect; … */
    TOLD_CLOCK,     /* the server's clock is unsure / sure again */
    TOLD_UNTRACKED, /* to a feed's party: its reports open no track any more, for its share is full / all do again */
    TOLD_DISAGREE,  /* two feeds say that one aircraft is in places that lie too far apart / agree again */
    TOLD_TWIN,      /* two aircraft use one identity on one feed / one does again */
    TOLD_SUBSCRIBERS, /* to the operator: what shows at the doors of F3548 changed; the subscriptions that are to be notified of it (bridge.h) */
    TOLD_KINDS
};
const char *told_kind_name(enum told_kind k);

struct effect {
    enum told_kind kind;
    uint16_t party;      /* whose stream */
    uint64_t place;      /* in it */
    uint8_t sections;    /* TOLD_STATEMENT: bit per slot of the statement that caused it */
    struct name desk;    /* addressed desk, may be empty */
    struct text json;    /* the told part's members after the common ones, rendered by the core (deterministic), e.g.
                            "\"alert\":\"…\",\"level\":\"warning\",…"; borrowed from the effects' arena */
};
struct effects {
    struct effect *at; uint32_t count, room;
    struct append json; /* where the texts stand; fixed room */
};

/* The told part's bytes but for the closing brace: {"told","place","time","desk"?, for TOLD_STATEMENT "kind","statement","party"? (attested), then
 * e->json's members}. The log floor appends for TOLD_STATEMENT ,"note":"…"|"request":"…","sections":[{"slot","salt","bytes"}], then the brace. */
struct state;
void told_render_open(const struct state *st, const struct statement *cause, const struct effect *e, struct append *out);

#endif
