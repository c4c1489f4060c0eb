/* JWK sets by URL: a process of its own asks for them, for the server's makes no connections (confine.h). It is forked before there are secrets in
 * memory, other threads or the filter of system calls, asks each minute and when poked, each time in a child that lives for one fetch, and
 * ends with the server. The loop reads what it found from a socket. */
#ifndef PARLEY_DOOR_KEY_COURIER_H
#define PARLEY_DOOR_KEY_COURIER_H

#include <sys/types.h>

#include "base/bytes.h"
#include "base/result.h"
#include "door/limits.h"

struct key_courier;
struct key_source { uint32_t number; const char *url; }; /* number: the caller's */
/* `count` 0: *out is NULL and nothing is started. Call with one thread only. IO, FULL. */
/* A process of its own (child.h). */
result key_courier_start(const struct key_source *sources, uint32_t count, struct key_courier **out, struct fault *f);
void key_courier_end(struct key_courier *c); /* at once: it has nothing to bring to an end. NULL: nothing */
pid_t key_courier_pid(const struct key_courier *c); /* 0: there is none */
int key_courier_fd(const struct key_courier *c); /* readable: call key_courier_next; -1: it has died, or there is none */
struct key_fetch { uint32_t source; bool failed; struct text set; char why[384]; }; /* set: valid until the next call; why: when it failed */
bool key_courier_next(struct key_courier *c, struct key_fetch *out); /* never blocks */
bool key_courier_died(const struct key_courier *c);
void key_courier_poke(struct key_courier *c, int64_t now_ms); /* ask now; at most every DOOR_KEYS_RETRY_SECONDS */

#endif
