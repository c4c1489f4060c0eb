/* Internal to src/core: agreements; what all handlers need of them is in tables.h. */
#ifndef PARLEY_CORE_AGREEMENT_H
#define PARLEY_CORE_AGREEMENT_H

#include "core/tables.h"

bool agreement_signed_only(const struct state *st, uint16_t party); /* does one in force demand signatures of this party? */
void agreement_index(struct state *st, row r); /* [apply] into the hash indices, by its fields */

#endif
