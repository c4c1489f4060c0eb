/* The loop thread: sockets, the node, ticks from the clock, signals. One turn: what HTTP has, what the node has ordered and
 * applied, what became durable, a tick when it is due; then it sleeps until one of them has something again. */
#ifndef PARLEY_DOOR_LOOP_H
#define PARLEY_DOOR_LOOP_H

#include "door/door.h"

/* Until `signals` (a signalfd of SIGTERM and SIGINT) tells to end; then drains: no new connections, answers that are under way
 * still leave, readers of events are told. A second signal ends the draining. Errors: the node's, which are fatal. */
result loop_run(struct door *d, int signals, struct fault *f);

#endif
