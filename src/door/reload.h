/* Settings: checked at the start, and anew on SIGHUP, when those that can change while the server runs do. */
#ifndef PARLEY_DOOR_RELOAD_H
#define PARLEY_DOOR_RELOAD_H

#include "door/door.h"

/* Options that are wrong or exclude each other: USAGE, naming one. */
result reload_check(const struct server_options *o, struct fault *f);
/* From the very start on: what comes before the door is there is told by it too. */
void reload_log_level(const struct server_options *o);
/* Puts those of d->settings into force that are not fixed at the start. Errors: the metrics token's file. */
result reload_apply(struct door *d, struct fault *f);
/* SIGHUP: settings and certificate are read anew. All of it or nothing: on an error, which is reported, the old ones stay. */
void reload(struct door *d);

#endif
