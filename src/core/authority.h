/* Internal to src/core: whose statement is this, and may it be believed? */
#ifndef PARLEY_CORE_AUTHORITY_H
#define PARLEY_CORE_AUTHORITY_H

#include "core/tables.h"

/* authority_party (tables.h) leaves c->party = PARTY_NONE where nothing proves a party: such a statement is noise, counted by the
 * door and not recorded, else a stranger or the thief of a revoked key could fill a party's stream. */

/* Does signer i enter by this very statement (party, key, key/recover), so that its key need not be known? */
bool authority_enters(const struct statement *s, uint32_t i);
/* Was the statement sent by a party that may learn what became of `r`, its first coming? */
bool authority_repeats(const struct state *st, const struct statement *s, const struct recent_row *r);

#endif
