/* Overload. Positions that were taken in and are not durable yet are bounded, so that what people say never waits behind them. Of what is left each party may have as much as
 * stays free for the others: one alone gets half, of n that flood each gets 1/(n + 1), and whoever comes new always finds room. What a frame brings beyond that is shed,
 * and so is that of a request that has waited for its turn too long: its positions are old. Aircraft in alerts of the feed's own party are never shed; of the rest
 * as many are taken as there is room for, other ones in each frame. The record of the frame says how many were shed. */
#ifndef PARLEY_DOOR_SHED_H
#define PARLEY_DOOR_SHED_H

#include "core/part.h"
#include "core/state.h"

struct shed;
struct framed;
struct shed *shed_new(uint32_t parties, uint32_t most);  /* NULL without memory */
void shed_free(struct shed *s);
void shed_most(struct shed *s, uint32_t most);           /* from now on */
/* How many positions of this party there is room for now, in a request that has queued for so long: none in one that is behind by two reports. */
uint64_t shed_room(const struct shed *s, uint16_t party, int64_t waited_us);
uint64_t shed_ahead(const struct shed *s);               /* taken in, not durable yet */
void shed_took(struct shed *s, uint16_t party, uint32_t positions);
void shed_durable(struct shed *s, uint16_t party, uint32_t positions);
/* Leaves of the frame what there is `room` for and the aircraft in alerts; `head`: its new head (DECODE_FRAME_HEAD), needed as long as the frame is.
 * Returns how many it took away. BUSY: no memory to choose in. */
result shed_trim(const struct state *st, uint16_t party, uint64_t room, struct framed *frame, char *head, uint32_t *shed, struct fault *f);

#endif
