/* Internal to src/core: keys. None is ever removed, for a name and a public key are used once per log. */
#ifndef PARLEY_CORE_KEY_H
#define PARLEY_CORE_KEY_H

#include "core/tables.h"

extern const struct name key_root_name; /* "root" */
row key_find(const struct state *st, uint16_t party, const struct name *name);
row key_find_public(const struct state *st, const struct hash *public_key);
/* Is it the key of any party, past or present, or of the log itself? */
bool key_public_used(const struct state *st, const struct hash *public_key);
/* In force at `at` and not revoked. */
bool key_valid(const struct key_row *k, instant at);
/* [apply] Takes the party's quota. */
row key_enter(struct state *st, uint16_t party, const struct name *name, const struct hash *public_key, bool root, bool feeds_only,
              instant from);
void key_index(struct state *st, row r); /* [apply] into the hash indices, by its fields */

#endif
