/* Internal to src/core: parties. */
#ifndef PARLEY_CORE_PARTY_H
#define PARLEY_CORE_PARTY_H

#include "core/tables.h"

/* [apply] A new party with its root key (named "root", in force now); room and uses were checked. */
uint16_t party_enter(struct state *st, const struct founder *f);

#endif
