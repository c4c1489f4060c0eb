/* Managers: who bears access tokens, by the name in "sub". Each has a row while he asks, so that rates and turns are his own and not his address's. Bounded:
 * in a crowd the row that has been quiet longest is given to who comes. The hash is salted: nobody chooses whose neighbour he is. One thread. */
#ifndef PARLEY_DOOR_MANAGERS_H
#define PARLEY_DOOR_MANAGERS_H

#include <stdint.h>

#include "base/text.h"

struct managers;
struct managers *managers_new(void); /* NULL without memory */
void managers_free(struct managers *m);
/* Below DOOR_MANAGERS. `name`: at most DOOR_TOKEN_SUBJECT bytes; `now_ms` is monotonic. */
uint32_t managers_row(struct managers *m, struct text name, int64_t now_ms);

#endif
