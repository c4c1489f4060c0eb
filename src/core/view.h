/* Reads: JSON for one reader, of what this reader may see, and nothing else. Reads change nothing. */
#ifndef PARLEY_CORE_VIEW_H
#define PARLEY_CORE_VIEW_H

#include "core/state.h"

enum view {
    VIEW_NOTICES, VIEW_FLIGHTS, VIEW_TRACKS, VIEW_ALERTS, VIEW_HOLDS, VIEW_AREAS, VIEW_AGREEMENTS, VIEW_PARTIES, VIEW_FEEDS,
    VIEW_PENDING,  /* statements waiting for signatures that this party is asked for or sent */
    VIEW_DUE,      /* what this party has to acknowledge: place, kind, deadline, step reached */
    VIEW_STATUS,   /* own fill of quotas; for the operator of every table, alarms, time, tick */
    VIEWS
};
/* {"items":[…]} (VIEW_STATUS: one object). `entity` non-NULL: that one only, {"item":{…}} or RESULT_NOT_FOUND, which also answers for
 * what exists but may not be read. Reader PARTY_NONE = a reader without token: only what is released to world. */
result view_render(const struct state *st, uint16_t reader, enum view what, const struct entity_ref *entity,
                   struct append *out, struct fault *f);

#endif
